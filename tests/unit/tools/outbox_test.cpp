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
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "mqttkit/codec/encode.hpp"
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
  folder(folder&& other) noexcept : path(std::exchange(other.path, {})) {}
  ~folder() {
    if (!path.empty()) fs::remove_all(path);
  }
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

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A folder with these files.
folder folder_of(const std::vector<std::pair<std::string, std::string>>& files) {
  folder made;
  fs::create_directory(made.box());
  for (const auto& [name, content] : files)
    std::ofstream(made.box() + "/" + name, std::ios::binary) << content;
  return made;
}

// What accepting these makes of an outbox. It is the same outbox each time, but for its number.
struct made_outbox {
  std::string log;
  std::string marks;
};
const made_outbox& made_of(const texts& payloads) {
  static std::map<texts, made_outbox> all;
  made_outbox& one = all[payloads];
  if (one.log.empty()) {
    const folder in;
    outbox box;
    open(box, in);
    accept(box, payloads);
    one = {content_of(in.logs().front()), content_of(in.box() + "/acked")};
  }
  return one;
}
std::string log_of(const texts& payloads) { return made_of(payloads).log; }
std::string marks_of(const texts& payloads) { return made_of(payloads).marks; }

// `count` files with one message each: "1...", "2...", ...
folder folder_with_files(int count) {
  folder made;
  outbox box(small);
  open(box, made);
  for (int i = 1; i <= count; ++i) accept(box, {std::to_string(i) + std::string(small, '.')});
  return made;
}

std::size_t record_end(const std::string& log, std::size_t begin) {
  return begin + record::read(reinterpret_cast<const std::byte*>(log.data() + begin)).whole();
}

std::string record_of(std::uint64_t number, std::uint64_t origin, std::uint32_t outbox) {
  publish_packet message;
  message.topic = "a";
  const std::string payload = "old " + std::to_string(number);
  message.payload = as_bytes(payload);
  message.qos = qos_t::at_least_once;
  message.packet_id = 1;
  byte_buffer bytes;
  bytes.extend(record::header_bytes);
  REQUIRE(!encode(bytes, protocol_version::v5, message));
  record head;
  head.size = static_cast<std::uint32_t>(bytes.size() - record::header_bytes);
  head.number = number;
  head.origin = origin;
  head.outbox = outbox;
  seal(bytes.data(), head);
  return std::string(as_text(bytes.view()));
}

std::string flipped(std::string text, std::size_t bit) {
  text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
  return text;
}

bool said(outbox& box, const std::string& words) {
  const texts notes = box.take_notes();
  return std::any_of(notes.begin(), notes.end(), [&](const std::string& note) {
    return note.find(words) != std::string::npos;
  });
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

TEST_CASE("a batch that was never finished is taken off, wherever it is torn, and is not missed") {
  std::string before;  // marks
  std::string log;
  std::size_t first = 0;
  {
    const folder in;
    outbox box;
    open(box, in);
    accept(box, {"first"});
    before = content_of(in.box() + "/acked");
    first = fs::file_size(in.logs().front());
    accept(box, {"second", "third"});
    log = content_of(in.logs().front());
  }
  const std::size_t second = record_end(log, first);
  for (std::size_t size = first + 1; size < log.size(); ++size) {
    CAPTURE(size);
    const folder in =
        folder_of({{"00000000000000000001.log", log.substr(0, size)}, {"acked", before}});
    outbox box;
    open(box, in);
    const texts notes = box.take_notes();
    const std::size_t kept = size >= second ? second : first;
    if (size == kept) {
      CHECK(notes.empty());
    } else {
      REQUIRE(notes.size() == 1);
      CHECK(notes[0].find(": " + std::to_string(size - kept) +
                          " bytes at its end are incomplete") != std::string::npos);
    }
    CHECK(rest_of(box) == (kept == first ? texts{"first"} : texts{"first", "second"}));
    accept(box, {"later"});
    CHECK(rest_of(box) == texts{"later"});
    CHECK(box.lost() == 0);
  }
}

TEST_CASE("what was accepted and is cut off is missed and told, wherever the file is cut") {
  const std::string log = log_of({"first", "second", "third"});
  const std::string marks = marks_of({"first", "second", "third"});
  for (std::size_t size = 0; size < log.size(); ++size) {
    CAPTURE(size);
    const folder in =
        folder_of({{"00000000000000000001.log", log.substr(0, size)}, {"acked", marks}});
    outbox box;
    open(box, in);
    texts whole;
    std::size_t at = 0;
    for (const char* each : {"first", "second", "third"}) {
      at = record_end(log, at);
      if (at <= size) whole.push_back(each);
    }
    CHECK(box.pending() == 3);
    CHECK(rest_of(box) == whole);
    CHECK(box.lost() == 3 - whole.size());
    CHECK(said(box, "00000000000000000001.log, offset "));
    accept(box, {"later"});
    std::vector<std::uint64_t> numbers;
    CHECK(rest_of(box, &numbers) == texts{"later"});
    CHECK(numbers.front() == 4);
  }
}

TEST_CASE("a flipped bit costs the message it is in, which is named and put aside") {
  const texts all{"first", "", "third", "fourth"};
  const std::string log = log_of(all);
  const std::string marks = marks_of(all);
  std::size_t begin = 0;
  for (std::size_t damaged = 0; damaged < all.size(); ++damaged) {
    const std::size_t end = record_end(log, begin);
    texts others = all;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(damaged));
    for (std::size_t bit = begin * 8; bit < end * 8; ++bit) {
      CAPTURE(bit);
      const std::string wrong = flipped(log, bit);
      const folder in = folder_of({{"00000000000000000001.log", wrong}, {"acked", marks}});
      {
        outbox box;
        open(box, in);
        REQUIRE((rest_of(box) == others));
        CHECK(box.lost() == 1);
        const std::string number = std::to_string(damaged + 1);
        CHECK(box.take_notes() ==
              texts{"outbox " + in.box() + ": 00000000000000000001.log, offset " +
                    std::to_string(begin) + ": " + std::to_string(end - begin) +
                    " bytes cannot be read: message " + number + " is lost; put aside as " +
                    number + ".damaged"});
        CHECK(
            (content_of(in.box() + "/" + number + ".damaged") == wrong.substr(begin, end - begin)));
        accept(box, {"later"});
        CHECK(rest_of(box) == texts{"later"});
      }
      others.push_back("later");
      REQUIRE((waiting_in(in) == others));
      others.pop_back();
    }
    begin = end;
  }
}

