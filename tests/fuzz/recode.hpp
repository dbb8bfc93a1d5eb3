// Decodes a packet of any type, encodes the result and decodes that again. Shared by the fuzz
// target and by the unit tests that feed damaged packets.
#pragma once

#include <algorithm>
#include <optional>
#include <system_error>
#include <vector>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/codec/decode.hpp"
#include "mqttkit/codec/encode.hpp"

namespace mqttkit::test {

inline bool same(bytes_view a, bytes_view b) { return as_text(a) == as_text(b); }

inline bool same(properties_view a, properties_view b) { return same(a.bytes(), b.bytes()); }

inline bool same(const std::optional<will_view>& a, const std::optional<will_view>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->topic == b->topic && same(a->payload, b->payload) && a->qos == b->qos &&
         a->retain == b->retain && same(a->properties, b->properties);
}

inline bool same(const connect_packet& a, const connect_packet& b) {
  const bool same_password = a.password && b.password
                                 ? same(*a.password, *b.password)
                                 : a.password.has_value() == b.password.has_value();
  return a.version == b.version && a.clean_start == b.clean_start && a.keep_alive == b.keep_alive &&
         a.client_id == b.client_id && same(a.will, b.will) && a.user_name == b.user_name &&
         same_password && same(a.properties, b.properties);
}

inline bool same(const connack_packet& a, const connack_packet& b) {
  return a.session_present == b.session_present && a.reason == b.reason &&
         same(a.properties, b.properties);
}

inline bool same(const publish_packet& a, const publish_packet& b) {
  return a.topic == b.topic && same(a.payload, b.payload) && a.qos == b.qos &&
         a.retain == b.retain && a.dup == b.dup && a.packet_id == b.packet_id &&
         same(a.properties, b.properties);
}

inline bool same(const ack_packet& a, const ack_packet& b) {
  return a.type == b.type && a.packet_id == b.packet_id && a.reason == b.reason &&
         same(a.properties, b.properties);
}

inline std::vector<subscription> list_of(subscription_list filters) {
  std::vector<subscription> all;
  for (subscription each; filters.next(each);) all.push_back(each);
  return all;
}

inline bool same(const subscribe_packet& a, const subscribe_packet& b) {
  const auto same_one = [](const subscription& x, const subscription& y) {
    return x.filter == y.filter && x.qos == y.qos && x.no_local == y.no_local &&
           x.retain_as_published == y.retain_as_published && x.retained == y.retained;
  };
  const auto left = list_of(a.filters);
  const auto right = list_of(b.filters);
  return a.packet_id == b.packet_id && same(a.properties, b.properties) &&
         std::equal(left.begin(), left.end(), right.begin(), right.end(), same_one);
}

inline bool same(const suback_packet& a, const suback_packet& b) {
  return a.packet_id == b.packet_id && same(a.properties, b.properties) && same(a.codes, b.codes);
}

inline bool same(const reason_packet& a, const reason_packet& b) {
  return a.reason == b.reason && same(a.properties, b.properties);
}

struct recoded {
  std::error_code decoding{};  ///< of the frame given
  std::error_code encoding{};  ///< of what was decoded
  bool identical = true;       ///< whether the new bytes mean what the old ones did

  /// The outcome of every input: refused at decoding, or carried over whole. Only CONNECT has
  /// a third: a server must be able to read, and refuse, identifiers that clients must not send.
  bool is_sound() const {
    if (decoding) return true;
    if (encoding)
      return encoding == errc::client_id_required || encoding == errc::invalid_client_id;
    return identical;
  }
};

/// Encodes into `out`, which is emptied first.
inline recoded recode(const frame& in, protocol_version version, byte_buffer& out) {
  out.clear();
  recoded outcome;
  const auto carry = [&](auto packet, const auto& decode_it, const auto& encode_it) {
    outcome.decoding = decode_it(in, packet);
    if (outcome.decoding) return;
    outcome.encoding = encode_it(packet);
    if (outcome.encoding) {
      outcome.identical = out.empty();
      return;
    }
    frame again;
    auto copy = packet;
    outcome.identical = next_frame(out.view(), 0, again) == framing::complete &&
                        again.size == out.size() && again.type == in.type &&
                        !decode_it(again, copy) && same(packet, copy);
  };
  const auto with_version = [&](const frame& from, auto& packet) {
    return decode(from, version, packet);
  };
  switch (in.type) {
    case packet_type::connect:
      carry(
          connect_packet{}, [](const frame& from, auto& packet) { return decode(from, packet); },
          [&](const connect_packet& packet) { return encode(out, packet); });
      break;
    case packet_type::connack:
      carry(connack_packet{}, with_version,
            [&](const connack_packet& packet) { return encode(out, version, packet); });
      break;
    case packet_type::publish:
      carry(publish_packet{}, with_version, [&](const publish_packet& packet) {
        const std::error_code ec = encode(out, version, packet);
        if (!ec && out.size() != encoded_size(version, packet)) outcome.identical = false;
        return ec;
      });
      break;
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp:
      carry(ack_packet{}, with_version,
            [&](const ack_packet& packet) { return encode(out, version, packet); });
      break;
    case packet_type::subscribe:
    case packet_type::unsubscribe:
      carry(subscribe_packet{}, with_version, [&](const subscribe_packet& packet) {
        const auto filters = list_of(packet.filters);
        return in.type == packet_type::subscribe
                   ? encode_subscribe(out, version, packet.packet_id, filters, packet.properties)
                   : encode_unsubscribe(out, version, packet.packet_id, filters, packet.properties);
      });
      break;
    case packet_type::suback:
    case packet_type::unsuback:
      carry(suback_packet{}, with_version,
            [&](const suback_packet& packet) { return encode(out, version, in.type, packet); });
      break;
    case packet_type::disconnect:
    case packet_type::auth:
      carry(reason_packet{}, with_version,
            [&](const reason_packet& packet) { return encode(out, version, in.type, packet); });
      break;
    case packet_type::pingreq:
    case packet_type::pingresp:
      encode_ping(out, in.type);
      outcome.identical = in.body.empty() && out.size() == 2;
      break;
  }
  return outcome;
}

}  // namespace mqttkit::test
