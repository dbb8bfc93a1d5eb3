// Two clients on one thread: one counts aloud, the other listens:  example_two_clients HOST PORT
#include <asio/co_spawn.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_future.hpp>
#include <cstdlib>
#include <iostream>
#include <string>

#include "mqttkit/client/client.hpp"

using namespace mqttkit;
using namespace std::chrono_literals;

asio::awaitable<bool> count(client& c) {
  for (int i = 1; i <= 3; ++i) {
    const std::string number = std::to_string(i);
    if (!co_await c.publish("count", number, qos_t::exactly_once)) co_return false;
  }
  co_return !co_await c.disconnect(5s);
}

asio::awaitable<bool> listen(client& c) {
  for (int i = 1; i <= 3; ++i) {
    const result<message_received> got = co_await c.receive();
    if (!got) co_return false;
    std::cout << as_text(got->message.payload) << '\n';
  }
  co_return !co_await c.disconnect(5s);
}

asio::awaitable<int> both(client_options options) {
  const auto here = co_await asio::this_coro::executor;
  client counter(here, options);
  client listener(here, options);
  using namespace asio::experimental::awaitable_operators;
  const auto [failed, listener_failed] = co_await (counter.connect() && listener.connect());
  if (failed || listener_failed) co_return 1;
  if (!co_await listener.subscribe({"count", qos_t::exactly_once})) co_return 1;
  const auto [counted, listened] = co_await (count(counter) && listen(listener));
  co_return counted&& listened ? 0 : 1;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  client_options options;
  options.dial.host = argv[1];
  options.dial.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  asio::io_context io;
  std::future<int> status = asio::co_spawn(io, both(options), asio::use_future);
  io.run();
  return status.get();
}
