// What several messages between two connections showed, for the causes that read them.
#pragma once

#include <string>

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// The one on the user's topic, or on the doctor's own; nullptr when none was made.
const exchange_fact* exchange_on(const view& known, bool users_topic);

/// The same as the user's shared subscription, in a group that only the doctor is in.
const exchange_fact* exchange_in_own_group(const view& known);

/// The same without a group.
const exchange_fact* exchange_without_group(const view& known);

/// The user's, if something was published there. Where it was tried without the group, that one
/// tells about permissions.
const exchange_fact* users_exchange(const view& known);

/// The highest answer to QoS 1 and 2; -1: none came.
int answer_of(const exchange_fact& exchange);

/// Whether the broker granted the subscription.
bool is_granted(const exchange_fact& exchange);

/// Nothing of what was sent came, and neither side was hung up on.
bool is_silent(const exchange_fact& exchange);

/// That whose publisher is at another broker.
const exchange_fact* exchange_from_elsewhere(const view& known);

/// All went well between two connections on the doctor's own topic.
bool does_own_topic_work(const view& known);

/// How a user is called; "anonymous" without a name.
std::string name_of(const std::string& user);

/// "3 of 5 at QoS 1".
sentence count_of(const exchange_fact::run& run);

/// Adds what was sent and what came, for each QoS, as evidence.
made_finding& with_counts(made_finding& made, const exchange_fact& exchange);

}  // namespace mqttkit::doctor
