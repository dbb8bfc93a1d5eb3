#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/address.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "mqttkit/net/dial.hpp"
#include "mqttkit/net/observer.hpp"

namespace mqttkit {

/// Addresses in the order to try them, or why there are none.
struct resolve_result {
  std::vector<asio::ip::address> addresses;
  failure why;

  resolve_result() = default;
};

/// Turns `host` into addresses. A literal needs no resolver and no step, `localhost` is the
/// loopback addresses without a resolver; other names go through getaddrinfo on Asio's resolver
/// thread.
///
/// A lookup that outlasts `timeout` is abandoned: getaddrinfo cannot be interrupted, so its thread
/// goes on, and the io_context's destructor will wait for it.
asio::awaitable<resolve_result> resolve(std::string host, dial_options::family family,
                                        std::chrono::milliseconds timeout, dial_observer* observer);

/// RFC 8305 §4: alternates the families, beginning with that of the first address.
std::vector<asio::ip::address> interleaved(const std::vector<asio::ip::address>& sorted);

}  // namespace mqttkit
