// Alerts that end a TLS handshake and say little of the reason.
#include <algorithm>
#include <array>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/codes.hpp"

namespace mqttkit::doctor {
namespace {

using namespace tls_alert;

/// What an alert of the server excludes, and what is left (RFC 8446 §6.2).
struct alert_row {
  int alert;
  const char* cause;
  const char* cure;
};
constexpr const char* read_log = N_("The server's log names the reason.");
constexpr std::array alert_rows{
    alert_row{
        unexpected_message,
        N_("The server did not expect a TLS greeting at this point: it wants another protocol "
           "first, or something on the way put bytes before the greeting."),
        N_("Look what speaks on this port; a service that begins without TLS (STARTTLS) is no "
           "broker.")},
    alert_row{bad_record_mac,
              N_("The server could not decrypt what it got: bytes were changed on the way, or the "
                 "keys differ."),
              N_("Try from another network; with pre-shared keys compare the key.")},
    alert_row{record_overflow, N_("The server got a TLS record that is larger than it takes."),
              N_("Give the server larger buffers, or let the app send smaller messages.")},
    alert_row{illegal_parameter,
              N_("The server calls something in the greeting illegal: its TLS is very old, or a "
                 "device on the way changes the greeting."),
              N_("Update the server's TLS library; try from another network.")},
    alert_row{decode_error,
              N_("The server cannot read the greeting: its TLS is very old, its buffer small, or a "
                 "device on the way changes it."),
              N_("Update the server's TLS library; try from another network.")},
    alert_row{access_denied, N_("The server understands the greeting and denies access."),
              N_("Look into its rules: an address, a name or a certificate that it lets in.")},
    alert_row{inappropriate_fallback,
              N_("The server speaks newer TLS than was offered, and takes the older offer for an "
                 "attack."),
              N_("Allow TLS 1.2 and 1.3 in the app.")},
    alert_row{missing_extension,
              N_("The server misses something in the greeting, most often the server's name."),
              N_("Connect by name, not by address, with SNI switched on.")},
    alert_row{unknown_psk_identity, N_("The server takes clients with a pre-shared key only."),
              N_("Enter identity and key in the app, or use a listener with a certificate.")},
};

maybe_finding ended_by_alert(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !client->tls || client->tls->is_done || client->tls->alert < 0)
    return {};
  const tls_fact& tls = *client->tls;
  const asked_facts& asked = known.asked();
  // Of a handshake with a certificate or a key of the user's other causes know more.
  if (asked.has_certificate || asked.has_psk || tls.saw_certificate_request) return {};
  constexpr std::array others{
      handshake_failure,    tls_alert::protocol_version, insufficient_security,  internal_error,
      certificate_required, unrecognized_name,           no_application_protocol};
  if (std::find(others.begin(), others.end(), tls.alert) != others.end()) return {};
  const auto* const row =
      std::find_if(alert_rows.begin(), alert_rows.end(),
                   [&](const alert_row& each) { return each.alert == tls.alert; });
  made_finding made(
      "tls-ended-by-alert", certainty::possible, strength::first_of_several,
      row != alert_rows.end()
          ? words(row->cause)
          : words(N_("The server ends TLS with alert {alert}, which says little to a client that "
                     "sent no certificate."),
                  {{"alert", std::to_string(tls.alert)}}));
  made.seen(words(N_("Alert {alert} ({name}) came from the server, {when}."),
                  {{"alert", std::to_string(tls.alert)},
                   {"name", std::string(tls_alert_name(tls.alert))},
                   {"when", tls.saw_server_hello ? N_("during the handshake")
                                                 : N_("in answer to the greeting")}}));
  return made.mend(words(row != alert_rows.end() ? row->cure : read_log));
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"tls-ended-by-alert", N_("the server ends the TLS handshake by an alert that says little"),
     layer::tls, exit_code::tls, station::broker, severity::problem, ended_by_alert},
};

}  // namespace

cause_table tls_alert_causes() { return {rows, {}}; }

}  // namespace mqttkit::doctor
