#include "mqtt-doctor/capture/capture_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_pending = 256 * 1024;  // bytes of one system call
constexpr mode_t owner_only = 0600;

// Types of blocks and options of pcapng (draft-ietf-opsawg-pcapng §4).
constexpr std::uint32_t section_header = 0x0A0D0D0A;
constexpr std::uint32_t byte_order = 0x1A2B3C4D;
constexpr std::uint32_t interface_description = 1;
constexpr std::uint32_t interface_statistics = 5;
constexpr std::uint32_t enhanced_packet = 6;
constexpr std::uint16_t written_by = 4;      // shb_userappl
constexpr std::uint16_t name_option = 2;     // if_name
constexpr std::uint16_t resolution = 9;      // if_tsresol: a power of ten
constexpr std::uint16_t received_count = 4;  // isb_ifrecv
constexpr std::uint16_t dropped_count = 5;   // isb_ifdrop

std::string words_of(int error) { return std::generic_category().message(error); }

/// The number in a variable that sudo sets; -1 where it is not set.
long number_in(const char* variable) {
  const char* const text = std::getenv(variable);
  long number = -1;
  if (text == nullptr) return -1;
  const char* const end = text + std::strlen(text);
  const auto [last, error] = std::from_chars(text, end, number);
  return error == std::errc() && last == end ? number : -1;
}

}  // namespace

capture_writer::~capture_writer() { close(); }

std::string capture_writer::open(const std::string& file) {
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  file_ = ::open(file.c_str(), flags, owner_only);
  if (file_ < 0) return errno == ELOOP ? "it is a link" : words_of(errno);
  struct stat about {};
  std::string wrong;
  if (::fstat(file_, &about) != 0) wrong = words_of(errno);
  // A device or a pipe keeps its own access rights.
  const bool is_file = S_ISREG(about.st_mode);
  if (wrong.empty() && !is_file && !S_ISCHR(about.st_mode)) wrong = "it is no file";
  if (wrong.empty() && is_file) {
    // The rights come first: another user could read the file from its first byte on.
    if (::fchmod(file_, owner_only) != 0 || ::ftruncate(file_, 0) != 0) wrong = words_of(errno);
    const long user = number_in("SUDO_UID"), group = number_in("SUDO_GID");
    if (wrong.empty() && ::geteuid() == 0 && user >= 0 && group >= 0 &&
        ::fchown(file_, static_cast<uid_t>(user), static_cast<gid_t>(group)) != 0)
      wrong = words_of(errno);
  }
  if (!wrong.empty()) {
    ::close(file_);
    file_ = -1;
    return wrong;
  }
  const std::size_t begin = begin_block(section_header);
  put(byte_order, 4);
  put(1, 2);  // version 1.0
  put(0, 2);
  put(~std::uint64_t{0}, 8);  // unknown length of the section
  option(written_by, as_bytes("mqtt-doctor (mqtt-toolkit)"));
  end_options();
  end_block(begin);
  return {};
}

void capture_writer::put(std::uint64_t value, std::size_t size) {
  // The byte order is this machine's, which the section header states.
  std::memcpy(pending_.extend(size), &value, size);
}

std::size_t capture_writer::begin_block(std::uint32_t type) {
  const std::size_t begin = pending_.size();
  put(type, 4);
  put(0, 4);  // the length, which end_block() fills in
  return begin;
}

void capture_writer::end_block(std::size_t begin) {
  const auto size = static_cast<std::uint32_t>(pending_.size() + 4 - begin);
  put(size, 4);
  std::memcpy(pending_.data() + begin + 4, &size, 4);
}

void capture_writer::option(std::uint16_t code, bytes_view value) {
  put(code, 2);
  put(value.size(), 2);
  pending_.append(value);
  put(0, (4 - value.size() % 4) % 4);
}

void capture_writer::add_interface(link_type link, std::uint32_t snap_length,
                                   const std::string& name) {
  if (!is_open()) return;
  const std::size_t begin = begin_block(interface_description);
  put(static_cast<std::uint16_t>(link), 2);
  put(0, 2);
  put(snap_length, 4);
  if (!name.empty()) option(name_option, as_bytes(std::string_view(name).substr(0, 255)));
  const std::byte nano{9};
  option(resolution, {&nano, 1});
  end_options();
  end_block(begin);
}

void capture_writer::write(const captured_packet& packet, bytes_view bytes) {
  if (!is_open()) return;
  const std::size_t begin = begin_block(enhanced_packet);
  const auto time = static_cast<std::uint64_t>(packet.time.time_since_epoch().count());
  put(packet.interface, 4);
  put(time >> 32, 4);
  put(time & 0xFFFFFFFF, 4);
  put(bytes.size(), 4);
  put(std::max(packet.original_size, bytes.size()), 4);
  pending_.append(bytes);
  put(0, (4 - bytes.size() % 4) % 4);
  end_block(begin);
  ++pending_packets_;
  if (pending_.size() >= most_pending) flush();
}

void capture_writer::add_statistics(std::uint32_t interface, capture_time now,
                                    std::uint64_t received, std::uint64_t dropped) {
  if (!is_open()) return;
  const std::size_t begin = begin_block(interface_statistics);
  const auto time = static_cast<std::uint64_t>(now.time_since_epoch().count());
  put(interface, 4);
  put(time >> 32, 4);
  put(time & 0xFFFFFFFF, 4);
  for (const auto& [code, count] :
       {std::pair(received_count, received), std::pair(dropped_count, dropped)}) {
    put(code, 2);
    put(8, 2);
    put(count, 8);
  }
  end_options();
  end_block(begin);
}

void capture_writer::flush() {
  if (!is_open()) return;
  std::size_t done = 0;
  while (done < pending_.size()) {
    const ssize_t size = ::write(file_, pending_.data() + done, pending_.size() - done);
    if (size < 0 && errno == EINTR) continue;
    if (size >= 0) {
      done += static_cast<std::size_t>(size);
      continue;
    }
    problem_ = words_of(errno);
    // Half a block would make readers reject the file. The lengths of the blocks tell how many are
    // whole.
    std::size_t whole = 0;
    std::uint64_t packets = 0;
    for (;;) {
      std::uint32_t head[2]{};
      if (done < whole + sizeof head) break;
      std::memcpy(head, pending_.data() + whole, sizeof head);
      if (whole + head[1] > done) break;
      whole += head[1];
      packets += head[0] == enhanced_packet ? 1 : 0;
    }
    in_file_ += packets;
    [[maybe_unused]] const int cut = ::ftruncate(file_, static_cast<off_t>(written_ + whole));
    ::close(file_);
    file_ = -1;
    pending_.release(0);
    return;
  }
  written_ += pending_.size();
  in_file_ += std::exchange(pending_packets_, 0);
  pending_.clear();
}

void capture_writer::close() {
  flush();
  if (!is_open()) return;
  if (::close(file_) != 0) problem_ = words_of(errno);
  file_ = -1;
}

}  // namespace mqttkit::doctor
