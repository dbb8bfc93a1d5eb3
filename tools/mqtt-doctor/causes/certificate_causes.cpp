// Certificates: whether this device takes them, and whether a phone would.
#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

// X509_V_ERR_... of OpenSSL.
using namespace verify_code;

// The longest validity in days that Apple's systems take: support.apple.com/103769 and 102028.
constexpr std::int64_t ios_longest_private = 825, public_longest = 398;
constexpr int smallest_rsa = 2048;
constexpr std::int64_t soon_days = 14;

/// The client's TLS connection, when it came far enough to show a certificate; null otherwise.
const tls_fact* tls_of(const view& known) {
  const contact* const client = known.client();
  if (client == nullptr || !client->tls || client->tls->chain.empty()) return nullptr;
  return &*client->tls;
}

const verify_fact* failure(const tls_fact& tls, std::initializer_list<int> codes) {
  for (const auto& failure : tls.failures) {
    if (std::find(codes.begin(), codes.end(), failure.code) != codes.end()) return &failure;
  }
  return nullptr;
}

sentence verify_words(const verify_fact& verification) {
  return words(N_("The check of the certificate says {code}: {words} (depth {depth})."),
               {{"code", std::to_string(verification.code)},
                {"words", verification.words},
                {"depth", std::to_string(verification.depth)}});
}

std::string date(const std::string& time) { return time.substr(0, 10); }

/// Seconds between two times in RFC 3339, UTC; 0 where one of them cannot be read.
double seconds_between(const std::string& from, const std::string& to) {
  const auto read = [](const std::string& text) -> std::time_t {
    std::tm parts{};
    return ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) != nullptr ? ::timegm(&parts) : 0;
  };
  const std::time_t begin = read(from), end = read(to);
  return begin == 0 || end == 0 ? 0 : std::difftime(end, begin);
}

const certificate_fact& certificate_at(const tls_fact& tls, int depth) {
  const auto index = static_cast<std::size_t>(std::max(depth, 0));
  return index < tls.chain.size() ? tls.chain[index] : tls.chain.front();
}

bool has_san(const certificate_fact& certificate) {
  return !certificate.dns_names.empty() || !certificate.addresses.empty();
}

/// Whether the issuer is an authority that everybody trusts, by the names of their intermediates.
bool is_public_issuer(const std::string& issuer) {
  constexpr std::array<const char*, 12> known{
      "Let's Encrypt", "DigiCert", "GlobalSign", "Sectigo",   "ZeroSSL", "GeoTrust",
      "Amazon",        "Google",   "GTS",        "TrustAsia", "Entrust", "Baltimore"};
  return std::any_of(known.begin(), known.end(), [&](const char* candidate) {
    return issuer.find(candidate) != std::string::npos;
  });
}

bool is_lets_encrypt_intermediate(const std::string& issuer) {
  constexpr std::array<const char*, 12> names{"CN=R3",  "CN=R10", "CN=R11", "CN=R12",
                                              "CN=R13", "CN=R14", "CN=E1",  "CN=E5",
                                              "CN=E6",  "CN=E7",  "CN=E8",  "CN=E9"};
  return std::find(names.begin(), names.end(), issuer) != names.end();
}

/// Whether it comes from an authority for trying out, which nobody is meant to trust.
bool is_of_staging(const tls_fact& tls) {
  const auto is_named = [](const std::string& name) {
    return name.find("(STAGING)") != std::string::npos ||
           name.find("Fake LE ") != std::string::npos;
  };
  return std::any_of(tls.chain.begin(), tls.chain.end(), [&](const certificate_fact& each) {
    return is_named(each.subject) || is_named(each.issuer);
  });
}

bool looks_like_inspection(const std::string& issuer) {
  constexpr std::array<const char*, 18> signs{
      "Proxy",     "Fortinet",       "FortiGate",  "Zscaler",     "Palo Alto", "Sophos",
      "Kaspersky", "ESET",           "Avast",      "Bitdefender", "Blue Coat", "BlueCoat",
      "Netskope",  "Cisco Umbrella", "Inspection", "mitmproxy",   "Charles",   "Firewall"};
  return std::any_of(signs.begin(), signs.end(), [&](const char* candidate) {
    return issuer.find(candidate) != std::string::npos;
  });
}

