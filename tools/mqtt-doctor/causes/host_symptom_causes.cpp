// Settings of the broker that explain what the user sees (--symptom). None of them is a fault: so
// they are told only where something is seen that they bring about.
#include "mqtt-doctor/causes/host_symptom_causes.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "mqtt-doctor/causes/exchange_view.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/telling_settings.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

using enum symptom;

/// A number with its unit, in bytes, seconds or pieces: "10KB", "2h", "90s", "1.5"; NaN for words.
double amount(std::string_view text) {
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc()) return std::nan("");
  std::string unit = lower(text.substr(static_cast<std::size_t>(read.ptr - text.data())));
  unit.erase(0, unit.find_first_not_of(' '));
  struct unit_row {
    std::string_view word;
    double factor;
  };
  constexpr unit_row units[] = {{"", 1},      {"s", 1},          {"ms", 0.001},  {"m", 60},
                                {"h", 3600},  {"d", 86'400},     {"w", 604'800}, {"b", 1},
                                {"kb", 1024}, {"mb", 1'048'576}, {"k", 1024}};
  for (const unit_row& row : units) {
    if (unit == row.word) return number * row.factor;
  }
  return std::nan("");
}

bool is_on(std::string_view said) { return said == "true" || said == "on" || said == "1"; }
bool is_off(std::string_view said) { return said == "false" || said == "off"; }

using telling::setting_row;
using telling::value;

/// The rows of the broker's file, some of which may be those of another broker.
std::span<const setting_row> rows_for(broker_kind broker) {
  switch (broker) {
    case broker_kind::mosquitto:
      return telling::of_mosquitto();
    case broker_kind::emqx:
      return telling::of_emqx();
    default:
      return telling::of_others();
  }
}

bool is_met(const setting_row& row, const std::string& said) {
  const double number = amount(said);
  switch (row.when) {
    case value::any:
      return row.word == nullptr || said != row.word;
    case value::is_true:
      return is_on(said);
    case value::is_false:
      return is_off(said);
    case value::above_zero:
      return number > 0;
    case value::small:
      return number > 0 && number <= row.bound;
    case value::below:
      return number >= 0 && number <= row.bound;
    case value::is_word:
      return said == row.word;
  }
  return false;
}

/// "FILE:LINE", or the file alone where the line is not known.
std::string place_of(const host_view& at, const std::string& name) {
  if (at.block != nullptr && at.block->settings.count(name) != 0) {
    const auto own = at.configuration->places.find(std::to_string(at.block->port) + " " + name);
    if (own != at.configuration->places.end()) return own->second;
  }
  const auto found = at.configuration->places.find(name);
  return found == at.configuration->places.end() ? at.configuration->file : found->second;
}

/// The separator that the broker's file has between name and value.
std::string said_as(const host_view& at, const std::string& name, const std::string& said) {
  switch (at.configuration->broker.value()) {
    case broker_kind::mosquitto:
      return name + " " + said;
    case broker_kind::hivemq:
      return "<" + name + ">" + said + "</" + name + ">";
    default:
      return name + " = " + said;
  }
}

made_finding told(const host_view& at, const setting_row& row, const std::string& said) {
  const bool is_mosquittos = at.configuration->broker == broker_kind::mosquitto;
  const std::string place = place_of(at, row.name);
  const std::string file = place.substr(0, place.rfind(':'));
  const places with{
      {"value", said}, {"place", place}, {"file", file}, {"setting", said_as(at, row.name, said)}};
  // How long somebody was away, or how large a message was, nobody has seen.
  const bool is_strong = weight_of(row.how) >= weight_of(strength::usual);
  made_finding made(row.id, is_strong ? certainty::likely : certainty::possible, row.how,
                    words(row.text, with));
  made.seen(words(N_("{place}: {setting}"), with));
  const sentence why =
      words(row.loses != nullptr ? row.loses : N_("If that is not wanted, say instead:"), with);
  if (is_mosquittos && *row.line == '\0')
    made.mend(
        words(N_("If it is not wanted, take that line out; the old file is kept beside it:")),
        edit_command("/^" + std::string(row.name) + " /d", file) + " && " + restart_command(at));
  else if (is_mosquittos)
    made.mend(why, edit_command("s/^ *" + std::string(row.name) + " .*/" + row.line + "/", file) +
                       " && " + restart_command(at));
  else
    made.lines(why, row.line, file).then(words(N_("Then:")), restart_command(at));
  return made.shows(row.shows).note();
}

/// The setting that explains it best; where a limit of one kind is set twice, the first counts.
maybe_finding setting_for_symptom(const view& known, exclusions&) {
  const symptom seen = known.asked().symptom.value();
  if (seen == none) return {};
  const auto at = look_at(known);
  if (!at || at->configuration == nullptr || at->is_held_by_other || !at->configuration->is_used)
    return {};
  const setting_row* best = nullptr;
  for (const setting_row& row : rows_for(at->configuration->broker.value())) {
    if (at->configuration->broker != row.broker || !row.shows.contains(seen)) continue;
    const std::string said = at->setting(row.name);
    if (said.empty() || !is_met(row, said)) continue;
    if (best == nullptr || weight_of(row.how) > weight_of(best->how)) best = &row;
  }
  if (best == nullptr) return {};
  return told(*at, *best, at->setting(best->name));
}

