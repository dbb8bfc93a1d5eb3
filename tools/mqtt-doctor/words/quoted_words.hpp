// Words of other programs that reports quote, listed here for translation with the sentences they
// stand in. English readers see them unchanged.
#pragma once

#include <array>

#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {

/// Names of errors of connecting (<errno.h>).
inline constexpr std::array errno_words{
    N_("ECONNREFUSED"), N_("ECONNRESET"), N_("ETIMEDOUT"), N_("EHOSTUNREACH"), N_("ENETUNREACH"),
    N_("EACCES"),       N_("EPERM"),      N_("EHOSTDOWN"), N_("ECONNABORTED"), N_("EADDRNOTAVAIL"),
    N_("EINVAL"),       N_("EPIPE"),      N_("ENETDOWN"),
};

/// Errors about files and ports (strerror).
inline constexpr std::array system_words{
    N_("No such file or directory"),
    N_("Permission denied"),
    N_("Operation not permitted"),
    N_("Is a directory"),
    N_("Not a directory"),
    N_("No space left on device"),
    N_("Read-only file system"),
    N_("File name too long"),
    N_("Too many open files"),
    N_("Input/output error"),
    N_("Address already in use"),
    N_("Cannot assign requested address"),
    N_("No such device"),
    N_("Connection refused"),
    N_("Host not found (authoritative)"),
    N_("Host not found (non-authoritative), try again later"),
};

/// Errors of getaddrinfo().
inline constexpr std::array lookup_words{
    N_("EAI_NONAME"), N_("EAI_NODATA"), N_("EAI_AGAIN"),
    N_("EAI_FAIL"),   N_("EAI_SYSTEM"), N_("EAI_ADDRFAMILY"),
};

/// OpenSSL's errors about a certificate (X509_verify_cert_error_string).
inline constexpr std::array certificate_words{
    N_("unable to get issuer certificate"),
    N_("unable to get local issuer certificate"),
    N_("unable to verify the first certificate"),
    N_("self-signed certificate"),
    N_("self-signed certificate in certificate chain"),
    N_("certificate signature failure"),
    N_("certificate is not yet valid"),
    N_("certificate has expired"),
    N_("certificate revoked"),
    N_("certificate chain too long"),
    N_("invalid CA certificate"),
    N_("unsuitable certificate purpose"),
    N_("certificate not trusted"),
    N_("certificate rejected"),
    N_("path length constraint exceeded"),
    N_("hostname mismatch"),
    N_("IP address mismatch"),
    N_("EE certificate key too weak"),
    N_("CA certificate key too weak"),
    N_("CA signature digest algorithm too weak"),
};

/// OpenSSL's errors of a handshake (ERR_reason_error_string).
inline constexpr std::array handshake_words{
    N_("wrong version number"),
    N_("unsupported protocol"),
    N_("no protocols available"),
    N_("no shared cipher"),
    N_("http request"),
    N_("packet length too long"),
    N_("unexpected eof while reading"),
    N_("dh key too small"),
    N_("sslv3 alert handshake failure"),
    N_("sslv3 alert bad certificate"),
    N_("sslv3 alert certificate expired"),
    N_("sslv3 alert certificate revoked"),
    N_("sslv3 alert certificate unknown"),
    N_("sslv3 alert unsupported certificate"),
    N_("sslv3 alert illegal parameter"),
    N_("tlsv1 alert protocol version"),
    N_("tlsv1 alert unknown ca"),
    N_("tlsv1 alert access denied"),
    N_("tlsv1 alert decrypt error"),
    N_("tlsv1 alert internal error"),
    N_("tlsv1 alert no application protocol"),
    N_("tlsv1 unrecognized name"),
    N_("tlsv13 alert certificate required"),
};

/// Violations of WebSocket, in the words of the library's frame reader.
inline constexpr std::array frame_words{
    N_("a frame with reserved bits, but no extension was agreed on"),
    N_("a masked frame from the server"),
    N_("a text frame; MQTT needs binary ones"),
    N_("a frame of unknown type"),
    N_("a fragmented control frame"),
    N_("a control frame above 125 bytes"),
    N_("a continuation of nothing"),
    N_("a new message inside another"),
    N_("a frame length of 2^63 or more"),
    N_("a Close frame with half a code"),
};

/// Reasons in CONNACK, by their names in the standard.
inline constexpr std::array connack_words{
    N_("Success"),
    N_("Unspecified error"),
    N_("Malformed Packet"),
    N_("Protocol Error"),
    N_("Implementation specific error"),
    N_("Unsupported Protocol Version"),
    N_("Client Identifier not valid"),
    N_("Bad User Name or Password"),
    N_("Not authorized"),
    N_("Server unavailable"),
    N_("Server busy"),
    N_("Banned"),
    N_("Bad authentication method"),
    N_("Topic Name invalid"),
    N_("Packet too large"),
    N_("Quota exceeded"),
    N_("Payload format invalid"),
    N_("Retain not supported"),
    N_("QoS not supported"),
    N_("Use another server"),
    N_("Server moved"),
    N_("Connection rate exceeded"),
    N_("unknown"),
};

/// Numeric properties of CONNACK, by their names in the standard (mqtt_fact::limits).
inline constexpr std::array limit_words{
    N_("session-expiry-interval"),
    N_("receive-maximum"),
    N_("maximum-qos"),
    N_("retain-available"),
    N_("maximum-packet-size"),
    N_("topic-alias-maximum"),
    N_("wildcard-subscription-available"),
    N_("subscription-identifier-available"),
    N_("shared-subscription-available"),
    N_("server-keep-alive"),
};

/// What could not be examined on the broker's machine, and why (host_facts::not_seen).
inline constexpr std::array not_seen_words{
    N_("services"),
    N_("containers"),
    N_("firewall rules"),
    N_("the journal"),
    N_("processes"),
    N_("the processes behind some listening ports"),
    N_("needs root"),
    N_("did not answer"),
    N_("did not answer in time"),
    N_("no nft and no iptables-save here"),
    N_("/proc shows none"),
};

}  // namespace mqttkit::doctor
