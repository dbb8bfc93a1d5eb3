#include "mqtt-doctor/probes/host/packet.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/facts/forward_target.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {
namespace {

// The kernel allows 16 levels of jumps (NFT_JUMP_STACK_SIZE); more are circles.
constexpr int most_jumps = 16;

bool is_refusal(action what) { return what == action::drop || what == action::reject; }

// Observations on the packet's way besides decisions.
struct remarks {
  std::string sources;  // let in, though this packet comes from none of them
  bool sources_for_port = false;
  std::string source_rule;
  std::string limit_rule;
  std::string limit_chain;
  firewall_tool limit_tool = firewall_tool::none;
  step_taken limit_step;  // the verdict above the rate
  std::string chance_rule;
  step_taken chance_step;
  std::string unknown_accept;
  std::string unknown_refusal;
  std::string unknown_chain;
  firewall_tool unknown_tool = firewall_tool::none;
  step_taken unknown_step;
  std::vector<std::string> visited;
  std::vector<rule_for_sources> for_sources;
  int base = 0;
};

struct decision {
  step_taken step;  // none: no rule decided
  std::string rule;
  const chain* where = nullptr;
  bool mentions_port = false;
};

class walk {
 public:
  walk(const ruleset& rules, packet& at, remarks& remarks_so_far)
      : rules_(rules), packet_(at), remarks_(remarks_so_far) {}

  decision through(const chain& from, int depth = 0) {
    remarks_.visited.push_back(from.name);
    for (std::size_t i = 0; i < from.rules.size(); ++i) {
      const auto& made = from.rules[i];
      const ruled said = made.judge(packet_);
      if (said.match.how == fit::no) continue;
      if (said.sets_mark) packet_.mark = said.match.how == fit::yes ? said.mark : std::nullopt;
      if (said.then.what == action::none) continue;
      if (said.then.what == action::leave) {
        if (said.match.how == fit::yes || said.match.how == fit::other_sources ||
            said.match.how == fit::below_rate) {
          return {};
        }
        continue;
      }
      if (said.match.how == fit::yes) {
        auto end = take(made, said, from, depth);
        if (end.step.what != action::none) {
          note_later_rules(from, i, end);
          return end;
        }
        if (said.then.what == action::go) return {};
        continue;
      }
      // The observations if the packet were from those sources.
      remarks aside;
      packet like = packet_;
      walk other(rules_, like, aside);
      const auto end = other.take(made, said, from, depth);
      if (like.mark != packet_.mark) packet_.mark.reset();
      if (end.step.what == action::none) continue;
      const auto stop = weigh(made, said.match, end, from);
      if (stop) return *stop;
    }
    return {};
  }

  std::string too_late;

 private:
  decision take(const rule& by, const ruled& said, const chain& from, int depth) {
    const auto& step = said.then;
    if (step.what != action::jump && step.what != action::go) {
      return {step, by.text, &from, said.match.mentions_port};
    }
    const auto table = rules_.tables.find(from.table);
    if (table == rules_.tables.end() || depth >= most_jumps) return {};
    const auto target = table->second.find(step.target);
    if (target == table->second.end()) return {};
    auto end = through(target->second, depth + 1);
    end.mentions_port = end.mentions_port || said.match.mentions_port;
    return end;
  }

  // Notes a rule that is not for everybody; returns a decision when it is for nearly everybody.
  std::optional<decision> weigh(const rule& checked, const judgement& match, const decision& end,
                                const chain& from) {
    const bool accepts = end.step.what == action::accept || end.step.what == action::translate;
    const bool refuses = is_refusal(end.step.what);
    switch (match.how) {
      case fit::some_sources:
        if (accepts) add_source(match.detail, checked.text, end.mentions_port);
        if ((accepts || refuses) && remarks_.for_sources.size() < most_source_rules) {
          remarks_.for_sources.push_back(
              {match, end.step, checked.text, from.where, from.tool, remarks_.base});
        }
        return std::nullopt;
      case fit::other_sources:
        if (refuses) add_source(match.detail, checked.text, true);
        return end;
      case fit::above_rate:
        if (refuses && remarks_.limit_rule.empty()) {
          remarks_.limit_rule = checked.text;
          remarks_.limit_chain = from.where;
          remarks_.limit_tool = from.tool;
          remarks_.limit_step = end.step;
        }
        return std::nullopt;
      case fit::below_rate:
        if (refuses) return end;
        if (remarks_.limit_rule.empty()) {
          remarks_.limit_rule = checked.text;
          remarks_.limit_chain = from.where;
          remarks_.limit_tool = from.tool;
        }
        return std::nullopt;  // the rules that follow decide above the rate
      case fit::chance:
        if (refuses && remarks_.chance_rule.empty()) {
          remarks_.chance_rule = checked.text;
          remarks_.chance_step = end.step;
        }
        return std::nullopt;
      default:
        if (accepts && remarks_.unknown_accept.empty()) remarks_.unknown_accept = checked.text;
        if (refuses && remarks_.unknown_refusal.empty()) {
          remarks_.unknown_refusal = checked.text;
          remarks_.unknown_chain = from.where;
          remarks_.unknown_tool = from.tool;
          remarks_.unknown_step = end.step;
        }
        return std::nullopt;
    }
  }

