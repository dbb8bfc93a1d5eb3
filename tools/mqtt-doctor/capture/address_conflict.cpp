#include "mqtt-doctor/capture/address_conflict.hpp"

#include <map>

namespace mqttkit::doctor {
namespace {

// Initial TTLs: nobody has passed such a packet on, so its hardware address is its sender's own.
bool is_of_neighbour(int ttl) { return ttl == 64 || ttl == 128 || ttl == 255; }

made_finding two_machines(const std::string& address, std::uint64_t one, std::uint64_t other) {
  return made_finding(
      "path-address-conflict", certainty::likely, strength::told,
      words(
          N_("Two machines in this network have the address {address}: {one} and {other}, by their "
             "hardware addresses."),
          {{"address", address}, {"one", link_text(one)}, {"other", link_text(other)}}));
}

made_finding with_cure(made_finding made, const std::string& address) {
  return made
      .mend(words(N_("Give one of the two another address: a fixed one outside the range that the "
                     "router hands out (DHCP), or one from DHCP.")))
      .look(words(N_("Which of the two this machine talks to changes from time to time:")),
            "ip neigh show " + address);
}

}  // namespace

maybe_finding address_used_twice(const std::vector<const kept_stream*>& streams) {
  // A machine that does not know a connection ends it by RST in the name of the other.
  for (const kept_stream* const stream : streams) {
    const stream_links& links = stream->links;
    const std::uint64_t own = links.is_reset_clients ? links.client : links.broker;
    const stream_side_fact& named =
        links.is_reset_clients ? stream->story.client : stream->story.broker;
    // A router or firewall that resets in a side's name does so with its own hardware address.
    const bool is_on_the_way = stream->place == capture_place::router ||
                               stream->story.ending == stream_ending::reset_on_the_way;
    const bool is_other = own != 0 && links.reset != 0 && links.reset != own && !is_on_the_way;
    if (!is_other || !is_of_neighbour(stream->story.reset_ttl) || !is_of_neighbour(named.ttl))
      continue;
    made_finding made = two_machines(named.address, own, links.reset);
    made.seen(
        words(N_("A connection of {one} was ended by an RST of {other}, which does not know it "
                 "(packet {packet})."),
              {{"one", link_text(own)},
               {"other", link_text(links.reset)},
               {"packet", stream->story.ended_in.empty()
                              ? std::to_string(stream->last.number)
                              : std::to_string(stream->story.ended_in.back())}}));
    return with_cure(std::move(made), named.address);
  }
  // One machine replaced by another comes once; two that take turns are there together.
  std::map<std::string, std::vector<std::uint64_t>> turns;
  for (const kept_stream* const stream : streams) {
    if (stream->links.client == 0 || !is_of_neighbour(stream->story.client.ttl)) continue;
    std::vector<std::uint64_t>& of = turns[stream->story.client.address];
    if (of.empty() || of.back() != stream->links.client) of.push_back(stream->links.client);
  }
  for (const auto& [address, machines] : turns) {
    if (machines.size() < 3 || machines[0] != machines[2]) continue;
    made_finding made = two_machines(address, machines[0], machines[1]);
    made.seen(words(N_("Connections came from {one}, then from {other}, then from {one} again."),
                    {{"one", link_text(machines[0])}, {"other", link_text(machines[1])}}));
    return with_cure(std::move(made), address);
  }
  return {};
}

}  // namespace mqttkit::doctor
