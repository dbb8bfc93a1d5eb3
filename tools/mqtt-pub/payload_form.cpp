#include "mqtt-pub/payload_form.hpp"

#include <array>
#include <cstdint>

#include "common/json_reader.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/base/utf8.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::int8_t no_digit = -1;

constexpr std::array<std::int8_t, 256> values_of(std::string_view alphabet) {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) value = no_digit;
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return values;
}

constexpr auto base64_values =
    values_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

constexpr auto hex_values = []() {
  auto values = values_of(hex_digits());
  for (unsigned char c = 'A'; c <= 'F'; ++c) values[c] = static_cast<std::int8_t>(c - 'A' + 10);
  return values;
}();

int value_in(const std::array<std::int8_t, 256>& values, char c) noexcept {
  return values[static_cast<unsigned char>(c)];
}

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

form_error decode_hex(std::string_view text, std::string& out) {
  out.clear();
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size();) {
    const int high = value_in(hex_values, text[i]);
    if (high < 0) {
      if (!is_blank(text[i])) return {"not a hex digit", i};
      ++i;
      continue;
    }
    const bool is_alone = i + 1 == text.size() || is_blank(text[i + 1]);
    if (is_alone) return {"a hex digit without its second", i};
    const int low = value_in(hex_values, text[i + 1]);
    if (low < 0) return {"not a hex digit", i + 1};
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return {};
}

form_error decode_base64(std::string_view text, std::string& out) {
  out.resize(text.size() / 4 * 3 + 3);
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  const unsigned char* const start = to;
  std::uint32_t block = 0;
  unsigned digits = 0;   // in the block
  unsigned padding = 0;  // behind them
  std::size_t last = 0;  // where the last digit stands
  for (std::size_t i = 0; i < text.size();) {
    if (digits == 0 && padding == 0 && text.size() - i >= 4) {
      const int a = value_in(base64_values, text[i]), b = value_in(base64_values, text[i + 1]);
      const int c = value_in(base64_values, text[i + 2]), d = value_in(base64_values, text[i + 3]);
      if ((a | b | c | d) >= 0) {
        const auto all = static_cast<std::uint32_t>(a << 18 | b << 12 | c << 6 | d);
        *to++ = static_cast<unsigned char>(all >> 16);
        *to++ = static_cast<unsigned char>(all >> 8);
        *to++ = static_cast<unsigned char>(all);
        i += 4;
        continue;
      }
    }
    const char c = text[i];
    const int value = value_in(base64_values, c);
    if (is_blank(c)) {
      ++i;
      continue;
    }
    if (value < 0 && c != '=') return {"not a base64 digit", i};
    if (padding != 0 && (value >= 0 || digits + padding == 4))
      return {"base64 goes on behind its padding", i};
    if (c == '=') {
      if (digits < 2) return {"padding where base64 has none", i};
      ++padding;
      ++i;
      continue;
    }
    block = block << 6 | static_cast<std::uint32_t>(value);
    last = i++;
    if (++digits < 4) continue;
    *to++ = static_cast<unsigned char>(block >> 16);
    *to++ = static_cast<unsigned char>(block >> 8);
    *to++ = static_cast<unsigned char>(block);
    block = 0;
    digits = 0;
  }
  if (digits != 0) {
    if (digits + padding != 4) return {"base64 ends in the middle of four digits", text.size()};
    // The bits that fill no byte must be zero; otherwise the text was cut.
    const unsigned spare = digits == 2 ? 4 : 2;
    if ((block & ((1u << spare) - 1)) != 0) return {"the last base64 digit says too much", last};
    block >>= spare;
    if (digits == 3) *to++ = static_cast<unsigned char>(block >> 8);
    *to++ = static_cast<unsigned char>(block);
  }
  out.resize(static_cast<std::size_t>(to - start));
  return {};
}

form_error check_json(std::string_view text) {
  if (const std::size_t bad = utf8_error_at(text); bad != std::string_view::npos)
    return {"not UTF-8", bad};
  json_reader reader(text);
  if (reader.skip() && reader.end()) return {};
  return {reader.wrong(), reader.offset()};
}

form_error read_payload(payload_form form, std::string_view text, std::string& storage,
                        std::string_view& payload) {
  payload = text;
  form_error error;
  switch (form) {
    case payload_form::text:
      return error;
    case payload_form::json:
      return check_json(text);
    case payload_form::hex:
      error = decode_hex(text, storage);
      break;
    case payload_form::base64:
      error = decode_base64(text, storage);
      break;
  }
  payload = storage;
  return error;
}

}  // namespace mqttkit::tools
