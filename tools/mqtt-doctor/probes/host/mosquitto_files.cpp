// Checks the files that a mosquitto.conf names, and their contents.

#include <algorithm>

#include "common/printable.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/probes/host/brokers.hpp"
#include "mqttkit/probe/password_hash.hpp"
#include "mqttkit/probe/tls.hpp"

namespace mqttkit::doctor {
namespace {

class checker {
 public:
  checker(const machine_files& files, const configuration_request& request,
          const process_fact* runs, configuration_fact& into, std::vector<std::string>& not_seen)
      : files_(files), request_(request), runs_(runs), into_(into), not_seen_(not_seen) {
    const auto named = into.settings.find("user");
    const std::string name = runs != nullptr                ? runs->user
                             : named != into.settings.end() ? named->second
                                                            : "mosquitto";
    reader_ = files.user(name);
    if (!reader_ && runs == nullptr) reader_ = files.user("nobody");
  }

  void check() {
    for (const auto& problem : into_.problems) {
      if (problem.kind == problem_kind::unreadable_configuration)
        cannot_see(problem.subject + ": needs root");
    }
    check_age();
    std::vector<std::string> found;
    const auto once = [&](const std::string& file) {
      if (std::find(found.begin(), found.end(), file) != found.end()) return false;
      found.push_back(file);
      return true;
    };
    const auto look = [&](const std::map<std::string, std::string>& settings) {
      for (const auto& [name, value] : settings) {
        const std::string file = words_of(value).empty() ? value : trimmed(value);
        if (name == "password_file" && once("users " + file) && is_readable(name, file))
          check_passwords(file);
        if (name == "acl_file" && once(file) && is_readable(name, file)) read_acl(file);
        if (name == "pid_file" && once(file)) check_folder(name, file);
        if ((name == "plugin" || name == "auth_plugin") && once(file)) is_there(name, file);
        for (const char* other : {"psk_file", "cafile", "crlfile", "dhparamfile"}) {
          if (name == other && once(file)) is_readable(name, file);
        }
      }
    };
    look(into_.settings);
    check_user();
    bool has_plain_mqtt = false;
    for (auto& listener : into_.listeners) {
      look(listener.settings);
      check_tls(listener);
      check_binding(listener);
      check_folders(listener);
      has_plain_mqtt = has_plain_mqtt || listener.protocol == listener_protocol::mqtt ||
                       listener.protocol == listener_protocol::unix_socket;
    }
    if (!has_plain_mqtt && !into_.listeners.empty()) {
      const auto& first = into_.listeners[0];
      add_problem(into_, problem_kind::websocket_only, file_of(first), first.line, {}, {}, true);
    }
    check_wrappers();
    check_store();
    check_interfaces();
  }

 private:
  void cannot_see(const std::string& what) {
    if (std::find(not_seen_.begin(), not_seen_.end(), what) == not_seen_.end()) {
      not_seen_.push_back(what);
    }
  }

  // Whether the file changed after the running broker had read it. In the moment after its start,
  // in which it reads its files, nobody can tell.
  bool is_newer_than_start(const std::optional<file_status>& at) const {
    constexpr std::int64_t reading_ms = 700;
    return at && runs_ != nullptr && runs_->started_ms != 0 &&
           at->modified_ms > runs_->started_ms + reading_ms;
  }

  // Notes a file that changed after the broker had read it.
  void check_age() {
    for (const auto& file : into_.files) {
      const auto at = files_.status(file);
      if (is_newer_than_start(at)) {
        add_problem(into_, problem_kind::changed_since_start, file, 0, file, rfc3339(at->modified),
                    false);
      }
    }
  }

  // Whether the broker can read the file; notes a problem otherwise.
  bool is_readable(const std::string& option, const std::string& file) {
    if (file.empty()) return false;
    if (!files_.exists(file)) {
      file_error error;
      files_.read(file, &error, 1);
      if (error.is_denied()) {
        cannot_see(file + ": needs root");
        return false;
      }
      add_problem(into_, problem_kind::missing_file, file, 0, option, error.text(), true);
      return false;
    }
    if (reader_) {
      const std::string at = files_.barrier(file, *reader_);
      if (!at.empty()) {
        add_problem(into_, problem_kind::unreadable_file, file, 0, option,
                    reader_->name + "\n" + at, true);
        return false;
      }
    }
    return true;
  }

