#include "mqtt-doctor/probes/gateway/gateway.hpp"

#include <algorithm>
#include <array>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <cerrno>
#include <memory>
#include <utility>
#include <variant>

#include "common/number.hpp"
#include "common/printable.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/probes/delivery/blocking_client.hpp"
#include "mqtt-doctor/probes/delivery/delivery.hpp"
#include "mqtt-doctor/probes/gateway/gateway_client.hpp"
#include "mqtt-doctor/probes/gateway/gateway_idle.hpp"
#include "mqtt-doctor/probes/hex.hpp"
#include "mqtt-doctor/probes/network/network_probes.hpp"
#include "mqtt-doctor/probes/parallel.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/topic.hpp"
#include "mqttkit/probe/datagram.hpp"
#include "mqttkit/sn/codec.hpp"
#include "mqttkit/sn/error.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;
using probe::deadline;
using std::chrono::milliseconds;

// A gateway answers SEARCHGW at once; many ignore one that was sent to them alone.
constexpr milliseconds knock_limit = 250ms;
constexpr milliseconds search_limit = 2500ms;
// §7.2 wants 10 s between two CONNECTs, but nobody waits half a minute. Three short waits give a
// gateway time to connect to its broker first. Both times grow with --timeout, by which a user says
// that the network is slow.
constexpr milliseconds retry_time = 700ms;
constexpr unsigned retries = 2;
constexpr milliseconds connect_limit = 3s;
constexpr milliseconds step_limit = 1500ms;  // two networks and two programs are involved
constexpr milliseconds look_limit = 900ms;
constexpr milliseconds nearby_limit = 600ms;
// How long to watch whether the gateway sends to a sleeping client.
constexpr milliseconds asleep_for = 150ms;
constexpr milliseconds stay_limit = 400ms;
constexpr milliseconds goodbye_limit = 150ms;
constexpr milliseconds will_limit = 600ms;          // all else is answered by then
constexpr std::chrono::seconds sleep_duration{30};  // longer than the probe takes
constexpr std::size_t shown_text = 200;
constexpr std::size_t most_addresses = 2;  // of a name: one of IPv6, one of IPv4
constexpr std::size_t room_size = 2048;
// Usual ports of gateways: the broker's, MQTT-SN's, RSMB's and that of Paho's gateway.
constexpr std::array<int, 4> usual_gateway_ports{1883, 1884, 1885, 10000};
// The multicast group and port of Paho's gateway.
constexpr const char* usual_group = "225.1.1.1";
constexpr int usual_group_port = 1883;

std::string own_id() { return "mqttdoc-" + random_word(); }  // 20 of the 23 bytes of §5.3.1

template <class Message>
byte_buffer encoded(const Message& message) {
  byte_buffer out;
  static_cast<void>(sn::encode(out, message));
  return out;
}

byte_buffer connect_packet(const std::string& id) {
  sn::connect_message connect;
  connect.client_id = id;
  return encoded(connect);
}

icmp_fact fact_of(const probe::icmp_notice& notice, const std::string& address,
                  const std::string& local) {
  icmp_fact made;
  made.type = notice.type;
  made.code = notice.code;
  made.from = notice.from;
  made.is_v6 = notice.is_v6;
  made.from_target = notice.from == address;
  made.from_self = !notice.from.empty() && notice.from == local;
  return made;
}

/// Whether the message is ICMP's "port unreachable" (RFC 792, RFC 4443).
bool is_port_closed(const icmp_fact& icmp) {
  return icmp.is_v6 ? icmp.type == 1 && icmp.code == 4 : icmp.type == 3 && icmp.code == 3;
}

/// The client at the broker of --sent-via.
class mqtt_side final : public blocking_client::observer {
 public:
  explicit mqtt_side(channel& over) : client_(over, step_limit) {}

  int subscribe(const std::string& filter, deadline until) {
    const subscription wanted{filter, qos_t::at_least_once};
    std::uint64_t token = 0;
    answer_ = -1;
    if (!client_.subscribe(wanted, token, until)) return -1;
    client_.wait(until, *this, [&] { return answer_ >= 0; });
    return code();
  }
  int publish(const std::string& topic, const std::string& payload, deadline until) {
    publish_packet message;
    message.topic = topic;
    message.payload = as_bytes(payload);
    message.qos = qos_t::at_least_once;
    std::uint64_t token = 0;
    answer_ = -1;
    if (!client_.publish(message, token, until)) return -1;
    client_.wait(until, *this, [&] { return answer_ >= 0; });
    return code();
  }
  bool await(const std::string& payload, deadline until) {
    return client_.wait(until, *this, [&] {
      return std::find(payloads_.begin(), payloads_.end(), payload) != payloads_.end();
    });
  }

