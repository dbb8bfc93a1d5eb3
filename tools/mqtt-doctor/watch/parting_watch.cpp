#include "mqtt-doctor/watch/parting_watch.hpp"

#include <poll.h>

#include "mqtt-doctor/capture/live_source.hpp"
#include "mqtt-doctor/capture/packet.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr int poll_ms = 100;        // milliseconds: how soon the end of the watch is noticed
constexpr auto handed_over = 60ms;  // libpcap hands packets over every 20 ms

}  // namespace

void parting_notes::take(const tcp_segment& from_broker,
                         std::chrono::steady_clock::time_point now) {
  if (!from_broker.rst && usual_ttl_ < 0) usual_ttl_ = from_broker.ttl;
  if (!from_broker.rst && !from_broker.fin) return;
  before_ = last_;
  last_ = ending{{from_broker.rst ? "RST" : "FIN", from_broker.ttl, usual_ttl_}, now};
}

std::optional<watch_parting> parting_notes::last(std::chrono::steady_clock::time_point now) const {
  if (!last_ || now - last_->when > near) return std::nullopt;
  const bool is_alone = !before_ || now - before_->when > near || before_->how == last_->how;
  return is_alone ? std::optional(last_->how) : std::nullopt;
}

struct parting_watch::state {
  live_source source;
  std::string address;
  std::uint16_t port = 0;
};

parting_watch::parting_watch(const std::string& address, int port) {
  if (!may_capture() || address.empty() || port <= 0) return;
  auto made = std::make_unique<state>();
  made->address = address;
  made->port = static_cast<std::uint16_t>(port);
  live_source::request what;
  what.interface = "any";
  what.ports = {made->port};
  what.address = address;
  std::string ignored;  // the watch goes on without packets
  if (made->source.open(what, ignored) != live_source::refusal::none) return;
  state_ = std::move(made);
  reader_ = std::thread([this] { run(); });
}

parting_watch::~parting_watch() {
  is_over_ = true;
  if (reader_.joinable()) reader_.join();
}

void parting_watch::run() {
  const live_source::taker take = [this](const captured_packet& packet) {
    bytes_view raw;
    std::size_t original = 0;
    ip_packet ip;
    tcp_segment segment;
    if (!read_link(packet, raw, original) || !read_ip(raw, original, ip) || ip.is_fragment ||
        !read_tcp(ip, segment) || segment.source.port != state_->port ||
        to_string(segment.source.address) != state_->address)
      return;
    const std::lock_guard held(lock_);
    notes_.take(segment, std::chrono::steady_clock::now());
  };
  while (!is_over_) {
    pollfd ready{state_->source.descriptor(), POLLIN, 0};
    if (::poll(&ready, 1, poll_ms) < 0) continue;
    if (state_->source.take(take) < 0) return;
  }
}

std::optional<watch_parting> parting_watch::parting() {
  if (state_ == nullptr) return std::nullopt;
  std::this_thread::sleep_for(handed_over);
  const std::lock_guard held(lock_);
  return notes_.last(std::chrono::steady_clock::now());
}

}  // namespace mqttkit::doctor
