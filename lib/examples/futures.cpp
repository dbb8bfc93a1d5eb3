// The client on a thread of its own, used from the main one through futures:
//   example_futures HOST PORT
#include <asio/co_spawn.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/use_future.hpp>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "mqttkit/client/client.hpp"

using namespace mqttkit;
using namespace std::chrono_literals;

int publish_and_receive(asio::io_context& io, client& c) {
  // Started on the thread that runs `io`: a client belongs to one thread.
  const auto wait_for = [&](auto operation) {
    return asio::co_spawn(io, std::move(operation), asio::use_future).get();
  };
  if (const failure why = wait_for(c.connect())) {
    std::cerr << to_string(why) << '\n';
    return 1;
  }
  if (!wait_for(c.subscribe({"echo", qos_t::at_least_once}))) return 1;
  if (!wait_for(c.publish("echo", "hello", qos_t::at_least_once))) return 1;
  const result<message_received> got = wait_for(c.receive());
  if (!got) return 1;
  std::cout << as_text(got->message.payload) << '\n';
  return wait_for(c.disconnect(5s)) ? 1 : 0;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  client_options options;
  options.dial.host = argv[1];
  options.dial.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  asio::io_context io;
  client c(io.get_executor(), options);
  auto work = asio::make_work_guard(io);
  std::thread runner([&] { io.run(); });
  const int status = publish_and_receive(io, c);
  asio::post(io, [&] { c.stop(); });  // wherever publish_and_receive() left it
  work.reset();
  runner.join();
  return status;
}
