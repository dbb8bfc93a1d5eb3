// nginx's files: what each server does with a port, and each of its locations with a path.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "mqtt-doctor/probes/host/access_rules.hpp"
#include "mqtt-doctor/probes/host/proxies.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_ports = 64;   // of one proxy; no broker's machine has more
constexpr int most_includes = 8;         // nested inside each other
constexpr int most_files = 200;          // in all, those read again included
constexpr std::size_t most_blocks = 64;  // the same; each has the rules of those around it
// Of silence, where nothing is said of it.
constexpr int default_web_silence_s = 60, default_stream_silence_s = 600;

bool is_word(const std::vector<std::string>& words, std::string_view wanted) {
  return std::find(words.begin(), words.end(), wanted) != words.end();
}

struct nginx_word {
  std::string text;  ///< a word, or one of ; { }
  int line = 0;
  bool is_sign = false;
};

std::vector<nginx_word> nginx_words(const std::string& text) {
  std::vector<nginx_word> out;
  int line = 1;
  std::string word;
  bool has_word = false;  // "" is one as well
  const auto finish = [&] {
    if (has_word) out.push_back({std::exchange(word, {}), line});
    has_word = false;
  };
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      has_word = true;
    } else if (c == '#' && !has_word) {
      while (i + 1 < text.size() && text[i + 1] != '\n') ++i;
    } else if (c == ';' || c == '{' || c == '}') {
      finish();
      out.push_back({std::string(1, c), line, true});
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      finish();
    } else {
      word += c;
      has_word = true;
    }
    if (c == '\n') ++line;
  }
  finish();
  return out;
}

/// Seconds of "60", "60s", "2h", "1h 30m" in several words; 0 where that is no time.
int seconds_of(const std::vector<std::string>& words) {
  std::int64_t sum = 0;
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::size_t end = 0;
    while (end < words[i].size() && words[i][end] >= '0' && words[i][end] <= '9') ++end;
    const auto count = number(words[i].substr(0, end));
    const std::string unit = words[i].substr(end);
    if (!count || *count > 100'000'000) return 0;
    const int seconds = unit.empty() || unit == "s" ? 1
                        : unit == "m"               ? 60
                        : unit == "h"               ? 3600
                        : unit == "d"               ? 86400
                                                    : 0;
    if (seconds == 0 && unit != "ms") return 0;
    sum += unit == "ms" ? *count / 1000 : *count * seconds;
  }
  return sum < 2'000'000'000 ? static_cast<int>(sum) : 0;
}

constexpr std::size_t most_servers = 8;   // of an upstream
constexpr std::size_t most_choices = 64;  // of a map, and maps

/// What holds in a block, and in the blocks inside it unless they say otherwise.
struct block_settings {
  std::string name;
  std::string path;
  int path_line = 0;
  std::string target;
  bool sends_proxy = false;
  bool sends_tls = false;
  bool reads_name = false;
  std::string said;
  int said_line = 0;
  std::string upgrade_said;
  bool has_upgrade = false;
  bool has_connection = false;
  bool has_own_headers = false;  // a block with headers of its own inherits none
  int silence_s = 0;
  std::string silence_said;
  int silence_line = 0;
  std::vector<access_rule_fact> access;  // of "allow" and "deny"
  bool has_own_access = false;           // a block with some of its own inherits none
  bool is_satisfied_by_any = false;      // a password may do in their place
  std::vector<access_rule_fact> checks;  // of "if", by a geo's variable
  std::string variable;                  // of a geo, a map or an "if"
};

/// What a geo or a map makes of an address or a name.
struct nginx_choice {
  bool is_of_address = false, is_of_name = false;
  std::vector<std::pair<std::string, std::string>> values;
  std::string otherwise;
  bool is_cut = false;  ///< there are more values than these
  std::string text;
  int line = 0;
};

struct nginx_server {
  std::vector<proxy_fact> listens;
  std::vector<block_settings> locations;
  std::string certificate_file;
};

