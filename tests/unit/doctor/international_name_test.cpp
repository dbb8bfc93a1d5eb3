// Host names with letters beyond ASCII, and services that were switched off.
#include "mqtt-doctor/facts/international_name.hpp"

#include "mqtt-doctor/causes/retired_services.hpp"
#include "unit/doctor/phone.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::phone;

namespace {

/// The name server answers that the name does not exist.
phone unknown_name(const std::string& host) {
  phone made("mqtt", 1883, host);
  made.all.name.addresses.clear();
  made.all.name.lookup = lookup_outcome::no_name;
  dns_fact reply;
  reply.server = "10.0.0.1";
  reply.outcome = dns_outcome::answered;
  reply.rcode = 3;
  made.all.name.questions = {reply};
  made.all.endpoints.clear();
  return made;
}

std::string told_of(const std::string& host) {
  const diagnosis made = unknown_name(host).found();
  if (made.causes.empty() || made.causes[0].id != "dns-nxdomain") return {};
  std::string text;
  for (const auto& line : made.causes[0].evidence) text += in_english(line) + "\n";
  for (const auto& line : made.causes[0].cures) text += in_english(line.what) + "\n";
  return text;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("labels beyond ASCII are written as RFC 3492 has it") {
  CHECK(international_name("m\u00e4kler.test") == "xn--mkler-gra.test");
  CHECK(international_name("M\u00c4KLER.test") == "xn--mkler-gra.test");
  CHECK(international_name("b\u00fccher.example") == "xn--bcher-kva.example");
  CHECK(international_name("\u4f8b\u3048.\u30c6\u30b9\u30c8") == "xn--r8jz45g.xn--zckzah");
  CHECK(international_name("\u043f\u0440\u0438\u043c\u0435\u0440") == "xn--e1afmkfd");
  CHECK(international_name("broker.test").empty());
  CHECK(international_name("\xff.test").empty());
  CHECK(international_name("").empty());
}

TEST_CASE("a name with an umlaut that does not exist is told in the form of name servers") {
  CHECK(has(told_of("m\u00e4kler.test"), "xn--mkler-gra.test"));
  CHECK_FALSE(has(told_of("makler.test"), "xn--"));
}

TEST_CASE("a service that was closed or moved is named, and no record is to be made") {
  CHECK(has(told_of("mqtt.eclipse.org"), "mqtt.eclipseprojects.io"));
  CHECK(has(told_of("MQTT.googleapis.com"), "2023"));
  CHECK(has(told_of("a1b2.messaging.internetofthings.ibmcloud.com"), "Watson"));
  CHECK_FALSE(has(told_of("mqtt.eclipse.org"), "A record"));
  CHECK(has(told_of("broker.somewhere.org"), "A record"));
  CHECK(find_retired("mqtt.eclipseprojects.io") == nullptr);
  CHECK(find_retired("mymqtt.googleapis.com") == nullptr);
}
