// Options of mqtt-doctor that name the target, in any form it was typed, and the report.
#include "mqtt-doctor/options/options.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <limits>

#include "cli/url.hpp"
#include "common/edit_distance.hpp"
#include "mqtt-doctor/facts/odd_character.hpp"
#include "mqtt-doctor/options/slip.hpp"
#include "mqtt-doctor/options/target.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::tools {
namespace {

/// Schemes are read in either case (RFC 3986, section 3.1).
bool is_mqtt_url(std::string_view typed) {
  std::string text(typed);
  for (std::size_t i = 0; i < text.find("://") && i < text.size(); ++i)
    text[i] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[i])));
  for (const std::string_view scheme :
       {"mqtt://", "mqtts://", "mqtt-sn://", "ws://", "wss://", "tcp://", "ssl://"}) {
    // With a second "://" the text is a URL that was pasted behind a scheme, and is repaired.
    if (text.starts_with(scheme)) return text.find("://", scheme.size()) == text.npos;
  }
  return false;
}

bool is_report_name(std::string_view file) {
  return file.ends_with(".md") || file.ends_with(".html") || file.ends_with(".htm");
}

/// The text with its password blanked.
std::string without_password(std::string_view text) {
  std::string shown(text);
  const std::size_t scheme = shown.find("://");
  const std::size_t at = shown.rfind('@');
  if (at == std::string::npos || (scheme != std::string::npos && at < scheme)) return shown;
  // A login may stand before a host without a scheme as well.
  const std::size_t colon = shown.find(':', scheme == std::string::npos ? 0 : scheme + 3);
  if (colon < at) shown.replace(colon + 1, at - colon - 1, "***");
  return shown;
}

std::string no_socket(const argument& given) {
  return std::string(given.spelled) + " " + quoted(without_password(given.value())) +
         ": a socket of this machine is tried with mqtt-pub --unix PATH; an address is needed";
}

}  // namespace

/// -h or a bare word: whatever can be understood is accepted, and its slips become facts.
std::string doctor_settings_builder::take_target(const argument& given, bool is_field) {
  const std::string_view text = given.value();
  if (text.empty()) return std::string(given.spelled) + " needs a host, not an empty word";
  if (text.starts_with("unix:")) return no_socket(given);
  const mended_host mended = mend_host(text, is_field);
  doctor_.typed = without_password(text);
  doctor_.mended = mended.mended;
  doctor_.odd_characters = mended.odd_characters;
  if (mended.password) {
    const std::size_t colon = text.find(':');
    wipe(text.substr(colon + 1, text.substr(0, text.find('/')).rfind('@') - colon - 1));
  }
  url_parts login;
  login.user_name = mended.user_name;
  login.password = mended.password;
  if (std::string wrong = apply_url_credentials(login, given); !wrong.empty()) return wrong;
  if (is_field && (login.user_name || login.password))
    doctor_.mended.emplace_back(doctor::host_slip::login_in_host);
  if (mended.host.empty()) {
    return std::string(given.spelled) + " " + quoted(doctor_.typed) +
           ": a host name or an address is needed";
  }
  if (mended.has_bad_port) {
    return std::string(given.spelled) + " " + quoted(doctor_.typed) +
           ": a port is a number from 1 to 65535";
  }
  dial_.host = mended.host;
  dial_.unix_path.clear();
  if (mended.port) port_ = mended.port;
  return {};
}

/// A second bare word may be a misspelt subcommand.
std::string doctor_settings_builder::second_target(const argument& given) {
  if (given.source != option_source::command_line) return {};
  const std::string shown = without_password(given.value());
  if (target_word_.empty()) {
    target_word_ = shown;
    return {};
  }
  std::string text = quoted(target_word_) + " and " + quoted(shown) + " are two targets; ";
  for (const subcommand_row& row : subcommand_rows()) {
    std::string low = target_word_;
    for (char& c : low) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (edit_distance(low, row.word) <= 2)
      return text + "did you mean " + std::string(row.word) + "?";
  }
  return text + "one at a time";
}

