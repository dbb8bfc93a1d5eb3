// What the monitor can notice about clients and broker: ids of the catalogue, with a sentence and
// advice for each. Pure: values fill the sentences' places.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mqtt-doctor/causes/strength.hpp"
#include "mqtt-doctor/facts/symptom.hpp"
#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {

enum class noticed : std::uint16_t {
  inflight_stall,
  inflight_stall_silent,  ///< and the client sends nothing at all
  inflight_unacknowledged,
  reads_nothing,         ///< what it was sent, and it sends nothing
  broker_leaves_large,   ///< the broker acknowledges no large messages, and smaller ones
  large_unacknowledged,  ///< large messages, while smaller ones are acknowledged
  left_out,              ///< some messages, while later ones are acknowledged
  qos2_no_pubrel,
  qos2_no_pubcomp,
  qos2_app_no_pubcomp,
  qos2_broker_no_pubrel,
  no_puback,
  acknowledges_never,    ///< on no connection, so that the same messages come at each
  acknowledges_nothing,  ///< acknowledges packet ids that no message had
  swaps_numbers,         ///< packet ids that fit once their two bytes are swapped
  broker_acknowledges_nothing,
  answers_no_subscription,
  receive_maximum,
  receive_maximum_refused,
  too_large_said,
  too_large_announced,
  too_large_likely,
  publish_closes,
  taken_topic_closes,  ///< the same, where the topic was taken before: told where more is unlike
  retain_closes,       ///< and the retain flag is what no message had that was taken
  qos_closes,          ///< the same of the QoS
  odd_message_closes,  ///< the same of something else, or of several things
  qos_said,
  qos_announced,
  retain_said,
  retain_announced,
  keep_alive_expired,
  many_silent,  ///< several clients fell silent together
  server_keep_alive,
  server_keep_alive_passed,
  taken_over,
  taken_over_again,
  taken_over_elsewhere,
  user_thrown_out,   ///< by another connection of the same user, with another identifier
  connect_closes,    ///< closed without CONNACK, while others are let in
  version_disputed,  ///< refused for a version in which others are let in
  subscribe_closes,
  hash_closes,
  not_resubscribed,
  never_subscribed,
  will_flaps,
  clean_session,
  clean_session_missed,
  expires_at_once,
  expires_at_once_missed,
  message_expired,
  topic_mistaken,  ///< replaced by the id and sentence of the mistake
  no_subscriber,
  no_local,
  qos_granted_lower,
  qos_lower_than_sent,
  login_refused,
  login_missing,        ///< refused, without a user name
  login_refused_since,  ///< refused, and let in before with the same user name
  login_missing_since,  ///< refused, and let in before without a user name
  identifier_refused,
  keep_alive_refused,
  identifier_grows,    ///< refused; the identifier begins with one refused before
  identifier_missing,  ///< refused, with an empty identifier
  version_refused,
  connect_refused,  ///< refused for another reason
  subscribe_refused,
  hash_refused,
  shared_refused,
  publish_refused,
  publish_refused_otherwise,
  withheld_from_reader,
  withheld_from_writer,
  withheld,
  parent_withheld,  ///< the topic is the level above the filter's #
  retained_cleared,
  retained_left_by_blank,  ///< likewise, a message that is blank and not empty
  retained_unwanted,       ///< the subscription asks for none (Retain Handling 2)
  slow_consumer,
  window_shut,
  feeds_itself,         ///< publishes again what it receives
  feeds_itself_longer,  ///< likewise, under a topic that each round makes longer
  client_breaks_rule,
  broker_breaks_rule,
  ping_unanswered,
  ping_unanswered_alive,  ///< and the broker sends other packets
  subscribe_unanswered,
  unsubscribe_unanswered,
  client_said,               ///< DISCONNECT of the client with a reason code
  client_said_too_many,      ///< likewise, Receive Maximum exceeded
  client_said_too_large,     ///< likewise, Packet too large
  connack_late,              ///< CONNACK came, after a long time
  gives_up_before_connack,   ///< the client hangs up sooner than the broker answers others
  gives_up_soon,             ///< likewise, and nobody was answered there
  login_closes_since,        ///< a CONNECT is closed that was let in before, with the same login
  never_puback,              ///< the broker answers no PUBLISH of QoS 1 of anybody
  never_pubrec,              ///< likewise, of QoS 2
  never_pubcomp,             ///< no PUBREL
  never_suback,              ///< no SUBSCRIBE
  odd_filter_closes,         ///< it hangs up on what no filter had that was taken
  filter_invalid,            ///< SUBACK: Topic Filter invalid
  identifier_in_use,         ///< SUBACK: Packet Identifier in use
  quota_at_subscribe,        ///< SUBACK: Quota exceeded
  numbers_refused,           ///< SUBACK: Subscription Identifiers not supported
  wildcard_refused,          ///< SUBACK: Wildcard Subscriptions not supported
  will_taken_back,           ///< by DISCONNECT, and its readers learn nothing
  will_taken_back_status,    ///< likewise, and the retained status stays
  will_despite_goodbye,      ///< DISCONNECT took it back, and it was published
  will_of_older,             ///< an older connection's will came after the newer one's status
  stops_inside_packet,       ///< the client closes in the middle of its own packet
  leaves_at_large,           ///< the client closes at a message larger than others
  leaves_at_message,         ///< the client closes at a message
  packet_closes,             ///< the broker closes at a packet that is no PUBLISH or SUBSCRIBE
  identifier_held,           ///< CONNECT closed while the identifier's older connection stands
  sent_again_early,          ///< by the client, on one connection, before PUBACK came
  given_again,               ///< by the broker, likewise
  session_forgotten,         ///< the client kept its session and the broker did not
  publish_closes_control,    ///< the topic holds a control character
  subscribe_closes_control,  ///< a filter does
  too_large_for_subscriber,  ///< the message is above the subscriber's Maximum Packet Size
  pings_do_not_count,        ///< ended after a fixed time, although pings were answered
  pings_ignored,             ///< likewise, and the connections were of different ages
  nameless_thrown_out,       ///< of two clients without an identifier, the broker keeps one
  ended_without_word,        ///< ended by the broker again and again, and let in each time
  hands_on,                  ///< two brokers hand one message to each other
  hands_back,                ///< a client publishes again and again what another published once

