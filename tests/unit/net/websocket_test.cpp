#include "mqttkit/wire/websocket.hpp"

#include <doctest/doctest.h>

#include <asio/error.hpp>
#include <asio/steady_timer.hpp>
#include <functional>

#include "mqttkit/base/error.hpp"
#include "mqttkit/net/dial.hpp"
#include "unit/net/loop.hpp"
#include "unit/net/servers.hpp"

using namespace mqttkit;
using namespace mqttkit::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

std::string frame(unsigned first, const std::string& payload) {
  return std::string{static_cast<char>(first), static_cast<char>(payload.size())} + payload;
}

/// Payload of one masked client frame.
asio::awaitable<std::string> read_frame(tcp::socket& socket, int& opcode) {
  std::string head = co_await read_exactly(socket, 2);
  opcode = -1;
  if (head.size() < 2) co_return "";
  opcode = head[0] & 0x0F;
  CHECK((head[1] & 0x80) != 0);
  std::size_t size = head[1] & 0x7F;
  if (size >= 126) {
    const std::string length = co_await read_exactly(socket, size == 126 ? 2 : 8);
    size = 0;
    for (const char c : length) size = size << 8 | static_cast<unsigned char>(c);
  }
  const std::string mask = co_await read_exactly(socket, 4);
  std::string payload = co_await read_exactly(socket, size);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
  }
  co_return payload;
}

std::string answer_to(const std::string& request) {
  const std::string name = "Sec-WebSocket-Key: ";
  const std::size_t at = request.find(name) + name.size();
  const std::string key = request.substr(at, request.find('\r', at) - at);
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         websocket_accept(key) + "\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
}

/// Upgrades one peer, sends `greeting` in the same segment, and serves it.
class websocket_server {
 public:
  using service = std::function<asio::awaitable<void>(tcp::socket&)>;

  websocket_server(asio::io_context& loop, std::string greeting, service serve)
      : acceptor_(loop, any_port()), greeting_(std::move(greeting)), serve_(std::move(serve)) {
    asio::co_spawn(loop, accept(), asio::detached);
  }

  dial_options options() const {
    dial_options options;
    options.host = "127.0.0.1";
    options.port = acceptor_.local_endpoint().port();
    options.websocket.emplace();
    return options;
  }

  std::string request;

 private:
  asio::awaitable<void> accept() {
    tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
    request = co_await read_head(socket);
    const std::string text = answer_to(request) + greeting_;
    co_await send(socket, text);
    co_await serve_(socket);
  }

  tcp::acceptor acceptor_;
  std::string greeting_;
  service serve_;
};

asio::awaitable<void> stay(tcp::socket& socket) { (void)co_await read_until_end(socket); }

/// Answers an upgrade with `text` and closes, or stays silent when it is empty.
asio::awaitable<void> refusing_server(tcp::acceptor& acceptor, std::string text) {
  tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
  (void)co_await read_head(socket);
  co_await send(socket, text);
  if (text.empty()) (void)co_await read_until_end(socket);
}

failure failure_of_answer(const std::string& text) {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, any_port());
  asio::co_spawn(loop, refusing_server(acceptor, text), asio::detached);
  failure why;
  run(loop, [&]() -> asio::awaitable<void> {
    dial_options options;
    options.host = "127.0.0.1";
    options.port = acceptor.local_endpoint().port();
    options.websocket.emplace();
    if (text.empty()) options.timeouts.websocket = 30ms;
    dialer caller(options);
    dial_result dialled = co_await caller.dial(nullptr);
    CHECK_FALSE(dialled.link);
    why = std::move(dialled.why);
  });
  return why;
}

}  // namespace

