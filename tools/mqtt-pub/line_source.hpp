#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string_view>
#include <system_error>

#include "io/readiness.hpp"
#include "mqttkit/codec/packet.hpp"

namespace mqttkit::tools {

/// The lines of a descriptor, read in blocks of 64 KiB and given out as views into them.
///
/// A line may be of any length up to `longest`, and may contain NUL bytes; the last one needs no
/// newline. There is no timer: what has been typed is given out before the next
/// wait, what is piped comes in whole blocks.
class line_source {
 public:
  /// @param ending   what ends a line
  /// @param longest  of a line, in bytes; what one packet holds unless lines become shorter
  /// payloads
  line_source(asio::any_io_executor executor, int fd, char ending = '\n',
              std::size_t longest = max_remaining_length);

  /// The next complete line, without its newline. False when more must be read: call fill().
  /// The view ends with the next fill().
  bool next(std::string_view& line);

  /// Reads on, and waits when there is nothing to read yet. Errors: what read(2) says, or
  /// value_too_large when a line does not fit into a packet; operation_aborted when cancelled.
  asio::awaitable<std::error_code> fill();

  /// fill() met the end of the input; next() has given out everything when it says false.
  bool at_end() const noexcept { return at_end_; }

  /// Bytes that next() has given out, with the ends of the lines.
  std::uint64_t bytes_taken() const noexcept { return bytes_read_ - (end_ - begin_); }

 private:
  void make_room();

  int fd_;
  char ending_;
  std::size_t longest_;
  readiness input_;
  std::unique_ptr<char[]> block_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;    // of what was not given out yet
  std::size_t scanned_ = 0;  // no newline before this
  std::size_t end_ = 0;
  std::uint64_t bytes_read_ = 0;
  bool at_end_ = false;
};

}  // namespace mqttkit::tools
