// Services, containers, logs and the system around a broker.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// Units of known brokers and firewalls.
const std::vector<std::string>& known_services();

/// Reads the output of `systemctl show ... --property=...`, a block for each unit.
std::vector<service_fact> read_units(std::string_view shown);
/// Reads unit files and links, when systemd cannot be asked.
std::vector<service_fact> read_unit_files(const machine_files& files);

/// The source of lines from systemd's journal; other sources are files'
/// names.
inline constexpr const char* journal_source = "journal";
/// When a line was written (mosquitto: seconds since 1970); nothing when it does not tell.
std::optional<std::time_t> time_of_line(std::string_view line);

std::vector<log_fact> read_log(const std::string& source, std::string_view text);
/// Reads the logs that configurations name, and the usual ones.
void look_at_logs(const machine_files& files, host_facts& into);

/// The cloud provider, by what the virtual machine's firmware tells; none elsewhere.
cloud_provider cloud_of(const machine_files& files);
/// PRETTY_NAME of os-release.
std::string system_name(const machine_files& files);

}  // namespace mqttkit::doctor
