// The options of mqtt-sub, checked together.
#include <unistd.h>

#include <algorithm>

#include "mqtt-sub/options.hpp"
#include "mqttkit/codec/property.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::tools {

using namespace std::chrono_literals;

std::string sub_settings_builder::finish_retained() {
  if (sub_.retained_messages == retained_wanted::skip) sub_.no_stale = true;
  const bool wants_only = sub_.retained_messages == retained_wanted::only;
  if (sub_.no_stale && (sub_.retained_only || wants_only))
    return std::string("-R and ") + (wants_only ? "--retained only" : "--retained-only") +
           " exclude each other: nothing would be printed";
  if (wants_only && sub_.retained == retain_handling::do_not_send)
    return "--retained only and --retain-handling never exclude each other: nothing would be "
           "printed";
  // --retain-as-published makes a new message that is to be retained look like an old one.
  if (wants_only && sub_.retain_as_published)
    return "--retained only and --retain-as-published exclude each other: new messages could not "
           "be told from retained ones";
  return {};
}

std::string sub_settings_builder::finish_output() {
  if (sub_.out.empty()) {
    if (sub_.per_topic) return "--per-topic needs --out DIRECTORY";
    if (sub_.rotate_bytes != 0) return "--rotate-size needs --out";
    if (sub_.rotate_every.count() != 0) return "--rotate-every needs --out";
  }
  if (sub_.message_rate) sub_.watch = false;  // as in mosquitto_sub
  if (sub_.watch || sub_.message_rate) {
    const char* const other = !sub_.out.empty()    ? "--out"
                              : !sub_.exec.empty() ? "--exec"
                              : sub_.summary       ? "--summary"
                              : sub_.tree          ? "--tree"
                              : sub_.raw           ? "--raw"
                                                   : nullptr;
    if (other != nullptr)
      return std::string(sub_.watch ? "--watch" : "--message-rate") + " and " + other +
             " exclude each other: both say what becomes of the messages";
  }
  if (sub_.exec.empty()) {
    if (sub_.exec_jobs != 1) return "--exec-jobs needs --exec COMMAND";
    if (sub_.exec_timeout.count() != 0) return "--exec-timeout needs --exec COMMAND";
    if (sub_.stops_at_exec_failure) return "--on-exec-failure needs --exec COMMAND";
  } else if (!sub_.out.empty()) {
    return "--exec and --out exclude each other: both say where messages go";
  }
  return finish_replies();
}

// Called after finish_version(), as finish_request() is.
std::string sub_settings_builder::finish_replies() {
  if (!sub_.replies) return sub_.response_topic.empty() ? "" : "-e needs --reply-exec COMMAND";
  const bool is_v5 = session_.version == protocol_version::v5;
  if (sub_.response_topic.empty() && !is_v5)
    return "--reply-exec needs -e TOPIC before MQTT 5, where a request cannot say where its reply "
           "goes";
  for (const std::string& filter : sub_.topics) {
    std::string_view what = filter;
    if (what.starts_with("$share/")) what.remove_prefix(what.find('/', 7) + 1);
    if (!sub_.response_topic.empty() && topic_matches(what, sub_.response_topic))
      return "-e " + quoted(sub_.response_topic) + " and -t " + quoted(filter) +
             " exclude each other: replies would be taken for requests, without end";
  }
  const properties_view with = properties_.publish;
  for (const property_id id :
       {property_id::correlation_data, property_id::topic_alias, property_id::response_topic})
    if (with.find(id))
      return "-D publish " + std::string(find_property_rule(static_cast<std::uint32_t>(id))->name) +
             " and --reply-exec exclude each other: it is the request that says it";
  // The limit is there by default: a command that hangs would keep the requester and all later
  // requests waiting.
  if (sub_.exec_timeout.count() == 0) sub_.exec_timeout = 1min;
  sub_.publish_properties = std::move(properties_.publish);
  properties_.publish = properties();
  return {};
}

