// What apps of any kind say in plain words, and Qt.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* by_words = "plain words for what MQTT 5 (section 2.4), errno(3) and RFC 8446 name";
constexpr const char* sim_at = "SIM800 Series AT Command Manual: AT+CGATT, AT+CIPSTART";
constexpr const char* mbed_pem = "mbedTLS include/mbedtls/x509.h, pk.h, pem.h, ssl.h";
constexpr const char* mosq_conf_doc = "https://github.com/eclipse-mosquitto/mosquitto src/conf.c; Erlang inet: eaddrinuse";
constexpr const char* qt_doc = "https://doc.qt.io/qt-6/qabstractsocket.html#SocketError-enum, qmqttclient.html#ClientError-enum";

constexpr said_row words_table[] = {
    {any_app, "received disconnect 142|disconnect 142|same client id|same client identifier|client id already in use|client id is already in use|clientid is already connected", "", is::taken_over, by_words},
    {any_app, "subscription failed 128|subscribed mid * 128|subscribe error unspecified error|subscribe error 128|subscribe failed 128", "",
     is::subscribe_refused, by_words},
    {any_app, "subscribe error|subscription failed|subscribe failed|failed to subscribe|subscription refused|subscription denied|订阅失败", "",
     is::subscribe_refused, by_words, breadth::wide},
    {any_app, "puback ** 135|puback ** not authorized|publish * failed not authorized|publish failed not authorized|publish refused|publish denied|not authorized to publish", "",
     is::publish_refused, by_words},
    {any_app, "not authorized to subscribe", "", is::subscribe_refused, by_words},
    {any_app, "invalid topic|invalid publish topic|invalid subscription topic|invalid topic filter|invalid topic name|wildcards not allowed|主题不合法", "", is::bad_topic, by_words},
    {any_app, "no pingresp received|pingresp timeout|ping timeout|ping response timeout|no ping response|no pingresp|ping timed out|keep alive expired|keepalive expired|心跳超时", "",
     is::silent_too_long, by_words},
    {any_app, "timed out while waiting for connack|timeout while waiting for connack|timeout waiting for connack|timed out waiting for connack|did not receive connack|no connack|connack not received|connect timeout no connack|"
     "connection timeout no connack|未收到connack", "", is::no_answer, by_words},
    {any_app, "certificate is not trusted|certificate not trusted|untrusted certificate|issuer certificate of a locally looked up certificate could not be found|certificate is self-signed|"
     "certificate is self signed|root ca certificate is not trusted|unknown certificate authority|unknown authority|unknown issuer|certificate authority is unknown|"
     "zertifikat ist nicht vertrauenswürdig|nicht vertrauenswürdig|selbstsigniert|selbst signiert|certificat non approuvé|certificado no es de confianza", "", is::untrusted, by_words},
    {any_app, "certificate validity has expired|certificate expired|expired certificate|certificate is expired|certificate not yet valid|certificate is not valid yet|"
     "zertifikat ist abgelaufen|zertifikat abgelaufen|certificat a expiré|certificat expiré|certificado ha caducado|certificado ha expirado", "", is::wrong_time, by_words},
    {any_app, "does not match target host name|host name did not match any of the valid hosts|common name cn does not match|common name does not match|"
     "name does not match certificate|certificate name mismatch|does not match the hostname|certificate does not match hostname|wrong common name|域名不匹配|证书域名不匹配", "", is::other_name, by_words},
    {any_app, "gave http response to https client|an invalid ssl record was received", "", is::no_tls_there, by_words},
    {any_app, "connection indicated an eof|closed during tls handshake|closed during ssl handshake|closed during handshake|connection closed during tls handshake|"
     "disconnected during tls handshake|handshake eof|tls handshake eof|tls handshake timeout|handshake timed out|ssl handshake timed out", "", is::hung_up_on_tls, by_words},
    {any_app, "tls handshake error|tls handshake failure|tls handshake failed|tls error|ssl error|tls connection error|tls connect failed|ssl connect failed|ssl connection failed|tls connection failed|"
     "failed to establish tls|failed to establish ssl|ssl handshake error", "", is::handshake, by_words},
    {any_app, "no such file or directory ** crt|no such file or directory ** pem|no such file or directory ** key|no such file or directory ** cer|no such file or directory ** der|"
     "private key does not match|key does not match|invalid certificate file|invalid private key|cannot load certificate|failed to load certificate|failed to load private key|"
     "could not load certificate|unable to load ** certificate|failed to parse certificate|unable to parse certificate|invalid pem", "", is::bad_key_file, by_words},
    {any_app, "port is already allocated|address in use|port already in use|被占用|通常每个套接字地址", "", is::port_taken, by_words},
    {any_app, "chown ** operation not permitted|unable to open password file|unable to open ** file|cannot open ** file|failed to open config|unable to open config", "",
     is::broker_file, by_words},
    {any_app, "not connected|not connected to mqtt|publish failed not connected|mqtt not connected|未连接", "", is::not_connected, by_words},
    {any_app, "remote host closed connection|connection closed by|connection was closed|lost connection to|connection to the broker lost|connection lost to|lost connection|disconnected from mqtt|"
     "disconnected from mqtt broker|connection terminated|server closed the connection|broker closed the connection|server disconnected|对端关闭|连接丢失|连接中断|verbindung verloren|"
     "verbindung getrennt|connexion perdue|conexión perdida", "", is::closed, by_words},
    {any_app, "unknown host|try again errno -3|errno -3|host not found|dns lookup failed|dns lookup error|dns error|dns failure|dns resolution failed|remote name could not be resolved|could not resolve|"
     "cannot resolve|can t resolve|unable to resolve|failed to resolve|name resolution failure|name or service|unresolved host|server not found|hostname not found|无法解析|解析失败|host nicht gefunden|"
     "unbekannter host|nicht aufgelöst werden", "", is::name_not_found, by_words},
    {any_app, "did not properly respond after a period of time|has failed to respond|no response from server|no response from broker|server did not respond|broker did not respond|zeitüberschreitung|超时", "",
     is::timed_out, by_words, breadth::wide},
    {any_app, "host unreachable|network unreachable|host is down|ehostdown|destination host unreachable|destination unreachable|netz nicht erreichbar", "", is::no_route, by_words},
    {any_app, "connect failed|connection failed|failed to connect|unable to connect|could not connect|cannot connect|can t connect|connection error|connecting failed|connection attempt failed|"
     "连接失败|无法连接|连接不上|verbindung fehlgeschlagen|verbindung nicht möglich|échec de la connexion|connexion impossible|error de conexión|no se pudo conectar|"
     "connection could not be established|broker not reachable|broker unreachable|server not reachable|server unreachable", "", is::no_details, by_words},
    {any_app, "benutzername oder passwort falsch|falscher benutzername|falsches passwort|nom d'utilisateur ou mot de passe incorrect|nom d'utilisateur ou mot de passe invalide|"
     "usuario o contraseña incorrectos|contraseña incorrecta|wrong password|incorrect password|invalid password|invalid username", "", is::bad_login, by_words},
    {any_app, "zugangsdaten falsch|identifiants incorrects|authentication failed|authentication failure|authentication error|login failed|invalid credentials|wrong credentials|"
     "invalid login|access denied|bad credentials|login incorrect", "", is::not_authorised, by_words},
    {any_app, "nicht autorisiert|nicht berechtigt|non autorisé|no autorizado|keine berechtigung|not allowed to connect", "", is::not_authorised, by_words},
    {any_app, "client id is too long|client id too long|clientid too long|empty client id|client id is empty|client id must not be empty|zero length client id|invalid client identifier", "",
     is::bad_identifier, by_words},
    {any_app, "wrong protocol version|unsupported mqtt version|protocol version not supported|unsupported protocol level|protocol level not supported", "", is::bad_version, by_words},
    {any_app, "message too large|payload too large|packet size exceeded|packet too big|payload too big|maximum packet size|message size exceeds|exceeds maximum packet size", "", is::too_large, by_words},
    {any_app, "out of memory|not enough memory|enomem|memory allocation failed|not enough heap", "", is::no_memory, by_words},
    {any_app, "malformed packet|malformed remaining length|protocol error|unexpected packet|invalid packet|invalid header flag bits must be 0x0 for connack|invalid header flag bits|"
     "cannot parse packet|invalid remaining length|unknown packet type", "", is::broken_packet, by_words},
    {any_app, "too many connections|connection limit reached|maximum connections reached|max connections|connection limit exceeded", "", is::busy, by_words},
    {any_app, "duplicate client id|duplicate clientid|clientid conflict|client id conflict|client identifier is in use|client id ** already connected|client ** already connected|"
     "another connection with the same|another client with the same|客户端id冲突|踢下线|被踢", "", is::taken_over, by_words},
    {any_app, "auth fail|auth failed|authorization failed|authorisation failed|connack return code 0x05|connack ** 0x05|connack 0x05|connection refused 5|connection refused 0x05|"
     "connect failed 5|login denied|not permitted to connect", "", is::not_authorised, by_words},
    {any_app, "connection refused 4|connection refused 0x04|connack ** 0x04|connack 0x04|connect failed 4|bad credentials code 134", "", is::bad_login, by_words},
    {any_app, "server closed connection|client closed|connection has been closed|peer closed connection|closed by peer|closed by server", "", is::closed, by_words},
    {any_app, "certificate is not correctly signed|certificate verification failed|certificate validation failed|certificate could not be verified|could not verify certificate|"
     "unable to verify certificate|invalid certificate chain|chain validation failed", "", is::untrusted, by_words, breadth::wide},
    {any_app, "cn name does not match|hostname verification failed|host name verification failed|name mismatch|certificate is valid for|zertifikat stimmt nicht überein|"
     "certificate subject does not match", "", is::other_name, by_words},
    {any_app, "is already in use|already in use port|port ** already in use|port ** already taken|error on binding|bind failed address", "", is::port_taken, by_words, breadth::wide},
    {any_app, "can t open ** permission denied|cannot open ** permission denied|failed to open ** permission denied|persistence file permission denied|loading persistence file", "",
     is::broker_file, by_words},
    {any_app, "404 not found|websocket handshake 404|http 404|response code 404|expected http 101 response but was 404", "", is::websocket_refused, by_words},
    {any_app, "websocket upgrade failed 426|upgrade header is missing|connection header is missing|handshake invalid status line|response code was not 101 400|response code was not 101 200|"
     "expected http 101 response but was 200|expected http 101 response but was 400|expected http 101 response but was 426|http 426|upgrade failed 400|upgrade failed", "", is::upgrade_refused, by_words},
    {any_app, "expected http 101 response but was 403|expected http 101 response but was 401|response code was not 101 403|response code was not 101 401|403 forbidden|401 unauthorized websocket", "",
     is::web_login, by_words},
    {any_app, "expected http 101 response but was 502|expected http 101 response but was 503|503 service unavailable|502 bad gateway|504 gateway|error code 521|error code 522|error code 502|error 1033|"
     "while reading response header from upstream|reading response header from upstream|layer4 connection problem|layer4 timeout", "", is::no_backend, by_words},
    {any_app, "expected http 101 response but was 301|expected http 101 response but was 302|response code was not 101 301|response code was not 101 302", "", is::redirected, by_words},
    {any_app, "sas token is expired|token is expired|token is no longer valid|token invalid or expired", "", is::expired_token, by_words},
    {any_app, "connection error timeout|connect timeout|connection attempt timed out|connecting timed out", "", is::timed_out, by_words},
    {simcom, "cgatt 0|pdp deact|cipstart pdp deact|pdp context|sim not inserted|sim pin|no carrier", "", is::mobile_data, sim_at},
    {simcom, "connect fail", "", is::not_reached, sim_at},
    {mbedtls, "crt crl csr format is invalid|key algorithm is unsupported", "", is::bad_key_file, mbed_pem},
    {mbedtls, "a fatal alert message was received from our peer|fatal alert message was received", "", is::handshake, mbed_pem},
    {emqx_log, "failed to start listener ** eaddrinuse|failed_to_start_listener ** eaddrinuse", "", is::port_taken, mosq_conf_doc},
    {qt, "connectionrefusederror|transportinvalid ** refused", "", is::refused, qt_doc},
    {qt, "sockettimeouterror", "", is::timed_out, qt_doc},
    {qt, "hostnotfounderror", "", is::name_not_found, qt_doc},
    {qt, "remotehostclosederror", "", is::closed, qt_doc},
    {qt, "sslhandshakefailederror", "", is::handshake, qt_doc},
    {qt, "tls initialization failed|ssllibrary|cannot call unresolved function", "", is::no_tls_built_in, qt_doc},
    {qt, "qmqttclient badusernameorpassword", "", is::bad_login, qt_doc},
    {qt, "qmqttclient notauthorized", "", is::not_authorised, qt_doc},
    {qt, "qmqttclient idrejected|idrejected", "", is::bad_identifier, qt_doc},
    {qt, "invalidprotocolversion", "", is::bad_version, qt_doc},
    {qt, "serverunavailable", "", is::unavailable, qt_doc},
    {browser, "can t establish a connection to the server at|kann keine verbindung zu dem server unter|websocket opening handshake timed out|opening handshake timed out|"
     "websocket connection failed|failed to open websocket|websocket 连接失败", "", is::websocket_failed, by_words},
};
// clang-format on

}  // namespace

std::span<const said_row> words_rows() noexcept { return words_table; }

}  // namespace mqttkit::doctor
