// Settings that are not on the command line, and secrets that must not stay there.
#include <algorithm>
#include <filesystem>
#include <string>

#include "integration/programs.hpp"
#include "support/temp_folder.hpp"

using namespace mqttkit::testing;

namespace {

const std::string user(mosquitto::user);
const std::string password(mosquitto::user_password);

mosquitto_options with_password() {
  mosquitto_options options;
  options.password = true;
  return options;
}

/// A folder for $XDG_CONFIG_HOME.
struct config_home {
  std::string write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((folder.path() / name).parent_path());
    std::string path = folder.write(name, text);
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
  }
  process_options running(words command) const {
    process_options options;
    options.command = std::move(command);
    options.environment = {{"XDG_CONFIG_HOME", folder.path().string()}};
    return options;
  }
  finished run(words command) const { return mqttkit::testing::run(running(std::move(command))); }

  temp_folder folder;
};

/// What ps(1) shows of a process.
std::string command_line_of(const process& of) {
  std::string line = read_file("/proc/" + std::to_string(of.pid()) + "/cmdline");
  std::replace(line.begin(), line.end(), '\0', ' ');
  return line;
}

}  // namespace

TEST_CASE("a profile says where and as whom, and a message goes there with nothing but a topic") {
  NEEDS_MOSQUITTO();
  mosquitto broker(with_password());
  config_home home;
  home.write("mqtt-toolkit/lab-password", password + "\n");
  home.write("mqtt-toolkit/config", "host = nowhere.invalid\n[lab]\nurl = mqtt://" + user +
                                        "@127.0.0.1:" + std::to_string(broker.port()) +
                                        "\npassword-file = lab-password\n");
  subscription_of subscriber(broker, {"--profile", "lab", "-t", "a", "-C", "1"}, home.running({}));
  const auto sent = home.run(pub({"--profile", "lab", "-t", "a", "-q", "1", "-m", "hello"}));
  CHECK_MESSAGE(sent.code == 0, sent.err);
  CHECK(sent.err.empty());
  CHECK(subscriber.output() == "hello\n");
  CHECK(home.run(pub({"-t", "a", "-m", "x"})).err.find("nowhere.invalid") != std::string::npos);
}

TEST_CASE("MQTT_URL, MQTT_USERNAME and MQTT_PASSWORD are enough to connect") {
  NEEDS_MOSQUITTO();
  mosquitto broker(with_password());
  process_options options;
  options.environment = {{"MQTT_URL", "mqtt://127.0.0.1:" + std::to_string(broker.port()) + "/a"},
                         {"MQTT_USERNAME", user},
                         {"MQTT_PASSWORD", password}};
  subscription_of subscriber(broker, {"-C", "1"}, options);
  options.command = pub({"-q", "1", "-m", "hello"});
  const auto sent = run(options);
  CHECK_MESSAGE(sent.code == 0, sent.err);
  CHECK(subscriber.output() == "hello\n");
}

TEST_CASE("a configuration file of mosquitto's clients does for ours what it does for theirs") {
  NEEDS_MOSQUITTO();
  NEEDS_PROGRAM("mosquitto_pub");
  const std::string theirs = find_program("mosquitto_pub");
  mosquitto broker(with_password());
  config_home home;
  home.write("mosquitto_pub", "# where to\n-h 127.0.0.1\n--port " + std::to_string(broker.port()) +
                                  "\n-u " + user + "\n-P " + password +
                                  "\n  -t a/b\n-q 1\n-m  two  words # and more \n");
  subscription_of subscriber(broker, at(broker) + words{"-u", user, "-P", password, "-t", "#", "-C",
                                                        "2", "-F", "%q%t[%p]"});
  CHECK(home.run({theirs}).code == 0);
  const auto sent = home.run(pub({}));
  CHECK_MESSAGE(sent.code == 0, sent.err);
  CHECK(subscriber.output() == "0a/b[ two  words # and more ]\n0a/b[ two  words # and more ]\n");
}

TEST_CASE("--ask-password asks on the terminal and does not show what is typed") {
  NEEDS_MOSQUITTO();
  mosquitto broker(with_password());
  process_options options;
  options.command = pub(at(broker) + words{"-u", user, "--ask-password", "-t", "a", "-m", "x"});
  options.input = input_from::terminal;
  options.output = output_to::terminal;
  process running(options);
  REQUIRE_MESSAGE(running.wait_until([](const process& of) {
    return of.screen().find("Password of " + user + " at 127.0.0.1: ") != std::string::npos;
  }),
                  running.err());
  running.type(password + "\n");
  const auto ended = running.wait();
  REQUIRE(ended);
  CHECK_MESSAGE(ended->code == 0, running.err());
  CHECK(running.screen().find(password) == std::string::npos);
}

