#include "mqttkit/probe/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "net/openssl_ptr.hpp"
#include "net/tls_context.hpp"
#include "net/tls_words.hpp"
#include "probe/certificate.hpp"

namespace mqttkit::probe {
namespace {

constexpr std::size_t header_bytes = 5;    // of a TLS record (RFC 8446 §5.1)
constexpr std::size_t most_failures = 20;  // a hostile chain may hold many
constexpr int most_certificates = 10;
constexpr int most_issuers = 20;

bool is_address(const std::string& text) {
  in6_addr any{};
  return ::inet_pton(AF_INET, text.c_str(), &any) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &any) == 1;
}

tls_report& report_of(const SSL* ssl) { return *static_cast<tls_report*>(SSL_get_app_data(ssl)); }

/// Notes a certificate that does not pass, and lets the handshake go on.
int on_verify(int is_good, X509_STORE_CTX* store) {
  if (is_good != 0) return 1;
  const auto* const ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  tls_report& report = report_of(ssl);
  if (report.failures.size() < most_failures) {
    verify_failure failed;
    failed.code = X509_STORE_CTX_get_error(store);
    failed.depth = X509_STORE_CTX_get_error_depth(store);
    failed.words = X509_verify_cert_error_string(failed.code);
    report.failures.push_back(std::move(failed));
  }
  return 1;
}

void on_message(int is_sent, int /*version*/, int type, const void* data, std::size_t size,
                SSL* ssl, void* /*context*/) {
  if (is_sent != 0 || size == 0) return;
  tls_report& report = report_of(ssl);
  const auto* const bytes = static_cast<const unsigned char*>(data);
  if (type == SSL3_RT_HEADER && report.first_bytes.empty()) {
    report.first_bytes.assign(reinterpret_cast<const char*>(bytes), std::min(size, header_bytes));
  }
  if (type != SSL3_RT_HANDSHAKE) return;
  if (bytes[0] == SSL3_MT_SERVER_HELLO) report.saw_server_hello = true;
  if (bytes[0] == SSL3_MT_CERTIFICATE_REQUEST) report.saw_certificate_request = true;
}

void on_info(const SSL* ssl, int where, int value) {
  constexpr int alert_bits = 0xFF;
  if ((where & SSL_CB_READ_ALERT) != SSL_CB_READ_ALERT) return;
  const int alert = value & alert_bits;
  tls_report& report = report_of(ssl);
  if (alert == SSL_AD_CLOSE_NOTIFY || report.alert >= 0) return;
  report.alert = alert;
  report.alert_was_late = report.is_done;
}

void note_peer(SSL* ssl, tls_report& report) {
  report.protocol = SSL_get_version(ssl);
  report.cipher = SSL_get_cipher_name(ssl);
  const unsigned char* alpn = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &size);
  if (size > 0) report.alpn.assign(reinterpret_cast<const char*>(alpn), size);
}

void note_chain(SSL* ssl, tls_report& report) {
  const STACK_OF(X509)* const chain = SSL_get_peer_cert_chain(ssl);
  const int count = chain != nullptr ? std::min(sk_X509_num(chain), most_certificates) : 0;
  for (int i = 0; i < count; ++i) report.chain.push_back(describe(sk_X509_value(chain, i)));
  const STACK_OF(X509_NAME)* const issuers = SSL_get0_peer_CA_list(ssl);
  const int named = issuers != nullptr ? std::min(sk_X509_NAME_num(issuers), most_issuers) : 0;
  for (int i = 0; i < named; ++i) {
    report.accepted_issuers.push_back(name_text(sk_X509_NAME_value(issuers, i)));
  }
}

}  // namespace

struct tls_setup::state {
  explicit state(const tls_options& options, const std::string& host) : context(options, host) {}
  tls_context context;
};

tls_setup::tls_setup(const tls_options& options, const std::string& host, std::string& error)
    : state_(std::make_unique<state>(options, host)) {
  const failure why = state_->context.prepare();
  if (why) {
    error = why.subject + ": " + why.detail;
    return;
  }
  // No sessions are kept: nothing is resumed, and connections of several threads may share this.
  SSL_CTX_sess_set_new_cb(state_->context.native(), nullptr);
}

tls_setup::~tls_setup() = default;

struct tls_link::state {
  link lower;
  openssl_ptr<SSL> ssl;
  tls_report* report = nullptr;

  void set_up(SSL_CTX* context, const tls_request& request);
  /// What a call on `ssl` that did not succeed came to; none when it should be tried again.
  link_end outcome(int returned, deadline until);
  void note_error();
  /// What OpenSSL would send first; it is left to the caller to send it.
  std::vector<std::byte> first_flight();
  /// Sends the greeting with a pause after its first byte. Says how the link ended, if it did.
  link_end greet_haltingly(std::chrono::milliseconds halt, deadline until);
};

void tls_link::state::set_up(SSL_CTX* context, const tls_request& request) {
  ssl.reset(SSL_new(context));
  SSL* const native = ssl.get();
  SSL_set_app_data(native, report);
  SSL_set_fd(native, lower.descriptor());
  SSL_set_connect_state(native);
  SSL_set_verify(native, SSL_VERIFY_PEER, on_verify);
  SSL_set_msg_callback(native, on_message);
  SSL_set_info_callback(native, on_info);
  if (request.allows_old) {
    SSL_set_min_proto_version(native, TLS1_VERSION);
    SSL_set_security_level(native, 0);
    SSL_set_cipher_list(native, "ALL");
  }
  if (request.offers_http2) {
    static constexpr unsigned char protocols[] = "\x02h2\x08http/1.1";
    SSL_set_alpn_protos(native, protocols, sizeof protocols - 1);
  }
  std::string name =
      request.options.server_name.empty() ? request.host : request.options.server_name;
  if (!name.empty() && name.back() == '.') name.pop_back();
  const bool has_address = is_address(name);
  X509_VERIFY_PARAM* const rules = SSL_get0_param(native);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (has_address) {
    X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(rules, name.data(), name.size());
  }
  // RFC 6066 §3 wants no address literals in SNI.
  report->server_name = request.server_name.value_or(has_address ? std::string() : name);
  if (!report->server_name.empty()) {
    SSL_set_tlsext_host_name(native, report->server_name.c_str());
  }
}

