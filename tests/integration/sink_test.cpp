// mqtt-sub into files and into commands: what arrives there, and when it is acknowledged.
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "programs.hpp"

namespace mqttkit::testing {
namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::map<std::string, std::string> files_in(const std::string& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    all[entry.path().filename().string()] = content_of(entry.path());
  return all;
}

}  // namespace

TEST_CASE("--out appends what a pipe would get, and prints nothing") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string file = broker.folder().write("out", "before\n");
  subscription_of verbose(broker, topic(broker, "a", {"-v", "-C", "2", "--out", file}));
  publish(broker, "a", "one");
  publish(broker, "a", "two");
  CHECK(verbose.output() == "");
  CHECK(content_of(file) == "before\na one\na two\n");
}

TEST_CASE("--out DIRECTORY is one file, with --per-topic one a topic, whatever topics are called") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string made = broker.folder().file("one/");
  std::filesystem::create_directory(made);
  const std::string many = broker.folder().file("many");  // is made
  subscription_of together(broker, topic(broker, "#", {"--json", "-C", "4", "--out", made}));
  subscription_of apart(broker,
                        topic(broker, "#", {"-C", "4", "--out", many, "--per-topic", "--tree"}));
  publish(broker, "room/temp", "1");
  publish(broker, "../../escape", "2");
  publish(broker, "Room/temp", "3");
  publish(broker, "room/temp", "4");
  together.output();
  CHECK(apart.output().find("temp  4  (2 messages)\n") != std::string::npos);
  const auto json = files_in(made);
  REQUIRE(json.size() == 1);
  CHECK(json.begin()->first == "messages.jsonl");
  CHECK(line_count(json.begin()->second) == 4);
  const auto files = files_in(many);
  REQUIRE(files.size() == 3);
  CHECK(files.at("room%2Ftemp.log") == "1\n4\n");
  CHECK(files.at("%2E.%2F..%2Fescape.log") == "2\n");
  CHECK(files.begin()->second == "2\n");
  CHECK(std::next(files.begin())->first.starts_with("Room%2Ftemp~"));
}

TEST_CASE("more topics than files may be open get their files all the same") {
  NEEDS_MOSQUITTO();
  mosquitto_options with;
  with.lines = {"max_queued_messages 0"};
  with.quiet = true;
  mosquitto broker(with);
  const std::string many = broker.folder().file("many");
  const words kept = topic(broker, "t/#", {"-c", "-i", "keeper"});
  REQUIRE(run_sub(kept + words{"-E"}).code == 0);
  std::string lines;
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 1500; ++i)
      lines += "t/" + std::to_string(i) + " " + std::to_string(round) + "\n";
  REQUIRE(run_pub_with_input(at(broker) + words{"-l", "--key-sep", " ", "-q", "1"}, lines).code ==
          0);
  const finished got = run_sub(kept + words{"-C", "3000", "--out", many, "--per-topic"});
  CHECK_MESSAGE(got.code == 0, got.err);
  const auto files = files_in(many);
  CHECK(files.size() == 1500);
  std::size_t complete = 0;
  for (const auto& [name, text] : files) complete += text == "0\n1\n" ? 1 : 0;
  CHECK(complete == 1500);
}

TEST_CASE("--rotate-size puts files aside, and no message is lost or split") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string folder = broker.folder().file("rotated");
  std::filesystem::create_directory(folder);
  subscription_of rotated(
      broker, topic(broker, "a", {"-C", "1000", "--out", folder + "/f", "--rotate-size", "1k"}));
  REQUIRE(run_pub_with_input(topic(broker, "a", {"-l"}), numbered_lines(1000)).code == 0);
  CHECK(rotated.output() == "");
  std::size_t lines = 0;
  std::size_t count = 0;
  for (const auto& [name, text] : files_in(folder)) {
    CHECK(text.size() <= 1024);
    CHECK(text.ends_with('\n'));
    lines += line_count(text);
    ++count;
  }
  CHECK(lines == 1000);
  CHECK(count == 4);
}

