#include "mqtt-doctor/probes/host/broker_tls_files.hpp"

#include <algorithm>
#include <vector>

#include "mqtt-doctor/probes/host/mosquitto_files.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_levels = 32;

class erlang_reader {
 public:
  explicit erlang_reader(std::string_view text) : text_(text) {}

  std::map<std::string, std::string> read() {
    while (more()) {
      const std::size_t before = at_;
      term({}, 0);
      if (at_ == before) ++at_;
    }
    return std::move(out_);
  }

 private:
  bool more() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '%') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == '.') {
        ++at_;
      } else {
        return true;
      }
    }
    return false;
  }

  /// A word: an atom, a number, a string, a binary.
  std::string word() {
    std::string out;
    const bool is_binary = text_.substr(at_).starts_with("<<");
    if (is_binary) at_ += 2;
    if (!more()) return out;
    const char quote = text_[at_];
    if (quote == '"' || quote == '\'') {
      for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        out += text_[at_];
      }
      ++at_;
    } else {
      while (at_ < text_.size() &&
             std::string_view(" \t\r\n,{}[]%<>").find(text_[at_]) == std::string_view::npos)
        out += text_[at_++];
      while (!out.empty() && out.back() == '.') out.pop_back();
    }
    if (is_binary && more() && text_.substr(at_).starts_with(">>")) at_ += 2;
    return out;
  }

  static std::string below(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "." + name;
  }

  /// {name, value}, or a list of such pairs or of words.
  void term(const std::string& path, std::size_t level) {
    if (!more() || level > most_levels) return skip();
    const char open = text_[at_];
    if (open == '{') {
      ++at_;
      std::string name;
      if (more() && text_[at_] != '{' && text_[at_] != '[') name = word();
      while (more() && text_[at_] != '}') {
        const std::size_t before = at_;
        term(below(path, name), level + 1);
        if (at_ == before) ++at_;
      }
      ++at_;
    } else if (open == '[') {
      ++at_;
      while (more() && text_[at_] != ']') {
        const std::size_t before = at_;
        term(path, level + 1);
        if (at_ == before) ++at_;
      }
      ++at_;
    } else {
      const std::string value = word();
      std::string& kept = out_[path];
      kept += (kept.empty() ? "" : ",") + value;
    }
  }

  void skip() { at_ = text_.size(); }

  std::string_view text_;
  std::size_t at_ = 0;
  std::map<std::string, std::string> out_;
};

bool is_secure(const configured_listener& listener) {
  return listener.protocol == listener_protocol::mqtts ||
         listener.protocol == listener_protocol::wss;
}

/// The first of those settings that the listener has; "" for none.
std::string first_of(const configured_listener& listener, std::vector<const char*> names) {
  for (const char* name : names) {
    const auto at = listener.settings.find(name);
    if (at != listener.settings.end() && !at->second.empty()) return at->second;
  }
  return {};
}

/// The number of the line, not commented out, that has the text; 0 for none.
int line_of(const std::string& text, const std::string& wanted) {
  int line = 0, found = 0;
  for (const auto& each : lines_of(text)) {
    ++line;
    const std::string bare = trimmed(each);
    if (bare.empty() || bare.front() == '#' || bare.front() == '%') continue;
    if (has(bare, wanted)) found = found == 0 ? line : found;
  }
  return found;
}

/// The user that runs the broker, where no process tells.
const char* usual_user(broker_kind broker) {
  switch (broker) {
    case broker_kind::emqx:
      return "emqx";
    case broker_kind::rabbitmq:
      return "rabbitmq";
    case broker_kind::vernemq:
      return "vernemq";
    case broker_kind::nats:
      return "nats";
    case broker_kind::flashmq:
      return "flashmq";
    default:
      return "";
  }
}

}  // namespace

std::map<std::string, std::string> read_erlang_terms(std::string_view text) {
  return erlang_reader(text).read();
}

void check_broker_tls(const machine_files& files, const process_fact* runs,
                      configuration_fact& into, std::vector<std::string>& not_seen) {
  if (runs != nullptr && runs->is_contained) return;  // the paths are those of its container
  const std::string folder = into.file.substr(0, into.file.rfind('/'));
  std::optional<account> reader =
      files.user(runs != nullptr ? runs->user : std::string(usual_user(into.broker.value())));
  for (auto& listener : into.listeners) {
    if (!is_secure(listener)) continue;
    const auto whole = [&](std::string path) {
      constexpr std::string_view home = "${EMQX_ETC_DIR}", older = "$EMQX_ETC_DIR";
      for (const std::string_view name : {home, older}) {
        if (path.starts_with(name)) path.replace(0, name.size(), folder);
      }
      return path;
    };
    const std::string certificate = whole(
        first_of(listener, {"ssl_options.certfile", "ssl.certfile", "certfile", "fullchain"}));
    const std::string key =
        whole(first_of(listener, {"ssl_options.keyfile", "ssl.keyfile", "keyfile", "privkey"}));
    const std::string authority = whole(
        first_of(listener, {"ssl_options.cacertfile", "ssl.cacertfile", "cacertfile", "cafile"}));
    if (certificate.empty() || certificate.front() != '/') continue;
    const bool has_key = !key.empty() && key.front() == '/';
    listener.settings["certfile"] = certificate;
    if (has_key) listener.settings["keyfile"] = key;
    // A list of authorities that is there and cannot be used matters to client certificates alone.
    configured_listener looked = listener;
    looked.settings.erase("cafile");
    if (!authority.empty()) listener.settings["cafile"] = authority;
    if (!has_key) continue;
    const std::string file = file_of_lines(listener, into);
    const std::string text = files.read(file);
    const auto line_with = [&](const std::string& path) {
      const int line = line_of(text, path);
      // "${EMQX_ETC_DIR}/certs/key.pem" has the end of the path alone.
      return line != 0 ? line : line_of(text, path.substr(path.rfind('/') + 1));
    };
    if (listener.line == 0) listener.line = looked.line = line_with(certificate);
    const std::size_t before = into.problems.size();
    check_tls_files(files, runs, reader, looked, into, not_seen);
    listener.certificate = looked.certificate;
    for (std::size_t i = before; i < into.problems.size(); ++i) {
      configuration_problem& each = into.problems[i];
      each.stops_broker = false;  // most of them start, and fail with each connection
      // What a link leads to is the file whose rights matter.
      const std::string target = files.link(each.file);
      if (each.kind == problem_kind::unreadable_file && !target.empty())
        each.detail += "\n" + target;
      each.named_in = file;
      each.named_line = line_with(each.file);
    }
  }
}

}  // namespace mqttkit::doctor
