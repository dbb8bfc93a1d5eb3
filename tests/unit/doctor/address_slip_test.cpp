// Slips in an address, and names, topics and subprotocols that no user can mean.
#include "unit/doctor/phone.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::phone;

namespace {

phone dialled(const std::string& address) {
  phone made("mqtt", 1883, address);
  made.all.name.is_literal = true;
  made.all.name.canonical = address;
  made.all.name.addresses = {address};
  made.last().address = address;
  made.all.local.interfaces = {{"wlan0", "192.168.1.50", 24}};
  made.last().connect = {connect_outcome::silent, "ETIMEDOUT", 3000, {}, 2, ""};
  return made;
}

std::string meant(const phone& made) {
  const diagnosis found = made.found();
  return found.causes.empty() ? std::string() : in_english(found.causes.front().cause);
}

}  // namespace

TEST_CASE("one digit beside the own network is a slip, and what was meant is said") {
  for (const char* typed : {"191.168.1.131", "129.168.1.131", "192.186.1.131", "192.68.1.131"}) {
    phone made = dialled(typed);
    CHECK(made.first() == "input-wrong-address");
    CHECK(made.sureness() == certainty::likely);
    CHECK(meant(made).find("192.168.1.131") != std::string::npos);
  }
  // The address of somebody else's server, which is down.
  CHECK_FALSE(dialled("93.184.216.5").names("input-wrong-address"));
  // The server answers, so the address is right.
  phone there = dialled("191.168.1.131");
  there.last().connect = {connect_outcome::refused, "ECONNREFUSED", 20, {}, 0, ""};
  CHECK_FALSE(there.names("input-wrong-address"));
}

TEST_CASE("a neighbouring network of the house is possible at most") {
  phone made = dialled("192.168.2.131");
  CHECK(made.names("input-wrong-address"));
  CHECK(made.first() != "input-wrong-address");
}

TEST_CASE("the broadcast address is everybody's, and the first is the network's own") {
  for (const char* typed : {"192.168.1.255", "192.168.1.0", "255.255.255.255"}) {
    phone made = dialled(typed);
    made.last().connect = {connect_outcome::net_unreachable, "ENETUNREACH", 0, {}, 0, ""};
    CHECK(made.first() == "input-wrong-address");
    CHECK(made.sureness() == certainty::certain);
  }
  phone wide = dialled("192.168.1.255");
  wide.all.local.interfaces = {{"eth0", "192.168.0.7", 16}};
  CHECK_FALSE(wide.names("input-wrong-address"));
}

TEST_CASE("addresses that an option leaves out are named where the others do not serve") {
  phone six;
  six.all.asked.family = asked_family::v6;
  six.all.asked.family_because = "-6";
  six.all.name.left_out = {"192.0.2.7"};
  six.last().connect = {connect_outcome::refused, "ECONNREFUSED", 1, {}, 0, ""};
  CHECK(six.first() == "input-family-left-out");
  CHECK(six.sureness() == certainty::likely);
  six.last().connect.outcome = connect_outcome::connected;
  six.accepts();
  CHECK(six.first() == "healthy");
}

TEST_CASE("a name that is an alias of one that is gone is told with that one") {
  phone made;
  made.all.name.addresses.clear();
  made.all.name.lookup = lookup_outcome::no_name;
  made.at().contacts.clear();
  dns_fact answer;
  answer.server = "192.168.1.1";
  answer.type = record_type::a;
  answer.outcome = dns_outcome::answered;
  answer.rcode = 0;
  answer.aliases = {"mqtt.old-shop.test"};
  made.all.name.questions = {answer, answer};
  made.all.name.questions[1].type = record_type::aaaa;
  CHECK(made.first() == "dns-nxdomain");
  CHECK(meant(made).find("mqtt.old-shop.test") != std::string::npos);
  CHECK_FALSE(made.names("dns-no-address-for-family"));
}

TEST_CASE("another subprotocol than was asked for makes a browser hang up") {
  phone made("ws", 9001);
  made.status(101, "HTTP/1.1 101 Switching Protocols");
  made.last().websocket->subprotocol = "mqtt";
  made.last().websocket->accepted = "mqttv3.1";
  CHECK(made.first() == "ws-subprotocol-unknown");
  CHECK(meant(made).find("mqttv3.1") != std::string::npos);
}

TEST_CASE("AWS takes seven slashes and 256 bytes, and what is sent to a rule is not counted") {
  const auto asked = [](const std::string& topic) {
    phone made("mqtts", 8883, "abc-ats.iot.eu-west-1.amazonaws.com");
    made.secured().accepts();
    made.all.asked.topic = topic;
    return made.first();
  };
  CHECK(asked("site/1/floor/2/room/3/lamp/4/state") == "mqtt-topic-violates-rules");
  CHECK(asked("site/1/floor/2/room/3/lamp/4") != "mqtt-topic-violates-rules");
  CHECK(asked(std::string(257, 'a')) == "mqtt-topic-violates-rules");
  CHECK(asked("$aws/rules/keep/1/2/3/4/5/6/7/8") != "mqtt-topic-violates-rules");
}

