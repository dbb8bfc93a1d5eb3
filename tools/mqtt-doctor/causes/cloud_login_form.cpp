#include "mqtt-doctor/causes/cloud_login_form.hpp"

#include <string_view>

#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

void fill(std::string& form, std::string_view blank, const std::string& value) {
  const std::size_t at = form.find(blank);
  if (value.empty() || at == std::string::npos) return;
  form.replace(at, blank.size(), value);
}

/// YYYYMMDDHH of a time as RFC 3339 has it; "" for anything else.
std::string hour_of(const std::string& now) {
  constexpr std::size_t to_the_hour = 13;
  if (now.size() < to_the_hour) return {};
  return now.substr(0, 4) + now.substr(5, 2) + now.substr(8, 2) + now.substr(11, 2);
}

/// Whether the name may be a device's: none of the signs by which clouds part a login.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name.find_first_of("/&;|%@? ") == std::string::npos;
}

}  // namespace

std::string cloud_device_of(const view& known) {
  const std::string& user = known.asked().user_name;
  const std::string& id = known.asked().client_id;
  // Azure's user name: HUB/DEVICE/?api-version=...
  const std::size_t from = user.find('/');
  const std::size_t to = from == std::string::npos ? from : user.find('/', from + 1);
  if (contains(user, ".azure-devices.") && to != std::string::npos)
    return user.substr(from + 1, to - from - 1);
  if (is_plain_name(id)) return id.substr(0, id.find("_0_"));
  return is_plain_name(user) && !contains(user, ".azure-devices.") ? user : std::string();
}

std::string filled_in(const view& known, std::string form) {
  const std::string host = known.host();
  const std::string first_label = host.substr(0, host.find('.'));
  const broker_kind broker = broker_of(known).value();
  const std::string device = cloud_device_of(known);
  const std::string& user = known.asked().user_name;
  if (broker == broker_kind::azure_iot) {
    if (contains(host, ".azure-devices.")) {
      fill(form, "HUB.azure-devices.net", host);
      fill(form, "HUB", first_label);
    }
    fill(form, "DEVICE", device);
  }
  if (broker == broker_kind::aliyun_iot) {
    if (is_plain_name(user)) fill(form, "DEVICENAME", user);
    if (contains(host, ".iot-as-mqtt.")) fill(form, "PRODUCTKEY", first_label);
    if (is_plain_name(known.asked().client_id)) fill(form, "ID", known.asked().client_id);
  }
  if (broker == broker_kind::huawei_iot) {
    // The user name is the device's identifier, whatever the client calls itself.
    fill(form, "DEVICEID", is_plain_name(user) ? user : device);
    fill(form, "YYYYMMDDHH", hour_of(known.all.local.now));
  }
  if (broker == broker_kind::tencent_iot && contains(host, ".iotcloud."))
    fill(form, "PRODUCTID", first_label);
  return form;
}

}  // namespace mqttkit::doctor
