// What the options of a command line come to: each one applied in turn, then all of them checked
// together. Here is what the connection needs; each program derives from it and adds its own
// options (setter.hpp) and what they mean together.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/property_option.hpp"
#include "cli/setter.hpp"
#include "cli/setting_report.hpp"
#include "cli/settings.hpp"
#include "cli/translation.hpp"
#include "cli/values.hpp"

namespace mqttkit::tools {

struct url_parts;

// What a port stands for when none was given.
inline constexpr std::uint16_t mqtt_port = 1883;
inline constexpr std::uint16_t mqtts_port = 8883;
inline constexpr std::uint16_t sn_port = sn::default_port;
inline constexpr std::uint16_t http_port = 80;    // RFC 6455 §3: ws:// URLs
inline constexpr std::uint16_t https_port = 443;  // and wss://

inline constexpr std::uint32_t never_expires = 0xFFFFFFFF;  // MQTT 5.0 §3.1.2.11.2

/// Turns options into settings, one after the other, so that the last one wins.
class settings_builder {
 public:
  virtual ~settings_builder() = default;
  settings_builder(const settings_builder&) = delete;
  settings_builder& operator=(const settings_builder&) = delete;

  /// What --help and a usage error say, in another language; nullptr: English.
  translate_function translate = nullptr;

  program which() const noexcept { return which_; }
  const common_settings& settings() const noexcept { return common_; }

  /// Before the first option.
  /// @param command  nullptr: none
  /// @param report   collects what is set and where; nullptr when nobody asks. With one, finish()
  ///                 leaves out what only matters to a program that goes on to connect.
  void begin(const subcommand_row* command, setting_report* report) {
    command_ = command;
    report_ = report;
  }

  /// What is wrong with this option; empty when nothing is.
  virtual std::string apply(const argument& given);

  /// What is wrong with all of them together.
  virtual std::string finish();

  /// Whether the program stands for mosquitto_rr, also without an option that says so.
  virtual bool is_request() const { return false; }

  const std::string& notes() const noexcept { return notes_; }
  void warn(std::string_view text) { remark("warning: ", text); }

 protected:
  /// @param own  the program's setters; they come before those of the connection
  settings_builder(program which, common_settings& common, std::span<const setter_row> own)
      : which_(which),
        common_(common),
        dial_(common.client.dial),
        session_(common.client.session),
        own_(own) {}

  // ---- setters. A path leads from the settings to what is set: <&doctor_settings::delivery,
  // &delivery_settings::size>. It may begin at a part of the connection: <&dial_options::proxy>.

  /// A switch.
  template <auto... Path>
  static constexpr setter on() {
    return {[](settings_builder& line, const argument& given, const setter&) -> std::string {
      line.at<Path...>(given) = true;
      return {};
    }};
  }
  /// A switch that stands for a value.
  template <auto Value, auto... Path>
  static constexpr setter set() {
    return {[](settings_builder& line, const argument& given, const setter&) -> std::string {
      line.at<Path...>(given) = Value;
      return {};
    }};
  }
  /// The text as it stands.
  template <auto... Path>
  static constexpr setter store() {
    return {[](settings_builder& line, const argument& given, const setter&) -> std::string {
      line.at<Path...>(given) = given.value();
      return {};
    }};
  }
  /// Text that is not empty.
  template <auto... Path>
  static constexpr setter text() {
    return read_by<apply_text, Path...>();
  }
  template <auto... Path>
  static constexpr setter mqtt_string() {
    return read_by<apply_mqtt_string, Path...>();
  }
  template <auto... Path>
  static constexpr setter topic_name() {
    return read_by<apply_topic_name, Path...>();
  }
  /// Adds a topic filter to a list.
  template <auto... Path>
  static constexpr setter filter() {
    return read_by<apply_filter, Path...>();
  }
  template <auto... Path>
  static constexpr setter qos() {
    return read_by<apply_qos, Path...>();
  }
  template <auto... Path>
  static constexpr setter retained_when() {
    return read_by<apply_retain_handling, Path...>();
  }
  /// Seconds, of which fractions are allowed.
  template <auto... Path>
  static constexpr setter seconds() {
    return read_by<apply_timeout, Path...>();
  }
  /// A duration that somebody waits.
  template <auto... Path>
  static constexpr setter wait() {
    return read_by<apply_wait, Path...>();
  }
  template <auto... Path>
  static constexpr setter number(double least, double most, std::string_view wrong) {
    return {[](settings_builder& line, const argument& given, const setter& how) {
              return line.take_number<Path...>(given, how, given.value());
            },
            wrong, least, most};
  }
  /// A number as mosquitto's clients take theirs, with a + or a fraction that does not count.
  template <auto... Path>
  static constexpr setter count(double least, double most, std::string_view wrong) {
    return {[](settings_builder& line, const argument& given, const setter& how) {
              using type = std::remove_reference_t<decltype(line.at<Path...>(given))>;
              std::string_view digits = without_lead(given.value());
              if constexpr (std::is_integral_v<type>) digits = without_fraction(digits);
              return line.take_number<Path...>(given, how, digits);
            },
            wrong, least, most};
  }
  /// @param least  in seconds, as `most`
  template <auto... Path>
  static constexpr setter duration(double least, double most, std::string_view wrong) {
    return {[](settings_builder& line, const argument& given, const setter& how) -> std::string {
              std::chrono::microseconds value{};
              if (!read_duration(given.value(), value)) return unfit(given, how);
              const double in_seconds = std::chrono::duration<double>(value).count();
              if (in_seconds < how.least || in_seconds > how.most) return unfit(given, how);
              line.at<Path...>(given) = value;
              return {};
            },
            wrong, least, most};
  }
  /// A number of bytes, more than none.
  template <auto... Path>
  static constexpr setter size(double most, std::string_view wrong) {
    return {[](settings_builder& line, const argument& given, const setter& how) -> std::string {
              std::uint64_t bytes = 0;
              if (!read_size(given.value(), bytes) || bytes == 0 ||
                  static_cast<double>(bytes) > how.most)
                return unfit(given, how);
              line.at<Path...>(given) = bytes;
              return {};
            },
            wrong, 0, most};
  }
  /// One of `Words`, an array of choice_word.
  template <const auto& Words, auto... Path>
  static constexpr setter choice(std::string_view wrong) {
    return {[](settings_builder& line, const argument& given, const setter& how) -> std::string {
              for (const auto& each : Words) {
                if (each.word != given.value()) continue;
                line.at<Path...>(given) = each.value;
                return {};
              }
              return unfit(given, how);
            },
            wrong};
  }
  /// What a member function makes of it.
  template <auto Function>
  static constexpr setter call() {
    return {[](settings_builder& line, const argument& given, const setter&) {
      return (static_cast<class_of<Function>&>(line).*Function)(given);
    }};
  }
  /// For what the parser has seen to before.
  static constexpr setter nothing() {
    return {[](settings_builder&, const argument&, const setter&) { return std::string(); }};
  }
  static constexpr setter v5(setter how) {
    how.needs_v5 = true;
    return how;
  }
  static constexpr setter quoting(setter how) {
    how.quotes = true;
    return how;
  }

