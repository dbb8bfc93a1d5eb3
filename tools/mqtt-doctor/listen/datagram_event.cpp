#include "mqtt-doctor/listen/datagram_event.hpp"

#include <type_traits>
#include <variant>

#include "mqtt-doctor/causes/gateway_view.hpp"
#include "mqttkit/sn/codec.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t shown_address = 16;  // bytes of an IPv6 address

const char* word_of(sn::topic_id_type type) {
  switch (type) {
    case sn::topic_id_type::predefined:
      return "predefined";
    case sn::topic_id_type::short_name:
      return "short";
    case sn::topic_id_type::normal:
      break;
  }
  return "normal";
}

class datagram_event_writer {
 public:
  datagram_event_writer(event& into, const packet_style& style, const topic_lookup& topic_of)
      : made_(into), style_(style), topic_of_(topic_of) {}

  void operator()(const sn::advertise_message& advertise) const {
    gateway(advertise.gateway_id);
    made_.tell(N_("every {interval} s"), "interval", std::int64_t{advertise.duration});
  }
  void operator()(const sn::searchgw_message& searchgw) const {
    made_.tell(N_("radius {radius}"), "radius", std::int64_t{searchgw.radius});
  }
  void operator()(const sn::gwinfo_message& gwinfo) const {
    gateway(gwinfo.gateway_id);
    if (!gwinfo.address.empty())
      made_.tell(N_("another gateway's, at address {address}"), "address",
                 in_hex(gwinfo.address, shown_address));
  }
  void operator()(const sn::connect_message& connect) const {
    if (connect.client_id.empty()) {
      made_.keep("client_id", "").say(N_("no client identifier"));
    } else {
      made_.tell(N_("client identifier {client_id}"), "client_id", connect.client_id);
    }
    made_.tell(N_("keep alive {keep_alive} s"), "keep_alive", std::int64_t{connect.duration});
    made_.keep("clean_start", connect.clean_session);
    made_.say(connect.clean_session ? N_("clean start") : N_("session kept"));
    made_.tell_if(connect.will, N_("with a will"), "will");
  }
  void operator()(const sn::connack_message& connack) const { code(connack.code); }
  void operator()(const sn::willtopicreq_message&) const {}
  void operator()(const sn::willmsgreq_message&) const {}
  void operator()(const sn::pingresp_message&) const {}
  void operator()(const sn::willtopic_message& willtopic) const { will(willtopic); }
  void operator()(const sn::willtopicupd_message& willtopicupd) const { will(willtopicupd); }
  void operator()(const sn::willmsg_message& willmsg) const { will_payload(willmsg.payload); }
  void operator()(const sn::willmsgupd_message& update) const { will_payload(update.payload); }
  void operator()(const sn::willtopicresp_message& answer) const { code(answer.code); }
  void operator()(const sn::willmsgresp_message& answer) const { code(answer.code); }
  void operator()(const sn::register_message& asked) const {
    made_.tell(N_("topic {topic}"), "topic", asked.topic);
    if (asked.topic_id != 0) id(asked.topic_id);
    packet(asked.message_id);
  }
  void operator()(const sn::regack_message& answer) const {
    code(answer.code);
    if (answer.topic_id != 0) id(answer.topic_id);
    packet(answer.message_id);
  }
  void operator()(const sn::publish_message& publish) const {
    topic(publish.type, publish.topic_id);
    made_.tell(N_("QoS {qos}"), "qos", static_cast<std::int64_t>(publish.qos));
    made_.tell_if(publish.retain, N_("retained"), "retain");
    made_.tell_if(publish.dup, N_("sent again"), "dup");
    if (publish.message_id != 0) packet(publish.message_id);
    made_.tell(N_("{size} bytes"), "size", static_cast<std::int64_t>(publish.payload.size()));
    if (style_.shows_payload)
      made_.tell(N_("payload {payload}"), "payload", as_text(publish.payload));
  }
  void operator()(const sn::puback_message& puback) const {
    code(puback.code);
    if (puback.topic_id != 0) id(puback.topic_id);
    packet(puback.message_id);
  }
  void operator()(const sn::pubrec_message& pubrec) const { packet(pubrec.message_id); }
  void operator()(const sn::pubrel_message& pubrel) const { packet(pubrel.message_id); }
  void operator()(const sn::pubcomp_message& pubcomp) const { packet(pubcomp.message_id); }
  void operator()(const sn::subscribe_message& subscribe) const {
    filter(subscribe);
    made_.tell(N_("QoS {qos}"), "qos", static_cast<std::int64_t>(subscribe.qos));
    made_.tell_if(subscribe.dup, N_("sent again"), "dup");
    packet(subscribe.message_id);
  }
  void operator()(const sn::suback_message& suback) const {
    code(suback.code);
    if (suback.code == sn::return_code::accepted)
      made_.tell(N_("QoS {qos}"), "qos", static_cast<std::int64_t>(suback.qos));
    if (suback.topic_id != 0) id(suback.topic_id);
    packet(suback.message_id);
  }
  void operator()(const sn::unsubscribe_message& unsubscribe) const {
    filter(unsubscribe);
    packet(unsubscribe.message_id);
  }
  void operator()(const sn::unsuback_message& unsuback) const { packet(unsuback.message_id); }
  void operator()(const sn::pingreq_message& pingreq) const {
    if (!pingreq.client_id.empty())
      made_.tell(N_("client identifier {client_id}"), "client_id", pingreq.client_id);
  }
  void operator()(const sn::disconnect_message& disconnect) const {
    if (disconnect.duration)
      made_.tell(N_("sleeps for {duration} s"), "duration", std::int64_t{*disconnect.duration});
  }
  void operator()(const sn::encapsulated_message& outer) const {
    made_.tell(N_("radius {radius}"), "radius", std::int64_t{outer.radius});
    made_.tell(N_("node {node}"), "node", in_hex(outer.node, shown_address));
  }

