// Reads JSON text (RFC 8259) in place, one value after the other: no tree, no allocation unless a
// string holds escapes.
//
//   json_reader in(line);
//   if (!in.begin_object()) complain(in.wrong(), in.offset());
//   while (in.next_member(name)) ...  // read the value, or in.skip()
//   if (in.failed()) complain(...)
//
// A string without escapes is a view into the text. The text must be UTF-8; whoever gives it has
// checked that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mqttkit::tools {

/// See the head of this file. Once something failed, everything after it fails as well.
class json_reader {
 public:
  explicit json_reader(std::string_view text) noexcept
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {}

  bool begin_object() { return opens('{', "an object is wanted here"); }
  /// The name of the next member; its value must be read or skipped then. False at the end of the
  /// object, which is taken, or after a failure.
  bool next_member(std::string_view& name);

  bool begin_array() { return opens('[', "an array is wanted here"); }
  /// Whether another element follows. False at the end of the array, or after a failure.
  bool next_element();

  /// A string; its escapes are decoded into `storage`, when there are any.
  bool string(std::string_view& out, std::string& storage);
  /// A whole number without sign, at most `most`.
  bool integer(std::uint64_t& out, std::uint64_t most);
  /// Any number, as it is spelled.
  bool number(std::string_view& out);
  bool boolean(bool& out);
  /// Takes `null` when it is what comes next.
  bool take_null() noexcept;
  /// Any value, checked as strictly as the others.
  bool skip() { return skip_value(0); }
  /// Nothing but blanks is left.
  bool end();

  bool failed() const noexcept { return wrong_ != nullptr; }
  /// Makes reading fail where it has come to: what was read cannot stand there. `what` is a
  /// literal.
  void refuse(const char* what) { fail(what, at_); }
  /// What is wrong, in words; null when nothing is.
  const char* wrong() const noexcept { return wrong_; }
  /// Where, from 0.
  std::size_t offset() const noexcept { return static_cast<std::size_t>(wrong_at_ - begin_); }
  /// Where reading has come to, after blanks.
  std::size_t position() noexcept;

 private:
  bool fail(const char* what, const char* where);
  bool opens(char bracket, const char* what);
  bool separator(char closing, const char* what);
  void skip_blanks() noexcept;
  bool take_word(std::string_view word);
  bool take_escape(std::string& storage);
  bool take_code_unit(unsigned& unit);
  bool skip_number();
  bool skip_value(unsigned depth);

  const char* begin_;
  const char* at_;
  const char* end_;
  const char* wrong_ = nullptr;
  const char* wrong_at_ = nullptr;
  bool first_ = false;  // right behind an opening bracket
  std::string name_;
};

}  // namespace mqttkit::tools
