// What form a payload has, for one who cannot read it. Pure. Any form may be meant: the reader has
// to know it, and which one it is can be told from the bytes.
#pragma once

#include <cstdint>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {

enum class payload_form : std::uint8_t {
  none,  ///< an empty message
  number,
  word,        ///< a short text without blanks
  json,        ///< whole and valid
  plain_text,  ///< any other text
  bad_json,    ///< begins as JSON does, and is none
  python,      ///< a Python dictionary or list in its own writing: single quotes, None, True
  comma,       ///< a number with a comma for the point
  xml,
  base64,
  hex,
  twice_utf8,  ///< UTF-8 made UTF-8 once more
  length,      ///< text behind its length in two or four bytes
  deflate,     ///< zlib
  gzip,
  zip,
  image,
  msgpack,
  cbor,
  java,  ///< serialized objects of Java
  protobuf,
  binary,  ///< bytes of no form known here
};

payload_form form_of(bytes_view payload);

/// What is not seen at a glance; null where the form needs no word.
struct form_words {
  const char* fact;  ///< with {who}, {topic}, {count}, {total}, {text}
  const char* cure;
};
const form_words* words_of(payload_form what) noexcept;
/// The form in a word: "JSON"; in English, to be translated.
const char* name_of(payload_form what) noexcept;

}  // namespace mqttkit::doctor
