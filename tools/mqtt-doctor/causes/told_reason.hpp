// Reason codes by which a broker says why it refuses SUBSCRIBE or PUBLISH.
#pragma once

namespace mqttkit::doctor {

/// Whether the reason code of a SUBACK, PUBACK or DISCONNECT says something else than that this
/// user may not: then nobody needs to guess at rights.
bool says_other_than_rights(int code) noexcept;

}  // namespace mqttkit::doctor
