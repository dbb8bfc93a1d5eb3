#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "cli/secret.hpp"
#include "cli/settings_builder.hpp"
#include "cli/values.hpp"

namespace mqttkit::tools {
namespace {

/// A client identifier of 23 letters and digits: all that MQTT 3.1 allows (3.1 §3.1).
std::string random_client_id(program which) {
  static constexpr std::string_view alphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string id = which == program::pub ? "mqttpub" : "mqttsub";
  unsigned char random[16] = {};
  if (getrandom(random, sizeof random, 0) != static_cast<ssize_t>(sizeof random))
    return id + std::to_string(getpid());
  for (const unsigned char byte : random) id += alphabet[byte % alphabet.size()];
  return id;
}

}  // namespace

std::string settings_builder::finish_tls() {
  if (common_.sn.wanted) return {};
  // TLS is turned on by port 8883, as in mosquitto's clients, and by a certificate of ours.
  const bool by_port = port_ == mqtts_port && dial_.unix_path.empty() && !is_said_plain();
  const bool by_certificate =
      certificate_counts_ && (!tls_.certificate_file.empty() || !tls_.key_file.empty());
  if (!no_tls_option_.empty()) {
    if (!tls_wanted_by_.empty() || by_certificate)
      return no_tls_option_ + " and " + (by_certificate ? "--cert" : tls_wanted_by_) +
             " exclude each other";
    return {};
  }
  if (tls_wanted_by_.empty() && !by_port && !by_certificate) {
    if (!tls_option_.empty() && which_ != program::doctor)
      note(std::string(tls_option_) +
           " has no effect without TLS; --cafile FILE or --tls-use-os-certs turns it on");
    return {};
  }
  if (std::string wrong = finish_tls_trust(); !wrong.empty()) return wrong;
  if (std::string wrong = finish_tls_key(); !wrong.empty()) return wrong;
  tls_.add_system_store = os_certs_;
  if (tls_.key_log_file.empty())
    if (const char* file = std::getenv("SSLKEYLOGFILE"); file != nullptr && *file != 0)
      take_key_log(file);
  if (is_tls_of_file_) common_.tls_from = tls_wanted_by_;
  dial_.tls = std::move(tls_);
  return {};
}

// Whom to trust: certificates, or a shared key.
std::string settings_builder::finish_tls_trust() {
  if (holds_passwords_back()) {
    // The doctor sends no password over such a connection, and its report says what the certificate
    // lacks.
  } else if (!tls_.verify_certificate) {
    if (password_given_ != nullptr && !sends_password_unverified_)
      return "--trust-any-certificate and " + place_of(*password_given_) +
             " exclude each other: whoever answers would learn the password; "
             "--send-password-unverified sends it all the same";
    warn(
        "--trust-any-certificate: the broker's certificate is not checked, anybody may pose as it");
  } else if (sends_password_unverified_) {
    return "--send-password-unverified needs --trust-any-certificate";
  }
  if (!tls_.psk_key.empty()) {
    if (!tls_.ca_file.empty() || !tls_.ca_path.empty())
      return "--psk and " + std::string(tls_.ca_file.empty() ? "--capath" : "--cafile") +
             " exclude each other: TLS uses a shared key or certificates";
    if (tls_.psk_identity.empty()) return "--psk needs --psk-identity NAME";
  } else if (!tls_.psk_identity.empty()) {
    return "--psk-identity needs --psk HEX";
  }
  return {};
}

// Our own certificate and its key.
std::string settings_builder::finish_tls_key() {
  if (!tls_.key_file.empty() && tls_.certificate_file.empty()) return "--key needs --cert FILE";
  const bool is_bundle = !tls_.certificate_file.empty() && is_pkcs12(tls_.certificate_file);
  if (is_bundle && !tls_.key_file.empty())
    return "--key and a PKCS#12 file for --cert exclude each other: the key is in it";
  if (!tls_.certificate_file.empty() && tls_.key_file.empty() && !is_bundle)
    return "--cert needs --key FILE";
  if (tls_.key_form == "engine" && tls_.key_file.empty()) return "--keyform needs --key";
  if (!tls_.engine_key_passphrase_sha1.empty() &&
      (tls_.engine.empty() || tls_.key_form != "engine"))
    return "--tls-engine-kpass-sha1 needs --tls-engine and --keyform engine";
  if (!key_pass_file_.empty()) {
    if (tls_.key_file.empty() && !is_bundle) return "--key-pass-file needs --key FILE";
    std::ifstream file(key_pass_file_, std::ios::binary);
    if (!std::getline(file, tls_.key_passphrase))
      return "--key-pass-file " + printable(key_pass_file_, 200) + ": cannot be read";
    if (tls_.key_passphrase.ends_with('\r')) tls_.key_passphrase.pop_back();
    if (is_readable_by_others(key_pass_file_)) warn(open_secret_warning(key_pass_file_));
  }
  if (tls_.key_form != "engine" && is_readable_by_others(tls_.key_file))
    warn(open_secret_warning(tls_.key_file));
  const std::string& key_in = is_bundle ? tls_.certificate_file : tls_.key_file;
  const bool is_locked =
      is_bundle || (tls_.key_form != "engine" && !key_in.empty() && is_encrypted_key(key_in));
  if (is_locked && key_pass_file_.empty() && report_ == nullptr) {
    // Without a terminal nobody can be asked: the key stays locked, and setting up TLS says what to
    // do.
    [[maybe_unused]] const std::string nobody = ask_without_echo(
        said(translate, "Passphrase of " + printable(key_in, 200) + ": "), tls_.key_passphrase);
  }
  return {};
}

// The path of ws://host/a/b is the path of the WebSocket; for mosquitto 2.1 it is the topic, which
// it can be here where nothing else names one. /mqtt is what nearly every broker's path is called.
std::string settings_builder::topic_from_ws_path() {
  if (ws_url_path_.size() <= 1) return {};
  const bool is_theirs = common_.ways == mosquitto_ways::v2_1;
  const bool is_usual_path = ws_url_path_ == websocket_options().path;
  if (!is_theirs && (is_usual_path || has_topic())) return {};
  if (const std::string bad = apply_url_topic(ws_url_path_); !bad.empty()) return bad;
  if (!ws_path_given_) websocket_.path = websocket_options().path;
  if (!is_theirs)
    note("the path of the URL is the topic, " + quoted(common_.url_topic) +
         ", as in mosquitto 2.1; beside a -t it is the path of the WebSocket");
  return {};
}

// SSLKEYLOGFILE is meant for other programs as well: that it cannot be written is no reason to
// stop.
void settings_builder::take_key_log(const char* file) {
  if (report_ != nullptr) {  // --print-config: nothing is written
    tls_.key_log_file = file;
    return;
  }
  constexpr int owner_only = 0600;
  const int opened = ::open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, owner_only);
  if (opened < 0) {
    warn("SSLKEYLOGFILE " + printable(file, 200) + ": " + std::generic_category().message(errno) +
         "; goes on without a key log");
    return;
  }
  ::close(opened);
  tls_.key_log_file = file;
}

