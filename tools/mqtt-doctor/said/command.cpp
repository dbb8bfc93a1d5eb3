// The command to run next for a meaning, with the broker that the text names.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "mqtt-doctor/said/said.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

template <class List>
bool has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// The broker's URL where a WebSocket is looked at.
std::string web_url(const named_broker& broker, const std::string& host) {
  constexpr std::array<std::string_view, 4> plain_ports{"9001", "8083", "80", "8080"};
  constexpr std::array<std::string_view, 3> tls_ports{"8084", "443", "8884"};
  const std::string path = broker.path.size() > 1 ? broker.path : "/mqtt";
  const bool is_web = broker.scheme.starts_with("ws");
  if (is_web || has(plain_ports, broker.port) || has(tls_ports, broker.port)) {
    const bool is_plain = is_web ? broker.scheme == "ws" : has(plain_ports, broker.port);
    std::string out = is_plain ? "ws://" : "wss://";
    out += host;
    if (!broker.port.empty()) out.append(":").append(broker.port);
    return out + path;
  }
  return std::string("wss://").append(host).append(path);
}

}  // namespace

std::string command_of(const meaning_row& row, const named_broker& broker) {
  const bool is_named = !broker.host.empty();
  const std::string host = is_named ? bracketed(broker.host) : "broker.example";
  const auto with_port = [&](const char* usual) {
    const std::string port = broker.port.empty() && !is_named ? usual : broker.port;
    return port.empty() ? host : std::string(host).append(":").append(port);
  };
  const std::string at = broker.scheme.starts_with("ws") ? web_url(broker, host)
                         : broker.scheme == "mqtts"      ? "mqtts://" + with_port("8883")
                                                         : with_port("1883");
  const std::pair<std::string_view, std::string> places[] = {{"{at}", at},
                                                             {"{tls}", with_port("8883")},
                                                             {"{web}", web_url(broker, host)},
                                                             {"{host}", host}};
  std::string out = row.run;
  for (const auto& [place, value] : places) {
    const std::size_t found = out.find(place);
    if (found != std::string::npos) out.replace(found, place.size(), value);
  }
  return out;
}

}  // namespace mqttkit::doctor
