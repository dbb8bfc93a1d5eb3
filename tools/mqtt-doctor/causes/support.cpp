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

std::optional<std::int64_t> limit_of(const view& seen, const char* name) {
  const contact* const yes = accepted(seen);
  if (yes == nullptr) return {};
  const auto found = yes->mqtt->limits.find(name);
  if (found == yes->mqtt->limits.end()) return {};
  return found->second;
}

std::string dialled(const view& seen) {
  const contact* const client = seen.client();
  const std::string address = client != nullptr ? client->address : seen.host();
  return host_and_port(address, seen.port());
}

bool is_connected(const view& seen) {
  return seen.client() != nullptr && seen.client()->connect.is_connected();
}

bool connect_was(const view& seen, connect_outcome outcome) {
  return seen.client() != nullptr && seen.client()->connect.outcome == outcome;
}

std::vector<int> open_ports(const view& seen) {
  std::vector<int> open;
  if (!seen.at.surroundings) return open;
  for (const auto& one : seen.at.surroundings->ports) {
    if (one.port != seen.at.port && one.connect.is_connected()) open.push_back(one.port);
  }
  return open;
}

bool is_host_alive(const view& seen) {
  if (!seen.at.surroundings) return false;
  const auto& ports = seen.at.surroundings->ports;
  return std::any_of(ports.begin(), ports.end(), [&](const port_fact& one) {
    const bool is_refusal = one.connect.outcome == connect_outcome::refused &&
                            (!one.connect.icmp || one.connect.icmp->from_target);
    return one.port != seen.at.port && (one.connect.is_connected() || is_refusal);
  });
}

int port_that_speaks(const view& seen, spoken_protocol what) {
  if (!seen.at.surroundings) return 0;
  for (const auto& one : seen.at.surroundings->ports) {
    if (one.port != seen.at.port && one.speaks == what) return one.port;
  }
  return 0;
}

bool is_behind_login_page(const view& seen) {
  const auto& around = seen.at.surroundings;
  return around && around->test_net == connect_outcome::connected &&
         around->test_net_speaks == spoken_protocol::http;
}

bool was_ended_by_peer(const contact& one) {
  return one.end == connection_end::closed || one.end == connection_end::reset;
}

bool was_hung_up_on_silence(const contact& one) {
  return one.connect.is_connected() && !one.sent_first && was_ended_by_peer(one);
}

bool are_answers_lost(const view& seen) {
  const auto& all = seen.at.contacts;
  const bool is_all_silent = std::all_of(all.begin(), all.end(), [](const contact& one) {
    return one.received.empty() && (!one.tls || !one.tls->saw_server_hello);
  });
  return is_all_silent && std::any_of(all.begin(), all.end(),
                                      [](const contact& one) { return one.out_of_order > 0; });
}

bool stays_open_in_silence(const view& seen) {
  return std::any_of(seen.at.contacts.begin(), seen.at.contacts.end(), [](const contact& one) {
    // Facts of an older version know by the purpose alone.
    return one.was_left_open || one.purpose == contact_purpose::proxy_header ||
           (one.purpose == contact_purpose::quiet && one.end == connection_end::silent);
  });
}

const contact* with_connack(const view& seen, contact_purpose purpose) {
  constexpr int version_refused = number_of(reason_code::unsupported_protocol_version);
  const contact* found = nullptr;
  for (const auto& one : seen.at.contacts) {
    if (one.purpose != purpose || !one.mqtt || one.mqtt->answer != mqtt_answer::connack) continue;
    // Of several versions tried, the one that is spoken.
    if (found == nullptr || found->mqtt->meaning == version_refused) found = &one;
  }
  return found;
}

const mqtt_fact* told_in_5(const view& seen) {
  constexpr int version_refused = number_of(reason_code::unsupported_protocol_version);
  const contact* const one = with_connack(seen, contact_purpose::reason);
  return one == nullptr || one->mqtt->meaning == version_refused ? nullptr : &*one->mqtt;
}

const contact* accepted(const view& seen) {
  for (const contact_purpose purpose :
       {contact_purpose::client, contact_purpose::version, contact_purpose::again}) {
    for (const auto& one : seen.at.contacts) {
      if (one.purpose == purpose && one.mqtt && one.mqtt->is_accepted()) return &one;
    }
  }
  return nullptr;
}

