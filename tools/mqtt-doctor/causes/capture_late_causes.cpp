// Causes from a capture: what makes messages late where nothing is lost.
#include "mqtt-doctor/causes/capture_view.hpp"

namespace mqttkit::doctor {

/// Nagle's algorithm and delayed acknowledgements of TCP wait for each other: known to nobody as a
/// fault, and 40 ms for each message all the same.
maybe_finding holds_small_ones_back(const view& known, exclusions&) {
  if (!known.all.capture) return {};
  constexpr std::int64_t enough = 5;
  const stream_side_fact* from = nullptr;
  bool is_clients = false;
  for (const stream_fact& stream : known.all.capture->streams) {
    for (const stream_side_fact* side : {&stream.client, &stream.broker}) {
      if (side->held_back < enough || (from != nullptr && side->held_back <= from->held_back))
        continue;
      from = side;
      is_clients = side == &stream.client;
    }
  }
  if (from == nullptr) return {};
  const places with{{"named", from->address},
                    {"count", std::to_string(from->held_back)},
                    {"time", std::to_string(static_cast<int>(from->held_back_s * 1000)) + " ms"},
                    {"packet", std::to_string(from->held_back_in)}};
  made_finding made("delivery-late", certainty::likely, strength::leaning,
                    words(N_("{named} sends a small message only when TCP at the other end has "
                             "acknowledged the one before, and that takes {time} ({count} times): "
                             "its socket has TCP_NODELAY off (Nagle's algorithm)."),
                          with));
  made.note();
  made.seen(words(N_("The first time in packet {packet}: an ACK without data came late, and right "
                     "behind it the message."),
                  with));
  if (is_clients)
    return made.in_app(
        words(N_("Set TCP_NODELAY on the app's socket, or send what belongs together in one "
                 "write.")));
  return made.lines(words(N_("Switch that off in the broker, and restart it:")),
                    "set_tcp_nodelay true", "/etc/mosquitto/mosquitto.conf", place::server);
}

}  // namespace mqttkit::doctor
