// The output of iptables-save, applied to one packet.
#include <algorithm>
#include <charconv>
#include <memory>

#include "mqtt-doctor/probes/host/clock_rules.hpp"
#include "mqtt-doctor/probes/host/files.hpp"
#include "mqtt-doctor/probes/host/firewall.hpp"

namespace mqttkit::doctor {
namespace {

// The words of a rule; a quoted word may hold blanks.
std::vector<std::string> arguments_of(const std::string& line) {
  std::vector<std::string> out;
  std::string word;
  bool is_quoted = false;
  bool is_open = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (is_quoted && c == '\\' && i + 1 < line.size()) {
      word += line[++i];
    } else if (c == '"') {
      is_quoted = !is_quoted;
      is_open = true;
    } else if (c == ' ' && !is_quoted) {
      if (is_open || !word.empty()) out.push_back(word);
      word.clear();
      is_open = false;
    } else {
      word += c;
    }
  }
  if (is_open || !word.empty()) out.push_back(word);
  return out;
}

// Whether the port is in a list: "1883", "1:2000", "1883,8883,9000:9100".
bool holds_port(const std::string& list, int port) {
  for (const auto& part : split(list, ',')) {
    const auto ends = split(part, ':');
    const auto low = number(ends[0].empty() ? "0" : ends[0]);
    const auto high = ends.size() > 1 ? number(ends[1].empty() ? "65535" : ends[1]) : low;
    if (low && high && *low <= port && port <= *high) return true;
  }
  return false;
}

bool names(const std::string& list, std::string_view wanted) {
  for (const auto& each : split(list, ',')) {
    if (each == wanted) return true;
  }
  return false;
}

// Some sources match, and the rule does not say which.
judgement listed_elsewhere(std::string name) {
  judgement out = judged(fit::some_sources, std::move(name));
  out.has_all_sources = false;
  return out;
}

class saved_rule {
 public:
  saved_rule(std::vector<std::string> arguments, bool is_v6)
      : words_(std::move(arguments)), is_v6_(is_v6) {}

  ruled judge(const packet& at) const {
    ruled out;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      bool inverted = false;
      if (words_[i] == "!") {
        inverted = true;
        ++i;
      }
      if (i >= words_.size()) break;
      const std::string& option = words_[i];
      if (option == "-j" || option == "-g") {
        read_target(i, out.then);
        if (value(i) == "MARK" || value(i) == "CONNMARK") read_mark(at, out);
        return out;
      }
      if (option == "-m") {
        judge_module(value(i), out.match, at);
        ++i;
      } else {
        out.match = both(out.match, judge_option(option, value(i), inverted, i, at));
      }
      if (out.match.how == fit::no) return out;
    }
    return out;
  }

 private:
  const std::string& value(std::size_t i) const {
    static const std::string none;
    return i + 1 < words_.size() ? words_[i + 1] : none;
  }
  bool has_word(std::string_view wanted) const {
    return std::find(words_.begin(), words_.end(), wanted) != words_.end();
  }
  std::string after(std::string_view option) const {
    const auto at = std::find(words_.begin(), words_.end(), option);
    return at != words_.end() && at + 1 != words_.end() ? *(at + 1) : std::string();
  }

