// Every exit code: those that every broker provokes, on a real one, and what only a scripted broker
// can be made to say. exit_code_broker_test.cpp has the others on real brokers.
#include "common/exit_code.hpp"

#include <signal.h>

#include <atomic>
#include <future>
#include <iterator>

#include "endings.hpp"
#include "mqtt-pub/options.hpp"
#include "mqtt-pub/publisher.hpp"
#include "programs.hpp"
#include "support/certificates.hpp"
#include "support/ports.hpp"
#include "support/scripted_broker.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::testing {
namespace {

scripted_broker::script refuses(std::uint8_t reason) {
  return [reason](peer& client) {
    connack_packet no;
    no.reason = reason;
    client.accepts(no);
    client.closes();
  };
}

}  // namespace

TEST_CASE("0: done") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const finished result = run_pub(at(broker) + message);
  CHECK(result.code == 0);
  CHECK(result.err == "");
  CHECK(result.out == "");
}

TEST_CASE("1: the question of --clean-retained is answered with no") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  REQUIRE(run_pub(at(broker) + message + words{"-r"}).code == 0);
  process_options asked;
  asked.command = sub(at(broker) + words{"--clean-retained", "a"});
  asked.input = input_from::terminal;
  asked.error = output_to::terminal;
  process cleaner(asked);
  REQUIRE(cleaner.prints("[y/N] "));
  cleaner.type("n\n");
  const auto ended = cleaner.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->code == static_cast<int>(exit_code::failed));
}

TEST_CASE("2: the command line is wrong") {
  both_end({"-q", "3"}, exit_code::usage, {"-q 3"});
  both_end({"--no-such-option"}, exit_code::usage, {"--no-such-option"});
}

TEST_CASE("3: there is no such name") {
  both_end({"-h", "broker.invalid"}, exit_code::name_not_found,
           {"broker.invalid: resolve: ", "check the host name"});
}

TEST_CASE("4: nobody listens there") {
  const std::string port = std::to_string(free_port());
  both_end({"-h", "127.0.0.1", "-p", port}, exit_code::cannot_connect,
           {"127.0.0.1:" + port + ": connect: connection refused", "is the broker running"});
}

TEST_CASE("4: something else than MQTT answers") {
  scripted_broker web([](peer& client) {
    client.sends_bytes("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    client.closes();
  });
  both_end(at(web.port()), exit_code::cannot_connect, {"connack: ", "does not speak MQTT"});
}

TEST_CASE("4: the port closes without an answer") {
  scripted_broker mute([](peer& client) {
    client.expects(packet_type::connect);
    client.closes();
  });
  both_end(at(mute.port()), exit_code::cannot_connect, {"connack: ", "the broker may expect TLS"});
}

TEST_CASE("5: certificates") {
  NEEDS_MOSQUITTO();
  struct made {
    certificate_kind kind;
    std::string words;
  };
  const std::vector<made> kinds{
      {certificate_kind::expired, "certificate has expired (2020-02-01"},
      {certificate_kind::not_yet_valid, "certificate is not yet valid"},
      {certificate_kind::wrong_host, "certificate is for broker.invalid"},
      {certificate_kind::self_signed, "self-signed certificate"},
      {certificate_kind::untrusted, "unknown certificate authority"},
      {certificate_kind::incomplete_chain, "unknown certificate authority"},
  };
  for (const made& each : kinds) {
    CAPTURE(each.words);
    mosquitto_options options;
    options.tls = true;
    options.certificate = each.kind;
    mosquitto broker(options);
    both_end(at(broker.tls_port()) + words{"--cafile", test_certificates().ca()}, exit_code::tls,
             {": tls: ", each.words});
  }
}

TEST_CASE("5: a client certificate is missing, or the port does not speak TLS") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.mutual_tls = true;
  mosquitto broker(options);
  const words trusting{"--cafile", test_certificates().ca()};
  both_end(at(broker.mutual_tls_port()) + trusting, exit_code::tls,
           {"certificate required", "--cert FILE and --key FILE"});
  both_end(at(broker) + trusting, exit_code::tls, {": tls: "});
}

