// mqtt-doctor listen --capture: real clients on loopback, watched from beside, and tshark's opinion
// of what was written.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "programs.hpp"
#include "support/certificates.hpp"
#include "support/ports.hpp"
#include "support/temp_folder.hpp"

// Root in a container may lack the right as well: the program says so itself.
#define NEEDS_CAPTURE()                                                   \
  do {                                                                    \
    if (!may_capture()) {                                                 \
      MESSAGE("skipped: packets may not be captured here (CAP_NET_RAW)"); \
      return;                                                             \
    }                                                                     \
  } while (false)

namespace mqttkit::testing {
namespace {

using nlohmann::json;

process_options watching_with(const words& arguments) {
  process_options options;
  options.command = words{program("mqtt-doctor"), "listen"} + arguments + words{"--lang", "en"};
  return options;
}

/// A running `mqtt-doctor listen PORT --capture lo` that is ready.
class watching {
 public:
  watching(std::uint16_t port, const words& arguments)
      : running(watching_with(words{std::to_string(port), "--capture", "lo"} + arguments)) {
    REQUIRE_MESSAGE(running.prints(std::to_string(port)), running.err());  // it is ready
  }
  std::string ended_by_signal() {
    running.signal(SIGINT);
    const auto result = running.wait();
    REQUIRE(result.has_value());
    CHECK_MESSAGE(result->status() == 128 + SIGINT, running.err());
    return running.out();
  }
  process running;
};

bool may_capture() {
  const finished ran =
      run(watching_with({std::to_string(free_port()), "--capture", "lo", "--for", "0.1"}));
  return ran.code == 27 || ran.code == 0;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::vector<json> events_in(const std::string& out, std::string_view kind) {
  std::vector<json> found;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    json object = json::parse(line, nullptr, false);
    if (object.is_object() && object.value("event", "") == kind) found.push_back(std::move(object));
  }
  return found;
}

/// "3 a/b", by tshark's number or our name of the type, and the topic.
struct seen_packet {
  int type = 0;
  std::string topic;
};

int type_of(const std::string& name) {
  const std::vector<std::string> names{"",          "CONNECT",  "CONNACK",     "PUBLISH",
                                       "PUBACK",    "PUBREC",   "PUBREL",      "PUBCOMP",
                                       "SUBSCRIBE", "SUBACK",   "UNSUBSCRIBE", "UNSUBACK",
                                       "PINGREQ",   "PINGRESP", "DISCONNECT",  "AUTH"};
  for (std::size_t i = 1; i < names.size(); ++i)
    if (names[i] == name) return static_cast<int>(i);
  return -1;
}

/// "1 3:a/b 14"
std::string text_of(const std::vector<seen_packet>& packets) {
  std::string text;
  for (const seen_packet& packet : packets) {
    text += (text.empty() ? "" : " ") + std::to_string(packet.type);
    if (!packet.topic.empty()) text += ':' + packet.topic;
  }
  return text;
}

using packets_by_direction = std::map<std::string, std::vector<seen_packet>>;

/// By the client's port and direction: "50211>".
packets_by_direction told_by_tshark(const std::string& file, const std::string& at) {
  const finished ran = run({find_program("tshark"),
                            "-r",
                            file,
                            "-d",
                            "tcp.port==" + at + ",mqtt",
                            "-o",
                            "tcp.reassemble_out_of_order:TRUE",
                            "-T",
                            "fields",
                            "-E",
                            "occurrence=a",
                            "-E",
                            "aggregator=;",
                            "-e",
                            "tcp.srcport",
                            "-e",
                            "tcp.dstport",
                            "-e",
                            "mqtt.msgtype",
                            "-e",
                            "mqtt.topic",
                            "-Y",
                            "mqtt"});
  REQUIRE_MESSAGE(ran.code == 0, ran.err);
  packets_by_direction out;
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    std::string source, destination, types, topics;
    std::getline(cells, source, '\t');
    std::getline(cells, destination, '\t');
    std::getline(cells, types, '\t');
    std::getline(cells, topics, '\t');
    const std::string key = source == at ? destination + "<" : source + ">";
    std::istringstream each(types), named(topics);
    for (std::string type; std::getline(each, type, ';');) {
      seen_packet packet{std::stoi(type), ""};
      std::string topic;
      if (packet.type == 3 || packet.type == 8) std::getline(named, topic, ';');
      if (packet.type == 3) packet.topic = topic;
      out[key].push_back(packet);
    }
  }
  return out;
}

/// The same of `explain`; connections of which it leaves steps out are left out.
packets_by_direction told_by_explain(const std::string& file, const std::string& at) {
  process_options options;
  options.command = {program("mqtt-doctor"), "explain", file, "--json", "--lang", "en"};
  const json report = json::parse(run(options).out);
  constexpr std::size_t most_steps = 40;
  packets_by_direction out;
  for (const json& from : report.at("vantages")) {
    for (const json& stream : from.at("facts").at("capture").at("streams")) {
      if (std::to_string(stream.at("broker").at("port").get<int>()) != at) continue;
      if (stream.at("steps").size() >= most_steps) continue;
      const std::string port = std::to_string(stream.at("client").at("port").get<int>());
      for (const json& step : stream.at("steps")) {
        seen_packet packet{type_of(step.at("what")), ""};
        if (packet.type < 0) continue;  // of TCP itself
        const std::string detail = step.at("detail");
        const std::string_view before = "topic ";
        if (packet.type == 3)
          packet.topic = detail.substr(before.size(), detail.find(',') - before.size());
        out[port + (step.at("from_client") ? ">" : "<")].push_back(packet);
      }
    }
  }
  return out;
}

/// A record of a capture on loopback, as far as it matters here.
struct record {
  std::string head;  // its time, and its sizes
  std::string bytes;
  std::string ends;       // addresses and ports, in that order
  bool has_data = false;  // of TCP
};

record record_of(const std::string& head, const std::string& bytes) {
  record made{head, bytes, "", false};
  constexpr std::size_t ethernet = 14, tcp_ports = 4;
  if (bytes.size() < ethernet + 40 || bytes[12] != 8 || bytes[ethernet + 9] != 6) return made;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  const std::size_t ip = (byte(ethernet) & 15u) * 4u;
  const std::size_t tcp = ethernet + ip;
  made.ends = bytes.substr(ethernet + 12, 8) + bytes.substr(tcp, tcp_ports);
  const std::size_t whole = byte(ethernet + 2) * 256u + byte(ethernet + 3);
  made.has_data = whole > ip + (byte(tcp + 12) >> 4) * 4u;
  return made;
}

struct wear {
  int again = 0;
  int swapped = 0;
};

/// Writes a capture anew: every third segment comes once more a packet later, and of two in a row
/// of one direction the second overtakes the first.
wear wear_out(const std::string& from, const std::string& to) {
  const std::string all = read_file(from);
  constexpr std::size_t file_head = 24, record_head = 16;
  REQUIRE(all.size() > file_head);
  std::vector<record> records;
  for (std::size_t at = file_head; at + record_head <= all.size();) {
    std::uint32_t size = 0;
    std::memcpy(&size, all.data() + at + 8, sizeof size);
    records.push_back(record_of(all.substr(at, record_head), all.substr(at + record_head, size)));
    at += record_head + size;
  }
  wear done;
  const auto is_pair = [&](std::size_t i) {
    return records[i].has_data && records[i + 1].has_data && records[i].ends == records[i + 1].ends;
  };
  for (std::size_t i = 0; i + 1 < records.size(); ++i) {
    if (!is_pair(i)) continue;
    // The times stay in order.
    std::string& time = records[i].head;
    std::string& other = records[i + 1].head;
    for (std::size_t k = 0; k < 8; ++k) std::swap(time[k], other[k]);
    std::swap(records[i], records[i + 1]);
    ++done.swapped;
    ++i;
  }
  std::ofstream out(to, std::ios::binary);
  out << all.substr(0, file_head);
  std::optional<record> late;
  int count = 0;
  for (const record& next : records) {
    out << next.head << next.bytes;
    if (late) {
      out << next.head.substr(0, 8) << late->head.substr(8) << late->bytes;
      ++done.again;
      late.reset();
    }
    if (next.has_data && ++count % 3 == 0) late = next;
  }
  return done;
}

}  // namespace

