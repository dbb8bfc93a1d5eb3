// What mqtt-doctor does besides looking at a target: a word in front, "mqtt-doctor listen 1883".
//
// Each has a row here, a group of options of its own in the option table, and borrows those of the
// rows it names. The words behind it are values of one option, as a bare word is of --target.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "cli/option_table.hpp"

namespace mqttkit::tools {

enum class subcommand : std::uint8_t {
  none,      ///< the program itself
  listen,    ///< show what reaches a port
  explain,   ///< reason on saved facts
  delivery,  ///< send messages through the broker and see what arrives
  mend,      ///< carry out what helps, on the broker's machine
  check,     ///< look at many brokers, a line each
  phone,     ///< let a phone's browser look, too
};

struct subcommand_row {
  subcommand id;
  std::uint8_t programs;      ///< bits of enum program
  std::string_view word;      ///< "listen"
  std::string_view operands;  ///< for --help: "[ADDRESS:]PORT"
  option_id operand;          ///< whose values the words behind it are
  option_id instead;          ///< with this option none are needed; operand where there is none
  option_group group;         ///< its own options
  std::string_view
      borrowed;  ///< long names of the others it takes, beside General's; "*": all of no subcommand
  std::string_view about;  ///< for --help, one sentence
  std::string_view example;
};

std::span<const subcommand_row> subcommand_rows() noexcept;

/// nullptr when the word is none of this program's.
const subcommand_row* find_subcommand(program which, std::string_view word) noexcept;

/// Whether an option has a meaning with `command`, or with none (nullptr).
bool goes_with(const subcommand_row* command, const option_row& row) noexcept;

/// "--forward goes with listen: mqtt-doctor listen [ADDRESS:]PORT", for an option where it has no
/// meaning.
std::string misplaced(program which, const subcommand_row* command, std::string_view spelled,
                      const option_row& row);

}  // namespace mqttkit::tools
