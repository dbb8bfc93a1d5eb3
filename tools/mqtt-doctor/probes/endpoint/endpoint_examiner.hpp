// How one port is examined: the connection an app makes, and the probes that follow it.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mqtt-doctor/probes/delivery/delivery.hpp"
#include "mqtt-doctor/probes/delivery/exchange.hpp"
#include "mqtt-doctor/probes/delivery/offline.hpp"
#include "mqtt-doctor/probes/endpoint/endpoint.hpp"
#include "mqtt-doctor/probes/network/network_probes.hpp"
#include "mqtt-doctor/probes/parallel.hpp"

namespace mqttkit::doctor {

constexpr std::size_t most_connections = 4;  // some servers refuse the sixth in half a minute
// A router that looks for a machine in vain reports it after 3.1 s.
constexpr std::chrono::milliseconds connect_limit{3400};
constexpr std::chrono::milliseconds answer_limit{4000};  // slow logins take 3 s
constexpr std::chrono::milliseconds follow_up_limit{1500};
constexpr std::chrono::milliseconds silence_limit{400};  // by then who speaks first has spoken
constexpr int small_segment = 1000;                      // bytes; they fit every tunnel

class endpoint_examiner {
 public:
  using opening = contact_request::opening;
  using clock = probe::clock;

  endpoint_examiner(const target& to, const endpoint_request& what, const facts& known)
      : to_(to), what_(what), known_(known) {
    facts_.scheme = what.scheme;
    facts_.port = what.port;
    facts_.path = what.path;
  }

  endpoint_facts run() {
    const auto begin = clock::now();
    if (choose_address()) {
      asked_ = clock::now();
      connect_as(as_client());
      follow_up();
      if (last_accepted() == nullptr) ask_other_addresses();
      see_whether_each_is_let_in();
    } else {
      look_around();
    }
    facts_.ms = probe::elapsed_ms(begin);
    return std::move(facts_);
  }

 private:
  bool has_tls() const { return doctor::has_tls(what_.scheme); }
  bool has_websocket() const { return doctor::has_websocket(what_.scheme); }
  const contact& client() const { return *facts_.find(contact_purpose::client); }

  std::chrono::milliseconds time_left() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(what_.until - clock::now());
  }
  std::chrono::milliseconds within(std::chrono::milliseconds limit) const {
    return std::clamp<std::chrono::milliseconds>(time_left(), std::chrono::milliseconds(100),
                                                 limit);
  }

  protocol_version first_version() const {
    return parse_protocol_version(known_.asked.version.word()).value_or(protocol_version::v5);
  }

  contact_request as_client() const {
    contact_request how;
    how.address = address_;
    how.port = what_.port;
    how.tls = has_tls();
    how.websocket = has_websocket();
    how.path = what_.path;
    how.version = first_version();
    how.uses_empty_id = known_.asked.has_empty_id;
    how.with_credentials = what_.with_credentials;
    how.connect_limit = within(connect_limit);
    how.answer_limit = within(answer_limit);
    return how;
  }

  /// A further probe of the same port.
  contact_request again(contact_purpose purpose) const {
    contact_request how = as_client();
    how.purpose = purpose;
    how.with_credentials = false;
    how.uses_empty_id = false;
    how.answer_limit = within(follow_up_limit);
    return how;
  }

  /// Whether CONNACK allows QoS 0 only.
  bool grants_qos_0_alone() const {
    for (const auto& contact : facts_.contacts) {
      if (!contact.mqtt || !contact.mqtt->is_accepted()) continue;
      const auto limit = contact.mqtt->limits.find("maximum-qos");
      if (limit != contact.mqtt->limits.end() && limit->second == 0) return true;
    }
    return false;
  }

  bool with_connack_in(contact_purpose purpose) const {
    const contact* const connection = facts_.find(purpose);
    return connection != nullptr && connection->mqtt &&
           connection->mqtt->answer == mqtt_answer::connack;
  }

  /// The usual WebSocket path of a server with that page.
  std::string usual_path(const contact& page) const {
    const auto& headers =
        page.websocket ? page.websocket->headers : std::map<std::string, std::string>{};
    const auto server = headers.find("server");
    const bool is_rabbitmq =
        server != headers.end() && server->second.find("Cowboy") != std::string::npos;
    return is_rabbitmq ? "/ws" : "/mqtt";
  }

