// Causes of TLS: whether it is spoken at all, which versions, PSK, SNI and client certificates.
#include <algorithm>
#include <array>

#include "mqtt-doctor/causes/broker_settings.hpp"
#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/codes.hpp"

namespace mqttkit::doctor {
namespace {

// Numbers of TLS alerts (RFC 8446 §6).
using namespace tls_alert;
constexpr int protocol_version_alert = tls_alert::protocol_version;

const tls_fact* tls_of(const view& known) {
  const contact* const client = known.client();
  return client != nullptr && client->tls ? &*client->tls : nullptr;
}

const tls_fact* tls_of(const view& known, contact_purpose purpose) {
  const contact* const connection = known.at.find(purpose);
  return connection != nullptr && connection->tls ? &*connection->tls : nullptr;
}

sentence alert_words(const tls_fact& tls) {
  return words(N_("The server sent TLS alert {alert} {when}."),
               {{"alert", std::to_string(tls.alert)},
                {"when", tls.alert_was_late            ? N_("after the handshake")
                         : tls.saw_certificate_request ? N_("after it had asked for a certificate")
                         : tls.saw_server_hello        ? N_("during the handshake")
                                                       : N_("in answer to the greeting")}});
}

std::string secure_scheme(const view& known) { return known.is_websocket() ? "wss" : "mqtts"; }

/// Advises TLS, or a port without TLS where the broker may have one.
sentence switch_tls_on(const view& known) {
  const int plain = known_port(known, spoken_protocol::mqtt);
  if (plain != 0)
    return words(N_("Switch SSL/TLS on (mqtts://) and give the app the CA certificate, or use the "
                    "plain port {other}."),
                 {{"other", std::to_string(plain)}});
  const auto& around = known.at.reachability;
  const bool is_shut =
      around && std::any_of(around->ports.begin(), around->ports.end(), [](const port_fact& port) {
        return port.port == 1883 && !port.connect.is_connected();
      });
  if (is_of_provider(known) || is_shut || known.at.port == 1883)
    return words(N_("Switch SSL/TLS on (mqtts://) and give the app the CA certificate."));
  return words(N_("Switch SSL/TLS on ({scheme}://) and give the app the CA certificate, or use the "
                  "plain port 1883."),
               {{"scheme", "mqtts"}});
}

maybe_finding plaintext_to_tls(const view& known, exclusions&) {
  if (known.is_tls()) return {};
  const auto& all = known.at.contacts;
  const auto hello = std::find_if(all.begin(), all.end(), [](const contact& connection) {
    return connection.purpose == contact_purpose::hello && connection.tls &&
           connection.tls->saw_server_hello;
  });
  if (hello == all.end() || known.is_websocket()) return {};
  const contact* const client = known.client();
  const bool is_refused = client->mqtt && client->mqtt->answer == mqtt_answer::connack;
  if (is_refused) return {};
  made_finding made(
      "tls-plaintext-to-tls-port", certainty::certain, strength::proven,
      words(N_("Port {port} speaks TLS, and you connected without it."), {{"port", known.port()}}));
  made.seen(words(N_("A plain CONNECT was not answered as MQTT ({end} after {time})."),
                  {{"end", client->end}, {"time", time_text(client->end_ms)}}))
      .seen(
          words(N_("A TLS greeting on a second connection was answered{protocol}."),
                {{"protocol",
                  hello->tls->protocol.empty() ? "" : " (" + hello->tls->protocol.word() + ")"}}));
  if (hello->speaks == spoken_protocol::http)
    return made.seen(words(N_("Inside TLS it speaks HTTP: it is a web server.")))
        .in_app(
            words(N_("If the broker is behind this web server, use wss://{host}:{port}/PATH with "
                     "the path it names; else the broker's own port for TLS."),
                  {{"host", known.host()}, {"port", known.port()}}));
  made.in_app(switch_tls_on(known));
  return made;
}

/// Advises the TLS port that the probes found, else the usual one.
sentence use_tls_port(const view& known) {
  const int secure = known_port(known, spoken_protocol::mqtts);
  if (secure != 0)
    return words(N_("Switch SSL/TLS off, or use port {other}, which speaks TLS."),
                 {{"other", std::to_string(secure)}});
  constexpr int usual = 8883;
  if (known.at.port == usual)
    return words(N_("Switch SSL/TLS off. Port {port} is usually TLS's: a proxy or ingress in front "
                    "that hands bytes on as they are does not end TLS."),
                 {{"port", known.port()}});
  return words(N_("Switch SSL/TLS off, or use the TLS port (8883)."));
}

maybe_finding tls_to_plaintext(const view& known, exclusions&) {
  if (!known.is_tls()) return {};
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr || tls->is_done || tls->saw_server_hello) return {};
  const contact* const plain = known.at.find(contact_purpose::plain);
  const bool speaks_plain = with_connack(known, contact_purpose::plain) != nullptr ||
                            with_connack(known, contact_purpose::raw) != nullptr ||
                            (plain != nullptr && plain->websocket && plain->websocket->is_done);
  if (!speaks_plain) {
    // The answer to a plain request is HTTP, whatever its status: a web server without TLS.
    const bool is_web = known.is_websocket() && plain != nullptr && plain->websocket &&
                        plain->websocket->status != 0;
    if (!is_web) return {};
    return made_finding(
               "tls-to-plaintext-port", certainty::certain, strength::told,
               words(N_("Port {port} is plain HTTP, without TLS."), {{"port", known.port()}}))
        .seen(words(N_("A TLS greeting was answered by: {what}."),
                    {{"what", tls->is_not_tls ? N_("bytes that are not TLS") : tls->end.word()}}))
        .seen(words(N_("A plain WebSocket upgrade was answered with \"{status}\" for path {path}."),
                    {{"status", plain->websocket->status_line}, {"path", plain->websocket->path}}))
        .in_app(words(N_("Switch SSL/TLS off (ws://{host}:{port}{path}), or use the port for "
                         "secure WebSocket."),
                      {{"host", known.host()}, {"port", known.port()}, {"path", known.at.path}}));
  }
  const bool is_websocket = plain != nullptr && plain->websocket && plain->websocket->is_done;
  made_finding made(
      "tls-to-plaintext-port", certainty::certain, strength::told,
      is_websocket
          ? words(N_("Port {port} is plain WebSocket, without TLS."), {{"port", known.port()}})
      : known.is_websocket()
          ? words(N_("Port {port} is plain MQTT over TCP: it has neither TLS nor WebSocket."),
                  {{"port", known.port()}})
          : words(N_("Port {port} is plain MQTT, without TLS."), {{"port", known.port()}}));
  made.seen(words(N_("A TLS greeting was answered by: {what}."),
                  {{"what", tls->is_not_tls ? N_("bytes that are not TLS") : tls->end.word()}}));
  if (is_websocket) {
    made.seen(words(N_("A plain WebSocket upgrade on a second connection succeeded.")))
        .in_app(words(
            N_("Switch SSL/TLS off (ws://{host}:{port}{path}), or use the port for "
               "secure WebSocket."),
            {{"host", known.host()}, {"port", known.port()}, {"path", plain->websocket->path}}));
  } else {
    made.seen(words(N_("A plain CONNECT on a second connection was answered with CONNACK.")));
    if (known.is_websocket()) {
      made.in_app(
          words(N_("A browser or mini program needs the broker's port for secure WebSocket "
                   "(wss://), or a proxy that ends TLS before its WebSocket listener; an "
                   "app that can do without both uses mqtt://.")));
    } else {
      made.in_app(use_tls_port(known));
    }
  }
  if (broker_of(known) == broker_kind::mosquitto) {
    made.lines(words(N_("Or give the listener a certificate in mosquitto.conf:")),
               secure_listener(known.is_websocket()), "mosquitto.conf");
  } else {
    made.mend(words(N_("Or give the broker a listener with a certificate.")));
  }
  return made;
}

/// The server asked for a client certificate, and none was given to the doctor.
maybe_finding client_certificate_missing(const view& known, exclusions& excluded) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr) return {};
  if (known.asked().has_certificate) return {};
  const bool says_so = tls->alert == certificate_required;
  const bool fits = tls->saw_certificate_request &&
                    (tls->alert == handshake_failure || tls->alert == bad_certificate);
  const contact& client = *known.client();
  const bool was_dropped =
      tls->saw_certificate_request && tls->is_done && tls->alert < 0 && client.mqtt &&
      (client.mqtt->answer == mqtt_answer::closed || client.mqtt->answer == mqtt_answer::reset);
  const bool is_http_no = client.websocket && client.websocket->status == 400 &&
                          client.websocket->body.find("ertificate") != std::string::npos;
  if (!says_so && !fits && !was_dropped && !is_http_no) {
    if (tls->is_done && !tls->saw_certificate_request && accepted(known) == nullptr) {
      exclude(excluded, "tls-client-cert-missing",
              words(N_("The server did not ask for a client certificate.")));
    }
    return {};
  }
  made_finding made("tls-client-cert-missing", was_dropped ? certainty::likely : certainty::certain,
                    // An app that checks the server's certificate stops there first.
                    is_server_distrusted(known) ? strength::usual
                    : was_dropped               ? strength::agreed
                                                : strength::proven,
                    words(N_("The broker demands a client certificate, and none was sent.")));
  if (tls->alert >= 0) made.seen(alert_words(*tls));
  if (was_dropped) {
    made.seen(
        words(N_("The server asked for a certificate, and closed once the handshake was done.")));
  }
  if (!tls->accepted_issuers.empty()) {
    made.seen(words(N_("It accepts certificates issued by: {issuers}."),
                    {{"issuers", list_text(tls->accepted_issuers)}}));
  }
  made.in_app(words(N_("Give the app client.crt and client.key (one .p12 file for many apps).")));
  set_in_broker(made, known, broker_setting::client_certificate);
  return made;
}

