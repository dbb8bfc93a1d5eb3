#include "mqtt-doctor/capture/live_listener.hpp"

#include <unistd.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "common/duration_text.hpp"
#include "common/exit_code.hpp"
#include "io/awaiting.hpp"
#include "io/runner.hpp"
#include "mqtt-doctor/capture/capture_writer.hpp"
#include "mqtt-doctor/capture/live_source.hpp"
#include "mqtt-doctor/capture/local_rules.hpp"
#include "mqtt-doctor/capture/nat_twins.hpp"
#include "mqtt-doctor/capture/packet_blanker.hpp"
#include "mqtt-doctor/capture/sensor_ear.hpp"
#include "mqtt-doctor/capture/tcp_event.hpp"
#include "mqtt-doctor/capture/wiretap.hpp"
#include "mqtt-doctor/listen/connection_tracker.hpp"
#include "mqtt-doctor/listen/datagram_event.hpp"
#include "mqtt-doctor/listen/event_printer.hpp"
#include "mqtt-doctor/listen/tls_keylog.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using tools::exit_code;

using tools::as_values;

constexpr auto look_interval = 250ms;
constexpr auto settling_time = 50ms;     // the kernel hands packets over in batches, every 20 ms
constexpr std::size_t most_told = 1000;  // connections whose trouble below MQTT is reported
constexpr std::size_t most_other_ports = 200;  // counted one by one

capture_time now_on_the_clock() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

class live_listener {
 public:
  live_listener(const tools::doctor_settings& settings, tools::runner& runner)
      : settings_(settings),
        runner_(runner),
        printer_(settings.json, runner),
        keys_(settings.key_log),
        heard_(
            packet_style{settings.verbose, settings.symptom.value()},
            [this](const event& what, const event_place& where) { print(what, where); }, &keys_),
        ports_(settings.listen.ports.begin(), settings.listen.ports.end()),
        tap_(heard_, ports_,
             [this](const tcp_stream& stream, const connection_summary*) { ended(stream); }),
        sensors_(
            packet_style{settings.verbose, settings.symptom.value()},
            [this](const event& what, const event_place& where) { printer_.put(what, where); },
            sensor_tracker::room::keeps_last),
        air_(sensors_, ports_, [this] { return tap_.take_number(); }),
        blanker_(settings.listen.writes_passwords, settings.blank_addresses),
        next_look_(runner.executor()) {}

  /// What is wrong, as a line for stderr; empty when the capture can begin.
  sentence open() {
    const tools::listen_settings& listen = settings_.listen;
    live_source::request what;
    what.interface = interface();
    what.ports = ports_;
    what.address = listen.address;
    std::string why;
    switch (source_.open(what, why)) {
      case live_source::refusal::none:
        break;
      case live_source::refusal::no_right:
        return no_right();
      case live_source::refusal::no_interface: {
        return sentence(N_("--capture: there is no interface {name}; there are: {names}"),
                        {{"name", shown(what.interface)}, {"names", live_source::interfaces()}});
      }
      case live_source::refusal::no_library:
        return sentence(N_("--capture: {what}; install libpcap (Debian, Ubuntu: libpcap0.8)"),
                        {{"what", why}});
      case live_source::refusal::other:
        // The device "any" reports a missing capability by another error than other devices.
        if (!may_capture()) return no_right();
        return sentence(N_("--capture: {name} cannot be watched: {what}"),
                        {{"name", shown(what.interface)}, {"what", shown(why)}});
    }
    if (listen.write_to.empty()) return {};
    if (const std::string wrong = writer_.open(listen.write_to); !wrong.empty())
      return sentence(N_("--write: {file} cannot be written: {what}"),
                      {{"file", shown(listen.write_to)}, {"what", wrong}});
    writer_.add_interface(source_.link(), source_.snap_length(), what.interface);
    writer_.flush();
    return {};
  }

  asio::awaitable<void> run() {
    say_listening();
    // libpcap closes its own descriptor, so a duplicate is watched.
    asio::posix::stream_descriptor readable(runner_.executor(), ::dup(source_.descriptor()));
    readable_ = &readable;
    asio::co_spawn(
        runner_.executor(), [this]() { return look_around(); }, asio::detached);
    while (!is_over()) {
      auto [error] =
          co_await readable.async_wait(asio::posix::stream_descriptor::wait_read, as_values);
      if (error || is_over()) break;
      if (!take_some()) break;
      printer_.flush();
    }
    is_done_ = true;
    readable_ = nullptr;
    next_look_.cancel();
    // The kernel still holds the last batch of packets.
    asio::steady_timer settling(runner_.executor(), settling_time);
    co_await settling.async_wait(as_values);
  }

