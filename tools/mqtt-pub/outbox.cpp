#include "mqtt-pub/outbox.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <thread>
#include <vector>

#include "common/exit_code.hpp"
#include "mqtt-sub/json_line.hpp"
#include "mqttkit/codec/decode.hpp"
#include "mqttkit/codec/encode.hpp"

namespace mqttkit::tools {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t window_bytes = 64u << 10;
constexpr std::size_t most_memory = 4u << 20;  // of a batch, kept for the next one
constexpr std::uint64_t place_apart = 4096;    // the two places of `acked` share no sector

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78u : 0u);
    table[i] = value;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> crc_table = make_crc_table();

// CRC-32C, as in RFC 3720 §12.1.
std::uint32_t checksum(bytes_view bytes) {
  std::uint32_t value = ~0u;
  for (const std::byte byte : bytes)
    value = crc_table[(value ^ std::to_integer<std::uint32_t>(byte)) & 0xFF] ^ (value >> 8);
  return ~value;
}

template <class Number>
void store(std::byte* at, Number value) {  // little endian
  for (std::size_t i = 0; i < sizeof value; ++i) at[i] = static_cast<std::byte>(value >> (8 * i));
}

template <class Number>
Number load(const std::byte* at) {
  Number value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value |= static_cast<Number>(std::to_integer<Number>(at[i]) << (8 * i));
  return value;
}

std::error_code last_error() { return {errno, std::system_category()}; }

