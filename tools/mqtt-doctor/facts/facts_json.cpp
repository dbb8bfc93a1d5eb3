#include "mqtt-doctor/facts/facts_json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "common/json_reader.hpp"
#include "common/printable.hpp"
#include "mqtt-doctor/facts/fact_members.hpp"
#include "mqttkit/base/utf8.hpp"

namespace mqttkit::doctor {
namespace {

std::string whole(std::string_view text) { return tools::printable(text, text.size() * 4 + 1); }

/// Makes each line safe by itself: a setting that stands several times in a file has a line for
/// each, and the detail of a problem may have two parts.
std::string printable_lines(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += (at == 0 ? "" : "\n") + whole(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

/// Members whose text may have several lines.
bool is_of_lines(std::string_view name) { return name == "settings" || name == "detail"; }

/// Writes a value; of a fact, its members one after the other.
class fact_writer {
 public:
  static constexpr bool reads = false;
  explicit fact_writer(tools::json_writer& out) noexcept : out_(out) {}

  template <class T>
  void operator()(const char* name, const T& member) {
    const bool kept_lines = keeps_lines_;
    keeps_lines_ = kept_lines || is_of_lines(name);
    out_.name(name);
    write(member);
    keeps_lines_ = kept_lines;
  }

  template <class Fact>
  void write(const Fact& from) {
    out_.begin_object();
    each_member(*this, from);
    out_.end_object();
  }
  /// As it is read again: the report explained from a file is the same.
  void write(const std::string& from) {
    out_.string(keeps_lines_ ? printable_lines(from) : whole(from));
  }
  void write(bool from) { out_.boolean(from); }
  void write(int from) { out_.integer(from); }
  void write(std::int64_t from) { out_.integer(from); }
  void write(double from) { out_.real(from); }
  template <class Enum>
  void write(const fact_word<Enum>& from) {
    out_.string(from.word());
  }
  template <class T>
  void write(const std::optional<T>& from) {
    if (from) return write(*from);
    out_.null();
  }
  template <class T>
  void write(const std::vector<T>& from) {
    out_.begin_array();
    for (const T& element : from) write(element);
    out_.end_array();
  }
  template <class T>
  void write(const std::map<std::string, T>& from) {
    out_.begin_object();
    // A name that is no safe text is not read back, and so it is not written: no setting has one.
    for (const auto& [name, value] : from)
      if (whole(name) == name) (*this)(name.c_str(), value);
    out_.end_object();
  }

 private:
  tools::json_writer& out_;
  bool keeps_lines_ = false;
};

// Memory for elements of lists. A report has some hundred of them, a watch of a week some megabytes
// of drops; but "{}," repeated in 32 MiB would make endpoints of some kilobytes each.
constexpr std::size_t most_memory = std::size_t{256} << 20;

/// Reads a value; of a fact, the members that this version knows. After the first mistake it reads
/// no more.
class fact_reader {
 public:
  /// @param at  where the value begins in `document`
  fact_reader(std::string_view document, std::size_t at, std::size_t size) noexcept
      : before_(document.substr(0, at)), text_(document.substr(at, size)), in_(text_) {}

  /// The mistake and its place; empty when there is none.
  std::string wrong() const {
    if (!in_.failed()) return {};
    const std::string_view read = text_.substr(0, in_.offset());
    const auto lines = std::count(before_.begin(), before_.end(), '\n') +
                       std::count(read.begin(), read.end(), '\n');
    return (where_.empty() ? "" : where_ + ": ") + in_.wrong() + " (line " +
           std::to_string(lines + 1) + ")";
  }

  /// Reads into a new fact.
  template <class Fact>
  void read(Fact& out) {
    if (!in_.begin_object()) return;
    for (std::string_view name; in_.next_member(name);) {
      member_reader member{*this, name};
      each_member(member, out);
      if (!member.is_known) in_.skip();
    }
  }
  void read(std::string& out) {
    std::string_view text;
    if (!in_.string(text, storage_)) return;
    out = keeps_lines_ ? printable_lines(text) : whole(text);
  }
  void read(bool& out) { in_.boolean(out); }
  void read(int& out) {
    std::int64_t wide = 0;
    read(wide);
    if (in_.failed()) return;
    out = static_cast<int>(wide);
    if (out != wide) in_.refuse("the number is too large");
  }
  void read(std::int64_t& out) {
    std::string_view spelled;
    if (!in_.number(spelled)) return;
    const char* const end = spelled.data() + spelled.size();
    const auto [stop, error] = std::from_chars(spelled.data(), end, out);
    if (error == std::errc() && stop == end) return;
    // Other programs may write an integer as 1883.0 or 1e3.
    const double real = real_of(spelled);
    if (std::fabs(real) < 0x1p63) {
      out = static_cast<std::int64_t>(real);
    } else {
      in_.refuse("the number is too large");
    }
  }
  void read(double& out) {
    std::string_view spelled;
    if (!in_.number(spelled)) return;
    out = real_of(spelled);
    if (!std::isfinite(out)) in_.refuse("the number is too large");
  }
  template <class Enum>
  void read(fact_word<Enum>& out) {
    std::string word;
    read(word);
    out = fact_word<Enum>(word);
  }
  template <class T>
  void read(std::optional<T>& out) {
    if (in_.take_null()) {
      out.reset();
    } else {
      read(out.emplace());
    }
  }
  template <class T>
  void read(std::vector<T>& out) {
    out.clear();
    if (!in_.begin_array()) return;
    while (in_.next_element()) {
      if (sizeof(T) > memory_left_) return in_.refuse("too many elements");
      memory_left_ -= sizeof(T);
      read(out.emplace_back());
      if (in_.failed()) put_before_where("[" + std::to_string(out.size() - 1) + "]");
    }
  }
  template <class T>
  void read(std::map<std::string, T>& out) {
    out.clear();
    if (!in_.begin_object()) return;
    for (std::string_view name; in_.next_member(name);) {
      const std::string key = whole(name);
      if (key == name) {
        read(out[key]);
      } else {  // settings, headers and properties have shorter names
        in_.skip();
      }
    }
  }

 private:
  /// Passes over a fact's members and reads the one with the name.
  struct member_reader {
    static constexpr bool reads = true;
    fact_reader& from;
    std::string_view name;
    bool is_known = false;

    template <class T>
    void operator()(std::string_view member, T& out) {
      if (is_known || member != name) return;  // reading a value may overwrite `name`
      is_known = true;
      from.read_member(member, out);
    }
  };

  template <class T>
  void read_member(std::string_view name, T& out) {
    const bool kept_lines = keeps_lines_;
    keeps_lines_ = kept_lines || is_of_lines(name);
    read(out);
    keeps_lines_ = kept_lines;
    if (in_.failed()) put_before_where(name);
  }

  /// The number as a double; NaN when it is beyond one.
  static double real_of(std::string_view spelled) {
    double out = 0;
    const auto [stop, error] =
        std::from_chars(spelled.data(), spelled.data() + spelled.size(), out);
    static_cast<void>(stop);  // its characters were checked before
    return error == std::errc() ? out : std::numeric_limits<double>::quiet_NaN();
  }

  void put_before_where(std::string_view part) {
    const bool needs_point = !where_.empty() && where_.front() != '[';
    where_ = std::string(part) + (needs_point ? "." : "") + where_;
  }

  std::string_view before_;
  std::string_view text_;
  tools::json_reader in_;
  std::string where_;    // "endpoints[0].port", after a mistake
  std::string storage_;  // of a string that has escapes
  std::size_t memory_left_ = most_memory;
  bool keeps_lines_ = false;
};

}  // namespace

void write_facts(tools::json_writer& out, const facts& from) { fact_writer(out).write(from); }

std::string facts_to_json(const facts& from, bool indented) {
  using layout = tools::json_writer::layout;
  byte_buffer buffer;
  tools::json_writer out(buffer, indented ? layout::indented : layout::dense);
  write_facts(out, from);
  return std::string(as_text(buffer.view()));
}

std::string facts_from_json(std::string_view text, facts& out) {
  if (!is_utf8(text)) return "not UTF-8";
  tools::json_reader whole_text(text);
  std::size_t at = whole_text.position(), end = text.size();
  if (whole_text.begin_object()) {
    for (std::string_view name; whole_text.next_member(name);) {
      const bool is_facts = name == "facts";
      const std::size_t start = whole_text.position();
      whole_text.skip();
      if (!is_facts) continue;
      at = start;
      end = whole_text.position();
    }
  }
  if (whole_text.end()) {
    fact_reader reader(text, at, end - at);
    out = facts();
    reader.read(out);
    return reader.wrong();
  }
  const std::string_view read = text.substr(0, whole_text.offset());
  return std::string(whole_text.wrong()) + " (line " +
         std::to_string(1 + std::count(read.begin(), read.end(), '\n')) + ")";
}

}  // namespace mqttkit::doctor
