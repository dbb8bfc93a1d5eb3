// TLS and WebSocket as the broker's files set them up, beside what was asked for.
#include <algorithm>

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/facts/codes.hpp"

namespace mqttkit::doctor {
namespace {

// The scheme of the listener configured for the port; none when it is not known.
fact_word<scheme> configured_scheme(const host_view& at) {
  if (at.block == nullptr || !at.configuration->is_used || !at.is_listening()) return {};
  if (at.problem(problem_kind::changed_since_start) != nullptr || at.is_read_in_part()) return {};
  const bool has_certificate = !at.setting("certfile").empty() || !at.setting("psk_hint").empty();
  const auto& protocol = at.block->protocol;
  if (at.configuration->broker != broker_kind::mosquitto) return fact_word<scheme>(protocol.word());
  return scheme_with(has_certificate, protocol == listener_protocol::websockets);
}

std::string line_text(const host_view& at) {
  return at.configuration->file + ":" + std::to_string(at.block->line);
}

/// TLS lines that stand above every listener, where they open one more listener that nobody named:
/// "certfile FILE", a line each. The listener for the port has none of them.
std::vector<std::string> lines_above(const host_view& at,
                                     std::initializer_list<const char*> names) {
  std::vector<std::string> out;
  for (const auto& other : at.configuration->listeners) {
    const bool is_unnamed = other.line == 0;
    if (!is_unnamed || &other == at.block) continue;
    for (const char* const name : names) {
      const auto line = other.settings.find(name);
      if (line != other.settings.end() && at.block->settings.count(name) == 0)
        out.push_back(std::string(name) + " " + line->second);
    }
  }
  for (const char* const name : names) {
    const auto line = at.configuration->settings.find(std::string("above ") + name);
    if (line != at.configuration->settings.end() && at.block->settings.count(name) == 0)
      out.push_back(std::string(name) + " " + line->second);
  }
  return out;
}

/// The listener of plain MQTT's usual port that stands next above the dialled one in its file and
/// has settings that one lacks; null for none.
const configured_listener* taker_above(const host_view& at,
                                       std::initializer_list<const char*> names) {
  constexpr int usual = 1883;
  const configured_listener* next = nullptr;
  for (const auto& other : at.configuration->listeners) {
    const bool is_above =
        other.line > 0 && other.line < at.block->line &&
        file_of(other, *at.configuration) == file_of(*at.block, *at.configuration);
    if (is_above && (next == nullptr || other.line > next->line)) next = &other;
  }
  if (next == nullptr || next->port != usual) return nullptr;
  const bool has_some = std::any_of(names.begin(), names.end(), [&](const char* name) {
    return next->settings.count(name) > 0 && at.block->settings.count(name) == 0;
  });
  return has_some ? next : nullptr;
}

/// Moves those settings below the listener they are meant for.
made_finding& move_below(made_finding& made, const host_view& at, const configured_listener& taker,
                         std::initializer_list<const char*> names) {
  const std::string from = std::to_string(taker.line), to = std::to_string(at.block->line);
  std::string out, below, first;
  for (const char* const name : names) {
    const auto line = taker.settings.find(name);
    if (line == taker.settings.end() || at.block->settings.count(name) > 0) continue;
    const std::string text = std::string(name) + " " + line->second;
    if (first.empty()) first = text;
    out += from + "," + to + "s/^[[:space:]]*" + name + "[[:space:]]/#&/;";
    below += (below.empty() ? "" : "\\n") + text;
  }
  const places with{
      {"line", first}, {"port", std::to_string(at.port())}, {"other", std::to_string(taker.port)}};
  made.seen(words(N_("\"{line}\" stands above \"listener {port}\", and so belongs to \"listener "
                     "{other}\": what belongs to one stands below it."),
                  with));
  return made
      .mend(
          words(N_("If it is meant for {port}, move it below \"listener {port}\"; the old file is "
                   "kept beside it:"),
                with),
          edit_command(out + to + "a " + below, file_of(*at.block, *at.configuration)))
      .then(words(N_("Then:")), restart_command(at));
}

/// Offers the same lines below the listener they are meant for.
made_finding& repeat_below(made_finding& made, const host_view& at,
                           const std::vector<std::string>& lines) {
  const places with{{"line", lines.front()}, {"port", std::to_string(at.port())}};
  std::string script = std::to_string(at.block->line) + "a " + lines.front();
  for (std::size_t i = 1; i < lines.size(); ++i) script.append("\\n").append(lines[i]);
  made.seen(words(N_("\"{line}\" stands above \"listener {port}\", and so belongs to another "
                     "listener: what belongs to one stands below it."),
                  with));
  return made
      .mend(words(N_("Repeat it below \"listener {port}\":"), with),
            edit_command(script, file_of(*at.block, *at.configuration)))
      .then(words(N_("Then:")), restart_command(at));
}

/// The command by which the broker reads its certificate again.
std::string reload_certificate(const host_view& at) {
  if (!is_mosquitto(at)) return restart_command(at);
  return at.host.has_systemd ? "sudo systemctl reload mosquitto"
                             : "sudo kill -HUP " + std::to_string(at.configuration->pid);
}

const tls_fact* client_tls(const view& known) {
  const auto* client = known.client();
  return client != nullptr && client->tls ? &*client->tls : nullptr;
}

bool failed_after_connect(const view& known) {
  return is_connected(known) && accepted(known) == nullptr;
}

}  // namespace

maybe_finding host_plain_to_tls(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !failed_after_connect(known) || known.is_tls()) return {};
  const auto speaks = configured_scheme(*at);
  if (speaks != scheme::mqtts && speaks != scheme::wss) return {};
  if (known.is_websocket() != (speaks == scheme::wss)) return {};
  return made_finding(speaks == scheme::wss ? "ws-plain-to-wss-port" : "tls-plaintext-to-tls-port",
                      certainty::certain, strength::proven,
                      words(N_("Port {port} speaks TLS, and it was asked without."),
                            {{"port", known.port()}}))
      .seen(words(N_("{place} sets up a certificate for that listener."),
                  {{"place", line_text(*at)}}))
      .in_app(words(N_("Switch TLS (SSL) on: {scheme}://{host}:{port}"),
                    {{"scheme", speaks}, {"host", known.host()}, {"port", known.port()}}));
}

