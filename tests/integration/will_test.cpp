// How the clients end, and what becomes of their will: mosquitto's beside ours, at one broker.
#include <memory>

#include "programs.hpp"
#include "support/certificates.hpp"

namespace mqttkit::testing {
namespace {

enum class end_by : std::uint8_t { interrupt, terminate, time_limit, count, end_of_input };

struct row {
  std::string name;  // of mosquitto's program
  std::string version;
  end_by end;
  bool has_will_out;
  int status;  // as a shell shows it
  int their_status;
};

// A publisher dies of the signal; a subscriber tells MQTT 5 brokers that the end was none of its
// own, which MQTT 3.1.1 has no words for.
const std::vector<row> table{
    {"mosquitto_pub", "311", end_by::interrupt, true, 130, 130},
    {"mosquitto_pub", "311", end_by::terminate, true, 143, 143},
    {"mosquitto_pub", "311", end_by::end_of_input, false, 0, 0},
    {"mosquitto_pub", "5", end_by::interrupt, true, 130, 130},
    {"mosquitto_pub", "5", end_by::terminate, true, 143, 143},
    {"mosquitto_pub", "5", end_by::end_of_input, false, 0, 0},
    {"mosquitto_sub", "311", end_by::interrupt, false, 130, 0},
    {"mosquitto_sub", "311", end_by::terminate, false, 143, 0},
    {"mosquitto_sub", "311", end_by::time_limit, false, 27, 27},
    {"mosquitto_sub", "311", end_by::count, false, 0, 0},
    {"mosquitto_sub", "5", end_by::interrupt, true, 130, 0},
    {"mosquitto_sub", "5", end_by::terminate, true, 143, 0},
    {"mosquitto_sub", "5", end_by::time_limit, true, 27, 27},
    {"mosquitto_sub", "5", end_by::count, false, 0, 0},
    {"mosquitto_rr", "311", end_by::interrupt, true, 130, 130},
    {"mosquitto_rr", "311", end_by::terminate, true, 143, 143},
    {"mosquitto_rr", "311", end_by::time_limit, false, 27, 27},
    {"mosquitto_rr", "5", end_by::interrupt, true, 130, 130},
    {"mosquitto_rr", "5", end_by::terminate, true, 143, 143},
    {"mosquitto_rr", "5", end_by::time_limit, true, 27, 27},
};

words ours(const std::string& name) {
  if (name == "mosquitto_pub") return pub({});
  if (name == "mosquitto_sub") return sub({});
  return pub({"--request"});
}

// One client that has a will, ready to be ended.
class client_with_will {
 public:
  client_with_will(const mosquitto& broker, const row& of, const words& program, std::string id,
                   const words& connection)
      : row_(of), id_(std::move(id)), running_(options(program, connection)) {
    const bool is_publisher = row_.name == "mosquitto_pub";
    if (is_publisher) running_.write("one\n");
    // What it does last before it waits.
    const std::string sign = is_publisher ? "Sending PUBACK to " : "Sending SUBACK to ";
    REQUIRE_MESSAGE(broker.logs(sign + id_), running_.err());
  }

  void end() {
    if (row_.end == end_by::interrupt) running_.signal(SIGINT);
    if (row_.end == end_by::terminate) running_.signal(SIGTERM);
    if (row_.end == end_by::end_of_input) running_.close_input();
  }

  // Returns once the broker has done with it.
  exit_result ended(const mosquitto& broker) {
    const auto ended = running_.wait();
    REQUIRE_MESSAGE(ended.has_value(), id_ << " does not end");
    CHECK(broker.logs("Client " + id_ + " "));
    return *ended;
  }

  const row& what() const { return row_; }
  const std::string& id() const { return id_; }
  std::string err() const { return running_.err(); }

 private:
  process_options options(const words& program, const words& connection) const {
    process_options made;
    made.command =
        program + connection + words{"-V",          row_.version,     "-i",   id_,  "--will-topic",
                                     "will/" + id_, "--will-payload", "gone", "-q", "1"};
    if (row_.name == "mosquitto_pub") {
      made.command = made.command + words{"-t", "n", "-l"};
      made.input = input_from::pipe;
    } else if (row_.name == "mosquitto_sub") {
      made.command = made.command + words{"-t", "wanted"};
      if (row_.end == end_by::count) made.command = made.command + words{"-C", "1"};
    } else {
      made.command = made.command + words{"-t", "n", "-e", "reply/" + id_, "-m", "x"};
    }
    if (row_.end == end_by::time_limit) made.command = made.command + words{"-W", "2"};
    return made;
  }

  row row_;
  std::string id_;
  process running_;
};

// Everything published as a will so far, a line each.
class wills {
 public:
  explicit wills(const mosquitto& broker)
      : broker_(broker), watched_(broker, at(broker) + words{"-t", "will/#", "-v", "-q", "1"}) {}

  std::string so_far() {
    REQUIRE(run_pub(at(broker_) + words{"-t", "will/mark", "-m", "x", "-q", "1"}).code == 0);
    REQUIRE(watched_.running().prints("will/mark x\n"));
    return watched_.running().out();
  }

