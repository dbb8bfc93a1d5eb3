// JSON as text, written straight into a buffer: no tree, no allocation.
//
// Spelled as cJSON 1.7 spells it, byte for byte, because mosquitto_sub's %j and %J are cJSON's
// output and scripts compare them: "\b\f\n\r\t" by name, other control bytes as \u00xx in lower
// case, everything else (DEL, bytes above 0x7F, whether UTF-8 or not) as it is, numbers with 15
// digits when those are enough and 17 when not. Strings are scanned eight bytes at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::tools {

/// Appends `text` with quotes and escapes. NUL becomes \u0000 (cJSON would end the string there).
void append_json_string(byte_buffer& out, std::string_view text);

/// The same without quotes: what stands between them. A text may be appended in pieces, cut
/// anywhere.
void append_json_escaped(byte_buffer& out, std::string_view text);

void append_decimal(byte_buffer& out, std::uint64_t number);

inline void append_text(byte_buffer& out, std::string_view text) { out.append(as_bytes(text)); }

/// Reads `text` as JSON and appends it again in cJSON's spelling.
///
/// False when it is not JSON as cJSON takes it (which is a little more than RFC 8259: any control
/// byte is blank space, numbers as strtod(3) reads them, raw control bytes inside strings, a byte
/// order mark in front); `out` is unchanged then.
/// @param pretty  over many lines, indented by tabs, as cJSON_Print() does
/// @param depth   how many arrays and objects the value stands in
bool append_json_again(byte_buffer& out, std::string_view text, bool pretty, unsigned depth);

}  // namespace mqttkit::tools
