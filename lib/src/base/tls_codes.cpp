#include "mqttkit/base/tls_codes.hpp"

namespace mqttkit {

std::string_view tls_alert_name(int alert) noexcept {
  struct row {
    int alert;
    std::string_view name;
  };
  static constexpr row rows[] = {
#define MQTT_ALERT(name) {tls_alert::name, #name}
      MQTT_ALERT(close_notify),
      MQTT_ALERT(unexpected_message),
      MQTT_ALERT(bad_record_mac),
      MQTT_ALERT(record_overflow),
      MQTT_ALERT(handshake_failure),
      MQTT_ALERT(bad_certificate),
      MQTT_ALERT(unsupported_certificate),
      MQTT_ALERT(certificate_revoked),
      MQTT_ALERT(certificate_expired),
      MQTT_ALERT(certificate_unknown),
      MQTT_ALERT(illegal_parameter),
      MQTT_ALERT(unknown_ca),
      MQTT_ALERT(access_denied),
      MQTT_ALERT(decode_error),
      MQTT_ALERT(decrypt_error),
      MQTT_ALERT(protocol_version),
      MQTT_ALERT(insufficient_security),
      MQTT_ALERT(internal_error),
      MQTT_ALERT(inappropriate_fallback),
      MQTT_ALERT(user_canceled),
      MQTT_ALERT(missing_extension),
      MQTT_ALERT(unsupported_extension),
      MQTT_ALERT(unrecognized_name),
      MQTT_ALERT(bad_certificate_status_response),
      MQTT_ALERT(unknown_psk_identity),
      MQTT_ALERT(certificate_required),
      MQTT_ALERT(no_application_protocol),
#undef MQTT_ALERT
  };
  for (const row& each : rows) {
    if (each.alert == alert) return each.name;
  }
  return {};
}

}  // namespace mqttkit
