// Bytes of both sides as mqtt-doctor listen gets them: TLS, HTTP, WebSocket, PROXY headers and
// MQTT. The first byte chooses how they are split, the next two how many of them the client
// sends.
//
// Promised: nothing is read outside the input, and every line of output is harmless. The split
// changes no event, except the first bytes shown of an unknown protocol. The remarks about
// two connections with the same packets, in alternation, are harmless and bounded as
// well.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "mqtt-doctor/listen/conclusion.hpp"
#include "mqtt-doctor/listen/conversation.hpp"
#include "mqtt-doctor/listen/traffic_monitor.hpp"

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
  if (what.kind() != event_kind::speaks) return false;
  for (const event_field& field : what.fields()) {
    const auto* text = std::get_if<std::string>(&field.value);
    if (field.name == protocol_field && (*text == "other" || *text == "undecided")) return true;
  }
  return false;
}

struct kept_packet {
  explicit kept_packet(const heard_packet& from)
      : bytes(from.what.body.begin(), from.what.body.end()), packet(from) {}
  heard_packet view() const {
    heard_packet made = packet;
    made.what.body = bytes;
    return made;
  }
  std::vector<std::byte> bytes;
  heard_packet packet;
};

std::string noticed_in(const std::vector<kept_packet>& packets) {
  traffic_monitor monitor;
  moment now = moment() + std::chrono::hours(1);
  monitor.opened(1, "203.0.113.9:1", "203.0.113.9");
  monitor.opened(2, "203.0.113.9:2", "203.0.113.9");
  std::vector<const kept_packet*> of[2];
  for (const kept_packet& each : packets)
    of[each.packet.from == side::client ? 0 : 1].push_back(&each);
  for (std::size_t i = 0; i < std::max(of[0].size(), of[1].size()); ++i) {
    for (const auto& list : of) {
      if (i >= list.size()) continue;
      monitor.stirred(1, now);
      monitor.heard(1, list[i]->view(), now);
      monitor.heard(2, list[i]->view(), now);
      monitor.caught_up(1);
    }
    now += std::chrono::milliseconds(1700);
    monitor.waits(1, i % 16 == 7 ? i * 100 : 0, now - std::chrono::seconds(5), now);
    monitor.look(now);
    if (i == 40) monitor.ended(1, parting::by_broker, packets.size(), now);
  }
  monitor.ended(1, parting::by_broker, packets.size(), now);
  monitor.finish(now);
  std::string all;
  std::size_t count = 0;
  for (const remark& item : monitor.take()) {
    ++count;
    const std::string text = item.id + text_of(item) + item.client + '\n';
    require(is_harmless(text));
    all += text;
  }
  require(count <= traffic_monitor::most_remarks && monitor.causes().size() <= count);
  return all;
}

struct outcome {
  std::string told;
  std::string noticed;
  std::string id;
  std::string answer;
};

outcome play(bytes_view client, bytes_view broker, std::size_t piece) {
  outcome found;
  packet_style style;
  style.shows_payload = true;
  const event_place nowhere;
  std::vector<kept_packet> packets;
  conversation dialogue(
      style,
      [&](const event& what) {
        const std::string line = line_of(what, nowhere);
        require(is_harmless(line));
        if (!is_split_dependent(what)) found.told += json_of(what, nowhere);
      },
      [&](const heard_packet& heard) {
        if (packets.size() < 2000) packets.emplace_back(heard);
      });
  const auto feed = [&](bytes_view from, bool is_client) {
    while (!from.empty()) {
      const bytes_view part = from.first(std::min(piece, from.size()));
      const std::vector<std::byte> exact(part.begin(), part.end());
      is_client ? dialogue.client_sent(exact) : dialogue.broker_sent(exact);
      from = from.subspan(part.size());
    }
  };
  feed(client, true);
  feed(broker, false);
  dialogue.client_ended();
  found.answer = dialogue.take_answer();
  found.noticed = noticed_in(packets);
  listening where;
  where.port = 1883;
  where.broker = broker.empty() ? "" : "localhost:1884";
  found.id = conclusion_of(dialogue.summary(), "203.0.113.9", where).id;
  return found;
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
  require(once.noticed == often.noticed);
  require(once.id == often.id);
  require(once.answer == often.answer);
  return 0;
}
