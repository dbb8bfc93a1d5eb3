#include "mqtt-doctor/question/question.hpp"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>

namespace mqttkit::doctor {
namespace {

using tools::delivery_settings;
using tools::doctor_settings;
using tools::subcommand;
using tools::url_scheme;

/// The expiry of a cloud's token: "SharedAccessSignature sr=...&sig=...&se=1700000000" (Azure),
/// "version=2018-10-31&res=...&et=1700000000&..." (OneNET), in RFC 3339; empty when the password is
/// no such token.
std::string end_of_token(const std::string& password) {
  const bool is_azures = password.starts_with("SharedAccessSignature ");
  if (!is_azures && !password.starts_with("version=")) return {};
  const std::string_view name = is_azures ? "se=" : "&et=";
  const std::size_t at = password.find(name);
  if (at == std::string::npos) return {};
  const std::time_t end = std::strtoll(password.c_str() + at + name.size(), nullptr, 10);
  std::tm parts{};
  char text[32] = "";
  if (end <= 0 || ::gmtime_r(&end, &parts) == nullptr) return {};
  (void)std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

/// What a token names as that which it is for: "sr" of Azure's, "res" of OneNET's.
std::string scope_of_token(const std::string& password) {
  constexpr std::string_view azure = "SharedAccessSignature ";
  const bool is_azure = password.starts_with(azure);
  if (!is_azure && !password.starts_with("version=")) return {};
  std::string rest = password.substr(is_azure ? azure.size() : 0);
  const std::string name = is_azure ? "sr=" : "res=";
  std::size_t at = rest.starts_with(name) ? 0 : rest.find("&" + name);
  if (at == std::string::npos) return {};
  at = rest.find('=', at) + 1;
  constexpr std::size_t longest = 256;
  std::string out;
  for (; at < rest.size() && rest[at] != '&' && out.size() < longest; ++at) {
    unsigned digits = 0;
    const char* const from = rest.data() + at + 1;
    if (rest[at] == '%' && at + 2 < rest.size() &&
        std::from_chars(from, from + 2, digits, 16).ptr == from + 2) {
      out += static_cast<char>(digits);
      at += 2;
    } else {
      out += rest[at];
    }
  }
  const bool is_text =
      std::all_of(out.begin(), out.end(), [](unsigned char c) { return c > ' ' && c < 0x7F; });
  return is_text ? out : std::string();
}

password_form form_of(const std::string& password) {
  if (password.starts_with("SharedAccessSignature ")) return password_form::sas;
  if (password.find(";hmac") != std::string::npos) return password_form::signed_;
  const auto is_all = [&](std::string_view allowed) {
    return password.find_first_not_of(allowed) == std::string::npos;
  };
  constexpr std::size_t md5 = 32, sha1 = 40, sha256 = 64;
  const std::size_t size = password.size();
  if ((size == md5 || size == sha1 || size == sha256) && is_all("0123456789abcdefABCDEF"))
    return password_form::digest;
  const bool has_three = std::count(password.begin(), password.end(), '.') == 2;
  if (password.starts_with("eyJ") && has_three) return password_form::jwt;
  return password_form::other;
}

/// The session options for delivery --offline.
offline_settings offline_of(const doctor_settings& settings) {
  const delivery_settings& from = settings.delivery;
  offline_settings made;
  made.keeps_session = from.keeps_session;
  made.session_expiry = from.session_expiry;
  made.message_expiry = from.message_expiry;
  made.qos = from.qos;
  made.messages = from.messages;
  made.away = std::chrono::duration_cast<std::chrono::milliseconds>(from.away);
  if (settings.has_id) made.client_id = settings.client.session.client_id;
  return made;
}

/// Limits the addresses that are dialled, by -4, -6 or the source address.
void take_family(const dial_options& dial, asked_facts& asked) {
  using family = dial_options::family;
  if (dial.addresses != family::any) {
    asked.family = dial.addresses == family::v4 ? asked_family::v4 : asked_family::v6;
    asked.family_because = dial.addresses == family::v4 ? "-4" : "-6";
  } else if (!dial.bind_address.empty()) {
    asked.family =
        dial.bind_address.find(':') == std::string::npos ? asked_family::v4 : asked_family::v6;
    asked.family_because = "-A " + dial.bind_address;
  }
}

bool has_space_around(std::string_view text) {
  constexpr std::string_view spaces = " \t\r\n";
  return !text.empty() && (spaces.find(text.front()) != std::string_view::npos ||
                           spaces.find(text.back()) != std::string_view::npos);
}

/// The scheme of the command line, as facts name it.
fact_word<scheme> fact_of(url_scheme said) { return fact_word<scheme>(row_of(said).word); }

/// The broker of --sent-via: a missing port is the scheme's usual one, and a missing scheme the
/// port's.
other_broker broker_of(const delivery_settings::broker& said) {
  other_broker made;
  made.host = said.host;
  made.path = said.path.empty() ? "/mqtt" : said.path;
  made.scheme =
      said.scheme == url_scheme::other ? usual_scheme(said.port) : fact_of(said.scheme).value();
  if (made.scheme == scheme::none) made.scheme = scheme::mqtt;
  made.port = said.port != 0 ? said.port : default_port(made.scheme);
  return made;
}

credentials login_of(const delivery_settings::login& from) {
  credentials who;
  who.user_name = from.user_name;
  who.password = from.password;
  return who;
}

/// Settings of delivery: which messages go from whom to whom, and how many.
void take_delivery(const doctor_settings& settings, examination& about) {
  asked_facts& asked = about.asked;
  const delivery_settings& sides = settings.delivery;
  asked.is_delivery = settings.command == subcommand::delivery;
  asked.publishes = settings.publishes;
  asked.symptom = settings.symptom;
  asked.sent_to = sides.sent_to;
  if (sides.sent_via) {
    asked.sent_via = sides.sent_via->typed;
    about.via = broker_of(*sides.sent_via);
  }
  // delivery tries all; a plain look sends so few messages that no rate limit minds.
  constexpr std::size_t few = 4, enough = 6;
  about.exchange_connections = asked.is_delivery ? enough : settings.topic.empty() ? 0 : few;
  about.messages = sides.messages;
  about.kinds.no_local = asked.no_local = sides.no_local;
  about.kinds.retained = asked.retained = sides.retained;
  about.kinds.size = sides.size;
  about.kinds.packet_size = sides.packet_size;
  asked.size = static_cast<std::int64_t>(sides.size);
  if (sides.publisher) {
    asked.publisher = sides.publisher->user_name;
    about.to.publisher = login_of(*sides.publisher);
  }
  if (sides.subscriber) {
    asked.subscriber = sides.subscriber->user_name;
    about.to.subscriber = login_of(*sides.subscriber);
  }
  if (sides.offline) {
    asked.offline = true;
    about.offline = offline_of(settings);
  }
}

/// What is examined unasked, by what the user sees: each costs messages, connections or time that a
/// plain look does not spend.
void take_symptom(const doctor_settings& settings, examination& about) {
  using namespace std::chrono_literals;
  const symptom seen = settings.symptom.value();
  const bool is_about_messages = seen != symptom::none && seen != symptom::cannot_connect;
  if (!is_about_messages || is_of_gateway(about.asked.scheme.value())) return;
  constexpr std::size_t enough = 6;
  about.exchange_connections = enough;
  std::chrono::milliseconds more{5000};
  switch (seen) {
    case symptom::some_missing:
    case symptom::wrong_order:
      about.burst = 50;
      break;
    case symptom::late:
    case symptom::twice:
      about.burst = 20;
      break;
    case symptom::no_last_value:
    case symptom::old_messages:
      about.kinds.retained = true;
      break;
    case symptom::nothing_arrives:
    case symptom::no_reaction:
    case symptom::not_listed:
      about.listens = 5000ms;
      if (seen == symptom::not_listed) about.kinds.retained = true;
      break;
    case symptom::missed_while_away:
      if (about.offline) break;
      about.offline = offline_of(settings);
      about.offline->keeps_session = true;
      about.offline->qos = std::max(1, about.offline->qos);
      break;
    case symptom::cannot_send:
      more = 15s;
      break;
    case symptom::shown_offline:
    case symptom::shown_online:
      more = 25s;
      break;
    default:
      break;
  }
  about.timeout += more;
}

void take_login(const doctor_settings& settings, asked_facts& asked) {
  const session_options& session = settings.client.session;
  if (settings.has_version) asked.version = name_of(session.version);
  if (settings.has_id) asked.client_id = session.client_id;
  asked.has_empty_id = settings.has_id && session.client_id.empty();
  asked.has_user = session.user_name.has_value();
  asked.user_name = session.user_name.value_or("");
  if (has_space_around(asked.user_name)) asked.login_spaces.emplace_back(login_part::user);
  if (has_space_around(session.password.value_or("")))
    asked.login_spaces.emplace_back(login_part::password);
  asked.has_password = session.password.has_value();
  if (session.password) asked.password_form = form_of(*session.password);
  asked.password_ends = end_of_token(session.password.value_or(""));
  asked.password_scope = scope_of_token(session.password.value_or(""));
}

/// The TLS options as the probes use them.
tls_options take_tls(const doctor_settings& settings, asked_facts& asked) {
  const dial_options& dial = settings.client.dial;
  tls_options tls = dial.tls ? *dial.tls : settings.tls;
  // The doctor checks the certificate that such an app would not check, and holds secrets back if
  // it fails.
  asked.trusts_any = !tls.verify_certificate;
  if (asked.trusts_any) tls.verify_certificate = tls.verify_host_name = true;
  asked.has_ca = !tls.ca_file.empty() || !tls.ca_path.empty();
  if (!tls.ca_file.empty()) {
    constexpr std::size_t most = 20;  // the system's CAs would tell nothing
    std::string wrong;
    for (const auto& authority : probe::read_certificates(tls.ca_file, wrong))
      asked.authorities.push_back(authority.subject);
    if (asked.authorities.size() > most) asked.authorities.clear();
  }
  asked.has_certificate = !tls.certificate_file.empty();
  if (asked.has_certificate) {
    std::string wrong;
    const auto chain = probe::read_certificates(tls.certificate_file, wrong);
    if (!chain.empty()) {
      asked.certificate_ends = chain[0].not_after;
      asked.certificate_issuer = chain[0].issuer;
      asked.certificate_subject = chain[0].subject;
      asked.certificates = static_cast<int>(chain.size());
    }
  }
  asked.has_psk = !tls.psk_key.empty();
  asked.is_insecure = !tls.verify_host_name;
  asked.alpn = tls.alpn;
  return tls;
}

}  // namespace

examination question_of(const doctor_settings& settings) {
  examination about;
  const dial_options& dial = settings.client.dial;
  const session_options& session = settings.client.session;
  asked_facts& asked = about.asked;
  asked.typed = settings.typed;
  asked.host = dial.host;
  asked.port = settings.has_port ? dial.port : 0;
  asked.scheme = fact_of(settings.scheme);
  asked.path = settings.websocket.path;
  asked.topic = settings.topic;
  take_delivery(settings, about);
  take_login(settings, asked);
  tls_options tls = take_tls(settings, asked);
  asked.on_broker = settings.on_broker;
  asked.resolver = settings.resolver;
  take_family(dial, asked);
  asked.mended = settings.mended;
  asked.odd_characters = settings.odd_characters;
  about.to.host = dial.host;
  about.to.bind_address = dial.bind_address;
  about.to.tls = std::move(tls);
  about.to.is_insecure = asked.is_insecure;
  about.to.who.user_name = session.user_name;
  about.to.who.password = session.password;
  // A stored session is examined by a single connection, and by none that would change it.
  const bool looks_for_session =
      (settings.delivery.offline && settings.delivery.keeps_session) ||
      (!settings.delivery.offline && settings.symptom == symptom::missed_while_away);
  if (!looks_for_session) about.to.who.client_id = asked.client_id;
  about.to.keep_alive = static_cast<std::uint16_t>(session.keep_alive.count());
  about.to.headers = settings.websocket.headers;
  about.path = settings.websocket.path;
  about.publishes_on_topic = settings.publishes;
  about.looks_at_host = settings.on_broker;
  about.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(settings.timeout);
  take_symptom(settings, about);
  if (about.offline) about.timeout += about.offline->away;
  return about;
}

}  // namespace mqttkit::doctor
