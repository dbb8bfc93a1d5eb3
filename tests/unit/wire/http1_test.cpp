#include "mqttkit/wire/http1.hpp"

#include <doctest/doctest.h>

#include "mqttkit/base/error.hpp"

using namespace mqttkit;
using status = http_response_head::status;

namespace {

struct parsed {
  status end = status::more;
  std::size_t consumed = 0;
};

parsed feed(http_response_head& head, std::string_view text, std::size_t piece) {
  parsed outcome;
  while (outcome.end == status::more && outcome.consumed < text.size()) {
    std::size_t consumed = 0;
    outcome.end = head.feed(as_bytes(text.substr(outcome.consumed, piece)), consumed);
    outcome.consumed += consumed;
  }
  return outcome;
}

std::error_code error_of(std::string_view text) {
  http_response_head head;
  const parsed outcome = feed(head, text, text.size());
  return outcome.end == status::failed ? head.error() : std::error_code();
}

}  // namespace

TEST_CASE("a head is parsed however it is split, and nothing after it is eaten") {
  const std::string head_text =
      "HTTP/1.1 101 Switching Protocols\r\n"
      "Upgrade: websocket\r\n"
      "connection: keep-alive, Upgrade\r\n"
      "X-Empty:\r\n"
      "X-Padded: \t value \t\r\n"
      "\r\n";
  const std::string text = head_text + "\x82\x01" + "frame";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    http_response_head head;
    const parsed outcome = feed(head, text, piece);
    REQUIRE(outcome.end == status::done);
    CHECK(outcome.consumed == head_text.size());
    CHECK(head.status_code() == 101);
    CHECK(head.status_line() == "HTTP/1.1 101 Switching Protocols");
    CHECK(head.headers().size() == 4);
    CHECK(head.header("UPGRADE") == "websocket");
    CHECK(head.header("x-empty") == "");
    CHECK(head.header("X-Padded") == "value");
    CHECK_FALSE(head.header("X-Absent"));
    CHECK(head.header_has_token("Connection", "upgrade"));
    CHECK_FALSE(head.header_has_token("Connection", "close"));
  }
}

TEST_CASE("a head that ends early is asked for more, at every byte") {
  const std::string text = "HTTP/1.0 200\r\nA: b\r\n\r\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    http_response_head head;
    CHECK(feed(head, text.substr(0, size), size + 1).end == status::more);
  }
}

TEST_CASE("a status line without words, bare line feeds and folded lines are understood") {
  http_response_head head;
  const std::string text = "HTTP/1.1 403\nServer: a\n b\n\n";
  CHECK(feed(head, text, 3).end == status::done);
  CHECK(head.status_code() == 403);
  CHECK(head.status_line() == "HTTP/1.1 403");
  CHECK(head.header("server") == "a b");
}

TEST_CASE("another protocol fails at its first bytes and is quoted") {
  http_response_head head;
  std::size_t consumed = 0;
  CHECK(head.feed(as_bytes("SSH-2.0-OpenSSH_9.2\r\n"), consumed) == status::failed);
  CHECK(head.error() == errc::http_malformed);
  CHECK(head.opening() == "SSH-2.0-OpenSSH_9.2\r\n");
  CHECK(error_of("\x20\x02") == errc::http_malformed);      // a CONNACK, without any line break
  CHECK(error_of("\x15\x03\x03") == errc::http_malformed);  // a TLS alert
}

TEST_CASE("heads that are not HTTP are malformed") {
  CHECK(error_of("HTTP/2 200 OK\r\n\r\n") == errc::http_malformed);
  CHECK(error_of("HTTP/1.1 20 OK\r\n\r\n") == errc::http_malformed);
  CHECK(error_of("HTTP/1.1 2000 OK\r\n\r\n") == errc::http_malformed);
  CHECK(error_of("HTTP/1.1 abc OK\r\n\r\n") == errc::http_malformed);
  CHECK(error_of("HTTP/1.1 099 OK\r\n\r\n") == errc::http_malformed);
  CHECK(error_of("HTTP/1.1 200 O\x01K\r\n\r\n") == errc::http_malformed);
  CHECK(error_of("HTTP/1.1 200 OK\r\nno colon\r\n\r\n") == errc::http_malformed);
  CHECK(error_of("HTTP/1.1 200 OK\r\nspace : x\r\n\r\n") == errc::http_malformed);
  CHECK(error_of("HTTP/1.1 200 OK\r\n: x\r\n\r\n") == errc::http_malformed);
  CHECK(error_of("HTTP/1.1 200 OK\r\n folded first\r\n\r\n") == errc::http_malformed);
  CHECK(error_of("HTTP/1.1 200 OK\r\nA: x\ry\r\n\r\n") == errc::http_malformed);
  CHECK(error_of(std::string("HTTP/1.1 200 OK\r\nA: x\0y\r\n\r\n", 26)) == errc::http_malformed);
}

TEST_CASE("a head of 16 KiB is taken, one byte more is too large") {
  const std::string start = "HTTP/1.1 200 OK\r\nA: ";
  const std::string end = "\r\n\r\n";
  const std::size_t room = http_response_head::most_bytes - start.size() - end.size();
  CHECK_FALSE(error_of(start + std::string(room, 'x') + end));
  CHECK(error_of(start + std::string(room + 1, 'x') + end) == errc::http_too_large);
  CHECK(error_of(start + std::string(100'000, 'x')) == errc::http_too_large);
}

TEST_CASE("more headers than the limit are too large") {
  std::string text = "HTTP/1.1 200 OK\r\n";
  for (std::size_t i = 0; i < http_response_head::most_headers; ++i) text += "A: b\r\n";
  CHECK_FALSE(error_of(text + "\r\n"));
  CHECK(error_of(text + "A: b\r\n\r\n") == errc::http_too_large);
}

TEST_CASE("a request head is written in order") {
  std::string out;
  const http_headers headers{{"Host", "broker.example:80"}, {"X-Key", "a b\tc"}};
  CHECK_FALSE(append_request_head(out, "GET", "/mqtt?x=1", headers));
  CHECK(out == "GET /mqtt?x=1 HTTP/1.1\r\nHost: broker.example:80\r\nX-Key: a b\tc\r\n\r\n");
}

TEST_CASE("what would split or smuggle a request is refused and nothing is written") {
  std::string out;
  CHECK(append_request_head(out, "GET", "/a b", {}) == errc::invalid_option);
  CHECK(append_request_head(out, "GET", "/a\r\nX: y", {}) == errc::invalid_option);
  CHECK(append_request_head(out, "GET", "", {}) == errc::invalid_option);
  CHECK(append_request_head(out, "G T", "/", {}) == errc::invalid_option);
  CHECK(append_request_head(out, "GET", "/", {{"A", "b\r\nC: d"}}) == errc::invalid_option);
  CHECK(append_request_head(out, "GET", "/", {{"A", "b\n"}}) == errc::invalid_option);
  CHECK(append_request_head(out, "GET", "/", {{"A:", "b"}}) == errc::invalid_option);
  CHECK(append_request_head(out, "GET", "/", {{"", "b"}}) == errc::invalid_option);
  CHECK(append_request_head(out, "GET", "/", {{"A", std::string(1, '\0')}}) ==
        errc::invalid_option);
  CHECK(out.empty());
}
