// Causes that the broker's log shows for clients other than the user's, and what its start tells.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <map>

#include "mqtt-doctor/causes/broker_age.hpp"
#include "mqtt-doctor/causes/broker_settings.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/host_stranger_causes.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/symptoms.hpp"
#include "mqtt-doctor/causes/written_files.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::string_view before_id = "Client ", after_id = " already connected";

/// How mosquitto 2.1, RabbitMQ and ActiveMQ say that a client's older connection was closed.
std::string taken_over_in(std::string_view line) {
  constexpr std::string_view hivemq = "Client ID: ";
  if (const std::size_t begin = line.find(hivemq); begin != line.npos) {
    const std::string_view id = line.substr(begin + hivemq.size());
    return std::string(id.substr(0, id.find(", IP:")));
  }
  for (const std::string_view before : {"with duplicate id '", "Stealing link for clientId "}) {
    const std::size_t begin = line.find(before);
    if (begin == line.npos) continue;
    const std::string id(line.substr(begin + before.size()));
    return id.substr(0, id.find_first_of("' "));
  }
  constexpr std::string_view duplicate = "duplicate client id ";
  if (const std::size_t begin = line.find(duplicate); begin != line.npos) {
    std::string id(line.substr(begin + duplicate.size()));
    const std::size_t end = id.find_first_of(" ,(");
    id = id.substr(0, end);
    std::erase_if(
        id, [](char each) { return each == '\'' || each == '"' || each == '<' || each == '>'; });
    return id;
  }
  const std::size_t end = line.find(" disconnected: session taken over");
  const std::size_t begin = line.find(before_id);
  if (end == line.npos || begin == line.npos) return {};
  const std::string id(line.substr(begin + before_id.size(), end - begin - before_id.size()));
  return id.substr(0, id.rfind(" ["));
}

/// The client identifier in a line of mosquitto's log; "" for none.
std::string client_in(std::string_view line) {
  const std::size_t end = line.find(after_id);
  if (end == line.npos) return taken_over_in(line);
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

}  // namespace

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

namespace {

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
  constexpr std::int64_t soon = 600;
  const std::size_t many = known.asked().symptom == symptom::drops ? 2 : 3;
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
  if (at->setting("use_username_as_clientid") == "true" && at->configuration != nullptr) {
    const std::string file =
        at->block != nullptr ? file_of(*at->block, *at->configuration) : at->configuration->file;
    return made
        .seen(
            words(N_("{file} says use_username_as_clientid true: the identifier is the user name, "
                     "whatever the app says, so that two apps of one user end each other's "
                     "connection."),
                  {{"file", file}}))
        .in_app(words(N_("Give each app a user of its own.")))
        .mend(words(N_("Or take that line out; the old file is kept beside it:")),
              edit_command("/^use_username_as_clientid /d", file) + " && " + restart_command(*at))
        .warning();
  }
  return made
      .in_app(
          words(N_("Give each device an identifier of its own. Where there is one device alone, "
                   "let its app connect again only once the old connection is lost or closed.")))
      .look(words(N_("The addresses tell which it is, one device or two:")),
            "sudo grep -F " + shell_word(contains(found.last->text, before_id) ? " as " + id : id) +
                " " + shell_word(found.last->source) + " | tail -n 6")
      .warning();
}