 private:
  const mosquitto& broker_;
  subscription_of watched_;
};

}  // namespace

TEST_CASE("a will goes out after the same ends as with mosquitto's clients") {
  NEEDS_MOSQUITTO();
  NEEDS_PROGRAM("mosquitto_pub");
  mosquitto broker;
  wills found(broker);
  std::vector<std::unique_ptr<client_with_will>> theirs;
  std::vector<std::unique_ptr<client_with_will>> both;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const std::string id = std::to_string(i) + "-" + table[i].name;
    theirs.push_back(std::make_unique<client_with_will>(broker, table[i], words{table[i].name},
                                                        "their-" + id, at(broker)));
    both.push_back(std::make_unique<client_with_will>(broker, table[i], ours(table[i].name),
                                                      "our-" + id, at(broker)));
  }
  for (const auto& each : theirs) each->end();
  for (const auto& item : both) item->end();
  REQUIRE(run_pub(at(broker) + words{"-t", "wanted", "-m", "x"}).code == 0);
  std::vector<int> their_status;
  std::vector<int> our_status;
  for (const auto& entry : theirs) their_status.push_back(entry->ended(broker).status());
  for (const auto& pair : both) our_status.push_back(pair->ended(broker).status());
  const std::string out = found.so_far();
  for (std::size_t i = 0; i < table.size(); ++i) {
    CAPTURE(both[i]->id());
    CAPTURE(table[i].version);
    const bool went_out = out.find("will/" + both[i]->id() + " gone\n") != std::string::npos;
    CHECK(went_out == table[i].has_will_out);
    CHECK(went_out == (out.find("will/" + theirs[i]->id() + " gone\n") != std::string::npos));
    CHECK(our_status[i] == table[i].status);
    CHECK(their_status[i] == table[i].their_status);
    if (table[i].name == "mosquitto_pub" && table[i].status != 0)
      CHECK(both[i]->err().find("ed: 1 message acknowledged\n") != std::string::npos);
  }
}

TEST_CASE("an interrupted publisher's will goes out at once over TLS and WebSocket too") {
  NEEDS_MOSQUITTO();
  mosquitto_options with;
  with.tls = with.websocket = true;
  mosquitto broker(with);
  wills found(broker);
  const words tls{"-h",       "127.0.0.1",
                  "-p",       std::to_string(broker.tls_port()),
                  "--cafile", test_certificates().ca()};
  const words websocket{"-h", "127.0.0.1", "-p", std::to_string(broker.websocket_port()), "--ws"};
  for (const auto& [id, connection] : {std::pair{"secure", tls}, std::pair{"framed", websocket}}) {
    const row made{"mosquitto_pub", "311", end_by::interrupt, true, 130, 130};
    client_with_will client(broker, made, pub({}), id, connection);
    client.end();
    CHECK(client.ended(broker).signal == SIGINT);
    CHECK(client.err() == "mqtt-pub: interrupted: 1 message acknowledged\n");
  }
  const std::string out = found.so_far();
  CHECK(out.find("will/secure gone\n") != std::string::npos);
  CHECK(out.find("will/framed gone\n") != std::string::npos);
}

TEST_CASE("an interrupted publisher with an outbox leaves its will and its messages") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  wills found(broker);
  for (const std::string version : {"311", "5"}) {
    const std::string id = "kept" + version;
    const row made{"mosquitto_pub", version, end_by::terminate, true, 143, 143};
    client_with_will client(broker, made, pub({"--outbox", broker.folder().file(id)}), id,
                            at(broker));
    client.end();
    CHECK(client.ended(broker).signal == SIGTERM);
    CHECK(client.err().find("terminated: 1 message acknowledged") != std::string::npos);
  }
  const std::string out = found.so_far();
  CHECK(out.find("will/kept311 gone\n") != std::string::npos);
  CHECK(out.find("will/kept5 gone\n") != std::string::npos);
}

TEST_CASE("Ctrl-C ends a shell's loop around the programs") {
  NEEDS_MOSQUITTO();
  NEEDS_PROGRAM("bash");
  mosquitto broker;
  const std::string port = " -h 127.0.0.1 -p " + std::to_string(broker.port());
  const words loops{
      "sleep 30 | " + program("mqtt-pub") + port + " -t n -l -i client$i",
      program("mqtt-sub") + port + " -t n -i client$i",
  };
  std::size_t connected = 0;
  for (const std::string& body : loops) {
    process_options options;
    options.command = {"bash", "-c", "for i in 1 2 3; do " + body + "; done; echo went on"};
    options.input = input_from::terminal;
    options.output = output_to::terminal;
    options.error = output_to::terminal;
    process shell(options);
    REQUIRE(broker.logs("Sending CONNACK to client1", ++connected));
    shell.type("\x03");
    const auto ended = shell.wait();
    REQUIRE_MESSAGE(ended.has_value(), shell.screen());
    CHECK(ended->status() == 130);
    CHECK(shell.screen().find("went on") == std::string::npos);
    CHECK(broker.log().find("client2") == std::string::npos);
  }
}

}  // namespace mqttkit::testing
