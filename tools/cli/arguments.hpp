// The words of a command line, matched with the option table by CLI11 (read_arguments.cpp). Knows
// the table's spelling rules and nothing about what an option does.
//
// Read as mosquitto's clients read theirs: whatever follows an option that takes a value is its
// value, also when it begins with a dash (-m -5, -m --x). Beyond that --name=value, -q1 and -rd are
// understood, except where a one-dash word is nearly a long name (-topic), which is a slip and not
// an attached value. A URL where an option is expected goes without -L.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/option_table.hpp"
#include "cli/subcommand.hpp"

namespace mqttkit::tools {

/// Where an option was given; what comes later here wins.
enum class option_source : std::uint8_t {
  mosquitto_file,   ///< a configuration file of mosquitto's clients
  default_section,  ///< our configuration file, before the first profile
  profile_section,  ///< our configuration file, the profile that was asked for
  environment,
  command_line,
};

/// One option as it was given. Views point into argv, or into what was read instead of it.
struct argument {
  const option_row* row = nullptr;
  std::string_view spelled;               ///< "-t", "--topic", "MQTT_URL"; "URL" for a bare one
  std::array<std::string_view, 4> words;  ///< the value; up to four words for -D
  std::size_t word_count = 0;
  option_source source = option_source::command_line;
  std::string_view file;    ///< the configuration file it stands in; empty elsewhere
  std::size_t line = 0;     ///< of that file
  bool is_off = false;      ///< a switch that a configuration file turns off
  bool gives_topic = true;  ///< false for a URL whose topic is set aside
  /// Of TLS, in a file, and what wins says that the connection is plain: of use should TLS come in
  /// by another door, and no reason to turn it on.
  bool is_mere_hint = false;

  std::string_view value() const noexcept { return words[0]; }
};

/// Matches argv[1..] with the options of `which`.
///
/// Returns what is wrong, as one sentence without the program's name; empty when all is well.
/// @param command  becomes the row of the subcommand, when there is one.
std::string read_arguments(program which, int argc, char** argv, std::vector<argument>& out,
                           const subcommand_row*& command);

/// "unknown option '--topci'; did you mean --topic?"
std::string unknown_option(program which, std::string_view spelled);

/// "unknown option '-topic'; did you mean --topic?"
std::string lost_dash(std::string_view word);

/// "'hello': no option takes this word; a message goes after -m, a topic after -t"
/// @param before  what stands left of it
std::string stray_word(program which, std::string_view word, const std::vector<argument>& before);

/// Whether a word can be nothing but a port: "1883" is no host, though the system reads 0.0.7.91.
bool is_bare_port(std::string_view word);

/// "-t needs TOPIC, nothing follows it"
std::string missing_value(const argument& which);

/// Parts the text of a value into the words of -D; the last one takes the rest. For options of one
/// word it is that word.
std::string take_words_of(argument& found, std::string_view text);

/// Where an error about it points: "-V", "MQTT_URL", "FILE:3: host".
std::string place_of(const argument& given);

/// The long name nearest to a misspelt one, with its dashes; empty when none is near.
std::string suggest_option(program which, std::string_view misspelt);

/// The candidate nearest to `misspelt`; empty when none is near.
std::string_view nearest(std::string_view misspelt,
                         const std::vector<std::string_view>& candidates);

/// Overwrites characters of argv, so that ps(1) does not show them.
void wipe(std::string_view in_argv) noexcept;

}  // namespace mqttkit::tools
