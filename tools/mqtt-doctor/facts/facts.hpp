// What was observed, and nothing else: no opinion lives here.
//
// Probes fill these structs, causes read them, --json writes them and explain reads them back.
// Words that name an outcome are those of vocabulary.hpp, or spelled out beside each member; they
// are part of the JSON format. Texts from the network are made safe for a terminal before they are
// kept. No secret is ever kept.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/capture_facts.hpp"
#include "mqtt-doctor/facts/gateway_facts.hpp"
#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/facts/offline_facts.hpp"
#include "mqtt-doctor/facts/phone_facts.hpp"
#include "mqtt-doctor/facts/scheme.hpp"
#include "mqtt-doctor/facts/vocabulary.hpp"
#include "mqtt-doctor/facts/watch_facts.hpp"
#include "mqttkit/probe/certificate.hpp"

namespace mqttkit::doctor {

/// What the user asked about, as it was understood.
struct asked_facts {
  std::string typed;                 ///< the target as it was typed; a password in it is blanked
  std::string host;                  ///< what was looked up in the end
  int port = 0;                      ///< 0: none was given
  fact_word<doctor::scheme> scheme;  ///< from the URL or the options; may be none
  std::string path;                  ///< of the WebSocket
  std::string topic;                 ///< -t; may be empty
  bool is_delivery = false;          ///< mqtt-doctor delivery: messages are to be tried
  bool publishes = false;            ///< --publish
  std::string sent_to;               ///< --sent-to: what the other side publishes to
  std::string sent_via;              ///< --sent-via: the other broker, as it was typed
  std::string publisher;             ///< --as-publisher: the user name; the password is not kept
  std::string subscriber;
  bool offline = false;             ///< --offline
  bool no_local = false;            ///< --no-local
  bool retained = false;            ///< --retained: a retained message is expected
  std::int64_t size = 0;            ///< --size
  fact_word<mqtt_version> version;  ///< -V; none when the choice is the doctor's
  std::string client_id;            ///< -i; "" for one of the doctor's own
  bool has_empty_id = false;        ///< -i ""
  bool has_user = false;
  bool has_password = false;
  std::string user_name;
  /// Which of them begin or end with a space or a line break.
  std::vector<fact_word<login_part>> login_spaces;
  std::string password_ends;     ///< RFC 3339; when the password is a token that tells
  bool has_ca = false;           ///< --cafile or --capath
  bool has_certificate = false;  ///< --cert
  std::string certificate_ends;  ///< RFC 3339: its last moment; "" where it could not be read
  std::vector<std::string> authorities;  ///< subjects in the CA file
  std::string certificate_issuer;        ///< "CN=Lab Intermediate"
  int certificates = 0;                  ///< how many its file holds
  bool has_psk = false;
  bool is_insecure = false;        ///< --insecure
  bool trusts_any = false;         ///< --trust-any-certificate: the app does; the doctor does not
  bool on_broker = false;          ///< --on-broker
  std::string resolver;            ///< --resolver
  fact_word<asked_family> family;  ///< whose addresses alone are dialled; none: all
  std::string family_because;      ///< the option that says so: "-4", "-6", "-A 192.0.2.1"
  std::vector<std::string> alpn;
  std::vector<fact_word<host_slip>> mended;  ///< in the order they were
  std::vector<std::string> odd_characters;   ///< "U+0020 at the end", "U+FF1A"
};

/// One address of this machine.
struct interface_fact {
  std::string name;
  std::string address;
  int prefix = 0;
};

/// The machine the doctor runs on.
struct local_facts {
  std::vector<interface_fact> interfaces;
  bool has_v4_route = false;  ///< a default route
  bool has_v6_route = false;
  std::string v4_route_by;  ///< interface of the default route
  std::string v6_route_by;
  std::string now;    ///< UTC, RFC 3339
  std::string built;  ///< date of the build: the clock cannot be right before it
  bool is_clock_behind_build = false;
  std::string http_date;     ///< the time a server nearby claimed, when one did
  double clock_error_s = 0;  ///< our clock minus that one
  bool is_target = false;    ///< an address of the target is this machine's own
  /// A rule of this machine's own firewall that keeps connections to the target in; when its rules
  /// could be read and one does.
  std::optional<firewall_fact> outgoing;
  bool is_outgoing_read =
      false;  ///< without `outgoing`: its rules let connections to the target out
};

/// One question to one name server.
struct dns_fact {
  std::string server;
  fact_word<record_type> type;
  fact_word<dns_outcome> outcome;
  int rcode = -1;  ///< 0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED
  std::vector<std::string> addresses;
  std::vector<std::string> aliases;  ///< the chain of CNAMEs
  double ms = 0;
  std::int64_t sent_bytes = -1;  ///< without UDP's head; -1: not counted
  std::int64_t received_bytes = -1;
};

struct name_facts {
  bool is_literal = false;  ///< the host was an address
  std::string canonical;    ///< the literal as the system reads it
  std::vector<dns_fact> questions;
  fact_word<lookup_outcome> lookup;
  double lookup_ms = 0;
  std::vector<std::string> addresses;       ///< what getaddrinfo() gave, in its order
  std::vector<std::string> left_out;        ///< likewise, of the family that is not dialled
  std::vector<std::string> hosts_file;      ///< addresses /etc/hosts gives the name
  std::vector<std::string> hijack_answers;  ///< addresses of a name that cannot exist
  bool mdns_asked = false;
  std::vector<std::string> mdns_answers;
  std::vector<std::string> resolvers;
  std::vector<dns_fact> elsewhere;  ///< the same questions to the name server of --resolver
};

struct icmp_fact {
  int type = -1;
  int code = -1;
  std::string from;
  bool from_self = false;    ///< one of our own addresses
  bool from_target = false;  ///< the very address that was dialled
  bool is_v6 = false;
};

struct connect_fact {
  fact_word<connect_outcome> outcome;
  std::string error;  ///< "ECONNREFUSED"
  double ms = 0;
  std::optional<icmp_fact> icmp;
  int retransmits = 0;
  std::string local_address;
  bool is_connected() const { return outcome == connect_outcome::connected; }
};

using certificate_fact = probe::certificate;
using verify_fact = probe::verify_failure;

struct tls_fact {
  bool is_done = false;
  double ms = 0;
  std::string server_name;  ///< SNI sent
  fact_word<tls_version> protocol;
  std::string cipher;
  std::string alpn;  ///< IANA's name of what was agreed on: "mqtt", "h2"
  bool saw_server_hello = false;
  bool saw_certificate_request = false;
  std::vector<std::string> accepted_issuers;
  int alert = -1;
  bool alert_was_late = false;
  bool is_not_tls = false;
  /// The greeting's first byte was sent alone, and the other side hung up on it.
  bool ended_at_first_byte = false;
  std::string answered;           ///< hex of what came instead
  fact_word<connection_end> end;  ///< of a handshake that was not done
  std::string error;
  std::vector<verify_fact> failures;
  std::vector<certificate_fact> chain;

