#include "mqtt-doctor/probes/endpoint.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "mqtt-doctor/addresses.hpp"
#include "mqtt-doctor/probes/delivery.hpp"
#include "mqtt-doctor/probes/parallel.hpp"
#include "mqtt-doctor/probes/surroundings.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using opening = approach::opening;
using probe::clock;

constexpr std::size_t most_addresses = 4;
constexpr std::size_t most_connections = 4;  // some servers refuse the sixth in half a minute
// A router that looks for a machine in vain says so after 3.1 s.
constexpr auto connect_limit = 3400ms;
constexpr auto answer_limit = 4000ms;  // slow logins take 3 s
constexpr auto follow_up_limit = 1500ms;
constexpr auto neighbour_limit = 1000ms;
constexpr auto trace_limit = 1300ms;         // one retransmitted SYN
constexpr int small_segment = 1000;          // bytes; fits every tunnel
constexpr std::size_t large_payload = 4000;  // bytes; more than two full packets of 1,500

// TLS alerts (RFC 8446 §6).
constexpr int handshake_failure = 40, protocol_version_alert = 70, internal_error = 80,
              unrecognized_name = 112, no_application_protocol = 120;

class endpoint_examiner {
 public:
  endpoint_examiner(const target& to, const endpoint_request& what, const facts& known)
      : to_(to), what_(what), known_(known) {
    seen_.scheme = what.scheme;
    seen_.port = what.port;
    seen_.path = what.path;
  }

  endpoint_facts run() {
    const auto begin = clock::now();
    if (choose_address()) {
      visit(as_client());
      follow_up();
    } else {
      look_around();
    }
    seen_.ms = probe::elapsed_ms(begin);
    return std::move(seen_);
  }

 private:
  bool has_tls() const { return what_.scheme == "mqtts" || what_.scheme == "wss"; }
  bool has_websocket() const { return what_.scheme == "ws" || what_.scheme == "wss"; }
  const contact& client() const { return *seen_.find("client"); }

  std::chrono::milliseconds within(std::chrono::milliseconds limit) const {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(what_.until - clock::now());
    return std::clamp<std::chrono::milliseconds>(left, 100ms, limit);
  }

  protocol_version first_version() const {
    return parse_protocol_version(known_.asked.version).value_or(protocol_version::v5);
  }

  approach as_client() const {
    approach how;
    how.address = address_;
    how.port = what_.port;
    how.tls = has_tls();
    how.websocket = has_websocket();
    how.path = what_.path;
    how.version = first_version();
    how.with_credentials = what_.with_credentials;
    how.connect_limit = within(connect_limit);
    how.answer_limit = within(answer_limit);
    return how;
  }

  /// A further look at the same port.
  approach again(const char* purpose) const {
    approach how = as_client();
    how.purpose = purpose;
    how.with_credentials = false;
    how.answer_limit = within(follow_up_limit);
    return how;
  }

  bool may_connect() const {
    std::size_t count = 0;
    for (const auto& one : seen_.contacts) {
      count += one.address == address_ && one.connect.is_connected() ? 1 : 0;
    }
    return count < most_connections && clock::now() < what_.until;
  }

  /// Makes the connection and keeps what was seen.
  const contact& visit(const approach& how) {
    std::unique_ptr<channel>* const kept =
        how.purpose == "client" || how.purpose == "version" || how.purpose == "small" ? &open_
                                                                                      : nullptr;
    seen_.contacts.push_back(approach_port(to_, how, kept));
    return seen_.contacts.back();
  }

  /// As visit(), side by side.
  void visit_all(std::vector<approach> ways) {
    std::vector<contact> found(ways.size());
    std::vector<std::function<void()>> tasks;
    for (std::size_t i = 0; i < ways.size(); ++i) {
      tasks.push_back([&, i] { found[i] = approach_port(to_, ways[i]); });
    }
    side_by_side(tasks);
    for (auto& one : found) seen_.contacts.push_back(std::move(one));
  }

