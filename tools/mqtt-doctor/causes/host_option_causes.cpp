// Options of mosquitto.conf that the broker takes, and that turn somebody away or change what is
// sent.
#include <algorithm>
#include <charconv>

#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/written_files.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

/// The machine, where its files in force for the port were all read.
std::optional<host_view> configured_for(const view& known) {
  auto at = look_at(known);
  const bool is_known = at && is_mosquitto(*at) && at->block != nullptr && !at->is_read_in_part() &&
                        at->problem(problem_kind::changed_since_start) == nullptr;
  return is_known ? std::move(at) : std::nullopt;
}

std::int64_t number_of(const std::string& text) {
  std::int64_t out = -1;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

/// The identifier that was sent, where it was the app's; "" for one of the doctor's own.
std::string app_identifier(const view& known) {
  const contact* const client = known.client();
  const bool is_own =
      client != nullptr && client->mqtt && client->mqtt->client_id_kind == client_id_kind::own;
  return is_own ? std::string() : known.asked().client_id;
}

std::string doctor_with_identifier(const view& known, const std::string& id) {
  return doctor_command(known) + " -i " + shell_word(id);
}

}  // namespace

/// Anybody may come in, and only those whose identifier begins as it is to. A user is turned away
/// for that before the password is looked at, so that a wrong one is told beside it.
maybe_finding host_client_id_prefix(const view& known, exclusions& excluded) {
  const auto at = configured_for(known);
  if (!at || !was_login_refused(known)) return {};
  const std::string prefix = at->setting("clientid_prefixes");
  const std::string id = app_identifier(known);
  const bool has_user = known.asked().has_user;
  if (prefix.empty() || (!has_user && at->setting("allow_anonymous") != "true")) return {};
  if (!id.empty() && id.starts_with(prefix)) return {};
  const login_check_fact* const check = at->login_check();
  if (has_user && check != nullptr && check->outcome == login_outcome::right)
    return {};  // host_bad_credentials() tells it
  const bool is_wrong = check != nullptr && check->outcome == login_outcome::wrong;
  const bool may_be_right = has_user && !is_wrong && known.asked().has_password &&
                            at->problem(problem_kind::user_not_in_file) == nullptr;
  const places with{{"prefix", prefix},
                    {"file", file_that_sets(*at->configuration, "clientid_prefixes")},
                    {"id", id}};
  if (!has_user)
    exclude(excluded, "auth-anonymous-refused",
            words(N_("{file} says allow_anonymous true for that port."), with));
  made_finding made("auth-client-id-not-allowed", certainty::certain,
                    !has_user || may_be_right ? strength::proven : strength::first_of_several,
                    words(N_("The broker admits only client identifiers that begin with "
                             "\"{prefix}\" (clientid_prefixes)."),
                          with));
  made.seen(words(N_("{file} says clientid_prefixes {prefix}."), with));
  made.seen(id.empty() ? words(N_("No client identifier was given (-i), and the doctor used one of "
                                  "its own."))
                       : words(N_("Client identifier \"{id}\" was given."), with));
  if (prefix.find(' ') != std::string::npos)
    made.seen(
        words(N_("The blank counts as part of that beginning: the option takes one, not a "
                 "list.")));
  return made.in_app(words(N_("Let the client identifier begin with {prefix}."), with))
      .apart(words(N_("With such an identifier:")), doctor_with_identifier(known, prefix + "test"));
}

