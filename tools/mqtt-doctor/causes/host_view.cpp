#include "mqtt-doctor/causes/host_view.hpp"

#include <algorithm>
#include <array>

#include "mqtt-doctor/facts/certificate_name.hpp"
#include "mqtt-doctor/facts/forward_target.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {

const configured_listener* block_for(const configuration_fact& from, int port) {
  for (const auto& listener : from.listeners) {
    if (listener.port == port) return &listener;
  }
  return nullptr;
}

namespace {

// The port on this machine that the proxy holding the dialled port leads to; 0 for none, or if
// unknown.
int port_behind(const host_view& at) {
  const proxy_fact* const proxy = proxy_on(at);
  return proxy == nullptr ? 0 : doctor::port_behind(*proxy, at.host);
}

// The configuration in question: that of the process holding the port, else the one that names the
// port, else the only one; a configuration in use comes before one that is not.
const configuration_fact* configuration_for(const host_view& at) {
  const configuration_fact* best = nullptr;
  int best_rank = 0;
  const int behind = port_behind(at);
  for (const auto& configuration : at.host.configurations) {
    const bool is_elsewhere = behind != 0 && !configuration.listeners.empty() &&
                              block_for(configuration, behind) == nullptr &&
                              block_for(configuration, at.port()) == nullptr;
    if (is_elsewhere) continue;
    // A broker that runs beside the container and has other ports is not the one in it.
    const bool is_beside = at.dialled() != nullptr &&
                           at.dialled()->program() == listening_program::docker_proxy &&
                           configuration.pid != 0 && !configuration.listeners.empty() &&
                           block_for(configuration, at.port()) == nullptr;
    if (is_beside) continue;
    int rank = 1;
    if (configuration.is_used) rank += 2;
    if (block_for(configuration, at.port()) != nullptr) rank += 4;
    for (const auto* socket : at.sockets) {
      if (configuration.pid != 0 && configuration.pid == socket->pid)
        rank += socket == at.dialled() ? 32 : 16;
    }
    if (rank > best_rank) {
      best = &configuration;
      best_rank = rank;
    }
  }
  return best;
}

// Whether the program that holds the socket is the one the configuration was written for.
bool belongs_to(const configuration_fact& from, const listener_fact& socket,
                const host_facts& host) {
  if (from.pid != 0 && from.pid == socket.pid) return true;
  for (const auto& broker : host.brokers) {
    if (broker.pid != 0 && broker.pid == socket.pid) return broker.name == from.broker;
  }
  return socket.process == from.broker.word();
}

bool is_held_by_other(const host_view& at) {
  const listener_fact* const socket = at.dialled();
  if (socket == nullptr || socket->process.empty() || is_in_front(*socket, at.host)) return false;
  // systemd holds the port of a broker with socket activation until the first connection.
  if (socket->program() == listening_program::systemd) return false;
  return std::none_of(at.host.configurations.begin(), at.host.configurations.end(),
                      [&](const configuration_fact& configuration) {
                        return belongs_to(configuration, *socket, at.host);
                      });
}

}  // namespace

namespace {

/// The container that takes what arrives at the port, where nothing else on this machine does.
const container_fact* container_behind(const host_view& at) {
  const listener_fact* const socket = at.dialled();
  if (socket == nullptr) return nullptr;
  const process_fact* const process = at.process();
  const bool is_proxy =
      socket->process.empty() || socket->program() == listening_program::docker_proxy;
  if (!is_proxy && !(process != nullptr && process->is_contained)) return nullptr;
  return publisher(at);
}

/// Whether DNS led here though no broker runs here: a wrong address, not a stopped broker.
bool was_misled_here(const view& known) {
  const name_facts& name = known.all.name;
  const contact* const client = known.client();
  if (client == nullptr || known.asked().on_broker || name.is_literal || !name.hosts_file.empty())
    return false;
  const address_class kind = class_of(client->address);
  const bool is_itself = kind == address_class::loopback || kind == address_class::unspecified;
  const std::string host = lower(known.host());
  const bool is_meant = host == "localhost" || host.ends_with(".localhost");
  const host_facts& machine = *known.all.host;
  const bool is_served =
      std::any_of(machine.listeners.begin(), machine.listeners.end(),
                  [&](const listener_fact& listener) { return listener.port == known.at.port; });
  return is_itself && !is_meant && machine.brokers.empty() && !is_served;
}

}  // namespace

