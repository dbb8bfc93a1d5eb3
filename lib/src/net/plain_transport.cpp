#include "net/plain_transport.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <asio/buffer.hpp>
#include <cstring>
#include <utility>

#include "net/awaiting.hpp"

namespace mqttkit {

plain_transport::plain_transport(stream_socket socket, std::string peer, std::string kind)
    : socket_(std::move(socket)), peer_(std::move(peer)), kind_(std::move(kind)) {}

void plain_transport::now_reaches(std::string peer, std::string kind) {
  peer_ = std::move(peer);
  kind_ = std::move(kind);
}

asio::awaitable<io_result> plain_transport::read_some(std::span<std::byte> into) {
  io_result outcome;
  if (!unread_.empty()) {
    outcome.size = std::min(into.size(), unread_.size());
    std::memcpy(into.data(), unread_.data(), outcome.size);
    unread_.consume(outcome.size);
    co_return outcome;
  }
  const asio::mutable_buffer buffer(into.data(), into.size());
  auto [error, size] = co_await socket_.async_read_some(buffer, as_values);
  outcome.error = error;
  outcome.size = size;
  co_return outcome;
}

asio::awaitable<std::error_code> plain_transport::write(byte_buffer& data) {
  // A loop of our own: asio::async_write moves no more than 64 KiB per system call.
  while (!data.empty()) {
    const asio::const_buffer rest(data.data(), data.size());
    auto [error, size] = co_await socket_.async_write_some(rest, as_values);
    data.consume(size);
    if (error) co_return error;
  }
  co_return std::error_code{};
}

void plain_transport::write_now(byte_buffer& data) noexcept {
  const auto size =
      ::send(socket_.native_handle(), data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (size > 0) data.consume(static_cast<std::size_t>(size));
}

asio::awaitable<std::error_code> plain_transport::shutdown() {
  std::error_code error;
  socket_.shutdown(asio::socket_base::shutdown_send, error);
  co_return error;
}

void plain_transport::close() noexcept {
  std::error_code ignored;  // a descriptor is gone after close, whatever it returns
  socket_.close(ignored);
}

}  // namespace mqttkit