  std::size_t connections_made() const {
    std::size_t count = 0;
    for (const auto& contact : facts_.contacts) {
      const bool is_here = contact.address == address_ && contact.port == what_.port;
      count += is_here && contact.connect.is_connected() ? 1 : 0;
    }
    return count;
  }
  bool may_connect() const {
    return connections_made() < most_connections && clock::now() < what_.until;
  }

  /// Whether such a connection is kept open when the broker accepts it.
  static bool is_gone_on_with(const contact_request& how) {
    return how.purpose == contact_purpose::client || how.purpose == contact_purpose::version ||
           how.purpose == contact_purpose::small || how.purpose == contact_purpose::second ||
           how.purpose == contact_purpose::again;
  }

  /// Makes a connection and keeps its facts.
  const contact& connect_as(const contact_request& how) {
    facts_.contacts.push_back(
        make_contact(to_, how, is_gone_on_with(how) ? &open_ : nullptr,
                     how.purpose == contact_purpose::client ? &silent_ : nullptr));
    return facts_.contacts.back();
  }

  /// The same for several connections side by side.
  void connect_all(const std::vector<contact_request>& ways) {
    std::vector<contact> found(ways.size());
    std::vector<std::function<void()>> tasks;
    for (std::size_t i = 0; i < ways.size(); ++i) {
      // At most one of them is kept open.
      tasks.push_back([&, i] {
        found[i] = make_contact(to_, ways[i], is_gone_on_with(ways[i]) ? &open_ : nullptr);
      });
    }
    side_by_side(tasks);
    for (auto& each : found) facts_.contacts.push_back(std::move(each));
  }

  bool choose_address();
  void look_around();
  void follow_up();
  /// The connections that tell the causes of a failed handshake apart, by its alert or end.
  std::vector<contact_request> ways_after_tls(const tls_fact& tls);
  void follow_up_tls();
  void follow_up_websocket();
  void look_for_websocket();
  void follow_up_mqtt();
  contact_request in_other_version(std::chrono::milliseconds limit) const;
  void ask_for_reason();
  void ask_whom_it_turns_away();
  void look_for_make();
  void try_all_versions();
  void ask_in_other_version();
  void try_certificates_name();
  void after_close();
  void try_last_version(bool with_credentials);
  void look_inside();
  void after_slow_close();
  void after_silence();
  void wait_for_late_answer();
  void after_other_bytes();
  void look_for_middlebox();
  void try_topics();
  void try_users_topic(bool is_qos_0);
  void look_for_loss();
  void see_whether_each_is_let_in();
  void see_whether_it_stays();
  bool is_for_exchange_alone() const;
  void exchange_messages();
  std::vector<std::string> other_addresses() const;
  void ask_other_addresses();
  void compare_addresses();
  void look_further();
  void try_no_local();
  void try_retained();
  void try_size();
  void go_offline();
  void look_where_it_hurts();
  std::int64_t announced(const char* name, std::int64_t otherwise) const;
  void try_to_send();
  void try_own_wills();
  void count_copies();
  void ask_what_is_counted();
  void exchange_on(const exchange_request& what);
  void exchange_between(std::unique_ptr<channel>& from, const exchange_request& what);
  void look_for_prefix(exchange_request users);
  void listen_beside_users(const std::string& filter);
  void look_without_group(exchange_request users, const std::string& plain);
  void try_parent();
  std::unique_ptr<channel> side_elsewhere();
  void try_without_group(exchange_request users, const std::string& plain);
  bool is_whole(const std::string& topic) const;
  std::unique_ptr<channel> side(contact_purpose purpose, const std::optional<credentials>& who);
  delivery_fact deliver(channel& over, const delivery_request& what);
  contact* last_accepted();

  const target& to_;
  const endpoint_request& what_;
  const facts& known_;
  endpoint_facts facts_;
  std::string address_;
  std::unique_ptr<channel> open_;    // a connection that the broker accepted
  std::unique_ptr<channel> silent_;  // the client's connection, while it waits for an answer
  clock::time_point asked_{};        // time of its CONNECT
  std::unique_ptr<channel> from_;    // the sides of an exchange
  std::unique_ptr<channel> into_;
  std::unique_ptr<channel> far_;  // the publisher's connection to another broker
};

}  // namespace mqttkit::doctor