/// Offers certbot for a public name: no public CA certifies "localhost" or a private address.
void add_certbot(made_finding& made, const view& known) {
  if (!has_public_name(known)) return;
  made.mend(words(N_("Or use a certificate everybody trusts:")),
            "sudo certbot certonly --standalone -d " + shell_word(known.host()));
}

maybe_finding client_clock_wrong(const view& known, exclusions& excluded) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr) return {};
  const verify_fact* const date_failure = failure(*tls, {not_yet_valid, has_expired});
  if (date_failure == nullptr) return {};
  const bool is_behind = known.all.local.is_clock_behind_build;
  constexpr double a_day = 24 * 60 * 60;
  const bool differs =
      !known.all.local.http_date.empty() && std::abs(known.all.local.clock_error_s) > a_day;
  if (!is_behind && !differs) {
    exclude(excluded, "tls-client-clock-wrong",
            words(N_("This device's clock ({now}) is plausible."), {{"now", known.all.local.now}}));
    return {};
  }
  made_finding made(
      "tls-client-clock-wrong", certainty::certain, strength::proven,
      words(N_("This device's clock is wrong: it says {now}. The certificate may be fine."),
            {{"now", known.all.local.now}}));
  made.seen(verify_words(*date_failure));
  if (is_behind) {
    made.seen(words(N_("This program was made on {built}, later than what the clock says."),
                    {{"built", known.all.local.built}}));
  }
  if (differs) {
    made.seen(
        words(N_("A server on the way says it is {date}."), {{"date", known.all.local.http_date}}));
  }
  return made.mend(words(N_("Set the clock:")), "sudo timedatectl set-ntp true", place::here);
}

/// Whether the clock of a web server agrees with this machine's to within a day.
bool is_clock_confirmed(const view& known) {
  constexpr double a_day = 24 * 60 * 60;
  return !known.all.local.http_date.empty() && std::abs(known.all.local.clock_error_s) < a_day;
}

bool is_clock_suspect(const view& known) {
  return known.all.local.is_clock_behind_build ||
         (!known.all.local.http_date.empty() && std::abs(known.all.local.clock_error_s) > 86400);
}

maybe_finding expired(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr) return {};
  const verify_fact* const found = failure(*tls, {has_expired});
  const certificate_fact& certificate = certificate_at(*tls, found != nullptr ? found->depth : 0);
  if (found == nullptr) {
    if (!tls->failures.empty() || tls->chain[0].days_left > soon_days ||
        tls->chain[0].days_left < 0) {
      return {};
    }
    return made_finding("tls-expires-soon", certainty::certain, strength::one_of_several,
                        words(N_("The certificate ends in {days} days, on {date}."),
                              {{"days", std::to_string(tls->chain[0].days_left)},
                               {"date", date(tls->chain[0].not_after)}}))
        .seen(words(N_("Its last day is {date}."), {{"date", tls->chain[0].not_after}}))
        .fill_in(reload_of(known).empty()
                     ? words(N_("Renew it, and let the broker read it again."))
                     : words(N_("Renew it, and let the broker read it again:")),
                 reload_of(known));
  }
  // days_left is rounded down: it is -1 within the first day after the end. Only a clock that is
  // ahead makes a valid certificate look expired, and today is no earlier than the build of this:
  // what ended before the build is expired whatever the clock says.
  const bool is_over = is_clock_confirmed(known) ||
                       certificate.not_after.substr(0, 10) < known.all.local.built.substr(0, 10);
  made_finding made(
      "tls-expired", is_over ? certainty::certain : certainty::likely,
      is_clock_suspect(known) ? strength::fits : strength::told,
      words(found->depth == 0
                ? N_("The server's certificate expired on {date}, {days} day(s) ago.")
                : N_("A certificate in the server's chain ({subject}) expired on {date}, "
                     "{days} day(s) ago."),
            {{"date", date(certificate.not_after)},
             {"days", std::to_string(std::max<std::int64_t>(0, -certificate.days_left - 1))},
             {"subject", certificate.subject}}));
  made.seen(verify_words(*found));
  add_renewal(made, known, certificate, reload_of(known));
  if (!is_over)
    made.apart(words(N_("Unless this device's clock is ahead; it says {now}:"),
                     {{"now", known.all.local.now}}),
               "date -u");
  return made;
}

