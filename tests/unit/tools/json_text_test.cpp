#include "common/json_text.hpp"

#include <dlfcn.h>
#include <doctest/doctest.h>

#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

using namespace mqttkit;
using namespace mqttkit::tools;

namespace {

std::string quoted(std::string_view text) {
  byte_buffer out;
  append_json_string(out, text);
  return std::string(as_text(out.view()));
}

/// nullopt-like: "!" when it is not JSON.
std::string again(std::string_view text, bool pretty = false) {
  byte_buffer out;
  append_text(out, "before");
  if (!append_json_again(out, text, pretty, 0)) {
    CHECK(as_text(out.view()) == "before");
    return "!";
  }
  return std::string(as_text(out.view()).substr(6));
}

std::string escaped_slowly(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    constexpr std::string_view named = "\b\f\n\r\t\"\\";
    constexpr std::string_view names = "bfnrt\"\\";
    if (const std::size_t at = named.find(c); at != std::string_view::npos) {
      out += '\\';
      out += names[at];
    } else if (byte < 0x20) {
      out += std::string("\\u00") + digits[byte >> 4] + digits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// cJSON itself, which mosquitto's clients bring along; nothing is linked with it.
class cjson {
 public:
  cjson() : library_(dlopen("libcjson.so.1", RTLD_NOW)) {
    if (library_ == nullptr) return;
    parse_ = reinterpret_cast<parse_function*>(dlsym(library_, "cJSON_ParseWithOpts"));
    print_ = reinterpret_cast<print_function*>(dlsym(library_, "cJSON_PrintUnformatted"));
    pretty_ = reinterpret_cast<print_function*>(dlsym(library_, "cJSON_Print"));
    erase_ = reinterpret_cast<erase_function*>(dlsym(library_, "cJSON_Delete"));
  }
  bool is_there() const { return parse_ && print_ && pretty_ && erase_; }
  std::string again(const std::string& text, bool pretty) const {
    const char* end = nullptr;
    void* const tree = parse_(text.c_str(), &end, 1);
    if (tree == nullptr) return "!";
    char* const printed = pretty ? pretty_(tree) : print_(tree);
    std::string out = end == text.c_str() + text.size() ? printed : "!";
    std::free(printed);
    erase_(tree);
    return out;
  }

 private:
  using parse_function = void*(const char*, const char**, int);
  using print_function = char*(void*);
  using erase_function = void(void*);
  void* library_;
  parse_function* parse_ = nullptr;
  print_function* print_ = nullptr;
  print_function* pretty_ = nullptr;
  erase_function* erase_ = nullptr;
};

/// Where cJSON loses something and we do not: \u0000 ends its strings, and it takes \u with other
/// than four hex digits for \u0000.
bool cjson_loses(const std::string& text) {
  for (std::size_t at = text.find("\\u"); at != std::string::npos; at = text.find("\\u", at + 1)) {
    const std::string digits = text.substr(at + 2, 4);
    if (digits.size() < 4 || digits == "0000") return true;
    for (const char c : digits)
      if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("random JSON, sound and damaged, is written as cJSON writes it") {
  const cjson reference;
  if (!reference.is_there()) return;
  const std::string seeds[] = {
      R"({"a":1.50, "b":[1,2 , 3e5],"c":"x\u00e9\/y","d":null,"e":true,"a":2})",
      R"([{"x":[[],{}],"y":-0.5e-3},"\ud83d\ude00\n\t",123456789012345678,false])",
      R"( {"k":"v" , "n":0.1} )",
      "[1e308,1e-320,0.30000000000000004,1e22,123456.789012345678,-0,0.0001,0.00001]"};
  constexpr std::string_view alphabet = "{}[]\",:0123456789-+.eE\\unltrfasbd /\x01\xc3\xa9 ";
  std::mt19937 random(1);
  const auto below = [&random](std::size_t limit) { return random() % limit; };
  for (int round = 0; round < 100'000; ++round) {
    std::string text = seeds[below(std::size(seeds))];
    for (std::size_t damage = below(4); damage > 0; --damage) {
      const std::size_t at = below(text.size());
      if (below(2) == 0) {
        text[at] = alphabet[below(alphabet.size())];
      } else {
        text.insert(at, text.substr(below(text.size()), below(8)));
      }
    }
    if (round % 3 == 0) {
      char number[400];
      const double value =
          std::ldexp(static_cast<double>(random()), static_cast<int>(below(200)) - 130);
      const int digits = static_cast<int>(below(18)) + 1;
      std::snprintf(number, sizeof number, round % 2 == 0 ? "%.*g" : "%.*f", digits, value);
      text = number;
    }
    if (cjson_loses(text)) continue;
    const bool pretty = round % 2 == 0;
    const std::string ours = again(text, pretty);
    if (ours != reference.again(text, pretty)) {
      CAPTURE(text);
      CHECK(ours == reference.again(text, pretty));
    }
  }
}

TEST_CASE("every byte is escaped as cJSON does, at every place in a word") {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text = "abcdefghijklmnopqrst";
      text[at] = static_cast<char>(byte);
      CHECK(quoted(text) == escaped_slowly(text));
    }
  }
  CHECK(quoted("").compare("\"\"") == 0);
}

TEST_CASE("long strings are escaped block by block") {
  std::string text;
  for (int i = 0; i < 30'000; ++i) text += static_cast<char>(i * 7);
  CHECK(quoted(text) == escaped_slowly(text));
}

// What cJSON 1.7.15 made of the same text, through mosquitto_sub -F %J.
TEST_CASE("JSON is written again in cJSON's spelling") {
  CHECK(again(R"({"a":1.50, "b":[1,2 , 3e5],"c":"x\u00e9\/y","d":null,"e":true,"a":2})") ==
        "{\"a\":1.5,\"b\":[1,2,300000],\"c\":\"x\xC3\xA9/y\",\"d\":null,\"e\":true,\"a\":2}");
  CHECK(again("  12  ") == "12");
  CHECK(again("true ") == "true");
  CHECK(again("\x0c"
              "1") == "1");
  CHECK(again("\xEF\xBB\xBF[1]") == "[1]");
  CHECK(again("\"\xff\"") == "\"\xff\"");
  CHECK(again("\"a\x01"
              "b\"") == "\"a\\u0001b\"");
  CHECK(again(R"({"\n":1})") == R"({"\n":1})");
  CHECK(again(R"("\ud83d\ude00")") == "\"\xF0\x9F\x98\x80\"");
  CHECK(again(R"("\u0041\b\f\n\r\t\"\\")") == R"("A\b\f\n\r\t\"\\")");
  CHECK(again("[]") == "[]");
  CHECK(again("{}") == "{}");
  CHECK(again("[ [ [ ] ] ]") == "[[[]]]");
}

TEST_CASE("numbers are written with as many digits as cJSON writes") {
  CHECK(again("-0") == "-0");
  CHECK(again("-0.0") == "-0");
  CHECK(again("0.1") == "0.1");
  CHECK(again("01") == "1");
  CHECK(again("1.") == "1");
  CHECK(again("1.0") == "1");
  CHECK(again("-.5") == "-0.5");
  CHECK(again("1E-7") == "1e-07");
  CHECK(again("1e5") == "100000");
  CHECK(again("1e15") == "1e+15");
  CHECK(again("1e400") == "null");
  CHECK(again("2147483648") == "2147483648");
  CHECK(again("999999999999999") == "999999999999999");
  CHECK(again("9007199254740993") == "9.00719925474099e+15");
  CHECK(again("123456789012345678901234567890") == "1.2345678901234568e+29");
  CHECK(again("3.14159265358979") == "3.14159265358979");
  CHECK(again("0.30000000000000004") == "0.3");
}

TEST_CASE("what is not JSON is left alone") {
  for (const std::string_view text :
       {"",      " ",       "12 x",      "[1,2",        "[1,2,]",      "nul",
        "truex", "+1",      ".5",        "NaN",         "-",           "1e",
        "{",     "{\"a\"}", "{\"a\":}",  "{a:1}",       "{\"a\":1,}",  "\"",
        "\"\\",  "\"\\x\"", "\"\\u12\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"",
        "[1 2]", "]",       "1 2",       "[",           "\"a"})
    CHECK_MESSAGE(again(text) == "!", text);
  CHECK(again(std::string_view("1\0", 2)) == "!");
  CHECK(again(std::string(2000, '[')) == "!");
}

TEST_CASE("nesting is bounded") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(again(nested(1000)) == nested(1000));
  CHECK(again(nested(1001)) == "!");
}
