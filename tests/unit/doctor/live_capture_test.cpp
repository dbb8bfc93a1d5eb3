// The parts of `listen --capture` that work without privileges: the filter, connections seen twice
// because of NAT, and remarks about TCP.
#include <dlfcn.h>
#include <doctest/doctest.h>

#include <string>

#include "mqtt-doctor/capture/capture_filter.hpp"
#include "mqtt-doctor/capture/nat_twins.hpp"
#include "mqtt-doctor/capture/tcp_event.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace std::chrono_literals;

namespace {

wire_endpoint end_of(unsigned char last, std::uint16_t port) {
  wire_endpoint made;
  made.address.bytes = {192, 0, 2, last};
  made.port = port;
  return made;
}

tcp_segment syn_of(unsigned char from, unsigned char to, std::uint32_t sequence,
                   std::uint32_t stamp = 77) {
  tcp_segment made;
  made.source = end_of(from, 50'000);
  made.destination = end_of(to, 1883);
  made.sequence = sequence;
  made.timestamp = stamp;
  made.syn = true;
  return made;
}

tcp_segment answer_to(tcp_segment what) {
  std::swap(what.source, what.destination);
  what.ack = true;
  return what;
}

const capture_time start(std::chrono::seconds(1'700'000'000));

stream_fact story_of(stream_ending how) {
  stream_fact made;
  made.ending = how;
  made.client.address = "203.0.113.9";
  made.client.ttl = 52;
  made.broker.address = "192.0.2.1";
  made.broker.port = 1883;
  made.broker.ttl = 64;
  made.attempts = 3;
  made.waited_s = 3;
  made.seconds = 6;
  made.reset_ttl = 57;
  made.ended_in = {4, 7};
  return made;
}

std::string line_of(const std::optional<event>& what) {
  return what ? line_of(*what, event_place()).substr(13) : "";
}

}  // namespace

TEST_CASE("the filter of a live capture is one that libpcap understands, for every kind of link") {
  void* const library = ::dlopen("libpcap.so.0.8", RTLD_NOW);
  if (library == nullptr) {
    MESSAGE("skipped: libpcap is not installed");
    return;
  }
  struct program {
    unsigned length;
    void* instructions;
  };
  const auto open = reinterpret_cast<void* (*)(int, int)>(::dlsym(library, "pcap_open_dead"));
  const auto compile = reinterpret_cast<int (*)(void*, program*, const char*, int, unsigned)>(
      ::dlsym(library, "pcap_compile"));
  const auto words = reinterpret_cast<char* (*)(void*)>(::dlsym(library, "pcap_geterr"));
  const auto release = reinterpret_cast<void (*)(program*)>(::dlsym(library, "pcap_freecode"));
  const auto close = reinterpret_cast<void (*)(void*)>(::dlsym(library, "pcap_close"));
  struct kind {
    int link;
    bool has_tags;
  };
  for (const kind each :
       {kind{1, true}, kind{1, false}, kind{113, false}, kind{276, false}, kind{12, false}}) {
    void* const handle = open(each.link, 262'144);
    for (const char* const address : {"", "192.0.2.1", "2001:db8::1"}) {
      program made{};
      const std::string text = capture_filter({1883, 1884, 443}, address, each.has_tags);
      const int status = compile(handle, &made, text.c_str(), 1, 0xFFFFFFFF);
      CHECK_MESSAGE(status == 0, text << ": " << words(handle));
      CHECK(made.length < 4096);  // BPF_MAXINSNS: the kernel takes no more
      if (status == 0) release(&made);
    }
    close(handle);
  }
}

TEST_CASE("datagrams are asked for on the ports, and not where they are HTTP/3") {
  CHECK(capture_filter({1884}, "", false).find("udp and (port 1884)") != std::string::npos);
  CHECK(capture_filter({443}, "", false).find("udp") == std::string::npos);
  CHECK(capture_filter({443, 1884}, "", false)
            .find("port 443 or port 1884)) or (udp and (port "
                  "1884))") != std::string::npos);
}

TEST_CASE("a connection behind an address translation is the one before it") {
  nat_twins twins;
  const tcp_segment outside = syn_of(9, 1, 1000);
  const tcp_segment inside = syn_of(9, 200, 1000);  // Docker: another destination
  CHECK_FALSE(twins.is_twin(outside, start));
  CHECK(twins.is_twin(inside, start + 20us));
  CHECK(twins.is_twin(answer_to(inside), start + 60us));
  CHECK_FALSE(twins.is_twin(answer_to(outside), start + 90us));
  tcp_segment data = inside;
  data.syn = false;
  CHECK(twins.is_twin(data, start + 5s));
  // A retransmission a second later takes the same two ways.
  CHECK_FALSE(twins.is_twin(syn_of(9, 1, 1000, 1077), start + 1s));
  CHECK(twins.is_twin(syn_of(9, 200, 1000, 1077), start + 1s + 20us));
}

TEST_CASE("two connections that begin with one number by chance are two") {
  nat_twins twins;
  CHECK_FALSE(twins.is_twin(syn_of(9, 1, 1000, 1), start));
  CHECK_FALSE(twins.is_twin(syn_of(10, 1, 1000, 2), start + 1ms));
  CHECK_FALSE(twins.is_twin(syn_of(11, 1, 1000, 2), start + 2s));
  // A new connection has the same addresses and ports.
  CHECK(twins.is_twin(syn_of(12, 1, 1000, 2), start + 2s + 1ms));
  CHECK_FALSE(twins.is_twin(syn_of(12, 1, 5000, 9), start + 60s));
  tcp_segment data = syn_of(12, 1, 5001, 9);
  data.syn = false;
  CHECK_FALSE(twins.is_twin(data, start + 60s));
}

TEST_CASE("nat_twins forgets the oldest") {
  nat_twins twins;
  for (std::uint32_t i = 0; i < 2 * nat_twins::most; ++i)
    CHECK_FALSE(twins.is_twin(syn_of(9, 1, 10'000 + i), start));
  CHECK_FALSE(twins.is_twin(syn_of(9, 2, 10'000), start));
  CHECK(twins.is_twin(syn_of(9, 2, 10'000 + 2 * nat_twins::most - 1), start));
}

TEST_CASE("a connection that does not come to stand is told by what was seen, where it was seen") {
  using enum stream_ending;
  CHECK(line_of(tcp_event(story_of(unanswered), capture_place::server)) ==
        "SYN arrives for 192.0.2.1 port 1883 and nothing answers (3 times in 3.0 s)\n");
  CHECK(line_of(tcp_event(story_of(unanswered), capture_place::client)) ==
        "SYN leaves for 192.0.2.1 port 1883 and nothing comes back (3 times in 3.0 s)\n");
  CHECK(
      line_of(tcp_event(story_of(half_open), capture_place::server)) ==
      "SYN-ACK leaves from 192.0.2.1 port 1883, and 203.0.113.9 does not answer it: it is lost on "
      "the way back\n");
  CHECK(line_of(tcp_event(story_of(reset_on_the_way), capture_place::server))
            .find("RST in the name of 192.0.2.1 with TTL 57, its other packets have 64") == 0);
  stream_fact by_icmp = story_of(unreachable);
  by_icmp.icmp.push_back({});
  by_icmp.icmp[0].type = 3;
  by_icmp.icmp[0].code = 13;
  by_icmp.icmp[0].from = "192.0.2.254";
  CHECK(line_of(tcp_event(by_icmp, capture_place::server))
            .find("answered by 192.0.2.254 with ICMP type 3, code 13") != std::string::npos);
  const auto refusal = tcp_event(story_of(refused), capture_place::server);
  REQUIRE(refusal.has_value());
  CHECK(json_of(*refusal, event_place()).find("\"ending\":\"refused\"") != std::string::npos);
  CHECK(json_of(*refusal, event_place()).find("\"packets\":\"4, 7\"") != std::string::npos);
}

TEST_CASE("what may still be answered, or went well, is not told") {
  using enum stream_ending;
  stream_fact young = story_of(unanswered);
  young.waited_s = 1;
  CHECK_FALSE(tcp_event(young, capture_place::server).has_value());
  young.ending = half_open;
  CHECK_FALSE(tcp_event(young, capture_place::server).has_value());
  stream_fact quiet = story_of(silent);
  quiet.seconds = 2;
  CHECK_FALSE(tcp_event(quiet, capture_place::server).has_value());
  for (const stream_ending how :
       {open, closed_by_client, closed_by_broker, reset_by_client, reset_by_broker, cut_short})
    CHECK_FALSE(tcp_event(story_of(how), capture_place::server).has_value());
}

TEST_CASE("the rule that stops a connection is named, for whom it is meant") {
  firewall_fact wall;
  wall.port = 1883;
  wall.family = ip_family::v4;
  wall.verdict = firewall_verdict::drop;
  wall.rule = "tcp dport 1883 drop";
  wall.chain = "inet f in";
  const auto found = rule_against({wall}, "203.0.113.9", 1883, false);
  REQUIRE(found);
  CHECK(found->rule == "tcp dport 1883 drop");
  CHECK_FALSE(rule_against({wall}, "203.0.113.9", 8883, false));
  CHECK_FALSE(rule_against({wall}, "2001:db8::9", 1883, false));
  CHECK_FALSE(rule_against({wall}, "127.0.0.1", 1883, true));  // another packet meets other rules

  firewall_fact some = wall;
  some.verdict = firewall_verdict::accept;
  source_rule_fact banned;
  banned.sources = {"203.0.113.0/24"};
  banned.refusal = firewall_verdict::drop;
  banned.rule = "ip saddr 203.0.113.0/24 drop";
  banned.chain = "inet f in";
  banned.stage = 1;
  some.for_sources = {banned};
  CHECK(rule_against({some}, "203.0.113.9", 1883, false)->rule == banned.rule);
  CHECK_FALSE(rule_against({some}, "198.51.100.1", 1883, false));

  firewall_fact listed = wall;  // lets some in and drops the others
  listed.verdict = firewall_verdict::source;
  listed.refusal = firewall_verdict::drop;
  source_rule_fact let_in = banned;
  let_in.refusal = firewall_verdict::none;
  listed.for_sources = {let_in};
  CHECK_FALSE(rule_against({listed}, "203.0.113.9", 1883, false));
  CHECK(rule_against({listed}, "198.51.100.1", 1883, false)->rule == wall.rule);
  listed.for_sources.front().has_all = false;
  CHECK_FALSE(rule_against({listed}, "198.51.100.1", 1883, false));

  const stopping_rule rule = *found;
  const auto line =
      line_of(tcp_event(story_of(stream_ending::unanswered), capture_place::server, &rule));
  CHECK(line.find("nothing answers (3 times in 3.0 s), the rule that stops it, in inet f in: tcp "
                  "dport 1883 drop, to mend it: sudo mqtt-doctor localhost:1883 --on-broker") !=
        std::string::npos);
}
