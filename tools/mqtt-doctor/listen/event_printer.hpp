// Where events go: lines on stdout for a person, or an object each for a program.
#pragma once

#include <asio/awaitable.hpp>
#include <string>

#include "io/runner.hpp"
#include "mqtt-doctor/listen/event.hpp"
#include "mqtt-doctor/listen/output.hpp"

namespace mqttkit::doctor {

class event_printer {
 public:
  /// Interrupts the runner when nobody reads stdout any more.
  event_printer(bool is_json, tools::runner& runner);

  void put(const event& what, const event_place& where);
  /// Hands on what was put.
  void flush();
  /// Waits until all of it is written, or never will be.
  asio::awaitable<void> finish();
  bool has_failed() const { return output_.has_failed(); }

 private:
  bool is_json_;
  tools::runner& runner_;
  line_output output_;
  std::string unwritten_;
};

}  // namespace mqttkit::doctor