  void message(const publish_packet& came) override {
    constexpr std::size_t most = 64;
    if (payloads_.size() < most) payloads_.emplace_back(as_text(came.payload));
  }
  void acknowledged(const delivered& answer) override { answer_ = static_cast<int>(answer.reason); }
  void answered(const subscribed& answer) override {
    answer_ = answer.codes.empty() ? 0 : static_cast<int>(answer.codes[0]);
  }

 private:
  /// The reason code; 0 for any granted QoS and for "no matching subscribers".
  int code() const {
    constexpr int first_refusal = 0x80;
    return answer_ >= first_refusal || answer_ < 0 ? answer_ : 0;
  }

  blocking_client client_;
  int answer_ = -1;
  std::vector<std::string> payloads_;
};

class gateway_examiner {
 public:
  gateway_examiner(const target& to, const endpoint_request& what, const facts& known)
      : to_(to), what_(what), known_(known) {
    endpoint_.scheme = what.scheme;
    endpoint_.port = what.port;
    gateway_.port = what.port;
    constexpr std::chrono::duration<double> usual = 9500ms;  // left by the usual --timeout
    constexpr double most = 10;
    const std::chrono::duration<double> there_is = what.until - clock::now();
    patience_ = std::clamp(there_is / usual, 1.0, most);
  }

  endpoint_facts run() {
    const auto begin = clock::now();
    gateway_.is_group = sn::is_group(known_.asked.host);
    if (gateway_.is_group) {
      gateway_.address = known_.asked.host;
      if (search(gateway_.address, gateway_.port, within(search_limit), gateway_.found)) {
        take_found();
        look();
      } else {
        gateway_.answer = gateway_answer::silent;
      }
    } else {
      look_at_addresses();
    }
    endpoint_.gateway = std::move(gateway_);
    endpoint_.ms = probe::elapsed_ms(begin);
    return std::move(endpoint_);
  }

 private:
  milliseconds patient(milliseconds limit) const {
    return std::chrono::duration_cast<milliseconds>(patience_ * limit);
  }
  milliseconds within(milliseconds limit) const {
    const auto left = std::chrono::duration_cast<milliseconds>(what_.until - clock::now());
    return std::clamp(left, milliseconds(100), patient(limit));
  }
  deadline soon(milliseconds limit) const { return clock::now() + within(limit); }
  bool has_time() const { return clock::now() < what_.until; }

  /// Takes the first of the name's addresses where a gateway answers; else the first address.
  void look_at_addresses() {
    const auto& all = known_.name.addresses;
    std::optional<gateway_fact> first;
    for (std::size_t i = 0; i < std::min(all.size(), most_addresses); ++i) {
      const gateway_fact fresh = gateway_;
      gateway_.address = all[i];
      look();
      const bool is_there = gateway_.answer == gateway_answer::connack;
      if (is_there || !has_time()) break;
      if (!first) {
        first = std::exchange(gateway_, fresh);
      } else {
        gateway_ = *first;
      }
    }
    if (gateway_.answer.empty() && first) gateway_ = *first;
    if (!gateway_.answer.empty() && !gateway_.is_accepted()) look_around();
  }

  /// Takes an address from the answers to a search, which may come from anywhere.
  void take_found() {
    const gateway_info_fact& there = gateway_.found.front();
    const std::string& where = there.names.empty() ? there.from : there.names;
    const std::size_t colon = where.rfind(':');
    std::string host = where.substr(0, colon);
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    gateway_.address = host;
    if (colon != std::string::npos)
      (void)tools::read_number(std::string_view(where).substr(colon + 1), 0, 65535, gateway_.port);
  }

