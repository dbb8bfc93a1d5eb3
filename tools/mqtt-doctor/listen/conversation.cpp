#include "mqtt-doctor/listen/conversation.hpp"

#include <algorithm>
#include <utility>

#include "common/text_parts.hpp"
#include "mqtt-doctor/facts/scheme.hpp"
#include "mqtt-doctor/listen/broken_rule.hpp"
#include "mqtt-doctor/listen/http_request.hpp"
#include "mqtt-doctor/listen/proxy_header.hpp"
#include "mqtt-doctor/probes/network/identify.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

// Longer HTTP heads and ClientHellos are judged by their beginning.
constexpr std::size_t most_head = most_hello_bytes + 1024;
constexpr std::size_t most_http_head = 16 * 1024;  // servers take 8 or 16 kB at most
constexpr std::size_t most_first_bytes = 24;
constexpr unsigned alert_record = 21;
constexpr unsigned handshake_record = 22;

/// The event for first bytes of an unknown protocol.
event other_event(side from, bytes_view bytes, bool is_whole = true) {
  const bytes_view first = bytes.first(std::min(bytes.size(), most_first_bytes));
  event made(event_kind::speaks, from, "");
  made.keep(protocol_field, is_whole ? "other" : "undecided");
  made.tell(is_whole ? N_("neither MQTT nor TLS nor HTTP: {first_bytes}")
                     : N_("too little to tell what it is: {first_bytes}"),
            "first_bytes", in_hex(first, most_first_bytes));
  made.tell(N_("as text \"{text}\""), "text", as_text(first));
  return made;
}

enum class likeness { no, maybe, yes };

/// Whether the bytes begin with a complete, valid packet of MQTT other than CONNECT, from a client
/// that does not begin with CONNECT. Very short packets are left out, since anything may look like
/// them.
likeness later_packet(bytes_view bytes) {
  const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
  constexpr std::size_t least = 6;
  const bool is_publish = at(0) >> 4 == 3 && (at(0) & 6) != 6;
  if (!is_publish && at(0) != 0x82 && at(0) != 0xA2) return likeness::no;
  if (bytes.size() < 2) return likeness::maybe;
  // Only lengths of one byte: longer packets are not decided by their first bytes.
  const std::size_t length = at(1);
  const std::size_t before = is_publish ? 2 : 4;  // bytes before the text
  if (length >= 0x80 || 2 + length < least || length <= before) return likeness::no;
  if (bytes.size() < before + 2) return likeness::maybe;
  const std::size_t size = at(before) << 8 | at(before + 1);
  if (size == 0 || before + size > length) return likeness::no;
  if (bytes.size() < 2 + length) return likeness::maybe;
  const std::string_view text = as_text(bytes.subspan(before + 2, size));
  const bool is_one = is_publish ? is_topic_name(text) : is_topic_filter(text);
  return is_one ? likeness::yes : likeness::no;
}

/// Whether the bytes are the whole of a small packet that is no CONNECT, or a CONNECT with flags in
/// its first byte. Almost anything looks like them: only a port of MQTT makes them that.
likeness odd_first_packet(bytes_view bytes) {
  const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
  if (at(0) >> 4 == 1) {
    constexpr std::size_t most_shown = 16;
    const std::string_view head = as_text(bytes.first(std::min(bytes.size(), most_shown)));
    if (head.find("MQTT") != head.npos || head.find("MQIsdp") != head.npos) return likeness::yes;
    return bytes.size() < most_shown ? likeness::maybe : likeness::no;
  }
  const unsigned first = at(0);
  const bool is_bare = first == 0xC0 || first == 0xD0 || first == 0xE0;
  const bool is_small = first == 0x20 || first == 0x40 || first == 0x50 || first == 0x62 ||
                        first == 0x70 || first == 0xB0;
  if (!is_bare && !is_small) return likeness::no;
  if (bytes.size() < 2) return likeness::maybe;
  const std::size_t wanted = is_bare ? 0 : 2;
  if (at(1) != wanted || bytes.size() > 2 + wanted) return likeness::no;
  return bytes.size() < 2 + wanted ? likeness::maybe : likeness::yes;
}

}  // namespace

conversation::conversation(const packet_style& style, event_sink tell, packet_sink hear,
                           tls_keylog* keys)
    : style_(style), tell_(std::move(tell)), hear_(std::move(hear)), keys_(keys) {}

