// The certificate files of brokers other than mosquitto, and RabbitMQ's listeners for TLS.
#include <algorithm>

#include "mqtt-doctor/causes/compose_words.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqttkit/base/shell_word.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// Whether the broker has a listener for the port in its file, is none of mosquitto's, and TLS came
/// to nothing there.
bool is_in_question(const view& known, const std::optional<host_view>& at) {
  if (!at || at->configuration == nullptr || at->block == nullptr || is_mosquitto(*at) ||
      at->is_held_by_other || !known.is_tls() || at->works())
    return false;
  const contact* const client = known.client();
  return client != nullptr && !(client->tls && client->tls->is_done);
}

/// The problem of one of the listener's own files.
const configuration_problem* problem_of(const host_view& at,
                                        std::initializer_list<problem_kind> kinds) {
  for (const auto& each : at.configuration->problems) {
    const bool is_kind = std::any_of(kinds.begin(), kinds.end(),
                                     [&](problem_kind kind) { return each.kind == kind; });
    if (!is_kind) continue;
    for (const char* name : {"certfile", "keyfile"}) {
      const auto file = at.block->settings.find(name);
      if (file != at.block->settings.end() && file->second == each.file) return &each;
    }
  }
  return nullptr;
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == '\n') {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

std::string broker_name(const host_view& at) {
  switch (at.configuration->broker.value()) {
    case broker_kind::emqx:
      return "EMQX";
    case broker_kind::rabbitmq:
      return "RabbitMQ";
    case broker_kind::vernemq:
      return "VerneMQ";
    case broker_kind::nanomq:
      return "NanoMQ";
    case broker_kind::nats:
      return "NATS";
    case broker_kind::flashmq:
      return "FlashMQ";
    default:
      return at.configuration->broker.word();
  }
}

void add_place(made_finding& made, const configuration_problem& wrong) {
  if (!wrong.named_in.empty())
    made.seen(
        words(N_("{place} names it."), {{"place", place_in(wrong.named_in, wrong.named_line)}}));
}

}  // namespace

/// The broker's user may not read a TLS file of the listener.
maybe_finding host_broker_file_closed(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!is_in_question(known, at)) return {};
  const auto* const wrong = problem_of(*at, {problem_kind::unreadable_file});
  if (wrong == nullptr) return {};
  const auto told = split_lines(wrong->detail);
  const std::string& user = told[0];
  const std::string barrier = told.size() > 1 ? told[1] : wrong->file;
  const std::string target = told.size() > 2 ? told[2] : std::string();
  const places with{{"user", user},
                    {"file", wrong->file},
                    {"barrier", barrier},
                    {"target", target},
                    {"broker", broker_name(*at)}};
  made_finding made(
      "host-file-permission", certainty::certain, strength::proven,
      words(N_("The user {user}, as which {broker} runs, cannot read {file}."), with));
  add_place(made, *wrong);
  if (!target.empty()) made.seen(words(N_("{file} is a link to {target}."), with));
  if (barrier != wrong->file)
    made.seen(words(N_("The folder {barrier} does not let {user} in."), with));
  else
    made.seen(words(N_("The owner and mode of the file do not let {user} in."), with));
  const std::string folder =
      at->configuration->file.substr(0, at->configuration->file.rfind('/') + 1);
  const std::string source = target.starts_with("/") ? target : wrong->file;
  const bool is_renewed = contains(source + barrier, "/letsencrypt/");
  if (is_renewed || barrier != wrong->file) {
    // A copy: the folder and its files belong to others, who keep them closed.
    const std::string copy = wrong->file.starts_with(folder)
                                 ? wrong->file
                                 : folder + wrong->file.substr(wrong->file.rfind('/') + 1);
    made.mend(words(N_("Give the broker a copy of its own, and repeat that at every renewal (with "
                       "Let's Encrypt by a script in /etc/letsencrypt/renewal-hooks/deploy/):")),
              "sudo install -o " + shell_word(user) + " -m 600 -T " + shell_word(source) + " " +
                  shell_word(copy));
    if (copy != wrong->file)
      made.mend(words(N_("Name the copy in the configuration: {copy}"), {{"copy", copy}}));
  } else {
    made.mend(words(N_("Give it to that user:")),
              "sudo chown " + shell_word(user) + ": " + shell_word(wrong->file) +
                  " && sudo chmod 600 " + shell_word(wrong->file));
  }
  return made.then(words(N_("Then:")), restart_command(*at));
}

