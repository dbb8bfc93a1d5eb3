#include "mqtt-doctor/facts/topic_generations.hpp"

#include <algorithm>

#include "mqtt-doctor/facts/topic_levels.hpp"
#include "mqtt-doctor/words/words.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* shelly =
    N_("Shelly devices of the first generation publish below shellies/, those of the second and "
       "later ones (Plus, Pro) below their own name: NAME/events/rpc, NAME/status/…");
constexpr const char* chirpstack =
    N_("ChirpStack publishes what a device sends to application/ID/device/EUI/event/up; older "
       "versions had application/ID/device/EUI/rx.");
constexpr const char* things =
    N_("The Things Stack (version 3) publishes to v3/APPLICATION@TENANT/devices/DEVICE/up; version "
       "2 had APPLICATION/devices/DEVICE/up.");
constexpr const char* meshtastic =
    N_("Meshtastic publishes encrypted packets to msh/REGION/2/e/CHANNEL/NODE and JSON to "
       "msh/REGION/2/json/…; older versions had 2/c/ in the place of 2/e/, and no region.");
constexpr const char* homie =
    N_("Homie 5 puts its version behind the prefix: homie/5/DEVICE/…; versions 3 and 4 have "
       "homie/DEVICE/…");
constexpr const char* zigbee =
    N_("Zigbee2MQTT tells of itself on bridge/info; older versions had bridge/config.");

using levels = std::vector<std::string>;

std::string with(levels all, std::size_t at, std::string_view level) {
  all[at] = level;
  return joined(all);
}

std::string rest_of(const levels& all, std::size_t from) {
  return joined(levels(all.begin() + static_cast<std::ptrdiff_t>(from), all.end()));
}

}  // namespace

std::vector<topic_generation> other_generations(std::string_view filter) {
  std::vector<topic_generation> out;
  const levels all = levels_of(filter);
  const std::size_t size = all.size();
  const std::string& first = all.front();
  const auto add = [&](std::string made, std::string_view front, const char* why) {
    if (is_topic_filter(made)) out.push_back({std::move(made), std::string(front), why});
  };
  if (first == "shellies" && size > 1) {
    add("+/events/rpc", "shelly", shelly);
    add("+/status/#", "shelly", shelly);
  } else if (first.starts_with("shelly") && size > 1) {
    add("shellies/#", "shellies/", shelly);
  }
  if (first == "application" && size >= 5 && all[2] == "device") {
    const std::string device = joined(levels(all.begin(), all.begin() + 4));
    add(device + (all[4] == "event" ? "/rx" : "/event/+"), "application/", chirpstack);
  }
  if (size == 4 && all[1] == "devices" && first != "v3")
    add("v3/+/devices/" + all[2] + '/' + all[3], "v3/", things);
  if (first == "msh") {
    for (std::size_t i = 1; i + 1 < size; ++i) {
      if (all[i] != "2") continue;
      if (all[i + 1] == "c") add(with(all, i + 1, "e"), "msh/", meshtastic);
      if (all[i + 1] == "e") add(with(all, i + 1, "c"), "msh/", meshtastic);
      if (i == 1) add("msh/+/" + rest_of(all, 1), "msh/", meshtastic);
    }
  }
  if (first == "homie" && size > 1 && all[1] != "5" && all[1] != "#")
    add("homie/5/" + rest_of(all, 1), "homie/5/", homie);
  if (size == 3 && all[1] == "bridge" && all[2] == "config")
    add(with(all, 2, "info"), first, zigbee);
  return out;
}

const char* why_other_generation(std::string_view filter, std::string_view topic) {
  for (const topic_generation& each : other_generations(filter))
    if (topic.starts_with(each.front) && topic_matches(each.filter, topic)) return each.why;
  return nullptr;
}

}  // namespace mqttkit::doctor
