#include "mqtt-doctor/capture/captured_stream.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

stream_step step_of(const tcp_step& done) {
  stream_step made;
  made.packet = done.by.number;
  made.when = shown_time(done.by.time);
  made.from = done.from;
  switch (done.kind) {
    case tcp_step_kind::syn:
      made.what = "SYN";
      break;
    case tcp_step_kind::syn_ack:
      made.what = "SYN-ACK";
      break;
    case tcp_step_kind::again:
      made.what = "TCP";
      made.detail = say(N_("sent again"));
      made.is_bad = true;
      break;
    case tcp_step_kind::fin:
      made.what = "FIN";
      made.is_fin = true;
      break;
    case tcp_step_kind::rst:
      made.what = "RST";
      made.is_bad = true;
      break;
    case tcp_step_kind::shut:
      made.what = "TCP";
      made.detail = say(N_("takes nothing at the moment (window 0)"));
      made.is_bad = true;
      break;
    case tcp_step_kind::icmp:
      made.what = "ICMP";
      made.is_bad = true;
      break;
  }
  return made;
}

void take_connect(const stream_fact& story, contact& out) {
  connect_fact& connect = out.connect;
  connect.retransmits = std::max(0, story.attempts - 1);
  switch (story.ending.value()) {
    case stream_ending::unanswered:
    case stream_ending::half_open:
      connect.outcome = connect_outcome::silent;
      connect.ms = story.waited_s * 1000;
      return;
    case stream_ending::refused:
      connect.outcome = connect_outcome::refused;
      connect.error = "ECONNREFUSED";
      return;
    case stream_ending::unreachable: {
      connect.outcome = connect_outcome::host_unreachable;
      connect.error = "EHOSTUNREACH";
      const stream_icmp_fact& from = story.icmp.front();
      icmp_fact& icmp = connect.icmp.emplace();
      icmp.type = from.type;
      icmp.code = from.code;
      icmp.from = from.from;
      icmp.is_v6 = from.is_v6;
      icmp.from_target = from.from == story.broker.address;
      return;
    }
    case stream_ending::cut_short:
      return;
    default:
      connect.outcome = connect_outcome::connected;
  }
  out.retransmits = static_cast<int>(std::min<std::int64_t>(story.client.again, 1 << 20));
  out.sent_bytes = story.client.bytes;
  out.received_bytes = story.broker.bytes;
  switch (story.ending.value()) {
    case stream_ending::closed_by_broker:
      out.end = connection_end::closed;
      break;
    case stream_ending::reset_by_broker:
    case stream_ending::reset_on_the_way:
      out.end = connection_end::reset;
      break;
    default:
      out.end = connection_end::open;
  }
  out.end_ms = story.seconds * 1000;
  out.sent_first = story.client.bytes != 0;
}

void take_heard(const connection_summary& heard, const stream_fact& story, asked_facts& asked,
                endpoint_facts& at, contact& out) {
  const bool is_web = heard.speaks == spoken::websocket;
  const bool is_tls = heard.speaks == spoken::tls || heard.is_read_inside;
  at.scheme = scheme_with(is_tls, is_web);
  asked.client_id = heard.client_id;
  asked.has_user = heard.has_user;
  asked.user_name = heard.user_name;
  if (is_tls) {
    tls_fact& tls = out.tls.emplace();
    tls.server_name = heard.hello.server_name;
    tls.saw_server_hello = heard.tls_answered;
    tls.alert = heard.broker_alert;
    if (!heard.tls_version.empty())
      tls.protocol = fact_word<tls_version>(
          "TLSv" + (heard.tls_version == "1.0" ? std::string("1") : heard.tls_version));
    tls.cipher = heard.tls_cipher;
    const bool is_ended = heard.client_alert > 0 || heard.broker_alert > 0;
    tls.is_done = heard.tls_answered && !is_ended && story.broker.bytes > 0;
    if (!tls.is_done) tls.end = out.end;
  }
  if (is_web) {
    websocket_fact& web = out.websocket.emplace();
    web.path = at.path = heard.http_target;
    web.status = heard.http_status;
    web.is_done = heard.http_status == 101;
    if (!web.is_done) web.end = out.end;
  }
  if (!heard.has_connect) return;
  mqtt_fact& mqtt = out.mqtt.emplace();
  mqtt.version = fact_word<mqtt_version>(std::string_view(heard.version));
  asked.version = mqtt.version;
  mqtt.sent_user = heard.has_user;
  if (heard.connack) {
    mqtt.answer = mqtt_answer::connack;
    mqtt.reason = *heard.connack;
    mqtt.meaning = connack_reason(*heard.connack,
                                  heard.is_v5 ? protocol_version::v5 : protocol_version::v3_1_1);
  } else {
    mqtt.answer = heard.broker_closed ? mqtt_answer::closed : mqtt_answer::silent;
  }
}

}  // namespace

