#include "mqtt-doctor/causes/support.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {

std::string list_text(const std::vector<std::string>& items, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < items.size() && i < most; ++i)
    text += (i == 0 ? "" : ", ") + items[i];
  if (items.size() > most) text += ", ... (" + std::to_string(items.size()) + ")";
  return text;
}

std::optional<std::int64_t> limit_of(const view& known, const char* name) {
  const contact* const yes = accepted(known);
  if (yes == nullptr) return {};
  const auto found = yes->mqtt->limits.find(name);
  if (found == yes->mqtt->limits.end()) return {};
  return found->second;
}

std::string dialled(const view& known) {
  const contact* const client = known.client();
  const std::string address = client != nullptr ? client->address : known.host();
  return host_and_port(address, known.port());
}

bool is_connected(const view& known) {
  return known.client() != nullptr && known.client()->connect.is_connected();
}

bool connect_was(const view& known, connect_outcome outcome) {
  return known.client() != nullptr && known.client()->connect.outcome == outcome;
}

std::vector<int> open_ports(const view& known) {
  std::vector<int> open;
  if (!known.at.reachability) return open;
  for (const auto& port : known.at.reachability->ports) {
    if (port.port != known.at.port && port.connect.is_connected()) open.push_back(port.port);
  }
  return open;
}

bool is_host_alive(const view& known) {
  if (!known.at.reachability) return false;
  const auto& ports = known.at.reachability->ports;
  return std::any_of(ports.begin(), ports.end(), [&](const port_fact& port) {
    const bool is_refusal = port.connect.outcome == connect_outcome::refused &&
                            (!port.connect.icmp || port.connect.icmp->from_target);
    return port.port != known.at.port && (port.connect.is_connected() || is_refusal);
  });
}

int port_that_speaks(const view& known, spoken_protocol what) {
  if (!known.at.reachability) return 0;
  for (const auto& port : known.at.reachability->ports) {
    if (port.port != known.at.port && port.speaks == what) return port.port;
  }
  return 0;
}

bool is_behind_login_page(const view& known) {
  const auto& around = known.at.reachability;
  return around && around->test_net == connect_outcome::connected &&
         around->test_net_speaks == spoken_protocol::http;
}

bool was_ended_by_peer(const contact& connection) {
  return connection.end == connection_end::closed || connection.end == connection_end::reset;
}

bool was_hung_up_on_silence(const contact& connection) {
  return connection.connect.is_connected() && !connection.sent_first &&
         was_ended_by_peer(connection);
}

bool are_answers_lost(const view& known) {
  const auto& all = known.at.contacts;
  const bool is_all_silent = std::all_of(all.begin(), all.end(), [](const contact& connection) {
    return connection.received.empty() && (!connection.tls || !connection.tls->saw_server_hello);
  });
  return is_all_silent && std::any_of(all.begin(), all.end(), [](const contact& connection) {
           return connection.out_of_order > 0;
         });
}

bool stays_open_in_silence(const view& known) {
  return std::any_of(known.at.contacts.begin(), known.at.contacts.end(),
                     [](const contact& connection) {
                       // Facts of an older version lack was_left_open; the probe's purpose tells
                       // the same.
                       return connection.was_left_open ||
                              (connection.purpose == contact_purpose::proxy_header &&
                               !connection.tls && !connection.websocket) ||
                              (connection.purpose == contact_purpose::quiet &&
                               connection.end == connection_end::silent);
                     });
}

const contact* with_connack(const view& known, contact_purpose purpose) {
  constexpr int version_refused = number_of(reason_code::unsupported_protocol_version);
  const contact* found = nullptr;
  for (const auto& contact : known.at.contacts) {
    if (contact.purpose != purpose || !contact.mqtt || contact.mqtt->answer != mqtt_answer::connack)
      continue;
    // Of several versions tried, the one that the broker speaks.
    if (found == nullptr || found->mqtt->meaning == version_refused) found = &contact;
  }
  return found;
}