/// Adds that an intermediate is missing: one certificate was sent, and its issuer is neither among
/// the names the server asked for nor in the CA file.
void add_missing_link(made_finding& made, const view& known, const tls_fact& tls) {
  const asked_facts& asked = known.asked();
  const auto& roots = tls.accepted_issuers.empty() ? asked.authorities : tls.accepted_issuers;
  const bool is_known =
      std::find(roots.begin(), roots.end(), asked.certificate_issuer) != roots.end();
  if (asked.certificates != 1 || asked.certificate_issuer.empty() || roots.empty() || is_known)
    return;
  const places values{{"issuer", asked.certificate_issuer}};
  made.seen(words(N_("Yours was issued by {issuer}, and its file holds no further certificate."),
                  values))
      .in_app(words(N_("If {issuer} is an intermediate authority below one that the broker knows, "
                       "append its certificate to the file given with --cert: the app must send "
                       "the chain."),
                    values));
}

maybe_finding client_certificate_untrusted(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr || !known.asked().has_certificate) return {};
  const contact& client = *known.client();
  // nginx completes the handshake and reports the certificate's fault in an HTTP page.
  const bool is_told_in_a_page =
      client.websocket && client.websocket->status == 400 &&
      client.websocket->body.find("SSL certificate error") != std::string::npos;
  if (tls->alert != unknown_ca && tls->alert != bad_certificate &&
      tls->alert != certificate_unknown && tls->alert != access_denied && !is_told_in_a_page) {
    return {};
  }
  // Alert 48 (unknown_ca) alone is about the issuer; other alerts and the page name no reason.
  const bool is_issuer = tls->alert == unknown_ca;
  made_finding made(
      "tls-client-cert-untrusted", is_issuer ? certainty::certain : certainty::likely,
      is_server_distrusted(known) ? strength::usual
      : is_issuer                 ? strength::proven
                                  : strength::agreed,
      is_issuer ? words(N_("The broker does not accept your client certificate: it does not trust "
                           "its issuer."))
                : words(N_("The broker does not accept your client certificate.")));
  if (is_told_in_a_page) {
    made.seen(words(N_("The web server answered \"{text}\"."), {{"text", client.websocket->body}}));
  } else {
    made.seen(alert_words(*tls));
  }
  if (!is_issuer)
    made.seen(
        words(N_("It does not say why: an issuer it does not trust, a certificate that is "
                 "not good yet by the broker's clock, one for another purpose, or a broken "
                 "signature.")));
  if (!tls->accepted_issuers.empty()) {
    made.seen(words(N_("It accepts certificates issued by: {issuers}."),
                    {{"issuers", list_text(tls->accepted_issuers)}}));
  }
  add_missing_link(made, known, *tls);
  made.in_app(words(N_("Use a certificate issued by the CA the broker knows (its cafile).")));
  if (!is_issuer)
    made.look(words(N_("On the broker's machine, see whether its clock is right:")), "date -u");
  return made.apart(words(N_("Who issued yours, and from when is it good?")),
                    "openssl x509 -noout -issuer -dates -purpose -in CLIENT.crt");
}

