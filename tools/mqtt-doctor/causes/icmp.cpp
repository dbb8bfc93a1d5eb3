#include "mqtt-doctor/causes/icmp.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int v4_unreachable = 3, v4_time_exceeded = 11, v6_unreachable = 1, v6_time_exceeded = 3;

icmp_kind kind_of_v4(int code) noexcept {
  switch (code) {
    case 0:
    case 6:
    case 11:
      return icmp_kind::net_unreachable;
    case 1:
    case 7:
      return icmp_kind::host_unreachable;
    case 2:
      return icmp_kind::protocol_unreachable;
    case 3:
      return icmp_kind::port_unreachable;
    case 9:
      return icmp_kind::net_prohibited;
    case 10:
      return icmp_kind::host_prohibited;
    case 13:
      return icmp_kind::admin_prohibited;
    default:
      return icmp_kind::other;
  }
}

icmp_kind kind_of_v6(int code) noexcept {
  switch (code) {
    case 0:
      return icmp_kind::net_unreachable;
    case 1:
    case 5:
    case 6:
      return icmp_kind::admin_prohibited;
    case 3:
      return icmp_kind::host_unreachable;
    case 4:
      return icmp_kind::port_unreachable;
    default:
      return icmp_kind::other;
  }
}

const char* name_of(icmp_kind kind) noexcept {
  switch (kind) {
    case icmp_kind::net_unreachable:
      return N_("network unreachable");
    case icmp_kind::host_unreachable:
      return N_("host unreachable");
    case icmp_kind::protocol_unreachable:
      return N_("protocol unreachable");
    case icmp_kind::port_unreachable:
      return N_("port unreachable");
    case icmp_kind::net_prohibited:
      return N_("network prohibited");
    case icmp_kind::host_prohibited:
      return N_("host prohibited");
    case icmp_kind::admin_prohibited:
      return N_("administratively prohibited");
    case icmp_kind::time_exceeded:
      return N_("time exceeded");
    case icmp_kind::other:
      break;
  }
  return N_("other");
}

}  // namespace

icmp_kind kind_of(const icmp_fact& icmp) noexcept {
  if (icmp.type == (icmp.is_v6 ? v6_time_exceeded : v4_time_exceeded))
    return icmp_kind::time_exceeded;
  if (icmp.type != (icmp.is_v6 ? v6_unreachable : v4_unreachable)) return icmp_kind::other;
  return icmp.is_v6 ? kind_of_v6(icmp.code) : kind_of_v4(icmp.code);
}

sentence icmp_words(const icmp_fact& icmp, double ms) {
  return words(N_("ICMP {type}/{code} ({meaning}) came from {from} after {time}."),
               {{"type", std::to_string(icmp.type)},
                {"code", std::to_string(icmp.code)},
                {"meaning", name_of(kind_of(icmp))},
                {"from", icmp.from.empty() ? N_("this device") : icmp.from},
                {"time", time_text(ms)}});
}

sentence refusal_or_silence(const view& known) {
  const contact& client = *known.client();
  const auto& phone = known.all.phone;
  if (phone && !phone->has_come()) {
    return words(
        N_("Nothing came from it to {where} within {time}: it is held up on the way, or did "
           "not try."),
        {{"where", dialled(known)}, {"time", time_text(client.connect.ms)}});
  }
  if (client.connect.outcome == connect_outcome::silent) {
    return words(N_("{where} did not answer {count} SYNs in {time}."),
                 {{"where", dialled(known)},
                  {"count", std::to_string(client.connect.retransmits + 1)},
                  {"time", time_text(client.connect.ms)}});
  }
  if (client.connect.icmp) return icmp_words(*client.connect.icmp, client.connect.ms);
  return words(N_("Connecting to {where} failed with {error} after {time}."),
               {{"where", dialled(known)},
                {"error", client.connect.error},
                {"time", time_text(client.connect.ms)}});
}

bool was_reset_refused(const view& known) {
  // Led elsewhere by this machine itself, the connection asked nobody at the address.
  if (known.all.local.diverted) return false;
  return connect_was(known, connect_outcome::refused) && !known.client()->connect.icmp;
}

const icmp_fact* icmp_of(const view& known) {
  if (known.client() == nullptr || !known.client()->connect.icmp) return nullptr;
  return &*known.client()->connect.icmp;
}

}  // namespace mqttkit::doctor
