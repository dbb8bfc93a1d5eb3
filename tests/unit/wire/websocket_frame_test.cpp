#include <doctest/doctest.h>
#include <wslay/wslay.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "mqttkit/base/error.hpp"
#include "mqttkit/wire/websocket.hpp"

using namespace mqttkit;
using namespace std::string_literals;

namespace {

const websocket_mask some_mask{std::byte{0x37}, std::byte{0xFA}, std::byte{0x21}, std::byte{0x3D}};

std::string random_text(std::mt19937& random, std::size_t size) {
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random() & 0xFF);
  return text;
}

/// Feeds `frames` in pieces and returns the payload.
std::string read(websocket_reader& reader, std::string_view frames, std::size_t piece) {
  std::string payload;
  std::vector<std::byte> bytes;
  for (std::size_t at = 0; at < frames.size(); at += piece) {
    const bytes_view part = as_bytes(frames.substr(at, piece));
    bytes.assign(part.begin(), part.end());
    const std::size_t size = reader.feed(bytes);
    payload += as_text(bytes_view(bytes).first(size));
  }
  return payload;
}

std::string server_frame(unsigned first, std::string_view payload) {
  std::string frame(1, static_cast<char>(first));
  if (payload.size() < 126) {
    frame += static_cast<char>(payload.size());
  } else {
    frame += '\x7E';
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size() & 0xFF);
  }
  return frame.append(payload);
}

void check_broken(const std::string& frames, const char* words) {
  for (const std::size_t piece : {std::size_t{1}, frames.size()}) {
    websocket_reader reader;
    CHECK(read(reader, frames, piece).empty());
    CHECK(reader.error() == errc::websocket_protocol);
    CHECK(std::string(reader.error_words()) == words);
  }
}

/// wslay as a server: an implementation of RFC 6455 that shares no code with ours.
class wslay_server {
 public:
  wslay_server() {
    wslay_event_callbacks callbacks{};
    callbacks.recv_callback = [](wslay_event_context_ptr context, std::uint8_t* into,
                                 std::size_t size, int, void* self) {
      std::string& from = static_cast<wslay_server*>(self)->incoming;
      const std::size_t taken = std::min(size, from.size());
      if (taken == 0) {
        wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
        return ssize_t{-1};
      }
      std::memcpy(into, from.data(), taken);
      from.erase(0, taken);
      return static_cast<ssize_t>(taken);
    };
    callbacks.send_callback = [](wslay_event_context_ptr, const std::uint8_t* bytes,
                                 std::size_t size, int, void* self) {
      static_cast<wslay_server*>(self)->outgoing.append(reinterpret_cast<const char*>(bytes), size);
      return static_cast<ssize_t>(size);
    };
    callbacks.on_msg_recv_callback = [](wslay_event_context_ptr,
                                        const wslay_event_on_msg_recv_arg* message, void* self) {
      auto& server = *static_cast<wslay_server*>(self);
      server.opcodes.push_back(message->opcode);
      server.messages.emplace_back(reinterpret_cast<const char*>(message->msg),
                                   message->msg_length);
    };
    REQUIRE(wslay_event_context_server_init(&context_, &callbacks, this) == 0);
  }
  ~wslay_server() { wslay_event_context_free(context_); }
  wslay_server(const wslay_server&) = delete;
  wslay_server& operator=(const wslay_server&) = delete;

  void receive(bytes_view bytes) {
    incoming += as_text(bytes);
    REQUIRE(wslay_event_recv(context_) == 0);
  }
  void send(std::uint8_t opcode, const std::string& text) {
    const wslay_event_msg message{opcode, reinterpret_cast<const std::uint8_t*>(text.data()),
                                  text.size()};
    REQUIRE(wslay_event_queue_msg(context_, &message) == 0);
    REQUIRE(wslay_event_send(context_) == 0);
  }
  void close(std::uint16_t code, const std::string& reason) {
    wslay_event_queue_close(context_, code, reinterpret_cast<const std::uint8_t*>(reason.data()),
                            reason.size());
    REQUIRE(wslay_event_send(context_) == 0);
  }

  std::string incoming;
  std::string outgoing;
  std::vector<int> opcodes;
  std::vector<std::string> messages;

 private:
  wslay_event_context_ptr context_ = nullptr;
};

}  // namespace