maybe_finding host_tls_to_plain(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !failed_after_connect(known) || !known.is_tls()) return {};
  const auto speaks = configured_scheme(*at);
  if (speaks != scheme::mqtt && speaks != scheme::ws) return {};
  const auto* tls = client_tls(known);
  if (tls != nullptr && tls->is_done) return {};
  const auto names = {
      "cafile",      "certfile", "keyfile", "require_certificate", "use_identity_as_username",
      "tls_version", "ciphers",  "psk_hint"};
  const auto above = lines_above(*at, names);
  const configured_listener* const taker = taker_above(*at, names);
  made_finding made(
      "tls-to-plaintext-port", certainty::certain,
      above.empty() && taker == nullptr ? strength::told : strength::proven,
      words(N_("Port {port} speaks no TLS, and it was asked with."), {{"port", known.port()}}));
  if (!above.empty()) return repeat_below(made, *at, above);
  if (taker != nullptr) return move_below(made, *at, *taker, names);
  return made.seen(words(N_("{place} has no certfile."), {{"place", line_text(*at)}}))
      .in_app(words(N_("Switch TLS (SSL) off, or use the TLS port: {scheme}://{host}:{port}"),
                    {{"scheme", speaks}, {"host", known.host()}, {"port", known.port()}}));
}

