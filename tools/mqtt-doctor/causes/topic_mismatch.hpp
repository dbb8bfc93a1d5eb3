// Why a topic does not match a filter: the nearest mistake a person makes in writing one.
//
// Each mistake is a small change that, made to both texts or to the filter, lets the filter match.
// They are tried from the smallest to the largest, so that the first that helps is the nearest.
// Pure: it knows the two texts and the rules of MQTT 5.0 §4.7, nothing of a broker.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mqttkit::doctor {

enum class topic_slip : std::uint8_t {
  none,                 ///< the filter matches
  wildcard_in_topic,    ///< + or # in what is published to: no broker takes it
  bad_topic,            ///< not a topic for another reason: empty, too long, no UTF-8
  share_in_topic,       ///< published to "$share/group/home": for subscribing only
  bare_share,           ///< "$share/group" or "$share//x": no filter left in it
  share_without_group,  ///< "$share/home/door": "home" is taken for the group
  foreign_prefix,       ///< "$queue/home/door", "$exclusive/…": EMQX's own, text elsewhere
  misplaced_hash,       ///< "home#", "home/#/x": # stands alone, in the last level
  misplaced_plus,       ///< "home+", "ro+m": + stands alone in its level
  bad_filter,           ///< not a filter for another reason
  dollar,               ///< a first-level wildcard, and a topic that begins with $
  letter_case,
  control_characters,  ///< a line end, a tab: what nobody sees
  spaces,
  leading_slash,
  trailing_slash,
  double_slash,
  composition,      ///< one letter as one character here, as a letter and a mark there
  lookalikes,       ///< full-width, Cyrillic or invisible characters
  quotes,           ///< around the one and not around the other
  separators,       ///< "home\\door", "home.door": / alone parts levels
  several,          ///< more than one of the eight above
  asterisk,         ///< "home/*": shells know it, MQTT does not
  plus_is_one,      ///< "home/+" and "home/room/door": + stands for exactly one level
  plus_needs_one,   ///< "home/+" and "home"
  no_wildcard,      ///< "home" and "home/door": a filter does not take in what lies below
  topic_is_parent,  ///< "home/door/state" and "home/door"
  spelling,         ///< one level, a letter or two
  other_level,      ///< one level is another word
  different,        ///< nothing in common that would explain it
};

struct topic_mismatch {
  topic_slip slip = topic_slip::none;
  std::string filter;     ///< one that would match; "" when none is near
  std::size_t level = 0;  ///< the first level that differs, counted from 1; 0: none does
  std::string wanted;     ///< what the filter has in that level
  std::string found;      ///< what the topic has in it
};

/// Compares a filter with a topic that was published to.
topic_mismatch find_topic_mismatch(std::string_view filter, std::string_view topic);

/// Whether a filter takes in all there is, or all that the broker says of itself: what brokers
/// forbid first.
bool is_broad_filter(std::string_view filter) noexcept;

/// `text` with characters nobody sees or takes for others replaced by the plain ones: full-width
/// and Cyrillic letters by Latin ones, no zero-width characters, a no-break space as a space.
std::string plain_letters(std::string_view text);

}  // namespace mqttkit::doctor
