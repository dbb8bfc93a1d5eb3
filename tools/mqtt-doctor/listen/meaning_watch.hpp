// What sessions that break no rule mean for those who use them: a state that is not retained, so
// that who comes later never learns of it; a command that is, so that it is carried out at every
// start; one message that comes twice because two filters meet it; a payload that no reader takes.
// Pure, and bounded: whatever exceeds the limits is not followed.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "mqtt-doctor/listen/payload_look.hpp"
#include "mqtt-doctor/listen/subscribers.hpp"

namespace mqttkit::doctor {

/// An observation, with the client and the connection it is about.
struct meant {
  std::uint64_t connection = 0;
  std::string key;
  std::string who;
  std::string id;
  observation found;
};

/// What the messages show, and which does not explain what the user sees.
struct ruled_out {
  std::uint64_t connection = 0;  ///< of one client; 0: of all that was heard
  std::string id;                ///< the cause that this excludes there; "": no single one
  sentence why;
  bool is_answer = false;  ///< it says where the messages are, so that no usual reason is left
  bool is_sent = false;    ///< likewise, but the client does not acknowledge what it is sent
};

/// One end of a message: a client, as the monitor knows it.
struct message_end {
  std::uint64_t connection = 0;
  std::string key;
  std::string who;
  std::string id;
  std::string address;
  bool is_v5 = false;
  std::string broker;  ///< its address; "" where it is not known
};

class meaning_watch {
 public:
  static constexpr std::size_t most_clients = 300, most_topics = 600, most_kept = 16,
                               most_shares = 500;

  void connects(const message_end& of, const connect_packet& packet, moment now);
  /// CONNACK let the client in.
  /// @param before   the client as it was until now
  void let_in(const message_end& of, const known_client& before, bool is_resumed, moment now);
  /// @param wants_kept  retained messages are asked for (Retain Handling 0)
  void subscribed(const message_end& of, const known_filter& by, bool wants_kept, moment now);
  void unsubscribed(const message_end& of, std::string_view filter, moment now);
  /// A client published to what it has asked for, and SUBACK has not come yet.
  void published_early(const message_end& by, const std::string& topic, moment now);
  /// A client published; `all` are the subscribers.
  void published(const message_end& by, const publish_packet& packet, const std::string& topic,
                 bool is_whole, moment now, subscribers& all);
  /// The broker sent a message to a client with those filters.
  void delivered(const message_end& to, const publish_packet& packet, const std::string& topic,
                 bool is_whole, moment now, const known_client* as);
  /// The broker acknowledged a client's message of QoS 1 or took that of QoS 2.
  void acknowledged(const message_end& of, std::uint16_t packet_id, moment now);
  /// @param is_torn  without a DISCONNECT, so that the broker publishes its will
  void left(const message_end& of, bool is_torn, moment now);
  /// Some packets were not heard: that something did not come means nothing any more.
  void misses_some() noexcept { misses_some_ = true; }
  /// Packets of this client were not heard: what it said of itself is not known.
  void heard_in_part(const std::string& key);
  void look(moment now);
  /// @param is_missed  somebody says that messages do not come: a shorter silence is told as well
  void finish(moment now, subscribers& all, bool is_missed = false);

  std::vector<meant> take();

 private:
  struct copy {
    std::size_t hash = 0;
    moment at;
    std::string by;
    std::uint64_t times = 0;
  };
  struct oddity {
    std::uint64_t times = 0;
    std::string text;
    message_end by;
  };
  /// Of each topic that was published to or delivered.
  struct told_topic {
    std::uint64_t published = 0, plain = 0;
    bool is_kept = false;  ///< the broker retains a message, as far as was seen
    std::size_t kept_hash = 0;
    std::uint64_t kept_times = 0;
    std::size_t plain_hash = 0;  ///< of the last message without retain
    bool is_plain_last = false;  ///< that one came after the last with retain
    bool was_emptied = false;    ///< by an empty message without retain
    bool is_state = false;       ///< the last message tells a state, or a discovery
    bool has_reached = false;    ///< somebody was subscribed when it was published
    std::string text;            ///< the last message
    message_end by;
    moment at;
    std::vector<copy> recent;
    std::uint64_t unread = 0;  ///< retained messages that nobody was subscribed to
    bool has_expiry = false;
    moment first;
    std::string kept_by, kept_before;  ///< the keys of its last writers
    std::uint64_t overwritten = 0;
    std::uint64_t given = 0;  ///< retained messages that the broker handed out
    std::uint64_t json = 0, empty = 0;
    std::set<std::size_t> twice;  ///< messages that their client published twice
    std::uint64_t sent = 0;       ///< messages, none empty and none with DUP
    std::uint64_t pairs = 0;      ///< two equal ones, one directly behind the other
    bool is_mixed = false;        ///< pairs cannot be told apart
    std::uint64_t by_two = 0;     ///< the same message from two clients
    std::set<std::size_t> by_two_hashes;
    message_end other;
    std::map<payload_oddity, oddity> odd;
    std::uint64_t whole = 0;
  };
  struct client {
    message_end end;
    bool is_on = false;
    moment on;  ///< let in
    moment off;
    std::string will_topic, will_text;
    std::size_t will_hash = 0;
    bool is_will_kept = false;
    bool is_will_delayed = false;
    bool is_stay_told = false;
    std::uint64_t birth_plain = 0, birth_kept = 0, birth_now = 0;
    std::string there_topic, there_text;   // beside the will's topic, retained
    std::uint64_t got = 0, published = 0;  ///< messages, on all connections
    std::uint64_t burst = 0;
    bool is_resumed = false;
    bool was_away_long = false;
    std::map<std::string, moment> lacks;  ///< states published before it subscribed, by topic
    std::set<std::size_t> copied;         ///< messages that came more than once
    std::map<std::string, copy> last;     ///< by topic
    std::uint64_t own = 0, own_wide = 0;  ///< its own messages that came; by a wide filter
    std::string own_filter, own_wide_topic;
    std::map<std::string, std::size_t> done;         ///< commands it got, by topic
    std::map<std::string, std::uint64_t> asked_now;  ///< SUBSCRIBEs of a filter
    std::map<std::string, std::uint64_t> kept_now;   ///< retained messages, by topic
    std::map<std::string, moment> expects;           ///< retained messages, by topic
    std::map<std::string, moment> asked_at;          ///< when, by filter
    std::map<std::string, std::uint64_t> gave_up;    ///< messages by filter it left at once
    std::map<std::string, moment> early;             ///< published before SUBACK, by topic
    std::uint64_t rewritten = 0, strange = 0, from_before = 0;
    std::uint64_t owed = 0, came = 0;      ///< messages kept for this connection
    std::uint64_t sent_now = 0;            ///< on this connection
    std::map<std::uint16_t, moment> open;  ///< its messages without PUBACK
    std::uint64_t late = 0, in_time = 0;
    std::chrono::duration<double> lateness{0};
    std::string own_topic;
    std::map<std::string, std::uint64_t> commands;  ///< retained commands, by topic
    std::uint64_t plain_away = 0, low_away = 0, kept_away = 0;
    std::string away_topic;
    std::vector<observation> unkept;  ///< what it missed while away, unless that comes after all
    bool stays = false;               ///< its session outlives the connection
    std::string filters;
    std::uint64_t connections = 0;
    std::map<std::string, std::uint64_t> shared;  ///< messages by shared filter
  };
  struct request {
    std::string topic, answer;
    message_end by, reader;
    std::size_t hash = 0;
    moment at;
    std::uint64_t asked = 0, lost = 0, unread = 0, handed = 0, answered = 0, unheard = 0;
  };

