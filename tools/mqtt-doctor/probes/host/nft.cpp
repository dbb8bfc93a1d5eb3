// nft's rules in JSON (libnftables-json(5)), applied to one packet.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "mqtt-doctor/probes/host/clock_rules.hpp"
#include "mqtt-doctor/probes/host/files.hpp"
#include "mqtt-doctor/probes/host/firewall.hpp"

namespace mqttkit::doctor {
namespace {

using nlohmann::json;

// By "ip filter": the sets of that table, by name, with their elements.
using named_sets = std::map<std::string, std::map<std::string, json>>;

struct context {
  std::shared_ptr<const named_sets> sets;
  std::string table;
};

std::string text_of(const json& from, const char* key) {
  const auto at = from.is_object() ? from.find(key) : from.end();
  return from.is_object() && at != from.end() && at->is_string() ? at->get<std::string>()
                                                                 : std::string();
}

const json* member(const json& from, const char* key) {
  if (!from.is_object()) return nullptr;
  const auto at = from.find(key);
  return at == from.end() ? nullptr : &*at;
}

// The left side of a comparison.
enum class field {
  port,
  source_port,
  source,
  destination,
  protocol,
  family,
  in_name,
  out_name,
  state,
  tcp_flags,
  ct_status,
  mark,
  packet_type,
  hops_left,
  user,
  fib_type,
  fib_route,
  hour,
  day,
  chance,
  other_protocol,  // a field of a protocol that this packet lacks
  unknown,
};

field field_of(const json& left) {
  if (const auto* payload = member(left, "payload")) {
    const std::string protocol = text_of(*payload, "protocol");
    const std::string name = text_of(*payload, "field");
    if (protocol == "tcp" || protocol == "th") {
      if (name == "dport") return field::port;
      if (name == "sport") return field::source_port;
      if (name == "flags") return field::tcp_flags;
      return field::unknown;
    }
    if (protocol == "ip" || protocol == "ip6") {
      if (name == "saddr") return field::source;
      if (name == "daddr") return field::destination;
      if (name == "protocol" || name == "nexthdr") return field::protocol;
      if (name == "ttl" || name == "hoplimit") return field::hops_left;
      return field::unknown;
    }
    if (protocol == "ether" || protocol == "vlan") {
      return name == "saddr" ? field::source : field::unknown;
    }
    if (protocol == "udp" || protocol == "icmp" || protocol == "icmpv6" || protocol == "sctp" ||
        protocol == "dccp" || protocol == "udplite" || protocol == "igmp" || protocol == "arp" ||
        protocol == "esp" || protocol == "ah" || protocol == "comp") {
      return field::other_protocol;
    }
    return field::unknown;
  }
  if (const auto* meta = member(left, "meta")) {
    const std::string key = text_of(*meta, "key");
    if (key == "l4proto") return field::protocol;
    if (key == "nfproto" || key == "protocol") return field::family;
    if (key == "iifname" || key == "iif") return field::in_name;
    if (key == "oifname" || key == "oif") return field::out_name;
    if (key == "mark") return field::mark;
    if (key == "pkttype") return field::packet_type;
    if (key == "skuid" || key == "skgid") return field::user;
    if (key == "hour") return field::hour;
    if (key == "day") return field::day;
    return field::unknown;
  }
  if (const auto* ct = member(left, "ct")) {
    const std::string key = text_of(*ct, "key");
    if (key == "state") return field::state;
    if (key == "status") return field::ct_status;
    if (key == "mark") return field::mark;
    return field::unknown;
  }
  if (const auto* fib = member(left, "fib")) {
    return text_of(*fib, "result") == "type" ? field::fib_type : field::fib_route;
  }
  if (const auto* mask = member(left, "&"); mask != nullptr && mask->is_array() && !mask->empty()) {
    return field_of(mask->front());
  }
  if (member(left, "numgen") != nullptr) return field::chance;
  // A phone's first packet has no extension headers, unusual options or IPsec.
  for (const char* kind : {"exthdr", "tcp option", "ip option", "ipsec", "socket"}) {
    if (member(left, kind) != nullptr) return field::other_protocol;
  }
  return field::unknown;
}

// The right side as a list of values: of one, of a list, or of a set, named or in place.
std::vector<json> values_of(const json& right, const context& at) {
  if (right.is_string() && right.get_ref<const std::string&>().rfind('@', 0) == 0) {
    const auto table = at.sets->find(at.table);
    if (table == at.sets->end()) return {};
    const auto set = table->second.find(right.get<std::string>().substr(1));
    if (set == table->second.end()) return {};
    return values_of(set->second, at);
  }
  std::vector<json> out;
  const json* list = member(right, "set");
  if (list == nullptr) list = &right;
  if (!list->is_array()) return {*list};
  for (const auto& each : *list) {
    const json* element = member(each, "elem");  // has a timeout or comment
    const json* value = element != nullptr ? member(*element, "val") : nullptr;
    out.push_back(value != nullptr ? *value : each);
  }
  return out;
}

std::string word(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  return value.is_null() ? std::string() : value.dump();
}

// An address, prefix or range in the form lies_in() takes.
std::string range_text(const json& value) {
  if (const auto* prefix = member(value, "prefix")) {
    const auto* length = member(*prefix, "len");
    return text_of(*prefix, "addr") + "/" + (length != nullptr ? length->dump() : "128");
  }
  if (const auto* range = member(value, "range"); range != nullptr && range->size() == 2) {
    return word((*range)[0]) + "-" + word((*range)[1]);
  }
  return word(value);
}

// The number, or the port of a service name that nft may print; -1 for none.
std::int64_t number_of(const json& value) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  const std::string name = word(value);
  if (const auto digits = number(name)) return *digits;
  static const std::map<std::string, int> known{
      {"ssh", 22},           {"http", 80},       {"https", 443}, {"mqtt", 1883},
      {"secure-mqtt", 8883}, {"http-alt", 8080}, {"amqp", 5672}, {"amqps", 5671}};
  const auto found = known.find(name);
  return found != known.end() ? found->second : -1;
}

bool holds_number(const json& value, std::int64_t wanted) {
  if (const auto* range = member(value, "range"); range != nullptr && range->size() == 2) {
    return number_of((*range)[0]) <= wanted && wanted <= number_of((*range)[1]);
  }
  return number_of(value) == wanted;
}

bool any_word(const std::vector<json>& values, std::initializer_list<std::string_view> wanted) {
  return std::any_of(values.begin(), values.end(), [&](const json& value) {
    const std::string text = lower(word(value));
    return std::any_of(wanted.begin(), wanted.end(), [&](std::string_view name) {
      return text == name || has("," + text + ",", "," + std::string(name) + ",");
    });
  });
}

bool compares(const std::string& op, std::int64_t left, std::int64_t right) {
  if (op == "<") return left < right;
  if (op == ">") return left > right;
  if (op == "<=") return left <= right;
  return left >= right;
}

bool is_order(const std::string& op) { return op == "<" || op == ">" || op == "<=" || op == ">="; }

// Flags as bits: "syn", ["fin", "syn"], {"|": ["fin", "syn"]}, 2.
unsigned flag_bits(const json& value) {
  if (value.is_number_integer()) return value.get<unsigned>();
  if (const auto* any = member(value, "|")) return flag_bits(*any);
  if (value.is_array()) {
    unsigned out = 0;
    for (const auto& each : value) out |= flag_bits(each);
    return out;
  }
  static const std::map<std::string, unsigned> known{{"fin", 1},  {"syn", 2},  {"rst", 4},
                                                     {"psh", 8},  {"ack", 16}, {"urg", 32},
                                                     {"ecn", 64}, {"cwr", 128}};
  const auto found = known.find(word(value));
  return found != known.end() ? found->second : 0;
}

// The packet has only SYN: "flags & (fin|syn|rst|ack) == syn", and "flags syn" (op "in").
judgement judge_flags(const json& left, const std::string& op, const json& right,
                      const packet& at) {
  constexpr unsigned syn = 2, psh = 8, ack = 16;
  const unsigned sent = at.is_data ? psh | ack : at.is_reply ? syn | ack : syn;
  const json* mask = member(left, "&");
  const bool has_mask = mask != nullptr && mask->is_array() && mask->size() == 2;
  const unsigned flags = has_mask ? sent & flag_bits((*mask)[1]) : sent;
  if (const auto* set = member(right, "set")) {
    bool is_in = false;
    for (const auto& each : *set) is_in = is_in || flag_bits(each) == flags;
    return yes_if(is_in != (op == "!="));
  }
  if (op == "in") return yes_if((flags & flag_bits(right)) != 0);
  return yes_if((flags == flag_bits(right)) != (op == "!="));
}

// The port at the phone's end, which is some high number.
judgement judge_phone_port(const std::string& op, const json& right,
                           const std::vector<json>& values) {
  if (is_order(op)) {
    const std::int64_t limit = number_of(right);
    const bool low = compares(op, 1024, limit);
    return low == compares(op, 60999, limit) ? yes_if(low) : judged(fit::unknown);
  }
  const bool is_any = std::any_of(values.begin(), values.end(), [](const json& value) {
    return holds_number(value, 1024) && holds_number(value, 60999);
  });
  return yes_if(is_any != (op == "!="));
}

judgement judge_own_port(const std::string& op, const json& right, const std::vector<json>& values,
                         const packet& at) {
  const bool inverted = op == "!=";
  bool is_in = false;
  if (is_order(op)) {
    is_in = compares(op, at.port, number_of(right));
  } else {
    for (const auto& value : values) is_in = is_in || holds_number(value, at.port);
    is_in = is_in != inverted;
  }
  auto out = yes_if(is_in);
  out.mentions_port = is_in && !inverted;
  return out;
}

/// "meta mark 7", "meta mark & 0xff == 7", "ct mark != 0": a connection's mark goes with the
/// packet.
judgement judge_mark(const json& left, const std::string& op, const json& right,
                     const std::vector<json>& values, const packet& at) {
  if (!at.mark) return judged(fit::unknown);
  std::int64_t mark = *at.mark;
  if (const json* mask = member(left, "&"); mask != nullptr && mask->is_array())
    mark &=
        mask->size() == 2 && (*mask)[1].is_number_integer() ? (*mask)[1].get<std::int64_t>() : 0;
  if (is_order(op)) return yes_if(compares(op, mark, number_of(right)));
  bool is_in = false;
  for (const auto& value : values) is_in = is_in || holds_number(value, mark);
  return yes_if(is_in != (op == "!="));
}

/// Compares this machine's clock, as nft prints times.
judgement judge_clock(field what, const std::vector<json>& values, bool inverted,
                      const packet& at) {
  if (at.now == 0) return judged(fit::unknown);
  const std::tm now = wall_clock(at.now, false);
  if (what == field::day) {
    std::vector<std::string> days;
    for (const auto& value : values) days.push_back(word(value));
    const auto is_day = is_on_day(days, now);
    return is_day.has_value() ? yes_if(is_day.value_or(false) != inverted) : judged(fit::unknown);
  }
  bool is_one = false;
  for (const auto& value : values) {
    const auto* range = member(value, "range");
    if (range == nullptr || range->size() != 2) return judged(fit::unknown);
    const auto is_here = is_within_hours(word((*range)[0]), word((*range)[1]), now);
    if (!is_here.has_value()) return judged(fit::unknown);
    is_one = is_one || is_here.value_or(false);
  }
  return yes_if(is_one != inverted);
}

/// A condition on the source or destination address.
judgement judge_address(const json& left, bool inverted, const json& right,
                        const std::vector<json>& values, const packet& at) {
  std::vector<std::string> ranges;
  for (const auto& value : values) ranges.push_back(range_text(value));
  const json* payload = member(left, "payload");
  const std::string protocol = payload != nullptr ? text_of(*payload, "protocol") : "";
  if (protocol != "ether" && (protocol == "ip6") != at.is_v6) return yes_if(false);
  const bool is_own_end = (field_of(left) == field::destination) != at.is_reply;
  if (is_own_end) return to_addresses(at, ranges, inverted);
  if (ranges.empty()) return yes_if(inverted);
  // fe80: addresses are neighbours on the link, and no machines elsewhere.
  if (ranges.size() == 1 && ranges[0].rfind("fe80:", 0) == 0) return yes_if(inverted);
  auto out = from_sources(at, ranges, inverted);
  // The name of a long list tells more than its elements.
  if (right.is_string() && word(right).rfind('@', 0) == 0 && values.size() > 4 &&
      !out.detail.empty()) {
    out.detail = word(right);
  }
  return out;
}

/// The conditions that judge a neighbour solicitation otherwise than a TCP packet.
std::optional<judgement> judge_solicitation(const json& left, const std::vector<json>& values,
                                            bool inverted) {
  switch (field_of(left)) {
    case field::port:
    case field::source_port:
    case field::tcp_flags:
      return yes_if(false);
    case field::source:  // may be a link-local address or another one
    case field::destination:
    case field::fib_type:
      return judged(fit::unknown);
    case field::hops_left:  // always 255 [RFC 4861 §7.1.1]
      return judged(fit::yes);
    case field::protocol:
      return yes_if(any_word(values, {"icmpv6", "ipv6-icmp", "58"}) != inverted);
    case field::state:  // Linux does not track it
      return yes_if(any_word(values, {"untracked"}) != inverted);
    case field::packet_type:
      return yes_if(any_word(values, {"multicast"}) != inverted);
    case field::other_protocol: {
      const json* const payload = member(left, "payload");
      if (payload == nullptr || text_of(*payload, "protocol") != "icmpv6") return std::nullopt;
      const bool is_plain = std::all_of(values.begin(), values.end(), [](const json& value) {
        return value.is_string() || value.is_number();
      });
      if (text_of(*payload, "field") != "type" || !is_plain) return judged(fit::unknown);
      return yes_if(any_word(values, {"nd-neighbor-solicit", "135"}) != inverted);
    }
    default:
      return std::nullopt;
  }
}

judgement judge_field(const json& left, const std::string& op, const json& right,
                      const std::vector<json>& values, const packet& at) {
  const bool inverted = op == "!=";
  if (at.seeks_neighbour)
    if (const auto found = judge_solicitation(left, values, inverted)) return *found;
  switch (field_of(left)) {
    case field::port:
      if (at.is_reply) return judge_phone_port(op, right, values);
      return judge_own_port(op, right, values, at);
    case field::source_port:
      return at.is_reply ? judge_own_port(op, right, values, at)
                         : judge_phone_port(op, right, values);
    case field::source:
    case field::destination:
      return judge_address(left, inverted, right, values, at);
    case field::protocol:
      if (const auto* payload = member(left, "payload");
          payload != nullptr && (text_of(*payload, "protocol") == "ip6") != at.is_v6) {
        return yes_if(false);
      }
      return yes_if(any_word(values, {"tcp", "6"}) != inverted);
    case field::family:
      return yes_if((at.is_v6 ? any_word(values, {"ipv6", "ip6", "10"})
                              : any_word(values, {"ipv4", "ip", "2"})) != inverted);
    case field::in_name:
    case field::out_name: {
      std::vector<std::string> names;
      for (const auto& value : values) names.push_back(word(value));
      return by_interface(field_of(left) == field::in_name ? at.in : at.out, names, inverted);
    }
    case field::state:
      return yes_if(any_word(values, {at.is_established() ? "established" : "new"}) != inverted);
    case field::ct_status:
      return yes_if((at.is_translated && any_word(values, {"dnat"})) != inverted);
    case field::tcp_flags:
      return judge_flags(left, op, right, at);
    case field::mark:
      return judge_mark(left, op, right, values, at);
    case field::packet_type:
      return yes_if(any_word(values, {"host", "unicast"}) != inverted);
    case field::hops_left: {
      const auto* payload = member(left, "payload");
      if (payload != nullptr && (text_of(*payload, "protocol") == "ip6") != at.is_v6)
        return yes_if(false);
      return by_hops_left(at, [&](int hops) {
        if (is_order(op)) return compares(op, hops, number_of(right));
        bool is_in = false;
        for (const auto& value : values) is_in = is_in || holds_number(value, hops);
        return is_in != inverted;
      });
    }
    case field::user: {
      // Only root reads the rules, so the connection that was tried was root's.
      if (!at.is_outgoing || at.is_reply || is_order(op)) return judged(fit::unknown);
      bool is_in = false;
      for (const auto& value : values)
        is_in = is_in || any_word({value}, {"root", "0"}) || holds_number(value, 0);
      return yes_if(is_in != inverted);
    }
    case field::fib_type:
      return yes_if(any_word(values, {at.is_for_here() ? "local" : "unicast"}) != inverted);
    case field::fib_route:  // a way back exists, so "missing" is false
      return yes_if((right.is_boolean() && !right.get<bool>()) == inverted);
    case field::hour:
    case field::day:
      return judge_clock(field_of(left), values, inverted, at);
    case field::chance: {
      judgement out;
      out.how = fit::chance;
      return out;
    }
    case field::other_protocol:
      return yes_if(false);
    case field::unknown:
      break;
  }
  return judged(fit::unknown);
}

// "ip saddr . tcp dport { 10.0.0.0/8 . 1883 }": an element matches when all of its parts do.
judgement judge_parts(const json& parts, const std::string& op, const std::vector<json>& values,
                      const packet& at) {
  judgement best = yes_if(false);
  for (const auto& value : values) {
    const json* elements = member(value, "concat");
    if (elements == nullptr || elements->size() != parts.size()) continue;
    judgement here;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      here = both(here, judge_field(parts[i], "==", (*elements)[i], {(*elements)[i]}, at));
    }
    if (here.how == fit::yes) return op == "!=" ? yes_if(false) : here;
    if (here.how == fit::some_sources && !best.detail.empty()) {
      here.detail += ", " + best.detail;
      here.has_all_sources = best.has_all_sources && best.sources.size() < most_sources;
      if (here.has_all_sources) {
        here.sources.insert(here.sources.end(), best.sources.begin(), best.sources.end());
      } else {
        here.sources = std::move(best.sources);
      }
    }
    if (here.how != fit::no) best = here;
  }
  if (op != "!=") return best;
  if (best.how == fit::some_sources) best.how = fit::other_sources;
  if (best.how == fit::no) best.how = fit::yes;
  return best;
}

