#include "mqtt-doctor/phone/page_server.hpp"

#include <array>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <utility>

#include "io/awaiting.hpp"
#include "mqtt-doctor/listen/http_request.hpp"

namespace mqttkit::doctor {

namespace ip = asio::ip;
using namespace std::chrono_literals;

namespace {

using tools::as_values;

std::string plain_address(const ip::address& from) {
  if (from.is_v6() && from.to_v6().is_v4_mapped())
    return ip::make_address_v4(ip::v4_mapped, from.to_v6()).to_string();
  if (!from.is_v6()) return from.to_string();
  ip::address_v6 without_scope = from.to_v6();
  without_scope.scope_id(0);
  return without_scope.to_string();
}

/// @param type  "" for an answer without body
std::string response(const char* status, std::string_view type, std::string_view policy,
                     std::string_view body) {
  std::string out = std::string("HTTP/1.1 ") + status + "\r\n";
  if (!type.empty()) out += "Content-Type: " + std::string(type) + "\r\n";
  const bool has_size = std::string_view(status) != "204 No Content";
  if (has_size) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  out +=
      "Connection: close\r\n"
      "Cache-Control: no-store\r\n"
      "Referrer-Policy: no-referrer\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "X-Frame-Options: DENY\r\n"
      "Content-Security-Policy: ";
  out += policy.empty() ? "default-src 'none'; frame-ancestors 'none'" : policy;
  out += "\r\n\r\n";
  return out.append(body);
}

constexpr std::string_view json_type = "application/json";

}  // namespace

struct page_server::client {
  explicit client(ip::tcp::socket accepted)
      : socket(std::move(accepted)), broker(socket.get_executor()), limit(socket.get_executor()) {}

  void close() {
    std::error_code ignored;
    limit.cancel();
    socket.close(ignored);
    broker.close(ignored);
  }

