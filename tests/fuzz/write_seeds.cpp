// Writes the seeds of the decode target and its dictionary: write_seeds tests/fuzz
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "mqttkit/codec/property.hpp"
#include "support/hex.hpp"
#include "unit/codec/vectors.hpp"

using namespace mqttkit;

namespace {

// One input: the version, no size limit, the packet.
void write_seed(const std::filesystem::path& folder, const test::vector& each) {
  const std::string version(to_string(each.version));
  std::ofstream out(folder / ("v" + version + "-" + std::string(each.name)), std::ios::binary);
  out.put(static_cast<char>(static_cast<int>(each.version) - 3));
  out.put('\0');
  out << as_text(test::hex(each.bytes));
}

// A property identifier with a valid value of its type.
std::string word_of(const property_rule& rule) {
  char id[8];
  std::snprintf(id, sizeof id, "\\x%02X", static_cast<unsigned>(rule.id));
  switch (rule.type) {
    case property_type::byte:
    case property_type::variable_byte:
      return std::string(id) + "\\x01";
    case property_type::two_byte:
      return std::string(id) + "\\x00\\x01";
    case property_type::four_byte:
      return std::string(id) + "\\x00\\x00\\x00\\x01";
    case property_type::utf8:
    case property_type::binary:
      return std::string(id) + "\\x00\\x01a";
    case property_type::utf8_pair:
      return std::string(id) + "\\x00\\x01a\\x00\\x01b";
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_seeds tests/fuzz\n", stderr);
    return 2;
  }
  const std::filesystem::path folder(argv[1]);
  std::filesystem::create_directories(folder / "corpus" / "decode");
  for (const test::vector& each : test::vectors) write_seed(folder / "corpus" / "decode", each);

  std::ofstream words(folder / "decode.dict");
  words << "# Written by write_seeds from the table of properties.\n";
  for (const property_rule& rule : property_rules()) {
    words << "# " << rule.name << "\n\"" << word_of(rule) << "\"\n";
  }
  words << "# names, filters and edges of UTF-8\n"
           "\"\\x00\\x04MQTT\\x05\"\n\"\\x00\\x04MQTT\\x04\"\n\"\\x00\\x06MQIsdp\\x03\"\n"
           "\"$share/g/\"\n\"$SYS/\"\n\"/+/\"\n\"/#\"\n"
           "\"\\xED\\xA0\\x80\"\n\"\\xE0\\x80\\xAF\"\n\"\\xF4\\x90\\x80\\x80\"\n"
           "\"\\xFF\\xFF\\xFF\\x7F\"\n\"\\x80\\x00\"\n";
  return 0;
}
