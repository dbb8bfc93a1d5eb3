// --help and usage errors in Chinese.
#include "mqtt-doctor/words/command_line.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "cli/parser.hpp"
#include "common/columns.hpp"
#include "mqtt-doctor/options/options.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

using namespace mqttkit::tools;

/// The language is Chinese while this object lives.
struct in_chinese {
  in_chinese() { choose_language("zh"); }
  ~in_chinese() { choose_language("en"); }
  /// Without gettext the doctor speaks English, and the test cannot run.
  static bool is_there() { return say("none needed") != "none needed"; }
};

std::string error_of(std::vector<std::string> words) {
  words.insert(words.begin(), "mqtt-doctor");
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  doctor_settings settings;
  return parse(static_cast<int>(argv.size()), argv.data(), settings, process_environment{},
               said_of_command_line)
      .err;
}

bool has_chinese(std::string_view text) {
  // Chinese characters begin at U+4E00.
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0xE4 && static_cast<unsigned char>(c) <= 0xE9) return true;
  return false;
}

/// Two English words in a row that are no command: a part of the sentence was not
/// translated.
std::string english_left_in(std::string_view text) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  std::string before;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word(text.substr(at, end - at));
    at = end + 1;
    const bool is_plain = word.size() > 1 && std::all_of(word.begin(), word.end(), is_letter);
    const bool is_of_command =
        before == "mqtt-doctor" || before == "connect" || before == "publish";
    if (is_plain && !is_of_command && !before.empty() &&
        std::all_of(before.begin(), before.end(), is_letter))
      return before + " " + word;
    before = is_of_command ? "" : word;
  }
  return {};
}

}  // namespace

TEST_CASE("a sentence gives its places what stands in the text, and no other sentence fits") {
  std::map<std::string, std::string> places;
  REQUIRE(matches("-p 99: the port must be 1 to 65535", "{option} {value}: {problem}", places));
  CHECK(places["option"] == "-p");
  CHECK(places["value"] == "99");
  CHECK(places["problem"] == "the port must be 1 to 65535");
  CHECK(!matches("-p 99: x", "{option}: {problem}", places));  // an option is one word
  CHECK(!matches("-p needs", "{option} needs {operands}", places));
  REQUIRE(matches("a and b exclude each other", "{one} and {other} exclude each other", places));
  CHECK(places["other"] == "b");
  CHECK(!matches("a and b exclude", "{one} and {other} exclude each other", places));
  CHECK(!matches("", "{one}", places));
  CHECK(matches("", "", places));
}

TEST_CASE("--lang is found before the command line is read, and only what it can be") {
  const char* const words[] = {"mqtt-doctor", "--lang", "zh", "--helpp"};
  CHECK(language_of(4, words) == "zh");
  const char* const attached[] = {"mqtt-doctor", "--lang=en", "x"};
  CHECK(language_of(3, attached) == "en");
  const char* const wrong[] = {"mqtt-doctor", "--lang", "fr"};
  CHECK(language_of(3, wrong).empty());
  CHECK(language_of(2, wrong).empty());
}

TEST_CASE("--help in Chinese says every option in it, in lines of at most 90 columns") {
  const in_chinese language;
  if (!in_chinese::is_there()) return;
  for (const option_row& row : option_rows()) {
    if (!row.is_in(program::doctor)) continue;
    const std::string help = said_of_command_line(row.help);
    CHECK_MESSAGE(help != row.help,
                  "translate in tools/mqtt-doctor/po/zh_CN.po: " << std::string(row.help));
  }
  const auto fits = [](const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string line = text.substr(at, end - at);
      CHECK_MESSAGE(columns_of(line) <= 90, line);
      at = end + 1;
    }
    CHECK(has_chinese(text));
  };
  fits(help_text(program::doctor, true, said_of_command_line));
  fits(help_text(program::doctor, false, said_of_command_line));
  for (const subcommand_row& row : subcommand_rows())
    fits(help_text(program::doctor, row, said_of_command_line));
  // All explanations begin in the same column.
  const std::string help = help_text(program::doctor, false, said_of_command_line);
  CHECK(help.find("\n  -u, --username NAME   \u7528\u6237\u540d\n") != std::string::npos);
}

