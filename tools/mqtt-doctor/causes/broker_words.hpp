// Cures in the broker's own language: its commands where the broker is known, plain words where
// it is not.
#pragma once

#include <string>

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

enum class topic_right : std::uint8_t { read, write, both };

/// Adds how to let a user read or write a topic. An empty user name stands for anonymous clients.
void allow_topic(made_finding& made, const view& known, const std::string& user, topic_right what,
                 const std::string& topic);

/// Adds how to give a user another password.
void set_password(made_finding& made, const view& known, const std::string& user);

/// Adds how to make a user where there is none yet.
void make_user(made_finding& made, const view& known);

/// Adds how to make a user of one's own on RabbitMQ, in the place of one that is for its own
/// machine.
made_finding& offer_own_user(made_finding& made);

/// The command that lets the broker read its certificate again, or starts it anew where it cannot;
/// "" where nobody knows which broker it is, or the broker is in a cloud.
std::string reload_of(const view& known);
std::string restart_of(const view& known);

/// Adds what to look for in the broker's log; without a command where the broker is not known.
void look_in_log(made_finding& made, const view& known, const sentence& with_command,
                 const sentence& without, const std::string& mark);

/// Adds where the broker's log says why it refused a login.
void ask_login_log(made_finding& made, const view& known);

/// Whether a refusal is known to concern the user and not the client identifier: the app's own
/// identifier was sent, or the access list was read on the broker's machine and names no client.
bool knows_whose_rule(const view& known);

/// Says that the rule may be about client identifiers, and how to ask with the app's own.
void doubt_identifier(made_finding& made, const view& known, const std::string& user,
                      const std::string& filter);

/// Whether users and rights of this broker are kept in the console of a cloud.
bool is_cloud(const view& known);

}  // namespace mqttkit::doctor
