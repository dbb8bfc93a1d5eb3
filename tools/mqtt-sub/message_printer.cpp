#include "mqtt-sub/message_printer.hpp"

#include <string>
#include <utility>

#include "common/exit_code.hpp"

namespace mqttkit::tools {
namespace {

// Payloads that %J cannot print are named one by one up to here.
constexpr std::uint64_t not_json_told = 20;

}  // namespace

message_printer::message_printer(message_formatter::options format, const talk& voice)
    : form_(message_formatter(std::move(format))), voice_(voice) {}

void message_printer::append(byte_buffer& out, const publish_packet& message,
                             std::chrono::system_clock::time_point arrived) {
  if (auto* const lines = std::get_if<json_line>(&form_)) {
    lines->append(out, message, arrived);
    return;
  }
  if (const auto* const lines = std::get_if<terminal_line>(&form_)) {
    lines->append(out, message, arrived);
    return;
  }
  auto& formatter = std::get<message_formatter>(form_);
  if (formatter.append(out, message, arrived) || ++not_json_ > not_json_told) return;
  voice_.say("topic '" + printable(message.topic) +
             "': the payload is not JSON, so %J has nothing to print");
}

}  // namespace mqttkit::tools