std::string settings_builder::finish_version() {
  if (version_ && *version_ != protocol_version::v5 && !v5_option_.empty())
    return v5_option_ + " needs MQTT 5, and " + version_option_ + " asks for " +
           std::string(to_string(*version_)) + "; leave one of them out";
  const bool wants_5 = !v5_option_.empty() || wants_v5();
  session_.version = version_.value_or(wants_5 ? protocol_version::v5 : protocol_version::v3_1_1);
  return {};
}

std::string settings_builder::finish_session() {
  const bool is_v5 = session_.version == protocol_version::v5;
  if (id_given_ && id_prefix_given_) return "-i and -I exclude each other";
  if (id_prefix_given_) session_.client_id = id_prefix_ + std::to_string(getpid());
  const bool has_fixed_id = id_given_ && !session_.client_id.empty();

  if (is_v5 && !session_.clean_start && !expiry_ &&
      !properties_.connect.view().number(property_id::session_expiry_interval))
    expiry_ = never_expires;
  if (!session_.clean_start && !has_fixed_id)
    return "-c needs -i ID: the broker finds a kept session by its client identifier";
  if (expiry_ == never_expires && !has_fixed_id)
    return "a session that never expires needs -i ID, by which the broker finds it again";
  if (expiry_) {
    if (properties_.connect.view().number(property_id::session_expiry_interval))
      return "-x and -D connect session-expiry-interval say the same thing; leave one out";
    if (*expiry_ != 0)
      if (const auto error =
              properties_.connect.add(property_id::session_expiry_interval, *expiry_))
        return "-x: " + error.message();
  }

  if (session_.version == protocol_version::v3_1) {
    if (session_.client_id.empty()) session_.client_id = random_client_id(which_);
    if (session_.client_id.size() > 23)
      return "-i " + quoted(session_.client_id) + ": MQTT 3.1 allows 23 bytes, this has " +
             std::to_string(session_.client_id.size());
  }
  if (common_.sn.wanted) {
    if (session_.client_id.empty()) session_.client_id = random_client_id(which_);
    if (session_.client_id.size() > sn::max_client_id_bytes)
      return "-i " + quoted(session_.client_id) + ": MQTT-SN allows 23 bytes, this has " +
             std::to_string(session_.client_id.size());
    return {};
  }
  if (!is_v5 && password_given_ != nullptr && !session_.user_name)
    return place_of(*password_given_) +
           " needs -u NAME: only MQTT 5 (-V 5) has passwords without a user name";
  return {};
}

