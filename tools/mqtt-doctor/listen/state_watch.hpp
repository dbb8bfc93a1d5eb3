// What is noticed only when somebody says what he sees (--symptom): which message was kept and for
// whom, who tells what of whom, which command reached whom and what came of it, who leaves and how.
// None of it is wrong by itself: each is a usual way for MQTT to be used, and one of them is why a
// value is old, missing, or believed for too long.
//
// Without a symptom of its field it is asleep and costs nothing. Pure, and bounded: whatever
// exceeds the limits is not followed.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "mqtt-doctor/listen/discovery_watch.hpp"
#include "mqtt-doctor/listen/meaning_watch.hpp"
#include "mqtt-doctor/listen/payload_form.hpp"
#include "mqtt-doctor/listen/payload_look.hpp"
#include "mqtt-doctor/listen/subscribers.hpp"
#include "mqtt-doctor/listen/topic_roles.hpp"

namespace mqttkit::doctor {

class state_watch {
 public:
  static constexpr std::size_t most_clients = 300, most_topics = 600, most_kept = 16,
                               most_open = 64;

  explicit state_watch(symptom seen);
  bool is_awake() const noexcept { return is_awake_; }

  void connects(const message_end& of, const connect_packet& packet, moment now);
  void let_in(const message_end& of, bool is_resumed, moment now);
  /// @param how  which retained messages are asked for
  void subscribed(const message_end& of, const known_filter& by, retain_handling how, moment now);
  void refused(const message_end& of, moment now);
  void published(const message_end& by, const publish_packet& packet, const std::string& topic,
                 bool is_whole, moment now, subscribers& all);
  void delivered(const message_end& to, const publish_packet& packet, const std::string& topic,
                 bool is_whole, moment now);
  /// The broker acknowledged a client's message of QoS 1 or 2, wholly, or refused it.
  void acknowledged(const message_end& of, std::uint16_t packet_id, moment now);
  /// @param is_open  its connection stands, and listening ended
  /// @param last     when it last sent something
  void left(const message_end& of, bool is_by_client, bool said_goodbye, moment last, moment now);
  void still_there(const message_end& of, moment last);
  /// Some packets were not heard: that something did not come means nothing any more.
  void misses_some() noexcept { misses_some_ = true; }
  void finish(moment now, subscribers& all);

  std::vector<meant> take();
  /// What was looked at and does not explain what is seen, once finish() was called.
  std::vector<ruled_out> excluded() const;