class nginx_reader {
 public:
  explicit nginx_reader(const machine_files& files) : files_(files) {}

  void read(const std::string& file, int depth) {
    if (depth > most_includes || ++read_ > most_files) return leave_open(file);
    file_error error;
    const std::string text = files_.read(file, &error);
    if (!error.empty()) return leave_open(file);
    std::vector<nginx_word> line;
    for (auto& word : nginx_words(text)) {
      if (word.is_sign && word.text == "{") {
        open(line);
        line.clear();
      } else if (word.is_sign && word.text == "}") {
        close();
        line.clear();
      } else if (word.is_sign) {
        if (!line.empty() && blocks_left_out_ == 0) say(file, line, depth);
        line.clear();
      } else {
        line.push_back(std::move(word));
      }
    }
  }

  /// What was read, with the first server of an upstream in the place of its name.
  std::vector<proxy_fact> take() {
    for (proxy_fact& each : out_) {
      each.log_file = log_;
      if (each.target.starts_with("$")) choose_by_name(each);
      const std::size_t begin = each.target.find("://");
      const std::size_t host = begin == std::string::npos ? 0 : begin + 3;
      const auto found = upstreams_.find(each.target.substr(host));
      if (found == upstreams_.end()) continue;
      each.target = each.target.substr(0, host) + found->second.front();
      each.other_targets.assign(found->second.begin() + 1, found->second.end());
    }
    return std::move(out_);
  }

 private:
  bool is_inside(std::string_view name) const {
    return std::any_of(blocks_.begin(), blocks_.end(),
                       [&](const block_settings& each) { return each.name == name; });
  }

  void choose_by_name(proxy_fact& into) const {
    const auto found = choices_.find(into.target);
    if (found == choices_.end() || !found->second.is_of_name || found->second.is_cut) return;
    into.names_line = found->second.line;
    const auto keep = [&](const std::string& name, const std::string& value) {
      const auto servers = upstreams_.find(value);
      into.targets_by_name[name] =
          kept_line(servers == upstreams_.end() ? value : servers->second.front());
    };
    for (const auto& [name, value] : found->second.values)
      if (into.targets_by_name.size() < most_choices) keep(kept_line(lower(name)), value);
    if (!found->second.otherwise.empty()) keep("default", found->second.otherwise);
  }

  /// The rules that an "if" about a geo's variable and its "return" make: the longest network
  /// decides.
  void check(block_settings& into, const std::string& variable, const std::string& text,
             const std::string& file, int line) const {
    const auto found = choices_.find(variable);
    if (found == choices_.end() || !found->second.is_of_address || found->second.is_cut) return;
    const nginx_choice& geo = found->second;
    const auto is_true = [](const std::string& value) { return !value.empty() && value != "0"; };
    const auto bits_of = [](const std::string& network) {
      const std::size_t slash = network.find('/');
      constexpr int all_bits = 128;
      return slash == std::string::npos
                 ? all_bits
                 : static_cast<int>(number(network.substr(slash + 1)).value_or(0));
    };
    auto values = geo.values;
    std::stable_sort(values.begin(), values.end(), [&](const auto& one, const auto& other) {
      return bits_of(one.first) > bits_of(other.first);
    });
    access_rule_fact made;
    made.stage = 3 + static_cast<int>(into.checks.size());  // each "if" is asked for itself
    made.file = file;
    made.line = line;
    for (const auto& [network, value] : values) {
      made.lets_in = !is_true(value);
      made.conditions = {among({network})};
      made.text = kept_line(geo.text + ": " + network + " " + value + "; " + text);
      keep_rule(into.checks, made);
    }
    made.conditions.clear();
    made.lets_in = !is_true(geo.otherwise);
    made.text = kept_line(geo.text + ": default " + geo.otherwise + "; " + text);
    keep_rule(into.checks, made);
  }

