#include "mqtt-doctor/capture/live_source.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <type_traits>
#include <utility>

#include "mqtt-doctor/capture/capture_filter.hpp"

#ifdef MQTTKIT_HAS_PCAP

#include <dlfcn.h>
#include <pcap/pcap.h>

namespace mqttkit::doctor {
namespace {

constexpr int wait_ms = 20;  // the kernel hands packets over in batches: how old one may get
constexpr int sll2 = 276;    // the link type that names interface and direction of each packet

struct library {
  decltype(&::pcap_create) create;
  decltype(&::pcap_set_snaplen) set_snaplen;
  decltype(&::pcap_set_promisc) set_promisc;
  decltype(&::pcap_set_timeout) set_timeout;
  decltype(&::pcap_set_buffer_size) set_buffer_size;
  decltype(&::pcap_set_tstamp_precision) set_tstamp_precision;
  decltype(&::pcap_get_tstamp_precision) get_tstamp_precision;
  decltype(&::pcap_activate) activate;
  decltype(&::pcap_set_datalink) set_datalink;
  decltype(&::pcap_datalink) datalink;
  decltype(&::pcap_compile) compile;
  decltype(&::pcap_setfilter) setfilter;
  decltype(&::pcap_freecode) freecode;
  decltype(&::pcap_setnonblock) setnonblock;
  decltype(&::pcap_get_selectable_fd) get_selectable_fd;
  decltype(&::pcap_dispatch) dispatch;
  decltype(&::pcap_stats) stats;
  decltype(&::pcap_geterr) geterr;
  decltype(&::pcap_statustostr) statustostr;
  decltype(&::pcap_close) close;
  decltype(&::pcap_findalldevs) findalldevs;
  decltype(&::pcap_freealldevs) freealldevs;
};

/// Loads libpcap; nullptr, with the reason, when it is missing. The library stays loaded.
const library* load(std::string& why) {
  static std::string problem;
  static const library* const loaded = []() -> const library* {
    // The soname of upstream and most systems, then that of Debian and Ubuntu.
    void* opened = nullptr;
    for (const char* const name : {"libpcap.so.1", "libpcap.so.0.8"})
      if (opened == nullptr) opened = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (opened == nullptr) {
      problem = "libpcap is not installed";
      return nullptr;
    }
    static library made;
    bool is_whole = true;
    const auto find = [&](const char* name, auto& into) {
      into = reinterpret_cast<std::remove_reference_t<decltype(into)>>(::dlsym(opened, name));
      if (into == nullptr) is_whole = false;
    };
    find("pcap_create", made.create);
    find("pcap_set_snaplen", made.set_snaplen);
    find("pcap_set_promisc", made.set_promisc);
    find("pcap_set_timeout", made.set_timeout);
    find("pcap_set_buffer_size", made.set_buffer_size);
    find("pcap_set_tstamp_precision", made.set_tstamp_precision);
    find("pcap_get_tstamp_precision", made.get_tstamp_precision);
    find("pcap_activate", made.activate);
    find("pcap_set_datalink", made.set_datalink);
    find("pcap_datalink", made.datalink);
    find("pcap_compile", made.compile);
    find("pcap_setfilter", made.setfilter);
    find("pcap_freecode", made.freecode);
    find("pcap_setnonblock", made.setnonblock);
    find("pcap_get_selectable_fd", made.get_selectable_fd);
    find("pcap_dispatch", made.dispatch);
    find("pcap_stats", made.stats);
    find("pcap_geterr", made.geterr);
    find("pcap_statustostr", made.statustostr);
    find("pcap_close", made.close);
    find("pcap_findalldevs", made.findalldevs);
    find("pcap_freealldevs", made.freealldevs);
    if (!is_whole) problem = "libpcap is older than 1.5";
    return is_whole ? &made : nullptr;
  }();
  why = problem;
  return loaded;
}

}  // namespace

struct live_source::state {
  const library* with = nullptr;
  pcap_t* handle = nullptr;
  bool is_nano = false;
  int descriptor = -1;
  counts counted;
  // libpcap's own counters have 32 bits and wrap.
  std::uint32_t last_received = 0, last_dropped = 0;

  ~state() {
    if (handle != nullptr) with->close(handle);
  }

