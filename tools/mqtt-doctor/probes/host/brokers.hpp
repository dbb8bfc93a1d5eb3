// The set-up of this machine's brokers, as far as their files tell.
#pragma once

#include <functional>
#include <map>
#include <optional>
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
  std::string topic = {};                         ///< whose rights are asked; may be empty
  std::string client_id = {};  ///< that rights may name; "" where the doctor's own is used
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

/// What a variable of the environment sets over the files of a broker.
struct given_setting {
  std::string value;
  std::string variable;  ///< its name
};
using given_settings = std::map<std::string, given_setting>;  // by the names in the files

/// A listener whose address a variable sets has its name as setting "variable"; other settings have
/// it in the place of FILE:LINE.
configuration_fact read_emqx(const machine_files& files, const std::string& file,
                             const given_settings& given = {});
/// @param folder  with rabbitmq.conf, conf.d, enabled_plugins and advanced.config
configuration_fact read_rabbitmq(const machine_files& files,
                                 const std::string& folder = "/etc/rabbitmq",
                                 const given_settings& given = {});
configuration_fact read_activemq(const machine_files& files, const std::string& file);
configuration_fact read_vernemq(const machine_files& files, const std::string& file,
                                const given_settings& given = {});
configuration_fact read_nanomq(const machine_files& files, const std::string& file,
                               const given_settings& given = {});
configuration_fact read_nats(const machine_files& files, const std::string& file);
configuration_fact read_flashmq(const machine_files& files, const std::string& file);
configuration_fact read_hivemq(const machine_files& files, const std::string& file);
configuration_fact read_artemis(const machine_files& files, const std::string& file);

/// Notes what NATS's file says of the asked user: its password, and the kinds of connections that
/// it is allowed.
void check_nats_user(const machine_files& files, const configuration_request& request,
                     const process_fact* runs, configuration_fact& into);

/// Notes where settings stand whose name, or its last part, begins one line of the file only.
void note_places(const machine_files& files, configuration_fact& into);

/// The set-up of a broker other than mosquitto in its container, by its files and by what its
/// environment sets; nullopt where neither is known.
std::optional<configuration_fact> read_contained_broker(const machine_files& inside,
                                                        const container_fact& container);

/// Reads those of VerneMQ, NanoMQ, NATS, FlashMQ, HiveMQ and Artemis, and hands each to `keep`.
void look_at_more_brokers(const machine_files& files, const host_facts& host,
                          const std::function<void(configuration_fact, broker_kind)>& keep);

}  // namespace mqttkit::doctor