const mqtt_fact* told_in_5(const view& known) {
  constexpr int version_refused = number_of(reason_code::unsupported_protocol_version);
  const contact* const connection = with_connack(known, contact_purpose::reason);
  return connection == nullptr || connection->mqtt->meaning == version_refused ? nullptr
                                                                               : &*connection->mqtt;
}

const contact* accepted(const view& known) {
  for (const contact_purpose purpose :
       {contact_purpose::client, contact_purpose::version, contact_purpose::again}) {
    for (const auto& contact : known.at.contacts) {
      if (contact.purpose == purpose && contact.mqtt && contact.mqtt->is_accepted())
        return &contact;
    }
  }
  return nullptr;
}

std::optional<equal_connections> equals_that_differ(const view& known) {
  if (known.at.find(contact_purpose::repeat) == nullptr) return {};
  for (const contact_purpose like : {contact_purpose::version, contact_purpose::client}) {
    const contact* const model = known.at.find(like);
    if (model == nullptr || !model->mqtt) continue;
    equal_connections made;
    for (const contact& each : known.at.contacts) {
      const bool is_repeat = each.purpose == contact_purpose::repeat;
      if (!is_repeat && each.purpose != contact_purpose::client &&
          each.purpose != contact_purpose::version)
        continue;
      if (each.address != model->address) continue;
      if (!each.mqtt) {
        if (is_repeat) made.failed.push_back(&each);
        continue;
      }
      if (each.mqtt->version != model->mqtt->version ||
          each.mqtt->sent_user != model->mqtt->sent_user)
        continue;
      (each.mqtt->is_accepted() ? made.let_in : made.failed).push_back(&each);
    }
    if (!made.let_in.empty() && !made.failed.empty()) return made;
  }
  return {};
}

bool is_taken_by_gateway(const view& known) {
  return known.at.gateway && known.at.gateway->is_accepted();
}

const contact* accepted_elsewhere(const view& known) {
  for (const auto& contact : known.at.contacts) {
    const bool is_trusted =
        !contact.tls || contact.tls->failures.empty() || known.asked().is_insecure;
    if (contact.purpose == contact_purpose::other_address && contact.mqtt &&
        contact.mqtt->is_accepted() && is_trusted)
      return &contact;
  }
  return nullptr;
}

std::string nft_chain(const std::string& where) {
  std::string quoted, word;
  for (std::size_t i = 0; i <= where.size(); ++i) {
    if (i < where.size() && where[i] != ' ') {
      word += where[i];
      continue;
    }
    if (!word.empty()) quoted += (quoted.empty() ? "" : " ") + shell_word(word);
    word.clear();
  }
  return quoted;
}

std::string tool_name(const fact_word<firewall_tool>& tool) {
  return tool == firewall_tool::nft ? "nftables" : tool.word();
}

int packets_lost(const view& known) {
  int lost = 0;
  for (const auto& contact : known.at.contacts) {
    if (!contact.connect.is_connected()) continue;
    // A retransmission of data that the peer had already means a late packet or ACK, not a loss.
    int again = contact.total_retransmits - contact.needless_retransmits;
    // A router asked for smaller packets (path MTU discovery) and got them: nothing was lost.
    if (contact.path_mtu < contact.first_path_mtu) again = 0;
    lost += std::max(contact.connect.retransmits, again);
    // The very first SYN often waits until the neighbour's hardware address is found (ARP).
    if (contact.purpose == contact_purpose::client)
      lost -= std::max(0, contact.connect.retransmits - 1);
  }
  return lost;
}

namespace {

/// The make that unchanged limits in CONNACK point to: enough to choose the language of a cure, too
/// little to accuse a broker.
fact_word<broker_kind> make_by_limits(const view& known) {
  const contact* const in = accepted(known);
  if (in == nullptr || in->mqtt->version != mqtt_version::v5) return broker_kind::none;
  const auto& limits = in->mqtt->limits;
  const auto is = [&](const char* name, std::int64_t value) {
    const auto found = limits.find(name);
    return found != limits.end() && found->second == value;
  };
  if (limits.size() == 2 && is("receive-maximum", 20) && is("topic-alias-maximum", 10))
    return broker_kind::mosquitto;
  if (is("topic-alias-maximum", 65535) && is("maximum-packet-size", 1048576) &&
      is("shared-subscription-available", 1))
    return broker_kind::emqx;
  return broker_kind::none;
}

}  // namespace

