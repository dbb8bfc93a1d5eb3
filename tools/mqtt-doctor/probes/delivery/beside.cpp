#include "mqtt-doctor/probes/delivery/beside.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "common/printable.hpp"
#include "common/text_parts.hpp"
#include "mqtt-doctor/facts/topic_generations.hpp"
#include "mqtt-doctor/facts/topic_levels.hpp"
#include "mqtt-doctor/facts/topic_writing.hpp"
#include "mqtt-doctor/probes/delivery/blocking_client.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;
using probe::deadline;

constexpr auto slice = 20ms;
constexpr auto after_unsubscribe = 60ms;
constexpr std::size_t most_near = 3;
constexpr std::size_t most_levels = 8;  // of a filter that is varied level by level
constexpr std::size_t most_levels_swapped = 5;

bool is_wildcard(const std::string& level) { return level == "+" || level == "#"; }

std::string without_outer_slashes(std::string_view filter) {
  if (filter.starts_with('/')) filter.remove_prefix(1);
  if (filter.ends_with('/')) filter.remove_suffix(1);
  return std::string(filter);
}

/// The filter that was meant by levels of "*", as in file names: + for each, # for the last.
std::string with_wildcards(std::string_view filter) {
  std::vector<std::string> parts = levels_of(filter);
  for (std::string& part : parts) {
    if (part == "*") part = &part == &parts.back() ? "#" : "+";
  }
  return joined(parts);
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string capitalised(const std::string& filter) {
  std::vector<std::string> parts = levels_of(lower(filter));
  for (std::string& part : parts)
    part = upper(part.substr(0, 1)) + part.substr(part.empty() ? 0 : 1);
  return joined(parts);
}

/// A level as it sounds: small letters and numbers.
std::string bare(std::string_view level) {
  std::string out;
  for (const char c : lower(plain_letters(level))) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || byte >= 0x80) out += c;
  }
  return out;
}

std::string numbers_of(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) out += c;
  return out;
}

bool is_slip(const std::string& one, const std::string& other) {
  if (one == other) return true;
  const std::size_t shorter = std::min(one.size(), other.size());
  const std::size_t may_differ = shorter > 6 ? most_slips : shorter > 4 ? 1 : 0;
  return numbers_of(one) == numbers_of(other) && letters_between(one, other) <= may_differ;
}

/// Topics that tell whether, and how, the broker publishes about itself: beside this one, and those
/// that mosquitto and HiveMQ, or EMQX, have for certain.
std::vector<std::string> system_topics_beside(const std::string& filter) {
  const std::size_t last = filter.rfind('/');
  std::vector<std::string> out{"$SYS/broker/version", "$SYS/broker/uptime", "$SYS/brokers",
                               "$SYS/brokers/+/version"};
  if (last > filter.find('/') && last != filter.npos)
    out.insert(out.begin(), filter.substr(0, last + 1) + "+");
  std::erase_if(out, [](const std::string& each) { return !is_topic_filter(each); });
  return out;
}

/// The filter with two levels that stand side by side changed for each other, for each two: people
/// and firmware disagree on what comes first (tele/plug, plug/tele).
std::vector<std::string> with_levels_swapped(const std::vector<std::string>& parts) {
  std::vector<std::string> out;
  const bool has_hash = parts.back() == "#";
  const std::size_t named = parts.size() - (has_hash ? 1 : 0);
  if (named < 2 || named > most_levels_swapped) return out;
  const bool is_open = std::any_of(parts.begin(), parts.end(), is_wildcard);
  for (std::size_t i = 0; i + 1 < named; ++i) {
    if (parts[i] == parts[i + 1] || (is_open && named < 3)) continue;
    std::vector<std::string> made = parts;
    std::swap(made[i], made[i + 1]);
    out.push_back(joined(made));
  }
  return out;
}