TEST_CASE("a connection is watched from beside the broker, which notices nothing") {
  NEEDS_MOSQUITTO();
  NEEDS_CAPTURE();
  mosquitto broker;
  watching here(broker.port(), {});
  const auto ran =
      run_pub({"-h", "127.0.0.1", "-p", std::to_string(broker.port()), "-t", "a/b", "-m", "hello",
               "-q", "1", "-i", "door", "-u", "alice", "-P", "open-sesame"});
  CHECK_MESSAGE(ran.code == 0, ran.err);
  REQUIRE(here.running.prints("ended with DISCONNECT"));
  const std::string out = here.ended_by_signal();
  CHECK(has(out, "CONNECT: MQTT"));
  CHECK(has(out, "client identifier door"));
  CHECK(has(out, "PUBLISH: topic a/b, QoS 1"));
  CHECK(has(out, "PUBACK"));
  CHECK_FALSE(has(out, "hello"));
  CHECK_FALSE(has(out, "open-sesame"));
}

TEST_CASE("--once ends after a connection, --for after a time, and nobody came is said") {
  NEEDS_MOSQUITTO();
  NEEDS_CAPTURE();
  mosquitto broker;
  watching here(broker.port(), {"--once"});
  const std::string at = std::to_string(broker.port());
  CHECK(run_pub({"-h", "127.0.0.1", "-p", at, "-t", "a", "-m", "x"}).code == 0);
  const auto result = here.running.wait();
  REQUIRE(result.has_value());
  CHECK(result->status() == 0);
  const finished idle =
      run(watching_with({std::to_string(free_port()), "--capture", "lo", "--for", "1"}));
  CHECK(idle.code == 27);
  CHECK(has(idle.out, "Not one packet for port"));
}

