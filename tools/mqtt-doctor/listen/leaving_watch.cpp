#include "mqtt-doctor/listen/leaving_watch.hpp"

#include <algorithm>

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto at_once = 1s;             // an end so soon after a packet answers it
constexpr auto burst = 200ms;            // messages closer than that are taken for one
constexpr std::uint64_t enough = 2;      // once may be chance
constexpr std::size_t least_size = 100;  // bytes; no receive buffer is smaller

/// The name of a packet that a broker may hang up on; null: another remark is about it.
const char* name_of(packet_type type) {
  switch (type) {
    case packet_type::puback:
      return "PUBACK";
    case packet_type::pubrec:
      return "PUBREC";
    case packet_type::pubrel:
      return "PUBREL";
    case packet_type::pubcomp:
      return "PUBCOMP";
    case packet_type::unsubscribe:
      return "UNSUBSCRIBE";
    case packet_type::auth:
      return "AUTH";
    default:
      return nullptr;
  }
}

}  // namespace

void leaving_watch::last_words::heard(side from, packet_type type, moment now) {
  if (from != side::client) return;
  of_client_ = type;
  client_at_ = now;
  has_published_ = has_published_ || type == packet_type::publish;
  stayed_ = std::max(stayed_, size_);
  size_ = 0;
}

void leaving_watch::last_words::given(const std::string& topic, std::size_t size, bool is_repeated,
                                      moment now) {
  if (now - given_ > burst) {
    stayed_ = std::max(stayed_, size_);
    size_ = 0;
  }
  // Of several that come together, the largest is the likeliest to be too much.
  if (size > size_) topic_ = topic;
  size_ = std::max(size_, size);
  is_repeated_ = is_repeated_ || is_repeated;
  given_ = now;
}

bool leaving_watch::last_words::is_at_message(moment now) const noexcept {
  return size_ != 0 && now - given_ <= at_once;
}

leaving_watch::known* leaving_watch::of(const std::string& client) {
  if (clients_.size() == most_clients && !clients_.contains(client)) return nullptr;
  return &clients_[client];
}

void leaving_watch::left(const std::string& client, const last_words& last, std::size_t unfinished,
                         moment now, observations& out) {
  known* const by = of(client);
  if (by == nullptr) return;
  ++by->left;
  by->stayed = std::max(by->stayed, last.stayed_);
  if (unfinished != 0 && ++by->inside >= enough) {
    out.push_back({noticed::stops_inside_packet,
                   {{"size", std::to_string(unfinished)}, {"count", std::to_string(by->inside)}},
                   ""});
  }
  const bool is_at_message = last.is_at_message(now) && unfinished == 0;
  if (!is_at_message) {
    by->stayed = std::max(by->stayed, last.size_);
    return;
  }
  if (by->topics.size() == most_topics && !by->topics.contains(last.topic_)) return;
  at_message& about = by->topics[last.topic_];
  ++about.times;
  about.size = about.size == 0 ? last.size_ : std::min(about.size, last.size_);
  const bool is_larger = about.size >= least_size && about.size > by->stayed;
  // Whoever fetches one value and leaves has no other business.
  const bool has_more_to_do = by->stayed != 0 || last.has_published_ || last.is_repeated_;
  const bool is_it = has_more_to_do && (is_larger ? about.times >= enough : about.times > enough);
  if (!is_it || about.times * 3 < by->left * 2) return;
  observation made{is_larger ? noticed::leaves_at_large : noticed::leaves_at_message,
                   {{"topic", shown(last.topic_)},
                    {"size", std::to_string(about.size)},
                    {"count", std::to_string(about.times)},
                    {"limit", std::to_string(by->stayed)}},
                   last.topic_};
  if (is_larger && by->stayed != 0)
    made.more.push_back(words(N_("At messages of up to {limit} bytes it stayed."), made.with));
  out.push_back(std::move(made));
}

void leaving_watch::hung_up(const std::string& client, const last_words& last, moment now,
                            observations& out) {
  const char* const name = name_of(last.of_client_);
  if (name == nullptr || now - last.client_at_ > at_once) return;
  known* const by = of(client);
  if (by == nullptr) return;
  const std::uint64_t times = ++by->hung_up[last.of_client_];
  if (times < enough) return;
  out.push_back(
      {noticed::packet_closes, {{"packet", name}, {"count", std::to_string(times)}}, name});
}

}  // namespace mqttkit::doctor