maybe_finding not_valid_yet(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  const verify_fact* const found = tls != nullptr ? failure(*tls, {not_yet_valid}) : nullptr;
  if (found == nullptr) return {};
  const certificate_fact& certificate = certificate_at(*tls, found->depth);
  const double ahead = seconds_between(known.all.local.now, certificate.not_before);
  constexpr double an_hour = 3600, a_day = 24 * an_hour;
  const bool is_soon = ahead > 0 && ahead < a_day;
  made_finding made(
      "tls-not-yet-valid", is_clock_confirmed(known) ? certainty::certain : certainty::likely,
      is_clock_suspect(known) ? strength::fits : strength::told,
      words(N_("The server's certificate is valid only from {date} on."),
            {{"date", is_soon ? certificate.not_before : date(certificate.not_before)}}));
  made.seen(verify_words(*found))
      .seen(words(N_("This device's clock says {now}."), {{"now", known.all.local.now}}));
  if (is_soon)
    made.seen(words(N_("That is {time} ahead: the clock of the machine that made it was that far "
                       "ahead, or in another time zone."),
                    {{"time", time_text(ahead * 1000)}}));
  return made.mend(words(N_("Issue it again on a machine whose clock is right.")));
}

/// Whether the chain does not end at an authority this device trusts.
bool has_unknown_issuer(const tls_fact& tls) {
  return failure(tls, {self_signed_in_chain, no_local_issuer, no_leaf_signature}) != nullptr;
}

/// Whether the CA file holds a CA of the issuer's very name, whose key did not sign this chain.
bool has_namesake(const view& known, const std::string& issuer) {
  const auto& given = known.asked().authorities;
  return !issuer.empty() && std::find(given.begin(), given.end(), issuer) != given.end();
}

bool is_intermediate_missing(const tls_fact& tls) {
  const certificate_fact& leaf = tls.chain.front();
  if (failure(tls, {no_local_issuer, no_leaf_signature}) == nullptr || leaf.is_self_signed)
    return false;
  // The second certificate is not the leaf's issuer, or is missing: the issuer was not sent.
  const bool issuer_was_sent = tls.chain.size() > 1 && tls.chain[1].subject == leaf.issuer;
  if (issuer_was_sent) return false;
  const bool sounds_intermediate = leaf.issuer.find("ntermediate") != std::string::npos ||
                                   leaf.issuer.find("Issuing") != std::string::npos ||
                                   leaf.issuer.find("Sub CA") != std::string::npos ||
                                   leaf.issuer.find("SubCA") != std::string::npos;
  return !leaf.issuer_url.empty() || is_public_issuer(leaf.issuer) ||
         is_lets_encrypt_intermediate(leaf.issuer) || sounds_intermediate || tls.chain.size() > 1;
}

maybe_finding missing_intermediate(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr || !has_unknown_issuer(*tls)) return {};
  if (is_of_staging(*tls)) return {};  // whole, it would be trusted by nobody either
  const bool is_missing = is_intermediate_missing(*tls);
  const bool may_be_missing = !is_missing && known.asked().has_ca && tls->chain.size() == 1 &&
                              !tls->chain[0].is_self_signed;
  if (!is_missing && !may_be_missing) return {};
  if (has_namesake(known, tls->chain.front().issuer)) return {};  // issuer given, key differs
  const certificate_fact& leaf = tls->chain.front();
  made_finding made("tls-missing-intermediate",
                    is_missing ? certainty::likely : certainty::possible,
                    is_missing ? strength::seen : strength::one_of_several,
                    words(N_("The server sends its own certificate without the intermediate one, "
                             "{issuer}: desktop browsers help themselves, phones do not."),
                          {{"issuer", leaf.issuer}}));
  made.seen(
          verify_words(*failure(*tls, {self_signed_in_chain, no_local_issuer, no_leaf_signature})))
      .seen(words(
          N_("The chain has {count} certificate(s); {subject} was issued by {issuer}, which is not "
             "among them."),
          {{"count", std::to_string(tls->chain.size())},
           {"subject", leaf.subject},
           {"issuer", leaf.issuer}}));
  // Where another authority issued it, nobody knows the path of the file.
  const bool is_lets_encrypt = contains(leaf.issuer, "Let's Encrypt") && !known.all.name.is_literal;
  if (broker_of(known) == broker_kind::mosquitto && is_lets_encrypt) {
    made.lines(words(N_("Use the full chain, in mosquitto.conf:")),
               "certfile /etc/letsencrypt/live/" + known.host() + "/fullchain.pem",
               "mosquitto.conf");
  } else {
    made.mend(
        words(N_("Let the broker show the full chain: its own certificate and behind it the "
                 "intermediate one, in one file (Let's Encrypt: fullchain.pem).")));
  }
  return made;
}

