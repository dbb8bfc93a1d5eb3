#include "mqtt-doctor/phone/qr_code.hpp"

#ifdef MQTTKIT_HAS_QRENCODE
#include <dlfcn.h>
#include <qrencode.h>
#endif

#include <memory>
#include <type_traits>

namespace mqttkit::doctor {
namespace {

constexpr const char* black_on_white = "\033[38;5;16m\033[48;5;231m";
constexpr const char* black_ground = "\033[48;5;16m";
constexpr const char* white_ground = "\033[48;5;231m";
constexpr const char* plain = "\033[0m";

}  // namespace

#ifdef MQTTKIT_HAS_QRENCODE
namespace {

/// libqrencode, loaded when a code is needed, so that no other command pays for it.
struct library {
  decltype(&::QRcode_encodeString) encode = nullptr;
  decltype(&::QRcode_free) free = nullptr;

  static const library* loaded() {
    static const library made = [] {
      library out;
      void* const opened = ::dlopen("libqrencode.so.4", RTLD_NOW | RTLD_LOCAL);
      if (opened == nullptr) return out;
      const auto find = [&](const char* name, auto& into) {
        into = reinterpret_cast<std::remove_reference_t<decltype(into)>>(::dlsym(opened, name));
      };
      find("QRcode_encodeString", out.encode);
      find("QRcode_free", out.free);
      return out;
    }();
    return made.encode != nullptr && made.free != nullptr ? &made : nullptr;
  }
};

}  // namespace

qr_code::qr_code(std::string_view text) {
  const library* const with = library::loaded();
  if (with == nullptr) return;
  // A screen has no scratches: the lowest error correction makes the smallest, most legible code.
  const std::unique_ptr<QRcode, decltype(&::QRcode_free)> made(
      with->encode(std::string(text).c_str(), 0, QR_ECLEVEL_L, QR_MODE_8, 1), with->free);
  if (made == nullptr) return;
  size_ = static_cast<std::size_t>(made->width);
  dark_.reserve(size_ * size_);
  for (std::size_t i = 0; i < size_ * size_; ++i) dark_.push_back((made->data[i] & 1) != 0);
}
#else
qr_code::qr_code(std::string_view) {}
#endif

bool qr_code::is_dark(std::ptrdiff_t row, std::ptrdiff_t column) const noexcept {
  const auto side = static_cast<std::ptrdiff_t>(size_);
  if (row < 0 || column < 0 || row >= side || column >= side) return false;
  return dark_[static_cast<std::size_t>(row * side + column)];
}

std::vector<std::string> lines_of(const qr_code& code, const qr_style& style) {
  std::vector<std::string> out;
  if (code.empty()) return out;
  const auto first = std::ptrdiff_t{-style.border};
  const auto last = static_cast<std::ptrdiff_t>(code.size()) + style.border;
  for (std::ptrdiff_t row = first; row < last; row += style.utf8 ? 2 : 1) {
    std::string line = style.colour ? black_on_white : "";
    for (std::ptrdiff_t column = first; column < last; ++column) {
      // With colours a drawn half is dark; without, it is light.
      const bool upper = code.is_dark(row, column) == style.colour;
      if (!style.utf8) {
        // A camera sees areas, so with colours a module is two coloured blanks, and no sign.
        if (style.colour) {
          line += upper ? black_ground : white_ground;
          line += "  ";
        } else {
          line += upper ? "##" : "  ";
        }
        continue;
      }
      const bool is_inside = row + 1 < last;
      const bool lower = is_inside ? code.is_dark(row + 1, column) == style.colour : false;
      line += upper && lower ? "\u2588" : upper ? "\u2580" : lower ? "\u2584" : " ";
    }
    out.push_back(line + (style.colour ? plain : ""));
  }
  return out;
}

std::size_t columns_of(const qr_code& code, const qr_style& style) {
  if (code.empty()) return 0;
  const std::size_t modules = code.size() + 2 * static_cast<std::size_t>(style.border);
  return style.utf8 ? modules : modules * 2;
}

std::string for_small_code(std::string_view url) {
  std::string out;
  for (const char c : url) {
    const bool is_small = c >= 'a' && c <= 'z';
    const bool fits = is_small || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                      std::string_view(" $%*+-./:").find(c) != std::string_view::npos;
    if (!fits) return std::string(url);
    out += is_small ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

}  // namespace mqttkit::doctor
