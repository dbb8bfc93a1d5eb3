#include "mqtt-doctor/listen/patience_watch.hpp"

#include <algorithm>
#include <utility>

#include "common/duration_text.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using span_s = patience_watch::span_s;

constexpr span_s least_patience = 200ms;  // who leaves sooner did not wait at all
constexpr span_s usual_patience = 5s;     // what most libraries grant a broker
constexpr span_s clearly = 100ms;         // by so much an answer is later than somebody waits

/// "10.0.0.1 1883" as one types it.
std::string typed(std::string place) {
  const std::size_t blank = place.find(' ');
  if (blank == place.npos || blank == 0) return "HOST";
  const bool is_v6 = place.find(':') < blank;
  const std::string host = is_v6 ? '[' + place.substr(0, blank) + ']' : place.substr(0, blank);
  return host + ':' + place.substr(blank + 1);
}

}  // namespace

void patience_watch::note(const std::string& place, answer made) {
  if (answers_.size() >= most_places && !answers_.contains(place)) return;
  answer& latest = answers_[place];
  if (made.took > latest.took) latest = std::move(made);
}

void patience_watch::answered(const asking& by, moment now) {
  note(by.place, {now - by.since, by.who, by.key});
}

void patience_watch::gave_up(const asking& by, moment now) {
  const span_s after = now - by.since;
  const std::pair whose(by.place, by.key);
  if (after < least_patience || (waiting_.size() >= most_clients && !waiting_.contains(whose)))
    return;
  waiting& is = waiting_[whose];
  is.last = by;
  ++is.times;
  is.longest = std::max(is.longest, after);
  if (gone_.size() >= most_clients) gone_.erase(gone_.begin());
  gone_[by.connection] = whose;
}

void patience_watch::answered_too_late(std::uint64_t connection, moment now) {
  const auto at = gone_.find(connection);
  if (at == gone_.end()) return;
  const waiting& is = waiting_[at->second];
  // Where the client came back meanwhile, the time of that CONNECT is not known any more.
  if (is.last.connection == connection) note(is.last.place, {now - is.last.since, "", is.last.key});
  gone_.erase(at);
}

std::vector<patience_watch::found> patience_watch::finish() const {
  std::vector<found> all;
  for (const auto& [whose, is] : waiting_) {
    const auto at = answers_.find(whose.first);
    const bool is_known = at != answers_.end();
    remark_places with{{"time", tools::rough_text(is.longest.count())},
                       {"count", std::to_string(is.times)},
                       {"broker", typed(whose.first)}};
    if (is_known && at->second.took > is.longest + clearly) {
      const answer& latest = at->second;
      // The conclusion about that connection says it.
      if (is.times == 1 && latest.who.empty() && latest.key == whose.second) continue;
      with["later"] = tools::rough_text(latest.took.count());
      with["other"] = latest.who;
      observation made{noticed::gives_up_before_connack, std::move(with)};
      made.how = is.times > 1 ? strength::measured : strength::agreed;
      if (latest.who.empty() || latest.key == whose.second)
        made.fact =
            N_("{who} gave up within {time} of its CONNECT, before the broker had answered (times: "
               "{count}), and the broker takes longer for that: a CONNACK came {later} after the "
               "CONNECT of this client.");
      all.push_back({is.last, std::move(made)});
    } else if (!is_known && is.longest < usual_patience) {
      observation made{noticed::gives_up_soon, std::move(with)};
      made.how = strength::usual;
      all.push_back({is.last, std::move(made)});
    }
  }
  return all;
}

}  // namespace mqttkit::doctor