  bool search(const std::string& group, int port, milliseconds limit,
              std::vector<gateway_info_fact>& into) {
    asio::io_context loop{1};
    udp_options at;
    at.host = group;
    at.port = static_cast<std::uint16_t>(port);
    at.bind_address = to_.bind_address;
    sn::found_gateway found;
    bool is_done = false;
    auto all = [&]() -> asio::awaitable<void> {
      found = co_await sn::find_gateway(at, limit);
      is_done = true;
    };
    const auto begin = clock::now();
    asio::co_spawn(loop, all(), asio::detached);
    while (!is_done) loop.run_one();
    if (found.why) return false;
    gateway_info_fact made;
    made.id = found.answer.id;
    made.from = found.answer.from;
    if (!found.answer.address.empty()) made.names = host_and_port(found.host, found.port);
    made.ms = probe::elapsed_ms(begin);
    into.push_back(made);
    return true;
  }

  void look() {
    knock();
    if (!gateway_.answer.empty()) return;
    greet();
  }

  /// Sends SEARCHGW to the gateway alone, which changes nothing there.
  void knock() {
    probe::datagram_socket socket(gateway_.address, static_cast<std::uint16_t>(gateway_.port),
                                  to_.bind_address);
    const auto begin = clock::now();
    const byte_buffer asked = encoded(sn::searchgw_message{});
    if (!socket.send(asked.view())) return take_error(socket, begin);
    const deadline until = soon(knock_limit);
    std::array<std::byte, room_size> room{};
    while (clock::now() < until) {
      const auto came = socket.receive(room, until);
      if (!came) break;
      const bytes_view datagram = bytes_view(room).first(came->size);
      sn::message any;
      const bool is_message = !sn::decode(datagram, any);
      if (const auto* const info = std::get_if<sn::gwinfo_message>(&any); is_message && info) {
        gateway_info_fact made;
        made.id = info->gateway_id;
        made.from = host_and_port(came->address, came->port);
        made.ms = probe::elapsed_ms(begin);
        gateway_.found.push_back(made);
        return;
      }
      if (gateway_.received.empty()) keep_strange(as_text(datagram));
    }
    if (socket.last_error() != 0) take_error(socket, begin);
  }

  void keep_strange(std::string_view bytes) {
    gateway_.received = hex_of(bytes);
    gateway_.text = tools::printable(bytes, shown_text);
  }

  void take_error(const probe::datagram_socket& socket, clock::time_point begin) {
    gateway_.ms = probe::elapsed_ms(begin);
    gateway_.error = probe::error_name(socket.last_error());
    if (socket.icmp())
      gateway_.icmp = fact_of(*socket.icmp(), gateway_.address, socket.local_address());
    const bool is_closed =
        gateway_.icmp ? is_port_closed(*gateway_.icmp) : socket.last_error() == ECONNREFUSED;
    gateway_.answer = is_closed ? gateway_answer::closed : gateway_answer::unreachable;
  }

  sn::client_options options_for(const std::string& id) const {
    sn::client_options made;
    made.dial.host = gateway_.address;
    made.dial.port = static_cast<std::uint16_t>(gateway_.port);
    made.dial.bind_address = to_.bind_address;
    made.session.client_id = id;
    made.session.retry_time = patient(retry_time);
    made.session.retries = retries;
    return made;
  }

  void greet() {
    gateway_.is_users_id = !to_.who.client_id.empty();
    gateway_.client_id = gateway_.is_users_id ? to_.who.client_id : own_id();
    first_ = std::make_unique<gateway_client>(options_for(gateway_.client_id));
    const auto begin = clock::now();
    const failure why = first_->connect(within(connect_limit));
    gateway_.ms = probe::elapsed_ms(begin);
    gateway_.sent = first_->connects();
    if (!why || why.error == sn::errc::not_accepted) {
      gateway_.answer = gateway_answer::connack;
      gateway_.code = why ? static_cast<int>(why.reason) : 0;
      if (!why) exchange_messages();
      return;
    }
    if (!first_->strange().empty()) keep_strange(first_->strange());
    if (why.error == asio::error::connection_refused) {
      gateway_.answer = gateway_answer::closed;
      gateway_.error = "ECONNREFUSED";
    } else if (first_->was_turned_away()) {
      gateway_.answer = gateway_answer::disconnect;
    } else if (first_->is_echo()) {
      gateway_.answer = gateway_answer::echo;
    } else if (!gateway_.received.empty()) {
      gateway_.answer = gateway_answer::other;
    } else if (why.error == sn::errc::gateway_lost || why.error == mqttkit::errc::step_timeout) {
      gateway_.answer = gateway_answer::silent;
    } else {
      gateway_.answer = gateway_answer::unreachable;
      gateway_.error = why.error.message();
    }
  }

