#include "mqtt-doctor/causes/cloud_parts.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <vector>

#include "common/number.hpp"
#include "mqtt-doctor/causes/managed_services.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

using contradiction = std::optional<sentence>;

/// The login as the rules below compare it.
struct login_parts {
  const std::string& user;
  const std::string& id;
  const std::string& scope;  ///< of the token
  const std::string host;
  const std::string first_label;
};

std::vector<std::string> parts_of(const std::string& text, char mark) {
  constexpr std::size_t most = 16;
  std::vector<std::string> out;
  for (std::size_t from = 0; out.size() < most;) {
    const std::size_t to = text.find(mark, from);
    out.push_back(text.substr(from, to - from));
    if (to == std::string::npos) break;
    from = to + 1;
  }
  return out;
}

std::string part(const std::vector<std::string>& of, std::size_t at) {
  return at < of.size() ? of[at] : std::string();
}

// Seconds since 1970 as RFC 3339; "" where the text is no number.
std::string time_of(const std::string& seconds) {
  std::int64_t number = 0;
  if (!tools::read_number(seconds, std::int64_t{0}, std::int64_t{1} << 40, number)) return {};
  const auto when = static_cast<std::time_t>(number);
  std::tm parts{};
  ::gmtime_r(&when, &parts);
  char text[32] = "";
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

sentence of_two(const std::string& device, const std::string& id) {
  return words(N_("The user name is of {device}, and the client identifier is {id}: there they "
                  "must be the same."),
               {{"device", device}, {"id", id}});
}

sentence of_another_host(const std::string& product, const std::string& host) {
  return words(N_("The user name is of product {product}, and the host of {host}."),
               {{"product", product}, {"host", host}});
}

sentence of_another_scope(const std::string& scope, const std::string& login) {
  return words(N_("The token is for {scope}, and this login is of {login}."),
               {{"scope", scope}, {"login", login}});
}

/// ID|securemode=3,signmethod=hmacsha1,timestamp=789| and DEVICE&PRODUCT.
contradiction aliyun(const view& known, const login_parts& given) {
  const std::string& id = given.id;
  const std::size_t mode = id.find("securemode=");
  const char said = mode == std::string::npos ? '\0' : id[std::min(mode + 11, id.size() - 1)];
  if ((said == '2' && !known.is_tls()) || (said == '3' && known.is_tls()))
    return words(N_("The client identifier says securemode={mode}, which is for {kind}; this "
                    "connection is not."),
                 {{"mode", std::string(1, said)}, {"kind", said == '2' ? "TLS" : N_("plain TCP")}});
  if (mode != std::string::npos && id.back() != '|')
    return words(N_("The client identifier does not end with the sign | behind its settings: "
                    "{id}"),
                 {{"id", id}});
  const std::vector<std::string> names = parts_of(given.user, '&');
  const std::string product = part(names, 1);
  const bool is_own_host = contains(given.host, ".iot-as-mqtt.");
  if (!is_own_host || product.empty() || lower(product) == lower(given.first_label)) return {};
  if (lower(names[0]) == lower(given.first_label))
    return words(N_("The user name has the product before the device; it is to be "
                    "{device}&{product}."),
                 {{"device", product}, {"product", names[0]}});
  return of_another_host(product, given.first_label);
}

/// HUB/DEVICE/?api-version=..., or HUB/DEVICE/MODULE/?...; the token's scope HUB/devices/DEVICE.
contradiction azure(const login_parts& given) {
  const std::string hub = given.user.substr(0, given.user.find('/'));
  if (contains(hub, ".azure-devices.") && lower(hub) != lower(given.host))
    return words(N_("The user name is of {hub}, and the host is {host}: there they must be the "
                    "same."),
                 {{"hub", hub}, {"host", given.host}});
  const std::size_t from = given.user.find('/');
  const std::size_t end = given.user.find("/?");
  if (from == std::string::npos || end == std::string::npos || end <= from) return {};
  const std::string device = given.user.substr(from + 1, end - from - 1);
  if (!given.id.empty() && device != given.id) return of_two(device, given.id);
  const std::vector<std::string> scope = parts_of(given.scope, '/');
  if (!contains(part(scope, 0), ".azure-devices.")) return {};
  const std::string own = given.host + "/devices/" + device;
  const std::string wanted = part(parts_of(device, '/'), 0);
  const bool is_of_device = part(scope, 1) == "devices" && !part(scope, 2).empty();
  if (lower(scope[0]) != lower(given.host) || (is_of_device && scope[2] != wanted))
    return of_another_scope(given.scope, own);
  return {};
}

/// PRODUCTIDDEVICENAME;12010126;CONNID;EXPIRY and PRODUCTIDDEVICENAME.
contradiction tencent(const view& known, const login_parts& given) {
  const std::vector<std::string> parts = parts_of(given.user, ';');
  const std::string ends = time_of(part(parts, 3));
  if (!ends.empty() && ends < known.all.local.now)
    return words(N_("The user name is good until {ends}, and this device's clock says {now}."),
                 {{"ends", ends}, {"now", known.all.local.now}});
  if (contains(given.host, ".iotcloud.") &&
      !lower(given.user).starts_with(lower(given.first_label)))
    return of_another_host(given.user.substr(0, given.first_label.size()), given.first_label);
  if (!given.id.empty() && part(parts, 1) == "12010126" && parts[0] != given.id)
    return of_two(parts[0], given.id);
  return {};
}

/// Where "_0_0_" or "_0_1_" begins before the ten digits of an hour; npos for none.
std::size_t end_of_device(const std::string& id) {
  constexpr std::size_t hour = 10, mark = 5;
  if (id.size() <= hour + mark) return std::string::npos;
  const std::size_t at = id.size() - hour - mark;
  const std::string middle = id.substr(at, mark);
  const bool is_hour = id.find_first_not_of("0123456789", at + mark) == std::string::npos;
  return is_hour && (middle == "_0_0_" || middle == "_0_1_") ? at : std::string::npos;
}

/// DEVICEID_0_0_YYYYMMDDHH and DEVICEID; after a 1 the platform compares the hour with its clock.
contradiction huawei(const view& known, const login_parts& given) {
  const std::string& id = given.id;
  if (id.empty() || given.user.empty()) return {};
  const std::size_t end = end_of_device(id);
  const std::string device = id.substr(0, end);
  const bool is_same = end == std::string::npos ? id.starts_with(given.user) : device == given.user;
  if (!is_same) return of_two(given.user, id);
  if (end == std::string::npos || id[end + 3] != '1') return {};
  const std::string hour = id.substr(end + 5);
  const std::string& now = known.all.local.now;
  if (now.size() <= 13) return {};
  const std::string today = now.substr(0, 4) + now.substr(5, 2) + now.substr(8, 2);
  if (hour.substr(0, 8) < today && !(hour.substr(8) == "23" && now.substr(11, 2) == "00"))
    return words(N_("The client identifier is of {hour} (UTC, year to hour), and this device's "
                    "clock says {now}: the platform takes it for an hour only."),
                 {{"hour", hour}, {"now", now}});
  return {};
}

/// thingidp@INSTANCE|DEVICE|TIME|ALGORITHM
contradiction baidu(const login_parts& given) {
  constexpr std::string_view begin = "thingidp@";
  if (!given.user.starts_with(begin))
    return words(N_("The user name does not begin with thingidp@."));
  const std::vector<std::string> parts = parts_of(given.user.substr(begin.size()), '|');
  if (parts.size() < 2)
    return words(N_("The user name names no device behind its instance: {user}"),
                 {{"user", given.user}});
  if (lower(parts[0]) != lower(given.first_label))
    return words(N_("The user name is of instance {instance}, and the host of {host}."),
                 {{"instance", parts[0]}, {"host", given.first_label}});
  return {};
}

/// The client identifier is the device, the user name the product; the token's scope
/// products/PRODUCT/devices/DEVICE.
contradiction onenet(const login_parts& given) {
  const std::vector<std::string> scope = parts_of(given.scope, '/');
  if (part(scope, 0) != "products") return {};
  const bool is_of_device = part(scope, 2) == "devices" && !part(scope, 3).empty();
  if (part(scope, 1) != given.user || (is_of_device && !given.id.empty() && scope[3] != given.id))
    return of_another_scope(given.scope, "products/" + given.user + "/devices/" + given.id);
  return {};
}

/// Services whose user name is a word of theirs, or never looks like a key.
contradiction fixed_user(std::string_view service, const login_parts& given) {
  struct row {
    std::string_view service;
    const char* user;
  };
  constexpr std::array<row, 2> fixed{{{"TagoIO", "Token"}, {"Blynk", "device"}}};
  for (const row& each : fixed) {
    if (each.service == service && given.user != each.user)
      return words(N_("The user name is to be the word {word} there, and it is {user}."),
                   {{"word", each.user}, {"user", given.user}});
  }
  if (service == "Adafruit IO" && given.user.starts_with("aio_"))
    return words(
        N_("The user name is an AIO key: that belongs into the password, and the "
           "account's name before it."));
  return {};
}

login_parts parts_of(const view& known) {
  const asked_facts& asked = known.asked();
  const std::string host = known.host();
  return {asked.user_name, asked.client_id, asked.password_scope, host,
          host.substr(0, host.find('.'))};
}

}  // namespace

