#include "io/goodbye.hpp"

#include "mqttkit/codec/reason.hpp"

namespace mqttkit::tools {

asio::awaitable<failure> leave_with_will(client& from, std::chrono::milliseconds limit,
                                         properties_view with) {
  const session_options& options = from.protocol().options();
  if (!options.will) co_return co_await from.disconnect(limit, 0, with);
  if (options.version != protocol_version::v5) co_return co_await from.hang_up(limit);
  const auto reason = static_cast<std::uint8_t>(reason_code::disconnect_with_will);
  co_return co_await from.disconnect(limit, reason, with);
}

}  // namespace mqttkit::tools
