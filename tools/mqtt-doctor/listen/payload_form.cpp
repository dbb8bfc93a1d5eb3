#include "mqtt-doctor/listen/payload_form.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "common/text_parts.hpp"
#include "mqtt-doctor/words/words.hpp"
#include "mqttkit/base/utf8.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::string_view_literals;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_readable(std::string_view text) {
  return is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
         });
}

/// A number, perhaps with a unit behind it; with a comma where `point` is one.
bool is_number(std::string_view text, char point) noexcept {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  std::size_t digits = 0, points = 0;
  for (const char c : text) {
    if (is_digit(c)) {
      ++digits;
    } else if (c == point && digits != 0) {
      ++points;
    } else {
      return false;
    }
  }
  return digits != 0 && points <= 1 && is_digit(text.back()) && (point != ',' || points == 1);
}

bool is_base64(std::string_view text) noexcept {
  constexpr std::size_t least = 24;
  if (text.size() < least || text.size() % 4 != 0) return false;
  const std::string_view body = text.substr(0, text.find('='));
  if (text.size() - body.size() > 2) return false;
  bool has_upper = false, has_lower = false, has_other = body.size() != text.size();
  for (const char c : body) {
    if (!is_letter(c) && !is_digit(c) && c != '+' && c != '/') return false;
    has_upper = has_upper || (c >= 'A' && c <= 'Z');
    has_lower = has_lower || (c >= 'a' && c <= 'z');
    has_other = has_other || is_digit(c) || c == '+' || c == '/';
  }
  return has_upper && has_lower && has_other;
}

/// Bytes in hexadecimal digits: an even number of them, and letters among them.
bool is_hex(std::string_view text) noexcept {
  constexpr std::size_t least = 16;
  if (text.size() < least || text.size() % 2 != 0) return false;
  bool has_letter = false, has_digit = false;
  for (const char c : text) {
    if (!is_digit(c) && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F')) return false;
    has_letter = has_letter || is_letter(c);
    has_digit = has_digit || is_digit(c);
  }
  return has_letter && has_digit;
}

/// "Ã¤" for "ä": letters of UTF-8 taken for letters of one byte each, and made UTF-8 again.
bool is_twice_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i + 3 < text.size(); ++i) {
    if (text[i] == '\xC3' &&
        (text[i + 1] == '\x83' || text[i + 1] == '\xA4' || text[i + 1] == '\xA5' ||
         text[i + 1] == '\xA6') &&
        text[i + 2] == '\xC2')
      return true;
  }
  return false;
}

/// Whether the text is JSON; whatever is not looked at counts as JSON.
bool is_json(std::string_view text) {
  constexpr std::size_t longest = 65536;
  return text.size() > longest || nlohmann::json::accept(text);
}

bool is_python(std::string_view text) noexcept {
  const bool is_quoted = text.size() > 4 && (text.starts_with("{'") || text.starts_with("['"));
  return is_quoted || text.find(": None") != text.npos || text.find(": True") != text.npos ||
         text.find(": False") != text.npos;
}

std::uint32_t number_at(std::string_view bytes, std::size_t size) noexcept {
  std::uint32_t made = 0;
  for (std::size_t i = 0; i < size; ++i) made = made << 8 | static_cast<unsigned char>(bytes[i]);
  return made;
}

bool has_length_before(std::string_view bytes) {
  for (const std::size_t head : {std::size_t{2}, std::size_t{4}}) {
    if (bytes.size() > head + 2 && number_at(bytes, head) == bytes.size() - head &&
        is_readable(bytes.substr(head)))
      return true;
  }
  return false;
}

/// Whether the bytes are fields of Protocol Buffers up to their end.
bool is_protobuf(std::string_view bytes) noexcept {
  constexpr std::uint64_t highest_field = 100;
  std::size_t at = 0, fields = 0;
  const auto varint = [&](std::uint64_t& made) {
    made = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at == bytes.size()) return false;
      const auto byte = static_cast<unsigned char>(bytes[at++]);
      made |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) return true;
    }
    return false;
  };
  while (at < bytes.size()) {
    std::uint64_t key = 0, value = 0;
    if (!varint(key) || key >> 3 == 0 || key >> 3 > highest_field) return false;
    switch (key & 7U) {
      case 0:
        if (!varint(value)) return false;
        break;
      case 1:
        at += 8;
        break;
      case 2:
        if (!varint(value) || value > bytes.size()) return false;
        at += value;
        break;
      case 5:
        at += 4;
        break;
      default:
        return false;
    }
    if (at > bytes.size()) return false;
    ++fields;
  }
  return fields >= 2;
}

