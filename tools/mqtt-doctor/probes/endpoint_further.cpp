// What delivery is asked to look at beside messages between two connections.
#include "mqtt-doctor/probes/endpoint_examiner.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {

/// What waits for a subscriber that was away.
void endpoint_examiner::go_offline() {
  offline_request request;
  request.how = as_client();
  request.publisher_version = open_->version;
  // As mqtt-sub: MQTT 3.1.1 unless something needs 5.
  request.how.version = open_->version;
  const bool needs_v5 = what_.offline->session_expiry || what_.offline->message_expiry;
  if (known_.asked.version.empty() && !needs_v5) request.how.version = protocol_version::v3_1_1;
  request.as = *what_.offline;
  request.own_topic = own_topic();
  const std::string& topic =
      known_.asked.sent_to.empty() ? known_.asked.topic : known_.asked.sent_to;
  if (what_.publishes_on_topic && is_topic_name(topic)) request.users_topic = topic;
  request.limit = within(request.limit);
  seen_.offline = try_offline(to_, request);
}

}  // namespace mqttkit::doctor
