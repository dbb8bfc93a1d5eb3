#include "mqtt-sub/topic_table.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>

#include "common/columns.hpp"
#include "common/duration_text.hpp"
#include "common/printable.hpp"
#include "io/connection_log.hpp"
#include "message/terminal_line.hpp"
#include "mqttkit/base/utf8.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::size_t widest_topic = 48;  // in a pipe longer ones push what follows to the right
constexpr std::size_t least_topic = 10;   // of which something is still to be recognised
constexpr std::size_t least_value = 12;   // a number with its unit
constexpr std::size_t narrow = 60;        // columns below which the bytes are left out
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

struct table_line {
  std::string topic, messages, bytes, rate, value;
};

// 0: the column is left out.
struct table_widths {
  std::size_t topic = 0, messages = 10, bytes = 13, rate = 10;
};

// On a terminal of `columns` every column is as wide as what is in it, and topics leave room for
// the last values. Elsewhere widths stay the same from table to table.
table_widths fit(const std::vector<table_line>& lines, unsigned columns) {
  table_widths made;
  for (const table_line& line : lines)
    made.topic = std::max(made.topic, std::min(widest_topic, columns_of(line.topic)));
  if (columns == 0) return made;
  constexpr std::size_t gap = 2;
  std::size_t value = 0, topic = 0;
  made.messages = made.bytes = made.rate = 0;
  for (const table_line& line : lines) {
    topic = std::max(topic, columns_of(line.topic));
    made.messages = std::max(made.messages, line.messages.size() + gap);
    made.bytes = std::max(made.bytes, line.bytes.size() + gap);
    made.rate = std::max(made.rate, line.rate.size() + gap);
    value = std::max(value, columns_of(line.value));
  }
  if (columns < narrow) made.bytes = 0;
  const std::size_t numbers = made.messages + made.bytes + made.rate + gap;
  const std::size_t rest = columns > numbers ? columns - numbers : 0;
  // Values get what is left of the line, and at least a third of it if they need that.
  const std::size_t kept = std::min(value, std::max(least_value, rest / 3));
  made.topic = std::min(topic, std::max(least_topic, rest > kept ? rest - kept : 0));
  return made;
}

void append_line(std::string& out, const table_line& row, const table_widths& widths,
                 unsigned columns) {
  std::string line = columns == 0 ? row.topic : shortened(row.topic, widths.topic);
  const std::size_t wide = columns_of(line);
  if (wide < widths.topic) line.append(widths.topic - wide, ' ');
  line += right(row.messages, widths.messages);
  if (widths.bytes != 0) line += right(row.bytes, widths.bytes);
  line += right(row.rate, widths.rate);
  if (!row.value.empty()) line.append("  ").append(row.value);
  cut(line, columns);
  out += line + "\n";
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
  std::vector<table_line> lines;
  lines.push_back({"TOPIC", "MESSAGES", "BYTES", "RATE", "LAST"});
  row total = others_;
  const auto add_row = [&](std::string topic, const row& each, std::string value) {
    const auto recent = static_cast<double>(each.messages - each.messages_before);
    lines.push_back({std::move(topic), std::to_string(each.messages), std::to_string(each.bytes),
                     rate_text(recent, period), std::move(value)});
  };
  for (const auto* each : in_order()) {
    const row& values = each->second;
    add_row(printable(each->first), values, shown_value(values));
    total.messages += values.messages;
    total.bytes += values.bytes;
  }
  if (others_.messages != 0) add_row("(other topics)", others_, {});
  std::string out;
  const table_widths widths = fit(lines, columns);
  for (const table_line& line : lines) append_line(out, line, widths, columns);
  std::string last =
      std::to_string(rows_.size()) + (others_.messages != 0 ? "+" : "") +
      (rows_.size() == 1 ? " topic, " : " topics, ") + std::to_string(total.messages) +
      (total.messages == 1 ? " message, " : " messages, ") + std::to_string(total.bytes) +
      (total.bytes == 1 ? " byte in " : " bytes in ") + duration_text(elapsed) + " (" +
      rate_text(static_cast<double>(total.messages), elapsed) + ")";
  cut(last, columns);
  out += last + "\n";
  for (auto& each : rows_) each.second.messages_before = each.second.messages;
  others_.messages_before = others_.messages;
  return out;
}

std::string topic_table::tree(unsigned columns) const {
  level root;
  for (const auto& [topic, counted] : rows_) {
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
    at->what = "  " + shown_value(counted);
    if (counted.messages != 1) at->what += "  (" + std::to_string(counted.messages) + " messages)";
  }
  std::string out;
  const std::function<void(const level&, const std::string&, bool)> draw =
      [&](const level& of, const std::string& before, bool is_top) {
        for (auto at = of.below.begin(); at != of.below.end(); ++at) {
          const bool is_last = std::next(at) == of.below.end();
          std::string line = before;
          if (!is_top) line += is_last ? "└── " : "├── ";
          std::string name = at->first.empty() ? "(empty level)" : printable(at->first);
          if (columns != 0) {
            // A long name leaves room for the value behind it.
            const std::size_t used = columns_of(line);
            const std::size_t rest = columns > used ? columns - used : 0;
            const std::size_t kept =
                std::min(columns_of(at->second->what), std::max(least_value, rest / 3));
            name = shortened(name, std::max(least_topic, rest > kept ? rest - kept : 0));
          }
          line += name + at->second->what;
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