judgement judge_match(const json& match, const context& with, const packet& at) {
  const auto* left = member(match, "left");
  const auto* right = member(match, "right");
  if (left == nullptr || right == nullptr) return judged(fit::unknown);
  const std::string op = text_of(match, "op");
  const auto values = values_of(*right, with);
  if (const auto* parts = member(*left, "concat")) return judge_parts(*parts, op, values, at);
  return judge_field(*left, op, *right, values, at);
}

judgement judge_rate(const json& limit) {
  const auto* over = member(limit, "inv");
  judgement out;
  out.how = over != nullptr && over->is_boolean() && over->get<bool>() ? fit::above_rate
                                                                       : fit::below_rate;
  return out;
}

/// Of bytes: "over" matches once they are used up, and else while some are left.
judgement judge_quota(const json& quota) {
  const auto bytes = [&](const char* name, const char* unit) {
    const auto* count = member(quota, name);
    if (count == nullptr || !count->is_number()) return 0.0;
    const std::string in = text_of(quota, unit);
    const double factor = in == "kbytes"   ? 1024.0
                          : in == "mbytes" ? 1024.0 * 1024
                          : in == "gbytes" ? 1024.0 * 1024 * 1024
                                           : 1.0;
    return count->get<double>() * factor;
  };
  const auto* over = member(quota, "inv");
  const bool is_over = over != nullptr && over->is_boolean() && over->get<bool>();
  return yes_if((bytes("used", "used_unit") >= bytes("val", "val_unit")) == is_over);
}

