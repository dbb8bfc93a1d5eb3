// Files of the machine that is looked at, which may be a folder of fixtures, and small text work.
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

/// Why a file or a folder could not be read; empty where it could.
class file_error {
 public:
  file_error() = default;
  explicit file_error(int number) noexcept : number_(number) {}

  bool empty() const noexcept { return number_ == 0; }
  bool is_denied() const noexcept { return number_ == EACCES; }
  bool is_missing() const noexcept { return number_ == ENOENT; }
  /// "No such file or directory": in English whatever the language, for facts are.
  std::string text() const;

 private:
  int number_ = 0;  // of errno
};

struct file_status {
  mode_t mode = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::time_t modified = 0;
  std::time_t changed = 0;  ///< likewise, or its owner or its permissions were
  std::int64_t size = 0;
  bool is_folder = false;
};

/// A user as /etc/passwd and /etc/group know it.
struct account {
  std::string name;
  uid_t uid = 0;
  std::vector<gid_t> groups;
};

class machine_files {
 public:
  /// @param root  put in front of every path; empty for this machine.
  explicit machine_files(std::string root) : root_(std::move(root)) {}

  /// At most `limit` bytes from the start.
  std::string read(const std::string& path, file_error* error = nullptr,
                   std::size_t limit = 1 << 20) const;
  /// The last `limit` bytes, whole lines only.
  std::string read_end(const std::string& path, file_error* error = nullptr,
                       std::size_t limit = 128 * 1024) const;
  bool exists(const std::string& path) const { return status(path).has_value(); }
  /// Follows links; a link that is absolute stays below the root.
  std::optional<file_status> status(const std::string& path) const;
  /// Names in a folder, sorted; empty when it cannot be read.
  std::vector<std::string> list(const std::string& folder, file_error* error = nullptr) const;
  /// What a symbolic link says; empty when it is none or cannot be read.
  std::string link(const std::string& path) const;
  /// Where the file really is, for those who open it themselves.
  std::string real(const std::string& path) const { return root_ + path; }

  std::optional<account> user(std::string_view name) const;
  /// The name of a user id, or its number.
  std::string user_name(uid_t uid) const;
  /// Why `who` could not open a file for reading: "" when nothing speaks against it, else the path
  /// that stops it, a folder above the file or the file itself. Access lists are not considered.
  std::string barrier(const std::string& path, const account& who) const;

  /// Likewise for making a file in that folder.
  std::string barrier_to_writing(const std::string& folder, const account& who) const;

  bool is_elsewhere() const noexcept { return !root_.empty(); }

 private:
  std::string root_;
};

std::vector<std::string> lines_of(std::string_view text);
/// Split at blanks; never an empty word.
std::vector<std::string> words_of(std::string_view text);
std::vector<std::string> split(std::string_view text, char at);
std::string trimmed(std::string_view text);
bool has(std::string_view text, std::string_view part) noexcept;
/// A whole decimal number, or nullopt.
std::optional<std::int64_t> number(std::string_view text) noexcept;
/// UTC, RFC 3339, whole seconds; "" for 0.
std::string rfc3339(std::time_t when);

}  // namespace mqttkit::doctor