  // Applies modules that decide by being there.
  void judge_module(const std::string& name, judgement& so_far, const packet& at) const {
    if (name == "limit") {
      so_far = both(so_far, judged(fit::below_rate, after("--limit")));
    } else if (name == "hashlimit") {
      so_far =
          both(so_far, judged(has_word("--hashlimit-above") ? fit::above_rate : fit::below_rate));
    } else if (name == "connlimit") {
      so_far =
          both(so_far, judged(has_word("--connlimit-above") ? fit::above_rate : fit::below_rate));
    } else if (name == "quota" || name == "connbytes") {
      so_far = both(so_far, judged(fit::below_rate));
    } else if (name == "statistic") {
      so_far = both(so_far, judged(fit::chance));
    } else if (name == "recent") {
      // --set notes the sender and always matches. --update and --rcheck match senders noted
      // before: with a count those that come too often, without one those that knocked elsewhere.
      if (has_word("--set")) return;
      so_far = both(so_far, has_word("--hitcount") ? judged(fit::above_rate)
                                                   : listed_elsewhere("list " + after("--name")));
    } else if (name == "time") {
      so_far = both(so_far, judged(by_the_clock(at)));
    } else if (name == "mac") {
      so_far = both(so_far, listed_elsewhere(after("--mac-source")));
    } else if (name == "geoip") {
      so_far = both(so_far, listed_elsewhere(after("--src-cc")));
    } else if (name == "rpfilter") {
      // With --invert it matches packets whose sender cannot be answered; a phone can.
      so_far = both(so_far, judged(has_word("--invert") ? fit::no : fit::yes));
    } else if (name == "owner" && at.is_outgoing && !at.is_reply) {
      return;  // by its options
    } else if (is_never(name)) {
      const bool may_hold_it = at.is_data && (name == "string" || name == "socket");
      so_far = both(so_far, judged(may_hold_it ? fit::unknown : fit::no));
    } else if (name == "policy") {  // the packet is not of IPsec
      so_far = both(so_far, judged(after("--pol") == "none" ? fit::yes : fit::no));
    } else if (!is_judged_by_its_options(name)) {
      so_far = both(so_far, judged(fit::unknown));
    }
  }

  /// -m time: hours and days of the week, in UTC unless the rule asks for the kernel's zone.
  fit by_the_clock(const packet& at) const {
    const bool has_date = has_word("--datestart") || has_word("--datestop");
    if (at.now == 0 || has_date || has_word("--monthdays") || has_word("!")) return fit::unknown;
    const std::tm now = wall_clock(at.now, !has_word("--kerneltz"));
    std::optional<bool> fits = true;
    if (has_word("--timestart") || has_word("--timestop")) {
      const std::string from = after("--timestart"), to = after("--timestop");
      fits = is_within_hours(from.empty() ? "00:00" : from, to.empty() ? "23:59:59" : to, now);
    }
    if (fits.value_or(false) && has_word("--weekdays"))
      fits = is_on_day(split(after("--weekdays"), ','), now);
    if (!fits.has_value()) return fit::unknown;
    return fits.value_or(false) ? fit::yes : fit::no;
  }

  // Modules that a plain first packet never matches: it has no payload, owner or extra headers.
  static bool is_never(const std::string& name) {
    static const char* const known[] = {"string", "owner", "socket", "rt",        "frag",
                                        "hbh",    "dst",   "ah",     "esp",       "mh",
                                        "ecn",    "sctp",  "dccp",   "ipv6header"};
    return std::find(std::begin(known), std::end(known), name) != std::end(known);
  }

  static bool is_judged_by_its_options(const std::string& name) {
    static const char* const known[] = {
        "tcp", "udp",  "multiport", "conntrack", "state", "comment", "addrtype", "iprange",
        "set", "mark", "connmark",  "pkttype",   "icmp",  "icmp6",   "hl",       "ttl"};
    return std::find(std::begin(known), std::end(known), name) != std::end(known);
  }

  /// --tcp-flags MASK SET: of the flags in the mask, exactly those of the set are on.
  static bool fits_flags(const std::string& mask, const std::string& set, const packet& at) {
    const auto is_on = [&](bool is_sent, const char* flag) {
      return is_sent && (mask == "ALL" || names(mask, flag));
    };
    const bool has_syn = is_on(!at.is_data, "SYN"), has_psh = is_on(at.is_data, "PSH");
    const bool has_ack = is_on(at.is_established(), "ACK");
    std::size_t wanted = 0;
    for (const auto& flag : split(set == "NONE" ? std::string() : set, ','))
      wanted += flag.empty() ? 0u : 1u;
    const std::size_t sent = (has_syn ? 1u : 0u) + (has_ack ? 1u : 0u) + (has_psh ? 1u : 0u);
    return wanted == sent && (!has_syn || names(set, "SYN")) && (!has_ack || names(set, "ACK")) &&
           (!has_psh || names(set, "PSH"));
  }