maybe_finding client_certificate_purpose(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr || !known.asked().has_certificate || tls->alert != unsupported_certificate)
    return {};
  return made_finding(
             // Some servers call a key they do not know by the same alert.
             "tls-client-cert-wrong-purpose", certainty::likely, strength::proven,
             words(N_("Your client certificate is not meant for clients (it lacks the purpose "
                      "clientAuth).")))
      .seen(alert_words(*tls))
      .apart(words(N_("The line \"SSL client\" says Yes where that is not the reason; the kind of "
                      "its key may be, then:")),
             "openssl x509 -noout -purpose -in CLIENT.crt")
      .lines(words(N_("Issue it again with:")), "extendedKeyUsage = clientAuth", "openssl.cnf",
             place::here);
}

maybe_finding client_certificate_revoked(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr || !known.asked().has_certificate) return {};
  if (tls->alert == certificate_revoked) {
    return made_finding("tls-client-cert-revoked", certainty::certain, strength::proven,
                        words(N_("The broker says that your client certificate was revoked.")))
        .seen(alert_words(*tls))
        .mend(words(N_("Issue a new certificate; revoked ones stay in the broker's crlfile.")));
  }
  if (tls->alert != certificate_expired) return {};
  const std::string& ends = known.asked().certificate_ends;
  if (!ends.empty() && ends > known.all.local.now) {
    return made_finding(
               "tls-client-cert-expired", certainty::possible, strength::first_of_several,
               words(N_("The broker calls your client certificate expired, and it is good "
                        "until {date}: the broker's clock is wrong, or its list of revoked "
                        "certificates (crlfile) or an authority between has expired."),
                     {{"date", ends}}))
        .seen(alert_words(*tls))
        .seen(words(N_("This device's clock says {now}."), {{"now", known.all.local.now}}))
        .look(words(N_("On the broker's machine, look at its clock and at its list's nextUpdate:")),
              "date -u; sudo grep -rn crlfile /etc/mosquitto; openssl crl -noout -nextupdate -in "
              "CRLFILE");
  }
  return made_finding("tls-client-cert-expired",
                      ends.empty() ? certainty::likely : certainty::certain, strength::proven,
                      words(N_("The broker says that your client certificate has expired.")))
      .seen(alert_words(*tls))
      .fill_in(words(N_("Issue a new certificate. When does yours end?")),
               "openssl x509 -noout -dates -in CLIENT.crt", place::here);
}

