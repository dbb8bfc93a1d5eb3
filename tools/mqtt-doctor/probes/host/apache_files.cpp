// Apache's files: what each virtual host passes on, by ProxyPass and by RewriteRule.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "mqtt-doctor/probes/host/access_rules.hpp"
#include "mqtt-doctor/probes/host/proxies.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_facts = 64, most_files = 200;
constexpr int most_includes = 8;  // nested inside each other

/// The words of a directive; quotes hold one together.
std::vector<std::string> apache_words(const std::string& line) {
  std::vector<std::string> out;
  std::string word;
  char quote = 0;
  bool has_word = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == '\\' && i + 1 < line.size() && line[i + 1] == quote) {
        word += line[++i];
      } else if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if ((c == '"' || c == '\'') && !has_word) {
      quote = c;
      has_word = true;
    } else if (c == ' ' || c == '\t') {
      if (has_word) out.push_back(std::exchange(word, {}));
      has_word = false;
    } else {
      word += c;
      has_word = true;
    }
  }
  if (has_word) out.push_back(word);
  return out;
}

struct apache_rule {
  std::string path;  ///< "~ EXPRESSION" where an expression decides
  std::string url;   ///< "!" where nothing is passed on
  std::string text;
  std::string file;
  int line = 0;
  bool has_upgrade = false;
  int timeout_s = 0;
};

/// The Require lines of a <Location> or a <Proxy>.
struct apache_access {
  std::string path;    ///< "" for a <Proxy>
  std::string target;  ///< of a <Proxy>: how the addresses begin that it counts for; "": all
  std::vector<access_rule_fact> refusals, admissions;
  std::vector<access_rule_fact> all_of;  ///< the lines of the <RequireAll> that is open
  std::vector<std::vector<access_rule_fact>> refusals_of_all;  ///< of each <RequireAll>
};

struct apache_site {
  std::string file;
  int line = 0;
  std::vector<int> ports;  ///< none: those of Listen
  std::vector<std::string> names;
  std::vector<apache_rule> rewrites, locations, rules;  ///< in the order in which they are asked
  bool takes_tls = false;
  std::string certificate_file;
  int timeout_s = 0;
  std::string timeout_said;
  int timeout_line = 0;
  std::vector<apache_access> access;
  bool is_upgrade_wanted = false;  ///< by the RewriteCond lines before the next rule
};

struct apache_listen {
  int port = 0;
  bool is_https = false;
  std::string file;
  int line = 0;
};

class apache_reader {
 public:
  explicit apache_reader(const machine_files& files, const std::string& root)
      : files_(files), root_(root) {}

  void read(const std::string& file, int depth) {
    if (depth > most_includes || read_files_.size() >= most_files ||
        !read_files_.insert(file).second)
      return;
    file_error error;
    const std::string text = files_.read(file, &error);
    if (!error.empty()) {
      is_in_part_ = is_in_part_ || error.is_denied();
      return;
    }
    const std::string named = without_link(file);
    int number = 0, begin = 0;
    std::string whole;
    for (const auto& line : lines_of(text)) {
      ++number;
      if (whole.empty()) begin = number;
      std::string part = trimmed(line);
      const bool goes_on = !part.empty() && part.back() == '\\';
      if (goes_on) part.pop_back();
      whole += part;
      if (goes_on) continue;
      if (!whole.empty() && whole.front() != '#') take(named, filled(whole), begin, depth);
      whole.clear();
    }
  }

  std::vector<proxy_fact> facts() {
    std::vector<proxy_fact> out;
    std::set<int> with_site;
    for (const auto& site : sites_) {
      for (const apache_listen& listen : listens_) {
        const bool is_for = site.ports.empty() || std::find(site.ports.begin(), site.ports.end(),
                                                            listen.port) != site.ports.end();
        if (!is_for) continue;
        with_site.insert(listen.port);
        add(site, listen, out);
      }
    }
    for (const apache_listen& listen : listens_) {
      if (!with_site.contains(listen.port)) add(main_, listen, out);
    }
    return out;
  }

 private:
  /// The file that a link in sites-enabled leads to: an edit in place would put a file there.
  std::string without_link(const std::string& file) const {
    std::string target = files_.link(file);
    if (target.empty() || target.front() == '/') return target.empty() ? file : target;
    std::string folder = file.substr(0, file.rfind('/'));
    while (target.starts_with("../") && folder.find('/') != std::string::npos) {
      target.erase(0, 3);
      folder.resize(folder.rfind('/'));
    }
    return folder + "/" + target;
  }

