// Recorded rule sets, judged. The kernel's verdicts are known: each recording was also loaded, and
// connections were tried against it.
#include <doctest/doctest.h>

#include "unit/doctor/recorded.hpp"

using namespace mqttkit::doctor;

TEST_CASE("no rules let everything in") {
  const auto fact = judged(firewall_texts{}, 1883);
  CHECK(fact.verdict == firewall_verdict::accept);
  CHECK(fact.tool == firewall_tool::nobody);
}

TEST_CASE("ufw that allows only SSH drops MQTT by its policy and is named") {
  const auto fact = judged("ufw-ssh-only", 1883);
  CHECK(fact.verdict == firewall_verdict::drop);
  CHECK(fact.tool == firewall_tool::ufw);
  CHECK(fact.rule == "policy drop");
  CHECK(fact.chain == "filter INPUT");
  CHECK(judged("ufw-ssh-only", 22).verdict == firewall_verdict::accept);
  CHECK(judged("ufw-ssh-only", 1883, true).verdict == firewall_verdict::drop);
  CHECK(judged("ufw-ssh-only", 22, true).verdict == firewall_verdict::accept);
}

TEST_CASE("ufw's rules are told apart: allow, reject, limit, deny, a source, another protocol") {
  CHECK(judged("ufw-rules", 1883).verdict == firewall_verdict::accept);
  const auto rejected = judged("ufw-rules", 1884);
  CHECK(rejected.verdict == firewall_verdict::reject_reset);
  CHECK(rejected.rule ==
        "-A ufw-user-input -p tcp -m tcp --dport 1884 -j REJECT --reject-with tcp-reset");
  const auto limited = judged("ufw-rules", 1885);
  CHECK(limited.verdict == firewall_verdict::limit);
  CHECK(limited.refusal == firewall_verdict::reject_icmp);
  CHECK(limited.icmp == icmp_refusal::port_unreachable);
  const auto from_lan = judged("ufw-rules", 1886);
  CHECK(from_lan.verdict == firewall_verdict::source);
  CHECK(from_lan.source == "10.0.0.0/8");
  CHECK(from_lan.refusal == firewall_verdict::drop);
  CHECK(judged("ufw-rules", 1887).verdict == firewall_verdict::drop);
  const auto udp = judged("ufw-rules", 1888);  // 1888/udp is allowed, which helps nobody here
  CHECK(udp.verdict == firewall_verdict::drop);
  CHECK(udp.rule == "policy drop");
  CHECK(udp.near_rule == "-A ufw-user-input -p udp -m udp --dport 1888 -j ACCEPT");
  CHECK(judged("ufw-rules", 1889).verdict == firewall_verdict::accept);  // on eth0
  CHECK(judged("ufw-rules", 1890).verdict == firewall_verdict::accept);  // a range
  CHECK(judged("ufw-rules", 1900).verdict == firewall_verdict::drop);
}

TEST_CASE("a firewall without ICMPv6 hides the machine from its IPv6 neighbours") {
  packet like;
  like.in = "eth0";
  like.own_addresses = {"10.77.2.2", "fd77:2::2"};
  const auto nowhere = [](const std::string&) { return std::string("eth0"); };
  const auto refused = [&](const firewall_texts& texts) {
    return refusal_of_neighbours(read_rules(texts), like, nowhere).has_value();
  };
  for (const char* const name :
       {"ufw-ssh-only", "ufw-rules", "firewalld-public", "docker-published"}) {
    CAPTURE(name);
    CHECK_FALSE(refused(recorded_firewall(name)));
  }
  const auto policy = [&](const std::string& rules) {
    firewall_texts texts;
    texts.ip6tables =
        "*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
        "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
        "-A INPUT -p tcp -m tcp --dport 1883 -j ACCEPT\n" +
        rules + "COMMIT\n";
    return refused(texts);
  };
  CHECK(policy(""));
  CHECK(policy("-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT\n"));
  CHECK_FALSE(policy("-A INPUT -p ipv6-icmp -j ACCEPT\n"));
  CHECK_FALSE(policy("-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j ACCEPT\n"));
  CHECK_FALSE(policy("-A INPUT -s fe80::/10 -j ACCEPT\n"));
}

