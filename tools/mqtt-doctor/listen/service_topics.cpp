#include "mqtt-doctor/listen/service_topics.hpp"

#include <map>
#include <string_view>

#include "mqtt-doctor/listen/event.hpp"

namespace mqttkit::doctor {
namespace {

/// What stands before the first of these characters.
std::string before(std::string_view text, std::string_view characters) {
  return shown(text.substr(0, text.find_first_of(characters)));
}

}  // namespace

std::optional<sentence> topic_form_of(const std::string& user, const std::string& client_id) {
  const auto holds = [](std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
  };
  if (holds(user, ".azure-devices.net/"))
    return words(N_("This is Azure IoT Hub, which is no general broker: a device publishes to "
                    "devices/{id}/messages/events/ and subscribes to "
                    "devices/{id}/messages/devicebound/# or to topics under $iothub/, and is "
                    "closed for any other topic."),
                 {{"id", before(client_id, "/")}});
  if (holds(client_id, "securemode=") && holds(user, "&")) {
    const std::string product = shown(std::string_view(user).substr(user.find('&') + 1));
    return words(N_("This is Alibaba Cloud IoT: a device may use the topics under "
                    "/{product}/{device}/ and /sys/{product}/{device}/ only, with the rights that "
                    "the product's list of topics gives them."),
                 {{"product", product}, {"device", before(user, "&")}});
  }
  if (holds(user, ";12010126;"))
    return words(
        N_("This is Tencent Cloud IoT: a device may use the topics of its product only, "
           "with the rights that the product's list of topics gives them."));
  if (holds(client_id, "_0_0_") || holds(client_id, "_0_1_"))
    return words(N_("This is Huawei Cloud IoTDA: a device uses topics under $oc/devices/{device}/ "
                    "and those that the product's list of topics holds."),
                 {{"device", shown(user)}});
  return {};
}

}  // namespace mqttkit::doctor
