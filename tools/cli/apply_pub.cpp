// The options of mqtt-pub's messages.
#include "cli/interpreter.hpp"
#include "cli/values.hpp"
#include "message/format_syntax.hpp"

namespace mqttkit::tools {

std::string interpreter::apply_source(const argument& given, message_source source) {
  if (pub_->source != message_source::none)
    return std::string(given.spelled) +
           ": only one of -m, -f, -l, -n, -s and --from-json can be given, and only once";
  pub_->source = source;
  return {};
}

std::string interpreter::apply_speed(const argument& given) {
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

std::string interpreter::apply_payload_form(const argument& given) {
  constexpr struct {
    std::string_view name;
    payload_form form;
  } forms[] = {{"text", payload_form::text},
               {"hex", payload_form::hex},
               {"base64", payload_form::base64},
               {"json", payload_form::json}};
  for (const auto& each : forms) {
    if (each.name != given.value()) continue;
    pub_->form = each.form;
    return {};
  }
  return value_problem(given, "it is text, hex, base64 or json");
}

std::string interpreter::apply_message(const argument& given) {
  const std::string_view value = given.value();
  switch (given.row->id) {
    // ---- message
    case option_id::topic:
      return apply_topic_name(given, pub_->topic);
    case option_id::message:
      if (std::string wrong = apply_source(given, message_source::text); !wrong.empty())
        return wrong;
      pub_->message = value;
      return {};
    case option_id::file:
      if (std::string wrong = apply_source(given, message_source::file); !wrong.empty())
        return wrong;
      return apply_text(given, pub_->file);
    case option_id::stdin_file:
      return apply_source(given, message_source::whole_input);
    case option_id::stdin_line:
      return apply_source(given, message_source::lines);
    case option_id::null_message:
      return apply_source(given, message_source::empty);
    case option_id::qos:
      pub_->has_qos = true;
      return apply_qos(given, pub_->qos);
    case option_id::retain:
      pub_->retain = true;
      return {};
    case option_id::repeat:
      repeat_given_ = true;
      if (!read_count<std::uint32_t>(value, 1, 0x7FFFFFFF, pub_->repeat))
        return value_problem(given, "the count must be 1 or more");
      return {};
    case option_id::repeat_delay: {
      double seconds = 0;
      // A day and more is a schedule, not a pause; the bound keeps the microseconds in range.
      if (!read_number<double>(without_lead(value), 0.0, 1e9, seconds))
        return value_problem(given, "the delay is a number of seconds, 0 or more");
      pub_->repeat_delay =
          std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6 + 0.5));
      return {};
    }
    case option_id::every:
      if (!read_duration(value, pub_->every) || pub_->every.count() == 0)
        return value_problem(given, "a duration is a number and ms, s, m or h, and more than 0");
      return {};
    case option_id::rate:
      if (!read_number<double>(value, 1e-6, 1e9, pub_->rate))
        return value_problem(given, "the rate is a number of messages a second, more than 0");
      return {};
    case option_id::message_template:
      pub_->payload_template = value;
      pub_->has_template = true;
      return {};
    case option_id::from_json:
      if (std::string wrong = apply_source(given, message_source::recording); !wrong.empty())
        return wrong;
      return apply_text(given, pub_->recording);
    case option_id::replay:
      replay_ = true;
      return {};
    case option_id::speed:
      return apply_speed(given);
    case option_id::key_separator:
      if (value == "\\t") {
        pub_->key_separator = "\t";
        return {};
      }
      return apply_text(given, pub_->key_separator);
    case option_id::topic_prefix:
      return apply_topic_name(given, pub_->topic_prefix);
    case option_id::null_separated:
      pub_->ends_with_null = true;
      return {};
    case option_id::payload_form:
      return apply_payload_form(given);
    case option_id::on_refused:
      if (value != "stop" && value != "continue")
        return value_problem(given, "it is stop or continue");
      pub_->stops_at_refusal = value == "stop";
      on_refused_given_ = true;
      return {};
    case option_id::outbox:
      return apply_text(given, pub_->outbox);
    case option_id::outbox_limit:
      pub_->outbox_messages = pub_->outbox_bytes = 0;
      if (!read_number<std::uint64_t>(value, 1, UINT64_MAX, pub_->outbox_messages) &&
          (!read_size(value, pub_->outbox_bytes) || pub_->outbox_bytes == 0))
        return value_problem(given, "it is a number of messages, 10000, or a size, 10M");
      return {};

    default:
      return std::string(given.spelled) + ": nobody applies this option";
  }
}

std::string interpreter::apply_reply(const argument& given) {
  const std::string_view value = given.value();
  if (given.row->id == option_id::request) {
    pub_->request = true;
    return {};
  }
  if (given.row->id == option_id::response_topic) {
    pub_->request = true;
    return apply_topic_name(given, pub_->response_topic);
  }
  if (reply_option_.empty()) reply_option_ = given.spelled;
  switch (given.row->id) {
    case option_id::replies:
      if (!read_count<std::uint32_t>(value, 1, 0x7FFFFFFF, pub_->replies))
        return value_problem(given, "the count must be 1 or more");
      return {};
    case option_id::reply_timeout:
      return apply_timeout(given, pub_->timeout);
    case option_id::reply_format: {
      std::vector<format_piece> pieces;
      if (const std::string bad = parse_format(value, pieces); !bad.empty())
        return std::string(given.spelled) + " " + quoted(value) + ": " + bad;
      pub_->format = value;
      pub_->format_given = true;
      return {};
    }
    case option_id::reply_verbose:
      pub_->verbose = true;
      return {};
    case option_id::reply_no_newline:
      pub_->no_newline = true;
      return {};
    case option_id::reply_pretty:
      pub_->pretty = true;
      return {};
    case option_id::reply_no_stale:
      pub_->no_stale = true;
      return {};
    case option_id::reply_retain_as_published:
      needs_v5(given);
      pub_->retain_as_published = true;
      return {};
    case option_id::reply_retain_handling:
      needs_v5(given);
      return apply_retain_handling(given, pub_->retained);
    case option_id::latency:
      pub_->latency = true;
      return {};
    default:
      return std::string(given.spelled) + ": nobody applies this option";
  }
}

}  // namespace mqttkit::tools
