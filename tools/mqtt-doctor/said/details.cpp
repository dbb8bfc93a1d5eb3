#include "mqtt-doctor/said/details.hpp"

#include <algorithm>
#include <array>

#include "mqtt-doctor/said/plain.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

using is = detail_kind;
constexpr auto nowhere = std::string_view::npos;
constexpr std::size_t longest = 200;  // bytes of a value

/// A value stands between `before` and `after`; where `after` is one of "", ",", it runs to a
/// blank or bracket, or to the comma.
struct place_of_value {
  is kind;
  const char* before;  ///< in lower case
  const char* after;   ///< "" for the end of the word
};

constexpr place_of_value places[] = {
    // mosquitto's configuration.
    {is::setting, "configuration variable \"", "\""},
    {is::setting, "duplicate \"", "\" value"},
    {is::setting, "empty \"", "\" value"},
    {is::setting, "duplicate ", " value"},
    {is::setting, "empty ", " value"},
    {is::setting, "empty ", " in acl_file"},
    {is::setting, "invalid ", " value"},
    {is::setting, "invalid ", " duration"},
    {is::setting, "unknown option '", "'"},
    {is::setting, "error: the '", "' option"},
    {is::setting, "the '", "' option"},
    {is::setting, "before using the ", " option"},
    {is::setting, "warning: the ", " option"},
    {is::setting, "error: ", " must be "},
    {is::setting, "unsupported tls_version", " "},
    {is::setting, "error: ", " argument given"},
    {is::setting, "invalid mount_point", " "},
    {is::setting, "in a single listener", " "},
    // Others' configurations.
    {is::setting, "unknown directive \"", "\""},
    {is::setting, "unknown keyword '", "'"},
    {is::setting, "unknown variable: ", ""},
    {is::setting, "unknown field \"", "\""},
    {is::setting, "error: key '", "'"},
    {is::setting, "unknown => [<<\"", "\""},
    {is::setting, "unknown => \"", "\""},
    {is::setting, "path => \"", "\""},
    {is::setting, "path: ", ","},
    {is::setting, "\"", "\" directive"},
    {is::value, " value (", ")"},
    {is::value, "value => \"", "\""},
    {is::value, "unsupported tls_version \"", "\""},
    {is::value, "cipher list \"", "\""},
    {is::value, "access type \"", "\""},
    {is::value, "invalid acl topic \"", "\""},
    {is::value, "invalid port specified (", ")"},
    {is::value, "topic direction '", "'"},
    {is::value, "qos level '", "'"},
    {is::value, "mount_point '", "'"},
    {is::value, "acl pattern '", "'"},
    {is::line, "at line ", ""},
    {is::line, "near line ", ""},
    {is::line, "linenumber: ", ""},
    {is::line, "line ", " in "},
    {is::file, "pwfile \"", "\""},
    {is::file, "acl_file \"", "\""},
    {is::file, "password file \"", "\""},
    {is::file, "file folder [", "]"},
    // A key and its value, in any broker's log.
    {is::client, "clientid: ", ","},
    {is::client, "client_id: ", ","},
    {is::client, "client id: ", ","},
    {is::client, "clientid=", ","},
    {is::client, "clientid='", "'"},
    {is::client, "client_id='", "'"},
    {is::client, "\"clientid\":\"", "\""},
    {is::client, "\"clientid\": \"", "\""},
    {is::client, "cid=", ""},
    {is::client, "keepalivetimeout: ", ""},
    {is::client, "client: ", " already"},
    {is::client, "receiving client: ", ","},
    {is::client, "dangerous client id \"", "\""},
    {is::client, "duplicate id '", "'"},
    {is::client, "client {[],<<\"", "\""},
    {is::client, "subscriber {[],<<\"", "\""},
    {is::client, "{[],<<\"", "\""},
    {is::client, "client '", "' "},
    {is::client, "for client id ", ""},
    {is::client, " - \"", "\" - "},
    {is::client, "connack to ", " ("},
    {is::client, "] <<\"", "\">>@"},
    // mosquitto's log of single clients.
    {is::client, "on client ", ": "},
    {is::client, "on client ", ", "},
    {is::client, "dropped for client ", "."},
    {is::client, "bad client ", " sending"},
    {is::client, "client ", " ["},
    {is::client, "client ", " disconnected"},
    {is::client, "client ", " has exceeded"},
    {is::client, "client ", " already connected"},
    {is::client, "client ", " closed its"},
    {is::client, "client ", " been disconnected"},
    {is::client, "client ", " connected with"},
    {is::client, "publish from ", " ("},
    {is::client, "publish from ", ", "},
    {is::client, "subscribe from ", " ("},
    {is::client, "puback from ", " for"},
    {is::client, "pubrec from ", " for"},
    {is::client, "pubcomp from ", " for"},
    {is::client, "protocol error from ", ": "},
    {is::client, "connection to client ", ""},
    {is::client, " id=", ","},
    {is::user, "username: ", ","},
    {is::user, "username: ", ";"},
    {is::user, "username='", "'"},
    {is::user, "username <<\"", "\""},
    {is::user, ",u'", "'"},
    {is::user, " u'", "'"},
    {is::user, "for user '", "'"},
    {is::user, "user '", "'"},
    {is::user, "user \"", "\""},
    {is::user, "login failed for \"", "\""},
    {is::user, "user name [", "]"},
    {is::user, "user: ", " does"},
    {is::user, "hash for user ", ","},
    {is::user, "password for user ", ","},
    {is::user, "salt for user ", ","},
    {is::user, "iterations for user ", ","},
    {is::user, "user ", " is not authorized"},
    {is::user, "user '", "' because"},
    {is::user, "privileges to '", "'"},
    {is::user, "identity \"", "\""},
    {is::user, "for user ", ":"},
    {is::user, "for user ", ""},
    {is::user, "login for '", "'"},
    {is::user, "aclcheck(", ","},
    {is::user, "getuser(", ")"},
    {is::user, "unpwd_check(", ")"},
    {is::address, "connection from ", " on port"},
    {is::address, "address='", "'"},
    {is::target, "upstream: \"", "\""},
    {is::target, "host not found in upstream \"", "\""},
    {is::target, "dial tcp ", ": "},
    {is::target, "attempt to connect to ", ""},
    {is::target, "connection to backend: ", ""},
    {is::target, "s_connect: connect ", ": "},
    {is::target, "connect() to ", " failed"},
    {is::target, "server ", " is down"},
    {is::target, "backend ", " has no server"},
    {is::topic, "topic: ", ","},
    {is::topic, "topic_filter: ", ","},
    {is::topic, "topic '", "'"},
    {is::topic, "\"topicname\":\"", "\""},
    {is::topic, "topic://", ""},
    {is::topic, "on address ", ""},
    {is::topic, "on address '", "'"},
    {is::topic, "exchange '", "'"},
    {is::topic, "queue '", "'"},
    {is::virtual_host, "vhost '", "'"},
    {is::virtual_host, "virtual host '", "'"},
    {is::bridge, "bridge name \"", "\""},
    {is::bridge, "remote bridge ", " does"},
    {is::bridge, "connecting bridge ", " ("},
    {is::bridge, "connect to bridge ", "."},
    {is::bridge, "bridge connection ", " has"},
    {is::bridge, "local_clientid '", "'"},
    {is::name, "container name \"", "\""},
    {is::name, "pull access denied for ", ","},
    {is::name, "unit ", " not found"},
    {is::name, "unit ", " is masked"},
    {is::name, "unit ", " could not be found"},
    {is::name, "]: ", ": main process"},
    {is::name, "]: ", ": start request"},
    {is::name, "]: ", ": failed with"},
    {is::name, "job for ", " failed"},
    {is::name, "error for host ", ":"},
    {is::name, "libraries: ", ":"},
    {is::name, "entrypoint \"", "\""},
    {is::name, "plugins could not be found: ", ""},
    {is::name, "name node ", ""},
    {is::name, "node '", "'"},
    {is::name, "undefined symbol: ", ""},
    {is::name, "interface ", " does not"},
    {is::name, "service [", "]"},
};

