// The fastest peer a client can meet, so that what is measured is the client.
//
//   bench_nullbroker sink [--tls CERT KEY]
//       takes what is published and acknowledges it
//   bench_nullbroker fire COUNT SIZE [--qos Q] [--json]
//       sends COUNT messages of SIZE bytes to whoever subscribes
//
// Speaks MQTT 3.1.1 and 5, serves one connection after the other on a free loopback port, prints
// "listening PORT" first and one line of counts at the end of each connection.
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include "stream.hpp"

namespace {

using bench::get_u16;
using bench::put_header;
using bench::put_u16;

constexpr std::size_t block_bytes = 1 << 18;
constexpr std::size_t window = 60'000;  // messages sent and not acknowledged; ids must not repeat

struct settings {
  bool fires = false;
  bool json = false;
  std::size_t count = 0;
  std::size_t size = 0;
  unsigned qos = 0;
  const char* certificate = nullptr;
  const char* key = nullptr;
};

class connection {
 public:
  connection(bench::stream& peer, const settings& what) : peer_(peer), what_(what) {
    in_.resize(block_bytes);
  }

  void serve() {
    while (!done_) {
      while (can_fire() && out_.size() - written_ < block_bytes) fire_one();
      if (!flush()) return;
      const bool has_more = out_.size() != written_;
      if (has_more || !can_fire()) peer_.wait(has_more);
      const auto count = peer_.read(in_.data() + held_, in_.size() - held_, false);
      if (count == 0) return;
      if (count > 0) take(static_cast<std::size_t>(count));
    }
    flush();
  }

  std::size_t received() const { return received_; }
  std::size_t received_bytes() const { return received_bytes_; }
  std::size_t sent() const { return sent_; }
  std::size_t settled() const { return settled_; }

 private:
  bool can_fire() const {
    return firing_ && sent_ < what_.count && (what_.qos == 0 || sent_ - settled_ < window);
  }

  void take(std::size_t count) {
    held_ += count;
    std::size_t at = 0;
    for (;;) {
      const auto shape = bench::shape_of(in_.data() + at, held_ - at);
      if (shape.size == 0) break;
      handle(in_.data() + at, shape);
      at += shape.size;
    }
    std::memmove(in_.data(), in_.data() + at, held_ - at);
    held_ -= at;
    if (held_ == in_.size()) in_.resize(in_.size() * 2);  // a packet larger than the buffer
  }

  void handle(const unsigned char* packet, bench::packet_shape shape) {
    const unsigned char* body = packet + shape.body;
    switch (packet[0] >> 4) {
      case 1: {
        is_v5_ = body[2 + get_u16(body)] == 5;
        append(is_v5_ ? std::string("\x20\x03\x00\x00\x00", 5)
                      : std::string("\x20\x02\x00\x00", 4));
        break;
      }
      case 3: {
        ++received_;
        received_bytes_ += shape.size;
        const unsigned qos = packet[0] >> 1 & 3;
        if (qos != 0) acknowledge(qos == 1 ? 0x40 : 0x50, body + 2 + get_u16(body));
        break;
      }
      case 4:
      case 7:
        ++settled_;
        break;
      case 5:
        acknowledge(0x62, body);
        break;
      case 6:
        acknowledge(0x70, body);
        break;
      case 8: {
        const auto qos = static_cast<char>(what_.qos);
        std::string answer(is_v5_ ? "\x90\x04" : "\x90\x03");
        answer.append(reinterpret_cast<const char*>(body), 2);
        if (is_v5_) answer += '\0';
        append(answer + qos);
        firing_ = what_.fires;
        break;
      }
      case 12:
        append(std::string("\xD0\x00", 2));
        break;
      case 14:
        done_ = true;
        break;
      default:
        break;
    }
  }

  void append(const std::string& bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }

  void acknowledge(unsigned char type, const unsigned char* packet_id) {
    const unsigned char answer[] = {type, 2, packet_id[0], packet_id[1]};
    out_.insert(out_.end(), answer, answer + sizeof answer);
  }

