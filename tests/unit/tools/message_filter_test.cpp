#include "mqtt-sub/message_filter.hpp"

#include <doctest/doctest.h>

using namespace mqttkit;
using namespace mqttkit::tools;

namespace {

bool passes(message_filter& filter, std::string_view topic, std::string_view payload) {
  publish_packet message;
  message.topic = topic;
  message.payload = as_bytes(payload);
  return filter.passes(message);
}

}  // namespace

TEST_CASE("--changed compares with the last payload of the same topic") {
  sub_settings settings;
  settings.changed_only = true;
  message_filter filter(settings);
  CHECK(passes(filter, "a", "1"));
  CHECK_FALSE(passes(filter, "a", "1"));
  CHECK(passes(filter, "b", "1"));
  CHECK(passes(filter, "a", "2"));
  CHECK(passes(filter, "a", "1"));  // back again is a change
  CHECK(passes(filter, "a", ""));
  CHECK_FALSE(passes(filter, "a", ""));
}

TEST_CASE("--sample takes the first of every N that the other filters let through") {
  sub_settings settings;
  settings.sample = 3;
  settings.where = ". >= 0";
  settings.filtered_out = {"x/#"};
  message_filter filter(settings);
  std::string taken;
  for (int i = 0; i < 9; ++i) {
    CHECK_FALSE(passes(filter, "x/y", "1"));
    CHECK_FALSE(passes(filter, "a", "-1"));
    const std::string number = std::to_string(i);
    if (passes(filter, "a", number)) taken += number;
  }
  CHECK(taken == "036");
}