  /// Ends the connections that still stand, and prints the conclusions. True when a client came.
  bool conclude() {
    // A port on which packets never cease must not keep the program from ending.
    constexpr int most_heaps = 64;
    for (int i = 0; i < most_heaps && take_some() && took_ != 0; ++i) continue;
    tell_losses();
    tap_.finish();
    const instant now = time();
    bool somebody_came = heard_.conclude(N_("still open when listening ended"), now);
    if (sensors_.conclude(now)) somebody_came = true;
    if (tap_.counted().streams != 0) somebody_came = true;
    if (!somebody_came) {
      say_nobody(now);
    }
    const live_source::counts counted = source_.counted();
    writer_.add_statistics(0, now_on_the_clock(), counted.received, counted.dropped);
    writer_.close();
    tell_written(now);
    printer_.flush();
    return somebody_came;
  }

  asio::awaitable<void> finish_output() { return printer_.finish(); }
  bool output_failed() const { return printer_.has_failed(); }
  /// Why --write stopped early.
  sentence file_problem() const {
    if (writer_.problem().empty()) return {};
    return sentence(N_("--write: {file}: {what}; it holds {count} packets"),
                    {{"file", shown(settings_.listen.write_to)},
                     {"what", writer_.problem()},
                     {"count", std::to_string(writer_.packets())}});
  }
  const std::string& source_problem() const { return source_.problem(); }

 private:
  std::string interface() const {
    return settings_.listen.interface.empty() ? "any" : settings_.listen.interface;
  }
  bool is_over() const {
    return runner_.interrupted() != tools::interruption::none || is_done_ ||
           (settings_.listen.once && (ended_ != 0 || sensors_.ended() != 0));
  }
  static instant time() { return instant::now(); }

  static sentence no_right() {
    std::error_code ignored;
    const std::string self = std::filesystem::read_symlink("/proc/self/exe", ignored).string();
    return sentence(
        N_("--capture needs the right CAP_NET_RAW: run it with sudo, or give it to this "
           "program alone: sudo setcap cap_net_raw=ep {program}"),
        {{"program", shown(self)}});
  }

  /// False when no more packets will come.
  bool take_some() {
    const live_source::taker taker = [this](const captured_packet& packet) { take(packet); };
    took_ = source_.take(taker);
    return took_ >= 0;
  }

  void take(const captured_packet& packet) {
    bytes_view raw;
    std::size_t original = 0;
    ip_packet ip;
    if (!read_link(packet, raw, original) || !read_ip(raw, original, ip)) return;
    tcp_segment segment;
    udp_datagram datagram;
    if (read_udp(ip, datagram)) {
      // Other UDP traffic is none of the user's question, and is not written.
      sn::message said;
      std::string node;
      const bool is_ours =
          ports_.contains(datagram.source.port) || ports_.contains(datagram.destination.port);
      if (!is_ours || !read_datagram(datagram.payload, said, node)) return;
    } else if (!ip.is_fragment && read_tcp(ip, segment)) {
      const bool is_ours =
          ports_.contains(segment.source.port) || ports_.contains(segment.destination.port);
      if (!is_ours) return note_other(segment);
      if (twins_.is_twin(segment, packet.time)) return;
    } else if (!ip.is_fragment) {
      icmp_error error;
      const bool is_about_us = read_icmp(ip, error) && (ports_.contains(error.source.port) ||
                                                        ports_.contains(error.destination.port));
      if (!is_about_us) return;
    }
    captured_packet mine = packet;
    mine.number = ++count_;
    if (writer_.is_open()) {
      if (const auto bytes = blanker_.blank(mine)) writer_.write(mine, *bytes);
      // The packet's number in the written file, even when blanking failed and it was left out.
      mine.number = std::max<std::uint64_t>(1, writer_.packets());
    }
    tap_.take(mine);
    air_.take(mine, tap_.instant_of(tap_.last()));
  }

  /// A packet's number is only printed where the packet is written to a file.
  void print(const event& what, event_place where) {
    if (!writer_.is_open()) where.packet = 0;
    printer_.put(what, where);
  }

  /// Notes a connection to another port, which is reported when no client comes to the right one.
  void note_other(const tcp_segment& syn) {
    if (!syn.syn || syn.ack) return;
    const std::uint16_t port = syn.destination.port;
    if (other_ports_.size() < most_other_ports || other_ports_.contains(port)) ++other_ports_[port];
  }

