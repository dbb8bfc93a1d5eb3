// The certificate files of brokers other than mosquitto.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// Settings of the Erlang terms in RabbitMQ's advanced.config and in its older rabbitmq.config:
/// "rabbit.ssl_options.certfile"; the items of a list are parted by commas.
std::map<std::string, std::string> read_erlang_terms(std::string_view text);

/// Gives the listeners their files by mosquitto's names (certfile, keyfile, cafile), and checks
/// those of listeners with TLS as the user of the broker's process would read them.
/// @param runs  the process; null where none runs
void check_broker_tls(const machine_files& files, const process_fact* runs,
                      configuration_fact& into, std::vector<std::string>& not_seen);

}  // namespace mqttkit::doctor
