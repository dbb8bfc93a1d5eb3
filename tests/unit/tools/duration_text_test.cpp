#include "common/duration_text.hpp"

#include <doctest/doctest.h>

using namespace mqttkit::tools;
using namespace std::chrono_literals;

TEST_CASE("a duration is told as finely as it matters") {
  CHECK(duration_text(1200us) == "1.2 ms");
  CHECK(duration_text(125s) == "2 min 5 s");
  CHECK(time_text(0.44) == "0.4 ms");
  CHECK(time_text(12.3) == "12 ms");
  CHECK(time_text(3040) == "3.0 s");
  CHECK(silence_text(0.75) == "0.8 s");
  CHECK(silence_text(12.4) == "12 s");
  CHECK(rough_text(2.5) == "3 s");
  CHECK(rough_text(119.4) == "119 s");
  CHECK(rough_text(120) == "2 min");
}
