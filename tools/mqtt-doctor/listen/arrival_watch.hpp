// How messages come from those who publish to those who subscribe: whether each one came, how late,
// how often and in which order, and what their clients did meanwhile. It looks only where the user
// says what is seen (--symptom), as none of it breaks a rule: a message for who was away is lost
// by right. Pure, and bounded: whatever exceeds the limits is not followed.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/listen/meaning_watch.hpp"
#include "mqtt-doctor/listen/passage_watch.hpp"

namespace mqttkit::doctor {

class arrival_watch {
 public:
  static constexpr std::size_t most_clients = 200, most_ways = 600, most_waiting = 64,
                               most_kept = 16, most_topics = 1000;

  explicit arrival_watch(symptom seen);

  /// Whether it looks at all: the symptom is one of messages and their ways.
  bool is_on() const noexcept { return is_on_; }

  void connects(const message_end& of, const connect_packet& packet, moment now);
  /// CONNACK let the client in.
  void let_in(const message_end& of, bool is_resumed, moment now);
  /// SUBACK granted a filter.
  void subscribed(const message_end& of, const known_filter& by, moment now);
  /// Before the filter is forgotten.
  void unsubscribed(const message_end& of, const known_client& as, std::string_view filter,
                    moment now);
  void published(const message_end& by, const publish_packet& packet, const std::string& topic,
                 std::size_t size, moment now, subscribers& all);
  void delivered(const message_end& to, const publish_packet& packet, const std::string& topic,
                 moment now, const known_client* as);
  /// The broker acknowledged a message of QoS 1, or took one of QoS 2.
  /// @param is_taken  no reason code refused it
  void accepted(const message_end& of, std::uint16_t packet_id, bool is_taken = true);
  /// The broker sent PUBCOMP.
  void completed(const message_end& of, std::uint16_t packet_id) {
    if (is_on_) passage_.completed(of.key, packet_id);
  }
  /// The client acknowledged a message of QoS 1, or took one of QoS 2.
  void acknowledged(const message_end& by, std::uint16_t packet_id, moment now);
  void pings(const message_end& of);
  /// DISCONNECT with a Session Expiry Interval.
  void takes_leave(const message_end& of, std::uint32_t expiry);
  void left(const message_end& of, bool keeps_session, bool said_goodbye, moment now);
  /// Why that client sends its messages again is known.
  void explains_resending(const std::string& key);
  /// Some packets were not heard: that something did not come means nothing any more.
  void misses_some() noexcept { misses_some_ = true; }
  void finish(moment now, subscribers& all);

  std::vector<meant> take();
  const std::vector<ruled_out>& excluded() const noexcept { return excluded_; }
  /// Whether all that was published for a subscriber was sent to it, and there was something.
  bool all_came() const noexcept { return all_came_; }

 private:
  struct sending {
    std::size_t hash = 0;
    moment at;
    std::string by;
    qos_t qos{};
    bool is_again = false;  ///< with DUP
    bool was_away = false;  ///< its reader was not connected
    bool was_open = false;  ///< its reader had not acknowledged others
    bool is_extra = false;  ///< QoS 0 for who is away: some brokers keep it, and none has to
  };
  /// Who came before a message that was published earlier.
  struct overtaken {
    sending what, by;
  };
  enum class disorder : std::uint8_t { by_qos, by_resending, by_writers, at_broker };
  static constexpr std::size_t disorders = 4;
  /// A topic's way to one reader.
  struct way {
    std::deque<sending> waiting;
    std::vector<overtaken> passed;  ///< behind them others came, and they have not come yet
    std::deque<std::size_t> came_last;
    std::uint64_t sent = 0, came = 0, lost = 0;
    std::array<std::uint64_t, disorders> disordered{};
    std::uint64_t held = 0, held_open = 0, held_away = 0;  ///< messages that came late
    std::chrono::duration<double> longest{0};
    bool is_partial = false;  ///< not all of its messages are followed
    std::string by;           ///< the key of its last writer
    moment first_sent, last_sent, last_came;
  };
  struct left_filter {
    moment at;
    std::uint64_t since = 0;
    bool is_before_leaving = false;
  };
  struct client {
    message_end end;
    bool is_on = false, is_resumed = false, is_clean = false, stays = false;
    std::uint32_t expiry = 0;
    moment on, off, first_on;
    std::uint64_t connections = 0;
    std::uint64_t asked_now = 0;
    std::map<std::string, std::uint64_t> asked_times;
    std::uint64_t got_now = 0, got = 0, kept_now = 0, most_kept_now = 0;
    std::uint64_t others_now = 0;  ///< messages to topics that others published meanwhile
    std::string other_topic;
    std::uint64_t published = 0, bytes = 0;
    moment first_publish, last_publish;
    std::chrono::duration<double> longest_absence{0};  ///< between two connections
    std::uint64_t published_before_absence = 0;
    std::uint64_t missed_away = 0, missed_low = 0;
    std::string missed_topic;
    std::chrono::duration<double> missed_time{0};
    std::map<std::uint16_t, moment> open;  ///< given, and not acknowledged
    bool is_open_partial = false;          ///< more are open than are followed
    std::uint64_t to_acknowledge = 0;      ///< given at QoS 1 or 2
    /// Acknowledgements of other packet identifiers while such ones were open.
    std::uint64_t misnumbered = 0;
    std::uint16_t wrong_number = 0, right_number = 0;  ///< of the last of them
    std::uint64_t acknowledged_late = 0, acknowledged = 0;
    std::chrono::duration<double> lateness{0};
    std::uint64_t burst_got = 0, largest_burst_got = 0;
    std::chrono::duration<double> away_before_burst{0};
    std::map<std::string, left_filter> left_filters;
    std::string strange_unsubscribe;
    std::set<std::string> topics_got;
    std::uint64_t copies = 0;
    struct kept_copy {
      std::uint64_t connection = 0;
      std::size_t hash = 0;
      bool is_kept = false;
    };
    std::map<std::string, kept_copy> last_of;                               ///< by topic
    std::map<std::string, std::uint64_t> kept_once_more, kept_and_waiting;  ///< by topic
    std::map<std::uint16_t, std::size_t> sent_open;   ///< its messages without PUBACK
    std::map<std::size_t, std::uint64_t> unanswered;  ///< the same, with their connection
    std::uint64_t resent = 0, given_again = 0, given_behind = 0;  ///< behind newer ones
    qos_t resent_qos{}, given_qos{};
    std::string resent_topic, given_topic;
    std::uint64_t pings = 0;
    bool said_goodbye = false;
    bool expires_now = false, was_expiring = false;
    std::uint64_t too_long_away = 0, queued_away = 0;
    std::string filters;
    std::vector<moment> got_others;                    ///< what others published, when it came
    std::vector<moment> got_own;                       ///< what it published itself
    std::map<std::string, std::vector<moment>> out;    ///< when it published, by topic
    std::string heard_topic;                           ///< of the last message of another
    std::map<std::uint16_t, std::string> open_topics;  ///< of its messages without PUBACK
    struct elsewhere {
      std::string by, broker;
      std::uint64_t count = 0;
    };
    std::map<std::string, elsewhere> elsewhere_too;  ///< by topic: published at another broker
  };
  struct told_topic {
    std::uint64_t published = 0, same = 0, bytes = 0;
    std::size_t last_hash = 0;
    std::string by;
    std::set<std::string> writers;
    std::set<int> levels;  ///< of QoS
    moment first, last;
    std::uint64_t slow_gaps = 0, burst = 0, bursts = 0, in_bursts = 0;
    std::uint64_t late_burst = 0;  ///< the largest after its writer's absence
    std::chrono::duration<double> absence{0};
    long long number = 0;
    std::uint64_t numbered = 0, steps = 0, backwards = 0;
    std::set<long long> numbers;  ///< all so far: one that comes again counts nothing up
    bool is_no_counter = false;
    std::string backward;
    std::uint64_t resent_behind = 0;
    std::uint64_t taken = 0;  ///< acknowledged by the broker
  };

