#include "mqtt-doctor/probes/link_facts.hpp"

#include <cerrno>

#include "common/printable.hpp"

namespace mqttkit::doctor {
namespace {

connect_outcome outcome_of(const probe::connect_report& report) {
  switch (report.error) {
    case 0:
      return connect_outcome::connected;
    case ECONNREFUSED:
      return connect_outcome::refused;
    case ETIMEDOUT:
      return connect_outcome::silent;
    case EHOSTUNREACH:
    case EHOSTDOWN:
      return connect_outcome::host_unreachable;
    case ENETUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
      return report.error == EADDRNOTAVAIL ? connect_outcome::no_local_port
                                           : connect_outcome::net_unreachable;
    case ENOPROTOOPT:
      return connect_outcome::protocol_unreachable;
    case EACCES:
    case EPERM:
      return connect_outcome::forbidden;
    case EINVAL:
      return connect_outcome::invalid;
    case ECONNRESET:
      return connect_outcome::reset;
    default:
      return connect_outcome::failed;
  }
}

}  // namespace

connect_fact fact_of(const probe::connect_report& report, const std::string& dialled) {
  connect_fact fact;
  fact.outcome = outcome_of(report);
  fact.error = probe::error_name(report.error);
  fact.ms = report.took_ms;
  fact.local_address = report.local_address;
  fact.retransmits = static_cast<int>(report.retransmits);
  if (report.icmp) {
    icmp_fact& icmp = fact.icmp.emplace();
    icmp.type = report.icmp->type;
    icmp.code = report.icmp->code;
    icmp.from = report.icmp->from;
    icmp.is_v6 = report.icmp->is_v6;
    icmp.from_target = icmp.from == dialled;
    icmp.from_self = !icmp.from.empty() && icmp.from == report.local_address;
  }
  return fact;
}

dns_fact fact_of(const probe::dns_reply& reply, const std::string& server, record_type type) {
  dns_fact fact;
  fact.server = server;
  fact.sent_bytes = static_cast<std::int64_t>(reply.sent_bytes);
  fact.received_bytes = static_cast<std::int64_t>(reply.received_bytes);
  fact.type = type;
  using kind = probe::dns_reply::kind;
  switch (reply.outcome) {
    case kind::answered:
      fact.outcome = dns_outcome::answered;
      break;
    case kind::timed_out:
      fact.outcome = dns_outcome::timeout;
      break;
    case kind::unreachable:
      fact.outcome = dns_outcome::unreachable;
      break;
    case kind::malformed:
      fact.outcome = dns_outcome::malformed;
      break;
  }
  fact.rcode = reply.rcode;
  fact.addresses = reply.addresses;
  for (const auto& alias : reply.aliases) fact.aliases.push_back(tools::printable(alias));
  fact.ms = reply.took_ms;
  return fact;
}

connection_end end_of(probe::link_end end) {
  switch (end) {
    case probe::link_end::none:
      return connection_end::none;
    case probe::link_end::finished:
      return connection_end::closed;
    case probe::link_end::reset:
      return connection_end::reset;
    case probe::link_end::timed_out:
      return connection_end::silent;
    case probe::link_end::failed:
      return connection_end::failed;
  }
  return connection_end::none;
}

}  // namespace mqttkit::doctor