void conversation::client_sent(bytes_view bytes) {
  if (bytes.empty()) return;
  summary_.from_client += static_cast<std::int64_t>(bytes.size());
  if (tls_ == nullptr) return take_client(bytes);
  summary_.after_hello += static_cast<std::int64_t>(bytes.size());
  tls_->sent(side::client, bytes);
}

void conversation::take_client(bytes_view bytes) {
  switch (client_.at) {
    case stage::start:
    case stage::http:
      client_.head.append(bytes);
      if (summary_.speaks == spoken::nothing) summary_.speaks = spoken::undecided;
      decide(client_);
      break;
    case stage::frames:
      read_frames(client_, side::client, bytes);
      break;
    case stage::packets:
      read_packets(client_, side::client, bytes);
      break;
    case stage::unsynchronised:
      synchronise(client_, side::client, bytes);
      break;
    case stage::silent:
      break;
  }
}

void conversation::decide(direction& of) {
  const bytes_view bytes = of.head.view();
  if (bytes.empty()) return;
  proxy_header header;
  if (!summary_.had_second_proxy_header) {
    switch (read_proxy_header(bytes, header)) {
      case proxy_state::more:
        return;
      case proxy_state::malformed:
        return begin_other(spoken::other);
      case proxy_state::none:
        break;
      case proxy_state::done: {
        summary_.had_second_proxy_header = summary_.had_proxy_header;
        summary_.had_proxy_header = true;
        event made(event_kind::speaks, side::client, "PROXY");
        made.keep(protocol_field, "proxy");
        made.tell(N_("version {version}"), "version", header.version);
        if (!header.source.empty())
          made.tell(N_("it stands for {source_address}"), "source_address", header.source);
        tell_(made);
        of.head.consume(header.size);
        return decide(of);
      }
    }
  }
  switch (std::to_integer<unsigned>(bytes[0])) {
    case 0x10: {  // a CONNECT
      summary_.speaks = spoken::mqtt;
      of.at = stage::packets;
      byte_buffer rest = std::exchange(of.head, byte_buffer());
      return read_packets(of, side::client, rest.view());
    }
    case handshake_record:
      return begin_tls();
    default:
      break;
  }
  likeness as_packet = later_packet(bytes);
  if (as_packet == likeness::no && usual_scheme(summary_.port) == scheme::mqtt)
    as_packet = odd_first_packet(bytes);
  switch (as_packet) {
    case likeness::maybe:
      return;
    case likeness::yes: {  // take_packet() reports the mistake
      summary_.speaks = spoken::mqtt;
      of.at = stage::packets;
      byte_buffer rest = std::exchange(of.head, byte_buffer());
      return read_packets(of, side::client, rest.view());
    }
    case likeness::no:
      break;
  }
  switch (looks_like_http(as_text(bytes))) {
    case http_likeness::maybe:
      return;
    case http_likeness::yes:
      return begin_http();
    case http_likeness::no:
      break;
  }
  begin_other(spoken::other);
}

void conversation::begin_other(spoken what) {
  summary_.speaks = what;
  summary_.first_bytes = in_hex(client_.head.view(), most_first_bytes);
  tell_(other_event(side::client, client_.head.view(), what == spoken::other));
  client_.head.release(0);
  client_.at = stage::silent;
  is_told_ = true;
}

void conversation::begin_tls() {
  const bytes_view bytes = client_.head.view().first(std::min(client_.head.size(), most_head));
  client_hello& hello = summary_.hello;
  const hello_state state = read_client_hello(bytes, hello);
  if (state == hello_state::malformed || (state == hello_state::more && bytes.size() == most_head))
    return begin_other(spoken::other);
  if (state == hello_state::more) return;
  summary_.speaks = spoken::tls;
  is_told_ = true;
  std::vector<std::string> versions;
  for (const std::uint16_t t : hello.versions) versions.push_back(tls_version_name(t));
  event made(event_kind::speaks, side::client, "TLS");
  made.keep(protocol_field, "tls");
  if (hello.server_name.empty()) {
    made.keep("server_name", "").say(N_("asks for no name (no SNI)"));
  } else {
    made.tell(N_("asks for {server_name}"), "server_name", hello.server_name);
  }
  made.tell(N_("offers TLS {versions}"), "versions", versions);
  if (hello.alpn.empty()) {
    made.keep("alpn", hello.alpn);
  } else {
    made.tell(N_("ALPN {alpn}"), "alpn", hello.alpn);
  }
  made.tell(N_("{ciphers} ciphers"), "ciphers", static_cast<std::int64_t>(hello.ciphers));
  tell_(made);
  client_.at = stage::silent;
  tls_ = std::make_unique<tls_view>(
      summary_, tell_,
      [this](side from, bytes_view inside) {
        begin_inside();
        from == side::client ? take_client(inside) : take_broker(inside);
      },
      keys_);
  const byte_buffer rest = std::exchange(client_.head, byte_buffer());
  summary_.after_hello += static_cast<std::int64_t>(rest.size() - hello.bytes);
  tls_->sent(side::client, rest.view());
}

