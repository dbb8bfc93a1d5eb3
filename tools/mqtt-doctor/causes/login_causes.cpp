// Logins: user names, passwords, identifiers and tokens that are refused.
#include <algorithm>
#include <array>
#include <cstdio>
#include <span>

#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/cloud_login_form.hpp"
#include "mqtt-doctor/causes/cloud_parts.hpp"
#include "mqtt-doctor/causes/everybody_refused.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/managed_services.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int bad_user_or_password = number_of(reason_code::bad_user_name_or_password),
              not_authorized = number_of(reason_code::not_authorized);

/// The connection whose CONNACK decided about the login: the client's, or that of an older version.
const contact* login_of(const view& known) {
  for (const contact_purpose purpose :
       {contact_purpose::client, contact_purpose::version, contact_purpose::again}) {
    const contact* const connection = with_connack(known, purpose);
    if (connection == nullptr) continue;
    if (connection->mqtt->meaning == number_of(reason_code::unsupported_protocol_version)) continue;
    return connection;
  }
  return nullptr;
}

/// The CONNACK that refused the login because of who we are; null where there is none.
const mqtt_fact* refused_login(const view& known) {
  const contact* const login = login_of(known);
  if (login == nullptr) return nullptr;
  const auto is_for_who_we_are = [](const mqtt_fact& mqtt) {
    return mqtt.meaning == bad_user_or_password || mqtt.meaning == not_authorized;
  };
  if (!is_for_who_we_are(*login->mqtt)) return nullptr;
  const mqtt_fact* const later = told_in_5(known);
  if (later == nullptr) return &*login->mqtt;
  // A different reason in MQTT 5, or acceptance, means that the login was not what was refused.
  return is_for_who_we_are(*later) ? later : nullptr;
}

/// Whether the doctor withheld the credentials because the server did not prove its identity.
bool were_held_back(const view& known, const mqtt_fact& login) {
  return known.asked().has_user && !login.sent_user;
}

/// Whether MQTT 5 was hung up on and 3.1.1 answered, as RabbitMQ before 3.13 does; its codes can be
bool acts_like_rabbitmq(const view& known) {
  const contact* const client = known.client();
  const auto broker = broker_of(known);
  if (broker == broker_kind::rabbitmq) return true;
  if (!broker.empty() || is_of_provider(known)) return false;  // its name says another one
  return client != nullptr && client->mqtt && client->mqtt->version == mqtt_version::v5 &&
         (client->mqtt->answer == mqtt_answer::closed ||
          client->mqtt->answer == mqtt_answer::reset) &&
         with_connack(known, contact_purpose::version) != nullptr;
}

sentence code_words(const mqtt_fact& login) {
  char code[8] = "";
  std::snprintf(code, sizeof code, login.reason >= 0x80 ? "0x%02X" : "%d",
                static_cast<unsigned>(login.reason));
  return words(
      N_("CONNACK {code} ({meaning}) to MQTT {version}{reason}."),
      {{"code", code},
       {"meaning", std::string(reason_name(static_cast<std::uint8_t>(login.meaning)))},
       {"version", login.version},
       {"reason", login.reason_string.empty() ? "" : ": \"" + login.reason_string + "\""}});
}

struct cloud_row {
  broker_kind broker;
  const char* grammar;
  bool (*fits)(const std::string& given);
};
bool fits_azure(const std::string& user) {
  return user.find('/') != std::string::npos && user.find("api-version=") != std::string::npos;
}
bool fits_aliyun(const std::string& user) { return user.find('&') != std::string::npos; }
bool fits_tencent(const std::string& user) { return user.find(";12010126;") != std::string::npos; }
constexpr std::array<cloud_row, 3> cloud_users{{
    {broker_kind::azure_iot, "HUB.azure-devices.net/DEVICE/?api-version=2021-04-12", fits_azure},
    {broker_kind::aliyun_iot, "DEVICENAME&PRODUCTKEY", fits_aliyun},
    {broker_kind::tencent_iot, "PRODUCTIDDEVICENAME;12010126;CONNID;EXPIRY", fits_tencent},
}};
bool is_aliyun_id(const std::string& id) { return id.find("|securemode=") != std::string::npos; }
bool is_huawei_id(const std::string& id) {
  return id.find("_0_0_") != std::string::npos || id.find("_0_1_") != std::string::npos;
}
constexpr std::array<cloud_row, 2> cloud_ids{{
    {broker_kind::aliyun_iot, "ID|securemode=3,signmethod=hmacsha1|", is_aliyun_id},
    {broker_kind::huawei_iot, "DEVICEID_0_0_YYYYMMDDHH", is_huawei_id},
}};

