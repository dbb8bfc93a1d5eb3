// mqtt-doctor listen in front of a real broker: what it notices about real clients, and that it
// never stands in their way.
#include <arpa/inet.h>
#include <sys/socket.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "programs.hpp"
#include "support/descriptor.hpp"
#include "support/ports.hpp"

namespace mqttkit::testing {
namespace {

using nlohmann::json;
using namespace std::string_literals;

words listen_words(std::uint16_t port, const mosquitto& broker) {
  return {program("mqtt-doctor"),
          "listen",
          std::to_string(port),
          "--forward",
          "127.0.0.1:" + std::to_string(broker.port()),
          "--lang",
          "en",
          "--json"};
}

/// The doctor in front of a broker, ready.
class in_front {
 public:
  explicit in_front(const mosquitto& broker) : port(free_port()), running(with(port, broker)) {
    REQUIRE_MESSAGE(running.prints("\"listening\""), running.err());
  }

  /// Waits until this cause or note is told, and returns its line.
  json tells(const std::string& id) {
    std::optional<json> found;
    REQUIRE_MESSAGE(running.wait_until([&](const process& each) {
      found = find(each.out(), "verdict", id);
      return found.has_value();
    }),
                    running.out());
    return *found;
  }
  std::string ended() {
    running.signal(SIGINT);
    const auto result = running.wait();
    REQUIRE(result.has_value());
    CHECK_MESSAGE(result->signal == SIGINT, running.err());
    return running.out();
  }
  static std::optional<json> find(const std::string& lines, const std::string& kind,
                                  const std::string& id) {
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);) {
      if (!json::accept(line)) continue;  // not whole yet
      const json object = json::parse(line);
      if (object["event"] == kind && object.value("id", "") == id) return object;
    }
    return std::nullopt;
  }

  std::uint16_t port;
  process running;

 private:
  static process_options with(std::uint16_t port, const mosquitto& broker) {
    process_options options;
    options.command = listen_words(port, broker);
    return options;
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// A client that does only what it is told.
class raw_client {
 public:
  explicit raw_client(std::uint16_t port, int receive_buffer = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer != 0)
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{30, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    REQUIRE(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  }
  void connects(std::string_view id, char keep_alive = 60) {
    says("\x10"s + static_cast<char>(12 + id.size()) + "\0\4MQTT\4\2\0"s + keep_alive + '\0' +
         static_cast<char>(id.size()) + std::string(id));
    hears(4);
  }
  void subscribes(std::string_view filter, char qos) {
    says("\x82"s + static_cast<char>(5 + filter.size()) + "\0\1\0"s +
         static_cast<char>(filter.size()) + std::string(filter) + qos);
    hears(5);
  }
  void says(const std::string& bytes) {
    REQUIRE(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }
  void hears(std::size_t count) {
    for (char c = 0; count > 0; --count) REQUIRE(::recv(socket_.get(), &c, 1, 0) == 1);
  }
  /// Until the other side closes; false when it does not.
  bool is_hung_up_on() {
    char block[4096];
    for (;;) {
      const auto size = ::recv(socket_.get(), block, sizeof block, 0);
      if (size == 0) return true;
      if (size < 0) return false;
    }
  }

 private:
  descriptor socket_;
};

}  // namespace

TEST_CASE("an app that acknowledges nothing is named when its twenty messages are there") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  in_front here(broker);
  raw_client app(here.port);
  app.connects("app");
  app.subscribes("home/#", 1);
  const auto sent = run_pub_with_input(at(here.port) + words{"-t", "home/door", "-q", "1", "-l"},
                                       numbered_lines(30));
  CHECK_MESSAGE(sent.code == 0, sent.err);
  const json told = here.tells("delivery-inflight-stall");
  CHECK(told["weight"] == "cause");
  CHECK(told["client_id"] == "app");
  CHECK(has(told["sentence"], "app (127.0.0.1) holds 20 messages of QoS 1 or 2"));
  const std::string out = here.ended();
  CHECK(count_of(out, "\"id\":\"delivery-inflight-stall\"") == 2);  // and once more at the end
  CHECK(in_front::find(out, "recap", "delivery-inflight-stall").has_value());
}

TEST_CASE("a topic that the other side's filter misses is shown with the filter") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  in_front here(broker);
  process_options options;
  options.command = sub(at(here.port) + words{"-t", "Home/door", "-i", "app"});
  process app(std::move(options));
  REQUIRE(broker.has_subscribed());
  CHECK(run_pub(at(here.port) + words{"-t", "home/door", "-m", "x"}).code == 0);
  const json told = here.tells("delivery-topic-differs");
  CHECK(told["weight"] == "cause");
  CHECK(has(told["sentence"], "differ in upper and lower case"));
  CHECK(has(told["sentence"], "Subscribe to \"home/door\""));
  here.ended();
}

TEST_CASE("clients that throw each other out are named, with their addresses") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  in_front here(broker);
  raw_client first(here.port);
  first.connects("phone");
  raw_client second(here.port);
  second.connects("phone");
  CHECK(first.is_hung_up_on());
  CHECK(here.tells("session-duplicate-client-id")["weight"] == "note");
  raw_client third(here.port);
  third.connects("phone");
  CHECK(second.is_hung_up_on());
  REQUIRE(here.running.prints("Two clients share the identifier \\\"phone\\\""));
  here.ended();
}

