#include "mqtt-doctor/probes/host/compose.hpp"

#include <algorithm>

#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/probes/host/settings_tree.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_files = 8, most_lines = 32;
constexpr int deepest = 4;  // of files that include or extend each other

std::string label(const std::map<std::string, std::string>& labels, const char* name) {
  const auto at = labels.find(std::string("com.docker.compose.") + name);
  return at == labels.end() ? std::string() : at->second;
}

/// "/srv/stack/mosquitto.conf" of "./mosquitto.conf"
std::string whole_path(const std::string& folder, std::string path) {
  if (path.empty() || path.front() == '/') return path;
  while (path.starts_with("./")) path.erase(0, 2);
  std::string at = folder;
  while (path.starts_with("../") && at.find('/') != std::string::npos) {
    at.resize(at.rfind('/'));
    path.erase(0, 3);
  }
  return path == "." || path.empty() ? at : at + "/" + path;
}

class variables {
 public:
  variables(const machine_files& files, const std::string& folder) {
    for (const auto& line : lines_of(files.read(folder + "/.env"))) {
      const std::size_t equals = line.find('=');
      if (equals == std::string::npos || trimmed(line).starts_with("#")) continue;
      std::string value = trimmed(line.substr(equals + 1));
      if (value.size() > 1 && value.front() == value.back() &&
          (value.front() == '"' || value.front() == '\''))
        value = value.substr(1, value.size() - 2);
      values_[trimmed(line.substr(0, equals))] = value;
    }
  }

  /// The text with its variables filled in; one that is not known is left as it stands.
  std::string filled(const std::string& text) const {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '$' || i + 1 == text.size()) {
        out += text[i];
      } else if (text[i + 1] == '$') {
        out += text[++i];
      } else if (text[i + 1] == '{') {
        const std::size_t end = text.find('}', i);
        if (end == std::string::npos) return out + text.substr(i);
        out += value_of(text.substr(i + 2, end - i - 2));
        i = end;
      } else {
        const std::size_t end = text.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", i + 1);
        const std::string name = text.substr(i + 1, end == std::string::npos ? end : end - i - 1);
        out += name.empty() ? "$" : value_of(name);
        i += name.size();
      }
    }
    return out;
  }

 private:
  /// @param inside  "NAME", "NAME:-default", "NAME-default", "NAME:?error"
  std::string value_of(const std::string& inside) const {
    const std::size_t end = inside.find_first_of(":-?+");
    const std::string name = inside.substr(0, end);
    const auto known = values_.find(name);
    if (known != values_.end() && !known->second.empty()) return known->second;
    const std::size_t begin = end == std::string::npos ? end : inside.find('-', end);
    if (begin != std::string::npos && begin <= end + 1) return inside.substr(begin + 1);
    return "${" + inside + "}";
  }

  std::map<std::string, std::string> values_;
};

int port_of(const std::string& text) {
  const auto port = number(trimmed(text));
  return port && *port > 0 && *port < 65536 ? static_cast<int>(*port) : 0;
}

/// "1883", "1883:1883", "127.0.0.1:1883:1883", "[::1]:1883:1883/tcp"; "" in the address of a text
/// that maps no TCP port.
std::optional<compose_port_fact> short_port(std::string text) {
  compose_port_fact out;
  out.text = kept_line(text);
  const std::size_t slash = text.rfind('/');
  if (slash != std::string::npos) {
    if (text.substr(slash + 1) != "tcp") return {};
    text.resize(slash);
  }
  const std::size_t last = text.rfind(':');
  out.inside = port_of(last == std::string::npos ? text : text.substr(last + 1));
  if (last == std::string::npos) return out;
  const std::string before = text.substr(0, last);
  const std::size_t colon = before.rfind(':');
  const bool has_address = colon != std::string::npos && !before.ends_with("]");
  out.published = port_of(has_address ? before.substr(colon + 1) : before);
  if (!has_address) return out;
  out.address = before.substr(0, colon);
  if (out.address.size() > 1 && out.address.front() == '[')
    out.address = out.address.substr(1, out.address.size() - 2);
  out.address = is_any_address(out.address) ? std::string() : kept_line(out.address);
  return out;
}

/// Files of the first version have the services on the top.
const setting_node* service_in(const setting_node& all, const std::string& name) {
  const setting_node* const services = all.find("services");
  return services != nullptr ? services->find(name) : all.find(name);
}

/// How much more is read for a container: files may name each other in any number.
class allowance {
 public:
  bool permits(int depth) { return depth <= deepest && left_ != 0 && left_-- != 0; }

 private:
  std::size_t left_ = most_files * 4;
};

class service_reader {
 public:
  /// @param folder  that relative paths begin in
  service_reader(const machine_files& files, const std::string& folder, compose_fact& into,
                 allowance& more)
      : files_(files), folder_(folder), into_(into), more_(more), variables_(files, into.folder) {}

  void read(const std::string& file, const setting_node& all, const setting_node& service,
            int depth = 0) {
    if (into_.file.empty()) {
      into_.file = file;
      into_.line = service.line;
    }
    for (const auto& each : service.inside) {
      // What an alias brings in stands elsewhere, and tells nothing of the blanks here.
      if (depth == 0 && each.line > service.line && each.indent > 0 && into_.indent == 0)
        into_.indent = each.indent;
      if (each.name == "extends") read_extended(file, all, each, depth);
      // What another file has to say of it does not count where the service says so itself.
      if (each.name == "network_mode" && (depth == 0 || into_.network_mode.empty())) {
        into_.network_mode = kept_line(variables_.filled(each.text));
        into_.network_line = each.line;
      }
      if (each.name == "ports") {
        if (into_.ports_line == 0 && file == into_.file && depth == 0) into_.ports_line = each.line;
        for (const auto& port : each.inside) read_port(file, port);
        if (!each.text.empty()) into_.is_in_part = true;
      }
      if (each.name == "volumes") {
        for (const auto& volume : each.inside) read_volume(file, volume);
      }
    }
  }

