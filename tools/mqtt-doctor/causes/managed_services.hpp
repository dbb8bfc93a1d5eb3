// Brokers that somebody else runs for their users, by host name: ports, logins, and who can change
// what there.
#pragma once

#include <string>
#include <string_view>

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

enum class service_kind : std::uint8_t {
  secure,     ///< an account's, with TLS alone
  mixed,      ///< an account's, with plain ports too
  own_ports,  ///< an account's, and each instance has ports of its own
  own_rules,  ///< an account's, with TLS alone, whose network rules the user writes
  shared,     ///< a public broker for tests, in which nobody has an account
};

struct managed_service {
  std::string_view host;  ///< the whole name, or its end with a dot: ".hivemq.cloud"
  std::string_view part;  ///< what the name has before that end, ".iot."; "" for anything
  service_kind kind = service_kind::mixed;
  /// Its name and ports, as a reader is told them: "1883 (mqtt), 8883 (mqtts)".
  managed_broker broker;
  const char* login = nullptr;  ///< N_(): how it wants devices to log in; null where it is usual
  /// The whole user name, made of its part that people enter alone: "{user}:{user}"; null for none.
  const char* user_form = nullptr;
};

/// The service that a host name belongs to; null for any other host.
const managed_service* find_service(std::string_view host) noexcept;

/// The user name that the service wants where only a part of it was given; "" where nothing lacks.
std::string user_name_at(const managed_service& there, const std::string& given);

/// Whether the port is among those of the service; false where each instance has its own.
bool has_port(const managed_service& there, int port) noexcept;

/// Takes out what only the operator of a managed broker could carry out: commands and files of a
/// server to which the user has no access. Says so where nothing else is left.
void drop_cures_of_operator(const view& known, finding& found);

}  // namespace mqttkit::doctor
