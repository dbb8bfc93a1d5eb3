// Probes of a port where TLS is, or seems to be, the obstacle.
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/probes/endpoint/endpoint_examiner.hpp"
#include "mqttkit/base/tls_codes.hpp"

namespace mqttkit::doctor {

std::vector<contact_request> endpoint_examiner::ways_after_tls(const tls_fact& tls) {
  std::vector<contact_request> ways;
  const auto add = [&](contact_purpose purpose) -> contact_request& {
    ways.push_back(again(purpose));
    return ways.back();
  };
  // A try without TLS, in case the ports were mixed up.
  const auto add_plain = [&] {
    contact_request& plain = add(contact_purpose::plain);
    plain.tls = false;
    plain.version = protocol_version::v3_1_1;
    if (!has_websocket()) return;
    contact_request raw = plain;
    raw.purpose = contact_purpose::raw;
    raw.websocket = false;
    ways.push_back(raw);
  };
  switch (tls.alert) {
    case tls_alert::protocol_version:
    case tls_alert::internal_error:
      add(contact_purpose::old_tls).allows_old_tls = true;
      break;
    case tls_alert::handshake_failure:
      if (tls.saw_certificate_request) break;
      add(contact_purpose::no_sni).server_name = "";
      add(contact_purpose::old_tls).allows_old_tls = true;
      break;
    case tls_alert::unrecognized_name:
    case tls_alert::no_application_protocol:
      add(contact_purpose::no_sni).server_name = "";
      break;
    case -1:
      if (tls.end == connection_end::silent) {
        add(contact_purpose::small).maximum_segment = small_segment;
        ways.back().answer_limit = within(2 * follow_up_limit);
        add_plain();
      } else {
        add_plain();
        // The client itself sent no name to an address.
        if (!tls.saw_server_hello && !tls.is_not_tls && !tls.server_name.empty()) {
          add(contact_purpose::no_sni).server_name = "";
        }
      }
      break;
    default:
      break;
  }
  return ways;
}

void endpoint_examiner::follow_up_tls() {
  const tls_fact tls = *client().tls;
  connect_all(ways_after_tls(tls));
  if (tls.alert == -1 && tls.end == connection_end::silent &&
      facts_.find(contact_purpose::small) != nullptr)
    return;
  const contact* const plain = facts_.find(contact_purpose::plain);
  if (plain != nullptr && plain->speaks == spoken_protocol::http && !has_websocket() &&
      may_connect()) {
    contact_request upgrade = again(contact_purpose::upgrade);
    upgrade.tls = false;
    upgrade.websocket = true;
    connect_as(upgrade);
  }
  if (tls.end == connection_end::closed || tls.end == connection_end::reset) {
    const bool is_plain_closed = plain != nullptr && plain->speaks.empty();
    if (is_plain_closed && may_connect()) {
      contact_request quiet = again(contact_purpose::quiet);
      // Where silence is allowed, the same greeting behind a load balancer's header.
      quiet.first = opening::silence_then_header;
      quiet.websocket = false;
      quiet.answer_limit = within(silence_limit);
      connect_as(quiet);
    }
  }
}

/// Tries the login again with the name in the certificate: a host dialled by address gets no SNI,
/// without which an endpoint shared by many customers finds no login.
void endpoint_examiner::try_certificates_name() {
  const contact& first = client();
  if (!first.tls || !first.tls->server_name.empty() || !first.mqtt->sent_user || !may_connect())
    return;
  if (first.tls->chain.empty()) return;
  for (const auto& name : first.tls->chain.front().dns_names) {
    if (name.find('*') != std::string::npos || is_localhost(name)) continue;
    contact_request how = again(contact_purpose::other_sni);
    how.server_name = name;
    how.with_credentials = what_.with_credentials;
    connect_as(how);
    return;
  }
}

/// TLS works and CONNECT is hung up on: probes what is behind TLS.
void endpoint_examiner::look_inside() {
  contact_request quiet = again(contact_purpose::quiet);
  quiet.first = has_websocket() ? opening::silence : opening::silence_then_hello;
  if (has_websocket()) quiet.answer_limit = within(silence_limit);
  const contact& reached = connect_as(quiet);
  if (reached.purpose == contact_purpose::inside ? reached.speaks.empty()
                                                 : reached.end == connection_end::silent)
    try_last_version(false);
}

}  // namespace mqttkit::doctor
