// Serves the page and receives what it posts.
//
// It is a server of its own, some two hundred lines on the event loop that runs anyway:
// there are six fixed requests, and `listen` reads request heads already. Beast would
// add 300 KB of templates to every start, and a library with its own threads
// (cpp-httplib, libmicrohttpd) a second way to wait, beside the loop that waits for
// Ctrl-C, packets and timers. Each connection serves one request, and no state is kept
// of an answered client.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "mqtt-doctor/phone/page_request.hpp"

namespace mqttkit::doctor {

/// The client that asks.
struct page_visitor {
  std::string address;     ///< of the phone, or of a translating router
  std::string own;         ///< this machine's address that was dialled
  std::string user_agent;  ///< made safe to show
  std::string host;        ///< the host that was dialled
};

/// The owner of the server, which answers by kind of request.
class page_answers {
 public:
  page_answers() = default;
  page_answers(const page_answers&) = delete;
  page_answers& operator=(const page_answers&) = delete;
  virtual ~page_answers() = default;

  virtual std::string page(const page_visitor& who) = 0;
  /// False when the body is malformed.
  virtual bool step(const page_visitor& who, std::string_view body) = 0;
  virtual bool findings(const page_visitor& who, std::string_view body) = 0;
  virtual std::string verdict(const page_visitor& who, const std::string& language) = 0;
  virtual std::string seen(const page_visitor& who, int port) = 0;
};

class page_server {
 public:
  /// A browser opens up to six connections to a host, and a household has several phones.
  static constexpr std::size_t most_clients = 24;
  /// Connections passed on to the broker; as many as for `listen --forward`.
  static constexpr std::size_t most_passed_on = 64;
  /// Time for a whole request to come, and for its answer to be taken.
  static constexpr std::chrono::seconds request_limit{10};

  page_server(asio::any_io_executor on, std::string token, page_answers& answers);
  ~page_server();
  page_server(const page_server&) = delete;
  page_server& operator=(const page_server&) = delete;

  /// Sets the page's Content-Security-Policy.
  void set_policy(std::string policy) { policy_ = std::move(policy); }
  /// Passes connections that are no requests for the page on to that broker, byte for byte, so that
  /// one open port serves both. Without this they are answered with 404.
  void pass_on_to(std::vector<asio::ip::tcp::endpoint> broker) { broker_ = std::move(broker); }
  /// Listens on all addresses, of IPv4 and IPv6.
  std::error_code open(std::uint16_t port);
  std::uint16_t port() const noexcept { return port_; }
  /// Accepts connections until close().
  void start();
  void close();

 private:
  struct client;
  asio::awaitable<void> accept();
  bool make_room();
  asio::awaitable<void> serve(std::shared_ptr<client> with);
  asio::awaitable<void> pass_on(std::shared_ptr<client> with, std::string begun);
  asio::awaitable<void> pump(std::shared_ptr<client> with, bool to_broker);
  std::string answer(const client& with, const page_request& wish, std::string_view body);

  asio::ip::tcp::acceptor acceptor_;
  std::string token_;
  std::string policy_;
  page_answers& answers_;
  std::uint16_t port_ = 0;
  std::vector<asio::ip::tcp::endpoint> broker_;
  std::uint64_t count_ = 0;
  // Shared with coroutines, which may outlive this object.
  std::shared_ptr<std::size_t> passed_on_ = std::make_shared<std::size_t>(0);
  std::map<std::uint64_t, std::weak_ptr<client>> open_;
};

}  // namespace mqttkit::doctor
