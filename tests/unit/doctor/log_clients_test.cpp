// What brokers' logs tell of single clients, as each broker writes it.
#include "mqtt-doctor/probes/host/services.hpp"
#include "server_facts.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

/// What is warned of on a healthy broker's machine whose log holds these lines.
std::vector<finding> warned(const std::string& text, const std::string& asked_id = {},
                            const std::string& source = "/var/log/mosquitto/mosquitto.log") {
  scene s;
  s.all.local.now = "2026-11-30T01:51:02Z";  // 1796003462
  s.all.asked.client_id = asked_id;
  s.listens("0.0.0.0").runs();
  s.configured(true, 1883);
  s.works();
  s.host().log = read_log(source, text);
  const diagnosis made = diagnose(s.all);
  CHECK(made.causes.empty());  // who asks is let in
  return made.warnings;
}

bool warns_of(const std::vector<finding>& all, const std::string& id, std::string_view client) {
  return std::any_of(all.begin(), all.end(), [&](const finding& each) {
    return each.id == id && each.how_sure != certainty::certain &&
           in_english(each.cause).find(client) != std::string::npos;
  });
}

std::string times(int count, const std::string& line) {
  std::string out;
  for (int i = 0; i < count; ++i) out += std::to_string(1796003400 + i) + ": " + line + "\n";
  return out;
}

struct told {
  const char* line;
  const char* id;
};
// mosquitto 1.4 to 2.0, and 2.1 with the client's address.
constexpr told by_mosquitto[] = {
    {"Client lamp has exceeded timeout, disconnecting.", "session-keepalive-expired"},
    {"Client lamp [10.0.0.9:4711] disconnected: exceeded timeout.", "session-keepalive-expired"},
    {"Client lamp disconnected, not authorised.", "auth-bad-credentials"},
    {"Client lamp [10.0.0.9:4711] disconnected: not authorised.", "auth-bad-credentials"},
    {"Client lamp [10.0.0.9:4711] disconnected: bad username or password.", "auth-bad-credentials"},
    {"Client lamp disconnected due to protocol error.", "mqtt-malformed-client"},
    {"Client lamp disconnected due to malformed packet.", "mqtt-malformed-client"},
    {"Client lamp [10.0.0.9:4711] disconnected: malformed packet.", "mqtt-malformed-client"},
    {"Protocol error from lamp: PUBLISH packet with mid = 0.", "mqtt-malformed-client"},
    {"Client lamp disconnected due to oversize packet.", "mqtt-packet-too-large"},
    {"Client lamp [10.0.0.9:4711] disconnected: oversize payload.", "mqtt-packet-too-large"},
    {"Client lamp disconnected due to QoS too high or retain not supported.",
     "mqtt-qos-not-supported"},
    {"Client lamp [10.0.0.9:4711] disconnected: quota exceeded.", "mqtt-server-busy-or-banned"},
    {"Client lamp [10.0.0.9:4711] disconnected: client banned.", "mqtt-server-busy-or-banned"},
    {"Client lamp has exceeded its receive-maximum quota. This behaviour must be fixed on the "
     "client.",
     "mqtt-server-busy-or-banned"},
    {"Client lamp already connected, closing old connection.", "session-duplicate-client-id"},
    {"Client lamp [10.0.0.9:4711] disconnected: session taken over.",
     "session-duplicate-client-id"},
    {"Outgoing messages are being dropped for client lamp.", "delivery-queue-overflow"},
    {"ACL denying access to client with dangerous client id \"lamp\"",
     "auth-acl-publish-swallowed"},
};

}  // namespace

TEST_CASE("a client's trouble in mosquitto's log is told, and who asks is not accused of it") {
  for (const told& each : by_mosquitto) {
    CAPTURE(std::string(each.line));
    CHECK(warns_of(warned(times(3, each.line)), each.id, "lamp"));
    // A day later it is no present trouble, nor are the doctor's own connections.
    std::string old = times(3, each.line);
    for (std::size_t at = 0; (at = old.find("17960034", at)) != std::string::npos;)
      old.replace(at, 8, "17958034");
    CHECK_FALSE(warns_of(warned(old), each.id, "lamp"));
    std::string own = times(3, each.line);
    for (std::size_t at = 0; (at = own.find("lamp", at)) != std::string::npos; at += 4)
      own.replace(at, 4, "mqtt-doctor-1a2b");
    if (std::string(each.id) != "session-duplicate-client-id")
      CHECK_FALSE(warns_of(warned(own), each.id, "mqtt-doctor"));
  }
}

