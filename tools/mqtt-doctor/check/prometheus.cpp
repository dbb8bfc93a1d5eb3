#include "mqtt-doctor/check/prometheus.hpp"

#include <time.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <functional>
#include <optional>

namespace mqttkit::doctor {
namespace {

constexpr double ms_in_second = 1000;

/// The value of a label with backslash, quote and newline escaped, as the format demands.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

std::string labels_of(const check_label& of) {
  std::string out = "target=\"" + escaped(of.target) + "\",name=\"" + escaped(of.shown()) + "\"";
  for (const auto& [key, value] : of.tags) out += "," + key + "=\"" + escaped(value) + "\"";
  return out;
}

std::string number_text(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.12g", value);
  return text.data();
}

/// Seconds since 1970 of "2026-11-21T04:27:25Z", or of a time with a fraction.
std::optional<double> seconds_of(const std::string& time) {
  std::tm parts{};
  if (time.empty() || ::strptime(time.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr) return {};
  return static_cast<double>(::timegm(&parts));
}

std::optional<double> seconds_of(double ms) {
  if (ms < 0) return {};
  return ms / ms_in_second;
}

class metrics {
 public:
  explicit metrics(std::span<const checked> all) : all_(all) {}

  void begin(const std::string& name, const char* help) {
    name_ = "mqtt_doctor_" + name;
    head_ = "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " gauge\n";
  }
  void sample(const std::string& labels, double value) {
    out_ += head_;
    head_.clear();
    out_ += name_ + "{" + labels + "} " + number_text(value) + "\n";
  }
  /// Writes a sample for each target that has the value.
  void gauge(const std::string& name, const char* help,
             const std::function<std::optional<double>(const outcome&)>& value) {
    begin(name, help);
    for (const checked& row : all_) {
      if (const auto is = value(row.found)) sample(labels_of(row.label), *is);
    }
  }

  std::string text() {
    gauge("up", "Whether a client can connect and is served: 1, or 0 with a problem.",
          [](const outcome& found) { return found.state == check_state::problem ? 0.0 : 1.0; });
    begin("cause_info", "What is wrong, by its identifier in mqtt-doctor-causes(7).");
    for (const checked& row : all_) {
      if (row.found.cause.empty()) continue;
      sample(labels_of(row.label) + ",cause=\"" + escaped(row.found.cause) + "\",severity=\"" +
                 to_string(row.found.state) + "\"",
             1);
    }
    gauge("exit_code", "Exit status that mqtt-doctor has for this target alone.",
          [](const outcome& found) { return static_cast<double>(found.exit_code); });
    gauge("check_duration_seconds", "How long the whole look took.",
          [](const outcome& found) { return seconds_of(found.ms); });
    gauge("connect_duration_seconds", "From the first packet until the broker let the client in.",
          [](const outcome& found) { return seconds_of(found.connected_ms); });
    gauge("round_trip_seconds", "Round trip of TCP, as the kernel measured it.",
          [](const outcome& found) { return seconds_of(found.round_trip_ms); });
    gauge("delivery_duration_seconds", "From a message sent until it came back.",
          [](const outcome& found) { return seconds_of(found.delivery_ms); });
    begin("step_duration_seconds", "How long one step of the connection took.");
    for (const checked& row : all_) {
      for (const outcome::timed_step& step : row.found.steps) {
        if (step.state == step_state::untested) continue;
        sample(labels_of(row.label) + ",step=\"" + std::string(word_of(step.name)) + "\"",
               step.ms / ms_in_second);
      }
    }
    gauge("certificate_expiry_timestamp_seconds", "When the server's own certificate ends.",
          [](const outcome& found) { return seconds_of(found.certificate_ends); });
    gauge("checked_timestamp_seconds", "When this target was looked at.",
          [](const outcome& found) { return seconds_of(found.started); });
    return std::move(out_);
  }

 private:
  const std::span<const checked> all_;
  std::string name_;
  std::string head_;  // comment lines, dropped if no sample follows
  std::string out_;
};

}  // namespace

std::string prometheus_text(std::span<const checked> all) { return metrics(all).text(); }

}  // namespace mqttkit::doctor