/// "frigate" and "frigate_nas": a name, and the name with something put behind it.
bool is_extended(std::string_view one, std::string_view other) {
  if (one.size() > other.size()) std::swap(one, other);
  constexpr std::size_t shortest = 3;
  return one.size() >= shortest && other.size() > one.size() && other.starts_with(one) &&
         std::string_view("_- .").find(other[one.size()]) != std::string_view::npos &&
         numbers_of(one) == numbers_of(other);
}

/// Whether the topic is the filter's but for a level that its sender left unfilled: "undefined".
bool is_unfilled(const std::string& filter, std::string_view topic) {
  const auto wanted = levels_of(filter), found = levels_of(topic);
  if (wanted.size() != found.size()) return false;
  bool has_gap = false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "+" || wanted[i] == found[i]) continue;
    if (!is_absent_value(found[i]) && !is_placeholder(found[i])) return false;
    has_gap = true;
  }
  return has_gap;
}

class neighbour final : public blocking_client::observer {
 public:
  neighbour(channel& over, const std::string& filter, exchange_fact& into)
      : client_(over, 500ms), filter_(filter), around_(filters_beside(filter)), into_(into) {}

  void run(std::chrono::milliseconds limit) {
    std::vector<std::string> all = around_.close;
    all.insert(all.end(), around_.wide.begin(), around_.wide.end());
    for (const topic_generation& each : other_generations(filter_)) all.push_back(each.filter);
    const deadline until = clock::now() + limit;
    for (const std::string& each : all) {
      std::uint64_t token = 0;
      if (!client_.subscribe(subscription{each, qos_t::at_most_once}, token, until)) return;
    }
    // If the broker closes at one of these filters, the probe ends.
    client_.wait(
        until, *this, [this] { return into_.near.size() == most_near || into_.others != 0; },
        slice);
    for (const std::string& each : all) {
      std::uint64_t token = 0;
      if (!client_.end.empty()) return;
      client_.unsubscribe(subscription{each, qos_t::at_most_once}, token, clock::now() + 500ms);
    }
    client_.wait(
        clock::now() + after_unsubscribe, *this, [] { return false; }, slice);
  }

  const blocking_client& client() const { return client_; }

 private:
  bool is_near(std::string_view topic) const {
    return std::any_of(around_.close.begin(), around_.close.end(),
                       [&](const auto& each) { return topic_matches(each, topic); }) ||
           is_alike(filter_, topic) || is_unfilled(filter_, topic) ||
           why_other_generation(filter_, topic) != nullptr;
  }

  void message(const publish_packet& came) override {
    if (topic_matches(filter_, came.topic)) {
      if (!came.retain) ++into_.others;
      return;
    }
    if (into_.near.size() == most_near || !is_near(came.topic)) return;
    const std::string topic = tools::printable(came.topic);
    if (std::find(into_.near.begin(), into_.near.end(), topic) == into_.near.end())
      into_.near.push_back(topic);
  }

  blocking_client client_;
  const std::string& filter_;
  const filters_around around_;
  exchange_fact& into_;
};

}  // namespace

bool is_alike(std::string_view filter, std::string_view topic) {
  const auto named = [](std::string_view text) {
    std::vector<std::string> parts = levels_of(text);
    for (std::string& part : parts)
      if (!is_wildcard(part)) part = bare(part);
    std::erase(parts, std::string());
    return parts;
  };
  // A second device or program of a kind gets a longer name in the first level.
  const auto front_of = [](std::string_view text) { return text.substr(0, text.find('/')); };
  const std::string_view front = front_of(filter), other = front_of(topic);
  if (front != other && filter.size() > front.size() + 1 && topic.size() > other.size() &&
      !is_wildcard(std::string(front)) && is_extended(front, other))
    return topic_matches(filter.substr(front.size() + 1), topic.substr(other.size() + 1));
  const auto wanted = named(filter), found = named(topic);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "#") return true;
    if (i >= found.size() || (wanted[i] != "+" && !is_slip(wanted[i], found[i]))) return false;
  }
  return wanted.size() == found.size();
}

