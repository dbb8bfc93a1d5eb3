#include "mqtt-doctor/causes/made_finding.hpp"

#include <utility>

#include "mqtt-doctor/causes/registry.hpp"

namespace mqttkit::doctor {

made_finding::made_finding(const char* id, certainty how_sure, strength how, sentence text) {
  const cause_row& row = cause_of(id);
  made_.id = id;
  made_.where = row.where;
  made_.how_bad = row.how_bad;
  made_.how_sure = how_sure;
  made_.weight = weight_of(how);
  made_.cause = std::move(text);
}

made_finding& made_finding::seen(sentence evidence) {
  made_.evidence.push_back(std::move(evidence));
  return *this;
}

made_finding& made_finding::mend(sentence what, std::string command, place where) {
  const cure_kind kind = command.empty()      ? cure_kind::words
                         : has_blank(command) ? cure_kind::pattern
                                              : cure_kind::command;
  return add(kind, std::move(what), std::move(command), where);
}

made_finding& made_finding::then(sentence what, std::string command) {
  mend(std::move(what), std::move(command), made_.cures.back().where);
  made_.cures.back().follows = true;
  return *this;
}

made_finding& made_finding::look(sentence what, std::string command, place where) {
  const cure_kind kind = command.empty() ? cure_kind::words : cure_kind::look;
  return add(kind, std::move(what), std::move(command), where);
}

made_finding& made_finding::fill_in(sentence what, std::string pattern, place where) {
  const cure_kind kind = pattern.empty() ? cure_kind::words : cure_kind::pattern;
  return add(kind, std::move(what), std::move(pattern), where);
}

made_finding& made_finding::lines(sentence what, std::string text, std::string file, place where) {
  add(cure_kind::lines, std::move(what), std::move(text), where);
  made_.cures.back().file = std::move(file);
  return *this;
}

made_finding& made_finding::then_lines(sentence what, std::string text, std::string file) {
  lines(std::move(what), std::move(text), std::move(file));
  made_.cures.back().follows = true;
  return *this;
}

made_finding& made_finding::in_app(sentence what) { return mend(std::move(what), {}, place::app); }

made_finding& made_finding::in_console(sentence what) {
  return mend(std::move(what), {}, place::console);
}

made_finding& made_finding::apart(sentence how, std::string command) {
  made_.apart = std::move(how);
  made_.apart_command = std::move(command);
  return *this;
}

made_finding& made_finding::weigh(strength how) {
  made_.weight = weight_of(how);
  return *this;
}

made_finding& made_finding::warning() {
  made_.how_bad = severity::warning;
  return *this;
}

made_finding& made_finding::note() {
  made_.how_bad = severity::note;
  return *this;
}

made_finding& made_finding::shows(symptom_set seen) {
  made_.shows_as = seen;
  return *this;
}

made_finding::operator maybe_finding() { return std::move(made_); }

made_finding& made_finding::add(cure_kind kind, sentence what, std::string text, place where) {
  cure remedy{std::move(what), std::move(text), where};
  remedy.kind = kind;
  made_.cures.push_back(std::move(remedy));
  return *this;
}

void exclude(exclusions& excluded, std::string_view id, sentence why) {
  excluded.push_back({std::string(id), std::move(why)});
}

}  // namespace mqttkit::doctor
