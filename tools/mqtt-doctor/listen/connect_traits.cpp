#include "mqtt-doctor/listen/connect_traits.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

#include "mqtt-doctor/facts/topic_levels.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* has_a_will = N_("a will");
constexpr const char* speaks_v5 = N_("MQTT 5");

struct named_property {
  property_id id;
  const char* name;  // as the specification has it
};
constexpr named_property connect_properties[] = {
    {property_id::session_expiry_interval, "Session Expiry Interval"},
    {property_id::receive_maximum, "Receive Maximum"},
    {property_id::maximum_packet_size, "Maximum Packet Size"},
    {property_id::topic_alias_maximum, "Topic Alias Maximum"},
    {property_id::request_response_information, "Request Response Information"},
    {property_id::request_problem_information, "Request Problem Information"},
    {property_id::user_property, "User Property"},
    {property_id::authentication_method, "Authentication Method"},
    {property_id::authentication_data, "Authentication Data"},
};
constexpr named_property will_properties[] = {
    {property_id::will_delay_interval, "Will Delay Interval"},
    {property_id::payload_format_indicator, "Payload Format Indicator"},
    {property_id::message_expiry_interval, "Message Expiry Interval"},
    {property_id::content_type, "Content Type"},
    {property_id::response_topic, "Response Topic"},
    {property_id::correlation_data, "Correlation Data"},
    {property_id::user_property, "User Property"},
};

bool is_property(const std::string& trait) {
  return std::any_of(std::begin(connect_properties), std::end(connect_properties),
                     [&](const named_property& each) { return trait == each.name; });
}

bool is_plain(char letter) {
  return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= 'a' && letter <= 'z') || letter == '-' || letter == '_';
}

bool is_blank(char letter) { return letter == ' ' || letter == '\t'; }

/// The name as a person reads it: without what nobody sees, and in small letters.
std::string as_read(std::string_view name) {
  std::string out;
  for (const char letter : plain_letters(name)) {
    const auto code = static_cast<unsigned char>(letter);
    if (code <= ' ' || code == 0x7F || letter == '"' || letter == '\'') continue;
    out += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  }
  return out;
}

constexpr std::size_t longest_typed = 256;  // bytes of a name

bool is_typed(std::string_view name) { return name.size() <= longest_typed; }

/// The one of the known names that is read as this one and is another; "" for none.
template <typename Known>
std::string name_like(const Known& all, const std::string& name) {
  if (!is_typed(name)) return {};
  const std::string wanted = as_read(name);
  for (const auto& [known, its] : all)
    if (known != name && is_typed(known) && as_read(known) == wanted) return known;
  return {};
}

void note_will(const will_view& will, connect_traits& into) {
  const auto has = [&](const char* trait) { into.has.emplace_back(trait); };
  into.will_size = will.payload.size();
  has(has_a_will);
  if (will.qos == qos_t::exactly_once) {
    has(N_("a will of QoS 2"));
    into.disliked = into.has.back();
  }
  if (will.qos == qos_t::at_least_once) has(N_("a will of QoS 1"));
  if (will.retain) has(N_("a retained will"));
  if (will.payload.empty()) has(N_("a will without a message"));
  if (will.topic.empty()) has(N_("a will without a topic"));
  if (will.topic.starts_with('$')) has(N_("a will to a topic that begins with $"));
  if (will.topic.find_first_of("+#") != will.topic.npos)
    has(N_("a will to a topic with a wildcard"));
  for (const named_property& each : will_properties) {
    if (will.properties.find(each.id)) into.has.push_back(std::string("Will: ") + each.name);
  }
}

}  // namespace

