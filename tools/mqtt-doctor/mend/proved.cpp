#include "mqtt-doctor/mend/proved.hpp"

#include <algorithm>

namespace mqttkit::doctor {
namespace {

// Each row has a case in tests/lab/proved.txt, which the lab wrote; a test compares both.
constexpr proved_cause rows[] = {
    {"auth-acl-publish-swallowed"},
    {"auth-acl-read-denied-silently"},
    {"auth-anonymous-refused", true},
    {"auth-bad-credentials", true},
    {"auth-listener-settings-trap"},
    {"auth-password-file-not-hashed"},
    {"host-bind-address-missing"},
    {"host-config-error"},
    {"host-config-not-used"},
    {"host-file-permission"},
    {"host-websocket-bind-ignored"},
    {"host-websocket-only-config"},
    {"mqtt-access-filter"},
    {"mqtt-broker-hung"},
    {"mqtt-closed-after-connect"},
    {"mqtt-max-connections"},
    {"mqtt-packet-too-large"},
    {"tcp-ipv6-listener-missing"},
    {"tcp-refused-by-firewall-reset"},
    {"tcp-refused-by-icmp"},
    {"tcp-refused-loopback-listener"},
    {"tcp-refused-not-running"},
    {"tcp-timeout-host-firewall"},
    {"tcp-timeout-source-allowlist"},
    {"tcp-unreachable-admin-prohibited"},
    {"tls-expired"},
    {"tls-missing-intermediate"},
};

}  // namespace

std::span<const proved_cause> proved_causes() noexcept { return rows; }

const proved_cause* find_proved(std::string_view id) noexcept {
  const auto found = std::find_if(std::begin(rows), std::end(rows),
                                  [&](const proved_cause& cause) { return cause.id == id; });
  return found == std::end(rows) ? nullptr : found;
}

}  // namespace mqttkit::doctor