/// The identifier is made of the user name, and there is none.
maybe_finding host_id_of_user(const view& known, exclusions&) {
  const auto at = configured_for(known);
  if (!at || !was_login_refused(known) || known.asked().has_user) return {};
  if (at->setting("use_username_as_clientid") != "true" ||
      at->setting("allow_anonymous") != "true" || known.asked().has_certificate)
    return {};
  const std::string file = file_of(*at->block, *at->configuration);
  const places with{{"file", file}, {"port", known.port()}};
  return made_finding(
             "auth-anonymous-refused", certainty::certain, strength::proven,
             words(N_("The broker takes the client identifier from the user name, and none "
                      "was given: use_username_as_clientid turns everybody without one "
                      "away, whatever allow_anonymous says."),
                   with))
      .seen(words(N_("{file} says use_username_as_clientid true for port {port}."), with))
      .in_app(words(N_("Fill in a user name, one for each device: two with the same one end each "
                       "other's connection.")))
      .mend(
          words(N_("Or take that line out, if everybody is to come in without a user name; the old "
                   "file is kept beside it:")),
          edit_command("/^use_username_as_clientid /d", file) + " && " + restart_command(*at));
}

namespace {

/// The asked topic, when its messages were kept back; null otherwise.
const std::string* kept_back(const view& known) {
  for (const auto& exchange : known.at.exchanges) {
    if (exchange.is_users_topic && !exchange.is_search && exchange.sent() > 0 &&
        exchange.arrived() == 0)
      return &exchange.topic;
  }
  for (const auto& delivery : known.at.deliveries) {
    if (delivery.is_users_topic && delivery.published && !delivery.echoed) return &delivery.topic;
  }
  return nullptr;
}

}  // namespace

/// A rule that stands above every "user" line is for clients without a name alone.
maybe_finding host_acl_for_nobody(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->works() || !is_mosquitto(*at)) return {};
  const std::string* const topic = kept_back(known);
  const std::string& user = known.asked().user_name;
  if (topic == nullptr || user.empty()) return {};
  for (const acl_rule_fact& rule : at->configuration->acl) {
    if (rule.is_pattern || !rule.user.empty() || rule.access == acl_access::deny) continue;
    if (rule.is_newer || !is_topic_filter(rule.topic) || !topic_matches(rule.topic, *topic))
      continue;
    const places with{{"rule", "topic " + rule.access.word() + " " + rule.topic},
                      {"place", rule.file + ":" + std::to_string(rule.line)},
                      {"user", user}};
    made_finding made("auth-acl-publish-swallowed", certainty::certain, strength::proven,
                      words(N_("The access list has \"{rule}\" above every \"user\" line: that is "
                               "for clients without a user name alone, and no rule is about "
                               "{user}."),
                            with));
    made.seen(words(N_("{place}: {rule}"), with));
    allow_topic(made, known, user, topic_right::both, *topic);
    return made.mend(
        words(N_("Or, if it is meant for everybody, say \"pattern\" in that line, which "
                 "is for all users:")),
        edit_command(std::to_string(rule.line) + "s/^ *topic /pattern /", rule.file) + " && " +
            reload_command(*at));
  }
  return {};
}

/// mount_point puts a word before the topics of one listener's clients.
maybe_finding host_mount_point(const view& known, exclusions&) {
  const auto at = configured_for(known);
  if (!at || !at->works()) return {};
  const std::string mount = at->setting("mount_point");
  if (mount.empty()) return {};
  for (const exchange_fact& exchange : known.at.exchanges) {
    for (const auto& run : exchange.runs) {
      if (run.arrived_topic != mount + exchange.topic || !exchange.publisher_at.empty()) continue;
      const std::string file = file_of(*at->block, *at->configuration);
      const places with{{"topic", exchange.topic},
                        {"arrived", run.arrived_topic},
                        {"mount", mount},
                        {"file", file},
                        {"port", known.port()}};
      return made_finding(
                 "delivery-topic-rewritten", certainty::certain, strength::proven,
                 words(N_("The broker changes topics: what is sent to \"{topic}\" on port "
                          "{port} is \"{arrived}\" for others, because that listener has a "
                          "mount_point."),
                       with))
          .seen(words(N_("{file} says mount_point {mount} for port {port}."), with))
          .mend(
              words(N_("If it is not wanted, take that line out; the old file is kept beside it:")),
              edit_command("/^mount_point /d", file) + " && " + restart_command(*at));
    }
  }
  return {};
}

