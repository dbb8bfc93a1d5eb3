// What a run finds in the folder of the runs before it: files that changed places, a batch that was
// never finished, what belongs to another outbox.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string_view>
#include <vector>

#include "common/printable.hpp"
#include "mqtt-pub/outbox.hpp"
#include "mqtt-pub/outbox_files.hpp"

namespace mqttkit::tools {

// Whether the messages in a file are those that its name promises. Otherwise `piece` gets the
// number of the first that is there, or 0 when they belong to another outbox.
bool outbox::is_in_place(segment& piece, const std::string& name) {
  std::byte start[record::header_bytes];
  int fd = ::open(path(name).c_str(), O_RDONLY | O_CLOEXEC);
  const bool is_long_enough = read_file_at(fd, start, sizeof start, 0) == sizeof start;
  shut(fd);
  const record first = record::read(start);
  const bool is_ours = first.outbox == 0 || first.outbox == id_;
  if (is_long_enough && first.number == piece.base && is_ours) return true;
  // The head is unreadable: the first intact record tells whose file this is.
  record_reader reader;
  if (reader.open(path(name))) return true;  // the error shows when it is read
  record_reader::range any{1, UINT64_MAX, 0};
  record_reader::outcome outcome = reader.next(piece.bytes, any);
  if (outcome == record_reader::outcome::damaged && reader.gap().number != 0) {
    any.number = reader.gap().number;
    outcome = reader.next(piece.bytes, any);
  }
  if (outcome != record_reader::outcome::whole) return true;  // nothing in it says otherwise
  const record& head = reader.head();
  if (id_ == 0) id_ = head.outbox;
  if (head.outbox != 0 && head.outbox != id_) {
    piece.base = 0;
    return false;
  }
  // The beginning of the file is damaged; its number fits if the lost bytes could hold the records
  // before this one.
  const std::uint64_t most = piece.base + reader.at() / record::least_bytes;
  if (head.number >= piece.base && head.number <= most) return true;
  piece.base = head.number;
  return false;
}

void outbox::put_file_aside(const std::string& name, std::string_view ending,
                            std::string_view why) {
  const std::string kept = name + std::string(ending);
  const bool is_moved =
      ::renameat2(folder_fd_, name.c_str(), folder_fd_, kept.c_str(), RENAME_NOREPLACE) == 0;
  note(name + " " + std::string(why) + (is_moved ? "; put aside as " + kept : "; left alone"));
}

// Lists the segment files, ordered by the number of their first message.
std::string outbox::find_segments() {
  DIR* const list = ::opendir(folder_.c_str());
  if (list == nullptr) return words(last_error());
  std::vector<segment> found;
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(list)) {
    const std::string name = entry->d_name;
    segment piece;
    const char* const first = name.data();
    const auto [last, error] = std::from_chars(first, first + name.size(), piece.base);
    if (error != std::errc() || piece.base == 0 || name != segment_name(piece.base)) continue;
    struct stat about {};
    if (::stat(path(name).c_str(), &about) != 0) {
      note(name + " cannot be read: " + last_error().message());
    } else if (!S_ISREG(about.st_mode)) {
      note(name + " is not a file; left alone");
    } else {
      piece.bytes = static_cast<std::uint64_t>(about.st_size);
      found.push_back(piece);
      names.push_back(name);
    }
  }
  ::closedir(list);
  if (std::string wrong = put_in_place(found, names); !wrong.empty()) return wrong;
  std::sort(found.begin(), found.end(),
            [](const segment& a, const segment& b) { return a.base < b.base; });
  segments_.assign(found.begin(), found.end());
  return {};
}

// Gives each file the name of its first message again.
std::string outbox::put_in_place(std::vector<segment>& found, std::vector<std::string>& names) {
  const auto drop = [&](std::size_t index) {
    found.erase(found.begin() + static_cast<std::ptrdiff_t>(index));
    names.erase(names.begin() + static_cast<std::ptrdiff_t>(index));
  };
  for (std::size_t i = 0; i < found.size();) {
    if (!is_in_place(found[i], names[i]) && found[i].base == 0) {
      put_file_aside(names[i], ".foreign",
                     "belongs to another outbox: in a folder of its own it can be delivered");
      drop(i);
    } else {
      ++i;
    }
  }
  for (std::size_t i = 0; i < found.size();) {
    const std::string right = segment_name(found[i].base);
    if (names[i] == right) {
      ++i;
      continue;
    }
    const auto holder = std::find(names.begin(), names.end(), right);
    const bool is_held = holder != names.end();
    if (is_held && found[static_cast<std::size_t>(holder - names.begin())].base == found[i].base) {
      put_file_aside(names[i], ".copy", "holds the messages of " + right + " a second time");
      drop(i);
      continue;
    }
    if (::renameat2(folder_fd_, names[i].c_str(), folder_fd_, right.c_str(),
                    is_held ? RENAME_EXCHANGE : RENAME_NOREPLACE) != 0)
      return "outbox " + printable(path(names[i])) + ": holds the messages of " + right +
             "; it could not be renamed: " + last_error().message();
    note(names[i] + " held the messages of " + right + " and has its name again");
    if (is_held) *holder = names[i];
    names[i] = right;
  }
  return {};
}

