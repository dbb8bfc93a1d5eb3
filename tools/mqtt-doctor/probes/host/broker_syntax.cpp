#include "mqtt-doctor/probes/host/broker_syntax.hpp"

#include <algorithm>
#include <vector>

#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

std::string unquoted_value(std::string text) {
  text = trimmed(text);
  if (text.size() > 1 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

listener_protocol protocol_of(const std::string& kind) {
  if (kind == "ssl" || kind == "tls") return listener_protocol::mqtts;
  if (kind == "ws") return listener_protocol::ws;
  if (kind == "wss") return listener_protocol::wss;
  return listener_protocol::mqtt;
}

void bind_to(const std::string& given, configured_listener& into) {
  const std::size_t scheme = given.find("://");
  const std::string text = scheme == std::string::npos ? given : given.substr(scheme + 3);
  const std::size_t colon = text.rfind(':');
  const auto port = number(text.substr(colon == std::string::npos ? 0 : colon + 1));
  into.port = static_cast<int>(port.value_or(0));
  if (colon == std::string::npos) return;
  into.address = text.substr(0, colon);
  into.address.erase(std::remove_if(into.address.begin(), into.address.end(),
                                    [](char c) { return c == '[' || c == ']'; }),
                     into.address.end());
  if (is_any_address(into.address)) into.address.clear();
}

std::map<std::string, std::string> flat_hocon(const std::string& text) {
  // Anybody may have written the text; these are more than any broker's file has.
  constexpr std::size_t most_levels = 32, longest_stem = 1024, most_keys = 20'000;
  std::map<std::string, std::string> out;
  std::vector<std::string> stems{""};  // "listeners.tcp." of each open block
  std::size_t levels_left_out = 0;     // open blocks beyond those, of which nothing is kept
  std::string word;
  bool is_quoted = false;
  const auto finish = [&] {
    std::size_t equals = word.find_first_of("=:");
    // NATS's files also take a blank.
    if (equals == std::string::npos)
      equals = trimmed(word).find(' ') == std::string::npos
                   ? std::string::npos
                   : word.find(' ', word.find_first_not_of(" \t\r"));
    if (equals != std::string::npos && levels_left_out == 0) {
      const std::string key = stems.back() + unquoted_value(word.substr(0, equals));
      if (out.size() < most_keys || out.contains(key))
        out[key] = unquoted_value(word.substr(equals + 1));
    }
    word.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') is_quoted = !is_quoted;
    if (is_quoted) {
      word += c;
    } else if (c == '#' || (c == '/' && i + 1 < text.size() && text[i + 1] == '/')) {
      while (i + 1 < text.size() && text[i + 1] != '\n') ++i;
    } else if (c == '{') {
      std::string name = trimmed(word);
      while (!name.empty() && (name.back() == '=' || name.back() == ':' || name.back() == ' ')) {
        name.pop_back();
      }
      const std::string stem = stems.back() + unquoted_value(name) + ".";
      if (levels_left_out > 0 || stems.size() > most_levels || stem.size() > longest_stem)
        ++levels_left_out;
      else
        stems.push_back(stem);
      word.clear();
    } else if (c == '}') {
      finish();
      if (levels_left_out > 0)
        --levels_left_out;
      else if (stems.size() > 1)
        stems.pop_back();
    } else if (c == '\n' || c == ',') {
      finish();
    } else {
      word += c;
    }
  }
  finish();
  return out;
}

std::string attribute(const std::string& element, const std::string& name) {
  for (const char quote : {'"', '\''}) {
    const std::string mark = name + "=" + quote;
    const std::size_t from = element.find(mark);
    if (from == std::string::npos) continue;
    const std::size_t to = element.find(quote, from + mark.size());
    if (to != std::string::npos) {
      return element.substr(from + mark.size(), to - from - mark.size());
    }
  }
  return {};
}

std::string without_comments(const std::string& xml) {
  std::string out;
  for (std::size_t from = 0; from < xml.size();) {
    const std::size_t begin = xml.find("<!--", from);
    out.append(xml, from, begin == std::string::npos ? begin : begin - from);
    const std::size_t end = begin == std::string::npos ? begin : xml.find("-->", begin);
    if (end == std::string::npos) break;
    from = end + 3;
  }
  return out;
}

void lay_over(const given_settings& given, std::map<std::string, std::string>& into) {
  for (const auto& [name, setting] : given) into[name] = setting.value;
}

void note_variables(const given_settings& given, configuration_fact& into) {
  for (const auto& [name, setting] : given) {
    const bool is_of_listener = name.starts_with("listener");
    if (is_of_listener || into.settings.count(name) != 0) into.places[name] = setting.variable;
  }
}

std::map<std::string, std::string> plain_lines(const std::string& text) {
  std::map<std::string, std::string> out;
  for (const auto& line : lines_of(text)) {
    const std::string bare = trimmed(line);
    const std::size_t equals = bare.find('=');
    if (bare.empty() || bare.front() == '#' || equals == std::string::npos) continue;
    out[trimmed(bare.substr(0, equals))] = unquoted_value(bare.substr(equals + 1));
  }
  return out;
}

std::string content_of(const std::string& xml, const std::string& name, std::size_t from) {
  const std::size_t open = xml.find("<" + name + ">", from);
  if (open == std::string::npos) return {};
  const std::size_t begin = open + name.size() + 2;
  const std::size_t end = xml.find("</" + name + ">", begin);
  return end == std::string::npos ? std::string() : trimmed(xml.substr(begin, end - begin));
}

std::string file_behind(const std::string& command,
                        std::initializer_list<std::string_view> options) {
  const auto all = words_of(command);
  const auto is_of_shell = [&](std::size_t at) {
    if (all[at] != "-c") return false;
    while (at > 0 && all[at].starts_with('-')) --at;
    const std::string name = all[at].substr(all[at].rfind('/') + 1);
    return name == "sh" || name == "bash" || name == "ash" || name == "dash" || name == "zsh" ||
           name == "ksh";
  };
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    const bool is_option = std::find(options.begin(), options.end(), all[i]) != options.end();
    if (is_option && all[i + 1].starts_with('/') && !is_of_shell(i)) return all[i + 1];
  }
  return {};
}

}  // namespace mqttkit::doctor
