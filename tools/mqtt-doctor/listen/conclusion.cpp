#include "mqtt-doctor/listen/conclusion.hpp"

#include "common/duration_text.hpp"
#include "mqtt-doctor/causes/service_words.hpp"
#include "mqtt-doctor/facts/scheme.hpp"
#include "mqtt-doctor/listen/tls_conclusion.hpp"
#include "mqtt-doctor/listen/web_conclusion.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit::doctor {
namespace {

using places = std::map<std::string, std::string>;

class judge {
 public:
  judge(const connection_summary& summary, const std::string& client, const listening& where)
      : summary_(summary),
        where_(where),
        scheme_(usual_scheme(where.port)),
        basics_{{"client", client},
                {"port", std::to_string(where.port)},
                {"broker", where.broker},
                {"id", !summary.client_id.empty() ? summary.client_id
                       : summary.is_connect_cut   ? say(N_("a client whose identifier was cut off"))
                                                  : say(N_("a client without an identifier"))},
                {"version", summary.version}} {}

  conclusion of_connection() const {
    if (!summary_.forward_error.empty())
      return made("broker-unreachable",
                  N_("{client} reached this port, but the broker at {broker} could not be reached "
                     "({error}): start it, or correct --forward."),
                  {{"error", summary_.forward_error}});
    if (is_too_little()) return of_too_little();
    switch (summary_.speaks) {
      case spoken::nothing:
        return of_silence();
      case spoken::undecided:
        return made("cut-off",
                    N_("{client} reached this port and ended after {count} bytes, too few to tell "
                       "what it wanted: a port scan, or a connection that broke."),
                    {{"count", std::to_string(summary_.from_client)}});
      case spoken::tls:
        return of_tls();
      case spoken::http:
        return of_http();
      case spoken::websocket:
        if (!summary_.has_connect) return of_websocket();
        break;
      case spoken::other:
        return made("other-protocol",
                    N_("{client} reached this port and spoke neither MQTT nor TLS nor HTTP "
                       "({bytes}): a port scan, or an app for something else."),
                    {{"bytes", summary_.first_bytes}});
      case spoken::mqtt:
        break;
    }
    return of_mqtt();
  }

 private:
  conclusion of_http() const {
    const places with{{"path", summary_.http_target},
                      {"status", std::to_string(summary_.http_status)}};
    if (forwards() && summary_.http_method == "CONNECT" && summary_.http_status >= 300)
      return made(
          "proxy-connect-refused",
          summary_.http_status == 407
              ? N_("{client} asked the HTTP proxy at {broker} for a way to {path}, and it answered "
                   "with status 407: it wants a login. Give the app the proxy's user name and "
                   "password, or go without the proxy.")
              : N_("{client} asked the HTTP proxy at {broker} for a way to {path}, and it answered "
                   "with status {status}: let the proxy allow CONNECT to that host and port, or go "
                   "without the proxy."),
          with);
    if (summary_.lacks_upgrade)
      return made(
          "ws-proxy-no-upgrade",
          N_("{client} asks for WebSocket (its key is there) without the header Upgrade: a "
             "proxy on the way took it out. nginx passes it on with proxy_set_header Upgrade "
             "$http_upgrade and proxy_http_version 1.1."));
    return made("http",
                N_("{client} reached this port with a browser or another HTTP client: the way "
                   "is open; in an app for MQTT this is not an http:// address."));
  }

  bool forwards() const { return !where_.broker.empty(); }

  conclusion made(const char* id, const char* sentence, places further = {}) const {
    further.insert(basics_.begin(), basics_.end());
    return {id, words(sentence, std::move(further))};
  }

  /// Whether the other end spoke a known protocol that is none of MQTT's.
  bool is_another_service() const {
    using enum spoken_protocol;
    // HTTP begins a WebSocket; what another HTTP answer means is concluded elsewhere.
    if (summary_.speaks == spoken::websocket && summary_.answers == http) return false;
    return summary_.answers != none && summary_.answers != mqtt && summary_.answers != tls &&
           summary_.answers != tls_alert && summary_.answers != unknown;
  }

