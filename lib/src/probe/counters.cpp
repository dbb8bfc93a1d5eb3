// Reads the kernel's counters with the kernel's own header: the C library's tcp_info ends before
// the newer counters, and the two headers cannot stand in one file.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "mqttkit/probe/link.hpp"

namespace mqttkit::probe {

tcp_counters link::counters() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (fd_ < 0 || ::getsockopt(fd_, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  tcp_counters counted;
  counted.unacknowledged = info.tcpi_unacked;
  counted.retransmits = info.tcpi_retransmits;
  counted.total_retransmits = info.tcpi_total_retrans;
  counted.needless = info.tcpi_dsack_dups;  // 0 from a kernel older than the counter
  counted.out_of_order = info.tcpi_rcv_ooopack;
  counted.path_mtu = info.tcpi_pmtu;
  counted.round_trip_ms = static_cast<double>(info.tcpi_rtt) / 1000.0;
  return counted;
}

}  // namespace mqttkit::probe
