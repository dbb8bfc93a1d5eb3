// The report as one HTML page that loads nothing: its policy forbids scripts, pictures and
// connections, even if a text got past the escaping.
#include <algorithm>

#include "mqtt-doctor/report/document.hpp"
#include "mqtt-doctor/report/text_page.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* style = R"(
:root{--ink:#1d2327;--paper:#fff;--soft:#f2f4f5;--line:#c8ced2;--good:#1a7f37;--bad:#c62828;--doubtful:#9a6700;--untested:#7d868c}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ea;--paper:#15191c;--soft:#21272b;--line:#444d53;--good:#4ac26b;--bad:#ff7b72;--doubtful:#d4a72c;--untested:#8b959b}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:52rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:1.6rem}h3{font-size:1rem;margin-bottom:.3rem}
pre{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.5rem .7rem;white-space:pre-wrap}
pre.typed::before{content:"$ ";color:var(--untested)}pre.file{border-left-width:5px;border-radius:0;background:none}
table{border-collapse:collapse;width:100%}td{border-top:1px solid var(--line);padding:.2rem .5rem .2rem 0;vertical-align:top}td:first-child{white-space:nowrap}
.cause{border-left:5px solid var(--bad);background:var(--soft);padding:.6rem 1rem;border-radius:0 6px 6px 0}.fine{border-color:var(--good)}
.good{color:var(--good)}.bad{color:var(--bad)}.doubtful{color:var(--doubtful)}.untested{color:var(--untested)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:0 1rem;margin:.3rem 0}dt{color:var(--untested)}dd{margin:0}
.ladder{table-layout:fixed}.ladder td:first-child,.ladder th:first-child{width:8.5rem;color:var(--untested);font-size:.85em}.ladder td:last-child{border-left:2px solid var(--line);border-right:2px solid var(--line);padding:.15rem .6rem}.ladder th{text-align:left}.ladder th:last-child{display:flex;justify-content:space-between}.ladder .left{text-align:right}.ladder .bad td:last-child{color:var(--bad);font-weight:600}
code{background:var(--soft)}svg{max-width:100%;height:auto}svg text{fill:var(--ink);font:13px system-ui,sans-serif;text-anchor:middle}
svg .box{fill:var(--soft);stroke-width:2.5}svg .good{stroke:var(--good)}svg .bad{stroke:var(--bad)}svg .doubtful{stroke:var(--doubtful)}svg .untested{stroke:var(--untested);stroke-dasharray:4 3}
svg .mark{font-size:18px;stroke:none!important}svg .mark.good{fill:var(--good)}svg .mark.bad{fill:var(--bad)}svg .mark.untested{fill:var(--untested)}
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

const char* mark_of(step_state state) {
  switch (state) {
    case step_state::good:
      return "\u2713";
    case step_state::bad:
      return "\u2717";
    case step_state::doubtful:
      return "?";
    case step_state::untested:
      break;
  }
  return "\u00b7";
}

std::string picture(const document::panel& from) {
  static constexpr std::array<const char*, station_count> names{
      N_("client device"), N_("network"), N_("firewall"), N_("proxy"), N_("broker")};
  constexpr std::size_t width = 110, gap = 30, height = 56;
  const std::size_t whole = station_count * width + (station_count - 1) * gap + 4;
  std::string out = "<svg viewBox=\"0 0 " + std::to_string(whole) + " " +
                    std::to_string(height + 4) + "\" width=\"" + std::to_string(whole) +
                    "\" role=\"img\"><title>" +
                    escaped(say(N_("The way from the client to the broker"))) + "</title>";
  for (std::size_t i = 0; i < station_count; ++i) {
    const std::size_t left = 2 + i * (width + gap);
    const std::string kind(to_string(from.path[i]));
    const std::string middle = std::to_string(left + width / 2);
    if (i > 0) {
      out += "<line class=\"" + kind + "\" stroke-width=\"2.5\" x1=\"" +
             std::to_string(left - gap) + "\" y1=\"30\" x2=\"" + std::to_string(left) +
             "\" y2=\"30\"/>";
    }
    out += "<rect class=\"box " + kind + "\" x=\"" + std::to_string(left) +
           "\" y=\"2\" rx=\"8\" width=\"" + std::to_string(width) + "\" height=\"" +
           std::to_string(height) + "\"/><text x=\"" + middle + "\" y=\"24\">" +
           escaped(say(names[i])) + "</text><text class=\"mark " + kind + "\" x=\"" + middle +
           "\" y=\"47\">" + mark_of(from.path[i]) + "</text>";
  }
  return out + "</svg>\n";
}

std::string heading(const std::string& text) { return "<h2>" + escaped(text) + "</h2>\n"; }

std::string item(const std::string& text) { return "<li>" + escaped(text) + "</li>\n"; }

void add_cures(std::string& out, const std::vector<document::remedy>& cures) {
  if (cures.empty()) return;
  out += "<ul>\n";
  for (const auto& cure : cures) {
    out += "<li><b>" + escaped(cure.where) + "</b>" + escaped(colon() + cure.what);
    if (!cure.command.empty()) {
      out += cure.is_for_file ? "<pre class=\"file\">" : "<pre class=\"typed\">";
      out += escaped(cure.command) + "</pre>";
    }
    out += "</li>\n";
  }
  out += "</ul>\n";
}

/// Draws packets: time runs downwards, and an arrow of the client's begins at the left line and
/// points to the broker's at the right.
void add_ladder(std::string& out, const document::panel& from) {
  out += "<table class=\"ladder\">\n<tr><th></th><th><span>" + escaped(from.client) +
         "</span><span>" + escaped(from.broker) + "</span></th></tr>\n";
  for (const document::rung& each : from.ladder) {
    out += std::string("<tr") + (each.is_bad ? " class=\"bad\"" : "") + "><td>" +
           escaped(each.packet) + "</td><td" + (each.from_client ? ">" : " class=\"left\">") +
           (each.from_client ? escaped(each.what) + " \u2192" : "\u2190 " + escaped(each.what)) +
           "</td></tr>\n";
  }
  out += "</table>\n";
}

void add_panel(std::string& out, const document::panel& from) {
  if (!from.name.empty()) out += "<h3>" + escaped(from.name) + "</h3>\n";
  out += picture(from) + "<table>\n";
  for (const auto& step : from.steps) {
    const std::string kind(to_string(step.state));
    out += "<tr><td class=\"" + kind + "\">" + mark_of(step.state) + " " + escaped(step.name) +
           "</td><td>" + escaped(step.what) + "</td></tr>\n";
  }
  out += "</table>\n<dl>\n";
  for (const auto& [name, value] : from.about)
    out += "<dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd>\n";
  out += "</dl>\n";
  if (!from.ladder.empty()) add_ladder(out, from);
}

void add_cause(std::string& out, const document::problem& problem) {
  out += "<div class=\"cause\"><b>" +
         escaped(say(words(N_("Cause ({certainty}): "), {{"certainty", problem.sureness}}))) +
         "</b>" + escaped(problem.cause) + " <code>" + escaped(problem.id) + "</code>\n<ul>\n";
  for (const auto& evidence : problem.evidence) out += item(evidence);
  out += "</ul></div>\n";
  if (!problem.cures.empty()) out += heading(say(N_("Mend it")));
  add_cures(out, problem.cures);
  if (problem.apart.empty()) return;
  out += "<p><b>" + escaped(say(N_("To be sure"))) + "</b>" + escaped(colon() + problem.apart) +
         "</p>\n";
  if (!problem.apart_command.empty())
    out += "<pre class=\"typed\">" + escaped(problem.apart_command) + "</pre>\n";
}

}  // namespace

