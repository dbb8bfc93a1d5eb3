// Capture files by their bytes: pcap, pcapng, compressed, truncated, damaged.
#include "mqtt-doctor/capture/capture_file.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "support/hex.hpp"
#include "unit/doctor/wire.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;
using mqttkit::test::hex;

namespace {

struct read_back {
  std::vector<std::string> packets;  // "1 2.000000001 eth 3 of 5: abc"
  std::string problem;
  std::uint64_t dropped = 0;
  std::string keys;
};

read_back read(bytes_view bytes) {
  const std::vector<std::byte> exact(bytes.begin(), bytes.end());
  memory_source from(exact);
  capture_file file(from);
  read_back out;
  captured_packet captured;
  while (file.next(captured)) {
    const long long ns = captured.time.time_since_epoch().count();
    char text[64];
    std::snprintf(text, sizeof text,
                  "%d %lld.%09lld i%d l%d of %d: ", static_cast<int>(captured.number),
                  ns / 1'000'000'000, ns % 1'000'000'000, static_cast<int>(captured.interface),
                  static_cast<int>(captured.link), static_cast<int>(captured.original_size));
    out.packets.push_back(text + std::string(as_text(captured.bytes)));
  }
  out.problem = file.problem();
  out.dropped = file.dropped();
  out.keys = file.key_log();
  return out;
}

byte_list list(std::string_view text) {
  byte_list made;
  put(made, text);
  return made;
}

/// Writes pcapng in little-endian order.
class ng {
 public:
  ng& block(std::uint32_t type, byte_list body) {
    while (body.size() % 4 != 0) put8(body, 0);
    const auto length = static_cast<std::uint32_t>(body.size() + 12);
    little(bytes, type);
    little(bytes, length);
    put(bytes, body);
    little(bytes, length);
    return *this;
  }
  static void little(byte_list& to, std::uint32_t value) {
    for (int i = 0; i < 4; ++i) put8(to, value >> 8 * i & 0xFF);
  }
  static void option(byte_list& to, unsigned code, const byte_list& value) {
    put8(to, code);
    put8(to, 0);
    put8(to, static_cast<unsigned>(value.size()));
    put8(to, 0);
    put(to, value);
    while (to.size() % 4 != 0) put8(to, 0);
  }
  ng& section() {
    byte_list body;
    little(body, 0x1A2B3C4D);
    little(body, 0x00000001);
    little(body, 0xFFFFFFFF);
    little(body, 0xFFFFFFFF);
    return block(0x0A0D0D0A, body);
  }
  ng& interface(link_type link, int resolution = -1, std::uint32_t snap = 0, unsigned offset = 0) {
    byte_list body;
    put8(body, static_cast<unsigned>(link));
    put8(body, 0);
    put16(body, 0);
    little(body, snap);
    if (resolution >= 0) option(body, 9, {static_cast<std::byte>(resolution)});
    if (offset != 0) {
      byte_list value;
      little(value, offset);
      little(value, 0);
      option(body, 14, value);
    }
    little(body, 0);
    return block(1, body);
  }
  ng& packet(std::uint32_t on, std::uint64_t ticks, std::string_view text, std::uint32_t was = 0) {
    byte_list body;
    little(body, on);
    little(body, static_cast<std::uint32_t>(ticks >> 32));
    little(body, static_cast<std::uint32_t>(ticks));
    little(body, static_cast<std::uint32_t>(text.size()));
    little(body, was == 0 ? static_cast<std::uint32_t>(text.size()) : was);
    put(body, text);
    return block(6, body);
  }

