#include "mqtt-sub/exec_sink.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "common/duration_text.hpp"
#include "common/printable.hpp"
#include "common/program_start.hpp"
#include "io/awaiting.hpp"
#include "io/connection_log.hpp"
#include "io/failure_text.hpp"
#include "mqttkit/codec/property.hpp"
#include "mqttkit/wire/base64.hpp"

namespace mqttkit::tools {
namespace {

using namespace std::chrono_literals;

// How long commands may still run after SIGINT or SIGTERM. After -W it is over at once.
constexpr auto goodbye_patience = 5s;

// How long a command that ran too long may take to end after SIGTERM.
constexpr auto term_patience = 2s;

// The longest reply. Brokers rarely take as much, and the output of all --exec-jobs commands is in
// memory.
constexpr std::size_t most_reply_bytes = 16u << 20;

// When this many messages per job are unacknowledged no command is started until none runs.
constexpr std::size_t unsettled_per_job = 8;

// How many failing commands are named; the rest is counted.
constexpr std::uint64_t failures_told = 20;

// The variables set for each message. Inherited ones of these names are removed.
constexpr std::string_view names[] = {"MQTT_TOPIC",
                                      "MQTT_QOS",
                                      "MQTT_RETAIN",
                                      "MQTT_DUP",
                                      "MQTT_MID",
                                      "MQTT_SIZE",
                                      "MQTT_TIME",
                                      "MQTT_CONTENT_TYPE",
                                      "MQTT_RESPONSE_TOPIC",
                                      "MQTT_CORRELATION_B64"};

bool is_ours(std::string_view variable) {
  const std::string_view name = variable.substr(0, variable.find('='));
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::error_code from_errno(int number) { return {number, std::system_category()}; }

// The payload goes into a file without a name: the command reads it when it wants, or never.
class input_file {
 public:
  explicit input_file(printout& text) : fd_(::memfd_create("message", MFD_CLOEXEC)) {
    while (fd_ >= 0 && !text.empty()) {
      const bytes_view bytes = text.front();
      const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        error_ = from_errno(errno);
        return;
      }
      text.consume(static_cast<std::size_t>(count));
    }
    if (fd_ < 0 || ::lseek(fd_, 0, SEEK_SET) < 0) error_ = from_errno(errno);
  }
  ~input_file() {
    if (fd_ >= 0) ::close(fd_);
  }
  input_file(const input_file&) = delete;
  input_file& operator=(const input_file&) = delete;

  int fd() const noexcept { return fd_; }
  std::error_code error() const noexcept { return error_; }

 private:
  int fd_;
  std::error_code error_;
};

}  // namespace

// Ends a command that runs too long; ends itself with the job.
struct time_limit : std::enable_shared_from_this<time_limit> {
  time_limit(asio::any_io_executor executor, pid_t command)
      : timer(std::move(executor)), pid(command) {}

  void start(std::chrono::microseconds limit) { end_after(limit, SIGTERM); }

  // The pid cannot be reused before waitpid(), and this object ends with that call.
  void end_after(std::chrono::microseconds time, int number) {
    timer.expires_after(time);
    timer.async_wait([self = weak_from_this(), number](std::error_code error) {
      const auto alive = self.lock();
      if (error || !alive) return;
      alive->has_passed = true;
      ::kill(alive->pid, number);
      if (number == SIGTERM) alive->end_after(term_patience, SIGKILL);
    });
  }

  asio::steady_timer timer;
  pid_t pid;
  bool has_passed = false;
};

namespace {

int trouble_with(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0 || ::access(path.c_str(), X_OK) != 0) return errno;
  return S_ISDIR(about.st_mode) ? EISDIR : 0;
}

}  // namespace

std::string exec_sink::obstacle(const std::vector<std::string>& command,
                                const std::string& option) {
  const std::string& name = command[0];
  const auto says = [&](const std::string& why) {
    return option + " '" + printable(name, 60) + "': " + why;
  };
  if (name.find('/') != std::string::npos) {
    const int trouble = trouble_with(name);
    return trouble == 0 ? "" : says(from_errno(trouble).message());
  }
  // Searches PATH as posix_spawnp(3) does.
  const char* given = ::getenv("PATH");
  const std::string_view folders = given != nullptr ? given : "/bin:/usr/bin";
  for (std::size_t begin = 0; begin <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', begin), folders.size());
    const std::string folder(folders.substr(begin, end - begin));
    if (trouble_with(folder.empty() ? name : folder + "/" + name) == 0) return {};
    begin = end + 1;
  }
  return says("no such program in PATH; " + option + "-shell takes what a shell would");
}

