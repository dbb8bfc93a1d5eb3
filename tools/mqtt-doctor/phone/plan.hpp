// What the phone is to try: told to the page as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

struct phone_listener {
  std::uint16_t port = 0;
  doctor::scheme scheme = doctor::scheme::none;
  bool speaks_other = false;  ///< it speaks, and not MQTT
  std::string path;           ///< of a WebSocket

  bool is_unknown() const noexcept { return scheme == doctor::scheme::none && !speaks_other; }
};

struct phone_plan {
  /// A browser asks one after the other, each for some seconds where nothing answers.
  static constexpr std::size_t most_listeners = 10;

  std::string host;  ///< of the broker, as the app has it
  std::string token;
  std::string mark;  ///< the path of a request to a port, so that it is known here as the phone's
  int seconds = 0;
  std::uint16_t page_port = 0;
  std::vector<phone_listener> listeners;
  std::string topic;
  std::optional<bool> login_needed;
  std::string untrusted_subject;  ///< of a certificate that nobody trusts by himself; "" for none
  bool is_self_signed = false;
};

/// The listeners of the broker as the look at it shows them, the likeliest of an app first, and
/// what else of it the page has to know.
/// @param server    of the look at the broker
/// @param own_port  of the page, which is no listener of the broker; 0 where it is (--forward)
void plan_from(const facts& server, int own_port, phone_plan& out);

/// As the page reads it, safe inside a block of script: no '<' is in it.
std::string json_of(const phone_plan& plan);

/// Of the page: what it holds, and the ports it may ask.
std::string content_policy(const phone_plan& plan);

}  // namespace mqttkit::doctor
