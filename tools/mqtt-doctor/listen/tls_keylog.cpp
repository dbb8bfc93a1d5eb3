#include "mqtt-doctor/listen/tls_keylog.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_line = 512;  // bytes; the longest line, with SHA-384, has 193
constexpr std::size_t piece_bytes = 64 * 1024;
constexpr std::size_t most_secret = 64;
constexpr std::size_t most_labels = 8;  // of one connection; six are of use

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Reads hex digits; false when they are none or do not fill `out`.
bool read_hex(std::string_view text, std::span<std::byte> out) {
  if (text.size() != out.size() * 2) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = digit_of(text[i * 2]);
    const int low = digit_of(text[i * 2 + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::byte>(high << 4 | low);
  }
  return true;
}

std::string_view take_word(std::string_view& line) {
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
  const std::string_view word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

void wipe(std::vector<std::byte>& bytes) {
  if (!bytes.empty()) OPENSSL_cleanse(bytes.data(), bytes.size());
}

}  // namespace

tls_secret& tls_secret::operator=(const tls_secret& other) {
  if (this == &other) return *this;
  wipe(bytes_);
  bytes_ = other.bytes_;
  return *this;
}

tls_secret& tls_secret::operator=(tls_secret&& other) noexcept {
  if (this == &other) return *this;
  wipe(bytes_);
  bytes_ = std::move(other.bytes_);
  return *this;
}

tls_secret::~tls_secret() { wipe(bytes_); }

std::error_code tls_keylog::refresh() {
  if (file_.empty()) return {};
  const auto failed = [] { return std::error_code(errno, std::generic_category()); };
  const int file = ::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return failed();
  struct stat about {};
  std::error_code error;
  if (::fstat(file, &about) != 0) error = failed();
  if (!error && S_ISDIR(about.st_mode)) error = std::make_error_code(std::errc::is_a_directory);
  const bool is_file = S_ISREG(about.st_mode);
  if (is_file && static_cast<std::uint64_t>(about.st_size) < read_) {  // the file was begun anew
    read_ = 0;
    rest_.clear();
  }
  if (!error && is_file && static_cast<std::uint64_t>(about.st_size) == read_) {
    ::close(file);
    return judged();
  }
  std::vector<std::byte> piece(error ? 0 : piece_bytes);
  while (!error && count_ < most_secrets) {
    const ssize_t size = is_file
                             ? ::pread(file, piece.data(), piece.size(), static_cast<off_t>(read_))
                             : ::read(file, piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno != EAGAIN) error = failed();
    if (size <= 0) break;
    read_ += static_cast<std::uint64_t>(size);
    rest_ += as_text(bytes_view(piece).first(static_cast<std::size_t>(size)));
    read_lines();
  }
  wipe(piece);
  ::close(file);
  return error ? error : judged();
}

std::error_code tls_keylog::judged() const {
  const bool is_other = count_ == 0 && lines_ != 0;
  return is_other ? std::make_error_code(std::errc::invalid_argument) : std::error_code();
}

void tls_keylog::add(std::string_view lines) {
  const std::string held = std::exchange(rest_, std::string(lines) + '\n');
  read_lines();
  rest_ = held;
}

void tls_keylog::read_lines() {
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1)
    read_line(std::string_view(rest_).substr(begin, end - begin));
  OPENSSL_cleanse(rest_.data(), begin);
  rest_.erase(0, begin);
  if (rest_.size() > most_line) rest_.erase(0, rest_.size() - most_line);  // too long for a key log
}

void tls_keylog::read_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::string_view label = take_word(line);
  if (label.empty() || label[0] == '#') return;
  ++lines_;
  if (count_ == most_secrets) return;
  tls_random connection{};
  if (!read_hex(take_word(line), connection)) return;
  const std::string_view digits = take_word(line);
  std::array<std::byte, most_secret> bytes{};
  const std::size_t size = std::min(digits.size() / 2, bytes.size());
  if (size == 0 || !read_hex(digits, std::span(bytes).first(size))) return;
  auto& of = secrets_[connection];
  const bool is_known = std::any_of(
      of.begin(), of.end(), [&](const auto& candidate) { return candidate.first == label; });
  if (!is_known && of.size() < most_labels) {
    of.emplace_back(label, tls_secret(bytes_view(bytes).first(size)));
    ++count_;
  }
  OPENSSL_cleanse(bytes.data(), bytes.size());
}

const tls_secret* tls_keylog::find(const tls_random& connection, std::string_view label) const {
  const auto at = secrets_.find(connection);
  if (at == secrets_.end()) return nullptr;
  for (const auto& [name, secret] : at->second)
    if (name == label) return &secret;
  return nullptr;
}

}  // namespace mqttkit::doctor