int known_port(const view& known, spoken_protocol what) {
  if (const int found = port_that_speaks(known, what); found != 0) return found;
  if (!known.all.host) return 0;
  for (const configuration_fact& file : known.all.host->configurations) {
    if (!file.is_used) continue;
    for (const configured_listener& each : file.listeners) {
      const bool is_secure = each.settings.contains("certfile");
      const bool is_web = each.protocol == listener_protocol::websockets;
      const spoken_protocol speaks =
          is_web ? (is_secure ? spoken_protocol::wss : spoken_protocol::websocket)
                 : (is_secure ? spoken_protocol::mqtts : spoken_protocol::mqtt);
      const bool is_open =
          each.address.empty() || class_of(each.address) != address_class::loopback;
      if (speaks == what && is_open && each.port != known.at.port) return each.port;
    }
  }
  return 0;
}

sentence use_tls_elsewhere(const view& known) {
  const int secure = known_port(known, spoken_protocol::mqtts);
  if (secure != 0)
    return words(N_("Use port {other} with TLS (mqtts://)."), {{"other", std::to_string(secure)}});
  const int web = known_port(known, spoken_protocol::wss);
  if (web != 0)
    return words(N_("Use secure WebSocket on port {other} (wss://)."),
                 {{"other", std::to_string(web)}});
  if (known.is_tls())
    return words(N_("Use TLS at a port that this network lets out, such as 443 (mqtts or wss)."));
  return words(N_("Use TLS on 8883, or WebSocket on 443 (wss)."));
}

sentence use_brokers_port(const view& known) {
  constexpr std::array<std::pair<spoken_protocol, scheme>, 4> kinds{
      {{spoken_protocol::mqtt, scheme::mqtt},
       {spoken_protocol::mqtts, scheme::mqtts},
       {spoken_protocol::websocket, scheme::ws},
       {spoken_protocol::wss, scheme::wss}}};
  std::vector<std::string> found;
  for (const auto& [speaks, name] : kinds) {
    if (const int port = known_port(known, speaks); port != 0)
      found.push_back(std::to_string(port) + " (" + std::string(word_of(name)) + ")");
  }
  if (!found.empty())
    return words(N_("Use a port of the broker: {ports}."), {{"ports", list_text(found)}});
  // The broker's usual port was dialled already: the host is the wrong one, or the program there.
  if (usual_scheme(known.at.port) == known.at.scheme)
    return words(
        N_("Look where the broker is: this is its usual port, and another program has it "
           "here."));
  return words(
      N_("Use the broker's port: 1883 for MQTT, 8883 with TLS, 8083 or 9001 for "
         "WebSocket."));
}

bool is_neighbour(const view& known) {
  const contact* const client = known.client();
  return client != nullptr && class_of(client->address) == address_class::private_use &&
         is_on_link(known.all.local, client->address);
}

std::string sign_in_page(const view& known) {
  const contact* const client = known.client();
  constexpr int plain = 1883, secure = 8883;
  const bool is_mqtts_own = known.at.port == plain || known.at.port == secure;
  if (client == nullptr || !is_mqtts_own || known.is_websocket() ||
      client->speaks != spoken_protocol::http)
    return {};
  // "HTTP/1.1 302 Found\x0D\x0ALocation: http://login.test/": control characters are written out.
  const std::string text = client->text;
  const std::size_t status = text.find(' ');
  if (status == std::string::npos || text.compare(status + 1, 2, "30") != 0) return {};
  const std::size_t name = lower(text).find("location: ");
  if (name == std::string::npos) return {};
  const std::size_t begin = name + std::string_view("location: ").size();
  const std::size_t end = std::min({text.find("\\x", begin), text.find(' ', begin), text.size()});
  const std::string page = text.substr(begin, end - begin);
  const std::size_t host = page.find("://");
  if (host == std::string::npos) return {};
  const std::string there =
      lower(page.substr(host + 3, page.find_first_of("/:?", host + 3) - host - 3));
  const std::string asked = lower(known.host());
  const bool is_same = there == asked || there == "www." + asked || asked.ends_with("." + there) ||
                       there.ends_with("." + asked) || there == client->address;
  return is_same || there.empty() ? std::string() : page;
}

