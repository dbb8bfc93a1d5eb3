#include "mqtt-doctor/listen/topic_roles.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t longest_word = 200;  // of a message that tells a state

constexpr std::array<std::string_view, 9> words_there{
    "online", "connected", "available", "alive", "ready", "up", "running", "birth", "active"};
constexpr std::array<std::string_view, 14> words_gone{
    "offline",       "disconnected", "unavailable", "not_available", "not available",
    "dead",          "lost",         "down",        "gone",          "connection lost",
    "not_connected", "inactive",     "stopped",     "death"};

/// The text without blanks and quotation marks around it, in small letters.
std::string bare(std::string_view text) {
  const auto is_around = [](char c) {
    return c == ' ' || c == '"' || c == '\'' || c == '\n' || c == '\r' || c == '\0';
  };
  while (!text.empty() && is_around(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_around(text.back())) text.remove_suffix(1);
  return lower(text);
}

}  // namespace

presence presence_of(std::string_view text) {
  if (text.empty() || text.size() > longest_word) return presence::none;
  const std::string word = bare(text);
  if (is_one_of(word, words_there)) return presence::there;
  if (is_one_of(word, words_gone)) return presence::gone;
  if (!word.starts_with('{')) return presence::none;
  // A value of a small JSON object: {"state":"online"}.
  for (const auto& [words, says] :
       {std::pair{
            std::array<std::string_view, 3>{"\"offline\"", "\"disconnected\"", "\"unavailable\""},
            presence::gone},
        std::pair{std::array<std::string_view, 3>{"\"online\"", "\"connected\"", "\"available\""},
                  presence::there}}) {
    for (const std::string_view each : words) {
      const auto at = word.find(each);
      // Not the name of a field.
      if (at != word.npos && word.find_first_not_of(' ', at + each.size()) != word.npos &&
          word[word.find_first_not_of(' ', at + each.size())] != ':')
        return says;
    }
  }
  return presence::none;
}

presence presence_beside_will(std::string_view text) {
  const presence said = presence_of(text);
  if (said != presence::none || text.size() > longest_word) return said;
  const std::string word = bare(text);
  if (word == "1" || word == "true" || word == "on" || word == "yes") return presence::there;
  if (word == "0" || word == "false" || word == "off" || word == "no") return presence::gone;
  return presence::none;
}

bool is_command_topic(std::string_view topic) {
  static constexpr std::array<std::string_view, 13> levels{
      "set",    "cmd",    "command", "commands", "cmnd",  "control", "trigger",
      "action", "toggle", "restart", "reboot",   "press", "turn"};
  const std::string low = lower(topic);
  if (low.starts_with("cmnd/") || low.find("/cmnd/") != low.npos || low.find("/set/") != low.npos ||
      low.find("/command/") != low.npos)
    return true;
  return is_one_of(last_level_of(low), levels);
}

bool is_discovery_topic(std::string_view topic) {
  static constexpr std::array<std::string_view, 7> levels{
      "config", "$homie", "$nodes", "$properties", "announce", "$description", "discovery"};
  if (is_one_of(last_level_of(topic), levels)) return true;
  return topic.find("/NBIRTH/") != topic.npos || topic.find("/DBIRTH/") != topic.npos ||
         topic.ends_with("/bridge/devices");
}

std::string_view last_level_of(std::string_view topic) noexcept {
  const auto slash = topic.rfind('/');
  return slash == topic.npos ? topic : topic.substr(slash + 1);
}

std::string_view above(std::string_view topic) noexcept {
  const auto slash = topic.rfind('/');
  return slash == topic.npos ? std::string_view() : topic.substr(0, slash);
}

}  // namespace mqttkit::doctor
