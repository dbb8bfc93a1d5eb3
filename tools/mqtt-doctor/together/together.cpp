#include "mqtt-doctor/together/together.hpp"

#include <algorithm>

#include "mqtt-doctor/causes/cause_names.hpp"
#include "mqtt-doctor/causes/icmp.hpp"
#include "mqtt-doctor/together/rules.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// Whether a cause of that layer makes the step fail.
bool breaks(layer where, step_name step) {
  switch (where) {
    case layer::input:
    case layer::name:
      return step == step_name::name || step == step_name::port;
    case layer::port:
    case layer::path:
    case layer::host:
      return step == step_name::port;
    case layer::proxy:
      return step == step_name::port || step == step_name::tls || step == step_name::websocket ||
             step == step_name::mqtt;
    case layer::tls:
      return step == step_name::tls || step == step_name::mqtt;
    case layer::websocket:
      return step == step_name::websocket || step == step_name::mqtt;
    case layer::mqtt:
      return step == step_name::mqtt || step == step_name::login;
    case layer::login:
      return step == step_name::login || step == step_name::mqtt;
    case layer::permission:
    case layer::delivery:
      return step == step_name::delivery || step == step_name::retained ||
             step == step_name::size || step == step_name::offline || step == step_name::watch;
    case layer::phone:
      return false;
  }
  return false;
}

attempt_end met_by(const view& client) {
  if (client.client() == nullptr) return attempt_end::any;
  const connect_fact& connect = client.client()->connect;
  if (connect.icmp) return attempt_end::icmp;
  if (connect.outcome == connect_outcome::silent) return attempt_end::silence;
  return connect.outcome == connect_outcome::refused ? attempt_end::reset : attempt_end::any;
}

bool fits(const finding& found, const view& client) {
  const attempt_end expected = cause_of(found.id).met;
  return expected == attempt_end::any || expected == met_by(client);
}

void attribute(finding& found, const vantage& who) {
  found.cause.seen_by = who.name;
  for (auto& evidence : found.evidence) evidence.seen_by = who.name;
  for (auto& cure : found.cures) {
    if (cure.where == place::here) cure.whose = who.name;
  }
}

bool is_in(const std::vector<sentence>& all, const sentence& said) {
  const std::string text = in_english(said);
  return std::any_of(all.begin(), all.end(),
                     [&](const sentence& other) { return in_english(other) == text; });
}

/// Merges findings of one cause: the words of the heavier one, the evidence of both.
void merge(std::vector<finding>& into, finding&& found) {
  const auto same = std::find_if(into.begin(), into.end(),
                                 [&](const finding& other) { return other.id == found.id; });
  if (same == into.end()) {
    into.push_back(std::move(found));
    return;
  }
  const bool is_better = found.how_bad < same->how_bad ||
                         (found.how_bad == same->how_bad && found.weight > same->weight);
  if (is_better) std::swap(*same, found);
  // Evidence for a possible finding adds nothing to a certain one.
  if (same->how_sure == certainty::certain && found.how_sure != certainty::certain) return;
  constexpr std::size_t most_evidence = 8;
  for (auto& evidence : found.evidence) {
    if (same->evidence.size() < most_evidence && !is_in(same->evidence, evidence))
      same->evidence.push_back(std::move(evidence));
  }
}

/// The broker's machine as it bears on the port that a client dialled.
struct server_side {
  const facts known;
  const view at;
  const std::optional<host_view> own;

  server_side(const vantage& server, const vantage& client)
      : known(seen_at_port(server.known, client.main().at, is_v6_text(client.dialled_address()))),
        at{known, known.endpoints[0]},
        own(look_at(at)) {}
  server_side(const server_side&) = delete;
  server_side& operator=(const server_side&) = delete;
};

class joint_diagnosis {
 public:
  explicit joint_diagnosis(const std::vector<vantage>& all)
      : all_(all), server_(server_among(all)) {}

  diagnosis decide() {
    for (const auto& each : all_) {
      if (&each == server_) continue;
      (fails(each) ? failing_ : working_).push_back(&each);
    }
    for (const vantage* const place : failing_) weigh_client(*place);
    for (const vantage* const place : working_) weigh_working(*place);
    if (server_ != nullptr) weigh_server();
    weigh_common_failure(failing_, {found_, ruled_out_});
    return conclude();
  }

 private:
  static bool fails(const vantage& place) { return !place.made.is_healthy; }

