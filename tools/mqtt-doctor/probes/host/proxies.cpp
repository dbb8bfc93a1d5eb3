#include "mqtt-doctor/probes/host/proxies.hpp"

#include <algorithm>
#include <ctime>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/printable.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/probes/host/access_rules.hpp"
#include "mqtt-doctor/probes/host/haproxy_rules.hpp"
#include "mqttkit/probe/link.hpp"
#include "mqttkit/probe/tls.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_ports = 64;  // of one proxy; no broker's machine has more

bool is_word(const std::vector<std::string>& words, std::string_view wanted) {
  return std::find(words.begin(), words.end(), wanted) != words.end();
}

/// A line without its comment.
std::string without_comment(const std::string& line) {
  return trimmed(line.substr(0, line.find('#')));
}

/// The file behind an option of the command line, or its last word.
std::string file_of(const listener_fact& listener, const machine_files& files) {
  const auto words = words_of(listener.command);
  std::string found;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    // Apache's -c is a directive.
    const bool is_named = words[i] == "-f" || words[i] == "--config" ||
                          (words[i] == "-c" && listener.program() != listening_program::apache);
    if (is_named) found = words[i + 1];
  }
  const bool is_stunnel = listener.program() == listening_program::stunnel;
  if (found.empty() && is_stunnel && words.size() > 1 && words.back().front() != '-')
    found = words.back();
  if (!found.empty() && found.front() != '/') {
    const std::string folder = files.link("/proc/" + std::to_string(listener.pid) + "/cwd");
    found = folder.empty() ? std::string() : folder + "/" + found;
  }
  if (!found.empty()) return found;
  if (listener.program() == listening_program::haproxy) return "/etc/haproxy/haproxy.cfg";
  if (listener.program() == listening_program::nginx) return "/etc/nginx/nginx.conf";
  if (listener.program() == listening_program::caddy) return "/etc/caddy/Caddyfile";
  if (listener.program() == listening_program::apache) {
    for (const char* usual : {"/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf",
                              "/usr/local/apache2/conf/httpd.conf"}) {
      if (files.exists(usual)) return usual;
    }
    return {};
  }
  if (is_stunnel) {
    for (const auto& name : files.list("/etc/stunnel")) {
      if (name.size() > 5 && name.substr(name.size() - 5) == ".conf") return "/etc/stunnel/" + name;
    }
  }
  return {};
}

// ---- haproxy -------------------------------------------------------------------------------

constexpr std::size_t most_targets = 8;

/// An option of a server, and the line that sets it: the server's, or default-server before it.
struct haproxy_option {
  bool is_on = false;
  std::string said;
  int line = 0;
};

struct haproxy_server {
  std::string target;
  haproxy_option proxy_header, tls;
  bool is_spare = false;  ///< a backup, or disabled
};

/// A time that haproxy waits, or another number, and the line that says so.
struct haproxy_wait {
  int seconds = 0;
  std::string said;
  int line = 0;
};

struct haproxy_section {
  haproxy_wait client, server, tunnel;
  std::string kind;
  std::string name;
  fact_word<proxy_mode> mode;
  int mode_line = 0;
  int check_line = 0;
  std::string backend;
  std::vector<std::string> backends;  ///< of all lines that name one
  std::vector<proxy_fact> binds;
  haproxy_server by_default;  ///< what servers below have unless they say otherwise
  std::vector<haproxy_server> servers;
  std::optional<haproxy_rules> rules;
  haproxy_wait connections;  ///< maxconn, which is no time
};

/// Reads the options of a server or default-server line, which stand from that word on.
void take_server_options(haproxy_server& into, const std::vector<std::string>& words,
                         std::size_t from, const std::string& text, int line) {
  for (std::size_t i = from; i < words.size(); ++i) {
    const std::string& name = words[i];
    const bool is_off = name.starts_with("no-");
    const std::string option = is_off ? name.substr(3) : name;
    const haproxy_option set{!is_off, kept_line(text), line};
    if (option.starts_with("send-proxy")) into.proxy_header = set;
    if (option == "ssl") into.tls = set;
    if (option == "backup" || option == "disabled") into.is_spare = !is_off;
  }
}

