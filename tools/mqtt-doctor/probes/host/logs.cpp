// What brokers' logs tell, line by line.
#include <algorithm>
#include <ctime>
#include <map>
#include <optional>

#include "common/number.hpp"
#include "common/printable.hpp"
#include "mqtt-doctor/probes/host/services.hpp"

namespace mqttkit::doctor {
namespace {

struct log_mark {
  log_kind kind;
  const char* part;
};

// The first mark in a line decides what the line tells.
constexpr log_mark marks[] = {
    {log_kind::bridge, "Connecting bridge "},
    {log_kind::bridge, " sending CONNECT"},
    {log_kind::bridge, "Received CONNACK on connection "},
    {log_kind::bridge, "Connection Refused: "},
    {log_kind::bridge, "Error creating bridge"},
    {log_kind::bridge, "resolving bridge address"},
    {log_kind::bridge, "host name verification failed"},
    {log_kind::bridge, "check bridge_"},
    {log_kind::bridge, "client local."},
    {log_kind::bridge, "Client local."},
    {log_kind::out_of_memory, "Error: Out of memory"},
    {log_kind::out_of_memory, "disconnected due to out of memory"},
    {log_kind::out_of_memory, "disconnected: Out of memory"},
    {log_kind::max_connections, "max_connections exceeded"},
    {log_kind::max_connections, "maximum connections exceeded"},
    {log_kind::max_connections, "Exceeded the maximum number of allowed client connections"},
    {log_kind::file_limit, "system socket count has been exceeded"},
    {log_kind::file_limit, "Too many open files"},
    {log_kind::tcpd, "denied access by tcpd"},
    {log_kind::denied, "Denied PUBLISH"},
    {log_kind::denied, "Denied SUBSCRIBE"},
    {log_kind::denied, "access to topic"},
    {log_kind::denied, "access to exchange"},
    {log_kind::not_serving, "Product license not accepted"},
    {log_kind::not_serving, "No security extension present"},
    {log_kind::not_serving, "{ssl_error,{options,"},
    {log_kind::not_serving, "connection_rejected_due_to_license"},
    {log_kind::not_serving, "mqtt requires JetStream to be enabled"},
    {log_kind::not_serving, "mqtt requires server name"},
    {log_kind::not_serving, "JetStream system temporarily unavailable"},
    {log_kind::not_serving, "JetStream not enabled for account"},
    {log_kind::not_serving, "has NO quorum"},
    {log_kind::not_serving, "nng_listener_create tls"},
    {log_kind::not_serving, "aiting for Mnesia tables"},
    {log_kind::not_serving, "seems to be in use by another Erlang node"},
    {log_kind::not_serving, "is locked... waiting"},
    {log_kind::not_serving, "could not be locked"},
    {log_kind::not_serving, "NoClassDefFoundError: org/fusesource"},
    {log_kind::not_serving, "Waiting to become backup node"},
    {log_kind::not_serving, "Waiting indefinitely to obtain"},
    {log_kind::not_serving, "due to not_ready"},
    {log_kind::denied, "authorization_permission_denied"},
    {log_kind::denied, "Publish Violation"},       // NATS
    {log_kind::denied, "Subscription Violation"},  // NATS
    {log_kind::denied, ": acl deny"},              // NanoMQ
    {log_kind::denied, "is not authorized to write to"},
    {log_kind::denied, "is not authorized to read from"},
    {log_kind::denied, "Permissions Violation for "},
    {log_kind::denied, "AMQ229032"},
    {log_kind::denied, "can't auth publish "},
    {log_kind::denied, "can't auth subscribe "},
    {log_kind::denied, "cannot_publish_to_topic_due_to_not_authorized"},
    {log_kind::guest, "restricted to localhost"},
    {log_kind::guest, "user can only log in via localhost"},
    // They stop no broker: the users in these lines are left out.
    {log_kind::plain_password, "Invalid password hash"},
    {log_kind::plain_password, "Missing password hash for user"},
    {log_kind::plain_password, "Unable to decode password"},
    {log_kind::plain_password, "Invalid line in password file"},
    {log_kind::config_error, "Unknown configuration variable"},
    {log_kind::config_error, "failed_to_check_schema"},
    {log_kind::config_error, "Error found at"},
    {log_kind::config_error, "value in configuration"},
    {log_kind::config_error, "must be set before any other security"},
    {log_kind::config_error, " is a directory."},
    {log_kind::config_error, "Malformed UTF-8 in configuration"},
    {log_kind::config_error, "Error: Duplicate "},
    {log_kind::config_error, "Error: Empty "},
    {log_kind::config_error, "requires a listener to be defined first"},
    {log_kind::config_error, "before using the mount_point option"},
    {log_kind::config_error, "auth_plugin_deny_special_chars option exists"},
    {log_kind::config_error, "exists in the config file without"},
    {log_kind::config_error, "encryption in a single "},
    {log_kind::config_error, "Unsupported tls_version"},
    {log_kind::config_error, "max_inflight_messages must be"},
    {log_kind::config_error, "max_qos must be"},
    {log_kind::config_error, "Error: Invalid "},
    {log_kind::config_error, "Unable to open include_dir"},
    {log_kind::config_error, "Unable to open config file"},
    {log_kind::config_error, "Unable to drop privileges"},
    {log_kind::config_error, "Unable to load auth plugin"},
    {log_kind::config_error, "Unable to set TLS ciphers"},
    {log_kind::config_error, "Unable to open http dir"},
    {log_kind::config_error, "Invalid bridge"},
    {log_kind::address_in_use, "Address already in use"},
    {log_kind::address_in_use, "eaddrinuse"},
    {log_kind::address_missing, "Cannot assign requested address"},
    {log_kind::address_missing, "eaddrnotavail"},
    {log_kind::port_permission, "bind to a privileged port"},
    {log_kind::port_permission, "CAP_NET_BIND_SERVICE"},
    {log_kind::key_mismatch, "key values mismatch"},
    {log_kind::file_unreadable, "Unable to open pwfile"},
    {log_kind::file_unreadable, "Error opening password file"},
    {log_kind::file_unreadable, "Unable to open acl_file"},
    {log_kind::file_unreadable, "Error opening acl file"},
    {log_kind::file_unreadable, "Error opening psk file"},
    {log_kind::tls_file, "Unable to load server key file"},
    {log_kind::tls_file, "Unable to load server certificate"},
    {log_kind::tls_file, "Unable to load CA certificates"},
    {log_kind::permission, "Permission denied"},
    {log_kind::missing_file, "No such file or directory"},
    {log_kind::local_only, "Starting in local only mode"},
    {log_kind::default_config, "Using default config"},
    {log_kind::websocket_only, "Unable to start any listening sockets"},
    {log_kind::already_connected, "already connected, closing old connection"},
    {log_kind::already_connected, "disconnected: session taken over"},
    {log_kind::already_connected, "disconnecting duplicate client id"},
    {log_kind::already_connected, "with duplicate id '"},
    {log_kind::already_connected, "reason: Another client connected with the same client"},
    {log_kind::already_connected, "Stealing link for clientId "},
    {log_kind::timeout, "has exceeded timeout"},
    {log_kind::timeout, "disconnected: exceeded timeout"},
    {log_kind::timeout, "disconnected: keepalive timeout"},
    {log_kind::timeout, "disconnected: Keep alive timeout"},
    {log_kind::timeout, "reason: keepalive_timeout"},
    {log_kind::timeout, "client keepalive timeout"},
    {log_kind::timeout, "keepalive timeout)"},
    {log_kind::timeout, "stopped due to keepalive expired"},
    {log_kind::timeout, "reason: Client was idle for too long"},
    {log_kind::timeout, "Channel was inactive for too "},
    {log_kind::dropped, "Outgoing messages are being dropped for client"},
    {log_kind::dropped, "dropped_msg_due_to_mqueue_is_full"},
    {log_kind::dropped, "Dropped msg due to mqueue is full"},
    {log_kind::too_large, "due to oversize packet"},
    {log_kind::too_large, "due to oversize payload"},
    {log_kind::too_large, "disconnected: oversize p"},
    {log_kind::too_large, "frame_is_too_large"},
    {log_kind::too_large, "frame_too_large"},
    {log_kind::not_offered, "QoS too high"},
    {log_kind::not_offered, "Too high QoS in PUBLISH"},
    {log_kind::not_offered, "publish QoS=2 not supported"},
    {log_kind::limited, "disconnected: connection rate exceeded"},
    {log_kind::limited, "disconnected: quota exceeded"},
    {log_kind::limited, "disconnected: receive maximum exceeded"},
    {log_kind::limited, "its receive-maximum quota"},
    {log_kind::limited, "disconnected: client banned"},
    {log_kind::limited, "due_to_quota_exceeded"},
    {log_kind::limited, "reason: Sent too many concurrent PUBLISH"},
    {log_kind::limited, "msg: flapping_detected"},
    {log_kind::odd_name, "ACL denying access to client with dangerous"},
    {log_kind::alarm, "resource limit alarm set"},
    {log_kind::alarm, "AMQ222210: "},
    {log_kind::alarm_over, "AMQ222211: "},
    {log_kind::alarm, "Persistent store is Full"},
    {log_kind::alarm, "Usage Manager memory limit"},
    {log_kind::alarm, "Usage Manager Memory Limit"},
    {log_kind::alarm_over, "resource limit alarm cleared"},
    {log_kind::tls, "peer did not return a certificate"},
    {log_kind::tls, "certificate verify failed"},
    {log_kind::tls, "wrong version number"},
    {log_kind::tls, "http request"},
    {log_kind::tls, "no shared cipher"},
    {log_kind::tls, "unsupported protocol"},
    {log_kind::tls, "no suitable signature algorithm"},
    {log_kind::tls, "tlsv1 alert"},
    {log_kind::tls, "alert certificate"},
    {log_kind::tls, "alert unknown ca"},
    {log_kind::tls, "alert bad certificate"},
    {log_kind::refused, "disconnected, not authorised"},
    {log_kind::refused, "disconnected: not authorised"},
    {log_kind::refused, "disconnected: Not authori"},
    {log_kind::refused, "disconnected: Bad User Name or Password"},
    {log_kind::refused, "disconnected: bad username or password"},
    {log_kind::refused, "msg: authentication_failure"},
    {log_kind::refused, "tag: AUTHN, msg: authentication_fail"},
    {log_kind::refused, "closing due to an authentication failure"},
    {log_kind::refused, "MQTT login failed"},
    {log_kind::refused, "invalid credentials"},
    {log_kind::refused, "or password is invalid"},
    {log_kind::refused, " - authentication error"},
    {log_kind::refused, "can't authenticate client "},
    {log_kind::refused, ") login failed for "},
    {log_kind::refused, "AMQ229031"},
    {log_kind::refused, "nano_pipe_start: Invalid auth info"},
    {log_kind::protocol_error, "due to protocol error"},
    {log_kind::protocol_error, "due to malformed packet"},
    {log_kind::protocol_error, "disconnected: Protocol error"},
    {log_kind::protocol_error, "disconnected: protocol error"},
    {log_kind::protocol_error, "disconnected: malformed packet"},
    {log_kind::protocol_error, "Protocol error from "},
    {log_kind::protocol_error, "frame_parse_error"},
    {log_kind::protocol_error, "MQTT protocol error on connection"},
    {log_kind::protocol_error, "MQTT cannot parse a frame"},
    {log_kind::protocol_error, "reason: Sent second CONNECT"},
    {log_kind::protocol_error, "was disconnected. reason: Protocol error"},
    {log_kind::protocol_error, "not supported for MQTT topics"},
    {log_kind::protocol_error, "unacceptable protocol version of "},
    {log_kind::protocol_error, "failed: Invalid message encoding"},
    {log_kind::tls, "appears to be using TLS to connect to a non-TLS listener"},
    {log_kind::protocol_error, "password without username"},
    {log_kind::protocol_error, "Invalid protocol"},
    {log_kind::protocol_error, "sending multiple CONNECT messages"},
    {log_kind::protocol_error, "Invalid Will QoS in CONNECT"},
    {log_kind::protocol_error, "Invalid QoS in "},
    {log_kind::protocol_error, "subscription string from "},
    {log_kind::address_missing, "does not support IPv4 configuration"},
    {log_kind::address_missing, "does not support ipv4 configuration"},
    {log_kind::too_large, "connected with too large Will payload"},
    {log_kind::tls_file, "Error when reloading certificate"},
    {log_kind::backend_down, "connect() failed (111"},
    {log_kind::backend_down, "upstream timed out"},
    {log_kind::backend_down, "upstream prematurely closed"},
    {log_kind::error, "Error: "},
    {log_kind::error, "Error creating "},
    {log_kind::error, "Error binding "},
    {log_kind::error, "Error setting "},
    {log_kind::error, "Error loading "},
    {log_kind::error, "Error resolving "},
    {log_kind::error, "Error in "},
    {log_kind::error, "Error whilst "},
    {log_kind::error, "Load error: "},
    {log_kind::error, "Unable to start http api"},
};

bool begins_a_start(const std::string& line) {
  return (has(line, "mosquitto version") && has(line, " starting")) ||
         has(line, "Starting RabbitMQ ") || has(line, "[INF] Starting nats-server") ||
         (has(line, "Apache ActiveMQ") && has(line, " is starting")) ||
         has(line, "Starting HiveMQ ");
}

/// What tells of one client, so that the lines of another must not push it out.
bool is_of_client(log_kind kind) {
  return kind == log_kind::timeout || kind == log_kind::refused ||
         kind == log_kind::protocol_error || kind == log_kind::dropped ||
         kind == log_kind::too_large || kind == log_kind::not_offered ||
         kind == log_kind::limited || kind == log_kind::bridge || kind == log_kind::denied;
}

/// Whether a client at this address was let in: then it names no single device.
bool is_let_in_from(const std::vector<std::string>& lines, const std::string& address) {
  const std::string let_in = "client connected from " + address;
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    return has(line, (let_in + ":").c_str()) || has(line, (let_in + " ").c_str());
  });
}

