#include "mqtt-sub/exec_sink.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "common/exit_code.hpp"
#include "mqttkit/codec/property.hpp"
#include "mqttkit/wire/base64.hpp"

namespace mqttkit::tools {
namespace {

using namespace std::chrono_literals;

constexpr asio::experimental::as_tuple_t<asio::use_awaitable_t<>> token{asio::use_awaitable_t<>{}};

// What a program that is to end gives its commands to end as well.
constexpr auto goodbye_patience = 5s;

// So many messages per job are not acknowledged before it is waited until no command runs.
constexpr std::size_t unsettled_per_job = 8;

// Commands that fail are named one by one up to here.
constexpr std::uint64_t failures_told = 20;

// Set for every message; inherited ones of these names are somebody else's.
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

// A file without a name: a command reads it when it wants, and need not.
class input_file {
 public:
  explicit input_file(bytes_view bytes) : fd_(::memfd_create("message", MFD_CLOEXEC)) {
    while (fd_ >= 0 && !bytes.empty()) {
      const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        error_ = from_errno(errno);
        return;
      }
      bytes = bytes.subspan(static_cast<std::size_t>(count));
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

// A command gets its input, our output and error, and nothing else that is open here; signals are
// as they were before we changed them.
class spawn_plan {
 public:
  explicit spawn_plan(int input) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    ::posix_spawnattr_init(&attributes_);
    sigset_t set;
    ::sigemptyset(&set);
    ::posix_spawnattr_setsigmask(&attributes_, &set);
    for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGCHLD}) ::sigaddset(&set, number);
    ::posix_spawnattr_setsigdefault(&attributes_, &set);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  ~spawn_plan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  spawn_plan(const spawn_plan&) = delete;
  spawn_plan& operator=(const spawn_plan&) = delete;

  std::error_code start(pid_t& pid, char* const* arguments, char* const* environment) {
    return from_errno(
        ::posix_spawnp(&pid, arguments[0], &actions_, &attributes_, arguments, environment));
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

int trouble_with(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0 || ::access(path.c_str(), X_OK) != 0) return errno;
  return S_ISDIR(about.st_mode) ? EISDIR : 0;
}

}  // namespace

std::string exec_sink::obstacle(const std::vector<std::string>& command) {
  const std::string& name = command[0];
  const auto says = [&name](const std::string& why) {
    return "--exec '" + printable(name, 60) + "': " + why;
  };
  if (name.find('/') != std::string::npos) {
    const int trouble = trouble_with(name);
    return trouble == 0 ? "" : says(from_errno(trouble).message());
  }
  // As posix_spawnp(3) looks for it.
  const char* given = ::getenv("PATH");
  const std::string_view folders = given != nullptr ? given : "/bin:/usr/bin";
  for (std::size_t begin = 0; begin <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', begin), folders.size());
    const std::string folder(folders.substr(begin, end - begin));
    if (trouble_with(folder.empty() ? name : folder + "/" + name) == 0) return {};
    begin = end + 1;
  }
  return says("no such program in PATH; --exec-shell takes what a shell would");
}

exec_sink::exec_sink(asio::any_io_executor executor, options with, message_printer printer,
                     const talk& voice)
    : options_(std::move(with)),
      printer_(std::move(printer)),
      voice_(voice),
      children_(std::move(executor), SIGCHLD) {}

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
         (started_ == 1 ? " command" : " commands") + " failed (--exec)";
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
  const input_file input(input_.view());
  if (input.error()) return input.error();
  set_variables(message, arrived);
  std::vector<char*> environment;
  for (char** each = environ; *each != nullptr; ++each) {
    if (!is_ours(*each)) environment.push_back(*each);
  }
  for (std::string& each : variables_) environment.push_back(each.data());
  environment.push_back(nullptr);
  std::vector<char*> arguments;
  for (std::string& each : options_.command) arguments.push_back(each.data());
  arguments.push_back(nullptr);
  spawn_plan plan(input.fd());
  job started{0, std::string(message.topic)};
  if (const auto error = plan.start(started.pid, arguments.data(), environment.data()))
    return error;
  ++started_;
  running_.push_back(std::move(started));
  return {};
}

void exec_sink::take(const publish_packet& message, std::chrono::system_clock::time_point arrived) {
  if (error_) return;
  if (message.qos != qos_t::at_most_once) ++unsettled_;
  error_ = start(message, arrived);
}

void exec_sink::ended(const job& what, int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  const std::string how = WIFEXITED(status)
                              ? "ended with status " + std::to_string(WEXITSTATUS(status))
                              : "was ended by signal " + std::to_string(WTERMSIG(status));
  ++failures_;
  if (options_.stops_at_failure && !error_) {
    wrong_ = "topic '" + printable(what.topic) + "': " + name() + " " + how;
    error_ = std::make_error_code(std::errc::operation_canceled);
  } else if (failures_ <= failures_told) {
    voice_.say("topic '" + printable(what.topic) + "': " + name() + " " + how);
  }
}

void exec_sink::reap() {
  const auto is_over = [this](const job& each) {
    int status = 0;
    const pid_t got = ::waitpid(each.pid, &status, WNOHANG);
    if (got == 0) return false;
    if (got == each.pid) ended(each, status);
    return true;
  };
  running_.erase(std::remove_if(running_.begin(), running_.end(), is_over), running_.end());
}

// Nobody waits for the end of a command whose message needs no acknowledgement.
bool exec_sink::is_settled() const noexcept {
  return unsettled_ != 0 ? running_.empty() : running_.size() < options_.jobs;
}

bool exec_sink::is_full() const {
  return error_ || running_.size() >= options_.jobs ||
         unsettled_ >= options_.jobs * unsettled_per_job;
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
    auto [why, number] = co_await children_.async_wait(token);
    if (why) co_return why;
  }
}

asio::awaitable<std::error_code> exec_sink::room() {
  for (;;) {
    const std::error_code error = try_flush();
    if (error != asio::error::would_block || !is_full()) co_return error;
    auto [why, number] = co_await children_.async_wait(token);
    if (why) co_return why;
  }
}

asio::awaitable<std::error_code> exec_sink::progress() {
  auto [why, number] = co_await children_.async_wait(token);
  co_return why;
}

asio::awaitable<std::error_code> exec_sink::finish(bool is_hurried) {
  asio::steady_timer timer(children_.get_executor());
  const auto until = std::chrono::steady_clock::now() + goodbye_patience;
  for (reap(); !running_.empty(); reap()) {
    if (is_hurried && std::chrono::steady_clock::now() >= until) break;
    timer.expires_after(10ms);
    [[maybe_unused]] const auto ignored = co_await timer.async_wait(token);
  }
  co_return error_;
}

}  // namespace mqttkit::tools
