// mqtt-doctor delivery: what is sent where, and as whom.
#include "common/exit_code.hpp"
#include "common/interpreter.hpp"
#include "common/secret.hpp"
#include "common/values.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::tools {
namespace {

using login = delivery_settings::login;

/// "USER", "USER:FILE"; the last colon parts them.
login login_of(std::string_view text) {
  login made;
  const std::size_t colon = text.rfind(':');
  made.user_name = text.substr(0, colon);
  if (colon != std::string_view::npos) made.password_file = text.substr(colon + 1);
  return made;
}

}  // namespace

std::string interpreter::apply_delivery(const argument& given) {
  const std::string_view value = given.value();
  delivery_settings& delivery = doctor_->delivery;
  switch (given.row->id) {
    case option_id::sent_to:
      if (value.empty()) return std::string(given.spelled) + " needs TOPIC, not an empty word";
      delivery.sent_to = value;
      return {};
    case option_id::as_publisher:
    case option_id::as_subscriber: {
      login made = login_of(value);
      if (made.user_name.empty())
        return std::string(given.spelled) + " needs USER or USER:PASSWORD-FILE";
      (given.row->id == option_id::as_publisher ? delivery.publisher : delivery.subscriber) =
          std::move(made);
      return {};
    }
    case option_id::watch_time:
      if (!read_duration(value, delivery.watch) || delivery.watch < std::chrono::seconds(1))
        return value_problem(given, "a time of at least one second is needed, as in 10m");
      return {};
    default:
      return std::string(given.spelled) + " is not an option of delivery";
  }
}

std::string interpreter::finish_delivery() {
  delivery_settings& delivery = doctor_->delivery;
  const std::string& topic = doctor_->topic;
  if (!delivery.sent_to.empty() && topic.empty()) return "--sent-to needs -t FILTER beside it";
  const bool is_filter = has_wildcard(topic) && delivery.sent_to.empty();
  if (doctor_->publishes && is_filter)
    return "--publish needs a topic without wildcards: name one with --sent-to TOPIC";
  if (report_ != nullptr) return {};
  for (auto* const one : {&delivery.publisher, &delivery.subscriber}) {
    if (!*one || (*one)->password_file.empty()) continue;
    const std::string& file = (*one)->password_file;
    std::string password;
    const char* const name = one == &delivery.publisher ? "--as-publisher" : "--as-subscriber";
    if (const std::string wrong = read_first_line(file, password); !wrong.empty())
      return std::string(name) + " " + printable(file, 200) + ": " + wrong;
    if (file != "-" && is_readable_by_others(file)) warn(open_secret_warning(file));
    (*one)->password = std::move(password);
  }
  return {};
}

}  // namespace mqttkit::tools