TEST_CASE("neighbour discovery that is let in as RFC 4890 has it is not called dropped") {
  packet like;
  like.in = "eth0";
  like.own_addresses = {"10.77.2.2", "fd77:2::2"};
  const auto nowhere = [](const std::string&) { return std::string("eth0"); };
  const auto is = [](const std::string& protocol, const std::string& field,
                     const std::string& value) {
    return R"({"match":{"op":"==","left":{"payload":{"protocol":")" + protocol + R"(","field":")" +
           field + R"("}},"right":)" + value + "}},";
  };
  const auto refused = [&](const std::string& matches) {
    firewall_texts texts;
    texts.nft_json =
        R"({"nftables":[{"table":{"family":"inet","name":"filter","handle":1}},)"
        R"({"chain":{"family":"inet","table":"filter","name":"input","handle":1,)"
        R"("type":"filter","hook":"input","prio":0,"policy":"drop"}},)"
        R"({"rule":{"family":"inet","table":"filter","chain":"input","handle":2,"expr":[)" +
        matches + R"({"accept":null}]}}]})";
    return refusal_of_neighbours(read_rules(texts), like, nowhere).has_value();
  };
  CHECK(refused(is("icmpv6", "type", R"("echo-request")")));
  CHECK_FALSE(
      refused(is("icmpv6", "type", R"({"set":["nd-neighbor-solicit","nd-neighbor-advert"]})")));
  CHECK_FALSE(
      refused(is("ip6", "hoplimit", "255") + is("icmpv6", "type", R"("nd-neighbor-solicit")")));
}

TEST_CASE("a source that ufw denies says nothing about everybody else") {
  CHECK(judged("ufw-rules", 1883).source.empty());  // "deny from 1.2.3.4" stands in the same chain
}

TEST_CASE("an ACCEPT behind the image's REJECT is never reached, and is shown") {
  const auto fact = judged("oracle-image", 1883);
  CHECK(fact.verdict == firewall_verdict::reject_icmp);
  CHECK(fact.icmp == icmp_refusal::host_prohibited);
  CHECK(fact.tool == firewall_tool::iptables);
  CHECK(fact.rule == "-A INPUT -j REJECT --reject-with icmp-host-prohibited");
  CHECK(fact.too_late == "-A INPUT -p tcp -m tcp --dport 1883 -j ACCEPT");
  CHECK(judged("oracle-image", 22).verdict == firewall_verdict::accept);
  CHECK(judged("oracle-image", 8883).too_late.empty());
}

TEST_CASE("firewalld is recognised by its chains, and its refusal is administrative") {
  const auto closed = judged("firewalld-public", 1883);
  CHECK(closed.tool == firewall_tool::firewalld);
  CHECK(closed.verdict == firewall_verdict::reject_icmp);
  CHECK(closed.icmp == icmp_refusal::admin_prohibited);
  CHECK(closed.zone.empty());  // the default one
  CHECK(judged("firewalld-public", 8883).verdict == firewall_verdict::accept);
  CHECK(judged("firewalld-public", 22, true).verdict == firewall_verdict::accept);
}

TEST_CASE("firewalld's zone is named when it is not the default one, rich rules count") {
  CHECK(judged("firewalld-internal", 1883).zone == "internal");
  const auto rich = judged("firewalld-internal", 1884);
  CHECK(rich.verdict == firewall_verdict::source);
  CHECK(rich.source.find("10.5.0.0/16") != std::string::npos);
  CHECK(judged("firewalld-internal", 1885).icmp == icmp_refusal::port_unreachable);
}

TEST_CASE("somebody trusted with every port makes no allow-list for this one") {
  const auto fact = judged("firewalld-internal", 1883);  // zone trusted has 10.9.0.0/16
  CHECK(fact.verdict == firewall_verdict::reject_icmp);
  CHECK(fact.source == "10.9.0.0/16");
}

TEST_CASE("a port that docker publishes passes the forward hook, not the input policy") {
  const auto fact = judged("docker-published", 1883);
  CHECK(fact.verdict == firewall_verdict::accept);
  CHECK(fact.tool == firewall_tool::docker);
  CHECK(fact.forwarded_to == "172.17.0.2:1883");
  CHECK(judged("docker-published", 8883).verdict == firewall_verdict::drop);
}

