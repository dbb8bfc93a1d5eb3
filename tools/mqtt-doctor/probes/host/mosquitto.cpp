// Reads mosquitto.conf(5) as mosquitto 2.0 does: only blanks separate words, a comment is a line
// that begins with '#', and an unknown name stops the broker.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/probes/host/brokers.hpp"
#include "mqtt-doctor/probes/host/mosquitto_options.hpp"
#include "mqttkit/base/utf8.hpp"

namespace mqttkit::doctor {
namespace {

/// The name of a text's UTF-16 for iconv; null for a text in another encoding.
const char* utf_16_in(const std::string& text) {
  constexpr std::string_view little_mark = "\xFF\xFE", big_mark = "\xFE\xFF";
  if (text.starts_with(little_mark) || text.starts_with(big_mark)) return "UTF-16";
  if (text.size() < 2 || (text[0] == 0) == (text[1] == 0)) return nullptr;
  return text[1] == 0 ? "UTF-16LE" : "UTF-16BE";
}

class reader {
 public:
  reader(const machine_files& files, configuration_fact& into) : files_(files), into_(into) {}

  void read(const std::string& path, int depth = 0) {
    constexpr int deepest = 10;
    if (depth > deepest) return;
    file_error error;
    std::string text = files_.read(path, &error);
    if (!error.empty()) {
      add_problem(
          into_,
          error.is_denied() ? problem_kind::unreadable_configuration : problem_kind::missing_file,
          path, 0, path, error.text(), !error.is_denied());
      return;
    }
    into_.files.push_back(path);
    if (const char* const encoding = utf_16_in(text)) {
      add_problem(into_, problem_kind::utf_16, path, 1, {}, encoding, true);
      return;
    }
    // Each included file begins with the default listener and without a bridge, whatever precedes
    // the include.
    const place_in_file outer = std::exchange(here_, {});
    int line = 0;
    for (auto& raw : lines_of(text)) {
      ++line;
      if (line == 1 && raw.rfind("\xEF\xBB\xBF", 0) == 0) {
        add_problem(into_, problem_kind::byte_order_mark, path, 1, {}, {}, true);
        raw.erase(0, 3);
      }
      raw.resize(std::min(raw.find('\0'), raw.size()));  // where a C string ends
      while (!raw.empty() && raw.back() == '\r') raw.pop_back();
      if (raw.empty() || raw.front() == '#') continue;
      const std::size_t from = raw.find_first_not_of(' ');
      if (from == std::string::npos) continue;
      const std::size_t end = std::min(raw.find(' ', from), raw.size());
      take(raw.substr(from, end - from), trimmed(raw.substr(end)), path, line, depth);
    }
    here_ = outer;
  }

  void finish() {
    check_bridges();
    check_default_listener();
    if (default_listener_.port != 0 || !default_listener_.address.empty()) {
      if (default_listener_.port == 0) default_listener_.port = 1883;
      into_.listeners.insert(into_.listeners.begin(), default_listener_);
    } else {  // a listener that is not opened, with its settings
      for (const auto& [name, value] : default_listener_.settings)
        into_.settings["above " + name] = value;
    }
    if (per_listener_) {
      for (const auto& early : early_security_) {
        if (into_.listeners.empty()) break;
        add_problem(into_, problem_kind::above_listener, early.file, early.line, early.name,
                    early.value, false);
      }
    } else {
      for (auto& listener : into_.listeners) {
        for (const auto& [name, value] : into_.settings) {
          if (is_security(name)) listener.settings[name] = value;
        }
      }
    }
    const bool is_whole = std::none_of(
        into_.problems.begin(), into_.problems.end(),
        [](const auto& problem) { return problem.kind == problem_kind::unreadable_configuration; });
    if (into_.listeners.empty() && is_whole) into_.settings["local_only"] = "true";
    if (into_.settings.count("include_dir") == 0) note_unread_folder();
  }

 private:
  static constexpr int usual_port = 1883;

  struct early_setting {
    std::string name, value, file;
    int line = 0;
  };

  /// What the lines of a file belong to, as indices; none: the default listener, and no bridge.
  struct place_in_file {
    std::optional<std::size_t> listener;
    std::optional<std::size_t> bridge;
    bool is_in_bridge = false;  ///< a bridge was opened after the listener
    bool has_plugin = false;
  };

