#include <string>

#include "cli/parser.hpp"

namespace mqttkit::tools {
namespace {

// The column where explanations begin. A longer name pushes its own to the next line.
constexpr std::size_t short_column = 24;
constexpr std::size_t full_column = 28;

constexpr std::string_view pub_usage =
    "Usage: mqtt-pub [-h HOST] -t TOPIC -m TEXT [OPTION...]\n"
    "       mqtt-pub URL {-m TEXT | -f FILE | -l | -s | -n} [OPTION...]\n";

constexpr std::string_view sub_usage =
    "Usage: mqtt-sub [-h HOST] -t FILTER [-t FILTER...] [OPTION...]\n"
    "       mqtt-sub URL [OPTION...]\n";

constexpr std::string_view doctor_usage =
    N_("Usage: mqtt-doctor [URL | HOST[:PORT]] [OPTION...]\n"
       "       mqtt-doctor {delivery | mend | phone} [URL | HOST[:PORT]] [OPTION...]\n"
       "       mqtt-doctor {listen [ADDRESS:]PORT | explain FILE... | check TARGET...}\n");

constexpr std::string_view doctor_about =
    N_("\nFind out why a phone cannot connect to an MQTT broker, or hears nothing, and mend it.\n");

constexpr std::string_view doctor_examples =
    N_("  mqtt-doctor broker.example                      the usual ports, side by side\n"
       "  mqtt-doctor mqtts://broker.example --cafile ca.crt -u phone --ask-password\n"
       "  mqtt-doctor localhost --on-broker               on the server itself\n");

constexpr std::string_view doctor_more_examples =
    N_("  mqtt-doctor wss://broker.example/mqtt           MQTT over secure WebSocket\n"
       "  mqtt-doctor broker.example:1883 -u phone -t home/door --publish\n"
       "  mqtt-doctor broker.example:1883 --json > here.json\n"
       "  mqtt-doctor delivery broker.example -t home/door --publish   nothing arrives\n"
       "  sudo mqtt-doctor mend                           on the server: what helps, and do it\n"
       "  mqtt-doctor listen 1884 --forward localhost:1883   what a phone really sends\n"
       "  mqtt-doctor explain server.json laptop.json     what two places say together\n"
       "  mqtt-doctor explain capture.pcapng              what tcpdump or Wireshark recorded\n"
       "  mqtt-doctor explain --said 'rc=-2'              what an app's own words mean\n"
       "  mqtt-doctor check --targets brokers.txt         many brokers, a line each\n");

constexpr std::string_view pub_about =
    "\nPublish messages to an MQTT broker. Takes every option of mosquitto_pub, and with\n"
    "--request those of mosquitto_rr.\n";

constexpr std::string_view sub_about =
    "\nSubscribe to topics of an MQTT broker and print what arrives. Takes every option of\n"
    "mosquitto_sub.\n";

constexpr std::string_view pub_examples =
    "  mqtt-pub -h broker.example -t room/light -m on -q 1 -r\n"
    "  mqtt-pub mqtts://user:password@broker.example/room/light -m on\n"
    "  sensor | mqtt-pub -h broker.example -t room/temperature -l\n";

constexpr std::string_view pub_more_examples =
    "  mqtt-pub -t room/light -n -r                    remove the retained message\n"
    "  mqtt-pub -t room/clock --template '{{now}}' --every 1m\n"
    "  mqtt-pub -t service/add -m '1 2' --request -W 5 print the reply, or exit status 27\n"
    "  mqtt-pub --from-json day.jsonl --replay         what mqtt-sub --json recorded\n"
    "  mqtt-pub -t a -m x -D publish message-expiry-interval 60\n";

constexpr std::string_view sub_examples =
    "  mqtt-sub -h broker.example -t 'room/#' -v\n"
    "  mqtt-sub mqtts://user:password@broker.example/room/+/light\n"
    "  mqtt-sub -t room/temperature -C 1 -W 10\n";

constexpr std::string_view sub_more_examples =
    "  mqtt-sub -t '#' --json > day.jsonl              record; mqtt-pub --from-json replays\n"
    "  mqtt-sub -t '#' -F '%I %t %p'                   time, topic, payload\n"
    "  mqtt-sub -t '#' --retained only --tree          what the broker keeps\n";

std::string heading_end(translate_function translate) { return said(translate, N_(":")) + "\n"; }

void append_row(std::string& out, const option_row& row, std::size_t column,
                translate_function translate) {
  const std::size_t start = out.size();
  out += row.letter != 0 ? std::string("  -") + row.letter + ", " : std::string("      ");
  out += "--";
  out += long_name(row);
  if (!row.value.empty()) {
    out += ' ';
    out += row.value;
  }
  std::size_t width = out.size() - start;
  if (width + 1 > column) {
    out += '\n';
    width = 0;
  }
  out.append(column - width, ' ');
  out += said(translate, row.help);
  out += '\n';
}

struct help_parts {
  std::string_view usage, about, examples, more_examples;
};
help_parts parts_of(program which) {
  switch (which) {
    case program::pub:
      return {pub_usage, pub_about, pub_examples, pub_more_examples};
    case program::sub:
      return {sub_usage, sub_about, sub_examples, sub_more_examples};
    case program::doctor:
      break;
  }
  return {doctor_usage, doctor_about, doctor_examples, doctor_more_examples};
}

constexpr option_group in_order[] = {
    option_group::diagnosis,    option_group::listen,  option_group::explain,
    option_group::delivery,     option_group::mend,    option_group::check,
    option_group::phone,        option_group::message, option_group::reply,
    option_group::subscription, option_group::output,  option_group::connection,
    option_group::session,      option_group::sn,      option_group::tls,
    option_group::will,         option_group::general,
};

/// All that many people ever need, on one screen: what a message is, and how to connect.
std::string short_help(program which, translate_function translate) {
  const help_parts parts = parts_of(which);
  std::string out = said(translate, parts.usage);
  const auto append_rows = [&](bool about_messages) {
    for (const option_group group : in_order) {
      const bool is_about_messages =
          group == option_group::diagnosis || group == option_group::message ||
          group == option_group::reply || group == option_group::subscription ||
          group == option_group::output;
      if (is_about_messages != about_messages) continue;
      for (const option_row& row : option_rows())
        if (row.common && row.group == group && row.is_in(which))
          append_row(out, row, short_column, translate);
    }
  };
  out += said(translate, which == program::doctor ? N_("Diagnosis") : "Messages") +
         heading_end(translate);
  append_rows(true);
  out += said(translate, N_("Connection")) + heading_end(translate);
  append_rows(false);
  out += said(translate, N_("Examples")) + heading_end(translate);
  out += said(translate, parts.examples);
  out += said(translate, which == program::doctor
                             ? N_("--help-all has everything, mqtt-doctor(1) explains it.")
                             : "--help-all has everything, " + std::string(name_of(which)) +
                                   "(1) explains it.");
  return out + "\n";
}

std::string full_help(program which, translate_function translate) {
  const help_parts parts = parts_of(which);
  std::string out = said(translate, parts.usage);
  out.reserve(16'384);
  out += said(translate, parts.about);
  for (const option_group group : in_order) {
    bool has_title = false;
    for (const option_row& row : option_rows()) {
      if (row.group != group || !row.is_in(which)) continue;
      if (!has_title) {
        out += '\n';
        out += said(translate, title_of(group)) + heading_end(translate);
        has_title = true;
      }
      append_row(out, row, full_column, translate);
    }
  }
  out += "\n" + said(translate, N_("Examples")) + heading_end(translate);
  out += said(translate, parts.examples);
  out += said(translate, parts.more_examples) + "\n";
  out +=
      said(translate, which == program::doctor ? N_("More in mqtt-doctor(1).")
                                               : "More in " + std::string(name_of(which)) + "(1).");
  return out + "\n";
}

}  // namespace

std::string help_text(program which, bool all, translate_function translate) {
  return all ? full_help(which, translate) : short_help(which, translate);
}

/// What an option means to a subcommand, where that is not what it means otherwise.
static option_row row_for(const subcommand_row& command, const option_row& row) {
  option_row made = row;
  const bool reads = command.id == subcommand::listen || command.id == subcommand::explain;
  if (reads && row.id == option_id::tls_keylog)
    made.help = N_("read the secrets of TLS there, to see what is said inside");
  return made;
}

std::string help_text(program which, const subcommand_row& command, translate_function translate) {
  const std::string start = std::string(name_of(which)) + " ";
  std::string out = said(translate, N_("Usage: ")) + start + std::string(command.word) + " " +
                    std::string(command.operands) + " [OPTION...]\n\n" +
                    said(translate, command.about) + "\n\n";
  for (const bool is_own : {true, false}) {
    for (const option_row& row : option_rows()) {
      if (!row.is_in(which) || (row.group == command.group) != is_own) continue;
      if (row.group != option_group::general && goes_with(&command, row))
        append_row(out, row_for(command, row), short_column, translate);
    }
  }
  out += said(translate, N_("Example")) + heading_end(translate) + "  " + start +
         std::string(command.example) + "\n";
  return out +
         said(translate, which == program::doctor
                             ? N_("mqtt-doctor(1) explains it.")
                             : std::string(name_of(which)) + "(1) explains it.") +
         "\n";
}

std::string version_text(program which) {
  std::string out(name_of(which));
  out += " " MQTT_TOOLKIT_VERSION "\nbuilt with " MQTT_TOOLKIT_LIBRARIES "\n";
  return out;
}

}  // namespace mqttkit::tools
