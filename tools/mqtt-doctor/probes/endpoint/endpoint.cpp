#include "mqtt-doctor/probes/endpoint/endpoint.hpp"

#include <array>

#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqtt-doctor/probes/endpoint/endpoint_examiner.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;

constexpr std::size_t most_addresses = 4;
constexpr auto neighbour_limit = 1000ms;
constexpr auto late_reserve = 1500ms;  // for the probes behind a late answer
constexpr double slow_close_ms = 900;  // a broker that refuses CONNECT hangs up at once
constexpr auto trace_limit = 1300ms;   // for one retransmitted SYN

bool was_hung_up_on(const contact& connection) {
  return connection.received.empty() &&
         (connection.end == connection_end::closed || connection.end == connection_end::reset);
}

/// Whether the code says that there is nothing wrong with the client as such, and that it is not
/// served. One that counts connections (0x9F) is not asked further.
bool is_of_serving(int meaning) {
  for (const reason_code each : {reason_code::server_unavailable, reason_code::server_busy,
                                 reason_code::banned, reason_code::quota_exceeded}) {
    if (meaning == number_of(each)) return true;
  }
  return false;
}

}  // namespace

/// Dials every address and chooses the first that connects for all further probes.
bool endpoint_examiner::choose_address() {
  const auto& all = known_.name.addresses;
  const std::vector<std::string> addresses(
      all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), most_addresses)));
  address_ = addresses[0];
  std::vector<contact_request> ways;
  for (const auto& address : addresses) {
    contact_request how = again(contact_purpose::address);
    how.address = address;
    how.first = opening::only_connect;
    how.connect_limit = within(connect_limit);
    ways.push_back(how);
  }
  if (ways.size() == 1) return true;  // the client's own attempt is enough
  connect_all(ways);
  for (const auto& contact : facts_.contacts) {
    if (!contact.connect.is_connected()) continue;
    address_ = contact.address;
    return true;
  }
  // No address connects, so the first one stands for all.
  facts_.contacts.push_back(facts_.contacts.front());
  facts_.contacts.back().purpose = contact_purpose::client;
  return false;
}

/// Other addresses that took a connection.
std::vector<std::string> endpoint_examiner::other_addresses() const {
  std::vector<std::string> others;
  for (const auto& contact : facts_.contacts) {
    if (contact.purpose != contact_purpose::address || !contact.connect.is_connected()) continue;
    if (contact.address != address_) others.push_back(contact.address);
  }
  return others;
}

/// When this address refuses us, asks the name's other addresses.
void endpoint_examiner::ask_other_addresses() {
  if (!what_.with_credentials) return;
  std::vector<contact_request> ways;
  for (const auto& address : other_addresses()) {
    contact_request how = as_client();
    how.purpose = contact_purpose::other_address;
    how.address = address;
    how.answer_limit = within(follow_up_limit);
    ways.push_back(how);
  }
  if (clock::now() < what_.until) connect_all(ways);
  // As the client does: MQTT 3.1.1 where MQTT 5 was hung up on.
  std::vector<contact_request> older;
  for (const auto& contact : facts_.contacts) {
    const bool was_hung_up = contact.purpose == contact_purpose::other_address && contact.mqtt &&
                             contact.mqtt->version == mqtt_version::v5 && was_hung_up_on(contact);
    if (!was_hung_up) continue;
    contact_request how = as_client();
    how.purpose = contact_purpose::other_address;
    how.address = contact.address;
    how.version = protocol_version::v3_1_1;
    how.answer_limit = within(follow_up_limit);
    older.push_back(how);
  }
  if (known_.asked.version.empty() && clock::now() < what_.until) connect_all(older);
}

void endpoint_examiner::follow_up() {
  const contact& first = client();
  if (!first.connect.is_connected()) return look_around();
  if (first.tls && !first.tls->is_done) {
    return side_by_side({[this] { follow_up_tls(); }, [this] { look_for_middlebox(); }});
  }
  if (first.websocket && !first.websocket->is_done) {
    side_by_side({[this] { follow_up_websocket(); }, [this] { look_for_middlebox(); }});
    return look_for_websocket();
  }
  follow_up_mqtt();
}

