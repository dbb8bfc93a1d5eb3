// One message through every mode of a real broker, in every protocol version and at every QoS.
#include <fstream>
#include <iterator>

#include "programs.hpp"
#include "support/certificates.hpp"
#include "support/ports.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::testing {
namespace {

const words versions{"3.1", "3.1.1", "5"};

// Publishes and receives at each QoS in each version over a connection; both programs use it.
void passes_messages(const mosquitto& broker, const words& connection) {
  for (const std::string& version : versions) {
    for (const std::string qos : {"0", "1", "2"}) {
      CAPTURE(version);
      CAPTURE(qos);
      const words common = connection + words{"-V", version, "-q", qos, "-t", "a/b"};
      subscription_of subscriber(broker, common + words{"-C", "1", "-F", "%t %q %p"});
      const finished published = run_pub(common + words{"-m", "hello"});
      CHECK_MESSAGE(published.code == 0, published.err);
      CHECK(published.err == "");
      CHECK(subscriber.output() == "a/b " + qos + " hello\n");
    }
  }
}

words trusting_ca() { return {"--cafile", test_certificates().ca()}; }

}  // namespace

TEST_CASE("messages pass over TCP") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  passes_messages(broker, at(broker));
}

TEST_CASE("messages pass over IPv6") {
  NEEDS_MOSQUITTO();
  std::ifstream disabled("/proc/sys/net/ipv6/conf/lo/disable_ipv6");
  std::string value;
  if (!(disabled >> value) || value != "0") {
    MESSAGE("skipped: this machine has no IPv6 on its loopback");
    return;
  }
  mosquitto_options options;
  const std::uint16_t port = free_port();
  options.lines = {"listener " + std::to_string(port) + " ::1"};
  mosquitto broker(options);
  passes_messages(broker, {"-h", "::1", "-p", std::to_string(port)});
  passes_messages(broker, {"mqtt://[::1]:" + std::to_string(port)});
}

TEST_CASE("messages pass over a Unix socket") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.unix_socket = true;
  mosquitto broker(options);
  passes_messages(broker, {"--unix", broker.unix_path()});
  CHECK(run_pub({"-L", "unix://" + broker.unix_path(), "-t", "a", "-m", "x"}).code == 0);
  CHECK(run_pub({"unix://" + broker.unix_path(), "-t", "a", "-m", "x"}).code == 0);
}

TEST_CASE("messages pass over TLS") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.tls = true;
  mosquitto broker(options);
  passes_messages(broker, at(broker.tls_port()) + trusting_ca());
}

#ifdef MQTTKIT_OPENSSL_LATER

TEST_CASE("OpenSSL is there once TLS was asked for, and not before") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.tls = true;
  mosquitto broker(options);
  const auto has_openssl = [&](const words& connection) {
    subscription_of subscriber(broker, connection + words{"-t", "a", "-C", "1"});
    std::ifstream in("/proc/" + std::to_string(subscriber.running().pid()) + "/maps");
    const std::string mapped(std::istreambuf_iterator<char>(in), {});
    REQUIRE(mapped.find("mqtt-sub") != std::string::npos);
    CHECK(run_pub(at(broker) + words{"-t", "a", "-m", "x"}).code == 0);
    CHECK(subscriber.output() == "x\n");
    return mapped.find("/libssl") != std::string::npos ||
           mapped.find("/libcrypto") != std::string::npos;
  };
  CHECK_FALSE(has_openssl(at(broker)));
  CHECK(has_openssl(at(broker.tls_port()) + trusting_ca()));
}

TEST_CASE("without OpenSSL all but TLS works, and TLS says what is missing") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const temp_folder folder;
  const std::string library = "libssl.so." + std::to_string(OPENSSL_MAJOR);
  std::ofstream(folder.file(library)) << "no library";
  process_options asked;
  asked.environment = {{"LD_LIBRARY_PATH", folder.path().string()}};
  asked.command = pub(at(broker) + words{"-t", "a", "-m", "x"});
  CHECK(run(asked).code == 0);
  asked.command = pub(at(broker) + words{"-t", "a", "-m", "x", "--tls-use-os-certs"});
  const finished told = run(asked);
  CHECK(told.code != 0);
  CHECK_MESSAGE(told.err.find("TLS needs OpenSSL, which cannot be loaded: ") != std::string::npos,
                told.err);
  CHECK_MESSAGE(told.err.find(library) != std::string::npos, told.err);
}

#endif

#ifdef MQTTKIT_STATIC_LIBM

