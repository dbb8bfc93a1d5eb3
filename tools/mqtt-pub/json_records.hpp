#pragma once

#include <string>
#include <string_view>

#include "common/json_reader.hpp"
#include "mqtt-pub/line_source.hpp"
#include "mqtt-pub/record.hpp"
#include "mqtt-pub/settings.hpp"

namespace mqttkit::tools {

/// The messages of --from-json: one JSON object a line, as mqtt-sub --json writes them (see
/// mqtt-sub/json_line.hpp). `topic` and one of `payload` and `payload_b64` must be there; members
/// that say nothing about a message to publish are passed over. Empty lines are nothing.
class json_records final : public record_source {
 public:
  /// @param settings  must outlive this object.
  json_records(asio::any_io_executor executor, int fd, const pub_settings& settings);

  step next(publish_packet& into) override;
  asio::awaitable<std::error_code> fill() override { return lines_.fill(); }
  std::uint64_t bytes_taken() const noexcept override { return lines_.bytes_taken(); }
  std::string remark() const override;

 private:
  struct message;

  bool read_line(std::string_view line, publish_packet& into);
  bool read_member(json_reader& in, std::string_view name, message& out);
  bool read_properties(json_reader& in);
  bool read_property(json_reader& in, std::string_view name);
  bool read_user_properties(json_reader& in);
  bool set_topic(std::string_view topic, publish_packet& into);
  bool complain(std::string what, std::size_t at);
  bool complain(const json_reader& in);
  bool is_overridden(property_id id) const noexcept;

  const pub_settings& settings_;
  line_source lines_;
  const bool has_properties_;  // the version of MQTT carries them
  const bool is_timed_;
  std::string topic_;
  std::string topic_text_;
  std::string payload_text_;
  std::string bytes_;
  std::string name_text_;
  std::string value_text_;
  properties properties_;
  std::uint64_t stripped_ = 0;  // messages whose properties were left out
};

}  // namespace mqttkit::tools
