#include "mqtt-doctor/causes/diagnosis.hpp"

#include <algorithm>
#include <iterator>

#include "mqtt-doctor/causes/cause_names.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/complete_cures.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/registry.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/causes/symptom_exclusions.hpp"
#include "mqtt-doctor/causes/symptoms.hpp"
#include "mqttkit/base/shell_word.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// How far the best connection to an endpoint came, as a rank: 0 no TCP, 5 accepted by the broker.
int reach_of(const view& known) {
  if (accepted(known) != nullptr || is_taken_by_gateway(known)) return 5;
  const contact* const client = known.client();
  if (client == nullptr || !client->connect.is_connected()) return 0;
  if (client->mqtt && client->mqtt->answer == mqtt_answer::connack) return 4;
  if (with_connack(known, contact_purpose::version) != nullptr) return 4;
  if (client->websocket && client->websocket->is_done) return 3;
  if (client->tls && client->tls->is_done) return 2;
  return 1;
}

/// Whether a phone's connection to an MQTT port was established: a browser's page can do no more.
bool is_reached_by_phone(const view& known) {
  const contact* const client = known.client();
  if (!known.all.phone || client == nullptr || !client->connect.is_connected()) return false;
  if (client->mqtt || known.is_websocket()) return false;
  return !client->tls || client->tls->is_done;
}

bool has_failed(const view& known) {
  const std::vector<step> steps = steps_of(known);
  return std::any_of(steps.begin(), steps.end(),
                     [](const step& line) { return line.state == step_state::bad; });
}

/// The endpoint that is reported for a phone: the first port an app would fail at, else the one
/// that got furthest. While another port is open, a certificate that only the browser distrusts is
/// no failure (an app may bring its own CA), and neither is a further port that is unreachable.
std::size_t endpoint_of_phone(const facts& known) {
  for (std::size_t i = 0; i < known.endpoints.size(); ++i) {
    if (known.asked.port != 0 && known.endpoints[i].port == known.asked.port) return i;
  }
  std::size_t furthest = 0;
  int best = -1;
  bool is_open = false;
  for (std::size_t i = 0; i < known.endpoints.size(); ++i) {
    const view at{known, known.endpoints[i]};
    const int reach = reach_of(at);
    is_open = is_open || accepted(at) != nullptr || is_reached_by_phone(at);
    if (reach > best) {
      best = reach;
      furthest = i;
    }
  }
  for (std::size_t i = 0; i < known.endpoints.size(); ++i) {
    const view at{known, known.endpoints[i]};
    const contact* const client = at.client();
    const bool is_about_trust = client != nullptr && client->tls && !client->tls->is_done;
    // The app uses the first port it was set to; a further one is an alternative it need not have.
    const bool is_out_of_reach = i != 0 && client != nullptr && !client->connect.is_connected();
    if (has_failed(at) && !((is_about_trust || is_out_of_reach) && is_open)) return i;
  }
  return furthest;
}

void keep_heavier(std::vector<finding>& into, finding&& added) {
  const auto same = std::find_if(into.begin(), into.end(),
                                 [&](const finding& other) { return other.id == added.id; });
  if (same == into.end()) {
    into.push_back(std::move(added));
    return;
  }
  const bool is_worse = added.how_bad < same->how_bad;
  if (is_worse || (added.how_bad == same->how_bad && added.weight > same->weight))
    *same = std::move(added);
}

/// Whether a cause may apply to a gateway of MQTT-SN; the rest are about TCP and a broker. What was
/// typed is a cause only where no gateway answered, and a multicast group is no example address.
bool may_be_of_gateway(const view& known, const second_look& look) {
  if (look.id.starts_with("sn-")) return true;
  if (look.id == cause_names::scheme_port_mismatch) return false;
  if (look.id == cause_names::documentation_address && known.at.gateway) {
    const auto& how = known.at.gateway->answer;
    const bool is_heard = how != gateway_answer::silent && how != gateway_answer::unreachable;
    if (is_heard || known.at.gateway->is_group) return false;
  }
  const layer where = cause_of(look.id).where;
  return where == layer::name || (where == layer::input && !is_taken_by_gateway(known));
}

void weigh_all(const view& known, std::vector<finding>& found, std::vector<exclusion>& excluded) {
  for (const second_look& look : all_looks()) {
    if (known.is_gateway() && !may_be_of_gateway(known, look)) continue;
    if (auto made = look.weigh(known, excluded)) keep_heavier(found, std::move(*made));
  }
}

