#include "mqtt-doctor/probes/host/packet.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "mqtt-doctor/facts/addresses.hpp"
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
  walk(const ruleset& rules, const packet& at, remarks& remarks_so_far)
      : rules_(rules), packet_(at), seen_(remarks_so_far) {}

  decision through(const chain& from, int depth = 0) {
    seen_.visited.push_back(from.name);
    for (std::size_t i = 0; i < from.rules.size(); ++i) {
      const auto& made = from.rules[i];
      const ruled said = made.judge(packet_);
      if (said.match.how == fit::no || said.then.what == action::none) continue;
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
      walk other(rules_, packet_, aside);
      const auto end = other.take(made, said, from, depth);
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
        if ((accepts || refuses) && seen_.for_sources.size() < most_source_rules) {
          seen_.for_sources.push_back(
              {match, end.step, checked.text, from.where, from.tool, seen_.base});
        }
        return std::nullopt;
      case fit::other_sources:
        if (refuses) add_source(match.detail, checked.text, true);
        return end;
      case fit::above_rate:
        if (refuses && seen_.limit_rule.empty()) {
          seen_.limit_rule = checked.text;
          seen_.limit_chain = from.where;
          seen_.limit_tool = from.tool;
          seen_.limit_step = end.step;
        }
        return std::nullopt;
      case fit::below_rate:
        if (refuses) return end;
        if (seen_.limit_rule.empty()) {
          seen_.limit_rule = checked.text;
          seen_.limit_chain = from.where;
          seen_.limit_tool = from.tool;
        }
        return std::nullopt;  // the rules that follow decide above the rate
      case fit::chance:
        if (refuses && seen_.chance_rule.empty()) {
          seen_.chance_rule = checked.text;
          seen_.chance_step = end.step;
        }
        return std::nullopt;
      default:
        if (accepts && seen_.unknown_accept.empty()) seen_.unknown_accept = checked.text;
        if (refuses && seen_.unknown_refusal.empty()) seen_.unknown_refusal = checked.text;
        return std::nullopt;
    }
  }

  void add_source(const std::string& detail, const std::string& text, bool for_port) {
    if (for_port && !seen_.sources_for_port) {
      seen_.sources_for_port = true;  // a rule about the port itself tells more than earlier ones
      seen_.source_rule = text;
    }
    if (has(seen_.sources, detail)) return;
    if (!seen_.sources.empty()) seen_.sources += ", ";
    seen_.sources += detail;
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
  const packet& packet_;
  remarks& seen_;
};

std::vector<const chain*> base_chains(const ruleset& rules, const packet& at,
                                      std::string_view hook) {
  std::vector<const chain*> out;
  for (const auto& [table, chains] : rules.tables) {
    for (const auto& [name, one] : chains) {
      if (one.hook != hook || !(at.is_v6 ? one.v6 : one.v4)) continue;
      if (!one.device.empty() && one.device != at.in) continue;
      out.push_back(&one);
    }
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const chain* a, const chain* b) { return a->priority < b->priority; });
  return out;
}

}  // namespace

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

