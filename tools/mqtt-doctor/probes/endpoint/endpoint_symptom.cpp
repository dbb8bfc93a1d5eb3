// What is examined because of what the user sees (--symptom), as a doctor looks where it hurts.
#include "mqtt-doctor/probes/delivery/counted.hpp"
#include "mqtt-doctor/probes/delivery/sendings.hpp"
#include "mqtt-doctor/probes/delivery/wills.hpp"
#include "mqtt-doctor/probes/endpoint/endpoint_examiner.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_for_sendings = 4;  // connections: each refusal may cost one

}  // namespace

void endpoint_examiner::look_where_it_hurts() {
  if (!what_.with_credentials || !open_) return;
  switch (known_.asked.symptom.value()) {
    case symptom::cannot_send:
      return try_to_send();
    case symptom::shown_offline:
    case symptom::shown_online:
      return try_own_wills();
    case symptom::twice:
      return count_copies();
    case symptom::too_much:
      return ask_what_is_counted();
    default:
      return;
  }
}

/// The number in CONNACK of an accepted connection; `otherwise` where it has none.
std::int64_t endpoint_examiner::announced(const char* name, std::int64_t otherwise) const {
  for (const contact& each : facts_.contacts) {
    if (!each.mqtt || !each.mqtt->is_accepted()) continue;
    if (const auto found = each.mqtt->limits.find(name); found != each.mqtt->limits.end())
      return found->second;
  }
  return otherwise;
}

void endpoint_examiner::try_to_send() {
  sendings_request request;
  std::size_t made = 0;
  request.connect = [this, &made]() -> std::unique_ptr<channel> {
    if (made++ >= most_for_sendings) return nullptr;
    return side(contact_purpose::publisher, to_.publisher);
  };
  request.own_topic = own_topic();
  const std::string& topic =
      known_.asked.sent_to.empty() ? known_.asked.topic : known_.asked.sent_to;
  if (what_.publishes_on_topic && is_topic_name(topic)) request.users_topic = topic;
  request.highest_qos = static_cast<int>(announced("maximum-qos", 2));
  request.takes_retained = announced("retain-available", 1) != 0;
  request.most_bytes = announced("maximum-packet-size", 0);
  request.until = what_.until;
  facts_.sendings = try_sendings(request);
}

void endpoint_examiner::try_own_wills() {
  const std::unique_ptr<channel> watcher = side(contact_purpose::subscriber, to_.subscriber);
  if (!watcher) return;
  wills_request request;
  request.how = again(contact_purpose::will);
  request.how.with_credentials = true;
  request.how.version = open_->version;
  request.how.answer_limit = within(answer_limit);
  request.topic = own_topic();
  if (grants_qos_0_alone()) request.qos = qos_t::at_most_once;
  target as = to_;
  as.who = to_.publisher.value_or(to_.who);
  wills_outcome found = try_wills(as, request, *watcher);
  facts_.wills = std::move(found.wills);
  for (contact& each : found.contacts) facts_.contacts.push_back(std::move(each));
  say_goodbye(*watcher);
}

void endpoint_examiner::count_copies() {
  const std::unique_ptr<channel> over = side(contact_purpose::subscriber, to_.subscriber);
  if (!over) return;
  facts_.overlap = try_overlap(*over, own_topic(), grants_qos_0_alone() ? 0 : 1, within(2000ms));
  say_goodbye(*over);
}

void endpoint_examiner::ask_what_is_counted() {
  const std::unique_ptr<channel> over = side(contact_purpose::subscriber, to_.subscriber);
  if (!over) return;
  facts_.counters = ask_for_counters(*over, within(1000ms));
  say_goodbye(*over);
}

}  // namespace mqttkit::doctor