  void ended(const tcp_stream& stream) {
    ++ended_;
    tell(stream);
    told_.erase(stream.number());
  }

  void tell(const tcp_stream& stream) {
    if (told_.contains(stream.number()) || told_.size() >= most_told) return;
    const stream_fact story = stream.story(tap_.last());
    const capture_place place = rules_.place_of(story.client.address, story.broker.address);
    if (!tcp_event(story, place) || is_of_flood(stream, story)) return;
    const bool is_stopped =
        story.ending == stream_ending::unanswered || story.ending == stream_ending::refused ||
        story.ending == stream_ending::unreachable || story.ending == stream_ending::half_open;
    const auto rule = is_stopped ? rules_.stopping(story) : std::nullopt;
    const auto made = tcp_event(story, place, rule ? &*rule : nullptr);
    told_.insert(stream.number());
    event_place where;
    where.when = time().shown;
    where.connection = stream.number();
    where.client = to_string(stream.client());
    printer_.put(*made, where);
  }

  /// Whether the SYN is part of a flood. The first ones of a flood are not known to be that yet.
  bool is_of_flood(const tcp_stream& stream, const stream_fact& story) const {
    constexpr std::size_t many = 50;
    constexpr double patience_s = 5;
    if (stream.stands() || story.attempts != 1) return false;
    const std::uint16_t port = stream.broker().port;
    if (flooded_.contains(port)) return !tap_.flood().is_real(stream.client(), port);
    return told_.size() >= many && story.waited_s < patience_s;
  }

  void tell_flood() {
    const capture_time now = now_on_the_clock();
    for (const std::uint16_t port : ports_) {
      if (flooded_.contains(port)) continue;
      const auto flood = tap_.flood().of(port, now);
      if (!flood) continue;
      flooded_.insert(port);
      event made(event_kind::flood);
      made.keep("port", std::int64_t{port});
      made.keep("syns", static_cast<std::int64_t>(flood->syns));
      made.keep("addresses", static_cast<std::int64_t>(flood->addresses));
      made.keep("answered", static_cast<std::int64_t>(flood->answered));
      made.say(sentence(N_("port {port} is flooded: {count} SYNs in {time}, the first {watched} "
                           "from {addresses} addresses, of which hardly one goes on"),
                        {{"port", std::to_string(port)},
                         {"count", std::to_string(flood->syns)},
                         {"time", tools::rough_text(flood->seconds)},
                         {"watched", std::to_string(flood->watched)},
                         {"addresses", std::to_string(flood->addresses)}}));
      made.say(N_("where they are not answered: sudo sysctl net.ipv4.tcp_syncookies=1"));
      heard_.tell(0, made, time());
    }
  }

  asio::awaitable<void> look_around() {
    while (!is_over()) {
      next_look_.expires_after(look_interval);
      co_await next_look_.async_wait(as_values);
      if (is_over()) co_return;
      if (count_ != 0) {
        const capture_time now = now_on_the_clock();
        tap_.look(now);
        sensors_.look(tap_.instant_of({0, now}));
      }
      tap_.each_open([this](const tcp_stream& stream) {
        if (!stream.stands()) tell(stream);
      });
      tell_losses();
      tell_flood();
      writer_.flush();
      printer_.flush();
      if (is_over() && readable_ != nullptr) readable_->cancel();
    }
  }

  void tell_losses() {
    const live_source::counts now = source_.counted();
    if (now.dropped == lost_) return;
    event made(event_kind::lost);
    made.keep("packets", static_cast<std::int64_t>(now.dropped));
    made.say(
        sentence(N_("{count} packets were lost: they came faster than they could be read"),
                 {{"count", std::to_string(now.dropped - std::exchange(lost_, now.dropped))}}));
    heard_.tell(0, made, time());
  }

  std::string port_list() const {
    std::string list;
    for (const std::uint16_t port : ports_)
      list += (list.empty() ? "" : ", ") + std::to_string(port);
    return list;
  }

  void say_listening() {
    event made(event_kind::listening);
    made.keep("port", std::int64_t{*ports_.begin()}).keep("address", settings_.listen.address);
    made.keep("ports", port_list()).keep("interface", interface());
    made.say(sentence(N_("watching port {ports} on {interface}"),
                      {{"ports", port_list()}, {"interface", shown(interface())}}));
    made.say(N_("nothing is touched")).say(N_("Ctrl-C ends it"));
    heard_.tell(0, made, time());
    printer_.flush();
  }