maybe_finding host_raw_to_websocket(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !failed_after_connect(known) || known.is_websocket()) return {};
  const auto speaks = configured_scheme(*at);
  if (speaks != scheme::ws && speaks != scheme::wss) return {};
  return made_finding(
             "ws-raw-mqtt-to-ws-port", certainty::certain, strength::told,
             words(N_("Port {port} speaks MQTT over WebSocket only."), {{"port", known.port()}}))
      .seen(words(N_("{place} is a WebSocket listener."), {{"place", line_text(*at)}}))
      .in_app(words(N_("Use {scheme}://{host}:{port}/mqtt, or the plain MQTT port."),
                    {{"scheme", speaks}, {"host", known.host()}, {"port", known.port()}}));
}

maybe_finding host_websocket_to_raw(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !failed_after_connect(known) || !known.is_websocket()) return {};
  const auto speaks = configured_scheme(*at);
  if (speaks != scheme::mqtt && speaks != scheme::mqtts) return {};
  const auto above = lines_above(*at, {"protocol"});
  const configured_listener* const taker = taker_above(*at, {"protocol"});
  made_finding made(
      "ws-handshake-to-raw-port", certainty::certain,
      above.empty() && taker == nullptr ? strength::told : strength::proven,
      words(N_("Port {port} speaks plain MQTT, no WebSocket."), {{"port", known.port()}}));
  if (!above.empty()) return repeat_below(made, *at, above);
  if (taker != nullptr && taker->settings.at("protocol") == "websockets")
    return move_below(made, *at, *taker, {"protocol"});
  return made.seen(words(N_("{place} is no WebSocket listener."), {{"place", line_text(*at)}}))
      .in_app(words(N_("Use {scheme}://{host}:{port}, or a WebSocket listener's port."),
                    {{"scheme", speaks}, {"host", known.host()}, {"port", known.port()}}));
}

maybe_finding host_certificate_old(const view& known, exclusions&) {
  const auto at = look_at(known);
  const auto* tls = client_tls(known);
  if (!at || tls == nullptr || tls->chain.empty()) return {};
  if (at->block == nullptr || !at->block->certificate || !at->configuration->is_used) return {};
  const auto& served = tls->chain[0];
  const auto& file = *at->block->certificate;
  const bool is_same = served.fingerprint == file.fingerprint;
  if (served.days_left >= 0 && !served.not_after.empty()) {
    // The served certificate is still valid, but its file was renewed without a reload.
    if (is_same || file.days_left <= served.days_left || file.fingerprint.empty()) return {};
    return made_finding(
               "tls-expired", certainty::certain, strength::one_of_several,
               words(N_("The certificate was renewed on disk, but the broker still shows the "
                        "old one, which ends on {date}."),
                     {{"date", served.not_after.substr(0, 10)}}))
        .seen(words(N_("{file} ends on {date}."),
                    {{"file", file.file}, {"date", file.not_after.substr(0, 10)}}))
        .mend(words(N_("Let it read the file again (and do so in the renewal hook):")),
              reload_certificate(*at))
        .warning();
  }
  if (is_same || file.days_left < 0) {
    made_finding made("tls-expired", certainty::certain,
                      is_same ? strength::proven : strength::told,
                      words(N_("The broker's certificate ended on {date}."),
                            {{"date", served.not_after.substr(0, 10)}}));
    made.seen(words(N_("{file} on disk is just as old."), {{"file", file.file}}));
    add_renewal(made, known, served, restart_command(*at));
    return made;
  }
  return made_finding(
             "tls-expired", certainty::certain, strength::proven,
             words(N_("The certificate was renewed on disk, but the broker still shows the old "
                      "one, which ended on {date}."),
                   {{"date", served.not_after.substr(0, 10)}}))
      .seen(words(
          N_("{file} ends on {date} and was written at {time}."),
          {{"file", file.file}, {"date", file.not_after.substr(0, 10)}, {"time", file.modified}}))
      .mend(words(N_("Let it read the file again (and do so in the renewal hook):")),
            reload_certificate(*at));
}