std::string doctor_settings_builder::apply_target(const argument& given) {
  const std::string_view value = given.value();
  if (const std::string wrong = second_target(given); !wrong.empty()) return wrong;
  if (std::string wrong = file_for_target(value, false); !wrong.empty()) return wrong;
  if (is_mqtt_url(value)) return apply_doctor_url(given);
  return take_target(given, value.find("://") != value.rfind("://"));
}

std::string doctor_settings_builder::apply_host(const argument& given) {
  return take_target(given, true);
}

std::string doctor_settings_builder::apply_report(const argument& given) {
  if (!is_report_name(given.value()))
    return value_problem(given, "a name that ends in .md or .html is needed");
  doctor_.report = given.value();
  return {};
}

std::string doctor_settings_builder::apply_resolver(const argument& given) {
  const std::string text(given.value());
  in6_addr any{};
  const bool is_address = ::inet_pton(AF_INET, text.c_str(), &any) == 1 ||
                          ::inet_pton(AF_INET6, text.c_str(), &any) == 1;
  if (!is_address) return value_problem(given, "the address of a name server is needed");
  doctor_.resolver = text;
  return {};
}

std::string doctor_settings_builder::apply_symptom(const argument& given) {
  const doctor::fact_word<doctor::symptom> word(given.value());
  if (word.value() == doctor::symptom::none)
    return value_problem(given,
                         "that is none of the words for what you see (SYMPTOMS in the manual)");
  doctor_.symptom = word;
  return {};
}

std::string doctor_settings_builder::apply_file(const argument& given) {
  doctor_.files.emplace_back(given.value());
  return {};
}

namespace {

/// Characters in user name and password at which other programs end a part of the URL, each once,
/// in the words of odd_characters.
std::vector<std::string> reserved_in_login(std::string_view text) {
  const std::size_t begin = text.find("://") + 3;
  const std::size_t end = text.substr(0, text.find('/', begin)).rfind('@');
  std::vector<std::string> out;
  if (end == text.npos || end < begin) return out;
  const std::string_view login = text.substr(begin, end - begin);
  for (const char c : std::string_view("#?@[]")) {
    if (login.find(c) != login.npos) out.push_back(std::string(1, c).append(doctor::in_login));
  }
  return out;
}

}  // namespace

std::string doctor_settings_builder::apply_doctor_url(const argument& given) {
  url_parts url;
  std::vector<std::string> reserved;
  // The text is kept without its password before apply_url() overwrites that.
  if (parse_url(given.value(), url).empty()) {
    std::string shown(given.value());
    reserved = reserved_in_login(shown);
    if (!url.password_text.empty()) {
      const auto at = static_cast<std::size_t>(url.password_text.data() - given.value().data());
      shown.replace(at, url.password_text.size(), "***");
    }
    doctor_.typed = std::move(shown);
  }
  doctor_.mended.clear();
  doctor_.odd_characters.clear();
  std::string wrong = apply_url(given);
  if (!wrong.empty()) return wrong;
  if (!common_.url_topic.empty() && doctor_.topic.empty()) doctor_.topic = common_.url_topic;
  doctor_.scheme = url.scheme;
  if (url.scheme == url_scheme::unix_socket) return no_socket(given);
  // A URL's host is corrected like any other: a full-width dot is wrong there too.
  const mended_host mended = mend_host(dial_.host, false);
  if (!mended.mended.empty()) {
    doctor_.mended = mended.mended;
    doctor_.odd_characters = mended.odd_characters;
    dial_.host = mended.host;
  }
  for (std::string& each : reserved) doctor_.odd_characters.push_back(std::move(each));
  return {};
}

std::string doctor_settings_builder::finish_explain() const {
  if (doctor_.said.empty() && !doctor_.said_by.empty()) return "--app needs --said TEXT";
  if (!doctor_.said.empty() && !doctor_.files.empty()) return "--said and FILE exclude each other";
  if (!doctor_.said.empty() && !doctor_.captured_on.empty())
    return "--said and --captured-on exclude each other";
  if (!doctor_.said.empty() && !doctor_.report.empty())
    return "--said and --report exclude each other";
  if (!doctor_.said.empty() && !doctor_.symptom.empty())
    return "--said and --symptom exclude each other";
  return finish_report();
}

