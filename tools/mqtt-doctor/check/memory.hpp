// What a check remembers from one round, or one run, to the next.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "mqtt-doctor/check/lines.hpp"

namespace mqttkit::doctor {

/// The state and the cause of each target, by the name it is shown with.
class check_memory {
 public:
  /// What was before; one that was never looked at counts as one that was ok.
  past of(const std::string& name) const;
  void note(const std::string& name, const outcome& found);

  /// The file, a line a target: {"name":"...","state":"...","cause":"..."}.
  std::string text() const;
  /// Takes what text() wrote. Returns what is wrong, with the number of the line, or nothing.
  std::string read(std::string_view text);

 private:
  std::map<std::string, past> known_;
};

/// Takes a file in. One that is not there is empty. Returns what is wrong, or nothing.
std::string read_memory(const std::string& file, check_memory& out);

/// Puts `text` in place of a file, or leaves the file as it is: written beside it, then renamed.
/// Returns what is wrong, or nothing.
std::string replace_file(const std::string& file, std::string_view text);

}  // namespace mqttkit::doctor
