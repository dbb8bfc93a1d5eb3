// How long the programs wait for a broker: --connect-timeout, --wait-broker.
#include <thread>

#include "endings.hpp"
#include "support/ports.hpp"
#include "support/scripted_broker.hpp"
#include "support/silent_port.hpp"

using namespace mqttkit;
using namespace mqttkit::testing;

TEST_CASE("4: a silent host is a connection that timed out, for both programs") {
  const silent_port nobody;
  both_end(at(nobody.number()) + words{"--connect-timeout", "300ms"}, exit_code::cannot_connect,
           {"connect: timed out", "no answer within 300 ms"});
}

TEST_CASE("4: --connect-timeout holds for the broker's answer as well") {
  scripted_broker mute([](peer& client) { client.closed_by_client(); });
  for (const words& how : {words{}, words{"--ws"}, words{"--tls-use-os-certs"}}) {
    const words options = at(mute.port()) + how + words{"--connect-timeout", "300ms"};
    const finished result = run_sub(options + words{"-t", "a"});
    const auto code =
        how.size() == 1 && how[0].starts_with("--tls") ? exit_code::tls : exit_code::cannot_connect;
    CHECK_MESSAGE(result.code == static_cast<int>(code), result.err);
    CHECK(result.took < 3s);
  }
}

TEST_CASE("--wait-broker waits for a broker that starts later") {
  NEEDS_MOSQUITTO();
  for (const bool publishes : {true, false}) {
    CAPTURE(publishes);
    mosquitto broker;
    broker.stop();
    process_options options;
    const words waiting = at(broker) + words{"--wait-broker", "20s"};
    options.command = publishes ? pub(waiting + message) : sub(waiting + words{"-t", "a", "-E"});
    process early(options);
    REQUIRE(early.prints("; waiting for the broker\n"));
    broker.start();
    const auto ended = early.wait();
    REQUIRE(ended.has_value());
    CHECK_MESSAGE(ended->code == 0, early.err());
    CHECK(line_count(early.err()) == 1);
  }
}

TEST_CASE("--wait-broker ends with its time, and with the code of the last attempt") {
  const words nobody = at(free_port()) + words{"--wait-broker", "700ms"};
  for (const words& command : {pub(nobody + message), sub(nobody + words{"-t", "a"})}) {
    const finished result = run(command);
    CHECK_MESSAGE(result.code == static_cast<int>(exit_code::cannot_connect), result.err);
    CHECK(result.took >= 700ms);
    CHECK(result.took < 5s);
  }
  const silent_port silent;
  const finished cut = run_pub(at(silent.number()) + words{"--wait-broker", "700ms"} + message);
  CHECK_MESSAGE(cut.code == static_cast<int>(exit_code::cannot_connect), cut.err);
  CHECK(cut.took < 5s);
}

TEST_CASE("--wait-broker waits for nothing that waiting does not mend") {
  scripted_broker strict([](peer& client) {
    connack_packet refused;
    refused.reason = 5;
    client.accepts(refused);
  });
  const finished result = run_sub(at(strict.port()) + words{"--wait-broker", "20s", "-t", "a"});
  CHECK_MESSAGE(result.code == static_cast<int>(exit_code::not_authorised), result.err);
  CHECK(strict.connections() == 1);
}

TEST_CASE("SSLKEYLOGFILE that cannot be written is a warning, and the program goes on") {
  process_options options;
  options.command = sub(at(free_port()) + words{"--tls-use-os-certs", "-t", "a"});
  options.environment = {{"SSLKEYLOGFILE", "/no/such/folder/keys"}};
  const finished result = run(options);
  CHECK_MESSAGE(result.code == static_cast<int>(exit_code::cannot_connect), result.err);
  CHECK(result.err.starts_with("mqtt-sub: warning: SSLKEYLOGFILE /no/such/folder/keys: "));
}

TEST_CASE("-C at QoS 2 takes a kept session piece by piece, though the broker sends too much") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const words keeper =
      at(broker) + words{"-V", "5", "-q", "2", "-c", "-i", "keeper", "-x", "600", "-t", "k"};
  CHECK(run_sub(keeper + words{"-E"}).code == 0);
  CHECK(
      run_pub_with_input(at(broker) + words{"-t", "k", "-l", "-q", "2"}, numbered_lines(40)).code ==
      0);
  std::string printed;
  for (int i = 0; i < 8; ++i) {
    const finished piece = run_sub(keeper + words{"-C", "5", "-W", "10"});
    CHECK_MESSAGE(piece.code == 0, piece.err);
    printed += piece.out;
  }
  CHECK(printed == numbered_lines(40));
}
