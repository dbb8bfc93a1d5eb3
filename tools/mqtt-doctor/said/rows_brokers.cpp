// What brokers, and proxies in front of them, write in their logs.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* mosq_log =
    "https://github.com/eclipse-mosquitto/mosquitto src/loop.c, src/handle_connect.c, src/database.c";
constexpr const char* mosq_conf =
    "https://github.com/eclipse-mosquitto/mosquitto src/conf.c, src/security_default.c, src/net.c";
constexpr const char* emqx_doc = "https://docs.emqx.com/en/emqx/latest/observability/log.html; https://github.com/emqx/emqx apps/emqx/src; Erlang ssl tls_alert";
constexpr const char* others_doc =
    "https://github.com/rabbitmq/rabbitmq-server deps/rabbitmq_mqtt; https://docs.hivemq.com event log; https://github.com/vernemq/vernemq vmq_mqtt_fsm.erl";
constexpr const char* aws_doc =
    "https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html; https://github.com/awslabs/aws-c-mqtt error codes";
constexpr const char* azure_doc = "https://learn.microsoft.com/en-us/azure/iot-hub/troubleshoot-error-codes";

constexpr said_row brokers_table[] = {
    {mosquitto_log, "disconnected not authorised|disconnected not authorized", "", is::not_authorised, mosq_log},
    {mosquitto_log, "has exceeded timeout disconnecting|exceeded timeout", "", is::silent_too_long, mosq_log},
    {mosquitto_log, "already connected closing old connection|disconnected session taken over|closing old connection", "",
     is::taken_over, mosq_log},
    {mosquitto_log, "disconnected due to protocol error|disconnected due to malformed packet|"
     "disconnected malformed packet|invalid protocol * in connect|disconnected due to bad *", "",
     is::broken_packet, mosq_log},
    {mosquitto_log, "disconnected protocol error", "", is::broken_packet, mosq_log, breadth::wide},
    {mosquitto_log, "disconnected due to oversize packet|disconnected due to oversized packet|oversize packet", "",
     is::too_large, mosq_log},
    {mosquitto_log, "outgoing messages are being dropped for client", "", is::messages_dropped, mosq_log},
    {mosquitto_log, "denied publish from", "", is::publish_refused, mosq_log},
    {mosquitto_log, "denied subscribe from", "", is::subscribe_refused, mosq_log},
    {mosquitto_log, "bad socket read write on client ** protocol error", "", is::broken_packet, mosq_log},
    {mosquitto_log, "bad socket read write on client ** invalid arguments provided", "", is::client_lost, mosq_log},
    {mosquitto_log, "disconnected connection lost|socket error on client|socket read error on client|bad socket read write on client|closed its connection|connection lost to client", "",
     is::client_lost, mosq_log},
    {mosquitto_log, "disconnected by administrative action|been disconnected by administrative action", "",
     is::told_to_go, mosq_log},
    {mosquitto_log, "tls_process_cert_verify bad signature", "", is::bad_key_file, mosq_log},
    {other_brokers, "cannot create ** permission denied|can t create ** permission denied|could not create ** permission denied|"
     "failed to create ** permission denied|mkdir ** permission denied|touch ** permission denied|creating ** eacces|"
     "error creating * * ** permission denied|error writing * * ** permission denied|error saving * * ** permission denied|error renaming * * ** permission denied|"
     "error creating ** eacces|error writing ** eacces|error creating ** read-only file system|error writing ** read-only file system", "", is::broker_file, others_doc},
    {other_brokers, "qos2_not_supported|qos_2_not_supported|qos_not_supported|qos2 not supported|qos 2 not supported", "", is::no_such_feature, others_doc},
    {mosquitto_log, "unable to open pwfile|unable to open acl_file|unable to open log file|"
     "unable to open file|error opening password file|error opening acl file|"
     "error opening file|unable to open ** for writing|unable to open ** permission denied", "", is::broker_file, mosq_conf},
    {mosquitto_log, "unable to load ca certificates|unable to load server certificate|unable to load server key file|"
     "server certificate key are inconsistent|unable to load certificate revocation file", "", is::bad_key_file, mosq_conf},
    {mosquitto_log, "starting in local only mode|connections will only be possible from clients running on this machine", "",
     is::local_only, mosq_conf},
    {mosquitto_log, "address already in use|eaddrinuse|only one usage of each socket address", "98 10048", is::port_taken, mosq_conf},
    {mosquitto_log, "cannot assign requested address|eaddrnotavail|the requested address is not valid in its context", "99 10049", is::address_not_here, mosq_conf},
    {mosquitto_log, "too many open files|emfile|enfile|unable to accept new connection system socket count has been exceeded", "24", is::no_more_sockets, mosq_conf},

    {emqx_log, "reason not_authorized|reason bad_username_or_password|reason username_or_password_error|reason bad_clientid_or_password|authentication_failure|login_failed", "", is::not_authorised, emqx_doc},
    {emqx_log, "authorization_permission_denied|cannot_publish_to_topic_due_to_not_authorized|cannot_publish_to_topic", "", is::publish_refused, emqx_doc},
    {emqx_log, "cannot_subscribe_topic_filter|cannot_subscribe", "", is::subscribe_refused, emqx_doc},
    {emqx_log, "keepalive_timeout|reason keepalive_timeout", "", is::silent_too_long, emqx_doc},
    {emqx_log, "reason takenover|reason discarded|reason takeovered|shutdown takenover|shutdown takeovered|shutdown discarded|takenover|discarded", "", is::taken_over, emqx_doc},
    {emqx_log, "reason kicked|shutdown kicked", "", is::told_to_go, emqx_doc},
    {emqx_log, "frame_too_large|frame_parse_error ** frame_too_large", "", is::too_large, emqx_doc},
    {emqx_log, "malformed_packet|frame_parse_error|invalid_property_code|frame_error|bad_frame_header|proto_unexpected_c", "", is::broken_packet, emqx_doc},
    {emqx_log, "msg drop_query|drop_query|emqx_resource_worker append_queue|emqx_resource_buffer_worker append_queue|buffer_worker_data_dropped", "", is::sink_full, emqx_doc},
    {emqx_log, "dropped_msg_due_to_mqueue_is_full|mqueue is full|queue_full", "", is::messages_dropped, emqx_doc},
    {emqx_log, "clientid_invalid|client_identifier_not_valid|reason clientid_is_empty", "", is::bad_identifier, emqx_doc},
    {emqx_log, "shutdown ssl_closed|reason tcp_closed|shutdown tcp_closed|shutdown closed|reason ssl_closed|tls_connection_closed", "", is::client_lost, emqx_doc},
    {emqx_log, "max_conns_reached|connection rate limit|overload_protection|quota_exceeded", "", is::busy, emqx_doc},
    {emqx_log, "tls_alert unknown_ca|tls_alert certificate_unknown|tls_alert bad_certificate|tls_alert certificate_expired|"
     "received client alert fatal unknown ca|received client alert fatal certificate unknown|received client alert fatal bad certificate|"
     "received client alert fatal certificate expired|received client alert", "", is::certificate_refused, emqx_doc},
    {emqx_log, "tls_alert handshake_failure|tls_alert insufficient_security|generated server alert fatal handshake failure|generated server alert fatal insufficient security|no_suitable_ciphers", "",
     is::nothing_in_common, emqx_doc},
    {emqx_log, "tls_alert protocol_version|generated server alert fatal protocol version", "", is::tls_version, emqx_doc},
    {emqx_log, "tls_alert unexpected_message|unsupported_record_type|tls_alert record_overflow|tls_alert record overflow|generated server alert fatal unexpected message", "", is::no_tls_there, emqx_doc},

    {other_brokers, "mqtt login failed for user|mqtt login failed|plain login refused|access_refused|invalid credentials|can t authenticate client|invalid_credentials|error_lifting_callback", "", is::not_authorised, others_doc},
    {other_brokers, "mqtt resource access refused|access refused ** write access to topic|write access to topic", "", is::publish_refused, others_doc},
    {other_brokers, "mqtt disconnecting client ** with duplicate id|with duplicate id|duplicate_id|another client connected with the same client id|stolen|session stopped ** taken over|disconnected by session takeover", "",
     is::taken_over, others_doc},
    {other_brokers, "mqtt detected network error|peer closed tcp connection|disconnected ungracefully", "", is::client_lost, others_doc},
    {other_brokers, "client was idle for too long|keep alive timeout|stopped due to keepalive|keep_alive_timeout", "", is::silent_too_long, others_doc},
    {other_brokers, "did not sent a connect message|could not decode connect|bad_header|unparsable|mqtt protocol error", "", is::broken_packet, others_doc, breadth::wide},
    {other_brokers, "not_ready|netsplit detected|cluster_not_ready", "", is::cluster_not_ready, others_doc},
    {other_brokers, "alarm activated|connections blocked", "", is::unavailable, others_doc},

    {clouds, "aws_error_mqtt_unexpected_hangup|unexpected hangup", "", is::cloud_policy, aws_doc},
    {clouds, "duplicate_clientid|duplicate clientid|duplicate_client_id", "", is::taken_over, aws_doc},
    {clouds, "mqtt_keep_alive_timeout", "", is::silent_too_long, aws_doc},
    {clouds, "websocket_ttl_expiration|customauth_ttl_expiration|sas token expired|token expired|token has expired|expired sas|jwt expired|tokenexpirederror|jwt is expired|"
     "expired token", "", is::expired_token, aws_doc},
    {clouds, "throttled|throttlingexception|iothubquotaexceeded|429001", "", is::busy, aws_doc},
    {clouds, "aws_io_tls_error_negotiation_failure|aws_error_tls_negotiation", "", is::handshake, aws_doc},
    {clouds, "aws_io_dns_query_failed|aws_io_dns_invalid_name", "", is::name_not_found, aws_doc},
    {clouds, "aws_io_socket_timeout", "", is::timed_out, aws_doc},
    {clouds, "aws_io_socket_connection_refused", "", is::refused, aws_doc},
    {clouds, "aws_error_mqtt_timeout|connecttimeoutexception", "", is::no_answer, aws_doc},
    {clouds, "iothubunauthorizedaccess|iothubunauthorized|401002|401003|unauthorizederror|unauthorizedexception", "", is::wrong_device_secret, azure_doc},
};
// clang-format on

}  // namespace

std::span<const said_row> brokers_rows() noexcept { return brokers_table; }

}  // namespace mqttkit::doctor
