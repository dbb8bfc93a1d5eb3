// The whole sets of what GnuTLS, Schannel, Secure Transport and wolfSSL say.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* gnutls_c = "https://gitlab.com/gnutls/gnutls lib/errors.c, lib/alert.c, lib/cert-session.c";
constexpr const char* schannel_h = "winerror.h: SEC_E_, CERT_E_, CRYPT_E_; https://learn.microsoft.com/en-us/windows/win32/secauthn/schannel-error-codes-for-tls-and-ssl-alerts";
constexpr const char* transport_h = "Darwin Security/SecureTransport.h: errSSL";
constexpr const char* wolf_h = "https://github.com/wolfSSL/wolfssl wolfssl/error-ssl.h, wolfcrypt/error-crypt.h";
constexpr const char* wolf_mqtt_h = "https://github.com/wolfSSL/wolfMQTT wolfmqtt/mqtt_types.h: MqttPacketResponseCodes";

constexpr said_row stacks_table[] = {
    // ---- GnuTLS
    {gnutls, "could not negotiate a supported cipher suite|no supported cipher suites have been found|gnutls_e_no_cipher_suites|fatal alert has been received handshake failed|"
     "fatal alert has been received insufficient security|gnutls ** insufficient security", "", is::nothing_in_common, gnutls_c},
    {gnutls, "an unexpected tls packet was received|gnutls_e_unexpected_packet|a record packet with illegal version was received|a packet with illegal or unsupported version was received|"
     "a tls packet with unexpected length was received", "", is::no_tls_there, gnutls_c},
    {gnutls, "fatal alert has been received error in protocol version|gnutls_e_unsupported_version_packet", "", is::tls_version, gnutls_c},
    {gnutls, "the tls connection was non-properly terminated|gnutls_e_premature_termination", "", is::hung_up_on_tls, gnutls_c},
    {gnutls, "a tls fatal alert has been received|gnutls_e_fatal_alert_received", "", is::handshake, gnutls_c},
    {gnutls, "fatal alert has been received ca is unknown", "", is::no_trust_in_us, gnutls_c},
    {gnutls, "fatal alert has been received certificate is bad|fatal alert has been received certificate is not supported|fatal alert has been received certificate was revoked|"
     "fatal alert has been received certificate is expired|fatal alert has been received unknown certificate|fatal alert has been received access was denied", "", is::certificate_refused, gnutls_c},
    {gnutls, "fatal alert has been received the server name sent was not recognized", "", is::other_name, gnutls_c},
    {gnutls, "gnutls_e_certificate_required|fatal error certificate is required|the peer did not send any certificate|no certificate was found|fatal alert has been received certificate is required", "",
     is::wants_certificate, gnutls_c},
    {gnutls, "the certificate is not trusted|error in the certificate verification|gnutls_e_certificate_verification_error|error in the certificate", "", is::untrusted, gnutls_c, breadth::wide},
    {gnutls, "the certificate issuer is unknown|the certificate issuer is not a ca|the signature in the certificate is invalid|signer_not_found|signer_not_ca", "", is::untrusted, gnutls_c},
    {gnutls, "the certificate chain uses expired certificate|the certificate chain uses not yet valid certificate|issued with a future date", "", is::wrong_time, gnutls_c},
    {gnutls, "the name in the certificate does not match the expected|unexpected_owner", "", is::other_name, gnutls_c},
    {gnutls, "the certificate chain is revoked|the revocation or ocsp data are old", "", is::revoked, gnutls_c},
    {gnutls, "the certificate chain uses insecure algorithm|insecure_algorithm", "", is::weak_certificate, gnutls_c},
    {gnutls, "the certificate chain violates the signer s constraints|the certificate chain does not match the intended purpose", "", is::unfit_certificate, gnutls_c},
    {gnutls, "base64 decoding error|base64 unexpected header error|gnutls_e_base64|error while reading file|the certificate and the given key do not match", "", is::bad_key_file, gnutls_c},

    // ---- Windows
    {schannel, "sec_e_untrusted_root|0x80090325|cert_e_untrustedroot|0x800b0109|cert_e_chaining|0x800b010a|sec_e_cert_unknown|0x80090327|issued by an authority that is not trusted|"
     "terminated in a root certificate which is not trusted|could not be built to a trusted root authority", "", is::untrusted, schannel_h},
    {schannel, "sec_e_wrong_principal|0x80090322|cert_e_cn_no_match|0x800b010f|the target principal name is incorrect|cn name does not match the passed value", "", is::other_name, schannel_h},
    {schannel, "sec_e_cert_expired|0x80090328|cert_e_expired|0x800b0101|the received certificate has expired|"
     "a required certificate is not within its validity period", "", is::wrong_time, schannel_h},
    {schannel, "sec_e_invalid_token|0x80090308|the token supplied to the function is invalid", "", is::no_tls_there, schannel_h},
    {schannel, "sec_e_illegal_message|0x80090326|the message received was unexpected or badly formatted|sec_e_internal_error|0x80090304|"
     "the local security authority cannot be contacted", "", is::handshake, schannel_h},
    {schannel, "sec_e_algorithm_mismatch|0x80090331|they do not possess a common algorithm", "", is::nothing_in_common, schannel_h},
    {schannel, "sec_e_unsupported_function|0x80090302|the function requested is not supported", "", is::tls_version, schannel_h},
    {schannel, "sec_e_incomplete_credentials|0x80090320|sec_i_incomplete_credentials", "", is::wants_certificate, schannel_h},
    {schannel, "sec_e_no_credentials|0x8009030e|sec_e_unknown_credentials|0x8009030d|no credentials are available in the security package|"
     "the credentials supplied to the package were not recognized", "", is::bad_key_file, schannel_h},
    {schannel, "crypt_e_no_revocation_check|0x80092012|crypt_e_revocation_offline|0x80092013|crypt_e_revoked|0x80092010|cert_e_revoked|0x800b010c|"
     "the revocation function was unable to check revocation|the revocation server was offline", "", is::revoked, schannel_h},
    {schannel, "cert_e_wrong_usage|0x800b0110|cert_e_purpose|0x800b0106|cert_e_invalid_policy", "", is::unfit_certificate, schannel_h},

    // ---- macOS and iOS
    {apple_tls, "-9843|errsslhostnamemismatch", "", is::other_name, transport_h},
    {apple_tls, "-9858|errsslhandshakefail|-9802|errsslfatalalert|-9800|errsslprotocol|-9819|errsslpeerunexpectedmsg|-9830|errsslillegalparam|-9838|errsslpeerinternalerror", "", is::handshake, transport_h},
    {apple_tls, "-9818|errsslbadciphersuite|-9837|errsslpeerinsufficientsecurity|-9835|errsslpeerexportrestriction", "", is::nothing_in_common, transport_h},
    {apple_tls, "-9847|errsslrecordoverflow|-9822|errsslpeerrecordoverflow|-9849|errsslunexpectedrecord|-9846|errsslbadrecordmac", "", is::no_tls_there, transport_h},
    {apple_tls, "-9863|errsslcertificaterequired|-9842|errsslclientcertrequested", "", is::wants_certificate, transport_h},
    {apple_tls, "-9827|errsslpeercertrevoked|-9826|errsslpeerunsupportedcert|-9832|errsslpeeraccessdenied|-9834|errsslpeerdecrypterror", "", is::certificate_refused, transport_h},
    {apple_tls, "-9865|errsslunrecognizedname", "", is::other_name, transport_h},
    {apple_tls, "-9844|errsslconnectionrefused", "", is::refused, transport_h},
    {apple_tls, "-9852|errssltransportreset", "", is::reset, transport_h},
    {apple_tls, "-9853|errsslnetworktimeout", "", is::timed_out, transport_h},
    {apple_tls, "-9850|errsslweakpeerephemeraldhkey", "", is::weak_certificate, transport_h},
    {apple_tls, "-9860|errsslinappropriatefallback", "", is::tls_version, transport_h},

    // ---- wolfSSL, whose examples show the number alone
    {wolfssl, "preverify * error -188|preverify * error -155|error -188|error -155|error -275|wolfssl error -188|asn no signer error to confirm failure|"
     "asn sig error confirm failure|verify problem on certificate", "", is::untrusted, wolf_h},
    {wolfssl, "preverify * error -150|preverify * error -151|error -150|error -151|asn date error current date before|asn date error current date after", "", is::wrong_time, wolf_h},
    {wolfssl, "preverify * error -322|error -322|peer subject name mismatch", "", is::other_name, wolf_h},
    {wolfssl, "error -140|error -141|error -142|error -162|asn no pem header found|no pem header", "", is::bad_key_file, wolf_h},
    {wolfssl, "error -501|can t match cipher suite", "", is::nothing_in_common, wolf_h},
    {wolfssl, "error -326|record layer version error", "", is::tls_version, wolf_h},
    {wolfssl, "error -308|error state on socket|error -397", "", is::hung_up_on_tls, wolf_h},
    {wolfssl, "error -313|received alert fatal error", "", is::handshake, wolf_h},
    {wolfssl, "error -125|wolfssl out of memory", "", is::no_memory, wolf_h},

    // ---- wolfMQTT
    {wolfssl, "error network -8|mqtt_code_error_network", "", is::not_reached, wolf_mqtt_h},
    {wolfssl, "error timeout -7|mqtt_code_error_timeout", "", is::no_answer, wolf_mqtt_h},
    {wolfssl, "error tls connect -6|mqtt_code_error_tls_connect", "", is::handshake, wolf_mqtt_h},
    {wolfssl, "mqtt_code_error_malformed_data|error malformed data -4|mqtt_code_error_packet_type|error packet type mismatch -5|mqtt_code_error_packet_id", "", is::broken_packet, wolf_mqtt_h},
    {wolfssl, "mqtt_code_error_out_of_buffer|error out of buffer -3", "", is::too_large_for_app, wolf_mqtt_h},
    {wolfssl, "mqtt_code_error_bad_arg|error bad argument -1", "", is::app_call, wolf_mqtt_h},
};
// clang-format on

}  // namespace

std::span<const said_row> stacks_rows() noexcept { return stacks_table; }

}  // namespace mqttkit::doctor
