// A bridge of the broker on this machine that is not connected to the other broker.
#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

std::string setting_of(const bridge_fact& bridge, const char* name) {
  const auto at = bridge.settings.find(name);
  return at == bridge.settings.end() ? std::string() : at->second;
}

/// The lines of the log since the bridge was tried last, and what was said of its address before.
std::vector<const log_fact*> lines_about(const host_view& at, const bridge_fact& bridge) {
  std::vector<const log_fact*> out;
  bool is_about_it = false;
  const bool is_alone = at.configuration->bridges.size() == 1;
  for (const log_fact& line : at.host.log) {
    if (!line.is_current) continue;
    if (contains(line.text, "Connecting bridge ")) {
      is_about_it = contains(line.text, " " + bridge.name + " (");
      std::erase_if(out, [&](const log_fact* old) {
        return is_about_it && !contains(old->text, "resolving");
      });
      continue;
    }
    const bool is_told = line.kind == log_kind::bridge || line.kind == log_kind::tls;
    const bool is_about_name = contains(line.text, "resolving bridge address") && is_alone;
    if (is_told && (is_about_it || is_about_name)) out.push_back(&line);
  }
  return out;
}

/// For how long (s) the bridge's last CONNECT has had no answer; nothing where it has one, or the
/// log does not hold such lines (log_type all). Of several bridges the lines do not tell which is
/// which.
std::optional<std::int64_t> unanswered_for(const host_view& at, const bridge_fact& bridge) {
  if (at.configuration->bridges.size() != 1) return {};
  const log_fact* sent = nullptr;
  for (const log_fact* line : lines_about(at, bridge)) {
    if (contains(line->text, " sending CONNECT")) {
      sent = line;
    } else {
      sent = nullptr;  // whatever came of it
    }
  }
  std::int64_t second = 0;
  if (sent == nullptr || std::sscanf(sent->text.c_str(), "%" SCNd64 ":", &second) != 1) return {};
  const std::int64_t now = second_of_utc(at.known.all.local.now);
  constexpr std::int64_t since_2001 = 1'000'000'000;
  if (now == 0 || second < since_2001) return {};
  return now - second;
}

/// The other side took the connection and says nothing, which mosquitto writes no line about.
maybe_finding unanswered_bridge(const host_view& at, const bridge_fact& bridge) {
  constexpr std::int64_t long_s = 2, very_long_s = 10;
  const auto waits = unanswered_for(at, bridge);
  if (!waits || *waits < long_s) return {};
  const std::string address = bridge.addresses.substr(0, bridge.addresses.find(' '));
  const places with{{"bridge", bridge.name},
                    {"address", address},
                    {"file", bridge.file},
                    {"line", std::to_string(bridge.line)},
                    {"seconds", std::to_string(*waits)}};
  return made_finding(
             "host-bridge-down", *waits >= very_long_s ? certainty::likely : certainty::possible,
             *waits >= very_long_s ? strength::leaning : strength::fits,
             words(
                 N_("The bridge {bridge} has its connection to {address} and no answer to its "
                    "CONNECT, for {seconds} s: what listens there does not speak plain MQTT (TLS, "
                    "another service), or that broker hangs."),
                 with))
      .seen(words(N_("{file}, line {line}: connection {bridge}."), with))
      .seen(words(N_("The log tells that the bridge sent CONNECT, and of no CONNACK since.")))
      .look(words(N_("What the other broker says, asked from here:")),
            "mqtt-doctor " + shell_word(address))
      .warning();
}

/// Why a bridge is not connected, as far as its lines and its log tell.
enum class bridge_trouble {
  unknown,
  scheme,      ///< its address begins with "mqtt://"
  no_address,  ///< its name leads nowhere
  login,
  identifier,
  version,
  certificate_name,
  certificate,
  tls_file,
  no_tls,  ///< there, or it answers otherwise
  nobody,  ///< refuses the connection
  no_way,
  closed,
};

struct told_trouble {
  const char* says;
  bridge_trouble trouble;
};
constexpr told_trouble told_troubles[] = {
    {"host name verification failed", bridge_trouble::certificate_name},
    {"certificate verify failed", bridge_trouble::certificate},
    {"check bridge_", bridge_trouble::tls_file},
    {"Refused: not authorised", bridge_trouble::login},
    {"Refused: bad user name", bridge_trouble::login},
    {"Refused: identifier rejected", bridge_trouble::identifier},
    {"Refused: unacceptable protocol", bridge_trouble::version},
    {"resolving bridge address", bridge_trouble::no_address},
    {"Error creating bridge: Name or service", bridge_trouble::no_address},
    {"Error creating bridge: Temporary failure", bridge_trouble::no_address},
    {"No route to host", bridge_trouble::no_way},
    {"unreachable", bridge_trouble::no_way},
    {"timed out", bridge_trouble::no_way},
    {"Connection refused", bridge_trouble::nobody},
    {"Error creating bridge: Broken pipe", bridge_trouble::nobody},
    {"disconnected: Protocol error", bridge_trouble::no_tls},
    {"closed its connection", bridge_trouble::closed},
};

