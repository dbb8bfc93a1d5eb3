// Hears clients and broker on all connections and says what keeps messages from arriving.
//
// A doctor in front of the broker hears what no probe from outside can: which messages the real app
// acknowledges, how long the app is silent, which other client took its identifier, which filter of
// a subscriber misses the publisher's topic. Pure: packets and the time go in, remarks come out,
// each once for a client. Every table has a bound.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "mqtt-doctor/listen/answer_watch.hpp"
#include "mqtt-doctor/listen/arrival_watch.hpp"
#include "mqtt-doctor/listen/connect_traits.hpp"
#include "mqtt-doctor/listen/growing_topics.hpp"
#include "mqtt-doctor/listen/inflight_tracker.hpp"
#include "mqtt-doctor/listen/kept_messages.hpp"
#include "mqtt-doctor/listen/leaving_watch.hpp"
#include "mqtt-doctor/listen/meaning_watch.hpp"
#include "mqtt-doctor/listen/message_rounds.hpp"
#include "mqtt-doctor/listen/never_answered.hpp"
#include "mqtt-doctor/listen/packet_event.hpp"
#include "mqtt-doctor/listen/patience_watch.hpp"
#include "mqtt-doctor/listen/remark.hpp"
#include "mqtt-doctor/listen/rule_watch.hpp"
#include "mqtt-doctor/listen/state_watch.hpp"
#include "mqtt-doctor/listen/subscribers.hpp"
#include "mqtt-doctor/listen/taken_filters.hpp"
#include "mqtt-doctor/listen/will_watch.hpp"

namespace mqttkit::doctor {

/// The side that ended a connection first; by_us: listening ended before.
enum class parting : std::uint8_t { by_client, by_broker, by_us };

class traffic_monitor {
 public:
  static constexpr std::size_t most_remarks = 300;  // after these, remarks are only counted
  static constexpr std::size_t most_pending = 16;   // entries of each list that waits for its time
  static constexpr std::size_t most_asked = 128;    // SUBSCRIBE without SUBACK, of one connection
  static constexpr std::size_t most_aliases = 32;   // topic aliases of one direction
  static constexpr std::size_t most_clients = 200;  // in each table by client
  static constexpr std::size_t most_places = 16;    // of brokers; beyond these nothing is compared

  /// @param seen  what the user sees: whatever explains it is a cause, if it breaks no rule as well
  explicit traffic_monitor(symptom seen = symptom::none)
      : states_(seen), seen_(seen), arrivals_(seen) {}

  /// @param name     the client's address and port, "203.0.113.9:50211"
  /// @param address  without the port, "203.0.113.9"
  /// @param broker   the broker's address, likewise; "" where it is not known
  /// @param port     the broker's
  void opened(std::uint64_t connection, const std::string& name, const std::string& address,
              const std::string& broker = {}, std::uint16_t port = 0);
  /// A client that was connected before: its CONNECT is not known, only what it says from now on.
  void joined_late(std::uint64_t connection, const std::string& name, const std::string& address,
                   const std::string& broker = {}, std::uint16_t port = 0);
  void heard(std::uint64_t connection, const heard_packet& packet, moment now);
  /// Bytes of the client arrived, whether or not they complete a packet.
  void stirred(std::uint64_t connection, moment now);
  /// All bytes that were forwarded so far were heard, of both sides.
  void caught_up(std::uint64_t connection);
  /// `bytes` for the client have been waiting since that moment; 0: none are waiting.
  void waits(std::uint64_t connection, std::size_t bytes, moment since, moment now);
  /// The client's receive window is closed since that moment; nothing: the window is open.
  void shut(std::uint64_t connection, std::optional<moment> since, moment now);
  /// @param unfinished  size of the packet that the client was still sending; 0: none
  void ended(std::uint64_t connection, parting how, std::size_t unfinished, moment now);
  /// Packets of this connection were not heard: nothing is concluded from it any more.
  void lost_track(std::uint64_t connection);
  /// Some bytes were not captured, but the packets behind them can be read.
  void heard_in_part(std::uint64_t connection);
  /// Some clients subscribed before listening began: a topic without a subscriber, or one that is
  /// not delivered, then means nothing.
  void misses_some() noexcept {
    all_.misses_some();
    meaning_.misses_some();
    states_.misses_some();
    arrivals_.misses_some();
  }
  /// The broker stopped: its connections ended through no fault of the clients.
  void broker_is_gone() {
    suspected_.clear();
    cut_off_.clear();
  }