  /// "${name}" is what a Define line says.
  std::string filled(std::string text) const {
    for (std::size_t at = 0; (at = text.find("${", at)) != std::string::npos; ++at) {
      const std::size_t end = text.find('}', at);
      if (end == std::string::npos) break;
      const auto found = defined_.find(text.substr(at + 2, end - at - 2));
      if (found != defined_.end()) text.replace(at, end + 1 - at, found->second);
    }
    return text;
  }

  apache_site& here() { return site_ ? *site_ : main_; }

  void take(const std::string& file, const std::string& text, int line, int depth) {
    if (text.starts_with("</")) return close(lower(text.substr(2, text.find('>') - 2)));
    auto words = apache_words(text.front() == '<' ? text.substr(1, text.rfind('>') - 1) : text);
    if (words.empty()) return;
    const std::string name = lower(words[0]);
    if (text.front() == '<') return open(name, words, file, line);
    if (skipped_ > 0) return;
    if ((name == "include" || name == "includeoptional") && words.size() > 1)
      return include(words[1], depth);
    if (name == "serverroot" && words.size() > 1) root_ = words[1];
    if (name == "define" && words.size() > 1)
      defined_[words[1]] = words.size() > 2 ? words[2] : std::string();
    if (name == "loadmodule" && words.size() > 1) modules_.insert(lower(words[1]));
    if (name == "listen" && words.size() > 1) {
      const int port = port_at_end(words[1]);
      const bool is_https = words.size() > 2 ? lower(words[2]) == "https" : port == 443;
      if (port != 0) listens_.push_back({port, is_https, file, line});
    }
    say(name, words, kept_line(text), file, line);
  }

  void say(const std::string& name, const std::vector<std::string>& words, const std::string& text,
           const std::string& file, int line) {
    apache_site& site = here();
    if ((name == "servername" || name == "serveralias") && site_) {
      for (std::size_t i = 1; i < words.size(); ++i) {
        std::string host = lower(words[i]);
        if (const std::size_t scheme = host.find("://"); scheme != std::string::npos)
          host.erase(0, scheme + 3);
        site.names.push_back(kept_line(host.substr(0, host.rfind(':'))));
      }
    } else if (name == "sslengine" && words.size() > 1) {
      site.takes_tls = lower(words[1]) == "on";
    } else if (name == "sslcertificatefile" && words.size() > 1) {
      site.certificate_file = kept_line(words[1]);
    } else if (name == "proxytimeout" && words.size() > 1) {
      site.timeout_s = static_cast<int>(number(words[1]).value_or(0));
      site.timeout_said = text;
      site.timeout_line = line;
    } else if (name == "require" && words.size() > 1 && access_) {
      require(words, text, file, line);
    } else if (name == "rewritecond" && words.size() > 2) {
      if (lower(words[1]).find("upgrade") != std::string::npos &&
          lower(words[2]).find("websocket") != std::string::npos)
        site.is_upgrade_wanted = true;
    } else if (name == "rewriterule" && words.size() > 2) {
      rewrite(site, words, text, file, line);
    } else if (name == "proxypass" || name == "proxypassmatch") {
      pass(site, name, words, text, file, line);
    }
  }

  void require(const std::vector<std::string>& words, const std::string& text,
               const std::string& file, int line) {
    access_rule_fact made;
    made.stage = 1;
    made.text = text;
    made.file = file;
    made.line = line;
    const bool is_not = lower(words[1]) == "not" && words.size() > 2;
    const std::size_t at = is_not ? 2 : 1;
    const std::string kind = lower(words[at]);
    const std::vector<std::string> rest(words.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                        words.end());
    made.lets_in = !is_not;
    const require_group group = group_of_line();
    if (group == require_group::unknown) {
      made.conditions.emplace_back();
      made.lets_in = true;
      made.text = kept_line(words[0] + " " + words[1] + " ...");
      return keep_rule(access_->admissions, std::move(made));
    }
    if (kind == "ip") {
      std::vector<std::string> networks;
      // "10.77" is all that begins so.
      for (const auto& word : rest)
        networks.push_back(network_of(word).empty() ? word + "." : word);
      made.conditions.push_back(among(networks));
    } else if (kind == "local") {
      made.conditions.push_back(among({"127.0.0.0/8", "::1"}));
    } else if (kind == "all" && !rest.empty()) {
      made.lets_in = (lower(rest[0]) == "granted") != is_not;
    } else {
      made.conditions.emplace_back();  // a user, a host, an expression: not known here
      made.text = kept_line(words[0] + " " + words[1] + " ...");
    }
    if (group == require_group::all) return keep_all_of(std::move(made));
    keep_rule(made.lets_in ? access_->admissions : access_->refusals, std::move(made));
  }

