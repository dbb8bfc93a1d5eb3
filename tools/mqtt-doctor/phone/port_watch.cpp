#include "mqtt-doctor/phone/port_watch.hpp"

#include <unistd.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <fstream>
#include <optional>
#include <sstream>

#include "io/awaiting.hpp"
#include "mqtt-doctor/capture/live_source.hpp"
#include "mqtt-doctor/capture/nat_twins.hpp"
#include "mqtt-doctor/capture/wiretap.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/listen/client_hello.hpp"
#include "mqtt-doctor/listen/connection_tracker.hpp"
#include "mqtt-doctor/phone/socket_list.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

using tools::as_values;

constexpr auto look_interval = 100ms;  // "within a second" is promised
// Seconds. A kernel answers SYN in microseconds, so no answer comes after this time.
constexpr double answer_limit_s = 0.8;

capture_time now_on_the_clock() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

/// How far a connection got; of several connections the furthest counts.
int rank_of(phone_arrival how) { return static_cast<int>(how); }
static_assert(phone_arrival::unanswered < phone_arrival::refused &&
              phone_arrival::refused < phone_arrival::half_open &&
              phone_arrival::half_open < phone_arrival::stood);

}  // namespace

/// Watches by capturing packets (libpcap).
class port_watch::by_packets : public std::enable_shared_from_this<by_packets> {
 public:
  explicit by_packets(port_watch& to)
      : to_(&to),
        mark_(to.mark_),
        ports_(to.ports_),
        heard_({}, [](const event&, const event_place&) {}),
        tap_(heard_, ports_,
             [this](const tcp_stream& stream, const connection_summary* heard) {
               tell(stream, heard);
             }),
        readable_(to.on_),
        pause_(to.on_) {}

  bool open(std::string& why) {
    live_source::request what;
    what.interface = "any";
    what.ports = ports_;
    if (source_.open(what, why) != live_source::refusal::none) return false;
    readable_.assign(::dup(source_.descriptor()));  // libpcap closes its own descriptor
    return true;
  }

  void start() {
    const auto self = shared_from_this();
    asio::co_spawn(
        pause_.get_executor(), [self]() { return self->read(); }, asio::detached);
    asio::co_spawn(
        pause_.get_executor(), [self]() { return self->look(); }, asio::detached);
  }
  void stop() {
    to_ = nullptr;
    std::error_code ignored;
    readable_.close(ignored);
    pause_.cancel();
  }

 private:
  asio::awaitable<void> read() {
    const auto self = shared_from_this();
    while (to_ != nullptr) {
      auto [error] =
          co_await readable_.async_wait(asio::posix::stream_descriptor::wait_read, as_values);
      if (error || to_ == nullptr) co_return;
      const live_source::taker taker = [this](const captured_packet& packet) { take(packet); };
      if (source_.take(taker) < 0) co_return;
      tell_open();
    }
  }

  asio::awaitable<void> look() {
    const auto self = shared_from_this();
    while (to_ != nullptr) {
      pause_.expires_after(look_interval);
      co_await pause_.async_wait(as_values);
      if (to_ == nullptr) co_return;
      if (count_ != 0) tap_.look(now_on_the_clock());
      tell_open();
    }
  }

  void take(const captured_packet& packet) {
    bytes_view raw;
    std::size_t original = 0;
    ip_packet ip;
    if (!read_link(packet, raw, original) || !read_ip(raw, original, ip)) return;
    tcp_segment segment;
    if (!ip.is_fragment && read_tcp(ip, segment)) {
      const bool is_ours =
          ports_.contains(segment.source.port) || ports_.contains(segment.destination.port);
      if (!is_ours || twins_.is_twin(segment, packet.time)) return;
    }
    captured_packet mine = packet;
    mine.number = ++count_;
    tap_.take(mine);
  }

  void tell_open() {
    tap_.each_open([this](const tcp_stream& stream) {
      conversation* const dialogue = heard_.conversation_of(stream.number());
      tell(stream, dialogue != nullptr ? &dialogue->summary() : nullptr);
    });
  }

