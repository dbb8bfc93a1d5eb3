// Caddy's Caddyfile: what each site passes on by reverse_proxy.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "mqtt-doctor/probes/host/access_rules.hpp"
#include "mqtt-doctor/probes/host/proxies.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_facts = 64, most_words = 20'000;
constexpr int most_levels = 12;

/// A line of the file: its words, and the lines of the block that it opens.
struct caddy_line {
  std::vector<std::string> words;
  std::string file;
  int line = 0;
  std::vector<caddy_line> inside;
};

struct caddy_word {
  std::string text;
  int line = 0;
  bool is_quoted = false;
};

std::vector<caddy_word> caddy_words(const std::string& text) {
  std::vector<caddy_word> out;
  int line = 1;
  std::string word;
  bool has_word = false;
  const auto finish = [&] {
    if (has_word) out.push_back({std::exchange(word, {}), line, false});
    has_word = false;
  };
  for (std::size_t i = 0; i < text.size() && out.size() < most_words; ++i) {
    const char c = text[i];
    if (!has_word && (c == '"' || c == '`')) {
      const int begin = line;
      std::string inside;
      for (++i; i < text.size() && text[i] != c; ++i) {
        if (c == '"' && text[i] == '\\' && i + 1 < text.size()) ++i;
        if (text[i] == '\n') ++line;
        inside += text[i];
      }
      out.push_back({inside, begin, true});
    } else if (c == '#' && !has_word) {
      while (i + 1 < text.size() && text[i + 1] != '\n') ++i;
    } else if (c == '\\' && i + 1 < text.size() && text[i + 1] == '\n') {
      // The line goes on: what follows counts to it.
      ++i;
      finish();
      out.push_back({"\\", line, false});
      ++line;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      finish();
    } else if (c == '\n') {
      finish();
      ++line;
    } else {
      word += c;
      has_word = true;
    }
  }
  finish();
  return out;
}

class caddy_parser {
 public:
  caddy_parser(std::vector<caddy_word> words, const std::string& file)
      : words_(std::move(words)), file_(file) {}

  std::vector<caddy_line> lines(int level = 0) {
    std::vector<caddy_line> out;
    while (at_ < words_.size()) {
      if (is_sign("}")) {
        ++at_;
        if (level > 0) return out;
        continue;
      }
      caddy_line made;
      made.file = file_;
      made.line = words_[at_].line;
      int line = made.line;
      bool is_open = false;
      while (at_ < words_.size() && words_[at_].line == line) {
        if (is_sign("}")) break;
        if (is_sign("\\")) {
          ++at_;
          if (at_ < words_.size()) line = words_[at_].line;
          continue;
        }
        // A brace opens a block at the end of a line only.
        const bool is_last = at_ + 1 == words_.size() || words_[at_ + 1].line != line;
        if (is_sign("{") && is_last) {
          is_open = true;
          ++at_;
          break;
        }
        made.words.push_back(words_[at_++].text);
        // The addresses of a site go on behind a comma.
        const bool goes_on = level == 0 && made.words.back().ends_with(",") &&
                             at_ < words_.size() && words_[at_].line == line + 1;
        if (goes_on) line = words_[at_].line;
      }
      if (is_open && level < most_levels) made.inside = lines(level + 1);
      out.push_back(std::move(made));
    }
    return out;
  }

 private:
  bool is_sign(std::string_view sign) const {
    return !words_[at_].is_quoted && words_[at_].text == sign;
  }

  std::vector<caddy_word> words_;
  std::string file_;
  std::size_t at_ = 0;
};

struct caddy_site {
  int line = 0;
  int port = 0;
  bool takes_tls = false;
  std::vector<std::string> names;
  std::string path;  ///< of the address itself
};

/// The paths that a matcher lets through; none: it does not ask for the path.
struct caddy_matcher {
  std::vector<std::string> paths;
  std::vector<access_condition_fact> addresses;
  std::string text;  ///< of the matcher about addresses
  std::string file;
  int line = 0;
  bool is_known = true;
  bool asks_more = false;  ///< for a header, a method or a protocol
};

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

class caddy_reader {
 public:
  explicit caddy_reader(const machine_files& files) : files_(files) {}

  void read(const std::string& file) {
    file_error error;
    const std::string text = files_.read(file, &error);
    if (!error.empty()) return;
    std::vector<caddy_line> all = caddy_parser(caddy_words(text), file).lines();
    // Without braces the whole file is one site, whose first line is the address.
    const bool is_bare = !all.empty() &&
                         std::all_of(all.begin(), all.end(),
                                     [](const auto& each) {
                                       return each.words.empty() || !each.words[0].starts_with("(");
                                     }) &&
                         all[0].inside.empty() && !all[0].words.empty() &&
                         all[0].words[0] != "import";
    if (is_bare) {
      caddy_line site = std::move(all.front());
      site.inside.assign(std::make_move_iterator(all.begin() + 1),
                         std::make_move_iterator(all.end()));
      return read_site(site);
    }
    for (const auto& each : all) read_top(each, 0);
  }

