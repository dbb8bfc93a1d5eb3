// Settings of brokers that are no fault, and yet explain what a user sees (--symptom): tables, a
// file for each broker.
#pragma once

#include <span>

#include "mqtt-doctor/causes/strength.hpp"
#include "mqtt-doctor/facts/host_vocabulary.hpp"
#include "mqtt-doctor/facts/symptom.hpp"
#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor::telling {

/// Which values of a setting explain something.
enum class value : std::uint8_t {
  any,
  is_true,
  is_false,
  above_zero,
  small,   ///< above zero, and at most `bound`
  below,   ///< at most `bound`, zero included
  is_word  ///< the word itself
};

struct setting_row {
  broker_kind broker;
  const char* name;
  value when;
  double bound;      ///< in bytes, seconds or pieces
  const char* word;  ///< of is_word, else nullptr
  symptom_set shows;
  const char* id;
  strength how;
  const char* text;   ///< {value} is the setting's
  const char* line;   ///< in place of it; "" for: take the line out
  const char* loses;  ///< what that costs; nullptr: nothing
};

std::span<const setting_row> of_mosquitto();
std::span<const setting_row> of_emqx();
/// RabbitMQ, VerneMQ, HiveMQ and NanoMQ.
std::span<const setting_row> of_others();

// Sentences that several brokers' rows share.

inline constexpr const char* session_ends =
    N_("The broker ends the session of a client that is away for longer than {value}, and throws "
       "away what waits for it.");
inline constexpr const char* few_wait =
    N_("The broker keeps at most {value} messages for one client, and drops the others without a "
       "word.");
inline constexpr const char* few_bytes_wait =
    N_("The broker keeps at most {value} bytes of messages for one client, and drops the others "
       "without a word.");
inline constexpr const char* no_retained =
    N_("The broker keeps no retained messages: who starts later gets nothing, and who sends one "
       "may be hung up on.");
inline constexpr const char* large_lost =
    N_("A message of more than {value} is thrown away; at QoS 1 and 2 it is acknowledged all the "
       "same.");
inline constexpr const char* large_ends =
    N_("A packet of more than {value} ends its client's connection.");
inline constexpr const char* low_quality =
    N_("The broker takes QoS {value} at most, and hangs up on who publishes with more.");
inline constexpr const char* few_on_the_way =
    N_("The broker has {value} messages on their way to one client at most, and sends the next "
       "only when one is acknowledged.");
inline constexpr const char* keep_alive_set =
    N_("The broker gives clients of MQTT 5 a keep alive of {value} s at most, and ends the "
       "connection of one that keeps to its own, longer one.");
inline constexpr const char* as_subscribed =
    N_("The broker sends each message with the QoS of its subscription, also one that was "
       "published with QoS 0: at QoS 1 it may come again after a reconnect.");
inline constexpr const char* user_is_id =
    N_("The broker takes the user name for the client identifier: two apps of one user end each "
       "other's connection.");
inline constexpr const char* sessions_kept =
    N_("Raise it above the longest time that a client is away; what clients leave behind that "
       "never come back is kept as long:");
inline constexpr const char* more_memory =
    N_("Raise the limit; a client that never comes back costs as much memory:");

}  // namespace mqttkit::doctor::telling
