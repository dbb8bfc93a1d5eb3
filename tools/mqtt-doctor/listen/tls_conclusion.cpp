#include "mqtt-doctor/listen/tls_conclusion.hpp"

#include <algorithm>
#include <utility>

#include "mqtt-doctor/causes/service_words.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/scheme.hpp"
#include "mqtt-doctor/listen/tls_certificate_fault.hpp"
#include "mqttkit/base/tls_codes.hpp"

namespace mqttkit::doctor {
namespace {

using places = std::map<std::string, std::string>;

// After the ServerHello a content TLS 1.3 client sends Finished, 64 bytes with its record head, and
// CONNECT; one that rejects the certificate sends an encrypted alert of half the size.
constexpr std::int64_t least_after_hello = 64;
constexpr std::uint16_t v1_2 = 0x0303, v1_3 = 0x0304;

// Bytes of an encrypted record of TLS 1.3 (RFC 8446 §5.2): the message, its type and the tag.
constexpr std::size_t sealed(std::size_t message) { return message + 1 + 16; }
constexpr std::size_t message_head = 4;
constexpr std::size_t no_certificate = message_head + 1 + 3;  // an empty Certificate
constexpr std::size_t finished_256 = message_head + 32, finished_384 = message_head + 48;
constexpr std::size_t least_certificate = 200;  // no certificate is smaller
constexpr std::size_t most_names = 4;           // of a certificate, in a sentence

class tls_judge {
 public:
  tls_judge(const connection_summary& summary, const listening& where, places named)
      : summary_(summary),
        hello_(summary.hello),
        tls_(summary.tls),
        where_(where),
        named_(std::move(named)) {}

  conclusion judge() const {
    if (summary_.had_proxy_header && (summary_.broker_alert > 0 || !summary_.tls_answered))
      return made("proxy-protocol-unexpected",
                  N_("{client} came with a PROXY protocol header in front of its TLS, as load "
                     "balancers send it: switch that off there, or on in the broker."));
    // An alert about an end that the broker made without a word is no reason for it.
    const bool was_hung_up_on =
        summary_.broker_closed && !summary_.tls_answered && summary_.from_broker == 0;
    if (summary_.client_alert > 0 && !was_hung_up_on) return of_client_alert();
    // An alert behind the client's end says only that the handshake was not finished.
    if (summary_.broker_alert > 0 && !summary_.left_before_alert) return of_broker_alert();
    if (!summary_.tls_answered) return of_no_answer();
    if (auto found = of_client_certificate(); found) return std::move(*found);
    if (is_hung_up_on()) return of_hanging_up();
    if (is_ended_without_name())
      return likely(
          made("tls-no-sni-looks-like-bad-password",
               N_("{client} sends no server name (SNI), and the broker ends the connection right "
                  "after its first words. The certificate ({names}) is that of a shared endpoint, "
                  "which finds the broker by that name: without it every login is refused, as if "
                  "the password were wrong. Give the app the name and not an address, and switch "
                  "SNI on (mbedtls_ssl_set_hostname on an ESP or Pico)."),
               {{"names", names_of_broker()}}));
    if (where_.is_capture)
      return made("tls-stands",
                  N_("{client} and the broker speak TLS with each other; what they say in it shows "
                     "only with its keys (--tls-keylog)."));
    return made("tls-stands",
                N_("{client} and the broker speak TLS with each other; what they say in it cannot "
                   "be seen here. Forward to a plain port of the broker to see it."));
  }

 private:
  conclusion made(const char* id, const char* sentence, places further = {}) const {
    further.insert(named_.begin(), named_.end());
    return {id, words(sentence, std::move(further))};
  }
  /// What the other side said itself.
  conclusion sure(conclusion of) const {
    of.sure = true;
    return of;
  }
  /// What was seen, and fits what the other side said.
  conclusion likely(conclusion of) const {
    of.sure = false;
    return of;
  }

  // ---- the client's words, and the broker's certificate

  bool is_hung_up_on() const { return summary_.after_hello < least_after_hello; }

  std::string names_of_broker() const {
    return tls_.chain.empty() ? std::string() : list_text(tls_.chain.front().dns_names, most_names);
  }

  /// Whether the handshake succeeded without a server's name, with the certificate of an endpoint
  /// for many (a wildcard), and the broker ended it as soon as it had heard the client.
  bool is_ended_without_name() const {
    if (!hello_.server_name.empty() || tls_.chain.empty()) return false;
    const auto& names = tls_.chain.front().dns_names;
    const bool is_shared = std::any_of(
        names.begin(), names.end(), [](const std::string& name) { return name.starts_with("*."); });
    return is_shared && summary_.broker_closed && summary_.broker_finished && summary_.is_brief;
  }

