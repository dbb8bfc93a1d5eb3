#include "mqtt-doctor/said/closer.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/said/host_field.hpp"
#include "mqtt-doctor/said/numbers.hpp"
#include "mqtt-doctor/said/plain.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

constexpr auto nowhere = std::string_view::npos;

template <class List, class Item>
bool has(const List& list, const Item& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

template <class List>
bool has_any_of(std::string_view text, const List& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [text](std::string_view part) { return text.find(part) != nowhere; });
}

bool is_own_machine(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

/// Whether the text has a name of mDNS: raspberrypi.local, but not /usr/local or a.local.example.
bool names_mdns(std::string_view text) {
  constexpr std::string_view end = ".local";
  const auto is_of_name = [text](std::size_t at) {
    return at < text.size() && (is_ascii_letter(text[at]) || is_ascii_digit(text[at]));
  };
  for (std::size_t at = text.find(end); at != nowhere; at = text.find(end, at + 1)) {
    const std::size_t next = at + end.size();
    const bool goes_on = is_of_name(next) || (next < text.size() && text[next] == '-') ||
                         (next + 1 < text.size() && text[next] == '.' && is_of_name(next + 1));
    if (at > 0 && is_of_name(at - 1) && !goes_on) return true;
  }
  return false;
}

/// Whether a proxy or tunnel tells of its own way to the broker behind it.
bool is_of_proxy(std::string_view text) {
  constexpr std::array<std::string_view, 10> words{
      "to upstream",      "bad gateway", "upstream: \"",    "originservice", "origin service",
      "to local service", "to backend",  "dialing backend", "reverse_proxy", "reverseproxy error"};
  return has_any_of(text, words);
}

/// Names of client libraries that a trace shows.
constexpr std::array<std::string_view, 5> client_libraries{"paho", "rumqttc", "mqttnet",
                                                           "hivemq.client", "package:mqtt"};

/// What only clients written in Erlang or Elixir show; no broker is written in Elixir.
constexpr std::array<std::string_view, 5> erlang_clients{"genserver", "tortoise", "gen_mqtt",
                                                         "gen_emqtt", "{:"};

/// Whether the text shows the first bytes of TLS.
bool shows_tls_hello(const std::string& plain, const std::string& text) {
  const std::string words = library_numbers(text) + log_words(plain);
  return words.find("rawtlshello") != nowhere;
}

/// What mbedTLS' flags name where its own sentence is only that verification failed.
meaning verification_failed_for(const std::string& text) {
  const std::string words = library_numbers(text);
  const auto has_flag = [&](std::string_view flag) { return words.find(flag) != nowhere; };
  if (has_flag("mbedtlsflag 0008")) return meaning::untrusted;
  if (has_flag("mbedtlsflag 0004")) return meaning::other_name;
  if (has_flag("mbedtlsflag 0001") || has_flag("mbedtlsflag 0200")) return meaning::wrong_time;
  return meaning::untrusted;
}

/// What a proxy's failure to reach its broker may look like.
constexpr std::array<meaning, 9> ways_fail{is::refused,     is::timed_out,      is::no_route,
                                           is::not_reached, is::dialled_itself, is::name_not_found,
                                           is::no_answer,   is::no_details,     is::reset};

/// Whether a modem on the mobile network speaks: its AT commands, or words for its network. ESP-AT
/// has some of the commands, and a Wi-Fi.
bool is_on_mobile_network(std::string_view text) {
  constexpr std::array<std::string_view, 24> modem{
      "at+cmqtt",  "+cmqtt",     "at+qmt", "+qmt",     "at+umqtt", "+uumqttc",
      "at+smconf", "at+smconn",  "+cpsi",  "at+cstt",  "at+ciicr", "at+sapbr",
      "at+cgatt",  "at+cgdcont", "+cpin",  "at+qiact", "at+cnact", "netopen",
      "at+qiopen", "cipopen",    "gprs",   "apn",      "cellular", "at+creg"};
  constexpr std::array<std::string_view, 4> wifi{"wifi", "wi-fi", "at+cw", "wlan"};
  return has_any_of(text, modem) && !has_any_of(text, wifi);
}

/// Whether a program on a board speaks that has not told of an address of its own: it may be at its
/// start, before the Wi-Fi is up.
bool is_of_board(std::string_view text) {
  constexpr std::array<std::string_view, 8> boards{"umqtt",        "micropython", "circuitpython",
                                                   "minimqtt",     "boot.py",     "esp8266",
                                                   "pubsubclient", "arduino"};
  constexpr std::array<std::string_view, 5> is_up{"got ip", "wifi connected", "sta ip",
                                                  "ip address:", "ifconfig"};
  return has_any_of(text, boards) && !has_any_of(text, is_up);
}

bool is_at_home(const std::string& host) {
  const address_class kind = class_of(host);
  return kind == address_class::private_use || kind == address_class::link_local;
}

/// Whether the port is one by which another service than a broker is known [IANA].
bool is_of_other_service(const named_broker& named) {
  constexpr std::array<std::string_view, 10> ports{"502",  "102",  "4840",  "3306", "5432",
                                                   "6379", "8086", "27017", "53",   "22"};
  return named.scheme.empty() && has(ports, named.port);
}

/// Where the scheme and the port in the text do not go together, which of the two is wrong.
meaning by_port(meaning means, const named_broker& named) {
  constexpr std::array<meaning, 3> hung_up{is::closed, is::reset, is::no_answer};
  constexpr std::array<meaning, 3> tls_failed{is::hung_up_on_tls, is::handshake, is::reset};
  constexpr std::array<meaning, 4> web_failed{is::websocket_failed, is::hung_up_on_tls, is::reset,
                                              is::closed};
  const bool is_mqtt = named.port == "1883", is_mqtts = named.port == "8883";
  const bool is_web = named.scheme.starts_with("ws");
  if (is_web && (is_mqtt || is_mqtts) && has(web_failed, means)) return is::no_websocket_there;
  if (named.scheme == "mqtts" && is_mqtt && has(tls_failed, means)) return is::no_tls_there;
  if (named.scheme == "mqtt" && is_mqtts && has(hung_up, means)) return is::plain_to_tls;
  if (means == is::hung_up_on_tls && is_mqtt) return is::no_tls_there;
  return means;
}

}  // namespace

