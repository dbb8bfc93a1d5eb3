#include <algorithm>
#include <charconv>
#include <limits>

#include "common/exit_code.hpp"
#include "common/format_syntax.hpp"
#include "common/interpreter.hpp"
#include "common/url.hpp"
#include "mqttkit/base/utf8.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::uint16_t socks_port = 1080;  // RFC 1928 §3
constexpr std::uint16_t http_proxy_port = 8080;

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

bool is_hex(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

}  // namespace

std::string quoted(std::string_view text) { return "'" + printable(text, 80) + "'"; }

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

}  // namespace mqttkit::tools
