// The file of --write: a valid capture without secrets.
#include "mqtt-doctor/capture/capture_writer.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "mqtt-doctor/capture/capture_file.hpp"
#include "mqtt-doctor/capture/packet_blanker.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace std::string_literals;

namespace {

std::string number16(std::size_t value) {
  return {static_cast<char>(value >> 8 & 0xFF), static_cast<char>(value & 0xFF)};
}
std::string number32(std::uint32_t value) {
  return number16(value >> 16) + number16(value & 0xFFFF);
}

std::string checksum(const std::string& text) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    sum += static_cast<std::uint64_t>(static_cast<unsigned char>(text[i])) << (i % 2 == 0 ? 8 : 0);
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return number16(~sum & 0xFFFF);
}

const std::string phone = "\xC0\xA8\x01\x09", server = "\xC0\xA8\x01\x02";  // 192.168.1.9, .2
const std::string phone6 = "\xFD\x00"s + std::string(13, '\0') + "\x09";
const std::string server6 = "\xFD\x00"s + std::string(13, '\0') + "\x02";

struct segment_of {
  std::string source = phone, destination = server;
  std::uint16_t from = 50'211, to = 1883;
  std::uint32_t sequence = 1001;
  bool syn = false;
};

/// An IP packet with right checksums.
std::string ip_of(const std::string& source, const std::string& destination, char protocol,
                  const std::string& carried, std::uint16_t fragment = 0) {
  if (source.size() == 16) {
    return "\x60\0\0\0"s + number16(carried.size()) + protocol + '\x40' + source + destination +
           carried;
  }
  std::string head =
      "\x45\0"s + number16(20 + carried.size()) + "\0\1"s + number16(fragment) + "\x40"s + protocol;
  head += checksum(head + std::string(2, '\0') + source + destination) + source + destination;
  return head + carried;
}

std::string tcp_of(const segment_of& what, const std::string& payload) {
  std::string head = number16(what.from) + number16(what.to) + number32(what.sequence) +
                     number32(7) + "\x50"s + (what.syn ? '\x02' : '\x18') + "\xFF\xFF"s;
  const std::string pseudo =
      what.source + what.destination + "\0\6"s + number16(20 + payload.size());
  head += checksum(pseudo + head + std::string(4, '\0') + payload) + std::string(2, '\0');
  return head + payload;
}

std::string packet_of(const segment_of& what, const std::string& payload) {
  return ip_of(what.source, what.destination, 6, tcp_of(what, payload));
}

/// Whether a TCP packet's checksums are right.
bool has_right_checksums(const std::string& ip) {
  const bool is_v6 = (ip[0] & 0xF0) == 0x60;
  const std::size_t head = is_v6 ? 40 : 20, source = is_v6 ? 8 : 12, both = is_v6 ? 32 : 8;
  const std::string carried = ip.substr(head);
  if (!is_v6 && checksum(ip.substr(0, head)) != std::string(2, '\0')) return false;
  return checksum(ip.substr(source, both) + "\0\6"s + number16(carried.size()) + carried) ==
         std::string(2, '\0');
}

struct blanked {
  explicit blanked(bool keeps_logins = false, bool blanks_addresses = false)
      : blanker(keeps_logins, blanks_addresses) {}
  /// The packet as --write puts it into the file.
  std::string of(const std::string& ip, link_type link = link_type::raw) {
    captured_packet packet;
    packet.link = link;
    packet.bytes = as_bytes(ip);
    packet.original_size = ip.size();
    const auto made = blanker.blank(packet);
    return made ? std::string(as_text(*made)) : std::string();
  }
  std::string say(segment_of what, const std::string& payload) {
    const std::string out = of(packet_of(what, payload));
    CHECK(has_right_checksums(out));
    return out.substr(what.source.size() == 16 ? 60 : 40);
  }
  packet_blanker blanker;
};

std::string field(const std::string& text) { return number16(text.size()) + text; }

std::string connect_of(const std::string& body, char level = 4, char flags = '\xC2') {
  const std::string all = field("MQTT") + level + flags + number16(60) + body;
  std::string head = "\x10";
  std::size_t rest = all.size();
  do {
    head += static_cast<char>(rest % 128 | (rest >= 128 ? 128 : 0));
    rest /= 128;
  } while (rest != 0);
  return head + all;
}