/// Whether somebody from that address was let in at that port behind lines[at]: the trouble there
/// may be over.
bool is_let_in_later(const std::vector<std::string>& lines, std::size_t at,
                     const std::string& address, int port) {
  constexpr std::string_view let_in = "client connected from ";
  constexpr std::size_t most_between = 40;
  for (std::size_t i = at + 1; i < lines.size(); ++i) {
    const std::size_t found = lines[i].find(std::string(let_in) + address + ":");
    if (found == std::string::npos) continue;
    const std::size_t from = found + let_in.size();
    const std::string opened = "New connection from " +
                               lines[i].substr(from, lines[i].find(' ', from) - from) + " on port ";
    bool is_elsewhere = false;
    for (std::size_t back = 1; back <= most_between && back <= i; ++back) {
      const std::size_t on = lines[i - back].find(opened);
      if (on == std::string::npos) continue;
      is_elsewhere =
          !lines[i - back].substr(on + opened.size()).starts_with(std::to_string(port) + ".");
      break;
    }
    if (!is_elsewhere) return true;
  }
  return false;
}

/// Where a client came from and to, which a line does not name.
struct nameless_end {
  std::string address;
  int port = 0;
  bool is_shared = false;  // others behind that address were let in
};

/// The client that mosquitto does not name in lines[at]: of the newest connection before it that
/// was not let in.
nameless_end nameless_peer(const std::vector<std::string>& lines, std::size_t at) {
  constexpr std::string_view opened = "New connection from ", let_in = "client connected from ",
                             port = " on port ";
  constexpr std::size_t most_lines = 40;
  if (!has(lines[at], "Client <unknown>")) return {};
  std::vector<std::string> known;
  for (std::size_t back = 1; back <= most_lines && back <= at; ++back) {
    const std::string& line = lines[at - back];
    for (const std::string_view words : {opened, let_in}) {
      const std::size_t found = line.find(words);
      if (found == std::string::npos) continue;
      const std::size_t from = found + words.size();
      const std::string peer = line.substr(from, line.find(' ', from) - from);
      if (words == let_in) {
        known.push_back(peer);
        continue;
      }
      if (std::find(known.begin(), known.end(), peer) != known.end()) continue;
      nameless_end made{peer.substr(0, peer.rfind(':')), 0, false};
      made.is_shared = is_let_in_from(lines, made.address);
      if (const std::size_t on = line.find(port, from); on != std::string::npos) {
        const std::string_view digits = std::string_view(line).substr(on + port.size());
        constexpr int highest = 65535;
        int number = 0;
        if (tools::read_number(digits.substr(0, digits.find_first_not_of("0123456789")), 1, highest,
                               number))
          made.port = number;
      }
      return made;
    }
  }
  return {};
}

