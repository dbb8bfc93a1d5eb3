#include "common/columns.hpp"

#include <algorithm>
#include <array>

namespace mqttkit::tools {
namespace {

constexpr std::array<std::string_view, 14> begins_no_line{"，", "。", "；", "：", "、", "！", "？",
                                                          "）", "」", "』", "》", "】", "”",  "’"};
constexpr std::array<std::string_view, 7> ends_no_line{"（", "「", "『", "《", "【", "“", "‘"};

/// One character, or one escape sequence, and what the terminal does with it.
struct piece {
  std::string_view text;
  std::size_t columns = 0;
  bool is_wide = false;
};

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

piece first_piece(std::string_view text) {
  if (text.starts_with("\033[")) {
    const std::size_t end = text.find_first_not_of("0123456789;", 2);
    return {text.substr(0, end == std::string_view::npos ? end : end + 1), 0, false};
  }
  std::size_t size = 1;
  while (size < text.size() && is_continuation(text[size])) ++size;
  const std::string_view name = text.substr(0, size);
  // Quotation marks count as one column, though between Chinese characters they may take two.
  const bool is_wide = static_cast<unsigned char>(name.front()) >= 0xE3;
  return {name, is_wide ? std::size_t{2} : std::size_t{1}, is_wide};
}

template <std::size_t Size>
bool is_among(const std::array<std::string_view, Size>& marks, std::string_view text) {
  return std::find(marks.begin(), marks.end(), text) != marks.end();
}

/// Whether a line may end between the two.
bool may_break_between(const piece& before, const piece& after) {
  if (!before.is_wide && !after.is_wide) return false;
  return !is_among(ends_no_line, before.text) && !is_among(begins_no_line, after.text);
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    const piece made = first_piece(text);
    count += made.columns;
    text.remove_prefix(made.text.size());
  }
  return count;
}

std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
  if (columns == 0) return std::string(text);
  std::string out;
  std::string line;
  std::size_t width = 0;      // of the line
  std::size_t break_at = 0;   // where it may end, in bytes; 0: nowhere
  std::size_t resume_at = 0;  // where the rest of it begins: a blank is left out
  bool has_word = false;      // blanks that begin a line are no place to break
  piece before;
  while (!text.empty()) {
    const piece made = first_piece(text);
    text.remove_prefix(made.text.size());
    const bool is_blank = made.text == " ";
    if (has_word && is_blank) {
      break_at = line.size();
      resume_at = line.size() + 1;
    } else if (has_word && made.columns != 0 && before.text != " " &&
               may_break_between(before, made)) {
      break_at = resume_at = line.size();
    }
    line += made.text;
    width += made.columns;
    if (width > columns && break_at != 0 && !is_blank) {
      // At the second of two blanks the first would stay at the end of the line.
      out.append(line, 0, line.find_last_not_of(' ', break_at - 1) + 1).append(1, '\n');
      line = std::string(indent, ' ') + line.substr(resume_at);
      width = columns_of(line);
      break_at = resume_at = 0;
    }
    if (made.columns == 0) continue;
    has_word = has_word || !is_blank;
    before = made;
  }
  return out += line;
}

void cut(std::string& line, std::size_t columns) {
  if (columns == 0) return;
  std::size_t wide = 0;
  for (std::size_t at = 0; at < line.size();) {
    const piece made = first_piece(std::string_view(line).substr(at));
    wide += made.columns;
    if (wide > columns) return line.resize(at);
    at += made.text.size();
  }
}

std::string shortened(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  const std::size_t head = (columns - 1) / 3;
  std::string begin(text);
  cut(begin, head);
  if (head == 0) begin.clear();
  const std::size_t tail = columns - 1 - columns_of(begin);
  std::size_t at = text.size();
  std::size_t wide = 0;
  for (std::size_t back = text.size(); back > 0;) {
    if (is_continuation(text[--back])) continue;
    wide += columns_of(text.substr(back, at - back));
    if (wide > tail) break;
    at = back;
  }
  return begin.append("…").append(text.substr(at));
}

}  // namespace mqttkit::tools
