// What is done to a broker, said in its own language: a command where it is known which broker it
// is, and no broker's command where nobody knows.
#pragma once

#include <string>

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

enum class topic_right : std::uint8_t { read, write, both };

/// Adds how to let a user read or write a topic. An empty user is one without a name.
void allow_topic(made_finding& made, const view& known, const std::string& user, topic_right what,
                 const std::string& topic);

/// Adds how to give a user another password.
void set_password(made_finding& made, const view& known, const std::string& user);

/// Adds how to make a user where there is none yet.
void make_user(made_finding& made, const view& known);

/// Adds how to make a user of one's own on RabbitMQ, in the place of one that is for its own
/// machine.
made_finding& offer_own_user(made_finding& made);

/// The command that lets the broker read its certificate again, and the one that starts it again;
/// "" where nobody knows which broker it is, or it is in a cloud.
std::string reload_of(const view& known);
std::string restart_of(const view& known);

/// Adds what to look for in the broker's log; without a command where nobody knows which it is.
void look_in_log(made_finding& made, const view& known, const sentence& with_command,
                 const sentence& without, const std::string& mark);

/// Adds where the broker's log says why it refused a login.
void ask_login_log(made_finding& made, const view& known);

/// Whether what was refused is known to be the user's: the app's own identifier was sent, or the
/// access list was read on the broker's own machine and does not go by identifiers.
bool knows_whose_rule(const view& known);

/// Says that the rule may be one for client identifiers, and how to ask with the app's own.
void doubt_identifier(made_finding& made, const view& known, const std::string& user,
                      const std::string& filter);

/// The make is one whose users and rights are kept in the console of a cloud.
bool is_cloud(const fact_word<broker_kind>& broker);

}  // namespace mqttkit::doctor
