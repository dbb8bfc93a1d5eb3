#include "mqtt-doctor/probes/delivery/exchange.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <utility>

#include "common/printable.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqtt-doctor/probes/delivery/blocking_client.hpp"
#include "mqtt-doctor/probes/hex.hpp"
#include "mqtt-doctor/probes/parallel.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;
using probe::deadline;

constexpr auto settling = 200ms;             // for retained messages to come
constexpr auto after_ping = 60ms;            // or this, once the broker has answered a ping
constexpr auto slice = 20ms;                 // how soon one side learns of the other's progress
constexpr std::size_t most_messages = 3000;  // each has a packet id, with room to spare
constexpr int refused = number_of(reason_code::unspecified_error);

/// One side of the exchange, with its connection.
class exchange_side : public blocking_client::observer {
 public:
  exchange_side(channel& over, std::chrono::milliseconds limit)
      : client_(over, limit), limit_(limit) {}

  const blocking_client& client() const { return client_; }

  void try_ping() {
    if (!client_.end.empty() || !client_.ping(clock::now() + limit_)) return;
    wait_until(clock::now() + std::min<std::chrono::milliseconds>(1s, limit_),
               [this] { return client_.is_ping_answered; });
  }

 protected:
  template <class Condition>
  bool wait_until(deadline until, Condition is_met) {
    return client_.wait(until, *this, is_met, slice);
  }

  blocking_client client_;
  const std::chrono::milliseconds limit_;
};

/// What both threads share during a run.
struct shared_state {
  exchange_fact::run run;  // written by the publisher's side until it is done
  std::vector<std::atomic<std::int64_t>> sent_at;
  std::atomic<int> sent{0};
  std::atomic<bool> is_published{false};  // all were sent and acknowledged, or given up
  std::atomic<bool> is_hopeless{false};   // the broker refused: nothing will arrive
  std::atomic<bool> is_cut_off{false};    // the publisher's connection ended

  shared_state(int qos, int messages) : sent_at(static_cast<std::size_t>(messages)) {
    run.qos = qos;
  }
};

std::int64_t ticks() { return clock::now().time_since_epoch().count(); }

class publishing final : public exchange_side {
 public:
  publishing(channel& over, const exchange_request& what, const std::string& mark)
      : exchange_side(over, what.limit), what_(what), mark_(mark) {}

  void run(shared_state& all) {
    all_ = &all;
    first_ = 0;
    exchange_fact::run& run = all.run;
    const deadline until = clock::now() + limit_;
    while (run.sent < what_.messages && client_.end.empty()) {
      if (!send_one(run.sent)) break;
      all.sent = ++run.sent;
      const auto has_room = [&] { return run.qos == 0 || run.sent - run.acknowledged < window(); };
      if (!wait_until(until, has_room)) break;
    }
    if (run.qos > 0) wait_until(until, [&] { return run.acknowledged >= run.sent; });
    all.is_hopeless = run.ack >= refused && run.acknowledged >= run.sent;
    all.is_cut_off = !client_.end.empty();
    all.is_published = true;
    all_ = nullptr;
  }

 private:
  int window() const { return std::max(1, what_.window); }

  bool send_one(int number) {
    std::string payload = mark_ + std::to_string(all_->run.qos) + " " + std::to_string(number + 1);
    payload.resize(std::max(payload.size(), what_.payload_bytes), '.');
    publish_packet packet;
    packet.topic = what_.topic;
    packet.payload = as_bytes(payload);
    packet.qos = static_cast<qos_t>(all_->run.qos);
    all_->sent_at[static_cast<std::size_t>(number)] = ticks();
    std::uint64_t token = 0;
    const bool is_sent = client_.publish(packet, token, clock::now() + limit_);
    if (first_ == 0) first_ = token;
    return is_sent;
  }

  void acknowledged(const delivered& answer) override {
    if (all_ == nullptr || first_ == 0 || answer.token < first_) return;
    ++all_->run.acknowledged;
    all_->run.ack = std::max<int>(all_->run.ack, answer.reason);
  }

