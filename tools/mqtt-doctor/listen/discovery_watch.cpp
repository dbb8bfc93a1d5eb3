#include "mqtt-doctor/listen/discovery_watch.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "mqtt-doctor/facts/topic_levels.hpp"
#include "mqtt-doctor/listen/topic_roles.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using json = nlohmann::json;

constexpr std::array<std::string_view, 34> components{"sensor",
                                                      "binary_sensor",
                                                      "switch",
                                                      "light",
                                                      "climate",
                                                      "cover",
                                                      "fan",
                                                      "lock",
                                                      "button",
                                                      "number",
                                                      "select",
                                                      "text",
                                                      "siren",
                                                      "vacuum",
                                                      "valve",
                                                      "humidifier",
                                                      "water_heater",
                                                      "camera",
                                                      "image",
                                                      "event",
                                                      "update",
                                                      "scene",
                                                      "tag",
                                                      "alarm_control_panel",
                                                      "device_tracker",
                                                      "device_automation",
                                                      "device",
                                                      "lawn_mower",
                                                      "notify",
                                                      "person",
                                                      "weather",
                                                      "infrared",
                                                      "date",
                                                      "time"};
// Those that cannot do without.
constexpr std::array<std::string_view, 2> need_state{"sensor", "binary_sensor"};
constexpr std::array<std::string_view, 9> need_command{
    "switch", "light", "button", "number", "select", "text", "lock", "siren", "notify"};

std::string text_at(const json& from, const char* name, const char* brief) {
  for (const char* const each : {name, brief}) {
    const auto at = from.find(each);
    if (at == from.end()) continue;
    if (at->is_string()) return at->get<std::string>();
    if (at->is_boolean() || at->is_number()) return at->dump();
  }
  return {};
}

/// "~" stands for the base topic at either end of a topic.
std::string with_base(std::string topic, const std::string& base) {
  if (base.empty() || topic.empty()) return topic;
  if (topic.front() == '~') return base + topic.substr(1);
  if (topic.back() == '~') return topic.substr(0, topic.size() - 1) + base;
  return topic;
}

/// The fields that a template reads: value_json.temp, value_json['temp'].
std::vector<std::string> fields_of(std::string_view text) {
  constexpr std::string_view name = "value_json";
  constexpr std::size_t most = 8;
  std::vector<std::string> found;
  for (auto at = text.find(name); at != text.npos && found.size() < most;
       at = text.find(name, at + 1)) {
    std::string_view rest = text.substr(at + name.size());
    std::string field;
    if (rest.starts_with('.')) {
      rest.remove_prefix(1);
      const auto end = std::find_if(rest.begin(), rest.end(), [](char c) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return !is_letter && !(c >= '0' && c <= '9') && c != '_';
      });
      field.assign(rest.begin(), end);
      if (end != rest.end() && *end == '(') field.clear();  // a method
    } else if (rest.starts_with("['") || rest.starts_with("[\"")) {
      const auto end = rest.find(rest[1], 2);
      if (end != rest.npos) field = rest.substr(2, end - 2);
    }
    if (!field.empty()) found.push_back(field);
  }
  // What has a default may be missing.
  if (text.find("default") != text.npos || text.find(" is defined") != text.npos ||
      text.find(".get(") != text.npos)
    found.clear();
  return found;
}

/// Where a filter that reads announcements has its prefix: "homeassistant/#", "ha/+/+/config".
std::string prefix_of(const std::string& filter) {
  const auto wild = filter.find_first_of("+#");
  if (wild == filter.npos || wild < 2) return {};
  const std::string prefix = filter.substr(0, wild - 1);
  const std::string rest = filter.substr(wild);
  const bool is_all = rest == "#";
  const bool is_config = rest.ends_with("/config");
  const bool is_known = prefix == "homeassistant" || prefix.ends_with("discovery");
  return is_config || (is_all && is_known) ? prefix : std::string();
}