  bool is_confirmed(const vantage& client) const {
    // The server itself serves the phone's page under the same name.
    const auto& phone = client.known.phone;
    if (phone && phone->has_page && phone->host == client.known.asked.host) return true;
    return std::any_of(all_.begin(), all_.end(), [&](const vantage& other) {
      return &other != &client && other.works() &&
             other.dialled_address() == client.dialled_address();
    });
  }

  /// Whether a client outside gets in by the same address and port: then nothing before the server
  /// keeps everybody out.
  bool is_open(const vantage& client) const {
    const std::string address = client.dialled_address();
    return std::any_of(working_.begin(), working_.end(), [&](const vantage* other) {
      return other->dialled_address() == address &&
             other->main().at.port == client.main().at.port && !is_inside(*other, address);
    });
  }

  void weigh_client(const vantage& client) {
    for (finding found : client.made.causes) {
      if (found.is_unknown()) continue;
      attribute(found, client);
      merge(found_, std::move(found));
    }
    if (server_ != nullptr) {
      weigh_beside_server(client);
      std::vector<finding> more;
      weigh_local_user(client, *server_, {more, ruled_out_});
      weigh_own_loopback(client, *server_, {more, ruled_out_});
      weigh_name(client, *server_, {more, ruled_out_});
      for (auto& found : more) merge(found_, std::move(found));
    }
    for (const vantage* const other : working_) weigh_against(client, *other);
    for (const auto& each : client.made.excluded) exclude(client, each);
  }

  void weigh_against(const vantage& client, const vantage& other) {
    std::vector<finding> more;
    weigh_against_client(client, other, server_, {more, ruled_out_});
    for (auto& each : more) merge(found_, std::move(each));
  }

  /// Compares the server with the client's failure: its facts explain it, or exclude a guess.
  void weigh_beside_server(const vantage& client) {
    const server_side beside(*server_, client);
    if (!beside.own) return;
    const against_server pair = pair_of(client, beside);
    const diagnosis said = diagnose(beside.known);
    const bool is_elsewhere = pair.leads == relation::elsewhere && !pair.is_confirmed;
    const step_name step = client.failed_step();
    for (const auto* list : {&said.causes, &said.warnings}) {
      for (finding found : *list) {
        const bool explains = found.how_bad != severity::note && breaks(found.where, step) &&
                              found.how_sure != certainty::possible && !is_elsewhere;
        if (!explains || found.is_unknown() || is_of_missing_login(found)) continue;
        attribute(found, *server_);
        found.evidence.insert(found.evidence.begin(), fate_of(client));
        found.how_bad = severity::problem;
        if (auto narrow = cure_past_wall(pair); narrow && is_of_wall(found.id))
          found.cures.insert(found.cures.begin(), std::move(*narrow));
        constexpr double explained = weight_of(strength::proven);
        if (fits(found, pair.from_client)) {
          if (found.how_sure == certainty::certain)
            found.weight = std::max(found.weight, explained);
        } else {
          found.weight *= as_other_symptom;
        }
        merge(found_, std::move(found));
      }
    }
    for (const auto& each : said.excluded) {
      // The server knows its sockets and firewall; it does not know the client's password or trust.
      if (is_known_to_server(cause_of(each.id).where)) rule_out(each.id.c_str(), each.why);
    }
    std::vector<finding> more;
    const bool is_outdated = weigh_times(pair, {more, ruled_out_});
    if (is_outdated) doubt_what_was(client);
    if (pair.own.is_public() && !is_outdated) {
      const sentence open(N_("{socket} listens for other machines too."),
                          {{"socket", socket_text(*pair.own.socket())}});
      for (const char* id : {"tcp-refused-loopback-listener", "tcp-refused-not-running",
                             "tcp-docker-port-not-published", "host-mqtt-plugin-off"}) {
        if (!says(said, id)) rule_out(id, open);
      }
    }
    if (!is_outdated) {
      weigh_passage_there(pair, {more, ruled_out_});
      weigh_against_server(pair, {more, ruled_out_});
      compare_certificates(pair, {more, ruled_out_});
      doubt_over_time(client, more);
    }
    compare_clocks(client, *server_, {more, ruled_out_});
    for (auto& each : more) merge(found_, std::move(each));
  }