TEST_CASE("a flipped bit in the marks loses nothing") {
  std::string log;
  std::string marks;
  {
    const folder in;
    outbox box;
    open(box, in);
    accept(box, {"1", "2"});
    outbox::stored message;
    REQUIRE(box.next(message));
    box.acknowledge(message.number);
    REQUIRE(!box.save());
    accept(box, {"3"});
    log = content_of(in.logs().front());
    marks = content_of(in.box() + "/acked");
  }
  for (const std::size_t place : {0u, 4096u, 8192u, 12288u})
    for (std::size_t bit = place * 8; bit < (place + 16) * 8; ++bit) {
      CAPTURE(bit);
      const folder in =
          folder_of({{"00000000000000000001.log", log}, {"acked", flipped(marks, bit)}});
      outbox box;
      open(box, in);
      const texts rest = rest_of(box);
      CHECK((rest == texts{"2", "3"} || rest == texts{"1", "2", "3"}));
      CHECK(box.lost() == 0);
      CHECK(box.take_notes().empty());
    }
}

TEST_CASE("without its marks an outbox gives out everything that is there") {
  const folder in = folder_of({{"00000000000000000001.log", log_of({"1", "2"})}});
  outbox box;
  open(box, in);
  CHECK(rest_of(box) == texts{"1", "2"});
  CHECK(box.lost() == 0);
}

