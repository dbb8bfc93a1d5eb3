// Prints COUNT messages, over as many connections as that takes:
//   example_reconnect HOST PORT FILTER COUNT
// The client connects again by itself and asks for its subscriptions again; an observer is told.
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_future.hpp>
#include <cstdlib>
#include <iostream>

#include "mqttkit/client/client.hpp"

using namespace mqttkit;
using namespace std::chrono_literals;

class link_watch : public client_observer {
  void link_up(const connected&, const session&, std::chrono::nanoseconds) override {
    std::cout << "up" << std::endl;
  }
  void link_down(const failure&, bool, std::chrono::milliseconds) override {
    std::cout << "down" << std::endl;
  }
};

asio::awaitable<int> listen(client_options options, const char* filter, int count) {
  link_watch watch;
  client c(co_await asio::this_coro::executor, options, &watch);
  if (co_await c.connect()) co_return 1;
  if (!co_await c.subscribe({filter, qos_t::at_least_once})) co_return 1;
  while (count-- > 0) {
    const result<message_received> got = co_await c.receive();
    if (!got) {
      std::cerr << to_string(c.ended()) << '\n';
      co_return 1;
    }
    std::cout << as_text(got->message.payload) << std::endl;
  }
  co_return (co_await c.disconnect(5s)) ? 1 : 0;
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  client_options options;
  options.dial.host = argv[1];
  options.dial.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  options.backoff.maximum = 1s;
  asio::io_context io;
  std::future<int> status =
      asio::co_spawn(io, listen(options, argv[3], std::atoi(argv[4])), asio::use_future);
  io.run();
  return status.get();
}
