#include "mqtt-doctor/probes/network/contact.hpp"

#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "common/printable.hpp"
#include "mqtt-doctor/probes/hex.hpp"
#include "mqtt-doctor/probes/link_facts.hpp"
#include "mqtt-doctor/probes/network/http_facts.hpp"
#include "mqtt-doctor/probes/network/identify.hpp"
#include "mqtt-doctor/probes/tls/tls_facts.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/property.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;
using probe::deadline;
using probe::link_end;

constexpr std::size_t shown_bytes = 64;
constexpr std::size_t shown_text = 200;
// After an answer that is not MQTT, the rest of its first line is awaited.
constexpr auto rest_of_answer = 60ms;
// A service that speaks first does so in this time.
constexpr auto silence_before_connect = 300ms;
// Time for the peer to hang up, besides the round trip.
constexpr auto shortest_halt = 120ms;

/// PROXY protocol, version 1; the addresses are documentation's (RFC 5737).
constexpr std::string_view balancers_header = "PROXY TCP4 192.0.2.1 192.0.2.2 40000 1883\r\n";

/// Cuts a text to the length that facts keep.
std::string kept_text(std::string_view text) { return tools::printable(text, shown_text); }

/// Makes one connection step by step, with its facts in `reached`.
class contact_maker {
 public:
  contact_maker(const target& to, const contact_request& how, channel& over, contact& reached)
      : to_(to), how_(how), over_(over), contact_(reached) {}

  void run() {
    if (!connect()) return;
    stood_ = clock::now();
    step();
    note_end();
  }

  void listen_on() {
    stood_ = clock::now();
    await_connack();
    note_end();
  }

 private:
  void step() {
    if (how_.first == contact_request::opening::only_connect) return end_as(connection_end::open);
    if (how_.is_wary && !is_left_open()) return;
    if (how_.first == contact_request::opening::proxy_header) send_proxy_header();
    if (how_.first == contact_request::opening::silence_then_header && how_.tls) {
      if (!is_left_open(how_.answer_limit)) return;
      contact_.purpose = contact_purpose::proxy_header;
      send_proxy_header();
      if (secure()) end_as(connection_end::open);
      return;
    }
    if (how_.tls && !secure()) return;
    if (how_.websocket && !upgrade()) return;
    if (how_.first == contact_request::opening::http_get) return ask_as_browser();
    if (how_.first == contact_request::opening::silence) return keep_silent(how_.answer_limit);
    if (how_.first == contact_request::opening::one_byte) return send_one_byte();
    if (how_.first == contact_request::opening::silence_then_header) return speak_as_balancer();
    if (how_.first == contact_request::opening::silence_then_hello) return greet_inside();
    if (how_.first == contact_request::opening::nothing) {
      keep_silent(silence_before_connect);
      if (contact_.end != connection_end::silent) return;
      contact_.end.clear();
    }
    speak_mqtt();
  }

  bool connect();
  bool secure();
  bool upgrade();
  void ask_as_browser();
  void keep_silent(std::chrono::milliseconds limit);
  void send_one_byte();
  bool is_left_open(std::chrono::milliseconds limit = silence_before_connect);
  void speak_as_balancer();
  void greet_inside();
  void speak_mqtt();
  void send_proxy_header();
  bool send_connect();
  void await_connack();
  void take_connack(const frame& packet);
  void take_properties(const connack_packet& packet);
  void note_answer(std::string_view bytes);
  void note_end();
  void end_as(connection_end how) {
    if (!contact_.end.empty()) return;
    contact_.end = how;
    contact_.end_ms = probe::elapsed_ms(stood_);
  }
  deadline in(std::chrono::milliseconds limit) const {
    return std::min(clock::now() + limit, to_.last);
  }
  std::string host_header() const {
    return host_and_port(to_.host, static_cast<unsigned>(how_.port));
  }

  const target& to_;
  const contact_request& how_;
  channel& over_;
  contact& contact_;
  clock::time_point stood_{};
};

