#include "message/format.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

#include "common/json_text.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::tools {
namespace {

// Where the microseconds stand in "2026-08-10T09:47:38.000000+0200".
constexpr std::size_t microseconds_at = 20;

// mosquitto_sub has this buffer for strftime(); a longer text prints nothing.
constexpr std::size_t clock_text_bytes = 100;

void append_fill(byte_buffer& out, char fill, std::size_t count) {
  if (count != 0) std::memset(out.extend(count), fill, count);
}

/// Zeros or blanks in front, or blanks behind.
void append_number(byte_buffer& out, const format_piece& piece, std::uint64_t number) {
  if (piece.width == 0) return append_decimal(out, number);
  const std::size_t before = out.size();
  append_decimal(out, number);
  const std::size_t digits = out.size() - before;
  const auto width = static_cast<std::size_t>(piece.width);
  if (digits >= width) return;
  append_fill(out, ' ', width - digits);
  if (piece.left) return;
  char* const start = reinterpret_cast<char*>(out.data()) + before;
  std::memmove(start + (width - digits), start, digits);
  std::memset(start, piece.pad, width - digits);
}

/// As printf's %*.*s: width and precision in bytes, blanks only.
void append_string(byte_buffer& out, const format_piece& piece, std::string_view text) {
  if (piece.precision >= 0) text = text.substr(0, static_cast<std::size_t>(piece.precision));
  const auto width = static_cast<std::size_t>(piece.width);
  const std::size_t fill = width > text.size() ? width - text.size() : 0;
  if (!piece.left) append_fill(out, ' ', fill);
  append_text(out, text);
  if (piece.left) append_fill(out, ' ', fill);
}

letter_case letters_of(const format_piece& piece) {
  return piece.letter == 'X' ? letter_case::upper : letter_case::lower;
}

/// "%.2:x": groups of so many digits, which the fill in front counts as well, as in mosquitto 2.1.
/// No separator stands at the end.
void append_hex_groups(byte_buffer& out, const format_piece& piece, std::string_view bytes,
                       std::size_t fill) {
  const std::string_view digits = hex_digits(letters_of(piece));
  const auto group = static_cast<std::size_t>(piece.precision);
  const std::size_t first = piece.left ? 0 : fill;
  const std::size_t count = first + bytes.size() * 2;
  std::size_t place = 0;
  const auto put = [&](char c) {
    append_fill(out, c, 1);
    if (++place % group == 0 && place != count) append_fill(out, piece.separator, 1);
  };
  while (place < first) put(piece.pad);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    put(digits[byte >> 4]);
    put(digits[byte & 15]);
  }
}

/// %p, %x and %X. A width is also the most bytes of the payload: mosquitto_sub cuts it there, and
/// two digits a byte may then be wider than the field.
void append_payload(printout& to, const format_piece& piece, std::string_view payload) {
  byte_buffer& out = to.bytes();
  const bool is_hex = piece.letter != 'p';
  std::size_t fill = 0;
  if (piece.width > 0) {
    const auto width = static_cast<std::size_t>(piece.width);
    payload = payload.substr(0, width);
    const std::size_t wide = is_hex ? payload.size() * 2 : payload.size();
    fill = width > wide ? width - wide : 0;
  } else if (piece.left) {
    // "%-p": mosquitto_sub computes a negative width, which printf takes as its absolute value.
    fill = payload.size();
  }
  if (is_hex && piece.precision > 0) {
    append_hex_groups(out, piece, payload, fill);
  } else {
    if (!piece.left) append_fill(out, piece.pad, fill);
    to.append(payload, !is_hex               ? printout::spelling::plain
                       : piece.letter == 'X' ? printout::spelling::upper_hex
                                             : printout::spelling::hex);
  }
  if (piece.left) append_fill(out, ' ', fill);
}

