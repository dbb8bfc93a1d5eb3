#include "net/resolve.hpp"

#include <algorithm>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <memory>
#include <string_view>
#include <utility>

#include "mqttkit/base/error.hpp"
#include "mqttkit/net/wakeup.hpp"
#include "net/awaiting.hpp"
#include "net/deadline.hpp"

namespace mqttkit {
namespace {

using asio::ip::tcp;
using clock = std::chrono::steady_clock;

// A step's detail quotes this many addresses; a content network may return dozens.
constexpr std::size_t most_quoted = 8;

/// Shared with the resolver's handler, which may come after the deadline.
struct lookup {
  explicit lookup(const asio::any_io_executor& executor) : resolver(executor), finished(executor) {}

  tcp::resolver resolver;
  wakeup finished;
  std::error_code error = asio::error::would_block;  // until the handler has come
  std::vector<asio::ip::address> addresses;
};

void begin(const std::shared_ptr<lookup>& shared, const std::string& host,
           dial_options::family family) {
  auto answer = [shared](std::error_code error, const tcp::resolver::results_type& results) {
    shared->error = error;
    for (const auto& entry : results) {
      const asio::ip::address address = entry.endpoint().address();
      const auto known = std::find(shared->addresses.begin(), shared->addresses.end(), address);
      if (known == shared->addresses.end()) shared->addresses.push_back(address);
    }
    shared->finished.notify();
  };
  // Not AI_ADDRCONFIG, Asio's default: it hides ::1 and ::ffff:... on hosts without a global IPv6
  // address, and getaddrinfo sorts what cannot be reached to the end anyway (RFC 6724).
  const tcp::resolver::flags flags{};
  if (family == dial_options::family::any) {
    shared->resolver.async_resolve(host, "", flags, std::move(answer));
  } else {
    const tcp protocol = family == dial_options::family::v4 ? tcp::v4() : tcp::v6();
    shared->resolver.async_resolve(protocol, host, "", flags, std::move(answer));
  }
}

std::error_code translated(std::error_code error) {
  if (error == asio::error::host_not_found || error == asio::error::no_data) {
    return errc::name_not_found;
  }
  if (error == asio::error::host_not_found_try_again || error == asio::error::no_recovery) {
    return errc::name_lookup_failed;
  }
  return error;
}

std::string quoted(const std::vector<asio::ip::address>& addresses) {
  std::string text = std::to_string(addresses.size());
  text += addresses.size() == 1 ? " address: " : " addresses: ";
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (i == most_quoted) return text + ", ...";
    if (i != 0) text += ", ";
    text += addresses[i].to_string();
  }
  return text;
}

/// RFC 6761 §6.3: localhost is this machine, whatever a name server says. The order is
/// getaddrinfo's.
std::vector<asio::ip::address> loopback(dial_options::family family) {
  std::vector<asio::ip::address> both;
  if (family != dial_options::family::v4) both.push_back(asio::ip::address_v6::loopback());
  if (family != dial_options::family::v6) both.push_back(asio::ip::address_v4::loopback());
  return both;
}

std::string_view words_of(dial_options::family family) noexcept {
  return family == dial_options::family::v4 ? "IPv4" : "IPv6";
}

bool suits(const asio::ip::address& address, dial_options::family family) {
  return family == dial_options::family::any ||
         address.is_v4() == (family == dial_options::family::v4);
}

}  // namespace

std::vector<asio::ip::address> interleaved(const std::vector<asio::ip::address>& sorted) {
  std::vector<asio::ip::address> first, second;
  for (const asio::ip::address& each : sorted) {
    (each.is_v6() == sorted.front().is_v6() ? first : second).push_back(each);
  }
  std::vector<asio::ip::address> mixed;
  mixed.reserve(sorted.size());
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) mixed.push_back(first[i]);
    if (i < second.size()) mixed.push_back(second[i]);
  }
  return mixed;
}

asio::awaitable<resolve_result> resolve(std::string host, dial_options::family family,
                                        std::chrono::milliseconds timeout,
                                        dial_observer* observer) {
  resolve_result outcome;
  std::error_code not_literal;
  const asio::ip::address literal = asio::ip::make_address(host, not_literal);
  if (!not_literal) {
    if (suits(literal, family)) {
      outcome.addresses.push_back(literal);
    } else {
      outcome.why = failure(
          stage::resolve, host, errc::name_not_found,
          "not an " + std::string(words_of(family)) + " address, and no other was asked for");
    }
    co_return outcome;
  }

  const clock::time_point begun = clock::now();
  if (observer != nullptr) observer->step_begins(stage::resolve, host);
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto shared = std::make_shared<lookup>(executor);
  std::error_code error;
  if (host == "localhost") {  // spares a thread and the system's files
    shared->error = {};
    shared->addresses = loopback(family);
  } else {
    begin(shared, host, family);
    const auto patience = deadline_after(timeout) - clock::now();
    error = co_await shared->finished.wait_for(patience);
  }
  std::string detail;
  if (error == asio::error::timed_out) {
    error = errc::step_timeout;
    detail = no_answer_within(timeout);
  } else if (!error) {
    error = translated(shared->error);
    outcome.addresses = std::move(shared->addresses);
    if (!error && outcome.addresses.empty()) error = errc::name_not_found;
    if (!error) {
      outcome.addresses = interleaved(outcome.addresses);
      detail = quoted(outcome.addresses);
    } else if (error == errc::name_not_found && family != dial_options::family::any) {
      detail = "no " + std::string(words_of(family)) + " address, and no other was asked for";
    }
  }
  if (error) {
    shared->resolver.cancel();
    outcome.addresses.clear();
    outcome.why = failure(stage::resolve, host, error, detail);
  }
  if (observer != nullptr) {
    step_report report;
    report.at = stage::resolve;
    report.subject = host;
    report.error = error;
    report.detail = detail;
    report.took = clock::now() - begun;
    observer->step_ended(report);
  }
  co_return outcome;
}

}  // namespace mqttkit