const std::string login = connect_of(field("door") + field("alice") + field("open sesame"));

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("the password of a CONNECT is overwritten, whatever version it has, and nothing else") {
  const std::string props5 = "\x11\0\0\0\x0A\x15\0\3jwt\x16\0\x0Asecret-jwt\x26\0\1a\0\1b"s;
  const std::string v5 =
      connect_of(static_cast<char>(props5.size()) + props5 + field("door") + "\x05\x18\0\0\0\x05"s +
                     field("will/topic") + field("gone") + field("alice") + field("open sesame"),
                 5, '\xC6');
  for (const std::string& text : {login, v5}) {
    blanked all;
    all.say({.sequence = 1000, .syn = true}, "");
    const std::string out = all.say({}, text);
    CHECK(out.size() == text.size());
    CHECK(has(out, "alice"));
    CHECK(has(out, field("xxxxxxxxxxx")));
    CHECK_FALSE(has(out, "sesame"));
    CHECK_FALSE(has(out, "secret-jwt"));
    std::string expected = text;
    expected.replace(expected.find("open sesame"), 11, 11, 'x');
    if (has(expected, "secret-jwt")) expected.replace(expected.find("secret-jwt"), 10, 10, 'x');
    CHECK(out == expected);
    CHECK(has(all.say({.sequence = 1001 + static_cast<std::uint32_t>(text.size())},
                      "\x30\x0A\0\3a/bsesame"s),
              "sesame"));
  }
}

TEST_CASE("a signature in a user name is overwritten, as clouds want it there") {
  blanked all;
  all.say({.sequence = 1000, .syn = true}, "");
  const std::string out =
      all.say({}, connect_of(field("door") + field("name?x-amz-token=top-secret"), 4, '\x82'));
  CHECK(has(out, "name?"));
  CHECK_FALSE(has(out, "top-secret"));
}

TEST_CASE("a CONNECT is found however it was cut, doubled or put out of order") {
  for (std::size_t cut = 1; cut < login.size(); ++cut) {
    const std::string first = login.substr(0, cut), second = login.substr(cut);
    const segment_of behind{.sequence = 1001 + static_cast<std::uint32_t>(cut)};
    blanked in_order;
    in_order.say({.sequence = 1000, .syn = true}, "");
    std::string whole = in_order.say({}, first);
    whole += in_order.say(behind, second);
    CHECK_FALSE(has(whole, "sesame"));
    CHECK(has(whole, "alice"));
    CHECK_FALSE(has(in_order.say({}, login), "sesame"));  // sent again, cut otherwise
    CHECK_FALSE(has(in_order.say(behind, second), "ses"));

    blanked out_of_order;
    out_of_order.say({.sequence = 1000, .syn = true}, "");
    std::string found = out_of_order.say(behind, second);
    found = out_of_order.say({}, first) + found;
    CHECK_FALSE(has(found, "sesame"));
    CHECK_FALSE(has(found, "esame"));
    // Later packets are not lost.
    const segment_of last{.sequence = 1001 + static_cast<std::uint32_t>(login.size())};
    CHECK(has(out_of_order.say(last, "\x30\x0C\0\3a/bmessage"s), "message"));
  }
}

TEST_CASE("joined in the middle, what may be the end of a CONNECT is overwritten") {
  blanked all;
  CHECK_FALSE(has(all.say({}, "open sesame"), "sesame"));
  CHECK(has(all.say({.sequence = 1012}, "\x30\x0C\0\3a/bmessage\xC0\0"s), "message"));
  CHECK(has(all.say({.sequence = 1028}, "rest of a message"), "rest"));
  blanked late;  // a CONNECT whose SYN was not seen
  const std::string out = late.say({}, login);
  CHECK(has(out, "alice"));
  CHECK_FALSE(has(out, "sesame"));
  blanked tls;
  CHECK(has(tls.say({}, "\x17\x03\x03\0\x05hello"s), "hello"));
}