std::optional<host_view> look_at(const view& known) {
  if (!known.all.host || was_misled_here(known)) return std::nullopt;
  host_view out{known, *known.all.host, {}, nullptr, nullptr, false};
  for (const auto& listener : out.host.listeners) {
    if (listener.port == known.at.port) out.sockets.push_back(&listener);
  }
  std::stable_partition(out.sockets.begin(), out.sockets.end(),
                        [](const auto* socket) { return !is_loopback(socket->address); });
  const container_fact* const container = container_behind(out);
  if (container != nullptr && container->configuration) {
    out.container = container;
    out.configuration = &*container->configuration;
    out.block = block_for(*out.configuration, port_inside(*container, known.at.port));
    return out;
  }
  out.is_held_by_other = is_held_by_other(out);
  if (!out.is_held_by_other) out.configuration = configuration_for(out);
  if (out.configuration != nullptr) out.block = block_for(*out.configuration, known.at.port);
  return out;
}

bool host_view::is_public() const { return !sockets.empty() && !is_loopback(sockets[0]->address); }

const listener_fact* host_view::dialled() const {
  const contact* const client = known.client();
  if (client == nullptr || client->address.empty()) return socket();
  const std::string& address = client->address;
  const bool is_v6 = is_v6_text(address);
  // The kernel prefers the exact address; "::" takes IPv4 as well, unless the socket is v6-only.
  const auto rank = [&](const listener_fact& listener) {
    if (listener.address == address) return 4;
    if (listener.address == (is_v6 ? "::" : "0.0.0.0")) return 3;
    if (!is_v6 && listener.address == "::") return 2;
    return 0;
  };
  const listener_fact* best = nullptr;
  for (const auto* socket : sockets) {
    if (rank(*socket) > 0 && (best == nullptr || rank(*socket) > rank(*best))) best = socket;
  }
  return best != nullptr ? best : socket();
}

const process_fact* host_view::process() const {
  const listener_fact* const taken = dialled();
  for (const auto& broker : host.brokers) {
    if (taken != nullptr && broker.pid == taken->pid) return &broker;
  }
  return nullptr;
}

const process_fact* host_view::running(const fact_word<broker_kind>& name) const {
  for (const auto& broker : host.brokers) {
    if (broker.name == name) return &broker;
  }
  return nullptr;
}

const configuration_problem* host_view::problem(problem_kind kind) const {
  if (configuration == nullptr) return nullptr;
  for (const auto& problem : configuration->problems) {
    if (problem.kind == kind) return &problem;
  }
  return nullptr;
}

std::string host_view::setting(const std::string& name) const {
  if (block != nullptr) {
    const auto at = block->settings.find(name);
    if (at != block->settings.end()) return at->second;
  }
  if (configuration == nullptr) return {};
  const auto at = configuration->settings.find(name);
  return at != configuration->settings.end() ? at->second : std::string();
}

std::string host_view::holder_name() const {
  if (const process_fact* const holder = process(); holder != nullptr) return holder->name.word();
  const listener_fact* const listening = dialled();
  return listening != nullptr ? listening->process : std::string();
}

namespace {

bool logs_to(const configuration_fact& broker, const std::string& file) {
  const auto where = broker.settings.find("log_dest");
  return where != broker.settings.end() && contains(where->second + "\n", "file " + file + "\n");
}

/// Whether the log belongs to a broker that has nothing to do with the port.
bool is_log_of_another(const host_view& at, const std::string& source) {
  if (at.configuration != nullptr && logs_to(*at.configuration, source)) return false;
  return std::any_of(at.host.configurations.begin(), at.host.configurations.end(),
                     [&](const configuration_fact& other) {
                       return &other != at.configuration && logs_to(other, source) &&
                              block_for(other, at.port()) == nullptr;
                     });
}

}  // namespace

const log_fact* host_view::logged(log_kind kind) const {
  const log_fact* found = nullptr;
  // Where another program holds the port, only that program's own log counts.
  const std::string holder = is_held_by_other ? holder_name() : std::string();
  for (const auto& each : host.log) {
    const bool is_its_own = holder.empty() || program_of(holder) == listening_program::mosquitto ||
                            each.source.find(holder) != std::string::npos;
    if (each.kind == kind && each.is_current && is_its_own &&
        !is_log_of_another(*this, each.source))
      found = &each;
  }
  return found;
}

bool host_view::is_firewall_read(ip_family family) const {
  const firewall_fact* const rule = firewall(family);
  return rule != nullptr && rule->verdict != firewall_verdict::unknown;
}

bool host_view::is_user_by_subject() const {
  return known.asked().has_certificate && setting("use_subject_as_username") == "true";
}

