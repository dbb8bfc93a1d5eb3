#include <string>

#include "common/parser.hpp"

namespace mqttkit::tools {
namespace {

// Where the explanations begin. Wider names push theirs to the next line.
constexpr std::size_t help_column = 30;

constexpr std::string_view pub_usage =
    "Usage: mqtt-pub [-h HOST] -t TOPIC -m TEXT [OPTION...]\n"
    "       mqtt-pub -L URL {-m TEXT | -f FILE | -l | -s | -n} [OPTION...]\n"
    "Publish messages to an MQTT broker. Takes every option of mosquitto_pub.\n";

constexpr std::string_view sub_usage =
    "Usage: mqtt-sub [-h HOST] -t FILTER [-t FILTER...] [OPTION...]\n"
    "       mqtt-sub -L URL [OPTION...]\n"
    "Subscribe to topics of an MQTT broker and print what arrives. Takes every option of\n"
    "mosquitto_sub.\n";

constexpr std::string_view pub_examples =
    "\nExamples:\n"
    "  mqtt-pub -h broker.example -t room/light -m on -q 1 -r\n"
    "  mqtt-pub -L mqtts://user:password@broker.example/room/light -m on\n"
    "  sensor | mqtt-pub -h broker.example -t room/temperature -l\n"
    "  mqtt-pub -t room/light -n -r                    remove the retained message\n"
    "  mqtt-pub -t a -m x -D publish message-expiry-interval 60\n";

constexpr std::string_view sub_examples =
    "\nExamples:\n"
    "  mqtt-sub -h broker.example -t 'room/#' -v\n"
    "  mqtt-sub -L mqtts://user:password@broker.example/room/+/light\n"
    "  mqtt-sub -t '#' -F %j | jq .payload\n"
    "  mqtt-sub -t room/temperature -C 1 -W 10         one message, or exit status 27\n"
    "  mqtt-sub -t '#' --retained-only --remove-retained   clean up\n";

void append_row(std::string& out, const option_row& row) {
  const std::size_t start = out.size();
  out += row.letter != 0 ? std::string("  -") + row.letter + ", " : std::string("      ");
  out += "--";
  out += long_name(row);
  if (!row.value.empty()) {
    out += ' ';
    out += row.value;
  }
  std::size_t width = out.size() - start;
  if (width + 2 > help_column) {
    out += '\n';
    width = 0;
  }
  out.append(help_column - width, ' ');
  out += row.help;
  out += '\n';
}

}  // namespace

std::string help_text(program which, bool all) {
  std::string out(which == program::pub ? pub_usage : sub_usage);
  out.reserve(8192);
  static constexpr option_group in_order[] = {
      option_group::message, option_group::reply,      option_group::subscription,
      option_group::output,  option_group::connection, option_group::session,
      option_group::tls,     option_group::will,       option_group::general};
  for (const option_group group : in_order) {
    bool has_title = false;
    for (const option_row& row : option_rows()) {
      if (row.group != group || !row.is_in(which) || (!all && !row.common)) continue;
      if (!has_title) {
        out += '\n';
        out += title_of(group);
        out += ":\n";
        has_title = true;
      }
      append_row(out, row);
    }
  }
  out += which == program::pub ? pub_examples : sub_examples;
  out += "\nMore in ";
  out += name_of(which);
  out += "(1)";
  out += all ? ".\n" : "; the options used less often in --help-all.\n";
  return out;
}

std::string version_text(program which) {
  std::string out(name_of(which));
  out += " " MQTT_TOOLKIT_VERSION "\n";
  return out;
}

}  // namespace mqttkit::tools
