// Bridges between brokers, as the files of this machine set them up.
#include "mqtt-doctor/causes/bridge_causes.hpp"

#include <algorithm>

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/topic_slip_words.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

/// A broker's address as a bridge names it: "HOST:PORT", "tcp://HOST", "[::1]:1885". Without a port
/// it is 1883, as for mosquitto.
struct broker_place {
  std::string host;
  int port = 1883;
};

broker_place place_in(std::string text) {
  if (const std::size_t end = text.find("://"); end != std::string::npos) text.erase(0, end + 3);
  broker_place made;
  const std::size_t colon = text.rfind(':');
  constexpr std::size_t most_digits = 5;
  const std::string port = colon == std::string::npos ? std::string() : text.substr(colon + 1);
  const bool has_port = !port.empty() && port.size() <= most_digits &&
                        port.find_first_not_of("0123456789") == std::string::npos;
  made.host = has_port ? text.substr(0, colon) : text;
  if (has_port) made.port = std::stoi(port);
  if (made.host.size() > 2 && made.host.front() == '[')
    made.host = made.host.substr(1, made.host.size() - 2);
  return made;
}

bool is_here(const host_facts& host, const std::string& name) {
  return class_of(name) == address_class::loopback || name == "localhost" ||
         std::find(host.addresses.begin(), host.addresses.end(), name) != host.addresses.end();
}

bool leads_to(const bridge_fact& bridge, const host_facts& host, const broker_place& far) {
  std::string rest = bridge.addresses;
  while (!rest.empty()) {
    const std::size_t blank = rest.find(' ');
    const broker_place named = place_in(rest.substr(0, blank));
    const bool is_same =
        named.host == far.host || (is_here(host, named.host) && is_here(host, far.host));
    if (named.port == far.port && is_same) return true;
    rest = blank == std::string::npos ? std::string() : rest.substr(blank + 1);
  }
  return false;
}

bool serves(const configuration_fact& configuration, int port) {
  return configuration.broker == broker_kind::mosquitto &&
         block_for(configuration, port) != nullptr;
}

/// The name that the bridge's `topic` line gives a topic on the other side; nothing where the line
std::optional<std::string> carried_as(const bridge_topic_fact& line, const std::string& topic,
                                      bool is_outward) {
  const std::string& from = is_outward ? line.local : line.remote;
  const std::string& to = is_outward ? line.remote : line.local;
  if (!topic.starts_with(from)) return {};
  const std::string rest = topic.substr(from.size());
  if (!topic_matches(line.filter, rest)) return {};
  return to + rest;
}

/// A bridge between the two brokers of an exchange.
struct found_bridge {
  const bridge_fact* bridge = nullptr;
  const bridge_topic_fact* line = nullptr;  ///< the bridge's line about the topic
  bool is_carried = false;                  ///< in the direction that is needed
  std::string arrives_as;                   ///< the topic's name on the other side
  int port = 0;                             ///< of the broker whose bridge it is
};

/// From the publisher's broker to this one, or from this one to the publisher's.
found_bridge bridge_between(const view& known, const broker_place& via, const std::string& topic) {
  found_bridge made;
  const host_facts& host = *known.all.host;
  const broker_place here{known.host(), known.at.port};
  for (const configuration_fact& configuration : host.configurations) {
    const bool is_outward = is_here(host, via.host) && serves(configuration, via.port);
    if (!is_outward && !serves(configuration, here.port)) continue;
    for (const bridge_fact& bridge : configuration.bridges) {
      if (!leads_to(bridge, host, is_outward ? here : via)) continue;
      made.bridge = &bridge;
      made.port = is_outward ? via.port : here.port;
      for (const bridge_topic_fact& line : bridge.topics) {
        const auto name = carried_as(line, topic, is_outward);
        if (!name) continue;
        made.line = &line;
        made.arrives_as = *name;
        made.is_carried =
            line.direction == bridge_direction::both ||
            line.direction == (is_outward ? bridge_direction::out : bridge_direction::in);
        if (made.is_carried) return made;
      }
    }
  }
  return made;
}

/// The command that restarts the broker listening on that port of this machine.
std::string restart_at(const view& known, int port) {
  endpoint_facts other;
  other.port = port;
  const view there{known.all, other};  // the host's view below keeps a reference to this one
  const auto at = look_at(there);
  return at ? restart_command(*at) : std::string();
}

