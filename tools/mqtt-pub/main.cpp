#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "common/exit_code.hpp"
#include "common/stderr_log.hpp"
#include "io/runner.hpp"
#include "mqtt-pub/input.hpp"
#include "mqtt-pub/outbox_publisher.hpp"
#include "mqtt-pub/publisher.hpp"
#include "mqtt-pub/requester.hpp"
#include "mqtt-pub/settings.hpp"
#include "mqtt-pub/sn_publisher.hpp"

namespace mqttkit::tools {
namespace {

// Called as mosquitto_rr (a link of that name) the program behaves as --request.
bool is_called_mosquitto_rr(int argc, char** argv) {
  const std::string_view path = argc > 0 && argv[0] != nullptr ? argv[0] : "";
  return path.substr(path.rfind('/') + 1) == "mosquitto_rr";
}

int ended(const stderr_log& log, exit_code code) {
  log.end(static_cast<int>(code));
  return static_cast<int>(code);
}

int run(int argc, char** argv) {
  prepare_process();
  pub_settings settings;
  settings.request = is_called_mosquitto_rr(argc, argv);
  const parse_outcome parsed = parse_command_line(argc, argv, settings);
  if (!parsed.run) return parsed.exit_code;
  const stderr_log log("mqtt-pub", settings.quiet, settings.events);
  // Before connecting: a file that is missing sends nothing.
  std::string payload;
  std::string wrong = open_recording(settings);
  if (wrong.empty()) wrong = read_message(settings, payload);
  if (!wrong.empty()) {
    log.say(wrong);
    const bool is_typed = settings.source == message_source::text;
    return static_cast<int>(is_typed ? exit_code::usage : exit_code::input_failed);
  }
  runner loop;
  if (settings.sn.wanted) {
    sn_publisher program(loop, std::move(settings), std::move(payload), log);
    const exit_code code = loop.run([&program]() { return program.work(); });
    end_process(ended(log, code));
  }
  if (!settings.outbox.empty()) {
    outbox store;
    if (wrong = open_outbox(settings, store); !wrong.empty()) {
      log.say(wrong);
      return static_cast<int>(exit_code::output_failed);
    }
    outbox_publisher program(loop, std::move(settings), std::move(payload), store, log);
    return ended(log, loop.run([&program]() { return program.work(); }));
  }
  if (settings.request) {
    requester program(loop, std::move(settings), std::move(payload), log);
    return ended(log, loop.run([&program]() { return program.work(); }));
  }
  publisher program(loop, std::move(settings), std::move(payload), log);
  const exit_code code = loop.run([&program]() { return program.work(); });
  // Nothing waits to be written: what the system takes back by itself need not be given back first,
  // which is a tenth of a short run.
  end_process(ended(log, code));
}

}  // namespace
}  // namespace mqttkit::tools

int main(int argc, char** argv) {
  int code = 1;
  try {
    code = mqttkit::tools::run(argc, argv);
  } catch (const std::exception& error) {
    mqttkit::tools::stderr_log("mqtt-pub", false).say(error.what());
  }
  mqttkit::tools::end_process(code);
}
