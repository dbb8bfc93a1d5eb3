// TCP's bytes put in order: order, overlap, gaps, wrap, bounds.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "mqtt-doctor/capture/reassembler.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace std::chrono_literals;

namespace {

struct reading : ordered_bytes {
  explicit reading(std::uint32_t first = 1000) : data(budget) { data.begin(first); }
  void take(bytes_view bytes, const packet_mark& by) override {
    text += as_text(bytes);
    packets += std::to_string(by.number) + ' ';
  }
  void take_gap(std::uint64_t bytes, const packet_mark&) override {
    text += '[' + std::to_string(bytes) + ']';
  }
  packet_mark mark(std::chrono::milliseconds at = 0ms) { return {++count, capture_time(at)}; }
  reassembler::arrival gets(std::uint32_t sequence, std::string_view bytes, std::size_t size = 0,
                            std::chrono::milliseconds at = 0ms) {
    return data.take(sequence, as_bytes(bytes), size == 0 ? bytes.size() : size, mark(at), *this);
  }

  std::string text;
  std::string packets;
  std::uint64_t count = 0;
  held_budget budget;
  reassembler data;
};

}  // namespace

TEST_CASE("segments in any order become the bytes they were, each by the packet that brought it") {
  const std::vector<std::pair<std::uint32_t, std::string>> pieces{
      {1000, "ab"}, {1002, "cde"}, {1005, "f"}, {1006, "ghij"}};
  std::vector<std::size_t> order{0, 1, 2, 3};
  do {
    reading seen;
    for (const std::size_t i : order) seen.gets(pieces[i].first, pieces[i].second);
    CHECK(seen.text == "abcdefghij");
    CHECK(seen.budget.bytes == 0);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("of bytes that come twice the first count, and what is sent again is counted") {
  reading seen;
  CHECK(seen.gets(1000, "abcd") == reassembler::arrival::fresh);
  CHECK(seen.gets(1000, "XXXX") == reassembler::arrival::again);
  CHECK(seen.gets(1002, "YYef") == reassembler::arrival::fresh);
  CHECK(seen.gets(1010, "kl") == reassembler::arrival::early);
  CHECK(seen.gets(1010, "ZZ") == reassembler::arrival::again);
  CHECK(seen.gets(1008, "ijVV") == reassembler::arrival::early);
  CHECK(seen.gets(1006, "ghUUTTmn") == reassembler::arrival::fresh);
  CHECK(seen.text == "abcdefghijklmn");
}

TEST_CASE("a piece that spans held ones fills only the holes") {
  reading seen;
  seen.gets(1002, "cd");
  seen.gets(1006, "gh");
  seen.gets(1000, "abXXefXXij");
  CHECK(seen.text == "abcdefghij");
}

TEST_CASE("sequence numbers wrap") {
  reading seen(0xFFFFFFFC);
  seen.gets(0xFFFFFFFC, "ab");
  seen.gets(2, "gh");
  seen.gets(0xFFFFFFFE, "cdef");
  seen.gets(0xFFFFFFFE, "cdef");
  CHECK(seen.text == "abcdefgh");
  CHECK(seen.data.highest() == 8);
  reading large(0);
  const std::string block(1 << 20, 'x');
  std::uint32_t sequence = 0;
  for (int i = 0; i < 5000; ++i, sequence += 1 << 20) {
    large.gets(sequence, block);
    large.text.clear();
  }
  CHECK(large.data.highest() == (std::uint64_t{5000} << 20));
}

TEST_CASE("what the other end acknowledged and nobody captured is a gap, after a moment") {
  reading seen;
  seen.gets(1000, "ab");
  seen.data.acknowledged(1005, seen.mark(1ms), seen);
  seen.gets(1005, "fg", 0, 5ms);
  CHECK(seen.text == "ab");  // it may be captured late
  seen.gets(1002, "cde", 0, 6ms);
  CHECK(seen.text == "abcdefg");
  seen.data.acknowledged(1012, seen.mark(10ms), seen);
  seen.gets(1010, "kl", 0, 50ms);
  CHECK(seen.text == "abcdefg[3]kl");
}

TEST_CASE("bytes a snapshot length cut off are a gap") {
  reading seen;
  seen.gets(1000, "ab", 10);
  seen.gets(1010, "c");
  CHECK(seen.text == "ab[8]c");
  reading cut;
  cut.gets(1004, "e", 6);
  cut.gets(1000, "abcdXXYY", 8);  // the first to come counts, though less of it was kept
  CHECK(cut.text == "abcde[5]");
}

TEST_CASE("a probe of one byte is neither data nor sent again") {
  reading seen;
  seen.gets(1000, "abc");
  CHECK(seen.gets(1002, "c") == reassembler::arrival::nothing);
  CHECK(seen.gets(1002, "", 0) == reassembler::arrival::nothing);
  CHECK(seen.text == "abc");
}

TEST_CASE("what waits is bounded: then the gap is said and it goes on") {
  reading seen;
  const std::string block(1400, 'x');
  std::uint32_t sequence = 2000;
  std::size_t most = 0;
  for (int i = 0; i < 2000; ++i, sequence += 1400) {
    seen.gets(sequence, block);
    most = std::max(most, seen.budget.bytes);
  }
  CHECK(most <= reassembler::most_bytes + 1400);
  CHECK(seen.text.rfind("[1000]", 0) == 0);
  // Pieces without a byte captured take no memory for bytes, but are bounded as well.
  reading cut;
  for (int i = 0; i < 5000; ++i) cut.gets(2000 + static_cast<std::uint32_t>(i) * 20, "", 10);
  CHECK(cut.text.rfind("[1000][10]", 0) == 0);
}

TEST_CASE("at the end what waits is given, with the gaps in between") {
  reading seen;
  seen.gets(1005, "f");
  seen.gets(1010, "k");
  seen.data.finish(seen.mark(), seen);
  CHECK(seen.text == "[5]f[4]k");
  CHECK(seen.budget.bytes == 0);
}
