#include "mqtt-doctor/capture/syn_flood.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t least_watched = 1000;   // fewer SYNs harm nobody
constexpr std::size_t least_addresses = 500;  // SYNs of few addresses can be blocked by address
constexpr std::size_t one_in = 20;            // one in 20 that repeats or goes on: clients are real
constexpr auto repeats_by = 3500ms;           // a real client has repeated its SYN twice by then
constexpr auto sent_twice = 200ms;            // a second capture of the same packet comes sooner

}  // namespace

void syn_flood::asked(const tcp_segment& syn, capture_time now) {
  const std::uint16_t port = syn.destination.port;
  auto at = ports_.find(port);
  if (at == ports_.end()) {
    if (ports_.size() == most_ports) return;
    at = ports_.emplace(port, port_record()).first;
    at->second.first = now;
  }
  port_record& of = at->second;
  ++of.syns;
  of.last = now;
  if (const auto known = of.watched.find(syn.source); known != of.watched.end()) {
    if (now - known->second.first > sent_twice) known->second.has_repeated = true;
    return;
  }
  if (of.watched.size() == most_watched) return;
  of.watched[syn.source].first = now;
  of.filled = now;
}

void syn_flood::answered(const tcp_segment& syn_ack) {
  const auto at = ports_.find(syn_ack.source.port);
  if (at == ports_.end()) return;
  const auto known = at->second.watched.find(syn_ack.destination);
  if (known != at->second.watched.end()) known->second.is_answered = true;
}

void syn_flood::stood(const wire_endpoint& client, std::uint16_t port) {
  const auto at = ports_.find(port);
  if (at == ports_.end()) return;
  const auto known = at->second.watched.find(client);
  if (known != at->second.watched.end()) known->second.has_stood = true;
}

std::optional<flood_story> syn_flood::of(std::uint16_t port, capture_time now) const {
  const auto at = ports_.find(port);
  if (at == ports_.end() || at->second.watched.size() < least_watched) return std::nullopt;
  const port_record& of = at->second;
  flood_story made;
  std::set<wire_address> addresses;
  for (const auto& [who, known] : of.watched) {
    if (now - known.first < repeats_by) continue;  // it may still repeat its SYN
    ++made.watched;
    addresses.insert(who.address);
    if (known.has_repeated) ++made.repeated;
    if (known.is_answered) ++made.answered;
    if (known.has_stood) ++made.stood;
  }
  made.syns = of.syns;
  made.addresses = addresses.size();
  made.seconds = std::chrono::duration<double>(of.last - of.first).count();
  const bool is_real = (made.repeated + made.stood) * one_in > made.watched;
  if (made.watched < least_watched || made.addresses < least_addresses || is_real)
    return std::nullopt;
  return made;
}

std::set<std::uint16_t> syn_flood::ports(capture_time now) const {
  std::set<std::uint16_t> made;
  for (const auto& [port, known] : ports_) {
    if (of(port, now)) made.insert(port);
  }
  return made;
}

bool syn_flood::is_real(const wire_endpoint& client, std::uint16_t port) const {
  const auto at = ports_.find(port);
  if (at == ports_.end()) return false;
  const auto known = at->second.watched.find(client);
  return known != at->second.watched.end() &&
         (known->second.has_repeated || known->second.has_stood);
}

}  // namespace mqttkit::doctor
