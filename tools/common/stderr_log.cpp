#include "common/stderr_log.hpp"

#include <unistd.h>

#include <chrono>

#include "common/json_text.hpp"
#include "common/utc_time.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::string_view clear_line = "\r\033[K";

// One write for a line, so that lines of several programs in a pipeline do not mix. An error is
// dropped: there is nobody left to tell it to.
void write_at_once(const std::string& text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

/// The beginning of an object: its event, when, and who says so.
std::string event(std::string_view name, const std::string& program) {
  utc_time clock;
  std::string text = "{\"event\":\"";
  text.append(name).append("\",\"ts\":\"");
  text.append(clock.text_of(std::chrono::system_clock::now())).append("\",\"program\":\"");
  return text.append(program).append("\"");
}

std::string quoted_in_json(std::string_view text) {
  byte_buffer made;
  append_json_string(made, text);
  return std::string(as_text(made.view()));
}

}  // namespace

void stderr_log::end(int exit_code, std::string_view cause) const {
  if (form_ != event_form::json) return;
  std::string text = event("ended", program_) + ",\"exit_code\":" + std::to_string(exit_code);
  if (!cause.empty()) text += ",\"cause\":" + quoted_in_json(cause);
  write_at_once(text + "}\n");
}

void stderr_log::say(std::string_view english) const {
  if (quiet_) return;
  const std::string line = translate_ != nullptr ? translate_(english) : std::string(english);
  if (form_ == event_form::json)
    return write_at_once(event("said", program_) + ",\"text\":" + quoted_in_json(line) + "}\n");
  std::string text = status_.empty() ? "" : std::string(clear_line);
  text.append(program_).append(": ").append(line).append("\n").append(status_);
  write_at_once(text);
}

void stderr_log::show_status(std::string_view line) const {
  if (quiet_ || form_ == event_form::json || (line.empty() && status_.empty())) return;
  status_ = line;
  write_at_once(std::string(clear_line) + status_);
}

}  // namespace mqttkit::tools