TEST_CASE("what is written arrives in masked binary frames, one per write") {
  asio::io_context loop(1);
  std::vector<std::string> got;
  websocket_server server(loop, "", [&](tcp::socket& socket) -> asio::awaitable<void> {
    int opcode = 2;
    while (opcode == 2) {
      const std::string payload = co_await read_frame(socket, opcode);
      if (opcode == 2) got.push_back(payload);
    }
    CHECK(opcode == 8);
  });
  const std::string large(200'000, 'x');
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(server.options());
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    CHECK(dialled.link->description() == "WebSocket over TCP");
    std::error_code error = co_await say(*dialled.link, "first");
    CHECK_FALSE(error);
    error = co_await say(*dialled.link, large);
    CHECK_FALSE(error);
    error = co_await say(*dialled.link, "");
    CHECK_FALSE(error);
    error = co_await dialled.link->shutdown();
    CHECK_FALSE(error);
    const std::string nothing = co_await receive(*dialled.link, 1);
    CHECK(nothing.empty());
  });
  CHECK(got == std::vector<std::string>{"first", large});
}

TEST_CASE("the upgrade carries path, Host with port, Origin and headers") {
  asio::io_context loop(1);
  websocket_server server(loop, "", stay);
  run(loop, [&]() -> asio::awaitable<void> {
    dial_options options = server.options();
    options.websocket->path = "/broker?x=1";
    options.websocket->origin = "https://a.example";
    options.websocket->headers = {{"X-Token", "t"}};
    dialer caller(options);
    step_log log;
    const dial_result dialled = co_await caller.dial(&log);
    CHECK(dialled.link);
    const std::string where = "127.0.0.1:" + std::to_string(options.port);
    CHECK(contains(server.request, "GET /broker?x=1 HTTP/1.1\r\nHost: " + where + "\r\n"));
    CHECK(contains(server.request, "\r\nOrigin: https://a.example\r\n"));
    CHECK(contains(server.request, "\r\nX-Token: t\r\n"));
    CHECK(log.ended.back() == "websocket " + where + "/broker?x=1: done");
  });
}

TEST_CASE("frames that come with the answer to the upgrade are not lost") {
  asio::io_context loop(1);
  websocket_server server(loop, frame(0x82, "hel") + frame(0x82, "lo"), stay);
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(server.options());
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    std::string text;
    for (int i = 0; i < 5; ++i) {  // one byte at a time, as no sane caller reads
      std::byte byte{};
      const std::span<std::byte> into(&byte, 1);
      const io_result read = co_await dialled.link->read_some(into);
      REQUIRE(read.size == 1);
      text += static_cast<char>(byte);
    }
    CHECK(text == "hello");
  });
}

TEST_CASE("one byte per frame and empty frames are one stream") {
  asio::io_context loop(1);
  std::string frames, text;
  for (int i = 0; i < 5000; ++i) {
    text += static_cast<char>('a' + i % 26);
    frames += frame(0x82, text.substr(text.size() - 1)) + frame(0x82, "");
  }
  websocket_server server(loop, "", [&](tcp::socket& socket) -> asio::awaitable<void> {
    co_await send(socket, frames);
    co_await stay(socket);
  });
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(server.options());
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    const std::string got = co_await receive(*dialled.link, text.size());
    CHECK(got == text);
  });
}

TEST_CASE("a ping is answered while reading, even when nothing else is sent") {
  asio::io_context loop(1);
  std::string pong;
  websocket_server server(loop, "", [&](tcp::socket& socket) -> asio::awaitable<void> {
    const std::string ping = frame(0x89, "are you there");
    co_await send(socket, ping);
    int opcode = 0;
    pong = co_await read_frame(socket, opcode);
    CHECK(opcode == 10);
    const std::string after = frame(0x82, "after");
    co_await send(socket, after);
    co_await stay(socket);
  });
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(server.options());
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    const std::string text = co_await receive(*dialled.link, 5);
    CHECK(text == "after");
  });
  CHECK(pong == "are you there");
}

