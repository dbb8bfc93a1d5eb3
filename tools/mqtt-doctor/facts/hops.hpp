// What the TTL (IPv6: hop limit) of packets tells of who sent them.
#pragma once

namespace mqttkit::doctor {

/// A TTL systems begin with: nobody on the way has counted it down.
constexpr bool is_first_ttl(int ttl) noexcept { return ttl == 64 || ttl == 128 || ttl == 255; }

/// Whether a packet with `ttl` was sent by somebody else than the one whose packets come with
/// `usual`: it is two hops and more from that, since one may be another route or a container's
/// bridge; or nobody has passed it on and somebody did the others. Nothing is known of negative
/// ones.
constexpr bool is_foreign_ttl(int ttl, int usual) noexcept {
  if (ttl < 0 || usual < 0) return false;
  const int apart = ttl > usual ? ttl - usual : usual - ttl;
  return apart >= (is_first_ttl(ttl) && !is_first_ttl(usual) ? 1 : 2);
}

}  // namespace mqttkit::doctor