  void tell(const tcp_stream& stream, const connection_summary* heard) {
    if (to_ == nullptr || stream.is_late()) return;
    port_sight made;
    made.address = to_string(stream.client().address);
    made.port = stream.broker().port;
    made.to = to_string(stream.broker().address);
    const stream_fact story = stream.story(tap_.last());
    if (stream.stands()) {
      made.arrival = phone_arrival::stood;
    } else {
      const double waited =
          std::chrono::duration<double>(now_on_the_clock() - stream.first().time).count();
      switch (story.ending.value()) {
        case stream_ending::refused:
        case stream_ending::unreachable:
          made.arrival = phone_arrival::refused;
          break;
        case stream_ending::half_open:
          if (waited < answer_limit_s) return;
          made.arrival = phone_arrival::half_open;
          break;
        case stream_ending::unanswered:
          if (waited < answer_limit_s) return;
          made.arrival = phone_arrival::unanswered;
          break;
        default:
          return;
      }
      made.waited_s = waited;
    }
    if (heard != nullptr) {
      made.alert = heard->client_alert;
      made.status = heard->http_status;
      made.target = heard->http_target;
      made.is_upgrade = heard->speaks == spoken::websocket;
      made.said_hello = heard->speaks == spoken::tls;
      made.was_greeted = heard->tls_answered;
      note_trust(stream, *heard, made);
      made.has_mark = !mark_.empty() && heard->http_target.find(mark_) != std::string::npos;
    }
    to_->note(made);
  }

  /// Notes whether the phone trusts the certificate. TLS 1.3 encrypts its alert, so record sizes
  /// tell: an alert has 24 bytes, Finished 58 and more (RFC 8446 §5.2), and a ChangeCipherSpec of 6
  /// may precede either.
  static void note_trust(const tcp_stream& stream, const connection_summary& heard,
                         port_sight& out) {
    constexpr std::int64_t least_finished = 58, most_alert = 6 + 24 + 6;
    if (!heard.tls_answered) return;
    const bool is_refusal = is_about_certificate(heard.client_alert);
    out.finished_tls = heard.client_alert < 0 && heard.after_hello >= least_finished;
    out.left_tls = is_refusal || (heard.client_alert < 0 && !out.finished_tls &&
                                  heard.after_hello <= most_alert && stream.has_parting() &&
                                  stream.parted() == side::client);
  }

  port_watch* to_;
  std::string mark_;
  std::set<std::uint16_t> ports_;
  connection_tracker heard_;
  wiretap tap_;
  live_source source_;
  nat_twins twins_;
  asio::posix::stream_descriptor readable_;
  asio::steady_timer pause_;
  std::uint64_t count_ = 0;
};

/// Watches by /proc/net/tcp, which every user may read.
class port_watch::by_sockets : public std::enable_shared_from_this<by_sockets> {
 public:
  explicit by_sockets(port_watch& to) : to_(&to), pause_(to.on_) {
    for (const socket_entry& entry : read()) before_.insert(entry);
  }

  void start() {
    const auto self = shared_from_this();
    asio::co_spawn(
        pause_.get_executor(), [self]() { return self->look(); }, asio::detached);
  }
  void stop() {
    to_ = nullptr;
    pause_.cancel();
  }

 private:
  std::vector<socket_entry> read() const {
    std::vector<socket_entry> out;
    for (const char* const name : {"/proc/net/tcp", "/proc/net/tcp6"}) {
      std::ifstream file(name, std::ios::binary);
      std::ostringstream text;
      text << file.rdbuf();
      for (socket_entry& entry : connections_in(text.view(), to_->ports_))
        out.push_back(std::move(entry));
    }
    return out;
  }

  asio::awaitable<void> look() {
    const auto self = shared_from_this();
    while (to_ != nullptr) {
      pause_.expires_after(look_interval);
      co_await pause_.async_wait(as_values);
      if (to_ == nullptr) co_return;
      for (const socket_entry& entry : read()) {
        if (before_.contains(entry)) continue;
        port_sight made;
        made.address = entry.remote;
        made.port = entry.port;
        made.to = entry.local;
        made.arrival = entry.is_half_open ? phone_arrival::half_open : phone_arrival::stood;
        // A connection seen once between SYN and ACK is normal; seen so twice it is half open.
        if (entry.is_half_open && !half_open_.insert(entry).second) {
          to_->note(made);
        } else if (!entry.is_half_open) {
          to_->note(made);
        }
        if (to_ == nullptr) co_return;
      }
      if (half_open_.size() > most_sights) half_open_.clear();
    }
  }