const contact* accepted_elsewhere(const view& seen) {
  for (const auto& one : seen.at.contacts) {
    const bool is_trusted = !one.tls || one.tls->failures.empty() || seen.asked().is_insecure;
    if (one.purpose == contact_purpose::other_address && one.mqtt && one.mqtt->is_accepted() &&
        is_trusted)
      return &one;
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

int packets_lost(const view& seen) {
  int lost = 0;
  for (const auto& one : seen.at.contacts) {
    if (!one.connect.is_connected()) continue;
    // What the peer had already was late, or its confirmation was: no proof of a loss.
    int again = one.total_retransmits - one.needless_retransmits;
    // A router asked for smaller packets, and got them: the network at its best.
    if (one.path_mtu < one.first_path_mtu) again = 0;
    lost += std::max(one.connect.retransmits, again);
    // The very first packet often waits until the neighbour is found.
    if (one.purpose == contact_purpose::client) lost -= std::max(0, one.connect.retransmits - 1);
  }
  return lost;
}

namespace {

/// What a broker says of itself in CONNACK, when nobody changed it: enough to choose the language
/// of a cure, too little to accuse anybody.
fact_word<broker_kind> make_by_limits(const view& seen) {
  const contact* const in = accepted(seen);
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

fact_word<broker_kind> broker_of(const view& seen) {
  const std::string& host = seen.asked().host;
  if (contains(host, ".iot.") && contains(host, "amazonaws.com")) return broker_kind::aws_iot;
  if (contains(host, ".azure-devices.")) return broker_kind::azure_iot;
  if (host.ends_with(".hivemq.cloud")) return broker_kind::hivemq_cloud;
  if (contains(host, ".emqxsl.") || contains(host, ".emqx.cloud")) return broker_kind::emqx_cloud;
  if (contains(host, ".aliyuncs.com")) return broker_kind::aliyun_iot;
  if (contains(host, "tencentdevices.com") || contains(host, "tencentcloudapi"))
    return broker_kind::tencent_iot;
  if (contains(host, "myhuaweicloud.com")) return broker_kind::huawei_iot;
  if (seen.all.host) {
    bool is_held = false;
    for (const auto& one : seen.all.host->listeners) {
      if (one.port != seen.at.port || one.process.empty()) continue;
      constexpr std::array makes{
          broker_kind::mosquitto, broker_kind::rabbitmq, broker_kind::emqx,
          broker_kind::activemq,  broker_kind::hivemq,   broker_kind::vernemq,
          broker_kind::nanomq,    broker_kind::flashmq,  broker_kind::nats};
      for (const broker_kind make : makes) {
        const std::string name = fact_word<broker_kind>(make).word();
        if (contains(one.process, name) || contains(one.command, name)) return make;
      }
      if (contains(one.command, "rabbit")) return broker_kind::rabbitmq;
      // Somebody else's configuration says nothing of who holds the port.
      is_held = true;
    }
    if (!is_held && seen.all.host->configurations.size() == 1)
      return seen.all.host->configurations[0].broker;
  }
  static const std::vector<port_fact> none;
  for (const auto* ports :
       {seen.at.surroundings ? &seen.at.surroundings->ports : &none, &seen.all.ports}) {
    for (const auto& one : *ports) {
      if (contains(one.product, "RabbitMQ") || one.speaks == spoken_protocol::amqp)
        return broker_kind::rabbitmq;
      if (contains(one.product, "EMQX")) return broker_kind::emqx;
      if (contains(one.product, "ActiveMQ") || one.speaks == spoken_protocol::openwire)
        return broker_kind::activemq;
    }
  }
  for (const auto& one : seen.at.contacts) {
    if (!one.websocket) continue;
    const auto server = one.websocket->headers.find("server");
    if (server != one.websocket->headers.end() && contains(server->second, "Cowboy")) {
      return contains(one.websocket->path, "ws") ? broker_kind::rabbitmq : broker_kind::none;
    }
  }
  return make_by_limits(seen);
}

bool is_server_distrusted(const view& seen) {
  const contact* const client = seen.client();
  if (client == nullptr || !client->tls) return false;
  using namespace verify_code;
  const auto& failures = client->tls->failures;
  return std::any_of(failures.begin(), failures.end(), [&](const verify_fact& one) {
    return !seen.asked().is_insecure || (one.code != wrong_host && one.code != wrong_address);
  });
}

std::string secure_listener(bool is_websocket) {
  return std::string(is_websocket ? "listener 8084\nprotocol websockets\n" : "listener 8883\n") +
         "cafile /etc/mosquitto/ca.crt\ncertfile /etc/mosquitto/server.crt\n"
         "keyfile /etc/mosquitto/server.key";
}

bool has_public_name(const view& seen) {
  std::string host = seen.host();
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

std::string alternative_name(const view& seen) {
  return (seen.all.name.is_literal ? "IP:" : "DNS:") + seen.host();
}

bool is_guest(std::string_view user) noexcept { return user == "guest"; }

std::string access_rule(const std::string& user, const char* access, const std::string& topic) {
  return (user.empty() ? std::string() : "user " + user + "\n") + "topic " + access + " " + topic;
}

std::string user_of(const view& seen) {
  return seen.asked().has_user ? seen.asked().user_name : std::string();
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

void add_renewal(made_finding& made, const view& seen, const certificate_fact& old,
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
  // Public authorities say where their own certificate is to be had.
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
              alternative_name(seen) + "') -out server.crt")
      .then(reload.empty() ? words(N_("Then let the broker read it again.")) : words(N_("Then:")),
            reload);
}

namespace {

std::string client_command(const view& seen, const std::string& program, const std::string& other) {
  std::string out = program + " ";
  if (seen.at.scheme.empty() || seen.at.scheme == scheme::mqtt) {
    out += "-h " + shell_word(seen.host()) + " -p " + seen.port();
  } else {
    out += shell_word(seen.at.scheme.word() + "://" + host_and_port(seen.host(), seen.port()) +
                      (seen.is_websocket() ? seen.at.path : std::string()));
  }
  if (seen.is_tls()) {
    if (seen.asked().has_ca) out += " --cafile FILE";
    if (seen.asked().has_certificate) out += " --cert FILE --key FILE";
    if (seen.asked().is_insecure) out += " --insecure";
  }
  const std::string& user = other.empty() ? seen.asked().user_name : other;
  // With a password the two go together only where somebody asks for that in so many words.
  if (seen.is_tls() && seen.asked().trusts_any && user.empty()) out += " --trust-any-certificate";
  if (!user.empty()) out += " -u " + shell_word(user) + " --ask-password";
  return out;
}

}  // namespace

std::string doctor_command(const view& seen, const std::string& subcommand) {
  std::string out = "mqtt-doctor " + (subcommand.empty() ? "" : subcommand + " ");
  const bool is_plain = seen.at.scheme.empty() || seen.at.scheme == scheme::mqtt;
  out += is_plain ? seen.target()
                  : seen.at.scheme.word() + "://" + seen.target() +
                        (seen.is_websocket() ? shell_word(seen.at.path) : std::string());
  if (seen.is_tls()) {
    if (seen.asked().has_ca) out += " --cafile FILE";
    if (seen.asked().has_certificate) out += " --cert FILE --key FILE";
    if (seen.asked().is_insecure) out += " --insecure";
  }
  if (seen.asked().has_user) {
    out += " -u " + shell_word(seen.asked().user_name);
    if (seen.asked().has_password) out += " --ask-password";
  }
  return out;
}

std::string subscriber_command(const view& seen) {
  return client_command(seen, "mqtt-sub", seen.asked().subscriber);
}

std::string publisher_command(const view& seen) {
  return client_command(seen, "mqtt-pub", seen.asked().publisher);
}

void doubt_dots(made_finding& made, const view& seen, const std::string& filter) {
  if (filter.find('.') == std::string::npos) return;
  std::string without = filter;
  std::replace(without.begin(), without.end(), '.', '-');
  made.apart(words(N_("NATS refuses every topic with a dot in it; see whether the broker takes one "
                      "without:")),
             doctor_command(seen, "delivery") + " -t " + shell_word(without));
}

}  // namespace mqttkit::doctor
