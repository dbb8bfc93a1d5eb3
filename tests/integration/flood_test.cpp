// A broker that sends without end and reads nothing: what the programs hold stays small, and they
// end when they are told to.
#include <sys/socket.h>

#include <functional>
#include <future>

#include "mqttkit/wire/websocket.hpp"
#include "peak.hpp"
#include "programs.hpp"
#include "support/scripted_broker.hpp"

namespace mqttkit::testing {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t offered_bytes = 32u << 20;

// A process that has done nothing takes 3 to 4 MB; the bounds of what is queued and read are below
// 2 MB together, once for each of the two buffers that a writer has.
constexpr long most_kib = 24 << 10;

void sends_text(const peer& client, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::send(client.socket(), text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) throw script_failed{"the client does not take what it has to"};
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// Sends `packet` again and again until so much was sent or the client takes no more.
void floods(const peer& client, std::string_view packet) {
  const int small = 4096;
  ::setsockopt(client.socket(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  timeval patience{1, 0};
  ::setsockopt(client.socket(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  std::string many;
  while (many.size() < 65'536) many += packet;
  for (std::size_t sent = 0; sent < offered_bytes;) {
    const auto count = ::send(client.socket(), many.data(), many.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<std::size_t>(count);
    many = many.substr(static_cast<std::size_t>(count)) +
           many.substr(0, static_cast<std::size_t>(count));
  }
}

struct offer {
  std::string of;
  words command;
  std::string_view packet;
  bool is_web = false;
  bool has_subscription = true;
  output_to output = output_to::nothing;
};

// Runs the program under the flood; SIGTERM ends it while the broker still does not read.
void bears(const offer& what) {
  CAPTURE(what.of);
  std::promise<void> has_flooded;
  std::promise<void> is_over;
  auto over = is_over.get_future().share();
  scripted_broker broker([&](peer& client) {
    if (client.number() != 0) return;
    if (what.is_web) {
      const std::string head = client.bytes_until("\r\n\r\n");
      const std::size_t at = head.find("Sec-WebSocket-Key: ") + 19;
      const std::string key = head.substr(at, head.find('\r', at) - at);
      sends_text(client,
                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Accept: " +
                     websocket_accept(key) + "\r\n\r\n");
      sends_text(client, "\x82\x04\x20\x02\x00\x00"sv);
    } else {
      client.accepts();
      if (what.has_subscription) client.grants();
    }
    floods(client, what.packet);
    has_flooded.set_value();
    over.wait_for(patience);
  });
  process_options options;
  options.command = what.command + at(broker.port());
  options.input = input_from::pipe;
  options.output = what.output;
  process program(options);
  program.write("x\n");
  REQUIRE(has_flooded.get_future().wait_for(patience) == std::future_status::ready);
  if (counts_memory) {
    const long peak = peak_of(program.pid());
    CHECK(peak > 0);
    CHECK(peak < most_kib);
  }
  program.signal(SIGTERM);
  const auto before = std::chrono::steady_clock::now();
  const auto ended = program.wait();
  CHECK(ended.has_value());
  CHECK(std::chrono::steady_clock::now() - before < 15s);
  is_over.set_value();
  CHECK(broker.failure() == "");
}

constexpr std::string_view pubrel = "\x62\x02\x00\x01"sv;
constexpr std::string_view pubrec = "\x50\x02\x00\x01"sv;
constexpr std::string_view publish_qos_1 = "\x32\x06\x00\x01t\x00\x01x"sv;
constexpr std::string_view publish_qos_2 = "\x34\x06\x00\x01t\x00\x01x"sv;
constexpr std::string_view publish_qos_1_v5 = "\x32\x07\x00\x01t\x00\x01\x00x"sv;
constexpr std::string_view publish_qos_2_v5 = "\x34\x07\x00\x01t\x00\x01\x00x"sv;
constexpr std::string_view publish_qos_0 = "\x30\x04\x00\x01tx"sv;
constexpr std::string_view auth = "\xF0\x07\x18\x05\x15\x00\x02no"sv;

words quiet_sub(const words& more) { return sub(words{"-t", "t"} + more); }
words line_pub(const words& more) { return pub(words{"-t", "t", "-l"} + more); }

}  // namespace

TEST_CASE("mqtt-sub stays small under a flood of what it has to answer") {
  bears({"PUBREL", quiet_sub({}), pubrel});
  bears({"PUBREL, MQTT 5", quiet_sub({"-V", "5"}), pubrel});
  bears({"PUBREC", quiet_sub({}), pubrec});
  bears({"PUBLISH at QoS 1", quiet_sub({"-q", "1"}), publish_qos_1});
  bears({"PUBLISH at QoS 2 of one identifier", quiet_sub({"-q", "2"}), publish_qos_2});
  bears({"PUBLISH at QoS 1, MQTT 5", quiet_sub({"-q", "1", "-V", "5"}), publish_qos_1_v5});
  bears({"PUBLISH at QoS 2 of one identifier, MQTT 5", quiet_sub({"-q", "2", "-V", "5"}),
         publish_qos_2_v5});
}

TEST_CASE("mqtt-sub stays small while nobody reads what it prints") {
  for (const std::string_view packet : {publish_qos_0, publish_qos_1, publish_qos_2}) {
    offer stuck{"PUBLISH to a stuck reader", quiet_sub({"-q", "2", "-k", "5"}), packet};
    stuck.output = output_to::stuck_pipe;
    bears(stuck);
    stuck.has_subscription = false;  // its answer stands behind the flood
    bears(stuck);
  }
}

TEST_CASE("mqtt-pub stays small under a flood of what it has to answer") {
  const auto offers = [](const std::string& of, const words& command, std::string_view packet) {
    offer made{of, command, packet};
    made.has_subscription = false;
    bears(made);
  };
  offers("PUBREC", line_pub({"-q", "1"}), pubrec);
  offers("PUBREC for a message of QoS 2", line_pub({"-q", "2"}), pubrec);
  offers("PUBREL", line_pub({"-q", "1"}), pubrel);
  offers("PUBREL, MQTT 5", line_pub({"-q", "1", "-V", "5"}), pubrel);
  offers("PUBLISH, which it never asked for", line_pub({"-q", "1"}), publish_qos_0);
  offers("PUBLISH at QoS 2", line_pub({"-q", "1"}), publish_qos_2);
  offers("PUBLISH of QoS 1 to a request",
         pub({"-t", "t", "-m", "x", "--request", "-e", "r", "-V", "3.1.1"}), publish_qos_1);
}

TEST_CASE("WebSocket pings without end are answered one by one, or not") {
  const std::string ping = "\x89\x7D" + std::string(125, 'p');
  offer web{"WebSocket pings", quiet_sub({"--ws"}), ping};
  web.is_web = true;
  bears(web);
  web.of = "WebSocket pings to mqtt-pub";
  web.command = line_pub({"-q", "1", "--ws"});
  bears(web);
}

TEST_CASE("what no broker may send ends the connection at once") {
  for (const auto& [packet, version] :
       {std::pair{"\xC0\x00"sv, "3.1.1"}, std::pair{"\xC0\x00"sv, "5"}, std::pair{auth, "5"},
        std::pair{auth, "3.1.1"}, std::pair{"\xD0\x01\x00"sv, "3.1.1"}}) {
    for (const bool is_sub : {true, false}) {
      scripted_broker broker([&](peer& client) {
        client.accepts();
        floods(client, packet);
        client.closed_by_client();
      });
      const words line = words{"-V", version} + at(broker.port());
      const finished result = is_sub ? run_sub(line + words{"-t", "t"})
                                     : run_pub(line + words{"-t", "t", "-n", "-q", "1"});
      CHECK_MESSAGE(result.code == 13, result.err);
      CHECK(line_count(result.err) == 1);
      CHECK(broker.connections() == 1);
    }
  }
}

TEST_CASE("what comes before CONNACK is not waited for, however large it says it is") {
  for (const std::string_view head : {"\x20\xFF\xFF\xFF\x7F"sv, "\x30\xFF\xFF\xFF\x7F"sv}) {
    scripted_broker broker([&](peer& client) {
      client.expects(packet_type::connect);
      sends_text(client, head);
      floods(client, "xxxxxxxx");
      client.closed_by_client();
    });
    const finished result = run_sub(at(broker.port()) + words{"-t", "t"});
    CHECK_MESSAGE(result.code == 4, result.err);
    CHECK(result.took < 20s);
  }
}

}  // namespace mqttkit::testing
