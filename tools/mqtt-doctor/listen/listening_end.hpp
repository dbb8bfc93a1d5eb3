// The ends of `listen`: where it listens, and where it forwards to, for TCP and for UDP.
// datagrams.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/ip/address.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/use_awaitable.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "io/awaiting.hpp"
#include "mqtt-doctor/options/settings.hpp"

namespace mqttkit::doctor {

/// An IPv4 address that an IPv6 socket reports, in IPv4's form.
asio::ip::address plain_address(const asio::ip::address& address);

/// "203.0.113.7:1883", with brackets around IPv6.
std::string text_of_end(const asio::ip::address& address, std::uint16_t port);

/// Whether --forward leads to the port listened on, so that bytes would go round for ever.
bool is_own_end(const tools::listen_settings& listen, const asio::ip::address& address,
                std::uint16_t port);

/// Opens a socket or acceptor for the given address, or else for both families where the system has
/// both. `at` becomes the end to bind to.
template <class Socket>
std::error_code open_listening(Socket& socket, const tools::doctor_settings& settings,
                               typename Socket::endpoint_type& at) {
  using end = typename Socket::endpoint_type;
  using protocol = typename Socket::protocol_type;
  const tools::listen_settings& listen = settings.listen;
  const auto family = settings.client.dial.addresses;
  const bool is_any = listen.address.empty() && family == dial_options::family::any;
  std::error_code error;
  at = end(protocol::v6(), listen.port);
  if (!listen.address.empty()) {
    at = end(asio::ip::make_address(listen.address, error), listen.port);
    if (error) return error;
  } else if (family == dial_options::family::v4) {
    at = end(protocol::v4(), listen.port);
  }
  socket.open(at.protocol(), error);
  if (error && is_any) {  // a kernel without IPv6
    at = end(protocol::v4(), listen.port);
    socket.open(at.protocol(), error);
  }
  std::error_code ignored;
  if (!error && at.address().is_v6()) socket.set_option(asio::ip::v6_only(!is_any), ignored);
  return error;
}

/// The addresses of --forward; none without it.
template <class Protocol>
asio::awaitable<std::error_code> look_up_forward(asio::any_io_executor executor,
                                                 const tools::listen_settings& listen,
                                                 std::vector<typename Protocol::endpoint>& ends) {
  using tools::as_values;
  if (listen.forward_host.empty()) co_return std::error_code();
  typename Protocol::resolver resolver(executor);
  const std::string port = std::to_string(listen.forward_port);
  auto [error, found] = co_await resolver.async_resolve(listen.forward_host, port, as_values);
  if (error) co_return error;
  for (const auto& each : found) ends.push_back(each.endpoint());
  co_return std::error_code();
}

template <class End>
bool holds_own_end(const tools::listen_settings& listen, const std::vector<End>& ends) {
  for (const End& each : ends) {
    if (is_own_end(listen, each.address(), each.port())) return true;
  }
  return false;
}

}  // namespace mqttkit::doctor