namespace {

/// The text between two marks; "" where one of both is missing.
std::string between(std::string_view line, std::string_view before, std::string_view after) {
  const std::size_t mark = line.find(before);
  if (mark == line.npos) return {};
  const std::size_t begin = mark + before.size();
  const std::size_t end = after.empty() ? line.size() : line.find(after, begin);
  return end == line.npos ? std::string() : std::string(line.substr(begin, end - begin));
}

/// The client that a line of mosquitto's or EMQX's log tells of; "" for none.
std::string client_of(std::string_view line) {
  if (const std::string id = between(line, "clientid: ", ","); !id.empty()) return id;  // EMQX 5
  if (const std::string id = between(line, "] <<\"", "\">>@"); !id.empty()) return id;  // EMQX 4
  if (const std::string id = between(line, "[Protocol] Client ", " (Username:"); !id.empty())
    return id;  // EMQX 3
  if (const std::string id = between(line, " - mid:", "\" - "); id.find(" - \"") != id.npos)
    return id.substr(id.find(" - \"") + 4);  // NATS
  if (const std::string id = between(line, "Client ID: ", ", IP:"); !id.empty())
    return id == "UNKNOWN" ? std::string() : id;  // HiveMQ
  if (const std::string id = between(line, "clientId=", ","); !id.empty())
    return id.starts_with("ID:") ? std::string() : id;  // ActiveMQ
  if (const std::string id = between(line, "client {[],<<\"", "\">>}"); !id.empty())
    return id;  // VerneMQ
  if (const std::string id = between(line, "[warning] ", "@");
      !id.empty() && id.find(' ') == id.npos)
    return id;
  for (const char* before : {"being dropped for client ", "dangerous client id \"",
                             "dangerous username \"", "Protocol error from "}) {
    std::string id = between(line, before, "");
    if (id.empty()) continue;
    return id.substr(0, id.find_first_of("\":"))
        .substr(0, id.ends_with('.') ? id.size() - 1 : id.npos);
  }
  if (line.find("has exceeded its receive-maximum") != line.npos)
    return between(line, before_id, " has exceeded its");
  for (const char* before : {"string from ", "in PUBLISH from ", "subscription command from ",
                             "Bad client ", "QoS in CONNECT from "}) {
    const std::string id = between(line, before, "");
    if (!id.empty()) return id.substr(0, id.find_first_of(", "));
  }
  for (const char* after : {" has exceeded timeout", " disconnected", " [", " connected with"}) {
    const std::string id = between(line, before_id, after);
    if (!id.empty() && id.find(' ') == id.npos) return id;
  }
  return {};
}

/// A second of any of the brokers' formats, since 1970; 0 where the line begins otherwise.
std::int64_t any_second_of(const std::string& line) {
  if (const std::int64_t second = second_of(line); second != 0) return second;
  // NATS: "[3935] 2026/11/30 11:24:10.717 [ERR]".
  if (line.starts_with('[') && line.find("] 20") != line.npos) {
    std::string behind = line.substr(line.find("] 20") + 2);
    for (const std::size_t at : {std::size_t{4}, std::size_t{7}}) {
      if (behind.size() > at && behind[at] == '/') behind[at] = '-';
    }
    if (behind.starts_with("20")) return any_second_of(behind);
  }
  std::string text = line.substr(0, std::string_view("2026-11-30T01:51:02").size());
  if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
  std::int64_t second = second_of_utc(text);
  // "+02:00" behind the fraction of the second; without it the broker's local time.
  const std::size_t zone = line.find_first_of("+-Z ", text.size());
  if (second == 0 || zone == line.npos || (line[zone] != '+' && line[zone] != '-')) return second;
  int hours = 0, minutes = 0;
  if (std::sscanf(line.c_str() + zone + 1, "%2d:%2d", &hours, &minutes) != 2) return second;
  const std::int64_t away = hours * 3600 + minutes * 60;
  return line[zone] == '+' ? second - away : second + away;
}

/// One client's lines of a kind, as far as they follow each other closely and are no older than a
/// day.
struct client_lines {
  std::string id;
  std::size_t count = 0;
  const log_fact* last = nullptr;
  std::int64_t last_second = 0;
  bool is_address = false;  ///< the log does not name the client: its address is in place of that
};

/// The client with most lines of that kind; the one asked for, where it has any. The doctor's own
/// connections do not count.
client_lines most_troubled(const host_view& at, log_kind kind) {
  constexpr std::int64_t day = 86'400, soon = 3'600;
  std::map<std::string, client_lines> all;
  if (at.logged(kind) == nullptr) return {};
  const std::int64_t now = second_of_utc(at.known.all.local.now);
  for (const log_fact& line : at.host.log) {
    if (line.kind != kind || !line.is_current) continue;
    std::string id = client_of(line.text);
    if (!line.peer.empty() && !is_own_address(at.known, line.peer)) id = line.peer;
    const bool is_nobody = id.empty() || id == "<unknown>" || id == "unknown" || id == "undefined";
    if (is_nobody || id.starts_with("mqtt-doctor-") || id.starts_with("auto-")) continue;
    const std::int64_t second = any_second_of(line.text);
    if (now != 0 && second != 0 && now - second > day) continue;
    client_lines& of = all[id];
    if (of.count == 0 || second - of.last_second > soon) of = {id, 0, nullptr, second};
    of.is_address = !line.peer.empty();
    ++of.count;
    of.last = &line;
    of.last_second = second;
  }
  if (const auto asked = all.find(at.known.asked().client_id); asked != all.end())
    return asked->second;
  const auto most = std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.second.count < b.second.count;
  });
  return most == all.end() ? client_lines() : most->second;
}

