#include "unit/net/certificates.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdio>
#include <ctime>
#include <filesystem>

#include "net/openssl_ptr.hpp"

namespace mqttkit::test {
namespace {

constexpr long day_seconds = 24 * 60 * 60;

template <class Write>
void write_pem(const std::string& path, Write write) {
  std::FILE* const file = std::fopen(path.c_str(), "wb");
  REQUIRE(file != nullptr);
  REQUIRE(write(file) == 1);
  std::fclose(file);
}

openssl_ptr<X509> read_certificate(const std::string& path) {
  const openssl_ptr<BIO> in(BIO_new_file(path.c_str(), "rb"));
  return openssl_ptr<X509>(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
}

openssl_ptr<EVP_PKEY> read_key(const std::string& path) {
  const openssl_ptr<BIO> in(BIO_new_file(path.c_str(), "rb"));
  return openssl_ptr<EVP_PKEY>(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  REQUIRE(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

temporary_directory::temporary_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "mqttkit-test-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

temporary_directory::~temporary_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

test_pki::test_pki() {
  certificate_wish authority;
  authority.alternative_names = "";
  authority.issuer = "";
  authority.is_authority = true;
  authority.common_name = "Test CA";
  issue("ca", authority);
  authority.common_name = "Other CA";
  issue("other", authority);

  issue("good", {});
  issue("expired", {.from_days = -60, .until_days = -30});
  issue("notyet", {.from_days = 30, .until_days = 60});
  issue("wronghost", {.common_name = "broker.invalid",
                      .alternative_names = "DNS:broker.invalid,DNS:*.broker.invalid,IP:192.0.2.1"});
  issue("cnonly", {.alternative_names = ""});
  issue("selfsigned", {.issuer = ""});
  issue("untrusted", {.issuer = "other"});
  issue("client", {.common_name = "alice", .alternative_names = ""});
  issue("locked", {.common_name = "bob", .alternative_names = "", .passphrase = "open sesame"});
}

void test_pki::issue(const std::string& name, const certificate_wish& wish) {
  const openssl_ptr<EVP_PKEY> key_pair(EVP_EC_gen("P-256"));
  const openssl_ptr<X509> made(X509_new());
  static long serial = 1;
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), wish.from_days * day_seconds);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), wish.until_days * day_seconds);
  X509_set_pubkey(made.get(), key_pair.get());
  X509_NAME* const subject = X509_get_subject_name(made.get());
  const auto* const text = reinterpret_cast<const unsigned char*>(wish.common_name.c_str());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text, -1, -1, 0);

  const bool is_own_issuer = wish.issuer.empty();
  const openssl_ptr<X509> issuer =
      is_own_issuer ? nullptr : read_certificate(certificate(wish.issuer));
  const openssl_ptr<EVP_PKEY> issuer_key = is_own_issuer ? nullptr : read_key(key(wish.issuer));
  X509* const signer = is_own_issuer ? made.get() : issuer.get();
  X509_set_issuer_name(made.get(), X509_get_subject_name(signer));
  add_extension(made.get(), signer, NID_basic_constraints,
                wish.is_authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (!wish.alternative_names.empty()) {
    add_extension(made.get(), signer, NID_subject_alt_name, wish.alternative_names);
  }
  X509_sign(made.get(), is_own_issuer ? key_pair.get() : issuer_key.get(), EVP_sha256());

  write_pem(certificate(name), [&](std::FILE* to) { return PEM_write_X509(to, made.get()); });
  write_pem(key(name), [&](std::FILE* to) {
    const EVP_CIPHER* const cipher = wish.passphrase.empty() ? nullptr : EVP_aes_128_cbc();
    return PEM_write_PKCS8PrivateKey(to, key_pair.get(), cipher, wish.passphrase.data(),
                                     static_cast<int>(wish.passphrase.size()), nullptr, nullptr);
  });
}

test_pki& shared_pki() {
  static test_pki pki;
  return pki;
}

std::string date_in(int days) {
  const std::time_t then = std::time(nullptr) + days * day_seconds;
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&then));
  return text;
}

}  // namespace mqttkit::test

TEST_CASE("certificates of the tests can be read back") {
  auto& pki = mqttkit::test::shared_pki();
  CHECK(mqttkit::test::read_certificate(pki.certificate("good")));
  CHECK(mqttkit::test::read_key(pki.key("good")));
}