/// The mark that decides what the line tells; null when it tells nothing that is known.
const log_mark* mark_in(const std::string& line) {
  const auto found = std::find_if(std::begin(marks), std::end(marks),
                                  [&](const log_mark& mark) { return has(line, mark.part); });
  return found == std::end(marks) ? nullptr : &*found;
}

/// The client of a handshake that fails: OpenSSL's line stands before the one that ends it.
nameless_end peer_of_handshake(const std::vector<std::string>& lines, std::size_t at) {
  constexpr std::size_t nearest = 2;
  for (std::size_t next = at + 1; next <= at + nearest && next < lines.size(); ++next) {
    if (has(lines[next], "Client <unknown>")) return nameless_peer(lines, next);
  }
  return {};
}

/// Whether the line only ends what the handshake's line before it told.
bool is_end_of_handshake(const std::vector<std::string>& lines, std::size_t at) {
  const log_mark* const before = at > 0 ? mark_in(lines[at - 1]) : nullptr;
  return has(lines[at], "Client <unknown>") && before != nullptr && before->kind == log_kind::tls;
}

/// The line without what differs from one time to the next: digits.
std::string shape_of(const std::string& line) {
  std::string out;
  for (const char each : line) {
    if (each < '0' || each > '9') out += each;
  }
  return out;
}

}  // namespace

