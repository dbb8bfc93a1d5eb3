#include "mqttkit/wire/socks5.hpp"

#include <doctest/doctest.h>

#include "mqttkit/base/error.hpp"
#include "unit/wire/peer.hpp"

using namespace mqttkit;
using mqttkit::test::give;
using mqttkit::test::take;
using status = handshake::status;
using namespace std::string_literals;

namespace {

socks5_target by_name() { return socks5_target("broker.example", 1883); }

const std::string no_authentication = "\x05\x00"s;
const std::string granted = "\x05\x00\x00\x01\x0A\x00\x00\x01\x04\x38"s;

/// A proxy that wants no password and gives `reply` to CONNECT.
socks5_handshake after(const std::string& reply, status expected) {
  socks5_handshake spoken(by_name(), "", "");
  (void)take(spoken);
  CHECK(give(spoken, no_authentication, 1).status == status::more);
  (void)take(spoken);
  CHECK(give(spoken, reply, 1).status == expected);
  return spoken;
}

}  // namespace

TEST_CASE("CONNECT to a name lets the proxy resolve it (RFC 1928 §4)") {
  socks5_handshake spoken(by_name(), "", "");
  CHECK(take(spoken) == "\x05\x01\x00"s);
  CHECK(give(spoken, no_authentication, 2).status == status::more);
  CHECK(take(spoken) == "\x05\x01\x00\x03\x0E"s + "broker.example" + "\x07\x5B");
  CHECK(give(spoken, granted, 100).status == status::done);
  CHECK_FALSE(spoken.error());
}

TEST_CASE("CONNECT to an IPv4 address sends its four bytes") {
  socks5_handshake spoken(socks5_target(as_bytes("\xC0\x00\x02\x01"s), 8883), "", "");
  (void)take(spoken);
  (void)give(spoken, no_authentication, 2);
  CHECK(take(spoken) == "\x05\x01\x00\x01\xC0\x00\x02\x01\x22\xB3"s);
}

TEST_CASE("CONNECT to an IPv6 address sends its sixteen bytes") {
  const std::string address = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01";
  socks5_handshake spoken(socks5_target(as_bytes(address), 1883), "", "");
  (void)take(spoken);
  (void)give(spoken, no_authentication, 2);
  CHECK(take(spoken) == "\x05\x01\x00\x04"s + address + "\x07\x5B");
}

TEST_CASE("user name and password are sent when the proxy asks for them (RFC 1929)") {
  socks5_handshake spoken(by_name(), "alice", "secret");
  CHECK(take(spoken) == "\x05\x02\x00\x02"s);
  CHECK(give(spoken, "\x05\x02", 1).status == status::more);
  CHECK(take(spoken) == "\x01\x05"s + "alice" + "\x06" + "secret");
  CHECK(give(spoken, "\x01\x00"s, 1).status == status::more);
  CHECK(take(spoken).substr(0, 4) == "\x05\x01\x00\x03"s);
  CHECK(give(spoken, granted, 1).status == status::done);
}

TEST_CASE("a proxy that needs no password does not get it") {
  socks5_handshake spoken(by_name(), "alice", "secret");
  (void)take(spoken);
  (void)give(spoken, no_authentication, 1);
  CHECK(take(spoken).find("alice") == std::string::npos);
}

TEST_CASE("replies of every address type are taken, split anywhere, and nothing after them") {
  const std::string replies[] = {
      granted,
      "\x05\x00\x00\x03\x05"s + "proxy" + "\x00\x50"s,
      "\x05\x00\x00\x04"s + std::string(16, '\x01') + "\x00\x50"s,
      "\x05\x00\x00\x03\x00\x00\x00"s,
  };
  for (const std::string& reply : replies) {
    for (std::size_t piece = 1; piece <= reply.size() + 3; ++piece) {
      socks5_handshake spoken(by_name(), "", "");
      (void)take(spoken);
      (void)give(spoken, no_authentication, piece);
      (void)take(spoken);
      const auto outcome = give(spoken, reply + "MQTT", piece);
      CHECK(outcome.status == status::done);
      CHECK(outcome.surplus == "MQTT");
    }
  }
}