  /// Weakens findings about a state of the client that has changed since.
  void doubt_what_was(const vantage& client) {
    for (finding& found : found_) {
      if (found.cause.seen_by != client.name) continue;
      found.how_sure = certainty::possible;
      found.weight = std::min(found.weight, weight_of(strength::one_of_several));
    }
  }

  /// Makes findings less certain that compare two moments as if they were one.
  void doubt_over_time(const vantage& client, std::vector<finding>& found) {
    const auto between = time_between(client, *server_);
    if (!between) return;
    for (finding& each : found) {
      if (each.how_sure == certainty::certain) each.how_sure = certainty::likely;
      each.evidence.push_back(*between);
    }
  }

  against_server pair_of(const vantage& client, const server_side& beside) const {
    return {client,
            *server_,
            client.main(),
            beside.at,
            *beside.own,
            relation_of(client, *server_),
            is_confirmed(client),
            is_open(client)};
  }

  static bool is_of_wall(std::string_view id) {
    return id == cause_names::host_firewall || id == "tcp-timeout-source-allowlist";
  }

  static bool is_known_to_server(layer where) {
    return where == layer::port || where == layer::path || where == layer::host;
  }

  static bool says(const diagnosis& said, std::string_view id) {
    const auto is_it = [&](const finding& found) { return found.id == id; };
    return std::any_of(said.causes.begin(), said.causes.end(), is_it) ||
           std::any_of(said.warnings.begin(), said.warnings.end(), is_it);
  }

  /// Excludes a cause that looks likely from outside, and that the server disproves.
  void rule_out(const char* id, sentence why) {
    ruled_out_.push_back({id, told(*server_, std::move(why))});
  }

  /// Weighs a working client whose TLS is intercepted: it proves less than it seems to.
  void weigh_working(const vantage& client) {
    if (server_ == nullptr) return;
    const server_side beside(*server_, client);
    if (!beside.own) return;
    const against_server pair = pair_of(client, beside);
    std::vector<finding> more;
    compare_certificates(pair, {more, ruled_out_});
    for (auto& each : more) merge(found_, std::move(each));
    for (finding found : client.made.warnings) {
      if (found.how_bad != severity::warning) continue;
      attribute(found, client);
      merge(found_, std::move(found));
    }
  }

  /// Weighs what keeps the broker from working on its own machine: it keeps out everybody.
  void weigh_server() {
    if (is_reached_by_others()) return weigh_loopback();
    for (const auto* list : {&server_->made.causes, &server_->made.warnings}) {
      for (finding found : *list) {
        if (found.how_bad == severity::note || found.is_unknown()) continue;
        if (is_of_missing_login(found)) continue;
        attribute(found, *server_);
        // The cause would keep clients out, and all of them get in.
        const bool is_about_others = server_->works() && breaks(found.where, step_name::port);
        if (is_about_others && failing_.empty() && !working_.empty())
          found.how_bad = severity::warning;
        // The clients that fail meet another symptom.
        if (!failing_.empty() && !explains_somebody(found)) found.weight *= as_nobodys_trouble;
        merge(found_, std::move(found));
      }
    }
  }

  /// Programs on the broker's own machine dial its loopback address, where it may not listen
  /// although others get in.
  void weigh_loopback() {
    if (!is_loopback(server_->dialled_address()) || server_->made.causes.empty()) return;
    finding found = server_->made.causes.front();
    if (found.is_unknown()) return;
    if (fails_aside()) found.how_bad = severity::warning;
    attribute(found, *server_);
    merge(found_, std::move(found));
  }

  static const mqtt_fact* login_of(const vantage& place) {
    const contact* const client = place.main().client();
    return client != nullptr && client->mqtt ? &*client->mqtt : nullptr;
  }

  /// Whether the server was asked without a user name and the others with one: a broker that wants
  /// a name does not keep those out.
  bool lacked_login() const {
    if (server_ == nullptr || server_->works()) return false;
    const mqtt_fact* const own = login_of(*server_);
    if (own == nullptr || own->sent_user || server_->failed_step() != step_name::login)
      return false;
    return std::any_of(all_.begin(), all_.end(), [](const vantage& place) {
      const mqtt_fact* const login = login_of(place);
      return login != nullptr && login->sent_user;
    });
  }

  /// Whether others reach the server by its own address and port: then it harms nobody that the
  /// server itself does not, where no rule redirects it.
  bool is_reached_by_others() const {
    if (server_ == nullptr || server_->works() || !failing_.empty()) return false;
    if (server_->failed_step() != step_name::port) return false;
    return std::any_of(working_.begin(), working_.end(), [&](const vantage* client) {
      const relation leads = relation_of(*client, *server_);
      return (leads == relation::own || leads == relation::behind) &&
             client->main().at.port == server_->main().at.port;
    });
  }

