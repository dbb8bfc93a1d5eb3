#include "mqtt-doctor/mend/difference.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/printable.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t context = 3;             // unchanged lines around a change, as in diff
constexpr std::size_t most_cells = 4'000'000;  // of the table of lengths: 2,000 lines by 2,000
constexpr std::size_t longest_line = 400;      // bytes shown on the terminal

/// The lines of a text with their line ends; the last line may have none.
std::vector<std::string_view> lines_in(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
    out.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

/// A line of the difference with its mark: ' ', '-' or '+'.
struct marked_line {
  char mark;
  std::string_view text;
};

/// All lines of both texts with marks: the longest common subsequence of those that may differ.
std::vector<marked_line> marked(const std::vector<std::string_view>& a,
                                const std::vector<std::string_view>& b) {
  std::size_t head = 0, tail = 0;
  const std::size_t shorter = std::min(a.size(), b.size());
  while (head < shorter && a[head] == b[head]) ++head;
  while (tail < shorter - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const std::size_t rows = a.size() - head - tail, columns = b.size() - head - tail;
  std::vector<marked_line> out;
  for (std::size_t i = 0; i < head; ++i) out.push_back({' ', a[i]});
  std::size_t i = 0, k = 0;
  if (rows != 0 && columns != 0 && rows <= most_cells / columns) {
    // common[i][k]: lines in common between the ends that begin at i and at k.
    std::vector<std::uint32_t> common((rows + 1) * (columns + 1), 0);
    const auto at = [&](std::size_t row, std::size_t column) -> std::uint32_t& {
      return common[row * (columns + 1) + column];
    };
    for (std::size_t row = rows; row-- > 0;)
      for (std::size_t column = columns; column-- > 0;)
        at(row, column) = a[head + row] == b[head + column]
                              ? at(row + 1, column + 1) + 1
                              : std::max(at(row + 1, column), at(row, column + 1));
    while (i < rows && k < columns) {
      if (a[head + i] == b[head + k]) {
        out.push_back({' ', a[head + i++]});
        ++k;
      } else if (at(i + 1, k) >= at(i, k + 1)) {
        out.push_back({'-', a[head + i++]});
      } else {
        out.push_back({'+', b[head + k++]});
      }
    }
  }
  for (; i < rows; ++i) out.push_back({'-', a[head + i]});
  for (; k < columns; ++k) out.push_back({'+', b[head + k]});
  for (std::size_t n = 0; n < tail; ++n) out.push_back({' ', a[a.size() - tail + n]});
  return out;
}

/// "3,5" or "3"; an empty range is placed behind the line before it.
std::string range(std::size_t first, std::size_t count) {
  if (count == 1) return std::to_string(first + 1);
  return std::to_string(count == 0 ? first : first + 1) + "," + std::to_string(count);
}

bool holds_secret(std::string_view option) {
  if (option == "password_file" || option == "use_username_as_clientid") return false;
  return contains(option, "password") || contains(option, "secret") || contains(option, "psk") ||
         contains(option, "token");
}

}  // namespace

std::string difference(std::string_view before, std::string_view after,
                       const std::string& before_name, const std::string& after_name) {
  if (before == after) return {};
  const auto all = marked(lines_in(before), lines_in(after));
  std::string out = "--- " + before_name + "\n+++ " + after_name + "\n";
  std::size_t old_line = 0, new_line = 0;  // numbers of the line at `at` in both texts
  for (std::size_t at = 0; at < all.size();) {
    if (all[at].mark == ' ') {
      ++at, ++old_line, ++new_line;
      continue;
    }
    // A hunk goes on while the next change is near.
    std::size_t last = at;
    for (std::size_t n = at; n < all.size() && n <= last + 2 * context; ++n)
      if (all[n].mark != ' ') last = n;
    const std::size_t front = std::min(context, at);
    const std::size_t begin = at - front, end = std::min(last + 1 + context, all.size());
    std::size_t olds = 0, news = 0;
    std::string body;
    for (std::size_t n = begin; n < end; ++n) {
      olds += all[n].mark != '+';
      news += all[n].mark != '-';
      body += all[n].mark;
      body += all[n].text;
      if (!all[n].text.ends_with('\n')) body += "\n\\ No newline at end of file\n";
    }
    out += "@@ -" + range(old_line - front, olds) + " +" + range(new_line - front, news) + " @@\n";
    out += body;
    for (; at < end; ++at) {
      old_line += all[at].mark != '+';
      new_line += all[at].mark != '-';
    }
  }
  return out;
}

std::string shown_difference(std::string_view text) {
  std::string out;
  for (const std::string_view whole : lines_in(text)) {
    std::string_view line = whole;
    if (line.ends_with('\n')) line.remove_suffix(1);
    const bool is_head =
        line.starts_with("---") || line.starts_with("+++") || line.starts_with("@");
    const std::size_t from = std::min(line.find_first_not_of(" \t", 1), line.size());
    const std::size_t end = std::min(line.find_first_of(" \t=", from), line.size());
    if (!is_head && end < line.size() && holds_secret(line.substr(from, end - from))) {
      out += printable(line.substr(0, end), longest_line) + line[end] + "***\n";
    } else {
      out += printable(line, longest_line) + "\n";
    }
  }
  return out;
}

}  // namespace mqttkit::doctor
