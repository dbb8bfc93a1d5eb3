// mqtt-doctor listen, met by real clients: what it shows, what it passes on, what it says at the
// end.
#include <arpa/inet.h>
#include <sys/socket.h>

#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "programs.hpp"
#include "support/certificates.hpp"
#include "support/descriptor.hpp"
#include "support/ports.hpp"

namespace mqttkit::testing {
namespace {

using nlohmann::json;

/// A running `mqtt-doctor listen` that is ready.
class listening {
 public:
  explicit listening(const words& arguments = {})
      : port(free_port()), running(with(words{std::to_string(port)} + arguments)) {
    REQUIRE_MESSAGE(running.prints("listening"), running.err());
  }

  static process_options with(const words& arguments) {
    process_options options;
    options.command = words{program("mqtt-doctor"), "listen"} + arguments + words{"--lang", "en"};
    return options;
  }

  bool shows(std::string_view text) { return running.prints(text); }

  /// Ends it as Ctrl-C does and returns all it printed.
  std::string interrupted() {
    running.signal(SIGINT);
    return ended(128 + SIGINT);
  }
  std::string ended(int code = 0) {
    const auto result = running.wait();
    REQUIRE(result.has_value());
    CHECK_MESSAGE(result->status() == code, running.out() << running.err());
    return running.out();
  }