/// Whether lines about a client are worth a word: once for the client that was asked for, and for
/// somebody else when they come again and again.
bool is_worth_telling(const host_view& at, const client_lines& found, std::string_view id,
                      std::size_t often = 3) {
  // Who sees what it brings about has a reason to be told of one.
  const std::size_t many = symptoms_of(id).contains(at.known.asked().symptom.value()) ? 1 : often;
  return found.last != nullptr && (found.count >= many || found.id == at.known.asked().client_id);
}

made_finding trouble(const char* id, const client_lines& found, const char* text) {
  const places with{{"id", found.id}, {"count", std::to_string(found.count)}};
  made_finding made(id, certainty::likely, strength::seen, words(text, with));
  if (found.count > 1)
    made.seen(
        words(N_("The broker's log tells so {count} times, shortly after one another:"), with));
  made.seen(log_words(*found.last));
  return made;
}

}  // namespace

namespace {

/// Clients that ran out of their keep alive in the same moment, and no other near it.
struct joint_end {
  std::vector<std::string> ids;
  std::int64_t second = 0;
  const log_fact* line = nullptr;
};

/// Clients fall silent each at its own time: those of one moment were not the ones that stopped.
/// The last such moment; nothing where any client's end stands alone near it.
std::optional<joint_end> ended_together(const host_view& at) {
  constexpr std::int64_t moment_s = 2, near_s = 120, day = 86'400;
  constexpr std::size_t least = 3;  // clients
  std::vector<joint_end> all;
  const std::int64_t now = second_of_utc(at.known.all.local.now);
  for (const log_fact& line : at.host.log) {
    if (line.kind != log_kind::timeout) continue;
    const std::string id = client_of(line.text);
    const std::int64_t second = any_second_of(line.text);
    if (second == 0 || id.empty() || id == "<unknown>" || id.starts_with("mqtt-doctor-")) continue;
    if (now != 0 && now - second > day) continue;
    if (all.empty() || second - all.back().second > moment_s) all.push_back({{}, second, nullptr});
    auto& ids = all.back().ids;
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    all.back().line = &line;
  }
  std::optional<joint_end> out;
  std::size_t times = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool is_apart = (i == 0 || all[i].second - all[i - 1].second > near_s) &&
                          (i + 1 == all.size() || all[i + 1].second - all[i].second > near_s);
    if (all[i].ids.size() < least || !is_apart) continue;
    out = all[i];
    ++times;
  }
  // What happened once before the broker's last start may have been mended by that.
  const bool is_present = out && (times > 1 || out->line->is_current);
  return is_present ? out : std::nullopt;
}

}  // namespace

