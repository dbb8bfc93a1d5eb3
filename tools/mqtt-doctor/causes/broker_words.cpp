#include "mqtt-doctor/causes/broker_words.hpp"

#include <algorithm>
#include <array>

#include "common/text_parts.hpp"
#include "mqtt-doctor/causes/access_trace.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/meant_rule.hpp"
#include "mqtt-doctor/causes/service_topics.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

std::string person(const std::string& user) { return user.empty() ? "anonymous" : user; }

const char* word_of(topic_right what) {
  switch (what) {
    case topic_right::read:
      return "read";
    case topic_right::write:
      return "write";
    case topic_right::both:
      break;
  }
  return "readwrite";
}

/// A rule of mosquitto's access list that gives the right already, and that the running broker has
/// not read yet: the file was changed after the start or the last reload. Null when there is
/// none.
const acl_rule_fact* unread_rule(const host_view& at, const std::string& user, topic_right what,
                                 const std::string& topic) {
  for (const acl_rule_fact& rule : at.configuration->acl) {
    const bool gives = rule.access == acl_access::readwrite ||
                       (what == topic_right::read && rule.access == acl_access::read) ||
                       (what == topic_right::write && rule.access == acl_access::write);
    if (!rule.is_newer || !gives || (!rule.is_pattern && rule.user != user)) continue;
    const std::string filter = filter_for(rule, user);
    if (is_topic_filter(filter) && topic_matches(filter, topic)) return &rule;
  }
  return nullptr;
}

void allow_here(made_finding& made, const host_view& at, const std::string& file,
                const std::string& asked_user, topic_right what, const std::string& topic) {
  const std::string user = asked_user.empty() ? at.user_in_force() : asked_user;
  if (const acl_rule_fact* const rule = unread_rule(at, user, what, topic)) {
    made.seen(
        words(N_("{place} gives that right, and was changed after mosquitto had started: it is "
                 "not in force yet."),
              {{"place", rule->file + ":" + std::to_string(rule->line)}}));
    made.mend(words(N_("Let the broker read the file again:")), reload_command(at));
    return;
  }
  const auto meant = find_meant_rule(*at.configuration, user, what, topic);
  const std::string line = meant && meant->how == mended_by::addition
                               ? meant->line
                               : std::string("topic ") + word_of(what) + " " + topic;
  const bool has_name_of_certificate =
      at.known.asked().has_certificate && (at.setting("use_identity_as_username") == "true" ||
                                           at.setting("use_subject_as_username") == "true");
  if (user.empty() && has_name_of_certificate && at.user_in_force().empty()) {
    made.lines(words(N_("The user name is that of the client certificate (openssl x509 -noout "
                        "-subject shows it: the CN, or with use_subject_as_username all of it). "
                        "Give it the right, at the end of {file}:"),
                     {{"file", file}}),
               "user NAME\n" + line, file);
    made.then(words(N_("Let the broker read the file again:")), reload_command(at));
    return;
  }
  if (meant && meant->how != mended_by::addition) {
    const places values{
        {"user", user}, {"file", meant->rule->file}, {"line", std::to_string(meant->rule->line)}};
    if (meant->how == mended_by::copy) {
      made.mend(words(N_("Give {user} what line {line} of {file} gives to clients without a user "
                         "name, and let the broker read it again:"),
                      values),
                "printf '\\n%s\\n%s\\n' " + shell_word("user " + user) + " " +
                    shell_word(meant->line) + " | sudo tee -a " + shell_word(file) + " && " +
                    reload_command(at));
      return;
    }
    made.mend(words(N_("Correct line {line} of {file}, of which a copy is kept as {file}.bak, and "
                       "let the broker read it again:"),
                    values),
              edit_command(values.at("line") + "s/.*/" + sed_replacement_of(meant->line) + "/",
                           meant->rule->file) +
                  " && " + reload_command(at));
    return;
  }
  // The last line of the file may have no end, so that a new one begins with one.
  if (user.empty() && at.configuration->acl_users.empty()) {
    made.mend(
        words(N_("Let everybody without a name do so, at the end of {file}:"), {{"file", file}}),
        "printf '\\n%s\\n' " + shell_word(line) + " | sudo tee -a " + shell_word(file) + " && " +
            reload_command(at));
    return;
  }
  if (user.empty()) {
    made.mend(words(N_("Let everybody without a name do so: a first line for {file}, of which a "
                       "copy is kept as {file}.bak:"),
                    {{"file", file}}),
              "sudo sed -i.bak " + shell_word("1i " + line) + " " + shell_word(file) + " && " +
                  reload_command(at));
    return;
  }
  made.mend(
      words(N_("Add the right to {file}, and let the broker read it again:"), {{"file", file}}),
      "printf '\\n%s\\n%s\\n' " + shell_word("user " + user) + " " + shell_word(line) +
          " | sudo tee -a " + shell_word(file) + " && " + reload_command(at));
}

