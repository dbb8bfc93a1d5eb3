// The page for the phone: one document that loads nothing from elsewhere.
#pragma once

#include <string_view>

namespace mqttkit::doctor::phone {

/// HTML in UTF-8. Its JSON block with id "plan" holds page_plan_mark, which the plan replaces.
extern const std::string_view page_text;
inline constexpr std::string_view page_plan_mark = R"({"plan":null})";
/// The hashes for the Content-Security-Policy: "'sha256-...'".
extern const std::string_view page_script_hash;
extern const std::string_view page_style_hash;

}  // namespace mqttkit::doctor::phone