TEST_CASE("a single line is told of the client that was asked for, and of no other") {
  for (const told& each : {by_mosquitto[0], by_mosquitto[2], by_mosquitto[5]}) {
    CAPTURE(std::string(each.line));
    CHECK(warns_of(warned(times(1, each.line), "lamp"), each.id, "lamp"));
    CHECK_FALSE(warns_of(warned(times(1, each.line), "door"), each.id, "lamp"));
    CHECK_FALSE(warns_of(warned(times(1, each.line)), each.id, "lamp"));
  }
  std::string flood;
  for (int i = 0; i < 60; ++i) flood += times(1, "Client <unknown> disconnected, not authorised.");
  CHECK(warns_of(warned(times(3, by_mosquitto[2].line) + flood), "auth-bad-credentials", "lamp"));
}

TEST_CASE("a client that the log does not name is told by the address it came from") {
  const auto from = [](const std::string& address) {
    return "New connection from " + address + ":36644 on port 1883.";
  };
  const std::string turned_away = "Client <unknown> disconnected, not authorised.";
  const auto refused = [&](int count, const std::string& address) {
    std::string out;
    for (int i = 0; i < count; ++i) {
      const std::string at = std::to_string(1796003400 + i) + ": ";
      out += at + from(address) + "\n" + at + from("10.0.0.7") + "\n" + at +
             "New client connected from 10.0.0.7:36644 as door (p2, c1, k60).\n" + at +
             turned_away + "\n";
    }
    return out;
  };
  CHECK(warns_of(warned(refused(3, "10.0.0.9")), "auth-bad-credentials", "10.0.0.9"));
  CHECK_FALSE(warns_of(warned(refused(3, "10.0.0.9")), "auth-bad-credentials", "10.0.0.7"));
  CHECK_FALSE(warns_of(warned(refused(2, "10.0.0.9")), "auth-bad-credentials", "10.0.0.9"));
  CHECK(warns_of(warned(refused(3, "10.0.0.8") + refused(3, "10.0.0.9") + refused(3, "10.0.0.8")),
                 "auth-bad-credentials", "10.0.0.8"));
  // An address from which others are let in names no single device.
  CHECK_FALSE(warns_of(warned(refused(3, "10.0.0.9") +
                              times(1, "New client connected from 10.0.0.9:4711 as lamp (p2).")),
                       "auth-bad-credentials", "10.0.0.9"));
  // The doctor itself asks without a name, from here.
  CHECK_FALSE(warns_of(warned(refused(5, "127.0.0.1")), "auth-bad-credentials", "127.0.0.1"));
}

TEST_CASE("what mosquitto calls malformed names the client or its address") {
  for (const char* const line : {"Bad client lamp sending multiple CONNECT messages.",
                                 "Invalid QoS in PUBLISH from lamp, disconnecting.",
                                 "Empty subscription string from lamp, disconnecting.",
                                 "Invalid QoS in subscription command from lamp, disconnecting."}) {
    CAPTURE(std::string(line));
    CHECK(warns_of(warned(times(3, line)), "mqtt-malformed-client", "lamp"));
  }
}

TEST_CASE("lines of a password file that are left out are no error of the configuration") {
  for (const char* const line :
       {"1796003400: Error: Invalid password hash for user bob, removing entry.\n",
        "1796003400: Error: Missing password hash for user bob, removing entry.\n",
        "1796003400: Warning: Invalid line in password file '/etc/mosquitto/passwd': bob\n"}) {
    const auto read = read_log("log", line);
    REQUIRE(read.size() == 1);
    CHECK(read[0].kind == log_kind::plain_password);
  }
}

