#include "mqtt-doctor/report/blank.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include "common/url_password.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::string_view stars = "***";

bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// Names of secrets, in "name=value", "name: value" and "--name value".
constexpr std::array<std::string_view, 20> secret_names{
    "password",    "passwd",  "pwd",       "passphrase",    "secret",      "token",
    "apikey",      "api_key", "api-key",   "access_key",    "accesskey",   "sig",
    "se_key",      "psk",     "signature", "authorization", "credentials", "sharedaccesskey",
    "private_key", "cookie"};

/// The end of the value that begins there; a quoted value ends at its quote.
std::size_t end_of_value(const std::string& text, std::size_t at) {
  if (at < text.size() && (text[at] == '"' || text[at] == '\'')) {
    const std::size_t close = text.find(text[at], at + 1);
    return close == std::string::npos ? text.size() : close + 1;
  }
  return std::min(text.find_first_of(" \t\r\n&;,)\"'<>", at), text.size());
}

bool names_a_secret(const std::string& low, std::size_t from, std::size_t size) {
  const std::string_view name(low.data() + from, size);
  return std::any_of(secret_names.begin(), secret_names.end(), [&](std::string_view text) {
    // Names such as "rabbit_password" count, but not "password_file", whose value is a path.
    return name.size() >= text.size() && name.substr(name.size() - text.size()) == text;
  });
}

