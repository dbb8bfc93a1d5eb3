#include "mqtt-doctor/capture/sensor_ear.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <variant>

#include "mqtt-doctor/listen/datagram_event.hpp"
#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_copies = 256;
// A packet passes between interfaces of a machine in this time; retransmissions come much later.
constexpr auto copy_limit = 50ms;

/// Whether only a gateway sends messages of this type.
bool is_of_gateway_alone(sn::message_type type) {
  using kind = sn::message_type;
  return type == kind::connack || type == kind::gwinfo || type == kind::advertise ||
         type == kind::suback || type == kind::unsuback || type == kind::willtopicreq ||
         type == kind::willmsgreq;
}

/// The interface and direction of a packet, which SLL and SLL2 headers tell (tcpdump.org).
std::uint64_t way_of(const captured_packet& packet) {
  std::uint64_t way = packet.interface;
  const auto octet = [&packet](std::size_t at) {
    return at < packet.bytes.size() ? std::to_integer<std::uint64_t>(packet.bytes[at]) : 0;
  };
  if (packet.link == link_type::linux_cooked) way = way << 8 | octet(1);
  if (packet.link == link_type::linux_cooked_2)
    way = way << 40 | octet(4) << 32 | octet(5) << 24 | octet(6) << 16 | octet(7) << 8 | octet(10);
  return way;
}

}  // namespace

sensor_ear::sensor_ear(sensor_tracker& to, std::set<std::uint16_t> ports,
                       std::function<std::uint64_t()> number)
    : to_(to), ports_(std::move(ports)), number_(std::move(number)) {
  if (ports_.empty()) ports_.insert(sn::default_port);
}

bool sensor_ear::is_gateway(const wire_endpoint& end) const {
  return ports_.contains(end.port) || gateways_.contains(end);
}

/// Behind an address translation of this machine addresses differ, and the datagram is the same.
bool sensor_ear::is_copy(const captured_packet& packet, const ip_packet& ip,
                         const udp_datagram& datagram) {
  copy made;
  made.head = datagram;
  made.head.payload = {};
  made.id = ip.id;
  made.hash = std::hash<std::string_view>()(as_text(datagram.payload));
  made.when = packet.time;
  made.way = way_of(packet);
  while (!copies_.empty() &&
         (copies_.size() >= most_copies || made.when - copies_.front().when > copy_limit))
    copies_.pop_front();
  const bool is_known = std::any_of(copies_.begin(), copies_.end(), [&](const copy& before) {
    const bool has_ends =
        before.head.source == datagram.source && before.head.destination == datagram.destination;
    // Without an IP id, equal datagrams may come from two sensors.
    return before.hash == made.hash && before.id == made.id && before.way != made.way &&
           (has_ends || made.id != 0);
  });
  if (!is_known) copies_.push_back(made);
  return is_known;
}

bool sensor_ear::take(const captured_packet& packet, const instant& now) {
  bytes_view bytes;
  std::size_t original = 0;
  ip_packet ip;
  if (!read_link(packet, bytes, original) || !read_ip(bytes, original, ip)) return false;
  udp_datagram datagram;
  icmp_error error;
  if (read_udp(ip, datagram)) {
    sn::message said;
    std::string node;
    if (!read_datagram(datagram.payload, said, node)) return false;
    return is_copy(packet, ip, datagram) || take_datagram(datagram, said, node, now);
  }
  return read_icmp(ip, error) && error.is_about_udp && take_icmp(error, now);
}

std::uint64_t sensor_ear::number_of(const ends& of, const instant& now) {
  const auto known = numbers_.find(of);
  const bool is_turned_away = known != numbers_.end() && known->second == 0;
  if (is_turned_away || (known != numbers_.end() && to_.follows(known->second)))
    return known->second;
  if (known == numbers_.end() && numbers_.size() >= most_pairs)  // forget pairs that are over
    std::erase_if(numbers_, [this](const auto& pair) { return !to_.follows(pair.second); });
  if (numbers_.size() >= most_pairs) return 0;
  sensor_ends named;
  named.client = to_string(of.client) + (of.node.empty() ? "" : " node " + of.node);
  named.client_address = to_string(of.client.address);
  named.client_port = of.client.port;
  named.gateway_address = to_string(of.gateway.address);
  named.gateway_port = of.gateway.port;
  const std::uint64_t number = number_();
  return numbers_[of] = to_.opened(number, named, now) ? number : 0;
}

bool sensor_ear::take_datagram(const udp_datagram& datagram, const sn::message& said,
                               const std::string& node, const instant& now) {
  const auto* const hello = std::get_if<sn::connect_message>(&said);
  const bool is_hello = hello != nullptr && hello->protocol == sn::protocol_id &&
                        !hello->client_id.empty() &&
                        hello->client_id.size() <= sn::max_client_id_bytes;
  if (is_hello && gateways_.size() < most_gateways) gateways_.insert(datagram.destination);
  const bool is_answer = is_gateway(datagram.source) &&
                         (!is_gateway(datagram.destination) || is_of_gateway_alone(type_of(said)));
  if (!is_answer && !is_gateway(datagram.destination)) return false;
  const ends of = is_answer ? ends{datagram.destination, datagram.source, node}
                            : ends{datagram.source, datagram.destination, node};
  to_.heard(number_of(of, now), is_answer ? side::broker : side::client, said, now);
  return true;
}

bool sensor_ear::take_icmp(const icmp_error& error, const instant& now) {
  // What a gateway sends to a client that has left is not its fault.
  const auto known = std::find_if(numbers_.begin(), numbers_.end(), [&](const auto& pair) {
    return pair.first.client == error.source && pair.first.gateway == error.destination;
  });
  if (known == numbers_.end()) return false;
  icmp_fact made;
  made.type = error.type;
  made.code = error.code;
  made.from = to_string(error.from);
  made.is_v6 = error.is_v6;
  made.from_target = error.from == error.destination.address;
  made.from_self = error.from == error.source.address;
  to_.refused(known->second, made, now);
  return true;
}

}  // namespace mqttkit::doctor