namespace {

/// The port of "HOST:PORT" where the host is this machine; 0 otherwise.
int own_port_in(const host_view& at, const std::string& place) {
  const std::size_t colon = place.rfind(':');
  const std::string host = place.substr(0, colon);
  const auto& own = at.host.addresses;
  const bool is_here = host == at.known.host() || host == "localhost" || is_loopback(host) ||
                       std::find(own.begin(), own.end(), host) != own.end();
  return is_here && colon != std::string::npos
             ? static_cast<int>(std::max<std::int64_t>(0, number_of(place.substr(colon + 1))))
             : 0;
}

}  // namespace

/// Two listeners of one broker have different mount points: their clients do not meet.
maybe_finding host_mount_point_between(const view& known, exclusions&) {
  const auto at = configured_for(known);
  if (!at || !at->works()) return {};
  for (const exchange_fact& exchange : known.at.exchanges) {
    if (exchange.publisher_at.empty() || exchange.sent() == 0 || exchange.arrived() > 0) continue;
    const int other = own_port_in(*at, exchange.publisher_at);
    const configured_listener* const there =
        other != 0 ? block_for(*at->configuration, other) : nullptr;
    if (there == nullptr || there == at->block) continue;
    const auto named = there->settings.find("mount_point");
    const std::string theirs = named == there->settings.end() ? std::string() : named->second;
    const std::string mine = at->setting("mount_point");
    if (theirs == mine) continue;
    const places with{{"port", known.port()},
                      {"other", std::to_string(other)},
                      {"mine", mine.empty() ? "-" : mine},
                      {"theirs", theirs.empty() ? "-" : theirs},
                      {"file", file_of(mine.empty() ? *there : *at->block, *at->configuration)}};
    return made_finding("delivery-not-forwarded", certainty::certain, strength::proven,
                        words(N_("The listeners for port {port} and port {other} have different "
                                 "mount points: their clients do not get each other's messages "
                                 "under the same topic."),
                              with))
        .seen(words(N_("mount_point of port {port}: {mine}; of port {other}: {theirs}."), with))
        .seen(words(N_("A mount_point stands before all topics of its listener's clients, and only "
                       "the other listeners' see it.")))
        .mend(words(N_("If that is not wanted, take the mount_point line out; the old file is kept "
                       "beside it:")),
              edit_command("/^mount_point /d", with.at("file")) + " && " + restart_command(*at));
  }
  return {};
}

/// A listener with psk_hint and no certificate; or one whose ciphers are restricted.
maybe_finding host_pre_shared_key(const view& known, exclusions&) {
  const auto at = configured_for(known);
  const contact* const client = known.client();
  if (!at || !known.is_tls() || at->works() || client == nullptr || !client->tls) return {};
  const bool has_certificate = !at->setting("certfile").empty() && !at->setting("keyfile").empty();
  const std::string ciphers = at->setting("ciphers");
  const places with{{"port", known.port()},
                    {"ciphers", ciphers},
                    {"file", file_of(*at->block, *at->configuration)},
                    {"keys", at->setting("psk_file")}};
  if (client->tls->is_done || client->tls->alert != tls_alert::handshake_failure) return {};
  if (at->setting("psk_hint").empty() || has_certificate) {
    if (ciphers.empty()) return {};
    return made_finding(
               "tls-cipher-or-psk-mismatch", certainty::likely, strength::proven,
               words(N_("Client and broker have no cipher in common: the listener for port "
                        "{port} takes these alone: {ciphers}."),
                     with))
        .seen(words(N_("{file} says ciphers {ciphers} for port {port}."), with))
        .mend(words(N_("Take that line out, and OpenSSL's usual ciphers are taken; the old file is "
                       "kept beside it:")),
              edit_command("/^ciphers /d", with.at("file")) + " && " + restart_command(*at));
  }
  made_finding made("tls-cipher-or-psk-mismatch", certainty::certain, strength::proven,
                    words(N_("The listener for port {port} takes clients with a pre-shared key "
                             "alone: it has psk_hint and no certificate."),
                          with));
  made.seen(words(N_("{file} says psk_hint for port {port}, and no certfile with keyfile."), with));
  if (with.at("keys").empty())
    made.seen(words(N_("There is no psk_file either, so that nobody has a key.")));
  else
    made.seen(words(N_("The keys stand in {keys}, a line IDENTITY:KEY for each client."), with));
  return made
      .in_app(words(N_("Enter identity and key in the app (TLS-PSK), or use a port with a "
                       "certificate.")))
      .lines(words(N_("For clients that check a certificate, a listener of its own, at the end of "
                      "{file}:"),
                   with),
             "listener 8884\ncertfile /etc/mosquitto/certs/server.crt\nkeyfile "
             "/etc/mosquitto/certs/server.key",
             with.at("file"));
}

