// mqtt-sub --clean-retained: what it removes, what it asks, and when it leaves all as it is.
#include "programs.hpp"

namespace mqttkit::testing {
namespace {

void retain(const mosquitto& broker, const words& topics, const words& more = {}) {
  std::string lines;
  for (const std::string& topic : topics) lines += topic + " x\n";
  const finished kept =
      run_pub_with_input(at(broker) + words{"-l", "--key-sep", " ", "-r", "-q", "1"} + more, lines);
  REQUIRE_MESSAGE(kept.code == 0, kept.err);
}

std::string retained_in(const mosquitto& broker, const words& more = {}) {
  const finished found =
      run_sub(at(broker) + words{"-t", "#", "-q", "1", "--retained", "only", "-F", "%t"} + more);
  REQUIRE_MESSAGE(found.code == 0, found.err);
  return found.out;
}

words cleaning(const mosquitto& broker, const words& more) {
  return at(broker) + words{"--clean-retained", "old/#"} + more;
}

process_options on_a_terminal(const words& arguments) {
  process_options options;
  options.command = sub(arguments);
  options.input = input_from::terminal;
  options.error = output_to::terminal;
  return options;
}

}  // namespace

TEST_CASE("--dry-run prints the topics in order and removes nothing") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  retain(broker, {"old/b", "old/a", "new/c"});
  const finished found = run_sub(cleaning(broker, {"--dry-run"}));
  CHECK(found.code == 0);
  CHECK(found.out == "old/a\nold/b\n");
  CHECK(found.err == "mqtt-sub: 2 retained messages would be removed\n");
  CHECK(line_count(retained_in(broker)) == 3);
}

TEST_CASE("--yes removes what is retained, however much it is, and nothing else") {
  NEEDS_MOSQUITTO();
  mosquitto_options with;
  with.lines = {"max_queued_messages 0", "max_inflight_messages 20"};
  mosquitto broker(with);
  words topics = {"new/c", "old/keep/me"};
  for (int i = 0; i < 300; ++i) topics.push_back("old/" + std::to_string(i));
  retain(broker, topics);
  const finished removed = run_sub(cleaning(broker, {"--yes", "-T", "old/keep/#"}));
  CHECK(removed.code == 0);
  CHECK(line_count(removed.out) == 300);
  CHECK(removed.err == "mqtt-sub: 300 retained messages removed\n");
  CHECK(retained_in(broker) == "new/c\nold/keep/me\n");
  const finished again = run_sub(cleaning(broker, {"--yes", "-T", "old/keep/#"}));
  CHECK(again.code == 0);
  CHECK(again.out == "");
  CHECK(again.err == "mqtt-sub: nothing is retained there\n");
}

TEST_CASE("a terminal is asked: yes removes, everything else does not") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  retain(broker, {"old/a"});
  const std::string question = "Remove 1 retained message? [y/N] ";
  for (const std::string answer : {"n\n", "\n", "\x04"}) {
    process asked(on_a_terminal(cleaning(broker, {})));
    REQUIRE(asked.prints(question));
    CHECK(asked.out() == "old/a\n");
    asked.type(answer);
    const auto ended = asked.wait();
    REQUIRE(ended);
    CHECK(ended->code == 1);
    CHECK(asked.screen().find("nothing was removed") != std::string::npos);
  }
  {
    process interrupted(on_a_terminal(cleaning(broker, {})));
    REQUIRE(interrupted.prints(question));
    interrupted.signal(SIGINT);
    const auto ended = interrupted.wait();
    REQUIRE(ended);
    CHECK(ended->signal == SIGINT);
  }
  CHECK(retained_in(broker) == "old/a\n");
  process agreed(on_a_terminal(cleaning(broker, {})));
  REQUIRE(agreed.prints(question));
  agreed.type("y\n");
  const auto ended = agreed.wait();
  REQUIRE(ended);
  CHECK(ended->code == 0);
  CHECK(agreed.screen().find("mqtt-sub: 1 retained message removed") != std::string::npos);
  CHECK(retained_in(broker) == "");
}

TEST_CASE("without a terminal and without --yes it is a usage error") {
  const finished refused = run_sub({"--clean-retained", "old/#"});
  CHECK(refused.code == 2);
  CHECK(refused.err ==
        "mqtt-sub: --clean-retained asks first, and standard input is no terminal: give --yes, or "
        "--dry-run to see what there is; try mqtt-sub --help\n");
}

TEST_CASE("a topic that may not be written to is named, and the exit status tells") {
  NEEDS_MOSQUITTO();
  mosquitto_options with;
  with.password = true;
  with.acl =
      "user alice\ntopic readwrite #\n"
      "user bob\ntopic read #\ntopic readwrite old/mine\n";
  mosquitto broker(with);
  const words alice = {"-u", std::string(mosquitto::user), "-P",
                       std::string(mosquitto::user_password)};
  const words bob = {"-u", std::string(mosquitto::other_user), "-P",
                     std::string(mosquitto::other_password)};
  retain(broker, {"old/mine", "old/theirs"}, alice);
  const finished partly = run_sub(cleaning(broker, words{"--yes"} + bob));
  CHECK(partly.code == 11);
  CHECK(partly.err.find("mqtt-sub: remove retained 'old/theirs': refused by the broker: ") == 0);
  CHECK(partly.err.ends_with("mqtt-sub: 1 of 2 retained messages removed\n"));
  CHECK(retained_in(broker, alice) == "old/theirs\n");
}

TEST_CASE("a list that cannot be printed removes nothing") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  retain(broker, {"old/a"});
  process_options full;
  full.command = sub(cleaning(broker, {"--yes"}));
  full.output = output_to::full_device;
  const finished failed = run(full);
  CHECK(failed.code == 15);
  CHECK(failed.err == "mqtt-sub: standard output: No space left on device; nothing was removed\n");
  CHECK(retained_in(broker) == "old/a\n");
}

}  // namespace mqttkit::testing
