// The options of mqtt-pub's messages, checked together.
#include <algorithm>

#include "message/message_template.hpp"
#include "mqtt-pub/options.hpp"

namespace mqttkit::tools {
namespace {

// MQTT-SN 1.2 §6.8.
bool is_sent_by_id(const pub_settings& pub) {
  constexpr std::size_t short_name_bytes = 2;
  const auto& known = pub.sn.predefined;
  return pub.topic.size() == short_name_bytes ||
         std::ranges::any_of(known, [&pub](const auto& each) { return each.name == pub.topic; });
}

}  // namespace

std::string pub_settings_builder::finish_messages() {
  pub_settings& pub = pub_;
  if (pub.has_template && pub.source == message_source::none) pub.source = message_source::made;
  const bool has_lines = pub.source == message_source::lines;
  const bool is_recording = pub.source == message_source::recording;
  if (std::string wrong = finish_outbox(); !wrong.empty()) return wrong;
  // Without a message there is still the outbox to deliver.
  const bool only_delivers =
      !pub.outbox.empty() && pub.source == message_source::none && pub.topic == pub.url_topic;
  if (only_delivers) return {};
  const bool needs_topic = !is_recording && pub.key_separator.empty();
  if (pub.sn.topic_ids.size() > 1) return "--topic-id: a message goes to one topic";
  const bool has_topic_id = !pub.sn.topic_ids.empty();
  if (has_topic_id && (!pub.topic.empty() || !needs_topic))
    return "--topic-id and a topic exclude each other: both say where messages go";
  if (pub.sn.without_connection && !pub.topic.empty() && !is_sent_by_id(pub))
    return "-q -1 needs a topic that needs no registration: --topic-id ID, one of --predefined "
           "ID=TOPIC, or a topic of exactly two bytes";
  if (pub.topic.empty() && needs_topic && !has_topic_id)
    return "no topic to publish to: give -t TOPIC, or put it into the URL";
  if (pub.source == message_source::none)
    return "no message: give -m TEXT, -f FILE, -l (lines of standard input), -s (all of it), -n "
           "(empty), --template TEXT or --from-json FILE";

  if (!has_lines && !pub.key_separator.empty())
    return "--key-sep needs -l: it parts lines into topic and payload";
  if (!has_lines && pub.ends_with_null) return "--null needs -l: it says what ends a line";
  if (pub.form != payload_form::text) {
    if (is_recording) return "--in and --from-json exclude each other: a recording says what it is";
    if (pub.has_template) return "--in and --template exclude each other";
    if (pub.source == message_source::empty) return "--in and -n exclude each other";
  }
  if (pub.has_template) {
    if (!has_lines && pub.source != message_source::made)
      return "--template makes the message; beside it goes -l for {{line}}, but not -m, -f, -s, -n "
             "or --from-json";
    message_template checked;
    if (std::string wrong = checked.parse(pub.payload_template, has_lines); !wrong.empty())
      return "--template: " + wrong;
  }
  if (std::string wrong = finish_pace(); !wrong.empty()) return wrong;
  return finish_topic();
}

// When messages go.
std::string pub_settings_builder::finish_pace() {
  pub_settings& pub = pub_;
  const bool has_lines = pub.source == message_source::lines;
  const bool is_recording = pub.source == message_source::recording;
  if (!is_recording && (replay_ || speed_))
    return std::string(replay_ ? "--replay" : "--speed") + " needs --from-json FILE";
  pub.replay_speed = speed_.value_or(replay_ ? 1 : 0);

  if (pub.every.count() != 0) {
    if (has_lines || is_recording)
      return "--every repeats one message; for lines and recordings there is --rate N";
    if (pub.rate != 0) return "--every and --rate exclude each other: both say when";
    if (pub.repeat_delay.count() != 0)
      return "--every and --repeat-delay exclude each other: both say when";
    if (!repeat_given_) pub.repeat = 0;
  }
  if (pub.rate != 0 && pub.replay_speed != 0)
    return "--rate and --replay exclude each other: both say when";
  if (repeat_given_ && has_lines) note("--repeat has no effect with -l");
  if (repeat_given_ && is_recording) note("--repeat has no effect with --from-json");
  return {};
}

std::string pub_settings_builder::finish_topic() {
  pub_settings& pub = pub_;
  // A topic of --key-sep is appended to -t; that of a recording is replaced by -t.
  if (!pub.key_separator.empty() && !pub.topic.empty()) {
    pub.topic_prefix += pub.topic;
    if (!pub.topic.ends_with('/')) pub.topic_prefix += '/';
    pub.topic.clear();
  } else if (!pub.topic.empty() && !pub.topic_prefix.empty()) {
    pub.topic = pub.topic_prefix + pub.topic;
    if (const std::string bad = topic_problem(pub.topic, false); !bad.empty())
      return "--topic-prefix and -t together: " + bad;
  }
  return {};
}

// The outbox removes a message when it was acknowledged, which never happens at QoS 0.
std::string pub_settings_builder::finish_outbox() {
  pub_settings& pub = pub_;
  if (pub.outbox.empty()) {
    if (pub.outbox_messages != 0 || pub.outbox_bytes != 0)
      return "--outbox-limit needs --outbox DIR";
    return {};
  }
  if (pub.request) return "--request waits for a reply: --outbox does not go with it";
  if (pub.client.first_connect_limit.count() != 0)
    return "--wait-broker does not go with --outbox: what is in the outbox waits there";
  if (pub.has_qos && pub.qos == qos_t::at_most_once)
    return "--outbox needs -q 1 or -q 2: at QoS 0 no broker says that it has a message";
  if (!pub.has_qos && pub.source != message_source::recording) pub.qos = qos_t::at_least_once;
  return {};
}

// Called after finish_version(): a request means MQTT 5 unless -V says otherwise.
std::string pub_settings_builder::finish_request() {
  if (!pub_.request) {
    if (!reply_option_.empty())
      note(std::string(reply_option_) + " has no effect without --request or -e");
    return {};
  }
  if (pub_.source == message_source::lines || pub_.source == message_source::recording ||
      pub_.source == message_source::made)
    return "--request sends one message: -l, --from-json and --template do not go with it";
  if (repeat_given_ || pub_.every.count() != 0)
    return "--request sends one message: --repeat and --every do not go with it";
  const bool is_v5 = session_.version == protocol_version::v5;
  if (pub_.response_topic.empty() && !is_v5)
    return "--request needs -e TOPIC before MQTT 5, where a request cannot carry a topic for "
           "replies";
  if (const auto given = pub_.publish_properties.view().text(property_id::response_topic)) {
    if (!pub_.response_topic.empty() && *given != pub_.response_topic)
      return "-e and -D publish response-topic name two topics; leave one out";
    pub_.response_topic = *given;
  }
  return {};
}

std::string pub_settings_builder::finish_own() {
  if (std::string wrong = finish_messages(); !wrong.empty()) return wrong;
  if (!properties_.subscribe.empty())
    note("-D subscribe has no effect: mqtt-pub does not subscribe");
  if (!properties_.unsubscribe.empty())
    note("-D unsubscribe has no effect: mqtt-pub does not subscribe");
  pub_.publish_properties = std::move(properties_.publish);
  pub_.disconnect_properties = std::move(properties_.disconnect);
  pub_.topic_alias = static_cast<std::uint16_t>(
      pub_.publish_properties.view().number(property_id::topic_alias).value_or(0));
  if (on_refused_given_) {
    const bool is_promised = pub_.qos != qos_t::at_most_once || !pub_.outbox.empty() ||
                             (pub_.source == message_source::recording && !pub_.has_qos);
    if (session_.version != protocol_version::v5)
      note("--on-refused: before MQTT 5 a broker cannot say that it refuses a message");
    else if (!is_promised)
      note("--on-refused: at QoS 0 a broker says nothing of a message; use -q 1 or -q 2");
  }
  return finish_request();
}

bool pub_settings_builder::wants_v5() const {
  // Recordings have properties and requests a topic for their reply, which only MQTT 5 carries, and
  // only there a broker can refuse a message.
  return pub_.request || on_refused_given_ || pub_.source == message_source::recording;
}

bool pub_settings_builder::has_topic() const {
  return !pub_.topic.empty() || !pub_.key_separator.empty() || !pub_.sn.topic_ids.empty() ||
         pub_.source == message_source::recording ||
         (!pub_.outbox.empty() && pub_.source == message_source::none);
}

bool pub_settings_builder::reads_standard_input() const {
  switch (pub_.source) {
    case message_source::lines:
    case message_source::whole_input:
      return true;
    case message_source::recording:
      return pub_.recording == "-" || pub_.recording == "/dev/stdin";
    case message_source::file:
      return pub_.file == "/dev/stdin";
    default:
      return false;
  }
}

}  // namespace mqttkit::tools
