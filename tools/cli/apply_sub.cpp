// The options of mqtt-sub's subscriptions and output.
#include <limits>

#include "cli/command_words.hpp"
#include "cli/interpreter.hpp"
#include "cli/values.hpp"
#include "message/condition.hpp"
#include "message/format_syntax.hpp"

namespace mqttkit::tools {
namespace {

using namespace std::chrono_literals;

constexpr auto minimum_summary = 100ms;  // more often nobody can read it

constexpr unsigned most_jobs = 1000;  // more is a slip, and a burden to any machine

}  // namespace

std::string interpreter::apply_exec(const argument& given) {
  if (!sub_->exec.empty())
    return "--exec, --exec-shell, --reply-exec and --reply-exec-shell: one can be given, once";
  const option_id id = given.row->id;
  sub_->replies = id == option_id::reply_exec || id == option_id::reply_exec_shell;
  if (id == option_id::exec_shell || id == option_id::reply_exec_shell) {
    if (given.value().empty()) return value_problem(given, "empty");
    sub_->exec = {"/bin/sh", "-c", std::string(given.value())};
    return {};
  }
  if (const std::string wrong = split_command(given.value(), sub_->exec); !wrong.empty())
    return std::string(given.spelled) + " " + quoted(given.value()) + ": " + wrong;
  return {};
}

// "qos=1,no-local,topic=a/b": the filter comes last, so that it may hold what parts the others.
std::string interpreter::apply_own_subscription(const argument& given) {
  constexpr std::string_view topic_is = "topic=";
  own_subscription own;
  std::string_view rest = given.value();
  while (!rest.starts_with(topic_is)) {
    const std::size_t comma = rest.find(',');
    if (comma == std::string_view::npos)
      return value_problem(given, "topic=FILTER is missing at the end");
    const std::string_view word = rest.substr(0, comma);
    rest.remove_prefix(comma + 1);
    if (word == "qos=0" || word == "qos=1" || word == "qos=2") {
      own.qos = static_cast<qos_t>(word.back() - '0');
      continue;
    }
    retain_handling retained = retain_handling::send;
    constexpr std::string_view handling_is = "retain-handling=";
    if (word == "no-local") {
      own.no_local = true;
    } else if (word == "retain-as-published") {
      own.retain_as_published = true;
    } else if (word.starts_with(handling_is) &&
               read_retain_handling(word.substr(handling_is.size()), retained)) {
      own.retained = retained;
    } else {
      return value_problem(given, quoted(word) +
                                      " is no option; they are qos=0|1|2, no-local, "
                                      "retain-as-published, retain-handling=send|new|never");
    }
    needs_v5(given);
  }
  const std::string_view filter = rest.substr(topic_is.size());
  if (const std::string bad = topic_problem(filter, true); !bad.empty())
    return std::string(given.spelled) + " " + quoted(filter) + ": " + bad;
  own.topic = sub_->topics.size();
  sub_->topics.emplace_back(filter);
  sub_->own.push_back(own);
  return {};
}

std::string interpreter::apply_subscription(const argument& given) {
  const std::string_view value = given.value();
  switch (given.row->id) {
    // ---- subscription
    case option_id::filter:
      return apply_filter(given, sub_->topics);
    case option_id::filter_out:
      return apply_filter(given, sub_->filtered_out);
    case option_id::unsubscribe:
      return apply_filter(given, sub_->unsubscribe);
    case option_id::sub_qos:
      return apply_qos(given, sub_->qos);
    case option_id::own_subscription:
      return apply_own_subscription(given);
    case option_id::count:
      if (!read_count<std::uint64_t>(value, 1, std::numeric_limits<std::uint64_t>::max(),
                                     sub_->count))
        return value_problem(given, "the count must be 1 or more");
      return {};
    case option_id::timeout:
      return apply_timeout(given, sub_->timeout);
    case option_id::idle:
      if (!read_duration(value, sub_->idle) || sub_->idle.count() == 0)
        return value_problem(given, "a duration is a number and ms, s, m or h, and more than 0");
      return {};
    case option_id::retained:
      if (value == "only") {
        sub_->retained_messages = retained_wanted::only;
      } else if (value == "skip") {
        sub_->retained_messages = retained_wanted::skip;
      } else if (value == "all") {
        sub_->retained_messages = retained_wanted::all;
      } else {
        return value_problem(given, "it is only, skip or all");
      }
      return {};
    case option_id::no_stale:
      sub_->no_stale = true;
      return {};
    case option_id::exit_after_subscribe:
      sub_->exit_after_subscribe = true;
      return {};
    case option_id::retained_only:
      sub_->retained_only = true;
      return {};
    case option_id::remove_retained:
      sub_->remove_retained = true;
      return {};
    case option_id::clean_retained:
      sub_->clean_retained = true;
      return apply_filter(given, clean_filters_);
    case option_id::dry_run:
      sub_->dry_run = true;
      return {};
    case option_id::yes:
      sub_->yes = true;
      return {};
    case option_id::retain_as_published:
      needs_v5(given);
      sub_->retain_as_published = true;
      return {};
    case option_id::retain_handling:
      needs_v5(given);
      return apply_retain_handling(given, sub_->retained);
    case option_id::no_local:
      needs_v5(given);
      sub_->no_local = true;
      return {};
    case option_id::changed:
      sub_->changed_only = true;
      return {};
    case option_id::where: {
      condition checked;
      if (const std::string wrong = checked.parse(value); !wrong.empty())
        return std::string(given.spelled) + " " + quoted(value) + ": " + wrong;
      sub_->where = value;
      return {};
    }
    case option_id::sample:
      if (!read_number<std::uint64_t>(value, 1, std::numeric_limits<std::uint64_t>::max(),
                                      sub_->sample))
        return value_problem(given, "one of how many: 1 or more");
      return {};
    case option_id::random_filter:
      if (!read_number<double>(without_lead(value), 0.1, 100.0, sub_->random_filter_percent))
        return value_problem(given, "the share is 0.1 to 100 percent");
      return {};

    // ---- output
    case option_id::verbose:
      sub_->verbose = true;
      return {};
    case option_id::format: {
      std::vector<format_piece> pieces;
      if (const std::string bad = parse_format(value, pieces); !bad.empty())
        return std::string(given.spelled) + " " + quoted(value) + ": " + bad;
      sub_->format = value;
      sub_->format_given = true;
      return {};
    }
    case option_id::no_newline:
      sub_->no_newline = true;
      return {};
    case option_id::pretty:
      sub_->pretty = true;
      return {};

    case option_id::json:
      sub_->json = true;
      return {};
    case option_id::parse:
      sub_->parse = true;
      return {};
    case option_id::decode:
      if (value != "sparkplug") return value_problem(given, "it is sparkplug");
      sub_->decodes_sparkplug = true;
      return {};
    case option_id::json_schema:
      sub_->json_schema = true;
      return {};
    case option_id::raw:
      sub_->raw = true;
      return {};
    case option_id::colour:
      if (value == "auto") {
        sub_->colour = colour_when::automatic;
      } else if (value == "always") {
        sub_->colour = colour_when::always;
      } else if (value == "never") {
        sub_->colour = colour_when::never;
      } else {
        return value_problem(given, "it is auto, always or never");
      }
      return {};

    case option_id::summary:
      sub_->summary = true;
      return {};
    case option_id::summary_every:
      if (!read_duration(value, sub_->summary_every) || sub_->summary_every < minimum_summary)
        return value_problem(given, "a duration is a number and ms, s, m or h, and 100ms or more");
      sub_->summary = true;
      return {};
    case option_id::tree:
      sub_->tree = true;
      return {};
    case option_id::watch:
      sub_->watch = true;
      return {};
    case option_id::message_rate:
      sub_->message_rate = true;
      return {};
    case option_id::events:
      if (value != "words" && value != "json") return value_problem(given, "it is words or json");
      sub_->events = value == "json" ? event_form::json : event_form::words;
      return {};

    case option_id::out:
      return apply_text(given, sub_->out);
    case option_id::per_topic:
      sub_->per_topic = true;
      return {};
    case option_id::rotate_size:
      if (!read_size(value, sub_->rotate_bytes) || sub_->rotate_bytes == 0)
        return value_problem(given, "a size is a number of bytes, or one with k, M or G");
      return {};
    case option_id::rotate_every:
      if (!read_duration(value, sub_->rotate_every) || sub_->rotate_every < 1s)
        return value_problem(given, "a duration is a number and s, m or h, and 1s or more");
      return {};
    case option_id::exec:
    case option_id::exec_shell:
    case option_id::reply_exec:
    case option_id::reply_exec_shell:
      return apply_exec(given);
    case option_id::reply_topic:
      return apply_topic_name(given, sub_->response_topic);
    case option_id::exec_timeout:
      if (!read_duration(value, sub_->exec_timeout) || sub_->exec_timeout.count() == 0)
        return value_problem(given, "a duration is a number and ms, s, m or h, and more than 0");
      return {};
    case option_id::exec_jobs:
      if (!read_number<unsigned>(value, 1, most_jobs, sub_->exec_jobs))
        return value_problem(given, "1 to " + std::to_string(most_jobs));
      return {};
    case option_id::on_exec_failure:
      if (value != "stop" && value != "continue")
        return value_problem(given, "it is stop or continue");
      sub_->stops_at_exec_failure = value == "stop";
      return {};

    default:
      return std::string(given.spelled) + ": nobody applies this option";
  }
}

}  // namespace mqttkit::tools
