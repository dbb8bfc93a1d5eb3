// Runs programs that only print, side by side, each with a time limit.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mqttkit::doctor {

enum class command_outcome : std::uint8_t {
  not_run,
  ran,
  missing,  ///< no such program
  late,     ///< ended, since it took too long
  failed,   ///< it could not be started
};

struct printed_text {
  command_outcome outcome = command_outcome::not_run;
  int exit_code = -1;
  std::string out;
  std::string error;   ///< first line of its errors
  std::string errors;  ///< all that it wrote to stderr
};

class commands {
 public:
  /// @param recorded  outputs by command line, for a machine that cannot be asked; null here
  explicit commands(const std::map<std::string, std::string>* recorded) : recorded_(recorded) {}
  ~commands();
  commands(const commands&) = delete;
  commands& operator=(const commands&) = delete;

  /// Starts a program from PATH or an administrator's folder; blanks separate the words.
  void start(const std::string& line);
  /// Waits for all programs until `until`, and ends those that still run.
  void finish(std::chrono::steady_clock::time_point until);
  /// The recorded outputs; null on a machine that can be asked.
  const std::map<std::string, std::string>* recorded() const noexcept { return recorded_; }
  /// The output of a command line; valid after finish().
  const printed_text& of(const std::string& line) const;

 private:
  struct running {
    int pid = -1;
    int out = -1;
    int err = -1;
    std::string line;
    std::string complaint;
  };
  void take(int& from, std::string& into);
  bool reap(running& program);

  const std::map<std::string, std::string>* recorded_;
  std::vector<running> running_;
  std::map<std::string, printed_text> done_;
};

}  // namespace mqttkit::doctor