/// A TLS file of the listener is not there, is no certificate or key, or does not fit the other.
maybe_finding host_broker_tls_file(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!is_in_question(known, at)) return {};
  const std::string broker = broker_name(*at);
  const auto begin = [&](sentence text) {
    return made_finding("host-cert-key-problem", certainty::certain, strength::proven,
                        std::move(text));
  };
  for (const auto& each : at->configuration->problems) {
    const bool is_rabbits = each.kind == problem_kind::lacks_option &&
                            each.detail == "ssl_options.certfile" && each.line == at->block->line;
    if (!is_rabbits) continue;
    const places with{{"place", place_in(each.file, each.line)}, {"port", known.port()}};
    return begin(words(N_("RabbitMQ has a TLS listener on port {port} and no certificate to show "
                          "there."),
                       with))
        .seen(
            words(N_("{place} sets up the listener, and no line says ssl_options.certfile."), with))
        .lines(words(N_("Name the files; they count for AMQP with TLS, too:")),
               "ssl_options.cacertfile = /etc/rabbitmq/ca.pem\nssl_options.certfile   = "
               "/etc/rabbitmq/server.pem\nssl_options.keyfile    = /etc/rabbitmq/server.key",
               each.file)
        .then(words(N_("Then:")), restart_command(*at));
  }
  const auto* const wrong = problem_of(
      *at, {problem_kind::missing_file, problem_kind::bad_certificate, problem_kind::key_mismatch});
  if (wrong == nullptr) return {};
  const places with{{"file", wrong->file},
                    {"other", wrong->subject},
                    {"subject", wrong->detail},
                    {"broker", broker},
                    {"port", known.port()}};
  if (wrong->kind == problem_kind::key_mismatch && !wrong->detail.empty()) {
    made_finding made =
        begin(words(N_("{other} begins with the certificate of an authority, {subject}; the "
                       "server's own must come first, since the key belongs to the first one."),
                    with));
    add_place(made, *wrong);
    return made
        .mend(
            words(N_("Put the file together anew, the server's own certificate first, then the "
                     "one that issued it, and so on (with Let's Encrypt: name fullchain.pem as it "
                     "is).")))
        .then(words(N_("Then:")), restart_command(*at));
  }
  if (wrong->kind == problem_kind::key_mismatch) {
    made_finding made =
        begin(words(N_("The key {file} does not belong to the certificate {other}."), with));
    made.seen(words(N_("Their public keys differ.")));
    add_place(made, *wrong);
    return made
        .look(words(N_("Name the key the certificate was made with. These two must print the "
                       "same:")),
              "openssl x509 -noout -pubkey -in " + shell_word(wrong->subject) +
                  "; sudo openssl pkey -pubout -in " + shell_word(wrong->file))
        .then(words(N_("Then:")), restart_command(*at));
  }
  made_finding made =
      wrong->kind == problem_kind::missing_file
          ? begin(words(N_("{broker} is to use {file} on port {port}, and that file does not "
                           "exist."),
                        with))
          : begin(words(N_("{broker} is to use {file} on port {port}, and that file holds nothing "
                           "of the kind that can be read."),
                        with));
  add_place(made, *wrong);
  if (wrong->kind == problem_kind::bad_certificate) {
    const std::string error = wrong->detail.substr(0, wrong->detail.find('\n'));
    if (!error.empty()) made.seen(words(N_("OpenSSL says: {error}"), {{"error", error}}));
  }
  return made
      .look(words(N_("See what is there, and name that file:")),
            "sudo ls -l " + shell_word(wrong->file.substr(0, wrong->file.rfind('/') + 1)))
      .then(words(N_("Then:")), restart_command(*at));
}

/// RabbitMQ's listener on the usual TLS port is one for plain MQTT.
maybe_finding host_rabbit_plain_port(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!is_in_question(known, at)) return {};
  for (const auto& each : at->configuration->problems) {
    if (each.kind != problem_kind::tls_listener_plain || each.line != at->block->line) continue;
    const std::string right = "mqtt.listeners.ssl" + each.subject.substr(18);
    const places with{{"place", place_in(each.file, each.line)},
                      {"name", each.subject},
                      {"right", right},
                      {"port", known.port()},
                      {"file", each.file}};
    return made_finding("tls-to-plaintext-port", certainty::certain, strength::proven,
                        words(N_("Port {port} was asked with TLS, and RabbitMQ speaks plain MQTT "
                                 "there: {name} opens a listener without TLS, whatever its "
                                 "number."),
                              with))
        .seen(words(N_("{place} begins with {name}."), with))
        .mend(
            words(N_("Make it {right}; the old file is kept as {file}.bak:"), with),
            edit_command(std::to_string(each.line) + "s/mqtt\\.listeners\\.tcp/mqtt.listeners.ssl/",
                         each.file))
        .then(words(N_("Then:")), restart_command(*at));
  }
  return {};
}

}  // namespace mqttkit::doctor
