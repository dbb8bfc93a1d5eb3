#include "mqtt-doctor/said/numbers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <utility>

#include "mqtt-doctor/said/plain.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr unsigned most_mbedtls = 0x7FFF;  // its codes have 15 bits, and are shown negative

std::optional<unsigned> number_of(std::string_view digits, int base) {
  unsigned value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return {};
  return value;
}

/// The number of an OpenSSL error "error:0A000418:" as words for a row; "" for other texts.
std::string openssl_reason(std::string_view text) {
  constexpr std::string_view start = "error:";
  constexpr std::size_t digits = 8, reason_digits = 3;
  std::string out;
  for (std::size_t at = text.find(start); at != text.npos; at = text.find(start, at + 1)) {
    const std::string_view code = text.substr(at + start.size(), digits);
    const bool is_ssl = code.starts_with("14") || code.starts_with("0a0");
    if (code.size() != digits || !is_ssl || !number_of(code, 16)) continue;
    // Both packings of OpenSSL keep the reason in the low 12 bits.
    const unsigned reason = *number_of(code.substr(digits - reason_digits), 16);
    out.append(" opensslreason ").append(std::to_string(reason));
  }
  return out;
}

/// A code of mbedTLS: -0x2700, -9984, and where the text is about it also 0x2700.
std::optional<unsigned> mbedtls_code(std::string_view word, bool is_about_mbedtls) {
  constexpr unsigned least_decimal = 0x1000;  // smaller ones are errno's, signal strengths, ...
  constexpr std::size_t most_digits = 4;
  const bool is_negative = word.starts_with("-");
  if (is_negative) word.remove_prefix(1);
  const bool is_hex = word.starts_with("0x");
  if (!is_negative && !(is_hex && is_about_mbedtls)) return {};
  if (is_hex) word.remove_prefix(2);
  if (word.size() > most_digits + 1) return {};
  const auto value = number_of(word, is_hex ? 16 : 10);
  if (!value || *value == 0 || *value > most_mbedtls) return {};
  if (!is_hex && *value < least_decimal) return {};
  return value;
}

/// The codes of mbedTLS in their two parts: one of a module and one of what is below it.
std::string mbedtls_parts(std::string_view text) {
  constexpr unsigned low_bits = 0x7F;
  constexpr std::array<std::string_view, 3> about{"mbedtls", "tls stack", "mbed tls"};
  const bool is_about = std::any_of(about.begin(), about.end(), [text](std::string_view word) {
    return text.find(word) != text.npos;
  });
  std::string out;
  for (const said_word& word : words_in(text, underscore::joins)) {
    const auto code = mbedtls_code(word.text, is_about);
    if (!code) continue;
    char parts[48] = "";
    std::snprintf(parts, sizeof parts, " mbedtlshigh %04x mbedtlslow %02x", *code & ~low_bits,
                  *code & low_bits);
    out += parts;
  }
  return out;
}

/// Codes of Paho Java: "(32104)" behind a sentence in the language of the device.
std::string paho_java_codes(std::string_view text) {
  constexpr std::size_t digits = 5;
  constexpr unsigned first = 32000, last = 32203;
  std::string out;
  for (std::size_t at = text.find('('); at != text.npos; at = text.find('(', at + 1)) {
    if (at + 1 + digits >= text.size() || text[at + 1 + digits] != ')') continue;
    const auto code = number_of(text.substr(at + 1, digits), 10);
    if (code && *code >= first && *code <= last)
      out.append(" pahojavacode ").append(std::to_string(*code));
  }
  return out;
}

/// "1/0/50000 20 cD 1/1/0/0/0 0/0": how haproxy says that a session ended [its manual, 8.5].
std::string haproxy_state(std::string_view text) {
  constexpr std::array<std::pair<char, const char*>, 5> who{{{'C', "client abort"},
                                                             {'c', "client timeout"},
                                                             {'S', "server abort"},
                                                             {'s', "server timeout"},
                                                             {'P', "proxy abort"}}};
  constexpr std::array<std::pair<char, const char*>, 5> when{
      {{'Q', "queue"}, {'C', "connect"}, {'R', "request"}, {'H', "headers"}, {'D', "data"}}};
  const auto word = [](const auto& list, char sign) -> const char* {
    for (const auto& [each, name] : list)
      if (each == sign) return name;
    return nullptr;
  };
  for (std::size_t at = 1; at + 3 < text.size(); ++at) {
    if (text[at - 1] != ' ' || text[at + 2] != ' ' || !is_ascii_digit(text[at + 3])) continue;
    const std::string_view counts = text.substr(at + 3, text.find(' ', at + 3) - at - 3);
    const char* const side = word(who, text[at]);
    const char* const phase = word(when, text[at + 1]);
    if (side == nullptr || phase == nullptr || std::count(counts.begin(), counts.end(), '/') != 4)
      continue;
    return std::string(" haproxystate ").append(side).append(" ").append(phase);
  }
  return {};
}

/// A CONNECT among the bytes that a web server logs as a request.
std::string raw_connect(std::string_view text) {
  constexpr std::array<std::string_view, 4> names{"\4MQTT", "\6MQIsdp", "\\x04MQTT", "\\x06MQIsdp"};
  const bool is_there = std::any_of(names.begin(), names.end(), [text](std::string_view name) {
    return text.find(name) != text.npos;
  });
  return is_there ? " rawmqttconnect" : "";
}

}  // namespace

std::string log_words(std::string_view plain_text) {
  return haproxy_state(plain_text) + raw_connect(plain_text);
}

std::string library_numbers(std::string_view folded_text) {
  return openssl_reason(folded_text) + mbedtls_parts(folded_text) + paho_java_codes(folded_text);
}

}  // namespace mqttkit::doctor