  bool has_chosen_http2() const noexcept { return alpn == "h2"; }
};

struct websocket_fact {
  bool is_done = false;
  double ms = 0;
  std::string path;
  std::string subprotocol;  ///< asked for; "" when none was
  int status = 0;           ///< of HTTP; 0 when none came
  std::string status_line;
  std::map<std::string, std::string> headers;  ///< the telling ones, names in lower case
  std::string accepted;                        ///< subprotocol the server confirmed
  std::string body;                            ///< its beginning, or an HTML title
  fact_word<connection_end> end;               ///< as in tls_fact
  std::string error;
};

struct mqtt_fact {
  fact_word<mqtt_version> version;  ///< sent
  bool sent_user = false;
  bool sent_password = false;
  fact_word<doctor::client_id_kind> client_id_kind;
  fact_word<mqtt_answer> answer;
  int reason = -1;            ///< as it stood on the wire
  int meaning = -1;           ///< in MQTT 5's terms
  bool is_old_shape = false;  ///< a CONNACK of 3.1.1 in answer to MQTT 5
  bool session_present = false;
  std::string reason_string;
  std::string server_reference;
  std::string assigned_id;
  std::map<std::string, std::int64_t> limits;  ///< CONNACK's properties that are numbers
  double ms = 0;                               ///< from CONNECT until CONNACK
  bool is_accepted() const { return answer == mqtt_answer::connack && reason == 0; }
};

/// One connection, and all that came of it.
struct contact {
  // Out of line, or each unit that copies or ends one compiles that of all it holds.
  contact();
  ~contact();
  contact(const contact&);
  contact(contact&&) noexcept;
  contact& operator=(const contact&);
  contact& operator=(contact&&) noexcept;

