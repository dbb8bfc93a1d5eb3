// The completion token of this module: errors come back as values, never as exceptions.
#pragma once

#include <asio/experimental/as_tuple.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

namespace mqttkit {

using tuple_token = asio::experimental::as_tuple_t<asio::use_awaitable_t<>>;

/// `auto [error, size] = co_await socket.async_read_some(buffer, as_values);`
inline constexpr tuple_token as_values{asio::use_awaitable_t<>{}};

}  // namespace mqttkit