TEST_CASE("pings between large writes are answered between frames, never inside one") {
  asio::io_context loop(1);
  constexpr int rounds = 20;
  int pongs = 0;
  std::size_t payload_bytes = 0;
  websocket_server server(loop, "", [&](tcp::socket& socket) -> asio::awaitable<void> {
    for (int i = 0; i < rounds; ++i) {
      const std::string ping = frame(0x89, "p") + frame(0x82, "x");
      co_await send(socket, ping);
      int opcode = 0;
      const std::string payload = co_await read_frame(socket, opcode);
      if (opcode == 10) ++pongs;
      if (opcode == 2) payload_bytes += payload.size();
    }
    while (payload_bytes < rounds * 100'000u) {
      int opcode = 0;
      const std::string payload = co_await read_frame(socket, opcode);
      CHECK((opcode == 2 || opcode == 10));
      if (opcode == 10) ++pongs;
      if (opcode == 2) payload_bytes += payload.size();
    }
    const std::string end = frame(0x82, "end");
    co_await send(socket, end);
    co_await stay(socket);
  });
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(server.options());
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    auto writing = [&]() -> asio::awaitable<void> {
      for (int i = 0; i < rounds; ++i) {
        const std::error_code error = co_await say(*dialled.link, std::string(100'000, 'y'));
        CHECK_FALSE(error);
      }
    };
    const auto executor = co_await asio::this_coro::executor;
    asio::co_spawn(executor, writing(), asio::detached);
    const std::string text = co_await receive(*dialled.link, rounds + 3);
    CHECK(text == std::string(rounds, 'x') + "end");
  });
  CHECK(pongs >= 1);
  CHECK(payload_bytes == rounds * 100'000u);
}

TEST_CASE("the server's Close is an end after the last payload, with code and reason made safe") {
  asio::io_context loop(1);
  std::string echoed;
  websocket_server server(loop,
                          frame(0x82, "last") + frame(0x88, "\x03\xE9" + "going\x1B[2J away"s),
                          [&](tcp::socket& socket) -> asio::awaitable<void> {
                            int opcode = 0;
                            echoed = co_await read_frame(socket, opcode);
                            CHECK(opcode == 8);
                          });
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(server.options());
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    const std::string text = co_await receive(*dialled.link, 4);
    CHECK(text == "last");
    std::byte bytes[8];
    const std::span<std::byte> into(bytes);
    const io_result read = co_await dialled.link->read_some(into);
    CHECK(read.error == asio::error::eof);
    CHECK(dialled.link->last_detail() ==
          "WebSocket closed by the server (1001): going\\x1B[2J away");
    asio::steady_timer moment(loop, 1ms);
    co_await moment.async_wait(asio::use_awaitable);
  });
  CHECK(echoed == "\x03\xE9");
}

TEST_CASE("a text frame is a protocol error with its words [MQTT-6.0.0-1]") {
  asio::io_context loop(1);
  websocket_server server(loop, frame(0x81, "hello"), stay);
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(server.options());
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    std::byte bytes[8];
    const std::span<std::byte> into(bytes);
    const io_result read = co_await dialled.link->read_some(into);
    CHECK(read.error == errc::websocket_protocol);
    CHECK(dialled.link->last_detail() == "a text frame; MQTT needs binary ones");
  });
}

TEST_CASE("a refused upgrade keeps the server's words, made safe for a terminal") {
  const failure forbidden = failure_of_answer("HTTP/1.1 403 Forbidden\r\n\r\n");
  CHECK(forbidden.at == stage::websocket);
  CHECK(forbidden.error == errc::websocket_refused);
  CHECK(forbidden.detail == "HTTP/1.1 403 Forbidden");
  CHECK(forbidden.what.kind == error_kind::http_status);
  CHECK(forbidden.what.number == 403);
  CHECK(failure_of_answer("HTTP/1.1 302 Found\r\nLocation: /\xC2\x9B?\r\n\r\n").detail ==
        "HTTP/1.1 302 Found (Location: /\\xC2\\x9B?)");
  const failure other = failure_of_answer("\x20\x02\x00\x05"s);
  CHECK(other.error == errc::http_malformed);
  CHECK(other.detail == "not an HTTP server: it answered \" \\x02\\x00\\x05\"");
}

TEST_CASE("a silent server ends the upgrade at its deadline, a closing one at once") {
  const failure silent = failure_of_answer("");
  CHECK(silent.at == stage::websocket);
  CHECK(silent.error == errc::step_timeout);
  const failure closed = failure_of_answer("HTTP/1.1 101 ");
  CHECK(closed.error == errc::connection_closed);
  CHECK(closed.detail == "closed by the server instead of an answer");
}
