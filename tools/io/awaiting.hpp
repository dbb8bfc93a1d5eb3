// The completion token of the programs: errors come back as values, never as exceptions.
#pragma once

#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

namespace mqttkit::tools {

/// `auto [error, size] = co_await socket.async_read_some(buffer, as_values);`
inline constexpr asio::experimental::as_tuple_t<asio::use_awaitable_t<>> as_values{
    asio::use_awaitable_t<>{}};

}  // namespace mqttkit::tools
