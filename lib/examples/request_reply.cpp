// Asks, and prints the reply; with "serve" it is the one that answers (MQTT 5.0 §4.10):
//   example_request_reply HOST PORT serve
//   example_request_reply HOST PORT TEXT
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_future.hpp>
#include <cstdlib>
#include <iostream>
#include <string>

#include "mqttkit/client/client.hpp"

using namespace mqttkit;
using namespace std::chrono_literals;

// Answers one request.
asio::awaitable<int> serve(client_options options) {
  client c(co_await asio::this_coro::executor, options);
  if (co_await c.connect()) co_return 1;
  if (!co_await c.subscribe({"service", qos_t::at_least_once})) co_return 1;
  std::cout << "ready" << std::endl;
  const result<message_received> request = co_await c.receive();
  if (!request) co_return 1;
  const properties_view asked = request->message.properties;
  properties with;
  if (const auto mark = asked.text(property_id::correlation_data)) {
    if (with.add(property_id::correlation_data, *mark)) co_return 1;
  }
  const std::string text = "you said " + std::string(as_text(request->message.payload));
  publish_packet reply;
  reply.topic = asked.text(property_id::response_topic).value_or("nowhere");
  reply.payload = as_bytes(text);
  reply.qos = qos_t::at_least_once;
  reply.properties = with;
  if (!co_await c.publish(reply)) co_return 1;
  co_return (co_await c.disconnect(5s)) ? 1 : 0;
}

asio::awaitable<int> ask(client_options options, const char* text) {
  client c(co_await asio::this_coro::executor, options);
  if (co_await c.connect()) co_return 1;
  const std::string here = "reply/" + c.protocol().client_id();
  if (!co_await c.subscribe({here, qos_t::at_least_once})) co_return 1;
  properties with;
  if (with.add(property_id::response_topic, here)) co_return 1;
  if (with.add(property_id::correlation_data, "1")) co_return 1;
  publish_packet request;
  request.topic = "service";
  request.payload = as_bytes(text);
  request.qos = qos_t::at_least_once;
  request.properties = with;
  if (!co_await c.publish(request)) co_return 1;
  const result<message_received> reply = co_await c.receive();
  if (!reply) co_return 1;
  if (reply->message.properties.text(property_id::correlation_data) != "1") co_return 1;
  std::cout << as_text(reply->message.payload) << '\n';
  co_return (co_await c.disconnect(5s)) ? 1 : 0;
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  client_options options;
  options.dial.host = argv[1];
  options.dial.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  asio::io_context io;
  const bool serves = std::string(argv[3]) == "serve";
  std::future<int> status =
      asio::co_spawn(io, serves ? serve(options) : ask(options, argv[3]), asio::use_future);
  io.run();
  return status.get();
}
