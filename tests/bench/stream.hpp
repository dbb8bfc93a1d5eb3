// A connected socket, plain or under TLS, for the programs of the bench. Failures end the program:
// a measurement that goes wrong is worth nothing.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace bench {

[[noreturn]] inline void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

inline sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

/// Listens on 127.0.0.1. Port 0 takes a free one, which is then put into `port`.
inline int listen_on(int& port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto address = loopback(port);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket, generic, size) != 0 || ::listen(socket, 64) != 0) fail("listen");
  ::getsockname(socket, generic, &size);
  port = ntohs(address.sin_port);
  return socket;
}

inline int connect_to(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail("connect");
  }
  return socket;
}

struct free_ssl {
  void operator()(SSL* object) const noexcept { SSL_free(object); }
  void operator()(SSL_CTX* object) const noexcept { SSL_CTX_free(object); }
};

class stream {
 public:
  explicit stream(int socket) : socket_(socket) {
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~stream() {
    ssl_.reset();
    ::close(socket_);
  }
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  void start_tls_as_client() {
    const std::unique_ptr<SSL_CTX, free_ssl> context(SSL_CTX_new(TLS_client_method()));
    ssl_.reset(SSL_new(context.get()));
    SSL_set_fd(ssl_.get(), socket_);
    if (SSL_connect(ssl_.get()) != 1) fail("TLS handshake");
  }
  void start_tls_as_server(SSL_CTX* context) {
    ssl_.reset(SSL_new(context));
    SSL_set_fd(ssl_.get(), socket_);
    if (SSL_accept(ssl_.get()) != 1) fail("TLS handshake");
  }

  /// Bytes read; 0 at the end, -1 when nothing is there and `may_wait` is false.
  std::ptrdiff_t read(unsigned char* to, std::size_t room, bool may_wait = true) {
    if (ssl_) {
      if (!may_wait && SSL_pending(ssl_.get()) == 0 && !is_readable()) return -1;
      const int count = SSL_read(ssl_.get(), to, static_cast<int>(room));
      return count > 0 ? count : 0;
    }
    const auto count = ::recv(socket_, to, room, may_wait ? 0 : MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN ? -1 : 0;
    return count;
  }

  /// Bytes written, all of them if `may_wait`; -1 when the peer is gone.
  std::ptrdiff_t write(const unsigned char* from, std::size_t size, bool may_wait = true) {
    std::size_t done = 0;
    while (done < size) {
      std::ptrdiff_t count = 0;
      if (ssl_) {
        count = SSL_write(ssl_.get(), from + done, static_cast<int>(size - done));
        if (count <= 0) return -1;
      } else {
        count =
            ::send(socket_, from + done, size - done, MSG_NOSIGNAL | (may_wait ? 0 : MSG_DONTWAIT));
        if (count < 0 && errno == EAGAIN) break;
        if (count < 0) return -1;
      }
      done += static_cast<std::size_t>(count);
    }
    return static_cast<std::ptrdiff_t>(done);
  }

  /// Waits until bytes can be read, or written too if `for_room`.
  void wait(bool for_room) {
    if (ssl_ && SSL_pending(ssl_.get()) > 0) return;
    pollfd state{socket_, static_cast<short>(for_room ? POLLIN | POLLOUT : POLLIN), 0};
    ::poll(&state, 1, -1);
  }

  void end_of_writing() { ::shutdown(socket_, SHUT_WR); }

 private:
  bool is_readable() {
    pollfd state{socket_, POLLIN, 0};
    return ::poll(&state, 1, 0) > 0;
  }

  int socket_;
  std::unique_ptr<SSL, free_ssl> ssl_;
};

/// One packet of a byte stream: offsets from its first byte.
struct packet_shape {
  std::size_t body = 0;  ///< where the variable header begins
  std::size_t size = 0;  ///< of the whole packet; 0 while it is incomplete
};

inline packet_shape shape_of(const unsigned char* bytes, std::size_t available) {
  packet_shape shape;
  std::size_t length = 0;
  for (std::size_t at = 1; at < available && at < 5; ++at) {
    length |= static_cast<std::size_t>(bytes[at] & 127) << (7 * (at - 1));
    if ((bytes[at] & 128) == 0) {
      shape.body = at + 1;
      if (shape.body + length <= available) shape.size = shape.body + length;
      return shape;
    }
  }
  return shape;
}

/// Writes a fixed header and returns the bytes it took, at most 5.
inline std::size_t put_header(unsigned char* to, unsigned char first, std::size_t length) {
  std::size_t at = 0;
  to[at++] = first;
  do {
    const auto digit = static_cast<unsigned char>(length & 127);
    length >>= 7;
    to[at++] = length != 0 ? digit | 128 : digit;
  } while (length != 0);
  return at;
}

inline void put_u16(unsigned char* to, std::size_t value) {
  to[0] = static_cast<unsigned char>(value >> 8);
  to[1] = static_cast<unsigned char>(value);
}

inline std::size_t get_u16(const unsigned char* from) {
  return static_cast<std::size_t>(from[0]) << 8 | from[1];
}

}  // namespace bench
