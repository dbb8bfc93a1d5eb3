// What several messages between two connections showed, as the causes ask it.
#pragma once

#include <string>

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// The exchange on the user's topic, or on the doctor's own; nullptr when none was made.
const exchange_fact* exchange_on(const view& known, bool users_topic);

/// The exchange on the user's shared subscription, in a group that only the doctor is in.
const exchange_fact* exchange_in_own_group(const view& known);

/// The exchange on the user's shared filter without its group.
const exchange_fact* exchange_without_group(const view& known);

/// The exchange on the user's topic, if something was published there. Where a shared filter was
/// tried without its group too, that exchange is returned: it tells about permissions.
const exchange_fact* users_exchange(const view& known);

/// The highest reason code that acknowledged QoS 1 and 2; -1 when no acknowledgement came.
int answer_of(const exchange_fact& exchange);

/// Whether the broker granted the subscription.
bool is_granted(const exchange_fact& exchange);

/// Whether no message of those sent came, though the broker ended neither connection.
bool is_silent(const exchange_fact& exchange);

/// The exchange whose publisher is connected to another broker (--sent-via).
const exchange_fact* exchange_from_elsewhere(const view& known);

/// Whether an exchange on the doctor's own topic went well from one connection to another.
bool does_own_topic_work(const view& known);

/// Whether a message that the doctor published came back to itself.
bool does_echo(const view& known);

/// A reason code as sentences say it: "0x87".
std::string in_hex(int reason);

/// The user's name as sentences say it; "anonymous" for a client without a name.
std::string name_of(const std::string& user);

/// "3 of 5 at QoS 1".
sentence count_of(const exchange_fact::run& run);

/// Adds what was sent and what came, for each QoS, as evidence.
made_finding& with_counts(made_finding& made, const exchange_fact& exchange);

}  // namespace mqttkit::doctor