/// The row of a cloud whose login format the given login lacks; null when all of it has the format.
const cloud_row* unfit(std::span<const cloud_row> rows, const view& known,
                       const std::string& given) {
  const auto broker = broker_of(known);
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const cloud_row& each) {
    return broker == each.broker && !each.fits(given);
  });
  return row == rows.end() ? nullptr : &*row;
}

/// Whether the login cannot work with any password, because its parts do not fit the cloud.
bool is_unfit_for_cloud(const view& known) {
  return (known.asked().has_user &&
          unfit(cloud_users, known, known.asked().user_name) != nullptr) ||
         unfit(cloud_ids, known, known.asked().client_id) != nullptr || cloud_contradiction(known);
}

struct password_row {
  broker_kind broker;
  password_form wanted;
  const char* grammar;
};
constexpr std::array password_rows{
    password_row{
        broker_kind::azure_iot, password_form::sas,
        "SharedAccessSignature sr=HUB.azure-devices.net%2Fdevices%2FDEVICE&sig=...&se=EXPIRY"},
    password_row{broker_kind::aliyun_iot, password_form::digest,
                 N_("the hexadecimal digest that is computed with the device's secret")},
    password_row{broker_kind::huawei_iot, password_form::digest,
                 N_("the hexadecimal digest that is computed with the device's secret")},
    password_row{broker_kind::tencent_iot, password_form::signed_, "TOKEN;hmacsha256"},
};

/// The cloud computes what it takes for a password, and the one that was given is none.
maybe_finding cloud_password(const view& known, exclusions&) {
  const contact* const client = known.client();
  const asked_facts& asked = known.asked();
  if (accepted(known) != nullptr || client == nullptr || !client->mqtt ||
      !client->mqtt->sent_user || asked.password_form.empty() || asked.has_certificate)
    return {};
  const mqtt_fact* const login = refused_login(known);
  const bool is_hung_up =
      client->mqtt->answer == mqtt_answer::closed || client->mqtt->answer == mqtt_answer::reset;
  if (login == nullptr && !is_hung_up) return {};
  // Where the broker names the identifier, and that lacks the form, the password was not looked at.
  const contact* const told = login_of(known);
  if (told != nullptr &&
      told->mqtt->meaning == number_of(reason_code::client_identifier_not_valid) &&
      unfit(cloud_ids, known, asked.client_id) != nullptr)
    return {};
  const broker_kind broker = broker_of(known).value();
  const auto* const row = std::find_if(password_rows.begin(), password_rows.end(),
                                       [&](const auto& each) { return each.broker == broker; });
  if (row == password_rows.end() || asked.password_form == row->wanted) return {};
  const places with{{"grammar", filled_in(known, row->grammar)}};
  // Where the parts that are seen contradict each other, that comes before the password.
  const bool is_first = !cloud_contradiction(known);
  made_finding made(
      "auth-cloud-credentials-format", certainty::likely,
      is_first ? strength::told : strength::agreed,
      login != nullptr
          ? words(N_("The cloud refuses the login, and the password does not have the form that it "
                     "wants: {grammar}"),
                  with)
          : words(N_("The password does not have the form this cloud wants: {grammar}"), with));
  made.seen(login != nullptr
                ? code_words(*login)
                : words(N_("It closed {time} after CONNECT, as it does with a login that it does "
                           "not take."),
                        {{"time", time_text(client->mqtt->ms)}}));
  if (const auto agreed = cloud_agreement(known)) made.seen(*agreed);
  maybe_finding found =
      made.in_app(words(N_("Let the cloud's tool or its library compute the password (token) "
                           "from the device's key; the key itself is none.")));
  // A broker that refuses by hanging up is not stopped below the login.
  if (login == nullptr) found->where = layer::mqtt;
  return found;
}

/// Whether the broker itself names another reason than the login or the identifier.
bool is_told_otherwise(const view& known) {
  const contact* const login = login_of(known);
  if (login == nullptr) return false;
  const int said = login->mqtt->meaning;
  return said > 0 && said != bad_user_or_password && said != not_authorized &&
         said != number_of(reason_code::client_identifier_not_valid) &&
         said != number_of(reason_code::unspecified_error) &&
         said != number_of(reason_code::implementation_specific_error);
}

