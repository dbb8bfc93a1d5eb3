// Engines are deprecated in OpenSSL 3 but still how mosquitto's --tls-engine reaches smart cards;
// this unit alone knows them.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#include <openssl/engine.h>

#include "net/tls_context.hpp"
#include "net/tls_words.hpp"

namespace mqttkit {

#ifdef OPENSSL_NO_ENGINE

openssl_ptr<EVP_PKEY> load_engine_key(const tls_options&, std::string& why) {
  why = "this OpenSSL was built without engines";
  return nullptr;
}

#else

namespace {

struct engine_free {
  void operator()(ENGINE* engine) const noexcept { ENGINE_free(engine); }
};

struct engine_finish {
  void operator()(ENGINE* engine) const noexcept { ENGINE_finish(engine); }
};

/// As mosquitto does for --tls-engine-kpass-sha1: the engine gets the digest in place of a prompt.
bool give_passphrase_digest(ENGINE* engine, const std::string& hex, std::string& why) {
  constexpr long secret_is_sha1 = 0x1000;
  constexpr std::size_t sha1_bytes = 20;
  std::string digest;
  if (!decode_hex(hex, digest) || digest.size() != sha1_bytes) {
    why = "the engine's passphrase digest must be 40 hexadecimal digits";
    return false;
  }
  if (ENGINE_ctrl_cmd(engine, "SECRET_MODE", secret_is_sha1, nullptr, nullptr, 0) != 1 ||
      ENGINE_ctrl_cmd(engine, "PIN", 0, digest.data(), nullptr, 0) != 1) {
    why = "the engine does not take a passphrase digest: " + take_openssl_reason();
    return false;
  }
  return true;
}

}  // namespace

openssl_ptr<EVP_PKEY> load_engine_key(const tls_options& options, std::string& why) {
  if (options.engine.empty()) {
    why = "key form engine needs the name of an engine";
    return nullptr;
  }
  ENGINE_load_builtin_engines();
  const std::unique_ptr<ENGINE, engine_free> engine(ENGINE_by_id(options.engine.c_str()));
  if (!engine) {
    why = "cannot load the engine " + options.engine + ": " + take_openssl_reason();
    return nullptr;
  }
  if (ENGINE_init(engine.get()) != 1) {
    why = "cannot start the engine " + options.engine + ": " + take_openssl_reason();
    return nullptr;
  }
  const std::unique_ptr<ENGINE, engine_finish> started(engine.get());
  const std::string& digest = options.engine_key_passphrase_sha1;
  if (!digest.empty() && !give_passphrase_digest(engine.get(), digest, why)) return nullptr;
  // No UI method: an engine that wants to prompt fails instead.
  openssl_ptr<EVP_PKEY> key(
      ENGINE_load_private_key(engine.get(), options.key_file.c_str(), nullptr, nullptr));
  if (!key) why = "the engine has no such private key: " + take_openssl_reason();
  return key;
}

#endif

}  // namespace mqttkit
