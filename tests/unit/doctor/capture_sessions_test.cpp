// Whole sessions as a capture shows them: what is said first of each.
#include <doctest/doctest.h>

#include <string>

#include "mqtt-doctor/capture/recording.hpp"
#include "support/hex.hpp"
#include "unit/doctor/wire.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;
using mqttkit::test::hex_text;

namespace {

const std::string connack = hex_text("20 02 00 00");

/// One connection after the other between a client and a broker.
class session {
 public:
  session& opens(unsigned client = 1) {
    client_ = {host(client), ++port_};
    sequence_[0] = 1000;
    sequence_[1] = 5000;
    return put(true, "S").put(false, "SA").put(true, "A");
  }
  session& client(std::string_view flags, std::string_view payload = {}) {
    return put(true, flags, payload);
  }
  session& broker(std::string_view flags, std::string_view payload = {}) {
    return put(false, flags, payload);
  }
  session& says(std::string_view payload) { return put(true, "AP", payload).put(false, "A"); }
  session& hears(std::string_view payload) { return put(false, "AP", payload).put(true, "A"); }
  session& later(double ms) {
    now_ += ms;
    return *this;
  }
  session& closed_by_broker() { return put(false, "AF").put(true, "AF").put(false, "A"); }
  session& closed_by_client() { return put(true, "AF").put(false, "AF").put(true, "A"); }

  /// The first cause of each client, "id: sentence", a line each; "" for a healthy one.
  std::string first_causes() const {
    memory_source source(text_.bytes());
    recording_options how;
    how.name = "x.pcap";
    how.place = capture_place::server;
    std::string out;
    for (const captured_client& each : read_recording(source, how).clients) {
      const auto& causes = each.from.made.causes;
      if (!causes.empty()) out += causes[0].id + ": " + in_english(causes[0].cause) + '\n';
    }
    return out;
  }
  /// The names of all warnings and notes.
  std::string warnings() const {
    memory_source source(text_.bytes());
    recording_options how;
    how.place = capture_place::server;
    std::string out;
    for (const captured_client& each : read_recording(source, how).clients)
      for (const finding& warned : each.from.made.warnings)
        out += (out.empty() ? "" : " ") + warned.id;
    return out;
  }
  bool begins(std::string_view with) const { return first_causes().starts_with(with); }

  std::uint16_t broker_port = 1883;

 private:
  session& put(bool is_client, std::string_view flags, std::string_view payload = {}) {
    segment made;
    const wire_endpoint broker{host(200), broker_port};
    made.from = is_client ? client_ : broker;
    made.to = is_client ? broker : client_;
    made.flags = flags;
    made.sequence = sequence_[is_client ? 0 : 1];
    made.acknowledgement =
        flags.find('A') == std::string_view::npos ? 0 : sequence_[is_client ? 1 : 0];
    made.ttl = is_client ? 50 : 64;
    made.window = 60000;
    made.ip_id = id_ += 7;
    made.payload = payload;
    text_.add(made, now_ += 1);
    sequence_[is_client ? 0 : 1] += static_cast<std::uint32_t>(payload.size()) +
                                    (flags.find_first_of("SF") == std::string_view::npos ? 0u : 1u);
    return *this;
  }

  wire_endpoint client_;
  std::uint16_t port_ = 40000;
  pcap_text text_;
  double now_ = 0;
  unsigned id_ = 100;
  std::uint32_t sequence_[2]{1000, 5000};
};

}  // namespace

TEST_CASE("a CONNACK that comes when the app has given up is told with both times") {
  session here;
  here.opens().says(connect_as("app")).later(5000).client("AF").broker("A");
  here.later(3000).broker("AP", connack).client("R");
  CHECK(here.begins("mqtt-connack-late: app (10.0.0.1) gave up after 5 s, and CONNACK came 8 s"));
  CHECK(here.begins(std::string("mqtt-connack-late")));
}

TEST_CASE("an exchange of AUTH that the client does not go on with is told") {
  session here;
  // CONNECT of MQTT 5 with the Authentication Method "K".
  here.opens().says(hex_text("10 12 00 04 4D 51 54 54 05 02 00 3C 04 15 00 01 4B 00 01 61"));
  here.hears(hex_text("F0 06 18 04 15 00 01 4B")).later(10000).closed_by_broker();
  CHECK(here.first_causes().find("does not know the Authentication Method") != std::string::npos);
  CHECK(here.begins(std::string("auth-exchange-stopped")));
}

TEST_CASE("a broker that breaks MQTT in its CONNACK is no other service") {
  session here;
  here.opens().says(connect_as("app")).hears(hex_text("20 03 00 00 00")).closed_by_client();
  CHECK(here.first_causes().find("a CONNACK in the form of MQTT 5") != std::string::npos);
  CHECK(here.begins(std::string("mqtt-malformed-broker")));
}

TEST_CASE("what listens and speaks first is told, not its silent client") {
  session here;
  here.opens().hears(connack).later(1000).closed_by_client();
  CHECK(here.begins("mqtt-malformed-broker: What listens at 10.0.0.200:1883 speaks first"));
}