TEST_CASE(
    "a login inside WebSocket is overwritten, masked or not, and so are the request's tokens") {
  const std::string request =
      "GET /mqtt?X-Amz-Signature=abcdef HTTP/1.1\r\nHost: broker\r\nAuthorization: Basic "
      "YWxpY2U6eA==\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: dGhl\r\n\r\n";
  for (const std::string& mask : {"\x01\x02\x03\x04"s, "\0\0\0\0"s}) {
    std::string masked = login;
    for (std::size_t i = 0; i < masked.size(); ++i)
      masked[i] = static_cast<char>(masked[i] ^ mask[i % 4]);
    const std::string ping = "\x89\x82"s + mask + "hi";
    // The CONNECT is in two frames, with a WebSocket ping between them.
    const std::string half = masked.substr(0, 20), rest = login.substr(20);
    std::string second;
    for (std::size_t i = 0; i < rest.size(); ++i)
      second += static_cast<char>(rest[i] ^ mask[i % 4]);
    const std::string stream = request + "\x02\x94"s + mask + half + ping + "\x80"s +
                               static_cast<char>(0x80 | second.size()) + mask + second;
    blanked all;
    all.say({.sequence = 1000, .syn = true}, "");
    std::string out;
    for (std::size_t at = 0; at < stream.size(); at += 13)
      out += all.say({.sequence = 1001 + static_cast<std::uint32_t>(at)}, stream.substr(at, 13));
    CHECK(out.size() == stream.size());
    CHECK(has(out, "GET /mqtt?xxx"));
    CHECK(has(out, "Sec-WebSocket-Key: dGhl"));
    CHECK_FALSE(has(out, "abcdef"));
    CHECK_FALSE(has(out, "YWxp"));
    std::string opened = out.substr(out.size() - second.size());
    for (std::size_t i = 0; i < opened.size(); ++i)
      opened[i] = static_cast<char>(opened[i] ^ mask[i % 4]);
    CHECK(opened.substr(opened.size() - 13) == field("xxxxxxxxxxx"));
  }
}

TEST_CASE("fragments behind the first, and what ICMP quotes, hold no password either") {
  blanked all;
  CHECK_FALSE(has(all.of(ip_of(phone, server, 6, "open sesame", 3)), "sesame"));
  const std::string error = ip_of(server, phone, 1, "\3\4\0\0\0\0\5\0"s + packet_of({}, login));
  const std::string out = all.of(error);
  CHECK_FALSE(has(out, "sesame"));
  CHECK_FALSE(has(out, "alice"));
}

TEST_CASE("passwords are kept when that was asked for") {
  blanked all(true);
  CHECK(has(all.say({}, login), "open sesame"));
}