  void keep_all_of(access_rule_fact made) {
    if (access_->all_of.size() < most_access_rules)
      access_->all_of.push_back(std::move(made));
    else
      access_->all_of.back().conditions = {access_condition_fact()};  // more than is kept
  }

  /// What the sections around a Require line make of it.
  enum class require_group { any, all, unknown };
  require_group group_of_line() const {
    std::vector<std::string> around;
    for (auto at = sections_.rbegin(); at != sections_.rend() && !is_place(*at); ++at) {
      const bool is_seen_through =
          *at == "ifmodule" || *at == "ifdefine" || *at == "ifversion" || *at == "requireany";
      if (!is_seen_through) around.push_back(*at);
    }
    if (around.empty()) return require_group::any;
    // <RequireAny> in <RequireAll> is another matter than the other way round.
    const bool is_plain = around.size() == 1 && around[0] == "requireall" &&
                          std::count(sections_.begin(), sections_.end(), "requireany") == 0;
    return is_plain ? require_group::all : require_group::unknown;
  }

  static bool is_place(const std::string& name) {
    return name == "location" || name == "locationmatch" || name == "proxy";
  }

  /// <RequireAll> lets in whom all of its lines let in.
  void close_all_of() {
    if (!access_ || access_->all_of.empty()) return;
    access_rule_fact made = access_->all_of.front();
    made.conditions.clear();
    made.lets_in = true;
    bool lets_anyone_in = true;
    std::vector<access_rule_fact> refusals;
    for (auto& line : access_->all_of) {
      if (line.conditions.empty()) {
        lets_anyone_in = lets_anyone_in && line.lets_in;
        continue;
      }
      access_condition_fact each = line.conditions.front();
      each.is_negated = !line.lets_in;
      made.conditions.push_back(std::move(each));
      if (!line.lets_in) refusals.push_back(line);
    }
    access_->all_of.clear();
    if (!lets_anyone_in) {
      made.lets_in = false;
      made.conditions.clear();
      refusals = {made};
    } else {
      keep_rule(access_->admissions, made);
    }
    // Alone in its place it says itself whom it turns away.
    access_->refusals_of_all.push_back(std::move(refusals));
  }

  void rewrite(apache_site& site, const std::vector<std::string>& words, const std::string& text,
               const std::string& file, int line) {
    const bool is_conditional = std::exchange(site.is_upgrade_wanted, false);
    const std::string flags =
        words.size() > 3 && !words[3].empty() ? "," + lower(words[3].substr(1)) : std::string();
    const bool is_passed = flags.find(",p]") != std::string::npos ||
                           flags.find(",p,") != std::string::npos ||
                           flags.find(",proxy") != std::string::npos;
    const bool is_web_socket = words[2].starts_with("ws://") || words[2].starts_with("wss://");
    if (!is_passed || (!is_web_socket && !is_conditional)) return;
    apache_rule made;
    made.path = path_of(words[1]);
    made.url = words[2];
    made.text = text;
    made.file = file;
    made.line = line;
    made.has_upgrade = is_web_socket;
    site.rewrites.push_back(std::move(made));
  }

  /// The beginning of the paths that an expression fits: "/mqtt" of "^/mqtt(.*)", "/" of "^/?(.*)".
  static std::string path_of(const std::string& expression) {
    if (expression == ".*" || expression == "(.*)" || expression == "^(.*)" ||
        expression == "^(.*)$")
      return "/";
    if (expression.empty() || expression.front() != '^') return "~ " + kept_line(expression);
    std::string out;
    std::size_t i = 1;
    for (; i < expression.size(); ++i) {
      const char c = expression[i];
      if (std::string_view("([.*+?$\\{|").find(c) != std::string_view::npos) break;
      out += c;
    }
    const std::string rest = expression.substr(i);
    const bool is_whole = rest.empty() || rest == "$" || rest == "(.*)" || rest == "(.*)$" ||
                          rest == "?(.*)" || rest == "?(.*)$" || rest == ".*" || rest == ".*$";
    if (!is_whole || out.empty()) return "~ " + kept_line(expression);
    return kept_line(out);
  }

