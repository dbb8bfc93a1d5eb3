// mqtt-doctor delivery: which messages are sent where, and as which user.
#include <utility>

#include "cli/secret.hpp"
#include "cli/url.hpp"
#include "mqtt-doctor/options/options.hpp"
#include "mqtt-doctor/options/target.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::tools {
namespace {

using login = delivery_settings::login;

/// Parses "USER" or "USER:FILE" at the last colon.
login login_of(std::string_view text) {
  login made;
  const std::size_t colon = text.rfind(':');
  made.user_name = text.substr(0, colon);
  if (colon != std::string_view::npos) made.password_file = text.substr(colon + 1);
  return made;
}

}  // namespace

std::string doctor_settings_builder::apply_login(const argument& given) {
  login made = login_of(given.value());
  if (made.user_name.empty())
    return std::string(given.spelled) + " needs USER or USER:PASSWORD-FILE";
  const bool is_publisher = given.row->id == option_id::as_publisher;
  (is_publisher ? doctor_.delivery.publisher : doctor_.delivery.subscriber) = std::move(made);
  return {};
}

std::string doctor_settings_builder::apply_session_expiry(const argument& given) {
  std::string wrong = apply_expiry(given);
  // expiry_ is shared with mqtt-sub's options, which must find it empty.
  doctor_.delivery.session_expiry = std::exchange(expiry_, std::nullopt);
  return wrong;
}

std::string doctor_settings_builder::apply_delivery_property(const argument& given) {
  delivery_settings& delivery = doctor_.delivery;
  std::string wrong =
      add_property(properties_, given.words[0], given.words[1], given.words[2], given.words[3]);
  if (!wrong.empty()) return wrong;
  const std::string_view name = given.words[1];
  delivery.message_expiry = properties_.publish.view().number(property_id::message_expiry_interval);
  delivery.packet_size = properties_.connect.view().number(property_id::maximum_packet_size);
  if (delivery.message_expiry && name == "message-expiry-interval") {
    needs_offline(given);
    return {};
  }
  if (delivery.packet_size && name == "maximum-packet-size") return {};
  return "-D: of use here are publish message-expiry-interval SECONDS and connect "
         "maximum-packet-size BYTES";
}

std::string doctor_settings_builder::apply_sent_via(const argument& given) {
  const std::string_view value = given.value();
  const std::string login =
      std::string(given.spelled) + ": its login goes with --as-publisher USER:PASSWORD-FILE";
  delivery_settings::broker made;
  made.typed = value;
  if (value.find("://") != std::string_view::npos) {
    url_parts url;
    std::string wrong = parse_url(value, url);
    if (!wrong.empty()) return std::string(given.spelled) + ": " + wrong;
    if (url.user_name || url.password) return login;
    made.scheme = url.scheme;
    if (!row_of(made.scheme).is_brokers || made.scheme == url_scheme::unix_socket ||
        made.scheme == url_scheme::mqtt_sn)
      return value_problem(given, "the scheme of a broker is mqtt, mqtts, ws or wss");
    made.host = url.host;
    made.port = url.port.value_or(0);
    made.path = url.path;
  } else {
    // The typed text is kept in the facts, so a login in it is refused.
    if (value.find('@') != std::string_view::npos) return login;
    const mended_host mended = mend_host(value, false);
    if (mended.has_bad_port) return value_problem(given, "a port is a number from 1 to 65535");
    made.host = mended.host;
    made.port = mended.port.value_or(0);
  }
  if (made.host.empty()) return value_problem(given, "a host name or an address is needed");
  doctor_.delivery.sent_via = std::move(made);
  return {};
}

std::string doctor_settings_builder::finish_delivery() {
  delivery_settings& delivery = doctor_.delivery;
  const std::string& topic = doctor_.topic;
  if (!delivery.offline && !offline_option_.empty()) return offline_option_ + " needs --offline";
  if (delivery.watch.count() != 0) {
    const char* const other = delivery.offline    ? "--offline"
                              : delivery.no_local ? "--no-local"
                              : delivery.retained ? "--retained"
                              : delivery.size > 0 ? "--size"
                                                  : nullptr;
    if (other != nullptr) return std::string(other) + " and --watch exclude each other";
  }
  if (delivery.packet_size && delivery.size == 0)
    return "-D connect maximum-packet-size needs --size";
  if (delivery.retained && topic.empty()) return "--retained needs -t FILTER beside it";
  if (!delivery.sent_to.empty() && topic.empty()) return "--sent-to needs -t FILTER beside it";
  if (delivery.sent_via && (topic.empty() || !doctor_.publishes))
    return "--sent-via needs -t TOPIC and --publish beside it";
  const bool is_filter = has_wildcard(topic) && delivery.sent_to.empty();
  if (doctor_.publishes && is_filter)
    return "--publish needs a topic without wildcards: name one with --sent-to TOPIC";
  if (report_ != nullptr) return {};
  for (auto* const each : {&delivery.publisher, &delivery.subscriber}) {
    if (!*each || (*each)->password_file.empty()) continue;
    const std::string& file = (*each)->password_file;
    std::string password;
    const char* const name = each == &delivery.publisher ? "--as-publisher" : "--as-subscriber";
    if (const std::string wrong = read_first_line(file, password); !wrong.empty())
      return std::string(name) + " " + printable(file, 200) + ": " + wrong;
    if (file != "-" && is_readable_by_others(file)) warn(open_secret_warning(file));
    (*each)->password = std::move(password);
  }
  // A broker that lets nobody in without a login is looked at as the subscriber.
  if (delivery.subscriber && !session_.user_name) {
    session_.user_name = delivery.subscriber->user_name;
    session_.password = delivery.subscriber->password;
  }
  return {};
}

}  // namespace mqttkit::tools