/// Begins the conversation inside TLS, which a key log decrypts.
void conversation::begin_inside() {
  if (summary_.speaks != spoken::tls) return;
  summary_.speaks = spoken::nothing;
  client_.at = broker_.at = stage::start;
}

void conversation::begin_http() {
  client_.at = stage::http;
  const std::string_view text = as_text(client_.head.view());
  const std::size_t size = http_head_size(text);
  const bool is_endless = size > most_http_head || (size == 0 && text.size() > most_http_head);
  if (size == 0 && !is_endless) return;
  const http_request request =
      read_http_request(is_endless ? text.substr(0, most_http_head) : text.substr(0, size));
  const bool is_websocket = !is_endless && request.is_websocket_upgrade();
  summary_.speaks = is_websocket ? spoken::websocket : spoken::http;
  summary_.http_target = shown_without_secrets(request.target);
  summary_.http_method = shown(request.method);
  summary_.request_bytes = std::min(is_endless ? text.size() : size, most_http_head);
  for (const auto& [name, value] : request.headers)
    if (equals_ignoring_case(name, "Cookie")) summary_.cookie_bytes += value.size();
  const auto key = request.header("Sec-WebSocket-Key");
  summary_.lacks_upgrade = !is_websocket && key.has_value();
  if (is_websocket && key) summary_.wanted_accept = websocket_accept(*key);
  event made(event_kind::speaks, side::client, is_websocket ? "WebSocket" : "HTTP");
  made.keep(protocol_field, is_websocket ? "websocket" : "http");
  made.keep("method", request.method).keep("path", summary_.http_target);
  made.say(words(N_("{method} {path}"),
                 {{"method", shown(request.method)}, {"path", summary_.http_target}}));
  if (const auto host = request.header("Host")) made.tell(N_("for {host}"), "host", *host);
  if (const auto agent = request.header("User-Agent"))
    made.tell(N_("by {user_agent}"), "user_agent", *agent);
  if (is_websocket) {
    const std::vector<std::string> offered = request.tokens("Sec-WebSocket-Protocol");
    summary_.subprotocols = shown(tools::joined(offered, ", "));
    std::string chosen;
    for (const std::string& name : offered) {
      if (chosen.empty() && (name == "mqtt" || name == "mqttv3.1")) chosen = name;
    }
    summary_.offers_mqtt = !chosen.empty();
    if (offered.empty()) {
      made.keep("subprotocols", offered).say(N_("no subprotocol"));
    } else {
      made.tell(N_("subprotocols {subprotocols}"), "subprotocols", offered);
    }
    answer_ = websocket_answer(request, chosen);
  }
  tell_(made);
  if (!is_websocket) {
    client_.at = stage::silent;
    client_.head.release(0);
    is_told_ = true;
    return;
  }
  client_.at = stage::frames;
  client_.frames = std::make_unique<websocket_reader>(websocket_sender::client);
  byte_buffer rest = std::exchange(client_.head, byte_buffer());
  rest.consume(size);
  read_frames(client_, side::client, rest.view());
}

void conversation::broker_sent(bytes_view bytes) {
  if (bytes.empty()) return;
  const bool is_first = summary_.from_broker == 0;
  if (!summary_.joined_late && summary_.missed == 0) note_answer(bytes);
  summary_.from_broker += static_cast<std::int64_t>(bytes.size());
  if (tls_ == nullptr) return take_broker(bytes);
  const auto first = std::to_integer<unsigned>(bytes[0]);
  if (is_first && first == handshake_record) summary_.tls_answered = true;
  if (is_first && first != handshake_record && first != alert_record)
    tell_(other_event(side::broker, bytes));
  tls_->sent(side::broker, bytes);  // passes over bytes that are not TLS
}

