// What a firewall does with one packet: the first packet of a TCP connection, from an unknown
// address to a port of this machine.
//
// Rules of nft and iptables are translated into the same few words, so that one walk serves both. A
// rule is not asked whether it mentions the port, but whether this packet matches, and if so for
// which sources: a rule for some sources only, or above a rate, is remembered and does not decide.
#pragma once

#include <cstdint>
#include <ctime>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// The packet, and what is known of the machine where it arrives.
struct packet {
  bool is_v6 = false;
  bool is_own = false;  ///< from this machine to itself: by output, lo and input
  /// The broker's answer, from `port` of this machine to an unknown address.
  bool is_reply = false;
  /// A packet of this machine to `port` of the address `to`; with is_reply, what comes back from
  /// it.
  bool is_outgoing = false;
  /// Forwarded from interface `in` by `out` to the machine `to`; with is_reply, back from it.
  bool is_passing = false;
  /// No TCP, but ICMPv6's neighbour solicitation, to a multicast address of this machine.
  bool seeks_neighbour = false;
  /// A later packet of the connection, which carries data; what it holds is not known.
  bool is_data = false;
  int port = 0;
  bool is_translated = false;  ///< its destination was changed on the way in
  std::string to;              ///< the destination after that, on another machine
  std::string in;              ///< the interface it comes in by; "" when unknown
  std::string out;             ///< the interface it leaves by, when it is forwarded
  std::vector<std::string> own_addresses;
  std::time_t now = 0;  ///< time of arrival; 0: unknown
  /// What rules have marked it with, as do those of Kubernetes and of VPNs; nullopt: with what is
  /// not known here.
  std::optional<std::int64_t> mark = 0;

  /// Whether the connection was begun before it.
  bool is_established() const { return is_reply || is_data; }
  /// Whether it is on its way to a program of this machine, and of another.
  bool is_for_here() const { return is_reply ? is_outgoing : to.empty(); }
};

/// How a condition, or a rule with all its conditions, matches the packet.
enum class fit : std::uint8_t {
  no,
  yes,
  some_sources,   ///< matches listed sources, not this packet's
  other_sources,  ///< matches all sources but some
  above_rate,     ///< matches only when packets come too fast
  below_rate,     ///< matches until packets come too fast
  chance,
  unknown,  ///< depends on things that are not known here
};

struct judgement {
  fit how = fit::yes;
  std::string detail;  ///< the sources or the rate
  /// For some_sources: at most `most_sources` of them; for a reply, destinations.
  std::vector<std::string> sources;
  bool has_all_sources = true;  ///< `sources` is complete
  bool mentions_port = false;   ///< a condition on the destination port matched
  bool is_for_routed = false;   ///< for some_sources: those beyond a router, by the TTL
};

judgement judged(fit how, std::string detail = {});
/// The judgement of a condition that either holds or not.
inline judgement yes_if(bool holds) { return judged(holds ? fit::yes : fit::no); }
/// Two conditions together: the weaker match.
judgement both(judgement first, judgement second);

enum class action : std::uint8_t {
  none,  ///< counts, logs or marks: the next rule follows
  accept,
  drop,
  reject,
  jump,
  go,
  leave,  ///< return
  translate,
  rewrite,    ///< changes address or port, without connection tracking
  hand_over,  ///< passes the packet to a program (queue), which decides
};

struct step_taken {
  action what = action::none;
  std::string target;            ///< the chain of jump and go
  fact_word<icmp_refusal> icmp;  ///< of reject; none: a TCP reset
  std::string to;                ///< of translate: "172.17.0.2"; empty: this machine
  int to_port = 0;               ///< of translate; 0: unchanged
  bool keeps_address = false;    ///< of translate: only the port changes
};

struct ruled {
  judgement match;
  step_taken then;
  bool sets_mark = false;
  std::optional<std::int64_t> mark;  ///< the packet's mark from then on
};

struct rule {
  std::string text;
  /// Applies the rule to a packet; verdict maps decide differently for different packets.
  std::function<ruled(const packet&)> judge;
};

struct chain {
  std::string name;
  std::string where;                         ///< the chain: "inet filter input", "filter INPUT"
  firewall_tool tool = firewall_tool::none;  ///< nft or iptables
  std::string table;                         ///< the table in which its chains jump
  std::string hook;  ///< of a base chain: "prerouting", "input", "forward", "ingress"
  bool is_nat = false;
  std::string device;  ///< of ingress
  int priority = 0;
  bool drops = false;  ///< its policy is to drop
  bool v4 = true;
  bool v6 = true;
  std::vector<rule> rules;
};

/// All chains of a machine, by table and name.
struct ruleset {
  std::map<std::string, std::map<std::string, chain>> tables;
};

/// A rule that lets some addresses in or turns them away, whatever happens to others.
struct rule_for_sources {
  judgement match;
  step_taken step;
  std::string rule;
  std::string chain;
  firewall_tool tool = firewall_tool::none;
  int base = 0;  ///< number of its base chain: accept in one does not end the next
};

struct ruling {
  firewall_verdict verdict = firewall_verdict::accept;
  firewall_verdict refusal = firewall_verdict::none;
  fact_word<icmp_refusal> icmp;
  std::string rule;  ///< its text; policy_rule for a policy
  std::string chain;
  firewall_tool tool = firewall_tool::none;
  std::string source;
  std::string too_late;
  std::vector<std::string> visited;  ///< chains on the way, by name
  std::string forwarded_to;
  std::string translated_by;  ///< the rule of a translation on the way out, and its chain
  std::string translated_in;
  bool is_rewritten = false;                  ///< on the way in, without connection tracking
  int port = 0;                               ///< after translation
  std::vector<rule_for_sources> for_sources;  ///< in the order they were met
};

/// Follows the packet through prerouting and input or forward; a reply through output and
/// postrouting; a forwarded packet through prerouting, forward and postrouting. `route` names the
/// interface to an address ("" when unknown).
ruling follow(const ruleset& rules, packet first,
              const std::function<std::string(const std::string&)>& route);

/// Sources kept for one rule: a busy server's ban list fits, and a country's networks do not.
constexpr std::size_t most_sources = 512;
/// Rules for some sources that are kept.
constexpr std::size_t most_source_rules = 32;

/// Drop or a kind of reject; none for a step that refuses nothing.
firewall_verdict refusal_of(const step_taken& step);

/// A condition on the source address, which for a remote packet is unknown.
judgement from_sources(const packet& at, const std::vector<std::string>& ranges, bool inverted);
/// A condition on the TTL (hop limit): `holds` tells whether it holds for one.
judgement by_hops_left(const packet& at, const std::function<bool(int)>& holds);
/// A condition on the destination address.
judgement to_addresses(const packet& at, const std::vector<std::string>& ranges, bool inverted);
/// A condition on an interface's name; "*" or "+" at its end matches any rest.
judgement by_interface(const std::string& actual, const std::vector<std::string>& names,
                       bool inverted);

}  // namespace mqttkit::doctor