/// %f and %d: the payload as a float or a double in this machine's byte order. False when it has
/// another size.
bool append_real(byte_buffer& out, const format_piece& piece, std::string_view payload) {
  double number = 0;
  if (piece.letter == 'f') {
    float small = 0;
    if (payload.size() != sizeof small) return false;
    std::memcpy(&small, payload.data(), sizeof small);
    number = static_cast<double>(small);
  } else {
    if (payload.size() != sizeof number) return false;
    std::memcpy(&number, payload.data(), sizeof number);
  }
  // A negative precision is none for printf, which then takes six.
  const char* const format = piece.left ? "%-*.*f" : piece.pad == '0' ? "%0*.*f" : "%*.*f";
  const auto print = [&](char* to, std::size_t room) {
    return std::snprintf(to, room, format, piece.width, piece.precision, number);
  };
  const int length = print(nullptr, 0);
  if (length <= 0) return false;
  // snprintf ends with a NUL, which is taken back.
  const std::size_t before = out.size();
  const std::size_t room = static_cast<std::size_t>(length) + 1;
  print(reinterpret_cast<char*>(out.extend(room)), room);
  out.truncate(before + room - 1);
  return true;
}

/// A number that may be missing: then as many fill characters as the field is wide.
void append_optional(byte_buffer& out, const format_piece& piece,
                     std::optional<std::uint32_t> number) {
  if (number) return append_number(out, piece, *number);
  append_fill(out, piece.pad, static_cast<std::size_t>(piece.width));
}

std::string in_strftime(const char* format, const std::tm& local) {
  char text[clock_text_bytes];
  return {text, std::strftime(text, sizeof text, format, &local)};
}

void put_digits(char* to, unsigned long number, int count) {
  for (int i = count - 1; i >= 0; --i, number /= 10) to[i] = static_cast<char>('0' + number % 10);
}

}  // namespace

message_formatter::message_formatter(const options& from)
    : newline_(!from.no_newline),
      pretty_(from.pretty),
      retain_is_word_(from.retain_as_word),
      user_properties_merged_(from.user_properties_merged) {
  if (from.format_given || !from.format.empty()) {
    mode_ = mode::format;
    static_cast<void>(parse_format(from.format, pieces_));
    if (newline_) {
      // The end of line becomes the last piece of text.
      if (pieces_.empty() || pieces_.back().type != format_piece::kind::text)
        pieces_.emplace_back();
      pieces_.back().text += '\n';
    }
    clock_texts_.resize(pieces_.size());
    for (const format_piece& piece : pieces_)
      needs_time_ = needs_time_ || piece.type == format_piece::kind::clock ||
                    std::string_view("jJIU").find(piece.letter) != std::string_view::npos;
  } else if (from.verbose) {
    mode_ = mode::verbose;
  }
}

std::string message_formatter::check(std::string_view format) {
  std::vector<format_piece> pieces;
  return parse_format(format, pieces);
}

void message_formatter::set_time(std::chrono::system_clock::time_point now) {
  now_ = now;
  const auto since = now.time_since_epoch();
  const auto second = std::chrono::floor<std::chrono::seconds>(since);
  nanoseconds_ = static_cast<long>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(since - second).count());
  if (second.count() != second_) {
    second_ = static_cast<std::time_t>(second.count());
    std::tm local{};
    localtime_r(&second_, &local);
    iso_ = in_strftime("%FT%T%z", local);
    json_time_ = in_strftime("%Y-%m-%dT%H:%M:%S.000000%z", local);
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      if (pieces_[i].type != format_piece::kind::clock || pieces_[i].letter == 'N') continue;
      const char format[3] = {'%', pieces_[i].letter, 0};
      clock_texts_[i] = in_strftime(format, local);
    }
  }
  if (json_time_.size() >= microseconds_at + 6)
    put_digits(json_time_.data() + microseconds_at, static_cast<unsigned long>(nanoseconds_ / 1000),
               6);
}

