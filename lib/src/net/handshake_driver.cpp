#include "net/handshake_driver.hpp"

#include <array>
#include <asio/error.hpp>
#include <asio/this_coro.hpp>

#include "mqttkit/base/printable.hpp"

namespace mqttkit {

asio::awaitable<handshake_outcome> drive(transport& link, handshake& spoken) {
  handshake_outcome outcome;
  outcome.error = spoken.error();
  std::array<std::byte, 4096> bytes;  // an ordinary reply in one read
  byte_buffer outgoing;
  bytes_view received;
  while (!outcome.error) {
    if (const bytes_view next = spoken.to_send(); !next.empty()) {
      outgoing.append(next);
      spoken.sent(next.size());
      outcome.error = co_await link.write(outgoing);
      if (outcome.error) break;
    }
    if (received.empty()) {
      const std::span<std::byte> into(bytes);
      const io_result read = co_await link.read_some(into);
      const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
      if (cancelled != asio::cancellation_type::none) {
        outcome.error = asio::error::operation_aborted;
        break;
      }
      if (read.error) {
        outcome.error = read.error;
        break;
      }
      received = into.first(read.size);
    }
    std::size_t consumed = 0;
    const handshake::status now = spoken.received(received, consumed);
    received = received.subspan(consumed);
    if (now == handshake::status::done) {
      outcome.surplus.append(received);
      break;
    }
    if (now == handshake::status::failed) outcome.error = spoken.error();
  }
  outcome.detail = printable(spoken.detail());
  outcome.kind = spoken.kind();
  co_return outcome;
}

}  // namespace mqttkit
