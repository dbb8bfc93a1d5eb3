// Removes private things from a report, before it is pasted into a forum.
//
// Secrets are always removed: values behind password=, token=, Bearer and the like, passwords in
// URLs, private keys. The facts hold none, but a log line or banner quoted there may. Addresses and
// host names go on request, each replaced by one placeholder throughout.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

/// `text` with three stars for every secret.
std::string without_secrets(std::string text);

class blanker {
 public:
  /// @param addresses  also blanks addresses and host names
  explicit blanker(bool addresses) : blanks_addresses_(addresses) {}

  /// Learns the host names in these facts.
  void learn(const facts& known);

  /// The text with everything blanked.
  std::string operator()(std::string text);

 private:
  void learn_name(const std::string& name);
  bool is_known(const std::string& name) const;
  std::string hide_addresses(const std::string& text);
  std::string hidden(const std::string& token, char before, std::string_view behind);
  std::string placeholder(std::map<std::string, std::string>& known, const char* kind,
                          const std::string& of);

  bool blanks_addresses_;
  std::vector<std::string> names_;    // in lower case; names with a dot, and the host asked about
  std::vector<std::string> domains_;  // the domains of those names
  std::map<std::string, std::string> hosts_;
  std::map<std::string, std::string> addresses_;
};

}  // namespace mqttkit::doctor
