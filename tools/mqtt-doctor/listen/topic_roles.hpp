// What a topic and its message are there for, by the words that programs usually choose. Pure.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace mqttkit::doctor {

/// What a message says of its sender.
enum class presence : std::uint8_t { none, there, gone };

/// By its words: "online", "offline", {"state":"online"}. "on", "1" or "true" say nothing by
/// themselves.
presence presence_of(std::string_view text);
/// The same of a message whose topic a will goes to as well: "true" and "1" count.
presence presence_beside_will(std::string_view text);

/// Whether the topic is one for commands: "lamp/set", "cmnd/plug/POWER".
bool is_command_topic(std::string_view topic);
/// Whether a device or its values are made known there, for programs that list what they find.
bool is_discovery_topic(std::string_view topic);

template <std::size_t Size>
bool is_one_of(std::string_view word, const std::array<std::string_view, Size>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view last_level_of(std::string_view topic) noexcept;
/// The topic without its last level; "" of a topic of one level.
std::string_view above(std::string_view topic) noexcept;

}  // namespace mqttkit::doctor