TEST_CASE("a rule that only mentions the port decides nothing") {
  // The table has chains in the output and the forward hook.
  CHECK(judged("nft-mentions", 1883).verdict == firewall_verdict::accept);
  // No rule matches the port.
  CHECK(judged("nft-mentions", 1884).verdict == firewall_verdict::drop);
  // The input hook accepts the packet, but prerouting has dropped it before.
  const auto early = judged("nft-mentions", 1885);
  CHECK(early.verdict == firewall_verdict::drop);
  CHECK(early.chain == "inet filter early");
  // One base chain accepts the packet, the next one of the same hook rejects it.
  const auto second = judged("nft-mentions", 1886);
  CHECK(second.verdict == firewall_verdict::reject_reset);
  CHECK(second.chain == "inet filter in2");
  // The right port number, but for UDP, or as the source port.
  CHECK(judged("nft-mentions", 1887).verdict == firewall_verdict::drop);
  // The packet does not come by this interface.
  CHECK(judged("nft-mentions", 1888).verdict == firewall_verdict::drop);
  // The rule accepts a named set of sources.
  const auto set = judged("nft-mentions", 1889);
  CHECK(set.verdict == firewall_verdict::source);
  CHECK(set.source == "@cn");
  // The rule is for the other address family.
  CHECK(judged("nft-mentions", 1890).verdict == firewall_verdict::drop);
  CHECK(judged("nft-mentions", 1890, true).verdict == firewall_verdict::accept);
  CHECK(judged("nft-mentions", 1892).verdict == firewall_verdict::drop);
  CHECK(judged("nft-mentions", 1892, true).verdict == firewall_verdict::accept);
  // Only some sources take the jump.
  CHECK(judged("nft-mentions", 1891).source == "10.0.0.0/8");
}

TEST_CASE("rates, counts and chance are no plain refusals") {
  CHECK(judged("nft-mentions", 1893).verdict == firewall_verdict::limit);
  CHECK(judged("nft-mentions", 1893).tool == firewall_tool::nft);
  CHECK(judged("nft-mentions", 1894).verdict == firewall_verdict::random);
  const auto count = judged("nft-mentions", 1895);
  CHECK(count.verdict == firewall_verdict::limit);
  CHECK(count.refusal == firewall_verdict::reject_reset);
  CHECK(judged("iptables-many", 1888).verdict ==
        firewall_verdict::limit);  // --limit, then the policy
  CHECK(judged("iptables-many", 1889).verdict == firewall_verdict::limit);  // connlimit
  CHECK(judged("iptables-many", 1895).verdict ==
        firewall_verdict::limit);  // recent with a hitcount
  CHECK(judged("iptables-many", 1896).verdict == firewall_verdict::limit);   // hashlimit
  CHECK(judged("iptables-many", 1901).verdict == firewall_verdict::random);  // statistic
}

TEST_CASE("nft's verdict maps, jumps, sets, ranges and concatenations are followed") {
  CHECK(judged("nft-many", 1885).verdict == firewall_verdict::accept);
  CHECK(judged("nft-many", 1886).verdict == firewall_verdict::drop);
  CHECK(judged("nft-many", 1887).verdict == firewall_verdict::reject_reset);     // goto
  CHECK(judged("nft-many", 1888).rule == "reject with icmpx admin-prohibited");  // return
  CHECK(judged("nft-many", 1889).icmp ==
        icmp_refusal::admin_prohibited);  // host-prohibited only for 10.1/16
  CHECK(judged("nft-many", 1890).icmp == icmp_refusal::port_unreachable);
  CHECK(judged("nft-many", 1891).verdict == firewall_verdict::accept);
  CHECK(judged("nft-many", 1891, true).verdict == firewall_verdict::reject_icmp);  // nfproto ipv4
  CHECK(judged("nft-many", 1895).verdict == firewall_verdict::accept);             // th dport
  CHECK(judged("nft-many", 1896).verdict == firewall_verdict::accept);
  CHECK(judged("nft-many", 1898).verdict == firewall_verdict::accept);  // tcp flags
  CHECK(judged("nft-many", 1900).verdict == firewall_verdict::accept);  // a map with a name
  CHECK(judged("nft-many", 1901).verdict == firewall_verdict::accept);  // "eth*"
  CHECK(judged("nft-many", 1905).verdict ==
        firewall_verdict::reject_icmp);  // a mark it does not carry
  CHECK(judged("nft-many", 1908).verdict == firewall_verdict::accept);
  CHECK(judged("nft-many", 1909).rule == "ct state new tcp dport 1909 accept comment \"hello\"");
  CHECK(judged("nft-many", 1910).verdict == firewall_verdict::accept);  // to our own address
  CHECK(judged("nft-many", 1911).verdict == firewall_verdict::accept);  // 0.0.0.0/0 is everybody
  CHECK(judged("nft-many", 1916).verdict == firewall_verdict::accept);
  CHECK(judged("nft-many", 2001).verdict == firewall_verdict::reject_reset);  // a range in a map
  CHECK(judged("nft-many", 2500).verdict == firewall_verdict::accept);        // != 1-2000
}

