// The options of mqtt-pub: what each does to its settings (options.cpp), and what they mean
// together (option_check.cpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/parser.hpp"
#include "cli/settings_builder.hpp"
#include "mqtt-pub/settings.hpp"

namespace mqttkit::tools {

class pub_settings_builder : public settings_builder {
 public:
  explicit pub_settings_builder(pub_settings& out);

  std::string apply(const argument& given) override;
  bool is_request() const override { return pub_.request; }

 private:
  std::string finish_own() override;
  bool wants_v5() const override;
  bool has_topic() const override;
  void take_topic(const std::string& topic) override { pub_.topic = topic; }
  bool reads_standard_input() const override;

  std::string take_source(const argument& given, message_source source);
  std::string apply_source(const argument& given);
  std::string apply_message(const argument& given);
  std::string apply_file(const argument& given);
  std::string apply_recording(const argument& given);
  std::string apply_qos_of_messages(const argument& given);
  std::string apply_repeat(const argument& given);
  std::string apply_repeat_delay(const argument& given);
  std::string apply_template(const argument& given);
  std::string apply_replay(const argument& given);
  std::string apply_speed(const argument& given);
  std::string apply_key_separator(const argument& given);
  std::string apply_on_refused(const argument& given);
  std::string apply_outbox_limit(const argument& given);
  std::string apply_response_topic(const argument& given);
  std::string apply_format(const argument& given);

  std::string finish_messages();
  std::string finish_pace();
  std::string finish_topic();
  std::string finish_outbox();
  std::string finish_request();

  static const setter_row setters[];
  static const std::size_t setter_count;

  pub_settings& pub_;
  bool repeat_given_ = false;
  bool on_refused_given_ = false;
  bool replay_ = false;
  std::optional<double> speed_;    // 0: max
  std::string_view reply_option_;  // the first option that is of use with --request only
};

/// parse_command_line() before anything is printed.
parse_result parse(int argc, char** argv, pub_settings& out,
                   const process_environment& environment = {});

}  // namespace mqttkit::tools
