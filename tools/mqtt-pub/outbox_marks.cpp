#include "mqtt-pub/outbox_marks.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "mqtt-pub/outbox_files.hpp"
#include "mqtt-pub/outbox_record.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::uint64_t place_apart = 4096;  // no two places share a sector
constexpr std::uint64_t accepted_at = 2 * place_apart;
constexpr std::size_t done_bytes = 12;
constexpr std::size_t accepted_bytes = 16;

// The checksum comes last.
bool read_place(int fd, std::byte* place, std::size_t size, std::uint64_t at) {
  return read_file_at(fd, place, size, at) == size &&
         load_number<std::uint32_t>(place + size - 4) == checksum({place, size - 4});
}

std::error_code write_place(int fd, std::byte* place, std::size_t size, std::uint64_t at) {
  store_number(place + size - 4, checksum({place, size - 4}));
  for (;;) {
    const ssize_t count = ::pwrite(fd, place, size, static_cast<off_t>(at));
    if (count == static_cast<ssize_t>(size)) return {};
    if (count >= 0) return std::make_error_code(std::errc::no_space_on_device);
    if (errno != EINTR) return last_error();
  }
}

}  // namespace

outbox_marks::~outbox_marks() {
  if (fd_ >= 0) ::close(fd_);
}

std::error_code outbox_marks::open(const std::string& path) {
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
  if (fd_ < 0) return last_error();
  struct stat about {};
  if (::fstat(fd_, &about) != 0) return last_error();
  if (!S_ISREG(about.st_mode)) return std::make_error_code(std::errc::invalid_seek);
  // An error is not reported here: a file system without fallocate fails when a mark is written.
  if (about.st_size < static_cast<off_t>(4 * place_apart)) [[maybe_unused]]
    const int ignored = ::posix_fallocate(fd_, 0, static_cast<off_t>(4 * place_apart));
  for (const std::uint64_t at : {std::uint64_t{0}, place_apart}) {
    std::byte place[done_bytes];
    if (!read_place(fd_, place, sizeof place, at)) continue;
    const auto number = load_number<std::uint64_t>(place);
    if (number < done_) continue;
    done_ = number;
    other_done_ = at == 0;  // the older one is written next
  }
  for (const std::uint64_t at : {accepted_at, accepted_at + place_apart}) {
    std::byte place[accepted_bytes];
    if (!read_place(fd_, place, sizeof place, at)) continue;
    const auto number = load_number<std::uint64_t>(place);
    if (number < accepted_) continue;
    accepted_ = number;
    outbox_ = load_number<std::uint32_t>(place + 8) & record::most_outbox;
    other_accepted_ = at == accepted_at;
  }
  return {};
}

std::error_code outbox_marks::set_done(std::uint64_t number) {
  std::byte place[done_bytes];
  store_number(place, number);
  const std::uint64_t at = other_done_ ? place_apart : 0;
  if (const std::error_code error = write_place(fd_, place, sizeof place, at)) return error;
  other_done_ = !other_done_;
  done_ = number;
  return {};
}

std::error_code outbox_marks::set_accepted(std::uint64_t number, std::uint32_t outbox) {
  std::byte place[accepted_bytes];
  store_number(place, number);
  store_number(place + 8, outbox);
  const std::uint64_t at = accepted_at + (other_accepted_ ? place_apart : 0);
  if (const std::error_code error = write_place(fd_, place, sizeof place, at)) return error;
  other_accepted_ = !other_accepted_;
  accepted_ = number;
  outbox_ = outbox;
  return {};
}

std::error_code outbox_marks::sync() {
  return ::fdatasync(fd_) == 0 ? std::error_code() : last_error();
}

}  // namespace mqttkit::tools
