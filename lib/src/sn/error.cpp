#include "mqttkit/sn/error.hpp"

#include <string>

namespace mqttkit::sn {
namespace {

const char* text_of(errc code) noexcept {
  switch (code) {
    case errc::invalid_topic_id:
      return "not a topic id: 1 to 65534";
    case errc::topic_id_needed:
      return "QoS -1 needs a predefined topic id, or a topic of exactly two bytes";
    case errc::not_accepted:
      return "not accepted by the gateway";
    case errc::gateway_lost:
      return "no answer from the gateway";
    case errc::disconnected_by_gateway:
      return "disconnected by the gateway";
    case errc::not_asleep:
      return "the client does not sleep";
    case errc::busy:
      return "the request before has no answer yet";
  }
  return "unknown error";
}

class sn_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "mqtt-sn"; }
  std::string message(int code) const override { return text_of(static_cast<errc>(code)); }
};

}  // namespace

const std::error_category& category() noexcept {
  static const sn_category instance;
  return instance;
}

}  // namespace mqttkit::sn
