#include "mqtt-doctor/listen/end_words.hpp"

#include "common/duration_text.hpp"
#include "mqtt-doctor/listen/connect_traits.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {

void tell_what_is_unlike(observation& found, const std::vector<std::string>& unlike,
                         std::uint64_t times) {
  std::string list;
  for (const std::string& each : unlike) list += (list.empty() ? "" : ", ") + say(each.c_str());
  const bool is_retain = unlike.size() == 1 && unlike.front() == trait_of_retain;
  const bool is_qos = unlike.size() == 1 && unlike.front().starts_with("QoS ");
  found.what = is_retain ? noticed::retain_closes
               : is_qos  ? noticed::qos_closes
                         : noticed::odd_message_closes;
  found.with["what"] = list;
  found.with["count"] = std::to_string(times);
  found.key = list;
}

void tell_of_silence(observation& found, const silence& was) {
  found.with["count"] = std::to_string(was.given);
  if (was.given != 0) {
    found.more.push_back(
        words(N_("In that time messages were sent to it ({count}; whether it heard them is not "
                 "known): what it hears does not count as a sign of life, only what it sends."),
              found.with));
    found.cure = N_(
        "Let its library ping by the clock, whatever comes in (MQTT.js 5.5.5 put its ping off with "
        "each message that it heard): update it, and let its network loop run beside the app's "
        "work.");
    return;
  }
  if (was.pings == 0 && was.pings_ever == 0) {
    found.more.push_back(words(N_("It has sent no ping (PINGREQ) at all.")));
    found.cure =
        N_("Let the library's network loop run beside the app's work (loop(), loop_start()): it "
           "sends the pings, and they must come more often than the keep alive says. On a phone "
           "allow the app in the background as well.");
    return;
  }
  // Half a second is for delays.
  if (was.pings != 0 && was.longest_gap_s > was.keep_alive_s + 0.5) {
    found.with["usual"] = tools::rough_text(was.longest_gap_s);
    found.more.push_back(
        words(N_("It pings, and too seldom: it had let up to {usual} pass before."), found.with));
    found.cure =
        N_("Let it ping more often than its keep alive says, or choose a longer keep alive.");
  }
}

}  // namespace mqttkit::doctor
