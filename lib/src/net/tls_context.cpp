#include "net/tls_context.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "mqttkit/base/error.hpp"
#include "net/file_form.hpp"
#include "net/openssl_library.hpp"
#include "net/system_store.hpp"
#include "net/tls_words.hpp"

namespace mqttkit {
namespace {

failure refused(std::string subject, std::string words, error_kind kind = error_kind::none) {
  ERR_clear_error();
  return failure(stage::set_up, std::move(subject), errc::tls_setup_failed, std::move(words), kind);
}

/// What is wrong with a file, and what it is instead where that can be told.
std::string with_form(std::string what, const std::string& file) {
  const std::string form = form_of_certificate_file(file);
  return form.empty() ? what : what.append("; ").append(form);
}

/// Why a file cannot be read, or nothing. OpenSSL would say it less clearly.
std::string unreadable(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return std::strerror(errno);
  const bool is_directory = std::fgetc(file) == EOF && errno == EISDIR;
  std::fclose(file);
  return is_directory ? std::strerror(EISDIR) : "";
}

int version_of(const std::string& name) {
  if (name == "tlsv1.2") return TLS1_2_VERSION;
  if (name == "tlsv1.3") return TLS1_3_VERSION;
  return name.empty() ? 0 : -1;
}

/// Gives OpenSSL the passphrase it asks for, or none. It never prompts.
struct passphrase_answer {
  const std::string& passphrase;
  bool was_asked = false;
};

int answer_passphrase(char* into, int size, int /*is_writing*/, void* context) {
  auto* const answer = static_cast<passphrase_answer*>(context);
  if (answer == nullptr) return -1;
  answer->was_asked = true;
  const std::size_t length = answer->passphrase.size();
  if (length == 0 || length > static_cast<std::size_t>(size)) return -1;
  std::memcpy(into, answer->passphrase.data(), length);
  return static_cast<int>(length);
}

tls_context* context_of(const SSL* ssl) {
  return static_cast<tls_context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

int on_new_session(SSL* ssl, SSL_SESSION* session) {
  context_of(ssl)->keep_session(openssl_ptr<SSL_SESSION>(session));
  return 1;  // 1: OpenSSL leaves the reference to us
}

void on_key_log(const SSL* ssl, const char* line) { context_of(ssl)->log_key(line); }

/// TLS 1.2 PSK suites; OpenSSL asks here for TLS 1.3 too, with TLS_AES_128_GCM_SHA256.
unsigned on_psk(SSL* ssl, const char* /*hint*/, char* identity, unsigned most_identity,
                unsigned char* key, unsigned most_key) {
  const tls_context& context = *context_of(ssl);
  const std::string& name = context.options().psk_identity;
  const std::string& secret = context.psk();
  if (name.size() >= most_identity || secret.size() > most_key) return 0;
  std::memcpy(identity, name.c_str(), name.size() + 1);
  std::memcpy(key, secret.data(), secret.size());
  return static_cast<unsigned>(secret.size());
}

int digit_of(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool decode_hex(const std::string& hex, std::string& bytes) {
  bytes.clear();
  if (hex.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit_of(hex[i]), low = digit_of(hex[i + 1]);
    if (high < 0 || low < 0) return false;
    bytes += static_cast<char>(high << 4 | low);
  }
  return true;
}

tls_context::tls_context(tls_options options, std::string host)
    : options_(std::move(options)),
      expected_name_(options_.server_name.empty() ? std::move(host) : options_.server_name) {}

tls_context::~tls_context() {
  if (key_log_ >= 0) ::close(key_log_);
}

openssl_ptr<SSL_SESSION> tls_context::take_session() noexcept {
  if (session_ && SSL_SESSION_get_protocol_version(session_.get()) < TLS1_3_VERSION) {
    SSL_SESSION_up_ref(session_.get());
    return openssl_ptr<SSL_SESSION>(session_.get());
  }
  return std::move(session_);
}

failure tls_context::prepare() {
  if (std::string why = load_openssl(); !why.empty()) {
    return failure(stage::set_up, "OpenSSL", errc::tls_setup_failed, std::move(why));
  }
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (!context_) return refused("OpenSSL", take_openssl_reason());
  SSL_CTX* const context = context_.get();
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_default_passwd_cb(context, answer_passphrase);  // never a prompt
  // A renegotiation would make a write wait for a read; no broker needs it and TLS 1.3 has none.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context, on_new_session);
  using step = failure (tls_context::*)();
  for (const step next :
       {&tls_context::set_versions, &tls_context::set_ciphers, &tls_context::load_trust,
        &tls_context::load_certificate, &tls_context::set_psk, &tls_context::set_alpn,
        &tls_context::open_key_log}) {
    if (failure why = (this->*next)()) return why;
  }
  return {};
}

failure tls_context::set_versions() {
  const int lowest = version_of(options_.minimum_version);
  const int highest = version_of(options_.maximum_version);
  if (lowest < 0) return refused(options_.minimum_version, "not a TLS version: tlsv1.2 or tlsv1.3");
  if (highest < 0)
    return refused(options_.maximum_version, "not a TLS version: tlsv1.2 or tlsv1.3");
  if (highest != 0 && lowest > highest) {
    return refused(options_.minimum_version, "the lowest TLS version is above the highest");
  }
  SSL_CTX_set_min_proto_version(context_.get(), lowest != 0 ? lowest : TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context_.get(), highest);
  return {};
}

/// One list for both: what begins with TLS_ names a suite of TLS 1.3, the rest is for TLS 1.2.
failure tls_context::set_ciphers() {
  std::string suites, ciphers;
  std::size_t at = 0;
  while (at < options_.ciphers.size()) {
    const std::size_t end =
        std::min(options_.ciphers.find_first_of(":, ", at), options_.ciphers.size());
    const std::string name = options_.ciphers.substr(at, end - at);
    at = end + 1;
    if (name.empty()) continue;
    std::string& list = name.rfind("TLS_", 0) == 0 ? suites : ciphers;
    list += (list.empty() ? "" : ":") + name;
  }
  if (!suites.empty() && SSL_CTX_set_ciphersuites(context_.get(), suites.c_str()) != 1) {
    return refused(suites, "no such TLS 1.3 cipher suite");
  }
  if (!ciphers.empty() && SSL_CTX_set_cipher_list(context_.get(), ciphers.c_str()) != 1) {
    return refused(ciphers, "no such cipher");
  }
  return {};
}

failure tls_context::load_trust() {
  if (!options_.verify_certificate) return {};
  if (!options_.ca_file.empty()) {
    if (std::string why = unreadable(options_.ca_file); !why.empty()) {
      return refused(options_.ca_file, "cannot read the CA file: " + why);
    }
    if (SSL_CTX_load_verify_file(context_.get(), options_.ca_file.c_str()) != 1) {
      return refused(options_.ca_file,
                     with_form("no certificate in PEM form in the CA file", options_.ca_file));
    }
  }
  if (!options_.ca_path.empty()) {
    DIR* const directory = ::opendir(options_.ca_path.c_str());
    if (directory == nullptr) {
      return refused(options_.ca_path,
                     std::string("cannot read the CA directory: ") + std::strerror(errno));
    }
    ::closedir(directory);
    SSL_CTX_load_verify_dir(context_.get(), options_.ca_path.c_str());
  }
  const bool has_own = !options_.ca_file.empty() || !options_.ca_path.empty();
  if (options_.add_system_store || (!has_own && options_.use_system_store)) {
    SSL_CTX_set_default_verify_paths(context_.get());
    // SSL_CERT_FILE and SSL_CERT_DIR name the one place that their user means; no other is tried.
    const bool is_named =
        std::getenv("SSL_CERT_FILE") != nullptr || std::getenv("SSL_CERT_DIR") != nullptr;
    const std::string bundle =
        is_named ? std::string()
                 : bundle_in_place_of(X509_get_default_cert_file(), X509_get_default_cert_dir(),
                                      usual_bundles());
    if (!bundle.empty()) SSL_CTX_load_verify_file(context_.get(), bundle.c_str());
    ERR_clear_error();  // a store that does not exist trusts nobody; verification will say so
  }
  return {};
}

failure tls_context::load_certificate() {
  const std::string& file = options_.certificate_file;
  if (file.empty()) {
    if (options_.key_file.empty()) return {};
    return refused(options_.key_file, "a private key needs a certificate");
  }
  if (std::string why = unreadable(file); !why.empty()) {
    return refused(file, "cannot read the certificate: " + why);
  }
  if (is_pkcs12(file)) return load_pkcs12();
  if (SSL_CTX_use_certificate_chain_file(context_.get(), file.c_str()) != 1) {
    const std::string reason = take_openssl_reason();
    const std::string form = form_of_certificate_file(file);
    return refused(file, "no usable certificate in PEM form: " + (form.empty() ? reason : form));
  }
  return load_key();
}

failure tls_context::load_pkcs12() {
  const std::string& file = options_.certificate_file;
  if (!options_.key_file.empty()) {
    return refused(options_.key_file,
                   "the private key is in the PKCS#12 file " + file + " already");
  }
  const openssl_ptr<BIO> in(BIO_new_file(file.c_str(), "rb"));
  const openssl_ptr<PKCS12> bundle(in ? d2i_PKCS12_bio(in.get(), nullptr) : nullptr);
  if (!bundle) return refused(file, "the PKCS#12 file is damaged");
  EVP_PKEY* key = nullptr;
  X509* own = nullptr;
  STACK_OF(X509)* others = nullptr;
  const std::string& passphrase = options_.key_passphrase;
  const bool is_open = PKCS12_parse(bundle.get(), passphrase.c_str(), &key, &own, &others) == 1;
  const openssl_ptr<EVP_PKEY> key_owner(key);
  const openssl_ptr<X509> own_owner(own);
  const openssl_ptr<STACK_OF(X509)> others_owner(others);
  if (!is_open) {
    if (ERR_GET_REASON(ERR_peek_last_error()) != PKCS12_R_MAC_VERIFY_FAILURE) {
      return refused(file, "the PKCS#12 file cannot be opened: " + take_openssl_reason());
    }
    return refused(
        file,
        passphrase.empty() ? "the PKCS#12 file is encrypted and no passphrase was given"
                           : "the passphrase does not open the PKCS#12 file",
        passphrase.empty() ? error_kind::passphrase_missing : error_kind::passphrase_wrong);
  }
  if (key == nullptr || own == nullptr) {
    return refused(file, "no certificate with its private key in the PKCS#12 file");
  }
  if (SSL_CTX_use_certificate(context_.get(), own) != 1) {
    return refused(file, "no usable certificate: " + take_openssl_reason());
  }
  for (int i = 0; i < sk_X509_num(others); ++i) {
    SSL_CTX_add1_chain_cert(context_.get(), sk_X509_value(others, i));
  }
  if (SSL_CTX_use_PrivateKey(context_.get(), key) != 1) {
    return refused(file, "cannot use the private key: " + take_openssl_reason());
  }
  return {};
}

failure tls_context::load_key() {
  // A single PEM file may hold both.
  const std::string& file =
      options_.key_file.empty() ? options_.certificate_file : options_.key_file;
  openssl_ptr<EVP_PKEY> key;
  if (options_.key_form == "engine") {
    std::string why;
    key = load_engine_key(options_, why);
    if (!key) return refused(file, why);
  } else if (options_.key_form == "pem" || options_.key_form.empty()) {
    if (std::string why = unreadable(file); !why.empty()) {
      return refused(file, "cannot read the private key: " + why);
    }
    const openssl_ptr<BIO> in(BIO_new_file(file.c_str(), "rb"));
    passphrase_answer answer{options_.key_passphrase};
    key.reset(PEM_read_bio_PrivateKey(in.get(), nullptr, answer_passphrase, &answer));
    if (!key && answer.was_asked) {
      return refused(file,
                     options_.key_passphrase.empty()
                         ? "the private key is encrypted and no passphrase was given"
                         : "the passphrase does not open the private key",
                     options_.key_passphrase.empty() ? error_kind::passphrase_missing
                                                     : error_kind::passphrase_wrong);
    }
    if (!key) return refused(file, "no private key in PEM form");
  } else {
    return refused(options_.key_form, "not a key form: pem or engine");
  }
  // Compared before it is used: OpenSSL would drop the certificate that does not fit.
  if (X509_check_private_key(SSL_CTX_get0_certificate(context_.get()), key.get()) != 1) {
    return refused(
        file, "the private key does not belong to the certificate in " + options_.certificate_file);
  }
  if (SSL_CTX_use_PrivateKey(context_.get(), key.get()) != 1) {
    return refused(file, "cannot use the private key: " + take_openssl_reason());
  }
  return {};
}

failure tls_context::set_psk() {
  if (options_.psk_key.empty()) return {};
  if (!decode_hex(options_.psk_key, psk_)) {
    return refused("pre-shared key", "not an even number of hexadecimal digits");
  }
  constexpr std::size_t longest_identity = 128;  // PSK_MAX_IDENTITY_LEN
  if (psk_.size() > PSK_MAX_PSK_LEN) return refused("pre-shared key", "longer than 512 bytes");
  if (options_.psk_identity.empty() || options_.psk_identity.size() > longest_identity) {
    return refused("pre-shared key", "its identity must have 1 to 128 bytes");
  }
  SSL_CTX_set_psk_client_callback(context_.get(), on_psk);
  return {};
}

failure tls_context::set_alpn() {
  std::string list;
  for (const std::string& protocol : options_.alpn) {
    if (protocol.empty() || protocol.size() > 255) {
      return refused("ALPN", "a protocol's name must have 1 to 255 bytes");
    }
    list += static_cast<char>(protocol.size());
    list += protocol;
  }
  if (list.empty()) return {};
  const auto* const bytes = reinterpret_cast<const unsigned char*>(list.data());
  const auto size = static_cast<unsigned>(list.size());
  if (SSL_CTX_set_alpn_protos(context_.get(), bytes, size) != 0) {  // 0 is success here
    return refused("ALPN", take_openssl_reason());
  }
  return {};
}

failure tls_context::open_key_log() {
  if (options_.key_log_file.empty()) return {};
  constexpr int owner_only = 0600;  // whoever reads it can read the traffic
  key_log_ =
      ::open(options_.key_log_file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, owner_only);
  if (key_log_ < 0) {
    return refused(options_.key_log_file,
                   std::string("cannot open the key log: ") + std::strerror(errno));
  }
  SSL_CTX_set_keylog_callback(context_.get(), on_key_log);
  return {};
}

void tls_context::log_key(const char* line) const noexcept {
  char text[512];  // the longest line has 214 characters: a label, a random and a 64-byte secret
  const int size = std::snprintf(text, sizeof text, "%s\n", line);
  if (size <= 0 || static_cast<std::size_t>(size) >= sizeof text) return;
  // One write, so that lines of several processes do not mix. A full disk costs the log only.
  [[maybe_unused]] const ssize_t written = ::write(key_log_, text, static_cast<std::size_t>(size));
}

}  // namespace mqttkit
