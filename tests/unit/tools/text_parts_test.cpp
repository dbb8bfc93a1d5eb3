#include "common/text_parts.hpp"

#include <doctest/doctest.h>

namespace mqttkit::tools {

TEST_CASE("blanks and line ends around a text are left out, and those inside it stay") {
  CHECK(trimmed(" \t a b\r\n") == "a b");
  CHECK(trimmed("a") == "a");
  CHECK(trimmed(" \r\n\t ") == "");
  CHECK(trimmed("") == "");
}

TEST_CASE("a list gives each part that is not empty") {
  std::string seen;
  for_each_part("|one||two|", '|', [&](std::string_view part) { seen += std::string(part) + ","; });
  CHECK(seen == "one,two,");
  for_each_part("", '|', [&](std::string_view) { FAIL("nothing is a part of nothing"); });
}

TEST_CASE("texts are joined with something between each two") {
  CHECK(joined({}, ", ") == "");
  CHECK(joined({"a"}, ", ") == "a");
  CHECK(joined({"", "b", ""}, "; ") == "; b; ");
}

}  // namespace mqttkit::tools
