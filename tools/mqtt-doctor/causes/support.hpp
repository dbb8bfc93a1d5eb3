// What the causes have in common: the questions they all ask.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/duration_text.hpp"
#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/causes/made_finding.hpp"
#include "mqtt-doctor/causes/registry.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/facts/codes.hpp"

namespace mqttkit::doctor {

using places = std::map<std::string, std::string>;

using tools::time_text;

/// The items as "a, b and 3 more", with at most `most` of them named.
std::string list_text(const std::vector<std::string>& items, std::size_t most = 4);

// ---- questions to the facts -------------------------------------------------------------------

/// Whether a SUBACK refuses this kind of subscription to everybody: no user's rule is behind it.
constexpr bool is_about_kind(int suback) noexcept {
  return suback == number_of(reason_code::wildcard_subscriptions_not_supported) ||
         suback == number_of(reason_code::shared_subscriptions_not_supported) ||
         suback == number_of(reason_code::subscription_identifiers_not_supported);
}

/// The limit of that name in CONNACK ("maximum-packet-size"); nothing when it is not there.
std::optional<std::int64_t> limit_of(const view& known, const char* name);

/// HOST:PORT, as dialled.
std::string dialled(const view& known);

/// Whether the client's TCP connection was established.
bool is_connected(const view& known);

/// Whether the client's attempt to connect had this outcome.
bool connect_was(const view& known, connect_outcome outcome);

/// Ports of the host that took a connection, other than the one asked about.
std::vector<int> open_ports(const view& known);

/// Whether the host itself gave any sign of life on another port: took a connection or refused one.
bool is_host_alive(const view& known);

/// The first other port where this protocol was seen; 0 for none.
int port_that_speaks(const view& known, spoken_protocol what);

/// Whether the other side ended the connection before we had sent anything.
bool was_hung_up_on_silence(const contact& connection);

/// Whether the other side kept the connection open while we sent nothing.
bool stays_open_in_silence(const view& known);

/// Whether bytes that the other side sent were lost, and none at all arrived.
bool are_answers_lost(const view& known);

/// Whether the other side ended the connection: `closed` or `reset`.
bool was_ended_by_peer(const contact& connection);

/// Whether the user is RabbitMQ's `guest`, who may come from its own machine only.
bool is_guest(std::string_view user) noexcept;

/// Whether a Wi-Fi's login page stands before all servers: it answers for unused addresses as well.
bool is_behind_login_page(const view& known);

/// The page of another host to which an answer in HTTP on a port of MQTT sends the client; "" for
/// none.
std::string sign_in_page(const view& known);

/// A connection of that purpose whose CONNECT was answered by CONNACK, accepting or not.
const contact* with_connack(const view& known, contact_purpose purpose);

/// The broker's answer in MQTT 5 to a client it had refused in an older version; null when it was
/// not asked, or does not speak MQTT 5.
const mqtt_fact* told_in_5(const view& known);

/// The connection on which the broker accepted us, in whatever version; null for none.
const contact* accepted(const view& known);

/// Connections that were made alike, at least one of which was accepted.
struct equal_connections {
  std::vector<const contact*> let_in;
  std::vector<const contact*> failed;
};

/// The equal connections, where they fared differently; nothing where all fared alike.
std::optional<equal_connections> equals_that_differ(const view& known);

/// Whether the gateway of MQTT-SN accepted us as a client.
bool is_taken_by_gateway(const view& known);

/// A connection to another address of the name that a broker accepted, with a certificate an app
/// trusts; null for none.
const contact* accepted_elsewhere(const view& known);

/// Retransmissions over all connections that the peer really lacked. A single one is chance.
int packets_lost(const view& known);

/// The broker's make, as far as it is known.
fact_word<broker_kind> broker_of(const view& known);

/// Another port of the broker with this protocol, found by the probes or in the configuration; 0
/// where none is known.
int known_port(const view& known, spoken_protocol what);
/// Advises TLS, at its known port: against a filter that inspects MQTT or blocks its port.
sentence use_tls_elsewhere(const view& known);
/// Advises the broker's ports, where they are known, else the usual ones.
sentence use_brokers_port(const view& known);

/// A cloud service whose broker has no port without TLS.
struct managed_broker {
  const char* name;        ///< "AWS IoT Core"
  const char* ports;       ///< ports of its brokers: "8883, 443"
  bool wants_certificate;  ///< a client certificate, for each device
};
/// The service that the host name belongs to; null for any other host.
const managed_broker* managed_without_plain(std::string_view host) noexcept;
/// Whether the dialled address is a private one of this device's own network: no firewall stands
/// between, and the system itself would report an absent machine.
bool is_neighbour(const view& known);
/// The interface in whose network the dialled address lies, where a program made it (a bridge for
/// containers, a macvlan); null where it is a cable's or a Wi-Fi's, or its driver is not known.
const interface_fact* made_way(const view& known);
/// Whether the host name belongs to a service whose network only the provider configures: the user
/// has no security group and no firewall there.
bool is_of_provider(const view& known) noexcept;

/// "inet filter input" quoted for a command line: a name in somebody's rules may hold anything.
std::string nft_chain(const std::string& where);

/// The program that wrote the rules, by the name readers know: "nftables", "ufw".
std::string tool_name(const fact_word<firewall_tool>& tool);

/// Says of a refused subscription that a dot in the filter may be the reason.
void doubt_dots(made_finding& made, const view& known, const std::string& filter);

/// Whether the server's certificate failed a check that an app makes before all else.
bool is_server_distrusted(const view& known);

/// Lines of mosquitto.conf for a TLS listener, over WebSocket or not; port 0 stands for the usual.
std::string secure_listener(bool is_websocket, int port = 0);

/// Whether a public CA may issue a certificate for the host: it has a name of the public Internet.
/// of the public Internet.
bool has_public_name(const view& known);

/// The subjectAltName for the host in a certificate's request: by address or by name.
std::string alternative_name(const view& known);

/// Lines of mosquitto's access list for that user; with "" (anonymous) they stand at its top.
std::string access_rule(const std::string& user, const char* access, const std::string& topic);

/// The user name that was given; "" when none was.
std::string user_of(const view& known);

/// The command that adds a user to mosquitto's password file. It makes the file when there is none
/// and keeps users that are in it (mosquitto_passwd -c would remove them).
std::string add_user_command(const std::string& file, const std::string& user);

/// Adds how to get a new certificate in the place of `old` from the same issuer. `reload` lets the
/// broker read it, and is "" where the broker is not known.
void add_renewal(made_finding& made, const view& known, const certificate_fact& old,
                 const std::string& reload);

}  // namespace mqttkit::doctor