  void open(const std::vector<nginx_word>& line) {
    if (blocks_.size() >= most_blocks) {
      ++blocks_left_out_;
      return;
    }
    block_settings made = blocks_.empty() ? block_settings() : blocks_.back();
    made.has_own_headers = made.has_own_access = false;
    made.variable.clear();
    made.name = line.empty() ? std::string() : line[0].text;
    if (made.name == "server") server_.emplace();
    if (made.name == "upstream" && line.size() > 1) upstream_ = line[1].text;
    if ((made.name == "geo" || made.name == "map") && line.size() > 1 &&
        choices_.size() < most_choices) {
      made.variable = line.back().text;
      nginx_choice& choice = choices_[made.variable];
      choice.is_of_address = made.name == "geo" && line.size() == 2;
      choice.is_of_name = made.name == "map" && line[1].text == "$ssl_preread_server_name";
      choice.text = made.name + " " + made.variable;
      choice.line = line[0].line;
    }
    if (made.name == "if") {
      std::string condition;
      for (std::size_t i = 1; i < line.size(); ++i) condition += line[i].text;
      const bool is_plain = condition.size() > 2 && condition.starts_with("($") &&
                            condition.find_first_of("=!~ ") == std::string::npos;
      if (is_plain) made.variable = condition.substr(1, condition.size() - 2);
    }
    if (made.name == "location" && line.size() > 1) {
      const std::string& sign = line[1].text;
      const bool is_expression = sign == "~" || sign == "~*";
      made.path = (is_expression ? "~ " : "") + kept_line(line.back().text);
      made.path_line = line[0].line;
      made.target.clear();
    }
    blocks_.push_back(std::move(made));
  }

  void close() {
    if (blocks_left_out_ > 0) {
      --blocks_left_out_;
      return;
    }
    if (blocks_.empty()) return;
    const block_settings ended = std::move(blocks_.back());
    blocks_.pop_back();
    if (ended.name == "upstream") upstream_.clear();
    if (ended.name == "location" && server_ && server_->locations.size() < most_ports)
      server_->locations.push_back(ended);
    if (ended.name == "if" && !blocks_.empty()) blocks_.back().checks = ended.checks;
    // What an "if" or "limit_except" in a location says of the target holds for the location.
    if (ended.name != "location" && ended.name != "server" && !blocks_.empty() &&
        blocks_.back().name == "location" && blocks_.back().target.empty())
      blocks_.back().target = ended.target;
    if (ended.name != "server" || !server_) return;
    const bool is_stream = is_inside("stream");
    for (const auto& listen : server_->listens) {
      bool is_told = false;
      for (const auto& location : server_->locations) {
        keep(listen, location, is_stream);
        is_told = true;
      }
      if (!is_told) keep(listen, ended, is_stream);
    }
    server_.reset();
  }

  void keep(proxy_fact made, const block_settings& how, bool is_stream) {
    if (out_.size() >= most_ports) return;
    made.mode = is_stream ? proxy_mode::tcp : proxy_mode::http;
    made.target = how.target;
    made.sends_proxy = how.sends_proxy;
    made.sends_tls = how.sends_tls;
    made.reads_name = how.reads_name;
    made.path = how.path;
    made.path_line = how.path_line;
    made.passes_upgrade = how.has_upgrade && how.has_connection;
    made.upgrade_said = how.upgrade_said;
    if (made.takes_tls) made.certificate_file = server_->certificate_file;
    made.access = how.checks;
    if (!how.is_satisfied_by_any)
      for (const auto& rule : how.access) keep_rule(made.access, rule);
    if (!how.said.empty()) {
      made.said = how.said;
      made.said_line = how.said_line;
    }
    if (!how.target.empty()) {
      made.silence_s = how.silence_s != 0 ? how.silence_s
                       : is_stream        ? default_stream_silence_s
                                          : default_web_silence_s;
      made.silence_said = how.silence_said;
      made.silence_line = how.silence_line;
    }
    out_.push_back(std::move(made));
  }