bool ends_word(char c) { return std::string_view(" \t\r\n,;\"'()[]{}<>").find(c) != nowhere; }

std::string_view without_ends(std::string_view text) {
  constexpr std::string_view ends = " \t\"'`<>()[]";
  while (!text.empty() && ends.find(text.front()) != nowhere) text.remove_prefix(1);
  while (!text.empty() && (ends.find(text.back()) != nowhere || text.back() == ':' ||
                           text.back() == '.' || text.back() == ','))
    text.remove_suffix(1);
  return text;
}

/// The value that begins at text[from]; "" for none.
std::string value_at(std::string_view text, std::size_t from, std::string_view after) {
  std::string_view rest = text.substr(from, text.find('\n', from) - from).substr(0, longest);
  std::size_t end = 0;
  if (after.empty()) {
    while (end < rest.size() && !ends_word(rest[end])) ++end;
  } else if (after == "," || after == ";") {
    end = std::min(rest.find_first_of(",;"), rest.size());
  } else {
    end = lower(rest).find(after);
    if (end == nowhere) return {};
  }
  const std::string_view value = without_ends(rest.substr(0, end));
  const bool is_quoted = !after.empty() && (after.front() == '"' || after.front() == '\'' ||
                                            after == ")" || after == "," || after == ";");
  // Between words of the program's own sentence stands one word.
  if (!is_quoted && value.find_first_of(" \t") != nowhere) return {};
  if (value == "undefined" || value == "null" || value == "unknown" || value == "UNKNOWN")
    return {};
  return std::string(value);
}

