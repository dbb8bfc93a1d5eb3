// Configuration files: ours, and those of mosquitto's clients.
//
// Ours is made of lines `setting = value`, the settings being the long names of options. Lines
// above the first [name] always count, those below [name] when that profile is asked for:
//
//   host = broker.example
//   cafile = ~/ca.pem
//
//   [lab]
//   url = mqtts://me@lab.example
//   topic = lab/#
//
// A value is the rest of its line, or a string in double quotes where blanks at its ends matter.
// A # in it is a # of MQTT: comments have lines of their own.
//
// mosquitto's have one option a line, spelled as on the command line, and its value is the rest of
// the line as it stands. Those lines begin with a dash and none of ours does, so that a file says
// itself which form it has.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/process_environment.hpp"

namespace mqttkit::tools {

/// One configuration file, read. What it gives out are views into it.
class config_file {
 public:
  config_file() = default;
  config_file(const config_file&) = delete;
  config_file& operator=(const config_file&) = delete;

  enum class presence : std::uint8_t { read, absent, failed };

  /// Reads `path`. What failed is in problem().
  presence load(const std::string& path);

  /// Takes `text` for the content of `path`.
  void set(std::string path, std::string text);

  /// Whether it has the form of mosquitto's.
  bool is_mosquittos() const;

  /// The options in it, read in mosquitto's form. Returns what is wrong, with file and line.
  std::string read_mosquittos(program which, std::vector<argument>& out);

  /// Those for `which` in the default section and in that of `profile`, the former first, read in
  /// our form. Settings of the other programs are passed over.
  std::string read_ours(program which, std::string_view profile,
                        const process_environment& environment, std::vector<argument>& out);

  const std::string& path() const noexcept { return path_; }
  const std::string& problem() const noexcept { return problem_; }
  /// Whether it holds a secret that others than its owner can read.
  bool tells_secrets() const noexcept { return holds_secret_ && is_readable_by_others_; }

 private:
  std::string read_setting(program which, std::string_view line,
                           const process_environment& environment, argument& found);
  std::string wrong_at(std::size_t line, std::string_view what) const;

  std::string path_;
  std::string text_;
  std::deque<std::string> made_;  // values that are not in the text as they are
  std::string problem_;
  bool is_readable_by_others_ = false;
  bool holds_secret_ = false;
};

}  // namespace mqttkit::tools
