// mqtt-doctor listen: where, for how long, and in front of what.
#include <arpa/inet.h>

#include "mqtt-doctor/options/options.hpp"
#include "mqtt-doctor/options/target.hpp"

namespace mqttkit::tools {
namespace {

bool is_address(const std::string& text) {
  in6_addr any{};
  return ::inet_pton(AF_INET, text.c_str(), &any) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &any) == 1;
}

/// Takes "1883", "127.0.0.1:1883" or "[::1]:1883" apart.
std::string read_place(std::string_view text, std::string& address, std::uint16_t& port) {
  const std::size_t colon = text.rfind(':');
  const std::string_view digits = colon == std::string_view::npos ? text : text.substr(colon + 1);
  if (!read_number<std::uint16_t>(digits, 1, 65'535, port))
    return "a port from 1 to 65535 is needed, or ADDRESS:PORT";
  if (colon == std::string_view::npos) return {};
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  address = host;
  if (address == "localhost") address = "127.0.0.1";
  if (address == "*") address.clear();
  if (address.empty() || is_address(address)) return {};
  return "in front of the port an IP address of this machine may stand, nothing else";
}

}  // namespace

std::string doctor_settings_builder::apply_listen_on(const argument& given) {
  listen_settings& listen = doctor_.listen;
  if (given.value().find("://") != std::string_view::npos)  // not quoted: it may hold a password
    return std::string(given.spelled) + " needs a port of this machine, not a URL; a broker " +
           "named listen is written mqtt://listen";
  if (listen.port != 0) return std::string(given.spelled) + " takes one port";
  const std::string wrong = read_place(given.value(), listen.address, listen.port);
  return wrong.empty() ? wrong : value_problem(given, wrong);
}

std::string doctor_settings_builder::apply_forward(const argument& given) {
  const mended_host where = mend_host(given.value(), false);
  if (where.host.empty() || where.has_bad_port || !where.port)
    return value_problem(given, "HOST:PORT is needed, as in localhost:1884");
  doctor_.listen.forward_host = where.host;
  doctor_.listen.forward_port = *where.port;
  return {};
}

std::string doctor_settings_builder::finish_listen() {
  if (report_ != nullptr) return {};
  const listen_settings& listen = doctor_.listen;
  const bool is_v6 = listen.address.find(':') != std::string::npos;
  if (!listen.address.empty() && dial_.addresses != dial_options::family::any &&
      is_v6 != (dial_.addresses == dial_options::family::v6))
    return "the address " + listen.address + " is not of the family that was asked for";
  return {};
}

}  // namespace mqttkit::tools