maybe_finding cloud_format(const view& known, exclusions&) {
  if (accepted(known) != nullptr || is_told_otherwise(known)) return {};
  if (!known.asked().has_user) return {};
  if (const cloud_row* row = unfit(cloud_users, known, known.asked().user_name)) {
    return made_finding(
               "auth-cloud-credentials-format", certainty::likely, strength::told,
               words(N_("The user name does not have the form this cloud wants: {grammar}"),
                     {{"grammar", filled_in(known, row->grammar)}}))
        .seen(words(N_("User name \"{user}\" was given."), {{"user", known.asked().user_name}}))
        .in_app(words(N_("Copy the user name from the cloud console's connection dialogue.")));
  }
  const mqtt_fact* const login = refused_login(known);
  const std::optional<sentence> what = cloud_contradiction(known);
  if (login == nullptr || !what) return {};
  made_finding made("auth-cloud-credentials-format", certainty::likely, strength::told, *what);
  made.seen(words(N_("What the login is made of does not fit this cloud.")))
      .seen(code_words(*login));
  const managed_service* const service = find_service(lower(known.host()));
  if (service != nullptr && service->login != nullptr)
    made.seen(words(N_("{service} lets devices in by another kind of login: {form}."),
                    {{"service", service->broker.name}, {"form", service->login}}));
  return made.in_app(
      words(N_("Copy user name, password and client identifier anew from the cloud "
               "console's connection dialogue.")));
}

/// The client identifier tells the cloud how the password was computed.
maybe_finding cloud_id(const view& known, exclusions&) {
  if (accepted(known) != nullptr || is_told_otherwise(known)) return {};
  const cloud_row* const row = unfit(cloud_ids, known, known.asked().client_id);
  const contact* const login = login_of(known);
  if (row == nullptr || login == nullptr) return {};
  const bool has_id = !known.asked().client_id.empty();
  made_finding made("auth-cloud-credentials-format", certainty::likely, strength::measured,
                    words(N_("The client identifier does not have the form this cloud wants: "
                             "{grammar}"),
                          {{"grammar", filled_in(known, row->grammar)}}));
  made.seen(code_words(*login->mqtt))
      .seen(has_id ? words(N_("Client identifier \"{id}\" was given."),
                           {{"id", known.asked().client_id}})
                   : words(N_("No client identifier was given (-i), and the doctor used one of "
                              "its own.")));
  return made.in_app(
      words(N_("Copy the client identifier from the cloud console's connection dialogue.")));
}

/// Services whose login is not a user name and password of one's own choosing.
maybe_finding token_format(const view& known, exclusions&) {
  const mqtt_fact* const login = refused_login(known);
  if (login == nullptr || !known.asked().has_user) return {};
  const managed_service* const service = find_service(lower(known.host()));
  if (service == nullptr || service->login == nullptr) return {};
  const places values{{"service", service->broker.name}, {"form", service->login}};
  made_finding made(
      "auth-cloud-credentials-format", certainty::likely, strength::told,
      words(N_("{service} lets devices in by another kind of login: {form}."), values));
  made.seen(code_words(*login))
      .seen(words(N_("User name \"{user}\" was given."), {{"user", known.asked().user_name}}));
  if (service->kind == service_kind::shared)
    return made.in_app(words(N_("Log in so, or not at all.")));
  if (const std::string user = user_name_at(*service, known.asked().user_name); !user.empty())
    made.in_app(words(N_("Enter \"{user}\" as the user name."), {{"user", user}}));
  return made.in_app(words(N_("Copy what belongs into each field from the device's page in the "
                              "console of {service}."),
                           values));
}

