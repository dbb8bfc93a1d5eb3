#include "mqtt-doctor/causes/topic_mismatch.hpp"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "mqtt-doctor/facts/topic_levels.hpp"
#include "mqtt-doctor/facts/topic_writing.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_letters = 512;  // of a text that a person wrote: others cost too much

using levels = std::vector<std::string>;

std::string without_spaces(std::string_view text) {
  std::string kept;
  for (const char c : text) {
    if (c != ' ') kept += c;
  }
  return kept;
}

/// The text without control characters, nor their escapes in facts from a file: "\\x0A".
std::string without_controls(std::string_view text) {
  constexpr std::size_t written = 4;
  std::string kept;
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    const bool is_written = text.size() >= written && text.starts_with("\\x") &&
                            (text[2] == '0' || text[2] == '1') &&
                            std::isxdigit(static_cast<unsigned char>(text[3])) != 0;
    if (byte >= 0x20 && byte != 0x7f && !is_written) kept += text.front();
    text.remove_prefix(is_written ? written : 1);
  }
  return kept;
}

std::string without_quotes(std::string_view text) {
  const bool is_quoted = text.size() > 2 && text.front() == text.back() &&
                         (text.front() == '"' || text.front() == '\'' || text.front() == '`');
  // As word processors set them.
  for (const auto& [open, close] : {std::pair{"\u201c", "\u201d"}, std::pair{"\u2018", "\u2019"},
                                    std::pair{"\u201e", "\u201c"}, std::pair{"\u00ab", "\u00bb"}}) {
    if (text.starts_with(open) && text.ends_with(close) && text.size() > 6) {
      text.remove_prefix(std::string_view(open).size());
      text.remove_suffix(std::string_view(close).size());
      return std::string(text);
    }
  }
  return std::string(is_quoted ? text.substr(1, text.size() - 2) : text);
}

/// The text with / for the separators of other systems: of Windows paths, AMQP and NATS.
std::string with_slashes(std::string_view text) {
  std::string made(text);
  for (char& c : made) {
    if (c == '\\' || c == '.' || c == ':' || c == '|' || c == ',') c = '/';
  }
  return made;
}

std::string without_leading_slash(std::string_view text) {
  if (text.size() > 1 && text.starts_with('/')) text.remove_prefix(1);
  return std::string(text);
}

std::string without_trailing_slash(std::string_view text) {
  if (text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);
  return std::string(text);
}

std::string with_single_slashes(std::string_view text) {
  std::string kept;
  for (const char c : text) {
    if (c != '/' || kept.empty() || kept.back() != '/') kept += c;
  }
  return kept;
}

/// The text with Latin-1 letters as letter and combining mark (Unicode NFD): U+00C0 to U+00FF.
std::string decomposed(std::string_view text) {
  constexpr std::string_view letters =
      "AAAAAA CEEEEIIII NOOOOO  UUUUY  aaaaaa ceeeeiiii nooooo  uuuuy y";
  constexpr std::string_view marks =  // the last byte of U+0300 to U+0327; 0xCC stands before it
      "\x80\x81\x82\x83\x88\x8a \xa7\x80\x81\x82\x88\x80\x81\x82\x88 "
      "\x83\x80\x81\x82\x83\x88  \x80\x81\x82\x88\x81  "
      "\x80\x81\x82\x83\x88\x8a \xa7\x80\x81\x82\x88\x80\x81\x82\x88 "
      "\x83\x80\x81\x82\x83\x88  \x80\x81\x82\x88\x81 \x88";
  static_assert(letters.size() == 64 && marks.size() == 64);
  std::string made;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_latin = text[at] == '\xC3' && at + 1 < text.size();
    const auto row = is_latin ? static_cast<unsigned char>(text[at + 1]) - 0x80U : 64U;
    if (row >= letters.size() || letters[row] == ' ') {
      made += text[at];
      continue;
    }
    made += letters[row];
    made += '\xCC';
    made += marks[row];
    ++at;
  }
  return made;
}