TEST_CASE("a client's frames are read, too, and theirs must be masked (RFC 6455 5.1)") {
  std::mt19937 random(3);
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{5}, std::size_t{300}, std::size_t{70'000}}) {
    const std::string payload = random_text(random, size);
    byte_buffer frames;
    frames.append(as_bytes(payload));
    frame_as_binary(frames, some_mask);
    append_control_frame(frames, websocket_opcode::ping, as_bytes("are you there"), some_mask);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, frames.size()}) {
      websocket_reader reader(websocket_sender::client);
      CHECK(read(reader, as_text(frames.view()), piece) == payload);
      CHECK_FALSE(reader.error());
      const auto ping = reader.take_ping();
      REQUIRE(ping.has_value());
      CHECK(as_text(*ping) == "are you there");
    }
  }
  websocket_reader strict(websocket_sender::client);
  read(strict, server_frame(0x82, "plain"), 1);
  CHECK(std::string(strict.error_words()) == "a frame without a mask from the client");
}

TEST_CASE("masking in words equals masking byte by byte, at every length") {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string text = random_text(random, size);
    std::vector<std::byte> bytes(size);
    std::copy_n(as_bytes(text).begin(), size, bytes.begin());
    apply_websocket_mask(bytes, some_mask);
    for (std::size_t i = 0; i < size; ++i) {
      REQUIRE(bytes[i] == (static_cast<std::byte>(text[i]) ^ some_mask[i % 4]));
    }
  }
}

