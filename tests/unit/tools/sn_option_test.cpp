#include <doctest/doctest.h>

#include "mqtt-pub/options.hpp"
#include "mqtt-sub/options.hpp"
#include "unit/tools/command_line.hpp"

namespace mqttkit::tools {

using namespace std::chrono_literals;
using namespace test;

TEST_CASE("a mqtt-sn URL names gateway, port and topic") {
  pub p({"mqtt-sn://gateway.example/a/b", "-m", "x"});
  REQUIRE_MESSAGE(p.runs(), p.result.err);
  CHECK(p.settings.sn.wanted);
  CHECK(p.settings.client.dial.host == "gateway.example");
  CHECK(p.settings.client.dial.port == 1884);
  CHECK(p.settings.topic == "a/b");
  CHECK(p.settings.client.session.client_id.size() <= 23);
  CHECK_FALSE(p.settings.client.session.client_id.empty());
  sub s({"mqtt-sn://[::1]:8883", "-t", "a/#", "--sleep", "2m", "--sn-max-packet", "80"});
  REQUIRE_MESSAGE(s.runs(), s.result.err);
  CHECK(s.settings.client.dial.port == 8883);
  CHECK_FALSE(s.settings.client.dial.tls);  // the port of MQTT over TLS means nothing here
  CHECK(s.settings.sn.sleep == 2min);
  CHECK(s.settings.sn.max_packet == 80);
}

TEST_CASE("QoS -1 needs a topic that needs no registration") {
  CHECK(pub({"mqtt-sn://g/ab", "-m", "x", "-q", "-1"}).runs());
  CHECK(pub({"mqtt-sn://g", "--topic-id", "7", "-m", "x", "-q", "-1"}).runs());
  pub named({"mqtt-sn://g/a/b", "--predefined", "7=a/b", "-m", "x", "-q", "-1"});
  REQUIRE_MESSAGE(named.runs(), named.result.err);
  CHECK(named.settings.sn.without_connection);
  CHECK(named.settings.sn.predefined.at(0).id == 7);
  CHECK(named.settings.sn.predefined.at(0).name == "a/b");
  CHECK(pub({"mqtt-sn://g/a/b", "-m", "x", "-q", "-1"}).error() ==
        "-q -1 needs a topic that needs no registration: --topic-id ID, one of --predefined "
        "ID=TOPIC, or a topic of exactly two bytes");
  CHECK(pub({"-h", "g", "-t", "ab", "-m", "x", "-q", "-1"}).error() ==
        "-q -1 needs the URL of a gateway, as in mqtt-sn://gateway.example/; QoS in MQTT is 0, 1 "
        "or 2");
}

TEST_CASE("topic ids stand in place of topics") {
  CHECK(pub({"mqtt-sn://g", "--topic-id", "7", "-t", "a", "-m", "x"}).error() ==
        "--topic-id and a topic exclude each other: both say where messages go");
  CHECK(pub({"mqtt-sn://g", "--topic-id", "7", "--topic-id", "8", "-m", "x"}).error() ==
        "--topic-id: a message goes to one topic");
  sub two({"mqtt-sn://g", "--topic-id", "7", "--topic-id", "8"});
  REQUIRE_MESSAGE(two.runs(), two.result.err);
  CHECK(two.settings.sn.topic_ids.size() == 2);
  CHECK(pub({"mqtt-sn://g", "--topic-id", "65535", "-m", "x"}).error() ==
        "--topic-id 65535: a topic id is 1 to 65534");
  CHECK(pub({"mqtt-sn://g/a", "--predefined", "a/b", "-m", "x"}).error() ==
        "--predefined a/b: it is ID=TOPIC with an id of 1 to 65534");
  CHECK_FALSE(pub({"mqtt-sn://g/a", "--predefined", "7=a/#", "-m", "x"}).runs());
}

TEST_CASE("options that make no sense beside a mqtt-sn URL are errors that say why") {
  const auto error_of = [](words more) {
    words all{"mqtt-sn://g/a/b", "-m", "x"};
    all.insert(all.end(), more.begin(), more.end());
    return pub(all).error();
  };
  CHECK(error_of({"-u", "me"}) ==
        "-u does not go with a mqtt-sn URL: MQTT-SN has no user name and no password");
  CHECK(error_of({"--cafile", "ca.crt"}) ==
        "--cafile does not go with a mqtt-sn URL: MQTT-SN has no TLS: what it sends can be read on "
        "the way");
  CHECK(error_of({"-V", "5"}) == "-V does not go with a mqtt-sn URL: MQTT-SN has one version, 1.2");
  CHECK(error_of({"--ws"}) == "--ws does not go with a mqtt-sn URL: MQTT-SN goes over UDP");
  CHECK(error_of({"--outbox", "dir"}) ==
        "--outbox does not go with a mqtt-sn URL: it is kept for a broker alone; name the broker "
        "behind the gateway, or use -l with -q 1, which waits for the gateway");
  CHECK(error_of({"-D", "publish", "content-type", "text/plain"}) ==
        "-D does not go with a mqtt-sn URL: it is of MQTT 5");
  CHECK(error_of({"--request"}).find("MQTT-SN carries no topic for replies") != std::string::npos);
  CHECK_FALSE(sub({"mqtt-sn://g", "-t", "a", "--clean-retained", "b"}).runs());
  CHECK(sub({"mqtt-sn://g", "-t", "a", "--events", "json"}).runs());
}

TEST_CASE("options of MQTT-SN need its URL") {
  CHECK(pub({"-t", "a", "-m", "x", "--topic-id", "7"}).error() ==
        "--topic-id needs the URL of a gateway, as in mqtt-sn://gateway.example/");
  CHECK(sub({"-t", "a", "--sleep", "5s"}).error() ==
        "--sleep needs the URL of a gateway, as in mqtt-sn://gateway.example/");
  CHECK(sub({"mqtt-sn://g", "-t", "a", "--sleep", "100ms"}).error() ==
        "--sleep 100ms: a duration is a number and s, m or h, from 1s to 65535s");
}

TEST_CASE("an identifier of more than 23 bytes does not fit MQTT-SN") {
  CHECK(pub({"mqtt-sn://g/a", "-m", "x", "-i", "123456789012345678901234"}).error() ==
        "-i '123456789012345678901234': MQTT-SN allows 23 bytes, this has 24");
}

TEST_CASE("mqtt-doctor asks a gateway by its URL, and refuses what only a broker has") {
  using doctor_line = parsed<doctor_settings>;
  doctor_line d({"mqtt-sn://gateway.example/a/b"});
  REQUIRE_MESSAGE(d.runs(), d.result.err);
  CHECK(d.settings.scheme == url_scheme::mqtt_sn);
  CHECK(d.settings.client.dial.host == "gateway.example");
  CHECK(d.settings.client.dial.port == 1884);
  CHECK(d.settings.has_port);
  CHECK(d.settings.topic == "a/b");
  doctor_line via({"delivery", "mqtt-sn://g:1885/a", "--publish", "--sent-via", "mqtt://b"});
  REQUIRE_MESSAGE(via.runs(), via.result.err);
  CHECK(via.settings.client.dial.port == 1885);
  CHECK(doctor_line({"mqtt-sn://g", "-u", "alice"}).error() ==
        "-u does not go with a mqtt-sn URL: MQTT-SN has no user name and no password");
  CHECK(doctor_line({"mqtt-sn://g", "--cafile", "ca.pem"})
            .error()
            .starts_with("--cafile does not go with a mqtt-sn URL"));
  CHECK(doctor_line({"delivery", "mqtt-sn://g", "--offline"}).error() ==
        "--offline does not go with a mqtt-sn URL: it needs a broker; give the URL of one");
  CHECK(doctor_line({"mend", "mqtt-sn://g"}).error() ==
        "mend: it mends a broker's machine; give the URL of a broker");
  CHECK(doctor_line({"phone", "mqtt-sn://g"}).error() ==
        "phone: no browser speaks MQTT-SN; give the URL of a broker");
  CHECK_FALSE(
      doctor_line({"delivery", "mqtt://b", "-t", "a", "--publish", "--sent-via", "mqtt-sn://g"})
          .runs());
}

}  // namespace mqttkit::tools