  // Checks the user to run as: root changes to that user, anybody else stays who they are.
  void check_user() {
    const auto named = into_.settings.find("user");
    if (named == into_.settings.end() || runs_ != nullptr || !files_.user("root")) return;
    const std::string name = trimmed(named->second);
    if (name != "mosquitto" && !files_.user(name))
      add_problem(into_, problem_kind::missing_user, into_.file, 0, name, {}, true);
  }

  // Checks a file that the broker loads while it is still root.
  void is_there(const std::string& option, const std::string& file) {
    file_error error;
    files_.read(file, &error, 1);
    if (error.is_missing())
      add_problem(into_, problem_kind::missing_file, file, 0, option, error.text(), true);
  }

  /// The file that holds the listener's lines.
  std::string file_of(const configured_listener& listener) const {
    const auto named = listener.settings.find("file");
    return named == listener.settings.end() ? into_.file : named->second;
  }

  void check_folders(const configured_listener& listener) {
    const auto setting = [&](const char* name) {
      const auto at = listener.settings.find(name);
      return at != listener.settings.end() ? trimmed(at->second) : std::string();
    };
    const bool is_web = listener.protocol == listener_protocol::websockets;
    if (is_web && !setting("http_dir").empty()) is_there("http_dir", setting("http_dir"));
    if (listener.protocol == listener_protocol::unix_socket && !listener.address.empty())
      check_folder("listener", listener.address);
  }

  // Checks a file that the broker creates: it stops when the folder is missing.
  void check_folder(const std::string& option, const std::string& file) {
    const std::size_t slash = file.rfind('/');
    if (slash == std::string::npos || slash == 0 || runs_ != nullptr) return;
    const std::string folder = file.substr(0, slash);
    file_error error;
    files_.list(folder, &error);
    if (error.is_missing() && !is_made_at_start(folder))
      add_problem(into_, problem_kind::missing_file, folder, 0, option, error.text(), true);
  }

  // Whether the service creates the folder at its start, as below /run, which a reboot empties.
  bool is_made_at_start(const std::string& folder) const {
    constexpr const char* starters[] = {"/etc/systemd/system/mosquitto.service",
                                        "/lib/systemd/system/mosquitto.service",
                                        "/usr/lib/systemd/system/mosquitto.service",
                                        "/etc/init.d/mosquitto",
                                        "/etc/tmpfiles.d/mosquitto.conf",
                                        "/usr/lib/tmpfiles.d/mosquitto.conf"};
    const std::string name = folder.substr(folder.rfind('/') + 1);
    return std::any_of(std::begin(starters), std::end(starters), [&](const char* path) {
      const std::string text = files_.read(path);
      return has(text, folder) || has(text, "RuntimeDirectory=" + name);
    });
  }

  // Checks the folder for sessions and retained messages; without it the broker runs and forgets.
  void check_store() {
    const auto kept = into_.settings.find("persistence");
    const auto place = into_.settings.find("persistence_location");
    if (kept == into_.settings.end() || kept->second != "true" || place == into_.settings.end())
      return;
    const std::string folder = trimmed(place->second);
    if (folder.empty() || !files_.exists(folder)) return;
    check_database(folder);
    if (!reader_ || reader_->uid == 0) return;
    const std::string at = files_.barrier_to_writing(folder, *reader_);
    if (!at.empty())
      add_problem(into_, problem_kind::unreadable_file, folder, 0, "persistence_location",
                  reader_->name + "\n" + at, false);
  }

  // A database begins with a magic, a checksum of four bytes and its version, high byte first.
  void check_database(const std::string& folder) {
    if (runs_ != nullptr) return;
    using namespace std::string_view_literals;
    constexpr std::string_view mark = "\0\xB5\0mosquitto db"sv;
    constexpr std::size_t format_at = 15 + 4;
    constexpr int newest_format = 6;
    const auto named = into_.settings.find("persistence_file");
    const std::string name =
        named == into_.settings.end() ? "mosquitto.db" : trimmed(named->second);
    const std::string file = folder + (folder.back() == '/' ? "" : "/") + name;
    file_error error;
    const std::string text = files_.read(file, &error, format_at + 4);
    if (!error.empty() || text.empty()) return;  // an empty file counts as none
    const bool is_database = text.size() >= mark.size() && text.compare(0, mark.size(), mark) == 0;
    if (!is_database)
      return add_problem(into_, problem_kind::broken_store, file, 0, "persistence_location", {},
                         true);
    if (text.size() < format_at + 4) return;
    const int format = static_cast<unsigned char>(text[format_at + 3]);
    const bool is_of_2_0 = into_.version.empty() || into_.version.rfind("2.0", 0) == 0;
    if (format > newest_format && is_of_2_0)
      add_problem(into_, problem_kind::broken_store, file, 0, "persistence_location",
                  std::to_string(format), true);
  }

