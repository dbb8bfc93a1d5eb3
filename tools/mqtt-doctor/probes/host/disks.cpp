#include "mqtt-doctor/probes/host/disks.hpp"

#include <sys/statvfs.h>

#include <set>

namespace mqttkit::doctor {
namespace {

void look_at(const std::string& folder, disk_purpose purpose, std::set<std::string>& done,
             std::vector<disk_fact>& into) {
  struct statvfs found {};
  if (folder.empty() || !done.insert(folder).second) return;
  if (::statvfs(folder.c_str(), &found) != 0 || found.f_blocks == 0) return;
  disk_fact disk;
  disk.path = folder;
  disk.purpose = purpose;
  disk.free_bytes =
      static_cast<std::int64_t>(found.f_bavail) * static_cast<std::int64_t>(found.f_frsize);
  if (found.f_files != 0) disk.free_files = static_cast<std::int64_t>(found.f_favail);
  disk.is_read_only = (found.f_flag & ST_RDONLY) != 0;
  into.push_back(std::move(disk));
}

std::string folder_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string::npos || slash == 0 ? std::string() : file.substr(0, slash);
}

}  // namespace

std::vector<disk_fact> look_at_disks(const machine_files& files, const host_facts& host) {
  std::vector<disk_fact> out;
  if (files.is_elsewhere()) return out;  // another machine's disks cannot be asked
  std::set<std::string> done;
  for (const auto& configuration : host.configurations) {
    if (!configuration.is_used || configuration.broker != broker_kind::mosquitto) continue;
    const auto setting = [&](const char* name) {
      const auto at = configuration.settings.find(name);
      return at != configuration.settings.end() ? trimmed(at->second) : std::string();
    };
    if (setting("persistence") == "true") {
      const std::string file = setting("persistence_file");
      const std::string place = setting("persistence_location");
      look_at(!place.empty() ? place : folder_of(file), disk_purpose::persistence, done, out);
    }
    for (const auto& line : lines_of(setting("log_dest"))) {
      if (line.rfind("file ", 0) == 0)
        look_at(folder_of(trimmed(line.substr(5))), disk_purpose::log, done, out);
    }
  }
  for (const auto& broker : host.brokers) {
    if (broker.name == broker_kind::rabbitmq)
      look_at("/var/lib/rabbitmq", disk_purpose::persistence, done, out);
    if (broker.name == broker_kind::emqx)
      look_at("/var/lib/emqx", disk_purpose::persistence, done, out);
  }
  return out;
}

}  // namespace mqttkit::doctor