TEST_CASE("6: the broker does not speak this version") {
  scripted_broker old(refuses(0x01));
  both_end(at(old.port()) + words{"-V", "3.1.1"}, exit_code::version_refused, {"-V"});
  scripted_broker newer(refuses(0x84));
  both_end(at(newer.port()) + words{"-V", "5"}, exit_code::version_refused, {"(0x84)"});
}

TEST_CASE("7: the broker refuses the client identifier") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.lines = {"clientid_prefixes ours-"};
  mosquitto broker(options);
  both_end(at(broker) + words{"-i", "theirs"}, exit_code::not_authorised, {"not authorized"});
  scripted_broker strict(refuses(0x02));
  both_end(at(strict.port()) + words{"-V", "3.1.1"}, exit_code::identifier_refused, {"-i"});
}

TEST_CASE("8 and 9: credentials") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.password = true;
  mosquitto broker(options);
  const words wrong{"-u", std::string(mosquitto::user), "-P", "wrong"};
  // Mosquitto says "not authorised" for a wrong password in every version.
  both_end(at(broker) + wrong, exit_code::not_authorised, {"check -u and -P"});
  both_end(at(broker) + wrong + words{"-V", "5"}, exit_code::not_authorised, {"check -u and -P"});
  both_end(at(broker), exit_code::not_authorised, {"check -u and -P"});
  scripted_broker exact(refuses(0x04));
  both_end(at(exact.port()) + words{"-V", "3.1.1"}, exit_code::bad_credentials,
           {"check -u and -P"});
}

TEST_CASE("10: the broker refuses for another reason") {
  scripted_broker busy(refuses(0x89));
  both_end(at(busy.port()) + words{"-V", "5"}, exit_code::refused, {"server busy", "later"});
}

TEST_CASE("11: a message is refused, however it comes") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.acl = "user " + std::string(mosquitto::user) + "\ntopic write open/#\n";
  mosquitto broker(options);
  const words common = at(broker) + words{"-V", "5",
                                          "-q", "1",
                                          "-u", std::string(mosquitto::user),
                                          "-P", std::string(mosquitto::user_password)};
  ends(run_pub(common + words{"-t", "shut", "-m", "x"}), exit_code::publish_refused,
       {"publish to 'shut'", "not authorized (0x87)"});
  ends(run_pub_with_input(common + words{"-t", "shut", "-l"}, "1\n"), exit_code::publish_refused,
       {"publish to 'shut': line 1: refused by the broker: not authorized"});
  CHECK(run_pub(common + words{"-t", "open/a", "-m", "x"}).code == 0);
}

TEST_CASE("11: a message is larger than the broker takes") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.lines = {"max_packet_size 1000"};
  mosquitto broker(options);
  const finished result =
      run_pub_with_input(at(broker) + words{"-V", "5", "-q", "1", "-t", "a", "-l"},
                         "short\n" + std::string(2000, 'x') + "\nshort again\n");
  CHECK(result.code == static_cast<int>(exit_code::publish_refused));
  CHECK(result.err.find("mqtt-pub: publish to 'a': line 2: packet too large") == 0);
  CHECK(result.err.find("\nmqtt-pub: 2 messages acknowledged, 1 refused\n") != std::string::npos);
  CHECK(count_of(broker.log(), "Sending PUBACK") == 2);
}

TEST_CASE("12: a subscription is refused") {
  scripted_broker strict([](peer& client) {
    client.accepts();
    const auto request = client.receives<subscribe_packet>(packet_type::subscribe);
    suback_packet no;
    no.packet_id = request->packet_id;
    const std::string codes = "\x87";
    no.codes = as_bytes(codes);
    client.sends(packet_type::suback, no);
    client.serves();
  });
  ends(run_sub(at(strict.port()) + words{"-V", "5", "-t", "a/#"}), exit_code::subscribe_refused,
       {"subscribe to 'a/#': refused by the broker: not authorized (0x87)"});
}

