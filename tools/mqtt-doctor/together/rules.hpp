// Rules that need several vantage points. Each adds findings, whose sentences say which point saw
// what, and may exclude causes that a single point suspects.
#pragma once

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {

/// How the address that a client dialled relates to the broker's machine.
enum class relation : std::uint8_t {
  unknown,
  own,        ///< an address of that machine
  behind,     ///< a public address, which the machine lacks: a router or cloud translates
  elsewhere,  ///< not an address of the machine, which has others of that kind
};

/// A client that fails, compared with the broker's machine.
struct against_server {
  const vantage& client;
  const vantage& server;
  view from_client;  ///< the client's facts
  view at;           ///< the server's facts about the client's port
  host_view own;     ///< the server as it bears on that port
  relation leads;
  bool is_confirmed;  ///< another client reached the broker by that address
  bool is_open;       ///< that client is outside the server's network and its filters
};

relation relation_of(const vantage& client, const vantage& server);

/// A sentence of one vantage point, as evidence.
sentence told(const vantage& who, sentence text);
/// A client's failure to connect: "203.0.113.5:1883 did not answer ...".
sentence fate_of(const vantage& who);
/// A client's success: "the broker at 10.0.0.5:1883 accepts connections".
sentence welcome_of(const vantage& who);

/// Whether the client's own end shows what keeps it out, so that the way beyond is unknown.
bool explains_itself(const vantage& who);

/// Whether a login was refused as RabbitMQ before 3.13 refuses a right password from elsewhere.
bool is_let_in_no_further(const view& refused);

/// The certificate that the vantage point was shown; nullptr for none.
const certificate_fact* leaf_of(const vantage& who);

struct notes {
  std::vector<finding>& found;
  std::vector<exclusion>& excluded;
};

/// Rules about the server's routing policy: where answers go (ip rule), and from where packets are
/// accepted (rp_filter).
/// @param sender  the client's address as the server sees it
bool weigh_policy(const against_server& pair, const std::string& sender, notes out);

/// Whether the client is in the broker's own network, with no router or cloud between them.
bool is_inside(const vantage& who, const std::string& client_address);

/// The client's address as the server sees it, unless a router translates it.
std::string sender_of(const against_server& pair);
/// Whether a router translates the client's address.
bool is_translated(const against_server& pair);

// time_rules.cpp
/// The client looked before the broker was started or changed, and would not fail so now. True when
/// this was found: the failure then tells nothing about the way.
bool weigh_times(const against_server& pair, notes out);
/// The time between two files in words; nothing when it is short.
std::optional<sentence> time_between(const vantage& first, const vantage& second);
// way_back_rules.cpp
/// The server's answers do not reach the client. True when this was found.
bool weigh_way_back(const against_server& pair, notes out);
/// The client takes the server's network for its own.
void weigh_same_network(const against_server& pair, notes out);
// other_broker_rules.cpp
/// The client meets another broker than the server's machine itself. True when this was found.
bool weigh_other_broker(const against_server& pair, notes out);
// server_rules.cpp
void weigh_against_server(const against_server& pair, notes out);
// read_rules.cpp
/// A rule of the server's firewall was read that may stop this client, and whether it does depends
/// on more than address and port. True when there is one.
bool weigh_undecided_rule(const against_server& pair, notes out);
/// Tells of a rule for what leaves the server, of which nobody knows whether its answers fit it: of
/// the user whose program sends them, say. What else it may be is to be told beside it, and is not
/// certain then.
bool weigh_undecided_answers(const against_server& pair, notes out);
/// Lets this one client past the rule that lets in certain sources only; nothing where there is no
/// such rule, or a router changes the client's address on the way.
std::optional<cure> cure_past_wall(const against_server& pair);
/// Whether the client is refused at every port of the server's address.
bool is_refused_throughout(const against_server& pair);
/// Somebody refuses at the server's address, and the server itself would not.
finding taken_address(const against_server& pair);
/// Somebody passes the port: excludes what would end everybody's connections to it.
void exclude_ends_of_all(const sentence& why, notes out);
/// The server's own connections pass the very port at which the client's are ended: what would end
/// everybody's is out.
void weigh_passage_there(const against_server& pair, notes out);
// certificate_rules.cpp
void compare_certificates(const against_server& pair, notes out);
void compare_certificates(const vantage& client, const vantage& other, notes out);
void compare_clocks(const vantage& client, const vantage& other, notes out);
// client_rules.cpp: `client` fails and `other` works, with the same broker.
void weigh_against_client(const vantage& client, const vantage& other, const vantage* server,
                          notes out);
/// The user is accepted at the broker's loopback address and refused from elsewhere, on whatever
/// listener.
void weigh_local_user(const vantage& client, const vantage& other, notes out);
/// The client dials its own loopback address, and the broker is at another machine's.
void weigh_own_loopback(const vantage& client, const vantage& other, notes out);

/// The broker's own machine is told an address for the name that the client's name server does not
/// give.
void weigh_name(const vantage& client, const vantage& server, notes out);
/// All of these clients fail at the port in the same way.
void weigh_common_failure(const std::vector<const vantage*>& failing, notes out);

}  // namespace mqttkit::doctor