/// Seconds of "50s", "1m", "30000" (milliseconds); 0 where that is no time, or less than one.
int haproxy_seconds(const std::string& word) {
  std::size_t end = 0;
  while (end < word.size() && word[end] >= '0' && word[end] <= '9') ++end;
  const auto count = number(word.substr(0, end));
  const std::string unit = word.substr(end);
  if (!count || *count > 100'000'000) return 0;
  const std::int64_t seconds = unit.empty() || unit == "ms" ? *count / 1000
                               : unit == "s"                ? *count
                               : unit == "m"                ? *count * 60
                               : unit == "h"                ? *count * 3600
                               : unit == "d"                ? *count * 86400
                                                            : 0;
  return seconds < 2'000'000'000 ? static_cast<int>(seconds) : 0;
}

/// The time of silence after which haproxy hangs up: "tunnel" comes before the other two, of which
/// the shorter one counts.
haproxy_wait silence_of(const haproxy_section& front, const haproxy_section& back) {
  if (back.tunnel.seconds != 0) return back.tunnel;
  if (front.tunnel.seconds != 0) return front.tunnel;
  if (front.client.seconds == 0) return back.server;
  if (back.server.seconds == 0) return front.client;
  return front.client.seconds <= back.server.seconds ? front.client : back.server;
}

void take_haproxy_line(haproxy_section& into, const std::string& file, const std::string& text,
                       int line) {
  const auto words = words_of(text);
  if (words[0] == "mode" && words.size() > 1) {
    into.mode = fact_word<proxy_mode>(words[1]);
    into.mode_line = line;
  } else if (words[0] == "option" && words.size() > 1 && words[1] == "httpchk") {
    into.check_line = line;
  } else if (words[0] == "timeout" && words.size() > 2) {
    const haproxy_wait wait{haproxy_seconds(words[2]), kept_line(text), line};
    if (words[1] == "client") into.client = wait;
    if (words[1] == "server") into.server = wait;
    if (words[1] == "tunnel") into.tunnel = wait;
  } else if (words[0] == "maxconn" && words.size() > 1) {
    into.connections = {static_cast<int>(number(words[1]).value_or(0)), kept_line(text), line};
  } else if (words[0] == "default_backend" && words.size() > 1) {
    into.backend = words[1];
    into.backends.push_back(words[1]);
  } else if (words[0] == "use_backend" && words.size() > 1) {
    if (into.backend.empty()) into.backend = words[1];
    into.backends.push_back(words[1]);
  } else if (words[0] == "default-server") {
    take_server_options(into.by_default, words, 1, text, line);
  } else if (words[0] == "server") {
    haproxy_server made = into.by_default;
    if (words.size() > 2) made.target = words[2];
    take_server_options(made, words, 3, text, line);
    into.servers.push_back(std::move(made));
  } else if (words[0] == "bind" && words.size() > 1) {
    for (const auto& address : split(words[1], ',')) {
      proxy_fact proxy;
      proxy.program = proxy_program::haproxy;
      proxy.file = file;
      proxy.line = line;
      proxy.port = port_at_end(address);
      proxy.takes_tls = is_word(words, "ssl");
      proxy.takes_proxy = is_word(words, "accept-proxy");
      proxy.said = proxy.takes_proxy ? kept_line(text) : std::string();
      proxy.said_line = proxy.takes_proxy ? line : 0;
      const auto shown = std::find(words.begin(), words.end(), "crt");
      if (shown != words.end() && shown + 1 != words.end())
        proxy.certificate_file = kept_line(*(shown + 1));
      if (proxy.port != 0) into.binds.push_back(std::move(proxy));
    }
  } else if (into.rules) {
    into.rules->take(words, line);
  }
}

}  // namespace

int port_at_end(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const auto port = number(colon == std::string::npos ? text : text.substr(colon + 1));
  return port && *port > 0 && *port < 65536 ? static_cast<int>(*port) : 0;
}

