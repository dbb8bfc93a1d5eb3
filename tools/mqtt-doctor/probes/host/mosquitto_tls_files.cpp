// The TLS files that a listener of mosquitto names, and their contents.

#include <algorithm>

#include "mqtt-doctor/probes/host/mosquitto_files.hpp"
#include "mqttkit/probe/tls.hpp"

namespace mqttkit::doctor {
namespace {

class tls_files {
 public:
  tls_files(const machine_files& files, const process_fact* runs,
            const std::optional<account>& reader, configured_listener& listener,
            configuration_fact& into, std::vector<std::string>& not_seen)
      : files_(files),
        runs_(runs),
        reader_(reader),
        listener_(listener),
        into_(into),
        not_seen_(not_seen) {}

  void check() {
    const std::string certificate = setting("certfile");
    const std::string key = setting("keyfile");
    if (certificate.empty()) return;
    if (key.empty()) {
      if (files_.exists(certificate)) read_certificate(certificate);
      add_problem(into_, problem_kind::key_missing, file_of_lines(listener_, into_), listener_.line,
                  certificate, {}, false);
      return;
    }
    check_authorities();
    if (can_read("certfile", certificate)) read_certificate(certificate);
    check_key(key, certificate);
    check_version();
    check_text("crlfile", "-----BEGIN X509 CRL");
    check_text("dhparamfile", "PARAMETERS-----");
  }

 private:
  std::string setting(const char* name) const {
    const auto at = listener_.settings.find(name);
    return at != listener_.settings.end() ? trimmed(at->second) : std::string();
  }

  bool can_read(const char* option, const std::string& file) {
    return is_readable(files_, reader_, option, file, into_, not_seen_);
  }

  /// False where the doctor itself may not read the file, or it is a pipe or a device. OpenSSL gets
  /// the text that was read, at most 1 MiB, and opens nothing itself.
  bool is_seen(const std::string& file) {
    file_error error;
    files_.read(file, &error, 1);
    if (error.empty()) return true;
    const std::string what = file + ": " + error.text();
    if (std::find(not_seen_.begin(), not_seen_.end(), what) == not_seen_.end())
      not_seen_.push_back(what);
    return false;
  }

  void note_content(const char* option, const std::string& file, const std::string& wrong) {
    add_problem(into_, problem_kind::bad_certificate, file, listener_.line, option,
                wrong + "\n" + word_of(content_of(file)), true);
  }

  void check_authorities() {
    const std::string file = setting("cafile");
    if (!file.empty() && can_read("cafile", file) && is_seen(file)) {
      std::string wrong;
      if (probe::certificates_in(files_.read(file), wrong).empty())
        note_content("cafile", file, wrong);
    }
    // Certificates are found by names that "openssl rehash" makes: HASH.0
    const std::string folder = setting("capath");
    if (folder.empty()) return;
    file_error error;
    const auto names = files_.list(folder, &error);
    if (error.is_missing())
      return add_problem(into_, problem_kind::missing_folder, folder, 0, "capath", error.text(),
                         false);
    const bool is_hashed = std::any_of(names.begin(), names.end(), [](const std::string& name) {
      constexpr std::size_t digits = 8;
      return name.size() > digits && name[digits] == '.' &&
             name.find_first_not_of("0123456789abcdef") == digits;
    });
    if (error.empty() && !is_hashed)
      add_problem(into_, problem_kind::lacks_option, folder, 0, "capath", "openssl rehash", false);
  }

  void check_key(const std::string& key, const std::string& certificate) {
    if (!can_read("keyfile", key) || !is_seen(key)) return;
    const certificate_content content = content_of(key);
    // One file may hold both.
    file_error error;
    const bool has_key = has(files_.read(key, &error, 64u << 10), "PRIVATE KEY-----");
    if (!has_key || content == certificate_content::locked_key) {
      if (listener_.certificate) note_content("keyfile", key, {});
      return;
    }
    if (!listener_.certificate) return;
    const auto fits = probe::key_text_fits_certificate(files_.read(key), files_.read(certificate));
    if (fits && !*fits)
      add_problem(into_, problem_kind::key_mismatch, key, listener_.line, certificate,
                  wrong_first(certificate), true);
  }

  /// The subject of an authority that stands before the server's own certificate; "" where none
  /// does.
  std::string wrong_first(const std::string& certificate) const {
    std::string wrong;
    const auto chain = probe::certificates_in(files_.read(certificate), wrong);
    return chain.size() > 1 && chain.front().is_authority && !chain.back().is_authority
               ? chain.front().subject
               : std::string();
  }

