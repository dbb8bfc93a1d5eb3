#include "mqttkit/net/dial.hpp"

#include <asio/error.hpp>
#include <utility>

#include "mqttkit/base/error.hpp"
#include "net/awaiting.hpp"
#include "net/connect.hpp"
#include "net/plain_transport.hpp"
#include "net/resolve.hpp"

namespace mqttkit {

struct dialer::state {
  explicit state(dial_options asked) : options(std::move(asked)) {}

  dial_options options;
  connect_rules rules;
  bool is_prepared = false;
};

dialer::dialer(dial_options options) : state_(std::make_unique<state>(std::move(options))) {}
dialer::~dialer() = default;
dialer::dialer(dialer&&) noexcept = default;
dialer& dialer::operator=(dialer&&) noexcept = default;

const dial_options& dialer::options() const noexcept { return state_->options; }

failure dialer::prepare() {
  if (state_->is_prepared) return {};
  const dial_options& options = state_->options;
  connect_rules& rules = state_->rules;
  rules.attempt_delay = options.attempt_delay;
  rules.timeout = options.timeouts.connect;
  rules.tcp_nodelay = options.tcp_nodelay;
  rules.tcp_keep_alive = options.tcp_keep_alive;
  if (!options.bind_address.empty()) {
    std::error_code error;
    rules.bind_address = asio::ip::make_address(options.bind_address, error);
    if (error) {
      return failure(stage::set_up, options.bind_address, errc::invalid_option,
                     "not an IP address to bind to");
    }
  }
  state_->is_prepared = true;
  return {};
}

asio::awaitable<dial_result> dialer::dial(dial_observer* observer) {
  // Cancellation ends the operation under way with an error; the rest is seen to by hand, so that
  // a cancelled dial returns instead of throwing. The caller's own choice is put back at the end.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  dial_result outcome;
  failure unprepared = prepare();
  if (unprepared) {
    outcome.why = std::move(unprepared);
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return outcome;
  }
  const dial_options& options = state_->options;
  std::vector<candidate> candidates;
  if (!options.unix_path.empty()) {
    candidates.emplace_back(options.unix_path);
  } else {
    resolve_result found =
        co_await resolve(options.host, options.addresses, options.timeouts.resolve, observer);
    if (found.why) {
      outcome.why = std::move(found.why);
      co_await asio::this_coro::throw_if_cancelled(throws);
      co_return outcome;
    }
    for (const auto& address : found.addresses) candidates.emplace_back(address, options.port);
  }
  connect_result connected = co_await connect_first(std::move(candidates), state_->rules, observer);
  if (connected.why) {
    outcome.why = std::move(connected.why);
  } else {
    outcome.link =
        std::make_unique<plain_transport>(std::move(*connected.socket), std::move(connected.name),
                                          options.unix_path.empty() ? "TCP" : "Unix socket");
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  co_return outcome;
}

}  // namespace mqttkit
