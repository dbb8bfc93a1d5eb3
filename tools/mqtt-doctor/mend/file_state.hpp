// A file as it is at a moment, so that it can be put back just so.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mqttkit::doctor {

/// What is read and written is a configuration; what is larger is none.
inline constexpr std::size_t largest_file = 4u << 20;

struct file_state {
  bool exists = false;
  mode_t mode = 0;  ///< permissions alone
  uid_t uid = 0;
  gid_t gid = 0;
  std::string text;
  /// Extended attributes: access lists, the label of SELinux.
  std::vector<std::pair<std::string, std::string>> attributes;

  bool operator==(const file_state&) const = default;
};

/// Where the path leads, links followed; the path itself when nothing is there.
std::string real_path(const std::string& path);

/// Reads a file; one that is not there is a state as well. What is no plain file, has several names
/// (hard links) or is too large is refused. Returns "" or what is wrong, in English.
std::string read_state(const std::string& path, file_state& out);

/// Makes the file be so, whole or not at all: into a new file beside it, which takes its place.
/// Owner, permissions and attributes are those of `wanted`. A file that is not to exist is removed.
/// Returns "" or what is wrong.
std::string write_state(const std::string& path, const file_state& wanted);

/// Whether this process may do that.
bool may_write(const std::string& path);

}  // namespace mqttkit::doctor
