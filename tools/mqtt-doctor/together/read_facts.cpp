// Reading files of facts. They come from other people and are trusted no more than the network.
// network says.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>

#include "common/json_reader.hpp"
#include "common/printable.hpp"
#include "mqtt-doctor/facts/facts_json.hpp"
#include "mqtt-doctor/together/vantage.hpp"
#include "mqttkit/base/utf8.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* too_large = "larger than 32 MiB; a file of mqtt-doctor --json is not";

std::string named(const std::string& file) {
  return (file == "-" ? "stdin" : tools::printable(file, 200)) + ": ";
}

std::string read_all(int descriptor, std::string& out) {
  std::array<char, 65536> piece{};
  for (;;) {
    const ssize_t size = ::read(descriptor, piece.data(), piece.size());
    if (size == 0) return {};
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::strerror(errno);
    out.append(piece.data(), static_cast<std::size_t>(size));
    if (out.size() > most_facts_bytes) return too_large;
  }
}

/// The members that tell whether an object is the facts themselves or a report with them.
struct outline {
  bool has_asked = false;
  bool has_endpoints = false;
  bool has_vantages = false;
  std::int64_t format = 0;
  std::string_view facts;  ///< the text of member "facts"

  outline() = default;
};

/// False when the text is no JSON object.
bool take_outline(std::string_view object, outline& out) {
  tools::json_reader in(object);
  if (!in.begin_object()) return false;
  for (std::string_view name; in.next_member(name);) {
    out.has_asked = out.has_asked || name == "asked";
    out.has_endpoints = out.has_endpoints || name == "endpoints";
    out.has_vantages = out.has_vantages || name == "vantages";
    const bool is_facts = name == "facts", is_format = name == "format";
    const std::size_t start = in.position();
    in.skip();
    if (in.failed()) return false;
    const std::string_view value = object.substr(start, in.position() - start);
    if (is_facts) out.facts = value;
    if (is_format) std::from_chars(value.data(), value.data() + value.size(), out.format);
  }
  return in.end();
}

/// The object's member "name", made safe for a terminal.
std::string name_in(std::string_view object) {
  tools::json_reader in(object);
  std::string storage;
  if (!in.begin_object()) return {};
  for (std::string_view member; in.next_member(member);) {
    std::string_view said;
    constexpr std::size_t longest = 80;
    if (member == "name" && in.string(said, storage)) return tools::printable(said, longest);
    if (member == "name" || !in.skip()) break;
  }
  return {};
}

constexpr std::size_t most_places = 1000;  // a capture has no more clients

}  // namespace

std::string facts_of_text(std::string_view text, facts& out) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // an editor may add it
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const std::string not_ours = "this is not what mqtt-doctor --json writes";
  outline report;
  if (take_outline(text, report)) {
    if (report.has_vantages)
      return "this was explained already; name the files that were explained";
    outline found = report;
    if (!report.facts.empty()) {
      found = {};
      take_outline(report.facts, found);
    }
    if (!found.has_asked || !found.has_endpoints) return not_ours;
    const int known = facts().format;
    if (found.format > known) {
      return "written by a newer mqtt-doctor (format " + std::to_string(found.format) +
             ", this one reads up to " + std::to_string(known) + "); update mqtt-doctor";
    }
  }
  const std::string wrong = facts_from_json(text, out);
  return wrong.empty() ? wrong : not_ours + ": " + wrong;
}

std::string facts_of_contents(const std::string& file, std::string_view text, facts& out) {
  std::string wrong;
  if (text.empty()) wrong = "empty; did mqtt-doctor --json end with an error?";
  if (text.size() > most_facts_bytes) wrong = too_large;
  if (wrong.empty()) wrong = facts_of_text(text, out);
  return wrong.empty() ? wrong : named(file) + wrong;
}

std::string all_facts_of_contents(const std::string& file, std::string_view text,
                                  const std::string& name, std::vector<named_facts>& out) {
  std::vector<named_facts> several;
  tools::json_reader in(text);
  bool is_whole = text.size() <= most_facts_bytes && is_utf8(text) && in.begin_object();
  if (is_whole) {
    for (std::string_view member; in.next_member(member);) {
      if (member != "vantages") {
        in.skip();
        continue;
      }
      if (!in.begin_array()) break;
      while (is_whole && in.next_element()) {
        const std::size_t start = in.position();
        if (!in.skip()) break;
        const std::string_view object = text.substr(start, in.position() - start);
        named_facts& place = several.emplace_back();
        place.name = name_in(object);
        is_whole = several.size() <= most_places && facts_of_text(object, place.known).empty();
      }
      if (!is_whole) break;
    }
  }
  // A capture's report holds more than its facts.
  const bool has_phone = std::any_of(several.begin(), several.end(), [](const named_facts& place) {
    return place.known.phone.has_value();
  });
  if (is_whole && has_phone && in.end()) {
    std::move(several.begin(), several.end(), std::back_inserter(out));
    return {};
  }
  named_facts only;
  only.name = name;
  const std::string wrong = facts_of_contents(file, text, only.known);
  if (wrong.empty()) out.push_back(std::move(only));
  return wrong;
}

std::string read_facts(const std::string& file, facts& out) {
  const bool is_stdin = file == "-";
  const std::string start = named(file);
  const int descriptor = is_stdin ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return start + std::strerror(errno);
  std::string text;
  std::string wrong = read_all(descriptor, text);
  if (!is_stdin) ::close(descriptor);
  return wrong.empty() ? facts_of_contents(file, text, out) : start + wrong;
}

}  // namespace mqttkit::doctor