TEST_CASE("what is wrong with a command line is said in Chinese, and what was typed stays") {
  const in_chinese language;
  if (!in_chinese::is_there()) return;
  const std::vector<std::vector<std::string>> lines{
      {"--lisen"},
      {"--publisch", "h"},
      {"-p", "99999", "h"},
      {"-p"},
      {"listen"},
      {"listen", "x"},
      {"listen", "mqtt://h"},
      {"listen", "1883", "-t", "x"},
      {"listen", "1", "2"},
      {"--forward", "h:1"},
      {"-h", ""},
      {"-h", "a b:0"},
      {"check", "h", "1883"},
      {"check", "brokers.txt"},
      {"seen.pcap"},
      {"/etc/mosquitto/mosquitto.conf"},
      {"h", "i"},
      {"explain"},
      {"explain", "--said", "x", "f"},
      {"--said", "x"},
      {"--report", "x.pdf", "h"},
      {"--blank-addresses", "h"},
      {"--publish", "h"},
      {"--publish", "-t", "#", "h"},
      {"-V", "7", "h"},
      {"-k", "x", "h"},
      {"--timeout", "0", "h"},
      {"--color", "red", "h"},
      {"--lang", "fr", "h"},
      {"--json=1", "h"},
      {"-L", "x"},
      {"delivery", "h", "--away", "1s"},
      {"delivery", "h", "--watch", "10m", "--offline"},
      {"delivery", "h", "--messages", "0"},
      {"delivery", "h", "--size", "1T"},
      {"delivery", "h", "--sent-via", "b"},
      {"delivery", "h", "--as-publisher", ":f"},
      {"delivery", "h", "--retained"},
      {"mend", "--json"},
      {"-t", "", "h"},
      {"--key", "k", "h"},
      {"--cert", "c", "h"},
      {"--psk", "00", "h"},
      {"-P", "x", "-V", "3.1.1", "h"},
      {"-P", "x", "--password-file", "f", "-u", "n", "h"},
      {"--password-file", "/none", "-u", "n", "h"},
      {"--password-file", "/", "-u", "n", "h"},
      {"--password-file", "", "h"},
      {"--config", "/none", "h"},
      {"--profile", "x", "h"},
      {"--no-config", "--profile", "x", "h"},
      {"--send-password-unverified", "mqtts://h"},
      {"--cafile", "c", "--no-tls", "h"},
      {"--tls-alpn", "", "--cafile", "c", "h"},
      {"--ws-header", "x", "--ws", "h"},
      {"--ws-path", "x", "--ws", "h"},
      {"--ws-path", "/x", "h"},
      {"--proxy", "ftp://h", "h"},
      {"--proxy", "http://h/x", "h"},
      {"mqtt://"},
      {"mqtt://h:0"},
      {"mqtt://[::1"},
      {"mqtt://%zz@h"},
      {"-L", "ftp://h"},
      {"-L", "http://h"},
      {"-L", "unix://"},
      {"-L", "unix:///s"},
      {"unix:///s"},
      {"mqtt-sn://h", "-u", "n"},
      {"mqtt-sn://h", "--on-broker"},
      {"mqtt-sn://h", "--cafile", "c"},
      {"phone", "mqtt-sn://h"},
      {"--resolver", "x", "h"},
      {"--", "h"},
      {"-S", "h"},
      {"-A", "", "h"},
      {"explain", "--captured-on", "mars", "f"},
      {"check", "h", "--tag", "x"},
      {"check", "h", "--jobs", "0"},
      {"check", "h", "--on-change", "'", "--state", "s"},
      {"check", "h", "--on-change", "", "--state", "s"},
      {"check", "h", "--ask-password"},
      {"check", "h", "--password-file", "-"},
      {"check", "h", "-v"},
      {"check", "a", "b", "--name", "x"},
      {"check", "h", "--nagios", "--every", "60s"},
      {"check", "h", "--every", "1ms"},
      {"phone", "h", "--page-port", "0"},
      {"delivery", "h", "-D", "publish", "x", "y"},
      {"delivery", "h", "-q", "3", "--offline"},
      {"delivery", "h", "--as-publisher", "n:/none"},
      {"listen", "1883", "--capture", "--forward", "h:1"},
      {"listen", "1883", "--write", "f"},
      {"listen", "1883", "--for", "x"},
      {"listen", "--capture"},
  };
  for (const auto& line : lines) {
    const std::string said = error_of(line);
    std::string words;
    for (const std::string& word : line) words += word + " ";
    CAPTURE(words);
    CHECK_MESSAGE(has_chinese(said.substr(0, said.rfind("\uff1b"))), said);
    CHECK_MESSAGE(english_left_in(said).empty(), said);
    CHECK(said.starts_with("mqtt-doctor: "));
  }
  CHECK(error_of({"-p", "99999", "h"}).find("-p 99999") != std::string::npos);
}

}  // namespace mqttkit::doctor
