// The probes' client over a connection that a broker has accepted.
#include "mqtt-doctor/probes/delivery/blocking_client.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "mqtt-doctor/probes/delivery/exchange.hpp"
#include "mqtt-doctor/probes/network/contact.hpp"
#include "support/scripted_broker.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using mqttkit::testing::peer;
using mqttkit::testing::scripted_broker;
using probe::clock;

std::unique_ptr<channel> accepted_by(const scripted_broker& broker,
                                     protocol_version version = protocol_version::v5) {
  target to;
  to.host = "127.0.0.1";
  contact_request how;
  how.address = to.host;
  how.port = broker.port();
  how.version = version;
  std::unique_ptr<channel> over;
  make_contact(to, how, &over);
  REQUIRE(over);
  return over;
}

publish_packet message_of(qos_t qos) {
  publish_packet packet;
  packet.topic = "a";
  packet.qos = qos;
  return packet;
}

/// Keeps what the client reports.
class notes final : public blocking_client::observer {
 public:
  std::vector<std::uint64_t> ended;
  std::vector<int> reasons;
  std::vector<std::string> came;
  std::vector<packet_type> packets;

 private:
  void packet(const frame& from_broker) override { packets.push_back(from_broker.type); }
  void message(const publish_packet& message) override { came.emplace_back(message.topic); }
  void acknowledged(const delivered& answer) override {
    ended.push_back(answer.token);
    reasons.push_back(answer.reason);
  }
};

}  // namespace

TEST_CASE("a probe's QoS 2 message is released by the session, and its end is told once") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    const auto message = client.receives<publish_packet>(packet_type::publish);
    client.sends(ack_packet{packet_type::pubrec, message->packet_id, 0x10});
    const auto release = client.receives<ack_packet>(packet_type::pubrel);
    client.sends(ack_packet{packet_type::pubcomp, release->packet_id});
    client.closed_by_client();
  });
  {
    const auto over = accepted_by(broker);
    blocking_client client(*over, 2s);
    notes found;
    std::uint64_t token = 0;
    REQUIRE(client.publish(message_of(qos_t::exactly_once), token, clock::now() + 2s));
    CHECK(client.wait(clock::now() + 5s, found, [&] { return !found.ended.empty(); }));
    CHECK(found.ended == std::vector<std::uint64_t>{token});
    CHECK(found.packets == std::vector<packet_type>{packet_type::pubrec, packet_type::pubcomp});
  }
  CHECK(broker.failure() == "");
}

TEST_CASE("what comes is acknowledged while the probe waits, unless it leaves that to others") {
  for (const bool acknowledges : {true, false}) {
    scripted_broker broker([acknowledges](peer& client) {
      client.accepts();
      publish_packet message;
      message.topic = "b";
      message.qos = qos_t::at_least_once;
      message.packet_id = 7;
      client.sends(message);
      if (acknowledges) {
        CHECK(client.receives<ack_packet>(packet_type::puback)->packet_id == 7);
      } else {
        CHECK(client.expects(packet_type::disconnect) != nullptr);
      }
    });
    {
      const auto over = accepted_by(broker);
      blocking_client client(*over, 2s, acknowledges);
      notes found;
      CHECK(client.wait(clock::now() + 5s, found, [&] { return !found.came.empty(); }));
      if (!acknowledges) {
        byte_buffer goodbye;
        (void)encode(goodbye, over->version, packet_type::disconnect, reason_packet{});
        over->send(goodbye, clock::now() + 1s);
      } else {
        client.wait(clock::now() + 1s, found, [] { return false; });
      }
    }
    CHECK(broker.failure() == "");
  }
}

TEST_CASE("an acknowledgement that is late is that of its own message") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    const auto first = client.receives<publish_packet>(packet_type::publish);
    const auto second = client.receives<publish_packet>(packet_type::publish);
    client.sends(ack_packet{packet_type::puback, first->packet_id, 0x87});
    client.sends(ack_packet{packet_type::puback, second->packet_id});
    client.closed_by_client();
  });
  {
    const auto over = accepted_by(broker);
    std::uint64_t first = 0, second = 0;
    notes found;
    {
      blocking_client client(*over, 2s);
      REQUIRE(client.publish(message_of(qos_t::at_least_once), first, clock::now() + 2s));
    }
    blocking_client client(*over, 2s);
    REQUIRE(client.publish(message_of(qos_t::at_least_once), second, clock::now() + 2s));
    CHECK(client.wait(clock::now() + 5s, found, [&] { return found.ended.size() == 2; }));
    CHECK(found.ended == std::vector<std::uint64_t>{first, second});
    CHECK(found.reasons == std::vector<int>{0x87, 0});
  }
  CHECK(broker.failure() == "");
}

