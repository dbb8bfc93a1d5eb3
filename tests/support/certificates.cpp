#include "support/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace mqttkit::testing {
namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;

void check(bool worked, const char* what) {
  if (!worked) throw std::runtime_error(std::string("certificates: ") + what);
}

struct identity {
  key_ptr key;
  certificate_ptr certificate;
};

struct lifetime {
  std::time_t begin;
  std::time_t end;
};

constexpr std::time_t day = 24 * 60 * 60;

lifetime around_now() {
  const std::time_t now = std::time(nullptr);
  return {now - day, now + 30 * day};
}
constexpr lifetime in_the_past{1'577'836'800, 1'580'515'200};    // January 2020
constexpr lifetime in_the_future{4'070'908'800, 4'073'587'200};  // January 2099

enum class role : std::uint8_t { authority, server, client };

void add_extension(X509* to, X509V3_CTX* context, int id, const char* value) {
  const extension_ptr extension(X509V3_EXT_conf_nid(nullptr, context, id, value));
  check(extension && X509_add_ext(to, extension.get(), -1) == 1, value);
}

// `names` is a subjectAltName; without an issuer the certificate signs itself.
identity make_identity(const char* common_name, role as, const char* names, lifetime valid,
                       const identity* issuer) {
  static long serial = 1;
  identity made{key_ptr(EVP_EC_gen("P-256")), certificate_ptr(X509_new())};
  check(made.key && made.certificate, "key");
  X509* certificate = made.certificate.get();
  const identity& signer = issuer == nullptr ? made : *issuer;
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  ASN1_TIME_set(X509_getm_notBefore(certificate), valid.begin);
  ASN1_TIME_set(X509_getm_notAfter(certificate), valid.end);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(signer.certificate.get()));

  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, signer.certificate.get(), certificate, nullptr, nullptr, 0);
  const bool is_authority = as == role::authority;
  add_extension(certificate, &context, NID_basic_constraints,
                is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add_extension(certificate, &context, NID_key_usage,
                is_authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  if (!is_authority) {
    add_extension(certificate, &context, NID_ext_key_usage,
                  as == role::server ? "serverAuth" : "clientAuth");
  }
  add_extension(certificate, &context, NID_subject_key_identifier, "hash");
  if (names != nullptr) add_extension(certificate, &context, NID_subject_alt_name, names);
  check(X509_sign(certificate, signer.key.get(), EVP_sha256()) > 0, "signature");
  return made;
}

std::string finish(const bio_ptr& pem) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(pem.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string pem(const certificate_ptr& certificate) {
  const bio_ptr out(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_X509(out.get(), certificate.get()) == 1, "PEM");
  return finish(out);
}

std::string pem(const key_ptr& key, std::string_view password = {}) {
  const bio_ptr out(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_PKCS8PrivateKey(
            out.get(), key.get(), password.empty() ? nullptr : EVP_aes_256_cbc(), password.data(),
            static_cast<int>(password.size()), nullptr, nullptr) == 1,
        "PEM");
  return finish(out);
}

const char* file_name(certificate_kind kind) {
  switch (kind) {
    case certificate_kind::good:
      return "good";
    case certificate_kind::chain:
      return "chain";
    case certificate_kind::incomplete_chain:
      return "incomplete-chain";
    case certificate_kind::expired:
      return "expired";
    case certificate_kind::not_yet_valid:
      return "not-yet-valid";
    case certificate_kind::wrong_host:
      return "wrong-host";
    case certificate_kind::no_alternative_name:
      return "no-alternative-name";
    case certificate_kind::self_signed:
      return "self-signed";
    case certificate_kind::untrusted:
      return "untrusted";
  }
  return "";
}

}  // namespace

certificates::certificates() {
  constexpr const char* local = "DNS:localhost,IP:127.0.0.1,IP:::1";
  const lifetime now = around_now();
  const auto ca = make_identity("mqttkit test authority", role::authority, nullptr, now, nullptr);
  const auto other =
      make_identity("mqttkit other authority", role::authority, nullptr, now, nullptr);
  const auto middle =
      make_identity("mqttkit test intermediate", role::authority, nullptr, now, &ca);

  // As keys should be: their owner's alone. The programs warn of others.
  const auto write_key = [&](const std::string& name, const std::string& key) {
    std::filesystem::permissions(folder_.write(name, key), std::filesystem::perms::owner_read |
                                                               std::filesystem::perms::owner_write);
  };
  const auto save = [&](const std::string& name, const identity& made,
                        const std::string& above = {}) {
    folder_.write(name + ".crt", pem(made.certificate) + above);
    write_key(name + ".key", pem(made.key));
  };
  const auto save_server = [&](certificate_kind kind, const char* common_name, const char* names,
                               lifetime valid, const identity* issuer,
                               const std::string& above = {}) {
    save(file_name(kind), make_identity(common_name, role::server, names, valid, issuer), above);
  };
  using kind = certificate_kind;
  save_server(kind::good, "localhost", local, now, &ca);
  save_server(kind::chain, "localhost", local, now, &middle, pem(middle.certificate));
  save_server(kind::incomplete_chain, "localhost", local, now, &middle);
  save_server(kind::expired, "localhost", local, in_the_past, &ca);
  save_server(kind::not_yet_valid, "localhost", local, in_the_future, &ca);
  save_server(kind::wrong_host, "broker.invalid", "DNS:broker.invalid", now, &ca);
  save_server(kind::no_alternative_name, "localhost", nullptr, now, &ca);
  save_server(kind::self_signed, "localhost", local, now, nullptr);
  save_server(kind::untrusted, "localhost", local, now, &other);

  const std::string client_cn(client_name);
  const auto client = make_identity(client_cn.c_str(), role::client, nullptr, now, &ca);
  save("client", client);
  write_key("client-encrypted.key", pem(client.key, key_password));
  save("client-expired", make_identity(client_cn.c_str(), role::client, nullptr, in_the_past, &ca));
  save("client-untrusted", make_identity(client_cn.c_str(), role::client, nullptr, now, &other));

  folder_.write("ca.crt", pem(ca.certificate));
  folder_.write("other-ca.crt", pem(other.certificate));
  std::filesystem::create_directory(ca_folder());
  char hashed[16];
  std::snprintf(
      hashed, sizeof hashed, "%08lx.0",
      X509_NAME_hash_ex(X509_get_subject_name(ca.certificate.get()), nullptr, nullptr, nullptr));
  folder_.write(std::string("ca-folder/") + hashed, pem(ca.certificate));
}

key_pair certificates::pair(const std::string& name) const {
  return {folder_.file(name + ".crt"), folder_.file(name + ".key")};
}

key_pair certificates::server(certificate_kind kind) const { return pair(file_name(kind)); }

key_pair certificates::encrypted_client() const {
  return {folder_.file("client.crt"), folder_.file("client-encrypted.key")};
}

const certificates& test_certificates() {
  static const certificates made;
  return made;
}

}  // namespace mqttkit::testing
