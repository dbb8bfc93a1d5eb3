#pragma once

#include <string>
#include <string_view>

#include "message/message_template.hpp"
#include "mqtt-pub/line_source.hpp"
#include "mqtt-pub/record.hpp"
#include "mqtt-pub/settings.hpp"

namespace mqttkit::tools {

/// The messages of -l: lines as they are, or as --key-sep, --in and --template read them.
class line_records final : public record_source {
 public:
  /// @param settings  must outlive this object.
  line_records(asio::any_io_executor executor, int fd, const pub_settings& settings);

  step next(publish_packet& into) override;
  asio::awaitable<std::error_code> fill() override { return lines_.fill(); }
  std::uint64_t bytes_taken() const noexcept override { return lines_.bytes_taken(); }

 private:
  step take_apart(std::string_view line, publish_packet& into);
  step complain(const char* what, std::size_t at);

  const pub_settings& settings_;
  line_source lines_;
  const bool is_plain_;
  message_template template_;
  std::string topic_;
  std::string bytes_;  // what --in decodes
  std::string text_;   // what --template makes
};

}  // namespace mqttkit::tools
