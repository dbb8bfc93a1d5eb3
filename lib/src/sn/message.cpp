#include "mqttkit/sn/message.hpp"

#include <array>

namespace mqttkit::sn {
namespace {

// In the order of the variant's alternatives.
constexpr std::array types{
    message_type::advertise,      message_type::searchgw,   message_type::gwinfo,
    message_type::connect,        message_type::connack,    message_type::willtopicreq,
    message_type::willtopic,      message_type::willmsgreq, message_type::willmsg,
    message_type::register_topic, message_type::regack,     message_type::publish,
    message_type::puback,         message_type::pubcomp,    message_type::pubrec,
    message_type::pubrel,         message_type::subscribe,  message_type::suback,
    message_type::unsubscribe,    message_type::unsuback,   message_type::pingreq,
    message_type::pingresp,       message_type::disconnect, message_type::willtopicupd,
    message_type::willtopicresp,  message_type::willmsgupd, message_type::willmsgresp,
    message_type::encapsulated};
static_assert(types.size() == std::variant_size_v<message>);

}  // namespace

message_type type_of(const message& any) noexcept { return types[any.index()]; }

std::string_view to_string(message_type type) noexcept {
  switch (type) {
    case message_type::advertise:
      return "ADVERTISE";
    case message_type::searchgw:
      return "SEARCHGW";
    case message_type::gwinfo:
      return "GWINFO";
    case message_type::connect:
      return "CONNECT";
    case message_type::connack:
      return "CONNACK";
    case message_type::willtopicreq:
      return "WILLTOPICREQ";
    case message_type::willtopic:
      return "WILLTOPIC";
    case message_type::willmsgreq:
      return "WILLMSGREQ";
    case message_type::willmsg:
      return "WILLMSG";
    case message_type::register_topic:
      return "REGISTER";
    case message_type::regack:
      return "REGACK";
    case message_type::publish:
      return "PUBLISH";
    case message_type::puback:
      return "PUBACK";
    case message_type::pubcomp:
      return "PUBCOMP";
    case message_type::pubrec:
      return "PUBREC";
    case message_type::pubrel:
      return "PUBREL";
    case message_type::subscribe:
      return "SUBSCRIBE";
    case message_type::suback:
      return "SUBACK";
    case message_type::unsubscribe:
      return "UNSUBSCRIBE";
    case message_type::unsuback:
      return "UNSUBACK";
    case message_type::pingreq:
      return "PINGREQ";
    case message_type::pingresp:
      return "PINGRESP";
    case message_type::disconnect:
      return "DISCONNECT";
    case message_type::willtopicupd:
      return "WILLTOPICUPD";
    case message_type::willtopicresp:
      return "WILLTOPICRESP";
    case message_type::willmsgupd:
      return "WILLMSGUPD";
    case message_type::willmsgresp:
      return "WILLMSGRESP";
    case message_type::encapsulated:
      return "Encapsulated";
  }
  return {};
}

std::string_view to_string(return_code code) noexcept {
  switch (code) {
    case return_code::accepted:
      return "accepted";
    case return_code::congestion:
      return "rejected: congestion";
    case return_code::invalid_topic_id:
      return "rejected: invalid topic id";
    case return_code::not_supported:
      return "rejected: not supported";
  }
  return "rejected";
}

}  // namespace mqttkit::sn
