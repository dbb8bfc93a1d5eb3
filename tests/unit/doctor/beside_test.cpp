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
  CHECK_FALSE(is_alike("home/door", "home/window"));
  CHECK_FALSE(is_alike("home/sensor1", "home/sensor2"));
  CHECK_FALSE(is_alike("home/door", "home/doors/1"));
  CHECK_FALSE(is_alike("home/lamp", "home/lamb"));
}
