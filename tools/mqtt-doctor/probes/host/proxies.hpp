// What this machine's proxies are set up to do with a port, as far as their files tell.
#pragma once

#include <string>
#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// The ports of each haproxy, nginx, stunnel, Apache and Caddy that listens here. A file that
/// cannot be read is named in host_facts::not_seen. Of those that do not run their usual files are
/// read, and have no pid.
std::vector<proxy_fact> read_proxies(const machine_files& files, host_facts& host);

/// The last line of each proxy's log of errors about a target.
void look_at_proxy_logs(const machine_files& files, host_facts& into);
/// Connects to the targets on other machines, of the proxies of those ports.
void try_targets(const machine_files& files, const std::vector<int>& ports, host_facts& into);

// Each reads the text of one file; `files` has others that it names, where they can be read.
std::vector<proxy_fact> read_haproxy(const std::string& file, const std::string& text,
                                     const machine_files* files = nullptr);
std::vector<proxy_fact> read_stunnel(const std::string& file, const std::string& text,
                                     const machine_files* files = nullptr);
/// socat's target stands on its command line.
std::vector<proxy_fact> read_socat(const listener_fact& listener);
/// A server without locations, or each location. Follows `include` lines.
std::vector<proxy_fact> read_nginx(const machine_files& files, const std::string& file);
/// Each ProxyPass and each RewriteRule that passes on, of each virtual host and port; those of one
/// host in the order in which Apache asks them.
std::vector<proxy_fact> read_apache(const machine_files& files, const std::string& file);
/// Each path of each reverse_proxy, of each site and port.
std::vector<proxy_fact> read_caddy(const machine_files& files, const std::string& file);

/// The same of Caddy's JSON; nothing when the text is none.
std::vector<proxy_fact> read_caddy_json(const std::string& file, const std::string& text);

/// The port at the end of "1883", ":1883", "*:1883", "0.0.0.0:1883", "[::]:1883"; 0 for none.
int port_at_end(const std::string& text);

}  // namespace mqttkit::doctor
