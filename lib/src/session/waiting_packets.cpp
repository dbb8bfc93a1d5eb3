#include "session/waiting_packets.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mqttkit::session_detail {

void waiting_packets::put(bytes_view packet) {
  if (pages_.empty() || pages_.back().capacity - pages_.back().used < packet.size()) {
    page fresh;
    fresh.capacity = std::max(page_bytes, packet.size());
    if (fresh.capacity == page_bytes && spare_) {
      fresh.storage = std::move(spare_);
    } else {
      fresh.storage.reset(new std::byte[fresh.capacity]);
    }
    pages_.push_back(std::move(fresh));
  }
  page& last = pages_.back();
  std::byte* const at = last.storage.get() + last.used;
  std::memcpy(at, packet.data(), packet.size());
  last.used += packet.size();
  ++last.packets;
  packets_.push_back({bytes_view(at, packet.size()), origin::current});
  ++count_;
  bytes_ += packet.size();
}

void waiting_packets::put(std::unique_ptr<std::byte[]> storage, std::size_t size) {
  packets_.push_back({bytes_view(storage.get(), size), origin::current});
  pages_.push_back({std::move(storage), size, size, 1});
  ++count_;
  bytes_ += size;
}

waiting_packets::entry waiting_packets::take() {
  for (;;) {
    release();
    const entry first = packets_.front();
    packets_.pop_front();
    --pages_.front().packets;
    if (first.from == origin::dropped) continue;
    --count_;
    bytes_ -= first.bytes.size();
    return first;
  }
}

void waiting_packets::release() noexcept {
  while (!pages_.empty() && pages_.front().packets == 0) {
    page& done = pages_.front();
    if (done.capacity == page_bytes && !spare_) spare_ = std::move(done.storage);
    pages_.pop_front();
  }
}

void waiting_packets::connection_changed(bool resumes) noexcept {
  for (entry& row : packets_) {
    if (row.from != origin::current) continue;
    const bool is_repeated =
        resumes && (std::to_integer<unsigned>(row.bytes[0]) & 0x06u) != 0;  // QoS 1 or 2
    row.from = is_repeated ? origin::dropped : origin::former;
    if (!is_repeated) continue;
    --count_;
    bytes_ -= row.bytes.size();
  }
}

}  // namespace mqttkit::session_detail
