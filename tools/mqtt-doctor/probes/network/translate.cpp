#include "mqtt-doctor/probes/network/translate.hpp"

#include <cctype>
#include <cerrno>

#include "common/printable.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_header_bytes = 200;

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

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& c : made) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return made;
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

certificate_fact fact_of(const probe::certificate& from) {
  certificate_fact fact;
  fact.subject = from.subject;
  fact.issuer = from.issuer;
  fact.dns_names = from.dns_names;
  fact.addresses = from.addresses;
  fact.not_before = from.not_before;
  fact.not_after = from.not_after;
  fact.lifetime_days = from.lifetime_days;
  fact.days_left = from.days_left;
  fact.key_type = from.key_type;
  fact.key_bits = from.key_bits;
  fact.signature = from.signature;
  fact.is_authority = from.is_authority;
  fact.is_self_signed = from.is_self_signed;
  fact.has_purposes = from.has_purposes;
  fact.is_for_servers = from.is_for_servers;
  fact.is_for_clients = from.is_for_clients;
  fact.issuer_url = from.issuer_url;
  fact.fingerprint = from.fingerprint;
  return fact;
}

tls_fact fact_of(const probe::tls_report& report) {
  tls_fact fact;
  fact.is_done = report.is_done;
  fact.ms = report.took_ms;
  fact.server_name = report.server_name;
  fact.protocol = report.protocol;
  fact.cipher = report.cipher;
  fact.alpn = tools::printable(report.alpn);
  fact.saw_server_hello = report.saw_server_hello;
  fact.saw_certificate_request = report.saw_certificate_request;
  fact.accepted_issuers = report.accepted_issuers;
  fact.alert = report.alert;
  fact.alert_was_late = report.alert_was_late;
  fact.is_not_tls = report.is_not_tls;
  fact.ended_at_first_byte = report.ended_at_first_byte;
  if (report.is_not_tls) fact.answered = hex_of(report.first_bytes);
  if (!report.is_done) fact.end = end_of(report.end);
  fact.error = report.error;
  for (const auto& one : report.failures) fact.failures.push_back({one.code, one.depth, one.words});
  for (const auto& one : report.chain) fact.chain.push_back(fact_of(one));
  return fact;
}

dns_fact fact_of(const probe::dns_reply& reply, const std::string& server, const char* type) {
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

void take_response(const http_response_head& head, websocket_fact& out) {
  out.status = head.status_code();
  out.status_line = tools::printable(head.status_line(), most_header_bytes);
  for (const char* name :
       {"server", "location", "www-authenticate", "upgrade", "content-type", "date", "via",
        "sec-websocket-version", "sec-websocket-protocol", "x-powered-by"}) {
    if (const auto value = head.header(name)) {
      out.headers[name] = tools::printable(*value, most_header_bytes);
    }
  }
  const auto accepted = head.header("sec-websocket-protocol");
  if (accepted) out.accepted = tools::printable(*accepted, most_header_bytes);
}

std::string title_of(std::string_view page) {
  const std::string small = lower(page);
  const std::size_t begin = small.find("<title>");
  if (begin != std::string::npos) {
    constexpr std::size_t tag = 7;
    const std::size_t end = small.find("</title>", begin);
    return std::string(page.substr(begin + tag, end == std::string::npos ? 80 : end - begin - tag));
  }
  const std::size_t head_end = page.find("\r\n\r\n");
  std::string_view body = head_end == std::string_view::npos ? page : page.substr(head_end + 4);
  std::string text;
  bool in_tag = false;
  for (const char c : body.substr(0, 400)) {
    if (c == '<') in_tag = true;
    if (!in_tag) text += c == '\n' || c == '\r' ? ' ' : c;
    if (c == '>') in_tag = false;
  }
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? std::string() : text.substr(first, 80);
}

std::string hex_of(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += digits[static_cast<unsigned char>(c) >> 4];
    hex += digits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

}  // namespace mqttkit::doctor
