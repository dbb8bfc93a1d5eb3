#include "message/message_printer.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "common/printable.hpp"

namespace mqttkit::tools {
namespace {

// How many payloads that an escape cannot print are named; the rest is counted.
constexpr std::uint64_t unsuited_told = 20;

std::string_view why_not(char letter) {
  switch (letter) {
    case 'f':
      return "the payload has not the 4 bytes of a float, so %f has nothing to print";
    case 'd':
      return "the payload has not the 8 bytes of a double, so %d has nothing to print";
    default:
      return "the payload is not JSON, so %J has nothing to print";
  }
}

}  // namespace

message_printer::message_printer(const message_formatter::options& format, const stderr_log& log)
    : form_(message_formatter(format)), log_(log) {}

void message_printer::append(printout& out, const publish_packet& message,
                             std::chrono::system_clock::time_point arrived) {
  if (auto* const lines = std::get_if<json_line>(&form_)) {
    lines->append(out, message, arrived);
    return;
  }
  if (const auto* const lines = std::get_if<terminal_line>(&form_)) {
    lines->append(out.bytes(), message, arrived);
    return;
  }
  auto& formatter = std::get<message_formatter>(form_);
  const char letter = formatter.append(out, message, arrived);
  if (letter == 0 || ++unsuited_ > unsuited_told) return;
  log_.say("topic '" + printable(message.topic) + "': " + std::string(why_not(letter)));
}

}  // namespace mqttkit::tools
