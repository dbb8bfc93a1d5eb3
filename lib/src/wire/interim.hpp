#pragma once

#include "mqttkit/base/error.hpp"
#include "mqttkit/wire/http1.hpp"

namespace mqttkit {

// No server that means to answer sends more interim responses than this.
constexpr int most_interim_heads = 8;

/// Feeds a head, passing over interim responses (100 Continue, 103 Early Hints; RFC 9110 §15.2).
/// 101 is final: it is the answer to an upgrade.
inline http_response_head::status feed_past_interim(http_response_head& head, bytes_view bytes,
                                                    std::size_t& consumed, int& interim_count) {
  constexpr int switching_protocols = 101;
  consumed = 0;
  for (;;) {
    std::size_t taken = 0;
    const auto status = head.feed(bytes.subspan(consumed), taken);
    consumed += taken;
    const bool is_interim = status == http_response_head::status::done &&
                            head.status_code() < 200 && head.status_code() != switching_protocols;
    if (!is_interim || ++interim_count > most_interim_heads) return status;
    head = http_response_head();
  }
}

}  // namespace mqttkit
