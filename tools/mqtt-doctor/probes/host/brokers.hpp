// The set-up of this machine's brokers, as far as their files tell.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

struct configuration_request {
  std::vector<std::string> own_addresses;
  std::string user;      ///< the user to find in the password file
  std::string password;  ///< is checked against that user's hash; never kept
  std::vector<std::string> names_of_certificate;  ///< other names that the user may have
};

/// Adds a problem to a configuration. @param stops  whether the broker does not start with it
void add_problem(configuration_fact& into, problem_kind kind, const std::string& file, int line,
                 const std::string& subject, const std::string& detail, bool stops);

/// Reads a mosquitto.conf and its includes as mosquitto 2 does. `runs` is the process that reads
/// it, or null. A file that cannot be read becomes a problem.
configuration_fact read_mosquitto(const machine_files& files, const std::string& file,
                                  const process_fact* runs);

/// Checks the files that the configuration names, the addresses it binds, and tcp wrappers.
void check_mosquitto(const machine_files& files, const configuration_request& request,
                     const process_fact* runs, configuration_fact& into,
                     std::vector<std::string>& not_seen);

/// Finds mosquitto by process or in its usual places, and the other brokers in theirs.
void look_at_configurations(const machine_files& files, const configuration_request& request,
                            host_facts& into);

configuration_fact read_emqx(const machine_files& files, const std::string& file);
configuration_fact read_rabbitmq(const machine_files& files);
configuration_fact read_activemq(const machine_files& files, const std::string& file);
configuration_fact read_vernemq(const machine_files& files, const std::string& file);
configuration_fact read_nanomq(const machine_files& files, const std::string& file);
configuration_fact read_nats(const machine_files& files, const std::string& file);
configuration_fact read_flashmq(const machine_files& files, const std::string& file);
configuration_fact read_hivemq(const machine_files& files, const std::string& file);
configuration_fact read_artemis(const machine_files& files, const std::string& file);

/// Reads those of VerneMQ, NanoMQ, NATS, FlashMQ, HiveMQ and Artemis, and hands each to `keep`.
void look_at_more_brokers(const machine_files& files, const host_facts& host,
                          const std::function<void(configuration_fact, broker_kind)>& keep);

}  // namespace mqttkit::doctor
