// Why a topic does not match a filter: the nearest of the mistakes people make in writing one.
//
// Each mistake is a small change that, made to both texts or to the filter, makes the filter match.
// They are tried from the smallest to the largest, so the first that helps is the nearest.
// Pure: the code knows two texts and the rules of MQTT 5.0 §4.7, and no broker.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mqttkit::doctor {

enum class topic_slip : std::uint8_t {
  none,                 ///< the filter matches
  wildcard_in_topic,    ///< + or # in the topic of a PUBLISH: no broker takes it
  bad_topic,            ///< not a topic for another reason: empty, too long, no UTF-8
  share_in_topic,       ///< published to "$share/group/home", which is for subscribing only
  bare_share,           ///< "$share/group" or "$share//x": no filter left in it
  share_group,          ///< "$share/+/home": the group's name holds a wildcard
  share_without_group,  ///< "$share/home/door": "home" is taken for the group
  share_misspelt,       ///< "share/g/home/door", "$Share/g/home/door": text to the broker
  foreign_prefix,       ///< "$queue/home/door", "$exclusive/…": EMQX's own, text elsewhere
  misplaced_hash,       ///< "home#", "home/#/x": # stands alone, in the last level
  misplaced_plus,       ///< "home+", "ro+m": + stands alone in its level
  bad_filter,           ///< not a filter for another reason
  dollar,               ///< a first-level wildcard, and a topic that begins with $
  letter_case,
  control_characters,  ///< a line end, a tab: characters that nobody sees
  spaces,
  leading_slash,
  trailing_slash,
  double_slash,
  missing_slash,     ///< "ovms/twizymetric" and "ovms/twizy/metric"
  composition,       ///< one letter as one character here, as a letter and a mark there
  lookalikes,        ///< full-width, Cyrillic or invisible characters
  quotes,            ///< quotation marks around one of the two only
  separators,        ///< "home\\door", "home.door": only / separates levels
  percent,           ///< "home%2Fdoor": escapes of URLs are text
  several,           ///< more than one of the nine above
  list,              ///< "home/door,home/window": a filter is one, not a list
  placeholder,       ///< "home/{id}/door": a place in the filter that nobody filled in
  unfilled,          ///< the same in the topic, or "undefined" and the like
  asterisk,          ///< "home/*": * is a wildcard of shells, not of MQTT
  foreign_pattern,   ///< "home/.*", "home/%", "home/sens*": patterns of something else
  plus_is_one,       ///< "home/+" and "home/room/door": + stands for exactly one level
  plus_needs_one,    ///< "home/+" and "home"
  no_wildcard,       ///< "home" and "home/door": a filter does not match what lies below
  topic_is_parent,   ///< "home/door/state" and "home/door"
  order,             ///< the same levels in another order
  filter_has_front,  ///< "site/home/door" and "home/door"
  topic_has_front,   ///< "home/door" and "site/home/door"
  filter_has_more,   ///< "home/hall/door" and "home/door"
  topic_has_more,    ///< "home/door" and "home/hall/door"
  spelling,          ///< one level, a letter or two
  other_level,       ///< one level is another word
  different,         ///< no mistake known here explains it
};

struct topic_mismatch {
  topic_slip slip = topic_slip::none;
  std::string filter;     ///< a filter that would match; "" when none is near
  std::size_t level = 0;  ///< number of the first level that differs, from 1; 0 for none
  std::string wanted;     ///< the filter's text in that level, or what it has and the topic lacks
  std::string found;      ///< the topic's text in that level, or what it has and the filter lacks
};

/// Compares a filter with the topic of a PUBLISH.
topic_mismatch find_topic_mismatch(std::string_view filter, std::string_view topic);

/// Whether a filter matches all topics, or all of the broker's own ($SYS/#): brokers forbid such
/// filters first.
bool is_broad_filter(std::string_view filter) noexcept;

}  // namespace mqttkit::doctor
