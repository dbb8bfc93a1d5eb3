#include "mqtt-doctor/causes/host_stranger_causes.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

/// What happens once is no trouble: a port scan does it, or an app that is being set up.
constexpr std::size_t many = 3;

struct handshake_row {
  const char* says;  ///< in OpenSSL's words
  const char* id;
  const char* text;
  const char* cure;
};

constexpr const char* plain_words =
    N_("A client at {id} speaks without TLS to a port that speaks TLS, again and again.");
constexpr const char* plain_cure =
    N_("Switch TLS on in that app, or let it use a port without TLS.");
constexpr const char* trust_words =
    N_("A client at {id} does not trust the broker's certificate, again and again.");
constexpr const char* trust_cure =
    N_("Give that app the certificate of the authority that issued the broker's, and let it use "
       "the name that stands in it.");
constexpr const char* old_words =
    N_("A client at {id} and the broker have no version of TLS, or no cipher, in common.");
constexpr const char* old_cure =
    N_("Update that device's TLS library; tls_version and ciphers of the listener restrict what "
       "the broker takes.");

constexpr handshake_row handshakes[] = {
    {"wrong version number", "tls-plaintext-to-tls-port", plain_words, plain_cure},
    {"http request", "tls-plaintext-to-tls-port", plain_words, plain_cure},
    {"alert unknown ca", "tls-unknown-ca", trust_words, trust_cure},
    {"alert bad certificate", "tls-unknown-ca", trust_words, trust_cure},
    {"alert certificate unknown", "tls-unknown-ca", trust_words, trust_cure},
    {"alert certificate expired", "tls-expired",
     N_("A client at {id} takes the broker's certificate for expired: it is, or that device's "
        "clock is wrong."),
     N_("Set the clock of that device (NTP) before it connects.")},
    {"peer did not return a certificate", "tls-client-cert-missing",
     N_("A client at {id} shows no certificate, and the listener demands one."),
     N_("Give that app its certificate and key, or say require_certificate false below the "
        "listener.")},
    {"certificate verify failed", "tls-client-cert-untrusted",
     N_("The broker does not accept the certificate of a client at {id}: an authority that is not "
        "in the listener's cafile issued it, or it has ended."),
     N_("Give that app a certificate of that authority, or add the one that issued it to cafile.")},
    {"no shared cipher", "tls-version-client-too-old", old_words, old_cure},
    {"unsupported protocol", "tls-version-client-too-old", old_words, old_cure},
    {"alert protocol version", "tls-version-client-too-old", old_words, old_cure},
};

struct repeated {
  std::size_t count = 0;
  const log_fact* last = nullptr;
};

made_finding told(const char* id, const repeated& lines, const char* text, const places& with) {
  made_finding made(id, certainty::likely, strength::seen, words(text, with));
  made.seen(words(N_("The broker's log tells so {count} times, shortly after one another:"),
                  {{"count", std::to_string(lines.count)}}));
  made.seen(log_words(*lines.last));
  return made;
}

/// "PUBLISH" or "SUBSCRIBE", the client and the topic of "Denied PUBLISH from ID (d0, q0, r0, m0,
/// 'TOPIC', ... (1 bytes))".
struct denial {
  std::string what;
  std::string id;
  std::string topic;
};

denial read_denial(const std::string& text) {
  constexpr std::string_view word = "Denied ", from = " from ";
  denial made;
  const std::size_t begin = text.find(word);
  const std::size_t mid = begin == text.npos ? begin : text.find(from, begin);
  const std::size_t open = mid == text.npos ? mid : text.find(" (", mid);
  const std::size_t quote = open == text.npos ? open : text.find('\'', open);
  const std::size_t end = quote == text.npos ? quote : text.find('\'', quote + 1);
  if (end == text.npos) return made;
  made.what = text.substr(begin + word.size(), mid - begin - word.size());
  made.id = text.substr(mid + from.size(), open - mid - from.size());
  made.topic = text.substr(quote + 1, end - quote - 1);
  return made;
}

}  // namespace

bool is_own_address(const view& known, const std::string& address) {
  const auto& all = known.all.local.interfaces;
  return address.starts_with("127.") || address == "::1" ||
         std::any_of(all.begin(), all.end(),
                     [&](const interface_fact& each) { return each.address == address; });
}

maybe_finding host_stranger_tls(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->logged(log_kind::tls) == nullptr) return {};
  for (const handshake_row& row : handshakes) {
    std::map<std::string, repeated> all;
    for (const log_fact& line : at->host.log) {
      if (line.kind != log_kind::tls || !line.is_current || line.peer.empty()) continue;
      if (!contains(line.text, row.says) || is_own_address(known, line.peer)) continue;
      repeated& of = all[line.peer];
      ++of.count;
      of.last = &line;
    }
    for (const auto& [address, lines] : all) {
      if (lines.count < many) continue;
      return told(row.id, lines, row.text, {{"id", address}}).in_app(words(row.cure)).warning();
    }
  }
  return {};
}

