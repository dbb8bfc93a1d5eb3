#include "net/tls_transport.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <asio/error.hpp>
#include <asio/ip/address.hpp>
#include <asio/this_coro.hpp>
#include <cstring>
#include <utility>

#include "mqttkit/base/error.hpp"
#include "mqttkit/base/printable.hpp"

namespace mqttkit {
namespace {

// Room for four records; more gains nothing on a socket with the usual buffer.
constexpr std::size_t input_bytes = 64 * 1024;
// Bytes encrypted at a time, so that a large packet does not exist twice in memory.
constexpr std::size_t write_bytes = 64 * 1024;

int pipe_read(BIO* bio, char* into, std::size_t size, std::size_t* done) {
  auto& from = static_cast<tls_transport::pipe*>(BIO_get_data(bio))->incoming;
  BIO_clear_retry_flags(bio);
  *done = std::min(size, from.size());
  if (*done == 0) {
    BIO_set_retry_read(bio);
    return 0;
  }
  std::memcpy(into, from.data(), *done);
  from = from.subspan(*done);
  return 1;
}

int pipe_write(BIO* bio, const char* bytes, std::size_t size, std::size_t* done) {
  BIO_clear_retry_flags(bio);
  static_cast<tls_transport::pipe*>(BIO_get_data(bio))->outgoing.append(as_bytes({bytes, size}));
  *done = size;
  return 1;
}

long pipe_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  const auto* const through = static_cast<tls_transport::pipe*>(BIO_get_data(bio));
  switch (command) {
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DUP:
      return 1;
    case BIO_CTRL_PENDING:
      return static_cast<long>(through->incoming.size());
    default:
      return 0;
  }
}

const BIO_METHOD* pipe_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "pipe");
    BIO_meth_set_read_ex(made, pipe_read);
    BIO_meth_set_write_ex(made, pipe_write);
    BIO_meth_set_ctrl(made, pipe_control);
    return made;
  }();
  return method;
}

/// Notes the first certificate that does not pass. OpenSSL goes on to refuse it.
int on_verify(int is_good, X509_STORE_CTX* store) {
  const auto* const ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* const rejected = static_cast<rejected_certificate*>(SSL_get_app_data(ssl));
  if (is_good == 0 && rejected->code == 0) {
    rejected->code = X509_STORE_CTX_get_error(store);
    rejected->depth = X509_STORE_CTX_get_error_depth(store);
    X509* const certificate = X509_STORE_CTX_get_current_cert(store);
    if (certificate != nullptr) {
      X509_up_ref(certificate);
      rejected->certificate.reset(certificate);
    }
  }
  return is_good;
}

bool is_address(const std::string& name) {
  std::error_code error;
  (void)asio::ip::make_address(name, error);
  return !error;
}

/// A TLS record begins with its type: 20 to 23 in all versions.
bool is_tls_record(std::byte first) { return first >= std::byte{20} && first <= std::byte{23}; }

}  // namespace

tls_transport::tls_transport(const asio::any_io_executor& executor,
                             std::unique_ptr<transport> lower, std::shared_ptr<tls_context> context)
    : lower_(std::move(lower)), context_(std::move(context)), turn_(executor) {}

tls_transport::~tls_transport() = default;

tls_error tls_transport::set_up() {
  ssl_.reset(SSL_new(context_->native()));
  BIO* const bio = ssl_ ? BIO_new(pipe_method()) : nullptr;
  if (bio == nullptr) return {errc::tls_setup_failed, take_openssl_reason()};
  BIO_set_data(bio, &pipe_);
  BIO_set_init(bio, 1);
  SSL* const ssl = ssl_.get();
  SSL_set_bio(ssl, bio, bio);
  SSL_set_app_data(ssl, &rejected_);
  SSL_set_connect_state(ssl);
  const tls_options& options = context_->options();
  const std::string& name = context_->expected_name();
  SSL_set_verify(ssl, options.verify_certificate ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, on_verify);
  // RFC 6066 §3 wants no address literals in SNI, and no dot at the end of a name.
  const bool has_address = is_address(name);
  std::string host = name;
  if (!has_address && !host.empty() && host.back() == '.') host.pop_back();
  if (!has_address && SSL_set_tlsext_host_name(ssl, host.c_str()) != 1) {
    ERR_clear_error();
    return {errc::tls_setup_failed, "the host's name does not fit into TLS: " + printable(name)};
  }
  if (options.verify_certificate && options.verify_host_name) {
    X509_VERIFY_PARAM* const rules = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const int is_set = has_address ? X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str())
                                   : X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size());
    if (is_set != 1) {
      ERR_clear_error();
      return {errc::tls_setup_failed, "not a name to check a certificate for: " + printable(name)};
    }
  }
  if (const auto session = context_->take_session()) SSL_set_session(ssl, session.get());
  input_.reset(new std::byte[input_bytes]);
  return {};
}

