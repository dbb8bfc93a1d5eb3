#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "mqtt-doctor/report/document.hpp"

namespace mqttkit::doctor {
namespace {

std::string last_error() { return std::strerror(errno); }

/// Writes the text and flushes it to the disk.
bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(descriptor, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return ::fsync(descriptor) == 0;
}

}  // namespace

std::string write_report(const document& from, const std::string& file) {
  const std::string text = file.ends_with(".md") ? markdown_of(from) : html_of(from);
  struct stat before {};
  const bool is_there = ::lstat(file.c_str(), &before) == 0;
  if (is_there && !S_ISREG(before.st_mode)) return "not a regular file; name another one";
  // The file is written beside its final place and renamed: a reader sees the old report or the
  // complete new one.
  std::string beside = file + ".XXXXXX";
  const int descriptor = ::mkostemp(beside.data(), O_CLOEXEC);
  if (descriptor < 0) return last_error();
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const mode_t mode = is_there ? before.st_mode & 0777 : 0666 & ~mask;
  std::string wrong;
  if (::fchmod(descriptor, mode) != 0 || !write_all(descriptor, text)) wrong = last_error();
  if (::close(descriptor) != 0 && wrong.empty()) wrong = last_error();
  if (wrong.empty() && std::rename(beside.c_str(), file.c_str()) != 0) wrong = last_error();
  if (!wrong.empty()) (void)::unlink(beside.c_str());
  return wrong;
}

}  // namespace mqttkit::doctor
