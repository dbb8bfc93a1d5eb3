// What the broker's own machine says for certain. Most ids have a remote version in another file;
// the heavier of the two is reported.
#include <array>

#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {

std::span<const cause> host_causes() {
  static constexpr std::array table{
      cause{"host-config-not-used", layer::host, host_config_not_used},
      cause{"host-config-error", layer::host, host_config_error},
      cause{"host-file-permission", layer::host, host_file_permission},
      cause{"host-cert-key-problem", layer::host, host_cert_key_problem},
      cause{"host-port-in-use", layer::host, host_port_in_use},
      cause{"host-bind-address-missing", layer::host, host_bind_address_missing},
      cause{"host-privileged-port", layer::host, host_privileged_port},
      cause{"host-websocket-only-config", layer::host, host_websocket_only},
      cause{"host-websocket-bind-ignored", layer::host, host_websocket_bind_ignored},
      cause{"host-mqtt-plugin-off", layer::host, host_plugin_off},
      cause{"host-service-not-enabled", layer::host, host_service_not_enabled},
      cause{"host-selinux-port", layer::host, host_selinux_port},
      cause{"tcp-refused-loopback-listener", layer::port, host_loopback_listener},
      cause{"tcp-refused-not-running", layer::port, host_not_running},
      cause{"tcp-port-forward-wrong", layer::port, host_port_forward},
      cause{"tcp-refused-wrong-port", layer::port, host_wrong_port},
      cause{"tcp-ipv6-listener-missing", layer::port, host_ipv6_listener},
      cause{"tcp-docker-port-not-published", layer::port, host_docker_port},
      cause{"tcp-timeout-host-firewall", layer::port, host_firewall_drop},
      cause{"tcp-timeout-host-firewall", layer::port, host_firewall_own},
      cause{"tcp-timeout-host-firewall", layer::port, host_firewall_answers},
      cause{"tcp-refused-by-firewall-reset", layer::port, host_firewall_reset},
      cause{"tcp-refused-by-icmp", layer::port, host_firewall_icmp},
      cause{"tcp-unreachable-admin-prohibited", layer::port, host_firewall_admin},
      cause{"tcp-unreachable-host-prohibited", layer::port, host_firewall_prohibited},
      cause{"tcp-timeout-source-allowlist", layer::port, host_firewall_source},
      cause{"tcp-timeout-source-allowlist", layer::port, host_firewall_banned},
      cause{"tcp-refused-rate-limit", layer::port, host_firewall_limit},
      cause{"path-packet-loss", layer::path, host_firewall_random},
      cause{"tcp-timeout-security-group", layer::port, host_security_group},
      cause{"proxy-backend-down", layer::proxy, host_backend_down},
      cause{"mqtt-not-a-broker", layer::mqtt, host_not_a_broker},
      cause{"mqtt-broker-hung", layer::mqtt, host_broker_hung},
      cause{"mqtt-max-connections", layer::mqtt, host_max_connections},
      cause{"mqtt-access-filter", layer::mqtt, host_access_filter},
      cause{"tls-plaintext-to-tls-port", layer::tls, host_plain_to_tls},
      cause{"tls-to-plaintext-port", layer::tls, host_tls_to_plain},
      cause{"ws-raw-mqtt-to-ws-port", layer::websocket, host_raw_to_websocket},
      cause{"ws-handshake-to-raw-port", layer::websocket, host_websocket_to_raw},
      cause{"tls-expired", layer::tls, host_certificate_old},
      cause{"tls-missing-intermediate", layer::tls, host_missing_intermediate},
      cause{"tls-client-cert-missing", layer::tls, host_client_certificate_missing},
      cause{"tls-client-cert-untrusted", layer::tls, host_client_certificate_untrusted},
      cause{"auth-anonymous-refused", layer::login, host_anonymous_refused},
      cause{"auth-bad-credentials", layer::login, host_bad_credentials},
      cause{"auth-password-file-not-hashed", layer::login, host_plain_passwords},
      cause{"auth-listener-settings-trap", layer::login, host_settings_trap},
      cause{"auth-guest-only-local", layer::login, host_guest_only_local},
      cause{"auth-acl-publish-swallowed", layer::permission, host_acl_publish},
      cause{"auth-acl-read-denied-silently", layer::permission, host_acl_read},
  };
  return table;
}

}  // namespace mqttkit::doctor