/// Adds how to install the CA on the phone, for browsers and for apps that bring none along.
void add_install_on_phone(made_finding& made, const view& known) {
  if (!known.all.phone) return;
  made.in_app(words(N_("Or install it on the phone. Android: Settings, Security, Encryption & "
                       "credentials, Install a certificate, CA certificate; apps trust it only "
                       "where they say so.")))
      .in_app(words(N_("iPhone: open the file, install the profile, then Settings, General, About, "
                       "Certificate Trust Settings: switch it on.")));
}

/// Let's Encrypt's place for trying out: what it issues is to be replaced, and trusted by nobody.
maybe_finding staging_authority(const view& known, const tls_fact& tls) {
  made_finding made(
      "tls-unknown-ca", certainty::certain, strength::told,
      words(N_("The certificate comes from Let's Encrypt's staging environment, which is "
               "for trying out: no device trusts it.")));
  made.seen(words(N_("It was issued by {issuer}."), {{"issuer", tls.chain.front().issuer}}))
      .seen(
          verify_words(*failure(tls, {self_signed_in_chain, no_local_issuer, no_leaf_signature})));
  const sentence how(
      N_("Issue it anew from the real one: certbot without --staging and --test-cert, "
         "acme.sh with --server letsencrypt --force, Caddy and Traefik without their "
         "line for the staging directory. Its authority belongs on no phone."));
  made.mend(how);
  if (has_public_name(known))
    made.look(
        words(N_("With certbot, this shows which certificates there are and how they were asked "
                 "for:")),
        "sudo certbot certificates; grep -rn staging /etc/letsencrypt/renewal");
  return made;
}

maybe_finding unknown_authority(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr || !has_unknown_issuer(*tls)) return {};
  if (!known.asked().has_ca && is_of_staging(*tls)) return staging_authority(known, *tls);
  const certificate_fact& last = tls->chain.back();
  const std::string authority = last.is_self_signed ? last.subject : last.issuer;
  const bool is_namesake = has_namesake(known, tls->chain.front().issuer);
  const bool is_missing = is_intermediate_missing(*tls) && !is_namesake;
  made_finding made(
      // The given CA may be the right one: with the missing intermediate the chain may lead to it.
      "tls-unknown-ca", is_missing ? certainty::possible : certainty::certain,
      is_missing                         ? strength::fits
      : looks_like_inspection(authority) ? strength::first_of_several
                                         : strength::agreed,
      words(is_namesake
                ? N_("The certificate was issued by {issuer}, and the CA file given holds an "
                     "authority of the same name with another key: it was made anew, and one of "
                     "the two is older.")
            : known.asked().has_ca
                ? N_("The certificate was issued by {issuer}, and the CA file given is not "
                     "that authority's.")
                : N_("The certificate was issued by {issuer}, a private authority that this "
                     "device, and a phone, does not know."),
            {{"issuer", authority}}));
  made.seen(
      verify_words(*failure(*tls, {self_signed_in_chain, no_local_issuer, no_leaf_signature})));
  made.in_app(
      is_namesake
          ? words(N_("Fetch ca.crt again from where the server's certificate was made, and give it "
                     "to every app in the place of the older one."))
          : words(N_("Give the app the authority's certificate (ca.crt, not the server's own).")));
  add_install_on_phone(made, known);
  add_certbot(made, known);
  return made.apart(words(N_("With the right file this passes:")),
                    "mqtt-doctor mqtts://" + known.target() + " --cafile ca.crt");
}

maybe_finding interception(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr || !has_unknown_issuer(*tls)) return {};
  const certificate_fact& last = tls->chain.back();
  const std::string authority = last.is_self_signed ? last.subject : last.issuer;
  if (!looks_like_inspection(authority)) return {};
  return made_finding(
             "tls-interception", certainty::likely, strength::agreed,
             words(N_("A TLS inspection proxy or virus scanner ({issuer}) stands in between and "
                      "shows a certificate of its own."),
                   {{"issuer", authority}}))
      .seen(
          verify_words(*failure(*tls, {self_signed_in_chain, no_local_issuer, no_leaf_signature})))
      .seen(words(
          N_("The certificate is for the right name, but its issuer is a product that inspects "
             "traffic.")))
      .mend(words(N_("Have the host exempted from inspection, or use another network.")), {},
            place::console)
      .apart(words(N_("From another network, is the issuer another one?")),
             "openssl s_client -connect " + known.target() + " </dev/null | grep issuer");
}