  // ---- after the gateway accepted us

  void exchange_messages() {
    gateway_client& reader = *first_;
    gateway_client* writer = &reader;
    std::unique_ptr<gateway_client> second;
    if (has_time()) {
      sn::client_options options = options_for(own_id());
      options.session.will.emplace();
      options.session.will->topic = own_topic();
      gateway_.will_wanted = true;
      auto made = std::make_unique<gateway_client>(options);
      if (!made->connect(within(step_limit))) second = std::move(made);
      gateway_.will_asked = (second ? second : made)->was_will_asked();
      if (second) {
        writer = second.get();
      } else {
        gateway_.will_wanted = false;  // will requests only count after acceptance
      }
    }
    const std::string own = own_topic();
    std::unique_ptr<channel> broker = what_.via ? broker_side() : nullptr;
    std::unique_ptr<mqtt_side> far = broker ? std::make_unique<mqtt_side>(*broker) : nullptr;
    try_round(reader, *writer, own, false, true);
    const std::string& users = known_.asked.topic;
    if (!users.empty() && has_time())
      try_round(reader, *writer, users, true, what_.publishes_on_topic && !has_wildcard(users));
    if (far) {
      const bool is_users = !users.empty() && !has_wildcard(users) && what_.publishes_on_topic;
      const std::string& topic = is_users ? users : own;
      try_to_mqtt(*writer, *far, topic, is_users);
      try_from_mqtt(reader, *far, topic, is_users);
    }
    // A client with the same identifier reconnects after a moment, and the gateway then drops us.
    if (gateway_.is_users_id) reader.await(random_word(), soon(stay_limit));
    if (!reader.is_ended() && writer != &reader && has_time()) try_sleep(reader, *writer, own);
    gateway_.ended_ms = reader.ended_ms();
    if (gateway_.ended_ms >= 0 && gateway_.is_users_id) try_own_id();
    if (second && gateway_.will_asked && has_time()) {
      gateway_.will_changed = true;
      gateway_.will_updated = second->delete_will(soon(will_limit));
    }
    const deadline until = clock::now() + goodbye_limit;
    if (second) second->say_goodbye(until);
    reader.say_goodbye(until);
    if (broker) say_goodbye(*broker);
    if (what_.idle.limit.count() != 0 && gateway_.ended_ms < 0) {
      gateway_idle_probe idle([this] { return options_for(own_id()); }, own);
      gateway_.idle = idle.run(what_.idle, to_.keep_alive);
    }
  }

  void try_round(gateway_client& reader, gateway_client& writer, const std::string& topic,
                 bool is_users, bool publishes) {
    gateway_trip_fact trip;
    trip.way = trip_way::round;
    trip.topic = topic;
    trip.is_users_topic = is_users;
    trip.subscribed = true;
    trip.suback = reader.subscribe(topic, soon(step_limit));
    if (publishes && !reader.is_ended()) {
      send(writer, trip,
           [&](const std::string& payload) { return reader.await(payload, soon(step_limit)); });
    }
    gateway_.trips.push_back(std::move(trip));
  }

  /// Publishes at the gateway and waits for the message on the other side.
  template <class Await>
  void send(gateway_client& from, gateway_trip_fact& trip, Await arrives) {
    const std::string payload = "mqtt-doctor " + random_word();
    trip.published = true;
    const auto begin = clock::now();
    trip.puback = from.publish(trip.topic, payload, trip.regack, soon(step_limit));
    if (trip.puback > 0 || trip.regack > 0) return;
    trip.arrived = arrives(payload);
    trip.ms = probe::elapsed_ms(begin);
  }

  void try_to_mqtt(gateway_client& writer, mqtt_side& far, const std::string& topic,
                   bool is_users) {
    gateway_trip_fact trip;
    trip.way = trip_way::to_mqtt;
    trip.topic = topic;
    trip.is_users_topic = is_users;
    trip.subscribed = true;
    trip.suback = far.subscribe(topic, soon(step_limit));
    send(writer, trip,
         [&](const std::string& payload) { return far.await(payload, soon(step_limit)); });
    gateway_.trips.push_back(std::move(trip));
  }

