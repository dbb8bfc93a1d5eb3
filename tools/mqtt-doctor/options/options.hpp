// The options of mqtt-doctor: what each does to its settings, and what they mean together.
#pragma once

#include <string>
#include <string_view>

#include "cli/parser.hpp"
#include "cli/settings_builder.hpp"
#include "mqtt-doctor/options/settings.hpp"

namespace mqttkit::tools {

class doctor_settings_builder : public settings_builder {
 public:
  /// @param is_listed  this is one target of check, of whose lines each is read as a command line
  explicit doctor_settings_builder(doctor_settings& out, bool is_listed = false);

  std::string apply(const argument& given) override;
  std::string finish() override;

 private:
  std::string finish_own() override;
  void take_topic(const std::string&) override {}  // common_settings::url_topic is looked at
  bool is_said_plain() const override { return doctor_.scheme == url_scheme::mqtt; }
  bool holds_passwords_back() const override { return true; }

  bool is_command(subcommand which) const { return command_ != nullptr && command_->id == which; }

  // A target, in whatever form it was typed, and how to report (options.cpp).
  std::string apply_target(const argument& given);
  std::string apply_host(const argument& given);
  std::string apply_doctor_url(const argument& given);
  std::string apply_report(const argument& given);
  std::string apply_resolver(const argument& given);
  std::string apply_file(const argument& given);
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
  std::string target_word_;     // as it was typed
  std::string no_port_;         // why what may be an interface is no port to listen on
  std::string second_port_;     // why a second one is one too many
  std::string offline_option_;  // the first option that is of use with --offline only
  const bool is_listed_;
  argument listed_;
  std::string host_option_;  // beside the targets of check: one more
};

/// parse_command_line() before anything is printed.
parse_result parse(int argc, char** argv, doctor_settings& out,
                   const process_environment& environment = {},
                   translate_function translate = nullptr);

/// Reads one target of check: its own words behind those that count for all.
/// @param given  from check's command line
parse_result parse_listed(const check_settings& given, const std::vector<std::string>& own,
                          doctor_settings& out, const process_environment& environment,
                          translate_function translate);

}  // namespace mqttkit::tools
