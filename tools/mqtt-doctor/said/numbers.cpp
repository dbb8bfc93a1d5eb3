#include "mqtt-doctor/said/numbers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "mqtt-doctor/said/plain.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* tls_hello_words = " rawtlshello";
constexpr unsigned most_mbedtls = 0x7FFF;  // its codes have 15 bits, and are shown negative

std::optional<unsigned> number_of(std::string_view digits, int base) {
  unsigned value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return {};
  return value;
}

bool is_of_number(char c, bool is_decimal) {
  return is_ascii_digit(c) || (!is_decimal && c >= 'a' && c <= 'f');
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

/// A code of mbedTLS that was shown as a number without a sign: 4294936704 is -0x7780.
std::optional<unsigned> wrapped_code(std::string_view word) {
  const auto value = number_of(word, 10);
  if (!value || *value < 0U - most_mbedtls) return {};
  return 0U - *value;
}

/// A code of mbedTLS: -0x2700, -9984, and where the text is about it also 0x2700.
std::optional<unsigned> mbedtls_code(std::string_view word, bool is_about_mbedtls) {
  constexpr unsigned least_decimal = 0x1000;  // smaller ones are errno's, signal strengths, ...
  constexpr std::size_t most_digits = 4;
  const bool is_negative = word.starts_with("-");
  if (is_negative) word.remove_prefix(1);
  const bool is_hex = word.starts_with("0x");
  if (const auto wrapped = wrapped_code(word); wrapped && is_about_mbedtls && !is_negative)
    return wrapped;
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
  constexpr std::array<std::string_view, 4> about{"mbedtls", "tls stack", "mbed tls", "unitytls"};
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

/// The flags that mbedTLS' verification of a certificate leaves (mbedtls/x509.h), each for itself:
/// "flags: 0x4", "x509_verify_cert() returned 12", and a handshake that returns them as they are.
std::string mbedtls_flags(std::string_view text) {
  constexpr unsigned most = 0x1FFFF;
  constexpr std::size_t hex_digits = 4;  // "returned 0x0004"; a code of an error is negative
  constexpr std::array<std::string_view, 3> about{"mbedtls", "x509", "verif"};
  if (std::none_of(about.begin(), about.end(),
                   [text](std::string_view word) { return text.find(word) != text.npos; }))
    return {};
  const auto words = words_in(text, underscore::joins);
  std::string out;
  for (std::size_t at = 1; at < words.size(); ++at) {
    const std::string_view label = words[at - 1].text;
    if (label != "flags" && label != "flag" && label != "returned") continue;
    std::string_view word = words[at].text;
    const bool is_hex = word.starts_with("0x");
    if (is_hex) word.remove_prefix(2);
    const auto value = number_of(word, is_hex ? 16 : 10);
    const bool is_of_check =
        label != "returned" ||
        (at > 1 && words[at - 2].text.find("verify") != std::string_view::npos) ||
        (is_hex && word.size() == hex_digits);
    if (!value || *value == 0 || *value > most || !is_of_check) continue;
    for (unsigned flag = 1; flag <= *value; flag <<= 1) {
      if ((*value & flag) == 0) continue;
      char part[32] = "";
      std::snprintf(part, sizeof part, " mbedtlsflag %04x", flag);
      out += part;
    }
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

/// Bytes that a program shows as numbers: 0x20 0x02 0x00 0x05, 16 03 01, <<22,3,1>>, [32, 2, 0, 5].
struct shown_bytes {
  std::vector<unsigned> values;
  std::size_t from = 0, to = 0;  // of the text
  bool is_marked = false;        // each has its 0x
};

enum class notation : std::uint8_t { hex, marked_hex, decimal };

/// The value of the byte that is shown at text[at]; then `at` is behind it.
std::optional<unsigned> shown_byte(std::string_view text, std::size_t& at, notation how) {
  constexpr std::size_t hex_digits = 2, most_digits = 3;
  const bool is_decimal = how == notation::decimal, is_marked = how == notation::marked_hex;
  if (is_marked && !text.substr(at).starts_with("0x")) return {};
  const std::size_t from = is_marked ? at + 2 : at;
  std::size_t to = from;
  while (to < text.size() && is_of_number(text[to], is_decimal)) ++to;
  const std::size_t digits = to - from;
  const bool is_byte = is_decimal ? digits > 0 && digits <= most_digits
                                  : digits == hex_digits || (digits == 1 && is_marked);
  const auto value = number_of(text.substr(from, digits), is_decimal ? 10 : 16);
  const bool goes_on = to < text.size() && (is_ascii_letter(text[to]) || text[to] == '_');
  if (!is_byte || goes_on || !value || *value > 0xFF) return {};
  at = to;
  return value;
}

shown_bytes bytes_at(std::string_view text, std::size_t at, bool is_decimal) {
  constexpr std::size_t most = 8;  // bytes; no more are looked at
  shown_bytes out;
  out.from = out.to = at;
  out.is_marked = text.substr(at).starts_with("0x");
  const notation how = is_decimal      ? notation::decimal
                       : out.is_marked ? notation::marked_hex
                                       : notation::hex;
  // 16:03:01 is a time of day.
  const std::string_view between = how == notation::hex ? " " : ", :";
  while (out.values.size() < most) {
    const auto value = shown_byte(text, at, how);
    if (!value) break;
    out.values.push_back(*value);
    out.to = at;
    while (at < text.size() && between.find(text[at]) != between.npos) ++at;
  }
  return out;
}

/// The return or reason code of a CONNACK that the bytes are; nothing for others.
std::optional<unsigned> connack_code(const shown_bytes& bytes) {
  constexpr unsigned connack = 0x20, first_failure = 0x80;
  const auto& all = bytes.values;
  if (all.size() < 4 || all[0] != connack || all[2] > 1) return {};
  const bool is_of_3 = all[1] == 2 && all[3] >= 1 && all[3] <= 5;
  const bool is_of_5 = all[1] >= 3 && all[3] >= first_failure;
  return is_of_3 || is_of_5 ? std::optional(all[3]) : std::nullopt;
}

/// "Error: 0x20 0x05": phpMQTT shows the type of the packet and its return code.
std::optional<unsigned> code_of_phpmqtt(std::string_view text, const shown_bytes& bytes) {
  const bool is_pair = bytes.is_marked && bytes.values.size() == 2 && bytes.values[0] == 0x20;
  const bool is_code = is_pair && bytes.values[1] >= 1 && bytes.values[1] <= 5;
  return is_code && text.substr(0, bytes.from).ends_with("error: ") ? std::optional(bytes.values[1])
                                                                    : std::nullopt;
}

bool is_tls_hello(const shown_bytes& bytes) {
  constexpr unsigned handshake = 0x16, most_minor = 4;
  const auto& all = bytes.values;
  const std::size_t least = bytes.is_marked ? 3 : 5;  // "16 03 01" alone may be a date
  return all.size() >= least && all[0] == handshake && all[1] == 3 && all[2] <= most_minor;
}

/// What packets are that the text shows byte by byte: a CONNACK, or the hello of TLS.
std::string packets_in_bytes(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at + 2 < text.size();) {
    const bool is_in_brackets = text[at] == '[' || text.substr(at).starts_with("<<");
    const bool is_free =
        at == 0 || (!is_ascii_letter(text[at - 1]) && !is_ascii_digit(text[at - 1]));
    const std::size_t from = at + (text[at] == '[' ? 1 : is_in_brackets ? 2 : 0);
    shown_bytes bytes;
    if (is_in_brackets || is_free) bytes = bytes_at(text, from, is_in_brackets);
    if (bytes.values.size() < 2) {
      ++at;
      continue;
    }
    auto code = connack_code(bytes);
    if (!code) code = code_of_phpmqtt(text, bytes);
    if (code) out.append(" connackbyte ").append(std::to_string(*code));
    if (is_tls_hello(bytes)) out += tls_hello_words;
    at = bytes.to;
  }
  return out;
}

/// Codes that a program writes as part of a name or as a signed byte: "MQTTReasonCode135",
/// "CONNACKReasonCode(rawValue: -121)".
std::string codes_in_names(std::string_view text) {
  constexpr std::array<std::string_view, 3> names{"reasoncode", "returncode", "rawvalue: -"};
  constexpr unsigned most_code = 0xFF;
  std::string out;
  for (const std::string_view name : names)
    for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
      std::size_t to = at + name.size();
      while (to < text.size() && is_ascii_digit(text[to])) ++to;
      const auto value = number_of(text.substr(at + name.size(), to - at - name.size()), 10);
      if (!value || *value == 0 || *value > most_code) continue;
      const bool is_signed = name.ends_with('-');
      if (is_signed && text.find("reasoncode") == text.npos) continue;
      out.append(" zz zz zz reasoncode ")
          .append(std::to_string(is_signed ? most_code + 1 - *value : *value));
    }
  return out;
}

/// The status of HTTP that a WebSocket's client names in its own words, in those of browsers.
std::string web_status(std::string_view text) {
  constexpr std::array<std::string_view, 5> web{"websocket", "ws://", "wss://", "upgrade",
                                                "wstunnel"};
  constexpr std::array<std::string_view, 5> failed{"fail", "invalid", "unexpected", "error",
                                                   "bad "};
  constexpr std::array<std::string_view, 6> labels{
      "status code", "response code", "handshake status", "http status", "http response", "status"};
  constexpr unsigned first = 200, last = 599;
  const auto has_any = [text](const auto& words) {
    return std::any_of(words.begin(), words.end(),
                       [text](std::string_view word) { return text.find(word) != text.npos; });
  };
  if (!has_any(web) || !has_any(failed)) return {};
  for (const std::string_view label : labels) {
    const std::size_t at = text.find(label);
    if (at == text.npos) continue;
    const std::size_t from = text.find_first_not_of(" :=(\"'", at + label.size());
    std::size_t to = std::min(from, text.size());
    while (to < text.size() && is_ascii_digit(text[to])) ++to;
    if (to == text.size() && from >= to) continue;
    const auto value = number_of(text.substr(from, to - from), 10);
    if (value && *value >= first && *value <= last)
      return " zz zz zz unexpected response code " + std::to_string(*value) + " zz";
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

/// The hello of TLS among the bytes that a server logs as a request, decoded before.
std::string raw_hello(std::string_view text) {
  for (std::size_t at = text.find("\x16\3"); at != text.npos; at = text.find("\x16\3", at + 1))
    if (at + 2 < text.size() && text[at + 2] >= 0 && text[at + 2] <= 4) return tls_hello_words;
  return {};
}

}  // namespace

std::string log_words(std::string_view plain_text) {
  return haproxy_state(plain_text) + raw_connect(plain_text) + raw_hello(plain_text);
}

std::string library_numbers(std::string_view folded_text) {
  return openssl_reason(folded_text) + mbedtls_parts(folded_text) + mbedtls_flags(folded_text) +
         paho_java_codes(folded_text) + packets_in_bytes(folded_text) +
         codes_in_names(folded_text) + web_status(folded_text);
}

}  // namespace mqttkit::doctor