filters_around filters_beside(const std::string& filter) {
  filters_around out;
  const auto add = [&](std::vector<std::string>& to, const std::string& each) {
    const bool is_there = std::find(out.close.begin(), out.close.end(), each) != out.close.end() ||
                          std::find(out.wide.begin(), out.wide.end(), each) != out.wide.end();
    // Everything would be too much to ask for.
    const auto parts = levels_of(each);
    const bool is_all = std::all_of(parts.begin(), parts.end(), is_wildcard);
    if (!is_there && !is_all && is_topic_filter(each)) to.push_back(each);
  };
  if (filter.starts_with("$SYS/")) {
    out.close = system_topics_beside(filter);
    return out;
  }
  const auto parts = levels_of(filter);
  add(out.close, filter);
  // A shell takes "$SYS/#" for a variable without a value, and "/#" is left.
  if (filter.starts_with('/')) add(out.close, "$SYS" + filter);
  if (!has_wildcard(filter)) {
    for (const auto& each : {filter + "/#", "+/" + filter, "+/" + filter + "/#"})
      add(out.close, each);
    const std::string inner = without_outer_slashes(filter);
    if (inner != filter && !inner.empty()) {
      add(out.close, inner);
      add(out.close, inner + "/#");
    }
    add(out.close, with_wildcards(filter));
    add(out.close, '"' + filter + '"');
    add(out.close, '\'' + filter + '\'');
  } else if (parts.size() > 1 && parts.back() == "+") {
    add(out.close, filter.substr(0, filter.size() - 1) + "#");
  }
  if (has_wildcard(filter) && !is_wildcard(parts.front())) add(out.close, "+/" + filter);
  if (parts.front() == "homeassistant" && parts.back() == "#") {
    // Below whatever prefix: the shape of Home Assistant's discovery.
    add(out.close, "+/+/+/config");
    add(out.close, "+/+/+/+/config");
  }
  if (has_wildcard(filter) && !is_wildcard(parts.back())) add(out.close, filter + "/#");
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    if (parts[i] != "+") continue;
    auto more = parts;  // a + in the middle that would have to stand for two levels
    more.insert(more.begin() + static_cast<std::ptrdiff_t>(i), "+");
    add(out.close, joined(more));
  }
  for (const std::string& each : with_levels_swapped(parts)) add(out.close, each);
  for (std::size_t i = 0; i + 1 < parts.size() && parts.size() <= most_levels; ++i) {
    if (is_wildcard(parts[i]) || is_wildcard(parts[i + 1])) continue;
    auto fewer = parts;  // a prefix and a name, put together without the /
    fewer[i] += fewer[i + 1];
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    add(out.close, joined(fewer));
  }
  for (const auto& each :
       {lower(filter), upper(filter), capitalised(filter), tools::replaced(filter, '-', '_'),
        tools::replaced(filter, '_', '-'), tools::replaced(filter, ' ', '_'),
        tools::replaced(filter, '.', '/'), tools::replaced(filter, '\\', '/'),
        plain_letters(filter), percent_decoded(filter)})
    add(out.close, each);
  constexpr std::size_t most_listed = 8;
  std::vector<std::string> listed = listed_topics(filter);
  listed.resize(std::min(listed.size(), most_listed));
  for (const std::string& each : listed) add(out.close, each);
  if (std::any_of(parts.begin(), parts.end(), is_placeholder)) {
    auto filled = parts;
    std::replace_if(filled.begin(), filled.end(), is_placeholder, std::string("+"));
    add(out.close, joined(filled));
  }
  if (parts.size() > most_levels) return out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (is_wildcard(parts[i])) continue;
    auto open = parts;
    open[i] = "+";
    add(out.wide, joined(open));
    open = parts;
    open.insert(open.begin() + static_cast<std::ptrdiff_t>(i) + 1, std::string());
    add(out.close, joined(open));  // a double slash
  }
  return out;
}

void listen_beside(channel& subscriber, const std::string& filter, std::chrono::milliseconds limit,
                   exchange_fact& into) {
  neighbour beside(subscriber, filter, into);
  beside.run(limit);
  into.subscriber_end = beside.client().end;
}

}  // namespace mqttkit::doctor
