// A large message is in memory once, from the network to where it is printed.
#include <unistd.h>

#include <fstream>
#include <thread>

#include "mqttkit/wire/base64.hpp"
#include "peak.hpp"
#include "programs.hpp"
#include "support/scripted_broker.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::testing {
namespace {

constexpr std::size_t payload_bytes = (16u << 20) + 5;  // twice is over it by more than the rest

// Beside the message: a process that has done nothing, and bounded buffers.
constexpr long rest_kib = 14 << 10;

// Sends the payload to who subscribes.
class sender {
 public:
  explicit sender(const std::string& payload, std::string_view topic = "t")
      : broker_([this, &payload, topic](peer& client) {
          client.accepts();
          client.grants();
          publish_packet large;
          large.topic = topic;
          large.payload = as_bytes(payload);
          client.sends(large);
          client.serves();
        }) {}

  words at() const { return testing::at(broker_.port()); }
  std::string failure() const { return broker_.failure(); }

 private:
  scripted_broker broker_;
};

std::uintmax_t size_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  return file ? static_cast<std::uintmax_t>(file.tellg()) : 0;
}

void held_once(process& program) {
  if (!counts_memory) return;
  const long peak = peak_of(program.pid());
  CHECK(peak > static_cast<long>(payload_bytes >> 10));
  CHECK(peak < static_cast<long>(payload_bytes >> 10) + rest_kib);
}

// What is printed into a file, with the memory that took.
std::string printed(const std::string& payload, const words& how) {
  const temp_folder folder;
  sender broker(payload);
  process_options options;
  options.command = sub(words{"-t", "t"} + how + broker.at());
  options.output = output_to::file;
  options.output_path = folder.file("out");
  process program(options);
  std::uintmax_t before = 0;
  const auto until = std::chrono::steady_clock::now() + patience;
  // It is complete when it is there and does not grow.
  for (std::uintmax_t now = 0; std::chrono::steady_clock::now() < until; before = now) {
    std::this_thread::sleep_for(100ms);
    now = size_of(options.output_path);
    if (now != 0 && now == before) break;
  }
  held_once(program);
  program.signal(SIGTERM);
  CHECK(program.wait().has_value());
  CHECK(broker.failure() == "");
  return read_file(options.output_path);
}

std::string text_payload() {
  std::string text;
  text.reserve(payload_bytes);
  while (text.size() < payload_bytes) text += "0123456789abcdef\n";
  text.resize(payload_bytes);
  return text;
}

std::string in_json(const std::string& text) {
  std::string spelled;
  for (const char c : text) {
    if (c == '\n') {
      spelled += "\\n";
    } else {
      spelled += c;
    }
  }
  return spelled;
}

}  // namespace

TEST_CASE("mqtt-sub holds a large message once, however it is printed") {
  const std::string payload = text_payload();
  CHECK(printed(payload, {}) == payload + "\n");
  CHECK(printed(payload, {"-N"}) == payload);
  CHECK(printed(payload, {"-v"}) == "t " + payload + "\n");
  CHECK(printed(payload, {"-F", "%q %p!"}) == "0 " + payload + "!\n");
  CHECK(printed(payload, {"-F", "%x"}).size() == 2 * payload.size() + 1);
  const std::string spelled = in_json(payload);
  CHECK(printed(payload, {"--json"}).find("\"payload\":\"" + spelled + "\",\"size\"") !=
        std::string::npos);
  CHECK(printed(payload, {"-F", "%j"}).ends_with("\"payload\":\"" + spelled + "\"}\n"));

  const std::string binary(payload_bytes, '\xFF');
  const std::string encoded = printed(binary, {"--json"});
  CHECK(encoded.find("\"payload_b64\":\"" + base64(as_bytes(binary)) + "\"") != std::string::npos);
}

TEST_CASE("a large message goes through a pipe as fast as its reader takes it, held once") {
  const std::string payload = text_payload();
  sender broker(payload);
  process_options options;
  options.command = sub(words{"-t", "t", "-v"} + broker.at());
  process program(options);
  CHECK(program.wait_until(
      [&](const process& now) { return now.out().size() == payload.size() + 3; }));
  held_once(program);
  CHECK(program.out() == "t " + payload + "\n");
}

TEST_CASE("--out and --exec hold a large message once") {
  const std::string payload = text_payload();
  const temp_folder folder;
  const std::string file = folder.file("file");
  for (const words& how : {words{"--out", file}, words{"--exec-shell", "cat >> " + file},
                           words{"--out", file, "--rotate-size", "1M"}}) {
    CAPTURE(how[0]);
    sender broker(payload);
    process_options options;
    options.command = sub(words{"-t", "t"} + how + broker.at());
    process program(options);
    const std::size_t wanted = payload.size() + (how[0] == "--out" ? 1 : 0);
    const auto until = std::chrono::steady_clock::now() + patience;
    while (size_of(file) != wanted && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(20ms);
    }
    held_once(program);
    program.signal(SIGTERM);
    CHECK(program.wait().has_value());
    CHECK(read_file(file).substr(0, payload.size()) == payload);
    REQUIRE(::unlink(file.c_str()) == 0);
  }
}

TEST_CASE(
    "a reader that stops in the middle of a large message does not keep mqtt-sub from ending") {
  const std::string payload = text_payload();
  for (const words& how : {words{}, words{"--json"}, words{"-F", "%x"}}) {
    sender broker(payload);
    process_options options;
    options.command = sub(words{"-t", "t", "-W", "1"} + how + broker.at());
    options.output = output_to::stuck_pipe;
    process program(options);
    const auto ended = program.wait(20s);
    REQUIRE(ended.has_value());
    CHECK(ended->code == 27);
  }
}

TEST_CASE("a broker that leaves in the middle of printing loses nothing that came before") {
  const std::string payload = text_payload();
  scripted_broker broker([&](peer& client) {
    client.accepts();
    client.grants();
    publish_packet large;
    large.topic = "t";
    large.payload = as_bytes(payload);
    client.sends(large);
    large.payload = as_bytes("last");
    client.sends(large);
    // A DISCONNECT after which no connection follows.
    client.sends(packet_type::disconnect, reason_packet{0x87, {}});
    client.closes();
  });
  const finished result = run_sub(at(broker.port()) + words{"-t", "t", "-V", "5"});
  CHECK(result.code == 13);
  CHECK(result.out == payload + "\nlast\n");
}

TEST_CASE("mqtt-pub --request holds a large reply once, and mqtt-pub a large message") {
  const std::string payload = text_payload();
  scripted_broker broker([&](peer& client) {
    client.accepts();
    client.grants();
    client.expects(packet_type::publish);
    publish_packet reply;
    reply.topic = "r";
    reply.payload = as_bytes(payload);
    client.sends(reply);
    client.serves();
  });
  process_options options;
  options.command = pub(words{"-t", "t", "-m", "x", "--request", "-e", "r", "--replies", "2"} +
                        at(broker.port()));
  process program(options);
  CHECK(program.wait_until(
      [&](const process& now) { return now.out().size() == payload.size() + 1; }));
  held_once(program);
  CHECK(program.out() == payload + "\n");
}

}  // namespace mqttkit::testing