TEST_CASE("sources in a concatenation, and everybody but some") {
  const auto listed = judged("nft-many", 1883);
  CHECK(listed.verdict == firewall_verdict::source);
  CHECK(listed.source == "1.2.3.4, 9.9.9.9");
  const auto others = judged("nft-many", 1906);
  CHECK(others.verdict == firewall_verdict::source);
  CHECK(others.source == "10.1.0.0/16");
  CHECK(others.refusal == firewall_verdict::drop);
}

TEST_CASE("what depends on the time of day is not decided") {
  const auto fact = judged("nft-many", 1914);
  CHECK(fact.verdict == firewall_verdict::unknown);
  CHECK(fact.too_late == "meta hour \"08:00\"-\"18:00\" tcp dport 1914 accept");
}

TEST_CASE("a redirect leads to another port of this machine, a dnat past the input hook") {
  const auto redirected = judged("nft-many", 3000);
  CHECK(redirected.forwarded_to == "port 1910");
  CHECK(redirected.verdict == firewall_verdict::accept);
  const auto sent_on = judged("nft-many", 3001);
  CHECK(sent_on.forwarded_to == "10.88.0.2:1883");
  CHECK(sent_on.verdict == firewall_verdict::drop);
  CHECK(sent_on.chain == "ip nat forward");
}

TEST_CASE("iptables' modules are understood") {
  CHECK(judged("iptables-many", 1883).verdict == firewall_verdict::accept);  // multiport
  CHECK(judged("iptables-many", 9050).verdict == firewall_verdict::accept);
  CHECK(judged("iptables-many", 1884).verdict == firewall_verdict::source);
  CHECK(judged("iptables-many", 1885).verdict == firewall_verdict::accept);  // ! -s
  CHECK(judged("iptables-many", 1886).verdict == firewall_verdict::drop);    // udp
  CHECK(judged("iptables-many", 1887).verdict == firewall_verdict::reject_reset);
  CHECK(judged("iptables-many", 1890).verdict == firewall_verdict::accept);  // a quoted comment
  CHECK(judged("iptables-many", 1891).icmp == icmp_refusal::port_unreachable);
  CHECK(judged("iptables-many", 1892).chain == "filter web");                // -g
  CHECK(judged("iptables-many", 1893).verdict == firewall_verdict::drop);    // --sport
  CHECK(judged("iptables-many", 1894).verdict == firewall_verdict::accept);  // --syn
  CHECK(judged("iptables-many", 1897).verdict == firewall_verdict::accept);  // -d
  CHECK(judged("iptables-many", 1898).verdict == firewall_verdict::accept);  // -i
  CHECK(judged("iptables-many", 1899).verdict == firewall_verdict::accept);  // -i eth+
  CHECK(judged("iptables-many", 1900).verdict == firewall_verdict::drop);    // -i wlan0
  CHECK(judged("iptables-many", 1902).source.find("10.1.1.1-10.1.1.9") != std::string::npos);
  CHECK(judged("iptables-many", 1903).verdict == firewall_verdict::accept);  // ctstate
  CHECK(judged("iptables-many", 3000).verdict == firewall_verdict::accept);  // ! --dport
}

TEST_CASE("the old iptables tables count as well") {
  firewall_texts texts;
  texts.legacy = recorded("iptables-legacy.old");
  CHECK(judged(texts, 22).verdict == firewall_verdict::accept);
  CHECK(judged(texts, 1883).verdict == firewall_verdict::drop);
  CHECK(judged(texts, 1883, true).verdict == firewall_verdict::accept);
}

TEST_CASE("iptables-save knows more of iptables' own tables than nft, and less of others'") {
  auto texts = recorded_firewall("oracle-image");
  CHECK(judged(texts, 1883).icmp == icmp_refusal::host_prohibited);
  texts.iptables.clear();  // nft alone shows a match it cannot name
  CHECK(judged(texts, 1883).verdict != firewall_verdict::accept);
  // iptables-save says "Table `nat' contains incompatible base-chains" and prints an empty table:
  // nft's rules count then.
  CHECK(recorded_firewall("nft-many").iptables.find("*nat") != std::string::npos);
  CHECK(judged("nft-many", 3000).forwarded_to == "port 1910");
}

TEST_CASE("text that is no ruleset changes nothing") {
  firewall_texts texts;
  texts.nft_json = "{\"nftables\": [{\"rule\": 7}, {\"chain\": {}}, 3, {\"set\": []}]}";
  texts.nft_listing = "# handle\n # handle 3";
  texts.iptables = "-A INPUT -j DROP\n*filter\n:\n:INPUT\n-A\n-A INPUT\n-A INPUT -j\n";
  CHECK(judged(texts, 1883).verdict == firewall_verdict::accept);
  texts.nft_json = "nonsense";
  CHECK(judged(texts, 1883).verdict == firewall_verdict::accept);
}

