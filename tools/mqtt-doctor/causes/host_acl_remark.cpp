// What stands behind a topic in mosquitto's access list is part of it: there are no remarks behind
// a rule.
#include "mqtt-doctor/causes/host_acl_remark.hpp"

#include <string_view>

#include "common/text_parts.hpp"
#include "mqtt-doctor/causes/access_trace.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/meant_rule.hpp"
#include "mqttkit/base/shell_word.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::string_view blanks = " \t";

/// The text before its first blank; "" where it has none.
std::string front_of(const std::string& text) {
  const std::size_t blank = text.find_first_of(blanks);
  return blank == text.npos ? std::string() : text.substr(0, blank);
}

/// The blank-parted word of the rule's topic that takes in the topic, with the user name in its
/// place; "" where it is one word, or none does.
std::string meant_filter(const acl_rule_fact& rule, const std::string& user,
                         const std::string& topic) {
  if (front_of(rule.topic).empty()) return {};
  std::string found;
  bool is_remark = false, is_first = true;
  tools::for_each_part(tools::replaced(rule.topic, '\t', ' '), ' ', [&](std::string_view word) {
    // A "#" that begins a remark is no filter for everything, and a word of one level no second
    // topic.
    const bool is_single = word.find('/') == word.npos && word != topic;
    is_remark =
        is_remark || word.starts_with('#') || word.starts_with("//") || word.starts_with(';');
    const bool is_candidate = is_first || (!is_remark && !is_single);
    is_first = is_first && word.empty();
    if (!is_candidate) return;
    const std::string filter = rule.is_pattern && !user.empty()
                                   ? filled_in(std::string(word), "%u", user)
                                   : std::string(word);
    if (found.empty() && is_topic_filter(filter) && topic_matches(filter, topic)) found = word;
  });
  return found;
}

}  // namespace

std::optional<remark_in_list> find_acl_remark(const configuration_fact& from,
                                              const std::string& user, bool writing,
                                              const std::string& topic) {
  for (const acl_rule_fact& rule : from.acl) {
    if (rule.is_newer || !gives(rule, writing ? topic_right::write : topic_right::read) ||
        (!rule.is_pattern && rule.user != user))
      continue;
    const std::string meant = meant_filter(rule, user, topic);
    if (!meant.empty()) return remark_in_list{&rule, meant};
  }
  return std::nullopt;
}

void mend_acl_remark(made_finding& made, const host_view& at, const remark_in_list& found) {
  made.seen(words(N_("{place}: to mosquitto all behind the right is one topic, \"{text}\", with "
                     "its blanks: what was meant as a remark, or as a second topic, belongs to "
                     "it."),
                  {{"place", found.rule->file + ":" + std::to_string(found.rule->line)},
                   {"text", found.rule->topic}}));
  const acl_rule_fact& rule = *found.rule;
  const std::string front = front_of(rule.topic), line = std::to_string(rule.line);
  std::string script =
      line + "s/" + sed_pattern_of(rule.topic) + "[[:space:]]*$/" + sed_replacement_of(front) + "/";
  if (found.meant != front)
    script += ";" + line + "a " + (rule.is_pattern ? "pattern " : "topic ") + rule.access.word() +
              " " + found.meant;
  made.mend(words(N_("Take what stands behind the topic out of that line; a remark needs a line "
                     "of its own that begins with #, and a second topic a rule of its own. The old "
                     "file is kept beside it:")),
            edit_command(script, rule.file) + " && " + reload_command(at));
}

}  // namespace mqttkit::doctor
