// The options of mqtt-sub: what each does to its settings (options.cpp), and what they mean
// together (option_check.cpp).
#pragma once

#include <string>
#include <vector>

#include "cli/parser.hpp"
#include "cli/settings_builder.hpp"
#include "mqtt-sub/settings.hpp"

namespace mqttkit::tools {

class sub_settings_builder : public settings_builder {
 public:
  explicit sub_settings_builder(sub_settings& out);

 private:
  std::string finish_own() override;
  bool wants_v5() const override { return sub_.clean_retained || sub_.replies; }
  bool has_topic() const override;
  void take_topic(const std::string& topic) override { sub_.topics.push_back(topic); }

  std::string apply_own_subscription(const argument& given);
  std::string apply_clean_retained(const argument& given);
  std::string apply_where(const argument& given);
  std::string apply_format(const argument& given);
  std::string apply_summary_every(const argument& given);
  std::string apply_exec(const argument& given);

  std::string finish_retained();
  std::string finish_output();
  std::string finish_replies();
  std::string finish_clean();

  static const setter_row setters[];
  static const std::size_t setter_count;

  sub_settings& sub_;
  std::vector<std::string> clean_filters_;  // of --clean-retained
};

/// parse_command_line() before anything is printed.
parse_result parse(int argc, char** argv, sub_settings& out,
                   const process_environment& environment = {});

}  // namespace mqttkit::tools
