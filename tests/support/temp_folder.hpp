#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace mqttkit::testing {

/// A new, empty folder of its own, removed with everything in it by the destructor.
///
/// Its path is short enough for Unix sockets (sun_path holds 107 bytes) where TMPDIR is.
class temp_folder {
 public:
  /// Throws std::system_error when it cannot be made.
  temp_folder();
  ~temp_folder();
  temp_folder(const temp_folder&) = delete;
  temp_folder& operator=(const temp_folder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  std::string file(std::string_view name) const { return (path_ / name).string(); }
  /// Writes `content` to the file `name` and returns its path.
  std::string write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

/// The content of a file; empty when it cannot be read.
std::string read_file(const std::filesystem::path& path);

}  // namespace mqttkit::testing
