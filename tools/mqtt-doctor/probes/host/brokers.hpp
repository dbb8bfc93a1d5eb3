// How the brokers of this machine are set up, as far as their files say.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

struct configuration_request {
  std::vector<std::string> own_addresses;
  std::string user;      ///< whose presence in the password file is looked up
  std::string password;  ///< held against the hash there; never kept
};

/// Reads a mosquitto.conf with all it includes, as mosquitto 2 would. `runs` is the process that
/// reads it, or null. A file that cannot be read gives one problem.
configuration_fact read_mosquitto(const machine_files& files, const std::string& file,
                                  const process_fact* runs);

/// Looks at the files the configuration names, the addresses it binds, tcp wrappers.
void check_mosquitto(const machine_files& files, const configuration_request& request,
                     const process_fact* runs, configuration_fact& into,
                     std::vector<std::string>& not_seen);

/// mosquitto as a process or in its usual places, EMQX, RabbitMQ and ActiveMQ in theirs.
void look_at_configurations(const machine_files& files, const configuration_request& request,
                            host_facts& into);

configuration_fact read_emqx(const machine_files& files, const std::string& file);
configuration_fact read_rabbitmq(const machine_files& files);
configuration_fact read_activemq(const machine_files& files, const std::string& file);

}  // namespace mqttkit::doctor