  /// Whether the server alone fails, and it harms nobody: a rule sends others another way round
  /// than itself. A listener that leaves its loopback address out keeps its own programs out.
  bool fails_aside() const {
    if (!is_reached_by_others()) return false;
    const auto& causes = server_->made.causes;
    return !is_loopback(server_->dialled_address()) || causes.empty() ||
           causes.front().id != cause_names::loopback_listener;
  }

  bool is_of_missing_login(const finding& found) const {
    const bool is_about_it = found.id == cause_names::anonymous_refused ||
                             found.id == cause_names::client_id_not_allowed;
    return is_about_it && lacked_login();
  }

  bool explains_somebody(const finding& found) const {
    return std::any_of(failing_.begin(), failing_.end(), [&](const vantage* client) {
      return breaks(found.where, client->failed_step());
    });
  }

  void exclude(const vantage& who, exclusion item) {
    item.why.seen_by = who.name;
    excluded_.push_back(std::move(item));
  }

  diagnosis conclude() {
    diagnosis out;
    const bool is_server_left_out = !working_.empty() && lacked_login();
    const bool all_work = std::all_of(all_.begin(), all_.end(), [&](const vantage& place) {
      return place.works() || (&place == server_ && (is_server_left_out || fails_aside()));
    });
    std::erase_if(found_, [&](const finding& found) {
      return found.how_sure != certainty::certain &&
             std::any_of(ruled_out_.begin(), ruled_out_.end(),
                         [&](const exclusion& other) { return other.id == found.id; });
    });
    weaken_what_a_clock_explains();
    drop_what_interception_explains();
    weaken_guesses();
    excluded_.insert(excluded_.begin(), ruled_out_.begin(), ruled_out_.end());
    for (auto& each : found_) {
      (each.how_bad == severity::problem ? out.causes : out.warnings).push_back(std::move(each));
    }
    if (!all_work && out.causes.empty()) {
      const auto lost = std::find_if(all_.begin(), all_.end(),
                                     [](const vantage& place) { return !place.works(); });
      for (finding found : lost->made.causes) {
        attribute(found, *lost);
        out.causes.push_back(std::move(found));
      }
    }
    sort_by_weight(out.causes);
    sort_by_weight(out.warnings);
    keep_exclusions(out);
    out.is_healthy = all_work && out.causes.empty();
    if (!out.causes.empty()) out.exit_code = exit_code_of(out.causes.front());
    return out;
  }

  /// A wrong clock sees a valid certificate as expired.
  void weaken_what_a_clock_explains() {
    const bool is_clock = std::any_of(found_.begin(), found_.end(), [](const finding& found) {
      return found.id == cause_names::client_clock_wrong && found.how_sure == certainty::certain;
    });
    if (!is_clock) return;
    for (finding& found : found_) {
      if (found.id != cause_names::certificate_expired &&
          found.id != cause_names::certificate_not_yet_valid)
        continue;
      found.how_sure = certainty::possible;
      found.weight = weight_of(strength::one_of_several);
    }
  }

  /// A client whose TLS is opened on the way is shown a certificate that is not the broker's: what
  /// is wrong with that one must be mended neither in the app nor at the broker.
  void drop_what_interception_explains() {
    std::vector<std::string> intercepted;
    for (const finding& found : found_) {
      if (found.id == "tls-interception" && found.how_sure == certainty::certain &&
          !found.evidence.empty())
        intercepted.push_back(found.evidence.front().seen_by);
    }
    std::erase_if(found_, [&](const finding& found) {
      const bool is_about_certificate =
          found.id == "tls-unknown-ca" || found.id == "tls-missing-intermediate" ||
          found.id == "tls-self-signed-leaf" || found.id == "tls-hostname-mismatch";
      return is_about_certificate && std::find(intercepted.begin(), intercepted.end(),
                                               found.cause.seen_by) != intercepted.end();
    });
  }