/// After a failed connection: probes other ports, and how far packets get.
void endpoint_examiner::look_around() {
  const contact& first = client();
  const bool is_v6 = address_.find(':') != std::string::npos;
  reachability_fact around;
  std::vector<int> ports;
  if (known_.ports.empty()) {
    for (const auto* list : {&mqtt_ports(), &mistaken_ports(), &common_ports()}) {
      for (const int port : *list) {
        if (port != what_.port) ports.push_back(port);
      }
    }
  } else {
    around.ports = known_.ports;
  }
  std::vector<std::function<void()>> tasks;
  if (!ports.empty()) {
    tasks.push_back(
        [&] { around.ports = look_at_ports(to_, address_, ports, within(neighbour_limit)); });
  }
  if (first.connect.outcome == connect_outcome::silent) {
    tasks.push_back([&] {
      around.hops = trace(to_, address_, what_.port, within(trace_limit));
      around.is_traced = true;
    });
    tasks.push_back([&] { look_at_test_net(what_.port, is_v6, around, within(neighbour_limit)); });
    if (!is_on_link(known_.local, address_)) {
      tasks.push_back(
          [&] { around.is_gateway = is_first_hop(to_, address_, within(neighbour_limit)); });
    }
  }
  side_by_side(tasks);
  facts_.reachability = std::move(around);
}

void endpoint_examiner::follow_up_websocket() {
  const websocket_fact first = *client().websocket;
  constexpr int bad_gateway = 502;
  if (first.status >= bad_gateway) return;
  constexpr int bad_request = 400, fine = 200;
  std::vector<contact_request> ways;
  const auto add_hello = [&] {
    contact_request hello = again(contact_purpose::hello);
    hello.tls = true;
    ways.push_back(hello);
  };
  // Old servers only know the subprotocol name "mqttv3.1".
  const auto add_old_name = [&] {
    ways.push_back(again(contact_purpose::subprotocol));
    ways.back().subprotocol = "mqttv3.1";
  };
  if (first.status == 0) {
    contact_request plain = again(contact_purpose::plain);
    plain.websocket = false;
    plain.version = protocol_version::v3_1_1;
    ways.push_back(plain);
    if (!has_tls()) add_hello();
    if (first.end == connection_end::closed || first.end == connection_end::reset) {
      add_old_name();
      ways.push_back(again(contact_purpose::proxy_header));
      ways.back().first = opening::proxy_header;
    }
  } else if (first.status == fine || first.status / 100 == 4) {
    const bool speaks_of_tls = first.body.find("HTTPS") != std::string::npos ||
                               first.body.find("TLS") != std::string::npos ||
                               first.body.find("SSL") != std::string::npos;
    if (speaks_of_tls) {
      if (!has_tls()) add_hello();
    } else {
      constexpr std::array<const char*, 3> paths{"/mqtt", "/ws", "/"};
      for (const char* path : paths) {
        if (what_.path == path || ways.size() == 2) continue;
        ways.push_back(again(contact_purpose::path));
        ways.back().path = path;
      }
      if (first.status == bad_request) {
        add_old_name();
        // Not every server says in its title that it wants TLS.
        if (!has_tls()) add_hello();
      }
    }
  }
  connect_all(ways);
}

/// The port speaks MQTT without WebSocket: another port of the broker may have it.
void endpoint_examiner::look_for_websocket() {
  if (!with_connack_in(contact_purpose::plain) || clock::now() >= what_.until) return;
  if (!facts_.reachability) facts_.reachability.emplace();
  std::vector<port_fact> found =
      look_for_websocket_at(to_, address_, what_.port, has_tls(), within(neighbour_limit));
  for (port_fact& each : found) facts_.reachability->ports.push_back(std::move(each));
}