connect_traits traits_of(const heard_connect& connect, const std::string& key, std::size_t size) {
  const connect_packet& packet = connect.packet;
  connect_traits made;
  made.key = key;
  made.size = size;
  made.keep_alive = packet.keep_alive;
  made.has_user = packet.user_name.has_value();
  made.user = packet.user_name.value_or("");
  if (packet.password)
    made.password = std::hash<std::string_view>{}(
        {reinterpret_cast<const char*>(packet.password->data()), packet.password->size()});
  const auto has = [&](const char* trait) { made.has.emplace_back(trait); };
  if (packet.will) note_will(*packet.will, made);
  if (!control_character_in(packet.client_id).empty() || !control_character_in(made.user).empty())
    has(N_("a control character in the client identifier or user name"));
  if (packet.version == protocol_version::v5) has(speaks_v5);
  if (packet.version == protocol_version::v3_1_1) has(N_("MQTT 3.1.1"));
  if (packet.version == protocol_version::v3_1) has(N_("MQTT 3.1"));
  if (connect.is_bridge) has(N_("the mark of a bridge in the protocol level"));
  has(packet.clean_start ? N_("clean session on") : N_("clean session off"));
  if (packet.client_id.empty()) has(N_("an empty client identifier"));
  if (packet.client_id.size() > 23) has(N_("an identifier of more than 23 characters"));
  if (packet.client_id.size() > 128) has(N_("an identifier of more than 128 characters"));
  if (!std::all_of(packet.client_id.begin(), packet.client_id.end(), is_plain))
    has(N_("an identifier with other characters than letters, digits, - and _"));
  if (packet.keep_alive == 0) has(N_("keep alive 0"));
  has(made.has_user ? N_("a user name") : N_("no user name"));
  if (made.has_user && !packet.password) has(N_("no password"));
  if (packet.password && packet.password->empty()) has(N_("an empty password"));
  if (!made.has_user && packet.password) has(N_("a password without a user name"));
  for (const named_property& each : connect_properties) {
    if (packet.properties.find(each.id)) has(each.name);
  }
  return made;
}

std::vector<std::string> publish_traits_of(const publish_packet& packet, std::string_view topic) {
  static constexpr named_property own[] = {
      {property_id::payload_format_indicator, "Payload Format Indicator"},
      {property_id::message_expiry_interval, "Message Expiry Interval"},
      {property_id::topic_alias, "Topic Alias"},
      {property_id::response_topic, "Response Topic"},
      {property_id::correlation_data, "Correlation Data"},
      {property_id::user_property, "User Property"},
      {property_id::subscription_identifier, "Subscription Identifier"},
      {property_id::content_type, "Content Type"},
  };
  std::vector<std::string> has{"QoS " + std::to_string(static_cast<int>(packet.qos))};
  if (packet.retain) has.emplace_back(trait_of_retain);
  if (packet.dup) has.emplace_back(N_("the mark of a repetition (DUP)"));
  if (packet.payload.empty()) has.emplace_back(N_("an empty message"));
  if (topic.starts_with('$')) has.emplace_back(N_("a topic that begins with $"));
  for (const named_property& each : own) {
    if (packet.properties.find(each.id)) has.emplace_back(each.name);
  }
  return has;
}

std::string oddities_of(std::string_view name) {
  std::string list;
  const auto add = [&](const std::string& what) { list += (list.empty() ? "" : ", ") + what; };
  if (name.empty()) return list;
  if (is_blank(name.front())) add(say(N_("a space at the beginning")));
  if (is_blank(name.back())) add(say(N_("a space at the end")));
  const std::string control = control_character_in(name);
  if (!control.empty() && control != "U+0009") add(control);
  if (plain_letters(name) != name) add(say(N_("a character that is unseen or looks like another")));
  const bool is_quoted = name.size() > 1 && name.front() == name.back() &&
                         (name.front() == '"' || name.front() == '\'');
  if (is_quoted) add(say(N_("quotation marks around it")));
  return list;
}

bool look_alike(std::string_view one, std::string_view other) {
  return is_typed(one) && is_typed(other) && as_read(one) == as_read(other);
}