bool is_plain(std::string_view level) {
  return !level.empty() && std::all_of(level.begin(), level.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

bool says_entity(const json& of) {
  static constexpr std::array names{
      "state_topic",        "stat_t", "command_topic",        "cmd_t", "unique_id", "uniq_id",
      "availability_topic", "avty_t", "json_attributes_topic"};
  return std::any_of(names.begin(), names.end(),
                     [&](const char* name) { return of.contains(name); });
}

}  // namespace

void discovery_watch::read(announced& into, const std::string& topic, std::string_view payload) {
  const auto levels = levels_of(topic);
  into.problem.clear();
  into.place.clear();
  into.component.clear();
  for (std::size_t i = 0; i + 2 < levels.size(); ++i) {
    if (!is_one_of(levels[i], components) || i == 0) continue;
    const std::size_t behind = levels.size() - i - 1;  // [node], object, config
    into.component = levels[i];
    if (behind > 3)
      into.problem = N_("there are more levels than one node and one object behind the component");
    for (std::size_t k = i + 1; k + 1 < levels.size(); ++k)
      if (!is_plain(levels[k])) {
        into.problem = N_("a level holds other characters than letters, digits, _ and -");
        into.place = levels[k];
      }
    break;
  }
  if (last_level_of(topic) != "config") {
    into.problem = N_("it does not end with config");
  } else if (into.component.empty()) {
    into.problem = N_("no level names a component, such as sensor or switch");
  }
  const json all = json::parse(payload.begin(), payload.end(), nullptr, false);
  into.is_json = !all.is_discarded();
  into.is_object = all.is_object();
  into.is_entity = !into.component.empty() || topic.starts_with("homeassistant/") ||
                   (into.is_object && says_entity(all));
  into.text = shown(payload.substr(0, 48));
  if (!into.is_object) return;
  const std::string base = text_at(all, "~", "~");
  into.unique_id = text_at(all, "unique_id", "uniq_id");
  into.state_topic = with_base(text_at(all, "state_topic", "stat_t"), base);
  into.command_topic = with_base(text_at(all, "command_topic", "cmd_t"), base);
  into.keys = fields_of(text_at(all, "value_template", "val_tpl"));
  const std::string expiry = text_at(all, "expire_after", "exp_aft");
  into.expire_after =
      expiry.empty() || expiry.size() > 6 || expiry.find_first_not_of("0123456789") != expiry.npos
          ? 0
          : static_cast<std::uint32_t>(std::stoul(expiry));
  into.available.clear();
  const auto word = [](const std::string& given, const char* usual) {
    return given.empty() ? std::string(usual) : given;
  };
  const std::string there = word(text_at(all, "payload_available", "pl_avail"), "online");
  const std::string gone = word(text_at(all, "payload_not_available", "pl_not_avail"), "offline");
  if (const std::string at = text_at(all, "availability_topic", "avty_t"); !at.empty()) {
    const bool is_read = all.contains("availability_template") || all.contains("avty_tpl");
    into.has_availability = true;
    if (!is_read) into.available.push_back({with_base(at, base), there, gone});
  }
  for (const char* const name : {"availability", "avty"}) {
    if (!all.contains(name)) continue;
    const json list = all[name].is_array() ? all[name] : json::array({all[name]});
    for (const json& each : list) {
      if (!each.is_object() || into.available.size() >= most_texts) continue;
      into.has_availability = true;
      const std::string at = text_at(each, "topic", "t");
      const bool is_read = each.contains("value_template") || each.contains("val_tpl");
      if (at.empty() || is_read) continue;
      into.available.push_back(
          {with_base(at, base), word(text_at(each, "payload_available", "pl_avail"), "online"),
           word(text_at(each, "payload_not_available", "pl_not_avail"), "offline")});
    }
  }
}

void discovery_watch::published(const message_end& by, const std::string& topic,
                                std::string_view payload, bool is_kept, moment now) {
  if (topic.starts_with("spBv1.0/")) {
    const auto levels = levels_of(topic);
    if (levels.size() >= 4) {
      const std::string node = levels[1] + '/' + levels[3];
      if (levels[2] == "NBIRTH") born_[node] = by;
      const bool is_data = levels[2] == "NDATA" || levels[2] == "DDATA";
      if (is_data && !born_.contains(node) && unborn_.size() < most_announced)
        unborn_.try_emplace(node, by);
    }
    return;
  }
  const bool is_status =
      last_level_of(topic) == "status" && presence_of(payload) == presence::there;
  if (is_status && births_.size() < most_texts) births_[topic] = {now, by, topic};
  const auto known = announced_.find(topic);
  const bool begins_object = payload.starts_with('{');
  bool is_one = known != announced_.end() || (last_level_of(topic) == "config" && begins_object);
  if (!is_one && begins_object && payload.size() <= longest_value) {
    // An announcement at a wrong place.
    const json all = json::parse(payload.begin(), payload.end(), nullptr, false);
    is_one = all.is_object() && says_entity(all) && all.contains("name") &&
             (all.contains("device") || all.contains("dev") || all.contains("unique_id"));
  }
  if (is_one && (announced_.size() < most_announced || known != announced_.end())) {
    announced& of = announced_[topic];
    of.is_empty = payload.empty();
    if (of.is_empty) {
      of.was_removed = true;
      of.remover = by;
      return;
    }
    of.by = by;
    of.at = now;
    of.is_kept = is_kept;
    of.was_removed = false;
    read(of, topic, payload);
    return;
  }
  if (values_.size() >= most_values && !values_.contains(topic)) return;
  value& at = values_[topic];
  if (at.count != 0) at.longest = std::max(at.longest, now - at.last);
  ++at.count;
  at.last = now;
  at.by = by;
  at.raw = payload.substr(0, longest_value);
  if (at.texts.size() < most_texts) at.texts.insert(std::string(payload.substr(0, 64)));
}

void discovery_watch::delivered(const message_end& to, const std::string& topic, moment) {
  const auto at = announced_.find(topic);
  if (at == announced_.end() || to.key == at->second.by.key) return;
  at->second.is_given = true;
  at->second.reader = to;
}

const discovery_watch::value* discovery_watch::value_of(const std::string& topic) const {
  const auto at = values_.find(topic);
  return at == values_.end() ? nullptr : &at->second;
}

/// Whether the announcement stands where somebody looks for it.
void discovery_watch::look_at_topic(const std::string& topic, const announced& of, subscribers& all,
                                    const teller& tell) const {
  remark_places with{{"topic", shown(topic)}, {"text", of.text}};
  if (!of.is_json) return tell(of.by, noticed::discovery_no_json, with, topic, {});
  const bool is_read = [&] {
    for (const auto& [reader, index] : all.who_gets(topic)) {
      (void)index;
      if (reader->id != of.by.id || reader->id.empty()) return true;
    }
    return false;
  }();
  if (!is_read) {
    // The filter that would take it under its own prefix.
    const auto [filter, reader] = all.find_filter([&](const std::string& each) {
      const std::string prefix = prefix_of(each);
      return !prefix.empty() && !topic_matches(each, topic);
    });
    if (!filter.empty()) {
      with["asked"] = shown(filter);
      with["other"] = reader;
      with["prefix"] = shown(prefix_of(filter));
      return tell(of.by, noticed::discovery_other_prefix, with, "", {});
    }
    return tell(of.by, noticed::discovery_unread, with, "", {});
  }
  if (!of.is_object) return;
  if (!of.problem.empty()) {
    with["why"] = say(of.problem.c_str());
    with["place"] = shown(of.place);
    return tell(of.by, noticed::discovery_bad_topic, with, topic, {});
  }
  const bool lacks_state = is_one_of(of.component, need_state) && of.state_topic.empty();
  const bool lacks_command = is_one_of(of.component, need_command) && of.command_topic.empty();
  if (lacks_state || lacks_command) {
    with["field"] = lacks_state ? "state_topic" : "command_topic";
    with["component"] = of.component;
    return tell(of.by, noticed::discovery_incomplete, with, topic, {});
  }
}

/// What the client of the announcement publishes instead.
std::string discovery_watch::near_values(const message_end& by, const std::string& topic) const {
  constexpr std::size_t several = 3;
  std::string topics;
  std::size_t count = 0;
  const std::string_view base = topic;
  const auto front = base.substr(0, base.find('/'));
  for (const auto& [each, at] : values_) {
    const bool is_near = at.by.key == by.key || each.starts_with(std::string(front) + '/');
    if (!is_near || each == topic) continue;
    if (++count <= several) topics += (topics.empty() ? "\"" : ", \"") + shown(each) + '"';
  }
  return topics;
}

void discovery_watch::look_at_values(const std::string& topic, const announced& of, moment now,
                                     const teller& tell) const {
  if (of.state_topic.empty()) return;
  remark_places with{{"topic", shown(topic)}, {"answer", shown(of.state_topic)}};
  const value* const at = value_of(of.state_topic);
  if (at == nullptr) {
    const std::string near = near_values(of.by, of.state_topic);
    if (near.empty() || now - of.at < 3s) return;
    with["list"] = near;
    return tell(of.by, noticed::discovery_value_elsewhere, with, topic, {});
  }
  if (of.keys.empty()) return;
  const json read = json::parse(at->raw.begin(), at->raw.end(), nullptr, false);
  if (read.is_discarded() || !read.is_object()) {
    with["text"] = shown(at->raw.substr(0, 48));
    if (at->raw.size() < longest_value)
      tell(of.by, noticed::discovery_value_no_json, with, topic, {});
    return;
  }
  for (const std::string& key : of.keys) {
    if (read.contains(key)) continue;
    with["field"] = shown(key);
    with["text"] = shown(at->raw.substr(0, 48));
    return tell(of.by, noticed::discovery_field_missing, with, topic, {});
  }
}

void discovery_watch::look_at_available(symptom seen, const std::string& topic, const announced& of,
                                        const teller& tell) const {
  for (const availability& each : of.available) {
    remark_places with{{"topic", shown(each.topic)},
                       {"there", shown(each.there)},
                       {"gone", shown(each.gone)},
                       {"asked", shown(topic)}};
    const value* const at = value_of(each.topic);
    if (at == nullptr) {
      const std::string near = near_values(of.by, each.topic);
      with["list"] = near.empty() ? "-" : near;
      if (seen != symptom::shown_online)
        tell(of.by, noticed::availability_never_told, with, each.topic, {});
      continue;
    }
    const auto is_known = [&](const std::string& text) {
      return text == each.there || text == each.gone;
    };
    const auto odd = std::find_if_not(at->texts.begin(), at->texts.end(), is_known);
    const bool lacks_gone = seen == symptom::shown_online && odd != at->texts.end();
    const bool lacks_there =
        seen != symptom::shown_online && !at->texts.contains(each.there) && odd != at->texts.end();
    if (!lacks_gone && !lacks_there) continue;
    with["text"] = shown(*odd);
    tell(at->by, noticed::availability_text_differs, with, each.topic, {});
  }
  if (of.expire_after != 0 && seen == symptom::shown_offline) {
    const value* const at = value_of(of.state_topic);
    if (at != nullptr && at->longest > std::chrono::seconds(of.expire_after))
      tell(of.by, noticed::discovery_expires,
           {{"topic", shown(of.state_topic)},
            {"limit", std::to_string(of.expire_after)},
            {"time", time_between(moment{}, moment{} + at->longest)}},
           of.state_topic, {});
  }
  if (seen == symptom::shown_online && !of.has_availability && of.expire_after == 0 &&
      gone_.contains(of.by.key))
    tell(of.by, noticed::discovery_no_availability, {{"topic", shown(topic)}}, "",
         strength::agreed);
}

/// Two announcements of one unique_id: the second one is thrown away.
void discovery_watch::look_at_twins(const teller& tell) const {
  std::map<std::string, const std::string*> first;
  for (const auto& [topic, of] : announced_) {
    if (of.unique_id.empty() || of.component.empty() || of.is_empty) continue;
    const auto [at, is_new] = first.try_emplace(of.component + '\n' + of.unique_id, &topic);
    if (is_new) continue;
    tell(of.by, noticed::discovery_twins,
         {{"topic", shown(*at->second)}, {"answer", shown(topic)}, {"id", shown(of.unique_id)}},
         of.unique_id, {});
  }
}

/// The program that lists came back and said so, and an announcement that is not retained was not
/// made again.
void discovery_watch::look_at_births(const teller& tell) const {
  for (const auto& [status, born] : births_) {
    for (const auto& [topic, of] : announced_) {
      const bool is_its = topic.starts_with(std::string(above(status)) + '/');
      if (!is_its || of.is_kept || of.is_empty || of.at > born.at || of.by.key == born.by.key)
        continue;
      tell(of.by, noticed::discovery_not_again,
           {{"topic", shown(topic)}, {"other", born.by.who}, {"answer", shown(status)}}, "", {});
    }
  }
}

/// Somebody looks for announcements, and nobody makes one.
void discovery_watch::look_at_nothing(moment, subscribers& all, const teller& tell) {
  if (!announced_.empty() || values_.empty()) return;
  const auto [filter, reader] =
      all.find_filter([](const std::string& each) { return !prefix_of(each).empty(); });
  if (filter.empty()) return;
  const auto any =
      std::find_if(values_.begin(), values_.end(),
                   [&reader = reader](const auto& each) { return each.second.by.who != reader; });
  if (any == values_.end()) return;
  tell(any->second.by, noticed::discovery_none,
       {{"asked", shown(filter)}, {"other", reader}, {"topic", shown(any->first)}}, "", {});
}

void discovery_watch::finish(symptom seen, bool misses_some, moment now, subscribers& all,
                             const teller& tell) {
  const bool is_listed = seen == symptom::not_listed;
  for (const auto& [topic, of] : announced_) {
    if (is_listed && of.was_removed && of.is_entity) {
      tell(of.remover, noticed::discovery_removed, {{"topic", shown(topic)}}, topic, {});
      continue;
    }
    if (of.is_empty || !of.is_entity) continue;
    if (is_listed && !misses_some) look_at_topic(topic, of, all, tell);
    if (is_listed && !misses_some) look_at_values(topic, of, now, tell);
    if (!misses_some) look_at_available(seen, topic, of, tell);
  }
  if (!is_listed) return;
  look_at_twins(tell);
  if (misses_some) return;
  look_at_births(tell);
  look_at_nothing(now, all, tell);
  for (const auto& [node, by] : unborn_)
    if (!born_.contains(node))
      tell(by, noticed::sparkplug_unborn, {{"topic", shown(node)}}, node, {});
  std::size_t good = 0;
  const announced* one = nullptr;
  const std::string* where = nullptr;
  for (const auto& [topic, of] : announced_) {
    if (of.is_empty || !of.is_entity || !of.is_json || !of.is_given || !of.problem.empty())
      continue;
    ++good;
    one = &of;
    where = &topic;
  }
  if (one != nullptr)
    excluded_.push_back(
        {0,
         {},
         words(N_("Announcements that reached their reader, with a proper topic and "
                  "whole JSON: {count}, such as \"{topic}\" to {who}."),
               {{"count", std::to_string(good)},
                {"topic", shown(*where)},
                {"who", one->reader.who}})});
}

}  // namespace mqttkit::doctor
