#include "common/parser.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <type_traits>

#include "common/arguments.hpp"
#include "common/exit_code.hpp"
#include "common/format_syntax.hpp"
#include "common/property_option.hpp"
#include "common/url.hpp"
#include "mqttkit/base/utf8.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::tools {
namespace {

// What a port stands for when none was given.
constexpr std::uint16_t mqtt_port = 1883;
constexpr std::uint16_t mqtts_port = 8883;
constexpr std::uint16_t http_port = 80;     // RFC 6455 §3: ws
constexpr std::uint16_t https_port = 443;   // and wss
constexpr std::uint16_t socks_port = 1080;  // RFC 1928 §3
constexpr std::uint16_t http_proxy_port = 8080;

constexpr std::uint32_t never_expires = 0xFFFFFFFF;  // MQTT 5.0 §3.1.2.11.2

/// A whole decimal number in [least, most].
template <class Number>
bool read_number(std::string_view text, Number least, Number most, Number& out) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  if (!(value >= least && value <= most)) return false;
  out = value;
  return true;
}

std::string quoted(std::string_view text) { return "'" + printable(text, 80) + "'"; }

/// Why `topic` cannot be used, pointing at the place; empty when it can.
std::string topic_problem(std::string_view topic, bool is_filter) {
  const auto at = [](std::size_t index) { return " (byte " + std::to_string(index + 1) + ")"; };
  if (topic.empty()) return "empty";
  if (topic.size() > 65'535) return "longer than 65535 bytes";
  if (const std::size_t bad = utf8_error_at(topic); bad != std::string_view::npos)
    return "not UTF-8" + at(bad);
  if (!is_filter) {
    const std::size_t wildcard = topic.find_first_of("+#");
    if (wildcard == std::string_view::npos) return {};
    return std::string(1, topic[wildcard]) +
           " is a wildcard for subscribers and cannot be published to" + at(wildcard);
  }
  if (is_topic_filter(topic)) return {};
  std::size_t start = 0;
  if (topic.starts_with("$share/")) {
    const std::size_t name = topic.find('/', 7);
    if (name == std::string_view::npos) return "a shared subscription is $share/NAME/FILTER";
    if (name == 7) return "the share name is empty" + at(7);
    const std::size_t wildcard = topic.find_first_of("+#", 7);
    if (wildcard < name)
      return "the share name may not contain " + std::string(1, topic[wildcard]) + at(wildcard);
    start = name + 1;
    if (start == topic.size()) return "nothing follows the share name" + at(start);
  }
  for (std::size_t i = start; i < topic.size(); ++i) {
    if (topic[i] != '+' && topic[i] != '#') continue;
    const bool begins = i == start || topic[i - 1] == '/';
    const bool ends = i + 1 == topic.size() || topic[i + 1] == '/';
    if (topic[i] == '+' && !(begins && ends)) return "+ must stand alone between slashes" + at(i);
    if (topic[i] == '#' && !begins) return "# must stand alone after a slash" + at(i);
    if (topic[i] == '#' && i + 1 != topic.size()) return "# must come last" + at(i);
  }
  return "not a topic filter";
}

/// A client identifier of 23 letters and digits: all that MQTT 3.1 allows (3.1 §3.1).
std::string random_client_id(program which) {
  static constexpr std::string_view alphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string id = which == program::pub ? "mqttpub" : "mqttsub";
  unsigned char random[16] = {};
  if (getrandom(random, sizeof random, 0) != static_cast<ssize_t>(sizeof random))
    return id + std::to_string(getpid());
  for (const unsigned char byte : random) id += alphabet[byte % alphabet.size()];
  return id;
}

bool is_hex(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

/// Turns options into settings, one after the other, so that the last one wins.
class interpreter {
 public:
  interpreter(program which, common_settings& common, pub_settings* pub, sub_settings* sub)
      : which_(which),
        common_(common),
        pub_(pub),
        sub_(sub),
        dial_(common.client.dial),
        session_(common.client.session) {}

  /// What is wrong with this option; empty when nothing is.
  std::string apply(const argument& given);

  /// What is wrong with all of them together.
  std::string finish();

  const std::string& notes() const noexcept { return notes_; }

 private:
  std::string apply_url(const argument& given);
  std::string apply_proxy(const argument& given);
  std::string apply_host(const argument& given);
  std::string apply_expiry(const argument& given);
  std::string apply_source(const argument& given, message_source source);
  std::string finish_tls();
  std::string finish_version();
  std::string finish_session();
  std::string finish_properties();
  std::string finish_pub();
  std::string finish_sub();

  tls_options& tls_seen(std::string_view option) {
    if (tls_option_.empty()) tls_option_ = option;
    return tls_;
  }
  will_options& will_seen(std::string_view option) {
    if (will_option_.empty()) will_option_ = option;
    return will_;
  }
  void needs_v5(std::string_view option) {
    if (v5_option_.empty()) v5_option_ = option;
  }
  void note(std::string_view text) {
    notes_ += name_of(which_);
    notes_ += ": note: ";
    notes_ += text;
    notes_ += '\n';
  }

  const program which_;
  common_settings& common_;
  pub_settings* const pub_;
  sub_settings* const sub_;
  dial_options& dial_;
  session_options& session_;

  std::optional<std::uint16_t> port_;
  std::uint16_t scheme_port_ = 0;  // of a URL's scheme; 0 when there was none
  tls_options tls_;
  bool tls_wanted_ = false;
  std::string_view tls_option_;  // the first TLS option that does not turn TLS on
  bool os_certs_ = false;
  std::string key_pass_file_;
  websocket_options websocket_;
  bool ws_wanted_ = false;
  std::string_view ws_option_;
  will_options will_;
  bool will_wanted_ = false;
  std::string_view will_option_;
  property_lists properties_;
  std::string id_prefix_;
  bool id_prefix_given_ = false;
  bool id_given_ = false;
  std::optional<protocol_version> version_;
  std::string_view v5_option_;  // the first option that needs MQTT 5
  std::optional<std::uint32_t> expiry_;
  bool repeat_given_ = false;
  std::string notes_;
};

std::string interpreter::apply_host(const argument& given) {
  std::string_view host = given.value();
  const std::string subject = std::string(given.spelled) + " " + quoted(host) + ": ";
  if (host.empty()) return subject + "a host name is needed";
  if (host.find("://") != std::string_view::npos)
    return std::string(given.spelled) + " takes a host name; a URL goes after -L";
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::size_t colon = host.find(':');
  if (colon != std::string_view::npos && host.find(':', colon + 1) == std::string_view::npos)
    return subject + "the port goes after -p: -h " + printable(host.substr(0, colon), 80) + " -p " +
           printable(host.substr(colon + 1), 80);
  if (host.find_first_of("/ \t\n") != std::string_view::npos) return subject + "not a host name";
  dial_.host = host;
  dial_.unix_path.clear();
  return {};
}

std::string interpreter::apply_url(const argument& given) {
  url_parts url;
  const std::string wrong = parse_url(given.value(), url);
  const std::string_view password_text = url.password_text;
  const auto fail = [&](std::string_view why) {
    return std::string(given.spelled) + ": " + std::string(why);
  };
  if (!wrong.empty()) {
    wipe(password_text);
    return fail(wrong);
  }
  const bool is_mqtt =
      url.scheme == "mqtt" || url.scheme == "mqtts" || url.scheme == "tcp" || url.scheme == "ssl";
  const bool is_ws = url.scheme == "ws" || url.scheme == "wss";
  if (!is_mqtt && !is_ws && url.scheme != "unix") {
    wipe(password_text);
    if (url.scheme == "http" || url.scheme == "https")
      return fail(url.scheme + "://: MQTT over WebSocket is " +
                  (url.scheme == "http" ? "ws://" : "wss://"));
    return fail(quoted(url.scheme) +
                " is not a scheme of MQTT; they are mqtt, mqtts, ws, wss and unix");
  }
  if (url.user_name && !url.user_name->empty()) session_.user_name = *url.user_name;
  if (url.password) {
    session_.password = *url.password;
    wipe(password_text);
  }

  if (url.scheme == "unix") {
    // unix:///run/m.sock and unix://run/m.sock both name a path; the second one relative.
    const auto path = percent_decoded(url.host + url.path);
    if (!path) return fail("a % must be followed by two hex digits; write %25 for a plain %");
    if (path->empty())
      return fail("the path of the socket is missing, as in unix:///run/mosquitto.sock");
    dial_.unix_path = *path;
    return {};
  }
  if (url.host.empty())
    return fail("the host is missing, as in " + url.scheme + "://broker.example/");
  dial_.host = url.host;
  dial_.unix_path.clear();
  const bool secure = url.scheme == "mqtts" || url.scheme == "wss" || url.scheme == "ssl";
  port_ = url.port;
  scheme_port_ = is_ws ? (secure ? https_port : http_port) : (secure ? mqtts_port : mqtt_port);
  if (secure) {
    tls_wanted_ = true;
    os_certs_ = true;
  }
  if (is_ws) {
    ws_wanted_ = true;
    if (!url.path.empty()) websocket_.path = url.path.substr(0, url.path.find('#'));
    return {};
  }
  if (url.path.size() <= 1) return {};
  const auto topic = percent_decoded(std::string_view(url.path).substr(1));
  if (!topic)
    return fail("the topic: a % must be followed by two hex digits; write %25 for a plain %");
  if (const std::string bad = topic_problem(*topic, which_ == program::sub); !bad.empty())
    return fail("topic " + quoted(*topic) + ": " + bad);
  common_.url_topic = *topic;
  if (pub_ != nullptr) pub_->topic = *topic;
  if (sub_ != nullptr) sub_->topics.push_back(*topic);
  return {};
}

std::string interpreter::apply_proxy(const argument& given) {
  url_parts url;
  const std::string wrong = parse_url(given.value(), url);
  wipe(url.password_text);
  const auto fail = [&](std::string_view why) {
    return std::string(given.spelled) + ": " + std::string(why);
  };
  if (!wrong.empty()) return fail(wrong);
  proxy_options proxy;
  if (url.scheme == "socks5h") {
    proxy.type = proxy_options::kind::socks5h;
  } else if (url.scheme == "socks5") {
    proxy.type = proxy_options::kind::socks5;
  } else if (url.scheme == "http") {
    proxy.type = proxy_options::kind::http;
  } else {
    return fail(quoted(url.scheme) + " is not a kind of proxy; they are socks5h, socks5 and http");
  }
  if (url.host.empty()) return fail("the host of the proxy is missing");
  if (url.path.size() > 1) return fail("nothing may follow the port of the proxy");
  proxy.host = url.host;
  proxy.port =
      url.port.value_or(proxy.type == proxy_options::kind::http ? http_proxy_port : socks_port);
  proxy.user_name = url.user_name.value_or("");
  proxy.password = url.password.value_or("");
  dial_.proxy = std::move(proxy);
  return {};
}

std::string interpreter::apply_expiry(const argument& given) {
  const std::string_view value = given.value();
  needs_v5(given.spelled);
  if (value == "-1" || value == "\xE2\x88\x9E") {
    expiry_ = never_expires;
    return {};
  }
  const bool is_hex_number =
      value.starts_with("0x") || value.starts_with("0X");  // as strtol takes it
  const std::string_view digits = is_hex_number ? value.substr(2) : value;
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds,
                                            is_hex_number ? 16 : 10);
  if (error != std::errc() || end != digits.data() + digits.size())
    return std::string(given.spelled) + " " + printable(value, 40) +
           ": the session expiry is 0 to 4294967295 seconds, or -1 for ever";
  expiry_ = seconds;
  return {};
}

std::string interpreter::apply_source(const argument& given, message_source source) {
  if (pub_->source != message_source::none)
    return std::string(given.spelled) +
           ": only one of -m, -f, -l, -n and -s can be given, and only once";
  pub_->source = source;
  return {};
}

std::string interpreter::apply(const argument& given) {
  const std::string_view value = given.value();
  const auto fail = [&](std::string_view why) {
    return std::string(given.spelled) + " " + printable(value, 80) + ": " + std::string(why);
  };
  const auto qos = [&](qos_t& out) -> std::string {
    if (value != "0" && value != "1" && value != "2") return fail("QoS must be 0, 1 or 2");
    out = static_cast<qos_t>(value[0] - '0');
    return {};
  };
  const auto text = [&](std::string& out) -> std::string {
    if (value.empty())
      return std::string(given.spelled) + " needs " + std::string(given.row->value) +
             ", not an empty word";
    out = value;
    return {};
  };
  const auto mqtt_string = [&](std::string& out) -> std::string {
    if (!is_mqtt_string(value)) return fail("must be UTF-8 of at most 65535 bytes");
    out = value;
    return {};
  };
  const auto filter = [&](std::vector<std::string>& out) -> std::string {
    if (const std::string bad = topic_problem(value, true); !bad.empty())
      return std::string(given.spelled) + " " + quoted(value) + ": " + bad;
    out.emplace_back(value);
    return {};
  };
  const auto name = [&](std::string& out) -> std::string {
    if (const std::string bad = topic_problem(value, false); !bad.empty())
      return std::string(given.spelled) + " " + quoted(value) + ": " + bad;
    out = value;
    return {};
  };

  switch (given.row->id) {
    // ---- connection
    case option_id::host:
      return apply_host(given);
    case option_id::port: {
      std::uint16_t port = 0;
      if (!read_number<std::uint16_t>(value, 1, 65'535, port))
        return fail("the port must be 1 to 65535");
      port_ = port;
      return {};
    }
    case option_id::url:
      return apply_url(given);
    case option_id::unix_path:
      return text(dial_.unix_path);
    case option_id::bind:
      return text(dial_.bind_address);
    case option_id::ipv4:
      dial_.addresses = dial_options::family::v4;
      return {};
    case option_id::ipv6:
      dial_.addresses = dial_options::family::v6;
      return {};
    case option_id::nodelay:
      dial_.tcp_nodelay = true;
      return {};
    case option_id::proxy:
      return apply_proxy(given);
    case option_id::ws:
      ws_wanted_ = true;
      return {};
    case option_id::ws_path:
      ws_option_ = given.spelled;
      if (!value.starts_with('/')) return fail("the path begins with a /");
      if (value.find_first_of(" \r\n\t") != std::string_view::npos)
        return fail("a path contains no blanks; write %20");
      websocket_.path = value;
      return {};
    case option_id::ws_header: {
      ws_option_ = given.spelled;
      // Headers carry tokens: keep the name, hide the value, also from our own errors.
      const std::size_t colon = value.find(':');
      if (colon == std::string_view::npos || colon == 0)
        return std::string(given.spelled) +
               " needs NAME:VALUE, as in --ws-header 'Authorization: Bearer abc'";
      if (value.find_first_of("\r\n") != std::string_view::npos)
        return std::string(given.spelled) + ": a header is one line";
      std::string_view content = value.substr(colon + 1);
      content.remove_prefix(std::min(content.find_first_not_of(' '), content.size()));
      websocket_.headers.emplace_back(std::string(value.substr(0, colon)), std::string(content));
      wipe(content);
      return {};
    }

    // ---- message
    case option_id::topic:
      return name(pub_->topic);
    case option_id::message:
      if (std::string wrong = apply_source(given, message_source::text); !wrong.empty())
        return wrong;
      pub_->message = value;
      return {};
    case option_id::file:
      if (std::string wrong = apply_source(given, message_source::file); !wrong.empty())
        return wrong;
      return text(pub_->file);
    case option_id::stdin_file:
      return apply_source(given, message_source::whole_input);
    case option_id::stdin_line:
      return apply_source(given, message_source::lines);
    case option_id::null_message:
      return apply_source(given, message_source::empty);
    case option_id::qos:
      return qos(pub_->qos);
    case option_id::retain:
      pub_->retain = true;
      return {};
    case option_id::repeat:
      repeat_given_ = true;
      if (!read_number<std::uint32_t>(value, 1, 0x7FFFFFFF, pub_->repeat))
        return fail("the count must be 1 or more");
      return {};
    case option_id::repeat_delay: {
      double seconds = 0;
      // A day and more is a schedule, not a pause; the bound keeps the microseconds in range.
      if (!read_number<double>(value, 0.0, 1e9, seconds))
        return fail("the delay is a number of seconds, 0 or more");
      pub_->repeat_delay =
          std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6 + 0.5));
      return {};
    }

    // ---- subscription
    case option_id::filter:
      return filter(sub_->topics);
    case option_id::filter_out:
      return filter(sub_->filtered_out);
    case option_id::unsubscribe:
      return filter(sub_->unsubscribe);
    case option_id::sub_qos:
      return qos(sub_->qos);
    case option_id::count:
      if (!read_number<std::uint64_t>(value, 1, std::numeric_limits<std::uint64_t>::max(),
                                      sub_->count))
        return fail("the count must be 1 or more");
      return {};
    case option_id::timeout: {
      std::uint32_t seconds = 0;
      if (!read_number<std::uint32_t>(value, 1, 0x7FFFFFFF, seconds))
        return fail("the timeout is 1 second or more, whole seconds");
      sub_->timeout = std::chrono::seconds(seconds);
      return {};
    }
    case option_id::no_stale:
      sub_->no_stale = true;
      return {};
    case option_id::exit_after_subscribe:
      sub_->exit_after_subscribe = true;
      return {};
    case option_id::retained_only:
      sub_->retained_only = true;
      return {};
    case option_id::remove_retained:
      sub_->remove_retained = true;
      return {};
    case option_id::retain_as_published:
      needs_v5(given.spelled);
      sub_->retain_as_published = true;
      return {};
    case option_id::retain_handling:
      needs_v5(given.spelled);
      if (value == "send" || value == "0") {
        sub_->retained = retain_handling::send;
      } else if (value == "new" || value == "1") {
        sub_->retained = retain_handling::send_if_new;
      } else if (value == "never" || value == "2") {
        sub_->retained = retain_handling::do_not_send;
      } else {
        return fail("it is send, new or never");
      }
      return {};
    case option_id::no_local:
      needs_v5(given.spelled);
      sub_->no_local = true;
      return {};
    case option_id::random_filter:
      if (!read_number<double>(value, 0.1, 100.0, sub_->random_filter_percent))
        return fail("the share is 0.1 to 100 percent");
      return {};

    // ---- output
    case option_id::verbose:
      sub_->verbose = true;
      return {};
    case option_id::format: {
      std::vector<format_piece> pieces;
      if (const std::string bad = parse_format(value, pieces); !bad.empty())
        return std::string(given.spelled) + " " + quoted(value) + ": " + bad;
      sub_->format = value;
      sub_->format_given = true;
      return {};
    }
    case option_id::no_newline:
      sub_->no_newline = true;
      return {};
    case option_id::pretty:
      sub_->pretty = true;
      return {};

    // ---- session
    case option_id::id:
      id_given_ = true;
      return mqtt_string(session_.client_id);
    case option_id::id_prefix:
      id_prefix_given_ = true;
      return mqtt_string(id_prefix_);
    case option_id::username: {
      std::string user;
      if (std::string wrong = mqtt_string(user); !wrong.empty()) return wrong;
      session_.user_name = std::move(user);
      return {};
    }
    case option_id::password:
      session_.password = std::string(value);
      wipe(value);
      if (session_.password->size() > 65'535)
        return std::string(given.spelled) + ": longer than 65535 bytes";
      return {};
    case option_id::keep_session:
      session_.clean_start = false;
      session_.clean_start_again = false;
      return {};
    case option_id::session_expiry:
      return apply_expiry(given);
    case option_id::keepalive: {
      std::uint16_t seconds = 0;
      if (!read_number<std::uint16_t>(value, 0, 65'535, seconds))
        return fail("keep alive is 0 (off) to 65535 seconds");
      session_.keep_alive = std::chrono::seconds(seconds);
      return {};
    }
    case option_id::protocol_version:
      version_ = parse_protocol_version(value);
      if (!version_) return fail("MQTT versions are 3.1, 3.1.1 and 5");
      return {};
    case option_id::inflight:
      if (!read_number<std::uint16_t>(value, 1, 65'535, session_.maximum_inflight))
        return fail("the number of messages in flight is 1 to 65535");
      return {};
    case option_id::property: {
      needs_v5(given.spelled);
      std::string wrong =
          add_property(properties_, given.words[0], given.words[1], given.words[2], given.words[3]);
      if (given.words[1] == "authentication-data") wipe(given.words[2]);
      return wrong;
    }

    // ---- will
    case option_id::will_topic:
      will_wanted_ = true;
      return name(will_.topic);
    case option_id::will_payload:
      if (value.size() > 65'535)
        return std::string(given.spelled) + ": a will of at most 65535 bytes fits into CONNECT";
      will_seen(given.spelled).payload = value;
      return {};
    case option_id::will_qos:
      return qos(will_seen(given.spelled).qos);
    case option_id::will_retain:
      will_seen(given.spelled).retain = true;
      return {};

    // ---- tls
    case option_id::cafile:
      tls_wanted_ = true;
      return text(tls_.ca_file);
    case option_id::capath:
      tls_wanted_ = true;
      return text(tls_.ca_path);
    case option_id::tls_use_os_certs:
      tls_wanted_ = true;
      os_certs_ = true;
      return {};
    case option_id::cert:
      return text(tls_seen(given.spelled).certificate_file);
    case option_id::key:
      return text(tls_seen(given.spelled).key_file);
    case option_id::key_pass_file:
      tls_seen(given.spelled);
      return text(key_pass_file_);
    case option_id::keyform:
      if (value != "pem" && value != "engine") return fail("it is pem or engine");
      tls_seen(given.spelled).key_form = value;
      return {};
    case option_id::tls_version: {
      // The oldest version allowed, as in mosquitto's clients; what is older than 1.2 is never
      // spoken.
      if (value != "tlsv1.1" && value != "tlsv1.2" && value != "tlsv1.3")
        return fail("it is tlsv1.2 or tlsv1.3");
      tls_seen(given.spelled).minimum_version = value == "tlsv1.1" ? "tlsv1.2" : value;
      return {};
    }
    case option_id::ciphers:
      return text(tls_seen(given.spelled).ciphers);
    case option_id::tls_alpn:
      if (value.empty() || value.size() > 255) return fail("a protocol name has 1 to 255 bytes");
      tls_seen(given.spelled).alpn.emplace_back(value);
      return {};
    case option_id::tls_server_name:
      return text(tls_seen(given.spelled).server_name);
    case option_id::insecure:
      tls_seen(given.spelled).verify_host_name = false;
      return {};
    case option_id::psk:
      tls_wanted_ = true;
      tls_.psk_key = value;
      wipe(value);
      if (!is_hex(tls_.psk_key))
        return std::string(given.spelled) + ": the key is written in hex digits, without 0x";
      return {};
    case option_id::psk_identity:
      return text(tls_seen(given.spelled).psk_identity);
    case option_id::tls_engine:
      return text(tls_seen(given.spelled).engine);
    case option_id::tls_engine_kpass_sha1:
      tls_seen(given.spelled).engine_key_passphrase_sha1 = value;
      wipe(value);
      if (!is_hex(tls_.engine_key_passphrase_sha1) || tls_.engine_key_passphrase_sha1.size() != 40)
        return std::string(given.spelled) + ": a SHA-1 has 40 hex digits";
      return {};

    // ---- general
    case option_id::debug:
      common_.debug = true;
      return {};
    case option_id::quiet:
      common_.quiet = true;
      return {};
    case option_id::help:
    case option_id::help_all:
    case option_id::version:
      return {};  // seen to before anything else
  }
  return {};
}

std::string interpreter::finish_tls() {
  // Port 8883 means TLS, as in mosquitto's clients; a certificate of ours as well.
  const bool by_port = port_ == mqtts_port && dial_.unix_path.empty();
  const bool by_certificate = !tls_.certificate_file.empty() || !tls_.key_file.empty();
  if (!tls_wanted_ && !by_port && !by_certificate) {
    if (!tls_option_.empty())
      note(std::string(tls_option_) +
           " has no effect without TLS; --cafile FILE or --tls-use-os-certs turns it on");
    return {};
  }
  if (!tls_.psk_key.empty()) {
    if (!tls_.ca_file.empty() || !tls_.ca_path.empty())
      return "--psk and " + std::string(tls_.ca_file.empty() ? "--capath" : "--cafile") +
             " exclude each other: TLS uses a shared key or certificates";
    if (tls_.psk_identity.empty()) return "--psk needs --psk-identity NAME";
  } else if (!tls_.psk_identity.empty()) {
    return "--psk-identity needs --psk HEX";
  }
  if (!tls_.key_file.empty() && tls_.certificate_file.empty()) return "--key needs --cert FILE";
  if (!tls_.certificate_file.empty() && tls_.key_file.empty()) return "--cert needs --key FILE";
  if (tls_.key_form == "engine" && tls_.key_file.empty()) return "--keyform needs --key";
  if (!tls_.engine_key_passphrase_sha1.empty() &&
      (tls_.engine.empty() || tls_.key_form != "engine"))
    return "--tls-engine-kpass-sha1 needs --tls-engine and --keyform engine";
  if (!key_pass_file_.empty()) {
    if (tls_.key_file.empty()) return "--key-pass-file needs --key FILE";
    std::ifstream file(key_pass_file_, std::ios::binary);
    if (!std::getline(file, tls_.key_passphrase))
      return "--key-pass-file " + printable(key_pass_file_, 200) + ": cannot be read";
    if (tls_.key_passphrase.ends_with('\r')) tls_.key_passphrase.pop_back();
  }
  tls_.add_system_store = os_certs_;
  if (const char* file = std::getenv("SSLKEYLOGFILE"); file != nullptr && *file != 0)
    tls_.key_log_file = file;
  dial_.tls = std::move(tls_);
  return {};
}

std::string interpreter::finish_version() {
  if (version_ && *version_ != protocol_version::v5 && !v5_option_.empty())
    return std::string(v5_option_) + " needs MQTT 5, and -V asks for " +
           std::string(to_string(*version_)) + "; leave one of them out";
  session_.version =
      version_.value_or(v5_option_.empty() ? protocol_version::v3_1_1 : protocol_version::v5);
  return {};
}

std::string interpreter::finish_session() {
  const bool is_v5 = session_.version == protocol_version::v5;
  if (id_given_ && id_prefix_given_) return "-i and -I exclude each other";
  if (id_prefix_given_) session_.client_id = id_prefix_ + std::to_string(getpid());
  const bool has_fixed_id = id_given_ && !session_.client_id.empty();

  if (is_v5 && !session_.clean_start && !expiry_ &&
      !properties_.connect.view().number(property_id::session_expiry_interval))
    expiry_ = never_expires;
  if (!session_.clean_start && !has_fixed_id)
    return "-c needs -i ID: the broker finds a kept session by its client identifier";
  if (expiry_ == never_expires && !has_fixed_id)
    return "a session that never expires needs -i ID, by which the broker finds it again";
  if (expiry_) {
    if (properties_.connect.view().number(property_id::session_expiry_interval))
      return "-x and -D connect session-expiry-interval say the same thing; leave one out";
    if (*expiry_ != 0)
      if (const auto error =
              properties_.connect.add(property_id::session_expiry_interval, *expiry_))
        return "-x: " + error.message();
  }

  if (session_.version == protocol_version::v3_1) {
    if (session_.client_id.empty()) session_.client_id = random_client_id(which_);
    if (session_.client_id.size() > 23)
      return "-i " + quoted(session_.client_id) + ": MQTT 3.1 allows 23 bytes, this has " +
             std::to_string(session_.client_id.size());
  }
  if (!is_v5 && session_.password && !session_.user_name)
    return "-P needs -u NAME: only MQTT 5 (-V 5) has passwords without a user name";
  return {};
}

std::string interpreter::finish_properties() {
  if (properties_.connect.view().find(property_id::authentication_data) &&
      !properties_.connect.view().find(property_id::authentication_method))
    return "-D connect authentication-data needs -D connect authentication-method";
  session_.connect_properties = std::move(properties_.connect);
  if (will_wanted_) {
    will_.properties = std::move(properties_.will);
    session_.will = std::move(will_);
  } else {
    if (!will_.payload.empty() || will_.retain)
      return std::string(will_option_) + " needs --will-topic TOPIC";
    if (!will_option_.empty())
      note(std::string(will_option_) + " has no effect without --will-topic");
    if (!properties_.will.empty()) note("-D will has no effect without --will-topic");
  }
  return {};
}

std::string interpreter::finish_pub() {
  if (pub_->topic.empty()) return "no topic to publish to: give -t TOPIC, or put it into the URL";
  if (pub_->source == message_source::none)
    return "no message: give -m TEXT, -f FILE, -l (lines of standard input), -s (all of it) or -n "
           "(empty)";
  if (repeat_given_ && pub_->source == message_source::lines)
    note("--repeat has no effect with -l");
  if (!properties_.subscribe.empty())
    note("-D subscribe has no effect: mqtt-pub does not subscribe");
  if (!properties_.unsubscribe.empty())
    note("-D unsubscribe has no effect: mqtt-pub does not subscribe");
  pub_->publish_properties = std::move(properties_.publish);
  pub_->disconnect_properties = std::move(properties_.disconnect);
  pub_->topic_alias = static_cast<std::uint16_t>(
      pub_->publish_properties.view().number(property_id::topic_alias).value_or(0));
  return {};
}

std::string interpreter::finish_sub() {
  if (sub_->topics.empty() && sub_->unsubscribe.empty())
    return "no topic to subscribe to: give -t FILTER, or put it into the URL";
  if (sub_->no_stale && sub_->retained_only)
    return "-R and --retained-only exclude each other: nothing would be printed";
  if (sub_->no_local)
    for (const std::string& topic : sub_->topics)
      if (topic.starts_with("$share/"))
        return "--no-local and " + quoted(topic) +
               " exclude each other: MQTT forbids it for shared subscriptions";
  if (!properties_.publish.empty()) note("-D publish has no effect: mqtt-sub does not publish");
  // As mosquitto_sub: what is not to be printed need not be sent.
  if (sub_->no_stale && !sub_->remove_retained && session_.version == protocol_version::v5 &&
      sub_->retained == retain_handling::send)
    sub_->retained = retain_handling::do_not_send;
  sub_->subscribe_properties = std::move(properties_.subscribe);
  sub_->unsubscribe_properties = std::move(properties_.unsubscribe);
  sub_->disconnect_properties = std::move(properties_.disconnect);
  return {};
}

std::string interpreter::finish() {
  // A program's own complaint first: without topic or message nothing else matters.
  if (std::string wrong = finish_version(); !wrong.empty()) return wrong;
  if (std::string wrong = pub_ != nullptr ? finish_pub() : finish_sub(); !wrong.empty())
    return wrong;
  if (std::string wrong = finish_session(); !wrong.empty()) return wrong;
  if (std::string wrong = finish_tls(); !wrong.empty()) return wrong;
  if (std::string wrong = finish_properties(); !wrong.empty()) return wrong;

  if (ws_wanted_) {
    if (session_.version == protocol_version::v3_1) websocket_.subprotocol = "mqttv3.1";
    dial_.websocket = std::move(websocket_);
  } else if (!ws_option_.empty()) {
    return std::string(ws_option_) + " needs --ws or a ws:// URL";
  }
  if (port_) {
    dial_.port = *port_;
  } else if (scheme_port_ != 0 &&
             dial_.tls.has_value() == (scheme_port_ == mqtts_port || scheme_port_ == https_port) &&
             ws_wanted_ == (scheme_port_ == http_port || scheme_port_ == https_port)) {
    dial_.port = scheme_port_;
  } else if (ws_wanted_) {
    dial_.port = dial_.tls ? https_port : http_port;
  } else {
    dial_.port = dial_.tls ? mqtts_port : mqtt_port;
  }
  if (dial_.proxy && !dial_.unix_path.empty())
    return "--proxy and a Unix socket exclude each other";
  return {};
}

template <class Settings>
parse_result parse_for(program which, int argc, char** argv, Settings& settings) {
  parse_result result;
  std::vector<argument> given;
  given.reserve(static_cast<std::size_t>(argc > 0 ? argc : 1));
  std::string wrong = read_arguments(which, argc, argv, given);

  // --help and --version win over every mistake beside them.
  for (const argument& one : given) {
    if (one.row->id == option_id::help) result.out = help_text(which, false);
    if (one.row->id == option_id::help_all) result.out = help_text(which, true);
    if (one.row->id == option_id::version) result.out = version_text(which);
    if (!result.out.empty()) return result;
  }

  pub_settings* pub = nullptr;
  sub_settings* sub = nullptr;
  if constexpr (std::is_same_v<Settings, pub_settings>) pub = &settings;
  if constexpr (std::is_same_v<Settings, sub_settings>) sub = &settings;
  interpreter reader(which, settings, pub, sub);
  if (wrong.empty()) {
    for (const argument& one : given) {
      std::string problem = reader.apply(one);
      // Every option is applied even so, for secrets further right are wiped while being applied.
      if (wrong.empty()) wrong = std::move(problem);
    }
    if (wrong.empty()) wrong = reader.finish();
  }
  if (!wrong.empty()) {
    result.err = std::string(name_of(which)) + ": " + wrong + "; try " +
                 std::string(name_of(which)) + " --help\n";
    result.outcome.exit_code = static_cast<int>(exit_code::usage);
    return result;
  }
  if (!settings.quiet) result.err = reader.notes();
  result.outcome.run = true;
  return result;
}

template <class Settings>
parse_outcome parse_and_print(int argc, char** argv, Settings& settings) {
  parse_result result = parse(argc, argv, settings);
  if (!result.err.empty()) std::fwrite(result.err.data(), 1, result.err.size(), stderr);
  if (!result.out.empty()) {
    std::fwrite(result.out.data(), 1, result.out.size(), stdout);
    if (std::fflush(stdout) != 0)
      result.outcome.exit_code = static_cast<int>(exit_code::output_failed);
  }
  return result.outcome;
}

}  // namespace

parse_result parse(int argc, char** argv, pub_settings& out) {
  return parse_for(program::pub, argc, argv, out);
}
parse_result parse(int argc, char** argv, sub_settings& out) {
  return parse_for(program::sub, argc, argv, out);
}

parse_outcome parse_command_line(int argc, char** argv, pub_settings& out) {
  return parse_and_print(argc, argv, out);
}
parse_outcome parse_command_line(int argc, char** argv, sub_settings& out) {
  return parse_and_print(argc, argv, out);
}

}  // namespace mqttkit::tools
