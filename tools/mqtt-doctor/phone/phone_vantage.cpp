#include "mqtt-doctor/phone/phone_vantage.hpp"

#include <algorithm>
#include <utility>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/codec/packet.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit::doctor {
namespace {

constexpr double least_wait_s = 5;  // nobody scans a code and opens its page in less

protocol_version version_of(const phone_step_fact& step) {
  return step.version == mqtt_version::v5 ? protocol_version::v5 : protocol_version::v3_1_1;
}

/// A port as the phone met it.
class port_story {
 public:
  port_story(const phone_facts& phone, const phone_port_fact& port, const facts& server,
             std::string host, std::string address)
      : phone_(phone),
        port_(port),
        server_(server),
        host_(std::move(host)),
        address_(std::move(address)) {}

  endpoint_facts tell() {
    endpoint_facts at;
    at.port = port_.port;
    at.scheme = port_.kind;
    at.path = port_.path;
    contact client;
    client.purpose = contact_purpose::client;
    client.address = address_;
    client.port = port_.port;
    connect(client.connect);
    if (client.connect.is_connected()) {
      client.end = connection_end::open;
      if (has_tls(at.scheme.value())) tls(client);
      const bool has_inside = !client.tls || client.tls->is_done;
      if (has_websocket(at.scheme.value()) && has_inside) websocket(at, client);
      if (has_inside && (!client.websocket || client.websocket->is_done)) mqtt(at, client);
    }
    if (!client.connect.outcome.empty()) at.contacts.insert(at.contacts.begin(), std::move(client));
    return at;
  }

 private:
  template <class Fits>
  const phone_step_fact* last(Fits fits) const {
    const phone_step_fact* found = nullptr;
    for (const phone_step_fact& step : phone_.steps) {
      if (step.port == port_.port && fits(step)) found = &step;
    }
    return found;
  }
  bool tried_with(phone_outcome how) const {
    return last([&](const phone_step_fact& step) { return step.outcome == how; }) != nullptr;
  }

  void connect(connect_fact& out) const {
    out.local_address = port_.address;
    switch (port_.arrival.value()) {
      case phone_arrival::stood:
        out.outcome = connect_outcome::connected;
        return;
      case phone_arrival::refused:
        out.outcome = connect_outcome::refused;
        out.error = "ECONNREFUSED";
        return;
      case phone_arrival::unanswered:
      case phone_arrival::half_open:
        out.outcome = connect_outcome::silent;
        out.error = "ETIMEDOUT";
        return;
      case phone_arrival::absent:
      case phone_arrival::none:
        break;
    }
    const bool has_answer = tried_with(phone_outcome::ok) || tried_with(phone_outcome::refused) ||
                            tried_with(phone_outcome::garbled);
    if (has_answer) {  // another machine answered: no packet came here
      out.outcome = connect_outcome::connected;
    } else if (const phone_step_fact* const late = last([](const phone_step_fact& step) {
                 return step.outcome == phone_outcome::timeout;
               })) {
      out.outcome = connect_outcome::silent;
      out.error = "ETIMEDOUT";
      out.ms = late->ms;
    } else if (tried_with(phone_outcome::closed) || tried_with(phone_outcome::failed)) {
      // The end came at once: elsewhere it was a refusal, if packets were watched and none came
      // here; otherwise a broker that takes connections ends an HTTP request just so.
      if (phone_.watched_by == phone_watch::capture) {
        out.outcome = connect_outcome::refused;
        out.error = "ECONNREFUSED";
      } else if (is_accepted_here()) {
        out.outcome = connect_outcome::connected;
      }
    } else if (!phone_.has_page && phone_.seconds >= least_wait_s) {
      out.outcome = connect_outcome::silent;
      out.error = "ETIMEDOUT";
      out.ms = phone_.seconds * 1000;
    }
    // The browser did not even try, so nothing is known.
  }

