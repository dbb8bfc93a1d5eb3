#include "common/program_start.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

namespace mqttkit::tools {

std::vector<char*> argument_pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

program_start::program_start() : flags_(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) {
  ::posix_spawn_file_actions_init(&files_);
  ::posix_spawnattr_init(&attributes_);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes_, &none);
  // SIGHUP stays ignored: who started us with nohup(1) means the program as well.
  sigset_t usual;
  ::sigemptyset(&usual);
  for (const int number : {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM, SIGCHLD}) ::sigaddset(&usual, number);
  ::posix_spawnattr_setsigdefault(&attributes_, &usual);
  ::posix_spawnattr_setflags(&attributes_, flags_);
}

program_start::~program_start() {
  ::posix_spawn_file_actions_destroy(&files_);
  ::posix_spawnattr_destroy(&attributes_);
}

void program_start::own_group() {
  flags_ |= POSIX_SPAWN_SETPGROUP;
  ::posix_spawnattr_setpgroup(&attributes_, 0);
  ::posix_spawnattr_setflags(&attributes_, flags_);
}

void program_start::pass(int file, int as) {
  ::posix_spawn_file_actions_adddup2(&files_, file, as);
}

void program_start::pass_nothing(int as) {
  const int how = as == STDIN_FILENO ? O_RDONLY : O_WRONLY;
  ::posix_spawn_file_actions_addopen(&files_, as, "/dev/null", how, 0);
}

void program_start::close_others() {
  ::posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1);
}

int program_start::start(pid_t& pid, const char* program, char* const* arguments,
                         char* const* environment) const {
  return ::posix_spawnp(&pid, program, &files_, &attributes_, arguments, environment);
}

}  // namespace mqttkit::tools
