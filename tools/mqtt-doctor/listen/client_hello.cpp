#include "mqtt-doctor/listen/client_hello.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "mqtt-doctor/listen/tls_walker.hpp"
#include "mqttkit/base/tls_codes.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::uint8_t handshake_record = 22;
constexpr std::uint8_t client_hello_message = 1;
constexpr std::size_t record_head = 5;
constexpr std::size_t most_record = 16'384 + 256;
constexpr std::uint16_t server_name_extension = 0;  // RFC 6066 §3
constexpr std::uint16_t supported_groups = 10;      // RFC 8446 §4.2.7
constexpr std::uint16_t signature_algorithms = 13;  // RFC 8446 §4.2.3
constexpr std::uint16_t alpn_extension = 16;        // RFC 7301 §3.1
constexpr std::uint16_t supported_versions = 43;    // RFC 8446 §4.2.1
constexpr std::uint16_t early_data = 42;            // RFC 8446 §4.2.10
constexpr std::size_t most_listed = 16;

void read_server_name(bytes_view body, client_hello& out) {
  tls_walker list(tls_walker(body).sized(2));
  while (!list.empty()) {
    const std::size_t type = list.number(1);
    const bytes_view name = list.sized(2);
    if (type == 0 && out.server_name.empty()) out.server_name = as_text(name);
  }
}

void read_alpn(bytes_view body, client_hello& out) {
  tls_walker list(tls_walker(body).sized(2));
  while (!list.empty() && out.alpn.size() < most_listed)
    out.alpn.emplace_back(as_text(list.sized(1)));
}

void read_versions(bytes_view body, client_hello& out) {
  tls_walker list(tls_walker(body).sized(1));
  std::vector<std::uint16_t> offered;
  while (!list.empty() && offered.size() < most_listed) {
    const auto version = static_cast<std::uint16_t>(list.number(2));
    // GREASE values only prove that servers ignore unknown ones (RFC 8701).
    const bool is_grease = (version & 0x0F0F) == 0x0A0A && version >> 8 == (version & 0xFF);
    if (version != 0 && !is_grease) offered.push_back(version);
  }
  if (!offered.empty()) out.versions = std::move(offered);
}

void read_groups(bytes_view body, client_hello& out) {
  tls_walker list(tls_walker(body).sized(2));
  out.has_groups = !list.empty();
  while (!list.empty()) {
    const std::size_t group = list.number(2);
    const bool is_grease = (group & 0x0F0F) == 0x0A0A && group >> 8 == (group & 0xFF);
    if (!is_grease && out.groups.size() < most_listed)
      out.groups.push_back(static_cast<std::uint16_t>(group));
    const bool is_hybrid = group >= 0x11EB && group <= 0x11ED;
    if (group == 23 || group == 24 || group == 29 || is_hybrid) out.offers_usual_group = true;
  }
}

void read_signatures(bytes_view body, client_hello& out) {
  tls_walker list(tls_walker(body).sized(2));
  out.has_signatures = !list.empty();
  constexpr std::size_t sha256 = 4;  // of the first byte; newer ones have 7 and 8 there
  while (!list.empty())
    if (list.number(2) >> 8 >= sha256) out.offers_sha2 = true;
}

/// Notes which certificate keys a cipher suite supports (IANA: TLS Cipher Suites).
void note_suite(unsigned suite, client_hello& out) {
  const auto lies = [suite](unsigned first, unsigned last) {
    return suite >= first && suite <= last;
  };
  if (lies(0x1301, 0x1307)) out.offers_v1_3 = true;
  const bool is_psk = lies(0x008A, 0x0095) || lies(0x00A8, 0x00B9) || lies(0xC033, 0xC03B) ||
                      lies(0xC0A4, 0xC0AB) || lies(0xCCAB, 0xCCAE) || lies(0xD001, 0xD005);
  out.offers_psk = out.offers_psk || is_psk;
  const bool is_forward = lies(0x0011, 0x0016) || lies(0x0032, 0x0034) || lies(0x0038, 0x003A) ||
                          suite == 0x0067 || lies(0x006A, 0x006B) || lies(0x009E, 0x009F) ||
                          lies(0xC006, 0xC00A) || lies(0xC010, 0xC014) || lies(0xC023, 0xC024) ||
                          lies(0xC027, 0xC028) || lies(0xC02B, 0xC02C) || lies(0xC02F, 0xC030) ||
                          lies(0xC09E, 0xC09F) || lies(0xC0A2, 0xC0A3) || lies(0xC0AC, 0xC0AF) ||
                          lies(0xCCA8, 0xCCAA);
  out.offers_forward = out.offers_forward || is_forward;
  const bool is_weak = lies(0x0000, 0x001B) || lies(0xC001, 0xC003) || lies(0xC006, 0xC008) ||
                       lies(0xC00B, 0xC00D) || lies(0xC010, 0xC012) || lies(0xC015, 0xC017);
  const bool is_signal = suite == 0x00FF || suite == 0x5600;  // no suites (RFC 5746, RFC 7507)
  const bool is_grease = (suite & 0x0F0F) == 0x0A0A && suite >> 8 == (suite & 0xFF);
  out.offers_strong = out.offers_strong || !(is_weak || is_signal || is_grease);
  const bool is_elliptic = lies(0xC006, 0xC00A) || lies(0xC023, 0xC024) || lies(0xC02B, 0xC02C) ||
                           lies(0xC048, 0xC049) || lies(0xC05C, 0xC05D) || lies(0xC072, 0xC073) ||
                           lies(0xC086, 0xC087) || lies(0xC0AC, 0xC0AF) || suite == 0xCCA9;
  const bool is_rsa =
      lies(0x0001, 0x000A) || lies(0x0014, 0x0016) || suite == 0x002F || suite == 0x0033 ||
      suite == 0x0035 || suite == 0x0039 || lies(0x003B, 0x003D) || suite == 0x0067 ||
      suite == 0x006B || suite == 0x0041 || suite == 0x0045 || suite == 0x0084 || suite == 0x0088 ||
      lies(0x009C, 0x009F) || lies(0xC010, 0xC014) || lies(0xC027, 0xC028) ||
      lies(0xC02F, 0xC030) || lies(0xC09C, 0xC0A3) || suite == 0xCCA8 || suite == 0xCCAA;
  out.offers_elliptic = out.offers_elliptic || is_elliptic;
  out.offers_rsa = out.offers_rsa || is_rsa;
}