  /// "-q 3: WHY"
  static std::string unfit(const argument& given, const setter& how);

  // ---- what a program adds

  /// What its options mean together. Not called for --print-config.
  virtual std::string finish_own() = 0;
  /// Whether an option of its own selects MQTT 5.
  virtual bool wants_v5() const { return false; }
  /// Whether something says the topic, or the program needs none.
  virtual bool has_topic() const { return true; }
  virtual void take_topic(const std::string& topic) = 0;
  /// Whether the messages come from there: then no password does.
  virtual bool reads_standard_input() const { return false; }
  /// Whether the scheme of a URL rules TLS out.
  virtual bool is_said_plain() const { return false; }
  /// Whether no password goes over a connection that proved nothing, whatever is asked.
  virtual bool holds_passwords_back() const { return false; }

  // ---- options of the connection that programs take up
  std::string apply_url(const argument& given);
  std::string apply_expiry(const argument& given);

  void needs_v5(const argument& option) {
    if (v5_option_.empty()) v5_option_ = place_of(option);
  }
  void note(std::string_view text) { remark("note: ", text); }

  const program which_;
  common_settings& common_;
  dial_options& dial_;
  session_options& session_;
  const subcommand_row* command_ = nullptr;
  setting_report* report_ = nullptr;

  std::optional<std::uint16_t> port_;
  std::uint16_t scheme_port_ = 0;  // of a URL's scheme; 0 when there was none
  tls_options tls_;
  websocket_options websocket_;
  property_lists properties_;
  bool id_given_ = false;
  std::optional<protocol_version> version_;
  std::optional<std::uint32_t> expiry_;
  std::uint64_t packet_size_ = 0;  // --max-packet-size; 0: not given
  std::string packet_size_option_;

  /// User name and password of a URL.
  std::string apply_url_credentials(const url_parts& url, const argument& given);

 private:
  template <class Class, class Type>
  static Class class_of_member(Type Class::*);
  template <auto Member>
  using class_of = decltype(class_of_member(Member));

