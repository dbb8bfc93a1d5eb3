// A QR code as characters of a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {

/// What a camera reads.
class qr_code {
 public:
  /// Empty when the text is too long for a code (2953 bytes), or libqrencode (Debian, Ubuntu:
  /// libqrencode4) is not there.
  explicit qr_code(std::string_view text);

  bool empty() const noexcept { return size_ == 0; }
  /// Modules of a side.
  std::size_t size() const noexcept { return size_; }
  /// Whether a module is dark; everything outside is light.
  bool is_dark(std::ptrdiff_t row, std::ptrdiff_t column) const noexcept;

 private:
  std::size_t size_ = 0;
  std::vector<bool> dark_;
};

struct qr_style {
  bool utf8 = true;     ///< two modules in a character; otherwise one in two characters
  bool colour = false;  ///< black on white, whatever the terminal's colours are
  int border = 4;       ///< light modules around it (ISO 18004 wants 4; cameras are content with 2)
};

/// Its lines. Without colours a light module is a bright character: right on a dark terminal, and
/// with dark and light exchanged, as most cameras read it as well, on a bright one.
std::vector<std::string> lines_of(const qr_code& code, const qr_style& style);
/// Characters of such a line.
std::size_t columns_of(const qr_code& code, const qr_style& style);

/// The text in capitals where that means the same, for a code of capitals and digits is smaller: a
/// URL whose path is read without regard to case. As it is where a character has no place in such a
/// code.
std::string for_small_code(std::string_view url);

}  // namespace mqttkit::doctor
