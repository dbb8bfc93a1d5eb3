#include "mqtt-doctor/listen/sensor_tracker.hpp"

#include <algorithm>
#include <vector>

#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/listen/datagram_event.hpp"
#include "mqtt-doctor/listen/remark_event.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_first_bytes = 16;

/// The most likely fault; nothing when all is well.
std::optional<finding> fault_of(const sensor_story& of, moment now) {
  if (!of.is_judged(now)) return {};
  diagnosis made = diagnose(of.known(now));
  if (made.causes.empty()) return {};
  return std::move(made.causes.front());
}

remark remark_of(const finding& fault, const sensor_story& of, std::uint64_t number) {
  remark made;
  made.id = fault.id;
  made.heavy = weight::cause;
  made.sentences.push_back(fault.cause);
  for (const cure& remedy : fault.cures) {
    if (remedy.what.empty() || !remedy.command.empty()) continue;
    made.sentences.push_back(remedy.what);
    break;
  }
  made.connection = number;
  made.client = of.gateway().client_id;
  return made;
}

}  // namespace

void sensor_tracker::say(const event& what, std::uint64_t number, const sensor_story& of,
                         const instant& now) {
  event_place where;
  where.when = now.shown;
  where.packet = now.packet;
  where.connection = number;
  where.client = of.ends().client;
  tell_(what, where);
}

bool sensor_tracker::opened(std::uint64_t number, const sensor_ends& ends, const instant& now) {
  if (sensors_.size() >= most_sensors) {
    if (when_full_ == room::keeps_first) {
      ++left_out_;
      return false;
    }
    make_room(now);
  }
  const auto [at, is_new] = sensors_.try_emplace(number, ends, now.at);
  if (!is_new) return true;
  event made(event_kind::connected);
  made.keep(protocol_field, "udp").keep("gateway_address", ends.gateway_address);
  made.say(N_("sends datagrams"));
  say(made, number, at->second, now);
  return true;
}

void sensor_tracker::make_room(const instant& now) {
  const auto idle = std::min_element(
      sensors_.begin(), sensors_.end(),
      [](const auto& each, const auto& other) { return each.second.last() < other.second.last(); });
  tell_outcome(idle->second, now);
  told_.erase(told_.lower_bound({idle->first, ""}), told_.lower_bound({idle->first + 1, ""}));
  sensors_.erase(idle);
}

void sensor_tracker::heard(std::uint64_t number, side from, const sn::message& said,
                           const instant& now) {
  const auto at = sensors_.find(number);
  if (at == sensors_.end()) return;
  sensor_story& of = at->second;
  const bool had_left = of.has_left();
  const topic_lookup names = [&of](sn::topic_id_type type, std::uint16_t id) {
    return of.topic_of(type, id);
  };
  event made = datagram_event(said, from, style_, names);
  const bool is_wrong = of.take(said, from, now.at);
  const bool is_unasked = is_wrong && type_of(said) == sn::message_type::disconnect;
  if (is_unasked) made.tell_if(true, N_("nobody had asked for it"), unasked_field);
  say(made, number, of, now);
  if (!had_left && of.has_left()) ++ended_;
  if (is_wrong) judge(number, of, now);
}

void sensor_tracker::heard_other(std::uint64_t number, side from, bytes_view datagram,
                                 const instant& now) {
  const auto at = sensors_.find(number);
  if (at == sensors_.end()) return;
  at->second.take_strange(datagram, from, now.at);
  const bytes_view first = datagram.first(std::min(datagram.size(), most_first_bytes));
  event made(event_kind::not_mqtt, from, "UDP");
  made.keep(protocol_field, "other").keep("size", static_cast<std::int64_t>(datagram.size()));
  made.tell(N_("no message of MQTT-SN: {first_bytes}"), "first_bytes",
            in_hex(datagram, most_first_bytes));
  made.tell(N_("as text \"{text}\""), "text", as_text(first));
  say(made, number, at->second, now);
}

