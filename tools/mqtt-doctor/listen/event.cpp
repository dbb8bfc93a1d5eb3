#include "mqtt-doctor/listen/event.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "common/json_text.hpp"
#include "common/printable.hpp"
#include "common/text_parts.hpp"
#include "common/utc_time.hpp"
#include "mqtt-doctor/report/blank.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

// Bytes of a text on the terminal; a topic may have 65,535.
constexpr std::size_t most_shown = 200;

std::string clock_text(std::chrono::system_clock::time_point when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count() % 1000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%H:%M:%S", &parts);
  std::snprintf(text.data() + size, text.size() - size, ".%03d", static_cast<int>(ms));
  return text.data();
}

}  // namespace

std::string_view to_string(side which) noexcept {
  return which == side::client ? "client" : "broker";
}

std::string_view to_string(event_kind kind) noexcept {
  static constexpr std::array<std::string_view, 27> words{"answer",
                                                          "closed",
                                                          "connected",
                                                          "cut_off",
                                                          "dropped",
                                                          "flood",
                                                          "forward_failed",
                                                          "full",
                                                          "icmp",
                                                          "left_out",
                                                          "listening",
                                                          "lost",
                                                          "missed",
                                                          "not_mqtt",
                                                          "packet",
                                                          "recap",
                                                          "speaks",
                                                          "tcp",
                                                          "tls_alert",
                                                          "tls_answer",
                                                          "tls_certificate",
                                                          "tls_certificate_request",
                                                          "tls_opened",
                                                          "tls_unread",
                                                          "verdict",
                                                          "websocket_close",
                                                          "written"};
  static_assert(words[static_cast<std::size_t>(event_kind::written)] == "written");
  return words[static_cast<std::size_t>(kind)];
}

std::string shown(std::string_view text) { return tools::printable(text, most_shown); }

std::string shown_without_secrets(std::string_view text) {
  constexpr std::size_t most_searched = 1000;
  return shown(without_secrets(std::string(text.substr(0, most_searched))));
}

std::string in_hex(bytes_view bytes, std::size_t most) {
  std::string out;
  for (const std::byte octet : bytes.first(std::min(most, bytes.size()))) {
    if (!out.empty()) out += ' ';
    append_hex(out, std::to_integer<std::uint8_t>(octet));
  }
  return bytes.size() > most ? out + " ..." : out;
}

event& event::say(sentence part) {
  parts_.push_back(std::move(part));
  return *this;
}

event& event::keep(std::string_view name, std::string_view text) {
  fields_.push_back({std::string(name), shown(text)});
  return *this;
}

event& event::keep(std::string_view name, std::int64_t number) {
  fields_.push_back({std::string(name), number});
  return *this;
}

event& event::keep(std::string_view name, bool yes) {
  fields_.push_back({std::string(name), yes});
  return *this;
}

event& event::keep(std::string_view name, const std::vector<std::string>& list) {
  std::vector<std::string> safe;
  safe.reserve(list.size());
  for (const std::string& text : list) safe.push_back(shown(text));
  fields_.push_back({std::string(name), std::move(safe)});
  return *this;
}

event& event::keep_sentence(std::string sentence) {
  fields_.push_back({"sentence", std::move(sentence)});
  return *this;
}

event& event::tell(const char* sentence, std::string_view name, std::string_view text) {
  say(words(sentence, {{std::string(name), shown(text)}}));
  return keep(name, text);
}

event& event::tell(const char* sentence, std::string_view name, std::int64_t number) {
  say(words(sentence, {{std::string(name), std::to_string(number)}}));
  return keep(name, number);
}

event& event::tell(const char* sentence, std::string_view name,
                   const std::vector<std::string>& list) {
  keep(name, list);
  return say(words(
      sentence, {{std::string(name),
                  tools::joined(std::get<std::vector<std::string>>(fields_.back().value), " ")}}));
}

event& event::tell_if(bool yes, const char* sentence, std::string_view name) {
  if (yes) say(words(sentence));
  return keep(name, yes);
}

std::string line_of(const event& what, const event_place& where) {
  std::string line = clock_text(where.when);
  if (where.packet != 0) line += " #" + std::to_string(where.packet);
  if (!where.client.empty()) {
    line += ' ' + where.client;
    line += !what.is_sent() ? " *" : what.from() == side::client ? " >" : " <";
  }
  if (!what.label().empty()) line += ' ' + what.label();
  const char* before = what.label().empty() ? " " : ": ";
  const std::string between = say(N_(", "));
  for (const sentence& part : what.parts()) {
    line += before + doctor::say(part);
    before = between.c_str();
  }
  return line + '\n';
}

std::string json_of(const event& what, const event_place& where) {
  using tools::append_json_string;
  using tools::append_text;
  byte_buffer out;
  const auto begin = [&out](std::string_view name) {
    append_text(out, out.empty() ? "{" : ",");
    append_json_string(out, name);
    append_text(out, ":");
  };
  tools::utc_time time;
  begin("time");
  append_json_string(out, time.text_of(where.when));
  begin("event");
  append_json_string(out, to_string(what.kind()));
  if (where.connection != 0) {
    begin("connection");
    tools::append_decimal(out, where.connection);
  }
  if (where.packet != 0) {
    begin("frame");
    tools::append_decimal(out, where.packet);
  }
  if (!where.client.empty()) {
    begin("client");
    append_json_string(out, where.client);
  }
  if (what.is_sent()) {
    begin("from");
    append_json_string(out, to_string(what.from()));
  }
  for (const event_field& field : what.fields()) {
    begin(field.name);
    if (const auto* text = std::get_if<std::string>(&field.value)) {
      append_json_string(out, *text);
    } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
      append_text(out, std::to_string(*number));
    } else if (const auto* yes = std::get_if<bool>(&field.value)) {
      append_text(out, *yes ? "true" : "false");
    } else {
      const char* between = "[";
      for (const std::string& each : std::get<std::vector<std::string>>(field.value)) {
        append_text(out, between);
        append_json_string(out, each);
        between = ",";
      }
      append_text(out, between[0] == '[' ? "[]" : "]");
    }
  }
  append_text(out, "}\n");
  return std::string(as_text(out.view()));
}

}  // namespace mqttkit::doctor
