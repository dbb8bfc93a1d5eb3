// Ids of causes that other rooms refer to, spelt once so that no two places can drift apart.
#pragma once

#include <string_view>

namespace mqttkit::doctor::cause_names {

inline constexpr std::string_view anonymous_refused = "auth-anonymous-refused";
inline constexpr std::string_view client_id_not_allowed = "auth-client-id-not-allowed";
inline constexpr std::string_view config_not_used = "host-config-not-used";
inline constexpr std::string_view documentation_address = "input-documentation-address";
inline constexpr std::string_view scheme_port_mismatch = "input-scheme-port-mismatch";
inline constexpr std::string_view docker_port_not_published = "tcp-docker-port-not-published";
inline constexpr std::string_view loopback_listener = "tcp-refused-loopback-listener";
inline constexpr std::string_view not_running = "tcp-refused-not-running";
inline constexpr std::string_view host_firewall = "tcp-timeout-host-firewall";
inline constexpr std::string_view security_group = "tcp-timeout-security-group";
inline constexpr std::string_view client_clock_wrong = "tls-client-clock-wrong";
inline constexpr std::string_view symptom_unexplained = "symptom-unexplained";
inline constexpr std::string_view certificate_expired = "tls-expired";
inline constexpr std::string_view certificate_not_yet_valid = "tls-not-yet-valid";

}  // namespace mqttkit::doctor::cause_names
