// Takes out of a report what is nobody's business, before it is pasted into a forum.
//
// Secrets always: what follows password=, token=, Bearer and the like, passwords in URLs, private
// keys. The facts hold none; a log line or a banner quoted in them may. Addresses and host names
// on request, each replaced by the same placeholder wherever it stands.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

/// `text` with every secret in it replaced by three stars.
std::string without_secrets(std::string text);

class blanker {
 public:
  /// @param addresses  addresses and host names as well.
  explicit blanker(bool addresses) : blanks_addresses_(addresses) {}

  /// Learns the host names these facts are about.
  void learn(const facts& known);

  /// The text as it may be shown.
  std::string operator()(std::string text);

 private:
  void learn_name(const std::string& name);
  bool is_known(const std::string& name) const;
  std::string hide_addresses(const std::string& text);
  std::string hidden(const std::string& token, char before, std::string_view behind);
  std::string placeholder(std::map<std::string, std::string>& known, const char* kind,
                          const std::string& of);

  bool blanks_addresses_;
  std::vector<std::string> names_;    // lower case, with a dot or asked about
  std::vector<std::string> domains_;  // what they end with
  std::map<std::string, std::string> hosts_;
  std::map<std::string, std::string> addresses_;
};

}  // namespace mqttkit::doctor
