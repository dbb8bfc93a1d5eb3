// mqtt-sub --json: a message as one line of JSON (RFC 8259), without loss.
//
//   {"ts":"2026-11-21T04:27:25.080758Z","topic":"a/b","payload":"hello","size":5,"qos":1,
//    "retain":false,"dup":false,"mid":7,"props":{}}
//
// ts       arrival, RFC 3339, UTC, microseconds
// topic    the topic name
// payload, or payload_b64: text when the payload is UTF-8, else its bytes in base64 (RFC 4648 §4);
//          always exactly one of the two
// payload_json   with --parse, when the payload is JSON: the publisher's own text as a value
// sparkplug      with --decode sparkplug, when it is one: see sparkplug.hpp
// size     bytes of the payload
// qos      0, 1 or 2
// retain, dup    the flags as received
// mid      packet identifier; 0 at QoS 0
// props    properties of MQTT 5, each when there is one: payload_format, message_expiry,
//          content_type, response_topic, correlation_b64, subscription_ids (numbers),
//          user_properties (pairs of name and value, in their order)
//
// Keys, their types and their order are stable. mqtt-pub --from-json reads this.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "common/utc_time.hpp"
#include "io/printout.hpp"
#include "message/sparkplug.hpp"
#include "mqttkit/base/bytes.hpp"
#include "mqttkit/codec/packet.hpp"

namespace mqttkit::tools {

/// See the head of this file.
class json_line {
 public:
  /// @param parse      --parse
  /// @param sparkplug  --decode sparkplug
  explicit json_line(bool parse, bool sparkplug = false)
      : parse_(parse), sparkplug_(sparkplug ? std::make_unique<sparkplug_decoder>() : nullptr) {}

  /// Appends one line, the newline included.
  void append(printout& to, const publish_packet& message,
              std::chrono::system_clock::time_point arrived);

  /// The JSON Schema (draft 2020-12) of a line; for --json-schema.
  static std::string_view schema() noexcept;

 private:
  void append_payload(printout& out, std::string_view payload) const;
  void append_sparkplug(byte_buffer& out, const publish_packet& message);

  bool parse_;
  std::unique_ptr<sparkplug_decoder> sparkplug_;
  utc_time time_;
};

}  // namespace mqttkit::tools
