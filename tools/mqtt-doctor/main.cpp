#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/parser.hpp"
#include "common/exit_code.hpp"
#include "common/printable.hpp"
#include "common/stderr_log.hpp"
#include "common/terminal.hpp"
#include "io/runner.hpp"
#include "mqtt-doctor/capture/absence.hpp"
#include "mqtt-doctor/capture/capture_file.hpp"
#include "mqtt-doctor/capture/live_listener.hpp"
#include "mqtt-doctor/capture/page.hpp"
#include "mqtt-doctor/capture/recording.hpp"
#include "mqtt-doctor/check/check.hpp"
#include "mqtt-doctor/listen/listen.hpp"
#include "mqtt-doctor/mend/mend.hpp"
#include "mqtt-doctor/options/settings.hpp"
#include "mqtt-doctor/options/slip.hpp"
#include "mqtt-doctor/phone/look_with_phone.hpp"
#include "mqtt-doctor/probes/examine.hpp"
#include "mqtt-doctor/probes/network/network_probes.hpp"
#include "mqtt-doctor/question/question.hpp"
#include "mqtt-doctor/report/document.hpp"
#include "mqtt-doctor/report/report.hpp"
#include "mqtt-doctor/said/page.hpp"
#include "mqtt-doctor/together/together.hpp"
#include "mqtt-doctor/watch/watch_command.hpp"
#include "mqtt-doctor/words/command_line.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::tools {
namespace {

std::string told_cause;  // id of the first cause told, for --events' last line

int print(const std::string& text, const stderr_log& log) {
  const bool is_written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (is_written) return 0;
  if (errno != EPIPE) log.say("stdout cannot be written");
  return static_cast<int>(exit_code::output_failed);
}

/// The style of reports on this terminal.
doctor::report_style style_of(const doctor_settings& settings) {
  doctor::report_style style;
  style.colour = wants_colour(settings.colour, 1);
  style.utf8 = !settings.ascii && doctor::takes_utf8();
  style.verbose = settings.verbose;
  if (settings.command == subcommand::phone) style.program = "mqtt-doctor phone";
  // Lines of more than 100 columns are hard to read, however wide the terminal is.
  if (const unsigned columns = is_terminal(1) ? terminal_columns(1) : 0; columns != 0)
    style.columns = std::clamp(columns, 40u, 100u);
  return style;
}

/// Writes the file of --report.
int write_report(const doctor_settings& settings, const std::vector<doctor::vantage>& from,
                 const doctor::diagnosis& made, const stderr_log& log) {
  if (settings.report.empty()) return 0;
  const doctor::document report = doctor::document_of(from, made, settings.blank_addresses);
  const std::string wrong = doctor::write_report(report, settings.report);
  if (wrong.empty()) return 0;
  log.say(printable(settings.report, 200) + ": " + wrong);
  return static_cast<int>(exit_code::output_failed);
}

/// Prints the result in the form that was asked for, and writes the file of --report.
int answer(const doctor_settings& settings, const std::vector<doctor::vantage>& from,
           const doctor::diagnosis& made, const stderr_log& log) {
  if (!made.causes.empty()) told_cause = made.causes.front().id;
  const doctor::facts& known = from.front().known;
  const bool is_one = from.size() == 1;
  std::string text;
  if (settings.json) {
    text = is_one ? doctor::json_report(known, made) : doctor::json_report(from, made);
  } else {
    const doctor::report_style style = style_of(settings);
    for (const auto& each : from) {
      if (settings.verbose) text += (is_one ? "" : each.name + "\n") + doctor::story(each.known);
    }
    text += is_one ? doctor::terminal_report(known, made, style)
                   : doctor::terminal_report(from, made, style);
  }
  const int failed = print(text, log);
  if (const int unwritten = write_report(settings, from, made, log); unwritten != 0)
    return unwritten;
  return failed != 0 ? failed : made.exit_code;
}

/// The command line for words that belong behind --said.
std::string command_for_said(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += printable(word, 80);
  }
  return "mqtt-doctor explain --said " + doctor::shell_word(text);
}

/// Files of explain: facts, or captures with a vantage point for each client.
struct explained {
  std::vector<doctor::vantage> facts;
  std::vector<doctor::recording> captures;
};

