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
                                                    "%t %q %X %C|%R|%D|%P", "-W", "20"});
  process_options recorder_options;
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
  CHECK((copies.output(27) == all));
}

}  // namespace mqttkit::testing