ruling follow(const ruleset& rules, packet at,
              const std::function<std::string(const std::string&)>& route) {
  ruling out;
  out.port = at.port;
  remarks remarks_so_far;
  std::vector<std::string> hooks{"ingress", "prerouting", "input"};
  if (at.is_passing) {
    hooks = {"ingress", "prerouting", "forward", "postrouting"};
  } else if (at.is_outgoing) {
    hooks = {"output", "postrouting"};
    at.out = route(at.to);
    at.in.clear();
  } else if (at.is_reply) {
    hooks = {"output", "postrouting"};
    at.out = at.in;
    at.in.clear();
  } else if (at.is_own) {
    hooks = {"output", "input"};
    at.in = at.out = "lo";
  }
  bool is_decided = false;
  for (std::size_t h = 0; h < hooks.size() && !is_decided; ++h) {
    for (const chain* base : base_chains(rules, at, hooks[h])) {
      if (base->is_nat && hooks[h] != "prerouting") continue;
      ++remarks_so_far.base;
      walk way(rules, at, remarks_so_far);
      decision end = way.through(*base);
      if (end.step.what == action::translate) {
        at.is_translated = true;
        if (end.step.to_port != 0) at.port = end.step.to_port;
        const bool is_own = end.step.to.empty() ||
                            lies_in(end.step.to, at.is_v6 ? "::1" : "127.0.0.0/8") ||
                            std::find(at.own_addresses.begin(), at.own_addresses.end(),
                                      end.step.to) != at.own_addresses.end();
        if (!is_own) {
          at.to = end.step.to;
          at.out = route(at.to);
          hooks.back() = "forward";
        }
        out.forwarded_to = (is_own ? std::string("port ") : at.to + ":") + std::to_string(at.port);
        continue;
      }
      if (end.step.what == action::rewrite && !at.is_reply) {
        out.is_rewritten = true;
        continue;
      }
      if (end.step.what == action::none && base->drops) {
        end.step.what = action::drop;
        end.rule = policy_rule;
        end.where = base;
      }
      if (end.step.what == action::accept || end.step.what == action::none) {
        if (end.step.what == action::accept) {
          out.rule = end.rule;
          out.chain = base->where;
          out.tool = base->tool;
        }
        // Sources let in by this chain no longer matter, since the next chain decides anew.
        remarks_so_far.sources.clear();
        remarks_so_far.sources_for_port = false;
        remarks_so_far.unknown_accept.clear();
        if (remarks_so_far.limit_step.what == action::none) remarks_so_far.limit_rule.clear();
        continue;
      }
      out.rule = end.rule;
      out.chain = end.where != nullptr ? end.where->where : base->where;
      out.tool = base->tool;
      out.too_late = way.too_late;
      out.verdict =
          end.step.what == action::hand_over ? firewall_verdict::unknown : refusal_of(end.step);
      out.icmp = end.step.icmp;
      is_decided = true;
      break;
    }
  }
  out.port = at.port;
  const bool is_refused = is_decided && out.verdict != firewall_verdict::unknown;
  if (is_refused) {
    out.refusal = out.verdict;
    if (!remarks_so_far.unknown_accept.empty()) {
      out.verdict = firewall_verdict::unknown;
      out.too_late = remarks_so_far.unknown_accept;
    } else if (!remarks_so_far.limit_rule.empty() &&
               remarks_so_far.limit_step.what == action::none) {
      out.verdict = firewall_verdict::limit;
      out.rule = remarks_so_far.limit_rule;
      out.chain = remarks_so_far.limit_chain;
      out.tool = remarks_so_far.limit_tool;
    } else if (!remarks_so_far.sources.empty()) {
      out.source = remarks_so_far.sources;
      // A source that is trusted with every port tells nothing about this one.
      if (remarks_so_far.sources_for_port) out.verdict = firewall_verdict::source;
      if (remarks_so_far.sources_for_port && out.rule == policy_rule)
        out.rule = remarks_so_far.source_rule;
    }
  } else if (!is_decided) {
    if (!remarks_so_far.limit_rule.empty() && remarks_so_far.limit_step.what != action::none) {
      out.verdict = firewall_verdict::limit;
      out.rule = remarks_so_far.limit_rule;
      out.chain = remarks_so_far.limit_chain;
      out.tool = remarks_so_far.limit_tool;
      out.refusal = refusal_of(remarks_so_far.limit_step);
      out.icmp = remarks_so_far.limit_step.icmp;
    } else if (!remarks_so_far.chance_rule.empty()) {
      out.verdict = firewall_verdict::random;
      out.rule = remarks_so_far.chance_rule;
      out.refusal = refusal_of(remarks_so_far.chance_step);
    } else if (!remarks_so_far.unknown_refusal.empty()) {
      out.verdict = firewall_verdict::unknown;
      out.rule = remarks_so_far.unknown_refusal;
    }
  }
  out.visited = std::move(remarks_so_far.visited);
  out.for_sources = std::move(remarks_so_far.for_sources);
  return out;
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