std::error_code write_all(int fd, bytes_view bytes, std::size_t& written) {
  written = 0;
  while (written < bytes.size()) {
    const ssize_t count = ::write(fd, bytes.data() + written, bytes.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return last_error();
    if (count == 0) return std::make_error_code(std::errc::no_space_on_device);
    written += static_cast<std::size_t>(count);
  }
  return {};
}

std::error_code write_all(int fd, bytes_view bytes) {
  std::size_t written = 0;
  return write_all(fd, bytes, written);
}

// Fills `into`, or less at the end of the file.
std::size_t read_at(int fd, std::byte* into, std::size_t size, std::uint64_t at) {
  std::size_t got = 0;
  while (got < size) {
    const ssize_t count = ::pread(fd, into + got, size - got, static_cast<off_t>(at + got));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    got += static_cast<std::size_t>(count);
  }
  return got;
}

void shut(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

std::string segment_name(std::uint64_t base) {
  char name[32];
  std::snprintf(name, sizeof name, "%020llu.log", static_cast<unsigned long long>(base));
  return name;
}

// The packet identifier is the session's to give; this one makes the packet complete.
constexpr std::uint16_t any_packet_id = 1;

bool decode_message(bytes_view body, publish_packet& out) {
  frame packet;
  return next_frame(body, 0, packet) == framing::complete && packet.size == body.size() &&
         packet.type == packet_type::publish && !decode(packet, protocol_version::v5, out);
}

}  // namespace

// What stands before each message: sizes, then what the checksum covers.
struct outbox::header {
  static constexpr std::size_t bytes = 24;
  std::uint32_t size = 0;      // of the message that follows: a PUBLISH of MQTT 5
  std::uint32_t checksum = 0;  // of all that follows
  std::uint64_t number = 0;
  std::uint64_t origin = 0;

  static header read(const std::byte* at) {
    return {load<std::uint32_t>(at), load<std::uint32_t>(at + 4), load<std::uint64_t>(at + 8),
            load<std::uint64_t>(at + 16)};
  }
  bool is_possible() const { return size >= 2 && size <= max_remaining_length + 5; }
  std::size_t whole() const { return bytes + size; }
};

outbox::~outbox() {
  save();
  // Nothing waits: nothing needs to stay but the number reached.
  if (lock_fd_ >= 0 && pending() == 0)
    for (const segment& each : segments_) ::unlink(path(each).c_str());
  shut(write_fd_);
  shut(read_fd_);
  shut(acked_fd_);
  shut(folder_fd_);
  shut(lock_fd_);
}

std::string outbox::path(std::string_view name) const { return folder_ + '/' + std::string(name); }
std::string outbox::path(const segment& of) const { return path(segment_name(of.base)); }

std::string outbox::words(std::error_code error) const {
  return "outbox " + printable(folder_) + ": " + error.message();
}

std::error_code outbox::sync_folder() const {
  return ::fsync(folder_fd_) == 0 ? std::error_code() : last_error();
}

std::string outbox::lock(std::chrono::milliseconds patience) {
  lock_fd_ = ::open(path("lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_fd_ < 0) return words(last_error());
  const auto until = std::chrono::steady_clock::now() + patience;
  while (::flock(lock_fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return words(last_error());
    if (std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(20ms);
      continue;
    }
    char holder[24] = {};
    const std::size_t got =
        read_at(lock_fd_, reinterpret_cast<std::byte*>(holder), sizeof holder - 1, 0);
    shut(lock_fd_);
    return "outbox " + printable(folder_) + ": in use by process " +
           printable(std::string_view(holder, got)) +
           "; wait for its end, or give this one a folder of its own";
  }
  const std::string holder = std::to_string(::getpid());
  [[maybe_unused]] const bool is_told =
      ::ftruncate(lock_fd_, 0) == 0 && !write_all(lock_fd_, as_bytes(holder));
  return {};
}

std::string outbox::open(const std::string& folder, outbox_limit limit,
                         std::chrono::milliseconds patience) {
  folder_ = folder;
  limit_ = limit;
  const bool is_new = ::mkdir(folder_.c_str(), 0700) == 0;
  if (!is_new && errno != EEXIST) return words(last_error());
  folder_fd_ = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_fd_ < 0) return words(last_error());
  if (is_new) {
    const int above = ::openat(folder_fd_, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (above >= 0) {
      ::fsync(above);
      ::close(above);
    }
  }
  if (std::string wrong = lock(patience); !wrong.empty()) return wrong;
  acked_fd_ = ::open(path("acked").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (acked_fd_ < 0) return words(last_error());
  if (std::string wrong = read_segments(read_acknowledged()); !wrong.empty()) return wrong;
  saved_ = base_;
  first_new_ = end_;
  return {};
}

// The higher of the two places that are whole.
std::uint64_t outbox::read_acknowledged() const {
  std::uint64_t base = 1;
  for (const std::uint64_t at : {std::uint64_t{0}, place_apart}) {
    std::byte place[12];
    if (read_at(acked_fd_, place, sizeof place, at) != sizeof place) continue;
    if (load<std::uint32_t>(place + 8) != checksum({place, 8})) continue;
    base = std::max(base, load<std::uint64_t>(place));
  }
  return base;
}

std::string outbox::read_segments(std::uint64_t acknowledged) {
  DIR* const list = ::opendir(folder_.c_str());
  if (list == nullptr) return words(last_error());
  std::vector<segment> found;
  while (const dirent* entry = ::readdir(list)) {
    const std::string_view name = entry->d_name;
    segment one;
    const char* const first = name.data();
    const auto [last, error] = std::from_chars(first, first + name.size(), one.base);
    if (error != std::errc() || name != segment_name(one.base)) continue;
    struct stat about {};
    if (::stat(path(one).c_str(), &about) == 0) {
      one.bytes = static_cast<std::uint64_t>(about.st_size);
      found.push_back(one);
    }
  }
  ::closedir(list);
  std::sort(found.begin(), found.end(),
            [](const segment& a, const segment& b) { return a.base < b.base; });
  segments_.assign(found.begin(), found.end());

  base_ = end_ = acknowledged;
  if (segments_.empty()) {
    cursor_ = base_;
    return {};
  }
  if (const std::error_code error = check_last_segment()) return words(error);
  base_ = std::max(base_, segments_.front().base);
  // Whole files that are done with: a crash came before their removal.
  while (segments_.size() > 1 && segments_[1].base <= base_) {
    ::unlink(path(segments_.front()).c_str());
    segments_.pop_front();
  }
  for (const segment& each : segments_) pending_bytes_ += each.bytes;
  // Up to the first message that is not acknowledged.
  cursor_ = segments_.front().base;
  if (!enter_segment()) return words(last_error());
  while (cursor_ < base_ && read_here(header::bytes)) {
    const header head = header::read(window_.data());
    if (!head.is_possible() || head.number != cursor_ || !read_here(head.whole())) break;
    window_.consume(head.whole());
    pending_bytes_ -= head.whole();
    ++cursor_;
  }
  if (cursor_ < base_) cursor_ = base_;
  return {};
}

// Finds the end of what was accepted, and takes a torn rest off.
std::error_code outbox::check_last_segment() {
  segment& last = segments_.back();
  write_fd_ = ::open(path(last).c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
  if (write_fd_ < 0) return last_error();
  std::uint64_t at = 0;
  std::uint64_t number = last.base;
  byte_buffer content;
  for (;;) {
    std::byte start[header::bytes];
    if (read_at(write_fd_, start, sizeof start, at) != sizeof start) break;
    const header head = header::read(start);
    if (!head.is_possible() || head.number != number || at + head.whole() > last.bytes) break;
    content.clear();
    std::byte* const into = content.extend(head.whole() - 8);
    if (read_at(write_fd_, into, content.size(), at + 8) != content.size()) break;
    if (checksum(content.view()) != head.checksum) break;
    at += head.whole();
    ++number;
  }
  if (at < last.bytes) {
    note_ = "outbox " + printable(folder_) + ": " + std::to_string(last.bytes - at) +
            " bytes at its end are incomplete and were dropped: they were being written when "
            "the last run ended, and were not accepted yet";
    if (::ftruncate(write_fd_, static_cast<off_t>(at)) != 0) return last_error();
    if (::fdatasync(write_fd_) != 0) return last_error();
    last.bytes = at;
  }
  end_ = std::max(end_, number);
  // A file that ends before what is acknowledged cannot be appended to: its numbers would not be
  // in a row.
  if (number < end_) shut(write_fd_);
  return {};
}

// ------------------------------------------------------------------------------ accepting

outbox::admission outbox::put(const publish_packet& message, std::uint64_t origin,
                              std::error_code& error) {
  publish_packet whole = message;
  whole.packet_id = any_packet_id;
  whole.dup = false;
  const std::size_t size = encoded_size(protocol_version::v5, whole);
  if (limit_.messages != 0 && pending() + batched_ >= limit_.messages) return admission::full;
  if (limit_.bytes != 0 && pending_bytes_ + batch_.size() + header::bytes + size > limit_.bytes)
    return admission::full;
  const std::size_t before = batch_.size();
  batch_.extend(header::bytes);
  error = encode(batch_, protocol_version::v5, whole);
  if (error) {
    batch_.truncate(before);
    return admission::refused;
  }
  std::byte* const head = batch_.data() + before;
  const std::size_t body = batch_.size() - before - header::bytes;
  store(head, static_cast<std::uint32_t>(body));
  store(head + 8, end_ + batched_);
  store(head + 16, origin);
  store(head + 4, checksum({head + 8, header::bytes - 8 + body}));
  ++batched_;
  return admission::batched;
}

// Makes the file that comes next.
std::error_code outbox::open_segment() {
  segment fresh;
  fresh.base = end_;
  const std::string name = path(fresh);
  const int fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return last_error();
  if (const std::error_code error = sync_folder()) {
    ::close(fd);
    ::unlink(name.c_str());
    return error;
  }
  shut(write_fd_);
  write_fd_ = fd;
  // One that was made for a batch which then found no room is this one.
  if (!segments_.empty() && segments_.back().base == fresh.base) segments_.pop_back();
  segments_.push_back(fresh);
  return {};
}

// Writes as many whole messages as there is room for; `whole` is their size.
std::error_code outbox::write_batch(std::size_t& whole) {
  whole = 0;
  segment& last = segments_.back();
  std::size_t written = 0;
  std::error_code error = write_all(write_fd_, batch_.view(), written);
  if (!error) {
    whole = written;
  } else {
    for (;;) {
      if (written - whole < header::bytes) break;
      const std::size_t next = header::read(batch_.data() + whole).whole();
      if (written - whole < next) break;
      whole += next;
    }
    if (::ftruncate(write_fd_, static_cast<off_t>(last.bytes + whole)) != 0) whole = 0;
  }
  if (::fdatasync(write_fd_) != 0) {
    if (!error) error = last_error();
    whole = 0;
    // The next run would take it for accepted.
    [[maybe_unused]] const int shortened = ::ftruncate(write_fd_, static_cast<off_t>(last.bytes));
  }
  // Nobody knows what is behind the last good message now: the next one goes into a new file.
  if (error) shut(write_fd_);
  return error;
}

// The first `bytes` of the batch are accepted.
void outbox::keep_of_batch(std::size_t bytes) {
  segments_.back().bytes += bytes;
  pending_bytes_ += bytes;
  while (bytes != 0) {
    const std::size_t whole = header::read(batch_.data()).whole();
    batch_.consume(whole);
    bytes -= whole;
    --batched_;
    ++end_;
  }
}

outbox::commit_result outbox::commit() {
  commit_result result;
  if (batch_.empty()) return result;
  std::size_t whole = 0;
  if (write_fd_ < 0 || segments_.back().bytes >= segment_bytes_) result.error = open_segment();
  if (!result.error) result.error = write_batch(whole);
  if (!result.error) {
    segments_.back().bytes += whole;
    pending_bytes_ += whole;
    end_ += batched_;
  } else {
    if (whole != 0) keep_of_batch(whole);
    result.first_lost = header::read(batch_.data()).origin;
    result.lost = batched_;
  }
  batched_ = 0;
  batch_.release(most_memory);
  return result;
}

// ------------------------------------------------------------------------------ delivering

// Opens the file that cursor_ is in.
bool outbox::enter_segment() {
  leave_segment();
  read_segment_ = 0;
  while (read_segment_ + 1 < segments_.size() && segments_[read_segment_ + 1].base <= cursor_)
    ++read_segment_;
  read_at_ = 0;
  read_fd_ = ::open(path(segments_[read_segment_]).c_str(), O_RDONLY | O_CLOEXEC);
  return read_fd_ >= 0;
}

// Whether that many bytes from the cursor on are in window_.
bool outbox::read_here(std::size_t bytes) {
  if (window_.size() >= bytes) return true;
  const std::uint64_t left = segments_[read_segment_].bytes - read_at_;
  const std::size_t missing = bytes - window_.size();
  if (missing > left) return false;
  const std::size_t wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(std::max(missing, window_bytes), left));
  const std::size_t before = window_.size();
  std::byte* const into = window_.extend(wanted);
  const std::size_t got = read_at(read_fd_, into, wanted, read_at_);
  read_at_ += got;
  window_.truncate(before + got);
  return window_.size() >= bytes;
}

// The disk does not give back what it was given: goes on behind it.
void outbox::skip_damaged() {
  const bool is_last = read_segment_ + 1 == segments_.size();
  const std::uint64_t until = is_last ? end_ : segments_[read_segment_ + 1].base;
  const std::string kept = path(std::to_string(cursor_) + ".damaged");
  const bool is_kept = ::link(path(segments_[read_segment_]).c_str(), kept.c_str()) == 0;
  const std::uint64_t count = until - cursor_;
  lost_ += count;
  note_ = "outbox " + printable(folder_) + ": " + std::to_string(count) +
          (count == 1 ? " message" : " messages") + " cannot be read back from the disk" +
          (is_kept ? "; the file is kept as " + printable(kept) : std::string());
  for (; cursor_ < until; ++cursor_) {
    given_.push_back({0, 0, false});
    acknowledge(cursor_);
  }
  leave_segment();
  if (is_last) shut(write_fd_);
}

void outbox::leave_segment() {
  shut(read_fd_);
  window_.clear();
  taken_ = 0;
}

bool outbox::next(stored& out) {
  window_.consume(taken_);
  taken_ = 0;
  while (cursor_ < end_) {
    const bool is_done = read_fd_ >= 0 && read_segment_ + 1 < segments_.size() &&
                         segments_[read_segment_ + 1].base <= cursor_;
    if ((read_fd_ < 0 || is_done) && !enter_segment()) {
      skip_damaged();
      continue;
    }
    header head;
    bool is_good = read_here(header::bytes);
    if (is_good) {
      head = header::read(window_.data());
      is_good = head.is_possible() && head.number == cursor_ && read_here(head.whole()) &&
                checksum({window_.data() + 8, head.whole() - 8}) == head.checksum &&
                decode_message({window_.data() + header::bytes, head.size}, out.message);
    }
    if (!is_good) {
      skip_damaged();
      continue;
    }
    out.number = head.number;
    out.origin = head.origin;
    out.is_new = head.number >= first_new_;
    given_.push_back({read_at_ - window_.size(), static_cast<std::uint32_t>(head.whole()), false});
    taken_ = head.whole();
    ++cursor_;
    return true;
  }
  return false;
}

bool outbox::find(std::uint64_t number, stored& out) {
  if (number < base_ || number >= cursor_) return false;
  const given& where = given_[static_cast<std::size_t>(number - base_)];
  if (where.bytes == 0) return false;
  std::size_t index = 0;
  while (index + 1 < segments_.size() && segments_[index + 1].base <= number) ++index;
  int fd = ::open(path(segments_[index]).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  found_.clear();
  std::byte* const into = found_.extend(where.bytes);
  const bool is_whole = read_at(fd, into, where.bytes, where.at) == where.bytes;
  shut(fd);
  if (!is_whole) return false;
  const header head = header::read(into);
  if (head.number != number) return false;
  out.number = number;
  out.origin = head.origin;
  out.is_new = number >= first_new_;
  return decode_message({into + header::bytes, head.size}, out.message);
}

void outbox::acknowledge(std::uint64_t number) noexcept {
  if (number < base_ || number - base_ >= given_.size()) return;
  given_[static_cast<std::size_t>(number - base_)].is_acknowledged = true;
  while (!given_.empty() && given_.front().is_acknowledged) {
    pending_bytes_ -= given_.front().bytes;
    given_.pop_front();
    ++base_;
  }
  if (pending() == 0) pending_bytes_ = 0;  // also what was damaged
}

std::error_code outbox::save() {
  if (acked_fd_ < 0 || base_ == saved_) return {};
  std::byte place[12];
  store(place, base_);
  store(place + 8, checksum({place, 8}));
  const std::uint64_t at = other_place_ ? place_apart : 0;
  if (::pwrite(acked_fd_, place, sizeof place, static_cast<off_t>(at)) != sizeof place)
    return last_error();
  other_place_ = !other_place_;
  saved_ = base_;
  while (segments_.size() > 1 && segments_[1].base <= base_) {
    ::unlink(path(segments_.front()).c_str());
    segments_.pop_front();
    if (read_segment_ != 0) {
      --read_segment_;
    } else {
      leave_segment();
    }
  }
  return {};
}

std::error_code outbox::put_aside(const publish_packet& message) {
  byte_buffer line;
  json_line(false).append(line, message, std::chrono::system_clock::now());
  int fd = ::open(path("refused.json").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return last_error();
  std::error_code error = write_all(fd, line.view());
  if (!error && ::fdatasync(fd) != 0) error = last_error();
  shut(fd);
  return error;
}

}  // namespace mqttkit::tools