  void take(const std::string& written, const std::string& value, const std::string& path, int line,
            int depth) {
    if (!is_known_option(written)) return note_unknown(written, path, line);
    const std::string name = name_today(written);
    if (const option_age age = age_of(name, value); age != option_age::any) {
      const bool is_value = name == "max_keepalive" || name == "protocol";
      add_problem(into_, problem_kind::newer_variable, path, line,
                  is_value ? name + " " + value : name, std::string(word_of(age)), false);
    }
    if (name == "include_dir") return include(value, path, line, depth);
    if (value.empty()) {
      if (may_be_empty(name)) return;
      return add_problem(into_, problem_kind::bad_value, path, line, name, "empty", true);
    }
    if (is_option_of_bridge(name) && !take_for_bridge(name, value, path, line)) return;
    if (name == "plugin" || name == "auth_plugin") here_.has_plugin = true;
    if (is_option_of_plugin(name) && !here_.has_plugin)
      return add_problem(into_, problem_kind::lacks_option, path, line, name, "plugin", true);
    if (name == "mount_point" && !here_.listener)
      return add_problem(into_, problem_kind::lacks_option, path, line, name, "listener", true);
    if (is_secret(name)) return;
    if (is_refused_value(name, value)) {
      const std::string words = words_for(name);
      return add_problem(into_, problem_kind::bad_value, path, line, name,
                         words.empty() ? value : value + "\n" + words, true);
    }
    if (!is_utf8(value))
      return add_problem(into_, problem_kind::not_utf8, path, line, name, {}, true);
    if (is_option_of_bridge(name)) return;  // kept with its bridge
    if (is_switch(name)) {
      const std::string word = words_of(value)[0];
      set(name, word == "true" || word == "1" ? "true" : "false", path, line);
      return;
    }
    if (name == "listener") return add_listener(value, path, line);
    if (name == "connection") return add_bridge(words_of(value)[0], path, line);
    if (name == "port" || name == "bind_address") return open_default(name, value, path, line);
    set(name, value, path, line);
  }

  static const char* word_of(option_age age) {
    return age == option_age::of_2_1              ? "2.1"
           : age == option_age::later_than_2_0_11 ? "2.0.12"
                                                  : "1";
  }

  static bool is_option_of_plugin(std::string_view name) {
    return name == "auth_plugin_deny_special_chars" || name.starts_with("auth_opt_") ||
           name.starts_with("plugin_opt_");
  }

  /// Blanks that look like one and are none, in UTF-8, with their names.
  static std::pair<std::string, std::string> without_odd_blank(const std::string& name) {
    constexpr std::pair<std::string_view, const char*> blanks[] = {
        {"\t", ""}, {"\xC2\xA0", "U+00A0"}, {"\xE3\x80\x80", "U+3000"}, {"\xE2\x80\x8B", "U+200B"}};
    for (const auto& [blank, code] : blanks) {
      const std::size_t at = name.find(blank);
      if (at == std::string::npos) continue;
      const std::string rest = name.substr(at + blank.size());
      const std::string word =
          at == 0 ? rest.substr(0, rest.find_first_of(" \t")) : name.substr(0, at);
      if (is_known_option(word)) return {word, code};
    }
    return {};
  }

  void note_unknown(const std::string& name, const std::string& path, int line) {
    if (const auto [word, code] = without_odd_blank(name); !word.empty())
      return add_problem(into_, problem_kind::tab, path, line, word, code, true);
    const std::string bare = trimmed(name);
    if (bare.empty()) return add_problem(into_, problem_kind::tab, path, line, {}, {}, true);
    if (bare.front() == '#')
      return add_problem(into_, problem_kind::unknown_variable, path, line, bare, {}, true);
    add_problem(into_, problem_kind::unknown_variable, path, line, name.substr(0, 60),
                near_option(name.substr(0, name.find_first_of("=:"))), true);
  }