TEST_CASE("the way behind damage is found over any distance, and not into a payload") {
  const texts all{"first", std::string(300'000, 'x'), "third"};
  std::string log = log_of(all);
  const std::size_t first = record_end(log, 0);
  const std::size_t second = record_end(log, first);
  log.replace(first - 3, 200'000, 200'000, '\0');  // the end of one message and most of the next
  const folder in = folder_of({{"00000000000000000001.log", log}, {"acked", marks_of(all)}});
  outbox box;
  open(box, in);
  CHECK(rest_of(box) == texts{"third"});
  CHECK(box.lost() == 2);
  CHECK(
      said(box, "offset 0: " + std::to_string(second) +
                    " bytes cannot be read: 2 messages, 1 to 2, are lost; put aside as 1.damaged"));
  CHECK(fs::file_size(in.box() + "/1.damaged") == second);

  // A message that holds the file of another outbox, damaged in its header.
  const texts nested{"a", log_of({"wrong", "wrong", "wrong", "wrong"}), "c"};
  const std::string outer = log_of(nested);
  const folder other =
      folder_of({{"00000000000000000001.log", flipped(outer, (record_end(outer, 0) + 1) * 8)},
                 {"acked", marks_of(nested)}});
  CHECK(waiting_in(other) == texts{"a", "c"});
}

TEST_CASE("damage in one file does not concern the others") {
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
  CHECK(
      said(box, "00000000000000000001.log, offset 0: 100 bytes cannot be read: message 1 is lost"));
  CHECK(rest_of(box) == texts{"c"});
  CHECK(box.lost() == 1);
}

TEST_CASE("a file that is gone is missed, the first, one in the middle, the last and all") {
  for (const std::vector<std::size_t>& gone :
       std::vector<std::vector<std::size_t>>{{0}, {1}, {2}, {0, 1, 2}}) {
    const folder in = folder_with_files(3);
    const std::vector<fs::path> logs = in.logs();
    texts left;
    for (std::size_t i = 0; i < 3; ++i) {
      const bool is_gone = std::find(gone.begin(), gone.end(), i) != gone.end();
      if (is_gone)
        fs::remove(logs[i]);
      else
        left.push_back(std::to_string(i + 1) + std::string(small, '.'));
    }
    outbox box(small);
    open(box, in);
    CHECK((rest_of(box) == left));
    CHECK(box.lost() == gone.size());
    CHECK(!box.take_notes().empty());
    accept(box, {"later"});
    CHECK(rest_of(box) == texts{"later"});
  }
}

TEST_CASE("files that changed places are put right, and everything comes in order") {
  const folder in = folder_with_files(3);
  const std::vector<fs::path> logs = in.logs();
  fs::rename(logs[0], in.box() + "/x");
  fs::rename(logs[2], logs[0]);
  fs::rename(logs[1], logs[2]);
  fs::rename(in.box() + "/x", logs[1]);
  outbox box(small);
  open(box, in);
  texts heads;
  for (const std::string& each : rest_of(box)) heads.push_back(each.substr(0, 1));
  CHECK(heads == texts{"1", "2", "3"});
  CHECK(box.lost() == 0);
  CHECK(said(box, "has its name again"));
  accept(box, {"later"});
  CHECK(rest_of(box) == texts{"later"});
}

TEST_CASE("a file of another outbox is put aside, and what it stands for is missed") {
  const folder in = folder_with_files(3);
  const folder other = folder_with_files(3);
  fs::copy_file(other.logs()[1], in.logs()[1], fs::copy_options::overwrite_existing);
  outbox box(small);
  open(box, in);
  texts heads;
  for (const std::string& each : rest_of(box)) heads.push_back(each.substr(0, 1));
  CHECK(heads == texts{"1", "3"});
  CHECK(box.lost() == 1);
  const std::string name = other.logs()[1].filename();
  CHECK(said(box, name + " belongs to another outbox"));
  CHECK((content_of(in.box() + "/" + name + ".foreign") == content_of(other.logs()[1])));
  // In a folder of its own it can be delivered.
  const folder own = folder_of({{name, content_of(other.logs()[1])}});
  CHECK(waiting_in(own).size() == 1);
}

TEST_CASE("a copy of a file is not delivered twice") {
  const folder in = folder_with_files(2);
  fs::copy_file(in.logs()[0], in.box() + "/00000000000000000099.log");
  outbox box(small);
  open(box, in);
  CHECK(rest_of(box).size() == 2);
  CHECK(box.lost() == 0);
  CHECK(said(box, "put aside as 00000000000000000099.log.copy"));
}

TEST_CASE("a hole in a batch that was never finished is not damage, one before it is") {
  // The disk kept the last page of a batch and not the first.
  std::string before;
  std::string after;
  std::string log;
  std::size_t first = 0;
  {
    const folder in;
    outbox box;
    open(box, in);
    accept(box, {"1"});
    before = content_of(in.box() + "/acked");
    first = fs::file_size(in.logs().front());
    accept(box, {"2", "3", "4"});
    log = content_of(in.logs().front());
    after = content_of(in.box() + "/acked");
  }
  std::string torn = log;
  const std::size_t third = record_end(torn, record_end(torn, first));
  torn.replace(record_end(log, first), third - record_end(log, first),
               third - record_end(log, first), '\0');
  const folder in = folder_of({{"00000000000000000001.log", torn}, {"acked", before}});
  {
    outbox box;
    open(box, in);
    CHECK(rest_of(box) == texts{"1", "2", "4"});
    CHECK(box.lost() == 0);
    CHECK(said(box, "message 3 was being written when a run ended, and not accepted yet"));
  }
  // The same hole, and the mark of a later batch.
  const folder later = folder_of({{"00000000000000000001.log", torn}, {"acked", after}});
  outbox box;
  open(box, later);
  CHECK(rest_of(box) == texts{"1", "2", "4"});
  CHECK(box.lost() == 1);
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
