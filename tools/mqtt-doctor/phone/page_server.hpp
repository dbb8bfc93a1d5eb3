// Serves the page, and takes what it posts.
//
// A server of its own of some two hundred lines on the event loop that is there anyway: what is
// asked for is six fixed things, and reading the head of a request is what `listen` does already.
// Beast would be 300 KB of templates in every program that starts, and a library with threads of
// its own (cpp-httplib, libmicrohttpd) a second way to wait beside the one that Ctrl-C, packets and
// times are waited for with. Each connection is one request: no state is left of a client that was
// answered.
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

/// Who asks.
struct page_visitor {
  std::string address;     ///< of the phone, or of what translates for it
  std::string own;         ///< the address of this machine it came to
  std::string user_agent;  ///< safe to show
  std::string host;        ///< it has dialled
};

/// What the server is made for: answers, by wish.
class page_answers {
 public:
  page_answers() = default;
  page_answers(const page_answers&) = delete;
  page_answers& operator=(const page_answers&) = delete;
  virtual ~page_answers() = default;

  virtual std::string page(const page_visitor& who) = 0;
  /// False when the body has not its form.
  virtual bool step(const page_visitor& who, std::string_view body) = 0;
  virtual bool findings(const page_visitor& who, std::string_view body) = 0;
  virtual std::string verdict(const page_visitor& who, const std::string& language) = 0;
  virtual std::string seen(const page_visitor& who, int port) = 0;
};

class page_server {
 public:
  /// A browser opens up to six connections to a host, and a household has some phones.
  static constexpr std::size_t most_clients = 24;
  /// Of connections that are passed on to the broker; as many as `listen --forward` takes.
  static constexpr std::size_t most_passed_on = 64;
  /// For a whole request to come, and for its answer to be taken.
  static constexpr std::chrono::seconds request_limit{10};

  page_server(asio::any_io_executor on, std::string token, page_answers& answers);
  ~page_server();
  page_server(const page_server&) = delete;
  page_server& operator=(const page_server&) = delete;

  /// Content-Security-Policy of the page.
  void set_policy(std::string policy) { policy_ = std::move(policy); }
  /// What is no request of the page is passed on to the broker there, byte for byte: one port that
  /// is open does for both. Otherwise it is answered with 404.
  void pass_on_to(std::vector<asio::ip::tcp::endpoint> broker) { broker_ = std::move(broker); }
  /// Begins to listen on all addresses, IPv4 and IPv6.
  std::error_code open(std::uint16_t port);
  std::uint16_t port() const noexcept { return port_; }
  /// Takes connections until close().
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
  // Shared with the coroutines, which may be ended after this.
  std::shared_ptr<std::size_t> passed_on_ = std::make_shared<std::size_t>(0);
  std::map<std::uint64_t, std::weak_ptr<client>> open_;
};

}  // namespace mqttkit::doctor
