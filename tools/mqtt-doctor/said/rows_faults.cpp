// What brokers print of their own faults, of what checks their logins, and of what surrounds them.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* erlang_doc = "https://www.erlang.org/doc/apps/sasl/error_logging.html; https://github.com/emqx/esockd; https://github.com/ninenines/ranch";
constexpr const char* mosq_log = "https://github.com/eclipse-mosquitto/mosquitto src/send_connack.c, src/net.c; plugins/dynamic-security";
constexpr const char* auth_doc = "https://github.com/iegomez/mosquitto-go-auth; https://github.com/jpmens/mosquitto-auth-plug; home-assistant/supervisor auth.py";
constexpr const char* emqx_doc = "https://github.com/emqx/emqx apps/emqx/src, apps/emqx_conf; https://docs.emqx.com/en/emqx/latest/faq";
constexpr const char* rabbit_doc = "https://www.rabbitmq.com/docs/connections, memory, clustering; https://github.com/rabbitmq/rabbitmq-server";
constexpr const char* java_doc = "https://github.com/hivemq/hivemq-community-edition; https://github.com/apache/artemis; https://github.com/moquette-io/moquette; https://vertx.io/docs/vertx-mqtt";
constexpr const char* nats_doc = "https://github.com/nats-io/nats-server server/mqtt.go";
constexpr const char* verne_doc = "https://docs.vernemq.com/vernemq-clustering/netsplits; https://github.com/vernemq/vernemq";
constexpr const char* docker_doc = "https://docs.docker.com/engine; https://docs.docker.com/compose; Windows: WSAEACCES";
constexpr const char* systemd_doc = "systemd.exec(5): process exit codes; Windows: service control manager";
constexpr const char* proxy_doc = "https://nginx.org/en/docs; https://docs.haproxy.org; https://doc.traefik.io; https://caddyserver.com/docs";