maybe_finding anonymous_refused(const view& known, exclusions&) {
  const mqtt_fact* const login = refused_login(known);
  if (login == nullptr || known.asked().has_user || known.asked().has_password) return {};
  if (accepted_elsewhere(known) != nullptr || turns_everybody_away(known)) return {};
  // With a client certificate the certificate may be the login, and the user name unneeded.
  const strength how = known.asked().has_certificate ? strength::leaning : strength::measured;
  // "Not authorized" may as well be said to this address, identifier or certificate.
  const bool is_about_login =
      login->meaning == bad_user_or_password && !known.asked().has_certificate;
  made_finding made("auth-anonymous-refused",
                    is_about_login ? certainty::certain : certainty::likely, how,
                    words(N_("The broker wants a user name and a password, and you sent none.")));
  made.seen(code_words(*login));
  const managed_service* const service = find_service(lower(known.host()));
  if (service != nullptr && service->login != nullptr)
    made.seen(words(N_("{service} lets devices in by another kind of login: {form}."),
                    {{"service", service->broker.name}, {"form", service->login}}));
  make_user(made, known);
  made.in_app(words(N_("Enter user name and password in the app.")));
  made.apart(words(N_("With them:")), doctor_command(known) + " -u USER");
  return made;
}

/// Whether the name stands in quotes; the first mark decides which mark must end it.
bool is_quoted(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> quotes[] = {
      {"\"", "\""}, {"'", "'"}, {"`", "`"}, {"\u201c", "\u201d"}, {"\u2018", "\u2019"}, {"<", ">"}};
  return std::any_of(std::begin(quotes), std::end(quotes), [&](const auto& pair) {
    return name.size() > pair.first.size() + pair.second.size() && name.starts_with(pair.first) &&
           name.ends_with(pair.second);
  });
}

maybe_finding sent_without_password(const view& known, const mqtt_fact& login, bool is_told) {
  return made_finding("auth-bad-credentials", certainty::likely,
                      is_told ? strength::measured : strength::seen,
                      words(N_("The login was refused: user \"{user}\" was sent without a "
                               "password."),
                            {{"user", known.asked().user_name}}))
      .seen(code_words(login))
      .in_app(words(N_("Enter the password as well.")))
      .apart(words(N_("With it:")), doctor_command(known) + " --ask-password");
}

maybe_finding sent_in_quotes(const view& known, const mqtt_fact& login) {
  return made_finding("auth-bad-credentials", certainty::likely, strength::seen,
                      words(N_("The login was refused, and the user name stands in quotes: they "
                               "are sent as a part of it, and make it another one.")))
      .seen(code_words(login))
      .seen(words(
          N_("User name \"{user}\" was sent{password}."),
          {{"user", known.asked().user_name},
           {"password", login.sent_password ? N_(" with a password") : N_(" without a password")}}))
      .in_app(words(N_("Take the quotes off, and those around the password: docker's files of "
                       "variables and many forms keep them.")));
}

/// Whether the same login is accepted with SNI, or at another address of the name.
bool is_login_accepted_elsewhere(const view& known, exclusions& excluded) {
  const contact* const named = known.at.find(contact_purpose::other_sni);
  if (named != nullptr && named->mqtt && named->mqtt->is_accepted()) {
    exclude(excluded, "auth-bad-credentials",
            words(N_("The same login is accepted when the server's name is sent.")));
    return true;
  }
  const contact* const other = accepted_elsewhere(known);
  if (other == nullptr) return false;
  exclude(excluded, "auth-bad-credentials",
          words(N_("The same login is accepted at {address}."), {{"address", other->address}}));
  return true;
}

/// Whether the refused login is known to be another fault than a wrong user name or password.
bool is_other_login_fault(const view& known, const mqtt_fact& login) {
  if (!known.asked().has_user || were_held_back(known, login)) return true;
  // A cloud computes the password from the rest of the login: typing it again mends nothing.
  if (is_unfit_for_cloud(known)) return true;
  const std::string& token_ends = known.asked().password_ends;
  return !token_ends.empty() && token_ends < known.all.local.now;  // see auth-token-expired
}

/// Whether the refusal is RabbitMQ's for a right password: a wrong one it answers with 4.
bool is_for_right_password(const view& known, bool is_told) {
  if (is_told) return false;
  return broker_of(known) == broker_kind::rabbitmq ||
         (is_guest(known.asked().user_name) && acts_like_rabbitmq(known));
}