bool contact_maker::connect() {
  probe::connect_request request;
  request.address = how_.address;
  request.port = static_cast<std::uint16_t>(how_.port);
  request.limit =
      std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(to_.last - clock::now()),
                 {1ms}, how_.connect_limit);
  request.maximum_segment = how_.maximum_segment;
  request.bind_address = to_.bind_address;
  over_.set_link(probe::link(request, over_.connected));
  contact_.connect = fact_of(over_.connected, how_.address);
  // A reset counts as refused while connecting; this one came later.
  if (contact_.connect.outcome == connect_outcome::reset) {
    contact_.connect.outcome = connect_outcome::connected;
    contact_.end = connection_end::reset;
    if (how_.tls) {
      contact_.tls.emplace().end = connection_end::reset;
    } else if (how_.websocket) {
      contact_.websocket.emplace().end = connection_end::reset;
    } else if (how_.first == contact_request::opening::connect_packet) {
      contact_.mqtt.emplace().answer = mqtt_answer::reset;
      contact_.mqtt->version = name_of(how_.version);
    }
    return false;
  }
  return contact_.connect.is_connected();
}

bool contact_maker::secure() {
  probe::tls_request request;
  request.options = to_.tls;
  request.host = to_.host;
  request.server_name = how_.server_name;
  request.allows_old = how_.allows_old_tls;
  request.offers_http2 = how_.offers_http2;
  if (how_.is_wary) {
    const double way_ms = 2 * over_.bottom().counters().round_trip_ms;
    request.halt = shortest_halt + std::chrono::milliseconds(static_cast<int>(way_ms));
  }
  std::string error;
  std::shared_ptr<probe::tls_setup> setup = to_.tls_shared;
  if (setup == nullptr) setup = std::make_shared<probe::tls_setup>(to_.tls, to_.host, error);
  contact_.tls.emplace();
  if (!error.empty()) {
    contact_.tls->error = error;
    contact_.tls->end = connection_end::failed;
    end_as(connection_end::failed);
    return false;
  }
  contact_.sent_first = true;
  over_.set_tls(std::move(setup), request, in(how_.answer_limit));
  contact_.tls = fact_of(over_.secured);
  if (over_.secured.is_done) return true;
  if (over_.secured.is_not_tls) {
    contact_.speaks = identify(over_.secured.first_bytes);
    contact_.text = kept_text(over_.secured.first_bytes);
  }
  end_as(over_.secured.end == link_end::timed_out ? connection_end::silent
                                                  : contact_.tls->end.value());
  return false;
}

bool contact_maker::upgrade() {
  websocket_request request;
  request.host = host_header();
  request.path = how_.path;
  request.subprotocols = how_.subprotocol;
  if (request.subprotocols.empty()) request.subprotocols = websocket_subprotocols(how_.version);
  request.headers = to_.headers;
  std::array<std::byte, websocket_handshake::nonce_bytes> nonce{};
  (void)::getentropy(nonce.data(), nonce.size());
  websocket_handshake shake(request, nonce);
  websocket_fact& fact = contact_.websocket.emplace();
  fact.path = how_.path;
  fact.subprotocol = request.subprotocols;
  const auto begin = clock::now();
  const deadline until = in(how_.answer_limit);
  contact_.sent_first = true;
  over_.top().write(shake.to_send(), until);
  shake.sent(shake.to_send().size());
  std::string rest;
  handshake::status status = handshake::status::more;
  while (status == handshake::status::more) {
    std::array<std::byte, 4096> room{};
    const probe::read_outcome got = over_.top().read(room, until);
    if (got.size == 0) {
      fact.end = end_of(got.end);
      break;
    }
    const bytes_view bytes{room.data(), got.size};
    rest.append(as_text(bytes));
    std::size_t consumed = 0;
    status = shake.received(bytes, consumed);
    if (status != handshake::status::more) rest = as_text(bytes.subspan(consumed));
  }
  fact.ms = probe::elapsed_ms(begin);
  take_response(shake.response(), fact);
  fact.is_done = status == handshake::status::done;
  if (!fact.is_done) {
    fact.error = kept_text(shake.detail());
    fact.body = kept_text(title_of(rest));
    note_answer(shake.response().status_code() != 0 ? shake.response().status_line()
                                                    : shake.response().opening());
    if (fact.end.empty()) fact.end = connection_end::refused;
    end_as(fact.end == connection_end::refused ? connection_end::open : fact.end.value());
    return false;
  }
  over_.set_websocket(std::move(rest));
  return true;
}

