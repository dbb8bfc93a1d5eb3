// The builder of findings, by which a cause says what it found and what it excludes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/causes/diagnosis.hpp"

namespace mqttkit::doctor {

/// Whether a command has a word in capitals to be filled in: USER, PASSWORD, FILE.
bool has_blank(std::string_view command);

/// A finding, put together sentence by sentence.
class made_finding {
 public:
  made_finding(const char* id, certainty how_sure, strength how, sentence text);
  made_finding& seen(sentence evidence);
  made_finding& mend(sentence what, std::string command = {}, place where = place::server);
  /// Adds the second half of the cure before: "Then: restart".
  made_finding& then(sentence what, std::string command = {});
  /// Adds a command that shows where to mend, and changes nothing.
  made_finding& look(sentence what, std::string command, place where = place::server);
  /// Adds a command with words in capitals to be filled in.
  made_finding& fill_in(sentence what, std::string pattern, place where = place::server);
  /// Adds lines for a file, given by its path, or by its usual name where that is not known.
  made_finding& lines(sentence what, std::string text, std::string file,
                      place where = place::server);
  made_finding& then_lines(sentence what, std::string text, std::string file);
  made_finding& in_app(sentence what);
  made_finding& in_console(sentence what);
  made_finding& apart(sentence how, std::string command = {});
  made_finding& weigh(strength how);
  made_finding& warning();
  made_finding& note();
  /// What a user may see of it, where that is not what its id stands for; see symptoms_of().
  made_finding& shows(symptom_set seen);
  operator maybe_finding();  // NOLINT: the end of a chain

 private:
  made_finding& add(cure_kind kind, sentence what, std::string text, place where);

  finding made_;
};

using exclusions = std::vector<exclusion>;

/// Notes that the cause `id` was considered and does not fit, and why.
void exclude(exclusions& excluded, std::string_view id, sentence why);

}  // namespace mqttkit::doctor
