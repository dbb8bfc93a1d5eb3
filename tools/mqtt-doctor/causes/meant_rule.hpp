// The line of an access list that was to give a right, and does not give it as it is written.
//
// Who is to mend a list mends that line: one more, for the topic in question alone, would leave the
// next topic as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mqtt-doctor/causes/broker_words.hpp"

namespace mqttkit::doctor {

enum class mended_by : std::uint8_t {
  correction,  ///< of the line: it says home/*
  copy,        ///< of the line below the user's name: it stands before the first user
  addition,    ///< of one like it: "topic readwrite #" takes in nothing that begins with $
};

struct meant_rule {
  const acl_rule_fact* rule = nullptr;
  std::string line;  ///< as it was meant: "topic readwrite home/#"
  mended_by how{};
};

/// Whether the rule gives that right on the topics that it takes in.
bool gives(const acl_rule_fact& rule, topic_right what);

/// The line by which this user was to have the right: one of his whose filter means nothing to MQTT
/// as it is written (home/*), one of his for everything, or one for clients without a user name.
std::optional<meant_rule> find_meant_rule(const configuration_fact& from, const std::string& user,
                                          topic_right what, const std::string& topic);

}  // namespace mqttkit::doctor