/// Drops causes that blame a proxy, where the broker's machine shows that the broker itself holds
/// the port that was dialled.
void refute_proxies(const view& known, std::vector<finding>& found,
                    std::vector<exclusion>& excluded) {
  const listener_fact* const holder = broker_itself(known);
  if (holder == nullptr) return;
  std::erase_if(found, [&](const finding& blamed) {
    const bool is_refuted = cause_of(blamed.id).fault == station::proxy &&
                            blamed.how_bad == severity::problem &&
                            blamed.how_sure != certainty::certain;
    if (is_refuted)
      excluded.push_back({blamed.id, words(N_("{socket} is the broker itself."),
                                           {{"socket", socket_text(*holder)}})});
    return is_refuted;
  });
}

/// A broker that does not read the file with its listener serves this machine alone. Both facts are
/// one fault, and curing the second as well would set up the port twice.
void drop_what_follows(std::vector<finding>& found) {
  const bool is_unread = std::any_of(found.begin(), found.end(), [](const finding& other) {
    return other.id == cause_names::config_not_used && other.how_sure == certainty::certain;
  });
  if (!is_unread) return;
  std::erase_if(found, [](const finding& other) {
    return other.id == cause_names::loopback_listener || other.id == cause_names::not_running;
  });
}

/// The rank of a layer among the stages a connection passes, as an app meets them; 0 for a layer
/// is no stage: what was typed or looked up leads somewhere or nowhere, and is weighed by that.
int stage_of(layer where) {
  switch (where) {
    case layer::port:
    case layer::path:
    case layer::proxy:
      return 1;
    case layer::tls:
      return 2;
    case layer::websocket:
      return 3;
    case layer::mqtt:
    case layer::login:
      return 4;  // CONNACK answers both at once
    case layer::permission:
      return 5;
    case layer::delivery:
      return 6;
    case layer::input:
    case layer::name:
    case layer::host:
    case layer::phone:
      break;
  }
  return 0;
}

/// Of two certain causes the lower stage is mended first: an app that distrusts the certificate
/// never asks for the WebSocket path, and a closed port comes before a login that is refused.
void put_lowest_stage_first(std::vector<finding>& causes) {
  if (causes.empty()) return;
  constexpr double heavy = 85;
  const int stage = stage_of(causes.front().where);
  auto lowest = causes.end();
  for (auto cause = causes.begin(); cause != causes.end(); ++cause) {
    const int here = stage_of(cause->where);
    if (here == 0 || here >= stage || cause->how_sure != certainty::certain ||
        cause->weight < heavy)
      continue;
    if (lowest == causes.end() || here < stage_of(lowest->where)) lowest = cause;
  }
  if (lowest == causes.end()) return;
  causes.front().is_next = true;
  std::rotate(causes.begin(), lowest, lowest + 1);
}

/// Adds what a probe of the loopback address found behind a port that is closed to others. Layers
/// below TLS are left out: the loopback address shows another port and path than others meet.
void add_what_waits_inside(const facts& known, std::vector<finding>& causes) {
  if (!known.inside || causes.empty()) return;
  std::vector<finding> found;
  std::vector<exclusion> ignored;
  weigh_all({known, *known.inside}, found, ignored);
  constexpr double likely = weight_of(strength::first_of_several);
  for (finding& cause : found) {
    const bool is_known = std::any_of(causes.begin(), causes.end(),
                                      [&](const finding& other) { return other.id == cause.id; });
    if (is_known || cause.how_bad != severity::problem ||
        stage_of(cause.where) < stage_of(layer::tls) || cause.weight < likely)
      continue;
    cause.weight *= as_consequence;
    cause.is_next = true;
    causes.push_back(std::move(cause));
  }
}

/// Whether a finding concerns only others: the user asked about the loopback address, which lets us
/// in. It is a warning then, and stays a cause where the question was about the broker for others
/// (--on-broker, or another address of the machine).
bool is_about_others(const view& known, const finding& found) {
  const bool is_outside = found.where == layer::port || found.where == layer::path ||
                          found.where == layer::host || found.where == layer::proxy;
  // A watch observes a connection that was established; what ended it did not happen to others.
  const bool is_of_watch =
      known.all.watch && (found.where == layer::path || found.where == layer::proxy);
  return is_outside && !is_of_watch && !known.asked().on_broker && known.client() != nullptr &&
         class_of(known.client()->address) == address_class::loopback;
}

