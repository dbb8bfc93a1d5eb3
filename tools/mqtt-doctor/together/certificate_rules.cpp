// Rules about one broker with two certificates, and about one certificate and two clocks.
#include <algorithm>

#include "mqtt-doctor/together/rules.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int not_yet_valid = 9;
constexpr int has_expired = 10;

const tls_fact* tls_of(const vantage& who) {
  const view known = who.main();
  return known.client() != nullptr && known.client()->tls ? &*known.client()->tls : nullptr;
}

bool has_failure(const tls_fact& tls, int code) {
  return std::any_of(tls.failures.begin(), tls.failures.end(),
                     [&](const verify_fact& verification) { return verification.code == code; });
}

/// Whether both certificates have the same names. TLS inspection copies the broker's names; another
/// machine has its own.
bool is_for_same_name(const certificate_fact& certificate, const certificate_fact& other) {
  if (!certificate.subject.empty() && certificate.subject == other.subject) return true;
  return std::any_of(certificate.dns_names.begin(), certificate.dns_names.end(),
                     [&](const std::string& name) {
                       return std::find(other.dns_names.begin(), other.dns_names.end(), name) !=
                              other.dns_names.end();
                     });
}

std::string short_print(const std::string& fingerprint) {
  constexpr std::size_t enough = 16;  // of hex: eight bytes of SHA-256
  return fingerprint.size() > enough ? fingerprint.substr(0, enough) + "..." : fingerprint;
}

sentence shown_to(const vantage& who, const certificate_fact& leaf) {
  return told(who, words(N_("The certificate shown is {subject}, issued by {issuer} (fingerprint "
                            "{fingerprint})."),
                         {{"subject", leaf.subject},
                          {"issuer", leaf.issuer},
                          {"fingerprint", short_print(leaf.fingerprint)}}));
}

/// A time in RFC 3339, one year later.
std::string a_year_after(std::string time) {
  constexpr std::size_t digits = 4;
  for (std::size_t i = digits; i-- > 0 && i < time.size();) {
    if (time[i] != '9') {
      ++time[i];
      break;
    }
    time[i] = '0';
  }
  return time;
}

/// The certificate that the server shows itself on the client's port; null when there is none.
const certificate_fact* own_leaf(const against_server& pair) {
  const contact* const client = pair.at.client();
  if (client == nullptr || !client->tls || client->tls->chain.empty()) return nullptr;
  return &client->tls->chain[0];
}

const disk_certificate_fact* disk_certificate(const against_server& pair) {
  for (const auto& configuration : pair.own.host.configurations) {
    if (!configuration.is_used) continue;
    for (const auto& listener : configuration.listeners) {
      if (listener.port == pair.from_client.at.port && listener.certificate &&
          !listener.certificate->fingerprint.empty()) {
        return &*listener.certificate;
      }
    }
  }
  return nullptr;
}

finding intercepted(const vantage& client, const certificate_fact& leaf, certainty how_sure,
                    strength how, sentence reference) {
  made_finding made(
      "tls-interception", how_sure, how,
      words(N_("Something between {vantage} and the broker opens its TLS: it is shown "
               "a certificate of {issuer}, which is not the broker's."),
            {{"vantage", client.name}, {"issuer", leaf.issuer}}));
  made.seen(shown_to(client, leaf)).seen(std::move(reference));
  if (client.made.is_healthy) made.warning();
  return *std::optional<finding>(
      made.mend(words(N_("Have the host exempted from inspection, or use another network.")), {},
                place::console)
          .in_app(words(N_("Do not install that certificate as trusted: whoever holds it reads "
                           "passwords and messages."))));
}

/// The client reached another machine, since the certificate it got is for another name.
finding other_machine(const vantage& client, const certificate_fact& leaf, bool is_routed,
                      sentence reference) {
  const places with{
      {"vantage", client.name}, {"address", client.dialled_address()}, {"subject", leaf.subject}};
  return *std::optional<finding>(
      made_finding(is_routed ? "tcp-port-forward-wrong" : "tls-interception", certainty::likely,
                   strength::seen,
                   is_routed ? words(N_("{vantage} reaches another machine at {address}: its "
                                        "certificate is {subject}."),
                                     with)
                             : words(N_("Something in between answers {vantage} in the broker's "
                                        "place, as {subject}."),
                                     with))
          .seen(shown_to(client, leaf))
          .seen(std::move(reference))
          .mend(is_routed ? words(N_("Correct the port forward in the router."))
                          : words(N_("Use another network, or ask who runs this one.")),
                {}, place::console));
}

}  // namespace

const certificate_fact* leaf_of(const vantage& who) {
  const tls_fact* const tls = tls_of(who);
  return tls != nullptr && !tls->chain.empty() ? &tls->chain[0] : nullptr;
}

