// Opens the records of one direction of TLS with keys that are known: AES-GCM and
// ChaCha20-Poly1305 of TLS 1.2 (RFC 5246, 5288, 7905) and TLS 1.3 (RFC 8446 §5.2, §7).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "mqtt-doctor/listen/tls_keylog.hpp"
#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {

/// "TLS_AES_128_GCM_SHA256" for 0x1301, as IANA registers it; "0x1306" for what is not known here.
std::string tls_cipher_name(std::uint16_t cipher);
/// Whether records of that cipher can be opened here.
bool can_open(std::uint16_t cipher) noexcept;

enum class tls_end : std::uint8_t { client, server };

class tls_opener {
 public:
  /// TLS 1.3: the keys that come of a traffic secret. nullopt when OpenSSL has not got them.
  static std::optional<tls_opener> of_traffic_secret(std::uint16_t cipher, const tls_secret& from);
  /// TLS 1.2: the keys of one end that come of the master secret.
  static std::optional<tls_opener> of_master_secret(std::uint16_t cipher, const tls_secret& master,
                                                    const tls_random& client,
                                                    const tls_random& server, tls_end whose);

  /// Opens a whole record, its head of five bytes included. False when it was not sealed with
  /// these keys as the next one; then nothing has changed.
  /// @param out   what was in it; of TLS 1.3 with its type taken off
  /// @param type  of what was in it: 22 handshake, 23 application data
  bool open(bytes_view record, byte_buffer& out, std::uint8_t& type);
  /// The keys after a KeyUpdate (RFC 8446 §7.2); false when there are none.
  bool update();

 private:
  struct free_context {
    void operator()(void* context) const noexcept;
  };
  explicit tls_opener(std::uint16_t cipher) : cipher_(cipher) {}
  bool set_key(bytes_view key);

  std::uint16_t cipher_;
  bool is_v1_3_ = false;
  tls_secret secret_;  // TLS 1.3: what the next keys come of
  std::array<std::byte, 12> iv_{};
  std::uint64_t sequence_ = 0;
  std::unique_ptr<void, free_context> context_;
};

}  // namespace mqttkit::doctor