/// Adds the next look that would decide between the causes left.
void tell_where(const view& known, const std::vector<step>& steps, finding& found) {
  const auto first_bad = std::find_if(
      steps.begin(), steps.end(), [](const step& line) { return line.state == step_state::bad; });
  if (first_bad != steps.end() && first_bad->name == step_name::name) {
    found.apart = words(N_("Whether it is this network's name server, another one tells:"));
    found.apart_command = doctor_command(known) + " --resolver 1.1.1.1";
  } else if (!known.all.host && known.client() != nullptr) {
    found.apart = words(N_(
        "Whether it is the broker's machine or the way to it is decided there. Run this on the "
        "broker's machine, and hand its file and one from here (--json) to mqtt-doctor explain:"));
    found.apart_command =
        "sudo mqtt-doctor localhost:" + known.port() + " --on-broker --json > server.json";
  } else if (known.all.host && is_connected(known)) {
    found.apart =
        words(N_("What the broker and an app say to each other, this shows; let the app "
                 "dial port 18883 meanwhile:"));
    found.apart_command = "mqtt-doctor listen 18883 --forward 127.0.0.1:" + known.port();
  } else {
    found.apart = words(N_("See every step with:"));
    found.apart_command = doctor_command(known) + " -v";
  }
}

/// The finding for a failure that no cause explains; it says so.
finding unexplained(const view& known, const std::vector<step>& steps) {
  finding found;
  found.id = "unknown";
  found.where = cause_of(found.id).where;
  found.how_sure = certainty::possible;
  found.weight = weight_of(strength::general);
  found.cause =
      words(N_("The connection fails, and what was seen fits no cause this program knows."));
  if (known.all.phone && !known.all.phone->has_come()) {
    found.cause =
        words(N_("No phone has come yet, so that nothing is known of its way: scan the code "
                 "and leave this running."));
    return found;
  }
  if (accepted(known) != nullptr) {
    found.cause = words(
        N_("The broker lets you in, a later step failed, and what was seen fits no cause this "
           "program knows."));
    for (const step& failed : steps) {
      if (failed.state == step_state::bad) found.evidence.push_back(failed.what);
    }
  } else if (const contact* const client = known.client()) {
    for (const step& failed : steps) {
      if (failed.state == step_state::bad && failed.name != step_name::port)
        found.evidence.push_back(failed.what);
    }
    found.evidence.push_back(
        words(N_("The connection ended as \"{end}\" after {time}."),
              {{"end", client->end.empty() ? client->connect.outcome.word() : client->end.word()},
               {"time", time_text(client->end_ms)}}));
  }
  tell_where(known, steps, found);
  return found;
}

/// Whether an app with --trust-any-certificate goes on with a certificate that fails its checks.
bool is_taken_anyway(const view& known) {
  return known.asked().trusts_any && is_server_distrusted(known) && known.client()->tls->is_done;
}

/// Adds what such an app does about the failed certificate.
void add_taken_anyway(const view& known, finding& found) {
  found.evidence.emplace_back(
      N_("An app that takes any certificate (--trust-any-certificate) goes on all the same, and "
         "would with anybody who poses as the broker."));
  if (known.asked().has_password)
    found.evidence.emplace_back(
        N_("The password was held back here: whoever answers would learn it."));
}

/// Turns certificate causes into warnings where something else stops such an app; alone they stay.
void warn_beside(diagnosis& made) {
  const auto is_of_tls = [](const finding& found) { return found.where == layer::tls; };
  if (std::all_of(made.causes.begin(), made.causes.end(), is_of_tls)) return;
  for (finding& found : made.causes) {
    if (!is_of_tls(found)) continue;
    found.how_bad = severity::warning;
    made.warnings.push_back(std::move(found));
  }
  std::erase_if(made.causes,
                [](const finding& found) { return found.how_bad == severity::warning; });
}

}  // namespace

finding::finding() = default;
finding::finding(const finding&) = default;
finding::finding(finding&&) noexcept = default;
finding& finding::operator=(const finding&) = default;
finding& finding::operator=(finding&&) noexcept = default;
finding::~finding() = default;

