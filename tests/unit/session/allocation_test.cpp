// Counts what the whole program takes from the heap, so that "no allocation per message" is a fact.
#include <array>
#include <cstdlib>
#include <new>
#include <vector>

#include "unit/session/peer.hpp"

namespace {

std::size_t taken = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++taken;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

using namespace mqttkit;
using namespace mqttkit::test;

namespace {

// A session whose output goes to a buffer that is used again, as a driver's is.
struct stream {
  explicit stream(session_options options) : p(std::move(options)) { p.connects("22 0002"); }

  void take_output() {
    output.clear();
    p.client.take_output(output);
    p.client.sent(p.now);
  }

  // One message out, acknowledged.
  void publish(qos_t qos) {
    std::error_code error;
    REQUIRE(p.client.publish(message("t", "payload", qos), 1, error) == admission::accepted);
    take_output();
    // Both have the identifier behind one byte of length, two of topic length and the topic,
    // unless an alias stands for that.
    const std::size_t at = output.view()[3] == std::byte{0} ? 4 : 5;
    const std::byte high = output.view()[at];
    const std::byte low = output.view()[at + 1];
    if (qos == qos_1) return acknowledge(0x40, high, low);
    acknowledge(0x50, high, low);
    acknowledge(0x70, high, low);
  }

  void acknowledge(unsigned type, std::byte high, std::byte low) {
    const std::array<std::byte, 4> ack{std::byte(type), std::byte{2}, high, low};
    p.client.feed(ack, p.now);
    while (!p.has_nothing_more()) {
    }
    take_output();
  }

  void receive(bytes_view packet) {
    p.client.feed(packet, p.now);
    while (!p.has_nothing_more()) {
    }
    take_output();
  }

  template <class Step>
  std::size_t allocations(const Step& step) {
    for (int i = 0; i < 3000; ++i) step();  // until every slot and buffer has had its turn
    const std::size_t before = taken;
    for (int i = 0; i < 3000; ++i) step();
    return taken - before;
  }

  peer p;
  byte_buffer output;
};

}  // namespace

TEST_CASE("a steady stream of messages out takes nothing from the heap") {
  for (const bool uses_aliases : {false, true}) {
    CAPTURE(uses_aliases);
    session_options options = plain(v5);
    options.use_topic_aliases = uses_aliases;
    for (const qos_t qos : {qos_1, qos_2}) {
      CAPTURE(static_cast<int>(qos));
      stream s(options);
      CHECK(s.allocations([&] { s.publish(qos); }) == 0);
    }
  }
}

TEST_CASE("a steady stream of messages in takes nothing from the heap") {
  const std::vector<std::byte> first = hex("32 0A 0001 74 0001 03 23 0001 78");
  const std::vector<std::byte> qos_1_again = hex("32 09 0000 0002 03 23 0001 78");
  const std::vector<std::byte> qos_2_again = hex("34 09 0000 0003 03 23 0001 78  62 02 0003");
  stream s(with_property(plain(v5), property_id::topic_alias_maximum, 2));
  s.receive(first);
  CHECK(s.allocations([&] { s.receive(qos_1_again); }) == 0);
  CHECK(s.allocations([&] { s.receive(qos_2_again); }) == 0);
}
