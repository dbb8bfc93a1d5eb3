#pragma once

#include <string>
#include <string_view>

namespace mqttkit::tools {

/// A program's log: lines on stderr that begin with its name. Data never goes this way.
class stderr_log {
 public:
  /// @param quiet  --quiet: say nothing.
  stderr_log(std::string_view program, bool quiet) : program_(program), quiet_(quiet) {}

  /// One line, written at once. What comes from the network in it went through printable().
  void say(std::string_view line) const;

  /// Shows `line` below everything that was said, in the place of the last one; an empty one takes
  /// it away. For terminals only, and shorter than a line of them.
  void show_status(std::string_view line) const;

 private:
  std::string program_;
  bool quiet_;
  mutable std::string status_;
};

}  // namespace mqttkit::tools