bool host_view::is_user_by_common_name() const {
  return known.asked().has_certificate && !is_user_by_subject() &&
         setting("use_identity_as_username") == "true";
}

std::string host_view::user_in_force() const {
  const std::string& subject = known.asked().certificate_subject;
  if (is_user_by_subject()) return subject;
  return is_user_by_common_name() ? common_name_in(subject) : known.asked().user_name;
}

const login_check_fact* host_view::login_check() const {
  if (configuration == nullptr) return nullptr;
  const std::string users = setting("password_file");
  std::string file = users.empty() ? setting("plugin_opt_config_file") : users;
  if (file.empty()) file = configuration->file;  // of brokers that have their users in there
  for (const auto& check : configuration->login_checks) {
    if (check.file == file && check.user == known.asked().user_name) return &check;
  }
  return nullptr;
}

const firewall_fact* host_view::firewall(ip_family family) const {
  for (const auto& each : host.firewall) {
    if (each.port == port() && each.family == family && !each.is_own && !each.is_reply)
      return &each;
  }
  return nullptr;
}

const firewall_fact* host_view::reply_firewall(ip_family family) const {
  for (const auto& each : host.firewall) {
    if (each.port == port() && each.family == family && each.is_reply) return &each;
  }
  return nullptr;
}

namespace {

bool is_brokers(const service_fact& service) {
  constexpr std::array<std::string_view, 10> brokers{"mosquitto", "rabbitmq", "emqx",   "activemq",
                                                     "hivemq",    "vernemq",  "nanomq", "flashmq",
                                                     "nats",      "artemis"};
  return std::any_of(brokers.begin(), brokers.end(), [&](std::string_view name) {
    return service.name.find(name) != std::string::npos;
  });
}

}  // namespace

bool has_brokers_service(const host_facts& host) {
  return std::any_of(host.services.begin(), host.services.end(), is_brokers);
}

bool is_brokers_machine(const view& known) {
  if (!known.all.host) return false;
  const host_facts& host = *known.all.host;
  if (!host.brokers.empty() || !host.configurations.empty()) return true;
  return std::any_of(host.services.begin(), host.services.end(), [&](const service_fact& service) {
    // Without systemd's word on its state, a unit file may be left over from long ago.
    if (service.state.empty() || service.state == service_state::not_found) return false;
    return is_brokers(service);
  });
}

const service_fact* host_view::service() const {
  if (container != nullptr) return nullptr;  // systemd knows nothing of it
  std::string name = configuration != nullptr ? configuration->broker.word() : "mosquitto";
  if (is_held_by_other) name = holder_name();
  for (const auto& service : host.services) {
    if (service.name.find(name) != std::string::npos) return &service;
  }
  return nullptr;
}

bool host_view::is_down() const {
  const auto name = configuration != nullptr ? configuration->broker : broker_kind::mosquitto;
  // A broker that runs with another configuration is another broker.
  const auto is_of_another = [&](const process_fact& broker) {
    return std::any_of(host.configurations.begin(), host.configurations.end(),
                       [&](const configuration_fact& other) {
                         return &other != configuration && broker.pid != 0 &&
                                other.pid == broker.pid && block_for(other, port()) == nullptr;
                       });
  };
  const bool is_up = std::any_of(
      host.brokers.begin(), host.brokers.end(),
      [&](const process_fact& broker) { return broker.name == name && !is_of_another(broker); });
  if (is_up) return false;
  const bool holds_port = std::any_of(sockets.begin(), sockets.end(), [&](const auto* socket) {
    return socket->process == name.word();
  });
  return !holds_port && !works();
}

std::string file_of(const configured_listener& listener, const configuration_fact& from) {
  const auto named = listener.settings.find("file");
  return named != listener.settings.end() ? named->second : from.file;
}

const listener_fact* broker_itself(const view& known) {
  const auto at = look_at(known);
  if (!at || at->process() == nullptr || known.client() == nullptr) return nullptr;
  const std::string& dialled = known.client()->address;
  const auto& own = at->host.addresses;
  if (class_of(dialled) != address_class::loopback &&
      std::find(own.begin(), own.end(), dialled) == own.end())
    return nullptr;
  const bool is_sent_on = std::any_of(
      at->host.firewall.begin(), at->host.firewall.end(),
      [&](const auto& rule) { return rule.port == at->port() && !rule.forwarded_to.empty(); });
  const bool is_proxied = std::any_of(
      at->host.proxies.begin(), at->host.proxies.end(),
      [&](const proxy_fact& proxy) { return proxy.pid != 0 && proxy.port == at->port(); });
  return is_sent_on || is_proxied || is_in_front(*at->dialled(), at->host) ? nullptr
                                                                           : at->dialled();
}