TEST_CASE("an interrupt at the question ends the program with the terminal as it was") {
  process_options options;
  // The shell tells whether echo is on afterwards.
  options.command = {"/bin/sh", "-c",
                     "trap : INT; \"$0\" -u me --ask-password -t a -m x; echo \"status $?\"; "
                     "stty -a | grep -o -e '-*echo '",
                     program("mqtt-pub")};
  options.input = input_from::terminal;
  options.output = output_to::terminal;
  options.error = output_to::terminal;
  process running(options);
  REQUIRE(running.wait_until(
      [](const process& of) { return of.screen().find("Password of me") != std::string::npos; }));
  running.type("\x03");
  CHECK(running.wait());
  CHECK_MESSAGE(running.screen().find("status 130") != std::string::npos, running.screen());
  CHECK_MESSAGE(running.screen().find("\necho ") != std::string::npos, running.screen());
}

TEST_CASE("a scheme or port on the command line beats a file's hint of TLS, which an error names") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string port = std::to_string(broker.port());
  config_home home;
  const std::string file =
      home.write("mqtt-toolkit/config", "cafile = " + test_certificates().ca() + "\n");
  const words message{"-t", "a", "-m", "x", "-q", "1"};
  const std::string url = "mqtt://127.0.0.1:" + port;
  const auto by_url = home.run(pub({url}) + message);
  CHECK_MESSAGE(by_url.code == 0, by_url.err);
  CHECK(by_url.err == "");
  process_options by_variable = home.running(pub(message));
  by_variable.environment.emplace_back("MQTT_URL", url);
  CHECK(run(std::move(by_variable)).code == 0);
  // An address says nothing of TLS, and no password goes out in the clear because of it.
  const auto by_address = home.run(pub(at(broker)) + message);
  CHECK(by_address.code == 5);
  CHECK_MESSAGE(by_address.err.find("; TLS is on because of " + file +
                                    ":1: cafile, --no-tls goes without\n") != std::string::npos,
                by_address.err);
  CHECK(home.run(pub(at(broker)) + message + words{"--no-tls"}).code == 0);
  // What the command line itself asks for is not blamed on a file.
  const auto asked = home.run(pub({"mqtts://127.0.0.1:" + port}) + message);
  CHECK(asked.code == 5);
  CHECK(asked.err.find("because of") == std::string::npos);
  // Files of mosquitto's clients mean what they mean there.
  config_home theirs;
  theirs.write("mosquitto_pub", "--cafile " + test_certificates().ca() + "\n");
  CHECK(theirs.run(pub({url}) + message).code == 5);
}

namespace {

mosquitto_options with_client_certificates() {
  mosquitto_options options;
  options.mutual_tls = true;
  return options;
}

words secure_with(const mosquitto& broker, const words& ours) {
  return pub({"-h", "127.0.0.1", "-p", std::to_string(broker.mutual_tls_port()), "--cafile",
              test_certificates().ca(), "-t", "a", "-m", "x", "-q", "1"}) +
         ours;
}

/// Types `passphrase` once it is asked for.
exit_result answers(words command, const std::string& file, const std::string& passphrase) {
  process_options options;
  options.command = std::move(command);
  options.input = input_from::terminal;
  options.output = output_to::terminal;
  process running(options);
  REQUIRE_MESSAGE(running.prints("Passphrase of " + file + ": "), running.err());
  running.type(passphrase + "\n");
  const auto ended = running.wait();
  REQUIRE(ended);
  CHECK(running.screen().find(passphrase) == std::string::npos);
  return *ended;
}

/// Without a terminal, whatever this test runs on.
finished asks_nobody(const words& command) { return run(words{"setsid", "-w"} + command); }

}  // namespace

TEST_CASE("the passphrase of an encrypted key is asked for on a terminal, and else missed") {
  NEEDS_MOSQUITTO();
  NEEDS_PROGRAM("setsid");
  mosquitto broker(with_client_certificates());
  const key_pair client = test_certificates().encrypted_client();
  const words command = secure_with(broker, {"--cert", client.certificate, "--key", client.key});
  const std::string passphrase(certificates::key_password);
  CHECK(answers(command, client.key, passphrase).code == 0);
  CHECK(answers(command, client.key, "another one").code == 5);
  const finished alone = asks_nobody(command);
  CHECK(alone.code == 5);
  CHECK_MESSAGE(alone.err.find("is encrypted and no passphrase was given; give it with "
                               "--key-pass-file FILE") != std::string::npos,
                alone.err);
}

