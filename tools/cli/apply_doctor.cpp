// What mqtt-doctor is asked: a target in whatever form it was typed, and how to report.
#include "cli/interpreter.hpp"
#include "cli/subcommand.hpp"
#include "cli/target.hpp"
#include "cli/url.hpp"
#include "cli/values.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::tools {
namespace {

bool is_mqtt_url(std::string_view text) {
  for (const std::string_view scheme :
       {"mqtt://", "mqtts://", "ws://", "wss://", "tcp://", "ssl://"}) {
    // With a second one behind it, it is a URL that was pasted into another.
    if (text.starts_with(scheme)) return text.find("://", scheme.size()) == text.npos;
  }
  return false;
}

bool is_report_name(std::string_view file) {
  return file.ends_with(".md") || file.ends_with(".html") || file.ends_with(".htm");
}

/// The text without a password in it.
std::string without_password(std::string_view text) {
  std::string shown(text);
  const std::size_t scheme = shown.find("://");
  const std::size_t at = shown.rfind('@');
  if (at == std::string::npos || (scheme != std::string::npos && at < scheme)) return shown;
  // A login is pasted in front of a bare host as well.
  const std::size_t colon = shown.find(':', scheme == std::string::npos ? 0 : scheme + 3);
  if (colon < at) shown.replace(colon + 1, at - colon - 1, "***");
  return shown;
}

}  // namespace

/// -h and a bare word: nothing is refused that can be understood; what was wrong with it is a fact.
std::string interpreter::apply_target(const argument& given, bool is_field) {
  const std::string_view text = given.value();
  if (text.empty()) return std::string(given.spelled) + " needs a host, not an empty word";
  const mended_host mended = mend_host(text, is_field);
  doctor_->typed = without_password(text);
  doctor_->mended = mended.mended;
  doctor_->odd_characters = mended.odd_characters;
  if (mended.host.empty()) {
    return std::string(given.spelled) + " " + quoted(doctor_->typed) +
           ": a host name or an address is needed";
  }
  if (mended.has_bad_port) {
    return std::string(given.spelled) + " " + quoted(doctor_->typed) +
           ": a port is a number from 1 to 65535";
  }
  dial_.host = mended.host;
  dial_.unix_path.clear();
  if (mended.port) port_ = mended.port;
  return {};
}

/// A bare word beside the target is a port, as telnet takes it, or a command that is misspelt.
std::string interpreter::second_target(const argument& given) {
  if (given.source != option_source::command_line) return {};
  const std::string shown = without_password(given.value());
  if (target_word_.empty()) {
    target_word_ = shown;
    return {};
  }
  const bool is_port = !shown.empty() && shown.find_first_not_of("0123456789") == std::string::npos;
  std::string text = quoted(target_word_) + " and " + quoted(shown) + " are two targets; ";
  if (is_port)
    return text + "a port goes with the host: " + printable(target_word_, 200) + ":" + shown;
  for (const subcommand_row& row : subcommand_rows()) {
    std::string low = target_word_;
    for (char& c : low) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (edit_distance(low, row.word) <= 2)
      return text + "did you mean " + std::string(row.word) + "?";
  }
  return text + "one at a time";
}

std::string interpreter::apply_diagnosis(const argument& given) {
  const std::string_view value = given.value();
  switch (given.row->id) {
    case option_id::target:
      if (const std::string wrong = second_target(given); !wrong.empty()) return wrong;
      if (is_mqtt_url(value)) return apply_doctor_url(given);
      return apply_target(given, value.find("://") != value.rfind("://"));
    case option_id::doctor_topic:
      if (value.empty()) return std::string(given.spelled) + " needs TOPIC, not an empty word";
      doctor_->topic = value;
      return {};
    case option_id::probe_publish:
      doctor_->publishes = true;
      return {};
    case option_id::on_broker:
      doctor_->on_broker = true;
      return {};
    case option_id::time_limit: {
      std::chrono::microseconds limit{0};
      if (!read_duration(value, limit) || limit < std::chrono::seconds(1))
        return std::string(given.spelled) + " " + quoted(value) +
               ": a time of at least one second is needed, as in 10s";
      doctor_->timeout = limit;
      return {};
    }
    case option_id::story:
      doctor_->verbose = true;
      return {};
    case option_id::doctor_json:
      doctor_->json = true;
      return {};
    case option_id::doctor_json_schema:
      doctor_->json_schema = true;
      return {};
    case option_id::language:
      if (value != "en" && value != "zh" && value != "zh_CN" && value != "zh-CN")
        return std::string(given.spelled) + " " + quoted(value) + ": the languages are en and zh";
      doctor_->language = value == "en" ? "en" : "zh";
      return {};
    case option_id::doctor_colour:
      if (value == "auto") {
        doctor_->colour = colour_when::automatic;
      } else if (value == "always") {
        doctor_->colour = colour_when::always;
      } else if (value == "never") {
        doctor_->colour = colour_when::never;
      } else {
        return std::string(given.spelled) + " " + quoted(value) + ": it is auto, always or never";
      }
      return {};
    case option_id::ascii:
      doctor_->ascii = true;
      return {};
    case option_id::report_file:
      if (!is_report_name(value))
        return value_problem(given, "a name that ends in .md or .html is needed");
      doctor_->report = value;
      return {};
    case option_id::blank_addresses:
      doctor_->blank_addresses = true;
      return {};
    default:
      return std::string(given.spelled) + " is not an option of mqtt-doctor";
  }
}

