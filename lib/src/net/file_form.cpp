#include "net/file_form.hpp"

#include <string_view>

#include "mqttkit/base/shell_word.hpp"
#include "net/file_beginning.hpp"

namespace mqttkit {
namespace {

constexpr std::size_t most_bytes = 16 * 1024;  // enough of a file to tell what it is

std::string with_ending(const std::string& path, std::string_view ending) {
  const std::size_t dot = path.rfind('.');
  const bool has_ending = dot != std::string::npos && path.find('/', dot) == std::string::npos;
  std::string out = has_ending ? path.substr(0, dot) : path;
  out.append(ending);
  return out == path ? out.append(".new") : out;
}

/// A sequence in DER, of whatever length.
bool is_der(std::string_view bytes) {
  return bytes.size() > 4 && bytes[0] == 0x30 && (static_cast<unsigned char>(bytes[1]) & 0x80) != 0;
}

}  // namespace

std::string form_of_certificate_file(const std::string& path) {
  const std::string bytes = file_beginning(path, most_bytes);
  const std::string_view text = bytes;
  const auto holds = [&](std::string_view part) { return text.find(part) != text.npos; };
  const auto made_by = [&](const char* what, const char* command, const char* out = " -out ") {
    std::string words = what;
    words.append(": openssl ").append(command).append(" -in ").append(shell_word(path));
    return words.append(out).append(shell_word(with_ending(path, ".pem")));
  };
  if (is_der(text)) {
    constexpr std::size_t head = 40;  // where the kind stands
    constexpr std::string_view pkcs7 = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    constexpr std::string_view version3 = "\x02\x01\x03";
    const std::string_view front = text.substr(0, head);
    if (front.substr(0, 8).find(version3) != front.npos)
      return made_by("it is a PKCS#12 file", "pkcs12 -nokeys");
    if (front.find(pkcs7) != front.npos)
      return made_by("it is a PKCS#7 bundle", "pkcs7 -inform DER -print_certs");
    return made_by("it is in binary form (DER)", "x509 -inform DER");
  }
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    std::string words = "it is text in UTF-16: iconv -f UTF-16 -t UTF-8 ";
    return words.append(shell_word(path))
        .append(" > ")
        .append(shell_word(with_ending(path, ".pem")));
  }
  if (holds("-----BEGIN PKCS7-----")) return made_by("it is a PKCS#7 bundle", "pkcs7 -print_certs");
  if (holds("-----BEGIN CERTIFICATE REQUEST-----"))
    return "it is a request, which nobody has signed yet";
  if (holds("PRIVATE KEY-----")) return "it holds a private key alone";
  if (bytes.empty()) return "it is empty";
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != text.npos && text[first] == '<') return "it is a web page";
  return {};
}

}  // namespace mqttkit
