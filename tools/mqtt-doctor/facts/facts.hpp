// What was observed, and nothing else: no opinion lives here.
//
// Probes fill these structs, causes read them, --json writes them and explain reads them back.
// Words for outcomes are in vocabulary.hpp, or spelt out beside the member; they are part of the
// JSON format. Texts from the network are made safe for a terminal before they are kept. Secrets
// are never kept.
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
#include "mqtt-doctor/facts/symptom.hpp"
#include "mqtt-doctor/facts/symptom_facts.hpp"
#include "mqtt-doctor/facts/vocabulary.hpp"
#include "mqtt-doctor/facts/watch_facts.hpp"
#include "mqttkit/probe/certificate.hpp"

namespace mqttkit::doctor {

/// What the user asked about, as the doctor understood it.
struct asked_facts {
  std::string typed;                   ///< the target as typed, its password blanked
  std::string host;                    ///< the host that was looked up in the end
  int port = 0;                        ///< 0: none was given
  fact_word<doctor::scheme> scheme;    ///< of the URL or the options; may be none
  std::string path;                    ///< of a WebSocket
  std::string topic;                   ///< -t; may be empty
  bool is_delivery = false;            ///< the subcommand delivery: messages are tried
  bool publishes = false;              ///< --publish
  fact_word<doctor::symptom> symptom;  ///< --symptom: what the user sees
  std::string sent_to;                 ///< --sent-to: the topic of the publisher
  std::string sent_via;                ///< --sent-via: the other broker, as typed
  std::string publisher;               ///< --as-publisher: the user name, without the password
  std::string subscriber;
  bool offline = false;             ///< --offline
  bool no_local = false;            ///< --no-local
  bool retained = false;            ///< --retained: the user expects a retained message
  std::int64_t size = 0;            ///< --size
  fact_word<mqtt_version> version;  ///< -V; none: the doctor chooses
  std::string client_id;            ///< -i; "": the doctor makes one up
  bool has_empty_id = false;        ///< -i ""
  bool has_user = false;
  bool has_password = false;
  std::string user_name;
  /// The parts of the login that begin or end with a space or a line break.
  std::vector<fact_word<login_part>> login_spaces;
  fact_word<doctor::password_form> password_form;
  std::string password_ends;             ///< RFC 3339; only of a token that carries it
  std::string password_scope;            ///< what a token says it is for: "HUB/devices/lamp"
  bool has_ca = false;                   ///< --cafile or --capath
  bool has_certificate = false;          ///< --cert
  std::string certificate_ends;          ///< end of its validity, RFC 3339; "" if unreadable
  std::vector<std::string> authorities;  ///< subjects in the CA file
  std::string certificate_issuer;        ///< "CN=Lab Intermediate"
  std::string certificate_subject;       ///< "CN=phone,O=Lab", by RFC 2253
  int certificates = 0;                  ///< number of certificates in that file
  bool has_psk = false;
  bool is_insecure = false;        ///< --insecure
  bool trusts_any = false;         ///< --trust-any-certificate: of the app, not the doctor
  bool on_broker = false;          ///< --on-broker
  std::string resolver;            ///< --resolver
  fact_word<asked_family> family;  ///< the only family that is dialled; none: all
  std::string family_because;      ///< the option that says so: "-4", "-6", "-A 192.0.2.1"
  std::vector<std::string> alpn;
  std::vector<fact_word<host_slip>> mended;  ///< in the order in which they were corrected
  std::vector<std::string> odd_characters;   ///< "U+0020 at the end", "U+FF1A"
};

/// An address of this machine.
struct interface_fact {
  std::string name;
  std::string address;
  int prefix = 0;
  /// Of the interface, as ethtool names it: "bridge", "macvlan"; "": unknown.
  std::string driver = {};
};

/// A proxy for HTTP that the environment of this machine names, and what it says to a CONNECT.
struct set_proxy_fact {
  std::string variable;  ///< "https_proxy"
  std::string address;   ///< "http://proxy.example:3128", without its login
  int status = 0;        ///< of its answer to CONNECT for the target; 0: none came, or not asked
  std::string error;     ///< "ECONNREFUSED", when it could not be reached
};

/// The machine the doctor runs on.
struct local_facts {
  std::vector<interface_fact> interfaces;
  std::vector<set_proxy_fact> proxies;  ///< of the variables, those that are meant for the target
  bool has_v4_route = false;            ///< there is a default route
  bool has_v6_route = false;
  std::string v4_route_by;  ///< the default route's interface
  std::string v6_route_by;
  std::string v4_gateway;  ///< the default route's router; "" for none
  std::string now;         ///< UTC, RFC 3339
  std::string built;       ///< date of the build, before which no clock is right
  bool is_clock_behind_build = false;
  std::string http_date;     ///< the time by a web server nearby; "" for none
  double clock_error_s = 0;  ///< this clock minus that one
  bool is_target = false;    ///< the target is this machine itself
  /// The rule of this machine's firewall that stops connections to the target, when the rules could
  /// be read and one does.
  std::optional<firewall_fact> outgoing;
  /// The NAT rule of this machine by which its own connections to the target go elsewhere.
  std::optional<firewall_fact> diverted;
  std::string way_by;   ///< the interface by which packets to the target leave; "": not asked
  std::string way_via;  ///< the router to which they go; "" for none
  /// Those that matter on the way to the target.
  std::vector<lost_neighbour_fact> lost_neighbours;
  /// How far the kernel's counters of what it drops grew while the target was asked.
  std::map<std::string, std::int64_t> counted;
  /// The route or routing rule of this machine that refuses the target, when connecting failed at
  /// once: "prohibit 10.0.0.5", "32765: from all to 10.0.0.5 prohibit".
  std::string refusing_route;
  bool is_outgoing_read =
      false;  ///< without `outgoing`: the rules were read, and let connections to the target out
};

/// One question to one name server.
struct dns_fact {
  std::string server;
  fact_word<record_type> type;
  fact_word<dns_outcome> outcome;
  int rcode = -1;  ///< response code: 0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED
  std::vector<std::string> addresses;
  std::vector<std::string> aliases;  ///< the chain of CNAME records
  double ms = 0;
  std::int64_t sent_bytes = -1;  ///< without UDP's header; -1: not counted
  std::int64_t received_bytes = -1;
};

struct name_facts {
  bool is_literal = false;  ///< the host is an address
  std::string canonical;    ///< the literal as the system reads it
  std::vector<dns_fact> questions;
  fact_word<lookup_outcome> lookup;
  double lookup_ms = 0;
  std::vector<std::string> addresses;       ///< from getaddrinfo(), in its order
  std::vector<std::string> left_out;        ///< from it too, of the family not dialled
  std::vector<std::string> hosts_file;      ///< addresses of the name in /etc/hosts
  std::vector<std::string> hijack_answers;  ///< addresses given for a name that cannot exist
  bool mdns_asked = false;
  std::vector<std::string> mdns_answers;
  std::vector<std::string> resolvers;
  std::string sources;  ///< those of hosts in /etc/nsswitch.conf: "files dns"; "" where it has none
  int sources_line = 0;
  std::vector<dns_fact> elsewhere;  ///< the same questions to --resolver's name server
};

struct icmp_fact {
  int type = -1;
  int code = -1;
  std::string from;
  bool from_self = false;    ///< from an address of this machine
  bool from_target = false;  ///< from the dialled address
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
  std::string server_name;  ///< SNI that was sent
  fact_word<tls_version> protocol;
  std::string cipher;
  std::string alpn;  ///< the agreed protocol by IANA's name: "mqtt", "h2"
  bool saw_server_hello = false;
  bool saw_certificate_request = false;
  std::vector<std::string> accepted_issuers;
  int alert = -1;
  bool alert_was_late = false;
  bool is_not_tls = false;
  /// The ClientHello's first byte was sent alone, and the other side hung up on it.
  bool ended_at_first_byte = false;
  std::string answered;           ///< hex of what came in place of TLS
  fact_word<connection_end> end;  ///< of an unfinished handshake
  std::string error;
  std::vector<verify_fact> failures;
  std::vector<certificate_fact> chain;

