#include "cli/property_option.hpp"

#include <charconv>
#include <vector>

#include "cli/arguments.hpp"
#include "common/printable.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/base/utf8.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::tools {
namespace {

std::string unknown_command(std::string_view command) {
  std::string text = "-D " + printable(command, 40) + ": ";
  const std::string name = lower(command);
  if (name == "auth" || name == "puback" || name == "pubrec" || name == "pubrel" ||
      name == "pubcomp")
    return text + "this program fills that packet in by itself";
  std::vector<std::string_view> names;
  for (const property_command& row : property_commands()) names.push_back(row.name);
  if (const std::string_view near = nearest(name, names); !near.empty())
    return text + "no such command; did you mean " + std::string(near) + "?";
  return text +
         "no such command; it is connect, publish, subscribe, unsubscribe, disconnect or will";
}

std::string unknown_name(std::string_view command, std::string_view name) {
  std::vector<std::string_view> names;
  for (const property_rule& rule : property_rules())
    if (is_property_offered(command, rule)) names.push_back(rule.name);
  std::string text =
      "-D " + std::string(command) + " " + printable(name, 60) + ": no such property";
  if (const std::string_view near = nearest(name, names); !near.empty())
    return text + "; did you mean " + std::string(near) + "?";
  text += "; " + std::string(command) + " takes ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

properties& list_of(property_lists& lists, std::string_view command) {
  if (command == "connect") return lists.connect;
  if (command == "publish") return lists.publish;
  if (command == "subscribe") return lists.subscribe;
  if (command == "unsubscribe") return lists.unsubscribe;
  if (command == "disconnect") return lists.disconnect;
  return lists.will;
}

bool is_number(property_type type) {
  return type == property_type::byte || type == property_type::two_byte ||
         type == property_type::four_byte || type == property_type::variable_byte;
}

}  // namespace

property_place place_of_command(std::string_view command) noexcept {
  if (command == "connect") return property_place::connect;
  if (command == "publish") return property_place::publish;
  if (command == "subscribe") return property_place::subscribe;
  if (command == "unsubscribe") return property_place::unsubscribe;
  if (command == "disconnect") return property_place::disconnect;
  return property_place::will;
}

bool is_property_offered(std::string_view command, const property_rule& rule) noexcept {
  if (!rule.allowed_in(place_of_command(command))) return false;
  if (command == "publish") return rule.id != property_id::subscription_identifier;
  // Only a server refers to another server.
  if (command == "disconnect") return rule.id != property_id::server_reference;
  return true;
}

std::string add_property(property_lists& into, std::string_view given_command,
                         std::string_view name, std::string_view value, std::string_view more) {
  const std::string command = lower(given_command);
  bool known = false;
  for (const property_command& row : property_commands()) known = known || row.name == command;
  if (!known) return unknown_command(given_command);

  const std::string subject = "-D " + command + " " + printable(name, 60);
  const property_rule* rule = find_property_rule(name);
  if (rule == nullptr) return unknown_name(command, name);
  if (!is_property_offered(command, *rule)) {
    std::string places;
    for (const property_command& row : property_commands())
      if (is_property_offered(row.name, *rule))
        places += (places.empty() ? "" : ", ") + std::string(row.name);
    return subject + ": not a property of " + command +
           (places.empty() ? std::string("; only brokers send it") : "; it belongs to " + places);
  }

  properties& list = list_of(into, command);
  std::error_code error;
  if (is_number(rule->type)) {
    std::uint64_t number = 0;
    const auto [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (wrong != std::errc() || end != value.data() + value.size() || number < rule->minimum ||
        number > rule->maximum)
      return subject + " " + printable(value, 40) + ": the value must be a number from " +
             std::to_string(rule->minimum) + " to " + std::to_string(rule->maximum);
    error = list.add(rule->id, static_cast<std::uint32_t>(number));
  } else if (rule->type == property_type::utf8_pair) {
    error = list.add_user_property(value, more);
  } else {
    if (rule->id == property_id::response_topic && !is_topic_name(value))
      return subject + " " + printable(value, 60) +
             ": a response topic is not empty and contains no + or #";
    error = list.add(rule->id, value);
  }
  if (!error) return {};
  if (error == errc::property_repeated) return subject + ": given twice";
  return subject + ": " + error.message();
}

}  // namespace mqttkit::tools
