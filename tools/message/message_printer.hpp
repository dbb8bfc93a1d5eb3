#pragma once

#include <chrono>
#include <cstdint>
#include <utility>
#include <variant>

#include "common/stderr_log.hpp"
#include "message/format.hpp"
#include "message/json_line.hpp"
#include "message/terminal_line.hpp"

namespace mqttkit::tools {

/// A message as bytes, in the form that was chosen: as mosquitto_sub prints it, as a line of JSON,
/// or for the eyes of a person.
class message_printer {
 public:
  /// @param log  is told of payloads that the form cannot show; must outlive this object.
  message_printer(const message_formatter::options& format, const stderr_log& log);
  message_printer(json_line lines, const stderr_log& log) : form_(std::move(lines)), log_(log) {}
  message_printer(terminal_line lines, const stderr_log& log) : form_(lines), log_(log) {}

  /// `out` may point into the payload, see printout::append().
  void append(printout& out, const publish_packet& message,
              std::chrono::system_clock::time_point arrived);

 private:
  std::variant<message_formatter, json_line, terminal_line> form_;
  const stderr_log& log_;
  std::uint64_t unsuited_ = 0;  // payloads that %J, %f or %d could not print
};

}  // namespace mqttkit::tools
