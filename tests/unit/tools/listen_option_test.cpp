// mqtt-doctor listen: a word in front that changes what the rest means.
#include "command_line.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;
using namespace mqttkit::tools::test;

namespace {
using doctor_line = parsed<doctor_settings>;
}

TEST_CASE("listen takes a port, or an address of this machine and a port") {
  const doctor_line port({"listen", "1883"});
  CHECK(port.runs());
  CHECK(port.settings.command == subcommand::listen);
  CHECK(port.settings.listen.port == 1883);
  CHECK(port.settings.listen.address.empty());
  CHECK(doctor_line({"listen", "127.0.0.1:1883"}).settings.listen.address == "127.0.0.1");
  CHECK(doctor_line({"listen", "[::1]:1883"}).settings.listen.address == "::1");
  CHECK(doctor_line({"--json", "listen", "1883"}).settings.command == subcommand::listen);
  CHECK(doctor_line({"listen"}).error() == "listen needs [ADDRESS:]PORT, nothing follows it");
  CHECK(doctor_line({"listen", "0"}).error() ==
        "listen 0: a port from 1 to 65535 is needed, or ADDRESS:PORT");
  CHECK(doctor_line({"listen", "phone.example:1883"}).error() ==
        "listen phone.example:1883: in front of the port an IP address of this machine may stand, "
        "nothing else");
  CHECK(doctor_line({"listen", "1883", "1884"}).error() == "listen takes one port");
}

TEST_CASE("a password in what was typed instead of a port is not repeated") {
  const doctor_line url({"listen", "mqtt://me:secret@broker.example"});
  CHECK_FALSE(url.runs());
  CHECK(url.result.err.find("secret") == std::string::npos);
}

TEST_CASE("a mqtt-sn URL makes listen one for sensors, on either side") {
  const doctor_line all({"listen", "mqtt-sn://"});
  CHECK(all.settings.listen.is_sn);
  CHECK(all.settings.listen.port == 1884);
  CHECK(all.settings.listen.address.empty());
  CHECK(doctor_line({"listen", "mqtt-sn://:1885/"}).settings.listen.port == 1885);
  CHECK(doctor_line({"listen", "mqtt-sn://[::1]"}).settings.listen.address == "::1");
  const doctor_line group({"listen", "mqtt-sn://225.1.1.1:1883"});
  CHECK(group.settings.listen.address == "225.1.1.1");
  CHECK(group.settings.listen.port == 1883);
  const doctor_line front({"listen", "1885", "--forward", "mqtt-sn://gateway.example"});
  CHECK(front.settings.listen.is_sn);
  CHECK(front.settings.listen.forward_host == "gateway.example");
  CHECK(front.settings.listen.forward_port == 1884);
  CHECK_FALSE(doctor_line({"listen", "1885", "--forward", "localhost:1884"}).settings.listen.is_sn);
  CHECK(doctor_line({"listen", "1885", "--forward", "mqtt-sn://225.1.1.1"}).error() ==
        "--forward mqtt-sn://225.1.1.1: a gateway's own address is needed, not that of a group");
  CHECK(doctor_line({"listen", "mqtt-sn://1886"}).settings.listen.port == 1886);
  CHECK(doctor_line({"listen", "mqtt-sn://sensors.example"}).error() ==
        "listen mqtt-sn://sensors.example: in front of the port an IP address of this machine may "
        "stand, nothing else");
  CHECK(doctor_line({"listen", "mqtt-sn://me:secret@0.0.0.0"}).error() ==
        "listen: MQTT-SN has no user name and no password");
}

TEST_CASE("a host whose name is listen is still a target") {
  const doctor_line url({"mqtt://listen"});
  CHECK(url.runs());
  CHECK(url.settings.command == subcommand::none);
  CHECK(doctor_line({"-h", "listen"}).settings.command == subcommand::none);
  CHECK(doctor_line({"broker.example", "listen"}).settings.command == subcommand::none);
}

