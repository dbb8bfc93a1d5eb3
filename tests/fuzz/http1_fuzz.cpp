// The peer's answer to a WebSocket upgrade, an HTTP CONNECT or a SOCKS5 greeting. The first byte
// chooses how the answer is split.
//
// Promised: nothing is read outside the input, no handshake takes a byte beyond its last reply, and
// the split changes neither outcome nor words nor the rest.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "mqttkit/wire/http_connect.hpp"
#include "mqttkit/wire/socks5.hpp"
#include "mqttkit/wire/websocket.hpp"

using namespace mqttkit;

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

struct outcome {
  handshake::status status = handshake::status::more;
  std::string_view rest;
  std::string said;
};

outcome play(handshake& spoken, std::string_view answer, std::size_t piece) {
  outcome found;
  found.rest = answer;
  for (;;) {
    found.said += as_text(spoken.to_send());
    spoken.sent(spoken.to_send().size());
    if (found.rest.empty()) return found;
    const bytes_view part = as_bytes(found.rest.substr(0, piece));
    const std::vector<std::byte> bytes(part.begin(), part.end());  // exactly sized
    std::size_t consumed = 0;
    found.status = spoken.received(bytes, consumed);
    require(consumed <= bytes.size());
    found.rest.remove_prefix(consumed);
    if (found.status != handshake::status::more) return found;
    require(consumed == bytes.size() || !spoken.to_send().empty());
  }
}

void compare(handshake& whole, handshake& split, std::string_view answer, std::size_t piece) {
  const outcome once = play(whole, answer, answer.size());
  const outcome often = play(split, answer, piece);
  require(once.status == often.status);
  require(whole.error() == split.error());
  require((once.status == handshake::status::failed) == static_cast<bool>(whole.error()));
  if (once.status != handshake::status::done) return;
  require(once.rest == often.rest);
  require(once.said == often.said);
  require(whole.detail() == split.detail());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view answer(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const std::size_t piece = std::size_t{bytes[0]} % 64 + 1;

  websocket_request request;
  request.host = "broker.example";
  const std::string_view nonce = "the sample nonce";  // RFC 6455 §1.3, so that seeds can be right
  websocket_handshake upgrade(request, as_bytes(nonce).first<16>());
  websocket_handshake upgrade_again = upgrade;
  compare(upgrade, upgrade_again, answer, piece);

  http_connect_handshake connect("broker.example", 1883, "alice", "secret");
  http_connect_handshake connect_again = connect;
  compare(connect, connect_again, answer, piece);

  socks5_handshake socks(socks5_target("broker.example", 1883), "alice", "secret");
  socks5_handshake socks_again = socks;
  compare(socks, socks_again, answer, piece);
  return 0;
}