system_time shown_time(capture_time from) {
  return std::chrono::time_point_cast<std::chrono::system_clock::duration>(from);
}

stream_step_fact fact_of(stream_step line, system_time began) {
  stream_step_fact made;
  made.in = static_cast<std::int64_t>(line.packet);
  made.at_s = std::chrono::duration<double>(line.when - began).count();
  made.from_client = line.from == side::client;
  made.what = std::move(line.what);
  made.detail = std::move(line.detail);
  made.is_bad = line.is_bad;
  return made;
}

std::optional<stream_step> step_of(const event& what, const event_place& where) {
  const event_kind kind = what.kind();
  if (kind == event_kind::connected || kind == event_kind::closed || kind == event_kind::verdict)
    return {};
  stream_step made;
  made.packet = where.packet;
  made.when = where.when;
  made.from = what.from();
  made.what = what.label();
  constexpr std::size_t most_parts = 4;  // more would not tell packets apart better
  for (std::size_t i = 0; i < what.parts().size() && i < most_parts; ++i)
    made.detail += (i == 0 ? "" : say(N_(", "))) + say(what.parts()[i]);
  bool is_of_sensor = false;  // MQTT-SN's return codes are all refusals
  for (const event_field& field : what.fields()) {
    if (field.name == protocol_field) is_of_sensor = true;
    const auto* const code = std::get_if<std::int64_t>(&field.value);
    if (field.name == reason_code_field && code != nullptr && *code != 0)
      made.is_bad = is_of_sensor || what.label() == "CONNACK" || *code >= 0x80;
    if (field.name == unasked_field) made.is_bad = true;
  }
  made.is_bad = made.is_bad || kind == event_kind::tls_alert || kind == event_kind::not_mqtt ||
                kind == event_kind::cut_off || kind == event_kind::icmp;
  return made;
}

std::vector<stream_step_fact> ladder_of(const tcp_stream& stream, std::vector<stream_step> heard,
                                        const stream_fact& story, std::size_t most) {
  std::vector<stream_step_fact> out;
  std::vector<stream_step> all;
  for (const tcp_step& done : stream.steps()) {
    all.push_back(step_of(done));
    all.back().place = all.back().packet;
  }
  // A message that overtook another is listed behind it, at the place where it was understood.
  std::array<std::uint64_t, 2> heard_to{};
  for (stream_step& line : heard) {
    std::uint64_t& last = heard_to[line.from == side::client ? 0 : 1];
    line.place = last = std::max(last, line.packet);
    all.push_back(std::move(line));
  }
  std::stable_sort(all.begin(), all.end(), [](const stream_step& line, const stream_step& other) {
    return std::pair(line.place, line.is_fin) < std::pair(other.place, other.is_fin);
  });
  keep_ends(all, most);
  for (stream_step& line : all) {
    stream_step_fact fact = fact_of(std::move(line), shown_time(stream.first().time));
    const auto& ended = story.ended_in;
    const bool is_failure = story.ending != stream_ending::open &&
                            story.ending != stream_ending::closed_by_client &&
                            story.ending != stream_ending::cut_short;
    fact.is_bad = fact.is_bad ||
                  (is_failure && std::find(ended.begin(), ended.end(), fact.in) != ended.end());
    out.push_back(std::move(fact));
  }
  return out;
}