// The verdict of a statement; false when it decides nothing.
bool read_step(const json& statement, step_taken& into) {
  const auto set = [&](action what) {
    into.what = what;
    return true;
  };
  if (statement.contains("accept")) return set(action::accept);
  if (statement.contains("drop")) return set(action::drop);
  if (statement.contains("return")) return set(action::leave);
  if (statement.contains("queue")) return set(action::hand_over);
  if (statement.contains("synproxy") || statement.contains("tproxy")) return set(action::accept);
  if (const auto* jump = member(statement, "jump")) {
    into.target = text_of(*jump, "target");
    return set(action::jump);
  }
  if (const auto* jump = member(statement, "goto")) {
    into.target = text_of(*jump, "target");
    return set(action::go);
  }
  if (const auto* reject = member(statement, "reject")) {
    into.icmp = fact_word<icmp_refusal>(text_of(*reject, "expr"));
    if (text_of(*reject, "type") != "tcp reset" && into.icmp.empty()) {
      into.icmp = icmp_refusal::port_unreachable;
    }
    return set(action::reject);
  }
  if (const auto* target = member(statement, "xt"); target != nullptr) {
    if (text_of(*target, "type") != "target") return false;
    const std::string name = text_of(*target, "name");
    if (name == "REJECT") {
      into.icmp = icmp_refusal::port_unreachable;
      return set(action::reject);
    }
    return false;
  }
  for (const char* kind : {"dnat", "redirect"}) {
    const auto* change = member(statement, kind);
    if (change == nullptr) continue;
    if (const auto* port = member(*change, "port")) {
      into.to_port = static_cast<int>(std::max<std::int64_t>(number_of(*port), 0));
    }
    if (const auto* address = member(*change, "addr")) into.to = range_text(*address);
    into.keeps_address = std::string_view(kind) == "dnat" && into.to.empty();
    return set(action::translate);
  }
  return false;
}

