// What a user may see of what the monitor notices, where several things have one id in the
// catalogue.
#include "mqtt-doctor/causes/symptoms.hpp"
#include "mqtt-doctor/listen/remark.hpp"

namespace mqttkit::doctor {

symptom_set symptoms_of(noticed what, std::string_view id) {
  using enum symptom;
  if (const symptom_set shown = symptoms_of_state(what); !shown.empty()) return shown;
  switch (what) {
    // ---- what is kept
    case noticed::command_kept:
    case noticed::command_kept_again:
      return {old_messages, unwanted, twice};
    case noticed::kept_again:
      return {old_messages, twice, unwanted};
    case noticed::kept_is_old:
    case noticed::kept_is_older:
      return {old_messages, no_last_value, shown_online};
    case noticed::retained_left_by_blank:
    case noticed::cleared_without_flag:
      return {old_messages, not_listed, unwanted};
    case noticed::old_name_stays:
      return {old_messages, not_listed, shown_offline, shown_online, unwanted};
    case noticed::kept_is_last:
    case noticed::kept_too_large:
    case noticed::kept_is_gone:
    case noticed::kept_not_by_wildcard:
    case noticed::retained_cleared:
    case noticed::retained_unwanted:
      return {no_last_value, nothing_arrives, not_listed};
    case noticed::state_not_kept:
    case noticed::published_too_early:
      return {no_last_value, nothing_arrives, not_listed, shown_offline, no_reaction};
    case noticed::retain_announced:
    case noticed::retain_said:
      return {no_last_value, cannot_send, drops};

    // ---- wills and status
    case noticed::will_kept_birth_not:
    case noticed::state_stays:
    case noticed::will_of_older:
    case noticed::will_despite_goodbye:
    case noticed::will_flaps:
      return {shown_offline};
    case noticed::birth_kept_will_not:
    case noticed::will_taken_back:
    case noticed::will_taken_back_status:
      return {shown_online};

    // ---- twice
    case noticed::connected_twice:
      return {twice, too_much};
    case noticed::sent_again_early:
    case noticed::given_again:
      return {twice, old_messages};
    case noticed::acknowledges_never:
    case noticed::acknowledges_nothing:
    case noticed::swaps_numbers:
      return {twice, old_messages, nothing_arrives, some_missing, drops};

    // ---- what the broker leaves unanswered
    case noticed::never_puback:
    case noticed::never_pubrec:
    case noticed::never_pubcomp:
      return {twice, cannot_send, nothing_arrives, some_missing, drops, no_reaction};
    case noticed::never_suback:
      return {nothing_arrives, no_reaction, not_listed, drops};

    // ---- arrivals
    case noticed::not_passed_on:
      return {nothing_arrives, some_missing};
    case noticed::rests_on_session:
    case noticed::unsubscribed_since:
    case noticed::nobody_published:
    case noticed::never_came_back:
    case noticed::prefix_changed:
    case noticed::writer_gone:
    case noticed::writer_quiet:
      return {nothing_arrives, some_missing};
    case noticed::lost_at_broker:
      return {some_missing, nothing_arrives};
    case noticed::lost_while_away:
      return {some_missing, missed_while_away};
    case noticed::writer_away:
      return {some_missing, late};
    case noticed::beside_filter:
      return {some_missing};
    case noticed::unsubscribed_before:
    case noticed::away_too_long:
    case noticed::expiry_zeroed:
    case noticed::identifier_differs:
      return {missed_while_away};
    case noticed::sent_at_next:
    case noticed::given_at_next:
    case noticed::given_for_wrong_number:
    case noticed::kept_and_waiting:
    case noticed::kept_once_more:
      return {twice, old_messages, unwanted};
    case noticed::sender_burst:
    case noticed::sender_batches:
    case noticed::held_by_broker:
    case noticed::delayed_topic:
      return {late};
    case noticed::reader_batch:
      return {late, too_much};
    case noticed::reader_acks_late:
      return {late, some_missing};
    case noticed::reacts_late:
    case noticed::reacts_behind_own:
      return {late};
    case noticed::shared_twice:
    case noticed::shared_and_plain:
      return {twice};
    case noticed::shared_turns:
      return {some_missing, no_reaction, wrong_order};
    case noticed::shared_waits:
    case noticed::shared_lost:
      return {some_missing, nothing_arrives, late};
    case noticed::hands_on:
    case noticed::hands_back:
      return {unwanted, twice, too_much};
    case noticed::order_by_qos:
    case noticed::order_by_resending:
    case noticed::order_by_repeating:
    case noticed::order_by_writers:
    case noticed::order_at_broker:
    case noticed::order_at_writer:
    case noticed::several_levels:
      return {wrong_order};
    case noticed::several_writers:
      return {wrong_order, unwanted};
    case noticed::own_by_wide:
      return {unwanted, twice};
    case noticed::filter_is_wide:
      return {unwanted, too_much};
    case noticed::unsubscribed_other:
      return {unwanted};
    case noticed::loudest:
    case noticed::topics_without_end:
    case noticed::connects_often:
    case noticed::kept_flood:
    case noticed::session_piles:
    case noticed::pings_often:
      return {too_much};
    case noticed::same_again:
    case noticed::subscribes_often:
      return {too_much, twice};

    // ---- sessions
    case noticed::session_forgotten:
      return {nothing_arrives, missed_while_away, no_reaction};
    case noticed::gave_up:
    case noticed::published_early:
      return {nothing_arrives, some_missing};
    default:
      return symptoms_of(id);
  }
}

}  // namespace mqttkit::doctor