  /// The port at the broker's end, or the phone's own one, which is some high number.
  static judgement judge_port(const std::string& list, bool is_brokers, bool inverted,
                              const packet& at) {
    if (!is_brokers) {
      return yes_if((holds_port(list, 1024) && holds_port(list, 60999)) != inverted);
    }
    auto out = yes_if(holds_port(list, at.port) != inverted);
    out.mentions_port = out.how == fit::yes && !inverted;
    return out;
  }

  /// --match-set: iptables-save shows the set's name, and not what it holds.
  static judgement judge_set(const std::string& set, const std::string& flags, bool inverted,
                             const packet& at) {
    if (at.is_outgoing || !names(flags, at.is_reply ? "dst" : "src")) return judged(fit::unknown);
    auto out = from_sources(at, {"set " + set}, inverted);
    out.sources.clear();
    out.has_all_sources = false;
    return out;
  }

  /// The options that judge a neighbour solicitation otherwise than a TCP packet.
  static std::optional<judgement> judge_solicitation(const std::string& option,
                                                     const std::string& argument, bool inverted) {
    if (option == "-p")
      return yes_if((argument == "ipv6-icmp" || argument == "icmpv6" || argument == "58" ||
                     argument == "all") != inverted);
    if (option == "--icmpv6-type")
      return yes_if((argument == "135" || argument.starts_with("neighbo")) != inverted);
    if (option == "--ctstate" || option == "--state")
      return yes_if(names(argument, "UNTRACKED") != inverted);
    if (option == "--pkt-type") return yes_if((argument == "multicast") != inverted);
    for (const char* const of_address : {"-s", "-d", "--src-range", "--dst-range"})
      if (option == of_address) return judged(fit::unknown);
    for (const char* const of_ports : {"--dport", "--dports", "--sport", "--sports", "--ports",
                                       "--syn", "--tcp-flags", "--icmp-type"})
      if (option == of_ports) return yes_if(false);
    return std::nullopt;
  }

  judgement judge_option(const std::string& option, const std::string& argument, bool inverted,
                         std::size_t& i, const packet& at) const {
    const auto take = [&] { ++i; };
    if (at.seeks_neighbour)
      if (const auto found = judge_solicitation(option, argument, inverted)) {
        if (option != "--syn") take();
        if (option == "--tcp-flags") take();
        return *found;
      }
    if (option == "-p") {
      take();
      return yes_if((argument == "tcp" || argument == "6" || argument == "all") != inverted);
    }
    const bool is_source = option == "-s" || option == "--src-range";
    if (is_source || option == "-d" || option == "--dst-range") {
      take();
      if (is_source == at.is_reply) return to_addresses(at, {argument}, inverted);
      if (argument.rfind("fe80:", 0) == 0) return yes_if(inverted);
      return from_sources(at, {argument}, inverted);
    }
    if (option == "-i" || option == "-o") {
      take();
      return by_interface(option == "-i" ? at.in : at.out, {argument}, inverted);
    }
    const bool is_destination_port = option == "--dport" || option == "--dports";
    if (is_destination_port || option == "--sport" || option == "--sports") {
      take();
      return judge_port(argument, is_destination_port != at.is_reply, inverted, at);
    }
    if (option == "--ports") {
      take();
      return yes_if(holds_port(argument, at.port) != inverted);
    }
    if (option == "--ctstate" || option == "--state") {
      take();
      const bool fits = names(argument, at.is_established() ? "ESTABLISHED" : "NEW") ||
                        (names(argument, "DNAT") && at.is_translated);
      return yes_if(fits != inverted);
    }
    if (option == "--tcp-flags") {
      const std::string set = i + 2 < words_.size() ? words_[i + 2] : std::string();
      i += 2;
      return yes_if(fits_flags(argument, set, at) != inverted);
    }
    if (option == "--syn") return yes_if(at.is_established() == inverted);
    if (option == "--dst-type" || option == "--src-type") {
      take();
      if (option == "--src-type") return yes_if(names(argument, "UNICAST") != inverted);
      return yes_if(names(argument, at.is_for_here() ? "LOCAL" : "UNICAST") != inverted);
    }
    if (option == "--match-set") {
      const std::string flags = i + 2 < words_.size() ? words_[i + 2] : std::string();
      i += 2;
      return judge_set(argument, flags, inverted, at);
    }
    if (option == "--mark") {
      take();
      const auto wanted = masked(argument);
      if (!at.mark || !wanted) return judged(fit::unknown);
      return yes_if(((*at.mark & wanted->second) == wanted->first) != inverted);
    }
    // How many routers a packet passes differs from client to client; a module named alone decides
    // nothing.
    if (option == "--ttl-eq" || option == "--ttl-lt" || option == "--ttl-gt" ||
        option == "--hl-eq" || option == "--hl-lt" || option == "--hl-gt") {
      take();
      return at.is_own ? yes_if(false) : judged(fit::unknown);
    }
    if (option == "--icmp-type" || option == "--icmpv6-type") {
      take();
      return yes_if(inverted);
    }
    if (option == "--uid-owner" || option == "--gid-owner") {
      take();  // only root reads the rules, so the connection that was tried was root's
      return yes_if((argument == "0" || argument == "root" || argument.starts_with("0-")) !=
                    inverted);
    }
    if (option == "--pkt-type") {
      take();
      return yes_if((argument == "unicast") != inverted);
    }
    return {};
  }

