#include "mqtt-doctor/probes/host/services.hpp"

#include <algorithm>

#include "common/printable.hpp"

namespace mqttkit::doctor {
namespace {

// The file after -c in a command line: "/usr/sbin/mosquitto -c FILE".
std::string configuration_after_c(const std::string& line) {
  const auto parts = words_of(line);
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    if (parts[i] == "-c" || parts[i] == "--config-file") return parts[i + 1];
  }
  return {};
}

std::string unquoted(std::string text) {
  if (text.size() > 1 && (text.front() == '"' || text.front() == '\'')) {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

}  // namespace

const std::vector<std::string>& known_services() {
  static const std::vector<std::string> names{
      "mosquitto.service",   "snap.mosquitto.mosquitto.service",
      "emqx.service",        "rabbitmq-server.service",
      "activemq.service",    "hivemq.service",
      "vernemq.service",     "nanomq.service",
      "nats-server.service", "nats.service",
      "flashmq.service",     "artemis.service",
      "ufw.service",         "firewalld.service",
      "nftables.service",    "docker.service"};
  return names;
}

std::vector<service_fact> read_units(std::string_view shown) {
  std::vector<service_fact> out;
  service_fact service;
  std::string load;
  const auto finish = [&] {
    if (!service.name.empty() && load != "not-found" && !load.empty()) out.push_back(service);
    service = {};
    load.clear();
  };
  for (const auto& line : lines_of(shown)) {
    if (line.empty()) {
      finish();
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = line.substr(0, equals);
    const std::string value = line.substr(equals + 1);
    if (name == "Id") service.name = value;
    if (name == "LoadState") load = value;
    if (name == "ActiveState") service.state = fact_word<service_state>(value);
    if (name == "UnitFileState") service.enabled = fact_word<service_start>(value);
    if (name == "Result") service.result = value;
    if (name == "ExecMainStatus") service.exit_status = static_cast<int>(number(value).value_or(0));
    if (name == "ExecStart") service.configuration = configuration_after_c(value);
    if (name == "LoadState" && value == "masked") service.enabled = service_start::masked;
  }
  finish();
  return out;
}

std::vector<service_fact> read_unit_files(const machine_files& files) {
  std::vector<service_fact> out;
  for (const auto& name : known_services()) {
    for (const char* folder :
         {"/etc/systemd/system/", "/run/systemd/system/", "/usr/local/lib/systemd/system/",
          "/usr/lib/systemd/system/", "/lib/systemd/system/"}) {
      file_error error;
      const std::string unit = files.read(folder + name, &error);
      if (!error.empty()) continue;
      service_fact service;
      service.name = name;
      service.enabled = service_start::disabled;
      const std::string changes = std::string("/etc/systemd/system/") + name + ".d";
      std::string all = unit;
      for (const auto& change : files.list(changes)) {
        all += "\n";
        all += files.read(std::string(changes) + "/" + change);
      }
      for (const auto& line : lines_of(all)) {
        if (line.rfind("ExecStart=", 0) != 0) continue;
        if (const auto file = configuration_after_c(line.substr(10)); !file.empty()) {
          service.configuration = file;
        }
      }
      for (const char* target : {"multi-user.target", "default.target", "graphical.target"}) {
        const std::string link = std::string("/etc/systemd/system/") + target + ".wants/" + name;
        if (!files.link(link).empty() || files.exists(link))
          service.enabled = service_start::enabled;
      }
      out.push_back(std::move(service));
      break;
    }
  }
  return out;
}

cloud_provider cloud_of(const machine_files& files) {
  std::string all;
  for (const char* name : {"sys_vendor", "product_name", "chassis_asset_tag", "bios_vendor",
                           "board_vendor", "bios_version", "chassis_vendor"}) {
    all += files.read(std::string("/sys/class/dmi/id/") + name) + "\n";
  }
  all = lower(all);
  struct mark {
    cloud_provider cloud;
    const char* part;
  };
  static constexpr mark known[] = {
      {cloud_provider::aliyun, "alibaba cloud"},
      {cloud_provider::tencent, "tencent cloud"},
      {cloud_provider::huawei, "huaweicloud"},
      {cloud_provider::huawei, "huawei cloud"},
      {cloud_provider::baidu, "baidu"},
      {cloud_provider::volcengine, "volcengine"},
      {cloud_provider::volcengine, "bytedance"},
      {cloud_provider::aws, "amazon"},
      {cloud_provider::azure, "7783-7084-3265-9085-8269-3286-77"},
      {cloud_provider::gcp, "google"},
      {cloud_provider::oracle, "oraclecloud"},
      {cloud_provider::digitalocean, "digitalocean"},
      {cloud_provider::hetzner, "hetzner"},
      {cloud_provider::vultr, "vultr"},
      {cloud_provider::linode, "linode"},
      {cloud_provider::linode, "akamai"},
      {cloud_provider::upcloud, "upcloud"},
      {cloud_provider::scaleway, "scaleway"},
      {cloud_provider::ovh, "ovh"},
  };
  for (const auto& each : known) {
    if (has(all, each.part)) return each.cloud;
  }
  return cloud_provider::none;
}

std::string system_name(const machine_files& files) {
  for (const char* file : {"/etc/os-release", "/usr/lib/os-release"}) {
    for (const auto& line : lines_of(files.read(file))) {
      if (line.rfind("PRETTY_NAME=", 0) == 0) return tools::printable(unquoted(line.substr(12)));
    }
  }
  return {};
}

}  // namespace mqttkit::doctor