  /// "port" and "bind_address" are about a listener without a line of its own.
  void open_default(const std::string& name, const std::string& value, const std::string& path,
                    int line) {
    const std::string word = words_of(value)[0];
    if (name == "port") {
      const std::int64_t port = number_at_the_front(word);
      if (port < 1 || port > 65535)
        return add_problem(into_, problem_kind::bad_value, path, line, name, value, true);
      default_listener_.port = static_cast<int>(port);
    } else {
      if (!note_first(name, default_listener_.settings, path, line)) return;
      default_listener_.address = word;
      default_listener_.settings["file"] = path;
      default_listener_.settings["bind_address"] = word;
    }
    default_listener_.line = line;
    opener_ = early_setting{name, value, path, line};
  }

  void set(const std::string& name, const std::string& value, const std::string& path, int line) {
    if (name == "per_listener_settings") {
      per_listener_ = value == "true";
      if (per_listener_ && has_security_) {
        add_problem(into_, problem_kind::bad_value, path, line, name,
                    "must stand before every other security setting", true);
      }
    }
    if (is_security(name)) has_security_ = true;
    const bool is_here = is_of_listener(name) || (per_listener_ && is_security(name));
    if (is_here && !(here_.is_in_bridge && is_security(name))) {
      auto& listener = here_.listener ? into_.listeners[*here_.listener] : default_listener_;
      if (!note_first(name, listener.settings, path, line)) return;
      if ((name == "cafile" || name == "certfile") && listener.settings.count("psk_hint") != 0)
        add_problem(into_, problem_kind::contradiction, path, line, name, "psk_hint", true);
      listener.settings[name] = value;
      const int port = here_.listener || listener.port != 0 ? listener.port : usual_port;
      into_.places[std::to_string(port) + " " + name] = path + ":" + std::to_string(line);
      if (name == "protocol") listener.protocol = fact_word<listener_protocol>(words_of(value)[0]);
      if (!here_.listener && is_security(name))
        early_security_.push_back({name, value, path, line});
      // With per_listener_settings it has users of its own then.
      const bool is_about_users = name == "password_file" || name == "psk_file" ||
                                  name == "plugin" || name == "auth_plugin";
      const bool opens = is_about_users || opens_default_listener(name, value);
      if (!here_.listener && !opener_ && opens) opener_ = early_setting{name, value, path, line};
      return;
    }
    const auto before = into_.settings.find(name);
    if (!note_first(name, into_.settings, path, line)) return;
    if (name == "allow_anonymous" && before != into_.settings.end() && before->second != value) {
      add_problem(into_, problem_kind::overridden, path, line, name, value, false);
    }
    // log_dest may stand several times.
    if (name == "log_dest" && before != into_.settings.end()) {
      const bool is_second = value.rfind("file ", 0) == 0 && has(before->second, "file ");
      if (is_second)
        return add_problem(into_, problem_kind::duplicate_option, path, line, name, before->second,
                           true);
      before->second += "\n" + value;
      return;
    }
    into_.settings[name] = value;
    // The file that decides, where that is an included one.
    into_.settings.erase("file of " + name);
    if (path != into_.file) into_.settings["file of " + name] = path;
    into_.places[name] = path + ":" + std::to_string(line);
  }

  void add_listener(const std::string& value, const std::string& path, int line) {
    const auto parts = words_of(value);
    const std::int64_t port = number_at_the_front(parts[0]);
    configured_listener made;
    made.port = static_cast<int>(port);
    made.line = line;
    made.settings["file"] = path;
    if (parts.size() > 1 && parts[1].front() != '#') made.address = parts[1];
    // Port 0 is for the path of a Unix socket, and every word counts as 0.
    constexpr std::size_t longest_path = 107;
    const bool is_path = made.address.size() <= longest_path && made.address.find('/') == 0;
    if (port < 0 || port > 65535 || (port == 0 && !is_path))
      return add_problem(into_, problem_kind::bad_value, path, line, "listener", value, true);
    if (port == 0) made.protocol = listener_protocol::unix_socket;
    const bool is_taken =
        std::any_of(into_.listeners.begin(), into_.listeners.end(),
                    [&](const configured_listener& other) { return is_in_the_way(other, made); });
    if (is_taken)
      add_problem(into_, problem_kind::duplicate_port, path, line, std::to_string(made.port), {},
                  true);
    into_.listeners.push_back(std::move(made));
    here_.listener = into_.listeners.size() - 1;
    here_.is_in_bridge = false;
  }