TEST_CASE("a first packet that is no CONNECT is named on a port of MQTT, however short") {
  for (const char* const bytes : {"C0 00", "E0 00", "40 02 00 01", "20 02 00 00", "D0 00"}) {
    CAPTURE(bytes);
    session here;
    here.opens().says(hex_text(bytes)).closed_by_broker();
    CHECK(here.begins("mqtt-malformed-client: "));
    CHECK(here.first_causes().find("the first packet is not CONNECT") != std::string::npos);
  }
}

TEST_CASE("the reason code of the broker is not outdone by a guess about the last SUBSCRIBE") {
  session here;
  here.opens().says(hex_text("10 0F 00 04 4D 51 54 54 05 02 00 3C 00 00 02 61 70"));
  here.hears(hex_text("20 03 00 00 00"));
  here.says(hex_text("82 07 00 01 00 00 01 78 00")).hears(hex_text("E0 02 9E 00"));
  here.closed_by_broker();
  CHECK(here.begins("ended-by-broker: "));
}

TEST_CASE("silence before CONNACK, and a broker that a client comes to anew, are no idle limit") {
  session waits;
  waits.opens().says(connect_as("app")).later(20000).closed_by_broker();
  CHECK_FALSE(waits.begins("proxy-idle-timeout"));
  CHECK_FALSE(waits.first_causes().empty());
}

TEST_CASE("connections in use that all end at the same age meet a limit of their age") {
  session here;
  for (int i = 0; i < 2; ++i) {
    here.opens().says(connect_as("app")).hears(connack);
    for (int ping = 0; ping < 6; ++ping)
      here.later(20000).says(hex_text("C0 00")).hears(hex_text("D0 00"));
    here.closed_by_broker().later(500);
  }
  CHECK(here.begins("session-lifetime: 10.0.0.200 ends each connection after 120 s"));
}

TEST_CASE("what a client says of its own leaving is the cause") {
  session here;
  here.opens().says(hex_text("10 0F 00 04 4D 51 54 54 05 02 00 3C 00 00 02 61 70"));
  here.hears(hex_text("20 03 00 00 00")).says(hex_text("E0 02 82 00")).closed_by_client();
  CHECK(here.first_causes().find("Protocol Error (130)") != std::string::npos);
  CHECK(here.begins(std::string("ended-by-client")));
}

TEST_CASE("several clients whose connections end within a second met a broker that was stopped") {
  session here;
  // Three clients, one after the other in the file, all ended within a second.
  for (unsigned i = 1; i <= 3; ++i)
    here.opens(i)
        .says(connect_as("app" + std::to_string(i)))
        .hears(connack)
        .says(hex_text("C0 00"))
        .hears(hex_text("D0 00"))
        .closed_by_broker();
  CHECK(here.first_causes().find("session-broker-restarted: ") != std::string::npos);
}

TEST_CASE("a client that closes three times without DISCONNECT gets a note, and no cause") {
  session here;
  for (int i = 0; i < 3; ++i)
    here.opens().says(connect_as("app")).hears(connack).later(5000).closed_by_client();
  CHECK(here.first_causes().empty());
  CHECK(here.warnings() == "session-left-without-disconnect");
}

TEST_CASE("a client without the PROXY header that others send is told so") {
  session here;
  here.opens(1).says("PROXY TCP4 198.51.100.9 10.0.0.200 50001 1883\r\n" + connect_as("good"));
  here.hears(connack).says(hex_text("E0 00")).closed_by_client().later(500);
  here.opens(2).says(connect_as("bare")).closed_by_broker();
  CHECK(here.first_causes().find("proxy-protocol-expected: ") != std::string::npos);
}

TEST_CASE("what the broker hangs up on is found by comparing the CONNECTs of one capture") {
  session here;
  // MQTT 3.1: its name, and level 3.
  for (int i = 0; i < 2; ++i)
    here.opens(1)
        .says(hex_text("10 10 00 06 4D 51 49 73 64 70 03 02 00 3C 00 02 6F 6C"))
        .closed_by_broker()
        .later(500);
  here.opens(2).says(connect_as("new")).hears(connack).says(hex_text("C0 00"));
  here.hears(hex_text("D0 00")).later(4000);
  CHECK(here.first_causes().find("What they do not have: MQTT 3.1.") != std::string::npos);
  CHECK(here.begins("mqtt-closed-after-connect"));
}

TEST_CASE("a client that was let in at last shows what its earlier CONNECTs had more") {
  session here;
  std::string hasty = connect_as("meter");
  hasty[11] = 10;  // seconds of keep alive
  for (int i = 0; i < 3; ++i) here.opens().says(hasty).closed_by_broker().later(500);
  here.opens().says(connect_as("meter")).hears(connack).later(4000);
  CHECK(here.first_causes().find("a keep alive of 10 s (the shortest that was let in: 60 s)") !=
        std::string::npos);
}

TEST_CASE("a message that never came whole is told, however large it was to be") {
  for (const int large : {0, 20}) {
    const char* const head = large == 0 ? "30 AC 02 00 01 61" : "30 C0 9A 0C 00 01 61";
    session here;
    for (int i = 0; i < 2; ++i) {
      here.opens().says(connect_as("cam")).hears(connack).says(hex_text(head) + "picture");
      for (int more = 0; more < large; ++more) here.says(std::string(1000, 'x'));
      here.closed_by_client().later(500);
    }
    CHECK(here.first_causes().find("in the middle of a packet of") != std::string::npos);
    CHECK(here.begins("mqtt-packet-cut-off"));
  }
}