maybe_finding host_missing_intermediate(const view& known, exclusions&) {
  const auto at = look_at(known);
  const auto* tls = client_tls(known);
  if (!at || tls == nullptr || tls->chain.size() != 1 || at->block == nullptr) return {};
  if (!at->block->certificate || at->block->certificate->full_chain.empty()) return {};
  const bool is_unverified =
      std::any_of(tls->failures.begin(), tls->failures.end(), [](const auto& failure) {
        return failure.code == verify_code::no_local_issuer ||
               failure.code == verify_code::no_leaf_signature;
      });
  if (!is_unverified) return {};
  const auto& file = *at->block->certificate;
  const auto own = at->block->settings.find("file");  // the included file it stands in
  return made_finding(
             "tls-missing-intermediate", certainty::certain, strength::proven,
             words(N_("certfile names the certificate alone, without the one that issued it.")))
      .seen(words(N_("{file} holds 1 certificate; {chain} is beside it."),
                  {{"file", file.file}, {"chain", file.full_chain}}))
      .mend(words(N_("Name the whole chain:")),
            edit_command("s|" + file.file + "|" + file.full_chain + "|",
                         own != at->block->settings.end() ? own->second : at->configuration->file))
      .then(words(N_("Then:")), restart_command(*at));
}

maybe_finding host_client_certificate_missing(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !failed_after_connect(known) || !known.is_tls() || known.asked().has_certificate)
    return {};
  if (at->block == nullptr || !at->configuration->is_used ||
      at->setting("require_certificate") != "true") {
    return {};
  }
  const auto* tls = client_tls(known);
  if (tls != nullptr && tls->is_done && tls->alert < 0 &&
      with_connack(known, contact_purpose::client) != nullptr) {
    return {};
  }
  const bool trusts_nobody =
      at->setting("cafile").empty() && at->setting("capath").empty() && !at->is_read_in_part();
  made_finding made("tls-client-cert-missing", certainty::certain,
                    is_server_distrusted(known) ? strength::usual
                    : trusts_nobody             ? strength::typed
                                                : strength::proven,
                    words(N_("The broker demands a client certificate, and none was sent.")));
  made.seen(words(N_("{place} says require_certificate true."), {{"place", line_text(*at)}}));
  if (trusts_nobody)
    made.seen(words(N_("That listener has no cafile, so that it would trust no certificate.")));
  if (const auto* line = at->logged(log_kind::tls)) made.seen(log_words(*line));
  made.in_app(words(N_("Give the app a client certificate with its key (often one .p12 file).")));
  for (const char* name : {"use_identity_as_username", "use_subject_as_username"}) {
    if (at->setting(name) == "true")
      return made.in_app(words(N_("{option} takes the user name from it, so that nobody gets in "
                                  "without one."),
                               {{"option", name}}));
  }
  const std::string file = file_of(*at->block, *at->configuration);
  const sentence how(
      at->setting("allow_anonymous") == "true"
          ? N_("Or demand none; everybody who reaches the port gets in without a password then, "
               "since allow_anonymous is true. The old file is kept as {file}.bak:")
          : N_("Or demand none; user names and passwords alone guard the port then. The old file "
               "is kept as {file}.bak:"),
      {{"file", file}});
  const std::string option = "require_certificate ";
  return made
      .mend(how, edit_command(std::to_string(at->block->line) + ",/^" + option + "/s/^" + option +
                                  ".*/" + option + "false/",
                              file))
      .then(words(N_("Then:")), restart_command(*at));
}

