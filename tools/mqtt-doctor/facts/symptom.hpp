// What the user sees (--symptom), in the words of a closed set.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "mqtt-doctor/facts/fact_word.hpp"

namespace mqttkit::doctor {

enum class symptom : std::uint8_t {
  none,
  cannot_connect,
  drops,              ///< it connects, and is thrown out or connects anew again and again
  nothing_arrives,    ///< a subscriber gets nothing, or nothing of one topic
  some_missing,       ///< some messages do not come
  twice,              ///< messages come more than once
  late,               ///< messages come late, or many at once
  old_messages,       ///< old messages come: at the start, after a reconnect
  no_last_value,      ///< after a start nothing is known until the next message
  missed_while_away,  ///< what was sent while the client was away does not come
  shown_offline,      ///< shown offline although it runs
  shown_online,       ///< shown online although it has gone
  no_reaction,        ///< a device does not carry out its commands
  unreadable,         ///< a message cannot be read
  not_listed,         ///< a device or its values do not appear in the app
  unwanted,           ///< messages that were not asked for, its own, or in a circle
  cannot_send,        ///< publishing fails or is not acknowledged
  too_much,           ///< too many messages, topics or connections
  wrong_order,
};
template <>
inline constexpr auto word_rows<symptom> = std::to_array<row<symptom>>({
    {symptom::none, ""},
    {symptom::cannot_connect, "cannot-connect"},
    {symptom::drops, "drops"},
    {symptom::nothing_arrives, "nothing-arrives"},
    {symptom::some_missing, "some-missing"},
    {symptom::twice, "twice"},
    {symptom::late, "late"},
    {symptom::old_messages, "old-messages"},
    {symptom::no_last_value, "no-last-value"},
    {symptom::missed_while_away, "missed-while-away"},
    {symptom::shown_offline, "shown-offline"},
    {symptom::shown_online, "shown-online"},
    {symptom::no_reaction, "no-reaction"},
    {symptom::unreadable, "unreadable"},
    {symptom::not_listed, "not-listed"},
    {symptom::unwanted, "unwanted"},
    {symptom::cannot_send, "cannot-send"},
    {symptom::too_much, "too-much"},
    {symptom::wrong_order, "wrong-order"},
});
static_assert(is_in_order(word_rows<symptom>));

/// Several symptoms.
class symptom_set {
 public:
  constexpr symptom_set() = default;
  constexpr symptom_set(std::initializer_list<symptom> all) {
    for (const symptom each : all) bits_ |= bit_of(each);
  }
  constexpr bool contains(symptom what) const noexcept { return (bits_ & bit_of(what)) != 0; }
  constexpr bool empty() const noexcept { return bits_ == 0; }

 private:
  static constexpr std::uint32_t bit_of(symptom what) noexcept {
    return what == symptom::none ? 0 : std::uint32_t{1} << static_cast<unsigned>(what);
  }

  std::uint32_t bits_ = 0;
};

}  // namespace mqttkit::doctor
