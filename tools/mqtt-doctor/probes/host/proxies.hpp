// What the proxies of this machine are told to do with a port, as far as their files say.
#pragma once

#include <string>
#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// Of each haproxy, nginx and stunnel that listens here, the ports it takes. A file that cannot be
/// read is named in host_facts::not_seen.
std::vector<proxy_fact> read_proxies(const machine_files& files, host_facts& host);

// One for each, of the text of one file; for tests.
std::vector<proxy_fact> read_haproxy(const std::string& file, const std::string& text);
std::vector<proxy_fact> read_stunnel(const std::string& file, const std::string& text);
/// `include` lines are followed.
std::vector<proxy_fact> read_nginx(const machine_files& files, const std::string& file);

}  // namespace mqttkit::doctor