maybe_finding host_stood_still(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  const auto found = ended_together(*at);
  if (!found) return {};
  const places with{{"count", std::to_string(found->ids.size())},
                    {"who", list_text(found->ids)},
                    {"file", found->line->source}};
  const std::string kept = at->setting("persistence");
  const bool saves = is_mosquitto(*at) && kept == "true";
  made_finding made(
      "mqtt-broker-hung", certainty::likely, strength::agreed,
      saves ? words(N_(
                  "Several clients ran out of their keep alive in the same moment: it was not they "
                  "that fell silent, the broker stood still for longer than they allow. It does "
                  "while it saves a large database of retained and waiting messages "
                  "(persistence, autosave_interval) to a slow disk or SD card; a machine that is "
                  "paused or has too little memory does the same."))
            : words(N_(
                  "Several clients ran out of their keep alive in the same moment: it was not they "
                  "that fell silent. The broker stood still for longer than they allow (a slow "
                  "disk, too little memory, a machine that was paused), or its network was "
                  "gone.")));
  made.seen(words(N_("{count} clients at once: {who}."), with));
  made.seen(log_words(*found->line));
  if (saves) {
    const std::string every = at->setting("autosave_interval");
    made.seen(words(N_("Its configuration says {option} {limit}."),
                    {{"option", "persistence"}, {"limit", kept}}));
    if (!every.empty())
      made.seen(words(N_("Its configuration says {option} {limit}."),
                      {{"option", "autosave_interval"}, {"limit", every}}));
    const std::string place = at->setting("persistence_location");
    made.look(words(N_("When it saved, and how large the database is:")),
              "sudo grep -F 'Saving in-memory database' " + shell_word(found->line->source) +
                  " | tail -n 4; sudo ls -l " +
                  shell_word(place.empty() ? std::string("/var/lib/mosquitto/") : place));
    made.mend(words(
        N_("Let it have less to save: end old sessions that nobody comes back to "
           "(persistent_client_expiration), keep fewer messages (max_queued_messages), clear "
           "retained ones that nobody needs; or put persistence_location on a faster disk.")));
  } else {
    made.look(words(N_("What the machine waits for (disk: wa, swap: si, so):")), "vmstat 5 3");
  }
  return made.in_app(words(N_("A keep alive above the longest pause keeps the clients connected.")))
      .warning();
}

maybe_finding host_silent_client(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  // Who is timed out a second time had come back, and fell silent anew.
  constexpr std::size_t again = 2;
  if (ended_together(*at)) return {};
  const client_lines found = most_troubled(*at, log_kind::timeout);
  if (!is_worth_telling(*at, found, "session-keepalive-expired", again)) return {};
  return trouble("session-keepalive-expired", found,
                 N_("The client {id} falls silent for longer than its keep alive allows, and the "
                    "broker ends its connection."))
      .in_app(words(N_("Let its app serve MQTT while it waits (no long sleep or blocking work in "
                       "its loop), or choose a longer keep alive; a weak Wi-Fi does the same.")))
      .warning();
}

