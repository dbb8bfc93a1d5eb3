// OpenSSL for programs that seldom need it: loaded when TLS is asked for, not when the program
// starts.
//
// Most of what a one-shot publish takes is the dynamic linker's work on libssl and libcrypto. In a
// program that is linked with this unit each function of OpenSSL that mqttkit_net calls is a jump
// through a pointer, so the linker (with --as-needed) leaves the libraries out; load_openssl()
// opens them and fills the pointers. The callers are not changed, and a call that is missing below
// is not lost: the linker takes it from libssl, and the program starts as slowly as it used to,
// which a test notices.
//
// The jumps are the one thing C++ cannot say without repeating every signature.
#include <dlfcn.h>
#include <openssl/opensslv.h>

#include <cstdlib>
#include <string>

#ifndef OPENSSL_NO_ENGINE
#define MQTTKIT_ENGINE_CALLS        \
  CALL(ENGINE_by_id)                \
  CALL(ENGINE_ctrl_cmd)             \
  CALL(ENGINE_finish)               \
  CALL(ENGINE_free)                 \
  CALL(ENGINE_init)                 \
  CALL(ENGINE_load_builtin_engines) \
  CALL(ENGINE_load_private_key)
#else
#define MQTTKIT_ENGINE_CALLS
#endif

#define MQTTKIT_OPENSSL_CALLS              \
  MQTTKIT_ENGINE_CALLS                     \
  CALL(ASN1_STRING_get0_data)              \
  CALL(ASN1_STRING_length)                 \
  CALL(ASN1_STRING_to_UTF8)                \
  CALL(ASN1_TIME_to_tm)                    \
  CALL(BIO_clear_flags)                    \
  CALL(BIO_ctrl)                           \
  CALL(BIO_free_all)                       \
  CALL(BIO_get_data)                       \
  CALL(BIO_get_new_index)                  \
  CALL(BIO_meth_new)                       \
  CALL(BIO_meth_set_ctrl)                  \
  CALL(BIO_meth_set_read_ex)               \
  CALL(BIO_meth_set_write_ex)              \
  CALL(BIO_new)                            \
  CALL(BIO_new_file)                       \
  CALL(BIO_s_mem)                          \
  CALL(BIO_set_data)                       \
  CALL(BIO_set_flags)                      \
  CALL(BIO_set_init)                       \
  CALL(CRYPTO_free)                        \
  CALL(ERR_clear_error)                    \
  CALL(ERR_get_error)                      \
  CALL(ERR_peek_last_error)                \
  CALL(ERR_reason_error_string)            \
  CALL(EVP_PKEY_free)                      \
  CALL(GENERAL_NAMES_free)                 \
  CALL(OPENSSL_sk_num)                     \
  CALL(OPENSSL_sk_pop_free)                \
  CALL(OPENSSL_sk_value)                   \
  CALL(PEM_read_bio_PrivateKey)            \
  CALL(PKCS12_free)                        \
  CALL(PKCS12_parse)                       \
  CALL(SSL_CIPHER_get_name)                \
  CALL(SSL_CTX_ctrl)                       \
  CALL(SSL_CTX_free)                       \
  CALL(SSL_CTX_get0_certificate)           \
  CALL(SSL_CTX_get_ex_data)                \
  CALL(SSL_CTX_load_verify_dir)            \
  CALL(SSL_CTX_load_verify_file)           \
  CALL(SSL_CTX_new)                        \
  CALL(SSL_CTX_sess_set_new_cb)            \
  CALL(SSL_CTX_set_alpn_protos)            \
  CALL(SSL_CTX_set_cipher_list)            \
  CALL(SSL_CTX_set_ciphersuites)           \
  CALL(SSL_CTX_set_default_passwd_cb)      \
  CALL(SSL_CTX_set_default_verify_paths)   \
  CALL(SSL_CTX_set_ex_data)                \
  CALL(SSL_CTX_set_keylog_callback)        \
  CALL(SSL_CTX_set_options)                \
  CALL(SSL_CTX_set_psk_client_callback)    \
  CALL(SSL_CTX_use_PrivateKey)             \
  CALL(SSL_CTX_use_certificate)            \
  CALL(SSL_CTX_use_certificate_chain_file) \
  CALL(SSL_SESSION_free)                   \
  CALL(SSL_SESSION_get_protocol_version)   \
  CALL(SSL_SESSION_up_ref)                 \
  CALL(SSL_ctrl)                           \
  CALL(SSL_do_handshake)                   \
  CALL(SSL_free)                           \
  CALL(SSL_get0_alpn_selected)             \
  CALL(SSL_get0_param)                     \
  CALL(SSL_get1_peer_certificate)          \
  CALL(SSL_get_SSL_CTX)                    \
  CALL(SSL_get_current_cipher)             \
  CALL(SSL_get_error)                      \
  CALL(SSL_get_ex_data)                    \
  CALL(SSL_get_ex_data_X509_STORE_CTX_idx) \
  CALL(SSL_get_version)                    \
  CALL(SSL_is_init_finished)               \
  CALL(SSL_new)                            \
  CALL(SSL_read_ex)                        \
  CALL(SSL_session_reused)                 \
  CALL(SSL_set_bio)                        \
  CALL(SSL_set_connect_state)              \
  CALL(SSL_set_ex_data)                    \
  CALL(SSL_set_session)                    \
  CALL(SSL_set_verify)                     \
  CALL(SSL_shutdown)                       \
  CALL(SSL_write_ex)                       \
  CALL(TLS_client_method)                  \
  CALL(X509_NAME_ENTRY_get_data)           \
  CALL(X509_NAME_get_entry)                \
  CALL(X509_NAME_get_index_by_NID)         \
  CALL(X509_NAME_print_ex)                 \
  CALL(X509_STORE_CTX_get_current_cert)    \
  CALL(X509_STORE_CTX_get_error)           \
  CALL(X509_STORE_CTX_get_error_depth)     \
  CALL(X509_STORE_CTX_get_ex_data)         \
  CALL(X509_VERIFY_PARAM_set1_host)        \
  CALL(X509_VERIFY_PARAM_set1_ip_asc)      \
  CALL(X509_VERIFY_PARAM_set_hostflags)    \
  CALL(X509_check_private_key)             \
  CALL(X509_free)                          \
  CALL(X509_get0_notAfter)                 \
  CALL(X509_get0_notBefore)                \
  CALL(X509_get_default_cert_dir)          \
  CALL(X509_get_default_cert_file)         \
  CALL(X509_get_ext_d2i)                   \
  CALL(X509_get_issuer_name)               \
  CALL(X509_get_subject_name)              \
  CALL(X509_up_ref)                        \
  CALL(X509_verify_cert_error_string)      \
  CALL(d2i_PKCS12_bio)

