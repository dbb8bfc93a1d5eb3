#include "mqtt-sub/watch_sink.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "common/columns.hpp"
#include "common/json_text.hpp"
#include "common/printable.hpp"
#include "common/terminal.hpp"

namespace mqttkit::tools {
namespace {

// Below "Broker: ..."; as in mosquitto_sub.
constexpr std::size_t first_line = 2;

// Lines where there is no terminal: no screen is taller, and the memory for topics stays bounded.
constexpr std::size_t lines_without_terminal = 10'000;

// The terminal cuts lines that are too long while a message is written.
constexpr std::string_view no_wrap = "\033[?7l";
constexpr std::string_view wrap = "\033[?7h";
constexpr std::string_view clear_line = "\033[K";
constexpr std::string_view clear_screen = "\033[2J\033[1;1H";

// Most bytes looked at of a large message: a line of a terminal with four bytes a character.
constexpr std::size_t widest_line = 4096;

std::string first_bytes(printout& text, std::size_t most) {
  std::string first;
  while (first.size() < most && !text.empty()) {
    const std::string_view next = as_text(text.front()).substr(0, most - first.size());
    first += next;
    text.consume(next.size());
  }
  return first;
}

// Time, blank, topic, blank, value: as terminal_line writes them.
constexpr std::size_t width_of_time = 13;
constexpr std::size_t width_of_mark = 11;  // "(retained) "
constexpr std::size_t least_topic = 10;    // of which something is still to be recognised
constexpr std::size_t least_value = 12;    // a number with its unit

// Shortens the topic so that the value has room, and at least a third of the line if it needs that.
std::string topic_that_fits(const publish_packet& message, unsigned columns) {
  const std::size_t taken = width_of_time + 1 + (message.retain ? width_of_mark : 0);
  const std::size_t rest = columns > taken ? columns - taken : 0;
  const std::string_view payload = as_text(message.payload).substr(0, widest_line);
  const std::size_t value = columns_of(payload.substr(0, payload.find('\n')));
  const std::size_t kept = std::min(value, std::max(least_value, rest / 3));
  return shortened(printable(message.topic), std::max(least_topic, rest > kept ? rest - kept : 0));
}

// The cursor rests below the last topic, so that one line stays free.
std::size_t lines_of_terminal() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
    return lines_without_terminal;
  return std::max<std::size_t>(size.ws_row, first_line + 2) - first_line;
}

}  // namespace

watch_sink::watch_sink(asio::any_io_executor executor, message_printer printer, std::string broker,
                       bool shortens_topics)
    : printer_(std::move(printer)),
      output_(std::move(executor), STDOUT_FILENO),
      broker_(std::move(broker)),
      most_lines_(lines_of_terminal()),
      columns_(shortens_topics ? terminal_columns(STDOUT_FILENO) : 0) {}

std::error_code watch_sink::open() {
  append_text(output_.buffer(), clear_screen);
  append_text(output_.buffer(), "Broker: " + printable(broker_) + "\n");
  const std::error_code error = output_.try_flush();
  return error == asio::error::would_block ? std::error_code() : error;
}

std::size_t watch_sink::line_of(std::string_view topic) {
  const auto known = lines_.find(topic);
  if (known != lines_.end()) return known->second;
  const std::size_t last = first_line + most_lines_ - 1;
  if (lines_.size() + 1 >= most_lines_) return last;
  const std::size_t line = first_line + lines_.size();
  lines_.emplace(topic, line);
  return line;
}

void watch_sink::move_to(std::size_t line) {
  append_text(output_.buffer(), "\033[");
  append_decimal(output_.buffer(), line);
  append_text(output_.buffer(), ";1H");
}

// Only the first line is shown: a second one would stand where another topic is.
void watch_sink::take(const publish_packet& message,
                      std::chrono::system_clock::time_point arrived) {
  message_.clear();
  if (columns_ != 0) {
    publish_packet shown = message;
    const std::string topic = topic_that_fits(message, columns_);
    shown.topic = topic;
    printer_.append(message_, shown, arrived);
  } else {
    printer_.append(message_, message, arrived);
  }
  std::string beginning;
  std::string_view text = as_text(message_.bytes().view());
  if (message_.holds_views()) {
    beginning = first_bytes(message_, widest_line);
    text = beginning;
  }
  move_to(line_of(message.topic));
  append_text(output_.buffer(), clear_line);
  append_text(output_.buffer(), no_wrap);
  append_text(output_.buffer(), text.substr(0, text.find('\n')));
  append_text(output_.buffer(), wrap);
  move_to(first_line + std::min(lines_.size(), most_lines_ - 1));
}

}  // namespace mqttkit::tools