std::vector<proxy_fact> read_haproxy(const std::string& file, const std::string& text,
                                     const machine_files* files) {
  std::vector<haproxy_section> sections;
  fact_word<proxy_mode> default_mode = proxy_mode::tcp;  // haproxy's default
  int default_line = 0, line = 0;
  haproxy_section defaults;
  haproxy_lists lists(files);
  for (const auto& whole : lines_of(text)) {
    ++line;
    const std::string name = without_comment(whole);
    const auto words = words_of(name);
    if (words.empty()) continue;
    static const std::set<std::string> kinds{"global",  "defaults", "frontend", "backend",
                                             "listen",  "peers",    "userlist", "resolvers",
                                             "mailers", "program",  "cache",    "ring"};
    if (kinds.contains(words[0])) {
      if (!sections.empty() && sections.back().kind == "defaults") {
        defaults = sections.back();
        if (!defaults.mode.empty()) {
          default_mode = defaults.mode;
          default_line = defaults.mode_line;
        }
      }
      haproxy_section made;
      made.kind = words[0];
      if (words.size() > 1) made.name = words[1];
      made.rules.emplace(lists, file);
      if (made.kind != "defaults") {
        made.connections = defaults.connections;
        made.mode = default_mode;
        made.mode_line = default_line;
        made.client = defaults.client;
        made.server = defaults.server;
        made.tunnel = defaults.tunnel;
        made.by_default = defaults.by_default;
      }
      sections.push_back(std::move(made));
      continue;
    }
    if (sections.empty()) continue;
    take_haproxy_line(sections.back(), file, name, line);
  }
  haproxy_wait of_process;
  for (const auto& section : sections)
    if (section.kind == "global") of_process = section.connections;
  std::vector<proxy_fact> out;
  for (const auto& section : sections) {
    if (section.kind != "frontend" && section.kind != "listen") continue;
    const haproxy_section* behind = section.kind == "listen" ? &section : nullptr;
    for (const auto& other : sections) {
      if (!section.backend.empty() && other.kind == "backend" && other.name == section.backend)
        behind = &other;
    }
    for (proxy_fact proxy : section.binds) {
      proxy.mode = section.mode;
      if (proxy.mode == proxy_mode::http) {
        proxy.said = "mode http";
        proxy.said_line = section.mode_line;
      }
      proxy.passes_upgrade = true;
      const haproxy_wait wait = silence_of(section, behind != nullptr ? *behind : section);
      proxy.silence_s = wait.seconds;
      proxy.silence_said = wait.said;
      proxy.silence_line = wait.line;
      const haproxy_wait& most =
          section.connections.seconds != 0 ? section.connections : of_process;
      proxy.most_connections = most.seconds;
      proxy.connections_said = most.said;
      proxy.connections_line = most.line;
      proxy.access = section.rules->rules(false, section.mode == proxy_mode::tcp);
      // Of several backends it depends on the client whose rules count.
      if (behind != nullptr && behind != &section && section.backends.size() == 1) {
        for (auto& rule : behind->rules->rules(true, behind->mode == proxy_mode::tcp))
          keep_rule(proxy.access, std::move(rule));
      }
      if (behind != nullptr && !behind->servers.empty()) {
        const haproxy_server& server = behind->servers.front();
        proxy.target = kept_line(server.target);
        for (const haproxy_server& other : behind->servers)
          if (&other != &server && !other.is_spare && proxy.other_targets.size() < most_targets)
            proxy.other_targets.push_back(kept_line(other.target));
        proxy.check_line = behind->check_line;
        proxy.sends_proxy = server.proxy_header.is_on;
        proxy.sends_tls = server.tls.is_on;
        if (proxy.mode != proxy_mode::http && (proxy.sends_proxy || proxy.sends_tls)) {
          const haproxy_option& option = proxy.sends_proxy ? server.proxy_header : server.tls;
          proxy.said = option.said;
          proxy.said_line = option.line;
        }
      }
      if (out.size() < most_ports) out.push_back(std::move(proxy));
    }
  }
  return out;
}

