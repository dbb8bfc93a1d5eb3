#include "net/plain_transport.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <string>

#include "unit/net/loop.hpp"

using namespace mqttkit;
using mqttkit::test::run;

namespace {

struct connected_pair {
  explicit connected_pair(asio::io_context& loop) : near(loop), far(loop) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    near.assign(asio::generic::stream_protocol(AF_UNIX, 0), ends[0]);
    far.assign(asio::generic::stream_protocol(AF_UNIX, 0), ends[1]);
  }
  stream_socket near;
  stream_socket far;
};

std::string all_of(stream_socket& from, std::size_t size) {
  std::string got(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const auto count = ::recv(from.native_handle(), got.data() + have, size - have, 0);
    if (count <= 0) break;
    have += static_cast<std::size_t>(count);
  }
  got.resize(have);
  return got;
}

}  // namespace

TEST_CASE("write_now() has sent when it returns, and empties what it was given") {
  asio::io_context loop(1);
  connected_pair ends(loop);
  plain_transport tested(std::move(ends.near), "peer", "Unix socket");
  byte_buffer data;
  data.append(as_bytes("hello"));
  tested.write_now(data);
  CHECK(data.empty());
  CHECK(all_of(ends.far, 5) == "hello");
}

TEST_CASE("write_now() leaves what does not fit, and nothing is lost or sent twice") {
  asio::io_context loop(1);
  connected_pair ends(loop);
  plain_transport tested(std::move(ends.near), "peer", "Unix socket");
  std::string text(4u << 20, 'x');
  for (std::size_t i = 0; i < text.size(); i += 100) text[i] = static_cast<char>('a' + i % 23);
  byte_buffer data;
  data.append(as_bytes(text));
  std::string got;
  unsigned writes = 0;
  for (; !data.empty() && writes < 10'000; ++writes) {
    tested.write_now(data);
    got += all_of(ends.far, text.size() - data.size() - got.size());
  }
  CHECK(writes > 1);
  CHECK(got == text);
}

TEST_CASE("an error of write_now() is found by write()") {
  asio::io_context loop(1);
  connected_pair ends(loop);
  plain_transport tested(std::move(ends.near), "peer", "Unix socket");
  ends.far.close();
  byte_buffer data;
  data.append(as_bytes("hello"));
  tested.write_now(data);
  CHECK(data.size() == 5);
  std::error_code error;
  run(loop, [&]() -> asio::awaitable<void> { error = co_await tested.write(data); });
  CHECK(error == asio::error::broken_pipe);
}
