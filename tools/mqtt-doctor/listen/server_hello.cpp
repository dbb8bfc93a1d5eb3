#include "mqtt-doctor/listen/server_hello.hpp"

#include <algorithm>

#include "mqtt-doctor/listen/tls_walker.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::uint16_t alpn_extension = 16;      // RFC 7301 §3.1
constexpr std::uint16_t supported_versions = 43;  // RFC 8446 §4.2.1
constexpr std::size_t most_certificates = 8;

// A ServerHello with this random is a HelloRetryRequest (RFC 8446 §4.1.3).
constexpr unsigned char retry_random[32]{
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};

}  // namespace

bool read_server_hello(bytes_view body, server_hello& out) {
  out = server_hello();
  tls_walker in(body);
  out.version = static_cast<std::uint16_t>(in.number(2));
  const bytes_view random = in.block(out.random.size());
  in.sized(1);  // session id
  out.cipher = static_cast<std::uint16_t>(in.number(2));
  in.number(1);  // compression method
  if (in.is_short() || out.version >> 8 != 3) return false;
  std::copy(random.begin(), random.end(), out.random.begin());
  out.asks_again = std::equal(random.begin(), random.end(), retry_random,
                              [](std::byte a, unsigned char b) { return a == std::byte{b}; });
  if (in.empty()) return true;
  tls_walker extensions(in.sized(2));
  while (!extensions.empty()) {
    const std::size_t type = extensions.number(2);
    const bytes_view extension = extensions.sized(2);
    if (type == alpn_extension) {
      tls_walker list(tls_walker(extension).sized(2));
      out.alpn = as_text(list.sized(1));
    }
    if (type == supported_versions)
      out.version = static_cast<std::uint16_t>(tls_walker(extension).number(2));
  }
  return !in.is_short() && !extensions.is_short();
}

std::vector<bytes_view> read_certificate_list(bytes_view body, bool is_v1_3) {
  tls_walker in(body);
  if (is_v1_3) in.sized(1);
  tls_walker list(in.sized(3));
  std::vector<bytes_view> found;
  while (!list.empty() && found.size() < most_certificates) {
    const bytes_view bytes = list.sized(3);
    if (is_v1_3) list.sized(2);
    if (list.is_short() || bytes.empty()) break;
    found.push_back(bytes);
  }
  return found;
}

}  // namespace mqttkit::doctor
