// What the user sees, and which findings may be behind it. Pure.
//
// A session that breaks no rule is nobody's fault until somebody says what was expected of it: a
// retained command at each start is a setting to one and a nuisance to another. So what explains
// the symptom that was told becomes a cause, and what does not stays what it was.
#pragma once

#include <string_view>

#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/facts/symptom.hpp"

namespace mqttkit::doctor {

/// What the user may see where this cause holds.
symptom_set symptoms_of(std::string_view id);

/// Whether the finding may be what the user sees.
bool explains(const finding& found, symptom seen);

/// Turns warnings and notes that explain what is seen into causes, which are likely at most, and
/// puts the causes that explain it first. Nothing else changes its place or its certainty.
void put_symptom_first(symptom seen, diagnosis& made);

/// The cause where nothing that was found explains what is seen: it says what usually does, and
/// how to see that.
/// @param is_recorded  the facts are from a capture
/// @param all_came  all that was published for a subscriber was sent to it
finding unexplained_symptom(symptom seen, bool is_recorded, const std::string& target,
                            bool all_came = false);

/// The same where what was heard says where the messages are, and leaves none of the usual reasons.
/// @param is_acknowledged  by the app itself
finding answered_symptom(const sentence& why, bool is_acknowledged);

/// Adds unexplained_symptom() where nothing explains what is seen and nothing else is wrong.
/// @param excluded  what was looked at and does not explain it
void add_if_unexplained(symptom seen, bool is_recorded, const std::string& target, diagnosis& made,
                        const std::vector<sentence>& excluded = {}, bool all_came = false);

}  // namespace mqttkit::doctor
