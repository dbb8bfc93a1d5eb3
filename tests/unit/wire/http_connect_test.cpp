#include "mqttkit/wire/http_connect.hpp"

#include <doctest/doctest.h>

#include "mqttkit/base/error.hpp"
#include "unit/wire/peer.hpp"

using namespace mqttkit;
using mqttkit::test::give;
using mqttkit::test::take;
using status = handshake::status;

TEST_CASE("CONNECT names the broker twice and leaves resolving to the proxy") {
  http_connect_handshake spoken("broker.example", 8883, "", "");
  CHECK(take(spoken) ==
        "CONNECT broker.example:8883 HTTP/1.1\r\nHost: broker.example:8883\r\n\r\n");
}

TEST_CASE("an IPv6 literal stands in brackets") {
  http_connect_handshake spoken("2001:db8::1", 1883, "", "");
  CHECK(take(spoken).substr(0, 27) == "CONNECT [2001:db8::1]:1883 ");
}

TEST_CASE("credentials go out as Basic (RFC 7617 §2)") {
  http_connect_handshake spoken("b", 1, "Aladdin", "open sesame");
  CHECK(take(spoken).find("Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n") !=
        std::string::npos);
}

TEST_CASE("any 2xx opens the tunnel, and every byte after the head is the broker's") {
  for (const char* const line :
       {"HTTP/1.1 200 Connection established", "HTTP/1.0 200", "HTTP/1.1 204 No Content"}) {
    const std::string text = std::string(line) + "\r\nContent-Length: 5\r\n\r\n" + "\x20\x02";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
      http_connect_handshake spoken("b", 1, "", "");
      const auto outcome = give(spoken, text, piece);
      CHECK(outcome.status == status::done);
      CHECK(outcome.surplus == "\x20\x02");
    }
  }
}

TEST_CASE("interim answers are passed over, but not for ever (RFC 9110 §15.2)") {
  const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  http_connect_handshake spoken("b", 1, "", "");
  CHECK(give(spoken, interim + interim + "HTTP/1.1 200 OK\r\n\r\n", 7).status == status::done);
  http_connect_handshake endless("b", 1, "", "");
  std::string text;
  for (int i = 0; i < 50; ++i) text += interim;
  CHECK(give(endless, text, 100).status == status::failed);
}

TEST_CASE("a refusal is the proxy's own status line") {
  for (const char* const line :
       {"HTTP/1.1 403 Forbidden", "HTTP/1.1 502 Bad Gateway", "HTTP/1.1 504 Gateway Timeout",
        "HTTP/1.1 405 Method Not Allowed", "HTTP/1.1 301 Moved Permanently"}) {
    http_connect_handshake spoken("b", 1, "", "");
    CHECK(give(spoken, std::string(line) + "\r\n\r\n", 1).status == status::failed);
    CHECK(spoken.error() == errc::proxy_refused);
    CHECK(spoken.detail() == line);
  }
}

TEST_CASE("a 407 says which authentication the proxy wants") {
  http_connect_handshake spoken("b", 1, "", "");
  CHECK(give(spoken,
             "HTTP/1.1 407 Proxy Authentication Required\r\n"
             "proxy-authenticate: Basic realm=\"x\"\r\n\r\n",
             9)
            .status == status::failed);
  CHECK(spoken.error() == errc::proxy_refused);
  CHECK(spoken.detail() ==
        "HTTP/1.1 407 Proxy Authentication Required (Proxy-Authenticate: Basic realm=\"x\")");
  CHECK(spoken.kind().kind == error_kind::login_refused);
}

TEST_CASE("a peer that is no HTTP proxy is quoted") {
  http_connect_handshake spoken("b", 1, "", "");
  CHECK(give(spoken, "\x05\xFF", 2).status == status::failed);
  CHECK(spoken.error() == errc::proxy_protocol);
  CHECK(spoken.detail() == "not an HTTP proxy: it answered \"\x05\xFF\"");
}

TEST_CASE("a host or user name that HTTP cannot carry is refused before anything is sent") {
  CHECK(http_connect_handshake("a\r\nX: y", 1, "", "").error() == errc::invalid_option);
  CHECK(http_connect_handshake("a b", 1, "", "").error() == errc::invalid_option);
  CHECK(http_connect_handshake("b", 1, "with:colon", "").error() == errc::invalid_option);
  CHECK(http_connect_handshake("b", 1, "with:colon", "").to_send().empty());
}