/// Hides values of name=value, name: value in headers, "name":"value" and --name value.
void hide_named(std::string& text) {
  const auto is_of_name = [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; };
  for (std::size_t at = 0; at < text.size();) {
    if (!is_of_name(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_of_name(text[end])) ++end;
    const std::string low = lower(text.substr(at, end - at));
    std::size_t value = end;
    const bool is_option = low.starts_with("--");
    if (value < text.size() && (text[value] == '"' || text[value] == '\'')) ++value;
    std::size_t sign = value;
    while (sign < text.size() && text[sign] == ' ') ++sign;
    const bool is_assigned = sign < text.size() && text[sign] == '=' && sign == value;
    // "authorization: ..." is a header, and "the password: see ..." is prose. The doctor's
    // sentences have neither a header nor a password.
    const bool is_header =
        sign < text.size() && text[sign] == ':' && sign == value &&
        (low.find("authorization") != std::string::npos || value != end ||
         low.find("cookie") != std::string::npos || low.find("token") != std::string::npos ||
         low.find("secret") != std::string::npos);
    if (!names_a_secret(low, 0, low.size()) || !(is_assigned || is_header || is_option)) {
      at = end;
      continue;
    }
    value = is_assigned || is_header ? sign + 1 : value;
    while (value < text.size() && text[value] == ' ') ++value;
    const bool is_whole_line = is_header && (low.find("authorization") != std::string::npos ||
                                             low.find("cookie") != std::string::npos);
    const std::size_t stop = is_whole_line
                                 ? std::min(text.find_first_of("\r\n\"", value), text.size())
                                 : end_of_value(text, value);
    if (stop > value) text.replace(value, stop - value, stars);
    at = value + stars.size();
  }
}

/// Hides values of Erlang's terms: {password, "..."}, {<<"password">>, <<"...">>}, and
/// set_env(rabbit, default_pass, <<"...">>).
void hide_terms(std::string& text) {
  constexpr std::string_view space = " \t\r\n";
  std::string out;
  std::size_t from = 0;  // what is not copied yet
  for (std::size_t comma = 0; (comma = text.find(',', comma)) != std::string::npos; ++comma) {
    std::size_t end = comma;
    while (end > from && (space.find(text[end - 1]) != space.npos || text[end - 1] == '>' ||
                          text[end - 1] == '"' || text[end - 1] == '\''))
      --end;
    std::size_t begin = end;
    while (begin > from && (is_letter_or_digit(text[begin - 1]) || text[begin - 1] == '_')) --begin;
    const std::string name = lower(text.substr(begin, end - begin));
    if (!names_a_secret(name, 0, name.size()) && name != "pass" && !name.ends_with("_pass"))
      continue;
    // A name of prose has no bracket, quote or comma before it.
    std::size_t before = begin;
    while (before > from && text[before - 1] == ' ') --before;
    if (before == 0 || std::string_view("{<\"',").find(text[before - 1]) == std::string_view::npos)
      continue;
    std::size_t value = text.find_first_not_of(space, comma + 1);
    if (value != std::string::npos && text.compare(value, 2, "<<") == 0)
      value = text.find_first_not_of(space, value + 2);
    if (value == std::string::npos || (text[value] != '"' && text[value] != '\'')) continue;
    std::size_t close = value + 1;
    while (close < text.size() && text[close] != text[value])
      close += text[close] == '\\' ? 2U : 1U;
    close = std::min(close, text.size());
    out.append(text, from, value + 1 - from);
    out += stars;
    from = close;
    comma = std::max(comma, close - 1);
  }
  if (from != 0) text = out.append(text, from);
}

/// Hides "Bearer xyz", "Basic xyz", and JSON web tokens anywhere.
void hide_tokens(std::string& text) {
  for (const char* scheme : {"bearer ", "basic ", "digest ", "sharedaccesssignature "}) {
    std::size_t at = 0;
    for (std::string low = lower(text); (at = low.find(scheme, at)) != std::string::npos;
         low = lower(text)) {
      at += std::strlen(scheme);
      const std::size_t end = std::min(text.find_first_of(" \t\r\n,\"'<>", at), text.size());
      constexpr std::size_t shortest = 12;  // letters; "basic authentication" is prose
      const bool has_mark = std::any_of(
          text.begin() + static_cast<std::ptrdiff_t>(at),
          text.begin() + static_cast<std::ptrdiff_t>(end),
          [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '='; });
      if (end - at >= shortest && has_mark) text.replace(at, end - at, stars);
    }
  }
  std::size_t at = 0;
  while ((at = text.find("eyJ", at)) != std::string::npos) {  // {" in base64, the start of a token
    std::size_t end = at;
    while (end < text.size() && (is_letter_or_digit(text[end]) || text[end] == '_' ||
                                 text[end] == '-' || text[end] == '.')) {
      ++end;
    }
    constexpr std::size_t shortest = 20;
    if (end - at >= shortest) text.replace(at, end - at, stars);
    at += stars.size();
  }
}

void hide_keys(std::string& text) {
  std::size_t at = 0;
  while ((at = text.find("PRIVATE KEY-----", at)) != std::string::npos) {
    const std::size_t begin = text.rfind("-----BEGIN", at);
    if (begin == std::string::npos) {
      ++at;
      continue;
    }
    std::size_t end = text.find("PRIVATE KEY-----", at + 1);
    end = end == std::string::npos ? text.size() : end + std::strlen("PRIVATE KEY-----");
    text.replace(begin, end - begin, stars);
    at = begin + stars.size();
  }
}

bool is_address(const std::string& text) {
  in6_addr raw{};
  const std::string bare = text.substr(0, text.find('%'));
  return ::inet_pton(AF_INET, bare.c_str(), &raw) == 1 ||
         ::inet_pton(AF_INET6, bare.c_str(), &raw) == 1;
}

/// Whether the address belongs to every machine (127.0.0.1, 0.0.0.0, ::), so that it may be shown.
bool is_everybodys(const std::string& address) {
  const address_class kind = class_of(address);
  return kind == address_class::loopback || kind == address_class::unspecified ||
         address == "192.0.2.1";
}

bool is_everybodys_name(const std::string& name) {
  constexpr std::array<std::string_view, 6> known{
      "localhost", "test.mosquitto.org", "ifconfig.co", "broker.emqx.io", "broker.hivemq.com", ""};
  return std::find(known.begin(), known.end(), name) != known.end();
}

bool is_of_token(char c) {
  return is_letter_or_digit(c) || c == '.' || c == ':' || c == '-' || c == '_' || c == '%';
}

}  // namespace

std::string without_secrets(std::string text) {
  hide_keys(text);
  tools::hide_url_passwords(text, " \t\r\n\"'<>");
  hide_tokens(text);
  hide_terms(text);
  hide_named(text);
  return text;
}

void blanker::learn_name(const std::string& given) {
  std::string name = lower(given);
  if (name.starts_with("*.")) name.erase(0, 2);
  while (name.ends_with('.')) name.pop_back();
  if (is_everybodys_name(name) || is_address(name) || is_known(name)) return;
  if (name.find_first_of(" /=\"") != std::string::npos) return;
  names_.push_back(name);
  const std::size_t last = name.rfind('.');
  if (last == std::string::npos || last == 0) return;
  const std::size_t parent = name.rfind('.', last - 1);
  // The name without its first label is somebody's domain, in which every name is blanked.
  domains_.push_back("." + (parent == std::string::npos ? name : name.substr(parent + 1)));
}

