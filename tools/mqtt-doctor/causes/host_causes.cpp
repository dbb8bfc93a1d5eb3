// What the broker's own machine says for certain. Most ids have a remote version in another file;
// the heavier of the two is reported.
#include <array>

#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {

std::span<const cause> host_causes() {
  static constexpr std::array table{
      cause{"host-config-not-used", host_config_not_used},
      cause{"host-config-error", host_config_error},
      cause{"host-file-permission", host_file_permission},
      cause{"host-cert-key-problem", host_cert_key_problem},
      cause{"host-port-in-use", host_port_in_use},
      cause{"host-bind-address-missing", host_bind_address_missing},
      cause{"host-privileged-port", host_privileged_port},
      cause{"host-websocket-only-config", host_websocket_only},
      cause{"host-websocket-bind-ignored", host_websocket_bind_ignored},
      cause{"host-mqtt-plugin-off", host_plugin_off},
      cause{"host-service-not-enabled", host_service_not_enabled},
      cause{"host-selinux-port", host_selinux_port},
      cause{"tcp-refused-loopback-listener", host_loopback_listener},
      cause{"tcp-refused-not-running", host_not_running},
      cause{"tcp-port-forward-wrong", host_port_forward},
      cause{"tcp-refused-wrong-port", host_wrong_port},
      cause{"tcp-ipv6-listener-missing", host_ipv6_listener},
      cause{"tcp-docker-port-not-published", host_docker_port},
      cause{"tcp-timeout-host-firewall", host_firewall_drop},
      cause{"tcp-timeout-host-firewall", host_firewall_own},
      cause{"tcp-timeout-host-firewall", host_firewall_answers},
      cause{"tcp-refused-by-firewall-reset", host_firewall_reset},
      cause{"tcp-refused-by-icmp", host_firewall_icmp},
      cause{"tcp-unreachable-admin-prohibited", host_firewall_admin},
      cause{"tcp-unreachable-host-prohibited", host_firewall_prohibited},
      cause{"tcp-timeout-source-allowlist", host_firewall_source},
      cause{"tcp-timeout-source-allowlist", host_firewall_banned},
      cause{"tcp-refused-rate-limit", host_firewall_limit},
      cause{"path-packet-loss", host_firewall_random},
      cause{"tcp-timeout-security-group", host_security_group},
      cause{"proxy-backend-down", host_backend_down},
      cause{"mqtt-not-a-broker", host_not_a_broker},
      cause{"mqtt-broker-hung", host_broker_hung},
      cause{"mqtt-max-connections", host_max_connections},
      cause{"mqtt-access-filter", host_access_filter},
      cause{"tls-plaintext-to-tls-port", host_plain_to_tls},
      cause{"tls-to-plaintext-port", host_tls_to_plain},
      cause{"ws-raw-mqtt-to-ws-port", host_raw_to_websocket},
      cause{"ws-handshake-to-raw-port", host_websocket_to_raw},
      cause{"tls-expired", host_certificate_old},
      cause{"tls-missing-intermediate", host_missing_intermediate},
      cause{"tls-client-cert-missing", host_client_certificate_missing},
      cause{"tls-client-cert-untrusted", host_client_certificate_untrusted},
      cause{"auth-anonymous-refused", host_anonymous_refused},
      cause{"auth-bad-credentials", host_bad_credentials},
      cause{"auth-password-file-not-hashed", host_plain_passwords},
      cause{"auth-listener-settings-trap", host_settings_trap},
      cause{"auth-guest-only-local", host_guest_only_local},
      cause{"auth-acl-publish-swallowed", host_acl_publish},
      cause{"auth-acl-read-denied-silently", host_acl_read},
  };
  return table;
}

}  // namespace mqttkit::doctor
