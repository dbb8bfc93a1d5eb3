// What is concluded from TLS between another client and its broker.
#include <doctest/doctest.h>

#include <string>

#include "mqtt-doctor/listen/conclusion.hpp"
#include "mqttkit/base/tls_codes.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;

namespace {

connection_summary hello(std::string name = "broker.example") {
  connection_summary made;
  made.speaks = spoken::tls;
  made.hello.server_name = std::move(name);
  made.hello.versions = {0x0304, 0x0303};
  made.hello.ciphers = 9;
  made.hello.offers_rsa = made.hello.offers_elliptic = made.hello.offers_v1_3 = true;
  made.hello.offers_forward = made.hello.offers_strong = true;
  made.hello.has_groups = made.hello.offers_usual_group = true;
  made.hello.has_signatures = made.hello.offers_sha2 = true;
  made.tls.at = "2025-10-09T08:00:00";
  return made;
}

connection_summary refused(connection_summary made, int alert) {
  made.broker_alert = alert;
  return made;
}

probe::certificate sound() {
  probe::certificate made;
  made.subject = "CN=broker.example";
  made.issuer = "CN=Example CA";
  made.dns_names = {"broker.example"};
  made.not_before = "2025-03-01T00:00:00Z";
  made.not_after = "2026-03-01T00:00:00Z";
  made.key_type = "RSA";
  made.key_bits = 2048;
  made.signature = "sha256WithRSAEncryption";
  return made;
}
probe::certificate authority() {
  probe::certificate made = sound();
  made.subject = "CN=Example CA";
  made.dns_names.clear();
  made.is_authority = made.is_self_signed = true;
  return made;
}

/// The client saw these certificates and refused them; -1: it hung up.
connection_summary shown_to(std::vector<probe::certificate> chain, int alert) {
  connection_summary made = hello();
  made.tls_answered = true;
  made.tls.chain = std::move(chain);
  made.client_alert = alert;
  return made;
}

conclusion of(const connection_summary& summary, int port = 8883) {
  listening where;
  where.port = port;
  where.broker = "203.0.113.7:" + std::to_string(port);
  where.is_capture = true;
  return conclusion_of(summary, "192.168.1.50", where);
}

}  // namespace

TEST_CASE("an alert after the ClientHello is read with what that asked for") {
  using namespace tls_alert;
  connection_summary old = hello();
  old.hello.versions = {0x0301};
  connection_summary only_1_2 = hello();
  only_1_2.hello.versions = {0x0303};
  connection_summary only_1_3 = hello();
  only_1_3.hello.versions = {0x0304};
  connection_summary psk = hello();
  psk.hello.offers_rsa = psk.hello.offers_elliptic = psk.hello.offers_v1_3 = false;
  psk.hello.offers_psk = true;
  connection_summary weak = psk;
  weak.hello.offers_psk = weak.hello.offers_strong = false;
  connection_summary odd_groups = hello();
  odd_groups.hello.offers_usual_group = false;
  connection_summary sha1 = hello();
  sha1.hello.offers_sha2 = false;
  connection_summary web = hello();
  web.hello.alpn = {"h2"};
  struct {
    connection_summary heard;
    const char* id;
    const char* part;
  } const all[] = {
      {refused(hello(""), unrecognized_name), "tls-sni-refused", "no server name (SNI)"},
      {refused(hello(""), handshake_failure), "tls-sni-refused", "no server name (SNI)"},
      {refused(hello("x.example"), unrecognized_name), "tls-sni-refused", "x.example (SNI)"},
      {refused(hello("203.0.113.7"), illegal_parameter), "tls-sni-refused", "the address 203."},
      {refused(hello(), no_application_protocol), "tls-alpn-mismatch", "no protocol by ALPN"},
      {refused(web, no_application_protocol), "tls-alpn-mismatch", "offers h2 by ALPN"},
      {refused(old, tls_alert::protocol_version), "tls-version-client-too-old",
       "TLS 1.0 and no TLS 1.2"},
      {refused(only_1_2, tls_alert::protocol_version), "tls-version-client-too-old",
       "it wants TLS 1.3"},
      {refused(only_1_3, tls_alert::protocol_version), "tls-version-server-too-old",
       "TLS 1.3 alone"},
      {refused(psk, handshake_failure), "tls-cipher-or-psk-mismatch", "(PSK) alone"},
      {refused(psk, unknown_psk_identity), "tls-psk-refused", "PSK identity"},
      {refused(weak, handshake_failure), "tls-cipher-or-psk-mismatch", "RC4, 3DES"},
      {refused(odd_groups, handshake_failure), "tls-cipher-or-psk-mismatch", "usual groups"},
      {refused(sha1, handshake_failure), "tls-cipher-or-psk-mismatch", "SHA-1 alone"},
      {refused(hello(), internal_error), "tls-refused", "its log says why"},
  };
  for (const auto& each : all) {
    const conclusion said = of(each.heard);
    CAPTURE(in_english(said.text));
    CHECK(said.id == each.id);
    CHECK(in_english(said.text).find(each.part) != std::string::npos);
  }
  CHECK(of(refused(hello(), no_application_protocol), 443).id == "tls-aws-443-without-alpn");
}

