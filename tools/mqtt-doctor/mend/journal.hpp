// The journal of mend: what was changed, with copies of the files, so that it can be undone later.
//
// Only its owner may enter the folder. Each mend has a folder in it, named by the time, with
// entry.json and the copies, which only the owner may read. The entry is on the disk before
// the first change, and is marked done after the last one: an entry found "begun" was
// interrupted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/mend/file_state.hpp"

namespace mqttkit::doctor {

enum class entry_state : std::uint8_t {
  begun,   ///< interrupted before its end
  done,    ///< complete, and can be undone
  undone,  ///< undone, or never carried out
};
std::string_view to_string(entry_state state) noexcept;

/// A step that ran a program, and so changed more than files.
struct done_step {
  std::vector<std::string> words;
  std::vector<std::string> back;  ///< the program that undoes it; empty: none
  bool is_again = false;          ///< to be run again once the files are restored
  bool is_restart = false;        ///< of a broker without a service: end it first
  int pid = 0;                    ///< the process that got a signal
  int signal = 0;

  bool operator==(const done_step&) const = default;
};

struct journal_entry {
  std::string name;  ///< of its folder: "20261231T235959Z-1"
  entry_state state = entry_state::begun;
  std::string cause;      ///< id of the cause: "tcp-refused-loopback-listener"
  bool was_down = false;  ///< the broker did not run before, and may not start with the old files
  std::map<std::string, file_state> before;
  std::map<std::string, file_state> after;  ///< the files after the mend
  std::vector<done_step> steps;
};

/// The journal's folder when none is named: /var/lib/mqtt-doctor for root, or below the user's
/// state folder (XDG_STATE_HOME).
std::string usual_journal();

class journal {
 public:
  /// @param folder  is made when it is missing
  explicit journal(std::string folder) : folder_(std::move(folder)) {}
  ~journal();
  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;

  /// Makes the folder, and locks other mends out while this object lives. Returns "" or the reason,
  /// in English.
  std::string open();
  /// Reads the last entry that can be undone; false when there is none. `wrong` tells what could
  /// not be read.
  bool last(journal_entry& out, std::string& wrong) const;
  /// Writes an entry and its copies, and names an entry that has no name.
  std::string keep(journal_entry& entry) const;

  const std::string& folder() const noexcept { return folder_; }

 private:
  std::string folder_;
  int lock_ = -1;
};

}  // namespace mqttkit::doctor
