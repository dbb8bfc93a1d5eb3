// Subscribes twice, publishes to itself, and only then looks at what came:
//   example_both_ways HOST PORT
// A message retained on a/1 waits meanwhile; nothing stands still because of it.
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_future.hpp>
#include <cstdlib>
#include <iostream>

#include "mqttkit/client/client.hpp"

using namespace mqttkit;
using namespace std::chrono_literals;

asio::awaitable<int> both_ways(client_options options) {
  client c(co_await asio::this_coro::executor, options);
  if (const failure why = co_await c.connect()) {
    std::cerr << to_string(why) << '\n';
    co_return 1;
  }
  if (const auto granted = co_await c.subscribe({"a/#", qos_t::at_least_once}); !granted) {
    co_return 1;
  }
  if (const auto granted = co_await c.subscribe({"b/#", qos_t::at_least_once}); !granted) {
    co_return 1;
  }
  const result<receipt> sent = co_await c.publish("b/1", "from myself", qos_t::at_least_once);
  if (!sent) co_return 1;
  std::cout << "published\n";
  for (int i = 0; i < 2; ++i) {
    const result<message_received> got = co_await c.receive();
    if (!got) co_return 1;
    std::cout << got->message.topic << ' ' << as_text(got->message.payload) << '\n';
  }
  co_return (co_await c.disconnect(5s)) ? 1 : 0;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  client_options options;
  options.dial.host = argv[1];
  options.dial.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  asio::io_context io;
  std::future<int> status = asio::co_spawn(io, both_ways(options), asio::use_future);
  io.run();
  return status.get();
}
