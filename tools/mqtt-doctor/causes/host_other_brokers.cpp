// Brokers other than mosquitto on their own machine: what their files and logs prove.
#include <algorithm>
#include <charconv>

#include "mqtt-doctor/causes/broker_complaints.hpp"
#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/everybody_refused.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {

broker_kind broker_here(const host_view& at) {
  if (const process_fact* const process = at.process()) return process->name.value();
  if (at.is_held_by_other || at.configuration == nullptr) return broker_kind::none;
  return at.configuration->broker.value();
}

namespace {

std::string listener_name(const host_view& at) {
  if (at.block == nullptr) return "default";
  const auto name = at.block->settings.find("name");
  return name == at.block->settings.end() ? "default" : name->second;
}

/// How EMQX, VerneMQ and NanoMQ call the kind of the listener.
std::string kind_of(const host_view& at) {
  return at.known.is_websocket() ? (at.known.is_tls() ? "wss" : "ws")
         : at.known.is_tls()     ? "ssl"
                                 : "tcp";
}

}  // namespace

config_line open_listener_line(const host_view& at) {
  const std::string port = at.known.port(), kind = kind_of(at);
  const std::string file = at.configuration == nullptr ? std::string()
                           : at.block == nullptr       ? at.configuration->file
                                                       : file_of(*at.block, *at.configuration);
  const auto named = [&](const char* usual) { return file.empty() ? std::string(usual) : file; };
  switch (broker_here(at)) {
    case broker_kind::emqx: {
      const std::string stem = "listeners." + kind + "." + listener_name(at);
      const std::string off = stem + ".enable";
      if (at.setting(off) == "false") return {off + " = true", named("emqx.conf")};
      const bool is_old = at.configuration != nullptr && at.block != nullptr &&
                          at.block->settings.empty() &&
                          at.configuration->settings.count("allow_anonymous") != 0;
      return is_old ? config_line{"listener." + kind + ".external = 0.0.0.0:" + port,
                                  named("emqx.conf")}
                    : config_line{stem + ".bind = \"0.0.0.0:" + port + "\"", named("emqx.conf")};
    }
    case broker_kind::vernemq:
      return {"listener." + kind + "." + listener_name(at) + " = 0.0.0.0:" + port,
              named("vernemq.conf")};
    case broker_kind::nanomq:
      return {"listeners." + kind + ".bind = \"0.0.0.0:" + port + "\"", named("nanomq.conf")};
    case broker_kind::rabbitmq:
      return {at.known.is_websocket() ? "web_mqtt.tcp.ip = 0.0.0.0\nweb_mqtt.tcp.port = " + port
              : at.known.is_tls()     ? "mqtt.listeners.ssl.default = 0.0.0.0:" + port
                                      : "mqtt.listeners.tcp.default = 0.0.0.0:" + port,
              named("rabbitmq.conf")};
    case broker_kind::nats:
      return {"mqtt { listen: \"0.0.0.0:" + port + "\" }", named("nats-server.conf")};
    case broker_kind::hivemq:
      return {at.known.is_websocket()
                  ? "<websocket-listener><port>" + port +
                        "</port><bind-address>0.0.0.0</bind-address><path>/mqtt</path>"
                        "</websocket-listener>"
                  : "<tcp-listener><port>" + port +
                        "</port><bind-address>0.0.0.0</bind-address></tcp-listener>",
              named("config.xml")};
    case broker_kind::activemq:
      return {"<transportConnector name=\"mqtt\" uri=\"mqtt://0.0.0.0:" + port + "\"/>",
              named("activemq.xml")};
    case broker_kind::artemis:
      return {"<acceptor name=\"mqtt\">tcp://0.0.0.0:" + port + "?protocols=MQTT</acceptor>",
              named("broker.xml")};
    case broker_kind::flashmq:
      return {"listen {\n  protocol mqtt\n  port " + port + "\n}", named("flashmq.conf")};
    default:
      return {};
  }
}

std::string variable_that_sets(const host_view& at, const std::string& name) {
  if (at.configuration == nullptr) return {};
  for (const auto& [setting, place] : at.configuration->places) {
    const bool is_it =
        setting == name || (setting.starts_with("listener") && setting.ends_with("." + name));
    if (is_it && !place.empty() && place.find('/') == std::string::npos) return place;
  }
  return {};
}