asio::awaitable<tls_error> tls_transport::shake_hands() {
  tls_error outcome = set_up();
  if (outcome.error) co_return outcome;
  for (;;) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    const int wanted = SSL_get_error(ssl_.get(), result);
    const unsigned long code = ERR_get_error();
    const std::error_code unsent = co_await flush();  // our alert too, when we refuse
    if (result == 1) {
      if (unsent) co_return handshake_ended(unsent);
      outcome.detail = agreed();
      co_return outcome;
    }
    if (wanted != SSL_ERROR_WANT_READ) {
      outcome = tls_error_of(code, rejected_, context_->expected_name());
      // Servers name a wrong key or identity as handshake failure, bad record or illegal parameter.
      if (is_alert(code) && !context_->psk().empty()) {
        outcome.detail += "; the pre-shared key or its identity may be wrong";
        outcome.kind.kind = error_kind::pre_shared_key;
      }
      co_return outcome;
    }
    // A server that refuses may have sent an alert before it closed: read on, also when our own
    // bytes could not be written.
    const std::error_code unread = co_await fill();
    if (unread) co_return handshake_ended(unsent && unread == asio::error::eof ? unsent : unread);
  }
}

tls_error tls_transport::handshake_ended(std::error_code error) {
  if (first_byte_ != std::byte{0} && !is_tls_record(first_byte_)) {
    return {errc::tls_handshake_failed, "the server does not speak TLS on this port",
            error_kind::not_tls};
  }
  if (error == asio::error::eof) {
    return {errc::tls_handshake_failed, "closed by the server during the handshake",
            error_kind::closed_in_handshake};
  }
  if (error == asio::error::operation_aborted) return {error, {}};
  return {error, error.message() + " during the handshake"};
}

/// "TLSv1.3 TLS_AES_256_GCM_SHA384, ALPN mqtt; certificate CN=broker.example, ...".
std::string tls_transport::agreed() const {
  const SSL* const ssl = ssl_.get();
  std::string text = std::string(SSL_get_version(ssl)) + ' ' + SSL_get_cipher_name(ssl);
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &protocol, &size);
  if (size != 0) {
    text += ", ALPN " + printable({reinterpret_cast<const char*>(protocol), size});
  } else if (!context_->options().alpn.empty()) {
    text += ", no ALPN";
  }
  const openssl_ptr<X509> certificate(SSL_get1_peer_certificate(ssl));
  // A pre-shared key counts as a resumed session in TLS 1.3, but has no certificate to go with it.
  if (SSL_session_reused(ssl_.get()) == 1 && certificate) text += ", session resumed";
  if (!certificate) return text + ", pre-shared key";
  text += "; certificate " + words_of(X509_get_subject_name(certificate.get())) + ", issuer " +
          words_of(X509_get_issuer_name(certificate.get())) + ", until " +
          date_of(X509_get0_notAfter(certificate.get()));
  if (rejected_.code != 0) {
    text += ", not checked: " + words_of(rejected_, context_->expected_name());
  } else if (!context_->options().verify_certificate) {
    text += ", not checked";
  }
  return text;
}

/// Reads more records from below. To be called only when OpenSSL has taken all there was.
asio::awaitable<std::error_code> tls_transport::fill() {
  const std::span<std::byte> into(input_.get(), input_bytes);
  const io_result read = co_await lower_->read_some(into);
  const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
  if (cancelled != asio::cancellation_type::none) co_return asio::error::operation_aborted;
  if (read.error) co_return read.error;
  pipe_.incoming = into.first(read.size);
  if (first_byte_ == std::byte{0} && read.size != 0) first_byte_ = into.front();
  co_return std::error_code{};
}