/// A login with user and password was refused: the usual case.
maybe_finding refused_credentials(const view& known, const mqtt_fact& login, bool is_told) {
  const auto& spaces = known.asked().login_spaces;
  const bool is_in_user = !spaces.empty() && spaces.front() == login_part::user;
  made_finding made(
      // RabbitMQ answers a right password of a user limited to its own machine in the same way.
      "auth-bad-credentials", certainty::likely,
      is_told                     ? strength::measured
      : acts_like_rabbitmq(known) ? strength::one_of_several
      : spaces.empty()            ? strength::leaning
                                  : strength::seen,
      is_in_user        ? words(N_("The login was refused, and the user name begins or ends "
                                          "with a space: that makes it another one."))
      : !spaces.empty() ? words(N_("The login was refused, and the password begins or ends "
                                   "with a space or a line break: that makes it another one."))
      : is_told         ? words(N_("User name or password is wrong."))
                : words(N_("The login was refused, most often for a wrong user name or password; "
                           "the answer does not say which.")));
  made.seen(code_words(login))
      .seen(words(
          N_("User name \"{user}\" was sent{password}."),
          {{"user", known.asked().user_name},
           {"password", login.sent_password ? N_(" with a password") : N_(" without a password")}}))
      .in_app(words(
          N_("Type user name and password again; mind upper and lower case, and spaces at the "
             "end.")));
  // The command would make a user whose name ends with a space.
  if (!is_in_user) set_password(made, known, known.asked().user_name);
  ask_login_log(made, known);
  return made;
}

maybe_finding bad_credentials(const view& known, exclusions& excluded) {
  const mqtt_fact* const login = refused_login(known);
  if (login == nullptr) {
    if (accepted(known) != nullptr && known.asked().has_user) {
      exclude(excluded, "auth-bad-credentials", words(N_("The broker accepted the login.")));
    }
    return {};
  }
  if (is_other_login_fault(known, *login) || is_login_accepted_elsewhere(known, excluded) ||
      turns_everybody_away(known))
    return {};
  const bool is_told = login->meaning == bad_user_or_password;
  if (is_for_right_password(known, is_told)) return {};
  if (!known.asked().has_password) return sent_without_password(known, *login, is_told);
  // On the broker's own machine the password file was checked, and confirms the password.
  if (const auto host = look_at(known)) {
    const auto* const check = host->login_check();
    if (check != nullptr && check->outcome == login_outcome::right) return {};
    if (check != nullptr && (check->fits_without_spaces || check->fits_with_space)) return {};
  }
  if (is_quoted(known.asked().user_name)) return sent_in_quotes(known, *login);
  return refused_credentials(known, *login, is_told);
}

maybe_finding guest_only_local(const view& known, exclusions&) {
  const mqtt_fact* const login = refused_login(known);
  if (login == nullptr || !is_guest(known.asked().user_name) || !login->sent_user) return {};
  if (login->meaning != not_authorized) return {};
  const bool is_known = broker_of(known) == broker_kind::rabbitmq;
  // By the broker's own loopback address RabbitMQ turns no user away for that.
  const contact* const client = known.client();
  if (client != nullptr && class_of(client->address) == address_class::loopback) return {};
  made_finding made("auth-guest-only-local", certainty::likely,
                    is_known || acts_like_rabbitmq(known) ? strength::measured : strength::leaning,
                    words(N_("RabbitMQ lets the user \"guest\" in by its own loopback address only "
                             "(loopback_users).")));
  made.seen(code_words(*login))
      .seen(words(N_("The user is guest; a wrong password would be answered with code 4.")));
  return offer_own_user(made);
}

/// Whether the broker hangs up on this login, in each version, and answers who comes without one.
bool is_hung_up_on_login(const view& known) {
  bool was_hung_up = false, answers_others = false;
  for (const contact& each : known.at.contacts) {
    if (!each.mqtt) continue;
    const bool is_end =
        each.mqtt->answer == mqtt_answer::closed || each.mqtt->answer == mqtt_answer::reset;
    if (each.mqtt->sent_user && each.mqtt->answer == mqtt_answer::connack) return false;
    if (each.mqtt->sent_user && is_end) was_hung_up = true;
    if (!each.mqtt->sent_user && each.mqtt->answer == mqtt_answer::connack) answers_others = true;
  }
  return was_hung_up && answers_others;
}

