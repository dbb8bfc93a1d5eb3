// Who subscribed to what, and what became of the messages that were published: the clients of all
// connections through this port, also those that have gone and may come back.
// Pure, and bounded: what exceeds the limits is not followed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "mqtt-doctor/listen/inflight_tracker.hpp"

namespace mqttkit::doctor {

struct known_filter {
  std::string filter;
  qos_t qos = qos_t::at_most_once;
  bool no_local = false;
  bool is_shared = false;
  bool has_matched = false;  ///< something that was published here
};

/// A message that was published and is not delivered yet.
struct awaited {
  moment first;                      ///< of those that were published since
  moment delivered;                  ///< one on this topic last was
  std::uint64_t publisher = 0;       ///< its connection
  std::uint64_t delivered_from = 0;  ///< whose message was delivered last
  std::string by;                    ///< how it is called
  std::string filter;                ///< that matches
  bool is_open = false;
  bool is_told = false;
  bool is_taken = true;         ///< the broker acknowledged it, where it has to
  bool needs_a_sign = false;    ///< nothing acknowledges it: the broker may hang
  bool is_vouched_for = false;  ///< in MQTT 5, which would have said that it may not be written
  bool is_queued = false;       ///< is to come at QoS 1 or 2, behind others of these
};

struct known_client {
  std::string id;
  std::string who;               ///< "phone (203.0.113.9)"
  std::uint64_t connection = 0;  ///< 0: it is away
  bool is_bridge = false;
  bool is_v5 = false;
  bool was_clean = true;
  bool has_published = false;  ///< on this connection or one before
  std::uint32_t expiry = 0;    ///< of its session, seconds
  std::uint32_t largest = 0;   ///< packet it takes; 0: any
  bool was_thrown_out = false;
  moment left;
  std::vector<known_filter> filters;
  std::vector<std::string> lost_filters;  ///< of a session that ended, and not asked for since
  std::map<std::string, awaited> awaits;  ///< by topic
  moment last_delivery;                   ///< of any message
  moment reached[2];         ///< when what it got last was published: QoS 0, and others
  std::uint64_t missed = 0;  ///< while it was away, QoS 1 or 2
  struct expiring {
    moment end;
    std::uint32_t seconds = 0;
  };
  std::vector<expiring> expires;  ///< what the broker keeps for it

  // takeovers
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
  static constexpr std::size_t most_topics = 100;   // that match nothing, or are awaited by one
  static constexpr std::size_t longest_topic = 256;
  static constexpr std::size_t most_fates = 1000;

  /// The client of this key, made when it is new; nullptr when there is no room.
  known_client* meet(const std::string& key, moment now);
  known_client* find(const std::string& key);
  void subscribe(known_client& of, const known_filter& made, moment now);
  void unsubscribe(known_client& of, std::string_view filter);
  void forget_filters(known_client& of);
  void forget(const std::string& key);

  /// The broker said something, to whomever: it lives.
  void broker_spoke(moment now) noexcept { broker_ = now; }
  /// A client published.
  void published(const std::string& key, const std::string& who, std::uint64_t connection,
                 const publish_packet& packet, const std::string& topic, moment now,
                 client_observations& out);
  std::size_t clients() const noexcept { return clients_.size(); }
  /// Whose filters take it in, and which of them; those of one client stand together.
  const std::vector<std::pair<known_client*, std::size_t>>& who_gets(const std::string& topic) {
    return fate_of(topic).matches;
  }
  /// There are subscriptions that are not known here: that a topic matches none means nothing.
  void misses_some() noexcept { misses_some_ = true; }
  /// The broker acknowledged it.
  void acknowledged_by_broker(std::uint64_t connection, const acknowledged& what, bool is_v5);
  /// The broker delivered it.
  void delivered(known_client& to, const std::string& topic, qos_t qos, moment now);
  /// What should have been delivered by now.
  /// @param is_able  whether that connection can take messages at all
  template <class IsAble>
  void look_at_awaited(moment now, IsAble is_able, client_observations& out) {
    for (auto& [key, one] : clients_)
      if (one.connection != 0 && is_able(one.connection)) look_at_awaited(key, one, now, out);
  }
  /// Topics no filter matches, beside the nearest filter. A little at a time.
  void look_at_unmatched(moment now, bool is_end, client_observations& out);

 private:
  struct unmatched {
    std::string key;  ///< of the client that published it
    std::string who;
    std::uint64_t connection = 0;
    moment first;
    bool nobody_subscribes = false;  ///< says the broker
    bool somebody_subscribes = false;
    std::uint64_t looked_at = 0;  ///< the generation of filters
    bool nobody_told = false;
  };
  struct fate {
    std::uint64_t generation = 0;
    std::vector<std::pair<known_client*, std::size_t>> matches;
  };

  const fate& fate_of(const std::string& topic);
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
