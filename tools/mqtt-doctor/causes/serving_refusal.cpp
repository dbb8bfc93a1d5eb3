#include "mqtt-doctor/causes/serving_refusal.hpp"

#include <algorithm>
#include <cstdio>

#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/connack_view.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int unavailable = number_of(reason_code::server_unavailable),
              busy = number_of(reason_code::server_busy), banned = number_of(reason_code::banned),
              quota = number_of(reason_code::quota_exceeded),
              too_fast = number_of(reason_code::connection_rate_exceeded);

/// To whom the broker answers so.
enum class answered { unknown, everybody, login, identifier };

struct whom {
  answered who = answered::unknown;
  const mqtt_fact* other = nullptr;  ///< the answer to who is not concerned
};

whom turned_away(const view& known, const mqtt_fact& refusal) {
  const contact* const renamed = with_connack(known, contact_purpose::other_id);
  const contact* const nobody = with_connack(known, contact_purpose::no_login);
  if (renamed != nullptr && renamed->mqtt->meaning != refusal.meaning)
    return {answered::identifier, &*renamed->mqtt};
  if (nobody != nullptr && nobody->mqtt->meaning != refusal.meaning)
    return {answered::login, &*nobody->mqtt};
  return {nobody != nullptr ? answered::everybody : answered::unknown, nullptr};
}

sentence what_is_unavailable(answered who, bool sent_user) {
  if (who == answered::login)
    return words(
        N_("The broker says that it is unavailable for this login alone: most likely what it asks "
           "about users (a plug-in, an HTTP service, LDAP, a database) does not answer it as it "
           "should."));
  if (who == answered::identifier)
    return words(
        N_("The broker says that it is unavailable for this client identifier alone: most likely "
           "what it asks about clients (a plug-in, an HTTP service, a database) fails for it, or "
           "its session does."));
  if (sent_user)
    return words(
        N_("The broker says that it is unavailable: most likely what it asks about users (a "
           "plug-in, an HTTP service, LDAP, a database) does not answer it as it should; else it "
           "is overloaded, still starting, or at a limit of connections or of its licence."));
  return words(
      N_("The broker says that it is unavailable: overloaded, still starting, at a limit of "
         "connections or of its licence; or what it asks about clients (a plug-in, an HTTP "
         "service, a database) does not answer it as it should."));
}

sentence what_is_said(int code, answered who, bool sent_user) {
  const bool is_login = who == answered::login, is_id = who == answered::identifier;
  if (code == banned)
    return is_login ? words(N_("The broker has banned this user, often because it reconnects too "
                               "fast."))
           : is_id  ? words(N_("The broker has banned this client identifier, often because it "
                                "reconnects too fast."))
                    : words(N_("The broker has banned this client, often because it reconnects too "
                                "fast."));
  if (code == quota)
    return is_login ? words(N_("A quota of this user is used up: most likely its number of "
                               "connections."))
           : is_id  ? words(N_("A quota of this client identifier is used up."))
                    : words(N_("A quota is used up: of connections to the broker, of its tenant or "
                                "virtual host, of this user, or of this address."));
  if (code == busy)
    return is_login ? words(N_("The broker says that it is busy to this login alone: most likely a "
                               "limit of this user."))
           : is_id  ? words(N_("The broker says that it is busy to this client identifier alone."))
                    : words(N_("The broker says that it is busy: overloaded, or at its limit of "
                                "connections."));
  if (code == too_fast)
    return words(
        N_("The broker takes fewer new connections per second than it gets, from all "
           "clients or from this one."));
  return what_is_unavailable(who, sent_user);
}

/// Aliyun's document of its CONNACK codes: 3 as well for a keep alive out of bounds.
maybe_finding alive_out_of_bounds(const mqtt_fact& refusal) {
  made_finding own("mqtt-server-busy-or-banned", certainty::likely, strength::told,
                   words(N_("Aliyun's cloud says that it cannot serve this client, which it also "
                            "says to a keep alive below 30 or above 1200 seconds.")));
  own.seen(connack_sentence(refusal));
  return own.in_app(words(N_("Set the keep alive to 60 seconds or more (at most 1200).")))
      .in_console(words(N_("If it is within these bounds, see in the console whether the product "
                           "and its region are in service.")));
}

void tell_whom(made_finding& made, const view& known, const whom& found) {
  const bool is_id = found.who == answered::identifier;
  if (found.other != nullptr) {
    char code[8] = "";
    std::snprintf(code, sizeof code, found.other->reason >= 0x80 ? "0x%02X" : "%d",
                  static_cast<unsigned>(found.other->reason));
    const places with{
        {"code", code},
        {"meaning", std::string(reason_name(static_cast<std::uint8_t>(found.other->meaning),
                                            packet_type::connack))}};
    made.seen(is_id
                  ? words(N_("With another client identifier it answers {code} ({meaning})."), with)
                  : words(N_("Without a user name it answers {code} ({meaning})."), with));
  } else if (found.who == answered::everybody) {
    made.seen(words(N_("It answers the same without a user name.")));
  } else if (with_connack(known, contact_purpose::other_id) != nullptr) {
    made.seen(words(N_("It answers the same to another client identifier.")));
  }
}

void mend_checks(made_finding& made, const view& known) {
  ask_login_log(made, known);
  made.mend(words(
      N_("If it checks logins by an HTTP service, LDAP or a database, ask that for this user from "
         "the broker's machine: it must run, and answer in the form that the broker wants (EMQX: "
         "status 204, or 200 with \"result\": \"allow\").")));
  made.mend(words(N_("Else look at the broker's load, its limits and its licence.")));
}

}  // namespace

