// What other TLS libraries print: Go, Rust, .NET, Apple, wolfSSL, and TLS alerts by name.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* go_x509 = "https://pkg.go.dev/crypto/x509, crypto/tls (alert.go)";
constexpr const char* rustls_doc = "https://docs.rs/rustls rustls::Error, CertificateError";
constexpr const char* dotnet_doc =
    "https://learn.microsoft.com/en-us/dotnet/api/system.net.security.sslpolicyerrors, X509ChainStatusFlags";
constexpr const char* apple_secure = "Darwin Security/SecureTransport.h";
constexpr const char* apple_url = "https://developer.apple.com/documentation/foundation/urlerror";
constexpr const char* wolf_h = "https://github.com/wolfSSL/wolfssl wolfssl/error-ssl.h, wolfssl/wolfcrypt/error-crypt.h";
constexpr const char* java_alerts = "JDK sun.security.ssl.Alert; RFC 8446 section 6.2";

constexpr said_row secure_table[] = {

    {go_libraries, "x509 certificate signed by unknown authority|certificate signed by unknown authority|"
     "x509 certificate is not trusted|x509 cannot verify signature", "", is::untrusted, go_x509},
    {go_libraries, "x509 certificate has expired or is not yet valid|certificate has expired or is not yet valid", "",
     is::wrong_time, go_x509},
    {go_libraries, "x509 certificate is valid for|x509 cannot validate certificate for|"
     "doesn t contain any ip sans|x509 certificate relies on legacy common name field|certificate is not valid for any names", "",
     is::other_name, go_x509},
    {go_libraries, "x509 certificate specifies an incompatible key usage|certificate specifies an incompatible key usage|"
     "x509 invalid signature parent certificate cannot sign this kind of certificate", "", is::unfit_certificate, go_x509},
    {go_libraries, "tls first record does not look like a tls handshake|first record does not look like a tls handshake", "",
     is::no_tls_there, go_x509},
    {go_libraries, "remote error tls handshake failure|remote error handshake failure", "", is::nothing_in_common, go_x509},
    {go_libraries, "remote error tls protocol version not supported|tls server selected unsupported protocol version|"
     "tls client offered only unsupported versions", "", is::tls_version, go_x509},
    {go_libraries, "remote error tls bad certificate|remote error tls unknown certificate authority|"
     "remote error tls expired certificate|remote error tls unknown certificate|remote error tls revoked certificate", "",
     is::certificate_refused, go_x509},
    {go_libraries, "remote error tls certificate required", "", is::wants_certificate, go_x509},
    {rust, "unknownissuer|invalidcertificate unknownissuer|badsignature|causedasendentityy", "", is::untrusted, rustls_doc},
    {rust, "notvalidforname|invalidcertificate notvalidforname|certnotvalidforname|unsupportednametype", "", is::other_name, rustls_doc},
    {rust, "invalidcertificate expired|certexpired|certnotvalidyet|notvalidyet|invalidcertificate notvalidyet", "",
     is::wrong_time, rustls_doc},
    {rust, "causedasendentity|causedasendentity|invalidpurpose|unsupportedcertversion", "", is::unfit_certificate, rustls_doc},
    {rust, "invalidmessage invalidcontenttype|received corrupt message of type invalidcontenttype|invalidcontenttype|"
     "corrupt message", "", is::no_tls_there, rustls_doc},
    {rust, "received fatal alert handshakefailure|alertreceived handshakefailure", "", is::nothing_in_common, rustls_doc},
    {rust, "received fatal alert protocolversion|alertreceived protocolversion", "", is::tls_version, rustls_doc},
    {rust, "received fatal alert unknownca|received fatal alert badcertificate|received fatal alert certificateunknown|"
     "received fatal alert certificateexpired|alertreceived unknownca|alertreceived badcertificate|"
     "alertreceived certificateunknown|alertreceived certificateexpired", "", is::certificate_refused, rustls_doc},
    {rust, "received fatal alert certificaterequired|alertreceived certificaterequired", "", is::wants_certificate, rustls_doc},
    {rust, "nocertificatespresented", "", is::wants_certificate, rustls_doc},
    {dotnet, "remotecertificatechainerrors|untrustedroot|partialchain|"
     "the remote certificate was rejected by the provided remotecertificatevalidationcallback|"
     "a certificate chain processed but terminated in a root certificate which is not trusted", "", is::untrusted, dotnet_doc},
    {dotnet, "the remote certificate is invalid|the remote certificate is invalid according to the validation procedure", "", is::untrusted, dotnet_doc, breadth::wide},
    {dotnet, "remotecertificatenamemismatch", "", is::other_name, dotnet_doc},
    {dotnet, "notTimeValid|nottimevalid", "", is::wrong_time, dotnet_doc},
    {dotnet, "revocationstatusunknown|offlinerevocation", "", is::revoked, dotnet_doc},
    {dotnet, "authentication failed because the remote party has closed the transport stream|"
     "authentication failed because the remote party sent a tls alert|received an unexpected eof or 0 bytes from the transport stream", "",
     is::hung_up_on_tls, dotnet_doc},
    {dotnet, "the handshake failed due to an unexpected packet format|cannot determine the frame size or a corrupted frame was received", "",
     is::no_tls_there, dotnet_doc},
    {dotnet, "the client and server cannot communicate because they do not possess a common algorithm", "",
     is::nothing_in_common, dotnet_doc},
    {dotnet, "a call to sspi failed|authenticationexception", "", is::handshake, dotnet_doc},
    {apple_tls, "-9807|errsslxcertchaininvalid|-9813|errsslnorootcert|-9812|errsslunknownrootcert|-9808|-1202|nsurlerrorservercertificateuntrusted|"
     "-1203|nsurlerrorservercertificatehasunknownroot", "", is::untrusted, apple_secure},
    {apple_tls, "-9814|errsslcertexpired|-9815|errsslcertnotyetvalid|-1201|-1204|nsurlerrorservercertificatehasbaddate", "",
     is::wrong_time, apple_secure},
    {apple_tls, "-9824|errsslpeerhandshakefail|-9801|errsslnegotiation", "", is::nothing_in_common, apple_secure},
    {apple_tls, "-9836|errsslpeerprotocolversion", "", is::tls_version, apple_secure},
    {apple_tls, "-9805|errsslclosedgraceful|-9806|errsslclosedabort|-9816|errsslclosednonotify", "", is::hung_up_on_tls, apple_secure},
    {apple_tls, "-9825|-9828|-9829|-9831|errsslpeerbadcert|errsslpeerunknownca|errsslpeercertunknown|errsslpeercertexpired", "",
     is::certificate_refused, apple_secure},
    {apple_tls, "-1205|-1206|nsurlerrorclientcertificaterequired|nsurlerrorclientcertificaterejected", "",
     is::wants_certificate, apple_secure},
    {apple_tls, "-1200|nsurlerrorsecureconnectionfailed|an ssl error has occurred and a secure connection to the server cannot be made", "",
     is::handshake, apple_url},
    {apple_tls, "-1001|nsurlerrortimedout|the request timed out", "", is::timed_out, apple_url},
    {apple_tls, "-1003|nsurlerrorcannotfindhost|-1006|nsurlerrordnslookupfailed", "", is::name_not_found, apple_url},
    {apple_tls, "-1004|nsurlerrorcannotconnecttohost|could not connect to the server", "", is::refused, apple_url},
    {apple_tls, "-1005|nsurlerrornetworkconnectionlost|the network connection was lost", "", is::closed, apple_url},
    {apple_tls, "-1009|nsurlerrornotconnectedtointernet|the internet connection appears to be offline", "", is::no_network, apple_url},
    {apple_tls, "-1022|app transport security", "", is::no_plain_text, apple_url},
    {wolfssl, "asn_no_signer_e|wolfssl -188|asn_sig_confirm_e|asn self signed e|asn_self_signed_e", "", is::untrusted, wolf_h},
    {wolfssl, "asn_before_date_e|asn_after_date_e|wolfssl -150|wolfssl -151", "", is::wrong_time, wolf_h},
    {wolfssl, "domain_name_mismatch|wolfssl -322", "", is::other_name, wolf_h},
    {wolfssl, "fatal_error wolfssl -313|wolfssl -313", "", is::handshake, wolf_h},
    {wolfssl, "match_suite_error|wolfssl -501|unsupported_suite|wolfssl -500", "", is::nothing_in_common, wolf_h},
    {wolfssl, "version_error|wolfssl -326", "", is::tls_version, wolf_h},
    {wolfssl, "no_peer_cert|wolfssl -305", "", is::wants_certificate, wolf_h},
    {java, "received fatal alert handshake_failure", "", is::nothing_in_common, java_alerts},
    {java, "received fatal alert protocol_version|no appropriate protocol|protocol is disabled or cipher suites are inappropriate|"
     "client requested protocol * is not enabled or not supported", "", is::tls_version, java_alerts},
    {java, "received fatal alert unknown_ca|received fatal alert bad_certificate|received fatal alert certificate_unknown|"
     "received fatal alert certificate_expired|received fatal alert certificate_revoked", "", is::certificate_refused, java_alerts},
    {java, "received fatal alert certificate_required", "", is::wants_certificate, java_alerts},
    {java, "received fatal alert unrecognized_name", "", is::other_name, java_alerts},
    {java, "remote host closed connection during handshake|remote host terminated the handshake|"
     "sslhandshakeexception connection closed by peer|ssl peer shut down incorrectly", "", is::hung_up_on_tls, java_alerts},
    {java, "trustanchors parameter must be non-empty|the trustanchors parameter must be non-empty", "", is::no_authority, java_alerts},
    {java, "keystore was tampered with or password was incorrect|invalid keystore format|keystore password was incorrect|"
     "wrong version of key store", "", is::bad_key_file, java_alerts},
    {java, "algorithm constraints check failed|certificates do not conform to algorithm constraints|certificates does not conform to algorithm constraints", "",
     is::weak_certificate, java_alerts},
    {java, "extended key usage does not permit use for tls server authentication|ca key usage check failed|"
     "keyusage does not allow", "", is::unfit_certificate, java_alerts},
};
// clang-format on

}  // namespace

std::span<const said_row> secure_rows() noexcept { return secure_table; }

}  // namespace mqttkit::doctor