  bool has_chosen_http2() const noexcept { return alpn == "h2"; }
};

struct websocket_fact {
  bool is_done = false;
  double ms = 0;
  std::string path;
  std::string subprotocol;  ///< the one asked for; "" for none
  int status = 0;           ///< of HTTP; 0: none came
  std::string status_line;
  std::map<std::string, std::string> headers;  ///< the headers that tell something, in lower case
  std::string accepted;                        ///< the subprotocol that the server chose
  std::string body;                            ///< the beginning, or the title of an HTML page
  fact_word<connection_end> end;               ///< as in tls_fact
  std::string error;
};

struct mqtt_fact {
  fact_word<mqtt_version> version;  ///< of CONNECT
  bool sent_user = false;
  bool sent_password = false;
  fact_word<doctor::client_id_kind> client_id_kind;
  fact_word<mqtt_answer> answer;
  int reason = -1;            ///< reason or return code, as on the wire
  int meaning = -1;           ///< the same as a reason code of MQTT 5
  bool is_old_shape = false;  ///< a CONNACK of 3.1.1 in answer to MQTT 5
  bool session_present = false;
  std::string reason_string;
  std::string server_reference;
  std::string assigned_id;
  std::map<std::string, std::int64_t> limits;  ///< numeric properties of CONNACK
  double ms = 0;                               ///< from CONNECT until CONNACK
  bool is_accepted() const { return answer == mqtt_answer::connack && reason == 0; }
};

/// One connection, and all that happened on it.
struct contact {
  // Not inline: each unit that copies or destroys one would compile that for all members.
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
  std::string received;               ///< hex of the first 64 bytes received above TCP
  std::string text;                   ///< the same, readable
  fact_word<spoken_protocol> speaks;  ///< the protocol of those bytes
  fact_word<connection_end> end;
  double end_ms = 0;           ///< since the connection was established
  bool sent_first = false;     ///< we had sent something before the end
  bool was_left_open = false;  ///< the other side let us be silent at first
  int unacknowledged = 0;      ///< segments the peer's kernel had not acknowledged at the end
  int retransmits = 0;
  int total_retransmits = 0;
  int first_path_mtu = 0;  ///< path MTU at first, and at the end
  int path_mtu = 0;
  int needless_retransmits = 0;  ///< of these, segments that the peer already had
  int out_of_order = 0;          ///< segments that came while an earlier one was missing
  double round_trip_ms = 0;
  std::int64_t sent_bytes = -1;  ///< above TCP, with TLS's own; -1: not counted
  std::int64_t received_bytes = -1;
};

/// Another port of the same host, and what was found there.
struct port_fact {
  int port = 0;
  connect_fact connect;
  fact_word<spoken_protocol> speaks;
  std::string text;              ///< what came, made readable
  std::int64_t sent_bytes = -1;  ///< as in contact
  std::int64_t received_bytes = -1;
  std::string product;  ///< "RabbitMQ management", "EMQX dashboard", if the answer names it
};

struct hop_fact {
  int ttl = 0;
  std::string from;  ///< the router; "" for no answer
  double ms = 0;
};

/// Facts about the network, gathered when an endpoint cannot be reached.
struct reachability_fact {
  std::vector<port_fact> ports;
  std::vector<hop_fact> hops;
  bool is_traced = false;
  bool is_gateway = false;              ///< the target is the first hop
  fact_word<connect_outcome> test_net;  ///< a connection to an address that cannot exist (RFC 5737)
  fact_word<spoken_protocol> test_net_speaks;  ///< the protocol of its answer
  double test_net_ms = 0;
};

/// One SUBSCRIBE and one PUBLISH on a topic over one connection, with their answers.
struct delivery_fact {
  std::string topic;
  bool is_users_topic = false;
  fact_word<mqtt_version> version;
  int payload_bytes = 0;
  bool subscribed = false;  ///< SUBSCRIBE was sent
  int suback = -1;          ///< reason or return code; -1: none came
  bool published = false;   ///< PUBLISH was sent
  int qos = 1;              ///< QoS of PUBLISH; 0 when the broker grants no more
  int puback = -1;
  bool echoed = false;  ///< our own message came back
  double echo_ms = 0;
  std::string echo_topic;
  int others = 0;  ///< other clients' messages on the topic, not retained
  bool ping_answered = false;
  fact_word<connection_end> end;  ///< nothing: still open
  fact_word<delivery_stage> ended_after;
  int disconnect = -1;  ///< reason code of the broker's DISCONNECT
  int unacknowledged = 0;
  int retransmits = 0;
};

/// Numbered messages at each QoS, from one connection to another.
struct exchange_fact {
  std::string topic;   ///< of PUBLISH; "" when nothing was published
  std::string filter;  ///< of SUBSCRIBE
  bool is_users_topic = false;
  /// A search: another filter than the user's was used, to see where messages arrive, or whether.
  bool is_search = false;
  fact_word<mqtt_version> version;
  std::string publisher_at;  ///< --sent-via; "" when both sides use one broker
  /// The publisher's address, when it is another one of the name than the subscriber's; else "".
  std::string publisher_address;
  std::string publisher;              ///< user name; "" for none
  std::string subscriber;             ///< user name; "" for none
  std::int64_t payload_bytes = 0;     ///< --size; 0: a short text
  std::int64_t subscriber_limit = 0;  ///< Maximum Packet Size of its CONNECT; 0: none
  int wanted = 2;                     ///< QoS asked for in SUBSCRIBE
  int suback = -1;                    ///< as in delivery_fact
  int retained = 0;                   ///< messages that came before anything was published
  std::string retained_topic;
  std::string retained_text;  ///< its payload, if that is one short word: "offline"
  /// Topics of other clients' messages that the filter just misses: below the filter, or with a
  /// prefix before it. The probe listens for them only if the filter itself got no message.
  std::vector<std::string> near;
  int others = 0;  ///< as in delivery_fact
  bool publisher_pinged = false;
  bool subscriber_pinged = false;
  fact_word<connection_end> publisher_end;  ///< as end in delivery_fact
  fact_word<connection_end> subscriber_end;
  int publisher_disconnect = -1;
  int subscriber_disconnect = -1;

