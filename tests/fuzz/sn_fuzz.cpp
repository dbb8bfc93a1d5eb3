// One datagram of MQTT-SN.
//
// Promised: nothing is read outside the input, and what decodes is encoded, where it may be sent,
// to something that decodes and encodes to the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "mqttkit/sn/codec.hpp"

using namespace mqttkit;

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

void look(bytes_view datagram, int depth) {
  sn::message any;
  if (sn::decode(datagram, any)) return;
  require(!sn::to_string(sn::type_of(any)).empty());
  byte_buffer first;
  if (sn::encode(first, any)) {
    require(first.empty());
    return;
  }
  // The encoder writes the short form of a length, and drops bits that receivers ignore.
  require(first.size() <= datagram.size());
  sn::message other;
  require(!sn::decode(first.view(), other));
  byte_buffer second;
  require(!sn::encode(second, other));
  require(std::ranges::equal(first.view(), second.view()));
  const auto* const forwarded = std::get_if<sn::encapsulated_message>(&any);
  if (forwarded != nullptr && depth < 4) look(forwarded->inner, depth + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  look({reinterpret_cast<const std::byte*>(bytes), size}, 0);
  return 0;
}