/// Notes the protocol of the broker's first bytes, whatever the client speaks.
void conversation::note_answer(bytes_view bytes) {
  constexpr std::size_t most_line = 60;
  if (first_answer_.size() >= most_line) return;
  first_answer_.append(as_text(bytes).substr(0, most_line - first_answer_.size()));
  const std::string_view text = first_answer_;
  summary_.answers = identify(text);
  summary_.answer_text = shown(text.substr(0, text.find_first_of("\r\n")));
}

void conversation::take_broker(bytes_view bytes) {
  if (broker_.at == stage::start) {
    switch (summary_.speaks) {
      case spoken::mqtt:
        broker_.at = stage::packets;
        break;
      case spoken::http:
      case spoken::websocket:
        broker_.at = stage::http;
        break;
      default:
        broker_.at = stage::silent;
        tell_(other_event(side::broker, bytes));
    }
  }
  switch (broker_.at) {
    case stage::http:
      return read_broker_head(bytes);
    case stage::frames:
      return read_frames(broker_, side::broker, bytes);
    case stage::packets:
      return read_packets(broker_, side::broker, bytes);
    case stage::unsynchronised:
      return synchronise(broker_, side::broker, bytes);
    default:
      return;
  }
}

void conversation::read_broker_head(bytes_view bytes) {
  std::size_t consumed = 0;
  const auto status = answer_head_.feed(bytes, consumed);
  if (status == http_response_head::status::more) return;
  broker_.at = stage::silent;
  if (status == http_response_head::status::failed) {
    tell_(other_event(side::broker, as_bytes(answer_head_.opening())));
    return;
  }
  summary_.http_status = answer_head_.status_code();
  event made(event_kind::answer, side::broker, "");
  made.keep("status", std::int64_t{summary_.http_status});
  made.tell(N_("{line}"), "line", answer_head_.status_line());
  tell_(made);
  if (summary_.speaks != spoken::websocket || summary_.http_status != 101) return;
  const auto accept = answer_head_.header("Sec-WebSocket-Accept");
  summary_.has_wrong_accept = !summary_.wanted_accept.empty() && accept != summary_.wanted_accept;
  summary_.chosen_subprotocol = shown(answer_head_.header("Sec-WebSocket-Protocol").value_or(""));
  broker_.at = stage::frames;
  broker_.frames = std::make_unique<websocket_reader>(websocket_sender::server);
  read_frames(broker_, side::broker, bytes.subspan(consumed));
}

void conversation::read_frames(direction& of, side from, bytes_view bytes) {
  if (bytes.empty()) return;
  byte_buffer copy;  // the decoder unmasks in place, and the caller owns the bytes
  copy.append(bytes);
  const bool was_closed = of.frames->is_closed();
  const std::size_t size = of.frames->feed({copy.data(), copy.size()});
  note_ping(of, from, bytes);
  read_packets(of, from, copy.view().first(size));
  if (of.at == stage::silent) return;
  if (of.frames->error()) return give_up(of, from, "WebSocket", of.frames->error_words());
  if (of.frames->is_closed() && !was_closed) {
    if (from == side::broker) summary_.web_close = of.frames->close_code();
    if (from == side::client) {
      summary_.client_web_close = of.frames->close_code();
      summary_.client_web_reason = shown(of.frames->close_reason());
    }
    event made(event_kind::websocket_close, from, "WebSocket Close");
    made.tell(N_("code {close_code}"), "close_code", std::int64_t{of.frames->close_code()});
    if (!of.frames->close_reason().empty())
      made.tell(N_("reason {close_reason}"), "close_reason", of.frames->close_reason());
    tell_(made);
  }
}

/// Whether the client answers the broker's Ping frames (RFC 6455 §5.5.2). Its bytes are masked:
/// what may be the head of a Pong counts as one.
void conversation::note_ping(direction& of, side from, bytes_view bytes) {
  constexpr std::byte pong_head{0x8A};
  if (from == side::broker) {
    if (of.frames->take_ping()) summary_.owes_pong = true;
  } else if (std::find(bytes.begin(), bytes.end(), pong_head) != bytes.end()) {
    summary_.owes_pong = false;
  }
}

void conversation::read_packets(direction& of, side from, bytes_view bytes) {
  const packet_reader::taker take = [&](const frame& packet, std::size_t whole) {
    return take_packet(packet, whole, from);
  };
  if (of.at == stage::silent || of.packets.feed(bytes, take)) return;
  // Mistakes found by take_packet() are already reported.
  if (of.at != stage::silent)
    give_up(of, from, "", rule_broken_by_header(of.packets.refused(), version_));
}

