// What the TTL of a packet (IPv6: hop limit) tells about its sender.
#pragma once

namespace mqttkit::doctor {

/// Whether systems start with this TTL, so that no router has decremented it.
constexpr bool is_first_ttl(int ttl) noexcept { return ttl == 64 || ttl == 128 || ttl == 255; }

/// Whether a packet with `ttl` came from another sender than packets with `usual`: the
/// two differ by two hops or more (one may be another route, or a container's bridge),
/// or no router forwarded this packet and some did the others. Negative values are
/// unknown.
constexpr bool is_foreign_ttl(int ttl, int usual) noexcept {
  if (ttl < 0 || usual < 0) return false;
  const int apart = ttl > usual ? ttl - usual : usual - ttl;
  return apart >= (is_first_ttl(ttl) && !is_first_ttl(usual) ? 1 : 2);
}

}  // namespace mqttkit::doctor
