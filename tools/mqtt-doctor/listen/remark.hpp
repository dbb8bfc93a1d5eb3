// What can be noticed about a client and its broker when both are heard: the catalogue's names, and
// a sentence with what to do for each. Pure: facts go in as places of the sentence.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {

enum class noticed : std::uint8_t {
  inflight_stall,
  inflight_stall_silent,  ///< and the client sends nothing else either
  inflight_unacknowledged,
  large_unacknowledged,  ///< while smaller ones are acknowledged
  qos2_no_pubrel,
  qos2_no_pubcomp,
  qos2_app_no_pubcomp,
  qos2_broker_no_pubrel,
  no_puback,
  acknowledges_nothing,  ///< numbers that no packet for it had
  swaps_numbers,         ///< and with their bytes exchanged they are those
  broker_acknowledges_nothing,
  receive_maximum,
  receive_maximum_refused,
  too_large_said,
  too_large_announced,
  too_large_likely,
  publish_closes,
  qos_said,
  qos_announced,
  retain_said,
  retain_announced,
  keep_alive_expired,
  server_keep_alive,
  server_keep_alive_passed,
  taken_over,
  taken_over_again,
  taken_over_elsewhere,
  user_thrown_out,   ///< by another connection of the same user, with an identifier of its own
  connect_closes,    ///< hung up on without CONNACK, while others are let in
  version_disputed,  ///< refused for its version, in which others are let in
  subscribe_closes,
  hash_closes,
  not_resubscribed,
  never_subscribed,
  will_flaps,
  clean_session,
  clean_session_missed,
  expires_at_once,
  expires_at_once_missed,
  message_expired,
  topic_mistaken,  ///< the slip's own id and sentence stand in its place
  no_subscriber,
  no_local,
  qos_granted_lower,
  qos_lower_than_sent,
  login_refused,
  login_missing,  ///< refused, and no user name was sent
  identifier_refused,
  identifier_grows,    ///< refused, and it begins with the one refused before
  identifier_missing,  ///< refused, and it is empty
  version_refused,
  connect_refused,  ///< for another reason
  subscribe_refused,
  hash_refused,
  shared_refused,
  publish_refused,
  publish_refused_otherwise,
  withheld_from_reader,
  withheld_from_writer,
  withheld,
  parent_withheld,  ///< the topic is the level above the filter's #
  retained_cleared,
  slow_consumer,
  window_shut,
  feeds_itself,  ///< what it is sent it publishes again
};

/// A note is a fact that explains; a cause is one that is to be mended.
enum class weight : std::uint8_t { note, cause };
/// "note", "cause".
const char* to_string(weight how_heavy) noexcept;

struct remark_row {
  noticed what;
  const char* id;  ///< the catalogue's
  weight heavy;
  const char* fact;
  const char* cure;
  const char* alike = "";  ///< another cause that these facts do not rule out
};
const remark_row& row_of(noticed what) noexcept;

using remark_places = std::map<std::string, std::string>;

/// What was noticed on one connection. Of the same client it is told once for each `key`.
struct observation {
  noticed what{};
  remark_places with{};
  std::string key{};
  std::string id{};               ///< where it is not the row's
  std::optional<weight> heavy{};  ///< likewise
  std::vector<sentence> more{};   ///< sentences after the fact
};
using observations = std::vector<observation>;
/// With the client (its key) they are about.
using client_observations = std::vector<std::pair<std::string, observation>>;

/// What is told.
struct remark {
  std::string id;
  weight heavy = weight::note;
  std::vector<sentence> sentences;  ///< what is the case, then what to do
  std::string alike;
  std::uint64_t connection = 0;
  std::string client;  ///< its identifier
  std::uint64_t times = 1;
};

/// The sentences, in the language chosen.
std::string text_of(const remark& told);

/// Of a client that the broker did not let in.
bool is_about_login(const remark& told) noexcept;

}  // namespace mqttkit::doctor
