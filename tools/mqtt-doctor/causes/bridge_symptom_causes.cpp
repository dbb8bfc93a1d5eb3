// Lines of a bridge of mosquitto that explain what the user sees (--symptom).
#include <algorithm>

#include "mqtt-doctor/causes/host_symptom_causes.hpp"
#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {

maybe_finding bridge_for_symptom(const view& known, exclusions&) {
  using enum symptom;
  const symptom seen = known.asked().symptom.value();
  const auto at = look_at(known);
  if (seen == none || !at || at->configuration == nullptr || !is_mosquitto(*at)) return {};
  for (const bridge_fact& bridge : at->configuration->bridges) {
    const auto says = [&](const char* name) {
      const auto found = bridge.settings.find(name);
      return found == bridge.settings.end() ? std::string() : found->second;
    };
    const auto both = std::find_if(
        bridge.topics.begin(), bridge.topics.end(), [](const bridge_topic_fact& topic) {
          return topic.direction == bridge_direction::both && topic.local == topic.remote;
        });
    const places with{
        {"bridge", bridge.name},
        {"place", bridge.file + ":" + std::to_string(bridge.line)},
        {"address", bridge.addresses},
        {"topic", both == bridge.topics.end() ? std::string() : both->filter},
        {"line", both == bridge.topics.end() ? std::string()
                                             : bridge.file + ":" + std::to_string(both->line)},
        {"threshold", says("threshold").empty() ? "10" : says("threshold")}};
    const bool is_off = says("try_private") == "false" || says("try_private") == "0";
    if ((seen == twice || seen == unwanted || seen == too_much) && both != bridge.topics.end() &&
        is_off) {
      const bool is_seen = std::any_of(
          known.at.exchanges.begin(), known.at.exchanges.end(), [](const exchange_fact& each) {
            return std::any_of(each.runs.begin(), each.runs.end(),
                               [](const auto& run) { return run.duplicates > 0; });
          });
      made_finding made(
          "delivery-duplicated", certainty::likely, is_seen ? strength::proven : strength::agreed,
          words(N_("The bridge {bridge} carries \"{topic}\" both ways and does not tell the "
                   "other broker that it is a bridge (try_private false): what it took "
                   "there comes back to it."),
                with));
      made.seen(words(N_("{place}: connection {bridge} to {address}"), with))
          .seen(words(N_("{line}: topic {topic} both"), with))
          .mend(words(N_("Take try_private false out, if the other broker is a mosquitto; "
                         "otherwise carry each topic one way only, or under a prefix of its own. "
                         "The old file is kept beside it:")),
                edit_command("/^ *try_private /d", bridge.file) + " && " + restart_command(*at))
          .shows({twice, unwanted, too_much});
      // Then the copies that came are told by what brings them.
      return is_seen ? made.warning() : made.note();
    }
    if (seen == late && says("start_type") == "lazy") {
      return made_finding(
                 "delivery-late", certainty::likely, strength::agreed,
                 words(N_("The bridge {bridge} connects only when {threshold} messages wait for it "
                          "(start_type lazy): until then none goes on, and then all at once."),
                       with))
          .seen(words(N_("{place}: connection {bridge} to {address}"), with))
          .mend(words(N_("Let it stay connected; the old file is kept beside it:")),
                edit_command("s/^ *start_type .*/start_type automatic/", bridge.file) + " && " +
                    restart_command(*at))
          .shows({late})
          .note();
    }
    if ((seen == no_last_value || seen == not_listed) &&
        says("bridge_outgoing_retain") == "false") {
      return made_finding(
                 "mqtt-retain-not-supported", certainty::likely, strength::usual,
                 words(N_("The bridge {bridge} takes the retain flag away from what it passes on "
                          "(bridge_outgoing_retain false): the other broker keeps none of it."),
                       with))
          .seen(words(N_("{place}: connection {bridge} to {address}"), with))
          .mend(words(N_("Let the flag pass; the old file is kept beside it:")),
                edit_command("s/^ *bridge_outgoing_retain .*/bridge_outgoing_retain true/",
                             bridge.file) +
                    " && " + restart_command(*at))
          .shows({no_last_value, not_listed})
          .note();
    }
    const std::string clean = says("cleansession");
    if (seen == missed_while_away && (clean == "true" || clean == "1")) {
      return made_finding(
                 "session-clean-session", certainty::likely, strength::usual,
                 words(N_("The bridge {bridge} keeps no session (cleansession true): what is sent "
                          "while it is not connected never reaches the other broker."),
                       with))
          .seen(words(N_("{place}: connection {bridge} to {address}"), with))
          .mend(words(N_("Let it keep its session; the old file is kept beside it:")),
                edit_command("s/^ *cleansession .*/cleansession false/", bridge.file) + " && " +
                    restart_command(*at))
          .shows({missed_while_away})
          .note();
    }
  }
  return {};
}

}  // namespace mqttkit::doctor
