#include "mqtt-sub/options.hpp"

#include <iterator>
#include <limits>

#include "common/command_words.hpp"
#include "message/condition.hpp"
#include "message/format_syntax.hpp"

namespace mqttkit::tools {

std::string sub_settings_builder::apply_exec(const argument& given) {
  if (!sub_.exec.empty())
    return "--exec, --exec-shell, --reply-exec and --reply-exec-shell: one can be given, once";
  const option_id id = given.row->id;
  sub_.replies = id == option_id::reply_exec || id == option_id::reply_exec_shell;
  if (id == option_id::exec_shell || id == option_id::reply_exec_shell) {
    if (given.value().empty()) return value_problem(given, "empty");
    sub_.exec = {"/bin/sh", "-c", std::string(given.value())};
    return {};
  }
  if (const std::string wrong = split_command(given.value(), sub_.exec); !wrong.empty())
    return std::string(given.spelled) + " " + quoted(given.value()) + ": " + wrong;
  return {};
}

// "qos=1,no-local,topic=a/b": the filter comes last, so that it may hold what parts the others.
std::string sub_settings_builder::apply_own_subscription(const argument& given) {
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
  own.topic = sub_.topics.size();
  sub_.topics.emplace_back(filter);
  sub_.own.push_back(own);
  return {};
}

std::string sub_settings_builder::apply_clean_retained(const argument& given) {
  sub_.clean_retained = true;
  return apply_filter(given, clean_filters_);
}

std::string sub_settings_builder::apply_where(const argument& given) {
  condition checked;
  if (const std::string wrong = checked.parse(given.value()); !wrong.empty())
    return std::string(given.spelled) + " " + quoted(given.value()) + ": " + wrong;
  sub_.where = given.value();
  return {};
}

std::string sub_settings_builder::apply_format(const argument& given) {
  std::vector<format_piece> pieces;
  if (const std::string bad = parse_format(given.value(), pieces); !bad.empty())
    return std::string(given.spelled) + " " + quoted(given.value()) + ": " + bad;
  sub_.format = given.value();
  sub_.format_given = true;
  return {};
}

std::string sub_settings_builder::apply_summary_every(const argument& given) {
  using namespace std::chrono_literals;
  constexpr auto minimum = 100ms;  // faster than anybody reads
  if (!read_duration(given.value(), sub_.summary_every) || sub_.summary_every < minimum)
    return value_problem(given, "a duration is a number and ms, s, m or h, and 100ms or more");
  sub_.summary = true;
  return {};
}

namespace {

constexpr choice_word<retained_wanted> retained_words[] = {{"only", retained_wanted::only},
                                                           {"skip", retained_wanted::skip},
                                                           {"all", retained_wanted::all}};
constexpr choice_word<bool> decoders[] = {{"sparkplug", true}};
constexpr choice_word<bool> at_failure[] = {{"stop", true}, {"continue", false}};

constexpr double unlimited = std::numeric_limits<double>::infinity();
constexpr double microsecond = 1e-6;
constexpr unsigned most_jobs = 1000;  // a larger number is a slip
constexpr std::string_view any_duration =
    "a duration is a number and ms, s, m or h, and more than 0";

}  // namespace

constexpr setter_row sub_settings_builder::setters[] = {
    // ---- subscription
    {option_id::filter, filter<&sub_settings::topics>()},
    {option_id::filter_out, filter<&sub_settings::filtered_out>()},
    {option_id::unsubscribe, filter<&sub_settings::unsubscribe>()},
    {option_id::sub_qos, qos<&sub_settings::qos>()},
    {option_id::own_subscription, call<&sub_settings_builder::apply_own_subscription>()},
    {option_id::count, count<&sub_settings::count>(1, unlimited, "the count must be 1 or more")},
    {option_id::timeout, seconds<&sub_settings::timeout>()},
    {option_id::idle, duration<&sub_settings::idle>(microsecond, unlimited, any_duration)},
    {option_id::retained,
     choice<retained_words, &sub_settings::retained_messages>("it is only, skip or all")},
    {option_id::no_stale, on<&sub_settings::no_stale>()},
    {option_id::exit_after_subscribe, on<&sub_settings::exit_after_subscribe>()},
    {option_id::retained_only, on<&sub_settings::retained_only>()},
    {option_id::remove_retained, on<&sub_settings::remove_retained>()},
    {option_id::clean_retained, call<&sub_settings_builder::apply_clean_retained>()},
    {option_id::dry_run, on<&sub_settings::dry_run>()},
    {option_id::yes, on<&sub_settings::yes>()},
    {option_id::retain_as_published, v5(on<&sub_settings::retain_as_published>())},
    {option_id::retain_handling, v5(retained_when<&sub_settings::retained>())},
    {option_id::no_local, v5(on<&sub_settings::no_local>())},
    {option_id::changed, on<&sub_settings::changed_only>()},
    {option_id::where, call<&sub_settings_builder::apply_where>()},
    {option_id::sample, number<&sub_settings::sample>(1, unlimited, "one of how many: 1 or more")},
    {option_id::random_filter,
     count<&sub_settings::random_filter_percent>(0.1, 100, "the share is 0.1 to 100 percent")},
    // ---- output
    {option_id::verbose, on<&sub_settings::verbose>()},
    {option_id::format, call<&sub_settings_builder::apply_format>()},
    {option_id::no_newline, on<&sub_settings::no_newline>()},
    {option_id::pretty, on<&sub_settings::pretty>()},
    {option_id::json, on<&sub_settings::json>()},
    {option_id::parse, on<&sub_settings::parse>()},
    {option_id::decode, choice<decoders, &sub_settings::decodes_sparkplug>("it is sparkplug")},
    {option_id::json_schema, on<&sub_settings::json_schema>()},
    {option_id::raw, on<&sub_settings::raw>()},
    {option_id::colour, choice<colour_words, &sub_settings::colour>("it is auto, always or never")},
    {option_id::summary, on<&sub_settings::summary>()},
    {option_id::summary_every, call<&sub_settings_builder::apply_summary_every>()},
    {option_id::tree, on<&sub_settings::tree>()},
    {option_id::watch, on<&sub_settings::watch>()},
    {option_id::message_rate, on<&sub_settings::message_rate>()},
    {option_id::out, text<&sub_settings::out>()},
    {option_id::per_topic, on<&sub_settings::per_topic>()},
    {option_id::rotate_size, size<&sub_settings::rotate_bytes>(
                                 unlimited, "a size is a number of bytes, or one with k, M or G")},
    {option_id::rotate_every,
     duration<&sub_settings::rotate_every>(1, unlimited,
                                           "a duration is a number and s, m or h, and 1s or more")},
    {option_id::exec, call<&sub_settings_builder::apply_exec>()},
    {option_id::exec_shell, call<&sub_settings_builder::apply_exec>()},
    {option_id::reply_exec, call<&sub_settings_builder::apply_exec>()},
    {option_id::reply_exec_shell, call<&sub_settings_builder::apply_exec>()},
    {option_id::reply_topic, topic_name<&sub_settings::response_topic>()},
    {option_id::exec_timeout,
     duration<&sub_settings::exec_timeout>(microsecond, unlimited, any_duration)},
    {option_id::exec_jobs, number<&sub_settings::exec_jobs>(1, most_jobs, "1 to 1000")},
    {option_id::on_exec_failure,
     choice<at_failure, &sub_settings::stops_at_exec_failure>("it is stop or continue")},
};
const std::size_t sub_settings_builder::setter_count = std::size(setters);

sub_settings_builder::sub_settings_builder(sub_settings& out)
    : settings_builder(program::sub, out, {setters, setter_count}), sub_(out) {}

parse_result parse(int argc, char** argv, sub_settings& out,
                   const process_environment& environment) {
  sub_settings_builder line(out);
  return parse(argc, argv, line, environment);
}

parse_outcome parse_command_line(int argc, char** argv, sub_settings& out) {
  sub_settings_builder line(out);
  return parse_and_print(argc, argv, line);
}

}  // namespace mqttkit::tools