TEST_CASE("chains that jump in a circle end") {
  firewall_texts texts;
  texts.iptables =
      "*filter\n:INPUT DROP [0:0]\n:a - [0:0]\n:b - [0:0]\n-A INPUT -j a\n-A a -j b\n-A b -j a\n"
      "COMMIT\n";
  CHECK(judged(texts, 1883).verdict == firewall_verdict::drop);
}

TEST_CASE("the machine's own connections go from output to input over lo") {
  const auto own = [](const std::string& name, int port) {
    packet like;
    like.is_own = true;
    like.in = "eth0";
    like.own_addresses = {"10.77.2.2"};
    const auto route = [](const std::string&) { return std::string(); };
    return judge_ports(read_rules(recorded_firewall(name)), {port}, like, false, "public", route)
        .at(0);
  };
  const auto stopped = own("nft-mentions", 1883);
  CHECK(stopped.is_own);
  CHECK(stopped.verdict == firewall_verdict::drop);
  CHECK(stopped.chain == "inet filter out");
  CHECK(own("nft-mentions", 1884).verdict == firewall_verdict::accept);  // iifname lo
  CHECK(own("ufw-ssh-only", 1883).verdict == firewall_verdict::accept);
  CHECK(own("iptables-many", 1884).verdict == firewall_verdict::accept);
}

namespace {

firewall_fact answers(const firewall_texts& texts, int port) {
  packet like;
  like.is_reply = true;
  like.in = "eth0";
  like.own_addresses = {"10.77.2.2"};
  const auto route = [](const std::string&) { return std::string("eth0"); };
  return judge_ports(read_rules(texts), {port}, like, false, "public", route).at(0);
}

firewall_texts from_iptables(const std::string& rules) {
  firewall_texts texts;
  texts.iptables = "*filter\n" + rules + "COMMIT\n";
  return texts;
}

}  // namespace

TEST_CASE("addresses that a rule turns away are kept, in the order of the rules") {
  const auto fact = judged("nft-banned", 1883);
  CHECK(fact.verdict == firewall_verdict::accept);  // for everybody else
  REQUIRE(fact.for_sources.size() == 2);
  CHECK(fact.for_sources[0].refusal.empty());
  CHECK(fact.for_sources[0].sources == std::vector<std::string>{"203.0.113.77"});
  CHECK(fact.for_sources[1].refusal == firewall_verdict::drop);
  CHECK(fact.for_sources[1].rule == "ip saddr @bad drop");
  CHECK(fact.for_sources[1].chain == "inet filter input");
  CHECK(fact.for_sources[1].sources == std::vector<std::string>{"198.51.100.9", "203.0.113.0/24"});
  CHECK(fact.for_sources[0].stage == fact.for_sources[1].stage);
  CHECK(fact.for_sources[1].has_all);
}

TEST_CASE("a long list is called by its name, and its addresses are kept all the same") {
  const auto fact = judged("nft-banned", 1884);
  REQUIRE(fact.for_sources.size() == 3);
  CHECK(fact.for_sources[2].list == "@long");
  CHECK(fact.for_sources[2].sources.size() == 6);
  CHECK(fact.for_sources[2].refusal == firewall_verdict::reject_reset);
  CHECK(judged("nft-banned", 1885).for_sources.back().sources ==
        std::vector<std::string>{"192.0.2.66"});
}

TEST_CASE("the broker's answers meet the rules for what goes out") {
  const auto texts = recorded_firewall("nft-banned");
  CHECK(answers(texts, 1883).verdict == firewall_verdict::accept);
  const auto stopped = answers(texts, 1886);
  CHECK(stopped.is_reply);
  CHECK(stopped.verdict == firewall_verdict::drop);
  CHECK(stopped.chain == "inet filter output");
  CHECK(answers(texts, 1887).verdict == firewall_verdict::accept);  // a phone's port is no low one
  REQUIRE(answers(texts, 1888).for_sources.size() == 1);
  CHECK(answers(texts, 1888).for_sources[0].sources == std::vector<std::string>{"192.0.2.99"});
}

