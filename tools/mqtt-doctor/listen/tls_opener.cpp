#include "mqtt-doctor/listen/tls_opener.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {
namespace {

enum class sealing : std::uint8_t { other, aes_128_gcm, aes_256_gcm, chacha20 };

struct cipher_row {
  std::uint16_t number;
  sealing how;
  bool has_sha384;
  const char* name;
};

// Cipher suites that MQTT servers choose (IANA TLS Cipher Suites); others are shown by number.
constexpr cipher_row ciphers[]{
    {0x1301, sealing::aes_128_gcm, false, "TLS_AES_128_GCM_SHA256"},
    {0x1302, sealing::aes_256_gcm, true, "TLS_AES_256_GCM_SHA384"},
    {0x1303, sealing::chacha20, false, "TLS_CHACHA20_POLY1305_SHA256"},
    {0x1304, sealing::other, false, "TLS_AES_128_CCM_SHA256"},
    {0x1305, sealing::other, false, "TLS_AES_128_CCM_8_SHA256"},
    {0xC02B, sealing::aes_128_gcm, false, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
    {0xC02C, sealing::aes_256_gcm, true, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
    {0xC02F, sealing::aes_128_gcm, false, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
    {0xC030, sealing::aes_256_gcm, true, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
    {0xCCA8, sealing::chacha20, false, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0xCCA9, sealing::chacha20, false, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0xCCAA, sealing::chacha20, false, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0xCCAB, sealing::chacha20, false, "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256"},
    {0xCCAC, sealing::chacha20, false, "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"},
    {0x009C, sealing::aes_128_gcm, false, "TLS_RSA_WITH_AES_128_GCM_SHA256"},
    {0x009D, sealing::aes_256_gcm, true, "TLS_RSA_WITH_AES_256_GCM_SHA384"},
    {0x009E, sealing::aes_128_gcm, false, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"},
    {0x009F, sealing::aes_256_gcm, true, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"},
    {0x00A8, sealing::aes_128_gcm, false, "TLS_PSK_WITH_AES_128_GCM_SHA256"},
    {0x00A9, sealing::aes_256_gcm, true, "TLS_PSK_WITH_AES_256_GCM_SHA384"},
    {0xD001, sealing::aes_128_gcm, false, "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256"},
    {0xD002, sealing::aes_256_gcm, true, "TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384"},
    {0xC009, sealing::other, false, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
    {0xC00A, sealing::other, false, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"},
    {0xC013, sealing::other, false, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
    {0xC014, sealing::other, false, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
    {0xC023, sealing::other, false, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"},
    {0xC024, sealing::other, true, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"},
    {0xC027, sealing::other, false, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"},
    {0xC028, sealing::other, true, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"},
    {0xC0AC, sealing::other, false, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"},
    {0xC0AE, sealing::other, false, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"},
    {0x002F, sealing::other, false, "TLS_RSA_WITH_AES_128_CBC_SHA"},
    {0x0035, sealing::other, false, "TLS_RSA_WITH_AES_256_CBC_SHA"},
    {0x003C, sealing::other, false, "TLS_RSA_WITH_AES_128_CBC_SHA256"},
    {0x003D, sealing::other, false, "TLS_RSA_WITH_AES_256_CBC_SHA256"},
    {0x000A, sealing::other, false, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
};

const cipher_row* row_of(std::uint16_t cipher) noexcept {
  for (const cipher_row& row : ciphers)
    if (row.number == cipher) return &row;
  return nullptr;
}

constexpr std::size_t head_bytes = 5;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t explicit_bytes = 8;  // bytes of the nonce in a record of TLS 1.2 with AES-GCM

std::size_t key_bytes(sealing how) { return how == sealing::aes_128_gcm ? 16 : 32; }

const EVP_CIPHER* algorithm_of(sealing how) {
  switch (how) {
    case sealing::aes_128_gcm:
      return EVP_aes_128_gcm();
    case sealing::aes_256_gcm:
      return EVP_aes_256_gcm();
    case sealing::chacha20:
      return EVP_chacha20_poly1305();
    case sealing::other:
      break;
  }
  return nullptr;
}

OSSL_PARAM octets(const char* name, bytes_view bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::byte*>(bytes.data()),
                                           bytes.size());
}

bool derive(const char* function, const OSSL_PARAM* with, std::span<std::byte> out) {
  EVP_KDF* const found = EVP_KDF_fetch(nullptr, function, nullptr);
  EVP_KDF_CTX* const context = found != nullptr ? EVP_KDF_CTX_new(found) : nullptr;
  auto* const into = reinterpret_cast<unsigned char*>(out.data());
  const bool is_done = context != nullptr && EVP_KDF_derive(context, into, out.size(), with) == 1;
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(found);
  ERR_clear_error();
  return is_done;
}

char* digest_name(bool has_sha384) {
  static char sha256[] = "SHA256";
  static char sha384[] = "SHA384";
  return has_sha384 ? sha384 : sha256;
}

/// HKDF-Expand-Label with an empty context (RFC 8446 §7.1).
bool expand_label(const tls_secret& secret, std::string_view label, bool has_sha384,
                  std::span<std::byte> out) {
  constexpr std::string_view prefix = "tls13 ";
  std::vector<std::byte> info{static_cast<std::byte>(out.size() >> 8),
                              static_cast<std::byte>(out.size() & 0xFF),
                              static_cast<std::byte>(prefix.size() + label.size())};
  for (const std::string_view part : {prefix, label})
    for (const std::byte byte : as_bytes(part)) info.push_back(byte);
  info.push_back(std::byte{0});
  int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  const OSSL_PARAM with[]{
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest_name(has_sha384), 0),
      octets(OSSL_KDF_PARAM_KEY, secret.view()), octets(OSSL_KDF_PARAM_INFO, info),
      OSSL_PARAM_construct_end()};
  return derive("HKDF", with, out);
}

/// The key block of TLS 1.2 (RFC 5246 §6.3).
bool expand_master(const tls_secret& master, const tls_random& client, const tls_random& server,
                   bool has_sha384, std::span<std::byte> out) {
  std::vector<std::byte> seed;
  for (const std::byte byte : as_bytes("key expansion")) seed.push_back(byte);
  seed.insert(seed.end(), server.begin(), server.end());
  seed.insert(seed.end(), client.begin(), client.end());
  const OSSL_PARAM with[]{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest_name(has_sha384), 0),
      octets(OSSL_KDF_PARAM_SECRET, master.view()), octets(OSSL_KDF_PARAM_SEED, seed),
      OSSL_PARAM_construct_end()};
  return derive("TLS1-PRF", with, out);
}

}  // namespace

std::string tls_cipher_name(std::uint16_t cipher) {
  if (const cipher_row* const row = row_of(cipher)) return row->name;
  char text[8] = "";
  std::snprintf(text, sizeof text, "0x%04x", static_cast<unsigned>(cipher));
  return text;
}

bool can_open(std::uint16_t cipher) noexcept {
  const cipher_row* const row = row_of(cipher);
  return row != nullptr && row->how != sealing::other;
}

void tls_opener::free_context::operator()(void* context) const noexcept {
  EVP_CIPHER_CTX_free(static_cast<EVP_CIPHER_CTX*>(context));
}

bool tls_opener::set_key(bytes_view key) {
  context_.reset(EVP_CIPHER_CTX_new());
  auto* const context = static_cast<EVP_CIPHER_CTX*>(context_.get());
  sequence_ = 0;
  return context != nullptr &&
         EVP_DecryptInit_ex(context, algorithm_of(row_of(cipher_)->how), nullptr,
                            reinterpret_cast<const unsigned char*>(key.data()), nullptr) == 1;
}

std::optional<tls_opener> tls_opener::of_traffic_secret(std::uint16_t cipher,
                                                        const tls_secret& from) {
  if (!can_open(cipher)) return std::nullopt;
  const cipher_row& row = *row_of(cipher);
  tls_opener made(cipher);
  made.is_v1_3_ = true;
  made.secret_ = from;
  std::array<std::byte, 32> key{};
  const std::span<std::byte> used = std::span(key).first(key_bytes(row.how));
  const bool is_done = expand_label(from, "key", row.has_sha384, used) &&
                       expand_label(from, "iv", row.has_sha384, made.iv_) && made.set_key(used);
  OPENSSL_cleanse(key.data(), key.size());
  if (!is_done) return std::nullopt;
  return made;
}

std::optional<tls_opener> tls_opener::of_master_secret(std::uint16_t cipher,
                                                       const tls_secret& master,
                                                       const tls_random& client,
                                                       const tls_random& server, tls_end whose) {
  if (!can_open(cipher)) return std::nullopt;
  const cipher_row& row = *row_of(cipher);
  const std::size_t key = key_bytes(row.how);
  const std::size_t iv = row.how == sealing::chacha20 ? 12 : 4;
  // Client key, server key, client IV, server IV; AEAD ciphers have no MAC keys.
  std::array<std::byte, 2 * (32 + 12)> block{};
  const std::size_t place = whose == tls_end::client ? 0 : 1;
  tls_opener made(cipher);
  const bool is_done = expand_master(master, client, server, row.has_sha384,
                                     std::span(block).first(2 * (key + iv))) &&
                       made.set_key(bytes_view(block).subspan(place * key, key));
  const bytes_view from = bytes_view(block).subspan(2 * key + place * iv, iv);
  std::copy(from.begin(), from.end(), made.iv_.begin());
  OPENSSL_cleanse(block.data(), block.size());
  if (!is_done) return std::nullopt;
  return made;
}

bool tls_opener::update() {
  if (!is_v1_3_) return false;
  const bool has_sha384 = row_of(cipher_)->has_sha384;
  std::array<std::byte, 48> next{};
  const std::span<std::byte> used = std::span(next).first(has_sha384 ? 48 : 32);
  const bool is_done = expand_label(secret_, "traffic upd", has_sha384, used);
  std::optional<tls_opener> made;
  if (is_done) made = of_traffic_secret(cipher_, tls_secret(used));
  OPENSSL_cleanse(next.data(), next.size());
  if (!made) return false;
  *this = std::move(*made);
  return true;
}

bool tls_opener::open(bytes_view record, byte_buffer& out, std::uint8_t& type) {
  const sealing how = row_of(cipher_)->how;
  const bool has_explicit = !is_v1_3_ && how != sealing::chacha20;
  const std::size_t before = head_bytes + (has_explicit ? explicit_bytes : 0);
  if (record.size() < before + tag_bytes) return false;
  const bytes_view sealed = record.subspan(before, record.size() - before - tag_bytes);

  std::array<std::byte, 8> sequence{};
  for (std::size_t i = 0; i < 8; ++i)
    sequence[i] = static_cast<std::byte>(sequence_ >> (8 * (7 - i)) & 0xFF);
  std::array<std::byte, 12> nonce = iv_;
  if (has_explicit) {
    std::copy_n(record.begin() + head_bytes, explicit_bytes, nonce.begin() + 4);
  } else {
    for (std::size_t i = 0; i < 8; ++i) nonce[4 + i] ^= sequence[i];
  }
  std::array<std::byte, 13> known{};  // the additional data
  std::size_t known_size = head_bytes;
  if (is_v1_3_) {
    std::copy_n(record.begin(), head_bytes, known.begin());
  } else {
    known_size = known.size();
    std::copy(sequence.begin(), sequence.end(), known.begin());
    std::copy_n(record.begin(), 3, known.begin() + 8);
    known[11] = static_cast<std::byte>(sealed.size() >> 8);
    known[12] = static_cast<std::byte>(sealed.size() & 0xFF);
  }

  auto* const context = static_cast<EVP_CIPHER_CTX*>(context_.get());
  const auto raw = [](const std::byte* at) { return reinterpret_cast<const unsigned char*>(at); };
  const std::size_t held = out.size();
  std::byte* const into = out.extend(sealed.size());
  int size = 0;
  std::array<std::byte, tag_bytes> tag{};
  std::copy(record.end() - tag_bytes, record.end(), tag.begin());
  const bool is_open =
      EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, raw(nonce.data())) == 1 &&
      EVP_DecryptUpdate(context, nullptr, &size, raw(known.data()), static_cast<int>(known_size)) ==
          1 &&
      EVP_DecryptUpdate(context, reinterpret_cast<unsigned char*>(into), &size, raw(sealed.data()),
                        static_cast<int>(sealed.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_bytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context, reinterpret_cast<unsigned char*>(into) + sealed.size(), &size) ==
          1;
  ERR_clear_error();
  type = std::to_integer<std::uint8_t>(record[0]);
  if (!is_open) {
    out.truncate(held);
    return false;
  }
  ++sequence_;
  if (!is_v1_3_) return true;
  // The content type stands behind the content, and zeros may follow it (RFC 8446 §5.4).
  std::size_t end = out.size();
  while (end > held && out.data()[end - 1] == std::byte{0}) --end;
  if (end == held) {
    out.truncate(held);
    return false;
  }
  type = std::to_integer<std::uint8_t>(out.data()[end - 1]);
  out.truncate(end - 1);
  return true;
}

}  // namespace mqttkit::doctor
