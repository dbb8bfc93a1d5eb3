// The cures that give a broker one more listener, in the file that it reads.
#pragma once

#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {

/// Whether a configuration names its users already. mosquitto does not start with a second
/// password_file.
bool has_users(const configuration_fact* from);
/// Adds a listener with passwords, in a file of its own where the configuration includes a folder,
/// else in itself. @param from  null where no file of the broker is known
std::string listener_command(const configuration_fact* from, int port);
/// Adds a listener for the asked port, with passwords, to the file of a broker that does not run;
/// users where it has none; and the command that starts it. @param from  null: there is no file yet
made_finding& with_listener(made_finding& made, const host_view& at, const configuration_fact* from,
                            const std::string& start, sentence where, sentence then);
/// A broker runs on other ports: shows them, and gives it a listener on this one.
made_finding& add_listener(made_finding& made, const host_view& at);
/// Says which listeners EMQX's file switches off.
void add_switched_off(made_finding& made, const host_view& at);

}  // namespace mqttkit::doctor
