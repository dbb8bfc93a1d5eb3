#include "mqtt-doctor/capture/reassembler.hpp"

#include <algorithm>
#include <utility>

namespace mqttkit::doctor {

void reassembler::begin(std::uint32_t sequence) {
  drop();
  has_begun_ = true;
  first_ = sequence;
  next_ = highest_ = acknowledged_ = 0;
}

void reassembler::drop() {
  budget_.bytes -= held_bytes_;
  held_bytes_ = 0;
  held_.clear();
}

reassembler::arrival reassembler::take(std::uint32_t sequence, bytes_view bytes, std::size_t size,
                                       const packet_mark& by, ordered_bytes& to) {
  if (size == 0) return arrival::nothing;
  if (!has_begun_) begin(sequence);
  bytes = bytes.first(std::min(bytes.size(), size));
  const std::int64_t place = place_of(sequence);
  const std::int64_t end = place + static_cast<std::int64_t>(size);
  // A keep-alive probe of TCP repeats one acknowledged byte (RFC 9293 §3.8.4).
  const bool is_probe = size == 1 && end == static_cast<std::int64_t>(next_);
  if (is_probe) return arrival::nothing;
  if (end <= static_cast<std::int64_t>(next_)) return arrival::again;
  const auto begin_at =
      static_cast<std::uint64_t>(std::max(place, static_cast<std::int64_t>(next_)));
  const auto skipped = static_cast<std::size_t>(static_cast<std::int64_t>(begin_at) - place);
  bytes = bytes.subspan(std::min(bytes.size(), skipped));
  size -= skipped;
  const std::uint64_t highest_before = highest_;
  highest_ = std::max(highest_, static_cast<std::uint64_t>(end));
  if (begin_at == next_ && held_.empty()) {  // the usual case
    give(begin_at, bytes, size, by, to);
    return arrival::fresh;
  }
  if (begin_at == next_) {
    const bool is_new = held_.empty() || held_.begin()->first > begin_at;
    // Bytes that wait already came before these, and count where both overlap.
    hold(begin_at, bytes, size, by);
    give_held(to);
    return is_new ? arrival::fresh : arrival::again;
  }
  const std::size_t held_before = held_bytes_;
  const std::size_t pieces_before = held_.size();
  hold(begin_at, bytes, size, by);
  const bool is_new =
      highest_ > highest_before || held_bytes_ != held_before || held_.size() != pieces_before;
  if (next_ < acknowledged_ && by.time - acknowledged_at_ > patience) skip_gap(by, to);
  const bool is_too_much = held_bytes_ > most_bytes || held_.size() > most_pieces ||
                           budget_.bytes > held_budget::most_bytes;
  if (is_too_much) skip_gap(by, to);
  return is_new ? arrival::early : arrival::again;
}

/// Keeps those bytes that are not there yet.
void reassembler::hold(std::uint64_t begin, bytes_view bytes, std::size_t size,
                       const packet_mark& by) {
  const std::uint64_t end = begin + size;
  const auto add = [&](std::uint64_t from, std::uint64_t to) {
    const auto offset = static_cast<std::size_t>(from - begin);
    const auto count = static_cast<std::size_t>(to - from);
    const bytes_view part = bytes.subspan(std::min(bytes.size(), offset));
    piece made;
    made.bytes.assign(part.begin(),
                      part.begin() + static_cast<std::ptrdiff_t>(std::min(part.size(), count)));
    made.size = count;
    made.by = by;
    held_bytes_ += made.bytes.size();
    budget_.bytes += made.bytes.size();
    held_.emplace(from, std::move(made));
  };
  std::uint64_t from = begin;
  auto at = held_.upper_bound(begin);
  if (at != held_.begin()) {
    const auto before = std::prev(at);
    from = std::max(from, before->first + before->second.size);
  }
  std::vector<std::pair<std::uint64_t, std::uint64_t>> holes;
  for (; at != held_.end() && at->first < end; ++at) {
    if (at->first > from) holes.emplace_back(from, at->first);
    from = at->first + at->second.size;
  }
  if (from < end) holes.emplace_back(from, end);
  for (const auto& [hole, hole_end] : holes) add(hole, hole_end);
}

void reassembler::give(std::uint64_t begin, bytes_view bytes, std::size_t size,
                       const packet_mark& by, ordered_bytes& to) {
  next_ = begin + size;
  if (!bytes.empty()) to.take(bytes, by);
  if (size > bytes.size()) to.take_gap(size - bytes.size(), by);
}

void reassembler::give_held(ordered_bytes& to) {
  while (!held_.empty() && held_.begin()->first == next_) {
    auto node = held_.extract(held_.begin());
    const piece& made = node.mapped();
    held_bytes_ -= made.bytes.size();
    budget_.bytes -= made.bytes.size();
    give(node.key(), made.bytes, made.size, made.by, to);
  }
}

/// The next bytes were never captured: reports a gap and goes on behind it.
void reassembler::skip_gap(const packet_mark& by, ordered_bytes& to) {
  if (held_.empty()) return;
  const std::uint64_t begin = held_.begin()->first;
  to.take_gap(begin - next_, by);
  next_ = begin;
  give_held(to);
}

void reassembler::acknowledged(std::uint32_t sequence, const packet_mark& by, ordered_bytes& to) {
  if (!has_begun_) return;
  const std::int64_t place = place_of(sequence);
  // A sequence number that far ahead belongs to another connection, or is forged.
  constexpr std::int64_t most_ahead = 1 << 30;
  if (place <= static_cast<std::int64_t>(acknowledged_)) {
    if (next_ < acknowledged_ && by.time - acknowledged_at_ > patience) skip_gap(by, to);
    return;
  }
  if (place > static_cast<std::int64_t>(next_) + most_ahead) return;
  acknowledged_ = static_cast<std::uint64_t>(place);
  acknowledged_at_ = by.time;
}

void reassembler::skip_tail(bool has_fin, const packet_mark& by, ordered_bytes& to) {
  constexpr std::uint64_t least = 2;  // the smallest MQTT packet; a single byte may be the FIN
  const std::uint64_t end = acknowledged_ - (has_fin && acknowledged_ != 0 ? 1 : 0);
  const bool is_missing = has_begun_ && held_.empty() && end >= next_ + least;
  if (!is_missing || by.time - acknowledged_at_ <= patience) return;
  to.take_gap(end - next_, by);
  next_ = end;
  highest_ = std::max(highest_, end);
}

void reassembler::finish(const packet_mark& by, ordered_bytes& to) {
  while (!held_.empty()) skip_gap(by, to);
}

}  // namespace mqttkit::doctor
