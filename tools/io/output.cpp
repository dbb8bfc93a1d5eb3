#include "io/output.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/error.hpp>
#include <cerrno>
#include <string>
#include <utility>

namespace mqttkit::tools {
namespace {

// A descriptor of our own for the same pipe or terminal, so that its flags are ours; else `fd`.
int open_anew(int fd) {
  struct stat about {};
  if (::fstat(fd, &about) != 0 || !(S_ISFIFO(about.st_mode) || ::isatty(fd) != 0)) return fd;
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const int own = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  return own < 0 ? fd : own;
}

bool is_a_socket(int fd) {
  struct stat about {};
  return ::fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode);
}

}  // namespace

output::output(asio::any_io_executor executor, int fd)
    : given_(fd),
      fd_(open_anew(fd)),
      is_socket_(is_a_socket(fd)),
      room_(executor, fd_, readiness::wanted::write),
      hang_up_(executor, fd_, readiness::wanted::hang_up) {}

output::~output() {
  if (fd_ != given_) ::close(fd_);
}

std::error_code output::try_flush() {
  for (bytes_view next = text_.front(); !next.empty(); next = text_.front()) {
    const ssize_t count = is_socket_
                              ? ::send(fd_, next.data(), next.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                              : ::write(fd_, next.data(), next.size());
    if (count >= 0) {
      text_.consume(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return asio::error::would_block;
    } else if (errno != EINTR) {
      return {errno, std::system_category()};
    }
  }
  return {};
}

asio::awaitable<std::error_code> output::flush() {
  for (;;) {
    const std::error_code error = try_flush();
    if (error != asio::error::would_block) co_return error;
    if (const std::error_code why = co_await room_.wait()) co_return why;
  }
}

asio::awaitable<std::error_code> output::reader_gone() {
  if (hang_up_.is_always_ready()) co_return asio::error::operation_not_supported;
  const std::error_code error = co_await hang_up_.wait();
  co_return error;
}

}  // namespace mqttkit::tools