exec_sink::exec_sink(asio::any_io_executor executor, options with, message_printer printer,
                     const stderr_log& log)
    : options_(std::move(with)),
      printer_(std::move(printer)),
      log_(log),
      children_(std::move(executor), SIGCHLD) {
  if (options_.replies != nullptr) options_.replies->notify([this]() { children_.cancel(); });
}

exec_sink::~exec_sink() {
  if (options_.replies != nullptr) options_.replies->notify({});
}

std::string exec_sink::name() const {
  const bool has_shell = options_.command.size() == 3 && options_.command[0] == "/bin/sh";
  return "'" + printable(options_.command[has_shell ? 2 : 0], 60) + "'";
}

std::string exec_sink::describe(std::error_code error) const {
  return (wrong_.empty() ? name() + ": " + error.message() : wrong_) +
         "; its message was not acknowledged";
}

std::string exec_sink::shortcomings() const {
  if (failures_ == 0) return {};
  return std::to_string(failures_) + " of " + std::to_string(started_) +
         (options_.replies != nullptr ? started_ == 1 ? " request" : " requests"
          : started_ == 1             ? " command"
                                      : " commands") +
         (options_.replies != nullptr ? " got no reply (--reply-exec)" : " failed (--exec)");
}

void exec_sink::set_variables(const publish_packet& message,
                              std::chrono::system_clock::time_point arrived) {
  variables_.clear();
  const auto set = [&](std::string_view name, std::string_view value) {
    variables_.push_back(std::string(name).append("=").append(value));
  };
  set("MQTT_TOPIC", message.topic);
  set("MQTT_QOS", std::to_string(static_cast<int>(message.qos)));
  set("MQTT_RETAIN", message.retain ? "1" : "0");
  set("MQTT_DUP", message.dup ? "1" : "0");
  set("MQTT_MID", std::to_string(message.packet_id));
  set("MQTT_SIZE", std::to_string(message.payload.size()));
  set("MQTT_TIME", time_.text_of(arrived));
  const properties_view with = message.properties;
  if (const auto type = with.text(property_id::content_type)) set("MQTT_CONTENT_TYPE", *type);
  if (const auto topic = with.text(property_id::response_topic)) set("MQTT_RESPONSE_TOPIC", *topic);
  if (const auto data = with.text(property_id::correlation_data))
    set("MQTT_CORRELATION_B64", base64(as_bytes(*data)));
}

std::error_code exec_sink::start(const publish_packet& message,
                                 std::chrono::system_clock::time_point arrived) {
  input_.clear();
  printer_.append(input_, message, arrived);
  const input_file input(input_);
  if (input.error()) return input.error();
  set_variables(message, arrived);
  std::vector<char*> environment;
  for (char** each = environ; *each != nullptr; ++each) {
    if (!is_ours(*each)) environment.push_back(*each);
  }
  for (std::string& each : variables_) environment.push_back(each.data());
  environment.push_back(nullptr);
  job started;
  started.topic = message.topic;
  if (options_.replies != nullptr) {
    started.to = options_.replies->address_of(message);
    started.output.emplace(children_.get_executor(), most_reply_bytes);
    if (started.output->error()) return started.output->error();
  }
  program_start program;
  program.pass(input.fd(), STDIN_FILENO);
  if (started.output) program.pass(started.output->write_end(), STDOUT_FILENO);
  program.close_others();
  const int wrong = program.start(started.pid, options_.command.front().c_str(),
                                  argument_pointers(options_.command).data(), environment.data());
  if (wrong != 0) return from_errno(wrong);
  if (started.output) started.output->begin();
  if (options_.limit.count() != 0) {
    started.limit = std::make_shared<time_limit>(children_.get_executor(), started.pid);
    started.limit->start(options_.limit);
  }
  ++started_;
  running_.push_back(std::move(started));
  return {};
}

void exec_sink::take(const publish_packet& message, std::chrono::system_clock::time_point arrived) {
  if (error_) return;
  if (message.qos != qos_t::at_most_once) ++unsettled_;
  if (options_.replies != nullptr && !options_.replies->address_of(message)) {
    ++started_;
    job nobody;
    nobody.topic = message.topic;
    fail(nobody, "the message has no response topic, so nobody was run; -e TOPIC gives one");
    return;
  }
  error_ = start(message, arrived);
}

void exec_sink::fail(const job& failed, const std::string& reason) {
  ++failures_;
  const std::string told = "topic '" + printable(failed.topic) + "': " + reason;
  if (options_.stops_at_failure && !error_) {
    wrong_ = told;
    error_ = std::make_error_code(std::errc::operation_canceled);
  } else if (failures_ <= failures_told) {
    log_.say(told);
  }
}

