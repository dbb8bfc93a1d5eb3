#include "mqtt-doctor/listen/payload_look.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

#include "common/text_parts.hpp"
#include "mqtt-doctor/listen/event.hpp"
#include "mqtt-doctor/words/words.hpp"
#include "mqttkit/base/utf8.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t longest_word = 32;

bool is_line_end(char c) noexcept { return c == '\n' || c == '\r'; }
bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && !is_line_end(c) && c != '\t') || byte == 0x7F;
}

bool is_text(std::string_view text) noexcept {
  return !text.empty() && std::none_of(text.begin(), text.end(), is_control);
}

/// One word or number, as states are: letters, digits and signs without a blank.
bool is_word(std::string_view text) noexcept {
  return !text.empty() && text.size() <= longest_word &&
         std::all_of(text.begin(), text.end(), [](char c) {
           const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           return is_letter || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
                  c == '+' || c == '%';
         });
}

/// Whether the text begins as JSON does ({"key": or an array of values) and ends before its end.
bool is_cut_json(std::string_view text) noexcept {
  text = tools::trimmed(text);
  if (text.size() < 8 || (text.front() != '{' && text.front() != '[')) return false;
  const std::string_view inside = tools::trimmed(text.substr(1));
  // A word in brackets ("[INFO] started") is no JSON.
  const bool is_json =
      !inside.empty() && (inside.front() == '"' || inside.front() == '{' ||
                          (text.front() == '[' && inside.front() >= '0' && inside.front() <= '9'));
  if (!is_json || text.find(text.front() == '{' ? ':' : ',') == text.npos) return false;
  int depth = 0;
  bool is_string = false, is_escaped = false;
  for (const char c : text) {
    if (is_escaped) {
      is_escaped = false;
    } else if (is_string) {
      if (c == '\\') is_escaped = true;
      if (c == '"') is_string = false;
    } else if (c == '"') {
      is_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (--depth == 0) return false;
    }
  }
  return depth > 0;
}

bool is_utf16(std::string_view text) noexcept {
  constexpr std::size_t enough = 4;
  if (text.size() < enough || text.size() % 2 != 0) return false;
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) text.remove_prefix(2);
  for (const std::size_t zero : {0u, 1u}) {
    bool is_so = !text.empty();
    for (std::size_t i = 0; is_so && i < text.size(); i += 2) {
      const char letter = text[i + 1 - zero];
      is_so = text[i + zero] == '\0' && static_cast<unsigned char>(letter) < 0x7F &&
              !is_control(letter) && letter != '\0';
    }
    if (is_so) return true;
  }
  return false;
}

/// Text of a one-byte code page: hardly any bytes beyond ASCII, and these no UTF-8.
bool is_code_page(std::string_view text) noexcept {
  constexpr std::size_t enough = 4, share = 4;
  if (text.size() < enough || !is_text(text) || is_utf8(text)) return false;
  std::size_t beyond = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 && byte < 0xA0) return false;
    if (byte >= 0xA0) ++beyond;
  }
  return beyond * share <= text.size();
}