TEST_CASE("an answer belongs to an established connection, whatever new ones may not do") {
  const auto locked = from_iptables(
      ":INPUT ACCEPT [0:0]\n:OUTPUT DROP [0:0]\n"
      "-A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n");
  CHECK(answers(locked, 1883).verdict == firewall_verdict::accept);
  const auto closed = from_iptables(
      ":INPUT ACCEPT [0:0]\n:OUTPUT DROP [0:0]\n-A OUTPUT -p tcp --dport 443 -j ACCEPT\n"
      "-A OUTPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT\n");
  CHECK(answers(closed, 1883).verdict == firewall_verdict::drop);
  CHECK(answers(closed, 1883).rule == "policy drop");
  const auto ruled = from_iptables(
      ":INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp -m tcp --sport 1883 -j DROP\n");
  CHECK(answers(ruled, 1883).verdict == firewall_verdict::drop);
  CHECK(answers(ruled, 8883).verdict == firewall_verdict::accept);
}

TEST_CASE("fail2ban's chain and a set that iptables-save only names are both bans") {
  const auto fact =
      judged(from_iptables(":INPUT ACCEPT [0:0]\n:f2b-mosquitto - [0:0]\n"
                           "-A INPUT -p tcp -m multiport --dports 1883,8883 -j f2b-mosquitto\n"
                           "-A f2b-mosquitto -s 192.0.2.7/32 -j REJECT --reject-with "
                           "icmp-port-unreachable\n-A f2b-mosquitto -j RETURN\n"
                           "-A INPUT -m set --match-set blocked src -j DROP\n"),
             1883);
  CHECK(fact.verdict == firewall_verdict::accept);
  REQUIRE(fact.for_sources.size() == 2);
  CHECK(fact.for_sources[0].sources == std::vector<std::string>{"192.0.2.7/32"});
  CHECK(fact.for_sources[0].icmp == icmp_refusal::port_unreachable);
  CHECK(fact.for_sources[0].chain == "filter f2b-mosquitto");
  CHECK(fact.for_sources[1].list == "set blocked");
  CHECK_FALSE(fact.for_sources[1].has_all);
  CHECK(fact.for_sources[1].sources.empty());
}

TEST_CASE("addresses lie in prefixes, ranges and masks") {
  CHECK(lies_in("10.1.2.3", "10.0.0.0/8"));
  CHECK_FALSE(lies_in("11.1.2.3", "10.0.0.0/8"));
  CHECK(lies_in("10.1.2.3", "10.1.2.3"));
  CHECK(lies_in("10.1.2.3", "10.1.0.0/255.255.0.0"));
  CHECK(lies_in("10.1.1.5", "10.1.1.1-10.1.1.9"));
  CHECK_FALSE(lies_in("10.1.1.10", "10.1.1.1-10.1.1.9"));
  CHECK(lies_in("fd77:2::2", "fd77::/16"));
  CHECK_FALSE(lies_in("10.1.2.3", "::/0"));
  CHECK_FALSE(lies_in("10.1.2.3", "nonsense"));
}

namespace {

/// An nft rule in a chain of this hook; `more` is another chain with its rule.
firewall_fact reply_through(const std::string& hook, const std::string& statements,
                            const std::string& more = "", const std::string& at = "prerouting") {
  const auto chain_with = [](const std::string& name, const std::string& of,
                             const std::string& rule) {
    return R"({"chain":{"family":"ip","table":"o","name":")" + name + R"(","handle":1,"type":)" +
           R"("filter","hook":")" + of + R"(","prio":-300,"policy":"accept"}},)" +
           R"({"rule":{"family":"ip","table":"o","chain":")" + name + R"(","handle":2,"expr":[)" +
           rule + "]}}";
  };
  firewall_texts texts;
  texts.nft_json = R"({"nftables":[{"table":{"family":"ip","name":"o"}},)" +
                   chain_with("first", hook, statements) +
                   (more.empty() ? "" : "," + chain_with("second", at, more)) + "]}";
  packet like;
  like.in = "eth0";
  like.is_reply = true;
  like.own_addresses = {"10.77.2.2", "10.77.2.3"};
  const auto route = [](const std::string&) { return std::string("eth0"); };
  return judge_ports(read_rules(texts), {1883}, like, false, "public", route).at(0);
}

const std::string from_port =
    R"({"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"sport"}},"right":1883}},)";
const std::string change_source =
    R"({"mangle":{"key":{"payload":{"protocol":"ip","field":"saddr"}},"value":"10.77.2.3"}})";
const std::string change_back =
    R"({"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":1883}},)"
    R"({"mangle":{"key":{"payload":{"protocol":"ip","field":"daddr"}},"value":"10.77.2.2"}})";

}  // namespace

