#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "io/printout.hpp"
#include "mqttkit/base/bytes.hpp"

namespace mqttkit::tools {

/// When a file is put aside and a new one begun; 0 means never.
struct rotation {
  std::uint64_t size_bytes = 0;
  std::chrono::microseconds every{0};  ///< counted from 1970: 1h is every full hour, UTC
};

/// A file that messages are appended to. The full one is renamed to NAME.20261121T080000Z, the time
/// of its end; what stands under NAME is always the newest. A message is never split.
class rotating_file {
 public:
  using time_point = std::chrono::system_clock::time_point;

  rotating_file(std::string path, rotation when) : path_(std::move(path)), when_(when) {}
  ~rotating_file();
  rotating_file(const rotating_file&) = delete;
  rotating_file& operator=(const rotating_file&) = delete;

  /// Opens or creates it, if it is not open. Errors: open(2).
  std::error_code open();

  /// Appends a message to what write() writes; before that the file may be written and put aside.
  /// Errors: as write().
  std::error_code add(std::string_view message, time_point arrived);

  /// Writes what was added, and then this message, all of it. Errors: as write().
  std::error_code write_large(printout& message, time_point arrived);

  /// Writes what was added. Errors: open(2), write(2), rename(2); the file then ends where it did
  /// before, so that what is received again does not follow half of itself.
  std::error_code write();

  std::size_t waiting() const noexcept { return text_.bytes().size(); }
  const std::string& path() const noexcept { return path_; }

 private:
  std::error_code make_room(std::uint64_t more, time_point arrived);
  std::error_code write_all(printout& text);
  std::error_code rotate(time_point now);
  std::int64_t period_of(time_point time) const;
  bool is_due(std::uint64_t more, time_point arrived) const;

  std::string path_;
  rotation when_;
  int fd_ = -1;
  bool is_regular_ = false;
  std::uint64_t size_ = 0;    // of the file
  std::int64_t period_ = -1;  // that its contents belong to
  printout text_;
};

}  // namespace mqttkit::tools
