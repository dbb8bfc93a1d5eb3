#include "mqttkit/net/dial.hpp"

#include <algorithm>
#include <asio/error.hpp>
#include <utility>

#include "mqttkit/base/error.hpp"
#include "mqttkit/base/printable.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/wire/http_connect.hpp"
#include "mqttkit/wire/socks5.hpp"
#include "mqttkit/wire/websocket.hpp"
#include "net/awaiting.hpp"
#include "net/connect.hpp"
#include "net/deadline.hpp"
#include "net/handshake_driver.hpp"
#include "net/plain_transport.hpp"
#include "net/random.hpp"
#include "net/resolve.hpp"
#include "net/tls_context.hpp"
#include "net/tls_transport.hpp"
#include "net/websocket_transport.hpp"

namespace mqttkit {
namespace {

using clock = std::chrono::steady_clock;

failure unusable(std::string subject, std::string words) {
  return failure(stage::set_up, std::move(subject), errc::invalid_option, std::move(words));
}

/// Tells the observer that a step begins, and how it ended.
class told_step {
 public:
  told_step(dial_observer* observer, stage at, std::string subject)
      : observer_(observer), at_(at), subject_(std::move(subject)) {
    if (observer_ != nullptr) observer_->step_begins(at_, subject_);
  }

  /// Ends the step; the failure is empty when there is no error.
  failure end(std::error_code error, std::string detail, error_detail kind = {}) const {
    if (observer_ != nullptr) {
      step_report report;
      report.at = at_;
      report.subject = subject_;
      report.error = error;
      report.detail = detail;
      report.took = clock::now() - begun_;
      observer_->step_ended(report);
    }
    return error ? failure(at_, subject_, error, std::move(detail), kind) : failure();
  }

 private:
  dial_observer* observer_;
  stage at_;
  std::string subject_;
  clock::time_point begun_ = clock::now();
};

dial_options::family family_of(const asio::ip::address& address) noexcept {
  return address.is_v6() ? dial_options::family::v6 : dial_options::family::v4;
}

std::string_view words_of(proxy_options::kind type) noexcept {
  return type == proxy_options::kind::http ? "HTTP proxy" : "SOCKS5 proxy";
}

websocket_request request_of(const dial_options& options) {
  constexpr std::uint16_t http_port = 80;
  constexpr std::uint16_t https_port = 443;
  websocket_request request;
  request.host = host_and_port(options.host, options.port);
  // RFC 6455 §4.1: no port in Host when it is the default one
  if (options.port == (options.tls ? https_port : http_port)) {
    request.host.resize(request.host.rfind(':'));
  }
  request.path = options.websocket->path;
  request.subprotocols = options.websocket->subprotocols;
  if (request.subprotocols.empty()) request.subprotocols = "mqtt";
  request.origin = options.websocket->origin;
  request.headers = options.websocket->headers;
  return request;
}

std::unique_ptr<handshake> proxy_handshake(const dial_options& options,
                                           const std::optional<asio::ip::address>& resolved) {
  const proxy_options& proxy = *options.proxy;
  if (proxy.type == proxy_options::kind::http) {
    return std::make_unique<http_connect_handshake>(options.host, options.port, proxy.user_name,
                                                    proxy.password);
  }
  std::error_code not_literal;
  const asio::ip::address address =
      resolved ? *resolved : asio::ip::make_address(options.host, not_literal);
  socks5_target target(options.host, options.port);
  if (!not_literal && address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    target = socks5_target(std::as_bytes(std::span(bytes)), options.port);
  } else if (!not_literal) {
    const auto bytes = address.to_v6().to_bytes();
    target = socks5_target(std::as_bytes(std::span(bytes)), options.port);
  }
  return std::make_unique<socks5_handshake>(target, proxy.user_name, proxy.password);
}

}  // namespace

struct dialer::state {
  explicit state(dial_options asked) : options(std::move(asked)) {}

  failure check();

  dial_options options;
  connect_rules rules;
  std::shared_ptr<tls_context> tls;
  bool is_prepared = false;
};

namespace {

/// How long a step may take, and the limit that is named when it takes longer.
struct step_limit {
  std::chrono::milliseconds time;
  std::chrono::milliseconds named;
};

/// One dial from name to transport. Each step leaves the link one layer higher.
class journey {
 public:
  journey(const dial_options& options, const connect_rules& rules, std::shared_ptr<tls_context> tls,
          dial_observer* observer, std::chrono::milliseconds limit)
      : options_(options),
        rules_(rules),
        tls_(std::move(tls)),
        observer_(observer),
        limit_(limit),
        until_(clock::now() + limit) {}

  asio::awaitable<failure> go();
  std::unique_ptr<transport> take_link() noexcept { return std::move(link_); }

 private:
  asio::awaitable<failure> open_socket();
  asio::awaitable<failure> pass_proxy();
  asio::awaitable<failure> start_tls();
  asio::awaitable<failure> upgrade();

