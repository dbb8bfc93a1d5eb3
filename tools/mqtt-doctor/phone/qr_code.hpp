// A QR code drawn with characters of a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {

/// The modules of a QR code.
class qr_code {
 public:
  /// Empty when the text is too long for a code (2,953 bytes), or libqrencode (package libqrencode4
  /// in Debian and Ubuntu) is missing.
  explicit qr_code(std::string_view text);

  bool empty() const noexcept { return size_ == 0; }
  /// Modules along a side.
  std::size_t size() const noexcept { return size_; }
  /// Whether a module is dark; modules outside the code are light.
  bool is_dark(std::ptrdiff_t row, std::ptrdiff_t column) const noexcept;

 private:
  std::size_t size_ = 0;
  std::vector<bool> dark_;
};

struct qr_style {
  bool utf8 = true;     ///< two modules in a character; else one module in two
  bool colour = false;  ///< black on white, whatever colours the terminal has
  int border = 4;       ///< light modules around it (ISO 18004 wants 4; 2 suffice for cameras)
};

/// The code's lines. Without colours a light module is a bright character: that is right on a dark
/// terminal, and inverted on a bright one, which most cameras read too.
std::vector<std::string> lines_of(const qr_code& code, const qr_style& style);
/// Characters in such a line.
std::size_t columns_of(const qr_code& code, const qr_style& style);

/// The URL in capitals, where its path ignores case: a code of capitals
/// and digits alone is smaller. A URL with other characters stays as it
/// is.
std::string for_small_code(std::string_view url);

}  // namespace mqttkit::doctor