namespace {

/// What a listener's port says of clients without a user name; "" where nothing does.
std::string anonymous_at(const configuration_fact& from, const configured_listener& port) {
  for (const auto* settings : {&port.settings, &from.settings})
    if (const auto found = settings->find("allow_anonymous"); found != settings->end())
      return found->second;
  return {};
}

std::string place_of_anonymous(const configuration_fact& from, const configured_listener& port) {
  for (const std::string& name :
       {std::to_string(port.port) + " allow_anonymous", std::string("allow_anonymous")})
    if (const auto found = from.places.find(name); found != from.places.end()) return found->second;
  return from.file;
}

/// Clients that the log names by nothing but the port they came to, from an address where others
/// are let in: a router's, a container host's, or that of one machine with several programs.
maybe_finding turned_away_at_port(const host_view& at) {
  constexpr std::size_t often = 3;
  std::map<std::pair<int, std::string>, std::pair<std::size_t, const log_fact*>> all;
  for (const log_fact& line : at.host.log) {
    if (line.kind != log_kind::refused || !line.is_current || line.port == 0) continue;
    if (line.from.empty() || is_own_address(at.known, line.from)) continue;
    auto& [count, last] = all[{line.port, line.from}];
    ++count;
    last = &line;
  }
  const auto most = std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.second.first < b.second.first;
  });
  if (most == all.end() || most->second.first < often) return {};
  const int port = most->first.first;
  const places with{{"port", std::to_string(port)},
                    {"address", most->second.second->from},
                    {"count", std::to_string(most->second.first)}};
  made_finding made(
      "auth-bad-credentials", certainty::likely, strength::agreed,
      words(
          N_("The broker turns clients away at port {port} again and again, whose identifiers its "
             "log does not name: they give no user name, or user name or password is wrong, or "
             "they are not allowed in. They come from {address}, where others are let in."),
          with));
  made.seen(log_words(*most->second.second));
  if (at.configuration != nullptr) {
    const configuration_fact& from = *at.configuration;
    const configured_listener* open = nullptr;
    const configured_listener* shut = nullptr;
    for (const configured_listener& each : from.listeners) {
      const std::string is_let_in = anonymous_at(from, each);
      if (each.port == port && is_let_in == "false") shut = &each;
      if (each.port != port && is_let_in == "true") open = &each;
    }
    if (shut != nullptr)
      made.seen(
          words(N_("{place} has allow_anonymous false: whoever comes to port {port} must give "
                   "a user name and its password."),
                {{"place", place_of_anonymous(from, *shut)}, {"port", with.at("port")}}));
    if (shut != nullptr && open != nullptr)
      made.seen(words(
          N_("Port {port} takes clients without one ({place}): what works there without "
             "a user name does not here."),
          {{"place", place_of_anonymous(from, *open)}, {"port", std::to_string(open->port)}}));
  }
  return made
      .in_app(words(N_("Give user name and password in that device or program, in the fields or "
                       "variables that it reads: a misspelt one is none.")))
      .shows({symptom::cannot_connect, symptom::drops, symptom::nothing_arrives,
              symptom::no_reaction, symptom::shown_offline, symptom::not_listed})
      .warning();
}

}  // namespace

maybe_finding host_turned_away_client(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  const client_lines found = most_troubled(*at, log_kind::refused);
  if (!is_worth_telling(*at, found, {})) return turned_away_at_port(*at);
  const char* const text =
      found.is_address
          ? N_("The broker turns a client at {id} away again and again, whose identifier its log "
               "does not name: its user name or password is wrong, or it is not allowed in.")
          : N_("The broker turns the client {id} away again and again: its user name or "
               "password is wrong, or it is not allowed in.");
  return trouble("auth-bad-credentials", found, text)
      .in_app(words(N_("Correct user name and password in that device.")))
      .shows({symptom::cannot_connect, symptom::drops, symptom::nothing_arrives,
              symptom::no_reaction, symptom::shown_offline, symptom::not_listed})
      .warning();
}

maybe_finding host_malformed_client(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  const client_lines found = most_troubled(*at, log_kind::protocol_error);
  if (!is_worth_telling(*at, found, "mqtt-malformed-client")) return {};
  if (found.is_address)
    return trouble("mqtt-malformed-client", found,
                   N_("A client at {id} sends something that is no MQTT, again and again: most "
                      "often it speaks TLS or WebSocket to a port for plain MQTT."))
        .in_app(
            words(N_("Switch TLS off in that app, or let it use the port with TLS; a browser needs "
                     "the WebSocket port. mqtt-doctor listen shows what it sends.")))
        .warning();
  return trouble("mqtt-malformed-client", found,
                 N_("The client {id} sends what MQTT does not allow, and the broker ends its "
                    "connection."))
      .in_app(words(N_("Update that device's MQTT library; mqtt-doctor listen shows which packet "
                       "breaks the rules.")))
      .warning();
}