/// Writes what OpenSSL has for the peer; the caller has the turn, or is alone.
asio::awaitable<std::error_code> tls_transport::flush() {
  std::error_code error;
  while (!error && !pipe_.outgoing.empty()) {
    flushing_.clear();
    flushing_.swap(pipe_.outgoing);
    error = co_await lower_->write(flushing_);
  }
  co_return error;
}

/// Decrypts as much as is here and fits. Notes the end or an error for when that is delivered.
std::size_t tls_transport::decrypt(std::span<std::byte> into) {
  std::size_t total = 0;
  while (total < into.size()) {
    ERR_clear_error();
    std::size_t size = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data() + total, into.size() - total, &size);
    if (result == 1) {
      total += size;
      has_received_data_ = true;
      continue;
    }
    const int reason = SSL_get_error(ssl_.get(), result);
    if (reason == SSL_ERROR_ZERO_RETURN) {
      is_ended_ = true;
    } else if (reason != SSL_ERROR_WANT_READ) {
      note_error(ERR_get_error());
    }
    break;
  }
  return total;
}

void tls_transport::note_error(unsigned long code) {
  const tls_error named = tls_error_of(code, rejected_, context_->expected_name());
  last_detail_ = named.detail;
  last_kind_ = named.kind;
  // Under TLS 1.3 a server judges our certificate after we think the handshake is over: what comes
  // before its first data still belongs to it (RFC 8446 §4.4.2.4).
  broken_ = has_received_data_ ? make_error_code(errc::connection_closed) : named.error;
}

asio::awaitable<io_result> tls_transport::read_some(std::span<std::byte> into) {
  io_result outcome;
  for (;;) {
    if (!broken_ && !is_ended_) outcome.size = decrypt(into);
    if (!pipe_.outgoing.empty() && turn_.try_take()) {
      (void)co_await flush();  // a write error shows at the next write; what was read still counts
      turn_.give_back();
    }
    if (outcome.size != 0) co_return outcome;
    if (broken_) {
      outcome.error = broken_;
      co_return outcome;
    }
    if (is_ended_) {
      outcome.error = asio::error::eof;
      co_return outcome;
    }
    const std::error_code unread = co_await fill();
    if (unread) {
      // Many brokers close without close_notify. A cut is noticed even so: MQTT packets carry their
      // length.
      if (unread == asio::error::eof) last_detail_ = "closed without a TLS close_notify";
      outcome.error = unread;
      co_return outcome;
    }
  }
}

asio::awaitable<std::error_code> tls_transport::write(byte_buffer& data) {
  const bool has_turn = co_await turn_.take();
  if (!has_turn) co_return asio::error::operation_aborted;
  std::error_code error = broken_;
  while (!error && !data.empty()) {
    std::size_t taken = 0;
    ERR_clear_error();
    const std::size_t size = std::min(data.size(), write_bytes);
    if (SSL_write_ex(ssl_.get(), data.data(), size, &taken) != 1) {
      note_error(ERR_get_error());
      error = broken_;
      break;
    }
    data.consume(taken);
    error = co_await flush();
  }
  if (!error && !pipe_.outgoing.empty()) error = co_await flush();
  turn_.give_back();
  co_return error;
}

asio::awaitable<std::error_code> tls_transport::shutdown() {
  const bool has_turn = co_await turn_.take();
  if (!has_turn) co_return asio::error::operation_aborted;
  std::error_code error;
  if (!broken_ && SSL_is_init_finished(ssl_.get()) == 1) {
    ERR_clear_error();
    (void)SSL_shutdown(ssl_.get());  // queues close_notify; the peer's is not waited for
    error = co_await flush();
  }
  if (!error) error = co_await lower_->shutdown();
  turn_.give_back();
  co_return error;
}

void tls_transport::close() noexcept {
  lower_->close();
  turn_.cancel();
}

std::string tls_transport::description() const {
  const SSL* const ssl = ssl_.get();
  return std::string(SSL_get_version(ssl)) + ' ' + SSL_get_cipher_name(ssl) + " over " +
         lower_->description();
}

}  // namespace mqttkit
