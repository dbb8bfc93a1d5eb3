#include "mqtt-sub/rotating_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>

namespace mqttkit::tools {
namespace {

std::error_code last_error() { return {errno, std::system_category()}; }

// "20261121T080000Z"
std::string compact(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[24];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
  return text;
}

}  // namespace

rotating_file::~rotating_file() {
  if (fd_ >= 0) ::close(fd_);
}

std::int64_t rotating_file::period_of(time_point time) const {
  if (when_.every.count() == 0) return 0;
  return std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()) / when_.every;
}

std::error_code rotating_file::open() {
  if (fd_ >= 0) return {};
  fd_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
  struct stat about {};
  if (fd_ < 0 || ::fstat(fd_, &about) != 0) return last_error();
  is_regular_ = S_ISREG(about.st_mode);
  size_ = is_regular_ ? static_cast<std::uint64_t>(about.st_size) : 0;
  // A file that was there belongs to the period of its last change.
  period_ =
      size_ == 0 ? -1 : period_of(std::chrono::system_clock::from_time_t(about.st_mtim.tv_sec));
  return {};
}

bool rotating_file::is_due(std::uint64_t more, time_point arrived) const {
  const std::uint64_t now = size_ + waiting();
  if (!is_regular_ || now == 0) return false;
  if (when_.size_bytes != 0 && now + more > when_.size_bytes) return true;
  return period_ >= 0 && period_of(arrived) > period_;
}

std::error_code rotating_file::add(std::string_view message, time_point arrived) {
  if (const auto error = make_room(message.size(), arrived)) return error;
  text_.bytes().append(as_bytes(message));
  return {};
}

std::error_code rotating_file::write_large(printout& message, time_point arrived) {
  if (const auto error = make_room(when_.size_bytes == 0 ? 0 : message.length(), arrived)) {
    return error;
  }
  if (const auto error = write()) return error;
  return write_all(message);
}

std::error_code rotating_file::make_room(std::uint64_t more, time_point arrived) {
  if (const auto error = open()) return error;
  if (is_due(more, arrived)) {
    if (const auto error = rotate(arrived)) return error;
  }
  if (period_ < 0) period_ = period_of(arrived);
  return {};
}

std::error_code rotating_file::rotate(time_point now) {
  if (const auto error = write()) return error;
  const std::string base = path_ + "." + compact(now);
  std::string aside = base;
  for (int n = 1; ::access(aside.c_str(), F_OK) == 0; ++n) aside = base + "-" + std::to_string(n);
  if (std::rename(path_.c_str(), aside.c_str()) != 0) return last_error();
  ::close(fd_);
  fd_ = -1;
  return open();
}

std::error_code rotating_file::write() {
  if (text_.empty()) return {};
  if (const auto error = open()) return error;
  return write_all(text_);
}

std::error_code rotating_file::write_all(printout& text) {
  const std::uint64_t before = size_;
  for (bytes_view next = text.front(); !next.empty(); next = text.front()) {
    const ssize_t count = ::write(fd_, next.data(), next.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const std::error_code error = last_error();
      if (is_regular_ && size_ != before) {
        [[maybe_unused]] const int ignored = ::ftruncate(fd_, static_cast<off_t>(before));
      }
      return error;
    }
    text.consume(static_cast<std::size_t>(count));
    size_ += static_cast<std::uint64_t>(count);
  }
  return {};
}

}  // namespace mqttkit::tools