maybe_finding host_stranger_denied(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_mosquitto(*at) || at->logged(log_kind::denied) == nullptr) return {};
  std::map<std::pair<std::string, std::string>, repeated> all;
  for (const log_fact& line : at->host.log) {
    if (line.kind != log_kind::denied || !line.is_current) continue;
    const denial found = read_denial(line.text);
    if (found.what != "PUBLISH" || found.id.starts_with("mqtt-doctor-")) continue;
    repeated& of = all[{found.id, found.topic}];
    ++of.count;
    of.last = &line;
  }
  for (const auto& [which, lines] : all) {
    if (lines.count < many) continue;
    const auto& [id, topic] = which;
    const places with{{"id", id}, {"topic", topic}};
    made_finding made =
        told("auth-acl-publish-swallowed", lines,
             N_("The access list keeps the client {id} from publishing to \"{topic}\": what it "
                "sends there is thrown away."),
             with);
    made.look(words(N_("The user that it logs in as, behind u:")),
              "sudo grep -F " + shell_word(" as " + id + " ") + " " +
                  shell_word(lines.last->source) + " | tail -n 1");
    const std::string file = at->setting("acl_file");
    if (!file.empty())
      made.fill_in(words(N_("Give that user the right, if it is meant to have it:")),
                   "printf '\\n%s\\n%s\\n' 'user USER' " + shell_word("topic write " + topic) +
                       " | sudo tee -a " + shell_word(file) + " && " + reload_command(*at));
    return made.warning();
  }
  return {};
}

maybe_finding host_not_subscribed_again(const view& known, exclusions&) {
  using enum symptom;
  const symptom_set shows{nothing_arrives, no_reaction, some_missing, not_listed};
  if (!shows.contains(known.asked().symptom.value())) return {};
  const auto at = look_at(known);
  if (!at || !is_mosquitto(*at)) return {};
  const std::string& topic = known.asked().topic;
  const log_fact* last = nullptr;
  for (const log_fact& line : at->host.log) {
    if (line.kind != log_kind::not_subscribed_again || !line.is_current) continue;
    const bool is_asked_for =
        topic.empty() || line.filter == topic ||
        (is_topic_name(topic) && is_topic_filter(line.filter) && topic_matches(line.filter, topic));
    if (is_asked_for) last = &line;
  }
  if (last == nullptr) return {};
  const std::size_t name = last->text.find(" as "), flags = last->text.rfind(" (p");
  if (name == last->text.npos || flags == last->text.npos || flags < name + 4) return {};
  const places with{{"id", last->text.substr(name + 4, flags - name - 4)},
                    {"filter", last->filter}};
  // With a topic it is the very subscription that is missed; without, one of several.
  made_finding made(
      "delivery-not-subscribed", certainty::likely,
      topic.empty() ? strength::agreed : strength::seen,
      words(N_("The client {id} subscribed to \"{filter}\", connected again with a clean session, "
               "and has not subscribed again since: nothing is sent to it."),
            with));
  return made.seen(log_words(*last))
      .seen(words(N_("Behind that line the broker logged no SUBSCRIBE of it, as it did before.")))
      .in_app(words(N_("Subscribe each time when CONNACK has come, not once at the start.")))
      .in_app(words(N_("Or keep the session: a fixed client identifier and clean session off (MQTT "
                       "5: a Session Expiry Interval).")))
      .shows(shows);
}

namespace {

/// The check of the user in a file of that broker; null where it does not know the user.
const login_check_fact* check_in(const configuration_fact& of, const std::string& user) {
  const auto found = std::find_if(
      of.login_checks.begin(), of.login_checks.end(), [&](const login_check_fact& each) {
        return each.user == user &&
               (each.outcome == login_outcome::right || each.outcome == login_outcome::wrong);
      });
  return found == of.login_checks.end() ? nullptr : &*found;
}

}  // namespace

maybe_finding host_user_of_another_port(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !was_login_refused(known) || !known.asked().has_user) return {};
  const listener_fact* const holder = at->dialled();
  if (holder == nullptr || holder->pid == 0 || is_in_front(*holder, at->host)) return {};
  for (const configuration_fact& other : at->host.configurations) {
    if (!other.is_used || other.pid == 0 || other.pid == holder->pid) continue;
    const login_check_fact* const check = check_in(other, known.asked().user_name);
    if (check == nullptr) continue;
    const auto& all = at->host.listeners;
    const auto there = std::find_if(all.begin(), all.end(), [&](const listener_fact& each) {
      return each.pid == other.pid && each.port != known.at.port;
    });
    if (there == all.end()) continue;
    // Of two alike the file of the one that was asked tells more.
    if (at->holder_name() == other.broker.word()) continue;
    const bool is_right = check->outcome == login_outcome::right;
    const places with{{"port", known.port()},
                      {"holder", at->holder_name()},
                      {"broker", other.broker.word()},
                      {"other", std::to_string(there->port)},
                      {"user", known.asked().user_name},
                      {"file", check->file},
                      {"socket", socket_text(*holder)},
                      {"there", socket_text(*there)}};
    made_finding made(
        "auth-bad-credentials", is_right ? certainty::certain : certainty::likely,
        is_right ? strength::proven : strength::seen,
        words(N_("Port {port} is {holder}'s, which has users of its own and refused {user}; the "
                 "broker that knows {user} is {broker} at port {other}."),
              with));
    made.seen(words(N_("Listening: {socket}."), with))
        .seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*there)}}))
        .seen(
            is_right
                ? words(N_("{file} of that other broker has {user} with this very password."), with)
                : words(N_("{file} of that other broker has {user}, though with another "
                           "password than the one given."),
                        with));
    return made.in_app(words(N_("If {broker} is the one that is meant, use port {other}."), with))
        .mend(words(N_("If it is {holder}, make the user there as well."), with));
  }
  return {};
}

}  // namespace mqttkit::doctor