class collector {
 public:
  explicit collector(std::string_view text) : text_(text), folded_(lower(text)) {}

  std::vector<said_detail> all() {
    for (const place_of_value& each : places) look_at(each);
    find_file();
    find_addresses();
    find_port();
    find_denied_topic();
    find_bad_line();
    find_setting_by_name();
    std::stable_sort(out_.begin(), out_.end(),
                     [](const said_detail& a, const said_detail& b) { return a.kind < b.kind; });
    return std::move(out_);
  }

 private:
  bool has(is kind) const {
    return std::any_of(out_.begin(), out_.end(),
                       [&](const said_detail& each) { return each.kind == kind; });
  }

  void add(is kind, std::string value) {
    if (!value.empty() && !has(kind)) out_.push_back({kind, std::move(value)});
  }

  void look_at(const place_of_value& each) {
    if (has(each.kind)) return;
    const std::string_view before = each.before;
    for (std::size_t at = folded_.find(before); at != nowhere; at = folded_.find(before, at + 1)) {
      const bool is_inside = is_ascii_letter(before.front()) && at > 0 &&
                             (is_ascii_letter(folded_[at - 1]) || folded_[at - 1] == '_');
      if (is_inside) continue;
      std::string value = value_at(text_, at + before.size(), each.after);
      const bool is_number = value.find_first_not_of("0123456789") == std::string::npos;
      if (value.empty() || (each.kind == is::line && !is_number)) continue;
      add(each.kind, std::move(value));
      return;
    }
  }

  static bool is_of_path(char c) {
    return is_ascii_letter(c) || is_ascii_digit(c) || is_beyond_ascii(c) ||
           std::string_view("/\\._-+@~=").find(c) != nowhere;
  }

  /// The length of a path at text_[at]: /etc/x, C:\x, or a bare name with a file's ending.
  std::size_t path_length(std::size_t at) const {
    const bool is_drive = at + 2 < text_.size() && is_ascii_letter(text_[at]) &&
                          text_[at + 1] == ':' && text_[at + 2] == '\\';
    std::size_t end = is_drive ? at + 2 : at;
    while (end < text_.size() && is_of_path(text_[end])) ++end;
    std::string_view path = text_.substr(at, end - at);
    while (!path.empty() && (path.back() == '.' || path.back() == '=')) path.remove_suffix(1);
    if (is_drive) return path.size();
    const bool is_absolute = path.starts_with('/') && path.find('/', 1) != nowhere &&
                             !path.starts_with("//") && path.size() > 4;
    if (is_absolute) return path.size();
    constexpr std::array<std::string_view, 12> endings{".conf", ".crt", ".pem",  ".key",
                                                       ".cfg",  ".db",  ".xml",  ".so",
                                                       ".jks",  ".acl", ".yaml", ".yml"};
    const bool is_file = std::any_of(endings.begin(), endings.end(), [&](std::string_view each) {
      return path.size() > each.size() && path.ends_with(each);
    });
    return is_file ? path.size() : 0;
  }

  void find_file() {
    for (std::size_t at = 0; at < text_.size(); ++at) {
      if (at > 0 && (is_of_path(text_[at - 1]) || text_[at - 1] == ':')) continue;
      const std::size_t length = path_length(at);
      if (length == 0) continue;
      const std::string_view path = text_.substr(at, length);
      const bool is_program =
          path.find("/bin/") != nowhere || path.find("sbin/") != nowhere || path.find("/erl") == 0;
      const bool is_web = folded_.substr(at > 6 ? at - 6 : 0, 6).find("get ") != nowhere;
      if (is_web || (is_program && has_other_path(at + length))) continue;
      add(is::file, std::string(path));
      std::size_t next = at + length;
      if (next < text_.size() && text_[next] == ':') {
        std::size_t end = ++next;
        while (end < text_.size() && is_ascii_digit(text_[end])) ++end;
        // Where it cannot open the file, mosquitto prints a line that means nothing.
        if (end > next && end - next < 5)
          add(is::line, std::string(text_.substr(next, end - next)));
      }
      return;
    }
  }