bool is_version_alert(int alert) {
  return alert == protocol_version_alert || alert == internal_error ||
         alert == insufficient_security;
}

maybe_finding server_too_old(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  const tls_fact* const old = tls_of(known, contact_purpose::old_tls);
  if (tls == nullptr || tls->is_done || old == nullptr || !old->saw_server_hello) return {};
  if (tls->alert == protocol_version_alert && old->protocol == tls_version::tls1_2) {
    return made_finding(
               "tls-version-server-too-old", certainty::certain, strength::told,
               words(N_("The broker speaks TLS 1.2 at most, and only TLS 1.3 was offered.")))
        .seen(alert_words(*tls))
        .seen(words(N_("An offer of older versions as well was taken with {protocol}."),
                    {{"protocol", old->protocol}}))
        .in_app(words(N_("Allow TLS 1.2 in the app (here: --tls-version tlsv1.2); phones do.")))
        .mend(words(N_("Or update the broker's OpenSSL to 1.1.1 or later.")));
  }
  if (!is_outdated(old->protocol.value())) return {};
  return made_finding("tls-version-server-too-old", certainty::certain, strength::told,
                      words(N_("The broker speaks only {protocol}, which phones no longer accept."),
                            {{"protocol", old->protocol}}))
      .seen(words(
          N_("An offer of TLS 1.2 and 1.3 was refused; an old one was taken with {protocol}."),
          {{"protocol", old->protocol}}))
      .lines(words(N_("Update the broker and its OpenSSL, or set:")), "tls_version tlsv1.2",
             "mosquitto.conf");
}