/// A line whose filter just misses the topic: by quotation marks, a slash, a capital letter.
bool mend_near_line(made_finding& made, const view& known, const found_bridge& found,
                    const std::string& topic) {
  for (const bridge_topic_fact& line : found.bridge->topics) {
    const std::string edited = std::to_string(line.line);
    const places with{{"place", found.bridge->file + ":" + edited},
                      {"filter", line.filter},
                      {"direction", line.direction.word()},
                      {"topic", topic}};
    if (line.filter.find_first_of("'\"") != std::string::npos) {
      made.seen(words(N_("{place}: topic {filter} {direction}; the quotation marks count as part "
                         "of the topic."),
                      with));
      made.mend(words(N_("Take them out, and start that broker again; the old file is kept beside "
                         "it:")),
                edit_command(edited + "s/[\"']//g", found.bridge->file) + " && " +
                    restart_at(known, found.port));
      return true;
    }
    const bool is_prefix_amiss = !line.local.empty() && line.remote.empty() &&
                                 !topic.starts_with(line.local) &&
                                 topic_matches(line.filter, topic);
    if (is_prefix_amiss) {
      made.seen(words(N_("{place}: topic {filter} {direction}, with the prefix \"{prefix}\" alone: "
                         "the first one is for the broker that has the bridge, so that the line "
                         "carries what begins with it there."),
                      {{"place", with.at("place")},
                       {"filter", line.filter},
                       {"direction", line.direction.word()},
                       {"prefix", line.local}}));
      made.look(
          words(N_("If it is meant for the other broker, write \"\" before it, and start that "
                   "broker again:")),
          "sudoedit " + shell_word(found.bridge->file));
      return true;
    }
    const std::string filter = line.local + line.filter;
    const topic_mismatch slip = find_topic_mismatch(filter, topic);
    const slip_words* const row = words_of(slip.slip);
    if (row == nullptr || slip.slip >= topic_slip::spelling) continue;
    made.seen(words(N_("{place}: topic {filter} {direction}."), with));
    made.seen(words(
        row->sentence,
        {{"filter", filter}, {"topic", topic}, {"wanted", slip.wanted}, {"found", slip.found}}));
    made.look(words(N_("Correct that line, or the topic, and start that broker again:")),
              "sudoedit " + shell_word(found.bridge->file));
    return true;
  }
  return false;
}

}  // namespace

maybe_finding bridge_finding(const view& known, const exchange_fact& far) {
  const std::string& via = far.publisher_at;
  if (!known.all.host || !known.all.local.is_target) return {};
  const found_bridge found = bridge_between(known, place_in(via), far.topic);
  if (found.bridge == nullptr) return {};
  const places with{
      {"topic", far.topic},
      {"via", via},
      {"here", known.host() + ":" + known.port()},
      {"bridge", found.bridge->name},
      {"file", found.bridge->file},
      {"line", std::to_string(found.line != nullptr ? found.line->line : found.bridge->line)},
      {"filter", found.line != nullptr ? found.line->filter : std::string()},
      {"direction", found.line != nullptr ? found.line->direction.word() : std::string()},
      {"arrived", found.arrives_as}};
  if (found.line == nullptr) {
    made_finding made("delivery-not-forwarded", certainty::likely, strength::told,
                      words(N_("The bridge \"{bridge}\" joins {via} and {here}, and no topic line "
                               "of it holds \"{topic}\"."),
                            with));
    made.seen(words(N_("{file}, line {line}: connection {bridge}."), with));
    if (mend_near_line(made, known, found, far.topic)) return made;
    constexpr std::size_t most_lines = 3;
    std::size_t told = 0;
    for (const bridge_topic_fact& line : found.bridge->topics) {
      if (told++ == most_lines) break;
      made.seen(words(N_("Its topic line {line}, with its prefixes: \"{local}\" at this broker is "
                         "\"{remote}\" at the other ({direction})."),
                      {{"line", std::to_string(line.line)},
                       {"local", line.local + line.filter},
                       {"remote", line.remote + line.filter},
                       {"direction", line.direction.word()}}));
    }
    return made.mend(
        words(N_("Add a topic line to that bridge, and no second bridge: two would send "
                 "every message round in circles.")));
  }
  if (!found.is_carried) {
    made_finding made(
        "delivery-not-forwarded", certainty::likely, strength::told,
        words(N_("The bridge \"{bridge}\" between {via} and {here} carries \"{topic}\" "
                 "the other way only."),
              with));
    made.seen(words(N_("{file}, line {line}: topic {filter} {direction}."), with));
    return made.mend(
        words(
            N_("Turn \"{direction}\" into \"both\" in that line (no second bridge: two would send "
               "every message round in circles), and start that broker again:"),
            with),
        edit_command(std::to_string(found.line->line) + "s/ " + found.line->direction.word() +
                         "\\( \\|$\\)/ both\\1/",
                     found.bridge->file) +
            " && " + restart_at(known, found.port));
  }
  if (found.arrives_as == far.topic && found.bridge->link == bridge_link::not_connected)
    return made_finding(
               "delivery-not-forwarded", certainty::certain, strength::told,
               words(N_("The bridge \"{bridge}\" between {via} and {here} passes \"{topic}\" "
                        "on, and is not connected."),
                     with))
        .seen(words(N_("{file}, line {line}: topic {filter} {direction}."), with))
        .seen(words(N_("The broker whose bridge it is has no connection to the other one.")))
        .look(words(N_("This says why, on the machine of that broker:")),
              "mqtt-doctor localhost:" + std::to_string(found.port) + " --on-broker");
  if (found.arrives_as == far.topic) return {};
  return made_finding("delivery-bridge-prefix", certainty::likely, strength::told,
                      words(N_("What is published to \"{topic}\" at {via} arrives here as "
                               "\"{arrived}\": the bridge \"{bridge}\" renames it."),
                            with))
      .seen(
          words(N_("{file}, line {line}: topic {filter} {direction}, with prefixes behind."), with))
      .in_app(words(N_("Subscribe to \"{arrived}\"."), with))
      .mend(words(N_("Or let the bridge leave the topic as it is; in mosquitto.conf the prefixes "
                     "are the last two words of its topic line.")));
}

}  // namespace mqttkit::doctor
