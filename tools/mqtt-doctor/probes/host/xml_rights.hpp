// Users and rights in the files of HiveMQ, Artemis and ActiveMQ; see file_rights.hpp.
#pragma once

#include <optional>

#include "mqtt-doctor/probes/host/brokers.hpp"

namespace mqttkit::doctor {

/// none where one of both is not known.
acl_access access_of(std::optional<bool> reads, std::optional<bool> writes);

void look_in_credentials(const machine_files& files, const configuration_request& request,
                         configuration_fact& into);
void look_in_roles(const machine_files& files, const configuration_request& request,
                   configuration_fact& into);
void look_in_groups(const machine_files& files, const configuration_request& request,
                    configuration_fact& into);

}  // namespace mqttkit::doctor