  std::string subject() const;
  step_limit limit_of(std::chrono::milliseconds step) const;

  const dial_options& options_;
  const connect_rules& rules_;
  std::shared_ptr<tls_context> tls_;
  dial_observer* observer_;
  std::chrono::milliseconds limit_;  // of all steps together; zero means none
  clock::time_point until_;
  asio::any_io_executor executor_;
  std::optional<asio::ip::address> resolved_;  // the broker's, for a proxy that wants an address
  std::unique_ptr<transport> link_;
  plain_transport* socket_ = nullptr;  // the lowest layer of link_, until something is above it
};

asio::awaitable<failure> journey::go() {
  executor_ = co_await asio::this_coro::executor;
  failure why = co_await open_socket();
  if (!why && options_.proxy && options_.unix_path.empty()) why = co_await pass_proxy();
  if (!why && options_.tls) why = co_await start_tls();
  if (!why && options_.websocket) why = co_await upgrade();
  if (why && link_) link_->close();
  co_return why;
}

/// "broker.example:8883": whom TLS and WebSocket talk to, whatever the address.
std::string journey::subject() const {
  return options_.unix_path.empty() ? host_and_port(options_.host, options_.port)
                                    : "unix:" + options_.unix_path;
}

step_limit journey::limit_of(std::chrono::milliseconds step) const {
  if (limit_ == limit_.zero()) return {step, step};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until_ - clock::now());
  if (step != step.zero() && step <= left) return {step, step};
  return {std::max(left, std::chrono::milliseconds(1)), limit_};
}

asio::awaitable<failure> journey::open_socket() {
  std::vector<candidate> candidates;
  if (!options_.unix_path.empty()) {
    candidates.emplace_back(options_.unix_path);
  } else {
    const bool has_proxy = options_.proxy.has_value();
    if (has_proxy && options_.proxy->type == proxy_options::kind::socks5) {
      const resolve_result found = co_await resolve(
          options_.host, options_.addresses, limit_of(options_.timeouts.resolve).time, observer_);
      if (found.why) co_return found.why;
      resolved_ = found.addresses.front();
    }
    const std::string& host = has_proxy ? options_.proxy->host : options_.host;
    const std::uint16_t port = has_proxy ? options_.proxy->port : options_.port;
    // The address family that was asked for is for the broker; a proxy may be reached by any.
    auto family = has_proxy ? dial_options::family::any : options_.addresses;
    if (rules_.bind_address) family = family_of(*rules_.bind_address);
    const resolve_result found =
        co_await resolve(host, family, limit_of(options_.timeouts.resolve).time, observer_);
    if (found.why) co_return found.why;
    for (const auto& address : found.addresses) candidates.emplace_back(address, port);
  }
  const step_limit within = limit_of(rules_.timeout);
  connect_rules rules = rules_;
  rules.timeout = within.time;
  rules.named_timeout = within.named;
  connect_result connected = co_await connect_first(std::move(candidates), rules, observer_);
  if (connected.why) co_return connected.why;
  const char* const kind = options_.unix_path.empty() ? "TCP" : "Unix socket";
  auto socket = std::make_unique<plain_transport>(std::move(*connected.socket),
                                                  std::move(connected.name), kind);
  socket_ = socket.get();
  link_ = std::move(socket);
  co_return failure();
}

asio::awaitable<failure> journey::pass_proxy() {
  const proxy_options& proxy = *options_.proxy;
  const std::string where = host_and_port(proxy.host, proxy.port);
  const told_step step(observer_, stage::proxy, where);
  const std::unique_ptr<handshake> spoken = proxy_handshake(options_, resolved_);
  const step_limit within = limit_of(options_.timeouts.proxy);
  const deadline limit(executor_, *link_, within.time);
  handshake_outcome outcome = co_await drive(*link_, *spoken);
  if (limit.has_passed()) {
    co_return step.end(errc::step_timeout, no_answer_within(within.named));
  }
  if (outcome.error == asio::error::eof) {
    co_return step.end(errc::connection_closed, "closed by the proxy instead of an answer");
  }
  if (outcome.error) co_return step.end(outcome.error, outcome.detail, outcome.kind);
  socket_->unread(outcome.surplus.view());
  const std::string through(words_of(proxy.type));
  socket_->now_reaches(subject() + " via " + socket_->peer(), "TCP via " + through);
  co_return step.end({}, through + " to " + subject());
}

asio::awaitable<failure> journey::start_tls() {
  const told_step step(observer_, stage::tls, subject());
  auto secure = std::make_unique<tls_transport>(executor_, std::move(link_), tls_);
  tls_transport& shaking = *secure;
  link_ = std::move(secure);
  const step_limit within = limit_of(options_.timeouts.tls);
  const deadline limit(executor_, *link_, within.time);
  const tls_error outcome = co_await shaking.shake_hands();
  if (limit.has_passed()) {
    co_return step.end(errc::step_timeout, no_answer_within(within.named));
  }
  co_return step.end(outcome.error, outcome.detail, outcome.kind);
}

asio::awaitable<failure> journey::upgrade() {
  const told_step step(observer_, stage::websocket, subject() + options_.websocket->path);
  std::array<std::byte, websocket_handshake::nonce_bytes> nonce;
  if (!fill_random(nonce)) co_return step.end(errc::tls_setup_failed, "no random numbers");
  websocket_handshake spoken(request_of(options_), nonce);
  const step_limit within = limit_of(options_.timeouts.websocket);
  const deadline limit(executor_, *link_, within.time);
  handshake_outcome outcome = co_await drive(*link_, spoken);
  if (limit.has_passed()) {
    co_return step.end(errc::step_timeout, no_answer_within(within.named));
  }
  if (outcome.error == asio::error::eof) {
    co_return step.end(errc::connection_closed, "closed by the server instead of an answer");
  }
  // In TLS 1.3 the alert that refuses our certificate may come only now, after the handshake.
  if (outcome.error && outcome.detail.empty()) {
    outcome.detail = link_->last_detail();
    outcome.kind = link_->last_kind();
  }
  if (outcome.error) co_return step.end(outcome.error, outcome.detail, outcome.kind);
  link_ = std::make_unique<websocket_transport>(executor_, std::move(link_),
                                                std::move(outcome.surplus));
  co_return step.end({}, outcome.detail);
}

}  // namespace