std::optional<sentence> cloud_contradiction(const view& known) {
  if (!known.asked().has_user) return {};
  const login_parts given = parts_of(known);
  switch (broker_of(known).value()) {
    case broker_kind::aliyun_iot:
      return aliyun(known, given);
    case broker_kind::azure_iot:
      return azure(given);
    case broker_kind::tencent_iot:
      return tencent(known, given);
    case broker_kind::huawei_iot:
      return huawei(known, given);
    default:
      break;
  }
  const managed_service* const service = find_service(lower(given.host));
  if (service == nullptr) return {};
  const std::string_view name = service->broker.name;
  if (name == "Baidu IoT Core") return baidu(given);
  if (name == "OneNET") return onenet(given);
  return fixed_user(name, given);
}

std::optional<sentence> cloud_agreement(const view& known) {
  const login_parts given = parts_of(known);
  if (given.user.empty() || given.id.empty() || cloud_contradiction(known)) return {};
  const broker_kind broker = broker_of(known).value();
  const bool is_huaweis =
      broker == broker_kind::huawei_iot && end_of_device(given.id) != std::string::npos;
  if (!is_huaweis && broker != broker_kind::azure_iot && broker != broker_kind::tencent_iot)
    return {};
  return words(
      N_("User name and client identifier name the same device, {device}: whether the cloud has "
         "one of that name, its console shows."),
      {{"device", is_huaweis ? given.user : given.id}});
}

}  // namespace mqttkit::doctor
