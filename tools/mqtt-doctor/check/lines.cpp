#include "mqtt-doctor/check/lines.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "common/columns.hpp"
#include "common/duration_text.hpp"
#include "common/json_writer.hpp"
#include "common/printable.hpp"
#include "mqtt-doctor/report/text_page.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

using tools::columns_of;
using tools::printable;

constexpr std::size_t most_name = 400;  // bytes of a name that are shown
constexpr std::size_t time_width = 7;   // columns, for "12.3 ms"
constexpr std::size_t most_named = 8;   // brokers named to Nagios, which cuts at 1 KiB
constexpr double ms_in_second = 1000;

/// Removes the bytes of a UTF-8 character that was cut.
void cut_last_character(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
  if (!text.empty()) text.pop_back();
}

/// Cuts the text to at most `columns`, with an ellipsis at the end.
std::string cut(std::string text, std::size_t columns, bool utf8) {
  if (columns_of(text) <= columns) return text;
  const std::string dots = utf8 ? "…" : "...";
  const std::size_t width = columns_of(dots);
  while (!text.empty() && columns_of(text) + width > columns) cut_last_character(text);
  return text + dots;
}

std::string padded(std::string text, std::size_t columns) {
  const std::size_t has = columns_of(text);
  if (has < columns) text.append(columns - has, ' ');
  return text;
}

const char* colour_of(check_state state) {
  return state == check_state::ok        ? "\033[32m"
         : state == check_state::warning ? "\033[33m"
                                         : "\033[31m";
}

std::size_t state_width() {
  std::size_t most = 0;
  for (const check_state state : {check_state::ok, check_state::warning, check_state::problem})
    most = std::max(most, columns_of(say(to_string(state))));
  return most;
}

std::string seconds(double ms) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6f", ms / ms_in_second);
  return text.data();
}

/// A bar would begin the performance data, and a newline the long output.
std::string for_nagios(std::string text) {
  for (char& c : text) {
    if (c == '|') c = '/';
    if (c == '\n') c = ' ';
  }
  return text;
}

std::string named(std::span<const checked> all, check_state state) {
  std::string text;
  std::size_t count = 0;
  for (const checked& row : all) {
    if (row.found.state != state || ++count > most_named) continue;
    text += (text.empty() ? "" : ", ") + printable(row.label.shown(), 60) + " (" + row.found.cause +
            ")";
  }
  if (count > most_named)
    text += say(words(N_(" and {count} more"), {{"count", std::to_string(count - most_named)}}));
  return text;
}

std::size_t count_of(std::span<const checked> all, check_state state) {
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [state](const checked& row) { return row.found.state == state; }));
}

check_state worst_of(std::span<const checked> all) {
  check_state worst = check_state::ok;
  for (const checked& row : all) worst = std::max(worst, row.found.state);
  return worst;
}

/// The remark that an outcome's line has beside the state.
std::string remark_of(const outcome& found) {
  if (found.state != check_state::ok) return found.cause + colon() + say(found.words);
  if (found.certificate_ends.empty()) return {};
  return say(words(N_("certificate: {days} days left"),
                   {{"days", std::to_string(found.certificate_days)}}));
}

}  // namespace

check_table::check_table(const report_style& how, std::size_t name_width)
    : how_(how), name_width_(name_width) {
  // Half of the terminal's width is kept for what is wrong.
  if (how.columns != 0) name_width_ = std::min(name_width_, how.columns / 2 - time_width);
}

std::string check_table::line(const checked& row) const {
  const outcome& found = row.found;
  const std::string state = padded(say(to_string(found.state)), state_width());
  std::string text =
      "  " +
      padded(cut(printable(row.label.shown(), most_name), name_width_, how_.utf8), name_width_);
  const std::string took =
      tools::time_text(found.connected_ms >= 0 ? found.connected_ms : found.ms);
  text += "  " + std::string(time_width - std::min(time_width, columns_of(took)), ' ') + took;
  if (const std::string remark = remark_of(found); !remark.empty()) text += "  " + remark;
  if (how_.columns != 0) text = cut(std::move(text), how_.columns - columns_of(state), how_.utf8);
  return (how_.colour ? colour_of(found.state) + state + "\033[0m" : state) + text + "\n";
}

