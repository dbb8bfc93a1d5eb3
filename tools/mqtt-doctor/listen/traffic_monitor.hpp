// Hears clients and broker on all connections and says what keeps messages from arriving.
//
// A doctor in front of the broker hears what a probe from outside cannot: what the real app
// acknowledges, how long it is silent, who else came with its identifier, which filter of the one
// side misses the topic of the other. Pure: packets and the time go in, remarks come out, each
// once for a client. Every table has a bound.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "mqtt-doctor/listen/inflight_tracker.hpp"
#include "mqtt-doctor/listen/packet_event.hpp"
#include "mqtt-doctor/listen/remark.hpp"
#include "mqtt-doctor/listen/subscribers.hpp"

namespace mqttkit::doctor {

/// Which side ended a connection first, or neither: listening ended.
enum class parting : std::uint8_t { by_client, by_broker, by_us };

class traffic_monitor {
 public:
  static constexpr std::size_t most_remarks = 300;  // told; what comes after them is counted
  static constexpr std::size_t most_pending = 16;   // of what is kept in lists
  static constexpr std::size_t most_asked = 128;    // SUBSCRIBE without SUBACK, of one connection
  static constexpr std::size_t most_aliases = 32;   // of one direction

  /// @param name     "203.0.113.9:50211"
  /// @param address  "203.0.113.9"
  void opened(std::uint64_t connection, const std::string& name, const std::string& address);
  void heard(std::uint64_t connection, const heard_packet& packet, moment now);
  /// Bytes came from the client, a whole packet or not.
  void stirred(std::uint64_t connection, moment now);
  /// All bytes that went on so far were heard, of both sides.
  void caught_up(std::uint64_t connection);
  /// `bytes` for the client have been waiting since then; 0: none do.
  void waits(std::uint64_t connection, std::size_t bytes, moment since, moment now);
  /// The client's receive window is shut since then; nothing: it is not.
  void shut(std::uint64_t connection, std::optional<moment> since, moment now);
  /// @param unfinished  size of the packet the client was in; 0: none
  void ended(std::uint64_t connection, parting how, std::size_t unfinished, moment now);
  /// Some of what it said passed unseen: nothing is concluded from this connection any more.
  void lost_track(std::uint64_t connection);
  /// Some bytes were not captured, and the packets behind them can be read.
  void heard_in_part(std::uint64_t connection);
  /// There are clients whose subscriptions nobody saw: that a topic has no subscriber, or is not
  /// delivered, means nothing.
  void misses_some() noexcept { all_.misses_some(); }
  /// The broker is not there: then it ended its connections for no fault of theirs.
  void broker_is_gone() {
    suspected_.clear();
    cut_off_.clear();
  }

  /// To be called every now and then.
  void look(moment now);
  /// Nothing more comes.
  void finish(moment now);

  /// What is to be told now.
  std::vector<remark> take();
  /// The causes told so far, with how many connections each was met on.
  const std::vector<remark>& causes() const noexcept { return causes_; }
  std::uint64_t left_out() const noexcept { return left_out_; }

 private:
  struct asked_filter {
    known_filter what;
    qos_t asked = qos_t::at_most_once;
  };
  struct link {
    std::string name;
    std::string address;
    std::string key;  // of its client; "" before CONNECT
    std::string who;
    std::string id;
    bool is_v5 = false;
    bool has_connect = false;
    bool has_will = false;
    bool has_user = false;
    bool is_over = false;
    bool was_displaced = false;
    std::uint32_t wanted_expiry = 0;
    bool clean = true;
    moment connected;
    std::string will_topic;
    std::string user;
    std::vector<std::string> traits;  // of its CONNECT, which another may not have
    bool is_accepted = false;
    bool has_subscribed = false;  // on this connection, or in the session it came back to
    bool has_published = false;
    moment accepted;
    moment subscribed;                           // last asked to
    std::vector<std::string> filters_of_before;  // that it has not subscribed to again
    std::uint64_t missed = 0;                    // messages for those
    std::uint64_t published_before = 0;          // by anybody, until it was let in
    inflight_tracker inflight;
    std::map<std::uint16_t, std::vector<asked_filter>> asked;
    std::set<std::uint16_t> asked_ids;             // ever, on this connection
    std::vector<std::uint16_t> answered_for_none;  // identifiers in SUBACK
    std::map<std::uint32_t, std::string> aliases[2];
  };
  struct suspicion {  // of a broker that hung up: it may have been stopped
    std::uint64_t connection = 0;
    std::string key;
    std::string id;
    observation what;
    moment since;
  };

