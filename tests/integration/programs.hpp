// Short words for what most of these tests do: run mqtt-pub and mqtt-sub against a broker.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/mosquitto.hpp"
#include "support/needs.hpp"
#include "support/process.hpp"

namespace mqttkit::testing {

using namespace std::chrono_literals;
using words = std::vector<std::string>;

#define NEEDS_MOSQUITTO() NEEDS_PROGRAM("mosquitto")

inline words operator+(words left, const words& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

/// -h and -p for a port of this machine.
inline words at(std::uint16_t port) { return {"-h", "127.0.0.1", "-p", std::to_string(port)}; }
inline words at(const mosquitto& broker) { return at(broker.port()); }

inline words pub(const words& arguments) { return words{program("mqtt-pub")} + arguments; }
inline words sub(const words& arguments) { return words{program("mqtt-sub")} + arguments; }

inline finished run_pub(const words& arguments) { return run(pub(arguments)); }
inline finished run_sub(const words& arguments) { return run(sub(arguments)); }

/// Has `text` published and acknowledged.
inline void publish(const mosquitto& broker, const std::string& topic, const std::string& text,
                    const words& more = {}) {
  const finished published = run_pub(at(broker) + words{"-t", topic, "-m", text, "-q", "1"} + more);
  REQUIRE_MESSAGE(published.code == 0, published.err);
}

/// For mqtt-sub: the topics of `filter` at QoS 1.
inline words topic(const mosquitto& broker, const std::string& filter, const words& more = {}) {
  return at(broker) + words{"-t", filter, "-q", "1"} + more;
}

/// mqtt-pub with `text` on its standard input.
inline finished run_pub_with_input(const words& arguments, std::string text) {
  process_options options;
  options.command = pub(arguments);
  options.input = input_from::text;
  options.text = std::move(text);
  return run(std::move(options));
}

inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto found = text.find(part); found != std::string_view::npos;
       found = text.find(part, found + part.size())) {
    ++count;
  }
  return count;
}

inline std::size_t line_count(std::string_view text) { return count_of(text, "\n"); }

/// "1\n2\n...COUNT\n"
inline std::string numbered_lines(std::size_t count) {
  std::string text;
  text.reserve(count * 7);
  for (std::size_t i = 1; i <= count; ++i) text += std::to_string(i) + "\n";
  return text;
}

/// A running mqtt-sub whose subscriptions stand.
class subscription_of {
 public:
  subscription_of(const mosquitto& broker, const words& arguments, process_options options = {})
      : process_(prepared(std::move(options), arguments),
                 count_of(broker.log(), "Sending SUBACK")) {
    REQUIRE_MESSAGE(broker.has_subscribed(process_.before + 1), process_.running.err());
  }

  process& running() { return process_.running; }

  /// Waits for its end and returns what it printed; checks that a shell would show `status`.
  std::string output(int status = 0) {
    const auto ended = process_.running.wait();
    REQUIRE_MESSAGE(ended.has_value(), "mqtt-sub does not end: " << process_.running.err());
    CHECK_MESSAGE(ended->status() == status, process_.running.err());
    return process_.running.out();
  }

 private:
  // The log is counted before the program starts.
  struct started {
    started(process_options options, std::size_t subacks)
        : before(subacks), running(std::move(options)) {}
    std::size_t before;
    process running;
  };

  static process_options prepared(process_options options, const words& arguments) {
    options.command = sub(arguments);
    return options;
  }

  started process_;
};

}  // namespace mqttkit::testing
