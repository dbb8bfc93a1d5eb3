#pragma once

#include <string>
#include <string_view>

namespace mqttkit::tools {

/// A program's voice: lines on stderr that begin with its name. Data never goes this way.
class talk {
 public:
  /// @param quiet  --quiet: say nothing.
  talk(std::string_view program, bool quiet) : program_(program), quiet_(quiet) {}

  /// One line, written at once. What comes from the network in it went through printable().
  void say(std::string_view line) const;

 private:
  std::string program_;
  bool quiet_;
};

}  // namespace mqttkit::tools