 private:
  void gateway(std::uint8_t number) const {
    made_.tell(N_("gateway {gateway_id}"), "gateway_id", std::int64_t{number});
  }
  void id(std::uint16_t number) const {
    made_.tell(N_("topic id {topic_id}"), "topic_id", std::int64_t{number});
  }
  void packet(std::uint16_t number) const {
    made_.tell(N_("packet {packet_id}"), "packet_id", std::int64_t{number});
  }
  void code(sn::return_code given) const {
    const auto number = static_cast<std::int64_t>(given);
    const std::string meaning =
        number == 0 ? std::string("accepted") : std::string(code_words(static_cast<int>(number)));
    made_.keep(reason_code_field, number).keep("reason", meaning);
    if (number == 0) {
      made_.say(N_("accepted"));
    } else {
      made_.say(words(N_("refused: {meaning} ({number})"),
                      {{"meaning", meaning}, {"number", std::to_string(number)}}));
    }
  }
  void topic(sn::topic_id_type type, std::uint16_t number) const {
    made_.keep("topic_id_type", word_of(type));
    if (type == sn::topic_id_type::short_name) {
      made_.tell(N_("topic {topic}"), "topic", sn::short_topic_name(number).view());
      return;
    }
    const std::string known = topic_of_(type, number);
    if (!known.empty()) {
      made_.tell(N_("topic {topic}"), "topic", known).keep("topic_id", std::int64_t{number});
    } else if (type == sn::topic_id_type::predefined) {
      made_.tell(N_("predefined topic id {topic_id}"), "topic_id", std::int64_t{number});
    } else {
      id(number);
    }
  }
  void filter(const sn::subscription_fields& asked) const {
    if (asked.type != sn::topic_id_type::normal) return topic(asked.type, asked.topic_id);
    made_.keep("topic_id_type", word_of(asked.type));
    made_.say(words(N_("filter {topic}"), {{"topic", shown(asked.filter)}}));
    made_.keep("filters", std::vector<std::string>{std::string(asked.filter)});
  }
  void will(const sn::will_topic_fields& fields) const {
    if (fields.topic.empty()) {
      made_.keep("will_topic", "").say(N_("without a will from here on"));
      return;
    }
    made_.tell(N_("will to {will_topic}"), "will_topic", fields.topic);
    made_.tell(N_("will QoS {will_qos}"), "will_qos", static_cast<std::int64_t>(fields.qos));
    made_.tell_if(fields.retain, N_("will retained"), "will_retain");
  }
  void will_payload(bytes_view payload) const {
    made_.tell(N_("will of {will_size} bytes"), "will_size",
               static_cast<std::int64_t>(payload.size()));
    if (style_.shows_payload)
      made_.tell(N_("will payload {will_payload}"), "will_payload", as_text(payload));
  }

  event& made_;
  const packet_style& style_;
  const topic_lookup& topic_of_;
};

}  // namespace

bool read_datagram(bytes_view datagram, sn::message& out, std::string& node) {
  node.clear();
  if (sn::decode(datagram, out)) return false;
  const auto* const outer = std::get_if<sn::encapsulated_message>(&out);
  if (outer == nullptr) return true;
  node = in_hex(outer->node, shown_address);
  const bytes_view inner = outer->inner;
  return !sn::decode(inner, out);
}

event datagram_event(const sn::message& from_network, side from, const packet_style& style,
                     const topic_lookup& topic_of) {
  const std::string_view name = to_string(type_of(from_network));
  event made(event_kind::packet, from, name);
  made.keep(protocol_field, "mqtt-sn").keep("type", name);
  std::visit(datagram_event_writer(made, style, topic_of), from_network);
  return made;
}

}  // namespace mqttkit::doctor
