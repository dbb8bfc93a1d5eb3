#include "mqtt-doctor/watch/watch.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "mqtt-doctor/probes/delivery/delivery.hpp"
#include "mqtt-doctor/probes/link_facts.hpp"
#include "mqtt-doctor/probes/parallel.hpp"
#include "mqtt-doctor/watch/parting_watch.hpp"
#include "mqttkit/codec/decode.hpp"
#include "mqttkit/codec/encode.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;
using seconds = std::chrono::duration<double>;

constexpr auto slice = 100ms;  // how soon an interruption is noticed
constexpr auto answer_limit = 5s;
constexpr auto first_pause = 1s;
constexpr std::uint16_t mute_keep_alive = 5;  // seconds of keep alive
constexpr auto before_retry = 1s;             // brokers take a faster reconnect for an attack
constexpr auto most_retry = 30s;
constexpr double near_enough = 1.25;  // ratio of the shortest silence lost to the longest survived
constexpr std::size_t most_drops = 1000;
constexpr std::size_t none = most_drops;

double in_seconds(clock::duration time) { return seconds(time).count(); }

/// One of the watched connections, made again after each drop.
class holder {
 public:
  holder(const target& to, const watch_request& what, watch_facts& watched, std::mutex& lock,
         clock::time_point begin, parting_watch& packets)
      : to_(to), what_(what), facts_(watched), lock_(lock), begin_(begin), packets_(packets) {}
  virtual ~holder() = default;
  holder(const holder&) = delete;
  holder& operator=(const holder&) = delete;

  bool connect(contact* reached = nullptr) {
    over_.reset();
    const contact made = make_contact(to_, how_, &over_);
    if (reached != nullptr) *reached = made;
    if (!over_) {
      note_refusal(made.connect.outcome == connect_outcome::refused);
      return false;
    }
    stood_ = last_ = clock::now();
    drop_ = watch_drop{};
    drop_.is_steady = is_steady_;
    const std::lock_guard held(lock_);
    ++facts_.connections;
    if (noted_ < facts_.drops.size())
      facts_.drops[noted_].away_s = in_seconds(stood_ - begin_) - facts_.drops[noted_].at_s;
    noted_ = none;
    facts_.version = made.mqtt->version;
    const auto told = made.mqtt->limits.find("server-keep-alive");
    if (told != made.mqtt->limits.end()) {
      server_keep_alive_ = static_cast<int>(told->second);
      if (is_steady_) facts_.server_keep_alive_s = server_keep_alive_;
    }
    return true;
  }

  void run() {
    while (!is_over()) {
      if (!over_ && !connect()) {
        {
          const std::lock_guard held(lock_);
          ++facts_.refusals;
        }
        rest(retry_);
        retry_ = std::min<clock::duration>(2 * retry_, most_retry);
        continue;
      }
      hold();
      if (!drop_.end.empty()) {
        note_drop();
        over_.reset();
        rest(before_retry);
      }
    }
    if (over_) say_goodbye(*over_);
  }

 protected:
  bool is_over() const { return what_.is_interrupted() || clock::now() - begin_ >= what_.length; }

  /// Holds the connection until it or the watch has ended.
  virtual void hold() = 0;

  void rest(clock::duration time) {
    const auto until = clock::now() + time;
    while (!is_over() && clock::now() < until) std::this_thread::sleep_for(slice);
  }

  /// Reads until that time; false when the connection or the watch ended before.
  bool listen_until(clock::time_point until) {
    is_answered_ = false;
    while (clock::now() < until) {
      if (is_over()) return false;
      const auto step = std::min<clock::time_point>(until, clock::now() + slice);
      const channel::received got = over_->receive(step);
      if (got.is_packet) {
        last_ = clock::now();
        if (got.packet.type == packet_type::pingresp) {
          is_answered_ = true;
          return true;
        }
        if (got.packet.type == packet_type::disconnect) {
          reason_packet goodbye;
          if (!decode(got.packet, over_->version, goodbye)) drop_.reason = goodbye.reason;
          return ended(connection_end::disconnect);
        }
        continue;
      }
      if (got.is_malformed) return ended(connection_end::failed);
      if (got.end != probe::link_end::timed_out) return ended(end_of(got.end));
    }
    return true;
  }

