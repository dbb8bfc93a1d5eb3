// Converts the library's reports of connections and name servers to facts.
// kept.
#pragma once

#include <string>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqttkit/probe/dns.hpp"
#include "mqttkit/probe/link.hpp"

namespace mqttkit::doctor {

/// @param dialled  the dialled address, to tell whether an ICMP error came from it
connect_fact fact_of(const probe::connect_report& report, const std::string& dialled);
dns_fact fact_of(const probe::dns_reply& reply, const std::string& server, record_type type);

/// The end of a connection; nothing while it is open.
connection_end end_of(probe::link_end end);

}  // namespace mqttkit::doctor
