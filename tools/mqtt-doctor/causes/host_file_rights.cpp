// Users and rights in the files of brokers other than mosquitto, and what these ask about logins.
//
// A running broker may have been told otherwise since (its API, its dashboard), so a file is likely
// why, and never certainly.
#include <algorithm>

#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit::doctor {
namespace {

std::string place_of(const file_right_fact& right) {
  return right.line == 0 ? right.file : right.file + ":" + std::to_string(right.line);
}

/// What the broker's files say of the user that logs in; null where nothing is known.
const file_right_fact* right_of(const host_view& at) {
  if (at.configuration == nullptr || !at.configuration->is_used || is_mosquitto(at)) return nullptr;
  const auto& all = at.configuration->rights;
  return all.empty() ? nullptr : &all.front();
}

struct met {
  bool lacks_read = false, lacks_write = false;
};

/// What the client met with its own topic, as far as a missing right shows in it.
met met_with(const view& known, const std::string& topic) {
  met out;
  for (const delivery_fact& each : known.at.deliveries) {
    if (!each.is_users_topic || each.topic != topic) continue;
    const bool is_refused = each.suback >= 0x80 || each.ended_after == delivery_stage::subscribe;
    const bool is_not_taken = each.puback >= 0x80 || each.ended_after == delivery_stage::publish;
    const bool is_lost = each.published && !each.echoed;
    out.lacks_read = out.lacks_read || is_refused || is_lost;
    out.lacks_write = out.lacks_write || is_not_taken || is_lost;
  }
  return out;
}

void give_right(made_finding& made, const host_view& at, const file_right_fact& right,
                bool is_read) {
  const std::string& file = right.file;
  switch (at.configuration->broker.value()) {
    case broker_kind::rabbitmq: {
      // How much more it may have only its owner knows.
      made.mend(
          words(N_("See what this user may do, widen it by what is missing (set_permissions or "
                   "set_topic_permissions), and write that into {file} as well, which is "
                   "read when the broker starts:"),
                {{"file", file}}),
          "sudo rabbitmqctl list_user_permissions " + shell_word(right.user) +
              "; sudo rabbitmqctl list_user_topic_permissions " + shell_word(right.user));
      return;
    }
    case broker_kind::hivemq:
      made.lines(words(N_("Write this permission into one of the user's roles, in {file}, which "
                          "HiveMQ reads again by itself:"),
                       {{"file", file}}),
                 "<permission><topic>" + right.topic + "</topic><activity>" +
                     (is_read ? "SUBSCRIBE" : "PUBLISH") + "</activity></permission>",
                 file);
      return;
    default:
      made.look(words(N_("Write a role of that user into the rule, in {file}:"), {{"file", file}}),
                "sudoedit " + shell_word(file))
          .then(words(N_("Then:")), restart_command(at));
  }
}

maybe_finding denied_by_file(const view& known, bool is_read) {
  const auto at = look_at(known);
  if (!at || !at->works()) return {};
  const file_right_fact* const right = right_of(*at);
  if (right == nullptr || !right->is_known || right->topic.empty() || right->access.empty())
    return {};
  const bool may_read = right->access == acl_access::read || right->access == acl_access::readwrite;
  const bool may_write =
      right->access == acl_access::write || right->access == acl_access::readwrite;
  const met found = met_with(known, right->topic);
  if (is_read ? may_read || !found.lacks_read : may_write || !found.lacks_write) return {};
  const places with{{"user", right->user}, {"topic", right->topic}, {"file", place_of(*right)}};
  made_finding made(
      is_read ? "auth-acl-subscribe-refused" : "auth-acl-publish-closes", certainty::likely,
      strength::proven,
      is_read ? words(N_("User {user} has no right to read {topic}, by {file}."), with)
              : words(N_("User {user} has no right to publish to {topic}, by {file}."), with));
  made.seen(right->said.empty() ? words(N_("Nothing in {file} gives that user the topic."), with)
                                : words(N_("{place} decides: {rule}"),
                                        {{"place", place_of(*right)}, {"rule", right->said}}));
  give_right(made, *at, *right, is_read);
  return made;
}

}  // namespace

