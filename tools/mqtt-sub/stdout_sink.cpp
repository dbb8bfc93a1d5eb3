#include "mqtt-sub/stdout_sink.hpp"

#include <unistd.h>

#include <utility>

#include "common/exit_code.hpp"

namespace mqttkit::tools {
namespace {

// Payloads that %J cannot print are named one by one up to here.
constexpr std::uint64_t not_json_told = 20;

}  // namespace

stdout_sink::stdout_sink(asio::any_io_executor executor, message_formatter::options format,
                         const talk& voice)
    : format_(message_formatter(std::move(format))),
      output_(std::move(executor), STDOUT_FILENO),
      voice_(voice) {}

stdout_sink::stdout_sink(asio::any_io_executor executor, json_line lines, const talk& voice)
    : format_(lines), output_(std::move(executor), STDOUT_FILENO), voice_(voice) {}

void stdout_sink::take(const publish_packet& message,
                       std::chrono::system_clock::time_point arrived) {
  if (auto* const lines = std::get_if<json_line>(&format_)) {
    lines->append(output_.buffer(), message, arrived);
    return;
  }
  auto& formatter = std::get<message_formatter>(format_);
  if (formatter.append(output_.buffer(), message, arrived) || ++not_json_ > not_json_told) return;
  voice_.say("topic '" + printable(message.topic) +
             "': the payload is not JSON, so %J has nothing to print");
}

}  // namespace mqttkit::tools