  /// To be called regularly, with the time.
  void look(moment now);
  /// Listening ended.
  void finish(moment now);

  /// The remarks made since the last call.
  std::vector<remark> take();
  /// The causes told so far, each with the number of connections that it was found on.
  const std::vector<remark>& causes() const noexcept { return causes_; }
  /// The notes told so far.
  const std::vector<remark>& notes() const noexcept { return notes_; }
  std::uint64_t left_out() const noexcept { return left_out_; }
  /// Whether all that was published for a subscriber was sent to it, where that is looked at.
  bool all_came() const noexcept { return arrivals_.all_came(); }
  /// What the user sees.
  symptom seen() const noexcept { return seen_; }
  /// What was looked at and does not explain what the user sees, once listening ended.
  std::vector<ruled_out> excluded() const {
    std::vector<ruled_out> all = states_.excluded();
    all.insert(all.end(), arrivals_.excluded().begin(), arrivals_.excluded().end());
    return all;
  }

 private:
  /// A broker's action this soon after a packet answers it.
  static constexpr std::chrono::seconds at_once{1};
  /// If other connections end as well in this time, the broker was stopped.
  static constexpr std::chrono::seconds suspicion_time{2};

  struct asked_filter {
    known_filter filter;
    qos_t asked = qos_t::at_most_once;
    bool wants_kept = true;  // Retain Handling 0
    retain_handling kept = retain_handling::send;
  };
  /// A message of the client's, by what tells it from others.
  struct sent_message {
    std::vector<std::string> has;  // its peculiarities
    std::uint16_t id = 0;          // packet identifier; 0: of QoS 0
    moment at;
    std::string kept_topic;  // of one with the retain flag that is not empty; "" for others
    std::size_t kept_size = 0;
  };
  /// What one address and port of a broker takes. Another one may be another broker, or a listener
  /// with other rules: what is taken there says nothing here.
  struct broker_place {
    accepted_connects accepted;
    std::set<std::string> taken;       // the peculiarities of messages that it took
    std::set<std::string> taken_from;  // the keys of clients that it took messages from
    taken_filters filters;
    std::set<protocol_version> versions;
    std::set<std::string> let_in_as;  // login_of() of accepted connections
    bool lets_in = false;
  };
  struct link {
    std::string name;
    std::string address;
    std::string broker;  // its address; "" where it is not known
    std::string place;   // the broker's address and port: what is compared is of one place
    std::string key;     // the client's key; "" before CONNECT
    std::string who;
    std::string id;
    bool is_v5 = false;
    moment spoke;             // the last packet of the client that was no ping
    std::uint64_t pongs = 0;  // answered pings since then
    std::uint64_t pings = 0;  // PINGREQs of the connection
    moment last_of_client;
    std::chrono::duration<double> longest_gap{0};  // between two packets of the client
    std::uint64_t given_since = 0;                 // messages to it since its last packet
    bool has_connect = false;
    bool has_will = false;
    bool has_user = false;
    bool is_over = false;
    bool is_late = false;  // it was connected before listening began
    bool has_heard[2]{};   // of a late one: its packets, the broker's packets
    bool was_displaced = false;
    bool is_will_taken_back = false;
    std::uint32_t wanted_expiry = 0;
    bool clean = true;
    moment connected;
    std::optional<will_watch::will> will;
    std::string will_topic;
    leaving_watch::last_words last;
    bool said_goodbye = false;  // DISCONNECT of the client
    bool is_in_part = false;    // packets of it are missing
    std::string user;
    connect_traits traits;
    std::deque<sent_message> sent;  // which the broker has not answered yet, oldest first
    bool is_accepted = false;
    bool has_subscribed = false;  // on this connection, or in the resumed session
    bool has_published = false;
    moment accepted;
    moment subscribed;                           // when the client last sent SUBSCRIBE
    std::vector<std::string> filters_of_before;  // of the ended session, not asked for again
    std::uint64_t missed = 0;                    // messages for those filters
    bool was_forgotten = false;                  // the client kept its session, the broker did not
    std::uint64_t published_before = 0;          // messages of all clients before this CONNACK
    inflight_tracker inflight;
    rule_watch rules;
    answer_watch answers;
    std::map<std::uint16_t, std::vector<asked_filter>> asked;
    std::set<std::uint16_t> asked_ids;             // of every SUBSCRIBE on this connection
    std::vector<std::uint16_t> answered_for_none;  // identifiers in SUBACK that no SUBSCRIBE had
    std::map<std::uint32_t, std::string> aliases[2];
  };
  struct suspicion {  // a doubtful finding: the broker may just have been stopped
    std::uint64_t connection = 0;
    std::string key;
    std::string id;
    observation finding;
    moment since;
    std::string place;
    std::vector<std::string> sent;            // of the PUBLISH that it is about
    std::vector<taken_filters::asked> asked;  // of the SUBSCRIBE that it is about
    std::vector<std::string> before;  // of those in front of it that were not answered either
  };