meaning closer_meaning(meaning means, const std::string& plain, const named_broker& named) {
  const std::string text = folded(plain);
  if (text.find("probe failed") != nowhere && text.find("malformed http") != nowhere)
    return is::check_not_understood;
  if (has(ways_fail, means) && is_of_proxy(text)) return is::no_backend;
  // The bytes of a hello in a broker's log: the client speaks TLS, the listener does not.
  const bool is_of_bytes = means == is::plain_to_tls || means == is::broken_packet;
  if (is_of_bytes && shows_tls_hello(plain, text)) return is::no_tls_there;
  if (means == is::untrusted) means = verification_failed_for(text);
  // mosquitto's own end of a bridge is a client "local.NAME".
  if (means == is::client_lost && text.find("client local.") != nowhere) return is::bridge_down;
  const bool is_no_way = has(ways_fail, means) || means == is::not_connected;
  if (is_no_way && names_impossible_address(text)) return is::host_field;
  const bool is_cut_short = means == is::no_details && text.find("error") != nowhere;
  if ((has(ways_fail, means) || is_cut_short) && is_on_mobile_network(text)) {
    if (is_at_home(named.host)) return is::home_by_mobile;
    if (means != is::no_details && named.host.ends_with(".local")) return is::mdns_name;
  }
  // Go's resolver names its name server's port.
  const bool is_lookup = text.find("lookup ") != nowhere || means == is::name_not_found;
  if (has(ways_fail, means) && !is_lookup && is_of_other_service(named)) return is::other_service;
  // A connection that stood and brought no answer.
  const bool is_of_read = text.find("read tcp ") != nowhere || text.find("read tcp4 ") != nowhere;
  if (means == is::timed_out && is_of_read) means = is::no_answer;
  // An app that crashes in its library is not the broker.
  const bool is_erlang_client = has_any_of(text, erlang_clients);
  if (means == is::broker_crashed && (is_erlang_client || has_any_of(text, client_libraries)))
    return is::app_call;
  if (means == is::client_lost && is_erlang_client) means = is::closed;
  // Tasmota's own -5, of its wrapper around PubSubClient: the name was not found.
  const bool is_tasmotas = text.find("mqt: connect failed to ") != nowhere;
  if (means == is::untrusted && is_tasmotas) means = is::name_not_found;
  // A client binds to no address of its own: its localhost is ::1, and it has no IPv6.
  const bool is_client = text.find("connect") != nowhere && text.find("listen") == nowhere &&
                         text.find("bind") == nowhere;
  if (means == is::address_not_here && is_client) means = is::dialled_itself;
  // Go's resolver that nobody answers.
  if (means == is::timed_out && text.find("tcp: lookup ") != nowhere) means = is::name_not_found;
  const bool is_way = means == is::refused || means == is::not_reached;
  if (is_way && is_own_machine(named.host)) means = is::dialled_itself;
  if (means == is::no_route && is_of_board(text)) return is::board_without_network;
  if (means == is::not_reached && named.host.ends_with(".local")) return is::mdns_name;
  if (means == is::not_authorised && text.find("connect") == nowhere &&
      text.find("connack") == nowhere) {
    if (text.find("subscri") != nowhere) return is::subscribe_refused;
    if (text.find("publish") != nowhere) return is::publish_refused;
  }
  switch (means) {
    case is::name_not_found:
      if (has_no_host_in_field(plain)) return is::host_field;
      return names_mdns(text) ? is::mdns_name : means;
    case is::dialled_itself:
      return dials_ipv6_localhost(plain) ? is::dialled_itself_in_6 : means;
    case is::upgrade_refused:
    case is::redirected:
      return named.scheme == "ws" && named.port.empty() ? is::port_left_away : means;
    default:
      return by_port(means, named);
  }
}

}  // namespace mqttkit::doctor