std::string_view to_string(layer where) noexcept {
  switch (where) {
    case layer::input:
      return "input";
    case layer::name:
      return "name";
    case layer::port:
      return "port";
    case layer::path:
      return "path";
    case layer::proxy:
      return "proxy";
    case layer::tls:
      return "tls";
    case layer::websocket:
      return "websocket";
    case layer::mqtt:
      return "mqtt";
    case layer::login:
      return "login";
    case layer::permission:
      return "permission";
    case layer::delivery:
      return "delivery";
    case layer::host:
      return "host";
    case layer::phone:
      return "phone";
  }
  return {};
}

std::string shell_word(const std::string& text) { return mqttkit::shell_word(text); }

std::string view::target() const { return shell_word(host_and_port(host(), port())); }

std::string_view to_string(certainty how) noexcept {
  switch (how) {
    case certainty::certain:
      return "certain";
    case certainty::likely:
      return "likely";
    case certainty::possible:
      return "possible";
  }
  return {};
}

std::string_view to_string(severity how) noexcept {
  switch (how) {
    case severity::problem:
      return "problem";
    case severity::warning:
      return "warning";
    case severity::note:
      return "note";
  }
  return {};
}

std::string_view to_string(cure_kind kind) noexcept {
  switch (kind) {
    case cure_kind::command:
      return "command";
    case cure_kind::look:
      return "look";
    case cure_kind::lines:
      return "lines";
    case cure_kind::pattern:
      return "pattern";
    case cure_kind::words:
      break;
  }
  return "words";
}

bool needs_terminal(const cure& remedy) {
  constexpr std::string_view program = "mosquitto_passwd ";
  const std::string& text = remedy.command;
  if (text.find("sudoedit ") != std::string::npos) return true;
  // A key that is to be opened has a passphrase.
  if (text.find("openssl pkey -in ") != std::string::npos) return true;
  if (text.find("mosquitto_ctrl dynsec init ") != std::string::npos) return true;
  const std::size_t at = text.find(program);
  // With -U mosquitto_passwd hashes the passwords in the file; without it, it asks for one.
  return at != std::string::npos && text.compare(at + program.size(), 2, "-U") != 0;
}

std::string_view to_string(step_state state) noexcept {
  switch (state) {
    case step_state::good:
      return "good";
    case step_state::bad:
      return "bad";
    case step_state::doubtful:
      return "doubtful";
    case step_state::untested:
      break;
  }
  return "untested";
}

void sort_by_weight(std::vector<finding>& found) {
  std::stable_sort(found.begin(), found.end(),
                   [](const finding& a, const finding& b) { return a.weight > b.weight; });
}

int exit_code_of(const finding& top) { return static_cast<int>(cause_of(top.id).code); }

namespace {

/// The endpoint that is reported: the one asked for, else the one that got furthest.
std::size_t main_endpoint(const facts& known) {
  std::size_t main = 0;
  int best = -1;
  for (std::size_t i = 0; i < known.endpoints.size(); ++i) {
    const int reach = reach_of({known, known.endpoints[i]});
    if (reach > best) {
      best = reach;
      main = i;
    }
  }
  for (std::size_t i = 0; i < known.endpoints.size(); ++i) {
    if (known.asked.port != 0 && known.endpoints[i].port == known.asked.port) main = i;
  }
  return known.phone && !known.endpoints.empty() ? endpoint_of_phone(known) : main;
}

/// Sorts findings into causes and warnings. The lowest layer that fails is the cause; what follows
/// from that failure stands behind it.
void sort_out(const view& main, std::vector<finding>& found, bool goes_on, diagnosis& made) {
  const auto is_stopped_at = [&](step_name name) {
    return std::any_of(made.steps.begin(), made.steps.end(), [&](const step& line) {
      return line.state == step_state::bad && line.name == name;
    });
  };
  const bool is_stopped_below = is_stopped_at(step_name::name) || is_stopped_at(step_name::port) ||
                                (is_stopped_at(step_name::tls) && !goes_on) ||
                                is_stopped_at(step_name::websocket) ||
                                is_stopped_at(step_name::gateway) || is_stopped_at(step_name::mqtt);
  for (finding& each : found) {
    const bool is_after_login = each.where == layer::permission || each.where == layer::delivery;
    const bool is_above = each.where == layer::login || is_after_login;
    const bool is_after_tls = each.where == layer::websocket && is_stopped_at(step_name::tls);
    if ((is_above && is_stopped_below) || (is_after_login && is_stopped_at(step_name::login)) ||
        (is_after_tls && !goes_on)) {
      // A certain finding needs no message (two topics that differ): it remains as the next, as
      // does what was measured beyond the failure.
      each.is_next =
          each.how_sure == certainty::certain ||
          (each.how_sure == certainty::likely && each.weight >= weight_of(strength::measured));
      each.weight *= as_consequence;
    }
    if (goes_on && each.where == layer::tls && each.how_bad == severity::problem)
      add_taken_anyway(main, each);
    // Behind a proxy or a tunnel on this machine nobody let us in: that is no trouble of others.
    const bool is_let_in =
        is_connected(main) &&
        (each.where != layer::proxy || with_connack(main, contact_purpose::client) != nullptr ||
         accepted(main) != nullptr);
    if (each.how_bad == severity::problem && is_let_in && is_about_others(main, each)) {
      each.how_bad = severity::warning;
    }
    (each.how_bad == severity::problem ? made.causes : made.warnings).push_back(std::move(each));
  }
}

}  // namespace

