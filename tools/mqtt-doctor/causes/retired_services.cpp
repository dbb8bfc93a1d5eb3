#include "mqtt-doctor/causes/retired_services.hpp"

#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* eclipse_moved = N_(
    "The Eclipse Foundation's public broker moved years ago: it is mqtt.eclipseprojects.io today.");
constexpr const char* to_eclipse = N_("Use mqtt.eclipseprojects.io, with the same ports.");
constexpr const char* another_cloud =
    N_("Move the devices to another broker or cloud; its console names the address.");

constexpr retired_service services[] = {
    {"mqtt.eclipse.org", eclipse_moved, to_eclipse},
    {"iot.eclipse.org", eclipse_moved, to_eclipse},
    {"m2m.eclipse.org", eclipse_moved, to_eclipse},
    {"mqtt.googleapis.com", N_("Google closed IoT Core, and this address with it, in August 2023."),
     another_cloud},
    {"mqtt.2030.ltsapis.goog",
     N_("Google closed IoT Core, and this address with it, in August 2023."), another_cloud},
    {".messaging.internetofthings.ibmcloud.com",
     N_("IBM closed the Watson IoT Platform, and its addresses with it, in December 2023."),
     another_cloud},
};

}  // namespace

const retired_service* find_retired(std::string_view host) noexcept {
  if (host.ends_with('.')) host.remove_suffix(1);
  for (const retired_service& service : services) {
    const bool is_suffix = service.host.front() == '.';
    if (is_suffix ? host.ends_with(service.host) : host == service.host) return &service;
  }
  return nullptr;
}

}  // namespace mqttkit::doctor
