#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::tools {

/// A host as it was typed, with its slips corrected.
struct mended_host {
  std::string host;
  std::optional<std::uint16_t> port;
  bool has_bad_port = false;  ///< the text behind the colon is no port
  std::vector<doctor::fact_word<doctor::host_slip>> mended;  ///< in the order they were made
  std::vector<std::string> odd_characters;                   ///< "U+0020 at the end", "U+FF1A"
  std::optional<std::string> user_name;  ///< of a login before the host, as in a URL
  std::optional<std::string> password;

  mended_host() = default;
};

/// Reads a text as a host, and corrects its slips.
/// @param is_field  only a host may stand here, as in an app's host field (-h); otherwise
///                  HOST:PORT and [ADDRESS]:PORT are fine as they are
mended_host mend_host(std::string_view text, bool is_field);

}  // namespace mqttkit::tools
