#include "mqtt-doctor/report/sheet.hpp"

#include <algorithm>

#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

// Rivals within this factor are worth a person's time (catalogue of priors: a factor of three).
constexpr double rival_factor = 3;
constexpr double surely = 90;
constexpr std::size_t most_rivals = 3;
constexpr std::size_t most_warnings = 4;

constexpr const char* plain = "\033[0m";

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_continued = (byte & 0xC0) == 0x80;
    const bool is_wide = byte >= 0xE3;  // from U+3000 on
    count += is_continued ? 0 : is_wide ? 2 : 1;
  }
  return count;
}

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

std::string place_of(const cure& one) {
  switch (one.where) {
    case place::server:
      return say(N_("on the server"));
    case place::app:
      return say(N_("in the app"));
    case place::console:
      return say(N_("in the console or router"));
    case place::here:
      break;
  }
  if (!one.whose.empty())
    return say(words(N_("where {vantage} was made"), {{"vantage", one.whose}}));
  return say(N_("on this device"));
}

std::vector<const finding*> rivals_of(const diagnosis& made) {
  std::vector<const finding*> out;
  if (made.causes.empty() || made.causes.front().weight >= surely) return out;
  for (std::size_t i = 1; i < made.causes.size() && out.size() < most_rivals; ++i) {
    const finding& one = made.causes[i];
    if (one.weight * rival_factor >= made.causes.front().weight) out.push_back(&one);
  }
  return out;
}

std::vector<const finding*> remarks_of(const diagnosis& made) {
  std::vector<const finding*> out;
  for (const auto& one : made.warnings) {
    // Beside a cause only warnings count; notes are for the healthy.
    if (!made.causes.empty() && one.how_bad != severity::warning) continue;
    if (out.size() < most_warnings) out.push_back(&one);
  }
  return out;
}

std::string sheet::dyed(const char* colour, const std::string& text) const {
  return how_.colour ? colour + text + plain : text;
}

std::string sheet::mark(step_state state) const {
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

void sheet::causes(const diagnosis& made) {
  add_cause(made.causes.front());
  const auto rivals = rivals_of(made);
  if (!rivals.empty()) line(dyed(bold, say(N_("It may also be"))) + final_colon());
  for (const finding* const one : rivals) line("  - " + say(one->cause));
  if (made.excluded.empty()) return;
  line(dyed(bold, say(N_("Ruled out"))) + final_colon());
  for (std::size_t i = 0; i < made.excluded.size() && i < most_excluded; ++i)
    line("  - " + made.excluded[i].id + colon() + say(made.excluded[i].why));
}

void sheet::remarks(const diagnosis& made) {
  for (const finding* const one : remarks_of(made)) {
    const bool is_warning = one->how_bad == severity::warning;
    line(dyed(is_warning ? yellow : bold, say(is_warning ? N_("Warning") : N_("Note"))) + colon() +
         say(one->cause));
    if (!is_warning) continue;
    for (const auto& cure : one->cures) add_cure(cure);
  }
}

void sheet::add_cause(const finding& one) {
  const words head(N_("Cause ({certainty}): "), {{"certainty", sureness(one.how_sure)}});
  line(dyed(bold, say(head)) + say(one.cause));
  for (const auto& evidence : one.evidence) line("  - " + say(evidence));
  add_cures(one);
}

void sheet::add_command(const std::string& text) {
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    line("      " + text.substr(at, end - at));
    at = end + 1;
  }
}

void sheet::add_cure(const cure& one) {
  line("  " + place_of(one) + colon() + say(one.what));
  if (!one.command.empty()) add_command(one.command);
}

void sheet::add_cures(const finding& one) {
  if (!one.cures.empty()) line(dyed(bold, say(N_("Mend it"))) + final_colon());
  for (const auto& cure : one.cures) add_cure(cure);
  if (one.apart.empty()) return;
  line(dyed(bold, say(N_("To be sure"))) + colon() + say(one.apart));
  if (!one.apart_command.empty()) add_command(one.apart_command);
}

}  // namespace mqttkit::doctor
