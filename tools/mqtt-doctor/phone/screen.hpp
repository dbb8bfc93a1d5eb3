// What the terminal shows while it waits for the phone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/phone/port_watch.hpp"
#include "mqtt-doctor/phone/qr_code.hpp"
#include "mqtt-doctor/report/report.hpp"

namespace mqttkit::doctor {

/// Columns: a terminal of 80 by 24 has room for it.
inline constexpr std::size_t screen_columns = 80;
inline constexpr std::size_t screen_lines = 24;

/// A code with the text beside it, or above it when there is no room beside, since the code must
/// stay visible. Without a code, and when it is wider than the terminal, the text alone.
/// @param rows  of the terminal; 0: unknown
std::string code_page(std::string_view url, const std::vector<std::string>& text,
                      const report_style& how, std::size_t rows = 0);

/// A line about a step of the phone, with its time.
sentence words_of(const phone_step_fact& step);

/// A line about connections from that address.
sentence words_of(const port_sight& sight);

/// The network the phone is in, as far as its address tells.
/// @param is_own  whether the address is this machine's
sentence network_words(const std::string& address, bool is_own);

/// "the page was asked for by 203.0.113.9 (Android 14, Chrome 130)", with the parts that are known.
sentence words_of_visitor(const std::string& address, const std::string& system,
                          const std::string& browser);

/// Commands that open the firewall for the page, and that close it again.
struct firewall_commands {
  std::string open;
  std::string close;
  bool empty() const noexcept { return open.empty(); }
};
/// Empty when the firewall lets the page's port in, or could not be read.
firewall_commands commands_for_page(const facts& server, std::uint16_t port);

}  // namespace mqttkit::doctor