  // Checks interfaces that listeners are bound to by name.
  void check_interfaces() {
    const std::string all = files_.read("/proc/net/dev");
    if (all.empty()) return;
    for (const auto& listener : into_.listeners) {
      const auto bound = listener.settings.find("bind_interface");
      if (bound == listener.settings.end()) continue;
      const std::string name = trimmed(bound->second);
      const auto lines = lines_of(all);
      const bool is_here = std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
        return trimmed(line.substr(0, line.find(':'))) == name;
      });
      if (!is_here)
        add_problem(into_, problem_kind::address_not_here, file_of(listener), listener.line, name,
                    std::to_string(listener.port), true);
    }
  }

  /// Whether the text is a hash of crypt(3) or web servers; mosquitto's $6$ is longer, in base64.
  static bool is_foreign_hash(const std::string& text) {
    for (const char* mark :
         {"$apr1$", "$1$", "$2a$", "$2b$", "$2y$", "$5$", "$y$", "{SHA}", "{SSHA}"}) {
      if (text.rfind(mark, 0) == 0) return true;
    }
    constexpr std::size_t length_of_crypt = 86;
    const std::size_t last = text.rfind('$');
    return text.rfind("$6$", 0) == 0 && last != std::string::npos &&
           trimmed(text.substr(last + 1)).size() == length_of_crypt;
  }

  /// Another use of the file, or the option that names it as well; empty when there is none.
  fact_word<second_use> other_use_of(const std::string& file) const {
    for (const char* users : {"/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow"}) {
      if (file == users || file == std::string(users) + "-") return second_use::system;
    }
    const bool is_read =
        std::find(into_.files.begin(), into_.files.end(), file) != into_.files.end();
    if (is_read || file == into_.file) return second_use::configuration;
    const auto named_in = [&](const std::map<std::string, std::string>& settings) -> std::string {
      for (const auto& [name, value] : settings) {
        if (name != "password_file" && trimmed(value) == file) return name;
      }
      return {};
    };
    std::string use = named_in(into_.settings);
    for (const auto& listener : into_.listeners) {
      if (use.empty()) use = named_in(listener.settings);
    }
    return fact_word<second_use>(use);
  }

  /// The first line at which mosquitto_passwd stops: one that is no user's, or a comment.
  static int stray_line_of(const std::string& text) {
    int number = 0;
    for (const auto& line : lines_of(text)) {
      ++number;
      const std::size_t colon = line.find(':');
      const bool is_read =
          colon != std::string::npos && colon > 0 && !trimmed(line.substr(colon + 1)).empty();
      if (!is_read) return number;
    }
    return 0;
  }

  /// The first line that no password file has: words of a configuration, JSON, a certificate.
  static int alien_line_of(const std::string& text) {
    int number = 0;
    for (const auto& line : lines_of(text)) {
      ++number;
      if (trimmed(line).empty() || line.front() == '#') continue;
      const std::string name = trimmed(line.substr(0, line.find(':')));
      if (name.size() == trimmed(line).size() || name.find_first_of("\"{}[]<>=") != name.npos)
        return number;
    }
    return 0;
  }

  void check_passwords(const std::string& file) {
    file_error error;
    const std::string text = files_.read(file, &error, 4u << 20);
    if (!error.empty()) return cannot_see(file + ": " + error.text());
    if (const auto use = other_use_of(file); !use.empty())
      return add_problem(into_, problem_kind::no_password_file, file, 0, "password_file", use,
                         false);
    const std::size_t before = into_.problems.size();
    const bool has_users = check_users(file, text);
    if (const int line = alien_line_of(text); line != 0 && !has_users) {
      into_.problems.resize(before);
      return add_problem(into_, problem_kind::no_password_file, file, line, "password_file", {},
                         false);
    }
    if (const int line = stray_line_of(text); line != 0)
      add_problem(into_, problem_kind::stray_user_line, file, line, "password_file", {}, false);
  }