/// The user limited TLS to versions older than the server accepts.
maybe_finding client_too_old(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr || tls->is_done || !is_version_alert(tls->alert)) return {};
  const tls_fact* const old = tls_of(known, contact_purpose::old_tls);
  const bool old_helped =
      old != nullptr && old->saw_server_hello &&
      (old->protocol == tls_version::tls1 || old->protocol == tls_version::tls1_1);
  if (old_helped || (old != nullptr && old->protocol == tls_version::tls1_2)) return {};
  const bool newer_helped = old != nullptr && old->saw_server_hello;
  // Some servers send internal_error for a version they lack, others when a file or plugin fails.
  const bool is_vague = tls->alert == tls_alert::internal_error && !newer_helped;
  made_finding made(
      "tls-version-client-too-old",
      is_vague       ? certainty::possible
      : newer_helped ? certainty::certain
                     : certainty::likely,
      is_vague ? strength::first_of_several : strength::agreed,
      words(N_("The broker takes none of the TLS versions that were offered; it needs "
               "a newer one.")));
  made.seen(alert_words(*tls));
  if (is_vague) {
    made.seen(words(N_("Alert 80 says that something failed inside the server, whatever it was.")))
        .apart(words(N_("The broker's log says what failed.")));
  }
  made.in_app(words(N_("Allow TLS 1.3 (and 1.2) in the app; update old firmware or Android.")));
  set_in_broker(made, known, broker_setting::tls_1_2);
  return made;
}

/// A pre-shared key was offered, and the handshake failed.
maybe_finding psk_refused(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr || tls->is_done || !known.asked().has_psk) return {};
  constexpr std::array<int, 6> alerts{handshake_failure, bad_record_mac, illegal_parameter,
                                      decode_error,      decrypt_error,  unknown_psk_identity};
  if (std::find(alerts.begin(), alerts.end(), tls->alert) == alerts.end()) return {};
  const bool is_key = tls->alert != handshake_failure && tls->alert != unknown_psk_identity;
  made_finding made(
      "tls-psk-refused", certainty::likely, strength::measured,
      is_key ? words(N_("The broker knows the identity, and its pre-shared key is another one "
                        "than the one given."))
             : words(N_("The broker does not know the identity, or the listener does not use "
                        "pre-shared keys.")));
  made.seen(alert_words(*tls))
      .in_app(
          words(N_("Enter identity and key (hex digits) as they stand in the broker's psk_file.")))
      .lines(words(N_("On the server, one line for each device:")), "IDENTITY:HEXKEY", "psk_file");
  ask_login_log(made, known);
  return made;
}

/// Whether any client of today offers what was agreed on.
bool is_of_today(const tls_fact& made) {
  return made.protocol == tls_version::tls1_3 ||
         (made.protocol == tls_version::tls1_2 && made.cipher.starts_with("ECDHE-") &&
          (made.cipher.find("GCM") != std::string::npos ||
           made.cipher.find("CHACHA20") != std::string::npos));
}

/// The server takes a cipher of today, and the client was told not to offer it.
maybe_finding ciphers_left_out(const tls_fact& tls, const tls_fact& free) {
  const bool is_by_key = free.cipher.find("-ECDSA-") != std::string::npos;
  const places with{{"cipher", free.cipher}};
  made_finding made(
      "tls-cipher-or-psk-mismatch", certainty::likely, strength::measured,
      is_by_key
          ? words(N_("The server's certificate has a key of the kind EC, and the client offers "
                     "ciphers for RSA keys only."))
          : words(N_("The client's list of ciphers leaves out all that the server takes.")));
  return made.seen(alert_words(tls))
      .seen(words(N_("Free to choose, client and server agreed on {cipher}."), with))
      .in_app(
          words(N_("Let the client offer {cipher} too, or leave its list of ciphers out."), with))
      .mend(
          words(N_("Or, for devices that cannot, give the server a certificate with the other kind "
                   "of key beside it (certbot: --key-type rsa).")));
}