  fact_word<contact_purpose> purpose;
  std::string address;
  int port = 0;
  connect_fact connect;
  std::optional<tls_fact> tls;
  std::optional<websocket_fact> websocket;
  std::optional<mqtt_fact> mqtt;
  std::string received;               ///< hex of the first 64 bytes that were read above TCP
  std::string text;                   ///< the same, readable
  fact_word<spoken_protocol> speaks;  ///< what they are
  fact_word<connection_end> end;
  double end_ms = 0;           ///< after the connection stood
  bool sent_first = false;     ///< we had sent something before the end
  bool was_left_open = false;  ///< nothing was said for a while at first, and that was allowed
  int unacknowledged = 0;      ///< segments not confirmed by the peer's kernel at the end
  int retransmits = 0;
  int total_retransmits = 0;
  int first_path_mtu = 0;  ///< what the way carries in a packet, at first and in the end
  int path_mtu = 0;
  int needless_retransmits = 0;  ///< of these: the peer had the segment already
  int out_of_order = 0;          ///< segments that came while an earlier one was missing
  double round_trip_ms = 0;
  std::int64_t sent_bytes = -1;  ///< above TCP, TLS's own included; -1: not counted
  std::int64_t received_bytes = -1;
};

/// Another port of the same host.
struct port_fact {
  int port = 0;
  connect_fact connect;
  fact_word<spoken_protocol> speaks;
  std::string text;              ///< what came, readable
  std::int64_t sent_bytes = -1;  ///< as in contact
  std::int64_t received_bytes = -1;
  std::string product;  ///< "RabbitMQ management", "EMQX dashboard", when the answer names it
};

struct hop_fact {
  int ttl = 0;
  std::string from;  ///< "" when nobody answered
  double ms = 0;
};

/// Facts gathered when an endpoint cannot be reached.
struct reachability_fact {
  std::vector<port_fact> ports;
  std::vector<hop_fact> hops;
  bool is_traced = false;
  bool is_gateway = false;              ///< the target is the first hop itself
  fact_word<connect_outcome> test_net;  ///< connecting to an address that cannot exist (RFC 5737)
  fact_word<spoken_protocol> test_net_speaks;  ///< what answered there
  double test_net_ms = 0;
};

/// One SUBSCRIBE and one PUBLISH on a topic, and what came back.
struct delivery_fact {
  std::string topic;
  bool is_users_topic = false;
  fact_word<mqtt_version> version;
  int payload_bytes = 0;
  bool subscribed = false;  ///< SUBSCRIBE was sent
  int suback = -1;          ///< reason or return code; -1: none came
  bool published = false;   ///< PUBLISH was sent
  int qos = 1;              ///< its QoS; 0 when the broker grants no more
  int puback = -1;
  bool echoed = false;  ///< our own message came back
  double echo_ms = 0;
  std::string echo_topic;
  int others = 0;  ///< messages that came for the topic, not retained and not ours
  bool ping_answered = false;
  fact_word<connection_end> end;  ///< nothing: still open
  fact_word<delivery_stage> ended_after;
  int disconnect = -1;  ///< reason code of the broker's DISCONNECT
  int unacknowledged = 0;
  int retransmits = 0;
};

/// Several numbered messages of each QoS, from one connection to another.
struct exchange_fact {
  std::string topic;   ///< published to; "" when nothing was
  std::string filter;  ///< subscribed to
  bool is_users_topic = false;
  /// Made with another filter than is asked about, to see where a message arrives, or whether.
  bool is_search = false;
  fact_word<mqtt_version> version;
  std::string publisher_at;  ///< --sent-via; "" when both sides are at the same broker
  /// Another address of the same name, where the publisher is; "" when both are at one address.
  std::string publisher_address;
  std::string publisher;              ///< user name; "" when it logged in without one
  std::string subscriber;             ///< likewise
  std::int64_t payload_bytes = 0;     ///< --size; 0: a line of text
  std::int64_t subscriber_limit = 0;  ///< Maximum Packet Size in its CONNECT; 0: none
  int wanted = 2;                     ///< QoS that was asked for in SUBSCRIBE
  int suback = -1;                    ///< as in delivery_fact
  int retained = 0;                   ///< messages that came before anything was published
  std::string retained_topic;
  int others = 0;  ///< as in delivery_fact
  bool publisher_pinged = false;
  bool subscriber_pinged = false;
  fact_word<connection_end> publisher_end;  ///< as in delivery_fact
  fact_word<connection_end> subscriber_end;
  int publisher_disconnect = -1;
  int subscriber_disconnect = -1;

