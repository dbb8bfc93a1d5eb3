// Runs a command and prints what it took: "SECONDS CPU_SECONDS MAX_RSS_KIB EXIT_CODE".
//
//   bench_stopwatch [--input FILE] -- COMMAND...       the whole run; its output is thrown away
//   bench_stopwatch --until-connack -- COMMAND...      from its start until its CONNECT is
//   answered;
//                                                      PORT in a word becomes the port to connect
//                                                      to
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "stream.hpp"

namespace {

using clock_type = std::chrono::steady_clock;

double seconds(clock_type::duration time) { return std::chrono::duration<double>(time).count(); }
double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

pid_t start(std::vector<std::string>& command, const std::string& input) {
  std::vector<char*> words;
  for (auto& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, 0, input.c_str(), O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  // A fork would copy our page tables, at the command's expense.
  pid_t child = -1;
  const int error = ::posix_spawnp(&child, words[0], &files, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  if (error == 0) return child;
  errno = error;
  std::perror(words[0]);
  std::exit(127);
}

// Answers one CONNECT, and acknowledges one PUBLISH, so that the command ends well.
clock_type::time_point answer_connect(int listener) {
  bench::stream client(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  std::vector<unsigned char> in(65'536);
  std::size_t held = 0;
  clock_type::time_point answered{};
  for (;;) {
    const auto count = client.read(in.data() + held, in.size() - held);
    if (count <= 0) return answered;
    held += static_cast<std::size_t>(count);
    std::size_t at = 0;
    for (;;) {
      const auto shape = bench::shape_of(in.data() + at, held - at);
      if (shape.size == 0) break;
      const unsigned char* body = in.data() + at + shape.body;
      if (in[at] >> 4 == 1) {
        const bool is_v5 = body[2 + bench::get_u16(body)] == 5;
        const unsigned char connack[] = {0x20, static_cast<unsigned char>(is_v5 ? 3 : 2), 0, 0, 0};
        client.write(connack, is_v5 ? 5 : 4);
        answered = clock_type::now();
      } else if (in[at] >> 4 == 3 && (in[at] & 6) != 0) {
        const unsigned char* id = body + 2 + bench::get_u16(body);
        const unsigned char puback[] = {0x40, 2, id[0], id[1]};
        client.write(puback, sizeof puback);
      }
      at += shape.size;
    }
    in.erase(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(at));
    in.resize(65'536);
    held -= at;
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> command;
  std::string input = "/dev/null";
  bool until_connack = false;
  for (int at = 1; at < argc; ++at) {
    const std::string word = argv[at];
    if (word == "--input" && at + 1 < argc) {
      input = argv[++at];
    } else if (word == "--until-connack") {
      until_connack = true;
    } else if (word == "--") {
      command.assign(argv + at + 1, argv + argc);
      break;
    } else {
      command.clear();
      break;
    }
  }
  if (command.empty()) {
    std::fputs("usage: bench_stopwatch [--input FILE | --until-connack] -- COMMAND...\n", stderr);
    return 2;
  }

  int port = 0;
  const int listener = until_connack ? bench::listen_on(port) : -1;
  if (until_connack) {
    for (auto& word : command) {
      if (word == "PORT") word = std::to_string(port);
    }
  }
  const auto begin = clock_type::now();
  const pid_t child = start(command, input);
  auto end = until_connack ? answer_connect(listener) : clock_type::time_point{};
  int status = 0;
  rusage usage{};
  if (::wait4(child, &status, 0, &usage) != child) bench::fail("wait");
  if (!until_connack) end = clock_type::now();
  std::printf("%.6f %.6f %ld %d\n", seconds(end - begin),
              seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss,
              WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}
