// Programs that print something worth reading, run side by side and never for long.
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
  late,     ///< ended for taking too long
  failed,   ///< could not be started
};

struct printed_text {
  command_outcome outcome = command_outcome::not_run;
  int exit_code = -1;
  std::string out;
  std::string error;  ///< the first line of what it complained about
};

class commands {
 public:
  /// @param recorded  command line -> output, for a machine that cannot be asked; null here.
  explicit commands(const std::map<std::string, std::string>* recorded) : recorded_(recorded) {}
  ~commands();
  commands(const commands&) = delete;
  commands& operator=(const commands&) = delete;

  /// Starts a program, found in PATH or the folders of administrators; blank-separated words.
  void start(const std::string& line);
  /// Waits for all of them until `until` and ends what still runs.
  void finish(std::chrono::steady_clock::time_point until);
  /// What a line printed; after finish().
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
