// What a check remembers of targets between its rounds and its runs.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "mqtt-doctor/check/lines.hpp"

namespace mqttkit::doctor {

/// The state and cause of each target, by the name under which it is shown.
class check_memory {
 public:
  /// The state before; a target that was never examined counts as ok.
  past of(const std::string& name) const;
  void note(const std::string& name, const outcome& found);

  /// The state file's text, a line for each target: {"name":"...","state":"...","cause":"..."}.
  std::string text() const;
  /// Reads what text() wrote. Returns what is wrong, with the line's number, or nothing.
  std::string read(std::string_view text);

 private:
  std::map<std::string, past> known_;
};

/// Reads the state file; a missing file is empty. Returns what is wrong, or nothing.
std::string read_memory(const std::string& file, check_memory& out);

/// Replaces a file by `text`, or leaves it as it is: the text is written beside it and renamed.
/// Returns what is wrong, or nothing.
std::string replace_file(const std::string& file, std::string_view text);

}  // namespace mqttkit::doctor