maybe_finding cipher_mismatch(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr || tls->is_done || tls->alert != handshake_failure || known.asked().has_psk)
    return {};
  if (tls->saw_server_hello || tls->saw_certificate_request) return {};
  const tls_fact* const without = tls_of(known, contact_purpose::no_sni);
  const bool name_matters = without != nullptr && without->saw_server_hello;
  const tls_fact* const old = tls_of(known, contact_purpose::old_tls);
  const bool weak_helps = old != nullptr && old->saw_server_hello;
  if (weak_helps && is_of_today(*old)) return ciphers_left_out(*tls, *old);
  made_finding made(
      "tls-cipher-or-psk-mismatch", certainty::likely,
      name_matters ? strength::hint : strength::seen,
      words(N_("Client and broker have no cipher in common: the listener uses pre-shared keys "
               "only, has no certificate, or its ciphers are restricted.")));
  made.seen(alert_words(*tls));
  if (weak_helps)
    made.seen(words(N_("With weak ciphers allowed the server answered ({cipher})."),
                    {{"cipher", old->cipher}}));
  made.mend(words(N_("Let the broker take the usual ciphers (mosquitto: no ciphers line); give "
                     "pre-shared keys a listener of their own.")))
      .in_app(words(N_("For a PSK listener enter identity and key in the app.")));
  ask_login_log(made, known);
  return made;
}

maybe_finding sni_refused(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr || tls->is_done) return {};
  const tls_fact* const without = tls_of(known, contact_purpose::no_sni);
  const bool name_matters =
      tls->alert == handshake_failure && without != nullptr && without->saw_server_hello;
  // What goes without a name as well does not fail for the want of one.
  const tls_fact* const old = tls_of(known, contact_purpose::old_tls);
  const bool goes_nameless = old != nullptr && old->saw_server_hello && old->server_name.empty();
  const bool is_missing = tls->server_name.empty() && tls->alert == handshake_failure &&
                          !tls->saw_server_hello && !known.asked().has_psk && !goes_nameless;
  if (tls->alert != unrecognized_name && !name_matters && !is_missing) return {};
  const bool is_certain = tls->alert == unrecognized_name;
  return made_finding(
             "tls-sni-refused", is_certain ? certainty::certain : certainty::likely,
             is_certain     ? strength::proven
             : name_matters ? strength::usual
                            : strength::one_of_several,
             tls->server_name.empty()
                 ? words(N_("This endpoint wants a server name (SNI), and none was sent: it was "
                            "dialled by address."))
                 : words(N_("This endpoint does not know the name \"{name}\"."),
                         {{"name", tls->server_name}}))
      .seen(alert_words(*tls))
      .in_app(words(N_("Connect by exactly the name the server's certificate was published for.")));
}

maybe_finding alpn_mismatch(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr || tls->alert != no_application_protocol) return {};
  const auto& offered = known.asked().alpn;
  made_finding made(
      "tls-alpn-mismatch", certainty::certain, strength::proven,
      offered.empty()
          ? words(N_("The server wants an application protocol named by ALPN, and none that it "
                     "knows was offered."))
          : words(N_("The server does not accept the protocol offered by ALPN ({alpn})."),
                  {{"alpn", list_text(offered)}}));
  made.seen(alert_words(*tls));
  if (offered.empty()) return made.in_app(words(N_("Offer an ALPN name that the server knows.")));
  if (std::find(offered.begin(), offered.end(), "mqtt") != offered.end())
    return made.in_app(
        words(N_("Remove the ALPN setting, or let the server take \"mqtt\" as well (Traefik: "
                 "alpnProtocols in its TLS options).")));
  return made.in_app(
      words(N_("Remove the ALPN setting, or use the server's own: \"mqtt\", or x-amzn-mqtt-ca for "
               "AWS IoT on 443.")));
}

