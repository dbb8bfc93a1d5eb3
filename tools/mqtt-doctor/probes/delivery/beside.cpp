#include "mqtt-doctor/probes/delivery/beside.hpp"

#include <algorithm>
#include <cctype>

#include "common/printable.hpp"
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
constexpr std::size_t most_slips = 2;   // letters; more are no slip of the finger

std::vector<std::string> levels_of(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t slash = text.find('/');
    parts.emplace_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    text.remove_prefix(slash + 1);
  }
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) {
    if (&part != &parts.front()) text += '/';
    text += part;
  }
  return text;
}

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

std::string replaced(std::string text, char from, char to) {
  std::replace(text.begin(), text.end(), from, to);
  return text;
}

/// A level as it sounds: small letters and numbers.
std::string bare(std::string_view level) {
  std::string out;
  for (const char c : lower(level)) {
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

/// Letters to insert, delete or change to make one word of the other.
std::size_t distance(std::string_view a, std::string_view b) {
  if (a.size() > 64 || b.size() > 64) return most_slips + 1;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j < row.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row.back();
}

bool is_slip(const std::string& one, const std::string& other) {
  if (one == other) return true;
  const std::size_t shorter = std::min(one.size(), other.size());
  const std::size_t may_differ = shorter > 6 ? most_slips : shorter > 4 ? 1 : 0;
  return numbers_of(one) == numbers_of(other) && distance(one, other) <= may_differ;
}

class neighbour final : public blocking_client::observer {
 public:
  neighbour(channel& over, const std::string& filter, exchange_fact& into)
      : client_(over, 500ms), filter_(filter), around_(filters_beside(filter)), into_(into) {}

  void run(std::chrono::milliseconds limit) {
    std::vector<std::string> all = around_.close;
    all.insert(all.end(), around_.wide.begin(), around_.wide.end());
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
           is_alike(filter_, topic);
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
  const auto parts = levels_of(filter);
  add(out.close, filter);
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
  for (const auto& each :
       {lower(filter), upper(filter), capitalised(filter), replaced(filter, '-', '_'),
        replaced(filter, '_', '-'), replaced(filter, ' ', '_'), replaced(filter, '.', '/')})
    add(out.close, each);
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