  /// The settings, or the part of them that has members of class `Part`.
  template <class Part>
  Part& part(const argument& given) {
    if constexpr (std::is_same_v<Part, client_options>) {
      return common_.client;
    } else if constexpr (std::is_same_v<Part, dial_options>) {
      return dial_;
    } else if constexpr (std::is_same_v<Part, session_options>) {
      return session_;
    } else if constexpr (std::is_same_v<Part, tls_options>) {
      return tls_seen(given);
    } else if constexpr (std::is_same_v<Part, will_options>) {
      return will_seen(given.spelled);
    } else {
      return static_cast<Part&>(common_);
    }
  }
  template <auto First, auto... Rest>
  auto& at(const argument& given) {
    return ((part<class_of<First>>(given).*First).*....*Rest);
  }
  template <auto Function, auto... Path>
  static constexpr setter read_by() {
    return {[](settings_builder& line, const argument& given, const setter&) {
      return Function(given, line.at<Path...>(given));
    }};
  }
  template <auto... Path>
  std::string take_number(const argument& given, const setter& how, std::string_view digits) {
    using type = std::remove_reference_t<decltype(at<Path...>(given))>;
    type value{};
    constexpr auto limits = std::numeric_limits<type>();
    if (!read_number<type>(digits, limits.lowest(), limits.max(), value)) return unfit(given, how);
    const auto compared = static_cast<double>(value);
    if (!(compared >= how.least && compared <= how.most)) return unfit(given, how);
    at<Path...>(given) = value;
    return {};
  }

  std::string apply_host(const argument& given);
  std::string apply_port(const argument& given);
  std::string apply_url_topic(std::string_view path);
  std::string apply_url_socket(const url_parts& url);
  std::string apply_wait_broker(const argument& given);
  std::string apply_proxy(const argument& given);
  std::string apply_ws(const argument& given);
  std::string apply_ws_path(const argument& given);
  std::string apply_ws_header(const argument& given);
  std::string apply_id(const argument& given);
  std::string apply_id_prefix(const argument& given);
  std::string apply_username(const argument& given);
  std::string apply_password(const argument& given);
  std::string apply_keep_session(const argument& given);
  std::string apply_keepalive(const argument& given);
  std::string apply_version(const argument& given);
  std::string apply_inflight(const argument& given);
  std::string apply_packet_size(const argument& given);
  std::string apply_property(const argument& given);
  std::string apply_will_topic(const argument& given);
  std::string apply_will_payload(const argument& given);
  std::string apply_cafile(const argument& given);
  std::string apply_capath(const argument& given);
  std::string apply_os_certs(const argument& given);
  std::string apply_no_tls(const argument& given);
  std::string apply_cert(const argument& given);
  std::string apply_key(const argument& given);
  std::string apply_key_pass_file(const argument& given);
  std::string apply_tls_alpn(const argument& given);
  std::string apply_trust_any(const argument& given);
  std::string apply_send_unverified(const argument& given);
  std::string apply_psk(const argument& given);
  std::string apply_topic_id(const argument& given);
  std::string apply_predefined(const argument& given);
  std::string apply_sleep(const argument& given);
  std::string apply_sn_max_packet(const argument& given);
  std::string apply_engine_passphrase(const argument& given);

  std::string topic_from_ws_path();
  std::uint16_t usual_port() const;
  std::string finish_tls();
  std::string finish_tls_trust();
  std::string finish_tls_key();
  void take_key_log(const char* file);
  std::string finish_version();
  std::string finish_session();
  std::string finish_packet_size();
  std::string finish_password();
  std::string finish_properties();
  std::string finish_sn();

  void wants_tls(const argument& given) {
    if (given.is_mere_hint) return;
    if (tls_wanted_by_.empty()) tls_wanted_by_ = place_of(given);
    is_tls_of_file_ = !given.file.empty();
  }
  tls_options& tls_seen(const argument& given) {
    if (tls_option_.empty() && !given.is_mere_hint) tls_option_ = given.spelled;
    return tls_;
  }
  will_options& will_seen(std::string_view option) {
    if (will_option_.empty()) will_option_ = option;
    return will_;
  }
  void remark(std::string_view kind, std::string_view text);

  static const setter_row connection_setters[];
  static const std::size_t connection_setter_count;

  const std::span<const setter_row> own_;
  std::string tls_wanted_by_;        // the first option that turns TLS on
  bool is_tls_of_file_ = false;      // the last of them stands in a configuration file
  bool certificate_counts_ = false;  // --cert or --key, where it turns TLS on
  std::string no_tls_option_;        // where TLS was refused
  std::string_view tls_option_;      // the first TLS option that does not turn TLS on
  bool os_certs_ = false;
  bool sends_password_unverified_ = false;
  std::string key_pass_file_;
  bool ws_wanted_ = false;
  bool ws_path_given_ = false;  // --ws-path
  std::string ws_url_path_;     // of a ws:// or wss:// URL that may name a topic
  std::string_view ws_option_;
  will_options will_;
  bool will_wanted_ = false;
  std::string_view will_option_;
  std::string id_prefix_;
  bool id_prefix_given_ = false;
  std::string version_option_;                // where it was given
  std::string v5_option_;                     // the first option that needs MQTT 5
  const argument* password_given_ = nullptr;  // what the password comes from
  std::vector<const argument*> typed_;        // on the command line
  std::string notes_;
};

}  // namespace mqttkit::tools
