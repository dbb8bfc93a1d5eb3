// What TLS libraries print.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* openssl_x509 = "openssl-verification-options(1); openssl/x509_vfy.h";
constexpr const char* openssl_ssl = "OpenSSL ssl/ssl_err.c; RFC 8446 section 6.2";
constexpr const char* node_tls = "https://nodejs.org/api/tls.html#x509-certificate-error-codes";
constexpr const char* mbed_ssl = "mbedTLS include/mbedtls/ssl.h";
constexpr const char* mbed_x509 = "mbedTLS include/mbedtls/x509.h";
constexpr const char* mbed_net = "mbedTLS include/mbedtls/net_sockets.h";
constexpr const char* mbed_low = "mbedTLS include/mbedtls/rsa.h, pk.h, bignum.h: their sum is shown";
constexpr const char* bear_h =
    "BearSSL inc/bearssl_x509.h, bearssl_ssl.h (256 and an alert's number: that alert came)";
constexpr const char* tasmota_tls =
    "https://github.com/arendst/Tasmota lib/lib_ssl/tls_mini/src/WiFiClientSecureLightBearSSL.h";
constexpr const char* java_net = "Java SE API: java.net";
constexpr const char* java_tls = "Java SE API: javax.net.ssl, java.security.cert";
constexpr const char* android_net =
    "https://developer.android.com/develop/connectivity/network-ops/connecting";
constexpr const char* android_clear =
    "https://developer.android.com/privacy-and-security/security-config#CleartextTrafficPermitted";