  conclusion of_client_alert() const {
    const int alert = summary_.client_alert;
    const places with{{"alert", tls_alert_text(alert)}};
    if (is_about_certificate(alert) || alert == tls_alert::insufficient_security ||
        alert == tls_alert::access_denied) {
      if (auto found = certificate_fault(summary_, where_, named_, alert)) return std::move(*found);
    }
    if (alert == tls_alert::certificate_revoked)
      return made("certificate-refused",
                  N_("{client} says that the broker's certificate was revoked (TLS alert {alert}): "
                     "get a new one from its authority."),
                  with);
    if (is_about_certificate(alert))
      return made("certificate-refused",
                  N_("{client} reached the broker and refused its certificate (TLS alert {alert}): "
                     "give the app the authority's certificate, and check name and dates."),
                  with);
    return made("tls-ended-by-client",
                N_("{client} reached the broker and ended TLS with alert {alert}."), with);
  }

  conclusion of_hanging_up() const {
    if (!summary_.broker_closed) {
      if (auto found = certificate_fault(summary_, where_, named_, -1)) return std::move(*found);
      return made("tls-hung-up",
                  N_("{client} hung up right after it had seen the broker's certificate: most "
                     "likely the app does not trust it, or the name in it is another."));
    }
    return made("tls-hung-up",
                N_("{client} said nothing more when it had the broker's certificate, until the "
                   "broker hung up: the app hangs in its check of it, or was ended."));
  }

  // ---- the broker's words, and the ClientHello

  std::string offered_versions() const {
    std::vector<std::string> names;
    for (const std::uint16_t version : hello_.versions)
      names.push_back("TLS " + tls_version_name(version));
    return list_text(names, names.size());
  }
  std::uint16_t highest() const {
    return hello_.versions.empty()
               ? std::uint16_t{0}
               : *std::max_element(hello_.versions.begin(), hello_.versions.end());
  }
  std::uint16_t lowest() const {
    return hello_.versions.empty()
               ? std::uint16_t{0}
               : *std::min_element(hello_.versions.begin(), hello_.versions.end());
  }

  std::optional<conclusion> of_server_name() const {
    const places with{{"alert", tls_alert_text(summary_.broker_alert)},
                      {"name", hello_.server_name}};
    if (hello_.server_name.empty())
      return made("tls-sni-refused",
                  N_("{client} sends no server name (SNI), and the broker ended TLS with alert "
                     "{alert}: give the app the broker's name and not its address, or a library "
                     "that sends SNI."),
                  with);
    if (is_address(hello_.server_name))
      return made("tls-sni-refused",
                  N_("{client} sends the address {name} as server name (SNI), which TLS does not "
                     "allow, and the broker ended it with alert {alert}: give the app the broker's "
                     "name."),
                  with);
    return {};
  }

  conclusion of_broker_alert() const {
    const int alert = summary_.broker_alert;
    const places with{{"alert", tls_alert_text(alert)},
                      {"versions", offered_versions()},
                      {"name", hello_.server_name},
                      {"offered", list_text(hello_.alpn, hello_.alpn.size())}};
    if (auto found = of_client_certificate()) return std::move(*found);
    const bool is_first = summary_.tls_version.empty();  // the alert is all that the broker said
    if (!is_first) return refused(with);
    switch (alert) {
      case tls_alert::unrecognized_name:
        if (auto found = of_server_name()) return sure(std::move(*found));
        return sure(made("tls-sni-refused",
                         N_("{client} asks for {name} (SNI), and the broker knows no such name "
                            "(alert {alert}): correct the host in the app, or add that name to the "
                            "broker or the proxy in front of it."),
                         with));
      case tls_alert::missing_extension:
        if (auto found = of_server_name()) return likely(std::move(*found));
        break;
      case tls_alert::illegal_parameter:
      case tls_alert::decode_error:
        if (is_address(hello_.server_name)) return likely(std::move(*of_server_name()));
        break;
      case tls_alert::no_application_protocol:
        return of_alpn(with);
      case tls_alert::unknown_psk_identity:
        return sure(made("tls-psk-refused",
                         N_("{client} names a pre-shared key (PSK) that the broker does not know "
                            "(alert {alert}): compare the PSK identity on both sides."),
                         with));
      case tls_alert::inappropriate_fallback:
        return sure(made("tls-version-client-too-old",
                         N_("{client} fell back to {versions} although the broker can do newer "
                            "(alert {alert}): its first attempts failed for another reason, or its "
                            "library limits the version."),
                         with));
      case tls_alert::protocol_version:
        return of_versions(with);
      case tls_alert::handshake_failure:
      case tls_alert::insufficient_security:
        if (auto found = of_nothing_in_common(with)) return std::move(*found);
        break;
      default:
        break;
    }
    return refused(with);
  }