/// Checks of the options that a plain look and explain share.
std::string doctor_settings_builder::finish_report() const {
  if (doctor_.blank_addresses && doctor_.report.empty())
    return "--blank-addresses needs --report FILE";
  return {};
}

std::string doctor_settings_builder::finish_own() {
  if (doctor_.json_schema) return {};
  if (std::string wrong = finish_report(); !wrong.empty()) return wrong;
  if (is_listed_ && doctor_.typed.empty()) return "a target is missing";
  if (doctor_.typed.empty() && dial_.host.empty()) dial_.host = "localhost";
  if (doctor_.publishes && doctor_.topic.empty()) return "--publish needs -t TOPIC";
  if (is_command(subcommand::delivery)) {
    if (std::string wrong = finish_delivery(); !wrong.empty()) return wrong;
  } else if (doctor_.publishes && has_wildcard(doctor_.topic))
    return "--publish needs a topic without wildcards: -t " + quoted(doctor_.topic);
  if (common_.sn.wanted && is_command(subcommand::phone))
    return "phone: no browser speaks MQTT-SN; give the URL of a broker";
  if (is_command(subcommand::mend)) {
    if (common_.sn.wanted) return "mend: it mends a broker's machine; give the URL of a broker";
    if (std::string wrong = finish_mend(); !wrong.empty()) return wrong;
  }
  doctor_.has_port = port_.has_value() || scheme_port_ != 0;
  doctor_.has_version = version_.has_value();
  doctor_.has_id = id_given_;
  doctor_.tls = tls_;
  doctor_.websocket = websocket_;
  return {};
}

// Decides the scheme from the options, when no URL named one.
void doctor_settings_builder::decide_scheme() {
  const bool is_secure = dial_.tls.has_value();
  // --cafile turns mqtt:// into TLS, as it does with -h.
  if (is_secure && doctor_.scheme == url_scheme::mqtt) doctor_.scheme = url_scheme::mqtts;
  if (is_secure && doctor_.scheme == url_scheme::ws) doctor_.scheme = url_scheme::wss;
  if (doctor_.scheme != url_scheme::other) return;
  if (dial_.websocket) {
    doctor_.scheme = is_secure ? url_scheme::wss : url_scheme::ws;
  } else if (is_secure && doctor_.has_port) {
    doctor_.scheme = url_scheme::mqtts;
  }
}

std::string doctor_settings_builder::finish() {
  if (command_ != nullptr) doctor_.command = command_->id;
  if (is_command(subcommand::listen) || is_command(subcommand::explain)) {
    // listen and explain read the key log, to decrypt TLS between others; other commands write it.
    doctor_.key_log = tls_.key_log_file;
    const char* const file = std::getenv("SSLKEYLOGFILE");
    if (doctor_.key_log.empty() && file != nullptr) doctor_.key_log = file;
  }
  if (is_command(subcommand::listen)) return finish_listen();
  if (is_command(subcommand::check) && !is_listed_) return finish_check();
  if (is_command(subcommand::explain)) return finish_explain();
  std::string wrong = settings_builder::finish();
  if (wrong.empty()) decide_scheme();
  return wrong;
}

namespace {

constexpr choice_word<std::string_view> languages[] = {
    {"en", "en"}, {"zh", "zh"}, {"zh_CN", "zh"}, {"zh-CN", "zh"}};

constexpr choice_word<std::string_view> capture_places[] = {
    {"client", "client"}, {"server", "server"}, {"router", "router"}};

constexpr double unlimited = std::numeric_limits<double>::infinity();
constexpr double microsecond = 1e-6;
constexpr double hour = 3600;
constexpr double most_bytes = 64.0 * 1024 * 1024;
constexpr double most_jobs = 200;  // each job has some threads and connections

}  // namespace

