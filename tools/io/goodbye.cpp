#include "io/goodbye.hpp"

#include "mqttkit/codec/reason.hpp"

namespace mqttkit::tools {
namespace {

// How long messages in flight are waited for after Ctrl-C.
constexpr std::chrono::seconds interrupted_patience{5};

// How long the broker may take to close its end.
constexpr std::chrono::seconds goodbye_patience{5};

}  // namespace

asio::awaitable<failure> leave_with_will(client& from, std::chrono::milliseconds limit,
                                         properties_view with) {
  const session_options& options = from.protocol().options();
  if (!options.will) co_return co_await from.disconnect(limit, 0, with);
  if (options.version != protocol_version::v5) co_return co_await from.hang_up(limit);
  const auto reason = static_cast<std::uint8_t>(reason_code::disconnect_with_will);
  co_return co_await from.disconnect(limit, reason, with);
}

asio::awaitable<failure> leave_broker(client& from, bool is_signalled, bool is_drained,
                                      properties_view with) {
  if (is_signalled) co_return co_await leave_with_will(from, interrupted_patience, with);
  const auto patience = is_drained ? goodbye_patience : std::chrono::seconds(0);
  co_return co_await from.disconnect(patience, 0, with);
}

}  // namespace mqttkit::tools