std::string outbox::read_segments() {
  const std::uint64_t done = marks_.done();
  base_ = done != 0 ? done : segments_.empty() ? marks_.accepted() : segments_.front().base;
  base_ = std::max<std::uint64_t>(base_, 1);
  end_ = std::max(base_, marks_.accepted());
  // Older versions did not wait for the disk before they removed a file.
  if (marks_.accepted() == 0 && !segments_.empty()) base_ = std::max(base_, segments_.front().base);
  cursor_ = base_;
  if (segments_.empty()) return {};
  if (const std::error_code error = check_last_segment()) return words(error);
  // Segments whose messages were all acknowledged: a crash came before they were removed.
  while (segments_.size() > 1 && segments_[1].base <= base_) {
    ::unlink(path(segments_.front()).c_str());
    segments_.pop_front();
  }
  for (const segment& each : segments_) pending_bytes_ += each.bytes;
  // Up to the first message that is not acknowledged.
  cursor_ = std::min(base_, segments_.front().base);
  while (cursor_ < base_ && cursor_ < end_) advance(nullptr);
  return {};
}

// Finds the end of the last accepted batch and truncates the half-written one behind it.
std::error_code outbox::check_last_segment() {
  segment& last = segments_.back();
  record_reader reader;
  if (const std::error_code error = reader.open(path(last))) return error;
  const std::uint64_t known = marks_.accepted();
  record_reader::range wanted;
  wanted.number = last.base;
  wanted.until = std::max(known, last.base + last.bytes / record::least_bytes + 1);
  wanted.outbox = id_;
  std::uint64_t good = 0;  // bytes
  for (;;) {
    const record_reader::outcome outcome = reader.next(last.bytes, wanted);
    if (outcome == record_reader::outcome::whole) {
      // A batch is only begun once the one before it was accepted: a gap before it is damage, not a
      // write that was cut short.
      if (reader.head().begins_batch) torn_from_ = torn_until_ = 0;
      wanted.number = reader.head().number + 1;
      good = reader.at() + reader.head().whole();
    } else if (outcome == record_reader::outcome::damaged && reader.gap().number != 0) {
      if (torn_from_ == 0 && known != 0 && wanted.number >= known) torn_from_ = wanted.number;
      torn_until_ = torn_from_ != 0 ? reader.gap().number : 0;
      wanted.number = reader.gap().number;
    } else {
      break;
    }
  }
  end_ = std::max({end_, wanted.number, known});
  bool may_grow = wanted.number == end_;
  if (good < last.bytes) {
    // A folder of an older version has no mark, but a batch that was not finished ends too early.
    std::byte start[record::header_bytes];
    int fd = ::open(path(last).c_str(), O_RDONLY | O_CLOEXEC);
    const std::size_t got = read_file_at(fd, start, sizeof start, good);
    shut(fd);
    const record rest = record::read(start);
    const bool ends_early =
        got < sizeof start || (rest.has_possible_size() && rest.number == wanted.number &&
                               good + rest.whole() > last.bytes);
    if (known != 0 ? wanted.number >= known : ends_early) {
      note(std::to_string(last.bytes - good) +
           " bytes at its end are incomplete and were dropped: "
           "they were being written when the last run ended, and were not accepted yet");
      if (::truncate(path(last).c_str(), static_cast<off_t>(good)) != 0) return last_error();
      last.bytes = good;
    } else {
      may_grow = false;
      if (known == 0) end_ = wanted.number + 1;  // one at least
    }
  }
  if (!may_grow) return {};  // numbers in a file are in a row
  write_fd_ = ::open(path(last).c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
  if (write_fd_ < 0 || ::fdatasync(write_fd_) != 0) return last_error();
  return {};
}

}  // namespace mqttkit::tools
