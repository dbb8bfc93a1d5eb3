// What mqtt-sub --json writes is what mqtt-pub --from-json reads.
#include <random>

#include "programs.hpp"

namespace mqttkit::testing {

TEST_CASE("random payloads of 0 to 1 MiB go through mqtt-sub --json and mqtt-pub --from-json") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  std::mt19937 random(3);
  std::string all;
  std::size_t count = 0;
  subscription_of copies(broker, at(broker) + words{"-t", "copy/#", "-q", "2", "-V", "5", "-F",
                                                    "%t %q %X %C|%R|%D|%P", "-C", "10"});
  subscription_of recorder(
      broker, at(broker) + words{"-t", "in/#", "-q", "2", "-V", "5", "--json", "-C", "10"});
  for (const std::size_t size :
       {0u, 1u, 2u, 3u, 127u, 4096u, 65'535u, 65'536u, 300'001u, 1u << 20}) {
    std::string bytes(size, 0);
    for (char& byte : bytes) byte = static_cast<char>(size % 2 ? random() : random() & 0x7F);
    const std::string file = broker.folder().write("payload", bytes);
    const std::string topic = "in/" + std::to_string(count++);
    const finished sent = run_pub(at(broker) + words{"-t",
                                                     topic,
                                                     "-q",
                                                     "1",
                                                     "-V",
                                                     "5",
                                                     "-f",
                                                     file,
                                                     "-D",
                                                     "publish",
                                                     "content-type",
                                                     "t",
                                                     "-D",
                                                     "publish",
                                                     "response-topic",
                                                     "r",
                                                     "-D",
                                                     "publish",
                                                     "correlation-data",
                                                     "c",
                                                     "-D",
                                                     "publish",
                                                     "user-property",
                                                     "k",
                                                     "v"});
    REQUIRE_MESSAGE(sent.code == 0, sent.err);
    constexpr char digits[] = "0123456789ABCDEF";
    all += "copy/" + topic + " 1 ";
    for (const char byte : bytes) {
      all += digits[static_cast<unsigned char>(byte) >> 4];
      all += digits[static_cast<unsigned char>(byte) & 15];
    }
    all += " t|r|c|k:v\n";
  }
  const finished replayed = run_pub_with_input(
      at(broker) + words{"--from-json", "-", "--topic-prefix", "copy/"}, recorder.output());
  CHECK_MESSAGE(replayed.code == 0, replayed.err);
  CHECK((copies.output() == all));
}

TEST_CASE("Sparkplug payloads are decoded beside the raw ones, which can be published again") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of copies(broker,
                         at(broker) + words{"-t", "copy/#", "-q", "1", "-C", "2", "-F", "%t %x"});
  subscription_of recorder(broker, at(broker) + words{"-t", "spBv1.0/#", "-q", "1", "--json",
                                                      "--decode", "sparkplug", "-C", "2"});
  const std::string birth = "120d0a0474656d7010071809200955";  // is cut: no Sparkplug
  const std::string good = "12070a01741007200b";
  for (const std::string& payload : {birth, good}) {
    const finished sent = run_pub_with_input(
        at(broker) + words{"-t", "spBv1.0/g/NBIRTH/n", "-q", "1", "-l", "--in", "hex"},
        payload + "\n");
    REQUIRE_MESSAGE(sent.code == 0, sent.err);
  }
  const std::string lines = recorder.output();
  CHECK(count_of(lines, "\"sparkplug\":") == 1);
  CHECK(lines.find("\"sparkplug\":{\"metrics\":[{\"name\":\"t\",\"alias\":7,\"datatype\":"
                   "\"Boolean\",\"value\":null}]}") != std::string::npos);
  const finished replayed =
      run_pub_with_input(at(broker) + words{"--from-json", "-", "--topic-prefix", "copy/"}, lines);
  CHECK_MESSAGE(replayed.code == 0, replayed.err);
  CHECK(copies.output() ==
        "copy/spBv1.0/g/NBIRTH/n " + birth + "\ncopy/spBv1.0/g/NBIRTH/n " + good + "\n");
}

}  // namespace mqttkit::testing