  byte_list bytes;
};

ng example() {
  ng made;
  made.section()
      .interface(link_type::ethernet)
      .interface(link_type::raw, 9)
      .packet(0, 1'000'001, "one", 9)
      .packet(1, 2'000'000'003, "two")
      .block(0x0BAD, list("somebody's own"));
  byte_list simple;
  ng::little(simple, 4);
  put(simple, "four");
  made.block(3, simple);
  made.section()
      .interface(link_type::linux_cooked, 0x80 | 10, 0, 100)
      .packet(0, 3 * 1024 + 512, "x");
  return made;
}

}  // namespace

TEST_CASE("pcap is read in both byte orders, with micro- and with nanoseconds") {
  for (const bool is_big : {false, true}) {
    for (const bool is_nano : {false, true}) {
      pcap_text text(link_type::ethernet, is_big, is_nano);
      text.add(list("first"), 1.5).add(list("second"), 2001, 90);
      const read_back back = read(text.bytes());
      REQUIRE(back.packets.size() == 2);
      CHECK(back.packets[0] == "1 1700000000.001500000 i0 l1 of 5: first");
      CHECK(back.packets[1] == "2 1700000002.001000000 i0 l1 of 90: second");
      CHECK(back.problem.empty());
    }
  }
}

TEST_CASE("pcapng is read with several sections and interfaces, each with its own clock") {
  const read_back back = read(example().bytes);
  CHECK(back.problem.empty());
  REQUIRE(back.packets.size() == 4);
  CHECK(back.packets[0] == "1 1.000001000 i0 l1 of 9: one");
  CHECK(back.packets[1] == "2 2.000000003 i1 l101 of 3: two");
  CHECK(back.packets[2] == "3 2.000000003 i0 l1 of 4: four");  // a simple one has no time
  CHECK(back.packets[3] == "4 103.500000000 i2 l113 of 1: x");
}

TEST_CASE("what a capturing program lost is counted once, and keys in the file are kept") {
  const auto lost = [](std::uint32_t count) {
    byte_list body, value;
    for (int i = 0; i < 3; ++i) ng::little(body, 0);
    ng::little(value, count);
    ng::little(value, 0);
    ng::option(body, 5, value);
    return body;
  };
  byte_list keys;
  ng::little(keys, 0x544C534B);
  ng::little(keys, 5);
  put(keys, "A B C");
  ng made;
  made.section().interface(link_type::raw).block(5, lost(3)).block(5, lost(5)).block(10, keys);
  const read_back back = read(made.bytes);
  CHECK(back.problem.empty());
  CHECK(back.dropped == 5);
  CHECK(back.keys == "A B C\n");
}

TEST_CASE("a capture cut at any byte gives every packet before the cut and says where it ends") {
  pcap_text small(link_type::raw);
  small.add(list("first"), 1).add(list("second"), 2);
  for (const byte_list& whole : {small.bytes(), example().bytes}) {
    const std::size_t all = read(whole).packets.size();
    std::size_t before = 0, whole_ends = 0;
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      const read_back back = read(bytes_view(whole).first(cut));
      CHECK(back.packets.size() >= before);
      before = back.packets.size();
      if (back.problem.empty()) ++whole_ends;
    }
    CHECK(before <= all);
    // A file may end without an error only between records: after its head or after a record.
    CHECK(whole_ends == (whole.size() == small.bytes().size() ? 2 : 9));
  }
  CHECK(read(bytes_view(small.bytes()).first(50)).problem == "it ends inside packet 2");
  CHECK(read({}).problem == "it is empty");
}

TEST_CASE("sizes a capture claims are not believed") {
  pcap_text text(link_type::raw);
  text.add(list("first"), 1);
  byte_list wrong = text.bytes();
  wrong[24 + 8 + 3] = std::byte{0x7F};
  CHECK(read(wrong).problem.find("the file is damaged there") != std::string::npos);
  byte_list block = example().bytes;
  block[28 + 7] = std::byte{0x7F};
  CHECK(read(block).problem.find("the file is damaged there") != std::string::npos);
  ng short_packet;
  short_packet.section().interface(link_type::raw).block(6, list("too short"));
  CHECK(read(short_packet.bytes).problem == "packet 1 is damaged");
  ng no_interface;
  no_interface.section().packet(0, 1, "x");
  CHECK(read(no_interface.bytes).problem == "packet 1 is damaged");
}

TEST_CASE("a capture is told from other files by its first bytes") {
  CHECK(capture_file::is_capture(hex("A1 B2 C3 D4")));
  CHECK(capture_file::is_capture(hex("4D 3C B2 A1")));
  CHECK(capture_file::is_capture(hex("0A 0D 0D 0A")));
  CHECK_FALSE(capture_file::is_capture(as_bytes("{\"format\"")));
  CHECK_FALSE(capture_file::is_capture(hex("A1 B2")));
}

TEST_CASE("a packed capture is unpacked, also when it is cut or damaged") {
  pcap_text text(link_type::raw);
  std::string noise;
  std::uint32_t state = 1;
  for (int i = 0; i < 4000; ++i)
    noise += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  text.add(list("first"), 1).add(list(noise), 2);
  byte_list packed(text.bytes().size() + 500);
  z_stream zip{};
  REQUIRE(deflateInit2(&zip, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  zip.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(text.bytes().data()));
  zip.avail_in = static_cast<uInt>(text.bytes().size());
  zip.next_out = reinterpret_cast<Bytef*>(packed.data());
  zip.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&zip, Z_FINISH) == Z_STREAM_END);
  packed.resize(zip.total_out);
  deflateEnd(&zip);
  const auto read_file = [](bytes_view bytes) {
    const std::string name = "packed-capture.test";
    std::ofstream(name, std::ios::binary) << as_text(bytes);
    std::string wrong;
    const auto source = open_source(name, wrong);
    REQUIRE(source != nullptr);
    capture_file file(*source);
    captured_packet captured;
    int count = 0;
    while (file.next(captured)) ++count;
    std::remove(name.c_str());
    return std::to_string(count) + ' ' + file.problem();
  };
  CHECK(read_file(packed) == "2 ");
  CHECK(read_file(text.bytes()) == "2 ");
  CHECK(read_file(bytes_view(packed).first(packed.size() - 200)) ==
        "1 what gzip packed ends too early inside packet 2");
  byte_list damaged = packed;
  for (std::size_t i = 2000; i < 2100; ++i) damaged[i] = std::byte{0xFF};
  CHECK(read_file(damaged).substr(0, 2) != "0 ");
  std::string wrong;
  CHECK(open_source("no-such-file.pcap", wrong) == nullptr);
  CHECK_FALSE(wrong.empty());
  CHECK(open_source(".", wrong) == nullptr);
}
