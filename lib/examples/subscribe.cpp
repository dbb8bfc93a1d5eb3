// Prints COUNT messages and ends:  example_subscribe HOST PORT FILTER COUNT
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_future.hpp>
#include <cstdlib>
#include <iostream>

#include "mqttkit/client/client.hpp"

using namespace mqttkit;
using namespace std::chrono_literals;

asio::awaitable<int> subscribe(client_options options, const char* filter, int count) {
  client c(co_await asio::this_coro::executor, options);
  if (const failure why = co_await c.connect()) {
    std::cerr << to_string(why) << '\n';
    co_return 1;
  }
  const result<grant> granted = co_await c.subscribe({filter, qos_t::at_least_once});
  if (!granted || is_failure(granted->codes[0])) co_return 1;
  std::cout << "subscribed" << std::endl;
  while (count-- > 0) {
    const result<message_received> got = co_await c.receive();
    if (!got) {
      std::cerr << to_string(c.ended()) << '\n';
      co_return 1;
    }
    std::cout << got->message.topic << ' ' << as_text(got->message.payload) << std::endl;
  }
  co_return (co_await c.disconnect(5s)) ? 1 : 0;
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  client_options options;
  options.dial.host = argv[1];
  options.dial.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  asio::io_context io;
  std::future<int> status =
      asio::co_spawn(io, subscribe(options, argv[3], std::atoi(argv[4])), asio::use_future);
  io.run();
  return status.get();
}