  /// What became of those of one QoS.
  struct run {
    int qos = 0;
    int sent = 0;
    int acknowledged = 0;  ///< to the end: PUBACK, or PUBCOMP after PUBREC
    int half_way = 0;      ///< PUBREC came, and no PUBCOMP
    int ack = -1;          ///< the highest reason of PUBACK or PUBREC; -1: none came
    int arrived = 0;       ///< different ones
    int duplicates = 0;
    int disordered = 0;     ///< came after one that was sent later
    int arrived_qos = -1;   ///< the lowest they came with
    std::vector<int> lost;  ///< the numbers, from 1, that did not come
    double fastest_ms = 0;  ///< from PUBLISH to PUBLISH
    double slowest_ms = 0;
    std::string arrived_topic;  ///< when it is not the one that was published to
  };
  std::vector<run> runs;

  bool is_whole() const { return sent() > 0 && arrived() == sent(); }
  /// The publisher was hung up on at a QoS above that of others that arrived whole; that QoS, or 0.
  int hung_up_at() const {
    if (publisher_end.empty() || runs.size() < 2) return 0;
    for (std::size_t i = 0; i + 1 < runs.size(); ++i) {
      if (runs[i].arrived < runs[i].sent) return 0;
    }
    return runs.back().qos;
  }
  int sent() const {
    int count = 0;
    for (const auto& each : runs) count += each.sent;
    return count;
  }
  int arrived() const {
    int count = 0;
    for (const auto& each : runs) count += each.arrived;
    return count;
  }
};

/// A retained message on a topic of the doctor's own, and what became of it.
struct retained_fact {
  std::string topic;
  fact_word<mqtt_version> version;
  int ack = -1;                 ///< reason of its PUBACK; -1: none came
  bool kept = false;            ///< it came, marked as retained, with a subscription made after it
  bool cleared = false;         ///< and no more once an empty one had been sent
  bool tried_wildcard = false;  ///< a subscription with + was made as well
  bool by_wildcard = false;     ///< and it came with that, too
  fact_word<connection_end> end;  ///< as in delivery_fact
  int disconnect = -1;
};

/// A gateway of MQTT-SN, and what came of asking it.
struct gateway_fact {
  std::string address;
  int port = 0;
  bool is_group = false;                 ///< it was searched for at a multicast address
  std::vector<gateway_info_fact> found;  ///< who answered SEARCHGW
  fact_word<gateway_answer> answer;
  int code = -1;  ///< of CONNACK
  double ms = 0;
  int sent = 0;  ///< CONNECTs
  std::optional<icmp_fact> icmp;
  std::string error;          ///< "ECONNREFUSED"
  std::string received;       ///< hex of the first datagram that was no CONNACK
  std::string text;           ///< the same, readable
  std::string answered_from;  ///< where CONNACK came from when not from where it was asked
  std::string client_id;
  bool is_users_id = false;
  bool will_wanted = false;  ///< CONNECT had the will's flag
  bool will_asked = false;   ///< and the gateway asked for it
  double ended_ms = -1;      ///< DISCONNECT that nobody asked for, so long after CONNACK; -1: none
  int own_id_code = -1;      ///< CONNACK for an identifier of the doctor's own; -1: not tried
  bool own_id_stayed = false;
  std::vector<gateway_trip_fact> trips;
  std::optional<gateway_sleep_fact> sleep;
  std::optional<gateway_idle_fact> idle;
  int will_updated = -1;      ///< code of WILLTOPICRESP; -1: it did not come, or was not asked for
  bool will_changed = false;  ///< and it was asked for
  std::optional<port_fact> tcp;           ///< the same port over TCP, after a failure
  std::vector<int> elsewhere;             ///< other UDP ports of the host where a gateway answers
  std::vector<gateway_info_fact> nearby;  ///< who answers a search of the network, after a failure

