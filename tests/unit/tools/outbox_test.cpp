// What an outbox keeps, gives out and forgets.
#include "mqtt-pub/outbox.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "outbox_folder.hpp"

namespace mqttkit::tools {
using namespace outbox_testing;

TEST_CASE("a message comes back as it was put, also in the next run") {
  const folder in;
  properties with;
  REQUIRE(!with.add(property_id::content_type, "text/plain"));
  {
    outbox box;
    open(box, in);
    publish_packet message;
    message.topic = "room/\xC3\xA9";
    const std::string payload("\0\xff\n", 3);
    message.payload = as_bytes(payload);
    message.qos = qos_t::exactly_once;
    message.retain = true;
    message.properties = with;
    std::error_code error;
    REQUIRE(box.put(message, 77, error) == outbox::admission::batched);
    REQUIRE(!box.commit());
  }
  outbox box;
  open(box, in);
  CHECK(box.pending() == 1);
  outbox::stored back;
  REQUIRE(box.next(back));
  CHECK(back.origin == 77);
  CHECK(!back.is_new);
  CHECK(back.message.topic == "room/\xC3\xA9");
  CHECK(as_text(back.message.payload) == std::string_view("\0\xff\n", 3));
  CHECK(back.message.qos == qos_t::exactly_once);
  CHECK(back.message.retain);
  CHECK(back.message.properties.text(property_id::content_type) == "text/plain");
  CHECK(!box.next(back));
}

TEST_CASE("what was not committed is not there") {
  const folder in;
  {
    outbox box;
    open(box, in);
    accept(box, {"1"});
    put(box, "2");
    CHECK(rest_of(box) == texts{"1"});
  }
  CHECK(waiting_in(in) == texts{"1"});
}

TEST_CASE("what was acknowledged is not given out again, in whatever order it was") {
  const folder in;
  {
    outbox box;
    open(box, in);
    accept(box, {"1", "2", "3", "4"});
    std::vector<std::uint64_t> numbers;
    rest_of(box, &numbers);
    box.acknowledge(numbers[1]);
    box.acknowledge(numbers[0]);
    box.acknowledge(numbers[3]);
    REQUIRE(!box.save());
    CHECK(box.pending() == 2);
  }
  // "4" was acknowledged before "3": it is sent again, at least once.
  CHECK(waiting_in(in) == texts{"3", "4"});
}

TEST_CASE("numbers go on where they ended when everything was delivered") {
  const folder in;
  std::uint64_t last = 0;
  for (int run = 0; run < 3; ++run) {
    outbox box;
    open(box, in);
    accept(box, {"x", "y"});
    std::vector<std::uint64_t> numbers;
    CHECK(rest_of(box, &numbers) == texts{"x", "y"});
    CHECK(numbers.front() == last + 1);
    for (const std::uint64_t each : numbers) box.acknowledge(each);
    last = numbers.back();
  }
  CHECK(in.logs().empty());
}

// Before there were marks of what is accepted, and numbers of outboxes.
TEST_CASE("a folder of an older version is read, and goes on with what is new") {
  std::string log;
  for (std::uint64_t number = 1; number <= 3; ++number) log += record_of(number, number * 10, 0);
  std::string acked(12, '\0');
  auto* const place = reinterpret_cast<std::byte*>(acked.data());
  store_number<std::uint64_t>(place, 2);
  store_number(place + 8, checksum({place, 8}));
  {
    const folder in = folder_of({{"00000000000000000001.log", log}, {"acked", acked}});
    {
      outbox box;
      open(box, in);
      CHECK(box.take_notes().empty());
      outbox::stored message;
      REQUIRE(box.next(message));
      CHECK(message.number == 2);
      CHECK(message.origin == 20);
      accept(box, {"new"});
    }
    CHECK(waiting_in(in) == texts{"old 2", "old 3", "new"});
  }
  {  // a torn end
    const folder in =
        folder_of({{"00000000000000000001.log", log.substr(0, log.size() - 1)}, {"acked", acked}});
    outbox box;
    open(box, in);
    CHECK(said(box, "bytes at its end are incomplete and were dropped"));
    CHECK(rest_of(box) == texts{"old 2"});
    CHECK(box.lost() == 0);
  }
  {  // a wrong byte at the end is no torn end
    const folder in = folder_of(
        {{"00000000000000000001.log", flipped(log, log.size() * 8 - 1)}, {"acked", acked}});
    outbox box;
    open(box, in);
    CHECK(rest_of(box) == texts{"old 2"});
    CHECK(box.lost() == 1);
    CHECK(said(box, "message 3 is lost; put aside as 3.damaged"));
  }
  // Files removed while the mark was not on the disk yet.
  const folder in = folder_of({{"00000000000000000007.log", record_of(7, 1, 0)}, {"acked", acked}});
  outbox box;
  open(box, in);
  CHECK(rest_of(box) == texts{"old 7"});
  CHECK(box.lost() == 0);
}

TEST_CASE("files that a crash left between the mark and their removal are removed") {
  const folder in = folder_with_files(3);
  const folder copy = folder_of({});
  for (const fs::path& each : in.logs())
    fs::copy(each, copy.box() + "/" + each.filename().string());
  {
    outbox box(small);
    open(box, in);
    std::vector<std::uint64_t> numbers;
    rest_of(box, &numbers);
    box.acknowledge(numbers[0]);
    box.acknowledge(numbers[1]);
    REQUIRE(!box.save());
    fs::copy(in.box() + "/acked", copy.box() + "/acked");
  }
  outbox box(small);
  open(box, copy);
  CHECK(copy.logs().size() == 1);
  CHECK(rest_of(box).size() == 1);
  CHECK(box.lost() == 0);
}

TEST_CASE("what is no file of the outbox is left alone") {
  const folder in = folder_of({{"notes.txt", "mine"},
                               {"1.log", "mine"},
                               {"00000000000000000000.log", "mine"},
                               {"00000000000000000001.log.bak", "mine"},
                               {"99999999999999999999.log", "mine"}});
  fs::create_directory(in.box() + "/00000000000000000050.log");
  fs::create_symlink("/no/such", in.box() + "/00000000000000000060.log");
  REQUIRE(::mkfifo((in.box() + "/00000000000000000070.log").c_str(), 0600) == 0);
  {
    outbox box;
    open(box, in);
    CHECK(said(box, "00000000000000000050.log is not a file; left alone"));
    accept(box, {"1"});
    CHECK(rest_of(box) == texts{"1"});
  }
  CHECK(content_of(in.box() + "/1.log") == "mine");
  CHECK(fs::is_fifo(in.box() + "/00000000000000000070.log"));
}

TEST_CASE("a file that lies elsewhere, behind a symbolic link, is read") {
  const folder in = folder_with_files(2);
  const fs::path first = in.logs()[0];
  fs::rename(first, in.path / "elsewhere");
  fs::create_symlink(in.path / "elsewhere", first);
  CHECK(waiting_in(in).size() == 2);
}

TEST_CASE("nothing is accepted into a folder that somebody removed") {
  const folder in;
  outbox box;
  open(box, in);
  accept(box, {"1"});
  fs::remove_all(in.box());
  REQUIRE(put(box, "2", 2) == outbox::admission::batched);
  const outbox::commit_result result = box.commit();
  CHECK(result.error == std::errc::no_such_file_or_directory);
  CHECK(result.first_lost == 2);
}

TEST_CASE("one process at a time, also when somebody removes the lock") {
  const folder in;
  outbox box;
  open(box, in);
  fs::remove(in.box() + "/lock");
  outbox second;
  CHECK(second.open(in.box(), {}, 0ms) ==
        "outbox " + in.box() +
            ": in use by another process; wait for its end, or give this one a folder of its own");
}

TEST_CASE("a mark that cannot be written costs a second delivery and no message") {
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const folder in;
  {
    outbox box(small);
    open(box, in);
    for (const char* each : {"1", "2"}) accept(box, {each + std::string(small, '.')});
    std::vector<std::uint64_t> numbers;
    rest_of(box, &numbers);
    rlimit tight = before;
    tight.rlim_cur = 0;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
    for (const std::uint64_t each : numbers) box.acknowledge(each);
    CHECK(box.pending() == 0);
    CHECK(box.save() == std::errc::file_too_large);
    CHECK(in.logs().size() == 2);
    CHECK(box.put_aside({}) == std::errc::file_too_large);
  }
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  CHECK(in.logs().size() == 2);
  outbox box(small);
  open(box, in);
  CHECK(rest_of(box).size() == 2);
  CHECK(box.lost() == 0);
  CHECK(content_of(in.box() + "/refused.json").empty());
}

TEST_CASE("messages of all sizes: none, a topic of 65,535 bytes, and tens of megabytes") {
  const folder in;
  const std::string topic(65'535, 't');
  const std::string large(40u << 20, 'x');
  {
    outbox box;
    open(box, in);
    publish_packet message;
    message.topic = topic;
    message.qos = qos_t::at_least_once;
    std::error_code error;
    REQUIRE(box.put(message, 1, error) == outbox::admission::batched);
    REQUIRE(!box.commit());
    accept(box, {"", large, "end"});
  }
  {
    outbox box;
    open(box, in);
    outbox::stored message;
    REQUIRE(box.next(message));
    CHECK((message.message.topic == topic));
    CHECK(message.message.payload.empty());
    CHECK((rest_of(box) == texts{"", large, "end"}));
  }
  // Damaged, it does not hide what follows.
  std::fstream file(in.logs().front(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(1'000'000);
  file.put('X');
  file.close();
  CHECK(waiting_in(in) == texts{"", "", "end"});
}

TEST_CASE("thousands of files are opened and given out") {
  const folder in = folder_with_files(2000);
  outbox box(small);
  open(box, in);
  CHECK(box.pending() == 2000);
  CHECK(rest_of(box).size() == 2000);
}

TEST_CASE("many damaged places are told up to a number, and counted from there on") {
  texts all(100, "x");
  std::string log = log_of(all);
  std::size_t at = 0;
  for (int i = 0; i < 100; ++i) {
    if (i % 2 == 1) log[at + 26] ^= 1;
    at = record_end(log, at);
  }
  const folder in = folder_of({{"00000000000000000001.log", log}, {"acked", marks_of(all)}});
  outbox box;
  open(box, in);
  CHECK(rest_of(box).size() == 50);
  CHECK(box.lost() == 50);
  CHECK(box.take_notes().size() == outbox::most_notes);
  CHECK(box.notes_left_out() == 50 - outbox::most_notes);
}

TEST_CASE("files that are done with are removed") {
  const folder in;
  outbox box(small);
  open(box, in);
  for (int i = 0; i < 4; ++i) accept(box, {std::string(small, 'x')});
  CHECK(in.logs().size() == 4);
  std::vector<std::uint64_t> numbers;
  rest_of(box, &numbers);
  for (int i = 0; i < 3; ++i) box.acknowledge(numbers[static_cast<std::size_t>(i)]);
  REQUIRE(!box.save());
  CHECK(in.logs().size() == 1);
  accept(box, {"last"});
  CHECK(rest_of(box) == texts{"last"});
}

TEST_CASE("the limit counts messages, or bytes on disk, and room comes back") {
  const folder in;
  outbox box;
  open(box, in, {2, 0});
  accept(box, {"1", "2"});
  CHECK(put(box, "3") == outbox::admission::full);
  std::vector<std::uint64_t> numbers;
  rest_of(box, &numbers);
  box.acknowledge(numbers[0]);
  CHECK(put(box, "3") == outbox::admission::batched);
  CHECK(put(box, "4") == outbox::admission::full);

  const folder other;
  outbox sized;
  open(sized, other, {0, 1000});
  CHECK(put(sized, std::string(900, 'x')) == outbox::admission::batched);
  CHECK(put(sized, std::string(100, 'x')) == outbox::admission::full);
  CHECK(put(sized, "x") == outbox::admission::batched);
}

TEST_CASE("when there is no room on the disk, a message is accepted as a whole or not at all") {
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const folder in;
  {
    outbox box;
    open(box, in);
    accept(box, {"1"});
    const std::uintmax_t uintmax = fs::file_size(in.logs().front());
    for (std::uint64_t origin = 2; origin <= 9; ++origin) put(box, std::to_string(origin), origin);
    rlimit tight = before;
    tight.rlim_cur = static_cast<rlim_t>(uintmax * 4 + uintmax / 2);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
    const outbox::commit_result result = box.commit();
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(result.error == std::errc::file_too_large);
    CHECK(result.first_lost == 5);
    CHECK(result.lost == 5);
    CHECK(rest_of(box) == texts{"1", "2", "3", "4"});
    accept(box, {"later"});
    CHECK(rest_of(box) == texts{"later"});
  }
  CHECK(waiting_in(in) == texts{"1", "2", "3", "4", "later"});
}

TEST_CASE("one process at a time") {
  const folder in;
  outbox box;
  open(box, in);
  outbox second;
  CHECK(second.open(in.box(), {}, 0ms) ==
        "outbox " + in.box() + ": in use by process " + std::to_string(::getpid()) +
            "; wait for its end, or give this one a folder of its own");
}

TEST_CASE("a folder that cannot be made is told") {
  outbox box;
  CHECK(box.open("/no/such/folder/box", {}, 0ms) ==
        "outbox /no/such/folder/box: No such file or directory");
}

TEST_CASE("a folder that is a file is told, and the file stays as it is") {
  const folder in = folder_of({{"file", "mine"}});
  const std::string file = in.box() + "/file";
  outbox box;
  CHECK(box.open(file, {}, 0ms) == "outbox " + file + ": Not a directory");
  CHECK(content_of(file) == "mine");
}

TEST_CASE("a message that the broker will not take is kept aside as a line of JSON") {
  const folder in;
  outbox box;
  open(box, in);
  accept(box, {"one", "two"});
  std::vector<std::uint64_t> numbers;
  rest_of(box, &numbers);
  outbox::stored found;
  REQUIRE(box.find(numbers[1], found));
  CHECK(as_text(found.message.payload) == "two");
  REQUIRE(!box.put_aside(found.message));
  std::ifstream file(in.box() + "/refused.json");
  std::string line;
  REQUIRE(std::getline(file, line));
  CHECK(line.find("\"topic\":\"a/b\",\"payload\":\"two\"") != std::string::npos);
  CHECK(!std::getline(file, line));
}

TEST_CASE("a folder of somebody else is told") {
  if (::geteuid() != 0) return;  // nobody else to be
  const folder in = folder_of({});
  fs::permissions(in.path, fs::perms::all);
  fs::permissions(in.box(), fs::perms::owner_all);
  REQUIRE(::seteuid(65'534) == 0);
  outbox box;
  const std::string wrong = box.open(in.box(), {}, 0ms);
  REQUIRE(::seteuid(0) == 0);
  CHECK(wrong == "outbox " + in.box() + ": Permission denied");
}

// Against a model: whatever happens in whatever order, what waits is what was committed and not
// acknowledged, in its order.
TEST_CASE("any sequence of calls and restarts keeps what was accepted, in order") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const folder in;
    auto box = std::make_unique<outbox>(small);
    open(*box, in);
    std::deque<std::string> committed;  // and not acknowledged
    texts batch;
    std::deque<std::uint64_t> given;  // numbers of the first of `committed`
    std::uint64_t count = 0;
    for (int step = 0; step < 300; ++step) {
      switch (random() % 8) {
        case 0:
        case 1:
        case 2: {
          const std::size_t size = random() % 300;
          batch.push_back(std::to_string(++count) + ":" + std::string(size, 'x'));
          REQUIRE(put(*box, batch.back()) == outbox::admission::batched);
          break;
        }
        case 3:
          REQUIRE(!box->commit());
          committed.insert(committed.end(), batch.begin(), batch.end());
          batch.clear();
          break;
        case 4:
        case 5: {
          outbox::stored message;
          const bool is_there = box->next(message);
          REQUIRE(is_there == (given.size() < committed.size()));
          if (is_there) {
            REQUIRE((as_text(message.message.payload) == committed[given.size()]));
            given.push_back(message.number);
          }
          break;
        }
        case 6:
          if (!given.empty()) {
            box->acknowledge(given.front());
            given.pop_front();
            committed.pop_front();
          }
          if (random() % 2 == 0) REQUIRE(!box->save());
          break;
        default:
          if (random() % 5 != 0) break;
          box.reset();  // what was not committed goes, acknowledgements are written down
          box = std::make_unique<outbox>(small);
          open(*box, in);
          batch.clear();
          given.clear();
          REQUIRE(box->pending() == committed.size());
      }
    }
    box.reset();
    const texts waiting = waiting_in(in);
    CHECK((waiting == texts(committed.begin(), committed.end())));
  }
}

}  // namespace mqttkit::tools
