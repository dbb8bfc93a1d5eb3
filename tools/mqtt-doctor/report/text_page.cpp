#include "mqtt-doctor/report/text_page.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

// Beside a first cause of this weight, rivals are not worth a line.
constexpr double surely = weight_of(strength::seen);
constexpr std::size_t most_rivals = 3;
constexpr std::size_t most_warnings = 4;

constexpr const char* plain = "\033[0m";

}  // namespace

std::string colon() { return say(N_(": ")); }
std::string final_colon() { return say(N_(":")); }

std::string sureness(certainty how) {
  switch (how) {
    case certainty::certain:
      return say(N_("certain"));
    case certainty::likely:
      return say(N_("likely"));
    case certainty::possible:
      break;
  }
  return say(N_("possible"));
}

std::string place_of(const cure& remedy) {
  switch (remedy.where) {
    case place::server:
      return say(N_("on the server"));
    case place::app:
      return say(N_("in the app"));
    case place::console:
      return say(N_("in the console or router"));
    case place::here:
      break;
  }
  if (!remedy.whose.empty())
    return say(words(N_("where {vantage} was made"), {{"vantage", remedy.whose}}));
  return say(N_("on this device"));
}

std::vector<const finding*> rivals_of(const diagnosis& made) {
  std::vector<const finding*> out;
  if (made.causes.empty() || made.causes.front().weight >= surely) return out;
  const auto also = also_of(made);
  const auto is_told = [&](const finding& found) {
    return std::find(also.begin(), also.end(), &found) != also.end();
  };
  for (std::size_t i = 1; i < made.causes.size() && out.size() < most_rivals; ++i) {
    const finding& found = made.causes[i];
    if (found.weight * rival_factor >= made.causes.front().weight && !is_told(found))
      out.push_back(&found);
  }
  return out;
}

namespace {

/// Whether one finding goes away with another: a broker that does not start, or does not read its
/// file, listens nowhere or at loopback, and a second cure would set up the port twice.
bool follows_from(const finding& first, const finding& found) {
  constexpr std::string_view consequences[] = {
      "tcp-refused-not-running", "tcp-refused-loopback-listener", "tcp-refused-wrong-port",
      "tcp-docker-port-not-published"};
  return first.where == layer::host && first.how_bad == severity::problem &&
         std::find(std::begin(consequences), std::end(consequences), found.id) !=
             std::end(consequences);
}

}  // namespace

std::vector<const finding*> also_of(const diagnosis& made) {
  constexpr std::size_t most = 2;
  std::vector<const finding*> out;
  if (made.causes.empty()) return out;
  const bool is_sure = made.causes.front().how_sure == certainty::certain;
  for (std::size_t i = 1; i < made.causes.size() && out.size() < most; ++i) {
    const finding& found = made.causes[i];
    const bool is_heavy =
        found.is_next ? found.how_sure != certainty::possible
                      : is_sure && found.how_sure == certainty::certain && found.weight >= surely;
    // One cause for each layer is enough, but certificates fail check by check.
    const bool is_other = found.where != made.causes.front().where || found.where == layer::tls;
    if (follows_from(made.causes.front(), found)) continue;
    if (is_heavy && is_other && found.where != layer::input) out.push_back(&found);
  }
  return out;
}

std::vector<const finding*> remarks_of(const diagnosis& made) {
  std::vector<const finding*> out;
  for (const auto& each : made.warnings) {
    // Beside a cause only warnings are shown, and notes only when nothing is wrong.
    if (!made.causes.empty() && each.how_bad != severity::warning) continue;
    if (out.size() < most_warnings) out.push_back(&each);
  }
  return out;
}

void text_page::line(const std::string& text, std::size_t indent) {
  if (indent == 0) {
    const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
    indent = begin + 2;  // under the text of a list's item
  }
  out_ += tools::wrapped(text, how_.columns, indent) + '\n';
}

std::string text_page::dyed(const char* colour, const std::string& text) const {
  return how_.colour ? colour + text + plain : text;
}