  /// "0x8000/0x8000": a value and the bits it is about; nullopt where it is neither.
  static std::optional<std::pair<std::int64_t, std::int64_t>> masked(const std::string& text) {
    const std::size_t slash = text.find('/');
    std::int64_t parts[] = {0, 0xffffffff};
    const std::string words[] = {text.substr(0, slash),
                                 slash == std::string::npos ? "" : text.substr(slash + 1)};
    for (std::size_t i = 0; i < 2; ++i) {
      if (words[i].empty()) continue;
      const bool is_hexadecimal = words[i].starts_with("0x");
      const char* const begin = words[i].data() + (is_hexadecimal ? 2 : 0);
      const char* const end = words[i].data() + words[i].size();
      const auto read = std::from_chars(begin, end, parts[i], is_hexadecimal ? 16 : 10);
      if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    }
    return std::pair(parts[0], parts[1]);
  }

  /// --set-xmark, as iptables-save prints every change; a mark is saved and restored as it is.
  void read_mark(const packet& at, ruled& into) const {
    const std::string change = after("--set-xmark");
    if (change.empty()) return;
    into.sets_mark = true;
    const auto made = masked(change);
    if (at.mark && made) into.mark = (*at.mark & ~made->second) ^ made->first;
  }

  void read_target(std::size_t at, step_taken& into) const {
    const std::string& name = value(at);
    if (words_[at] == "-g") {
      into.what = action::go;
      into.target = name;
    } else if (name == "ACCEPT") {
      into.what = action::accept;
    } else if (name == "DROP" || name == "TARPIT") {
      into.what = action::drop;
    } else if (name == "REJECT") {
      into.what = action::reject;
      std::string how = after("--reject-with");
      if (how == "tcp-reset") return;
      for (const char* prefix : {"icmp6-", "icmp-"}) {
        if (how.rfind(prefix, 0) == 0) {
          how.erase(0, std::string_view(prefix).size());
          break;
        }
      }
      if (how == "adm-prohibited") how = "admin-prohibited";
      into.icmp = fact_word<icmp_refusal>(how);
      if (how.empty()) into.icmp = icmp_refusal::port_unreachable;
    } else if (name == "RETURN") {
      into.what = action::leave;
    } else if (name == "NFQUEUE" || name == "QUEUE") {
      into.what = has_word("--queue-bypass") ? action::none : action::hand_over;
    } else if (name == "REDIRECT") {
      into.what = action::translate;
      into.to_port = static_cast<int>(number(split(after("--to-ports"), '-')[0]).value_or(0));
    } else if (name == "DNAT") {
      into.what = action::translate;
      std::string to = after("--to-destination");
      const std::size_t colon = is_v6_ ? to.rfind("]:") : to.rfind(':');
      if (colon != std::string::npos) {
        const std::string port = to.substr(colon + (is_v6_ ? 2 : 1));
        into.to_port = static_cast<int>(number(split(port, '-')[0]).value_or(0));
        to.erase(colon);
      }
      to.erase(std::remove_if(to.begin(), to.end(), [](char c) { return c == '[' || c == ']'; }),
               to.end());
      into.keeps_address = to.empty();
      into.to = split(to, '-')[0];
    } else if (!name.empty() && is_chain_name(name)) {
      into.what = action::jump;
      into.target = name;
    }
  }

