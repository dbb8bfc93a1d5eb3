#include "support/nats.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>

#include "support/ports.hpp"

namespace mqttkit::testing {

nats::nats() {
  constexpr int tries = 10;  // each time only if somebody took one of the ports just then
  for (int i = 0; i < tries; ++i) {
    if (try_start()) return;
  }
  throw std::runtime_error("nats-server did not start:\n" + read_file(folder_.file("log")));
}

bool nats::try_start() {
  constexpr std::chrono::milliseconds poll_interval{20};
  constexpr std::chrono::seconds answer{2};
  port_ = free_port();
  own_port_ = free_port();
  const std::string configuration =
      "server_name: one\nhost: 127.0.0.1\nport: " + std::to_string(own_port_) +
      "\njetstream { store_dir: \"" + folder_.file("store") +
      "\" }\nmqtt { host: 127.0.0.1, port: " + std::to_string(port_) + " }\n";
  process_options options;
  options.command = {find_program("nats-server"), "-c", folder_.write("conf", configuration)};
  options.output = output_to::nothing;
  options.error = output_to::file;
  options.error_path = folder_.file("log");
  process_ = std::make_unique<process>(std::move(options));
  const auto end = std::chrono::steady_clock::now() + patience;
  while (process_->is_running() && std::chrono::steady_clock::now() < end) {
    if (port_answers(own_port_) && speaks_mqtt(port_, answer)) return process_->is_running();
    std::this_thread::sleep_for(poll_interval);
  }
  process_.reset();
  return false;
}

}  // namespace mqttkit::testing