bool is_of_serving(int meaning) noexcept {
  constexpr int all[] = {unavailable, busy, banned, quota, too_fast};
  return std::find(std::begin(all), std::end(all), meaning) != std::end(all);
}

maybe_finding not_served(const view& known, const mqtt_fact& refusal) {
  const int code = refusal.meaning;
  if (!is_of_serving(code)) return {};
  if (code == unavailable && broker_of(known) == broker_kind::aliyun_iot)
    return alive_out_of_bounds(refusal);
  const whom found = turned_away(known, refusal);
  // Only these two say of themselves what they are; the others have several reasons.
  const bool is_plain = code == banned || code == too_fast;
  made_finding made("mqtt-server-busy-or-banned", is_plain ? certainty::certain : certainty::likely,
                    strength::told, what_is_said(code, found.who, refusal.sent_user));
  made.seen(connack_sentence(refusal));
  tell_whom(made, known, found);
  if (code == unavailable) {
    mend_checks(made, known);
    return made.in_app(
        words(N_("It is not the password that is refused by that: wait longer "
                 "between attempts until the broker serves again.")));
  }
  if (code == banned && broker_of(known) == broker_kind::emqx) {
    made.mend(
        words(N_("In EMQX's dashboard, under Access Control, Banned Clients, take the entry "
                 "out.")));
  } else if (code == quota) {
    made.mend(
        words(N_("Look at the broker's limits of connections and messages (of the user, its "
                 "virtual host or tenant, and in all), and at its licence.")));
  } else {
    made.mend(words(N_("Look at the broker's ban list, licence and load.")));
  }
  return made.in_app(
      words(N_("Give each device an identifier of its own, and wait longer between attempts.")));
}

maybe_finding sent_elsewhere(const view& known, const mqtt_fact& refusal) {
  const std::string& there = refusal.server_reference;
  const bool is_for_good = refusal.meaning == number_of(reason_code::server_moved);
  if (!is_for_good && refusal.meaning != number_of(reason_code::use_another_server)) return {};
  const auto begin = [&](sentence what) {
    made_finding made("mqtt-use-another-server", certainty::certain, strength::told,
                      std::move(what));
    return made.seen(connack_sentence(refusal));
  };
  if (there.empty())
    return begin(words(N_("The broker says to use another server, and does not say which.")))
        .mend(words(N_("Look in the broker's cluster, or at the page of who runs it, which server "
                       "its clients are to use now.")))
        .in_app(words(N_("Connect to that address.")));
  const auto is_named = [&](const std::string& host) {
    return !host.empty() &&
           (lower(there) == lower(host) || lower(there) == lower(host) + ":" + known.port());
  };
  const contact* const client = known.client();
  if (is_named(known.host()) || (client != nullptr && is_named(client->address)))
    return begin(words(N_("The broker sends its clients to itself: the other server that it names "
                          "is {server}."),
                       {{"server", there}}))
        .mend(words(N_("Mend the address that the broker, or its cluster, gives as the server to "
                       "use.")));
  return begin(words(N_("The broker says to use another server: {server}."), {{"server", there}}))
      .in_app(words(N_("Connect to that address.")))
      .apart(words(N_("Try it:")), "mqtt-doctor " + shell_word(there));
}

namespace {

/// Codes that speak of a message: in CONNECT the will is the only one.
bool is_of_will(int meaning) {
  constexpr reason_code all[] = {reason_code::topic_name_invalid,
                                 reason_code::payload_format_invalid,
                                 reason_code::retain_not_supported, reason_code::qos_not_supported};
  return std::any_of(std::begin(all), std::end(all),
                     [&](reason_code each) { return number_of(each) == meaning; });
}

}  // namespace

made_finding refused_otherwise(const mqtt_fact& refusal) {
  const auto begin = [&](certainty how, sentence what) {
    made_finding made("mqtt-refused", how, strength::agreed, std::move(what));
    return made.seen(connack_sentence(refusal));
  };
  if (refusal.meaning == number_of(reason_code::bad_authentication_method)) {
    made_finding made = begin(
        certainty::likely,
        refusal.sent_user
            ? words(N_("The broker wants another authentication method than user name and password "
                       "from this client."))
            : words(N_("The broker wants an authentication method from this client, which named "
                       "none.")));
    return made
        .in_app(words(N_("Switch on the method it wants (SCRAM, Kerberos, a token or a client "
                         "certificate), or use a listener that takes passwords.")))
        .mend(
            words(N_("Look up in the broker's configuration which authentication its listener has "
                     "(EMQX and HiveMQ: SCRAM of enhanced authentication).")));
  }
  if (refusal.meaning == number_of(reason_code::packet_too_large))
    return begin(certainty::likely, words(N_("The broker calls the CONNECT too large: identifier, "
                                             "user name and password are longer than it takes.")))
        .in_app(words(N_("Use a shorter token as the password, or a client certificate.")))
        .mend(words(N_("Or raise the broker's limit of packet size, and that of its proxy.")));
  if (is_of_will(refusal.meaning))
    return begin(certainty::likely,
                 words(N_("The broker refuses with a code that is about a will, and this CONNECT "
                          "had none: a plug-in or proxy of the broker most likely answers so for "
                          "a reason of its own.")))
        .mend(words(N_("Look into the broker's log at the time of an attempt: it names the "
                       "reason.")))
        .in_app(words(N_("If the app has a last will, let it be without retain and QoS once.")));
  return begin(certainty::certain, words(N_("The broker refused the connection.")));
}

}  // namespace mqttkit::doctor