struct file_line {
  std::string file;  ///< "": this broker keeps access rules in no file
  std::string text;
};

/// The access rule as the broker's own file takes it.
file_line rule_of(broker_kind broker, const std::string& user, topic_right what,
                  const std::string& topic) {
  const std::string who = user.empty() ? "USER" : user;
  const bool reads = what != topic_right::write, writes = what != topic_right::read;
  switch (broker) {
    case broker_kind::vernemq:
      return {"vmq.acl", access_rule(user, word_of(what), topic)};
    case broker_kind::flashmq:
      return {"mosquitto_acl_file", access_rule(user, word_of(what), topic)};
    case broker_kind::nanomq:
      return {"nanomq_acl.conf", "{\"permit\": \"allow\", \"username\": \"" + who +
                                     "\", \"action\": \"" +
                                     (!writes  ? "subscribe"
                                      : !reads ? "publish"
                                               : "pubsub") +
                                     "\", \"topics\": [\"" + topic + "\"]}"};
    case broker_kind::nats: {
      // RabbitMQ matches topics as AMQP subjects, whose levels are parted by dots.
      std::string subject = tools::replaced(tools::replaced(topic, '/', '.'), '+', '*');
      if (subject.ends_with('#')) subject.back() = '>';
      std::string text = "permissions: {";
      if (writes) text += " publish: \"" + subject + "\"";
      if (reads) text += " subscribe: \"" + subject + "\"";
      return {"nats-server.conf", text + " }"};
    }
    case broker_kind::activemq: {
      std::string name = tools::replaced(tools::replaced(topic, '/', '.'), '+', '*');
      if (name.ends_with('#')) name.back() = '>';
      std::string text = "<authorizationEntry topic=\"" + name + "\"";
      if (reads) text += " read=\"" + who + "\"";
      if (writes) text += " write=\"" + who + "\"";
      return {"activemq.xml", text + " admin=\"" + who + "\"/>"};
    }
    case broker_kind::hivemq:
      return {"credentials.xml", "<permission><topic>" + topic + "</topic><activity>" +
                                     (!writes  ? "SUBSCRIBE"
                                      : !reads ? "PUBLISH"
                                               : "ALL") +
                                     "</activity></permission>"};
    default:
      return {};
  }
}

/// The command that gives this broker a user, or a user another password; "" where it has none.
std::string password_command(broker_kind broker, const std::string& user) {
  const std::string who = user.empty() ? "USER" : shell_word(user);
  if (broker == broker_kind::artemis)
    return "artemis user add --user-command-user " + who + " --role amq";
  if (broker == broker_kind::vernemq) return "sudo vmq-passwd /etc/vernemq/vmq.passwd " + who;
  // FlashMQ reads the file that mosquitto_password_file names.
  if (broker == broker_kind::flashmq) return "sudo mosquitto_passwd FILE " + who;
  return {};
}