TEST_CASE("12: one of two subscriptions is refused; the other one works") {
  scripted_broker picky([](peer& client) {
    client.accepts();
    const auto request = client.receives<subscribe_packet>(packet_type::subscribe);
    suback_packet half;
    half.packet_id = request->packet_id;
    const std::string codes("\x80\x00", 2);
    half.codes = as_bytes(codes);
    client.sends(packet_type::suback, half);
    publish_packet given;
    given.topic = "b";
    given.payload = as_bytes("x");
    client.sends(given);
    client.serves();
  });
  const finished result = run_sub(at(picky.port()) + words{"-t", "a", "-t", "b", "-C", "1"});
  CHECK(result.out == "x\n");
  ends(result, exit_code::subscribe_refused, {"subscribe to 'a': refused"});
}

TEST_CASE("13: the connection is lost in the middle of a single publish") {
  scripted_broker dropping([](peer& client) {
    client.accepts();
    client.expects(packet_type::publish);
    client.closes();
  });
  ends(run_pub(at(dropping.port()) + message), exit_code::lost,
       {"session: ", "1 sent and not acknowledged"});
}

TEST_CASE("13: the broker ends the connection for a reason that will not pass") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.grants();
    client.sends(packet_type::disconnect, reason_packet{0x8E, {}});
    client.closed_by_client();
  });
  ends(run_sub(at(broker.port()) + words{"-V", "5", "-t", "a"}), exit_code::lost,
       {"session taken over (0x8E)", "-i"});
  CHECK(broker.connections() == 1);
}

TEST_CASE("14: the broker answers, and does not acknowledge") {
  scripted_broker silent([](peer& client) {
    client.accepts();
    client.expects(packet_type::publish);
    client.closed_by_client();
  });
  std::string line[] = {"mqtt-pub",   "-h", "127.0.0.1", "-p", std::to_string(silent.port()),
                        "-t",         "a",  "-n",        "-q", "1",
                        "--no-config"};
  std::vector<char*> arguments;
  for (std::string& word : line) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  tools::pub_settings settings;
  REQUIRE(
      tools::parse(static_cast<int>(std::size(line)), arguments.data(), settings, {}).outcome.run);
  const tools::stderr_log log("mqtt-pub", true);
  tools::runner loop;
  // The program itself waits for a minute.
  tools::publisher publisher(loop, std::move(settings), {}, log, 100ms);
  CHECK(loop.run([&publisher]() { return publisher.work(); }) == exit_code::unacknowledged);
  CHECK(silent.failure() == "");
}

TEST_CASE("15: the output cannot be written") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  REQUIRE(run_pub(at(broker) + message + words{"-r"}).code == 0);
  const auto into_full = [](const words& arguments) {
    process_options full;
    full.command = sub(arguments);
    full.output = output_to::full_device;
    return run(full);
  };
  const words reader = at(broker) + words{"-t", "a"};
  ends(into_full(reader + words{"-C", "1"}), exit_code::output_failed,
       {"standard output: No space left on device"});
  // What is printed at the end counts as well, whatever the end is.
  for (const words& end : {words{"-C", "1"}, words{"-W", "1"}, words{"--idle", "100ms"}})
    ends(into_full(reader + words{"--tree"} + end), exit_code::output_failed,
         {"standard output: No space left on device"});
  for (const std::string text : {"--help", "--help-all", "--version", "--json-schema"}) {
    CAPTURE(text);
    CHECK(into_full({text}).code == static_cast<int>(exit_code::output_failed));
  }
}

TEST_CASE("17: the message waits in the outbox") {
  const temp_folder folder;
  ends(run_pub(at(free_port()) + message + words{"--outbox", folder.file("box")}),
       exit_code::queued, {"connection refused", "1 message waits in outbox"});
}

