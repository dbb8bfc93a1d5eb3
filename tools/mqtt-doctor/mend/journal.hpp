// What mend did, with copies of the files, so that it can be taken back: today, or after a crash.
//
// A folder that its owner alone may enter. Each mend has one in it, named by its time: entry.json
// says what was done, and copies lie beside it, readable by the owner alone. An entry is on the
// disk before the first change is made, and marked as done when the last one is: what is found
// "begun" was interrupted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/mend/file_state.hpp"

namespace mqttkit::doctor {

enum class entry_state : std::uint8_t {
  begun,   ///< and not ended: interrupted
  done,    ///< can be taken back
  undone,  ///< was taken back, or never came about
};
std::string_view to_string(entry_state state) noexcept;

/// A step that was carried out and changed more than files.
struct done_step {
  std::vector<std::string> words;
  std::vector<std::string> back;  ///< the program that takes it back; empty: none
  bool is_again = false;          ///< to be done once more when the files are back
  bool is_restart = false;        ///< of a broker that no service starts: ended first
  int pid = 0;                    ///< whom a signal went to
  int signal = 0;

  bool operator==(const done_step&) const = default;
};

struct journal_entry {
  std::string name;  ///< of its folder: "20261231T235959Z-1"
  entry_state state = entry_state::begun;
  std::string cause;      ///< "tcp-refused-loopback-listener"
  bool was_down = false;  ///< the broker did not run: with these files it may not start
  std::map<std::string, file_state> before;
  std::map<std::string, file_state> after;  ///< once it is done
  std::vector<done_step> steps;
};

/// Where the journal is when nobody says: /var/lib/mqtt-doctor for root, else below the user's own
/// state folder (XDG_STATE_HOME).
std::string usual_journal();

class journal {
 public:
  /// @param folder  made when it is not there
  explicit journal(std::string folder) : folder_(std::move(folder)) {}
  ~journal();
  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;

  /// Makes the folder and keeps every other mend out until this object ends. Returns "" or what is
  /// wrong, in English.
  std::string open();
  /// The last entry that can be taken back; false when there is none. `wrong` says what could not
  /// be read.
  bool last(journal_entry& out, std::string& wrong) const;
  /// Writes an entry with its copies; gives it its name when it has none.
  std::string keep(journal_entry& entry) const;

  const std::string& folder() const noexcept { return folder_; }

 private:
  std::string folder_;
  int lock_ = -1;
};

}  // namespace mqttkit::doctor