  void add_source(const std::string& detail, const std::string& text, bool for_port) {
    if (for_port && !remarks_.sources_for_port) {
      remarks_.sources_for_port =
          true;  // a rule about the port itself tells more than earlier ones
      remarks_.source_rule = text;
    }
    if (has(remarks_.sources, detail)) return;
    if (!remarks_.sources.empty()) remarks_.sources += ", ";
    remarks_.sources += detail;
  }

  void note_later_rules(const chain& from, std::size_t decided_at, const decision& end) {
    if (!is_refusal(end.step.what) || !too_late.empty()) return;
    for (std::size_t i = decided_at + 1; i < from.rules.size(); ++i) {
      const ruled said = from.rules[i].judge(packet_);
      if (said.match.how == fit::yes && said.match.mentions_port &&
          said.then.what == action::accept) {
        too_late = from.rules[i].text;
        return;
      }
    }
  }

  const ruleset& rules_;
  packet& packet_;
  remarks& remarks_;
};

std::vector<const chain*> base_chains(const ruleset& rules, const packet& at,
                                      std::string_view hook) {
  std::vector<const chain*> out;
  for (const auto& [table, chains] : rules.tables) {
    for (const auto& [name, candidate] : chains) {
      if (candidate.hook != hook || !(at.is_v6 ? candidate.v6 : candidate.v4)) continue;
      if (!candidate.device.empty() && candidate.device != (hook == "egress" ? at.out : at.in))
        continue;
      out.push_back(&candidate);
    }
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const chain* a, const chain* b) { return a->priority < b->priority; });
  return out;
}

}  // namespace

judgement judged(fit how, std::string detail) {
  judgement out;
  out.how = how;
  out.detail = std::move(detail);
  return out;
}

judgement both(judgement first, judgement other) {
  const bool mentions = first.mentions_port || other.mentions_port;
  // The later in this list, the less the rule says about this packet.
  const auto rank = [](fit how) {
    switch (how) {
      case fit::yes:
        return 0;
      case fit::below_rate:
        return 1;
      case fit::other_sources:
        return 2;
      case fit::chance:
        return 3;
      case fit::above_rate:
        return 4;
      case fit::some_sources:
        return 5;
      case fit::unknown:
        return 6;
      case fit::no:
        break;
    }
    return 7;
  };
  if (rank(other.how) > rank(first.how)) std::swap(first, other);
  first.mentions_port = mentions;
  return first;
}

namespace {

/// The hooks that the packet passes; its interfaces are set for a packet that leaves this machine.
std::vector<std::string> hooks_of(packet& at,
                                  const std::function<std::string(const std::string&)>& route) {
  if (at.is_passing) return {"ingress", "prerouting", "forward", "postrouting"};
  if (at.is_outgoing && at.is_reply) {
    at.in = route(at.to);
    return {"ingress", "prerouting", "input"};
  }
  if (at.is_outgoing || at.is_reply) {
    at.out = at.is_outgoing ? route(at.to) : at.in;
    at.in.clear();
    return {"output", "postrouting", "egress"};
  }
  if (at.is_own) {
    at.in = at.out = "lo";
    return {"output", "input"};
  }
  return {"ingress", "prerouting", "input"};
}

/// Whether an address of a NAT rule is this machine's own.
bool is_own_target(const packet& at, const std::string& address) {
  return address.empty() || lies_in(address, at.is_v6 ? "::1" : "127.0.0.0/8") ||
         std::find(at.own_addresses.begin(), at.own_addresses.end(), address) !=
             at.own_addresses.end();
}

/// Sources let in by one chain no longer matter, since the next chain decides anew.
void forget_sources(remarks& noted) {
  noted.sources.clear();
  noted.sources_for_port = false;
  noted.unknown_accept.clear();
  if (noted.limit_step.what == action::none) noted.limit_rule.clear();
}

void take_limit(ruling& out, const remarks& noted) {
  out.verdict = firewall_verdict::limit;
  out.rule = noted.limit_rule;
  out.chain = noted.limit_chain;
  out.tool = noted.limit_tool;
}

/// A chain refused the packet; a rule noted before may let some others in.
void soften_refusal(ruling& out, const remarks& noted) {
  out.refusal = out.verdict;
  if (!noted.unknown_accept.empty()) {
    out.verdict = firewall_verdict::unknown;
    out.too_late = noted.unknown_accept;
  } else if (!noted.limit_rule.empty() && noted.limit_step.what == action::none) {
    take_limit(out, noted);
  } else if (!noted.sources.empty()) {
    out.source = noted.sources;
    // A source that is trusted with every port tells nothing about this one.
    if (noted.sources_for_port) out.verdict = firewall_verdict::source;
    if (noted.sources_for_port && out.rule == policy_rule) out.rule = noted.source_rule;
  }
}

/// No chain refused the packet; a rule noted on the way may refuse some others.
void qualify_passage(ruling& out, const remarks& noted) {
  if (!noted.limit_rule.empty() && noted.limit_step.what != action::none) {
    take_limit(out, noted);
    out.refusal = refusal_of(noted.limit_step);
    out.icmp = noted.limit_step.icmp;
  } else if (!noted.chance_rule.empty()) {
    out.verdict = firewall_verdict::random;
    out.rule = noted.chance_rule;
    out.refusal = refusal_of(noted.chance_step);
  } else if (!noted.unknown_refusal.empty()) {
    out.verdict = firewall_verdict::unknown;
    out.rule = noted.unknown_refusal;
    out.chain = noted.unknown_chain;
    out.tool = noted.unknown_tool;
    out.refusal = refusal_of(noted.unknown_step);
    out.icmp = noted.unknown_step.icmp;
  }
}

/// Follows a packet from hook to hook until a chain refuses it.
class passage {
 public:
  passage(const ruleset& rules, packet& at,
          const std::function<std::string(const std::string&)>& route)
      : rules_(rules), at_(at), route_(route), hooks_(hooks_of(at, route)) {}

