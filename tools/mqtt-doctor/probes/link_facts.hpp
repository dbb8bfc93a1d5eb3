// Connections and answers of name servers, from what the library reports to the facts that are
// kept.
#pragma once

#include <string>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqttkit/probe/dns.hpp"
#include "mqttkit/probe/link.hpp"

namespace mqttkit::doctor {

/// @param dialled  the address that was tried, to tell whether an ICMP came from it
connect_fact fact_of(const probe::connect_report& report, const std::string& dialled);
dns_fact fact_of(const probe::dns_reply& reply, const std::string& server, record_type type);

/// Nothing for an open one.
connection_end end_of(probe::link_end end);

}  // namespace mqttkit::doctor
