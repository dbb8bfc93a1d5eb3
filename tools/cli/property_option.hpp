#pragma once

#include <string>
#include <string_view>

#include "cli/option_table.hpp"
#include "mqttkit/codec/property.hpp"

namespace mqttkit::tools {

/// Where the properties of each -D command are collected.
struct property_lists {
  properties connect;
  properties publish;
  properties subscribe;
  properties unsubscribe;
  properties disconnect;
  properties will;

  property_lists() = default;
};

/// Adds what "-D command name value" says; `more` is the second value of a user property.
///
/// Returns what is wrong, with command and name in it; empty when all is well. Values are never
/// quoted when they may be secret (authentication-data).
std::string add_property(property_lists& into, std::string_view command, std::string_view name,
                         std::string_view value, std::string_view more);

/// Whether -D `command` takes the property: allowed there, and not something the client itself sees
/// to (subscription identifiers of PUBLISH are the broker's).
bool is_property_offered(std::string_view command, const property_rule& rule) noexcept;

/// The place of a command's properties. Only for names of property_commands().
property_place place_of_command(std::string_view command) noexcept;

}  // namespace mqttkit::tools
