// SUBSCRIBE or PUBLISH is refused, and the broker says why: in SUBACK, in PUBACK or in DISCONNECT.
#include <algorithm>

#include "common/printable.hpp"
#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/exchange_view.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/causes/told_reason.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* refuses_subscription = "auth-acl-subscribe-refused";
constexpr const char* refuses_message = "delivery-publish-refused";

struct reason_row {
  int code;
  const char* subscribing;  ///< id of the cause when a subscription is refused
  const char* publishing;   ///< when a message is; both the same where the code tells which
  const char* means;
  const char* cure;
};

constexpr reason_row rows_of_reasons[] = {
    // Of a subscription it is all that MQTT 3.1.1 can say, and says nothing.
    {number_of(reason_code::unspecified_error), nullptr, refuses_message,
     N_("The broker gives no reason: its log says whether a right, a plugin or a full store is in "
        "the "
        "way."),
     N_("Read the broker's log at that moment.")},
    {number_of(reason_code::implementation_specific_error), refuses_subscription, refuses_message,
     N_("It is a rule or a failure of this broker's own, and none of the access list: the broker's "
        "log says which."),
     N_("Read the broker's log at that moment; a plugin, a rule or a database behind it may be "
        "what "
        "refuses.")},
    {number_of(reason_code::topic_filter_invalid), refuses_subscription, refuses_message,
     N_("To MQTT the filter is valid: this broker has a limit of its own (levels, length, "
        "characters), "
        "or says so where a user may not, as ejabberd does."),
     N_("Try a shorter filter of plain letters; where that is taken, it is the broker's limit, and "
        "otherwise the rights of this user.")},
    {number_of(reason_code::topic_name_invalid), refuses_subscription, refuses_message,
     N_("To MQTT the topic is valid: this broker has a limit of its own (levels, length, "
        "characters), "
        "or says so where a user may not, as ejabberd does."),
     N_("Try a shorter topic of plain letters; where that is taken, it is the broker's limit, and "
        "otherwise the rights of this user.")},
    {number_of(reason_code::packet_identifier_in_use), refuses_subscription, refuses_message,
     N_("The identifier was the first of a new connection: the broker, or a proxy that reads MQTT "
        "before it, mixes up sessions."),
     N_("Update the broker, and try it without the proxy before it.")},
    {number_of(reason_code::quota_exceeded), refuses_subscription, refuses_message,
     N_("A quota is used up: of subscriptions, of messages, of data, or of the plan that was "
        "booked."),
     N_("See the limits of this client or plan at the broker, and raise them or ask for less.")},
    {number_of(reason_code::message_rate_too_high), refuses_subscription, refuses_message,
     N_("Messages come faster than the broker takes them from one client."),
     N_("Send less often or several values in one message, or raise the broker's rate limit.")},
    {number_of(reason_code::connection_rate_exceeded), refuses_subscription, refuses_message,
     N_("Too many connections were made in a short time."),
     N_("Keep one connection open in place of many, or raise the broker's limit.")},
    {number_of(reason_code::payload_format_invalid), refuses_subscription, refuses_message,
     N_("The payload is not of the form that was announced, or that a schema of the broker wants."),
     N_("Send what the schema wants (the broker's rule names it), or leave the payload format "
        "indicator out.")},
    {number_of(reason_code::administrative_action), refuses_subscription, refuses_message,
     N_("An administrator, or a rule of one, ended the connection."),
     N_("Ask who runs the broker; its log and its list of bans say why.")},
    {number_of(reason_code::wildcard_subscriptions_not_supported), "mqtt-wildcard-not-supported",
     "mqtt-wildcard-not-supported", N_("The broker takes no subscription with + or # in it."),
     N_("Subscribe to each topic by its whole name.")},
    {number_of(reason_code::shared_subscriptions_not_supported), "delivery-shared-not-supported",
     "delivery-shared-not-supported", N_("The broker knows no shared subscriptions ($share)."),
     N_("Subscribe without $share and the group.")},
    {number_of(reason_code::subscription_identifiers_not_supported), refuses_subscription,
     refuses_message, N_("The broker takes no subscription with a Subscription Identifier."),
     N_("Turn Subscription Identifiers off in the app or library.")},
};

