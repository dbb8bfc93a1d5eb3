#include "mqtt-pub/outbox.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "mqttkit/codec/property.hpp"

namespace mqttkit::tools {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using texts = std::vector<std::string>;

// Of a file, so that few messages fill many.
constexpr std::size_t small = 1000;

struct folder {
  folder() {
    std::string pattern = (fs::temp_directory_path() / "outbox-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~folder() { fs::remove_all(path); }
  std::string box() const { return path / "box"; }
  std::vector<fs::path> logs() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(box()))
      if (entry.path().extension() == ".log") found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
  }
  fs::path path;
};

void open(outbox& box, const folder& in, outbox_limit limit = {}) {
  REQUIRE(box.open(in.box(), limit, 0ms) == "");
}

outbox::admission put(outbox& box, std::string_view payload, std::uint64_t origin = 1) {
  publish_packet message;
  message.topic = "a/b";
  message.payload = as_bytes(payload);
  message.qos = qos_t::at_least_once;
  std::error_code error;
  return box.put(message, origin, error);
}

void accept(outbox& box, const texts& payloads) {
  for (const std::string& each : payloads) REQUIRE(put(box, each) == outbox::admission::batched);
  REQUIRE(!box.commit());
}

texts rest_of(outbox& box, std::vector<std::uint64_t>* numbers = nullptr) {
  texts all;
  outbox::stored message;
  while (box.next(message)) {
    all.emplace_back(as_text(message.message.payload));
    if (numbers != nullptr) numbers->push_back(message.number);
  }
  return all;
}

texts waiting_in(const folder& in) {
  outbox box;
  open(box, in);
  return rest_of(box);
}

}  // namespace

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

TEST_CASE("a torn end is taken off, wherever it is torn, and what came before stays") {
  std::uintmax_t whole = 0;
  std::uintmax_t first = 0;
  {
    const folder in;
    outbox box;
    open(box, in);
    accept(box, {"first"});
    first = fs::file_size(in.logs().front());
    accept(box, {"second"});
    whole = fs::file_size(in.logs().front());
  }
  for (std::uintmax_t size = first + 1; size < whole; ++size) {
    CAPTURE(size);
    const folder in;
    {
      outbox box;
      open(box, in);
      accept(box, {"first"});
      accept(box, {"second"});
    }
    fs::resize_file(in.logs().front(), size);
    outbox box;
    open(box, in);
    CHECK(box.take_note().find(std::to_string(size - first) + " bytes at its end") !=
          std::string::npos);
    CHECK(rest_of(box) == texts{"first"});
    accept(box, {"third"});
    CHECK(rest_of(box) == texts{"third"});
  }
}

TEST_CASE("a wrong byte at the end is found by the checksum") {
  const folder in;
  {
    outbox box;
    open(box, in);
    accept(box, {"first", "second"});
  }
  {
    std::fstream file(in.logs().front(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-3, std::ios::end);
    file.put('X');
  }
  CHECK(waiting_in(in) == texts{"first"});
}

TEST_CASE("damage in the middle costs that file only, and is told") {
  const folder in;
  {
    outbox box(small);
    open(box, in);
    for (const char* each : {"a", "b"}) accept(box, {each + std::string(small, '.')});
    accept(box, {"c"});
  }
  REQUIRE(in.logs().size() == 3);
  fs::resize_file(in.logs().front(), 100);
  outbox box(small);
  open(box, in);
  outbox::stored message;
  REQUIRE(box.next(message));
  CHECK(as_text(message.message.payload).substr(0, 2) == "b.");
  CHECK(box.take_note().find("1 message cannot be read back from the disk") != std::string::npos);
  CHECK(rest_of(box) == texts{"c"});
  CHECK(box.lost() == 1);
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
    const std::uintmax_t one = fs::file_size(in.logs().front());
    for (std::uint64_t origin = 2; origin <= 9; ++origin) put(box, std::to_string(origin), origin);
    rlimit tight = before;
    tight.rlim_cur = static_cast<rlim_t>(one * 4 + one / 2);
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
