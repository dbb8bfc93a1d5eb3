// The rules that need more than one place. Each gives findings, whose sentences name who saw what,
// and may rule out what a single place suspects.
#pragma once

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {

/// How the address a client dialled relates to the broker's machine.
enum class relation : std::uint8_t {
  unknown,
  own,        ///< one of its addresses
  behind,     ///< a public one, and the machine has none: a router or a cloud translates
  elsewhere,  ///< not one of its addresses, though it has some of that kind
};

/// A client that fails, looked at beside the broker's machine.
struct against_server {
  const vantage& client;
  const vantage& server;
  view seen;      ///< the client's
  view at;        ///< the server's, of the client's port
  host_view own;  ///< the server as it bears on that port
  relation leads;
  bool is_confirmed;  ///< another place reached the broker by that address
  bool is_open;       ///< and that one is outside, past whatever guards the server's network
};

relation relation_of(const vantage& client, const vantage& server);

/// What `who` says, as evidence.
sentence told(const vantage& who, sentence text);
/// How a client's connection fared: "203.0.113.5:1883 did not answer ...".
sentence fate_of(const vantage& who);
/// How the broker was reached from there: "the broker at 10.0.0.5:1883 accepts connections".
sentence welcome_of(const vantage& who);

/// What keeps the client out was seen at its own end: nothing is learned of the way beyond.
bool explains_itself(const vantage& who);

/// RabbitMQ before 3.13: it hangs up on MQTT 5, and says 5 in 3.1.1 to a password that is right.
bool is_let_in_no_further(const view& refused);

/// The certificate shown to a vantage; nullptr when none was.
const certificate_fact* leaf_of(const vantage& who);

struct notes {
  std::vector<finding>& found;
  std::vector<exclusion>& excluded;
};

/// Rules of the server's own about where answers go (ip rule) and from where it takes packets
/// (rp_filter).
/// @param sender  the client's address as the server sees it
bool weigh_policy(const against_server& pair, const std::string& sender, notes out);

/// Reached from inside: from the broker's own network, where no router and no cloud stands between.
bool is_inside(const vantage& who, const std::string& client_address);

/// The client's address as the server sees it, unless a router puts another one in its place.
std::string sender_of(const against_server& pair);
/// A router does: the client's own address is not the one it comes from.
bool is_translated(const against_server& pair);

// time_rules.cpp
/// The client asked before the broker was started or changed, and would fail so no more. True when
/// that was found: then it tells nothing of the way.
bool weigh_times(const against_server& pair, notes out);
/// That two files were made long apart, in words; nothing when they were not.
std::optional<sentence> time_between(const vantage& one, const vantage& other);
// way_back_rules.cpp
/// The server's answers do not reach the client. True when that was found.
bool weigh_way_back(const against_server& pair, notes out);
/// The client takes the server's network for its own.
void weigh_same_network(const against_server& pair, notes out);
// server_rules.cpp
void weigh_against_server(const against_server& pair, notes out);
// certificate_rules.cpp
void compare_certificates(const against_server& pair, notes out);
void compare_certificates(const vantage& client, const vantage& other, notes out);
void compare_clocks(const vantage& client, const vantage& other, notes out);
// client_rules.cpp: `client` fails, `other` works, with the same broker
void weigh_against_client(const vantage& client, const vantage& other, const vantage* server,
                          notes out);
/// The same user, let in on the broker's own machine by its loopback address and refused elsewhere,
/// by whatever listener.
void weigh_local_user(const vantage& client, const vantage& other, notes out);
/// All of these fail at the port in the same way.
void weigh_common_failure(const std::vector<const vantage*>& failing, notes out);

}  // namespace mqttkit::doctor