dialer::dialer(dial_options options) : state_(std::make_unique<state>(std::move(options))) {}
dialer::~dialer() = default;
dialer::dialer(dialer&&) noexcept = default;
dialer& dialer::operator=(dialer&&) noexcept = default;

const dial_options& dialer::options() const noexcept { return state_->options; }

/// What can be known to fail before a packet is sent, except TLS.
failure dialer::state::check() {
  if (!options.bind_address.empty()) {
    std::error_code error;
    rules.bind_address = asio::ip::make_address(options.bind_address, error);
    if (error) return unusable(options.bind_address, "not an IP address to bind to");
    const bool is_any = options.addresses == dial_options::family::any || options.proxy;
    if (!is_any && options.addresses != family_of(*rules.bind_address)) {
      return unusable(options.bind_address, "not of the family of addresses that was asked for");
    }
  }
  constexpr std::size_t longest_unix_path = 107;  // sockaddr_un::sun_path with its final NUL
  if (options.unix_path.size() > longest_unix_path) {
    return unusable(options.unix_path, "the path of a Unix socket has at most 107 bytes");
  }
  if (options.unix_path.empty() && options.host.empty()) return unusable("host", "no host given");
  if (options.proxy && options.unix_path.empty()) {
    if (options.proxy->host.empty()) return unusable("proxy", "no host given");
    const auto spoken = proxy_handshake(options, std::nullopt);
    if (spoken->error()) return unusable("proxy", printable(spoken->detail()));
  }
  if (options.websocket) {
    const std::array<std::byte, websocket_handshake::nonce_bytes> nonce{};
    const websocket_handshake spoken(request_of(options), nonce);
    if (spoken.error()) return unusable("websocket", printable(spoken.detail()));
  }
  return {};
}

failure dialer::prepare() {
  if (state_->is_prepared) return {};
  const dial_options& options = state_->options;
  state_->rules.attempt_delay = options.attempt_delay;
  state_->rules.timeout = options.timeouts.connect;
  state_->rules.tcp_nodelay = options.tcp_nodelay;
  state_->rules.tcp_keep_alive = options.tcp_keep_alive;
  if (failure why = state_->check()) return why;
  if (options.tls) {
    auto tls = std::make_shared<tls_context>(*options.tls, options.host);
    if (failure why = tls->prepare()) return why;
    state_->tls = std::move(tls);
  }
  state_->is_prepared = true;
  return {};
}

asio::awaitable<dial_result> dialer::dial(dial_observer* observer,
                                          std::chrono::milliseconds limit) {
  // Cancellation is to end the operation under way with an error, by which the dial ends, and not
  // to throw from the next co_await. What the caller had chosen is put back at the end.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  dial_result outcome;
  outcome.why = prepare();
  if (outcome.why) {
    const told_step step(observer, stage::set_up, outcome.why.subject);
    (void)step.end(outcome.why.error, outcome.why.detail);
  } else {
    journey under_way(state_->options, state_->rules, state_->tls, observer, limit);
    outcome.why = co_await under_way.go();
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    if (cancelled != asio::cancellation_type::none && !outcome.why) {
      outcome.why = failure(stage::connect, state_->options.host, asio::error::operation_aborted);
    }
    if (!outcome.why) outcome.link = under_way.take_link();
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  co_return outcome;
}

}  // namespace mqttkit
