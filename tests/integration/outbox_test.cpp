// mqtt-pub --outbox: what was accepted arrives, whatever happens to the link, the broker, the disk
// and the program.
#include "mqtt-pub/outbox.hpp"

#include <signal.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "programs.hpp"
#include "support/ports.hpp"

namespace mqttkit::testing {
namespace {

namespace fs = std::filesystem;

struct link_that_goes {
  explicit link_that_goes(mosquitto_options options = {}) : broker(std::move(options)) {}
  mosquitto broker;
  std::string box() const { return broker.folder().file("box"); }
  words boxed() const { return at(broker) + words{"--outbox", box(), "-t", "in"}; }
  finished deliver() const { return run_pub(at(broker) + words{"--outbox", box()}); }
};

mosquitto_options that_keeps_sessions() {
  mosquitto_options options;
  options.persistence = true;
  options.lines = {"max_queued_messages 0"};
  return options;
}

// A reader whose session stays while it or the broker is away.
words reader(const mosquitto& broker, const words& more) {
  return at(broker) + words{"-t", "in", "-q", "2", "-V", "5", "-c", "-x", "600", "-i", "reader"} +
         more;
}

// The payloads that wait, in their order.
std::vector<std::string> waiting(const std::string& folder) {
  tools::outbox box;
  REQUIRE(box.open(folder, {}, 10s) == "");
  std::vector<std::string> all;
  tools::outbox::stored message;
  while (box.next(message)) all.emplace_back(as_text(message.message.payload));
  return all;
}

process_options lines_from(const words& arguments, input_from input, const std::string& path = {}) {
  process_options options;
  options.command = pub(arguments);
  options.input = input;
  options.input_path = path;
  return options;
}

// With a limit on what a file may hold, in bytes (a multiple of 512).
words with_small_files(std::size_t bytes, const words& command) {
  return words{"/bin/sh", "-c", "ulimit -f " + std::to_string(bytes / 512) + "; exec \"$@\"",
               "sh"} +
         command;
}

// In a mount namespace of its own, after `mounts`.
process_options in_mounts(const std::string& mounts, const words& command) {
  process_options options;
  options.command =
      words{"unshare", "-m", "/bin/sh", "-c", mounts + " && exec \"$@\"", "sh"} + command;
  return options;
}

bool may_mount() {
  const temp_folder folder;
  process_options options = in_mounts("mount -t tmpfs none " + folder.file(""), words{"true"});
  const bool may = run(options).code == 0;
  if (!may) MESSAGE("skipped: only root can mount");
  return may;
}

std::string line_of(const words& command) {
  std::string line;
  for (const std::string& word : command) line += (line.empty() ? "'" : " '") + word + "'";
  return line;
}

}  // namespace

TEST_CASE("without a broker a message is kept, with status 17, and the next run delivers it") {
  NEEDS_MOSQUITTO();
  link_that_goes link;
  link.broker.stop();
  for (const std::string text : {"one", "two"}) {
    const finished kept = run_pub(link.boxed() + words{"-m", text});
    CHECK(kept.code == 17);
    CHECK(line_count(kept.err) == 1);
    CHECK(kept.err.find("connect: connection refused") != std::string::npos);
    CHECK(kept.err.find(text == "one"
                            ? "; 1 message waits in outbox " + link.box()
                            : "; 2 messages wait in outbox " + link.box()) != std::string::npos);
  }
  CHECK(run_pub(link.boxed() + words{"-m", "quiet", "--quiet"}).err == "");
  link.broker.start();
  subscription_of subscriber(
      link.broker, at(link.broker) + words{"-t", "in", "-q", "1", "-C", "4", "-F", "%q %p"});
  const finished delivered = run_pub(link.boxed() + words{"-m", "last", "-q", "2"});
  CHECK_MESSAGE(delivered.code == 0, delivered.err);
  CHECK(delivered.err == "");
  CHECK(subscriber.output() == "1 one\n1 two\n1 quiet\n1 last\n");
}

TEST_CASE("--outbox alone delivers what is there, and has nothing to do when nothing is") {
  NEEDS_MOSQUITTO();
  link_that_goes link;
  link.broker.stop();
  CHECK(link.deliver().code == 0);
  const finished kept = run_pub_with_input(link.boxed() + words{"-l"}, numbered_lines(1000));
  CHECK(kept.code == 17);
  CHECK(kept.err.find("1000 messages wait in outbox") != std::string::npos);
  CHECK(link.deliver().code == 17);
  link.broker.start();
  subscription_of subscriber(link.broker,
                             at(link.broker) + words{"-t", "in", "-q", "1", "-C", "1000"});
  CHECK(link.deliver().code == 0);
  CHECK((subscriber.output() == numbered_lines(1000)));
  CHECK(link.deliver().code == 0);
  CHECK(waiting(link.box()).empty());
}

TEST_CASE("lines are accepted while the broker is down, and delivered when it comes up") {
  NEEDS_MOSQUITTO();
  link_that_goes link(that_keeps_sessions());
  REQUIRE(run_sub(reader(link.broker, {"-E"})).code == 0);
  link.broker.stop();
  process publisher(lines_from(link.boxed() + words{"-l", "-q", "2", "-V", "5"}, input_from::pipe));
  publisher.write("1\n2\n3\n");
  REQUIRE(publisher.prints("waiting for the broker"));
  link.broker.start();
  publisher.write("4\n");
  REQUIRE(link.broker.logs("Sending PUBCOMP", 4));
  link.broker.restart();  // and once more in the middle
  publisher.write("5\n6\n");
  publisher.close_input();
  const auto ended = publisher.wait();
  REQUIRE(ended.has_value());
  CHECK_MESSAGE(ended->code == 0, publisher.err());
  CHECK(run_sub(reader(link.broker, {"-C", "6"})).out == "1\n2\n3\n4\n5\n6\n");
}

TEST_CASE("after kill -9 at any moment nothing that was accepted is lost, and the order is kept") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.lines = {"max_queued_messages 0"};
  options.quiet = true;
  link_that_goes link(options);
  REQUIRE(run_sub(reader(link.broker, {"-E"})).code == 0);
  constexpr int rounds = 25;
  constexpr std::size_t lines_a_round = 20'000;
  std::mt19937 random(9);
  // Sanitizers and a busy machine make a run longer.
  const finished whole = run_pub(link.boxed() + words{"-m", "0:0"});
  REQUIRE(whole.code == 0);
  const auto longest = static_cast<std::uint64_t>(std::max(60ms, 3 * whole.took).count()) * 1000;
  std::size_t accepted[rounds] = {};  // at least so many, as the disk says
  for (int round = 0; round < rounds; ++round) {
    std::string lines;
    for (std::size_t line = 1; line <= lines_a_round; ++line)
      lines += std::to_string(round) + ":" + std::to_string(line) + "\n";
    const std::string file = link.broker.folder().write("lines", lines);
    if (round % 5 == 4) link.broker.suspend();  // a link that hangs
    process publisher(lines_from(link.boxed() + words{"-l"}, input_from::file, file));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % longest));
    publisher.signal(SIGKILL);
    REQUIRE(publisher.wait().has_value());
    if (round % 5 == 4) link.broker.resume();
    for (const std::string& each : waiting(link.box())) {
      const std::size_t colon = each.find(':');
      accepted[std::stoul(each.substr(0, colon))] = std::max<std::size_t>(
          accepted[std::stoul(each.substr(0, colon))], std::stoul(each.substr(colon + 1)));
    }
  }
  CHECK(link.deliver().code == 0);
  CHECK(run_pub(link.boxed() + words{"-m", "end"}).code == 0);
  process_options read;
  read.command = sub(reader(link.broker, {}));
  process subscriber(read);
  REQUIRE(subscriber.prints("end\n"));
  subscriber.signal(SIGINT);
  REQUIRE(subscriber.wait().has_value());

  std::istringstream arrived(subscriber.out());
  std::size_t seen[rounds] = {};
  std::size_t newest = 0;
  std::size_t again = 0;
  for (std::string line; std::getline(arrived, line) && line != "end";) {
    const std::size_t colon = line.find(':');
    const std::size_t round = std::stoul(line.substr(0, colon));
    const std::size_t number = std::stoul(line.substr(colon + 1));
    REQUIRE(round < rounds);
    // What comes for the first time comes in order; what comes again was in flight.
    if (number <= seen[round]) {
      ++again;
      continue;
    }
    CHECK(number == seen[round] + 1);
    CHECK(round >= newest);
    newest = std::max(newest, round);
    seen[round] = number;
  }
  std::size_t all = 0;
  for (int round = 0; round < rounds; ++round) {
    CAPTURE(round);
    CHECK(seen[round] >= accepted[round]);
    all += seen[round];
  }
  CHECK(all > 0);
  // The manual page promises that a kill repeats no more than these.
  CHECK(again <= rounds * std::size_t{100});
}