TEST_CASE("a port where nobody listens is told by its RST") {
  NEEDS_CAPTURE();
  const std::uint16_t port = free_port();
  watching here(port, {});
  CHECK(run_pub({"-h", "127.0.0.1", "-p", std::to_string(port), "-t", "a", "-m", "x"}).code == 4);
  CHECK(here.running.prints("is answered with RST: nobody listens there"));
  here.ended_by_signal();
}

TEST_CASE("what is wrong with an interface or a file is one line, and exit 1") {
  NEEDS_CAPTURE();
  const std::string port = std::to_string(free_port());
  const finished nowhere = run(watching_with({port, "--capture", "no-such-one"}));
  CHECK(nowhere.code == 1);
  CHECK(has(nowhere.err, "there is no interface no-such-one; there are: "));
  const temp_folder folder;
  const finished unwritable =
      run(watching_with({port, "--capture", "lo", "--write", folder.file("not/there.pcapng")}));
  CHECK(unwritable.code == 1);
  CHECK(has(unwritable.err, "cannot be written: No such file or directory"));
  const finished full =
      run(watching_with({port, "--capture", "lo", "--for", "0.5", "--write", "/dev/full"}));
  CHECK(full.code == 15);
  CHECK(has(full.err, "No space left on device"));
}

TEST_CASE(
    "the packets of MQTT in a capture of many clients are those that tshark finds, in order") {
  NEEDS_MOSQUITTO();
  NEEDS_CAPTURE();
  const std::string tshark = find_program("tshark");
  if (tshark.empty()) {
    MESSAGE("skipped: tshark is not installed");
    return;
  }
  mosquitto broker;
  const temp_folder folder;
  const std::string file = folder.file("seen.pcapng");
  const std::string at = std::to_string(broker.port());
  watching here(broker.port(), {"--json", "--write", file});
  process subscriber([&] {
    process_options options;
    options.command = {
        program("mqtt-sub"), "-h", "127.0.0.1", "-p", at, "-t", "mix/#", "-q", "2", "-V", "5"};
    return options;
  }());
  std::size_t ended = 0;
  for (int i = 0; i < 20; ++i) {
    const std::string number = std::to_string(i);
    const auto ran = run_pub({"-h", "127.0.0.1", "-p", at, "-V", i % 2 == 0 ? "5" : "3.1.1", "-q",
                              std::to_string(i % 3), "-t", "mix/" + number, "-i",
                              "client-" + number, "-P", "open-sesame", "-u", "u", "-m",
                              std::string(static_cast<std::size_t>(i) * 4000, 'x')});
    CHECK_MESSAGE(ran.code == 0, ran.err);
    ++ended;
  }
  CHECK(here.running.wait_until(
      [&](const process& it) { return events_in(it.out(), "closed").size() >= ended; }));
  subscriber.signal(SIGTERM);
  const std::string out = here.ended_by_signal();

  const std::string kept = read_file(file);
  CHECK_FALSE(has(kept, "open-sesame"));
  struct stat about {};
  REQUIRE(::stat(file.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);

  // By connection: the order in which packets of different ones are told may differ.
  std::map<std::string, std::vector<seen_packet>> ours, theirs;
  for (const json& item : events_in(out, "packet")) {
    const std::string client = item.at("client");
    const std::string key =
        client.substr(client.rfind(':') + 1) + (item.at("from") == "client" ? ">" : "<");
    ours[key].push_back({type_of(item.at("type")), item.value("topic", "")});
  }
  theirs = told_by_tshark(file, at);
  std::size_t count = 0;
  CHECK(ours.size() == theirs.size());
  for (auto& [key, packets] : theirs) {
    for (seen_packet& entry : packets)
      if (entry.type != 3) entry.topic.clear();
    CAPTURE(key);
    CHECK(text_of(ours[key]) == text_of(packets));
    count += packets.size();
  }
  CHECK(count > 100);

  // The same with segments that are sent again and that overtake each other.
  const std::string editcap = find_program("editcap");
  if (editcap.empty()) return;
  const std::string plain = folder.file("plain.pcap"), worn = folder.file("worn.pcap");
  REQUIRE(run({editcap, "-F", "pcap", file, plain}).code == 0);
  const wear done = wear_out(plain, worn);
  CHECK(done.again > 20);
  CHECK(done.swapped > 5);
  const packets_by_direction explained = told_by_explain(worn, at);
  CHECK(explained.size() >= 40);  // both directions of 20 clients
  packets_by_direction expected = told_by_tshark(worn, at);
  for (const auto& [key, packets] : explained) {
    CAPTURE(key);
    CHECK(text_of(packets) == text_of(expected[key]));
  }
}

// Made with these programs in the network of tests/lab: mosquitto's as dumpcap writes it (pcapng),
// npm mqtt over WebSocket by tcpdump, Paho in C packed by gzip, Paho in Python with nanoseconds.
TEST_CASE("captures of real clients are explained, each in its paragraph") {
  const std::string folder = std::string(PROJECT_ROOT) + "/tests/integration/captures/";
  for (const char* const name : {"mosquitto-server.pcapng", "npm-websocket-client.pcap",
                                 "paho-c-client.pcap.gz", "paho-python-router.pcap"}) {
    CAPTURE(name);
    process_options options;
    options.command = {program("mqtt-doctor"), "explain", folder + name, "--lang", "en"};
    const finished ran = run(options);
    CHECK(ran.code == 0);
    std::string told = ran.out;
    // The first line names the file.
    told.erase(0, told.find('\n') + 1);
    CHECK(told == read_file(folder + name + ".txt"));
  }
}

}  // namespace mqttkit::testing