  /// Counts exchanges half way (PUBREC), since the session tells only their end.
  void packet(const frame& from_broker) override {
    if (all_ == nullptr) return;
    exchange_fact::run& run = all_->run;
    if (from_broker.type == packet_type::puback && run.qos == 2) ++run.as_qos_1;
    if (from_broker.type == packet_type::pubcomp && run.half_way > 0) --run.half_way;
    ack_packet ack;
    if (from_broker.type != packet_type::pubrec || decode(from_broker, client_.version(), ack) ||
        ack.reason >= refused)
      return;
    ++run.half_way;
    run.ack = std::max<int>(run.ack, ack.reason);
  }

  const exchange_request& what_;
  const std::string& mark_;
  shared_state* all_ = nullptr;
  std::uint64_t first_ = 0;  // token of the run's first message
};

class subscribing final : public exchange_side {
 public:
  subscribing(channel& over, const exchange_request& what, const std::string& mark,
              exchange_fact& exchange)
      : exchange_side(over, what.limit),
        mark_(mark),
        exchange_(exchange),
        filter_(what.filter),
        usual_(what.usual),
        reads_retained_(what.reads_retained) {}

  bool subscribe() {
    const subscription wanted{filter_, static_cast<qos_t>(exchange_.wanted)};
    if (!client_.subscribe(wanted, subscription_, clock::now() + limit_)) return false;
    wait_until(clock::now() + limit_, [this] { return exchange_.suback >= 0; });
    if (exchange_.suback < 0 || exchange_.suback >= refused) return false;
    if (exchange_.is_users_topic) take_retained();
    return client_.end.empty();
  }

  /// Ends the subscription, so that later exchanges on this connection do not hear this one.
  void unsubscribe() {
    if (!client_.end.empty()) return;
    const subscription filter{filter_, qos_t::at_most_once};
    if (!client_.unsubscribe(filter, unsubscription_, clock::now() + limit_)) return;
    wait_until(clock::now() + limit_ / 2, [this] { return is_unsubscribed_; });
  }

  void run(shared_state& all) {
    all_ = &all;
    run_ = exchange_fact::run{};
    run_.qos = all.run.qos;
    came_.assign(all.sent_at.size(), false);
    last_ = -1;
    const auto is_over = [&] {
      return all.is_published &&
             (all.is_hopeless || run_.arrived >= all.sent || clock::now() >= given_up_);
    };
    given_up_ = clock::now() + 2 * limit_;
    // Once the broker has acknowledged all, missing messages get half of the limit, or the time
    // that messages are known to take.
    wait_until(given_up_, [&] {
      if (all.is_published && !is_waiting_) {
        is_waiting_ = true;
        const auto rest = all.is_cut_off ? std::min<std::chrono::milliseconds>(settling, limit_ / 2)
                                         : std::max<std::chrono::milliseconds>(limit_ / 2, usual_);
        given_up_ = std::min(given_up_, clock::now() + rest);
      }
      return is_over();
    });
    // A duplicate follows the first copy directly.
    if (run_.arrived > 0 && run_.qos > 0) wait_until(clock::now() + slice, [] { return false; });
    is_waiting_ = false;
    all_ = nullptr;
  }

  /// The publisher's counts and this side's counts together.
  exchange_fact::run joined(const exchange_fact::run& published) const {
    exchange_fact::run whole = published;
    whole.arrived = run_.arrived;
    whole.duplicates = run_.duplicates;
    whole.disordered = run_.disordered;
    whole.arrived_qos = run_.arrived_qos;
    whole.fastest_ms = run_.fastest_ms;
    whole.slowest_ms = run_.slowest_ms;
    whole.arrived_topic = run_.arrived_topic;
    for (int i = 0; i < published.sent; ++i) {
      if (!came_[static_cast<std::size_t>(i)]) whole.lost.push_back(i + 1);
    }
    return whole;
  }

 private:
  void take_retained() {
    if (!client_.ping(clock::now() + limit_)) return;
    const deadline until = clock::now() + settling;
    wait_until(until, [this] { return client_.is_ping_answered; });
    wait_until(std::min<deadline>(until, clock::now() + after_ping), [] { return false; });
    client_.is_ping_answered = false;
  }

  void answered(const subscribed& answer) override {
    if (answer.token == subscription_ && !answer.codes.empty())
      exchange_.suback = std::to_integer<int>(answer.codes[0]);
    is_unsubscribed_ = is_unsubscribed_ || answer.token == unsubscription_;
  }