bool accepted_connects::add(const connect_traits& let_in) {
  const auto known_so_far = [&] {
    return std::tuple(usual_.size(), shortest_, longest_, largest_, of_client_.size(),
                      passwords_.size());
  };
  const auto before = known_so_far();
  bool is_new_password = false;
  usual_.insert(let_in.has.begin(), let_in.has.end());
  if (let_in.keep_alive != 0) {
    shortest_ = std::min(shortest_.value_or(let_in.keep_alive), let_in.keep_alive);
    longest_ = std::max(longest_.value_or(let_in.keep_alive), let_in.keep_alive);
  }
  largest_ = std::max(largest_, let_in.size);
  if (of_client_.size() < most_kept || of_client_.contains(let_in.key))
    of_client_[let_in.key] = let_in;
  const bool has_room = passwords_.size() < most_kept || passwords_.contains(let_in.user);
  if (let_in.has_user && has_room) {
    std::set<std::size_t>& known = passwords_[let_in.user];
    if (known.size() < most_kept) is_new_password = known.insert(let_in.password).second;
  }
  return is_new_password || known_so_far() != before;
}

std::string accepted_connects::lacked_by_all(const connect_traits& refused,
                                             std::uint64_t times) const {
  std::vector<std::string> differing;
  for (const std::string& trait : refused.has) {
    if (!usual_.contains(trait)) differing.push_back(trait);
  }
  // "a will of QoS 2" includes "a will", and MQTT 5 its properties.
  if (differing.size() > 1 && differing.front() == has_a_will) differing.erase(differing.begin());
  if (std::find(differing.begin(), differing.end(), speaks_v5) != differing.end())
    std::erase_if(differing, is_property);
  std::vector<std::string> list;
  for (const std::string& trait : differing) list.push_back(say(trait.c_str()));
  const auto own = of_client_.find(refused.key);
  const bool is_known = own != of_client_.end();
  // Any two clients differ by measure: without another difference, or between two CONNECTs of one
  // client, that may be it.
  const auto measured = [&](const char* english, std::size_t value, std::size_t limit) {
    list.push_back(
        say(words(english, {{"size", std::to_string(value)}, {"limit", std::to_string(limit)}})));
  };
  constexpr std::size_t large = 1000, large_for_itself = 256, far = 4;
  const bool is_outlier = largest_ != 0 && refused.size > far * largest_ &&
                          refused.size >= (is_known ? large_for_itself : large);
  if (is_outlier && refused.will_size * 2 > refused.size) {
    measured(N_("a will of {size} bytes (the largest CONNECT that was let in: {limit} bytes)"),
             refused.will_size, largest_);
  } else if (is_outlier) {
    measured(N_("a CONNECT of {size} bytes (the largest that was let in: {limit})"), refused.size,
             largest_);
  }
  constexpr std::uint64_t again = 2;
  if (shortest_ && refused.keep_alive != 0 && (is_known || list.empty()) && times >= again) {
    if (refused.keep_alive < *shortest_)
      measured(N_("a keep alive of {size} s (the shortest that was let in: {limit} s)"),
               refused.keep_alive, *shortest_);
    if (refused.keep_alive > *longest_)
      measured(N_("a keep alive of {size} s (the longest that was let in: {limit} s)"),
               refused.keep_alive, *longest_);
  }
  if (is_known && own->second.has_user && refused.has_user && times >= again) {
    if (own->second.user != refused.user) {
      list.push_back(say(N_("another user name than the same client had when it was let in")));
    } else if (password_of(refused) == password::other) {
      list.push_back(say(N_("another password than the same client had when it was let in")));
    }
  }
  std::string text;
  for (const std::string& each : list) text += (text.empty() ? "" : ", ") + each;
  return text;
}

std::string accepted_connects::user_like(const std::string& user) const {
  return name_like(passwords_, user);
}

std::string accepted_connects::key_like(const std::string& key) const {
  return name_like(of_client_, key);
}

accepted_connects::password accepted_connects::password_of(const connect_traits& refused) const {
  const auto known = passwords_.find(refused.user);
  if (!refused.has_user || known == passwords_.end()) return password::unknown;
  return known->second.contains(refused.password) ? password::same : password::other;
}

}  // namespace mqttkit::doctor
