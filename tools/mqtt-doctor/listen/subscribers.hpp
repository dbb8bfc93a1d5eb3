// The clients of all connections through this port, their subscriptions, and the fate of each
// published message. Clients that left are kept, as they may come back. Pure, and bounded: whatever
// exceeds the limits is not followed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "mqtt-doctor/causes/topic_mismatch.hpp"
#include "mqtt-doctor/listen/inflight_tracker.hpp"

namespace mqttkit::doctor {

struct known_filter {
  std::string filter;
  qos_t qos = qos_t::at_most_once;
  bool no_local = false;
  bool is_shared = false;
  bool is_without_kept = false;  ///< asks for no retained messages (Retain Handling 2)
  bool has_matched = false;      ///< a message published here matched the filter
};

/// A published message that the client should get and has not got yet.
struct awaited {
  moment first;                      ///< when the first message was published that is still awaited
  moment delivered;                  ///< when a message of this topic last reached the client
  std::uint64_t publisher = 0;       ///< the publisher's connection
  std::uint64_t delivered_from = 0;  ///< the connection whose message was delivered last
  std::string by;                    ///< the publisher's name in remarks
  std::string filter;                ///< the client's filter that matches
  bool is_open = false;
  bool is_told = false;
  bool is_taken = true;         ///< the broker acknowledged the message, where QoS asks for it
  bool needs_a_sign = false;    ///< no acknowledgement comes (QoS 0): the broker may hang
  bool is_vouched_for = false;  ///< an MQTT 5 broker acknowledged it, so the publisher may write
  bool is_queued = false;       ///< goes out at QoS 1 or 2, behind other messages in the queue
};

struct known_client {
  std::string id;
  std::string who;               ///< the client in remarks, like "phone (203.0.113.9)"
  std::uint64_t connection = 0;  ///< 0: the client is away
  std::uint64_t latest = 0;      ///< its last connection, if it is away
  std::string broker;            ///< the address of its broker; "" where it is not known
  bool is_bridge = false;
  bool is_v5 = false;
  bool was_clean = true;
  bool has_published = false;      ///< on this connection or an earlier one
  std::uint64_t pings = 0;         ///< on this connection and earlier ones
  bool ended_its_session = false;  ///< by Session Expiry Interval 0 in its DISCONNECT
  std::uint32_t expiry = 0;        ///< seconds that the session outlives the connection
  std::uint32_t largest = 0;       ///< the largest packet it accepts; 0: any
  bool was_thrown_out = false;
  moment left;
  std::vector<known_filter> filters;
  std::vector<std::string> lost_filters;  ///< of an ended session, and not subscribed again since
  std::map<std::string, awaited> awaits;  ///< by topic
  /// Messages for a topic that several of the client's filters match, and their copies.
  struct copies {
    std::uint64_t published = 0;
    std::uint64_t delivered = 0;
    std::size_t filters = 0;
    moment last;
    bool is_told = false;
  };
  std::map<std::string, copies> overlaps;  ///< by topic
  moment last_delivery;                    ///< when any message reached the client
  moment reached[2];              ///< when its newest messages were published: QoS 0; QoS 1, 2
  std::uint64_t missed = 0;       ///< messages of QoS 1 or 2 while the client was away
  bool has_acknowledged = false;  ///< a message of QoS 1 or 2, on any connection
  std::uint64_t given_again = 0;  ///< messages of QoS 1 or 2 that came with DUP
  struct expiring {
    moment end;
    std::uint32_t seconds = 0;
  };
  std::vector<expiring> expires;  ///< messages with an expiry that the broker keeps for the client

  // Takeovers of the client identifier.
  moment claimed;
  std::uint64_t claimed_by = 0;
  std::string claimant;
  std::uint64_t takeovers = 0;
  moment first_takeover;

  bool keeps_session() const noexcept { return is_v5 ? expiry != 0 : !was_clean; }
  bool wants_qos() const noexcept;
};

class subscribers {
 public:
  static constexpr std::size_t most_clients = 200;
  static constexpr std::size_t most_filters = 500;  // of all clients: each message meets each
  static constexpr std::size_t most_topics = 100;   // without a subscriber, or awaited by a client
  static constexpr std::size_t longest_topic = 256;
  static constexpr std::size_t most_fates = 1000;

  /// The client of this key, created when it is new; nullptr when the table is full.
  known_client* meet(const std::string& key, moment now);
  known_client* find(const std::string& key);
  void subscribe(known_client& of, const known_filter& made, moment now);
  void unsubscribe(known_client& of, std::string_view filter);
  void forget_filters(known_client& of);
  void forget(const std::string& key);