std::vector<proxy_fact> read_stunnel(const std::string& file, const std::string& text,
                                     const machine_files* files) {
  std::vector<proxy_fact> out;
  bool is_client = false, is_service = false, has_certificate = false;  // all services
  bool asks_wrappers = false;                                           // for all services
  std::string client_said, certificate_file, service;
  int client_line = 0, line = 0;
  const auto set_wrappers = [&](bool is_asked) {
    if (!is_service)
      asks_wrappers = is_asked;
    else
      out.back().access = is_asked && files != nullptr ? wrappers_of(*files, service)
                                                       : std::vector<access_rule_fact>();
  };
  for (const auto& whole : lines_of(text)) {
    ++line;
    std::string entry = trimmed(whole);
    if (entry.empty() || entry.front() == '#' || entry.front() == ';') continue;
    if (entry.front() == '[') {
      is_service = true;
      proxy_fact made;
      made.program = proxy_program::stunnel;
      made.file = file;
      made.mode = proxy_mode::tcp;
      made.takes_tls = !is_client;
      made.sends_tls = is_client;
      made.has_certificate = has_certificate;
      made.certificate_file = certificate_file;
      made.said = client_said;
      made.said_line = client_line;
      if (out.size() >= most_ports) break;
      out.push_back(std::move(made));
      service = trimmed(entry.substr(1, entry.find(']') - 1));
      set_wrappers(asks_wrappers);
      continue;
    }
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = lower(trimmed(entry.substr(0, equals)));
    const std::string value = trimmed(entry.substr(equals + 1));
    if (name == "cert") {
      (is_service ? out.back().has_certificate : has_certificate) = true;
      (is_service ? out.back().certificate_file : certificate_file) = kept_line(value);
    }
    if (name == "libwrap") set_wrappers(lower(value) == "yes");
    if (name == "client") {
      const bool is_yes = lower(value) == "yes";
      if (!is_service) {
        is_client = is_yes;
        client_said = is_yes ? kept_line(entry) : std::string();
        client_line = line;
      } else {
        out.back().takes_tls = !is_yes;
        out.back().sends_tls = is_yes;
        out.back().said = is_yes ? kept_line(entry) : std::string();
        out.back().said_line = line;
      }
    }
    if (!is_service) continue;
    proxy_fact& last = out.back();
    if (name == "accept") {
      last.port = port_at_end(value);
      last.line = line;
    } else if (name == "connect") {
      last.target = kept_line(value);
    } else if (name == "protocol" && lower(value) == "proxy") {
      // A stunnel server sends the PROXY header on; a client expects it from whoever connects.
      (last.takes_tls ? last.sends_proxy : last.takes_proxy) = true;
      last.said = kept_line(entry);
      last.said_line = line;
    }
  }
  std::erase_if(out, [](const proxy_fact& proxy) { return proxy.port == 0; });
  return out;
}

std::vector<proxy_fact> read_socat(const listener_fact& listener) {
  proxy_fact made;
  made.program = proxy_program::socat;
  made.mode = proxy_mode::tcp;
  made.port = listener.port;
  for (const auto& word : words_of(listener.command)) {
    const std::string kind = lower(word.substr(0, word.find(':')));
    const bool listens = kind.find("listen") != std::string::npos;
    const bool is_secure = kind.rfind("openssl", 0) == 0 || kind.rfind("ssl", 0) == 0;
    const bool is_network = is_secure || kind.rfind("tcp", 0) == 0;
    if (!is_network || word.find(':') == std::string::npos) continue;
    if (listens) {
      made.takes_tls = is_secure;
      continue;
    }
    const std::size_t begin = word.find(':') + 1;
    made.target = kept_line(word.substr(begin, word.find(',', begin) - begin));
    made.sends_tls = is_secure;
  }
  if (made.target.empty()) return {};
  made.said = kept_line(listener.command);
  return {made};
}