std::string socket_text(const listener_fact& listener) {
  std::string text = host_and_port(listener.address, static_cast<unsigned>(listener.port));
  if (!listener.process.empty()) {
    text += " (" + listener.process + ", pid " + std::to_string(listener.pid) + ")";
  } else if (!listener.user.empty()) {
    text += " (user " + listener.user + ")";
  }
  return text;
}

std::string place_text(const configuration_problem& problem) {
  return problem.line > 0 ? problem.file + ":" + std::to_string(problem.line) : problem.file;
}

std::string stop_command(int pid) {
  const std::string number = std::to_string(pid);
  return "sudo kill " + number + "; while sudo kill -0 " + number +
         " 2>/dev/null; do sleep 0.2; done";
}

std::string edit_command(const std::string& script, const std::string& file) {
  return "sudo sed -i.bak " + shell_word(script) + " " + shell_word(file);
}

namespace {

std::string escaped(const std::string& text, std::string_view signs) {
  std::string out;
  for (const char c : text) {
    if (signs.find(c) != signs.npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string sed_pattern_of(const std::string& text) { return escaped(text, "/\\.*[]^$"); }
std::string sed_replacement_of(const std::string& text) { return escaped(text, "/\\&"); }

namespace {

/// Whether a person started the mosquitto, so that its service knows nothing of it.
bool is_by_hand(const host_view& at, const process_fact& process) {
  const service_fact* const service = at.service();
  if (service == nullptr || service->state.empty() || process.is_contained) return false;
  if (service->state != service_state::active && service->state != service_state::activating)
    return true;
  return service->configuration.starts_with('/') && service->configuration != process.configuration;
}

/// The command that starts mosquitto with a file, as the user who had started it.
std::string start_by_hand(const host_view& at, const process_fact& process) {
  const std::string& user = process.user;
  // root's mosquitto becomes the user that its file names, "mosquitto" without one.
  const bool is_roots = user.empty() || user == "root" || user == "mosquitto" || user == "nobody" ||
                        user == at.setting("user");
  const bool is_number = user.find_first_not_of("0123456789") == std::string::npos;
  const std::string as =
      is_roots ? std::string() : "-u " + shell_word(is_number ? "#" + user : user) + " ";
  const std::string file =
      process.configuration.empty() ? "/etc/mosquitto/mosquitto.conf" : process.configuration;
  return "sudo " + as + "mosquitto -d -c " + shell_word(file);
}

}  // namespace

std::string restart_command(const host_view& at) {
  if (at.container != nullptr) return container_command(*at.container, "restart");
  auto broker = at.configuration != nullptr ? at.configuration->broker : broker_kind::mosquitto;
  if (at.is_held_by_other && at.process() != nullptr) broker = at.process()->name;
  std::string unit = broker == broker_kind::rabbitmq ? "rabbitmq-server" : broker.word();
  if (const auto* known = at.service()) {
    unit = known->name.substr(0, known->name.rfind(".service"));
  }
  const auto* process = at.process();
  for (const auto& each : at.host.brokers) {
    const bool is_its_own = at.configuration != nullptr && each.pid == at.configuration->pid;
    if (process == nullptr && each.pid != 0 && is_its_own) process = &each;
  }
  const bool is_mosquittos = broker == broker_kind::mosquitto && process != nullptr &&
                             process->name == broker_kind::mosquitto;
  if (at.host.has_systemd) {
    const std::string by_service = "sudo systemctl restart " + unit;
    if (!is_mosquittos || !is_by_hand(at, *process)) return by_service;
    // The service would find the port taken.
    return stop_command(process->pid) + "; " +
           (process->configuration.empty() ? by_service : start_by_hand(at, *process));
  }
  if (is_mosquittos) return stop_command(process->pid) + "; " + start_by_hand(at, *process);
  return "sudo service " + unit + " restart";
}

const firewall_fact* stopped_answers(const host_view& at, ip_family family) {
  const auto* inbound = at.firewall(family);
  // A forwarded connection is answered by another machine, whose packets do not pass these rules.
  if (inbound != nullptr && !inbound->forwarded_to.empty()) return nullptr;
  const auto* found = at.reply_firewall(family);
  if (found == nullptr) return nullptr;
  const bool stops = found->verdict == firewall_verdict::drop ||
                     found->verdict == firewall_verdict::reject_reset ||
                     found->verdict == firewall_verdict::reject_icmp ||
                     found->verdict == firewall_verdict::rewritten;
  return stops ? found : nullptr;
}

const source_rule_fact* refusal_of(const firewall_fact& at, std::string_view address) {
  int decided = 0;  // the stage that has let the address through already
  for (const auto& source : at.for_sources) {
    if (source.stage == decided) continue;
    const bool is_in = std::any_of(source.sources.begin(), source.sources.end(),
                                   [&](const auto& range) { return lies_in(address, range); });
    if (!is_in) continue;
    if (!source.refusal.empty()) return &source;
    decided = source.stage;
  }
  return nullptr;
}

bool has_unread_refusals(const firewall_fact& at) {
  return std::any_of(at.for_sources.begin(), at.for_sources.end(),
                     [](const auto& source) { return !source.refusal.empty() && !source.has_all; });
}

cure let_in(const source_rule_fact& rule, int to_port, const std::string& address) {
  const std::string port = std::to_string(to_port);
  const bool is_v6 = is_v6_text(address);
  const auto names = [&](std::string_view part) {
    return rule.rule.find(part) != std::string::npos || rule.chain.find(part) != std::string::npos;
  };
  if (names("f2b")) {
    return {words(N_("Lift fail2ban's ban of that address (its log says what it had done):")),
            "sudo fail2ban-client unban " + address};
  }
  if (names("crowdsec")) {
    return {words(N_("Lift CrowdSec's ban of that address:")),
            "sudo cscli decisions delete --ip " + address};
  }
  // An address that a set holds by itself can be removed; removing a network admits others too.
  const std::size_t mark = rule.rule.find('@');
  const std::size_t table = rule.chain.rfind(' ');
  // What a set holds beside each address ("saddr . tcp dport @banned") is not known.
  const bool is_listed =
      std::find(rule.sources.begin(), rule.sources.end(), address) != rule.sources.end() &&
      rule.rule.substr(0, mark).find(" . ") == std::string::npos;
  if (rule.tool == firewall_tool::nft && mark != std::string::npos && table != std::string::npos &&
      is_listed) {
    // The names may come from somebody else's file, and the command is to be copied: quote them.
    const std::string set =
        shell_word(rule.rule.substr(mark + 1, rule.rule.find(' ', mark) - mark - 1));
    return {words(N_("Take that address off the list:")),
            "sudo nft delete element " + nft_chain(rule.chain.substr(0, table)) + " " + set +
                " { " + address + " }"};
  }
  if (rule.tool == firewall_tool::nft) {
    return {words(N_("Let that one address in, before the rule:")),
            "sudo nft insert rule " + nft_chain(rule.chain) + (is_v6 ? " ip6" : " ip") + " saddr " +
                address + " tcp dport " + port + " accept"};
  }
  if (rule.tool == firewall_tool::ufw) {
    return {words(N_("Let that one address in, before the rule:")),
            "sudo ufw insert 1 allow from " + address + " to any port " + port + " proto tcp"};
  }
  if (rule.tool == firewall_tool::firewalld) {
    return {words(N_("Let that one address in:")),
            "sudo firewall-cmd --add-rich-rule='rule priority=-100 family=\"" +
                std::string(is_v6 ? "ipv6" : "ipv4") + "\" source address=\"" + address +
                "\" port port=\"" + port + "\" protocol=\"tcp\" accept'"};
  }
  return {words(N_("Let that one address in, before the rule:")),
          iptables_insertion(rule.chain, is_v6) + " -s " + address + " -p tcp --dport " + port +
              " -j ACCEPT"};
}

std::string iptables_insertion(const std::string& where, bool is_v6) {
  constexpr std::string_view apart = "legacy ";
  const bool is_legacy = where.starts_with(apart);
  const std::string chain = where.substr(is_legacy ? apart.size() : 0);
  const std::size_t space = chain.rfind(' ');
  const std::string table = space == std::string::npos ? "filter" : chain.substr(0, space);
  std::string command = is_v6 ? "sudo ip6tables" : "sudo iptables";
  if (is_legacy) command += "-legacy";
  if (table != "filter") command.append(" -t ").append(shell_word(table));
  return command.append(" -I ").append(
      shell_word(space == std::string::npos ? chain : chain.substr(space + 1)));
}

std::string accept_answers(firewall_tool tool) {
  return tool == firewall_tool::nft ? " 'tcp flags & (syn | ack) != syn' accept"
                                    : " ! --syn -j ACCEPT";
}

sentence log_words(const log_fact& line) {
  return words(N_("{source} says: {text}"), {{"source", line.source}, {"text", line.text}});
}

}  // namespace mqttkit::doctor