std::string sub_settings_builder::finish_clean() {
  if (!sub_.clean_retained) {
    if (sub_.dry_run) return "--dry-run needs --clean-retained FILTER";
    if (sub_.yes) return "--yes needs --clean-retained FILTER";
    return {};
  }
  if (!sub_.topics.empty())
    return "--clean-retained and -t " + quoted(sub_.topics[0]) +
           " exclude each other: say what to remove with --clean-retained alone";
  if (sub_.json || sub_.format_given || sub_.verbose || sub_.raw || sub_.summary || sub_.tree ||
      sub_.watch || sub_.message_rate || !sub_.out.empty() || !sub_.exec.empty())
    return "--clean-retained prints topics and nothing else; leave -v, -F, --json, --raw, "
           "--summary, --tree, --watch, --message-rate, --out and --exec out";
  if (sub_.no_stale || sub_.retained_only || sub_.remove_retained ||
      sub_.retained_messages == retained_wanted::skip)
    return "--clean-retained already says which messages; leave -R, --retained, --retained-only "
           "and --remove-retained out";
  if (!sub_.yes && !sub_.dry_run && !is_terminal(STDIN_FILENO))
    return "--clean-retained asks first, and standard input is no terminal: give --yes, or "
           "--dry-run to see what there is";
  sub_.topics = std::move(clean_filters_);
  sub_.retained_messages = retained_wanted::only;
  // At QoS 0 a broker may leave out what it cannot send at once.
  sub_.qos = std::max(sub_.qos, qos_t::at_least_once);
  return {};
}

std::string sub_settings_builder::finish_own() {
  if (sub_.json_schema) return {};
  if (std::string wrong = finish_clean(); !wrong.empty()) return wrong;
  if (sub_.json && sub_.format_given)
    return "--json and -F exclude each other: both say what is printed";
  if (sub_.json && (sub_.verbose || sub_.no_newline || sub_.pretty))
    note("-v, -N and --pretty have no effect with --json");
  if (sub_.decodes_sparkplug && !sub_.json)
    return "--decode needs --json, which has the raw payload beside what was decoded";
  if (sub_.parse && !sub_.json) note("--parse has no effect without --json");
  if (sub_.raw && (sub_.json || sub_.format_given || sub_.verbose))
    return std::string("--raw and ") +
           (sub_.json           ? "--json"
            : sub_.format_given ? "-F"
                                : "-v") +
           " exclude each other: both say what is printed";
  if (std::string wrong = finish_output(); !wrong.empty()) return wrong;
  if (common_.events == event_form::words && common_.quiet)
    return "--quiet and --events words exclude each other; --events json is told all the same";
  if (sub_.topics.empty() && sub_.sn.topic_ids.empty())  // -U alone as well, as mosquitto_sub
    return "no topic to subscribe to: give -t FILTER, or put it into the URL";
  if (std::string wrong = finish_retained(); !wrong.empty()) return wrong;
  const auto is_shared = [](const std::string& topic) { return topic.starts_with("$share/"); };
  const auto forbidden = [](std::string_view option, const std::string& topic) {
    return std::string(option) + " and " + quoted(topic) +
           " exclude each other: MQTT forbids it for shared subscriptions";
  };
  if (sub_.no_local)
    for (const std::string& topic : sub_.topics)
      if (is_shared(topic)) return forbidden("--no-local", topic);
  for (const own_subscription& own : sub_.own)
    if (own.no_local && is_shared(sub_.topics[own.topic]))
      return forbidden("no-local", sub_.topics[own.topic]);
  if (!properties_.publish.empty()) note("-D publish has no effect: mqtt-sub does not publish");
  // As mosquitto_sub: what is not to be printed need not be sent.
  if (sub_.no_stale && !sub_.remove_retained && session_.version == protocol_version::v5 &&
      sub_.retained == retain_handling::send)
    sub_.retained = retain_handling::do_not_send;
  sub_.subscribe_properties = std::move(properties_.subscribe);
  sub_.unsubscribe_properties = std::move(properties_.unsubscribe);
  sub_.disconnect_properties = std::move(properties_.disconnect);
  return {};
}

bool sub_settings_builder::has_topic() const {
  return !sub_.topics.empty() || sub_.clean_retained || !sub_.sn.topic_ids.empty();
}

}  // namespace mqttkit::tools
