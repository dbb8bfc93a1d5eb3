// A proxy of the broker's machine as its own file describes it: which one holds the port, and where
// it leads. More of it, for everybody, is in host_view.hpp.
#pragma once

#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {

/// Whether it passes HTTP on, and WebSocket with it.
bool is_web(const proxy_fact& proxy);
/// "127.0.0.1:1884", of "http://127.0.0.1:1884" too.
std::string authority_of(const std::string& target);
/// "FILE:LINE", the file alone where the line is 0, or the program where there is no file.
std::string place_of(const proxy_fact& proxy, int line);
/// Whether the broker speaks WebSocket on that port, as its configuration says.
bool is_for_web(const host_facts& host, const listener_fact& socket);
/// Whether the proxy leads to a listener of a broker here that speaks WebSocket.
bool leads_to_web_broker(const host_facts& host, const proxy_fact& proxy);
/// Whether the site of that location answers for the asked name. Where none has it, Apache takes
/// the first site of the port.
bool is_of_site(const host_facts& host, const proxy_fact& proxy, std::string_view asked);
/// Whether the location is one for that path.
bool fits_path(const proxy_fact& proxy, std::string_view path);
/// Whether the proxy's file is that of the program that holds the socket.
bool belongs(const proxy_fact& proxy, const listener_fact& socket);

}  // namespace mqttkit::doctor
