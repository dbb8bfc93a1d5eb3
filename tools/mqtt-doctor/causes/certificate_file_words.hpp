// A certfile that holds something else: what it holds, and what mends it.
#pragma once

#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {

/// "FILE holds no certificate that can be read.", or what is in it instead.
/// @param wrong  of problem_kind::bad_certificate
sentence certificate_file_words(const configuration_problem& wrong);

/// Adds the cure, and the command where one is enough.
void mend_certificate_file(made_finding& to, const host_view& at,
                           const configuration_problem& wrong);

}  // namespace mqttkit::doctor
