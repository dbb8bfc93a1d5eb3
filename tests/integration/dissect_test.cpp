// What goes over the wire, seen by Wireshark's dissector.
#include <sstream>

#include "programs.hpp"

namespace mqttkit::testing {
namespace {

// Dissects the traffic of one port on the loopback while it flows.
class dissector {
 public:
  explicit dissector(std::uint16_t port) : tshark_(options(port)) {
    tshark_.wait_until(
        [](const process& p) { return p.err().find("Capture started") != std::string::npos; });
  }

  bool is_capturing() const { return tshark_.err().find("Capture started") != std::string::npos; }
  std::string trouble() const { return tshark_.err(); }

  // Waits until it has seen so many packets of a type.
  bool sees(const std::string& type, std::size_t count) {
    return tshark_.wait_until([&](const process&) { return types(type) >= count; });
  }
  // How many packets of a type there were.
  std::size_t types(const std::string& type) const {
    std::size_t count = 0;
    for (const std::string& line : lines()) {
      // The packets of one segment stand on one line, with commas.
      const std::string all = "," + line.substr(0, line.find('\t')) + ",";
      count += count_of(all, "," + type + ",");
    }
    return count;
  }
  // What the dissector complains about; empty when there is nothing.
  std::string complaints() const {
    std::string found;
    for (const std::string& line : lines()) {
      const auto after_version = line.find('\t', line.find('\t') + 1);
      const std::string rest = line.substr(after_version + 1);
      if (rest.find_first_not_of("\t") != std::string::npos) found += line + "\n";
    }
    return found;
  }
  // The protocol level of every CONNECT, one after the other.
  std::string versions() const {
    std::string found;
    for (const std::string& line : lines()) {
      const auto tab = line.find('\t');
      found += line.substr(tab + 1, line.find('\t', tab + 1) - tab - 1);
    }
    return found;
  }

 private:
  static process_options options(std::uint16_t port) {
    const std::string number = std::to_string(port);
    process_options made;
    made.command = {"tshark", "-i",
                    "lo",     "-l",
                    "-f",     "tcp port " + number,
                    "-d",     "tcp.port==" + number + ",mqtt",
                    "-Y",     "mqtt || _ws.malformed",
                    "-T",     "fields",
                    "-e",     "mqtt.msgtype",
                    "-e",     "mqtt.ver",
                    "-e",     "_ws.malformed",
                    "-e",     "_ws.expert.message"};
    return made;
  }

  words lines() const {
    words all;
    std::istringstream in(tshark_.out());
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }

  process tshark_;
};

}  // namespace

TEST_CASE("no packet of any version is malformed") {
  NEEDS_MOSQUITTO();
  NEEDS_PROGRAM("tshark");
  for (const std::string version : {"3.1", "3.1.1", "5"}) {
    CAPTURE(version);
    mosquitto broker;
    dissector wire(broker.port());
    if (!wire.is_capturing()) {
      MESSAGE("skipped: tshark may not capture here: ", wire.trouble());
      return;
    }
    const words common = at(broker) + words{"-V", version, "-t", "a/b", "-k", "5"};
    words pub_more{"--will-topic", "w", "--will-payload", "gone", "-r"};
    words sub_more{"-U", "other", "-v"};
    if (version == "5") {
      pub_more = pub_more + words{"-D", "publish", "content-type",  "text/plain",
                                  "-D", "publish", "user-property", "k",
                                  "v",  "-D",      "connect",       "session-expiry-interval",
                                  "10", "-D",      "will",          "will-delay-interval",
                                  "3"};
      sub_more = sub_more + words{"-D", "subscribe", "subscription-identifier", "3",
                                  "-D", "connect",   "topic-alias-maximum",     "5"};
    }
    subscription_of subscriber(broker, common + sub_more + words{"-q", "2", "-C", "6"});
    for (const std::string qos : {"0", "1", "2"}) {
      const finished published =
          run_pub_with_input(common + pub_more + words{"-q", qos, "-l"}, "one\ntwo\n");
      CHECK_MESSAGE(published.code == 0, published.err);
    }
    CHECK(line_count(subscriber.output()) == 6);
    REQUIRE(wire.sees("14", 4));
    for (const std::string type : {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}) {
      CAPTURE(type);
      CHECK(wire.types(type) > 0);
    }
    CHECK(wire.complaints() == "");
    const std::string level = version == "5" ? "5" : version == "3.1" ? "3" : "4";
    CHECK(wire.versions() == level + level + level + level);
  }
}

}  // namespace mqttkit::testing
