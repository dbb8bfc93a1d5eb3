#include "mqtt-doctor/probes/host/sockets.hpp"

#include <arpa/inet.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>

#include "mqtt-doctor/probes/host/secrets.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_half_open = 64;  // a flood makes thousands

struct socket_line {
  listener_fact fact;
  std::uint64_t inode = 0;
  uid_t uid = 0;
};

struct process {
  int pid = 0;
  uid_t uid = 0;
  std::string name;
  std::vector<std::string> arguments;
  broker_kind broker = broker_kind::none;
  bool is_contained = false;
  bool has_own_files = false;  ///< it is in a container that shares this machine's network
  bool is_apart = false;       ///< it is in a container with a network of its own
  std::string group;
  bool is_surely_here = true;  // it is known to be in this network namespace
};

std::uint64_t hex(std::string_view text) {
  std::uint64_t out = 0;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                             : -1;
    if (digit < 0) return 0;
    out = out * 16 + static_cast<unsigned>(digit);
  }
  return out;
}

// The kernel prints each 32-bit word as a number in this machine's byte order.
std::string address_text(std::string_view digits) {
  std::array<std::uint32_t, 4> words{};
  const std::size_t count = digits.size() / 8;
  for (std::size_t i = 0; i < count && i < words.size(); ++i) {
    words[i] = static_cast<std::uint32_t>(hex(digits.substr(i * 8, 8)));
  }
  char room[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(count == 4 ? AF_INET6 : AF_INET, words.data(), room, sizeof room);
  const std::string_view text = room;
  if (text.rfind("::ffff:", 0) == 0 && has(text, ".")) return std::string(text.substr(7));
  return std::string(text);
}

void read_sockets(const machine_files& files, const std::string& path,
                  std::vector<socket_line>& into, std::map<int, int>& connections,
                  std::vector<half_open_fact>& half_open) {
  const auto lines = lines_of(files.read(path, nullptr, 16u << 20));
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto fields = words_of(lines[i]);
    if (fields.size() < 10) continue;
    const auto ends = split(fields[1], ':');
    if (fields[3] == "01" && ends.size() == 2)  // TCP_ESTABLISHED
      ++connections[static_cast<int>(hex(ends[1]))];
    if (const auto far = split(fields[2], ':'); fields[3] == "03" && ends.size() == 2 &&
                                                far.size() == 2 &&
                                                half_open.size() < most_half_open)  // TCP_SYN_RECV
      half_open.push_back({static_cast<int>(hex(ends[1])), address_text(far[0])});
    if (fields[3] != "0A") continue;  // TCP_LISTEN
    const auto queues = split(fields[4], ':');
    if (ends.size() != 2) continue;
    socket_line line;
    line.fact.address = address_text(ends[0]);
    line.fact.port = static_cast<int>(hex(ends[1]));
    line.fact.receive_queue = queues.size() > 1 ? static_cast<int>(hex(queues[1])) : 0;
    line.uid = static_cast<uid_t>(number(fields[7]).value_or(0));
    line.inode = static_cast<std::uint64_t>(number(fields[9]).value_or(0));
    into.push_back(std::move(line));
  }
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// The file after -c or --config-file.
std::string named_configuration(const std::vector<std::string>& arguments) {
  for (std::size_t i = 1; i + 1 < arguments.size(); ++i) {
    if (arguments[i] == "-c" || arguments[i] == "--config-file") return arguments[i + 1];
  }
  return {};
}

// Fields of /proc/PID/stat behind the name, which may hold anything: state, parent and so on.
std::vector<std::string> stat_fields(const machine_files& files, int pid) {
  const std::string stat = files.read("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t close = stat.rfind(')');
  return close == std::string::npos ? std::vector<std::string>()
                                    : words_of(trimmed(stat.substr(close + 1)));
}

// Kubernetes' own mark first: its containers have that of what runs them as well.
constexpr const char* container_marks[] = {"kubepods", "docker", "containerd", "libpod", "lxc"};

/// The device that a process has as its "/", by /proc/PID/mountinfo; "" where that is hidden.
std::string root_device(const machine_files& files, const std::string& folder) {
  for (const auto& line : lines_of(files.read(folder + "/mountinfo"))) {
    const auto fields = words_of(line);
    if (fields.size() > 4 && fields[4] == "/") return fields[2] + " " + fields[3];
  }
  return {};
}

/// Whether the process sees other files than this machine's. A snap does, and has its configuration
/// and its data where this machine has them.
bool has_other_root(const machine_files& files, const std::string& folder,
                    const std::string& our_root) {
  const std::string root = root_device(files, folder);
  return !root.empty() && !our_root.empty() && root != our_root &&
         !has(files.read(folder + "/cgroup"), "snap.");
}

std::vector<process> read_processes(const machine_files& files, bool& was_hidden) {
  std::vector<process> out;
  std::vector<int> pids;
  for (const auto& name : files.list("/proc")) {
    if (const auto pid = number(name)) pids.push_back(static_cast<int>(*pid));
  }
  was_hidden = pids.size() < 2;  // hidepid, or no /proc at all
  const std::string our_network = files.link("/proc/self/ns/net");
  const std::string our_root = root_device(files, "/proc/self");
  for (const int pid : pids) {
    const std::string folder = "/proc/" + std::to_string(pid);
    process made;
    made.pid = pid;
    const std::string network = files.link(folder + "/ns/net");
    made.is_apart = !network.empty() && !our_network.empty() && network != our_network;
    if (made.is_apart && !has_other_root(files, folder, our_root)) continue;
    made.is_surely_here = !network.empty();
    const auto stat = stat_fields(files, pid);
    // Programs that this one started, and processes that have ended, do not count.
    if (stat.size() > 1 && (stat[0] == "Z" || (!files.is_elsewhere() &&
                                               number(stat[1]) == std::int64_t{::getpid()}))) {
      continue;
    }
    made.name = trimmed(files.read(folder + "/comm"));
    std::string line = files.read(folder + "/cmdline");
    while (!line.empty() && line.back() == '\0') line.pop_back();
    if (!line.empty()) made.arguments = split(line, '\0');
    if (made.name.empty() && made.arguments.empty()) continue;
    if (const auto owner = files.status(folder)) made.uid = owner->uid;
    const std::string group = files.read(folder + "/cgroup");
    const auto* const mark = std::find_if(std::begin(container_marks), std::end(container_marks),
                                          [&](const char* each) { return has(group, each); });
    const bool is_grouped = mark != std::end(container_marks);
    if (is_grouped) made.group = *mark;
    const bool is_of_docker = made.name == "docker-proxy" || made.name == "containerd";
    made.is_contained = is_grouped && network.empty() && !is_of_docker;
    made.has_own_files = has_other_root(files, folder, our_root);
    made.broker = broker_name(made.name, made.arguments);
    if (made.is_apart && made.broker == broker_kind::none) continue;
    out.push_back(std::move(made));
  }
  return out;
}

// The sockets of a process, as far as /proc/PID/fd may be read.
std::set<std::uint64_t> sockets_of(const machine_files& files, int pid) {
  std::set<std::uint64_t> out;
  const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
  for (const auto& name : files.list(folder)) {
    const std::string target = files.link(folder + "/" + name);
    if (target.rfind("socket:[", 0) != 0) continue;
    if (const auto inode = number(target.substr(8, target.size() - 9))) {
      out.insert(static_cast<std::uint64_t>(*inode));
    }
  }
  return out;
}

// An inherited socket is the parent's, unless the parent opened it for the broker.
void give_back_inherited(const machine_files& files, const std::vector<process>& processes,
                         std::map<std::uint64_t, int>& owners) {
  std::map<int, std::set<std::uint64_t>> known;
  for (auto& [inode, pid] : owners) {
    for (int steps = 0; steps < 16; ++steps) {
      const auto stat = stat_fields(files, pid);
      const int parent = stat.size() > 1 ? static_cast<int>(number(stat[1]).value_or(0)) : 0;
      const auto made = std::find_if(processes.begin(), processes.end(),
                                     [&](const process& each) { return each.pid == parent; });
      if (made == processes.end() || made->name == "systemd") break;
      auto sockets = known.find(parent);
      if (sockets == known.end()) sockets = known.emplace(parent, sockets_of(files, parent)).first;
      if (sockets->second.count(inode) == 0) break;
      pid = parent;
    }
  }
}

// The process that holds each socket.
std::map<std::uint64_t, int> owners_of(const machine_files& files,
                                       const std::vector<process>& processes,
                                       const std::set<std::uint64_t>& wanted) {
  std::map<std::uint64_t, int> out;
  // Brokers come first, so that other processes mostly need not be examined.
  std::vector<const process*> order;
  for (const auto& process : processes) order.push_back(&process);
  std::stable_partition(order.begin(), order.end(), [](const process* candidate) {
    return candidate->broker != broker_kind::none;
  });
  for (const process* each : order) {
    if (out.size() == wanted.size()) break;
    for (const std::uint64_t inode : sockets_of(files, each->pid)) {
      if (wanted.count(inode) != 0) out.emplace(inode, each->pid);
    }
  }
  give_back_inherited(files, processes, out);
  return out;
}

/// Boot time in seconds since 1970, exactly; "btime" is rounded down.
double boot_time(const machine_files& files) {
  const std::string uptime = files.read("/proc/uptime");
  char* end = nullptr;
  const double seconds = std::strtod(uptime.c_str(), &end);
  if (end != uptime.c_str()) {
    timespec now{};
    (void)::clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9 - seconds;
  }
  for (const auto& line : lines_of(files.read("/proc/stat"))) {
    if (line.rfind("btime ", 0) == 0)
      return static_cast<double>(number(line.substr(6)).value_or(0));
  }
  return 0;
}

/// The start of a process by its stat, in ms since 1970; 0 where it cannot be known.
std::int64_t start_of(const std::vector<std::string>& stat, double boot) {
  const long ticks = ::sysconf(_SC_CLK_TCK);
  if (stat.size() <= 19 || ticks <= 0 || boot == 0) return 0;  // field 22 of proc(5)
  const auto since_boot =
      static_cast<double>(number(stat[19]).value_or(0)) / static_cast<double>(ticks);
  return static_cast<std::int64_t>((boot + since_boot) * 1000);
}

void read_details(const machine_files& files, process_fact& into) {
  const std::string folder = "/proc/" + std::to_string(into.pid);
  const auto fields = stat_fields(files, into.pid);
  if (!fields.empty()) into.state = fact_word<process_state>(fields[0]);
  into.started_ms = start_of(fields, boot_time(files));
  if (into.started_ms != 0)
    into.started = rfc3339(static_cast<std::time_t>(into.started_ms / 1000));
  file_error error;
  const auto open = files.list(folder + "/fd", &error);
  if (error.empty()) into.open_files = static_cast<int>(open.size());
  for (const auto& line : lines_of(files.read(folder + "/limits"))) {
    if (line.rfind("Max open files", 0) != 0) continue;
    const auto limits = words_of(std::string_view(line).substr(14));
    if (!limits.empty()) into.file_limit = static_cast<int>(number(limits[0]).value_or(-1));
  }
}

process_fact describe(const machine_files& files, const process& from) {
  process_fact out;
  out.pid = from.pid;
  out.name = from.broker;
  out.command = shown_command(from.arguments);
  out.user = files.user_name(from.uid);
  out.is_contained = from.has_own_files;
  out.group = from.group;
  if (from.broker == broker_kind::mosquitto) {
    out.configuration = named_configuration(from.arguments);
    const std::string folder = files.link("/proc/" + std::to_string(from.pid) + "/cwd");
    if (!out.configuration.empty() && out.configuration.front() != '/' && !folder.empty()) {
      out.configuration = folder + "/" + out.configuration;
    }
    for (const auto& word : from.arguments) out.is_daemon = out.is_daemon || word == "-d";
  }
  read_details(files, out);
  return out;
}

/// Notes parent and start of processes that listen at the same address and port.
void note_sharers(const machine_files& files, std::vector<listener_fact>& into) {
  const auto name_of = [&](int pid) {
    return trimmed(files.read("/proc/" + std::to_string(pid) + "/comm"));
  };
  for (auto& each : into) {
    const bool is_shared = std::any_of(into.begin(), into.end(), [&](const auto& other) {
      return each.pid != 0 && other.pid != 0 && other.pid != each.pid && other.port == each.port &&
             other.address == each.address;
    });
    if (!is_shared) continue;
    process_fact details;
    details.pid = each.pid;
    read_details(files, details);
    each.started = details.started;
    const auto fields = stat_fields(files, each.pid);
    const int parent = fields.size() > 1 ? static_cast<int>(number(fields[1]).value_or(0)) : 0;
    if (parent > 1 && name_of(parent) == name_of(each.pid)) each.parent = parent;
  }
}

}  // namespace

std::int64_t started_ms(const machine_files& files, int pid) {
  return start_of(stat_fields(files, pid), boot_time(files));
}

std::int64_t last_start_ms(const machine_files& files, int pid) {
  const auto name_of = [&](int of) {
    return trimmed(files.read("/proc/" + std::to_string(of) + "/comm"));
  };
  const auto parent_of = [](const std::vector<std::string>& stat) {
    return stat.size() > 1 ? static_cast<int>(number(stat[1]).value_or(0)) : 0;
  };
  const auto own = stat_fields(files, pid);
  int first = pid;
  if (const int parent = parent_of(own); parent > 1 && name_of(parent) == name_of(pid))
    first = parent;
  const double boot = boot_time(files);
  std::int64_t last = start_of(own, boot);
  for (const auto& name : files.list("/proc")) {
    const auto each = number(name);
    if (!each) continue;
    const auto stat = stat_fields(files, static_cast<int>(*each));
    if (parent_of(stat) == first) last = std::max(last, start_of(stat, boot));
  }
  return last;
}

broker_kind broker_name(const std::string& name, const std::vector<std::string>& arguments) {
  const std::string program = arguments.empty() ? name : base_name(arguments[0]);
  for (const broker_kind known : {broker_kind::mosquitto, broker_kind::nanomq, broker_kind::vernemq,
                                  broker_kind::hmqx, broker_kind::flashmq, broker_kind::rmqttd}) {
    if (program == word_of(known) || name == word_of(known)) return known;
  }
  std::string all;
  for (const auto& word : arguments) all += word + " ";
  const bool is_erlang = program == "beam.smp" || name == "beam.smp" || program == "erl";
  if (is_erlang && has(all, "emqx")) return broker_kind::emqx;
  if (is_erlang && has(all, "rabbit")) return broker_kind::rabbitmq;
  if (is_erlang && has(all, "ejabberd")) return broker_kind::ejabberd;
  if (is_erlang && has(all, "vernemq")) return broker_kind::vernemq;
  if (program == "java" || name == "java") {
    if (has(lower(all), "activemq"))
      return has(lower(all), "artemis") ? broker_kind::artemis : broker_kind::activemq;
    if (has(lower(all), "hivemq")) return broker_kind::hivemq;
    if (has(lower(all), "apollo")) return broker_kind::apollo;
  }
  if (program == "nats-server") return broker_kind::nats;
  if (has(program, "node") && (has(all, "aedes") || has(all, "mosca"))) {
    return has(all, "aedes") ? broker_kind::aedes : broker_kind::mosca;
  }
  return broker_kind::none;
}

void look_at_sockets(const machine_files& files, host_facts& into) {
  std::vector<socket_line> sockets;
  std::map<int, int> connections;
  into.half_open.clear();
  read_sockets(files, "/proc/net/tcp", sockets, connections, into.half_open);
  read_sockets(files, "/proc/net/tcp6", sockets, connections, into.half_open);
  bool was_hidden = false;
  const auto processes = read_processes(files, was_hidden);
  std::set<std::uint64_t> wanted;
  for (const auto& socket : sockets) wanted.insert(socket.inode);
  const auto owners = owners_of(files, processes, wanted);
  std::map<int, const process*> by_pid;
  for (const auto& process : processes) by_pid[process.pid] = &process;

  bool some_unknown = false;
  for (auto& socket : sockets) {
    socket.fact.user = files.user_name(socket.uid);
    socket.fact.connections = connections[socket.fact.port];
    const process* owner = nullptr;
    if (const auto known = owners.find(socket.inode); known != owners.end()) {
      owner = by_pid[known->second];
    } else {
      // The socket's user is public; the socket is the broker's if that user has only one broker.
      int candidates = 0;
      for (const auto& candidate : processes) {
        if (candidate.broker == broker_kind::none || candidate.is_contained || candidate.is_apart ||
            candidate.uid != socket.uid)
          continue;
        owner = &candidate;
        ++candidates;
      }
      if (candidates != 1) owner = nullptr;
    }
    if (owner != nullptr) {
      socket.fact.pid = owner->pid;
      socket.fact.process =
          owner->broker == broker_kind::none ? owner->name : word_of(owner->broker);
      socket.fact.command = shown_command(owner->arguments);
    } else {
      some_unknown = true;
    }
    into.listeners.push_back(socket.fact);
  }
  std::sort(into.listeners.begin(), into.listeners.end(), [](const auto& a, const auto& b) {
    return a.port != b.port ? a.port < b.port : a.address < b.address;
  });
  note_sharers(files, into.listeners);
  for (const auto& process : processes) {
    if (process.broker == broker_kind::none || process.is_contained) continue;
    if (process.is_apart) {
      into.contained_brokers.push_back(describe(files, process));
      continue;
    }
    // Without root, brokers of other networks look local, but hold no socket of this network.
    const bool has_socket = std::any_of(sockets.begin(), sockets.end(), [&](const auto& socket) {
      return socket.uid == process.uid;
    });
    if (process.is_surely_here || has_socket) into.brokers.push_back(describe(files, process));
  }
  if (was_hidden) into.not_seen.push_back("processes: /proc shows none");
  if (some_unknown && !into.is_root) {
    into.not_seen.push_back("the processes behind some listening ports: needs root");
  }
}

namespace {

/// What listens in the network of these processes, which share one.
std::vector<listener_fact> listeners_of(const machine_files& files,
                                        const std::vector<int>& inside) {
  std::vector<socket_line> sockets;
  std::map<int, int> connections;
  const std::string folder = "/proc/" + std::to_string(inside.front()) + "/net/";
  std::vector<half_open_fact> half_open;
  read_sockets(files, folder + "tcp", sockets, connections, half_open);
  read_sockets(files, folder + "tcp6", sockets, connections, half_open);
  // Each process is looked at once: there may be many, with many descriptors. The first one counts.
  std::map<std::uint64_t, int> owners;
  for (const int pid : inside) {
    for (const std::uint64_t inode : sockets_of(files, pid)) owners.emplace(inode, pid);
  }
  std::vector<listener_fact> out;
  for (auto& socket : sockets) {
    if (const auto owner = owners.find(socket.inode); owner != owners.end()) {
      socket.fact.pid = owner->second;
      socket.fact.process = trimmed(files.read("/proc/" + std::to_string(owner->second) + "/comm"));
    }
    out.push_back(std::move(socket.fact));
  }
  return out;
}

}  // namespace

std::optional<std::vector<listener_fact>> listeners_beside(const machine_files& files, int pid) {
  const auto network_of = [&](const std::string& of) {
    return files.link("/proc/" + of + "/ns/net");
  };
  const std::string theirs = pid > 0 ? network_of(std::to_string(pid)) : std::string();
  if (theirs.empty() || theirs == network_of("self")) return std::nullopt;
  std::vector<int> inside{pid};
  for (const auto& name : files.list("/proc")) {
    const auto other = number(name);
    if (other && *other != pid && network_of(name) == theirs)
      inside.push_back(static_cast<int>(*other));
  }
  return listeners_of(files, inside);
}

std::optional<std::vector<listener_fact>> listeners_at(const machine_files& files,
                                                       const std::string& v4_address) {
  const std::string ours = files.link("/proc/self/ns/net");
  std::map<std::string, bool> networks;  // by network: whether it has the address
  std::vector<int> inside;
  for (const auto& name : files.list("/proc")) {
    const auto pid = number(name);
    const std::string network = pid ? files.link("/proc/" + name + "/ns/net") : std::string();
    if (network.empty() || network == ours) continue;
    const auto known = networks.find(network);
    if (known == networks.end()) {
      // "|-- 172.17.0.2", and below it "/32 host LOCAL".
      const std::string trie = files.read("/proc/" + name + "/net/fib_trie", nullptr, 1u << 20);
      const std::size_t at = trie.find("|-- " + v4_address + "\n");
      networks[network] =
          at != std::string::npos && trie.compare(trie.find('/', at), 14, "/32 host LOCAL") == 0;
    }
    if (networks[network]) inside.push_back(static_cast<int>(*pid));
  }
  if (inside.empty()) return std::nullopt;
  return listeners_of(files, inside);
}

std::string default_interface(const machine_files& files) {
  std::string only;
  bool several = false;
  for (const auto& line : lines_of(files.read("/proc/net/route"))) {
    const auto fields = words_of(line);
    if (fields.size() < 8 || fields[0] == "Iface") continue;
    if (fields[1] == "00000000" && fields[7] == "00000000") return fields[0];
  }
  for (const auto& line : lines_of(files.read("/proc/net/dev"))) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string name = trimmed(line.substr(0, colon));
    if (name == "lo" || name == "docker0" || name.rfind("br-", 0) == 0 ||
        name.rfind("veth", 0) == 0 || name.rfind("virbr", 0) == 0) {
      continue;
    }
    several = !only.empty();
    only = name;
  }
  return several ? std::string() : only;
}