  bool is_accepted() const { return answer == gateway_answer::connack && code == 0; }
};

/// All about one scheme and port.
struct endpoint_facts {
  // Out of line, or each unit that copies or ends one compiles that of all it holds.
  endpoint_facts();
  ~endpoint_facts();
  endpoint_facts(const endpoint_facts&);
  endpoint_facts(endpoint_facts&&) noexcept;
  endpoint_facts& operator=(const endpoint_facts&);
  endpoint_facts& operator=(endpoint_facts&&) noexcept;

  fact_word<doctor::scheme> scheme;
  int port = 0;
  std::string path;
  std::vector<contact> contacts;
  std::optional<reachability_fact> reachability;
  std::vector<delivery_fact> deliveries;
  std::vector<exchange_fact> exchanges;
  std::vector<exchange_fact> across;  ///< from another address of the name to the one gone on with
  std::optional<offline_facts> offline;   ///< delivery --offline
  std::optional<delivery_fact> no_local;  ///< --no-local: subscribed and sent over one connection
  std::optional<retained_fact> retained;  ///< --retained
  std::optional<exchange_fact> large;     ///< --size: messages of that size, on the doctor's topic
  double ms = 0;
  std::optional<contact> elsewhere;     ///< of the publisher with the other broker, --sent-via
  std::optional<gateway_fact> gateway;  ///< of mqtt-sn, in place of contacts

  const contact* find(contact_purpose purpose) const {
    for (const auto& contact : contacts) {
      if (contact.purpose == purpose) return &contact;
    }
    return nullptr;
  }
};

struct facts {
  // Out of line, or each unit that copies or ends one compiles that of all it holds.
  facts();
  ~facts();
  facts(const facts&);
  facts(facts&&) noexcept;
  facts& operator=(const facts&);
  facts& operator=(facts&&) noexcept;

  int format = 1;
  std::string program;  ///< "mqtt-doctor 0.1.0"
  std::string started;
  asked_facts asked;
  local_facts local;
  name_facts name;
  std::vector<endpoint_facts> endpoints;  ///< the one asked about first
  /// The same by the loopback address, where the one asked about is this machine's own, and the
  /// broker listens at the loopback address alone.
  std::optional<endpoint_facts> inside;
  std::vector<port_fact> ports;          ///< seen when no port was given
  std::optional<host_facts> host;        ///< when this is the broker's own machine
  std::optional<watch_facts> watch;      ///< delivery --watch
  std::optional<capture_facts> capture;  ///< where these are a client of a capture
  std::optional<phone_facts> phone;      ///< where these are a phone's
  double ms = 0;
};

}  // namespace mqttkit::doctor
