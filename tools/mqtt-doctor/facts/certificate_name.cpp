#include "mqtt-doctor/facts/certificate_name.hpp"

namespace mqttkit::doctor {

std::string common_name_in(std::string_view subject) {
  if (subject.find_first_of("\\\"+") != subject.npos) return {};
  constexpr std::string_view mark = "CN=";
  std::string found;
  for (std::size_t at = 0; at < subject.size();) {
    const std::size_t end = subject.find(',', at);
    const std::string_view part = subject.substr(at, end - at);
    if (part.starts_with(mark)) found = part.substr(mark.size());
    at = end == subject.npos ? subject.size() : end + 1;
  }
  return found;
}

}  // namespace mqttkit::doctor