  void say_of_headers(block_settings& here, const std::vector<std::string>& words) {
    if (!here.has_own_headers) {
      here.has_upgrade = here.has_connection = false;
      here.upgrade_said.clear();
    }
    here.has_own_headers = true;
    const std::string name = lower(words[1]), value = lower(words[2]);
    // By custom a map makes $connection_upgrade of Upgrade: "upgrade" or "close", for Connection.
    if (name == "upgrade") {
      here.has_upgrade = !value.empty() && value != "$connection_upgrade" && value != "upgrade" &&
                         value != "close";
      here.upgrade_said = here.has_upgrade ? std::string() : kept_line(words[2]);
    }
    // "$connection_upgrade" and other variables are read from the client's own header.
    if (name == "connection")
      here.has_connection = value.find("upgrade") != std::string::npos || value[0] == '$';
  }

  void say_choice(const block_settings& here, const std::vector<std::string>& words) {
    const auto found = choices_.find(here.variable);
    if (found == choices_.end()) return;
    if (here.name == "geo" && words[0] == "ranges") found->second.is_cut = true;
    if (words.size() < 2) return;
    constexpr std::array others{"delete", "proxy", "proxy_recursive"};
    if (words[0] == "default")
      found->second.otherwise = words[1];
    else if (here.name == "geo" &&
             std::find(others.begin(), others.end(), words[0]) != others.end())
      found->second.is_cut = true;
    else if (found->second.values.size() < most_choices)
      found->second.values.emplace_back(words[0], words[1]);
    else
      found->second.is_cut = true;
  }

  void say(const std::string& file, const std::vector<nginx_word>& line, int depth) {
    const std::string& name = line[0].text;
    if (name == "include" && line.size() > 1) return include(file, line[1].text, depth);
    // What stands outside all blocks holds for none of those read here but the log.
    block_settings outside;
    block_settings& here = blocks_.empty() ? outside : blocks_.back();
    std::vector<std::string> words;
    std::string whole;
    for (const auto& each : line) {
      words.push_back(each.text);
      whole += (whole.empty() ? "" : " ") + each.text;
    }
    if ((here.name == "geo" || here.name == "map") && !here.variable.empty())
      return say_choice(here, words);
    if (here.name == "if" && name == "return" && words.size() > 1 && !here.variable.empty() &&
        words[1].starts_with("4"))
      check(here, here.variable, "if (" + here.variable + ") " + whole, file, line[0].line);
    if ((name == "allow" || name == "deny") && words.size() > 1) {
      if (!here.has_own_access) here.access.clear();
      here.has_own_access = true;
      access_rule_fact made;
      made.stage = 2;
      made.lets_in = name == "allow";
      made.text = kept_line(whole);
      made.file = file;
      made.line = line[0].line;
      if (words[1] != "all") made.conditions.push_back(among({words[1]}));
      // A socket file's clients have no address.
      if (words[1] != "unix:") keep_rule(here.access, std::move(made));
    } else if (name == "satisfy" && words.size() > 1) {
      here.is_satisfied_by_any = words[1] == "any";
    }
    if (name == "server" && words.size() > 1 && here.name == "upstream") {
      const bool is_spare = std::any_of(words.begin() + 2, words.end(), [](const auto& word) {
        return word == "backup" || word == "down";
      });
      std::vector<std::string>& all = upstreams_[upstream_];
      if (all.size() < most_servers && (all.empty() || !is_spare))
        all.push_back(kept_line(words[1]));
    } else if (name == "proxy_set_header" && words.size() > 2 && !words[2].empty()) {
      say_of_headers(here, words);
    } else if ((name == "proxy_read_timeout" && !is_inside("stream")) || name == "proxy_timeout") {
      here.silence_s = seconds_of(words);
      here.silence_said = kept_line(whole);
      here.silence_line = line[0].line;
    }
    if (name == "proxy_protocol" || name == "proxy_ssl") {
      const bool is_on = is_word(words, "on");
      (name == "proxy_ssl" ? here.sends_tls : here.sends_proxy) = is_on;
      here.said = is_on ? kept_line(whole) : std::string();
      here.said_line = is_on ? line[0].line : 0;
    }
    if (name == "error_log" && words.size() > 1 && words[1].starts_with('/'))
      log_ = kept_line(words[1]);
    if (!server_) return;
    if (name == "listen" && words.size() > 1) {
      proxy_fact proxy;
      proxy.program = proxy_program::nginx;
      proxy.file = file;
      proxy.line = line[0].line;
      proxy.port = port_at_end(words[1]);
      proxy.takes_tls = is_word(words, "ssl");
      proxy.takes_proxy = is_word(words, "proxy_protocol");
      proxy.said = kept_line(whole);
      proxy.said_line = proxy.line;
      if (proxy.port != 0 && server_->listens.size() < most_ports)
        server_->listens.push_back(std::move(proxy));
    } else if (name == "proxy_pass" && words.size() > 1) {
      say_target(here, words[1], whole, line[0].line);
    } else if (name == "ssl_certificate" && words.size() > 1) {
      server_->certificate_file = kept_line(words[1]);
    } else if (name == "ssl_preread" && is_word(words, "on")) {
      here.reads_name = true;
    }
  }

