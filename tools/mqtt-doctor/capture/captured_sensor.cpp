#include "mqtt-doctor/capture/captured_sensor.hpp"

#include <utility>

namespace mqttkit::doctor {

captured_client captured_sensor(const sensor_story& sensor, std::vector<stream_step_fact> steps,
                                const std::string& began, const std::string& ended,
                                const capture_facts& about, const std::string& file, moment end) {
  const sensor_ends& ends = sensor.ends();
  facts known = sensor.known(end);
  known.started = began;
  capture_facts& capture = known.capture.emplace(about);
  capture.connections = 1;
  stream_fact& stream = capture.streams.emplace_back();
  stream.client.address = ends.client_address;
  stream.client.port = ends.client_port;
  stream.client.packets = static_cast<std::int64_t>(sensor.count(side::client));
  stream.broker.address = ends.gateway_address;
  stream.broker.port = ends.gateway_port;
  stream.broker.packets = static_cast<std::int64_t>(sensor.count(side::broker));
  stream.began = began;
  stream.seconds = std::chrono::duration<double>(sensor.last() - sensor.first()).count();
  stream.client_id = sensor.gateway().client_id;
  stream.keep_alive_s = sensor.keep_alive_s();
  stream.is_late = sensor.is_late();
  stream.speaks = spoken_protocol::mqtt_sn;
  stream.steps = std::move(steps);
  const std::string& id = sensor.gateway().client_id;
  const std::string name = id.empty() ? ends.client : id + " (" + ends.client_address + ")";
  // A client whose CONNECT came before the capture began is described by the report's page.
  sentence summary = sensor.is_late() ? sentence() : sensor.summary().text;
  captured_client made{name, began, ended, std::move(summary),
                       vantage(file + ": " + name, std::move(known))};
  if (!sensor.is_judged(end)) {  // the capture begins or ends at the wrong moment
    diagnosis& open = made.from.made;
    open.causes.clear();
    open.warnings.clear();
    open.is_healthy = true;
    open.exit_code = 0;
  }
  return made;
}

}  // namespace mqttkit::doctor