/// Whether a retained message was looked for on the user's topic, and none is there.
bool lacks_retained(const view& known) {
  const exchange_fact* const exchange = exchange_on(known, true);
  return exchange != nullptr && is_granted(*exchange) && exchange->retained == 0 &&
         exchange->others == 0;
}

/// Whether the app's own session was looked for, and none is there.
bool lacks_session(const view& known) {
  return known.at.offline && !known.at.offline->client_id.empty() && !known.at.offline->was_found;
}

/// What mosquitto keeps in memory, or writes seldom, is gone after a restart.
maybe_finding kept_in_memory(const view& known, exclusions&) {
  const symptom seen = known.asked().symptom.value();
  const bool is_of_sessions = seen == missed_while_away || seen == nothing_arrives;
  const bool is_of_retained = seen == no_last_value || seen == not_listed;
  if (!is_of_sessions && !is_of_retained && seen != old_messages) return {};
  const auto at = look_at(known);
  if (!at || at->configuration == nullptr || !is_mosquitto(*at) || at->is_held_by_other) return {};
  const char* const id =
      is_of_sessions ? "session-lost-at-broker-restart" : "delivery-retained-misunderstood";
  const symptom_set shows{missed_while_away, nothing_arrives, no_last_value, not_listed,
                          old_messages};
  constexpr double day_s = 86'400;
  if (const auto age = forgetful_for_s(known); age && *age < day_s && seen != old_messages) {
    // Only where something is not there that was to be kept, its loss is a reason.
    const bool is_missed = is_of_sessions ? lacks_session(known) : lacks_retained(known);
    made_finding made(
        id, is_missed ? certainty::likely : certainty::possible,
        is_missed ? strength::agreed : strength::fits,
        words(N_("The broker keeps sessions, what waits for them, and retained messages in memory "
                 "only, and was started {time} ago: what it had before is gone."),
              {{"time", time_text(std::max(1.0, *age) * 1000)}}));
    made.seen(words(N_("Its configuration does not turn persistence on.")));
    if (!is_missed)
      made.seen(
          words(N_("Whether it had anything, nobody has looked: nothing that it was to keep "
                   "is known to be missing.")));
    made.in_app(is_of_sessions
                    ? words(N_("Let the app subscribe after each CONNACK that says there is no "
                               "session; then its loss costs nothing but what waited."))
                    : words(N_("Send once more, with retain, what a late subscriber is to see; "
                               "devices do so when they are started.")));
    if (is_missed)
      made.lines(words(N_("Keep them on disk, in mosquitto.conf; then restart the broker, which "
                          "once more loses what it has now:")),
                 "persistence true\npersistence_location /var/lib/mosquitto/",
                 at->configuration->file.empty() ? "mosquitto.conf" : at->configuration->file);
    else
      made.mend(
          words(N_("So that it keeps them from its next start on: \"persistence true\" in "
                   "mosquitto.conf. No restart for that alone: it loses what is there "
                   "now.")));
    return made.shows(shows).note();
  }
  const std::string interval = at->setting("autosave_interval");
  constexpr double usual_s = 1800;
  const double seconds = amount(interval);
  const bool is_seldom = !interval.empty() && (seconds == 0 || seconds > usual_s);
  if (at->setting("persistence") != "true" || !is_seldom ||
      at->setting("autosave_on_changes") == "true")
    return {};
  const places with{{"place", place_of(*at, "autosave_interval")},
                    {"setting", "autosave_interval " + interval},
                    {"value", interval}};
  made_finding made(
      id, certainty::possible, strength::leaning,
      seconds == 0
          ? words(N_("The broker writes what it keeps to disk at an orderly end only: killed, or "
                     "without power, it comes back with what it had at its last start."),
                  with)
          : words(N_("The broker writes what it keeps to disk every {value} s only: killed, or "
                     "without power, it comes back with what was written last, old values "
                     "included."),
                  with));
  const std::string file = with.at("place").substr(0, with.at("place").rfind(':'));
  made.seen(words(N_("{place}: {setting}"), with))
      .mend(words(N_("Let it write more often; the old file is kept beside it:")),
            edit_command("s/^ *autosave_interval .*/autosave_interval 60/", file) + " && " +
                restart_command(*at));
  return made.shows(shows).note();
}

}  // namespace

void say_setting(made_finding& made, const view& known, std::string_view id) {
  const auto at = look_at(known);
  if (!at || at->configuration == nullptr || at->is_held_by_other || !at->configuration->is_used)
    return;
  for (const setting_row& row : rows_for(at->configuration->broker.value())) {
    const std::string said = at->setting(row.name);
    if (at->configuration->broker != row.broker || row.id != id || said.empty() ||
        !is_met(row, said))
      continue;
    made.seen(words(N_("{place}: {setting}"), {{"place", place_of(*at, row.name)},
                                               {"setting", said_as(*at, row.name, said)}}));
  }
}

namespace {

constexpr second_look looks[] = {
    {"mqtt-packet-too-large", setting_for_symptom},
    {"session-lost-at-broker-restart", kept_in_memory},
    {"delivery-duplicated", bridge_for_symptom},
};

}  // namespace

cause_table host_symptom_causes() { return {{}, looks}; }

}  // namespace mqttkit::doctor
