#include <doctest/doctest.h>

#include "mqttkit/base/error.hpp"
#include "mqttkit/wire/websocket.hpp"
#include "unit/wire/peer.hpp"

using namespace mqttkit;
using mqttkit::test::give;
using mqttkit::test::take;
using status = handshake::status;

namespace {

// The example of RFC 6455 §1.3: this nonce is the key dGhlIHNhbXBsZSBub25jZQ==.
const std::string sample_nonce = "the sample nonce";

websocket_handshake begin(const websocket_request& request) {
  return websocket_handshake(request, as_bytes(sample_nonce).first<16>());
}

websocket_request plain_request() {
  websocket_request request;
  request.host = "broker.example:8083";
  return request;
}

std::string answer(const std::string& more = "Sec-WebSocket-Protocol: mqtt\r\n",
                   const std::string& accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         accept + "\r\n" + more + "\r\n";
}

websocket_handshake after(const std::string& text, status expected) {
  websocket_handshake spoken = begin(plain_request());
  (void)take(spoken);
  CHECK(give(spoken, text, 5).status == expected);
  return spoken;
}

}  // namespace

TEST_CASE("the Accept of a key is that of the example in RFC 6455 §1.3") {
  CHECK(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("the upgrade offers the mqtt subprotocol [MQTT-6.0.0-3]") {
  websocket_handshake spoken = begin(plain_request());
  CHECK(take(spoken) ==
        "GET /mqtt HTTP/1.1\r\n"
        "Host: broker.example:8083\r\n"
        "Upgrade: websocket\r\n"
        "Connection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: mqtt\r\n\r\n");
}

TEST_CASE("Origin and further headers are sent, and a Host of the user's replaces ours") {
  websocket_request request = plain_request();
  request.origin = "https://a.example";
  request.headers = {{"Authorization", "Bearer x"}, {"host", "other.example"}};
  websocket_handshake spoken = begin(request);
  const std::string text = take(spoken);
  CHECK(text.find("Origin: https://a.example\r\n") != std::string::npos);
  CHECK(text.find("Authorization: Bearer x\r\n") != std::string::npos);
  CHECK(text.find("host: other.example\r\n") != std::string::npos);
  CHECK(text.find("Host: broker.example") == std::string::npos);
}

TEST_CASE("a path or header that would break the request is refused before anything is sent") {
  websocket_request request = plain_request();
  request.path = "/a\r\nX: y";
  CHECK(begin(request).error() == errc::invalid_option);
  request.path = "mqtt";
  CHECK(begin(request).detail() == "the path must begin with /");
  request.path = "/mqtt";
  request.headers = {{"A", "b\nC: d"}};
  CHECK(begin(request).error() == errc::invalid_option);
  request.headers = {{"sec-websocket-KEY", "x"}};
  CHECK(begin(request).error() == errc::invalid_option);
  CHECK(begin(request).to_send().empty());
  request.headers = {{"Connection", "close"}};
  CHECK(begin(request).error() == errc::invalid_option);
}

TEST_CASE("the answer is taken however it is split, and frames after it are left") {
  const std::string text = answer() + "\x82\x00";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    websocket_handshake spoken = begin(plain_request());
    (void)take(spoken);
    const auto outcome = give(spoken, answer() + "\x82\x01x", piece);
    CHECK(outcome.status == status::done);
    CHECK(outcome.surplus == "\x82\x01x");
    CHECK(spoken.detail().empty());
  }
}

TEST_CASE("a server that confirms no subprotocol is accepted with a remark") {
  CHECK(after(answer(""), status::done).detail() == "the server did not confirm subprotocol mqtt");
}

TEST_CASE("another subprotocol is refused [MQTT-6.0.0-4]") {
  const auto spoken = after(answer("Sec-WebSocket-Protocol: chat\r\n"), status::failed);
  CHECK(spoken.error() == errc::websocket_protocol);
  CHECK(spoken.detail() == "the server chose subprotocol chat, not mqtt");
}

TEST_CASE("of several subprotocols the server chooses one") {
  for (const std::string_view chosen : {"mqtt", "mqttv3.1", "v3.1", "mqttv3.1, mqtt", ""}) {
    CAPTURE(chosen);
    websocket_request request = plain_request();
    request.subprotocols = "mqttv3.1, mqtt";
    websocket_handshake spoken = begin(request);
    CHECK(take(spoken).find("\r\nSec-WebSocket-Protocol: mqttv3.1, mqtt\r\n") != std::string::npos);
    std::size_t consumed = 0;
    const std::string text = answer("Sec-WebSocket-Protocol: " + std::string(chosen) + "\r\n");
    const bool is_offered = chosen == "mqtt" || chosen == "mqttv3.1";
    CHECK(spoken.received(as_bytes(text), consumed) ==
          (is_offered ? status::done : status::failed));
  }
}

TEST_CASE("an Accept that does not fit the key is refused (RFC 6455 §4.1)") {
  const auto spoken = after(answer("", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="), status::failed);
  CHECK(spoken.error() == errc::websocket_protocol);
}

TEST_CASE("a 101 without Upgrade, Connection or Accept is no upgrade") {
  CHECK(after("HTTP/1.1 101 X\r\nConnection: Upgrade\r\n\r\n", status::failed).detail() ==
        "the answer has no header Upgrade: websocket");
  CHECK(after("HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n", status::failed).detail() ==
        "the answer has no header Connection: Upgrade");
  CHECK(after("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", status::failed)
            .detail() == "the answer has no Sec-WebSocket-Accept");
}

TEST_CASE("an extension that was not offered is refused") {
  const auto spoken =
      after(answer("Sec-WebSocket-Extensions: permessage-deflate\r\n"), status::failed);
  CHECK(spoken.error() == errc::websocket_protocol);
}

TEST_CASE("other answers are refusals that keep the status line") {
  for (const char* const line :
       {"HTTP/1.1 200 OK", "HTTP/1.1 400 Bad Request", "HTTP/1.1 403 Forbidden",
        "HTTP/1.1 404 Not Found", "HTTP/1.1 426 Upgrade Required", "HTTP/1.1 500 Oops",
        "HTTP/1.1 502 Bad Gateway", "HTTP/1.0 503 Service Unavailable"}) {
    const auto spoken = after(std::string(line) + "\r\nServer: x\r\n\r\n", status::failed);
    CHECK(spoken.error() == errc::websocket_refused);
    CHECK(spoken.detail() == line);
  }
}

TEST_CASE("a redirect says where to, a 401 says what is wanted") {
  CHECK(after("HTTP/1.1 302 Found\r\nLocation: https://b.example/mqtt\r\n\r\n", status::failed)
            .detail() == "HTTP/1.1 302 Found (Location: https://b.example/mqtt)");
  CHECK(after("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\n", status::failed)
            .detail() == "HTTP/1.1 401 Unauthorized (WWW-Authenticate: Basic)");
}

TEST_CASE("a peer that is no HTTP server is quoted") {
  const auto spoken = after("\x20\x02\x00\x05", status::failed);
  CHECK(spoken.error() == errc::http_malformed);
}