std::optional<std::time_t> time_of_line(std::string_view line) {
  const std::size_t end = line.find_first_not_of("0123456789");
  constexpr std::size_t fewest = 9, most = 11;  // digits: the years 1973 to 5138
  if (end != std::string_view::npos && line[end] == ':' && end >= fewest && end <= most)
    return number(line.substr(0, end));
  std::tm parts{};
  // In local time, by the usual log_timestamp_format.
  const std::string text(line.substr(0, std::string_view("2026-11-21T08:00:00").size()));
  if (::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr) return {};
  parts.tm_isdst = -1;
  return ::mktime(&parts);
}

namespace {

/// What mosquitto's log tells of one client's subscriptions, where it is told to log them.
struct logged_client {
  std::size_t connected = 0;  // lines
  std::size_t ended = 0;      // 0: it has not ended
  bool is_clean = false;
  bool has_subscribed = false;  // on this connection
  std::string filter;           // of an earlier one
};

/// The client that a line of the connection's end is about.
std::string ended_client(const std::string& line) {
  constexpr std::string_view before = "Client ";
  const std::size_t begin = line.find(before);
  if (begin == line.npos) return {};
  const std::string rest = line.substr(begin + before.size());
  for (const char* const words :
       {" closed its connection", " disconnected", " has exceeded timeout", " already connected"}) {
    if (const std::size_t end = rest.find(words); end != rest.npos) {
      const std::string id = rest.substr(0, end);
      return id.substr(0, id.rfind(" ["));
    }
  }
  return {};
}

/// Clients that had subscribed, came back with a clean session, stayed, and did not subscribe
/// again: what was sent to them before goes nowhere. Tells nothing where SUBSCRIBE is not logged.
std::vector<log_fact> not_subscribed_again(const std::string& source,
                                           const std::vector<std::string>& lines,
                                           std::size_t start) {
  constexpr std::string_view asks = "Received SUBSCRIBE from ",
                             let_in = "New client connected from ";
  constexpr std::size_t most_clients = 500, most_told = 4;
  constexpr std::time_t long_enough = 3;  // seconds; a client subscribes at once
  std::map<std::string, logged_client> all;
  for (std::size_t i = start; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (const std::size_t found = line.find(asks); found != line.npos) {
      const auto known = all.find(trimmed(line.substr(found + asks.size())));
      if (known == all.end()) continue;
      known->second.has_subscribed = true;
      const std::string next = i + 1 < lines.size() ? trimmed(lines[i + 1]) : std::string();
      const std::size_t qos = next.rfind(" (QoS ");
      const std::size_t time = next.find(": ");
      if (qos == next.npos) continue;
      known->second.filter =
          time < qos ? trimmed(next.substr(time + 2, qos - time - 2)) : next.substr(0, qos);
    } else if (line.find(let_in) != line.npos) {
      const std::size_t name = line.find(" as "), flags = line.rfind(" (p");
      if (name == line.npos || flags == line.npos || flags < name + 4) continue;
      const std::string id = line.substr(name + 4, flags - name - 4);
      if (all.size() >= most_clients && !all.contains(id)) continue;
      logged_client& is = all[id];
      is.connected = i;
      is.ended = 0;
      is.has_subscribed = false;
      is.is_clean = line.find(", c1", flags) != line.npos;
    } else if (const std::string id = ended_client(line); !id.empty()) {
      const auto known = all.find(id);
      if (known != all.end()) known->second.ended = i;
    }
  }
  std::vector<log_fact> out;
  for (const auto& [id, is] : all) {
    if (is.has_subscribed || !is.is_clean || is.filter.empty() || out.size() >= most_told) continue;
    const auto from = time_of_line(lines[is.connected]);
    const auto to = time_of_line(lines[is.ended != 0 ? is.ended : lines.size() - 1]);
    if (!from || !to || *to - *from < long_enough) continue;
    log_fact made;
    made.source = source;
    made.text = tools::printable(trimmed(lines[is.connected]), 300);
    made.kind = log_kind::not_subscribed_again;
    made.filter = tools::printable(is.filter, 200);
    out.push_back(std::move(made));
  }
  return out;
}

}  // namespace