maybe_finding aws_without_alpn(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  constexpr int https = 443;
  if (tls == nullptr || known.is_websocket() || accepted(known) != nullptr) return {};
  if (broker_of(known) != broker_kind::aws_iot || known.at.port != https) return {};
  const auto& offered = known.asked().alpn;
  const bool is_of_amazon = std::any_of(offered.begin(), offered.end(), [](const auto& each) {
    return each == "x-amzn-mqtt-ca" || each == "mqtt";
  });
  // With a login of one's own (a custom authorizer) Amazon takes "mqtt".
  const bool wants_ca =
      known.asked().has_certificate &&
      std::find(offered.begin(), offered.end(), "x-amzn-mqtt-ca") == offered.end();
  if (is_of_amazon && !wants_ca) return {};
  return made_finding("tls-aws-443-without-alpn", certainty::likely, strength::seen,
                      words(N_("AWS IoT serves MQTT on 443 only with ALPN x-amzn-mqtt-ca.")))
      .seen(offered.empty()
                ? words(N_("The host is AWS IoT, the port 443, and no ALPN was offered."))
                : words(N_("The host is AWS IoT, the port 443, and ALPN offered {alpn}."),
                        {{"alpn", list_text(offered)}}))
      .in_app(words(N_("Set ALPN x-amzn-mqtt-ca, or use port 8883.")))
      .apart(words(N_("Try:")), "mqtt-doctor " + secure_scheme(known) + "://" + known.target() +
                                    " --tls-alpn x-amzn-mqtt-ca");
}

/// An endpoint shared by clusters finds the cluster by SNI and refuses a login that comes without.
maybe_finding no_sni_looks_like_bad_password(const view& known, exclusions& excluded) {
  const tls_fact* const tls = tls_of(known);
  const contact* const client = known.client();
  if (tls == nullptr || !tls->is_done || !tls->server_name.empty() || !client->mqtt) return {};
  const int meaning = client->mqtt->meaning;
  if (client->mqtt->answer != mqtt_answer::connack || (meaning != 0x86 && meaning != 0x87))
    return {};
  if (!client->mqtt->sent_user && known.asked().has_user) return {};
  const contact* const named = known.at.find(contact_purpose::other_sni);
  if (named != nullptr && named->mqtt && named->mqtt->answer == mqtt_answer::connack) {
    if (!named->mqtt->is_accepted()) {
      exclude(excluded, "tls-no-sni-looks-like-bad-password",
              words(N_("With the server name {name} the same login is refused as well."),
                    {{"name", named->tls->server_name}}));
      return {};
    }
    return made_finding(
               "tls-no-sni-looks-like-bad-password", certainty::certain, strength::proven,
               words(N_("The login is right: this shared endpoint finds your broker by TLS server "
                        "name, and by address none is sent.")))
        .seen(words(N_("Without a server name the login was refused; with {name}, from the "
                       "certificate, the "
                       "same login was accepted."),
                    {{"name", named->tls->server_name}}))
        .in_app(words(N_("Connect to {name} instead of {host}, with SNI switched on "
                         "(mbedtls_ssl_set_hostname on an ESP)."),
                      {{"name", named->tls->server_name}, {"host", known.host()}}));
  }
  // A wildcard certificate does not tell which cluster's name to try.
  const auto& names =
      tls->chain.empty() ? std::vector<std::string>{} : tls->chain.front().dns_names;
  const bool is_shared = std::any_of(names.begin(), names.end(),
                                     [](const auto& name) { return name.starts_with("*."); });
  return made_finding(
             "tls-no-sni-looks-like-bad-password", certainty::possible,
             is_shared ? strength::usual : strength::fits,
             words(N_("Dialled by address there is no TLS server name: a shared endpoint cannot "
                      "find your cluster then and refuses the login.")))
      .seen(words(N_("No server name was sent, and the login was refused.")))
      .in_app(
          words(N_("Connect by name with SNI switched on (mbedtls_ssl_set_hostname on an ESP).")))
      .apart(words(N_("With the name and the same password:")),
             "mqtt-doctor mqtts://" + (is_shared || names.empty() ? "NAME" : names.front()) + ":" +
                 known.port() + " -u " +
                 (known.asked().has_user ? shell_word(known.asked().user_name) : "USER") +
                 " --ask-password");
}

