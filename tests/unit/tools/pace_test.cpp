#include "mqtt-pub/pace.hpp"

#include <doctest/doctest.h>

#include "mqtt-pub/recorded_time.hpp"

using namespace mqttkit::tools;
using namespace std::chrono_literals;
using std::chrono::system_clock;

namespace {

const pace::clock::time_point start{1h};

}  // namespace

TEST_CASE("a rate spreads messages evenly and starts at once") {
  pace ten = pace::at_rate(10);
  CHECK(ten.due(start, {}) == start);
  CHECK(ten.due(start, {}) == start + 100ms);
  CHECK(ten.due(start + 100ms, {}) == start + 200ms);
}

TEST_CASE("a rate catches up with what is a little late, not with a long stop") {
  pace thousand = pace::at_rate(1000);
  thousand.due(start, {});
  CHECK(thousand.due(start + 5ms, {}) == start + 1ms);
  CHECK(thousand.due(start + 10s, {}) == start + 10s - pace::most_behind);
  CHECK(thousand.due(start + 10s, {}) == start + 10s - pace::most_behind + 1ms);
}

TEST_CASE("an interval keeps its beat and leaves out what is over") {
  pace second = pace::at_interval(1s);
  CHECK(second.due(start, {}) == start);
  CHECK(second.due(start + 10ms, {}) == start + 1s);
  CHECK(second.due(start + 1s, {}) == start + 2s);
  CHECK(second.due(start + 5500ms, {}) == start + 5s);
  CHECK(second.due(start + 5500ms, {}) == start + 6s);
}

TEST_CASE("a recording keeps its spacing, faster or slower") {
  const system_clock::time_point recorded{1000h};
  for (const double speed : {1.0, 10.0, 0.5}) {
    pace replayed = pace::as_recorded(speed);
    const auto scaled = [&](std::chrono::milliseconds gap) {
      return std::chrono::milliseconds(
          static_cast<std::int64_t>(static_cast<double>(gap.count()) / speed));
    };
    CHECK(replayed.due(start, recorded) == start);
    CHECK(replayed.due(start, recorded + 1s) == start + scaled(1s));
    CHECK(replayed.due(start + 7s, recorded + 4s) == start + scaled(4s));
    CHECK(replayed.due(start, recorded - 1h) == start);  // out of order: at once
  }
}

TEST_CASE("recorded times are RFC 3339") {
  const auto seconds_of = [](std::string_view text) {
    system_clock::time_point out{-1s};
    return read_recorded_time(text, out)
               ? std::chrono::duration<double>(out.time_since_epoch()).count()
               : -1;
  };
  CHECK(seconds_of("1970-01-01T00:00:00Z") == 0);
  CHECK(seconds_of("2026-11-21T04:46:43.123456Z") == doctest::Approx(1795236403.123456));
  CHECK(seconds_of("2026-11-21T05:46:43.5+01:00") == doctest::Approx(1795236403.5));
  CHECK(seconds_of("2026-11-21T04:46:43.123456789Z") == doctest::Approx(1795236403.123456));
  CHECK(seconds_of("2026-11-20T23:16:43-0530") == 1795236403);
  for (const std::string_view bad :
       {"", "2026-11-21", "2026-11-21T04:46:43", "2026-13-21T04:46:43Z", "2026-02-30T04:46:43Z",
        "2026-11-21T24:46:43Z", "2026-11-21T04:46:43.Z", "2026-11-21T04:46:43Zx", "1795236403"})
    CHECK_MESSAGE(seconds_of(bad) == -1, bad);
}