  void say_nobody(const instant& now) {
    const double waited =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    std::map<std::string, std::string> with{{"port", port_list()},
                                            {"time", tools::rough_text(waited)}};
    std::vector<std::pair<std::uint64_t, std::uint16_t>> often;
    for (const auto& [port, times] : other_ports_) often.emplace_back(times, port);
    std::sort(often.rbegin(), often.rend());
    std::string others;
    constexpr std::size_t most_named = 5;
    for (std::size_t i = 0; i < often.size() && i < most_named; ++i)
      others += (others.empty() ? "" : ", ") + std::to_string(often[i].second);
    with["others"] = others;
    const sentence told(
        interface() == "lo"
            ? N_("Not one packet for port {port} passed the loopback interface in {time}: no "
                 "program of this machine asked for it. What comes from others does not pass "
                 "there: "
                 "--capture without a name watches all interfaces.")
        : others.empty()
            ? N_("Not one packet for port {port} arrived in {time}, nor a connection to any other "
                 "port. If somebody tried meanwhile, the security group, a router or a wrong "
                 "address stands before this server; if nobody did, watch again and try then.")
            : N_("Not one packet for port {port} arrived in {time}, while connections to other "
                 "ports did ({others}): this server is reached. If the app tried meanwhile, the "
                 "security group or the router does not let this port through, or the app has "
                 "another port."),
        std::move(with));
    event said(event_kind::verdict);
    said.keep("id", "nobody-came").keep("other_ports", others).keep_sentence(doctor::say(told));
    said.say(told);
    heard_.tell(0, said, now);
  }

  void tell_written(const instant& now) {
    if (settings_.listen.write_to.empty() || !writer_.problem().empty()) return;
    event made(event_kind::written);
    made.keep("file", settings_.listen.write_to);
    made.keep("packets", static_cast<std::int64_t>(writer_.packets()));
    made.say(sentence(N_("{count} packets are in {file}"),
                      {{"count", std::to_string(writer_.packets())},
                       {"file", shown(settings_.listen.write_to)}}));
    heard_.tell(0, made, now);
  }

  const tools::doctor_settings& settings_;
  tools::runner& runner_;
  event_printer printer_;
  tls_keylog keys_;
  connection_tracker heard_;
  std::set<std::uint16_t> ports_;
  wiretap tap_;
  sensor_tracker sensors_;
  sensor_ear air_;
  live_source source_;
  nat_twins twins_;
  packet_blanker blanker_;
  capture_writer writer_;
  local_rules rules_;
  asio::steady_timer next_look_;
  asio::posix::stream_descriptor* readable_ = nullptr;  // non-null while run() waits for it
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::map<std::uint16_t, std::uint64_t> other_ports_;
  std::set<std::uint64_t> told_;
  std::set<std::uint16_t> flooded_;
  std::uint64_t count_ = 0;
  std::uint64_t ended_ = 0;
  std::uint64_t lost_ = 0;
  int took_ = 0;  // packets in the last batch
  bool is_done_ = false;
};

}  // namespace

int listen_to_packets(const tools::doctor_settings& settings, const tools::stderr_log& log) {
  choose_language(settings.language);
  tools::runner runner;
  live_listener here(settings, runner);
  if (const sentence wrong = here.open(); !wrong.empty()) {
    log.say(say(wrong));
    return static_cast<int>(exit_code::failed);
  }
  const auto work = [&]() -> asio::awaitable<exit_code> {
    if (settings.listen.limit.count() != 0)
      runner.interrupt_after(settings.listen.limit, tools::interruption::timeout);
    co_await here.run();
    co_await here.finish_output();  // leave room for the last sentences
    const bool somebody_came = here.conclude();
    co_await here.finish_output();
    const sentence unwritten = here.file_problem();
    if (!unwritten.empty()) log.say(say(unwritten));
    if (runner.interrupted() == tools::interruption::sigint) co_return exit_code::interrupted;
    if (runner.interrupted() == tools::interruption::sigterm) co_return exit_code::terminated;
    if (here.output_failed() || !unwritten.empty()) co_return exit_code::output_failed;
    if (!here.source_problem().empty()) {
      log.say(
          say(sentence(N_("--capture ended: {what}"), {{"what", shown(here.source_problem())}})));
      co_return exit_code::failed;
    }
    co_return somebody_came ? exit_code::done : exit_code::timeout;
  };
  return static_cast<int>(runner.run(work));
}

}  // namespace mqttkit::doctor