payload_form form_of_bytes(std::string_view bytes) {
  using enum payload_form;
  const auto begins = [&](std::string_view with) { return bytes.starts_with(with); };
  if (begins("\x1F\x8B"sv)) return gzip;
  if (begins("PK\x03\x04"sv)) return zip;
  if (begins("\xFF\xD8\xFF"sv) || begins("\x89PNG"sv) || begins("GIF8"sv)) return image;
  if (begins("\xAC\xED\x00\x05"sv)) return java;
  if (bytes.size() > 6 && bytes[0] == '\x78' &&
      (bytes[1] == '\x01' || bytes[1] == '\x9C' || bytes[1] == '\xDA' || bytes[1] == '\x5E'))
    return deflate;
  if (has_length_before(bytes)) return length;
  constexpr std::size_t least = 4;
  if (bytes.size() < least) return binary;
  const auto first = static_cast<unsigned char>(bytes.front());
  const auto is_whole_as = [&](auto&& read) { return !read().is_discarded(); };
  const bool is_map_msgpack = (first >= 0x81 && first <= 0x8F) || first == 0xDE || first == 0xDF ||
                              (first >= 0x92 && first <= 0x9F);
  const bool is_map_cbor = (first >= 0xA1 && first <= 0xBF) || (first >= 0x82 && first <= 0x9F);
  if (is_map_cbor && is_whole_as([&] {
        return nlohmann::json::from_cbor(bytes.begin(), bytes.end(), true, false);
      }))
    return cbor;
  if (is_map_msgpack && is_whole_as([&] {
        return nlohmann::json::from_msgpack(bytes.begin(), bytes.end(), true, false);
      }))
    return msgpack;
  return is_protobuf(bytes) ? protobuf : binary;
}

constexpr std::array rows{
    std::pair{payload_form::bad_json,
              form_words{N_("What {who} publishes to \"{topic}\" begins as JSON does and is none "
                            "({count} of {total}, such as \"{text}\"): a reader of JSON throws it "
                            "away."),
                         N_("Let a library write it (JSON.stringify, json.dumps, serializeJson): "
                            "names and texts stand in \", no comma stands behind the last value, "
                            "and NaN is no number.")}},
    std::pair{payload_form::python,
              form_words{N_("What {who} publishes to \"{topic}\" is Python's own writing and no "
                            "JSON ({count} of {total}, such as \"{text}\"): single quotes, None, "
                            "True."),
                         N_("Send json.dumps(value), not str(value).")}},
    std::pair{payload_form::comma,
              form_words{N_("{who} publishes numbers with a comma to \"{topic}\" ({count} of "
                            "{total}, such as \"{text}\"): a reader that wants a point takes them "
                            "for text, or up to the comma."),
                         N_("Write them with a point, whatever the machine's language is.")}},
    std::pair{payload_form::xml,
              form_words{N_("What {who} publishes to \"{topic}\" is XML ({count} "
                            "of {total}): a reader of JSON cannot take it."),
                         N_("Let the reader take XML, or the app send JSON.")}},
    std::pair{payload_form::base64,
              form_words{N_("What {who} publishes to \"{topic}\" is Base64 ({count} of {total}, "
                            "such as \"{text}\"): the bytes themselves stand behind it."),
                         N_("Decode it in the reader (base64 -d shows what is in it), or send the "
                            "bytes as they are: MQTT takes any.")}},
    std::pair{payload_form::hex,
              form_words{N_("What {who} publishes to \"{topic}\" is bytes in hexadecimal digits "
                            "({count} of {total}, such as \"{text}\")."),
                         N_("Decode them in the reader, by what the device documents about its "
                            "bytes.")}},
    std::pair{payload_form::twice_utf8,
              form_words{N_("What {who} publishes to \"{topic}\" was made UTF-8 twice ({count} of "
                            "{total}, such as \"{text}\"): letters beyond ASCII come out as two "
                            "others each."),
                         N_("Make it UTF-8 once only: what is UTF-8 already is sent as it is.")}},
    std::pair{payload_form::length,
              form_words{N_("{who} writes the length before the text of \"{topic}\" ({count} of "
                            "{total}), as writeUTF of Java does: a reader sees odd characters "
                            "before it."),
                         N_("Send the bytes of the text alone (getBytes): MQTT knows its "
                            "length.")}},
    std::pair{payload_form::deflate,
              form_words{N_("What {who} publishes to \"{topic}\" is compressed (zlib; {count} of "
                            "{total})."),
                         N_("Unpack it in the reader, or switch compression off in the app.")}},
    std::pair{payload_form::gzip,
              form_words{N_("What {who} publishes to \"{topic}\" is compressed (gzip; {count} of "
                            "{total})."),
                         N_("Unpack it in the reader, or switch compression off in the app.")}},
    std::pair{payload_form::zip,
              form_words{N_("What {who} publishes to \"{topic}\" is a ZIP archive ({count} of "
                            "{total})."),
                         N_("Unpack it in the reader, or switch compression off in the app.")}},
    std::pair{
        payload_form::image,
        form_words{N_("What {who} publishes to \"{topic}\" is a picture ({count} of {total})."),
                   N_("Let the reader take it as bytes (Home Assistant: an mqtt camera or "
                      "image, encoding empty), not as text.")}},
    std::pair{payload_form::msgpack,
              form_words{N_("What {who} publishes to \"{topic}\" is MessagePack ({count} of "
                            "{total}), not JSON."),
                         N_("Let the reader unpack it, or choose JSON in the app.")}},
    std::pair{payload_form::cbor,
              form_words{N_("What {who} publishes to \"{topic}\" is CBOR ({count} of {total}), not "
                            "JSON."),
                         N_("Let the reader unpack it, or choose JSON in the app.")}},
    std::pair{payload_form::java,
              form_words{N_("What {who} publishes to \"{topic}\" is an object of Java, serialized "
                            "({count} of {total}): only Java reads it."),
                         N_("Send text or JSON.")}},
    std::pair{payload_form::protobuf,
              form_words{N_("What {who} publishes to \"{topic}\" looks like Protocol Buffers "
                            "({count} of {total}; Sparkplug, Meshtastic and ChirpStack can send "
                            "that), not text or JSON."),
                         N_("Let the reader decode it by its .proto file, or choose JSON in the "
                            "app (Meshtastic: JSON output; ChirpStack: json = true).")}},
    std::pair{payload_form::binary,
              form_words{N_("What {who} publishes to \"{topic}\" is bytes and no text ({count} of "
                            "{total}): encrypted, packed, or numbers as they stand in memory."),
                         N_("Take the form from the device's documents; a program that shows "
                            "messages as text shows rubbish (mosquitto_sub -F '%t %x' shows the "
                            "bytes).")}},
};

}  // namespace