ruled judge_vmap(const json& map, const context& with, const packet& at) {
  ruled out;
  out.match = yes_if(false);
  const auto* key = member(map, "key");
  const auto* data = member(map, "data");
  if (key == nullptr || data == nullptr) return out;
  for (const auto& pair : values_of(*data, with)) {
    if (!pair.is_array() || pair.size() != 2) continue;
    const json* element = member(pair[0], "elem");
    const json* inner = element != nullptr ? member(*element, "val") : nullptr;
    const json& value = inner != nullptr ? *inner : pair[0];
    const bool is_default = value.is_string() && value.get_ref<const std::string&>() == "*";
    const auto* parts = member(*key, "concat");
    const auto here = is_default         ? judgement()
                      : parts != nullptr ? judge_parts(*parts, "==", {value}, at)
                                         : judge_field(*key, "==", value, {value}, at);
    if (here.how == fit::no) continue;
    step_taken step;
    if (!read_step(pair[1], step)) continue;
    out.match = here;
    out.then = step;
    if (here.how == fit::yes) break;
  }
  return out;
}

// Whether a statement rewrites the packet: "ip saddr set 203.0.113.7", "tcp sport set 1884". A
// client drops an answer from another address than it asked, so a packet rewritten on its way in
// must be rewritten back on its way out.
bool rewrites(const json& change, const packet& at) {
  const auto* key = member(change, "key");
  const auto* value = member(change, "value");
  if (key == nullptr || value == nullptr) return false;
  const field what = field_of(*key);
  if (at.is_reply && what == field::source_port) return number_of(*value) != at.port;
  if (!at.is_reply && what == field::port) return number_of(*value) != at.port;
  if (what != (at.is_reply ? field::source : field::destination)) return false;
  const auto& own = at.own_addresses;
  return own.size() != 1 || own.front() != word(*value);
}

