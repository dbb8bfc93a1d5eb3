// What clouds' SDKs, scripting languages, tunnels, services and tools print.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* aws_crt = "https://github.com/awslabs aws-c-io io.c, aws-c-http http.c, aws-c-mqtt mqtt.c: error lists";
constexpr const char* azure_c = "https://github.com/Azure/azure-iot-sdk-c iothub_client/inc/iothub_client_core_common.h; azure-iot-sdk-python, -csharp";
constexpr const char* php_src = "https://github.com/php-mqtt/client src/MqttClient.php; php-src main/streams/xp_socket.c, ext/openssl/xp_ssl.c";
constexpr const char* ruby_src = "https://github.com/njh/ruby-mqtt lib/mqtt/client.rb, packet.rb";
constexpr const char* erl_inet = "https://www.erlang.org/doc/apps/kernel/inet.html: POSIX error codes; https://github.com/emqx/emqtt, smartrent/tortoise311";
constexpr const char* erl_ssl = "https://www.erlang.org/doc/apps/ssl/ssl.html: tls_alert, path validation";
constexpr const char* nodemcu_md = "https://github.com/nodemcu/nodemcu-firmware docs/modules/mqtt.md: connection failure callback reason codes";
constexpr const char* boost_doc = "Boost.Asio error.hpp, ssl/error.hpp; Boost.Beast websocket/error.hpp; libwebsockets lib/roles/ws/client-ws.c";
constexpr const char* sslstream_doc = "System.Net.Security.SslStream, TlsAlertMessage";
constexpr const char* unity_doc = "Unity UnityTls: unitytls_x509verify_result";
constexpr const char* indy_doc = "Indy IdResourceStringsCore.pas, IdResourceStringsProtocols.pas";
constexpr const char* labview_doc = "LabVIEW: network error codes 53 to 66";
constexpr const char* js_browser = "https://github.com/mqttjs/MQTT.js README: browsers have no TCP";
constexpr const char* js_more = "https://nodejs.org/api/errors.html, stream.html; https://github.com/websockets/ws lib/websocket.js, receiver.js";
constexpr const char* js_client = "https://github.com/eclipse-paho/paho.mqtt.javascript src/paho-mqtt.js: ERROR";
constexpr const char* key_pem = "OpenSSL crypto/pem/pem_lib.c; RFC 1421 section 4.6, RFC 5958; Node.js and Python ssl: passphrase";
constexpr const char* key_der = "OpenSSL crypto/encode_decode/decoder_lib.c; JDK sun.security.util.DerInputStream, PKCS8Key";
constexpr const char* jdk_more = "Java SE API, Android API: by their names";
constexpr const char* cpp_text = "https://github.com/eclipse-paho/paho.mqtt.cpp src/exception.cpp; paho.mqtt.c MQTTClient_strerror; paho.mqtt.rust";
constexpr const char* py_loop = "https://github.com/eclipse-paho/paho.mqtt.python src/paho/mqtt/client.py 1.x: 1 on a failed read or a missed PINGRESP";
constexpr const char* java_state = "https://github.com/eclipse-paho/paho.mqtt.java ClientState.java: checkForActivity";
constexpr const char* hive_netty = "https://github.com/hivemq/hivemq-mqtt-client; netty io.netty.handler.ssl, websocketx";
constexpr const char* systemd_doc = "systemd.exec(5): exit codes; mosquitto lib/mosquitto.h: mosq_err_t";
constexpr const char* docker_doc = "https://github.com/opencontainers/runc: errors of bind mounts";
constexpr const char* tunnel_doc = "https://ngrok.com/docs/errors; https://github.com/cloudflare/cloudflared; https://github.com/fatedier/frp client/proxy";
constexpr const char* curl_doc = "https://curl.se/libcurl/c/libcurl-errors.html";
constexpr const char* wechat_socket = "https://developers.weixin.qq.com/miniprogram/dev/api/network/websocket/wx.connectSocket.html";
constexpr const char* programs_src = "the programs' sources: domoticz hardware/MQTT.cpp, rtl_433 src/output_mqtt.c, ioBroker.mqtt lib/server.ts, ioBroker.sonoff";
constexpr const char* lwip_mqtt = "lwIP src/include/lwip/apps/mqtt.h: mqtt_connection_status_t";
constexpr const char* errno_names = "errno(3), connect(2), send(2): names and words";
constexpr const char* wire_doc = "Wireshark packet-tls-utils.c: descriptions of alerts; RFC 8446 section 6.2";