std::string summary_line(std::span<const checked> all) {
  const auto number = [&](check_state state) { return std::to_string(count_of(all, state)); };
  return say(words(N_("brokers: {all}, ok: {ok}, warnings: {warnings}, problems: {problems}"),
                   {{"all", std::to_string(all.size())},
                    {"ok", number(check_state::ok)},
                    {"warnings", number(check_state::warning)},
                    {"problems", number(check_state::problem)}})) +
         "\n";
}

std::string json_line(const checked& row, const past* was) {
  const outcome& found = row.found;
  byte_buffer text;
  tools::json_writer out(text, tools::json_writer::layout::dense);
  const auto member = [&out](std::string_view name, std::string_view value) {
    out.name(name);
    out.string(value);
  };
  const auto cause = [&out](std::string_view name, const std::string& id) {
    out.name(name);
    id.empty() ? out.null() : out.string(id);
  };
  const auto time = [&out](std::string_view name, double ms) {
    out.name(name);
    ms < 0 ? out.null() : out.real(ms);
  };
  out.begin_object();
  member("time", found.started);
  member("target", row.label.target);
  member("name", row.label.shown());
  out.name("tags");
  out.begin_object();
  for (const auto& [key, value] : row.label.tags) member(key, value);
  out.end_object();
  member("state", to_string(found.state));
  cause("cause", found.cause);
  member("what", say(found.words));
  if (was != nullptr) {
    member("was", to_string(was->state));
    cause("was_cause", was->cause);
  }
  out.name("exit_code");
  out.integer(found.exit_code);
  member("address", found.address);
  time("ms", found.ms);
  time("connected_ms", found.connected_ms);
  time("round_trip_ms", found.round_trip_ms);
  time("delivery_ms", found.delivery_ms);
  out.name("certificate_ends");
  found.certificate_ends.empty() ? out.null() : out.string(found.certificate_ends);
  out.name("certificate_days");
  found.certificate_ends.empty() ? out.null() : out.integer(found.certificate_days);
  out.name("steps");
  out.begin_array();
  for (const outcome::timed_step& step : found.steps) {
    out.begin_object();
    member("name", word_of(step.name));
    member("state", to_string(step.state));
    time("ms", step.ms);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  const bytes_view made = text.view();
  return std::string(reinterpret_cast<const char*>(made.data()), made.size()) + "\n";
}

int nagios_code(std::span<const checked> all) { return static_cast<int>(worst_of(all)); }

std::string nagios_line(std::span<const checked> all) {
  constexpr std::array<const char*, 3> titles{"OK", "WARNING", "CRITICAL"};
  std::string text = std::string("MQTT ") + titles[static_cast<std::size_t>(worst_of(all))] + " - ";
  std::string figures;
  if (all.size() == 1) {
    const outcome& found = all.front().found;
    text += printable(all.front().label.shown(), 80);
    const std::string remark = remark_of(found);
    if (!remark.empty()) text += ": " + remark;
    figures = "time=" + seconds(found.ms) + "s;;;0";
    const auto add = [&figures](const char* name, double ms) {
      if (ms >= 0) figures += std::string(" ") + name + "=" + seconds(ms) + "s;;;0";
    };
    add("connect", found.connected_ms);
    add("rtt", found.round_trip_ms);
    add("delivery", found.delivery_ms);
    if (!found.certificate_ends.empty())
      figures += " certificate_days=" + std::to_string(found.certificate_days);
  } else {
    text += summary_line(all);
    text.pop_back();
    for (const check_state state : {check_state::problem, check_state::warning}) {
      if (const std::string names = named(all, state); !names.empty())
        text += "; " + say(to_string(state)) + ": " + names;
    }
    double slowest = 0;
    for (const checked& row : all) slowest = std::max(slowest, row.found.ms);
    const auto number = [&](check_state state) { return std::to_string(count_of(all, state)); };
    figures = "ok=" + number(check_state::ok) + " warning=" + number(check_state::warning) +
              " problem=" + number(check_state::problem) + " slowest=" + seconds(slowest) + "s;;;0";
  }
  return for_nagios(std::move(text)) + " | " + figures + "\n";
}

int worst_code(std::span<const checked> all) {
  const check_state worst = worst_of(all);
  int code = 0;
  for (const checked& row : all) {
    if (row.found.state != worst || row.found.exit_code == 0) continue;
    code = code == 0 ? row.found.exit_code : std::min(code, row.found.exit_code);
  }
  return code;
}

}  // namespace mqttkit::doctor
