// Examinations of delivery besides messages between two connections.
#include "mqtt-doctor/probes/delivery/retained.hpp"
#include "mqtt-doctor/probes/endpoint/endpoint_examiner.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto own_message = 700ms;                // our own message comes by then or never
constexpr auto patient_limit = 10'000ms;           // the only try; a busy broker may be slow
constexpr std::size_t bytes_per_second = 250'000;  // of a slow mobile network

}  // namespace

void endpoint_examiner::look_further() {
  if (what_.kinds.no_local) try_no_local();
  if (what_.kinds.retained) try_retained();
  if (what_.kinds.size > 0) try_size();
  if (what_.offline) go_offline();
  look_where_it_hurts();
}

/// Subscribes with No Local and publishes over the same connection, as an app does that waits for
/// its own messages.
void endpoint_examiner::try_no_local() {
  if (!open_ || open_->version != protocol_version::v5) return;
  delivery_request own;
  own.topic = own_topic();
  own.no_local = true;
  own.at_most_once = grants_qos_0_alone();
  own.limit = within(own_message);
  facts_.no_local = try_delivery(*open_, own);
}

/// Retains a message over a further connection: some brokers hang up on a retained PUBLISH.
void endpoint_examiner::try_retained() {
  const std::unique_ptr<channel> over = side(contact_purpose::retain, to_.publisher);
  if (!over) return;
  const auto& limits = facts_.contacts.back().mqtt->limits;
  const auto said = limits.find("retain-available");
  // The broker announced that it takes no retained messages.
  if (said != limits.end() && said->second == 0) return;
  const std::string topic = own_topic() + "/kept";
  facts_.retained = keep_message(*over, topic, within(2000ms));
  if (facts_.retained->end.empty()) return say_goodbye(*over);
  if (facts_.retained->ack < 0) return;
  const std::unique_ptr<channel> second = side(contact_purpose::retain, to_.publisher);
  if (!second) return;
  clear_message(*second, topic, within(2000ms));
  say_goodbye(*second);
}

/// Sends messages of --size over two further connections, since the broker may hang up on both.
void endpoint_examiner::try_size() {
  const std::size_t size = what_.kinds.size;
  exchange_request large;
  large.topic = large.filter = own_topic();
  large.messages = 1;
  large.payload_bytes = size;
  const auto needed = std::chrono::seconds(size / bytes_per_second);
  large.limit = within(large.limit + needed);
  contact_request taking = again(contact_purpose::subscriber);
  taking.with_credentials = what_.with_credentials;
  taking.version = open_->version;
  const auto& packet_size = what_.kinds.packet_size;
  if (packet_size && taking.version == protocol_version::v5)
    (void)taking.connect_properties.add(property_id::maximum_packet_size, *packet_size);
  target as = to_;
  as.who = to_.subscriber.value_or(to_.who);
  as.who.client_id.clear();
  std::unique_ptr<channel> into;
  facts_.contacts.push_back(make_contact(as, taking, &into));
  const std::unique_ptr<channel> from = side(contact_purpose::publisher, to_.publisher);
  if (!into || !from) return;
  const auto& limits = facts_.contacts.back().mqtt->limits;
  if (const auto found = limits.find("maximum-qos"); found != limits.end())
    large.highest_qos = static_cast<int>(std::min<std::int64_t>(found->second, large.highest_qos));
  constexpr std::size_t around = 64;  // bytes for header, topic and identifier
  into->most_packet =
      std::max(into->most_packet, static_cast<std::uint32_t>(size + large.topic.size() + around));
  const auto allowed = limits.find("maximum-packet-size");
  // The broker announced a smaller limit.
  if (allowed != limits.end() &&
      static_cast<std::int64_t>(size + large.topic.size()) > allowed->second)
    return;
  facts_.large = try_exchange(*from, *into, large);
  facts_.large->subscriber_limit = packet_size.value_or(0);
  if (facts_.large->publisher_end.empty()) say_goodbye(*from);
  if (facts_.large->subscriber_end.empty()) say_goodbye(*into);
}

/// Tries what waits for a subscriber that was away.
void endpoint_examiner::go_offline() {
  offline_request request;
  request.how = as_client();
  request.how.answer_limit = within(patient_limit);
  request.publisher_version = open_->version;
  // As mqtt-sub does: MQTT 3.1.1, unless an option needs MQTT 5.
  request.how.version = open_->version;
  const bool needs_v5 = what_.offline->session_expiry || what_.offline->message_expiry;
  if (known_.asked.version.empty() && !needs_v5) request.how.version = protocol_version::v3_1_1;
  request.as = *what_.offline;
  request.own_topic = own_topic();
  const std::string& topic =
      known_.asked.sent_to.empty() ? known_.asked.topic : known_.asked.sent_to;
  if (what_.publishes_on_topic && is_topic_name(topic)) request.users_topic = topic;
  request.limit = within(request.limit);
  facts_.offline = try_offline(to_, request);
}

}  // namespace mqttkit::doctor