file_line password_line(broker_kind broker, const std::string& user) {
  const std::string who = user.empty() ? "USER" : user;
  if (broker == broker_kind::nats)
    return {"nats-server.conf", "{ user: \"" + who + "\", password: \"PASSWORD\" }"};
  if (broker == broker_kind::activemq) return {"users.properties", who + "=PASSWORD"};
  return {};
}

/// Adds this broker's own way to set a password; false where none is known here.
bool give_password(made_finding& made, broker_kind broker, const std::string& user) {
  if (const std::string command = password_command(broker, user); !command.empty()) {
    made.mend(words(N_("Set the password anew on the server:")), command);
    return true;
  }
  const file_line line = password_line(broker, user);
  if (line.file.empty()) return false;
  // A second list of users would take the place of the first, or the server would not start.
  made.lines(broker == broker_kind::nats
                 ? words(N_("Set the password anew, in {file}: in the list of users that is there, "
                            "of authorization or of the account that the app belongs to; leave all "
                            "others as they are:"),
                         {{"file", line.file}})
                 : words(N_("Set the password anew, in {file}:"), {{"file", line.file}}),
             line.text, line.file);
  return true;
}

/// A mosquitto on another machine: lines for its access list.
void allow_in_mosquitto(made_finding& made, const std::string& user, topic_right what,
                        const std::string& topic) {
  made.lines(user.empty() ? words(N_("At the top of mosquitto's access list, the file after "
                                     "acl_file in mosquitto.conf:"))
                          : words(N_("In mosquitto's access list, the file after acl_file in "
                                     "mosquitto.conf:")),
             access_rule(user, word_of(what), topic), "acl_file")
      .then(words(N_("Take out any line with deny that fits the topic, for it wins over all "
                     "others; then:")),
            "sudo systemctl reload mosquitto");
}

}  // namespace

bool is_cloud(const view& known) {
  const fact_word<broker_kind> broker = broker_of(known);
  return broker.word().ends_with("-iot") || broker.word().ends_with("-cloud") ||
         (is_of_provider(known) && !known.all.host);
}

void allow_topic(made_finding& made, const view& known, const std::string& user, topic_right what,
                 const std::string& topic) {
  const auto at = look_at(known);
  if (at && at->configuration != nullptr && at->configuration->broker == broker_kind::mosquitto) {
    const std::string file = at->setting("acl_file");
    if (!file.empty()) return allow_here(made, *at, file, user, what, topic);
  }
  const fact_word<broker_kind> broker = broker_of(known);
  const bool writes = what != topic_right::read;
  const places values{{"user", person(user)},
                      {"topic", topic},
                      {"line", std::string("topic ") + word_of(what) + " " + topic}};
  if (broker == broker_kind::mosquitto) return allow_in_mosquitto(made, user, what, topic);
  if (broker == broker_kind::rabbitmq) {
    const std::string who = user.empty() ? "USER" : shell_word(user);
    made.mend(words(N_("See what this user may do, on RabbitMQ's machine, and widen it with "
                       "set_permissions or set_topic_permissions:")),
              "sudo rabbitmqctl list_user_permissions " + who +
                  "; sudo rabbitmqctl list_user_topic_permissions " + who);
    return;
  }
  if (broker == broker_kind::emqx) {
    made.mend(writes ? words(N_("In EMQX's dashboard, under Access Control, Authorization, allow "
                                "{user} to publish to \"{topic}\"."),
                             values)
                     : words(N_("In EMQX's dashboard, under Access Control, Authorization, allow "
                                "{user} to subscribe to \"{topic}\"."),
                             values));
    return;
  }
  if (const file_line line = rule_of(broker.value(), user, what, topic); !line.file.empty()) {
    places with = values;
    with["file"] = line.file;
    made.lines(words(N_("Give {user} the right, in {file}:"), with), line.text, line.file);
    return;
  }
  if (const auto form = topics_of_service(known, topic); form && is_cloud(known)) {
    made.seen(*form).in_app(
        words(N_("Use one of the topics that the service has; no setting opens another.")));
    return;
  }
  if (is_cloud(known)) {
    made.in_console(user.empty()
                        ? words(N_("Allow the device to use \"{topic}\" in the policy or topic "
                                   "permissions of the cloud's console."),
                                values)
                        : words(N_("Allow {user} to use \"{topic}\" in the policy or topic "
                                   "permissions of the device, in the cloud's console."),
                                values));
    return;
  }
  made.mend(writes ? words(N_("Let the broker's access rules allow {user} to publish to "
                              "\"{topic}\" (mosquitto: acl_file; EMQX: Authorization; RabbitMQ: "
                              "topic permissions)."),
                           values)
                   : words(N_("Let the broker's access rules allow {user} to read \"{topic}\" "
                              "(mosquitto: acl_file; EMQX: Authorization; RabbitMQ: topic "
                              "permissions)."),
                           values));
}