sentence said_words(const host_view& at, const std::string& name, const std::string& value) {
  if (const std::string variable = variable_that_sets(at, name); !variable.empty())
    return words(N_("Its environment says {name}={value}."),
                 {{"name", variable}, {"value", value}});
  const auto place = at.configuration->places.find(name);
  const bool is_known = place != at.configuration->places.end();
  return words(N_("{file} says {setting}."),
               {{"file", is_known ? place->second : at.configuration->file},
                {"setting", name + " = " + value}});
}

namespace {

/// What a broker's file says of anonymous clients; `name` is the setting, "" where it says nothing.
struct anonymous_setting {
  std::string name;
  bool allows = false;
};

anonymous_setting anonymous_of(const host_view& at) {
  for (const char* name : {"allow_anonymous", "mqtt.allow_anonymous", "auth.allow_anonymous"}) {
    const std::string said = at.setting(name);
    if (!said.empty()) return {name, said == "true" || said == "on"};
  }
  return {};
}

}  // namespace

maybe_finding host_login_missing(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || is_mosquitto(*at) || !was_login_refused(known) || known.asked().has_user ||
      at->configuration == nullptr || !at->configuration->is_used)
    return {};
  const anonymous_setting said = anonymous_of(*at);
  const broker_kind broker = broker_here(*at);
  const std::string& file = at->configuration->file;
  const bool is_vernes_default =
      broker == broker_kind::vernemq && said.name.empty() && !at->is_read_in_part();
  const bool is_flashmqs_default = broker == broker_kind::flashmq && said.name.empty();
  const bool has_nats_users = broker == broker_kind::nats && at->setting("users") == "present";
  if (said.name.empty() && !is_vernes_default && !is_flashmqs_default && !has_nats_users) return {};
  exclusions ignored;
  if (said.allows || host_nobody_checks(known, ignored) ||
      host_certificate_no_login(known, ignored))
    return {};
  made_finding made("auth-anonymous-refused", certainty::certain, strength::proven,
                    words(N_("The broker wants a user name and a password, and none was given.")));
  if (!said.name.empty())
    made.seen(said_words(*at, said.name, at->setting(said.name)));
  else if (has_nats_users)
    made.seen(words(N_("{file} names users, and lets nobody else in."), {{"file", file}}));
  else
    made.seen(words(N_("{file} does not say allow_anonymous, and without that nobody comes in "
                       "without a user name."),
                    {{"file", file}}));
  made.in_app(words(N_("Fill in user name and password.")));
  make_user(made, known);
  return made;
}

namespace {

/// Why nobody at all can log in: the broker checks logins by a module that is not switched on.
struct no_checker {
  const char* means = nullptr;
  std::string said;  ///< the setting
  std::string line;  ///< that switches it on
};

no_checker nobody_checks(const host_view& at, broker_kind broker) {
  const anonymous_setting anonymous = anonymous_of(at);
  if (anonymous.allows) return {};
  if (broker == broker_kind::vernemq) {
    const bool has_other =
        at.setting("plugins.vmq_diversity") == "on" || at.setting("plugins.vmq_webhooks") == "on";
    if (at.setting("plugins.vmq_passwd") == "off" && !has_other)
      return {N_("VerneMQ lets nobody in: its plugin for password files, vmq_passwd, is switched "
                 "off, and no other one checks logins."),
              "plugins.vmq_passwd = off", "plugins.vmq_passwd = on"};
  }
  if (broker == broker_kind::emqx && at.setting("login_plugin") == "missing" &&
      !anonymous.name.empty())
    return {N_("EMQX lets nobody in: anonymous clients are turned away, and no plugin that checks "
               "user names and passwords is loaded."),
            anonymous.name + " = " + at.setting(anonymous.name),
            {}};
  if (broker == broker_kind::flashmq && at.setting("mosquitto_password_file").empty() &&
      at.setting("plugin").empty() && anonymous.name.empty())
    return {N_("FlashMQ lets nobody in: its configuration names no password file, and does not "
               "say allow_anonymous."),
            {},
            "mosquitto_password_file /etc/flashmq/passwd"};
  return {};
}

}  // namespace

