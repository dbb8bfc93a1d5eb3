#include "mqtt-pub/outbox.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <string_view>
#include <thread>
#include <vector>

#include "common/printable.hpp"
#include "message/json_line.hpp"
#include "mqtt-pub/outbox_files.hpp"
#include "mqttkit/codec/decode.hpp"
#include "mqttkit/codec/encode.hpp"

namespace mqttkit::tools {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_memory = 4u << 20;  // of the batch, kept for the next one
constexpr std::size_t copy_bytes = 64u << 10;
constexpr int most_names = 9;  // copies put aside under one number

// The session chooses the packet identifier later; this one makes the packet complete.
constexpr std::uint16_t any_packet_id = 1;

bool decode_message(bytes_view body, publish_packet& out) {
  frame packet;
  return next_frame(body, 0, packet) == framing::complete && packet.size == body.size() &&
         packet.type == packet_type::publish && !decode(packet, protocol_version::v5, out);
}

}  // namespace

outbox::~outbox() {
  // With no message left every file can go, but the number reached must be on the disk first.
  if (is_open_ && !save() && pending() == 0 && !segments_.empty() && !marks_.sync())
    for (const segment& each : segments_) ::unlink(path(each).c_str());
  shut(write_fd_);
  shut(folder_fd_);
  shut(lock_fd_);
}

