// A broker's machine, built fact by fact, and its diagnosis.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>

#include "mqtt-doctor/causes/registry.hpp"

namespace mqttkit::doctor::test {

/// Facts of a run on the broker's machine, built step by step.
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
    listener_fact listener;
    listener.address = address;
    listener.port = port == 0 ? all.asked.port : port;
    listener.process = process;
    listener.pid = pid;
    host().listeners.push_back(listener);
    return *this;
  }
  process_fact& runs(const std::string& name = "mosquitto", int pid = 812) {
    process_fact made;
    made.name = fact_word<broker_kind>(name);
    made.pid = pid;
    made.state = process_state::sleeping;
    made.started = "2026-01-01T00:00:00Z";
    made.configuration = "/etc/mosquitto/mosquitto.conf";
    host().brokers.push_back(made);
    return host().brokers.back();
  }
  configuration_fact& configured(bool is_used, int port = 0,
                                 const std::string& broker = "mosquitto") {
    configuration_fact value;
    value.broker = fact_word<broker_kind>(broker);
    value.file = "/etc/mosquitto/mosquitto.conf";
    value.is_used = is_used;
    if (is_used) value.pid = 812;
    if (port != 0) {
      configured_listener block;
      block.port = port;
      block.line = 3;
      value.listeners.push_back(block);
    }
    host().configurations.push_back(value);
    return host().configurations.back();
  }
  scene& firewall(const std::string& tool, const std::string& verdict,
                  const std::string& rule = "a rule", const std::string& icmp = {}) {
    firewall_fact entry;
    entry.port = all.asked.port;
    entry.family = ip_family::v4;
    entry.tool = fact_word<firewall_tool>(tool);
    entry.verdict = fact_word<firewall_verdict>(verdict);
    entry.refusal = fact_word<firewall_verdict>(verdict);
    entry.rule = rule;
    entry.icmp = fact_word<icmp_refusal>(icmp);
    entry.chain = tool == "nft" ? "inet filter input" : "filter INPUT";
    host().firewall.push_back(entry);
    return *this;
  }
  /// The file that the last log line blames was changed since.
  scene& outdated() {
    host().log.back().is_outdated = true;
    return *this;
  }
  scene& logs(log_kind kind, const std::string& text, bool is_current = true) {
    log_fact line;
    line.source = "/var/log/mosquitto/mosquitto.log";
    line.kind = kind;
    line.text = text;
    line.is_current = is_current;
    host().log.push_back(line);
    return *this;
  }

  /// The causes of this machine, the heaviest first, problems before warnings.
  std::vector<finding> found() const {
    std::vector<finding> out;
    const view known{all, all.endpoints[0]};
    const auto weigh = [&](const auto& each) {
      std::vector<exclusion> ignored;
      if (auto made = each.weigh(known, ignored)) out.push_back(*made);
    };
    const cause_table here = host_causes();
    for (const auto& row : here.rows) {
      if (row.weigh != nullptr) weigh(row);
    }
    for (const auto& look : here.looks) weigh(look);
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
  configuration_problem problem;
  problem.kind = kind;
  problem.stops_broker = stops;
  problem.file = "/etc/mosquitto/mosquitto.conf";
  problem.line = 7;
  problem.subject = subject;
  problem.detail = detail;
  return problem;
}

inline std::string text_of(const finding& each) {
  std::string out = in_english(each.cause);
  for (const auto& line : each.evidence) out += "\n" + in_english(line);
  for (const auto& line : each.cures) out += "\n" + in_english(line.what) + " " + line.command;
  return out;
}

inline bool says(const scene& at, const std::string& part) {
  const auto all_found = at.found();
  return !all_found.empty() && text_of(all_found[0]).find(part) != std::string::npos;
}

}  // namespace mqttkit::doctor::test
