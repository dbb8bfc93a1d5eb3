#include "common/exit_code.hpp"

#include <doctest/doctest.h>

#include <asio/error.hpp>

#include "common/printable.hpp"
#include "io/advice.hpp"
#include "io/failure_code.hpp"
#include "io/failure_text.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/base/tls_codes.hpp"
#include "mqttkit/codec/reason.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;

namespace {

failure refusal(reason_code reason, std::string words = {}) {
  failure why(stage::connack, "h:1883", errc::connection_refused_by_broker, std::move(words));
  why.reason = static_cast<std::uint8_t>(reason);
  return why;
}

bool ends_with_advice(const failure& why, std::string_view advice) {
  INFO(describe(why));
  return advice_for(why).find(advice) != std::string::npos &&
         describe(why).ends_with("; " + advice_for(why));
}

}  // namespace

TEST_CASE("the table of exit codes is ascending and says something about each") {
  for (std::size_t i = 0; i < exit_code_count; ++i) {
    if (i > 0) CHECK(exit_code_table[i - 1].code < exit_code_table[i].code);
    CHECK(exit_code_table[i].meaning.ends_with('.'));
  }
  CHECK(static_cast<int>(exit_code::timeout) == 27);
}

TEST_CASE("each failure has its exit code") {
  const auto code = [](stage at, std::error_code error) {
    return exit_code_for(failure(at, "h", error));
  };
  CHECK(exit_code_for(failure()) == exit_code::done);
  CHECK(code(stage::resolve, errc::name_not_found) == exit_code::name_not_found);
  CHECK(code(stage::resolve, errc::name_lookup_failed) == exit_code::name_not_found);
  CHECK(code(stage::resolve, errc::step_timeout) == exit_code::name_not_found);
  CHECK(code(stage::connect, asio::error::connection_refused) == exit_code::cannot_connect);
  CHECK(code(stage::connect, errc::step_timeout) == exit_code::cannot_connect);
  CHECK(code(stage::proxy, errc::proxy_refused) == exit_code::cannot_connect);
  CHECK(code(stage::websocket, errc::websocket_refused) == exit_code::cannot_connect);
  CHECK(code(stage::connack, errc::closed_before_connack) == exit_code::cannot_connect);
  CHECK(code(stage::connack, errc::connack_timeout) == exit_code::cannot_connect);
  CHECK(code(stage::tls, errc::tls_verify_failed) == exit_code::tls);
  CHECK(code(stage::tls, asio::error::connection_reset) == exit_code::tls);
  CHECK(code(stage::set_up, errc::tls_setup_failed) == exit_code::tls);
  CHECK(code(stage::set_up, errc::client_id_required) == exit_code::usage);
  CHECK(code(stage::session, errc::keep_alive_timeout) == exit_code::lost);
  CHECK(code(stage::session, errc::disconnected_by_broker) == exit_code::lost);
  CHECK(code(stage::session, errc::packet_too_large) == exit_code::too_large);
  CHECK(code(stage::connack, errc::packet_too_large) == exit_code::cannot_connect);
  CHECK(code(stage::connack, errc::authentication_failed) == exit_code::bad_credentials);
  CHECK(exit_code_for(refusal(reason_code::unsupported_protocol_version)) ==
        exit_code::version_refused);
  CHECK(exit_code_for(refusal(reason_code::client_identifier_not_valid)) ==
        exit_code::identifier_refused);
  CHECK(exit_code_for(refusal(reason_code::bad_user_name_or_password)) ==
        exit_code::bad_credentials);
  CHECK(exit_code_for(refusal(reason_code::not_authorized)) == exit_code::not_authorised);
  CHECK(exit_code_for(refusal(reason_code::banned)) == exit_code::not_authorised);
  CHECK(exit_code_for(refusal(reason_code::server_unavailable)) == exit_code::refused);
}

TEST_CASE("a failure is told as subject, stage, cause and next step") {
  CHECK(describe(failure(stage::connect, "127.0.0.1:1883", asio::error::connection_refused)) ==
        "127.0.0.1:1883: connect: connection refused; nothing listens there: is the broker "
        "running, is the port right?");
  CHECK(describe(failure(stage::resolve, "brokr.example", errc::name_not_found)) ==
        "brokr.example: resolve: name not found; check the host name");
  CHECK(
      describe(failure(stage::tls, "broker.example:8883", errc::tls_verify_failed,
                       "certificate has expired (2025-03-01)", error_kind::certificate_expired)) ==
      "broker.example:8883: tls: certificate has expired (2025-03-01); renew it on the broker; "
      "if it is not old, "
      "check the clock here");
  CHECK(describe(refusal(reason_code::not_authorized)) ==
        "h:1883: connack: refused by the broker: not authorized (0x87); check -u and -P, and what "
        "the broker allows "
        "this user");
  CHECK(describe(refusal(reason_code::banned, "go away")) ==
        "h:1883: connack: refused by the broker: banned (0x8A): \"go away\"; the broker's operator "
        "has shut this client "
        "out; ask there");
  CHECK(describe(failure(stage::websocket, "h:80", errc::websocket_refused,
                         "HTTP/1.1 404 Not Found", {error_kind::http_status, 404})) ==
        "h:80: websocket: upgrade refused: HTTP/1.1 404 Not Found; check the path: --ws-path "
        "(brokers use /mqtt, /ws or /)");
}

