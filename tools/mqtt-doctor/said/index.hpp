// The table's phrases and numbers, by the words that a text must have to hold them.
#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mqtt-doctor/said/plain.hpp"
#include "mqtt-doctor/said/table.hpp"

namespace mqttkit::doctor {

class phrase_index {
 public:
  /// A phrase or a number of the table.
  struct entry {
    std::size_t owner;  ///< index of the row or of the app
    std::string_view text;
    bool is_number;
  };

  /// The phrases of a list parted by |, and numbers parted by blanks.
  void add_phrases(std::size_t owner, std::string_view phrases);
  void add_numbers(std::size_t owner, std::string_view numbers);

  /// The entries that a text may hold, in the order in which they were added; few that it does not.
  /// `words` and `parts` are its words with '_' joining and parting.
  std::vector<const entry*> near(std::string_view folded_text, const std::vector<said_word>& words,
                                 const std::vector<said_word>& parts) const;

 private:
  using place = std::size_t;  // in entries_
  using by_word = std::unordered_multimap<std::string_view, place>;

  void add_phrase(std::size_t owner, std::string_view phrase);

  std::vector<entry> entries_;
  by_word by_first_word_, by_number_;
  std::vector<place> beyond_ascii_;  // are found as they are written
  std::vector<place> with_any_;      // begin with any word
};

/// Those of said_rows(), and the names of said_apps(); taken apart at the first call.
const phrase_index& index_of_rows();
const phrase_index& index_of_apps();

}  // namespace mqttkit::doctor