/// RabbitMQ's older versions hang up where the virtual host of a login does not exist.
maybe_finding virtual_host_missing(const view& known, exclusions&) {
  const std::string& user = known.asked().user_name;
  const std::size_t colon = user.find(':');
  if (broker_of(known) != broker_kind::rabbitmq || colon == user.npos || is_of_provider(known) ||
      !is_hung_up_on_login(known))
    return {};
  const places with{
      {"user", user}, {"host", user.substr(0, colon)}, {"own", user.substr(colon + 1)}};
  return made_finding(
             "auth-vhost", certainty::likely, strength::told,
             words(
                 N_("RabbitMQ takes \"{host}\", what stands before the colon of the user name, for "
                    "a virtual host, and most likely has none of that name: it then hangs up."),
                 with))
      .seen(words(N_("With the user \"{user}\" the connection is closed without an answer; without "
                     "a user name it is answered."),
                  with))
      .look(words(N_("Which there are, on RabbitMQ's machine:")), "sudo rabbitmqctl list_vhosts")
      .in_app(words(N_("Write one of these before the colon, or log in as {own} alone, for the "
                       "virtual host that mqtt.vhost names."),
                    with))
      .lines(words(N_("Where the colon is a part of the user's name, in {file}:"),
                   {{"file", "rabbitmq.conf"}}),
             "mqtt.ignore_colons_in_username = true", "rabbitmq.conf");
}

maybe_finding virtual_host(const view& known, exclusions&) {
  const mqtt_fact* const login = refused_login(known);
  if (login == nullptr || !login->sent_user || is_guest(known.asked().user_name)) return {};
  const auto broker = broker_of(known);
  const bool is_another =
      (!broker.empty() && broker != broker_kind::rabbitmq) || is_of_provider(known);
  if (is_another) return {};
  const bool names_host = known.asked().user_name.find(':') != std::string::npos;
  const bool is_rabbit = acts_like_rabbitmq(known);
  if (!is_rabbit && !names_host) return {};
  const bool is_unknown_host = login->meaning == bad_user_or_password;
  if (is_unknown_host && !names_host) return {};
  const std::size_t colon = known.asked().user_name.find(':');
  const std::string host = names_host ? known.asked().user_name.substr(0, colon) : std::string("/");
  const std::string own =
      names_host ? known.asked().user_name.substr(colon + 1) : known.asked().user_name;
  if (is_unknown_host)
    return made_finding(
               "auth-vhost", certainty::possible, strength::one_of_several,
               words(N_("The virtual host \"{host}\" may not exist in RabbitMQ, if that is "
                        "what stands before the colon of the user name."),
                     {{"host", host}}))
        .seen(code_words(*login))
        .seen(words(N_("RabbitMQ answers 4 to a wrong password, and to a virtual host that is not "
                       "there.")))
        .look(words(N_("Which there are, on RabbitMQ's machine:")), "sudo rabbitmqctl list_vhosts");
  // ActiveMQ, too, hangs up on MQTT 5 and answers a wrong password with 5.
  const bool is_known = broker == broker_kind::rabbitmq || names_host;
  return made_finding("auth-vhost", is_known ? certainty::likely : certainty::possible,
                      login->meaning != not_authorized ? strength::one_of_several
                      : is_known                       ? strength::agreed
                                                       : strength::first_of_several,
                      words(N_("The user \"{user}\" may not use this virtual host of RabbitMQ."),
                            {{"user", known.asked().user_name}}))
      .seen(code_words(*login))
      .seen(
          words(N_("RabbitMQ answers 5 when the password is right and the permission is missing.")))
      .mend(words(N_("Give the permission:")), "sudo rabbitmqctl set_permissions -p " +
                                                   shell_word(host) + " " + shell_word(own) +
                                                   " \".*\" \".*\" \".*\"")
      .apart(words(N_("Or this user may come by the loopback address only (loopback_users). "
                      "RabbitMQ's log says which, \"access not allowed\" or \"restricted to "
                      "localhost\":")),
             "sudo sh -c 'tail -n 20 /var/log/rabbitmq/*.log'");
}

maybe_finding password_without_user(const view& known, exclusions&) {
  if (!known.asked().has_password || known.asked().has_user) return {};
  const contact* const client = known.client();
  if (client == nullptr || accepted(known) != nullptr) return {};
  const bool was_stopped = client->mqtt && client->mqtt->answer == mqtt_answer::not_sent;
  const mqtt_fact* const login = refused_login(known);
  if (!was_stopped && login == nullptr && !was_ended_by_peer(*client)) return {};
  // MQTT 5 allows it, for tokens; a broker that wants a name has to say so by refusing.
  if (login != nullptr && login->version == mqtt_version::v5 &&
      known.asked().version == mqtt_version::v5)
    return made_finding(
               "auth-password-without-username", certainty::likely, strength::measured,
               words(N_("The broker does not take the password that was sent without a user "
                        "name: it wants both, or the token is not valid.")))
        .seen(code_words(*login))
        .in_app(words(N_("Enter the user name, too, or make a new token.")));
  return made_finding(
             "auth-password-without-username", certainty::certain, strength::measured,
             words(
                 N_("There is a password without a user name; MQTT 3.1.1 forbids that, and brokers "
                    "hang up on it.")))
      .seen(words(N_("Only a password was given.")))
      .in_app(words(N_("Enter the user name, too.")));
}

