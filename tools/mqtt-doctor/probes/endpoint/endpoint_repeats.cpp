// Whether further equal connections are let in like the first one.
#include "mqtt-doctor/probes/endpoint/endpoint_examiner.hpp"

namespace mqttkit::doctor {

/// Behind a balancer the next connection may meet another server, which is dead or configured
/// differently. The connections follow each other, since some brokers allow a user only one.
void endpoint_examiner::see_whether_each_is_let_in() {
  const auto found =
      std::find_if(facts_.contacts.begin(), facts_.contacts.end(), [&](const contact& connection) {
        const bool is_as_client = connection.purpose == contact_purpose::client ||
                                  connection.purpose == contact_purpose::version;
        return is_as_client && connection.address == address_ && connection.mqtt &&
               connection.mqtt->is_accepted();
      });
  if (found == facts_.contacts.end()) return;
  const mqtt_fact let_in = *found->mqtt;
  // Only where the waiting is short.
  constexpr double soon_ms = 700;
  if (let_in.ms > soon_ms) return;
  const bool was_client = found->purpose == contact_purpose::client;
  const bool has_lost_login = what_.with_credentials && known_.asked.has_user && !let_in.sent_user;
  open_.reset();
  // A server that does not answer is told from a pause of five seconds (RabbitMQ 3.10) by waiting
  // once.
  constexpr std::chrono::milliseconds pause_limit{6000};
  bool has_waited = false;
  for (int made = 0; made < what_.repeats && may_connect(); ++made) {
    // The login may be why it was hung up on, so a repeat with it tells nothing of servers.
    if (made > 0 && has_lost_login) return;
    contact_request how = as_client();
    how.purpose = contact_purpose::repeat;
    how.connect_limit = within(follow_up_limit);
    how.answer_limit = within(has_waited ? follow_up_limit : pause_limit);
    how.with_credentials = how.with_credentials && !has_lost_login;
    // The first repeat equals the accepted connection; after it the two kinds take turns.
    if (made == 0 || was_client)
      how.version = parse_protocol_version(let_in.version.word()).value_or(first_version());
    connect_as(how);
    has_waited = has_waited || facts_.contacts.back().end_ms > follow_up_limit.count();
  }
}

}  // namespace mqttkit::doctor