TEST_CASE("EMQX and RabbitMQ tell of clients in words of their own") {
  const auto kind_of = [](const std::string& line) {
    const auto read = read_log("log", line + "\n");
    return read.empty() ? log_kind::none : read[0].kind.value();
  };
  const std::string full =
      "2026-11-30T03:50:02.707574+02:00 [warning] clientid: lamp, msg: "
      "dropped_msg_due_to_mqueue_is_full, peername: 10.0.0.9:4711, username: u, topic: a";
  CHECK(kind_of(full) == log_kind::dropped);
  CHECK(warns_of(warned(full + "\n"), "delivery-queue-overflow", "lamp"));
  const std::string four =
      "2026-11-30T01:50:02.707574+00:00 [warning] lamp@10.0.0.9:4711 [Session] Dropped msg due to "
      "mqueue is full: Message(Id=1)";
  CHECK(warns_of(warned(four + "\n"), "delivery-queue-overflow", "lamp"));
  CHECK_FALSE(
      warns_of(warned("2026-11-28" + full.substr(10) + "\n"), "delivery-queue-overflow", "lamp"));
  CHECK(kind_of("2026-11-30T01:45:11.7+00:00 [warning] clientid: lamp, msg: "
                "authorization_permission_denied, topic: t/#") == log_kind::denied);
  CHECK(kind_of("2026-11-30T01:45:11.7+00:00 [warning] clientid: lamp, reason: not_authorized, "
                "tag: AUTHN, msg: authentication_failure") == log_kind::refused);
  CHECK(kind_of("2026-11-30 01:50:02.1+00:00 [error] <0.9.0> MQTT login failed for user 'u'") ==
        log_kind::refused);
  const std::string set =
      "2026-11-30 01:50:02.123+00:00 [warning] <0.9.0> memory resource limit alarm set on node "
      "rabbit@a.\n";
  const std::string over =
      "2026-11-30 01:51:02.123+00:00 [warning] <0.9.0> memory resource limit alarm cleared on "
      "node rabbit@a\n";
  CHECK(warns_of(warned(set), "host-memory-alarm", "memory"));
  CHECK_FALSE(warns_of(warned(set + over), "host-memory-alarm", "memory"));
  CHECK(warns_of(warned(set + over + set), "host-memory-alarm", "memory"));
}

TEST_CASE("a certificate that was accepted is no login unless the listener makes it one") {
  const auto cause = [](bool has_certificate, const char* identity) {
    scene s("mqtts", 8883);
    s.all.asked.has_certificate = has_certificate;
    s.listens("0.0.0.0").runs();
    configuration_fact& file = s.configured(true, 8883);
    file.settings["allow_anonymous"] = "false";
    file.settings["password_file"] = "/etc/mosquitto/passwd";
    file.listeners[0].settings["require_certificate"] = "true";
    if (identity[0] != '\0') file.listeners[0].settings["use_identity_as_username"] = identity;
    s.answers(0x87, 0x87);
    for (const finding& each : s.found()) {
      if (each.id == "auth-anonymous-refused") return in_english(each.cause);
    }
    return std::string();
  };
  CHECK(cause(true, "").find("is no login here") != std::string::npos);
  CHECK(cause(true, "true").find("is no login here") == std::string::npos);
  CHECK(cause(false, "").find("is no login here") == std::string::npos);
}

TEST_CASE("a client that is timed out a second time fell silent anew; once may be chance") {
  const std::string line = "Client lamp has exceeded timeout, disconnecting.";
  const std::string id = "session-keepalive-expired";
  CHECK_FALSE(warns_of(warned(times(1, line)), id, "lamp"));
  CHECK(warns_of(warned(times(2, line)), id, "lamp"));
  // Two clients, once each.
  CHECK_FALSE(warns_of(warned(times(1, line) + times(1,
                                                     "Client door has exceeded timeout, "
                                                     "disconnecting.")),
                       id, ""));
  // Others' lines tell less, and want a third.
  CHECK_FALSE(warns_of(warned(times(2, "Client lamp disconnected, not authorised.")),
                       "auth-bad-credentials", "lamp"));
}

TEST_CASE("clients that run out of their keep alive in one moment did not fall silent themselves") {
  const auto all = [](std::initializer_list<const char*> ids, int second, int apart = 0) {
    std::string out;
    for (const char* id : ids) {
      out += std::to_string(1796003000 + second) + ": Client " + id +
             " has exceeded timeout, disconnecting.\n";
      second += apart;
    }
    return out;
  };
  const std::string hung = "mqtt-broker-hung", silent = "session-keepalive-expired";
  const auto once = warned(all({"lamp", "door", "pump"}, 0));
  CHECK(warns_of(once, hung, "Several clients"));
  CHECK_FALSE(warns_of(once, silent, ""));
  const auto twice = warned(all({"lamp", "door", "pump"}, 0) + all({"lamp", "door", "pump"}, 300));
  CHECK(warns_of(twice, hung, "Several clients"));
  CHECK_FALSE(warns_of(twice, silent, ""));
  // Each at its own time, two alone, or one of them again soon after: then it may be they.
  CHECK_FALSE(warns_of(warned(all({"lamp", "door", "pump"}, 0, 20)), hung, ""));
  CHECK_FALSE(warns_of(warned(all({"lamp", "door"}, 0)), hung, ""));
  CHECK_FALSE(warns_of(warned(all({"lamp", "lamp", "lamp"}, 0)), hung, ""));
  CHECK_FALSE(warns_of(warned(all({"lamp", "door", "pump"}, 0) + all({"fan"}, 30)), hung,
                       "Several clients"));
}

