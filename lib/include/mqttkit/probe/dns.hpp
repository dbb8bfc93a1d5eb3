// Asking name servers oneself, one question at a time.
//
// getaddrinfo() tells neither who answered nor why nobody did, and waits 10 s for a silent server;
// the difference between its answer and the servers' own is where many faults hide.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace mqttkit::probe {

enum class dns_type : std::uint8_t { a, aaaa };

struct dns_reply {
  enum class kind : std::uint8_t {
    answered,     ///< look at `rcode`
    timed_out,    ///< nothing came within the limit
    unreachable,  ///< ICMP said nobody listens, or there is no route
    malformed,    ///< something came that is no answer
  };
  kind outcome = kind::timed_out;
  int rcode = -1;                      ///< RFC 1035 §4.1.1: 0, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED
  std::vector<std::string> addresses;  ///< of the type asked for
  std::vector<std::string> aliases;    ///< CNAMEs, in the order of the chain
  double took_ms = 0;
  std::size_t sent_bytes = 0;  ///< all questions together, without UDP's head
  std::size_t received_bytes = 0;
};

/// Asks `server` (a literal) over UDP, twice when nothing comes within half the limit.
dns_reply ask(const std::string& server, const std::string& name, dns_type type,
              std::chrono::milliseconds limit, std::uint16_t port = 53);

/// Asks everybody on the link (RFC 6762 §5.1); the addresses of the first answer.
dns_reply ask_multicast(const std::string& name, std::chrono::milliseconds limit);

/// The name servers in /etc/resolv.conf, at most three; 127.0.0.1 when it names none.
std::vector<std::string> system_resolvers();

/// Addresses that /etc/hosts gives the name.
std::vector<std::string> hosts_file_addresses(const std::string& name);

struct lookup_reply {
  int code = 0;  ///< of getaddrinfo(); 0 when it found something
  bool timed_out = false;
  std::vector<std::string> addresses;
  double took_ms = 0;
};

/// getaddrinfo() in a thread of its own, which is left behind when the limit passes.
lookup_reply look_up(const std::string& name, std::chrono::milliseconds limit);

/// "EAI_NONAME", from getaddrinfo()'s code.
std::string lookup_error_name(int code);

}  // namespace mqttkit::probe
