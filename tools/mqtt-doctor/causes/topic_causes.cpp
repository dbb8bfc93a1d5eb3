// The filter of the one side and the topic of the other.
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/causes/topic_slip_words.hpp"

namespace mqttkit::doctor {
namespace {

maybe_finding topics_differ(const view& known, exclusions&) {
  const std::string& filter = known.asked().topic;
  const std::string& topic = known.asked().sent_to;
  if (filter.empty() || topic.empty()) return {};
  const topic_mismatch found = find_topic_mismatch(filter, topic);
  const slip_words* const row = words_of(found.slip);
  if (row == nullptr) return {};
  const places names{
      {"filter", filter}, {"topic", topic}, {"wanted", found.wanted}, {"found", found.found}};
  made_finding made(row->id, certainty::certain, strength::proven, words(row->sentence, names));
  made.seen(words(N_("Subscribed to: \"{filter}\"; sent to: \"{topic}\"."), names));
  if (found.level > 0)
    made.seen(words(N_("They part at level {level}: \"{wanted}\" there, \"{found}\" here."),
                    {{"level", std::to_string(found.level)},
                     {"wanted", found.wanted},
                     {"found", found.found}}));
  if (found.filter.empty()) {
    made.in_app(words(N_("Use the same topic on both sides.")));
  } else {
    made.in_app(words(mended_filter_words, {{"mended", found.filter}}));
  }
  return made;
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"delivery-topic-differs", N_("topic and filter differ"), layer::delivery, exit_code::failed,
     station::broker, severity::problem, topics_differ},
    {"delivery-hash-excludes-dollar", N_("a wildcard does not take in topics that begin with $"),
     layer::delivery, exit_code::failed, station::broker, severity::problem},
    {"delivery-wildcard-misread", N_("a wildcard means something else than was thought"),
     layer::delivery, exit_code::failed, station::broker, severity::problem},
};

}  // namespace

cause_table topic_causes() { return {rows, {}}; }

}  // namespace mqttkit::doctor