  struct cut_off {  // whose CONNECT was hung up on
    std::string key;
    std::string who;
    std::string id;
    std::vector<std::string> traits;
    moment since;
  };
  struct user_seen {
    moment claimed;
    std::uint64_t claimed_by = 0;
    std::string id;
    std::string who;
    std::uint64_t times = 0;
    moment first;
  };

  /// A message that goes from the broker to an address and from there to the broker again.
  struct going_round {
    std::string address;
    std::size_t payload = 0;     // its hash
    std::uint64_t there = 0;     // at the address, and not yet back
    std::uint64_t echoes = 0;    // to come, of what the address published by itself
    std::uint64_t since = 0;     // came to the address since it last published it
    std::uint64_t times = 0;     // that it went on with what it was sent
    std::uint64_t by_turns = 0;  // likewise, or with the echo of its own
    moment first;
  };

  void look_at_round(const link& of, std::uint64_t connection, const heard_packet& packet,
                     const publish_packet& read, const std::string& topic, moment now);
  bool is_subscribed(const link& of, const std::string& topic);
  void note_traits(link& of, const connect_packet& connect);
  std::string what_is_unusual(const std::vector<std::string>& traits) const;
  void throws_out(const link& of, std::uint64_t connection, moment now);
  void look_at_cut_off(moment now, bool is_end);
  void look_at_answers(std::uint64_t connection, link& of, moment now);
  void look_at_subscriptions(std::uint64_t connection, link& of, moment now, bool is_end);
  void take_connect(link& of, std::uint64_t connection, const heard_packet& packet, moment now);
  void take_connack(link& of, std::uint64_t connection, const heard_packet& packet, moment now);
  void tell_refusal(const link& of, std::uint64_t connection, std::uint8_t reason,
                    protocol_version version);
  void note_growth(const link& of, observation& found);
  void take_publish(link& of, std::uint64_t connection, const heard_packet& packet, moment now);
  void take_acknowledgement(link& of, std::uint64_t connection, const heard_packet& packet,
                            moment now);
  void take_subscribe(link& of, const heard_packet& packet, moment now);
  void take_suback(link& of, std::uint64_t connection, const heard_packet& packet, moment now);
  void take_disconnect(link& of, std::uint64_t connection, const heard_packet& packet, moment now);
  void came_back(known_client& client, const link& with, std::uint64_t connection, moment now);
  void tell_suspicions(moment until);
  bool is_takeover(link& of, std::uint64_t connection, moment now);
  void tell(std::uint64_t connection, const link& about, observations found);
  void tell(const client_observations& found);
  void tell(std::uint64_t connection, const std::string& key, const std::string& who,
            const std::string& id, observation found);

  std::map<std::uint64_t, link> links_;
  subscribers all_;
  std::vector<suspicion> suspected_;
  std::vector<cut_off> cut_off_;
  std::set<std::string> usual_traits_;  // of those that were let in
  std::set<protocol_version> usual_versions_;
  bool lets_in_ = false;
  std::uint64_t published_ = 0;
  std::map<std::string, user_seen> users_;
  std::map<std::string, std::string> refused_ids_;  // by address, the last one
  std::map<std::string, going_round> rounds_;       // by topic
  moment last_hang_up_;
  std::string last_hung_up_key_;
  std::vector<remark> remarks_;
  std::vector<remark> causes_;
  struct told_once {
    std::size_t place = 0;  // in causes_, or no_cause
    std::uint64_t connection = 0;
  };
  std::map<std::string, told_once> told_;
  std::uint64_t left_out_ = 0;
};

}  // namespace mqttkit::doctor