namespace {

/// The broker has no authority that could have issued a client's certificate.
maybe_finding no_authority(const view& known, const host_view& at) {
  if (at.block == nullptr || !is_mosquitto(at) || at.is_read_in_part() ||
      at.problem(problem_kind::changed_since_start) != nullptr ||
      at.setting("require_certificate") != "true")
    return {};
  const std::string file = at.setting("cafile");
  const std::string folder = at.setting("capath");
  const places with{{"port", known.port()},
                    {"file", file},
                    {"folder", folder},
                    {"place", file_of(*at.block, *at.configuration)}};
  const auto made = [&](const char* text) {
    return made_finding("tls-client-cert-untrusted", certainty::certain, strength::typed,
                        words(text, with));
  };
  const auto& problems = at.configuration->problems;
  const bool is_unhashed =
      std::any_of(problems.begin(), problems.end(), [&](const configuration_problem& problem) {
        return problem.subject == "capath" && problem.file == folder &&
               problem.kind == problem_kind::lacks_option;
      });
  if (file.empty() && folder.empty())
    return made(N_("The broker trusts no client certificate at all: the listener for port {port} "
                   "has require_certificate, and no cafile."))
        .seen(words(N_("{place} has no cafile and no capath for port {port}."), with))
        .lines(words(N_("Below its listener line, the certificate of the authority that issued the "
                        "clients' ones:")),
               "cafile /etc/mosquitto/certs/ca.crt", with.at("place"))
        .then(words(N_("Then:")), restart_command(at));
  if (file.empty() && is_unhashed)
    return made(N_("The broker finds no authority in {folder} (capath): the names that OpenSSL "
                   "looks "
                   "for are not there."))
        .seen(
            words(N_("{folder} holds no file like 1a2b3c4d.0, as \"openssl rehash\" makes."), with))
        .mend(words(N_("Make them, and again after each change in that folder:")),
              "sudo openssl rehash " + shell_word(folder) + " && " + restart_command(at));
  if (file.empty() && at.setting("protocol") == "websockets")
    return made(N_("For WebSocket listeners mosquitto 2.0 does not use capath: the one for port "
                   "{port} "
                   "trusts no client certificate."))
        .seen(words(N_("{place} has capath {folder} and no cafile for port {port}."), with))
        .mend(words(N_("Put the authorities of that folder into one file:")),
              "sudo sh -c " + shell_word("cat " + shell_word(folder) +
                                         "/*.[0-9] > /etc/mosquitto/certs/clients-capath.crt"))
        .then_lines(words(N_("And name it below that listener line:")),
                    "cafile /etc/mosquitto/certs/clients-capath.crt", with.at("place"))
        .then(words(N_("Then:")), restart_command(at));
  if (!file.empty() && file == at.setting("certfile"))
    return made(N_("cafile names the broker's own certificate, {file}, and no authority: no client "
                   "certificate is trusted."))
        .seen(words(N_("certfile and cafile for port {port} are both {file}."), with))
        .lines(words(N_("Name the certificate of the authority that issued the clients' ones:")),
               "cafile /etc/mosquitto/certs/ca.crt", with.at("place"))
        .then(words(N_("Then:")), restart_command(at));
  return {};
}

}  // namespace

maybe_finding host_client_certificate_untrusted(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !failed_after_connect(known) || !known.is_tls() || !known.asked().has_certificate)
    return {};
  const auto* line = at->logged(log_kind::tls);
  const auto* tls = client_tls(known);
  using tls_alert::unknown_ca;
  const bool is_logged =
      line != nullptr && line->text.find("certificate verify failed") != std::string::npos;
  // mosquitto logs revoked, expired and wrong-purpose certificates alike; the alert tells which.
  if (tls == nullptr || tls->alert != unknown_ca) return {};
  if (auto trusted = no_authority(known, *at); trusted) return trusted;
  if (!is_logged) return {};
  return made_finding("tls-client-cert-untrusted", certainty::certain,
                      is_server_distrusted(known) ? strength::usual : strength::typed,
                      words(N_("The broker does not trust the issuer of the client certificate.")))
      .seen(log_words(*line))
      .seen(words(N_("cafile is {file}."), {{"file", at->setting("cafile")}}))
      .look(words(N_("Use a client certificate that this authority issued:")),
            "openssl x509 -noout -subject -in " +
                (at->setting("cafile").empty() ? "CAFILE" : at->setting("cafile")));
}

}  // namespace mqttkit::doctor
