#include "mqtt-pub/input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/printable.hpp"
#include "mqtt-pub/payload_form.hpp"
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

std::string read_message(const pub_settings& settings, std::string& out) {
  input_error error;
  std::string from;
  switch (settings.source) {
    case message_source::text:
      from = "-m";
      out = settings.message;
      break;
    case message_source::file:
      from = printable(settings.file);
      error = read_file(settings.file, out);
      break;
    case message_source::whole_input:
      from = "standard input";
      error = read_whole(STDIN_FILENO, out);
      // An empty input usually means that the program in front of the pipe failed; an empty
      // retained message would delete the one before.
      if (!error && out.empty()) return from + ": empty; -n publishes an empty message";
      break;
    default:
      return {};
  }
  if (error)
    return from + ": " +
           (error.too_large ? "larger than an MQTT message can be (268,435,455 bytes)"
                            : error.error.message());
  if (settings.form == payload_form::text) return {};
  std::string bytes;
  std::string_view payload;
  if (const form_error wrong = read_payload(settings.form, out, bytes, payload))
    return from + ": byte " + std::to_string(wrong.at + 1) + ": " + wrong.what;
  if (payload.data() != out.data()) out = std::move(bytes);
  return {};
}

std::string open_recording(const pub_settings& settings) {
  if (settings.source != message_source::recording || settings.recording == "-") return {};
  const int fd = ::open(settings.recording.c_str(), O_RDONLY | O_CLOEXEC);
  std::error_code error;
  if (fd < 0 || ::dup2(fd, STDIN_FILENO) < 0) error = last_error();
  if (fd >= 0) ::close(fd);
  return error ? printable(settings.recording) + ": " + error.message() : std::string();
}

}  // namespace mqttkit::tools