constexpr said_row tls_table[] = {
    // ---- TLS libraries
    {openssl, "tls_process_cert_verify bad signature|certificate verify bad signature|bad signature ** cert_verify", "", is::bad_key_file, openssl_ssl},
    {openssl, "certificate verify failed|certificate_verify_failed|opensslreason 134|verify error", "", is::untrusted, openssl_ssl, breadth::wide},
    {openssl, "unable to get local issuer certificate|self signed certificate|"
     "self signed certificate in certificate chain|unable to verify the first certificate|depth_zero_self_signed_cert|"
     "self_signed_cert_in_chain|unable_to_verify_leaf_signature|unable_to_get_issuer_cert_locally|unable_to_get_issuer_cert|"
     "unable to get issuer certificate|certificate not trusted|cert_untrusted|verify error num 18|verify error num 19|verify error num 20|"
     "verify error num 21|certificate signature failure|certificate verify failed self signed certificate|"
     "certificate verify failed self signed certificate in certificate chain|certificate verify failed unable to get local issuer certificate", "",
     is::untrusted, node_tls},
    {openssl, "certificate has expired|certificate is not yet valid|cert_has_expired|cert_not_yet_valid|verify error num 10|verify error num 9|"
     "certificate verify failed certificate has expired|certificate verify failed certificate is not yet valid", "", is::wrong_time,
     openssl_x509},
    {openssl, "certificate revoked|cert_revoked|unable to get certificate crl|unable_to_get_crl|crl has expired|crl_has_expired", "",
     is::revoked, openssl_x509},
    {openssl, "unsupported certificate purpose|unsuitable certificate purpose|invalid ca certificate|invalid_ca|invalid_purpose|path length constraint exceeded|"
     "path_length_exceeded|certificate chain too long|cert_chain_too_long|invalid non-ca certificate|"
     "key usage does not include certificate signing|missing authority key identifier|ca cert does not include key usage extension|"
     "basic constraints of ca cert not marked critical|certificate verify failed unsupported certificate purpose|"
     "certificate verify failed invalid ca certificate|certificate verify failed missing authority key identifier", "", is::unfit_certificate, openssl_x509},
    {openssl, "hostname mismatch|host name mismatch|ip address mismatch|err_tls_cert_altname_invalid|"
     "hostname ip does not match certificate s altnames|hostname ip doesn t match certificate s altnames|"
     "certificate verify failed hostname mismatch|certificate verify failed ip address mismatch|certificate is not valid for|"
     "hostname ** doesn t match|doesn t match either of|no alternative certificate subject name matches", "", is::other_name, openssl_x509},
    {openssl, "dh key too small|ee key too small|ca key too small|ca md too weak|ee_key_too_small|ca_md_too_weak|dh_key_too_small|ca_key_too_small|"
     "no suitable signature algorithm|wrong signature type|certificate verify failed ca signature digest algorithm too weak|"
     "signature digest algorithm too weak|certificate key too weak|opensslreason 394|opensslreason 399|opensslreason 397|opensslreason 398|modulus too small", "",
     is::weak_certificate, openssl_ssl},
    {openssl, "wrong version number|wrong_version_number|packet length too long|record layer failure|http request|https proxy request|opensslreason 267|opensslreason 156|opensslreason 198|"
     "ssl23_get_server_hello unknown protocol|ssl23_get_client_hello unknown protocol|ssl23_get_client_hello http request|bad record type", "", is::no_tls_there, openssl_ssl},
    {openssl, "alert handshake failure|sslv3 alert handshake failure|sslv3_alert_handshake_failure|handshake_failure|opensslreason 1040|alert number 40|"
     "no shared cipher|no_shared_cipher|opensslreason 193|no ciphers available|no cipher match|no suitable key share|no shared group|"
     "insufficient security|alert insufficient security|tlsv1 alert insufficient security|alert number 71", "",
     is::nothing_in_common, openssl_ssl},
    {openssl, "unsupported protocol|unsupported_protocol|alert protocol version|tlsv1 alert protocol version|tlsv1_alert_protocol_version|opensslreason 1070|alert number 70|"
     "opensslreason 258|version too low|version_too_low|no protocols available|inappropriate fallback|tlsv1 alert inappropriate fallback|opensslreason 396", "", is::tls_version, openssl_ssl},
    {openssl, "alert unknown ca|tlsv1 alert unknown ca|tlsv1_alert_unknown_ca|unknown_ca|opensslreason 1048|alert number 48|fatal unknown ca|alert fatal unknown ca", "",
     is::no_trust_in_us, openssl_ssl},
    {openssl, "alert certificate unknown|sslv3 alert certificate unknown|sslv3_alert_certificate_unknown|certificate_unknown|opensslreason 1046|alert number 46|"
     "alert bad certificate|sslv3 alert bad certificate|sslv3_alert_bad_certificate|bad_certificate|opensslreason 1042|alert number 42|"
     "alert certificate expired|sslv3 alert certificate expired|sslv3_alert_certificate_expired|certificate_expired|opensslreason 1045|alert number 45|"
     "alert unsupported certificate|sslv3 alert unsupported certificate|unsupported_certificate|opensslreason 1043|alert number 43|"
     "alert certificate revoked|sslv3 alert certificate revoked|certificate_revoked|opensslreason 1044|alert number 44|"
     "alert decrypt error|tlsv1 alert decrypt error|alert number 51|alert access denied|tlsv1 alert access denied|alert number 49", "",
     is::certificate_refused, openssl_ssl},
    {openssl, "certificate required|alert certificate required|tlsv13 alert certificate required|tlsv13_alert_certificate_required|"
     "peer did not return a certificate|peer_did_not_return_a_certificate|opensslreason 199|opensslreason 1116|alert number 116", "",
     is::wants_certificate, openssl_ssl},
    {openssl, "tlsv1 unrecognized name|unrecognized name|alert number 112|opensslreason 1112|unrecognized_name", "", is::other_name, openssl_ssl},
    {openssl, "alert internal error|tlsv1 alert internal error|opensslreason 1080|alert number 80|ssl handshake failed|sslhandshakeerror|ssl handshake failure", "", is::handshake, openssl_ssl},
    {openssl, "no start line|no_start_line|key values mismatch|key_values_mismatch|pem lib|bad end line|bad base64 decode|"
     "no certificate assigned|unable to load certificate|unable to load private key|expecting trusted certificate|not enough data pem|wrong tag|"
     "unsupported pkcs12|certificate or crl pem", "", is::bad_key_file, openssl_ssl},
    {openssl, "unexpected eof while reading|unexpected_eof_while_reading|opensslreason 294|eof occurred in violation of protocol|ssl_error_syscall|ssl_error_eof|"
     "client network socket disconnected before secure tls connection was established|ssl handshake ** eof|"
     "ssl_connect returned 5 errno 0|sslzeroreturnerror|tls ssl connection has been closed", "", is::hung_up_on_tls, openssl_ssl},
    {openssl, "eproto", "", is::handshake, node_tls},

    // Their codes are sums: numbers.cpp parts them.
    {mbedtls, "mbedtlshigh 2700|x509 certificate verification failed|mbedtls_err_x509_cert_verify_failed", "", is::untrusted, mbed_x509},
    {mbedtls, "mbedtlsflag 0001|mbedtlsflag 0200", "", is::wrong_time, mbed_x509},
    {mbedtls, "mbedtlsflag 0002", "", is::revoked, mbed_x509},
    {mbedtls, "mbedtlsflag 0004", "", is::other_name, mbed_x509},
    {mbedtls, "mbedtlsflag 0008", "", is::untrusted, mbed_x509},
    {mbedtls, "mbedtlsflag 0800|mbedtlsflag 1000|mbedtlsflag 2000", "", is::unfit_certificate, mbed_x509},
    {mbedtls, "mbedtlsflag 4000|mbedtlsflag 8000|mbedtlsflag 10000", "", is::weak_certificate, mbed_x509},
    {mbedtls, "mbedtlshigh 7200", "", is::no_tls_there, mbed_ssl},
    {mbedtls, "mbedtlshigh 7780|mbedtlshigh 7700|mbedtlshigh 7980|mbedtlshigh 7a00|mbedtlshigh 7b00|mbedtlshigh 7e00|mbedtlshigh 3000", "", is::handshake, mbed_ssl},
    {mbedtls, "mbedtlshigh 7380|mbedtlshigh 6e00", "", is::nothing_in_common, mbed_ssl},
    {mbedtls, "mbedtlshigh 6e80", "", is::tls_version, mbed_ssl},
    {mbedtls, "mbedtlshigh 7480|the peer has not sent a certificate", "", is::wants_certificate, mbed_ssl},
    {mbedtls, "mbedtlshigh 7680", "", is::no_authority, mbed_ssl},
    {mbedtls, "mbedtlshigh 7f00|mbedtlshigh 2880|mbedtlshigh 3f80|mbedtlshigh 7500|mbedtlshigh 6a00|mbedtlshigh 1180|mbedtlshigh 4280|mbedtlshigh 4300|mbedtlshigh 0000 mbedtlslow 10|mbedtlshigh ** mbedtlslow 10|mbedtls_err_ssl_alloc_failed", "", is::no_memory, mbed_low},
    {mbedtls, "mbedtlshigh 7880", "", is::closed, mbed_ssl},
    {mbedtls, "mbedtlshigh 0000 mbedtlslow 50|mbedtlshigh 0000 mbedtlslow 4c|mbedtlshigh 0000 mbedtlslow 4e|-80 unknown error code|unknown error code 0050|unknown error code 004c|unknown error code 004e|-76 unknown error code|-78 unknown error code|"
     "net connection was reset by peer|net reading information from the socket failed|net sending information through the socket failed", "", is::reset, mbed_net},
    {mbedtls, "mbedtlshigh 0000 mbedtlslow 52|-82 unknown error code|unknown error code 0052|net failed to get an ip address for the given hostname", "", is::name_not_found, mbed_net},
    {mbedtls, "mbedtlshigh 0000 mbedtlslow 44|-68 unknown error code|unknown error code 0044|net the connection to the given server port failed", "", is::not_reached, mbed_net},
    {mbedtls, "mbedtlshigh 0000 mbedtlslow 42|-66 unknown error code|unknown error code 0042|net failed to open a socket", "", is::no_more_sockets, mbed_net},
    {mbedtls, "mbedtlshigh 7280|mbedtls_err_ssl_conn_eof", "", is::hung_up_on_tls, mbed_ssl},
    {mbedtls, "mbedtlshigh 6800|mbedtlshigh 6900", "", is::no_answer, mbed_ssl},
    {mbedtls, "mbedtlshigh 2180|mbedtlshigh 2200|mbedtlshigh 2280|mbedtlshigh 2300|mbedtlshigh 2380|mbedtlshigh 2400|mbedtlshigh 2480|mbedtlshigh 2780|mbedtlshigh 2800|mbedtlshigh 2900|mbedtlshigh 3c80|mbedtlshigh 3d00|mbedtlshigh 3d80|mbedtlshigh 3e00|mbedtlshigh 1080|mbedtlshigh 1100|mbedtlshigh 7580|mbedtlshigh 7600|"
     "pem no pem header or footer found", "", is::bad_key_file, mbed_x509},
    {bearssl, "br_err_x509_not_trusted|tls connection error 62|bearssl 62|bearssl error 62|last error 62|tls connection error 52|bearssl 52|bearssl error 52|last error 52|tls connection error 55|bearssl 55|bearssl error 55|last error 55", "", is::untrusted, bear_h},
    {bearssl, "br_err_x509_expired|br_err_x509_time_unknown|tls connection error 54|bearssl 54|bearssl error 54|last error 54|tls connection error 53|bearssl 53|bearssl error 53|last error 53|tls connection error 48|bearssl 48|bearssl error 48|last error 48", "", is::wrong_time, bear_h},
    {bearssl, "br_err_x509_bad_server_name|tls connection error 56|bearssl 56|bearssl error 56|last error 56", "", is::other_name, bear_h},
    {bearssl, "br_err_x509_not_ca|br_err_x509_forbidden_key_usage|br_err_x509_critical_extension|tls connection error 58|bearssl 58|bearssl error 58|last error 58|tls connection error 59|bearssl 59|bearssl error 59|last error 59|tls connection error 57|bearssl 57|bearssl error 57|last error 57|tls connection error 49|bearssl 49|bearssl error 49|last error 49", "", is::unfit_certificate, bear_h},
    {bearssl, "br_err_x509_weak_public_key|tls connection error 60|bearssl 60|bearssl error 60|last error 60|tls connection error 50|bearssl 50|bearssl error 50|last error 50|tls connection error 51|bearssl 51|bearssl error 51|last error 51", "", is::weak_certificate, bear_h},
    {bearssl, "br_err_unsupported_version|br_err_bad_version|tls connection error 3|bearssl 3|bearssl error 3|last error 3|tls connection error 4|bearssl 4|bearssl error 4|last error 4|tls connection error 582|bearssl 582|bearssl error 582|last error 582", "", is::tls_version, bear_h},
    {bearssl, "br_err_unknown_type|tls connection error 9|bearssl 9|bearssl error 9|last error 9|tls connection error 5|bearssl 5|bearssl error 5|last error 5", "", is::no_tls_there, bear_h},
    {bearssl, "br_err_no_client_auth|tls connection error 29|bearssl 29|bearssl error 29|last error 29", "", is::wants_certificate, bear_h},
    {bearssl, "br_err_io|tls connection error 31|bearssl 31|bearssl error 31|last error 31", "", is::hung_up_on_tls, bear_h},
    {bearssl, "br_err_bad_cipher_suite|tls connection error 16|bearssl 16|bearssl error 16|last error 16|tls connection error 296|bearssl 296|bearssl error 296|last error 296|tls connection error 327|bearssl 327|bearssl error 327|last error 327", "", is::nothing_in_common, bear_h},
    {bearssl, "tls connection error 326|bearssl 326|bearssl error 326|last error 326", "", is::tls_version, bear_h},
    {bearssl, "tls connection error 298|bearssl 298|bearssl error 298|last error 298|tls connection error 299|bearssl 299|bearssl error 299|last error 299|tls connection error 300|bearssl 300|bearssl error 300|last error 300|tls connection error 301|bearssl 301|bearssl error 301|last error 301|tls connection error 302|bearssl 302|bearssl error 302|last error 302|tls connection error 305|bearssl 305|bearssl error 305|last error 305", "", is::certificate_refused, bear_h},
    {bearssl, "tls connection error 304|bearssl 304|bearssl error 304|last error 304", "", is::no_trust_in_us, bear_h},
    {bearssl, "tls connection error 372|bearssl 372|bearssl error 372|last error 372", "", is::wants_certificate, bear_h},
    {bearssl, "tls connection error 368|bearssl 368|bearssl error 368|last error 368", "", is::other_name, bear_h},
    {bearssl, "tls connection error 336|bearssl 336|bearssl error 336|last error 336|tls connection error 266|bearssl 266|bearssl error 266|last error 266|tls connection error 306|bearssl 306|bearssl error 306|last error 306|tls connection error 307|bearssl 307|bearssl error 307|last error 307", "", is::handshake, bear_h},
    {bearssl, "br_err_too_large|tls connection error 6|bearssl 6|bearssl error 6|last error 6", "", is::no_memory, bear_h},
    {bearssl, "tls connection error -1000", "", is::no_memory, tasmota_tls},
    {bearssl, "tls connection error -1001", "", is::name_not_found, tasmota_tls},
    {bearssl, "tls connection error -1002", "", is::not_reached, tasmota_tls},
    {bearssl, "tls connection error -1003|tls connection error -1004", "", is::no_authority, tasmota_tls},
    {bearssl, "connection will fail no authentication method is setup|no authentication method is setup", "",
     is::no_authority, "https://github.com/esp8266/Arduino libraries/ESP8266WiFi/src/WiFiClientSecureBearSSL.cpp"},

    {java, "pkix path building failed|unable to find valid certification path to requested target|"
     "trust anchor for certification path not found", "", is::untrusted, java_tls},
    {java, "certpathvalidatorexception|certificateexception", "", is::untrusted, java_tls, breadth::wide},
    {java, "certpathvalidatorexception validity check failed|validity check failed|certificate expired at|certificate not valid until|"
     "certificateexpiredexception|certificatenotyetvalidexception", "", is::wrong_time, java_tls},
    {java, "sslpeerunverifiedexception|no subject alternative names|no subject alternative dns name matching *|"
     "no name matching *", "", is::other_name, java_tls},
    {java, "unable to parse tls packet header|unrecognized ssl message|unsupported or unrecognized ssl message|plaintext connection", "", is::no_tls_there, java_tls},
    {java, "sslhandshakeexception", "", is::handshake, java_tls},
    {java, "unresolvedaddressexception|unknownhostexception|unable to resolve host", "", is::name_not_found, java_net},
    {java, "connectexception connection refused|econnrefused connection refused", "", is::refused, java_net},
    {java, "sockettimeoutexception|connect timed out|etimedout connection timed out", "",
     is::timed_out, java_net},
    {java, "noroutetohostexception", "", is::no_route, java_net},
    {java, "eofexception", "", is::closed, java_net},
    {java, "missing internet permission|socket failed eacces|socket failed eperm", "", is::app_not_allowed, android_net},
    {java, "cleartext communication to|not permitted by network security policy", "", is::no_plain_text, android_clear},
};
// clang-format on

}  // namespace

std::span<const said_row> tls_rows() noexcept { return tls_table; }

}  // namespace mqttkit::doctor