void contact_maker::ask_as_browser() {
  const std::string request = "GET / HTTP/1.1\r\nHost: " + host_header() +
                              "\r\nUser-Agent: mqtt-doctor\r\nConnection: close\r\n\r\n";
  const deadline until = in(how_.answer_limit);
  contact_.sent_first = true;
  over_.top().write(as_bytes(request), until);
  constexpr std::size_t enough = 8 * 1024;
  link_end end = link_end::none;
  while (end == link_end::none && over_.pending().size() < enough) {
    end = over_.read_more(until);
    if (over_.pending().find("</title>") != std::string_view::npos) break;
  }
  const std::string_view page = over_.pending();
  note_answer(page);
  if (contact_.speaks == spoken_protocol::http) {
    websocket_fact& fact = contact_.websocket.emplace();
    fact.path = "/";
    http_response_head head;
    std::size_t consumed = 0;
    head.feed(as_bytes(page), consumed);
    take_response(head, fact);
    fact.body = kept_text(title_of(page));
  }
  end_as(end_of(end));
}

void contact_maker::keep_silent(std::chrono::milliseconds limit) {
  const link_end end = over_.read_more(in(limit));
  note_answer(over_.pending());
  if (end == link_end::none) {
    over_.read_more(in(rest_of_answer));
    note_answer(over_.pending());
  }
  end_as(end == link_end::none ? connection_end::open : end_of(end));
}

void contact_maker::send_one_byte() {
  contact_.sent_first = true;
  constexpr std::byte nothing{0x00};
  over_.top().write({&nothing, 1}, in(how_.answer_limit));
  keep_silent(how_.answer_limit);
}

/// Whether the peer leaves a silent connection open. Bytes sent afterwards on the same connection
/// then answer a second question.
bool contact_maker::is_left_open(std::chrono::milliseconds limit) {
  keep_silent(limit);
  if (contact_.end != connection_end::silent) {
    contact_.purpose = contact_purpose::quiet;
    return false;
  }
  contact_.was_left_open = true;
  contact_.end.clear();
  stood_ = clock::now();
  return true;
}

/// Sends a load balancer's PROXY header, then CONNECT.
void contact_maker::speak_as_balancer() {
  if (!is_left_open()) return;
  contact_.purpose = contact_purpose::proxy_header;
  speak_mqtt();
}

/// Sends a ClientHello inside TLS, to see whether a second TLS is behind the first.
void contact_maker::greet_inside() {
  if (!is_left_open()) return;
  contact_.purpose = contact_purpose::inside;
  std::string error;
  probe::tls_setup setup(to_.tls, to_.host, error);
  byte_buffer greeting;
  greeting.append(probe::client_greeting(setup, to_.host));
  contact_.sent_first = true;
  over_.send(greeting, in(how_.answer_limit));
  const link_end end = over_.read_more(in(how_.answer_limit));
  note_answer(over_.pending());
  end_as(end == link_end::none ? connection_end::open : end_of(end));
}

void contact_maker::speak_mqtt() {
  if (!send_connect()) {
    // The write failed; earlier bytes of the peer, a TLS alert above all, may still be unread.
  }
  await_connack();
}

/// Says first what a load balancer says, below TLS and HTTP.
void contact_maker::send_proxy_header() {
  contact_.sent_first = true;
  over_.top().write(as_bytes(balancers_header), in(how_.answer_limit));
}