std::string interface_to(const machine_files& files, const std::string& v4_address) {
  in_addr wanted{};
  if (::inet_pton(AF_INET, v4_address.c_str(), &wanted) != 1) return {};
  std::string best;
  int best_bits = -1;
  for (const auto& line : lines_of(files.read("/proc/net/route"))) {
    const auto fields = words_of(line);
    if (fields.size() < 8 || fields[0] == "Iface") continue;
    const auto net = static_cast<std::uint32_t>(hex(fields[1]));
    const auto mask = static_cast<std::uint32_t>(hex(fields[7]));
    const int bits = __builtin_popcount(mask);
    if ((wanted.s_addr & mask) != net || bits <= best_bits) continue;
    best = fields[0];
    best_bits = bits;
  }
  return best;
}

void look_at_bridges(const machine_files& files, host_facts& into) {
  struct far_end {
    std::string address;
    int port;
    std::uint64_t inode;
  };
  std::vector<far_end> ends;
  for (const char* path : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    for (const auto& line : lines_of(files.read(path, nullptr, 16u << 20))) {
      const auto fields = words_of(line);
      if (fields.size() < 10 || fields[3] != "01") continue;  // TCP_ESTABLISHED
      const auto far = split(fields[2], ':');
      if (far.size() != 2) continue;
      ends.push_back({address_text(far[0]), static_cast<int>(hex(far[1])),
                      static_cast<std::uint64_t>(number(fields[9]).value_or(0))});
    }
  }
  for (auto& configuration : into.configurations) {
    if (configuration.pid == 0 || configuration.bridges.empty()) continue;
    const auto own = sockets_of(files, configuration.pid);
    if (own.empty()) continue;  // not visible
    for (auto& bridge : configuration.bridges) {
      bridge.link = bridge_link::not_connected;
      for (const std::string& named : words_of(bridge.addresses)) {
        const std::size_t colon = named.rfind(':');
        const std::string host = named.substr(0, colon);
        const std::int64_t port =
            colon == std::string::npos ? 1883 : number(named.substr(colon + 1)).value_or(0);
        const bool is_literal = host.find_first_not_of("0123456789.") == std::string::npos;
        const bool stands = std::any_of(ends.begin(), ends.end(), [&](const far_end& end) {
          return end.port == port && own.count(end.inode) != 0 &&
                 (!is_literal || end.address == host);
        });
        if (stands) bridge.link = bridge_link::connected;
      }
    }
  }
}

}  // namespace mqttkit::doctor
