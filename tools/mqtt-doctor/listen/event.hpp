// An event of `listen`: a line for a person or a JSON object for a program, made of the same parts.
// Texts from the network are made safe for a terminal when they are added.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "mqtt-doctor/words/words.hpp"
#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {

enum class side : std::uint8_t { client, broker };

/// "client" or "broker".
std::string_view to_string(side which) noexcept;

/// The kinds of events, as programs read them.
enum class event_kind : std::uint8_t {
  answer,
  closed,
  connected,
  cut_off,
  dropped,
  flood,
  forward_failed,
  full,
  icmp,
  left_out,
  listening,
  lost,
  missed,
  not_mqtt,
  packet,
  recap,
  speaks,
  tcp,
  tls_alert,
  tls_answer,
  tls_certificate,
  tls_certificate_request,
  tls_opened,
  tls_unread,
  verdict,
  websocket_close,
  written,
};
/// The kind in JSON, "packet"; stable.
std::string_view to_string(event_kind kind) noexcept;

// Names of fields that other code reads back.
inline constexpr std::string_view protocol_field = "protocol";
inline constexpr std::string_view reason_code_field = "reason_code";
inline constexpr std::string_view unasked_field = "unasked";

struct event_field {
  std::string name;
  std::variant<std::string, std::int64_t, bool, std::vector<std::string>> value;
};

class event {
 public:
  /// @param label  the line's first word: "CONNECT"; may be empty
  event(event_kind kind, side from, std::string_view label)
      : kind_(kind), label_(label), from_(from) {}
  /// An event of the connection itself, which neither side sent.
  explicit event(event_kind kind) : event(kind, side::client, "") { is_sent_ = false; }

  event_kind kind() const noexcept { return kind_; }
  const std::string& label() const noexcept { return label_; }
  side from() const noexcept { return from_; }
  bool is_sent() const noexcept { return is_sent_; }
  const std::vector<sentence>& parts() const noexcept { return parts_; }
  const std::vector<event_field>& fields() const noexcept { return fields_; }

  /// Adds a part of the line without a field.
  event& say(sentence part);
  /// Adds a field that the line does not show.
  event& keep(std::string_view name, std::string_view text);
  event& keep(std::string_view name, const char* text) {
    return keep(name, std::string_view(text));
  }
  event& keep(std::string_view name, std::int64_t number);
  event& keep(std::string_view name, bool yes);
  event& keep(std::string_view name, const std::vector<std::string>& list);
  /// Adds a sentence of the doctor at full length; texts of the network in it are shown() already.
  event& keep_sentence(std::string sentence);
  /// Adds a field and a part of the line; `sentence` has one place, {name}.
  event& tell(const char* sentence, std::string_view name, std::string_view text);
  event& tell(const char* sentence, std::string_view name, std::int64_t number);
  event& tell(const char* sentence, std::string_view name, const std::vector<std::string>& list);
  /// Adds a switch, which the line shows when it is on.
  event& tell_if(bool yes, const char* sentence, std::string_view name);

 private:
  event_kind kind_;
  std::string label_;
  side from_;
  bool is_sent_ = true;
  std::vector<sentence> parts_;
  std::vector<event_field> fields_;
};

/// Text from the network as output shows it.
std::string shown(std::string_view text);
/// The same with stars for passwords, tokens and signatures, which cloud services put into paths
/// and user names.
std::string shown_without_secrets(std::string_view text);
/// Bytes in hex, "16 03 01 02", at most `most` of them.
std::string in_hex(bytes_view bytes, std::size_t most);

/// The connection that an event belongs to.
struct event_place {
  std::chrono::system_clock::time_point when;
  std::uint64_t connection = 0;  ///< number from 1; 0: none
  std::string client;            ///< "203.0.113.9:50211"
  std::uint64_t packet = 0;      ///< number in the capture; 0: none
};

/// "10:21:18.123 203.0.113.9:50211 > CONNECT: MQTT 3.1.1, ...", in the chosen language.
std::string line_of(const event& what, const event_place& where);

/// {"time":"...","event":"packet","connection":1,"client":"...",...}
std::string json_of(const event& what, const event_place& where);

}  // namespace mqttkit::doctor