  client* find(const std::string& key);
  told_topic* topic_of(const std::string& topic);
  void tell(const message_end& about, noticed what, remark_places with, std::string key);
  void look_at_text(told_topic& at, const message_end& by, bytes_view payload);
  void look_at_writers(told_topic& at, const message_end& by, std::size_t hash, moment now);
  void look_at_birth(const message_end& by, const std::string& topic, std::size_t hash,
                     bool is_kept);
  void look_at_kept(client& to, const std::string& topic, told_topic& at, std::size_t hash,
                    moment now);
  void look_at_copies(client& to, const std::string& topic, std::size_t hash, moment now,
                      const known_client* as);
  void look_at_will(client& of, moment now);
  void look_at_elsewhere(const client& of, subscribers& all);
  void look_at_stays(client& of, moment now, std::chrono::seconds patience);
  void look_at_lacks(client& of, moment now);
  void look_at_identifiers();
  void look_at_shared(moment now, bool is_missed);
  void count_given_up(const std::string& topic);
  void look_at_requests();
  void look_at_beside(const message_end& by, const std::string& topic, std::size_t hash,
                      std::size_t size, moment now);
  void look_at_expected(client& of, moment now);
  void look_at_pairs();
  void look_at_rewritten(client& to, const std::string& topic, std::size_t hash, moment now);
  void look_at_asked(client& to, const std::string& topic, const known_client* as);
  void look_at_owed(const client& of, moment now);
  void look_at_unkept(client& of);
  void look_at_visit(const client& of, bool is_torn, moment now);
  void look_at_pause(const std::string& topic, const told_topic& at, moment now);
  void look_at_written(const std::string& topic, const told_topic& at);
  void look_at_silence(const client& of, moment now, subscribers& all, bool is_missed);

  std::map<std::string, client> clients_;
  std::map<std::string, told_topic> topics_;
  std::map<std::string, request> requests_;               // by topic and response topic
  std::map<std::string, std::vector<std::string>> came_;  // keys by address, in order
  /// A shared subscription.
  struct share {
    std::uint64_t messages = 0;
    std::uint64_t meant = 0;  ///< of these, published while a member was connected
    std::string away;         ///< the key of a member with a session that was away meanwhile
    std::vector<moment> last;
    std::uint64_t since = 0;  ///< published since one was given to a member
    bool is_partial = false;  ///< a member that follows too many shares got some of it
  };
  share* share_of(const std::string& filter);
  /// @param is_first  the first member of this message that is connected
  void note_share(const known_client& reader, const known_filter& by, bool is_first, moment now);
  void look_at_unserved(const std::string& filter, const share& of, moment now);
  std::map<std::string, share> for_shared_;  // by filter
  struct passed_on {
    std::size_t hash = 0;
    moment at;
    std::string by, topic;
  };
  struct visits {
    std::uint64_t brief = 0, others = 0;
    moment first, last;
    message_end by;
  };
  std::map<std::string, visits> visits_;                 // by address
  std::vector<passed_on> passed_on_;                     // the last messages, of all topics
  std::map<std::string, std::set<std::size_t>> beside_;  // messages by pair of topics
  std::vector<meant> out_;
  bool misses_some_ = false;
  bool has_given_up_ = false;
};

}  // namespace mqttkit::doctor