  /// Publishes at the broker of --sent-via; the reader has subscribed to the topic before.
  void try_from_mqtt(gateway_client& reader, mqtt_side& far, const std::string& topic,
                     bool is_users) {
    gateway_trip_fact trip;
    trip.way = trip_way::from_mqtt;
    trip.topic = topic;
    trip.is_users_topic = is_users;
    for (const gateway_trip_fact& before : gateway_.trips) {
      if (before.way != trip_way::round || before.topic != topic) continue;
      trip.subscribed = true;
      trip.suback = before.suback;
    }
    const std::string payload = "mqtt-doctor " + random_word();
    trip.published = true;
    const auto begin = clock::now();
    trip.puback = far.publish(topic, payload, soon(step_limit));
    if (trip.puback == 0 && trip.suback == 0)
      trip.arrived = reader.await(payload, soon(step_limit));
    trip.ms = probe::elapsed_ms(begin);
    gateway_.trips.push_back(std::move(trip));
  }

  void try_sleep(gateway_client& reader, gateway_client& writer, const std::string& topic) {
    if (gateway_.trips.empty() || !gateway_.trips.front().arrived) return;
    gateway_sleep_fact& sleep = gateway_.sleep.emplace();
    sleep.fell_asleep = reader.sleep(sleep_duration, soon(step_limit));
    if (!sleep.fell_asleep) return;
    const std::string payload = "mqtt-doctor " + random_word();
    int regack = -1;
    sleep.published = writer.publish(topic, payload, regack, soon(step_limit)) == 0;
    sleep.was_too_early = reader.await(payload, soon(asleep_for));
    const auto begin = clock::now();
    sleep.woke = reader.wake(soon(step_limit));
    sleep.ms = probe::elapsed_ms(begin);
    sleep.arrived = reader.find(payload) != nullptr;
  }

  /// Whether a client with another identifier is accepted.
  void try_own_id() {
    gateway_client other(options_for(own_id()));
    const failure why = other.connect(within(step_limit));
    gateway_.own_id_code = !why                                  ? 0
                           : why.error == sn::errc::not_accepted ? static_cast<int>(why.reason)
                                                                 : -1;
    if (why) return;
    const milliseconds as_long{static_cast<int>(gateway_.ended_ms) + 300};
    gateway_.own_id_stayed =
        !other.await(random_word(), soon(std::min(as_long, step_limit))) && !other.is_ended();
    other.say_goodbye(clock::now() + goodbye_limit);
  }

  std::unique_ptr<channel> broker_side() {
    const other_broker& via = *what_.via;
    target as = to_;
    as.host = via.host;
    if (to_.publisher) as.who = *to_.publisher;
    as.who.client_id.clear();
    via_target_ = std::make_unique<target>(std::move(as));
    contact_request how;
    how.purpose = contact_purpose::elsewhere;
    how.port = via.port;
    how.tls = doctor::has_tls(via.scheme);
    how.websocket = doctor::has_websocket(via.scheme);
    how.path = via.path;
    how.connect_limit = within(step_limit);
    how.answer_limit = within(step_limit);
    const name_facts name = look_up_name(via.host, within(step_limit), asked_family::none);
    std::unique_ptr<channel> made;
    for (const std::string& address : name.addresses) {
      how.address = address;
      // A broker without MQTT 5 may hang up on it.
      for (const auto version : {protocol_version::v5, protocol_version::v3_1_1}) {
        how.version = version;
        endpoint_.elsewhere = make_contact(*via_target_, how, &made);
        if (made) return made;
        if (!endpoint_.elsewhere->mqtt) break;
      }
      if (endpoint_.elsewhere->connect.is_connected()) break;
    }
    if (name.addresses.empty()) {
      endpoint_.elsewhere.emplace();
      endpoint_.elsewhere->purpose = how.purpose;
      endpoint_.elsewhere->port = via.port;
      endpoint_.elsewhere->end = connection_end::failed;
    }
    return made;
  }

  // ---- after the gateway did not accept us

