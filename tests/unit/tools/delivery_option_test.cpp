// mqtt-doctor delivery: two sides, each with a login of its own.
#include "command_line.hpp"
#include "support/temp_folder.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;
using namespace mqttkit::tools::test;

namespace {
using doctor = parsed<doctor_settings>;
}

TEST_CASE("delivery takes a target as the plain check does") {
  const doctor bare({"delivery", "broker.example:1884", "-t", "home/door", "--publish"});
  CHECK(bare.runs());
  CHECK(bare.settings.command == subcommand::delivery);
  CHECK(bare.settings.client.dial.host == "broker.example");
  CHECK(bare.settings.topic == "home/door");
  CHECK(doctor({"delivery", "mqtts://broker.example"}).settings.scheme == "mqtts");
  CHECK(doctor({"delivery", "-h", "broker.example"}).runs());
  CHECK_FALSE(doctor({"delivery", "broker.example", "--forward", "a:1"}).runs());
  CHECK(doctor({"broker.example", "--sent-to", "a"}).error() ==
        "--sent-to goes with delivery: mqtt-doctor delivery URL|HOST[:PORT]");
}

TEST_CASE("a filter with wildcards needs the topic that is sent to") {
  CHECK(doctor({"delivery", "h", "-t", "home/#", "--publish"}).error() ==
        "--publish needs a topic without wildcards: name one with --sent-to TOPIC");
  const doctor both({"delivery", "h", "-t", "home/#", "--sent-to", "home/door", "--publish"});
  CHECK(both.runs());
  CHECK(both.settings.delivery.sent_to == "home/door");
  CHECK(doctor({"delivery", "h", "--sent-to", "home/door"}).error() ==
        "--sent-to needs -t FILTER beside it");
}

TEST_CASE("a watch is a time, with the keep alive of -k") {
  CHECK(doctor({"delivery", "h", "--watch", "10m"}).settings.delivery.watch ==
        std::chrono::minutes(10));
  CHECK(doctor({"delivery", "h", "--watch", "0"}).error() ==
        "--watch 0: a time of at least one second is needed, as in 10m");
  CHECK(doctor({"delivery", "h", "--watch", "10m", "-k", "5"}).settings.client.session.keep_alive ==
        std::chrono::seconds(5));
  CHECK_FALSE(doctor({"h", "--watch", "10m"}).runs());
}

TEST_CASE("each side may have a login of its own") {
  const doctor bare({"delivery", "h", "--as-publisher", "sensor"});
  REQUIRE(bare.settings.delivery.publisher);
  CHECK(bare.settings.delivery.publisher->user_name == "sensor");
  CHECK_FALSE(bare.settings.delivery.publisher->password);
  const doctor colons({"delivery", "h", "--as-subscriber", "vhost:app:"});
  REQUIRE(colons.settings.delivery.subscriber);
  CHECK(colons.settings.delivery.subscriber->user_name == "vhost:app");
  const mqttkit::testing::temp_folder folder;
  const doctor filed(
      {"delivery", "h", "--as-publisher", "sensor:" + folder.write("pw", "secret\nmore\n")});
  REQUIRE(filed.settings.delivery.publisher);
  CHECK(filed.settings.delivery.publisher->password == "secret");
  CHECK_FALSE(doctor({"delivery", "h", "--as-publisher", ":file"}).runs());
  CHECK_FALSE(doctor({"delivery", "h", "--as-publisher", "sensor:/nowhere/at/all"}).runs());
}