TEST_CASE("the fault of a certificate that was refused is found in it") {
  using namespace tls_alert;
  const auto with = [](auto change) {
    probe::certificate made = sound();
    change(made);
    return made;
  };
  const auto expired = with([](auto& of) { of.not_after = "2025-09-01T00:00:00Z"; });
  const auto early = with([](auto& of) { of.not_before = "2025-11-01T00:00:00Z"; });
  const auto other = with([](auto& of) { of.dns_names = {"other.example"}; });
  const auto wild = with([](auto& of) { of.dns_names = {"*.example"}; });
  const auto nameless = with([](auto& of) { of.dns_names.clear(); });
  const auto own = with([](auto& of) { of.is_self_signed = true; });
  const auto weak = with([](auto& of) { of.key_bits = 1024; });
  const auto md5 = with([](auto& of) { of.signature = "md5WithRSAEncryption"; });
  const auto clients = with([](auto& of) { of.is_for_servers = false; });
  struct {
    std::vector<probe::certificate> chain;
    int alert;
    const char* id;
    bool is_sure;
  } const all[] = {
      {{expired, authority()}, certificate_expired, "tls-expired", true},
      {{expired, authority()}, certificate_unknown, "tls-expired", false},
      {{expired, authority()}, -1, "tls-expired", false},
      {{early, authority()}, certificate_expired, "tls-not-yet-valid", true},
      {{sound(), authority()}, certificate_expired, "tls-client-clock-wrong", false},
      {{other, authority()}, bad_certificate, "tls-hostname-mismatch", false},
      {{wild, authority()}, bad_certificate, "certificate-refused", false},
      {{nameless, authority()}, bad_certificate, "tls-hostname-mismatch", false},
      {{own}, unknown_ca, "tls-self-signed-leaf", true},
      {{sound()}, unknown_ca, "tls-missing-intermediate", true},
      {{sound(), authority()}, unknown_ca, "tls-unknown-ca", true},
      {{weak, authority()}, insufficient_security, "tls-weak-key-or-signature", false},
      {{md5, authority()}, bad_certificate, "tls-weak-key-or-signature", false},
      {{clients, authority()}, unsupported_certificate, "tls-wrong-purpose", false},
      {{authority(), sound()}, bad_certificate, "tls-chain-refused", false},
      {{sound(), authority()}, certificate_unknown, "certificate-refused", false},
  };
  for (const auto& each : all) {
    const conclusion said = of(shown_to(each.chain, each.alert));
    CAPTURE(in_english(said.text));
    CHECK(said.id == each.id);
    CHECK(said.sure.value_or(false) == each.is_sure);
  }
  connection_summary by_address = shown_to({sound(), authority()}, bad_certificate);
  by_address.hello.server_name.clear();
  CHECK(of(by_address).id == "tls-ip-without-san");
}

TEST_CASE("a client certificate that is missing is told before the cipher suites") {
  connection_summary asked = hello();
  asked.hello.offers_elliptic = asked.hello.offers_v1_3 = false;
  asked.tls_answered = asked.tls.asks_for_certificate = true;
  asked.tls.client_certificates = 0;
  asked.after_hello = 200;
  CHECK(of(refused(asked, tls_alert::handshake_failure)).id == "tls-client-cert-missing");
  asked.broker_closed = true;
  CHECK(of(asked).id == "tls-client-cert-missing");
  asked.broker_finished = true;  // it went on without one
  CHECK(of(asked).id == "tls-stands");
  asked.broker_finished = false;
  asked.tls.client_certificates = 1;
  CHECK(of(refused(asked, tls_alert::unknown_ca)).id == "tls-client-cert-untrusted");
  CHECK(of(refused(asked, tls_alert::certificate_expired)).id == "tls-client-cert-expired");
}

