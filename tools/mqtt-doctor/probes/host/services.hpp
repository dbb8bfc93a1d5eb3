// What surrounds a broker on its machine: services, containers, logs, the machine itself.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// Units of brokers that are known, and of firewalls.
const std::vector<std::string>& known_services();

/// What `systemctl show ... --property=...` printed, one block per unit.
std::vector<service_fact> read_units(std::string_view shown);
/// The same from unit files and links, when systemd cannot be asked.
std::vector<service_fact> read_unit_files(const machine_files& files);

/// "NAME|IMAGE|PORTS" per line.
std::vector<container_fact> read_containers(std::string_view listed);

/// The telling lines of a broker's log, a few of each kind, in their order.
/// The source of what systemd's journal says, beside the names of files.
inline constexpr const char* journal_source = "journal";
/// When a line was written; nothing where it does not say, as mosquitto does in seconds since 1970.
std::optional<std::time_t> time_of_line(std::string_view line);

std::vector<log_fact> read_log(const std::string& source, std::string_view text);
/// The logs that the configurations name, and the usual ones.
void look_at_logs(const machine_files& files, host_facts& into);

/// "aliyun", "tencent", "aws", ... by what the virtual machine's firmware says; "".
cloud_provider cloud_of(const machine_files& files);
/// PRETTY_NAME of os-release.
std::string system_name(const machine_files& files);

}  // namespace mqttkit::doctor