  conclusion refused(const places& with) const {
    return made("tls-refused",
                N_("{client} reached the broker, which refused its TLS with alert {alert}: its "
                   "log says why."),
                with);
  }

  conclusion of_alpn(const places& with) const {
    if (!hello_.alpn.empty())
      return sure(
          made("tls-alpn-mismatch",
               N_("{client} offers {offered} by ALPN, and the broker takes none of it (alert "
                  "{alert}): let the app offer mqtt or nothing; AWS IoT on port 443 wants "
                  "x-amzn-mqtt-ca."),
               with));
    return sure(
        made(where_.port == 443 ? "tls-aws-443-without-alpn" : "tls-alpn-mismatch",
             N_("{client} offers no protocol by ALPN, and the broker wants one (alert "
                "{alert}): set ALPN in the app, mqtt, or x-amzn-mqtt-ca for AWS IoT on port "
                "443."),
             with));
  }

  conclusion of_versions(const places& with) const {
    if (!hello_.versions.empty() && highest() < v1_2)
      return sure(made("tls-version-client-too-old",
                       N_("{client} reached the broker, which refused its TLS with alert {alert}: "
                          "it offers {versions} and no TLS 1.2 or newer, which servers of today "
                          "want: update the app or device."),
                       with));
    if (highest() == v1_2)
      return likely(made("tls-version-client-too-old",
                         N_("{client} offers TLS 1.2 at most, and the broker refused that (alert "
                            "{alert}): it wants TLS 1.3. Update the app, or let the broker take "
                            "TLS 1.2 (mosquitto: tls_version)."),
                         with));
    if (lowest() == v1_3)
      return likely(made("tls-version-server-too-old",
                         N_("{client} offers TLS 1.3 alone, and the broker does not know it (alert "
                            "{alert}): let the app take TLS 1.2 as well, or update the broker."),
                         with));
    return refused(with);
  }

  /// The client leaves the server no choice of a group.
  conclusion of_one_group(places with) const {
    with["group"] = tls_group_name(hello_.groups.front());
    if (!hello_.server_name.empty() && !is_address(hello_.server_name))
      return made("tls-cipher-or-psk-mismatch",
                  N_("{client} offers {group} alone as group for the key exchange, and the broker "
                     "ended TLS because the two have nothing in common (alert {alert}): its "
                     "machine may allow other groups only (Groups in openssl.cnf, a policy for "
                     "the whole system). Let it have {group} as well, or the app X25519 and "
                     "secp256r1 both."),
                  with);
    return made("tls-cipher-or-psk-mismatch",
                N_("{client} offers {group} alone as group for the key exchange, and the broker "
                   "ended TLS because the two have nothing in common (alert {alert}): its machine "
                   "may allow other groups only (Groups in openssl.cnf, a policy for the whole "
                   "system). Let it have {group} as well, or the app X25519 and secp256r1 both. "
                   "Balancers that choose by the server name (SNI) end TLS with the same alert, "
                   "and none is sent: give the app the broker's name and not its address too."),
                with);
  }