  ruling follow() {
    for (std::size_t h = 0; h < hooks_.size() && !is_decided_; ++h) {
      for (const chain* base : base_chains(rules_, at_, hooks_[h])) {
        // NAT's rules are asked once for each connection, at its first packet.
        const bool is_asked =
            hooks_[h] == "prerouting" || (hooks_[h] == "output" && at_.is_outgoing);
        if (base->is_nat && (!is_asked || at_.is_established())) continue;
        pass(*base);
        if (is_decided_) break;
      }
    }
    out_.port = at_.port;
    if (!is_decided_) qualify_passage(out_, noted_);
    if (is_decided_ && out_.verdict != firewall_verdict::unknown) soften_refusal(out_, noted_);
    out_.visited = std::move(noted_.visited);
    out_.for_sources = std::move(noted_.for_sources);
    return std::move(out_);
  }

 private:
  void pass(const chain& base) {
    ++noted_.base;
    walk way(rules_, at_, noted_);
    decision end = way.through(base);
    if (end.step.what == action::translate && at_.is_outgoing) return divert(end);
    if (end.step.what == action::translate) return translate(end.step);
    if (end.step.what == action::rewrite && !at_.is_reply) {
      out_.is_rewritten = true;
      return;
    }
    if (end.step.what == action::none && base.drops) {
      end.step.what = action::drop;
      end.rule = policy_rule;
      end.where = &base;
    }
    if (end.step.what == action::none) return forget_sources(noted_);
    out_.rule = end.rule;
    out_.tool = base.tool;
    if (end.step.what == action::accept) {
      out_.chain = base.where;
      return forget_sources(noted_);
    }
    out_.chain = end.where != nullptr ? end.where->where : base.where;
    out_.too_late = way.too_late;
    out_.verdict =
        end.step.what == action::hand_over ? firewall_verdict::unknown : refusal_of(end.step);
    out_.icmp = end.step.icmp;
    is_decided_ = true;
  }

  void translate(const step_taken& step) {
    at_.is_translated = true;
    if (step.to_port != 0) at_.port = step.to_port;
    const bool is_own = is_own_target(at_, step.to);
    if (!is_own) {
      at_.to = step.to;
      at_.out = route_(at_.to);
      hooks_.back() = "forward";
    }
    const bool is_loopback_named = is_own && is_loopback(step.to);
    out_.forwarded_to = text_of(forward_target{is_own ? std::string() : at_.to, at_.port,
                                               is_loopback_named ? step.to : std::string()});
  }

  /// A connection of this machine gets another destination before it leaves.
  void divert(const decision& by) {
    const step_taken& step = by.step;
    if (step.to_port != 0) at_.port = step.to_port;
    const bool is_own = !step.keeps_address && is_own_target(at_, step.to);
    if (is_own) {
      at_.to = at_.is_v6 ? "::1" : "127.0.0.1";
      at_.out = "lo";
    } else if (!step.keeps_address) {
      at_.to = step.to;
      at_.out = route_(at_.to);
    }
    at_.is_translated = true;
    out_.forwarded_to = text_of(forward_target{is_own ? std::string() : at_.to, at_.port, {}});
    out_.translated_by = by.rule;
    if (by.where == nullptr) return;
    out_.translated_in = by.where->where;
    out_.tool = by.where->tool;
  }