  struct cut_off {  // a client whose CONNECT the broker answered by closing
    std::string key;
    std::string who;
    std::string id;
    std::string place;
    connect_traits traits;
    moment since;
    std::uint64_t connection = 0;
    std::string login;  // login_of() it
  };
  struct refused_login {  // kept until somebody is let in whose login tells of it
    std::uint64_t connection = 0;
    std::string key, who, id, place;
    connect_traits traits;
    observation found;
  };
  /// A client that ends its connections before it has asked for anything.
  struct unasking {
    std::uint64_t connection = 0;
    std::string who, id;
    std::uint64_t times = 0, unheard = 0;
    std::chrono::duration<double> longest{0};
    bool has_asked = false, has_subscribed = false;
  };
  struct fallen_silent {  // a client whose keep alive expired
    std::uint64_t connection = 0;
    std::string key, who, id;
    moment last;
    moment ended;
  };
  struct user_login {
    moment claimed;
    std::uint64_t claimed_by = 0;
    std::string id;
    std::string who;
    std::uint64_t times = 0;
    moment first;
  };

  void heard_late(link& of, std::uint64_t connection, const heard_packet& packet, moment now);
  void look_at_round(const link& of, std::uint64_t connection, const heard_packet& packet,
                     const publish_packet& read, const std::string& topic, moment now);
  bool is_subscribed(const link& of, const std::string& topic);
  void look_at_kept(link& of, std::uint64_t connection, const heard_packet& packet,
                    const publish_packet& read, const std::string& topic, moment now);
  void look_at_cleared(const link& of, const std::string& filter);
  void look_at_unwanted();
  void look_at_large_kept(const link& of, std::uint64_t connection, const known_client& client,
                          const known_filter& by);
  static std::string login_of(const link& of);
  broker_place& place_of(const std::string& place);
  bool is_followed(const std::string& place) const { return places_.contains(place); }
  void note_taken(const link& of, const sent_message& message);
  void note_taken(link& of);
  void note_answered(link& of, const ack_packet& answer);
  void compare_login(const refused_login& refused);
  void note_unasking(const link& of, std::uint64_t connection, parting how, moment now);
  void look_at_unasking();
  void throws_out(const link& of, std::uint64_t connection, moment now);
  void look_at_cut_off(moment now, bool is_end);
  void look_at_disliked(const std::string& place);
  void look_at_answers(std::uint64_t connection, link& of, moment now, bool is_end);
  void look_at_subscriptions(std::uint64_t connection, link& of, moment now, bool is_end);
  void take_connect(link& of, std::uint64_t connection, const heard_packet& packet, moment now);
  void take_connack(link& of, std::uint64_t connection, const heard_packet& packet, moment now);
  void tell_refusal(const link& of, std::uint64_t connection, std::uint8_t reason,
                    protocol_version version);
  void note_growth(const link& of, observation& found);
  void take_publish(link& of, std::uint64_t connection, const heard_packet& packet, moment now);
  void take_acknowledgement(link& of, std::uint64_t connection, const heard_packet& packet,
                            moment now);
  void take_subscribe(link& of, std::uint64_t connection, const heard_packet& packet, moment now);
  void take_suback(link& of, std::uint64_t connection, const heard_packet& packet, moment now);
  void take_disconnect(link& of, std::uint64_t connection, const heard_packet& packet, moment now);
  void came_back(known_client& client, const link& with, std::uint64_t connection, moment now);
  void note_cut_off(const link& of, std::uint64_t connection, moment now);
  void look_at_pings(const link& of, std::uint64_t connection, moment now);
  void note_pace(link& of, const heard_packet& packet, moment now);
  void take_back(noticed what, const std::string& id);
  void look_at_leaving(const link& of, std::uint64_t connection, parting how,
                       std::size_t unfinished, moment now);
  std::size_t readers_of(const std::string& topic, const std::string& key);
  void tell(const will_watch::found& found);
  void client_left(const link& of, std::uint64_t connection, bool is_displaced, moment now);
  void look_at_hang_up(link& of, std::uint64_t connection, std::size_t unfinished, moment now);
  static observation unanswered_filters(const link& of);
  void tell_suspicions(moment until);
  void note_silence(const link& of, std::uint64_t connection, moment now);
  bool is_takeover(link& of, std::uint64_t connection, moment now);
  void look_at_nameless(const link& of, std::uint64_t connection, moment now);
  void note_wordless_end(const link& of, std::uint64_t connection, moment now);
  void doubt_wordless(const std::string& key);
  void look_at_wordless_ends();
  void tell(std::uint64_t connection, const link& about, observations found);
  void tell(const client_observations& found);
  void tell_meant();
  static patience_watch::asking asking_of(const link& of, std::uint64_t connection);
  void look_at_patience();
  static never_answered::end unanswered_end_of(const link& of, std::uint64_t connection);
  void note_answer(const link& of, std::uint64_t connection, const ack_packet& packet, side from,
                   moment now);
  void look_at_unanswered(moment now);
  void doubt_traits(const suspicion& suspected, std::vector<std::string>& unlike);
  void compare_filters(suspicion& suspected);
  static message_end end_of(const link& of, std::uint64_t connection);
  void tell(std::uint64_t connection, const std::string& key, const std::string& who,
            const std::string& id, observation found);

