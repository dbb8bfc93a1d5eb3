// The state of a file at a moment, from which it can be restored exactly.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mqttkit::doctor {

/// Bytes; a larger file is no configuration.
inline constexpr std::size_t largest_file = 4u << 20;

struct file_state {
  bool exists = false;
  mode_t mode = 0;  ///< permission bits only
  uid_t uid = 0;
  gid_t gid = 0;
  std::string text;
  /// Extended attributes: ACLs and SELinux's label.
  std::vector<std::pair<std::string, std::string>> attributes;

  bool operator==(const file_state&) const = default;
};

/// The path with all links followed; the path itself when nothing is there.
std::string real_path(const std::string& path);

/// Reads a file's state; a missing file is a state too. Special files, files with several hard
/// links and too large ones are refused. Returns "" or the reason, in English.
std::string read_state(const std::string& path, file_state& out);

/// Gives the file this state, completely or not at all: a new file is written beside it and takes
/// its place, with owner, permissions and attributes of `wanted`. A state of "missing" removes the
/// file. Returns "" or the reason.
std::string write_state(const std::string& path, const file_state& wanted);

/// Whether this process may write that state.
bool may_write(const std::string& path);

}  // namespace mqttkit::doctor
