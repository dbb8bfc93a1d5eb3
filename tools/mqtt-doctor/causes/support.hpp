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

/// "a, b and 3 more"; at most `most` of them.
std::string list_text(const std::vector<std::string>& items, std::size_t most = 4);

// ---- questions to the facts -------------------------------------------------------------------

/// A SUBACK that refuses this kind of subscription to everybody: no rule about a user does.
constexpr bool is_about_kind(int suback) noexcept {
  return suback == number_of(reason_code::wildcard_subscriptions_not_supported) ||
         suback == number_of(reason_code::shared_subscriptions_not_supported) ||
         suback == number_of(reason_code::subscription_identifiers_not_supported);
}

/// What CONNACK said of this limit: "maximum-packet-size".
std::optional<std::int64_t> limit_of(const view& known, const char* name);

/// host:port of what was dialled.
std::string dialled(const view& known);

/// Whether the client's TCP connection stood.
bool is_connected(const view& known);

/// The client's outcome of connecting is this.
bool connect_was(const view& known, connect_outcome outcome);

/// Ports of the host that took a connection, other than the one asked about.
std::vector<int> open_ports(const view& known);

/// Whether the host itself gave any sign of life on another port: took a connection or refused one.
bool is_host_alive(const view& known);

/// The first other port where that was seen speaking: "mqtt", "mqtts", "websocket", "wss"; 0: none.
int port_that_speaks(const view& known, spoken_protocol what);

/// Whether the connection ended by the peer before we had sent anything.
bool was_hung_up_on_silence(const contact& connection);

/// Whether the other side waited while nothing was said.
bool stays_open_in_silence(const view& known);

/// Whether something the other side sent is missing, and not a byte came.
bool are_answers_lost(const view& known);

/// "closed" or "reset".
bool was_ended_by_peer(const contact& connection);

/// RabbitMQ's user, who may come from its own machine only.
bool is_guest(std::string_view user) noexcept;

/// A web page answers even for an address that no machine has: that of a Wi-Fi's login.
bool is_behind_login_page(const view& known);

/// A contact of that purpose whose MQTT CONNECT was answered by CONNACK, accepted or not.
const contact* with_connack(const view& known, contact_purpose purpose);

/// What the broker said in MQTT 5 to a client that it had refused in an older version; null when it
/// was not asked, or does not speak MQTT 5.
const mqtt_fact* told_in_5(const view& known);

/// The connection on which the broker accepted us, if any: the client's own, or another version's.
const contact* accepted(const view& known);

/// Connections that were made alike, one of which at least was let in.
struct equal_connections {
  std::vector<const contact*> let_in;
  std::vector<const contact*> failed;
};

/// Those that fared differently; nothing where all that were made alike fared alike.
std::optional<equal_connections> equals_that_differ(const view& known);

/// The gateway of MQTT-SN took us as a client.
bool is_taken_by_gateway(const view& known);

/// A connection to another address of the name on which a broker that an app trusts accepted us;
/// null: none did.
const contact* accepted_elsewhere(const view& known);

/// Packets sent again, over all connections, that the peer had not got. One is chance.
int packets_lost(const view& known);

/// What is known of the broker's make.
fact_word<broker_kind> broker_of(const view& known);

/// "inet filter input" for a command line: a name from somebody else's file may hold anything.
std::string nft_chain(const std::string& where);

/// Who wrote the rules, as a reader knows it: "nftables", "ufw".
std::string tool_name(const fact_word<firewall_tool>& tool);

/// Says of a refused subscription that a dot in the filter may be the reason.
void doubt_dots(made_finding& made, const view& known, const std::string& filter);

/// Whether the server's certificate failed a check that an app makes before all else.
bool is_server_distrusted(const view& known);

/// Lines of mosquitto.conf for a listener with TLS, over WebSocket or not; 0 is the usual port.
std::string secure_listener(bool is_websocket, int port = 0);

/// Whether an authority that everybody trusts may issue a certificate for the host: it has a name
/// of the public Internet.
bool has_public_name(const view& known);

/// The line of a certificate's request that names the host: by address or by name.
std::string alternative_name(const view& known);

/// Lines of mosquitto's access list for that user; for nobody's ("") they stand at its top.
std::string access_rule(const std::string& user, const char* access, const std::string& topic);

/// The user that was given; "" when none was.
std::string user_of(const view& known);

/// Adds a user to a password file of mosquitto's. The file is made when there is none; users that
/// are in it stay (mosquitto_passwd -c would remove them).
std::string add_user_command(const std::string& file, const std::string& user);

/// How to come to a new certificate in the place of `old`, from whoever issued that; `reload` lets
/// the broker read it, and is "" where nobody knows which broker it is.
void add_renewal(made_finding& made, const view& known, const certificate_fact& old,
                 const std::string& reload);

}  // namespace mqttkit::doctor
