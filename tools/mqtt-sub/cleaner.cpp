#include "mqtt-sub/cleaner.hpp"

#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "common/json_text.hpp"
#include "common/printable.hpp"
#include "common/terminal.hpp"
#include "io/readiness.hpp"

namespace mqttkit::tools {

std::string retained_count(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " retained message" : " retained messages");
}

cleaner::cleaner(asio::any_io_executor executor)
    : executor_(executor), output_(std::move(executor), STDOUT_FILENO) {}

void cleaner::take(const publish_packet& message, std::chrono::system_clock::time_point) {
  if (is_collecting_) topics_.emplace_back(message.topic);
}

asio::awaitable<std::error_code> cleaner::show() {
  is_collecting_ = false;
  std::sort(topics_.begin(), topics_.end());
  topics_.erase(std::unique(topics_.begin(), topics_.end()), topics_.end());
  const bool is_for_a_person = is_terminal(STDOUT_FILENO);
  for (const std::string& topic : topics_) {
    append_text(output_.buffer(),
                is_for_a_person ? printable(topic, std::string_view::npos) : topic);
    append_text(output_.buffer(), "\n");
  }
  co_return co_await output_.flush();
}

asio::awaitable<bool> cleaner::is_agreed() {
  const std::string question = "Remove " + retained_count(topics_.size()) + "? [y/N] ";
  if (::write(STDERR_FILENO, question.data(), question.size()) < 0) co_return false;
  readiness answer(executor_, STDIN_FILENO, readiness::wanted::read);
  const std::error_code error = co_await answer.wait();
  if (error) co_return false;
  char line[16] = {};
  const ssize_t count = ::read(STDIN_FILENO, line, sizeof line);
  co_return count > 0 && (line[0] == 'y' || line[0] == 'Y');
}

}  // namespace mqttkit::tools
