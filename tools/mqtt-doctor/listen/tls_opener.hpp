// Decrypts the records of one direction of TLS with known keys: AES-GCM and ChaCha20-Poly1305 of
// TLS 1.2 (RFC 5246, 5288, 7905) and TLS 1.3 (RFC 8446 §5.2, §7).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "mqtt-doctor/listen/tls_keylog.hpp"
#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {

/// "TLS_AES_128_GCM_SHA256" for 0x1301 (IANA); the number, as "0x1306", for an unknown cipher.
std::string tls_cipher_name(std::uint16_t cipher);
/// Whether records of that cipher can be decrypted.
bool can_open(std::uint16_t cipher) noexcept;

enum class tls_end : std::uint8_t { client, server };

class tls_opener {
 public:
  /// TLS 1.3: with the keys of a traffic secret. nullopt when OpenSSL lacks the cipher.
  static std::optional<tls_opener> of_traffic_secret(std::uint16_t cipher, const tls_secret& from);
  /// TLS 1.2: with the keys of one end, made of the master secret.
  static std::optional<tls_opener> of_master_secret(std::uint16_t cipher, const tls_secret& master,
                                                    const tls_random& client,
                                                    const tls_random& server, tls_end whose);

  /// Decrypts a complete record with its five-byte head. False when the record was not encrypted
  /// with these keys as the next one; the state is then unchanged.
  /// @param out   the content; of TLS 1.3 without the type behind it
  /// @param type  of the content: 22 handshake, 23 application data
  bool open(bytes_view record, byte_buffer& out, std::uint8_t& type);
  /// Changes to the keys after a KeyUpdate (RFC 8446 §7.2); false when there are none.
  bool update();

 private:
  struct free_context {
    void operator()(void* context) const noexcept;
  };
  explicit tls_opener(std::uint16_t cipher) : cipher_(cipher) {}
  bool set_key(bytes_view key);

  std::uint16_t cipher_;
  bool is_v1_3_ = false;
  tls_secret secret_;  // TLS 1.3: the source of the next keys
  std::array<std::byte, 12> iv_{};
  std::uint64_t sequence_ = 0;
  std::unique_ptr<void, free_context> context_;
};

}  // namespace mqttkit::doctor
