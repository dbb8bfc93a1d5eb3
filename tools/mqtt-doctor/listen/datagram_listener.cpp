#include "mqtt-doctor/listen/datagram_listener.hpp"

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/ip/multicast.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

#include "common/duration_text.hpp"
#include "io/awaiting.hpp"
#include "mqtt-doctor/listen/conclusion.hpp"
#include "mqtt-doctor/listen/datagram_event.hpp"
#include "mqtt-doctor/listen/listening_end.hpp"
#include "mqtt-doctor/probes/network/network_probes.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {

namespace ip = asio::ip;
using namespace std::chrono_literals;

namespace {

using tools::as_values;

constexpr std::size_t room_bytes = 65'535;  // bytes of the largest datagram
constexpr auto look_interval = 500ms;       // how often silence is judged

}  // namespace

struct passage {
  passage(const asio::any_io_executor& executor, const ip::udp::endpoint& from)
      : client(from), gateway(executor) {}

  ip::udp::endpoint client;
  ip::udp::socket gateway;
  std::size_t address = 0;                       // index into the gateway's addresses
  std::size_t refusals = 0;                      // refusals in a row
  std::vector<std::byte> last_sent;              // the client's last datagram
  std::map<std::string, std::uint64_t> numbers;  // by node address; "" without a forwarder
  moment last = std::chrono::steady_clock::now();
  bool is_over = false;
};

datagram_listener::datagram_listener(const tools::doctor_settings& settings, tools::runner& runner)
    : settings_(settings),
      runner_(runner),
      printer_(settings.json, runner),
      heard_(
          packet_style{settings.verbose, settings.symptom.value()},
          [this](const event& what, const event_place& where) { printer_.put(what, where); },
          sensor_tracker::room::keeps_last),
      socket_(runner.executor()),
      next_look_(runner.executor()) {}

std::error_code datagram_listener::open() {
  ip::udp::endpoint at;
  std::error_code error = open_listening(socket_, settings_, at);
  if (error) return error;
  if (at.address().is_multicast()) {
    // Other programs may listen to the same group, and each gets its datagrams.
    std::error_code ignored;
    socket_.set_option(asio::socket_base::reuse_address(true), ignored);
    socket_.set_option(ip::multicast::join_group(at.address()), error);
    if (error) return error;
  }
  socket_.bind(at, error);
  if (!error) socket_.non_blocking(true, error);
  return error;
}

asio::awaitable<std::error_code> datagram_listener::find_broker(std::string& wrong) {
  const std::error_code error =
      co_await look_up_forward<udp>(runner_.executor(), settings_.listen, gateway_);
  if (holds_own_end(settings_.listen, gateway_))
    wrong = "--forward names the port that is listened on; let the gateway listen on another one";
  co_return error;
}

bool datagram_listener::is_over() const {
  if (is_done_ || runner_.interrupted() != tools::interruption::none) return true;
  // Only with a gateway can a client disconnect.
  return settings_.listen.once &&
         (gateway_.empty() ? !heard_.sensors().empty() : heard_.ended() != 0);
}

asio::awaitable<void> datagram_listener::run() {
  co_await asio::this_coro::throw_if_cancelled(false);
  began_ = std::chrono::steady_clock::now();
  say_listening();
  asio::co_spawn(
      runner_.executor(), [this]() { return look_around(); }, asio::detached);
  std::vector<std::byte> room(room_bytes);
  while (!is_over()) {
    auto [error] = co_await socket_.async_wait(ip::udp::socket::wait_read, as_values);
    if (error || is_over()) break;
    for (;;) {
      ip::udp::endpoint from;
      std::error_code nothing;
      const std::size_t size = socket_.receive_from(asio::buffer(room), from, 0, nothing);
      if (nothing || is_over()) break;  // also ICMP errors about clients that are gone
      take(from, bytes_view(room).first(size));
    }
    printer_.flush();
  }
  is_done_ = true;
  next_look_.cancel();
  // The gateway's answer to the client's last message is still on its way.
  if (settings_.listen.once && !gateway_.empty()) {
    asio::steady_timer settling(runner_.executor(), look_interval);
    co_await settling.async_wait(as_values);
  }
}