/// NATS lets the user in by other protocols than the one that was tried.
maybe_finding host_connection_type(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !was_login_refused(known) || broker_here(*at) != broker_kind::nats ||
      at->configuration == nullptr || !at->configuration->is_used)
    return {};
  const std::string types = at->setting("allowed_connection_types");
  const login_check_fact* const check = at->login_check();
  if (types.empty() || check == nullptr || check->outcome == login_outcome::wrong) return {};
  const std::string wanted = known.is_websocket() ? "MQTT_WS" : "MQTT";
  if (contains(", " + types + ",", ", " + wanted + ",")) return {};
  const bool is_right = check->outcome == login_outcome::right;
  const auto where = at->configuration->places.find("allowed_connection_types");
  const places with{
      {"user", check->user},
      {"types", types},
      {"wanted", wanted},
      {"place", where != at->configuration->places.end() ? where->second : check->file},
      {"file", check->file}};
  made_finding made(
      "auth-source-not-allowed",
      is_right && !check->is_newer ? certainty::certain : certainty::likely, strength::proven,
      words(N_("NATS lets the user \"{user}\" in by connections of other kinds alone, "
               "not by {wanted}."),
            with));
  made.seen(words(N_("{place} says allowed_connection_types: {types}."), with));
  if (is_right) made.seen(words(N_("The password is the one in {file}."), with));
  return made
      .look(words(N_("Add \"{wanted}\" to that user's allowed_connection_types:"), with),
            "sudoedit " + shell_word(check->file))
      .then(words(N_("Then:")), restart_command(*at))
      .in_app(words(N_("Or use a user that is allowed this kind.")));
}

maybe_finding host_nobody_checks(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !was_login_refused(known) || at->configuration == nullptr ||
      !at->configuration->is_used)
    return {};
  const broker_kind broker = broker_here(*at);
  const no_checker found = nobody_checks(*at, broker);
  if (found.means == nullptr) return {};
  const std::string& file = at->configuration->file;
  // A file that was not seen may name another module.
  made_finding made("host-not-serving",
                    at->is_read_in_part() ? certainty::likely : certainty::certain,
                    strength::proven, words(found.means));
  if (const std::size_t equals = found.said.find(" = "); equals != std::string::npos)
    made.seen(said_words(*at, found.said.substr(0, equals), found.said.substr(equals + 3)));
  if (const log_fact* const line = at->logged(log_kind::refused)) made.seen(log_words(*line));
  if (found.line.empty())
    made.mend(words(N_("Load one, and give it users; in EMQX 4 this is the one with users of its "
                       "own:")),
              "sudo emqx_ctl plugins load emqx_auth_mnesia");
  else
    made.lines(words(N_("Switch it on, in {file}:"), {{"file", file}}), found.line, file)
        .then(words(N_("Then:")), restart_command(*at));
  make_user(made, known);
  return made;
}

maybe_finding host_nobody_grants(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || broker_here(*at) != broker_kind::vernemq || at->configuration == nullptr ||
      accepted(known) == nullptr)
    return {};
  const bool has_other =
      at->setting("plugins.vmq_diversity") == "on" || at->setting("plugins.vmq_webhooks") == "on";
  const log_fact* const line = at->logged(log_kind::denied);
  const bool is_logged = line != nullptr && contains(line->text, "no_matching_hook_found");
  if (has_other || (at->setting("plugins.vmq_acl") != "off" && !is_logged)) return {};
  const bool was_met = std::any_of(
      known.at.deliveries.begin(), known.at.deliveries.end(), [](const delivery_fact& each) {
        return each.suback >= 0x80 || !each.end.empty() || each.puback >= 0x80;
      });
  if (!was_met && !is_logged) return {};
  const std::string& file = at->configuration->file;
  made_finding made(
      "auth-acl-publish-closes", certainty::certain, strength::proven,
      words(N_("VerneMQ refuses every topic: its plugin for access lists, vmq_acl, is "
               "switched off, and no other one grants any.")));
  if (!at->setting("plugins.vmq_acl").empty())
    made.seen(said_words(*at, "plugins.vmq_acl", at->setting("plugins.vmq_acl")));
  if (is_logged) made.seen(log_words(*line));
  return made
      .lines(words(N_("Switch it on, in {file}:"), {{"file", file}}), "plugins.vmq_acl = on", file)
      .then(words(N_("Then:")), restart_command(*at));
}

namespace {

/// The line by which a broker takes the name in a client certificate for the user name.
config_line certificate_login_line(const host_view& at, broker_kind broker) {
  const std::string& file = at.configuration->file;
  switch (broker) {
    case broker_kind::vernemq:
      return {"listener.ssl." + listener_name(at) + ".use_identity_as_username = on", file};
    case broker_kind::emqx:
      return {"mqtt.peer_cert_as_username = cn", file};
    case broker_kind::rabbitmq:
      return {"mqtt.ssl_cert_login = true", file};
    case broker_kind::nats:
      return {"mqtt { tls { verify_and_map: true } }", file};
    default:
      return {};
  }
}

bool takes_certificate_for_login(const host_view& at) {
  const auto is_said = [&](const char* name) {
    const std::string said = at.setting(name);
    return !said.empty() && said != "off" && said != "false";
  };
  return is_said("use_identity_as_username") || is_said("mqtt.peer_cert_as_username") ||
         is_said("mqtt.ssl_cert_login") || is_said("listener.ssl.use_identity_as_username");
}

}  // namespace