const interface_fact* made_way(const view& known) {
  const contact* const client = known.client();
  if (client == nullptr) return nullptr;
  // Of networks that overlap the narrower one is the way.
  const interface_fact* way = nullptr;
  for (const interface_fact& each : known.all.local.interfaces) {
    const std::string network = each.address + "/" + std::to_string(each.prefix);
    if (!lies_in(client->address, network)) continue;
    if (way == nullptr || each.prefix > way->prefix) way = &each;
  }
  const bool is_made = way != nullptr && (way->driver == "bridge" || way->driver == "macvlan" ||
                                          way->driver == "ipvlan");
  return is_made ? way : nullptr;
}

namespace {

/// Whether AMQP is spoken in the version of RabbitMQ. Others (ActiveMQ, Artemis, Azure) speak 1.0,
/// whose header begins with "AMQP", 0 or 3, 1, 0, 0; RabbitMQ's ends with 0, 9, 1.
bool is_rabbits_amqp(const port_fact& port) {
  constexpr std::array<std::string_view, 2> others{R"(AMQP\x00\x01)", R"(AMQP\x03\x01)"};
  return port.speaks == spoken_protocol::amqp &&
         std::none_of(others.begin(), others.end(),
                      [&](std::string_view begin) { return port.text.starts_with(begin); });
}

}  // namespace

namespace {

/// The broker in the container that has the port; none where another program of this machine does.
fact_word<broker_kind> broker_behind(const view& known) {
  const host_facts& host = *known.all.host;
  const bool is_held =
      std::any_of(host.listeners.begin(), host.listeners.end(), [&](const listener_fact& each) {
        return each.port == known.at.port && !each.process.empty() &&
               each.program() != listening_program::docker_proxy;
      });
  const std::string published = ":" + known.port() + "->";
  for (const container_fact& each : host.containers) {
    if (!is_held && each.is_running() && each.configuration && contains(each.ports, published))
      return each.configuration->broker;
  }
  return broker_kind::none;
}

}  // namespace

fact_word<broker_kind> broker_of(const view& known) {
  const std::string& host = known.asked().host;
  if (contains(host, ".iot.") && contains(host, "amazonaws.com")) return broker_kind::aws_iot;
  if (contains(host, ".azure-devices.")) return broker_kind::azure_iot;
  if (host.ends_with(".hivemq.cloud")) return broker_kind::hivemq_cloud;
  if (contains(host, ".emqxsl.") || contains(host, ".emqx.cloud")) return broker_kind::emqx_cloud;
  // Aliyun rents out a broker of its own beside the cloud of devices, with other logins.
  if (contains(host, ".aliyuncs.com") && !host.ends_with(".mqtt.aliyuncs.com"))
    return broker_kind::aliyun_iot;
  if (contains(host, "tencentdevices.com") || contains(host, "tencentcloudapi"))
    return broker_kind::tencent_iot;
  if (contains(host, "myhuaweicloud.com")) return broker_kind::huawei_iot;
  // What a managed broker is made of, its user can neither see nor change.
  if (is_of_provider(known) && !known.all.host) return broker_kind::none;
  if (known.all.host) {
    bool is_held = false;
    for (const auto& listener : known.all.host->listeners) {
      if (listener.port != known.at.port || listener.process.empty()) continue;
      constexpr std::array makes{
          broker_kind::mosquitto, broker_kind::rabbitmq, broker_kind::emqx,   broker_kind::artemis,
          broker_kind::ejabberd,  broker_kind::activemq, broker_kind::hivemq, broker_kind::vernemq,
          broker_kind::nanomq,    broker_kind::flashmq,  broker_kind::nats};
      for (const broker_kind make : makes) {
        const std::string name = fact_word<broker_kind>(make).word();
        if (contains(listener.process, name) || contains(listener.command, name)) return make;
      }
      if (contains(listener.command, "rabbit")) return broker_kind::rabbitmq;
      // A configuration of another broker says nothing of the program that holds the port.
      is_held = true;
    }
    if (const fact_word<broker_kind> inside = broker_behind(known); !inside.empty()) return inside;
    if (!is_held && known.all.host->configurations.size() == 1)
      return known.all.host->configurations[0].broker;
  }
  static const std::vector<port_fact> none;
  for (const auto* ports :
       {known.at.reachability ? &known.at.reachability->ports : &none, &known.all.ports}) {
    for (const auto& port : *ports) {
      if (contains(port.product, "RabbitMQ") || is_rabbits_amqp(port)) return broker_kind::rabbitmq;
      if (contains(port.product, "EMQX")) return broker_kind::emqx;
      if (contains(port.product, "ActiveMQ") || port.speaks == spoken_protocol::openwire)
        return broker_kind::activemq;
    }
  }
  for (const auto& contact : known.at.contacts) {
    if (!contact.websocket) continue;
    const auto server = contact.websocket->headers.find("server");
    if (server != contact.websocket->headers.end() && contains(server->second, "Cowboy")) {
      return contains(contact.websocket->path, "ws") ? broker_kind::rabbitmq : broker_kind::none;
    }
  }
  return make_by_limits(known);
}

