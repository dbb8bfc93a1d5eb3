#include "mqtt-doctor/capture/sensor_ear.hpp"

#include <algorithm>
#include <ctime>
#include <type_traits>
#include <variant>

#include "common/printable.hpp"
#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "mqttkit/base/bytes.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/sn/codec.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::uint8_t udp_protocol = 17;
constexpr std::size_t udp_header = 8;
constexpr std::size_t shown_name = 80;
// A gateway that has to reach its broker first may take some seconds to answer CONNECT.
constexpr double answer_limit_s = 5;

std::string shown(std::string_view text) { return tools::printable(text, shown_name); }

std::string rfc3339(capture_time when) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  const std::time_t plain = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(seconds));
  std::tm parts{};
  char text[32] = "";
  if (::gmtime_r(&plain, &parts) != nullptr)
    (void)std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::uint16_t number_at(bytes_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[at]) << 8 |
                                    std::to_integer<unsigned>(bytes[at + 1]));
}

/// What a gateway alone sends.
bool is_of_gateway_alone(sn::message_type type) {
  using kind = sn::message_type;
  return type == kind::connack || type == kind::gwinfo || type == kind::advertise ||
         type == kind::suback || type == kind::unsuback || type == kind::willtopicreq ||
         type == kind::willmsgreq;
}

std::string qos_text(sn::qos_level qos) { return "QoS " + std::to_string(static_cast<int>(qos)); }

}  // namespace

sensor_ear::conversation* sensor_ear::of(const pair& ends, capture_time when) {
  const auto found = conversations_.find(ends);
  if (found != conversations_.end()) return &found->second;
  if (conversations_.size() == most_clients) {
    ++left_out_;
    return nullptr;
  }
  conversation& made = conversations_[ends];
  made.first = when;
  order_.push_back(ends);
  return &made;
}

void sensor_ear::take(const captured_packet& packet) {
  bytes_view bytes;
  std::size_t original = 0;
  ip_packet ip;
  if (!read_link(packet, bytes, original) || !read_ip(bytes, original, ip)) return;
  if (ip.protocol != udp_protocol || ip.is_fragment || ip.payload.size() < udp_header) return;
  const wire_endpoint from{ip.source, number_at(ip.payload, 0)};
  const wire_endpoint to{ip.destination, number_at(ip.payload, 2)};
  const std::size_t length = number_at(ip.payload, 4);
  // Cut ones are not read: a datagram is one message, and half of one may look like another.
  if (length < udp_header || length > ip.payload.size()) return;
  const bytes_view datagram = ip.payload.subspan(udp_header, length - udp_header);
  sn::message any;
  if (sn::decode(datagram, any)) return;
  const auto* const hello = std::get_if<sn::connect_message>(&any);
  const bool is_hello = hello != nullptr && hello->protocol == sn::protocol_id &&
                        !hello->client_id.empty() &&
                        hello->client_id.size() <= sn::max_client_id_bytes;
  if (is_hello && gateways_.size() < most_clients) gateways_.insert(to);
  const auto is_gateway = [this](const wire_endpoint& end) {
    return end.port == sn::default_port || gateways_.contains(end);
  };
  const bool is_answer = is_gateway(from) && (!is_gateway(to) || is_of_gateway_alone(type_of(any)));
  if (!is_answer && !is_gateway(to)) return;
  conversation* const in = of(is_answer ? pair{to, from} : pair{from, to}, packet.time);
  if (in != nullptr) note(*in, packet, any, !is_answer);
}

