// The completion token of this module: errors come back as values, never as exceptions.
#pragma once

#include <asio/experimental/as_tuple.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

// g++ 12 mistakes the frames that Asio's awaitable allocates and frees by its own operators for a
// mismatch when it inlines one side only (GCC bug 109224 and its like).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace mqttkit {

using tuple_token = asio::experimental::as_tuple_t<asio::use_awaitable_t<>>;

/// `auto [error, size] = co_await socket.async_read_some(buffer, as_values);`
inline constexpr tuple_token as_values{asio::use_awaitable_t<>{}};

}  // namespace mqttkit
