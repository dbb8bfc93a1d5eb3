// What kind of key a file holds, told by its first bytes: OpenSSL need not be there for that.
#include <cstddef>
#include <string>
#include <string_view>

#include "mqttkit/net/dial.hpp"
#include "net/file_beginning.hpp"

namespace mqttkit {
namespace {

// Read from the file: more than the chain of certificates that may stand before the key.
constexpr std::size_t most_bytes = 1u << 20;

}  // namespace

// RFC 7292 section 4: a SEQUENCE that begins with the INTEGER 3. In DER a length is one byte, or a
// byte that says how many follow; files of OpenSSL and browsers, in BER, may leave it open (0x80).
bool is_pkcs12(const std::string& path) {
  constexpr std::size_t longest_head = 16;
  const std::string bytes = file_beginning(path, longest_head);
  if (bytes.size() < longest_head || bytes[0] != 0x30) return false;
  const auto length = static_cast<unsigned char>(bytes[1]);
  const std::size_t more = length > 0x80 ? length - 0x80u : 0;
  constexpr std::size_t most_length_bytes = 4;
  if (more > most_length_bytes) return false;
  return std::string_view(bytes).substr(2 + more, 3) == std::string_view("\2\1\3", 3);
}

bool is_encrypted_key(const std::string& path) {
  const std::string text = file_beginning(path, most_bytes);
  const auto has = [&text](std::string_view part) { return text.find(part) != std::string::npos; };
  return has("-----BEGIN ENCRYPTED PRIVATE KEY-----") || has("\nProc-Type: 4,ENCRYPTED");
}

}  // namespace mqttkit