std::vector<log_fact> read_log(const std::string& source, std::string_view text) {
  constexpr std::size_t most_of_a_kind = 4;
  const auto lines = lines_of(text);
  std::size_t start = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (begins_a_start(lines[i])) start = i;
  }
  std::vector<log_fact> backwards;
  constexpr std::size_t most_of_clients = 24;  // of a kind, over all clients
  std::map<log_kind, std::size_t> count;
  std::map<std::string, std::size_t> count_of_shape;
  for (std::size_t i = lines.size(); i-- > 0;) {
    const log_mark* const mark = mark_in(lines[i]);
    if (mark == nullptr || is_end_of_handshake(lines, i)) continue;
    const nameless_end end =
        mark->kind == log_kind::tls ? peer_of_handshake(lines, i) : nameless_peer(lines, i);
    // By address: the doctor's own connections, too, are turned away and come last.
    const bool is_new =
        is_of_client(mark->kind)
            ? ++count_of_shape[shape_of(lines[i]) + end.address] <= most_of_a_kind &&
                  ++count[mark->kind] <= most_of_clients
            : ++count[mark->kind] <= most_of_a_kind;
    if (!is_new) continue;
    log_fact log;
    log.source = source;
    log.text = tools::printable(trimmed(lines[i]), 300);
    log.kind = mark->kind;
    (end.is_shared ? log.from : log.peer) = tools::printable(end.address, 60);
    log.port = end.port;
    if (end.is_shared && is_let_in_later(lines, i, end.address, end.port)) {
      log.from.clear();
      log.port = 0;
    }
    log.is_current = i >= start;
    backwards.push_back(std::move(log));
  }
  std::vector<log_fact> out(backwards.rbegin(), backwards.rend());
  for (log_fact& each : not_subscribed_again(source, lines, start)) out.push_back(std::move(each));
  return out;
}