  bool choose_address();
  void look_around();
  void follow_up();
  void follow_up_tls();
  void follow_up_websocket();
  void follow_up_mqtt();
  void try_other_version();
  void after_close();
  void after_silence();
  void after_other_bytes();
  void look_for_middlebox();
  void try_topics();

  const target& to_;
  const endpoint_request& what_;
  const facts& known_;
  endpoint_facts seen_;
  std::string address_;
  std::unique_ptr<channel> open_;  // a connection the broker accepted
};

/// With several addresses each gets a verdict, and the first that connects is gone on with.
bool endpoint_examiner::choose_address() {
  const auto& all = known_.name.addresses;
  const std::vector<std::string> addresses(
      all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), most_addresses)));
  address_ = addresses[0];
  std::vector<approach> ways;
  for (const auto& address : addresses) {
    approach how = again("address");
    how.address = address;
    how.first = opening::only_connect;
    how.connect_limit = within(connect_limit);
    ways.push_back(how);
  }
  if (ways.size() == 1) return true;  // the client's own attempt says it all
  visit_all(ways);
  for (const auto& one : seen_.contacts) {
    if (!one.connect.is_connected()) continue;
    address_ = one.address;
    return true;
  }
  // None: the first stands for all.
  seen_.contacts.push_back(seen_.contacts.front());
  seen_.contacts.back().purpose = "client";
  return false;
}

void endpoint_examiner::follow_up() {
  const contact& first = client();
  if (!first.connect.is_connected()) return look_around();
  if (first.tls && !first.tls->is_done) {
    return side_by_side({[this] { follow_up_tls(); }, [this] { look_for_middlebox(); }});
  }
  if (first.websocket && !first.websocket->is_done) {
    return side_by_side({[this] { follow_up_websocket(); }, [this] { look_for_middlebox(); }});
  }
  follow_up_mqtt();
}

