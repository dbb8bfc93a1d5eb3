#include "mqtt-pub/line_source.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "mqttkit/codec/packet.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::size_t block_bytes = 64u << 10;

}  // namespace

line_source::line_source(asio::any_io_executor executor, int fd, char ending, std::size_t longest)
    : fd_(fd),
      ending_(ending),
      longest_(longest),
      input_(std::move(executor), fd, readiness::wanted::read) {}

bool line_source::next(std::string_view& line) {
  const char* const from = block_.get() + scanned_;
  const void* const newline =
      end_ == scanned_ ? nullptr : std::memchr(from, ending_, end_ - scanned_);
  if (newline != nullptr) {
    const auto at = static_cast<std::size_t>(static_cast<const char*>(newline) - block_.get());
    line = {block_.get() + begin_, at - begin_};
    begin_ = scanned_ = at + 1;
    return true;
  }
  scanned_ = end_;
  if (!at_end_ || begin_ == end_) return false;
  line = {block_.get() + begin_, end_ - begin_};
  begin_ = end_;
  return true;
}

// Makes room for at least a byte. Half a block is made where that needs no more memory.
void line_source::make_room() {
  if (begin_ == end_) begin_ = scanned_ = end_ = 0;
  if (capacity_ - end_ >= block_bytes / 2 && capacity_ != 0) return;
  if (begin_ != 0) {
    std::memmove(block_.get(), block_.get() + begin_, end_ - begin_);
    scanned_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
  }
  if (capacity_ - end_ < block_bytes / 2) {
    const std::size_t larger = std::max(block_bytes, capacity_ * 2);
    std::unique_ptr<char[]> fresh(new char[larger]);
    if (end_ != 0) std::memcpy(fresh.get(), block_.get(), end_);
    block_ = std::move(fresh);
    capacity_ = larger;
  }
}

asio::awaitable<std::error_code> line_source::fill() {
  if (end_ - begin_ > longest_) {
    co_return std::make_error_code(std::errc::value_too_large);
  }
  make_room();
  for (;;) {
    // read(2) would keep the whole program waiting, so ask first.
    if (!input_.is_ready_now()) {
      if (const std::error_code error = co_await input_.wait()) co_return error;
    }
    const ssize_t got = ::read(fd_, block_.get() + end_, capacity_ - end_);
    if (got > 0) {
      end_ += static_cast<std::size_t>(got);
      bytes_read_ += static_cast<std::uint64_t>(got);
      co_return std::error_code();
    }
    if (got == 0) {
      at_end_ = true;
      co_return std::error_code();
    }
    // Not ready after all: another reader of the same pipe was faster.
    if (errno == EINTR || errno == EAGAIN) continue;
    co_return std::error_code(errno, std::system_category());
  }
}

}  // namespace mqttkit::tools