spoken_protocol spoken_by(const connection_summary* heard) {
  if (heard == nullptr) return spoken_protocol::none;
  switch (heard->speaks) {
    case spoken::mqtt:
      return spoken_protocol::mqtt;
    case spoken::tls:
      return spoken_protocol::tls;
    case spoken::http:
      return spoken_protocol::http;
    case spoken::websocket:
      return spoken_protocol::websocket;
    case spoken::other:
      return spoken_protocol::other;
    case spoken::nothing:
    case spoken::undecided:
      break;
  }
  return spoken_protocol::none;
}

bool is_mqtt(const connection_summary& heard) {
  if (heard.has_connect || heard.speaks == spoken::mqtt) return true;
  return heard.speaks == spoken::websocket && (heard.offers_mqtt || heard.joined_late);
}
bool is_mqtt_tls(const connection_summary& heard) {
  const auto& alpn = heard.hello.alpn;
  const bool says_so = std::any_of(alpn.begin(), alpn.end(), [](const std::string& text) {
    return text.find("mqtt") != std::string::npos;
  });
  return says_so || has_tls(expected_scheme(heard.port)) ? heard.port != 443 || says_so : false;
}

contact contact_of(const kept_stream& stream, asked_facts& asked, endpoint_facts& at) {
  contact made;
  made.purpose = contact_purpose::client;
  made.address = stream.story.broker.address;
  made.port = stream.story.broker.port;
  take_connect(stream.story, made);
  if (stream.heard) take_heard(*stream.heard, stream.story, asked, at, made);
  return made;
}

bool is_let_in(const kept_stream& stream) {
  return stream.heard && stream.heard->connack && *stream.heard->connack == 0;
}

namespace {

bool is_ended_by_broker(const kept_stream& stream) {
  return stream.story.ending == stream_ending::closed_by_broker ||
         stream.story.ending == stream_ending::reset_by_broker;
}

}  // namespace

void relate_ends(std::deque<kept_stream>& streams) {
  using namespace std::chrono_literals;
  constexpr auto at_once = 1s, replaced_within = 5s;
  constexpr std::size_t most_looked_at = 64;
  std::vector<kept_stream*> ended;
  std::map<std::string, std::vector<kept_stream*>> by_id;
  for (kept_stream& stream : streams) {
    stream.story.was_let_in = is_let_in(stream);
    stream.story.said_goodbye = stream.heard && stream.heard->said_goodbye;
    if (!stream.story.client_id.empty()) by_id[stream.story.client_id].push_back(&stream);
    if (is_ended_by_broker(stream)) ended.push_back(&stream);
  }
  for (const auto& [id, all] : by_id) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!is_ended_by_broker(*all[i])) continue;
      for (std::size_t k = i + 1; k < std::min(all.size(), i + most_looked_at); ++k) {
        const auto before = all[i]->last.time - all[k]->first.time;
        if (before >= 0s && before < replaced_within) all[i]->story.was_replaced = true;
      }
    }
  }
  std::stable_sort(ended.begin(), ended.end(), [](const kept_stream* of, const kept_stream* other) {
    return of->last.time < other->last.time;
  });
  for (std::size_t i = 0; i < ended.size(); ++i) {
    for (std::size_t k = i + 1; k < std::min(ended.size(), i + most_looked_at); ++k) {
      stream_fact &one = ended[i]->story, &other = ended[k]->story;
      if (ended[k]->last.time - ended[i]->last.time >= at_once) break;
      const bool is_same_client = !one.client_id.empty() && one.client_id == other.client_id;
      if (is_same_client || one.broker.address != other.broker.address ||
          one.broker.port != other.broker.port)
        continue;
      ++one.ended_with;
      ++other.ended_with;
    }
  }
}

}  // namespace mqttkit::doctor