std::string without_slashes(std::string_view text) {
  std::string kept;
  for (const char c : text)
    if (c != '/') kept += c;
  return kept;
}

using rewriting = std::string (*)(std::string_view);
struct likeness {
  topic_slip slip;
  rewriting apply;
};
// Differences that a person would overlook, the commonest first.
constexpr likeness likenesses[] = {
    {topic_slip::letter_case, lower},
    {topic_slip::control_characters, without_controls},
    {topic_slip::leading_slash, without_leading_slash},
    {topic_slip::trailing_slash, without_trailing_slash},
    {topic_slip::spaces, without_spaces},
    {topic_slip::double_slash, with_single_slashes},
    {topic_slip::missing_slash, without_slashes},
    {topic_slip::composition, decomposed},
    {topic_slip::lookalikes, plain_letters},
    {topic_slip::quotes, without_quotes},
    {topic_slip::separators, with_slashes},
    {topic_slip::percent, percent_decoded},
};

constexpr std::string_view share = "$share/";

bool is_match(std::string_view filter, std::string_view topic) {
  return is_topic_filter(filter) && is_topic_name(topic) && topic_matches(filter, topic);
}

/// The filter rewritten for this topic: with the topic's text where the filter has text, and the
/// filter's wildcards where it has wildcards.
std::string filter_for(const levels& filter, const levels& topic) {
  // A leading slash too many shifts all levels by one; wildcards are then counted from the end.
  levels made = topic;
  const auto put = [&](std::size_t from, std::size_t to) {
    if (filter[from] == "+" && to < made.size()) made[to] = "+";
  };
  const bool has_hash = !filter.empty() && filter.back() == "#";
  if (has_hash) {
    const std::size_t shift = topic.front().empty() && !filter.front().empty() ? 1 : 0;
    const std::size_t kept = filter.size() - 1 + shift;
    if (!filter.front().empty() || topic.front().empty()) {
      for (std::size_t i = 0; i + 1 < filter.size(); ++i) put(i, i + shift);
      made.resize(std::min(kept, made.size()));
    } else {  // the filter's slash is the extra one
      for (std::size_t i = 1; i + 1 < filter.size(); ++i) put(i, i - 1);
      made.resize(std::min(filter.size() - 2, made.size()));
    }
    made.emplace_back("#");
    return joined(made);
  }
  const bool is_longer = filter.front().empty() && filter.size() > topic.size();
  const bool is_shorter = topic.front().empty() && topic.size() > filter.size();
  for (std::size_t i = 0; i < filter.size(); ++i) {
    if (is_longer && i == 0) continue;
    put(i, is_longer ? i - 1 : is_shorter ? i + 1 : i);
  }
  return joined(made);
}

class comparison {
 public:
  comparison(std::string_view filter, std::string_view topic) : filter_(filter), topic_(topic) {}

