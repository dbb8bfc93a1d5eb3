#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "common/exit_code.hpp"
#include "common/stderr_log.hpp"
#include "io/runner.hpp"
#include "message/json_line.hpp"
#include "mqtt-sub/exec_sink.hpp"
#include "mqtt-sub/settings.hpp"
#include "mqtt-sub/sn_subscriber.hpp"
#include "mqtt-sub/subscriber.hpp"

namespace mqttkit::tools {
namespace {

int ended(const stderr_log& log, exit_code code) {
  log.end(static_cast<int>(code));
  return static_cast<int>(code);
}

int run(int argc, char** argv) {
  prepare_process();
  sub_settings settings;
  const parse_outcome parsed = parse_command_line(argc, argv, settings);
  if (!parsed.run) return parsed.exit_code;
  if (settings.json_schema) {
    const std::string_view schema = json_line::schema();
    const bool is_printed = std::fwrite(schema.data(), 1, schema.size(), stdout) == schema.size() &&
                            std::fflush(stdout) == 0;
    return static_cast<int>(is_printed ? exit_code::done : exit_code::output_failed);
  }
  const stderr_log log("mqtt-sub", settings.quiet, settings.events);
  if (!settings.exec.empty()) {
    // Checked before the first message comes: what follows would lose it or hold it up.
    if (const std::string obstacle =
            exec_sink::obstacle(settings.exec, settings.replies ? "--reply-exec" : "--exec");
        !obstacle.empty()) {
      log.say(obstacle);
      return static_cast<int>(exit_code::usage);
    }
  }
  runner loop;
  if (settings.sn.wanted) {
    sn_subscriber program(loop, std::move(settings), log);
    return ended(log, loop.run([&program]() { return program.work(); }));
  }
  subscriber program(loop, std::move(settings), log);
  return ended(log, loop.run([&program]() { return program.work(); }));
}

}  // namespace
}  // namespace mqttkit::tools

int main(int argc, char** argv) {
  int code = 1;
  try {
    code = mqttkit::tools::run(argc, argv);
  } catch (const std::exception& error) {
    mqttkit::tools::stderr_log("mqtt-sub", false).say(error.what());
  }
  mqttkit::tools::end_process(code);
}