  /// The messages of one QoS.
  struct run {
    int qos = 0;
    int sent = 0;
    int acknowledged = 0;  ///< by PUBACK, or by PUBCOMP after PUBREC
    int half_way = 0;      ///< PUBREC came, and PUBCOMP did not
    int as_qos_1 = 0;      ///< answered with PUBACK, though sent at QoS 2
    int ack = -1;          ///< highest reason in PUBACK or PUBREC; -1: none came
    int arrived = 0;       ///< messages that came, duplicates not counted
    int duplicates = 0;
    int disordered = 0;     ///< came after a message that was sent later
    int arrived_qos = -1;   ///< the lowest QoS they came with
    std::vector<int> lost;  ///< numbers, from 1, of those that did not come
    double fastest_ms = 0;  ///< from sending to arrival
    double slowest_ms = 0;
    std::string arrived_topic;  ///< if not the topic published to
  };
  std::vector<run> runs;

  bool is_whole() const { return sent() > 0 && arrived() == sent(); }
  /// The QoS at which the broker hung up on the publisher, while lower ones arrived whole; 0: none.
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

/// A retained message on one of the doctor's topics, and its fate.
struct retained_fact {
  std::string topic;
  fact_word<mqtt_version> version;
  int ack = -1;                   ///< reason of PUBACK; -1: none came
  bool kept = false;              ///< came, marked as retained, to a subscription made afterwards
  bool cleared = false;           ///< came no more after an empty one was published
  bool tried_wildcard = false;    ///< a subscription with + was tried
  bool by_wildcard = false;       ///< the message came to that one too
  fact_word<connection_end> end;  ///< as in delivery_fact
  int disconnect = -1;
};

/// A gateway of MQTT-SN, and its answers.
struct gateway_fact {
  std::string address;
  int port = 0;
  bool is_group = false;                 ///< searched for at a multicast address
  std::vector<gateway_info_fact> found;  ///< gateways that answered SEARCHGW
  fact_word<gateway_answer> answer;
  int code = -1;  ///< return code of CONNACK
  double ms = 0;
  int sent = 0;  ///< number of CONNECTs
  std::optional<icmp_fact> icmp;
  std::string error;          ///< "ECONNREFUSED"
  std::string received;       ///< hex of the first datagram that is no CONNACK
  std::string text;           ///< the same, readable
  std::string answered_from;  ///< another address than asked, if CONNACK came from there
  std::string client_id;
  bool is_users_id = false;
  bool will_wanted = false;  ///< CONNECT had the will flag
  bool will_asked = false;   ///< the gateway then asked for the will
  double ended_ms = -1;      ///< from CONNACK to an unexpected DISCONNECT; -1: none
  int own_id_code = -1;      ///< of CONNACK to the doctor's identifier; -1: not tried
  bool own_id_stayed = false;
  std::vector<gateway_trip_fact> trips;
  std::optional<gateway_sleep_fact> sleep;
  std::optional<gateway_idle_fact> idle;
  int will_updated = -1;                  ///< code of WILLTOPICRESP; -1: not tried, or no answer
  bool will_changed = false;              ///< a change of the will was tried
  std::optional<port_fact> tcp;           ///< the same port over TCP, after a failure
  std::vector<int> elsewhere;             ///< other UDP ports of the host with a gateway
  std::vector<gateway_info_fact> nearby;  ///< gateways found nearby, after a failure