void sensor_tracker::refused(std::uint64_t number, const icmp_fact& icmp, const instant& now) {
  const auto at = sensors_.find(number);
  if (at == sensors_.end()) return;
  at->second.refused(icmp, "", now.at);
  event made(event_kind::icmp, side::broker, "ICMP");
  made.keep("icmp_type", std::int64_t{icmp.type}).keep("icmp_code", std::int64_t{icmp.code});
  made.tell(N_("from {sender}"), "sender", icmp.from);
  made.say(words(N_("type {type}, code {code}"),
                 {{"type", std::to_string(icmp.type)}, {"code", std::to_string(icmp.code)}}));
  say(made, number, at->second, now);
  judge(number, at->second, now);
}

void sensor_tracker::forward_failed(std::uint64_t number, const std::string& error,
                                    const std::string& words_for_it, const instant& now) {
  const auto at = sensors_.find(number);
  if (at == sensors_.end()) return;
  sensor_story& of = at->second;
  const bool is_new = of.gateway().error != error;
  of.refused({}, error, now.at);
  if (!is_new) return;
  const std::string gateway =
      of.ends().gateway_address + ":" + std::to_string(of.ends().gateway_port);
  event made(event_kind::forward_failed);
  made.keep("broker", gateway).keep("error", words_for_it);
  made.say(words(N_("the gateway at {gateway} cannot be reached: {error}"),
                 {{"gateway", gateway}, {"error", words_for_it}}));
  say(made, number, of, now);
  judge(number, of, now);
}

void sensor_tracker::judge(std::uint64_t number, const sensor_story& of, const instant& now) {
  const auto fault = fault_of(of, now.at);
  if (!fault || !told_.emplace(number, fault->id).second) return;
  say(remark_event(event_kind::verdict, remark_of(*fault, of, number)), number, of, now);
}

void sensor_tracker::look(const instant& now) {
  for (const auto& [number, of] : sensors_) {
    if (of.is_unanswered(now.at)) judge(number, of, now);
  }
}

void sensor_tracker::tell_outcome(const sensor_story& of, const instant& now) {
  const auto fault = fault_of(of, now.at);
  const sensor_summary summary = of.summary();
  const sentence told = fault ? fault->cause : summary.text;
  if (told.empty()) return;
  const std::string& id = of.gateway().client_id;
  const std::string key =
      of.ends().client_address + '\n' + id + '\n' + (id.empty() ? told.text : "");
  if (!outcomes_.contains(key) && outcomes_.size() == most_told) {
    ++left_out_;
    return;
  }
  told_outcome& made = outcomes_[key];
  if (made.times == 0) made.order = outcomes_.size();
  ++made.times;
  made.id = fault ? fault->id : summary.id;
  made.client_id = id;
  made.address = of.ends().client_address;
  const std::string name = id.empty() ? of.ends().client : id + " (" + made.address + ")";
  made.told =
      words(N_("{client}: {sentence}"), {{"client", name}, {"sentence", doctor::say(told)}});
}

bool sensor_tracker::conclude(const instant& now) {
  const bool somebody_came = !sensors_.empty() || !outcomes_.empty();
  for (const auto& [number, of] : sensors_) tell_outcome(of, now);
  std::vector<const told_outcome*> all;
  for (const auto& [key, made] : outcomes_) all.push_back(&made);
  std::sort(all.begin(), all.end(), [](const told_outcome* told, const told_outcome* other) {
    return told->order < other->order;
  });
  event_place nowhere;
  nowhere.when = now.shown;
  for (const told_outcome* const made : all) {
    event said(event_kind::verdict);
    said.keep("address", made->address).keep("id", made->id).keep(protocol_field, "mqtt-sn");
    if (!made->client_id.empty()) said.keep("client_id", made->client_id);
    said.keep_sentence(doctor::say(made->told));
    said.keep("connections", static_cast<std::int64_t>(made->times));
    said.say(made->told);
    tell_(said, nowhere);
  }
  if (left_out_ != 0) {
    event said(event_kind::left_out);
    said.tell(N_("{connections} connections of further clients are left out"), "connections",
              static_cast<std::int64_t>(left_out_));
    tell_(said, nowhere);
  }
  return somebody_came;
}

}  // namespace mqttkit::doctor