  topic_mismatch run() {
    if (has_wildcard(topic_)) return slipped(topic_slip::wildcard_in_topic);
    if (!is_topic_name(topic_)) return slipped(topic_slip::bad_topic);
    if (topic_.starts_with(share)) return slipped(topic_slip::share_in_topic);
    if (topic_mismatch made = with_prefix(); made.slip != topic_slip::none) return made;
    if (filter_.starts_with(share)) {
      const auto shared = parse_shared(filter_);
      const bool has_inner = std::count(filter_.begin(), filter_.end(), '/') > 1;
      if (!shared && (!has_inner || filter_.starts_with("$share//")))
        return slipped(topic_slip::bare_share);
      const std::size_t inner = filter_.find('/', 7);
      if (!shared && is_match(filter_.substr(inner + 1), topic_))
        return slipped(topic_slip::share_group,
                       std::string(share) + "GROUP/" + std::string(filter_.substr(inner + 1)));
      group_ = filter_.substr(0, inner + 1);
      filter_.remove_prefix(inner + 1);
      if (filter_.empty()) return slipped(topic_slip::bare_share);
    }
    if (const std::string bare = without_quotes(filter_);
        bare != filter_ && is_match(bare, without_quotes(topic_)))
      return slipped(topic_slip::quotes, bare);
    if (!is_topic_filter(filter_)) return in_list() ? made_ : misplaced();
    if (topic_matches(filter_, topic_)) return {};
    wanted_ = levels_of(filter_);
    found_ = levels_of(topic_);
    find_level();
    if (topic_.starts_with('$') && (wanted_[0] == "+" || wanted_[0] == "#")) {
      levels mended = wanted_;
      if (mended[0] == "#") {
        mended = {found_[0], "#"};
      } else {
        mended[0] = found_[0];
      }
      if (is_match(joined(mended), topic_)) return slipped(topic_slip::dollar, joined(mended));
    }
    levels starless = wanted_;
    std::replace(starless.begin(), starless.end(), std::string("*"), std::string("+"));
    if (starless != wanted_ && is_match(joined(starless), topic_))
      return slipped(topic_slip::asterisk, joined(starless));
    if (topic_mismatch made = alike(); made.slip != topic_slip::different) return made;
    if (is_long()) return other_levels();
    if (topic_mismatch made = pasted(); made.slip != topic_slip::different) return made;
    if (topic_mismatch made = written_otherwise(); made.slip != topic_slip::different) return made;
    return other_levels();
  }

 private:
  bool is_long() const { return filter_.size() + topic_.size() > most_letters; }

  topic_mismatch slipped(topic_slip slip, const std::string& filter = {}) {
    made_.slip = slip;
    if (!filter.empty()) made_.filter = std::string(group_) + filter;
    return made_;
  }

  /// A prefix that is no part of the topic, and was understood otherwise than it was meant.
  topic_mismatch with_prefix() {
    for (const std::string_view prefix : {"$queue/", "$exclusive/", "$shared/"}) {
      if (!filter_.starts_with(prefix) || !is_match(filter_.substr(prefix.size()), topic_))
        continue;
      made_.wanted = prefix.substr(0, prefix.size() - 1);
      const std::string rest(filter_.substr(prefix.size()));
      return slipped(topic_slip::foreign_prefix,
                     prefix == "$exclusive/" ? rest : std::string(share) + "GROUP/" + rest);
    }
    for (const std::string_view prefix : {"share/", "$share/", "shared/", "$shared/"}) {
      if (filter_.starts_with(share) || !lower(filter_).starts_with(prefix)) continue;
      const std::size_t group = filter_.find('/', prefix.size());
      if (group == filter_.npos || !is_match(filter_.substr(group + 1), topic_)) continue;
      made_.wanted = filter_.substr(0, prefix.size());
      return slipped(topic_slip::share_misspelt,
                     std::string(share) + std::string(filter_.substr(prefix.size())));
    }
    if (!filter_.starts_with(share)) return {};
    const std::string_view rest = filter_.substr(share.size());
    const std::size_t slash = rest.find('/');
    const bool is_known = slash != rest.npos && is_match(rest.substr(slash + 1), topic_);
    if (is_known || !is_match(rest, topic_) || slash == rest.npos) return {};
    made_.wanted = rest.substr(0, slash);
    return slipped(topic_slip::share_without_group,
                   std::string(share) + "GROUP/" + std::string(rest));
  }

  void find_level() {
    for (std::size_t i = 0; i < std::max(wanted_.size(), found_.size()); ++i) {
      const std::string wanted = i < wanted_.size() ? wanted_[i] : "";
      if (wanted == "#") return;
      const bool is_both = i < wanted_.size() && i < found_.size();
      if (is_both && (wanted == "+" || wanted == found_[i])) continue;
      made_.level = i + 1;
      made_.wanted = wanted;
      made_.found = i < found_.size() ? found_[i] : "";
      return;
    }
  }

