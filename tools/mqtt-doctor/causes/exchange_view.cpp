#include "mqtt-doctor/causes/exchange_view.hpp"

#include <algorithm>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int refused = number_of(reason_code::unspecified_error);
constexpr std::string_view own_group = "mqtt-doctor-";

}  // namespace

const exchange_fact* exchange_on(const view& known, bool users_topic) {
  for (const auto& exchange : known.at.exchanges) {
    if (exchange.is_users_topic == users_topic && exchange.publisher_at.empty() &&
        !exchange.is_search)
      return &exchange;
  }
  return nullptr;
}

const exchange_fact* exchange_in_own_group(const view& known) {
  for (const auto& exchange : known.at.exchanges) {
    const auto shared = parse_shared(exchange.filter);
    if (exchange.is_users_topic && shared && shared->share_name.starts_with(own_group))
      return &exchange;
  }
  return nullptr;
}

const exchange_fact* exchange_without_group(const view& known) {
  if (!parse_shared(known.asked().topic)) return nullptr;
  for (const auto& exchange : known.at.exchanges) {
    if (exchange.is_users_topic && !parse_shared(exchange.filter)) return &exchange;
  }
  return nullptr;
}

const exchange_fact* users_exchange(const view& known) {
  const exchange_fact* exchange = exchange_without_group(known);
  if (exchange == nullptr) exchange = exchange_on(known, true);
  return exchange != nullptr && exchange->sent() > 0 ? exchange : nullptr;
}

int answer_of(const exchange_fact& exchange) {
  int answer = -1;
  for (const auto& run : exchange.runs) answer = std::max(answer, run.ack);
  return answer;
}

bool is_granted(const exchange_fact& exchange) {
  return exchange.suback >= 0 && exchange.suback < refused;
}

bool is_silent(const exchange_fact& exchange) {
  return is_granted(exchange) && exchange.sent() > 0 && exchange.arrived() == 0 &&
         exchange.publisher_end.empty() && exchange.subscriber_end.empty();
}

const exchange_fact* exchange_from_elsewhere(const view& known) {
  for (const auto& exchange : known.at.exchanges) {
    if (!exchange.publisher_at.empty() && !exchange.is_search) return &exchange;
  }
  return nullptr;
}

bool does_own_topic_work(const view& known) {
  const exchange_fact* const own = exchange_on(known, false);
  return own != nullptr && own->is_whole();
}

bool does_echo(const view& known) {
  return std::any_of(known.at.deliveries.begin(), known.at.deliveries.end(),
                     [](const delivery_fact& delivery) { return delivery.echoed; });
}

std::string in_hex(int reason) {
  std::string text = "0x";
  append_hex(text, static_cast<std::uint8_t>(reason), letter_case::upper);
  return text;
}

std::string name_of(const std::string& user) { return user.empty() ? "anonymous" : user; }

sentence count_of(const exchange_fact::run& run) {
  if (run.qos == 0) {
    return words(N_("At QoS 0 {arrived} of {sent} messages arrived; nobody acknowledges these."),
                 {{"arrived", std::to_string(run.arrived)}, {"sent", std::to_string(run.sent)}});
  }
  return words(N_("At QoS {qos} {arrived} of {sent} messages arrived; the broker acknowledged "
                  "{acknowledged}."),
               {{"qos", std::to_string(run.qos)},
                {"arrived", std::to_string(run.arrived)},
                {"sent", std::to_string(run.sent)},
                {"acknowledged", std::to_string(run.acknowledged)}});
}

made_finding& with_counts(made_finding& made, const exchange_fact& exchange) {
  for (const auto& run : exchange.runs) made.seen(count_of(run));
  return made;
}

}  // namespace mqttkit::doctor
