#include "mqtt-doctor/capture/fragments.hpp"

#include <algorithm>
#include <cstring>

namespace mqttkit::doctor {

/// Drops packets that waited too long, and the oldest when there is no room.
void fragments::make_room(capture_time now) {
  auto oldest = begun_.end();
  for (auto at = begun_.begin(); at != begun_.end();) {
    if (now - at->second.since > most_wait) {
      ++given_up_;
      at = begun_.erase(at);
      continue;
    }
    if (oldest == begun_.end() || at->second.since < oldest->second.since) oldest = at;
    ++at;
  }
  if (begun_.size() < most_packets) return;
  ++given_up_;
  begun_.erase(oldest);
}

bool fragments::take(const ip_packet& piece, capture_time now, ip_packet& whole) {
  const std::size_t end = piece.offset + piece.size;
  if (piece.size == 0 || end > most_bytes || piece.payload.size() < piece.size) return false;
  const key of{piece.source, piece.destination, piece.id, piece.protocol};
  auto at = begun_.find(of);
  if (at == begun_.end()) {
    make_room(now);
    at = begun_.emplace(of, packet()).first;
    at->second.since = now;
  }
  packet& into = at->second;
  if (!piece.has_more) into.size = into.size == 0 ? end : into.size;
  if (into.bytes.size() < end) into.bytes.resize(end);
  // Bytes that are there stay; the new piece fills the holes between them.
  std::size_t from = piece.offset;
  std::vector<range> holes;
  for (const range& each : into.has) {
    if (each.end <= from) continue;
    if (each.begin >= end) break;
    if (each.begin > from) holes.push_back({from, each.begin});
    from = std::max(from, each.end);
  }
  if (from < end) holes.push_back({from, end});
  for (const range& hole : holes) {
    std::memcpy(into.bytes.data() + hole.begin, piece.payload.data() + (hole.begin - piece.offset),
                hole.end - hole.begin);
    const auto place = std::lower_bound(
        into.has.begin(), into.has.end(), hole,
        [](const range& each, const range& other) { return each.begin < other.begin; });
    into.has.insert(place, hole);
  }
  std::vector<range> joined;
  for (const range& each : into.has) {
    if (!joined.empty() && joined.back().end == each.begin) {
      joined.back().end = each.end;
    } else {
      joined.push_back(each);
    }
  }
  into.has = std::move(joined);
  if (into.has.size() > most_pieces) {
    ++given_up_;
    begun_.erase(at);
    return false;
  }
  if (piece.offset == 0 && !into.has_first) {
    into.first = piece;
    into.has_first = true;
  }
  const bool is_whole = into.has_first && into.size != 0 && into.has.size() == 1 &&
                        into.has[0].begin == 0 && into.has[0].end >= into.size;
  if (!is_whole) return false;
  whole_ = std::move(into.bytes);
  whole = into.first;
  whole.is_fragment = whole.has_more = false;
  whole.size = into.size;
  whole.payload = bytes_view(whole_).first(into.size);
  begun_.erase(at);
  return true;
}

}  // namespace mqttkit::doctor