  conclusion of_service() const {
    conclusion out = made("mqtt-not-a-broker",
                          N_("What answers {client} at {broker} is {what}, not an MQTT broker: it "
                             "said \"{text}\"."),
                          {{"client", named()},
                           {"what", name_of_service(summary_.answers)},
                           {"text", summary_.answer_text}});
    out.is_told = is_another_service();
    return out;
  }

  /// The client as "identifier (address)", for a sentence without {id}: addresses may be shared.
  std::string named() const {
    const std::string& address = basics_.at("client");
    return summary_.client_id.empty() ? address : summary_.client_id + " (" + address + ")";
  }

  /// Whether too little was heard: a late joiner's beginning and a missing side's answers are lost.
  bool is_too_little() const {
    if (summary_.speaks == spoken::tls && summary_.joined_late) return true;
    if (summary_.is_one_way || (summary_.joined_late && !summary_.has_connect)) return true;
    return summary_.missed != 0 && summary_.has_connect && !summary_.connack;
  }

  conclusion of_too_little() const {
    if (summary_.is_one_way)
      return made("seen-in-part",
                  N_("Of {client} and the broker at {broker} one side only was captured: its "
                     "packets take another way, or another interface. What was answered is not "
                     "known."));
    if (summary_.joined_late && !summary_.has_connect)
      return made("seen-in-part",
                  N_("{client} was connected before the capture began: who it is, its CONNECT "
                     "would say. Nothing is wrong with what was seen."));
    return of_missing_answer();
  }

  conclusion of_missing_answer() const {
    return made("seen-in-part",
                N_("Of what {client} and the broker said not all was captured: whether it was let "
                   "in is not known."));
  }

  conclusion of_silence() const {
    if (summary_.had_proxy_header) return of_proxy_header();
    if (forwards() && is_another_service()) return of_service();
    if (forwards() && summary_.answers == spoken_protocol::mqtt)
      return made(
          "mqtt-malformed-broker",
          N_("What listens at {broker} speaks first, with a packet of MQTT, before {client} "
             "has said anything: a broker waits for CONNECT."));
    return made("silent",
                N_("{client} reached this port and sent nothing: a port scan, a health check, or "
                   "an app that was ended before it spoke."));
  }

  conclusion of_proxy_header() const {
    if (summary_.had_second_proxy_header)
      return made(
          "proxy-protocol-unexpected",
          N_("{client} reached this port with two PROXY protocol headers: two load balancers "
             "in a row each add one, and a broker takes one at most. Let the second one pass "
             "on the first one's header, or switch it off in one of them."));
    return made("proxy-protocol-unexpected",
                N_("{client} reached this port with a PROXY protocol header, as load balancers "
                   "send it: switch that off there, or on in the broker."));
  }

  conclusion of_tls() const {
    const std::string& name = summary_.hello.server_name;
    const places asked{{"name", name}};
    if (!forwards()) {
      const bool is_expected = has_tls(scheme_);
      if (!is_expected)
        return made("tls-to-plaintext-port",
                    N_("{client} reached this port and spoke TLS to a plain listener: turn SSL off "
                       "in the app or use port 8883."));
      if (name.empty())
        return made("tls-arrived",
                    N_("{client} reached this port and spoke TLS, as this port expects, without a "
                       "name (it was given an address): the way is open; the certificate must "
                       "hold that address."));
      return made("tls-arrived",
                  N_("{client} reached this port and spoke TLS, as this port expects: the way is "
                     "open; the certificate must be for {name}."),
                  asked);
    }
    if (!summary_.tls_answered && summary_.missed != 0) return of_missing_answer();
    return tls_conclusion(summary_, where_, basics_);
  }

