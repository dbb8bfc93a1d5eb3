// WebSocket streams with missing bytes: the reader finds the next frame of either side, and blames
// nobody for the gap.
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "mqtt-doctor/listen/conversation.hpp"
#include "mqtt-doctor/listen/frame_resync.hpp"
#include "support/hex.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using mqttkit::test::hex_text;
using namespace std::string_literals;

namespace {

const std::string upgrade =
    "GET /mqtt HTTP/1.1\r\nHost: broker\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
const std::string agreed =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
const std::string connect = hex_text("10 0E 00 04 4D 51 54 54 04 02 00 3C 00 02 73 37");  // as s7
const std::string connack = hex_text("20 02 00 00");
const std::string ping = hex_text("C0 00");
const std::string pong = hex_text("D0 00");

/// A PUBLISH to a/b with a payload of this size.
std::string publish(std::size_t size) {
  std::string out = "\x30";
  std::size_t rest = size + 5;
  do {
    const std::size_t more = rest / 128;
    out += static_cast<char>(rest % 128 + (more != 0 ? 128 : 0));
    rest = more;
  } while (rest != 0);
  return out + "\x00\x03"s + "a/b" + std::string(size, 'x');
}

/// A frame of the broker's; `first` is its first byte.
std::string sent(const std::string& payload, unsigned first = 0x82) {
  std::string out(1, static_cast<char>(first));
  if (payload.size() < 126) {
    out += static_cast<char>(payload.size());
  } else {
    out += '\x7E';
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 0xFF);
  }
  return out + payload;
}

/// A frame of the client's, masked.
std::string masked(const std::string& payload, unsigned first = 0x82) {
  static std::mt19937 random(7);
  std::string out = sent(payload, first);
  const std::size_t head = out.size() - payload.size();
  out[1] = static_cast<char>(static_cast<unsigned char>(out[1]) | 0x80);
  std::string mask;
  for (int i = 0; i < 4; ++i) mask += static_cast<char>(random() & 0xFF);
  for (std::size_t i = 0; i < payload.size(); ++i)
    out[head + i] = static_cast<char>(out[head + i] ^ mask[i % 4]);
  return out.insert(head, mask);
}

struct heard {
  heard()
      : dialogue(packet_style{}, [this](const event& what) {
          lines.push_back(line_of(what, event_place()).substr(13));
          lines.back().pop_back();
        }) {}

  heard& stands() {
    client(upgrade).broker(agreed);
    return client(masked(connect)).broker(sent(connack));
  }
  heard& client(std::string_view text) {
    dialogue.client_sent(as_bytes(text));
    return *this;
  }
  heard& broker(std::string_view text) {
    dialogue.broker_sent(as_bytes(text));
    return *this;
  }
  /// A packet of which only the first and the last `kept` bytes were captured.
  heard& torn(side from, const std::string& text, std::size_t kept) {
    const auto say = [&](std::string_view part) {
      from == side::client ? client(part) : broker(part);
    };
    say(std::string_view(text).substr(0, kept));
    sure = dialogue.missed(from, text.size() - 2 * kept);
    say(std::string_view(text).substr(text.size() - kept));
    return *this;
  }
  int count(std::string_view part) const {
    int found = 0;
    for (const std::string& line : lines) found += line.find(part) != std::string::npos ? 1 : 0;
    return found;
  }
  bool blames() const { return count("not MQTT") != 0 || !dialogue.summary().broken_rule.empty(); }

  std::vector<std::string> lines;
  conversation dialogue;
  bool sure = false;  // that what followed a gap could be read on
};

}  // namespace

TEST_CASE("bytes missing inside a frame of WebSocket leave what follows readable, masked or not") {
  for (const side from : {side::client, side::broker}) {
    const bool is_client = from == side::client;
    heard found;
    const std::string large = is_client ? masked(publish(1000)) : sent(publish(1000));
    found.stands().torn(from, large, 101);  // the mask is turned by an odd number
    CHECK(found.sure);
    CHECK(found.count("bytes are not in the capture") == 1);
    CHECK(found.count("PUBLISH: topic a/b, QoS 0, 1000 bytes") == 1);
    is_client ? found.client(masked(ping)) : found.broker(sent(pong));
    CHECK(found.lines.back() == (is_client ? "PINGREQ" : "PINGRESP"));
    CHECK_FALSE(found.blames());
  }
}

