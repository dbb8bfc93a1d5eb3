#include "mqttkit/sn/search.hpp"

#include <algorithm>

#include "mqttkit/sn/codec.hpp"

namespace mqttkit::sn {

gateway_search::gateway_search(search_options options) : options_(options) {}

void gateway_search::start(time_point now, std::chrono::milliseconds delay) {
  left_ = options_.searches;
  wait_ = options_.wait;
  due_ = now + delay;
  expire(now);
}

bytes_view gateway_search::output() const noexcept { return out_.view(); }

void gateway_search::written() noexcept { out_.clear(); }

bool gateway_search::feed(bytes_view datagram, std::string_view from, time_point now) {
  message any;
  if (decode(datagram, any)) return false;
  const auto* const answer = std::get_if<gwinfo_message>(&any);
  const auto* const told = std::get_if<advertise_message>(&any);
  if (answer == nullptr && told == nullptr) return false;
  const std::uint8_t id = answer != nullptr ? answer->gateway_id : told->gateway_id;
  const std::string_view address =
      answer != nullptr ? as_text(answer->address) : std::string_view();
  auto known = std::ranges::find_if(gateways_, [&](const gateway& each) {
    return each.id == id && each.from == from && each.address == address;
  });
  const bool is_new = known == gateways_.end();
  if (is_new) {
    if (gateways_.size() >= options_.most_gateways) return false;
    gateways_.emplace_back();
    known = gateways_.end() - 1;
    known->id = id;
    known->from = from;
    known->address = address;
  }
  known->heard = now;
  if (answer != nullptr) known->has_answered = true;
  if (told != nullptr) known->interval = std::chrono::seconds(told->duration);
  // §6.1: a client that has heard of a gateway does not search.
  left_ = 0;
  if (is_new && answer == nullptr) out_.clear();
  return is_new;
}

gateway_search::time_point gateway_search::silent_after(const gateway& heard_of) const noexcept {
  if (!heard_of.interval || heard_of.interval->count() == 0) return time_point::max();
  return heard_of.heard + *heard_of.interval * options_.missed;
}

bool gateway_search::expire(time_point now) {
  const std::size_t lost = std::erase_if(
      gateways_, [this, now](const gateway& each) { return silent_after(each) <= now; });
  if (lost != 0 && gateways_.empty()) {
    left_ = options_.searches;
    wait_ = options_.wait;
    due_ = now;
  }
  if (due_ > now) return lost != 0;
  if (left_ == 0) {
    due_ = time_point::max();
    return lost != 0;
  }
  --left_;
  due_ = now + wait_;
  wait_ *= 2;
  out_.clear();
  // Encode() refuses no SEARCHGW.
  static_cast<void>(encode(out_, searchgw_message{options_.radius}));
  return lost != 0;
}

gateway_search::time_point gateway_search::deadline() const noexcept {
  time_point first = due_;
  for (const gateway& each : gateways_) first = std::min(first, silent_after(each));
  return first;
}

}  // namespace mqttkit::sn
