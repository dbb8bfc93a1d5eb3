#include "mqtt-doctor/check/memory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "common/json_reader.hpp"
#include "common/json_writer.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_bytes = 64 * 1024 * 1024;  // bytes; 100,000 targets with long names

bool read_state(std::string_view word, check_state& out) {
  for (const check_state state : {check_state::ok, check_state::warning, check_state::problem}) {
    if (word != to_string(state)) continue;
    out = state;
    return true;
  }
  return false;
}

bool read_line(std::string_view line, std::string& name, past& out) {
  tools::json_reader in(line);
  if (!in.begin_object()) return false;
  bool has_state = false;
  std::string_view member;
  while (in.next_member(member)) {
    std::string storage;
    std::string_view value;
    if (member == "name") {
      if (in.string(value, storage)) name = value;
    } else if (member == "state") {
      has_state = in.string(value, storage) && read_state(value, out.state);
    } else if (member == "cause") {
      if (!in.take_null() && in.string(value, storage)) out.cause = value;
    } else {
      in.skip();
    }
  }
  return in.end() && !in.failed() && has_state && !name.empty();
}

}  // namespace

past check_memory::of(const std::string& name) const {
  const auto found = known_.find(name);
  return found != known_.end() ? found->second : past();
}

void check_memory::note(const std::string& name, const outcome& found) {
  known_[name] = past{found.state, found.cause};
}

std::string check_memory::text() const {
  byte_buffer made;
  for (const auto& [name, state] : known_) {
    tools::json_writer out(made, tools::json_writer::layout::dense);
    out.begin_object();
    out.name("name");
    out.string(name);
    out.name("state");
    out.string(to_string(state.state));
    out.name("cause");
    state.cause.empty() ? out.null() : out.string(state.cause);
    out.end_object();
    made.append(as_bytes("\n"));
  }
  const bytes_view all = made.view();
  return {reinterpret_cast<const char*>(all.data()), all.size()};
}

std::string check_memory::read(std::string_view text) {
  std::size_t number = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    ++number;
    std::string name;
    past state;
    if (!read_line(line, name, state))
      return std::to_string(number) + ": not what mqtt-doctor check wrote; remove the file";
    known_[name] = state;
  }
  return {};
}

std::string read_memory(const std::string& file, check_memory& out) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "re"),
                                                           &std::fclose);
  if (in == nullptr) return errno == ENOENT ? "" : std::string(": ") + std::strerror(errno);
  std::string text;
  char room[65536];
  while (const std::size_t got = std::fread(room, 1, sizeof room, in.get())) {
    text.append(room, got);
    if (text.size() > most_bytes) return ": larger than 64 MiB";
  }
  if (std::ferror(in.get()) != 0) return std::string(": ") + std::strerror(errno);
  const std::string wrong = out.read(text);
  return wrong.empty() ? wrong : ":" + wrong;
}

std::string replace_file(const std::string& file, std::string_view text) {
  // In the same folder, since a rename cannot cross file systems; node_exporter reads *.prom only.
  std::string beside = file + ".XXXXXX";
  const int fd = ::mkostemp(beside.data(), O_CLOEXEC);
  if (fd < 0) return std::strerror(errno);
  // Metrics are read by another user, so the rights of an existing file are kept.
  struct stat before {};
  constexpr mode_t usual = 0644;
  const mode_t mode = ::stat(file.c_str(), &before) == 0 ? before.st_mode & 07777 : usual;
  bool is_good = ::fchmod(fd, mode) == 0;
  while (is_good && !text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    is_good = put > 0;
    if (is_good) text.remove_prefix(static_cast<std::size_t>(put));
  }
  is_good = is_good && ::fsync(fd) == 0;
  const int error = errno;
  const bool is_closed = ::close(fd) == 0;
  if (is_good && is_closed && ::rename(beside.c_str(), file.c_str()) == 0) return {};
  const std::string wrong = std::strerror(is_good ? errno : error);
  ::unlink(beside.c_str());
  return wrong;
}

}  // namespace mqttkit::doctor
