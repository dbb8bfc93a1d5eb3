#include "mqtt-doctor/listen/taken_filters.hpp"

#include <algorithm>

#include "mqtt-doctor/words/language.hpp"
#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {
namespace {

std::size_t levels_of(const std::string& filter) {
  return static_cast<std::size_t>(std::count(filter.begin(), filter.end(), '/')) + 1;
}

std::vector<std::string> traits_of(const taken_filters::asked& of) {
  std::vector<std::string> has{"QoS " + std::to_string(static_cast<int>(of.qos))};
  if (of.filter.starts_with("$share/")) {
    has.emplace_back(N_("a shared subscription"));
  } else if (of.filter.starts_with('$')) {
    has.emplace_back(N_("a topic that begins with $"));
  }
  if (of.filter.starts_with('/')) has.emplace_back(N_("a slash at the beginning"));
  if (of.filter.find('+') != of.filter.npos) has.emplace_back(N_("the wildcard +"));
  if (of.filter.find('#') != of.filter.npos) has.emplace_back(N_("the wildcard #"));
  return has;
}

}  // namespace

void taken_filters::add(const asked& taken) {
  for (const std::string& each : traits_of(taken)) usual_.insert(each);
  levels_ = std::max(levels_, levels_of(taken.filter));
  length_ = std::max(length_, taken.filter.size());
}

std::string taken_filters::lacked_by_all(const std::vector<asked>& wanted) const {
  if (levels_ == 0) return {};
  // Any two filters differ by measure: only what reaches a limit that brokers have counts.
  constexpr std::size_t many_levels = 8, long_filter = 128;
  std::set<std::string> list;
  for (const asked& each : wanted) {
    for (const std::string& trait : traits_of(each))
      if (!usual_.contains(trait)) list.insert(say(trait.c_str()));
    const std::size_t levels = levels_of(each.filter);
    if (levels >= many_levels && levels > levels_)
      list.insert(
          say(words(N_("{size} levels (those that were taken: {limit} at most; some brokers "
                       "end the connection at more than 8, AWS IoT for one)"),
                    {{"size", std::to_string(levels)}, {"limit", std::to_string(levels_)}})));
    if (each.filter.size() >= long_filter && each.filter.size() > 2 * length_)
      list.insert(say(words(
          N_("a filter of {size} characters (those that were taken: {limit} at most)"),
          {{"size", std::to_string(each.filter.size())}, {"limit", std::to_string(length_)}})));
  }
  std::string text;
  for (const std::string& each : list) text += (text.empty() ? "" : ", ") + each;
  return text;
}

}  // namespace mqttkit::doctor