std::string html_of(const document& from) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"" + escaped(from.language) +
                    "\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                    "style-src 'unsafe-inline'\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
                    escaped(from.title) + "</title>\n<style>" + style +
                    "</style>\n</head>\n<body>\n<h1>" + escaped(from.title) + "</h1>\n";
  if (from.cause) {
    add_cause(out, *from.cause);
  } else {
    out += "<div class=\"cause fine\"><b>" + escaped(from.lead) + "</b></div>\n";
  }
  if (!from.rivals.empty()) {
    out += heading(say(N_("It may also be"))) + "<ul>\n";
    for (const auto& rival : from.rivals) out += item(rival);
    out += "</ul>\n";
  }
  out += heading(say(N_("What was seen")));
  for (const auto& panel : from.panels) add_panel(out, panel);
  if (!from.remarks.empty()) out += heading(say(N_("Worth knowing")));
  for (const auto& remark : from.remarks) {
    out += "<p><b>" + escaped(say(remark.is_warning ? N_("Warning") : N_("Note"))) + "</b>" +
           escaped(colon() + remark.text) + "</p>\n";
    add_cures(out, remark.cures);
  }
  if (!from.excluded.empty()) {
    out += heading(say(N_("Ruled out"))) + "<ul>\n";
    for (const auto& [id, why] : from.excluded)
      out += "<li><code>" + escaped(id) + "</code>" + escaped(colon() + why) + "</li>\n";
    out += "</ul>\n";
  }
  return out + "</body>\n</html>\n";
}

}  // namespace mqttkit::doctor