bool conversation::take_packet(const frame& packet, std::size_t whole, side from) {
  direction& of = from == side::client ? client_ : broker_;
  if (!is_version_sure_ && summary_.joined_late && whole == packet.size) become_sure(packet, from);
  if (from == side::client && !summary_.has_connect && !summary_.joined_late) {
    if (packet.type != packet_type::connect) {
      const bool is_brokers =
          packet.type == packet_type::connack || packet.type == packet_type::pingresp ||
          packet.type == packet_type::suback || packet.type == packet_type::unsuback;
      give_up(of, from, to_string(packet.type),
              is_brokers ? N_("the first packet is not CONNECT but one that brokers alone send")
                         : N_("the first packet is not CONNECT"));
      return false;
    }
    if (whole == packet.size) return take_connect(packet);
    take_cut_connect(packet);
  }
  std::error_code error;
  std::optional<event> made;
  if (packet.type == packet_type::connect && whole == packet.size) {
    byte_buffer room;
    const heard_connect again = read_connect(packet, room);
    error = again.error;
    if (!error) made = connect_event(again, style_);
    // CONNECT must come first [MQTT-3.1.0-1], and only once [MQTT-3.1.0-2].
    if (from == side::client && summary_.broken_rule.empty() && !error) {
      summary_.broken_rule = N_("a second CONNECT on one connection");
      summary_.broken_packet = "CONNECT";
    }
  } else {
    made = packet_event(packet, whole, version_, from, style_, error);
  }
  if (!made) {
    const bool is_whole = whole == packet.size;
    if (is_whole && from == side::client && summary_.broken_rule.empty())
      summary_.broken_text = shown(wildcard_topic_in(packet));
    give_up(of, from, to_string(packet.type),
            is_whole ? rule_broken_by(packet, version_, error) : error.message());
    return false;
  }
  tell_(*made);
  if (whole == packet.size || packet.type == packet_type::publish) note_packet(packet, from);
  if (hear_) hear_({packet, whole, from, version_});
  return true;
}

/// Takes the beginning of a CONNECT: level, flags and keep alive may be there, the rest was lost.
void conversation::take_cut_connect(const frame& packet) {
  summary_.has_connect = summary_.is_connect_cut = true;
  summary_.is_login_known = false;
  is_told_ = true;
  byte_buffer room;
  const int level = read_connect(packet, room).level & 0x7F;
  if (level >= 3 && level <= 5) {
    version_ = static_cast<protocol_version>(level);
    summary_.version = to_string(version_);
    summary_.is_v3_1 = version_ == protocol_version::v3_1;
    summary_.is_v5 = version_ == protocol_version::v5;
  }
  is_version_sure_ = true;
  const bytes_view body = packet.body;
  const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(body[i]); };
  if (body.size() < 2) return;
  const std::size_t flags = 2 + (std::size_t{at(0)} << 8 | at(1)) + 1;  // behind name and level
  if (flags >= body.size()) return;
  constexpr unsigned user = 0x80, clean = 0x02;
  summary_.is_login_known = true;
  summary_.has_user = (at(flags) & user) != 0;
  summary_.clean_start = (at(flags) & clean) != 0;
  if (flags + 2 < body.size())
    summary_.keep_alive_s = static_cast<int>(at(flags + 1) << 8 | at(flags + 2));
}

bool conversation::take_connect(const frame& packet) {
  byte_buffer room;
  const heard_connect asked_connect = read_connect(packet, room);
  if (asked_connect.error) {
    const bool is_known = asked_connect.level >= 3 && asked_connect.level <= 5;
    const bool is_level =
        asked_connect.error == errc::protocol_error && !is_known && asked_connect.level >= 0;
    if (is_level) summary_.unknown_level = asked_connect.level;
    // What stands before the mistake was read: it is not to be told of another client.
    summary_.client_id = shown(asked_connect.packet.client_id);
    summary_.broken_text = shown(wildcard_topic_in(packet));
    give_up(client_, side::client, "CONNECT",
            is_level ? N_("unknown protocol level")
                     : rule_broken_by(packet, version_, asked_connect.error));
    return false;
  }
  const connect_packet& connect = asked_connect.packet;
  version_ = connect.version;
  is_version_sure_ = true;
  summary_.has_connect = true;
  summary_.version = to_string(version_);
  summary_.is_v3_1 = version_ == protocol_version::v3_1;
  summary_.is_v5 = version_ == protocol_version::v5;
  summary_.client_id = shown(connect.client_id);
  summary_.clean_start = connect.clean_start;
  summary_.keep_alive_s = connect.keep_alive;
  summary_.has_user = connect.user_name.has_value();
  summary_.user_name = shown_without_secrets(connect.user_name.value_or(""));
  tell_(connect_event(asked_connect, style_));
  is_told_ = true;
  if (hear_) hear_({packet, packet.size, side::client, version_});
  return true;
}