bool is_server_distrusted(const view& known) {
  const contact* const client = known.client();
  if (client == nullptr || !client->tls) return false;
  using namespace verify_code;
  const auto& failures = client->tls->failures;
  return std::any_of(failures.begin(), failures.end(), [&](const verify_fact& verification) {
    return !known.asked().is_insecure ||
           (verification.code != wrong_host && verification.code != wrong_address);
  });
}

std::string secure_listener(bool is_websocket, int port) {
  constexpr int usual = 8883, usual_web = 8084;
  if (port == 0) port = is_websocket ? usual_web : usual;
  return "listener " + std::to_string(port) + (is_websocket ? "\nprotocol websockets\n" : "\n") +
         "cafile /etc/mosquitto/certs/ca.crt\ncertfile /etc/mosquitto/certs/server.crt\n"
         "keyfile /etc/mosquitto/certs/server.key";
}

bool has_public_name(const view& known) {
  std::string host = known.host();
  while (host.ends_with('.')) host.pop_back();
  const std::size_t dot = host.rfind('.');
  if (dot == std::string::npos || contains(host, ":")) return false;
  const std::string last = host.substr(dot + 1);
  const bool is_address = last.find_first_not_of("0123456789") == std::string::npos;
  constexpr std::array<std::string_view, 10> private_ends{
      "local", "localhost", "localdomain", "lan",  "home",
      "arpa",  "internal",  "intranet",    "corp", "test"};
  return !is_address &&
         std::find(private_ends.begin(), private_ends.end(), last) == private_ends.end();
}

std::string alternative_name(const view& known) {
  return (known.all.name.is_literal ? "IP:" : "DNS:") + known.host();
}

bool is_guest(std::string_view user) noexcept { return user == "guest"; }

std::string access_rule(const std::string& user, const char* access, const std::string& topic) {
  return (user.empty() ? std::string() : "user " + user + "\n") + "topic " + access + " " + topic;
}

std::string user_of(const view& known) {
  return known.asked().has_user ? known.asked().user_name : std::string();
}

bool has_blank(std::string_view command) {
  constexpr std::string_view blanks[] = {"USER", "PASSWORD", "FILE"};
  const auto is_part_of_a_word = [&](std::size_t at) {
    return at < command.size() && command[at] != ' ' && command[at] != '\n';
  };
  for (const std::string_view blank : blanks) {
    for (std::size_t at = command.find(blank); at != std::string_view::npos;
         at = command.find(blank, at + 1)) {
      if (!is_part_of_a_word(at + blank.size()) && (at == 0 || !is_part_of_a_word(at - 1)))
        return true;
    }
  }
  return false;
}

std::string add_user_command(const std::string& file, const std::string& user) {
  const std::string where = shell_word(file);
  return "sudo touch " + where + " && sudo mosquitto_passwd " + where + " " +
         (user.empty() ? "USER" : shell_word(user)) + " && sudo chown mosquitto: " + where;
}

