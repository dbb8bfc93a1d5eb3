// TCP streams put in order: reordering, overlaps, gaps, wrap-around, bounds.
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
    reading found;
    for (const std::size_t i : order) found.gets(pieces[i].first, pieces[i].second);
    CHECK(found.text == "abcdefghij");
    CHECK(found.budget.bytes == 0);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("of bytes that come twice the first count, and what is sent again is counted") {
  reading found;
  CHECK(found.gets(1000, "abcd") == reassembler::arrival::fresh);
  CHECK(found.gets(1000, "XXXX") == reassembler::arrival::again);
  CHECK(found.gets(1002, "YYef") == reassembler::arrival::fresh);
  CHECK(found.gets(1010, "kl") == reassembler::arrival::early);
  CHECK(found.gets(1010, "ZZ") == reassembler::arrival::again);
  CHECK(found.gets(1008, "ijVV") == reassembler::arrival::early);
  CHECK(found.gets(1006, "ghUUTTmn") == reassembler::arrival::fresh);
  CHECK(found.text == "abcdefghijklmn");
}

TEST_CASE("a piece that spans held ones fills only the holes") {
  reading found;
  found.gets(1002, "cd");
  found.gets(1006, "gh");
  found.gets(1000, "abXXefXXij");
  CHECK(found.text == "abcdefghij");
}

TEST_CASE("sequence numbers wrap") {
  reading found(0xFFFFFFFC);
  found.gets(0xFFFFFFFC, "ab");
  found.gets(2, "gh");
  found.gets(0xFFFFFFFE, "cdef");
  found.gets(0xFFFFFFFE, "cdef");
  CHECK(found.text == "abcdefgh");
  CHECK(found.data.highest() == 8);
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
  reading found;
  found.gets(1000, "ab");
  found.data.acknowledged(1005, found.mark(1ms), found);
  found.gets(1005, "fg", 0, 5ms);
  CHECK(found.text == "ab");  // it may be captured late
  found.gets(1002, "cde", 0, 6ms);
  CHECK(found.text == "abcdefg");
  found.data.acknowledged(1012, found.mark(10ms), found);
  found.gets(1010, "kl", 0, 50ms);
  CHECK(found.text == "abcdefg[3]kl");
}

TEST_CASE("bytes a snapshot length cut off are a gap") {
  reading found;
  found.gets(1000, "ab", 10);
  found.gets(1010, "c");
  CHECK(found.text == "ab[8]c");
  reading cut;
  cut.gets(1004, "e", 6);
  cut.gets(1000, "abcdXXYY", 8);  // the first to come counts, though less of it was kept
  CHECK(cut.text == "abcde[5]");
}

TEST_CASE("a probe of one byte is neither data nor sent again") {
  reading found;
  found.gets(1000, "abc");
  CHECK(found.gets(1002, "c") == reassembler::arrival::nothing);
  CHECK(found.gets(1002, "", 0) == reassembler::arrival::nothing);
  CHECK(found.text == "abc");
}

TEST_CASE("what waits is bounded: then the gap is said and it goes on") {
  reading found;
  const std::string block(1400, 'x');
  std::uint32_t sequence = 2000;
  std::size_t most = 0;
  for (int i = 0; i < 2000; ++i, sequence += 1400) {
    found.gets(sequence, block);
    most = std::max(most, found.budget.bytes);
  }
  CHECK(most <= reassembler::most_bytes + 1400);
  CHECK(found.text.rfind("[1000]", 0) == 0);
  // Pieces without captured bytes take little memory, but their number is bounded as well.
  reading cut;
  for (int i = 0; i < 5000; ++i) cut.gets(2000 + static_cast<std::uint32_t>(i) * 20, "", 10);
  CHECK(cut.text.rfind("[1000][10]", 0) == 0);
}

TEST_CASE("at the end what waits is given, with the gaps in between") {
  reading found;
  found.gets(1005, "f");
  found.gets(1010, "k");
  found.data.finish(found.mark(), found);
  CHECK(found.text == "[5]f[4]k");
  CHECK(found.budget.bytes == 0);
}

TEST_CASE("acknowledged bytes that no packet holds are a gap, even at the end of a stream") {
  reading found;
  found.gets(1000, "ab");
  found.data.acknowledged(1010, found.mark(), found);
  found.data.skip_tail(false, found.mark(10ms), found);
  CHECK(found.text == "ab");  // it may have overtaken what it acknowledges
  found.data.skip_tail(false, found.mark(30ms), found);
  found.gets(1010, "kl");
  CHECK(found.text == "ab[8]kl");
  // The acknowledgement of a FIN counts one byte more, whether or not the FIN was captured.
  for (const bool has_fin : {true, false}) {
    found.data.acknowledged(1013, found.mark(), found);
    found.data.skip_tail(has_fin, found.mark(1s), found);
  }
  CHECK(found.text == "ab[8]kl");
}