  bool is_accepted() const { return answer == gateway_answer::connack && code == 0; }
};

/// All facts about one scheme and port.
struct endpoint_facts {
  // Not inline: each unit that copies or destroys one would compile that for all members.
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
  std::vector<exchange_fact> across;      ///< from another address of the name to the one in use
  std::optional<offline_facts> offline;   ///< delivery --offline
  std::optional<delivery_fact> no_local;  ///< --no-local: one connection subscribes and publishes
  std::optional<retained_fact> retained;  ///< --retained
  std::optional<exchange_fact> large;     ///< --size: messages of that size on the doctor's topic
  std::vector<sending_fact> sendings;     ///< --symptom cannot-send
  std::vector<will_fact> wills;           ///< --symptom shown-offline, shown-online
  std::optional<overlap_fact> overlap;    ///< --symptom twice
  std::map<std::string, std::int64_t> counters;  ///< --symptom too-much: $SYS/broker/...
  double ms = 0;
  std::optional<contact> elsewhere;     ///< the publisher's, to the broker of --sent-via
  std::optional<gateway_fact> gateway;  ///< of scheme mqtt-sn, in place of contacts

  const contact* find(contact_purpose purpose) const {
    for (const auto& contact : contacts) {
      if (contact.purpose == purpose) return &contact;
    }
    return nullptr;
  }
};

struct facts {
  // Not inline: each unit that copies or destroys one would compile that for all members.
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
  std::vector<endpoint_facts> endpoints;  ///< the one asked about comes first
  /// The broker by the loopback address, when this machine's own address was asked about and the
  /// broker listens at loopback only.
  std::optional<endpoint_facts> inside;
  std::vector<port_fact> ports;          ///< probed when no port was given
  std::optional<host_facts> host;        ///< when this is the broker's machine
  std::optional<watch_facts> watch;      ///< delivery --watch
  std::optional<capture_facts> capture;  ///< of a client in a capture
  std::optional<phone_facts> phone;      ///< of a phone
  double ms = 0;
};

}  // namespace mqttkit::doctor
