#include "mqtt-sub/make_sink.hpp"

#include <unistd.h>

#include <utility>

#include "common/terminal.hpp"
#include "mqtt-sub/stdout_sink.hpp"
#include "mqtt-sub/summary_sink.hpp"

namespace mqttkit::tools {
namespace {

message_formatter::options format_for(const sub_settings& settings) {
  message_formatter::options options;
  options.format = settings.format;
  options.format_given = settings.format_given;
  options.verbose = settings.verbose;
  options.no_newline = settings.no_newline || settings.raw;
  options.pretty = settings.pretty;
  return options;
}

bool has_form(const sub_settings& settings) {
  return settings.format_given || settings.verbose || settings.no_newline || settings.raw ||
         settings.json;
}

// On a terminal a person reads, unless a form was asked for.
bool is_for_a_person(const sub_settings& settings) {
  if (has_form(settings)) return false;
  return is_terminal(STDOUT_FILENO) || settings.colour == colour_when::always;
}

message_printer make_printer(const sub_settings& settings, const talk& voice) {
  if (settings.json) return {json_line(settings.parse), voice};
  if (is_for_a_person(settings)) {
    return {terminal_line(wants_colour(settings.colour, STDOUT_FILENO)), voice};
  }
  return {format_for(settings), voice};
}

}  // namespace

std::unique_ptr<sink> make_sink(runner& on, const sub_settings& settings, const talk& voice) {
  const bool has_tables = settings.summary || settings.tree;
  std::unique_ptr<sink> messages;
  if (!has_tables || has_form(settings)) {
    messages = std::make_unique<stdout_sink>(on.executor(), make_printer(settings, voice));
  }
  if (!has_tables) return messages;
  const int fd = messages ? STDERR_FILENO : STDOUT_FILENO;
  return std::make_unique<summary_sink>(on.executor(), settings, std::move(messages), fd);
}

}  // namespace mqttkit::tools
