#include <unistd.h>

#include <exception>
#include <string>
#include <utility>

#include "common/exit_code.hpp"
#include "common/runner.hpp"
#include "common/settings.hpp"
#include "common/talk.hpp"
#include "mqtt-pub/input.hpp"
#include "mqtt-pub/publisher.hpp"

namespace mqttkit::tools {
namespace {

// The message of -m, -f and -s. Read before connecting: a file that is missing sends nothing.
bool load_payload(const pub_settings& settings, const talk& voice, std::string& out) {
  input_error error;
  std::string from;
  switch (settings.source) {
    case message_source::text:
      out = settings.message;
      return true;
    case message_source::file:
      from = settings.file;
      error = read_file(from, out);
      break;
    case message_source::whole_input:
      from = "standard input";
      error = read_whole(STDIN_FILENO, out);
      break;
    default:
      return true;
  }
  if (!error) return true;
  voice.say(printable(from) + ": " +
            (error.too_large ? "larger than an MQTT message can be (268,435,455 bytes)"
                             : error.error.message()));
  return false;
}

int run(int argc, char** argv) {
  prepare_process();
  pub_settings settings;
  const parse_outcome parsed = parse_command_line(argc, argv, settings);
  if (!parsed.run) return parsed.exit_code;
  const talk voice("mqtt-pub", settings.quiet);
  std::string payload;
  if (!load_payload(settings, voice, payload)) return static_cast<int>(exit_code::input_failed);
  runner loop;
  publisher program(loop, std::move(settings), std::move(payload), voice);
  return static_cast<int>(loop.run([&program]() { return program.work(); }));
}

}  // namespace
}  // namespace mqttkit::tools

int main(int argc, char** argv) {
  int code = 1;
  try {
    code = mqttkit::tools::run(argc, argv);
  } catch (const std::exception& error) {
    mqttkit::tools::talk("mqtt-pub", false).say(error.what());
  }
  mqttkit::tools::end_process(code);
}
