#include "mqtt-doctor/listen/message_rounds.hpp"

#include <algorithm>

namespace mqttkit::doctor {
namespace {

// A device that repeats a message by its own clock is slower, or stops soon.
constexpr std::uint64_t many = 40;
constexpr std::uint64_t flood = 5 * many;  // of one payload, there and back
constexpr std::chrono::seconds soon{4};
constexpr std::chrono::milliseconds at_any_pace{800};
constexpr std::size_t most_topics = 64;

}  // namespace

std::optional<message_rounds::loop> message_rounds::passed(
    const passage& message, const std::function<std::uint64_t()>& echoes) {
  if (const auto among = passed_among(message)) return among;
  going_round* const found = round_of(message.topic, message.now);
  if (found == nullptr) return std::nullopt;
  going_round& round = *found;
  if (message.from == side::broker) {
    came_back(round, message);
    return std::nullopt;
  }
  went_out(round, message, echoes);
  // Copies of one message multiply in a loop of several ways.
  const bool is_flood = !message.is_known && std::min(round.given, round.published) >= flood;
  const bool is_loop = is_flood || round.times >= many ||
                       (round.by_turns >= many && message.now - round.first <= at_any_pace);
  if (!is_loop) return std::nullopt;
  const loop made{std::max({round.times, round.by_turns, is_flood ? round.published : 0}),
                  round.first};
  round.times = round.by_turns = round.given = round.published = 0;
  return made;
}

/// Two addresses or more that answer each other's copies.
std::optional<message_rounds::loop> message_rounds::passed_among(const passage& message) {
  constexpr std::size_t most_addresses = 8;
  // Two that publish the same by their own clocks are slower.
  constexpr std::chrono::milliseconds at_once{1500};
  if (among_.size() == most_topics && !among_.contains(message.topic)) among_.clear();
  exchanged& of = among_[message.topic];
  if (of.payload != message.payload || message.now - of.first > at_once) {
    of = {};
    of.payload = message.payload;
    of.first = message.now;
  }
  const auto at = of.by.find(message.address);
  if (message.from == side::broker) {
    if (at != of.by.end() || of.by.size() < most_addresses) of.by[message.address].has_copy = true;
    return std::nullopt;
  }
  if (at == of.by.end() || !at->second.has_copy) {  // published unasked: no answer
    of = {};
    return std::nullopt;
  }
  ++at->second.times;
  at->second.has_copy = false;
  const auto is_in_it = [](const auto& each) { return each.second.times >= many / 2; };
  if (++of.times < 2 * many || std::count_if(of.by.begin(), of.by.end(), is_in_it) < 2)
    return std::nullopt;
  const loop made{of.times, of.first};
  of = {};
  return made;
}

std::optional<message_rounds::handing> message_rounds::handed(const passage& message,
                                                              const std::string& who) {
  constexpr std::size_t most_ways = 8;
  if (message.from == side::broker) {
    // Who is sent a copy may have its own reasons; that is looked at otherwise.
    const auto at = handed_.find(message.topic);
    if (at != handed_.end() && at->second.again_by == who) at->second.forget_again();
    return std::nullopt;
  }
  if (handed_.size() == most_topics && !handed_.contains(message.topic)) handed_.clear();
  handed_on& of = handed_[message.topic];
  if (of.payload != message.payload || message.now - of.first > soon) {
    of = {};
    of.payload = message.payload;
    of.first = message.now;
    of.who = who;
  }
  const std::string way = message.address + ' ' + message.broker;
  if (of.ways.size() < most_ways || of.ways.contains(way)) ++of.ways[way];
  if (who == of.who || (!of.again_by.empty() && of.again_by != who)) {
    of.forget_again();
  } else {
    of.again_by = who;
    ++of.again;
  }
  if (of.is_mutual_told) return std::nullopt;
  const auto back = of.ways.find(message.broker + ' ' + message.address);
  const bool is_mutual = !message.broker.empty() && message.broker != message.address &&
                         back != of.ways.end() && std::min(back->second, of.ways[way]) >= many / 2;
  if (!is_mutual && (of.again < many || of.is_told)) return std::nullopt;
  (is_mutual ? of.is_mutual_told : of.is_told) = true;
  return handing{is_mutual ? of.ways[way] : of.again, of.first, is_mutual ? message.broker : of.who,
                 is_mutual};
}

void message_rounds::forget(const std::string& address) {
  for (auto& [topic, round] : rounds_) {
    if (round.address == address)
      round.there = round.echoes = round.since = round.times = round.by_turns = 0;
  }
}

/// The round of this topic, created when it is new; nullptr when the table is full of recent ones.
message_rounds::going_round* message_rounds::round_of(const std::string& topic, moment now) {
  const auto known = rounds_.find(topic);
  if (known != rounds_.end()) return &known->second;
  if (rounds_.size() == most_topics)
    std::erase_if(rounds_, [&](const auto& each) { return now - each.second.first > soon; });
  return rounds_.size() == most_topics ? nullptr : &rounds_[topic];
}

/// The broker sends the message to the address.
void message_rounds::came_back(going_round& round, const passage& message) {
  const bool is_same_payload = round.payload == message.payload;
  const bool is_same = round.address == message.address && is_same_payload;
  // Other subscribers get copies as well: those do not end the round at this address.
  if (round.address != message.address && is_same_payload && round.times != 0) return;
  if (!is_same || (message.now - round.first > soon && round.times >= many)) {
    round = {};
    round.address = message.address;
    round.payload = message.payload;
    round.first = message.now;
  }
  ++round.since;
  ++round.given;
  if (round.echoes != 0) {
    --round.echoes;
  } else {
    ++round.there;
  }
}

/// The address publishes the message.
void message_rounds::went_out(going_round& round, const passage& message,
                              const std::function<std::uint64_t()>& echoes) {
  if (round.address != message.address || round.payload != message.payload) {
    round = {};
    round.address = message.address;
    round.payload = message.payload;
    round.first = message.now;
  }
  if (message.now - round.first > soon) {
    round.times = round.by_turns = round.given = round.published = 0;
    round.first = message.now;
  }
  // A loop leaves no copy unanswered; an address may publish the same for other reasons.
  constexpr std::uint64_t most_left = 4, most_between = 2;
  round.by_turns = round.since != 0 && round.since <= most_between ? round.by_turns + 1 : 0;
  round.since = 0;
  ++round.published;
  if (round.there != 0) {
    round.times = round.there <= most_left ? round.times + 1 : 0;
    --round.there;
  } else {  // published unasked: the clients of this address may get it as an echo
    round.times = 0;
    round.echoes += echoes();
  }
}

}  // namespace mqttkit::doctor