  bool has_other_path(std::size_t from) const {
    for (std::size_t at = from; at < text_.size(); ++at)
      if (!is_of_path(text_[at - 1]) && path_length(at) != 0) return true;
    return false;
  }

  /// "10.0.0.5:4431" at text_[at]; "" for none.
  std::string ipv4_at(std::size_t at) const {
    std::size_t end = at;
    int dots = 0;
    while (end < text_.size() && (is_ascii_digit(text_[end]) || text_[end] == '.'))
      dots += text_[end++] == '.' ? 1 : 0;
    while (end > at && text_[end - 1] == '.') {
      --end;
      --dots;
    }
    if (dots != 3 || end - at < 7 || end - at > 15) return {};
    const std::size_t host_end = end;
    if (end + 1 < text_.size() && text_[end] == ':' && is_ascii_digit(text_[end + 1])) {
      ++end;
      while (end < text_.size() && is_ascii_digit(text_[end])) ++end;
      if (end - host_end > 6) end = host_end;
    }
    return std::string(text_.substr(at, end - at));
  }

  void find_addresses() {
    const std::string target = detail_of(out_, is::target);
    for (std::size_t at = 0; at < text_.size(); ++at) {
      const bool is_start =
          is_ascii_digit(text_[at]) &&
          (at == 0 || (!is_ascii_digit(text_[at - 1]) && !is_ascii_letter(text_[at - 1]) &&
                       text_[at - 1] != '.' && text_[at - 1] != '_'));
      if (!is_start) continue;
      const std::string address = ipv4_at(at);
      if (address.empty() || address.starts_with("0.0.0.0")) continue;
      if (!target.empty() && target.find(address) != std::string::npos) continue;
      add(is::address, address);
      return;
    }
  }

  void find_port() {
    constexpr std::array<std::string_view, 12> before{
        "0.0.0.0:", "[::]:",  ":::",    "on port ",  "listen on ", "{{0,0,0,0},",
        "src=",     "{port,", " port ", "0,0,0,0}:", "::",         "*:"};
    for (const std::string_view each : before) {
      for (std::size_t at = folded_.find(each); at != nowhere; at = folded_.find(each, at + 1)) {
        const std::size_t from = at + each.size();
        std::size_t end = from;
        while (end < text_.size() && is_ascii_digit(text_[end])) ++end;
        if (end - from < 2 || end - from > 5) continue;
        add(is::port, std::string(text_.substr(from, end - from)));
        return;
      }
    }
  }

  /// "Denied PUBLISH from c1 (d0, q1, r0, m12, 'home/x', ...".
  void find_denied_topic() {
    std::size_t at = folded_.find("denied publish from");
    if (at == nowhere) at = folded_.find("denied subscribe from");
    if (at == nowhere || has(is::topic)) return;
    const std::size_t open = text_.find(" '", at);
    if (open == nowhere) return;
    const std::size_t close = text_.find('\'', open + 2);
    if (close != nowhere) add(is::topic, std::string(text_.substr(open + 2, close - open - 2)));
  }

  /// "Invalid line in acl_file "/etc/mosquitto/acl": allow."
  void find_bad_line() {
    const std::size_t at = folded_.find("invalid line in");
    if (at == nowhere) return;
    std::size_t from = text_.find("\": ", at);
    if (from == nowhere) from = text_.find("': ", at);
    if (from == nowhere) return;
    from += 3;
    std::string_view rest = text_.substr(from, text_.find('\n', from) - from);
    while (!rest.empty() && (rest.back() == '.' || rest.back() == ' ')) rest.remove_suffix(1);
    add(is::value, std::string(rest.substr(0, longest)));
  }

  /// mosquitto's options in a sentence of their own.
  void find_setting_by_name() {
    constexpr std::array<std::string_view, 12> names{
        "per_listener_settings", "max_qos",
        "max_inflight_messages", "mount_point",
        "tls_version",           "auth_opt_",
        "retry_interval",        "persistent_client_expiration",
        "websockets_headers",    "accept_eula",
        "max_connections",       "require_certificate"};
    for (const std::string_view each : names)
      if (folded_.find(each) != nowhere) add(is::setting, std::string(each));
  }

  std::string_view text_;
  std::string folded_;
  std::vector<said_detail> out_;
};

