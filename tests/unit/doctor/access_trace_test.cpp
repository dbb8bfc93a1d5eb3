// The access list of a broker on this machine, as the user in question meets it.
#include "server_facts.hpp"

using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

acl_rule_fact rule(int line, const std::string& user, acl_access access, const std::string& topic,
                   bool is_pattern = false) {
  acl_rule_fact made;
  made.file = "/etc/mosquitto/acl";
  made.line = line;
  made.user = user;
  made.access = access;
  made.topic = topic;
  made.is_pattern = is_pattern;
  return made;
}

/// alice published to home/door with MQTT 5; PUBACK had this reason, and nothing came back.
scene lost(int puback, const std::vector<acl_rule_fact>& rules, const std::string& user = "alice") {
  scene s;
  s.works().listens("0.0.0.0");
  s.runs();
  auto& configuration = s.configured(true, 1883);
  configuration.settings["acl_file"] = "/etc/mosquitto/acl";
  configuration.acl = rules;
  s.all.asked.user_name = user;
  s.all.asked.has_user = !user.empty();
  s.all.asked.topic = "home/door";
  delivery_fact delivery;
  delivery.topic = "home/door";
  delivery.is_users_topic = true;
  delivery.version = mqtt_version::v5;
  delivery.subscribed = delivery.published = delivery.ping_answered = true;
  delivery.suback = 1;
  delivery.puback = puback;
  s.all.endpoints[0].deliveries.push_back(delivery);
  return s;
}

constexpr int not_authorized = 0x87;

}  // namespace

TEST_CASE("a line that gives one right alone is shown with the right it gives") {
  const scene write = lost(not_authorized, {rule(2, "alice", acl_access::read, "home/#")});
  CHECK(write.first() == "auth-acl-publish-swallowed");
  CHECK(says(write, "/etc/mosquitto/acl:2: topic read home/#"));
  CHECK(says(write, "the right to read alone"));
  const scene read = lost(0, {rule(2, "alice", acl_access::write, "home/#")});
  CHECK(read.first() == "auth-acl-read-denied-silently");
  CHECK(says(read, "the right to publish alone"));
}

TEST_CASE("a line before the first user counts for clients without a name alone") {
  const std::vector<acl_rule_fact> rules{rule(1, "", acl_access::readwrite, "home/#")};
  const scene s = lost(not_authorized, rules);
  CHECK(says(s, "has no lines for alice"));
  CHECK(says(s, "before the first \"user\" line"));
  CHECK_FALSE(says(lost(0, rules, ""), "No line of the access list"));
}

TEST_CASE("the slip between rule and topic is told, and what %u stands for") {
  const scene narrow = lost(not_authorized, {rule(2, "alice", acl_access::readwrite, "home")});
  CHECK(says(narrow, "does not take in what lies below it"));
  const scene other = lost(not_authorized, {rule(1, "", acl_access::readwrite, "of/%u/#", true)});
  CHECK(says(other, "of/alice/#"));
}

TEST_CASE("%u in a line that begins with topic is no name, and the line is to be a pattern") {
  std::vector<acl_rule_fact> rules{rule(2, "alice", acl_access::readwrite, "of/%u/#")};
  const auto about = [&rules](const std::string& topic) {
    scene s = lost(not_authorized, rules);
    s.all.asked.topic = s.all.endpoints[0].deliveries.back().topic = topic;
    return s;
  };
  CHECK(about("of/alice/door").first() == "auth-acl-publish-swallowed");
  CHECK(says(about("of/alice/door"), "filled in only in lines that begin with pattern"));
  CHECK(says(about("of/alice/door"), "2s/^ *topic /pattern /"));
  CHECK_FALSE(says(about("of/bob/door"), "begin with pattern"));
  rules[0].is_newer = true;  // nobody knows what the broker has read
  CHECK_FALSE(says(about("of/alice/door"), "begin with pattern"));
}

TEST_CASE("the line that was meant is mended, as wide as it is") {
  const auto cured = [](const acl_rule_fact& line) {
    return lost(not_authorized, {line, rule(9, "alice", acl_access::readwrite, "garden/#")});
  };
  const scene star = cured(rule(2, "alice", acl_access::readwrite, "home/*"));
  CHECK(says(star, "s/.*/topic readwrite home\\/#/"));
  CHECK(says(star, "2s/"));
  CHECK_FALSE(says(star, "tee -a"));
  const scene above = cured(rule(1, "", acl_access::readwrite, "home/#"));
  CHECK(says(above, "'topic readwrite home/#' | sudo tee -a"));
  // A line that gives another right, or other topics, stays; the topic in question is added.
  for (const acl_rule_fact& other : {rule(2, "alice", acl_access::read, "home/*"),
                                     rule(2, "alice", acl_access::readwrite, "Home/#"),
                                     rule(2, "alice", acl_access::readwrite, "home"),
                                     rule(1, "", acl_access::readwrite, "barn/#")}) {
    CAPTURE(other.topic);
    CHECK_FALSE(says(cured(other), "s/.*/topic"));
    CHECK_FALSE(says(cured(other), "readwrite home/# "));
  }
}