 private:
  /// Reads the service that another one begins with: of the same file, or of one that it names.
  void read_extended(const std::string& file, const setting_node& all, const setting_node& extends,
                     int depth) {
    if (!more_.permits(depth)) {
      into_.is_in_part = true;
      return;
    }
    const std::string name =
        kept_line(extends.inside.empty() ? extends.text : extends.text_at("service"));
    const std::string named = kept_line(variables_.filled(extends.text_at("file")));
    const std::string other = named.empty() ? file : whole_path(folder_, named);
    file_error error;
    const setting_node read_there =
        named.empty() ? setting_node() : read_yaml(files_.read(other, &error));
    const setting_node& top = named.empty() ? all : read_there;
    const setting_node* const service = service_in(top, name);
    if (!error.empty() || service == nullptr) {
      into_.is_in_part = true;
      return;
    }
    // Its own paths begin in its own folder.
    service_reader there(files_, other.substr(0, other.rfind('/')), into_, more_);
    there.read(other, top, *service, depth + 1);
  }

  void read_port(const std::string& file, const setting_node& port) {
    if (into_.ports.size() >= most_lines) return;
    std::optional<compose_port_fact> made;
    if (port.inside.empty()) {
      made = short_port(variables_.filled(port.text));
      if (made) made->text = kept_line(port.text);
    } else if (const std::string protocol = port.text_at("protocol");
               protocol.empty() || protocol == "tcp") {
      made.emplace();
      made->published = port_of(variables_.filled(port.text_at("published")));
      made->inside = port_of(variables_.filled(port.text_at("target")));
      const setting_node* const address = port.find("host_ip");
      const std::string text =
          address == nullptr ? std::string() : variables_.filled(address->text);
      if (!is_any_address(text)) made->address = kept_line(text);
      made->text = made->address.empty() ? "target: " + kept_line(port.text_at("target"))
                                         : "host_ip: " + made->address;
    }
    if (!made) return;
    made->file = file;
    const setting_node* const bound = made->address.empty() ? nullptr : port.find("host_ip");
    made->line = bound != nullptr ? bound->line : port.line;
    into_.ports.push_back(std::move(*made));
  }

  void read_volume(const std::string& file, const setting_node& volume) {
    if (into_.volumes.size() >= most_lines) return;
    compose_volume_fact made;
    made.file = file;
    made.line = volume.line;
    if (volume.inside.empty()) {
      made.text = kept_line(volume.text);
      const auto parts = split(variables_.filled(volume.text), ':');
      if (parts.size() < 2) return;
      made.source = parts[0];
      made.inside = kept_line(parts[1]);
    } else {
      made.source = variables_.filled(volume.text_at("source"));
      made.inside = kept_line(variables_.filled(volume.text_at("target")));
      made.text = kept_line(volume.text_at("source") + ":" + volume.text_at("target"));
    }
    const bool is_path = made.source.find('/') != std::string::npos || made.source == ".";
    made.source = kept_line(is_path ? whole_path(folder_, made.source) : made.source);
    into_.volumes.push_back(std::move(made));
  }

  const machine_files& files_;
  std::string folder_;
  compose_fact& into_;
  allowance& more_;
  variables variables_;
};

/// Reads the service in a file, or in those that it includes.
void read_file(const machine_files& files, const std::string& file, const std::string& folder,
               compose_fact& into, allowance& more, int depth = 0) {
  file_error error;
  const bool is_read = more.permits(depth);
  const std::string text = is_read ? files.read(file, &error) : std::string();
  if (!is_read || !error.empty()) {
    into.is_in_part = true;
    return;
  }
  // The command names these; what they include they name themselves.
  if (depth == 0) into.files.push_back(file);
  const setting_node all = read_yaml(text);
  if (const setting_node* const service = service_in(all, into.service)) {
    service_reader reader(files, folder, into, more);
    reader.read(file, all, *service);
  }
  const setting_node* const included = all.find("include");
  if (included == nullptr) return;
  const std::string own_folder = file.substr(0, file.rfind('/'));
  for (const auto& each : included->inside) {
    std::vector<std::string> names{each.text};
    if (const setting_node* const path = each.find("path")) names = path->items();
    for (const auto& name : names) {
      const std::string other = whole_path(own_folder, kept_line(name));
      if (!name.empty())
        read_file(files, other, other.substr(0, other.rfind('/')), into, more, depth + 1);
    }
  }
}

}  // namespace

std::optional<compose_fact> read_compose(const machine_files& files,
                                         const std::map<std::string, std::string>& labels) {
  compose_fact out;
  out.service = kept_line(label(labels, "service"));
  out.folder = kept_line(label(labels, "project.working_dir"));
  if (out.service.empty()) return {};
  std::vector<std::string> names = split(label(labels, "project.config_files"), ',');
  if (names.size() > most_files) names.resize(most_files);
  allowance more;
  for (const auto& name : names) {
    const std::string file = whole_path(out.folder, kept_line(name));
    if (file.empty() || file.front() != '/') continue;
    read_file(files, file, out.folder, out, more);
  }
  if (out.file.empty()) return {};
  return out;
}

std::pair<std::string, int> compose_line(const machine_files& files, const compose_fact& in,
                                         const std::string& text) {
  for (const auto& file : in.files) {
    int line = 0;
    for (const auto& each : lines_of(files.read(file))) {
      ++line;
      if (file == in.file && line < in.line) continue;
      if (has(each, text)) return {file, line};
    }
  }
  return {in.file, 0};
}

}  // namespace mqttkit::doctor
