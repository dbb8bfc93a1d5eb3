// Names of the programs and groups, and options found by what they are called.
#include "cli/option_table.hpp"
#include "cli/translation.hpp"

namespace mqttkit::tools {

std::string_view name_of(program which) noexcept {
  switch (which) {
    case program::pub:
      return "mqtt-pub";
    case program::sub:
      return "mqtt-sub";
    case program::doctor:
      return "mqtt-doctor";
  }
  return {};
}

std::string_view title_of(option_group group) noexcept {
  switch (group) {
    case option_group::diagnosis:
      return N_("Diagnosis");
    case option_group::listen:
      return N_("Listen");
    case option_group::explain:
      return N_("Explain");
    case option_group::delivery:
      return N_("Delivery");
    case option_group::mend:
      return N_("Mend");
    case option_group::check:
      return N_("Check");
    case option_group::phone:
      return N_("Phone");
    case option_group::connection:
      return N_("Connection");
    case option_group::message:
      return "Message";
    case option_group::reply:
      return "Request and reply";
    case option_group::subscription:
      return "Subscription";
    case option_group::output:
      return "Output";
    case option_group::session:
      return N_("Session");
    case option_group::sn:
      return "MQTT-SN";
    case option_group::will:
      return "Will";
    case option_group::tls:
      return "TLS";
    case option_group::general:
      return N_("General");
  }
  return {};
}

const option_row& row_of(option_id id) noexcept {
  for (const option_row& row : option_rows())
    if (row.id == id) return row;
  return option_rows().front();
}

std::string_view next_word(std::string_view& list) noexcept {
  const std::size_t end = list.find(' ');
  const std::string_view word = list.substr(0, end);
  list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
  return word;
}

std::string_view long_name(const option_row& row) noexcept {
  std::string_view names = row.long_names;
  return next_word(names);
}

const option_row* find_option(program which, std::string_view name) noexcept {
  if (name.empty()) return nullptr;
  for (const option_row& row : option_rows()) {
    if (!row.is_in(which)) continue;
    for (std::string_view names = row.long_names; !names.empty();)
      if (next_word(names) == name) return &row;
  }
  return nullptr;
}

const option_row* find_option(program which, char letter) noexcept {
  for (const option_row& row : option_rows())
    if (row.letter == letter && letter != 0 && row.is_in(which)) return &row;
  return nullptr;
}

}  // namespace mqttkit::tools
