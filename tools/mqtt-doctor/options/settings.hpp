// The settings of mqtt-doctor, as its command line was understood.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/settings.hpp"
#include "cli/subcommand.hpp"
#include "cli/translation.hpp"
#include "cli/url.hpp"
#include "common/terminal.hpp"
#include "mqtt-doctor/facts/symptom.hpp"
#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::tools {

/// mqtt-doctor listen
struct listen_settings {
  std::string address;  ///< to listen at; empty: all addresses
  std::uint16_t port = 0;
  bool capture = false;              ///< --capture
  std::vector<std::uint16_t> ports;  ///< for --capture: one or more
  std::string interface;             ///< --capture INTERFACE; empty: all interfaces
  std::string write_to;              ///< --write; empty: nowhere
  bool writes_passwords = false;     ///< --write-passwords
  std::string forward_host;          ///< --forward; empty: answer as a broker
  std::uint16_t forward_port = 0;
  bool is_sn = false;                  ///< UDP for MQTT-SN: one of the two was an mqtt-sn URL
  std::chrono::microseconds limit{0};  ///< --for; 0: until interrupted
  bool once = false;                   ///< --once

  listen_settings() = default;
};

/// mqtt-doctor delivery
struct delivery_settings {
  /// --as-publisher, --as-subscriber: the login of one side
  struct login {
    std::string user_name;
    std::string password_file;
    std::optional<std::string> password;

    login() = default;
  };
  /// --sent-via: the broker of the other side
  struct broker {
    std::string typed;
    url_scheme scheme = url_scheme::other;  ///< as in doctor_settings
    std::string host;
    int port = 0;  ///< 0: the scheme's
    std::string path;

    broker() = default;
  };
  std::string sent_to;  ///< --sent-to
  std::optional<broker> sent_via;
  std::optional<login> publisher;
  std::optional<login> subscriber;
  std::chrono::microseconds watch{0};           ///< --watch; 0: not asked for
  int messages = 5;                             ///< --messages
  bool offline = false;                         ///< --offline
  bool keeps_session = false;                   ///< -c
  std::optional<std::uint32_t> session_expiry;  ///< -x
  std::optional<std::uint32_t> message_expiry;  ///< -D publish message-expiry-interval
  int qos = 0;                                  ///< -q: QoS of the subscription
  std::chrono::microseconds away{0};            ///< --away
  bool no_local = false;                        ///< --no-local
  bool retained = false;                        ///< --retained
  std::uint64_t size = 0;                       ///< --size; 0: not asked for
  std::optional<std::uint32_t> packet_size;     ///< -D connect maximum-packet-size

  delivery_settings() = default;
};

/// mqtt-doctor mend
struct mend_settings {
  bool dry_run = false;  ///< --dry-run
  bool yes = false;      ///< --yes
  bool undo = false;     ///< --undo
  std::string journal;   ///< --journal; empty: usual_journal()
  bool is_here = false;  ///< --on-broker: this is the broker's machine, whatever its address

  mend_settings() = default;
};

/// A label and its value: "site=berlin".
using check_tag = std::pair<std::string, std::string>;

/// Nagios' exit code for a plugin that could not examine anything.
inline constexpr int nagios_unknown = 3;

/// mqtt-doctor check
struct check_settings {
  std::vector<std::string> targets;
  std::string targets_file;            ///< --targets; "-" for stdin, "" for none
  std::string name;                    ///< --name
  std::vector<check_tag> tags;         ///< --tag
  std::vector<std::string> accepted;   ///< --accept: ids of causes that are no warning
  int jobs = 50;                       ///< --jobs
  bool nagios = false;                 ///< --nagios
  std::string prometheus;              ///< --prometheus; "" for none
  std::chrono::microseconds every{0};  ///< --every; 0: once
  std::string state;                   ///< --state; "" for none
  std::vector<std::string> on_change;  ///< --on-change, split into words
  /// The other options of the command line, as words: they hold for every target.
  std::vector<std::string> shared;

  check_settings() = default;
};

/// mqtt-doctor phone; --for and --once are in listen_settings
struct phone_settings {
  std::uint16_t page_port = 0;  ///< --page-port; 0: the first usual port that is free
};

struct doctor_settings : common_settings {
  subcommand command = subcommand::none;
  listen_settings listen;
  std::vector<std::string> files;  ///< explain's files
  std::string said;                ///< --said: what an app shows, "-" for stdin; "" for none
  std::string said_by;             ///< --app: the app that shows it
  doctor::fact_word<doctor::symptom> symptom;  ///< --symptom
  std::string captured_on;  ///< --captured-on: "client", "server", "router"; "" for none
  delivery_settings delivery;
  mend_settings mend;
  check_settings check;
  phone_settings phone;
  std::string typed;  ///< the target as typed, its password blanked
  std::vector<doctor::fact_word<doctor::host_slip>> mended;  ///< slips that were corrected
  std::vector<std::string> odd_characters;
  url_scheme scheme = url_scheme::other;  ///< other: none was named
  bool has_port = false;                  ///< by -p, or in the target
  bool has_version = false;               ///< -V was given
  bool has_id = false;                    ///< -i was given
  tls_options tls;                        ///< set even if the scheme is not known yet
  websocket_options websocket;
  std::string topic;       ///< -t
  bool publishes = false;  ///< --publish
  bool on_broker = false;  ///< --on-broker
  std::string resolver;    ///< --resolver
  std::chrono::microseconds timeout{std::chrono::seconds(10)};
  bool verbose = false;      ///< -v
  bool json = false;         ///< --json
  bool json_schema = false;  ///< --json-schema: print it and end
  std::string language;      ///< --lang: "en", "zh"; "" for the locale's
  colour_when colour = colour_when::automatic;
  bool ascii = false;            ///< --ascii
  std::string report;            ///< --report; "" for none
  bool blank_addresses = false;  ///< --blank-addresses
  /// listen, explain: --tls-keylog or SSLKEYLOGFILE, whose file they read; "" for none
  std::string key_log;

  doctor_settings() = default;
};

/// Parses the command line; prints --help, --version and usage errors. Secrets in argv are
/// overwritten, so that `ps` does not show them.
/// @param translate  translates --help and errors; nullptr: English
parse_outcome parse_command_line(int argc, char** argv, doctor_settings& out,
                                 translate_function translate = nullptr);

}  // namespace mqttkit::tools