void add_renewal(made_finding& made, const view& known, const certificate_fact& old,
                 const std::string& reload) {
  if (contains(old.issuer, "Let's Encrypt") || contains(old.issuer_url, "lencr.org")) {
    made.mend(words(N_("Renew it, then let the broker read it again:")),
              "sudo certbot renew" + (reload.empty() ? "" : " && " + reload));
    return;
  }
  if (old.is_self_signed || old.issuer.empty()) {
    made.fill_in(reload.empty() ? words(N_("Make a new one, then let the broker read it again."))
                                : words(N_("Make a new one, then let the broker read it again:")),
                 reload);
    return;
  }
  // A public CA's certificate names the address of the issuer's certificate.
  if (!old.issuer_url.empty()) {
    const places with{{"issuer", old.issuer}};
    made.fill_in(
        reload.empty()
            ? words(N_("Have {issuer} issue a new one, then let the broker read it again."), with)
            : words(N_("Have {issuer} issue a new one, then let the broker read it again:"), with),
        reload);
    return;
  }
  made.fill_in(
          words(N_("Sign a new one with the CA that issued it, {issuer}:"),
                {{"issuer", old.issuer}}),
          "openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 398 "
          "-extfile <(printf 'subjectAltName=" +
              alternative_name(known) + "') -out server.crt")
      .then(reload.empty() ? words(N_("Then let the broker read it again.")) : words(N_("Then:")),
            reload);
}

namespace {

std::string client_command(const view& known, const std::string& program,
                           const std::string& other) {
  std::string out = program + " ";
  if (known.at.scheme.empty() || known.at.scheme == scheme::mqtt) {
    out += "-h " + shell_word(known.host()) + " -p " + known.port();
  } else {
    out += shell_word(known.at.scheme.word() + "://" + host_and_port(known.host(), known.port()) +
                      (known.is_websocket() ? known.at.path : std::string()));
  }
  if (known.is_tls()) {
    if (known.asked().has_ca) out += " --cafile FILE";
    if (known.asked().has_certificate) out += " --cert FILE --key FILE";
    if (known.asked().is_insecure) out += " --insecure";
  }
  const std::string& user = other.empty() ? known.asked().user_name : other;
  // --trust-any-certificate would show anybody the password, so a command with a user omits it.
  if (known.is_tls() && known.asked().trusts_any && user.empty()) out += " --trust-any-certificate";
  if (!user.empty()) out += " -u " + shell_word(user) + " --ask-password";
  return out;
}

}  // namespace

std::string doctor_command(const view& known, const std::string& subcommand) {
  std::string out = "mqtt-doctor " + (subcommand.empty() ? "" : subcommand + " ");
  const bool is_plain = known.at.scheme.empty() || known.at.scheme == scheme::mqtt;
  out += is_plain ? known.target()
                  : known.at.scheme.word() + "://" + known.target() +
                        (known.is_websocket() ? shell_word(known.at.path) : std::string());
  if (known.is_tls()) {
    if (known.asked().has_ca) out += " --cafile FILE";
    if (known.asked().has_certificate) out += " --cert FILE --key FILE";
    if (known.asked().is_insecure) out += " --insecure";
  }
  if (known.asked().has_user) {
    out += " -u " + shell_word(known.asked().user_name);
    if (known.asked().has_password) out += " --ask-password";
  }
  return out;
}

std::string subscriber_command(const view& known) {
  return client_command(known, "mqtt-sub", known.asked().subscriber);
}

std::string publisher_command(const view& known) {
  return client_command(known, "mqtt-pub", known.asked().publisher);
}

void doubt_dots(made_finding& made, const view& known, const std::string& filter) {
  if (filter.find('.') == std::string::npos) return;
  std::string without = filter;
  std::replace(without.begin(), without.end(), '.', '-');
  made.apart(words(N_("NATS refuses every topic with a dot in it; see whether the broker takes one "
                      "without:")),
             doctor_command(known, "delivery") + " -t " + shell_word(without));
}

}  // namespace mqttkit::doctor