  bool is_accepted_here() const {
    return std::any_of(server_.endpoints.begin(), server_.endpoints.end(),
                       [&](const endpoint_facts& at) {
                         return at.port == port_.port && accepted({server_, at}) != nullptr;
                       });
  }

  /// The certificate that this machine saw at the port, when the phone came to the same port.
  const tls_fact* seen_here() const {
    if (port_.arrival != phone_arrival::stood) return nullptr;
    for (const endpoint_facts& at : server_.endpoints) {
      if (at.port != port_.port) continue;
      const contact* const client = at.find(contact_purpose::client);
      return client != nullptr && client->tls ? &*client->tls : nullptr;
    }
    return nullptr;
  }

  void tls(contact& out) const {
    tls_fact& tls = out.tls.emplace();
    tls.server_name = host_;
    tls.saw_server_hello = port_.was_greeted;
    const phone_step_fact* const good = last([](const phone_step_fact& step) {
      const bool is_inside = step.step == phone_step::tls || step.step == phone_step::websocket ||
                             step.step == phone_step::connect || step.step == phone_step::login;
      return is_inside && step.outcome == phone_outcome::ok;
    });
    tls.is_done = good != nullptr || port_.finished_tls;
    if (good != nullptr) tls.ms = good->ms;
    if (const tls_fact* const here = seen_here()) {
      tls.protocol = here->protocol;
      tls.chain = here->chain;
      // The phone judged the certificate by itself.
      if (!tls.is_done) {
        tls.failures = here->failures;
        add_private_authority(tls);
      }
    }
    if (tls.is_done) {
      tls.saw_server_hello = true;
      return;
    }
    tls.end = connection_end::closed;
    tls.error = port_.alert >= 0 ? std::string("the phone ended it with an alert") : "";
  }

  /// A CA given by --cafile is not on the phone.
  void add_private_authority(tls_fact& tls) const {
    const bool is_turned_away = port_.left_tls || port_.alert == tls_alert::unknown_ca;
    if (!is_turned_away || !tls.failures.empty() || tls.chain.empty()) return;
    if (!server_.asked.has_ca && port_.alert != tls_alert::unknown_ca) return;
    verify_fact failure;
    const bool is_alone = tls.chain.size() == 1 && tls.chain.front().is_self_signed;
    failure.code = is_alone                          ? verify_code::self_signed_leaf
                   : tls.chain.back().is_self_signed ? verify_code::self_signed_in_chain
                                                     : verify_code::no_local_issuer;
    failure.depth = static_cast<int>(tls.chain.size()) - 1;
    failure.words = is_alone ? "self-signed certificate"
                    : tls.chain.back().is_self_signed
                        ? "self-signed certificate in certificate chain"
                        : "unable to get local issuer certificate";
    tls.failures.push_back(std::move(failure));
  }

  void websocket(endpoint_facts& at, contact& out) const {
    const auto is_socket = [](const phone_step_fact& step) {
      return step.step == phone_step::websocket && step.outcome != phone_outcome::skipped &&
             step.outcome != phone_outcome::blocked;
    };
    const phone_step_fact* const first =
        last([&](const phone_step_fact& step) { return is_socket(step) && !step.variant; });
    const phone_step_fact* const other = last([&](const phone_step_fact& step) {
      return is_socket(step) && step.variant && step.outcome == phone_outcome::ok;
    });
    if (first == nullptr) return;
    if (!first->path.empty()) at.path = first->path;
    take_socket(*first, out);
    if (other == nullptr || first->outcome == phone_outcome::ok) return;
    if (other->path == first->path && other->subprotocol.empty()) {
      // The port upgrades to WebSocket without the subprotocol, at which a browser has to fail (RFC
      // 6455 §4.1).
      out.websocket->is_done = true;
      out.websocket->status = 101;
      out.websocket->accepted.clear();
      out.websocket->end.clear();
      out.mqtt.emplace().answer = mqtt_answer::silent;
      return;
    }
    contact variant = out;
    variant.mqtt.reset();
    variant.purpose =
        other->path != first->path ? contact_purpose::path : contact_purpose::subprotocol;
    take_socket(*other, variant);
    at.contacts.push_back(std::move(variant));
  }

