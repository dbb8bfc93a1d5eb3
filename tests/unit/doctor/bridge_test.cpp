// A bridge between two brokers of one machine, as their configuration files set it up.
#include "unit/doctor/machine.hpp"
#include "unit/doctor/phone.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::phone;

namespace {

exchange_fact::run arrived(int count) {
  exchange_fact::run made;
  made.qos = 1;
  made.sent = made.acknowledged = 5;
  made.ack = 0;
  made.arrived = count;
  return made;
}

/// The dialled broker listens on 1883; the publisher's broker on 1885 has this bridge.
phone joined_by(const std::string& bridge) {
  machine here;
  here.file("/etc/mosquitto/mosquitto.conf", "listener 1883\nallow_anonymous true\n");
  here.file("/etc/mosquitto/edge.conf", "listener 1885\nallow_anonymous true\n" + bridge);
  here.runs(812, "mosquitto", {"mosquitto", "-c", "/etc/mosquitto/mosquitto.conf"}, {11});
  here.runs(813, "mosquitto", {"mosquitto", "-c", "/etc/mosquitto/edge.conf"}, {12});
  here.listens("00000000", 1883, 11).listens("00000000", 1885, 12);
  here.request.ports = {1883, 1885};
  phone made("mqtt", 1883, "10.77.2.2");
  made.accepts();
  made.all.local.is_target = true;
  made.all.host = here.look();
  made.all.host->has_systemd = false;
  made.all.asked.topic = "home/door";
  made.all.asked.sent_via = "10.77.2.2:1885";
  exchange_fact far;
  far.is_users_topic = true;
  far.topic = far.filter = "home/door";
  far.version = mqtt_version::v5;
  far.suback = 2;
  far.publisher_at = made.all.asked.sent_via;
  far.runs = {arrived(0)};
  exchange_fact near = far;
  near.publisher_at.clear();
  near.runs = {arrived(5)};
  made.at().exchanges = {far, near};
  return made;
}

std::string told(const phone& made) {
  const diagnosis found = made.found();
  std::string out;
  if (found.causes.empty()) return out;
  out = in_english(found.causes.front().cause) + "\n";
  for (const sentence& each : found.causes.front().evidence) out += in_english(each) + "\n";
  for (const cure& each : found.causes.front().cures) {
    out.append(in_english(each.what)).append(" => ").append(each.command).append("\n");
  }
  return out;
}

constexpr const char* upward = "connection up\naddress 10.77.2.2:1883\n";

}  // namespace

TEST_CASE("a bridge that carries a topic the other way is turned, and no second one is made") {
  const phone made = joined_by(std::string(upward) + "topic # in 1\n");
  CHECK(made.first() == "delivery-not-forwarded");
  const std::string text = told(made);
  CHECK(text.find("topic # in") != std::string::npos);
  CHECK(text.find("5s/ in\\( \\|$\\)/ both\\1/") != std::string::npos);
  CHECK(text.find("813") != std::string::npos);
  CHECK(text.find("connection other") == std::string::npos);
}

TEST_CASE("a bridge that renames what it carries is told with the name that arrives") {
  const phone made = joined_by(std::string(upward) + "topic # out 1 home/ house/7/\n");
  CHECK(made.first() == "delivery-bridge-prefix");
  CHECK(told(made).find("house/7/door") != std::string::npos);
}

TEST_CASE("a bridge without a line for the topic gets one") {
  const phone made = joined_by(std::string(upward) + "topic cellar/# both 1\n");
  CHECK(made.first() == "delivery-not-forwarded");
  CHECK(told(made).find("no topic line") != std::string::npos);
}

TEST_CASE("a line of a bridge that just misses the topic is shown with what is wrong in it") {
  const std::string quoted = told(joined_by(std::string(upward) + "topic 'home/#' out 1\n"));
  CHECK(quoted.find("the quotation marks count") != std::string::npos);
  CHECK(quoted.find("5s/[\"'\\'']//g") != std::string::npos);
  const std::string slash = told(joined_by(std::string(upward) + "topic /home/# out 1\n"));
  CHECK(slash.find("edge.conf:5: topic /home/# out") != std::string::npos);
  const std::string letters = told(joined_by(std::string(upward) + "topic Home/# out 1\n"));
  CHECK(letters.find("edge.conf:5: topic Home/# out") != std::string::npos);
}

TEST_CASE("a single prefix belongs to the broker that has the bridge") {
  const std::string text = told(joined_by(std::string(upward) + "topic # out 0 remote/\n"));
  CHECK(text.find("with the prefix \"remote/\" alone") != std::string::npos);
}

TEST_CASE("where no bridge is seen none is printed to be copied: two go round for ever") {
  const phone none = joined_by("");
  CHECK(none.first() == "delivery-not-forwarded");
  const diagnosis found = none.found();
  for (const cure& each : found.causes.front().cures) CHECK(each.kind != cure_kind::lines);
  // A bridge that leads to another machine's broker.
  const phone other = joined_by("connection up\naddress 192.0.2.1:1883\ntopic # in 1\n");
  CHECK(told(other).find("topic # in 1") == std::string::npos);
}
