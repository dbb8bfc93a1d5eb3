#include "mqtt-doctor/capture/absence.hpp"

#include <algorithm>
#include <string>

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {
namespace {

/// The time cut to whole seconds, so that the times of two programs compare.
std::string second_of(const std::string& time) { return time.substr(0, 19); }

bool has_port(const recording& capture, int port) {
  return std::any_of(
      capture.clients.begin(), capture.clients.end(), [&](const captured_client& client) {
        const auto& streams = client.from.known.capture->streams;
        return std::any_of(streams.begin(), streams.end(),
                           [&](const stream_fact& stream) { return stream.broker.port == port; });
      });
}

std::optional<finding> absent_from(const recording& capture, const vantage& place) {
  const view known = place.main();
  const contact* const client = known.client();
  // Only a client that waited in vain: an answer, whoever sent it, says more than a missing packet.
  if (client == nullptr || place.known.capture ||
      client->connect.outcome != connect_outcome::silent)
    return {};
  const capture_facts& about = capture.about;
  const bool is_at_that_time = second_of(capture.began) <= second_of(place.known.started) &&
                               second_of(place.known.started) <= second_of(capture.ended);
  const bool is_whole = capture.problem.empty() && about.dropped == 0 &&
                        capture.clients_left_out == 0 && capture.streams_left_out == 0;
  if (about.place != capture_place::server || !is_at_that_time || !is_whole ||
      has_port(capture, client->port))
    return {};
  const places with{{"name", place.name},
                    {"file", about.file},
                    {"port", std::to_string(client->port)},
                    {"address", client->address},
                    {"count", std::to_string(about.packets)}};
  made_finding made(
      "tcp-timeout-security-group", certainty::likely, strength::proven,
      words(N_("What {name} sends to {address} port {port} does not come to the "
               "server: the security group, a router or a wrong address stands before "
               "it."),
            with));
  return made
      .seen(
          words(N_("{file} was recorded on the server at that time, and of its {count} packets not "
                   "one is for port {port}."),
                with))
      .in_console(
          words(N_("In the security group or firewall, allow TCP {port} from 0.0.0.0/0."), with))
      .apart(words(N_("A capture with another filter would not show them either: it is to be")),
             "sudo tcpdump -ni any -w server.pcap 'tcp port " + with.at("port") + " or icmp'");
}

}  // namespace

void add_absences(const std::vector<recording>& captures, const std::vector<vantage>& from,
                  diagnosis& into) {
  if (captures.empty()) return;  // the causes stay in their order, the lowest stage first
  for (const recording& capture : captures) {
    for (const vantage& place : from) {
      auto found = absent_from(capture, place);
      if (!found) continue;
      std::erase_if(into.causes, [&](const finding& other) { return other.id == found->id; });
      into.excluded.push_back(
          {"tcp-timeout-host-firewall",
           words(
               N_("The SYN does not come so far that the server's own firewall could drop it."))});
      if (into.exit_code == 0) into.exit_code = exit_code_of(*found);
      into.causes.push_back(std::move(*found));
      into.is_healthy = false;
    }
  }
  sort_by_weight(into.causes);
}

}  // namespace mqttkit::doctor