maybe_finding host_large_packets(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  const client_lines found = most_troubled(*at, log_kind::too_large);
  // A single packet that is too large is lost, and will be sent again as large.
  if (found.last == nullptr) return {};
  made_finding made = trouble("mqtt-packet-too-large", found,
                              N_("The client {id} sends a larger packet than the broker takes, and "
                                 "the broker ends its connection."));
  for (const char* option :
       {"max_packet_size", "message_size_limit", "mqtt.max_packet_size", "max_message_size",
        "zone.external.max_packet_size", "mqtt.max_packet_size_authenticated", "max-packet-size",
        "max_payload"}) {
    const std::string limit = at->setting(option);
    if (!limit.empty())
      made.seen(words(N_("Its configuration says {option} {limit}."),
                      {{"option", option}, {"limit", limit}}));
  }
  set_in_broker(made, known, broker_setting::packet_size);
  return made.in_app(words(N_("Or send the message in parts, or a link to it."))).warning();
}

maybe_finding host_not_offered(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  const client_lines found = most_troubled(*at, log_kind::not_offered);
  if (found.last == nullptr) return {};
  made_finding made = trouble("mqtt-qos-not-supported", found,
                              N_("The client {id} asks for what the broker's configuration does "
                                 "not offer (a higher QoS, or retained messages), and the broker "
                                 "ends its connection."));
  for (const char* option : {"max_qos", "retain_available"}) {
    const std::string value = at->setting(option);
    if (!value.empty())
      made.seen(words(N_("Its configuration says {option} {limit}."),
                      {{"option", option}, {"limit", value}}));
  }
  if (at->setting("retain_available") == "false")
    set_in_broker(made, known, broker_setting::retained_messages);
  else
    set_in_broker(made, known, broker_setting::quality);
  return made.warning();
}

maybe_finding host_limited_client(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  const client_lines found = most_troubled(*at, log_kind::limited);
  if (!is_worth_telling(*at, found, "mqtt-server-busy-or-banned")) return {};
  return trouble("mqtt-server-busy-or-banned", found,
                 N_("The client {id} connects or sends more often than the broker allows, and is "
                    "held back."))
      .in_app(words(N_("Give each device an identifier of its own, and wait longer between "
                       "attempts.")))
      .warning();
}

maybe_finding host_odd_name(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  const client_lines found = most_troubled(*at, log_kind::odd_name);
  if (found.last == nullptr) return {};
  return trouble("auth-acl-publish-swallowed", found,
                 N_("mosquitto denies {id} every topic: its client identifier or user name has a "
                    "wildcard (+ or #) or a slash in it, and the access list has patterns."))
      .in_app(words(N_("Use an identifier and a user name without +, # and /.")))
      .warning();
}

namespace {

maybe_finding blocked_by_disk(const host_view& at, const log_fact& line) {
  const bool is_artemis = line.text.find("AMQ2222") != line.text.npos;
  made_finding made(
      "host-disk-full", certainty::likely, strength::told,
      is_artemis ? words(N_("Artemis takes no messages: the disk it writes to is fuller than "
                            "max-disk-usage in broker.xml allows (usually 90 percent)."))
                 : words(N_("ActiveMQ takes no messages: the room for kept messages "
                            "(storeUsage) is used up.")));
  made.seen(log_words(line));
  if (is_artemis)
    made.mend(words(N_("Make room on that disk; Artemis goes on by itself.")))
        .lines(words(N_("Or, where the disk is large, raise the limit in broker.xml:")),
               "<max-disk-usage>95</max-disk-usage>", "broker.xml");
  else
    made.mend(
        words(N_("Let somebody read what waits in the queues and durable topics, or delete "
                 "those that nobody needs; the limit is storeUsage in activemq.xml.")));
  made.look(words(N_("How full the disks are:")), "df -h");
  if (at.works()) made.warning();
  return made;
}

}  // namespace

