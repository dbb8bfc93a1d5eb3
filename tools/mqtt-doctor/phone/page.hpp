// The page that a phone loads: one document that needs nothing from elsewhere.
#pragma once

#include <string_view>

namespace mqttkit::doctor::phone {

/// HTML, in UTF-8. In its block of JSON with the id "plan" stands page_plan_mark, to be replaced.
extern const std::string_view page_text;
inline constexpr std::string_view page_plan_mark = R"({"plan":null})";
/// As they stand in a Content-Security-Policy: "'sha256-...'".
extern const std::string_view page_script_hash;
extern const std::string_view page_style_hash;

}  // namespace mqttkit::doctor::phone