diagnosis diagnose(const facts& known) {
  diagnosis made;
  // Without an address there is no endpoint, and the causes about names need none.
  endpoint_facts nowhere;
  nowhere.scheme = known.asked.scheme.empty() ? fact_word(scheme::mqtt) : known.asked.scheme;
  nowhere.port = known.asked.port;
  nowhere.path = known.asked.path;
  made.endpoint = main_endpoint(known);
  const bool has_endpoint = !known.endpoints.empty();
  const view main{known, has_endpoint ? known.endpoints[made.endpoint] : nowhere};
  std::vector<finding> found;
  weigh_all(main, found, made.excluded);
  refute_proxies(main, found, made.excluded);
  drop_what_follows(found);
  complete_cures(main, found);
  const bool works =
      accepted(main) != nullptr || is_reached_by_phone(main) || is_taken_by_gateway(main);
  made.steps = steps_of(main);
  const bool goes_on = is_taken_anyway(main);
  sort_out(main, found, goes_on, made);
  if (goes_on) warn_beside(made);
  const bool is_stopped = std::any_of(made.steps.begin(), made.steps.end(), [](const step& line) {
    return line.state == step_state::bad;
  });
  // A user who asked for messages, some of which were lost, must not be told that all is well.
  const bool is_warned =
      std::any_of(made.warnings.begin(), made.warnings.end(),
                  [](const finding& other) { return other.how_bad == severity::warning; });
  const bool lost_messages =
      known.asked.is_delivery && !is_warned &&
      std::any_of(made.steps.begin(), made.steps.end(), [](const step& line) {
        return line.name == step_name::delivery && line.state == step_state::doubtful;
      });
  // A certificate that an app with --trust-any-certificate passes over is reported as a warning.
  if (made.causes.empty() && (!works || lost_messages || (is_stopped && !goes_on)))
    made.causes.push_back(unexplained(main, made.steps));
  add_what_waits_inside(known, made.causes);
  sort_by_weight(made.causes);
  put_lowest_stage_first(made.causes);
  std::stable_sort(made.warnings.begin(), made.warnings.end(), [](const auto& a, const auto& b) {
    return a.how_bad != b.how_bad ? a.how_bad < b.how_bad : a.weight > b.weight;
  });
  std::erase_if(made.excluded, [&](const exclusion& candidate) {
    return std::any_of(made.causes.begin(), made.causes.end(),
                       [&](const finding& cause) { return cause.id == candidate.id; });
  });
  const symptom seen = known.asked.symptom.value();
  put_symptom_first(seen, made);
  made.is_healthy = works && made.causes.empty();
  if (!made.is_healthy) made.exit_code = exit_code_of(made.causes.front());
  if (!made.is_healthy && known.watch && !known.watch->drops.empty())
    made.exit_code = static_cast<int>(tools::exit_code::lost);
  if (made.is_healthy) {
    add_if_unexplained(seen, false, main.target(), made);
    if (!made.causes.empty()) say_what_was_excluded(main, seen, made.causes.front());
  }
  return made;
}

}  // namespace mqttkit::doctor
