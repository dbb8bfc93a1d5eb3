// Publishes one message and ends:  example_publish HOST PORT TOPIC TEXT
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_future.hpp>
#include <cstdlib>
#include <iostream>

#include "mqttkit/client/client.hpp"

using namespace mqttkit;
using namespace std::chrono_literals;

asio::awaitable<int> publish(client_options options, const char* topic, const char* text) {
  client c(co_await asio::this_coro::executor, options);
  if (const failure why = co_await c.connect()) {
    std::cerr << to_string(why) << '\n';
    co_return 1;
  }
  const result<receipt> sent = co_await c.publish(topic, text, qos_t::at_least_once);
  if (!sent || is_failure(sent->reason)) {
    std::cerr << (sent ? reason_name(sent->reason) : sent.error().message()) << '\n';
    co_return 1;
  }
  std::cout << "acknowledged\n";
  co_return (co_await c.disconnect(5s)) ? 1 : 0;
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  client_options options;
  options.dial.host = argv[1];
  options.dial.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  asio::io_context io;
  std::future<int> status =
      asio::co_spawn(io, publish(options, argv[3], argv[4]), asio::use_future);
  io.run();
  return status.get();
}
