#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "mqttkit/codec/encode.hpp"
#include "unit/session/peer.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

namespace {

// An event in words, with everything that may differ.
std::string words(const event& each) {
  struct {
    std::string operator()(const need_more&) const { return {}; }
    std::string operator()(const connected& e) const {
      return "connected " + to_hex(e.properties.bytes());
    }
    std::string operator()(const message_received& e) const {
      return "message " + std::to_string(e.sequence) + ' ' + std::string(e.message.topic) + '=' +
             std::string(as_text(e.message.payload)) + ' ' + to_hex(e.message.properties.bytes());
    }
    std::string operator()(const delivered& e) const {
      return "delivered " + std::to_string(e.token) + ' ' + std::to_string(e.reason) + ' ' +
             to_hex(e.properties.bytes());
    }
    std::string operator()(const subscribed& e) const {
      return "subscribed " + std::to_string(e.token) + ' ' + to_hex(e.codes);
    }
    std::string operator()(const authentication& e) const {
      return "authentication " + std::to_string(e.reason);
    }
    std::string operator()(const closed& e) const {
      return "closed " + e.error.message() + ' ' + std::to_string(e.reason) + ' ' +
             to_hex(e.properties.bytes());
    }
  } const visitor;
  return std::visit(visitor, each);
}

struct outcome {
  std::vector<std::string> events;
  std::string output;
  bool operator==(const outcome&) const = default;
};

// A session that published and subscribed, and what it makes of `from_broker` in these pieces.
outcome fed(bytes_view from_broker, std::size_t piece) {
  session_options options = with_property(plain(v5), property_id::topic_alias_maximum, 4);
  CHECK(!options.connect_properties.add(property_id::authentication_method, "m"));
  peer p(options);
  CHECK(!p.subscribes("a", 100));
  p.comes_up();
  p.client.feed(hex("20 03 00 00 00"), p.now);
  p.take<connected>();
  p.publishes(message("t", "", qos_1), 1);
  p.publishes(message("t", "", qos_2), 2);
  p.sent();

  outcome made;
  while (!from_broker.empty()) {
    const std::size_t count = std::min(piece, from_broker.size());
    p.client.feed(from_broker.first(count), p.now);
    from_broker = from_broker.subspan(count);
    for (;;) {
      std::string said = words(p.client.next());
      if (said.empty()) break;
      made.events.push_back(std::move(said));
    }
  }
  made.output = p.sent();
  return made;
}

std::vector<std::byte> large_publish(std::size_t payload_size) {
  std::string payload(payload_size, '\0');
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(i * 131 >> 3);
  byte_buffer out;
  CHECK(!encode(out, v3_1_1, message("t", payload, qos_0)));
  return {out.view().begin(), out.view().end()};
}

}  // namespace

TEST_CASE("it does not matter in which pieces the bytes come") {
  const std::vector<std::byte> stream =
      hex("90 04 0001 00 02  F0 06 18 04 15 0001 6D  32 0A 0001 74 0001 03 23 0001 78"
          "34 09 0000 0001 03 23 0001 79  3C 09 0000 0001 03 23 0001 79  62 02 0001  D0 00"
          "40 03 0002 10  50 09 0003 00 05 1F 0002 6F6B  70 02 0003  62 02 0007"
          "30 0D 0003 612F62 05 03 0002 6374 6869  E0 06 8B 04 1F 0001 6E");
  const outcome whole = fed(stream, stream.size());
  CHECK(whole.events.size() == 8);
  for (std::size_t piece = 1; piece < stream.size(); ++piece) {
    CAPTURE(piece);
    CHECK(fed(stream, piece) == whole);
  }
}