std::shared_ptr<passage> datagram_listener::passage_of(const udp::endpoint& from) {
  const auto known = passages_.find(from);
  if (known != passages_.end()) return known->second;
  if (passages_.size() >= most_passages) {
    const auto idle = std::min_element(
        passages_.begin(), passages_.end(),
        [](const auto& each, const auto& other) { return each.second->last < other.second->last; });
    std::error_code ignored;
    idle->second->is_over = true;
    idle->second->gateway.close(ignored);
    passages_.erase(idle);
  }
  auto made = std::make_shared<passage>(runner_.executor(), from);
  for (std::size_t i = 0; i < gateway_.size() && !open_to(*made, i); ++i) continue;
  passages_.emplace(from, made);
  if (!gateway_.empty())
    asio::co_spawn(
        runner_.executor(), [this, made]() { return bring_back(made); }, asio::detached);
  return made;
}

bool datagram_listener::open_to(passage& way, std::size_t address) {
  const udp::endpoint& at = gateway_[address];
  std::error_code error;
  way.address = address;
  way.gateway.close(error);
  way.gateway.open(at.protocol(), error);
  if (!error) way.gateway.connect(at, error);
  if (!error) way.gateway.non_blocking(true, error);
  return !error;
}

/// Tries the gateway's next address: a name such as localhost may have one where nobody listens.
bool datagram_listener::tries_another(passage& way, const std::error_code& error) {
  if (error != asio::error::connection_refused || ++way.refusals >= gateway_.size()) return false;
  if (!open_to(way, (way.address + 1) % gateway_.size())) return false;
  std::error_code ignored;
  way.gateway.send(asio::buffer(way.last_sent), 0, ignored);
  return true;
}

void datagram_listener::take(const udp::endpoint& from, bytes_view datagram) {
  const std::shared_ptr<passage> way = passage_of(from);
  way->last = std::chrono::steady_clock::now();
  std::error_code error;
  if (!gateway_.empty()) {
    way->last_sent.assign(datagram.begin(), datagram.end());
    way->gateway.send(asio::buffer(way->last_sent), 0, error);
  }
  hear(*way, side::client, datagram);
  // A full buffer loses a datagram, as any network does.
  if (!error || error == asio::error::would_block) return;
  if (!tries_another(*way, error)) return failed(*way, error);
  // The new address needs a new socket, and so a new wait for answers.
  asio::co_spawn(
      runner_.executor(), [this, way]() { return bring_back(way); }, asio::detached);
}

asio::awaitable<void> datagram_listener::bring_back(std::shared_ptr<passage> way) {
  std::vector<std::byte> room(room_bytes);
  while (!way->is_over) {
    auto [error, size] = co_await way->gateway.async_receive(asio::buffer(room), as_values);
    if (way->is_over || error == asio::error::operation_aborted ||
        error == asio::error::bad_descriptor)
      co_return;
    if (error) {
      if (!tries_another(*way, error)) failed(*way, error);
      printer_.flush();
      continue;
    }
    way->refusals = 0;
    const bytes_view datagram = bytes_view(room).first(size);
    std::error_code ignored;
    socket_.send_to(asio::buffer(room.data(), size), way->client, 0, ignored);
    hear(*way, side::broker, datagram);
    printer_.flush();
  }
}

std::uint64_t datagram_listener::number_of(passage& of, const std::string& node,
                                           const instant& now) {
  const auto known = of.numbers.find(node);
  if (known != of.numbers.end() && heard_.follows(known->second)) return known->second;
  if (known == of.numbers.end() && of.numbers.size() >= most_nodes)
    return of.numbers.begin()->second;
  sensor_ends ends;
  ends.client =
      text_of_end(of.client.address(), of.client.port()) + (node.empty() ? "" : " node " + node);
  ends.client_address = plain_address(of.client.address()).to_string();
  ends.client_port = of.client.port();
  if (!gateway_.empty()) {
    ends.gateway_address = settings_.listen.forward_host;
    ends.gateway_port = settings_.listen.forward_port;
  }
  const std::uint64_t number = of.numbers[node] = ++numbers_;
  heard_.opened(number, ends, now);
  return number;
}

