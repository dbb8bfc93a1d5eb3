#include "mqttkit/client/retry.hpp"

#include <doctest/doctest.h>

#include <asio/error.hpp>
#include <ostream>

#include "mqttkit/base/error.hpp"

using namespace mqttkit;
using namespace std::chrono_literals;

namespace {

bool retries(stage at, std::error_code error, std::uint8_t reason = 0, bool established = true) {
  failure why(at, "broker", error);
  why.reason = reason;
  return may_retry(why, established);
}

}  // namespace

TEST_CASE("networks mend themselves") {
  CHECK(retries(stage::connect, asio::error::connection_refused));
  CHECK(retries(stage::connect, asio::error::network_unreachable));
  CHECK(retries(stage::connect, errc::step_timeout));
  CHECK(retries(stage::session, asio::error::connection_reset));
  CHECK(retries(stage::session, errc::keep_alive_timeout));
  CHECK(retries(stage::session, errc::connection_closed));
  CHECK(retries(stage::connack, errc::connack_timeout));
  CHECK(retries(stage::resolve, errc::name_lookup_failed));
}

TEST_CASE("credentials, identifiers, certificates and our own files do not") {
  for (const int reason : {0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C, 0x8E, 0x9C, 0x9D}) {
    CAPTURE(reason);
    CHECK_FALSE(retries(stage::connack, errc::connection_refused_by_broker,
                        static_cast<std::uint8_t>(reason)));
  }
  CHECK_FALSE(retries(stage::tls, errc::tls_verify_failed));
  CHECK_FALSE(retries(stage::set_up, errc::tls_setup_failed));
  CHECK_FALSE(retries(stage::connack, errc::authentication_failed));
  CHECK_FALSE(retries(stage::session, errc::malformed_packet));
}

TEST_CASE("a broker that is busy or going down is tried again") {
  for (const int reason : {0x88, 0x89, 0x8B, 0x97, 0x9F}) {
    CAPTURE(reason);
    CHECK(retries(stage::session, errc::disconnected_by_broker, static_cast<std::uint8_t>(reason)));
  }
}

TEST_CASE("a name that never resolved is misspelt, one that did is looked up again") {
  CHECK_FALSE(retries(stage::resolve, errc::name_not_found, 0, false));
  CHECK(retries(stage::resolve, errc::name_not_found, 0, true));
}

TEST_CASE("the wait doubles up to its maximum, is random below that, and never under the floor") {
  backoff_options options;
  CHECK(backoff_delay(options, 0, 0.999) < 500ms);
  CHECK(backoff_delay(options, 0, 0.999) > 490ms);
  CHECK(backoff_delay(options, 3, 0.5) == 2000ms);
  CHECK(backoff_delay(options, 50, 0.5) == 15'000ms);
  CHECK(backoff_delay(options, 10, 0.0) == options.floor);
}
