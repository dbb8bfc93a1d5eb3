#include "mqttkit/base/shell_word.hpp"

#include <doctest/doctest.h>

using namespace mqttkit;

TEST_CASE("a word that means nothing to a shell stays as it is") {
  CHECK(shell_word("broker.example:1883") == "broker.example:1883");
  CHECK(shell_word("/etc/mosquitto/ca.crt") == "/etc/mosquitto/ca.crt");
}

TEST_CASE("a word that a shell would take for more is quoted") {
  CHECK(shell_word("") == "''");
  CHECK(shell_word("-x") == "'-x'");  // an option of the command
  CHECK(shell_word("a b") == "'a b'");
  CHECK(shell_word("$(reboot)") == "'$(reboot)'");
  CHECK(shell_word("a\nb") == "'a\nb'");
}

TEST_CASE("a single quote in a word does not end its quotes") {
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(in_single_quotes("it's") == "it'\\''s");
}
