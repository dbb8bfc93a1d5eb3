// Command lines of mosquitto's clients with only the program's name changed.
#include <unistd.h>

#include <fstream>
#include <set>
#include <sstream>

#include "cli/option_table.hpp"
#include "programs.hpp"

namespace mqttkit::testing {
namespace {

using tools::find_option;

// Every "-x" and "--xyz" in the help of one of mosquitto's clients.
std::set<std::string> options_of(const std::string& client) {
  const std::string help = run({client, "--help"}).out;
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  std::set<std::string> options;
  for (std::size_t at = 0; at < help.size(); ++at) {
    const char before = at == 0 ? ' ' : help[at - 1];
    const bool begins = before == ' ' || before == '[' || before == '{' || before == '\n';
    if (help[at] != '-' || !begins) continue;
    std::size_t end = at;
    while (end < help.size() && (is_letter(help[end]) || help[end] == '-')) ++end;
    const std::string word = help.substr(at, end - at);
    at = end;
    const bool is_number = word == "-1";  // of -x: a value
    const bool is_long = word.size() > 3 && word.starts_with("--");
    const bool is_short = word.size() == 2 && is_letter(word[1]);
    if ((is_long || is_short) && !is_number) options.insert(word);
  }
  return options;
}

// The part of a manual page that says what is different, with the options as they are typed.
std::string differences(const std::string& page) {
  std::ifstream file(std::string(PROJECT_ROOT) + "/man/" + page);
  std::stringstream text;
  text << file.rdbuf();
  const std::size_t begin = text.str().find(".Sh DIFFERENCES FROM");
  REQUIRE(begin != std::string::npos);
  return text.str().substr(begin);
}

void takes_every_option_of(const std::string& client, tools::program which,
                           const std::string& page) {
  const std::set<std::string> theirs = options_of(client);
  CHECK(theirs.size() > 30);
  const std::string different = differences(page);
  for (const std::string& option : theirs) {
    const bool is_ours = option.starts_with("--") ? find_option(which, option.substr(2)) != nullptr
                                                  : find_option(which, option[1]) != nullptr;
    const bool is_told = different.find("Fl " + option.substr(1)) != std::string::npos;
    CHECK_MESSAGE((is_ours || is_told), client << " " << option);
  }
}

// What the service saw of a request, and what the requester printed for its reply.
struct exchange {
  std::string request;
  finished requester;
};

enum class service { replies, is_silent };

// Runs a requester against a service that replies "answer to PAYLOAD" once.
exchange ask(const mosquitto& broker, const words& command, service does = service::replies,
             const words& version = {"-V", "5"}, const std::string& input = {}) {
  subscription_of asked(
      broker, at(broker) + version +
                  words{"-t", "service", "-C", "1", "-q", "2", "-F", "%q|%r|%R|%D|%P|%p|"});
  process_options options;
  options.command = command;
  options.input = input_from::text;
  options.text = input;
  process requester(options);
  exchange found;
  found.request = asked.output();
  std::istringstream fields(found.request);
  std::vector<std::string> all;
  for (std::string field; std::getline(fields, field, '|');) all.push_back(field);
  REQUIRE(all.size() >= 6);
  // Correlation data of its own, and no more than that, may differ.
  found.request.replace(found.request.find("|" + all[3] + "|"), all[3].size() + 2, "||");
  if (does == service::replies) {
    words reply = at(broker) + version + words{"-t", "replies", "-q", "1", "-m", "to " + all[5]};
    if (!all[3].empty()) reply = reply + words{"-D", "publish", "correlation-data", all[3]};
    REQUIRE(run_pub(reply).code == 0);
  }
  const auto ended = requester.wait();
  REQUIRE_MESSAGE(ended.has_value(), requester.err());
  found.requester.code = ended->code;
  found.requester.out = requester.out();
  found.requester.err = requester.err();
  return found;
}

void same_as_mosquitto_rr(const words& arguments, service does = service::replies,
                          const words& version = {"-V", "5"}) {
  NEEDS_MOSQUITTO();
  NEEDS_PROGRAM("mosquitto_rr");
  mosquitto broker;
  words line = arguments;
  if (line.front() == "-L") {
    line[1] = "mqtt://127.0.0.1:" + std::to_string(broker.port()) + "/service";
  } else {
    line = at(broker) + words{"-t", "service"} + line;
  }
  const exchange theirs = ask(broker, words{"mosquitto_rr"} + line, does, version);
  const exchange ours = ask(broker, pub({"--request"}) + line, does, version);
  CHECK(ours.request == theirs.request);
  CHECK(ours.requester.out == theirs.requester.out);
  CHECK_MESSAGE(ours.requester.code == theirs.requester.code, ours.requester.err);
}

}  // namespace

TEST_CASE("every option in mosquitto_pub --help is taken or named as a difference") {
  NEEDS_PROGRAM("mosquitto_pub");
  takes_every_option_of("mosquitto_pub", tools::program::pub, "mqtt-pub.1");
}

TEST_CASE("every option in mosquitto_sub --help is taken or named as a difference") {
  NEEDS_PROGRAM("mosquitto_sub");
  takes_every_option_of("mosquitto_sub", tools::program::sub, "mqtt-sub.1");
}

TEST_CASE("every option in mosquitto_rr --help is taken by mqtt-pub or named as a difference") {
  NEEDS_PROGRAM("mosquitto_rr");
  takes_every_option_of("mosquitto_rr", tools::program::pub, "mqtt-pub.1");
}

TEST_CASE("a mosquitto_rr command line with -m behaves the same") {
  same_as_mosquitto_rr({"-e", "replies", "-m", "question"});
}

TEST_CASE("a mosquitto_rr command line with -n behaves the same") {
  same_as_mosquitto_rr({"-e", "replies", "-n"});
}

// mosquitto_rr 2.0.11 sends an empty request for both.
TEST_CASE("a mosquitto_rr command line with -f or -s sends the file, which mosquitto_rr does not") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const words line =
      pub({"--request"}) + at(broker) + words{"-t", "service", "-e", "replies", "-V", "5"};
  const std::string file = broker.folder().write("request", "from a\nfile");
  CHECK(ask(broker, line + words{"-f", file}).requester.out == "to from a\nfile\n");
  CHECK(
      ask(broker, line + words{"-s"}, service::replies, {"-V", "5"}, "from\ninput").requester.out ==
      "to from\ninput\n");
}