TEST_CASE("frames that were lost are a gap, and the next message is found, masked or not") {
  for (const side from : {side::client, side::broker}) {
    const bool is_client = from == side::client;
    const auto frame = [&](const std::string& payload, unsigned first = 0x82) {
      return is_client ? masked(payload, first) : sent(payload, first);
    };
    heard found;
    // The gap begins in one frame and ends inside another.
    found.stands().torn(from, frame(publish(300)) + frame(publish(300)), 40);
    CHECK_FALSE(found.sure);
    const auto say = [&](const std::string& text) {
      is_client ? found.client(text) : found.broker(text);
    };
    CHECK(found.count("PUBLISH") == 0);
    say(frame(publish(7)));
    CHECK(found.lines.back() == "PUBLISH: topic a/b, QoS 0, 7 bytes");
    // A message in fragments, with a WebSocket ping between them, read byte by byte.
    const std::string whole = publish(60);
    const std::string pieces = frame(whole.substr(0, 11), 0x02) + frame("", 0x89) +
                               frame(whole.substr(11, 20), 0x00) + frame(whole.substr(31), 0x80);
    for (const char c : pieces) say(std::string(1, c));
    CHECK(found.lines.back() == "PUBLISH: topic a/b, QoS 0, 60 bytes");
    CHECK_FALSE(found.blames());
    CHECK(found.dialogue.summary().speaks == spoken::websocket);
  }
}

TEST_CASE("who joins WebSocket in the middle of a frame waits for a message that is sure") {
  for (const side from : {side::client, side::broker}) {
    const bool is_client = from == side::client;
    const auto frame = [&](const std::string& payload, unsigned first = 0x82) {
      return is_client ? masked(payload, first) : sent(payload, first);
    };
    heard found;
    found.dialogue.joins_late();
    const auto say = [&](const std::string& text) {
      is_client ? found.client(text) : found.broker(text);
    };
    say(frame(publish(400)).substr(150));  // the end of one
    CHECK(found.lines.empty());
    say(frame(publish(40), 0x02));  // a message's first piece, which its packet fills
    say(frame("", 0x80));
    CHECK(found.count("PUBLISH: topic a/b, QoS 0, 40 bytes") == 1);
    say(frame(is_client ? ping : pong));
    CHECK(found.lines.back() == (is_client ? "PINGREQ" : "PINGRESP"));
    CHECK(found.dialogue.summary().speaks == spoken::websocket);
    CHECK(found.dialogue.summary().joined_late);
    CHECK_FALSE(found.blames());
  }
}

TEST_CASE("joined late, frames that no segment begins with are found when several follow") {
  heard found;
  found.dialogue.joins_late();
  const std::string frames = sent(publish(9)) + sent(publish(9)) + sent(publish(9));
  found.broker("xx" + frames + frames.substr(0, 5));
  CHECK(found.count("PUBLISH: topic a/b, QoS 0, 9 bytes") == 3);
  found.broker(frames.substr(5));
  CHECK(found.count("PUBLISH: topic a/b, QoS 0, 9 bytes") == 6);
  heard few;
  few.dialogue.joins_late();
  few.broker("xx" + sent(publish(9)) + "\x82");
  CHECK(few.lines.empty());
}

TEST_CASE("the broker's answer to the upgrade may be what was lost") {
  heard found;
  found.client(upgrade).client(masked(connect));
  found.dialogue.missed(side::broker, agreed.size());
  found.broker(sent(connack));
  CHECK(found.lines.back() == "CONNACK: accepted");
  CHECK_FALSE(found.blames());
}

TEST_CASE("what a frame carries is not taken for one, nor random bytes for WebSocket") {
  // The message's payload looks like WebSocket frames; the reader finds its end.
  const std::string bait = sent(publish(3)) + sent(publish(3));
  std::string packet = publish(bait.size());
  packet.replace(packet.size() - bait.size(), bait.size(), bait);
  heard nested;
  nested.dialogue.joins_late();
  nested.broker(packet).broker(pong);
  CHECK(nested.dialogue.summary().speaks == spoken::mqtt);
  CHECK(nested.count("PUBLISH") == 1);
  std::mt19937 random(13);
  int found = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string noise;
    for (int n = 0; n < 200; ++n) noise += static_cast<char>(random() & 0xFF);
    const side from = i % 2 == 0 ? side::client : side::broker;
    found += find_frames(as_bytes(noise), 100, from, {}) ? 1 : 0;
  }
  CHECK(found == 0);
}

TEST_CASE("a client that does not begin with CONNECT is told so, however its bytes are cut") {
  const std::string first = "\x32\x0F\x00\x04MQTT\x00\x01payload"s;
  heard whole, split;
  whole.client(first);
  for (const char c : first) split.client(std::string_view(&c, 1));
  CHECK(whole.count("the first packet is not CONNECT") == 1);
  CHECK(whole.lines == split.lines);
}
