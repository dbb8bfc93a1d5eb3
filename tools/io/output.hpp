#pragma once

#include <asio/awaitable.hpp>
#include <memory>
#include <system_error>

#include "io/printout.hpp"
#include "io/readiness.hpp"
#include "mqttkit/base/bytes.hpp"

namespace mqttkit::tools {

/// Standard output: bytes are collected and written in blocks, large payloads from where they are.
///
/// A reader that is slow keeps flush() waiting, and nothing else: the connection lives on. For that
/// the descriptor would have to be non-blocking, which is a flag it shares with other programs; so
/// a pipe or terminal is opened anew, and a socket is asked each time.
class output {
 public:
  output(asio::any_io_executor executor, int fd);
  ~output();
  output(const output&) = delete;
  output& operator=(const output&) = delete;

  /// Where to append. Write it out when is_full().
  byte_buffer& buffer() noexcept { return text_.bytes(); }
  printout& text() noexcept { return text_; }
  bool is_full() const noexcept {
    return text_.bytes().size() >= block_bytes || text_.holds_views();
  }

  /// Writes as much as goes without waiting. Errors: what write(2) says (EPIPE: the reader is
  /// gone); operation_would_block when something is left.
  std::error_code try_flush();

  /// Writes everything. Errors as above, operation_aborted when cancelled.
  asio::awaitable<std::error_code> flush();

  /// Ends when the reader of a pipe has gone, though nothing is being written. Never, when stdout
  /// is no pipe.
  asio::awaitable<std::error_code> reader_gone();

 private:
  static constexpr std::size_t block_bytes = 64u << 10;

  int given_;
  int fd_;  // given_, or the same file opened without waiting
  bool is_socket_ = false;
  printout text_;
  readiness room_;
  readiness hang_up_;
};

}  // namespace mqttkit::tools