bool read_message(bytes_view body, client_hello& out) {
  tls_walker in(body);
  out = client_hello();
  out.versions.push_back(static_cast<std::uint16_t>(in.number(2)));
  const bytes_view random = in.block(out.random.size());
  if (!in.is_short()) std::copy(random.begin(), random.end(), out.random.begin());
  in.sized(1);  // session id
  const bytes_view ciphers = in.sized(2);
  out.ciphers = ciphers.size() / 2;
  for (tls_walker suites(ciphers); !suites.empty();)
    note_suite(static_cast<unsigned>(suites.number(2)), out);
  in.sized(1);  // compression methods
  if (in.is_short() || ciphers.empty()) return false;
  if (in.empty()) return true;  // TLS 1.2 may come without extensions
  tls_walker extensions(in.sized(2));
  while (!extensions.empty()) {
    const std::size_t type = extensions.number(2);
    const bytes_view extension = extensions.sized(2);
    if (type == server_name_extension) read_server_name(extension, out);
    if (type == alpn_extension) read_alpn(extension, out);
    if (type == supported_versions) read_versions(extension, out);
    if (type == supported_groups) read_groups(extension, out);
    if (type == signature_algorithms) read_signatures(extension, out);
    if (type == early_data) out.has_early_data = true;
  }
  return !in.is_short() && !extensions.is_short();
}

}  // namespace

hello_state read_client_hello(bytes_view bytes, client_hello& out) {
  // The message may be spread over several records.
  std::vector<std::byte> message;
  std::size_t heads = 0;  // bytes of the record headers
  while (!bytes.empty()) {
    if (std::to_integer<std::uint8_t>(bytes[0]) != handshake_record) return hello_state::malformed;
    if (bytes.size() >= 2 && std::to_integer<int>(bytes[1]) != 3) return hello_state::malformed;
    if (bytes.size() < record_head) return hello_state::more;
    const std::size_t size = tls_walker(bytes.subspan(3)).number(2);
    if (size == 0 || size > most_record) return hello_state::malformed;
    const bytes_view part =
        bytes.subspan(record_head).first(std::min(size, bytes.size() - record_head));
    message.insert(message.end(), part.begin(), part.end());
    heads += record_head;
    if (std::to_integer<std::uint8_t>(message.empty() ? std::byte{client_hello_message}
                                                      : message[0]) != client_hello_message)
      return hello_state::malformed;
    if (message.size() >= 4) {
      const std::size_t wanted = tls_walker(bytes_view(message).subspan(1)).number(3);
      if (wanted > most_hello_bytes) return hello_state::malformed;
      if (message.size() >= 4 + wanted) {
        if (!read_message(bytes_view(message).subspan(4, wanted), out))
          return hello_state::malformed;
        out.bytes = heads + 4 + wanted;
        return hello_state::done;
      }
    }
    if (part.size() < size) return hello_state::more;
    bytes = bytes.subspan(record_head + size);
  }
  return hello_state::more;
}

namespace {

std::string in_digits(std::uint16_t number) {
  char text[8] = "";
  std::snprintf(text, sizeof text, "0x%04x", static_cast<unsigned>(number));
  return text;
}

}  // namespace

std::string tls_group_name(std::uint16_t group) {
  switch (group) {
    case 23:
      return "secp256r1";
    case 24:
      return "secp384r1";
    case 25:
      return "secp521r1";
    case 29:
      return "X25519";
    case 30:
      return "X448";
    case 0x11EC:
      return "X25519MLKEM768";
    default:
      return in_digits(group);
  }
}

std::string tls_version_name(std::uint16_t version) {
  switch (version) {
    case 0x0300:
      return "SSL3";
    case 0x0301:
      return "1.0";
    case 0x0302:
      return "1.1";
    case 0x0303:
      return "1.2";
    case 0x0304:
      return "1.3";
    default:
      break;
  }
  return in_digits(version);
}

std::string tls_alert_text(int alert) {
  const std::string_view name = tls_alert_name(alert);
  return name.empty() ? std::to_string(alert) : std::string(name);
}

bool is_about_certificate(int alert) noexcept {
  switch (alert) {
    case tls_alert::bad_certificate:
    case tls_alert::unsupported_certificate:
    case tls_alert::certificate_revoked:
    case tls_alert::certificate_expired:
    case tls_alert::certificate_unknown:
    case tls_alert::unknown_ca:
      return true;
    default:
      return false;
  }
}

}  // namespace mqttkit::doctor