maybe_finding self_signed(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  const verify_fact* const found = tls != nullptr ? failure(*tls, {self_signed_leaf}) : nullptr;
  if (found == nullptr) return {};
  made_finding made(
      "tls-self-signed-leaf", certainty::certain, strength::measured,
      words(N_("The server's certificate signs itself ({subject}): nobody trusts it unless "
               "it is installed by hand."),
            {{"subject", tls->chain[0].subject}}));
  made.seen(verify_words(*found))
      .in_app(words(N_("Import that certificate as a CA in the app (Android takes it only with "
                       "basicConstraints CA:TRUE).")));
  add_install_on_phone(made, known);
  add_certbot(made, known);
  return made;
}

maybe_finding hostname_mismatch(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  const verify_fact* const found = tls != nullptr ? failure(*tls, {wrong_host}) : nullptr;
  if (found == nullptr) return {};
  const certificate_fact& leaf = tls->chain.front();
  auto names = leaf.dns_names;
  names.insert(names.end(), leaf.addresses.begin(), leaf.addresses.end());
  if (names.empty()) names.push_back(leaf.subject);
  std::vector<std::string> odd;
  std::copy_if(leaf.dns_names.begin(), leaf.dns_names.end(), std::back_inserter(odd),
               [](const std::string& name) { return name.find_first_of(":/ ") != name.npos; });
  std::vector<std::string> usable;
  std::copy_if(names.begin(), names.end(), std::back_inserter(usable), [&](const auto& name) {
    return std::find(odd.begin(), odd.end(), name) == odd.end();
  });
  made_finding made("tls-hostname-mismatch", certainty::certain, strength::measured,
                    words(N_("The certificate is for {names}, and you connected to {host}."),
                          {{"names", list_text(names)}, {"host", known.host()}}));
  made.seen(verify_words(*found));
  if (!odd.empty())
    made.seen(words(N_("\"{name}\" is no name: a certificate lists names without a port, a scheme "
                       "or a blank."),
                    {{"name", odd.front()}}));
  if (!usable.empty())
    made.in_app(words(N_("Connect by a name the certificate lists: {names}."),
                      {{"names", list_text(usable)}}));
  made.lines(usable.empty() ? words(N_("Issue the certificate again with:"))
                            : words(N_("Or issue the certificate again with:")),
             "subjectAltName = " + alternative_name(known), "openssl.cnf");
  if (known.asked().is_insecure) return made.warning();
  return made;
}

/// The proxy whose own certificate this is, which it shows where no name fits; null for any other.
const char* owner_of_default(const certificate_fact& leaf) {
  constexpr std::array<std::pair<std::string_view, const char*>, 3> defaults{
      {{"TRAEFIK DEFAULT CERT", "Traefik"},
       {"Kubernetes Ingress Controller Fake Certificate", "ingress-nginx"},
       {"Caddy Local Authority", "Caddy"}}};
  for (const auto& [part, name] : defaults) {
    if (leaf.subject.find(part) != std::string::npos || leaf.issuer.find(part) != std::string::npos)
      return name;
  }
  return nullptr;
}