/// The port does not let us in: what do the others do, how far do packets get?
void endpoint_examiner::look_around() {
  const contact& first = client();
  const bool is_v6 = address_.find(':') != std::string::npos;
  surroundings_fact around;
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
  if (first.connect.outcome == "silent") {
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
  seen_.surroundings = std::move(around);
}

void endpoint_examiner::follow_up_tls() {
  const tls_fact tls = *client().tls;
  std::vector<approach> ways;
  const auto add = [&](const char* purpose) -> approach& {
    ways.push_back(again(purpose));
    return ways.back();
  };
  // Without TLS, as somebody who mixed up the ports would.
  const auto add_plain = [&] {
    approach& plain = add("plain");
    plain.tls = false;
    plain.version = protocol_version::v3_1_1;
  };
  switch (tls.alert) {
    case protocol_version_alert:
    case internal_error:
      add("old-tls").allows_old_tls = true;
      break;
    case handshake_failure:
      if (tls.saw_certificate_request) break;
      add("no-sni").server_name = "";
      add("old-tls").allows_old_tls = true;
      break;
    case unrecognized_name:
    case no_application_protocol:
      add("no-sni").server_name = "";
      break;
    case -1:
      if (tls.end == "silent") {
        add("small").maximum_segment = small_segment;
        ways.back().answer_limit = within(2 * follow_up_limit);
        add_plain();
      } else {
        add_plain();
        if (!tls.saw_server_hello && !tls.is_not_tls) add("no-sni").server_name = "";
      }
      break;
    default:
      break;
  }
  visit_all(ways);
  if (tls.alert == -1 && tls.end == "silent" && seen_.find("small") != nullptr) return;
  const contact* const plain = seen_.find("plain");
  if (plain != nullptr && plain->speaks == "http" && !has_websocket() && may_connect()) {
    approach upgrade = again("upgrade");
    upgrade.tls = false;
    upgrade.websocket = true;
    visit(upgrade);
  }
  if (tls.end == "closed" || tls.end == "reset") {
    const bool is_plain_closed = plain != nullptr && plain->speaks.empty();
    if (is_plain_closed && may_connect()) {
      approach quiet = again("quiet");
      quiet.first = opening::silence;
      quiet.tls = quiet.websocket = false;
      quiet.answer_limit = within(400ms);
      visit(quiet);
    }
  }
}

void endpoint_examiner::follow_up_websocket() {
  const websocket_fact first = *client().websocket;
  constexpr int bad_gateway = 502;
  if (first.status >= bad_gateway) return;
  constexpr int plain_to_tls = 400, not_found = 404, fine = 200, forbidden = 403;
  std::vector<approach> ways;
  if (first.status == 0) {
    approach plain = again("plain");
    plain.websocket = false;
    plain.version = protocol_version::v3_1_1;
    ways.push_back(plain);
    if (!has_tls()) {
      approach hello = again("hello");
      hello.tls = true;
      ways.push_back(hello);
    }
  } else if (first.status == plain_to_tls || first.status == not_found || first.status == fine ||
             first.status == forbidden || first.status / 100 == 4) {
    constexpr std::array<const char*, 3> paths{"/mqtt", "/ws", "/"};
    for (const char* path : paths) {
      if (what_.path == path || ways.size() == 2) continue;
      ways.push_back(again("path"));
      ways.back().path = path;
    }
    if (!has_tls() && first.status == plain_to_tls) {
      approach hello = again("hello");
      hello.tls = true;
      ways.push_back(hello);
    }
  }
  visit_all(ways);
}

void endpoint_examiner::follow_up_mqtt() {
  const contact first = client();
  if (!first.mqtt || first.mqtt->answer == "not-sent") return;
  constexpr int version_refused = 0x84, id_refused = 0x85;
  if (first.mqtt->answer == "connack") {
    if (first.mqtt->meaning == version_refused) try_other_version();
    if (first.mqtt->meaning == id_refused && may_connect()) {
      approach how = again("empty-id");
      how.with_credentials = what_.with_credentials;
      how.version = protocol_version::v3_1_1;
      visit(how);
    }
  } else if (first.mqtt->answer == "closed" || first.mqtt->answer == "reset") {
    side_by_side({[this] { after_close(); }, [this] { look_for_middlebox(); }});
  } else if (first.mqtt->answer == "silent") {
    side_by_side({[this] { after_silence(); }, [this] { look_for_middlebox(); }});
  } else if (first.mqtt->answer == "other") {
    side_by_side({[this] { after_other_bytes(); }, [this] { look_for_middlebox(); }});
  }
  if (open_) try_topics();
}

void endpoint_examiner::try_other_version() {
  approach how = again("version");
  how.version =
      first_version() == protocol_version::v5 ? protocol_version::v3_1_1 : protocol_version::v5;
  how.with_credentials = what_.with_credentials;
  how.answer_limit = within(answer_limit);
  visit(how);
}

/// Closed after CONNECT, without a word.
void endpoint_examiner::after_close() {
  // TLS said why, or a cloud's TLS endpoint did not like who we are: another try says no more.
  if (client().tls && client().tls->alert >= 0) return;
  if (first_version() == protocol_version::v5 || first_version() == protocol_version::v3_1) {
    try_other_version();
  }
  if (open_) return;
  if (!has_tls() && !has_websocket() && may_connect()) {
    approach hello = again("hello");
    hello.tls = true;
    hello.version = protocol_version::v3_1_1;
    const contact& seen = visit(hello);
    if (seen.tls && seen.tls->saw_server_hello) return;
  }
  if (has_tls() || has_websocket() || !may_connect()) return;
  // Says nothing first; when that is allowed, speaks as a load balancer would.
  approach quiet = again("quiet");
  quiet.first = opening::silence;
  quiet.answer_limit = within(350ms);
  const contact& silent = visit(quiet);
  if (silent.end != "silent" || !may_connect()) return;
  approach balanced = again("proxy-header");
  balanced.first = opening::proxy_header;
  balanced.version = protocol_version::v3_1_1;
  visit(balanced);
}

/// Connected, CONNECT sent, and nothing came.
void endpoint_examiner::after_silence() {
  std::vector<approach> ways;
  if (!has_tls()) {
    approach hello = again("hello");
    hello.tls = true;
    hello.websocket = false;
    ways.push_back(hello);
  }
  if (!has_websocket()) {
    approach get = again("get");
    get.first = opening::http_get;
    ways.push_back(get);
  }
  if (client().unacknowledged > 0) {
    approach small = again("small");
    small.maximum_segment = small_segment;
    ways.push_back(small);
  }
  visit_all(ways);
}

/// Whether somebody between us and the server answers in its name.
void endpoint_examiner::look_for_middlebox() {
  if (known_.local.is_target || seen_.surroundings) return;
  surroundings_fact around;
  look_at_test_net(what_.port, address_.find(':') != std::string::npos, around,
                   within(neighbour_limit));
  seen_.surroundings = around;
}

void endpoint_examiner::after_other_bytes() {
  const std::string speaks = client().speaks;
  if (speaks == "http" && !has_websocket()) {
    approach upgrade = again("upgrade");
    upgrade.websocket = true;
    upgrade.version = protocol_version::v3_1_1;
    const bool is_done = [&] {
      const contact& seen = visit(upgrade);
      return seen.websocket && seen.websocket->is_done;
    }();
    if (is_done || !may_connect()) return;
    approach get = again("get");
    get.first = opening::http_get;
    visit(get);
    if (!has_tls() && may_connect()) {
      approach hello = again("hello");
      hello.tls = true;
      visit(hello);
    }
  }
  if ((speaks == "tls-alert" || speaks == "tls") && !has_tls()) {
    approach hello = again("hello");
    hello.tls = true;
    visit(hello);
  }
}

/// Permissions and a round trip, over the connection the broker accepted.
void endpoint_examiner::try_topics() {
  delivery_request own;
  own.topic = own_topic();
  own.limit = within(own.limit);
  seen_.deliveries.push_back(try_delivery(*open_, own));
  bool is_open = seen_.deliveries.back().end.empty();
  const std::string& topic = known_.asked.topic;
  if (is_open && !topic.empty() && what_.with_credentials) {
    delivery_request users;
    users.topic = topic;
    users.is_users_topic = true;
    users.publishes = what_.publishes_on_topic;
    users.limit = within(users.limit);
    seen_.deliveries.push_back(try_delivery(*open_, users));
    is_open = seen_.deliveries.back().end.empty();
  }
  // Small packets pass where full ones vanish; only a full one shows it.
  if (is_open && seen_.deliveries.front().echoed) {
    delivery_request large;
    large.topic = seen_.deliveries.front().topic;
    large.subscribes = false;
    large.payload_bytes = large_payload;
    large.limit = within(large.limit);
    seen_.deliveries.push_back(try_delivery(*open_, large));
    is_open = seen_.deliveries.back().end.empty();
    const bool is_stuck = is_open && !seen_.deliveries.back().echoed;
    if (is_stuck && may_connect()) {
      approach small = again("small");
      small.with_credentials = what_.with_credentials;
      small.maximum_segment = small_segment;
      small.version = open_->version;
      open_.reset();
      visit(small);
      if (!open_) return;
      large.subscribes = true;
      large.limit = within(large.limit);
      seen_.deliveries.push_back(try_delivery(*open_, large));
    }
  }
  if (is_open && open_) say_goodbye(*open_);
}

}  // namespace

endpoint_facts examine_endpoint(const target& to, const endpoint_request& what,
                                const facts& known) {
  return endpoint_examiner(to, what, known).run();
}

}  // namespace mqttkit::doctor
