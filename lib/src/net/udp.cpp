#include "mqttkit/net/udp.hpp"

#include <algorithm>
#include <asio/error.hpp>
#include <asio/ip/multicast.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "mqttkit/base/error.hpp"
#include "mqttkit/net/wakeup.hpp"
#include "net/connect.hpp"
#include "net/resolve.hpp"

namespace mqttkit {
namespace {

using clock = std::chrono::steady_clock;
using asio::ip::udp;

/// One wait of a socket, whose end wakes whoever waits.
class readiness {
 public:
  explicit readiness(const asio::any_io_executor& executor) : socket(executor), waiter_(executor) {}

  void wake() { waiter_.notify(); }

  /// @param self  keeps this object while the socket waits
  template <class State>
  void watch(const std::shared_ptr<State>& self) {
    if (is_watching_) return;
    is_watching_ = true;
    socket.async_wait(udp::socket::wait_read, [self, this](std::error_code) {
      is_watching_ = false;
      wake();
    });
  }

  asio::awaitable<std::error_code> wait(clock::time_point until) {
    if (until == clock::time_point::max()) return waiter_.wait();
    const auto left = until - clock::now();
    return waiter_.wait_for(std::max(left, decltype(left)::zero()));
  }

  udp::socket socket;

 private:
  wakeup waiter_;
  bool is_watching_ = false;
};

std::error_code receive_from(udp::socket& socket, std::span<std::byte> into, std::size_t& size,
                             udp::endpoint& from) {
  std::error_code error;
  size = socket.receive_from(asio::buffer(into.data(), into.size()), from, 0, error);
  return error;
}

}  // namespace

struct udp_link::state : readiness {
  using readiness::readiness;

  std::error_code use(std::size_t index) {
    std::error_code error;
    socket.close(error);
    const udp::endpoint peer(addresses[index], options.port);
    name = name_of(addresses[index], options.port);
    socket.open(peer.protocol(), error);
    if (!error && local) {
      const udp::endpoint from(*local, 0);
      socket.bind(from, error);
    }
    if (!error) socket.connect(peer, error);
    if (!error) socket.non_blocking(true, error);
    return error;
  }

  udp_options options;
  std::optional<asio::ip::address> local;
  std::vector<asio::ip::address> addresses;
  std::size_t at = 0;
  std::string name;
};

udp_link::udp_link(asio::any_io_executor executor) : state_(std::make_shared<state>(executor)) {}

udp_link::~udp_link() { close(); }

asio::awaitable<failure> udp_link::open(udp_options options, dial_observer* observer) {
  const std::shared_ptr<state> self = state_;
  self->options = std::move(options);
  if (!self->options.bind_address.empty()) {
    std::error_code wrong;
    self->local = asio::ip::make_address(self->options.bind_address, wrong);
    if (wrong) {
      co_return failure(stage::set_up, self->options.bind_address, errc::invalid_option,
                        "not an IP address");
    }
  }
  resolve_result found = co_await resolve(self->options.host, self->options.addresses,
                                          self->options.resolve_timeout, observer);
  if (found.why) co_return std::move(found.why);
  self->addresses = std::move(found.addresses);
  failure first;
  for (std::size_t i = 0; i < self->addresses.size(); ++i) {
    const auto begun = clock::now();
    const std::error_code error = self->use(i);
    if (observer != nullptr) {
      observer->step_begins(stage::connect, self->name);
      step_report report;
      report.at = stage::connect;
      report.subject = self->name;
      report.error = error;
      report.detail = "UDP, nothing sent yet";
      report.took = clock::now() - begun;
      observer->step_ended(report);
    }
    self->at = i;
    if (!error) co_return failure();
    if (!first) first = failure(stage::connect, self->name, error);
  }
  co_return first;
}

bool udp_link::next_address() {
  const std::size_t count = state_->addresses.size();
  for (std::size_t step = 1; step < count; ++step) {
    const std::size_t index = (state_->at + step) % count;
    if (state_->use(index)) continue;
    state_->at = index;
    return true;
  }
  if (count > 1) static_cast<void>(state_->use(state_->at));
  return false;
}

std::size_t udp_link::address_count() const noexcept { return state_->addresses.size(); }

std::error_code udp_link::send(bytes_view datagram) {
  std::error_code error;
  state_->socket.send(asio::buffer(datagram.data(), datagram.size()), 0, error);
  return error;
}

std::error_code udp_link::receive(std::span<std::byte> into, std::size_t& size) {
  std::error_code error;
  size = state_->socket.receive(asio::buffer(into.data(), into.size()), 0, error);
  return error;
}

asio::awaitable<std::error_code> udp_link::wait(time_point until) {
  state_->watch(state_);
  return state_->wait(until);
}

void udp_link::wake() { state_->wake(); }

const std::string& udp_link::peer() const noexcept { return state_->name; }

std::string udp_link::local() const {
  std::error_code error;
  const udp::endpoint at = state_->socket.local_endpoint(error);
  return error ? std::string() : name_of(at.address(), at.port());
}

void udp_link::close() noexcept {
  std::error_code ignored;
  state_->socket.close(ignored);
}

struct udp_group::state : readiness {
  using readiness::readiness;
  udp::endpoint group;
  std::string from_address;
};

udp_group::udp_group(asio::any_io_executor executor, std::string from_address)
    : state_(std::make_shared<state>(executor)) {
  state_->from_address = std::move(from_address);
}

udp_group::~udp_group() {
  std::error_code ignored;
  state_->socket.close(ignored);
}

std::error_code udp_group::open(const udp::endpoint& group, unsigned hops) {
  state& self = *state_;
  self.group = group;
  std::error_code error;
  self.socket.open(group.protocol(), error);
  if (error) return error;
  std::error_code ignored;
  self.socket.set_option(udp::socket::reuse_address(true), ignored);
  std::error_code unbound;
  self.socket.bind(udp::endpoint(group.protocol(), group.port()), unbound);
  if (!group.address().is_multicast()) {
    self.socket.set_option(asio::socket_base::broadcast(true), error);
  } else {
    std::error_code wrong;
    const asio::ip::address local = asio::ip::make_address(self.from_address, wrong);
    const bool has_interface = !wrong && local.is_v4() && group.address().is_v4();
    if (has_interface) {
      self.socket.set_option(asio::ip::multicast::outbound_interface(local.to_v4()), error);
    }
    self.socket.set_option(asio::ip::multicast::hops(static_cast<int>(hops)), ignored);
    // Where the port is taken we hear answers only, which is enough for a search.
    if (has_interface) {
      self.socket.set_option(
          asio::ip::multicast::join_group(group.address().to_v4(), local.to_v4()), ignored);
    } else {
      self.socket.set_option(asio::ip::multicast::join_group(group.address()), ignored);
    }
  }
  if (!error) self.socket.non_blocking(true, error);
  return error;
}

std::error_code udp_group::send(bytes_view datagram) {
  std::error_code error;
  state_->socket.send_to(asio::buffer(datagram.data(), datagram.size()), state_->group, 0, error);
  return error;
}

std::error_code udp_group::receive(std::span<std::byte> into, std::size_t& size,
                                   std::string& from) {
  udp::endpoint sender;
  const std::error_code error = receive_from(state_->socket, into, size, sender);
  if (!error) from = name_of(sender.address(), sender.port());
  return error;
}

asio::awaitable<std::error_code> udp_group::wait(clock::time_point until) {
  state_->watch(state_);
  return state_->wait(until);
}

}  // namespace mqttkit
