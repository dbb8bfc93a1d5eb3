// Files of the examined machine, which may be a folder of fixtures, and small text helpers.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {

/// Why a file or folder could not be read; empty when it could.
class file_error {
 public:
  file_error() = default;
  explicit file_error(int number) noexcept : number_(number) {}

  bool empty() const noexcept { return number_ == 0; }
  bool is_denied() const noexcept { return number_ == EACCES; }
  bool is_missing() const noexcept { return number_ == ENOENT; }
  /// "No such file or directory", in English whatever the language, as facts are.
  std::string text() const;

 private:
  int number_ = 0;  // an errno
};

struct file_status {
  mode_t mode = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::time_t modified = 0;
  std::int64_t modified_ms = 0;  ///< the same, since 1970
  std::time_t changed = 0;       ///< of the content, owner or permissions
  std::int64_t size = 0;
  bool is_folder = false;
};

/// A user by /etc/passwd and /etc/group.
struct account {
  std::string name;
  uid_t uid = 0;
  std::vector<gid_t> groups;
};

/// What a container has at `inside` lies at `here` on the machine.
struct mounted_path {
  std::string inside;
  std::string here;
};

class machine_files {
 public:
  /// @param root  precedes every path; empty for this machine
  explicit machine_files(std::string root) : root_(std::move(root)) {}

  /// The files as a container sees them.
  /// @param rest  the folder of what is mounted nowhere ("/proc/812/root"); "" where that cannot be
  ///              read, and no such file is there then
  machine_files in_container(std::vector<mounted_path> mounts, std::string rest) const;
  /// The path on the machine of a path in the container; "" when it is not mounted.
  std::string mounted_at(const std::string& path) const;
  /// Whether a path can be read at all, be there a file or not.
  bool is_within_sight(const std::string& path) const { return !located(path).empty(); }

  /// The beginning of a file, at most `limit` bytes.
  std::string read(const std::string& path, file_error* error = nullptr,
                   std::size_t limit = 1 << 20) const;
  /// The end of a file, at most `limit` bytes, in complete lines.
  std::string read_end(const std::string& path, file_error* error = nullptr,
                       std::size_t limit = 128 * 1024) const;
  bool exists(const std::string& path) const { return status(path).has_value(); }
  /// Follows links; an absolute link stays below the root.
  std::optional<file_status> status(const std::string& path) const;
  /// The sorted names in a folder; empty when it cannot be read.
  std::vector<std::string> list(const std::string& folder, file_error* error = nullptr) const;
  /// The target of a symbolic link; empty when the path is none or cannot be read.
  std::string link(const std::string& path) const;
  /// The real path of a file, for callers that open it themselves: not one of a container, whose
  /// links would lead to this machine's files.
  std::string real(const std::string& path) const {
    const std::string at = located(path);
    return at.empty() && is_contained_ ? std::string() : root_ + at;  // nothing is at ""
  }

  std::optional<account> user(std::string_view name) const;
  /// The name of a user id, or the number as text.
  std::string user_name(uid_t uid) const;
  /// The path that keeps `who` from opening a file for reading, a folder above it or the file
  /// itself; "" when none does, or where a list of users (setfacl) may let `who` in.
  std::string barrier(const std::string& path, const account& who) const;

  /// The same for creating a file in a folder.
  std::string barrier_to_writing(const std::string& path, const account& who) const;

  bool is_elsewhere() const noexcept { return !root_.empty() || is_contained_; }

 private:
  std::string located(const std::string& path) const;
  /// What a path of the container is mounted by; nullptr for nothing.
  const mounted_path* mount_of(const std::string& path) const;
  /// A descriptor that only names a file (O_PATH); -1 with errno. A container's paths never lead
  /// out of what is mounted there.
  int find(const std::string& path, int flags) const;
  /// The path that absolute links lead to, below the root or in the container.
  std::string followed(std::string path) const;
  /// Opens a file or folder for reading, and nothing else; -1 with errno.
  int open(const std::string& path, int flags) const;

  std::string root_;
  bool is_contained_ = false;
  std::vector<mounted_path> mounts_;  // the longest path inside first
  std::string rest_;
};

std::vector<std::string> lines_of(std::string_view text);
/// Splits a text at blanks; no word is empty.
std::vector<std::string> words_of(std::string_view text);
std::vector<std::string> split(std::string_view text, char at);
/// The text without blanks around it, as a copy: what is read is often a temporary.
std::string trimmed(std::string_view text);
/// A line, or a part of one, as facts keep it: safe for a terminal, and cut off where it is long.
std::string kept_line(std::string_view text);
bool has(std::string_view text, std::string_view part) noexcept;
/// A complete decimal number, or nullopt.
std::optional<std::int64_t> number(std::string_view text) noexcept;
/// The time in UTC (RFC 3339, whole seconds); "" for 0.
std::string rfc3339(std::time_t when);

}  // namespace mqttkit::doctor
