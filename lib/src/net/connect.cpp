#include "net/connect.hpp"

#include <algorithm>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <cerrno>
#include <deque>
#include <memory>
#include <utility>

#include "mqttkit/base/error.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/net/wakeup.hpp"
#include "net/awaiting.hpp"
#include "net/deadline.hpp"

namespace mqttkit {
namespace {

using clock = std::chrono::steady_clock;

// At most this many addresses of a name are tried: at 250 ms apart the sixteenth starts after 4 s,
// and every attempt holds a descriptor.
constexpr std::size_t most_attempts = 16;
// How many of the other addresses a failure quotes.
constexpr std::size_t most_quoted = 4;

struct attempt {
  attempt(stream_socket unconnected, const candidate& to)
      : socket(std::move(unconnected)), name(to.name) {}

  stream_socket socket;
  std::string name;
  clock::time_point begun = clock::now();
  std::error_code error;
  bool is_done = false;
  bool is_told = false;
};

/// Shared with the handlers of attempts that lost: they end after connect_first() has returned.
struct race {
  explicit race(const asio::any_io_executor& executor) : progress(executor) {}

  std::deque<attempt> attempts;
  wakeup progress;
};

/// The error code in a category that can be compared: std::errc never equals one of Asio 1.22's
/// system category, so what asio::error has no name for goes into the standard one.
std::error_code comparable(std::error_code error) {
  if (error.category() != asio::error::get_system_category()) return error;
  switch (error.value()) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case EADDRNOTAVAIL:
    case EPROTOTYPE:
      return {error.value(), std::system_category()};
    default:
      return error;
  }
}

/// Drops the candidates that cannot be reached from `local`, unless that would drop all of them:
/// then the system says why.
void keep_reachable(std::vector<candidate>& candidates, const asio::ip::address& local) {
  const int family = local.is_v6() ? AF_INET6 : AF_INET;
  const auto reachable = [family](const candidate& each) {
    return each.endpoint.protocol().family() == family;
  };
  if (std::none_of(candidates.begin(), candidates.end(), reachable)) return;
  std::erase_if(candidates, [&](const candidate& each) { return !reachable(each); });
}

std::error_code prepare_socket(stream_socket& socket, const candidate& to,
                               const connect_rules& rules) {
  std::error_code error;
  const auto protocol = to.endpoint.protocol();
  socket.open(protocol, error);
  if (error || protocol.family() == AF_UNIX) return error;
  if (rules.bind_address) {
    const asio::ip::tcp::endpoint local(*rules.bind_address, 0);
    socket.bind(local, error);
    if (error) return error;
  }
  std::error_code ignored;  // a socket without these still carries MQTT
  if (rules.tcp_nodelay) socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (rules.tcp_keep_alive) socket.set_option(asio::socket_base::keep_alive(true), ignored);
  return error;
}

void start(const std::shared_ptr<race>& shared, const candidate& to, const connect_rules& rules,
           const asio::any_io_executor& executor, dial_observer* observer) {
  if (observer != nullptr) observer->step_begins(stage::connect, to.name);
  attempt& started = shared->attempts.emplace_back(stream_socket(executor), to);
  started.error = prepare_socket(started.socket, to, rules);
  if (started.error) {
    started.is_done = true;
    shared->progress.notify();
    return;
  }
  const std::size_t index = shared->attempts.size() - 1;
  started.socket.async_connect(to.endpoint, [shared, index](std::error_code error) {
    shared->attempts[index].error = error;
    shared->attempts[index].is_done = true;
    shared->progress.notify();
  });
}

void tell(attempt& ended, std::error_code error, std::string_view detail, dial_observer* observer) {
  ended.is_told = true;
  ended.error = comparable(error);
  if (observer == nullptr) return;
  step_report report;
  report.at = stage::connect;
  report.subject = ended.name;
  report.error = ended.error;
  report.detail = detail;
  report.took = clock::now() - ended.begun;
  observer->step_ended(report);
}

void abandon(race& lost, std::error_code error, std::string_view detail, dial_observer* observer) {
  for (attempt& each : lost.attempts) {
    if (!each.is_told) {
      tell(each, error, detail, observer);
      std::error_code ignored;
      each.socket.close(ignored);
    }
  }
}

/// Errors that say something about this machine rather than about the broker.
bool is_local(std::error_code error) {
  return error == asio::error::network_unreachable ||
         error == asio::error::address_family_not_supported ||
         error == std::errc::address_not_available;
}

failure summary(const race& lost) {
  const auto telling = std::find_if(lost.attempts.begin(), lost.attempts.end(),
                                    [](const attempt& each) { return !is_local(each.error); });
  const attempt& chosen = telling == lost.attempts.end() ? lost.attempts.front() : *telling;
  std::string detail;
  if (lost.attempts.size() > 1) {
    detail = chosen.error.message();
    std::size_t quoted = 0;
    for (const attempt& each : lost.attempts) {
      if (&each == &chosen) continue;
      if (++quoted > most_quoted) {
        detail += "; ...";
        break;
      }
      detail += "; also " + each.name;
      if (each.error != chosen.error) detail += ": " + each.error.message();
    }
  }
  return failure(stage::connect, chosen.name, chosen.error, std::move(detail));
}

}  // namespace