namespace {

/// The first certificate in a file; nothing when none can be read.
std::optional<disk_certificate_fact> certificate_on_disk(const machine_files& files,
                                                         const std::string& file) {
  std::string wrong;
  const auto chain = probe::certificates_in(files.read(file), wrong);
  if (chain.empty()) return {};
  disk_certificate_fact made;
  made.file = file;
  made.subject = chain[0].subject;
  made.not_before = chain[0].not_before;
  made.not_after = chain[0].not_after;
  made.days_left = chain[0].days_left;
  made.certificates = static_cast<int>(chain.size());
  made.has_names = !chain[0].dns_names.empty() || !chain[0].addresses.empty();
  made.fingerprint = chain[0].fingerprint;
  if (const auto status = files.status(file)) made.modified = rfc3339(status->modified);
  return made;
}

/// Adds what the usual files of proxies say that do not run: whose port may be missed.
void add_stopped(const machine_files& files, const std::set<listening_program>& running,
                 std::vector<proxy_fact>& out) {
  const auto add = [&](std::vector<proxy_fact> found) {
    for (auto& made : found) {
      made.pid = 0;
      if (out.size() < most_ports) out.push_back(std::move(made));
    }
  };
  const auto text_of = [&](const std::string& file) {
    file_error error;
    const std::string text = files.read(file, &error);
    return error.empty() ? text : std::string();
  };
  if (!running.contains(listening_program::haproxy)) {
    const std::string file = "/etc/haproxy/haproxy.cfg";
    add(read_haproxy(file, text_of(file), &files));
  }
  if (!running.contains(listening_program::nginx)) add(read_nginx(files, "/etc/nginx/nginx.conf"));
  if (!running.contains(listening_program::caddy)) add(read_caddy(files, "/etc/caddy/Caddyfile"));
  if (!running.contains(listening_program::apache)) {
    for (const char* file : {"/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf"}) {
      if (files.exists(file)) add(read_apache(files, file));
    }
  }
  if (running.contains(listening_program::stunnel)) return;
  for (const auto& name : files.list("/etc/stunnel")) {
    const std::string file = "/etc/stunnel/" + name;
    if (name.ends_with(".conf")) add(read_stunnel(file, text_of(file), &files));
  }
}

}  // namespace

std::vector<proxy_fact> read_proxies(const machine_files& files, host_facts& host) {
  std::vector<proxy_fact> out;
  std::set<std::string> done;
  std::set<listening_program> running;
  for (const auto& listener : host.listeners) {
    running.insert(listener.program());
    if (listener.program() == listening_program::socat && !listener.command.empty() &&
        done.insert("socat " + std::to_string(listener.pid)).second) {
      for (auto& made : read_socat(listener)) {
        made.pid = listener.pid;
        out.push_back(std::move(made));
      }
      continue;
    }
    const bool is_stunnel = listener.program() == listening_program::stunnel;
    const listening_program program = listener.program();
    const bool is_read =
        program == listening_program::haproxy || program == listening_program::nginx ||
        is_stunnel || program == listening_program::apache || program == listening_program::caddy;
    if (!is_read) continue;
    const std::string file = file_of(listener, files);
    if (file.empty() || !done.insert(listener.process + file).second) continue;
    file_error error;
    const std::string text = files.read(file, &error);
    if (!error.empty()) {
      if (error.is_denied()) host.not_seen.push_back(file + ": needs root");
      continue;
    }
    auto found = program == listening_program::haproxy  ? read_haproxy(file, text, &files)
                 : is_stunnel                           ? read_stunnel(file, text, &files)
                 : program == listening_program::apache ? read_apache(files, file)
                 : program == listening_program::caddy  ? read_caddy(files, file)
                                                        : read_nginx(files, file);
    // Caddy is told what it has to do by its port for that, stunnel by a signal: neither shows a
    // sign of it.
    if (program != listening_program::caddy && !is_stunnel)
      note_changes(files, listener.pid, file, found);
    for (auto& made : found) {
      made.pid = listener.pid;
      if (!made.certificate_file.empty())
        made.certificate = certificate_on_disk(files, made.certificate_file);
      out.push_back(std::move(made));
    }
  }
  add_stopped(files, running, out);
  return out;
}

namespace {

/// Whether a line of nginx's log ("2026/11/30 21:14:05 [alert] ...", local time) was written while
/// the doctor tried to connect.
bool is_recent(const std::string& line) {
  constexpr std::time_t longest_s = 30;
  std::tm parts{};
  const std::string text = line.substr(0, std::string_view("2026/11/30 21:14:05").size());
  if (::strptime(text.c_str(), "%Y/%m/%d %H:%M:%S", &parts) == nullptr) return false;
  parts.tm_isdst = -1;
  const std::time_t passed = std::time(nullptr) - ::mktime(&parts);
  return passed >= 0 && passed <= longest_s;
}

}  // namespace