  std::uint16_t port;
  process running;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// A connection of our own, for what no program says.
class caller {
 public:
  explicit caller(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{30, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    REQUIRE(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  }
  void says(std::string_view bytes) {
    // The other side may have closed: this is a fuzzed stream's right.
    while (!bytes.empty()) {
      const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void says_no_more() { ::shutdown(socket_.get(), SHUT_WR); }
  /// All until the other side closes.
  std::string hears() {
    std::string all;
    char block[4096];
    for (;;) {
      const auto size = ::recv(socket_.get(), block, sizeof block, 0);
      if (size <= 0) return all;
      all.append(block, static_cast<std::size_t>(size));
    }
  }

 private:
  descriptor socket_;
};

std::vector<json> events_of(const std::string& lines) {
  std::vector<json> events;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    REQUIRE_MESSAGE(json::accept(line), line);
    events.push_back(json::parse(line));
  }
  return events;
}

const json* find(const std::vector<json>& events, const std::string& kind,
                 const std::string& type = {}) {
  for (const json& event : events)
    if (event["event"] == kind && (type.empty() || event.value("type", "") == type)) return &event;
  return nullptr;
}

}  // namespace

TEST_CASE("a plain client is told with all it asks for, but its password") {
  listening here;
  const auto ran = run_pub(at(here.port) + words{"-t", "a", "-m", "x", "-u", "alice", "-P",
                                                 "top-secret", "-i", "phone", "-k", "10"});
  CHECK(ran.code != 0);
  REQUIRE(here.shows("closed from here"));
  const std::string out = here.interrupted();
  CHECK(has(out,
            "CONNECT: MQTT 3.1.1, client identifier phone, user alice, password given (10 "
            "bytes), keep alive 10 s"));
  CHECK(has(out, "asked in MQTT 3.1.1 to come in as phone, user alice"));
  CHECK_FALSE(has(out, "top-secret"));
}

TEST_CASE("TLS to a plain listener is told by name, and the cure is one sentence") {
  listening here;
  const auto ran = run_pub({"-h", "localhost", "-p", std::to_string(here.port), "--cafile",
                            test_certificates().ca(), "-t", "a", "-m", "x"});
  CHECK(ran.code != 0);
  REQUIRE(here.shows("TLS: asks for localhost, offers TLS 1.3 1.2"));
  CHECK(has(here.interrupted(),
            "spoke TLS to a plain listener: turn SSL off in the app or use "
            "port 8883."));
}

TEST_CASE("inside WebSocket the CONNECT is seen") {
  listening here;
  const auto ran = run_pub(
      {"ws://127.0.0.1:" + std::to_string(here.port) + "/mqtt", "-t", "a", "-m", "x", "-i", "web"});
  CHECK(ran.code != 0);
  REQUIRE(here.shows("client identifier web"));
  const std::string out = here.interrupted();
  CHECK(has(out, "WebSocket: GET /mqtt, for 127.0.0.1"));
  CHECK(has(out, "subprotocols mqtt"));
}

TEST_CASE("a browser, garbage and silence are told apart, and nothing of theirs is dangerous") {
  listening here;
  caller browser(here.port);
  browser.says("GET / HTTP/1.1\r\nHost: here\r\n\r\n");
  CHECK(browser.hears().empty());
  caller garbage(here.port);
  garbage.says("\x1b[31mhello\r\n");
  CHECK(garbage.hears().empty());
  REQUIRE(here.shows("HTTP: GET /, for here"));
  REQUIRE(here.shows("as text \"\\x1B[31mhello"));
  {
    caller silent(here.port);
    silent.says_no_more();
    CHECK(silent.hears().empty());
  }
  REQUIRE(here.shows("closed by the client"));
  const std::string out = here.interrupted();
  CHECK_FALSE(has(out, "\x1b"));
  CHECK(has(out, "spoke neither MQTT nor TLS nor HTTP"));
}

TEST_CASE("a fuzzed stream does not end it") {
  listening here;
  std::mt19937 random(7);
  for (int i = 0; i < 40; ++i) {
    caller made(here.port);
    std::string bytes = i % 3 == 0   ? std::string("\x10\x7f\x00\x04MQTT\x04", 9)
                        : i % 3 == 1 ? std::string("\x16\x03\x01\x01", 4)
                                     : std::string();
    for (int j = 0; j < 400; ++j) bytes += static_cast<char>(random() & 0xFF);
    made.says(bytes);
    made.says_no_more();
    CHECK(made.hears().empty());
  }
  caller last(here.port);
  last.says(std::string("\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02ok", 16));
  CHECK(last.hears().empty());
  REQUIRE(here.shows("client identifier ok"));
  here.interrupted();
}

TEST_CASE("in front of a broker QoS 2 works both ways, and a megabyte arrives unchanged") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  listening here({"--forward", "127.0.0.1:" + std::to_string(broker.port())});
  process_options options;
  options.command = sub(at(here.port) + words{"-t", "big", "-q", "2", "-C", "1", "-N"});
  process subscriber(std::move(options));
  REQUIRE(broker.has_subscribed());
  std::string payload(1 << 20, '\0');
  std::mt19937 random(1);
  for (char& c : payload) c = static_cast<char>(random() & 0xFF);
  const auto sent =
      run_pub_with_input(at(here.port) + words{"-t", "big", "-q", "2", "-s"}, payload);
  CHECK_MESSAGE(sent.code == 0, sent.err);
  const auto ended = subscriber.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->code == 0);
  CHECK(subscriber.out() == payload);
  REQUIRE(here.running.wait_until(
      [](const process& each) { return count_of(each.out(), "ended with DISCONNECT") == 2; }));
  const std::string out = here.interrupted();
  for (const char* const line :
       {"> CONNECT: MQTT 3.1.1", "< CONNACK: accepted",
        "> SUBSCRIBE: packet 1, filter big at QoS 2", "< SUBACK: packet 1, Granted QoS 2 (2)",
        "> PUBLISH: topic big, QoS 2, packet 1, 1048576 bytes", "< PUBREC: packet 1",
        "> PUBREL: packet 1", "< PUBCOMP: packet 1", "< PUBLISH: topic big, QoS 2",
        "> PUBCOMP: packet 1", "> DISCONNECT"}) {
    CHECK_MESSAGE(has(out, line), line);
  }
  CHECK(has(out, "was let in by the broker"));
}

TEST_CASE("the broker's refusal is told in words, with the cure") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.password = true;
  mosquitto broker(options);
  listening here({"--forward", "127.0.0.1:" + std::to_string(broker.port()), "--once"});
  const auto ran = run_pub(at(here.port) + words{"-t", "a", "-m", "x"});
  CHECK(ran.code == 9);
  const std::string out = here.ended();
  CHECK(has(out, "< CONNACK: refused: Not authorized (5)"));
  CHECK(has(out, "The app sends no user name; fill in user name and password there."));
}

TEST_CASE("TLS is passed on to a TLS port, and works through it") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.tls = true;
  mosquitto broker(options);
  listening here({"--forward", "127.0.0.1:" + std::to_string(broker.tls_port()), "--once"});
  const auto ran = run_pub({"-h", "localhost", "-p", std::to_string(here.port), "--cafile",
                            test_certificates().ca(), "-t", "a", "-m", "x", "-q", "1"});
  CHECK_MESSAGE(ran.code == 0, ran.err);
  CHECK(has(here.ended(), "speak TLS with each other"));
}

TEST_CASE("what is said in TLS is told when the client writes its secrets down") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.tls = true;
  mosquitto broker(options);
  const temp_folder folder;
  const std::string keys = folder.file("keys");
  listening here({"--forward", "127.0.0.1:" + std::to_string(broker.tls_port()), "--once",
                  "--tls-keylog", keys});
  const auto ran = run_pub({"-h", "localhost", "-p", std::to_string(here.port), "--cafile",
                            test_certificates().ca(), "--tls-keylog", keys, "-t", "a/b", "-m", "x",
                            "-q", "1", "-u", "alice", "-P", "in-the-dark"});
  CHECK_MESSAGE(ran.code == 0, ran.err);
  const std::string out = here.ended();
  CHECK_MESSAGE(has(out, "< TLS: chooses TLS 1.3, cipher TLS_"), out);
  CHECK(has(out, "PUBLISH: topic a/b, QoS 1"));
  CHECK(has(out, "alice"));
  CHECK_FALSE(has(out, "in-the-dark"));
  std::istringstream lines(read_file(keys));
  for (std::string label, random, secret; lines >> label >> random >> secret;)
    CHECK_FALSE(has(out, secret));
}

