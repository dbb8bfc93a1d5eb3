// Words in facts: one table for each set, with the word of the JSON, marked with N_() for
// translation where a report says it.
#pragma once

#include <array>
#include <cstdint>

#include "mqtt-doctor/facts/fact_word.hpp"
#include "mqtt-doctor/words/words.hpp"
#include "mqttkit/codec/version.hpp"

namespace mqttkit::doctor {

/// Why the doctor made a connection.
enum class contact_purpose : std::uint8_t {
  none,
  client,   ///< the one an app would make
  address,  ///< to see whether the address takes a connection
  version,  ///< another version of MQTT
  hello,    ///< TLS where none was asked for
  plain,    ///< no TLS where it was asked for
  raw,      ///< without TLS and without WebSocket
  quiet,    ///< keeps silent at first
  get,      ///< a web browser's GET
  inside,   ///< TLS inside TLS
  goodbye,  ///< CONNECT and DISCONNECT at once
  small,    ///< in small segments
  old_tls,
  no_sni,
  other_sni,
  path,
  subprotocol,
  upgrade,
  proxy_header,
  again,   ///< the client's once more, after silence
  second,  ///< to go on after the connection ended
  loss,    ///< to see whether packets are lost again
  empty_id,
  own_id,
  topic_5,        ///< in MQTT 5, whose answers tell more
  elsewhere,      ///< the publisher's, to another broker
  publisher,      ///< the publisher's in an exchange
  subscriber,     ///< the subscriber's in an exchange
  retain,         ///< to publish a retained message
  other_address,  ///< the client's, to another address of the name
  reason,         ///< in MQTT 5, to hear why an older version is refused
  repeat,         ///< an equal of one that was let in, or of the client's that was not
  will,           ///< of a client that leaves a will
  no_login,       ///< the client's without its user name, where the broker does not blame that
  other_id,       ///< the client's login with another identifier
  port,           ///< to see what another port speaks; not kept as a contact
  test_net,       ///< to an address that cannot exist; not kept either
};
template <>
inline constexpr auto word_rows<contact_purpose> = std::to_array<row<contact_purpose>>({
    {contact_purpose::none, ""},
    {contact_purpose::client, N_("client")},
    {contact_purpose::address, N_("address")},
    {contact_purpose::version, N_("version")},
    {contact_purpose::hello, N_("hello")},
    {contact_purpose::plain, N_("plain")},
    {contact_purpose::raw, N_("raw")},
    {contact_purpose::quiet, N_("quiet")},
    {contact_purpose::get, N_("get")},
    {contact_purpose::inside, N_("inside")},
    {contact_purpose::goodbye, N_("goodbye")},
    {contact_purpose::small, N_("small")},
    {contact_purpose::old_tls, N_("old-tls")},
    {contact_purpose::no_sni, N_("no-sni")},
    {contact_purpose::other_sni, N_("other-sni")},
    {contact_purpose::path, N_("path")},
    {contact_purpose::subprotocol, N_("subprotocol")},
    {contact_purpose::upgrade, N_("upgrade")},
    {contact_purpose::proxy_header, N_("proxy-header")},
    {contact_purpose::again, N_("again")},
    {contact_purpose::second, N_("second")},
    {contact_purpose::loss, N_("loss")},
    {contact_purpose::empty_id, N_("empty-id")},
    {contact_purpose::own_id, N_("own-id")},
    {contact_purpose::topic_5, N_("topic-5")},
    {contact_purpose::elsewhere, N_("elsewhere")},
    {contact_purpose::publisher, N_("publisher")},
    {contact_purpose::subscriber, N_("subscriber")},
    {contact_purpose::retain, N_("retain")},
    {contact_purpose::other_address, N_("other-address")},
    {contact_purpose::reason, N_("reason")},
    {contact_purpose::repeat, N_("repeat")},
    {contact_purpose::will, N_("will")},
    {contact_purpose::no_login, N_("no-login")},
    {contact_purpose::other_id, N_("other-id")},
    {contact_purpose::port, "port"},
    {contact_purpose::test_net, "test-net"},
});
static_assert(is_in_order(word_rows<contact_purpose>));

/// The result of connecting by TCP.
enum class connect_outcome : std::uint8_t {
  none,
  connected,
  refused,
  silent,  ///< no answer within the time limit
  host_unreachable,
  net_unreachable,
  protocol_unreachable,
  forbidden,  ///< EACCES, EPERM
  invalid,
  no_local_port,
  reset,
  failed,
};
template <>
inline constexpr auto word_rows<connect_outcome> = std::to_array<row<connect_outcome>>({
    {connect_outcome::none, ""},
    {connect_outcome::connected, N_("connected")},
    {connect_outcome::refused, N_("refused")},
    {connect_outcome::silent, N_("silent")},
    {connect_outcome::host_unreachable, N_("host-unreachable")},
    {connect_outcome::net_unreachable, N_("net-unreachable")},
    {connect_outcome::protocol_unreachable, N_("protocol-unreachable")},
    {connect_outcome::forbidden, N_("forbidden")},
    {connect_outcome::invalid, N_("invalid")},
    {connect_outcome::no_local_port, N_("no-local-port")},
    {connect_outcome::reset, N_("reset")},
    {connect_outcome::failed, N_("failed")},
});
static_assert(is_in_order(word_rows<connect_outcome>));

/// The family of addresses that the user asked for.
enum class asked_family : std::uint8_t {
  none,
  v4,
  v6,
};
template <>
inline constexpr auto word_rows<asked_family> = std::to_array<row<asked_family>>({
    {asked_family::none, ""},
    {asked_family::v4, "IPv4"},
    {asked_family::v6, "IPv6"},
});
static_assert(is_in_order(word_rows<asked_family>));

/// The parts of a login.
enum class login_part : std::uint8_t {
  none,
  user,
  password,
};
template <>
inline constexpr auto word_rows<login_part> = std::to_array<row<login_part>>({
    {login_part::none, ""},
    {login_part::user, "user"},
    {login_part::password, "password"},
});
static_assert(is_in_order(word_rows<login_part>));

/// What a password looks like; nothing of it is kept.
enum class password_form : std::uint8_t {
  none,
  sas,      ///< SharedAccessSignature of Azure
  jwt,      ///< JSON Web Token: three parts in base64url
  digest,   ///< hexadecimal digits only, as many as MD5, SHA-1 or SHA-256 have
  signed_,  ///< a digest with its method: "...;hmacsha256"
  other,
};
template <>
inline constexpr auto word_rows<password_form> = std::to_array<row<password_form>>({
    {password_form::none, ""},
    {password_form::sas, "sas"},
    {password_form::jwt, "jwt"},
    {password_form::digest, "digest"},
    {password_form::signed_, "signed"},
    {password_form::other, "other"},
});
static_assert(is_in_order(word_rows<password_form>));

/// A slip in a text that names a host, which the doctor corrected.
enum class host_slip : std::uint8_t {
  none,
  spaces,
  invisible_characters,
  full_width,
  punctuation,    ///< punctuation of the sentence it was copied from
  broken_scheme,  ///< other characters than :// follow the scheme
  http_scheme,
  unknown_scheme,
  url_in_host,
  port_in_host,
  brackets,
  port_separator,  ///< something else than a colon stands before the port
  login_in_host,   ///< user name and password stand before the host
};
template <>
inline constexpr auto word_rows<host_slip> = std::to_array<row<host_slip>>({
    {host_slip::none, ""},
    {host_slip::spaces, "spaces"},
    {host_slip::invisible_characters, "invisible-characters"},
    {host_slip::full_width, "full-width"},
    {host_slip::punctuation, "punctuation"},
    {host_slip::broken_scheme, "broken-scheme"},
    {host_slip::http_scheme, "http-scheme"},
    {host_slip::unknown_scheme, "unknown-scheme"},
    {host_slip::url_in_host, "url-in-host"},
    {host_slip::port_in_host, "port-in-host"},
    {host_slip::brackets, "brackets"},
    {host_slip::port_separator, "port-separator"},
    {host_slip::login_in_host, "login-in-host"},
});
static_assert(is_in_order(word_rows<host_slip>));

/// The record that a question to a name server asks for.
enum class record_type : std::uint8_t {
  none,
  a,
  aaaa,
};
template <>
inline constexpr auto word_rows<record_type> = std::to_array<row<record_type>>({
    {record_type::none, ""},
    {record_type::a, "A"},
    {record_type::aaaa, "AAAA"},
});
static_assert(is_in_order(word_rows<record_type>));

/// What getaddrinfo() returned, by the names of its errors; others are kept.
enum class lookup_outcome : std::uint8_t {
  none,
  ok,
  timeout,
  no_name,
  again,
};
template <>
inline constexpr auto word_rows<lookup_outcome> = std::to_array<row<lookup_outcome>>({
    {lookup_outcome::none, ""},
    {lookup_outcome::ok, "ok"},
    {lookup_outcome::timeout, "timeout"},
    {lookup_outcome::no_name, "EAI_NONAME"},
    {lookup_outcome::again, "EAI_AGAIN"},
});
static_assert(is_in_order(word_rows<lookup_outcome>));

/// Versions of TLS in OpenSSL's words; others are kept.
enum class tls_version : std::uint8_t {
  none,
  ssl3,
  tls1,
  tls1_1,
  tls1_2,
  tls1_3,
};
template <>
inline constexpr auto word_rows<tls_version> = std::to_array<row<tls_version>>({
    {tls_version::none, ""},
    {tls_version::ssl3, "SSLv3"},
    {tls_version::tls1, "TLSv1"},
    {tls_version::tls1_1, "TLSv1.1"},
    {tls_version::tls1_2, "TLSv1.2"},
    {tls_version::tls1_3, "TLSv1.3"},
});
static_assert(is_in_order(word_rows<tls_version>));

/// Whether phones and browsers no longer accept the version.
constexpr bool is_outdated(tls_version value) noexcept {
  return value != tls_version::none && value < tls_version::tls1_2;
}

/// The result of a question to a name server.
enum class dns_outcome : std::uint8_t {
  none,
  answered,
  timeout,
  unreachable,  ///< ICMP error, or no route
  malformed,
};
template <>
inline constexpr auto word_rows<dns_outcome> = std::to_array<row<dns_outcome>>({
    {dns_outcome::none, ""},
    {dns_outcome::answered, N_("answered")},
    {dns_outcome::timeout, N_("timeout")},
    {dns_outcome::unreachable, N_("unreachable")},
    {dns_outcome::malformed, N_("malformed")},
});
static_assert(is_in_order(word_rows<dns_outcome>));

/// How a connection, a handshake or an attempt ended.
enum class connection_end : std::uint8_t {
  none,
  open,  ///< the doctor ended it
  closed,
  reset,
  silent,  ///< the awaited answer did not come
  failed,
  refused,     ///< an answer that refuses
  disconnect,  ///< the broker's DISCONNECT
};
template <>
inline constexpr auto word_rows<connection_end> = std::to_array<row<connection_end>>({
    {connection_end::none, ""},
    {connection_end::open, N_("open")},
    {connection_end::closed, N_("closed")},
    {connection_end::reset, N_("reset")},
    {connection_end::silent, N_("silent")},
    {connection_end::failed, N_("failed")},
    {connection_end::refused, N_("refused")},
    {connection_end::disconnect, N_("disconnect")},
});
static_assert(is_in_order(word_rows<connection_end>));

/// What came in answer to CONNECT.
enum class mqtt_answer : std::uint8_t {
  none,
  connack,
  closed,
  reset,
  silent,
  other,  ///< bytes that are no CONNACK
  malformed,
  not_sent,  ///< this version cannot express what was asked for
};
template <>
inline constexpr auto word_rows<mqtt_answer> = std::to_array<row<mqtt_answer>>({
    {mqtt_answer::none, ""},
    {mqtt_answer::connack, N_("connack")},
    {mqtt_answer::closed, N_("closed")},
    {mqtt_answer::reset, N_("reset")},
    {mqtt_answer::silent, N_("silent")},
    {mqtt_answer::other, N_("other")},
    {mqtt_answer::malformed, N_("malformed")},
    {mqtt_answer::not_sent, N_("not-sent")},
});
static_assert(is_in_order(word_rows<mqtt_answer>));

/// The protocol of an answer, by its first bytes.
enum class spoken_protocol : std::uint8_t {
  none,  ///< no bytes came
  mqtt,
  tls,
  tls_alert,
  http,
  ssh,
  smtp_or_ftp,
  mail,
  amqp,
  openwire,
  stomp,
  redis,
  mysql,
  vnc,
  unknown,
  quiet,      ///< of a port that sent nothing
  websocket,  ///< of a port that upgraded
  mqtts,      ///< of a port with MQTT inside TLS
  wss,        ///< of a port that upgraded inside TLS
  mqtt_sn,    ///< in a capture
  other,      ///< in a capture: none of the others
};
template <>
inline constexpr auto word_rows<spoken_protocol> = std::to_array<row<spoken_protocol>>({
    {spoken_protocol::none, ""},
    {spoken_protocol::mqtt, "mqtt"},
    {spoken_protocol::tls, N_("tls")},
    {spoken_protocol::tls_alert, N_("tls-alert")},
    {spoken_protocol::http, N_("http")},
    {spoken_protocol::ssh, N_("ssh")},
    {spoken_protocol::smtp_or_ftp, N_("smtp-or-ftp")},
    {spoken_protocol::mail, N_("mail")},
    {spoken_protocol::amqp, N_("amqp")},
    {spoken_protocol::openwire, N_("openwire")},
    {spoken_protocol::stomp, N_("stomp")},
    {spoken_protocol::redis, N_("redis")},
    {spoken_protocol::mysql, N_("mysql")},
    {spoken_protocol::vnc, N_("vnc")},
    {spoken_protocol::unknown, "unknown"},
    {spoken_protocol::quiet, "quiet"},
    {spoken_protocol::websocket, "websocket"},
    {spoken_protocol::mqtts, "mqtts"},
    {spoken_protocol::wss, "wss"},
    {spoken_protocol::mqtt_sn, "mqtt-sn"},
    {spoken_protocol::other, "other"},
});
static_assert(is_in_order(word_rows<spoken_protocol>));

/// Versions of MQTT by their usual names.
enum class mqtt_version : std::uint8_t {
  none,
  v3_1,
  v3_1_1,
  v5,
};
template <>
inline constexpr auto word_rows<mqtt_version> = std::to_array<row<mqtt_version>>({
    {mqtt_version::none, ""},
    {mqtt_version::v3_1, "3.1"},
    {mqtt_version::v3_1_1, "3.1.1"},
    {mqtt_version::v5, "5"},
});
static_assert(is_in_order(word_rows<mqtt_version>));

constexpr mqtt_version name_of(protocol_version version) noexcept {
  switch (version) {
    case protocol_version::v3_1:
      return mqtt_version::v3_1;
    case protocol_version::v3_1_1:
      return mqtt_version::v3_1_1;
    case protocol_version::v5:
      return mqtt_version::v5;
  }
  return mqtt_version::none;
}

/// Whose client identifier a connection used.
enum class client_id_kind : std::uint8_t {
  none,
  own,  ///< made up by the doctor
  user,
  empty,
};
template <>
inline constexpr auto word_rows<client_id_kind> = std::to_array<row<client_id_kind>>({
    {client_id_kind::none, ""},
    {client_id_kind::own, "own"},
    {client_id_kind::user, "user"},
    {client_id_kind::empty, "empty"},
});
static_assert(is_in_order(word_rows<client_id_kind>));

/// The stage that a try with messages reached.
enum class delivery_stage : std::uint8_t {
  none,
  connect,
  subscribe,
  publish,
  ping,
  come_back,
};
template <>
inline constexpr auto word_rows<delivery_stage> = std::to_array<row<delivery_stage>>({
    {delivery_stage::none, ""},
    {delivery_stage::connect, "connect"},
    {delivery_stage::subscribe, N_("subscribe")},
    {delivery_stage::publish, N_("publish")},
    {delivery_stage::ping, N_("ping")},
    {delivery_stage::come_back, "return"},
});
static_assert(is_in_order(word_rows<delivery_stage>));

/// The program that wrote a firewall's rules.
enum class firewall_tool : std::uint8_t {
  none,  ///< not known
  ufw,
  firewalld,
  nft,
  iptables,
  docker,
  nobody,  ///< there are no rules
};
template <>
inline constexpr auto word_rows<firewall_tool> = std::to_array<row<firewall_tool>>({
    {firewall_tool::none, ""},
    {firewall_tool::ufw, "ufw"},
    {firewall_tool::firewalld, "firewalld"},
    {firewall_tool::nft, "nft"},
    {firewall_tool::iptables, "iptables"},
    {firewall_tool::docker, "docker"},
    {firewall_tool::nobody, "none"},
});
static_assert(is_in_order(word_rows<firewall_tool>));

/// What a firewall does with a connection.
enum class firewall_verdict : std::uint8_t {
  none,
  accept,
  drop,
  reject_reset,
  reject_icmp,
  limit,   ///< refuses above a rate or number
  source,  ///< lets some addresses in
  random,
  rewritten,  ///< changes address or port, and lets it go on
  unknown,
};
template <>
inline constexpr auto word_rows<firewall_verdict> = std::to_array<row<firewall_verdict>>({
    {firewall_verdict::none, ""},
    {firewall_verdict::accept, "accept"},
    {firewall_verdict::drop, "drop"},
    {firewall_verdict::reject_reset, "reject-reset"},
    {firewall_verdict::reject_icmp, "reject-icmp"},
    {firewall_verdict::limit, "limit"},
    {firewall_verdict::source, "source"},
    {firewall_verdict::random, "random"},
    {firewall_verdict::rewritten, "rewritten"},
    {firewall_verdict::unknown, "unknown"},
});
static_assert(is_in_order(word_rows<firewall_verdict>));

/// The make of a broker, or the cloud it belongs to.
enum class broker_kind : std::uint8_t {
  none,
  mosquitto,
  emqx,
  rabbitmq,
  activemq,
  artemis,
  apollo,
  hivemq,
  nanomq,
  vernemq,
  hmqx,
  flashmq,
  rmqttd,
  ejabberd,
  nats,
  aedes,
  mosca,
  aws_iot,
  azure_iot,
  hivemq_cloud,
  emqx_cloud,
  aliyun_iot,
  tencent_iot,
  huawei_iot,
};
template <>
inline constexpr auto word_rows<broker_kind> = std::to_array<row<broker_kind>>({
    {broker_kind::none, ""},
    {broker_kind::mosquitto, "mosquitto"},
    {broker_kind::emqx, "emqx"},
    {broker_kind::rabbitmq, "rabbitmq"},
    {broker_kind::activemq, "activemq"},
    {broker_kind::artemis, "artemis"},
    {broker_kind::apollo, "apollo"},
    {broker_kind::hivemq, "hivemq"},
    {broker_kind::nanomq, "nanomq"},
    {broker_kind::vernemq, "vernemq"},
    {broker_kind::hmqx, "hmqx"},
    {broker_kind::flashmq, "flashmq"},
    {broker_kind::rmqttd, "rmqttd"},
    {broker_kind::ejabberd, "ejabberd"},
    {broker_kind::nats, "nats"},
    {broker_kind::aedes, "aedes"},
    {broker_kind::mosca, "mosca"},
    {broker_kind::aws_iot, "aws-iot"},
    {broker_kind::azure_iot, "azure-iot"},
    {broker_kind::hivemq_cloud, "hivemq-cloud"},
    {broker_kind::emqx_cloud, "emqx-cloud"},
    {broker_kind::aliyun_iot, "aliyun-iot"},
    {broker_kind::tencent_iot, "tencent-iot"},
    {broker_kind::huawei_iot, "huawei-iot"},
});
static_assert(is_in_order(word_rows<broker_kind>));

/// The state of a service, in systemd's words.
enum class service_state : std::uint8_t { none, active, failed, inactive, activating, not_found };
template <>
inline constexpr auto word_rows<service_state> = std::to_array<row<service_state>>({
    {service_state::none, ""},
    {service_state::active, "active"},
    {service_state::failed, "failed"},
    {service_state::inactive, "inactive"},
    {service_state::activating, "activating"},
    {service_state::not_found, "not-found"},
});
static_assert(is_in_order(word_rows<service_state>));

/// The result of checking a password against the hash that a broker keeps.
enum class login_outcome : std::uint8_t {
  none,
  right,
  wrong,
  unknown,  ///< a hash that cannot be checked here
};
template <>
inline constexpr auto word_rows<login_outcome> = std::to_array<row<login_outcome>>({
    {login_outcome::none, ""},
    {login_outcome::right, "right"},
    {login_outcome::wrong, "wrong"},
    {login_outcome::unknown, "unknown"},
});
static_assert(is_in_order(word_rows<login_outcome>));

/// The lines of a report.
enum class step_name : std::uint8_t {
  none,
  name,
  port,
  tls,
  websocket,
  mqtt,
  login,
  delivery,
  retained,
  size,
  session,
  offline,
  watch,
  keep_alive,
  pinging,
  pausing,
  search,
  gateway,
  sleep,
};
template <>
inline constexpr auto word_rows<step_name> = std::to_array<row<step_name>>({
    {step_name::none, ""},
    {step_name::name, N_("name")},
    {step_name::port, N_("port")},
    {step_name::tls, N_("tls")},
    {step_name::websocket, N_("websocket")},
    {step_name::mqtt, N_("mqtt")},
    {step_name::login, N_("login")},
    {step_name::delivery, N_("delivery")},
    {step_name::retained, N_("retained")},
    {step_name::size, N_("size")},
    {step_name::session, N_("session")},
    {step_name::offline, N_("offline")},
    {step_name::watch, N_("watch")},
    {step_name::keep_alive, N_("keep-alive")},
    {step_name::pinging, N_("pinging")},
    {step_name::pausing, N_("pausing")},
    {step_name::search, N_("search")},
    {step_name::gateway, N_("gateway")},
    {step_name::sleep, N_("sleep")},
});
static_assert(is_in_order(word_rows<step_name>));

}  // namespace mqttkit::doctor
