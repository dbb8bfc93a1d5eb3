// From the bytes of a capture to the findings about each client.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "mqtt-doctor/capture/absence.hpp"
#include "mqtt-doctor/capture/page.hpp"
#include "mqtt-doctor/capture/recording.hpp"
#include "mqtt-doctor/causes/registry.hpp"
#include "mqtt-doctor/facts/facts_json.hpp"
#include "mqtt-doctor/report/document.hpp"
#include "mqtt-doctor/report/report.hpp"
#include "mqtt-doctor/together/together.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "support/hex.hpp"
#include "unit/doctor/wire.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;
using mqttkit::test::hex;
using mqttkit::test::hex_text;

namespace {

const std::string accepted_in = hex_text("20 02 00 00");
const std::string ping = hex_text("C0 00");

/// The packets of one connection; several of these share a capture.
class scene {
 public:
  scene& from(unsigned last, std::uint16_t client_port, std::uint16_t broker_port = 1883) {
    client_ = {host(last), client_port};
    broker_ = {host(200), broker_port};
    next_[0] = 1000;
    next_[1] = 5000;
    return *this;
  }
  scene& client(std::string_view flags, std::string_view payload = {}, double after_ms = 1) {
    return send(true, flags, payload, after_ms);
  }
  scene& broker(std::string_view flags, std::string_view payload = {}, double after_ms = 1) {
    return send(false, flags, payload, after_ms);
  }
  scene& again(double after_ms) {
    ++last_.ip_id;
    text_.add(last_.ip(), now_ += after_ms);
    return *this;
  }
  scene& stands() { return client("S").broker("SA").client("A"); }
  scene& comes_in(const std::string& id) {
    return stands().client("AP", connect_as(id)).broker("AP", accepted_in).client("A");
  }
  /// The second packet arrives before the first.
  scene& swapped(std::string_view first, std::string_view second) {
    segment made = last_, two = last_;
    made.from = two.from = client_;
    made.to = two.to = broker_;
    made.flags = two.flags = "AP";
    made.sequence = next_[0];
    two.sequence = next_[0] + static_cast<std::uint32_t>(first.size());
    made.payload = first;
    two.payload = second;
    made.ip_id = ++id_;
    two.ip_id = ++id_;
    text_.add(two, now_ += 1);
    text_.add(made, now_ += 1);
    return *this;
  }
  /// Another machine answers the last packet.
  scene& answered_by(unsigned last) {
    const wire_endpoint asked = broker_;
    broker_.address = host(last);
    send(false, "SA", {}, 1);
    send(true, "R", {}, 1);
    broker_ = asked;
    return *this;
  }
  scene& leaves() { return client("AFP", hex_text("E0 00")).broker("AF").client("A"); }
  scene& icmp(unsigned router, std::string_view head) {
    byte_list body = hex(head);
    put(body, last_.ip());
    segment made;
    made.from.address = host(router);
    made.to = client_;
    text_.add(made.ip4(body, 0, 1), now_ += 1);
    return *this;
  }

  recording read(capture_place place = capture_place::none) const {
    memory_source source(text_.bytes());
    recording_options how;
    how.name = "x.pcap";
    how.place = place;
    return read_recording(source, how);
  }
  const byte_list& bytes() const { return text_.bytes(); }

  unsigned client_ttl = 50, broker_ttl = 64;
  unsigned client_window = 60000;

 private:
  scene& send(bool is_client, std::string_view flags, std::string_view payload, double after_ms) {
    segment made;
    made.from = is_client ? client_ : broker_;
    made.to = is_client ? broker_ : client_;
    made.flags = flags;
    made.sequence = next_[is_client ? 0 : 1];
    made.acknowledgement = flags.find('A') == std::string_view::npos ? 0 : next_[is_client ? 1 : 0];
    made.ttl = is_client ? client_ttl : broker_ttl;
    made.window = is_client ? client_window : 60000;
    made.ip_id = id_ += 7;
    next_[is_client ? 0 : 1] += static_cast<std::uint32_t>(payload.size()) +
                                (flags.find_first_of("SF") == std::string_view::npos ? 0u : 1u);
    kept_ = std::string(payload);
    made.payload = kept_;
    last_ = made;
    text_.add(made, now_ += after_ms);
    return *this;
  }

