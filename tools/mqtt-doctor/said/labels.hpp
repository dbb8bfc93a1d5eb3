// Words before and around a number that tell whether it is a code.
#pragma once

#include <string>
#include <string_view>

namespace mqttkit::doctor {

/// Whether a number behind this word is a code in any app: "code", "error", "result".
bool is_code_label(std::string_view word) noexcept;

/// Whether a number behind it is one of an operating system: "errno".
bool is_system_label(std::string_view word) noexcept;

/// Whether the word beside a code does not tell which app it is from.
bool is_small_talk(std::string_view word) noexcept;

/// Whether the text before a number ends in a word for "code" or "state" of another language.
bool ends_in_label(std::string_view folded_text);

/// "5" for 0x5 and 0x05, "" for other words.
std::string small_hex(std::string_view word);

}  // namespace mqttkit::doctor
