#include "io/progress.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "common/terminal.hpp"

namespace mqttkit::tools {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto first_shown_after = 500ms;  // a shorter run needs no bar
constexpr auto shown_every = 100ms;
constexpr auto rate_follows_in = 3s;

// Where the size is unknown the bar appears only once the run is long.
constexpr std::uint64_t many_messages = 10'000;

constexpr unsigned bar_columns = 20;

std::string grouped(double number) {
  // NOLINTNEXTLINE(bugprone-incorrect-roundings): as in duration_text.cpp
  std::string digits = std::to_string(static_cast<std::uint64_t>(number + 0.5));
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string time_left(std::chrono::seconds left) {
  const auto seconds = static_cast<std::uint64_t>(left.count());
  const auto text = [](std::uint64_t number, const char* unit) {
    return std::to_string(number) + unit;
  };
  if (seconds < 60) return text(seconds, " s");
  if (seconds < 3600) return text(seconds / 60, " min ") + text(seconds % 60, " s");
  return text(seconds / 3600, " h ") + text(seconds / 60 % 60, " min");
}

}  // namespace

std::string progress_line(const progress_state& at, unsigned columns) {
  std::string line;
  const bool has_size = at.total_bytes != 0;
  if (has_size) {
    const double part =
        std::min(1.0, static_cast<double>(at.bytes) / static_cast<double>(at.total_bytes));
    const auto filled = static_cast<unsigned>(part * bar_columns);
    line = "[" + std::string(filled, '=');
    if (filled < bar_columns) line += ">" + std::string(bar_columns - filled - 1, ' ');
    const std::string percent = std::to_string(static_cast<unsigned>(part * 100));
    line += "] " + std::string(3 - percent.size(), ' ') + percent + "%  ";
  }
  line += grouped(static_cast<double>(at.messages)) + " messages  ";
  line += grouped(at.messages_per_second) + "/s";
  if (has_size && at.bytes_per_second > 0 && at.bytes < at.total_bytes) {
    const std::chrono::duration<double> left(static_cast<double>(at.total_bytes - at.bytes) /
                                             at.bytes_per_second);
    constexpr auto longest = 1000h;  // a longer estimate means nothing
    if (left < longest)
      line += "  " + time_left(std::chrono::ceil<std::chrono::seconds>(left)) + " left";
  }
  if (line.size() > columns) line.resize(columns);
  return line;
}

bool has_progress_terminal() {
  const auto value_of = [](const char* name) {
    const char* const value = std::getenv(name);
    return std::string_view(value == nullptr ? "" : value);
  };
  return ::isatty(STDERR_FILENO) == 1 && value_of("NO_COLOR").empty() && value_of("TERM") != "dumb";
}

std::uint64_t bytes_left_in(int fd) {
  struct stat about {};
  if (::fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return 0;
  const off_t at = ::lseek(fd, 0, SEEK_CUR);
  return at >= 0 && about.st_size > at ? static_cast<std::uint64_t>(about.st_size - at) : 0;
}

struct progress::impl : std::enable_shared_from_this<impl> {
  impl(asio::any_io_executor executor, const stderr_log& with, std::uint64_t total_bytes,
       look asked)
      : timer(std::move(executor)), log(with), ask(std::move(asked)) {
    state.total_bytes = total_bytes;
  }

  void wait(std::chrono::milliseconds delay) {
    timer.expires_after(delay);
    timer.async_wait([self = shared_from_this()](std::error_code error) {
      if (error || self->is_over) return;
      self->show();
      self->wait(shown_every);
    });
  }

  void show() {
    const progress_state before = state;
    ask(state);
    const clock::time_point now = clock::now();
    const std::chrono::duration<double> since = now - shown_at;
    shown_at = now;
    if (since.count() <= 0) return;
    // The rate over the last seconds; the first measurement counts as it is.
    const double weight = is_first ? 1 : since / (since + rate_follows_in);
    is_first = false;
    const auto follow = [&](double& rate, std::uint64_t was, std::uint64_t is) {
      rate += (static_cast<double>(is - was) / since.count() - rate) * weight;
    };
    follow(state.messages_per_second, before.messages, state.messages);
    follow(state.bytes_per_second, before.bytes, state.bytes);
    if (state.total_bytes == 0 && state.messages < many_messages) return;
    const unsigned columns = terminal_columns(STDERR_FILENO);
    log.show_status(progress_line(state, (columns == 0 ? 80 : columns) - 1));
  }

  asio::steady_timer timer;
  const stderr_log& log;
  look ask;
  progress_state state;
  clock::time_point shown_at = clock::now();
  bool is_first = true;
  bool is_over = false;
};

progress::progress(asio::any_io_executor executor, const stderr_log& log, std::uint64_t total_bytes,
                   look ask)
    : impl_(std::make_shared<impl>(std::move(executor), log, total_bytes, std::move(ask))) {
  impl_->wait(first_shown_after);
}

progress::~progress() {
  impl_->is_over = true;
  impl_->timer.cancel();
  impl_->log.show_status({});
}

}  // namespace mqttkit::tools