struct bridge_state {
  bridge_trouble trouble = bridge_trouble::unknown;
  const log_fact* line = nullptr;
};

bridge_state state_of(const bridge_fact& bridge, const std::vector<const log_fact*>& lines) {
  if (contains(bridge.addresses, "://")) return {bridge_trouble::scheme, nullptr};
  for (const told_trouble& told : told_troubles) {
    for (const log_fact* line : lines) {
      if (contains(line->text, told.says)) return {told.trouble, line};
    }
  }
  return {};
}

/// How long (s) the broker has been running; nothing where that is not known.
std::optional<std::int64_t> age_of(const host_view& at) {
  for (const process_fact& broker : at.host.brokers) {
    if (broker.pid != at.configuration->pid || broker.started.empty()) continue;
    const std::int64_t now = second_of_utc(at.known.all.local.now);
    const std::int64_t start = second_of_utc(broker.started);
    if (now != 0 && start != 0) return now - start;
  }
  return std::nullopt;
}

struct trouble_words {
  bridge_trouble trouble;
  const char* why;
  const char* cure;
};
constexpr trouble_words words_by_trouble[] = {
    {bridge_trouble::scheme,
     N_("Its address has a scheme before it, and mosquitto takes that for "
        "a part of the name: it wants HOST:PORT alone."),
     N_("Write host and port alone in its address line:")},
    {bridge_trouble::no_address, N_("The name {host} leads to no address on this machine."),
     N_("Correct the name in its address line, or the name service of this machine:")},
    {bridge_trouble::identifier,
     N_("The other broker does not accept its identifier (remote_clientid)."),
     N_("Give it a remote_clientid that the other broker takes:")},
    {bridge_trouble::version, N_("The other broker does not speak that version of MQTT."),
     N_("Say \"bridge_protocol_version mqttv311\" below its connection line:")},
    {bridge_trouble::certificate_name,
     N_("The certificate of the other broker is for another name than {host}."),
     N_("Let its address line have the name that stands in the certificate:")},
    {bridge_trouble::certificate,
     N_("The certificate of the other broker was not issued by the authority in bridge_cafile "
        "({cafile})."),
     N_("Let bridge_cafile name the certificate of the authority that issued it:")},
    {bridge_trouble::tls_file,
     N_("mosquitto cannot read one of its TLS files; the bridge reads them as the user {user}."),
     N_("Name a file that is there, and let {user} read it:")},
    {bridge_trouble::nobody, N_("Nobody listens at {address}."),
     N_("Start the other broker, or correct its address line:")},
    {bridge_trouble::no_way,
     N_("{address} does not answer: it is off, or a firewall stands "
        "between."),
     N_("Correct its address line, or open the way there:")},
};

void add_login(made_finding& made, const bridge_fact& bridge) {
  const std::string user = setting_of(bridge, "remote_username");
  const places with{{"bridge", bridge.name}, {"user", user}};
  if (!user.empty()) {
    made.seen(words(N_("The other broker does not let it in as {user} (remote_username)."), with))
        .look(
            words(N_("Correct remote_username and remote_password below \"connection {bridge}\":"),
                  with),
            "sudoedit " + shell_word(bridge.file));
    return;
  }
  made.seen(
      words(N_("The other broker does not let it in, and it gives no user name: there is no "
               "remote_username.")));
  if (!setting_of(bridge, "local_username").empty())
    made.seen(
        words(N_("Its local_username is for this broker alone, and is not sent to the other "
                 "one.")));
  made.lines(words(N_("Below \"connection {bridge}\", with a user of the other broker:"), with),
             "remote_username USER\nremote_password PASSWORD", bridge.file);
}

/// By default a bridge leaves word of itself at the other broker, retained and as its will.
void add_notifications(made_finding& made, const host_view& at, const bridge_fact& bridge) {
  if (setting_of(bridge, "notifications") == "false" ||
      setting_of(bridge, "notifications_local_only") == "true")
    return;
  made.seen(words(
      N_("The bridge leaves a retained message about itself at the other broker "
         "(notifications), by its will too: a broker that takes no retained messages, or lets "
         "nobody write there, ends its connection, as many clouds do.")));
  made.mend(words(N_("Or switch notifications off; the old file is kept beside it:")),
            edit_command(std::to_string(bridge.line) + "a notifications false", bridge.file) +
                " && " + restart_command(at));
}