TEST_CASE("details that are a sentence of their own stand alone, others follow what happened") {
  CHECK(describe(failure(stage::tls, "h:1883", errc::tls_handshake_failed,
                         "the server does not speak TLS on this port", error_kind::not_tls)) ==
        "h:1883: tls: the server does not speak TLS on this port; use the broker's TLS port, "
        "usually 8883, or leave the "
        "TLS options out");
  CHECK(describe(failure(stage::set_up, "/x/ca.pem", errc::tls_setup_failed,
                         "cannot read the CA file: No such file or directory")) ==
        "/x/ca.pem: set-up: cannot read the CA file: No such file or directory");
  CHECK(describe(failure(stage::proxy, "p:1080", errc::proxy_refused,
                         "connection not allowed by ruleset (2)", {error_kind::socks5_reply, 2}))
            .starts_with(
                "p:1080: proxy: refused by the proxy: connection not allowed by ruleset (2); "));
  CHECK(describe(failure(stage::connect, "h:1", errc::step_timeout, "no answer within 15 s")) ==
        "h:1: connect: timed out: no answer within 15 s; nothing answers: a firewall may be in "
        "between, or the host is down");
}

TEST_CASE("the addresses a connection tried are told once") {
  CHECK(describe(failure(stage::connect, "[::1]:1", asio::error::connection_refused,
                         "Connection refused; also 127.0.0.1:1"))
            .starts_with("[::1]:1: connect: connection refused; also 127.0.0.1:1; nothing "
                         "listens"));
}