payload_form form_of(bytes_view payload) {
  using enum payload_form;
  if (payload.empty()) return none;
  const std::string_view bytes(reinterpret_cast<const char*>(payload.data()), payload.size());
  if (!is_readable(bytes)) return form_of_bytes(bytes);
  const std::string_view text = tools::trimmed(bytes);
  if (text.empty()) return payload_form::plain_text;
  if (is_number(text, '.')) return number;
  if (is_number(text, ',')) return comma;
  if (text.front() == '<' && text.back() == '>') return xml;
  // "[INFO] started" and "{id}" are no JSON, and are not meant to be.
  const std::string_view inside = tools::trimmed(text.substr(1));
  const bool is_list = text.front() == '[' && !inside.empty() &&
                       std::string_view("\"'{[]-0123456789").find(inside.front()) != text.npos;
  const bool is_object = text.front() == '{' &&
                         (inside.empty() || inside.front() == '}' || text.find(':') != text.npos);
  if (is_list || is_object) return is_json(text) ? json : is_python(text) ? python : bad_json;
  if (is_twice_utf8(text)) return twice_utf8;
  if (is_base64(text)) return base64;
  if (is_hex(text)) return hex;
  constexpr std::size_t longest_word = 32;
  return text.size() <= longest_word && text.find(' ') == text.npos ? word
                                                                    : payload_form::plain_text;
}

const form_words* words_of(payload_form what) noexcept {
  for (const auto& [form, said] : rows)
    if (form == what) return &said;
  return nullptr;
}

const char* name_of(payload_form what) noexcept {
  switch (what) {
    case payload_form::number:
    case payload_form::comma:
      return N_("a number");
    case payload_form::word:
      return N_("a word");
    case payload_form::json:
      return N_("JSON");
    case payload_form::none:
      return N_("an empty message");
    case payload_form::plain_text:
    case payload_form::twice_utf8:
      return N_("text");
    case payload_form::bad_json:
    case payload_form::python:
      return N_("what is almost JSON");
    case payload_form::xml:
      return N_("XML");
    default:
      return N_("bytes");
  }
}

}  // namespace mqttkit::doctor
