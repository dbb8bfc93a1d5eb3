// The filter of the one side and the topic of the other.
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/topic_mismatch.hpp"

namespace mqttkit::doctor {
namespace {

struct slip_row {
  topic_slip slip;
  const char* id;
  const char* sentence;
};
constexpr const char* differs = "delivery-topic-differs";
constexpr const char* misread = "delivery-wildcard-misread";
constexpr const char* forbidden = "mqtt-topic-violates-rules";
constexpr slip_row rows[] = {
    {topic_slip::wildcard_in_topic, forbidden,
     N_("A message cannot be sent to \"{topic}\": + and # are for subscribing only.")},
    {topic_slip::bad_topic, forbidden, N_("\"{topic}\" is no topic a message can be sent to.")},
    {topic_slip::bare_share, forbidden,
     N_("\"{filter}\" is no shared subscription: it is $share/GROUP/FILTER.")},
    {topic_slip::misplaced_hash, forbidden,
     N_("In \"{filter}\" the # stands where it may not: only alone, as the last level.")},
    {topic_slip::misplaced_plus, forbidden,
     N_("In \"{filter}\" the + stands where it may not: only alone in its level.")},
    {topic_slip::dollar, "delivery-hash-excludes-dollar",
     N_("\"{filter}\" does not include \"{topic}\": a wildcard in the first level leaves out "
        "topics that begin with $.")},
    {topic_slip::letter_case, differs,
     N_("\"{filter}\" and \"{topic}\" differ in upper and lower case: to MQTT these are different "
        "topics.")},
    {topic_slip::spaces, differs,
     N_("\"{filter}\" and \"{topic}\" differ in a space, and a space counts.")},
    {topic_slip::leading_slash, differs,
     N_("\"{filter}\" and \"{topic}\" differ in the / in front, which makes an empty first "
        "level.")},
    {topic_slip::trailing_slash, differs,
     N_("\"{filter}\" and \"{topic}\" differ in the / at the end, which makes an empty last "
        "level.")},
    {topic_slip::double_slash, differs,
     N_("\"{filter}\" and \"{topic}\" differ in a double /, which makes an empty level.")},
    {topic_slip::lookalikes, differs,
     N_("\"{filter}\" and \"{topic}\" look the same and are not: one has full-width, Cyrillic or "
        "invisible characters.")},
    {topic_slip::several, differs,
     N_("\"{filter}\" and \"{topic}\" differ in case, slashes or spaces, and all of these count.")},
    {topic_slip::plus_is_one, misread,
     N_("\"{filter}\" does not match \"{topic}\": + stands for exactly one level.")},
    {topic_slip::plus_needs_one, misread,
     N_("\"{filter}\" does not match \"{topic}\": + needs a level to stand for.")},
    {topic_slip::no_wildcard, misread,
     N_("\"{filter}\" does not take in what lies below it, such as \"{topic}\".")},
    {topic_slip::topic_is_parent, misread,
     N_("\"{topic}\" lies above \"{filter}\", and a filter takes in nothing above it.")},
    {topic_slip::spelling, differs,
     N_("\"{wanted}\" in the filter and \"{found}\" in the topic are spelt differently.")},
    {topic_slip::other_level, differs,
     N_("The filter has \"{wanted}\" where the topic has \"{found}\".")},
    {topic_slip::different, differs, N_("\"{filter}\" does not match \"{topic}\".")},
};

verdict topics_differ(const view& seen, exclusions&) {
  const std::string& filter = seen.asked().topic;
  const std::string& topic = seen.asked().sent_to;
  if (filter.empty() || topic.empty()) return {};
  const topic_mismatch found = find_topic_mismatch(filter, topic);
  for (const slip_row& row : rows) {
    if (row.slip != found.slip) continue;
    const places names{
        {"filter", filter}, {"topic", topic}, {"wanted", found.wanted}, {"found", found.found}};
    made_finding made(row.id, layer::delivery, certainty::certain, 98, words(row.sentence, names));
    made.seen(words(N_("Subscribed to: \"{filter}\"; sent to: \"{topic}\"."), names));
    if (found.level > 0)
      made.seen(words(N_("They part at level {level}: \"{wanted}\" there, \"{found}\" here."),
                      {{"level", std::to_string(found.level)},
                       {"wanted", found.wanted},
                       {"found", found.found}}));
    if (found.filter.empty()) {
      made.in_app(words(N_("Use the same topic on both sides.")));
    } else {
      made.in_app(words(N_("Subscribe to \"{mended}\", or correct the topic of the other side."),
                        {{"mended", found.filter}}));
    }
    return made;
  }
  return {};
}

constexpr cause table[] = {
    {"delivery-topic-differs", layer::delivery, topics_differ},
};

}  // namespace

std::span<const cause> topic_causes() { return table; }

}  // namespace mqttkit::doctor
