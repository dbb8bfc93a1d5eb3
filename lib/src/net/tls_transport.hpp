// TLS over any transport, driven by hand instead of by asio::ssl::stream.
//
// OpenSSL reads from and writes to plain memory through a BIO of our own. That buys three things:
// a 64 KiB write becomes four records and one system call, where asio::ssl::stream makes one call a
// record; OpenSSL's error queue is read where the error happens, so that an alert keeps its number
// and a certificate its date; and no stream template is instantiated.
#pragma once

#include <asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/net/transport.hpp"
#include "net/openssl_ptr.hpp"
#include "net/tls_context.hpp"
#include "net/tls_words.hpp"
#include "net/write_turn.hpp"

namespace mqttkit {

class tls_transport final : public transport {
 public:
  tls_transport(const asio::any_io_executor& executor, std::unique_ptr<transport> lower,
                std::shared_ptr<tls_context> context);
  ~tls_transport() override;

  /// Shakes hands and checks the certificate. On success the detail says what was agreed on.
  asio::awaitable<tls_error> shake_hands();

  asio::awaitable<io_result> read_some(std::span<std::byte> into) override;
  asio::awaitable<std::error_code> write(byte_buffer& data) override;
  asio::awaitable<std::error_code> shutdown() override;
  void close() noexcept override;
  const std::string& peer() const noexcept override { return lower_->peer(); }
  std::string description() const override;
  std::string last_detail() const override { return last_detail_; }
  error_detail last_kind() const override { return last_kind_; }

  /// Where OpenSSL's records come from and go to.
  struct pipe {
    bytes_view incoming;
    byte_buffer outgoing;
  };

 private:
  tls_error set_up();
  asio::awaitable<std::error_code> fill();
  asio::awaitable<std::error_code> flush();
  std::size_t decrypt(std::span<std::byte> into);
  tls_error handshake_ended(std::error_code error);
  void note_error(unsigned long code);
  std::string agreed() const;

  std::unique_ptr<transport> lower_;
  std::shared_ptr<tls_context> context_;
  pipe pipe_;
  rejected_certificate rejected_;
  openssl_ptr<SSL> ssl_;
  std::unique_ptr<std::byte[]> input_;
  byte_buffer flushing_;
  write_turn turn_;
  std::error_code broken_;  // set once TLS itself has failed; nothing works afterwards
  std::string last_detail_;
  error_detail last_kind_;
  std::byte first_byte_{0};  // the first byte that was ever received; 0 before that
  bool has_received_data_ = false;
  bool is_ended_ = false;  // the peer's close_notify has come
};

}  // namespace mqttkit
