#include "mqtt-doctor/probes/delivery/wills.hpp"

#include <algorithm>
#include <memory>

#include "mqtt-doctor/facts/codes.hpp"
#include "mqtt-doctor/probes/delivery/blocking_client.hpp"
#include "mqtt-doctor/probes/delivery/delivery.hpp"
#include "mqtt-doctor/probes/link_facts.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;

constexpr std::uint16_t short_keep_alive = 2;  // seconds
constexpr auto longest_wait = 20s;             // a longer keep alive of the broker's is not awaited
constexpr auto rounds = 12s;                   // brokers look for silent clients in rounds
constexpr auto after_end = 2500ms;             // a will after its connection's end comes at once
constexpr auto slice = 50ms;
constexpr int refused = number_of(reason_code::unspecified_error);

/// Notes the wills as they come.
class will_watcher final : public blocking_client::observer {
 public:
  will_watcher(channel& over, std::chrono::milliseconds limit, std::vector<will_fact>& wills)
      : client_(over, limit), limit_(limit), wills_(wills), since_(wills.size()) {}

  bool subscribe(const std::string& topic, qos_t qos) {
    const std::string filter = topic + "/+";
    std::uint64_t& token = subscription_;
    if (!client_.subscribe({filter, qos}, token, clock::now() + limit_)) return false;
    client_.wait(clock::now() + limit_, *this, [this] { return code_ >= 0; });
    return code_ >= 0 && code_ < refused;
  }

  /// The will's time begins now.
  void begin(std::size_t which) { since_[which] = clock::now(); }

  bool wait(clock::time_point until) {
    return client_.wait(
        until, *this,
        [this] {
          return std::all_of(wills_.begin(), wills_.end(), [](const will_fact& each) {
            return each.was_published || !each.was_let_in || each.how == will_end::goodbye;
          });
        },
        slice);
  }

  void finish() {
    for (std::size_t i = 0; i < wills_.size(); ++i) {
      if (since_[i] != clock::time_point()) wills_[i].waited_ms = probe::elapsed_ms(since_[i]);
    }
  }

 private:
  void answered(const subscribed& answer) override {
    if (answer.token == subscription_ && !answer.codes.empty())
      code_ = std::to_integer<int>(answer.codes[0]);
  }

  void message(const publish_packet& came) override {
    for (std::size_t i = 0; i < wills_.size(); ++i) {
      if (came.topic != wills_[i].topic || wills_[i].was_published) continue;
      wills_[i].was_published = true;
      wills_[i].after_ms = probe::elapsed_ms(since_[i]);
    }
  }

  blocking_client client_;
  const std::chrono::milliseconds limit_;
  std::vector<will_fact>& wills_;
  std::vector<clock::time_point> since_;
  std::uint64_t subscription_ = 0;
  int code_ = -1;
};

/// The time after which the broker must have given up a silent client.
clock::duration patience_with(const will_fact& will) {
  const int keep_alive =
      will.server_keep_alive_s > 0 ? will.server_keep_alive_s : will.keep_alive_s;
  return std::chrono::milliseconds(keep_alive * 1500) + rounds;
}

}  // namespace

wills_outcome try_wills(const target& to, const wills_request& what, channel& watcher) {
  wills_outcome out;
  for (const will_end how : {will_end::goodbye, will_end::silent, will_end::broken}) {
    will_fact made;
    made.how = how;
    made.topic = what.topic + "/" + word_of(how);
    made.keep_alive_s = how == will_end::silent ? short_keep_alive : to.keep_alive;
    out.wills.push_back(made);
  }
  will_watcher watching(watcher, what.limit, out.wills);
  if (!watching.subscribe(what.topic, what.qos)) return {};
  std::unique_ptr<channel> silent;
  auto last = clock::now();
  target as = to;
  as.who.client_id.clear();
  for (std::size_t i = 0; i < out.wills.size(); ++i) {
    will_fact& will = out.wills[i];
    contact_request how = what.how;
    how.purpose = contact_purpose::will;
    how.keep_alive = static_cast<std::uint16_t>(will.keep_alive_s);
    how.will.emplace();
    how.will->topic = will.topic;
    how.will->payload = "mqtt-doctor";
    how.will->qos = what.qos;
    std::unique_ptr<channel> over;
    out.contacts.push_back(make_contact(as, how, &over));
    const contact& made = out.contacts.back();
    will.was_let_in = over != nullptr;
    if (!over) continue;
    if (const auto told = made.mqtt->limits.find("server-keep-alive");
        told != made.mqtt->limits.end())
      will.server_keep_alive_s = static_cast<int>(told->second);
    watching.begin(i);
    if (will.how == will_end::goodbye) say_goodbye(*over);
    if (will.how == will_end::silent) silent = std::move(over);
    over.reset();
    const clock::duration wait = will.how == will_end::silent ? patience_with(will) : after_end;
    if (wait <= longest_wait) last = std::max(last, clock::now() + wait);
  }
  // The will of who said DISCONNECT, if the broker publishes it, comes soon.
  watching.wait(std::min(to.last, last));
  watching.finish();
  if (silent) {
    will_fact& will = *std::find_if(out.wills.begin(), out.wills.end(), [](const will_fact& each) {
      return each.how == will_end::silent;
    });
    const channel::received got = silent->receive(clock::now() + slice);
    if (got.is_packet && got.packet.type == packet_type::disconnect)
      will.end = connection_end::disconnect;
    else if (!got.is_packet && got.end != probe::link_end::timed_out)
      will.end = end_of(got.end);
    else
      say_goodbye(*silent);  // which takes the will back
  }
  return out;
}

}  // namespace mqttkit::doctor
