// mqtt-doctor listen: at which port, for how long, and in front of which broker.
#include <arpa/inet.h>

#include <array>

#include "mqtt-doctor/options/options.hpp"
#include "mqtt-doctor/options/target.hpp"

namespace mqttkit::tools {
namespace {

bool is_address(const std::string& text) {
  in6_addr any{};
  return ::inet_pton(AF_INET, text.c_str(), &any) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &any) == 1;
}

/// Parses "1883", "127.0.0.1:1883" or "[::1]:1883".
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

constexpr std::string_view port_of_sn = ":1884";

/// Removes the scheme of an mqtt-sn URL; false when the text has another one.
bool take_sn_scheme(std::string& text) {
  constexpr std::string_view scheme = "mqtt-sn://";
  if (!text.starts_with(scheme)) return false;
  text.erase(0, scheme.size());
  if (text.ends_with('/')) text.pop_back();
  return true;
}

/// Whether the text names a port: "[::1]:1884", "192.0.2.1:1884", ":1884", or a number alone.
bool has_port(const std::string& text) {
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) return true;
  const std::size_t colon = text.rfind(':');
  return colon != std::string::npos && text.find(']', colon) == std::string::npos;
}

/// Whether the address is a multicast address.
bool is_group_address(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return bytes[0] >> 4 == 14;
  return ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1 && bytes[0] == 0xFF;
}

}  // namespace

std::string doctor_settings_builder::apply_listen_on(const argument& given) {
  listen_settings& listen = doctor_.listen;
  std::string text(given.value());
  if (take_sn_scheme(text)) {
    listen.is_sn = true;
    if (text.find('@') != std::string::npos)
      return std::string(given.spelled) + ": MQTT-SN has no user name and no password";
    if (!has_port(text)) text += port_of_sn;
  } else if (given.value().find("://") !=
             std::string_view::npos)  // not quoted: it may hold a password
    return std::string(given.spelled) + " needs a port of this machine, not a URL; a broker " +
           "named listen is written mqtt://listen";
  std::string address;
  std::uint16_t port = 0;
  const std::string wrong = read_place(text, address, port);
  if (!wrong.empty()) return take_interface(given, wrong);
  if (listen.port != 0) second_port_ = std::string(given.spelled) + " takes one port";
  if (listen.port == 0) listen.port = port;
  if (!address.empty() && !listen.address.empty() && address != listen.address)
    return std::string(given.spelled) + " takes one address";
  if (!address.empty()) listen.address = address;
  listen.ports.push_back(port);
  return {};
}

/// A word that is no port may name the interface for --capture, before or behind that option.
std::string doctor_settings_builder::take_interface(const argument& given,
                                                    const std::string& wrong) {
  constexpr std::size_t most_name = 15;  // IFNAMSIZ without the NUL
  const std::string_view name = given.value();
  const bool may_be_one = !name.empty() && name.size() <= most_name &&
                          name.find_first_of(":/ ") == name.npos &&
                          name.find_first_not_of("0123456789-") != name.npos;
  const bool is_second = !doctor_.listen.interface.empty();
  if (!may_be_one || is_second) return value_problem(given, wrong);
  doctor_.listen.interface = name;
  no_port_ = value_problem(given, wrong);
  return {};
}

std::string doctor_settings_builder::apply_forward(const argument& given) {
  std::string text(given.value());
  const bool is_sn = take_sn_scheme(text);
  if (is_sn) {
    doctor_.listen.is_sn = true;
    if (!has_port(text)) text += port_of_sn;
  }
  const mended_host where = mend_host(text, false);
  if (is_sn && is_group_address(where.host))
    return value_problem(given, "a gateway's own address is needed, not that of a group");
  if (where.host.empty() || where.has_bad_port || !where.port)
    return value_problem(given, "HOST:PORT is needed, as in localhost:1884");
  doctor_.listen.forward_host = where.host;
  doctor_.listen.forward_port = *where.port;
  return {};
}

std::string doctor_settings_builder::finish_listen() {
  const listen_settings& listen = doctor_.listen;
  if (!listen.capture) {
    if (!no_port_.empty()) return no_port_;
    if (!second_port_.empty()) return second_port_;
    if (!listen.write_to.empty()) return "--write needs --capture";
  } else if (listen.port == 0) {
    return "--capture needs a port: mqtt-doctor listen 1883 --capture";
  } else if (!listen.forward_host.empty()) {
    return "--capture and --forward exclude each other";
  }
  if (listen.writes_passwords && listen.write_to.empty())
    return "--write-passwords needs --write FILE";
  if (doctor_.blank_addresses && listen.write_to.empty())
    return "--blank-addresses needs --write FILE";
  if (report_ != nullptr) return {};
  const bool is_v6 = listen.address.find(':') != std::string::npos;
  if (!listen.address.empty() && dial_.addresses != dial_options::family::any &&
      is_v6 != (dial_.addresses == dial_options::family::v6))
    return "the address " + listen.address + " is not of the family that was asked for";
  return {};
}

}  // namespace mqttkit::tools