maybe_finding host_certificate_no_login(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || is_mosquitto(*at) || !was_login_refused(known) || known.asked().has_user ||
      !known.asked().has_certificate || at->configuration == nullptr ||
      !at->configuration->is_used || takes_certificate_for_login(*at))
    return {};
  const config_line line = certificate_login_line(*at, broker_here(*at));
  if (line.text.empty()) return {};
  return made_finding("auth-anonymous-refused", certainty::likely, strength::proven,
                      words(N_("The client certificate was accepted and is no login here: the "
                               "broker wants a user name besides.")))
      .seen(words(N_("{file} does not say that the name in a certificate is the user name."),
                  {{"file", at->configuration->file}}))
      .in_app(words(N_("Fill in user name and password beside the certificate.")))
      .lines(words(N_("Or let the certificate's name (CN) be the user name, for that listener:")),
             line.text, line.file)
      .then(words(N_("Then:")), restart_command(*at));
}

namespace {

/// The newest line of RabbitMQ's log about a login, of the user that was tried; null for none.
const log_fact* rabbits_word(const host_view& at) {
  const std::string& user = at.known.asked().user_name;
  const log_fact* found = nullptr;
  for (const log_fact& line : at.host.log) {
    if (!line.is_current || !contains(line.text, "MQTT login failed")) continue;
    if (contains(line.text, "'" + user + "'") || contains(line.text, "for user " + user + ":") ||
        contains(line.text, "for user " + user + ","))
      found = &line;
  }
  return found;
}

/// The text between the first pair of single quotes behind a mark.
std::string quoted_behind(const std::string& line, std::string_view mark) {
  const std::size_t at = line.find(mark);
  const std::size_t open = at == line.npos ? at : line.find('\'', at);
  const std::size_t close = open == line.npos ? open : line.find('\'', open + 1);
  return close == line.npos ? std::string() : line.substr(open + 1, close - open - 1);
}

}  // namespace

maybe_finding host_virtual_host(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || broker_here(*at) != broker_kind::rabbitmq || !was_login_refused(known) ||
      !known.asked().has_user)
    return {};
  const log_fact* const line = rabbits_word(*at);
  if (line == nullptr) return {};
  const std::string& user = known.asked().user_name;
  const std::string own = user.substr(user.find(':') == user.npos ? 0 : user.find(':') + 1);
  const std::string missing =
      contains(line->text, "does not exist") ? quoted_behind(line->text, "virtual host") : "";
  std::string refused = quoted_behind(line->text, "access to vhost");
  if (missing.empty() && refused.empty()) return {};
  const std::string host = missing.empty() ? refused : missing;
  const places with{{"user", own}, {"host", host}};
  made_finding made(
      "auth-vhost", certainty::certain, strength::proven,
      missing.empty() ? words(N_("The user {user} has no permission in the virtual host {host} of "
                                 "RabbitMQ."),
                              with)
                      : words(N_("The virtual host {host} does not exist in RabbitMQ."), with));
  made.seen(log_words(*line));
  if (user.find(':') == user.npos) {
    const std::string set = at->setting("mqtt.vhost");
    made.seen(set.empty()
                  ? words(N_("The user name names no virtual host, and RabbitMQ then takes "
                             "mqtt.vhost: /."))
                  : words(N_("The user name names no virtual host, and {file} says "
                             "mqtt.vhost = {set}."),
                          {{"file", at->configuration != nullptr ? at->configuration->file
                                                                 : std::string("rabbitmq.conf")},
                           {"set", set}}));
  }
  made.look(words(N_("Where the user has permissions, and which virtual hosts there are:")),
            "sudo rabbitmqctl list_user_permissions " + shell_word(own) +
                "; sudo rabbitmqctl list_vhosts");
  made.in_app(words(N_("To use another virtual host, write it before the user name, with a colon: "
                       "VHOST:{user}"),
                    with));
  const std::string give = "sudo rabbitmqctl set_permissions -p " + shell_word(host) + " " +
                           shell_word(own) + " '.*' '.*' '.*'";
  return missing.empty()
             ? made.mend(words(N_("Or give the user all permissions in this one:")), give)
             : made.mend(words(N_("Or make it, and give the user all permissions in it:")),
                         "sudo rabbitmqctl add_vhost " + shell_word(host) + " && " + give);
}

