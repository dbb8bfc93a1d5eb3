#include <algorithm>

#include "cli/interpreter.hpp"
#include "cli/url.hpp"
#include "cli/values.hpp"
#include "mqttkit/base/utf8.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::uint16_t socks_port = 1080;  // RFC 1928 §3
constexpr std::uint16_t http_proxy_port = 8080;

constexpr std::string_view blank_in_path = "a path contains no blanks; write %20";

bool has_blank(std::string_view path) {
  return path.find_first_of(" \r\n\t") != std::string_view::npos;
}

bool is_hex(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

}  // namespace

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
  wipe(password_text);
  if (url.user_name && !url.user_name->empty()) {
    if (!is_mqtt_string(*url.user_name))
      return fail("the user name must be UTF-8 of at most 65535 bytes");
    session_.user_name = *url.user_name;
  }
  if (url.password) {
    if (url.password->size() > 65'535) return fail("the password is longer than 65535 bytes");
    session_.password = *url.password;
    password_given_ = &given;
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
  if (url.host.find_first_of("/ \t\r\n") != std::string::npos)
    return fail(quoted(url.host) + " is not a host name");
  dial_.host = url.host;
  dial_.unix_path.clear();
  const bool secure = url.scheme == "mqtts" || url.scheme == "wss" || url.scheme == "ssl";
  port_ = url.port;
  scheme_port_ = is_ws ? (secure ? https_port : http_port) : (secure ? mqtts_port : mqtt_port);
  if (secure) {
    wants_tls(given);
    os_certs_ = true;
  }
  if (is_ws) {
    ws_wanted_ = true;
    if (has_blank(url.path)) return fail(blank_in_path);
    ws_url_path_ = given.gives_topic ? url.path : std::string();
    if (!url.path.empty()) websocket_.path = url.path.substr(0, url.path.find('#'));
    return {};
  }
  if (url.path.size() <= 1 || !given.gives_topic) return {};
  const std::string bad = apply_url_topic(url.path);
  return bad.empty() ? bad : fail(bad);
}

/// "/a/b": a/b is the topic.
std::string interpreter::apply_url_topic(std::string_view path) {
  const auto topic = percent_decoded(path.substr(1));
  if (!topic) return "the topic: a % must be followed by two hex digits; write %25 for a plain %";
  if (const std::string bad = topic_problem(*topic, which_ == program::sub); !bad.empty())
    return "topic " + quoted(*topic) + ": " + bad;
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
  needs_v5(given);
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

std::string interpreter::apply_password(const argument& given) {
  const argument* const before = password_given_;
  password_given_ = &given;
  if (given.row->id == option_id::password) {
    session_.password = std::string(given.value());
    wipe(given.value());
    if (session_.password->size() > 65'535)
      return std::string(given.spelled) + ": longer than 65535 bytes";
  } else {
    session_.password.reset();
    if (given.row->id == option_id::password_file && given.value().empty())
      return std::string(given.spelled) + " needs FILE, not an empty word";
  }
  // -P twice is what mosquitto's clients take as well; two ways at once are a slip.
  if (before != nullptr && before->source == given.source && before->row != given.row &&
      before->row->id != option_id::url)
    return std::string(before->spelled) + " and " + std::string(given.spelled) +
           " exclude each other";
  return {};
}

std::string interpreter::apply(const argument& given) {
  if (report_ != nullptr) report_->note(given, which_);
  switch (given.row->group) {
    case option_group::message:
      return apply_message(given);
    case option_group::reply:
      return apply_reply(given);
    case option_group::subscription:
    case option_group::output:
      return apply_subscription(given);
    case option_group::diagnosis:
      return apply_diagnosis(given);
    case option_group::explain:
      return apply_explain(given);
    case option_group::delivery:
      return apply_delivery(given);
    case option_group::listen:
      return apply_listen(given);
    default:
      return apply_connection(given);
  }
}

std::string interpreter::apply_connection(const argument& given) {
  const std::string_view value = given.value();
  switch (given.row->id) {
    // ---- connection
    case option_id::host:
      return doctor_ != nullptr ? apply_target(given, true) : apply_host(given);
    case option_id::port: {
      std::uint16_t port = 0;
      if (!read_count<std::uint16_t>(value, 1, 65'535, port))
        return value_problem(given, "the port must be 1 to 65535");
      port_ = port;
      return {};
    }
    case option_id::url:
      return doctor_ != nullptr ? apply_doctor_url(given) : apply_url(given);
    case option_id::unix_path:
      return apply_text(given, dial_.unix_path);
    case option_id::bind:
      return apply_text(given, dial_.bind_address);
    case option_id::ipv4:
      dial_.addresses = dial_options::family::v4;
      return {};
    case option_id::ipv6:
      dial_.addresses = dial_options::family::v6;
      return {};
    case option_id::connect_timeout:
      return apply_wait(given, common_.client.connect_timeout);
    case option_id::wait_broker:
      common_.client.retry_first_connect = true;
      return apply_wait(given, common_.client.first_connect_limit);
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
      if (!value.starts_with('/')) return value_problem(given, "the path begins with a /");
      if (has_blank(value)) return value_problem(given, blank_in_path);
      ws_path_given_ = true;
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

    // ---- session
    case option_id::id:
      id_given_ = true;
      return apply_mqtt_string(given, session_.client_id);
    case option_id::id_prefix:
      id_prefix_given_ = true;
      return apply_mqtt_string(given, id_prefix_);
    case option_id::username: {
      std::string user;
      if (std::string wrong = apply_mqtt_string(given, user); !wrong.empty()) return wrong;
      session_.user_name = std::move(user);
      return {};
    }
    case option_id::password:
    case option_id::password_file:
    case option_id::ask_password:
      return apply_password(given);
    case option_id::keep_session:
      session_.clean_start = false;
      session_.clean_start_again = false;
      return {};
    case option_id::session_expiry:
      return apply_expiry(given);
    case option_id::keepalive: {
      std::uint16_t seconds = 0;
      if (!read_count<std::uint16_t>(value, 0, 65'535, seconds))
        return value_problem(given, "keep alive is 0 (off) to 65535 seconds");
      session_.keep_alive = std::chrono::seconds(seconds);
      return {};
    }
    case option_id::protocol_version:
      version_ = parse_protocol_version(value);
      if (!version_) return value_problem(given, "MQTT versions are 3.1, 3.1.1 and 5");
      version_option_ = place_of(given);
      return {};
    case option_id::inflight: {
      // More than there are packet identifiers means as many as there are, as for theirs.
      constexpr std::uint64_t identifiers = 65'535;
      std::uint64_t wanted = 0;
      if (!read_count<std::uint64_t>(value, 1, UINT64_MAX, wanted))
        return value_problem(given, "the number of messages in flight is 1 or more");
      session_.maximum_inflight = static_cast<std::uint16_t>(std::min(wanted, identifiers));
      return {};
    }
    case option_id::property: {
      needs_v5(given);
      std::string wrong =
          add_property(properties_, given.words[0], given.words[1], given.words[2], given.words[3]);
      if (given.words[1] == "authentication-data") wipe(given.words[2]);
      return wrong;
    }

    // ---- will
    case option_id::will_topic:
      will_wanted_ = true;
      return apply_topic_name(given, will_.topic);
    case option_id::will_payload:
      if (value.size() > 65'535)
        return std::string(given.spelled) + ": a will of at most 65535 bytes fits into CONNECT";
      will_seen(given.spelled).payload = value;
      return {};
    case option_id::will_qos:
      return apply_qos(given, will_seen(given.spelled).qos);
    case option_id::will_retain:
      will_seen(given.spelled).retain = true;
      return {};

    // ---- tls
    case option_id::cafile:
      wants_tls(given);
      return apply_text(given, tls_.ca_file);
    case option_id::capath:
      wants_tls(given);
      return apply_text(given, tls_.ca_path);
    case option_id::tls_use_os_certs:
      wants_tls(given);
      os_certs_ = true;
      return {};
    case option_id::no_tls:
      no_tls_option_ = place_of(given);
      return {};
    case option_id::cert:
      certificate_counts_ |= !given.is_mere_hint;
      return apply_text(given, tls_seen(given).certificate_file);
    case option_id::key:
      certificate_counts_ |= !given.is_mere_hint;
      return apply_text(given, tls_seen(given).key_file);
    case option_id::key_pass_file:
      tls_seen(given);
      return apply_text(given, key_pass_file_);
    case option_id::keyform:
      if (value != "pem" && value != "engine") return value_problem(given, "it is pem or engine");
      tls_seen(given).key_form = value;
      return {};
    case option_id::tls_version: {
      // The oldest version allowed, as in mosquitto's clients; what is older than 1.2 is never
      // spoken.
      if (value != "tlsv1.1" && value != "tlsv1.2" && value != "tlsv1.3")
        return value_problem(given, "it is tlsv1.2 or tlsv1.3");
      tls_seen(given).minimum_version = value == "tlsv1.1" ? "tlsv1.2" : value;
      return {};
    }
    case option_id::ciphers:
      return apply_text(given, tls_seen(given).ciphers);
    case option_id::tls_alpn:
      if (value.empty() || value.size() > 255)
        return value_problem(given, "a protocol name has 1 to 255 bytes");
      tls_seen(given).alpn.emplace_back(value);
      return {};
    case option_id::tls_server_name:
      return apply_text(given, tls_seen(given).server_name);
    case option_id::insecure:
      tls_seen(given).verify_host_name = false;
      return {};
    case option_id::trust_any_certificate: {
      tls_options& any = tls_seen(given);
      any.verify_certificate = any.verify_host_name = false;
      return {};
    }
    case option_id::send_password_unverified:
      tls_seen(given);
      sends_password_unverified_ = true;
      return {};
    case option_id::psk:
      wants_tls(given);
      tls_.psk_key = value;
      wipe(value);
      if (!is_hex(tls_.psk_key))
        return std::string(given.spelled) + ": the key is written in hex digits, without 0x";
      return {};
    case option_id::tls_keylog:
      return apply_text(given, tls_seen(given).key_log_file);
    case option_id::psk_identity:
      return apply_text(given, tls_seen(given).psk_identity);
    case option_id::tls_engine:
      return apply_text(given, tls_seen(given).engine);
    case option_id::tls_engine_kpass_sha1:
      tls_seen(given).engine_key_passphrase_sha1 = value;
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
    case option_id::as_mosquitto:
      if (value != "2.0" && value != "2.1") return value_problem(given, "it is 2.0 or 2.1");
      common_.ways = value == "2.0" ? mosquitto_ways::v2_0 : mosquitto_ways::v2_1;
      return {};
    case option_id::config:
    case option_id::no_config:
    case option_id::profile:
    case option_id::print_config:
    case option_id::help:
    case option_id::help_all:
    case option_id::version:
      return {};  // seen to before anything else
    default:
      return std::string(given.spelled) + ": nobody applies this option";
  }
  return {};
}

}  // namespace mqttkit::tools
