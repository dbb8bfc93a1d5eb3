// What brokers print about single clients and their connections.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* mosq_log =
    "https://github.com/eclipse-mosquitto/mosquitto src/loop.c, src/context.c, src/handle_connect.c, src/handle_publish.c, src/handle_subscribe.c, src/proxy_v2.c";
constexpr const char* emqx_doc = "https://docs.emqx.com/en/emqx/latest/observability/log.html; https://github.com/emqx/emqx apps/emqx/src";
constexpr const char* rabbit_doc = "https://github.com/rabbitmq/rabbitmq-server deps/rabbitmq_mqtt/src";
constexpr const char* hive_doc = "https://docs.hivemq.com event.log; https://github.com/hivemq/hivemq-community-edition";
constexpr const char* java_doc = "https://github.com/apache/activemq activemq-mqtt; https://github.com/apache/artemis artemis-mqtt-protocol; https://github.com/moquette-io/moquette";
constexpr const char* verne_doc = "https://github.com/vernemq/vernemq vmq_mqtt_fsm.erl, vmq_queue.erl";
constexpr const char* small_doc = "https://github.com/nanomq/nanomq; https://github.com/halfgaar/FlashMQ; https://github.com/moscajs/aedes";
constexpr const char* nats_doc = "https://github.com/nats-io/nats-server server/mqtt.go";
constexpr const char* aws_doc = "https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html, cwl-format.html";
constexpr const char* azure_doc = "https://learn.microsoft.com/azure/iot-hub/troubleshoot-error-codes; azure/event-grid/mqtt-client-life-cycle-events";