  port_watch* to_;
  asio::steady_timer pause_;
  std::set<socket_entry> before_;
  std::set<socket_entry> half_open_;
};

port_watch::port_watch(asio::any_io_executor on, std::set<std::uint16_t> ports, std::string mark,
                       std::set<std::string> own, sink to)
    : on_(std::move(on)),
      ports_(std::move(ports)),
      mark_(std::move(mark)),
      own_(std::move(own)),
      to_(std::move(to)) {}

port_watch::~port_watch() { stop(); }

phone_watch port_watch::start(std::string& why) {
  packets_ = std::make_shared<by_packets>(*this);
  if (packets_->open(why)) {
    packets_->start();
    return phone_watch::capture;
  }
  packets_.reset();
  sockets_ = std::make_shared<by_sockets>(*this);
  sockets_->start();
  return phone_watch::sockets;
}

void port_watch::stop() {
  if (packets_) packets_->stop();
  if (sockets_) sockets_->stop();
  packets_.reset();
  sockets_.reset();
}

const port_sight* port_watch::find(const std::string& address, int port) const {
  const auto found = sights_.find({address, static_cast<std::uint16_t>(port)});
  return found == sights_.end() ? nullptr : &found->second;
}

void port_watch::note(const port_sight& what) {
  if (own_.contains(what.address) || is_loopback(what.address)) return;
  const std::pair key(what.address, what.port);
  const auto known = sights_.find(key);
  if (known == sights_.end()) {
    if (sights_.size() >= most_sights) return;
    sights_.emplace(key, what);
    return to_(what);
  }
  port_sight& all = known->second;
  const port_sight before = all;
  if (rank_of(what.arrival) > rank_of(all.arrival)) {
    all.arrival = what.arrival;
    all.to = what.to;
  }
  if (what.alert >= 0) all.alert = what.alert;
  if (takes_status_from(all, what)) {
    all.status = what.status;
    all.target = what.target;
    all.is_upgrade = what.is_upgrade;
  }
  all.said_hello = all.said_hello || what.said_hello;
  all.was_greeted = all.was_greeted || what.was_greeted;
  // The last connection counts, since a certificate may be repaired meanwhile.
  if (what.finished_tls || what.left_tls) {
    all.finished_tls = what.finished_tls;
    all.left_tls = what.left_tls;
  }
  all.has_mark = all.has_mark || what.has_mark;
  const bool is_news = all.arrival != before.arrival || all.alert != before.alert ||
                       all.status != before.status || all.left_tls != before.left_tls ||
                       all.has_mark != before.has_mark;
  if (is_news) to_(all);
}

std::string json_of(const port_sight* sight, phone_watch by) {
  const bool is_watched = by != phone_watch::none;
  const bool has_packets = by == phone_watch::capture;
  std::string out = std::string("{\"watched\":") + (is_watched ? "true" : "false");
  const auto flag = [&out](const char* name, std::optional<bool> value) {
    out += std::string(",\"") + name + "\":" + (!value ? "null" : *value ? "true" : "false");
  };
  const auto how = sight != nullptr ? sight->arrival : phone_arrival::none;
  if (!is_watched || (sight == nullptr && !has_packets)) {
    flag("arrived", {});
    flag("answered", {});
    flag("refused", {});
  } else {
    flag("arrived", sight != nullptr);
    flag("answered", how == phone_arrival::stood || how == phone_arrival::half_open);
    flag("refused", how == phone_arrival::refused);
  }
  const bool is_trusted = sight != nullptr && sight->finished_tls;
  const bool is_left = sight != nullptr && sight->left_tls;
  out += std::string(",\"tls\":") + (is_trusted ? "\"trusted\""
                                     : is_left  ? "\"distrusted\""
                                                : "null");
  out += ",\"alert\":";
  out +=
      sight != nullptr && sight->alert >= 0 ? "\"" + tls_alert_text(sight->alert) + "\"" : "null";
  out += ",\"status\":" +
         (sight != nullptr && sight->status != 0 ? std::to_string(sight->status) : "null");
  return out + "}";
}

bool takes_status_from(const port_sight& all, const port_sight& what) {
  if (what.status == 0) return false;
  if (all.status == 0 || what.is_upgrade != all.is_upgrade)
    return what.is_upgrade || all.status == 0;
  return !what.is_upgrade || what.target == all.target;
}

}  // namespace mqttkit::doctor
