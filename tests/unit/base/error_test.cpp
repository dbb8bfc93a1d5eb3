#include "mqttkit/base/error.hpp"

#include <doctest/doctest.h>

#include <ostream>
#include <set>
#include <string>
#include <system_error>

#include "mqttkit/base/result.hpp"

using namespace mqttkit;

TEST_CASE("every error has words of its own, lower case or a name first, no full stop") {
  std::set<std::string> found;
  for (int code = 1; code <= static_cast<int>(errc::invalid_option); ++code) {
    const std::string text = mqtt_category().message(code);
    CAPTURE(text);
    CHECK(text != "unknown error");
    CHECK(found.insert(text).second);
    CHECK(text.back() != '.');
  }
  CHECK(mqtt_category().message(static_cast<int>(errc::invalid_option) + 1) == "unknown error");
  CHECK(mqtt_category().message(0) == "unknown error");
}

TEST_CASE("an errc is an error_code of the category mqtt") {
  const std::error_code ec = errc::keep_alive_timeout;
  CHECK(ec);
  CHECK(ec == errc::keep_alive_timeout);
  CHECK(ec != errc::connack_timeout);
  CHECK(std::string(ec.category().name()) == "mqtt");
  CHECK(ec != std::error_code(ec.value(), std::generic_category()));
}

TEST_CASE("a result is a value or an error, and by default an operation that did not happen") {
  const result<int> nothing;
  CHECK_FALSE(nothing);
  CHECK(nothing.error() == std::errc::operation_canceled);

  result<std::string> value(std::string("text"));
  CHECK(value);
  CHECK_FALSE(value.error());
  CHECK(*value == "text");
  CHECK(value->size() == 4);
  const std::string taken = *std::move(value);
  CHECK(taken == "text");

  const result<int> error(make_error_code(errc::invalid_url));
  CHECK_FALSE(error.has_value());
  CHECK(error.error() == errc::invalid_url);
}