void compare_certificates(const against_server& pair, notes out) {
  const certificate_fact* const leaf = leaf_of(pair.client);
  if (leaf == nullptr || leaf->fingerprint.empty()) return;
  // The client dials another machine with its own certificate, which wrong_address() reports.
  if (pair.leads == relation::elsewhere && !pair.is_confirmed) return;
  const certificate_fact* const shown = own_leaf(pair);
  const disk_certificate_fact* const file = disk_certificate(pair);
  const bool has_shown = shown != nullptr && !shown->fingerprint.empty();
  if (!has_shown && file == nullptr) return;
  const bool is_same = (has_shown && shown->fingerprint == leaf->fingerprint) ||
                       (file != nullptr && file->fingerprint == leaf->fingerprint);
  if (is_same) {
    if (!pair.client.made.is_healthy) {
      exclude(out.excluded, "tls-interception",
              told(pair.client, words(N_("The certificate is the server's own "
                                         "(fingerprint {fingerprint})."),
                                      {{"fingerprint", short_print(leaf->fingerprint)}})));
    }
    return;
  }
  // The same authority issued both certificates: it was renewed between the two looks.
  if (has_shown && shown->issuer == leaf->issuer && is_for_same_name(*shown, *leaf) &&
      !leaf->is_self_signed) {
    return;
  }
  const sentence reference =
      has_shown ? shown_to(pair.server, *shown)
                : told(pair.server, words(N_("The broker's certificate is {file}: {subject} "
                                             "(fingerprint {fingerprint})."),
                                          {{"file", file->file},
                                           {"subject", file->subject},
                                           {"fingerprint", short_print(file->fingerprint)}}));
  const bool is_copy = has_shown ? is_for_same_name(*shown, *leaf) : file->subject == leaf->subject;
  const bool names_fit = is_copy || !has_failure(*tls_of(pair.client), 62);
  if (names_fit) {
    out.found.push_back(
        intercepted(pair.client, *leaf, certainty::certain, strength::proven, reference));
  } else {
    out.found.push_back(
        other_machine(pair.client, *leaf, pair.leads == relation::behind, reference));
  }
}

void compare_certificates(const vantage& client, const vantage& other, notes out) {
  const certificate_fact* const leaf = leaf_of(client);
  const certificate_fact* const reference = leaf_of(other);
  if (leaf == nullptr || reference == nullptr || leaf->fingerprint == reference->fingerprint)
    return;
  if (leaf->fingerprint.empty() || reference->fingerprint.empty()) return;
  if (tls_of(client)->server_name != tls_of(other)->server_name) return;
  if (leaf->issuer == reference->issuer || !is_for_same_name(*leaf, *reference)) return;
  out.found.push_back(
      intercepted(client, *leaf, certainty::likely, strength::told, shown_to(other, *reference)));
}

void compare_clocks(const vantage& client, const vantage& other, notes out) {
  const certificate_fact* const leaf = leaf_of(client);
  const certificate_fact* const same = leaf_of(other);
  if (leaf == nullptr || same == nullptr || leaf->fingerprint != same->fingerprint) return;
  const tls_fact& bad = *tls_of(client);
  const tls_fact& good = *tls_of(other);
  const std::string& here = client.known.local.now;
  const std::string& there = other.known.local.now;
  if (here.empty() || there.empty()) return;
  const bool is_early = has_failure(bad, not_yet_valid) && !has_failure(good, not_yet_valid) &&
                        here < leaf->not_before && there >= leaf->not_before;
  const bool is_late = has_failure(bad, has_expired) && !has_failure(good, has_expired) &&
                       here > leaf->not_after && there <= leaf->not_after;
  if (!is_early && !is_late) return;
  const places with{{"vantage", client.name},
                    {"other", other.name},
                    {"now", here},
                    {"from", leaf->not_before},
                    {"to", leaf->not_after}};
  // Looks at the same trouble are not a year apart.
  const bool is_far = is_late && here >= a_year_after(there);
  const bool is_sure = is_early || is_far;
  made_finding made(
      "tls-client-clock-wrong", is_sure ? certainty::certain : certainty::likely,
      is_sure ? strength::proven : strength::measured,
      words(N_("The clock where {vantage} was made is wrong: it says {now}, and the same "
               "certificate is valid where {other} was made."),
            with));
  made.seen(told(client, words(N_("The clock says {now}; the certificate is good from {from} to "
                                  "{to}."),
                               with)));
  made.seen(told(other, words(N_("The clock says {now}, and the same certificate passes."),
                              {{"now", there}})));
  made.mend(words(N_("Set the clock by the network:")), "sudo timedatectl set-ntp true",
            place::here);
  finding whole = *std::optional<finding>(made);
  whole.cures.back().whose = client.name;
  if (!is_sure) {
    whole.apart =
        words(N_("If some days lie between the two files, the certificate may have ended "
                 "meanwhile. In both places:"));
    whole.apart_command = "date -u";
  }
  out.found.push_back(std::move(whole));
}

}  // namespace mqttkit::doctor