TEST_CASE("addresses are replaced, always by the same ones, and the checksums are right") {
  blanked all(false, true);
  const std::string out = all.of(packet_of({.sequence = 1000, .syn = true}, ""));
  CHECK(has_right_checksums(out));
  CHECK(out.substr(12, 8) == "\xC6\x12\0\1\xC6\x12\0\2"s);
  segment_of back{.source = server, .destination = phone, .from = 1883, .to = 50'211};
  const std::string answer = all.of(packet_of(back, "\x20\x02\0\0"s));
  CHECK(answer.substr(12, 8) == "\xC6\x12\0\2\xC6\x12\0\1"s);
  CHECK(has_right_checksums(answer));
  const std::string both = all.of(packet_of({}, login));
  CHECK(has_right_checksums(both));
  CHECK_FALSE(has(both, "sesame"));
  const std::string six = all.of(packet_of({.source = phone6, .destination = server6}, "xyz"));
  CHECK(has_right_checksums(six));
  CHECK(six.substr(8, 16) == "\x20\x01\x0D\xB8"s + std::string(11, '\0') + "\3");
  const std::string local = "\x7F\0\0\1"s;
  CHECK(all.of(packet_of({.source = local, .destination = local}, "x")).substr(12, 8) ==
        local + local);
}

TEST_CASE("addresses around a datagram of UDP are replaced as well, with its checksum") {
  const auto put16 = [](std::string& to, unsigned value) {
    to += static_cast<char>(value >> 8 & 0xFF);
    to += static_cast<char>(value & 0xFF);
  };
  const auto sum_of = [](std::string_view bytes) {
    unsigned sum = 0;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
      sum += static_cast<unsigned char>(bytes[i]) * 256U + static_cast<unsigned char>(bytes[i + 1]);
    return sum;
  };
  // The pseudo header (RFC 768): both addresses, the protocol and the length.
  const auto is_right = [&](const std::string& ip) {
    unsigned sum = sum_of(ip.substr(12)) + 17 + 12;
    while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
    return sum == 0xFFFF;
  };
  std::string ip = "\x45\0\0\x20\0\0\x40\0\x40\x11\0\0"s + phone + server;
  put16(ip, 50'211);
  put16(ip, 1884);
  put16(ip, 12);
  put16(ip, 0);
  ip += "\x04\x18\0\x3C"s;
  unsigned sum = sum_of(std::string_view(ip).substr(12)) + 17 + 12;
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  ip[26] = static_cast<char>(~sum >> 8 & 0xFF);
  ip[27] = static_cast<char>(~sum & 0xFF);
  REQUIRE(is_right(ip));
  blanked all(false, true);
  const std::string out = all.of(ip);
  CHECK(out.substr(12, 8) == "\xC6\x12\0\1\xC6\x12\0\2"s);
  CHECK(is_right(out));
  CHECK(out.substr(28) == ip.substr(28));
  ip[26] = ip[27] = 0;  // RFC 768: not computed
  CHECK(all.of(ip).substr(26, 2) == "\0\0"s);
}

TEST_CASE("addresses in ICMP's quotes, in front of IP and in a PROXY header are replaced as well") {
  blanked all(false, true);
  const std::string error = ip_of(server, phone, 1, "\3\3\0\0\0\0\0\0"s + packet_of({}, ""));
  const std::string out = all.of(error);
  CHECK_FALSE(has(out, phone));
  CHECK_FALSE(has(out, server));
  CHECK(checksum(out.substr(28, 20)) == std::string(2, '\0'));  // the quoted header's
  const std::string ethernet = "\x02\x11\x22\x33\x44\x55\xAA\xBB\xCC\xDD\xEE\x02\x08\0"s;
  const std::string framed = all.of(ethernet + packet_of({}, "x"), link_type::ethernet);
  CHECK_FALSE(has(framed, "\xAA\xBB\xCC\xDD\xEE"));
  CHECK_FALSE(has(framed, "\x11\x22\x33\x44"));
  CHECK(framed.substr(12, 2) == "\x08\0"s);
  all.of(packet_of({.from = 5, .sequence = 1000, .syn = true}, ""));
  const std::string proxy =
      all.of(packet_of({.from = 5}, "PROXY TCP4 203.0.113.9 203.0.113.1 50211 1883\r\n"));
  CHECK(has(proxy, "PROXY TCP4 111.1.111.1 111.1.111.1 50211 1883\r\n"));
  CHECK(all.of("no IP at all").empty());
}

TEST_CASE(
    "a capture that is written can be read again, to the nanosecond, and is the owner's alone") {
  const testing::temp_folder folder;
  const std::string file = folder.file("seen.pcapng");
  {
    capture_writer out;
    REQUIRE(out.open(file).empty());
    out.add_interface(link_type::raw, 262'144, "eth0");
    out.add_interface(link_type::ethernet, 262'144, "");
    for (std::size_t i = 0; i < 5000; ++i) {
      const std::string bytes = packet_of({}, std::string(i % 300, 'p'));
      captured_packet captured;
      captured.time = capture_time(std::chrono::nanoseconds(1'700'000'000'123'456'789 + i));
      captured.bytes = as_bytes(bytes);
      captured.original_size = bytes.size() + i % 2;
      out.write(captured, captured.bytes);
    }
    out.add_statistics(0, capture_time(std::chrono::seconds(1'700'000'000)), 5007, 7);
    out.close();
    CHECK(out.problem().empty());
    CHECK(out.packets() == 5000);
  }
  struct stat about {};
  REQUIRE(::stat(file.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  std::string wrong;
  const auto source = open_source(file, wrong);
  REQUIRE(source != nullptr);
  capture_file in(*source);
  captured_packet made;
  std::size_t count = 0;
  for (; in.next(made); ++count) {
    CHECK(made.time.time_since_epoch().count() ==
          1'700'000'000'123'456'789 + static_cast<std::int64_t>(count));
    CHECK(made.bytes.size() == 40 + count % 300);
    CHECK(made.original_size == 40 + count % 300 + count % 2);
  }
  CHECK(count == 5000);
  CHECK(in.problem().empty());
  CHECK(in.dropped() == 7);
  // Wireshark checks the file as well, where it is installed.
  const std::string capinfos = testing::find_program("capinfos");
  if (!capinfos.empty()) {
    const testing::finished ran = testing::run({capinfos, "-c", "-M", file});
    CHECK(ran.code == 0);
    CHECK(ran.err.empty());
    CHECK(has(ran.out, "5000"));
  }
}

TEST_CASE("a full disk is said, and what is in the file by then ends with a whole packet") {
  capture_writer device;
  REQUIRE(device.open("/dev/full").empty());
  device.add_interface(link_type::raw, 0, "");
  device.flush();
  CHECK(device.problem() == "No space left on device");
  CHECK(device.packets() == 0);
  CHECK_FALSE(device.is_open());

  const testing::temp_folder folder;
  capture_writer out;
  CHECK(out.open(folder.path().string()) != "");
  CHECK(out.open(folder.file("not/there")) == "No such file or directory");
  REQUIRE(::symlink("/dev/null", folder.file("link").c_str()) == 0);
  CHECK(out.open(folder.file("link")) == "it is a link");
}
