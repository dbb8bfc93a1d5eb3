// What brokers and proxies print about their configuration, their files and their start.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* mosq_conf =
    "https://github.com/eclipse-mosquitto/mosquitto src/conf.c, src/bridge.c, src/plugin.c, src/password_file.c, src/acl_file.c";
constexpr const char* mosq_start = "https://github.com/eclipse-mosquitto/mosquitto src/mosquitto.c, src/net.c, src/listeners.c, src/persist_read.c";
constexpr const char* emqx_doc = "https://docs.emqx.com/en/emqx/latest/configuration; https://github.com/emqx/emqx bin/emqx, apps/emqx_conf";
constexpr const char* rabbit_doc = "https://www.rabbitmq.com/docs/configure, plugins, clustering; https://github.com/rabbitmq/rabbitmq-server";
constexpr const char* others_doc =
    "https://docs.hivemq.com; https://github.com/apache/activemq; https://github.com/vernemq/vernemq; https://github.com/nanomq/nanomq; https://github.com/halfgaar/FlashMQ";
constexpr const char* nats_doc = "https://github.com/nats-io/nats-server server/mqtt.go";
constexpr const char* nginx_doc = "https://nginx.org/en/docs/stream/ngx_stream_core_module.html; https://docs.haproxy.org";

constexpr said_row settings_table[] = {
    {mosquitto_log, "unknown configuration variable|unknown option", "", is::setting_unknown, mosq_conf},
    {mosquitto_log, "malformed utf-8 in configuration|malformed utf 8 in configuration", "", is::configuration_encoding, mosq_conf},
    {mosquitto_log, "duplicate ** value in configuration|duplicate log_dest file|duplicate log_dest file value|duplicate bridge name|duplicate password_file|duplicate acl_file|duplicate pid_file|"
     "duplicate persistence_location|default listener port specified multiple times only the latest will be used", "", is::setting_twice, mosq_conf},
    {mosquitto_log, "empty ** value in configuration|c argument given but no config file specified|p argument given but no port specified|no config file specified", "",
     is::setting_empty, mosq_conf},
    {mosquitto_log, "invalid ** value in configuration|error invalid ** value|error invalid * value|max_qos must be between 0 and 2|max_inflight_messages must be|"
     "invalid ** duration in configuration|invalid mount_point|does it contain a wildcard character|must be between ** inclusive|keepalive value too high|"
     "a listener with port 0 must provide a unix socket path|invalid port specified|only ** ports can be specified on the command line|backoff cap is lower than the base in restart_timeout|"
     "path to unix socket is too long|invalid log_dest value|invalid protocol value|contains non-hexadecimal characters|contains non hexadecimal characters|empty psk for identity|"
     "manual start_type not supported", "", is::setting_value, mosq_conf},
    {mosquitto_log, "per_listener_settings must be set before any other security settings|must be set before any other security settings|you must use create a listener before using the|"
     "requires a listener to be defined first|it is not currently possible to add remove listeners when reloading|cannot use both certificate and psk encryption in a single listener|"
     "cannot be used in combination with|is not allowed here|directive is not allowed here|an auth_plugin_deny_special_chars option exists", "", is::setting_order, mosq_conf},
    {mosquitto_log, "option is now deprecated|is now deprecated and will be removed|option is no longer available|is no longer supported", "", is::setting_old, mosq_conf},
    {mosquitto_log, "config file ** is a directory", "", is::file_is_directory, mosq_conf},
    {mosquitto_log, "unable to open config file|unable to open configuration file|unable to open include_dir|unable to open http dir|error opening psk file|unable to open psk_file|"
     "unable to write pid file|unable to open log file|error unable to open pwfile|error unable to open acl_file", "", is::broker_file, mosq_start},
    {mosquitto_log, "has world readable permissions future versions will refuse to load this file|owner is not ** future versions will refuse to load this file|"
     "group is not ** future versions will refuse to load this file|future versions will refuse to load this file", "", is::file_rights, mosq_start},
    {mosquitto_log, "invalid password hash for user|missing password hash for user|unable to decode password|invalid hash iterations for user|invalid password hash type for user|"
     "invalid line in password file|corrupt password file at line|corrupt password file|error invalid password hash", "", is::password_line, mosq_conf},
    {mosquitto_log, "invalid topic access type|empty topic in acl_file|invalid acl topic|missing username in acl_file|invalid line in acl_file|acl pattern ** does not contain|"
     "in acl_file|empty user in acl_file|topic ** in acl_file", "", is::acl_line, mosq_conf},
    {mosquitto_log, "invalid bridge configuration|invalid bridge topic|invalid bridge qos level|invalid bridge remapping|bridge local_clientid ** is not unique|"
     "in a single bridge|missing bridge_identity|missing bridge_psk|invalid bridge_protocol_version value|no remote addresses defined|no topics defined|bridge name not defined|"
     "check bridge_cafile|check bridge_capath|check bridge_certfile|check bridge_keyfile", "", is::bridge_settings, mosq_conf},
    {mosquitto_log, "unable to connect to bridge|error creating bridge|error resolving bridge address|error resolving bridge|error in initial bridge registration|bridge connection ** has exceeded idle timeout|"
     "remote bridge ** does not support mqtt|bridge ** disconnected|unable to connect to bridge ** retrying", "", is::bridge_down, mosq_start},
    {mosquitto_log, "unable to load auth plugin|unable to load plugin|load error|unsupported auth plugin version|"
     "plugin returned * when initialising|plugin returned * when initializing|authentication plugin returned|error loading plugin|error opening plugin|an auth_opt_ option exists in the config file without an auth_plugin|"
     "a plugin_opt_ option exists in the config file|invalid auth_opt_ config option|plugin has missing|unable to load security plugin|failed to load plugin|load plugin ** failed|start_plugin_failed|"
     "failed to load_plugin|cannot start plugin", "", is::plugin_broken, mosq_conf},
    {mosquitto_log, "persistence file is empty|unable to restore persistent database|unrecognised file format|unsupported persistent database format|incompatible database configuration|"
     "persistence file contains|file may be corrupt|persistence database it may be corrupt|couldn t open database|error saving in-memory database|error saving in memory database|"
     "error during saving in-memory database|saving in-memory database ** failed|error writing persistence|in persistent database file|persist__restore * assertion|persist_read c ** assertion|persist__ ** assertion", "", is::database_broken, mosq_start},
    {any_app, "no space left on device|enospc|disk full|disk is full|free storage space is at|store limit is|only has ** of usable space|disk resource limit alarm set|free disk space is insufficient|"
     "disk free limit|max-disk-usage|disk quota exceeded|edquot", "", is::disk_full, mosq_start},
    {mosquitto_log, "read-only file system|read only file system|erofs", "", is::disk_read_only, mosq_start},
    {mosquitto_log, "bind to a privileged port|if you are trying to bind to a privileged port|error creating listener permission denied|cap_net_bind_service", "", is::port_forbidden, mosq_start},
    {any_app, "failed to listen on ** eacces|bind to ** failed 13 permission denied|bind ** permission denied|nng_listen permission denied|listen eacces|"
     "listen eacces permission denied|for reason eacces|reason eacces|listen tcp ** permission denied|bind permission denied|cannot bind socket permission denied|"
     "an attempt was made to access a socket in a way forbidden by its access permissions|listen_error ** eacces", "", is::port_forbidden, mosq_start},
    {mosquitto_log, "unable to start any listening sockets|unable to create websockets listener|unable to create websockets listener on port", "", is::no_listener, mosq_start},
    {mosquitto_log, "websockets support not available|protocol websockets not supported|protocol * not supported", "", is::no_websocket_built_in, mosq_start},
    {mosquitto_log, "create a configuration file which defines a listener to allow remote access", "", is::local_only, mosq_start},
    {mosquitto_log, "interface ** does not support ** configuration|does not match specified listener address", "", is::address_not_here, mosq_start},
    {mosquitto_log, "unable to drop privileges|because this user does not exist", "", is::no_such_user, mosq_start},
    {mosquitto_log, "mosquitto should not be run as root|should not be run as root administrator", "", is::run_as_root, mosq_start, breadth::wide},
    {mosquitto_log, "unsupported tls_version|unable to set tls ciphers|unable to set tls 1.3 ciphersuites|check cipher list|check cipher_tls13 list|error loading dhparamfile|unable to create tls context|"
     "unable to set tls psk hint|check dhparamfile|invalid cipher list|unable to set cipher list", "", is::tls_setting, mosq_start},
    {mosquitto_log, "error when reloading certificate|check certfile|check keyfile|check cafile|check capath|check crlfile|unable to load engine private key file|error recreating tls context", "", is::bad_key_file, mosq_start},
    {mosquitto_log, "error found at", "", is::broker_settings, mosq_conf, breadth::wide},

    {emqx_log, "failed_to_check_schema|kind validation_error|validation_error|bad_hocon|hocon parse error|failed_to_load_hocon_conf|failed_to_parse_hocon|schema_validation|parse_error ** hocon|"
     "failed to load hocon conf|error ** in configuration file|config_check_failed|failed_to_load_config", "", is::broker_settings, emqx_doc},
    {emqx_log, "reason unknown_fields|unknown_fields|matched_type ** unknown|unknown ** field", "", is::setting_unknown, emqx_doc},
    {emqx_log, "bad_ssl_file|which_option ** file|options keyfile|options certfile|options cacertfile|invalid_pem|bad_cert_file|failed_to_read_pem|ssl_file_enoent|"
     "pem_file_not_found|pem_enoent", "", is::bad_key_file, emqx_doc},
    {emqx_log, "failed_to_start_listener|failed to start listener|failed to start ** listener|start listener ** failed", "", is::no_listener, emqx_doc, breadth::wide},
    {emqx_log, "not responding to pings|could not resolve hostname for node name|can t resolve the host name|nodename ** invalid|invalid node name|node ** not running|hostname ** not fully qualified|"
     "cannot get connection ** epmd|epmd error for host|can t set long node name|can t set short node name|inconsistent_database|nodistribution ** not allowed|"
     "table_loading_timeout|mnesia ** waiting for tables|waiting for mnesia tables|timeout_waiting_for_tables", "", is::node_name, emqx_doc},
    {emqx_log, "is already running|already running on|instance is still running|already_running|node with name ** already running", "", is::already_running, emqx_doc},
    {emqx_log, "erlang cookie is in use|invalid challenge reply|please check the erlang cookie|erlang.cookie|erlang cookie|cookie file|cookie mismatch|node__cookie|rejected by the remote node", "",
     is::erlang_cookie, emqx_doc},
    {emqx_log, "register listen error eaddrinuse|could not bind to distribution port|distribution port ** in use|port is occupied|the port is occupied", "", is::port_taken, emqx_doc},
    {emqx_log, "failed to start within|boot failed|failed_to_start_child|see the output of ** console|application emqx exited|application rabbit exited|kernel pid terminated|failed to start server|failed_to_start_app|"
     "error during startup|exception during startup|startup failed", "", is::service_ended, emqx_doc},
    {emqx_log, "eheap_alloc|cannot allocate * bytes of memory|high_system_memory_usage|java lang outofmemoryerror|outofmemoryerror|java heap space|gc overhead limit exceeded|"
     "cannot allocate memory|memory_limit exceeded", "", is::broker_memory, emqx_doc},
    {emqx_log, "license_limit_reached|license_has_expired|license expired|license has expired|no valid license|license ** exceeded|license ** expired|license_expired|invalid_license|license limit|"
     "rejected_due_to_license_limit_reached|due_to_license|connections of your license|license ** invalid|license file ** not", "", is::licence, emqx_doc},

    {other_brokers, "plugins could not be found|plugin ** not found|rabbitmq_mqtt is not enabled|plugins_not_found|plugin_not_found|no plugin ** mqtt", "", is::no_plugin, rabbit_doc},
    {other_brokers, "attempted to set unknown variable|conf file attempted to set|is not valid anywhere|unknown field|unknown configuration key|unknown property|unrecognized option|unrecognised option|"
     "unknown keyword|unknown directive|is not a valid directive|invalid command ** perhaps misspelled", "", is::setting_unknown, rabbit_doc},
    {other_brokers, "syntax error near line|could not load xbean factory|error near line|in xml document ** is invalid|saxparseexception|failed to load configuration file|error in config file|error parsing config|parse error ** line|"
     "error generating config|invalid configuration|could not parse config|failed to parse config|configuration file ** test failed|"
     "error s found in configuration file|fatal errors found in configuration|mapping values are not allowed|yaml ** line", "", is::broker_settings, rabbit_doc},
    {other_brokers, "configuration error", "", is::broker_settings, rabbit_doc, breadth::wide},
    {other_brokers, "could not read the configuration file|not found or unreadable|could not open ** config|config file ** not found|no such config|cannot read config", "", is::broker_file, others_doc},
    {other_brokers, "could not start tcp listener|could not start tls listener|could not start websocket listener|is it already in use|failed to bind to server socket|could not bind port|bindexception address already in use|"
     "bindexception ** already in use|creating ** listener ** failed address already in use", "", is::port_taken, others_doc},
    {other_brokers, "bindexception cannot assign requested address|failed to bind ** cannot assign requested address", "", is::address_not_here, others_doc},
    {other_brokers, "not able to open or create keystore|keystore was tampered with|keystore ** password was incorrect|keystore ** not found|"
     "invalid keystore format|alias ** does not exist|ssl server needs a certificate|server needs a certificate", "", is::bad_key_file, others_doc},
    {other_brokers, "accept the vernemq eula|accept_eula|requires server name to be explicitly set|requires jetstream to be enabled|mqtt requires", "", is::setting_missing, nats_doc},
    {servers, "unknown directive stream", "", is::nginx_stream, nginx_doc},
    {servers, "stream directive is not allowed here", "", is::nginx_stream, nginx_doc},
    {servers, "unable to load ssl private key from pem file|unable to load ssl certificate from pem file|unable to load ssl certificate|cannot load certificate key|cannot load certificate|"
     "no ssl certificate specified|bio_new_file failed|inconsistencies between private key and certificate", "", is::bad_key_file, nginx_doc},
    {servers, "bind to ** failed 98 address already in use|cannot bind socket address already in use|cannot bind socket|starting frontend ** cannot bind socket|could not bind to address", "",
     is::port_taken, nginx_doc},
    {servers, "host not found in upstream|could not resolve address|could not be resolved ** upstream", "", is::name_not_found, nginx_doc},
};
// clang-format on

}  // namespace

std::span<const said_row> settings_rows() noexcept { return settings_table; }

}  // namespace mqttkit::doctor