constexpr said_row faults_table[] = {
    // The process of one connection ends with what its socket said.
    {emqx_log, "reason conn_closed|received client alert fatal internal error|badmatch error closed|exit with reason error remote|reason error remote|reason error closed|connection lost for tcp_closed|connection lost for|error enotconn|error einval|reason enotconn|reason einval|"
     "tcp_error|sock_closed|sock_error|unexpected_sock_close|connection_closed_by_client|client unexpectedly closed tcp connection|closing mqtt connection|connection_closed_with_no_data_received|closed_with_no_data",
     "", is::client_lost, erlang_doc},
    {emqx_log, "badmatch ** http 1.1|badmatch ** http 1.0|http 1.1 ** user agent|get http 1.1 ** host|badmatch ** get", "", is::broken_packet, erlang_doc},
    {emqx_log, "no_exists emqx_banned|aborted no_exists|no_exists|nodedown|node ** down|rpc_failure|badrpc|mnesia is overloaded|mnesia overloaded|autocluster|cluster_join_failed|failed to join cluster|"
     "session_stepdown_request_timeout|discard_session_failed|failed_to_discard|takeover_failed", "", is::cluster_not_ready, emqx_doc},
    {emqx_log, "generic server ** terminating|state machine ** terminating|crasher initial call|crash report|supervisor report|reached_max_restart_intensity|terminated with reason|connection_crashed|"
     "exception exit|exception error|reason for termination|function_clause|case_clause|unclean_terminate|unclean_shutdown|last message in was", "", is::broker_crashed, erlang_doc, breadth::wide},
    {emqx_log, "missing_segment_header|bad_log_file|corrupt_log|corrupted|not a log file|dets ** not properly closed|bad_object|truncated_error", "", is::database_broken, erlang_doc},
    {emqx_log, "recv_proxy_header|proxy protocol header signature was not recognized|proxy_proto_timeout|bad_proxy_header|no_proxy_header|proxy protocol ** timeout", "", is::proxy_header, emqx_doc},
    {emqx_log, "is discarded by|is taken over by|kicked by another|conn ** is discarded", "", is::taken_over, emqx_doc},
    {emqx_log, "exhook ** failed|load server ** failed|exhook_server|failed_to_load_exhook|exproto ** failed", "", is::login_service, emqx_doc},
    {emqx_log, "acl deny|acl denied|denied by acl|cannot publish ** due to not authorized|cannot subscribe ** due to not authorized|publish ** not allowed", "", is::publish_refused, emqx_doc},
    {emqx_log, "connection_congestion|connection congested|socket_error busy|busy_port|busy_dist_port|overloaded|too many requests|olp|connection_rejected|force_shutdown|proc_heap_too_large|message_queue_too_long", "",
     is::busy, emqx_doc},
    {emqx_log, "sysmon long_schedule|sysmon long_gc|sysmon large_heap|long_schedule|long_gc|large_heap|alarm_is_deactivated|is_deactivated|listener ** started|started on|boot ok|cluster ** joined", "", is::normal, emqx_doc},

    // CONNACK as mosquitto's own log shows it: flags, code.
    {mosquitto_log, "sending connack to ** 0 5|sending connack to ** 0 135", "", is::not_authorised, mosq_log},
    {mosquitto_log, "sending connack to ** 0 4|sending connack to ** 0 134", "", is::bad_login, mosq_log},
    {mosquitto_log, "sending connack to ** 0 2|sending connack to ** 0 133", "", is::bad_identifier, mosq_log},
    {mosquitto_log, "sending connack to ** 0 1|sending connack to ** 0 132", "", is::bad_version, mosq_log},
    {mosquitto_log, "sending connack to ** 0 3|sending connack to ** 0 136|sending connack to ** 0 137", "", is::unavailable, mosq_log},
    {mosquitto_log, "ssl handshake failure|tls error occurred|a tls error occurred|shutdown while in init|called a function you should not call", "", is::handshake, mosq_log, breadth::wide},
    {mosquitto_log, "dynamic security ** error|dynamic security ** unable|dynamic security config|error loading dynamic security|dynamic-security.json|dynsec ** error", "", is::plugin_broken, mosq_log},

    {mosquitto_log, "received null username or password", "", is::login_left_out, mosq_log},
    {mosquitto_log, "wrong password for user|unauthorized login for|couldn t get user|user not found|user ** not found|no such user in|auth check failed|unpwd_check|invalid user or password|user ** denied|"
     "authentication denied|no backend ** authenticated|unauthorized client", "", is::not_authorised, auth_doc},
    {mosquitto_log, "acl check failed|acl denied for|acl failed|no acl match|acl check denied|topic ** denied for user", "", is::publish_refused, auth_doc},
    {mosquitto_log, "backend error|backend ** not available|couldn t initialize ** backend|mysql ** connection error|error connecting to ** database|pq password authentication failed|ldap ** connect|"
     "error on http request|http request error|failed to connect to database|can t connect to mysql server|could not connect to server ** postgres|redis ** connection refused|mongo ** connection", "", is::login_service, auth_doc},
    {mosquitto_log, "unknown or empty hasher|log_dest unknown using default|backend registered|started go-cache|flushed go-cache|rediscache activated|auth request from|successful login for|certificates found ssl is available|"
     "using pre-hashed password|setting up user", "", is::normal, auth_doc},

    {other_brokers, "handshake_timeout|missed heartbeats", "", is::client_lost, rabbit_doc, breadth::wide},
    {other_brokers, "waiting for mnesia tables|error while waiting for mnesia|inconsistent cluster|feature flag ** required|required feature flags|quorum ** not available|node ** down|partial partition|network partition|"
     "mnesia ** inconsistent", "", is::cluster_not_ready, rabbit_doc},
    {other_brokers, "file descriptor limit alarm|file_descriptor_limit", "", is::no_more_sockets, rabbit_doc},
    {other_brokers, "vm_memory_high_watermark set|memory high watermark set|disk free limit set|limiting to approx|enabling free disk space monitoring|connection ** authenticated|closing connection ** normal", "", is::normal, rabbit_doc},
    {other_brokers, "http access denied", "", is::not_authorised, rabbit_doc},

    {other_brokers, "configuration file folder ** does not exist|does not exist using ** default config|config file ** using default config|config file ** does not exist|could not find config|cannot find ** configuration", "",
     is::broker_file, java_doc},
    {other_brokers, "no security extension present|no security extension|no authenticator|no authentication provider", "", is::setting_missing, java_doc},
    {other_brokers, "activemq ** nullpointerexception|artemis ** nullpointerexception|moquette ** nullpointerexception|error processing protocol message|unexpected exception ** broker|"
     "exception caught ** handler|exceptioncaught|orderedexecutor ** nullpointerexception|orderedexecutor null", "", is::broker_crashed, java_doc},
    {other_brokers, "failed to connect over ssl|closedchannelexception", "", is::app_hung_up, java_doc, breadth::wide},
    {other_brokers, "can t open directory channel|shutting down extension system|protocol module found|stopped embedded|adding protocol support for|broker is starting with configuration|server is now live|checking for migrations", "",
     is::normal, java_doc},

    {other_brokers, "loading session record|unable to delete session|unable to persist session|js api|timeout for request type|no responders|stream not found|consumer not found|jetstream ** error|jetstream ** insufficient", "",
     is::jetstream_down, nats_doc},
    {other_brokers, "not permitted to deliver to|permissions violation|permission violation", "", is::publish_refused, nats_doc},
    {other_brokers, "authorization violation|authentication timeout|user authentication expired", "", is::not_authorised, nats_doc},
    {other_brokers, "protocol violation|mid ** parse error|cid ** parse error|processor ** error reading|stale connection", "", is::broken_packet, nats_doc, breadth::wide},

    {other_brokers, "drain state|remote_node_not_available|cluster node ** terminate|netsplit detected|remote node ** not|unknown sync event|can t migrate|vmq_cluster_node ** closed|connect to cluster node", "",
     is::cluster_not_ready, verne_doc},
    {other_brokers, "occupied resending|pipe ** occupied|msg queue ** full|lmq full|message queue full|aio busy", "", is::messages_dropped, verne_doc},

    // Docker, compose, add-ons.
    {services, "exited with code 0|exited with code *|watchdog found ** is stopped|is stopped restarting|is unhealthy|has exited|exited unexpectedly|dependency failed to start|container ** is restarting", "",
     is::service_ended, docker_doc},
    {services, "ports are not available|an attempt was made to access a socket|port ** reserved|excludedportrange", "", is::port_forbidden, docker_doc},
    {services, "bind source path does not exist|invalid mount config|mount source ** does not exist|no such file or directory unknown|path ** not shared from the host|mounts denied|error while creating mount source path", "",
     is::broker_file, docker_doc},
    {services, "no configuration file provided|yaml unmarshal|services ** additional property|undefined service|undefined network|unsupported config option|invalid compose|validating ** compose|network ** declared as external", "",
     is::broker_settings, docker_doc},
    {services, "cannot connect to the docker daemon", "", is::no_program, docker_doc},
    {services, "permission denied while trying to connect to the docker daemon socket at|permission denied while trying to connect to the docker daemon|interactive authentication required|"
     "must be run as root|must be root|must be superuser|you need to be root|are you root|requires root privileges|run as root or with sudo|sudo a password is required", "",
     is::not_admin, docker_doc},
    {windows, "system error 5 has occurred|openservice failed 5|openscmanager failed 5|createservice failed 5|startservice failed 5|cannot open ** service on computer|"
     "the requested operation requires elevation", "", is::not_admin, "Windows: net helpmsg 5 (ERROR_ACCESS_DENIED), sc.exe"},
    {windows, "error 5 access is denied|failed to start ** service ** error 5", "", is::broker_file, "Windows: net helpmsg 5 (ERROR_ACCESS_DENIED), sc.exe"},

    // systemd and Windows.
    {services, "holdoff time over|hold-off time over|scheduled restart job|service restartsec|failed to start mosquitto|failed to start ** broker|failed to start ** server|start-limit|dependency failed for|"
     "service terminated unexpectedly|service terminated with|did not respond to the start or control request|error 1053|error 1067|the process terminated unexpectedly", "", is::service_ended, systemd_doc},
    {services, "status 200 chdir|failed at step chdir|failed at step namespace|status 226 namespace|failed to set up mount namespacing|failed at step logs_directory|failed at step state_directory", "",
     is::broker_file, systemd_doc},
    {services, "status 127|status 126", "", is::no_program, systemd_doc},

    // Proxies.
    {servers, "ssl_do_handshake failed ** while ssl handshaking to upstream|while ssl handshaking to upstream|ssl handshaking to upstream", "", is::no_backend, proxy_doc},
    {servers, "client timed out 110|timed out ** while proxying connection|timeout during ssl handshake|connection timed out while proxying", "", is::proxy_timeout, proxy_doc},
    {servers, "recv failed 104|connection reset by peer while proxying|client closed connection while|closed keepalive connection|client prematurely closed connection", "", is::client_lost, proxy_doc},
    {servers, "client closed connection while ssl handshaking|connection closed during ssl handshake|peer closed connection in ssl handshake|tls handshake error from ** eof|tls handshake error from", "", is::app_hung_up, proxy_doc},
    {servers, "client sent plain http request to https port|plain http request was sent to https port", "", is::plain_to_tls, proxy_doc},
    {servers, "worker_connections are not enough|accept4 failed 24|maxconn", "", is::no_more_sockets, proxy_doc},
    {servers, "upstream sent no valid http|no valid http 1.0 header|upstream sent invalid header", "", is::no_websocket_there, proxy_doc},
    {servers, "no ssl_certificate is defined|ssl_certificate is not defined|key values mismatch|ssl_ctx_use_privatekey", "", is::bad_key_file, proxy_doc},
    {servers, "service ** does not exist|middleware ** does not exist|unable to find valid certificate|no matching rule", "", is::proxy_rule, proxy_doc},
    {servers, "open ** failed 2 no such file or directory|open ** failed 13 permission denied", "", is::broker_file, proxy_doc},
    {servers, "server ** is up reason|is up reason|proxy ** started|configuration loaded", "", is::normal, proxy_doc},
    {servers, "unable to reach the origin service", "", is::no_backend, proxy_doc},
};
// clang-format on

}  // namespace

std::span<const said_row> faults_rows() noexcept { return faults_table; }

}  // namespace mqttkit::doctor
