// What the addresses and the program in a text tell beyond its words.
#pragma once

#include <string>

#include "mqtt-doctor/said/place.hpp"
#include "mqtt-doctor/said/table.hpp"

namespace mqttkit::doctor {

/// The closer meaning, where the text names its own machine, a name in .local, a proxy's way to
/// the broker behind it or the like; else `means` itself.
meaning closer_meaning(meaning means, const std::string& plain, const named_broker& named);

}  // namespace mqttkit::doctor
