#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::tools {

/// What somebody typed where a host belongs, taken for what it was probably meant to be.
struct mended_host {
  std::string host;
  std::optional<std::uint16_t> port;
  bool has_bad_port = false;  ///< what stands behind the colon is none
  std::vector<doctor::fact_word<doctor::host_slip>> mended;  ///< in the order they were
  std::vector<std::string> odd_characters;                   ///< "U+0020 at the end", "U+FF1A"

  mended_host() = default;
};

/// Reads `text` as a host.
/// @param is_field  only a host may stand here, as in an app's host field (-h); otherwise
///                  HOST:PORT and [ADDRESS]:PORT are fine as they are
mended_host mend_host(std::string_view text, bool is_field);

}  // namespace mqttkit::tools