const reason_row* row_of(int code) noexcept {
  const auto* const at = std::find_if(std::begin(rows_of_reasons), std::end(rows_of_reasons),
                                      [&](const reason_row& row) { return row.code == code; });
  return at != std::end(rows_of_reasons) ? at : nullptr;
}

/// A refusal and the packet that told it.
struct refusal {
  int code = -1;
  const char* packet = "";
  bool is_subscription = false;
  std::string what;  ///< filter or topic
};

bool is_told_by(refusal& made, int code, const char* packet, bool is_subscription,
                const std::string& what) {
  const reason_row* const row = row_of(code);
  if (row == nullptr || (is_subscription ? row->subscribing : row->publishing) == nullptr)
    return false;
  made = {code, packet, is_subscription, what};
  return true;
}

refusal find_refusal(const view& known) {
  refusal made;
  for (const auto& delivery : known.at.deliveries) {
    if (!delivery.is_users_topic) continue;
    if (is_told_by(made, delivery.suback, "SUBACK", true, delivery.topic) ||
        is_told_by(made, delivery.puback, "PUBACK", false, delivery.topic))
      return made;
    if (!delivery.end.empty() &&
        is_told_by(made, delivery.disconnect, "DISCONNECT",
                   delivery.ended_after == delivery_stage::subscribe, delivery.topic))
      return made;
  }
  const exchange_fact* const exchange = exchange_on(known, true);
  if (exchange == nullptr) return made;
  if (is_told_by(made, exchange->suback, "SUBACK", true, exchange->filter) ||
      is_told_by(made, answer_of(*exchange), "PUBACK", false, exchange->topic))
    return made;
  if (exchange->suback < 0 &&
      is_told_by(made, exchange->subscriber_disconnect, "DISCONNECT", true, exchange->filter))
    return made;
  is_told_by(made, exchange->publisher_disconnect, "DISCONNECT", false, exchange->topic);
  return made;
}

maybe_finding refused_with_a_reason(const view& known, exclusions&) {
  const refusal found = find_refusal(known);
  const reason_row* const row = row_of(found.code);
  if (row == nullptr) return {};
  // ejabberd says of what a user may not that it is no valid filter, or no valid topic.
  if (broker_of(known) == broker_kind::ejabberd) return {};
  // SUBACK of these has causes that know more of the broker.
  const bool is_shared = row->code == number_of(reason_code::shared_subscriptions_not_supported);
  if (is_shared && found.packet == std::string_view("SUBACK")) return {};
  const auto in = found.packet == std::string_view("SUBACK")   ? packet_type::suback
                  : found.packet == std::string_view("PUBACK") ? packet_type::puback
                                                               : packet_type::disconnect;
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto high = static_cast<std::size_t>(found.code) / 16;
  const std::string code =
      std::string("0x") + digits[high & 15U] + digits[static_cast<std::size_t>(found.code) & 15U];
  const places values{
      {"topic", tools::printable(found.what, std::string::npos)},
      {"packet", found.packet},
      {"code", code},
      {"name", std::string(reason_name(static_cast<std::uint8_t>(found.code), in))}};
  return made_finding(
             found.is_subscription ? row->subscribing : row->publishing, certainty::certain,
             strength::proven,
             found.is_subscription
                 ? words(N_("The broker refuses the subscription to \"{topic}\": {code} "
                            "({name})."),
                         values)
                 : words(N_("The broker refuses messages for \"{topic}\": {code} ({name})."),
                         values))
      .seen(words(N_("{packet} said so."), values))
      .seen(words(row->means))
      .mend(words(row->cure));
}

constexpr second_look looks[] = {
    {"delivery-publish-refused", refused_with_a_reason},
};

}  // namespace

bool says_other_than_rights(int code) noexcept {
  const reason_row* const row = row_of(code);
  return row != nullptr && row->subscribing != nullptr;
}

cause_table told_reason_causes() { return {{}, looks}; }

}  // namespace mqttkit::doctor
