#include "mqtt-pub/input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "mqttkit/codec/packet.hpp"

namespace mqttkit::tools {
namespace {

std::error_code last_error() { return {errno, std::system_category()}; }

}  // namespace

input_error read_whole(int fd, std::string& out) {
  struct stat about {};
  std::size_t size = 0;
  // A size that is known spares growing; one byte more lets the end be seen at once.
  std::size_t room = 64u << 10;
  if (::fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) {
    if (about.st_size > max_remaining_length) return {{}, true};
    room = static_cast<std::size_t>(about.st_size) + 1;
  }
  for (;;) {
    if (size == out.size()) out.resize(size + std::max(room, size));
    const ssize_t got = ::read(fd, out.data() + size, out.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {last_error(), false};
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size > max_remaining_length) return {{}, true};
  }
  out.resize(size);
  return {};
}

input_error read_file(const std::string& path, std::string& out) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {last_error(), false};
  const input_error error = read_whole(fd, out);
  ::close(fd);
  return error;
}

}  // namespace mqttkit::tools
