// Publishes one message over a socket of its own, without Asio:
//   example_own_transport HOST PORT TOPIC TEXT
// The session has neither socket nor clock: bytes go in and come out, and time is handed in. Any
// event loop can drive it so.
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>

#include "mqttkit/session/session.hpp"

using namespace mqttkit;

/// A connected TCP socket; -1 when there is none.
int socket_to(const char* host, const char* port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host, port, &wanted, &found) != 0) return -1;
  int made = -1;
  for (const addrinfo* each = found; each != nullptr && made < 0; each = each->ai_next) {
    made = ::socket(each->ai_family, each->ai_socktype, each->ai_protocol);
    if (made < 0 || ::connect(made, each->ai_addr, each->ai_addrlen) == 0) continue;
    ::close(made);
    made = -1;
  }
  ::freeaddrinfo(found);
  return made;
}

/// Writes what the session has to say; false when the socket does not take it.
bool write_output(session& mine, int to) {
  if (mine.output_size() == 0) return true;
  byte_buffer out;
  mine.take_output(out);
  const bytes_view all = out.view();
  for (std::size_t at = 0; at < all.size();) {
    const ssize_t count = ::send(to, all.data() + at, all.size() - at, MSG_NOSIGNAL);
    if (count <= 0) return false;
    at += static_cast<std::size_t>(count);
  }
  mine.sent(std::chrono::steady_clock::now());
  return true;
}

/// Waits for bytes, no longer than the session allows; false when the connection is over.
bool read_input(session& mine, int from) {
  using clock = std::chrono::steady_clock;
  int limit = -1;  // none
  if (mine.deadline() != time_point::max()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(mine.deadline() - clock::now());
    limit = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
  }
  pollfd wait{from, POLLIN, 0};
  const int ready = ::poll(&wait, 1, limit);
  if (ready < 0) return false;
  if (ready == 0) return !mine.expire(clock::now());  // PINGREQ, or nobody answers
  const std::span<std::byte> room = mine.receive_space();
  const ssize_t count = ::recv(from, room.data(), room.size(), 0);
  if (count <= 0) return false;
  mine.received(static_cast<std::size_t>(count), clock::now());
  return true;
}

/// 0 when the broker has acknowledged the message.
int publish(session& mine, int link, std::string_view topic, std::string_view text) {
  if (mine.transport_up(std::chrono::steady_clock::now())) return 1;
  while (write_output(mine, link) && read_input(mine, link)) {
    for (;;) {
      const event& what = mine.next();
      if (std::holds_alternative<need_more>(what)) break;
      if (std::holds_alternative<connected>(what)) {
        publish_packet message;
        message.topic = topic;
        message.payload = as_bytes(text);
        message.qos = qos_t::at_least_once;
        std::error_code error;
        if (mine.publish(message, 1, error) != admission::accepted) return 1;
      } else if (const auto* const end = std::get_if<delivered>(&what)) {
        if (is_failure(end->reason) || mine.disconnect()) return 1;
        std::cout << "acknowledged" << std::endl;
        return write_output(mine, link) ? 0 : 1;
      } else if (std::holds_alternative<closed>(what)) {
        return 1;
      }
    }
  }
  return 1;
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const int link = socket_to(argv[1], argv[2]);
  if (link < 0) return 1;
  session mine((session_options()));
  const int status = publish(mine, link, argv[3], argv[4]);
  ::close(link);
  return status;
}
