#include "cli/url.hpp"

#include <doctest/doctest.h>

using namespace mqttkit::tools;

TEST_CASE("a URL comes apart into scheme, credentials, host, port and path") {
  url_parts url;
  REQUIRE(parse_url("MqTTs://us%65r:p%3Aw@[::1]:8883/a/b?c#d", url).empty());
  CHECK(url.scheme == url_scheme::mqtts);
  CHECK(url.scheme_text == "mqtts");
  CHECK(url.user_name == "user");
  CHECK(url.password == "p:w");
  CHECK(url.password_text == "p%3Aw");
  CHECK(url.host == "::1");
  CHECK(url.port == 8883);
  CHECK(url.path == "/a/b?c#d");
}

TEST_CASE("a scheme is known by each of its words, and stands for TLS and WebSocket") {
  for (std::size_t i = 0; i <= static_cast<std::size_t>(url_scheme::https); ++i)
    CHECK(url_schemes[i].value == static_cast<url_scheme>(i));
  CHECK(scheme_called("tcp") == url_scheme::mqtt);
  CHECK(scheme_called("ssl") == url_scheme::mqtts);
  CHECK(scheme_called("gopher") == url_scheme::other);
  CHECK(row_of(url_scheme::wss).has_tls);
  CHECK(row_of(url_scheme::wss).has_websocket);
  CHECK_FALSE(row_of(url_scheme::socks5h).is_brokers);
}

TEST_CASE("what a URL leaves out stays empty") {
  url_parts url;
  REQUIRE(parse_url("mqtt://h", url).empty());
  CHECK_FALSE(url.user_name);
  CHECK_FALSE(url.password);
  CHECK_FALSE(url.port);
  CHECK(url.path.empty());
  url_parts empty_password;
  REQUIRE(parse_url("mqtt://u:@h:/", empty_password).empty());
  CHECK(empty_password.password == "");
  CHECK_FALSE(empty_password.port);
  url_parts two_signs;  // the last @ divides
  REQUIRE(parse_url("mqtt://u:p@w@h/", two_signs).empty());
  CHECK(two_signs.password == "p@w");
  CHECK(two_signs.host == "h");
}

TEST_CASE("percent signs are decoded, and half ones refused") {
  CHECK(percent_decoded("a%20b%2f%00") == std::string("a b/\0", 5));
  CHECK_FALSE(percent_decoded("%"));
  CHECK_FALSE(percent_decoded("a%2"));
  CHECK_FALSE(percent_decoded("%g0"));
  CHECK(percent_decoded("") == "");
}
