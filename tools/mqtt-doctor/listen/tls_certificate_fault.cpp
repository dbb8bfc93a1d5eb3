#include "mqtt-doctor/listen/tls_certificate_fault.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "mqtt-doctor/causes/support.hpp"
#include "mqttkit/base/tls_codes.hpp"

namespace mqttkit::doctor {
namespace {

using places = std::map<std::string, std::string>;

/// Whether a name of a certificate covers the host (RFC 6125 §6.4): a star stands for one label.
bool covers(std::string name, std::string host) {
  const auto lower = [](char& letter) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  };
  std::for_each(name.begin(), name.end(), lower);
  std::for_each(host.begin(), host.end(), lower);
  if (host.ends_with('.')) host.pop_back();
  if (name == host) return true;
  const auto dot = host.find('.');
  return name.starts_with("*.") && dot != host.npos && host.substr(dot) == name.substr(1);
}

class certificate_judge {
 public:
  certificate_judge(const connection_summary& summary, const listening& where, const places& named)
      : hello_(summary.hello), tls_(summary.tls), where_(where), named_(named) {}

  std::optional<conclusion> of_certificate(int alert) const {
    if (tls_.chain.empty()) return {};
    const auto first_of = [](std::initializer_list<std::optional<conclusion>> all) {
      for (const std::optional<conclusion>& each : all)
        if (each) return each;
      return std::optional<conclusion>();
    };
    switch (alert) {
      case tls_alert::certificate_expired: {
        if (auto found = of_dates()) return sure(std::move(*found));
        if (tls_.at.empty()) return {};
        return likely(made("tls-client-clock-wrong",
                           N_("{client} takes the broker's certificate for expired (alert "
                              "certificate_expired), and it was valid then (until {time}): set the "
                              "clock of that device, or give it the current certificate of the "
                              "authority."),
                           {{"time", tls_.chain.front().not_after}}));
      }
      case tls_alert::unknown_ca:
        if (auto found = of_order_alone()) return likely(std::move(*found));
        return sure(of_issuer());
      case tls_alert::unsupported_certificate:
        if (auto found = first_of({of_purpose(), of_strength()})) return likely(std::move(*found));
        return {};
      case tls_alert::insufficient_security:
        if (auto found = of_strength()) return likely(std::move(*found));
        return {};
      case tls_alert::certificate_revoked:
        return {};
      default:
        break;
    }
    if (auto found = first_of({of_dates(), of_names(), of_purpose(), of_strength()}))
      return likely(std::move(*found));
    if (tls_.chain.size() == 1 && tls_.chain.front().is_self_signed) return likely(of_issuer());
    return {};
  }

 private:
  conclusion made(const char* id, const char* sentence, places further = {}) const {
    further.insert(named_.begin(), named_.end());
    return {id, words(sentence, std::move(further))};
  }
  static conclusion sure(conclusion of) {
    of.sure = true;
    return of;
  }
  static conclusion likely(conclusion of) {
    of.sure = false;
    return of;
  }
  /// The name that the certificate must be for.
  std::string wanted_name() const {
    if (!hello_.server_name.empty()) return hello_.server_name;
    const auto colon = where_.broker.rfind(':');
    const std::string host = where_.broker.substr(0, colon);
    return host.starts_with('[') && host.size() > 2 ? host.substr(1, host.size() - 2) : host;
  }

  std::string names_of(const probe::certificate& of) const {
    std::vector<std::string> names = of.dns_names;
    names.insert(names.end(), of.addresses.begin(), of.addresses.end());
    constexpr std::size_t most_names = 6;
    return list_text(names, most_names);
  }

  bool has_ended(const probe::certificate& of) const {
    return !tls_.at.empty() && is_earlier(of.not_after, tls_.at);
  }
  bool has_begun(const probe::certificate& of) const {
    return tls_.at.empty() || !is_earlier(tls_.at, of.not_before);
  }

  std::optional<conclusion> of_dates() const {
    for (const probe::certificate& each : tls_.chain) {
      const bool is_own = &each == &tls_.chain.front();
      const places with{
          {"subject", each.subject}, {"time", each.not_after}, {"begin", each.not_before}};
      if (has_ended(each))
        return made(is_own ? "tls-expired" : "tls-chain-refused",
                    is_own ? N_("The broker's certificate ({subject}) has expired ({time}), and "
                                "{client} does not take it: renew it, and let the broker read it.")
                           : N_("The certificate of the authority that the broker sends along "
                                "({subject}) has expired ({time}), and {client} does not take the "
                                "chain: send the current one."),
                    with);
      if (!has_begun(each))
        return made("tls-not-yet-valid",
                    N_("The broker's certificate ({subject}) is not valid before {begin}, and "
                       "{client} does not take it: correct the clock of the machine that made it, "
                       "or wait."),
                    with);
    }
    return {};
  }