std::string text_page::mark(step_state state) const {
  switch (state) {
    case step_state::good:
      return dyed(green, how_.utf8 ? "\u2713" : "[ok]");
    case step_state::bad:
      return dyed(red, how_.utf8 ? "\u2717" : "[!!]");
    case step_state::doubtful:
      return dyed(yellow, how_.utf8 ? "?" : "[??]");
    case step_state::untested:
      break;
  }
  return how_.utf8 ? "\u00b7" : "[--]";
}

void text_page::causes(const diagnosis& made) {
  add_cause(made.causes.front());
  for (const finding* const found : also_of(made)) {
    line(dyed(bold, say(N_("Then this as well"))) + colon() + say(found->cause));
    add_cures(found->cures);
  }
  const auto rivals = rivals_of(made);
  if (!rivals.empty()) line(dyed(bold, say(N_("It may also be"))) + final_colon());
  for (const finding* const found : rivals) line("  - " + say(found->cause));
  if (made.excluded.empty()) return;
  line(dyed(bold, say(N_("Ruled out"))) + final_colon());
  for (std::size_t i = 0; i < made.excluded.size() && i < most_excluded; ++i)
    line("  - " + made.excluded[i].id + colon() + say(made.excluded[i].why));
}

void text_page::remarks(const diagnosis& made) {
  const auto all = remarks_of(made);
  const auto is_of_phones = [](const finding* found) {
    return found->how_bad != severity::warning && found->where == layer::phone;
  };
  const auto of_phones = std::count_if(all.begin(), all.end(), is_of_phones);
  const bool is_brief = of_phones > 1 && !how_.verbose;
  for (const finding* const found : all) {
    if (is_brief && is_of_phones(found)) continue;
    const bool is_warning = found->how_bad == severity::warning;
    line(dyed(is_warning ? yellow : bold, say(is_warning ? N_("Warning") : N_("Note"))) + colon() +
         say(found->cause));
    // What the broker's own machine shows is mended there, by whoever reads this.
    if (!is_warning && found->where != layer::host) continue;
    for (const auto& evidence : found->evidence) line("  - " + say(evidence));
    add_cures(found->cures);
  }
  if (is_brief)
    line(dyed(bold, say(N_("Note"))) + colon() +
         say(words(N_("If a phone alone cannot connect, there are {count} things to look at on it; "
                      "-v tells them."),
                   {{"count", std::to_string(of_phones)}})));
}

void text_page::add_evidence(const finding& found) {
  const sentence head(N_("Cause ({certainty}): "), {{"certainty", sureness(found.how_sure)}});
  line(dyed(bold, say(head)) + say(found.cause));
  for (const auto& evidence : found.evidence) line("  - " + say(evidence));
}

void text_page::add_cause(const finding& found) {
  add_evidence(found);
  if (!found.cures.empty()) line(dyed(bold, say(N_("Mend it"))) + final_colon());
  add_cures(found.cures);
  if (found.apart.empty()) return;
  line(dyed(bold, say(N_("To be sure"))) + colon() + say(found.apart));
  if (!found.apart_command.empty()) add_command(found.apart_command);
}

namespace {

/// Adds a command; it is never broken, since it is copied.
void add_each(std::string& out, const std::string& margin, const std::string& text) {
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += margin + text.substr(at, end - at) + '\n';
    at = end + 1;
  }
}

}  // namespace

void text_page::add_command(const std::string& text) { add_each(out_, "      ", text); }

void text_page::add_lines(const std::string& text) {
  add_each(out_, how_.utf8 ? "    \u2502 " : "    | ", text);
}

/// Adds cures; the place where to act is named once for the cures that follow each other there.
void text_page::add_cures(const std::vector<cure>& all) {
  std::string before;
  for (const cure& remedy : all) {
    const std::string where = place_of(remedy);
    std::string what = say(remedy.what);
    const bool is_named = what.find(remedy.file) != std::string::npos;
    if (remedy.kind == cure_kind::lines && remedy.file.starts_with('/') && !is_named)
      what += " (" + remedy.file + ")";
    line("  " + (where == before ? "" : where + colon()) + what, 4);
    if (remedy.kind == cure_kind::lines) {
      add_lines(remedy.command);
    } else if (!remedy.command.empty()) {
      add_command(remedy.command);
    }
    before = where;
  }
}

}  // namespace mqttkit::doctor
