// Outboxes that a crash, a full disk or a bad one left torn, flipped or out of order.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "mqtt-pub/outbox.hpp"
#include "outbox_folder.hpp"

namespace mqttkit::tools {
using namespace outbox_testing;

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

}  // namespace mqttkit::tools