  void message(const publish_packet& came) override {
    std::string_view text = as_text(came.payload);
    if (!text.starts_with(mark_)) {
      if (came.retain && all_ == nullptr && ++exchange_.retained == 1) {
        exchange_.retained_topic = tools::printable(came.topic);
        constexpr std::size_t longest_word = 16;
        if (reads_retained_ && text.size() <= longest_word)
          exchange_.retained_text = tools::printable(text);
      }
      if (!came.retain) ++exchange_.others;
      return;
    }
    if (all_ == nullptr) return;
    text.remove_prefix(mark_.size());
    int qos = 0, number = 0;
    const auto first = std::from_chars(text.data(), text.data() + text.size(), qos);
    if (first.ec != std::errc() || first.ptr == text.data() + text.size()) return;
    std::from_chars(first.ptr + 1, text.data() + text.size(), number);
    const bool is_of_run =
        qos == run_.qos && number >= 1 && number <= static_cast<int>(came_.size());
    if (!is_of_run) return;
    const auto index = static_cast<std::size_t>(number - 1);
    if (came_[index]) {
      ++run_.duplicates;
      return;
    }
    came_[index] = true;
    ++run_.arrived;
    if (number < last_) ++run_.disordered;
    last_ = std::max(last_, number);
    const int came_with = static_cast<int>(came.qos);
    run_.arrived_qos = run_.arrived_qos < 0 ? came_with : std::min(run_.arrived_qos, came_with);
    const double ms =
        std::chrono::duration<double, std::milli>(clock::duration(ticks() - all_->sent_at[index]))
            .count();
    run_.fastest_ms = run_.arrived == 1 ? ms : std::min(run_.fastest_ms, ms);
    run_.slowest_ms = std::max(run_.slowest_ms, ms);
    if (came.topic != exchange_.topic) run_.arrived_topic = tools::printable(came.topic);
  }

  const std::string& mark_;
  exchange_fact& exchange_;
  const std::string& filter_;
  const std::chrono::milliseconds usual_;
  const bool reads_retained_;
  shared_state* all_ = nullptr;
  exchange_fact::run run_;
  std::vector<bool> came_;
  int last_ = -1;
  bool is_waiting_ = false;
  bool is_unsubscribed_ = false;
  std::uint64_t subscription_ = 0;
  std::uint64_t unsubscription_ = 0;
  deadline given_up_{};
};

}  // namespace

exchange_fact try_exchange(channel& publisher, channel& subscriber, const exchange_request& what) {
  exchange_fact exchange;
  exchange.topic = what.topic;
  exchange.filter = what.filter;
  exchange.is_users_topic = what.is_users_topic;
  exchange.is_search = what.is_search;
  exchange.payload_bytes = static_cast<std::int64_t>(what.payload_bytes);
  exchange.version = name_of(subscriber.version);
  const std::string mark = "mqtt-doctor " + random_word() + " ";
  subscribing to(subscriber, what, mark, exchange);
  publishing from(publisher, what, mark);
  const bool is_subscribed = to.subscribe();
  const int messages = static_cast<int>(
      std::min<std::size_t>(most_messages, static_cast<std::size_t>(std::max(1, what.messages))));
  for (int qos = what.lowest_qos; is_subscribed && !what.topic.empty(); ++qos) {
    if (qos > what.highest_qos || clock::now() >= what.until) break;
    if (!from.client().end.empty() || !to.client().end.empty()) break;
    shared_state all(qos, messages);
    side_by_side({[&] { from.run(all); }, [&] { to.run(all); }});
    exchange.runs.push_back(to.joined(all.run));
    // A QoS above one that failed is not tried: each try costs seconds.
    if (qos > 0 && exchange.runs.back().acknowledged < exchange.runs.back().sent) break;
  }
  const bool is_in_doubt = !is_subscribed || exchange.arrived() < exchange.sent();
  if (is_in_doubt) side_by_side({[&] { from.try_ping(); }, [&] { to.try_ping(); }});
  to.unsubscribe();
  exchange.publisher_pinged = from.client().is_ping_answered;
  exchange.subscriber_pinged = to.client().is_ping_answered;
  exchange.publisher_end = from.client().end;
  exchange.subscriber_end = to.client().end;
  exchange.publisher_disconnect = from.client().disconnect;
  exchange.subscriber_disconnect = to.client().disconnect;
  return exchange;
}

}  // namespace mqttkit::doctor