TEST_CASE("each common failure has a next step that fits it") {
  const auto at = [](stage where, std::error_code error, std::string words = {},
                     error_detail kind = {}) {
    return failure(where, "h:1", error, std::move(words), kind);
  };
  CHECK(ends_with_advice(at(stage::connect, errc::step_timeout), "firewall"));
  CHECK(ends_with_advice(at(stage::connect, asio::error::network_unreachable), "network up"));
  CHECK(ends_with_advice(failure(stage::connect, "unix:/s",
                                 std::make_error_code(std::errc::no_such_file_or_directory)),
                         "no such socket"));
  CHECK(ends_with_advice(
      failure(stage::connect, "unix:/s", std::make_error_code(std::errc::permission_denied)),
      "permissions"));
  CHECK(ends_with_advice(failure(stage::connect, "unix:/s", asio::error::connection_refused),
                         "socket is there"));
  // The kind decides; a certificate may hold any words.
  const auto certificate = [&](error_kind kind) {
    return at(stage::tls, errc::tls_verify_failed, "certificate required, passphrase, ciphers",
              kind);
  };
  CHECK(ends_with_advice(certificate(error_kind::certificate_self_signed), "--cafile"));
  CHECK(ends_with_advice(certificate(error_kind::certificate_authority_unknown), "--cafile"));
  CHECK(ends_with_advice(certificate(error_kind::certificate_for_another_name), "--insecure"));
  CHECK(ends_with_advice(certificate(error_kind::certificate_not_yet_valid), "clock"));
  CHECK(ends_with_advice(certificate(error_kind::certificate_revoked), "new one"));
  // --insecure skips the check of the name only; where it does not help it is not named.
  CHECK(advice_for(certificate(error_kind::certificate_expired)).find("--insecure") ==
        std::string::npos);
  const auto handshake = [&](error_detail kind) {
    return at(stage::tls, errc::tls_handshake_failed, "words of OpenSSL", kind);
  };
  const auto alert = [&](int number) { return handshake({error_kind::alert, number}); };
  CHECK(ends_with_advice(handshake(error_kind::not_tls), "8883"));
  CHECK(ends_with_advice(handshake(error_kind::closed_in_handshake), "may not speak TLS"));
  CHECK(ends_with_advice(alert(tls_alert::certificate_required), "--cert FILE"));
  CHECK(ends_with_advice(alert(tls_alert::unknown_ca), "check --cert"));
  CHECK(ends_with_advice(alert(tls_alert::handshake_failure), "--ciphers"));
  CHECK(ends_with_advice(alert(tls_alert::protocol_version), "--tls-version"));
  CHECK(ends_with_advice(handshake(error_kind::no_tls_version), "--tls-version"));
  CHECK(ends_with_advice(handshake({error_kind::pre_shared_key, 20}), "--psk"));
  CHECK(ends_with_advice(alert(tls_alert::no_application_protocol), "--tls-alpn"));
  CHECK(ends_with_advice(alert(tls_alert::unrecognized_name), "--tls-server-name"));
  CHECK(ends_with_advice(at(stage::tls, asio::error::connection_reset,
                            "Connection reset by peer during the handshake"),
                         "may not speak TLS"));
  CHECK(ends_with_advice(at(stage::tls, errc::step_timeout, "no answer within 15 s"),
                         "may not speak TLS"));
  CHECK(ends_with_advice(at(stage::set_up, errc::tls_setup_failed,
                            "the private key is encrypted and no passphrase was given",
                            error_kind::passphrase_missing),
                         "--key-pass-file"));
  CHECK(
      ends_with_advice(at(stage::proxy, errc::proxy_refused,
                          "HTTP/1.1 407 Proxy Authentication Required", error_kind::login_refused),
                       "password in --proxy"));
  CHECK(ends_with_advice(at(stage::proxy, errc::proxy_refused, "user name or password refused",
                            error_kind::login_refused),
                         "password in --proxy"));
  CHECK(ends_with_advice(at(stage::proxy, errc::proxy_refused,
                            "connection not allowed by ruleset (2)", {error_kind::socks5_reply, 2}),
                         "proxy's rules"));
  CHECK(ends_with_advice(
      at(stage::proxy, errc::proxy_refused, "host unreachable (4)", {error_kind::socks5_reply, 4}),
      "does not reach the broker"));
  CHECK(ends_with_advice(at(stage::proxy, errc::proxy_protocol, "not a SOCKS5 proxy"),
                         "--proxy takes"));
  CHECK(ends_with_advice(at(stage::websocket, errc::http_malformed), "does not speak HTTP"));
  CHECK(ends_with_advice(at(stage::connack, errc::closed_before_connack), "TLS"));
  CHECK(ends_with_advice(at(stage::connack, asio::error::connection_reset), "--ws"));
  CHECK(ends_with_advice(at(stage::connack, errc::malformed_packet), "does not speak MQTT"));
  CHECK(ends_with_advice(at(stage::connack, errc::connack_timeout), "does not answer MQTT"));
  CHECK(ends_with_advice(refusal(reason_code::unsupported_protocol_version), "-V 3.1.1"));
  CHECK(ends_with_advice(refusal(reason_code::client_identifier_not_valid), "-i"));
  CHECK(ends_with_advice(refusal(reason_code::bad_user_name_or_password), "check -u and -P"));
  CHECK(ends_with_advice(refusal(reason_code::server_busy), "later"));
  failure moved = refusal(reason_code::server_moved);
  moved.server_reference = "other:1883";
  CHECK(ends_with_advice(moved, "-h other:1883"));
  failure taken(stage::session, "h:1", errc::disconnected_by_broker);
  taken.reason = static_cast<std::uint8_t>(reason_code::session_taken_over);
  CHECK(ends_with_advice(taken, "same identifier"));
  CHECK(ends_with_advice(at(stage::session, errc::qos_not_supported), "lower -q"));
  CHECK(advice_for(failure()).empty());
}

TEST_CASE("what comes from the network is made safe for a terminal") {
  CHECK(printable("plain \xC3\xA9 text") == "plain \xC3\xA9 text");
  CHECK(printable("a\x1b[31mb\n\x7f") == "a\\x1B[31mb\\x0A\\x7F");
  CHECK(printable("\xC2\x9B"
                  "31m") == "\\xC2\\x9B31m");
  CHECK(printable("\xE2\x80\xAE"
                  "abc") ==
        "\\xE2\\x80\\xAE"
        "abc");
  CHECK(printable("a\xFF"
                  "b\xC3") ==
        "a\\xFF"
        "b\\xC3");
  CHECK(printable(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(printable("abcdef", 3) == "abc...");
  CHECK(printable("abc", 3) == "abc");
  CHECK(printable("ab\xC3\xA9", 3) == "ab...");
  CHECK(printable("").empty());
  CHECK(describe(refusal(reason_code::banned, "\x1b]0;evil\x07")).find('\x1b') ==
        std::string::npos);
}
