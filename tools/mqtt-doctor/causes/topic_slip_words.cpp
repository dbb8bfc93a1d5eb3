#include "mqtt-doctor/causes/topic_slip_words.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* differs = "delivery-topic-differs";
constexpr const char* misread = "delivery-wildcard-misread";
constexpr const char* forbidden = "mqtt-topic-violates-rules";
constexpr slip_words rows[] = {
    {topic_slip::wildcard_in_topic, forbidden,
     N_("A message cannot be sent to \"{topic}\": + and # are for subscribing only.")},
    {topic_slip::bad_topic, forbidden, N_("\"{topic}\" is no topic a message can be sent to.")},
    {topic_slip::share_in_topic, forbidden,
     N_("A message cannot be sent to \"{topic}\": $share/ is for subscribing only.")},
    {topic_slip::share_without_group, differs,
     N_("In \"{filter}\" the level behind $share is the name of the group: \"{wanted}\" was taken "
        "for it, and the filter that is left does not match \"{topic}\".")},
    {topic_slip::foreign_prefix, differs,
     N_("{wanted} in front of a filter is known to EMQX alone; every other broker takes it for a "
        "level, and \"{filter}\" does not match \"{topic}\".")},
    {topic_slip::bare_share, forbidden,
     N_("\"{filter}\" is no shared subscription: it is $share/GROUP/FILTER.")},
    {topic_slip::share_group, forbidden,
     N_("The name of the group, the level behind $share, may hold no wildcard, as it does in "
        "\"{filter}\".")},
    {topic_slip::share_misspelt, differs,
     N_("\"{wanted}\" makes no shared subscription: it is written $share/, with the $ and in small "
        "letters. As it stands \"{filter}\" does not match \"{topic}\".")},
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
    {topic_slip::control_characters, differs,
     N_("\"{filter}\" and \"{topic}\" differ in a character that nobody sees: a line end or a tab, "
        "which counts.")},
    {topic_slip::quotes, differs,
     N_("Around one of {filter} and {topic} stand quotes, and they count: to MQTT they are letters "
        "of the topic.")},
    {topic_slip::separators, differs,
     N_("\"{filter}\" and \"{topic}\" part their levels by different characters; for MQTT only / "
        "parts levels.")},
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
    {topic_slip::missing_slash, differs,
     N_("\"{filter}\" and \"{topic}\" have the same letters, and a / stands in one of them where "
        "the "
        "other has none: a prefix and a name were put together without it.")},
    {topic_slip::composition, differs,
     N_("\"{filter}\" and \"{topic}\" look the same and are not: in one a letter is one character "
        "(as U+00FC), in the other it is composed of a letter and a mark (as u and U+0308), the "
        "way "
        "macOS writes names.")},
    {topic_slip::lookalikes, differs,
     N_("\"{filter}\" and \"{topic}\" look the same and are not: one has full-width, Cyrillic or "
        "invisible characters.")},
    {topic_slip::percent, differs,
     N_("One of \"{filter}\" and \"{topic}\" has characters escaped as in a URL (%2F for /, %20 "
        "for "
        "a space): MQTT knows no such escapes, and takes them as they are written.")},
    {topic_slip::list, differs,
     N_("\"{filter}\" is a list of topics, and to the broker it is one filter that matches none of "
        "them.")},
    {topic_slip::placeholder, differs,
     N_("\"{wanted}\" in the filter stands for a value that nobody filled in: the topic has "
        "\"{topic}\", and to the broker \"{wanted}\" is a name like any other.")},
    {topic_slip::unfilled, differs,
     N_("The sender's topic has \"{found}\" where a value belongs: nothing was filled in when it "
        "was "
        "put together.")},
    {topic_slip::several, differs,
     N_("\"{filter}\" and \"{topic}\" differ in case, slashes or spaces, and all of these count.")},
    {topic_slip::asterisk, misread,
     N_("* is no wildcard in MQTT: + stands for one level, # for all that follow.")},
    {topic_slip::foreign_pattern, misread,
     N_("\"{filter}\" is written as a pattern of file names, of SQL or as a regular expression. "
        "MQTT "
        "knows two wildcards: + for one level, # for all that follow.")},
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
    {topic_slip::order, differs,
     N_("\"{filter}\" and \"{topic}\" have the same levels in another order.")},
    {topic_slip::filter_has_front, differs,
     N_("The filter has \"{wanted}\" in front of what the topic is.")},
    {topic_slip::topic_has_front, differs,
     N_("The topic has \"{found}\" in front, which the filter leaves out.")},
    {topic_slip::filter_has_more, differs,
     N_("In between the filter has \"{wanted}\", which the topic does not have.")},
    {topic_slip::topic_has_more, differs,
     N_("In between the topic has \"{found}\", which the filter leaves out.")},
    {topic_slip::different, differs, N_("\"{filter}\" does not match \"{topic}\".")},
};

}  // namespace

const slip_words* words_of(topic_slip slip) noexcept {
  for (const slip_words& each : rows)
    if (each.slip == slip) return &each;
  return nullptr;
}

}  // namespace mqttkit::doctor
