// A machine as a folder: the files that the doctor reads on a broker's machine.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "mqtt-doctor/probes/host/host.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::doctor {

class machine {
 public:
  machine() {
    file("/etc/passwd",
         "root:x:0:0:root:/root:/bin/sh\nmosquitto:x:4242:4243::/:/bin/false\n"
         "me:x:" +
             std::to_string(::getuid()) + ":0::/:/bin/sh\n");
    file("/etc/group", "root:x:0:\nssl-cert:x:4300:mosquitto\n");
    file("/etc/os-release", "NAME=Debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n");
    file("/proc/stat", "cpu 1 2 3\nbtime 1700000000\n");
    file("/proc/net/route",
         "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
         "eth0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
    file("/proc/1/comm", "systemd\n");
    file("/proc/1/cmdline", std::string("/sbin/init", 11));
    in_network("self", "net:[1]");
    request.addresses = {"10.77.2.2"};
    request.ports = {1883};
  }

  machine& file(const std::string& path, const std::string& text, int mode = 0644) {
    const auto where = folder_.path() / path.substr(1);
    std::filesystem::create_directories(where.parent_path());
    folder_.write(path.substr(1), text);
    std::filesystem::permissions(where, static_cast<std::filesystem::perms>(mode));
    return *this;
  }

  /// A listening socket; `address` as in /proc/net/tcp: "00000000", "0100007F".
  machine& listens(const std::string& address, int port, int inode, int uid = 4242) {
    char line[256];
    std::snprintf(
        line, sizeof line,
        "   0: %s:%04X 00000000:0000 0A 00000000:00000003 00:00000000 00000000  %d        0 "
        "%d 1 0 100 0 0 10 0\n",
        address.c_str(), static_cast<unsigned>(port), uid, inode);
    auto& table = address.size() == 8 ? tcp_ : tcp6_;
    table += line;
    file("/proc/net/tcp", "  sl  local_address\n" + tcp_);
    file("/proc/net/tcp6", "  sl  local_address\n" + tcp6_);
    return *this;
  }

  /// A process with this command line and these sockets, started 1000 s after boot, in state S.
  machine& runs(int pid, const std::string& name, const std::vector<std::string>& words,
                const std::vector<int>& inodes = {}, const std::string& state = "S",
                int parent = 1) {
    const std::string folder = "/proc/" + std::to_string(pid);
    std::string line;
    for (const auto& word : words) line += word + '\0';
    file(folder + "/comm", name + "\n");
    file(folder + "/cmdline", line);
    const long ticks = 1000 * ::sysconf(_SC_CLK_TCK);
    file(folder + "/stat", std::to_string(pid) + " (" + name + " (x)) " + state + " " +
                               std::to_string(parent) + " 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 " +
                               std::to_string(ticks) + " 0 0\n");
    file(folder + "/limits",
         "Limit                     Soft Limit           Hard Limit\n"
         "Max open files            1024                 4096       files\n");
    in_network(std::to_string(pid), "net:[1]");
    const auto fds = folder_.path() / folder.substr(1) / "fd";
    std::filesystem::create_directories(fds);
    int number = 3;
    for (const int inode : inodes) {
      std::filesystem::create_symlink("socket:[" + std::to_string(inode) + "]",
                                      fds / std::to_string(number++));
    }
    return *this;
  }

  /// The network namespace of a process; the doctor's own is "net:[1]".
  machine& in_network(const std::string& pid, const std::string& network) {
    const auto folder = folder_.path() / "proc" / pid / "ns";
    std::filesystem::create_directories(folder);
    std::filesystem::remove(folder / "net");
    std::filesystem::create_symlink(network, folder / "net");
    return *this;
  }

  machine& prints(const std::string& line, const std::string& text) {
    request.printed[line] = text;
    return *this;
  }

  host_facts look() {
    request.root = folder_.path().string();
    return look_at_host(request);
  }

  std::string real(const std::string& path) const { return folder_.path().string() + path; }

  host_request request;

 private:
  testing::temp_folder folder_;
  std::string tcp_;
  std::string tcp6_;
};

/// The configuration of a mosquitto that does not run.
inline configuration_fact read_configuration(machine& here, const std::string& text) {
  here.file("/etc/mosquitto/mosquitto.conf", text);
  const auto found = here.look();
  REQUIRE(found.configurations.size() == 1);
  return found.configurations[0];
}

inline const configuration_problem* problem(const configuration_fact& in, problem_kind kind) {
  for (const auto& each : in.problems) {
    if (each.kind == kind) return &each;
  }
  return nullptr;
}

inline bool cannot_see(const host_facts& host, const std::string& part) {
  for (const auto& each : host.not_seen) {
    if (each.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace mqttkit::doctor