TEST_CASE("damage on the disk is told with status 18, and what is behind it is delivered") {
  NEEDS_MOSQUITTO();
  link_that_goes link;
  link.broker.stop();
  CHECK(run_pub_with_input(link.boxed() + words{"-l"}, numbered_lines(3)).code == 17);
  const std::string log = link.box() + "/00000000000000000001.log";
  const auto size = fs::file_size(log);
  {
    std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(size / 2));
    file.put('\xFF');
  }
  link.broker.start();
  subscription_of subscriber(link.broker,
                             at(link.broker) + words{"-t", "in", "-q", "1", "-C", "2"});
  const finished delivered = link.deliver();
  CHECK(delivered.code == 18);
  CHECK(line_count(delivered.err) == 2);
  CHECK(delivered.err.find("mqtt-pub: outbox " + link.box() +
                           ": 00000000000000000001.log, offset " + std::to_string(size / 3) + ": " +
                           std::to_string(size / 3) +
                           " bytes cannot be read: message 2 is lost; put aside as 2.damaged\n") !=
        std::string::npos);
  CHECK(delivered.err.find("2 messages acknowledged, 1 lost to damage on the disk\n") !=
        std::string::npos);
  CHECK(subscriber.output() == "1\n3\n");
  CHECK(link.deliver().code == 0);
}