  void look_around() {
    std::vector<int> ports;
    for (const int port : usual_gateway_ports) {
      if (port != gateway_.port) ports.push_back(port);
    }
    std::vector<char> answers(ports.size());  // written by threads: not vector<bool>
    std::vector<std::function<void()>> tasks;
    // A refusal with a code is an answer; only a silent gateway may be on another port.
    const bool is_answered = gateway_.answer == gateway_answer::connack;
    if (!is_answered) {
      tasks.push_back([&] { look_at_tcp(); });
      tasks.push_back([&] { see_whether_host_is_alive(); });
      for (std::size_t i = 0; i < ports.size(); ++i)
        tasks.push_back([&, i] { answers[i] = answers_at(ports[i]) ? 1 : 0; });
      if (gateway_.answer == gateway_answer::silent)
        tasks.push_back([&] { look_for_answer_from_elsewhere(); });
      const address_class kind = class_of(gateway_.address);
      if (kind == address_class::private_use || kind == address_class::loopback) {
        tasks.push_back(
            [&] { search(usual_group, usual_group_port, within(nearby_limit), gateway_.nearby); });
      }
    }
    side_by_side(tasks);
    for (std::size_t i = 0; i < ports.size(); ++i) {
      if (answers[i] != 0) gateway_.elsewhere.push_back(ports[i]);
    }
  }

  /// Probes the port over TCP, since a broker's port is easily mistaken for the gateway's.
  void look_at_tcp() {
    contact_request how;
    how.purpose = contact_purpose::port;
    how.address = gateway_.address;
    how.port = gateway_.port;
    how.with_credentials = false;
    how.version = protocol_version::v3_1_1;  // every broker understands it
    how.connect_limit = within(look_limit);
    how.answer_limit = within(look_limit);
    const contact reached = make_contact(to_, how);
    port_fact& fact = gateway_.tcp.emplace();
    fact.port = gateway_.port;
    fact.connect = reached.connect;
    fact.speaks = reached.speaks;
    fact.text = reached.text;
    fact.sent_bytes = reached.sent_bytes;
    fact.received_bytes = reached.received_bytes;
    const bool is_mqtt = reached.mqtt && reached.mqtt->answer == mqtt_answer::connack;
    if (is_mqtt) fact.speaks = spoken_protocol::mqtt;
  }

  void see_whether_host_is_alive() {
    reachability_fact& around = endpoint_.reachability.emplace();
    around.ports = look_at_ports(to_, gateway_.address, common_ports(), within(look_limit));
  }

  /// Whether a gateway answers CONNECT on that port.
  bool answers_at(int port) const {
    probe::datagram_socket socket(gateway_.address, static_cast<std::uint16_t>(port),
                                  to_.bind_address);
    const byte_buffer hello = connect_packet(own_id());
    return socket.send(hello.view()) && await_connack(socket, soon(look_limit)).has_value();
  }

  static std::optional<probe::datagram_socket::arrival> await_connack(
      probe::datagram_socket& socket, deadline until) {
    std::array<std::byte, room_size> room{};
    while (clock::now() < until) {
      const auto came = socket.receive(room, until);
      if (!came) return std::nullopt;
      sn::message any;
      const bool is_connack = !sn::decode(bytes_view(room).first(came->size), any) &&
                              std::holds_alternative<sn::connack_message>(any);
      if (!is_connack) continue;
      const byte_buffer leave = encoded(sn::disconnect_message{});
      static_cast<void>(socket.send(leave.view()));
      return came;
    }
    return std::nullopt;
  }

  /// Looks for an answer from another address, which the client's connected socket drops.
  void look_for_answer_from_elsewhere() {
    probe::datagram_socket socket(gateway_.address, static_cast<std::uint16_t>(gateway_.port),
                                  to_.bind_address);
    const byte_buffer hello = connect_packet(own_id());
    if (!socket.send(hello.view())) return;
    const auto came = await_connack(socket, soon(look_limit));
    if (came && !came->is_from_target)
      gateway_.answered_from = host_and_port(came->address, came->port);
  }

  const target& to_;
  const endpoint_request& what_;
  const facts& known_;
  endpoint_facts endpoint_;
  gateway_fact gateway_;
  double patience_ = 1;
  std::unique_ptr<gateway_client> first_;
  std::unique_ptr<target> via_target_;  // outlives the channel that uses it
};

}  // namespace

endpoint_facts examine_gateway(const target& to, const endpoint_request& what, const facts& known) {
  return gateway_examiner(to, what, known).run();
}

}  // namespace mqttkit::doctor