char message_formatter::append(printout& to, const publish_packet& message,
                               std::chrono::system_clock::time_point arrived) {
  byte_buffer& out = to.bytes();
  if (mode_ != mode::format) {
    const bool is_verbose = mode_ == mode::verbose;
    if (message.payload.empty()) {
      if (is_verbose && newline_) {
        append_text(out, message.topic);
        append_text(out, " (null)\n");
      }
      return 0;
    }
    if (is_verbose) {
      append_text(out, message.topic);
      append_text(out, " ");
    }
    const std::size_t size = message.payload.size();
    if (size >= printout::large_bytes) {
      to.append(as_text(message.payload), printout::spelling::plain);
      if (newline_) append_text(out, "\n");
      return 0;
    }
    std::byte* const at = out.extend(size + (newline_ ? 1 : 0));
    std::memcpy(at, message.payload.data(), size);
    if (newline_) at[size] = std::byte{'\n'};
    return 0;
  }

  if (needs_time_ && (arrived != now_ || second_ == -1)) set_time(arrived);
  char unsuited = 0;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const format_piece& piece = pieces_[i];
    switch (piece.type) {
      case format_piece::kind::text:
        append_text(out, piece.text);
        break;
      case format_piece::kind::clock:
        if (piece.letter == 'N') {
          put_digits(reinterpret_cast<char*>(out.extend(9)),
                     static_cast<unsigned long>(nanoseconds_), 9);
        } else {
          append_text(out, clock_texts_[i]);
        }
        break;
      case format_piece::kind::message:
        if (!append_piece(to, piece, message) && unsuited == 0) unsuited = piece.letter;
        break;
    }
  }
  return unsuited;
}

bool message_formatter::append_piece(printout& to, const format_piece& piece,
                                     const publish_packet& message) const {
  switch (piece.letter) {
    case 'j':
    case 'J':
      return append_json(to, message, piece.letter == 'J');
    case 'f':
    case 'd':
      return append_real(to.bytes(), piece, as_text(message.payload));
    default:
      append_field(to, piece, message);
      return true;
  }
}

void message_formatter::append_field(printout& to, const format_piece& piece,
                                     const publish_packet& message) const {
  byte_buffer& out = to.bytes();
  const properties_view& with = message.properties;
  switch (piece.letter) {
    case 't':
      return append_string(out, piece, message.topic);
    case 'p':
    case 'x':
    case 'X':
      return append_payload(to, piece, as_text(message.payload));
    case 'l':
      return append_number(out, piece, message.payload.size());
    case 'm':
      return append_number(out, piece, message.packet_id);
    case 'q':
      return append_fill(out, static_cast<char>('0' + static_cast<int>(message.qos)), 1);
    case 'r':
      return append_fill(out, message.retain ? '1' : '0', 1);
    case 'I':
      return append_string(out, piece, iso_);
    case 'U':
      append_decimal(out, static_cast<std::uint64_t>(second_));
      append_text(out, ".");
      return put_digits(reinterpret_cast<char*>(out.extend(9)),
                        static_cast<unsigned long>(nanoseconds_), 9);
    case 'A':
      return append_optional(out, piece, with.number(property_id::topic_alias));
    case 'E':
      return append_optional(out, piece, with.number(property_id::message_expiry_interval));
    case 'F':
      return append_optional(out, piece, with.number(property_id::payload_format_indicator));
    case 'S':
      return append_optional(out, piece, with.number(property_id::subscription_identifier));
    case 'C':
      if (const auto text = with.text(property_id::content_type))
        return append_string(out, piece, *text);
      return append_fill(out, ' ', static_cast<std::size_t>(piece.width));
    case 'R':
      if (const auto text = with.text(property_id::response_topic))
        append_string(out, piece, *text);
      return;
    case 'D':
      if (const auto bytes = with.text(property_id::correlation_data)) append_text(out, *bytes);
      return;
    case 'P': {
      bool is_first = true;
      for (const property& each : with) {
        if (each.id != property_id::user_property) continue;
        if (!is_first) append_text(out, " ");
        is_first = false;
        append_text(out, each.text);
        append_text(out, ":");
        append_text(out, each.value);
      }
      return;
    }
    default:
      return;
  }
}