void sensor_ear::note(conversation& in, const captured_packet& packet, const sn::message& any,
                      bool from_client) {
  in.last = packet.time;
  ++(from_client ? in.from_client : in.from_gateway);
  line made;
  made.packet = packet.number;
  made.when = packet.time;
  made.from_client = from_client;
  made.what = std::string(to_string(type_of(any)));
  const sn::message_type message_kind = type_of(any);
  const bool is_search = message_kind == sn::message_type::searchgw ||
                         message_kind == sn::message_type::gwinfo ||
                         message_kind == sn::message_type::advertise;
  in.only_searches = in.only_searches && is_search;
  gateway_fact& gateway = in.gateway;
  const auto name_of = [&in](sn::topic_id_type type, std::uint16_t id) {
    if (type == sn::topic_id_type::short_name) return shown(sn::short_topic_name(id).view());
    const auto known = in.topics.find(id);
    return known != in.topics.end() && type == sn::topic_id_type::normal
               ? known->second
               : "id " + std::to_string(id);
  };
  const auto learn = [&in](std::uint16_t id, const std::string& topic) {
    if (in.topics.size() < most_topics && !topic.empty()) in.topics[id] = topic;
  };
  const auto code = [&made](sn::return_code said) {
    made.is_bad = said != sn::return_code::accepted;
    return std::string(to_string(said));
  };
  std::visit(
      [&](const auto& read) {
        using kind = std::decay_t<decltype(read)>;
        if constexpr (std::is_same_v<kind, sn::connect_message>) {
          made.detail = shown(read.client_id) + ", " + std::to_string(read.duration) + " s";
          // Asked again without an answer, it is still the first that waits for one.
          if (!gateway.answer.empty() || gateway.sent == 0) {
            in.asked = packet.time;
            gateway.sent = 0;
          }
          // A new connection: what the one before came to is the ladder's.
          gateway.answer = gateway_answer::none;
          gateway.code = -1;
          gateway.ended_ms = -1;
          gateway.client_id = shown(read.client_id);
          gateway.is_users_id = true;
          ++gateway.sent;
          in.keep_alive_s = read.duration;
          in.is_leaving = false;
        } else if constexpr (std::is_same_v<kind, sn::connack_message>) {
          made.detail = code(read.code);
          gateway.answer = gateway_answer::connack;
          gateway.code = static_cast<int>(read.code);
          gateway.ms = std::chrono::duration<double, std::milli>(packet.time - in.asked).count();
        } else if constexpr (std::is_same_v<kind, sn::register_message>) {
          made.detail = shown(read.topic);
          if (from_client) {
            if (in.asked_topics.size() < most_topics)
              in.asked_topics[read.message_id] = shown(read.topic);
          } else {
            learn(read.topic_id, shown(read.topic));
          }
        } else if constexpr (std::is_same_v<kind, sn::regack_message> ||
                             std::is_same_v<kind, sn::suback_message>) {
          made.detail = code(read.code);
          const auto asked = in.asked_topics.extract(read.message_id);
          if (!asked.empty() && read.code == sn::return_code::accepted)
            learn(read.topic_id, asked.mapped());
          if (read.topic_id != 0) made.detail += ", id " + std::to_string(read.topic_id);
          if (!from_client && made.is_bad && gateway.trips.size() < most_topics) {
            gateway_trip_fact& trip = gateway.trips.emplace_back();
            trip.way = trip_way::round;
            trip.is_users_topic = true;
            trip.topic = asked.empty() ? "" : asked.mapped();
            (std::is_same_v<kind, sn::suback_message> ? trip.suback : trip.regack) =
                static_cast<int>(read.code);
          }
        } else if constexpr (std::is_same_v<kind, sn::subscribe_message>) {
          const std::string filter = read.type == sn::topic_id_type::normal
                                         ? shown(read.filter)
                                         : name_of(read.type, read.topic_id);
          made.detail = filter + ", " + qos_text(read.qos);
          if (in.asked_topics.size() < most_topics) in.asked_topics[read.message_id] = filter;
        } else if constexpr (std::is_same_v<kind, sn::publish_message>) {
          made.detail = name_of(read.type, read.topic_id) + ", " + qos_text(read.qos) + ", " +
                        std::to_string(read.payload.size()) + " B";
          if (read.qos == sn::qos_level::without_connection) ++in.without_connection;
        } else if constexpr (std::is_same_v<kind, sn::puback_message>) {
          made.detail = code(read.code);
          if (!from_client && made.is_bad && gateway.trips.size() < most_topics) {
            gateway_trip_fact& trip = gateway.trips.emplace_back();
            trip.way = trip_way::round;
            trip.is_users_topic = trip.published = true;
            trip.topic = name_of(sn::topic_id_type::normal, read.topic_id);
            trip.puback = static_cast<int>(read.code);
          }
        } else if constexpr (std::is_same_v<kind, sn::disconnect_message>) {
          if (read.duration) made.detail = std::to_string(*read.duration) + " s";
          if (from_client) {
            in.is_leaving = true;
          } else if (!in.is_leaving && gateway.answer == gateway_answer::connack) {
            made.is_bad = true;
            gateway.ended_ms =
                std::chrono::duration<double, std::milli>(packet.time - in.asked).count();
          } else if (!in.is_leaving && gateway.sent > 0) {
            made.is_bad = true;
            gateway.answer = gateway_answer::disconnect;
          }
        } else if constexpr (std::is_same_v<kind, sn::gwinfo_message>) {
          made.detail = std::to_string(read.gateway_id);
        } else if constexpr (std::is_same_v<kind, sn::pingreq_message>) {
          made.detail = shown(read.client_id);
        }
      },
      any);
  in.lines.push_back(std::move(made));
  // The first and the last ones tell how it began, and how it ended.
  if (in.lines.size() > recording::most_steps)
    in.lines.erase(in.lines.begin() + recording::most_steps / 2);
}

