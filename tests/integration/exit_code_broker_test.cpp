// The exit codes that need a broker with a mind of its own, each provoked on a real one.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <future>
#include <iterator>

#include "endings.hpp"
#include "mqtt-pub/options.hpp"
#include "mqtt-pub/publisher.hpp"
#include "support/certificates.hpp"
#include "support/nats.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::testing {
namespace {

#define NEEDS_DYNAMIC_SECURITY()                                              \
  if (mosquitto::dynamic_security().empty()) {                                \
    MESSAGE("skipped: mosquitto's dynamic security plugin is not installed"); \
    return;                                                                   \
  }

// Nobody may subscribe to anything but open/#.
mosquitto_options only_open_subscriptions() {
  mosquitto_options options;
  options.rights =
      R"({"defaultACLAccess": {"publishClientSend": true, "publishClientReceive": true,
                               "subscribe": false, "unsubscribe": true},
          "roles": [{"rolename": "reader", "acls": [{"acltype": "subscribePattern",
                     "topic": "open/#", "priority": 0, "allow": true}]}],
          "groups": [{"groupname": "everybody", "roles": [{"rolename": "reader"}]}],
          "anonymousGroup": "everybody", "clients": []})";
  return options;
}

mosquitto_options with_lines(words lines) {
  mosquitto_options options;
  options.lines = std::move(lines);
  return options;
}

mosquitto_options with_listener_lines(words lines) {
  mosquitto_options options;
  options.listener_lines = std::move(lines);
  return options;
}

// A publisher of lines, connected, whose every packet is told.
process_options publisher_of_lines(const mosquitto& broker) {
  process_options options;
  options.command = pub(at(broker) + words{"-t", "a", "-q", "1", "-l", "-d"});
  options.input = input_from::pipe;
  return options;
}

// What a pipe brings is this process's own standard input as long as this lives.
class own_input {
 public:
  own_input() : before_(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)) {
    std::array<int, 2> ends{-1, -1};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    into_.reset(ends[1]);
  }
  ~own_input() {
    if (before_) ::dup2(before_.get(), STDIN_FILENO);
  }
  own_input(const own_input&) = delete;
  own_input& operator=(const own_input&) = delete;

  void write(std::string_view text) {
    [[maybe_unused]] const auto count = ::write(into_.get(), text.data(), text.size());
  }
  void close() { into_.reset(); }

 private:
  descriptor before_;
  descriptor into_;
};

}  // namespace

TEST_CASE("4: the broker was stopped") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  REQUIRE(run_pub(at(broker) + message).code == 0);
  broker.stop();
  both_end(at(broker), exit_code::cannot_connect, {"connection refused", "is the broker running"});
}

TEST_CASE("4: a TLS port hangs up on MQTT") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.tls = true;
  mosquitto broker(options);
  both_end(at(broker.tls_port()), exit_code::cannot_connect,
           {"connack: ", "the broker may expect TLS"});
}

TEST_CASE("4: a port of a broker that speaks something else than MQTT") {
  NEEDS_PROGRAM("nats-server");
  const nats broker;
  both_end(at(broker.own_port()), exit_code::cannot_connect, {"connack: ", "does not speak MQTT"});
}

TEST_CASE("6: a broker of MQTT 3.1.1 refuses MQTT 5") {
  NEEDS_PROGRAM("nats-server");
  const nats broker;
  both_end(at(broker.port()) + words{"-V", "5"}, exit_code::version_refused,
           {"refused by the broker", "choose another version: -V 3.1.1"});
  CHECK(run_pub(at(broker.port()) + message).code == 0);
}

TEST_CASE("7: the broker wants a client identifier") {
  NEEDS_MOSQUITTO();
  mosquitto broker(with_lines({"allow_zero_length_clientid false"}));
  both_end(at(broker), exit_code::identifier_refused, {"refused by the broker", "with -i ID"});
  CHECK(run_pub(at(broker) + message + words{"-i", "one"}).code == 0);
}

TEST_CASE("8: the broker takes the user name from a certificate, and there is none") {
  NEEDS_MOSQUITTO();
  mosquitto_options options = with_listener_lines({"use_identity_as_username true"});
  options.tls = true;
  mosquitto broker(options);
  const words trusting = at(broker.tls_port()) + words{"--cafile", test_certificates().ca()};
  both_end(trusting + words{"-V", "3.1.1"}, exit_code::bad_credentials, {"check -u and -P"});
  both_end(trusting + words{"-V", "5"}, exit_code::bad_credentials, {"check -u and -P"});
}

TEST_CASE("8: the broker does not know the authentication method") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  both_end(at(broker) + words{"-V", "5", "-D", "connect", "authentication-method", "MADE-UP"},
           exit_code::bad_credentials, {"bad authentication method (0x8C)"});
}

TEST_CASE("10: the broker does not keep such a will") {
  NEEDS_MOSQUITTO();
  mosquitto broker(with_listener_lines({"max_qos 1"}));
  const words will = at(broker) + words{"-V", "5", "--will-topic", "gone", "--will-payload", "x"};
  both_end(will + words{"--will-qos", "2"}, exit_code::refused,
           {"QoS not supported (0x9B)", "lower --will-qos"});
  CHECK(run_pub(will + words{"--will-qos", "1"} + message).code == 0);

  mosquitto forgetful(with_lines({"retain_available false"}));
  both_end(at(forgetful) + words{"-V", "5", "--will-topic", "gone", "--will-retain"},
           exit_code::refused, {"retain not supported (0x9A)", "leave --will-retain out"});
}

