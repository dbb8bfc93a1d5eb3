#include "mqttkit/base/error.hpp"

#include <string>

namespace mqttkit {
namespace {

const char* text_of(errc code) noexcept {
  switch (code) {
    case errc::malformed_packet:
      return "malformed packet";
    case errc::protocol_error:
      return "protocol error";
    case errc::packet_too_large:
      return "packet too large";
    case errc::malformed_utf8:
      return "not valid UTF-8, or contains a NUL character";
    case errc::string_too_long:
      return "longer than 65535 bytes";
    case errc::invalid_topic_name:
      return "not a topic name: it is empty or contains + or #";
    case errc::invalid_topic_filter:
      return "not a topic filter: it is empty, or + or # is not alone in its level, or # is not "
             "last";
    case errc::property_not_allowed:
      return "property not allowed in this packet";
    case errc::property_repeated:
      return "property may be given only once";
    case errc::property_value:
      return "property value out of range";
    case errc::unknown_property:
      return "unknown property";
    case errc::client_id_required:
      return "a client identifier is required";
    case errc::invalid_client_id:
      return "MQTT 3.1 wants a client identifier of 1 to 23 bytes";
    case errc::password_without_username:
      return "a password needs a user name before MQTT 5";
    case errc::not_connected:
      return "not connected";
    case errc::qos_not_supported:
      return "the broker does not support this QoS";
    case errc::retain_not_supported:
      return "the broker does not support retained messages";
    case errc::wildcard_not_supported:
      return "the broker does not support wildcard subscriptions";
    case errc::shared_not_supported:
      return "the broker does not support shared subscriptions";
    case errc::subscription_ids_not_supported:
      return "the broker does not support subscription identifiers";
    case errc::receive_maximum_exceeded:
      return "the broker sent more than the receive maximum";
    case errc::topic_alias_invalid:
      return "invalid topic alias";
    case errc::unexpected_packet:
      return "a packet the broker must not send now";
    case errc::unknown_packet_id:
      return "unknown packet identifier";
    case errc::no_packet_id:
      return "no free packet identifier";
    case errc::connack_timeout:
      return "no CONNACK in time";
    case errc::keep_alive_timeout:
      return "no answer to PINGREQ";
    case errc::connection_refused_by_broker:
      return "connection refused by the broker";
    case errc::disconnected_by_broker:
      return "disconnected by the broker";
    case errc::connection_closed:
      return "connection closed by the peer";
    case errc::closed_before_connack:
      return "connection closed by the peer instead of a CONNACK";
    case errc::client_stopped:
      return "stopped";
    case errc::session_unwanted:
      return "the broker resumed a session, though a clean one was asked for";
    case errc::session_lost:
      return "the broker lost the session";
    case errc::authentication_failed:
      return "authentication failed";
    case errc::messages_not_taken:
      return "the answer stands behind messages that nobody receives";
    case errc::name_not_found:
      return "name not found";
    case errc::name_lookup_failed:
      return "name server did not answer";
    case errc::step_timeout:
      return "timed out";
    case errc::proxy_refused:
      return "refused by the proxy";
    case errc::proxy_protocol:
      return "not the answer of a proxy of this kind";
    case errc::tls_verify_failed:
      return "certificate not accepted";
    case errc::tls_handshake_failed:
      return "handshake failed";
    case errc::tls_setup_failed:
      return "cannot set up";
    case errc::websocket_refused:
      return "upgrade refused";
    case errc::websocket_protocol:
      return "protocol violation";
    case errc::http_malformed:
      return "not an HTTP response";
    case errc::http_too_large:
      return "HTTP response head too large";
    case errc::invalid_url:
      return "invalid URL";
    case errc::invalid_option:
      return "invalid option";
  }
  return "unknown error";
}

class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "mqtt"; }
  std::string message(int code) const override { return text_of(static_cast<errc>(code)); }
};

}  // namespace

const std::error_category& mqtt_category() noexcept {
  static const category instance;
  return instance;
}

}  // namespace mqttkit
