// Hosts that no name server can know: placeholders, characters that names do not have, and names
// that are known only inside a network of their own.
#pragma once

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// Whether what was typed tells by itself why the name has no address.
bool is_told_by_the_text(const view& known);

/// Whether a variable without a value or a word of an example stands in the place of the host.
bool is_placeholder(const view& known);

/// A public broker or localhost that is one slip away from the host, or its domain with another
/// ending corrected; "" where nothing is near.
std::string near_name(const std::string& host);

/// Whether the name belongs to nobody, and is kept for texts (RFC 2606).
bool is_name_for_examples(const std::string& host);

/// The ending of names that routers and private name servers give ("lan"); "" for others.
std::string private_ending(const std::string& host);

/// The name of a container, a pod, an add-on or a machine of a network of its own.
maybe_finding container_name(const view& known, exclusions& excluded);

}  // namespace mqttkit::doctor