maybe_finding id_not_allowed(const view& known, exclusions&) {
  const mqtt_fact* const login = refused_login(known);
  if (login == nullptr || login->client_id_kind != client_id_kind::own ||
      were_held_back(known, *login))
    return {};
  if (login->meaning != not_authorized || acts_like_rabbitmq(known)) return {};
  const fact_word<broker_kind> broker = broker_of(known);
  // Others have no such setting.
  if ((!broker.empty() && broker != broker_kind::mosquitto) || is_of_provider(known)) return {};
  return made_finding(
             "auth-client-id-not-allowed", certainty::possible, strength::aside,
             words(
                 N_("The broker may admit certain client identifiers only (clientid_prefixes), and "
                    "the doctor used one of its own.")))
      .seen(code_words(*login))
      .apart(words(N_("With the app's own identifier (its connection will be replaced):")),
             doctor_command(known) + " -i ID");
}

/// A token carries the time at which it expires.
maybe_finding token_expired(const view& known, exclusions&) {
  const std::string& ends = known.asked().password_ends;
  if (ends.empty() || accepted(known) != nullptr || ends >= known.all.local.now) return {};
  made_finding made("auth-cloud-credentials-format", certainty::certain, strength::proven,
                    words(N_("The token given as the password expired on {date}."),
                          {{"date", ends.substr(0, 10)}}));
  made.seen(words(N_("It is good until {ends}, and this device's clock says {now}."),
                  {{"ends", ends}, {"now", known.all.local.now}}))
      .in_app(words(N_("Make a new token, and enter it as the password.")));
  if (broker_of(known) != broker_kind::azure_iot) return made;
  const std::string device = cloud_device_of(known);
  const std::string hub = filled_in(known, "HUB");
  const std::string command = "az iot hub generate-sas-token -n " + shell_word(hub) + " -d " +
                              (device.empty() ? "DEVICE" : shell_word(device)) +
                              " --duration 31536000";
  const bool is_whole = !device.empty() && hub != "HUB";
  return is_whole ? made.mend(words(N_("For Azure IoT Hub:")), command, place::console)
                  : made.fill_in(words(N_("For Azure IoT Hub:")), command, place::console);
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"auth-anonymous-refused", N_("the broker wants a user name and a password"), layer::login,
     exit_code::not_authorised, station::broker, severity::problem, anonymous_refused},
    {"auth-bad-credentials", N_("user name or password is wrong"), layer::login,
     exit_code::bad_credentials, station::broker, severity::problem, bad_credentials},
    {"auth-guest-only-local", N_("RabbitMQ lets the user guest in from its own machine only"),
     layer::login, exit_code::not_authorised, station::broker, severity::problem, guest_only_local},
    {"auth-vhost", N_("the user may not use this virtual host of RabbitMQ"), layer::login,
     exit_code::not_authorised, station::broker, severity::problem, virtual_host},
    {"auth-password-without-username", N_("a password was sent without a user name"), layer::login,
     exit_code::bad_credentials, station::broker, severity::problem, password_without_user},
    {"auth-client-id-not-allowed", N_("the broker does not admit this client identifier"),
     layer::login, exit_code::identifier_refused, station::broker, severity::problem,
     id_not_allowed},
    {"auth-cloud-credentials-format",
     N_("the cloud wants user name and password in a form of its own, or the token has expired"),
     layer::login, exit_code::bad_credentials, station::broker, severity::problem, cloud_format},
};

constexpr second_look looks[] = {
    {"auth-vhost", virtual_host_missing},
    {"auth-cloud-credentials-format", token_expired},
    {"auth-cloud-credentials-format", token_format},
    {"auth-cloud-credentials-format", cloud_id},
    {"auth-cloud-credentials-format", cloud_password},
};

}  // namespace

cause_table login_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
