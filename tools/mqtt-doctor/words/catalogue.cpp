#include "mqtt-doctor/words/catalogue.hpp"

#include <cstdint>
#include <cstring>
#include <utility>

namespace mqttkit::doctor {
namespace {

constexpr std::uint32_t magic = 0x950412de;
constexpr std::size_t header_bytes = 20;  // magic, revision, count and offsets of the two tables

std::uint32_t number_at(std::string_view text, std::size_t at) {
  std::uint32_t number = 0;
  std::memcpy(&number, text.data() + at, sizeof number);
  return number;
}

/// The text that an entry of a table points to; no data if it lies outside the file, or has no NUL
/// behind it.
std::string_view text_of_entry(std::string_view all, std::size_t entry) {
  if (entry + 8 > all.size()) return {};
  const std::size_t size = number_at(all, entry), at = number_at(all, entry + 4);
  if (at >= all.size() || size >= all.size() - at || all[at + size] != 0) return {};
  return all.substr(at, size);
}

}  // namespace

catalogue catalogue::of(std::string contents) {
  catalogue out;
  // The contents stay on the heap when the catalogue moves, since the texts point into them.
  if (contents.size() < header_bytes || number_at(contents, 0) != magic) return out;
  out.contents_ = std::move(contents);
  const std::string_view all = out.contents_;
  const std::size_t count = number_at(all, 8);
  const std::size_t originals = number_at(all, 12), translations = number_at(all, 16);
  if (count > all.size() / 16) return out;  // two entries of 8 bytes each
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view original = text_of_entry(all, originals + 8 * i);
    const std::string_view translation = text_of_entry(all, translations + 8 * i);
    // The entry of "" holds the catalogue's header.
    if (original.empty() || translation.empty()) continue;
    out.sentences_.emplace(original, translation.data());
  }
  return out;
}

const char* catalogue::find(std::string_view english) const {
  const auto found = sentences_.find(english);
  return found == sentences_.end() ? nullptr : found->second;
}

}  // namespace mqttkit::doctor