/// Reads one file; returns what is wrong, or "".
std::string read_file(const doctor_settings& settings, const std::string& file,
                      const std::string& name, explained& into, const stderr_log& log) {
  const std::string start = (file == "-" ? "stdin" : printable(file, 200)) + ": ";
  std::string wrong;
  const auto source = doctor::open_source(file, wrong);
  if (source == nullptr && errno == ENOENT && are_words_of_app(settings.files))
    return doctor::say(doctor::words(
        doctor::N_("there is no file {file}; what an app shows goes after --said: {command}"),
        {{"file", quoted(file)}, {"command", command_for_said(settings.files)}}));
  if (source == nullptr) return start + wrong;
  byte_buffer begin;
  std::byte* const room = begin.extend(doctor::capture_file::magic_size);
  begin.truncate(source->read(room, doctor::capture_file::magic_size));
  const bool is_capture = doctor::capture_file::is_capture(begin.view());
  doctor::rewound_source whole(std::move(begin), *source);
  if (is_capture) {
    doctor::recording_options how;
    how.name = name;
    how.key_log = settings.key_log;
    how.shows_payload = settings.verbose;
    how.seen = settings.symptom.value();
    if (!settings.captured_on.empty())
      how.place =
          doctor::fact_word<doctor::capture_place>(std::string_view(settings.captured_on)).value();
    into.captures.push_back(doctor::read_recording(whole, how));
    const doctor::recording& read = into.captures.back();
    if (!read.problem.empty())
      log.say(start + read.problem + "; told is what was read before it (" +
              std::to_string(read.about.packets) + " packets)");
    return {};
  }
  std::string text;  // grows with the file: touching memory costs more than reading
  for (std::size_t size = 65536; text.size() < size;
       size = std::min(2 * size, doctor::most_facts_bytes + 1)) {
    const std::size_t before = text.size();
    text.resize(size);
    text.resize(before +
                whole.read(reinterpret_cast<std::byte*>(text.data() + before), size - before));
    if (text.size() < size) break;
  }
  if (const std::string problem = whole.problem(); !problem.empty()) return start + problem;
  std::vector<doctor::named_facts> all;
  wrong = doctor::all_facts_of_contents(file, text, name, all);
  for (doctor::named_facts& place : all) {
    if (!settings.symptom.empty()) place.known.asked.symptom = settings.symptom;
    into.facts.emplace_back(std::move(place.name), std::move(place.known));
  }
  return wrong;
}

/// Reports captures alone: a paragraph for each client.
int answer_captures(const doctor_settings& settings, const std::vector<doctor::recording>& read,
                    const stderr_log& log) {
  std::vector<doctor::vantage> from;
  std::vector<doctor::captured_client> clients;
  std::vector<doctor::sentence> excluded;
  bool all_came = true;
  for (const doctor::recording& recording_ : read) {
    all_came = all_came && recording_.all_came;
    clients.insert(clients.end(), recording_.clients.begin(), recording_.clients.end());
    excluded.insert(excluded.end(), recording_.excluded.begin(), recording_.excluded.end());
  }
  for (const doctor::captured_client& client : clients) from.push_back(client.from);
  const doctor::diagnosis made =
      doctor::diagnosis_of_all(clients, settings.symptom.value(), excluded, all_came);
  if (!made.causes.empty()) told_cause = made.causes.front().id;
  std::string text;
  const doctor::report_style style = style_of(settings);
  if (!settings.json) {
    for (const doctor::recording& recording_ : read)
      text += (text.empty() ? "" : "\n") + doctor::capture_page(recording_, style);
    text += doctor::symptom_page(settings.symptom.value(), made, style);
  } else {
    text = doctor::json_report(from, made);
  }
  if (const int failed = print(text, log); failed != 0) return failed;
  if (const int failed = from.empty() ? 0 : write_report(settings, from, made, log); failed != 0)
    return failed;
  // A capture without any MQTT explained nothing, which is a failure.
  return from.empty() ? static_cast<int>(exit_code::failed) : made.exit_code;
}

/// mqtt-doctor explain FILE...: only the files count, and nothing of this machine.
int explain(const doctor_settings& settings, const stderr_log& log) {
  explained read;
  const auto names = doctor::vantage_names(settings.files);
  // Captures are put into words while they are read.
  doctor::choose_language(settings.language);
  for (std::size_t i = 0; i < settings.files.size(); ++i) {
    const std::string wrong =
        read_file(settings, settings.files[i], printable(names[i], 80), read, log);
    if (wrong.empty()) continue;
    log.say(wrong);
    return static_cast<int>(exit_code::input_failed);
  }
  if (!settings.captured_on.empty() && read.captures.empty()) {
    log.say("--captured-on is about a capture, and no file is one");
    return static_cast<int>(exit_code::usage);
  }
  if (read.facts.empty()) return answer_captures(settings, read.captures, log);
  std::vector<doctor::vantage> from = std::move(read.facts);
  for (const doctor::recording& recording_ : read.captures) {
    for (const doctor::captured_client& client : recording_.clients) from.push_back(client.from);
  }
  doctor::diagnosis made = doctor::diagnose_together(from);
  doctor::add_absences(read.captures, from, made);
  return answer(settings, from, made, log);
}

/// mqtt-doctor phone
int phone(const doctor::examination& about, const doctor_settings& settings,
          const stderr_log& log) {
  const doctor::phone_look_result found = doctor::look_with_phone(about, settings, log);
  if (found.from.empty()) return found.exit_code;
  const int code = found.is_told ? write_report(settings, found.from, found.made, log)
                                 : answer(settings, found.from, found.made, log);
  const bool is_known = found.needs_no_phone || found.from.back().known.phone->has_page;
  if (found.ended_by != 0 && !is_known) return 128 + found.ended_by;
  return code != 0 ? code : found.made.exit_code;
}

/// Standard input, as far as --said reads it.
std::string said_on_stdin() {
  std::string text(doctor::most_said, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), stdin));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

