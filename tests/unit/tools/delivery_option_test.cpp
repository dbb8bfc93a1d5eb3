// mqtt-doctor delivery: two sides, each with a login of its own.
#include "command_line.hpp"
#include "support/temp_folder.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;
using namespace mqttkit::tools::test;

namespace {
using doctor_line = parsed<doctor_settings>;
}

TEST_CASE("delivery takes a target as the plain check does") {
  const doctor_line bare({"delivery", "broker.example:1884", "-t", "home/door", "--publish"});
  CHECK(bare.runs());
  CHECK(bare.settings.command == subcommand::delivery);
  CHECK(bare.settings.client.dial.host == "broker.example");
  CHECK(bare.settings.topic == "home/door");
  CHECK(doctor_line({"delivery", "mqtts://broker.example"}).settings.scheme == url_scheme::mqtts);
  CHECK(doctor_line({"delivery", "-h", "broker.example"}).runs());
  CHECK_FALSE(doctor_line({"delivery", "broker.example", "--forward", "a:1"}).runs());
  CHECK(doctor_line({"broker.example", "--sent-to", "a"}).error() ==
        "--sent-to goes with delivery: mqtt-doctor delivery URL|HOST[:PORT]");
}

TEST_CASE("a second target is refused with what was probably meant") {
  CHECK(doctor_line({"Delivry", "localhost"}).error() ==
        "'Delivry' and 'localhost' are two targets; did you mean delivery?");
  CHECK(doctor_line({"localhost", "-t", "a", "mqtt://u:secret@h"}).error() ==
        "'localhost' and 'mqtt://u:***@h' are two targets; one at a time");
}

TEST_CASE("the path of a URL is the topic to look at") {
  CHECK(doctor_line({"mqtt://broker.example/home/door"}).settings.topic == "home/door");
  CHECK(doctor_line({"mqtt://broker.example/home/door", "-t", "other"}).settings.topic == "other");
  CHECK(doctor_line({"mqtt://broker.example/"}).settings.topic.empty());
  CHECK(doctor_line({"wss://broker.example/mqtt"}).settings.topic.empty());
}

TEST_CASE("a filter with wildcards needs the topic that is sent to") {
  CHECK(doctor_line({"delivery", "h", "-t", "home/#", "--publish"}).error() ==
        "--publish needs a topic without wildcards: name one with --sent-to TOPIC");
  const doctor_line both({"delivery", "h", "-t", "home/#", "--sent-to", "home/door", "--publish"});
  CHECK(both.runs());
  CHECK(both.settings.delivery.sent_to == "home/door");
  CHECK(doctor_line({"delivery", "h", "--sent-to", "home/door"}).error() ==
        "--sent-to needs -t FILTER beside it");
}

TEST_CASE("the other side may be connected to another broker") {
  const auto sent_via = [](std::string_view broker) {
    return doctor_line({"delivery", "h", "-t", "home/door", "--publish", "--sent-via", broker});
  };
  const doctor_line bare = sent_via("other.example:1884");
  REQUIRE(bare.settings.delivery.sent_via);
  CHECK(bare.settings.delivery.sent_via->host == "other.example");
  CHECK(bare.settings.delivery.sent_via->port == 1884);
  const doctor_line url = sent_via("wss://other.example/mqtt");
  REQUIRE(url.settings.delivery.sent_via);
  CHECK(url.settings.delivery.sent_via->scheme == url_scheme::wss);
  CHECK(url.settings.delivery.sent_via->path == "/mqtt");
  CHECK(doctor_line({"delivery", "h", "-t", "home/door", "--sent-via", "other"}).error() ==
        "--sent-via needs -t TOPIC and --publish beside it");
  CHECK(sent_via("mqtt://u:secret@other").error() ==
        "--sent-via: its login goes with --as-publisher USER:PASSWORD-FILE");
  CHECK(sent_via("u:secret@other").error() ==
        "--sent-via: its login goes with --as-publisher USER:PASSWORD-FILE");
  CHECK_FALSE(sent_via("unix:///run/mqtt").runs());
  CHECK_FALSE(sent_via("other:0").runs());
}

TEST_CASE("a login that was pasted in front of a bare host is not repeated") {
  for (const std::string_view typed : {"u:secret@", "u:secret@other:port", "mqtt://u:secret@"}) {
    CAPTURE(typed);
    const doctor_line line({typed});
    CHECK_FALSE(line.runs());
    CHECK(line.error().find("secret") == std::string::npos);
  }
}

TEST_CASE("a watch is a time, with the keep alive of -k") {
  CHECK(doctor_line({"delivery", "h", "--watch", "10m"}).settings.delivery.watch ==
        std::chrono::minutes(10));
  CHECK(doctor_line({"delivery", "h", "--watch", "0"}).error() ==
        "--watch 0: a time of at least one second is needed, as in 10m");
  CHECK(doctor_line({"delivery", "h", "--watch", "10m", "-k", "5"})
            .settings.client.session.keep_alive == std::chrono::seconds(5));
  CHECK_FALSE(doctor_line({"h", "--watch", "10m"}).runs());
}

TEST_CASE("each side may have a login of its own") {
  const doctor_line bare({"delivery", "h", "--as-publisher", "sensor"});
  REQUIRE(bare.settings.delivery.publisher);
  CHECK(bare.settings.delivery.publisher->user_name == "sensor");
  CHECK_FALSE(bare.settings.delivery.publisher->password);
  const doctor_line colons({"delivery", "h", "--as-subscriber", "vhost:app:"});
  REQUIRE(colons.settings.delivery.subscriber);
  CHECK(colons.settings.delivery.subscriber->user_name == "vhost:app");
  const mqttkit::testing::temp_folder folder;
  const doctor_line filed(
      {"delivery", "h", "--as-publisher", "sensor:" + folder.write("pw", "secret\nmore\n")});
  REQUIRE(filed.settings.delivery.publisher);
  CHECK(filed.settings.delivery.publisher->password == "secret");
  CHECK_FALSE(doctor_line({"delivery", "h", "--as-publisher", ":file"}).runs());
  CHECK_FALSE(doctor_line({"delivery", "h", "--as-publisher", "sensor:/nowhere/at/all"}).runs());
}

TEST_CASE("without a login of its own the look comes as the subscriber") {
  const doctor_line named({"delivery", "h", "-t", "a", "--as-subscriber", "bob"});
  REQUIRE(named.runs());
  CHECK(named.settings.client.session.user_name == "bob");
  const doctor_line own({"delivery", "h", "-t", "a", "-u", "alice", "--as-subscriber", "bob"});
  REQUIRE(own.runs());
  CHECK(own.settings.client.session.user_name == "alice");
}
