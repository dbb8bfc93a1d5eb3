#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <mutex>
#include <string_view>
#include <utility>

#include "common/printable.hpp"
#include "common/text_parts.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/probes/link_facts.hpp"
#include "mqtt-doctor/probes/network/network_probes.hpp"
#include "mqtt-doctor/probes/parallel.hpp"
#include "mqttkit/probe/dns.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

// A server that does not answer a question in this time is silent.
constexpr auto question_limit = 1000ms;
// When the hosts file has the name, servers are only asked for comparison.
constexpr auto comparison_limit = 300ms;

bool is_v6_literal(const std::string& host) {
  in6_addr any{};
  return ::inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), &any) == 1;
}

/// How getaddrinfo() reads a text that it takes for an address; "" for a name.
std::string canonical_literal(const std::string& host) {
  if (is_v6_literal(host)) return host;
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_family = AF_INET;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  char text[INET_ADDRSTRLEN] = "";
  const auto* const v4 = reinterpret_cast<const sockaddr_in*>(found->ai_addr);
  ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
  ::freeaddrinfo(found);
  return text;
}

/// A random name that nobody can have registered.
std::string impossible_name() {
  std::array<unsigned char, 12> random{};
  (void)::getentropy(random.data(), random.size());
  std::string name = "mqtt-doctor-";
  for (const unsigned char byte : random) name += static_cast<char>('a' + byte % 26);
  return name + ".net";
}

/// The sources of hosts in /etc/nsswitch.conf, by which the system's lookup goes.
void read_sources(name_facts& into) {
  constexpr int most_lines = 1000;
  std::ifstream file("/etc/nsswitch.conf");
  std::string line;
  for (int number = 1; number < most_lines && std::getline(file, line); ++number) {
    line = line.substr(0, std::min(line.find('#'), std::size_t{200}));
    const std::string_view text = tools::trimmed(line);
    constexpr std::string_view hosts = "hosts:";
    if (!text.starts_with(hosts)) continue;
    into.sources = tools::printable(tools::trimmed(text.substr(hosts.size())), 160);
    into.sources_line = number;
    return;
  }
}

bool ends_with_local(std::string_view host) {
  if (!host.empty() && host.back() == '.') host.remove_suffix(1);
  return host.ends_with(".local");
}

void merge(std::vector<std::string>& into, const std::vector<std::string>& from) {
  for (const auto& each : from) {
    if (std::find(into.begin(), into.end(), each) == into.end()) into.push_back(each);
  }
}

name_facts look_up_all(const std::string& host, std::chrono::milliseconds limit) {
  name_facts name;
  name.canonical = canonical_literal(host);
  name.is_literal = !name.canonical.empty();
  if (name.is_literal) {
    name.addresses.push_back(name.canonical);
    name.lookup = lookup_outcome::ok;
    return name;
  }
  name.hosts_file = probe::hosts_file_addresses(host);
  name.resolvers = probe::system_resolvers();
  read_sources(name);
  const auto patience = std::min<std::chrono::milliseconds>(
      name.hosts_file.empty() ? question_limit : comparison_limit, limit);
  std::mutex guard;
  std::vector<std::function<void()>> tasks;
  // localhost is this machine (RFC 6761 §6.3), and no server is asked about it.
  const bool asks_servers = !is_localhost(host) && !host.ends_with(".localhost");
  for (const auto& server : asks_servers ? name.resolvers : std::vector<std::string>()) {
    for (const auto type : {probe::dns_type::a, probe::dns_type::aaaa}) {
      tasks.push_back([&, server, type] {
        const auto reply = probe::ask(server, host, type, patience);
        const std::lock_guard lock(guard);
        name.questions.push_back(fact_of(
            reply, server, type == probe::dns_type::a ? record_type::a : record_type::aaaa));
      });
    }
  }
  if (asks_servers) {
    tasks.push_back([&] {
      const auto reply =
          probe::ask(name.resolvers[0], impossible_name(), probe::dns_type::a, patience);
      name.hijack_answers = reply.addresses;
    });
  }
  if (ends_with_local(host)) {
    tasks.push_back([&] {
      const auto reply = probe::ask_multicast(host, patience);
      name.mdns_asked = true;
      name.mdns_answers = reply.addresses;
    });
  }
  tasks.push_back([&] {
    // Longer than a question takes, so that a server's answer to the second one is awaited.
    const auto found = probe::look_up(host, std::min<std::chrono::milliseconds>(limit, 2000ms));
    name.lookup = found.timed_out ? lookup_outcome::timeout
                                  : fact_word<lookup_outcome>(probe::lookup_error_name(found.code));
    name.lookup_ms = found.took_ms;
    name.addresses = found.addresses;
  });
  side_by_side(tasks);
  // Threads end in random order, and facts must not depend on that.
  std::sort(name.questions.begin(), name.questions.end(), [](const auto& a, const auto& b) {
    return std::pair(a.server, a.type.value()) < std::pair(b.server, b.type.value());
  });
  if (name.addresses.empty()) {
    for (const auto& question : name.questions) merge(name.addresses, question.addresses);
    merge(name.addresses, name.mdns_answers);
  }
  return name;
}

}  // namespace

std::vector<dns_fact> ask_name_server(const std::string& server, const std::string& host,
                                      std::chrono::milliseconds limit) {
  const auto patience = std::min<std::chrono::milliseconds>(question_limit, limit);
  std::vector<dns_fact> out(2);
  side_by_side({[&] {
                  out[0] = fact_of(probe::ask(server, host, probe::dns_type::a, patience), server,
                                   record_type::a);
                },
                [&] {
                  out[1] = fact_of(probe::ask(server, host, probe::dns_type::aaaa, patience),
                                   server, record_type::aaaa);
                }});
  return out;
}

name_facts look_up_name(const std::string& host, std::chrono::milliseconds limit,
                        asked_family family) {
  name_facts name = look_up_all(host, limit);
  if (family == asked_family::none) return name;
  const bool wants_v6 = family == asked_family::v6;
  for (const std::string& each : std::exchange(name.addresses, {})) {
    (is_v6_literal(each) == wants_v6 ? name.addresses : name.left_out).push_back(each);
  }
  return name;
}

}  // namespace mqttkit::doctor