std::string name_of(const asio::ip::address& address, std::uint16_t port) {
  return host_and_port(address.to_string(), port);
}

candidate::candidate(const asio::ip::address& address, std::uint16_t port)
    : endpoint(asio::ip::tcp::endpoint(address, port)), name(name_of(address, port)) {}

candidate::candidate(const std::string& unix_path)
    : endpoint(asio::local::stream_protocol::endpoint(unix_path)), name("unix:" + unix_path) {}

asio::awaitable<connect_result> connect_first(std::vector<candidate> candidates,
                                              connect_rules rules, dial_observer* observer) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto shared = std::make_shared<race>(executor);
  const auto give_up_at = deadline_after(rules.timeout);
  if (rules.bind_address) keep_reachable(candidates, *rules.bind_address);
  if (candidates.size() > most_attempts) candidates.resize(most_attempts);

  connect_result outcome;
  std::size_t pending = 0;
  clock::time_point next_start = clock::now();
  for (;;) {
    const std::size_t started = shared->attempts.size();
    const bool has_more = started < candidates.size();
    if (has_more && (pending == 0 || clock::now() >= next_start)) {
      start(shared, candidates[started], rules, executor, observer);
      ++pending;
      next_start = clock::now() + rules.attempt_delay;
      continue;
    }
    if (pending == 0) {
      outcome.why = summary(*shared);
      co_return outcome;
    }
    const auto wake_at = has_more ? std::min(next_start, give_up_at) : give_up_at;
    const std::error_code woken = co_await shared->progress.wait_for(wake_at - clock::now());
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    if (woken == asio::error::operation_aborted || cancelled != asio::cancellation_type::none) {
      const std::error_code aborted = asio::error::operation_aborted;
      abandon(*shared, aborted, {}, observer);
      outcome.why = failure(stage::connect, shared->attempts.back().name, aborted);
      co_return outcome;
    }
    for (attempt& each : shared->attempts) {
      if (!each.is_done || each.is_told) continue;
      tell(each, each.error, {}, observer);
      --pending;
      if (!each.error) {
        abandon(*shared, asio::error::operation_aborted, "another address answered first",
                observer);
        outcome.socket.emplace(std::move(each.socket));
        outcome.name = std::move(each.name);
        co_return outcome;
      }
      std::error_code ignored;
      each.socket.close(ignored);
      next_start = clock::now();
    }
    if (clock::now() >= give_up_at) {
      const std::string words = no_answer_within(
          rules.named_timeout != rules.named_timeout.zero() ? rules.named_timeout : rules.timeout);
      abandon(*shared, errc::step_timeout, words, observer);
      outcome.why = summary(*shared);
      if (outcome.why.detail.empty()) outcome.why.detail = words;
      co_return outcome;
    }
  }
}

}  // namespace mqttkit
