// What the programs of a broker's machine print: rules of nft and iptables, units, containers, the
// lines of logs. The first byte chooses the program.
//
// Promised: every text is read, or left; a packet finds its way through any rules to an end. What
// is found is written in a form that reads back as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mqtt-doctor/facts/facts_json.hpp"
#include "mqtt-doctor/probes/host/containers.hpp"
#include "mqtt-doctor/probes/host/firewall.hpp"
#include "mqtt-doctor/probes/host/services.hpp"

using namespace mqttkit::doctor;

namespace {

/// The verdicts on packets of each kind, as look_at_host() asks for them.
void judge(const ruleset& rules, host_facts& into) {
  packet like;
  like.in = "eth0";
  like.own_addresses = {"192.0.2.7", "2001:db8::7"};
  like.now = 1'790'000'000;
  for (const int kind : {0, 1, 2, 3}) {
    packet at = like;
    at.is_own = kind == 1;
    at.is_reply = kind == 2;
    at.is_outgoing = kind == 3;
    if (kind == 3) at.to = "198.51.100.9";
    for (auto& made : judge_ports(rules, {1883, 8883}, at, true, "public",
                                  [](const std::string&) { return std::string("docker0"); }))
      into.firewall.push_back(std::move(made));
  }
}

void read(std::uint8_t which, std::string_view text, host_facts& into) {
  ruleset rules;
  switch (which) {
    case 'n': {  // the rules' words may follow behind a line of their own
      constexpr std::string_view listing = "\n# listing\n";
      const std::size_t end = text.find(listing);
      add_nft_rules(rules, text.substr(0, end),
                    end == text.npos ? std::string_view() : text.substr(end + listing.size()));
      return judge(rules, into);
    }
    case 'i':
    case '6':
      add_iptables_rules(rules, text, which == '6', "nft");
      return judge(rules, into);
    case 'u':
      into.services = read_units(text);
      return;
    case 'c':
      into.containers = read_containers(text);
      return;
    case 'd':
      read_inspection(text, into.containers.emplace_back());
      return;
    case 'l':
      into.log = read_log("/var/log/broker.log", text);
      return;
    default:
      return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  facts known;
  known.host.emplace();
  read(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1}, *known.host);
  const std::string written = facts_to_json(known, false);
  facts again;
  if (!facts_from_json(written, again).empty()) std::abort();
  if (facts_to_json(again, false) != written) std::abort();
  return 0;
}