bool knows_whose_rule(const view& known) {
  const contact* const in = accepted(known);
  if (in != nullptr && in->mqtt->client_id_kind == client_id_kind::user) return true;
  const auto at = look_at(known);
  if (!at || at->configuration == nullptr || at->setting("acl_file").empty()) return false;
  const auto& acl = at->configuration->acl;
  return std::none_of(acl.begin(), acl.end(), [](const acl_rule_fact& rule) {
    return rule.topic.find("%c") != std::string::npos;
  });
}

void doubt_identifier(made_finding& made, const view& known, const std::string& user,
                      const std::string& filter) {
  made.seen(
      words(N_("The doctor came under an identifier of its own; where the rules go by the "
               "client identifier, the app's may be allowed.")));
  made.apart(words(N_("Rules may go by the client identifier; with the app's own (its connection "
                      "will be replaced):")),
             "mqtt-doctor delivery " + known.target() +
                 (user.empty() ? "" : " -u " + shell_word(user) + " --ask-password") +
                 " -i ID -t " + shell_word(filter) + (known.asked().publishes ? " --publish" : ""));
}

void set_password(made_finding& made, const view& known, const std::string& user) {
  const auto at = look_at(known);
  if (at && at->configuration != nullptr && at->configuration->broker == broker_kind::mosquitto &&
      !at->is_held_by_other) {
    made.mend(words(N_("Set the password anew on the server:")), user_command(*at, user));
    return;
  }
  const fact_word<broker_kind> broker = broker_of(known);
  const places values{{"user", person(user)}};
  const std::string who = user.empty() ? "USER" : shell_word(user);
  if (broker == broker_kind::mosquitto) {
    made.mend(words(N_("Set the password anew on the server:")),
              "sudo mosquitto_passwd /etc/mosquitto/passwd " + who +
                  " && sudo systemctl reload mosquitto");
  } else if (broker == broker_kind::rabbitmq) {
    made.mend(words(N_("Set the password anew on the server:")),
              "sudo rabbitmqctl change_password " + who + " PASSWORD");
  } else if (broker == broker_kind::emqx) {
    made.mend(words(N_("Set the password of {user} anew in EMQX's dashboard, under Access Control, "
                       "Authentication."),
                    values));
  } else if (give_password(made, broker.value(), user)) {
    return;
  } else if (is_cloud(known)) {
    made.in_console(
        words(N_("Compare with what the cloud's console shows for this device; many "
                 "passwords there are computed, and end.")));
  } else {
    made.mend(
        words(N_("Set the password of {user} anew where the broker keeps its users."), values));
  }
}