TEST_CASE("wslay reads our binary frames of every length form") {
  std::mt19937 random(2);
  wslay_server server;
  for (const std::size_t size : {1u, 2u, 125u, 126u, 127u, 65535u, 65536u, 300'000u}) {
    const std::string text = random_text(random, size);
    byte_buffer data;
    data.append(as_bytes(text));
    frame_as_binary(data, some_mask);
    server.receive(data.view());
    REQUIRE(server.messages.size() == 1);
    CHECK(server.opcodes.back() == WSLAY_BINARY_FRAME);
    CHECK(server.messages.back() == text);
    server.messages.clear();
  }
}

TEST_CASE("wslay answers our ping and understands our Close") {
  wslay_server server;
  byte_buffer out;
  append_control_frame(out, websocket_opcode::pong, as_bytes("unasked"), some_mask);
  const std::string payload = websocket_close_payload(1000, "bye");
  append_control_frame(out, websocket_opcode::close, as_bytes(payload), some_mask);
  server.receive(out.view());
  REQUIRE(server.messages.size() == 2);
  CHECK(server.opcodes[0] == WSLAY_PONG);
  CHECK(server.messages[0] == "unasked");
  CHECK(server.opcodes[1] == WSLAY_CONNECTION_CLOSE);
  CHECK(server.messages[1] == "\x03\xE8" + "bye"s);
}

TEST_CASE("a control frame keeps at most 125 bytes of payload (RFC 6455 §5.5)") {
  byte_buffer out;
  const std::string text(200, 'x');
  append_control_frame(out, websocket_opcode::ping, as_bytes(text), some_mask);
  CHECK(out.size() == 2 + 4 + websocket_most_control_bytes);
  CHECK(websocket_close_payload(1000, text).size() == websocket_most_control_bytes);
}

TEST_CASE("the payload of wslay's frames is one byte stream, however it is split") {
  std::mt19937 random(3);
  wslay_server server;
  std::string sent;
  for (const std::size_t size : {0u, 1u, 125u, 126u, 3000u, 65535u, 65536u}) {
    const std::string text = random_text(random, size);
    server.send(WSLAY_BINARY_FRAME, text);
    sent += text;
  }
  for (const std::size_t piece : {1u, 2u, 3u, 7u, 100u, 4096u, 1'000'000u}) {
    websocket_reader reader;
    CHECK(read(reader, server.outgoing, piece) == sent);
    CHECK_FALSE(reader.error());
  }
}

TEST_CASE("one byte per frame is read as one stream, as some brokers send it [MQTT-6.0.0-2]") {
  const std::string text = "a packet over many frames";
  std::string frames;
  for (const char c : text) frames += server_frame(0x82, {&c, 1});
  for (std::size_t piece = 1; piece <= frames.size(); ++piece) {
    websocket_reader reader;
    CHECK(read(reader, frames, piece) == text);
  }
}

TEST_CASE("control frames between the fragments of a message disturb nothing (RFC 6455 §5.4)") {
  const std::string frames = server_frame(0x02, "one ") + server_frame(0x89, "ping") +
                             server_frame(0x00, "two ") + server_frame(0x8A, "pong") +
                             server_frame(0x80, "three") + server_frame(0x82, "");
  for (std::size_t piece = 1; piece <= frames.size(); ++piece) {
    websocket_reader reader;
    CHECK(read(reader, frames, piece) == "one two three");
    const auto ping = reader.take_ping();
    REQUIRE(ping);
    CHECK(as_text(*ping) == "ping");
    CHECK_FALSE(reader.take_ping());
  }
}

TEST_CASE("only the latest ping is left to answer (RFC 6455 §5.5.3)") {
  websocket_reader reader;
  (void)read(reader, server_frame(0x89, "first") + server_frame(0x89, "second"), 4096);
  const auto ping = reader.take_ping();
  REQUIRE(ping);
  CHECK(as_text(*ping) == "second");
}

TEST_CASE("an empty ping is a ping") {
  websocket_reader reader;
  (void)read(reader, server_frame(0x89, ""), 1);
  const auto ping = reader.take_ping();
  REQUIRE(ping);
  CHECK(ping->empty());
}

TEST_CASE("wslay's Close gives code and reason, and ends the stream") {
  wslay_server server;
  server.send(WSLAY_BINARY_FRAME, "last");
  server.close(1001, "going away");
  for (const std::size_t piece : {1u, 4096u}) {
    websocket_reader reader;
    CHECK(read(reader, server.outgoing + server_frame(0x82, "ignored"), piece) == "last");
    CHECK(reader.is_closed());
    CHECK(reader.close_code() == 1001);
    CHECK(reader.close_reason() == "going away");
    CHECK_FALSE(reader.error());
  }
}

TEST_CASE("a Close without a code is 1005, one with half a code is an error (RFC 6455 §7.1.5)") {
  websocket_reader reader;
  (void)read(reader, server_frame(0x88, ""), 1);
  CHECK(reader.is_closed());
  CHECK(reader.close_code() == websocket_reader::no_close_code);
  check_broken(server_frame(0x88, "\x03"), "a Close frame with half a code");
}

TEST_CASE("frames that break RFC 6455 end the stream with the rule in words") {
  check_broken(server_frame(0xC2, "x"),
               "a frame with reserved bits, but no extension was agreed on");
  check_broken(server_frame(0x92, "x"),
               "a frame with reserved bits, but no extension was agreed on");
  check_broken(server_frame(0xA2, "x"),
               "a frame with reserved bits, but no extension was agreed on");
  check_broken("\x82\x81\x01\x02\x03\x04x", "a masked frame from the server");
  check_broken(server_frame(0x81, "x"), "a text frame; MQTT needs binary ones");
  check_broken(server_frame(0x83, "x"), "a frame of unknown type");
  check_broken(server_frame(0x87, "x"), "a frame of unknown type");
  check_broken(server_frame(0x8B, "x"), "a frame of unknown type");
  check_broken(server_frame(0x8F, "x"), "a frame of unknown type");
  check_broken(server_frame(0x09, "x"), "a fragmented control frame");
  check_broken(server_frame(0x89, std::string(126, 'x')), "a control frame above 125 bytes");
  check_broken("\x89\x7F"s + std::string(8, '\0'), "a control frame above 125 bytes");
  check_broken(server_frame(0x80, "x"), "a continuation of nothing");
  check_broken("\x82\x7F\x80"s + std::string(7, '\0'), "a frame length of 2^63 or more");
}

TEST_CASE("a new message inside a fragmented one is an error, what came before it is payload") {
  websocket_reader reader;
  CHECK(read(reader, server_frame(0x02, "before") + server_frame(0x82, "x"), 4096) == "before");
  CHECK(reader.error() == errc::websocket_protocol);
  CHECK(reader.feed({}) == 0);
}

TEST_CASE("a frame that announces 2^63 - 1 bytes costs no memory and is read as it comes") {
  websocket_reader reader;
  const std::string start = "\x82\x7F\x7F"s + std::string(7, '\xFF');
  CHECK(read(reader, start + "payload", 4) == "payload");
  CHECK_FALSE(reader.error());
}

TEST_CASE("random bytes never make the reader give more than it got") {
  std::mt19937 random(4);
  for (int round = 0; round < 2000; ++round) {
    const std::string noise = random_text(random, random() % 64);
    websocket_reader reader;
    CHECK(read(reader, noise, 1 + random() % 16).size() <= noise.size());
  }
}

TEST_CASE("who reads along goes on behind payload that was not seen, and not behind a head") {
  const std::string frame = server_frame(0x82, std::string(300, 'a')) + server_frame(0x82, "next");
  websocket_reader reader;
  CHECK_FALSE(reader.skip(1));
  CHECK(read(reader, frame.substr(0, 104), 104) == std::string(100, 'a'));
  CHECK_FALSE(reader.skip(201));
  CHECK(reader.skip(200));
  CHECK(read(reader, frame.substr(304), 3) == "next");
  CHECK_FALSE(reader.error());
}