TEST_CASE("answers that are given another source are told, and not those that are changed back") {
  CHECK(reply_through("output", from_port + change_source).verdict == firewall_verdict::rewritten);
  CHECK(reply_through("output", from_port + change_source, change_back).verdict ==
        firewall_verdict::accept);
  const std::string other_port =
      R"({"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"sport"}},"right":80}},)";
  CHECK(reply_through("output", other_port + change_source).verdict == firewall_verdict::accept);
  const std::string mark = R"({"mangle":{"key":{"meta":{"key":"mark"}},"value":7}})";
  CHECK(reply_through("output", from_port + mark).verdict == firewall_verdict::accept);
}

TEST_CASE("what passes a router meets the rules for what is forwarded, each way its own") {
  ruleset rules;
  add_iptables_rules(rules,
                     "*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT DROP [0:0]\n"
                     "-A FORWARD -i wan0 -o lan0 -p tcp -m tcp --dport 1883 -j DROP\n"
                     "-A FORWARD -i lan0 -p tcp -m tcp --sport 8883 -j REJECT\nCOMMIT\n",
                     false, "nft");
  packet like;
  like.is_passing = true;
  like.to = "10.0.0.9";
  like.in = "wan0";
  like.out = "lan0";
  const auto route = [](const std::string&) { return std::string(); };
  const auto verdict = [&](int port) {
    return judge_ports(rules, {port}, like, false, "", route).front();
  };
  CHECK(verdict(1883).verdict == firewall_verdict::drop);
  CHECK(verdict(1883).rule.find("--dport 1883 -j DROP") != std::string::npos);
  CHECK(verdict(8883).verdict == firewall_verdict::accept);
  like.is_reply = true;
  std::swap(like.in, like.out);
  CHECK(verdict(1883).verdict == firewall_verdict::accept);
  CHECK(verdict(8883).verdict == firewall_verdict::reject_icmp);
}

namespace {

/// The firewall's verdict on what comes back to this machine, 10.77.1.2, from port 1883
/// of 10.77.2.2.
firewall_fact coming_back(const std::string& saved) {
  ruleset rules;
  add_iptables_rules(rules, saved, false, "nft");
  packet like;
  like.is_outgoing = like.is_reply = true;
  like.to = "10.77.2.2";
  like.own_addresses = {"10.77.1.2"};
  const auto route = [](const std::string&) { return std::string("eth0"); };
  return judge_ports(rules, {1883}, like, false, "", route).at(0);
}

}  // namespace

TEST_CASE("what comes back to a client's machine meets its rules for what comes in") {
  const auto input = [](const std::string& rules) {
    return coming_back("*filter\n:INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n" + rules + "COMMIT\n");
  };
  CHECK(input("").verdict == firewall_verdict::drop);
  CHECK(input("-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n").verdict == firewall_verdict::drop);
  CHECK(input("-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n").verdict ==
        firewall_verdict::accept);
  CHECK(input("-A INPUT -i eth0 -s 10.77.2.0/24 -j ACCEPT\n").verdict == firewall_verdict::accept);
  CHECK(input("-A INPUT -s 10.77.3.0/24 -j ACCEPT\n").verdict == firewall_verdict::drop);
  CHECK(input("-A INPUT -d 10.77.1.2 -j ACCEPT\n").verdict == firewall_verdict::accept);
  CHECK(input("-A INPUT -p tcp ! --syn -j ACCEPT\n").verdict == firewall_verdict::accept);
  CHECK(input("-A INPUT -m addrtype --dst-type LOCAL -j ACCEPT\n").verdict ==
        firewall_verdict::accept);
  // NAT is asked for a connection's first packet only, and forwarding is for others.
  CHECK(
      coming_back("*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j DNAT --to-destination "
                  "10.77.9.9\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\nCOMMIT\n")
          .verdict == firewall_verdict::accept);
}

TEST_CASE("a mark that one chain gives is the one that the next asks for") {
  const auto marked = [](const std::string& mark, const std::string& asked) {
    return judged(from_iptables(":INPUT ACCEPT [0:0]\n:MARK-IT - [0:0]\n"
                                "-A INPUT -p tcp -m tcp --dport 1883 -j MARK-IT\n" +
                                mark + "-A INPUT -m mark --mark " + asked + " -j DROP\n"),
                  1883)
        .verdict;
  };
  const std::string drops = "-A MARK-IT -j MARK --set-xmark 0x8000/0x8000\n";
  CHECK(marked(drops, "0x8000/0x8000") == firewall_verdict::drop);
  CHECK(marked(drops, "0x4000/0x4000") == firewall_verdict::accept);
  CHECK(marked("", "0x8000/0x8000") == firewall_verdict::accept);
  CHECK(marked("", "0x0/0x8000") == firewall_verdict::drop);
  CHECK(marked("-A MARK-IT -s 192.0.2.0/24 -j MARK --set-xmark 0x8000/0x8000\n", "0x8000/0x8000") ==
        firewall_verdict::unknown);
  CHECK(marked("-A MARK-IT -p udp -j MARK --set-xmark 0x8000/0x8000\n", "0x8000/0x8000") ==
        firewall_verdict::accept);
}