  conclusion of_websocket() const {
    if (!summary_.broken_rule.empty()) return of_broken_rule();
    if (forwards() && summary_.http_status == 0 && summary_.subprotocols.empty() &&
        summary_.broker_closed)
      return made("ws-subprotocol-missing",
                  N_("{client} asked {broker} for WebSocket without the subprotocol mqtt and was "
                     "closed without an answer: set the subprotocol mqtt in the app; when that "
                     "changes nothing, no WebSocket is spoken there."));
    constexpr unsigned plain = 1883, secure = 8883;
    const bool is_mqtts_port = where_.port == plain || where_.port == secure;
    if (forwards() && is_request_too_large(summary_) &&
        (summary_.http_status != 0 || !is_mqtts_port))
      return too_large_request(summary_, basics_);
    if (where_.is_capture && summary_.http_status == 0)
      return made("ws-handshake-to-raw-port",
                  N_("{client} spoke WebSocket to {broker}, which did not answer it: choose TCP "
                     "(mqtt://) in the app, or use the broker's WebSocket port."));
    if (forwards() && summary_.http_status == 0)
      return made("ws-handshake-to-raw-port",
                  N_("{client} spoke WebSocket to {broker}, which did not answer it: choose TCP "
                     "(mqtt://) in the app, or forward to the broker's WebSocket port."));
    if (forwards() && summary_.http_status == 400 && has_tls(scheme_))
      return made(
          "ws-plain-to-wss-port",
          N_("{client} asked for WebSocket in the clear on port {port}, where TLS is usual, "
             "and the server answered with HTTP status 400: use wss:// in the app."));
    if (forwards() && summary_.http_status != 101) return web_status_conclusion(summary_, basics_);
    if (forwards() && summary_.has_wrong_accept)
      return made("ws-wrong-accept",
                  N_("The server at {broker} answered the upgrade of {client} with a "
                     "Sec-WebSocket-Accept that does not fit its key, and the app hung up: a cache "
                     "or proxy gives the answer of another connection."));
    if (forwards() && summary_.offers_mqtt && summary_.chosen_subprotocol != "mqtt" &&
        summary_.chosen_subprotocol != "mqttv3.1")
      return made(
          "ws-subprotocol-missing",
          N_("{client} offers the subprotocol mqtt, and the server at {broker} chose none of "
             "it ({chosen}): browsers hang up on that. What answers there is no listener of "
             "MQTT, or a proxy took the header out."),
          {{"chosen", summary_.chosen_subprotocol.empty() ? "-" : summary_.chosen_subprotocol}});
    if (forwards() && summary_.offers_mqtt &&
        summary_.subprotocols.find(summary_.chosen_subprotocol) == std::string::npos)
      return made(
          "ws-subprotocol-missing",
          N_("{client} offers the subprotocol {offered}, and the server at {broker} chose "
             "{chosen}, which was not offered: the app hung up. Let the app offer {chosen}, "
             "or correct the server."),
          {{"offered", summary_.subprotocols}, {"chosen", summary_.chosen_subprotocol}});
    if (!summary_.offers_mqtt)
      return made("ws-subprotocol-missing",
                  N_("{client} asked for WebSocket without the subprotocol mqtt: this is not an "
                     "MQTT client, or it is set up for something else."));
    return made("websocket-without-connect",
                N_("{client} asked for WebSocket and then sent no CONNECT."));
  }

  conclusion of_broken_rule() const {
    if (summary_.unknown_level >= 0)
      return made(
          "mqtt-version-refused",
          N_("{client} speaks a version of MQTT that nobody knows (protocol level {level}): "
             "choose 3.1.1 or 5 in the app."),
          {{"level", std::to_string(summary_.unknown_level)}});
    const places what{{"packet", summary_.broken_packet}, {"what", summary_.broken_rule}};
    if (summary_.disconnect_code > 0) {
      places both = what;
      both["meaning"] = summary_.disconnect_meaning;
      both["number"] = std::to_string(summary_.disconnect_code);
      return made("mqtt-malformed-client",
                  N_("{client} broke a rule of MQTT ({packet}: {what}), and the broker ended the "
                     "connection: {meaning} ({number}). Correct the app, or update its library."),
                  both);
    }
    if (!summary_.broken_text.empty()) {
      places both = what;
      both["text"] = summary_.broken_text;
      return made("mqtt-malformed-client",
                  N_("{client} reached this port and began as MQTT, but broke its rules ({packet}: "
                     "{what}; here \"{text}\"): no broker will take that."),
                  both);
    }
    if (!summary_.broken_packet.empty())
      return made("mqtt-malformed-client",
                  N_("{client} reached this port and began as MQTT, but broke its rules ({packet}: "
                     "{what}): no broker will take that."),
                  what);
    return made("mqtt-malformed-client",
                N_("{client} reached this port and began as MQTT, but broke its rules ({what}): "
                   "no broker will take that."),
                {{"what", summary_.broken_rule}});
  }