// An array of objects of one name each, as mosquitto 2.1 has it; or, as in 2.0, one object, in
// which most readers find the last of the values that share a name.
void message_formatter::append_user_properties(byte_buffer& out,
                                               const publish_packet& message) const {
  const std::string_view colon = pretty_ ? ":\t" : ":";
  append_text(out, "\"user-properties\"");
  append_text(out, colon);
  std::string_view open = "[{";
  std::string_view between = "},{";
  std::string_view close = "}]";
  if (user_properties_merged_) {
    open = pretty_ ? "{\n\t\t\t" : "{";
    between = pretty_ ? ",\n\t\t\t" : ",";
    close = pretty_ ? "\n\t\t}" : "}";
  } else if (pretty_) {
    open = "[{\n\t\t\t\t";
    between = "\n\t\t\t}, {\n\t\t\t\t";
    close = "\n\t\t\t}]";
  }
  append_text(out, open);
  bool is_first = true;
  for (const property& user : message.properties) {
    if (user.id != property_id::user_property) continue;
    if (!is_first) append_text(out, between);
    is_first = false;
    append_json_string(out, user.text);
    append_text(out, colon);
    append_json_string(out, user.value);
  }
  append_text(out, close);
}

void message_formatter::append_json_properties(byte_buffer& out,
                                               const publish_packet& message) const {
  const std::string_view comma = pretty_ ? ",\n\t\t" : ",";
  const std::string_view colon = pretty_ ? ":\t" : ":";
  append_text(out, pretty_ ? "\n\t\"properties\":\t{\n\t\t" : "\"properties\":{");
  bool is_first = true;
  bool has_user_properties = false;
  for (const property& each : message.properties) {
    if (each.id == property_id::user_property && has_user_properties) continue;
    const property_rule* const rule = find_property_rule(static_cast<std::uint32_t>(each.id));
    if (rule == nullptr) continue;
    if (!is_first) append_text(out, comma);
    is_first = false;
    if (each.id == property_id::user_property) {
      // User properties stand together, where the first one came.
      has_user_properties = true;
      append_user_properties(out, message);
      continue;
    }
    append_text(out, "\"");
    append_text(out, rule->name);
    append_text(out, "\"");
    append_text(out, colon);
    const bool is_text = rule->type == property_type::utf8 || rule->type == property_type::binary;
    if (is_text) {
      append_json_string(out, each.text);
    } else {
      append_decimal(out, each.number);
    }
  }
  append_text(out, pretty_ ? "\n\t}," : "},");
}

bool message_formatter::append_json(printout& to, const publish_packet& message,
                                    bool payload_is_json) const {
  byte_buffer& out = to.bytes();
  const std::size_t before = out.size();
  const std::string_view comma = pretty_ ? ",\n\t" : ",";
  const std::string_view colon = pretty_ ? "\":\t" : "\":";
  append_text(out, pretty_ ? "{\n\t\"tst\":\t\"" : "{\"tst\":\"");
  append_text(out, json_time_);
  const auto key = [&](std::string_view name) {
    append_text(out, comma);
    append_text(out, "\"");
    append_text(out, name);
    append_text(out, colon);
  };
  append_text(out, "\"");
  key("topic");
  append_json_string(out, message.topic);
  key("qos");
  append_fill(out, static_cast<char>('0' + static_cast<int>(message.qos)), 1);
  key("retain");
  if (retain_is_word_) {
    append_text(out, message.retain ? "true" : "false");
  } else {
    append_fill(out, message.retain ? '1' : '0', 1);
  }
  key("payloadlen");
  append_decimal(out, message.payload.size());
  if (message.qos != qos_t::at_most_once) {
    key("mid");
    append_decimal(out, message.packet_id);
  }
  append_text(out, ",");
  if (!message.properties.empty()) append_json_properties(out, message);
  append_text(out, pretty_ ? "\n\t\"payload\":\t" : "\"payload\":");
  if (message.payload.empty()) {
    append_text(out, "null");
  } else if (!payload_is_json) {
    append_text(out, "\"");
    to.append(as_text(message.payload), printout::spelling::json_text);
    append_text(out, "\"");
  } else if (!append_json_again(out, as_text(message.payload), pretty_, 1)) {
    out.truncate(before);
    return false;
  }
  append_text(out, pretty_ ? "\n}" : "}");
  return true;
}

}  // namespace mqttkit::tools