maybe_finding host_alarm(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->logged(log_kind::alarm) == nullptr) return {};
  const log_fact* open = nullptr;
  for (const log_fact& line : at->host.log) {
    const bool is_of_disk = line.text.find("disk resource") != line.text.npos ||
                            line.text.find("AMQ2222") != line.text.npos ||
                            line.text.find("store is Full") != line.text.npos;
    if (!line.is_current || !is_of_disk) continue;
    if (line.kind == log_kind::alarm) open = &line;
    if (line.kind == log_kind::alarm_over) open = nullptr;
  }
  if (open == nullptr) return {};
  if (open->text.find("disk resource") == open->text.npos) return blocked_by_disk(*at, *open);
  made_finding made("host-disk-full", certainty::likely, strength::told,
                    words(N_("RabbitMQ has raised its alarm for disk space: it reads nothing "
                             "from clients that publish until there is room.")));
  made.seen(log_words(*open));
  for (const char* name : {"disk_free_limit.absolute", "disk_free_limit.relative"}) {
    if (const std::string said = at->setting(name); !said.empty())
      made.seen(words(
          N_("{file} says {setting}."),
          {{"file", at->configuration->file}, {"setting", std::string(name) + " = " + said}}));
  }
  made.look(words(N_("What is short, and who needs it:")),
            "sudo rabbitmq-diagnostics alarms; df -h /var/lib/rabbitmq");
  made.mend(
      words(N_("Make room on the disk, or empty the queues that nobody reads; the limit is "
               "disk_free_limit in rabbitmq.conf.")));
  if (!at->works()) return made;
  return made.warning();
}

maybe_finding host_dropped_messages(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  const client_lines found = most_troubled(*at, log_kind::dropped);
  if (found.last == nullptr) return {};
  made_finding made("delivery-queue-overflow", certainty::likely, strength::seen,
                    words(N_("The broker drops messages for the client {id}: as many as it keeps "
                             "for one client wait already. That client is away, or does not read "
                             "and acknowledge what it is sent."),
                          {{"id", found.id}}));
  made.seen(log_words(*found.last));
  const std::string limit = at->setting("max_queued_messages");
  if (!limit.empty())
    made.seen(words(N_("Its configuration says max_queued_messages {limit}."), {{"limit", limit}}));
  const std::string bytes = at->setting("max_queued_bytes");
  const bool is_by_bytes = !bytes.empty() && bytes != "0";
  if (is_by_bytes)
    made.seen(words(N_("Its configuration says max_queued_bytes {limit}."), {{"limit", bytes}}));
  made.in_app(words(N_(
      "Let that client acknowledge each message as it comes, or send it less. If it is gone for "
      "good, connect once with its identifier and clean session: that ends what waits for it.")));
  if (is_by_bytes)
    made.mend(words(N_("Raise max_queued_bytes, of which the first limit that is reached counts; "
                       "the old file is kept beside it:")),
              edit_command("s/^max_queued_bytes .*/&0/",
                           file_that_sets(*at->configuration, "max_queued_bytes")) +
                  " && " + restart_command(*at));
  else
    set_in_broker(made, known, broker_setting::queue_length);
  return made.warning();
}

std::optional<double> broker_age_s(const view& known) {
  const auto at = look_at(known);
  const process_fact* const process = at ? at->process() : nullptr;
  if (process == nullptr) return {};
  const std::int64_t now = second_of_utc(known.all.local.now);
  const std::int64_t start = second_of_utc(process->started);
  if (now == 0 || start == 0) return {};
  // The time is that of the doctor's start: a broker may have been started since.
  return static_cast<double>(std::max<std::int64_t>(0, now - start));
}

std::optional<double> forgetful_for_s(const view& known) {
  const auto at = look_at(known);
  if (!at || at->configuration == nullptr || !is_mosquitto(*at) || at->is_held_by_other) return {};
  if (!at->configuration->is_used || at->is_read_in_part()) return {};
  const std::string kept = at->setting("persistence");
  if (!kept.empty() && kept != "false") return {};  // mosquitto's default is false
  return broker_age_s(known);
}

}  // namespace mqttkit::doctor