  conclusion of_brokers_broken_rule() const {
    return made("mqtt-malformed-broker",
                N_("What answers {client} at {broker} broke a rule of MQTT ({packet}: {what}), and "
                   "nothing behind it can be read: update the broker, or what stands in front of "
                   "it; until then try another version of MQTT in the app."),
                {{"client", named()},
                 {"packet", summary_.brokers_broken_packet},
                 {"what", summary_.brokers_broken_rule}});
  }

  conclusion of_mqtt() const {
    if (!summary_.has_connect) {
      if (!summary_.broken_rule.empty()) return of_broken_rule();
      // Every network passes packets of this size: the client itself cut this one.
      constexpr std::size_t fits_everywhere = 500;
      if (summary_.is_cut_off && summary_.cut_wanted != 0 && summary_.cut_wanted <= fits_everywhere)
        return made("connect-cut-off",
                    N_("{client} reached this port and sent {held} of the {wanted} bytes of its "
                       "CONNECT, and no more: so small a packet does not arrive in part; the app "
                       "sends it incomplete (strlen() ends at its first zero byte), or was ended."),
                    {{"held", std::to_string(summary_.cut_held)},
                     {"wanted", std::to_string(summary_.cut_wanted)}});
      return made("connect-cut-off",
                  N_("{client} reached this port and began a CONNECT that never ended: bytes are "
                     "lost on the way (MTU, VPN), or the app was ended."));
    }
    return forwards() ? of_answer() : of_request();
  }

  /// An empty identifier that brokers must refuse (MQTT 3.1.1 §3.1.3.1).
  bool has_refusable_id() const {
    return summary_.client_id.empty() && !summary_.is_connect_cut && !summary_.is_v5 &&
           (summary_.is_v3_1 || !summary_.clean_start);
  }

  /// The conclusion when no broker answered: does the request hold something that would be refused?
  conclusion of_request() const {
    if (summary_.had_proxy_header) return of_proxy_header();
    if (summary_.speaks == spoken::mqtt && has_tls(scheme_))
      return made("tls-plaintext-to-tls-port",
                  N_("{client} reached this port and spoke plain MQTT where TLS is usual: turn SSL "
                     "on in the app or use port 1883."));
    if (summary_.speaks == spoken::mqtt && scheme_ == scheme::ws)
      return made("ws-raw-mqtt-to-ws-port",
                  N_("{client} reached this port and spoke plain MQTT where WebSocket is usual: "
                     "choose WebSocket in the app or use port 1883."));
    if (summary_.speaks == spoken::websocket && scheme_ == scheme::mqtt)
      return made(
          "ws-handshake-to-raw-port",
          N_("{client} reached this port and spoke MQTT over WebSocket where plain MQTT is "
             "usual: choose TCP (mqtt://) in the app, or use the broker's WebSocket port."));
    if (has_refusable_id())
      return made("session-empty-id-persistent",
                  N_("{client} reached this port with MQTT {version} and an empty client "
                     "identifier, which brokers must refuse: fill in the Client ID in the app."));
    if (summary_.is_v3_1)
      return made("mqtt-version-refused",
                  N_("{client} reached this port and spoke MQTT 3.1, which newer brokers refuse: "
                     "choose 3.1.1 or 5 in the app."));
    if (summary_.has_user)
      return made("mqtt-arrived",
                  N_("{client} reached this port and asked in MQTT {version} to come in as {id}, "
                     "user {user}: network, firewall and address are right, the rest is between "
                     "app and broker (--forward shows it)."),
                  {{"user", summary_.user_name}});
    return made("mqtt-arrived",
                N_("{client} reached this port and asked in MQTT {version} to come in as {id}, "
                   "without a user name: network, firewall and address are right, the rest is "
                   "between app and broker (--forward shows it)."));
  }