  /// Weakens guesses at silence: one client fails, and the rule that stops it was read, so any
  /// other explanation is possible at best.
  void weaken_guesses() {
    if (failing_.size() != 1 || failing_.front()->failed_step() != step_name::port) return;
    const auto is_about_port = [](const finding& found) {
      return found.how_bad == severity::problem && breaks(found.where, step_name::port);
    };
    constexpr double read = weight_of(strength::measured);
    const bool is_known = std::any_of(found_.begin(), found_.end(), [&](const finding& found) {
      return is_about_port(found) && found.how_sure == certainty::certain && found.weight >= read;
    });
    if (!is_known) return;
    for (finding& found : found_) {
      if (!is_about_port(found) || found.how_sure != certainty::likely) continue;
      found.how_sure = certainty::possible;
      found.weight = std::min(found.weight, weight_of(strength::one_of_several));
    }
  }

  void keep_exclusions(diagnosis& out) {
    for (auto& each : excluded_) {
      const auto is_same = [&](const auto& other) { return other.id == each.id; };
      const bool is_known = std::any_of(out.excluded.begin(), out.excluded.end(), is_same) ||
                            std::any_of(out.causes.begin(), out.causes.end(), is_same) ||
                            std::any_of(out.warnings.begin(), out.warnings.end(), is_same);
      if (!is_known) out.excluded.push_back(std::move(each));
    }
  }

  const std::vector<vantage>& all_;
  const vantage* const server_;
  std::vector<const vantage*> failing_;
  std::vector<const vantage*> working_;
  std::vector<finding> found_;
  std::vector<exclusion> ruled_out_;  // single points' guesses do not count against it
  std::vector<exclusion> excluded_;
};

}  // namespace

namespace {

/// Whether a place dialled its own loopback address in vain, runs no broker, and another place
/// reaches one at an address that is not this place's: a container or device, and not the broker's
/// machine.
bool is_led_to_itself(const vantage& who, const std::vector<vantage>& all) {
  if (who.works() || who.known.asked.on_broker || !who.known.host->brokers.empty() ||
      !is_loopback(who.dialled_address()))
    return false;
  const auto own = addresses_of(who.known);
  return std::any_of(all.begin(), all.end(), [&](const vantage& other) {
    const std::string there = other.dialled_address();
    return &other != &who && other.works() && !is_loopback(there) &&
           std::find(own.begin(), own.end(), there) == own.end();
  });
}

}  // namespace

const vantage* server_among(const std::vector<vantage>& all) {
  const vantage* best = nullptr;
  int best_rank = 0;
  for (const auto& each : all) {
    if (!each.known.host || is_led_to_itself(each, all)) continue;
    const host_facts& host = *each.known.host;
    const bool has_broker = !host.brokers.empty() || !host.configurations.empty();
    // A phone that dials itself has no broker there.
    const int rank =
        (has_broker ? 4 : 0) + (each.works() ? 2 : 0) + (each.known.asked.on_broker ? 1 : 0);
    if (rank > best_rank) {
      best = &each;
      best_rank = rank;
    }
  }
  return best;
}

sentence told(const vantage& who, sentence text) {
  text.seen_by = who.name;
  return text;
}

sentence fate_of(const vantage& who) {
  const view known = who.main();
  if (known.client() == nullptr) {
    return told(who, words(N_("{host} has no address ({code})"),
                           {{"host", known.host()}, {"code", who.known.name.lookup}}));
  }
  if (!known.client()->connect.is_connected()) {
    const connect_fact& connect = known.client()->connect;
    return told(who,
                connect.icmp ? icmp_words(*connect.icmp, connect.ms) : refusal_or_silence(known));
  }
  for (const auto& step : who.made.steps) {
    if (step.state == step_state::bad) return told(who, step.what);
  }
  return told(who, words(N_("{where} is open"), {{"where", dialled(known)}}));
}

sentence welcome_of(const vantage& who) {
  const contact* const yes = accepted(who.main());
  if (yes == nullptr && who.main().client() != nullptr)
    return told(who, words(N_("{where} is open"), {{"where", dialled(who.main())}}));
  const std::string address = yes != nullptr ? yes->address : std::string();
  return told(
      who, words(N_("A broker accepts the connection to {where} (MQTT {version})."),
                 {{"where",
                   host_and_port(address, static_cast<unsigned>(yes != nullptr ? yes->port : 0))},
                  {"version", yes != nullptr ? yes->mqtt->version.word() : std::string()}}));
}

diagnosis diagnose_together(const std::vector<vantage>& all) {
  if (all.size() == 1) return all.front().made;
  return joint_diagnosis(all).decide();
}

}  // namespace mqttkit::doctor
