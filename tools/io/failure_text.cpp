#include "io/failure_text.hpp"

#include <algorithm>
#include <asio/error.hpp>

#include "common/printable.hpp"
#include "io/advice.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::tools {
namespace {

bool is(std::error_code error, errc code) { return error == make_error_code(code); }

std::string lower_first(std::string_view text) {
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  const std::string_view word = text.substr(0, text.find(' '));
  std::string out(text);
  // A name such as "TLS" or "QoS" stays as it is.
  if (std::count_if(word.begin(), word.end(), is_capital) == 1 && is_capital(word[0]))
    out[0] = static_cast<char>(out[0] + 32);
  return out;
}

std::string hex(std::uint8_t code) {
  std::string text = "0x";
  append_hex(text, code, letter_case::upper);
  return text;
}

std::string reason_text(std::uint8_t reason, packet_type in) {
  const std::string_view name = reason_name(reason, in);
  if (name.empty()) return "reason " + hex(reason);
  return lower_first(name) + " (" + hex(reason) + ")";
}

/// What went wrong, without subject and advice.
std::string cause_of(const failure& why) {
  const std::string detail = printable(why.detail);
  if (is(why.error, errc::connection_refused_by_broker) ||
      is(why.error, errc::disconnected_by_broker)) {
    const bool refused = is(why.error, errc::connection_refused_by_broker);
    std::string text = refused ? "refused by the broker" : "disconnected by the broker";
    if (why.reason != 0)
      text +=
          ": " + reason_text(why.reason, refused ? packet_type::connack : packet_type::disconnect);
    if (!detail.empty()) text += ": \"" + detail + '"';
    return text;
  }
  const bool is_refused = why.error == asio::error::connection_refused;
  std::string message = is_refused                          ? "connection refused"
                        : is(why.error, errc::step_timeout) ? "timed out"
                        : why.error == asio::error::eof     ? "connection closed by the peer"
                                                            : lower_first(why.error.message());
  if (detail.empty()) return printable(message);
  // Some details are a sentence of their own, which needs no "handshake failed" in front.
  static constexpr errc sentences[] = {errc::tls_verify_failed, errc::tls_handshake_failed,
                                       errc::tls_setup_failed,  errc::invalid_option,
                                       errc::connection_closed, errc::proxy_protocol,
                                       errc::http_malformed};
  bool detail_says_all = contains_ignoring_case(detail, message);
  for (const errc code : sentences) detail_says_all = detail_says_all || is(why.error, code);
  return detail_says_all ? lower_first(detail) : message + ": " + detail;
}

}  // namespace

std::string describe(const failure& why) {
  std::string line;
  if (!why.subject.empty()) line = printable(why.subject) + ": ";
  line += to_string(stage_of(why));
  line += ": ";
  line += cause_of(why);
  if (const std::string advice = advice_for(why); !advice.empty()) line += "; " + advice;
  return line;
}

std::string describe(const failure& why, std::string_view tls_from) {
  std::string line = describe(why);
  const bool is_about_it = why.at == stage::connect || why.at == stage::tls;
  if (is_about_it && !tls_from.empty()) {
    line += "; TLS is on because of ";
    line += tls_from;
    line += ", --no-tls goes without";
  }
  return line;
}

std::string describe_refusal(std::uint8_t reason, packet_type in, std::string_view words) {
  std::string line = reason_text(reason, in);
  if (!words.empty()) line += ": \"" + printable(words) + '"';
  failure why;
  why.reason = reason;
  std::string advice = advice_for_reason(why, false);
  // Before MQTT 5 a refusal has no reason code; the cause is most often this one.
  if (advice.empty() && in == packet_type::suback)
    advice = "check the filter, and what the broker allows this user (its ACL)";
  if (!advice.empty()) line += "; " + advice;
  return line;
}

std::string describe_limit(std::error_code error) {
  std::string line = lower_first(error.message());
  if (const std::string advice = advice_for_limit(error); !advice.empty()) line += "; " + advice;
  return line;
}

}  // namespace mqttkit::tools