  void pass(apache_site& site, const std::string& name, const std::vector<std::string>& words,
            const std::string& text, const std::string& file, int line) {
    apache_rule made;
    // In a <Location> the path is the section's.
    const bool is_inside = !location_.empty();
    const std::size_t target = is_inside ? 1 : 2;
    if (words.size() <= target) return;
    made.path = is_inside ? location_ : kept_line(words[1]);
    if (name == "proxypassmatch" && !is_inside) made.path = path_of(words[1]);
    made.url = words[target];
    made.text = text;
    made.file = file;
    made.line = line;
    made.has_upgrade = made.url.starts_with("ws://") || made.url.starts_with("wss://");
    for (std::size_t i = target + 1; i < words.size(); ++i) {
      const std::string low = lower(words[i]);
      if (low == "upgrade=websocket" || low == "upgrade=any" || low == "upgrade=none")
        made.has_upgrade = true;
      if (low.starts_with("timeout="))
        made.timeout_s = static_cast<int>(number(low.substr(8)).value_or(0));
    }
    (is_inside ? site.locations : site.rules).push_back(std::move(made));
  }

  void open(const std::string& name, const std::vector<std::string>& words, const std::string& file,
            int line) {
    sections_.push_back(name);
    const std::string what = words.size() > 1 ? words[1] : std::string();
    // What is for a module that is switched off says "!"; nothing else is taken for absent.
    const bool is_skipped =
        (name == "ifmodule" && what.starts_with("!")) ||
        (name == "ifdefine" &&
         (what.starts_with("!") ? defined_.contains(what.substr(1)) : !defined_.contains(what)));
    if (skipped_ > 0 || is_skipped) ++skipped_;
    if (skipped_ > 0) return;
    if (name == "virtualhost") {
      site_.emplace();
      site_->file = file;
      site_->line = line;
      for (std::size_t i = 1; i < words.size(); ++i) {
        const int port = words[i].find(':') == std::string::npos ? 0 : port_at_end(words[i]);
        if (port != 0) site_->ports.push_back(port);
      }
    } else if (name == "location" && words.size() > 1) {
      location_ = words[1] == "~" && words.size() > 2 ? path_of(words[2]) : kept_line(words[1]);
    } else if (name == "locationmatch" && words.size() > 1) {
      location_ = path_of(words[1]);
    }
    if (!is_place(name)) return;
    access_.emplace();
    if (name != "proxy") {
      access_->path = location_;
    } else if (what != "*") {
      access_->target = what.substr(0, what.find('*'));
    }
  }

  void close(const std::string& name) {
    if (sections_.empty()) return;
    sections_.pop_back();
    if (skipped_ > 0) {
      --skipped_;
      return;
    }
    if (name == "requireall") close_all_of();
    if (is_place(name) && access_) {
      const bool is_alone = access_->refusals_of_all.size() == 1 && access_->refusals.empty() &&
                            access_->admissions.size() <= 1;
      if (is_alone) access_->refusals = std::move(access_->refusals_of_all.front());
      if (!access_->refusals.empty() || !access_->admissions.empty())
        here().access.push_back(std::move(*access_));
      access_.reset();
    }
    if (name == "location" || name == "locationmatch") location_.clear();
    if (name == "virtualhost" && site_) {
      sites_.push_back(std::move(*site_));
      site_.reset();
    }
  }

  /// A file, a folder, or the files that fit a name with one *.
  void include(std::string what, int depth) {
    if (what.empty()) return;
    if (what.front() != '/') what = root_ + "/" + what;
    while (what.size() > 1 && what.back() == '/') what.pop_back();
    const auto status = files_.status(what);
    std::string folder = what, before, after;
    if (const std::size_t star = what.find('*'); star != std::string::npos) {
      const std::size_t slash = what.rfind('/');
      if (star < slash || what.find('*', star + 1) != std::string::npos) {
        is_in_part_ = true;
        return;
      }
      folder = what.substr(0, slash);
      before = what.substr(slash + 1, star - slash - 1);
      after = what.substr(star + 1);
    } else if (!status || !status->is_folder) {
      return read(what, depth + 1);
    }
    for (const auto& each : files_.list(folder)) {
      const bool fits = each.size() >= before.size() + after.size() && each.starts_with(before) &&
                        each.ends_with(after);
      if (fits) read(folder + "/" + each, depth + 1);
    }
  }