  /// Whether two listeners cannot stand beside each other.
  static bool is_in_the_way(const configured_listener& a, const configured_listener& b) {
    if (a.port != b.port || a.port == 0) return false;
    const auto is_all = [](const configured_listener& one) {
      return one.address.empty() || is_any_address(one.address) || one.address == "0";
    };
    if (a.address == b.address || a.address.empty() || b.address.empty()) return true;
    const bool is_same_family = has(a.address, ":") == has(b.address, ":");
    return is_same_family && (is_all(a) || is_all(b));
  }

  /// False, after noting a problem, when mosquitto accepts no second line of that name.
  bool note_first(const std::string& name, const std::map<std::string, std::string>& before,
                  const std::string& path, int line) {
    if (!stands_once(name) || before.count(name) == 0) return true;
    add_problem(into_, problem_kind::duplicate_option, path, line, name, before.at(name), true);
    return false;
  }

  void add_bridge(const std::string& name, const std::string& path, int line) {
    auto& all = into_.bridges;
    const bool is_there = std::any_of(all.begin(), all.end(),
                                      [&](const bridge_fact& other) { return other.name == name; });
    if (is_there)
      add_problem(into_, problem_kind::duplicate_option, path, line, "connection", name, true);
    bridge_fact made;
    made.name = name;
    made.file = path;
    made.line = line;
    all.push_back(std::move(made));
    here_.bridge = all.size() - 1;
    here_.is_in_bridge = true;
  }

  /// False, after noting a problem, when no "connection" line precedes the option.
  bool take_for_bridge(const std::string& name, const std::string& value, const std::string& path,
                       int line) {
    if (!here_.bridge) {
      add_problem(into_, problem_kind::outside_bridge, path, line, name, {}, true);
      return false;
    }
    bridge_fact& to = into_.bridges[*here_.bridge];
    if (name == "topic") to.topics.push_back(bridge_topic_of(value, line));
    const bool is_second = name == "address" && !to.addresses.empty();
    if (is_second)
      add_problem(into_, problem_kind::duplicate_option, path, line, name, to.addresses, true);
    if (is_second || !note_first(name, to.settings, path, line)) return false;
    if (name == "address") to.addresses = value;
    if (name != "topic" && name != "address")
      to.settings[name] = is_secret(name) || name == "bridge_psk" ? "..." : value;
    return true;
  }

  /// topic FILTER [DIRECTION [QOS [LOCAL-PREFIX [REMOTE-PREFIX]]]]
  static bridge_topic_fact bridge_topic_of(const std::string& value, int line) {
    const auto parts = words_of(value);
    const auto word = [&](std::size_t index) {
      return index < parts.size() && parts[index] != "\"\"" ? parts[index] : std::string();
    };
    bridge_topic_fact made;
    made.line = line;
    made.filter = word(0);
    made.direction =
        word(1).empty() ? fact_word(bridge_direction::out) : fact_word<bridge_direction>(word(1));
    made.local = word(3);
    made.remote = word(4);
    return made;
  }

  void check_bridges() {
    std::map<std::string, std::string> names;  // by the identifier on this broker
    for (const bridge_fact& made : into_.bridges) {
      if (made.addresses.empty() || made.topics.empty())
        add_problem(into_, problem_kind::incomplete_bridge, made.file, made.line,
                    made.addresses.empty() ? "address" : "topic", made.name, true);
      const auto setting = [&](const char* name) {
        const auto at = made.settings.find(name);
        return at == made.settings.end() ? std::string() : at->second;
      };
      const auto lacks = [&](const char* name, const char* other) {
        if (!setting(name).empty() && setting(other).empty())
          add_problem(into_, problem_kind::lacks_option, made.file, made.line, name, other, true);
      };
      lacks("bridge_psk", "bridge_identity");
      lacks("bridge_identity", "bridge_psk");
      const char* const key = setting("bridge_psk").empty() ? "bridge_identity" : "bridge_psk";
      for (const char* other :
           {"bridge_cafile", "bridge_capath", "bridge_certfile", "bridge_keyfile"}) {
        if (!setting(key).empty() && !setting(other).empty())
          add_problem(into_, problem_kind::contradiction, made.file, made.line, key, other, true);
      }
      std::string id = setting("local_clientid");
      if (const std::string remote = setting("remote_clientid"); id.empty() && !remote.empty())
        id = "local." + remote;
      if (id.empty()) continue;
      const auto [at, is_new] = names.emplace(id, made.name);
      if (!is_new)
        add_problem(into_, problem_kind::same_identifier, made.file, made.line, id, at->second,
                    true);
    }
  }