  /// # or + in places where they may not stand, with the nearest filter that is valid.
  topic_mismatch misplaced() {
    levels parts = levels_of(filter_);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      std::string& part = parts[i];
      const bool is_last = i + 1 == parts.size();
      if (const std::size_t hash = part.find('#'); hash != part.npos && (part != "#" || !is_last)) {
        levels mended(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(i));
        if (part == "#") {
          // A # in the middle means a +, if that is enough for a match.
          levels as_plus = parts;
          as_plus[i] = "+";
          if (is_match(joined(as_plus), topic_))
            return slipped(topic_slip::misplaced_hash, joined(as_plus));
        } else if (hash > 0) {
          mended.push_back(part.substr(0, hash));
        }
        mended.emplace_back("#");
        return slipped(topic_slip::misplaced_hash,
                       is_match(joined(mended), topic_) ? joined(mended) : std::string());
      }
      if (part.find('+') != part.npos && part != "+") {
        levels mended = parts;
        mended[i] = "+";
        if (!is_match(joined(mended), topic_)) {
          mended[i] = part.substr(0, part.find('+'));
          mended.insert(mended.begin() + static_cast<std::ptrdiff_t>(i) + 1, "+");
        }
        return slipped(topic_slip::misplaced_plus,
                       is_match(joined(mended), topic_) ? joined(mended) : std::string());
      }
    }
    return slipped(topic_slip::bad_filter);
  }

  /// Whether one slash more lets the topic match, between levels that it shares with the filter: a
  /// wildcard would take any text as a level, as "home/#" that of "homeassistant".
  bool lacks_a_slash() const {
    for (std::size_t at = filter_.find('/'); at != filter_.npos; at = filter_.find('/', at + 1)) {
      const std::string_view front = filter_.substr(0, at);
      if (has_wildcard(front) || !topic_.starts_with(front)) return false;
      if (at == 0 || at >= topic_.size() || topic_[at] == '/') continue;
      if (has_wildcard(filter_.substr(at + 1, 1))) return false;
      if (is_match(filter_, std::string(front) + '/' + std::string(topic_.substr(at)))) return true;
    }
    return false;
  }

  topic_mismatch alike() {
    for (const auto& likeness : likenesses) {
      if (likeness.slip == topic_slip::missing_slash && has_wildcard(filter_)) {
        if (lacks_a_slash()) return slipped(likeness.slip, for_topic());
        continue;
      }
      if (is_match(likeness.apply(filter_), likeness.apply(topic_)))
        return slipped(likeness.slip, for_topic());
    }
    std::string filter(filter_), topic(topic_);
    for (auto rule = std::rbegin(likenesses); rule != std::rend(likenesses); ++rule) {
      // With others, these make too much alike: "door," is no "door".
      if (rule->slip == topic_slip::separators || rule->slip == topic_slip::percent ||
          rule->slip == topic_slip::missing_slash)
        continue;
      filter = rule->apply(filter);
      topic = rule->apply(topic);
    }
    if (is_match(filter, topic)) return slipped(topic_slip::several, for_topic());
    return slipped(topic_slip::different);
  }

  bool in_list() {
    if (is_long()) return false;
    for (const std::string& entry : listed_topics(filter_)) {
      if (!is_match(entry, topic_)) continue;
      slipped(topic_slip::list, entry);
      return true;
    }
    return false;
  }

  /// Lists, templates and patterns of something else.
  topic_mismatch written_otherwise() {
    if (in_list()) return made_;
    levels filled = wanted_, matched = wanted_;
    bool has_place = false, has_pattern = false;
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      const bool is_last = i + 1 == wanted_.size();
      if (is_placeholder(wanted_[i]) || is_absent_value(wanted_[i])) {
        filled[i] = "+";
        if (!has_place) made_.wanted = wanted_[i];
        has_place = true;
      } else if (wanted_[i] == "**" || (is_last && found_.size() > wanted_.size() &&
                                        is_foreign_pattern_for(wanted_[i], found_[i]))) {
        has_pattern = true;
        matched[i] = is_last ? "#" : "+";
      } else if (i < found_.size() && is_foreign_pattern_for(wanted_[i], found_[i])) {
        has_pattern = true;
        matched[i] = "+";
      }
    }
    if (has_pattern && is_match(joined(matched), topic_))
      return slipped(topic_slip::foreign_pattern, joined(matched));
    if (has_place && is_match(joined(filled), topic_))
      return slipped(topic_slip::placeholder, joined(filled));
    levels sent = found_;
    for (std::size_t i = 0; i < std::min(sent.size(), wanted_.size()); ++i) {
      if (!is_placeholder(sent[i]) && !is_absent_value(sent[i])) continue;
      made_.found = sent[i];
      sent[i] = wanted_[i] == "+" || wanted_[i] == "#" ? "x" : wanted_[i];
    }
    if (sent != found_ && is_match(filter_, joined(sent))) return slipped(topic_slip::unfilled);
    return slipped(topic_slip::different);
  }

  /// "topic=home/door", "-t home/door", "mqtt://host/home/door": what was pasted with it.
  topic_mismatch pasted() {
    const auto is_in_front = [](std::string_view longer, std::string_view shorter) {
      if (longer.size() <= shorter.size() || !longer.ends_with(shorter)) return false;
      const char last = longer[longer.size() - shorter.size() - 1];
      return last == ' ' || last == '=' || last == ':' ||
             (last == '/' && longer.find("://") < longer.size() - shorter.size());
    };
    if (is_in_front(filter_, topic_)) {
      made_.level = 0;
      made_.wanted = filter_.substr(0, filter_.size() - topic_.size());
      return slipped(topic_slip::filter_has_front, std::string(topic_));
    }
    if (is_in_front(topic_, filter_)) {
      made_.level = 0;
      made_.found = topic_.substr(0, topic_.size() - filter_.size());
      return slipped(topic_slip::topic_has_front, std::string(topic_));
    }
    return slipped(topic_slip::different);
  }

  /// Levels that one side has and the other leaves out; the same levels in disorder.
  topic_mismatch more_or_less() {
    made_.level = 0;
    levels ours = wanted_, theirs = found_;
    std::sort(ours.begin(), ours.end());
    std::sort(theirs.begin(), theirs.end());
    if (ours == theirs) return slipped(topic_slip::order, std::string(topic_));
    for (std::size_t i = 1; i < wanted_.size(); ++i) {
      const levels rest(wanted_.begin() + static_cast<std::ptrdiff_t>(i), wanted_.end());
      if (rest.front() == "+" || rest.front() == "#" || !is_match(joined(rest), topic_)) continue;
      made_.wanted =
          joined(levels(wanted_.begin(), wanted_.begin() + static_cast<std::ptrdiff_t>(i)));
      made_.wanted += '/';
      return slipped(topic_slip::filter_has_front, joined(rest));
    }
    if (wanted_.front() != "+" && wanted_.front() != "#") {
      for (std::size_t i = 1; i < found_.size(); ++i) {
        const auto at = found_.begin() + static_cast<std::ptrdiff_t>(i);
        if (!is_match(filter_, joined(levels(at, found_.end())))) continue;
        made_.found = joined(levels(found_.begin(), at)) + "/";
        return slipped(topic_slip::topic_has_front, made_.found + std::string(filter_));
      }
    }
    const bool is_longer = wanted_.size() > found_.size();
    const std::size_t more =
        is_longer ? wanted_.size() - found_.size() : found_.size() - wanted_.size();
    levels longer = is_longer ? wanted_ : found_;
    for (std::size_t i = 1; more > 0 && i + more < longer.size(); ++i) {
      const auto at = longer.begin() + static_cast<std::ptrdiff_t>(i);
      const levels extra(at, at + static_cast<std::ptrdiff_t>(more));
      levels less(longer.begin(), at);
      less.insert(less.end(), at + static_cast<std::ptrdiff_t>(more), longer.end());
      if (is_longer ? is_match(joined(less), topic_) : is_match(filter_, joined(less))) {
        (is_longer ? made_.wanted : made_.found) = joined(extra);
        levels mended = wanted_;
        if (!is_longer)
          mended.insert(mended.begin() + static_cast<std::ptrdiff_t>(i), extra.begin(),
                        extra.end());
        return slipped(is_longer ? topic_slip::filter_has_more : topic_slip::topic_has_more,
                       is_longer ? joined(less) : joined(mended));
      }
    }
    return slipped(topic_slip::different);
  }

  std::string for_topic() const {
    std::string made = filter_for(wanted_, found_);
    return is_match(made, topic_) ? made : std::string(topic_);
  }

  topic_mismatch other_levels() {
    const bool has_plus = std::find(wanted_.begin(), wanted_.end(), "+") != wanted_.end();
    if (wanted_.back() != "#") {
      levels below = wanted_;
      below.emplace_back("#");
      // "a/b/+" matches exactly one level below "a/b"; "a/b" matches no level below it.
      if (wanted_.back() == "+") {
        below.erase(below.end() - 2);
        if (is_match(joined(below), topic_) && wanted_.size() > 1) {
          const bool is_fewer = found_.size() < wanted_.size();
          return slipped(is_fewer ? topic_slip::plus_needs_one : topic_slip::plus_is_one,
                         joined(below));
        }
        if (wanted_.size() == 1) return slipped(topic_slip::plus_is_one, "#");
      } else if (is_match(joined(below), topic_)) {
        return slipped(topic_slip::no_wildcard, joined(below));
      }
    }
    if (has_plus && found_.size() > wanted_.size()) {
      // A + in the middle would have to stand for two levels.
      for (std::size_t i = 0; i < wanted_.size(); ++i) {
        levels more = wanted_;
        if (more[i] != "+") continue;
        more.insert(more.begin() + static_cast<std::ptrdiff_t>(i), found_.size() - wanted_.size(),
                    "+");
        if (is_match(joined(more), topic_)) return slipped(topic_slip::plus_is_one, joined(more));
      }
    }
    if (found_.size() < wanted_.size()) {
      const levels above(wanted_.begin(),
                         wanted_.begin() + static_cast<std::ptrdiff_t>(found_.size()));
      if (is_match(joined(above), topic_))
        return slipped(topic_slip::topic_is_parent, joined(above));
    }
    if (made_.level > 0 && made_.level <= std::min(wanted_.size(), found_.size())) {
      levels mended = wanted_;
      mended[made_.level - 1] = made_.found;
      if (is_match(joined(mended), topic_)) {
        const bool is_near = letters_between(made_.wanted, made_.found) <= most_slips &&
                             std::min(made_.wanted.size(), made_.found.size()) > most_slips;
        return slipped(is_near ? topic_slip::spelling : topic_slip::other_level, joined(mended));
      }
    }
    const topic_mismatch so_far = made_;
    if (is_long()) return slipped(topic_slip::different);
    if (topic_mismatch made = more_or_less(); made.slip != topic_slip::different) return made;
    made_ = so_far;
    return slipped(topic_slip::different);
  }

  std::string_view filter_;
  std::string_view topic_;
  std::string_view group_;  // "$share/group/", or ""
  levels wanted_;
  levels found_;
  topic_mismatch made_;
};

}  // namespace

bool is_broad_filter(std::string_view filter) noexcept {
  return filter == "#" || filter == "+/#" || filter == "$SYS/#";
}

topic_mismatch find_topic_mismatch(std::string_view filter, std::string_view topic) {
  return comparison(filter, topic).run();
}

}  // namespace mqttkit::doctor
