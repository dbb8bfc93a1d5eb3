#include "mqtt-doctor/probes/host/haproxy_rules.hpp"

#include <algorithm>
#include <utility>

#include "mqtt-doctor/probes/host/access_rules.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_lists = 16;  // of a condition, with all its "or"
constexpr std::size_t most_terms = 32;  // of a condition, each of which may have as many values
constexpr int stages_of_a_section = 4;
constexpr int stage_of_requests = 4;

/// 1 to 4, in the order in which haproxy asks; 0 for a line that is no such rule.
int stage_of(const std::vector<std::string>& words) {
  if (words[0] == "http-request") return stage_of_requests;
  if (words[0] != "tcp-request" || words.size() < 3) return 0;
  return words[1] == "connection" ? 1 : words[1] == "session" ? 2 : words[1] == "content" ? 3 : 0;
}

client_trait trait_of(const std::string& fetch) {
  const auto ends = [&](std::string_view tail) { return fetch.ends_with(tail); };
  if (fetch == "src") return client_trait::address;
  if (ends("mqtt_field_value(connect,client_identifier)")) return client_trait::identifier;
  if (ends("mqtt_field_value(connect,username)")) return client_trait::user_name;
  if (ends(",mqtt_is_valid")) return client_trait::mqtt;
  return client_trait::none;
}

text_match match_of(const std::string& method) {
  return method == "str"   ? text_match::is
         : method == "beg" ? text_match::begins
         : method == "end" ? text_match::ends
         : method == "sub" ? text_match::contains
                           : text_match::none;
}

access_condition_fact negated(access_condition_fact condition) {
  condition.is_negated = !condition.is_negated;
  return condition;
}

/// The line without what it is compared with where that may be a secret: a password, a header.
std::string shown(const std::vector<std::string>& words) {
  std::string out;
  bool is_hidden = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "}") is_hidden = false;
    if (is_hidden) continue;
    out += (out.empty() ? "" : " ") + words[i];
    const bool opens = i > 0 && words[i - 1].ends_with("{");
    is_hidden = opens && trait_of(words[i]) == client_trait::none;
    if (is_hidden) out += " ...";
  }
  return kept_line(out);
}

/// Keeps a list; beyond what is kept the last place says that more may hold.
template <class Lists>
void keep_list(Lists& into, typename Lists::value_type list) {
  if (into.size() < most_lists)
    into.push_back(std::move(list));
  else
    into.back() = {access_condition_fact()};
}

/// What holds when one of the first and one of the second do.
template <class Lists>
Lists both(const Lists& first, const Lists& second) {
  Lists out;
  for (const auto& one : first) {
    for (const auto& other : second) {
      auto made = one;
      made.insert(made.end(), other.begin(), other.end());
      keep_list(out, std::move(made));
    }
  }
  return out;
}

/// What holds when none of these do.
template <class Lists>
Lists none_of(const Lists& all) {
  Lists out{{}};
  for (const auto& list : all) {
    Lists any;
    for (const auto& each : list) any.push_back({negated(each)});
    out = both(out, any);
  }
  return out;
}

}  // namespace

const std::vector<std::string>* haproxy_lists::of(const std::string& file) {
  constexpr std::size_t most_files = 16, most_asked = 1024;
  if (files_ == nullptr || ++asked_ > most_asked) return nullptr;
  auto found = read_.find(file);
  if (found == read_.end()) {
    if (read_.size() >= most_files) return nullptr;
    found = read_.emplace(file, std::nullopt).first;
    file_error error;
    const std::string text = files_->read(file, &error);
    if (error.empty()) {
      std::vector<std::string>& values = found->second.emplace();
      for (const auto& line : lines_of(text)) {
        if (values.size() > most_addresses) break;
        if (!trimmed(line).empty() && line.front() != '#') values.push_back(trimmed(line));
      }
    }
  }
  return found->second ? &*found->second : nullptr;
}