TEST_CASE("how the broker ended it is kept: DISCONNECT, a close, or bytes that break the rules") {
  const auto end_with = [](protocol_version version, std::string_view hex) {
    scripted_broker broker([hex](peer& client) {
      client.accepts();
      if (!hex.empty()) client.sends_hex(hex);
      client.closes();
      client.closed_by_client();
    });
    const auto over = accepted_by(broker, version);
    blocking_client client(*over, 2s);
    notes found;
    CHECK_FALSE(client.wait(clock::now() + 5s, found, [] { return false; }));
    return std::pair(client.end, client.disconnect);
  };
  using ended = std::pair<fact_word<connection_end>, int>;
  CHECK(end_with(protocol_version::v5, "e0 01 8b") == ended(connection_end::disconnect, 0x8b));
  CHECK(end_with(protocol_version::v5, "") == ended(connection_end::closed, -1));
  CHECK(end_with(protocol_version::v3_1_1, "") == ended(connection_end::closed, -1));
  CHECK(end_with(protocol_version::v5, "00 00") == ended(connection_end::failed, -1));
  CHECK(end_with(protocol_version::v5, "20 03 00 00 00") == ended(connection_end::failed, -1));
}

TEST_CASE("what a broker says it does not take is for the probe to send all the same") {
  scripted_broker broker([](peer& client) {
    (void)client.expects(packet_type::connect);
    client.sends_hex("20 0a 00 00 07 24 00 25 00 21 00 01");  // maximum QoS 0, no retain, 1 at once
    (void)client.expects(packet_type::publish);
    (void)client.expects(packet_type::publish);
    client.closes();
    client.closed_by_client();
  });
  {
    const auto over = accepted_by(broker);
    blocking_client client(*over, 2s);
    std::uint64_t token = 0;
    publish_packet retained = message_of(qos_t::at_least_once);
    retained.retain = true;
    CHECK(client.publish(retained, token, clock::now() + 2s));
    CHECK(client.publish(message_of(qos_t::exactly_once), token, clock::now() + 2s));
    notes found;
    client.wait(clock::now() + 5s, found, [] { return false; });
    CHECK(client.end == connection_end::closed);
  }
  CHECK(broker.failure() == "");
}

TEST_CASE("an exchange tells messages that stayed half way from those that were acknowledged") {
  scripted_broker publishing([](peer& client) {
    client.accepts();
    const auto first = client.receives<publish_packet>(packet_type::publish);
    const auto second = client.receives<publish_packet>(packet_type::publish);
    client.sends(ack_packet{packet_type::pubrec, first->packet_id});
    client.sends(ack_packet{packet_type::pubrec, second->packet_id});
    const auto release = client.receives<ack_packet>(packet_type::pubrel);
    client.sends(ack_packet{packet_type::pubcomp, release->packet_id});
    client.closed_by_client();
  });
  scripted_broker subscribing([](peer& client) {
    client.accepts();
    client.grants();
    client.serves();
  });
  const auto from = accepted_by(publishing);
  const auto into = accepted_by(subscribing);
  exchange_request what;
  what.topic = what.filter = "a";
  what.lowest_qos = what.highest_qos = 2;
  what.messages = 2;
  what.limit = 300ms;
  const exchange_fact exchange = try_exchange(*from, *into, what);
  REQUIRE(exchange.runs.size() == 1);
  CHECK(exchange.suback == 2);
  CHECK(exchange.runs[0].sent == 2);
  CHECK(exchange.runs[0].acknowledged == 1);
  CHECK(exchange.runs[0].half_way == 1);
  CHECK(exchange.runs[0].ack == 0);
  CHECK(exchange.runs[0].lost == std::vector<int>{1, 2});
  CHECK(exchange.subscriber_pinged);
}

}  // namespace mqttkit::doctor
