#include "mqtt-doctor/probes/gateway/gateway_idle.hpp"

#include <algorithm>
#include <utility>

#include "mqtt-doctor/probes/hex.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;
using probe::deadline;

constexpr auto step_limit = 1500ms;
constexpr auto speaking_interval = 1s;  // no network forgets so soon
constexpr auto look_interval = 100ms;   // for an interruption
constexpr std::size_t most_pauses = 64;
constexpr int most_without_answer = 3;  // pauses without result after which it ends
// Seconds for a message, its answer, and a new client after a lost one.
constexpr double step_seconds = 2;
constexpr double shortest_pause = 1;

double seconds_since(clock::time_point when) {
  return std::chrono::duration<double>(clock::now() - when).count();
}

}  // namespace

double next_pause(const gateway_idle_fact& known, double left) {
  const double kept = known.kept_s(), lost = known.lost_s();
  const double room = left - step_seconds;
  if (lost != 0) {
    // The middle of both, unless they are closer than an eighth, which is exact enough.
    if (lost - kept <= std::max(shortest_pause, lost / 8)) return 0;
    const double middle = (kept + lost) / 2;
    return middle <= room ? middle : 0;
  }
  const double longer = kept == 0 ? shortest_pause : kept * 2;
  if (longer <= room) return longer;
  // The last pause takes all the time that is left.
  return room >= std::max(shortest_pause, kept * 1.25) ? room : 0;
}

gateway_idle_probe::gateway_idle_probe(std::function<sn::client_options()> make, std::string topic)
    : make_(std::move(make)), topic_(std::move(topic)) {}

std::unique_ptr<gateway_client> gateway_idle_probe::client(std::chrono::seconds keep_alive) {
  sn::client_options options = make_();
  options.session.keep_alive = keep_alive;
  auto made = std::make_unique<gateway_client>(options);
  if (made->connect(std::chrono::milliseconds(step_limit))) return nullptr;
  if (made->subscribe(topic_, clock::now() + step_limit) != 0) return nullptr;
  return made;
}

bool gateway_idle_probe::stays_silent(double seconds, const idle_request& what) {
  const auto begun = clock::now();
  while (seconds_since(begun) < seconds) {
    if (what.is_interrupted && what.is_interrupted()) return false;
    const double left = seconds - seconds_since(begun);
    const auto step =
        std::min<std::chrono::duration<double>>(look_interval, std::chrono::duration<double>(left));
    // The speaking client pings meanwhile; no message is expected.
    speaker_->await(random_word(),
                    clock::now() + std::chrono::duration_cast<clock::duration>(step));
    if (speaker_->is_ended()) return false;
  }
  return true;
}

gateway_pause_fact gateway_idle_probe::send_after(double seconds) {
  gateway_pause_fact made;
  made.s = seconds;
  const std::string payload = "mqtt-doctor " + random_word();
  int regack = -1;
  speaker_->publish(topic_, payload, regack, clock::now() + step_limit);
  const deadline until = clock::now() + step_limit;
  made.other_got_it = speaker_->await(payload, until);
  made.arrived = sleeper_->await(payload, until);
  return made;
}

/// Whether messages reach the silent client again once it has pinged.
bool gateway_idle_probe::is_healed() {
  return sleeper_->subscribe(topic_, clock::now() + step_limit) == 0 && send_after(0).arrived;
}

gateway_idle_fact gateway_idle_probe::run(const idle_request& what, int keep_alive) {
  constexpr auto longest_keep_alive = 65'535s;
  gateway_idle_fact made;
  made.keep_alive_s = keep_alive;
  const auto begun = clock::now();
  const double limit = std::chrono::duration<double>(what.limit).count();
  speaker_ = client(speaking_interval);
  if (!speaker_) {
    made.ended = "not-let-in";
    return made;
  }
  int without_answer = 0;
  while (made.pauses.size() < most_pauses) {
    const double pause = next_pause(made, limit - seconds_since(begun));
    if (pause == 0) break;
    if (!sleeper_) sleeper_ = client(longest_keep_alive);
    if (!sleeper_) {
      made.ended = "not-let-in";
      break;
    }
    if (!stays_silent(pause, what)) {
      made.ended = speaker_->is_ended() ? "ended-by-gateway" : "interrupted";
      break;
    }
    const gateway_pause_fact& last = made.pauses.emplace_back(send_after(pause));
    if (what.tell) what.tell(last);
    if (last.is_lost()) {
      if (made.ping_heals < 0) made.ping_heals = is_healed() ? 1 : 0;
      sleeper_.reset();
    } else if (!last.arrived && ++without_answer == most_without_answer) {
      made.ended = "no-delivery";
      break;
    }
  }
  const deadline until = clock::now() + look_interval;
  if (sleeper_) sleeper_->say_goodbye(until);
  speaker_->say_goodbye(until);
  return made;
}

}  // namespace mqttkit::doctor
