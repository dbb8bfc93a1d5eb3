// The plan of what the phone tries, which the page gets as JSON.
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
  bool speaks_other = false;  ///< it speaks another protocol than MQTT
  std::string path;           ///< of a WebSocket

  bool is_unknown() const noexcept { return scheme == doctor::scheme::none && !speaks_other; }
};

struct phone_plan {
  /// The page tries one after the other, for some seconds each where nothing answers.
  static constexpr std::size_t most_listeners = 10;

  std::string host;  ///< of the broker, as the app knows it
  std::string token;
  std::string mark;  ///< path of a request to a port by which it is recognised as this phone's
  int seconds = 0;
  std::uint16_t page_port = 0;
  std::vector<phone_listener> listeners;
  std::string topic;
  std::optional<bool> login_needed;
  std::string untrusted_subject;  ///< of a certificate that nobody trusts by default; "" for none
  bool is_self_signed = false;
};

/// The broker's listeners by the facts of a look at it, the likeliest for an app first, and the
/// other facts that the page needs.
/// @param server    facts of the look at the broker
/// @param own_port  the page's port, which is no broker's; 0 where it is (--forward)
void plan_from(const facts& server, int own_port, phone_plan& out);

/// The plan for the page, safe inside a script block: it has no '<'.
std::string json_of(const phone_plan& plan);

/// The page's Content-Security-Policy: its script and style, and the ports it may connect to.
std::string content_policy(const phone_plan& plan);

}  // namespace mqttkit::doctor
