#include "mqtt-doctor/capture/nat_twins.hpp"

#include <algorithm>

namespace mqttkit::doctor {
namespace {

// A translated SYN follows within a moment, while a repeated SYN has the same ends as the first.
constexpr auto most_apart = std::chrono::seconds(1);

}  // namespace

bool nat_twins::is_twin(const tcp_segment& segment, capture_time now, ends* first) {
  const ends between = std::minmax(segment.source, segment.destination);
  if (!segment.syn || segment.ack) return twins_.contains(between);
  const std::uint32_t stamp = segment.timestamp.value_or(0);
  const auto at = begun_.find(segment.sequence);
  const bool is_near = at != begun_.end() && now - at->second.when < most_apart &&
                       at->second.timestamp == stamp && at->second.ip_id == segment.ip_id;
  if (is_near && at->second.between != between) {
    if (first != nullptr) *first = at->second.between;
    if (twins_.insert(between).second) twin_order_.push_back(between);
    if (twin_order_.size() > most) {
      twins_.erase(twin_order_.front());
      twin_order_.pop_front();
    }
    return true;
  }
  if (twins_.erase(between) != 0) std::erase(twin_order_, between);  // the ports are used anew
  if (begun_.insert_or_assign(segment.sequence, known{between, stamp, segment.ip_id, now}).second)
    begun_order_.push_back(segment.sequence);
  if (begun_order_.size() > most) {
    begun_.erase(begun_order_.front());
    begun_order_.pop_front();
  }
  return false;
}

}  // namespace mqttkit::doctor
