// What a monitor concludes from a conversation, as texts.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "traffic_scene.hpp"

namespace mqttkit::doctor::test {

struct told {
  std::string first;  ///< the cause that fits best
  std::string all;
  std::string excluded;
  bool is_answered = false;
};

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

inline told tell(symptom seen, const std::function<void(overheard&)>& act) {
  overheard here;
  here.monitor = traffic_monitor(seen);
  act(here);
  here.monitor.finish(here.now);
  told made;
  const remark* best = nullptr;
  for (const remark& each : here.monitor.causes()) {
    made.all += each.id + ": " + text_of(each) + '\n';
    if (best == nullptr || each.how > best->how) best = &each;
  }
  if (best != nullptr) made.first = best->id + ": " + text_of(*best);
  for (const ruled_out& each : here.monitor.excluded()) {
    made.excluded += in_english(each.why) + '\n';
    made.is_answered = made.is_answered || each.is_answer || each.is_sent;
  }
  return made;
}

}  // namespace mqttkit::doctor::test