void conversation::note_packet(const frame& packet, side from) {
  summary_.said_more = summary_.said_more || from == side::client;
  switch (packet.type) {
    case packet_type::publish:
      ++(from == side::client ? summary_.published : summary_.received);
      return;
    case packet_type::connack: {
      connack_packet read;
      if (decode(packet, version_, read)) return;
      summary_.connack = read.reason;
      summary_.connack_meaning = connack_meaning(read.reason, version_);
      return;
    }
    case packet_type::suback: {
      suback_packet read;
      if (decode(packet, version_, read)) return;
      for (const std::byte code : read.codes) {
        ++(is_failure(std::to_integer<std::uint8_t>(code)) ? summary_.subscriptions_refused
                                                           : summary_.subscribed);
      }
      return;
    }
    case packet_type::auth:
      summary_.awaits_auth = from == side::broker;
      return;
    case packet_type::disconnect: {
      reason_packet read;
      if (from == side::client) summary_.said_goodbye = true;
      if (from == side::client || decode(packet, version_, read)) return;
      summary_.disconnect_code = read.reason;
      summary_.disconnect_meaning = reason_name(read.reason, packet_type::disconnect);
      return;
    }
    default:
      return;
  }
}

void conversation::give_up(direction& of, side from, std::string_view packet,
                           const std::string& why) {
  of.at = stage::silent;
  of.head.release(0);
  is_told_ = true;
  // Bytes that were lost may be why the rest looks wrong.
  const bool is_whole = !summary_.joined_late && summary_.missed == 0;
  if (from == side::client && summary_.broken_rule.empty() && is_whole) {
    summary_.broken_rule = why;
    summary_.broken_packet = packet;
  }
  if (from == side::broker && is_whole) {
    // A CONNACK with a mistake is a broker's all the same.
    if (!summary_.connack && packet != "CONNACK") {
      summary_.is_no_mqtt = true;
    } else if (summary_.brokers_broken_rule.empty()) {
      summary_.brokers_broken_rule = why;
      summary_.brokers_broken_packet = packet;
    }
  }
  event made(event_kind::not_mqtt, from, "");
  made.keep("packet", packet).keep("why", why);
  made.say(packet.empty() ? words(N_("not MQTT from here on: {what}"), {{"what", why}})
                          : words(N_("not MQTT from here on: {packet}: {what}"),
                                  {{"packet", std::string(packet)}, {"what", why}}));
  tell_(made);
}

void conversation::note_cut() {
  const bool is_inside = client_.at == stage::packets || client_.at == stage::frames;
  summary_.is_cut_off = is_inside && client_.packets.held() != 0 && summary_.missed == 0;
  if (!summary_.is_cut_off) return;
  summary_.cut_held = client_.packets.held();
  summary_.cut_wanted = client_.packets.wanted();
}

void conversation::client_ended() {
  if (tls_ != nullptr) tls_->ended();
  note_cut();
  if (summary_.is_cut_off) {
    event made(event_kind::cut_off, side::client, "");
    made.keep("held", static_cast<std::int64_t>(client_.packets.held()));
    made.keep("wanted", static_cast<std::int64_t>(client_.packets.wanted()));
    made.say(words(N_("ends inside a packet: {held} of {wanted} bytes came"),
                   {{"held", std::to_string(client_.packets.held())},
                    {"wanted", std::to_string(client_.packets.wanted())}}));
    tell_(made);
  }
  const bool is_open = client_.at == stage::start || client_.at == stage::http;
  if (is_open && !client_.head.empty()) begin_other(spoken::undecided);
}

std::string conversation::take_answer() { return std::exchange(answer_, std::string()); }

}  // namespace mqttkit::doctor