void exec_sink::ended(job& done, int status) {
  std::string written = done.output ? done.output->finish() : std::string();
  const bool is_good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (done.is_given_up && !is_good) {
    ++failures_;
    log_.say("topic '" + printable(done.topic) + "': " + name() +
             " did not end in time and was ended; its message was not acknowledged");
    // Nothing is written, which is no failure of the output.
    if (!error_) error_ = asio::error::operation_aborted;
  } else if (done.limit && done.limit->has_passed) {
    fail(done, name() + " was ended after " + duration_text(options_.limit) + " (--exec-timeout)");
  } else if (done.output && done.output->is_cut()) {
    fail(done, name() + " wrote more than " + std::to_string(most_reply_bytes >> 20) +
                   " MiB, which is too much for a reply");
  } else if (!is_good) {
    fail(done,
         name() + (WIFEXITED(status) ? " ended with status " + std::to_string(WEXITSTATUS(status))
                                     : " was ended by signal " + std::to_string(WTERMSIG(status))));
  } else if (done.to) {
    options_.replies->reply(std::move(*done.to), std::move(written));
  }
}

void exec_sink::reap() {
  const auto is_over = [this](job& each) {
    int status = 0;
    const pid_t got = ::waitpid(each.pid, &status, WNOHANG);
    if (got == 0) return false;
    if (got == each.pid) ended(each, status);
    return true;
  };
  running_.erase(std::remove_if(running_.begin(), running_.end(), is_over), running_.end());
  if (options_.replies != nullptr) options_.replies->pump();
}

// At QoS 0 nothing is acknowledged: only a free place for the next command is waited for.
bool exec_sink::is_settled() const noexcept {
  const responder* const replies = options_.replies;
  if (unsettled_ != 0) return running_.empty() && (replies == nullptr || replies->is_done());
  return running_.size() < options_.jobs && (replies == nullptr || !replies->is_crowded());
}

bool exec_sink::is_full() const {
  if (error_ || running_.size() >= options_.jobs) return true;
  // Nothing else bounds them here: the broker stops at its own limit of unacknowledged requests.
  if (options_.replies != nullptr) return options_.replies->is_crowded();
  return unsettled_ >= options_.jobs * unsettled_per_job;
}

std::error_code exec_sink::try_flush() {
  reap();
  if (error_) return error_;
  if (!is_settled()) return asio::error::would_block;
  unsettled_ = 0;
  return {};
}

asio::awaitable<std::error_code> exec_sink::flush() {
  for (;;) {
    const std::error_code error = try_flush();
    if (error != asio::error::would_block) co_return error;
    if (const std::error_code why = co_await event()) co_return why;
  }
}

asio::awaitable<std::error_code> exec_sink::room() {
  for (;;) {
    const std::error_code error = try_flush();
    if (error != asio::error::would_block || !is_full()) co_return error;
    if (const std::error_code why = co_await event()) co_return why;
  }
}

// A command ended, or something became of a reply.
asio::awaitable<std::error_code> exec_sink::event() {
  const std::weak_ptr<bool> alive = alive_;
  auto [why, number] = co_await children_.async_wait(as_values);
  if (!why) co_return why;
  // The responder ends the wait with cancel(); so do the end of this object, and an interruption.
  const auto state = co_await asio::this_coro::cancellation_state;
  const bool is_woken = why == asio::error::operation_aborted && !alive.expired() &&
                        state.cancelled() == asio::cancellation_type::none;
  co_return is_woken ? std::error_code() : why;
}

asio::awaitable<std::error_code> exec_sink::progress() {
  const std::error_code why = co_await event();
  co_return why;
}

void exec_sink::end_all(int number) {
  for (job& each : running_) {
    each.is_given_up = true;
    ::kill(each.pid, number);
  }
}

// As long as nobody hurries commands may run; once somebody does, each is ended as one that ran too
// long, and its message is not acknowledged.
asio::awaitable<std::error_code> exec_sink::finish(const haste& hurry) {
  using clock = std::chrono::steady_clock;
  asio::steady_timer timer(children_.get_executor());
  auto wanted_at = clock::time_point::max();
  int sent = 0;
  for (reap(); !running_.empty(); reap()) {
    const urgency now = hurry();
    if (now != urgency::none && wanted_at == clock::time_point::max()) wanted_at = clock::now();
    if (now != urgency::none) {
      const auto term_at = wanted_at + (now == urgency::signal ? goodbye_patience : 0s);
      if (sent == 0 && clock::now() >= term_at) {
        end_all(sent = SIGTERM);
      } else if (sent == SIGTERM && clock::now() >= term_at + term_patience) {
        end_all(sent = SIGKILL);
      } else if (sent == SIGKILL && clock::now() >= term_at + 2 * term_patience) {
        break;  // the kernel holds it: nobody can end it
      }
    }
    timer.expires_after(10ms);
    [[maybe_unused]] const auto ignored = co_await timer.async_wait(as_values);
  }
  co_return error_;
}

}  // namespace mqttkit::tools
