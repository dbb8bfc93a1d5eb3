#include "mqtt-doctor/listen/remark_event.hpp"

namespace mqttkit::doctor {

event remark_event(event_kind kind, const remark& what) {
  event made(kind);
  const std::string sentence = text_of(what);
  made.keep("id", what.id).keep("weight", to_string(what.heavy));
  made.keep("client_id", what.client);
  if (!what.alike.empty()) made.keep("alike", what.alike);
  if (what.times > 1) made.keep("connections", static_cast<std::int64_t>(what.times));
  made.keep_sentence(sentence);
  const char* const line = what.heavy != weight::cause ? N_("note: {sentence}")
                           : what.times > 1 ? N_("!! {sentence} (on {count} connections)")
                                            : N_("!! {sentence}");
  made.say(words(line, {{"sentence", sentence}, {"count", std::to_string(what.times)}}));
  return made;
}

}  // namespace mqttkit::doctor