constexpr said_row services_table[] = {
    // ---- AWS
    {clouds, "aws_io_tls_ctx_error|failed to create tls context|aws_io_file_validation_failure|aws_io_tls_error_default_trust_store_not_found", "", is::bad_key_file, aws_crt},
    {clouds, "aws_error_http_websocket_upgrade_failure|failed to upgrade http connection to websocket", "", is::web_login, aws_crt},
    {clouds, "aws_io_dns_no_address_for_host|aws_io_dns_retry_resolve_failed|aws_io_dns_host_removed_from_cache", "", is::name_not_found, aws_crt},
    {clouds, "aws_io_socket_network_down", "", is::no_network, aws_crt},
    {clouds, "aws_io_socket_no_route_to_host", "", is::no_route, aws_crt},
    {clouds, "aws_io_socket_closed|aws_error_mqtt5_disconnect_received|aws_error_mqtt_connection_shutdown", "", is::closed, aws_crt},
    {clouds, "aws_io_tls_negotiation_timeout|aws_io_tls_alert_not_graceful|aws_io_tls_closed_graceful", "", is::hung_up_on_tls, aws_crt},
    {clouds, "aws_error_mqtt_protocol_error|aws_error_mqtt_invalid_reserved_bits|aws_error_mqtt5_encode_failure", "", is::broken_packet, aws_crt},
    {clouds, "aws_error_mqtt_connection_disconnecting|aws_error_mqtt5_operation_failed_due_to_offline_queue_policy", "", is::not_connected, aws_crt},
    {clouds, "aws_error_mqtt_invalid_credentials", "", is::not_authorised, aws_crt},
    {clouds, "aws_error_mqtt_invalid_topic|aws_error_mqtt_invalid_qos|aws_error_mqtt5_publish_options_validation", "", is::bad_topic, aws_crt},

    // ---- Azure
    {clouds, "transport timeout on connection operation|iothub_client_connection_communication_error", "", is::no_answer, azure_c},
    {clouds, "iothub_client_connection_no_network|connection_no_network", "", is::not_reached, azure_c},
    {clouds, "iothub_client_connection_bad_credential|connection_bad_credential|iothub_client_connection_device_disabled|connection_device_disabled", "", is::wrong_device_secret, azure_c},
    {clouds, "iothub_client_connection_expired_sas_token|connection_expired_sas_token", "", is::expired_token, azure_c},
    {clouds, "iothub_client_connection_retry_expired|connection_retry_expired|iothub_client_connection_no_ping_response", "", is::silent_too_long, azure_c},
    {clouds, "iothub_client_connection_quota_exceeded", "", is::busy, azure_c},
    {clouds, "mqtt channel open failed|failure connecting to address", "", is::not_reached, azure_c},
    {clouds, "refusednotauthorized|connect failed refused not authorized", "", is::not_authorised, azure_c},

    // ---- PHP, Ruby
    {scripts, "connection closed without reason", "", is::closed, php_src},
    {scripts, "did not acknowledge the connection attempt within|broker did not acknowledge", "", is::no_answer, php_src},
    {scripts, "php_network_getaddresses", "", is::name_not_found, php_src},
    {scripts, "peer certificate cn ** did not match expected cn", "", is::other_name, php_src},
    {scripts, "ssl operation failed with code", "", is::handshake, php_src, breadth::echo},
    {scripts, "failed to read byte from socket", "", is::closed, ruby_src},
    {scripts, "no ping response received for", "", is::silent_too_long, ruby_src},
    {scripts, "execution expired net opentimeout|net opentimeout|execution expired", "", is::timed_out, ruby_src},

    // ---- Erlang, Elixir
    {erlang, "nxdomain", "", is::name_not_found, erl_inet},
    {erlang, "error timeout|stop timeout", "", is::timed_out, erl_inet, breadth::wide},
    {erlang, "stop ping_timeout|ping_timeout", "", is::silent_too_long, erl_inet},
    {erlang, "connack_timeout", "", is::no_answer, erl_inet},
    {erlang, "malformed_username_or_password", "", is::bad_login, erl_inet},
    {erlang, "generated client alert fatal unknown ca|bad_cert unknown_ca|bad_cert selfsigned_peer|generated client alert fatal bad certificate", "", is::untrusted, erl_ssl},
    {erlang, "bad_cert hostname_check_failed|hostname_check_failed|fatal handshake failure bad_cert hostname_check_failed", "", is::other_name, erl_ssl},
    {erlang, "generated client alert fatal certificate expired|bad_cert cert_expired", "", is::wrong_time, erl_ssl},
    {erlang, "bad_cert max_path_length_reached|bad_cert invalid_key_usage|bad_cert invalid_ext_key_usage|bad_cert missing_basic_constraint", "", is::unfit_certificate, erl_ssl},
    {erlang, "bad_cert revoked|bad_cert revocation_status_undetermined", "", is::revoked, erl_ssl},
    {erlang, "received server alert fatal certificate required", "", is::wants_certificate, erl_ssl},
    {erlang, "received server alert fatal handshake failure|received server alert fatal insufficient security", "", is::nothing_in_common, erl_ssl},
    {erlang, "received server alert fatal protocol version", "", is::tls_version, erl_ssl},
    {erlang, "received server alert fatal unknown ca|received server alert fatal bad certificate|received server alert fatal certificate unknown|received server alert fatal certificate expired", "",
     is::client_certificate_refused, erl_ssl},

    // ---- NodeMCU's Lua
    {nodemcu, "failed reason -5|connfail -5|conn_fail_server_not_found", "-5", is::not_reached, nodemcu_md},
    {nodemcu, "failed reason -4|connfail -4|conn_fail_not_a_connack_msg", "-4", is::broken_packet, nodemcu_md},
    {nodemcu, "failed reason -3|connfail -3|conn_fail_dns", "-3", is::name_not_found, nodemcu_md},
    {nodemcu, "failed reason -2|failed reason -1|connfail -2|conn_fail_timeout_receiving|conn_fail_timeout_sending", "", is::no_answer, nodemcu_md},
    {nodemcu, "failed reason 1|connack_refused_protocol_ver", "", is::bad_version, nodemcu_md},
    {nodemcu, "failed reason 2|connack_refused_id_rejected", "", is::bad_identifier, nodemcu_md},
    {nodemcu, "failed reason 3|connack_refused_server_unavailable", "", is::unavailable, nodemcu_md},
    {nodemcu, "failed reason 4|connack_refused_bad_user_or_pass", "", is::bad_login, nodemcu_md},
    {nodemcu, "failed reason 5|connack_refused_not_authorized", "", is::not_authorised, nodemcu_md},

    // ---- LabVIEW
    {labview, "the network connection was refused by the server", "", is::refused, labview_doc},
    {labview, "the network operation exceeded the user-specified or system time limit", "", is::timed_out, labview_doc},
    {labview, "the network connection was closed by the peer|the system caused the network connection to be aborted", "", is::closed, labview_doc},
    {labview, "the network address is ill-formed", "", is::host_field, labview_doc},
    {labview, "the network is down unreachable or has been reset", "", is::no_network, labview_doc},
    {labview, "the specified port or network address is currently in use", "", is::port_taken, labview_doc},

    // ---- keys with a passphrase, and keys of another form
    {openssl, "begin encrypted private key|proc-type 4 encrypted|dek-info|enter pem pass phrase|enter pass phrase for|bad decrypt|bad_decrypt|bad password read|bad_password_read|"
     "problems getting password|problems_getting_password|common libcrypto routines interrupted or cancelled|interrupted or cancelled|unsupported ** pbes|"
     "mac verify failure|mac_verify_failure|mac verify error invalid password|private key is encrypted|key is encrypted|password is required for encrypted key|passphrase required|"
     "missing passphrase|password was not given but private key is encrypted|need passphrase|bad passphrase|pem_read_bio_privatekey bad password read", "", is::encrypted_key, key_pem},
    {go_libraries, "x509 decryption password incorrect|tls failed to parse private key encrypted|encrypted private key", "", is::encrypted_key, key_pem},
    {java, "cannot recover key|given final block not properly padded|encryptedprivatekeyinfo", "", is::encrypted_key, key_der},
    {openssl, "decoder routines unsupported|no certificate or crl found|no_certificate_or_crl_found|asn1 encoding routines|header too long|nested asn1 error|"
     "unsupported private key algorithm|unable to get private key", "", is::bad_key_file, key_der},
    {java, "derinputstream getlength|algid parse error|signed fields invalid|certificateparsingexception|invalidkeyspecexception|not a pkcs 12|toderinputstream rejects tag type|"
     "could not parse certificate", "", is::bad_key_file, key_der},
    {go_libraries, "failed to find any pem data|private key does not match public key|failed to parse private key|could not load keypair|could not load certificate", "", is::bad_key_file, "https://pkg.go.dev/crypto/tls"},
    {paho_python, "permission denied ** key|permission denied ** pem|permission denied ** crt|permissionerror ** certs", "", is::bad_key_file, "Python ssl.SSLContext.load_cert_chain"},

    // ---- JavaScript
    {mqtt_js, "net createconnection is not a function|net connect is not a function|tls connect is not a function|net default connect is not a function|tls default connect is not a function|"
     "net default createconnection is not a function|can t resolve net|can t resolve tls|could not resolve net|module net has been externalized|module tls has been externalized|"
     "unable to resolve module net|unable to resolve module tls|cannot find module net", "", is::browser_without_tcp, js_browser},
    {mqtt_js, "buffer is not defined|process is not defined|global is not defined|can t find variable buffer", "", is::app_call, js_browser},
    {mqtt_js, "this socket has been ended by the other party", "", is::closed, js_more},
    {mqtt_js, "write after end|err_stream_write_after_end|err_stream_destroyed|cannot call write after a stream was destroyed", "", is::not_connected, js_more},
    {mqtt_js, "invalid websocket frame|websocket was closed before the connection was established|rsv1 must be clear", "", is::websocket_failed, js_more},
    {mqtt_js, "aggregateerror", "", is::not_reached, js_more},
    {mqtt_js, "aggregateerror econnrefused", "", is::refused, js_more},
    {mqtt_js, "aggregateerror etimedout", "", is::timed_out, js_more},
    {mqtt_js, "disconnected from server", "", is::closed, "https://github.com/thomasnordquist/MQTT-Explorer app/src"},
    {browser, "amqjs0016e", "", is::broken_packet, js_client},
    {browser, "amqjs0005e", "", is::app_call, js_client},
    {browser, "amqjs0002e|subscribe timed out|amqjs0003e|unsubscribe timed out", "", is::no_answer, js_client},
    {browser, "unexpected status line", "", is::no_websocket_there, "OkHttp okhttp3.internal.http.StatusLine"},
    {wechat, "connectsocket fail timeout|connectsocket fail time out", "", is::timed_out, wechat_socket},
    {wechat, "invalid http status", "", is::upgrade_refused, wechat_socket},
    {wechat, "exceed max task count|exceed the maximum number of connections", "", is::mini_program_full, wechat_socket},

    // ---- Java, Android, .NET
    {paho_java, "timed out as no activity|timed out as no write activity", "", is::silent_too_long, java_state},
    {paho_java, "32109 ** sockettimeoutexception|connection lost 32109 java net sockettimeoutexception read timed out|32109 java net sockettimeoutexception", "", is::silent_too_long, java_state},
    {paho_java, "32109 java net socketexception connection reset|connection lost 32109 java net socketexception connection reset", "", is::reset, java_state},
    {paho_java, "reason_code_server_connect_error", "", is::not_reached, java_state},
    {java, "networkonmainthreadexception|noclassdeffounderror|localbroadcastmanager", "", is::app_call, jdk_more},
    {java, "not an ssl tls record|notsslrecordexception|not ssl record exception", "", is::no_tls_there, hive_netty},
    {java, "connecttimeoutexception connection timed out", "", is::timed_out, hive_netty},
    {java, "handshake timed out after", "", is::hung_up_on_tls, hive_netty},
    {java, "getstatus 404|invalid handshake response getstatus 404|invalid handshake response 404", "", is::websocket_refused, hive_netty},
    {java, "getstatus 403|getstatus 401|invalid handshake response getstatus 403|invalid handshake response getstatus 401", "", is::web_login, hive_netty},
    {java, "getstatus 400|getstatus 200|getstatus 426|invalid handshake response getstatus 400|invalid handshake response getstatus 200", "", is::upgrade_refused, hive_netty},
    {java, "getstatus 502|getstatus 503|invalid handshake response getstatus 502|invalid handshake response getstatus 503", "", is::no_backend, hive_netty},
    {home_apps, "server sent disconnect", "", is::told_to_go, hive_netty, breadth::wide},
    {dotnet, "websocketexception ** unable to connect to the remote server|unable to connect to the remote server", "", is::websocket_failed, "System.Net.WebSockets.ClientWebSocket"},

    // ---- Paho C++, Rust and Python
    {paho_c, "tcp tls connect failure|mqtt error -1 tcp tls connect failure", "", is::not_reached, cpp_text},
    {paho_c, "mqtt error -3 disconnected|mqtt error -3", "", is::not_connected, cpp_text},
    {paho_c, "mqtt error 4 connack return code|mqtt error 4|mqtt error 134", "", is::bad_login, cpp_text},
    {paho_c, "mqtt error 5 connack return code|mqtt error 5|mqtt error 135", "", is::not_authorised, cpp_text},
    {paho_c, "invalid protocol scheme", "", is::app_url, cpp_text},
    {paho_c, "invalid qos|invalid utf8 string|null parameter|bad structure|wrong mqtt version", "", is::app_call, cpp_text},
    {paho_python, "unexpected disconnection rc 1|disconnected with result code 1|disconnected ** rc 1|on_disconnect rc 1|disconnect rc 1|disconnected ** code 1|unexpected mqtt disconnection", "",
     is::closed, py_loop},
    {paho_python, "check_hostname requires server_hostname", "", is::app_call, "Python Lib/ssl.py"},

    // ---- Boost, libwebsockets, Unity, Indy
    {any_app, "end of file asio|asio misc 2", "", is::closed, boost_doc},
    {any_app, "stream truncated|asio ssl stream", "", is::hung_up_on_tls, boost_doc},
    {any_app, "websocket handshake was declined|ws upgrade response not 101|hs accept missing|hs ws upgrade", "", is::upgrade_refused, boost_doc},
    {dotnet, "unitytls_x509verify_not_done", "", is::hung_up_on_tls, unity_doc},
    // Several flags at once: 1 expired, 2 revoked, 4 another name, 8 not trusted.
    {dotnet, "verify result 8|verify result 9|verify result 10|verify result 11|verify result 12|verify result 13|verify result 14|verify result 15", "",
     is::untrusted, unity_doc},
    {dotnet, "verify result 1|verify result 3|verify result 5|verify result 7", "", is::wrong_time, unity_doc},
    {dotnet, "verify result 4|verify result 6", "", is::other_name, unity_doc},
    {dotnet, "unitytls_x509verify_flag_not_trusted|x509verify_flag_not_trusted", "", is::untrusted, unity_doc},
    {dotnet, "unitytls_x509verify_flag_expired|x509verify_flag_expired", "", is::wrong_time, unity_doc},
    {dotnet, "unitytls_x509verify_flag_cn_mismatch|x509verify_flag_cn_mismatch", "", is::other_name, unity_doc},
    {dotnet, "unitytls_x509verify_flag_revoked|x509verify_flag_revoked", "", is::revoked, unity_doc},
    {dotnet, "alert handshakefailure|authentication failed because the remote party sent a tls alert handshakefailure|alert insufficientsecurity|"
     "authentication failed because the remote party sent a tls alert insufficientsecurity", "", is::nothing_in_common, sslstream_doc},
    {dotnet, "alert protocolversion|authentication failed because the remote party sent a tls alert protocolversion", "", is::tls_version, sslstream_doc},
    {dotnet, "alert unknownca|alert badcertificate|alert certificateunknown|alert certificateexpired|alert certificaterevoked|authentication failed because the remote party sent a tls alert unknownca|"
     "authentication failed because the remote party sent a tls alert badcertificate|authentication failed because the remote party sent a tls alert certificateunknown|"
     "authentication failed because the remote party sent a tls alert certificateexpired", "", is::client_certificate_refused, sslstream_doc},
    {dotnet, "alert certificaterequired|authentication failed because the remote party sent a tls alert certificaterequired", "", is::wants_certificate, sslstream_doc},
    {dotnet, "alert unrecognizedname|authentication failed because the remote party sent a tls alert unrecognizedname", "", is::other_name, sslstream_doc},
    {any_app, "could not load ssl library|ssl library could not be loaded|error loading ssl library", "", is::no_tls_built_in, indy_doc},
    {any_app, "connection closed gracefully", "", is::closed, indy_doc},

    // ---- services and tools
    {linux_errno, "errno 99|address not available|can t assign requested address", "", is::address_not_here, "connect(2), bind(2): EADDRNOTAVAIL"},
    {apple_tls, "the operation couldn t be completed|未能完成该操作|未能完成操作|无法完成操作", "", is::no_details, "Foundation NSError"},
    {mosquitto_log, "mosquitto service ** status 3|mosquitto service ** notimplemented|status 3 notimplemented", "", is::broker_settings, systemd_doc},
    {servers, "mount a directory onto a file|not a directory are you trying to mount", "", is::broker_file, docker_doc},
    {servers, "err_ngrok_8012|err_ngrok_3004|err_ngrok_3200|err_ngrok_3800|unable to reach the origin service|connect to local service|error while connecting to backend|"
     "<nosrv>", "", is::no_backend, tunnel_doc},
    {servers, "err_ngrok_108", "", is::busy, tunnel_doc},
    {mosquitto, "couldn t connect to server", "", is::not_reached, curl_doc},
    {mosquitto, "not supported or disabled in libcurl|not supported in libcurl", "", is::no_tls_built_in, curl_doc},

    {any_app, "socket connect error|socket connect failed|transport connect failed|tcp connect failed|connect socket failed", "", is::not_reached, programs_src},
    {any_app, "mqtterror noconnection|noconnection", "", is::not_connected, programs_src},
    {any_app, "client got disconnected|mqtt client got disconnected|bridge disconnected lost connection to broker", "", is::closed, programs_src},
    {any_app, "broker rejected the connection|server rejected the connection", "", is::login_refused, programs_src},
    {linux_errno, "eafnosupport|address family not supported|eprotonosupport", "", is::no_route, errno_names},
    {linux_errno, "enobufs|no buffer space available", "", is::no_more_sockets, errno_names},
    {linux_errno, "enotconn|transport endpoint is not connected|socket is not connected", "", is::not_connected, errno_names},
    {linux_errno, "eisconn|transport endpoint is already connected|socket is already connected", "", is::app_call, errno_names},
    {linux_errno, "eshutdown|cannot send after transport endpoint shutdown|cannot send after socket shutdown|bad file descriptor|ebadf|enotsock|socket operation on non-socket", "", is::closed, errno_names},
    {linux_errno, "enetreset|network dropped connection on reset", "", is::reset, errno_names},
    {linux_errno, "cannot allocate memory", "", is::no_memory, errno_names},
    {linux_errno, "socket permission denied|connect permission denied|socket operation not permitted|connect operation not permitted", "", is::app_not_allowed, errno_names},
    {esp_idf, "wifi disconnected ** reason *|disconnected from wifi ** reason *|station disconnected ** reason *|wifi ** disconnected ** reason *|sta disconnected ** reason *|wi-fi disconnected ** reason *|"
     "disconnected from ap ** reason *", "", is::no_network, "https://docs.espressif.com esp_wifi: reason codes"},
    {any_app, "send fin ack|received fin", "", is::closed, programs_src},

    {any_app, "消息解析失败|数据解析失败|json解析失败|报文解析失败|协议解析失败", "", is::broken_packet, programs_src},

    // ---- home automation
    {home_apps, "failed to start return code 14", "", is::not_reached, programs_src},
    {home_apps, "mqtt connect error unknown error -1|connect error unknown error -1", "", is::name_not_found, programs_src},
    {home_apps, "connection closed timeout|info client ** timeout", "", is::silent_too_long, programs_src},
    {home_apps, "query done with 0 mqtt services found", "", is::name_not_found, "https://github.com/arendst/Tasmota"},
    {home_apps, "invalid auth token", "", is::not_authorised, "https://docs.blynk.io"},
    {openssl, "alert level fatal description unknown ca", "", is::no_trust_in_us, wire_doc},
    {openssl, "description handshake failure|description insufficient security", "", is::nothing_in_common, wire_doc},
    {openssl, "description protocol version", "", is::tls_version, wire_doc},
    {openssl, "description certificate unknown|description bad certificate|description certificate expired|description certificate revoked|description unsupported certificate", "",
     is::certificate_refused, wire_doc},
    {openssl, "description certificate required", "", is::wants_certificate, wire_doc},
    {openssl, "description unrecognized name", "", is::other_name, wire_doc},
    {go_libraries, "remote error tls internal error", "", is::handshake, "https://pkg.go.dev/crypto/tls"},
    {go_libraries, "remote error tls unrecognized name", "", is::other_name, "https://pkg.go.dev/crypto/tls"},
    {go_libraries, "lookup ** i o timeout", "", is::name_not_found, "https://pkg.go.dev/net"},
    {go_libraries, "no message ids available", "", is::too_many_in_flight, "https://github.com/eclipse/paho.mqtt.golang messageids.go"},
    {go_libraries, "certificate is not authorized to sign other certificates|x509 certificate is not authorized to sign other certificates|not authorized to sign for this name|not authorized for an extended key usage|"
     "too many intermediates for path length constraint|issuer name does not match subject from issuing certificate|issuer has name constraints", "", is::unfit_certificate,
     "https://pkg.go.dev/crypto/x509: InvalidReason"},
    {java, "basic constraints check failed|this is not a ca certificate|pkix path validation failed ** basic constraints check failed", "", is::unfit_certificate, jdk_more},
    {java, "timestamp check failed|pkix path validation failed ** timestamp check failed", "", is::wrong_time, jdk_more},
    {java, "path does not chain with any of the trust anchors", "", is::untrusted, jdk_more},
    {java, "closedchannelexception|closed channel exception|stacklessclosedchannelexception", "", is::closed, hive_netty},
    {lwip_errno, "reason 256|connect status 256|disconnected reason 256", "", is::closed, lwip_mqtt},
    {lwip_errno, "reason 257|connect status 257|disconnected reason 257", "", is::no_answer, lwip_mqtt},
    {home_apps, "disconnected waiting to reappear", "", is::closed, "https://fhem.de DevIo.pm"},
    {home_apps, "network lost connection", "", is::no_network, "https://github.com/tbnobody/OpenDTU"},
    {go_libraries, "use of closed network connection", "", is::closed, "https://pkg.go.dev/net"},
};
// clang-format on

}  // namespace

std::span<const said_row> services_rows() noexcept { return services_table; }

}  // namespace mqttkit::doctor