void endpoint_examiner::follow_up_mqtt() {
  const contact first = client();
  if (!first.mqtt || first.mqtt->answer == mqtt_answer::not_sent) return;
  constexpr int version_refused = number_of(reason_code::unsupported_protocol_version),
                id_refused = number_of(reason_code::client_identifier_not_valid),
                bad_login = number_of(reason_code::bad_user_name_or_password),
                not_authorized = number_of(reason_code::not_authorized);
  if (first.mqtt->answer == mqtt_answer::connack) {
    if (first.mqtt->meaning == version_refused) try_all_versions();
    if (first.mqtt->meaning == bad_login || first.mqtt->meaning == not_authorized) {
      try_certificates_name();
      ask_for_reason();
      look_for_make();
    }
    if (is_of_serving(first.mqtt->meaning)) {
      ask_whom_it_turns_away();
      ask_for_reason();
    }
    const bool was_empty = known_.asked.has_empty_id && !first.mqtt->is_accepted();
    if ((first.mqtt->meaning == id_refused || was_empty) && may_connect()) {
      contact_request how = again(was_empty ? contact_purpose::own_id : contact_purpose::empty_id);
      how.uses_empty_id = !was_empty;
      how.with_credentials = what_.with_credentials;
      how.version = protocol_version::v3_1_1;
      connect_as(how);
    }
  } else if (first.mqtt->answer == mqtt_answer::closed ||
             first.mqtt->answer == mqtt_answer::reset) {
    // A TLS alert tells the reason, so further tries are useless. A peer that waited before it hung
    // up will wait again.
    if (first.mqtt->ms > slow_close_ms) return after_slow_close();
    if (!first.tls || first.tls->alert < 0) ask_in_other_version();
    if (open_ || with_connack_in(contact_purpose::version)) return try_topics();
    side_by_side({[this] { after_close(); }, [this] { look_for_middlebox(); }});
    look_for_make();
  } else if (first.mqtt->answer == mqtt_answer::silent) {
    side_by_side({[this] { after_silence(); }, [this] { look_for_middlebox(); }});
  } else if (first.mqtt->answer == mqtt_answer::other) {
    side_by_side({[this] { after_other_bytes(); }, [this] { look_for_middlebox(); }});
  }
  try_topics();
}

/// What a refused login means differs by the broker's make, which its other ports tell. On the
/// broker's own machine it is known from its files; ports of strangers on the internet are theirs.
void endpoint_examiner::look_for_make() {
  const bool is_known = known_.host || known_.asked.on_broker || known_.local.is_target;
  if (!what_.with_credentials || !known_.asked.has_user || is_known ||
      class_of(address_) == address_class::global || clock::now() >= what_.until)
    return;
  std::vector<int> ports;
  for (const int port : mistaken_ports()) {
    if (port != what_.port) ports.push_back(port);
  }
  if (!facts_.reachability) facts_.reachability.emplace();
  std::vector<port_fact> found = look_at_ports(to_, address_, ports, within(neighbour_limit));
  // A port that is closed tells nothing here, and would look as if somebody had asked for it.
  std::erase_if(found, [](const port_fact& port) { return !port.connect.is_connected(); });
  for (port_fact& each : found) facts_.reachability->ports.push_back(std::move(each));
}

/// Before MQTT 5 a broker has two reasons for all refusals; the same login in MQTT 5 learns whether
/// it is banned, unknown or has the wrong identifier.
void endpoint_examiner::ask_for_reason() {
  if (first_version() == protocol_version::v5 || !what_.with_credentials || !may_connect()) return;
  contact_request how = as_client();
  how.purpose = contact_purpose::reason;
  how.version = protocol_version::v5;
  how.answer_limit = within(follow_up_limit);
  connect_as(how);
}

/// The broker says it does not serve us now: that may be said to everybody, or to this login or
/// identifier alone, when what it asks about users fails, or a quota or ban is theirs.
void endpoint_examiner::ask_whom_it_turns_away() {
  const bool has_login = what_.with_credentials && client().mqtt->sent_user;
  const bool has_own_name = !known_.asked.client_id.empty();
  const auto ask = [this](contact_purpose purpose) {
    contact_request how = again(purpose);
    how.uses_own_id = true;
    how.with_credentials = purpose == contact_purpose::other_id && what_.with_credentials;
    how.version = parse_protocol_version(client().mqtt->version.word()).value_or(first_version());
    connect_as(how);
  };
  if (has_login && may_connect()) ask(contact_purpose::no_login);
  if (has_own_name && may_connect()) ask(contact_purpose::other_id);
}

