#include "io/sn_words.hpp"

#include <asio/error.hpp>
#include <type_traits>

#include "common/printable.hpp"
#include "io/failure_code.hpp"
#include "io/failure_text.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/sn/codec.hpp"
#include "mqttkit/sn/error.hpp"

namespace mqttkit::tools {
namespace {

std::string number(std::uint16_t value) { return std::to_string(value); }

std::string topic_text(sn::topic_id_type type, std::uint16_t id) {
  switch (type) {
    case sn::topic_id_type::normal:
      return "topic id " + number(id);
    case sn::topic_id_type::predefined:
      return "predefined id " + number(id);
    case sn::topic_id_type::short_name:
      return "'" + printable(sn::short_topic_name(id).view()) + "'";
  }
  return {};
}

std::string qos_text(sn::qos_level qos) { return "q" + std::to_string(static_cast<int>(qos)); }

std::string code_text(sn::return_code code) {
  return std::to_string(static_cast<unsigned>(code)) + " " + std::string(to_string(code));
}

std::string subscription_text(const sn::subscription_fields& fields) {
  const std::string topic = fields.type == sn::topic_id_type::normal
                                ? "'" + printable(fields.filter) + "'"
                                : topic_text(fields.type, fields.topic_id);
  return "m" + number(fields.message_id) + ", " + topic;
}

struct fields_text {
  std::string operator()(const sn::advertise_message& advertise) const {
    return "gateway " + std::to_string(advertise.gateway_id) + ", every " +
           number(advertise.duration) + " s";
  }
  std::string operator()(const sn::searchgw_message& searchgw) const {
    return "radius " + std::to_string(searchgw.radius);
  }
  std::string operator()(const sn::gwinfo_message& gwinfo) const {
    return "gateway " + std::to_string(gwinfo.gateway_id);
  }
  std::string operator()(const sn::connect_message& message) const {
    return std::string(message.clean_session ? "c1" : "c0") + ", k" + number(message.duration) +
           ", '" + printable(message.client_id) + "'" + (message.will ? ", with will" : "");
  }
  std::string operator()(const sn::connack_message& connack) const {
    return code_text(connack.code);
  }
  std::string operator()(const sn::willtopic_message& willtopic) const { return will(willtopic); }
  std::string operator()(const sn::willtopicupd_message& willtopicupd) const {
    return will(willtopicupd);
  }
  std::string operator()(const sn::willmsg_message& message) const {
    return bytes(message.payload);
  }
  std::string operator()(const sn::willmsgupd_message& message) const {
    return bytes(message.payload);
  }
  std::string operator()(const sn::willtopicresp_message& willtopicresp) const {
    return code_text(willtopicresp.code);
  }
  std::string operator()(const sn::willmsgresp_message& willmsgresp) const {
    return code_text(willmsgresp.code);
  }
  std::string operator()(const sn::register_message& message) const {
    return "m" + number(message.message_id) + ", topic id " + number(message.topic_id) + ", '" +
           printable(message.topic) + "'";
  }
  std::string operator()(const sn::regack_message& regack) const { return answer(regack); }
  std::string operator()(const sn::puback_message& puback) const { return answer(puback); }
  std::string operator()(const sn::suback_message& suback) const {
    return answer(suback) + ", " + qos_text(suback.qos);
  }
  std::string operator()(const sn::publish_message& message) const {
    return std::string(message.dup ? "d1" : "d0") + ", " + qos_text(message.qos) +
           (message.retain ? ", r1" : ", r0") + ", m" + number(message.message_id) + ", " +
           topic_text(message.type, message.topic_id) + ", " + bytes(message.payload);
  }
  std::string operator()(const sn::subscribe_message& subscribe) const {
    return subscription_text(subscribe) + " " + qos_text(subscribe.qos);
  }
  std::string operator()(const sn::unsubscribe_message& unsubscribe) const {
    return subscription_text(unsubscribe);
  }
  std::string operator()(const sn::pingreq_message& message) const {
    return message.client_id.empty() ? "" : "'" + printable(message.client_id) + "'";
  }
  std::string operator()(const sn::disconnect_message& disconnect) const {
    return disconnect.duration ? "sleeps " + number(*disconnect.duration) + " s" : "";
  }
  std::string operator()(const sn::encapsulated_message& encapsulated) const {
    return std::to_string(encapsulated.node.size()) + " bytes of address, " +
           bytes(encapsulated.inner);
  }
  std::string operator()(const sn::pubrec_message& pubrec) const { return id(pubrec); }
  std::string operator()(const sn::pubrel_message& pubrel) const { return id(pubrel); }
  std::string operator()(const sn::pubcomp_message& pubcomp) const { return id(pubcomp); }
  std::string operator()(const sn::unsuback_message& unsuback) const { return id(unsuback); }
  std::string operator()(const sn::willtopicreq_message&) const { return {}; }
  std::string operator()(const sn::willmsgreq_message&) const { return {}; }
  std::string operator()(const sn::pingresp_message&) const { return {}; }