TEST_CASE("what an access rule forbids is told for writers, and for readers who hear nothing") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.password = true;
  options.acl = "user alice\ntopic read home/#\nuser bob\ntopic write home/#\n";
  mosquitto broker(options);
  in_front here(broker);
  const words alice{"-u", "alice", "-P", std::string(mosquitto::user_password)};
  const words bob{"-u", "bob", "-P", std::string(mosquitto::other_password)};
  process_options reading;
  reading.command = sub(at(here.port) + bob + words{"-t", "home/#", "-q", "1", "-i", "reader"});
  process reader(std::move(reading));
  REQUIRE(broker.has_subscribed());
  run_pub(at(here.port) + alice + words{"-V", "5", "-t", "home/a", "-q", "1", "-m", "x"});
  CHECK(has(here.tells("auth-acl-publish-swallowed")["sentence"], "Not authorized (135)"));
  run_pub(at(here.port) + bob + words{"-V", "5", "-t", "home/b", "-q", "1", "-m", "x"});
  const json told = here.tells("auth-acl-read-denied-silently");
  CHECK(told["client_id"] == "reader");
  CHECK(has(told["sentence"], "allow this user to read there"));
  const std::string out = here.ended();
  CHECK_FALSE(has(out, std::string(mosquitto::user_password)));
  CHECK(has(out, "\"user_name\":\"alice\""));
}

TEST_CASE("a client that went silent is told from one that the broker threw out") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  in_front here(broker);
  raw_client phone(here.port);
  phone.connects("phone", 1);
  CHECK(phone.is_hung_up_on());  // mosquitto looks every five seconds
  const json told = here.tells("session-keepalive-expired");
  CHECK(has(told["sentence"], "every 1 s"));
  here.ended();
}

TEST_CASE("a client that does not read is told with how much waits for it") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  in_front here(broker);
  raw_client slow(here.port, 4096);
  slow.connects("slow");
  slow.subscribes("big", 0);
  for (int i = 0; i < 12; ++i)
    run_pub_with_input(at(here.port) + words{"-t", "big", "-s"}, std::string(1 << 20, 'x'));
  const json told = here.tells("delivery-slow-consumer");
  CHECK(told["client_id"] == "slow");
  here.ended();
}

TEST_CASE("who clears a retained message is named") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  in_front here(broker);
  CHECK(run_pub(at(here.port) + words{"-t", "home/door", "-r", "-m", "open"}).code == 0);
  CHECK(run_pub(at(here.port) + words{"-t", "home/door", "-r", "-n", "-i", "tidy"}).code == 0);
  const json told = here.tells("delivery-retained-misunderstood");
  CHECK(told["weight"] == "note");
  CHECK(has(told["sentence"], "tidy (127.0.0.1) cleared the retained message of \"home/door\""));
  here.ended();
}

TEST_CASE("messages that arrive as they should give no cause to speak") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  in_front here(broker);
  process_options options;
  options.command =
      sub(at(here.port) + words{"-t", "home/#", "-q", "2", "-C", "300", "-i", "app", "-N"});
  process app(std::move(options));
  REQUIRE(broker.has_subscribed());
  for (const char* const qos : {"0", "1", "2"}) {
    const auto sent = run_pub_with_input(at(here.port) + words{"-t", "home/door", "-q", qos, "-l"},
                                         numbered_lines(100));
    CHECK_MESSAGE(sent.code == 0, sent.err);
  }
  const auto ended = app.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->code == 0);
  const std::string out = here.ended();
  CHECK_MESSAGE(count_of(out, "\"weight\"") == 0, out);
}

TEST_CASE("a stdout that nobody reads stops no message") {
  NEEDS_MOSQUITTO();
  mosquitto_options quiet;
  quiet.quiet = true;
  mosquitto broker(quiet);
  const auto port = free_port();
  process_options options;
  options.command = listen_words(port, broker);
  options.output = output_to::stuck_pipe;
  process listening(std::move(options));
  finished sent;
  do {  // until it listens, of which it can tell nobody
    REQUIRE(listening.is_running());
    sent = run_pub(at(port) + words{"-t", "home/door", "-m", "x"});
  } while (sent.code != 0);
  // Ten times what the pipe holds.
  sent = run_pub_with_input(at(port) + words{"-t", "home/door", "-q", "1", "-l"},
                            numbered_lines(5000));
  CHECK_MESSAGE(sent.code == 0, sent.err);
  listening.signal(SIGINT);  // it waits for its reader; the second one does not
  listening.signal(SIGINT);
}

}  // namespace mqttkit::testing
