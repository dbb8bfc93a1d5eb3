// What the files of brokers other than mosquitto say of one user: whether they name it, and what it
// may do with one topic.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mqtt-doctor/probes/host/brokers.hpp"

namespace mqttkit::doctor {

/// Notes what the files of RabbitMQ (definitions.json), HiveMQ (credentials.xml of its extension
/// for files), Artemis and ActiveMQ (users, roles and the rules in XML) say of the asked user.
/// Without a user, or such files, nothing is noted.
void check_file_rights(const machine_files& files, const configuration_request& request,
                       configuration_fact& into);

/// Whether a text fits an expression, of which anchors, letters, "\.", "." and ".*" are known and
/// any other sign is not: nothing then. Takes time in proportion to both lengths.
std::optional<bool> fits_expression(std::string_view expression, std::string_view text);

/// The authenticators (authentication.N.backend, .mechanism, .url, .server, .enable) and the
/// sources of rights (authorization.sources.N.type, ...) of EMQX's HOCON, by the names that
/// variables have for them; and where each stands.
struct emqx_checks {
  std::map<std::string, std::string> settings;
  std::map<std::string, int> lines;
};
emqx_checks read_emqx_checks(const std::string& hocon);

}  // namespace mqttkit::doctor