  client* find(const std::string& key);
  told_topic* topic_of(const std::string& topic);
  void tell(const message_end& about, noticed what, strength how, remark_places with,
            std::string key);
  void mend_by_session(qos_t of, noticed what);
  std::string name_of(const std::string& key);
  void exclude(const client& of, const char* id, const char* text, remark_places with,
               bool is_answer = false);
  void look_at_pace(told_topic& at, const client* by, moment now);
  static void look_at_number(told_topic& at, std::string_view payload);
  void look_at_resending(client& by, const publish_packet& packet, const std::string& topic,
                         std::size_t hash, told_topic* at);
  void note_shared(const std::string& topic, subscribers& all);
  void note_reading(client& of, const std::string& topic, moment now);
  void send_to(const known_client& reader, qos_t granted, const message_end& by,
               const publish_packet& packet, const std::string& topic, std::size_t hash,
               moment now);
  static void look_at_disorder(way& of, const sending& late, const sending& other);
  void finish_way(const std::string& reader, const std::string& topic, const way& of, moment now,
                  subscribers& all);
  void finish_withheld(const std::string& topic, const client& to, const way& of, moment now,
                       subscribers& all);
  std::map<const known_client*, qos_t> readers_of(const message_end& by, const std::string& topic,
                                                  std::size_t size, subscribers& all);
  void finish_passage(moment now);
  bool is_meant(const client& of) const;
  bool has_reached(const client& of, const remark_places& with);
  void finish_elsewhere(const client& of, subscribers& all);
  void finish_reader(const client& of, moment now, subscribers& all);
  void finish_writer(const client& of, moment now);
  void finish_reaction(const client& of);
  void finish_shared();
  void finish_topic(const std::string& topic, const told_topic& at, moment now);
  void finish_amounts(moment now);
  void finish_identifiers();
  void finish_all_came(subscribers& all);
  void finish_absent(const client& of, moment now);
  void finish_prefixes(const client& of, const known_client& known, subscribers& all);
  void finish_excluded(const client& of);

  symptom seen_;
  bool is_on_ = false;
  std::map<std::string, client> clients_;
  std::map<std::string, told_topic> topics_;
  std::map<std::string, std::map<std::string, way>> ways_;  // by reader and topic
  struct shared_two {
    std::set<std::string> filters;
    std::string reader;  // its key, where one client has both
  };
  std::map<std::string, shared_two> shared_;  // by topic
  std::size_t way_count_ = 0;
  std::uint64_t published_ = 0;
  moment began_;
  std::vector<meant> out_;
  std::vector<ruled_out> excluded_;
  bool misses_some_ = false;
  bool all_came_ = false;
  passage_watch passage_;
  std::optional<passage_watch::verdict> passage_verdict_;
  moment ended_;
};

/// How well what was noticed fits what is seen; nothing: as well as what is seen itself.
std::optional<strength> fit_of(symptom seen, noticed what) noexcept;

}  // namespace mqttkit::doctor
