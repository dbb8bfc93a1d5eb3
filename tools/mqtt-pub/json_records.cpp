#include "mqtt-pub/json_records.hpp"

#include <utility>

#include "common/printable.hpp"
#include "common/topic_problem.hpp"
#include "mqtt-pub/payload_form.hpp"
#include "mqtt-pub/recorded_time.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/base/utf8.hpp"

namespace mqttkit::tools {
namespace {

// The longest line: each byte of a payload may take six (\u00XX); a MiB for everything else.
constexpr std::size_t longest_line = std::size_t{max_remaining_length} * 6 + (std::size_t{1} << 20);

}  // namespace

// The members of one line of JSON.
struct json_records::message {
  enum member : unsigned { topic = 1, payload = 2, payload_b64 = 4, qos = 8, retain = 16, ts = 32 };

  unsigned members = 0;  // bits of `member`, those that were read
  std::string_view topic_name;
  std::string_view payload_bytes;
  std::uint64_t qos_level = 0;
  bool is_retained = false;
};

json_records::json_records(asio::any_io_executor executor, int fd, const pub_settings& settings)
    : settings_(settings),
      lines_(std::move(executor), fd, '\n', longest_line),
      has_properties_(settings.client.session.version == protocol_version::v5),
      is_timed_(settings.replay_speed != 0) {}

std::string json_records::remark() const {
  if (stripped_ == 0) return {};
  return std::to_string(stripped_) + (stripped_ == 1 ? " message" : " messages") +
         " had properties, which only MQTT 5 carries; they were left out";
}

record_source::step json_records::next(publish_packet& into) {
  for (;;) {
    std::string_view line;
    if (!lines_.next(line)) return lines_.at_end() ? step::end : step::read_on;
    ++number_;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    return read_line(line, into) ? step::message : step::bad;
  }
}

bool json_records::complain(std::string what, std::size_t at) {
  wrong_ = "byte " + std::to_string(at + 1) + ": " + std::move(what);
  return false;
}

bool json_records::complain(const json_reader& in) { return complain(in.wrong(), in.offset()); }

bool json_records::read_line(std::string_view line, publish_packet& into) {
  if (const std::size_t bad = utf8_error_at(line); bad != std::string_view::npos)
    return complain("not UTF-8", bad);
  json_reader in(line);
  message found;
  properties_.clear();
  // Properties of -D come first, those of the record after them.
  if (!settings_.publish_properties.empty()) properties_ = settings_.publish_properties;
  if (!in.begin_object()) return complain(in);
  for (std::string_view name; in.next_member(name);) {
    if (read_member(in, name, found)) continue;
    return in.failed() ? complain(in) : false;
  }
  if (in.failed() || !in.end()) return complain(in);

  if ((found.members & message::topic) == 0 && settings_.topic.empty()) {
    wrong_ = "there is no \"topic\"";
    return false;
  }
  if ((found.members & (message::payload | message::payload_b64)) == 0) {
    wrong_ = "there is neither \"payload\" nor \"payload_b64\"";
    return false;
  }
  if (is_timed_ && (found.members & message::ts) == 0) {
    wrong_ = "there is no \"ts\", by which --replay goes";
    return false;
  }
  if (!set_topic(found.topic_name, into)) return false;
  into.payload = as_bytes(found.payload_bytes);
  into.qos = settings_.has_qos ? settings_.qos : static_cast<qos_t>(found.qos_level);
  into.retain = settings_.retain || found.is_retained;
  into.properties = {};
  if (has_properties_) {
    into.properties = properties_.view();
  } else if (!properties_.empty()) {
    ++stripped_;
  }
  return true;
}

bool json_records::set_topic(std::string_view topic, publish_packet& into) {
  if (!settings_.topic.empty()) {
    into.topic = settings_.topic;
    return true;
  }
  if (!settings_.topic_prefix.empty()) {
    topic_ = settings_.topic_prefix;
    topic_ += topic;
    topic = topic_;
  }
  if (const std::string bad = topic_problem(topic, false); !bad.empty()) {
    wrong_ = "topic " + quoted(topic) + ": " + bad;
    return false;
  }
  into.topic = topic;
  return true;
}

bool json_records::read_member(json_reader& in, std::string_view name, message& out) {
  const std::size_t at = in.position();
  const auto is_first = [&](message::member which) {
    if ((out.members & which) != 0) return complain(quoted(name) + " is there twice", at);
    out.members |= which;
    return true;
  };
  const auto has_one_payload = [&]() {
    if ((out.members & (message::payload | message::payload_b64)) == 0) return true;
    return complain("there is more than one payload", at);
  };
  if (name == "topic") return is_first(message::topic) && in.string(out.topic_name, topic_text_);
  if (name == "payload") {
    return has_one_payload() && is_first(message::payload) &&
           in.string(out.payload_bytes, payload_text_);
  }
  if (name == "payload_b64") {
    std::string_view text;
    if (!has_one_payload() || !is_first(message::payload_b64) || !in.string(text, payload_text_))
      return false;
    if (const form_error error = decode_base64(text, bytes_))
      return complain(error.what, at + 1 + error.at);
    out.payload_bytes = bytes_;
    return true;
  }
  if (name == "qos") return is_first(message::qos) && in.integer(out.qos_level, 2);
  if (name == "retain") return is_first(message::retain) && in.boolean(out.is_retained);
  if (name == "props") return read_properties(in);
  if (name == "ts" && is_timed_) {
    std::string_view text;
    if (!is_first(message::ts) || !in.string(text, value_text_)) return false;
    if (read_recorded_time(text, recorded_)) return true;
    return complain("not a time such as 2026-11-21T04:46:43.123456Z", at);
  }
  return in.skip();
}

bool json_records::is_overridden(property_id id) const noexcept {
  return settings_.publish_properties.view().find(id).has_value();
}

bool json_records::read_properties(json_reader& in) {
  if (!in.begin_object()) return false;
  for (std::string_view name; in.next_member(name);)
    if (!read_property(in, name)) return false;
  return !in.failed();
}

bool json_records::read_property(json_reader& in, std::string_view name) {
  const std::size_t at = in.position();
  const auto added = [&](std::error_code error) {
    if (!error) return true;
    return complain(quoted(name) + ": " + error.message(), at);
  };
  const auto number = [&](property_id id) {
    std::uint64_t value = 0;
    if (!in.integer(value, 0xFFFFFFFF)) return false;
    return is_overridden(id) || added(properties_.add(id, static_cast<std::uint32_t>(value)));
  };
  const auto text = [&](property_id id) {
    std::string_view value;
    if (!in.string(value, value_text_)) return false;
    return is_overridden(id) || added(properties_.add(id, value));
  };
  if (name == "payload_format") return number(property_id::payload_format_indicator);
  if (name == "message_expiry") return number(property_id::message_expiry_interval);
  if (name == "content_type") return text(property_id::content_type);
  if (name == "response_topic") return text(property_id::response_topic);
  if (name == "correlation_b64") {
    std::string_view encoded;
    std::string& decoded = name_text_;
    if (!in.string(encoded, value_text_)) return false;
    if (const form_error error = decode_base64(encoded, decoded))
      return complain(error.what, at + 1 + error.at);
    if (is_overridden(property_id::correlation_data)) return true;
    return added(properties_.add(property_id::correlation_data, decoded));
  }
  if (name == "user_properties") return read_user_properties(in);
  return in.skip();  // those only brokers send: subscription identifiers
}

// Pairs in their order: [["name", "value"], ...].
bool json_records::read_user_properties(json_reader& in) {
  if (!in.begin_array()) return false;
  while (in.next_element()) {
    std::string_view words[2];
    std::string* const storage[] = {&name_text_, &value_text_};
    std::size_t count = 0;
    const std::size_t at = in.position();
    if (!in.begin_array()) return false;
    for (; in.next_element(); ++count) {
      if (count == 2) return complain("a user property is a name and a value", at);
      if (!in.string(words[count], *storage[count])) return false;
    }
    if (in.failed()) return false;
    if (count != 2) return complain("a user property is a name and a value", at);
    if (const std::error_code error = properties_.add_user_property(words[0], words[1]))
      return complain("a user property: " + error.message(), at);
  }
  return !in.failed();
}

}  // namespace mqttkit::tools