  /// Pings and waits for the answer; false when the connection was lost.
  bool ping() {
    const clock::duration idle = clock::now() - last_;
    byte_buffer bytes;
    encode_ping(bytes, packet_type::pingreq);
    const bool is_sent = over_->send(bytes, clock::now() + answer_limit);
    is_pinging_ = true;
    drop_.idle_s = in_seconds(idle);
    const bool goes_on = !is_sent || listen_until(clock::now() + answer_limit);
    if (is_answered_) {
      is_pinging_ = false;
      const std::lock_guard held(lock_);
      ++facts_.pings;
      return true;
    }
    if (!drop_.end.empty() || (!goes_on && is_over())) return false;
    if (!is_sent) {
      listen_until(clock::now() + slice);
      return drop_.end.empty() ? ended(connection_end::reset) : false;
    }
    return ended(connection_end::silent);
  }

  bool ended(connection_end how) {
    const auto now = clock::now();
    drop_.end = how;
    drop_.was_pinged = is_pinging_;
    if (!is_pinging_) drop_.idle_s = in_seconds(now - last_);
    drop_.stood_s = in_seconds(now - stood_);
    drop_.at_s = in_seconds(now - begin_);
    is_pinging_ = false;
    return false;
  }

  void note_refusal(bool is_port_closed) {
    const std::lock_guard held(lock_);
    if (noted_ >= facts_.drops.size()) return;
    watch_drop& last = facts_.drops[noted_];
    ++last.refusals;
    last.was_port_closed = last.was_port_closed || is_port_closed;
  }

  void note_drop() {
    retry_ = before_retry;
    const bool has_parting =
        drop_.end == connection_end::closed || drop_.end == connection_end::reset;
    if (has_parting) drop_.parting = packets_.parting().value_or(watch_parting());
    const std::lock_guard held(lock_);
    noted_ = facts_.drops.size() < most_drops ? facts_.drops.size() : none;
    if (noted_ != none) facts_.drops.push_back(drop_);
    what_.tell(drop_);
  }

  const target& to_;
  const watch_request& what_;
  watch_facts& facts_;
  std::mutex& lock_;
  const clock::time_point begin_;
  parting_watch& packets_;
  contact_request how_;
  bool is_steady_ = false;
  int server_keep_alive_ = -1;
  std::unique_ptr<channel> over_;
  watch_drop drop_;
  std::size_t noted_ = none;  // index of this connection's last drop while it is away
  clock::time_point stood_{};
  clock::time_point last_{};  // time of the last byte received
  clock::duration retry_ = before_retry;
  bool is_pinging_ = false;
  bool is_answered_ = false;
};

class steady final : public holder {
 public:
  steady(const target& to, const watch_request& what, watch_facts& watched, std::mutex& lock,
         clock::time_point begin, parting_watch& packets)
      : holder(to, what, watched, lock, begin, packets) {
    is_steady_ = true;
    how_ = what.how;
    how_.keep_alive = static_cast<std::uint16_t>(what.keep_alive_s);
  }

 private:
  void hold() override {
    const int granted = server_keep_alive_ >= 0 ? server_keep_alive_ : what_.keep_alive_s;
    clock::duration pause = what_.steady_ping;
    if (granted > 0)
      pause = std::min<clock::duration>(pause, std::chrono::milliseconds(granted * 500));
    while (listen_until(clock::now() + pause) && ping()) {
    }
  }
};

class pausing final : public holder {
 public:
  pausing(const target& to, const watch_request& what, watch_facts& watched, std::mutex& lock,
          clock::time_point begin, parting_watch& packets)
      : holder(to, what, watched, lock, begin, packets) {
    how_ = what.how;
    how_.keep_alive = 0;
  }