  conclusion of_answer() const {
    if (!summary_.connack) {
      if (!summary_.broken_rule.empty()) return of_broken_rule();
      if (!summary_.brokers_broken_rule.empty()) return of_brokers_broken_rule();
      if (summary_.had_proxy_header) return of_proxy_header();
      if (summary_.awaits_auth)
        return made("auth-exchange-stopped",
                    N_("The broker asked {client} to go on with its authentication (AUTH), and the "
                       "app did not answer: it does not know the Authentication Method that it "
                       "names, or waits for something itself."),
                    {{"client", named()}});
      if (summary_.speaks == spoken::websocket && !summary_.offers_mqtt && summary_.broker_closed)
        return made("ws-subprotocol-missing",
                    N_("{client} opened a WebSocket without the subprotocol mqtt, and the broker "
                       "ended it when CONNECT came: set the subprotocol mqtt in the app."),
                    {{"client", named()}});
      if (summary_.answers == spoken_protocol::tls_alert)
        return made("tls-plaintext-to-tls-port",
                    N_("{client} sent its CONNECT in the clear, and {broker} answered with an "
                       "alert of TLS: switch TLS (SSL) on in the app."),
                    {{"client", named()}});
      if (is_another_service() || summary_.is_no_mqtt) return of_service();
      if (summary_.broker_closed && has_refusable_id())
        return made("session-empty-id-persistent",
                    N_("{client} sent its CONNECT of MQTT {version} with an empty client "
                       "identifier, and the broker closed the connection, as it must where the "
                       "session is to be kept: fill in the Client ID in the app, or ask for a "
                       "clean session."));
      constexpr std::size_t longest_v3_1 = 23;  // characters, MQTT 3.1 §3.1
      if (summary_.broker_closed && summary_.is_v3_1 && summary_.client_id.size() > longest_v3_1)
        return made("auth-client-id-not-allowed",
                    N_("{client} sent its CONNECT, and the broker closed the connection: its "
                       "identifier has {count} characters, and MQTT 3.1 allows 23 at most. Choose "
                       "3.1.1 or 5 in the app, or a shorter identifier."),
                    {{"client", named()}, {"count", std::to_string(summary_.client_id.size())}});
      if (summary_.broker_closed && has_tls(scheme_)) {
        conclusion out =
            made("tls-plaintext-to-tls-port",
                 N_("{client} sent its CONNECT in the clear to {broker}, where TLS is usual, and "
                    "was closed without an answer: switch TLS (SSL) on in the app."),
                 {{"client", named()}});
        out.sure = false;
        return out;
      }
      if (summary_.broker_closed)
        return made("mqtt-closed-after-connect",
                    N_("{client} sent its CONNECT, and the broker at {broker} closed the "
                       "connection without an answer: wrong port (TLS or WebSocket there?), or "
                       "its log says why."),
                    {{"client", named()}});
      return made("mqtt-broker-hung",
                  N_("{client} sent its CONNECT, and the broker at {broker} did not answer it."),
                  {{"client", named()}});
    }
    if (*summary_.connack != 0) return of_refusal();
    constexpr double least_patience_s = 0.2;  // no app gives a broker less
    if (summary_.left_after_s > 0 && summary_.left_after_s < least_patience_s)
      return made("session-client-leaves",
                  N_("{client} sent its CONNECT and left after {time}, before it could have read "
                     "the answer: its program ends behind connect(), or did not wait."),
                  {{"client", named()}, {"time", tools::rough_text(summary_.left_after_s)}});
    if (summary_.left_after_s > 0)
      return made("mqtt-connack-late",
                  N_("{client} gave up after {time}, and CONNACK came {later} after the connection "
                     "began: the broker is slow to answer (a login plugin, its load), or the app's "
                     "timeout is too short."),
                  {{"client", named()},
                   {"time", tools::rough_text(summary_.left_after_s)},
                   {"later", tools::rough_text(summary_.connack_s)}});
    if (!summary_.broken_rule.empty() && summary_.disconnect_code > 0) return of_broken_rule();
    if (is_complaint(summary_.client_web_close) && summary_.web_close <= 1000)
      return made("ended-by-client",
                  N_("{client} was let in as {id}, and then itself ended the WebSocket with code "
                     "{number} ({meaning}): what the broker had sent just before is more or "
                     "something else than it takes, and so it does at the same each time."),
                  {{"number", std::to_string(summary_.client_web_close)},
                   {"meaning", summary_.client_web_reason.empty()
                                   ? meaning_of_close(summary_.client_web_close)
                                   : summary_.client_web_reason}});
    if (summary_.web_close > 1000 && summary_.disconnect_code <= 0)
      return made(
          "ended-by-broker",
          N_("{client} was let in as {id}, and then the other side ended the WebSocket with "
             "code {number} ({meaning})."),
          {{"number", std::to_string(summary_.web_close)},
           {"meaning", meaning_of_close(summary_.web_close)}});
    if (summary_.disconnect_code > 0)
      return made("ended-by-broker",
                  N_("{client} was let in as {id}, and then the broker ended the connection: "
                     "{meaning} ({number})."),
                  {{"meaning", summary_.disconnect_meaning},
                   {"number", std::to_string(summary_.disconnect_code)}});
    if (summary_.subscriptions_refused > 0)
      return made("auth-acl-subscribe-refused",
                  N_("{client} was let in as {id}, but the broker refused {count} of its "
                     "subscriptions: check what it allows this user (its ACL)."),
                  {{"count", std::to_string(summary_.subscriptions_refused)}});
    if (!summary_.broken_rule.empty()) return of_broken_rule();
    if (!summary_.brokers_broken_rule.empty()) return of_brokers_broken_rule();
    if (summary_.owes_pong && summary_.broker_closed) {
      conclusion out = made(
          "ended-by-broker",
          N_("{client} was let in as {id}, left a ping of WebSocket unanswered (no Pong frame), "
             "and "
             "the other side ended the connection: such pings are beside MQTT's own, and the app's "
             "WebSocket library has to answer them by itself (RFC 6455). Update it, or switch them "
             "off in the broker or the proxy."));
      out.is_told = false;
      return out;
    }
    if (was_ended_at_once())
      return made("ended-by-broker",
                  N_("{client} was let in as {id}, and the broker closed the connection right "
                     "after that, before the client had asked for anything: its log says why."));
    return made("mqtt-accepted",
                N_("{client} was let in by the broker as {id} (MQTT {version}); subscriptions: "
                   "{subscribed}, messages sent: {published}, messages received: {received}."),
                {{"subscribed", std::to_string(summary_.subscribed)},
                 {"published", std::to_string(summary_.published)},
                 {"received", std::to_string(summary_.received)}});
  }