TEST_CASE("an address of a carrier or a link that answers is not why it fails") {
  for (const char* address : {"100.64.3.4", "169.254.3.3"}) {
    CAPTURE(address);
    phone made;
    made.all.name.addresses = {address};
    made.last().address = address;
    made.last().connect.outcome = connect_outcome::refused;
    CHECK_FALSE(made.names("input-cgnat-address"));
    CHECK_FALSE(made.names("input-link-local-address"));
    phone silent;
    silent.all.name.addresses = {address};
    silent.last().address = address;
    silent.last().connect.outcome = connect_outcome::silent;
    CHECK((silent.names("input-cgnat-address") || silent.names("input-link-local-address")));
  }
  phone within;  // of a private network over the Internet, as Tailscale's
  within.all.name.addresses = {"100.64.3.4"};
  within.all.local.interfaces.push_back({"tailscale0", "100.101.102.103", 32});
  within.last().address = "100.64.3.4";
  within.last().connect.outcome = connect_outcome::silent;
  for (const auto& cause : within.found().causes)
    if (cause.id == "input-cgnat-address") CHECK(cause.how_sure == certainty::possible);
}

TEST_CASE("between two machines of one network there is no cloud's security group") {
  phone made;
  made.all.local.interfaces.push_back({"wlan0", "192.168.1.50", 24});
  made.all.name.addresses = {"192.168.1.77"};
  made.last().address = "192.168.1.77";
  made.last().connect.outcome = connect_outcome::silent;
  CHECK(made.first() == "tcp-timeout-host-firewall");
  CHECK_FALSE(made.names("tcp-timeout-security-group"));
}

namespace {

/// A host as typed that name servers do not know.
phone unknown_name(const std::string& typed) {
  phone made("mqtt", 1883, typed);
  made.all.asked.typed = typed;
  made.all.name.addresses.clear();
  made.all.name.lookup = lookup_outcome::no_name;
  dns_fact& asked = made.all.name.questions.emplace_back();
  asked.server = "192.0.2.53";
  asked.outcome = dns_outcome::answered;
  asked.rcode = 3;
  made.at().contacts.clear();
  return made;
}

}  // namespace

TEST_CASE("a placeholder and a variable without a value are told as that") {
  for (const char* typed :
       {"$MQTT_HOST", "${MQTT_HOST}", "{{mqtt_host}}", "%MQTT_HOST%", "undefined", "null", "None",
        "YOUR_BROKER", "mqtt.yourdomain.com", "192.168.x.x", "xxxx.iot.eu-west-1.amazonaws.com",
        "<ip>", "YOUR.MQTT.SERVER.IP", "mqtt_broker_address", "broker_ip"}) {
    CAPTURE(typed);
    CHECK(unknown_name(typed).first() == "input-placeholder");
    CHECK_FALSE(unknown_name(typed).names("dns-nxdomain"));
  }
  for (const char* typed : {"mqtt.home.net", "xbox.home.net", "nullpunkt.net", "max.net",
                            "mqtt.server.lan", "ip.mqtt.net", "mqtt-broker", "here"}) {
    CAPTURE(typed);
    CHECK_FALSE(unknown_name(typed).names("input-placeholder"));
  }
}

TEST_CASE("a text that can be no host is told as that, and not as a name that is missing") {
  for (const char* typed :
       {"b8:27:eb:12:34:56", "b8-27-eb-12-34-56", "2001:db8::g", "broker,net", "broker..net",
        ".broker.net", "-broker.net", "arn:aws:iot:eu-west-1:1234:thing"}) {
    CAPTURE(typed);
    CHECK(unknown_name(typed).first() == "input-no-host-name");
    CHECK_FALSE(unknown_name(typed).names("dns-nxdomain"));
  }
  for (const char* typed : {"b\xC3\xBCro.net", "my_broker.net", "broker.net."}) {
    CAPTURE(typed);
    CHECK_FALSE(unknown_name(typed).names("input-no-host-name"));
  }
}

TEST_CASE("a name without a dot is known in its own network alone") {
  for (const char* typed : {"mosquitto", "raspberrypi", "core-mosquitto", "mqtt.svc.cluster.local",
                            "host.docker.internal"}) {
    CAPTURE(typed);
    CHECK(unknown_name(typed).first() == "input-container-address");
    CHECK_FALSE(unknown_name(typed).names("dns-nxdomain"));
    CHECK_FALSE(unknown_name(typed).names("dns-mdns-name"));
  }
}

TEST_CASE("a slip in a known name is corrected, and a router's name is told from a public one") {
  const std::pair<const char*, const char*> slips[] = {
      {"loclahost", "localhost"},
      {"test.mosquito.org", "test.mosquitto.org"},
      {"broker.emqx.com", "broker.emqx.io"},
      {"mqtt.firm.con", "mqtt.firm.com"},
      {"broker.lan", ".lan"},
      {"broker.example.com", "RFC 2606"},
  };
  for (const auto& [typed, word] : slips) {
    CAPTURE(typed);
    phone made = unknown_name(typed);
    CHECK(made.first() == "dns-nxdomain");
    const diagnosis found = made.found();
    std::string told;
    for (const auto& each : found.causes.front().evidence) told += in_english(each);
    CHECK(told.find(word) != std::string::npos);
  }
}
