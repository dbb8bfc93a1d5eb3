#include "io/event_log.hpp"

#include <unistd.h>

#include "common/json_text.hpp"
#include "common/printable.hpp"

namespace mqttkit::tools {
namespace {

std::string_view truth(bool value) { return value ? "true" : "false"; }

}  // namespace

void event_log::begin(std::string_view event) {
  line_.clear();
  append_text(line_, "{\"event\":");
  append_json_string(line_, event);
  add_text("ts", time_.text_of(std::chrono::system_clock::now()));
}

void event_log::add(std::string_view name, std::string_view value) {
  append_text(line_, ",");
  append_json_string(line_, name);
  append_text(line_, ":");
  append_text(line_, value);
}

void event_log::add_text(std::string_view name, std::string_view value) {
  add(name, {});
  append_json_string(line_, value);
}

// One write for a line, so that lines do not mix. An error is dropped: there is nobody left to tell
// it to.
void event_log::write() {
  append_text(line_, "}\n");
  [[maybe_unused]] const auto count = ::write(STDERR_FILENO, line_.data(), line_.size());
}

void event_log::connected(const session& protocol, bool session_present) {
  const std::string_view version = to_string(protocol.options().version);
  if (form_ == event_form::words) {
    log_.say(
        "connected to " + printable(broker_) + " (MQTT " + std::string(version) +
        (protocol.client_id().empty() ? "" : ", as '" + printable(protocol.client_id()) + "'") +
        (session_present ? ", session present)" : ")"));
  } else if (is_json()) {
    begin("connected");
    add_text("broker", broker_);
    add_text("version", version);
    add_text("client_id", protocol.client_id());
    add("session_present", truth(session_present));
    write();
  }
}

void event_log::connected_to_gateway(std::string_view gateway, std::string_view client_id) {
  if (form_ == event_form::words) {
    log_.say("connected to the gateway " + printable(gateway) + " (MQTT-SN, as '" +
             printable(client_id) + "')");
  } else if (is_json()) {
    begin("connected");
    add_text("broker", gateway);
    add_text("version", "mqtt-sn");
    add_text("client_id", client_id);
    write();
  }
}

void event_log::subscribed(std::string_view filter, std::uint8_t qos) {
  if (form_ == event_form::words) {
    log_.say("subscribed to '" + printable(filter) + "', QoS " + std::to_string(qos));
  } else if (is_json()) {
    begin("subscribed");
    add_text("filter", filter);
    add("qos", std::to_string(qos));
    write();
  }
}

void event_log::lost(std::string_view why) {
  if (!is_json() || is_lost_) return;
  is_lost_ = true;
  begin("lost");
  add_text("why", why);
  write();
}

void event_log::reconnected(std::chrono::nanoseconds gap, std::optional<bool> session_present) {
  is_lost_ = false;
  if (!is_json()) return;
  begin("reconnected");
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(gap).count();
  add("gap_ms", std::to_string(millis));
  if (session_present) add("session_present", truth(*session_present));
  write();
}

void event_log::refused(std::string_view filter, std::uint8_t code) {
  if (!is_json()) return;
  begin("refused");
  add_text("filter", filter);
  add("code", std::to_string(code));
  write();
}

}  // namespace mqttkit::tools
