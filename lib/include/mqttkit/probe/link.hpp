// One TCP connection, watched closely: what the doctor knows of a network it learns here.
//
// Plain blocking sockets with a deadline at every step, not Asio: the facts wanted are those a
// stream hides (the ICMP error queue, retransmissions, who ended it and when), a diagnosis holds a
// handful of connections for a second each, and every one of them runs in a thread of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::probe {

using clock = std::chrono::steady_clock;
using deadline = clock::time_point;

/// Milliseconds from `since` until now.
double elapsed_ms(clock::time_point since) noexcept;

/// What the ICMP error queue of a socket said (ip(7), IP_RECVERR); needs no privilege.
struct icmp_notice {
  int type = 0;
  int code = 0;
  std::string from;  ///< who sent it: the host itself, or a router on the way
  bool is_v6 = false;
};

/// Counters of the kernel for one connection (tcp(7), TCP_INFO).
struct tcp_counters {
  unsigned unacknowledged = 0;     ///< segments the peer's kernel has not confirmed
  unsigned retransmits = 0;        ///< of the oldest one of them
  unsigned total_retransmits = 0;  ///< since the first SYN
  unsigned needless = 0;           ///< of these, what the peer had already: late, and not lost
  unsigned out_of_order = 0;       ///< segments that came while an earlier one was missing
  unsigned path_mtu = 0;           ///< bytes; shrinks when a router says that less fits
  double round_trip_ms = 0;
};

/// Bytes above TCP, TLS's own included.
struct traffic {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
};

struct connect_request {
  std::string address;  ///< IPv4 or IPv6 literal, the latter with %scope when it needs one
  std::uint16_t port = 0;
  std::chrono::milliseconds limit{3000};
  int maximum_segment = 0;   ///< TCP_MAXSEG, bytes; 0: the system's
  int time_to_live = 0;      ///< IP_TTL or hop limit of all packets; 0: the system's
  std::string bind_address;  ///< local address to connect from; empty: the system's choice
};

/// How an attempt to connect ended.
struct connect_report {
  int error = 0;          ///< errno; 0 when connected, ETIMEDOUT when the limit passed
  bool by_limit = false;  ///< nothing came back within the limit: the deadline was ours
  double took_ms = 0;
  std::optional<icmp_notice> icmp;
  std::string local_address;
  unsigned retransmits = 0;  ///< SYNs sent again

  bool is_connected() const noexcept { return error == 0; }
};

enum class link_end : std::uint8_t {
  none,       ///< still open
  finished,   ///< FIN: the peer closed in order
  reset,      ///< RST
  timed_out,  ///< the deadline passed
  failed,     ///< another error; see last_error()
};

struct read_outcome {
  std::size_t size = 0;
  link_end end = link_end::none;  ///< none when size > 0
};

/// Bytes both ways with a deadline at every step: a connection, or TLS or WebSocket over one.
class stream {
 public:
  virtual ~stream() = default;
  /// Writes all of it. False when the peer is gone or the deadline passed; what the peer said
  /// before may still be readable then.
  virtual bool write(bytes_view bytes, deadline until) = 0;
  /// Reads what is there, at least one byte, or says why there is none.
  virtual read_outcome read(std::span<std::byte> into, deadline until) = 0;
};

/// See the head of this file. Moves; closes when it is destroyed.
class link final : public stream {
 public:
  link() = default;
  /// Connects within the request's limit. A link that is not open comes with the reason in
  /// `report`.
  link(const connect_request& request, connect_report& report);
  ~link() override;
  link(link&& other) noexcept;
  link& operator=(link&& other) noexcept;

  bool is_open() const noexcept { return fd_ >= 0; }
  int descriptor() const noexcept { return fd_; }

  bool write(bytes_view bytes, deadline until) override;
  read_outcome read(std::span<std::byte> into, deadline until) override;

  int last_error() const noexcept { return last_error_; }
  tcp_counters counters() const;
  const traffic& counted() const noexcept { return counted_; }
  /// An ICMP error that came after the connection stood, if any.
  std::optional<icmp_notice> take_icmp();
  void close() noexcept;

 private:
  int fd_ = -1;
  int last_error_ = 0;
  traffic counted_;
};

/// Waits until a descriptor can be read or written; false when the deadline passed.
bool wait_readable(int fd, deadline until);
bool wait_writable(int fd, deadline until);

/// "ECONNREFUSED", from an errno.
std::string error_name(int error);

}  // namespace mqttkit::probe
