// Parts of the check of the files that a mosquitto.conf names.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mqtt-doctor/probes/host/brokers.hpp"

namespace mqttkit::doctor {

/// Whether the file changed after the running broker had read it.
bool is_newer_than_start(const std::optional<file_status>& at, const process_fact* runs);

/// Notes what is wrong in a password file, and checks the asked login.
void read_password_file(const machine_files& files, const configuration_request& request,
                        const process_fact* runs, const std::string& file, configuration_fact& into,
                        std::vector<std::string>& not_seen);
/// Checks the asked login against the clients that the dynamic security plugin keeps in its file.
void read_dynamic_clients(const machine_files& files, const configuration_request& request,
                          const process_fact* runs, const std::string& file,
                          configuration_fact& into, std::vector<std::string>& not_seen);
/// Keeps the rules of an access list that concern the asked user, and notes wrong lines.
void read_access_list(const machine_files& files, const configuration_request& request,
                      const process_fact* runs, const std::string& file, configuration_fact& into,
                      std::vector<std::string>& not_seen);
/// Checks a listener's TLS files, which mosquitto reads once certfile and keyfile are both named.
/// @param reader  the user that reads them; nothing when it is not known
void check_tls_files(const machine_files& files, const process_fact* runs,
                     const std::optional<account>& reader, configured_listener& listener,
                     configuration_fact& into, std::vector<std::string>& not_seen);
/// Whether `reader` can open the file that an option names; notes a problem otherwise.
bool is_readable(const machine_files& files, const std::optional<account>& reader,
                 const std::string& option, const std::string& file, configuration_fact& into,
                 std::vector<std::string>& not_seen);
/// The file in which the listener's lines stand.
std::string file_of_lines(const configured_listener& listener, const configuration_fact& into);

}  // namespace mqttkit::doctor
