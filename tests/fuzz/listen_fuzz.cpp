// What reaches mqtt-doctor listen, from both sides: TLS, HTTP, WebSocket, PROXY headers and MQTT
// inside them. The first byte chooses how it is split, the next two how much of it the client
// sends.
//
// Promised: nothing is read outside the input, every line that comes out is harmless, and the split
// changes nothing about what is told, except for the first bytes of what is none of these
// protocols.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "mqtt-doctor/listen/conversation.hpp"
#include "mqtt-doctor/listen/verdict.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

bool is_harmless(const std::string& line) {
  return std::all_of(line.begin(), line.end() - 1,
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
}

bool is_split_dependent(const event& what) {
  if (what.kind() != "speaks") return false;
  for (const event_field& field : what.fields()) {
    const auto* text = std::get_if<std::string>(&field.value);
    if (field.name == "protocol" && (*text == "other" || *text == "undecided")) return true;
  }
  return false;
}

struct outcome {
  std::string told;
  std::string id;
  std::string answer;
};

outcome play(bytes_view client, bytes_view broker, std::size_t piece) {
  outcome seen;
  packet_style style;
  style.shows_payload = true;
  const event_place nowhere;
  conversation talk(style, [&](const event& what) {
    const std::string line = line_of(what, nowhere);
    require(is_harmless(line));
    if (!is_split_dependent(what)) seen.told += json_of(what, nowhere);
  });
  const auto feed = [&](bytes_view from, bool is_client) {
    while (!from.empty()) {
      const bytes_view part = from.first(std::min(piece, from.size()));
      const std::vector<std::byte> exact(part.begin(), part.end());
      is_client ? talk.client_sent(exact) : talk.broker_sent(exact);
      from = from.subspan(part.size());
    }
  };
  feed(client, true);
  feed(broker, false);
  talk.client_ended();
  seen.answer = talk.take_answer();
  listening where;
  where.port = 1883;
  where.broker = broker.empty() ? "" : "localhost:1884";
  seen.id = verdict_of(talk.seen(), "203.0.113.9", where).id;
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 3) return 0;
  const std::size_t piece = std::size_t{bytes[0]} % 64 + 1;
  const std::size_t wanted = std::size_t{bytes[1]} << 8 | bytes[2];
  const bytes_view all(reinterpret_cast<const std::byte*>(bytes) + 3, size - 3);
  const std::size_t border = std::min(wanted, all.size());
  const outcome once = play(all.first(border), all.subspan(border), all.size() + 1);
  const outcome often = play(all.first(border), all.subspan(border), piece);
  require(once.told == often.told);
  require(once.id == often.id);
  require(once.answer == often.answer);
  return 0;
}
