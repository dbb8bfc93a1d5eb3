// What the terminal shows while the phone is waited for.
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

/// A terminal of 80 columns and 24 lines has room for it.
inline constexpr std::size_t screen_columns = 80;
inline constexpr std::size_t screen_lines = 24;

/// A code with the text beside it, or above where there is no room beside, for the code is to stay
/// on the screen; without a code, and where it is wider than the screen, the text alone.
/// @param rows  of the terminal; 0: not known
std::string code_page(std::string_view url, const std::vector<std::string>& text,
                      const report_style& how, std::size_t rows = 0);

/// "12 ms" and what the phone did, in a line.
sentence words_of(const phone_step_fact& step);

/// What became of a connection that came from there.
sentence words_of(const port_sight& sight);

/// Where the phone is, as far as its address tells.
/// @param is_own  it is an address of this machine
sentence network_words(const std::string& address, bool is_own);

/// "the page was asked for by 203.0.113.9 (Android 14, Chrome 130)", as far as it says.
sentence words_of_visitor(const std::string& address, const std::string& system,
                          const std::string& browser);

/// How to let the phone come to the page, and how to take that back.
struct door_commands {
  std::string open;
  std::string close;
  bool empty() const noexcept { return open.empty(); }
};
/// Empty where the firewall lets it in, or cannot be read.
door_commands door_of(const facts& server, std::uint16_t port);

}  // namespace mqttkit::doctor
