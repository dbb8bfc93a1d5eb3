// What the options of a command line come to: each one applied in turn (apply.cpp), then all of
// them checked together (finish.cpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/property_option.hpp"
#include "cli/setting_report.hpp"
#include "cli/settings.hpp"

namespace mqttkit::tools {

// What a port stands for when none was given.
inline constexpr std::uint16_t mqtt_port = 1883;
inline constexpr std::uint16_t mqtts_port = 8883;
inline constexpr std::uint16_t http_port = 80;    // RFC 6455 §3: ws:// URLs
inline constexpr std::uint16_t https_port = 443;  // and wss://

inline constexpr std::uint32_t never_expires = 0xFFFFFFFF;  // MQTT 5.0 §3.1.2.11.2

/// Turns options into settings, one after the other, so that the last one wins.
class interpreter {
 public:
  /// @param report  collects what is set and where; nullptr when nobody asks. Then finish() leaves
  ///                out what only matters to a program that goes on to connect.
  interpreter(program which, common_settings& common, pub_settings* pub, sub_settings* sub,
              doctor_settings* doctor = nullptr, setting_report* report = nullptr)
      : which_(which),
        report_(report),
        common_(common),
        pub_(pub),
        sub_(sub),
        doctor_(doctor),
        dial_(common.client.dial),
        session_(common.client.session) {}

  /// What is wrong with this option; empty when nothing is.
  std::string apply(const argument& given);

  /// What is wrong with all of them together.
  std::string finish();

  const std::string& notes() const noexcept { return notes_; }
  void warn(std::string_view text) { remark("warning", text); }

 private:
  std::string apply_connection(const argument& given);
  std::string apply_message(const argument& given);
  std::string apply_reply(const argument& given);
  std::string apply_subscription(const argument& given);
  std::string apply_url(const argument& given);
  std::string apply_url_topic(std::string_view path);
  std::string apply_proxy(const argument& given);
  std::string apply_host(const argument& given);
  std::string apply_password(const argument& given);
  std::string apply_expiry(const argument& given);
  std::string apply_source(const argument& given, message_source source);
  std::string apply_speed(const argument& given);
  std::string apply_own_subscription(const argument& given);
  std::string apply_exec(const argument& given);
  std::string apply_payload_form(const argument& given);
  std::string apply_explain(const argument& given);
  std::string apply_diagnosis(const argument& given);
  std::string apply_target(const argument& given, bool is_field);
  std::string second_target(const argument& given);
  std::string apply_doctor_url(const argument& given);
  std::string apply_listen(const argument& given);
  std::string apply_delivery(const argument& given);
  std::string apply_delivery_property(const argument& given);
  std::string apply_sent_via(const argument& given);
  std::string offline_only(const argument& given);
  std::string finish_delivery();
  std::string finish_doctor();
  std::string finish_listen();
  std::string finish_explain() const;
  std::string finish_report() const;
  void settle_doctor_scheme();
  std::string settle_url_topic();
  std::uint16_t usual_port() const;
  std::string finish_tls();
  void take_key_log(const char* file);
  std::string finish_version();
  std::string finish_session();
  std::string finish_password();
  std::string finish_properties();
  std::string finish_pub();
  std::string finish_messages();
  std::string finish_outbox();
  std::string finish_request();
  std::string finish_sub();
  std::string finish_retained();
  std::string finish_output();
  std::string finish_replies();
  std::string finish_clean();

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
  void needs_v5(const argument& option) {
    if (v5_option_.empty()) v5_option_ = place_of(option);
  }
  void note(std::string_view text) { remark("note", text); }
  void remark(std::string_view kind, std::string_view text) {
    notes_ += name_of(which_);
    notes_ += ": ";
    notes_ += kind;
    notes_ += ": ";
    notes_ += text;
    notes_ += '\n';
  }

  const program which_;
  setting_report* const report_;
  common_settings& common_;
  pub_settings* const pub_;
  sub_settings* const sub_;
  doctor_settings* const doctor_;
  dial_options& dial_;
  session_options& session_;

  std::optional<std::uint16_t> port_;
  std::uint16_t scheme_port_ = 0;  // of a URL's scheme; 0 when there was none
  tls_options tls_;
  std::string tls_wanted_by_;        // the first option that turns TLS on
  bool is_tls_of_file_ = false;      // the last of them stands in a configuration file
  bool certificate_counts_ = false;  // --cert or --key, where it turns TLS on
  std::string no_tls_option_;        // where TLS was refused
  std::string_view tls_option_;      // the first TLS option that does not turn TLS on
  bool os_certs_ = false;
  bool sends_password_unverified_ = false;
  std::string key_pass_file_;
  websocket_options websocket_;
  bool ws_wanted_ = false;
  bool ws_path_given_ = false;  // --ws-path
  std::string ws_url_path_;     // of a ws:// or wss:// URL that may name a topic
  std::string_view ws_option_;
  will_options will_;
  bool will_wanted_ = false;
  std::string_view will_option_;
  property_lists properties_;
  std::string id_prefix_;
  bool id_prefix_given_ = false;
  std::string target_word_;  // of the doctor, as it was typed
  bool id_given_ = false;
  std::optional<protocol_version> version_;
  std::string version_option_;                // where it was given
  std::string v5_option_;                     // the first option that needs MQTT 5
  const argument* password_given_ = nullptr;  // what the password comes from
  std::optional<std::uint32_t> expiry_;
  std::string offline_option_;  // the first option that is of use with --offline only
  bool repeat_given_ = false;
  bool on_refused_given_ = false;
  bool replay_ = false;
  std::optional<double> speed_;             // 0: max
  std::string_view reply_option_;           // the first option that is of use with --request only
  std::vector<std::string> clean_filters_;  // of --clean-retained
  std::string notes_;
};

}  // namespace mqttkit::tools
