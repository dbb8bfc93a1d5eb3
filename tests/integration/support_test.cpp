// The tests' own tools, proved with programs that are not ours.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "support/mosquitto.hpp"
#include "support/needs.hpp"
#include "support/ports.hpp"
#include "support/process.hpp"
#include "support/scripted_broker.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::testing {
namespace {

using namespace std::chrono_literals;

#define NEEDS_MOSQUITTO()     \
  NEEDS_PROGRAM("mosquitto"); \
  NEEDS_PROGRAM("mosquitto_pub")

process_options shell(std::string script) {
  process_options options;
  options.command = {"/bin/sh", "-c", std::move(script)};
  return options;
}

// mosquitto_sub waits for one message, mosquitto_pub sends it; true when it arrives.
bool passes_a_message(const mosquitto& broker, const std::vector<std::string>& connection) {
  process_options subscribe;
  subscribe.command = {"mosquitto_sub", "-t", "a/b", "-C", "1", "-q", "1"};
  subscribe.command.insert(subscribe.command.end(), connection.begin(), connection.end());
  const auto before = broker.log();
  std::size_t subscribed = 0;
  for (auto at = before.find("Sending SUBACK"); at != std::string::npos;
       at = before.find("Sending SUBACK", at + 1)) {
    ++subscribed;
  }
  process subscriber(subscribe);
  if (!broker.has_subscribed(subscribed + 1)) return false;
  std::vector<std::string> publish{"mosquitto_pub", "-t", "a/b", "-m", "hello", "-q", "1"};
  publish.insert(publish.end(), connection.begin(), connection.end());
  const auto published = run(publish);
  INFO(published.err);
  CHECK(published.code == 0);
  const auto ended = subscriber.wait();
  return ended && ended->code == 0 && subscriber.out() == "hello\n";
}

std::vector<std::string> at(std::uint16_t port) {
  return {"-h", "127.0.0.1", "-p", std::to_string(port)};
}

std::vector<std::string> operator+(std::vector<std::string> left,
                                   const std::vector<std::string>& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

int exit_code_of_publish(const std::vector<std::string>& connection) {
  return run(std::vector<std::string>{"mosquitto_pub", "-t", "a/b", "-m", "x"} + connection).code;
}

}  // namespace

TEST_CASE("a program's output, error and exit code are captured") {
  const auto result = run(shell("echo out; echo err >&2; exit 3"));
  CHECK(result.out == "out\n");
  CHECK(result.err == "err\n");
  CHECK(result.code == 3);
}

TEST_CASE("a program that does not exist gives 127") {
  CHECK(run({"no-such-program-anywhere"}).code == 127);
}

TEST_CASE("much text goes through a program in both directions without a deadlock") {
  process_options options;
  options.command = {"cat"};
  options.input = input_from::text;
  options.text = std::string(8 << 20, 'x');
  const auto result = run(options);
  CHECK(result.code == 0);
  CHECK(result.out == options.text);
}

TEST_CASE("input can be given piece by piece") {
  process_options options;
  options.command = {"cat"};
  options.input = input_from::pipe;
  process child(options);
  child.write("one\n");
  CHECK(child.prints("one\n"));
  child.write("two\n");
  CHECK(child.prints("two\n"));
  CHECK(child.is_running());
  child.close_input();
  CHECK(child.wait()->code == 0);
  CHECK(child.out() == "one\ntwo\n");
}

TEST_CASE("a program that stops reading does not stop its test") {
  process_options options = shell("head -c 1 >/dev/null");
  options.input = input_from::text;
  options.text = std::string(1 << 20, 'x');
  CHECK(run(options).code == 0);
}

TEST_CASE("a signal ends a program and is reported") {
  process child(shell("exec sleep 100"));
  CHECK_FALSE(child.wait(20ms));
  child.signal(SIGTERM);
  const auto ended = child.wait();
  REQUIRE(ended);
  CHECK(ended->signal == SIGTERM);
  CHECK(ended->code == -1);
  child.signal(SIGTERM);  // harmless after the end
}

TEST_CASE("a program that takes too long is killed") {
  const auto result = run(shell("sleep 100"), 50ms);
  CHECK(result.timed_out);
  CHECK(result.code == -1);
}

TEST_CASE("the environment is added to, replaced and removed") {
  auto options = shell("echo \"$ONE-$HOME-${PATH:-none}\"");
  options.environment = {{"ONE", "1"}, {"HOME", "/nowhere"}};
  options.unset = {"PATH"};
  const auto out = run(options).out;
  CHECK(out.substr(0, 12) == "1-/nowhere-/");  // sh has a PATH of its own
}

TEST_CASE("a program sees no configuration file and no MQTT_ variable of whoever runs the tests") {
  ::setenv("MQTT_URL", "mqtt://production.example", 1);
  const auto out =
      run(shell("echo \"${MQTT_URL:-none}\"; ls -A \"$HOME\" \"$XDG_CONFIG_HOME\"; "
                "[ \"$HOME\" = \"$XDG_CONFIG_HOME\" ]"));
  ::unsetenv("MQTT_URL");
  CHECK(out.code == 0);
  CHECK(out.out.starts_with("none\n"));
  CHECK(out.out.find("config") == std::string::npos);
}

TEST_CASE("outputs that fail fail") {
  auto options = shell("trap '' PIPE; echo x || exit 9");
  options.error = output_to::nothing;
  SUBCASE("a full device") { options.output = output_to::full_device; }
  SUBCASE("a closed pipe") { options.output = output_to::broken_pipe; }
  CHECK(run(options).code == 9);
}

TEST_CASE("a pipe that nobody reads blocks its writer") {
  auto options = shell("head -c 1000000 /dev/zero");
  options.output = output_to::stuck_pipe;
  process child(options);
  CHECK_FALSE(child.wait(100ms));
}

TEST_CASE("a program can have a terminal on some of its streams") {
  auto options =
      shell("test -t 0 && test -t 2 && ! test -t 1 && stty size && read -r x && echo $x");
  options.input = input_from::terminal;
  options.error = output_to::terminal;
  options.columns = 61;
  options.rows = 7;
  process child(options);
  CHECK(child.prints("7 61"));
  child.type("typed\n");
  CHECK(child.wait()->code == 0);
  CHECK(child.out() == "7 61\ntyped\n");
  CHECK(child.screen() == "typed\r\n");
}

TEST_CASE("a terminal interrupts") {
  auto options = shell("echo ready; exec sleep 100");
  options.input = input_from::terminal;
  process child(options);
  REQUIRE(child.prints("ready"));
  child.type("\x03");
  CHECK(child.wait()->signal == SIGINT);
}

TEST_CASE("a folder is gone with its object") {
  std::filesystem::path path;
  {
    const temp_folder folder;
    path = folder.path();
    CHECK(read_file(folder.write("a", "content")) == "content");
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("the good certificate is trusted, the others fail as they are named") {
  NEEDS_PROGRAM("openssl");
  const auto openssl = find_program("openssl");
  const auto& made = test_certificates();
  const auto verify = [&](certificate_kind kind) {
    return run({openssl, "verify", "-CAfile", made.ca(), "-untrusted",
                made.server(kind).certificate, "-verify_hostname", "localhost",
                made.server(kind).certificate})
        .err;
  };
  CHECK(verify(certificate_kind::good) == "");
  CHECK(verify(certificate_kind::chain) == "");
  CHECK(verify(certificate_kind::no_alternative_name) == "");
  const auto says = [&](certificate_kind kind, std::string_view what) {
    const auto text = verify(kind);
    INFO(text);
    CHECK(text.find(what) != std::string::npos);
  };
  says(certificate_kind::expired, "has expired");
  says(certificate_kind::not_yet_valid, "not yet valid");
  says(certificate_kind::wrong_host, "ostname mismatch");
  says(certificate_kind::self_signed, "self-signed certificate");
  says(certificate_kind::incomplete_chain, "unable to get local issuer");
  says(certificate_kind::untrusted, "unable to get local issuer");
  CHECK(run({openssl, "verify", "-CApath", made.ca_folder(), made.client().certificate}).code == 0);
  CHECK(
      run({openssl, "pkey", "-noout", "-passin", "pass:secret", "-in", made.encrypted_client().key})
          .code == 0);
}

TEST_CASE("mosquitto: a plain listener passes a message") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  CHECK(passes_a_message(broker, at(broker.port())));
}

TEST_CASE("mosquitto: every listener at once answers") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.tls = options.mutual_tls = options.psk = true;
  options.websocket = options.secure_websocket = options.unix_socket = true;
  const mosquitto broker(options);
  const auto& made = test_certificates();
  const std::vector<std::string> ca{"--cafile", made.ca()};
  CHECK(passes_a_message(broker, at(broker.port())));
  CHECK(passes_a_message(broker, at(broker.tls_port()) + ca));
  CHECK(passes_a_message(broker, at(broker.mutual_tls_port()) + ca +
                                     std::vector<std::string>{"--cert", made.client().certificate,
                                                              "--key", made.client().key}));
  CHECK(passes_a_message(
      broker, at(broker.psk_port()) + std::vector<std::string>{
                                          "--psk", std::string(mosquitto::psk_key),
                                          "--psk-identity", std::string(mosquitto::psk_identity)}));
  CHECK(passes_a_message(broker, {"--unix", broker.unix_path()}));
  CHECK(port_answers(broker.websocket_port()));
  CHECK(port_answers(broker.secure_websocket_port()));
  CHECK(exit_code_of_publish(at(broker.mutual_tls_port()) + ca) != 0);
}

TEST_CASE("mosquitto: a listener shows the certificate that was asked for") {
  NEEDS_MOSQUITTO();
  for (const auto kind : {certificate_kind::expired, certificate_kind::self_signed,
                          certificate_kind::untrusted, certificate_kind::wrong_host}) {
    mosquitto_options options;
    options.tls = true;
    options.certificate = kind;
    const mosquitto broker(options);
    const auto strict =
        at(broker.tls_port()) + std::vector<std::string>{"--cafile", test_certificates().ca()};
    CHECK(exit_code_of_publish(strict) != 0);
  }
}

TEST_CASE("mosquitto: a password file and an ACL are obeyed") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.acl = "user alice\ntopic readwrite #\n";
  const mosquitto broker(options);
  const auto as = [&](std::string_view user, std::string_view password) {
    return at(broker.port()) +
           std::vector<std::string>{
               "-V", "5", "-q", "1", "-u", std::string(user), "-P", std::string(password)};
  };
  CHECK(exit_code_of_publish(at(broker.port())) != 0);
  CHECK(exit_code_of_publish(as(mosquitto::user, "wrong")) != 0);
  CHECK(passes_a_message(broker, as(mosquitto::user, mosquitto::user_password)));
  exit_code_of_publish(as(mosquitto::other_user, mosquitto::other_password));
  CHECK(broker.logs("Denied PUBLISH"));
}

