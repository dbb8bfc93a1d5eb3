#include "probe/certificate.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <span>
#include <string_view>

#include "mqttkit/base/error.hpp"
#include "mqttkit/base/printable.hpp"
#include "mqttkit/base/text.hpp"
#include "net/openssl_ptr.hpp"
#include "net/tls_words.hpp"

namespace mqttkit::probe {
namespace {

// From the network: bounded in number and length before they are kept.
constexpr int most_names = 50;
constexpr std::size_t most_name_bytes = 200;

std::string text_of(const ASN1_STRING* text) {
  const auto* const data = reinterpret_cast<const char*>(ASN1_STRING_get0_data(text));
  return printable({data, static_cast<std::size_t>(ASN1_STRING_length(text))}, most_name_bytes);
}

std::string address_of(const ASN1_STRING* address) {
  char text[INET6_ADDRSTRLEN] = "?";
  const int size = ASN1_STRING_length(address);
  if (size == 4) ::inet_ntop(AF_INET, ASN1_STRING_get0_data(address), text, sizeof text);
  if (size == 16) ::inet_ntop(AF_INET6, ASN1_STRING_get0_data(address), text, sizeof text);
  return text;
}

std::string time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

/// Whole days from one time to another; null stands for now.
std::int64_t days_between(const ASN1_TIME* from, const ASN1_TIME* to) {
  int days = 0, seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, from, to) != 1) return 0;
  return seconds < 0 ? days - 1 : days;
}

void add_names(X509* from, certificate& out) {
  const openssl_ptr<GENERAL_NAMES> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(from, NID_subject_alt_name, nullptr, nullptr)));
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count && i < most_names; ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) out.dns_names.push_back(text_of(name->d.dNSName));
    if (name->type == GEN_IPADD) out.addresses.push_back(address_of(name->d.iPAddress));
  }
}

void add_key(X509* from, certificate& out) {
  const EVP_PKEY* const key = X509_get0_pubkey(from);
  if (key == nullptr) return;
  const char* const type = EVP_PKEY_get0_type_name(key);
  out.key_type = type != nullptr ? type : "";
  out.key_bits = EVP_PKEY_get_bits(key);
}

void add_issuer_url(X509* from, certificate& out) {
  auto* const access = static_cast<AUTHORITY_INFO_ACCESS*>(
      X509_get_ext_d2i(from, NID_info_access, nullptr, nullptr));
  const int count = access != nullptr ? sk_ACCESS_DESCRIPTION_num(access) : 0;
  for (int i = 0; i < count && out.issuer_url.empty(); ++i) {
    const ACCESS_DESCRIPTION* const DESCRIPTION = sk_ACCESS_DESCRIPTION_value(access, i);
    if (OBJ_obj2nid(DESCRIPTION->method) == NID_ad_ca_issuers &&
        DESCRIPTION->location->type == GEN_URI) {
      out.issuer_url = text_of(DESCRIPTION->location->d.uniformResourceIdentifier);
    }
  }
  AUTHORITY_INFO_ACCESS_free(access);
}

void add_purposes(X509* from, certificate& out) {
  out.has_purposes = X509_get_ext_by_NID(from, NID_ext_key_usage, -1) >= 0;
  const std::uint32_t purposes = X509_get_extended_key_usage(from);
  out.is_for_servers = !out.has_purposes || (purposes & (XKU_SSL_SERVER | XKU_ANYEKU)) != 0;
  out.is_for_clients = !out.has_purposes || (purposes & (XKU_SSL_CLIENT | XKU_ANYEKU)) != 0;
}

std::string fingerprint_of(const X509* from) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(from, EVP_sha256(), digest.data(), &size) != 1) return {};
  return hex_text(std::as_bytes(std::span(digest).first(size)));
}

}  // namespace

std::string name_text(const X509_NAME* name) { return words_of(name); }

certificate describe(X509* from) {
  certificate out;
  out.subject = words_of(X509_get_subject_name(from));
  out.issuer = words_of(X509_get_issuer_name(from));
  add_names(from, out);
  out.not_before = time_of(X509_get0_notBefore(from));
  out.not_after = time_of(X509_get0_notAfter(from));
  out.lifetime_days = days_between(X509_get0_notBefore(from), X509_get0_notAfter(from));
  out.days_left = days_between(nullptr, X509_get0_notAfter(from));
  add_key(from, out);
  const int signature = X509_get_signature_nid(from);
  out.signature = signature != NID_undef ? OBJ_nid2ln(signature) : "";
  out.is_authority = X509_check_ca(from) > 0;
  out.is_self_signed = X509_self_signed(from, 0) == 1;
  add_purposes(from, out);
  add_issuer_url(from, out);
  out.fingerprint = fingerprint_of(from);
  ERR_clear_error();
  return out;
}

namespace {

openssl_ptr<BIO> reader_of(std::string_view text) {
  return openssl_ptr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::vector<certificate> read_from(BIO* in, std::string& error) {
  std::vector<certificate> found;
  while (in != nullptr) {
    const openssl_ptr<X509> ptr(PEM_read_bio_X509(in, nullptr, nullptr, nullptr));
    if (!ptr) break;
    found.push_back(describe(ptr.get()));
  }
  if (found.empty()) error = take_openssl_reason();
  ERR_clear_error();
  return found;
}

std::optional<bool> fits(BIO* keys, BIO* certificates) {
  std::optional<bool> out;
  if (certificates != nullptr && keys != nullptr) {
    const openssl_ptr<X509> ptr(PEM_read_bio_X509(certificates, nullptr, nullptr, nullptr));
    // An empty passphrase: never a prompt, and an encrypted key stays unknown.
    char none[] = "";
    const openssl_ptr<EVP_PKEY> key(
        PEM_read_bio_PrivateKey(keys, nullptr, nullptr, static_cast<void*>(none)));
    if (ptr && key) out = X509_check_private_key(ptr.get(), key.get()) == 1;
  }
  ERR_clear_error();
  return out;
}

}  // namespace

std::vector<certificate> read_certificates(const std::string& file, std::string& error) {
  const openssl_ptr<BIO> in(BIO_new_file(file.c_str(), "rb"));
  return read_from(in.get(), error);
}

std::vector<certificate> certificates_in(std::string_view text, std::string& error) {
  const openssl_ptr<BIO> in = reader_of(text);
  return read_from(in.get(), error);
}

std::optional<certificate> read_certificate(bytes_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const openssl_ptr<X509> ptr(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  if (!ptr) return std::nullopt;
  return describe(ptr.get());
}

std::optional<bool> key_fits_certificate(const std::string& key_file,
                                         const std::string& certificate_file) {
  const openssl_ptr<BIO> certificates(BIO_new_file(certificate_file.c_str(), "rb"));
  const openssl_ptr<BIO> keys(BIO_new_file(key_file.c_str(), "rb"));
  return fits(keys.get(), certificates.get());
}

std::optional<bool> key_text_fits_certificate(std::string_view key, std::string_view certificate) {
  const openssl_ptr<BIO> certificates = reader_of(certificate), keys = reader_of(key);
  return fits(keys.get(), certificates.get());
}

}  // namespace mqttkit::probe