contact_request endpoint_examiner::in_other_version(std::chrono::milliseconds limit) const {
  contact_request how = again(contact_purpose::version);
  // 3.1.1 is spoken by nearly every broker; MQTT 5 follows where 3.1.1 was tried first.
  how.version =
      first_version() == protocol_version::v3_1_1 ? protocol_version::v5 : protocol_version::v3_1_1;
  how.with_credentials = what_.with_credentials;
  how.answer_limit = within(limit);
  return how;
}

/// The broker refused the version: tries the others.
void endpoint_examiner::try_all_versions() {
  constexpr int version_refused = number_of(reason_code::unsupported_protocol_version);
  const contact& second = connect_as(in_other_version(answer_limit));
  const bool is_refused = second.mqtt && second.mqtt->meaning == version_refused;
  if (is_refused) try_last_version(what_.with_credentials);
}

/// Tries another version after silence; a paused broker answers none.
void endpoint_examiner::ask_in_other_version() {
  const contact& reached = connect_as(in_other_version(answer_limit));
  const bool was_deaf =
      reached.mqtt && reached.mqtt->answer == mqtt_answer::silent && reached.unacknowledged == 0;
  if (was_deaf) connect_as(in_other_version(follow_up_limit));
}

/// Tries the version that is left, since old brokers hang up on all after 3.1. After two tries with
/// the password this one has none.
void endpoint_examiner::try_last_version(bool with_credentials) {
  if (!may_connect()) return;
  contact_request third = in_other_version(answer_limit);
  third.with_credentials = with_credentials;
  third.version =
      first_version() == protocol_version::v3_1 ? protocol_version::v5 : protocol_version::v3_1;
  connect_as(third);
}

/// The peer closed after CONNECT without an answer.
void endpoint_examiner::after_close() {
  // A TLS alert tells the reason, so further tries are useless.
  if (client().tls && client().tls->alert >= 0) return;
  if (!may_connect()) return;
  if (has_tls() || has_websocket()) return look_inside();
  contact_request hello = again(contact_purpose::hello);
  hello.tls = hello.is_wary = true;
  hello.version = protocol_version::v3_1_1;
  const contact& reached = connect_as(hello);
  if (reached.purpose == contact_purpose::quiet || (reached.tls && reached.tls->saw_server_hello))
    return;
  // A peer that hangs up on plain bytes and is silent after a ClientHello may speak TLS through a
  // tunnel too narrow for its answer.
  if (reached.tls && reached.tls->end == connection_end::silent && may_connect()) {
    hello.maximum_segment = small_segment;
    hello.answer_limit = within(2 * follow_up_limit);
    connect_as(hello);
    return;
  }
  // A broker waits for more bytes; a server that expects a PROXY header hangs up at once.
  if (!reached.tls || !reached.tls->ended_at_first_byte) return try_last_version(false);
  if (!may_connect()) return;
  contact_request header = again(contact_purpose::proxy_header);
  header.first = opening::proxy_header;
  header.version = protocol_version::v3_1_1;
  connect_as(header);
}

/// The peer closed after a while, as a proxy does that waited for its backend. The tries run side
/// by side, since each takes that long.
void endpoint_examiner::after_slow_close() {
  contact_request quiet = again(contact_purpose::quiet);
  quiet.first = has_tls() || has_websocket() ? opening::silence : opening::silence_then_header;
  quiet.version = protocol_version::v3_1_1;
  if (quiet.first == opening::silence) quiet.answer_limit = within(silence_limit);
  const std::vector<contact_request> ways{in_other_version(answer_limit), quiet};
  side_by_side({[&] { connect_all(ways); }, [this] { look_for_middlebox(); }});
  try_topics();
}

