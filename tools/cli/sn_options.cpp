// What is of a mqtt-sn:// URL, and what does not go with one.
#include <algorithm>
#include <iterator>

#include "cli/settings_builder.hpp"
#include "cli/values.hpp"
#include "mqttkit/sn/message.hpp"

namespace mqttkit::tools {
namespace {

struct misfit {
  option_id id;
  std::string_view why;
};

constexpr std::string_view no_login = "MQTT-SN has no user name and no password";
constexpr std::string_view over_udp = "MQTT-SN goes over UDP";
constexpr std::string_view of_mqtt_5 = "it is of MQTT 5";
constexpr std::string_view says_requests = "MQTT-SN carries no topic for replies";
constexpr std::string_view of_a_broker = "it needs a broker; give the URL of one";
constexpr std::string_view no_outbox =
    "it is kept for a broker alone; name the broker behind the gateway, or use -l with -q 1, "
    "which waits for the gateway";
constexpr std::string_view no_tls = "MQTT-SN has no TLS: what it sends can be read on the way";

constexpr misfit misfits[] = {
    {option_id::username, no_login},
    {option_id::password, no_login},
    {option_id::password_file, no_login},
    {option_id::ask_password, no_login},
    {option_id::unix_path, over_udp},
    {option_id::nodelay, over_udp},
    {option_id::proxy, over_udp},
    {option_id::ws, over_udp},
    {option_id::ws_path, over_udp},
    {option_id::ws_header, over_udp},
    {option_id::session_expiry, of_mqtt_5},
    {option_id::property, of_mqtt_5},
    {option_id::retain_as_published, of_mqtt_5},
    {option_id::retain_handling, of_mqtt_5},
    {option_id::no_local, of_mqtt_5},
    {option_id::own_subscription, "all subscriptions have the QoS of -q"},
    {option_id::protocol_version, "MQTT-SN has one version, 1.2"},
    {option_id::inflight, "MQTT-SN has one message in flight at a time"},
    {option_id::max_packet_size, "the largest datagram is --sn-max-packet"},
    {option_id::outbox, no_outbox},
    {option_id::outbox_limit, no_outbox},
    {option_id::remove_retained, of_a_broker},
    {option_id::clean_retained, of_a_broker},
    {option_id::reply_exec, says_requests},
    {option_id::reply_exec_shell, says_requests},
    {option_id::reply_topic, says_requests},
    {option_id::offline, of_a_broker},
    {option_id::doctor_no_local, of_a_broker},
    {option_id::doctor_retained, of_a_broker},
    {option_id::message_size, of_a_broker},
    {option_id::sent_to, of_a_broker},
    {option_id::as_subscriber, no_login},
    {option_id::on_broker, of_a_broker},
    {option_id::messages, "one message goes each way"},
    {option_id::retained,
     "a gateway does not say when it has sent what is retained; there are -R, --retained-only and "
     "--idle"},
};

std::string_view misfit_of(const option_row& row) {
  if (row.group == option_group::tls) return no_tls;
  if (row.group == option_group::reply) return says_requests;
  for (const misfit& each : misfits)
    if (each.id == row.id) return each.why;
  return {};
}

}  // namespace

std::string settings_builder::apply_topic_id(const argument& given) {
  std::uint16_t id = 0;
  if (!read_count<std::uint16_t>(given.value(), 1, 65'534, id))
    return value_problem(given, "a topic id is 1 to 65534");
  common_.sn.topic_ids.push_back(id);
  return {};
}

std::string settings_builder::apply_predefined(const argument& given) {
  const std::string_view value = given.value();
  const std::size_t equals = value.find('=');
  std::uint16_t id = 0;
  if (equals == std::string_view::npos ||
      !read_count<std::uint16_t>(value.substr(0, equals), 1, 65'534, id))
    return value_problem(given, "it is ID=TOPIC with an id of 1 to 65534");
  const std::string_view topic = value.substr(equals + 1);
  if (const std::string bad = topic_problem(topic, false); !bad.empty())
    return std::string(given.spelled) + " " + quoted(value) + ": " + bad;
  common_.sn.predefined.push_back({id, std::string(topic)});
  return {};
}

std::string settings_builder::apply_sleep(const argument& given) {
  using namespace std::chrono_literals;
  if (!read_duration(given.value(), common_.sn.sleep) || common_.sn.sleep < 1s ||
      common_.sn.sleep > 65'535s)
    return value_problem(given, "a duration is a number and s, m or h, from 1s to 65535s");
  return {};
}

std::string settings_builder::apply_sn_max_packet(const argument& given) {
  constexpr std::size_t least = 16;  // CONNECT with an identifier of ten bytes
  if (!read_count<std::size_t>(given.value(), least, sn::max_message_bytes, common_.sn.max_packet))
    return value_problem(given, "a datagram has 16 to 65535 bytes");
  return {};
}

std::string settings_builder::finish_sn() {
  for (const argument* const given : typed_) {
    const option_row& row = *given->row;
    if (!common_.sn.wanted) {
      if (row.group == option_group::sn && which_ != program::doctor)
        return std::string(given->spelled) +
               " needs the URL of a gateway, as in mqtt-sn://gateway.example/";
      continue;
    }
    if (const std::string_view why = misfit_of(row); !why.empty())
      return std::string(given->spelled) + " does not go with a mqtt-sn URL: " + std::string(why);
  }
  if (common_.sn.without_connection && !common_.sn.wanted)
    return "-q -1 needs the URL of a gateway, as in mqtt-sn://gateway.example/; QoS in MQTT is 0, "
           "1 "
           "or 2";
  return {};
}

}  // namespace mqttkit::tools