TEST_CASE("a full disk ends it with 15, half a message is taken back, and none is acknowledged") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const words kept = topic(broker, "a", {"-c", "-i", "keeper"});
  REQUIRE(run_sub(kept + words{"-E"}).code == 0);
  publish(broker, "a", "precious");
  const finished full = run_sub(kept + words{"-C", "1", "--out", "/dev/full"});
  CHECK(full.code == 15);
  CHECK(full.err ==
        "mqtt-sub: /dev/full: No space left on device; messages that could not be written were "
        "not acknowledged\n");
  // A file that may not grow beyond 512 bytes, as a disk that is nearly full.
  const std::string file = broker.folder().write("small", std::string(508, '.'));
  std::string command = "trap '' XFSZ; ulimit -f 1; exec " + program("mqtt-sub");
  for (const std::string& word : kept + words{"-C", "1", "--out", file}) command += " " + word;
  const finished limited = run({"/bin/sh", "-c", command});
  CHECK(limited.code == 15);
  CHECK(limited.err.find(file + ": File too large") != std::string::npos);
  CHECK(content_of(file) == std::string(508, '.'));
  CHECK(run_sub(kept + words{"-C", "1"}).out == "precious\n");
}

TEST_CASE("an output that cannot be is told before anything is received") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string nowhere = broker.folder().file("no/such/folder");
  const finished missing = run_sub(topic(broker, "a", {"--out", nowhere}));
  CHECK(missing.code == 15);
  CHECK(missing.err.find(nowhere + ": No such file or directory") != std::string::npos);
  const std::string file = broker.folder().write("file", "");
  const finished no_folder = run_sub(topic(broker, "a", {"--out", file, "--per-topic"}));
  CHECK(no_folder.code == 15);
  CHECK(no_folder.err.find(file + ": Not a directory") != std::string::npos);
  CHECK(broker.log().find("Received CONNECT") == std::string::npos);
}

TEST_CASE("--exec runs a command with the payload on its input and the fields in MQTT_ variables") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  publish(broker, "kept", "a\nb", {"-r"});
  const finished result = run_sub(topic(
      broker, "kept", {"-C", "1", "--exec", "/bin/sh -c 'cat; env | grep ^MQTT_ | sort >&2'"}));
  CHECK(result.code == 0);
  CHECK(result.out == "a\nb");
  CHECK(result.err.find("MQTT_DUP=0\nMQTT_MID=1\nMQTT_QOS=1\nMQTT_RETAIN=1\nMQTT_SIZE=3\nMQTT_TIME="
                        "20") == 0);
  CHECK(result.err.ends_with("Z\nMQTT_TOPIC=kept\n"));
  // A form that was asked for is what stands on the input.
  CHECK(run_sub(topic(broker, "kept", {"-C", "1", "-v", "--exec", "cat"})).out == "kept a\nb\n");
  // What a terminal would show is not for commands.
  CHECK(
      run_sub(topic(broker, "kept", {"-C", "1", "-v", "--color", "always", "--exec", "cat"})).out ==
      "kept a\nb\n");
}

TEST_CASE("--exec sees no shell, --exec-shell does, and neither runs what a publisher says") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string evil = "x$(touch pwned);`touch pwned`";
  publish(broker, evil, evil, {"-r"});
  const finished plain =
      run_sub(topic(broker, "#", {"-C", "1", "--exec", "echo $MQTT_TOPIC | wc"}));
  CHECK(plain.out == "$MQTT_TOPIC | wc\n");
  const finished shell =
      run_sub(topic(broker, "#", {"-C", "1", "--exec-shell", "echo \"$MQTT_TOPIC\" | cat; cat"}));
  CHECK(shell.out == evil + "\n" + evil);
  CHECK_FALSE(std::filesystem::exists("pwned"));
}