/// "meta mark set 7"; "ct mark set meta mark" changes nothing.
void read_mark(const json& change, const packet& at, ruled& into) {
  const auto* key = member(change, "key");
  const auto* value = member(change, "value");
  if (key == nullptr || value == nullptr || field_of(*key) != field::mark) return;
  into.sets_mark = true;
  if (value->is_number_integer()) {
    into.mark = value->get<std::int64_t>();
  } else if (field_of(*value) == field::mark && member(*value, "&") == nullptr) {
    into.mark = at.mark;
  }
}

ruled judge_rule(const json& statements, const context& with, const packet& at) {
  ruled out;
  for (const auto& statement : statements) {
    if (const auto* match = member(statement, "match")) {
      out.match = both(out.match, judge_match(*match, with, at));
    } else if (const auto* limit = member(statement, "limit"); limit != nullptr) {
      if (limit->is_object()) out.match = both(out.match, judge_rate(*limit));
    } else if (const auto* meter = member(statement, "meter")) {
      const auto* inner = member(*meter, "stmt");
      const auto* rate = inner != nullptr ? member(*inner, "limit") : nullptr;
      if (rate == nullptr && inner != nullptr) rate = member(*inner, "ct count");
      if (rate != nullptr) out.match = both(out.match, judge_rate(*rate));
    } else if (const auto* set = member(statement, "set")) {
      const auto* inner = member(*set, "stmt");
      for (const auto& each : inner != nullptr && inner->is_array() ? *inner : json::array()) {
        for (const char* kind : {"limit", "ct count"}) {
          if (const auto* rate = member(each, kind)) out.match = both(out.match, judge_rate(*rate));
        }
      }
    } else if (const auto* count = member(statement, "ct count")) {
      out.match = both(out.match, judge_rate(*count));
    } else if (const auto* quota = member(statement, "quota"); quota && quota->is_object()) {
      out.match = both(out.match, judge_quota(*quota));
    } else if (const auto* map = member(statement, "vmap")) {
      const auto chosen = judge_vmap(*map, with, at);
      out.match = both(out.match, chosen.match);
      out.then = chosen.then;
      return out;
    } else if (const auto* xt = member(statement, "xt");
               xt != nullptr && text_of(*xt, "type") == "match") {
      if (text_of(*xt, "name") != "comment") out.match = both(out.match, judged(fit::unknown));
    } else if (const auto* change = member(statement, "mangle")) {
      read_mark(*change, at, out);
      if (rewrites(*change, at)) {
        out.then.what = action::rewrite;
        return out;
      }
    } else if (read_step(statement, out.then)) {
      return out;
    }
    if (out.match.how == fit::no) return out;
  }
  return out;
}