  // ---- states and commands
  // What state_watch notices where the user says what he sees.
  kept_at_start,              ///< retained messages come at each subscription
  kept_for_session,           ///< messages kept for the session come when it is back
  backlog_sent,               ///< the sender sends at its start what it has gathered
  repeats_at_start,           ///< the sender publishes the same again at each start
  repeated_unanswered,        ///< the broker repeats what was not acknowledged (DUP)
  last_not_kept,              ///< published without retain before the reader subscribed
  last_cleared,               ///< somebody cleared the retained message before
  last_not_for_shared,        ///< a shared subscription gets no retained messages
  last_not_again,             ///< Retain Handling 1, and the subscription stood already
  last_not_at_resume,         ///< the session was resumed, and nothing subscribed to
  last_expired,               ///< the retained message had expired
  will_elsewhere,             ///< the will goes to another topic than the status
  leaves_no_will,             ///< it says that it is there, and has no will
  farewell_not_kept,          ///< it says without retain that it goes
  will_never_came,            ///< its connection broke, and no will was published
  will_delayed,               ///< likewise, with a Will Delay Interval
  silence_is_allowed,         ///< a long keep alive, or none
  will_at_each_end,           ///< its connections break, and the will comes each time
  status_is_shared,           ///< two clients have one topic for their status
  status_by_other,            ///< another client wrote the status last
  availability_never_told,    ///< the topic that the announcement names is never published to
  availability_text_differs,  ///< other words than the announcement names
  discovery_expires,          ///< expire_after is shorter than a pause
  discovery_no_availability,  ///< the announcement names no topic for availability
  command_beside,             ///< a command to a topic beside the one that is subscribed to
  command_while_away,         ///< a command when its reader was not connected
  command_to_state,           ///< a command to the topic where the device tells its state
  command_in_topic,           ///< its value stands in the topic, and the message is empty
  command_too_large,          ///< those above a size are not answered
  command_other_form,         ///< one form is answered, another is not
  command_unheeded,           ///< it reached the device, and no answer came
  text_in_form,               ///< replaced by the sentence of the form
  forms_mixed,                ///< one topic, two forms
  changed_on_the_way,         ///< what was given was never published so
  discovery_no_json,
  discovery_other_prefix,
  discovery_unread,
  discovery_bad_topic,
  discovery_incomplete,
  discovery_twins,
  discovery_removed,
  discovery_not_again,
  discovery_value_elsewhere,
  discovery_value_no_json,
  discovery_field_missing,
  discovery_none,
  sparkplug_unborn,
  left_with_open,      ///< it leaves before its messages are acknowledged
  gave_up_waiting,     ///< it waited long for that, and the others had been acknowledged soon
  left_without_any,    ///< it leaves before it has published anything
  never_published,     ///< connected, and publishes nothing
  leaves_itself,       ///< it ends its own connections again and again
  leaves_at_refusal,   ///< it leaves when a subscription was refused
  connect_closes_all,  ///< a CONNECT closed without an answer asks for what is seldom taken
  left_unsubscribed,   ///< it ends its connections before it has asked for anything

