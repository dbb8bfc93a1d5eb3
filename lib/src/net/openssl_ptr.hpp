#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace mqttkit {

/// Frees what OpenSSL made, by the function that belongs to it.
struct openssl_free {
  void operator()(BIO* owned) const noexcept { BIO_free_all(owned); }
  void operator()(EVP_PKEY* owned) const noexcept { EVP_PKEY_free(owned); }
  void operator()(SSL* owned) const noexcept { SSL_free(owned); }
  void operator()(SSL_CTX* owned) const noexcept { SSL_CTX_free(owned); }
  void operator()(SSL_SESSION* owned) const noexcept { SSL_SESSION_free(owned); }
  void operator()(PKCS12* owned) const noexcept { PKCS12_free(owned); }
  void operator()(STACK_OF(X509) * owned) const noexcept { sk_X509_pop_free(owned, X509_free); }
  void operator()(X509* owned) const noexcept { X509_free(owned); }
  void operator()(GENERAL_NAMES* owned) const noexcept { GENERAL_NAMES_free(owned); }
};

template <class T>
using openssl_ptr = std::unique_ptr<T, openssl_free>;

}  // namespace mqttkit
