#include "io/printout.hpp"

#include <doctest/doctest.h>

#include <string>

#include "common/json_text.hpp"
#include "message/format.hpp"
#include "message/json_line.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;

namespace {

using spelling = printout::spelling;

// As a descriptor that takes little at a time would get it.
std::string written(printout& out, std::size_t at_a_time = 10'007) {
  std::string all;
  for (bytes_view next = out.front(); !next.empty(); next = out.front()) {
    const std::string_view taken = as_text(next).substr(0, at_a_time);
    all += taken;
    out.consume(taken.size());
  }
  CHECK(out.empty());
  CHECK_FALSE(out.holds_views());
  return all;
}

// Every byte, so many times that it is large, and a length that three does not divide.
std::string large() {
  std::string text;
  for (std::size_t i = 0; i < printout::large_bytes + 1; ++i) text += static_cast<char>(i % 251);
  return text;
}

std::string in_one_piece(const std::string& text, spelling as) {
  printout out;
  std::string all;
  for (std::size_t at = 0; at < text.size(); at += 3000) {
    out.append(std::string_view(text).substr(at, 3000), as);
  }
  return written(out);
}

publish_packet message(std::string_view payload) {
  publish_packet made;
  made.topic = "a/b";
  made.payload = as_bytes(payload);
  return made;
}

}  // namespace

TEST_CASE("a large payload is not copied, and stands between what was printed around it") {
  const std::string payload = large();
  printout out;
  append_text(out.bytes(), "<");
  out.append(payload, spelling::plain);
  append_text(out.bytes(), "|");
  out.append("small", spelling::plain);
  out.append(payload, spelling::plain);
  out.append(payload, spelling::plain);
  append_text(out.bytes(), ">");
  CHECK(out.holds_views());
  CHECK(out.bytes().size() == 8);
  CHECK(out.length() == 3 * payload.size() + 8);
  CHECK(out.front().size() == 1);
  out.consume(1);
  CHECK(out.front().data() == as_bytes(payload).data());
  CHECK(out.length() == 3 * payload.size() + 7);
  CHECK(written(out) == payload + "|small" + payload + payload + ">");
  out.append("again", spelling::plain);
  CHECK(written(out) == "again");
}

TEST_CASE("a large payload is spelled in pieces as a small one is at once") {
  const std::string payload = large();
  for (const spelling as : {spelling::plain, spelling::hex, spelling::upper_hex, spelling::base64,
                            spelling::json_text, spelling::one_line}) {
    printout out;
    append_text(out.bytes(), "<");
    out.append(payload, as);
    append_text(out.bytes(), ">");
    const std::uint64_t length = out.length();
    const std::string all = written(out);
    CHECK(all == "<" + in_one_piece(payload, as) + ">");
    CHECK(all.size() == length);
  }
}

TEST_CASE("what waits for a slow reader of a large message is small") {
  const std::string payload = large();
  printout out;
  out.append(payload, spelling::json_text);
  std::size_t most = 0;
  while (!out.empty()) {
    most = std::max(most, out.front().size());
    out.consume(1000 < out.front().size() ? 1000 : out.front().size());
  }
  CHECK(most < printout::large_bytes + 65'536);
}

TEST_CASE("clear() forgets a message that was not written") {
  const std::string payload = large();
  printout out;
  append_text(out.bytes(), "<");
  out.append(payload, spelling::hex);
  out.consume(1);
  CHECK(!out.front().empty());
  out.clear();
  CHECK(out.empty());
  CHECK(out.front().empty());
  append_text(out.bytes(), "next");
  CHECK(written(out) == "next");
}

TEST_CASE("formats print a large payload as they print a small one") {
  const std::string text = large();
  const std::string readable(printout::large_bytes + 7, '"');
  struct row {
    const char* format;
    std::string wanted;
  };
  std::string escaped;
  for (std::size_t i = 0; i < readable.size(); ++i) escaped += "\\\"";
  for (const row& each : {row{"%t:%p.", "a/b:" + text + "."}, row{"%p%p", text + text},
                          row{"%x", in_one_piece(text, spelling::hex)},
                          row{"%X", in_one_piece(text, spelling::upper_hex)}}) {
    message_formatter::options options;
    options.format = each.format;
    options.format_given = options.no_newline = true;
    printout out;
    message_formatter(options).append(out, message(text), {});
    CHECK(out.holds_views());
    CHECK(written(out) == each.wanted);
  }
  for (const bool is_verbose : {false, true}) {
    message_formatter::options options;
    options.verbose = is_verbose;
    printout out;
    message_formatter(options).append(out, message(text), {});
    CHECK(out.holds_views());
    CHECK(written(out) == (is_verbose ? "a/b " : "") + text + "\n");
  }
  message_formatter::options json;
  json.format = "%j";
  printout out;
  message_formatter(json).append(out, message(readable), {});
  CHECK(out.holds_views());
  CHECK(written(out).ends_with("\"payload\":\"" + escaped + "\"}\n"));
}

TEST_CASE("--json spells a large payload as a small one") {
  const std::string binary(printout::large_bytes, '\xFF');
  const std::string text = "[1,\n" + std::string(printout::large_bytes, ' ') + "2]";
  printout out;
  json_line(false).append(out, message(binary), {});
  CHECK(out.holds_views());
  CHECK(written(out).find("\"payload_b64\":\"" + in_one_piece(binary, spelling::base64) +
                          "\",\"size\":262144,") != std::string::npos);
  json_line(true).append(out, message(text), {});
  CHECK(out.holds_views());
  CHECK(written(out).find("\"payload\":\"[1,\\n" + text.substr(4) + "\",\"payload_json\":[1, " +
                          text.substr(4) + ",\"size\":") != std::string::npos);
}