TEST_CASE("a PKCS#12 file is certificate and key in one") {
  NEEDS_MOSQUITTO();
  NEEDS_PROGRAM("setsid");
  NEEDS_PROGRAM("openssl");
  mosquitto broker(with_client_certificates());
  const key_pair client = test_certificates().client();
  const temp_folder folder;
  const std::string passphrase(certificates::key_password);
  const auto made = [&](const std::string& name, const std::string& locked_by) {
    const std::string file = folder.file(name);
    REQUIRE(run({"openssl", "pkcs12", "-export", "-in", client.certificate, "-inkey", client.key,
                 "-out", file, "-passout", "pass:" + locked_by})
                .code == 0);
    return file;
  };
  const std::string locked = made("locked.p12", passphrase);
  CHECK(answers(secure_with(broker, {"--cert", locked}), locked, passphrase).code == 0);
  const std::string word = folder.write("word", passphrase + "\n");
  const finished by_file = run(secure_with(broker, {"--cert", locked, "--key-pass-file", word}));
  CHECK_MESSAGE(by_file.code == 0, by_file.err);
  const finished alone = asks_nobody(secure_with(broker, {"--cert", locked}));
  CHECK(alone.code == 5);
  CHECK_MESSAGE(alone.err.find("the PKCS#12 file is encrypted and no passphrase was given; give it "
                               "with --key-pass-file FILE") != std::string::npos,
                alone.err);
  CHECK(asks_nobody(secure_with(broker, {"--cert", made("open.p12", "")})).code == 0);
  CHECK(run(secure_with(broker, {"--cert", locked, "--key", client.key})).code == 2);
}

TEST_CASE("--trust-any-certificate takes any, says so, and sends no password unless told to") {
  NEEDS_MOSQUITTO();
  mosquitto_options with = with_password();
  with.tls = true;
  with.certificate = certificate_kind::untrusted;
  mosquitto broker(with);
  const words command = pub({"-h", "127.0.0.1", "-p", std::to_string(broker.tls_port()),
                             "--tls-use-os-certs", "-t", "a", "-m", "x", "-q", "1"});
  CHECK(run(command).code == 5);
  const words trusting = command + words{"--trust-any-certificate"};
  const finished unnamed = run(trusting);
  CHECK(unnamed.code == 9);  // the broker has seen it, and wants a user
  CHECK(unnamed.err.find("mqtt-pub: warning: --trust-any-certificate: the broker's certificate is "
                         "not checked, anybody may pose as it\n") == 0);
  const words credentials{"-u", user, "-P", password};
  const finished refused = run(trusting + credentials);
  CHECK(refused.code == 2);
  CHECK(refused.err.find("exclude each other: whoever answers would learn the password; "
                         "--send-password-unverified sends it all the same") != std::string::npos);
  const finished sent = run(trusting + credentials + words{"--send-password-unverified"});
  CHECK_MESSAGE(sent.code == 0, sent.err);
  CHECK(sent.err.find("warning: ") != std::string::npos);
  CHECK(run(command + words{"--send-password-unverified"}).code == 2);
}

TEST_CASE("-u without a password asks nothing, as in mosquitto_pub") {
  NEEDS_MOSQUITTO();
  mosquitto broker(with_password());
  process_options options;
  options.command = pub(at(broker) + words{"-u", user, "-t", "a", "-m", "x"});
  options.input = input_from::terminal;
  const auto result = run(options);
  CHECK(result.code == 9);  // mosquitto: not authorised
  CHECK(result.err.find("Password") == std::string::npos);
}

TEST_CASE("a password comes from standard input when a program hands it over") {
  NEEDS_MOSQUITTO();
  mosquitto broker(with_password());
  const auto sent = run_pub_with_input(
      at(broker) + words{"-u", user, "--password-file", "-", "-t", "a", "-m", "x"},
      password + "\n");
  CHECK_MESSAGE(sent.code == 0, sent.err);
}

TEST_CASE("no password stays where ps shows it") {
  NEEDS_MOSQUITTO();
  mosquitto broker(with_password());
  subscription_of by_option(broker,
                            at(broker) + words{"-u", user, "-P", password, "-t", "a", "-C", "1"});
  subscription_of by_url(broker, {"mqtt://" + user + ":" + password +
                                      "@127.0.0.1:" + std::to_string(broker.port()) + "/a",
                                  "-C", "1"});
  for (subscription_of* each : {&by_option, &by_url}) {
    const std::string line = command_line_of(each->running());
    CHECK(line.find(user) != std::string::npos);
    CHECK_MESSAGE(line.find(password) == std::string::npos, line);
  }
}

TEST_CASE("--print-config shows settings and origins and connects to nothing") {
  config_home home;
  const std::string file =
      home.write("mqtt-toolkit/config", "[lab]\nhost = nowhere.invalid\npassword = secret\n");
  auto options = home.running(sub({"--print-config", "--profile", "lab", "-t", "a/#"}));
  options.environment.emplace_back("MQTT_USERNAME", "me");
  const auto shown = run(options);
  CHECK(shown.code == 0);
  CHECK(shown.err.empty());
  CHECK(shown.out.find("nowhere.invalid") != std::string::npos);
  CHECK(shown.out.find("(" + file + ":2)") != std::string::npos);
  CHECK(shown.out.find("(environment MQTT_USERNAME)") != std::string::npos);
  CHECK(shown.out.find("(command line -t)") != std::string::npos);
  CHECK(shown.out.find("***") != std::string::npos);
  CHECK(shown.out.find("secret") == std::string::npos);
}