TEST_CASE("a large packet arrives whole, whatever the pieces") {
  const std::vector<std::byte> packet = large_publish(std::size_t{5} << 20);
  for (const std::size_t piece : {std::size_t{1013}, std::size_t{65'536}, std::size_t{1} << 21}) {
    CAPTURE(piece);
    peer p(plain(v3_1_1));
    p.connects();
    p.receives("30 03 0001 61");  // so that the large one does not start where the buffer does
    bytes_view rest = packet;
    bool first = true;
    while (!rest.empty()) {
      const std::size_t count = std::min(piece, rest.size());
      p.client.feed(rest.first(count), p.now);
      rest = rest.subspan(count);
      if (first) p.take<message_received>();
      first = false;
      if (!rest.empty()) REQUIRE(p.has_nothing_more());
    }
    const message_received got = p.take<message_received>();
    CHECK(std::ranges::equal(got.message.payload, bytes_view(packet).last(std::size_t{5} << 20)));
    CHECK(p.has_nothing_more());
  }
}

TEST_CASE("a large packet is read into a buffer of exactly its size") {
  peer p(plain(v3_1_1));
  p.connects();
  CHECK(p.client.receive_space().size() >= 4096);
  CHECK(p.client.receive_space().size() <= 64 * 1024);
  const std::vector<std::byte> packet = large_publish(std::size_t{3} << 20);
  const bytes_view head = bytes_view(packet).first(1000);
  p.client.feed(head, p.now);
  CHECK(p.has_nothing_more());
  std::size_t came = head.size();
  const std::byte* at = nullptr;
  while (came < packet.size()) {
    const std::span<std::byte> space = p.client.receive_space();
    REQUIRE(space.size() == packet.size() - came);
    if (at != nullptr) REQUIRE(space.data() == at);  // it never moves
    const std::size_t size = std::min<std::size_t>(space.size(), 100'000);
    std::memcpy(space.data(), packet.data() + came, size);
    at = space.data() + size;
    p.client.received(size, p.now);
    came += size;
    if (came < packet.size()) REQUIRE(p.has_nothing_more());
  }
  const message_received got = p.take<message_received>();
  CHECK(got.message.payload.size() == std::size_t{3} << 20);
  CHECK(p.client.receive_space().data() != at);
}

TEST_CASE("what is read into is left alone by next() until it was read") {
  peer p(plain(v3_1_1));
  p.connects();
  const std::vector<std::byte> message = hex("30 03 0001 74");
  const std::span<std::byte> space = p.client.receive_space();
  CHECK(p.has_nothing_more());
  std::memcpy(space.data(), message.data(), message.size());
  p.client.received(message.size(), p.now);
  p.take<message_received>();
}

TEST_CASE("the room one large packet took is given back") {
  peer p(plain(v3_1_1));
  p.connects();
  p.client.feed(large_publish(std::size_t{3} << 20), p.now);
  p.take<message_received>();
  CHECK(p.has_nothing_more());
  CHECK(p.client.receive_space().size() <= 64 * 1024);
}

TEST_CASE("many packets in one read are told apart") {
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "30 03 0001 74 ";
  peer p(plain(v3_1_1));
  p.connects();
  p.receives(many);
  for (std::uint64_t sequence = 1; sequence <= 20'000; ++sequence) {
    REQUIRE(p.take<message_received>().sequence == sequence);
  }
  CHECK(p.has_nothing_more());
}

TEST_CASE("output that was taken is replaced by the memory given") {
  peer p(plain(v3_1_1));
  p.connects();
  p.publishes(message("t", "a", qos_0));
  byte_buffer output;
  p.client.take_output(output);
  CHECK(p.client.output_size() == 0);
  p.publishes(message("t", "b", qos_0));
  CHECK(to_hex(output.view()) == bytes("30 04 0001 74 61"));
  p.client.sent(p.now);
  CHECK(p.sent() == bytes("30 04 0001 74 62"));
}

TEST_CASE("a session that moved goes on") {
  peer p(lasting(v3_1_1));
  p.connects();
  p.publishes(message("t", "", qos_1), 7);
  session moved(std::move(p.client));
  p.client = std::move(moved);
  p.receives("40 02 0001");
  CHECK(p.take<delivered>().token == 7);
}