  wire_endpoint client_, broker_;
  pcap_text text_;
  double now_ = 0;
  unsigned id_ = 100;
  std::uint32_t next_[2]{};
  std::string kept_;
  segment last_;
};

const diagnosis& only(const recording& of) {
  REQUIRE(of.clients.size() == 1);
  return of.clients[0].from.made;
}

std::string first_cause(const recording& of) {
  const diagnosis& made = only(of);
  return made.causes.empty() ? "" : made.causes[0].id;
}

std::string told(const finding& found) {
  std::string text = in_english(found.cause);
  for (const sentence& evidence : found.evidence) text += " | " + in_english(evidence);
  return text;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("an answer from where nobody was asked is no silence") {
  scene made;
  made.from(9, 50000).client("S").again(1000).answered_by(201);
  const recording of = made.read(capture_place::client);
  CHECK(first_cause(of) == "path-no-route-back");
  const std::string told = in_english(only(of).causes[0].cause);
  CHECK(told.find("is answered by") != std::string::npos);
  scene silent;
  silent.from(9, 50000).client("S").again(1000).again(2000);
  CHECK(first_cause(silent.read(capture_place::client)) != "path-no-route-back");
}

TEST_CASE("clients of a capture are told apart, each with what came of it") {
  scene all;
  all.from(1, 40001).comes_in("s7").leaves();
  all.from(2, 40002)
      .stands()
      .client("AP", connect_as("thief"))
      .broker("AP", hex_text("20 02 00 05"));
  all.broker("AF").client("AF");
  all.from(3, 40003, 9999).comes_in("odd-port").leaves();
  all.from(1, 40004).comes_in("s7").leaves();
  const recording found = all.read();
  REQUIRE(found.clients.size() == 3);
  CHECK(found.clients[0].name == "s7 (10.0.0.1)");
  CHECK(found.clients[0].from.made.is_healthy);
  CHECK(found.clients[0].from.known.capture->connections == 2);
  CHECK(in_english(found.clients[0].summary) ==
        "10.0.0.1 was let in by the broker as s7 (MQTT 3.1.1); subscriptions: 0, messages sent: 0, "
        "messages received: 0.");
  CHECK(found.clients[1].name == "thief (10.0.0.2)");
  REQUIRE(found.clients[1].from.made.causes.size() == 1);
  CHECK(found.clients[1].from.made.causes[0].id == "auth-anonymous-refused");
  CHECK(found.clients[1].from.made.exit_code == 9);
  CHECK(found.clients[2].name == "odd-port (10.0.0.3)");
  CHECK(found.about.place == capture_place::server);
  CHECK(diagnosis_of_all(found.clients).exit_code == 9);
}

TEST_CASE("SYN that nothing answers: where the capture was made decides what it means") {
  const auto silent = [](unsigned ttl) {
    scene made;
    made.client_ttl = ttl;
    made.from(1, 40001).client("S").again(1000).again(2000).again(4000);
    return made;
  };
  CHECK(first_cause(silent(50).read(capture_place::server)) == "tcp-timeout-host-firewall");
  CHECK(first_cause(silent(64).read(capture_place::client)) == "tcp-timeout-security-group");
  CHECK(first_cause(silent(63).read(capture_place::router)) == "tcp-timeout-security-group");
  const recording nobody_said = silent(50).read();
  CHECK(first_cause(nobody_said) == "tcp-timeout-security-group");
  CHECK(only(nobody_said).causes[0].how_sure == certainty::possible);
  const finding on_server = only(silent(50).read(capture_place::server)).causes[0];
  CHECK(has(told(on_server), "Packets 1, 2, 3, 4, as Wireshark numbers them."));
  CHECK(has(told(on_server), "SYN came 4 times in 7.0 s"));
}

TEST_CASE("where others are answered, a client that is not is kept out by its address") {
  scene all;
  all.from(1, 40001).comes_in("s7").leaves();
  all.from(2, 40002).client("S").again(1000).again(2000);
  const recording found = all.read(capture_place::server);
  REQUIRE(found.clients.size() == 2);
  CHECK(found.clients[1].from.made.causes[0].id == "tcp-timeout-source-allowlist");
  CHECK(has(told(found.clients[1].from.made.causes[0]), "answered 1 other clients"));
}

TEST_CASE("RST, ICMP and a way back that is missing have their causes") {
  scene refused;
  refused.from(1, 40001).client("S").broker("RA");
  CHECK(first_cause(refused.read(capture_place::server)) == "tcp-refused-not-running");
  scene rejected;
  rejected.from(1, 40001).client("S").icmp(254, "03 0D 00 00 00 00 00 00");
  CHECK(first_cause(rejected.read()) == "tcp-refused-by-icmp");
  CHECK(only(rejected.read()).causes[0].how_sure == certainty::certain);
  scene no_route;
  no_route.from(1, 40001).client("S").icmp(254, "03 01 00 00 00 00 00 00");
  CHECK(first_cause(no_route.read()) == "tcp-unreachable-no-route");
  scene back;
  back.from(1, 40001).client("S").again(1000).broker("SA").again(1000);
  CHECK(first_cause(back.read(capture_place::client)) == "tcp-local-policy");
  CHECK(first_cause(back.read(capture_place::server)) == "path-no-route-back");
}

TEST_CASE("a client that got in on a later attempt is not called shut out") {
  scene all;
  all.from(1, 40001).client("S").again(1000).again(2000);
  all.from(1, 40002).comes_in("s7").leaves();
  CHECK(first_cause(all.read(capture_place::server)).empty());
}

TEST_CASE("a message that overtook another packet is listed behind it") {
  scene all;
  all.from(1, 40001).comes_in("s7");
  all.swapped(hex_text("30 06 00 03 61 2F 62 78"), hex_text("E0 00"));
  const recording found = all.read();
  const std::string page = capture_page(found, report_style());
  CHECK(page.find("PUBLISH: topic a/b") < page.find("DISCONNECT"));
  CHECK(has(page, "#7     +0.006 > DISCONNECT"));
}

TEST_CASE("what a broker refused counts until it lets the client in, and the other way round") {
  const auto asks = [](scene& all, std::uint16_t port, std::string_view answer) {
    all.from(1, port).stands().client("AP", connect_as("s7")).broker("AP", hex_text(answer));
    all.broker("AF").client("AF");
  };
  scene in_at_last;
  asks(in_at_last, 40001, "20 02 00 05");
  asks(in_at_last, 40002, "20 02 00 00");
  CHECK(first_cause(in_at_last.read()).find("auth") == std::string::npos);
  scene out_at_last;
  asks(out_at_last, 40001, "20 02 00 00");
  asks(out_at_last, 40002, "20 02 00 05");
  // The same CONNECT was good before: that it has no user name is not the whole reason.
  const recording since = out_at_last.read();
  CHECK(first_cause(since) == "mqtt-server-busy-or-banned");
  REQUIRE(!since.clients.empty());
  const std::vector<finding>& causes = since.clients[0].from.made.causes;
  CHECK(std::none_of(causes.begin(), causes.end(),
                     [](const finding& told) { return told.how_sure == certainty::certain; }));
  scene out_at_once;
  asks(out_at_once, 40001, "20 02 00 05");
  CHECK(first_cause(out_at_once.read()) == "auth-anonymous-refused");
}

TEST_CASE("a reset in the broker's name is told by its TTL") {
  scene all;
  all.broker_ttl = 57;
  all.from(1, 40001).comes_in("s7");
  all.broker_ttl = 62;
  all.broker("R");
  const recording found = all.read();
  CHECK(first_cause(found) == "path-dpi-reset");
  CHECK(has(told(only(found).causes[0]), "came with TTL 62"));
  CHECK(has(told(only(found).causes[0]), "with TTL 57"));
}

TEST_CASE("a cut after silence is told to the second, also when a later connection stood") {
  scene all;
  all.from(1, 40001).comes_in("s7");
  all.client("AP", ping, 301'000).again(300).again(600).again(1200);
  all.from(1, 40002).comes_in("s7").leaves();
  const recording found = all.read();
  CHECK(first_cause(found) == "path-nat-idle-drop");
  CHECK(has(told(only(found).causes[0]), "After 301 s without a packet"));
  scene reset;
  reset.from(1, 40001).comes_in("s7").client("AP", ping, 301'000).broker("R", "", 20);
  CHECK(first_cause(reset.read()) == "path-nat-idle-reset");
}

TEST_CASE("large packets that vanish: certain where ICMP says so, likely otherwise") {
  const std::string large = hex_text("30 F8 0A 00 03 61 2F 62") + std::string(1395, 'x');
  scene plain;
  plain.from(1, 40001).comes_in("s7").client("AP", large).again(300).again(600).again(1200);
  CHECK(first_cause(plain.read()) == "path-mtu-black-hole");
  CHECK(only(plain.read()).causes[0].how_sure == certainty::likely);
  scene told_so;
  told_so.from(1, 40001).comes_in("s7").client("AP", large);
  told_so.icmp(254, "03 04 00 00 00 00 05 14").again(300).again(600).again(1200);
  CHECK(first_cause(told_so.read()) == "path-mtu-black-hole");
  CHECK(only(told_so.read()).causes[0].how_sure == certainty::certain);
  CHECK(has(told(only(told_so.read()).causes[0]), "10.0.0.254 says that at most 1300 bytes pass"));
  scene small;
  small.from(1, 40001).comes_in("s7").client("AP", ping).again(300).again(600).again(1200);
  CHECK(first_cause(small.read()) == "path-half-open");
}

TEST_CASE("a large first packet that nobody acknowledges is never healthy, whoever ends it") {
  const std::string large =
      hex_text("10 A0 0A 00 04 4D 51 54 54 04 02 00 3C 05 14") + std::string(1300, 'x');
  scene silent;
  silent.from(1, 40001).stands().client("AP", large).again(300).again(600).again(1200);
  CHECK(only(silent.read()).causes.size() >= 1);
  CHECK(only(silent.read()).causes[0].how_sure == certainty::possible);
  scene ended;
  ended.from(1, 40001).stands().client("AP", large).again(300).again(600).again(1200);
  ended.broker("F").broker("R");
  CHECK(first_cause(ended.read()) == "path-mtu-black-hole");
  CHECK(only(ended.read()).causes[0].how_sure == certainty::possible);
  CHECK(has(told(only(ended.read()).causes[0]), "nothing smaller was sent"));
}

TEST_CASE("an app that does not read is seen by its window") {
  scene all;
  all.from(1, 40001).comes_in("s7");
  all.client_window = 0;
  all.client("A");
  all.broker("AP", hex_text("30 06 00 03 61 2F 62 78"), 9000);
  all.client("A");
  CHECK(first_cause(all.read()) == "delivery-slow-consumer");
}

TEST_CASE("nobody is blamed for what the capture does not show") {
  scene late;  // connected before it began, and its last answers are missing
  late.from(1, 40001).client("AP", ping).broker("A").client("AP", ping, 20'000);
  const recording found = late.read();
  CHECK(first_cause(found).empty());
  CHECK(found.clients[0].name == "10.0.0.1:40001");
  scene cut;  // it ends behind CONNECT
  cut.from(1, 40001).stands().client("AP", connect_as("s7"));
  CHECK(first_cause(cut.read()).empty());
  scene waited;
  waited.from(1, 40001)
      .stands()
      .client("AP", connect_as("s7"))
      .broker("A")
      .client("AP", ping, 30'000);
  waited.broker("A");
  CHECK(first_cause(waited.read()) == "mqtt-broker-hung");
}

TEST_CASE("what is not MQTT is counted, and TLS where it is not usual is mentioned") {
  scene all;
  all.from(1, 40001).comes_in("s7").leaves();
  all.from(2, 40002, 80).stands().client("AP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n").broker("AF");
  all.from(3, 40003, 22).stands().broker("AP", "SSH-2.0-x\r\n").client("AF").broker("AF");
  const recording found = all.read();
  CHECK(found.clients.size() == 1);
  CHECK(found.others == 2);
  report_style style;
  const std::string page = capture_page(found, style);
  CHECK(has(page, "other connections, not of MQTT: 2"));
  CHECK(has(page, "s7 (10.0.0.1)"));
  CHECK(has(page, "to 10.0.0.200:1883, 22:13:20 to 22:13:20"));
}

TEST_CASE("the page names packets as Wireshark does, and says so when there is nothing of MQTT") {
  scene all;
  all.from(1, 40001).comes_in("s7").leaves();
  const recording found = all.read();
  const std::string page = capture_page(found, report_style());
  CHECK(has(page, "#4     +0.003 > CONNECT: MQTT 3.1.1, client identifier s7"));
  CHECK(has(page, "#5     +0.004 < CONNACK: accepted"));
  CHECK(page.find("> DISCONNECT") < page.find("> FIN"));  // of one packet
  CHECK(has(page, "recorded on the server, as its packets show"));
  const recording empty = scene().read(capture_place::server);
  CHECK(has(capture_page(empty, report_style()), "Nothing for MQTT reached this server"));
}

TEST_CASE("a client of a capture is a vantage point: its facts are saved and read back") {
  scene all;
  all.from(1, 40001)
      .stands()
      .client("AP", connect_as("thief"))
      .broker("AP", hex_text("20 02 00 05"));
  all.broker("AF").client("AF");
  const recording found = all.read();
  const facts& made = found.clients[0].from.known;
  const std::string json = facts_to_json(made, false);
  facts again;
  REQUIRE(facts_of_text(json, again).empty());
  REQUIRE(again.capture);
  REQUIRE(again.capture->streams.size() == 1);
  CHECK(again.capture->streams[0].ending == stream_ending::closed_by_broker);
  CHECK(again.capture->streams[0].client_id == "thief");
  CHECK(facts_to_json(again, false) == json);
  const std::vector<vantage> both{found.clients[0].from};
  const diagnosis together = diagnose_together(both);
  REQUIRE_FALSE(together.causes.empty());
  CHECK(together.causes[0].id == "auth-anonymous-refused");
  const std::string report = json_report(both, together);
  CHECK(has(report, R"x("name": "x.pcap: thief (10.0.0.1)")x"));
  CHECK(has(report, R"("ending": "closed-by-broker")"));
}

TEST_CASE("a laptop's attempts that are not in the server's capture are lost before the server") {
  facts known;
  known.started = "2023-11-14T22:13:20.500000Z";  // while the capture goes on
  known.asked.host = known.asked.typed = "10.0.0.200";
  known.asked.port = 8883;
  known.name.is_literal = true;
  known.name.canonical = "10.0.0.200";
  known.name.addresses = {"10.0.0.200"};
  known.name.lookup = lookup_outcome::ok;
  endpoint_facts at;
  at.port = 8883;
  contact made;
  made.purpose = contact_purpose::client;
  made.address = "10.0.0.200";
  made.port = 8883;
  made.connect.outcome = connect_outcome::silent;
  made.connect.ms = 5000;
  at.contacts.push_back(made);
  known.endpoints.push_back(at);
  const auto told_with = [&](const recording& capture) {
    const std::vector<vantage> from{vantage("laptop.json", known)};
    diagnosis all = diagnose_together(from);
    add_absences({capture}, from, all);
    REQUIRE_FALSE(all.causes.empty());
    return told(all.causes.front());
  };
  scene others;  // somebody else, at another port
  others.from(1, 40001).comes_in("s7").client("AP", ping, 3000).broker("A");
  CHECK(has(told_with(others.read(capture_place::server)),
            "What laptop.json sends to 10.0.0.200 port 8883 does not come to the server"));
  const auto is_told = [&](const recording& capture) {
    return has(told_with(capture), "does not come to the server");
  };
  CHECK_FALSE(is_told(others.read(capture_place::client)));
  scene arrives;
  arrives.from(1, 40001, 8883).client("S").again(1000).again(2000);
  CHECK_FALSE(is_told(arrives.read(capture_place::server)));
  known.started = "2023-11-14T22:19:00.500000Z";  // later
  CHECK_FALSE(is_told(others.read(capture_place::server)));
}

TEST_CASE("a report draws the conversation as a ladder, what failed in red, and blanks it") {
  scene all;
  all.from(1, 40001).stands().client("AP", connect_as("<thief>"));
  all.broker("AP", hex_text("20 02 00 05")).broker("AF").client("AF");
  const recording found = all.read();
  const std::vector<vantage> from{found.clients[0].from};
  const std::string page = html_of(document_of(from, diagnosis_of_all(found.clients), false));
  CHECK(has(page, "<span>10.0.0.1:40001</span><span>10.0.0.200:1883</span>"));
  CHECK(has(page,
            "<tr><td>#4 +0.003 s</td><td>CONNECT: MQTT 3.1.1, client identifier &lt;thief&gt;"));
  CHECK(has(page,
            "<tr class=\"bad\"><td>#5 +0.004 s</td><td class=\"left\">\u2190 CONNACK: refused"));
  const std::string text = markdown_of(document_of(from, diagnosis_of_all(found.clients), true));
  CHECK(has(text, "**CONNACK"));
  CHECK_FALSE(has(text, "10.0.0.1"));
}

TEST_CASE("every cause a capture may tell is registered") {
  for (const second_look& cause : capture_causes().looks) CHECK(find_cause(cause.id) != nullptr);
}

TEST_CASE("what answers in the place of a broker is read in a capture") {
  const auto answered = [](std::string_view answer) {
    scene capture;
    capture.from(1, 40001).stands().client("AP", connect_as("s7")).broker("AP", answer);
    capture.client("A").broker("AF").client("AF");
    return capture.read();
  };
  const recording web = answered("HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n");
  CHECK(first_cause(web) == "mqtt-not-a-broker");
  CHECK(only(web).causes[0].how_sure == certainty::certain);
  CHECK(in_english(only(web).causes[0].cause).find("is a web server") != std::string::npos);
  CHECK(first_cause(answered("SSH-2.0-OpenSSH_9.2\r\n")) == "mqtt-not-a-broker");
  CHECK(first_cause(answered("-ERR unknown command\r\n")) == "mqtt-not-a-broker");
  CHECK(first_cause(answered(hex_text("15 03 01 00 02 02 46"))) == "tls-plaintext-to-tls-port");
  const recording other = answered("RTSP/1.0 400 Bad Request\r\n\r\n");
  CHECK(first_cause(other) == "mqtt-not-a-broker");
  CHECK(only(other).causes[0].how_sure == certainty::likely);
  CHECK(first_cause(answered(accepted_in)) != "mqtt-not-a-broker");
}

TEST_CASE("a way that loses every tenth packet is a fault, and a few are a warning") {
  const auto losing = [](int lost, int sent) {
    scene capture;
    capture.from(1, 40001).comes_in("s7");
    for (int i = 0; i < sent; ++i) {
      capture.client("AP", ping);
      if (i < lost) capture.again(200);
      capture.broker("AP", hex_text("D0 00"));
    }
    return capture.leaves().read();
  };
  CHECK(first_cause(losing(20, 60)) == "path-packet-loss");
  CHECK(first_cause(losing(6, 60)).empty());
  CHECK(only(losing(6, 60)).warnings.size() == 1);
}
