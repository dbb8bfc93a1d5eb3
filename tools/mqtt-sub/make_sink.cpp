#include "mqtt-sub/make_sink.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "common/terminal.hpp"
#include "message/stdout_sink.hpp"
#include "mqtt-sub/exec_sink.hpp"
#include "mqtt-sub/file_sink.hpp"
#include "mqtt-sub/rate_sink.hpp"
#include "mqtt-sub/summary_sink.hpp"
#include "mqtt-sub/watch_sink.hpp"

namespace mqttkit::tools {
namespace {

message_formatter::options format_for(const sub_settings& settings) {
  message_formatter::options options;
  options.format = settings.format;
  options.format_given = settings.format_given;
  options.verbose = settings.verbose;
  options.no_newline = settings.no_newline || settings.raw;
  options.pretty = settings.pretty;
  options.retain_as_word = settings.ways == mosquitto_ways::v2_1;
  options.user_properties_merged = settings.ways == mosquitto_ways::v2_0;
  return options;
}

bool has_form(const sub_settings& settings) {
  return settings.format_given || settings.verbose || settings.no_newline || settings.raw ||
         settings.json;
}

// On a terminal a person reads, who sees the topic there without -v, unless a form was asked for.
bool is_for_a_person(const sub_settings& settings) {
  if (settings.format_given || settings.no_newline || settings.raw) return false;
  return is_terminal(STDOUT_FILENO) || settings.colour == colour_when::always;
}

message_printer make_printer(const sub_settings& settings, const stderr_log& log) {
  if (settings.json) return {json_line(settings.parse, settings.decodes_sparkplug), log};
  if (settings.out.empty() && settings.exec.empty() && is_for_a_person(settings)) {
    return {terminal_line(wants_colour(settings.colour, STDOUT_FILENO)), log};
  }
  return {format_for(settings), log};
}

bool is_directory(const std::string& path) {
  struct stat about {};
  return path.ends_with('/') || (::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode));
}

std::unique_ptr<sink> make_file_sink(const sub_settings& settings, const stderr_log& log) {
  file_sink::place where;
  where.path = settings.out;
  where.per_topic = settings.per_topic;
  where.extension = settings.json ? ".jsonl" : settings.raw ? ".bin" : ".log";
  where.rotate.size_bytes = settings.rotate_bytes;
  where.rotate.every = settings.rotate_every;
  if (!where.per_topic && is_directory(where.path)) {
    where.path.append("/messages").append(where.extension);
  }
  return std::make_unique<file_sink>(std::move(where), make_printer(settings, log));
}

// A command gets the bare payload on its standard input, unless -F, -v or --json ask for more.
std::unique_ptr<sink> make_exec_sink(runner& on, const sub_settings& settings,
                                     const stderr_log& log, responder* replies) {
  exec_sink::options options;
  options.command = settings.exec;
  options.jobs = settings.exec_jobs;
  options.stops_at_failure = settings.stops_at_exec_failure;
  options.limit = settings.exec_timeout;
  options.replies = replies;
  if (has_form(settings)) {
    return std::make_unique<exec_sink>(on.executor(), std::move(options),
                                       make_printer(settings, log), log);
  }
  message_formatter::options raw;
  raw.no_newline = true;
  return std::make_unique<exec_sink>(on.executor(), std::move(options), message_printer(raw, log),
                                     log);
}

}  // namespace

std::unique_ptr<sink> make_sink(runner& on, const sub_settings& settings, const stderr_log& log,
                                responder* replies) {
  if (settings.message_rate) return std::make_unique<rate_sink>(on.executor());
  if (settings.watch) {
    const dial_options& dial = settings.client.dial;
    return std::make_unique<watch_sink>(on.executor(), make_printer(settings, log),
                                        dial.unix_path.empty() ? dial.host : dial.unix_path,
                                        !settings.json && is_for_a_person(settings));
  }
  const bool has_tables = settings.summary || settings.tree;
  std::unique_ptr<sink> messages;
  bool is_printed = false;
  if (!settings.out.empty()) {
    messages = make_file_sink(settings, log);
  } else if (!settings.exec.empty()) {
    messages = make_exec_sink(on, settings, log, replies);
  } else if (!has_tables || has_form(settings)) {
    messages = std::make_unique<stdout_sink>(on.executor(), make_printer(settings, log));
    is_printed = true;
  }
  if (!has_tables) return messages;
  const int fd = is_printed ? STDERR_FILENO : STDOUT_FILENO;
  return std::make_unique<summary_sink>(on.executor(), settings, std::move(messages), fd);
}

}  // namespace mqttkit::tools
