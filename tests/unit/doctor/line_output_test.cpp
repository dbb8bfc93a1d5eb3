// Lines that a thread of their own writes, and what happens when nobody reads them.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <thread>

#include "mqtt-doctor/listen/output.hpp"

using namespace mqttkit::doctor;

namespace {

struct pipe_pair {
  pipe_pair() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
  ~pipe_pair() {
    close_reader();
    ::close(ends[1]);
  }
  void close_reader() {
    if (ends[0] != -1) ::close(ends[0]);
    ends[0] = -1;
  }
  std::string read_until(std::string_view last) {
    std::string all;
    char block[65536];
    while (all.find(last) == std::string::npos) {
      const auto size = ::read(ends[0], block, sizeof block);
      if (size <= 0) break;
      all.append(block, static_cast<std::size_t>(size));
    }
    return all;
  }
  int ends[2];
};

std::string told(std::uint64_t count) { return "left out: " + std::to_string(count) + "\n"; }

void wait_until(const std::function<bool()>& done) {
  for (int i = 0; i < 6000 && !done(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(done());
}

}  // namespace

TEST_CASE("lines come out in their order") {
  pipe_pair to;
  line_output out(to.ends[1], told, [] {});
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string line = std::to_string(i) + "\n";
    expected += line;
    out.put(line);
  }
  CHECK(to.read_until("999\n") == expected);
  wait_until([&] { return out.is_drained(); });
}

TEST_CASE("a pipe that nobody reads takes no time, and what was left out is counted") {
  pipe_pair to;
  line_output out(to.ends[1], told, [] {});
  const std::string line(999, 'x');
  const std::size_t count = 3 * line_output::most_bytes / 1000;
  for (std::size_t i = 0; i < count; ++i) out.put(line + "\n");
  CHECK_FALSE(out.is_drained());
  const std::string all = to.read_until("left out: ");
  std::size_t lines = 0;
  for (const char c : all) lines += c == '\n' ? 1 : 0;
  CHECK(lines < count);
  CHECK(lines > 3000);
  out.put("last\n");
  CHECK(to.read_until("last\n").find("last\n") != std::string::npos);
  wait_until([&] { return out.is_drained(); });
}

TEST_CASE("a reader that has gone is told of once, and nothing waits for it") {
  pipe_pair to;
  ::signal(SIGPIPE, SIG_IGN);
  std::atomic<int> failures = 0;
  line_output out(to.ends[1], told, [&] { ++failures; });
  to.close_reader();
  out.put("a\n");
  wait_until([&] { return out.has_failed(); });
  out.put("b\n");
  CHECK(out.is_drained());
  wait_until([&] { return failures == 1; });
}

TEST_CASE("the output ends although its reader holds it up") {
  pipe_pair to;
  {
    line_output out(to.ends[1], told, [] {});
    out.put(std::string(1 << 20, 'x') + "\n");
    char first = 0;
    REQUIRE(::read(to.ends[0], &first, 1) == 1);  // it is at it
  }
  CHECK(to.read_until("\n").size() == 1 << 20);  // lets the thread go
}