 private:
  static std::string bytes(bytes_view payload) { return std::to_string(payload.size()) + " bytes"; }
  static std::string will(const sn::will_topic_fields& fields) {
    if (fields.topic.empty()) return "none";
    return qos_text(fields.qos) + (fields.retain ? ", r1, '" : ", r0, '") +
           printable(fields.topic) + "'";
  }
  template <class Answer>
  static std::string answer(const Answer& message) {
    return "m" + number(message.message_id) + ", topic id " + number(message.topic_id) + ", " +
           code_text(message.code);
  }
  template <class Acknowledgement>
  static std::string id(const Acknowledgement& message) {
    return "m" + number(message.message_id);
  }
};

bool is(std::error_code error, sn::errc code) { return error == make_error_code(code); }

std::string words_of(const failure& why) {
  if (why.error == asio::error::connection_refused)
    return "nobody listens on this UDP port (ICMP port unreachable); is the gateway running there, "
           "and is the port right?";
  if (why.at == stage::connack &&
      (is(why.error, sn::errc::gateway_lost) || why.error == errc::step_timeout))
    return "no answer to CONNECT over UDP: no gateway at this address and port, or a firewall "
           "drops what it is sent";
  if (is(why.error, sn::errc::not_accepted))
    return "CONNECT " + describe_refusal(static_cast<sn::return_code>(why.reason));
  if (is(why.error, sn::errc::gateway_lost))
    return "no answer from the gateway any more" +
           (why.detail.empty() ? std::string() : " (to " + printable(why.detail) + ")");
  if (is(why.error, sn::errc::disconnected_by_gateway))
    return "disconnected by the gateway: it may have been started again, or another client has the "
           "same identifier";
  if (why.error == errc::invalid_client_id) return "MQTT-SN allows identifiers of 1 to 23 bytes";
  if (why.error == errc::packet_too_large)
    return "does not fit into a datagram; --sn-max-packet allows larger ones";
  return why.error.message() + (why.detail.empty() ? "" : " (" + printable(why.detail) + ")");
}

}  // namespace

std::string describe_datagram(bytes_view datagram) {
  sn::message any;
  if (decode(datagram, any))
    return "no message of MQTT-SN (" + std::to_string(datagram.size()) + " bytes)";
  std::string text(to_string(type_of(any)));
  const std::string fields = std::visit(fields_text(), any);
  return fields.empty() ? text : text + " (" + fields + ")";
}

std::string describe_sn(const failure& why) {
  if (why.at == stage::connect && is(why.error, sn::errc::gateway_lost))
    return printable(why.subject) + ": mqtt-sn: no gateway answered the search";
  if (why.at == stage::resolve || why.at == stage::connect) return describe(why);
  return printable(why.subject) + ": mqtt-sn: " + words_of(why);
}

exit_code sn_exit_code(const failure& why) noexcept {
  if (is(why.error, sn::errc::not_accepted)) return exit_code::refused;
  return exit_code_for(why);
}

std::string describe_refusal(sn::return_code code) {
  std::string text(to_string(code));
  switch (code) {
    case sn::return_code::accepted:
      return text;
    case sn::return_code::congestion:
      return text + ": the gateway has no room, or cannot reach its broker";
    case sn::return_code::invalid_topic_id:
      return text + ": the gateway does not know the topic id; are its predefined ids the same?";
    case sn::return_code::not_supported:
      return text + ": the gateway does not do this, or its broker refuses it";
  }
  return text + " (code " + std::to_string(static_cast<unsigned>(code)) + ", which is reserved)";
}

}  // namespace mqttkit::tools
