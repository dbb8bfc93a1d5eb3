// Starting another program: with the files it is given, and signals as they were before we changed
// them.
#pragma once

#include <spawn.h>

#include <string>
#include <vector>

namespace mqttkit::tools {

/// As exec(3) takes them; valid as long as `words` are left alone.
std::vector<char*> argument_pointers(std::vector<std::string>& words);

/// What the program is to find; then start() it, once or often.
class program_start {
 public:
  program_start();
  ~program_start();
  program_start(const program_start&) = delete;
  program_start& operator=(const program_start&) = delete;

  /// In a process group of its own: what a terminal sends us does not reach it, and kill(-pid) ends
  /// what it started as well.
  void own_group();
  /// An open file of ours as its file number `as`.
  void pass(int file, int as);
  /// /dev/null, to read or to write.
  void pass_nothing(int as);
  /// No file but standard input, output and error.
  void close_others();

  /// Looks for a name without a slash in PATH. 0, or the errno of what failed.
  int start(pid_t& pid, const char* program, char* const* arguments,
            char* const* environment) const;

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
  short flags_ = 0;
};

}  // namespace mqttkit::tools