TEST_CASE("19: a packet is larger than was to be taken, and is not asked for again") {
  for (const std::string version : {"3.1.1", "5"}) {
    CAPTURE(version);
    std::atomic<std::uint32_t> told{0};
    scripted_broker broker([&](peer& client) {
      const auto connect = client.accepts();
      told = connect->properties.number(property_id::maximum_packet_size).value_or(0);
      if (client.version() == protocol_version::v5) {
        client.sends_hex("30 80 80 C0 01 0003 612F62 00");
      } else {
        client.sends_hex("30 80 80 C0 01 0003 612F62");
      }
      client.closed_by_client();
    });
    const words session = at(broker.port()) + words{"-V", version, "-c", "-i", "x"};
    ends(run_sub(session + words{"-t", "a", "--max-packet-size", "1500k"}), exit_code::too_large,
         {"session: packet too large: PUBLISH of 3145733 bytes to \"a/b\"",
          "where 1536000 are taken", "--max-packet-size"});
    CHECK(told == (version == "5" ? 1'536'000u : 0u));
    ends(run_pub(session + message), exit_code::too_large, {"where 1048576 are taken"});
    CHECK(told == 0);  // the messages of a kept session may be another's
    ends(run_pub(at(broker.port()) + words{"-V", version} + message), exit_code::too_large,
         {"where 1048576 are taken"});
    CHECK(told == (version == "5" ? 1u << 20 : 0u));
    CHECK(broker.connections() == 3);
    CHECK(broker.failure() == "");
  }
}

TEST_CASE("27: the time is over") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  ends(run_sub(at(broker) + words{"-t", "a", "-W", "1"}), exit_code::timeout,
       {"timed out after 1 s (-W)"});
  ends(run_sub(at(broker) + words{"-t", "a", "--idle", "100ms"}), exit_code::timeout,
       {"nothing came for 100.0 ms (--idle)"});
}

TEST_CASE("130 and 143: interrupted and terminated") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  for (const auto& [number, code] :
       {std::pair{SIGINT, exit_code::interrupted}, std::pair{SIGTERM, exit_code::terminated}}) {
    subscription_of subscriber(broker, at(broker) + words{"-t", "a"});
    subscriber.running().signal(number);
    subscriber.output(static_cast<int>(code));
  }
}

TEST_CASE("130: interrupted while the broker owes an acknowledgement") {
  std::promise<void> has_message;
  scripted_broker lazy([&](peer& client) {
    client.accepts();
    client.expects(packet_type::publish);
    has_message.set_value();
    client.closed_by_client();
  });
  process_options options;
  options.command = pub(at(lazy.port()) + message);
  process publisher(options);
  REQUIRE(has_message.get_future().wait_for(patience) == std::future_status::ready);
  publisher.signal(SIGINT);
  const auto ended = publisher.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->signal == SIGINT);
  is_one_line(publisher.err(),
              {"interrupted: 0 messages acknowledged, 1 sent and not acknowledged"});
}

TEST_CASE("16: the input cannot be read") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  ends(run_pub(at(broker) + words{"-t", "a", "-f", "/no/such/file"}), exit_code::input_failed,
       {"/no/such/file: No such file or directory"});
  ends(run_pub(at(broker) + words{"-t", "a", "-f", "/"}), exit_code::input_failed,
       {"/: Is a directory"});
  process_options closed;
  closed.command = pub(at(broker) + words{"-t", "a", "-l"});
  closed.input = input_from::closed;
  ends(run(closed), exit_code::input_failed, {"standard input: Bad file descriptor"});
}

TEST_CASE("--quiet keeps the exit code and drops the words") {
  const finished result = run_pub(
      {"-h", "127.0.0.1", "-p", std::to_string(free_port()), "--quiet", "-t", "a", "-m", "x"});
  CHECK(result.code == 4);
  CHECK(result.err == "");
}

}  // namespace mqttkit::testing