/// max_packet_size is so small that CONNECT itself does not pass.
maybe_finding host_small_packets(const view& known, exclusions&) {
  const auto at = configured_for(known);
  if (!at || !was_closed_without_answer(known)) return {};
  const std::string limit = at->setting("max_packet_size");
  constexpr std::int64_t largest_connect = 400;
  const std::int64_t bytes = number_of(limit);
  if (bytes <= 0 || bytes > largest_connect) return {};
  const auto* const line = at->logged(log_kind::too_large);
  const std::string file = file_that_sets(*at->configuration, "max_packet_size");
  const places with{{"limit", limit}, {"file", file}};
  made_finding made("mqtt-closed-after-connect",
                    line != nullptr ? certainty::certain : certainty::likely, strength::proven,
                    words(N_("The broker takes no packet of more than {limit} bytes "
                             "(max_packet_size), and CONNECT is larger."),
                          with));
  made.seen(words(N_("{file} says max_packet_size {limit}."), with));
  if (line != nullptr) made.seen(log_words(*line));
  return made.mend(words(N_("Take that line out; the old file is kept beside it:")),
                   edit_command("/^max_packet_size /d", file) + " && " + restart_command(*at));
}

/// The user's line in the password file is none that this mosquitto reads.
maybe_finding host_password_kind(const view& known, exclusions&) {
  const auto at = configured_for(known);
  if (!at || !was_login_refused(known) || !known.asked().has_user) return {};
  const std::string& user = known.asked().user_name;
  const std::string file = at->setting("password_file");
  const places with{{"user", user}, {"file", file}};
  const auto& problems = at->configuration->problems;
  const bool has_mark =
      std::any_of(problems.begin(), problems.end(), [&](const configuration_problem& problem) {
        return problem.kind == problem_kind::byte_order_mark && problem.file == file;
      });
  if (has_mark && at->problem(problem_kind::user_not_in_file) != nullptr)
    return made_finding("auth-bad-credentials", certainty::certain, strength::proven,
                        words(N_("{file} begins with a byte order mark, an invisible character, "
                                 "which counts as part of its first user's name: the broker does "
                                 "not know \"{user}\"."),
                              with))
        .seen(words(N_("{file} has no line for that name."), with))
        .mend(words(N_("Take the mark away:")),
              edit_command("1s/^\\xEF\\xBB\\xBF//", file) + " && " + reload_command(*at));
  for (const log_fact& line : at->host.log) {
    if (line.kind != log_kind::plain_password || !line.is_current || line.is_outdated ||
        !contains(line.text, "user " + user + ","))
      continue;
    if (at->problem(problem_kind::plain_password) != nullptr ||
        at->problem(problem_kind::foreign_hash) != nullptr)
      continue;  // host_plain_passwords() says which
    return made_finding("auth-password-file-not-hashed", certainty::certain, strength::proven,
                        words(N_("mosquitto does not know the kind of hash that \"{user}\" has in "
                                 "{file}, and leaves that user out: another program made it, or a "
                                 "newer mosquitto."),
                              with))
        .seen(log_words(line))
        .mend(words(N_("Set that password anew; the others of the file stay as they are:")),
              user_command(*at, user));
  }
  return {};
}