// By "ip filter 12" (family, table, handle): the rule as nft prints it.
std::map<std::string, std::string> rule_texts(std::string_view listing) {
  std::map<std::string, std::string> out;
  std::string table;
  for (const auto& line : lines_of(listing)) {
    const std::size_t mark = line.rfind(" # handle ");
    if (line.rfind("table ", 0) == 0) {
      const auto parts = words_of(line);
      if (parts.size() > 2) table = parts[1] + " " + parts[2];
    } else if (mark != std::string::npos) {
      out[table + " " + line.substr(mark + 10)] = trimmed(line.substr(0, mark));
    }
  }
  return out;
}

std::string without_counter(std::string text) {
  const std::size_t from = text.find("counter packets ");
  if (from == std::string::npos) return text;
  std::size_t to = from + 16;
  to = text.find(" bytes ", to);
  if (to == std::string::npos) return text;
  to = text.find(' ', to + 7);
  return text.erase(from, to == std::string::npos ? to : to - from + 1);
}

void add_chain(ruleset& into, const json& object, const std::string& family,
               const std::string& table) {
  chain made;
  made.name = text_of(object, "name");
  made.where = family + " " + table + " " + made.name;
  made.tool = firewall_tool::nft;
  made.table = "nft " + family + " " + table;
  made.hook = text_of(object, "hook");
  made.is_nat = text_of(object, "type") == "nat";
  made.drops = text_of(object, "policy") == "drop";
  if (const auto* device = member(object, "dev")) made.device = word(*device);
  if (const auto* priority = member(object, "prio"); priority && priority->is_number_integer()) {
    made.priority = priority->get<int>();
  }
  made.v4 = family == "ip" || family == "inet" || family == "netdev";
  made.v6 = family == "ip6" || family == "inet" || family == "netdev";
  if (!made.v4 && !made.v6) made.hook.clear();  // arp or bridge
  auto& chains = into.tables[made.table];
  chains[made.name] = std::move(made);
}

}  // namespace

