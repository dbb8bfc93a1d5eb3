#include <algorithm>
#include <array>
#include <asio/error.hpp>
#include <asio/ip/address.hpp>
#include <asio/this_coro.hpp>
#include <charconv>
#include <utility>

#include "mqttkit/base/text.hpp"
#include "mqttkit/client/sn_client.hpp"
#include "mqttkit/sn/error.hpp"

namespace mqttkit::sn {
namespace {

// The link alone: what is further away is named, not searched for.
constexpr unsigned hops = 1;
constexpr std::size_t largest_answer = 255;  // GWINFO and ADVERTISE are short

/// "192.0.2.1:1884" or "[2001:db8::1]:1884" taken apart.
void take_apart(const std::string& name, found_gateway& into) {
  const std::size_t colon = name.rfind(':');
  into.host = name.substr(0, colon);
  if (into.host.starts_with('[')) into.host = into.host.substr(1, into.host.size() - 2);
  std::from_chars(name.data() + colon + 1, name.data() + name.size(), into.port);
}

/// GwAdd of a GWINFO that another client sent (§5.3.5): of IP it is the address.
bool take_address(const std::string& bytes, std::uint16_t port, found_gateway& into) {
  asio::ip::address_v4::bytes_type four;
  asio::ip::address_v6::bytes_type sixteen;
  if (bytes.size() == four.size()) {
    std::copy(bytes.begin(), bytes.end(), four.begin());
    into.host = asio::ip::address_v4(four).to_string();
  } else if (bytes.size() == sixteen.size()) {
    std::copy(bytes.begin(), bytes.end(), sixteen.begin());
    into.host = asio::ip::address_v6(sixteen).to_string();
  } else {
    return false;
  }
  into.port = port;
  return true;
}

}  // namespace

bool is_group(const std::string& host) {
  std::error_code wrong;
  const asio::ip::address address = asio::ip::make_address(host, wrong);
  if (wrong) return false;
  return address.is_multicast() ||
         (address.is_v4() && address.to_v4() == asio::ip::address_v4::broadcast());
}

asio::awaitable<found_gateway> find_gateway(udp_options at, std::chrono::milliseconds limit) {
  found_gateway found;
  const std::string name = host_and_port(at.host, at.port);
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  udp_group group(executor, at.bind_address);
  std::error_code error;
  const asio::ip::address address = asio::ip::make_address(at.host, error);
  if (!error) error = group.open(asio::ip::udp::endpoint(address, at.port), hops);
  if (error) {
    found.why = failure(stage::connect, name, error);
    co_return found;
  }
  search_options options;
  options.radius = hops;
  options.wait = std::chrono::seconds(1);  // a person waits, and it is their own network
  gateway_search search(options);
  search.start(client::now());
  const auto until = client::now() + limit;
  for (;;) {
    if (!search.output().empty()) {
      error = group.send(search.output());
      search.written();
      if (error && error != asio::error::would_block) {
        found.why = failure(stage::connect, name, error);
        co_return found;
      }
    }
    std::array<std::byte, largest_answer> room;
    std::size_t size = 0;
    std::string from;
    while (!group.receive(room, size, from)) {
      if (!search.feed(bytes_view(room).first(size), from, client::now())) continue;
      found.answer = search.gateways().back();
      const bool is_there =
          found.answer.address.empty() || take_address(found.answer.address, at.port, found);
      if (!is_there) continue;
      if (found.answer.address.empty()) take_apart(from, found);
      co_return found;
    }
    if (search.is_over() || client::now() >= until) {
      found.why = failure(stage::connect, name, errc::gateway_lost, "nobody answered the search");
      co_return found;
    }
    const auto wake_at = std::min(search.deadline(), until);
    error = co_await group.wait(wake_at);
    if (error == asio::error::operation_aborted) {
      found.why = failure(stage::connect, name, error);
      co_return found;
    }
    search.expire(client::now());
  }
}

}  // namespace mqttkit::sn