void datagram_listener::hear(passage& of, side from, bytes_view datagram) {
  const instant now = instant::now();
  sn::message said;
  std::string node;
  const bool is_message = read_datagram(datagram, said, node);
  const std::uint64_t number = number_of(of, node, now);
  if (is_message) {
    heard_.heard(number, from, said, now);
  } else {
    heard_.heard_other(number, from, datagram, now);
  }
}

void datagram_listener::failed(passage& of, const std::error_code& error) {
  const instant now = instant::now();
  const std::uint64_t number =
      number_of(of, of.numbers.empty() ? "" : of.numbers.begin()->first, now);
  const bool is_refusal = error == asio::error::connection_refused;
  heard_.forward_failed(number, is_refusal ? "ECONNREFUSED" : error.message(),
                        is_refusal ? N_("connection refused") : error.message(), now);
}

asio::awaitable<void> datagram_listener::look_around() {
  while (!is_over()) {
    next_look_.expires_after(look_interval);
    auto [error] = co_await next_look_.async_wait(as_values);
    if (error || is_done_) co_return;
    heard_.look(instant::now());
    printer_.flush();
  }
  // With --once, the waiting receive must notice the end.
  std::error_code ignored;
  socket_.cancel(ignored);
}

bool datagram_listener::conclude() {
  is_done_ = true;
  next_look_.cancel();
  std::error_code ignored;
  for (const auto& [client, way] : passages_) {
    way->is_over = true;
    way->gateway.close(ignored);
  }
  const instant now = instant::now();
  const bool somebody_came = heard_.conclude(now);
  if (!somebody_came) {
    const auto waited = std::chrono::steady_clock::now() - began_;
    const sentence verdict = words(
        N_("Nothing reached UDP port {port} in {time}. If the sensor sent something meanwhile, a "
           "firewall or a security group that lets in TCP alone, a router, a wrong address, or "
           "another port in the sensor stands before it."),
        {{"port", std::to_string(settings_.listen.port)},
         {"time", tools::rough_text(std::chrono::duration<double>(waited).count())}});
    event said(event_kind::verdict);
    said.keep("id", "nobody-came").keep_sentence(say(verdict));
    said.say(verdict);
    event_place where;
    where.when = now.shown;
    printer_.put(said, where);
  }
  printer_.flush();
  return somebody_came;
}

void datagram_listener::say_listening() {
  const tools::listen_settings& listen = settings_.listen;
  std::error_code ignored;
  const udp::endpoint local = socket_.local_endpoint(ignored);
  const std::string at = text_of_end(local.address(), local.port());
  const std::string port = std::to_string(listen.port);
  event made(event_kind::listening);
  made.keep(protocol_field, "mqtt-sn").keep("port", std::int64_t{listen.port}).keep("address", at);
  const std::string gateway =
      listen.forward_host.empty() ? "" : host_and_port(listen.forward_host, listen.forward_port);
  made.keep("forward", gateway);
  const bool is_group = local.address().is_multicast();
  made.say(listen.address.empty()
               ? words(N_("listening on UDP port {port}, all addresses"), {{"port", port}})
           : is_group ? words(N_("listening to the group {address} (UDP)"), {{"address", at}})
                      : words(N_("listening on {address} (UDP)"), {{"address", at}}));
  if (gateway.empty()) {
    made.say(N_("nothing is answered"));
  } else {
    made.say(words(N_("in front of {broker}"), {{"broker", gateway}}));
  }
  made.say(N_("Ctrl-C ends it"));
  event_place where;
  where.when = std::chrono::system_clock::now();
  printer_.put(made, where);
  printer_.flush();
}

}  // namespace mqttkit::doctor
