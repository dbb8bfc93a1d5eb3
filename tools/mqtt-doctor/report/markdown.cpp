// The report for a forum or a ticket. Text from banners and logs stays text: it makes no link,
// picture or markup.
#include <algorithm>

#include "mqtt-doctor/report/document.hpp"
#include "mqtt-doctor/report/text_page.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n' || c == '\r') {
      out += ' ';
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      const bool is_mark = std::string_view("\\`*_[]|~#!$").find(c) != std::string_view::npos;
      // Forums turn "http://..." into a link by themselves.
      const bool starts_link = c == ':' && text.substr(i, 3) == "://";
      if (is_mark || starts_link) out += '\\';
      out += c;
    }
  }
  return out;
}

constexpr const char* shell = "sh";
constexpr const char* file_text = "ini";

/// A code fence longer than any in the text; `kind` tells commands from lines of a file.
std::string block(const std::string& text, const std::string& indent, const char* kind) {
  std::size_t run = 0, longest = 2;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  std::string out = indent + fence + kind + "\n";
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += indent + text.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return out + indent + fence + "\n";
}

const char* mark_of(step_state state) {
  switch (state) {
    case step_state::good:
      return "\u2705";
    case step_state::bad:
      return "\u274c";
    case step_state::doubtful:
      return "\u2753";
    case step_state::untested:
      break;
  }
  return "\u2796";
}

void add_cures(std::string& out, const std::vector<document::remedy>& cures) {
  for (const auto& cure : cures) {
    out += "- **" + escaped(cure.where) + "**" + colon() + escaped(cure.what) + "\n";
    if (cure.command.empty()) continue;
    out += "\n" + block(cure.command, "  ", cure.is_for_file ? file_text : shell) + "\n";
  }
}

void add_panel(std::string& out, const document::panel& from) {
  if (!from.name.empty()) out += "### " + escaped(from.name) + "\n\n";
  for (const auto& [name, value] : from.about)
    out += "- " + escaped(name) + colon() + escaped(value) + "\n";
  out += "\n| | | |\n|---|---|---|\n";
  for (const auto& step : from.steps) {
    out += std::string("| ") + mark_of(step.state) + " | " + escaped(step.name) + " | " +
           escaped(step.what) + " |\n";
  }
  out += "\n";
  if (from.ladder.empty()) return;
  out += "| | " + escaped(from.client) + " | | " + escaped(from.broker) + " |\n|---|---|---|---|\n";
  for (const document::rung& each : from.ladder) {
    const std::string what = each.is_bad ? "**" + escaped(each.what) + "**" : escaped(each.what);
    out += "| " + escaped(each.packet) + " | " + (each.from_client ? what : "") + " | " +
           (each.from_client ? "\u2192" : "\u2190") + " | " + (each.from_client ? "" : what) +
           " |\n";
  }
  out += "\n";
}

}  // namespace

std::string markdown_of(const document& from) {
  std::string out = "# " + escaped(from.title) + "\n\n";
  if (from.cause) {
    const auto& made = *from.cause;
    std::string head = say(words(N_("Cause ({certainty}): "), {{"certainty", made.sureness}}));
    while (head.ends_with(' ')) head.pop_back();
    out += "**" + escaped(head) + "** " + escaped(made.cause) + " (`" + made.id + "`)\n\n";
    for (const auto& evidence : made.evidence) out += "- " + escaped(evidence) + "\n";
    if (!made.cures.empty()) out += "\n## " + say(N_("Mend it")) + "\n\n";
    add_cures(out, made.cures);
    if (!made.apart.empty()) {
      out += "\n**" + say(N_("To be sure")) + "**" + colon() + escaped(made.apart) + "\n";
      if (!made.apart_command.empty()) out += "\n" + block(made.apart_command, "", shell);
    }
  } else {
    out += "**" + escaped(from.lead) + "**\n";
  }
  if (!from.rivals.empty()) out += "\n## " + say(N_("It may also be")) + "\n\n";
  for (const auto& rival : from.rivals) out += "- " + escaped(rival) + "\n";
  out += "\n## " + say(N_("What was seen")) + "\n\n";
  for (const auto& panel : from.panels) add_panel(out, panel);
  if (!from.remarks.empty()) out += "## " + say(N_("Worth knowing")) + "\n\n";
  for (const auto& remark : from.remarks) {
    out += "**" + say(remark.is_warning ? N_("Warning") : N_("Note")) + "**" + colon() +
           escaped(remark.text) + "\n\n";
    add_cures(out, remark.cures);
    if (!out.ends_with("\n\n")) out += "\n";  // a list takes in lines without a blank one before
  }
  if (!from.excluded.empty()) out += "\n## " + say(N_("Ruled out")) + "\n\n";
  for (const auto& [id, why] : from.excluded)
    out += "- `" + id + "`" + colon() + escaped(why) + "\n";
  return out;
}

}  // namespace mqttkit::doctor
