// A transparent gateway of MQTT-SN 1.2, one client of it, without I/O: a test's tool, made to let
// the library meet the other side of section 6. It is small and no more than that; it does not
// search, forward or share connections.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mqttkit/sn/codec.hpp"
#include "mqttkit/sn/message.hpp"

namespace mqttkit::testing {

using sn_time = std::chrono::steady_clock::time_point;

struct sn_gateway_options {
  std::map<std::uint16_t, std::string> predefined;
  std::chrono::milliseconds retry_time{1'000};
  unsigned retries = 5;
  sn::return_code connect_answer = sn::return_code::accepted;
  sn::return_code publish_answer = sn::return_code::accepted;  ///< other: to every PUBLISH
  sn::return_code subscribe_answer = sn::return_code::accepted;
  sn::return_code register_answer = sn::return_code::accepted;
  bool keeps_for_sleepers = true;  ///< false: what comes for a client that sleeps is lost
  std::size_t most_waiting = 200;  ///< messages for one client
};

/// What a client asks of the broker behind the gateway.
struct sn_connect {
  std::string client_id;
  bool clean_session = true;
  std::uint16_t keep_alive = 60;
  std::optional<std::string> will_topic;
  std::string will_payload;
  int will_qos = 0;
  bool will_retain = false;
};
struct sn_message {
  std::string topic;
  std::string payload;
  int qos = 0;
  bool retain = false;
};

/// The broker, as one client's connection sees it. Each answers through its last argument, at once
/// or later.
class sn_upstream {
 public:
  virtual ~sn_upstream() = default;
  virtual void connect(const sn_connect& with, std::function<void(bool taken)> answer) = 0;
  virtual void publish(const sn_message& each, std::function<void(bool taken)> answer) = 0;
  virtual void subscribe(const std::string& filter, int qos,
                         std::function<void(bool taken)> answer) = 0;
  virtual void unsubscribe(const std::string& filter, std::function<void()> answer) = 0;
  virtual void disconnect(bool with_will) = 0;
};

class sn_gateway_client {
 public:
  sn_gateway_client(sn_gateway_options options, sn_upstream& upstream);

  void feed(bytes_view datagram, sn_time now);
  /// A message of the broker for the client.
  void deliver(sn_message message, sn_time now);
  void expire(sn_time now);
  sn_time deadline() const noexcept;
  /// Datagrams for the client; the owner takes them.
  std::deque<std::vector<std::byte>> output;

  bool is_connected() const noexcept { return is_connected_; }
  bool is_asleep() const noexcept { return is_asleep_; }
  const sn_connect& client() const noexcept { return client_; }
  /// Messages that were lost because the client slept (keeps_for_sleepers) or too many waited.
  std::size_t lost = 0;

 private:
  enum class step : std::uint8_t { idle, registering, publishing, releasing };

  void put(const sn::message& any);
  void handle(const sn::connect_message& asked);
  void handle(const sn::willtopic_message& topic);
  void handle(const sn::willmsg_message& content);
  void handle(const sn::register_message& asked);
  void handle(const sn::regack_message& answer);
  void handle(const sn::publish_message& got);
  void handle(const sn::puback_message& answer);
  void handle(const sn::pubrec_message& answer);
  void handle(const sn::pubrel_message& got);
  void handle(const sn::pubcomp_message& answer);
  void handle(const sn::subscribe_message& asked);
  void handle(const sn::unsubscribe_message& asked);
  void handle(const sn::pingreq_message& asked);
  void handle(const sn::disconnect_message& asked);
  void handle(const sn::willtopicupd_message& topic);
  void handle(const sn::willmsgupd_message& content);

  void greet();
  std::string topic_of(sn::topic_id_type type, std::uint16_t id) const;
  std::uint16_t id_for(const std::string& topic);
  void push();
  void send(const sn::message& any);
  void sent_one();
  void end_waking();

  sn_gateway_options options_;
  sn_upstream& upstream_;
  sn_time now_{};
  sn_connect client_;
  bool is_connected_ = false;
  bool is_asleep_ = false;
  bool is_awake_ = false;
  bool wants_will_ = false;

  std::map<std::uint16_t, std::string> topics_;
  std::map<std::string, std::uint16_t> ids_;
  std::set<std::uint16_t> known_;  // ids that the client was told
  std::uint16_t last_topic_ = 0;
  std::set<std::uint16_t> received_;  // QoS 2, until PUBREL

  std::deque<sn_message> waiting_;
  step step_ = step::idle;
  std::uint16_t message_id_ = 0;
  std::uint16_t last_id_ = 0;
  std::vector<std::byte> again_;
  sn_time due_ = sn_time::max();
  unsigned left_ = 0;
};

}  // namespace mqttkit::testing