TEST_CASE("a run that SIGTERM ends leaves nothing to be sent twice") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.lines = {"max_queued_messages 0"};
  link_that_goes link(options);
  REQUIRE(run_sub(reader(link.broker, {"-E"})).code == 0);
  const std::string file = link.broker.folder().write("lines", numbered_lines(100'000));
  process publisher(lines_from(link.boxed() + words{"-l"}, input_from::file, file));
  REQUIRE(link.broker.logs("Sending PUBACK", 200));
  publisher.signal(SIGTERM);
  REQUIRE(publisher.wait().has_value());
  CHECK(publisher.err().find("terminated: ") != std::string::npos);
  CHECK(link.deliver().code == 0);
  CHECK(run_pub(link.boxed() + words{"-m", "end"}).code == 0);
  process_options read;
  read.command = sub(reader(link.broker, {}));
  process subscriber(read);
  REQUIRE(subscriber.prints("end\n"));
  subscriber.signal(SIGINT);
  REQUIRE(subscriber.wait().has_value());
  const std::size_t count = line_count(subscriber.out()) - 1;
  CHECK(count >= 200);
  CHECK((subscriber.out() == numbered_lines(static_cast<int>(count)) + "end\n"));
}

TEST_CASE("a broker that goes for good in the middle ends the run, and the rest waits") {
  NEEDS_MOSQUITTO();
  link_that_goes link;
  const std::string file = link.broker.folder().write("lines", numbered_lines(100'000));
  process publisher(lines_from(link.boxed() + words{"-l"}, input_from::file, file));
  REQUIRE(link.broker.logs("Sending PUBACK"));
  link.broker.stop();
  const auto ended = publisher.wait(25s);
  REQUIRE(ended.has_value());
  CHECK(ended->code == 17);
  CHECK(publisher.err().find(" wait in outbox ") != std::string::npos);
}

TEST_CASE("a folder that cannot be written is told with status 15") {
  const temp_folder folder;
  const std::string box = folder.file("box");
  const words publishes = pub(words{"--outbox", box, "-t", "in", "-m", "x", "-p", "1"});
  folder.write("box", "mine");
  const finished file = run_pub(words{"--outbox", box, "-t", "in", "-m", "x", "-p", "1"});
  CHECK(file.code == 15);
  CHECK(file.err == "mqtt-pub: outbox " + box + ": Not a directory\n");
  fs::remove(box);
  fs::create_directory(box);
  if (!may_mount()) return;
  const finished read_only = run(in_mounts(
      "mount --bind " + box + " " + box + " && mount -o remount,ro,bind " + box, publishes));
  CHECK(read_only.code == 15);
  CHECK(read_only.err == "mqtt-pub: outbox " + box + ": Read-only file system\n");
}

TEST_CASE("on a full file system what was accepted is delivered, and marked as such") {
  NEEDS_MOSQUITTO();
  if (!may_mount()) return;
  mosquitto_options options;
  options.lines = {"max_queued_messages 0"};
  link_that_goes link(options);
  const std::string box = link.box();
  fs::create_directory(box);
  const std::string file = link.broker.folder().write("lines", numbered_lines(20'000));
  REQUIRE(run_sub(reader(link.broker, {"-E"})).code == 0);
  // Nobody is there, then the broker, then nothing is left to do.
  const words away = pub(words{"-p", "1", "--outbox", box, "-t", "in", "-l"});
  const words here = pub(at(link.broker) + words{"--outbox", box});
  const finished all = run(
      in_mounts("mount -t tmpfs -o size=200k none " + box + " && { " + line_of(away) + " <" + file +
                    "; echo $?; dd if=/dev/zero of=" + box + "/filler bs=512 2>/dev/null; " +
                    line_of(here) + "; echo $?; ls " + box + "; " + line_of(here) + "; echo $?; }",
                {"true"}));
  CHECK_MESSAGE(all.out == "15\n0\nacked\nfiller\nlock\n0\n", all.out);
  const std::size_t at_line = all.err.find("mqtt-pub: line ");
  REQUIRE_MESSAGE(at_line != std::string::npos, all.err);
  const int named = std::stoi(all.err.substr(at_line + 15));
  CHECK(all.err.find(": No space left on device; it was not accepted") != std::string::npos);
  CHECK(run_pub(at(link.broker) + words{"-t", "in", "-q", "1", "-m", "end"}).code == 0);
  process_options read;
  read.command = sub(reader(link.broker, {}));
  process subscriber(read);
  REQUIRE(subscriber.prints("end\n"));
  subscriber.signal(SIGINT);
  REQUIRE(subscriber.wait().has_value());
  CHECK((subscriber.out() == numbered_lines(named - 1) + "end\n"));
}

TEST_CASE("on a full disk the line is named, what came before is kept, and nothing is half there") {
  NEEDS_MOSQUITTO();
  link_that_goes link;
  link.broker.stop();
  std::string lines;
  for (int line = 1; line <= 5000; ++line)
    lines += std::to_string(line) + std::string(40, '.') + "\n";
  const std::string file = link.broker.folder().write("lines", lines);
  process_options tight = lines_from(link.boxed() + words{"-l"}, input_from::file, file);
  tight.command = with_small_files(64 * 1024, tight.command);
  const finished full = run(tight);
  CHECK(full.code == 15);
  const std::size_t at_line = full.err.find("mqtt-pub: line ");
  REQUIRE_MESSAGE(at_line != std::string::npos, full.err);
  const std::size_t named = std::stoul(full.err.substr(at_line + 15));
  CHECK(full.err.find(": outbox " + link.box() +
                      ": File too large; it was not accepted, nor is what follows it") !=
        std::string::npos);
  const std::vector<std::string> kept = waiting(link.box());
  REQUIRE(kept.size() == named - 1);
  CHECK(kept.front() == "1" + std::string(40, '.'));
  CHECK(kept.back() == std::to_string(named - 1) + std::string(40, '.'));
}

TEST_CASE("at its limit an outbox takes nothing more while the broker is away") {
  NEEDS_MOSQUITTO();
  link_that_goes link;
  link.broker.stop();
  const words limited = link.boxed() + words{"--outbox-limit", "3"};
  const finished full = run_pub_with_input(limited + words{"-l"}, numbered_lines(5));
  CHECK(full.code == 15);
  CHECK(
      full.err.find("mqtt-pub: line 4: the outbox is full (--outbox-limit); it was not accepted") !=
      std::string::npos);
  const finished made = run_pub(limited + words{"-m", "x"});
  CHECK(made.code == 15);
  CHECK(made.err.find("the outbox is full (--outbox-limit); the message was not accepted") !=
        std::string::npos);
  CHECK(waiting(link.box()) == std::vector<std::string>{"1", "2", "3"});
  // With a broker there is room for any number, one after the other.
  link.broker.start();
  subscription_of subscriber(link.broker,
                             at(link.broker) + words{"-t", "in", "-q", "1", "-C", "503"});
  const finished through = run_pub_with_input(limited + words{"-l"}, numbered_lines(500));
  CHECK_MESSAGE(through.code == 0, through.err);
  CHECK((subscriber.output() == "1\n2\n3\n" + numbered_lines(500)));
}

TEST_CASE("two programs cannot use one outbox at the same time") {
  NEEDS_MOSQUITTO();
  link_that_goes link;
  process first(lines_from(link.boxed() + words{"-l"}, input_from::pipe));
  first.write("1\n");
  REQUIRE(link.broker.logs("Sending PUBACK"));
  const finished second = run_pub(link.boxed() + words{"-m", "x"});
  CHECK(second.code == 15);
  CHECK(second.err.find("in use by process " + std::to_string(first.pid())) != std::string::npos);
  first.close_input();
  REQUIRE(first.wait().has_value());
  CHECK(run_pub(link.boxed() + words{"-m", "x"}).code == 0);
}

TEST_CASE("an end torn by a power cut is told, and the messages before it are delivered") {
  NEEDS_MOSQUITTO();
  link_that_goes link;
  link.broker.stop();
  CHECK(run_pub_with_input(link.boxed() + words{"-l"}, numbered_lines(3)).code == 17);
  for (const auto& entry : fs::directory_iterator(link.box())) {
    if (entry.path().extension() != ".log") continue;
    std::ofstream(entry.path(), std::ios::app | std::ios::binary) << "half a mess";
  }
  link.broker.start();
  subscription_of subscriber(link.broker,
                             at(link.broker) + words{"-t", "in", "-q", "1", "-C", "3"});
  const finished delivered = link.deliver();
  CHECK(delivered.code == 0);
  CHECK(delivered.err.find("11 bytes at its end are incomplete and were dropped") !=
        std::string::npos);
  CHECK(subscriber.output() == "1\n2\n3\n");
}

TEST_CASE("what the broker refuses is put aside with its reason, and the others go on") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.acl = "user " + std::string(mosquitto::user) + "\ntopic write open/#\n";
  link_that_goes link(options);
  const words boxed = at(link.broker) + words{"-V",       "5",
                                              "--outbox", link.box(),
                                              "-u",       std::string(mosquitto::user),
                                              "-P",       std::string(mosquitto::user_password)};
  const finished mixed =
      run_pub_with_input(boxed + words{"-l", "--key-sep", " "}, "open/a 1\nshut 2\nopen/a 3\n");
  CHECK(mixed.code == 11);
  CHECK(mixed.err.find("publish to 'shut': line 2: refused by the broker: not authorized (0x87)") !=
        std::string::npos);
  CHECK(mixed.err.find("2 messages acknowledged, 1 refused\n") != std::string::npos);
  CHECK(waiting(link.box()).empty());
  // Once the broker lets it through it is only a recording.
  CHECK(count_of(read_file(link.box() + "/refused.json"), "\"payload\":\"2\"") == 1);
  CHECK(run_pub(boxed + words{"--from-json", link.box() + "/refused.json", "-t", "open/b"}).code ==
        0);
}

TEST_CASE("a password that is wrong is told as such, and the message is kept") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.password = true;
  link_that_goes link(options);
  const words wrong{"-u", std::string(mosquitto::user), "-P", "wrong"};
  const finished refused = run_pub(link.boxed() + wrong + words{"-m", "x"});
  CHECK(refused.code == 9);
  CHECK(refused.err.find("check -u and -P") != std::string::npos);
  CHECK(refused.err.find("1 message waits in outbox") != std::string::npos);
}

TEST_CASE("SIGINT leaves what was not delivered in the outbox and says how much") {
  const temp_folder folder;
  process publisher(lines_from(
      at(free_port()) + words{"--outbox", folder.file("box"), "-t", "in", "-l"}, input_from::pipe));
  publisher.write("1\n2\n");
  REQUIRE(publisher.prints("waiting for the broker"));
  // Both lines are one write, and so one batch.
  const auto has_accepted = [&] {
    return std::any_of(fs::directory_iterator(folder.file("box")), fs::directory_iterator(),
                       [](const fs::directory_entry& entry) {
                         return entry.path().extension() == ".log" && entry.file_size() != 0;
                       });
  };
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!has_accepted() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(5ms);
  publisher.signal(SIGINT);
  const auto ended = publisher.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->signal == SIGINT);
  CHECK(publisher.err().find("interrupted: 2 messages wait in outbox ") != std::string::npos);
  CHECK(waiting(folder.file("box")) == std::vector<std::string>{"1", "2"});
}

}  // namespace mqttkit::testing
