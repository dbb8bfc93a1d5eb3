// Words of the standard and of the library's decoder that `listen` quotes, for translation.
#pragma once

#include <array>

#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {

/// Reason codes besides CONNACK's (quoted_words.hpp), by their names in the standard.
inline constexpr std::array reason_words{
    N_("Granted QoS 0"),
    N_("Granted QoS 1"),
    N_("Granted QoS 2"),
    N_("Normal disconnection"),
    N_("Disconnect with Will Message"),
    N_("No matching subscribers"),
    N_("No subscription existed"),
    N_("Continue authentication"),
    N_("Re-authenticate"),
    N_("Server shutting down"),
    N_("Keep Alive timeout"),
    N_("Session taken over"),
    N_("Topic Filter invalid"),
    N_("Packet Identifier in use"),
    N_("Packet Identifier not found"),
    N_("Receive Maximum exceeded"),
    N_("Topic Alias invalid"),
    N_("Message rate too high"),
    N_("Administrative action"),
    N_("Shared Subscriptions not supported"),
    N_("Maximum connect time"),
    N_("Subscription Identifiers not supported"),
    N_("Wildcard Subscriptions not supported"),
};

/// Rules that a packet may break (base/error.cpp).
inline constexpr std::array rule_words{
    N_("malformed packet"),
    N_("protocol error"),
    N_("not valid UTF-8, or contains a NUL character"),
    N_("not a topic name: it is empty or contains + or #"),
    N_("not a topic filter: it is empty, or + or # is not alone in its level, or # is not last"),
    N_("property not allowed in this packet"),
    N_("property may be given only once"),
    N_("property value out of range"),
    N_("unknown property"),
    N_("a frame without a mask from the client"),
};

}  // namespace mqttkit::doctor
