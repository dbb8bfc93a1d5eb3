// The options of the connection, which all programs have.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>

#include "cli/settings_builder.hpp"
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

std::string settings_builder::apply_host(const argument& given) {
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

std::string settings_builder::apply_url(const argument& given) {
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
  const url_scheme_row& scheme = row_of(url.scheme);
  const bool is_ws = scheme.has_websocket;
  if (!scheme.is_brokers) {
    wipe(password_text);
    if (url.scheme == url_scheme::http || url.scheme == url_scheme::https)
      return fail(url.scheme_text + "://: MQTT over WebSocket is " +
                  (scheme.has_tls ? "wss://" : "ws://"));
    return fail(quoted(url.scheme_text) +
                " is not a scheme of MQTT; they are mqtt, mqtts, mqtt-sn, ws, wss and unix");
  }
  wipe(password_text);
  if (const std::string bad = apply_url_credentials(url, given); !bad.empty()) return fail(bad);
  if (url.scheme == url_scheme::unix_socket) {
    const std::string bad = apply_url_socket(url);
    return bad.empty() ? bad : fail(bad);
  }
  if (url.host.empty())
    return fail("the host is missing, as in " + url.scheme_text + "://broker.example/");
  if (url.host.find_first_of("/ \t\r\n") != std::string::npos)
    return fail(quoted(url.host) + " is not a host name");
  dial_.host = url.host;
  dial_.unix_path.clear();
  common_.sn.wanted = url.scheme == url_scheme::mqtt_sn;
  const bool secure = scheme.has_tls;
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

std::string settings_builder::apply_url_credentials(const url_parts& url, const argument& given) {
  if (url.user_name && !url.user_name->empty()) {
    if (!is_mqtt_string(*url.user_name))
      return "the user name must be UTF-8 of at most 65535 bytes";
    session_.user_name = *url.user_name;
  }
  if (url.password) {
    if (url.password->size() > 65'535) return "the password is longer than 65535 bytes";
    session_.password = *url.password;
    password_given_ = &given;
  }
  return {};
}

/// unix:///run/m.sock and unix://run/m.sock both name a path; the second one relative.
std::string settings_builder::apply_url_socket(const url_parts& url) {
  const auto path = percent_decoded(url.host + url.path);
  if (!path) return "a % must be followed by two hex digits; write %25 for a plain %";
  if (path->empty()) return "the path of the socket is missing, as in unix:///run/mosquitto.sock";
  dial_.unix_path = *path;
  return {};
}

/// "/a/b": a/b is the topic.
std::string settings_builder::apply_url_topic(std::string_view path) {
  const auto topic = percent_decoded(path.substr(1));
  if (!topic) return "the topic: a % must be followed by two hex digits; write %25 for a plain %";
  if (const std::string bad = topic_problem(*topic, which_ == program::sub); !bad.empty())
    return "topic " + quoted(*topic) + ": " + bad;
  common_.url_topic = *topic;
  take_topic(*topic);
  return {};
}

std::string settings_builder::apply_proxy(const argument& given) {
  url_parts url;
  const std::string wrong = parse_url(given.value(), url);
  wipe(url.password_text);
  const auto fail = [&](std::string_view why) {
    return std::string(given.spelled) + ": " + std::string(why);
  };
  if (!wrong.empty()) return fail(wrong);
  proxy_options proxy;
  if (url.scheme == url_scheme::socks5h) {
    proxy.type = proxy_options::kind::socks5h;
  } else if (url.scheme == url_scheme::socks5) {
    proxy.type = proxy_options::kind::socks5;
  } else if (url.scheme == url_scheme::http) {
    proxy.type = proxy_options::kind::http;
  } else {
    return fail(quoted(url.scheme_text) +
                " is not a kind of proxy; they are socks5h, socks5 and http");
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

std::string settings_builder::apply_expiry(const argument& given) {
  const std::string_view value = given.value();
  if (value == "-1" || value == "\xE2\x88\x9E") {
    expiry_ = never_expires;
    return {};
  }
  const bool is_hex_number =
      value.starts_with("0x") || value.starts_with("0X");  // strtol() takes 0x in front
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

std::string settings_builder::apply_password(const argument& given) {
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
  // -P given twice is no error, as in mosquitto's clients; a password from two different options is
  // a slip.
  if (before != nullptr && before->source == given.source && before->row != given.row &&
      before->row->id != option_id::url)
    return std::string(before->spelled) + " and " + std::string(given.spelled) +
           " exclude each other";
  return {};
}

std::string settings_builder::apply_port(const argument& given) {
  std::uint16_t port = 0;
  if (!read_count<std::uint16_t>(given.value(), 1, 65'535, port))
    return value_problem(given, "the port must be 1 to 65535");
  port_ = port;
  return {};
}

std::string settings_builder::apply_wait_broker(const argument& given) {
  common_.client.retry_first_connect = true;
  return apply_wait(given, common_.client.first_connect_limit);
}

std::string settings_builder::apply_ws(const argument&) {
  ws_wanted_ = true;
  return {};
}

std::string settings_builder::apply_ws_path(const argument& given) {
  const std::string_view value = given.value();
  ws_option_ = given.spelled;
  if (!value.starts_with('/')) return value_problem(given, "the path begins with a /");
  if (has_blank(value)) return value_problem(given, blank_in_path);
  ws_path_given_ = true;
  websocket_.path = value;
  return {};
}

std::string settings_builder::apply_ws_header(const argument& given) {
  const std::string_view value = given.value();
  ws_option_ = given.spelled;
  // A header may carry a token: wipe its value and keep its name, before an error can quote it.
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

std::string settings_builder::apply_id(const argument& given) {
  id_given_ = true;
  return apply_mqtt_string(given, session_.client_id);
}

std::string settings_builder::apply_id_prefix(const argument& given) {
  id_prefix_given_ = true;
  return apply_mqtt_string(given, id_prefix_);
}

std::string settings_builder::apply_username(const argument& given) {
  std::string user;
  if (std::string wrong = apply_mqtt_string(given, user); !wrong.empty()) return wrong;
  session_.user_name = std::move(user);
  return {};
}

std::string settings_builder::apply_keep_session(const argument&) {
  session_.clean_start = false;
  session_.clean_start_again = false;
  return {};
}

std::string settings_builder::apply_keepalive(const argument& given) {
  std::uint16_t seconds = 0;
  if (!read_count<std::uint16_t>(given.value(), 0, 65'535, seconds))
    return value_problem(given, "keep alive is 0 (off) to 65535 seconds");
  session_.keep_alive = std::chrono::seconds(seconds);
  return {};
}

std::string settings_builder::apply_version(const argument& given) {
  version_ = parse_protocol_version(given.value());
  if (!version_) return value_problem(given, "MQTT versions are 3.1, 3.1.1 and 5");
  version_option_ = place_of(given);
  return {};
}

std::string settings_builder::apply_inflight(const argument& given) {
  // A number above that of the packet identifiers means all of them, as in mosquitto's clients.
  constexpr std::uint64_t identifiers = 65'535;
  std::uint64_t wanted = 0;
  if (!read_count<std::uint64_t>(given.value(), 1, UINT64_MAX, wanted))
    return value_problem(given, "the number of messages in flight is 1 or more");
  session_.maximum_inflight = static_cast<std::uint16_t>(std::min(wanted, identifiers));
  return {};
}

std::string settings_builder::apply_packet_size(const argument& given) {
  constexpr std::uint64_t largest_packet = 268'435'460;  // MQTT 5.0 §2.1.4, with its header
  if (!read_size(given.value(), packet_size_) || packet_size_ == 0 || packet_size_ > largest_packet)
    return value_problem(given,
                         "a size is a number of bytes, or one with k or M; no packet of MQTT is "
                         "larger than 256M");
  packet_size_option_ = place_of(given);
  return {};
}

std::string settings_builder::apply_property(const argument& given) {
  std::string wrong =
      add_property(properties_, given.words[0], given.words[1], given.words[2], given.words[3]);
  if (given.words[1] == "authentication-data") wipe(given.words[2]);
  return wrong;
}

std::string settings_builder::apply_will_topic(const argument& given) {
  will_wanted_ = true;
  return apply_topic_name(given, will_.topic);
}

std::string settings_builder::apply_will_payload(const argument& given) {
  if (given.value().size() > 65'535)
    return std::string(given.spelled) + ": a will of at most 65535 bytes fits into CONNECT";
  will_seen(given.spelled).payload = given.value();
  return {};
}

std::string settings_builder::apply_cafile(const argument& given) {
  wants_tls(given);
  return apply_text(given, tls_.ca_file);
}

std::string settings_builder::apply_capath(const argument& given) {
  wants_tls(given);
  return apply_text(given, tls_.ca_path);
}

std::string settings_builder::apply_os_certs(const argument& given) {
  wants_tls(given);
  os_certs_ = true;
  return {};
}

std::string settings_builder::apply_no_tls(const argument& given) {
  no_tls_option_ = place_of(given);
  return {};
}

std::string settings_builder::apply_cert(const argument& given) {
  certificate_counts_ |= !given.is_mere_hint;
  return apply_text(given, tls_seen(given).certificate_file);
}

std::string settings_builder::apply_key(const argument& given) {
  certificate_counts_ |= !given.is_mere_hint;
  return apply_text(given, tls_seen(given).key_file);
}

std::string settings_builder::apply_key_pass_file(const argument& given) {
  tls_seen(given);
  return apply_text(given, key_pass_file_);
}

std::string settings_builder::apply_tls_alpn(const argument& given) {
  const std::string_view value = given.value();
  if (value.empty() || value.size() > 255)
    return value_problem(given, "a protocol name has 1 to 255 bytes");
  tls_seen(given).alpn.emplace_back(value);
  return {};
}

std::string settings_builder::apply_trust_any(const argument& given) {
  tls_options& any = tls_seen(given);
  any.verify_certificate = any.verify_host_name = false;
  return {};
}

std::string settings_builder::apply_send_unverified(const argument& given) {
  tls_seen(given);
  sends_password_unverified_ = true;
  return {};
}

std::string settings_builder::apply_psk(const argument& given) {
  wants_tls(given);
  tls_.psk_key = given.value();
  wipe(given.value());
  if (!is_hex(tls_.psk_key))
    return std::string(given.spelled) + ": the key is written in hex digits, without 0x";
  return {};
}

std::string settings_builder::apply_engine_passphrase(const argument& given) {
  std::string& digest = tls_seen(given).engine_key_passphrase_sha1;
  digest = given.value();
  wipe(given.value());
  if (!is_hex(digest) || digest.size() != 40)
    return std::string(given.spelled) + ": a SHA-1 has 40 hex digits";
  return {};
}

namespace {

using family = dial_options::family;

constexpr choice_word<std::string_view> key_forms[] = {{"pem", "pem"}, {"engine", "engine"}};

// The version is the oldest one allowed, as in mosquitto's clients; older ones than 1.2 are never
// spoken.
constexpr choice_word<std::string_view> tls_versions[] = {
    {"tlsv1.1", "tlsv1.2"}, {"tlsv1.2", "tlsv1.2"}, {"tlsv1.3", "tlsv1.3"}};

constexpr choice_word<event_form> event_forms[] = {{"words", event_form::words},
                                                   {"json", event_form::json}};
constexpr choice_word<mosquitto_ways> ways[] = {{"2.0", mosquitto_ways::v2_0},
                                                {"2.1", mosquitto_ways::v2_1}};

}  // namespace

constexpr setter_row settings_builder::connection_setters[] = {
    // ---- connection
    {option_id::host, call<&settings_builder::apply_host>()},
    {option_id::port, call<&settings_builder::apply_port>()},
    {option_id::url, call<&settings_builder::apply_url>()},
    {option_id::unix_path, text<&dial_options::unix_path>()},
    {option_id::bind, text<&dial_options::bind_address>()},
    {option_id::ipv4, set<family::v4, &dial_options::addresses>()},
    {option_id::ipv6, set<family::v6, &dial_options::addresses>()},
    {option_id::connect_timeout, wait<&client_options::connect_timeout>()},
    {option_id::wait_broker, call<&settings_builder::apply_wait_broker>()},
    {option_id::nodelay, on<&dial_options::tcp_nodelay>()},
    {option_id::proxy, call<&settings_builder::apply_proxy>()},
    {option_id::ws, call<&settings_builder::apply_ws>()},
    {option_id::ws_path, call<&settings_builder::apply_ws_path>()},
    {option_id::ws_header, call<&settings_builder::apply_ws_header>()},
    // ---- session
    {option_id::id, call<&settings_builder::apply_id>()},
    {option_id::id_prefix, call<&settings_builder::apply_id_prefix>()},
    {option_id::username, call<&settings_builder::apply_username>()},
    {option_id::password, call<&settings_builder::apply_password>()},
    {option_id::password_file, call<&settings_builder::apply_password>()},
    {option_id::ask_password, call<&settings_builder::apply_password>()},
    {option_id::keep_session, call<&settings_builder::apply_keep_session>()},
    {option_id::session_expiry, v5(call<&settings_builder::apply_expiry>())},
    {option_id::keepalive, call<&settings_builder::apply_keepalive>()},
    {option_id::protocol_version, call<&settings_builder::apply_version>()},
    {option_id::inflight, call<&settings_builder::apply_inflight>()},
    {option_id::max_packet_size, call<&settings_builder::apply_packet_size>()},
    {option_id::property, v5(call<&settings_builder::apply_property>())},
    // ---- mqtt-sn
    {option_id::topic_id, call<&settings_builder::apply_topic_id>()},
    {option_id::predefined, call<&settings_builder::apply_predefined>()},
    {option_id::sleep, call<&settings_builder::apply_sleep>()},
    {option_id::sn_max_packet, call<&settings_builder::apply_sn_max_packet>()},
    // ---- will
    {option_id::will_topic, call<&settings_builder::apply_will_topic>()},
    {option_id::will_payload, call<&settings_builder::apply_will_payload>()},
    {option_id::will_qos, qos<&will_options::qos>()},
    {option_id::will_retain, on<&will_options::retain>()},
    // ---- tls
    {option_id::cafile, call<&settings_builder::apply_cafile>()},
    {option_id::capath, call<&settings_builder::apply_capath>()},
    {option_id::tls_use_os_certs, call<&settings_builder::apply_os_certs>()},
    {option_id::no_tls, call<&settings_builder::apply_no_tls>()},
    {option_id::cert, call<&settings_builder::apply_cert>()},
    {option_id::key, call<&settings_builder::apply_key>()},
    {option_id::key_pass_file, call<&settings_builder::apply_key_pass_file>()},
    {option_id::keyform, choice<key_forms, &tls_options::key_form>("it is pem or engine")},
    {option_id::tls_version,
     choice<tls_versions, &tls_options::minimum_version>("it is tlsv1.2 or tlsv1.3")},
    {option_id::ciphers, text<&tls_options::ciphers>()},
    {option_id::tls_alpn, call<&settings_builder::apply_tls_alpn>()},
    {option_id::tls_keylog, text<&tls_options::key_log_file>()},
    {option_id::tls_server_name, text<&tls_options::server_name>()},
    {option_id::insecure, set<false, &tls_options::verify_host_name>()},
    {option_id::trust_any_certificate, call<&settings_builder::apply_trust_any>()},
    {option_id::send_password_unverified, call<&settings_builder::apply_send_unverified>()},
    {option_id::psk, call<&settings_builder::apply_psk>()},
    {option_id::psk_identity, text<&tls_options::psk_identity>()},
    {option_id::tls_engine, text<&tls_options::engine>()},
    {option_id::tls_engine_kpass_sha1, call<&settings_builder::apply_engine_passphrase>()},
    // ---- general
    {option_id::debug, on<&common_settings::debug>()},
    {option_id::events, choice<event_forms, &common_settings::events>("it is words or json")},
    {option_id::quiet, on<&common_settings::quiet>()},
    {option_id::as_mosquitto, choice<ways, &common_settings::ways>("it is 2.0 or 2.1")},
    {option_id::config, nothing()},
    {option_id::no_config, nothing()},
    {option_id::profile, nothing()},
    {option_id::print_config, nothing()},
    {option_id::help, nothing()},
    {option_id::help_all, nothing()},
    {option_id::version, nothing()},
};
const std::size_t settings_builder::connection_setter_count = std::size(connection_setters);

std::string settings_builder::unfit(const argument& given, const setter& setting) {
  if (!setting.quotes) return value_problem(given, setting.wrong);
  return std::string(given.spelled) + " " + quoted(given.value()) + ": " +
         std::string(setting.wrong);
}

std::string settings_builder::apply(const argument& given) {
  if (report_ != nullptr) report_->note(given, which_);
  if (given.source == option_source::command_line) typed_.push_back(&given);
  const auto find = [&given](std::span<const setter_row> rows) -> const setter* {
    for (const setter_row& row : rows)
      if (row.id == given.row->id) return &row.how;
    return nullptr;
  };
  const setter* setting = find(own_);
  if (setting == nullptr) setting = find({connection_setters, connection_setter_count});
  if (setting == nullptr) return std::string(given.spelled) + ": nobody applies this option";
  if (setting->needs_v5) needs_v5(given);
  return setting->set(*this, given, *setting);
}

void settings_builder::remark(std::string_view kind, std::string_view text) {
  notes_ += name_of(which_);
  notes_ += ": ";
  notes_ += said(translate, kind);
  notes_ += said(translate, text);
  notes_ += '\n';
}

}  // namespace mqttkit::tools