/// mqtt-doctor explain --said TEXT: looks up the table and sends nothing.
int explain_said(const doctor_settings& settings, const stderr_log& log) {
  doctor::said_text about;
  about.text = settings.said == "-" ? said_on_stdin() : settings.said;
  about.app = settings.said_by;
  doctor::choose_language(settings.language);
  const auto found = doctor::readings_of(about.text, about.app);
  const int failed = print(
      settings.json ? said_json(about, found) : said_page(about, found, style_of(settings)), log);
  if (failed != 0) return failed;
  return static_cast<int>(found.empty() ? exit_code::failed : exit_code::done);
}

/// For who sees connections dropped: holds some for a while after the usual look.
void watch_for_drops(doctor::examination about, doctor_settings settings, doctor::facts& known,
                     int& ended_by, const stderr_log& log) {
  constexpr std::chrono::seconds while_one_waits{25};
  const bool is_asked = settings.delivery.watch.count() != 0;
  if (is_asked || known.endpoints.empty() || known.watch) return;
  const doctor::endpoint_facts& at = known.endpoints.front();
  const bool is_let_in = std::any_of(
      at.contacts.begin(), at.contacts.end(),
      [](const doctor::contact& made) { return made.mqtt && made.mqtt->is_accepted(); });
  if (!is_let_in) return;
  about.asked.port = at.port;
  about.asked.scheme = at.scheme;
  settings.delivery.watch = while_one_waits;
  log.say("connections are held and watched for 25 s now; --watch TIME watches for longer");
  std::optional<doctor::facts> watched = doctor::watch(about, settings, ended_by);
  if (!watched) return;
  known.watch = std::move(watched->watch);
  known.ms += watched->ms;
}

std::string wanted_language;  // --lang

/// Translates late: the language is chosen only now, because facts are gathered in English.
std::string in_users_language(std::string_view english) {
  doctor::choose_language(wanted_language);
  return doctor::said_of_command_line(english);
}

int carry_out(const doctor_settings& settings, const stderr_log& log) {
  if (settings.command == subcommand::listen) {
    return settings.listen.capture ? doctor::listen_to_packets(settings, log)
                                   : doctor::listen(settings, log);
  }
  if (settings.command == subcommand::check) return doctor::check(settings, log, in_users_language);
  if (settings.json_schema) return print(doctor::json_schema(), log);

  if (!settings.said.empty()) return explain_said(settings, log);
  if (settings.command == subcommand::explain) return explain(settings, log);
  const doctor::examination about = doctor::question_of(settings);
  // Files named on the command line are read before anything is sent.
  std::string wrong;
  const probe::tls_setup check(about.to.tls, about.to.host, wrong);
  if (!wrong.empty()) {
    log.say(wrong);
    return static_cast<int>(exit_code::usage);
  }
  if (settings.command == subcommand::mend) return doctor::mend(about, settings, log);
  if (settings.command == subcommand::phone) return phone(about, settings, log);
  std::optional<doctor::facts> known;
  int ended_by = 0;
  if (settings.delivery.watch.count() != 0 && about.asked.scheme == doctor::scheme::mqtt_sn) {
    known = doctor::watch_gateway(about, settings, ended_by);
  } else if (settings.delivery.watch.count() != 0) {
    known = doctor::watch(about, settings, ended_by);
    // The broker did not let us in; the usual look tells why.
  }
  if (!known) {
    known = doctor::examine(about);
    if (settings.symptom == doctor::symptom::drops)
      watch_for_drops(about, settings, *known, ended_by, log);
  }
  // The language is chosen only now: facts are in English, whatever language the system has.
  doctor::choose_language(settings.language);
  std::string program = version_text(program::doctor);
  program.resize(program.find('\n'));  // the second line names the build
  known->program = std::move(program);
  std::vector<doctor::vantage> from;
  from.emplace_back("", std::move(*known));
  const int code = answer(settings, from, from.front().made, log);
  if (told_cause.starts_with("dns-") && !settings.has_port) {
    const std::string& word = from.front().known.asked.host;
    if (const std::string command = command_near(word); !command.empty())
      log.say(doctor::say(doctor::words(
          doctor::N_("{word} was taken for the name of a host; did you mean: {command}"),
          {{"word", quoted(word)}, {"command", command}})));
  }
  // A signal also ends the shell's loop around this program.
  return ended_by != 0 ? 128 + ended_by : code;
}

int run(int argc, char** argv) {
  prepare_process();
  doctor_settings settings;
  wanted_language = doctor::language_of(argc, argv);
  const parse_outcome parsed = parse_command_line(argc, argv, settings, in_users_language);
  if (!parsed.run) return parsed.exit_code;
  const stderr_log log("mqtt-doctor", settings.quiet, settings.events, in_users_language);
  const int code = carry_out(settings, log);
  log.end(code, told_cause);
  return code;
}

}  // namespace
}  // namespace mqttkit::tools

int main(int argc, char** argv) {
  int code = 1;
  try {
    code = mqttkit::tools::run(argc, argv);
  } catch (const std::exception& error) {
    mqttkit::tools::stderr_log("mqtt-doctor", false).say(error.what());
  }
  mqttkit::tools::end_process(code);
}