captured_client sensor_ear::client_of(const pair& ends, const conversation& from,
                                      const std::string& file, const capture_facts& about,
                                      capture_time last) {
  const auto& [client, gateway] = ends;
  facts known;
  known.started = rfc3339(from.first);
  capture_facts& capture = known.capture.emplace(about);
  capture.connections = 1;
  stream_fact& stream = capture.streams.emplace_back();
  stream.client.address = to_string(client.address);
  stream.client.port = client.port;
  stream.client.packets = static_cast<std::int64_t>(from.from_client);
  stream.broker.address = to_string(gateway.address);
  stream.broker.port = gateway.port;
  stream.broker.packets = static_cast<std::int64_t>(from.from_gateway);
  stream.began = known.started;
  stream.seconds = std::chrono::duration<double>(from.last - from.first).count();
  stream.client_id = from.gateway.client_id;
  stream.keep_alive_s = from.keep_alive_s;
  stream.is_late = from.gateway.sent == 0 && from.without_connection == 0 && !from.only_searches;
  stream.speaks = "mqtt-sn";
  for (const line& each : from.lines) {
    stream_step_fact& step = stream.steps.emplace_back();
    step.in = static_cast<std::int64_t>(each.packet);
    step.at_s = std::chrono::duration<double>(each.when - from.first).count();
    step.from_client = each.from_client;
    step.what = each.what;
    step.detail = each.detail;
    step.is_bad = each.is_bad;
  }
  known.asked.host = stream.broker.address;
  known.asked.port = gateway.port;
  known.asked.scheme = scheme::mqtt_sn;
  known.asked.typed = "mqtt-sn://" + to_string(gateway);
  known.asked.client_id = from.gateway.client_id;
  known.name.is_literal = true;
  known.name.canonical = known.asked.host;
  known.name.addresses = {known.asked.host};
  known.name.lookup = lookup_outcome::ok;
  endpoint_facts at;
  at.scheme = scheme::mqtt_sn;
  at.port = gateway.port;
  gateway_fact& fact = at.gateway.emplace(from.gateway);
  fact.address = stream.broker.address;
  fact.port = gateway.port;
  const double waited = std::chrono::duration<double>(last - from.asked).count();
  const bool is_silent = fact.answer.empty() && fact.sent > 0 && waited >= answer_limit_s;
  if (is_silent) {
    fact.answer = gateway_answer::silent;
    fact.ms = waited * 1000;
  }
  std::string name = fact.client_id.empty()
                         ? to_string(client)
                         : fact.client_id + " (" + to_string(client.address) + ")";
  const bool is_judged = !fact.answer.empty();
  known.endpoints.push_back(std::move(at));
  sentence summary;
  if (is_judged) {
    summary = words(N_("The gateway took the client."));
  } else if (from.only_searches) {
    summary = words(N_("It searched for a gateway, and did not connect."));
  } else if (from.without_connection > 0) {
    summary = words(N_("It sent {count} messages without a connection (QoS -1): nobody answers "
                       "those."),
                    {{"count", std::to_string(from.without_connection)}});
  }
  captured_client made{name, known.started, rfc3339(from.last), std::move(summary),
                       vantage(file + ": " + name, std::move(known))};
  if (!is_judged) {  // the capture ends before it is clear, or began too late
    diagnosis& open = made.from.made;
    open.causes.clear();
    open.warnings.clear();
    open.is_healthy = true;
    open.exit_code = 0;
  }
  return made;
}

std::vector<captured_client> sensor_ear::clients(const std::string& file,
                                                 const capture_facts& about,
                                                 capture_time last) const {
  std::vector<captured_client> made;
  for (const pair& ends : order_)
    made.push_back(client_of(ends, conversations_.at(ends), file, about, last));
  return made;
}

}  // namespace mqttkit::doctor
