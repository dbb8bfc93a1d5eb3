// Programs under test: started, fed, watched and always ended.
//
// A thread of its own moves the bytes, so a program that writes much while it is fed never
// deadlocks with its test, and a test can look at the output while the program runs. A program
// never outlives its test: the destructor kills it, and the kernel does should the test die first.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/descriptor.hpp"

namespace mqttkit::testing {

/// What a test waits for at most where it does not say otherwise. It catches hangs, not slowness:
/// sanitizers on a busy machine make everything ten times slower.
inline constexpr std::chrono::seconds patience{60};

/// Where a program's standard input comes from.
enum class input_from : std::uint8_t {
  nothing,   ///< /dev/null
  text,      ///< `process_options::text`, then the end
  pipe,      ///< what process::write() gives, until process::close_input()
  file,      ///< `process_options::input_path`
  terminal,  ///< what process::type() gives
  closed,    ///< descriptor 0 is not open at all
};

/// Where a program's standard output or error goes.
enum class output_to : std::uint8_t {
  memory,       ///< process::out(), process::err()
  nothing,      ///< /dev/null
  full_device,  ///< /dev/full: every write fails with ENOSPC
  broken_pipe,  ///< a pipe nobody reads: every write fails with EPIPE
  stuck_pipe,   ///< a pipe nobody reads but somebody holds: it blocks once 64 KiB are in it
  file,         ///< `process_options::output_path` or error_path, appended
  terminal,     ///< process::screen()
};

struct process_options {
  /// The program, looked up in PATH when it has no slash, and its arguments.
  std::vector<std::string> command;
  /// Added to this process's own environment, or put in its place. Without more, HOME and
  /// XDG_CONFIG_HOME name an empty folder, and no variable begins with MQTT_.
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> unset;  ///< variables the program does not get
  std::string working_folder;      ///< empty: this process's own
  input_from input = input_from::nothing;
  std::string text;
  std::string input_path;
  output_to output = output_to::memory;
  std::string output_path;
  output_to error = output_to::memory;
  std::string error_path;
  std::uint16_t columns = 80;  ///< of the terminal
  std::uint16_t rows = 24;
};

/// How a program ended.
struct exit_result {
  int code = -1;   ///< what it gave to exit(), -1 after a signal
  int signal = 0;  ///< what ended it, 0 after exit()
  /// What a shell shows.
  int status() const noexcept { return signal != 0 ? 128 + signal : code; }
  long max_rss_kib = 0;
  std::chrono::milliseconds cpu{};  ///< user and system time
};

/// A running program. Its functions may be called from any thread.
class process {
 public:
  /// Starts it. Throws std::system_error when a pipe or process cannot be made; a program that
  /// does not exist exits with code 127, as in a shell.
  ///
  /// The program is killed when the thread that starts it ends: keep that thread.
  explicit process(process_options options);
  /// Kills it and what it started with SIGKILL if it still runs.
  ~process();
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  pid_t pid() const noexcept { return pid_; }

  /// Gives bytes to input_from::pipe. Returns at once; they are written as the program reads.
  void write(std::string_view bytes);
  /// Ends the input once what was given is written. Does nothing the second time.
  void close_input();
  /// Gives bytes to the terminal, as if typed: "\x03" interrupts, "\x04" is the end of input.
  void type(std::string_view bytes);

  /// What came so far.
  std::string out() const;
  std::string err() const;
  std::string screen() const;  ///< both streams and the echo, as far as they are a terminal

  /// Waits until out(), err() or screen() contains `text`. False when the time is up, or the
  /// program ended without saying it.
  bool prints(std::string_view text, std::chrono::milliseconds limit = patience);
  /// Waits until `done` returns true; it is called after each piece of output.
  bool wait_until(const std::function<bool(const process&)>& done,
                  std::chrono::milliseconds limit = patience);

  void signal(int number);
  bool is_running() const;
  /// Waits for the end, and for the last of its output. Nothing when the time is up.
  std::optional<exit_result> wait(std::chrono::milliseconds limit = patience);

 private:
  struct channel {  // something read into memory
    descriptor from;
    std::string content;
  };

  void start(process_options& options);
  void move_bytes();
  void await_end();
  bool read_some(channel& from);
  void wake();

  pid_t pid_ = -1;
  descriptor wake_read_;
  descriptor wake_write_;
  descriptor held_;  // the reading end of a stuck pipe

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  channel out_;
  channel err_;
  channel screen_;
  descriptor input_;
  std::string pending_input_;
  std::string pending_typing_;
  bool input_ends_ = false;
  bool stopping_ = false;
  bool drained_ = false;
  std::optional<exit_result> ended_;

  std::thread mover_;
  std::thread reaper_;
};

/// What run() observed.
struct finished {
  int code = -1;  ///< exit code; 128 + signal after a signal, as in a shell; -1 when timed out
  bool timed_out = false;
  std::string out;
  std::string err;
  long max_rss_kib = 0;
  std::chrono::milliseconds took{};
};

/// Runs a program to its end, or kills it when the time is up.
finished run(process_options options, std::chrono::milliseconds limit = patience);
finished run(std::vector<std::string> command, std::chrono::milliseconds limit = patience);

/// Path of a program of this project, in the build under test: program("mqtt-pub"). That is the
/// build of the test itself, or the one whose folder MQTTKIT_PROGRAMS names in the environment.
std::string program(std::string_view name);

/// Whether the programs under test keep freed memory and run slowly, as sanitizers make them.
bool is_sanitized();

/// Path of an installed program, also from the sbin folders that are not on everybody's PATH.
/// Empty when there is none.
std::string find_program(std::string_view name);

}  // namespace mqttkit::testing