  /// The target without the path that may stand behind it.
  static void say_target(block_settings& here, const std::string& word, const std::string& whole,
                         int line) {
    const std::size_t begin = word.find("://");
    const std::size_t end = word.find('/', begin == std::string::npos ? 0 : begin + 3);
    here.target = kept_line(word.substr(0, word.rfind("http", 0) == 0 ? end : std::string::npos));
    if (word.rfind("https://", 0) != 0) return;
    here.sends_tls = true;
    here.said = kept_line(whole);
    here.said_line = line;
  }

  /// Includes a file, or the files that match a name with *, below nginx's folder or from /.
  /// Nobody knows whom a file lets in that could not be read.
  void leave_open(const std::string& file) {
    if (blocks_.empty() || file.ends_with("mime.types") || file.ends_with("_params")) return;
    block_settings& here = blocks_.back();
    const auto choice = choices_.find(here.variable);
    if ((here.name == "geo" || here.name == "map") && choice != choices_.end()) {
      choice->second.is_cut = true;
      return;
    }
    here.has_own_access = true;
    access_rule_fact made;
    made.stage = 2;
    made.lets_in = true;
    made.text = kept_line("include " + file);
    made.file = file;
    made.conditions.push_back(among({}));
    made.conditions.back().has_all = false;
    here.access = {std::move(made)};
  }

  void include(const std::string& from, std::string what, int depth) {
    if (what.empty()) return;
    if (what.front() != '/') what = from.substr(0, from.rfind('/') + 1) + what;
    const std::size_t star = what.find('*');
    if (star == std::string::npos) return read(what, depth + 1);
    const std::size_t slash = what.rfind('/');
    if (star < slash) return;
    const std::string folder = what.substr(0, slash + 1);
    const std::string before = what.substr(slash + 1, star - slash - 1);
    const std::string after = what.substr(star + 1);
    for (const auto& each : files_.list(folder)) {
      const bool fits = each.size() >= before.size() + after.size() && each.rfind(before, 0) == 0 &&
                        each.compare(each.size() - after.size(), after.size(), after) == 0;
      if (fits) read(folder + each, depth + 1);
    }
  }

  const machine_files& files_;
  std::vector<proxy_fact> out_;
  int read_ = 0;                                               // files
  std::map<std::string, std::vector<std::string>> upstreams_;  // the servers of each
  std::map<std::string, nginx_choice> choices_;                // by the variables of geo and map
  std::string upstream_;
  std::string log_ = "/var/log/nginx/error.log";
  std::vector<block_settings> blocks_;
  std::size_t blocks_left_out_ = 0;  // open ones inside the last of those
  std::optional<nginx_server> server_;
};

}  // namespace

std::vector<proxy_fact> read_nginx(const machine_files& files, const std::string& file) {
  nginx_reader reader(files);
  reader.read(file, 0);
  return reader.take();
}

}  // namespace mqttkit::doctor
