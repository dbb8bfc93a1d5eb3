#include "mqtt-doctor/facts/facts_json.hpp"

#include <nlohmann/json.hpp>

#include "common/printable.hpp"
#include "mqtt-doctor/facts/facts_values.hpp"

namespace mqttkit::doctor {

nlohmann::json facts_value(const facts& from) { return from; }

std::string facts_to_json(const facts& from, bool indented) {
  return facts_value(from).dump(indented ? 2 : -1, ' ', false,
                                nlohmann::json::error_handler_t::replace);
}

std::string facts_from_json(std::string_view text, facts& out) {
  try {
    const auto document = nlohmann::json::parse(text);
    if (!document.is_object()) return "a JSON object is expected";
    const auto inner = document.find("facts");
    (inner != document.end() ? *inner : document).get_to(out);
    return {};
  } catch (const nlohmann::json::exception& wrong) {
    return tools::printable(wrong.what(), 200);
  }
}

}  // namespace mqttkit::doctor