  const ruleset& rules_;
  packet& at_;
  const std::function<std::string(const std::string&)>& route_;
  std::vector<std::string> hooks_;
  ruling out_;
  remarks noted_;
  bool is_decided_ = false;
};

}  // namespace

ruling follow(const ruleset& rules, packet first,
              const std::function<std::string(const std::string&)>& route) {
  return passage(rules, first, route).follow();
}

firewall_verdict refusal_of(const step_taken& step) {
  if (step.what == action::drop) return firewall_verdict::drop;
  if (step.what == action::rewrite) return firewall_verdict::rewritten;
  if (step.what != action::reject) return firewall_verdict::none;
  return step.icmp.empty() ? firewall_verdict::reject_reset : firewall_verdict::reject_icmp;
}

judgement from_sources(const packet& at, const std::vector<std::string>& ranges, bool inverted) {
  judgement out;
  if (at.is_own || at.is_outgoing) {
    bool is_in = false;
    for (const auto& range : ranges) {
      is_in = is_in || is_everything(range) || lies_in(at.is_v6 ? "::1" : "127.0.0.1", range);
      for (const auto& own : at.own_addresses) is_in = is_in || lies_in(own, range);
    }
    out.how = is_in != inverted ? fit::yes : fit::no;
    return out;
  }
  const bool all = std::any_of(ranges.begin(), ranges.end(), is_everything);
  if (all) {
    out.how = inverted ? fit::no : fit::yes;
    return out;
  }
  // A packet from another machine never comes in by this machine's loopback.
  const bool only_loopback =
      !ranges.empty() && std::all_of(ranges.begin(), ranges.end(), [](const std::string& text) {
        return is_loopback(text) || text == "::1/128";
      });
  if (only_loopback) {
    out.how = inverted ? fit::yes : fit::no;
    return out;
  }
  out.how = inverted ? fit::other_sources : fit::some_sources;
  out.sources.assign(ranges.begin(), ranges.begin() + static_cast<std::ptrdiff_t>(
                                                          std::min(ranges.size(), most_sources)));
  out.has_all_sources = ranges.size() <= most_sources;
  constexpr std::size_t shown = 4;  // sources shown of a long list
  for (std::size_t i = 0; i < ranges.size() && i < shown; ++i) {
    out.detail += (i == 0 ? "" : ", ") + ranges[i];
  }
  if (ranges.size() > shown) out.detail += ", ...";
  return out;
}

judgement by_hops_left(const packet& at, const std::function<bool(int)>& holds) {
  // Phones and Linux begin with 64, and each router takes one away; a way of more than 24 is rare.
  constexpr int first = 64, farthest = 24;
  const bool is_near = holds(first);
  if (at.is_own || at.is_outgoing || at.is_reply) return yes_if(is_near);
  for (int hops = 2; hops <= farthest; ++hops)
    if (holds(first - hops) != holds(first - 1)) return judged(fit::unknown);
  if (holds(first - 1) == is_near) return yes_if(is_near);
  if (is_near) return judged(fit::unknown);
  judgement out = judged(fit::some_sources, "whoever comes over a router (TTL)");
  out.has_all_sources = false;
  out.is_for_routed = true;
  return out;
}

judgement to_addresses(const packet& at, const std::vector<std::string>& ranges, bool inverted) {
  judgement out;
  bool is_in = false;
  for (const auto& range : ranges) {
    if (is_everything(range)) is_in = true;
    if (!at.to.empty()) {
      is_in = is_in || lies_in(at.to, range);
    } else {
      for (const auto& own : at.own_addresses) is_in = is_in || lies_in(own, range);
    }
  }
  out.how = is_in != inverted ? fit::yes : fit::no;
  if (at.to.empty() && at.own_addresses.empty() && !is_in) out.how = fit::unknown;
  return out;
}

judgement by_interface(const std::string& actual, const std::vector<std::string>& names,
                       bool inverted) {
  judgement out;
  bool is_in = false;
  bool only_loopback = true;
  for (const auto& name : names) {
    only_loopback = only_loopback && name == "lo";
    const bool is_open = !name.empty() && (name.back() == '*' || name.back() == '+');
    const auto stem = name.substr(0, name.size() - (is_open ? 1 : 0));
    is_in = is_in || (is_open ? actual.compare(0, stem.size(), stem) == 0 : actual == name);
  }
  if (actual.empty() && !only_loopback) {
    out.how = fit::unknown;
    return out;
  }
  out.how = is_in != inverted ? fit::yes : fit::no;
  return out;
}

}  // namespace mqttkit::doctor
