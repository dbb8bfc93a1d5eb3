// Clouds that take topics of one form only, and hang up on any other without a word.
#pragma once

#include <optional>
#include <string>

#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {

/// The form of topics that the service behind this login takes; nothing where none is known by it.
std::optional<sentence> topic_form_of(const std::string& user, const std::string& client_id);
/// The same by the name of the host as well, where this topic does not have that form.
std::optional<sentence> topics_of_service(const view& known, const std::string& topic);

}  // namespace mqttkit::doctor
