#include "mqtt-doctor/causes/registry.hpp"

#include <algorithm>
#include <array>

namespace mqttkit::doctor {
namespace {

using tools::exit_code;

constexpr auto rows = std::to_array<cause_row>({
    // ---- input
    {"input-cgnat-address", layer::input, exit_code::usage, station::client},
    {"input-container-address", layer::input, exit_code::usage, station::client},
    {"input-dashboard-port", layer::input, exit_code::usage, station::client},
    {"input-documentation-address", layer::input, exit_code::usage, station::client},
    {"input-family-left-out", layer::input, exit_code::usage, station::client},
    {"input-invisible-character", layer::input, exit_code::usage, station::client},
    {"input-ipv4-not-dotted-quad", layer::input, exit_code::usage, station::client},
    {"input-link-local-address", layer::input, exit_code::usage, station::client},
    {"input-loopback-address", layer::input, exit_code::usage, station::client},
    {"input-port-in-host", layer::input, exit_code::usage, station::client},
    {"input-private-address", layer::input, exit_code::usage, station::client},
    {"input-scheme-in-host", layer::input, exit_code::usage, station::client},
    {"input-scheme-port-mismatch", layer::input, exit_code::usage, station::client},
    {"input-shell-ate-the-topic", layer::input, exit_code::usage, station::client},
    {"input-wrong-address", layer::input, exit_code::usage, station::client},

    // ---- name
    {"dns-aaaa-queries-dropped", layer::name, exit_code::name_not_found, station::network},
    {"dns-cdn-proxied", layer::name, exit_code::name_not_found, station::network},
    {"dns-differs-by-place", layer::name, exit_code::name_not_found, station::network},
    {"dns-hosts-file-override", layer::name, exit_code::name_not_found, station::client},
    {"dns-mdns-name", layer::name, exit_code::name_not_found, station::network},
    {"dns-no-address-for-family", layer::name, exit_code::name_not_found, station::network},
    {"dns-nxdomain", layer::name, exit_code::name_not_found, station::network},
    {"dns-nxdomain-hijack", layer::name, exit_code::name_not_found, station::network},
    {"dns-one-of-several-dead", layer::name, exit_code::name_not_found, station::network},
    {"dns-only-private-answers", layer::name, exit_code::name_not_found, station::network},
    {"dns-resolver-refuses", layer::name, exit_code::name_not_found, station::network},
    {"dns-resolver-silent", layer::name, exit_code::name_not_found, station::network},
    {"dns-server-failure", layer::name, exit_code::name_not_found, station::network},
    {"dns-stale-address", layer::name, exit_code::name_not_found, station::network},

    // ---- port
    {"tcp-client-offline", layer::port, exit_code::cannot_connect, station::client},
    {"tcp-docker-port-not-published", layer::port, exit_code::cannot_connect, station::broker},
    {"tcp-ephemeral-ports-exhausted", layer::port, exit_code::cannot_connect, station::client},
    {"tcp-ipv6-listener-missing", layer::port, exit_code::cannot_connect, station::broker},
    {"tcp-ipv6-only-client", layer::port, exit_code::cannot_connect, station::network},
    {"tcp-local-policy", layer::port, exit_code::cannot_connect, station::client},
    {"tcp-nat-hairpin", layer::port, exit_code::cannot_connect, station::network},
    {"tcp-port-forward-wrong", layer::port, exit_code::cannot_connect, station::network},
    {"tcp-refused-by-firewall-reset", layer::port, exit_code::cannot_connect, station::firewall},
    {"tcp-refused-by-icmp", layer::port, exit_code::cannot_connect, station::firewall},
    {"tcp-refused-loopback-listener", layer::port, exit_code::cannot_connect, station::broker},
    {"tcp-refused-not-running", layer::port, exit_code::cannot_connect, station::broker},
    {"tcp-refused-rate-limit", layer::port, exit_code::cannot_connect, station::firewall},
    {"tcp-refused-wrong-port", layer::port, exit_code::cannot_connect, station::broker},
    {"tcp-timeout-host-firewall", layer::port, exit_code::cannot_connect, station::firewall},
    {"tcp-timeout-security-group", layer::port, exit_code::cannot_connect, station::firewall},
    {"tcp-timeout-source-allowlist", layer::port, exit_code::cannot_connect, station::firewall},
    {"tcp-unreachable-admin-prohibited", layer::port, exit_code::cannot_connect, station::firewall},
    {"tcp-unreachable-host-down", layer::port, exit_code::cannot_connect, station::network},
    {"tcp-unreachable-host-prohibited", layer::port, exit_code::cannot_connect, station::firewall},
    {"tcp-unreachable-no-route", layer::port, exit_code::cannot_connect, station::network},
    {"tcp-unreachable-router-acl", layer::port, exit_code::cannot_connect, station::network},

    // ---- path
    {"path-captive-portal", layer::path, exit_code::cannot_connect, station::network},
    {"path-dpi-reset", layer::path, exit_code::cannot_connect, station::network},
    {"path-half-open", layer::path, exit_code::cannot_connect, station::network},
    {"path-mtu-black-hole", layer::path, exit_code::cannot_connect, station::network},
    {"path-nat-idle-drop", layer::path, exit_code::cannot_connect, station::network},
    {"path-nat-idle-reset", layer::path, exit_code::cannot_connect, station::network},
    {"path-packet-loss", layer::path, exit_code::cannot_connect, station::network},
    {"path-payload-dropped", layer::path, exit_code::cannot_connect, station::network},
    {"path-slow-link", layer::path, exit_code::cannot_connect, station::network},
    {"path-sni-filter", layer::path, exit_code::cannot_connect, station::network},
    {"path-transparent-proxy", layer::path, exit_code::cannot_connect, station::network},
    {"path-wifi-client-isolation", layer::path, exit_code::cannot_connect, station::network},
    {"tcp-egress-blocked", layer::path, exit_code::cannot_connect, station::network},
    {"tcp-ipv6-path-broken", layer::path, exit_code::cannot_connect, station::network},

    // ---- proxy
    {"proxy-backend-black-hole", layer::proxy, exit_code::cannot_connect, station::proxy},
    {"proxy-backend-down", layer::proxy, exit_code::cannot_connect, station::proxy},
    {"proxy-backend-down-retrying", layer::proxy, exit_code::cannot_connect, station::proxy},
    {"proxy-idle-timeout", layer::proxy, exit_code::cannot_connect, station::proxy},
    {"proxy-protocol-expected", layer::proxy, exit_code::cannot_connect, station::proxy},
    {"proxy-protocol-unexpected", layer::proxy, exit_code::cannot_connect, station::proxy},
    {"proxy-queue-full", layer::proxy, exit_code::cannot_connect, station::proxy},
    {"proxy-sni-router", layer::proxy, exit_code::cannot_connect, station::proxy},
    {"proxy-source-denied", layer::proxy, exit_code::cannot_connect, station::proxy},
    {"tls-inside-tls", layer::proxy, exit_code::tls, station::proxy},
    {"tls-terminator-backend-down", layer::proxy, exit_code::cannot_connect, station::proxy},
    {"ws-idle-timeout", layer::proxy, exit_code::cannot_connect, station::proxy},

    // ---- tls
    {"tls-alpn-mismatch", layer::tls, exit_code::tls, station::broker},
    {"tls-aws-443-without-alpn", layer::tls, exit_code::tls, station::broker},
    {"tls-cipher-or-psk-mismatch", layer::tls, exit_code::tls, station::broker},
    {"tls-client-cert-expired", layer::tls, exit_code::tls, station::broker},
    {"tls-client-cert-missing", layer::tls, exit_code::tls, station::broker},
    {"tls-client-cert-revoked", layer::tls, exit_code::tls, station::broker},
    {"tls-client-cert-untrusted", layer::tls, exit_code::tls, station::broker},
    {"tls-client-cert-wrong-purpose", layer::tls, exit_code::tls, station::broker},
    {"tls-client-clock-wrong", layer::tls, exit_code::tls, station::client},
    {"tls-expired", layer::tls, exit_code::tls, station::broker},
    {"tls-expires-soon", layer::tls, exit_code::tls, station::broker},
    {"tls-hostname-mismatch", layer::tls, exit_code::tls, station::broker},
    {"tls-interception", layer::tls, exit_code::tls, station::network},
    {"tls-ip-without-san", layer::tls, exit_code::tls, station::broker},
    {"tls-missing-intermediate", layer::tls, exit_code::tls, station::broker},
    {"tls-not-yet-valid", layer::tls, exit_code::tls, station::broker},
    {"tls-plaintext-to-tls-port", layer::tls, exit_code::tls, station::broker},
    {"tls-psk-refused", layer::tls, exit_code::tls, station::broker},
    {"tls-self-signed-leaf", layer::tls, exit_code::tls, station::broker},
    {"tls-sni-refused", layer::tls, exit_code::tls, station::broker},
    {"tls-to-plaintext-port", layer::tls, exit_code::tls, station::broker},
    {"tls-unknown-ca", layer::tls, exit_code::tls, station::broker},
    {"tls-version-client-too-old", layer::tls, exit_code::tls, station::broker},
    {"tls-version-server-too-old", layer::tls, exit_code::tls, station::broker},
    {"tls-weak-key-or-signature", layer::tls, exit_code::tls, station::broker},
    {"tls-wrong-purpose", layer::tls, exit_code::tls, station::broker},

    // ---- websocket
    {"ws-closed-after-upgrade", layer::websocket, exit_code::cannot_connect, station::broker},
    {"ws-handshake-to-raw-port", layer::websocket, exit_code::cannot_connect, station::broker},
    {"ws-http2-negotiated", layer::websocket, exit_code::cannot_connect, station::broker},
    {"ws-path-is-website", layer::websocket, exit_code::cannot_connect, station::broker},
    {"ws-plain-to-wss-port", layer::websocket, exit_code::cannot_connect, station::broker},
    {"ws-proxy-backend-down", layer::websocket, exit_code::cannot_connect, station::proxy},
    {"ws-proxy-no-upgrade", layer::websocket, exit_code::cannot_connect, station::proxy},
    {"ws-raw-mqtt-to-ws-port", layer::websocket, exit_code::cannot_connect, station::broker},
    {"ws-redirected-or-guarded", layer::websocket, exit_code::cannot_connect, station::broker},
    {"ws-subprotocol-missing", layer::websocket, exit_code::cannot_connect, station::broker},
    {"ws-subprotocol-unknown", layer::websocket, exit_code::cannot_connect, station::broker},
    {"ws-text-frames", layer::websocket, exit_code::cannot_connect, station::broker},
    {"ws-wrong-path", layer::websocket, exit_code::cannot_connect, station::broker},

    // ---- mqtt
    {"mqtt-access-filter", layer::mqtt, exit_code::cannot_connect, station::broker},
    {"mqtt-broker-hung", layer::mqtt, exit_code::cannot_connect, station::broker},
    {"mqtt-closed-after-connect", layer::mqtt, exit_code::cannot_connect, station::broker},
    {"mqtt-malformed-answer", layer::mqtt, exit_code::cannot_connect, station::broker},
    {"mqtt-malformed-client", layer::mqtt, exit_code::cannot_connect, station::broker},
    {"mqtt-max-connections", layer::mqtt, exit_code::cannot_connect, station::broker},
    {"mqtt-not-a-broker", layer::mqtt, exit_code::cannot_connect, station::broker},
    {"mqtt-refused", layer::mqtt, exit_code::refused, station::broker},
    {"mqtt-server-busy-or-banned", layer::mqtt, exit_code::refused, station::broker},
    {"mqtt-use-another-server", layer::mqtt, exit_code::refused, station::broker},
    {"mqtt-v5-closed-silently", layer::mqtt, exit_code::version_refused, station::broker},
    {"mqtt-version-refused", layer::mqtt, exit_code::version_refused, station::broker},
    {"unknown", layer::mqtt, exit_code::cannot_connect, station::broker},

    // ---- login
    {"auth-anonymous-refused", layer::login, exit_code::not_authorised, station::broker},
    {"auth-aws-policy-close", layer::login, exit_code::not_authorised, station::broker},
    {"auth-bad-credentials", layer::login, exit_code::bad_credentials, station::broker},
    {"auth-client-id-not-allowed", layer::login, exit_code::identifier_refused, station::broker},
    {"auth-cloud-credentials-format", layer::login, exit_code::bad_credentials, station::broker},
    {"auth-guest-only-local", layer::login, exit_code::not_authorised, station::broker},
    {"auth-listener-settings-trap", layer::login, exit_code::not_authorised, station::broker},
    {"auth-password-file-not-hashed", layer::login, exit_code::bad_credentials, station::broker},
    {"auth-password-without-username", layer::login, exit_code::bad_credentials, station::broker},
    {"auth-source-not-allowed", layer::login, exit_code::not_authorised, station::broker},
    {"auth-vhost", layer::login, exit_code::not_authorised, station::broker},
    {"mqtt-connack-slow", layer::login, exit_code::cannot_connect, station::broker},
    {"session-empty-id-persistent", layer::login, exit_code::identifier_refused, station::broker},
    {"session-id-too-long", layer::login, exit_code::identifier_refused, station::broker},
    {"tls-no-sni-looks-like-bad-password", layer::login, exit_code::not_authorised,
     station::broker},

    // ---- permission
    {"auth-acl-no-puback", layer::permission, exit_code::publish_refused, station::broker},
    {"auth-acl-publish-closes", layer::permission, exit_code::publish_refused, station::broker},
    {"auth-acl-publish-swallowed", layer::permission, exit_code::publish_refused, station::broker},
    {"auth-acl-read-denied-silently", layer::permission, exit_code::subscribe_refused,
     station::broker},
    {"auth-acl-subscribe-refused", layer::permission, exit_code::subscribe_refused,
     station::broker},
    {"auth-hash-subscription-refused", layer::permission, exit_code::subscribe_refused,
     station::broker},
    {"mqtt-no-suback", layer::permission, exit_code::subscribe_refused, station::broker},
    {"mqtt-qos-not-supported", layer::permission, exit_code::publish_refused, station::broker},
    {"mqtt-receive-maximum", layer::permission, exit_code::publish_refused, station::broker},
    {"mqtt-topic-violates-rules", layer::permission, exit_code::subscribe_refused, station::broker},

    // ---- delivery
    {"delivery-duplicated", layer::delivery, exit_code::failed, station::broker},
    {"delivery-hash-excludes-dollar", layer::delivery, exit_code::failed, station::broker},
    {"delivery-inflight-stall", layer::delivery, exit_code::failed, station::broker},
    {"delivery-message-expired", layer::delivery, exit_code::failed, station::broker},
    {"delivery-no-local", layer::delivery, exit_code::failed, station::broker},
    {"delivery-no-local-ignored", layer::delivery, exit_code::failed, station::broker},
    {"delivery-no-subscriber", layer::delivery, exit_code::failed, station::broker},
    {"delivery-not-forwarded", layer::delivery, exit_code::failed, station::broker},
    {"delivery-not-tested", layer::delivery, exit_code::failed, station::broker},
    {"delivery-other-broker", layer::delivery, exit_code::failed, station::broker},
    {"delivery-publish-refused", layer::delivery, exit_code::failed, station::broker},
    {"delivery-qos-downgraded", layer::delivery, exit_code::failed, station::broker},
    {"delivery-qos0-not-queued", layer::delivery, exit_code::failed, station::broker},
    {"delivery-qos2-stuck", layer::delivery, exit_code::failed, station::broker},
    {"delivery-queue-overflow", layer::delivery, exit_code::failed, station::broker},
    {"delivery-retained-misunderstood", layer::delivery, exit_code::failed, station::broker},
    {"delivery-retained-present", layer::delivery, exit_code::failed, station::broker},
    {"delivery-shared-not-supported", layer::delivery, exit_code::failed, station::broker},
    {"delivery-shared-subscription", layer::delivery, exit_code::failed, station::broker},
    {"delivery-slow-consumer", layer::delivery, exit_code::failed, station::broker},
    {"delivery-sys-closed", layer::delivery, exit_code::failed, station::broker},
    {"delivery-topic-differs", layer::delivery, exit_code::failed, station::broker},
    {"delivery-topic-rewritten", layer::delivery, exit_code::failed, station::broker},
    {"delivery-two-brokers", layer::delivery, exit_code::failed, station::broker},
    {"delivery-wildcard-misread", layer::delivery, exit_code::failed, station::broker},
    {"mqtt-packet-too-large", layer::delivery, exit_code::publish_refused, station::broker},
    {"mqtt-retain-not-supported", layer::delivery, exit_code::publish_refused, station::broker},
    {"session-broker-restarted", layer::delivery, exit_code::failed, station::broker},
    {"session-clean-session", layer::delivery, exit_code::failed, station::broker},
    // as a watch ends that sees the same
    {"session-duplicate-client-id", layer::delivery, exit_code::lost, station::broker},
    {"session-expired-while-away", layer::delivery, exit_code::failed, station::broker},
    {"session-expiry-capped", layer::delivery, exit_code::failed, station::broker},
    {"session-flaps", layer::delivery, exit_code::failed, station::broker},
    {"session-keepalive-expired", layer::delivery, exit_code::failed, station::broker},
    {"session-keepalive-not-enforced", layer::delivery, exit_code::failed, station::broker},
    {"session-lost-at-broker-restart", layer::delivery, exit_code::failed, station::broker},
    {"session-messages-waiting", layer::delivery, exit_code::failed, station::broker},
    {"session-none-stored", layer::delivery, exit_code::failed, station::broker},
    {"session-not-kept", layer::delivery, exit_code::failed, station::broker},
    {"session-server-keepalive", layer::delivery, exit_code::failed, station::broker},
    {"session-stale-subscriptions", layer::delivery, exit_code::failed, station::broker},
    {"session-v5-expires-at-once", layer::delivery, exit_code::failed, station::broker},
    {"session-will-flaps", layer::delivery, exit_code::failed, station::broker},

    // ---- host
    {"host-bind-address-missing", layer::host, exit_code::cannot_connect, station::broker},
    {"host-cert-key-problem", layer::host, exit_code::cannot_connect, station::broker},
    {"host-config-error", layer::host, exit_code::cannot_connect, station::broker},
    {"host-config-not-used", layer::host, exit_code::cannot_connect, station::broker},
    {"host-file-permission", layer::host, exit_code::cannot_connect, station::broker},
    {"host-mqtt-plugin-off", layer::host, exit_code::cannot_connect, station::broker},
    {"host-port-in-use", layer::host, exit_code::cannot_connect, station::broker},
    {"host-privileged-port", layer::host, exit_code::cannot_connect, station::broker},
    {"host-selinux-port", layer::host, exit_code::cannot_connect, station::broker},
    {"host-service-not-enabled", layer::host, exit_code::cannot_connect, station::broker},
    {"host-websocket-bind-ignored", layer::host, exit_code::cannot_connect, station::broker},
    {"host-websocket-only-config", layer::host, exit_code::cannot_connect, station::broker},

    // ---- phone
    {"phone-android-no-permission", layer::phone, exit_code::cannot_connect, station::client},
    {"phone-app-appends-path", layer::phone, exit_code::cannot_connect, station::client},
    {"phone-background-sleep", layer::phone, exit_code::cannot_connect, station::client},
    {"phone-cleartext-blocked", layer::phone, exit_code::cannot_connect, station::client},
    {"phone-ios-local-network", layer::phone, exit_code::cannot_connect, station::client},
    {"phone-network-switch", layer::phone, exit_code::cannot_connect, station::client},
    {"phone-vpn-private-dns", layer::phone, exit_code::cannot_connect, station::client},
    {"tls-android-user-ca", layer::phone, exit_code::tls, station::client},
    {"tls-cn-only", layer::phone, exit_code::tls, station::client},
    {"tls-ios-validity", layer::phone, exit_code::tls, station::client},
});

}  // namespace

std::span<const cause_row> cause_rows() { return rows; }

const cause_row* find_cause(std::string_view id) noexcept {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const cause_row& one) { return one.id == id; });
  return found == rows.end() ? nullptr : &*found;
}

const cause_row& cause_of(std::string_view id) noexcept {
  const cause_row* const found = find_cause(id);
  return found != nullptr ? *found : *find_cause("unknown");
}

}  // namespace mqttkit::doctor