  // What meaning_watch notices: no rule is broken, and yet it is hardly what was meant.
  copies_by_overlap,      ///< one copy for each of the client's filters
  copies_by_writers,      ///< two clients publish the same messages
  own_returns,            ///< the client gets back what it publishes
  command_kept,           ///< a retained command came once
  command_kept_again,     ///< and at each start
  kept_is_old,            ///< a retained message of a writer that has gone
  kept_is_older,          ///< the retained message is older than the last one that was published
  state_not_kept,         ///< a state or discovery, published before the subscriber came
  published_too_early,    ///< published when nobody had subscribed yet
  will_kept_birth_not,    ///< the will is retained, the message that contradicts it is not
  birth_kept_will_not,    ///< and the other way round
  state_stays,            ///< the retained will is not contradicted after coming back
  cleared_without_flag,   ///< an empty message that was to clear a retained one
  identifier_changes,     ///< a new identifier, and a session that stays, at each connection
  qos0_while_away,        ///< published at QoS 0 for a session whose client was away
  subscribed_qos0_away,   ///< subscribed at QoS 0, so that nothing was kept
  session_lost_missed,    ///< the broker no longer had the session, nor its messages
  session_burst,          ///< what was kept comes at once
  shared_turns,           ///< each member of a shared subscription gets a part
  shared_published,       ///< published to the name of a shared subscription
  nothing_published,      ///< nothing that was published matches the client's filters
  payload_odd,            ///< replaced by the sentence of what is odd
  response_topic_lost,    ///< the broker drops Response Topic
  response_topic_unread,  ///< the answering side speaks a version without it
  response_unsubscribed,  ///< nobody subscribes to the Response Topic
  copies_by_itself,       ///< the client publishes each message twice
  copies_by_broker,       ///< one filter, one message, and two copies
  copies_beside,          ///< the same messages from two clients, to topics side by side
  connected_twice,        ///< two connections of one address with the same filters
  kept_again,             ///< a retained message comes again, as the client subscribes again
  kept_is_last,           ///< of several retained messages only the last is there
  kept_is_gone,           ///< the broker no longer has a message it was to retain
  kept_not_by_wildcard,   ///< the broker gives retained messages to exact filters only
  old_name_stays,         ///< the state under the topic that the client used before
  gave_up,                ///< unsubscribed at once, and messages came for that filter
  published_early,        ///< to its own subscription, before SUBACK
  one_each,               ///< a connection for each message
  topic_rewritten,        ///< dots become slashes
  empty_between,          ///< empty messages among JSON
  from_old_session,       ///< a subscription that the session brought along
  unasked,                ///< the broker sends what no filter matches
  went_silent,            ///< a topic that came often and then no more
  kept_missing,           ///< not all that was kept for the session comes
  overwritten,            ///< two clients replace each other's discovery
  plus_withheld,          ///< the filter's + meets an empty level
  acknowledged_late,      ///< the broker takes long to acknowledge each message
  shared_to_all,          ///< each member of a shared subscription gets everything
  shared_waits,           ///< a part of a shared subscription's messages waits for one who is away
  shared_lost,            ///< a part of them comes to no member
  shared_unserved,        ///< none of them comes to any
  response_never_sent,    ///< the answering side got it and never answered

  // ---- arrivals: what arrival_watch notices, where the user says what is seen.
  rests_on_session,     ///< takes up a session in which nothing of what is published is asked for
  unsubscribed_since,   ///< messages came for a filter that the client left
  unsubscribed_before,  ///< it left a filter just before it left itself
  nobody_published,     ///< nothing at all was published
  writer_gone,          ///< who published a topic has gone
  writer_quiet,         ///< who published a topic is there and publishes no more
  lost_at_broker,       ///< others of the topic came, these not
  lost_while_away,      ///< published for a client without a session that was away
  writer_away,          ///< the writer itself was not connected
  published_elsewhere,  ///< at another broker than the reader's
  not_passed_on,        ///< what has one trait is sent to nobody, and other messages are
  beside_filter,        ///< a topic of the same writer that no filter takes in
  sent_at_next,         ///< sent again by the client, on its next connection
  given_at_next,        ///< given again by the broker, likewise
  given_for_wrong_number,  ///< likewise, as it was acknowledged by another packet identifier
  kept_and_waiting,    ///< a message that waited in the session, and once more as the retained one
  kept_once_more,      ///< a retained message that the client had, after a new connection
  sender_burst,        ///< many at once, after their writer was away
  sender_batches,      ///< many at once, again and again
  reader_batch,        ///< many at once, after their reader was away
  reader_acks_late,    ///< the reader acknowledges late
  held_by_broker,      ///< the broker sends them late
  delayed_topic,       ///< a topic of EMQX's that delays
  order_by_qos,        ///< overtaken by another QoS
  order_by_resending,  ///< sent again behind newer ones
  order_by_repeating,  ///< given again behind newer ones
  order_by_writers,    ///< overtaken by another client's
  order_at_broker,     ///< overtaken at one QoS and on one connection
  order_at_writer,     ///< the writer counts up in another order
  several_writers,     ///< several clients publish to one topic
  several_levels,      ///< one client publishes to a topic at several QoS
  away_too_long,       ///< longer than the session lasts
  expiry_zeroed,       ///< DISCONNECT ended the session
  identifier_differs,  ///< the app comes back under another identifier
  own_by_wide,         ///< the client gets what it publishes, by a wildcard
  filter_is_wide,      ///< one filter takes in many topics
  unsubscribed_other,  ///< UNSUBSCRIBE of a filter that it had not
  loudest,             ///< who publishes most
  topics_without_end,  ///< a new topic each time
  same_again,          ///< the same message again and again
  connects_often,      ///< one connection after the other
  kept_flood,          ///< many retained messages at once
  session_piles,       ///< a session that fills, of a client that does not come
  pings_often,         ///< a short keep alive
  subscribes_often,    ///< the same filter again and again
  reacts_late,         ///< the reader got it in time and answers late
  reacts_behind_own,   ///< likewise, and its own messages come in between
  shared_twice,        ///< one filter is shared under two names
  shared_and_plain,    ///< a client has a filter both shared and by itself
  prefix_changed,      ///< its writer went over to the same topic behind another prefix
  never_came_back,     ///< the reader's connection ended, and it has not connected since
  kept_too_large,      ///< a retained message is above the subscriber's Maximum Packet Size
};