  // Known targets mark, count or log; any other name is a chain.
  static bool is_chain_name(const std::string& name) {
    static const char* const known[] = {
        "LOG",      "NFLOG",       "ULOG",       "MARK",    "CONNMARK", "SET",
        "TCPMSS",   "CT",          "NOTRACK",    "TRACE",   "AUDIT",    "TOS",
        "DSCP",     "TTL",         "HL",         "SECMARK", "TEE",      "CLASSIFY",
        "CHECKSUM", "CONNSECMARK", "MASQUERADE", "SNAT",    "TPROXY",   "SYNPROXY"};
    return std::find(std::begin(known), std::end(known), name) == std::end(known);
  }

  std::vector<std::string> words_;
  bool is_v6_;
};

struct hook_place {
  const char* chain;
  const char* hook;
};

int priority_of(const std::string& table) {
  if (table == "raw") return -300;
  if (table == "mangle") return -150;
  if (table == "nat") return -100;
  if (table == "security") return 50;
  return 0;
}

}  // namespace

void add_iptables_rules(ruleset& into, std::string_view saved, bool is_v6,
                        const std::string& kind) {
  static const hook_place hooks[] = {{"PREROUTING", "prerouting"},
                                     {"INPUT", "input"},
                                     {"FORWARD", "forward"},
                                     {"OUTPUT", "output"},
                                     {"POSTROUTING", "postrouting"}};
  std::string table;
  std::map<std::string, chain>* chains = nullptr;
  for (const auto& line : lines_of(saved)) {
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '*') {
      table = trimmed(line.substr(1));
      chains = &into.tables["iptables " + kind + (is_v6 ? " ip6 " : " ip ") + table];
    } else if (line.front() == ':' && chains != nullptr) {
      const auto parts = words_of(line.substr(1));
      if (parts.size() < 2) continue;
      chain made;
      made.name = parts[0];
      made.where = table + " " + parts[0];
      made.tool = firewall_tool::iptables;
      made.table = "iptables " + kind + (is_v6 ? " ip6 " : " ip ") + table;
      made.is_nat = table == "nat";
      made.drops = parts[1] == "DROP";
      made.priority = priority_of(table);
      made.v4 = !is_v6;
      made.v6 = is_v6;
      for (const auto& place : hooks) {
        if (made.name == place.chain) made.hook = place.hook;
      }
      (*chains)[made.name] = std::move(made);
    } else if (line.rfind("-A ", 0) == 0 && chains != nullptr) {
      auto arguments = arguments_of(line);
      if (arguments.size() < 2) continue;
      const auto where = chains->find(arguments[1]);
      if (where == chains->end()) continue;
      arguments.erase(arguments.begin(), arguments.begin() + 2);
      const auto kept = std::make_shared<saved_rule>(std::move(arguments), is_v6);
      where->second.rules.push_back({line, [kept](const packet& at) { return kept->judge(at); }});
    }
  }
}

}  // namespace mqttkit::doctor
