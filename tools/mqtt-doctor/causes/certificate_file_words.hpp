// Words and cures for a certfile that holds something other than a certificate.
#pragma once

#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {

/// "FILE holds no certificate that can be read.", or what is in it instead.
/// @param wrong  a problem of kind problem_kind::bad_certificate
sentence certificate_file_words(const configuration_problem& wrong);

/// Adds the cure, with its command where a single command is enough.
void mend_certificate_file(made_finding& to, const host_view& at,
                           const configuration_problem& wrong);

}  // namespace mqttkit::doctor