  /// handshake_failure says that the two have nothing in common; the Hello says what is unusual.
  std::optional<conclusion> of_nothing_in_common(const places& with) const {
    if (!hello_.versions.empty() && highest() < v1_2)
      return likely(
          made("tls-version-client-too-old",
               N_("{client} reached the broker, which refused its TLS with alert {alert}: "
                  "it offers {versions} and no TLS 1.2 or newer, which servers of today "
                  "want: update the app or device."),
               with));
    if (hello_.offers_psk && !hello_.offers_rsa && !hello_.offers_elliptic && !hello_.offers_v1_3)
      return likely(made("tls-cipher-or-psk-mismatch",
                         N_("{client} offers cipher suites with a pre-shared key (PSK) alone, and "
                            "the broker has none of them (alert {alert}): set a PSK there "
                            "(mosquitto: psk_file), or use certificates in the app."),
                         with));
    const bool is_old_alone = !hello_.offers_v1_3 && !hello_.offers_strong && hello_.ciphers != 0;
    if (is_old_alone && !hello_.offers_psk)
      return likely(made("tls-cipher-or-psk-mismatch",
                         N_("{client} offers old cipher suites alone (RC4, 3DES), which the broker "
                            "does not take (alert {alert}): update the app or device."),
                         with));
    if (!hello_.offers_v1_3 && hello_.offers_rsa && !hello_.offers_elliptic)
      return likely(
          made("tls-cipher-or-psk-mismatch",
               hello_.offers_forward
                   ? N_("{client} reached the broker, which refused its TLS with alert "
                        "{alert}. It offers cipher suites for RSA keys alone: a "
                        "certificate with an elliptic key (ECDSA, certbot's default by "
                        "now) leaves none in common. Renew it with an RSA key (certbot "
                        "--key-type rsa), or update the device; the broker's log says "
                        "more.")
                   : N_("{client} reached the broker, which refused its TLS with alert "
                        "{alert}. Its cipher suites exchange keys by RSA alone, without "
                        "(EC)DHE, which servers of today have switched off; or the "
                        "broker's key is an elliptic one (ECDSA). Update the device, or allow such "
                        "a cipher suite in the broker (mosquitto: ciphers)."),
               with));
    if (!hello_.offers_v1_3 && hello_.offers_elliptic && !hello_.offers_rsa)
      return likely(
          made("tls-cipher-or-psk-mismatch",
               N_("{client} reached the broker, which refused its TLS with alert {alert}. "
                  "It offers cipher suites for elliptic keys (ECDSA) alone: a certificate "
                  "with an RSA key leaves none in common. Give the server one of each, or "
                  "let the app offer both; the broker's log says more."),
               with));
    if (hello_.has_groups && !hello_.offers_usual_group)
      return likely(
          made("tls-cipher-or-psk-mismatch",
               N_("{client} offers none of the usual groups for the key exchange (X25519, "
                  "secp256r1, secp384r1), so that the broker finds none in common (alert "
                  "{alert}): let the app offer secp256r1."),
               with));
    if (hello_.has_signatures && !hello_.offers_sha2)
      return likely(made("tls-cipher-or-psk-mismatch",
                         N_("{client} takes signatures with SHA-1 alone, which brokers of today do "
                            "not make (alert {alert}): update the app or device."),
                         with));
    if (hello_.groups.size() == 1) return likely(of_one_group(with));
    if (auto found = of_server_name()) {
      found->is_told = false;
      return likely(std::move(*found));
    }
    return {};
  }

  // ---- client certificates

  bool was_refused_sealed() const {
    const auto& of_broker = tls_.broker_records;
    constexpr std::size_t alert = sealed(2);
    return summary_.broker_closed && std::all_of(of_broker.begin(), of_broker.end(),
                                                 [](std::size_t size) { return size == alert; });
  }