TEST_CASE("mosquitto: it comes back on its port, with its memory when asked for") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.persistence = true;
  mosquitto broker(options);
  const auto port = broker.port();
  CHECK(exit_code_of_publish(at(port) + std::vector<std::string>{"-r", "-q", "1"}) == 0);
  broker.stop();
  CHECK_FALSE(port_answers(port));
  broker.start();
  CHECK(broker.port() == port);
  const auto got =
      run(std::vector<std::string>{"mosquitto_sub", "-t", "a/b", "-C", "1"} + at(port));
  CHECK(got.out == "x\n");
  broker.kill();
  CHECK_FALSE(port_answers(port));
  broker.start();
  CHECK(port_answers(port));
}

TEST_CASE("mosquitto: lines of one's own are obeyed") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.lines = {"max_keepalive 17"};
  options.quiet = true;
  const mosquitto broker(options);
  CHECK(exit_code_of_publish(at(broker.port())) == 0);
}

TEST_CASE("mosquitto: a frozen one keeps its port and says nothing") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  broker.suspend();
  CHECK(port_answers(broker.port()));
  CHECK_FALSE(speaks_mqtt(broker.port(), 50ms));
  broker.resume();
  CHECK(speaks_mqtt(broker.port(), patience));
}

TEST_CASE("a scripted broker serves a real client and remembers what came") {
  NEEDS_MOSQUITTO();
  std::vector<std::string> payloads;
  scripted_broker broker([&](peer& client) {
    client.accepts();
    client.serves(
        [&](const publish_packet& message) { payloads.emplace_back(as_text(message.payload)); });
  });
  CHECK(exit_code_of_publish(at(broker.port()) + std::vector<std::string>{"-q", "2"}) == 0);
  CHECK(broker.has_served(1, patience));
  CHECK(broker.failure() == "");
  CHECK(payloads == std::vector<std::string>{"x"});
}