void outbox::note(const std::string& text) {
  if (noted_++ < most_notes) notes_.push_back("outbox " + printable(folder_) + ": " + text);
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
  lock_fd_ = ::open(path("lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
  if (lock_fd_ < 0) return words(last_error());
  const auto until = std::chrono::steady_clock::now() + patience;
  // The folder as well, for somebody may remove the file; not every network file system can.
  const auto is_free = [this] {
    if (::flock(lock_fd_, LOCK_EX | LOCK_NB) != 0) return false;
    if (::flock(folder_fd_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return true;
    ::flock(lock_fd_, LOCK_UN);
    errno = EWOULDBLOCK;
    return false;
  };
  while (!is_free()) {
    if (errno != EWOULDBLOCK && errno != EINTR) return words(last_error());
    if (std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(20ms);
      continue;
    }
    char holder[24] = {};
    const std::size_t got =
        read_file_at(lock_fd_, reinterpret_cast<std::byte*>(holder), sizeof holder - 1, 0);
    shut(lock_fd_);
    return "outbox " + printable(folder_) + ": in use by " +
           (got != 0 ? "process " + printable(std::string_view(holder, got))
                     : std::string("another process")) +
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
  if (const std::error_code error = marks_.open(path("acked")))
    return "outbox " + printable(path("acked")) + ": " + error.message();
  id_ = marks_.outbox();
  if (std::string wrong = find_segments(); !wrong.empty()) return wrong;
  while (id_ == 0) id_ = std::random_device()() & record::most_outbox;
  if (std::string wrong = read_segments(); !wrong.empty()) return wrong;
  saved_ = marks_.done();
  first_new_ = end_;
  // An error here is not reported: commit() writes the same mark again and reports it then.
  if (marks_.accepted() < end_ || marks_.outbox() == 0) marks_.set_accepted(end_, id_);
  is_open_ = true;
  if (saved_ == 0) save();
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
  if (limit_.bytes != 0 &&
      pending_bytes_ + batch_.size() + record::header_bytes + size > limit_.bytes)
    return admission::full;
  const std::size_t before = batch_.size();
  batch_.extend(record::header_bytes);
  error = encode(batch_, protocol_version::v5, whole);
  if (error) {
    batch_.truncate(before);
    return admission::refused;
  }
  record head;
  head.size = static_cast<std::uint32_t>(batch_.size() - before - record::header_bytes);
  head.number = end_ + batched_;
  head.origin = origin;
  head.outbox = id_;
  head.begins_batch = batched_ == 0;
  seal(batch_.data() + before, head);
  ++batched_;
  return admission::batched;
}

// Makes the file that comes next.
std::error_code outbox::open_segment() {
  segment fresh;
  fresh.base = end_;
  const std::string name = path(fresh);
  // A file that is there already was made for a batch that found no room: use it. No other file is
  // ever written over.
  const bool is_again = !segments_.empty() && segments_.back().base == fresh.base;
  const int fd = ::open(
      name.c_str(), O_RDWR | O_CREAT | (is_again ? O_TRUNC : O_EXCL) | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return last_error();
  if (const std::error_code error = sync_folder()) {
    ::close(fd);
    ::unlink(name.c_str());
    return error;
  }
  shut(write_fd_);
  write_fd_ = fd;
  if (is_again) segments_.pop_back();
  segments_.push_back(fresh);
  return {};
}

// Writes the messages of the batch that fit on the disk; `whole` is the bytes they take.
std::error_code outbox::write_batch(std::size_t& whole) {
  whole = 0;
  segment& last = segments_.back();
  std::size_t written = 0;
  std::error_code error = write_all(write_fd_, batch_.view(), written);
  if (!error) {
    whole = written;
  } else {
    for (;;) {
      if (written - whole < record::header_bytes) break;
      const std::size_t next = record::read(batch_.data() + whole).whole();
      if (written - whole < next) break;
      whole += next;
    }
    if (::ftruncate(write_fd_, static_cast<off_t>(last.bytes + whole)) != 0) whole = 0;
  }
  if (::fdatasync(write_fd_) != 0) {
    if (!error) error = last_error();
    whole = 0;
    // If these bytes stayed, the next run would take the batch for accepted.
    [[maybe_unused]] const int shortened = ::ftruncate(write_fd_, static_cast<off_t>(last.bytes));
  }
  // The file was unlinked while it was open: the batch would vanish with it.
  struct stat about {};
  if (!error && (::fstat(write_fd_, &about) != 0 || about.st_nlink == 0)) {
    error = std::make_error_code(std::errc::no_such_file_or_directory);
    whole = 0;
  }
  // What stands behind the last good message is unknown now: the next one goes into a new file.
  if (error) shut(write_fd_);
  return error;
}

// The first `bytes` of the batch are accepted.
void outbox::keep_of_batch(std::size_t bytes) {
  segments_.back().bytes += bytes;
  pending_bytes_ += bytes;
  while (bytes != 0) {
    const std::size_t whole = record::read(batch_.data()).whole();
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
    result.first_lost = record::read(batch_.data()).origin;
    result.lost = batched_;
  }
  batched_ = 0;
  batch_.release(most_memory);
  // Without this mark a torn end cannot be told from damage; nothing else depends on it.
  marks_.set_accepted(end_, id_);
  return result;
}

// ------------------------------------------------------------------------------ delivering

// Opens the file that cursor_ is in.
bool outbox::enter_segment() {
  leave_segment();
  if (segments_.empty() || cursor_ < segments_.front().base) return false;
  read_segment_ = 0;
  while (read_segment_ + 1 < segments_.size() && segments_[read_segment_ + 1].base <= cursor_)
    ++read_segment_;
  return !reader_.open(path(segments_[read_segment_]));
}

void outbox::leave_segment() { reader_.close(); }

// Copies what cannot be read as a message. Returns the name of the copy; empty when there is none.
std::string outbox::keep_piece(const std::string& from, std::uint64_t at,
                               std::uint64_t bytes) const {
  const std::string number = std::to_string(cursor_);
  for (int more = 1; more <= most_names; ++more) {
    const std::string name =
        number + (more == 1 ? std::string() : "-" + std::to_string(more)) + ".damaged";
    struct stat about {};
    if (::stat(path(name).c_str(), &about) == 0) {
      // An earlier run may have kept a copy already, and ended before it could say that this is
      // done with.
      if (about.st_size == static_cast<off_t>(bytes)) return name;
      continue;
    }
    int source = ::open(path(from).c_str(), O_RDONLY | O_CLOEXEC);
    int copy = ::open(path(name).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_kept = source >= 0 && copy >= 0 && ::ftruncate(copy, static_cast<off_t>(bytes)) == 0;
    byte_buffer piece;
    for (std::uint64_t done = 0; is_kept && done < bytes;) {
      const auto wanted =
          static_cast<std::size_t>(std::min<std::uint64_t>(bytes - done, copy_bytes));
      piece.clear();
      std::byte* const into = piece.extend(wanted);
      // Bytes that cannot be read are zeros in the copy.
      const std::size_t got = read_file_at(source, into, wanted, at + done);
      is_kept = ::pwrite(copy, into, got, static_cast<off_t>(done)) == static_cast<ssize_t>(got);
      done += wanted;
    }
    is_kept = is_kept && ::fdatasync(copy) == 0;
    shut(source);
    shut(copy);
    if (is_kept) return name;
    ::unlink(path(name).c_str());
    // On a full disk the whole file gets this as a second name, which takes no room.
    return ::link(path(from).c_str(), path(name).c_str()) == 0 ? name : std::string();
  }
  return {};
}

// The disk does not give back what it was given: goes on with the message `until`. `bytes` are in
// the way there, from `at` on.
void outbox::skip(std::uint64_t until, std::uint64_t at, std::uint64_t bytes) {
  const bool is_torn = cursor_ >= torn_from_ && until <= torn_until_;
  const std::uint64_t first = std::max(cursor_, base_);
  const std::uint64_t count = until > first ? until - first : 0;
  if (count != 0 || bytes != 0) {
    const bool has_file =
        read_segment_ < segments_.size() && segments_[read_segment_].base <= cursor_;
    std::string file;
    std::string text = "no file holds what comes next: ";
    if (has_file) {
      file = segment_name(segments_[read_segment_].base);
      text = file + ", offset " + std::to_string(at) + ": ";
      if (bytes != 0)
        text += std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes") + " cannot be read: ";
    }
    std::string what = "no message is lost";
    if (count != 0) {
      what = count == 1 ? "message " + std::to_string(first)
                        : std::to_string(count) + " messages, " + std::to_string(first) + " to " +
                              std::to_string(until - 1) + ",";
      what += count == 1 ? (is_torn ? " was" : " is") : (is_torn ? " were" : " are");
      what += is_torn ? " being written when a run ended, and not accepted yet" : " lost";
    }
    text += what;
    if (bytes != 0 && count != 0) {
      const std::string kept = keep_piece(file, at, bytes);
      text += kept.empty() ? "; nothing could be put aside" : "; put aside as " + kept;
    }
    note(text);
    if (!is_torn) lost_ += count;
    pending_bytes_ -= std::min(pending_bytes_, bytes);
  }
  for (; cursor_ < until; ++cursor_) {
    if (cursor_ < base_) continue;
    given_.push_back({0, 0, false});
    acknowledge(cursor_);
  }
}

// Goes on by one message, or over what is no message. True when `out` is the next one.
bool outbox::advance(stored* out) {
  const bool is_done = reader_.is_open() && read_segment_ + 1 < segments_.size() &&
                       segments_[read_segment_ + 1].base <= cursor_;
  if ((!reader_.is_open() || is_done) && !enter_segment()) {
    std::uint64_t until = end_;
    for (const segment& each : segments_)
      if (each.base > cursor_) until = std::min(until, each.base);
    // A file that cannot be opened now may be readable later.
    const bool has_file = !segments_.empty() && segments_.front().base <= cursor_;
    skip(until, 0, has_file ? segments_[read_segment_].bytes : 0);
    return false;
  }
  const segment& current = segments_[read_segment_];
  const bool is_last = read_segment_ + 1 == segments_.size();
  const std::uint64_t until = is_last ? end_ : segments_[read_segment_ + 1].base;
  record_reader::outcome outcome = reader_.next(current.bytes, {cursor_, until, id_});
  if (outcome == record_reader::outcome::ended) {
    skip(until, current.bytes, 0);
    return false;
  }
  if (outcome == record_reader::outcome::damaged) {
    const record_reader::gap_found gap = reader_.gap();
    skip(gap.number != 0 ? gap.number : until, gap.at, gap.bytes);
    return false;
  }
  const record& head = reader_.head();
  if (head.number < base_) {
    pending_bytes_ -= std::min<std::uint64_t>(pending_bytes_, head.whole());
    ++cursor_;
    return false;
  }
  if (out == nullptr || !decode_message(reader_.packet(), out->message)) {
    skip(cursor_ + 1, reader_.at(), head.whole());
    return false;
  }
  out->number = head.number;
  out->origin = head.origin;
  out->is_new = head.number >= first_new_;
  given_.push_back({reader_.at(), static_cast<std::uint32_t>(head.whole()), false});
  ++cursor_;
  return true;
}

bool outbox::next(stored& out) {
  while (cursor_ < end_)
    if (advance(&out)) return true;
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
  const bool is_whole = read_file_at(fd, into, where.bytes, where.at) == where.bytes;
  shut(fd);
  if (!is_whole) return false;
  const record head = record::read(into);
  if (head.number != number) return false;
  out.number = number;
  out.origin = head.origin;
  out.is_new = number >= first_new_;
  return decode_message({into + record::header_bytes, head.size}, out.message);
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
  if (!is_open_ || base_ == saved_) return {};
  if (const std::error_code error = marks_.set_done(base_)) return error;
  saved_ = base_;
  if (segments_.size() < 2 || segments_[1].base > base_) return {};
  // Otherwise a power cut could leave the files removed and the mark old: they would be missed.
  if (const std::error_code error = marks_.sync()) return error;
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
  printout line;
  json_line(false).append(line, message, std::chrono::system_clock::now());
  int fd = ::open(path("refused.json").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return last_error();
  const off_t before = ::lseek(fd, 0, SEEK_END);
  std::error_code error;
  for (bytes_view next = line.front(); !error && !next.empty(); next = line.front()) {
    error = write_all(fd, next);
    line.consume(next.size());
  }
  if (!error && ::fdatasync(fd) != 0) error = last_error();
  // Removes half a line, which would spoil the next one.
  if (error) [[maybe_unused]]
    const int shortened = ::ftruncate(fd, before);
  shut(fd);
  return error;
}

}  // namespace mqttkit::tools