bool contact_maker::send_connect() {
  mqtt_fact& fact = contact_.mqtt.emplace();
  over_.version = how_.version;
  fact.version = name_of(how_.version);
  connect_packet packet;
  packet.version = how_.version;
  packet.keep_alive = how_.keep_alive.value_or(to_.keep_alive);
  const std::string own_id = "mqtt-doctor-" + random_word(4);
  const bool is_own = to_.who.client_id.empty() || how_.uses_own_id;
  packet.client_id = is_own ? own_id : to_.who.client_id;
  fact.client_id_kind = is_own ? client_id_kind::own : client_id_kind::user;
  if (how_.uses_empty_id) {
    packet.client_id = {};
    fact.client_id_kind = client_id_kind::empty;
  }
  packet.clean_start = how_.clean_start;
  if (how_.version == protocol_version::v5) packet.properties = how_.connect_properties.view();
  if (how_.will) {
    will_view& will = packet.will.emplace();
    will.topic = how_.will->topic;
    will.payload = as_bytes(how_.will->payload);
    will.qos = how_.will->qos;
    will.retain = how_.will->retain;
  }
  const bool is_safe = !contact_.tls || is_safe_for_secrets(*contact_.tls, to_.is_insecure);
  if (how_.with_credentials && is_safe) {
    if (to_.who.user_name) packet.user_name = *to_.who.user_name;
    if (to_.who.password) packet.password = as_bytes(*to_.who.password);
    fact.sent_user = to_.who.user_name.has_value();
    fact.sent_password = to_.who.password.has_value();
  }
  byte_buffer bytes;
  if (how_.first == contact_request::opening::silence_then_header) {
    bytes.append(as_bytes(balancers_header));
  }
  const std::error_code error = encode(bytes, packet);
  if (error) {
    fact.answer = mqtt_answer::not_sent;
    fact.reason_string = error.message();
    return false;
  }
  if (how_.first == contact_request::opening::connect_and_goodbye) {
    (void)encode(bytes, how_.version, packet_type::disconnect, reason_packet{});
  }
  contact_.sent_first = true;
  return over_.send(bytes, in(how_.answer_limit));
}

void contact_maker::await_connack() {
  mqtt_fact& fact = *contact_.mqtt;
  if (fact.answer == mqtt_answer::not_sent) return end_as(connection_end::open);
  const auto begin = clock::now();
  const deadline until = in(how_.answer_limit);
  link_end end = link_end::none;
  while (over_.pending().empty() && end == link_end::none) end = over_.read_more(until);
  fact.ms = probe::elapsed_ms(begin);
  if (contact_.websocket) contact_.websocket->error = kept_text(over_.websocket_error());
  if (over_.pending().empty()) {
    fact.answer = end == link_end::timed_out ? mqtt_answer::silent
                  : end == link_end::reset   ? mqtt_answer::reset
                                             : mqtt_answer::closed;
    return end_as(end_of(end));
  }
  // Only bytes that begin like CONNACK are decoded: "HTTP" would pass for a PUBACK.
  constexpr char connack_byte = 0x20;
  if (over_.pending().front() != connack_byte) {
    end = over_.read_more(in(rest_of_answer));
    note_answer(over_.pending());
    // A peer that sends another packet before CONNACK is a broker that breaks [MQTT-3.2.0-1].
    fact.answer =
        contact_.speaks == spoken_protocol::mqtt ? mqtt_answer::malformed : mqtt_answer::other;
    return end_as(end == link_end::none ? connection_end::open : end_of(end));
  }
  const channel::received got = over_.receive(until);
  note_answer(over_.opening());
  if (!got.is_packet) {
    fact.answer = got.is_malformed                 ? mqtt_answer::malformed
                  : got.end == link_end::timed_out ? mqtt_answer::silent
                                                   : mqtt_answer::closed;
    return end_as(got.is_malformed ? connection_end::open : end_of(got.end));
  }
  fact.ms = probe::elapsed_ms(begin);
  take_connack(got.packet);
  end_as(connection_end::open);
}

