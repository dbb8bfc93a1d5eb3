#include "mqttkit/client/retry.hpp"

#include <algorithm>

#include "mqttkit/base/error.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit {
namespace {

bool reason_may_pass(std::uint8_t reason) noexcept {
  switch (static_cast<reason_code>(reason)) {
    case reason_code::success:
    case reason_code::unspecified_error:
    case reason_code::implementation_specific_error:
    case reason_code::server_unavailable:
    case reason_code::server_busy:
    case reason_code::server_shutting_down:
    case reason_code::keep_alive_timeout:
    case reason_code::message_rate_too_high:
    case reason_code::quota_exceeded:
    case reason_code::connection_rate_exceeded:
    case reason_code::maximum_connect_time:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool may_retry(const failure& why, bool established) noexcept {
  if (!why.error || why.at == stage::set_up || why.error == errc::client_stopped) return false;
  if (why.error == errc::connection_refused_by_broker ||
      why.error == errc::disconnected_by_broker) {
    return reason_may_pass(why.reason);
  }
  if (why.error == errc::tls_verify_failed || why.error == errc::tls_setup_failed ||
      why.error == errc::authentication_failed) {
    return false;
  }
  if (why.error == errc::name_not_found) return established;
  if (why.error.category() == mqtt_category()) {
    switch (static_cast<errc>(why.error.value())) {
      case errc::keep_alive_timeout:
      case errc::connack_timeout:
      case errc::connection_closed:
      case errc::closed_before_connack:
      case errc::name_lookup_failed:
      case errc::step_timeout:
        return true;
      case errc::tls_handshake_failed:
      case errc::proxy_refused:
      case errc::websocket_refused:
        // A broker or proxy that is starting up answers like this; a wrong set-up does so from the
        // first connection on.
        return established;
      default:
        return false;
    }
  }
  return true;  // the operating system's errors: refused, reset, unreachable
}

std::chrono::milliseconds backoff_delay(const backoff_options& options, unsigned attempt,
                                        double random) noexcept {
  const double ceiling =
      std::min(static_cast<double>(options.maximum.count()),
               static_cast<double>(options.initial.count()) * (1u << std::min(attempt, 30u)));
  const auto wait = static_cast<std::int64_t>(ceiling * random);
  return std::max(options.floor, std::chrono::milliseconds(wait));
}

}  // namespace mqttkit