  void check_version() {
    const std::string version = setting("tls_version");
    if (!version.empty() && version != "tlsv1.3" && version != "tlsv1.2" && version != "tlsv1.1" &&
        version != "tlsv1")
      add_problem(into_, problem_kind::bad_value, file_of_lines(listener_, into_), 0, "tls_version",
                  version + "\ntlsv1.3, tlsv1.2, tlsv1.1", true);
  }

  /// A file of which the broker wants a certain PEM block.
  void check_text(const char* option, const char* block) {
    const std::string file = setting(option);
    if (file.empty() || !can_read(option, file) || !is_seen(file)) return;
    if (!has(files_.read(file), block)) note_content(option, file, {});
  }

  certificate_content content_of(const std::string& file) const {
    file_error error;
    constexpr std::size_t most = 64u << 10;
    const std::string text = files_.read(file, &error, most);
    const auto holds = [&](const char* part) { return text.find(part) != std::string::npos; };
    if (!error.empty()) return certificate_content::none;
    if (trimmed(text).empty()) return certificate_content::nothing;
    if (holds("-----END CERTIFICATE----------BEGIN")) return certificate_content::joined_lines;
    if (holds("-----BEGIN CERTIFICATE REQUEST")) return certificate_content::request;
    if (holds("-----BEGIN CERTIFICATE-----")) return certificate_content::certificate;
    const bool is_locked = holds("BEGIN ENCRYPTED PRIVATE KEY") || holds("Proc-Type: 4,ENCRYPTED");
    if (is_locked) return certificate_content::locked_key;
    if (holds("PRIVATE KEY-----")) return certificate_content::private_key;
    if (holds("PUBLIC KEY-----")) return certificate_content::public_key;
    if (holds("-----BEGIN X509 CRL")) return certificate_content::revocations;
    if (trimmed(text).front() == '<') return certificate_content::web_page;
    return text.front() == '\x30' ? certificate_content::der : certificate_content::none;
  }

  void read_certificate(const std::string& file) {
    if (!is_seen(file)) return;
    std::string wrong;
    const auto chain = probe::certificates_in(files_.read(file), wrong);
    if (chain.empty()) {
      const auto key = listener_.settings.find("keyfile");
      const certificate_content other = key != listener_.settings.end()
                                            ? content_of(trimmed(key->second))
                                            : certificate_content::none;
      certificate_content content = content_of(file);
      if (content == certificate_content::private_key && other == certificate_content::certificate)
        content = certificate_content::swapped;
      add_problem(into_, problem_kind::bad_certificate, file, listener_.line, "certfile",
                  wrong + "\n" + word_of(content), key != listener_.settings.end());
      return;
    }
    disk_certificate_fact out;
    out.file = file;
    out.subject = chain[0].subject;
    out.not_before = chain[0].not_before;
    out.not_after = chain[0].not_after;
    out.days_left = chain[0].days_left;
    out.certificates = static_cast<int>(chain.size());
    out.has_names = !chain[0].dns_names.empty() || !chain[0].addresses.empty();
    out.fingerprint = chain[0].fingerprint;
    const auto status = files_.status(file);
    if (status) out.modified = rfc3339(status->modified);
    const std::string full = file.substr(0, file.rfind('/') + 1) + "fullchain.pem";
    if (chain.size() == 1 && full != file && files_.exists(full)) out.full_chain = full;
    if (out.days_left < 0) {
      add_problem(into_, problem_kind::certificate_expired, file, listener_.line, out.subject,
                  out.not_after, false);
    }
    if (is_newer_than_start(status, runs_)) {
      add_problem(into_, problem_kind::certificate_newer, file, listener_.line, out.subject,
                  out.modified, false);
    }
    listener_.certificate = std::move(out);
  }

  const machine_files& files_;
  const process_fact* runs_;
  const std::optional<account>& reader_;
  configured_listener& listener_;
  configuration_fact& into_;
  std::vector<std::string>& not_seen_;
};

}  // namespace

void check_tls_files(const machine_files& files, const process_fact* runs,
                     const std::optional<account>& reader, configured_listener& listener,
                     configuration_fact& into, std::vector<std::string>& not_seen) {
  tls_files(files, runs, reader, listener, into, not_seen).check();
}

}  // namespace mqttkit::doctor
