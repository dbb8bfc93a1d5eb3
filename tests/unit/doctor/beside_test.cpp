// Filters around one that gets no message, and which topics are near it.
#include "mqtt-doctor/probes/delivery/beside.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace mqttkit::doctor;

namespace {

bool has(const std::vector<std::string>& filters, const std::string& one) {
  return std::find(filters.begin(), filters.end(), one) != filters.end();
}

}  // namespace

TEST_CASE("around a filter one level at a time is left open") {
  const auto around = filters_beside("home/front door/state");
  CHECK(has(around.wide, "+/front door/state"));
  CHECK(has(around.wide, "home/+/state"));
  CHECK(has(around.close, "Home/Front door/State"));
  CHECK(has(around.close, "home/front_door/state"));
  CHECK(has(around.close, "home//front door/state"));
  CHECK(has(filters_beside("home/+").close, "HOME/+"));
  CHECK(has(filters_beside("home/+").close, "home/#"));
}

TEST_CASE("levels that stand the other way round are near") {
  CHECK(has(filters_beside("tele/plug/SENSOR").close, "plug/tele/SENSOR"));
  CHECK(has(filters_beside("tele/+/SENSOR").close, "+/tele/SENSOR"));
  CHECK_FALSE(has(filters_beside("home/+").close, "+/home"));
}

TEST_CASE("a prefix and a name that were put together without a slash are near") {
  CHECK(has(filters_beside("ovms/twizy/metric").close, "ovms/twizymetric"));
}

TEST_CASE("a + that would have to stand for two levels, and what lies below, are near") {
  CHECK(has(filters_beside("homeassistant/sensor/+/config").close,
            "homeassistant/sensor/+/+/config"));
  CHECK(has(filters_beside("spBv1.0/g/+/node").close, "spBv1.0/g/+/node/#"));
  CHECK(has(filters_beside("home/#").close, "+/home/#"));
}

TEST_CASE(
    "a place that nobody filled in, a list, escapes and backslashes stand for what was meant") {
  CHECK(has(filters_beside("homie/{id}/state").close, "homie/+/state"));
  CHECK(has(filters_beside("home/door,home/gate").close, "home/gate"));
  CHECK(has(filters_beside("home%2Fdoor").close, "home/door"));
  CHECK(has(filters_beside("home\\door").close, "home/door"));
}

TEST_CASE("discovery is looked for below whatever prefix") {
  CHECK(has(filters_beside("homeassistant/#").close, "+/+/+/config"));
  CHECK_FALSE(has(filters_beside("home/#").close, "+/+/+/config"));
}

TEST_CASE("what the shell may have taken is looked for, and so is what else $SYS has") {
  CHECK(has(filters_beside("/#").close, "$SYS/#"));
  const auto inflight = filters_beside("$SYS/broker/messages/inflight").close;
  CHECK(has(inflight, "$SYS/broker/messages/+"));
  CHECK(has(inflight, "$SYS/broker/uptime"));
  CHECK(has(filters_beside("$SYS/broker/uptime").close, "$SYS/brokers/+/version"));
}

TEST_CASE("everything is never asked for") {
  for (const std::string filter : {"home", "home/+", "+/home", "*", "home/#"}) {
    const auto around = filters_beside(filter);
    for (const auto* list : {&around.close, &around.wide})
      for (const auto& each : *list) CHECK(each.find_first_not_of("+#/") != each.npos);
  }
}

TEST_CASE("what a person takes for the same is alike, and a neighbour is not") {
  CHECK(is_alike("home/door", "home/Door"));
  CHECK(is_alike("home/door", "home//door "));
  CHECK(is_alike("home/temprature", "home/temperature"));
  CHECK(is_alike("home/living-room/t", "home/living_room/t"));
  CHECK(is_alike("Home/+", "home/door"));
  CHECK(is_alike("home/door", "home/d\u043e\u043er"));
  CHECK(is_alike("frigate/events", "frigate_nas/events"));
  CHECK(is_alike("zigbee-attic/+/set", "zigbee/lamp/set"));
  CHECK_FALSE(is_alike("frigate/events", "frigate_nas/stats"));
  CHECK_FALSE(is_alike("esp/temp", "esp_2/temp"));
  CHECK_FALSE(is_alike("home/door", "home/door_state"));
  CHECK_FALSE(is_alike("home/door", "home/window"));
  CHECK_FALSE(is_alike("home/sensor1", "home/sensor2"));
  CHECK_FALSE(is_alike("home/door", "home/doors/1"));
  CHECK_FALSE(is_alike("home/lamp", "home/lamb"));
}