namespace {

void explain(made_finding& made, const broker_complaint& row, const std::string& file) {
  const places with{{"file", file.empty() && row.file != nullptr ? row.file : file}};
  if (row.text == nullptr)
    made.mend(words(row.mend, with));
  else if (row.file != nullptr)
    made.lines(words(row.mend, with), row.text, file.empty() ? row.file : file);
  else if (std::string_view(row.text).starts_with("sudo apt"))
    made.mend(words(row.mend, with), row.text);
  else
    made.look(words(row.mend, with), row.text);
}

}  // namespace

bool explain_complaint(made_finding& made, std::string_view line) {
  const broker_complaint* const row = complaint_in(line);
  if (row == nullptr) return false;
  made.seen(words(row->means));
  if (row->variable != nullptr)
    made.mend(words(row->variable));
  else
    explain(made, *row, {});
  return true;
}

maybe_finding host_not_serving(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->works() || accepted(known) != nullptr) return {};
  const broker_kind broker = broker_here(*at);
  for (auto line = at->host.log.rbegin(); line != at->host.log.rend(); ++line) {
    if (line->kind != log_kind::not_serving || !line->is_current) continue;
    const broker_complaint* const row = complaint_in(line->text);
    if (row == nullptr) continue;
    const bool is_another = row->broker != broker_kind::none && broker != row->broker &&
                            broker != broker_kind::none && at->is_listening();
    if (is_another) continue;
    const bool is_its_own = row->broker == broker || broker == broker_kind::none;
    made_finding made("host-not-serving", certainty::likely,
                      is_its_own ? strength::proven : strength::seen, words(row->means));
    made.seen(log_words(*line));
    const bool is_its_file =
        at->configuration != nullptr && row->broker == at->configuration->broker;
    explain(made, *row, is_its_file ? at->configuration->file : std::string());
    return made;
  }
  return {};
}

bool turns_everybody_away(const view& known) {
  const auto at = look_at(known);
  exclusions ignored;
  if (host_nobody_checks(known, ignored)) return true;
  if (!at || broker_here(*at) != broker_kind::hivemq) return false;
  return std::any_of(at->host.log.begin(), at->host.log.end(), [](const log_fact& line) {
    return line.is_current && contains(line.text, "No security extension present");
  });
}

bool is_alarm_raised(const view& known) {
  const auto at = look_at(known);
  if (!at) return false;
  bool is_raised = false;
  for (const log_fact& line : at->host.log) {
    if (line.is_current && line.kind == log_kind::alarm) is_raised = true;
    if (line.is_current && line.kind == log_kind::alarm_over) is_raised = false;
  }
  return is_raised;
}

maybe_finding host_memory_alarm(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->logged(log_kind::alarm) == nullptr) return {};
  const log_fact* open = nullptr;
  for (const log_fact& line : at->host.log) {
    if (!line.is_current || !contains(line.text, "memory resource")) continue;
    if (line.kind == log_kind::alarm) open = &line;
    if (line.kind == log_kind::alarm_over) open = nullptr;
  }
  if (open == nullptr) return {};
  made_finding made("host-memory-alarm", certainty::likely, strength::told,
                    words(N_("RabbitMQ has raised its alarm for memory: it reads nothing from "
                             "clients that publish until there is room.")));
  made.seen(log_words(*open));
  for (const char* name :
       {"vm_memory_high_watermark.relative", "vm_memory_high_watermark.absolute"}) {
    if (const std::string said = at->setting(name); !said.empty())
      made.seen(words(
          N_("{file} says {setting}."),
          {{"file", at->configuration->file}, {"setting", std::string(name) + " = " + said}}));
  }
  made.look(
      words(N_("What needs it, and which queues are long:")),
      "sudo rabbitmq-diagnostics memory_breakdown; sudo rabbitmqctl list_queues name messages "
      "consumers");
  made.mend(
      words(N_("Let somebody read the long queues, or delete those that nobody needs (a "
               "client with clean session false that never comes back leaves one); or give "
               "the machine more memory. The limit is vm_memory_high_watermark in "
               "rabbitmq.conf.")));
  if (!at->works()) return made;
  return made.warning();
}

}  // namespace mqttkit::doctor