  ip::tcp::socket socket;
  ip::tcp::socket broker;  // the broker that bytes are passed on to
  asio::steady_timer limit;
  page_visitor who;
  bool is_known = false;  // it has the token, or its bytes are passed on
};

page_server::page_server(asio::any_io_executor on, std::string token, page_answers& answers)
    : acceptor_(std::move(on)), token_(std::move(token)), answers_(answers) {}

page_server::~page_server() { close(); }

std::error_code page_server::open(std::uint16_t port) {
  std::error_code error;
  ip::tcp::endpoint at(ip::tcp::v6(), port);
  acceptor_.open(at.protocol(), error);
  if (error) {  // a kernel without IPv6
    at = ip::tcp::endpoint(ip::tcp::v4(), port);
    acceptor_.open(at.protocol(), error);
  }
  if (error) return error;
  acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (at.address().is_v6()) acceptor_.set_option(ip::v6_only(false), error);
  acceptor_.bind(at, error);
  // While the broker is examined again, no connection is accepted: the kernel keeps them, so that
  // clients need not repeat SYN.
  constexpr int backlog = 128;
  if (!error) acceptor_.listen(backlog, error);
  if (error) {
    std::error_code ignored;
    acceptor_.close(ignored);
    return error;
  }
  port_ = acceptor_.local_endpoint(error).port();
  return error;
}

void page_server::start() {
  asio::co_spawn(
      acceptor_.get_executor(), [this]() { return accept(); }, asio::detached);
}

void page_server::close() {
  std::error_code ignored;
  acceptor_.close(ignored);
  for (const auto& [number, weak] : open_) {
    if (const auto with = weak.lock()) with->close();
  }
  open_.clear();
}

asio::awaitable<void> page_server::accept() {
  for (;;) {
    auto [error, accepted] = co_await acceptor_.async_accept(as_values);
    if (!acceptor_.is_open()) co_return;
    if (error) {
      // The connection is gone again, or descriptors ran out; a pause keeps the loop from spinning.
      asio::steady_timer pause(acceptor_.get_executor(), 50ms);
      co_await pause.async_wait(as_values);
      if (!acceptor_.is_open()) co_return;
      continue;
    }
    std::erase_if(open_, [](const auto& entry) { return entry.second.expired(); });
    if (open_.size() >= most_clients + *passed_on_ && !make_room()) continue;  // closes it
    auto with = std::make_shared<client>(std::move(accepted));
    std::error_code gone;
    const ip::tcp::endpoint from = with->socket.remote_endpoint(gone);
    const ip::tcp::endpoint to = with->socket.local_endpoint(gone);
    if (gone) continue;
    with->who.address = plain_address(from.address());
    with->who.own = plain_address(to.address());
    open_[++count_] = with;
    asio::co_spawn(
        acceptor_.get_executor(), [this, with]() { return serve(with); }, asio::detached);
  }
}

/// Closes the connection that has been idle longest: a handful of silent connections must not keep
/// a phone out.
bool page_server::make_room() {
  for (auto at = open_.begin(); at != open_.end(); ++at) {
    const auto with = at->second.lock();
    if (with == nullptr || with->is_known) continue;
    with->close();
    open_.erase(at);
    return true;
  }
  return false;
}

asio::awaitable<void> page_server::serve(std::shared_ptr<client> with) {
  with->limit.expires_after(request_limit);
  with->limit.async_wait([weak = std::weak_ptr(with)](std::error_code cancelled) {
    const auto late = weak.lock();
    if (!cancelled && late) late->close();
  });
  std::string text;
  std::array<char, 4096> room;
  page_request wish;
  std::size_t head = 0;
  for (;;) {
    if (head == 0) {
      head = http_head_size(text);
      if (head > most_request_head || (head == 0 && text.size() > most_request_head)) break;
      if (head != 0) wish = read_page_request(std::string_view(text).substr(0, head), token_);
      with->is_known = wish.wish != page_wish::nothing;
    }
    const bool is_other = !text.empty() && looks_like_http(text) == http_likeness::no;
    const bool is_for_broker = is_other || (head != 0 && wish.wish == page_wish::nothing);
    if (!broker_.empty() && is_for_broker && *passed_on_ < most_passed_on)
      co_return co_await pass_on(std::move(with), std::move(text));
    // A request that is not the page's is answered without waiting for its body.
    if (head != 0 && (wish.wish == page_wish::nothing || wish.has_body_problem ||
                      text.size() - head >= wish.body_size))
      break;
    const auto buffer = asio::buffer(room);
    auto [error, size] = co_await with->socket.async_read_some(buffer, as_values);
    if (error) co_return with->close();
    text.append(room.data(), size);
  }
  std::string out;
  if (head == 0 || head > most_request_head) {
    out = response("431 Request Header Fields Too Large", "", "", "");
  } else {
    with->who.user_agent = wish.user_agent;
    with->who.host = wish.host;
    out = answer(*with, wish, std::string_view(text).substr(head).substr(0, wish.body_size));
  }
  const auto whole = asio::buffer(out);
  auto [error, size] = co_await asio::async_write(with->socket, whole, as_values);
  static_cast<void>(size);
  // Closing with unread bytes would send RST, and the phone might lose the answer.
  std::error_code ignored;
  if (!error) with->socket.shutdown(asio::socket_base::shutdown_send, ignored);
  std::size_t swallowed = 0;
  while (!error && swallowed < 2 * most_request_body) {
    const auto rest = asio::buffer(room);
    auto [over, more] = co_await with->socket.async_read_some(rest, as_values);
    if (over) break;
    swallowed += more;
  }
  with->close();
}

asio::awaitable<void> page_server::pass_on(std::shared_ptr<client> with, std::string begun) {
  struct counted {
    std::shared_ptr<std::size_t> of;
    explicit counted(std::shared_ptr<std::size_t> what) : of(std::move(what)) { ++*of; }
    ~counted() { --*of; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
  };
  const counted here(passed_on_);
  with->is_known = true;
  // Passed-on connections may be silent for as long as MQTT permits, but the connection to the
  // broker is made in a few seconds.
  std::error_code failed = asio::error::host_not_found;
  for (const ip::tcp::endpoint& at : broker_) {
    std::error_code ignored;
    with->broker.close(ignored);
    auto [error] = co_await with->broker.async_connect(at, as_values);
    failed = error;
    if (!error || !with->socket.is_open()) break;
  }
  with->limit.cancel();
  if (failed || !with->socket.is_open()) co_return with->close();
  const auto first = asio::buffer(begun);
  auto [error, size] = co_await asio::async_write(with->broker, first, as_values);
  static_cast<void>(size);
  if (error) co_return with->close();
  asio::co_spawn(
      acceptor_.get_executor(), [this, with]() { return pump(with, false); }, asio::detached);
  co_await pump(with, true);
}

asio::awaitable<void> page_server::pump(std::shared_ptr<client> with, bool to_broker) {
  ip::tcp::socket& from = to_broker ? with->socket : with->broker;
  ip::tcp::socket& to = to_broker ? with->broker : with->socket;
  std::array<char, 16 * 1024> room;  // bytes; the kernel's buffers queue the rest
  for (;;) {
    const auto buffer = asio::buffer(room);
    auto [error, size] = co_await from.async_read_some(buffer, as_values);
    if (error) break;
    const auto whole = asio::buffer(room.data(), size);
    auto [refused, written] = co_await asio::async_write(to, whole, as_values);
    static_cast<void>(written);
    if (refused) break;
  }
  with->close();  // MQTT needs both directions
}

std::string page_server::answer(const client& with, const page_request& wish,
                                std::string_view body) {
  if (wish.wish == page_wish::nothing) return response("404 Not Found", "", "", "");
  if (wish.has_body_problem) return response("413 Content Too Large", "", "", "");
  const auto taken = [](bool is_good) {
    return is_good ? response("204 No Content", "", "", "")
                   : response("400 Bad Request", "", "", "");
  };
  switch (wish.wish) {
    case page_wish::page:
      return response("200 OK", "text/html; charset=utf-8", policy_, answers_.page(with.who));
    case page_wish::step:
      return taken(answers_.step(with.who, body));
    case page_wish::findings:
      return taken(answers_.findings(with.who, body));
    case page_wish::verdict:
      return response("200 OK", json_type, "", answers_.verdict(with.who, wish.language));
    case page_wish::seen:
      return response("200 OK", json_type, "", answers_.seen(with.who, wish.port));
    case page_wish::nothing:
      break;
  }
  return response("404 Not Found", "", "", "");
}

}  // namespace mqttkit::doctor