TEST_CASE("a certificate the client does not trust is told by its alert") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.tls = true;
  options.certificate = certificate_kind::untrusted;
  mosquitto broker(options);
  listening here({"--forward", "127.0.0.1:" + std::to_string(broker.tls_port()), "--once"});
  const auto ran = run_pub({"-h", "localhost", "-p", std::to_string(here.port), "--cafile",
                            test_certificates().ca(), "-t", "a", "-m", "x"});
  CHECK(ran.code == 5);
  const std::string out = here.ended();
  CHECK_MESSAGE(has(out, "refused its certificate (TLS alert unknown_ca)"), out);
}

TEST_CASE("garbage in the middle is passed on even so, and told once") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  listening here({"--forward", "127.0.0.1:" + std::to_string(broker.port()), "--once"});
  caller made(here.port);
  made.says(std::string("\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02ok", 16));
  made.says(std::string("\x00\x00\x00\x00", 4));
  CHECK(made.hears() == std::string("\x20\x02\x00\x00", 4));  // and the broker closed
  made.says_no_more();
  const std::string out = here.ended();
  CHECK(count_of(out, "not MQTT from here on") == 1);
}

TEST_CASE("a broker that is not there is named, and the request is seen even so") {
  const auto nobody = free_port();
  listening here({"--forward", "127.0.0.1:" + std::to_string(nobody), "--once"});
  const auto ran = run_pub(at(here.port) + words{"-t", "a", "-m", "x", "-i", "phone"});
  CHECK(ran.code != 0);
  const std::string out = here.ended();
  CHECK(has(out, "cannot be reached: connection refused"));
  CHECK(has(out, "client identifier phone"));
  CHECK(has(out, "start it, or correct --forward."));
}

