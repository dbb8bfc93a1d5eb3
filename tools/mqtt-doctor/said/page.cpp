#include "mqtt-doctor/said/page.hpp"

#include <algorithm>

#include "common/json_writer.hpp"
#include "common/printable.hpp"
#include "common/text_parts.hpp"
#include "mqtt-doctor/report/text_page.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_shown = 200;  // bytes of the app's text above the answer
constexpr std::size_t most_read = 6;     // meanings; more of them help nobody

const said_app& app_of(const said_row& row) { return said_apps()[row.app]; }

/// The distinct parts, in the order of the rows.
template <class Part>
std::vector<std::string> each_once(const reading& read, Part part) {
  std::vector<std::string> out;
  for (const said_row* const row : read.rows) {
    const std::string text = part(*row);
    if (std::find(out.begin(), out.end(), text) == out.end()) out.push_back(text);
  }
  return out;
}

/// The words around what a line names.
const char* words_of(detail_kind kind) {
  switch (kind) {
    case detail_kind::setting:
      return N_("setting {name}");
    case detail_kind::value:
      return N_("value {name}");
    case detail_kind::file:
      return N_("file {name}");
    case detail_kind::line:
      return N_("line {name}");
    case detail_kind::client:
      return N_("client identifier {name}");
    case detail_kind::user:
      return N_("user {name}");
    case detail_kind::address:
      return N_("address {name}");
    case detail_kind::target:
      return N_("passed on to {name}");
    case detail_kind::topic:
      return N_("topic {name}");
    case detail_kind::port:
      return N_("port {name}");
    case detail_kind::virtual_host:
      return N_("virtual host {name}");
    case detail_kind::bridge:
      return N_("bridge {name}");
    case detail_kind::name:
      break;
  }
  return N_("name {name}");
}

/// "setting max_qos, file /etc/mosquitto/mosquitto.conf, line 12".
std::string said_names(const std::vector<said_detail>& all) {
  std::string out;
  for (const said_detail& each : all) {
    const char* const what = words_of(each.kind);
    out += (out.empty() ? "" : ", ") +
           say(words(what, {{"name", tools::printable(each.text, most_shown)}}));
  }
  return out;
}

class screen : text_page {
 public:
  screen(const said_text& about, const std::vector<reading>& found, const report_style& how)
      : text_page(how),
        about_(about),
        found_(found),
        broker_(broker_of(about.text, about.app)),
        named_(named_in(about.text, about.app, found)) {}

  std::string text() {
    const std::string quoted = "\"" + tools::printable(about_.text, most_shown) + "\"";
    if (found_.empty()) {
      line(say(words(N_("{text}: nothing that is known looks like this."), {{"text", quoted}})));
      go_on();
      return std::move(out_);
    }
    line(dyed(bold, quoted) + (found_.size() == 1 ? "" : say(N_(" means one of these:"))));
    for (std::size_t i = 0; i < found_.size() && i < most_read; ++i) add(found_[i]);
    if (found_.size() > most_read) {
      out_ += '\n';
      line(say(words(N_("{count} more: --json has them all."),
                     {{"count", std::to_string(found_.size() - most_read)}})));
    }
    if (found_.size() > 1 && about_.app.empty()) {
      out_ += '\n';
      line(
          say(N_("Whose words are they? --app NAME, or the whole line that the app shows, leaves "
                 "only what fits.")));
    }
    return std::move(out_);
  }

 private:
  void add(const reading& read) {
    const meaning_row& row = row_of(read.means);
    out_ += '\n';
    line(dyed(bold,
              tools::joined(each_once(read, [](const said_row& each) { return app_of(each).name; }),
                            "; ")));
    line("  " + say(row.says));
    if (&read == &found_.front() && !named_.empty())
      line("  " + say(words(N_("The line names: {what}."), {{"what", said_names(named_)}})));
    if (*row.rules_out != 0) line("  " + say(row.rules_out));
    line("  " + say(N_("Run next")) + final_colon());
    add_command(command_of(row, broker_));
    line("  " + say(N_("Written down in")) + colon() +
         tools::joined(each_once(read, [](const said_row& each) { return each.source; }), "; "));
  }

  void go_on() {
    line(
        say(N_("Give the whole line that the app shows, with the number in it; --app NAME says "
               "whose it is. Or look at the broker as an app does:")));
    const meaning_row& any = row_of(meaning::not_reached);
    add_command(command_of(any, broker_));
    line(say(N_("Or see on the broker's machine what the app really sends, and is answered:")));
    add_command("mqtt-doctor listen 1884 --forward localhost:1883");
  }

  const said_text& about_;
  const std::vector<reading>& found_;
  named_broker broker_;
  std::vector<said_detail> named_;
};

}  // namespace

std::string said_page(const said_text& about, const std::vector<reading>& found,
                      const report_style& how) {
  return screen(about, found, how).text();
}

std::string said_json(const said_text& about, const std::vector<reading>& found) {
  byte_buffer text;
  tools::json_writer out(text, tools::json_writer::layout::indented);
  const auto member = [&out](std::string_view name, const std::string& value) {
    out.name(name);
    if (value.empty()) {
      out.null();
    } else {
      out.string(value);
    }
  };
  const named_broker broker = broker_of(about.text, about.app);
  out.begin_object();
  member("said", tools::printable(about.text, most_said));
  member("app", tools::printable(about.app, most_shown));
  out.name("readings");
  out.begin_array();
  for (const reading& read : found) {
    const meaning_row& row = row_of(read.means);
    out.begin_object();
    member("meaning", row.word);
    member("says", say(row.says));
    member("rules_out", *row.rules_out == 0 ? "" : say(row.rules_out));
    member("run", command_of(row, broker));
    out.name("shown_by");
    out.begin_array();
    for (const said_row* const each : read.rows) {
      out.begin_object();
      member("app", app_of(*each).name);
      member("source", each->source);
      out.end_object();
    }
    out.end_array();
    out.end_object();
  }
  out.end_array();
  out.name("names");
  out.begin_object();
  for (const said_detail& each : named_in(about.text, about.app, found))
    member(word_of(each.kind), tools::printable(each.text, most_shown));
  out.end_object();
  out.end_object();
  return std::string(as_text(text.view())) + "\n";
}

}  // namespace mqttkit::doctor
