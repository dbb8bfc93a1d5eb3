// Subscribes, publishes to itself and prints what comes, without a coroutine of its own:
//   example_callbacks HOST PORT
// Any operation takes a handler through co_spawn: void(std::exception_ptr, RESULT).
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "mqttkit/client/client.hpp"

using namespace mqttkit;
using namespace std::chrono_literals;

class program {
 public:
  program(asio::io_context& io, client_options options)
      : io_(io), client_(io.get_executor(), std::move(options)) {}

  int run() {
    asio::co_spawn(io_, client_.connect(), [this](std::exception_ptr, const failure& why) {
      if (why) {
        std::cerr << to_string(why) << '\n';
      } else {
        subscribe();
      }
    });
    io_.run();
    return status_;
  }

 private:
  void subscribe() {
    asio::co_spawn(io_, client_.subscribe({"echo", qos_t::at_least_once}),
                   [this](std::exception_ptr, const result<grant>& granted) {
                     if (!granted) return client_.stop();
                     receive();
                     publish();
                   });
  }

  void publish() {
    asio::co_spawn(io_, client_.publish("echo", "hello", qos_t::at_least_once),
                   [this](std::exception_ptr, const result<receipt>& sent) {
                     if (!sent) return client_.stop();
                     std::cout << "acknowledged\n";
                     part_done();
                   });
  }

  void receive() {
    asio::co_spawn(io_, client_.receive(),
                   [this](std::exception_ptr, const result<message_received>& got) {
                     if (!got) return;
                     std::cout << as_text(got->message.payload) << '\n';
                     part_done();
                   });
  }

  void part_done() {
    if (++parts_done_ < 2) return;
    asio::co_spawn(io_, client_.disconnect(5s),
                   [this](std::exception_ptr, const failure& why) { status_ = why ? 1 : 0; });
  }

  asio::io_context& io_;
  client client_;
  int parts_done_ = 0;
  int status_ = 1;
};

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  client_options options;
  options.dial.host = argv[1];
  options.dial.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  asio::io_context io;
  return program(io, options).run();
}
