// A broker's machine, put together fact by fact, and what is made of it.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>

#include "mqtt-doctor/causes/registry.hpp"

namespace mqttkit::doctor::test {

/// Facts of a run on the broker's machine, put together word by word.
struct scene {
  facts all;

  explicit scene(const std::string& scheme = "mqtt", int port = 1883) {
    all.asked.host = "10.77.2.2";
    all.asked.port = port;
    all.local.is_target = true;
    all.name.addresses = {"10.77.2.2"};
    endpoint_facts at;
    at.scheme = fact_word<doctor::scheme>(scheme);
    at.port = port;
    contact client;
    client.purpose = contact_purpose::client;
    client.address = "10.77.2.2";
    client.port = port;
    client.connect.outcome = connect_outcome::connected;
    at.contacts.push_back(client);
    all.endpoints.push_back(at);
    all.host.emplace();
    all.host->addresses = {"10.77.2.2"};
    all.host->is_root = true;
  }

  contact& client() { return all.endpoints[0].contacts[0]; }
  host_facts& host() { return *all.host; }

  scene& connects(const std::string& outcome) {
    client().connect.outcome = fact_word<connect_outcome>(outcome);
    return *this;
  }
  scene& answers(int reason, int meaning) {
    client().mqtt.emplace();
    client().mqtt->answer = mqtt_answer::connack;
    client().mqtt->reason = reason;
    client().mqtt->meaning = meaning;
    return *this;
  }
  scene& works() { return answers(0, 0); }
  scene& closes() {
    client().mqtt.emplace();
    client().mqtt->answer = mqtt_answer::closed;
    client().end = connection_end::closed;
    return *this;
  }
  scene& listens(const std::string& address, const std::string& process = "mosquitto",
                 int pid = 812, int port = 0) {
    listener_fact one;
    one.address = address;
    one.port = port == 0 ? all.asked.port : port;
    one.process = process;
    one.pid = pid;
    host().listeners.push_back(one);
    return *this;
  }
  process_fact& runs(const std::string& name = "mosquitto", int pid = 812) {
    process_fact one;
    one.name = fact_word<broker_kind>(name);
    one.pid = pid;
    one.state = process_state::sleeping;
    one.started = "2026-01-01T00:00:00Z";
    one.configuration = "/etc/mosquitto/mosquitto.conf";
    host().brokers.push_back(one);
    return host().brokers.back();
  }
  configuration_fact& configured(bool is_used, int port = 0,
                                 const std::string& broker = "mosquitto") {
    configuration_fact one;
    one.broker = fact_word<broker_kind>(broker);
    one.file = "/etc/mosquitto/mosquitto.conf";
    one.is_used = is_used;
    if (is_used) one.pid = 812;
    if (port != 0) {
      configured_listener block;
      block.port = port;
      block.line = 3;
      one.listeners.push_back(block);
    }
    host().configurations.push_back(one);
    return host().configurations.back();
  }
  scene& firewall(const std::string& tool, const std::string& verdict,
                  const std::string& rule = "a rule", const std::string& icmp = {}) {
    firewall_fact one;
    one.port = all.asked.port;
    one.family = ip_family::v4;
    one.tool = fact_word<firewall_tool>(tool);
    one.verdict = fact_word<firewall_verdict>(verdict);
    one.refusal = fact_word<firewall_verdict>(verdict);
    one.rule = rule;
    one.icmp = fact_word<icmp_refusal>(icmp);
    one.chain = tool == "nft" ? "inet filter input" : "filter INPUT";
    host().firewall.push_back(one);
    return *this;
  }
  /// What the last line blames was changed since it was written.
  scene& outdated() {
    host().log.back().is_outdated = true;
    return *this;
  }
  scene& logs(log_kind kind, const std::string& text, bool is_current = true) {
    log_fact one;
    one.source = "/var/log/mosquitto/mosquitto.log";
    one.kind = kind;
    one.text = text;
    one.is_current = is_current;
    host().log.push_back(one);
    return *this;
  }

  /// What the causes of this machine find, the heaviest first, problems before warnings.
  std::vector<finding> found() const {
    std::vector<finding> out;
    const view seen{all, all.endpoints[0]};
    const auto weigh = [&](const auto& one) {
      std::vector<exclusion> ignored;
      if (auto made = one.weigh(seen, ignored)) out.push_back(*made);
    };
    const cause_table here = host_causes();
    for (const auto& one : here.rows) {
      if (one.weigh != nullptr) weigh(one);
    }
    for (const auto& one : here.looks) weigh(one);
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
      return a.how_bad != b.how_bad ? a.how_bad < b.how_bad : a.weight > b.weight;
    });
    return out;
  }
  std::string first() const {
    const auto all_found = found();
    return all_found.empty() ? "nothing" : all_found[0].id;
  }
};

inline configuration_problem wrong(problem_kind kind, bool stops, const std::string& subject = {},
                                   const std::string& detail = {}) {
  configuration_problem one;
  one.kind = kind;
  one.stops_broker = stops;
  one.file = "/etc/mosquitto/mosquitto.conf";
  one.line = 7;
  one.subject = subject;
  one.detail = detail;
  return one;
}

inline std::string text_of(const finding& one) {
  std::string out = in_english(one.cause);
  for (const auto& line : one.evidence) out += "\n" + in_english(line);
  for (const auto& line : one.cures) out += "\n" + in_english(line.what) + " " + line.command;
  return out;
}

inline bool says(const scene& at, const std::string& part) {
  const auto all_found = at.found();
  return !all_found.empty() && text_of(all_found[0]).find(part) != std::string::npos;
}

}  // namespace mqttkit::doctor::test