void contact_maker::take_connack(const frame& packet) {
  mqtt_fact& fact = *contact_.mqtt;
  fact.is_old_shape = how_.version == protocol_version::v5 && packet.body.size() == 2;
  const protocol_version version = fact.is_old_shape ? protocol_version::v3_1_1 : how_.version;
  connack_packet answer;
  if (decode(packet, version, answer)) {
    fact.answer = mqtt_answer::malformed;
    return;
  }
  fact.answer = mqtt_answer::connack;
  fact.reason = answer.reason;
  fact.meaning = answer.reason == 0 ? 0 : connack_reason(answer.reason, version);
  fact.session_present = answer.session_present;
  take_properties(answer);
}

void contact_maker::take_properties(const connack_packet& packet) {
  mqtt_fact& fact = *contact_.mqtt;
  for (const property& each : packet.properties) {
    const property_rule* const rule = find_property_rule(static_cast<std::uint32_t>(each.id));
    if (rule == nullptr) continue;
    if (each.id == property_id::reason_string) fact.reason_string = kept_text(each.text);
    if (each.id == property_id::server_reference) fact.server_reference = kept_text(each.text);
    if (each.id == property_id::assigned_client_identifier) fact.assigned_id = kept_text(each.text);
    if (each.id == property_id::maximum_packet_size) over_.most_taken = each.number;
    if (rule->type <= property_type::variable_byte) {
      fact.limits[std::string(rule->name)] = each.number;
    }
  }
}

void contact_maker::note_answer(std::string_view bytes) {
  if (bytes.empty()) return;
  contact_.received = hex_of(bytes.substr(0, shown_bytes));
  contact_.text = kept_text(bytes.substr(0, shown_text));
  contact_.speaks = identify(bytes);
}

void contact_maker::note_end() {
  take_counters(over_, contact_);
  if (contact_.tls) contact_.tls = fact_of(over_.secured);  // an alert may come late
}

}  // namespace

void take_counters(channel& over, contact& reached) {
  const probe::tcp_counters counted = over.bottom().counters();
  reached.unacknowledged = static_cast<int>(counted.unacknowledged);
  reached.retransmits = static_cast<int>(counted.retransmits);
  reached.total_retransmits = static_cast<int>(counted.total_retransmits);
  reached.needless_retransmits = static_cast<int>(counted.needless);
  reached.out_of_order = static_cast<int>(counted.out_of_order);
  if (reached.first_path_mtu == 0) reached.first_path_mtu = static_cast<int>(counted.path_mtu);
  reached.path_mtu = static_cast<int>(counted.path_mtu);
  reached.round_trip_ms = counted.round_trip_ms;
  const probe::traffic bytes = over.counted();
  reached.sent_bytes = static_cast<std::int64_t>(bytes.sent);
  reached.received_bytes = static_cast<std::int64_t>(bytes.received);
}

contact make_contact(const target& to, const contact_request& how, std::unique_ptr<channel>* kept,
                     std::unique_ptr<channel>* silent) {
  contact reached;
  reached.purpose = how.purpose;
  reached.address = how.address;
  reached.port = how.port;
  auto over = std::make_unique<channel>();
  contact_maker(to, how, *over, reached).run();
  if (reached.mqtt && reached.mqtt->is_accepted()) {
    if (kept != nullptr) {
      *kept = std::move(over);
    } else {
      byte_buffer goodbye;
      (void)encode(goodbye, how.version, packet_type::disconnect, reason_packet{});
      over->send(goodbye, clock::now() + 100ms);
    }
  }
  const bool is_deaf = reached.mqtt && reached.mqtt->answer == mqtt_answer::silent;
  if (is_deaf && silent != nullptr) *silent = std::move(over);
  return reached;
}

void await_late_answer(const target& to, const contact_request& how, channel& over,
                       contact& reached, clock::time_point asked) {
  const contact before = reached;
  reached.end.clear();
  contact_maker(to, how, over, reached).listen_on();
  if (reached.mqtt->answer == mqtt_answer::silent) {
    reached = before;
    return;
  }
  reached.mqtt->ms = probe::elapsed_ms(asked);
  reached.end_ms = reached.mqtt->ms;
}

}  // namespace mqttkit::doctor
