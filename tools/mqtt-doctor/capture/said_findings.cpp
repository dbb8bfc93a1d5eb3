#include "mqtt-doctor/capture/said_findings.hpp"

#include <algorithm>
#include <array>

#include "mqtt-doctor/causes/made_finding.hpp"
#include "mqtt-doctor/causes/registry.hpp"

namespace mqttkit::doctor {

/// A conclusion of `listen` about a client, as a finding; nullopt where nothing is wrong.
std::optional<finding> finding_of(const conclusion& said) {
  static constexpr std::array good{"mqtt-accepted", "tls-stands", "tls-arrived", "mqtt-arrived"};
  if (std::find(good.begin(), good.end(), said.id) != good.end()) return {};
  // These the other side said itself, so they are certain.
  static constexpr std::array told{"auth-bad-credentials",  "auth-anonymous-refused",
                                   "mqtt-refused",          "auth-client-id-not-allowed",
                                   "mqtt-version-refused",  "ended-by-broker",
                                   "certificate-refused",   "auth-acl-subscribe-refused",
                                   "tls-to-plaintext-port", "tls-ended-by-client",
                                   "tls-refused",           "mqtt-malformed-client",
                                   "mqtt-not-a-broker",     "tls-plaintext-to-tls-port"};
  const bool is_told = said.is_told && std::find(told.begin(), told.end(), said.id) != told.end();
  if (said.sure && !*said.sure)
    return made_finding(said.id.c_str(), certainty::likely, strength::agreed, said.text);
  if (said.sure)
    return made_finding(said.id.c_str(), certainty::certain, strength::told, said.text);
  return made_finding(said.id.c_str(), is_told ? certainty::certain : certainty::likely,
                      is_told ? strength::told : strength::usual, said.text);
}

/// Whether the conclusion tells only how the conversation ended, which TCP may explain better.
bool tells_only_the_end(const conclusion& said) {
  static constexpr std::array ends{
      "mqtt-broker-hung",          "silent", "connect-cut-off", "tls-hung-up", "tls-unanswered",
      "mqtt-closed-after-connect", "cut-off"};
  return std::find(ends.begin(), ends.end(), said.id) != ends.end();
}

std::optional<finding> finding_of(const remark& said) {
  if (said.sentences.empty()) return {};
  const bool is_sure = is_told_by_code(said);
  const strength how = said.how.value_or(is_sure ? strength::told : strength::seen);
  made_finding made(said.id.c_str(),
                    is_sure                 ? certainty::certain
                    : how <= strength::fits ? certainty::possible
                                            : certainty::likely,
                    how, said.sentences.front());
  if (said.heavy != weight::cause) said.is_warning ? made.warning() : made.note();
  for (std::size_t i = 1; i < said.sentences.size(); ++i) {
    if (i < said.facts) {
      made.seen(said.sentences[i]);
    } else {
      made.in_app(said.sentences[i]);
    }
  }
  maybe_finding found = made;
  found->shows_as = said.shows_as;
  return found;
}

/// Whether the remark tells that the broker did not answer, or not in time.
bool is_about_silence(const remark& said) {
  static constexpr std::array kinds{noticed::gives_up_before_connack,
                                    noticed::gives_up_soon,
                                    noticed::never_puback,
                                    noticed::never_pubrec,
                                    noticed::never_pubcomp,
                                    noticed::never_suback};
  return std::find(kinds.begin(), kinds.end(), said.what) != kinds.end();
}

/// Whether the remark tells which subscription the broker refuses.
bool is_about_subscription(const remark& said) {
  static constexpr std::array ids{"auth-acl-subscribe-refused", "auth-hash-subscription-refused",
                                  "delivery-shared-not-supported", "mqtt-subscribe-refused",
                                  "mqtt-wildcard-not-supported"};
  return std::find(ids.begin(), ids.end(), said.id) != ids.end();
}

/// Notes that may be the whole answer where nothing else is wrong.
bool is_worth_a_note(const remark& said) {
  static constexpr std::array ids{"delivery-no-subscriber", "mqtt-malformed-client",
                                  "mqtt-malformed-broker", "mqtt-connack-late"};
  // A client that never subscribed hears nothing.
  const bool is_unsubscribed = said.id == "delivery-not-subscribed";
  return said.is_warning || said.is_meaning || is_unsubscribed ||
         std::find(ids.begin(), ids.end(), said.id) != ids.end();
}

}  // namespace mqttkit::doctor