TEST_CASE("%c in the place of a user name is mended by %u, and for no other level") {
  const auto about = [](const std::string& topic, const std::string& id) {
    scene s = lost(not_authorized, {rule(1, "", acl_access::readwrite, "of/%c/#", true)});
    s.all.asked.topic = s.all.endpoints[0].deliveries.back().topic = topic;
    s.all.asked.client_id = id;
    return s;
  };
  CHECK(says(about("of/alice/door", "phone-1"), "1a pattern readwrite of/%u/#"));
  CHECK_FALSE(says(about("of/alice/door", "phone-1"), "client identifier be alice"));
  CHECK(says(about("of/lamp/door", "phone-1"), "client identifier be lamp"));
  CHECK_FALSE(says(about("of/lamp/door", "phone-1"), "%u/#"));
}

TEST_CASE("a right that only the newer file gives, by a pattern as well, needs a reload alone") {
  acl_rule_fact newer = rule(3, "", acl_access::readwrite, "home/#", true);
  newer.is_newer = true;
  const std::vector<acl_rule_fact> rules{rule(2, "alice", acl_access::readwrite, "garden/#"),
                                         newer};
  scene s = lost(not_authorized, rules);
  log_fact denied;
  denied.kind = log_kind::denied;
  denied.text = "Denied PUBLISH from phone (d0, q1, r0, m1, 'home/door', ... (1 bytes))";
  s.host().log = {denied};
  CHECK(says(s, "it is not in force yet"));
  CHECK_FALSE(says(s, "tee -a"));
}

TEST_CASE("a list of which nothing was read is not called closed") {
  CHECK_FALSE(says(lost(not_authorized, {}), "No line of the access list"));
}

TEST_CASE("a list that gives the right, or goes by identifiers, is not called closed") {
  const scene open = lost(not_authorized, {rule(2, "alice", acl_access::readwrite, "home/#")});
  CHECK_FALSE(says(open, "No line of the access list"));
  const scene by_id = lost(not_authorized, {rule(1, "", acl_access::readwrite, "home/%c/#", true)});
  CHECK_FALSE(says(by_id, "No line of the access list"));
}

TEST_CASE("a subscription that is granted, and that no line lets read, is told without a message") {
  const auto subscribed = [](acl_access access) {
    scene s = lost(0, {rule(2, "alice", access, "home/#")});
    s.all.endpoints[0].deliveries.clear();
    exchange_fact exchange;
    exchange.filter = "home/door";
    exchange.is_users_topic = true;
    exchange.suback = 1;
    s.all.endpoints[0].exchanges.push_back(exchange);
    return s;
  };
  CHECK(subscribed(acl_access::write).first() == "auth-acl-read-denied-silently");
  CHECK(subscribed(acl_access::deny).first() == "auth-acl-read-denied-silently");
  CHECK(subscribed(acl_access::read).first() == "nothing");
  scene heard = subscribed(acl_access::write);
  heard.all.endpoints[0].exchanges[0].others = 3;
  CHECK(heard.first() == "nothing");
}

TEST_CASE("a user name that holds the mark of a pattern is filled in once") {
  scene s = lost(0, {rule(1, "", acl_access::readwrite, "home/%u/#", true)}, "a%u");
  CHECK_FALSE(s.found().empty());
}

TEST_CASE("a pattern for each user sends who has no name to the login, and opens it for nobody") {
  const scene s = lost(not_authorized, {rule(1, "", acl_access::readwrite, "home/%u/#", true)}, "");
  scene own = s;
  own.all.asked.topic = own.all.endpoints[0].deliveries.back().topic = "home/alice/door";
  CHECK(says(own, "Log in"));
  CHECK_FALSE(says(own, "tee -a"));
  CHECK_FALSE(says(own, "topic readwrite"));
}

TEST_CASE("a remark behind a topic never grants what it begins with") {
  scene s = lost(not_authorized, {rule(2, "alice", acl_access::readwrite, "home/door # all")});
  CHECK(says(s, "belongs to it"));
  CHECK(says(s, "s/home\\/door # all[[:space:]]*$/home\\/door/"));
  CHECK_FALSE(says(s, "2a topic"));
  s.all.asked.topic = s.all.endpoints[0].deliveries.back().topic = "garden/door";
  CHECK_FALSE(says(s, "readwrite #"));
}

TEST_CASE("a user name with the mark of a pattern is filled in once where a remark is read, too") {
  const scene s =
      lost(0, {rule(1, "", acl_access::readwrite, "home/%u/# for each user", true)}, "a%u");
  CHECK_FALSE(s.found().empty());
}

TEST_CASE("a name of two words is no remark behind the first one") {
  const auto with_users = [](const std::string& other) {
    scene s = lost(not_authorized, {rule(2, other, acl_access::readwrite, "home/#")}, "John");
    s.host().configurations[0].acl_users = {other};
    return s;
  };
  CHECK_FALSE(says(with_users("John Smith"), "All behind \"user\" is the name"));
  CHECK(says(with_users("John # from the garden"), "All behind \"user\" is the name"));
}

TEST_CASE("a line for everything is not widened to the broker's administration") {
  const auto about = [](const std::string& topic) {
    scene s = lost(not_authorized, {rule(2, "alice", acl_access::readwrite, "#")});
    s.all.asked.topic = s.all.endpoints[0].deliveries.back().topic = topic;
    return s;
  };
  CHECK_FALSE(says(about("$CONTROL/dynamic-security/v1"), "$CONTROL/#"));
  CHECK(says(about("$CONTROL/dynamic-security/v1"), "an administrator alone"));
  CHECK(says(about("$share-of/door"), "$share-of/#"));
}
