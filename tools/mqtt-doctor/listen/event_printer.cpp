#include "mqtt-doctor/listen/event_printer.hpp"

#include <unistd.h>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

#include "io/awaiting.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_unwritten = 64 * 1024;

/// The line in place of events for which stdout had no room.
std::string left_out_line(std::uint64_t count, bool is_json) {
  event made(event_kind::dropped);
  made.tell(N_("{lines} lines are left out: stdout was not read fast enough"), "lines",
            static_cast<std::int64_t>(count));
  event_place where;
  where.when = std::chrono::system_clock::now();
  return is_json ? json_of(made, where) : line_of(made, where);
}

}  // namespace

event_printer::event_printer(bool is_json, tools::runner& runner)
    : is_json_(is_json),
      runner_(runner),
      output_(
          STDOUT_FILENO, [is_json](std::uint64_t count) { return left_out_line(count, is_json); },
          [&runner] {
            asio::post(runner.executor(),
                       [&runner] { runner.interrupt(tools::interruption::output_gone); });
          }) {}

void event_printer::put(const event& what, const event_place& where) {
  unwritten_ += is_json_ ? json_of(what, where) : line_of(what, where);
  // With too much unwritten, lines are handed on, and those without room get lost one by one.
  if (unwritten_.size() >= most_unwritten) flush();
}

void event_printer::flush() { output_.put(std::exchange(unwritten_, std::string())); }

asio::awaitable<void> event_printer::finish() {
  using tools::as_values;
  asio::steady_timer pause(runner_.executor());
  while (!output_.is_drained()) {
    pause.expires_after(5ms);
    co_await pause.async_wait(as_values);
  }
}

}  // namespace mqttkit::doctor
