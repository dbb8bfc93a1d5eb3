// What the compose file of a container says, and the commands that carry out a change of it.
#pragma once

#include <string>

#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {

/// Makes the container anew as its compose file says: "cd /srv/stack && sudo docker compose up -d
/// mosquitto". The container must have a compose file.
std::string compose_up(const container_fact& container);
/// The line that publishes that port of the machine; null when none does, or no file is known.
const compose_port_fact* compose_line_for(const container_fact& container, int published);
/// The line that publishes that port of the container; null when none does.
const compose_port_fact* compose_line_inside(const container_fact& container, int inside);
/// The line that mounts something at that path of the container; null when none does.
const compose_volume_fact* compose_mount(const container_fact& container,
                                         const std::string& inside);
/// Whether a text may stand in a sed script as it is.
bool is_plain_text(std::string_view text);
/// "/srv/stack/compose.yaml:8"
std::string place_in(const std::string& file, int line);
/// The lines that publish a port, to be put into the service.
std::string ports_lines(const compose_fact& compose, const std::string& port);
/// Adds the cure for a container whose port is not published: in its compose file.
made_finding& publish_in_compose(made_finding& made, const container_fact& container,
                                 const std::string& port);

}  // namespace mqttkit::doctor