namespace {

/// The files that a line blames: the one it names, or all of the configuration.
std::vector<std::string> blamed_by(const log_fact& line, const host_facts& known) {
  std::vector<std::string> out;
  const std::size_t quote = line.text.find("\"/");
  const std::size_t end = quote == std::string::npos ? quote : line.text.find('"', quote + 1);
  if (end != std::string::npos) {
    const std::string file = line.text.substr(quote + 1, end - quote - 1);
    const std::size_t slash = file.rfind('/');
    out.push_back(file);
    if (slash > 0) out.push_back(file.substr(0, slash));
    return out;
  }
  for (const auto& configuration : known.configurations) {
    out.insert(out.end(), configuration.files.begin(), configuration.files.end());
    for (const auto& listener : configuration.listeners) {
      for (const char* option : {"certfile", "keyfile", "cafile"}) {
        const auto named = listener.settings.find(option);
        if (named != listener.settings.end()) out.push_back(named->second);
      }
    }
  }
  return out;
}

bool is_about_files(log_kind kind) {
  return kind == log_kind::config_error || kind == log_kind::file_unreadable ||
         kind == log_kind::tls_file || kind == log_kind::key_mismatch ||
         kind == log_kind::permission || kind == log_kind::missing_file || kind == log_kind::error;
}

/// Dates a line: one from before the broker's start, or from before a file was repaired, tells of
/// another time.
void date(const machine_files& files, const host_facts& known, log_fact& line) {
  const auto written = time_of_line(line.text);
  if (!written) return;
  const std::string text = rfc3339(*written);
  for (const auto& process : known.brokers) {
    const bool is_its_own = process.name == broker_kind::mosquitto && !process.started.empty();
    // The kernel reports a start to the second, and may round it.
    if (is_its_own && text < process.started && rfc3339(*written + 2) < process.started)
      line.is_current = false;
  }
  if (!is_about_files(line.kind.value())) return;
  for (const std::string& file : blamed_by(line, known)) {
    const auto status = files.status(file);
    if (status && status->changed > *written + 1) line.is_outdated = true;
  }
}

/// Where the brokers but mosquitto write: where they are told to, or in their usual folders.
std::vector<std::string> logs_of_other_brokers(const machine_files& files,
                                               const host_facts& known) {
  std::vector<std::string> out;
  for (const auto& configuration : known.configurations) {
    const auto said = [&](const char* name) {
      const auto at = configuration.settings.find(name);
      return at == configuration.settings.end() ? std::string() : at->second;
    };
    const std::string folder = !said("log.dir").empty() ? said("log.dir") + "/" : std::string();
    for (const std::string& file : {said("log_file"), folder + said("log.file")}) {
      if (file.size() > 1 && file.front() == '/' && files.exists(file) && file.back() != '/')
        out.push_back(file);
    }
  }
  // A Java program names its folder in its command line.
  std::vector<std::pair<std::string, std::string>> places{
      {"/var/log/rabbitmq", "rabbit@"},
      {"/var/log/emqx", "emqx.log"},
      {"/opt/emqx/log", "emqx.log"},
      {"/var/log/vernemq", "console.log"},
      {"/opt/vernemq/log", "console.log"},
      {"/opt/hivemq/log", "hivemq.log"},
      {"/opt/hivemq/log", "event.log"},
      {"/var/log/hivemq", "hivemq.log"},
      {"/var/log/activemq", "activemq.log"},
      {"/opt/activemq/data", "activemq.log"},
      {"/var/lib/artemis-instance/log", "artemis.log"},
      {"/var/log/nanomq", "nanomq.log"},
      {"/var/log/flashmq", "flashmq.log"},
      {"/var/log/nats", "nats-server.log"},
      {"/var/log", "nats-server.log"}};
  for (const auto& process : known.brokers) {
    for (const auto& word : words_of(process.command)) {
      const std::size_t equals = word.find('=');
      if (word.starts_with("-Dartemis.instance=") && equals != std::string::npos)
        places.emplace_back(word.substr(equals + 1) + "/log", "artemis.log");
      if (word.starts_with("-Dactivemq.base=")) {
        places.emplace_back(word.substr(equals + 1) + "/data", "activemq.log");
      }
      if (const std::size_t bin = word.find("/bin/hivemq.jar"); bin != std::string::npos)
        for (const char* name : {"hivemq.log", "event.log"})
          places.emplace_back(word.substr(0, bin) + "/log", name);
    }
  }
  for (const auto& [folder, begin] : places) {
    std::string newest;
    for (const auto& name : files.list(folder)) {
      if (name.starts_with(begin) && !has(name, "upgrade") && !has(name, ".gz") &&
          !has(name, ".siz") && !has(name, ".idx"))
        newest = folder + "/" + name;
    }
    if (!newest.empty()) out.push_back(newest);
  }
  return out;
}

}  // namespace