maybe_finding host_file_denies_reading(const view& known, exclusions&) {
  return denied_by_file(known, true);
}

maybe_finding host_file_denies_writing(const view& known, exclusions&) {
  return denied_by_file(known, false);
}

maybe_finding host_file_lacks_user(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !was_login_refused(known) || !known.asked().has_user) return {};
  const file_right_fact* const right = right_of(*at);
  if (right == nullptr || right->is_known) return {};
  const places with{{"user", right->user}, {"file", right->file}};
  made_finding made("auth-bad-credentials", certainty::likely, strength::proven,
                    words(N_("{file} names no user {user}."), with));
  made.seen(
      words(N_("The broker takes its users from that file; it may have been given others "
               "since.")));
  if (at->configuration->broker == broker_kind::rabbitmq)
    made.look(words(N_("Which users there are:")), "sudo rabbitmqctl list_users");
  made.look(words(N_("Add the user, or correct its name:")), "sudoedit " + shell_word(right->file));
  return made.in_app(words(N_("Or enter the name of a user that is there.")));
}

maybe_finding host_file_lacks_vhost(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !was_login_refused(known) || !known.asked().has_user) return {};
  const file_right_fact* const right = right_of(*at);
  const bool has_none = right != nullptr && right->is_known && right->said.empty() &&
                        right->access == acl_access::deny && !right->realm.empty();
  if (!has_none) return {};
  const places with{{"user", right->user}, {"host", right->realm}, {"file", right->file}};
  return made_finding("auth-vhost", certainty::likely, strength::proven,
                      words(N_("{file} gives the user {user} no permission in the virtual host "
                               "{host}."),
                            with))
      .mend(words(N_("Give the permission:")), "sudo rabbitmqctl set_permissions -p " +
                                                   shell_word(right->realm) + " " +
                                                   shell_word(right->user) + " '.*' '.*' '.*'")
      .in_app(words(N_("To use another virtual host, write it before the user name, with a colon: "
                       "VHOST:{user}"),
                    with));
}

