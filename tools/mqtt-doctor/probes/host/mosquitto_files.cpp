// Checks the files that a mosquitto.conf names, and their contents.

#include "mqtt-doctor/probes/host/mosquitto_files.hpp"

#include <algorithm>

#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/probes/host/access_rules.hpp"
#include "mqtt-doctor/probes/host/mosquitto_options.hpp"

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
        const auto may_read = [&, &name = name] {
          return once(name + " " + file) && !is_a_folder(name, file) &&
                 is_readable(files_, reader_, name, file, into_, not_seen_);
        };
        if (name == "password_file" && may_read())
          read_password_file(files_, request_, runs_, file, into_, not_seen_);
        if (name == "acl_file" && may_read())
          read_access_list(files_, request_, runs_, file, into_, not_seen_);
        if (name == "psk_file" && may_read()) check_keys(file);
        if (name == "pid_file" && once(file)) check_folder(name, file);
        if ((name == "plugin" || name == "auth_plugin") && once(file)) check_plugin(name, file);
      }
    };
    look(into_.settings);
    check_dynamic_security();
    check_user();
    bool has_plain_mqtt = false;
    for (auto& listener : into_.listeners) {
      look(listener.settings);
      check_tls_files(files_, runs_, reader_, listener, into_, not_seen_);
      check_binding(listener);
      check_folders(listener);
      has_plain_mqtt = has_plain_mqtt || listener.protocol == listener_protocol::mqtt ||
                       listener.protocol == listener_protocol::unix_socket;
    }
    if (!has_plain_mqtt && !into_.listeners.empty()) {
      const auto& first = into_.listeners[0];
      add_problem(into_, problem_kind::websocket_only, file_of_lines(first, into_), first.line, {},
                  {}, true);
    }
    check_wrappers();
    check_store();
    check_log();
    check_interfaces();
    for (auto& problem : into_.problems) find_name(problem);
  }

 private:
  void cannot_see(const std::string& what) {
    if (std::find(not_seen_.begin(), not_seen_.end(), what) == not_seen_.end()) {
      not_seen_.push_back(what);
    }
  }

  // Notes a file that changed after the broker had read it.
  void check_age() {
    for (const auto& file : into_.files) {
      const auto at = files_.status(file);
      if (is_newer_than_start(at, runs_)) {
        add_problem(into_, problem_kind::changed_since_start, file, 0, file, rfc3339(at->modified),
                    false);
      }
    }
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

  /// A folder in the place of a file that has lines: mosquitto reads it for ever.
  bool is_a_folder(const std::string& option, const std::string& file) {
    const auto at = files_.status(file);
    if (!at || !at->is_folder) return false;
    // An access list is read otherwise, and a folder then counts as empty.
    add_problem(into_, problem_kind::missing_file, file, 0, option, "Is a directory",
                option != "acl_file");
    return true;
  }

  /// Every line of a psk_file is IDENTITY:KEY, the key in hexadecimal digits.
  void check_keys(const std::string& file) {
    file_error error;
    const std::string text = files_.read(file, &error, 1u << 20);
    if (!error.empty()) return cannot_see(file + ": " + error.text());
    int line = 0;
    for (const auto& whole : lines_of(text)) {
      ++line;
      const std::string each = trimmed(whole);
      const std::size_t colon = each.find(':');
      if (each.empty() || each.front() == '#' || colon == std::string::npos) continue;
      const std::string key = each.substr(colon + 1);
      if (key.empty() || key.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
        return add_problem(into_, problem_kind::bad_value, file, line, "psk_file",
                           each.substr(0, colon), true);
    }
  }

  /// A plugin is a library; anything else in its place stops mosquitto.
  void check_plugin(const std::string& option, const std::string& file) {
    const std::size_t before = into_.problems.size();
    is_there(option, file);
    if (into_.problems.size() != before) return;
    const auto at = files_.status(file);
    if (!at) return;
    if (at->is_folder)
      return add_problem(into_, problem_kind::missing_file, file, 0, option, "Is a directory",
                         true);
    file_error error;
    const std::string begin = files_.read(file, &error, 4);
    if (error.empty() && begin !=
                             "\x7F"
                             "ELF")
      return add_problem(into_, problem_kind::bad_value, file, 0, option, "no library", true);
    if (!reader_) return;
    const std::string barrier = files_.barrier(file, *reader_);
    if (!barrier.empty())
      add_problem(into_, problem_kind::unreadable_file, file, 0, option,
                  reader_->name + "\n" + barrier, true);
  }

  /// The plugin reads its file as the broker's user, and saves it by a new one beside it. mosquitto
  /// runs on when it can do neither.
  void check_dynamic_security() {
    const auto plugin = into_.settings.find("plugin");
    const auto named = into_.settings.find("plugin_opt_config_file");
    if (named == into_.settings.end() || plugin == into_.settings.end() ||
        !has(plugin->second, "dynamic_security"))
      return;
    const std::string file = trimmed(named->second);
    file_error error;
    files_.read(file, &error, 1);
    if (error.is_missing())
      return add_problem(into_, problem_kind::missing_file, file, 0, named->first, error.text(),
                         false);
    if (into_.settings.count("password_file") == 0)
      read_dynamic_clients(files_, request_, runs_, file, into_, not_seen_);
    if (!reader_ || reader_->uid == 0) return;
    if (const std::string at = files_.barrier(file, *reader_); !at.empty())
      return add_problem(into_, problem_kind::unreadable_file, file, 0, named->first,
                         reader_->name + "\n" + at, false);
    if (const std::string at = files_.barrier_to_writing(folder_of(file), *reader_); !at.empty())
      add_problem(into_, problem_kind::unwritable_file, file, 0, named->first,
                  reader_->name + "\n" + at, false);
  }

  /// mosquitto runs on when it cannot write its log, and says so on its standard error alone.
  void check_log() {
    const auto named = into_.settings.find("log_dest");
    if (named == into_.settings.end()) return;
    for (const auto& line : lines_of(named->second)) {
      if (line.rfind("file ", 0) != 0) continue;
      const std::string file = trimmed(line.substr(5));
      const std::string folder = folder_of(file);
      file_error error;
      files_.list(folder, &error);
      if (error.is_missing() && !is_made_at_start(folder))
        return add_problem(into_, problem_kind::missing_folder, file, 0, "log_dest", folder, false);
      if (const std::string at = barrier_to_file(file); !at.empty())
        add_problem(into_, problem_kind::unwritable_file, file, 0, "log_dest",
                    reader_->name + "\n" + at, false);
    }
  }

  static std::string folder_of(const std::string& file) {
    const std::size_t slash = file.rfind('/');
    if (slash == std::string::npos) return "/";  // where a service works
    return slash == 0 ? "/" : file.substr(0, slash);
  }

  /// What keeps the broker's user from writing the file, or from making it; "" for nothing.
  std::string barrier_to_file(const std::string& file) const {
    if (!reader_ || reader_->uid == 0) return {};
    const auto at = files_.status(file);
    if (at && at->is_folder) return file;
    return at ? files_.barrier_to_writing(file, *reader_)
              : files_.barrier_to_writing(folder_of(file), *reader_);
  }

  /// Finds the line of the configuration that names a file with a problem.
  void find_name(configuration_problem& problem) const {
    using enum problem_kind;
    const auto& kind = problem.kind;
    const bool is_about_file = kind == missing_file || kind == unreadable_file ||
                               kind == unwritable_file || kind == missing_folder ||
                               kind == bad_certificate || kind == broken_store ||
                               (kind == bad_value && problem.line == 0);
    if (!is_about_file || problem.file.empty()) return;
    const bool is_value = problem.subject == "tls_version";
    const std::string named =
        is_value ? problem.detail.substr(0, problem.detail.find('\n')) : problem.file;
    for (const auto& file : into_.files) {
      int number = 0;
      for (const auto& line : lines_of(files_.read(file))) {
        ++number;
        const auto words = words_of(line);
        if (words.size() < 2 || words[0] != problem.subject || !has(line, named)) continue;
        (is_value ? problem.file : problem.named_in) = file;
        (is_value ? problem.line : problem.named_line) = number;
        return;
      }
    }
  }

  void check_folders(const configured_listener& listener) {
    const auto setting = [&](const char* name) {
      const auto at = listener.settings.find(name);
      return at != listener.settings.end() ? trimmed(at->second) : std::string();
    };
    const bool is_web = listener.protocol == listener_protocol::websockets;
    if (is_web && !setting("http_dir").empty()) is_there("http_dir", setting("http_dir"));
    // The socket is made anew at each start.
    const bool is_path = listener.protocol == listener_protocol::unix_socket;
    if (is_path && !listener.address.empty()) check_folder("listener", listener.address, true);
  }

  // Checks a file that the broker creates: it stops when the folder is missing.
  void check_folder(const std::string& option, const std::string& file, bool is_made_anew = false) {
    if (runs_ != nullptr) return;
    const std::string folder = folder_of(file);
    if (is_made_at_start(folder)) return;
    file_error error;
    files_.list(folder, &error);
    if (error.is_missing())
      return add_problem(into_, problem_kind::missing_file, folder, 0, option, error.text(), true);
    const std::string at = is_made_anew && reader_ ? files_.barrier_to_writing(folder, *reader_)
                                                   : barrier_to_file(file);
    if (!at.empty())
      add_problem(into_, problem_kind::unwritable_file, file, 0, option, reader_->name + "\n" + at,
                  true);
  }

  // Whether the service creates the folder at its start, as below /run, which a reboot empties.
  bool is_made_at_start(const std::string& folder) const {
    constexpr const char* starters[] = {"/etc/systemd/system/mosquitto.service",
                                        "/lib/systemd/system/mosquitto.service",
                                        "/usr/lib/systemd/system/mosquitto.service",
                                        "/etc/init.d/mosquitto",
                                        "/etc/tmpfiles.d/mosquitto.conf",
                                        "/usr/lib/tmpfiles.d/mosquitto.conf"};
    return std::any_of(std::begin(starters), std::end(starters), [&](const char* path) {
      const auto lines = lines_of(files_.read(path));
      return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
        const bool makes = has(line, "mkdir") || has(line, "install ") || has(line, "chown") ||
                           line.starts_with("d ") || line.starts_with("d\t");
        return (makes && names_path(line, folder)) || is_made_by_systemd(line, folder);
      });
    });
  }

  /// Whether the line has that path as a whole: "/run" is not named by "mkdir /run/mosquitto".
  static bool names_path(const std::string& line, const std::string& path) {
    constexpr std::string_view ends = " \t'\";";
    const auto is_free = [&](std::size_t at) {
      return at >= line.size() || ends.find(line[at]) != ends.npos;
    };
    for (std::size_t at = line.find(path); at != std::string::npos; at = line.find(path, at + 1)) {
      const std::size_t end = at + path.size();
      const bool ends_there = is_free(end) || (line[end] == '/' && is_free(end + 1));
      if ((at == 0 || is_free(at - 1)) && ends_there) return true;
    }
    return false;
  }

  /// Whether the line of a unit lets systemd make that folder [systemd.exec(5)].
  static bool is_made_by_systemd(const std::string& line, const std::string& folder) {
    struct made_folder {
      const char* option;
      const char* below;
    };
    constexpr made_folder all[] = {{"RuntimeDirectory=", "/run/"},
                                   {"RuntimeDirectory=", "/var/run/"},
                                   {"StateDirectory=", "/var/lib/"},
                                   {"LogsDirectory=", "/var/log/"}};
    return std::any_of(std::begin(all), std::end(all), [&](const made_folder& each) {
      if (!line.starts_with(each.option) || !folder.starts_with(each.below)) return false;
      const auto names = words_of(line.substr(std::string_view(each.option).size()));
      const std::string name = folder.substr(std::string_view(each.below).size());
      return std::find(names.begin(), names.end(), name) != names.end();
    });
  }

  // Checks the folder for sessions and retained messages; without it the broker runs and forgets.
  void check_store() {
    const auto kept = into_.settings.find("persistence");
    const auto place = into_.settings.find("persistence_location");
    if (kept == into_.settings.end() || kept->second != "true") return;
    if (place == into_.settings.end()) return check_unplaced_store();
    const std::string folder = trimmed(place->second);
    if (folder.empty()) return;
    file_error error;
    files_.list(folder, &error);
    const auto status = files_.status(folder);
    if (error.is_missing() || (status && !status->is_folder))
      return add_problem(into_, problem_kind::missing_folder, folder, 0, "persistence_location",
                         error.text(), false);
    if (!files_.exists(folder)) return;
    check_database(folder);
    if (!reader_ || reader_->uid == 0) return;
    const std::string at = files_.barrier_to_writing(folder, *reader_);
    if (!at.empty())
      return add_problem(into_, problem_kind::unreadable_file, folder, 0, "persistence_location",
                         reader_->name + "\n" + at, false);
    const std::string file = database_in(folder);
    if (files_.exists(file) && !files_.barrier(file, *reader_).empty())
      add_problem(into_, problem_kind::unreadable_file, file, 0, "persistence_file", reader_->name,
                  false);
  }

  // Without a place the database stands where the broker was started.
  void check_unplaced_store() {
    if (runs_ == nullptr || !reader_ || reader_->uid == 0) return;
    const std::string folder = files_.link("/proc/" + std::to_string(runs_->pid) + "/cwd");
    if (folder.empty() || files_.barrier_to_writing(folder, *reader_).empty()) return;
    add_problem(into_, problem_kind::unwritable_file, folder, 0, "persistence",
                reader_->name + "\n" + folder, false);
  }

  std::string database_in(const std::string& folder) const {
    const auto named = into_.settings.find("persistence_file");
    const std::string name =
        named == into_.settings.end() ? "mosquitto.db" : trimmed(named->second);
    return folder + (folder.back() == '/' ? "" : "/") + name;
  }

  // A database begins with a magic, a checksum of four bytes and its version, high byte first.
  void check_database(const std::string& folder) {
    if (runs_ != nullptr) return;
    using namespace std::string_view_literals;
    constexpr std::string_view mark = "\0\xB5\0mosquitto db"sv;
    constexpr std::size_t format_at = 15 + 4;
    constexpr int newest_format = 6;
    const std::string file = database_in(folder);
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
        add_problem(into_, problem_kind::address_not_here, file_of_lines(listener, into_),
                    listener.line, name, std::to_string(listener.port), true);
    }
  }

  void check_binding(const configured_listener& listener) {
    if (listener.port > 0 && listener.port < 1024 && runs_ == nullptr) {
      add_problem(into_, problem_kind::privileged_port, file_of_lines(listener, into_),
                  listener.line, std::to_string(listener.port), {}, false);
    }
    const bool is_literal = !listener.address.empty() &&
                            (has(listener.address, ":") || listener.address.find_first_not_of(
                                                               "0123456789.") == std::string::npos);
    if (listener.protocol == listener_protocol::websockets && !listener.address.empty() &&
        listener.settings.count("socket_domain") == 0) {
      add_problem(into_, problem_kind::socket_domain_missing, file_of_lines(listener, into_),
                  listener.line, std::to_string(listener.port), listener.address, false);
    }
    const std::string& name = listener.address;
    if (!is_literal && !name.empty() && listener.protocol != listener_protocol::unix_socket &&
        is_no_host_name(name))
      add_problem(into_, problem_kind::no_host_name, file_of_lines(listener, into_), listener.line,
                  name, std::to_string(listener.port), true);
    if (!is_literal || name == "0" || is_any_address(listener.address) ||
        is_loopback(listener.address) || listener.address.rfind("fe80:", 0) == 0) {
      return;
    }
    const auto& own = request_.own_addresses;
    if (!own.empty() && std::find(own.begin(), own.end(), listener.address) == own.end()) {
      add_problem(into_, problem_kind::address_not_here, file_of_lines(listener, into_),
                  listener.line, listener.address, std::to_string(listener.port),
                  listener.protocol == listener_protocol::mqtt);
    }
  }

  /// Whether the text that a listener is to be bound to can be no host's name: an option, where two
  /// lines were joined, an interface, an address in brackets.
  bool is_no_host_name(const std::string& name) const {
    if (is_known_option(name) || name == "true" || name == "false") return true;
    if (name.find_first_of("[]/,;\"'") != std::string::npos) return true;
    const std::string hosts = files_.read("/etc/hosts");
    if (has(hosts, name)) return false;
    for (const std::string& line : lines_of(files_.read("/proc/net/dev"))) {
      if (trimmed(line.substr(0, line.find(':'))) == name) return true;
    }
    return false;
  }

  // Debian's and Fedora's builds use tcp wrappers (hosts_access(5)); others are not linked with
  // them.
  void check_wrappers() {
    if (runs_ != nullptr && !asks_wrappers(files_, runs_->pid).value_or(true)) return;
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

std::string file_of_lines(const configured_listener& listener, const configuration_fact& into) {
  const auto named = listener.settings.find("file");
  return named == listener.settings.end() ? into.file : named->second;
}

bool is_readable(const machine_files& files, const std::optional<account>& reader,
                 const std::string& option, const std::string& file, configuration_fact& into,
                 std::vector<std::string>& not_seen) {
  if (file.empty()) return false;
  if (!files.exists(file)) {
    file_error error;
    files.read(file, &error, 1);
    if (error.is_denied()) {
      const std::string what = file + ": needs root";
      if (std::find(not_seen.begin(), not_seen.end(), what) == not_seen.end())
        not_seen.push_back(what);
      return false;
    }
    add_problem(into, problem_kind::missing_file, file, 0, option, error.text(), true);
    return false;
  }
  if (!reader) return true;
  const std::string at = files.barrier(file, *reader);
  if (at.empty()) return true;
  add_problem(into, problem_kind::unreadable_file, file, 0, option, reader->name + "\n" + at, true);
  return false;
}

void check_mosquitto(const machine_files& files, const configuration_request& request,
                     const process_fact* runs, configuration_fact& into,
                     std::vector<std::string>& not_seen) {
  checker(files, request, runs, into, not_seen).check();
}

}  // namespace mqttkit::doctor
