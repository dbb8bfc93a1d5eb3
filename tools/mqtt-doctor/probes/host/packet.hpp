// What a firewall does with one packet: the first packet of a TCP connection that comes from an
// address nobody knows yet, to a port of this machine.
//
// nft and iptables rules become the same few words here, so that one walk serves both. A rule is
// not asked "do you mention the port?" but "does this packet match, and if so, for whom?": a rule
// for some sources only, or only above a rate, does not decide, it is remembered.
#pragma once

#include <cstdint>
#include <ctime>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// The packet and what is known of the machine it arrives at.
struct packet {
  bool is_v6 = false;
  bool is_own = false;  ///< this machine's own, to itself: from output to input, over lo
  /// The broker's answer: from `port` of this machine to an address nobody knows yet.
  bool is_reply = false;
  /// This machine's own, to `port` of the address in `to`.
  bool is_outgoing = false;
  /// From another machine by `in` to the one in `to` by `out`; with is_reply, back from there.
  bool is_passing = false;
  int port = 0;
  bool is_translated = false;  ///< its destination was changed on the way in
  std::string to;              ///< destination after that, when it is another machine
  std::string in;              ///< interface it comes in by; "" when that is not known
  std::string out;             ///< and goes out by, when it is sent on
  std::vector<std::string> own_addresses;
  std::time_t now = 0;  ///< when it comes; 0: not known
};

/// How one condition, or a rule with all of its conditions, takes the packet.
enum class fit : std::uint8_t {
  no,
  yes,
  some_sources,   ///< only from addresses that are listed; the packet's is not one of them
  other_sources,  ///< from everywhere but some addresses
  above_rate,     ///< not this packet, but one of too many
  below_rate,     ///< this packet, until there are too many
  chance,
  unknown,  ///< depends on what cannot be known from here
};

struct judgement {
  fit how = fit::yes;
  std::string detail;  ///< the sources, or the rate
  /// With some_sources: which, at most `most_sources` of them; for a reply, destinations.
  std::vector<std::string> sources;
  bool has_all_sources = true;  ///< `sources` holds every one of them
  bool mentions_port = false;   ///< a condition on the destination port matched
};

/// Both hold: the weaker of two.
judgement both(judgement one, judgement other);

enum class action : std::uint8_t {
  none,  ///< counts, logs, marks: the next rule follows
  accept,
  drop,
  reject,
  jump,
  go,
  leave,  ///< return
  translate,
  rewrite,    ///< puts another address or port into the packet, without keeping track of it
  hand_over,  ///< to a program (queue), which decides
};

struct step_taken {
  action what = action::none;
  std::string target;            ///< chain of jump and go
  fact_word<icmp_refusal> icmp;  ///< of reject: none is a TCP reset
  std::string to;                ///< of translate: "172.17.0.2", empty for this machine
  int to_port = 0;               ///< of translate; 0 keeps it
};

struct ruled {
  judgement match;
  step_taken then;
};

struct rule {
  std::string text;
  /// Judges a packet. May take a different step for different packets (verdict maps).
  std::function<ruled(const packet&)> judge;
};

struct chain {
  std::string name;
  std::string where;                         ///< "inet filter input", "filter INPUT"
  firewall_tool tool = firewall_tool::none;  ///< nft or iptables
  std::string table;                         ///< what its chains jump within
  std::string hook;  ///< of a base chain: "prerouting", "input", "forward", "ingress"
  bool is_nat = false;
  std::string device;  ///< of ingress
  int priority = 0;
  bool drops = false;  ///< its policy
  bool v4 = true;
  bool v6 = true;
  std::vector<rule> rules;
};

/// All rules of a machine: chains by table and name.
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
  int base = 0;  ///< which base chain it was met in: an end in one does not bind the next
};

struct ruling {
  firewall_verdict verdict = firewall_verdict::accept;
  firewall_verdict refusal = firewall_verdict::none;
  fact_word<icmp_refusal> icmp;
  std::string rule;  ///< text; policy_rule for a policy
  std::string chain;
  firewall_tool tool = firewall_tool::none;
  std::string source;
  std::string too_late;
  std::vector<std::string> visited;  ///< names of the chains on the way
  std::string forwarded_to;
  bool is_rewritten = false;                  ///< on its way in, without being kept track of
  int port = 0;                               ///< after translation
  std::vector<rule_for_sources> for_sources;  ///< met on the way, in order
};

/// Follows `first` through prerouting and input, or forward; a reply through output and
/// postrouting; what passes, either way, through prerouting, forward and postrouting. `route` tells
/// which interface leads to an address ("" when not known).
ruling follow(const ruleset& rules, packet first,
              const std::function<std::string(const std::string&)>& route);

/// Sources kept of one rule: a ban list of a busy server, not a country's networks.
constexpr std::size_t most_sources = 512;
/// Rules for some sources that are kept.
constexpr std::size_t most_source_rules = 32;

/// Drop or one of the rejects; none for a step that refuses nothing.
firewall_verdict refusal_of(const step_taken& step);

/// A condition on the source address that names `ranges`; a remote packet's own is not known.
judgement from_sources(const packet& at, const std::vector<std::string>& ranges, bool inverted);
/// A condition on the destination address.
judgement to_addresses(const packet& at, const std::vector<std::string>& ranges, bool inverted);
/// A condition on the name of an interface; a "*" or "+" at the end matches the rest.
judgement by_interface(const std::string& actual, const std::vector<std::string>& names,
                       bool inverted);

}  // namespace mqttkit::doctor