link_end tls_link::state::outcome(int returned, deadline until) {
  switch (SSL_get_error(ssl.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return wait_readable(lower.descriptor(), until) ? link_end::none : link_end::timed_out;
    case SSL_ERROR_WANT_WRITE:
      return wait_writable(lower.descriptor(), until) ? link_end::none : link_end::timed_out;
    case SSL_ERROR_ZERO_RETURN:
      return link_end::finished;
    case SSL_ERROR_SYSCALL: {
      const int error = errno;
      ERR_clear_error();
      if (error == 0) return link_end::finished;
      return error == ECONNRESET || error == EPIPE ? link_end::reset : link_end::failed;
    }
    default:
      break;
  }
  const bool is_cut = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  note_error();
  return is_cut ? link_end::finished : link_end::failed;
}

void tls_link::state::note_error() {
  const unsigned long code = ERR_peek_error();
  switch (ERR_GET_REASON(code)) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_BAD_RECORD_TYPE:
      report->is_not_tls = ERR_GET_LIB(code) == ERR_LIB_SSL;
      break;
    default:
      break;
  }
  if (report->error.empty()) {
    const char* const words = ERR_reason_error_string(code);
    report->error = words != nullptr ? words : "";
  }
  ERR_clear_error();
}

std::vector<std::byte> tls_link::state::first_flight() {
  BIO* const memory = BIO_new(BIO_s_mem());
  SSL_set0_wbio(ssl.get(), memory);  // owns it now
  SSL_do_handshake(ssl.get());
  ERR_clear_error();
  const char* text = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(memory, &text));
  const bytes_view written = as_bytes({text, size});
  return {written.begin(), written.end()};
}

link_end tls_link::state::greet_haltingly(std::chrono::milliseconds halt, deadline until) {
  const std::vector<std::byte> greeting = first_flight();
  SSL_set_wfd(ssl.get(), lower.descriptor());
  if (greeting.empty()) return link_end::failed;
  const bytes_view all(greeting);
  if (!lower.write(all.first(1), until)) return link_end::reset;
  if (wait_readable(lower.descriptor(), clock::now() + halt)) {
    char any = 0;
    const ssize_t size = ::recv(lower.descriptor(), &any, 1, MSG_PEEK);
    if (size == 0) return link_end::finished;
    if (size < 0 && errno == ECONNRESET) return link_end::reset;
  }
  lower.write(all.subspan(1), until);  // whether it was sent is seen when the answer is read
  return link_end::none;
}

std::vector<std::byte> client_greeting(tls_setup& setup, const std::string& host) {
  tls_link::state made;
  tls_report report;
  made.report = &report;
  tls_request request;
  request.host = host;
  made.set_up(setup.state_->context.native(), request);
  return made.first_flight();
}

tls_link::tls_link(tls_setup& setup, const tls_request& request, link&& lower, deadline until,
                   tls_report& report)
    : state_(std::make_unique<state>()) {
  const auto begin = clock::now();
  state_->lower = std::move(lower);
  state_->report = &report;
  state_->set_up(setup.state_->context.native(), request);
  ERR_clear_error();
  if (request.halt.count() > 0) {
    report.end = state_->greet_haltingly(request.halt, until);
    report.ended_at_first_byte = report.end != link_end::none;
  }
  while (report.end == link_end::none) {
    errno = 0;
    const int returned = SSL_do_handshake(state_->ssl.get());
    if (returned == 1) break;
    report.end = state_->outcome(returned, until);
  }
  report.took_ms = elapsed_ms(begin);
  report.is_done = report.end == link_end::none;
  if (report.is_done || report.saw_server_hello) note_peer(state_->ssl.get(), report);
  note_chain(state_->ssl.get(), report);
}

tls_link::~tls_link() = default;

link& tls_link::lower() noexcept { return state_->lower; }

traffic tls_link::counted() const noexcept {
  traffic sum = state_->lower.counted();
  sum.sent += BIO_number_written(SSL_get_wbio(state_->ssl.get()));
  sum.received += BIO_number_read(SSL_get_rbio(state_->ssl.get()));
  return sum;
}

bool tls_link::write(bytes_view bytes, deadline until) {
  while (!bytes.empty()) {
    errno = 0;
    std::size_t written = 0;
    const int returned = SSL_write_ex(state_->ssl.get(), bytes.data(), bytes.size(), &written);
    if (returned == 1) {
      bytes = bytes.subspan(written);
    } else if (state_->outcome(returned, until) != link_end::none) {
      return false;
    }
  }
  return true;
}

read_outcome tls_link::read(std::span<std::byte> into, deadline until) {
  for (;;) {
    errno = 0;
    std::size_t size = 0;
    const int returned = SSL_read_ex(state_->ssl.get(), into.data(), into.size(), &size);
    if (returned == 1) return {size, link_end::none};
    if (const link_end end = state_->outcome(returned, until); end != link_end::none) {
      return {0, end};
    }
  }
}

}  // namespace mqttkit::probe
