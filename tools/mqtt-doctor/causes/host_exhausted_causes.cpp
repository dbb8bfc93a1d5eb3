// What ran out on the broker's machine: the connections that a proxy may hold, the memory that a
// broker may use.
#include <algorithm>

#include "common/number.hpp"
#include "mqtt-doctor/causes/connack_view.hpp"
#include "mqtt-doctor/causes/proxy_view.hpp"
#include "mqttkit/base/shell_word.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {

/// nginx says that it had no connection or file left when the doctor came.
maybe_finding host_proxy_exhausted(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_connected(known) || !came_to_nothing(known)) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  if (proxy == nullptr || proxy->exhausted.empty()) return {};
  const bool is_of_files = !contains(proxy->exhausted, "worker_connections");
  const bool is_main =
      proxy->file.ends_with("nginx.conf") || contains(at->dialled()->command, proxy->file);
  const std::string file = is_main ? proxy->file : "/etc/nginx/nginx.conf";
  const places with{{"proxy", proxy->program},
                    {"port", known.port()},
                    {"count", std::to_string(at->dialled()->connections)},
                    {"file", file}};
  made_finding made(
      "proxy-queue-full", certainty::certain, strength::proven,
      is_of_files ? words(N_("{proxy} has as many files and connections open as it may "
                             "(worker_rlimit_nofile), and hangs up on who comes now."),
                          with)
                  : words(N_("{proxy} has as many connections as worker_connections allows, and "
                             "hangs up on who comes now: each client takes two of them, one to "
                             "the broker."),
                          with));
  made.seen(
          words(N_("{file} says: {text}"), {{"file", proxy->log_file}, {"text", proxy->exhausted}}))
      .seen(words(N_("Established on port {port}: {count} connections."), with));
  if (is_of_files) {
    made.lines(words(N_("Above the first block of {file}:"), with), "worker_rlimit_nofile 65536;",
               file);
  } else {
    // nginx says "8 worker_connections are not enough".
    std::int64_t limit = 0;
    const std::size_t mark = proxy->exhausted.find(" worker_connections");
    const std::size_t front = mark == std::string::npos
                                  ? mark
                                  : proxy->exhausted.find_last_not_of("0123456789", mark - 1);
    if (front != std::string::npos && front + 1 < mark)
      (void)tools::read_number(
          std::string_view(proxy->exhausted).substr(front + 1, mark - front - 1), std::int64_t{1},
          std::int64_t{10'000'000}, limit);
    made.mend(words(N_("Raise it, since MQTT connections stay for long; the old file is kept as "
                       "{file}.bak:"),
                    with),
              edit_command("s/worker_connections[[:space:]]\\+[0-9]*/worker_connections " +
                               std::to_string(std::max<std::int64_t>(4096, 4 * limit)) + "/",
                           file));
  }
  return made.then(words(N_("Then:")), restart_of(*proxy, at->host))
      .look(words(N_("Who holds them, and how many each:")),
            "sudo ss -tn 'sport = :" + known.port() + "'");
}

/// A proxy holds the port, and leaves connections in the system's queue.
maybe_finding host_proxy_fetches_nothing(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->works() || !at->is_listening() || !is_connected(known)) return {};
  const listener_fact& socket = *at->dialled();
  if (!is_in_front(socket, at->host) || socket.receive_queue == 0) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  const places with{{"process", socket.process},
                    {"port", known.port()},
                    {"count", std::to_string(socket.connections)},
                    {"file", proxy != nullptr ? proxy->file : std::string()}};
  made_finding made(
      "proxy-queue-full", certainty::likely, strength::measured,
      words(N_("{process} holds port {port} and takes no more connections: its limit is reached "
               "(maxconn of haproxy), or it hangs. The broker behind it does not see who comes "
               "now."),
            with));
  made.seen(
          words(N_("{count} connections wait on {socket}."),
                {{"count", std::to_string(socket.receive_queue)}, {"socket", socket_text(socket)}}))
      .seen(words(N_("Established on port {port}: {count} connections."), with));
  if (proxy != nullptr) {
    made.look(words(N_("What it allows (of haproxy, each of these limits by itself):")),
              "sudo grep -n -i -e maxconn -e worker_connections " + shell_word(proxy->file));
    made.mend(words(N_("Raise the limit that is reached in {file}, since MQTT connections stay for "
                       "long."),
                    with))
        .then(words(N_("Then:")), restart_of(*proxy, at->host));
  }
  return made.look(words(N_("Who holds them, and how many each:")),
                   "sudo ss -tn 'sport = :" + known.port() + "'");
}

/// mosquitto may use no more memory, by its own setting or by the system's.
maybe_finding host_memory_used_up(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_mosquitto(*at)) return {};
  const log_fact* const line = at->logged(log_kind::out_of_memory);
  if (line == nullptr) return {};
  const std::string limit = at->setting("memory_limit");
  const bool is_limited = !limit.empty() && limit != "0";
  const auto place = at->configuration->places.find("memory_limit");
  const bool is_placed = is_limited && place != at->configuration->places.end();
  const places with{{"limit", limit},
                    {"place", is_placed ? place->second : at->configuration->file}};
  made_finding made(
      "mqtt-max-connections", is_limited ? certainty::certain : certainty::likely,
      is_limited ? strength::proven : strength::agreed,
      is_limited ? words(N_("The broker has used up the {limit} bytes of memory that memory_limit "
                            "allows it, and hangs up on clients and messages that need more, "
                            "though the machine may have enough."),
                         with)
                 : words(N_("The broker gets no more memory from the system, and hangs up on "
                            "clients that need some.")));
  made.seen(log_words(*line));
  if (is_limited)
    made.seen(words(N_("{place} says: {text}"),
                    {{"place", with.at("place")}, {"text", "memory_limit " + limit}}));
  const std::string restart = restart_command(*at);
  if (is_placed) {
    const std::size_t colon = place->second.rfind(':');
    made.mend(words(N_("Take the limit out, or write a larger number; the old file is kept beside "
                       "it. A restart forgets what is not saved (persistence):")),
              edit_command(place->second.substr(colon + 1) + "s/^/#/",
                           place->second.substr(0, colon)))
        .then(words(N_("Then:")), restart);
  } else if (!is_limited) {
    made.look(words(N_("What the machine has left, and what the service may use:")),
              "free -m; systemctl show mosquitto -p MemoryMax -p MemoryCurrent");
  }
  made.mend(
      words(N_("What fills it: retained messages that nobody needs, and queues of clients "
               "that do not come back (persistent_client_expiration, "
               "max_queued_messages).")));
  const contact* const client = known.client();
  const bool is_met = client != nullptr && !(client->mqtt && client->mqtt->is_accepted());
  if (!is_met) made.warning();
  return made;
}

}  // namespace mqttkit::doctor
