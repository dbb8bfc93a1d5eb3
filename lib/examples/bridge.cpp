// Carries messages of one broker to another and loses none, whichever of the three is ended:
//   example_bridge FROM-HOST FROM-PORT TO-HOST TO-PORT FILTER
// A message is acknowledged to the first broker by asking for the next one, which is done once the
// second has acknowledged it. Until then the first keeps it, for its session outlives this program.
// What was under way when something ended may come twice.
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_future.hpp>
#include <cstdlib>
#include <iostream>

#include "mqttkit/client/client.hpp"

using namespace mqttkit;

asio::awaitable<int> carry(client_options from, client_options to, const char* filter) {
  const auto here = co_await asio::this_coro::executor;
  client source(here, from);
  client target(here, to);
  if (const failure why = co_await target.connect()) {
    std::cerr << to_string(why) << '\n';
    co_return 1;
  }
  if (const failure why = co_await source.connect()) {
    std::cerr << to_string(why) << '\n';
    co_return 1;
  }
  const result<grant> granted = co_await source.subscribe({filter, qos_t::at_least_once});
  if (!granted || is_failure(granted->codes[0])) co_return 1;
  std::cout << "carrying" << std::endl;
  for (;;) {
    const result<message_received> got = co_await source.receive();
    if (!got) {
      std::cerr << to_string(source.ended()) << '\n';
      co_return 1;
    }
    publish_packet message = got->message;
    message.qos = qos_t::at_least_once;
    const result<receipt> taken = co_await target.publish(message);
    if (taken) continue;
    std::cerr << to_string(target.ended()) << '\n';
    co_return 1;  // not acknowledged: it comes again
  }
}

client_options broker_at(char** words) {
  client_options options;
  options.dial.host = words[0];
  options.dial.port = static_cast<std::uint16_t>(std::atoi(words[1]));
  return options;
}

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  client_options from = broker_at(argv + 1);
  from.session.client_id = "example-bridge";
  from.session.clean_start = false;
  from.session.clean_start_again = false;
  constexpr std::uint32_t hour = 3600;  // how long the first broker keeps what waits
  if (from.session.connect_properties.add(property_id::session_expiry_interval, hour)) return 2;
  asio::io_context io;
  std::future<int> status =
      asio::co_spawn(io, carry(from, broker_at(argv + 3), argv[5]), asio::use_future);
  io.run();
  return status.get();
}