 private:
  struct note {  // of a topic: who wrote it last, and how
    std::uint64_t published = 0, plain = 0, kept = 0, given_kept = 0, given = 0;
    bool is_kept = false;
    message_end by, cleared_by;
    moment at, kept_at, cleared_at, first, given_at;
    std::size_t hash = 0, given_hash = 0;
    std::uint32_t expiry = 0;  // seconds, of what is kept; 0: none
    std::string text;
    presence says = presence::none;
    bool is_cleared = false;
    std::vector<std::size_t> recent;               // the last messages
    std::uint64_t changed = 0;                     // given, and never published so
    std::size_t changed_from = 0, changed_to = 0;  // sizes
    std::size_t size = 0;
    std::map<payload_form, std::uint64_t> forms;
    std::map<payload_form, std::string> samples;
    std::map<payload_form, message_end> writers;
    payload_oddity odd = payload_oddity::none;  // the last one
    std::uint64_t odd_times = 0;
    std::string odd_text;
    message_end odd_by;
  };
  struct lack {
    moment since, came;
    std::string other, text;
    moment published;
    bool is_over = false;
  };
  struct command {  // a message that reached a client
    moment at;
    std::string topic, text, by;
    std::string form;
    bool is_kept = false, is_answered = false;
    qos_t qos = qos_t::at_most_once;
    std::size_t size = 0;            // of the payload
    bool is_answered_first = false;  // before the next one came
  };
  struct client {
    message_end end;
    bool is_on = false, is_resumed = false, has_will = false, said_goodbye = false;
    bool has_subscribed = false;  // on this connection
    moment on, off, last;
    std::string will_topic, will_text;
    std::size_t will_hash = 0;
    bool is_will_kept = false;
    std::uint32_t will_delay = 0, keep_alive = 0;
    std::uint64_t connections = 0, goodbyes = 0, breaks = 0, torn = 0, quick = 0;
    std::vector<std::chrono::duration<double>> lives;  // of connections that it ended itself
    std::uint64_t kept = 0, kept_starts = 0;  // retained messages, connections that got some
    bool got_kept_now = false;
    std::uint64_t asked_now = 0;  // SUBSCRIBEs on this connection
    std::uint64_t kept_topics_asked = 0;
    std::map<std::string, std::uint64_t> kept_of;  // retained messages by topic
    std::map<std::string, lack> lacks;             // by topic
    std::set<std::string> filters;
    std::uint64_t dup = 0, waiting = 0;
    std::string dup_topic, waiting_topic;
    std::uint64_t sent = 0, sent_now = 0, got = 0;
    std::map<std::string, std::size_t> first_now;  // what it published right after its start
    std::map<std::string, std::uint64_t> repeats;  // at how many starts the same, by topic
    std::map<std::string, std::uint64_t> backlog;  // messages right after its start, by topic
    std::map<std::string, std::set<std::size_t>> backlog_of;
    std::map<std::uint16_t, moment> open;  // its messages without PUBACK or PUBCOMP
    std::string open_topic;
    std::uint64_t taken_now = 0;  // messages that were acknowledged, and how long the longest took
    std::chrono::duration<double> longest_now{0};
    qos_t open_qos{};
    std::uint64_t gave_up = 0;  // connections on which it waited in vain; of the last one:
    std::uint64_t given_up_open = 0, given_up_taken = 0;
    std::chrono::duration<double> given_up_wait{0};
    std::uint64_t left_open = 0;  // connections that it ended with such messages
    std::uint64_t refused = 0;
    std::string there_topic, there_text;  // where it says that it is there
    bool is_there_kept = false;
    std::vector<command> commands;
    moment spoke;  // its last PUBLISH
  };

  bool wants(symptom what) const noexcept { return seen_ == what; }
  client* find(const std::string& key);
  note* note_of(const std::string& topic);
  void tell(const message_end& about, noticed what, remark_places with, std::string key = {},
            std::optional<strength> how = {});
  bool gets(const client& of, const std::string& topic) const;
  void look_at_command(const message_end& by, const publish_packet& packet,
                       const std::string& topic, moment now, subscribers& all);
  void note_answer(client& by, moment now);
  void note_start(client& by, const std::string& topic, std::size_t hash, bool is_dup, moment now);
  void note_presence(client& by, const std::string& topic, const note& at, bool is_kept);
  void ends(client& of, moment now);
  bool waits_in_vain(client& of, moment now, std::chrono::duration<double> least);

  void look_at_old(moment now);
  void look_at_last(moment now);
  void look_at_presence(moment now, subscribers& all);
  void look_at_will(const client& of, moment now, subscribers& all);
  void look_at_status(const client& of, moment now);
  void look_at_commands(moment now);
  /// A command whose value, or which itself, is in the wrong place.
  void look_at_misplaced(const message_end& by, const note& before, const std::string& topic,
                         bytes_view payload);
  void look_at_texts();
  void look_at_sending(moment now);
  void look_at_leaving(moment now);
  void conclude(moment now);

  symptom seen_;
  bool is_awake_;
  bool misses_some_ = false;
  std::map<std::string, client> clients_;
  std::map<std::string, note> notes_;
  discovery_watch discovery_;
  std::vector<meant> out_;
  std::vector<ruled_out> excluded_;
  std::uint64_t messages_ = 0, unread_ = 0;
};

}  // namespace mqttkit::doctor