constexpr setter_row doctor_settings_builder::setters[] = {
    // ---- examining a broker
    {option_id::target, call<&doctor_settings_builder::apply_target>()},
    {option_id::host, call<&doctor_settings_builder::apply_host>()},
    {option_id::url, call<&doctor_settings_builder::apply_doctor_url>()},
    {option_id::doctor_topic, text<&doctor_settings::topic>()},
    {option_id::probe_publish, on<&doctor_settings::publishes>()},
    {option_id::on_broker, on<&doctor_settings::on_broker>()},
    {option_id::resolver, call<&doctor_settings_builder::apply_resolver>()},
    {option_id::time_limit,
     quoting(duration<&doctor_settings::timeout>(
         1, unlimited, "a time of at least one second is needed, as in 10s"))},
    {option_id::story, on<&doctor_settings::verbose>()},
    {option_id::doctor_json, on<&doctor_settings::json>()},
    {option_id::doctor_json_schema, on<&doctor_settings::json_schema>()},
    {option_id::language,
     quoting(choice<languages, &doctor_settings::language>("the languages are en and zh"))},
    {option_id::doctor_colour,
     quoting(choice<colour_words, &doctor_settings::colour>("it is auto, always or never"))},
    {option_id::ascii, on<&doctor_settings::ascii>()},
    {option_id::report_file, call<&doctor_settings_builder::apply_report>()},
    {option_id::blank_addresses, on<&doctor_settings::blank_addresses>()},
    {option_id::symptom, call<&doctor_settings_builder::apply_symptom>()},
    // ---- listen
    {option_id::listen_on, call<&doctor_settings_builder::apply_listen_on>()},
    {option_id::forward, call<&doctor_settings_builder::apply_forward>()},
    {option_id::capture, on<&doctor_settings::listen, &listen_settings::capture>()},
    {option_id::write_capture, text<&doctor_settings::listen, &listen_settings::write_to>()},
    {option_id::write_passwords,
     on<&doctor_settings::listen, &listen_settings::writes_passwords>()},
    {option_id::listen_time, duration<&doctor_settings::listen, &listen_settings::limit>(
                                 microsecond, unlimited, "a time is needed, as in 30s or 2m")},
    {option_id::listen_once, on<&doctor_settings::listen, &listen_settings::once>()},
    // ---- explain
    {option_id::explain_file, call<&doctor_settings_builder::apply_file>()},
    {option_id::captured_on,
     quoting(choice<capture_places, &doctor_settings::captured_on>(
         "a capture is made on the client, the server or a router between them"))},
    {option_id::said, text<&doctor_settings::said>()},
    {option_id::said_by, text<&doctor_settings::said_by>()},
    // ---- mend
    {option_id::mend_dry_run, on<&doctor_settings::mend, &mend_settings::dry_run>()},
    {option_id::mend_yes, on<&doctor_settings::mend, &mend_settings::yes>()},
    {option_id::undo, on<&doctor_settings::mend, &mend_settings::undo>()},
    {option_id::journal, text<&doctor_settings::mend, &mend_settings::journal>()},
    // ---- check
    {option_id::check_target, call<&doctor_settings_builder::apply_check_target>()},
    {option_id::targets_file, text<&doctor_settings::check, &check_settings::targets_file>()},
    {option_id::check_name, text<&doctor_settings::check, &check_settings::name>()},
    {option_id::check_tag, call<&doctor_settings_builder::apply_tag>()},
    {option_id::check_accept, call<&doctor_settings_builder::apply_accept>()},
    {option_id::check_jobs, number<&doctor_settings::check, &check_settings::jobs>(
                                1, most_jobs, "a number from 1 to 200 is needed")},
    {option_id::nagios, on<&doctor_settings::check, &check_settings::nagios>()},
    {option_id::prometheus, text<&doctor_settings::check, &check_settings::prometheus>()},
    {option_id::check_every,
     duration<&doctor_settings::check, &check_settings::every>(
         1, unlimited, "a time of at least one second is needed, as in 60s")},
    {option_id::check_state, text<&doctor_settings::check, &check_settings::state>()},
    {option_id::on_change, call<&doctor_settings_builder::apply_on_change>()},
    // ---- phone
    {option_id::page_port, number<&doctor_settings::phone, &phone_settings::page_port>(
                               1, 65'535, "a port from 1 to 65535 is needed")},
    // ---- delivery
    {option_id::sent_to, text<&doctor_settings::delivery, &delivery_settings::sent_to>()},
    {option_id::sent_via, call<&doctor_settings_builder::apply_sent_via>()},
    {option_id::as_publisher, call<&doctor_settings_builder::apply_login>()},
    {option_id::as_subscriber, call<&doctor_settings_builder::apply_login>()},
    {option_id::watch_time,
     duration<&doctor_settings::delivery, &delivery_settings::watch>(
         1, unlimited, "a time of at least one second is needed, as in 10m")},
    {option_id::messages, number<&doctor_settings::delivery, &delivery_settings::messages>(
                              1, 3000, "a number from 1 to 3000 is needed")},
    {option_id::offline, on<&doctor_settings::delivery, &delivery_settings::offline>()},
    {option_id::away, duration<&doctor_settings::delivery, &delivery_settings::away>(
                          0, hour, "a time of at most one hour is needed, as in 5s")},
    {option_id::doctor_keep_session,
     on<&doctor_settings::delivery, &delivery_settings::keeps_session>()},
    {option_id::doctor_session_expiry, v5(call<&doctor_settings_builder::apply_session_expiry>())},
    {option_id::doctor_qos,
     number<&doctor_settings::delivery, &delivery_settings::qos>(0, 2, "QoS must be 0, 1 or 2")},
    {option_id::doctor_property, v5(call<&doctor_settings_builder::apply_delivery_property>())},
    {option_id::doctor_no_local,
     v5(on<&doctor_settings::delivery, &delivery_settings::no_local>())},
    {option_id::doctor_retained, on<&doctor_settings::delivery, &delivery_settings::retained>()},
    {option_id::message_size, size<&doctor_settings::delivery, &delivery_settings::size>(
                                  most_bytes, "a size of at most 64M is needed, as in 300k")},
};
const std::size_t doctor_settings_builder::setter_count = std::size(setters);

doctor_settings_builder::doctor_settings_builder(doctor_settings& out, bool is_listed)
    : settings_builder(program::doctor, out, {setters, setter_count}),
      doctor_(out),
      is_listed_(is_listed) {}

std::string doctor_settings_builder::apply(const argument& given) {
  switch (given.row->id) {
    case option_id::away:
    case option_id::doctor_keep_session:
    case option_id::doctor_session_expiry:
    case option_id::doctor_qos:
      needs_offline(given);
      break;
    default:
      break;
  }
  if (is_command(subcommand::check)) {
    if (std::string wrong = refuse_with_check(given); !wrong.empty()) return wrong;
    if (!is_listed_) share_with_targets(given);
  }
  return settings_builder::apply(given);
}

parse_result parse(int argc, char** argv, doctor_settings& out,
                   const process_environment& environment, translate_function translate) {
  doctor_settings_builder line(out);
  line.translate = translate;
  return parse(argc, argv, line, environment);
}

parse_outcome parse_command_line(int argc, char** argv, doctor_settings& out,
                                 translate_function translate) {
  doctor_settings_builder line(out);
  line.translate = translate;
  const bool is_plugin = std::any_of(
      argv, argv + argc, [](const char* word) { return std::string_view(word) == "--nagios"; });
  if (!is_plugin) return parse_and_print(argc, argv, line);
  // Nagios reads one line of stdout, and takes a usage error's code 2 for a broker that is down.
  const parse_result result = parse(argc, argv, line, process_environment::of_this_process());
  parse_outcome outcome = result.outcome;
  std::string text = result.out;
  if (!result.wrong.empty()) {
    text = "MQTT UNKNOWN - " + result.wrong + "\n";
    outcome.exit_code = nagios_unknown;
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  return outcome;
}

}  // namespace mqttkit::tools
