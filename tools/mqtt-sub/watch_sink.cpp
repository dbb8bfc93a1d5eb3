#include "mqtt-sub/watch_sink.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "common/json_text.hpp"
#include "common/printable.hpp"

namespace mqttkit::tools {
namespace {

// Below "Broker: ..."; as in mosquitto_sub.
constexpr std::size_t first_line = 2;

// Of what is no terminal: no screen is taller, and the memory for its topics has a bound.
constexpr std::size_t lines_without_terminal = 10'000;

// What is longer than the line is cut by the terminal, for as long as one message is written.
constexpr std::string_view no_wrap = "\033[?7l";
constexpr std::string_view wrap = "\033[?7h";
constexpr std::string_view clear_line = "\033[K";
constexpr std::string_view clear_screen = "\033[2J\033[1;1H";

// Of a large message no more is looked at: a terminal's line with four bytes a character.
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

// The cursor rests below the last topic, so that one line stays free.
std::size_t lines_of_terminal() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
    return lines_without_terminal;
  return std::max<std::size_t>(size.ws_row, first_line + 2) - first_line;
}

}  // namespace

watch_sink::watch_sink(asio::any_io_executor executor, message_printer printer, std::string broker)
    : printer_(std::move(printer)),
      output_(std::move(executor), STDOUT_FILENO),
      broker_(std::move(broker)),
      most_lines_(lines_of_terminal()) {}

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

// One line of it: a second one would stand where another topic is.
void watch_sink::take(const publish_packet& message,
                      std::chrono::system_clock::time_point arrived) {
  message_.clear();
  printer_.append(message_, message, arrived);
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
