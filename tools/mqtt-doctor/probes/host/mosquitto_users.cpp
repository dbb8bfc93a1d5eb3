// The files of users and of access rights that a mosquitto.conf names.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/printable.hpp"
#include "mqtt-doctor/probes/host/mosquitto_files.hpp"
#include "mqttkit/probe/password_hash.hpp"

namespace mqttkit::doctor {

bool is_newer_than_start(const std::optional<file_status>& at, const process_fact* runs) {
  // In the moment after its start, in which it reads its files, nobody can tell.
  constexpr std::int64_t reading_ms = 700;
  return at && runs != nullptr && runs->started_ms != 0 &&
         at->modified_ms > runs->started_ms + reading_ms;
}

namespace {

class user_files {
 public:
  user_files(const machine_files& files, const configuration_request& request,
             const process_fact* runs, configuration_fact& into, std::vector<std::string>& not_seen)
      : files_(files), request_(request), runs_(runs), into_(into), not_seen_(not_seen) {}

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
        if (name.starts_with("file of ")) continue;
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
    if (text.starts_with("\xEF\xBB\xBF"))
      add_problem(into_, problem_kind::byte_order_mark, file, 1, "password_file", {}, false);
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
      const std::string beside = near.empty() ? file_with_user(file) : std::string();
      add_problem(into_, problem_kind::user_not_in_file, file, 0, request_.user,
                  beside.empty() ? near : "\n" + beside, false);
    }
    return users > 0;
  }

  /// The clients that mosquitto's dynamic security plugin keeps in its file, with the hashes that
  /// mosquitto_passwd makes, but each part in a member of its own.
  void check_clients(const std::string& file) {
    using nlohmann::json;
    const json all = json::parse(files_.read(file, nullptr, 4u << 20), nullptr, false);
    if (request_.user.empty() || !all.is_object()) return;
    const auto clients = all.find("clients");
    if (clients == all.end() || !clients->is_array()) return;
    const auto member = [](const json& of, const char* name) {
      const auto at = of.is_object() ? of.find(name) : of.end();
      return at != of.end() && at->is_string() ? at->get<std::string>() : std::string();
    };
    for (const json& each : *clients) {
      if (member(each, "username") != request_.user) continue;
      const auto rounds = each.find("iterations");
      const auto off = each.find("disabled");
      const bool is_off = off != each.end() && off->is_boolean() && off->get<bool>();
      if (is_off)
        add_problem(into_, problem_kind::dynamic_client_off, file, 0, request_.user, {}, false);
      if (const std::string id = member(each, "clientid"); !id.empty())
        add_problem(into_, problem_kind::dynamic_client_bound, file, 0, request_.user, id, false);
      if (rounds != each.end() && rounds->is_number_integer() && !is_off &&
          !request_.password.empty())
        check_login(file, "$7$" + std::to_string(rounds->get<std::int64_t>()) + "$" +
                              member(each, "salt") + "$" + member(each, "password"));
      return;
    }
    add_problem(into_, problem_kind::user_not_in_file, file, 0, request_.user, {}, false);
  }

  /// Another file of hashed passwords beside this one that has the asked user; "" for none.
  std::string file_with_user(const std::string& file) const {
    constexpr std::size_t most_files = 40, most_bytes = 64 * 1024;
    const std::size_t slash = file.rfind('/');
    if (slash == std::string::npos) return {};
    const std::string folder = file.substr(0, slash + 1);
    std::size_t looked = 0;
    for (const std::string& name : files_.list(folder)) {
      // What ends so is an older copy, which nobody means to be in force.
      if (name.ends_with('~') || name.ends_with(".bak") || name.ends_with(".old")) continue;
      const std::string other = folder + name;
      const auto status = files_.status(other);
      if (other == file || !status || status->is_folder || ++looked > most_files) continue;
      for (const auto& line : lines_of(files_.read(other, nullptr, most_bytes))) {
        if (line.starts_with(request_.user + ":$7$") || line.starts_with(request_.user + ":$6$"))
          return other;
      }
    }
    return {};
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
    const bool is_newer = is_newer_than_start(status, runs_);
    std::string user;
    int line = 0;
    for (const auto& whole : lines_of(text)) {
      ++line;
      const std::string name = trimmed(whole);
      if (line == 1 && whole.starts_with("\xEF\xBB\xBF")) {
        add_problem(into_, problem_kind::byte_order_mark, file, line, "acl_file", {}, true);
        continue;
      }
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
      const auto& names = request_.names_of_certificate;
      const bool is_about_user = made.user.empty() || made.user == request_.user ||
                                 std::find(names.begin(), names.end(), made.user) != names.end();
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
      made.is_newer = is_newer_than_start(at, runs_);
    }
    into_.login_checks.push_back(std::move(made));
  }

 private:
  void cannot_see(const std::string& what) {
    if (std::find(not_seen_.begin(), not_seen_.end(), what) == not_seen_.end())
      not_seen_.push_back(what);
  }

  const machine_files& files_;
  const configuration_request& request_;
  const process_fact* runs_;
  configuration_fact& into_;
  std::vector<std::string>& not_seen_;
};

}  // namespace

void read_password_file(const machine_files& files, const configuration_request& request,
                        const process_fact* runs, const std::string& file, configuration_fact& into,
                        std::vector<std::string>& not_seen) {
  user_files(files, request, runs, into, not_seen).check_passwords(file);
}

void read_dynamic_clients(const machine_files& files, const configuration_request& request,
                          const process_fact* runs, const std::string& file,
                          configuration_fact& into, std::vector<std::string>& not_seen) {
  user_files(files, request, runs, into, not_seen).check_clients(file);
}

void read_access_list(const machine_files& files, const configuration_request& request,
                      const process_fact* runs, const std::string& file, configuration_fact& into,
                      std::vector<std::string>& not_seen) {
  user_files(files, request, runs, into, not_seen).read_acl(file);
}

}  // namespace mqttkit::doctor
