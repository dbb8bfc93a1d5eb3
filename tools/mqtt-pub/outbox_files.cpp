#include "mqtt-pub/outbox_files.hpp"

#include <cerrno>
#include <cstdio>

namespace mqttkit::tools {

std::error_code last_error() { return {errno, std::system_category()}; }

std::error_code write_all(int fd, bytes_view bytes, std::size_t& written) {
  written = 0;
  while (written < bytes.size()) {
    const ssize_t count = ::write(fd, bytes.data() + written, bytes.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return last_error();
    if (count == 0) return std::make_error_code(std::errc::no_space_on_device);
    written += static_cast<std::size_t>(count);
  }
  return {};
}

std::error_code write_all(int fd, bytes_view bytes) {
  std::size_t written = 0;
  return write_all(fd, bytes, written);
}

void shut(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

std::string segment_name(std::uint64_t base) {
  char name[32];
  std::snprintf(name, sizeof name, "%020llu.log", static_cast<unsigned long long>(base));
  return name;
}

}  // namespace mqttkit::tools
