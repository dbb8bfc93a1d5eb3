// A file of facts from a stranger: it is read or refused with a reason. Facts that were read are
// written in a form that reads back as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mqtt-doctor/facts/facts_json.hpp"
#include "mqtt-doctor/together/vantage.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mqttkit::doctor;
  facts known;
  if (!facts_of_text({reinterpret_cast<const char*>(data), size}, known).empty()) return 0;
  const std::string written = facts_to_json(known, size % 2 == 0);
  facts again;
  if (!facts_of_text(written, again).empty()) std::abort();
  if (facts_to_json(again, size % 2 == 0) != written) std::abort();
  return 0;
}