  /// Whether the file has a user with a hashed password.
  bool check_users(const std::string& file, const std::string& text) {
    int line = 0;
    int users = 0;
    bool has_user = false;
    bool is_exchanged = false;
    std::string near;  // a name that differs in case or blanks only
    for (const auto& each : lines_of(text)) {
      ++line;
      const std::size_t colon = each.find(':');
      if (each.empty() || each.front() == '#') continue;
      const std::string name = each.substr(0, colon);
      const bool is_hashed =
          colon != std::string::npos && !is_foreign_hash(each.substr(colon + 1)) &&
          (each.compare(colon + 1, 3, "$6$") == 0 || each.compare(colon + 1, 3, "$7$") == 0 ||
           each.compare(colon + 1, 8, "$argon2i") == 0);
      if (is_hashed) {
        ++users;
        has_user = has_user || name == request_.user;
        if (name == request_.user && !request_.password.empty()) {
          check_login(file, each.substr(colon + 1));
        }
        if (lower(trimmed(name)) == lower(trimmed(request_.user))) near = name;
        is_exchanged = is_exchanged || (!name.empty() && name == request_.password);
      } else if (colon != std::string::npos && is_foreign_hash(each.substr(colon + 1))) {
        ++users;
        has_user = has_user || name == request_.user;
        add_problem(into_, problem_kind::foreign_hash, file, line, name, {}, false);
      } else if (colon != std::string::npos) {
        if (name == request_.user) has_user = true;
        add_problem(into_, problem_kind::plain_password, file, line, name, {}, false);
      }
    }
    const bool has_plain = std::any_of(
        into_.problems.begin(), into_.problems.end(),
        [&](const auto& p) { return p.kind == problem_kind::plain_password && p.file == file; });
    const auto lines = lines_of(text);
    for (auto& each : into_.problems) {
      if (each.kind != problem_kind::plain_password || each.file != file) continue;
      // "$apr1$..." and "{SHA}..." are hashes of other programs.
      const std::string& said = lines[static_cast<std::size_t>(each.line) - 1];
      const char first = (said + ' ')[std::min(said.find(':') + 1, said.size())];
      if (users > 0 || first == '$' || first == '{') each.detail = "beside others";
    }
    if (users == 0 && !has_plain)
      add_problem(into_, problem_kind::empty_password_file, file, 0, {}, {}, false);
    if (is_exchanged && !request_.user.empty() && !has_user)
      add_problem(into_, problem_kind::login_exchanged, file, 0, request_.password, {}, false);
    if (!request_.user.empty() && !has_user) {
      add_problem(into_, problem_kind::user_not_in_file, file, 0, request_.user, near, false);
    }
    return users > 0;
  }

