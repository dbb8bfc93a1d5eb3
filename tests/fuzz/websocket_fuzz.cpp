// Frames of a server. The first byte chooses how they are split.
//
// Promised: nothing is read outside the input, no more comes out than went in, and the split
// changes nothing about payload, end or error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "mqttkit/wire/websocket.hpp"

using namespace mqttkit;

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

std::string read(websocket_reader& reader, std::string_view frames, std::size_t piece) {
  std::string payload;
  while (!frames.empty()) {
    const bytes_view part = as_bytes(frames.substr(0, piece));
    std::vector<std::byte> bytes(part.begin(), part.end());  // exactly sized for the sanitizer
    const std::size_t size = reader.feed(bytes);
    require(size <= bytes.size());
    payload += as_text(bytes_view(bytes).first(size));
    frames.remove_prefix(part.size());
  }
  return payload;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view frames(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  websocket_reader whole, split;
  const std::string payload = read(whole, frames, frames.size());
  require(payload == read(split, frames, std::size_t{bytes[0]} % 64 + 1));
  require(whole.error() == split.error());
  require(whole.is_closed() == split.is_closed());
  require(whole.close_code() == split.close_code());
  require(whole.close_reason() == split.close_reason());
  require(whole.close_reason().size() <= websocket_most_control_bytes - 2);
  const auto ping = whole.take_ping();
  const auto same_ping = split.take_ping();
  require(ping.has_value() == same_ping.has_value());
  if (ping) require(as_text(*ping) == as_text(*same_ping));
  return 0;
}
