#include "mqtt-doctor/capture/tcp_event.hpp"

#include <cstdio>
#include <map>
#include <string>

namespace mqttkit::doctor {
namespace {

constexpr double least_wait_s = 2.5;   // for an answer: SYN was repeated by then (RFC 6298 §2.1)
constexpr double least_silence_s = 5;  // an app that wants to speak does so at once

std::string seconds(double time) {
  char text[32];
  (void)std::snprintf(text, sizeof text, "%.1f s", time);
  return text;
}

/// The sentence for the ending; nullptr when nothing is wrong, or too little time passed to tell.
const char* text_of_ending(const stream_fact& story, capture_place place,
                           const stopping_rule* rule) {
  const bool is_client = place == capture_place::client;
  switch (story.ending.value()) {
    case stream_ending::unanswered:
      if (story.waited_s < least_wait_s) return nullptr;
      return is_client ? N_("SYN leaves for {address} port {port} and nothing comes back "
                            "({count} times in {time})")
             : place == capture_place::router && story.came_in
                 ? N_("SYN arrives for {address} port {port} and does not leave this machine "
                      "({count} times in {time})")
             : place == capture_place::router
                 ? N_("SYN passes here for {address} port {port} and nothing comes back ({count} "
                      "times in {time})")
                 : N_("SYN arrives for {address} port {port} and nothing answers ({count} "
                      "times in {time})");
    case stream_ending::refused:
      return N_(
          "SYN for {address} port {port} is answered with RST: nobody listens there, or a "
          "rule rejects it");
    case stream_ending::unreachable:
      if (story.icmp.empty()) return nullptr;
      return N_(
          "SYN for {address} port {port} is answered by {from} with ICMP type {type}, code "
          "{code}");
    case stream_ending::half_open:
      if (story.waited_s < least_wait_s) return nullptr;
      return rule != nullptr && rule->is_passing
                 ? N_("SYN-ACK of {address} port {port} arrives for {client} and does not leave "
                      "this machine")
             : is_client ? N_("SYN-ACK of {address} comes, and this machine does not answer it")
                         : N_("SYN-ACK leaves from {address} port {port}, and {client} does not "
                              "answer it: it is lost on the way back");
    case stream_ending::not_accepted:
      return N_(
          "SYN-ACK of {address} port {port} is sent again although {client} acknowledged it: the "
          "listener's queue is full, its program does not fetch connections");
    case stream_ending::silent:
      if (story.seconds < least_silence_s) return nullptr;
      return N_("connected to {address} port {port}, and neither side says a word");
    case stream_ending::reset_on_the_way:
      return N_(
          "RST in the name of {named} with TTL {ttl}, its other packets have {usual}: "
          "something on the way ends the connection");
    case stream_ending::vanished:
      return N_("what {named} sends is not acknowledged any more");
    case stream_ending::forgotten:
      return N_("after {idle} without a packet the connection was forgotten on the way");
    default:
      return nullptr;
  }
  return nullptr;
}

/// The values for that sentence.
std::map<std::string, std::string> values_of(const stream_fact& story) {
  const stream_side_fact& named = story.by_client ? story.client : story.broker;
  std::map<std::string, std::string> with{{"client", story.client.address},
                                          {"address", story.broker.address},
                                          {"port", std::to_string(story.broker.port)},
                                          {"count", std::to_string(story.attempts)},
                                          {"time", seconds(story.waited_s)},
                                          {"idle", seconds(story.idle_s)},
                                          {"named", named.address},
                                          {"ttl", std::to_string(story.reset_ttl)},
                                          {"usual", std::to_string(named.ttl)}};
  if (story.ending == stream_ending::unreachable && !story.icmp.empty()) {
    const stream_icmp_fact& icmp = story.icmp.front();
    with["from"] = icmp.from;
    with["type"] = std::to_string(icmp.type);
    with["code"] = std::to_string(icmp.code);
  }
  return with;
}

/// Adds the rule of this machine's firewall that stops the connection.
void add_rule(event& made, const stopping_rule& rule, std::map<std::string, std::string> with) {
  made.keep("rule", rule.rule).keep("chain", rule.chain);
  with["rule"] = rule.rule;
  with["chain"] = rule.chain;
  made.say(sentence(rule.chain.empty() ? N_("this machine passes nothing on: {rule}")
                    : rule.is_passing && rule.is_by_policy
                        ? N_("no rule lets port {port} pass, and the policy of {chain} is to drop")
                    : rule.is_by_policy
                        ? N_("no rule lets port {port} in, and the policy of {chain} is to drop")
                    : rule.is_reply ? N_("the rule that stops the answer, in {chain}: {rule}")
                                    : N_("the rule that stops it, in {chain}: {rule}"),
                    with));
  if (!rule.is_passing)
    made.say(sentence(N_("to mend it: sudo mqtt-doctor localhost:{port} --on-broker"), with));
}

}  // namespace

std::string packet_numbers(const std::vector<std::int64_t>& packets) {
  constexpr std::size_t most = 6;
  std::string out;
  for (std::size_t i = 0; i < packets.size() && i < most; ++i)
    out += (i == 0 ? "" : ", ") + std::to_string(packets[i]);
  return packets.size() > most ? out + ", ..." : out;
}

std::optional<event> tcp_event(const stream_fact& story, capture_place place,
                               const stopping_rule* rule) {
  const char* const text = text_of_ending(story, place, rule);
  if (text == nullptr) return std::nullopt;
  const stream_side_fact& named = story.by_client ? story.client : story.broker;
  const std::map<std::string, std::string> with = values_of(story);
  event made(event_kind::tcp);
  made.keep("ending", story.ending.word());
  made.keep("broker", story.broker.address).keep("port", std::int64_t{story.broker.port});
  made.keep("packets", packet_numbers(story.ended_in));
  if (story.attempts != 0) made.keep("attempts", std::int64_t{story.attempts});
  if (story.reset_ttl >= 0) made.keep("reset_ttl", std::int64_t{story.reset_ttl});
  if (named.ttl >= 0) made.keep("ttl", std::int64_t{named.ttl});
  made.say(sentence(text, with));
  if (rule != nullptr) add_rule(made, *rule, with);
  return made;
}

}  // namespace mqttkit::doctor
