#include "mqtt-doctor/said/index.hpp"

#include <algorithm>
#include <string>

#include "common/text_parts.hpp"
#include "mqtt-doctor/said/labels.hpp"

namespace mqttkit::doctor {
namespace {

bool has_beyond_ascii(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_beyond_ascii);
}

}  // namespace

void phrase_index::add_phrases(std::size_t owner, std::string_view phrases) {
  tools::for_each_part(phrases, '|', [&](std::string_view phrase) { add_phrase(owner, phrase); });
}

void phrase_index::add_numbers(std::size_t owner, std::string_view numbers) {
  tools::for_each_part(numbers, ' ', [&](std::string_view number) {
    by_number_.emplace(number, entries_.size());
    entries_.push_back({owner, number, true});
  });
}

void phrase_index::add_phrase(std::size_t owner, std::string_view phrase) {
  const place here = entries_.size();
  entries_.push_back({owner, phrase, false});
  if (has_beyond_ascii(phrase)) {
    beyond_ascii_.push_back(here);
    return;
  }
  // A name with '_' is found in longer ones, too: X509_V_ERR_CERT_HAS_EXPIRED.
  const bool is_joined = phrase.find('_') != phrase.npos;
  const bool is_name = is_joined && phrase.find_first_of(" *") == phrase.npos;
  const underscore how = is_joined && !is_name ? underscore::joins : underscore::parts;
  const std::string_view first = first_word_in(phrase, how);
  // Behind another word, '-' is no sign.
  const bool may_differ = is_name && !first.empty() && !is_ascii_letter(first[0]);
  if (first.empty() || first[0] == '*' || may_differ) {
    with_any_.push_back(here);
  } else {
    by_first_word_.emplace(first, here);
  }
}

std::vector<const phrase_index::entry*> phrase_index::near(
    std::string_view folded_text, const std::vector<said_word>& words,
    const std::vector<said_word>& parts) const {
  std::vector<place> places = with_any_;
  if (has_beyond_ascii(folded_text))
    places.insert(places.end(), beyond_ascii_.begin(), beyond_ascii_.end());
  const auto add = [&places](const by_word& index, std::string_view word) {
    const auto [first, last] = index.equal_range(word);
    for (auto each = first; each != last; ++each) places.push_back(each->second);
  };
  for (const said_word& word : parts) add(by_first_word_, word.text);
  for (const said_word& word : words) {
    add(by_first_word_, word.text);
    add(by_number_, word.text);
    if (const std::string digit = small_hex(word.text); !digit.empty()) add(by_number_, digit);
  }
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  std::vector<const entry*> out;
  for (const place each : places) out.push_back(&entries_[each]);
  return out;
}

const phrase_index& index_of_rows() {
  static const phrase_index index = [] {
    phrase_index out;
    const auto rows = said_rows();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      out.add_phrases(i, rows[i].phrases);
      out.add_numbers(i, rows[i].numbers);
    }
    return out;
  }();
  return index;
}

const phrase_index& index_of_apps() {
  static const phrase_index index = [] {
    phrase_index out;
    const auto apps = said_apps();
    for (std::size_t i = 0; i < apps.size(); ++i) out.add_phrases(i, apps[i].words);
    return out;
  }();
  return index;
}

}  // namespace mqttkit::doctor
