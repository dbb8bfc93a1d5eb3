#include "mqttkit/base/bytes.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <utility>

using namespace mqttkit;

namespace {

std::string text_of(const byte_buffer& buffer) { return std::string(as_text(buffer.view())); }

byte_buffer holding(std::string_view text) {
  byte_buffer buffer;
  buffer.append(as_bytes(text));
  return buffer;
}

}  // namespace

TEST_CASE("text and bytes view the same storage") {
  const std::string text = "ab\xFF";
  const bytes_view bytes = as_bytes(text);
  CHECK(bytes.size() == 3);
  CHECK(bytes[2] == std::byte{0xFF});
  CHECK(as_text(bytes) == text);
  CHECK(as_text(bytes).data() == text.data());
  CHECK(as_text({}).empty());
}

TEST_CASE("a new buffer is empty and owns no memory") {
  byte_buffer buffer;
  CHECK(buffer.empty());
  CHECK(buffer.size() == 0);
  CHECK(buffer.capacity() == 0);
  CHECK(buffer.view().empty());
  buffer.consume(0);
  buffer.truncate(0);
  buffer.clear();
  buffer.release(0);
  buffer.append({});
  CHECK(buffer.empty());
  CHECK(buffer.capacity() == 0);
}

TEST_CASE("what is appended comes out at the front in order") {
  byte_buffer buffer = holding("hello ");
  buffer.append(as_bytes("world"));
  CHECK(text_of(buffer) == "hello world");
  buffer.consume(6);
  CHECK(text_of(buffer) == "world");
  std::memcpy(buffer.extend(1), "!", 1);
  CHECK(text_of(buffer) == "world!");
  buffer.truncate(2);
  CHECK(text_of(buffer) == "wo");
  buffer.consume(2);
  CHECK(buffer.empty());
}

TEST_CASE("contents survive growing, however they grow") {
  byte_buffer buffer;
  std::string expected;
  for (std::size_t i = 0; i < 5000; ++i) {
    const std::string piece(i % 97, static_cast<char>('a' + i % 26));
    buffer.append(as_bytes(piece));
    expected += piece;
    if (i % 3 == 0) {
      const std::size_t taken = expected.size() / 2;
      buffer.consume(taken);
      expected.erase(0, taken);
    }
    REQUIRE(text_of(buffer) == expected);
  }
}

TEST_CASE("a queue that is never quite empty does not grow without end") {
  byte_buffer buffer = holding("x");
  const std::string piece(100, 'y');
  for (int i = 0; i < 100000; ++i) {
    buffer.append(as_bytes(piece));
    buffer.consume(piece.size());
  }
  CHECK(buffer.size() == 1);
  CHECK(buffer.capacity() < 1000);
}

TEST_CASE("the headroom takes a frame header in front of the contents without moving them") {
  byte_buffer buffer = holding("payload");
  const std::byte* before = buffer.data();
  std::byte* at = buffer.prepend(byte_buffer::headroom_bytes);
  CHECK(at + byte_buffer::headroom_bytes == before);
  std::memset(at, 'h', byte_buffer::headroom_bytes);
  CHECK(text_of(buffer) == std::string(byte_buffer::headroom_bytes, 'h') + "payload");
}

TEST_CASE("appending to a full buffer after prepend keeps every byte") {
  for (std::size_t header = 1; header <= byte_buffer::headroom_bytes; ++header) {
    byte_buffer buffer;
    buffer.extend(1);
    const std::size_t room = buffer.capacity() - byte_buffer::headroom_bytes;
    buffer.clear();
    const std::string payload(room, 'p');
    buffer.append(as_bytes(payload));
    std::memset(buffer.prepend(header), 'h', header);
    buffer.append(as_bytes("tail"));
    CHECK(text_of(buffer) == std::string(header, 'h') + payload + "tail");
  }
}

TEST_CASE("an emptied buffer has its headroom again") {
  byte_buffer buffer = holding("first");
  buffer.prepend(4);
  buffer.consume(9);
  buffer.append(as_bytes("second"));
  std::memcpy(buffer.prepend(byte_buffer::headroom_bytes), "0123456789abcdef", 16);
  CHECK(text_of(buffer) == "0123456789abcdefsecond");
}

TEST_CASE("clear keeps the memory, release gives back what is more than wanted") {
  byte_buffer buffer = holding(std::string(10000, 'x'));
  const std::size_t capacity = buffer.capacity();
  buffer.clear();
  CHECK(buffer.capacity() == capacity);
  buffer.release(capacity);
  CHECK(buffer.capacity() == capacity);
  buffer.release(capacity - 1);
  CHECK(buffer.capacity() == 0);
  buffer.append(as_bytes("again"));
  CHECK(text_of(buffer) == "again");
}

TEST_CASE("moving a buffer takes the contents along and leaves an empty one") {
  byte_buffer from = holding("abc");
  byte_buffer to(std::move(from));
  CHECK(text_of(to) == "abc");
  CHECK(from.empty());
  from = holding("def");
  to = std::move(from);
  CHECK(text_of(to) == "def");
  CHECK(from.empty());
  from.append(as_bytes("usable"));
  CHECK(text_of(from) == "usable");
  from.swap(to);
  CHECK(text_of(from) == "def");
  CHECK(text_of(to) == "usable");
}