  /// Whether a wildcard does not fill its level, or # is not last, unlike "a/+/b" and "a/#".
  static bool has_stray_wildcard(const std::string& topic) {
    const auto levels = split(topic, '/');
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const bool is_mixed =
          levels[i].size() > 1 && levels[i].find_first_of("+#") != std::string::npos;
      if (is_mixed || (levels[i] == "#" && i + 1 < levels.size())) return true;
    }
    return false;
  }

  // Whether mosquitto stops at the line; it separates words by blanks only.
  static bool is_refused_rule(const std::string& line) {
    const std::string name = trimmed(line);
    if (name.front() == '#') return line.front() != '#';
    const std::size_t blank = name.find(' ');
    const std::string word = name.substr(0, blank);
    const std::string rest =
        blank == std::string::npos ? std::string() : trimmed(name.substr(blank));
    if ((word != "user" && word != "topic" && word != "pattern") || rest.empty()) return true;
    if (word == "user") return false;
    const std::size_t end = rest.find(' ');
    if (end == std::string::npos) return has_stray_wildcard(rest);
    if (fact_word<acl_access>(rest.substr(0, end)).value() == acl_access::none) return true;
    return has_stray_wildcard(trimmed(rest.substr(end)));
  }

  // Reads an access list: "user NAME" begins a user's rules; see mosquitto.conf(5) for the others.
  void read_acl(const std::string& file) {
    constexpr std::size_t most_rules = 200;
    file_error error;
    const std::string text = files_.read(file, &error, 1u << 20);
    if (!error.empty()) return cannot_see(file + ": " + error.text());
    const auto status = files_.status(file);
    const bool is_newer = is_newer_than_start(status);
    std::string user;
    int line = 0;
    for (const auto& whole : lines_of(text)) {
      ++line;
      const std::string name = trimmed(whole);
      if (!name.empty() && is_refused_rule(whole)) {
        add_problem(into_, problem_kind::bad_value, file, line, "acl_file",
                    tools::printable(name, 80), true);
        continue;
      }
      if (name.empty() || name.front() == '#') continue;
      const std::size_t space = name.find_first_of(" \t");
      const std::string word = name.substr(0, space);
      std::string rest = space == std::string::npos ? std::string() : trimmed(name.substr(space));
      if (word == "user") {
        user = rest;
        if (into_.acl_users.size() < most_rules) into_.acl_users.push_back(rest);
        continue;
      }
      if ((word != "topic" && word != "pattern") || rest.empty()) continue;
      acl_rule_fact made;
      made.file = file;
      made.line = line;
      made.is_pattern = word == "pattern";
      made.is_newer = is_newer;
      if (!made.is_pattern) made.user = user;
      made.access = acl_access::readwrite;
      const std::string first = rest.substr(0, rest.find_first_of(" \t"));
      if (const fact_word<acl_access> access(first);
          access.value() != acl_access::none && first != rest) {
        made.access = access;
        rest = trimmed(rest.substr(first.size()));
      }
      made.topic = rest;
      const bool is_about_user = made.user.empty() || made.user == request_.user;
      if (is_about_user && into_.acl.size() < most_rules) into_.acl.push_back(std::move(made));
    }
  }

  // Whether blanks or a line end are all that is wrong: what echo, an editor or pasting adds.
  void note_spaces(const std::string& hash, login_check_fact& into) const {
    const auto is_right = [&](const std::string& password) {
      return probe::match_password(hash, password) == probe::password_match::yes;
    };
    const std::string bare = trimmed(request_.password);
    into.fits_without_spaces = bare != request_.password && is_right(bare);
    for (const char* behind : {"\n", "\r\n", "\r", " "})
      into.fits_with_space = into.fits_with_space || is_right(request_.password + behind);
  }

  void check_login(const std::string& file, const std::string& hash) {
    login_check_fact made;
    made.file = file;
    made.user = request_.user;
    switch (probe::match_password(hash, request_.password)) {
      case probe::password_match::yes:
        made.outcome = login_outcome::right;
        break;
      case probe::password_match::no:
        made.outcome = login_outcome::wrong;
        note_spaces(hash, made);
        break;
      case probe::password_match::unknown:
        made.outcome = login_outcome::unknown;
        break;
    }
    if (const auto at = files_.status(file)) {
      made.modified = rfc3339(at->modified);
      made.is_newer = is_newer_than_start(at);
    }
    into_.login_checks.push_back(std::move(made));
  }

  void check_tls(configured_listener& listener) {
    const auto setting = [&](const char* name) {
      const auto at = listener.settings.find(name);
      return at != listener.settings.end() ? trimmed(at->second) : std::string();
    };
    const std::string certificate = setting("certfile");
    const std::string key = setting("keyfile");
    if (certificate.empty()) return;
    const bool has_certificate = is_readable("certfile", certificate);
    if (has_certificate) read_certificate(listener, certificate);
    if (key.empty()) {
      add_problem(into_, problem_kind::key_missing, file_of(listener), listener.line, certificate,
                  {}, false);
      return;
    }
    if (!is_readable("keyfile", key) || !listener.certificate) return;
    file_error error;
    files_.read(key, &error, 1);
    if (!error.empty()) return cannot_see(key + ": " + error.text());
    const auto fits = probe::key_fits_certificate(files_.real(key), files_.real(certificate));
    if (fits && !*fits)
      add_problem(into_, problem_kind::key_mismatch, key, listener.line, certificate, {}, true);
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
    if (holds("PRIVATE KEY-----")) return certificate_content::private_key;
    if (trimmed(text).front() == '<') return certificate_content::web_page;
    return text.front() == '\x30' ? certificate_content::der : certificate_content::none;
  }

  void read_certificate(configured_listener& listener, const std::string& file) {
    file_error error;
    files_.read(file, &error, 1);
    if (!error.empty()) return cannot_see(file + ": " + error.text());
    std::string wrong;
    const auto chain = probe::read_certificates(files_.real(file), wrong);
    if (chain.empty()) {
      const auto key = listener.settings.find("keyfile");
      const certificate_content other = key != listener.settings.end()
                                            ? content_of(trimmed(key->second))
                                            : certificate_content::none;
      certificate_content content = content_of(file);
      if (content == certificate_content::private_key && other == certificate_content::certificate)
        content = certificate_content::swapped;
      add_problem(into_, problem_kind::bad_certificate, file, listener.line, "certfile",
                  wrong + "\n" + word_of(content), true);
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
      add_problem(into_, problem_kind::certificate_expired, file, listener.line, out.subject,
                  out.not_after, false);
    }
    if (is_newer_than_start(status)) {
      add_problem(into_, problem_kind::certificate_newer, file, listener.line, out.subject,
                  out.modified, false);
    }
    listener.certificate = std::move(out);
  }

  void check_binding(const configured_listener& listener) {
    if (listener.port > 0 && listener.port < 1024 && runs_ == nullptr) {
      add_problem(into_, problem_kind::privileged_port, file_of(listener), listener.line,
                  std::to_string(listener.port), {}, false);
    }
    const bool is_literal = !listener.address.empty() &&
                            (has(listener.address, ":") || listener.address.find_first_not_of(
                                                               "0123456789.") == std::string::npos);
    if (listener.protocol == listener_protocol::websockets && !listener.address.empty() &&
        listener.settings.count("socket_domain") == 0) {
      add_problem(into_, problem_kind::socket_domain_missing, file_of(listener), listener.line,
                  std::to_string(listener.port), listener.address, false);
    }
    if (!is_literal || is_any_address(listener.address) || is_loopback(listener.address) ||
        listener.address.rfind("fe80:", 0) == 0) {
      return;
    }
    const auto& own = request_.own_addresses;
    if (!own.empty() && std::find(own.begin(), own.end(), listener.address) == own.end()) {
      add_problem(into_, problem_kind::address_not_here, file_of(listener), listener.line,
                  listener.address, std::to_string(listener.port),
                  listener.protocol == listener_protocol::mqtt);
    }
  }

  // Debian's and Fedora's builds use tcp wrappers (hosts_access(5)).
  void check_wrappers() {
    const auto rules = [&](const std::string& file) {
      std::vector<std::pair<int, std::string>> out;
      int line = 0;
      for (const auto& text : lines_of(files_.read(file))) {
        ++line;
        if (text.empty() || text.front() == '#') continue;
        const std::size_t colon = text.find(':');
        if (colon == std::string::npos) continue;
        std::string daemons = text.substr(0, colon);
        std::replace(daemons.begin(), daemons.end(), ',', ' ');
        for (const auto& daemon : words_of(daemons)) {
          if (daemon == "mosquitto" || daemon == "ALL") {
            out.emplace_back(line, trimmed(text.substr(colon + 1)));
          }
        }
      }
      return out;
    };
    const auto denied = rules("/etc/hosts.deny");
    if (denied.empty()) return;
    std::string allowed;
    for (const auto& [line, clients] : rules("/etc/hosts.allow")) {
      if (clients.rfind("ALL", 0) == 0) return;
      allowed += (allowed.empty() ? "" : ", ") + clients;
    }
    add_problem(into_, problem_kind::hosts_deny, "/etc/hosts.deny", denied[0].first,
                denied[0].second, allowed, false);
  }

  const machine_files& files_;
  const configuration_request& request_;
  const process_fact* runs_;
  configuration_fact& into_;
  std::vector<std::string>& not_seen_;
  std::optional<account> reader_;
};

}  // namespace

void check_mosquitto(const machine_files& files, const configuration_request& request,
                     const process_fact* runs, configuration_fact& into,
                     std::vector<std::string>& not_seen) {
  checker(files, request, runs, into, not_seen).check();
}

}  // namespace mqttkit::doctor
