// Causes that the broker's log shows for clients other than the user's, and what its start tells.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <map>

#include "mqtt-doctor/causes/broker_settings.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::string_view before_id = "Client ", after_id = " already connected";

/// The client identifier in a line of mosquitto's log; "" for none.
std::string client_in(std::string_view line) {
  const std::size_t end = line.find(after_id);
  if (end == line.npos) return {};
  const std::size_t begin = line.rfind(before_id, end);
  if (begin == line.npos) return {};
  return std::string(line.substr(begin + before_id.size(), end - begin - before_id.size()));
}

/// The timestamp before a line of mosquitto's log (s since 1970); 0 for other formats.
std::int64_t second_of(std::string_view line) {
  std::int64_t second = 0;
  const auto read = std::from_chars(line.data(), line.data() + line.size(), second);
  const bool is_time = read.ec == std::errc() && read.ptr != line.data() + line.size() &&
                       *read.ptr == ':' && second > 1'000'000'000;
  return is_time ? second : 0;
}

/// "2026-11-30T01:51:02Z" in seconds since 1970; 0 where the text has another form.
std::int64_t second_of_utc(const std::string& text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d", &year, &month, &day, &hour, &minute,
                  &second) != 6)
    return 0;
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year),
                            std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return 0;
  const auto days = sys_days(date).time_since_epoch();
  return duration_cast<seconds>(days).count() + hour * 3600 + minute * 60 + second;
}

/// One client's log lines about repeated connections, the newest last.
struct returns {
  std::size_t count = 0;
  const log_fact* last = nullptr;
  std::int64_t first_second = 0;
  std::int64_t last_second = 0;
};

}  // namespace

maybe_finding host_same_identifier(const view& known, exclusions&) {
  const auto at = look_at(known);
  // A device that changed its network takes over its own connection once only.
  constexpr std::size_t many = 3;
  constexpr std::int64_t soon = 600;
  if (!at) return {};
  std::map<std::string, returns> all;
  for (const log_fact& line : at->host.log) {
    if (line.kind != log_kind::already_connected || !line.is_current) continue;
    const std::string id = client_in(line.text);
    if (id.empty() || at->logged(log_kind::already_connected) == nullptr) continue;
    returns& of = all[id];
    const std::int64_t second = second_of(line.text);
    if (of.count == 0 || second - of.last_second > soon) of = {0, nullptr, second, second};
    ++of.count;
    of.last = &line;
    of.last_second = second;
  }
  const auto most = std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.second.count < b.second.count;
  });
  if (most == all.end() || most->second.count < many) return {};
  // Repetitions that ended a day ago are no present problem.
  constexpr std::int64_t day = 86'400;
  const std::int64_t now = second_of_utc(known.all.local.now);
  if (now != 0 && most->second.last_second != 0 && now - most->second.last_second > day) return {};
  const auto& [id, found] = *most;
  const places with{{"id", id}, {"count", std::to_string(found.count)}};
  made_finding made("session-duplicate-client-id", certainty::likely, strength::seen,
                    words(N_("The client {id} comes again while a connection of its own stands, "
                             "and the broker closes the old one each time: two devices share the "
                             "identifier, or one connects again without having closed."),
                          with));
  made.seen(words(N_("The broker's log tells so {count} times, shortly after one another:"), with));
  made.seen(log_words(*found.last));
  return made
      .in_app(
          words(N_("Give each device an identifier of its own. Where there is one device alone, "
                   "let its app connect again only once the old connection is lost or closed.")))
      .look(words(N_("The addresses tell which it is, one device or two:")),
            "sudo grep -F " + shell_word(" as " + id) + " " + shell_word(found.last->source) +
                " | tail -n 6")
      .warning();
}

maybe_finding host_dropped_messages(const view& known, exclusions&) {
  constexpr std::string_view before_client = "messages are being dropped for client ";
  const auto at = look_at(known);
  // Lines about clients that do not keep up have the kind of those that were silent too long.
  if (!at || at->logged(log_kind::timeout) == nullptr) return {};
  const log_fact* last = nullptr;
  std::string id;
  for (const log_fact& line : at->host.log) {
    const std::size_t begin = line.text.find(before_client);
    if (line.kind != log_kind::timeout || !line.is_current || begin == line.text.npos) continue;
    last = &line;
    id = line.text.substr(begin + before_client.size());
    if (id.ends_with('.')) id.pop_back();
  }
  if (last == nullptr || id.empty()) return {};
  constexpr std::int64_t day = 86'400;  // what was dropped before is no present problem
  const std::int64_t now = second_of_utc(known.all.local.now), then = second_of(last->text);
  if (now != 0 && then != 0 && now - then > day) return {};
  made_finding made("delivery-queue-overflow", certainty::likely, strength::seen,
                    words(N_("The broker drops messages for the client {id}: as many as it keeps "
                             "for one client wait already. That client is away, or does not read "
                             "and acknowledge what it is sent."),
                          {{"id", id}}));
  made.seen(log_words(*last));
  const std::string limit = at->setting("max_queued_messages");
  if (!limit.empty())
    made.seen(words(N_("Its configuration says max_queued_messages {limit}."), {{"limit", limit}}));
  made.in_app(words(N_(
      "Let that client acknowledge each message as it comes, or send it less. If it is gone for "
      "good, connect once with its identifier and clean session: that ends what waits for it.")));
  set_in_broker(made, known, broker_setting::queue_length);
  return made.warning();
}

std::optional<double> forgetful_for_s(const view& known) {
  const auto at = look_at(known);
  if (!at || at->configuration == nullptr || !is_mosquitto(*at) || at->is_held_by_other) return {};
  if (!at->configuration->is_used || at->is_read_in_part()) return {};
  const std::string kept = at->setting("persistence");
  if (!kept.empty() && kept != "false") return {};  // mosquitto's default is false
  const process_fact* const process = at->process();
  if (process == nullptr) return {};
  const std::int64_t now = second_of_utc(known.all.local.now);
  const std::int64_t start = second_of_utc(process->started);
  if (now == 0 || start == 0 || now < start) return {};
  return static_cast<double>(now - start);
}

}  // namespace mqttkit::doctor