TEST_CASE("commands that fail are named, and the exit status tells; stop leaves the message") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const words kept = topic(broker, "a", {"-c", "-i", "worker"});
  REQUIRE(run_sub(kept + words{"-E"}).code == 0);
  publish(broker, "a", "bad");
  publish(broker, "a", "good");
  const finished stopped =
      run_sub(kept + words{"-C", "2", "--exec", "grep good", "--on-exec-failure", "stop"});
  CHECK(stopped.code == 15);
  CHECK(stopped.out == "");
  CHECK(stopped.err ==
        "mqtt-sub: topic 'a': 'grep' ended with status 1; its message was not acknowledged\n");
  const finished went_on = run_sub(kept + words{"-C", "2", "--exec", "grep good"});
  CHECK(went_on.code == 15);
  CHECK(went_on.out == "good\n");
  CHECK(went_on.err ==
        "mqtt-sub: topic 'a': 'grep' ended with status 1\n"
        "mqtt-sub: 1 of 2 commands failed (--exec)\n");
  CHECK(run_sub(kept + words{"-W", "1"}).out == "");
}

TEST_CASE("a command that cannot be run is a mistake in the command line, before any message") {
  const temp_folder folder;
  const auto refuses = [](const std::string& command, const std::string& why) {
    const finished result = run_sub({"-h", "127.0.0.1", "-p", "1", "-t", "a", "--exec", command});
    CHECK(result.code == 2);
    CHECK(result.err == "mqtt-sub: --exec '" + why + "\n");
  };
  refuses("/no/such/program -v", "/no/such/program': No such file or directory");
  refuses("no-such-program-here",
          "no-such-program-here': no such program in PATH; --exec-shell takes what a shell would");
  const std::string script = folder.write("script", "#!/bin/sh\n");
  refuses(script, script + "': Permission denied");
  refuses(folder.path().string(), folder.path().string() + "': Is a directory");
  // With a shell it is the shell that knows what a command is.
  CHECK(run_sub({"-h", "127.0.0.1", "-p", "1", "-t", "a", "--exec-shell", "no-such"}).code == 4);
}

TEST_CASE("a command that goes away while mqtt-sub runs leaves its message to the broker") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const words kept = topic(broker, "a", {"-c", "-i", "worker"});
  const std::string script = broker.folder().write("script", "#!/bin/sh\ncat\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  subscription_of working(broker, kept + words{"--exec", script});
  publish(broker, "a", "first");
  REQUIRE(working.running().prints("first"));
  std::filesystem::remove(script);
  publish(broker, "a", "second");
  CHECK(working.output(15) == "first");
  CHECK(working.running().err() == "mqtt-sub: '" + script +
                                       "': No such file or directory; its message was not "
                                       "acknowledged\n");
  CHECK(run_sub(kept + words{"-C", "1"}).out == "second\n");
}

TEST_CASE("a message is acknowledged when its command has ended, and not before") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const words kept = topic(broker, "a", {"-c", "-i", "worker"});
  const std::string gate = broker.folder().file("gate");
  process_options options;
  subscription_of working(broker,
                          kept + words{"--exec-shell", "echo started; while ! [ -e " + gate +
                                                           " ]; do sleep 0.02; done"},
                          options);
  publish(broker, "a", "x");
  REQUIRE(working.running().prints("started\n"));
  CHECK(broker.log().find("Received PUBACK from worker") == std::string::npos);
  broker.folder().write("gate", "");
  CHECK(broker.logs("Received PUBACK from worker"));
  working.running().signal(SIGTERM);
  working.output(143);
}

