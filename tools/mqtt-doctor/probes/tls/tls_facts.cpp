#include "mqtt-doctor/probes/tls/tls_facts.hpp"

#include <algorithm>

#include "common/printable.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqtt-doctor/probes/hex.hpp"
#include "mqtt-doctor/probes/link_facts.hpp"

namespace mqttkit::doctor {

tls_fact fact_of(const probe::tls_report& report) {
  tls_fact fact;
  fact.is_done = report.is_done;
  fact.ms = report.took_ms;
  fact.server_name = report.server_name;
  fact.protocol = fact_word<tls_version>(report.protocol);
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
  fact.failures = report.failures;
  fact.chain = report.chain;
  return fact;
}

bool is_safe_for_secrets(const tls_fact& tls, bool is_insecure) {
  return std::all_of(tls.failures.begin(), tls.failures.end(),
                     [&](const verify_fact& verification) {
                       return is_insecure && (verification.code == verify_code::wrong_host ||
                                              verification.code == verify_code::wrong_address);
                     });
}

}  // namespace mqttkit::doctor
