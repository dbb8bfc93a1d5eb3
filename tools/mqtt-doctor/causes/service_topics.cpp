#include "mqtt-doctor/causes/service_topics.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "common/printable.hpp"
#include "mqtt-doctor/causes/managed_services.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_shown = 120;  // characters of a name

std::string shown(std::string_view text) { return tools::printable(text, most_shown); }

/// What stands before the first of these characters.
std::string before(std::string_view text, std::string_view characters) {
  return shown(text.substr(0, text.find_first_of(characters)));
}

/// A service that knows devices by its console, told by the name of its host.
struct topic_row {
  std::string_view service;  ///< as managed_services has it
  const char* begins;        ///< what its topics begin with, a blank between two; {user}
  const char* form;
};
constexpr topic_row topic_rows[] = {
    {"Adafruit IO", "{user}/",
     N_("This is Adafruit IO: topics begin with the name of the account, such as "
        "{user}/feeds/KEY or {user}/groups/KEY.")},
    {"ThingsBoard", "v1/ v2/ provision",
     N_("This is ThingsBoard, which is no general broker: a device publishes to "
        "v1/devices/me/telemetry and v1/devices/me/attributes, and subscribes to "
        "v1/devices/me/attributes or v1/devices/me/rpc/request/+.")},
    {"The Things Stack", "v3/",
     N_("This is The Things Stack: topics begin with v3/{user}/devices/DEVICE/, and end in up, "
        "join or down/push, for example.")},
    {"Ubidots", "/v1.6/ /v2.0/", N_("This is Ubidots: topics begin with /v1.6/devices/LABEL.")},
};

bool has_form(const topic_row& row, const std::string& topic, const std::string& user) {
  std::string_view left = row.begins;
  while (!left.empty()) {
    const std::size_t end = std::min(left.find(' '), left.size());
    const std::string_view begin = left.substr(0, end);
    if (topic.starts_with(begin == "{user}/" ? std::string_view(user) : begin)) return true;
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return false;
}

/// Where the topic has the form that the login asks for, its place in it is what is not allowed.
bool has_form_of_login(const std::string& topic) {
  static constexpr std::string_view begins[] = {"devices/", "$iothub/", "$dps/",
                                                "/",        "$oc/",     "$shadow/"};
  return std::any_of(std::begin(begins), std::end(begins),
                     [&](std::string_view begin) { return topic.starts_with(begin); });
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

std::optional<sentence> topics_of_service(const view& known, const std::string& topic) {
  const std::string& user = known.asked().user_name;
  if (auto form = topic_form_of(user, known.asked().client_id))
    return has_form_of_login(topic) ? std::nullopt : form;
  const managed_service* const service = find_service(known.asked().host);
  if (service == nullptr) return {};
  const auto* const row =
      std::find_if(std::begin(topic_rows), std::end(topic_rows),
                   [&](const topic_row& each) { return each.service == service->broker.name; });
  if (row == std::end(topic_rows) || has_form(*row, topic, user)) return {};
  return words(row->form, {{"user", user.empty() ? "USER" : shown(user)}});
}

}  // namespace mqttkit::doctor