  void take_socket(const phone_step_fact& step, contact& out) const {
    websocket_fact& web = out.websocket.emplace();
    web.path = step.path.empty() ? port_.path : step.path;
    web.is_done = step.outcome == phone_outcome::ok;
    web.subprotocol = step.variant ? step.subprotocol : "mqtt";
    web.accepted = step.subprotocol;
    web.ms = step.ms;
    web.status = web.is_done ? 101 : port_.status == 101 ? 0 : port_.status;
    if (web.status != 0) web.status_line = "HTTP/1.1 " + std::to_string(web.status);
    if (!web.is_done)
      web.end =
          step.outcome == phone_outcome::timeout ? connection_end::silent : connection_end::closed;
  }

  void mqtt(endpoint_facts& at, contact& out) const {
    const auto has_tried = [](const phone_step_fact& step) {
      return step.outcome != phone_outcome::skipped && step.outcome != phone_outcome::blocked;
    };
    std::vector<const phone_step_fact*> tries;
    for (const phone_step wanted : {phone_step::login, phone_step::connect}) {
      for (auto step = phone_.steps.rbegin(); step != phone_.steps.rend(); ++step) {
        if (step->port == port_.port && step->step == wanted && has_tried(*step))
          tries.push_back(&*step);
      }
      if (!tries.empty()) break;
    }
    if (tries.empty()) return;
    // The newest round counts, and in it an accepted version before a refused one.
    const auto good = std::find_if(tries.begin(), tries.end(), [](const phone_step_fact* step) {
      return step->outcome == phone_outcome::ok;
    });
    const phone_step_fact& told = good != tries.end() ? **good : *tries.front();
    take_connack(told, out);
    if (told.outcome != phone_outcome::ok) return;
    deliver(at, told.user);
  }

  static void take_connack(const phone_step_fact& step, contact& out) {
    mqtt_fact& mqtt = out.mqtt.emplace();
    mqtt.version = step.version;
    mqtt.sent_user = mqtt.sent_password = step.user;
    mqtt.client_id_kind = client_id_kind::own;
    mqtt.ms = step.ms;
    switch (step.outcome.value()) {
      case phone_outcome::ok:
      case phone_outcome::refused:
        mqtt.answer = mqtt_answer::connack;
        mqtt.reason = step.outcome == phone_outcome::ok ? 0 : std::max(step.code, 1);
        mqtt.meaning =
            connack_reason(static_cast<std::uint8_t>(std::min(mqtt.reason, 255)), version_of(step));
        break;
      case phone_outcome::timeout:
        mqtt.answer = mqtt_answer::silent;
        break;
      case phone_outcome::garbled:
        mqtt.answer = mqtt_answer::malformed;
        break;
      default:
        mqtt.answer = mqtt_answer::closed;
        out.end = connection_end::closed;
        out.sent_first = true;
    }
  }

  void deliver(endpoint_facts& at, bool as_user) const {
    const auto of = [&](phone_step wanted) {
      return last([&](const phone_step_fact& step) {
        return step.step == wanted && step.user == as_user &&
               step.outcome != phone_outcome::skipped;
      });
    };
    const phone_step_fact* const subscribe = of(phone_step::subscribe);
    if (subscribe == nullptr) return;
    delivery_fact& made = at.deliveries.emplace_back();
    made.topic = subscribe->topic;
    made.is_users_topic = !subscribe->own_topic;
    made.version = subscribe->version;
    made.subscribed = true;
    made.suback = subscribe->code;
    if (made.suback < 0 && subscribe->outcome == phone_outcome::ok) made.suback = 1;
    if (const phone_step_fact* const publish = of(phone_step::publish)) {
      made.published = true;
      made.puback = publish->code;
      if (made.puback < 0 && publish->outcome == phone_outcome::ok) made.puback = 0;
      if (publish->outcome == phone_outcome::closed) {
        made.end = connection_end::closed;
        made.ended_after = delivery_stage::publish;
      }
    }
    if (subscribe->outcome == phone_outcome::closed) {
      made.end = connection_end::closed;
      made.ended_after = delivery_stage::subscribe;
    }
    if (const phone_step_fact* const back = of(phone_step::round_trip)) {
      made.echoed = back->outcome == phone_outcome::ok;
      made.echo_ms = back->ms;
      made.ping_answered = true;
    }
  }