  /// The broker ended TLS, and the client had sent no certificate although it was asked, or one.
  std::optional<conclusion> of_client_certificate() const {
    const int alert = summary_.broker_alert;
    const places with{{"alert", tls_alert_text(alert)}, {"time", tls_.client_certificate_ends}};
    const bool is_about_it = is_about_certificate(alert) || alert == tls_alert::handshake_failure ||
                             alert == tls_alert::access_denied ||
                             alert == tls_alert::decrypt_error ||
                             alert == tls_alert::certificate_required;
    if (tls_.asks_for_certificate && tls_.client_certificates == 0) {
      if (is_about_it)
        return sure(
            made("tls-client-cert-missing",
                 N_("The broker asks for a client certificate, {client} sent none, and the "
                    "broker ended TLS (alert {alert}): give the app its certificate and key, "
                    "or let the broker do without (mosquitto: require_certificate)."),
                 with));
      if (alert <= 0 && summary_.broker_closed && !summary_.broker_finished)
        return likely(
            made("tls-client-cert-missing",
                 N_("The broker asks for a client certificate, {client} sent none, and the "
                    "broker hung up: give the app its certificate and key, or let the "
                    "broker do without (mosquitto: require_certificate)."),
                 with));
    }
    if (tls_.asks_for_certificate && tls_.client_certificates > 0 && is_about_it) {
      const bool has_ended = !tls_.at.empty() && !tls_.client_certificate_ends.empty() &&
                             is_earlier(tls_.client_certificate_ends, tls_.at);
      if (alert == tls_alert::certificate_expired || has_ended)
        return sure(
            made("tls-client-cert-expired",
                 N_("The broker refused the client certificate of {client} (alert {alert}): "
                    "it has expired ({time}). Make a new one."),
                 with));
      if (alert == tls_alert::certificate_revoked)
        return sure(
            made("tls-client-cert-revoked",
                 N_("The broker refused the client certificate of {client} (alert {alert}): "
                    "it was revoked. Make a new one."),
                 with));
      if (alert == tls_alert::unsupported_certificate)
        return likely(made("tls-client-cert-wrong-purpose",
                           N_("The broker refused the client certificate of {client} (alert "
                              "{alert}): it is not meant for clients (extended key usage), or of a "
                              "kind that the broker does not take."),
                           with));
      return sure(
          made("tls-client-cert-untrusted",
               N_("The broker refused the client certificate of {client} (alert {alert}): it "
                  "does not trust who issued it (mosquitto: cafile), or the key does not "
                  "belong to it."),
               with));
    }
    if (tls_.client_records.empty() || hello_.has_early_data || alert > 0) return {};
    const std::size_t first = tls_.client_records.front();
    if (!was_refused_sealed()) return {};
    const bool is_empty = first == sealed(no_certificate) ||
                          first == sealed(no_certificate + finished_256) ||
                          first == sealed(no_certificate + finished_384);
    if (is_empty)
      return likely(
          made("tls-client-cert-missing",
               N_("The broker asks for a client certificate, {client} sent none (an empty "
                  "one, by the size of its record), and the broker ended TLS: give the app "
                  "its certificate and key, or let the broker do without (mosquitto: "
                  "require_certificate)."),
               with));
    if (first > least_certificate)
      return likely(made("tls-client-cert-untrusted",
                         N_("{client} sent a client certificate, and the broker ended TLS right "
                            "then: it does not trust who issued it (mosquitto: cafile), or it has "
                            "expired. The broker's log says which."),
                         with));
    return {};
  }

  // ---- no TLS in the answer

  conclusion of_no_answer() const {
    using enum spoken_protocol;
    const places with{{"text", summary_.answer_text}, {"what", name_of_service(summary_.answers)}};
    if (summary_.answers == http)
      return sure(
          made("tls-to-plaintext-port",
               N_("{client} spoke TLS to {broker}, which answered in plain HTTP "
                  "(\"{text}\"): turn SSL off in the app (ws:// in place of wss://), or use "
                  "the port of TLS."),
               with));
    const bool is_other =
        summary_.answers != none && summary_.answers != mqtt && summary_.answers != unknown;
    if (is_other)
      return sure(
          made("mqtt-not-a-broker",
               N_("What answers {client} at {broker} is {what}, not an MQTT broker: it said "
                  "\"{text}\"."),
               with));
    const bool is_usual = has_tls(usual_scheme(where_.port));
    if (summary_.from_broker != 0 || (summary_.broker_closed && !is_usual) || !where_.is_capture)
      return plain_listener();
    if (summary_.broker_closed && hello_.server_name.empty())
      return made(
          "tls-unanswered",
          N_("{client} spoke TLS to {broker} without a server name (SNI), and {broker} hung "
             "up without a word of TLS: what stands there may know its brokers by that name "
             "alone (give the app the name and not an address, and switch SNI on), or the "
             "listener has no TLS (use the plain port). The broker's log says which."));
    if (summary_.broker_closed)
      return made(
          "tls-unanswered",
          N_("{client} spoke TLS to {broker}, which hung up without a word of TLS: the "
             "listener there has none (turn it on, or use the plain port), or what stands in "
             "front of it lets in certain addresses or names (SNI) only. The broker's log "
             "says which."));
    return made("tls-unanswered",
                N_("{client} spoke TLS to {broker} and got no answer to its ClientHello: what "
                   "listens there waits for something else or hangs, or the way swallowed the "
                   "answer."));
  }

  conclusion plain_listener() const {
    if (where_.is_capture)
      return made("tls-to-plaintext-port",
                  N_("{client} spoke TLS to a plain listener at {broker}: turn SSL off in the app "
                     "or use the broker's TLS port."));
    return made("tls-to-plaintext-port",
                N_("{client} spoke TLS to a plain listener at {broker}: turn SSL off in the app "
                   "or forward to the broker's TLS port."));
  }

  const connection_summary& summary_;
  const client_hello& hello_;
  const tls_summary& tls_;
  const listening& where_;
  places named_;
};

}  // namespace

conclusion tls_conclusion(const connection_summary& summary, const listening& where,
                          std::map<std::string, std::string> named) {
  return tls_judge(summary, where, std::move(named)).judge();
}

}  // namespace mqttkit::doctor
