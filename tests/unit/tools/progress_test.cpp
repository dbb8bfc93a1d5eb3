#include "io/progress.hpp"

#include <doctest/doctest.h>

using namespace mqttkit::tools;

namespace {

progress_state some(std::uint64_t bytes) {
  progress_state state;
  state.messages = 1'204'311;
  state.bytes = bytes;
  state.total_bytes = 1000;
  state.messages_per_second = 98'112.4;
  state.bytes_per_second = 50;
  return state;
}

}  // namespace

TEST_CASE("a bar shows the part, the count, the rate and the time left") {
  CHECK(progress_line(some(475), 80) ==
        "[=========>          ]  47%  1,204,311 messages  98,112/s  11 s left");
  CHECK(progress_line(some(0), 80).starts_with("[>                   ]   0%  "));
  CHECK(progress_line(some(1000), 80) ==
        "[====================] 100%  1,204,311 messages  98,112/s");
  CHECK(progress_line(some(2000), 80).starts_with("[====================] 100%  "));  // it grew
}

TEST_CASE("the time left is told in the units it needs") {
  const auto left_at = [](double bytes_per_second) {
    progress_state state = some(0);
    state.bytes_per_second = bytes_per_second;
    const std::string line = progress_line(state, 80);
    return line.substr(line.rfind("/s") + 2);
  };
  CHECK(left_at(10) == "  1 min 40 s left");
  CHECK(left_at(0.1) == "  2 h 46 min left");
  CHECK(left_at(1e-9) == "");
  CHECK(left_at(0) == "");
}

TEST_CASE("without a size there is a count and a rate") {
  progress_state state = some(475);
  state.total_bytes = 0;
  CHECK(progress_line(state, 80) == "1,204,311 messages  98,112/s");
}

TEST_CASE("a narrow terminal gets a shorter line") {
  CHECK(progress_line(some(475), 30) == "[=========>          ]  47%  1");
}
