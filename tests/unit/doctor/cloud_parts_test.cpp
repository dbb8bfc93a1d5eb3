// The parts of a cloud's login against each other: which one is wrong is said from facts.
#include "mqtt-doctor/causes/diagnosis.hpp"
#include "unit/doctor/phone.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::phone;

namespace {

struct login {
  const char* host;
  const char* user;
  const char* id;
  const char* scope = "";
};

phone refused(const login& given, password_form form = password_form::other) {
  phone made("mqtt", 1883, given.host);
  made.all.asked.client_id = given.id;
  made.all.asked.password_scope = given.scope;
  made.all.asked.password_form = form;
  made.with_login(given.user).answers(4, 0x86, "3.1.1");
  return made;
}

/// The first cause in words, with what it was seen by.
std::string told(const phone& made) {
  const finding first = made.found().causes.at(0);
  std::string all = in_english(first.cause);
  for (const sentence& each : first.evidence) all += '\n' + in_english(each);
  return all;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* huawei = "x.iot-mqtts.cn-north-4.myhuaweicloud.com";
constexpr const char* aliyun = "a1.iot-as-mqtt.cn-shanghai.aliyuncs.com";
constexpr const char* tencent = "AB12.iotcloud.tencentdevices.com";
constexpr const char* azure = "hub1.azure-devices.net";
constexpr const char* onenet = "mqtts.heclouds.com";

}  // namespace

TEST_CASE("a user name that is not the identifier's device is said before the password's form") {
  for (const login& each :
       {login{huawei, "lamp", "door_0_0_2026030405"}, login{huawei, "lamp", "lamp2_0_0_2026030405"},
        login{tencent, "AB12lamp;12010126;x7;1900000000", "AB12door"},
        login{azure, "hub1.azure-devices.net/lamp/?api-version=2021-04-12", "door"}}) {
    CAPTURE(std::string(each.user));
    const phone made = refused(each);
    CHECK(made.first() == "auth-cloud-credentials-format");
    CHECK(has(told(made), "must be the same"));
    CHECK_FALSE(made.names("auth-bad-credentials"));
  }
}

TEST_CASE("where user name and identifier agree, the password's form and the console are left") {
  const phone made = refused({huawei, "60d9c3_lamp", "60d9c3_lamp_0_0_2021062808"});
  CHECK(has(told(made), "refuses the login"));
  CHECK(has(told(made), "name the same device, 60d9c3_lamp"));
  CHECK(made.sureness() == certainty::likely);
  const phone right =
      refused({huawei, "60d9c3_lamp", "60d9c3_lamp_0_0_2021062808"}, password_form::digest);
  CHECK(right.first() == "auth-bad-credentials");
}

TEST_CASE("Aliyun's parts are told apart: the order of the user name, the end of the identifier") {
  CHECK(has(told(refused({aliyun, "a1&lamp", "x|securemode=3,signmethod=hmacsha1|"})),
            "the product before the device"));
  CHECK(has(told(refused({aliyun, "lamp&a1", "x|securemode=3,signmethod=hmacsha1"})),
            "does not end with the sign |"));
}

TEST_CASE("a token that is for another device is told by its scope") {
  const char* const user = "hub1.azure-devices.net/lamp/?api-version=2021-04-12";
  const auto of_azure = [&](const char* scope) {
    return refused({azure, user, "lamp", scope}, password_form::sas);
  };
  CHECK(has(told(of_azure("hub1.azure-devices.net/devices/door")), "The token is for"));
  CHECK(has(told(of_azure("hub2.azure-devices.net/devices/lamp")), "The token is for"));
  CHECK(of_azure("hub1.azure-devices.net/devices/lamp").first() == "auth-bad-credentials");
  // The key of a policy is for all devices of the hub.
  CHECK(of_azure("hub1.azure-devices.net").first() == "auth-bad-credentials");
  CHECK(has(told(refused({onenet, "P1", "lamp", "products/P1/devices/door"})), "The token is for"));
  CHECK(has(told(refused({onenet, "P2", "lamp", "products/P1/devices/lamp"})), "The token is for"));
  CHECK_FALSE(
      has(told(refused({onenet, "P1", "lamp", "products/P1/devices/lamp"})), "The token is for"));
}

TEST_CASE("services whose user name is a word of theirs are told which") {
  CHECK(has(told(refused({"mqtt.tago.io", "lamp", "x"})), "the word Token"));
  CHECK(has(told(refused({"blynk.cloud", "lamp", "x"})), "the word device"));
  CHECK(has(told(refused({"io.adafruit.com", "aio_abcd", "x"})), "is an AIO key"));
  const char* const baidu = "abc.iot.gz.baidubce.com";
  CHECK(has(told(refused({baidu, "lamp", "x"})), "thingidp@"));
  CHECK(has(told(refused({baidu, "thingidp@xyz|lamp|0|MD5", "x"})), "of instance xyz"));
}
