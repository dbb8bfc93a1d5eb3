#include "mqtt-pub/options.hpp"

#include <iterator>
#include <vector>

#include "message/format_syntax.hpp"

namespace mqttkit::tools {

std::string pub_settings_builder::take_source(const argument& given, message_source source) {
  if (pub_.source != message_source::none)
    return std::string(given.spelled) +
           ": only one of -m, -f, -l, -n, -s and --from-json can be given, and only once";
  pub_.source = source;
  return {};
}

std::string pub_settings_builder::apply_source(const argument& given) {
  const option_id id = given.row->id;
  return take_source(given, id == option_id::stdin_line   ? message_source::lines
                            : id == option_id::stdin_file ? message_source::whole_input
                                                          : message_source::empty);
}

std::string pub_settings_builder::apply_message(const argument& given) {
  if (std::string wrong = take_source(given, message_source::text); !wrong.empty()) return wrong;
  pub_.message = given.value();
  return {};
}

std::string pub_settings_builder::apply_file(const argument& given) {
  if (std::string wrong = take_source(given, message_source::file); !wrong.empty()) return wrong;
  return apply_text(given, pub_.file);
}

std::string pub_settings_builder::apply_recording(const argument& given) {
  if (std::string wrong = take_source(given, message_source::recording); !wrong.empty())
    return wrong;
  return apply_text(given, pub_.recording);
}

std::string pub_settings_builder::apply_qos_of_messages(const argument& given) {
  pub_.has_qos = true;
  pub_.sn.without_connection = given.value() == "-1";
  if (pub_.sn.without_connection) {
    pub_.qos = qos_t::at_most_once;
    return {};
  }
  return apply_qos(given, pub_.qos);
}

std::string pub_settings_builder::apply_repeat(const argument& given) {
  repeat_given_ = true;
  if (!read_count<std::uint32_t>(given.value(), 1, 0x7FFFFFFF, pub_.repeat))
    return value_problem(given, "the count must be 1 or more");
  return {};
}

std::string pub_settings_builder::apply_repeat_delay(const argument& given) {
  double seconds = 0;
  // At most a day: more is a schedule, and must not overflow the microseconds.
  if (!read_number<double>(without_lead(given.value()), 0.0, 1e9, seconds))
    return value_problem(given, "the delay is a number of seconds, 0 or more");
  pub_.repeat_delay =
      std::chrono::round<std::chrono::microseconds>(std::chrono::duration<double>(seconds));
  return {};
}

std::string pub_settings_builder::apply_template(const argument& given) {
  pub_.payload_template = given.value();
  pub_.has_template = true;
  return {};
}

std::string pub_settings_builder::apply_replay(const argument&) {
  replay_ = true;
  return {};
}

std::string pub_settings_builder::apply_speed(const argument& given) {
  std::string_view factor = given.value();
  if (factor == "max") {
    speed_ = 0;
    return {};
  }
  if (factor.ends_with('x')) factor.remove_suffix(1);
  double speed = 0;
  if (!read_number<double>(factor, 1e-6, 1e9, speed))
    return value_problem(given, "the speed is a factor such as 10x or 0.5x, or max");
  speed_ = speed;
  return {};
}

std::string pub_settings_builder::apply_key_separator(const argument& given) {
  if (given.value() == "\\t") {
    pub_.key_separator = "\t";
    return {};
  }
  return apply_text(given, pub_.key_separator);
}

std::string pub_settings_builder::apply_on_refused(const argument& given) {
  if (given.value() != "stop" && given.value() != "continue")
    return value_problem(given, "it is stop or continue");
  pub_.stops_at_refusal = given.value() == "stop";
  on_refused_given_ = true;
  return {};
}

std::string pub_settings_builder::apply_outbox_limit(const argument& given) {
  pub_.outbox_messages = pub_.outbox_bytes = 0;
  if (!read_number<std::uint64_t>(given.value(), 1, UINT64_MAX, pub_.outbox_messages) &&
      (!read_size(given.value(), pub_.outbox_bytes) || pub_.outbox_bytes == 0))
    return value_problem(given, "it is a number of messages, 10000, or a size, 10M");
  return {};
}

std::string pub_settings_builder::apply_response_topic(const argument& given) {
  pub_.request = true;
  return apply_topic_name(given, pub_.response_topic);
}

std::string pub_settings_builder::apply_format(const argument& given) {
  std::vector<format_piece> pieces;
  if (const std::string bad = parse_format(given.value(), pieces); !bad.empty())
    return std::string(given.spelled) + " " + quoted(given.value()) + ": " + bad;
  pub_.format = given.value();
  pub_.format_given = true;
  return {};
}

namespace {

constexpr choice_word<payload_form> payload_forms[] = {{"text", payload_form::text},
                                                       {"hex", payload_form::hex},
                                                       {"base64", payload_form::base64},
                                                       {"json", payload_form::json}};

constexpr double most_messages = 0x7FFFFFFF;
constexpr double longest = std::numeric_limits<double>::infinity();
constexpr double microsecond = 1e-6;

}  // namespace

constexpr setter_row pub_settings_builder::setters[] = {
    // ---- message
    {option_id::topic, topic_name<&pub_settings::topic>()},
    {option_id::message, call<&pub_settings_builder::apply_message>()},
    {option_id::file, call<&pub_settings_builder::apply_file>()},
    {option_id::stdin_file, call<&pub_settings_builder::apply_source>()},
    {option_id::stdin_line, call<&pub_settings_builder::apply_source>()},
    {option_id::null_message, call<&pub_settings_builder::apply_source>()},
    {option_id::qos, call<&pub_settings_builder::apply_qos_of_messages>()},
    {option_id::retain, on<&pub_settings::retain>()},
    {option_id::repeat, call<&pub_settings_builder::apply_repeat>()},
    {option_id::repeat_delay, call<&pub_settings_builder::apply_repeat_delay>()},
    {option_id::every,
     duration<&pub_settings::every>(microsecond, longest,
                                    "a duration is a number and ms, s, m or h, and more than 0")},
    {option_id::rate, number<&pub_settings::rate>(
                          1e-6, 1e9, "the rate is a number of messages a second, more than 0")},
    {option_id::message_template, call<&pub_settings_builder::apply_template>()},
    {option_id::from_json, call<&pub_settings_builder::apply_recording>()},
    {option_id::replay, call<&pub_settings_builder::apply_replay>()},
    {option_id::speed, call<&pub_settings_builder::apply_speed>()},
    {option_id::key_separator, call<&pub_settings_builder::apply_key_separator>()},
    {option_id::topic_prefix, topic_name<&pub_settings::topic_prefix>()},
    {option_id::null_separated, on<&pub_settings::ends_with_null>()},
    {option_id::payload_form,
     choice<payload_forms, &pub_settings::form>("it is text, hex, base64 or json")},
    {option_id::on_refused, call<&pub_settings_builder::apply_on_refused>()},
    {option_id::outbox, text<&pub_settings::outbox>()},
    {option_id::outbox_limit, call<&pub_settings_builder::apply_outbox_limit>()},
    // ---- reply
    {option_id::request, on<&pub_settings::request>()},
    {option_id::response_topic, call<&pub_settings_builder::apply_response_topic>()},
    {option_id::replies,
     count<&pub_settings::replies>(1, most_messages, "the count must be 1 or more")},
    {option_id::reply_timeout, seconds<&pub_settings::timeout>()},
    {option_id::reply_format, call<&pub_settings_builder::apply_format>()},
    {option_id::reply_verbose, on<&pub_settings::verbose>()},
    {option_id::reply_no_newline, on<&pub_settings::no_newline>()},
    {option_id::reply_pretty, on<&pub_settings::pretty>()},
    {option_id::reply_no_stale, on<&pub_settings::no_stale>()},
    {option_id::reply_retain_as_published, v5(on<&pub_settings::retain_as_published>())},
    {option_id::reply_retain_handling, v5(retained_when<&pub_settings::retained>())},
    {option_id::latency, on<&pub_settings::latency>()},
};
const std::size_t pub_settings_builder::setter_count = std::size(setters);

pub_settings_builder::pub_settings_builder(pub_settings& out)
    : settings_builder(program::pub, out, {setters, setter_count}), pub_(out) {}

std::string pub_settings_builder::apply(const argument& given) {
  const bool is_of_reply = given.row->group == option_group::reply &&
                           given.row->id != option_id::request &&
                           given.row->id != option_id::response_topic;
  if (is_of_reply && reply_option_.empty()) reply_option_ = given.spelled;
  return settings_builder::apply(given);
}

parse_result parse(int argc, char** argv, pub_settings& out,
                   const process_environment& environment) {
  pub_settings_builder line(out);
  return parse(argc, argv, line, environment);
}

parse_outcome parse_command_line(int argc, char** argv, pub_settings& out) {
  pub_settings_builder line(out);
  return parse_and_print(argc, argv, line);
}

}  // namespace mqttkit::tools
