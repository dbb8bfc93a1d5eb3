// The files of a broker's machine, each behind a line "--- /its/path": configurations of brokers
// and proxies, what they include, password files and access lists, certificates, logs, compose
// files.
//
// Promised: any file is read, or left, and nothing outside the machine's folder is opened. What is
// found is diagnosed, and written in a form that reads back as the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

#include "mqtt-doctor/facts/facts_json.hpp"
#include "mqtt-doctor/probes/host/brokers.hpp"
#include "mqtt-doctor/probes/host/compose.hpp"
#include "mqtt-doctor/probes/host/proxies.hpp"
#include "mqtt-doctor/probes/host/services.hpp"
#include "mqtt-doctor/probes/host/traefik.hpp"
#include "mqtt-doctor/together/vantage.hpp"
#include "support/temp_folder.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;

namespace {

constexpr std::size_t most_files = 12, longest_path = 64;

/// "/etc/nginx/nginx.conf": a few plain names, none of which leads up.
bool is_path(std::string_view text) {
  if (text.size() < 2 || text.size() > longest_path || text.front() != '/') return false;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == '/';
    if (!is_plain) return false;
  }
  return text.find("/.") == text.npos && text.find("//") == text.npos && text.back() != '/';
}

void put(const std::filesystem::path& folder, std::string_view path, std::string_view text) {
  const auto file = folder / path.substr(1);
  std::error_code wrong;  // where a file has a folder's name, or the other way, one is left out
  std::filesystem::create_directories(file.parent_path(), wrong);
  if (wrong) return;
  std::ofstream(file, std::ios::binary) << text;
}

void unpack(const std::filesystem::path& folder, std::string_view text) {
  constexpr std::string_view mark = "--- ";
  std::size_t count = 0;
  while (text.starts_with(mark) && count++ < most_files) {
    const std::size_t line = std::min(text.find('\n'), text.size());
    const std::string_view path = text.substr(mark.size(), line - mark.size());
    text.remove_prefix(std::min(line + 1, text.size()));
    const std::size_t end = text.starts_with(mark) ? 0 : text.find("\n--- ");
    if (is_path(path)) put(folder, path, text.substr(0, end == text.npos ? end : end + 1));
    text.remove_prefix(end == text.npos ? text.size() : end == 0 ? 0 : end + 1);
  }
}

void look(const machine_files& files, host_facts& into) {
  configuration_request request;
  request.own_addresses = {"192.0.2.7"};
  request.user = "me";  // no password: to hash it takes up to a second
  into.is_root = true;
  into.addresses = request.own_addresses;
  look_at_configurations(files, request, into);
  into.proxies = read_proxies(files, into);
  look_at_proxy_logs(files, into);
  into.services = read_unit_files(files);
  look_at_logs(files, into);
  container_fact stack;
  stack.name = "proxy";
  stack.image = "traefik:v3";
  stack.state = "running";
  stack.mounts = {"/srv/traefik -> /etc/traefik"};
  const std::map<std::string, std::string> labels{
      {"com.docker.compose.service", "mosquitto"},
      {"com.docker.compose.project.working_dir", "/srv"},
      {"com.docker.compose.project.config_files", "/srv/compose.yaml"}};
  stack.compose = read_compose(files, labels);
  read_traefik_container(files, stack, {"traefik"}, into);
  into.containers.push_back(std::move(stack));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const testing::temp_folder folder;
  unpack(folder.path(), {reinterpret_cast<const char*>(data), size});
  facts known;
  known.asked.host = "localhost";
  known.asked.port = 1883;
  known.asked.on_broker = true;
  known.host.emplace();
  look(machine_files(folder.path().string()), *known.host);
  const std::string written = facts_to_json(known, false);
  facts again;
  if (!facts_from_json(written, again).empty()) std::abort();
  if (facts_to_json(again, false) != written) std::abort();
  const vantage place("machine", std::move(again));
  static_cast<void>(place);
  return 0;
}
