// The options of mqtt-doctor: how each changes the settings, and how they combine.
#pragma once

#include <string>
#include <string_view>

#include "cli/parser.hpp"
#include "cli/settings_builder.hpp"
#include "mqtt-doctor/options/settings.hpp"

namespace mqttkit::tools {

class doctor_settings_builder : public settings_builder {
 public:
  /// @param is_listed  one target of check: each of its lines is parsed as a command line
  explicit doctor_settings_builder(doctor_settings& out, bool is_listed = false);

  std::string apply(const argument& given) override;
  std::string finish() override;

 private:
  std::string finish_own() override;
  void take_topic(const std::string&) override {}  // see common_settings::url_topic
  bool is_said_plain() const override { return doctor_.scheme == url_scheme::mqtt; }
  bool holds_passwords_back() const override { return true; }

  bool is_command(subcommand which) const { return command_ != nullptr && command_->id == which; }

  // The target, in any form it was typed, and the report (options.cpp).
  std::string apply_target(const argument& given);
  std::string apply_host(const argument& given);
  std::string apply_doctor_url(const argument& given);
  std::string apply_report(const argument& given);
  std::string apply_resolver(const argument& given);
  std::string apply_file(const argument& given);
  std::string apply_symptom(const argument& given);
  std::string take_target(const argument& given, bool is_field);
  std::string second_target(const argument& given);
  std::string finish_explain() const;
  std::string finish_report() const;
  void decide_scheme();

  // listen_options.cpp
  std::string apply_listen_on(const argument& given);
  std::string apply_forward(const argument& given);
  std::string take_interface(const argument& given, const std::string& wrong);
  std::string finish_listen();

  // delivery_options.cpp
  std::string apply_sent_via(const argument& given);
  std::string apply_login(const argument& given);
  std::string apply_session_expiry(const argument& given);
  std::string apply_delivery_property(const argument& given);
  std::string finish_delivery();
  void needs_offline(const argument& given) {
    if (offline_option_.empty()) offline_option_ = given.spelled;
  }

  // check_options.cpp
  std::string apply_check_target(const argument& given);
  std::string take_bare_port(std::string_view word);
  std::string apply_accept(const argument& given);
  std::string apply_tag(const argument& given);
  std::string apply_on_change(const argument& given);
  std::string refuse_with_check(const argument& given);
  void share_with_targets(const argument& given);
  std::string finish_check();

  // mend_options.cpp
  std::string finish_mend();

  static const setter_row setters[];
  static const std::size_t setter_count;

  doctor_settings& doctor_;
  std::string target_word_;     // as typed
  std::string no_port_;         // error for a word that is neither port nor interface
  std::string second_port_;     // error for a second port
  std::string offline_option_;  // the first option that needs --offline
  const bool is_listed_;
  argument listed_;
  std::string host_option_;  // of check: one more target
};

/// parse_command_line() without its output.
parse_result parse(int argc, char** argv, doctor_settings& out,
                   const process_environment& environment = {},
                   translate_function translate = nullptr);

/// Parses one target of check: its own words behind those for all targets.
/// @param given  of check's command line
parse_result parse_listed(const check_settings& given, const std::vector<std::string>& own,
                          doctor_settings& out, const process_environment& environment,
                          translate_function translate);

}  // namespace mqttkit::tools
