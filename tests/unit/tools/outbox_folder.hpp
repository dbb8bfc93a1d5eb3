// Folders for the tests of the outbox, made whole, torn or of pieces.
#pragma once

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "mqtt-pub/outbox.hpp"
#include "mqttkit/codec/encode.hpp"
#include "mqttkit/codec/property.hpp"

namespace mqttkit::tools::outbox_testing {

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

inline void open(outbox& box, const folder& in, outbox_limit limit = {}) {
  REQUIRE(box.open(in.box(), limit, 0ms) == "");
}

inline outbox::admission put(outbox& box, std::string_view payload, std::uint64_t origin = 1) {
  publish_packet message;
  message.topic = "a/b";
  message.payload = as_bytes(payload);
  message.qos = qos_t::at_least_once;
  std::error_code error;
  return box.put(message, origin, error);
}

inline void accept(outbox& box, const texts& payloads) {
  for (const std::string& each : payloads) REQUIRE(put(box, each) == outbox::admission::batched);
  REQUIRE(!box.commit());
}

inline texts rest_of(outbox& box, std::vector<std::uint64_t>* numbers = nullptr) {
  texts all;
  outbox::stored message;
  while (box.next(message)) {
    all.emplace_back(as_text(message.message.payload));
    if (numbers != nullptr) numbers->push_back(message.number);
  }
  return all;
}

inline texts waiting_in(const folder& in) {
  outbox box;
  open(box, in);
  return rest_of(box);
}

inline std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A folder with these files.
inline folder folder_of(const std::vector<std::pair<std::string, std::string>>& files) {
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
inline const made_outbox& made_of(const texts& payloads) {
  static std::map<texts, made_outbox> all;
  made_outbox& made = all[payloads];
  if (made.log.empty()) {
    const folder in;
    outbox box;
    open(box, in);
    accept(box, payloads);
    made = {content_of(in.logs().front()), content_of(in.box() + "/acked")};
  }
  return made;
}
inline std::string log_of(const texts& payloads) { return made_of(payloads).log; }
inline std::string marks_of(const texts& payloads) { return made_of(payloads).marks; }

// `count` files with one message each: "1...", "2...", ...
inline folder folder_with_files(int count) {
  folder made;
  outbox box(small);
  open(box, made);
  for (int i = 1; i <= count; ++i) accept(box, {std::to_string(i) + std::string(small, '.')});
  return made;
}

inline std::size_t record_end(const std::string& log, std::size_t begin) {
  return begin + record::read(reinterpret_cast<const std::byte*>(log.data() + begin)).whole();
}

inline std::string record_of(std::uint64_t number, std::uint64_t origin, std::uint32_t outbox) {
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

inline std::string flipped(std::string text, std::size_t bit) {
  text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
  return text;
}

inline bool said(outbox& box, const std::string& words) {
  const texts notes = box.take_notes();
  return std::any_of(notes.begin(), notes.end(), [&](const std::string& note) {
    return note.find(words) != std::string::npos;
  });
}

}  // namespace mqttkit::tools::outbox_testing
