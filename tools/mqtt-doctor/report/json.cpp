#include <algorithm>

#include "mqtt-doctor/facts/facts_json.hpp"
#include "mqtt-doctor/report/report.hpp"
#include "mqtt-doctor/together/together.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {

namespace {

const char* name_of(place where) {
  switch (where) {
    case place::server:
      return "server";
    case place::app:
      return "app";
    case place::console:
      return "console";
    case place::here:
      break;
  }
  return "here";
}

std::string target_of(const facts& known) {
  return known.asked.typed.empty() ? known.asked.host : known.asked.typed;
}

/// Writes members by name and value.
class report_writer {
 public:
  report_writer() : out_(text_, tools::json_writer::layout::indented) { out_.begin_object(); }

  void member(std::string_view name, std::string_view text) {
    out_.name(name);
    out_.string(text);
  }
  void spoken(std::string_view name, const sentence& what) { member(name, say(what)); }
  void member(std::string_view name, int number) {
    out_.name(name);
    out_.integer(number);
  }
  void member(std::string_view name, double number) {
    out_.name(name);
    out_.real(number);
  }
  void flag(std::string_view name, bool value) {
    out_.name(name);
    out_.boolean(value);
  }
  /// Writes a list: an object for each element of `all`, with the members that `write` writes.
  template <class T, class Write>
  void list(std::string_view name, const std::vector<T>& all, Write write) {
    out_.name(name);
    out_.begin_array();
    for (const T& element : all) {
      out_.begin_object();
      write(element);
      out_.end_object();
    }
    out_.end_array();
  }

  void facts_member(const facts& known) {
    out_.name("facts");
    write_facts(out_, known);
  }
  void steps(const std::vector<step>& all) {
    list("steps", all, [this](const step& line) {
      member("name", word_of(line.name));
      member("state", to_string(line.state));
      spoken("what", line.what);
      member("ms", line.ms);
    });
  }
  /// Writes the first cause's id, or null.
  void first_cause(const diagnosis& made) {
    if (!made.causes.empty()) return member("cause", made.causes.front().id);
    out_.name("cause");
    out_.null();
  }
  /// Writes the diagnosis, for one vantage point or all together.
  void answer(const diagnosis& made) {
    flag("healthy", made.is_healthy);
    member("exit_code", made.exit_code);
    findings(made);
  }
  void findings(const diagnosis& made) {
    first_cause(made);
    list("causes", made.causes, [this](const finding& cause) { members(cause); });
    list("warnings", made.warnings, [this](const finding& warning) { members(warning); });
    list("excluded", made.excluded, [this](const exclusion& other) {
      member("id", other.id);
      spoken("why", other.why);
    });
  }

  std::string text() {
    out_.end_object();
    return std::string(as_text(text_.view())) + "\n";
  }

 private:
  void members(const finding& from) {
    member("id", from.id);
    member("layer", to_string(from.where));
    member("severity", to_string(from.how_bad));
    member("certainty", to_string(from.how_sure));
    member("weight", from.weight);
    spoken("cause", from.cause);
    out_.name("evidence");
    out_.begin_array();
    for (const auto& evidence : from.evidence) out_.string(say(evidence));
    out_.end_array();
    list("cures", from.cures, [this](const cure& mends) {
      member("where", name_of(mends.where));
      member("kind", to_string(mends.kind));
      spoken("what", mends.what);
      member("command", mends.command);
      if (!mends.whose.empty()) member("whose", mends.whose);
      if (!mends.file.empty()) member("file", mends.file);
      if (mends.follows) flag("follows", true);
      if (needs_terminal(mends)) flag("asks", true);
    });
    if (from.apart.empty()) return;
    out_.name("to_be_sure");
    out_.begin_object();
    spoken("what", from.apart);
    member("command", from.apart_command);
    out_.end_object();
  }

  byte_buffer text_;
  tools::json_writer out_;
};

}  // namespace

std::string json_report(const facts& known, const diagnosis& made) {
  report_writer out;
  out.member("format", known.format);
  out.member("program", known.program);
  out.member("target", target_of(known));
  out.answer(made);
  out.steps(made.steps);
  out.facts_member(known);
  return out.text();
}

std::string json_report(const std::vector<vantage>& all, const diagnosis& made) {
  report_writer out;
  out.member("format", facts().format);
  out.member("program", all.empty() ? "" : all.front().known.program);
  out.member("target", all.empty() ? "" : target_of(all.front().known));
  out.answer(made);
  const vantage* const server = server_among(all);
  // Facts of a phone and of its machine were gathered in the same run.
  const bool has_phone =
      std::any_of(all.begin(), all.end(), [](const vantage& from) { return from.known.phone; });
  out.list("vantages", all, [&](const vantage& from) {
    out.member("name", from.name);
    out.member("program", from.known.program);
    out.member("started", from.known.started);
    out.member("target", target_of(from.known));
    out.flag("is_server", &from == server);
    out.flag("healthy", from.made.is_healthy);
    if (from.known.capture || has_phone) {  // no other file has these facts
      out.member("exit_code", from.made.exit_code);
      out.findings(from.made);
      out.facts_member(from.known);
    } else {
      out.first_cause(from.made);
    }
    out.steps(from.made.steps);
  });
  return out.text();
}

}  // namespace mqttkit::doctor