constexpr std::array rows{
    oddity_words{"", "", false},
    oddity_words{N_("{who} publishes to \"{topic}\" a zero byte behind the text ({count} of "
                    "{total}): whoever reads it as JSON, or compares it, finds no match."),
                 N_("Give the publish call the length of the text without its end: strlen(text), "
                    "not strlen(text) + 1 or sizeof(buffer)."),
                 true},
    oddity_words{N_("{who} publishes to \"{topic}\" a line break behind the word ({count} of "
                    "{total}, such as \"{text}\"): it does not equal the word alone, which its "
                    "reader compares it with."),
                 N_("Send the word alone: printf in place of echo, mosquitto_pub -m, or cut the "
                    "end off (trim, strip) before it is published."),
                 true},
    oddity_words{N_("{who} publishes to \"{topic}\" a blank beside the word ({count} of {total}, "
                    "such as \"{text}\"): it does not equal the word alone, which its reader "
                    "compares it with."),
                 N_("Cut the blanks off before it is published."), true},
    oddity_words{N_("{who} publishes to \"{topic}\" JSON that ends in its middle ({count} of "
                    "{total}, such as \"{text}\"): no reader can take it."),
                 N_("The app's buffer is too small for the whole text (ArduinoJson, snprintf), or "
                    "it sends before all is written: enlarge it, and check the length."),
                 true},
    oddity_words{N_("{who} publishes to \"{topic}\" JSON that was made a JSON string once more "
                    "({count} of {total}, such as \"{text}\"): a reader finds a text and no "
                    "fields."),
                 N_("Turn it into JSON once only: what is a text of JSON already is sent as it "
                    "is."),
                 true},
    oddity_words{N_("{who} publishes to \"{topic}\" a word in quotation marks ({count} of {total}, "
                    "such as {text}): a reader that compares it with the bare word finds no "
                    "match."),
                 N_("Send the word without quotation marks, or let the reader take it as JSON."),
                 false},
    oddity_words{N_("{who} publishes to \"{topic}\" what JavaScript makes of a value it cannot "
                    "write ({count} of {total}: \"{text}\")."),
                 N_("Send JSON.stringify(value), and look whether the value is there at all."),
                 true},
    oddity_words{N_("{who} publishes to \"{topic}\" what Python shows of bytes ({count} of "
                    "{total}, such as \"{text}\"), and not the bytes."),
                 N_("Send the bytes themselves, or their text by .decode(), not str(value)."),
                 true},
    oddity_words{N_("{who} publishes to \"{topic}\" text with two bytes a letter (UTF-16; {count} "
                    "of {total}): readers expect UTF-8."),
                 N_("Turn it into UTF-8 before it is published (Encoding.UTF8, not "
                    "Encoding.Unicode)."),
                 true},
    oddity_words{N_("{who} publishes to \"{topic}\" text with a byte order mark before it "
                    "({count} of {total}): readers of JSON stumble over it."),
                 N_("Write UTF-8 without a byte order mark."), true},
    oddity_words{N_("{who} publishes to \"{topic}\" text that is not UTF-8 ({count} of {total}): "
                    "readers show wrong letters or throw it away."),
                 N_("Turn it into UTF-8 before it is published."), false},
    oddity_words{N_("{who} publishes to \"{topic}\" compressed data (gzip; {count} of {total}): "
                    "its reader must unpack it."),
                 "", false},
    oddity_words{
        N_("{who} publishes to \"{topic}\" bytes that JavaScript wrote as JSON ({count} of "
           "{total}, such as \"{text}\"): a reader finds a list of numbers."),
        N_("Publish the Buffer itself (a Uint8Array in the browser), not "
           "JSON.stringify(buffer)."),
        true},
    oddity_words{N_("{who} publishes to \"{topic}\" JSON with a backslash before each quotation "
                    "mark ({count} of {total}, such as \"{text}\"): no reader can take it."),
                 N_("The backslashes belong to the source the text stood in: write it in single "
                    "quotation marks, or let a library make it."),
                 true},
    oddity_words{N_("{who} publishes to \"{topic}\" \"{text}\" in place of a value ({count} of "
                    "{total})."),
                 N_("Let the app publish only once it has a value."), false},
};

}  // namespace

payload_oddity look_at_payload(bytes_view payload) noexcept {
  std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
  if (text.empty()) return payload_oddity::none;
  if (text.starts_with("\x1F\x8B\x08")) return payload_oddity::compressed;
  if (text.starts_with("\xEF\xBB\xBF")) return payload_oddity::byte_order_mark;
  if (is_utf16(text)) return payload_oddity::utf16;
  if (text.back() == '\0') {
    while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
    // One byte and zeros is a number of a device, no text.
    const bool is_reading = is_text(text) && (text.size() > 2 || is_word(text));
    return is_reading && text.size() + 1 == payload.size() ? payload_oddity::zero_behind
                                                           : payload_oddity::none;
  }
  if (text.starts_with("{\"type\":\"Buffer\",\"data\":[")) return payload_oddity::buffer_json;
  if (text.starts_with("{\\\"")) return payload_oddity::json_escaped;
  if (text == "[object Object]" || text == "undefined") return payload_oddity::object_object;
  if (text == "nan" || text == "NaN" || text == "None" || text == "null")
    return payload_oddity::not_a_number;
  if (text.size() >= 3 && (text.starts_with("b'") || text.starts_with("b\"")) &&
      text.back() == text[1])
    return payload_oddity::bytes_literal;
  const std::string_view bare = tools::trimmed(text);
  if (bare.size() != text.size() && is_word(bare))
    return is_line_end(text.back()) ? payload_oddity::line_end : payload_oddity::blank_around;
  if (bare.size() >= 2 && bare.front() == '"' && bare.back() == '"') {
    const std::string_view inside = tools::trimmed(bare.substr(1, bare.size() - 2));
    if (inside.starts_with("{\\\"") || inside.starts_with("[{\\\""))
      return payload_oddity::json_in_quotes;
    if (is_word(inside)) return payload_oddity::quoted;
  }
  if (is_text(text) && is_cut_json(text)) return payload_oddity::json_cut;
  return is_code_page(text) ? payload_oddity::not_utf8 : payload_oddity::none;
}

const oddity_words& words_of(payload_oddity what) noexcept {
  return rows[static_cast<std::size_t>(what)];
}

std::string short_text(bytes_view payload) {
  return shown(as_text(payload.first(std::min(payload.size(), longest_short_text))));
}

std::size_t hash_of(bytes_view payload) noexcept {
  return std::hash<std::string_view>{}(as_text(payload));
}

}  // namespace mqttkit::doctor
