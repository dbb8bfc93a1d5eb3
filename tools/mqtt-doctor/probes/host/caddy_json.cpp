// Caddy's own form of its configuration: apps.http and apps.layer4, in JSON.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/printable.hpp"
#include "mqtt-doctor/probes/host/proxies.hpp"

namespace mqttkit::doctor {
namespace {

using json = nlohmann::json;

constexpr std::size_t most_facts = 64;
constexpr int most_levels = 8;

const json* member(const json& of, const char* name) {
  const auto found = of.is_object() ? of.find(name) : of.end();
  return of.is_object() && found != of.end() ? &*found : nullptr;
}

std::string text_in(const json& of, const char* name) {
  const json* const found = member(of, name);
  return found != nullptr && found->is_string() ? tools::printable(found->get<std::string>(), 120)
                                                : std::string();
}

std::vector<std::string> texts_in(const json& of, const char* name) {
  std::vector<std::string> out;
  const json* const all = member(of, name);
  if (all == nullptr || !all->is_array()) return out;
  for (const json& each : *all) {
    if (out.size() == most_facts) break;
    if (each.is_string()) out.push_back(tools::printable(each.get<std::string>(), 120));
  }
  return out;
}

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

class caddy_json_reader {
 public:
  caddy_json_reader(const std::string& file, const std::string& text) : file_(file), text_(text) {}

  std::vector<proxy_fact> read(const json& all) {
    const json* const apps = member(all, "apps");
    if (apps == nullptr) return {};
    for (const char* app : {"http", "layer4"}) {
      const json* const of = member(*apps, app);
      const json* const servers = of == nullptr ? nullptr : member(*of, "servers");
      if (servers == nullptr || !servers->is_object()) continue;
      for (const json& server : *servers) read_server(server, std::string(app) == "http");
    }
    return std::move(out_);
  }

 private:
  /// What the routes from the server down to a handler have said.
  struct way {
    std::vector<std::string> paths;
    std::vector<std::string> names;
    bool is_known = true;
    bool takes_tls = false;
  };

  void read_server(const json& server, bool is_web) {
    for (const std::string& listen : texts_in(server, "listen")) {
      if (out_.size() >= most_facts) return;
      way from;
      port_ = port_at_end(listen);
      is_web_ = is_web;
      const json* const policies = member(server, "tls_connection_policies");
      from.takes_tls = is_web && ((policies != nullptr && !policies->empty()) || port_ == 443);
      if (port_ != 0) read_routes(server, from, 0);
    }
  }

  void read_routes(const json& of, const way& outer, int level) {
    const json* const routes = member(of, "routes");
    if (routes == nullptr || !routes->is_array() || level > most_levels) return;
    for (const json& route : *routes) {
      if (out_.size() >= most_facts) return;
      way here = outer;
      const json* const match = member(route, "match");
      if (match != nullptr && match->is_array()) {
        std::vector<std::string> paths;
        for (const json& set : *match) {
          if (paths.size() < most_facts) append(paths, texts_in(set, "path"));
          if (here.names.size() < most_facts) append(here.names, texts_in(set, "host"));
          for (const auto& each : set.items())
            here.is_known = here.is_known && (each.key() == "path" || each.key() == "host" ||
                                              each.key() == "header" || !is_web_);
        }
        if (!paths.empty()) here.paths = paths;
      }
      const json* const handlers = member(route, "handle");
      if (handlers == nullptr || !handlers->is_array()) continue;
      for (const json& handler : *handlers) {
        const std::string kind = text_in(handler, "handler");
        if (kind == "tls") here.takes_tls = true;
        if (kind == "subroute") read_routes(handler, here, level + 1);
        if (kind == "reverse_proxy" || kind == "proxy") add(handler, here);
      }
    }
  }

  void add(const json& handler, const way& here) {
    if (out_.size() >= most_facts) return;
    proxy_fact made;
    made.program = proxy_program::caddy;
    made.mode = is_web_ ? proxy_mode::http : proxy_mode::tcp;
    made.file = file_;
    made.port = port_;
    made.takes_tls = here.takes_tls;
    made.names = here.names;
    made.passes_upgrade = true;
    const json* const upstreams = member(handler, "upstreams");
    if (upstreams != nullptr && upstreams->is_array() && !upstreams->empty()) {
      const auto all = texts_in(upstreams->front(), "dial");
      made.target = all.empty() ? text_in(upstreams->front(), "dial") : all.front();
      made.sends_tls = member(upstreams->front(), "tls") != nullptr;
    }
    if (made.target.starts_with("tcp/")) made.target.erase(0, 4);
    if (made.target.starts_with(':')) made.target = "localhost" + made.target;
    const json* const transport = member(handler, "transport");
    made.sends_tls =
        made.sends_tls || (transport != nullptr && member(*transport, "tls") != nullptr);
    made.said = made.target.empty() ? std::string() : "dial " + made.target;
    made.line = made.path_line = made.said_line = line_of(made.target);
    if (!is_web_) {
      out_.push_back(std::move(made));
      return;
    }
    std::vector<std::string> paths = here.paths;
    if (paths.empty()) paths.emplace_back("/*");
    if (!here.is_known) paths.assign(1, "~ matcher");
    for (const std::string& path : paths) {
      if (out_.size() >= most_facts) return;
      proxy_fact each = made;
      const std::size_t star = path.find('*');
      each.is_exact_path = star == std::string::npos && path != "~ matcher";
      each.path = star == std::string::npos              ? path
                  : star + 1 == path.size() && star != 0 ? path.substr(0, star)
                                                         : "~ " + path;
      out_.push_back(std::move(each));
    }
  }

  /// The line that names the target; the first where several do.
  int line_of(const std::string& target) const {
    const std::size_t at = target.empty() ? std::string::npos : text_.find('"' + target + '"');
    return at == std::string::npos
               ? 0
               : static_cast<int>(std::count(
                     text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at), '\n')) +
                     1;
  }

  const std::string& file_;
  const std::string& text_;
  std::vector<proxy_fact> out_;
  int port_ = 0;
  bool is_web_ = true;
};

}  // namespace

std::vector<proxy_fact> read_caddy_json(const std::string& file, const std::string& text) {
  const json all = json::parse(text, nullptr, false);
  if (!all.is_object()) return {};
  return caddy_json_reader(file, text).read(all);
}

}  // namespace mqttkit::doctor
