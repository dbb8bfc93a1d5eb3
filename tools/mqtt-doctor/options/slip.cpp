#include "mqtt-doctor/options/slip.hpp"

#include <algorithm>
#include <cctype>

#include "cli/arguments.hpp"
#include "cli/subcommand.hpp"
#include "common/printable.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::string_view list_endings[] = {".txt", ".list", ".lst", ".csv", ".cfg", ".conf"};
constexpr std::string_view saved_endings[] = {".json",    ".pcap", ".pcapng",
                                              ".pcap.gz", ".cap",  ".pcapng.gz"};

bool is_path(std::string_view word) {
  return word.starts_with('/') || word.starts_with("./") || word.starts_with("../") ||
         word.starts_with("~/");
}

template <class Endings>
bool ends_with_any(std::string_view word, const Endings& endings) {
  return std::any_of(std::begin(endings), std::end(endings),
                     [word](std::string_view ending) { return word.ends_with(ending); });
}

std::string lower(std::string_view word) {
  std::string low(word);
  for (char& c : low) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return low;
}

}  // namespace

std::string file_for_target(std::string_view word, bool is_check) {
  const bool is_saved = ends_with_any(word, saved_endings);
  // A word with @ or : may hold a password, and errors do not repeat it.
  if (word.find_first_of("@:") != std::string_view::npos) return {};
  if (!is_saved && !is_path(word) && !ends_with_any(word, list_endings)) return {};
  std::string text = quoted(word) + " is the name of a file; ";
  const std::string shown = printable(word, 200);
  if (is_saved) return text.append("to read it: mqtt-doctor explain ").append(shown);
  if (word.ends_with(".conf") && !is_check)
    return text.append("a broker's configuration is read by mqtt-doctor localhost --on-broker");
  return text.append("a list of targets: mqtt-doctor check --targets ").append(shown);
}

std::string command_near(std::string_view word) {
  if (word.find_first_of(".:/") != std::string_view::npos) return {};
  const std::string low = lower(word);
  std::vector<std::string_view> names{"help", "version"};
  for (const subcommand_row& row : subcommand_rows()) names.push_back(row.word);
  const std::string_view near = nearest(low, names);
  if (near.empty()) return {};
  const bool is_option = near == names[0] || near == names[1];
  return (is_option ? "mqtt-doctor --" : "mqtt-doctor ") + std::string(near);
}

bool are_words_of_app(const std::vector<std::string>& files) {
  return std::none_of(files.begin(), files.end(), [](const std::string& file) {
    return is_path(file) || ends_with_any(file, saved_endings) ||
           ends_with_any(file, list_endings) || file == "-";
  });
}

}  // namespace mqttkit::tools
