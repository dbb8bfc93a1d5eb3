#include "mqtt-sub/topic_table.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <numeric>

#include "common/connection_log.hpp"
#include "common/exit_code.hpp"
#include "mqtt-sub/terminal_line.hpp"
#include "mqttkit/base/utf8.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::size_t widest_topic = 48;  // longer ones push what follows to the right
constexpr std::size_t deepest = 32;       // levels that are drawn

std::string rate_text(double messages, std::chrono::nanoseconds period) {
  const double seconds = std::chrono::duration<double>(period).count();
  if (seconds <= 0) return "-";
  char text[40];
  const double rate = messages / seconds;
  std::snprintf(text, sizeof text, rate < 100 ? "%.1f/s" : "%.0f/s", rate);
  return text;
}

std::string right(std::string_view text, std::size_t width) {
  std::string out(width > text.size() ? width - text.size() : 0, ' ');
  return out.append(text);
}

// Columns that the character takes that this byte begins: two from U+3000 on, where the scripts of
// East Asia and the emoji are.
unsigned columns_of(char begin) {
  const auto byte = static_cast<unsigned char>(begin);
  const bool continues = (byte & 0xC0) == 0x80;
  return continues ? 0 : byte >= 0xE3 ? 2 : 1;
}

// At most `columns` wide; 0 means as wide as it is.
void cut(std::string& line, unsigned columns) {
  if (columns == 0) return;
  unsigned wide = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    wide += columns_of(line[at]);
    if (wide > columns) return line.resize(at);
  }
}

std::size_t width_of(std::string_view text) {
  return std::accumulate(text.begin(), text.end(), std::size_t{0},
                         [](std::size_t sum, char c) { return sum + columns_of(c); });
}

// A level of topics and what is below it.
struct level {
  std::map<std::string, std::unique_ptr<level>, std::less<>> below;
  std::string what;  // behind the name; empty when no message came on this very topic
};

}  // namespace

void topic_table::add(const publish_packet& message) {
  auto found = rows_.find(message.topic);
  if (found == rows_.end() && rows_.size() < most_topics) {
    found = rows_.try_emplace(std::string(message.topic)).first;
  }
  row& into = found == rows_.end() ? others_ : found->second;
  ++into.messages;
  into.bytes += message.payload.size();
  if (&into == &others_) return;
  into.value_size = message.payload.size();
  into.value.assign(as_text(message.payload).substr(0, value_bytes));
}

std::vector<const topic_table::rows::value_type*> topic_table::in_order() const {
  std::vector<const rows::value_type*> sorted;
  sorted.reserve(rows_.size());
  for (const auto& each : rows_) sorted.push_back(&each);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  return sorted;
}

std::string topic_table::shown_value(const row& of) {
  if (of.value_size == 0) return "(empty)";
  std::string_view text = of.value;
  // What was cut may end within a character.
  if (of.is_cut())
    for (int i = 0; i < 3 && !is_utf8(text) && !text.empty(); ++i) text.remove_suffix(1);
  if (!is_readable(text)) return "(" + std::to_string(of.value_size) + " bytes)";
  return printable(text, value_bytes) + (of.is_cut() ? "..." : "");
}

std::string topic_table::summary(std::chrono::nanoseconds period, std::chrono::nanoseconds elapsed,
                                 unsigned columns) {
  const auto sorted = in_order();
  std::size_t width = 5;
  for (const auto* each : sorted)
    width = std::max(width, std::min(widest_topic, width_of(printable(each->first))));
  std::string out;
  const auto append = [&](std::string topic, std::string_view messages, std::string_view bytes,
                          std::string_view rate, std::string_view value) {
    const std::size_t wide = width_of(topic);
    if (wide < width) topic.append(width - wide, ' ');
    std::string line = topic + right(messages, 10) + right(bytes, 13) + right(rate, 10);
    if (!value.empty()) line.append("  ").append(value);
    cut(line, columns);
    out += line + "\n";
  };
  append("TOPIC", "MESSAGES", "BYTES", "RATE", "LAST");
  row total = others_;
  const auto append_row = [&](std::string topic, const row& one, std::string_view value) {
    const auto recent = static_cast<double>(one.messages - one.messages_before);
    append(std::move(topic), std::to_string(one.messages), std::to_string(one.bytes),
           rate_text(recent, period), value);
  };
  for (const auto* each : sorted) {
    const row& one = each->second;
    append_row(printable(each->first), one, shown_value(one));
    total.messages += one.messages;
    total.bytes += one.bytes;
  }
  if (others_.messages != 0) append_row("(other topics)", others_, {});
  std::string last =
      std::to_string(rows_.size()) + (others_.messages != 0 ? "+" : "") +
      (rows_.size() == 1 ? " topic, " : " topics, ") + std::to_string(total.messages) +
      (total.messages == 1 ? " message, " : " messages, ") + std::to_string(total.bytes) +
      (total.bytes == 1 ? " byte in " : " bytes in ") + describe_duration(elapsed) + " (" +
      rate_text(static_cast<double>(total.messages), elapsed) + ")";
  cut(last, columns);
  out += last + "\n";
  for (auto& each : rows_) each.second.messages_before = each.second.messages;
  others_.messages_before = others_.messages;
  return out;
}

std::string topic_table::tree(unsigned columns) const {
  level root;
  for (const auto& [topic, one] : rows_) {
    level* at = &root;
    std::string_view rest = topic;
    for (std::size_t depth = 1;; ++depth) {
      const std::size_t slash = depth == deepest ? std::string_view::npos : rest.find('/');
      auto& child = at->below[std::string(rest.substr(0, slash))];
      if (!child) child = std::make_unique<level>();
      at = child.get();
      if (slash == std::string_view::npos) break;
      rest.remove_prefix(slash + 1);
    }
    at->what = "  " + shown_value(one);
    if (one.messages != 1) at->what += "  (" + std::to_string(one.messages) + " messages)";
  }
  std::string out;
  const std::function<void(const level&, const std::string&, bool)> draw =
      [&](const level& of, const std::string& before, bool is_top) {
        for (auto at = of.below.begin(); at != of.below.end(); ++at) {
          const bool is_last = std::next(at) == of.below.end();
          std::string line = before;
          if (!is_top) line += is_last ? "└── " : "├── ";
          line += (at->first.empty() ? "(empty level)" : printable(at->first)) + at->second->what;
          cut(line, columns);
          out += line + "\n";
          draw(*at->second, is_top ? before : before + (is_last ? "    " : "│   "), false);
        }
      };
  draw(root, {}, true);
  if (others_.messages != 0) {
    out += "and " + std::to_string(others_.messages) + " messages on other topics\n";
  }
  return out;
}

}  // namespace mqttkit::tools