TEST_CASE("a mosquitto_rr command line with -v, -N or -F behaves the same") {
  same_as_mosquitto_rr({"-e", "replies", "-m", "x", "-v"});
  same_as_mosquitto_rr({"-e", "replies", "-m", "x", "-N"});
  same_as_mosquitto_rr({"-e", "replies", "-m", "x", "-F", "%t %q %l [%p] %X"});
}

TEST_CASE("a mosquitto_rr command line with -q, -i, -k, -c and -x behaves the same") {
  same_as_mosquitto_rr({"-e", "replies", "-m", "x", "-q", "1", "-k", "30"});
  same_as_mosquitto_rr({"-e", "replies", "-m", "x", "-q", "2", "-i", "me", "-c", "-x", "10"});
}

TEST_CASE("a mosquitto_rr command line with -L behaves the same") {
  same_as_mosquitto_rr({"-L", "URL", "-e", "replies", "-m", "x"});
}

TEST_CASE("a mosquitto_rr command line with -D behaves the same") {
  same_as_mosquitto_rr({"-e", "replies", "-m", "x", "-D", "publish", "user-property", "k", "v",
                        "-D", "publish", "correlation-data", "mine"});
}

TEST_CASE("a mosquitto_rr command line with -V 3.1.1 behaves the same") {
  same_as_mosquitto_rr({"-e", "replies", "-m", "x", "-V", "mqttv311"}, service::replies,
                       {"-V", "3.1.1"});
}

TEST_CASE("a mosquitto_rr command line whose request nobody answers ends with 27 as well") {
  same_as_mosquitto_rr({"-e", "replies", "-m", "x", "-W", "3"}, service::is_silent);
}

TEST_CASE("mqtt-pub that is called as mosquitto_rr waits for the reply, without --request") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string link = broker.folder().file("mosquitto_rr");
  REQUIRE(::symlink(program("mqtt-pub").c_str(), link.c_str()) == 0);
  const exchange found =
      ask(broker, words{link} + at(broker) + words{"-t", "service", "-e", "replies", "-m", "x"},
          service::replies);
  CHECK(found.requester.out == "to x\n");
  CHECK(found.requester.code == 0);
  // Also with the topic for replies left out, where mqtt-pub alone would only publish.
  const finished unanswered =
      run(words{link} + at(broker) + words{"-t", "nobody", "-m", "x", "-W", "1"});
  CHECK(unanswered.code == 27);
}

}  // namespace mqttkit::testing
