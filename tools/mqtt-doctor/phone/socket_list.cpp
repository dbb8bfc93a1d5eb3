#include "mqtt-doctor/phone/socket_list.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <sstream>

namespace mqttkit::doctor {
namespace {

bool read_hex(std::string_view text, std::uint32_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, 16);
  return error == std::errc() && end == text.data() + text.size();
}

/// Parses "0100007F:075B": the address in 32-bit words of this machine's byte order.
bool read_end(std::string_view text, std::string& address, std::uint16_t& port) {
  const std::size_t colon = text.find(':');
  std::uint32_t number = 0;
  if (colon == text.npos || !read_hex(text.substr(colon + 1), number) || number > 0xFFFF)
    return false;
  port = static_cast<std::uint16_t>(number);
  const std::string_view digits = text.substr(0, colon);
  constexpr std::size_t v4_digits = 8, v6_digits = 32;
  if (digits.size() != v4_digits && digits.size() != v6_digits) return false;
  std::array<std::uint32_t, 4> words{};
  for (std::size_t i = 0; i * 8 < digits.size(); ++i) {
    if (!read_hex(digits.substr(i * 8, 8), words[i])) return false;
  }
  const bool is_mapped =
      digits.size() == v6_digits && words[0] == 0 && words[1] == 0 && words[2] == htonl(0xFFFF);
  char room[INET6_ADDRSTRLEN] = "";
  const bool is_v4 = digits.size() == v4_digits || is_mapped;
  ::inet_ntop(is_v4 ? AF_INET : AF_INET6, is_mapped ? &words[3] : words.data(), room, sizeof room);
  address = room;
  return true;
}

}  // namespace

std::vector<socket_entry> connections_in(std::string_view text,
                                         const std::set<std::uint16_t>& ports) {
  std::vector<socket_entry> out;
  std::istringstream lines{std::string(text)};
  std::string line;
  std::getline(lines, line);  // skips the headings
  while (std::getline(lines, line) && out.size() < most_socket_entries) {
    std::istringstream words(line);
    std::string number, local, remote, state;
    words >> number >> local >> remote >> state;
    constexpr std::string_view closed = "07", listening = "0A", syn_sent = "02", half_open = "03";
    if (state.empty() || state == listening || state == syn_sent || state == closed) continue;
    socket_entry entry;
    if (!read_end(local, entry.local, entry.port) || !ports.contains(entry.port)) continue;
    if (!read_end(remote, entry.remote, entry.remote_port)) continue;
    entry.is_half_open = state == half_open;
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace mqttkit::doctor