  std::optional<conclusion> of_names() const {
    const probe::certificate& own = tls_.chain.front();
    const std::string wanted = wanted_name();
    const places with{{"subject", own.subject}, {"names", names_of(own)}, {"name", wanted}};
    if (own.is_authority && !own.is_self_signed && tls_.chain.size() > 1) return of_order(with);
    if (own.is_authority && tls_.chain.size() > 1) return of_order(with);
    if (own.dns_names.empty() && own.addresses.empty())
      return made(
          "tls-hostname-mismatch",
          N_("The broker's certificate ({subject}) has no subjectAltName, only a common "
             "name, which apps of today pass over: {client} does not take it. Make one with "
             "subjectAltName {name}."),
          with);
    const bool is_covered =
        is_address(wanted)
            ? std::find(own.addresses.begin(), own.addresses.end(), wanted) != own.addresses.end()
            : std::any_of(own.dns_names.begin(), own.dns_names.end(),
                          [&](const std::string& name) { return covers(name, wanted); });
    if (is_covered) return {};
    if (hello_.server_name.empty())
      return made(
          "tls-ip-without-san",
          N_("{client} sends no server name (SNI), and is shown a certificate for {names}, "
             "which it does not take for {name}: either it was given that address (give the "
             "app the name, or put the address into the certificate), or its library names no "
             "server to a broker that has several certificates (switch SNI on: servername in "
             "Node.js, mbedtls_ssl_set_hostname in mbedTLS)."),
          with);
    return made("tls-hostname-mismatch",
                N_("{client} asks for {name}, and the broker's certificate is for {names}: give "
                   "the app one of these names, or the broker a certificate for {name}."),
                with);
  }

  conclusion of_order(const places& with) const {
    return made(
        "tls-chain-refused",
        N_("The first certificate that the broker sends is that of an authority ({subject}) "
           "and not its own: {client} does not take it. Its own must come first in the "
           "file, then the authority's."),
        with);
  }

  std::optional<conclusion> of_strength() const {
    const probe::certificate& own = tls_.chain.front();
    constexpr int least_rsa_bits = 2048;
    const bool is_short = own.key_type == "RSA" && own.key_bits < least_rsa_bits;
    const bool is_old = own.signature.starts_with("md5") || own.signature.starts_with("sha1") ||
                        own.signature.starts_with("MD5") || own.signature.starts_with("SHA1");
    if (!is_short && !is_old) return {};
    const places with{{"subject", own.subject},
                      {"number", std::to_string(own.key_bits)},
                      {"signature", own.signature.starts_with("md5") ? "MD5" : "SHA-1"}};
    return made("tls-weak-key-or-signature",
                is_short
                    ? N_("The key of the broker's certificate ({subject}) has {number} bits, "
                         "too few for {client}: make a new one with 2048 bits or more.")
                    : N_("The broker's certificate ({subject}) is signed with {signature}, "
                         "which {client} does not take any more: make a new one with SHA-256."),
                with);
  }

  std::optional<conclusion> of_purpose() const {
    const probe::certificate& own = tls_.chain.front();
    if (own.is_for_servers) return {};
    return made("tls-wrong-purpose",
                N_("The broker's certificate ({subject}) is not meant for servers (extended key "
                   "usage), and {client} does not take it: make one with serverAuth."),
                {{"subject", own.subject}});
  }

  conclusion of_issuer() const {
    const probe::certificate& own = tls_.chain.front();
    const probe::certificate& last = tls_.chain.back();
    const places with{{"subject", own.subject}, {"issuer", last.issuer}};
    if (tls_.chain.size() == 1 && own.is_self_signed)
      return made("tls-self-signed-leaf",
                  N_("The broker's certificate ({subject}) is self-signed, and {client} does not "
                     "know it: put that very certificate into the app as authority (CA), or get "
                     "one of an authority that it knows."),
                  with);
    if (tls_.chain.size() == 1)
      return made("tls-missing-intermediate",
                  N_("The broker sends its own certificate alone, signed by {issuer}, and {client} "
                     "does not know that issuer: where it is an intermediate, let the broker send "
                     "it along (the whole chain, fullchain.pem); where it is your own authority, "
                     "give the app its certificate."),
                  with);
    return made("tls-unknown-ca",
                N_("The broker's certificate leads to the authority {issuer}, which {client} does "
                   "not know: give the app its certificate as authority (CA)."),
                with);
  }

  std::optional<conclusion> of_order_alone() const {
    const probe::certificate& own = tls_.chain.front();
    if (!own.is_authority || tls_.chain.size() < 2) return {};
    return of_order({{"subject", own.subject}});
  }

  const client_hello& hello_;
  const tls_summary& tls_;
  const listening& where_;
  const places& named_;
};

}  // namespace

bool is_address(const std::string& name) {
  return !name.empty() &&
         (name.find(':') != name.npos || name.find_first_not_of("0123456789.") == name.npos);
}

bool is_earlier(const std::string& moment, const std::string& other) {
  constexpr std::size_t to_seconds = 19;
  return moment.substr(0, to_seconds) < other.substr(0, to_seconds);
}

std::optional<conclusion> certificate_fault(const connection_summary& summary,
                                            const listening& where,
                                            const std::map<std::string, std::string>& named,
                                            int alert) {
  return certificate_judge(summary, where, named).of_certificate(alert);
}

}  // namespace mqttkit::doctor