  /// The broker sent something to some client: the broker lives.
  void broker_spoke(moment now) noexcept { broker_ = now; }
  /// A client published a message.
  void published(const std::string& key, const std::string& who, std::uint64_t connection,
                 const publish_packet& packet, const std::string& topic, moment now,
                 client_observations& out);
  std::size_t clients() const noexcept { return clients_.size(); }
  /// The clients and their filters that match the topic; the filters of one client stand together.
  const std::vector<std::pair<known_client*, std::size_t>>& who_gets(const std::string& topic) {
    return fate_of(topic).matches;
  }
  /// A filter of a client that is or was here, and that client; "" where none is such.
  template <class IsIt>
  std::pair<std::string, std::string> find_filter(IsIt is_it) const {
    for (const auto& [key, client] : clients_)
      for (const known_filter& each : client.filters)
        if (is_it(each.filter)) return {each.filter, client.who};
    return {};
  }
  /// Calls with each client's key, the client, and each of its filters.
  template <class Call>
  void each_filter(Call call) const {
    for (const auto& [key, client] : clients_)
      for (const known_filter& each : client.filters) call(key, client, each);
  }
  /// Subscriptions exist that were not heard here: a topic without a subscriber then means nothing.
  void misses_some() noexcept { misses_some_ = true; }
  /// The broker acknowledged a client's message.
  void acknowledged_by_broker(std::uint64_t connection, const acknowledged& message, bool is_v5);
  /// The broker delivered a message to this client.
  void delivered(known_client& to, const std::string& topic, qos_t qos, moment now);
  /// Notes the messages that should have been delivered by now.
  /// @param is_able  whether the client of a connection can take messages at all
  template <class IsAble>
  void look_at_awaited(moment now, IsAble is_able, client_observations& out) {
    for (auto& [key, client] : clients_)
      if (client.connection != 0 && is_able(client.connection))
        look_at_awaited(key, client, now, out);
  }
  /// Notes clients that get one copy of each message for each filter.
  void look_at_copies(moment now, bool is_end, client_observations& out);
  /// Notes topics that no filter matches, beside the nearest filter; a limited number in each call.
  void look_at_unmatched(moment now, bool is_end, client_observations& out);

 private:
  struct unmatched {
    std::string key;  ///< the publisher's key
    std::string who;
    std::uint64_t connection = 0;
    moment first;
    bool nobody_subscribes = false;  ///< by the reason code of the broker's PUBACK
    bool somebody_subscribes = false;
    std::uint64_t looked_at = 0;  ///< by the generation of filters at the last comparison
    bool nobody_told = false;
  };
  /// A PUBLISH of a client's; refers to the arguments of published().
  struct publication {
    const std::string& key;  ///< of the publisher
    const std::string& who;
    std::uint64_t connection = 0;
    const publish_packet& packet;
    const std::string& topic;
    moment now;
  };
  /// The filter that was most likely meant for a topic; nullptr: none is similar.
  struct near_filter {
    std::string key;  ///< of the subscriber
    const known_client* subscriber = nullptr;
    const known_filter* filter = nullptr;
    topic_mismatch difference;
  };
  struct fate {
    std::uint64_t generation = 0;
    std::vector<std::pair<known_client*, std::size_t>> matches;
  };

  const fate& fate_of(const std::string& topic);
  void note_unmatched(const publication& message);
  static void note_lower_qos(const publication& message, const known_client& to,
                             const known_filter& by, client_observations& out);
  static void note_missed(const publication& message, known_client& of, const known_filter& by);
  static void await_delivery(const publication& message, known_client& to, const known_filter& by,
                             client_observations& out);
  void note_overlaps(const fate& met, const publication& message);
  near_filter nearest_filter(const std::string& topic, const std::string& publisher,
                             std::size_t& comparisons) const;
  static void tell_mistake(const std::string& topic, const unmatched& message,
                           const near_filter& nearest, client_observations& out);
  void look_at_awaited(const std::string& key, known_client& client, moment now,
                       client_observations& out);
  void changed(moment now) {
    ++generation_;
    changed_ = now;
  }

  std::map<std::string, known_client> clients_;
  std::unordered_map<std::string, fate> fates_;
  std::map<std::string, unmatched> unmatched_;
  std::size_t filters_ = 0;
  std::uint64_t generation_ = 1;
  moment changed_;
  moment broker_;
  bool misses_some_ = false;
};

}  // namespace mqttkit::doctor