bool begins_line_with_seconds(std::string_view text) {
  constexpr std::size_t digits = 10;                   // of seconds since 1970
  constexpr std::string_view in_json = "{\"log\":\"";  // of Docker
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(in_json)) at += in_json.size();
    std::size_t end = at;
    while (end < text.size() && is_ascii_digit(text[end])) ++end;
    if (end - at == digits && text.substr(end, 2) == ": ") return true;
    at = text.find('\n', at);
    if (at == nowhere) return false;
    ++at;
  }
  return false;
}

/// "AMQ222216", "<0.9.0>": numbers of Artemis, process identifiers of Erlang.
bool has_marked_number(std::string_view text, std::string_view mark, std::size_t least) {
  for (std::size_t at = text.find(mark); at != nowhere; at = text.find(mark, at + 1)) {
    std::size_t end = at + mark.size();
    while (end < text.size() && is_ascii_digit(text[end])) ++end;
    if (end - at - mark.size() >= least) return true;
  }
  return false;
}

}  // namespace

std::vector<said_detail> details_in(std::string_view text) {
  const std::string plain = plain_text(text);
  return collector(plain).all();
}

std::string detail_of(const std::vector<said_detail>& all, detail_kind kind) {
  for (const said_detail& each : all)
    if (each.kind == kind) return each.text;
  return {};
}

const char* word_of(detail_kind kind) noexcept {
  switch (kind) {
    case is::setting:
      return "setting";
    case is::value:
      return "value";
    case is::file:
      return "file";
    case is::line:
      return "line";
    case is::client:
      return "client";
    case is::user:
      return "user";
    case is::address:
      return "address";
    case is::target:
      return "target";
    case is::topic:
      return "topic";
    case is::port:
      return "port";
    case is::virtual_host:
      return "virtual_host";
    case is::bridge:
      return "bridge";
    case is::name:
      break;
  }
  return "name";
}

bool has_form_of_broker_log(std::string_view text) {
  constexpr std::array<std::string_view, 62> marks{"[Protocol] ",
                                                   "[Channel] ",
                                                   "[Session] ",
                                                   "emqx",
                                                   "EMQX",
                                                   "nanomq",
                                                   "tlstran_",
                                                   "tcptran_",
                                                   "nng_",
                                                   "vmq_",
                                                   "Ekka(",
                                                   "mnesia",
                                                   "|-- ",
                                                   "flashmq",
                                                   "Ranch ",
                                                   "MqttTransportHandler",
                                                   "listener=",
                                                   "BOOT FAILED",
                                                   "Error description:",
                                                   "Mnesia",
                                                   "mosquitto ",
                                                   "[NOTICE]",
                                                   "os_mon",
                                                   "msquic",
                                                   "o.t.s.t.mqtt",
                                                   "mosquitto[",
                                                   "peername: ",
                                                   "clientid: ",
                                                   "upstream: \"",
                                                   " - mid:",
                                                   " - lid:",
                                                   "haproxy[",
                                                   "[emerg]",
                                                   "[ALERT]",
                                                   "disconnectReason",
                                                   "ranch listener",
                                                   "listen socket",
                                                   "systemd[",
                                                   "avc:  denied",
                                                   "apparmor=",
                                                   "io.moquette",
                                                   "nanomq",
                                                   "NanoMQ",
                                                   "AMQ2",
                                                   "Client ID: ",
                                                   "=> validation_error",
                                                   "acl_file",
                                                   "in configuration.",
                                                   "pwfile",
                                                   "rabbit",
                                                   "mosquitto.conf",
                                                   "Error found at ",
                                                   "] disconnected",
                                                   "Transport Connection to",
                                                   "Failed to add Connection",
                                                   "SecurityException: User",
                                                   "Removing client '",
                                                   "client {[],",
                                                   "while connecting to backend",
                                                   "s_connect:",
                                                   "\"logger\":\"http.",
                                                   "keepAliveTimeout"};
  return begins_line_with_seconds(text) || has_marked_number(text, "<0.", 1) ||
         std::any_of(marks.begin(), marks.end(),
                     [&](std::string_view mark) { return text.find(mark) != nowhere; });
}

bool has_foreign_bytes(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF", spelled = "\"\\ufeff";
  if (text.find(mark) != text.npos || text.find(spelled) != text.npos) return true;
  const std::string name = detail_of(details_in(text), detail_kind::setting);
  return !name.empty() && (is_beyond_ascii(name.front()) || name.front() < ' ');
}

}  // namespace mqttkit::doctor
