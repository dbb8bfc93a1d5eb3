// A real NATS server for one test: a broker that speaks MQTT 3.1.1 and no other version, and a
// protocol of its own on a second port.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "support/process.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::testing {

class nats {
 public:
  /// Starts it and waits until both ports answer. Throws std::runtime_error with its log when it
  /// does not start.
  nats();
  nats(const nats&) = delete;
  nats& operator=(const nats&) = delete;

  /// Of MQTT. Both ports are on 127.0.0.1.
  std::uint16_t port() const noexcept { return port_; }
  /// Of its own protocol, in which the server greets first.
  std::uint16_t own_port() const noexcept { return own_port_; }

 private:
  bool try_start();

  temp_folder folder_;
  std::uint16_t port_ = 0;
  std::uint16_t own_port_ = 0;
  std::unique_ptr<process> process_;
};

}  // namespace mqttkit::testing
