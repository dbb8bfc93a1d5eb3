#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/settings.hpp"

namespace mqttkit::tools {

/// What --print-config shows: each setting that is in force, and who set it.
class setting_report {
 public:
  setting_report() = default;

  /// Takes down an option before it is applied. Secrets are not kept.
  void note(const argument& given, program which);

  /// One line for each setting, after everything was applied: those that were given, and the
  /// defaults of those that every connection has.
  std::string text(program which, const common_settings& settings) const;

 private:
  struct entry {
    option_id id;
    std::string value;
    std::string origin;
  };

  void set(const argument& given, option_id id, std::string value);
  void set_from_url(const argument& given, program which);
  void forget(option_id id);
  bool has(option_id id) const;

  std::vector<entry> entries_;
};

}  // namespace mqttkit::tools
