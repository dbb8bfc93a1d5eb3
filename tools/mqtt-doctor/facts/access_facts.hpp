// The rules by which programs of the broker's machine (proxies, TCP wrappers, systemd) look at who
// comes, before the broker does.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/fact_word.hpp"

namespace mqttkit::doctor {

/// What a rule looks at; others are kept.
enum class client_trait : std::uint8_t {
  none,
  address,
  identifier,  ///< of CONNECT
  user_name,   ///< of CONNECT
  mqtt,        ///< that it begins with a CONNECT, unencrypted
};
template <>
inline constexpr auto word_rows<client_trait> = std::to_array<row<client_trait>>({
    {client_trait::none, ""},
    {client_trait::address, "address"},
    {client_trait::identifier, "identifier"},
    {client_trait::user_name, "user-name"},
    {client_trait::mqtt, "mqtt"},
});
static_assert(is_in_order(word_rows<client_trait>));

/// How a text is compared with a value; others are kept.
enum class text_match : std::uint8_t {
  none,
  is,
  begins,
  ends,
  contains,
};
template <>
inline constexpr auto word_rows<text_match> = std::to_array<row<text_match>>({
    {text_match::none, ""},
    {text_match::is, "is"},
    {text_match::begins, "begins"},
    {text_match::ends, "ends"},
    {text_match::contains, "contains"},
});
static_assert(is_in_order(word_rows<text_match>));

struct access_condition_fact {
  fact_word<client_trait> trait;
  fact_word<text_match> match;      ///< of identifiers and user names
  std::vector<std::string> values;  ///< any of them; of addresses: "10.0.0.0/8", "192.0.2.7"
  bool is_negated = false;
  bool has_all = true;  ///< `values` is complete: no name, file or expression is among them
};

/// A rule that lets clients in or turns them away.
struct access_rule_fact {
  std::vector<access_condition_fact> conditions;  ///< all of them must hold; none: everybody
  bool lets_in = false;
  int stage = 0;     ///< a client passes each stage, where the first rule that fits decides
  std::string text;  ///< as written: "deny 10.77.1.2"
  std::string file;
  int line = 0;
};

/// Who turns clients away in a program's stead.
enum class access_guard : std::uint8_t {
  none,
  tcp_wrappers,  ///< libwrap, which the program is linked with
  systemd,       ///< IPAddressAllow, IPAddressDeny of its unit
};
template <>
inline constexpr auto word_rows<access_guard> = std::to_array<row<access_guard>>({
    {access_guard::none, ""},
    {access_guard::tcp_wrappers, "tcp-wrappers"},
    {access_guard::systemd, "systemd"},
});
static_assert(is_in_order(word_rows<access_guard>));

/// The rules of such a guard for a program that takes connections.
struct access_list_fact {
  fact_word<access_guard> guard;
  std::string name;  ///< the unit, or the name by which TCP wrappers know the program
  int pid = 0;
  int port = 0;  ///< 0: all of the program's
  std::vector<access_rule_fact> rules;
};

}  // namespace mqttkit::doctor
