// The floor of the machine: the least a client can do on a path, with nothing checked, nothing
// configurable and nothing recovered. What ours takes beyond this is the price of being a client.
//
//   bench_floor pub PORT [--qos Q] [--tls] [--window N]   each line of stdin becomes a PUBLISH, at
//                                                         most N (60000) of them unacknowledged
//   bench_floor sub PORT COUNT [--json]                   COUNT payloads to stdout, a line each
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "stream.hpp"

namespace {

using bench::put_header;
using bench::put_u16;

constexpr std::size_t block_bytes = 65'536;
constexpr std::string_view topic = "bench/topic";

void greet(bench::stream& broker) {
  // CONNECT: MQTT 3.1.1, clean session, no keep alive, no identifier; then the CONNACK
  static constexpr unsigned char connect[] = {0x10, 12, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 0};
  unsigned char connack[4];
  broker.write(connect, sizeof connect);
  if (broker.read(connack, sizeof connack) != sizeof connack || connack[0] != 0x20) {
    bench::fail("CONNACK");
  }
}

class publisher {
 public:
  publisher(bench::stream& broker, unsigned qos, std::size_t window)
      : broker_(broker), qos_(qos), window_(window) {
    out_.reserve(2 * block_bytes);
  }

  void line(std::string_view text) {
    const std::size_t length = 2 + topic.size() + (qos_ != 0 ? 2 : 0) + text.size();
    const std::size_t begin = out_.size();
    out_.resize(begin + 5 + length);
    unsigned char* to = out_.data() + begin;
    to += put_header(to, static_cast<unsigned char>(0x30 | qos_ << 1), length);
    put_u16(to, topic.size());
    std::memcpy(to + 2, topic.data(), topic.size());
    to += 2 + topic.size();
    if (qos_ != 0) {
      put_u16(to, sent_ % 65'535 + 1);
      to += 2;
    }
    std::memcpy(to, text.data(), text.size());
    out_.resize(static_cast<std::size_t>(to - out_.data()) + text.size());
    ++sent_;
    if (out_.size() >= block_bytes) {
      flush();
      if (qos_ != 0) take_acknowledgements(false);
    }
    while (qos_ != 0 && sent_ - settled_ >= window_) exchange();
  }

  void finish() {
    flush();
    while (qos_ != 0 && settled_ < sent_) exchange();
    static constexpr unsigned char disconnect[] = {0xE0, 0};
    broker_.write(disconnect, sizeof disconnect);
    broker_.end_of_writing();
    unsigned char rest[256];
    while (broker_.read(rest, sizeof rest) > 0) {
    }
  }

 private:
  // One write of all there is to say, one read of the answers: no client takes fewer system calls.
  void exchange() {
    flush();
    take_acknowledgements(true);
  }

  void flush() {
    if (out_.empty()) return;
    if (broker_.write(out_.data(), out_.size()) < 0) bench::fail("write");
    out_.clear();
  }

  void take_acknowledgements(bool may_wait) {
    const auto count = broker_.read(in_ + held_, sizeof in_ - held_, may_wait);
    if (count == 0) bench::fail("the broker closed");
    if (count < 0) return;
    held_ += static_cast<std::size_t>(count);
    std::size_t at = 0;
    for (; at + 4 <= held_; at += 4) {  // every acknowledgement of MQTT 3.1.1 takes four bytes
      if (in_[at] >> 4 == 5) {
        const unsigned char pubrel[] = {0x62, 2, in_[at + 2], in_[at + 3]};
        out_.insert(out_.end(), pubrel, pubrel + sizeof pubrel);
      } else {
        ++settled_;
      }
    }
    std::memmove(in_, in_ + at, held_ - at);
    held_ -= at;
  }

  bench::stream& broker_;
  unsigned qos_;
  std::size_t window_;
  std::vector<unsigned char> out_;
  unsigned char in_[block_bytes];
  std::size_t held_ = 0;
  std::size_t sent_ = 0;
  std::size_t settled_ = 0;
};

void publish(bench::stream& broker, unsigned qos, std::size_t window) {
  publisher to(broker, qos, window);
  std::vector<char> block(block_bytes);
  std::size_t held = 0;
  for (;;) {
    const auto count = ::read(0, block.data() + held, block.size() - held);
    if (count <= 0) break;
    held += static_cast<std::size_t>(count);
    std::size_t begin = 0;
    while (const void* end = std::memchr(block.data() + begin, '\n', held - begin)) {
      const auto size =
          static_cast<std::size_t>(static_cast<const char*>(end) - block.data()) - begin;
      to.line({block.data() + begin, size});
      begin += size + 1;
    }
    std::memmove(block.data(), block.data() + begin, held - begin);
    held -= begin;
    if (held == block.size()) block.resize(block.size() * 2);
  }
  if (held > 0) to.line({block.data(), held});
  to.finish();
}

void write_all(std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const auto count = ::write(1, text.data() + done, text.size() - done);
    if (count < 0) bench::fail("stdout");
    done += static_cast<std::size_t>(count);
  }
  text.clear();
}

void subscribe(bench::stream& broker, std::size_t count, bool json) {
  static constexpr unsigned char request[] = {0x82, 6, 0, 1, 0, 1, '#', 0};
  broker.write(request, sizeof request);
  std::vector<unsigned char> in(4 * block_bytes);
  std::size_t held = 0;
  std::string out;
  while (count > 0) {
    const auto got = broker.read(in.data() + held, in.size() - held);
    if (got <= 0) bench::fail("the broker closed");
    held += static_cast<std::size_t>(got);
    std::size_t at = 0;
    for (;;) {
      const auto shape = bench::shape_of(in.data() + at, held - at);
      if (shape.size == 0) break;
      const auto* packet = reinterpret_cast<const char*>(in.data() + at);
      if (in[at] >> 4 == 3) {
        const std::size_t topic_size = bench::get_u16(in.data() + at + shape.body);
        const std::size_t payload = shape.body + 2 + topic_size;
        if (json) {
          out.append("{\"topic\":\"").append(packet + shape.body + 2, topic_size);
          out.append("\",\"payload\":\"").append(packet + payload, shape.size - payload);
          out.append("\"}\n");
        } else {
          out.append(packet + payload, shape.size - payload).append("\n");
        }
        if (--count == 0) break;
      }
      at += shape.size;
      if (out.size() >= block_bytes) write_all(out);
    }
    std::memmove(in.data(), in.data() + at, held - at);
    held -= at;
    if (held == in.size()) in.resize(in.size() * 2);
    write_all(out);
  }
  static constexpr unsigned char disconnect[] = {0xE0, 0};
  broker.write(disconnect, sizeof disconnect);
}

int usage() {
  std::fputs(
      "usage: bench_floor pub PORT [--qos Q] [--tls] [--window N] | sub PORT COUNT [--json]\n",
      stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 2) return usage();
  const bool publishes = words[0] == "pub";
  if (!publishes && (words[0] != "sub" || words.size() < 3)) return usage();
  unsigned qos = 0;
  std::size_t window = 60'000;
  bool tls = false;
  bool json = false;
  for (std::size_t at = publishes ? 2 : 3; at < words.size(); ++at) {
    if (words[at] == "--tls") {
      tls = true;
    } else if (words[at] == "--json") {
      json = true;
    } else if (words[at] == "--qos" && at + 1 < words.size()) {
      qos = static_cast<unsigned>(std::stoul(words[++at]));
    } else if (words[at] == "--window" && at + 1 < words.size()) {
      window = std::stoul(words[++at]);
    } else {
      return usage();
    }
  }
  std::signal(SIGPIPE, SIG_IGN);
  bench::stream broker(bench::connect_to(std::stoi(words[1])));
  if (tls) broker.start_tls_as_client();
  greet(broker);
  if (publishes) {
    publish(broker, qos, window);
  } else {
    subscribe(broker, std::stoul(words[2]), json);
  }
}