  std::map<std::uint64_t, link> links_;
  subscribers all_;
  std::vector<suspicion> suspected_;
  std::vector<cut_off> cut_off_;
  std::map<std::string, std::uint64_t> cut_times_;  // CONNECTs cut off, by client
  std::map<std::string, broker_place> places_;
  broker_place nowhere_;  // for places beyond that: nothing is kept in it
  std::map<std::string, std::uint64_t> hung_up_unlike_;  // by client: hung up on for such a one
  std::vector<refused_login> refused_logins_;
  std::map<std::string, unasking> unasking_;
  std::uint64_t published_ = 0;
  std::map<std::string, user_login> users_;
  std::map<std::string, std::string> refused_ids_;  // the last refused identifier of each address
  message_rounds rounds_;
  growing_topics growing_;
  will_watch wills_;
  leaving_watch leavings_;
  patience_watch patience_;
  never_answered unanswered_;
  // By client and topic: what the messages had that the broker hung up on.
  std::map<std::string, std::vector<std::vector<std::string>>> ended_at_;
  std::vector<fallen_silent> silent_;
  kept_messages kept_;
  struct unwanted_kept {  // a subscription that asks for no retained messages
    kept_messages::whose by;
    std::string place, filter;
  };
  std::vector<unwanted_kept> unwanted_;
  meaning_watch meaning_;
  state_watch states_;
  struct nameless {  // clients without an identifier
    std::string latest;
    moment came;
    std::uint64_t latest_number = 0;
    std::uint64_t thrown_out = 0, others = 0;  // ended when another came, and at other times
    moment first;
  };
  nameless nameless_;
  struct wordless_end {
    std::uint64_t connection = 0, times = 0;
    std::string who, id;
    std::vector<double> lives;
    bool is_doubtful = false;  // others ended with it, or it was explained once
  };
  std::map<std::string, wordless_end> wordless_;  // by client
  moment last_hang_up_;
  std::string last_hung_up_key_;
  std::vector<remark> remarks_;
  struct pinged_end {
    double since_packet_s = 0;  // since the client's last packet that was no ping
    double age_s = 0;           // of the connection
  };
  std::map<std::string, std::vector<pinged_end>> pinged_;  // by client
  symptom seen_;
  arrival_watch arrivals_;
  std::vector<remark> causes_;
  std::vector<remark> notes_;
  static constexpr std::size_t no_cause = static_cast<std::size_t>(-1);
  struct told_once {
    std::size_t place = 0;  // index in causes_, or no_cause
    std::uint64_t connection = 0;
  };
  std::map<std::string, told_once> told_;
  std::uint64_t left_out_ = 0;
};

}  // namespace mqttkit::doctor