void look_at_logs(const machine_files& files, host_facts& into) {
  std::vector<std::string> sources;
  const auto add = [&](const std::string& file) {
    if (std::find(sources.begin(), sources.end(), file) == sources.end()) sources.push_back(file);
  };
  bool has_running = false;
  for (const auto& configuration : into.configurations)
    has_running = has_running || configuration.is_used;
  for (const auto& configuration : into.configurations) {
    if (has_running && !configuration.is_used) continue;
    const auto where = configuration.settings.find("log_dest");
    if (where == configuration.settings.end()) continue;
    for (const auto& line : lines_of(where->second)) {
      if (line.rfind("file ", 0) == 0) add(trimmed(line.substr(5)));
    }
  }
  if (sources.empty()) add("/var/log/mosquitto/mosquitto.log");
  for (const auto& file : logs_of_other_brokers(files, into)) add(file);
  for (const auto& listener : into.listeners) {
    if (listener.program() == listening_program::nginx) {
      add("/var/log/nginx/error.log");
      break;
    }
  }
  if (!into.selinux.empty()) {
    file_error error;
    for (const auto& line : lines_of(files.read_end("/var/log/audit/audit.log", &error))) {
      if (!has(line, "avc:") || !has(line, "denied") || !has(line, "name_bind")) continue;
      log_fact log;
      log.source = "/var/log/audit/audit.log";
      log.kind = log_kind::selinux;
      log.text = tools::printable(line, 300);
      into.log.push_back(std::move(log));
    }
  }
  for (const auto& file : sources) {
    file_error error;
    const std::string text = files.read_end(file, &error);
    if (error.is_missing()) continue;
    if (!error.empty()) {
      into.not_seen.push_back(file + ": " + (error.is_denied() ? "needs root" : error.text()));
      continue;
    }
    for (auto& each : read_log(file, text)) {
      date(files, into, each);
      into.log.push_back(std::move(each));
    }
  }
}

}  // namespace mqttkit::doctor
