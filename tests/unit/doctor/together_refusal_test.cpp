// Clients that are refused where others are accepted: bans, missing routes, logins for some only.
#include "unit/doctor/places.hpp"

namespace mqttkit::doctor::test {

namespace {

// A firewall rule of the server rejects these addresses and accepts all others.
source_rule_fact& bans(phone& server, const std::vector<std::string>& sources,
                       const std::string& rule = "ip saddr @bad drop") {
  source_rule_fact source_rule;
  source_rule.sources = sources;
  source_rule.list = sources.empty() ? "set blocked" : sources.front();
  source_rule.refusal = firewall_verdict::drop;
  source_rule.rule = rule;
  source_rule.chain = "inet filter input";
  source_rule.tool = firewall_tool::nft;
  source_rule.stage = 1;
  auto& all = server.all.host->firewall[0].for_sources;
  all.push_back(source_rule);
  return all.back();
}

phone silent_laptop_at(const std::string& own) {
  phone made = silent_laptop();
  made.all.local.interfaces = {{"wlan0", own, 24}};
  return made;
}

std::string first_command(const places& together) {
  return together.found().causes[0].cures[0].command;
}

}  // namespace

TEST_CASE("a ban that names the silent client is the cause, and no security group is blamed") {
  phone server = healthy_server();
  bans(server, {"198.51.100.9", "81.2.3.4"});
  places together;
  together.of("server.json", server).of("laptop.json", silent_laptop_at("81.2.3.4"));
  CHECK(together.first() == "tcp-timeout-source-allowlist");
  CHECK(together.sureness() == certainty::certain);
  CHECK(together.says("server.json", "ip saddr @bad drop"));
  CHECK(first_command(together) == "sudo nft delete element inet filter bad { 81.2.3.4 }");
  for (const auto& each : together.found().causes) {
    if (each.id == "tcp-timeout-security-group") CHECK(each.how_sure != certainty::certain);
  }
}

TEST_CASE("the name of a list cannot slip another command into the one to copy") {
  phone server = healthy_server();
  bans(server, {"81.2.3.4"}, "ip saddr @bad;reboot drop");
  places together;
  together.of("server.json", server).of("laptop.json", silent_laptop_at("81.2.3.4"));
  CHECK(first_command(together).find("'bad;reboot'") != std::string::npos);
}

TEST_CASE("a banned network keeps its ban: the one address is let in before the rule") {
  phone server = healthy_server();
  bans(server, {"81.2.0.0/16"});
  places together;
  together.of("server.json", server).of("laptop.json", silent_laptop_at("81.2.3.4"));
  CHECK(first_command(together) ==
        "sudo nft insert rule inet filter input ip saddr 81.2.3.4 tcp dport 1883 accept");
}

TEST_CASE("fail2ban's ban is lifted by fail2ban") {
  phone server = healthy_server();
  bans(server, {"81.2.3.4"}, "tcp dport 1883 ip saddr @addr-set-mosquitto drop").chain =
      "inet f2b-table f2b-chain";
  places together;
  together.of("server.json", server).of("laptop.json", silent_laptop_at("81.2.3.4"));
  CHECK(first_command(together) == "sudo fail2ban-client unban 81.2.3.4");
}

TEST_CASE("an address that an earlier rule lets in is not banned by a later one") {
  phone server = healthy_server();
  bans(server, {"81.2.3.4"}).refusal.clear();
  bans(server, {"81.2.0.0/16"});
  places together;
  together.of("server.json", server).of("laptop.json", silent_laptop_at("81.2.3.4"));
  CHECK(together.first() == "tcp-timeout-security-group");
  CHECK(together.sureness() == certainty::certain);
  // A packet that one table accepts still meets the other tables.
  server.all.host->firewall[0].for_sources[1].stage = 2;
  places again;
  again.of("server.json", server).of("laptop.json", silent_laptop_at("81.2.3.4"));
  CHECK(again.first() == "tcp-timeout-source-allowlist");
}

TEST_CASE("behind a router the client may be the banned one: nothing is certain any more") {
  for (const bool is_read : {true, false}) {
    phone server = healthy_server();
    bans(server, is_read ? std::vector<std::string>{"81.2.3.4"} : std::vector<std::string>{})
        .has_all = is_read;
    places together;
    together.of("server.json", server).of("laptop.json", silent_laptop_at("192.168.1.20"));
    CHECK(together.sureness() != certainty::certain);
    CHECK(together.names("tcp-timeout-source-allowlist"));
  }
}

TEST_CASE("answers that the server's own rules stop are the cause of the silence") {
  phone server = healthy_server();
  firewall_fact out = server.all.host->firewall[0];
  out.is_reply = true;
  out.tool = firewall_tool::nft;
  out.verdict = out.refusal = firewall_verdict::drop;
  out.rule = "tcp sport 1883 drop";
  out.chain = "inet filter output";
  server.all.host->firewall.push_back(out);
  places together;
  together.of("server.json", server).of("laptop.json", silent_laptop());
  CHECK(together.first() == "tcp-timeout-host-firewall");
  CHECK(together.sureness() == certainty::certain);
  CHECK(first_command(together) ==
        "sudo nft insert rule inet filter output tcp sport 1883 'tcp flags & (syn | ack) != syn' "
        "accept");
  for (const auto& each : together.found().causes) {
    if (each.id == "tcp-timeout-security-group") CHECK(each.how_sure != certainty::certain);
  }
}

TEST_CASE("a rule for what leaves the server that may fit its answers leaves nothing certain") {
  phone server = healthy_server();
  firewall_fact out = server.all.host->firewall[0];
  out.is_reply = true;
  out.tool = firewall_tool::nft;
  out.verdict = firewall_verdict::unknown;
  out.refusal = firewall_verdict::drop;
  out.rule = "meta skuid \"mosquitto\" drop";
  out.chain = "inet harden output";
  server.all.host->firewall.push_back(out);
  places together;
  together.of("server.json", server).of("laptop.json", silent_laptop());
  CHECK(together.first() == "tcp-timeout-host-firewall");
  CHECK(together.sureness() == certainty::likely);
  CHECK(first_command(together) == "sudo nft list ruleset");
  for (const auto& each : together.found().causes) CHECK(each.how_sure != certainty::certain);
  // A rule for another program's user is hardly about the answers of the broker.
  server.all.host->firewall.back().rule = "meta skuid \"tor\" drop";
  places other;
  other.of("server.json", server).of("laptop.json", silent_laptop());
  CHECK(other.first() == "tcp-timeout-security-group");
  CHECK(other.sureness() == certainty::likely);
  CHECK(other.names("tcp-timeout-host-firewall"));
}

TEST_CASE(
    "more evidence makes no answer worse: one who comes in from outside clears what lies there") {
  phone office = silent_laptop_at("10.9.8.7");
  phone home = client("mqtt", 1883, server_address, "81.2.3.4");
  home.accepts();
  places together;
  together.of("server.json", healthy_server()).of("office.json", office).of("home.json", home);
  CHECK(together.first() == "tcp-egress-blocked");
  for (const auto& each : together.found().causes) {
    if (each.id == "tcp-timeout-security-group") CHECK(each.how_sure != certainty::certain);
  }
}

TEST_CASE("anonymous on the server and refused elsewhere: the broker looks at where from") {
  phone laptop = client();
  laptop.answers(0x87, 0x87);
  places together;
  together.of("server.json", healthy_server()).of("laptop.json", laptop);
  CHECK(together.first() == "auth-source-not-allowed");
  CHECK(together.sureness() == certainty::likely);
}

TEST_CASE("the same user refused elsewhere may be a typo: both are named") {
  phone server = broker_machine();
  server.with_login().accepts();
  phone laptop = client();
  laptop.with_login().answers(0x86, 0x86);
  places together;
  together.of("server.json", server).of("laptop.json", laptop);
  CHECK(together.names("auth-source-not-allowed"));
  CHECK(together.names("auth-bad-credentials"));
}

TEST_CASE("a server asked without a user name does not speak for those who come with one") {
  phone server = broker_machine();
  server.answers(0x87, 0x87);
  REQUIRE(server.first() == "auth-anonymous-refused");
  phone laptop = client();
  SUBCASE("let in: all is well") {
    laptop.with_login().accepts();
    places together;
    together.of("server.json", server).of("laptop.json", laptop);
    CHECK(together.first() == "healthy");
    CHECK(together.found().is_healthy);
    CHECK(together.found().exit_code == 0);
  }
  SUBCASE("refused: it is what they came with") {
    laptop.with_login().answers(0x86, 0x86);
    places result;
    result.of("server.json", server).of("laptop.json", laptop);
    CHECK(result.first() == "auth-bad-credentials");
    CHECK_FALSE(result.names("auth-anonymous-refused"));
  }
  SUBCASE("nobody came with one: that is the cause") {
    laptop.answers(0x87, 0x87);
    places outcome;
    outcome.of("server.json", server).of("laptop.json", laptop);
    CHECK(outcome.first() == "auth-anonymous-refused");
  }
}

TEST_CASE("another user elsewhere is another login") {
  phone server = broker_machine();
  server.with_login("bob").accepts();
  phone laptop = client();
  laptop.with_login("alice").answers(0x86, 0x86);
  places together;
  together.of("server.json", server).of("laptop.json", laptop);
  CHECK_FALSE(together.names("auth-source-not-allowed"));
}

TEST_CASE("RabbitMQ's guest is told from every other user") {
  phone server = broker_machine();
  server.with_login("guest").accepts();
  server.all.host->listeners[0].process = "beam.smp";
  server.all.host->listeners[0].command = "beam.smp rabbit";
  phone laptop = client();
  laptop.with_login("guest").answers(0x86, 0x86);
  places together;
  together.of("server.json", server).of("laptop.json", laptop);
  CHECK(together.first() == "auth-guest-only-local");
  CHECK(together.sureness() == certainty::certain);
}

TEST_CASE("RabbitMQ says 5 to a right password: the user may come by the loopback address only") {
  const auto told = [](int code, int meaning) {
    phone server = broker_machine();
    server.with_login("alice").accepts();
    server.all.host->listeners[0].process = "beam.smp";
    server.all.host->listeners[0].command = "beam.smp rabbit";
    phone laptop = client();
    laptop.with_login("alice").answers(code, meaning);
    places together;
    together.of("server.json", server).of("laptop.json", laptop);
    return together;
  };
  CHECK(told(5, 0x87).first() == "auth-guest-only-local");
  CHECK(told(5, 0x87).sureness() == certainty::likely);
  CHECK_FALSE(told(4, 0x86).names("auth-guest-only-local"));
}

TEST_CASE("a route of the server's that leads nowhere for the client is a ban") {
  phone server = healthy_server();
  server.all.host->routes = {{"0.0.0.0/0", "eth0", ""}, {"81.2.3.0/24", "", ""}};
  places known;
  known.of("server.json", server).of("laptop.json", silent_laptop_at("81.2.3.4"));
  CHECK(known.first() == "tcp-timeout-source-allowlist");
  CHECK(first_command(known) == "sudo ip route del 81.2.3.0/24");
  SUBCASE("unless a longer one leads to it") {
    server.all.host->routes.push_back({"81.2.3.4/32", "eth0", ""});
    places other;
    other.of("server.json", server).of("laptop.json", silent_laptop_at("81.2.3.4"));
    CHECK(other.first() == "tcp-timeout-security-group");
  }
  SUBCASE("nor for a client that a router gives another address") {
    places other;
    other.of("server.json", server).of("laptop.json", silent_laptop_at("192.168.1.20"));
    CHECK(other.first() == "tcp-timeout-security-group");
  }
}

TEST_CASE("a server asked by one uplink that answers by the other is heard by nobody") {
  phone server = healthy_server();
  server.all.local.interfaces = {{"eth0", server_address, 24}, {"eth1", "198.18.7.2", 24}};
  server.all.host->routes = {{"0.0.0.0/0", "eth1", ""}, {"198.18.7.0/24", "eth1", ""}};
  server.all.host->ways_out = {{server_address, "eth1"}, {"198.18.7.2", "eth1"}};
  const auto asked_by = [&](const std::string& own) {
    places known;
    known.of("server.json", server).of("laptop.json", silent_laptop_at(own));
    return known.first();
  };
  CHECK(asked_by("81.2.3.4") == "path-no-route-back");
  // Its own network has a line of its own, and a rule for the address makes the way back work.
  CHECK(asked_by("198.18.7.9") == "tcp-timeout-security-group");
  server.all.host->ways_out[0].by = "eth0";
  CHECK(asked_by("81.2.3.4") == "tcp-timeout-security-group");
}

TEST_CASE("a user of RabbitMQ's that its own machine takes and others are refused is a local one") {
  const auto refused = [](int code, int meaning) {
    phone laptop = client();
    laptop.with_login("alice");
    laptop.last().mqtt.emplace();
    laptop.last().mqtt->version = mqtt_version::v5;
    laptop.last().mqtt->answer = mqtt_answer::closed;
    laptop.last().end = connection_end::closed;
    laptop.contact_for("version").answers(code, meaning, "3.1.1");
    return laptop;
  };
  phone inside = client("mqtt", 1883, "127.0.0.1");
  inside.with_login("alice");
  inside.accepts();
  const auto told_of = [&](const phone& laptop) {
    places known;
    known.of("inside.json", inside).of("laptop.json", laptop);
    return known.first();
  };
  CHECK(told_of(refused(5, 0x87)) == "auth-guest-only-local");
  // 4 is the broker's reason code for a wrong password.
  CHECK(told_of(refused(4, 0x86)) != "auth-guest-only-local");
  inside.all.asked.user_name = "bob";
  CHECK(told_of(refused(5, 0x87)) != "auth-guest-only-local");
}

TEST_CASE("a network of docker's with the client's numbers takes the answers") {
  phone server = healthy_server();
  without_public_address(server, "10.0.0.5");
  server.all.local.interfaces.push_back({"br-5e1f0c2a", "192.168.1.1", 24});
  server.all.host->routes = {{"0.0.0.0/0", "eth0", ""}, {"192.168.1.0/24", "br-5e1f0c2a", ""}};
  places together;
  together.of("server.json", server).of("laptop.json", silent_laptop("10.0.0.5"));
  CHECK(together.first() == "path-no-route-back");
  CHECK(together.sureness() == certainty::likely);
  CHECK(together.says("server.json", "sends 192.168.1.0/24 to br-5e1f0c2a"));
  server.all.host->routes[1].by = "wg0";
  places tunnel;
  tunnel.of("server.json", server).of("laptop.json", silent_laptop("10.0.0.5"));
  CHECK(tunnel.first() == "path-no-route-back");
  CHECK_FALSE(tunnel.names("input-private-address"));
  server.all.host->routes[1].by = "eth0";
  places other;
  other.of("server.json", server).of("laptop.json", silent_laptop("10.0.0.5"));
  CHECK(other.first() != "path-no-route-back");
}

TEST_CASE("a routing table of their own takes the server's answers where nobody is") {
  phone server = healthy_server();
  server.all.local.interfaces = {{"eth0", server_address, 24}};
  server.all.host->routes = {{"0.0.0.0/0", "eth0", ""}};
  server.all.host->routing_rules = {
      {90, server_address, "81.2.0.0/16", "100", "from x to y lookup 100"}};
  server.all.host->table_routes = {{"100", "0.0.0.0/0", "eth0", "93.184.216.9", true}};
  const auto found = [&](const std::string& sender) {
    places known;
    known.of("server.json", server).of("laptop.json", silent_laptop_at(sender));
    return known;
  };
  CHECK(found("81.2.3.4").first() == "path-no-route-back");
  CHECK(found("81.2.3.4").sureness() == certainty::certain);
  CHECK(first_command(found("81.2.3.4")) == "sudo ip rule del priority 90");
  // Answers to the other client do not meet that rule.
  CHECK(found("82.2.3.4").first() == "tcp-timeout-security-group");
  // A machine with two uplinks needs such tables.
  server.all.host->table_routes[0].is_dead = false;
  CHECK(found("81.2.3.4").first() == "tcp-timeout-security-group");
  server.all.host->table_routes[0].by = "";
  CHECK(found("81.2.3.4").first() == "path-no-route-back");
  // A table without a matching line passes the lookup on to the next rule.
  server.all.host->table_routes[0].network = "10.0.0.0/8";
  CHECK(found("81.2.3.4").first() == "tcp-timeout-security-group");
}

TEST_CASE("rp_filter throws away what comes by another interface than its answer would take") {
  phone server = healthy_server();
  server.all.local.interfaces = {{"eth0", server_address, 24}};
  server.all.host->routes = {{"0.0.0.0/0", "eth0", ""}, {"81.2.3.4/32", "eth1", ""}};
  server.all.host->strict_interfaces = {"eth0"};
  const auto found = [&] {
    places known;
    known.of("server.json", server).of("laptop.json", silent_laptop_at("81.2.3.4"));
    return known;
  };
  CHECK(found().first() == "path-no-route-back");
  CHECK(found().says("server.json", "rp_filter is 1"));
  server.all.host->strict_interfaces = {"eth1"};
  CHECK_FALSE(found().says("server.json", "rp_filter is 1"));
  server.all.host->strict_interfaces = {"eth0"};
  server.all.host->routes.pop_back();
  CHECK(found().first() == "tcp-timeout-security-group");
}

}  // namespace mqttkit::doctor::test