/// The connection stood, CONNECT was sent, and no answer came.
void endpoint_examiner::after_silence() {
  std::vector<contact_request> ways;
  const auto add = [&](contact_purpose purpose) -> contact_request& {
    ways.push_back(again(purpose));
    return ways.back();
  };
  const auto add_hello = [&] {
    if (has_tls()) return;
    contact_request& hello = add(contact_purpose::hello);
    hello.tls = true;
    hello.websocket = false;
  };
  const bool is_lost = client().unacknowledged > 0;
  if (!has_websocket()) add(contact_purpose::get).first = opening::http_get;
  if (is_lost) {
    add(contact_purpose::small).maximum_segment = small_segment;
    add_hello();
    return connect_all(ways);
  }
  // Some brokers are silent about an unknown version, and do not hang up either.
  if (first_version() == protocol_version::v5) {
    ways.push_back(in_other_version(follow_up_limit));
  } else {
    add(contact_purpose::again).with_credentials = what_.with_credentials;
  }
  connect_all(ways);
  if (open_ || with_connack_in(contact_purpose::version) ||
      with_connack_in(contact_purpose::again) || !may_connect())
    return;
  ways.clear();
  const contact* const page = facts_.find(contact_purpose::get);
  if (page != nullptr && page->speaks == spoken_protocol::http) {
    contact_request& upgrade = add(contact_purpose::upgrade);
    upgrade.websocket = true;
    upgrade.path = usual_path(*page);
    upgrade.version = protocol_version::v3_1_1;
  } else if (page != nullptr && was_hung_up_on(*page)) {
    // A TLS port would have hung up on CONNECT. A broker whose answers are lost ends the connection
    // when DISCONNECT asks it to, and that FIN comes with a gap before it.
    contact_request& goodbye = add(contact_purpose::goodbye);
    goodbye.first = opening::connect_and_goodbye;
    goodbye.version = protocol_version::v3_1_1;
  } else {
    add_hello();
  }
  connect_all(ways);
  wait_for_late_answer();
}

/// The broker may check logins slowly: the first connection may still be answered.
void endpoint_examiner::wait_for_late_answer() {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      what_.until - late_reserve - clock::now());
  if (!silent_ || open_ || left < 100ms) return;
  const auto found = std::find_if(
      facts_.contacts.begin(), facts_.contacts.end(),
      [](const contact& connection) { return connection.purpose == contact_purpose::client; });
  // A peer that answered another try is not a slow broker.
  for (const auto& contact : facts_.contacts) {
    if (!contact.speaks.empty() ||
        (contact.purpose == contact_purpose::hello && contact.tls && contact.tls->saw_server_hello))
      return;
  }
  contact_request how = as_client();
  how.answer_limit = left;
  await_late_answer(to_, how, *silent_, *found, asked_);
  if (found->mqtt->is_accepted()) open_ = std::move(silent_);
}

/// Whether a middlebox answers in the server's name.
void endpoint_examiner::look_for_middlebox() {
  if (known_.local.is_target || facts_.reachability) return;
  reachability_fact around;
  look_at_test_net(what_.port, address_.find(':') != std::string::npos, around,
                   within(neighbour_limit));
  facts_.reachability = around;
}

void endpoint_examiner::after_other_bytes() {
  const fact_word<spoken_protocol> speaks = client().speaks;
  if (speaks == spoken_protocol::http && !has_websocket()) {
    contact_request upgrade = again(contact_purpose::upgrade);
    upgrade.websocket = true;
    upgrade.version = protocol_version::v3_1_1;
    const bool is_done = [&] {
      const contact& reached = connect_as(upgrade);
      return reached.websocket && reached.websocket->is_done;
    }();
    if (is_done || !may_connect()) return;
    contact_request get = again(contact_purpose::get);
    get.first = opening::http_get;
    connect_as(get);
    if (!has_tls() && may_connect()) {
      contact_request hello = again(contact_purpose::hello);
      hello.tls = true;
      connect_as(hello);
    }
  }
  if ((speaks == spoken_protocol::tls_alert || speaks == spoken_protocol::tls) && !has_tls()) {
    contact_request hello = again(contact_purpose::hello);
    hello.tls = true;
    connect_as(hello);
  }
}

endpoint_facts examine_endpoint(const target& to, const endpoint_request& what,
                                const facts& known) {
  return endpoint_examiner(to, what, known).run();
}

}  // namespace mqttkit::doctor
