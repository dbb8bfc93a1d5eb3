// From what the library's probes report to the facts that are kept.
#pragma once

#include <string>
#include <string_view>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqttkit/probe/dns.hpp"
#include "mqttkit/probe/link.hpp"
#include "mqttkit/probe/tls.hpp"
#include "mqttkit/wire/http1.hpp"

namespace mqttkit::doctor {

/// @param dialled  the address that was tried, to tell whether an ICMP came from it
connect_fact fact_of(const probe::connect_report& report, const std::string& dialled);
tls_fact fact_of(const probe::tls_report& report);
certificate_fact fact_of(const probe::certificate& from);
dns_fact fact_of(const probe::dns_reply& reply, const std::string& server, const char* type);

/// Nothing for an open one.
connection_end end_of(probe::link_end end);

/// Status and telling headers of an HTTP response.
void take_response(const http_response_head& head, websocket_fact& out);

/// The title of an HTML page, or its beginning without tags.
std::string title_of(std::string_view page);

std::string hex_of(std::string_view bytes);

}  // namespace mqttkit::doctor
