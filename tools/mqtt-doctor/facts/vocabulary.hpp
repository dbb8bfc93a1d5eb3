// The words facts are told in, each set with its one table: the word of the JSON, marked with N_()
// where a report says it, so that it is translated.
#pragma once

#include <array>
#include <cstdint>

#include "mqtt-doctor/facts/fact_word.hpp"
#include "mqtt-doctor/words/words.hpp"
#include "mqttkit/codec/version.hpp"

namespace mqttkit::doctor {

template <class Enum>
struct row {
  Enum value;
  const char* word;
};

/// Why a connection was made.
enum class contact_purpose : std::uint8_t {
  none,
  client,   ///< as an app would
  address,  ///< only to see whether it connects
  version,  ///< in another version of MQTT
  hello,    ///< TLS where none was asked
  plain,    ///< none where it was
  raw,      ///< neither TLS nor WebSocket
  quiet,    ///< says nothing first
  get,      ///< a web browser's request
  inside,   ///< TLS within TLS
  goodbye,  ///< CONNECT and DISCONNECT in one
  small,    ///< small segments
  old_tls,
  no_sni,
  other_sni,
  path,
  subprotocol,
  upgrade,
  proxy_header,
  again,   ///< as before, after silence
  second,  ///< to go on after an end
  loss,    ///< to see whether more is lost
  empty_id,
  own_id,
  topic_5,        ///< MQTT 5, whose answers say more
  elsewhere,      ///< the publisher's at another broker
  publisher,      ///< one side of an exchange
  subscriber,     ///< the other
  retain,         ///< with a retained message
  other_address,  ///< as the client's, at another address of the name
  reason,         ///< MQTT 5, to hear why an older version is refused
  repeat,         ///< once more as one that was let in, or as the client's that was not
  port,           ///< to see what another port speaks; not kept as a contact
  test_net,       ///< to an address that cannot exist; likewise
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
    {contact_purpose::port, "port"},
    {contact_purpose::test_net, "test-net"},
});
static_assert(is_in_order(word_rows<contact_purpose>));

/// What became of connecting by TCP.
enum class connect_outcome : std::uint8_t {
  none,
  connected,
  refused,
  silent,  ///< nothing within the limit
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

/// The family of addresses that was asked for.
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

/// What was wrong with a text that names a host.
enum class host_slip : std::uint8_t {
  none,
  spaces,
  invisible_characters,
  full_width,
  punctuation,    ///< of the sentence it was taken from
  broken_scheme,  ///< its second slash is missing
  http_scheme,
  unknown_scheme,
  url_in_host,
  port_in_host,
  brackets,
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
});
static_assert(is_in_order(word_rows<host_slip>));

/// What a question to a name server asks for.
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

/// What getaddrinfo() said: its names of errors, of which others are kept.
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

/// The versions of TLS, in OpenSSL's words. Others are kept.
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

/// A version that phones and browsers no longer take.
constexpr bool is_outdated(tls_version value) noexcept {
  return value != tls_version::none && value < tls_version::tls1_2;
}

/// What became of a question to a name server.
enum class dns_outcome : std::uint8_t {
  none,
  answered,
  timeout,
  unreachable,  ///< ICMP or no route
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
  open,  ///< we ended it
  closed,
  reset,
  silent,  ///< what was waited for did not come
  failed,
  refused,     ///< with an answer that says no
  disconnect,  ///< with the broker's DISCONNECT
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
  not_sent,  ///< what was asked for cannot be said in this version
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

/// What the first bytes of an answer are.
enum class spoken_protocol : std::uint8_t {
  none,  ///< nothing came
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
  quiet,      ///< of a port: nothing came
  websocket,  ///< of a port: it upgraded
  mqtts,      ///< of a port: MQTT within TLS
  wss,        ///< of a port: it upgraded within TLS
  mqtt_sn,    ///< of a capture
  other,      ///< of a capture: none of these
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

/// The versions of MQTT, as people call them.
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

/// Whose the client identifier was that a connection was made with.
enum class client_id_kind : std::uint8_t {
  none,
  own,  ///< the doctor's
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

/// How far a try with messages came.
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

/// Who wrote the rules of a firewall.
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
  limit,   ///< refuses above a rate or a number
  source,  ///< lets some addresses in
  random,
  rewritten,  ///< lets it go on with another address or port
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

/// Who made a broker, or whose cloud it is.
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

/// A password, held against the hash that a broker keeps of it.
enum class login_outcome : std::uint8_t {
  none,
  right,
  wrong,
  unknown,  ///< a hash that is not checked here
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