#if defined(__x86_64__)
#define MQTTKIT_JUMP(name) \
  "endbr64\n"              \
  "jmp *mqttkit_later_" #name "(%rip)\n"
#elif defined(__aarch64__)
#define MQTTKIT_JUMP(name)                    \
  "hint #34\n" /* bti c */                    \
  "adrp x16, mqttkit_later_" #name            \
  "\n"                                        \
  "ldr x16, [x16, :lo12:mqttkit_later_" #name \
  "]\n"                                       \
  "br x16\n"
#else
#error "no jump for this processor: configure with -DMQTTKIT_OPENSSL_LATER=OFF"
#endif

namespace {

/// Where every pointer leads before load_openssl(); it is a fault of ours to come here.
[[noreturn]] void not_loaded() { std::abort(); }

using call = void (*)();

}  // namespace

extern "C" {
const char* mqttkit_load_openssl_later();

#define CALL(name) [[gnu::visibility("hidden"), gnu::used]] call mqttkit_later_##name = not_loaded;
MQTTKIT_OPENSSL_CALLS
#undef CALL
}

// Hidden: libssl calls functions of the same names, and must not be led here.
#define CALL(name)                                                                                \
  asm(".pushsection .text\n"                                                                      \
      ".balign 16\n"                                                                              \
      ".globl " #name                                                                             \
      "\n"                                                                                        \
      ".hidden " #name                                                                            \
      "\n"                                                                                        \
      ".type " #name ", %function\n" #name ":\n" MQTTKIT_JUMP(name) ".size " #name ", . - " #name \
                                                                    "\n"                          \
                                                                    ".popsection");
MQTTKIT_OPENSSL_CALLS
#undef CALL

namespace {

struct row {
  const char* name;
  call* into;
};

constexpr row rows[] = {
#define CALL(name) {#name, &mqttkit_later_##name},
    MQTTKIT_OPENSSL_CALLS
#undef CALL
};

#define MQTTKIT_TEXT_OF(number) #number
#define MQTTKIT_TEXT(number) MQTTKIT_TEXT_OF(number)
// libssl needs libcrypto, which is found through it. The names carry the version of the interface
// that the headers declare.
constexpr const char* library = "libssl.so." MQTTKIT_TEXT(OPENSSL_VERSION_MAJOR);

std::string reason() {
  const char* const why = ::dlerror();
  return why != nullptr ? why : library;
}

}  // namespace

const char* mqttkit_load_openssl_later() {
  static const std::string why = []() -> std::string {
    void* const handle = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return "TLS needs OpenSSL, which cannot be loaded: " + reason();
    for (const row& each : rows) {
      void* const found = ::dlsym(handle, each.name);
      if (found == nullptr) return "this OpenSSL is not the one TLS needs: " + reason();
      *each.into = reinterpret_cast<call>(found);
    }
    return {};
  }();
  return why.c_str();
}