  /// A listener's setting above the first listener line opens port 1883 beside the other listeners,
  /// and "port" and "bind_address" do wherever they stand.
  void check_default_listener() {
    if (!opener_) return;
    if (default_listener_.port == 0) default_listener_.port = 1883;
    const auto same = std::find_if(
        into_.listeners.begin(), into_.listeners.end(),
        [&](const configured_listener& other) { return is_in_the_way(other, default_listener_); });
    if (same == into_.listeners.end()) return;
    const std::string line = opener_->name == "port" || opener_->name == "bind_address"
                                 ? opener_->name + " " + opener_->value
                                 : opener_->name;
    add_problem(into_, problem_kind::duplicate_port, opener_->file, opener_->line,
                std::to_string(default_listener_.port), line, true);
    default_listener_.port = 0;
    default_listener_.address.clear();
  }

  void include(const std::string& folder, const std::string& path, int line, int depth) {
    if (depth > 0)
      return add_problem(into_, problem_kind::nested_include, path, line, folder, {}, false);
    if (folder.empty())
      return add_problem(into_, problem_kind::bad_value, path, line, "include_dir", "empty", true);
    into_.settings["include_dir"] = folder;
    file_error error;
    const auto names = files_.list(folder, &error);
    if (!error.empty()) {
      add_problem(
          into_,
          error.is_denied() ? problem_kind::unreadable_configuration : problem_kind::missing_file,
          path, line, folder, error.text(), !error.is_denied());
      return;
    }
    for (const auto& name : names) {
      const bool is_read = name.size() > 5 && name.substr(name.size() - 5) == ".conf";
      const std::string file = (folder.back() == '/' ? folder : folder + "/") + name;
      if (is_read) {
        read(file, depth + 1);
      } else if (name != "README" && says_something(file)) {
        add_problem(into_, problem_kind::ignored_file, file, 0, name, folder, false);
      }
    }
  }

  /// Notes the folder beside the main file that packages put files in, when nothing includes it.
  void note_unread_folder() {
    if (into_.files.empty()) return;
    const std::string folder = into_.file.substr(0, into_.file.rfind('/') + 1) + "conf.d";
    for (const auto& name : files_.list(folder)) {
      const std::string file = folder + "/" + name;
      if (name.ends_with(".conf") && says_something(file))
        add_problem(into_, problem_kind::ignored_file, file, 0, name, folder, false);
    }
  }

  bool says_something(const std::string& file) const {
    for (const auto& line : lines_of(files_.read(file))) {
      const auto parts = words_of(line);
      if (parts.size() > 1 && (parts[0] == "listener" || is_security(parts[0]))) return true;
    }
    return false;
  }

  const machine_files& files_;
  configuration_fact& into_;
  configured_listener default_listener_;
  std::vector<early_setting> early_security_;
  bool per_listener_ = false;
  bool has_security_ = false;
  place_in_file here_;
  std::optional<early_setting> opener_;
};

}  // namespace

namespace {

/// mosquitto reads the file behind each -c, one after the other.
std::vector<std::string> further_files(const process_fact* runs) {
  constexpr std::size_t most = 8;
  std::vector<std::string> out;
  if (runs == nullptr) return out;
  const auto all = words_of(runs->command);
  bool is_first = true;
  for (std::size_t i = 1; i + 1 < all.size() && out.size() < most; ++i) {
    if (all[i] != "-c" && all[i] != "--config-file") continue;
    const std::string& file = all[++i];
    if (!is_first && file.starts_with('/')) out.push_back(file);
    is_first = false;
  }
  return out;
}

}  // namespace

configuration_fact read_mosquitto(const machine_files& files, const std::string& file,
                                  const process_fact* runs) {
  configuration_fact out;
  out.broker = broker_kind::mosquitto;
  out.file = file;
  out.is_used = runs != nullptr;
  if (runs != nullptr) out.pid = runs->pid;
  reader read(files, out);
  if (!file.empty()) read.read(file);
  for (const std::string& more : further_files(runs)) read.read(more);
  read.finish();
  return out;
}

}  // namespace mqttkit::doctor