void add_reason(made_finding& made, const host_view& at, const bridge_fact& bridge,
                const bridge_state& state, const places& with) {
  const std::string edit = "sudoedit " + shell_word(bridge.file);
  if (state.trouble == bridge_trouble::login) return add_login(made, bridge);
  for (const trouble_words& each : words_by_trouble) {
    if (each.trouble != state.trouble) continue;
    made.seen(words(each.why, with)).look(words(each.cure, with), edit);
    return;
  }
  const bool has_tls = !setting_of(bridge, "bridge_cafile").empty() ||
                       !setting_of(bridge, "bridge_capath").empty() ||
                       !setting_of(bridge, "bridge_psk").empty();
  if (state.trouble == bridge_trouble::no_tls && has_tls) {
    made.seen(words(N_("It begins TLS (bridge_cafile), and the other side does not answer that: "
                       "most often its port speaks plain MQTT.")))
        .look(words(N_("Name the port of the other broker that speaks TLS, or take the lines "
                       "bridge_cafile and the like out:")),
              edit);
  } else if (state.trouble == bridge_trouble::closed && !has_tls) {
    made.seen(words(N_("The other side ends the connection at once: its port speaks TLS, or it "
                       "turns the bridge away without a word.")))
        .look(words(N_("If its port speaks TLS, give the bridge a line bridge_cafile:")), edit);
    add_notifications(made, at, bridge);
  } else if (state.trouble == bridge_trouble::closed) {
    add_notifications(made, at, bridge);
  } else if (const std::string own = setting_of(bridge, "bridge_bind_address");
             !own.empty() && std::find(at.host.addresses.begin(), at.host.addresses.end(), own) ==
                                 at.host.addresses.end()) {
    made.seen(words(N_("It is to be sent from {own} (bridge_bind_address), which is no address of "
                       "this machine."),
                    {{"own", own}}))
        .look(words(N_("Name an address of this machine, or take that line out:")), edit);
  }
}

}  // namespace

/// A note: the clients that were asked about are well.
maybe_finding host_bridge_down(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_mosquitto(*at) || at->configuration->pid == 0) return {};
  const auto age = age_of(*at);
  constexpr std::int64_t time_to_connect_s = 3;
  for (const bridge_fact& bridge : at->configuration->bridges) {
    if (bridge.link == bridge_link::connected) {
      if (maybe_finding silent = unanswered_bridge(*at, bridge)) return silent;
      continue;
    }
    const bridge_state state = state_of(bridge, lines_about(*at, bridge));
    const bool is_told = state.trouble != bridge_trouble::unknown;
    const bool is_lazy = setting_of(bridge, "start_type") == "lazy";
    const bool is_surely_down =
        bridge.link == bridge_link::not_connected && !is_lazy && age && *age >= time_to_connect_s;
    if (!is_told && !is_surely_down) continue;
    const std::string first = bridge.addresses.substr(0, bridge.addresses.find(' '));
    const places with{{"bridge", bridge.name},
                      {"address", first},
                      {"host", first.substr(0, first.rfind(':'))},
                      {"file", bridge.file},
                      {"line", std::to_string(bridge.line)},
                      {"user", at->process() != nullptr ? at->process()->user : "mosquitto"},
                      {"cafile", setting_of(bridge, "bridge_cafile")}};
    made_finding made(
        "host-bridge-down",
        bridge.link == bridge_link::not_connected ? certainty::certain : certainty::likely,
        strength::leaning,
        words(N_("The bridge {bridge} to {address} is not connected: nothing is "
                 "passed on between the two brokers."),
              with));
    made.seen(words(N_("{file}, line {line}: connection {bridge}."), with));
    add_reason(made, *at, bridge, state, with);
    if (state.line != nullptr) made.seen(log_words(*state.line));
    if (setting_of(bridge, "start_type") == "once")
      made.seen(words(N_("It has start_type once: mosquitto does not try again by itself.")));
    if (state.trouble != bridge_trouble::scheme)
      made.look(words(N_("What the other broker says, asked from here:")),
                "mqtt-doctor " + shell_word(first));
    return made
        .then(words(N_("After an edit, the bridge is read anew at a start alone:")),
              restart_command(*at))
        .warning();
  }
  return {};
}

}  // namespace mqttkit::doctor