TEST_CASE("a command that goes on after -W is ended, and its message stays with the broker") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  struct row {
    const char* command;
    std::chrono::milliseconds most;
  };
  // sh waits for what it started; a shell that does not mind SIGTERM is killed two seconds later.
  for (const row& each :
       {row{"exec sleep 60", 4s}, row{"trap '' TERM; while :; do sleep 0.1; done", 6s}}) {
    CAPTURE(each.command);
    for (const bool is_complete : {false, true}) {  // -C 1 has what it wants, and waits on
      CAPTURE(is_complete);
      words line =
          topic(broker, "a", {"-c", "-i", "worker", "-W", "1", "--exec-shell", each.command});
      if (is_complete) line = line + words{"-C", "1"};
      REQUIRE(run_sub(at(broker) + words{"-t", "a", "-q", "1", "-c", "-i", "worker", "-E"}).code ==
              0);
      publish(broker, "a", "x");
      const finished result = run_sub(line);
      CHECK(result.code == 27);
      CHECK(result.took > 900ms);
      CHECK_MESSAGE(result.took < each.most, result.took.count());
      CHECK(
          result.err.find("did not end in time and was ended; its message was not acknowledged") !=
          std::string::npos);
      CHECK(run_sub(topic(broker, "a", {"-c", "-i", "worker", "-C", "1"})).out == "x\n");
    }
  }
}

TEST_CASE("a command has five seconds after a signal, also when it is all that is waited for") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  for (const words& more : {words{}, words{"-C", "1"}}) {
    subscription_of working(
        broker,
        at(broker) + words{"-t", "a", "--exec-shell", "echo started; exec sleep 60"} + more);
    publish(broker, "a", "x");
    REQUIRE(working.running().prints("started\n"));
    const auto before = std::chrono::steady_clock::now();
    working.running().signal(SIGINT);
    working.output(130);
    const auto took = std::chrono::steady_clock::now() - before;
    CHECK(took > 4s);
    CHECK(took < 8s);
  }
}

TEST_CASE("--exec-jobs commands run at a time, never more") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string folder = broker.folder().file("running");
  std::filesystem::create_directory(folder);
  // Each waits until three run, and says how many there are.
  const std::string command = "touch " + folder + "/$$; while [ $(ls " + folder +
                              " | wc -l) -lt 3 ]; do sleep 0.02; done; sleep 0.1; ls " + folder +
                              " | wc -l";
  for (const std::string qos : {"0", "1"}) {
    CAPTURE(qos);
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      std::filesystem::remove(entry.path());
    subscription_of working(broker,
                            at(broker) + words{"-t", "a", "-q", qos, "-C", "3", "--exec-jobs", "3",
                                               "--exec-shell", command});
    for (int i = 0; i < 3; ++i) publish(broker, "a", "x");  // one after the other
    CHECK(working.output() == "3\n3\n3\n");
  }
}

TEST_CASE("messages whose commands ran side by side are acknowledged without a further message") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string gate = broker.folder().file("gate");
  const words who{"-i", "worker", "-c", "--exec-jobs", "2"};
  const words command{"--exec-shell",
                      "echo started; while ! [ -e " + gate + " ]; do sleep 0.02; done"};
  subscription_of working(broker, topic(broker, "a", who + command));
  for (int i = 0; i < 2; ++i) publish(broker, "a", "x");
  REQUIRE(working.running().prints("started\nstarted\n"));
  CHECK(broker.log().find("Received PUBACK from worker") == std::string::npos);
  broker.folder().write("gate", "");
  CHECK(broker.logs("Received PUBACK from worker", 2));
  working.running().signal(SIGTERM);
  working.output(143);
}

TEST_CASE("--exec commands run one at a time unless told otherwise") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string folder = broker.folder().file("running");
  std::filesystem::create_directory(folder);
  const std::string alone = "mkdir " + folder + "/one && sleep 0.05 && rmdir " + folder + "/one";
  subscription_of working(broker, topic(broker, "b", {"-C", "4", "--exec-shell", alone}));
  REQUIRE(run_pub_with_input(topic(broker, "b", {"-l"}), numbered_lines(4)).code == 0);
  CHECK(working.output() == "");
  CHECK(working.running().err() == "");
}

}  // namespace mqttkit::testing
