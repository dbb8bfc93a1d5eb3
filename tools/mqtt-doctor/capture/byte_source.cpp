#include "mqtt-doctor/capture/byte_source.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace mqttkit::doctor {
namespace {

constexpr std::size_t piece_bytes = 64 * 1024;  // bytes of one read(); a pipe holds as many

class file_source : public byte_source {
 public:
  explicit file_source(int descriptor) : descriptor_(descriptor) {}
  ~file_source() override {
    if (descriptor_ > 2) ::close(descriptor_);
  }

  std::size_t read(std::byte* to, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t got = ::read(descriptor_, to + done, size - done);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) error_ = errno;
      if (got <= 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }
  std::string problem() const override {
    return error_ == 0 ? std::string() : std::generic_category().message(error_);
  }

 private:
  int descriptor_;
  int error_ = 0;
};

/// Unpacks gzip (RFC 1952), including files of several members one after another.
class inflating_source : public byte_source {
 public:
  inflating_source(std::unique_ptr<byte_source> packed, byte_buffer start)
      : packed_(std::move(packed)), start_(std::move(start)) {
    constexpr int gzip_window = 15 + 16;  // the largest window, gzip's header and trailer
    is_ready_ = ::inflateInit2(&stream_, gzip_window) == Z_OK;
    stream_.next_in = reinterpret_cast<Bytef*>(start_.data());
    stream_.avail_in = static_cast<uInt>(start_.size());
  }
  ~inflating_source() override {
    if (is_ready_) ::inflateEnd(&stream_);
  }

  std::size_t read(std::byte* to, std::size_t size) override {
    if (!is_ready_) return 0;
    std::size_t done = 0;
    while (done < size && !is_over_) {
      if (stream_.avail_in == 0 && !fill()) break;
      const uInt room = static_cast<uInt>(std::min(size - done, piece_bytes));
      stream_.next_out = reinterpret_cast<Bytef*>(to + done);
      stream_.avail_out = room;
      const int how = ::inflate(&stream_, Z_NO_FLUSH);
      done += room - stream_.avail_out;
      is_inside_ = true;
      if (how == Z_STREAM_END) {
        is_inside_ = false;
        if ((stream_.avail_in == 0 && !fill()) || ::inflateReset(&stream_) != Z_OK) is_over_ = true;
      } else if (how != Z_OK && how != Z_BUF_ERROR) {
        is_over_ = true;
        is_damaged_ = true;
      }
    }
    return done;
  }
  std::string problem() const override {
    if (is_damaged_) return "what gzip packed is damaged";
    const std::string below = packed_->problem();
    if (!below.empty()) return below;
    return is_inside_ && has_ended_ ? "what gzip packed ends too early" : "";
  }

 private:
  bool fill() {
    const std::size_t got = packed_->read(piece_.data(), piece_.size());
    has_ended_ = got == 0;
    stream_.next_in = reinterpret_cast<Bytef*>(piece_.data());
    stream_.avail_in = static_cast<uInt>(got);
    return got != 0;
  }

  std::unique_ptr<byte_source> packed_;
  byte_buffer start_;
  std::array<std::byte, piece_bytes> piece_{};
  z_stream stream_{};
  bool is_ready_ = false;
  bool is_over_ = false;
  bool is_inside_ = false;  // a member has begun
  bool has_ended_ = false;
  bool is_damaged_ = false;
};

/// A plain source whose first bytes were read to tell its format.
class started_source : public byte_source {
 public:
  started_source(byte_buffer start, std::unique_ptr<byte_source> rest)
      : rest_(std::move(rest)), whole_(std::move(start), *rest_) {}
  std::size_t read(std::byte* to, std::size_t size) override { return whole_.read(to, size); }
  std::string problem() const override { return rest_->problem(); }

 private:
  std::unique_ptr<byte_source> rest_;
  rewound_source whole_;
};

}  // namespace

std::size_t memory_source::read(std::byte* to, std::size_t size) {
  const std::size_t count = std::min(size, left_.size());
  if (count != 0) std::memcpy(to, left_.data(), count);
  left_ = left_.subspan(count);
  return count;
}

std::size_t rewound_source::read(std::byte* to, std::size_t size) {
  const std::size_t count = std::min(size, start_.size());
  if (count != 0) std::memcpy(to, start_.data(), count);
  start_.consume(count);
  return count == size ? size : count + rest_.read(to + count, size - count);
}

std::unique_ptr<byte_source> open_source(const std::string& file, std::string& wrong) {
  const int descriptor = file == "-" ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    wrong = std::generic_category().message(errno);
    return nullptr;
  }
  auto plain = std::make_unique<file_source>(descriptor);
  byte_buffer start;
  std::byte* const room = start.extend(2);
  start.truncate(plain->read(room, 2));
  if (start.empty() && !plain->problem().empty()) {  // a folder above all
    wrong = plain->problem();
    return nullptr;
  }
  const bool is_packed =
      start.size() == 2 && start.data()[0] == std::byte{0x1F} && start.data()[1] == std::byte{0x8B};
  if (is_packed) return std::make_unique<inflating_source>(std::move(plain), std::move(start));
  return std::make_unique<started_source>(std::move(start), std::move(plain));
}

}  // namespace mqttkit::doctor