  std::vector<proxy_fact> take() { return std::move(out_); }

 private:
  void read_top(const caddy_line& line, int level) {
    if (line.words.empty()) {
      for (const auto& option : line.inside) read_global(option);
    } else if (line.words[0].size() > 2 && line.words[0].front() == '(') {
      snippets_[line.words[0].substr(1, line.words[0].size() - 2)] = line.inside;
    } else if (line.words[0] == "import" && line.words.size() > 1 && level < most_levels) {
      for (const auto& each : imported(line)) read_top(each, level + 1);
    } else {
      read_site(line);
    }
  }

  void read_global(const caddy_line& option) {
    if (option.words.size() < 2) return;
    const auto port = [&] { return static_cast<int>(number(option.words[1]).value_or(0)); };
    if (option.words[0] == "http_port") http_port_ = port();
    if (option.words[0] == "https_port") https_port_ = port();
    if (option.words[0] == "auto_https" && option.words[1] == "off") has_https_ = false;
  }

  /// The lines of a snippet, or of the files that fit a name.
  std::vector<caddy_line> imported(const caddy_line& line) {
    const std::string& what = line.words[1];
    if (const auto found = snippets_.find(what); found != snippets_.end()) return found->second;
    std::string file = what;
    if (!file.empty() && file.front() != '/')
      file = line.file.substr(0, line.file.rfind('/') + 1) + file;
    std::vector<std::string> names{file};
    const std::size_t star = file.find('*'), slash = file.rfind('/');
    if (star != std::string::npos && star > slash) {
      names.clear();
      const std::string folder = file.substr(0, slash + 1);
      const std::string before = file.substr(slash + 1, star - slash - 1);
      const std::string after = file.substr(star + 1);
      for (const auto& each : files_.list(folder)) {
        const bool fits = each.size() >= before.size() + after.size() && each.starts_with(before) &&
                          each.ends_with(after);
        if (fits) names.push_back(folder + each);
      }
    }
    std::vector<caddy_line> out;
    for (const auto& name : names) {
      file_error error;
      const std::string text = files_.read(name, &error);
      if (!error.empty() || ++imports_ > 64) continue;
      auto more = caddy_parser(caddy_words(text), name).lines();
      out.insert(out.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
    }
    return out;
  }

  caddy_site site_of(std::string address, int line) const {
    caddy_site out;
    out.line = line;
    while (!address.empty() && address.back() == ',') address.pop_back();
    std::string kind;
    if (const std::size_t scheme = address.find("://"); scheme != std::string::npos) {
      kind = lower(address.substr(0, scheme));
      address.erase(0, scheme + 3);
    }
    if (const std::size_t slash = address.find('/'); slash != std::string::npos) {
      out.path = address.substr(slash);
      address.resize(slash);
    }
    const std::size_t colon = address.rfind(':');
    const bool has_port = colon != std::string::npos && !address.ends_with("]");
    out.port = has_port ? port_at_end(address) : 0;
    const std::string host = lower(address.substr(0, has_port ? colon : std::string::npos));
    if (!host.empty() && host != "*") out.names.push_back(kept_line(host));
    const bool is_plain = kind == "http" || (kind.empty() && out.port == http_port_) ||
                          (kind.empty() && host.empty()) || (kind.empty() && !has_https_);
    out.takes_tls = !is_plain;
    if (out.port == 0) out.port = is_plain ? http_port_ : https_port_;
    return out;
  }

  void read_site(const caddy_line& line) {
    std::vector<caddy_site> sites;
    for (const auto& word : line.words) {
      for (const auto& part : split(word, ',')) {
        if (!part.empty()) sites.push_back(site_of(part, line.line));
      }
    }
    const bool has_tls = std::any_of(line.inside.begin(), line.inside.end(), [](const auto& each) {
      return !each.words.empty() && each.words[0] == "tls";
    });
    std::vector<proxy_fact> found;
    matchers_.clear();
    read_block(line.inside, {}, found, 0);
    std::vector<int> done;
    for (const auto& site : sites) {
      if (std::find(done.begin(), done.end(), site.port) != done.end()) continue;
      done.push_back(site.port);
      for (proxy_fact made : found) {
        if (out_.size() >= most_facts) return;
        made.line = site.line;
        made.port = site.port;
        made.takes_tls = site.takes_tls || has_tls;
        // The names of other addresses of the same site on the same port count as well.
        bool is_for_all = false;
        for (const auto& other : sites) {
          if (other.port != site.port) continue;
          is_for_all = is_for_all || other.names.empty();
          made.names.insert(made.names.end(), other.names.begin(), other.names.end());
        }
        if (is_for_all) made.names.clear();
        if (made.path == "/" && !site.path.empty()) made.path = kept_line(site.path);
        out_.push_back(std::move(made));
      }
    }
  }

  caddy_matcher matcher_of(const std::string& word) const {
    caddy_matcher out;
    if (word.empty() || word == "*") return out;
    if (word.front() == '/') {
      out.paths.push_back(word);
      return out;
    }
    const auto found = matchers_.find(word);
    if (found != matchers_.end()) return found->second;
    out.is_known = false;
    return out;
  }

  void read_matcher(const caddy_line& line) {
    caddy_matcher made;
    std::map<std::string, std::size_t> lists;  // several lines of one kind are one list
    const auto take = [&](const std::vector<std::string>& words, std::size_t from) {
      const bool is_negated = words.size() > from && words[from] == "not";
      if (is_negated) ++from;
      if (words.size() <= from) {
        made.is_known = made.is_known && !is_negated;  // "not" with a block
        return;
      }
      const std::string& kind = words[from];
      if (kind == "remote_ip" || kind == "client_ip") {
        std::vector<std::string> networks;
        bool is_forwarded = false;
        for (std::size_t i = from + 1; i < words.size(); ++i) {
          is_forwarded = is_forwarded || words[i] == "forwarded";
          if (words[i] == "private_ranges")
            networks.insert(networks.end(), private_networks().begin(), private_networks().end());
          else
            networks.push_back(words[i]);
        }
        access_condition_fact list = among(networks);
        if (is_forwarded) list = {};  // by a header, which the client may set
        list.is_negated = is_negated;
        if (is_forwarded) made.is_known = false;
        const auto known = lists.find(kind);
        if (is_negated || known == lists.end()) {
          if (!is_negated) lists[kind] = made.addresses.size();
          made.addresses.push_back(std::move(list));
        } else {
          access_condition_fact& before = made.addresses[known->second];
          before.has_all = before.has_all && list.has_all;
          for (auto& network : list.values) {
            if (before.values.size() < most_addresses)
              before.values.push_back(std::move(network));
            else
              before.has_all = false;
          }
          if (is_forwarded) before = list;
        }
        made.text = kept_line(joined(line.words) +
                              (&words == &line.words ? std::string() : ": " + joined(words)));
        made.file = line.file;
        made.line = line.line;
      } else if (is_negated) {
        made.is_known = false;
      } else if (kind == "path") {
        made.paths.insert(made.paths.end(), words.begin() + static_cast<std::ptrdiff_t>(from) + 1,
                          words.end());
      } else if (kind == "header" || kind == "method" || kind == "protocol") {
        made.asks_more = true;
      } else {
        made.is_known = false;
      }
    };
    take(line.words, 1);
    for (const auto& each : line.inside) take(each.words, 0);
    matchers_[line.words[0]] = std::move(made);
  }

  void read_block(const std::vector<caddy_line>& lines, const caddy_matcher& outer,
                  std::vector<proxy_fact>& found, int level, bool is_in_order = false) {
    if (level > most_levels) return;
    for (const auto& line : lines) {
      if (!line.words.empty() && line.words[0].size() > 1 && line.words[0].front() == '@')
        read_matcher(line);
    }
    const std::size_t begun = refusals_.size();
    for (const auto& line : lines) {
      if (!is_in_order) read_refusal(line);
    }
    for (const auto& line : lines) {
      if (line.words.empty()) continue;
      const std::string& name = line.words[0];
      if (is_in_order) read_refusal(line);
      if (name == "import" && line.words.size() > 1) {
        read_block(imported(line), outer, found, level + 1, is_in_order);
      } else if (name == "handle" || name == "handle_path" || name == "route") {
        const caddy_matcher own = matcher_of(line.words.size() > 1 ? line.words[1] : "");
        // Caddy asks these before "abort" and the like, unless a "route" keeps the order.
        std::vector<access_rule_fact> later;
        if (!is_in_order) {
          later = refusals_;
          refusals_.resize(std::min(begun, refusals_.size()));
        }
        read_block(line.inside, narrowed(outer, own), found, level + 1, name == "route");
        if (!is_in_order) refusals_ = std::move(later);
      } else if (name == "reverse_proxy") {
        read_proxy(line, outer, found);
      }
    }
    refusals_.resize(std::min(begun, refusals_.size()));
  }

  /// What "abort", "error" and "respond" turn away by its address comes before "reverse_proxy".
  void read_refusal(const caddy_line& line) {
    if (line.words.size() < 2 || !line.words[1].starts_with("@")) return;
    const std::string& name = line.words[0];
    const bool is_refusal =
        name == "abort" || name == "error" ||
        (name == "respond" &&
         std::any_of(line.words.begin() + 2, line.words.end(),
                     [](const auto& word) { return word.size() == 3 && word[0] == '4'; }));
    const caddy_matcher how = matcher_of(line.words[1]);
    if (!is_refusal || how.addresses.empty() || !how.paths.empty() || !how.is_known ||
        how.asks_more)
      return;
    access_rule_fact made;
    made.conditions = how.addresses;
    made.stage = 1;
    made.text = kept_line(how.text + "; " + joined(line.words));
    made.file = how.file;
    made.line = how.line;
    keep_rule(refusals_, std::move(made));
  }

  /// The rules that a matcher about addresses makes: nobody else gets there.
  void add_access(const caddy_matcher& how, proxy_fact& into) const {
    into.access = refusals_;
    if (how.addresses.empty()) return;
    access_rule_fact made;
    made.conditions = how.addresses;
    made.lets_in = true;
    made.stage = 2;
    made.text = how.text;
    made.file = how.file;
    made.line = how.line;
    keep_rule(into.access, made);
    keep_rule(into.access, nobody_else(made));
  }

  static caddy_matcher narrowed(const caddy_matcher& outer, const caddy_matcher& own) {
    caddy_matcher out = own.paths.empty() ? outer : own;
    out.is_known = outer.is_known && own.is_known;
    const caddy_matcher& told = own.addresses.empty() ? outer : own;
    out.addresses = outer.addresses;
    out.addresses.insert(out.addresses.end(), own.addresses.begin(), own.addresses.end());
    out.text = told.text;
    out.file = told.file;
    out.line = told.line;
    return out;
  }

  void read_proxy(const caddy_line& line, const caddy_matcher& outer,
                  std::vector<proxy_fact>& found) const {
    proxy_fact made;
    made.program = proxy_program::caddy;
    made.mode = proxy_mode::http;
    made.file = line.file;
    made.path_line = line.line;
    made.passes_upgrade = true;
    caddy_matcher how = outer;
    std::size_t first = 1;
    if (line.words.size() > 1) {
      const std::string& word = line.words[1];
      const bool is_matcher = word.starts_with("/") || word.starts_with("@") || word == "*";
      if (is_matcher) {
        how = narrowed(outer, matcher_of(word));
        first = 2;
      }
    }
    std::vector<std::string> upstreams(
        line.words.begin() + static_cast<std::ptrdiff_t>(std::min(first, line.words.size())),
        line.words.end());
    for (const auto& each : line.inside) {
      if (each.words.size() > 1 && each.words[0] == "to")
        upstreams.insert(upstreams.end(), each.words.begin() + 1, each.words.end());
      if (each.words.size() > 1 && each.words[0] == "transport") {
        made.sends_tls =
            std::any_of(each.inside.begin(), each.inside.end(), [](const auto& option) {
              return !option.words.empty() && option.words[0].starts_with("tls");
            });
      }
    }
    made.said = kept_line(joined(line.words));
    add_access(how, made);
    made.said_line = line.line;
    if (!upstreams.empty()) {
      std::string target = upstreams[0];
      if (target.starts_with("ws://") || target.starts_with("wss://")) {
        made.wrong = kept_line(upstreams[0]);
        made.wrong_line = line.line;
      }
      if (target.starts_with(":")) target = "localhost" + target;
      if (target.starts_with("https://")) made.sends_tls = true;
      made.target = kept_line(target);
    }
    if (!how.is_known) {
      made.path = "~ matcher";
      found.push_back(std::move(made));
      return;
    }
    if (how.paths.empty()) how.paths.emplace_back("/");
    for (const std::string& path : how.paths) {
      proxy_fact each = made;
      const std::size_t star = path.find('*');
      each.is_exact_path = star == std::string::npos && path != "/";
      each.path = star == std::string::npos              ? kept_line(path)
                  : star + 1 == path.size() && star != 0 ? kept_line(path.substr(0, star))
                                                         : "~ " + kept_line(path);
      if (path == "*") each.path = "/";
      found.push_back(std::move(each));
    }
  }

  const machine_files& files_;
  std::map<std::string, std::vector<caddy_line>> snippets_;
  std::map<std::string, caddy_matcher> matchers_;
  std::vector<access_rule_fact> refusals_;  // of the blocks that are open
  std::vector<proxy_fact> out_;
  int http_port_ = 80, https_port_ = 443, imports_ = 0;
  bool has_https_ = true;
};

}  // namespace

std::vector<proxy_fact> read_caddy(const machine_files& files, const std::string& file) {
  if (auto found = read_caddy_json(file, files.read(file)); !found.empty()) return found;
  caddy_reader reader(files);
  reader.read(file);
  return reader.take();
}

}  // namespace mqttkit::doctor