 private:
  void hold() override {
    while (true) {
      clock::duration wanted = pause_;
      // The broker limits the silence itself, so its end says nothing of the network.
      if (server_keep_alive_ > 0)
        wanted = std::min<clock::duration>(wanted, std::chrono::seconds(server_keep_alive_));
      const auto begin = clock::now();
      const bool stood = listen_until(begin + wanted);
      if (!stood && drop_.end.empty()) return;
      const bool survived = stood && ping();
      if (!survived && drop_.end.empty()) return;
      note(wanted, survived);
      if (!survived) return;
    }
  }

  void note(clock::duration pause, bool survived) {
    {
      const std::lock_guard held(lock_);
      facts_.pauses.push_back({survived ? in_seconds(pause) : drop_.idle_s, survived});
    }
    if (survived) {
      longest_ = std::max(longest_, pause);
    } else if (drop_.end != connection_end::disconnect) {
      const clock::duration idle =
          std::chrono::duration_cast<clock::duration>(seconds(drop_.idle_s));
      if (idle > longest_ && (too_long_.count() == 0 || idle < too_long_)) too_long_ = idle;
    }
    if (too_long_.count() == 0) {
      pause_ = 2 * longest_;
    } else if (in_seconds(too_long_) <= near_enough * in_seconds(longest_) ||
               longest_.count() == 0) {
      pause_ = too_long_ + too_long_ / 8;  // the limit is found: confirm it
    } else {
      pause_ = (longest_ + too_long_) / 2;
    }
    pause_ = std::max<clock::duration>(pause_, first_pause);
  }

  clock::duration pause_ = first_pause;
  clock::duration longest_{0};
  clock::duration too_long_{0};
};

/// Holds the connection that keeps silent after CONNACK, until the broker or the watch ends it.
void stay_mute(const target& to, const watch_request& what, watch_facts& watched,
               clock::time_point begin) {
  contact_request how = what.how;
  how.keep_alive = mute_keep_alive;
  std::unique_ptr<channel> over;
  const contact made = make_contact(to, how, &over);
  if (!over) return;
  const auto stood = clock::now();
  const auto told = made.mqtt->limits.find("server-keep-alive");
  watched.mute_keep_alive_s =
      told == made.mqtt->limits.end() ? mute_keep_alive : static_cast<int>(told->second);
  bool is_ended = false;
  while (!is_ended && !what.is_interrupted() && clock::now() - begin < what.length) {
    const channel::received got = over->receive(clock::now() + slice);
    is_ended = got.is_packet ? got.packet.type == packet_type::disconnect
                             : got.is_malformed || got.end != probe::link_end::timed_out;
  }
  watched.mute_stood_s = in_seconds(clock::now() - stood);
  if (is_ended) {
    watched.mute_dropped_s = watched.mute_stood_s;
    watched.mute_ended_at_s = in_seconds(clock::now() - begin);
  } else {
    say_goodbye(*over);
  }
}

}  // namespace

watch_facts watch_connections(const target& to, const watch_request& what, contact& let_in,
                              bool& is_let_in) {
  watch_facts watched;
  watched.keep_alive_s = what.keep_alive_s;
  watched.has_users_id = !to.who.client_id.empty();
  // A second connection with the user's identifier would take the first one over.
  target ourselves = to;
  ourselves.who.client_id.clear();
  std::mutex lock;
  const auto begin = clock::now();
  parting_watch packets(what.how.address, what.how.port);
  steady first(to, what, watched, lock, begin, packets);
  pausing second(ourselves, what, watched, lock, begin, packets);
  is_let_in = first.connect(&let_in);
  if (!is_let_in) return watched;
  side_by_side({[&] { first.run(); }, [&] { second.run(); },
                [&] { stay_mute(ourselves, what, watched, begin); }});
  watched.lasted_s = in_seconds(clock::now() - begin);
  return watched;
}

}  // namespace mqttkit::doctor
