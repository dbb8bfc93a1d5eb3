#pragma once

#include <chrono>

#include "mqttkit/client/options.hpp"
#include "mqttkit/net/observer.hpp"

namespace mqttkit {

/// Whether trying again may help: networks mend themselves; credentials, identifiers, certificates
/// and packets the broker rejects do not.
/// @param established  whether this client was connected before: a name that resolved once is
///                     looked up again, one that never did is misspelt.
bool may_retry(const failure& why, bool established) noexcept;

/// The wait before attempt number `attempt` (from 0), with full jitter; `random` in [0, 1).
std::chrono::milliseconds backoff_delay(const backoff_options& options, unsigned attempt,
                                        double random) noexcept;

}  // namespace mqttkit