maybe_finding not_tls_at_all(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  const contact* const client = known.client();
  if (tls == nullptr || tls->is_done || !tls->is_not_tls) return {};
  const contact* const plain = known.at.find(contact_purpose::plain);
  if (plain != nullptr && plain->mqtt && plain->mqtt->answer == mqtt_answer::connack) return {};
  // A web server may have a WebSocket at another path; tls-to-plaintext-port reports that.
  if (known.is_websocket() && plain != nullptr && plain->websocket && plain->websocket->status != 0)
    return {};
  const contact* const upgrade = known.at.find(contact_purpose::upgrade);
  if (upgrade != nullptr && upgrade->websocket && upgrade->websocket->is_done) return {};
  fact_word<spoken_protocol> speaks = client->speaks;
  if (speaks.empty() || speaks == spoken_protocol::unknown)
    speaks = plain != nullptr ? plain->speaks : spoken_protocol::none;
  if (speaks.empty()) return {};
  // An MQTT listener for WebSocket answers a ClientHello with HTTP as well.
  const bool is_sure = speaks != spoken_protocol::http || plain != nullptr;
  return made_finding("mqtt-not-a-broker", is_sure ? certainty::certain : certainty::likely,
                      strength::seen,
                      words(N_("What answers on port {port} is {speaks}, not TLS and not MQTT."),
                            {{"port", known.port()}, {"speaks", speaks}}))
      .seen(words(N_("It answered a TLS greeting with \"{text}\"."), {{"text", client->text}}))
      .in_app(use_brokers_port(known));
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"tls-plaintext-to-tls-port", N_("plain MQTT was spoken to a port of TLS"), layer::tls,
     exit_code::tls, station::broker, severity::problem, plaintext_to_tls},
    {"tls-to-plaintext-port", N_("TLS was spoken to a port that has none"), layer::tls,
     exit_code::tls, station::broker, severity::problem, tls_to_plaintext},
    {"tls-client-cert-missing", N_("the broker demands a client certificate, and none was sent"),
     layer::tls, exit_code::tls, station::broker, severity::problem, client_certificate_missing},
    {"tls-client-cert-untrusted", N_("the broker does not trust who issued the client certificate"),
     layer::tls, exit_code::tls, station::broker, severity::problem, client_certificate_untrusted},
    {"tls-client-cert-wrong-purpose", N_("the client certificate is not meant for clients"),
     layer::tls, exit_code::tls, station::broker, severity::problem, client_certificate_purpose},
    {"tls-client-cert-revoked", N_("the client certificate was revoked"), layer::tls,
     exit_code::tls, station::broker, severity::problem, client_certificate_revoked},
    {"tls-version-server-too-old", N_("the broker's TLS is older than what the client takes"),
     layer::tls, exit_code::tls, station::broker, severity::problem, server_too_old},
    {"tls-version-client-too-old", N_("the client's TLS is older than what the broker takes"),
     layer::tls, exit_code::tls, station::broker, severity::problem, client_too_old},
    {"tls-psk-refused", N_("the pre-shared key is another one than the broker's"), layer::tls,
     exit_code::tls, station::broker, severity::problem, psk_refused},
    {"tls-cipher-or-psk-mismatch",
     N_("client and broker have no cipher in common, or one side uses pre-shared keys"), layer::tls,
     exit_code::tls, station::broker, severity::problem, cipher_mismatch},
    {"tls-sni-refused", N_("the endpoint wants a server name, and none was sent"), layer::tls,
     exit_code::tls, station::broker, severity::problem, sni_refused},
    {"tls-alpn-mismatch", N_("the server does not take the protocol offered by ALPN"), layer::tls,
     exit_code::tls, station::broker, severity::problem, alpn_mismatch},
    {"tls-aws-443-without-alpn", N_("AWS IoT on port 443 wants an ALPN name"), layer::tls,
     exit_code::tls, station::broker, severity::problem, aws_without_alpn},
    {"tls-no-sni-looks-like-bad-password",
     N_("a shared endpoint finds the broker by TLS server name, and without one the login fails"),
     layer::login, exit_code::not_authorised, station::broker, severity::problem,
     no_sni_looks_like_bad_password},
    {"tls-client-cert-expired", N_("the client certificate has expired"), layer::tls,
     exit_code::tls, station::broker, severity::problem},
};

constexpr second_look looks[] = {
    {"mqtt-not-a-broker", not_tls_at_all},
};

}  // namespace

cause_table tls_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
