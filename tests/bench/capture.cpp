// Writes a capture for the bench to stdout: twenty clients, each message of QoS 1 in a packet of
// its own and its PUBACK in another.
//
//   bench_capture MESSAGES            the capture (pcap, Ethernet)
//   bench_capture MESSAGES --count    how many packets that are
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr unsigned clients = 20;
constexpr unsigned opening_packets = 5;  // SYN, SYN-ACK, ACK, CONNECT, CONNACK
constexpr unsigned payload_bytes = 100;

void put16(std::string& to, unsigned value) {
  to += static_cast<char>(value >> 8 & 0xFF);
  to += static_cast<char>(value & 0xFF);
}
void put32(std::string& to, std::uint32_t value) {
  put16(to, value >> 16);
  put16(to, value & 0xFFFF);
}
void put_little(std::string& to, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) to += static_cast<char>(value >> 8 * i & 0xFF);
}

struct line {
  std::uint32_t next[2] = {1000, 900'000};  // of the client, of the broker
};

class capture {
 public:
  void begin() {
    std::string head;
    put_little(head, 0xA1B2C3D4);
    put_little(head, 0x00040002);
    for (const std::uint32_t value : {0u, 0u, 262'144u, 1u}) put_little(head, value);
    std::fwrite(head.data(), 1, head.size(), stdout);
  }
  void add(unsigned client, bool is_client, unsigned flags, const std::string& payload) {
    constexpr unsigned heads = 14 + 20 + 20;
    constexpr unsigned fin_or_syn = 3;
    line& of = lines_[client];
    const auto size = static_cast<std::uint32_t>(heads + payload.size());
    text_.clear();
    put_little(text_, 1'700'000'000 + time_ / 1'000'000);
    put_little(text_, time_ % 1'000'000);
    time_ += 10;  // a hundred thousand a second
    put_little(text_, size);
    put_little(text_, size);
    text_.append(12, '\x02');
    put16(text_, 0x0800);
    put16(text_, 0x4500);
    put16(text_, size - 14);
    put16(text_, ++id_ & 0xFFFF);
    put16(text_, 0x4000);
    put16(text_, (is_client ? 57u : 64u) << 8 | 6);
    put16(text_, 0);
    const std::uint32_t own = 0x0A000100 + client, broker = 0x0A000001;
    put32(text_, is_client ? own : broker);
    put32(text_, is_client ? broker : own);
    put16(text_, is_client ? 40'000 + client : 1883);
    put16(text_, is_client ? 1883 : 40'000 + client);
    put32(text_, of.next[is_client ? 0 : 1]);
    put32(text_, (flags & 0x10) != 0 ? of.next[is_client ? 1 : 0] : 0);
    put16(text_, 0x5000 | flags);
    put16(text_, 60'000);
    put32(text_, 0);
    text_ += payload;
    of.next[is_client ? 0 : 1] +=
        static_cast<std::uint32_t>(payload.size()) + ((flags & fin_or_syn) != 0 ? 1 : 0);
    std::fwrite(text_.data(), 1, text_.size(), stdout);
  }

 private:
  line lines_[clients];
  std::string text_;
  std::uint32_t time_ = 0;
  unsigned id_ = 0;
};

std::string text(const char* bytes, std::size_t size) { return std::string(bytes, size); }

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const unsigned long messages = std::strtoul(argv[1], nullptr, 10);
  if (argc > 2 && std::strcmp(argv[2], "--count") == 0) {
    std::printf("%lu\n", messages * 2 + clients * opening_packets);
    return 0;
  }
  constexpr unsigned syn = 0x02, ack = 0x10, push = 0x18;
  capture out;
  out.begin();
  for (unsigned i = 0; i < clients; ++i) {
    out.add(i, true, syn, "");
    out.add(i, false, syn | ack, "");
    out.add(i, true, ack, "");
    std::string connect = text("\x10\x0F\x00\x04MQTT\x04\x02\x00\x00\x00\x03", 14) + 's';
    connect += static_cast<char>('0' + i / 10);
    connect += static_cast<char>('0' + i % 10);
    out.add(i, true, push, connect);
    out.add(i, false, push, text("\x20\x02\x00\x00", 4));
  }
  const std::string body(payload_bytes, 'x');
  const std::string topic = "bench/topic";
  for (unsigned long i = 0; i < messages; ++i) {
    const auto client = static_cast<unsigned>(i % clients);
    const auto packet = static_cast<unsigned>(i / clients % 65'000 + 1);
    std::string publish = "\x32";
    publish += static_cast<char>(2 + topic.size() + 2 + payload_bytes);
    put16(publish, static_cast<unsigned>(topic.size()));
    publish += topic;
    put16(publish, packet);
    out.add(client, true, push, publish + body);
    std::string answer = text("\x40\x02", 2);
    put16(answer, packet);
    out.add(client, false, push, answer);
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
