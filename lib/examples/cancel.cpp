// Listens until it is told to stop, and goes on with the same client:  example_cancel HOST PORT
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
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

asio::awaitable<void> listen(client& c) {
  while (const result<message_received> got = co_await c.receive()) {
    std::cout << as_text(got->message.payload) << std::endl;
  }
}

asio::awaitable<int> listen_for_a_while(client_options options, asio::cancellation_signal& enough) {
  const auto here = co_await asio::this_coro::executor;
  client c(here, options);
  if (co_await c.connect()) co_return 1;
  if (!co_await c.subscribe({"news", qos_t::at_least_once})) co_return 1;

  asio::co_spawn(here, listen(c), asio::bind_cancellation_slot(enough.slot(), asio::detached));

  if (!co_await c.publish("news", "first", qos_t::at_least_once)) co_return 1;
  asio::steady_timer pause(here, 300ms);
  co_await pause.async_wait(asio::use_awaitable);
  enough.emit(asio::cancellation_type::terminal);
  std::cout << "cancelled" << std::endl;

  if (!co_await c.publish("news", "second", qos_t::at_least_once)) co_return 1;
  const result<message_received> got = co_await c.receive();
  if (!got) co_return 1;
  std::cout << as_text(got->message.payload) << std::endl;
  co_return (co_await c.disconnect(5s)) ? 1 : 0;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  client_options options;
  options.dial.host = argv[1];
  options.dial.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  asio::cancellation_signal enough;
  asio::io_context io;
  std::future<int> status =
      asio::co_spawn(io, listen_for_a_while(options, enough), asio::use_future);
  io.run();
  return status.get();
}
