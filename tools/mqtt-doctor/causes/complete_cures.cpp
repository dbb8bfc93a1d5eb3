#include "mqtt-doctor/causes/complete_cures.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "mqtt-doctor/causes/cures_inside.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/managed_services.hpp"
#include "mqtt-doctor/causes/written_files.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

bool has_mosquitto(const host_view& at) {
  return at.configuration != nullptr && at.configuration->broker == broker_kind::mosquitto &&
         at.configuration->is_used && !at.is_held_by_other;
}

/// The command after which a broker reads the file again; "" where it does so by itself.
std::string reads_again(const cure& lines, const std::optional<host_view>& at) {
  const std::string& file = lines.file;
  if (at && has_mosquitto(*at)) {
    const auto& read = at->configuration->files;
    if (file == at->configuration->file || std::find(read.begin(), read.end(), file) != read.end())
      return restart_command(*at);
  }
  if (file == "mosquitto.conf") return "sudo systemctl restart mosquitto";
  if (file == "psk_file") return "sudo systemctl reload mosquitto";
  if (file == "nginx.conf") return "sudo nginx -t && sudo systemctl reload nginx";
  if (file == "haproxy.cfg") return "sudo systemctl reload haproxy";
  if (file == "emqx.conf") return "sudo systemctl restart emqx";
  return {};
}

/// Whether the machine's sed is BusyBox's, which knows fewer options.
bool has_small_sed(const host_facts& host) {
  return host.system.empty() || contains(host.system, "Alpine") ||
         contains(host.system, "OpenWrt") || contains(host.system, "BusyBox") ||
         contains(host.system, "Buildroot") || contains(host.system, "postmarketOS");
}

/// Lets sed edit the file behind a link, in whose place it would put a file of its own.
void follow_links(std::string& command) {
  constexpr std::string_view edit = "sed -i.bak ";
  constexpr std::string_view follow = "--follow-symlinks ";
  for (std::size_t at = command.find(edit); at != command.npos; at = command.find(edit, at)) {
    at += edit.size();
    command.insert(at, follow);
  }
}

/// Whether mosquitto takes the option for one listener, the last one named above it.
bool is_of_listener(std::string_view option) {
  constexpr std::string_view all[] = {
      "bind_interface", "cafile",        "capath",          "certfile",
      "ciphers",        "crlfile",       "dhparamfile",     "keyfile",
      "mount_point",    "protocol",      "max_connections", "max_qos",
      "psk_hint",       "socket_domain", "tls_version",     "require_certificate"};
  return option.starts_with("use_") ||
         std::find(std::begin(all), std::end(all), option) != std::end(all);
}

/// Whether per_listener_settings makes the option one of a listener.
bool is_of_security(std::string_view option) {
  constexpr std::string_view all[] = {
      "acl_file", "allow_anonymous", "allow_zero_length_clientid", "auth_plugin", "password_file",
      "plugin",   "psk_file"};
  return std::find(std::begin(all), std::end(all), option) != std::end(all);
}

/// Takes the lines with these options out.
void take_out(std::string& lines, const std::vector<std::string>& options) {
  std::string left;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    const std::string line = lines.substr(at, end - at);
    const std::string option = line.substr(0, line.find(' '));
    if (std::find(options.begin(), options.end(), option) == options.end())
      left += (left.empty() ? "" : "\n") + line;
    at = end + 1;
  }
  lines = std::move(left);
}

/// Says where in mosquitto's file the lines belong when that is not all the same: below the
/// listener in question, or in the place of a line that says something else. Sets their file.
std::vector<cure> placed(cure& lines, const std::optional<host_view>& here) {
  std::vector<cure> out;
  if (!here || !has_mosquitto(*here) || lines.where != place::server || lines.file.empty() ||
      lines.file != here->configuration->file)
    return out;
  const host_view& at = *here;
  const auto say = [&](sentence what) {
    cure more{std::move(what), {}, lines.where};
    more.follows = true;
    out.push_back(std::move(more));
  };
  const configuration_fact& from = *at.configuration;
  // What is kept stays where it is.
  const bool is_kept = from.settings.count("persistence_location") != 0;
  if (is_kept && lines.command.find('\n') != std::string::npos)
    take_out(lines.command, {"persistence_location"});
  const configured_listener* block = at.block;
  // A listener of that port is there: a second one would find the port taken.
  const std::string start = "listener ";
  if (lines.command.starts_with(start) && lines.command.find('\n') != std::string::npos) {
    const auto same =
        std::find_if(from.listeners.begin(), from.listeners.end(), [&](const auto& listener) {
          return lines.command.starts_with(start + std::to_string(listener.port) + "\n");
        });
    if (same != from.listeners.end() && same->line > 0) {
      block = &*same;
      take_out(lines.command, {"listener"});
    }
  }
  const bool is_each_alone = at.setting("per_listener_settings") == "true";
  std::string_view rest = lines.command;
  const auto option_of = [](std::string_view line) { return line.substr(0, line.find(' ')); };
  for (const std::string_view whole : {"listener", "connection", "per_listener_settings"})
    if (option_of(rest) == whole) return out;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string option(option_of(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (is_of_listener(option) || (is_each_alone && is_of_security(option))) {
      if (block == nullptr || block->line == 0) continue;
      lines.file = file_of(*block, from);
      const bool is_there = block->settings.count(option) != 0;
      say(words(is_there ? N_("It takes the place of the line with {option} below \"listener "
                              "{port}\", which is line {line} of {file}.")
                         : N_("It belongs below \"listener {port}\", which is line {line} of "
                              "{file}: each listener has its own {option}."),
                {{"option", option},
                 {"port", std::to_string(block->port)},
                 {"line", std::to_string(block->line)},
                 {"file", lines.file}}));
    } else if (const auto old = from.settings.find(option); old != from.settings.end()) {
      lines.file = file_that_sets(from, option);
      say(words(N_("It takes the place of the line \"{line}\" that is in {file}."),
                {{"line", option + " " + old->second}, {"file", lines.file}}));
    }
  }
  if (const auto named = lines.what.places.find("file");
      named != lines.what.places.end() && named->second == from.file)
    named->second = lines.file;
  return out;
}

}  // namespace

void complete_cures(const view& known, std::vector<finding>& all) {
  const auto at = look_at(known);
  drop_harmful_writes(known, all);
  for (finding& found : all) {
    drop_cures_of_operator(known, found);
    if (known.all.host && !has_small_sed(*known.all.host))
      for (cure& remedy : found.cures)
        if (remedy.kind != cure_kind::lines) follow_links(remedy.command);
    std::vector<cure> all_parts;
    for (std::size_t i = 0; i < found.cures.size(); ++i) {
      cure part = std::move(found.cures[i]);
      const bool is_last = i + 1 == found.cures.size() || !found.cures[i + 1].follows;
      if (part.file == "mosquitto.conf" && part.where == place::server && at && has_mosquitto(*at))
        part.file = at->configuration->file;  // the file in force on this machine
      std::vector<cure> more;
      if (part.kind == cure_kind::lines) {
        more = placed(part, at);
        const std::string command = is_last ? reads_again(part, at) : std::string();
        if (!command.empty()) {
          cure then{words(N_("Then:")), command, part.where};
          then.whose = part.whose;
          then.kind = cure_kind::command;
          then.follows = true;
          more.push_back(std::move(then));
        }
      }
      all_parts.push_back(std::move(part));
      std::move(more.begin(), more.end(), std::back_inserter(all_parts));
    }
    found.cures = std::move(all_parts);
    if (at) move_inside(*at, found.cures);
  }
}

}  // namespace mqttkit::doctor