constexpr said_row clients_table[] = {
    {mosquitto_log, "disconnected keepalive timeout|disconnected exceeded timeout|exceeded timeout disconnecting", "", is::silent_too_long, mosq_log},
    {mosquitto_log, "disconnected session taken over", "", is::taken_over, mosq_log},
    {mosquitto_log, "disconnected due to oversize packet|disconnected due to oversize payload|disconnected packet too large|oversize packet disconnecting", "", is::too_large, mosq_log},
    {mosquitto_log, "disconnected due to out of memory|disconnected out of memory", "", is::memory_misnamed, mosq_log},
    {paho_python, "error talking to mqtt out of memory|disconnected from mqtt out of memory|disconnected from mqtt broker out of memory|"
     "unexpected disconnection ** out of memory|unexpected disconnect ** out of memory|mqtt disconnected ** out of memory", "", is::memory_misnamed,
     "https://github.com/eclipse-paho/paho.mqtt.python issue 340"},
    {mosquitto_log, "disconnected due to qos too high or retain not supported|qos too high or retain not supported|too high qos in publish|disconnected qos not supported|"
     "disconnected retain not supported|disconnected shared subscriptions not supported|retain not available will retry|qos not supported will retry", "", is::no_such_feature, mosq_log},
    {mosquitto_log, "been disconnected by administrative action", "", is::told_to_go, mosq_log},
    {mosquitto_log, "disconnected receive maximum exceeded|has exceeded its receive-maximum|has exceeded its receive maximum", "", is::too_many_in_flight, mosq_log},
    {mosquitto_log, "sending multiple connect messages|first packet not connect|protocol error from ** connect|bad client ** sending multiple connect", "", is::connect_order, mosq_log},
    {mosquitto_log, "invalid protocol version|invalid protocol version * in connect", "", is::bad_version, mosq_log},
    {mosquitto_log, "invalid qos in publish|invalid qos in subscription command", "", is::bad_qos, mosq_log},
    {mosquitto_log, "invalid payload|malformed utf-8", "", is::broken_packet, mosq_log},
    {mosquitto_log, "invalid will qos in connect|too large will payload|invalid will topic|zero length will topic", "", is::bad_will, mosq_log},
    {mosquitto_log, "password without username|password without user name", "", is::password_alone, mosq_log},
    {mosquitto_log, "empty subscription string|invalid subscription string|empty unsubscription string|invalid unsubscription string|invalid topic in publish", "", is::bad_topic, mosq_log},
    {mosquitto_log, "for an unknown packet identifier", "", is::stale_acknowledgement, mosq_log},
    {mosquitto_log, "client with dangerous client id|client with dangerous username|dangerous client id|dangerous username", "", is::odd_name, mosq_log},
    {mosquitto_log, "rejected client did not connect using tls", "", is::plain_to_tls, mosq_log},
    {mosquitto_log, "corrupt proxy header", "", is::proxy_header, mosq_log},
    {mosquitto_log, "rejected client did not provide a certificate", "", is::wants_certificate, mosq_log},
    {mosquitto_log, "denied max_connections exceeded|max_connections exceeded", "", is::busy, mosq_log},
    {mosquitto_log, "denied access by tcpd", "", is::address_refused, mosq_log},
    {mosquitto_log, "mosquitto version * starting|mosquitto version ** starting|mosquitto version ** running|mosquitto version ** terminating|config loaded from|opening ipv4 listen socket|opening ipv6 listen socket|"
     "opening websockets listen socket|opening unix listen socket|new connection from|new client connected from|new bridge connected from|no will message specified|will message specified|sending connack to * 0 0|"
     "sending connack to ** 0 0|received pingreq from|sending pingresp to|received pingresp from|received publish from|sending publish to|received subscribe from|sending suback to|received disconnect from|received puback from|"
     "sending puback to|saving in-memory database to|reloading config|connecting bridge|bridge ** sending connect|client * disconnected|expiring persistent client|bridge ** doing local subscribe|received unsubscribe from|"
     "received connect from|websockets mqtt|client ** negotiated|using default config|plugin ** version", "", is::normal, mosq_log},

    {emqx_log, "client_banned|reason banned|shutdown banned|flapping_detected|flapping detected", "", is::banned, emqx_doc},
    {emqx_log, "action publish ** authorization_permission_denied", "", is::publish_refused, emqx_doc},
    {emqx_log, "shutdown idle_timeout|reason idle_timeout|idle_timeout", "", is::no_connect, emqx_doc},
    {emqx_log, "shutdown not_authorized|shutdown bad_username_or_password|shutdown bad_clientid_or_password|authn_failed|bad_username_or_password", "", is::not_authorised, emqx_doc},
    {emqx_log, "cause frame_too_large|frame_too_large", "", is::too_large, emqx_doc},
    {emqx_log, "unsupported_protocol_version|proto_ver_mismatch|invalid_proto_ver|unsupported_proto|cause unsupported_protocol", "", is::bad_version, emqx_doc},
    {emqx_log, "invalid_proto_name|invalid_connect_packet|unexpected_packet|zero_remaining_len|unexpected_connect", "", is::broken_packet, emqx_doc},
    {emqx_log, "dropped_qos0_msg|dropped_msg|session_overflow|message_queue_too_long", "", is::messages_dropped, emqx_doc},
    {emqx_log, "invalid_client_id|client_identifier_not_valid|invalid_clientid", "", is::bad_identifier, emqx_doc},
    {emqx_log, "ssl_upgrade_timeout|ssl_upgrade_failed|ssl_handshake_timeout", "", is::app_hung_up, emqx_doc},
    {emqx_log, "certificate_required|generated server alert fatal certificate required", "", is::wants_certificate, emqx_doc},
    {emqx_log, "max_conns_reached|exceeded_conn_rate|exceeded the max connection|connection_rate_limit|max_connections_reached|conn_congestion", "", is::busy, emqx_doc},
    {emqx_log, "authenticator_error|http_server_query_failed|authz_http_request_failure|mysql_server_query_failed|mysql_query_error|postgresql_query_error|mongodb_query_failed|redis_query_failed|ldap_query_failed|"
     "resource ** emqx_authn|resource_health_check_failed ** authn|resource_down ** authn|authentication_backend_unavailable|authorizer_resource_unavailable|jwks_endpoint_request_failed|failed_to_get_jwks", "",
     is::login_service, emqx_doc},
    {emqx_log, "shutdown normal|start listener ** successfully|listener ** successfully|is running now|socket_force_closed ** normal|connected_from|client_connected", "", is::normal, emqx_doc},

    {other_brokers, "virtual host ** does not exist|vhost ** not found|vhost ** is down|access to vhost ** refused for user|access to vhost ** refused|no access to vhost|vhost ** does not exist|"
     "not allowed to access vhost|connection limit ** vhost", "", is::virtual_host, rabbit_doc},
    {other_brokers, "user can only connect via localhost|can only connect via localhost|guest user can only log in via localhost|restricted to localhost|not_loopback|user can only log in via localhost", "",
     is::guest_is_local, rabbit_doc},
    {other_brokers, "mqtt login failed for user|mqtt login failed for|login failed for * auth_failure|auth_failure refused|plain login refused|login was refused using authentication mechanism", "",
     is::not_authorised, rabbit_doc},
    {other_brokers, "client id registration timed out|no_quorum|no leader ** quorum|cannot accept a connection client id registration", "", is::cluster_not_ready, rabbit_doc},
    {other_brokers, "client id missing|cannot accept ** client id missing", "", is::bad_identifier, rabbit_doc},
    {other_brokers, "detected tls upgrade error|tls upgrade error ** unknown ca", "", is::app_refuses_certificate, rabbit_doc},
    {other_brokers, "write access to topic ** refused for user|access to topic ** refused for user|write access to exchange ** refused for user|configure access to queue|write access to exchange|"
     "access to topic ** in exchange ** refused for user|read access to exchange|read access to queue|read access to topic|configure access to exchange|access_refused write access|mqtt resource access refused", "", is::publish_refused, rabbit_doc},
    {other_brokers, "memory resource limit alarm set|publishers will be blocked until this alarm clears|alarm set on node|stopped to prevent flooding|usage manager memory limit reached|blocking message production|"
     "will start blocking producers|system will start blocking|is blocking producers|address ** is full", "", is::publishers_blocked, rabbit_doc},
    {other_brokers, "started mqtt tcp listener|started mqtt tls listener|mqtt retained message store|accepted mqtt connection|resource limit alarm cleared|alarm cleared on node|started tcp listener|started epoll acceptor|"
     "started nio acceptor|connector mqtt started|connector ** started|disconnected gracefully|listening for mqtt clients|started websocket listener|started tls tcp listener|server is ready|"
     "successfully authenticated|authenticated and granted access|client_initiated_disconnect|clientinitiateddisconnect", "", is::normal, rabbit_doc},

    {other_brokers, "client id unknown ** disconnected ungracefully|did not send a connect message in time|did not send a connect message|did not send connect|timeout ** during protocol handshake|"
     "client id unknown ip ** disconnected ungracefully", "", is::no_connect, hive_doc},
    {other_brokers, "another client connected with the same clientid|another client with this id|with this id connected|another client connected with the same", "", is::taken_over, hive_doc},
    {other_brokers, "sent too many concurrent publish messages|too many concurrent publish messages", "", is::too_many_in_flight, hive_doc},
    {other_brokers, "sent second connect message|second connect|first packet must be connect|not yet connected|sent a second connect", "", is::connect_order, hive_doc},
    {other_brokers, "with a not authorized username password|not authorized username password|didn t supply any password|anonymous mode is disabled|no user name ** anonymous", "", is::not_authorised, hive_doc},
    {other_brokers, "with an invalid protocol name|error not protocol|error invalid protocol|unsupported_packet_type|protocol error on connection|invalid protocol name", "", is::broken_packet, hive_doc},
    {other_brokers, "is not authorized to publish to topic|not authorized to publish on topic|can t auth publish|cannot auth publish|is not authorized to write to|does not have permission send|"
     "does not have permission create_address|does not have permission create_durable_queue|does not have permission create_non_durable_queue|no authorization to pub", "", is::publish_refused, hive_doc},
    {other_brokers, "is not authorized to subscribe|can t auth subscribe|is not authorized to read from|does not have permission consume|does not have permission browse|no authorization to sub", "",
     is::subscribe_refused, hive_doc},
    {other_brokers, "client message queue is full|publish message was dropped|queue dropped * messages|due to queue full|queue ** is full ** dropped|slow consumer detected|slow consumer", "", is::messages_dropped, hive_doc},
    {other_brokers, "received fatal alert certificate_unknown|received fatal alert unknown_ca|received fatal alert bad_certificate|received fatal alert certificate_expired|ssl message transmission ** failed", "",
     is::app_refuses_certificate, hive_doc},

    {other_brokers, "transport connection to ** failed|client connection failed clearing up resources|connection failure has been detected|nni aio recv error|recv error rv|client connection closed|"
     "terminate because peer closed|peer closed tcp connection", "", is::client_lost, java_doc, breadth::wide},
    {other_brokers, "channel was inactive for too|inactivityioexception|did not receive data from ** within the|connection_timedout|keep-alive expired|keep alive expired|keepalive expired|"
     "stopped due to keepalive expired|keepalivetimeout", "", is::silent_too_long, java_doc},
    {other_brokers, "user name ** or password is invalid|unable to validate user from|security problem while authenticating|unable to validate user|failed to authenticate user|authentication error", "",
     is::not_authorised, java_doc},
    {other_brokers, "already connected from|invalidclientidexception", "", is::taken_over, java_doc},
    {other_brokers, "exceeded the maximum number of allowed client connections|exceeded maximum connections|rejected the connection|maximum connections exceeded|maximum connection limit", "", is::busy, java_doc},
    {other_brokers, "no cipher suites in common", "", is::nothing_in_common, java_doc},
    {other_brokers, "ssl handshake failed for client", "", is::handshake, java_doc, breadth::wide},

    {other_brokers, "due to no_matching_hook_found|no_matching_hook_found|from ** due to plugin_chain_exhausted", "", is::no_login_rule, verne_doc},
    {other_brokers, "due to invalid_credentials|can t authenticate client|cannot authenticate client", "", is::not_authorised, verne_doc},
    {other_brokers, "due to reason not_ready|can t register client ** not_ready|due to not_ready", "", is::cluster_not_ready, verne_doc},
    {other_brokers, "panic runtime error|segmentation fault|assertion failed|addresssanitizer", "", is::broker_crashed, verne_doc},

    {other_brokers, "reason s access denied|reasons access denied|auth failed username or password wrong|access denied by acl", "", is::not_authorised, small_doc},

    {other_brokers, "jetstream system temporarily unavailable|jetstream not enabled for account|jetstream not enabled|insufficient storage resources|no responders ** js.api|unable to connect ** js", "", is::jetstream_down, nats_doc},
    {other_brokers, "maximum payload violation|maximum payload exceeded", "", is::too_large, nats_doc},
    {other_brokers, "publish violation", "", is::publish_refused, nats_doc},
    {other_brokers, "subscription violation", "", is::subscribe_refused, nats_doc},
    {other_brokers, "unacceptable protocol version", "", is::bad_version, nats_doc},
    {other_brokers, "maximum connections exceeded|maximum account active connections exceeded", "", is::busy, nats_doc},

    {clouds, "eventtype publish in ** authorization_failure|eventtype subscribe ** authorization_failure|eventtype connect ** authorization_failure|authorization_failure|disconnectreason auth_error|auth_error", "",
     is::cloud_policy, aws_doc},
    {clouds, "disconnectreason client_error", "", is::broken_packet, aws_doc},
    {clouds, "disconnectreason connection_lost|disconnectionreason connectionlost|deviceconnectionclosedremotely", "404104", is::client_lost, aws_doc},
    {clouds, "server_initiated_disconnect|serverinitiateddisconnect|api_initiated_disconnect", "", is::told_to_go, aws_doc},
    {clouds, "disconnectreason forbidden_access|ipforbidden", "", is::address_refused, aws_doc},
    {clouds, "linkcreationconflict|sessiontakenover|409002", "", is::taken_over, azure_doc},
    {clouds, "clientauthorizationerror", "", is::cloud_policy, azure_doc},
    {clouds, "clientauthenticationerror", "", is::not_authorised, azure_doc},
    {clouds, "sessionoverflow", "", is::messages_dropped, azure_doc},
    {clouds, "devicenotfound|404001|devicedisabled|devicenotregistered", "", is::disabled_client, azure_doc},
};
// clang-format on

}  // namespace

std::span<const said_row> clients_rows() noexcept { return clients_table; }

}  // namespace mqttkit::doctor