TEST_CASE("in TLS 1.3 the size of a record tells an empty client certificate") {
  connection_summary heard = hello();
  heard.tls_answered = heard.broker_closed = true;
  heard.after_hello = 200;
  heard.tls.client_records = {25, 53};
  heard.tls.broker_records = {19};
  CHECK(of(heard).id == "tls-client-cert-missing");
  heard.tls.client_records = {900, 281, 53};
  CHECK(of(heard).id == "tls-client-cert-untrusted");
  heard.tls.broker_records = {234, 19};  // tickets: it was let in
  CHECK(of(heard).id == "tls-stands");
  heard.tls.client_records = {53, 80};
  heard.tls.broker_records = {19};
  CHECK(of(heard).id == "tls-stands");
}

TEST_CASE("a ClientHello without an answer proves no plain listener") {
  connection_summary heard = hello();
  CHECK(of(heard).id == "tls-unanswered");
  heard.broker_closed = true;
  CHECK(of(heard).id == "tls-unanswered");
  CHECK(of(heard, 1883).id == "tls-to-plaintext-port");
  heard.from_broker = 4;
  CHECK(of(heard).id == "tls-to-plaintext-port");
  heard.answers = spoken_protocol::http;
  heard.answer_text = "HTTP/1.1 400 Bad Request";
  CHECK(in_english(of(heard).text).find("answered in plain HTTP") != std::string::npos);
}

TEST_CASE("the web server's own words about a WebSocket") {
  connection_summary web;
  web.speaks = spoken::websocket;
  web.subprotocols = "mqtt";
  web.offers_mqtt = true;
  struct {
    int status;
    const char* id;
  } const all[] = {{404, "ws-wrong-path"},
                   {401, "ws-redirected-or-guarded"},
                   {301, "ws-redirected-or-guarded"},
                   {502, "ws-proxy-backend-down"},
                   {429, "ws-refused-by-server"}};
  for (const auto& each : all) {
    web.http_status = each.status;
    CHECK(of(web, 8083).id == each.id);
  }
  web.http_status = 101;
  CHECK(of(web, 8083).id == "ws-subprotocol-missing");
  web.chosen_subprotocol = "mqtt";
  CHECK(of(web, 8083).id == "websocket-without-connect");
  web.has_wrong_accept = true;
  CHECK(of(web, 8083).id == "ws-wrong-accept");
  connection_summary proxy;
  proxy.speaks = spoken::http;
  proxy.http_method = "CONNECT";
  proxy.http_status = 403;
  CHECK(of(proxy, 3128).id == "proxy-connect-refused");
  proxy.http_method = "GET";
  proxy.lacks_upgrade = true;
  CHECK(of(proxy, 8083).id == "ws-proxy-no-upgrade");
}

TEST_CASE("a client without SNI that a shared endpoint ends at its first words is told so") {
  probe::certificate shared = sound();
  shared.dns_names = {"*.s1.eu.hivemq.example"};
  const auto ended = [](connection_summary made, const probe::certificate& own) {
    made.tls_answered = made.broker_finished = made.broker_closed = made.is_brief = true;
    made.after_hello = 400;
    made.tls.chain = {own};
    return made;
  };
  const connection_summary nameless = ended(hello(""), shared);
  CHECK(of(nameless).id == "tls-no-sni-looks-like-bad-password");
  CHECK(in_english(of(nameless).text).find("(SNI)") != std::string::npos);
  CHECK(of(ended(hello("x.s1.eu.hivemq.example"), shared)).id == "tls-stands");
  CHECK(of(ended(hello(""), sound())).id == "tls-stands");  // one broker of one name needs no SNI
  connection_summary stayed = nameless;
  stayed.is_brief = stayed.broker_closed = false;
  CHECK(of(stayed).id == "tls-stands");
  connection_summary left = nameless;  // the client went itself
  left.broker_closed = false;
  CHECK(of(left).id == "tls-stands");
}

TEST_CASE("where a client names no server, what it is shown or not answered may come of that") {
  const auto said = [](const connection_summary& made) { return in_english(of(made).text); };
  connection_summary mismatch = shown_to({sound()}, tls_alert::bad_certificate);
  mismatch.hello.server_name.clear();
  CHECK(of(mismatch).id == "tls-ip-without-san");
  CHECK(said(mismatch).find("(SNI)") != std::string::npos);
  connection_summary unanswered = hello("");
  unanswered.broker_closed = true;
  CHECK(of(unanswered).id == "tls-unanswered");
  CHECK(said(unanswered).find("without a server name (SNI)") != std::string::npos);
  unanswered.client_alert = tls_alert::decode_error;  // OpenSSL's, about the end itself
  CHECK(of(unanswered).id == "tls-unanswered");
  connection_summary named = hello();
  named.broker_closed = true;
  CHECK(of(named).id == "tls-unanswered");
  CHECK(said(named).find("without a server name") == std::string::npos);
}
