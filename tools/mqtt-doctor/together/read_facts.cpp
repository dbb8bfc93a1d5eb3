// Files of facts come from other people: what they hold is no more to be trusted than what a
// network says.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "common/printable.hpp"
#include "mqtt-doctor/facts/facts_json.hpp"
#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {
namespace {

using nlohmann::json;

// A report with every fact is some 100 KB; a log quoted in it may make it a few more.
constexpr std::size_t most_bytes = std::size_t{32} << 20;

std::string whole(std::string_view text) { return tools::printable(text, text.size() * 4 + 1); }

/// Line by line: a setting that stands several times in a file has a line for each, and the detail
/// of a problem may have two parts.
std::string printable_lines(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += (at == 0 ? "" : "\n") + whole(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

/// Every text safe for a terminal, as the doctor's own probes leave them.
void make_printable(json& value, bool keeps_lines = false) {
  if (value.is_string()) {
    auto& text = value.get_ref<json::string_t&>();
    text = keeps_lines ? printable_lines(text) : whole(text);
    return;
  }
  if (value.is_array()) {
    for (auto& inner : value) make_printable(inner);
  }
  if (!value.is_object()) return;
  for (auto at = value.begin(); at != value.end();) {
    // Keys of ours are plain; one that is not belongs to no fact.
    if (whole(at.key()) != at.key()) {
      at = value.erase(at);
      continue;
    }
    make_printable(at.value(), keeps_lines || at.key() == "settings" || at.key() == "detail");
    ++at;
  }
}

std::string read_all(int descriptor, std::string& out) {
  std::array<char, 65536> piece{};
  for (;;) {
    const ssize_t size = ::read(descriptor, piece.data(), piece.size());
    if (size == 0) return {};
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::strerror(errno);
    out.append(piece.data(), static_cast<std::size_t>(size));
    if (out.size() > most_bytes) return "larger than 32 MiB; a file of mqtt-doctor --json is not";
  }
}

/// Deeper than any report: a parser of somebody's file must not run out of stack.
bool is_too_deep(std::string_view text) {
  constexpr int deepest = 64;
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      if (++depth > deepest) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

std::string facts_of_text(std::string_view text, facts& out) {
  constexpr const char* not_ours = "this is not what mqtt-doctor --json writes";
  if (is_too_deep(text)) return not_ours;
  try {
    json document = json::parse(text);
    if (!document.is_object()) return not_ours;
    if (document.contains("vantages"))
      return "this was explained already; name the files that were explained";
    const auto inner = document.find("facts");
    json& seen = inner != document.end() ? *inner : document;
    if (!seen.is_object() || !seen.contains("asked") || !seen.contains("endpoints"))
      return not_ours;
    const auto format = seen.find("format");
    const int known = facts().format;
    if (format != seen.end() && format->is_number_integer() &&
        format->get<std::int64_t>() > known) {
      return "written by a newer mqtt-doctor (format " +
             std::to_string(format->get<std::int64_t>()) + ", this one reads up to " +
             std::to_string(known) + "); update mqtt-doctor";
    }
    make_printable(seen);
    return facts_from_json(seen.dump(), out);
  } catch (const json::exception& wrong) {
    return std::string(not_ours) + ": " + tools::printable(wrong.what(), 160);
  }
}

std::string read_facts(const std::string& file, facts& out) {
  const bool is_stdin = file == "-";
  const std::string start = (is_stdin ? "stdin" : tools::printable(file, 200)) + ": ";
  const int descriptor = is_stdin ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return start + std::strerror(errno);
  std::string text;
  std::string wrong = read_all(descriptor, text);
  if (!is_stdin) ::close(descriptor);
  if (wrong.empty() && text.empty()) wrong = "empty; did mqtt-doctor --json end with an error?";
  if (wrong.empty()) wrong = facts_of_text(text, out);
  return wrong.empty() ? wrong : start + wrong;
}

}  // namespace mqttkit::doctor