TEST_CASE("a bridge whose CONNECT nobody answers is told, where the log holds such lines") {
  const auto told = [](const std::string& text, std::size_t bridges = 1) {
    scene s;
    s.all.local.now = "2026-11-30T01:51:02Z";  // 1796003462
    s.listens("0.0.0.0").runs();
    bridge_fact bridge;
    bridge.name = "cloud";
    bridge.addresses = "192.0.2.7:1883";
    bridge.link = bridge_link::connected;
    s.configured(true, 1883).bridges.assign(bridges, bridge);
    s.works();
    s.host().log = read_log("/var/log/mosquitto/mosquitto.log", text);
    const diagnosis made = diagnose(s.all);
    for (const finding& each : made.warnings) {
      if (each.id == "host-bridge-down") return each.how_sure;
    }
    return certainty::certain;  // it is not told
  };
  const std::string tried =
      "1796003400: Connecting bridge (step 1) cloud (192.0.2.7:1883)\n"
      "1796003400: Connecting bridge (step 2) cloud (192.0.2.7:1883)\n";
  const std::string sent = tried + "1796003400: Bridge host.cloud sending CONNECT\n";
  CHECK(told(sent) == certainty::likely);
  CHECK(told(tried) == certainty::certain);  // the log is not kept in such detail
  CHECK(told(sent + "1796003401: Received CONNACK on connection local.host.cloud.\n") ==
        certainty::certain);
  CHECK(told(sent + "1796003401: Client local.host.cloud closed its connection.\n") ==
        certainty::certain);
  CHECK(told("1796003457: Connecting bridge (step 2) cloud (192.0.2.7:1883)\n"
             "1796003457: Bridge host.cloud sending CONNECT\n") == certainty::possible);
  CHECK(told("1796003461: Connecting bridge (step 2) cloud (192.0.2.7:1883)\n"
             "1796003461: Bridge host.cloud sending CONNECT\n") == certainty::certain);
  CHECK(told(sent, 2) == certainty::certain);  // of two it is not known which
}

TEST_CASE(
    "clients that mosquitto does not name are told by their port, where their address is shared") {
  const auto log = [](const std::string& address, int port, int count, bool is_shared = true) {
    std::string text;
    int second = 1796003000;
    const auto line = [&](const std::string& what) {
      text += std::to_string(second++) + ": " + what + "\n";
    };
    if (is_shared) {
      line("New connection from " + address + ":100 on port 1883.");
      line("New client connected from " + address + ":100 as lamp (p2, c1, k60).");
    }
    for (int i = 0; i < count; ++i) {
      line("New connection from " + address + ":" + std::to_string(200 + i) + " on port " +
           std::to_string(port) + ".");
      line("Client <unknown> disconnected, not authorised.");
    }
    // What the doctor itself brings about stands behind it.
    for (int i = 0; i < 6; ++i) {
      line("New connection from ::1:" + std::to_string(300 + i) + " on port 8883.");
      line("Client <unknown> disconnected, not authorised.");
    }
    return text;
  };
  constexpr std::string_view told = "The broker turns clients away at port 8883 again and again";
  const auto says = [&](const std::string& text) {
    const auto all = warned(text);
    return warns_of(all, "auth-bad-credentials", told);
  };
  CHECK(says(log("172.17.0.1", 8883, 3)));
  CHECK_FALSE(says(log("172.17.0.1", 8883, 2)));
  CHECK_FALSE(says(log("127.0.0.1", 8883, 4)));
  // Whoever gets in there later may be the one that was turned away.
  const std::string in =
      "1796003900: New connection from 172.17.0.1:900 on port PORT.\n"
      "1796003900: New client connected from 172.17.0.1:900 as x (p2, c1, k60).\n";
  const auto at_port = [&](const std::string& port) {
    std::string text = in;
    return text.replace(text.find("PORT"), 4, port);
  };
  CHECK_FALSE(says(log("172.17.0.1", 8883, 3) + at_port("8883")));
  CHECK(says(log("172.17.0.1", 8883, 3) + at_port("1883")));
  // Of one device behind its own address, the address is told.
  const auto alone = warned(log("10.0.0.9", 8883, 3, false));
  CHECK(warns_of(alone, "auth-bad-credentials", "turns a client at 10.0.0.9 away"));
  const auto read = read_log("m.log", log("172.17.0.1", 8884, 3));
  REQUIRE(!read.empty());
  CHECK(read.front().port == 8884);
  CHECK(read.front().from == "172.17.0.1");
  CHECK(read.front().peer.empty());
}
