// Every packet of vectors.hpp: read, written again, cut short, and damaged bit by bit.
#include "unit/codec/vectors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "fuzz/recode.hpp"
#include "mqttkit/base/bytes.hpp"
#include "mqttkit/codec/decode.hpp"
#include "support/hex.hpp"

using namespace mqttkit;
using mqttkit::test::hex;
using mqttkit::test::recode;
using mqttkit::test::to_hex;
using mqttkit::test::vectors;

namespace {

std::string title(const test::vector& each) {
  return std::string(to_string(each.version)) + " " + std::string(each.name);
}

// A copy with nothing behind it, so that a sanitizer sees the first byte read too far.
std::vector<std::byte> exactly(bytes_view bytes) { return {bytes.begin(), bytes.end()}; }

// Takes `bytes` for a stream of packets and recodes what is in it. True when all is sound.
bool survives(bytes_view bytes, protocol_version version, byte_buffer& scratch) {
  frame made;
  while (next_frame(bytes, 0, made) == framing::complete) {
    if (!recode(made, version, scratch).is_sound()) return false;
    bytes = bytes.subspan(made.size);
  }
  return true;
}

}  // namespace

TEST_CASE("there is a vector for each packet type in each version that has it") {
  std::set<std::pair<protocol_version, int>> found;
  for (const auto& each : vectors) {
    found.emplace(each.version, std::to_integer<int>(hex(each.bytes)[0]) >> 4);
  }
  for (const auto version : {test::v3_1, test::v3_1_1, test::v5}) {
    const int last = version == test::v5 ? 15 : 14;
    for (int type = 1; type <= last; ++type) CHECK(found.count({version, type}) == 1);
  }
}

TEST_CASE("every packet decodes, and encodes to the same bytes or a shorter form of them") {
  byte_buffer out;
  for (const auto& each : vectors) {
    CAPTURE(title(each));
    const auto bytes = hex(each.bytes);
    frame made;
    REQUIRE(next_frame(bytes, 0, made) == framing::complete);
    CHECK(made.size == bytes.size());
    const auto outcome = recode(made, each.version, out);
    CHECK(outcome.decoding == std::error_code{});
    CHECK(outcome.encoding == std::error_code{});
    CHECK(outcome.identical);
    CHECK((to_hex(out.view()) == to_hex(bytes)) == each.is_shortest);
  }
}

TEST_CASE("a packet cut at any byte is incomplete, and its size is told once it is known") {
  for (const auto& each : vectors) {
    CAPTURE(title(each));
    const auto bytes = hex(each.bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto cut = exactly(bytes_view(bytes).first(size));
      frame made;
      CHECK(next_frame(cut, 0, made) == framing::incomplete);
      CHECK(made.size == (size < 2 ? 0 : bytes.size()));
    }
  }
}

TEST_CASE("a body cut at any byte is refused or read as what it then is, never past its end") {
  byte_buffer out;
  for (const auto& each : vectors) {
    const auto bytes = hex(each.bytes);
    frame whole;
    REQUIRE(next_frame(bytes, 0, whole) == framing::complete);
    for (std::size_t size = 0; size < whole.body.size(); ++size) {
      CAPTURE(title(each));
      CAPTURE(size);
      const auto body = exactly(whole.body.first(size));
      frame cut = whole;
      cut.body = body;
      if (size == 0) cut.body = {};
      CHECK(recode(cut, each.version, out).is_sound());
    }
  }
}

TEST_CASE("a byte too much is refused where nothing may follow") {
  byte_buffer out;
  for (const auto& each : vectors) {
    const auto bytes = hex(each.bytes);
    frame whole;
    REQUIRE(next_frame(bytes, 0, whole) == framing::complete);
    if (whole.body.empty() && whole.type != packet_type::disconnect &&
        whole.type != packet_type::auth) {
      continue;  // a ping: next_frame() refuses a longer one
    }
    CAPTURE(title(each));
    auto longer = exactly(whole.body);
    longer.push_back(std::byte{0xFF});
    whole.body = longer;
    const auto outcome = recode(whole, each.version, out);
    CHECK(outcome.is_sound());
    const bool ends_with_list =  // payload or reason codes up to the end
        whole.type == packet_type::publish || whole.type == packet_type::suback ||
        (whole.type == packet_type::unsuback && each.version == test::v5);
    const bool ends_early =  // MQTT 5 packets that may have a reason behind what was there
        each.version == test::v5 &&
        (each.name == "puback" || each.name == "disconnect" || each.name == "auth");
    if (!ends_with_list && !ends_early) CHECK(outcome.decoding);
  }
}

TEST_CASE("every flipped bit is refused or carried over whole, in every version") {
  byte_buffer out;
  for (const auto& each : vectors) {
    const auto bytes = hex(each.bytes);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      auto damaged = bytes;
      damaged[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
      for (const auto version : {test::v3_1, test::v3_1_1, test::v5}) {
        if (survives(damaged, version, out)) continue;
        CAPTURE(title(each));
        CAPTURE(to_hex(damaged));
        FAIL_CHECK("not the same after another round");
      }
    }
  }
}

TEST_CASE("two damaged bytes are refused or carried over whole") {
  byte_buffer out;
  // A fixed multiplier (Knuth's MMIX) instead of <random>: the same bytes on every machine.
  std::uint64_t state = 1;
  const auto next = [&state] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(state >> 33);
  };
  for (int round = 0; round < 300; ++round) {
    for (const auto& each : vectors) {
      auto damaged = hex(each.bytes);
      for (int k = 0; k < 2; ++k) {
        damaged[next() % damaged.size()] = static_cast<std::byte>(next() & 0xFF);
      }
      if (survives(damaged, each.version, out)) continue;
      CAPTURE(title(each));
      CAPTURE(to_hex(damaged));
      FAIL_CHECK("not the same after another round");
    }
  }
}
