// TLS secrets that a client or server wrote into a key log for an observer: SSLKEYLOGFILE, as
// browsers, curl, OpenSSL's programs and Java agents write it (RFC 9850).
//
// The file may grow while it is read. Secrets are used, never shown, and overwritten afterwards.
// when they are given up.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {

/// The random of a ClientHello, which identifies a connection (RFC 8446 §4.1.2).
using tls_random = std::array<std::byte, 32>;

/// A secret, whose memory is overwritten when it is destroyed.
class tls_secret {
 public:
  tls_secret() = default;
  explicit tls_secret(bytes_view from) : bytes_(from.begin(), from.end()) {}
  tls_secret(const tls_secret&) = default;
  tls_secret(tls_secret&&) noexcept = default;
  tls_secret& operator=(const tls_secret& other);
  tls_secret& operator=(tls_secret&& other) noexcept;
  ~tls_secret();

  bytes_view view() const noexcept { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

class tls_keylog {
 public:
  /// The limit of kept secrets: 200,000 connections with five secrets each would not fit into the
  /// memory that an observer may use.
  static constexpr std::size_t most_secrets = 100'000;

  /// Nothing is read before the first find() or refresh(). "" names no file.
  explicit tls_keylog(std::string file = {}) : file_(std::move(file)) {}

  /// Adds the lines of a key log inside a capture.
  void add(std::string_view lines);
  /// Reads lines added since the last call. Returns the system's error, or
  /// std::errc::invalid_argument when the file holds no line of a key log.
  std::error_code refresh();
  /// The connection's secret with that label ("CLIENT_RANDOM"); nullptr when not known (yet).
  const tls_secret* find(const tls_random& connection, std::string_view label) const;

  const std::string& file() const noexcept { return file_; }
  /// Whether there are secrets, or a file that may get some.
  bool is_there() const noexcept { return !file_.empty() || count_ != 0; }
  std::size_t size() const noexcept { return count_; }

 private:
  std::error_code judged() const;
  void read_lines();
  void read_line(std::string_view line);

  std::string file_;
  std::string rest_;  // the beginning of an unfinished line
  std::uint64_t read_ = 0;
  std::uint64_t lines_ = 0;  // lines that are neither empty nor comments
  std::size_t count_ = 0;
  std::map<tls_random, std::vector<std::pair<std::string, tls_secret>>> secrets_;
};

}  // namespace mqttkit::doctor