maybe_finding address_without_san(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  const verify_fact* const found = tls != nullptr ? failure(*tls, {wrong_address}) : nullptr;
  if (found == nullptr) return {};
  const certificate_fact& leaf = tls->chain.front();
  if (const char* const owner = owner_of_default(leaf)) {
    const places who{{"name", owner}, {"host", known.host()}};
    made_finding made("tls-ip-without-san", certainty::certain, strength::measured,
                      words(N_("You connect by address, and {name} chooses by name: to who names "
                               "none it shows its own certificate."),
                            who));
    made.seen(words(N_("The certificate is {subject}."), {{"subject", leaf.subject}}));
    made.in_app(words(N_("Connect by the name that {name} has a route for."), who));
    made.mend(words(N_("Or give {name} a default certificate and a route for every name."), who));
    if (known.asked().is_insecure) return made.warning();
    return made;
  }
  const auto& names = leaf.dns_names;
  const bool is_written_as_name =
      std::find(names.begin(), names.end(), known.host()) != names.end();
  const places with{
      {"names", has_san(leaf) ? list_text(names.empty() ? leaf.addresses : names) : leaf.subject},
      {"host", known.host()}};
  made_finding made(
      "tls-ip-without-san", certainty::certain, strength::measured,
      is_written_as_name
          ? words(N_("The certificate lists {host} as a name (DNS:) and not as an address (IP:): "
                     "who connects by address is not content with that."),
                  with)
      : !has_san(leaf)
          ? words(
                N_("You connect by address, and the certificate has no subjectAltName: its common "
                   "name, {names}, does not count for an address."),
                with)
          : words(N_("You connect by address, and the certificate lists {names} but not {host}."),
                  with));
  made.seen(verify_words(*found));
  // A certificate whose names are all IP addresses offers no name to connect by.
  const auto is_name = [](const std::string& name) {
    return name.find_first_not_of("0123456789.:") != std::string::npos;
  };
  const std::size_t common = leaf.subject.find("CN=");
  const bool has_name =
      has_san(leaf) ? std::any_of(names.begin(), names.end(), is_name)
                    : common != std::string::npos &&
                          is_name(leaf.subject.substr(
                              common + 3, leaf.subject.find_first_of(",/", common) - common - 3));
  if (has_name) made.in_app(words(N_("Connect by name.")));
  made.lines(has_name ? words(N_("Or issue the certificate again with:"))
                      : words(N_("Issue the certificate again with:")),
             "subjectAltName = " + alternative_name(known), "openssl.cnf");
  if (known.asked().is_insecure) return made.warning();
  return made;
}

maybe_finding purpose(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  const verify_fact* const found = tls != nullptr ? failure(*tls, {wrong_purpose}) : nullptr;
  // Above the server's own certificate it is about who may issue.
  if (found == nullptr || found->depth > 0) return {};
  return made_finding(
             "tls-wrong-purpose", certainty::certain, strength::told,
             words(N_("The broker shows a certificate that is not meant for servers (its extended "
                      "key usage lacks serverAuth).")))
      .seen(verify_words(*found))
      .lines(words(N_("Issue it again with:")), "extendedKeyUsage = serverAuth", "openssl.cnf");
}

/// Codes of X509_V_ERR_... that other causes are about.
bool is_others_failure(const verify_fact& failed) {
  constexpr std::array others{not_yet_valid,
                              has_expired,
                              self_signed_leaf,
                              no_local_issuer,
                              self_signed_in_chain,
                              no_leaf_signature,
                              wrong_host,
                              wrong_address,
                              leaf_key_too_small,
                              digest_too_weak,
                              authority_key_too_small};
  return std::find(others.begin(), others.end(), failed.code) != others.end() ||
         (failed.code == wrong_purpose && failed.depth == 0);
}

const char* meaning_of_failure(const verify_fact& failed) {
  // openssl-verification-options(1): 24 and 79 an authority that may not be one, 25 too long a
  // chain, 32 a key that may not sign, 47 and 48 names an authority may not certify, 23 revoked.
  switch (failed.code) {
    case 23:
      return N_("The authority revoked the certificate.");
    case 25:
      return N_("An authority in the chain allows fewer authorities below it than there are.");
    case 47:
    case 48:
      return N_(
          "An authority in the chain may certify certain names only, and this name is not "
          "among them.");
    case 24:
    case 26:
    case 32:
    case 79:
      return N_(
          "The certificate was issued by one that is no authority (CA:TRUE and keyCertSign "
          "are missing).");
    default:
      return nullptr;
  }
}

/// What the check of the chain found and no other cause is about.
maybe_finding chain_refused(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr || known.asked().is_insecure) return {};
  const auto found = std::find_if(tls->failures.begin(), tls->failures.end(),
                                  [](const verify_fact& each) { return !is_others_failure(each); });
  if (found == tls->failures.end()) return {};
  const char* const meaning = meaning_of_failure(*found);
  made_finding made("tls-chain-refused", certainty::certain, strength::measured,
                    meaning != nullptr
                        ? words(meaning)
                        : words(N_("The server's chain of certificates does not pass: {words}."),
                                {{"words", found->words}}));
  made.seen(verify_words(*found))
      .seen(words(N_("It is about {subject}, issued by {issuer}."),
                  {{"subject", certificate_at(*tls, found->depth).subject},
                   {"issuer", certificate_at(*tls, found->depth).issuer}}));
  return made.mend(
      words(N_("Issue the server's certificate again, from an authority that may sign it.")));
}

