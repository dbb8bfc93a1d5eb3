// The part of conversation about bytes that were not captured, and connections that had begun
// before: the next packet whose beginning is sure is searched.
#include <algorithm>
#include <utility>

#include "mqtt-doctor/listen/conversation.hpp"
#include "mqtt-doctor/listen/frame_resync.hpp"
#include "mqtt-doctor/listen/resync.hpp"

namespace mqttkit::doctor {

void conversation::joins_late() {
  summary_.joined_late = true;
  client_.at = broker_.at = stage::unsynchronised;
  is_told_ = true;
}

bool conversation::missed(side from, std::uint64_t bytes) {
  direction& of = from == side::client ? client_ : broker_;
  summary_.missed += bytes;
  if (tls_ != nullptr && from == side::client)
    summary_.after_hello +=
        static_cast<std::int64_t>(bytes);  // sent by the client, captured or not
  event made(event_kind::missed, from, "");
  made.keep("bytes", static_cast<std::int64_t>(bytes));
  made.say(words(N_("{count} bytes are not in the capture"), {{"count", std::to_string(bytes)}}));
  tell_(made);
  if (tls_ != nullptr && (tls_->missed(from, bytes) || !summary_.is_read_inside)) return true;
  if (tls_ != nullptr) {  // nothing can be decrypted any more
    client_.at = broker_.at = stage::silent;
    client_.packets.forget();
    broker_.packets.forget();
    return false;
  }
  const packet_reader::taker take = [&](const frame& packet, std::size_t whole) {
    return take_packet(packet, whole, from);
  };
  switch (of.at) {
    case stage::silent:
    case stage::unsynchronised:
      of.head.clear();
      of.next_search = 0;
      return of.at == stage::silent;
    case stage::packets:
      if (of.packets.skip(bytes, take)) return true;
      if (of.at == stage::silent) return false;
      of.packets.forget();
      of.at = stage::unsynchronised;
      return false;
    case stage::frames:
      // Within a frame, the place of the next one is known, and masks of lost bytes do not matter.
      if (of.frames->skip(bytes) && of.packets.skip(bytes, take)) return true;
      if (of.at == stage::silent) return false;
      if (from == side::client && !summary_.has_connect) {  // the lost bytes may hold CONNECT
        summary_.joined_late = true;
        is_told_ = true;
      }
      of.packets.forget();
      of.at = stage::unsynchronised;
      return false;
    case stage::start:
    case stage::http:
      break;
  }
  // The protocol would have shown in the first bytes, which were lost.
  of.head.clear();
  of.at = stage::unsynchronised;
  if (from == side::client) {
    summary_.joined_late = true;
    is_told_ = true;
    if (broker_.at == stage::start) broker_.at = stage::unsynchronised;
  }
  return false;
}

void conversation::synchronise(direction& of, side from, bytes_view bytes) {
  if (summary_.speaks == spoken::nothing) summary_.speaks = spoken::undecided;
  if (summary_.speaks == spoken::undecided && bytes.size() >= 3 && bytes[0] == std::byte{0x17} &&
      bytes[1] == std::byte{0x03}) {  // application data of TLS
    summary_.speaks = spoken::tls;
    client_.at = broker_.at = stage::silent;
    client_.head.release(0);
    broker_.head.release(0);
    event made(event_kind::speaks, from, "TLS");
    made.keep(protocol_field, "tls").say(N_("encrypted already"));
    return tell_(made);
  }
  if (of.head.size() + bytes.size() > most_unsynchronised) of.head.clear();
  const std::size_t last = of.head.size();
  of.head.append(bytes.first(std::min(bytes.size(), most_unsynchronised)));
  const bool is_small = of.head.size() <= 1024;
  const bool is_due = is_small || last == 0 || of.head.size() >= of.next_search;
  // The newest segment is always searched; the bytes before it less and less often.
  const std::size_t begin = is_due ? 0 : last;
  const bytes_view searched = of.head.view().subspan(begin);
  if (is_due) of.next_search = of.head.size() + of.head.size() / 4;
  const auto known = is_version_sure_ ? std::optional<protocol_version>(version_) : std::nullopt;
  const std::size_t newest = last - begin;
  const bool may_be_web =
      summary_.speaks == spoken::undecided || summary_.speaks == spoken::websocket;
  bool is_web = summary_.speaks == spoken::websocket;
  auto found = may_be_web ? find_frames(searched, newest, from, known) : std::nullopt;
  if (!is_web) {
    // The inside of WebSocket frames looks like MQTT too, and a message may contain frames: only
    // what begins with a segment counts.
    const auto packets = find_packets(searched, newest, from, known);
    const auto is_first = [&](const std::optional<sync_point>& point) {
      return point && (point->offset == newest || point->offset == 0);
    };
    is_web = found && (is_first(found) || !is_first(packets));
    if (!is_web) found = packets;
  }
  if (!found) return;
  if (!is_version_sure_) {
    version_ = found->version;
    is_version_sure_ = found->is_version_sure;
  }
  summary_.speaks = is_web ? spoken::websocket : spoken::mqtt;
  of.at = is_web ? stage::frames : stage::packets;
  of.next_search = 0;
  if (is_web)
    of.frames = std::make_unique<websocket_reader>(from == side::client ? websocket_sender::client
                                                                        : websocket_sender::server);
  byte_buffer all = std::exchange(of.head, byte_buffer());
  const bytes_view rest = bytes.size() > most_unsynchronised ? bytes : all.view().subspan(begin);
  const bytes_view beginning = rest.subspan(found->offset);
  is_web ? read_frames(of, from, beginning) : read_packets(of, from, beginning);
}

/// Without CONNECT, 3.1.1 and 5 look alike until a packet is valid in only one of them.
void conversation::become_sure(const frame& packet, side from) {
  const bool is_older = is_plausible(packet, protocol_version::v3_1_1, from);
  const bool is_newer = is_plausible(packet, protocol_version::v5, from);
  if (is_older == is_newer && packet.type != packet_type::publish) return;
  if (!is_older && !is_newer) return;
  version_ = is_newer ? protocol_version::v5 : protocol_version::v3_1_1;
  is_version_sure_ = true;
}

}  // namespace mqttkit::doctor
