#include "mqttkit/base/printable.hpp"

#include <doctest/doctest.h>

using mqttkit::printable;
using namespace std::string_literals;

TEST_CASE("ordinary text of any language stays as it is") {
  CHECK(printable("HTTP/1.1 403 Forbidden") == "HTTP/1.1 403 Forbidden");
  CHECK(printable("证书 ± \xF0\x9F\x94\x92") == "证书 ± \xF0\x9F\x94\x92");
}

TEST_CASE("what moves a terminal's cursor or reorders text is escaped") {
  CHECK(printable("a\x1B[2Jb\r\n\x7F") == "a\\x1B[2Jb\\x0D\\x0A\\x7F");
  CHECK(printable("\0"s) == "\\x00");
  CHECK(printable("\xC2\x9B") == "\\xC2\\x9B");  // U+009B, the C1 form of ESC [
  CHECK(printable("\xE2\x80\xAE"
                  "x") == "\\xE2\\x80\\xAEx");            // U+202E, right to left
  CHECK(printable("\xE2\x81\xA6") == "\\xE2\\x81\\xA6");  // U+2066
}

TEST_CASE("bytes that are not UTF-8 are escaped one by one, wherever they stand") {
  CHECK(printable("a\xFF"
                  "b\xC3") == "a\\xFFb\\xC3");
  CHECK(printable("\xED\xA0\x80") == "\\xED\\xA0\\x80");
}

TEST_CASE("long text is cut and shows it") {
  CHECK(printable("abcdef", 3) == "abc...");
  CHECK(printable("ab\xC3\xA9", 3) == "ab...");  // never half of a character
}