void look_at_proxy_logs(const machine_files& files, host_facts& into) {
  for (auto& proxy : into.proxies) {
    if (proxy.log_file.empty()) continue;
    file_error error;
    const std::string text = files.read_end(proxy.log_file, &error);
    if (error.is_denied()) {
      const std::string missed = proxy.log_file + ": needs root";
      if (std::find(into.not_seen.begin(), into.not_seen.end(), missed) == into.not_seen.end())
        into.not_seen.push_back(missed);
    }
    const std::size_t scheme = proxy.target.find("://");
    const std::string target =
        scheme == std::string::npos ? proxy.target : proxy.target.substr(scheme + 3);
    // Of a name that it looked up when it started the log has the address.
    const bool is_name = std::any_of(target.begin(), target.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    const std::string port = is_name && target.find('[') == std::string::npos
                                 ? target.substr(std::min(target.rfind(':'), target.size()))
                                 : std::string();
    // A line may be about another target of that port.
    const bool is_only_one =
        std::none_of(into.proxies.begin(), into.proxies.end(), [&](const proxy_fact& other) {
          const auto is_alike = [&](const std::string& each) {
            return each != proxy.target && port_at_end(each) == port_at_end(target);
          };
          return other.log_file == proxy.log_file &&
                 (is_alike(other.target) ||
                  (&other != &proxy &&
                   std::any_of(other.other_targets.begin(), other.other_targets.end(), is_alike)));
        });
    const auto has_port = [&](const std::string& line) {
      return is_only_one && port.size() > 1 && (has(line, port + "\"") || has(line, port + "/"));
    };
    for (const auto& line : lines_of(text)) {
      const bool is_at_its_end = has(line, "worker_connections are not enough") ||
                                 has(line, "accept4() failed (24:") ||
                                 has(line, "socket() failed (24:");
      if (is_at_its_end && is_recent(line)) proxy.exhausted = tools::printable(trimmed(line), 240);
      const bool is_its = target.empty() || target[0] == '$' || has(line, target) || has_port(line);
      if (has(line, "upstream") && is_its) proxy.logged = tools::printable(trimmed(line), 240);
    }
  }
}

void try_targets(const machine_files& files, const std::vector<int>& ports, host_facts& into) {
  if (files.is_elsewhere()) return;
  constexpr auto limit = std::chrono::milliseconds(800);
  constexpr std::size_t most = 4;  // connections; they are made one after the other
  std::map<std::string, fact_word<forward_outcome>> asked;
  for (auto& proxy : into.proxies) {
    if (std::find(ports.begin(), ports.end(), proxy.port) == ports.end()) continue;
    const std::size_t scheme = proxy.target.find("://");
    const std::string whole =
        scheme == std::string::npos ? proxy.target : proxy.target.substr(scheme + 3);
    const std::size_t colon = whole.rfind(':');
    if (colon == std::string::npos) continue;
    probe::connect_request to;
    to.address = whole.substr(0, colon);
    to.port = static_cast<std::uint16_t>(port_at_end(whole));
    to.limit = limit;
    const bool is_own =
        std::find(into.addresses.begin(), into.addresses.end(), to.address) != into.addresses.end();
    // A name may be a container's, which only the proxy can look up.
    const bool is_number =
        !to.address.empty() && to.address.find_first_not_of("0123456789.") == std::string::npos;
    if (!is_number || is_own || is_loopback(to.address) || to.port == 0) continue;
    auto found = asked.find(whole);
    if (found == asked.end() && asked.size() < most) {
      probe::connect_report report;
      const probe::link made(to, report);
      const forward_outcome answer = report.is_connected()          ? forward_outcome::open
                                     : report.error == ECONNREFUSED ? forward_outcome::refused
                                     : report.error == ETIMEDOUT    ? forward_outcome::silent
                                                                    : forward_outcome::unreachable;
      found = asked.emplace(whole, answer).first;
    }
    if (found != asked.end()) proxy.target_answer = found->second;
  }
}

}  // namespace mqttkit::doctor
