// How payloads are written in text: --in hex, base64 or json.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "mqtt-pub/settings.hpp"

namespace mqttkit::tools {

/// What is wrong with a payload, and at which byte of its text, from 0.
struct form_error {
  const char* what = nullptr;
  std::size_t at = 0;

  explicit operator bool() const noexcept { return what != nullptr; }
};

/// The bytes that `text` stands for: `text` itself, or a view of `storage`. After an error
/// `payload` is undefined; nothing is ever cut short.
form_error read_payload(payload_form form, std::string_view text, std::string& storage,
                        std::string_view& payload);

/// Pairs of hex digits, with blanks between the pairs where somebody likes them.
form_error decode_hex(std::string_view text, std::string& out);

/// Base64 with padding (RFC 4648 §4), broken into lines or not.
form_error decode_base64(std::string_view text, std::string& out);

/// One JSON value (RFC 8259) in UTF-8.
form_error check_json(std::string_view text);

}  // namespace mqttkit::tools
