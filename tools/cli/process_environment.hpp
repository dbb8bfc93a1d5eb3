#pragma once

#include <optional>
#include <string>

namespace mqttkit::tools {

/// What a program takes from its environment besides its command line. Empty by default, so that a
/// test has none.
struct process_environment {
  std::string config_folder;  ///< $XDG_CONFIG_HOME, or ~/.config; empty: no default files
  std::string home;           ///< $HOME
  // Empty variables count as absent.
  std::optional<std::string> url;        ///< $MQTT_URL
  std::optional<std::string> user_name;  ///< $MQTT_USERNAME
  std::optional<std::string> password;   ///< $MQTT_PASSWORD

  process_environment() = default;

  static process_environment of_this_process();
};

}  // namespace mqttkit::tools
