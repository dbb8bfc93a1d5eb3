// Passwords from files, and what is told when others can read them.
#include "cli/secret.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "support/temp_folder.hpp"
#include "unit/tools/command_line.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;
using namespace mqttkit::tools::test;

namespace {

std::string first_line_of(std::string_view content) {
  const testing::temp_folder folder;
  std::string line;
  const std::string wrong = read_first_line(folder.write("secret", content), line);
  return wrong.empty() ? line : "wrong: " + wrong;
}

void keep_private(const std::string& path) {
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace

TEST_CASE("a password file is its first line, without the end of the line and nothing else less") {
  CHECK(first_line_of("secret\n") == "secret");
  CHECK(first_line_of("secret") == "secret");
  CHECK(first_line_of(" two words \r\nmore\n") == " two words ");
  CHECK(first_line_of("") == "wrong: its first line is empty");
  CHECK(first_line_of("\nsecret\n") == "wrong: its first line is empty");
  CHECK(first_line_of(std::string(65'535, 'x')) == std::string(65'535, 'x'));
  CHECK(first_line_of(std::string(65'536, 'x')) == "wrong: the line is longer than 65535 bytes");
}

TEST_CASE("--password-file gives the password, and errors name the file") {
  const testing::temp_folder folder;
  const std::string file = folder.write("password", "secret\n");
  keep_private(file);
  const pub line({"-t", "a", "-m", "x", "-u", "me", "--password-file", file});
  REQUIRE(line.runs());
  CHECK(line.result.err.empty());
  CHECK(line.settings.client.session.password == "secret");
  const auto wrong = [](words more) {
    words all{"-t", "a", "-u", "me"};
    all.insert(all.end(), more.begin(), more.end());
    return pub(all).error();
  };
  CHECK(wrong({"-m", "x", "--password-file", "/nowhere"}) ==
        "--password-file /nowhere: cannot be read: No such file or directory");
  CHECK(wrong({"-m", "x", "--password-file", ""}) ==
        "--password-file needs FILE, not an empty word");
  CHECK(wrong({"-m", "x", "-P", "x", "--password-file", file}) ==
        "-P and --password-file exclude each other");
  CHECK(wrong({"-m", "x", "--ask-password", "--password-file", file}) ==
        "--ask-password and --password-file exclude each other");
  CHECK(pub({"-t", "a", "-m", "x", "--password-file", file}).error() ==
        "--password-file needs -u NAME: only MQTT 5 (-V 5) has passwords without a user name");
}

TEST_CASE("standard input is the password or the messages, not both") {
  const auto wrong = [](words more) {
    words all{"-t", "a", "-u", "me", "--password-file", "-"};
    all.insert(all.end(), more.begin(), more.end());
    return pub(all).error();
  };
  const std::string text =
      "--password-file -: standard input holds the messages; name a file, or ask with "
      "--ask-password";
  CHECK(wrong({"-l"}) == text);
  CHECK(wrong({"-s"}) == text);
  CHECK(wrong({"--from-json", "-"}) == text);
  CHECK(wrong({"-f", "/dev/stdin"}) == text);
}

TEST_CASE("files with secrets that others can read are warned of, once, and --quiet is quiet") {
  const testing::temp_folder folder;
  const std::string file = folder.write("password", "secret\n");
  const std::string key = folder.write("key", "no key, and never looked into\n");
  keep_private(file);
  keep_private(key);
  const words with_both{"-t", "a",      "-m", "x",     "-u", "me", "--password-file",
                        file, "--cert", "c",  "--key", key};
  CHECK(pub(with_both).result.err.empty());
  std::filesystem::permissions(file, std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  CHECK(pub(with_both).result.err == "mqtt-pub: warning: " + file +
                                         " can be read by others than its owner; chmod 600 " +
                                         file + "\n");
  keep_private(file);
  std::filesystem::permissions(key, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const pub line(with_both);
  CHECK(line.runs());
  CHECK(line.result.err == "mqtt-pub: warning: " + key +
                               " can be read by others than its owner; chmod 600 " + key + "\n");
  words quiet = with_both;
  quiet.push_back("--quiet");
  CHECK(pub(quiet).result.err.empty());
}