TEST_CASE("options of listen stand with it only, and those of a target not with it") {
  const doctor_line all({"listen", "1884", "--forward", "localhost:1883", "--for", "2m", "--once"});
  CHECK(all.runs());
  CHECK(all.settings.listen.forward_host == "localhost");
  CHECK(all.settings.listen.forward_port == 1883);
  CHECK(all.settings.listen.limit == std::chrono::minutes(2));
  CHECK(all.settings.listen.once);
  CHECK(doctor_line({"broker.example", "--forward", "a:1"}).error() ==
        "--forward goes with listen: mqtt-doctor listen [ADDRESS:]PORT");
  CHECK(doctor_line({"listen", "1883", "-u", "me"}).error() == "-u has no meaning with listen");
  CHECK(doctor_line({"listen", "1883", "--forward", "localhost"}).error() ==
        "--forward localhost: HOST:PORT is needed, as in localhost:1884");
  CHECK(doctor_line({"listen", "127.0.0.1:1883", "-6"}).error() ==
        "the address 127.0.0.1 is not of the family that was asked for");
}

TEST_CASE("what the environment says of a target means nothing to listen") {
  process_environment world;
  world.url = "mqtt://me:secret@broker.example";
  CHECK(doctor_line({"listen", "1883"}, world).runs());
}

TEST_CASE("--help beside listen shows what listen takes") {
  const doctor_line help({"listen", "--help"});
  CHECK(help.result.out.starts_with("Usage: mqtt-doctor listen [ADDRESS:]PORT"));
  CHECK(help.result.out.find("--forward") != std::string::npos);
  CHECK(help.result.out.find("--cafile") == std::string::npos);
}

TEST_CASE("--capture takes several ports and the name of an interface, wherever it stands") {
  const doctor_line line({"listen", "1883", "8883", "--capture", "eth0"});
  CHECK(line.runs());
  CHECK(line.settings.listen.capture);
  CHECK(line.settings.listen.ports == std::vector<std::uint16_t>{1883, 8883});
  CHECK(line.settings.listen.interface == "eth0");
  const doctor_line all(
      {"listen", "--capture", "1883", "--write", "seen.pcapng", "--blank-addresses"});
  CHECK(all.runs());
  CHECK(all.settings.listen.interface.empty());
  CHECK(all.settings.listen.write_to == "seen.pcapng");
  CHECK(all.settings.blank_addresses);
  CHECK_FALSE(all.settings.listen.writes_passwords);
  CHECK(doctor_line({"listen", "192.0.2.1:1883", "--capture"}).settings.listen.address ==
        "192.0.2.1");

  CHECK(doctor_line({"listen", "--capture"}).error() ==
        "listen needs [ADDRESS:]PORT, nothing follows it");
  CHECK(doctor_line({"listen", "eth0", "--capture"}).error() ==
        "--capture needs a port: mqtt-doctor listen 1883 --capture");
  CHECK(doctor_line({"listen", "1883", "eth0"}).error() ==
        "listen eth0: a port from 1 to 65535 is needed, or ADDRESS:PORT");
  CHECK(doctor_line({"listen", "1883", "--capture", "eth0", "eth1"}).error() ==
        "listen eth1: a port from 1 to 65535 is needed, or ADDRESS:PORT");
  CHECK(doctor_line({"listen", "1883", "--capture", "--forward", "localhost:1884"}).error() ==
        "--capture and --forward exclude each other");
  CHECK(doctor_line({"listen", "1883", "--write", "f"}).error() == "--write needs --capture");
  CHECK(doctor_line({"listen", "1883", "--capture", "--write-passwords"}).error() ==
        "--write-passwords needs --write FILE");
  CHECK(doctor_line({"listen", "1883", "--capture", "--blank-addresses"}).error() ==
        "--blank-addresses needs --write FILE");
}
