// What a line of a broker's or proxy's log names: a setting, a file and line, a client, a topic.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {

enum class detail_kind : std::uint8_t {
  setting,
  value,
  file,
  line,
  client,
  user,
  address,
  target,  ///< where a proxy passes on to
  topic,
  port,
  virtual_host,
  bridge,
  name,  ///< of a service, container, node or host
};

struct said_detail {
  detail_kind kind;
  std::string text;
};

/// What the line names, one of each kind, in the order of the kinds.
std::vector<said_detail> details_in(std::string_view text);

/// The text of that kind; "" for none.
std::string detail_of(const std::vector<said_detail>& all, detail_kind kind);

/// The kind's word in JSON: "virtual_host".
const char* word_of(detail_kind kind) noexcept;

/// Whether the text has the form of a broker's, a proxy's or a service manager's log.
bool has_form_of_broker_log(std::string_view text);

/// Whether a setting's name begins with bytes that no setting has: of UTF-16, or a byte order mark.
bool has_foreign_bytes(std::string_view text);

}  // namespace mqttkit::doctor