bool add_nft_rules(ruleset& into, std::string_view text, std::string_view listing) {
  const json all = json::parse(text, nullptr, false);
  const auto* list = member(all, "nftables");
  if (list == nullptr || !list->is_array()) return false;
  auto sets = std::make_shared<named_sets>();
  const auto texts = rule_texts(listing);
  for (const auto& entry : *list) {
    for (const char* kind : {"set", "map"}) {
      const auto* value = member(entry, kind);
      if (value == nullptr) continue;
      const auto* elements = member(*value, "elem");
      (*sets)[text_of(*value, "family") + " " + text_of(*value, "table")][text_of(*value, "name")] =
          elements != nullptr ? *elements : json::array();
    }
  }
  for (const auto& entry : *list) {
    const auto* listed = member(entry, "chain");
    if (listed == nullptr) continue;
    add_chain(into, *listed, text_of(*listed, "family"), text_of(*listed, "table"));
  }
  for (const auto& entry : *list) {
    const auto* listed = member(entry, "rule");
    if (listed == nullptr) continue;
    context with;
    with.sets = sets;
    with.table = text_of(*listed, "family") + " " + text_of(*listed, "table");
    const auto table = into.tables.find("nft " + with.table);
    if (table == into.tables.end()) continue;
    const auto where = table->second.find(text_of(*listed, "chain"));
    const auto* statements = member(*listed, "expr");
    if (where == table->second.end() || statements == nullptr) continue;
    rule made;
    const auto* handle = member(*listed, "handle");
    const auto known = texts.find(with.table + " " + (handle != nullptr ? handle->dump() : ""));
    made.text = known != texts.end() ? without_counter(known->second) : statements->dump();
    made.judge = [kept = *statements, with](const packet& at) {
      return judge_rule(kept, with, at);
    };
    where->second.rules.push_back(std::move(made));
  }
  return true;
}

}  // namespace mqttkit::doctor
