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
constexpr const char* java_net = "Java SE API: java.net";
constexpr const char* java_tls = "Java SE API: javax.net.ssl, java.security.cert";
constexpr const char* android_net =
    "https://developer.android.com/develop/connectivity/network-ops/connecting";
constexpr const char* android_clear =
    "https://developer.android.com/privacy-and-security/security-config#CleartextTrafficPermitted";

constexpr said_row tls_table[] = {
    // ---- TLS libraries
    {openssl, "certificate verify failed|certificate_verify_failed|opensslreason 134|verify error", "", is::untrusted, openssl_ssl},
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
     "hostname * doesn t match|doesn t match either of|no alternative certificate subject name matches", "", is::other_name, openssl_x509},
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
    {openssl, "no start line|no_start_line|key values mismatch|key_values_mismatch|bad decrypt|bad_decrypt|pem lib|bad end line|bad base64 decode|"
     "no certificate assigned|unable to load certificate|unable to load private key|expecting trusted certificate|not enough data pem|wrong tag|"
     "problems getting password|bad password read|unsupported pkcs12|mac verify failure|certificate or crl pem", "", is::bad_key_file, openssl_ssl},
    {openssl, "unexpected eof while reading|unexpected_eof_while_reading|opensslreason 294|eof occurred in violation of protocol|ssl_error_syscall|ssl_error_eof|"
     "client network socket disconnected before secure tls connection was established|ssl handshake ** eof|"
     "ssl_connect returned 5 errno 0|sslzeroreturnerror|tls ssl connection has been closed", "", is::hung_up_on_tls, openssl_ssl},
    {openssl, "eproto", "", is::handshake, node_tls},

    {mbedtls, "-0x2700|-9984|x509 certificate verification failed", "", is::untrusted, mbed_x509},
    {mbedtls, "-0x7200|-29184", "", is::no_tls_there, mbed_ssl},
    {mbedtls, "-0x7780|-30592", "", is::handshake, mbed_ssl},
    {mbedtls, "-0x7680|-30336", "", is::no_authority, mbed_ssl},
    {mbedtls, "-0x7f00|-32512", "", is::no_memory, mbed_ssl},
    {mbedtls, "-0x7880|-30848", "", is::closed, mbed_ssl},
    {mbedtls, "-0x0050|-0x50", "", is::reset, mbed_net},
    {mbedtls, "-0x0052|-0x52", "", is::name_not_found, mbed_net},
    {mbedtls, "-0x0044|-0x44", "", is::not_reached, mbed_net},
    {mbedtls, "-0x7280|-29312|mbedtls_err_ssl_conn_eof", "", is::hung_up_on_tls, mbed_ssl},
    {mbedtls, "-0x004c|-0x4c|-0x004e|-0x4e", "", is::reset, mbed_net},
    {mbedtls, "-0x6800|-26624", "", is::no_answer, mbed_ssl},
    {mbedtls, "-0x4310|-17168|-0x3f80|-16256|-0x0010", "", is::no_memory, mbed_low},
    {bearssl, "tls connection error 62|br_err_x509_not_trusted|bearssl 62", "", is::untrusted, bear_h},
    {bearssl, "tls connection error 54|br_err_x509_expired|bearssl 54|tls connection error 53|"
     "br_err_x509_time_unknown|bearssl 53", "", is::wrong_time, bear_h},
    {bearssl, "tls connection error 56|br_err_x509_bad_server_name|bearssl 56", "", is::other_name, bear_h},
    {bearssl, "tls connection error 296|bearssl 296", "", is::nothing_in_common, bear_h},
    {bearssl, "connection will fail no authentication method is setup|no authentication method is setup", "",
     is::no_authority, "https://github.com/esp8266/Arduino libraries/ESP8266WiFi/src/WiFiClientSecureBearSSL.cpp"},

    {java, "pkix path building failed|unable to find valid certification path to requested target|"
     "trust anchor for certification path not found|certpathvalidatorexception", "", is::untrusted, java_tls},
    {java, "certificateexpiredexception|certificatenotyetvalidexception", "", is::wrong_time, java_tls},
    {java, "sslpeerunverifiedexception|no subject alternative names|no subject alternative dns name matching *|"
     "no name matching *", "", is::other_name, java_tls},
    {java, "unsupported or unrecognized ssl message|plaintext connection", "", is::no_tls_there, java_tls},
    {java, "sslhandshakeexception", "", is::handshake, java_tls},
    {java, "unknownhostexception|unable to resolve host", "", is::name_not_found, java_net},
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