TEST_CASE("a scripted broker refuses, cuts and splits as told") {
  NEEDS_MOSQUITTO();
  SUBCASE("a refusal reaches the client") {
    scripted_broker broker([](peer& client) {
      connack_packet refusal;
      refusal.reason = 5;
      client.accepts(refusal);
    });
    CHECK(exit_code_of_publish(at(broker.port())) == 5);
    CHECK(broker.failure() == "");
  }
  SUBCASE("a CONNACK in single bytes is understood") {
    scripted_broker broker([](peer& client) {
      client.splits_writes(1);
      client.accepts();
      client.serves();
    });
    CHECK(exit_code_of_publish(at(broker.port()) + std::vector<std::string>{"-q", "1"}) == 0);
    CHECK(broker.failure() == "");
  }
  SUBCASE("a reset connection ends the client") {
    scripted_broker broker([](peer& client) {
      client.expects(packet_type::connect);
      client.resets();
    });
    CHECK(exit_code_of_publish(at(broker.port())) != 0);
    CHECK(broker.failure() == "");
  }
}

TEST_CASE("a script that waits in vain ends and says so") {
  scripted_broker broker([](peer& client) {
    client.set_patience(20ms);
    client.accepts();
  });
  CHECK(port_answers(broker.port()));
  CHECK(broker.has_served(1, patience));
  CHECK(broker.failure() != "");
}

TEST_CASE("hexadecimal goes there and back") {
  CHECK(to_hex(from_hex("20 02 00ff")) == "20 02 00 FF");
  CHECK_THROWS(from_hex("2"));
  CHECK_THROWS(from_hex("xy"));
}

}  // namespace mqttkit::testing