// A subscriber takes packets of any size, as mosquitto's clients do, unless told otherwise: only
// the user can say what is too large. A publisher has no use for large ones.
std::string settings_builder::finish_packet_size() {
  constexpr std::uint32_t publishers = 1u << 20;  // sixteen of the longest properties
  const bool is_said =
      properties_.connect.view().find(property_id::maximum_packet_size).has_value();
  if (packet_size_ != 0 && is_said)
    return packet_size_option_ +
           " and -D connect maximum-packet-size say the same thing; leave one out";
  if (is_said) return {};
  const bool only_publishes = which_ == program::pub && !is_request();
  if (packet_size_ == 0 && !only_publishes) return {};
  const std::uint32_t limit =
      packet_size_ != 0 ? static_cast<std::uint32_t>(packet_size_) : publishers;
  session_.maximum_receive_size = limit;
  // A broker that is told the limit throws larger messages away. In a kept session they may be
  // meant for a subscriber that has this identifier at other times, so there it is not told.
  const bool is_told = packet_size_ != 0 || session_.clean_start;
  if (session_.version != protocol_version::v5 || !is_told) return {};
  if (const auto error = properties_.connect.add(property_id::maximum_packet_size, limit))
    return "--max-packet-size: " + error.message();
  return {};
}

std::string settings_builder::finish_password() {
  if (password_given_ == nullptr || report_ != nullptr || common_.sn.wanted) return {};
  const argument& given = *password_given_;
  std::string password;
  if (given.row->id == option_id::ask_password) {
    std::string prompt = "Password";
    if (session_.user_name) prompt += " of " + printable(*session_.user_name, 80);
    prompt += " at " + printable(dial_.unix_path.empty() ? dial_.host : dial_.unix_path, 80) + ": ";
    if (const std::string wrong = ask_without_echo(said(translate, prompt), password);
        !wrong.empty())
      return place_of(given) + ": " + wrong;
  } else if (given.row->id == option_id::password_file) {
    const std::string file(given.value());
    if (file == "-" && reads_standard_input())
      return place_of(given) +
             " -: standard input holds the messages; name a file, or ask with "
             "--ask-password";
    if (const std::string wrong = read_first_line(file, password); !wrong.empty())
      return place_of(given) + " " + printable(file, 200) + ": " + wrong;
    if (file != "-" && is_readable_by_others(file)) warn(open_secret_warning(file));
  } else {
    return {};
  }
  session_.password = std::move(password);
  return {};
}

std::string settings_builder::finish_properties() {
  if (properties_.connect.view().find(property_id::authentication_data) &&
      !properties_.connect.view().find(property_id::authentication_method))
    return "-D connect authentication-data needs -D connect authentication-method";
  session_.connect_properties = std::move(properties_.connect);
  if (will_wanted_) {
    will_.properties = std::move(properties_.will);
    session_.will = std::move(will_);
  } else {
    if (!will_.payload.empty() || will_.retain)
      return std::string(will_option_) + " needs --will-topic TOPIC";
    if (!will_option_.empty())
      note(std::string(will_option_) + " has no effect without --will-topic");
    if (!properties_.will.empty()) note("-D will has no effect without --will-topic");
  }
  return {};
}

// The port where none was given. With --ws it is one of MQTT's, as in mosquitto 2.1; with a ws://
// URL it is that of the scheme, which 2.1 does not do.
std::uint16_t settings_builder::usual_port() const {
  if (common_.sn.wanted) return sn_port;
  const bool is_secure = dial_.tls.has_value();
  const bool is_web_url = scheme_port_ == http_port || scheme_port_ == https_port;
  if (ws_wanted_ && is_web_url && common_.ways != mosquitto_ways::v2_1)
    return is_secure ? https_port : http_port;
  return is_secure ? mqtts_port : mqtt_port;
}

std::string settings_builder::finish() {
  if (std::string wrong = topic_from_ws_path(); !wrong.empty()) return wrong;
  if (std::string wrong = finish_sn(); !wrong.empty()) return wrong;
  // What the program itself misses is said first: without topic or message nothing else matters.
  if (std::string wrong = finish_version(); !wrong.empty()) return wrong;
  if (report_ == nullptr)
    if (std::string wrong = finish_own(); !wrong.empty()) return wrong;
  if (std::string wrong = finish_session(); !wrong.empty()) return wrong;
  if (which_ != program::doctor)
    if (std::string wrong = finish_packet_size(); !wrong.empty()) return wrong;
  if (std::string wrong = finish_tls(); !wrong.empty()) return wrong;
  if (std::string wrong = finish_properties(); !wrong.empty()) return wrong;

  if (ws_wanted_) {
    dial_.websocket = std::move(websocket_);
  } else if (!ws_option_.empty()) {
    return std::string(ws_option_) + " needs --ws or a ws:// URL";
  }
  dial_.port = port_ ? *port_ : usual_port();
  if (dial_.proxy && !dial_.unix_path.empty())
    return "--proxy and a Unix socket exclude each other";
  return finish_password();
}

}  // namespace mqttkit::tools