void blanker::learn(const facts& known) {
  learn_name(known.asked.host);
  const std::string& via = known.asked.sent_via;
  const std::size_t scheme = via.find("://");
  const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  learn_name(via.substr(host, via.find_first_of(":/", host) - host));
  for (const auto& question : known.name.questions) {
    for (const auto& alias : question.aliases) learn_name(alias);
  }
  const auto learn_subject = [this](const std::string& subject) {
    const std::size_t at = subject.find("CN=");
    if (at == std::string::npos) return;
    const std::size_t end = std::min(subject.find_first_of(",/", at), subject.size());
    const std::string name = subject.substr(at + 3, end - at - 3);
    if (name.find('.') != std::string::npos) learn_name(name);
  };
  for (const auto& endpoint : known.endpoints) {
    for (const auto& contact : endpoint.contacts) {
      if (!contact.tls) continue;
      learn_name(contact.tls->server_name);
      for (const auto& certificate : contact.tls->chain) {
        // The name of a certificate authority is public, and tells whom to ask.
        if (certificate.is_authority) continue;
        for (const auto& name : certificate.dns_names) learn_name(name);
        learn_subject(certificate.subject);
      }
    }
  }
  if (!known.host) return;
  for (const auto& configuration : known.host->configurations) {
    for (const auto& listener : configuration.listeners) {
      if (listener.certificate) learn_subject(listener.certificate->subject);
    }
  }
}

bool blanker::is_known(const std::string& name) const {
  if (std::find(names_.begin(), names_.end(), name) != names_.end()) return true;
  return std::any_of(domains_.begin(), domains_.end(), [&](const std::string& domain) {
    return name.ends_with(domain) || name == domain.substr(1);
  });
}

std::string blanker::placeholder(std::map<std::string, std::string>& known, const char* kind,
                                 const std::string& of) {
  auto at = known.find(of);
  if (at == known.end()) {
    at = known.emplace(of, std::string(kind) + "-" + std::to_string(known.size() + 1)).first;
  }
  return at->second;
}

std::string blanker::hidden(const std::string& token, char before, std::string_view behind) {
  // Punctuation of the sentence is no part of a name.
  std::string core = token;
  std::string tail;
  while (!core.empty() && (core.back() == '.' || core.back() == ':' || core.back() == '-')) {
    if (core.ends_with("::")) break;
    tail.insert(tail.begin(), core.back());
    core.pop_back();
  }
  if (is_address(core)) {
    return is_everybodys(core) ? token : placeholder(addresses_, "address", lower(core)) + tail;
  }
  // Certificates write addresses as "IP:fd00::2".
  const std::size_t label = core.find(':');
  if (label != std::string::npos && label > 0) {
    const std::string rest = core.substr(label + 1);
    const bool is_labelled = is_address(rest) || is_known(lower(rest));
    if (is_labelled) return core.substr(0, label + 1) + hidden(rest, '=', behind) + tail;
  }
  const std::size_t colon = core.rfind(':');
  const std::string host = core.substr(0, colon);
  const std::string port = colon == std::string::npos ? "" : core.substr(colon);
  const bool has_port = port.size() > 1 && std::all_of(port.begin() + 1, port.end(), [](char c) {
                          return std::isdigit(static_cast<unsigned char>(c)) != 0;
                        });
  if (!port.empty() && !has_port) return token;
  if (is_address(host)) {
    return is_everybodys(host) ? token
                               : placeholder(addresses_, "address", lower(host)) + port + tail;
  }
  const std::string low = lower(host);
  if (is_everybodys_name(low)) return token;
  const bool is_dotted = low.find('.') != std::string::npos;
  // A name without a dot may be an ordinary word, and counts only where a host must stand.
  const bool is_placed = before == '/' || before == '@' || has_port ||
                         (before == 0 && behind.empty()) || before == '"' || before == '=';
  const bool is_account = before == '@' && !low.ends_with(".service");
  if ((is_known(low) && (is_dotted || is_placed)) || is_account)
    return placeholder(hosts_, "host", low) + port + tail;
  return token;
}

std::string blanker::hide_addresses(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_of_token(text[at])) {
      out += text[at++];
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_of_token(text[end])) ++end;
    // "//" stands before a host, and "/" before a file.
    const char before = at == 0                                                  ? '\0'
                        : text[at - 1] == '/' && (at < 2 || text[at - 2] != '/') ? 'f'
                                                                                 : text[at - 1];
    out += hidden(text.substr(at, end - at), before, std::string_view(text).substr(end));
    at = end;
  }
  return out;
}

std::string blanker::operator()(std::string text) {
  text = without_secrets(std::move(text));
  return blanks_addresses_ ? hide_addresses(text) : text;
}

}  // namespace mqttkit::doctor