maybe_finding weak(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  const contact* const old = known.at.find(contact_purpose::old_tls);
  const tls_fact* const shown = tls != nullptr ? tls
                                : old != nullptr && old->tls && !old->tls->chain.empty()
                                    ? &*old->tls
                                    : nullptr;
  if (shown == nullptr) return {};
  const certificate_fact& leaf = shown->chain.front();
  const bool is_small = leaf.key_type == "RSA" && leaf.key_bits < smallest_rsa;
  const bool is_old_digest = leaf.signature.find("sha1") != std::string::npos ||
                             leaf.signature.find("md5") != std::string::npos;
  const bool is_refused =
      failure(*shown, {leaf_key_too_small, authority_key_too_small, digest_too_weak}) != nullptr;
  if (leaf.key_type.starts_with("ED"))
    return made_finding("tls-weak-key-or-signature", certainty::certain, strength::leaning,
                        words(N_("The certificate's key is of the kind {type}, which browsers, "
                                 "iPhones and many devices do not take."),
                              {{"type", leaf.key_type}}))
        .seen(words(N_("OpenSSL takes it, and so does this check.")))
        .fill_in(words(N_("Make a new key and certificate:")),
                 "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 ...")
        .warning();
  if (!is_small && !is_old_digest && !is_refused) return {};
  made_finding made(
      "tls-weak-key-or-signature", certainty::certain, strength::seen,
      words(N_("The certificate is too weak for current phones: {type} {bits} bits, signed "
               "with {signature}."),
            {{"type", leaf.key_type},
             {"bits", std::to_string(leaf.key_bits)},
             {"signature", leaf.signature}}));
  made.seen(words(N_("Android and iOS want RSA of 2048 bits or EC P-256, and SHA-256.")))
      .fill_in(words(N_("Make a new key and certificate:")),
               "openssl req -new -newkey rsa:2048 -sha256 ...");
  const bool has_failed = is_refused || !shown->is_done || tls == nullptr;
  if (!has_failed) return made.warning();
  return made;
}

// ---- certificates that pass here and would not on a phone --------------------------------------

bool passes_here(const view& known, const tls_fact& tls) {
  return tls.is_done &&
         std::all_of(tls.failures.begin(), tls.failures.end(), [&](const auto& failure) {
           return known.asked().is_insecure &&
                  (failure.code == wrong_host || failure.code == wrong_address);
         });
}

maybe_finding common_name_only(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr || has_san(tls->chain.front())) return {};
  made_finding made("tls-cn-only", certainty::certain, strength::seen,
                    words(N_("The certificate has no subjectAltName. This program's library, and "
                             "mosquitto_pub, accept that; Android, iOS, Go and browsers do not.")));
  made.seen(words(N_("Its only name is {subject}, and the list of alternative names is missing."),
                  {{"subject", tls->chain[0].subject}}))
      .lines(words(N_("Issue it again with:")), "subjectAltName = " + alternative_name(known),
             "openssl.cnf");
  // Where the certificate fails here already, that failure is the cause and this comes after it.
  if (!passes_here(known, *tls)) return made.warning();
  return made;
}

