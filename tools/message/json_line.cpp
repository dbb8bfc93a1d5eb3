#include "message/json_line.hpp"

#include "common/json_reader.hpp"
#include "common/json_text.hpp"
#include "mqttkit/base/utf8.hpp"
#include "mqttkit/codec/property.hpp"

namespace mqttkit::tools {
namespace {

bool is_json(std::string_view text) {
  json_reader in(text);
  return in.skip() && in.end();
}

// Writes "name": in front of each member but the first with a comma.
class members {
 public:
  explicit members(byte_buffer& out) : out_(out) {}
  void name(std::string_view quoted_name) {
    if (!is_first_) append_text(out_, ",");
    is_first_ = false;
    append_text(out_, quoted_name);
    append_text(out_, ":");
  }

 private:
  byte_buffer& out_;
  bool is_first_ = true;
};

void append_user_properties(byte_buffer& out, properties_view with) {
  bool is_first = true;
  for (const property& each : with) {
    if (each.id != property_id::user_property) continue;
    append_text(out, is_first ? "[" : ",[");
    is_first = false;
    append_json_string(out, each.text);
    append_text(out, ",");
    append_json_string(out, each.value);
    append_text(out, "]");
  }
}

void append_subscription_ids(byte_buffer& out, properties_view with) {
  bool is_first = true;
  for (const property& each : with) {
    if (each.id != property_id::subscription_identifier) continue;
    if (!is_first) append_text(out, ",");
    is_first = false;
    append_decimal(out, each.number);
  }
}

void append_properties(byte_buffer& out, properties_view with) {
  members list(out);
  if (const auto number = with.number(property_id::payload_format_indicator)) {
    list.name("\"payload_format\"");
    append_decimal(out, *number);
  }
  if (const auto seconds = with.number(property_id::message_expiry_interval)) {
    list.name("\"message_expiry\"");
    append_decimal(out, *seconds);
  }
  if (const auto type = with.text(property_id::content_type)) {
    list.name("\"content_type\"");
    append_json_string(out, *type);
  }
  if (const auto topic = with.text(property_id::response_topic)) {
    list.name("\"response_topic\"");
    append_json_string(out, *topic);
  }
  if (const auto data = with.text(property_id::correlation_data)) {
    list.name("\"correlation_b64\"");
    append_text(out, "\"");
    append_base64(out, *data);
    append_text(out, "\"");
  }
  if (with.find(property_id::subscription_identifier)) {
    list.name("\"subscription_ids\"");
    append_text(out, "[");
    append_subscription_ids(out, with);
    append_text(out, "]");
  }
  if (with.find(property_id::user_property)) {
    list.name("\"user_properties\"");
    append_text(out, "[");
    append_user_properties(out, with);
    append_text(out, "]");
  }
}

}  // namespace

void json_line::append_payload(printout& out, std::string_view payload) const {
  byte_buffer& bytes = out.bytes();
  if (!is_utf8(payload)) {
    append_text(bytes, ",\"payload_b64\":\"");
    out.append(payload, printout::spelling::base64);
    append_text(bytes, "\"");
    return;
  }
  append_text(bytes, ",\"payload\":");
  if (payload.size() < printout::large_bytes) {
    append_json_string(bytes, payload);
  } else {
    append_text(bytes, "\"");
    out.append(payload, printout::spelling::json_text);
    append_text(bytes, "\"");
  }
  if (parse_ && is_json(payload)) {
    append_text(bytes, ",\"payload_json\":");
    // Line ends in the JSON become blanks, so that the message stays on one line.
    out.append(payload, printout::spelling::one_line);
  }
}

void json_line::append_sparkplug(byte_buffer& out, const publish_packet& message) {
  const std::size_t start = out.size();
  append_text(out, ",\"sparkplug\":");
  if (!sparkplug_->append(out, message.topic, as_text(message.payload))) out.truncate(start);
}

void json_line::append(printout& to, const publish_packet& message,
                       std::chrono::system_clock::time_point arrived) {
  byte_buffer& out = to.bytes();
  append_text(out, "{\"ts\":\"");
  append_text(out, time_.text_of(arrived));
  append_text(out, "\",\"topic\":");
  append_json_string(out, message.topic);
  append_payload(to, as_text(message.payload));
  if (sparkplug_) append_sparkplug(out, message);
  append_text(out, ",\"size\":");
  append_decimal(out, message.payload.size());
  append_text(out, ",\"qos\":");
  append_decimal(out, static_cast<unsigned>(message.qos));
  append_text(out, message.retain ? ",\"retain\":true" : ",\"retain\":false");
  append_text(out, message.dup ? ",\"dup\":true,\"mid\":" : ",\"dup\":false,\"mid\":");
  append_decimal(out, message.packet_id);
  append_text(out, ",\"props\":{");
  if (!message.properties.empty()) append_properties(out, message.properties);
  append_text(out, "}}\n");
}

std::string_view json_line::schema() noexcept {
  return R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "A line of mqtt-sub --json",
  "type": "object",
  "required": ["ts", "topic", "size", "qos", "retain", "dup", "mid", "props"],
  "oneOf": [{"required": ["payload"]}, {"required": ["payload_b64"]}],
  "additionalProperties": false,
  "properties": {
    "ts": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$"},
    "topic": {"type": "string"},
    "payload": {"type": "string"},
    "payload_b64": {"type": "string", "pattern": "^[A-Za-z0-9+/]*={0,2}$"},
    "payload_json": {},
    "sparkplug": {
      "type": "object",
      "required": ["metrics"],
      "additionalProperties": false,
      "properties": {
        "timestamp": {"type": "integer", "minimum": 0},
        "seq": {"type": "integer", "minimum": 0},
        "uuid": {"type": "string"},
        "metrics": {
          "type": "array",
          "items": {
            "type": "object",
            "additionalProperties": false,
            "properties": {
              "name": {"type": "string"},
              "alias": {"type": "integer", "minimum": 0},
              "timestamp": {"type": "integer", "minimum": 0},
              "datatype": {"type": "string"},
              "is_historical": {"type": "boolean"},
              "is_transient": {"type": "boolean"},
              "metadata": {"type": "object"},
              "properties": {"type": "object"},
              "value": {},
              "value_b64": {"type": "string", "pattern": "^[A-Za-z0-9+/]*={0,2}$"}
            }
          }
        },
        "body_b64": {"type": "string", "pattern": "^[A-Za-z0-9+/]*={0,2}$"}
      }
    },
    "size": {"type": "integer", "minimum": 0},
    "qos": {"type": "integer", "minimum": 0, "maximum": 2},
    "retain": {"type": "boolean"},
    "dup": {"type": "boolean"},
    "mid": {"type": "integer", "minimum": 0, "maximum": 65535},
    "props": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "payload_format": {"type": "integer", "minimum": 0, "maximum": 1},
        "message_expiry": {"type": "integer", "minimum": 0},
        "content_type": {"type": "string"},
        "response_topic": {"type": "string"},
        "correlation_b64": {"type": "string", "pattern": "^[A-Za-z0-9+/]*={0,2}$"},
        "subscription_ids": {"type": "array", "items": {"type": "integer", "minimum": 1}},
        "user_properties": {
          "type": "array",
          "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}
        }
      }
    }
  }
}
)";
}

}  // namespace mqttkit::tools