/// memory_limit leaves the broker nothing for a client.
maybe_finding host_little_memory(const view& known, exclusions&) {
  const auto at = configured_for(known);
  if (!at || !was_closed_without_answer(known)) return {};
  for (const auto& problem : at->configuration->problems) {
    if (problem.kind != problem_kind::bad_value || problem.subject != "memory_limit") continue;
    const places with{{"limit", problem.detail}, {"place", place_text(problem)}};
    return made_finding("mqtt-max-connections", certainty::certain, strength::proven,
                        words(N_("The broker may use {limit} bytes of memory (memory_limit), which "
                                 "leaves nothing for a client."),
                              with))
        .seen(words(N_("{place}: memory_limit {limit}; the number is of bytes."), with))
        .mend(words(N_("Take that line out; the old file is kept beside it:")),
              edit_command(std::to_string(problem.line) + "d", problem.file) + " && " +
                  restart_command(*at));
  }
  return {};
}

namespace {

/// persistence true without a place: the file is to stand where the broker was started.
maybe_finding unplaced_store(const configuration_problem& problem) {
  const places with{{"user", problem.detail.substr(0, problem.detail.find('\n'))},
                    {"folder", problem.file}};
  return made_finding(
             "host-file-permission", certainty::certain, strength::leaning,
             words(N_("persistence is true, and there is no persistence_location: mosquitto "
                      "keeps messages in the folder that it was started in, {folder}, where "
                      "the user {user} cannot write."),
                   with))
      .seen(words(N_("Retained messages and sessions are gone at the broker's next start.")))
      .lines(words(N_("Name a folder that belongs to {user}:"), with),
             "persistence_location /var/lib/mosquitto/", "mosquitto.conf")
      .warning();
}

}  // namespace

/// The broker runs and cannot write its log, or keeps its messages in a folder that is not there.
maybe_finding host_log_closed(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_mosquitto(*at) || at->configuration->pid == 0) return {};
  for (const auto& problem : at->configuration->problems) {
    const bool is_missing = problem.kind == problem_kind::missing_folder;
    const bool is_log = problem.subject == "log_dest" &&
                        (is_missing || problem.kind == problem_kind::unwritable_file);
    const bool is_store = is_missing && problem.subject == "persistence_location";
    const bool is_unplaced =
        problem.kind == problem_kind::unwritable_file && problem.subject == "persistence";
    if (is_unplaced) return unplaced_store(problem);
    if (!is_log && !is_store) continue;
    const process_fact* const process = at->process();
    const std::string user =
        process != nullptr && !process->user.empty() ? process->user : std::string("mosquitto");
    const std::string folder =
        is_store ? problem.file : problem.file.substr(0, problem.file.rfind('/'));
    const places with{{"file", problem.file}, {"user", user}, {"folder", folder}};
    made_finding made(
        "host-file-permission", certainty::certain, strength::leaning,
        is_store ? words(N_("persistence_location names {folder}, which does not exist: retained "
                            "messages and sessions are gone at the broker's next start."),
                         with)
        : is_missing
            ? words(N_("mosquitto writes no log: the folder of {file} does not exist."), with)
            : words(N_("mosquitto writes no log: the user {user}, as which it runs, cannot "
                       "write {file}."),
                    with));
    if (!problem.named_in.empty())
      made.seen(words(N_("{place} names it."),
                      {{"place", problem.named_in + ":" + std::to_string(problem.named_line)}}));
    if (is_store)
      made.warning();
    else
      made.note();
    return made.mend(words(N_("Make it, for that user:")),
                     is_missing
                         ? "sudo install -d -o " + user + " " + shell_word(folder) + " && " +
                               restart_command(*at)
                         : "sudo touch " + shell_word(problem.file) + " && sudo chown " + user +
                               ": " + shell_word(problem.file) + " && " + reload_command(*at));
  }
  return {};
}

}  // namespace mqttkit::doctor
