// Waits for a message for so long and no longer:  example_timeout HOST PORT
// A wait that is given up takes no message with it: the next one gets what came.
#include <asio/co_spawn.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <cstdlib>
#include <iostream>

#include "mqttkit/client/client.hpp"

using namespace mqttkit;
using namespace std::chrono_literals;

// receive() itself is no good here: what || gives up may have got a message in the same moment.
asio::awaitable<const message_received*> receive_within(client& c,
                                                        std::chrono::milliseconds limit) {
  using namespace asio::experimental::awaitable_operators;
  if (const message_received* const got = c.try_receive()) co_return got;
  asio::steady_timer timer(co_await asio::this_coro::executor, limit);
  co_await (c.readable() || timer.async_wait(asio::use_awaitable));
  co_return c.try_receive();
}

asio::awaitable<int> wait_twice(client_options options) {
  client c(co_await asio::this_coro::executor, options);
  if (const failure why = co_await c.connect()) {
    std::cerr << to_string(why) << '\n';
    co_return 1;
  }
  if (!co_await c.subscribe({"echo", qos_t::at_least_once})) co_return 1;
  if (!co_await receive_within(c, 200ms)) std::cout << "nothing yet\n";
  if (!co_await c.publish("echo", "hello", qos_t::at_least_once)) co_return 1;
  const message_received* const got = co_await receive_within(c, 10s);
  if (!got) co_return 1;
  std::cout << as_text(got->message.payload) << '\n';
  co_return (co_await c.disconnect(5s)) ? 1 : 0;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  client_options options;
  options.dial.host = argv[1];
  options.dial.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  options.connect_timeout = 10s;
  asio::io_context io;
  std::future<int> status = asio::co_spawn(io, wait_twice(options), asio::use_future);
  io.run();
  return status.get();
}
