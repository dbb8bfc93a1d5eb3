#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "mqttkit/codec/decode.hpp"
#include "support/hex.hpp"

using namespace mqttkit;
using mqttkit::test::hex;
using mqttkit::test::to_hex;

namespace {

framing frame_of(std::string_view text, frame& out, std::uint32_t max_size = 0) {
  const auto bytes = hex(text);
  return next_frame(bytes, max_size, out);
}

}  // namespace

TEST_CASE("a frame is taken apart, and what follows is left alone") {
  const auto bytes = hex("33 03 01 02 03 D0 00");
  frame made;
  REQUIRE(next_frame(bytes, 0, made) == framing::complete);
  CHECK(made.type == packet_type::publish);
  CHECK(made.flags == 3);
  CHECK(made.size == 5);
  CHECK(to_hex(made.body) == "01 02 03");
  REQUIRE(next_frame(bytes_view(bytes).subspan(5), 0, made) == framing::complete);
  CHECK(made.type == packet_type::pingresp);
  CHECK(made.body.empty());
}

TEST_CASE("flags other than those of the type are malformed [MQTT-2.1.3-1]") {
  for (unsigned first = 0; first < 256; ++first) {
    const unsigned type = first >> 4, flags = first & 0x0F;
    bool allowed = flags == 0 && type != 0;
    if (type == 3) allowed = (flags & 6) != 6;                                      // PUBLISH
    if (type == 6 || type == 8 || type == 10) allowed = flags == 2 || flags == 10;  // 10: 3.1's DUP
    const std::array bytes{static_cast<std::byte>(first), std::byte{0}};
    frame made;
    CAPTURE(first);
    CHECK((next_frame(bytes, 0, made) == framing::complete) == allowed);
    CHECK((next_frame(bytes_view(bytes).first(1), 0, made) == framing::malformed) != allowed);
  }
}

TEST_CASE("the remaining length takes one to four bytes (§1.5.5)") {
  struct row {
    std::string_view header;
    std::size_t remaining;
  };
  for (const row& each :
       {row{"30 00", 0}, row{"30 7F", 127}, row{"30 80 01", 128}, row{"30 FF 7F", 16383},
        row{"30 80 80 01", 16384}, row{"30 FF FF 7F", 2097151}, row{"30 80 80 80 01", 2097152},
        row{"30 80 00", 0},  // longer than need be: MQTT 3 allows it
        row{"30 81 80 80 00", 1}}) {
    CAPTURE(each.header);
    auto bytes = hex(each.header);
    const std::size_t header = bytes.size();
    frame made;
    if (each.remaining != 0) {
      CHECK(next_frame(bytes, 0, made) == framing::incomplete);
      CHECK(made.size == header + each.remaining);
    }
    bytes.resize(header + each.remaining);
    REQUIRE(next_frame(bytes, 0, made) == framing::complete);
    CHECK(made.size == bytes.size());
    CHECK(made.body.size() == each.remaining);
  }
  frame value;
  CHECK(frame_of("30 FF FF FF 7F", value) == framing::incomplete);
  CHECK(value.size == 5u + 268'435'455);
}

TEST_CASE("a remaining length of five bytes is malformed as soon as the fourth is there") {
  frame made;
  CHECK(frame_of("30 80 80 80", made) == framing::incomplete);
  CHECK(made.size == 0);
  CHECK(frame_of("30 80 80 80 80", made) == framing::malformed);
  CHECK(frame_of("30 FF FF FF FF 7F", made) == framing::malformed);
}

TEST_CASE("a packet above the limit is told before it has arrived") {
  frame made;
  CHECK(frame_of("30 0A", made, 12) == framing::incomplete);
  CHECK(frame_of("30 0B", made, 12) == framing::too_large);
  CHECK(made.size == 13);
  CHECK(made.body.empty());
  CHECK(frame_of("30 FF FF FF 7F", made, 0xFFFFFFFF) == framing::incomplete);
  CHECK(frame_of("D0 00", made, 2) == framing::complete);
  CHECK(frame_of("D0 00", made, 1) == framing::too_large);
}

TEST_CASE("nothing, or half a header, is incomplete") {
  frame made;
  CHECK(next_frame({}, 0, made) == framing::incomplete);
  CHECK(made.size == 0);
  CHECK(frame_of("20", made) == framing::incomplete);
  CHECK(frame_of("30 80", made) == framing::incomplete);
  CHECK(made.size == 0);
}

TEST_CASE("a ping has no body (§3.12, §3.13)") {
  frame made;
  CHECK(frame_of("C0 01 00", made) == framing::malformed);
  CHECK(frame_of("D0 01", made) == framing::malformed);
}

TEST_CASE("other protocols that answer on the port are not mistaken for MQTT") {
  frame made;
  for (const std::string_view text :
       {"HTTP/1.1 400 Bad Request\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "GET / HTTP/1.1\r\n"}) {
    CHECK(next_frame(as_bytes(text), 0, made) == framing::malformed);
  }
  CHECK(frame_of("15 03 01 00 02 02 46", made) == framing::malformed);  // a TLS alert
  CHECK(frame_of("16 03 01 00 F4 01", made) == framing::malformed);     // a TLS handshake
}