std::string interpreter::apply_doctor_url(const argument& given) {
  url_parts url;
  // The text is kept without its password, before apply_url() wipes it.
  if (parse_url(given.value(), url).empty()) {
    std::string shown(given.value());
    if (!url.password_text.empty()) {
      const auto at = static_cast<std::size_t>(url.password_text.data() - given.value().data());
      shown.replace(at, url.password_text.size(), "***");
    }
    doctor_->typed = std::move(shown);
  }
  doctor_->mended.clear();
  doctor_->odd_characters.clear();
  std::string wrong = apply_url(given);
  if (!wrong.empty()) return wrong;
  if (!common_.url_topic.empty() && doctor_->topic.empty()) doctor_->topic = common_.url_topic;
  doctor_->scheme = url.scheme == "tcp" ? "mqtt" : url.scheme == "ssl" ? "mqtts" : url.scheme;
  // The name may be mended too: a full-width dot in a URL is as wrong as anywhere.
  const mended_host mended = mend_host(dial_.host, false);
  if (!mended.mended.empty()) {
    doctor_->mended = mended.mended;
    doctor_->odd_characters = mended.odd_characters;
    dial_.host = mended.host;
  }
  return {};
}

std::string interpreter::apply_explain(const argument& given) {
  const std::string_view value = given.value();
  switch (given.row->id) {
    case option_id::explain_file:
      doctor_->files.emplace_back(value);
      return {};
    case option_id::said:
      if (value.empty()) return std::string(given.spelled) + " needs TEXT, not an empty word";
      doctor_->said = value;
      return {};
    case option_id::said_by:
      if (value.empty()) return std::string(given.spelled) + " needs NAME, not an empty word";
      doctor_->said_by = value;
      return {};
    default:
      return std::string(given.spelled) + " is not an option of explain";
  }
}

std::string interpreter::finish_explain() const {
  if (doctor_->said.empty() && !doctor_->said_by.empty()) return "--app needs --said TEXT";
  if (!doctor_->said.empty() && !doctor_->files.empty())
    return "--said and FILE.json exclude each other";
  if (!doctor_->said.empty() && !doctor_->report.empty())
    return "--said and --report exclude each other";
  return finish_report();
}

/// What a plain check and explain have in common.
std::string interpreter::finish_report() const {
  if (doctor_->blank_addresses && doctor_->report.empty())
    return "--blank-addresses needs --report FILE";
  return {};
}

std::string interpreter::finish_doctor() {
  if (doctor_->json_schema) return {};
  if (std::string wrong = finish_report(); !wrong.empty()) return wrong;
  if (doctor_->typed.empty() && dial_.host.empty()) dial_.host = "localhost";
  if (doctor_->publishes && doctor_->topic.empty()) return "--publish needs -t TOPIC";
  if (doctor_->command == subcommand::delivery) {
    if (std::string wrong = finish_delivery(); !wrong.empty()) return wrong;
  } else if (doctor_->publishes && has_wildcard(doctor_->topic))
    return "--publish needs a topic without wildcards: -t " + quoted(doctor_->topic);
  doctor_->has_port = port_.has_value() || scheme_port_ != 0;
  doctor_->has_version = version_.has_value();
  doctor_->has_id = id_given_;
  doctor_->tls = tls_;
  doctor_->websocket = websocket_;
  return {};
}

/// After everything else: which scheme the options come to, when no URL said it.
void interpreter::settle_doctor_scheme() {
  const bool is_secure = dial_.tls.has_value();
  // --cafile beside mqtt:// means TLS, as it does beside -h.
  if (is_secure && doctor_->scheme == "mqtt") doctor_->scheme = "mqtts";
  if (is_secure && doctor_->scheme == "ws") doctor_->scheme = "wss";
  if (!doctor_->scheme.empty()) return;
  if (dial_.websocket) {
    doctor_->scheme = is_secure ? "wss" : "ws";
  } else if (is_secure && doctor_->has_port) {
    doctor_->scheme = "mqtts";
  }
}

}  // namespace mqttkit::tools
