// Writes events to stdout: lines for a person, or a JSON object each for a program.
#pragma once

#include <asio/awaitable.hpp>
#include <string>

#include "io/runner.hpp"
#include "mqtt-doctor/listen/event.hpp"
#include "mqtt-doctor/listen/output.hpp"

namespace mqttkit::doctor {

class event_printer {
 public:
  /// Interrupts the runner when stdout has no reader any more.
  event_printer(bool is_json, tools::runner& runner);

  void put(const event& what, const event_place& where);
  /// Hands the events on to the writing thread.
  void flush();
  /// Waits until all of them are written, or can never be.
  asio::awaitable<void> finish();
  bool has_failed() const { return output_.has_failed(); }

 private:
  bool is_json_;
  tools::runner& runner_;
  line_output output_;
  std::string unwritten_;
};

}  // namespace mqttkit::doctor
