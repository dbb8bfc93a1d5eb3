#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <system_error>

#include "common/stderr_log.hpp"
#include "mqttkit/codec/packet.hpp"
#include "mqttkit/codec/property.hpp"
#include "mqttkit/session/event.hpp"
#include "mqttkit/session/session.hpp"

namespace mqttkit::tools {

/// --reply-exec: sends replies to where requests want them (MQTT 5.0 §4.10).
///
/// A reply has the request's QoS, or the most that the broker takes, and its correlation data. It
/// is done with when the broker has acknowledged it.
class responder {
 public:
  /// Where a reply goes.
  struct address {
    std::string topic;
    std::optional<std::string> correlation;
    qos_t qos = qos_t::at_most_once;

    address() = default;
  };

  /// Publishes as client::try_publish() does, after lowering the QoS to what the broker takes.
  using publish_function =
      std::function<admission(publish_packet&, std::uint64_t token, std::error_code&)>;

  /// Tokens of replies are this and above, apart from those of other messages.
  static constexpr std::uint64_t first_token = std::uint64_t{1} << 62;

  /// @param fallback  topic for requests that name none; empty: these get no reply.
  /// @param with      properties of every reply (MQTT 5).
  /// @param log     must outlive this object.
  responder(std::string fallback, properties with, const stderr_log& log);

  /// How to publish; before anything else.
  void use(publish_function publish);
  /// What to call whenever a reply was acknowledged, or room was made.
  void notify(std::function<void()> changed) { changed_ = std::move(changed); }

  /// Nothing when `request` says no topic and there is no fallback.
  std::optional<address> address_of(const publish_packet& request) const;

  /// Sends, or keeps until there is room. Nothing more is to be asked for while is_crowded().
  void reply(address to, std::string payload);

  /// Sends what is kept, as far as there is room.
  void pump();

  /// So many replies wait for room that no more should come. Some may well wait: requests that
  /// came behind these stand in front of the acknowledgements that make the room.
  bool is_crowded() const noexcept {
    return kept_.size() >= most_kept || kept_bytes_ >= most_kept_bytes;
  }

  /// Nothing is kept, and nothing unacknowledged.
  bool is_done() const noexcept { return kept_.empty() && unacknowledged_ == 0; }

  void delivered(const mqttkit::delivered& end);
  void changed() {
    if (changed_) changed_();
  }

  /// Replies that could not be sent, or that the broker refused.
  std::uint64_t failures() const noexcept { return failures_; }

 private:
  // Requests are acknowledged when all is done, so a broker that sets itself no limit may send as
  // many as there are packet identifiers before it acknowledges the first reply.
  static constexpr std::size_t most_kept = 65'535;
  static constexpr std::size_t most_kept_bytes = 16u << 20;  // one of the largest

  struct message {
    address to;
    std::string payload;
  };

  admission publish(const message& kept);
  void fail(const std::string& why);

  std::string fallback_;
  properties with_;
  const stderr_log& log_;
  publish_function publish_;
  std::function<void()> changed_;
  std::deque<message> kept_;
  std::size_t kept_bytes_ = 0;  // payloads in kept_
  std::uint64_t sent_ = 0;
  std::uint64_t unacknowledged_ = 0;
  std::uint64_t failures_ = 0;
};

}  // namespace mqttkit::tools