TEST_CASE("--json is one object a line, with stable keys and no password") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  listening here({"--forward", "127.0.0.1:" + std::to_string(broker.port()), "--once", "--json"});
  const auto ran = run_pub(at(here.port) + words{"-t", "a/b", "-m", "hi", "-q", "1", "-u", "me",
                                                 "-P", "top-secret", "-i", "phone"});
  CHECK_MESSAGE(ran.code == 0, ran.err);
  const std::string out = here.ended();
  CHECK_FALSE(has(out, "top-secret"));
  const auto events = events_of(out);
  REQUIRE(find(events, "listening") != nullptr);
  CHECK((*find(events, "listening"))["port"] == here.port);
  const json* connect = find(events, "packet", "CONNECT");
  REQUIRE(connect != nullptr);
  CHECK((*connect)["from"] == "client");
  CHECK((*connect)["client_id"] == "phone");
  CHECK((*connect)["user_name"] == "me");
  CHECK((*connect)["password_bytes"] == 10);
  CHECK((*connect)["connection"] == 1);
  const json* answer = find(events, "packet", "CONNACK");
  REQUIRE(answer != nullptr);
  CHECK((*answer)["from"] == "broker");
  CHECK((*answer)["reason_code"] == 0);
  const json* message = find(events, "packet", "PUBLISH");
  REQUIRE(message != nullptr);
  CHECK((*message)["topic"] == "a/b");
  CHECK((*message)["size"] == 2);
  REQUIRE(find(events, "closed") != nullptr);
  const json* verdict = find(events, "verdict");
  REQUIRE(verdict != nullptr);
  CHECK((*verdict)["id"] == "mqtt-accepted");
  CHECK((*verdict)["address"] == "127.0.0.1");
}

TEST_CASE("when nobody comes the way is at fault, or nobody tried, and the exit code says so") {
  const auto port = free_port();
  const finished ran = run(listening::with({std::to_string(port), "--for", "200ms"}));
  CHECK(ran.code == 27);
  CHECK(has(ran.out, "Nothing arrived on port " + std::to_string(port) +
                         " in 0 s. If somebody tried meanwhile, a firewall, the security group "
                         "or a wrong address stands before this server; if nobody did, listen "
                         "again and try then."));
}

TEST_CASE("--for ends it though a connection stands, which is told") {
  const auto port = free_port();
  process running(listening::with({std::to_string(port), "--for", "2s"}));
  REQUIRE(running.prints("listening"));
  caller patient(port);
  REQUIRE(running.prints("connected"));
  const auto ended = running.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->code == 0);
  CHECK(has(running.out(), "still open when listening ended"));
  CHECK(has(running.out(), "reached this port and sent nothing"));
}

TEST_CASE("a port that is taken is told with the way around") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const finished ran = run(listening::with({"127.0.0.1:" + std::to_string(broker.port())}));
  CHECK(ran.code == 1);
  CHECK(line_count(ran.err) == 1);
  CHECK(has(ran.err, "is taken by"));
  CHECK(has(ran.err, "--forward localhost:" + std::to_string(broker.port())));
}

TEST_CASE("it does not forward to itself") {
  const auto port = std::to_string(free_port());
  const finished ran = run(listening::with({port, "--forward", "127.0.0.1:" + port}));
  CHECK(ran.code == 2);
  CHECK(line_count(ran.err) == 1);
}

TEST_CASE("more than 64 connections at once are turned away, and the first go on") {
  listening here;
  std::vector<std::unique_ptr<caller>> many;
  for (int i = 0; i < 64; ++i) many.push_back(std::make_unique<caller>(here.port));
  REQUIRE(here.running.wait_until(
      [](const process& each) { return count_of(each.out(), "* connected") == 64; }));
  caller refused(here.port);
  CHECK(refused.hears().empty());
  many[0]->says(std::string("\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02ok", 16));
  REQUIRE(here.shows("client identifier ok"));
  CHECK(has(here.interrupted(), "64 connections at once; further ones are closed"));
}

}  // namespace mqttkit::testing
