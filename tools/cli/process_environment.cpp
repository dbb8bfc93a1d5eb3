#include "cli/process_environment.hpp"

#include <cstdlib>

namespace mqttkit::tools {
namespace {

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == 0) return std::nullopt;
  return value;
}

}  // namespace

process_environment process_environment::of_this_process() {
  process_environment found;
  found.home = variable("HOME").value_or("");
  if (const auto folder = variable("XDG_CONFIG_HOME")) {
    found.config_folder = *folder;
  } else if (!found.home.empty()) {
    found.config_folder = found.home + "/.config";
  }
  found.url = variable("MQTT_URL");
  found.user_name = variable("MQTT_USERNAME");
  found.password = variable("MQTT_PASSWORD");
  return found;
}

}  // namespace mqttkit::tools
