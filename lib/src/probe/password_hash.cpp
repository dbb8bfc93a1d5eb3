#include "mqttkit/probe/password_hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

namespace mqttkit::probe {
namespace {

constexpr std::size_t sha512_bytes = 64;
using digest = std::array<unsigned char, sha512_bytes>;

// Most iterations that are computed: a thousand times mosquitto's default of 101, a second of work.
constexpr int most_iterations = 1'000'000;

std::optional<std::vector<unsigned char>> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > 1024) return std::nullopt;
  std::vector<unsigned char> out(text.size() / 4 * 3);
  const int got = EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                  static_cast<int>(text.size()));
  if (got < 0) return std::nullopt;
  std::size_t size = static_cast<std::size_t>(got);  // with the padding
  for (std::size_t i = 1; i <= 2 && text[text.size() - i] == '='; ++i) --size;
  out.resize(size);
  return out;
}

std::vector<std::string_view> parts_of(std::string_view hash) {
  std::vector<std::string_view> out;
  for (;;) {
    const std::size_t mark = hash.find('$');
    out.push_back(hash.substr(0, mark));
    if (mark == hash.npos) return out;
    hash.remove_prefix(mark + 1);
  }
}

bool sha512(std::string_view password, const std::vector<unsigned char>& salt, digest& out) {
  std::string text(password);
  text.append(salt.begin(), salt.end());
  unsigned int size = 0;
  const bool done =
      EVP_Digest(text.data(), text.size(), out.data(), &size, EVP_sha512(), nullptr) == 1;
  OPENSSL_cleanse(text.data(), text.size());
  return done && size == out.size();
}

}  // namespace

password_match match_password(std::string_view hash, std::string_view password) {
  const auto parts = parts_of(hash);  // "", "7", "101", salt, hash
  const bool is_stretched = parts.size() == 5 && parts[1] == "7";
  const bool is_plain = parts.size() == 4 && parts[1] == "6";
  if ((!is_stretched && !is_plain) || !parts[0].empty()) return password_match::unknown;
  const auto salt = from_base64(parts[parts.size() - 2]);
  const auto wanted = from_base64(parts.back());
  if (!salt || !wanted || wanted->size() != sha512_bytes) return password_match::unknown;
  digest made{};
  if (is_stretched) {
    int iterations = 0;
    const auto [end, error] =
        std::from_chars(parts[2].data(), parts[2].data() + parts[2].size(), iterations);
    const bool is_number = error == std::errc() && end == parts[2].data() + parts[2].size();
    if (!is_number || iterations < 1 || iterations > most_iterations) {
      return password_match::unknown;
    }
    if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt->data(),
                          static_cast<int>(salt->size()), iterations, EVP_sha512(),
                          static_cast<int>(made.size()), made.data()) != 1) {
      return password_match::unknown;
    }
  } else if (!sha512(password, *salt, made)) {
    return password_match::unknown;
  }
  return CRYPTO_memcmp(made.data(), wanted->data(), made.size()) == 0 ? password_match::yes
                                                                      : password_match::no;
}

}  // namespace mqttkit::probe