TEST_CASE("nft's marks are set, masked and compared as numbers") {
  const std::string set = R"({"mangle":{"key":{"meta":{"key":"mark"}},"value":7}})";
  const auto asked = [](const std::string& left, const std::string& op, const std::string& right) {
    return R"({"match":{"op":")" + op + R"(","left":)" + left + R"(,"right":)" + right +
           R"(}},{"drop":null})";
  };
  const std::string mark = R"({"meta":{"key":"mark"}})", masked = R"({"&":[)" + mark + ",3]}";
  const auto verdict = [&](const std::string& given, const std::string& then) {
    return reply_through("output", given, then, "postrouting").verdict;
  };
  CHECK(verdict(set, asked(mark, "==", "7")) == firewall_verdict::drop);
  CHECK(verdict(set, asked(mark, "==", "8")) == firewall_verdict::accept);
  CHECK(verdict(set, asked(mark, "!=", "0")) == firewall_verdict::drop);
  CHECK(verdict(set, asked(masked, "==", "3")) == firewall_verdict::drop);
  CHECK(verdict(set, asked(mark, "==", R"({"set":[1,{"range":[6,9]}]})")) ==
        firewall_verdict::drop);
  CHECK(verdict(R"({"mangle":{"key":{"meta":{"key":"mark"}},"value":{"numgen":{"mode":"inc"}}}})",
                asked(mark, "==", "7")) == firewall_verdict::unknown);
  CHECK(verdict(from_port, asked(mark, "==", "7")) == firewall_verdict::accept);
}

TEST_CASE("rules of the older kind are told apart where iptables prints others") {
  const std::string old_rules =
      "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 1883 -j DROP\nCOMMIT\n";
  firewall_texts texts;
  texts.legacy = old_rules;
  CHECK(judged(texts, 1883).chain == "legacy filter INPUT");
  texts.iptables = "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n";
  CHECK(judged(texts, 1883).chain == "legacy filter INPUT");
  texts.iptables = old_rules;
  CHECK(judged(texts, 1883).chain == "filter INPUT");
}

TEST_CASE("a quota of bytes drops once it is used up, and not before") {
  const auto quota = [](const std::string& rest) {
    return reply_through("output", R"({"quota":{"val":500,"val_unit":"mbytes",)" + rest +
                                       R"(}},{"drop":null})")
        .verdict;
  };
  CHECK(quota(R"("used":20,"used_unit":"mbytes","inv":true)") == firewall_verdict::accept);
  CHECK(quota(R"("used":500,"used_unit":"mbytes","inv":true)") == firewall_verdict::drop);
  CHECK(quota(R"("used":20,"used_unit":"mbytes")") == firewall_verdict::drop);
  CHECK(quota(R"("used":1,"used_unit":"gbytes")") == firewall_verdict::accept);
}

TEST_CASE("a forward that holds for another address is kept, and one that matches is followed") {
  const auto with = [](const std::string& rule) {
    firewall_texts texts;
    texts.iptables = "*nat\n:PREROUTING ACCEPT [0:0]\n" + rule + "\nCOMMIT\n";
    return judged(texts, 1883);
  };
  const std::string rule =
      "-A PREROUTING -d 10.77.2.9/32 -p tcp -m tcp --dport 1883 -j DNAT --to-destination "
      "172.17.0.2:1883";
  CHECK(with(rule).forwards_other == rule);
  CHECK(with(rule).forwarded_to.empty());
  const auto own = with(
      "-A PREROUTING -d 10.77.2.2/32 -p tcp -m tcp --dport 1883 -j DNAT --to-destination "
      "172.17.0.2:1883");
  CHECK(own.forwards_other.empty());
  CHECK_FALSE(own.forwarded_to.empty());
  CHECK(with("-A PREROUTING -d 10.77.2.9/32 -p tcp -m tcp --dport 8883 -j DNAT --to-destination "
             "172.17.0.2:1883")
            .forwards_other.empty());
}
