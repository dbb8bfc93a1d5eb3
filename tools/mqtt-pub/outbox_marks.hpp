// How far an outbox has come: its file `acked`.
//
// Four places of their own sectors, each with a checksum:
//   0, 4096       number of the first message that is not done with
//   8192, 12288   number after the last message that was accepted, and which outbox this is
//
// Both are written in turn, so that a write that a power cut tears leaves the other, and without
// waiting for the disk. A mark that is too old costs nothing but messages that are sent again, and
// damage that cannot be told from a batch that was never finished.
#pragma once

#include <cstdint>
#include <string>
#include <system_error>

namespace mqttkit::tools {

/// See the head of this file.
class outbox_marks {
 public:
  outbox_marks() = default;
  ~outbox_marks();
  outbox_marks(const outbox_marks&) = delete;
  outbox_marks& operator=(const outbox_marks&) = delete;

  /// Opens the file, or makes it, and makes room for all marks, so that a full disk does not stop
  /// them later.
  std::error_code open(const std::string& path);
  bool is_open() const noexcept { return fd_ >= 0; }

  /// Number of the first message that is not done with; 0 when that is not known.
  std::uint64_t done() const noexcept { return done_; }
  /// Number after the last message that is known to be accepted; 0 when that is not known.
  std::uint64_t accepted() const noexcept { return accepted_; }
  /// Which outbox this is; 0 when that is not known.
  std::uint32_t outbox() const noexcept { return outbox_; }

  std::error_code set_done(std::uint64_t number);
  std::error_code set_accepted(std::uint64_t number, std::uint32_t outbox);
  /// Waits until the disk has them.
  std::error_code sync();

 private:
  int fd_ = -1;
  std::uint64_t done_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint32_t outbox_ = 0;
  bool other_done_ = false;      // the place to be written next is the second
  bool other_accepted_ = false;  // likewise
};

}  // namespace mqttkit::tools