  /// Whether the broker closed the connection, and only CONNECT and CONNACK were exchanged.
  bool was_ended_at_once() const {
    return summary_.broker_closed && summary_.is_brief && !summary_.said_more &&
           summary_.received == 0;
  }

  conclusion of_refusal() const {
    const places answer{{"client", named()},
                        {"meaning", summary_.connack_meaning},
                        {"number", std::to_string(*summary_.connack)}};
    const auto code = static_cast<reason_code>(connack_reason(
        *summary_.connack, summary_.is_v5 ? protocol_version::v5 : protocol_version::v3_1_1));
    switch (code) {
      case reason_code::bad_user_name_or_password:
      case reason_code::not_authorized:
        if (!summary_.is_login_known)
          return made("auth-bad-credentials",
                      N_("The broker refused {client}: {meaning} ({number}). What the app sends as "
                         "its user name was cut off in the capture: record whole packets (tcpdump "
                         "-s 0), or check user name and password in the app."),
                      answer);
        if (summary_.was_let_in_before) return of_later_refusal(answer);
        return made(summary_.has_user ? "auth-bad-credentials" : "auth-anonymous-refused",
                    summary_.has_user
                        ? N_("The broker refused {client}: {meaning} ({number}). Check user name "
                             "and password in the app, then what the broker allows this user.")
                        : N_("The broker refused {client}: {meaning} ({number}). The app sends no "
                             "user name; fill in user name and password there."),
                    answer);
      case reason_code::client_identifier_not_valid:
        if (summary_.client_id.empty() && !summary_.is_connect_cut)
          return made(
              "session-empty-id-persistent",
              N_("The broker refused {client}: {meaning} ({number}). The app sends an empty "
                 "Client ID: fill it in there."),
              answer);
        if (summary_.keep_alive_s == 0 && !summary_.is_v5 && !summary_.is_connect_cut)
          return made(
              "auth-client-id-not-allowed",
              N_("The broker refused {client}: {meaning} ({number}). The app sets a keep alive of "
                 "0, and Mosquitto refuses that with this code where it has a max_keepalive: set "
                 "60 seconds in the app. If that is refused as well, give the app another Client "
                 "ID."),
              answer);
        return made("auth-client-id-not-allowed",
                    N_("The broker refused {client}: {meaning} ({number}). Give the app another "
                       "Client ID."),
                    answer);
      case reason_code::unsupported_protocol_version:
        return made("mqtt-version-refused",
                    N_("The broker refused {client}: {meaning} ({number}). The app speaks MQTT "
                       "{version}; choose another version there."),
                    answer);
      default:
        return made("mqtt-refused",
                    N_("The broker refused {client}: {meaning} ({number}). Its log says more."),
                    answer);
    }
  }