namespace {

struct asked_server {
  std::string host;
  int port = 0;
};

/// "127.0.0.1:8080" of "http://127.0.0.1:8080/auth", with the usual port of the kind.
asked_server server_of(std::string text, const std::string& backend) {
  struct row {
    std::string_view name;
    int port;
  };
  constexpr row rows[] = {{"mysql", 3306},    {"postgresql", 5432}, {"redis", 6379},
                          {"mongodb", 27017}, {"ldap", 389},        {"http", 80}};
  asked_server out;
  for (const row& each : rows)
    if (backend == each.name) out.port = each.port;
  if (text.starts_with("https://")) out.port = 443;
  const std::size_t scheme = text.find("://");
  if (scheme != std::string::npos) text.erase(0, scheme + 3);
  text = text.substr(0, text.find_first_of("/,?"));
  if (const std::size_t login = text.rfind('@'); login != std::string::npos)
    text.erase(0, login + 1);
  const std::size_t colon = text.rfind(':');
  const bool has_port = colon != std::string::npos && text.find(']', colon) == std::string::npos &&
                        (text.find(':') == colon || text.starts_with('['));
  out.host = has_port ? text.substr(0, colon) : text;
  if (has_port) out.port = std::atoi(text.c_str() + colon + 1);
  if (out.host.starts_with('[') && out.host.ends_with(']'))
    out.host = out.host.substr(1, out.host.size() - 2);
  return out;
}

bool is_unanswered(const view& known) {
  if (was_login_refused(known)) return true;
  const contact* const client = with_connack(known, contact_purpose::client);
  return client != nullptr && client->mqtt->meaning == number_of(reason_code::server_unavailable);
}

/// A service on this machine that EMQX is set up to ask, and that does not listen.
struct silent_service {
  std::string setting;  ///< that names it: "authentication.1.url"
  std::string kind;     ///< "http"
  std::string server;
  bool is_inside = false;  ///< a container, whose loopback address leads nowhere else
};

std::optional<silent_service> silent_service_of(const host_view& at, const char* list,
                                                const char* kind) {
  constexpr int most = 16;
  for (int number = 1; number <= most; ++number) {
    const std::string stem = list + std::to_string(number) + ".";
    const std::string backend = at.setting(stem + kind);
    if (backend.empty() || at.setting(stem + "enable") == "false") continue;
    std::string named = "url";
    for (const char* name : {"server", "servers"})
      if (!at.setting(stem + name).empty()) named = name;
    const asked_server server = server_of(at.setting(stem + named), backend);
    const auto& own = at.host.addresses;
    const bool is_loopback =
        lower(server.host) == "localhost" || class_of(server.host) == address_class::loopback;
    const bool is_here = is_loopback || std::find(own.begin(), own.end(), server.host) != own.end();
    if (server.port == 0 || !is_here) continue;
    const bool is_inside = at.container != nullptr && at.container->network != "host";
    if (is_inside && (!is_loopback || !at.container->has_listeners)) continue;
    const auto& all = is_inside ? at.container->listeners : at.host.listeners;
    if (std::none_of(all.begin(), all.end(),
                     [&](const listener_fact& each) { return each.port == server.port; }))
      return silent_service{stem + named, backend, server.host + ":" + std::to_string(server.port),
                            is_inside};
  }
  return {};
}

bool is_emqx(const host_view& at) {
  return at.configuration != nullptr && at.configuration->is_used &&
         at.configuration->broker == broker_kind::emqx;
}

maybe_finding told_silent(const host_view& at, const char* id, const silent_service& found,
                          const sentence& what) {
  made_finding made(id, certainty::likely, strength::proven, what);
  made.seen(said_words(at, found.setting, at.setting(found.setting)));
  if (!found.is_inside)
    return made.mend(
        words(N_("Start that service, or correct its address in the dashboard under "
                 "Access Control.")));
  return made
      .seen(words(N_("In its container that address is the container itself, where nothing listens "
                     "on the port.")))
      .mend(words(N_("Let it ask the service by its name in the containers' network, or by "
                     "host.docker.internal, in the dashboard under Access Control.")))
      .then(words(N_("Then:")), restart_command(at));
}

}  // namespace

maybe_finding host_check_unanswered(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_emqx(*at) || !is_unanswered(known) || !known.asked().has_user) return {};
  const auto found = silent_service_of(*at, "authentication.", "backend");
  if (!found) return {};
  return told_silent(*at, "host-not-serving", *found,
                     words(N_("EMQX asks {backend} at {server} about logins, and nothing listens "
                              "there."),
                           {{"backend", found->kind}, {"server", found->server}}));
}

maybe_finding host_rights_unanswered(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_emqx(*at) || !at->works()) return {};
  const auto found = silent_service_of(*at, "authorization.sources.", "type");
  if (!found) return {};
  const auto is_turned_away = [](const delivery_fact& each) {
    return each.is_users_topic && (each.suback >= 0x80 || each.puback >= 0x80 ||
                                   each.ended_after == delivery_stage::subscribe ||
                                   each.ended_after == delivery_stage::publish);
  };
  const auto& all = known.at.deliveries;
  const auto met = std::find_if(all.begin(), all.end(), is_turned_away);
  if (met == all.end()) return {};
  const bool is_read = met->suback >= 0x80 || met->ended_after == delivery_stage::subscribe;
  return told_silent(*at, is_read ? "auth-acl-subscribe-refused" : "auth-acl-publish-closes",
                     *found,
                     words(N_("EMQX asks {backend} at {server} about rights to topics, and nothing "
                              "listens there."),
                           {{"backend", found->kind}, {"server", found->server}}));
}

}  // namespace mqttkit::doctor