TEST_CASE("a client that needs no TLS maps no library but libc") {
  NEEDS_MOSQUITTO();
  if (is_sanitized()) return;  // whose runtime is a library
  mosquitto broker;
  subscription_of subscriber(broker, at(broker) + words{"-t", "a", "-C", "1"});
  std::ifstream in("/proc/" + std::to_string(subscriber.running().pid()) + "/maps");
  for (std::string line; std::getline(in, line);) {
    if (line.find(".so") == std::string::npos) continue;
    const bool is_libc =
        line.find("/libc.so") != std::string::npos || line.find("/ld-linux") != std::string::npos;
    CHECK_MESSAGE(is_libc, line);
  }
}

#endif

TEST_CASE("messages pass over TLS with a client certificate") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.mutual_tls = true;
  mosquitto broker(options);
  const key_pair client = test_certificates().client();
  passes_messages(broker, at(broker.mutual_tls_port()) + trusting_ca() +
                              words{"--cert", client.certificate, "--key", client.key});
}

TEST_CASE("messages pass over TLS with a pre-shared key") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.psk = true;
  mosquitto broker(options);
  passes_messages(broker, at(broker.psk_port()) + words{"--psk", std::string(mosquitto::psk_key),
                                                        "--psk-identity",
                                                        std::string(mosquitto::psk_identity)});
}

TEST_CASE("messages pass over WebSocket") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.websocket = true;
  mosquitto broker(options);
  passes_messages(broker, at(broker.websocket_port()) + words{"--ws"});
}

TEST_CASE("messages pass over secure WebSocket") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.secure_websocket = true;
  mosquitto broker(options);
  passes_messages(broker, at(broker.secure_websocket_port()) + words{"--ws"} + trusting_ca());
}

TEST_CASE("messages pass with a user name and a password") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.password = true;
  mosquitto broker(options);
  passes_messages(broker, at(broker) + words{"-u", std::string(mosquitto::user), "-P",
                                             std::string(mosquitto::user_password)});
}

TEST_CASE("a URL says where, as whom and on which topic") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.password = true;
  options.tls = true;
  options.websocket = true;
  options.secure_websocket = true;
  mosquitto broker(options);
  const std::string who =
      std::string(mosquitto::user) + ":" + std::string(mosquitto::user_password) + "@localhost:";
  const auto url = [&](const std::string& scheme, std::uint16_t port) {
    return scheme + "://" + who + std::to_string(port);
  };
  subscription_of subscriber(
      broker, {"-L", url("mqtt", broker.port()) + "/from/url", "-C", "4", "-v", "-q", "1"});
  const words message{"-q", "1", "-m"};
  CHECK(
      run_pub(words{"-L", url("mqtt", broker.port()) + "/from/url"} + message + words{"1"}).code ==
      0);
  CHECK(run_pub(words{"-L", url("mqtts", broker.tls_port()) + "/from/url"} + trusting_ca() +
                message + words{"2"})
            .code == 0);
  CHECK(run_pub(words{"-L", url("ws", broker.websocket_port()) + "/mqtt", "-t", "from/url"} +
                message + words{"3"})
            .code == 0);
  CHECK(
      run_pub(words{"-L", url("wss", broker.secure_websocket_port()) + "/mqtt", "-t", "from/url"} +
              trusting_ca() + message + words{"4"})
          .code == 0);
  CHECK(subscriber.output() == "from/url 1\nfrom/url 2\nfrom/url 3\nfrom/url 4\n");
}

TEST_CASE("a message of 20 MB passes unchanged over every transport") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.tls = true;
  options.websocket = true;
  mosquitto broker(options);
  std::string payload(20'000'000, '\0');
  std::uint32_t state = 1;
  for (char& byte : payload)
    byte = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  const std::string path = broker.folder().write("payload", payload);
  // Mosquitto 2.0.11 sends WebSocket in pieces of 4 KiB, ten a second; it receives as fast as TCP.
  const words websocket = at(broker.websocket_port()) + words{"--ws"};
  const words tls = at(broker.tls_port()) + trusting_ca();
  const std::vector<std::pair<words, words>> ways{
      {at(broker), tls}, {tls, at(broker)}, {websocket, at(broker)}};
  for (const auto& [from, to] : ways) {
    CAPTURE(from.back());
    subscription_of subscriber(broker, to + words{"-t", "big", "-C", "1", "-N", "-q", "1"});
    const finished published = run_pub(from + words{"-t", "big", "-q", "1", "-f", path});
    CHECK_MESSAGE(published.code == 0, published.err);
    CHECK((subscriber.output() == payload));
  }
}

}  // namespace mqttkit::testing