maybe_finding ios_validity(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr) return {};
  const certificate_fact& leaf = tls->chain.front();
  const bool is_public = passes_here(known, *tls) && !known.asked().has_ca;
  const std::int64_t longest = is_public ? public_longest : ios_longest_private;
  const bool is_long = leaf.lifetime_days > longest;
  const bool lacks_purpose = !leaf.has_purposes;
  if (!is_long && !(lacks_purpose && known.asked().has_ca)) return {};
  made_finding made(
      "tls-ios-validity", certainty::certain,
      is_long ? strength::agreed : strength::first_of_several,
      is_long ? words(N_("The certificate is valid for {days} days: iOS refuses server "
                         "certificates longer than {longest}."),
                      {{"days", std::to_string(leaf.lifetime_days)},
                       {"longest", std::to_string(longest)}})
              : words(N_("The certificate lacks the purpose serverAuth: iOS refuses it.")));
  if (is_long)
    made.seen(
        words(N_("It is valid from {from} to {to}; OpenSSL accepts that, iOS 13 and later do not."),
              {{"from", date(leaf.not_before)}, {"to", date(leaf.not_after)}}));
  if (lacks_purpose)
    made.seen(
        words(N_("It has no extended key usage; OpenSSL takes that for any purpose, iOS 13 "
                 "and later want serverAuth in it.")));
  made.fill_in(is_long ? words(N_("Issue it again, from the same CA, for at most {longest} days:"),
                               {{"longest", std::to_string(longest)}})
                       : words(N_("Issue it again, from the same CA, with that purpose:")),
               "openssl x509 -req -days " + std::to_string(longest) +
                   " ... -extfile <(printf 'subjectAltName=" + alternative_name(known) +
                   "\\nextendedKeyUsage=serverAuth')");
  // The rule is Apple's alone; all other devices take the certificate.
  return made.warning();
}

/// The private CA given to the doctor with --cafile has to be given to the app as well.
maybe_finding android_user_ca(const view& known, exclusions&) {
  const tls_fact* const tls = tls_of(known);
  if (tls == nullptr || !passes_here(known, *tls) || !known.asked().has_ca) return {};
  return made_finding(
             "tls-android-user-ca", certainty::certain, strength::fits,
             words(N_("The CA is private: most Android apps ignore it even when it is installed on "
                      "the phone; load it inside the app.")))
      .seen(words(N_("The certificate passes with the CA file given here.")))
      .in_app(words(N_("Choose ca.crt in the app's own TLS settings.")));
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"tls-client-clock-wrong", N_("the clock of this device is wrong"), layer::tls, exit_code::tls,
     station::client, severity::problem, client_clock_wrong},
    {"tls-expired", N_("the server's certificate has expired"), layer::tls, exit_code::tls,
     station::broker, severity::problem, expired},
    {"tls-not-yet-valid", N_("the server's certificate is not valid yet"), layer::tls,
     exit_code::tls, station::broker, severity::problem, not_valid_yet},
    {"tls-missing-intermediate", N_("the server does not send the intermediate certificate"),
     layer::tls, exit_code::tls, station::broker, severity::problem, missing_intermediate},
    {"tls-unknown-ca", N_("the authority of the server's certificate is not trusted here"),
     layer::tls, exit_code::tls, station::broker, severity::problem, unknown_authority},
    {"tls-interception", N_("something on the way opens TLS and shows a certificate of its own"),
     layer::tls, exit_code::tls, station::network, severity::problem, interception},
    {"tls-self-signed-leaf", N_("the server's certificate signs itself"), layer::tls,
     exit_code::tls, station::broker, severity::problem, self_signed},
    {"tls-hostname-mismatch", N_("the certificate is for another name"), layer::tls, exit_code::tls,
     station::broker, severity::problem, hostname_mismatch},
    {"tls-ip-without-san", N_("an address was dialled that the certificate does not list"),
     layer::tls, exit_code::tls, station::broker, severity::problem, address_without_san},
    {"tls-wrong-purpose", N_("the broker's certificate is not meant for servers"), layer::tls,
     exit_code::tls, station::broker, severity::problem, purpose},
    {"tls-chain-refused", N_("the chain of the server's certificate breaks one of its own rules"),
     layer::tls, exit_code::tls, station::broker, severity::problem, chain_refused},
    {"tls-weak-key-or-signature", N_("the certificate's key or signature is too weak for phones"),
     layer::tls, exit_code::tls, station::broker, severity::problem, weak},
    {"tls-cn-only", N_("the certificate has a common name and no subjectAltName"), layer::phone,
     exit_code::tls, station::client, severity::problem, common_name_only},
    {"tls-ios-validity", N_("the certificate is valid for longer than iOS takes"), layer::phone,
     exit_code::tls, station::client, severity::problem, ios_validity},
    {"tls-android-user-ca", N_("Android apps ignore authorities that the user installed"),
     layer::phone, exit_code::tls, station::client, severity::note, android_user_ca},
    {"tls-expires-soon", N_("the server's certificate ends soon"), layer::tls, exit_code::tls,
     station::broker, severity::warning},
};

}  // namespace

cause_table certificate_causes() { return {rows, {}}; }

}  // namespace mqttkit::doctor