TEST_CASE("12: a subscription is refused") {
  NEEDS_MOSQUITTO();
  NEEDS_DYNAMIC_SECURITY();
  mosquitto broker(only_open_subscriptions());
  const words shut = at(broker) + words{"-t", "shut/#"};
  ends(run_sub(shut + words{"-V", "5"}), exit_code::subscribe_refused,
       {"subscribe to 'shut/#': refused by the broker: not authorized (0x87)"});
  ends(run_sub(shut), exit_code::subscribe_refused,
       {"subscribe to 'shut/#': refused by the broker", "(its ACL)"});
  CHECK(run_sub(at(broker) + words{"-t", "open/#", "-E"}).code == 0);
}

TEST_CASE("12: one of two subscriptions is refused; the other one works") {
  NEEDS_MOSQUITTO();
  NEEDS_DYNAMIC_SECURITY();
  mosquitto broker(only_open_subscriptions());
  subscription_of subscriber(
      broker, at(broker) + words{"-t", "shut", "-t", "open/a", "-C", "1", "-V", "5"});
  REQUIRE(run_pub(at(broker) + words{"-t", "open/a", "-m", "x"}).code == 0);
  CHECK(subscriber.output(static_cast<int>(exit_code::subscribe_refused)) == "x\n");
  is_one_line(subscriber.running().err(), {"subscribe to 'shut': refused by the broker"});
}

TEST_CASE("13: the broker hangs up on a message it will not have") {
  NEEDS_MOSQUITTO();
  // Before MQTT 5 a broker has no other word for it.
  mosquitto small(with_lines({"max_packet_size 1000"}));
  ends(run_pub(at(small) + words{"-t", "a", "-q", "1", "-m", std::string(2000, 'x')}),
       exit_code::lost, {"session: ", "1 sent and not acknowledged"});
  mosquitto forgetful(with_lines({"retain_available false"}));
  ends(run_pub(at(forgetful) + message + words{"-r"}), exit_code::lost,
       {"session: ", "1 sent and not acknowledged"});
}

TEST_CASE("13: the broker dies while a reply is awaited") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  process_options options;
  options.command = pub(at(broker) + words{"--request", "-t", "nobody", "-m", "x"});
  process requester(options);
  REQUIRE(broker.logs("Received PUBLISH"));
  broker.kill();
  const auto ended = requester.wait();
  REQUIRE(ended.has_value());
  CHECK_MESSAGE(ended->code == static_cast<int>(exit_code::lost), requester.err());
}

TEST_CASE("14: the broker hangs with a message") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  std::string line[] = {"mqtt-pub",   "-h", "127.0.0.1", "-p", std::to_string(broker.port()),
                        "-t",         "a",  "-l",        "-q", "1",
                        "--no-config"};
  std::vector<char*> arguments;
  for (std::string& word : line) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  own_input input;
  auto hanging = std::async(std::launch::async, [&] {
    input.write("before\n");
    const bool has_come = broker.logs("Sending PUBACK");
    broker.suspend();
    input.write("after\n");
    input.close();
    return has_come;
  });
  tools::pub_settings settings;
  REQUIRE(
      tools::parse(static_cast<int>(std::size(line)), arguments.data(), settings, {}).outcome.run);
  const tools::stderr_log log("mqtt-pub", true);
  tools::runner loop;
  // The program itself waits for a minute.
  tools::publisher publisher(loop, std::move(settings), {}, log, 300ms);
  CHECK(loop.run([&publisher]() { return publisher.work(); }) == exit_code::unacknowledged);
  CHECK(hanging.get());
}

TEST_CASE("17: the broker was stopped, and the message waits in the outbox") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  broker.stop();
  const words boxed = at(broker) + message + words{"--outbox", broker.folder().file("box")};
  ends(run_pub(boxed), exit_code::queued, {"connection refused", "1 message waits in outbox"});
  broker.start();
  CHECK(run_pub(boxed).code == 0);
  CHECK(count_of(broker.log(), "Received PUBLISH") == 2);
}

TEST_CASE("27: the broker hangs, and answers nothing") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  broker.suspend();
  ends(run_sub(at(broker) + words{"-t", "a", "-W", "1"}), exit_code::timeout,
       {"timed out after 1 s (-W)"});
}

TEST_CASE("130 and 143: interrupted and terminated while the broker hangs with a message") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  process interrupted(publisher_of_lines(broker));
  process terminated(publisher_of_lines(broker));
  for (process* each : {&interrupted, &terminated}) REQUIRE(each->prints("CONNACK"));
  broker.suspend();
  for (process* each : {&interrupted, &terminated}) {
    each->write("x\n");
    REQUIRE(each->prints("PUBLISH"));
  }
  interrupted.signal(SIGINT);
  terminated.signal(SIGTERM);
  for (const auto& [each, code] : {std::pair{&interrupted, exit_code::interrupted},
                                   std::pair{&terminated, exit_code::terminated}}) {
    const auto ended = each->wait();
    REQUIRE(ended.has_value());
    CHECK(ended->status() == static_cast<int>(code));
    CHECK(ended->signal != 0);
    CHECK(each->err().find("ed: 0 messages acknowledged, 1 sent and not acknowledged") !=
          std::string::npos);
  }
}

}  // namespace mqttkit::testing
