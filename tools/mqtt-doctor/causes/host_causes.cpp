// What the broker's own machine says for certain. Most ids have a remote version in another file;
// the heavier of the two is reported.
#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {

namespace {

using tools::exit_code;

constexpr cause_row rows[] = {
    {"host-config-not-used", N_("the broker runs without the configuration that was edited"),
     layer::host, exit_code::cannot_connect, station::broker, severity::problem,
     host_config_not_used},
    {"host-config-error", N_("the broker's configuration has an error"), layer::host,
     exit_code::cannot_connect, station::broker, severity::problem, host_config_error},
    {"host-file-permission", N_("the broker may not read one of its files"), layer::host,
     exit_code::cannot_connect, station::broker, severity::problem, host_file_permission},
    {"host-cert-key-problem", N_("the broker's certificate or key cannot be used"), layer::host,
     exit_code::cannot_connect, station::broker, severity::problem, host_cert_key_problem},
    {"host-port-in-use", N_("another program has the port"), layer::host, exit_code::cannot_connect,
     station::broker, severity::problem, host_port_in_use},
    {"host-bind-address-missing", N_("the address to listen on is not one of this machine"),
     layer::host, exit_code::cannot_connect, station::broker, severity::problem,
     host_bind_address_missing},
    {"host-privileged-port", N_("the port is below 1024, and the broker may not have it"),
     layer::host, exit_code::cannot_connect, station::broker, severity::problem,
     host_privileged_port},
    {"host-websocket-only-config", N_("mosquitto 2.0 does not start with WebSocket listeners only"),
     layer::host, exit_code::cannot_connect, station::broker, severity::problem,
     host_websocket_only},
    {"host-disk-full", N_("the disk that the broker writes to is full or read-only"), layer::host,
     exit_code::cannot_connect, station::broker, severity::problem, host_disk_full},
    {"path-no-route-back", N_("the broker's machine has no default route"), layer::path,
     exit_code::cannot_connect, station::network, severity::problem, host_no_route_back},
    {"proxy-wrong-mode", N_("a proxy is set up for something else than MQTT"), layer::proxy,
     exit_code::cannot_connect, station::proxy, severity::problem, host_proxy_mode},
    {"host-websocket-bind-ignored",
     N_("a WebSocket listener ignores its address and is open to everybody"), layer::host,
     exit_code::cannot_connect, station::broker, severity::warning, host_websocket_bind_ignored},
    {"host-mqtt-plugin-off", N_("the broker runs, and its MQTT plugin is off"), layer::host,
     exit_code::cannot_connect, station::broker, severity::problem, host_plugin_off},
    {"host-service-not-enabled", N_("the broker is not started at boot"), layer::host,
     exit_code::cannot_connect, station::broker, severity::problem, host_service_not_enabled},
    {"host-selinux-port", N_("SELinux does not let the broker listen on the port"), layer::host,
     exit_code::cannot_connect, station::broker, severity::problem, host_selinux_port},
    {"auth-password-file-not-hashed",
     N_("the password file holds plain passwords, which mosquitto ignores"), layer::login,
     exit_code::bad_credentials, station::broker, severity::problem, host_plain_passwords},
    {"auth-listener-settings-trap",
     N_("a setting stands above the listener that it should apply to"), layer::login,
     exit_code::not_authorised, station::broker, severity::problem, host_settings_trap},
};

constexpr second_look looks[] = {
    {"tcp-refused-loopback-listener", host_loopback_listener},
    {"tcp-refused-not-running", host_not_running},
    {"tcp-port-forward-wrong", host_port_forward},
    {"tcp-port-forward-wrong", host_forward_dead},
    {"tcp-refused-wrong-port", host_wrong_port},
    {"tcp-ipv6-listener-missing", host_ipv6_listener},
    {"tcp-docker-port-not-published", host_docker_port},
    {"tcp-timeout-host-firewall", host_firewall_drop},
    {"tcp-timeout-host-firewall", host_firewall_own},
    {"tcp-timeout-host-firewall", host_firewall_answers},
    {"tcp-timeout-host-firewall", host_firewall_v6},
    {"tcp-refused-by-firewall-reset", host_firewall_reset},
    {"tcp-refused-by-icmp", host_firewall_icmp},
    {"tcp-unreachable-admin-prohibited", host_firewall_admin},
    {"tcp-unreachable-host-prohibited", host_firewall_prohibited},
    {"tcp-timeout-source-allowlist", host_firewall_source},
    {"tcp-timeout-source-allowlist", host_firewall_banned},
    {"tcp-refused-rate-limit", host_firewall_limit},
    {"path-packet-loss", host_firewall_random},
    {"tcp-timeout-security-group", host_security_group},
    {"proxy-backend-down", host_backend_down},
    {"mqtt-not-a-broker", host_not_a_broker},
    {"mqtt-broker-hung", host_broker_hung},
    {"delivery-two-brokers", host_two_brokers},
    {"mqtt-max-connections", host_max_connections},
    {"mqtt-access-filter", host_access_filter},
    {"tls-plaintext-to-tls-port", host_plain_to_tls},
    {"tls-to-plaintext-port", host_tls_to_plain},
    {"ws-raw-mqtt-to-ws-port", host_raw_to_websocket},
    {"ws-handshake-to-raw-port", host_websocket_to_raw},
    {"tls-expired", host_certificate_old},
    {"tls-missing-intermediate", host_missing_intermediate},
    {"tls-client-cert-missing", host_client_certificate_missing},
    {"tls-client-cert-untrusted", host_client_certificate_untrusted},
    {"auth-anonymous-refused", host_anonymous_refused},
    {"auth-bad-credentials", host_bad_credentials},
    {"host-file-permission", host_password_file_closed},
    {"host-file-permission", host_store_closed},
    {"auth-guest-only-local", host_guest_only_local},
    {"auth-acl-publish-swallowed", host_acl_publish},
    {"auth-acl-read-denied-silently", host_acl_read},
    {"auth-acl-publish-swallowed", host_acl_denied},
    {"auth-acl-publish-swallowed", host_acl_names},
};

}  // namespace

cause_table host_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