  void add(const apache_site& site, const apache_listen& listen, std::vector<proxy_fact>& out) {
    std::vector<const std::vector<apache_rule>*> all{&site.rewrites, &site.locations, &site.rules};
    // What stands outside of every host counts for each of them.
    if (&site != &main_) all.insert(all.end(), {&main_.locations, &main_.rules});
    proxy_fact begun;
    begun.program = proxy_program::apache;
    begun.mode = proxy_mode::http;
    begun.file = site.line != 0 ? site.file : listen.file;
    begun.line = site.line != 0 ? site.line : listen.line;
    begun.port = listen.port;
    begun.takes_tls = site.takes_tls || (listen.is_https && !site.certificate_file.empty());
    if (begun.takes_tls) begun.certificate_file = site.certificate_file;
    begun.names = site.names;
    bool has_any = false;
    for (const auto* const rules : all) {
      for (const apache_rule& rule : *rules) {
        if (out.size() >= most_facts) return;
        proxy_fact made = begun;
        made.file = rule.file;
        made.path = rule.path;
        made.path_line = rule.line;
        made.said = rule.text;
        made.said_line = rule.line;
        if (rule.url != "!") set_target(rule, site, made);
        add_access(site, rule.url, made);
        out.push_back(std::move(made));
        has_any = true;
      }
    }
    // A host that passes nothing on may be the one that answers.
    if (has_any || &site == &main_ || out.size() >= most_facts) return;
    begun.path = "/";
    out.push_back(std::move(begun));
  }

  /// The innermost place decides; of its lines those that turn away come first, and whom none lets
  /// in stays outside.
  void add_access(const apache_site& site, const std::string& url, proxy_fact& into) const {
    const apache_access* found = nullptr;
    for (const apache_site* from : {&main_, &site}) {
      for (const apache_access& each : from->access) {
        if (into.path.starts_with(each.path) && url.starts_with(each.target) &&
            (found == nullptr || each.path.size() >= found->path.size()))
          found = &each;
      }
    }
    if (found == nullptr) return;
    into.access = found->refusals;
    for (const auto& rule : found->admissions) keep_rule(into.access, rule);
    const auto& all = found->admissions.empty() ? found->refusals : found->admissions;
    keep_rule(into.access, nobody_else(all.back()));
  }

  void set_target(const apache_rule& rule, const apache_site& site, proxy_fact& made) const {
    const std::size_t scheme = rule.url.find("://");
    if (scheme == std::string::npos) return;
    const std::size_t end = rule.url.find('/', scheme + 3);
    made.target = kept_line(rule.url.substr(0, end));
    const std::string kind = lower(rule.url.substr(0, scheme));
    const bool has_port = made.target.find(':', scheme + 3) != std::string::npos;
    if (!has_port) made.target += kind == "https" || kind == "wss" ? ":443" : ":80";
    made.sends_tls = kind == "https" || kind == "wss";
    made.passes_upgrade = rule.has_upgrade;
    made.silence_s = rule.timeout_s != 0 ? rule.timeout_s : site.timeout_s;
    if (made.silence_s != 0) {
      made.silence_said = rule.timeout_s != 0 ? rule.text : site.timeout_said;
      made.silence_line = rule.timeout_s != 0 ? rule.line : site.timeout_line;
    }
    // Modules may be built in, and then no line loads any.
    const bool is_told = modules_.contains("proxy_module") && !is_in_part_;
    const char* const needed = kind == "ws" || kind == "wss"       ? "proxy_wstunnel"
                               : kind == "http" || kind == "https" ? "proxy_http"
                                                                   : nullptr;
    if (is_told && needed != nullptr && !modules_.contains(std::string(needed) + "_module"))
      made.lacks = needed;
  }

  const machine_files& files_;
  std::string root_;
  std::set<std::string> read_files_;
  std::map<std::string, std::string> defined_;
  std::set<std::string> modules_;
  std::vector<apache_listen> listens_;
  std::vector<std::string> sections_;
  int skipped_ = 0;
  std::string location_;
  std::optional<apache_access> access_;
  apache_site main_;
  std::optional<apache_site> site_;
  std::vector<apache_site> sites_;
  bool is_in_part_ = false;
};

}  // namespace

std::vector<proxy_fact> read_apache(const machine_files& files, const std::string& file) {
  // Red Hat's files stand in a folder below that of ServerRoot, which the file itself names.
  apache_reader reader(files, file.substr(0, file.rfind('/')));
  reader.read(file, 0);
  return reader.facts();
}

}  // namespace mqttkit::doctor
