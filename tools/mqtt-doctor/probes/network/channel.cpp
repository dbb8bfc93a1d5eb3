#include "mqtt-doctor/probes/network/channel.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_opening = 256;
constexpr std::size_t read_bytes = 16 * 1024;

}  // namespace

channel::channel() = default;
channel::~channel() = default;

probe::stream& channel::top() {
  if (tls_) return *tls_;
  return link_;
}

probe::link& channel::bottom() { return tls_ ? tls_->lower() : link_; }

probe::traffic channel::counted() const { return tls_ ? tls_->counted() : link_.counted(); }

void channel::set_link(probe::link&& made) { link_ = std::move(made); }

void channel::set_tls(std::shared_ptr<probe::tls_setup> setup, const probe::tls_request& request,
                      probe::deadline until) {
  setup_ = std::move(setup);
  tls_ = std::make_unique<probe::tls_link>(*setup_, request, std::move(link_), until, secured);
}

void channel::set_websocket(std::string rest) {
  has_websocket_ = true;
  opening_.clear();
  incoming_.clear();
  if (rest.empty()) return;
  std::byte* const room = incoming_.extend(rest.size());
  std::copy(rest.begin(), rest.end(), reinterpret_cast<char*>(room));
  const std::size_t size = frames_.feed({room, rest.size()});
  incoming_.truncate(size);
  opening_.assign(as_text(incoming_.view()).substr(0, most_opening));
}

bool channel::send(byte_buffer& data, probe::deadline until) {
  if (has_websocket_) {
    websocket_mask mask{};
    if (::getentropy(mask.data(), mask.size()) != 0) return false;
    frame_as_binary(data, mask);
  }
  return top().write(data.view(), until);
}

probe::link_end channel::read_more(probe::deadline until) {
  for (;;) {
    std::byte* const room = incoming_.extend(read_bytes);
    const std::size_t before = incoming_.size() - read_bytes;
    const probe::read_outcome got = top().read({room, read_bytes}, until);
    std::size_t size = got.size;
    if (has_websocket_ && size > 0) size = frames_.feed({room, size});
    incoming_.truncate(before + size);
    if (size > 0 && opening_.size() < most_opening) {
      const std::string_view fresh = as_text(incoming_.view()).substr(before);
      opening_ += fresh.substr(0, most_opening - opening_.size());
    }
    if (has_websocket_ && frames_.error()) {
      websocket_error_ = frames_.error_words();
      return probe::link_end::failed;
    }
    if (has_websocket_ && frames_.is_closed() && size == 0) {
      websocket_error_ = "close " + std::to_string(frames_.close_code());
      return probe::link_end::finished;
    }
    if (size > 0 || got.end != probe::link_end::none) return got.end;
  }
}

channel::received channel::receive(probe::deadline until) {
  incoming_.consume(std::exchange(taken_, 0));
  received next;
  for (;;) {
    switch (next_frame(incoming_.view(), most_packet, next.packet)) {
      case framing::complete:
        taken_ = next.packet.size;
        next.bytes = incoming_.view().first(taken_);
        next.is_packet = true;
        return next;
      case framing::malformed:
      case framing::too_large:
        next.is_malformed = true;
        return next;
      case framing::incomplete:
        break;
    }
    next.end = read_more(until);
    if (next.end != probe::link_end::none) return next;
  }
}

// The session's CONNECT goes nowhere, since the connection is established, and its CONNACK has no
// limits.
mqttkit::session& channel::session() {
  if (session_) return *session_;
  constexpr std::array accepted{std::byte{0x20}, std::byte{2}, std::byte{0}, std::byte{0}};
  constexpr std::array accepted_v5{std::byte{0x20}, std::byte{3}, std::byte{0}, std::byte{0},
                                   std::byte{0}};
  session_options options;
  options.version = version;
  options.client_id = "mqtt-doctor";
  options.maximum_inflight = 65'535;  // the probe limits its own window
  options.acknowledge = ack_policy::manual;
  options.maximum_receive_size = most_packet;
  session_ = std::make_unique<mqttkit::session>(std::move(options));
  const auto now = probe::clock::now();
  byte_buffer connect;
  if (!session_->transport_up(now)) session_->take_output(connect);
  session_->sent(now);
  if (version == protocol_version::v5) {
    session_->feed(accepted_v5, now);
  } else {
    session_->feed(accepted, now);
  }
  session_->next();
  return *session_;
}

std::string_view channel::pending() const { return as_text(incoming_.view()).substr(taken_); }

}  // namespace mqttkit::doctor
