// The options of mqtt-pub's messages.
#include "common/exit_code.hpp"
#include "common/interpreter.hpp"
#include "common/values.hpp"

namespace mqttkit::tools {

std::string interpreter::apply_source(const argument& given, message_source source) {
  if (pub_->source != message_source::none)
    return std::string(given.spelled) +
           ": only one of -m, -f, -l, -n and -s can be given, and only once";
  pub_->source = source;
  return {};
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
      return apply_qos(given, pub_->qos);
    case option_id::retain:
      pub_->retain = true;
      return {};
    case option_id::repeat:
      repeat_given_ = true;
      if (!read_number<std::uint32_t>(value, 1, 0x7FFFFFFF, pub_->repeat))
        return value_problem(given, "the count must be 1 or more");
      return {};
    case option_id::repeat_delay: {
      double seconds = 0;
      // A day and more is a schedule, not a pause; the bound keeps the microseconds in range.
      if (!read_number<double>(value, 0.0, 1e9, seconds))
        return value_problem(given, "the delay is a number of seconds, 0 or more");
      pub_->repeat_delay =
          std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6 + 0.5));
      return {};
    }

    default:
      return std::string(given.spelled) + ": nobody applies this option";
  }
}

}  // namespace mqttkit::tools