access_condition_fact haproxy_rules::condition_of(const std::vector<std::string>& words) const {
  access_condition_fact out;
  out.trait = words.empty() ? client_trait::none : trait_of(words[0]);
  out.match = text_match::is;
  bool is_any_case = false, is_list_known = true;
  std::vector<std::string> values;
  // One more than is kept tells that there are others.
  const auto add = [&](const std::string& value) {
    if (values.size() <= most_addresses) values.push_back(value);
  };
  for (std::size_t i = 1; i < words.size(); ++i) {
    const bool has_value = i + 1 < words.size();
    if (words[i] == "-i") {
      is_any_case = true;
    } else if (words[i] == "-m" && has_value) {
      out.match = match_of(words[++i]);
    } else if (words[i] == "-f" && has_value) {
      const auto* const list = lists_->of(words[++i]);
      is_list_known = is_list_known && list != nullptr;
      if (list != nullptr) std::for_each(list->begin(), list->end(), add);
    } else if (words[i] != "--" && words[i] != "-n" && words[i] != "-M") {
      add(words[i]);
    }
  }
  if (out.trait == client_trait::address) {
    const access_condition_fact range = among(values);
    out.values = range.values;
    out.has_all = range.has_all;
  } else if (out.trait != client_trait::none) {
    for (const auto& value : values) {
      if (out.values.size() < most_addresses) out.values.push_back(kept_line(value));
    }
    out.has_all = values.size() == out.values.size() && !is_any_case &&
                  (out.trait == client_trait::mqtt || out.match != text_match::none);
  }
  out.has_all = out.has_all && is_list_known;
  return out;
}

haproxy_rules::any_of_all haproxy_rules::read(const std::vector<std::string>& words,
                                              std::size_t from) const {
  any_of_all out, list{{}};
  const auto finish = [&] {
    for (auto& each : list) keep_list(out, std::move(each));
    list = {{}};
  };
  bool is_negated = false;
  std::size_t terms = 0;
  for (std::size_t i = from; i < words.size(); ++i) {
    std::string word = words[i];
    if (word == "or" || word == "||") {
      finish();
      continue;
    }
    while (word.starts_with("!")) {
      is_negated = !is_negated;
      word.erase(0, 1);
    }
    if (word.empty()) continue;
    if (++terms > most_terms) {
      list = both(list, any_of_all{{access_condition_fact()}});  // what else it asks is not known
      break;
    }
    std::vector<access_condition_fact> any;
    if (word == "{") {
      std::vector<std::string> inside;
      while (++i < words.size() && words[i] != "}") inside.push_back(words[i]);
      any.push_back(condition_of(inside));
    } else if (word == "TRUE" || word == "WAIT_END" || word == "FALSE") {
      is_negated = is_negated != (word == "FALSE");
      if (is_negated) list.clear();  // it never holds
      is_negated = false;
      continue;
    } else if (word == "LOCALHOST") {
      any.push_back(among({"127.0.0.0/8", "::1"}));
    } else if (const auto found = named_.find(word); found != named_.end()) {
      any = found->second;
    } else {
      any.emplace_back();  // one that is not known here
    }
    any_of_all made;
    if (std::exchange(is_negated, false)) {
      made.emplace_back();
      for (const auto& each : any) made.back().push_back(negated(each));
    } else {
      for (const auto& each : any) made.push_back({each});
    }
    list = both(list, made);
  }
  finish();
  return out;
}

void haproxy_rules::take(const std::vector<std::string>& words, int line) {
  if (words[0] == "acl" && words.size() > 2) {
    auto& conditions = named_[words[1]];
    if (conditions.size() < most_lists)
      conditions.push_back(condition_of({words.begin() + 2, words.end()}));
    else
      conditions.back() = {};  // more may hold than is kept
    return;
  }
  const int stage = stage_of(words);
  if (stage == 0 || rules_.size() >= most_access_rules) return;
  const std::size_t at = words[0] == "http-request" ? 1 : 2;
  if (words.size() <= at) return;
  const std::string& what = words[at];
  const bool lets_in = what == "accept" || what == "allow";
  if (!lets_in && what != "reject" && what != "deny" && what != "silent-drop" && what != "tarpit")
    return;
  any_of_all when{{}};
  for (std::size_t i = at + 1; i < words.size(); ++i) {
    if (words[i] != "if" && words[i] != "unless") continue;
    when = read(words, i + 1);
    if (words[i] == "unless") when = none_of(when);
    break;
  }
  for (auto& conditions : when) {
    access_rule_fact made;
    made.conditions = std::move(conditions);
    made.lets_in = lets_in;
    made.stage = stage;
    made.text = shown(words);
    made.file = file_;
    made.line = line;
    keep_rule(rules_, std::move(made));
  }
}

std::vector<access_rule_fact> haproxy_rules::rules(bool is_behind, bool is_tcp) const {
  std::vector<access_rule_fact> out = rules_;
  if (is_tcp) std::erase_if(out, [](const auto& rule) { return rule.stage == stage_of_requests; });
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& one, const auto& other) { return one.stage < other.stage; });
  if (is_behind)
    for (auto& rule : out) rule.stage += stages_of_a_section;
  return out;
}

}  // namespace mqttkit::doctor