  /// What was good before is refused now: the login alone does not explain it.
  conclusion of_later_refusal(const places& answer) const {
    conclusion later =
        summary_.has_user
            ? made("auth-bad-credentials",
                   N_("The broker refused {client}: {meaning} ({number}), although it had let it "
                      "in before with the same identifier and user name: the password or its "
                      "rights were changed, or the broker bans who connects too often (EMQX: "
                      "flapping detection). Its log says which."),
                   answer)
            : made("mqtt-server-busy-or-banned",
                   N_("The broker refused {client}: {meaning} ({number}), although it had let it "
                      "in before with the same identifier and no user name: it bans who connects "
                      "too often (EMQX: flapping detection), or wants a user name since. Its log "
                      "says which."),
                   answer);
    later.is_told = false;
    return later;
  }

  const connection_summary& summary_;
  const listening& where_;
  scheme scheme_;
  places basics_;
};

int weight_of(const connection_summary& summary) noexcept {
  if (summary.speaks == spoken::nothing) return summary.had_proxy_header ? 1 : 0;
  if (summary.speaks == spoken::undecided) return 1;
  return 2;
}

}  // namespace

conclusion conclusion_of(const connection_summary& summary, const std::string& client,
                         const listening& where) {
  return judge(summary, client, where).of_connection();
}

bool says_something(const connection_summary& summary) noexcept { return weight_of(summary) == 2; }

bool tells_more(const connection_summary& later, const connection_summary& earlier) noexcept {
  return weight_of(later) >= weight_of(earlier);
}

sentence nobody_came(const listening& where, const std::string& waited) {
  return words(N_("Nothing arrived on port {port} in {time}. If somebody tried meanwhile, a "
                  "firewall, the security group or a wrong address stands before this server; if "
                  "nobody did, listen again and try then."),
               {{"port", std::to_string(where.port)}, {"time", waited}});
}

}  // namespace mqttkit::doctor