TEST_CASE("each refusal of CONNECT has its sentence and its number (RFC 1928 §6)") {
  const char* const sentences[] = {
      "general SOCKS server failure (1)",
      "connection not allowed by ruleset (2)",
      "network unreachable (3)",
      "host unreachable (4)",
      "connection refused (5)",
      "TTL expired (6)",
      "command not supported (7)",
      "address type not supported (8)",
      "unassigned reply (9)",
  };
  char number = 1;
  for (const char* const sentence : sentences) {
    const std::string reply = "\x05"s + number++ + "\x00\x01\x00\x00\x00\x00\x00\x00"s;
    const socks5_handshake spoken = after(reply, status::failed);
    CHECK(spoken.error() == errc::proxy_refused);
    CHECK(spoken.detail() == sentence);
    CHECK(spoken.kind().kind == error_kind::socks5_reply);
    CHECK(spoken.kind().number == number - 1);
  }
  CHECK(after("\x05\xFF"s, status::failed).detail() == "unassigned reply (255)");
}

TEST_CASE("a refusal is understood from its first two bytes") {
  CHECK(after("\x05\x02"s, status::failed).error() == errc::proxy_refused);
}

TEST_CASE("no acceptable method says whether a password was offered") {
  socks5_handshake without(by_name(), "", "");
  (void)take(without);
  CHECK(give(without, "\x05\xFF", 1).status == status::failed);
  CHECK(without.error() == errc::proxy_refused);
  CHECK(without.detail() ==
        "no acceptable authentication method; it may want a user name and password");
  socks5_handshake with(by_name(), "alice", "secret");
  (void)take(with);
  CHECK(give(with, "\x05\xFF", 1).status == status::failed);
  CHECK(with.detail() == "no acceptable authentication method; it takes no password");
}

TEST_CASE("a wrong password is refused by the proxy (RFC 1929 §2)") {
  socks5_handshake spoken(by_name(), "alice", "wrong");
  (void)take(spoken);
  (void)give(spoken, "\x05\x02", 1);
  (void)take(spoken);
  CHECK(give(spoken, "\x01\x01", 1).status == status::failed);
  CHECK(spoken.error() == errc::proxy_refused);
  CHECK(spoken.detail() == "user name or password refused");
  CHECK(spoken.kind().kind == error_kind::login_refused);
}

TEST_CASE("peers that are no SOCKS5 proxy are told apart from refusals") {
  socks5_handshake http(by_name(), "", "");
  (void)take(http);
  CHECK(give(http, "HTTP/1.1 400 Bad Request\r\n", 1).status == status::failed);
  CHECK(http.error() == errc::proxy_protocol);
  CHECK(http.detail() == "not a SOCKS5 proxy: it answers like an HTTP server");

  socks5_handshake socks4(by_name(), "", "");
  (void)take(socks4);
  CHECK(give(socks4, "\x00\x5B"s, 2).status == status::failed);
  CHECK(socks4.error() == errc::proxy_protocol);

  socks5_handshake forced(by_name(), "", "");
  (void)take(forced);
  CHECK(give(forced, "\x05\x02", 2).status == status::failed);  // not offered
  CHECK(forced.error() == errc::proxy_protocol);

  CHECK(after("\x04\x00\x00\x01"s, status::failed).error() == errc::proxy_protocol);
  CHECK(after("\x05\x00\x00\x09\x00"s, status::failed).error() == errc::proxy_protocol);
}

TEST_CASE("a proxy that answers before it was asked is still asked first") {
  socks5_handshake spoken(by_name(), "", "");
  std::size_t consumed = 1;
  CHECK(spoken.received(as_bytes(no_authentication), consumed) == status::more);
  CHECK(consumed == 0);
  (void)take(spoken);
  const std::string both = no_authentication + granted;
  CHECK(spoken.received(as_bytes(both), consumed) == status::more);
  CHECK(consumed == 2);
  CHECK_FALSE(take(spoken).empty());
  CHECK(give(spoken, granted, 100).status == status::done);
}

TEST_CASE("names and passwords above 255 bytes are refused before anything is sent") {
  const std::string long_text(256, 'x');
  for (const auto& spoken :
       {socks5_handshake(socks5_target(long_text, 1), "", ""),
        socks5_handshake(by_name(), long_text, ""), socks5_handshake(by_name(), "alice", long_text),
        socks5_handshake(socks5_target("", 1), "", "")}) {
    CHECK(spoken.error() == errc::invalid_option);
    CHECK(spoken.to_send().empty());
  }
}