/// A note explains a fact; a cause has to be mended.
enum class weight : std::uint8_t { note, cause };
/// "note" or "cause".
const char* to_string(weight how_heavy) noexcept;

struct remark_row {
  noticed what;
  const char* id;  ///< the id in the catalogue
  weight heavy;
  const char* fact;
  const char* cure;
  const char* alike = "";   ///< another cause that fits the same facts
  bool is_warning = false;  ///< of a note: hardly what was meant, and maybe the whole answer
};
/// The rows of answers that come too late or never.
std::span<const remark_row> answer_rows() noexcept;
/// The rows of what meaning_watch notices, and of what arrival_watch does.
std::span<const remark_row> meant_rows() noexcept;
std::span<const remark_row> arrival_rows() noexcept;
/// The rows of what state_watch notices.
std::span<const remark_row> state_rows() noexcept;
/// What a user may see of it; nothing of what state_watch does not notice.
symptom_set symptoms_of_state(noticed what) noexcept;
bool is_meaning(const remark_row& row) noexcept;
const remark_row& row_of(noticed what) noexcept;

using remark_places = std::map<std::string, std::string>;

/// Something noticed on a connection. Each `key` is told once for a client.
struct observation {
  noticed what{};
  remark_places with{};
  std::string key{};
  std::string id{};               ///< in place of the row's id
  std::optional<weight> heavy{};  ///< in place of the row's weight
  std::vector<sentence> more{};   ///< sentences behind the fact
  const char* fact = nullptr;     ///< in place of the row's
  const char* cure = nullptr;     ///< likewise
  std::optional<bool> is_warning{};
  std::optional<strength> how{};  ///< how well it fits; what fits no better than `fits` is possible
};
using observations = std::vector<observation>;
/// Observations with the key of their client.
using client_observations = std::vector<std::pair<std::string, observation>>;

/// An observation in words.
struct remark {
  noticed what{};
  std::string id;
  weight heavy = weight::note;
  bool is_warning = false;          ///< of a note: hardly what was meant
  bool is_meaning = false;          ///< it tells what a session means, and may be the whole answer
  symptom_set shows_as;             ///< what a user may see of it
  std::vector<sentence> sentences;  ///< the fact and what more is known, then the advice
  std::size_t facts = 1;            ///< how many of them are no advice
  std::string alike;
  std::uint64_t connection = 0;
  std::string client;  ///< the client's identifier
  std::uint64_t times = 1;
  std::optional<strength> how;  ///< how well it explains what is seen
};

/// What a user may see of it; where the row alone does not tell, as the cause of that id does.
symptom_set symptoms_of(noticed what, std::string_view id);

/// The sentences in the chosen language.
std::string text_of(const remark& told);

/// Whether the other side said it itself, in a reason code, and nothing else fits it.
bool is_told_by_code(const remark& told) noexcept;

/// Whether the remark says why a connection ended, better than its end alone does.
/// @param has_code  the broker gave a reason code for that end
bool explains_end(const remark& told, bool has_code) noexcept;

/// Whether it says why connections end again and again, other than at a subscription.
bool ends_again(const remark& told) noexcept;

/// Whether the remark is about a client that the broker did not let in.
bool is_about_login(const remark& told) noexcept;

}  // namespace mqttkit::doctor