void make_user(made_finding& made, const view& known) {
  const fact_word<broker_kind> broker = broker_of(known);
  const auto at = look_at(known);
  const bool has_file =
      at && is_mosquitto(*at) && !at->is_held_by_other && !at->setting("password_file").empty();
  if (has_file) {
    made.fill_in(words(N_("Make a user on the server:")), user_command(*at, {}));
  } else if (broker == broker_kind::mosquitto) {
    made.fill_in(words(N_("Make a user on the server:")),
                 add_user_command("/etc/mosquitto/passwd", {}))
        .then_lines(words(N_("and name the file in mosquitto.conf (where one is named already, "
                             "take that in both places), then restart:")),
                    "password_file /etc/mosquitto/passwd", "mosquitto.conf");
  } else if (broker == broker_kind::rabbitmq) {
    made.mend(words(N_("Make a user on the server:")),
              "sudo rabbitmqctl add_user USER PASSWORD && sudo rabbitmqctl set_permissions -p / "
              "USER '.*' '.*' '.*'");
  } else if (const std::string command = password_command(broker.value(), {}); !command.empty()) {
    made.mend(words(N_("Make a user on the server:")), command);
  } else if (const file_line line = password_line(broker.value(), {}); !line.file.empty()) {
    made.lines(words(N_("Make a user, in {file}:"), {{"file", line.file}}), line.text, line.file);
  } else if (is_cloud(known)) {
    made.in_console(words(N_("The cloud's console shows user name and password of each device.")));
  } else {
    made.mend(
        words(N_("Who has none: a user is made where the broker keeps them (mosquitto: "
                 "mosquitto_passwd; EMQX: dashboard, Authentication; RabbitMQ: rabbitmqctl "
                 "add_user).")));
  }
}

made_finding& offer_own_user(made_finding& made) {
  return made.fill_in(words(N_("Make a user of your own:")),
                      "sudo rabbitmqctl add_user USER PASSWORD && sudo rabbitmqctl set_permissions "
                      "-p / USER '.*' '.*' '.*'");
}

namespace {

/// The name of the broker's unit in systemd; "" where nobody knows which broker it is.
std::string service_of(const view& known) {
  const fact_word<broker_kind> broker = broker_of(known);
  if (broker.empty() || is_cloud(known)) return {};
  if (broker == broker_kind::rabbitmq) return "rabbitmq-server";
  if (broker == broker_kind::nats) return "nats-server";
  return broker.word();
}

}  // namespace

std::string reload_of(const view& known) {
  const fact_word<broker_kind> broker = broker_of(known);
  if (broker == broker_kind::mosquitto || broker == broker_kind::nats)
    return "sudo systemctl reload " + service_of(known);
  if (broker == broker_kind::emqx) return "sudo emqx ctl pem_cache clean all";
  if (broker == broker_kind::vernemq) return "sudo vmq-admin tls clear-pem-cache";
  return restart_of(known);
}

std::string restart_of(const view& known) {
  const std::string service = service_of(known);
  return service.empty() ? std::string() : "sudo systemctl restart " + service;
}

void look_in_log(made_finding& made, const view& known, const sentence& with_command,
                 const sentence& without, const std::string& mark) {
  if (broker_of(known) == broker_kind::mosquitto) {
    made.apart(with_command, "sudo grep " + shell_word(mark) + " /var/log/mosquitto/mosquitto.log");
  } else {
    made.apart(without);
  }
}

void ask_login_log(made_finding& made, const view& known) {
  const fact_word<broker_kind> broker = broker_of(known);
  if (broker == broker_kind::mosquitto) {
    made.apart(words(N_("The log names the reason:")),
               "sudo tail -f /var/log/mosquitto/mosquitto.log");
  } else if (broker == broker_kind::rabbitmq) {
    made.apart(words(N_("The log names the reason:")),
               "sudo sh -c 'tail -n 20 /var/log/rabbitmq/*.log'");
  } else if (!is_cloud(known)) {
    made.apart(words(N_("The broker's log names the reason.")));
  }
}

}  // namespace mqttkit::doctor