  bool set_filter(const request& wanted, std::string& why) const {
    for (const bool has_tags : {true, false}) {
      const std::string text = capture_filter(wanted.ports, wanted.address, has_tags);
      bpf_program program{};
      if (with->compile(handle, &program, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
        why = with->geterr(handle);
        continue;  // a link type without VLAN tags
      }
      const bool is_set = with->setfilter(handle, &program) == 0;
      if (!is_set) why = with->geterr(handle);
      with->freecode(&program);
      if (is_set) return true;
    }
    return false;
  }
};

live_source::live_source() : state_(std::make_unique<state>()) {}
live_source::~live_source() = default;

live_source::refusal live_source::open(const request& wanted, std::string& why) {
  state& device = *state_;
  device.with = load(why);
  if (device.with == nullptr) return refusal::no_library;
  char words[PCAP_ERRBUF_SIZE] = "";
  device.handle = device.with->create(wanted.interface.c_str(), words);
  if (device.handle == nullptr) {
    why = words;
    return refusal::other;
  }
  device.with->set_snaplen(device.handle, static_cast<int>(most_packet_bytes));
  device.with->set_promisc(device.handle, 0);
  device.with->set_timeout(device.handle, wait_ms);
  device.with->set_buffer_size(device.handle, kernel_bytes);
  device.with->set_tstamp_precision(device.handle, PCAP_TSTAMP_PRECISION_NANO);
  const int status = device.with->activate(device.handle);
  if (status < 0) {
    why = device.with->geterr(device.handle);
    if (why.empty()) why = device.with->statustostr(status);
    if (status == PCAP_ERROR_PERM_DENIED) return refusal::no_right;
    if (status == PCAP_ERROR_NO_SUCH_DEVICE) return refusal::no_interface;
    return refusal::other;
  }
  device.is_nano = device.with->get_tstamp_precision(device.handle) == PCAP_TSTAMP_PRECISION_NANO;
  if (device.with->datalink(device.handle) == static_cast<int>(link_type::linux_cooked))
    device.with->set_datalink(device.handle, sll2);
  // In memory libpcap numbers DLT_RAW otherwise than in files, whose LINKTYPE_RAW is used here.
  const int link = device.with->datalink(device.handle);
  link_ = link == DLT_RAW ? link_type::raw : static_cast<link_type>(link);
  if (!device.set_filter(wanted, why)) return refusal::other;
  if (device.with->setnonblock(device.handle, 1, words) != 0) {
    why = words;
    return refusal::other;
  }
  device.descriptor = device.with->get_selectable_fd(device.handle);
  return refusal::none;
}

int live_source::descriptor() const noexcept { return state_->descriptor; }

std::uint32_t live_source::snap_length() const noexcept { return most_packet_bytes; }

int live_source::take(const taker& to) {
  state& device = *state_;
  struct way {
    const taker& to;
    bool is_nano;
    link_type link;
  } with{to, device.is_nano, link_};
  const auto each = [](u_char* user, const pcap_pkthdr* head, const u_char* bytes) {
    const way& of = *reinterpret_cast<const way*>(user);
    captured_packet packet;
    const std::chrono::nanoseconds fraction = of.is_nano
                                                  ? std::chrono::nanoseconds(head->ts.tv_usec)
                                                  : std::chrono::microseconds(head->ts.tv_usec);
    packet.time = capture_time(std::chrono::seconds(head->ts.tv_sec) + fraction);
    packet.link = of.link;
    packet.bytes = bytes_view(reinterpret_cast<const std::byte*>(bytes), head->caplen);
    packet.original_size = head->len;
    of.to(packet);
  };
  const int count =
      device.with->dispatch(device.handle, most_at_once, each, reinterpret_cast<u_char*>(&with));
  if (count < 0) problem_ = device.with->geterr(device.handle);
  return count < 0 ? -1 : count;
}

live_source::counts live_source::counted() const {
  state& device = *state_;
  pcap_stat now{};
  if (device.handle == nullptr || device.with->stats(device.handle, &now) != 0)
    return device.counted;
  device.counted.received += now.ps_recv - std::exchange(device.last_received, now.ps_recv);
  const std::uint32_t dropped = now.ps_drop + now.ps_ifdrop;
  device.counted.dropped += dropped - std::exchange(device.last_dropped, dropped);
  return device.counted;
}

std::string live_source::interfaces() {
  std::string why;
  const library* const with = load(why);
  char words[PCAP_ERRBUF_SIZE] = "";
  pcap_if_t* all = nullptr;
  if (with == nullptr || with->findalldevs(&all, words) != 0) return {};
  std::string names;
  for (const pcap_if_t* t = all; t != nullptr; t = t->next) {
    constexpr bpf_u_int32 is_network = PCAP_IF_UP;
    if ((t->flags & is_network) != 0) names += (names.empty() ? "" : " ") + std::string(t->name);
  }
  with->freealldevs(all);
  return names;
}

}  // namespace mqttkit::doctor

#else

namespace mqttkit::doctor {

struct live_source::state {};

live_source::live_source() = default;
live_source::~live_source() = default;
live_source::refusal live_source::open(const request&, std::string& why) {
  why = "this program was built without libpcap";
  return refusal::no_library;
}
int live_source::descriptor() const noexcept { return -1; }
int live_source::take(const taker&) { return -1; }
live_source::counts live_source::counted() const { return {}; }
std::uint32_t live_source::snap_length() const noexcept { return most_packet_bytes; }
std::string live_source::interfaces() { return {}; }

}  // namespace mqttkit::doctor

#endif

namespace mqttkit::doctor {

bool may_capture() {
  // The effective capabilities (CapEff, proc(5)); CAP_NET_RAW is number 13 (capabilities(7)).
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("CapEff:")) continue;
    return (std::strtoull(line.c_str() + 7, nullptr, 16) >> 13 & 1) != 0;
  }
  return false;
}

}  // namespace mqttkit::doctor