  const phone_facts& phone_;
  const phone_port_fact& port_;
  const facts& server_;
  std::string host_;
  std::string address_;
};

/// The address the phone dials: of a name's addresses the first one of the phone's family.
std::string dialled_by(const phone_facts& phone, const facts& known) {
  const bool is_v6 = is_v6_text(phone.address);
  for (const std::string& address : known.name.addresses) {
    if (phone.address.empty() || is_v6_text(address) == is_v6) return address;
  }
  return known.name.addresses.empty() ? known.asked.host : known.name.addresses.front();
}

/// Whether the phone cannot resolve the name: its page came by another address, and each try at the
/// name ended at once, without a packet here. A machine elsewhere that refuses looks the same, but
/// not at every port.
bool has_no_address_for_it(const phone_facts& phone, const std::string& host,
                           const name_facts& name) {
  const bool is_by_itself = name.is_literal || phone.host.empty() || phone.host == host;
  if (is_by_itself || !phone.has_findings || phone.watched_by != phone_watch::capture) return false;
  const bool has_come = std::any_of(
      phone.ports.begin(), phone.ports.end(),
      [](const phone_port_fact& port) { return port.arrival != phone_arrival::absent; });
  bool has_tried = false;
  for (const phone_step_fact& step : phone.steps) {
    const bool is_try = step.step == phone_step::fetch || step.step == phone_step::tls ||
                        step.step == phone_step::websocket;
    if (!is_try || step.outcome == phone_outcome::blocked) continue;
    if (step.outcome != phone_outcome::closed && step.outcome != phone_outcome::failed)
      return false;
    has_tried = true;
  }
  return has_tried && !has_come;
}

}  // namespace

facts facts_of_phone(const phone_facts& phone, const std::string& host, const facts& server) {
  facts known;
  known.program = server.program;
  known.started = server.started;
  known.asked.typed = known.asked.host = host;
  known.name = server.name;
  // A target with scheme and port names the endpoint in question.
  known.asked.scheme = server.asked.scheme;
  known.asked.port = server.asked.port;
  known.asked.path = server.asked.path;
  for (const phone_step_fact& step : phone.steps) {
    if (step.step == phone_step::login && step.outcome != phone_outcome::skipped) {
      known.asked.has_user = known.asked.has_password = true;
      // The user name stays on the phone, and this placeholder tells cures that there is one.
      known.asked.user_name = "USER";
    }
    if (step.step == phone_step::subscribe && !step.own_topic) known.asked.topic = step.topic;
  }
  if (!known.asked.topic.empty()) known.asked.publishes = true;
  known.local.now = server.local.now;
  known.phone = phone;
  if (has_no_address_for_it(phone, host, known.name)) {
    known.name = name_facts();  // the phone's resolver was not asked
    return known;
  }
  const std::string address = dialled_by(phone, known);
  for (const phone_port_fact& port : phone.ports) {
    if (port.kind.value() == scheme::none) continue;  // the port does not speak MQTT
    endpoint_facts at = port_story(phone, port, server, host, address).tell();
    if (!at.contacts.empty()) known.endpoints.push_back(std::move(at));
  }
  return known;
}

}  // namespace mqttkit::doctor
