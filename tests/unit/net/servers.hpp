// Servers of the tests, on loopback, each for one peer: Asio's own TLS stream on the other side, so
// that ours does not only understand itself.
#pragma once

#include <doctest/doctest.h>

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/ssl.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <string>
#include <vector>

#include "mqttkit/net/dial.hpp"
#include "mqttkit/net/transport.hpp"

namespace mqttkit::test {

using asio::ip::tcp;

inline tcp::endpoint any_port() { return {asio::ip::make_address("127.0.0.1"), 0}; }

/// Reads until `count` bytes are here, or the stream ends.
template <class Stream>
asio::awaitable<std::string> read_exactly(Stream& stream, std::size_t count) {
  std::string text;
  while (text.size() < count) {
    char bytes[65536];
    std::error_code error;
    const auto into = asio::buffer(bytes, std::min(sizeof bytes, count - text.size()));
    const std::size_t size =
        co_await stream.async_read_some(into, asio::redirect_error(asio::use_awaitable, error));
    text.append(bytes, size);
    if (error) break;
  }
  co_return text;
}

template <class Stream>
asio::awaitable<std::string> read_until_end(Stream& stream) {
  std::string text = co_await read_exactly(stream, std::size_t{1} << 30);
  co_return text;
}

/// Reads one HTTP head, byte by byte, so that nothing after it is taken.
template <class Stream>
asio::awaitable<std::string> read_head(Stream& stream) {
  std::string text;
  while (text.size() < 4 || text.compare(text.size() - 4, 4, "\r\n\r\n") != 0) {
    const std::string next = co_await read_exactly(stream, 1);
    if (next.empty()) break;
    text += next;
  }
  co_return text;
}

template <class Stream>
asio::awaitable<void> send(Stream& stream, std::string text) {
  std::error_code error;
  const auto from = asio::buffer(text);
  co_await asio::async_write(stream, from, asio::redirect_error(asio::use_awaitable, error));
}

/// Sends back what it gets until the peer ends.
template <class Stream>
asio::awaitable<void> echo(Stream& stream) {
  std::vector<char> bytes(65536);
  for (;;) {
    std::error_code error;
    const auto into = asio::buffer(bytes);
    const std::size_t size =
        co_await stream.async_read_some(into, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    const auto from = asio::buffer(bytes.data(), size);
    co_await asio::async_write(stream, from, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
  }
}

/// What one side of a test reads until it has `count` bytes; less when the link ended.
inline asio::awaitable<std::string> receive(transport& link, std::size_t count) {
  std::string text;
  std::vector<std::byte> bytes(65536);
  while (text.size() < count) {
    const std::span<std::byte> into(bytes);
    const io_result read = co_await link.read_some(into);
    if (read.error) break;
    text += as_text(bytes_view(bytes).first(read.size));
  }
  co_return text;
}

inline asio::awaitable<std::error_code> say(transport& link, std::string text) {
  byte_buffer data;
  data.append(as_bytes(text));
  const std::error_code error = co_await link.write(data);
  co_return error;
}

/// Writes and reads at the same time, more than any buffer on the way holds.
inline asio::awaitable<void> check_echo(transport& link) {
  std::string text(300'000, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 7 >> 3);
  const auto executor = co_await asio::this_coro::executor;
  auto writing = [&]() -> asio::awaitable<void> {
    const std::error_code error = co_await say(link, text);
    CHECK_FALSE(error);
  };
  asio::co_spawn(executor, writing(), asio::detached);
  const std::string back = co_await receive(link, text.size());
  CHECK(back == text);
}

}  // namespace mqttkit::test