  void fire_one() {
    char topic[32];
    const auto topic_size = static_cast<std::size_t>(
        std::snprintf(topic, sizeof topic, "bench/device%zu/temperature", sent_ % 100));
    const std::size_t length =
        2 + topic_size + (what_.qos != 0 ? 2 : 0) + (is_v5_ ? 1 : 0) + what_.size;
    const std::size_t begin = out_.size();
    out_.resize(begin + 5 + length);
    unsigned char* to = out_.data() + begin;
    to += put_header(to, static_cast<unsigned char>(0x30 | what_.qos << 1), length);
    put_u16(to, topic_size);
    std::memcpy(to + 2, topic, topic_size);
    to += 2 + topic_size;
    if (what_.qos != 0) {
      put_u16(to, sent_ % 65'535 + 1);
      to += 2;
    }
    if (is_v5_) *to++ = 0;
    std::memset(to, 'x', what_.size);
    if (what_.json && what_.size >= 24) {  // characters that a JSON string has to escape
      char head[24];
      const int size = std::snprintf(head, sizeof head, "{\"n\":%zu,\"pad\":\"", sent_);
      std::memcpy(to, head, static_cast<std::size_t>(size));
      std::memcpy(to + what_.size - 2, "\"}", 2);
    }
    to += what_.size;
    out_.resize(static_cast<std::size_t>(to - out_.data()));
    ++sent_;
  }

  bool flush() {
    if (out_.size() == written_) return true;
    const auto count = peer_.write(out_.data() + written_, out_.size() - written_, false);
    if (count < 0) return false;
    written_ += static_cast<std::size_t>(count);
    if (written_ == out_.size() || written_ >= 4 * block_bytes) {
      out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(written_));
      written_ = 0;
    }
    return true;
  }

  bench::stream& peer_;
  const settings& what_;
  std::vector<unsigned char> in_;
  std::size_t held_ = 0;
  std::vector<unsigned char> out_;
  std::size_t written_ = 0;
  bool is_v5_ = false;
  bool firing_ = false;
  bool done_ = false;
  std::size_t received_ = 0;
  std::size_t received_bytes_ = 0;
  std::size_t sent_ = 0;
  std::size_t settled_ = 0;
};

int usage() {
  std::fputs(
      "usage: bench_nullbroker sink [--tls CERT KEY]\n"
      "       bench_nullbroker fire COUNT SIZE [--qos Q] [--json]\n",
      stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  settings what;
  std::size_t at = 1;
  if (words.empty()) return usage();
  if (words[0] == "fire") {
    if (words.size() < 3) return usage();
    what.fires = true;
    what.count = std::stoul(words[1]);
    what.size = std::stoul(words[2]);
    at = 3;
  } else if (words[0] != "sink") {
    return usage();
  }
  for (; at < words.size(); ++at) {
    if (words[at] == "--json") {
      what.json = true;
    } else if (words[at] == "--qos" && at + 1 < words.size()) {
      what.qos = static_cast<unsigned>(std::stoul(words[++at]));
    } else if (words[at] == "--tls" && at + 2 < words.size()) {
      what.certificate = words[++at].c_str();
      what.key = words[++at].c_str();
    } else {
      return usage();
    }
  }

  std::signal(SIGPIPE, SIG_IGN);
  SSL_CTX* context = nullptr;
  if (what.certificate != nullptr) {
    context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(context, what.certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, what.key, SSL_FILETYPE_PEM) != 1) {
      bench::fail("certificate");
    }
  }
  int port = 0;
  const int listener = bench::listen_on(port);
  std::printf("listening %d\n", port);
  std::fflush(stdout);
  for (;;) {
    const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    bench::stream peer(socket);
    if (context != nullptr) peer.start_tls_as_server(context);
    connection client(peer, what);
    client.serve();
    if (what.fires) {
      std::printf("sent %zu settled %zu\n", client.sent(), client.settled());
    } else {
      std::printf("received %zu bytes %zu\n", client.received(), client.received_bytes());
    }
    std::fflush(stdout);
    peer.end_of_writing();
  }
}
